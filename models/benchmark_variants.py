"""Further figures against a benchmark: other definitions of alpha, ratios, and up and down markets apart.

As in `benchmark_metrics` both series have one return for each period, periods in which either is missing are passed
over, and series of different length are an error (`ValueError`).
"""

import math
from collections.abc import Callable, Sequence

from tradepit.models.benchmark_metrics import alpha_beta, beta, both_present, excess_sharpe, tracking_error
from tradepit.models.ieee_arithmetic import divide, mean
from tradepit.models.return_metrics import DAYS_PER_YEAR, annual_return, total_return
from tradepit.models.reward_ratios import annual_return_of_mean, correlation


def information_ratio(
    returns: Sequence[float], benchmark: Sequence[float], periods_per_year: float = DAYS_PER_YEAR
) -> float:
    """Return mean(r - b) * periods per year / tracking error: the annualised `excess_sharpe`.

    Source: Goodwin (1998), The Information Ratio, Financial Analysts J. 54(4).
    """
    return excess_sharpe(returns, benchmark) * math.sqrt(periods_per_year)


def information_ratio_lean(
    returns: Sequence[float], benchmark: Sequence[float], periods_per_year: float = DAYS_PER_YEAR
) -> float:
    """Return the difference of the annual returns of the means over the tracking error, as QuantConnect LEAN has it."""
    mine, theirs = (annual_return_of_mean(one, periods_per_year) for one in both_present(returns, benchmark))
    return divide(mine - theirs, tracking_error(returns, benchmark, periods_per_year))


def treynor_ratio(
    returns: Sequence[float],
    benchmark: Sequence[float],
    risk_free_per_year: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return (annual return - risk free) / beta; NaN where beta is.

    Source: Treynor (1965), How to Rate Management of Investment Funds, Harvard Business Review 43(1).
    """
    return divide(annual_return(returns, periods_per_year) - risk_free_per_year, beta(returns, benchmark))


def treynor_ratio_of_total(returns: Sequence[float], benchmark: Sequence[float], risk_free: float = 0.0) -> float:
    """Return (total return - risk free) / beta, as quantstats has it; `risk_free` is for all of the time."""
    return divide(total_return(returns) - risk_free, beta(returns, benchmark))


def alpha_simple(
    returns: Sequence[float],
    benchmark: Sequence[float],
    risk_free: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return (mean(r - rf) - beta * mean(b - rf)) * periods per year: Jensen's alpha, not compounded.

    `risk_free` is per period. Source: quantstats, `greeks`.
    """
    mine, theirs = both_present(returns, benchmark)
    return ((mean(mine) - risk_free) - beta(returns, benchmark) * (mean(theirs) - risk_free)) * periods_per_year


def alpha_of_annual_returns(
    returns: Sequence[float],
    benchmark: Sequence[float],
    risk_free_per_year: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return R - (rf + beta * (B - rf)) of the annual returns of the means R and B, as QuantConnect LEAN has it."""
    own, other = (annual_return_of_mean(one, periods_per_year) for one in both_present(returns, benchmark))
    return own - (risk_free_per_year + beta(returns, benchmark) * (other - risk_free_per_year))


def r_squared(returns: Sequence[float], benchmark: Sequence[float]) -> float:
    """Return the share of the returns' variance that a straight line on the benchmark explains; NaN as `beta`."""
    related = correlation(returns, benchmark)
    return related * related


def up_alpha_beta(
    returns: Sequence[float],
    benchmark: Sequence[float],
    risk_free: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> tuple[float, float]:
    """Return alpha and beta over the periods in which the benchmark rose."""
    return alpha_beta(*_where(returns, benchmark, lambda change: change > 0.0), risk_free, periods_per_year)


def down_alpha_beta(
    returns: Sequence[float],
    benchmark: Sequence[float],
    risk_free: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> tuple[float, float]:
    """Return alpha and beta over the periods in which the benchmark fell."""
    return alpha_beta(*_where(returns, benchmark, lambda change: change < 0.0), risk_free, periods_per_year)


def batting_average(returns: Sequence[float], benchmark: Sequence[float]) -> tuple[float, float, float]:
    """Return the share of periods in which the returns beat the benchmark: of all, of up markets, of down markets.

    A benchmark of zero counts as up. NaN where there are no periods. Source: empyrical, `batting_average`.
    """
    pairs = list(zip(*both_present(returns, benchmark), strict=True))
    beaten = [(own > other, other >= 0.0) for own, other in pairs if math.isfinite(own - other)]
    return (
        mean([float(won) for won, _ in beaten]),
        mean([float(won) for won, up in beaten if up]),
        mean([float(won) for won, up in beaten if not up]),
    )


def beta_fragility_heuristic(returns: Sequence[float], benchmark: Sequence[float]) -> float:
    """Return how much worse the returns are at the benchmark's extremes than a straight line through its median.

    Below zero: moves of the benchmark hurt more the larger they are. NaN below three pairs. Source: Taleb, Canetti,
    Kinda, Loukoianova, Schmieder (2012), IMF Working Paper 12/216; empyrical.
    """
    pairs = sorted(zip(*both_present(returns, benchmark), strict=True), key=lambda pair: pair[1])
    if len(pairs) < 3:
        return math.nan
    (low_return, low), (return_, middle), (high_return, high) = pairs[0], pairs[len(pairs) // 2], pairs[-1]
    width = high - low
    low_weight = (high - middle) / width if width else 0.5
    high_weight = (middle - low) / width if width else 0.5
    return low_weight * low_return + high_weight * high_return - return_


def _where(
    returns: Sequence[float], benchmark: Sequence[float], wanted: Callable[[float], bool]
) -> tuple[Sequence[float], Sequence[float]]:
    pairs = [(own, other) for own, other in zip(*both_present(returns, benchmark), strict=True) if wanted(other)]
    return [own for own, _ in pairs], [other for _, other in pairs]
