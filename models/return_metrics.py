"""Growth, risk and reward of a series of returns.

Definitions, defaults and degenerate results are those of empyrical (Quantopian, Apache-2.0; today empyrical-reloaded)
on one-dimensional arrays. A return is simple and a fraction: 0.01 is one percent. NaN stands for a missing return:
means and deviations pass over it, the count of periods does not. All functions take any sequence of floats and never
raise for its content.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from tradepit.models.ieee_arithmetic import divide, mean, power, present, total

DAYS_PER_YEAR = 252.0  # trading days, the usual count for equities
_NS_PER_CALENDAR_YEAR = 365.25 * 86_400e9


def simple_returns(equity: Sequence[float]) -> list[float]:
    """Return r[i] = e[i+1] / e[i] - 1 for each step of an equity curve or price series; one shorter than it.

    After a zero the return is infinite, or NaN when the next value is zero too.
    """
    return [(now - before) / before if before else divide(now - before, before) for before, now in pairwise(equity)]


def cumulative_returns(returns: Sequence[float], starting_value: float = 0.0) -> list[float]:
    """Return the running product of 1 + r, less 1; times `starting_value` instead when that is not 0.

    A missing return counts as 0.
    """
    wealth = 1.0
    curve = []
    for change in returns:
        if change == change:  # not NaN
            wealth *= 1.0 + change
        curve.append(wealth)
    if starting_value == 0.0:
        return [level - 1.0 for level in curve]
    return [level * starting_value for level in curve]


def final_value(returns: Sequence[float], starting_value: float = 1.0) -> float:
    """Return `starting_value` times the product of all 1 + r (empyrical's cum_returns_final); NaN of nothing."""
    if len(returns) == 0:
        return math.nan
    return math.prod([1.0 + change for change in present(returns)]) * starting_value


def total_return(returns: Sequence[float]) -> float:
    """Return the product of all 1 + r, less 1; NaN of nothing."""
    return final_value(returns) - 1.0


def annual_return(returns: Sequence[float], periods_per_year: float = DAYS_PER_YEAR) -> float:
    """Return the compound annual growth rate, (1 + total return) ^ (periods per year / periods) - 1.

    NaN of nothing; -1 when all is lost; infinite beyond the floats.
    """
    if len(returns) == 0 or math.isnan(periods_per_year):
        return math.nan
    return power(final_value(returns), periods_per_year / len(returns)) - 1.0


def cagr(returns: Sequence[float], periods_per_year: float = DAYS_PER_YEAR) -> float:
    """Return the compound annual growth rate by counted periods: the same as `annual_return`."""
    return annual_return(returns, periods_per_year)


def cagr_calendar(first_equity: float, last_equity: float, start_ns: int, end_ns: int) -> float:
    """Return the compound annual growth rate by the calendar, (last / first) ^ (1 / years) - 1.

    A year has 365.25 days. NaN when no time passed.
    """
    if end_ns <= start_ns:
        return math.nan
    return power(divide(last_equity, first_equity), _NS_PER_CALENDAR_YEAR / (end_ns - start_ns)) - 1.0


def sample_deviation(values: Sequence[float], ddof: int = 1) -> float:
    """Return the standard deviation of the values that are not NaN, sqrt(sum of squares / (n - ddof)).

    `ddof` is 1 for a sample, 0 for a population. Equal values have a deviation of exactly 0, whatever their mean rounds
    to; `ddof` values or fewer have NaN.
    """
    values = present(values)
    if len(values) <= ddof:
        return math.nan
    middle = mean(values)
    if min(values) == max(values) and math.isfinite(middle):
        return 0.0
    return math.sqrt(total([(number - middle) * (number - middle) for number in values]) / (len(values) - ddof))


def annual_volatility(returns: Sequence[float], periods_per_year: float = DAYS_PER_YEAR, ddof: int = 1) -> float:
    """Return the standard deviation (`ddof` 1: of a sample) times the root of the periods per year.

    NaN below two returns.
    """
    return sample_deviation(returns, ddof) * math.sqrt(periods_per_year) if len(returns) > 1 else math.nan


def less(returns: Sequence[float], hurdle: float | Sequence[float]) -> Sequence[float]:
    """Return the returns less a constant, or less a series of the same length, one by one.

    Raises:
        ValueError: the series are of different length.
    """
    if isinstance(hurdle, float | int):
        return [change - hurdle for change in returns] if hurdle else returns
    if len(hurdle) != len(returns):
        raise ValueError(f"two series of returns must be equally long, were {len(returns)} and {len(hurdle)}")
    return [change - other for change, other in zip(returns, hurdle, strict=True)]


def sharpe_ratio(
    returns: Sequence[float],
    risk_free: float | Sequence[float] = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
    ddof: int = 1,
) -> float:
    """Return mean(r - risk free) / deviation(r - risk free) * sqrt(periods per year).

    `risk_free` is per period; `ddof` 1 takes the sample's deviation, 0 the population's. Constant excess returns give
    an infinite ratio of their sign, NaN when they are zero; fewer than two returns give NaN. Source: Sharpe (1994),
    The Sharpe Ratio, J. of Portfolio Management 21(1).
    """
    if len(returns) < 2:
        return math.nan
    excess = present(less(returns, risk_free))
    return divide(mean(excess), sample_deviation(excess, ddof)) * math.sqrt(periods_per_year)


def downside_risk(
    returns: Sequence[float],
    required_return: float | Sequence[float] = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return sqrt(mean(min(r - required, 0)^2)) over all returns, gains included, times sqrt(periods per year).

    `required_return` is per period. 0 when nothing fell short; NaN of nothing.
    """
    excess = present(less(returns, required_return))
    if len(excess) == 0:
        return math.nan
    squares = total([change * change for change in excess if change < 0.0])
    return math.sqrt(squares / len(excess)) * math.sqrt(periods_per_year)


def sortino_ratio(
    returns: Sequence[float],
    required_return: float | Sequence[float] = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return mean(r - required) * periods per year / `downside_risk`.

    `required_return` is per period. Infinite when nothing fell short, NaN when all excess is zero or there are fewer
    than two returns. Source: Sortino and Price (1994), Performance Measurement in a Downside Risk Framework.
    """
    if len(returns) < 2:
        return math.nan
    excess = present(less(returns, required_return))
    return divide(mean(excess) * periods_per_year, downside_risk(excess, 0.0, periods_per_year))


def omega_ratio(
    returns: Sequence[float],
    risk_free: float = 0.0,
    required_return: float = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return the sum of gains over the sum of losses beyond a threshold.

    `risk_free` is per period, `required_return` per year: the threshold is risk_free + (1 + required_return) ^
    (1 / periods per year) - 1. NaN without losses, below two returns, and for a required return of -1 or less.
    Source: Keating and Shadwick (2002), A Universal Performance Measure.
    """
    if len(returns) < 2:
        return math.nan
    if periods_per_year == 1.0:
        per_period = required_return
    elif required_return <= -1.0:
        return math.nan
    else:
        per_period = power(1.0 + required_return, 1.0 / periods_per_year) - 1.0
    excess = [change - risk_free - per_period for change in returns]
    losses = -total([change for change in excess if change < 0.0])
    return total([change for change in excess if change > 0.0]) / losses if losses > 0.0 else math.nan


def winning_share(returns: Sequence[float]) -> float:
    """Return the share of gains among the returns that are not zero; NaN when there are none.

    With one return a day these are the winning days. Source: quantstats, `win_rate`.
    """
    gains = sum(1 for change in returns if change > 0.0)
    losses = sum(1 for change in returns if change < 0.0)
    return gains / (gains + losses) if gains + losses else math.nan


def stability_of_timeseries(returns: Sequence[float]) -> float:
    """Return R squared of a straight line through the cumulated log returns; 1 is perfectly steady growth or decay.

    NaN below two returns, when equity never moves, and when a return loses all or more.
    """
    changes = present(returns)
    if len(changes) < 2 or min(changes) <= -1.0:
        return math.nan
    level, levels = 0.0, []
    for change in changes:
        level += math.log1p(change)
        levels.append(level)
    if min(levels) == max(levels):
        return math.nan
    middle, half = mean(levels), (len(levels) - 1) / 2.0
    height = total([(level - middle) * (level - middle) for level in levels])
    width = len(levels) * (len(levels) * len(levels) - 1) / 12.0  # sum of squared deviations of 0, 1, ... n - 1
    slope = total([(index - half) * (level - middle) for index, level in enumerate(levels)])
    return min(divide(slope * slope, width * height), 1.0)
