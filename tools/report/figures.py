"""Numbers as the report writes them."""

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal

from tradepit.models.execution_metrics import LATENCY_METRICS

DASH = "–"  # noqa: RUF001  an en dash: there is no figure
_MINUS = "−"  # noqa: RUF001  the minus sign, as wide as a digit
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
_HUGE = 1e15  # beyond it digits mean nothing, powers of ten do
_CENTS = 2  # decimals
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60


def number(figure: float, digits: int = 4) -> str:
    """Return a figure to so many significant digits, thousands apart, the whole part never cut."""
    if math.isnan(figure):
        return DASH
    if math.isinf(figure):
        return "∞" if figure > 0 else f"{_MINUS}∞"
    if abs(figure) >= _HUGE or 0 < abs(figure) < 10.0 ** -(digits + 3):
        return _signed(f"{figure:.{digits - 1}e}")
    before_point = math.floor(math.log10(abs(figure))) + 1 if figure else digits
    return _signed(_trimmed(f"{figure:,.{max(digits - before_point, 0)}f}"))


def percent(figure: float) -> str:
    """Return a fraction as a percentage with two decimals, fewer or more where it is large or small."""
    if not math.isfinite(figure):
        return number(figure)
    scaled = figure * 100
    if abs(scaled) >= _HUGE:
        return f"{number(scaled)}%"
    decimals = 2 if abs(scaled) >= 0.1 or not scaled else 4
    return f"{_signed(f'{scaled:,.{decimals}f}')}%"


def money(figure: float | Decimal) -> str:
    """Return an amount with two decimals, thousands apart."""
    if isinstance(figure, float) and (not math.isfinite(figure) or abs(figure) >= _HUGE):
        return number(figure)
    return _signed(f"{figure:,.2f}")


def exact(figure: Decimal, decimals: int = 6) -> str:
    """Return an exact figure with the decimals that it has, up to a limit, thousands apart."""
    exponent = figure.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -decimals:
        figure = figure.quantize(Decimal(1).scaleb(-decimals), context=_WIDE)
    return _signed(_trimmed(f"{figure:,f}"))


def price(figure: Decimal) -> str:
    """Return a price with the decimals that it has, two or more, up to six."""
    text = exact(figure)
    decimals = len(text.partition(".")[2])
    return text if decimals >= _CENTS else f"{text}{'' if decimals else '.'}{'0' * (_CENTS - decimals)}"


def whole(figure: float) -> str:
    """Return a count."""
    return number(figure) if not math.isfinite(figure) else _signed(f"{figure:,.0f}")


def seconds(figure: float) -> str:
    """Return a length of time in its two largest units."""
    if not math.isfinite(figure) or figure < 0:
        return number(figure)
    if 0 < figure < 1:
        return f"{number(figure * 1_000, 3)} ms"
    if figure < _MINUTE_S:
        return f"{number(figure, 3)} s"
    days, rest = divmod(round(figure), _DAY_S)
    hours, rest = divmod(rest, _HOUR_S)
    minutes, rest = divmod(rest, _MINUTE_S)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next(index for index, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count:,} {unit}" for count, unit in parts[first : first + 2] if count)


def days(figure: float) -> str:
    """Return a number of days as a length of time."""
    return seconds(figure * _DAY_S)


def latency(figure: float) -> str:
    """Return a latency in ns to three digits, in the unit that fits its size; from a minute on in its two largest."""
    if not math.isfinite(figure):
        return number(figure)
    if figure >= _MINUTE_S * 1e9:
        return seconds(figure / 1e9)
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if figure >= size:
            return f"{number(figure / size, 3)} {unit}"
    return f"{number(figure, 3)} ns"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _signed(text: str) -> str:
    """Return a number with a true minus sign; nothing is left of the sign of a zero."""
    if not text.startswith("-"):
        return text
    return _MINUS + text[1:] if text.strip("-0.,%") else text[1:]


Write = Callable[[float], str]
_GROUPS: Mapping[str, Mapping[str, Write]] = {
    "Growth": {
        "total_return": percent,
        "annual_return": percent,
        "cagr": percent,
        "cagr_calendar": percent,
        "final_equity": money,
    },
    "Risk and reward": {
        "volatility": percent,
        "sharpe": number,
        "downside_risk": percent,
        "sortino": number,
        "omega": number,
        "probabilistic_sharpe": percent,
        "stability": number,
        "winning_days": percent,
    },
    "Drawdown": {
        "max_drawdown": percent,
        "max_drawdown_days": days,
        "calmar": number,
        "profit_to_drawdown": number,
        "average_drawdown": percent,
        "ulcer_index": percent,
    },
    "Tails": {
        "var_95": percent,
        "var_95_normal": percent,
        "cvar_95": percent,
        "skew": number,
        "kurtosis": number,
        "tail_ratio": number,
    },
    "Against the benchmark": {
        "beta": number,
        "alpha": percent,
        "excess_sharpe": number,
        "tracking_error": percent,
        "up_capture": number,
        "down_capture": number,
        "up_down_capture": number,
        "benchmark_return": percent,
        "information_ratio": number,
        "treynor": number,
        "r_squared": number,
    },
    "Trades": {
        "trade_count": whole,
        "win_rate": percent,
        "profit_factor": number,
        "expectancy": money,
        "payoff_ratio": number,
        "average_win": money,
        "average_loss": money,
        "largest_win": money,
        "largest_loss": money,
        "trade_gross_pnl": money,
        "trade_fees": money,
        "trade_net_pnl": money,
        "average_holding_seconds": seconds,
        "longest_holding_seconds": seconds,
        "average_mae": money,
        "worst_mae": money,
        "average_mfe": money,
        "best_mfe": money,
        "longest_winning_streak": whole,
        "longest_losing_streak": whole,
        "average_trade_size": money,
        "largest_trade_size": money,
        "system_quality_number": number,
        "kelly": percent,
    },
    "Execution": {
        "order_count": whole,
        "fill_count": whole,
        "fill_rate": percent,
        "reject_rate": percent,
        "commission": money,
        "commission_per_fill": money,
        "commission_bps": number,
        "slippage": money,
        "slippage_per_fill": money,
        "slippage_bps": number,
        **dict.fromkeys(LATENCY_METRICS, latency),
    },
    "Activity": {"exposure": percent, "turnover": number, "periods_per_year": number},
}


def metrics_by_group(metrics: Mapping[str, float]) -> dict[str, list[tuple[str, str]]]:
    """Return (name, figure) of every metric under headings; those that no heading knows come last."""
    grouped = {
        heading: [(name, write(metrics[name])) for name, write in group.items() if name in metrics]
        for heading, group in _GROUPS.items()
    }
    known = {name for group in _GROUPS.values() for name in group}
    grouped["Others"] = [(name, number(figure)) for name, figure in metrics.items() if name not in known]
    return {heading: rows for heading, rows in grouped.items() if rows}
