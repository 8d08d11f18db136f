"""All metrics of one series of returns, by name."""

import math
from collections.abc import Sequence

from tradepit.models.benchmark_metrics import (
    alpha,
    beta,
    down_capture,
    excess_sharpe,
    tracking_error,
    up_capture,
    up_down_capture,
)
from tradepit.models.benchmark_variants import information_ratio, r_squared, treynor_ratio
from tradepit.models.drawdowns import max_drawdown, per_drawdown
from tradepit.models.ieee_arithmetic import present
from tradepit.models.return_metrics import (
    DAYS_PER_YEAR,
    annual_return,
    annual_volatility,
    downside_risk,
    omega_ratio,
    sharpe_ratio,
    sortino_ratio,
    stability_of_timeseries,
    total_return,
)
from tradepit.models.reward_ratios import probabilistic_sharpe_ratio
from tradepit.models.tail_metrics import (
    central_moments,
    conditional_value_at_risk,
    kurtosis,
    normal_value_at_risk,
    skew,
    tail_ratio,
    value_at_risk,
)
from tradepit.models.underwater import average_fall, depths_of, ulcer_of

GROWTH_RATES = ("annual_return", "cagr", "calmar", "alpha", "treynor")
"""Metrics that compound the returns to a year."""

_AGAINST_BENCHMARK = (
    "beta",
    "alpha",
    "excess_sharpe",
    "tracking_error",
    "up_capture",
    "down_capture",
    "up_down_capture",
    "benchmark_return",
    "information_ratio",
    "treynor",
    "r_squared",
)


def return_summary(
    returns: Sequence[float],
    *,
    periods_per_year: float = DAYS_PER_YEAR,
    risk_free_per_year: float = 0.0,
    benchmark: Sequence[float] | None = None,
) -> dict[str, float]:
    """Return every metric of a series of returns by name; docs/metrics.md says what each means.

    Args:
        returns: simple returns, fractions.
        periods_per_year: how many of them make a year; NaN leaves every annualised metric NaN.
        risk_free_per_year: simple annual rate; each period bears its share.
        benchmark: the benchmark's returns, one for each of `returns`; without it what needs one is NaN.

    Raises:
        ValueError: the benchmark's returns are not as many.
    """
    year = periods_per_year
    risk_free = risk_free_per_year / year if risk_free_per_year else 0.0
    ordered = sorted(returns)  # once: sorting again what is sorted costs next to nothing
    # What several figures are made of is worked out once, too: there may be a quarter of a million returns.
    gain, growth, deepest = total_return(returns), annual_return(returns, year), max_drawdown(returns)
    depths, values = depths_of(returns), present(returns)
    moments = central_moments(values) if len(values) else None
    figures = {
        "periods_per_year": year,
        "total_return": gain,
        "annual_return": growth,
        "cagr": growth,
        "volatility": annual_volatility(returns, year),
        "sharpe": sharpe_ratio(returns, risk_free, year),
        "sortino": sortino_ratio(returns, risk_free, year),
        "calmar": per_drawdown(growth, deepest),
        "omega": omega_ratio(returns, risk_free, 0.0, year),
        "max_drawdown": deepest,
        "profit_to_drawdown": per_drawdown(gain, deepest),
        "average_drawdown": average_fall(depths) if len(returns) else math.nan,
        "ulcer_index": ulcer_of(depths),
        "downside_risk": downside_risk(returns, risk_free, year),
        "probabilistic_sharpe": probabilistic_sharpe_ratio(returns, risk_free, moments=None if risk_free else moments),
        "stability": stability_of_timeseries(returns),
        "var_95": value_at_risk(ordered),
        "var_95_normal": normal_value_at_risk(ordered),
        "cvar_95": conditional_value_at_risk(ordered),
        "skew": skew(returns, moments),
        "kurtosis": kurtosis(returns, moments),
        "tail_ratio": tail_ratio(ordered),
    }
    if benchmark is None:
        return figures | dict.fromkeys(_AGAINST_BENCHMARK, math.nan)
    return figures | {
        "beta": beta(returns, benchmark),
        "alpha": alpha(returns, benchmark, risk_free, year),
        "excess_sharpe": excess_sharpe(returns, benchmark),
        "tracking_error": tracking_error(returns, benchmark, year),
        "up_capture": up_capture(returns, benchmark, year),
        "down_capture": down_capture(returns, benchmark, year),
        "up_down_capture": up_down_capture(returns, benchmark, year),
        "benchmark_return": total_return(present(benchmark)),
        "information_ratio": information_ratio(returns, benchmark, year),
        "treynor": treynor_ratio(returns, benchmark, risk_free_per_year, year),
        "r_squared": r_squared(returns, benchmark),
    }
