"""Metrics over a window that moves along the returns, one result for each position.

As empyrical has it: windows shrink to the series when that is shorter, so there is always a result unless the series is
empty; only the capture windows do not, so a short series gives none.
"""

from collections.abc import Callable, Sequence

from tradepit.models.benchmark_metrics import alpha, beta, down_capture, up_capture, up_down_capture
from tradepit.models.drawdowns import max_drawdown
from tradepit.models.return_metrics import DAYS_PER_YEAR, annual_volatility, less, sharpe_ratio, sortino_ratio


def rolling(metric: Callable[..., float], window: int, *series: Sequence[float]) -> list[float]:
    """Return the metric of each window of `window` periods, over one series or several of equal length.

    Result i covers the periods i to i + window - 1; there are none when the series are shorter than the window.

    Raises:
        ValueError: `window` is below 1, or the series are of different length.
    """
    if window < 1:
        raise ValueError(f"window must be 1 or more, was {window}")
    lengths = [len(one) for one in series]
    if min(lengths) != max(lengths):
        raise ValueError(f"series must be equally long, were {', '.join(map(str, lengths))}")
    return [metric(*(one[end - window : end] for one in series)) for end in range(window, lengths[0] + 1)]


def roll_max_drawdown(returns: Sequence[float], window: int) -> list[float]:
    """Return the deepest drawdown within each window, each starting from its own capital."""
    return rolling(max_drawdown, _shrunk(window, returns), returns)


def roll_sharpe_ratio(
    returns: Sequence[float],
    window: int,
    risk_free: float | Sequence[float] = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> list[float]:
    """Return the annualised Sharpe ratio of each window; `risk_free` is per period."""
    return rolling(
        lambda part: sharpe_ratio(part, 0.0, periods_per_year), _shrunk(window, returns), less(returns, risk_free)
    )


def roll_sortino_ratio(
    returns: Sequence[float],
    window: int,
    required_return: float | Sequence[float] = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> list[float]:
    """Return the annualised Sortino ratio of each window; `required_return` is per period."""
    return rolling(
        lambda part: sortino_ratio(part, 0.0, periods_per_year),
        _shrunk(window, returns),
        less(returns, required_return),
    )


def roll_annual_volatility(
    returns: Sequence[float], window: int, periods_per_year: float = DAYS_PER_YEAR
) -> list[float]:
    """Return the annualised volatility of each window."""
    return rolling(lambda part: annual_volatility(part, periods_per_year), _shrunk(window, returns), returns)


def roll_beta(returns: Sequence[float], benchmark: Sequence[float], window: int) -> list[float]:
    """Return the beta of each window."""
    return rolling(beta, _shrunk(window, returns), returns, benchmark)


def roll_alpha(
    returns: Sequence[float],
    benchmark: Sequence[float],
    window: int,
    risk_free: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> list[float]:
    """Return the annual alpha of each window; `risk_free` is per period."""
    return rolling(
        lambda own, other: alpha(own, other, risk_free, periods_per_year), _shrunk(window, returns), returns, benchmark
    )


def roll_up_capture(
    returns: Sequence[float], benchmark: Sequence[float], window: int, periods_per_year: float = DAYS_PER_YEAR
) -> list[float]:
    """Return the up capture of each window."""
    return rolling(lambda own, other: up_capture(own, other, periods_per_year), window, returns, benchmark)


def roll_down_capture(
    returns: Sequence[float], benchmark: Sequence[float], window: int, periods_per_year: float = DAYS_PER_YEAR
) -> list[float]:
    """Return the down capture of each window."""
    return rolling(lambda own, other: down_capture(own, other, periods_per_year), window, returns, benchmark)


def roll_up_down_capture(
    returns: Sequence[float], benchmark: Sequence[float], window: int, periods_per_year: float = DAYS_PER_YEAR
) -> list[float]:
    """Return the ratio of up to down capture of each window."""
    return rolling(lambda own, other: up_down_capture(own, other, periods_per_year), window, returns, benchmark)


def _shrunk(window: int, returns: Sequence[float]) -> int:
    return min(window, len(returns)) if len(returns) else window
