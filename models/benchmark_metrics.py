"""Returns beside those of a benchmark.

Definitions, defaults and degenerate results are those of empyrical on aligned arrays: both series have one return for
each period, and a period in which either is missing (NaN) is passed over. Series of different length are an error.
"""

import math
from collections.abc import Sequence

from tradepit.models.ieee_arithmetic import divide, mean, power, present
from tradepit.models.return_metrics import DAYS_PER_YEAR, annual_return, less, sample_deviation

_NO_VARIANCE = 1e-30  # empyrical's threshold, below which the benchmark stands still


def beta(returns: Sequence[float], benchmark: Sequence[float]) -> float:
    """Return cov(r, b) / var(b), the slope of the returns on the benchmark's.

    NaN when the benchmark does not vary or fewer than two periods are present. A constant risk-free rate would
    change nothing.

    Raises:
        ValueError: the series are of different length.
    """
    mine, theirs = both_present(returns, benchmark)
    if len(benchmark) < 2:
        return math.nan
    middle = mean(theirs)
    distances = [change - middle for change in theirs]
    variance = mean([distance * distance for distance in distances])
    if not variance >= _NO_VARIANCE:
        return math.nan
    return mean([distance * change for distance, change in zip(distances, mine, strict=True)]) / variance


def alpha(
    returns: Sequence[float],
    benchmark: Sequence[float],
    risk_free: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return (1 + mean((r - rf) - beta * (b - rf))) ^ (periods per year) - 1, Jensen's alpha compounded to a year.

    `risk_free` is per period. NaN where `beta` is. Source: Jensen (1968), J. of Finance 23(2); empyrical.

    Raises:
        ValueError: the series are of different length.
    """
    slope = beta(returns, benchmark)
    if math.isnan(slope) or math.isnan(periods_per_year):
        return math.nan
    mine, theirs = both_present(returns, benchmark)
    excess = [(own - risk_free) - slope * (other - risk_free) for own, other in zip(mine, theirs, strict=True)]
    return power(mean(excess) + 1.0, periods_per_year) - 1.0


def alpha_beta(
    returns: Sequence[float],
    benchmark: Sequence[float],
    risk_free: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> tuple[float, float]:
    """Return `alpha` and `beta`."""
    return alpha(returns, benchmark, risk_free, periods_per_year), beta(returns, benchmark)


def excess_sharpe(returns: Sequence[float], benchmark: Sequence[float]) -> float:
    """Return mean(r - b) / sample deviation(r - b), per period: the information ratio, not annualised.

    Infinite when the difference is constant, NaN when there is none and below two periods.
    """
    active = present(less(returns, benchmark))
    return divide(mean(active), sample_deviation(active)) if len(returns) > 1 else math.nan


def tracking_error(
    returns: Sequence[float], benchmark: Sequence[float], periods_per_year: float = DAYS_PER_YEAR
) -> float:
    """Return the sample deviation of r - b times the root of the periods per year; NaN below two periods."""
    return sample_deviation(less(returns, benchmark)) * math.sqrt(periods_per_year)


def capture(returns: Sequence[float], benchmark: Sequence[float], periods_per_year: float = DAYS_PER_YEAR) -> float:
    """Return the annual return over the benchmark's annual return."""
    return divide(annual_return(returns, periods_per_year), annual_return(benchmark, periods_per_year))


def up_capture(returns: Sequence[float], benchmark: Sequence[float], periods_per_year: float = DAYS_PER_YEAR) -> float:
    """Return `capture` over the periods in which the benchmark rose; NaN when there are none.

    Raises:
        ValueError: the series are of different length.
    """
    mine, theirs = both_present(returns, benchmark)
    pairs = [(own, other) for own, other in zip(mine, theirs, strict=True) if other > 0.0]
    return capture([own for own, _ in pairs], [other for _, other in pairs], periods_per_year)


def down_capture(
    returns: Sequence[float], benchmark: Sequence[float], periods_per_year: float = DAYS_PER_YEAR
) -> float:
    """Return `capture` over the periods in which the benchmark fell; NaN when there are none.

    Raises:
        ValueError: the series are of different length.
    """
    mine, theirs = both_present(returns, benchmark)
    pairs = [(own, other) for own, other in zip(mine, theirs, strict=True) if other < 0.0]
    return capture([own for own, _ in pairs], [other for _, other in pairs], periods_per_year)


def up_down_capture(
    returns: Sequence[float], benchmark: Sequence[float], periods_per_year: float = DAYS_PER_YEAR
) -> float:
    """Return `up_capture` over `down_capture`.

    Raises:
        ValueError: the series are of different length.
    """
    return divide(
        up_capture(returns, benchmark, periods_per_year),
        down_capture(returns, benchmark, periods_per_year),
    )


def both_present(returns: Sequence[float], benchmark: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """Return both series without the periods in which either is NaN."""
    gaps = less(returns, benchmark)
    if not any(map(math.isnan, gaps)):
        return returns, benchmark
    pairs = [pair for pair in zip(returns, benchmark, strict=True) if not (math.isnan(pair[0]) or math.isnan(pair[1]))]
    return [own for own, _ in pairs], [other for _, other in pairs]
