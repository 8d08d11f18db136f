"""The shape of the distribution of returns and of its tails.

Degenerate results are empyrical's, for skew and kurtosis those of pandas. A value at risk is a return and keeps its
sign: -0.02 means that one period in twenty loses two percent or more.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from tradepit.models.ieee_arithmetic import divide, mean, misses_any, present, total
from tradepit.models.return_metrics import sample_deviation

Moments = tuple[float, float, float]
"""The second, third and fourth central moments."""


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of ascending values, linear between neighbours (Hyndman and Fan 1996, type 7); NaN of none.

    Raises:
        ValueError: `share` is not from 0 to 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share must be from 0 to 1, was {share!r}")
    if len(ordered) == 0:
        return math.nan
    rank = (len(ordered) - 1) * share
    below = min(int(rank), len(ordered) - 1)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    part = rank - below
    if part == 0.0 or low == high:
        return low
    # From the nearer end, as numpy does, so that the result never leaves the interval.
    return high - (high - low) * (1.0 - part) if part >= 0.5 else low + (high - low) * part


def value_at_risk(returns: Sequence[float], cutoff: float = 0.05) -> float:
    """Return the historical value at risk: the `cutoff` quantile of the returns, linear between neighbours.

    NaN of nothing and when any return is missing, as empyrical has it.

    Raises:
        ValueError: `cutoff` is not from 0 to 1.
    """
    if misses_any(returns):
        return math.nan
    return percentile(sorted(returns), cutoff)


def normal_value_at_risk(returns: Sequence[float], cutoff: float = 0.05) -> float:
    """Return the parametric value at risk: mean + z(cutoff) * sample deviation, z the normal quantile.

    Missing returns are passed over; NaN below two. Source: RiskMetrics (1996), Technical Document; quantstats.

    Raises:
        ValueError: `cutoff` is not between 0 and 1.
    """
    if not 0.0 < cutoff < 1.0:
        raise ValueError(f"cutoff must be between 0 and 1, was {cutoff!r}")
    values = present(returns)
    return mean(values) + NormalDist().inv_cdf(cutoff) * sample_deviation(values)


def conditional_value_at_risk(returns: Sequence[float], cutoff: float = 0.05) -> float:
    """Return the mean of the int((n - 1) * cutoff) + 1 lowest returns, the expected shortfall.

    Missing returns are passed over; NaN of none. Source: empyrical, `conditional_value_at_risk`.

    Raises:
        ValueError: `cutoff` is not from 0 to 1.
    """
    if not 0.0 <= cutoff <= 1.0:
        raise ValueError(f"cutoff must be from 0 to 1, was {cutoff!r}")
    ordered = sorted(present(returns))
    return mean(ordered[: int((len(ordered) - 1) * cutoff) + 1])


def shortfall_below_value_at_risk(returns: Sequence[float], cutoff: float = 0.05) -> float:
    """Return the mean of all returns at or below the historical value at risk; NaN where that is.

    Where `conditional_value_at_risk` counts a fixed number of the lowest, this one takes every tie with the quantile
    too. Source: Rockafellar and Uryasev (2000), J. of Risk 2(3); quantstats with `method="historical"`.

    Raises:
        ValueError: `cutoff` is not from 0 to 1.
    """
    quantile = value_at_risk(returns, cutoff)
    return mean([change for change in returns if change <= quantile])


def normal_shortfall(returns: Sequence[float], cutoff: float = 0.05) -> float:
    """Return the expected shortfall of a normal distribution, mean - deviation * density(z) / cutoff.

    Missing returns are passed over; NaN below two. Source: McNeil, Frey, Embrechts (2005), Quantitative Risk
    Management, example 2.14; quantstats.

    Raises:
        ValueError: `cutoff` is not between 0 and 1.
    """
    if not 0.0 < cutoff < 1.0:
        raise ValueError(f"cutoff must be between 0 and 1, was {cutoff!r}")
    values, normal = present(returns), NormalDist()
    return mean(values) - sample_deviation(values) * normal.pdf(normal.inv_cdf(cutoff)) / cutoff


def tail_ratio(returns: Sequence[float]) -> float:
    """Return |95th percentile| / |5th percentile|; above 1 the gains reach further than the losses.

    Missing returns are passed over; NaN of none and when both are zero, infinite when only the lower is.
    """
    ordered = sorted(present(returns))
    return divide(abs(percentile(ordered, 0.95)), abs(percentile(ordered, 0.05)))


def population_skew(returns: Sequence[float]) -> float:
    """Return the skewness of a population, g1 = m3 / m2^1.5; NaN below two returns and when all are equal.

    Agrees with scipy `skew(bias=True)`, which pyfolio shows. Missing returns are passed over.
    """
    values = present(returns)
    if len(values) < 2 or min(values) == max(values):
        return math.nan
    second, third, _ = central_moments(values)
    return divide(third, second * math.sqrt(second))


def population_kurtosis(returns: Sequence[float]) -> float:
    """Return the excess kurtosis of a population, g2 = m4 / m2^2 - 3; NaN below two returns and when all are equal.

    Agrees with scipy `kurtosis(bias=True)`, which pyfolio shows. Missing returns are passed over.
    """
    values = present(returns)
    if len(values) < 2 or min(values) == max(values):
        return math.nan
    second, _, fourth = central_moments(values)
    return divide(fourth, second * second) - 3.0


def skew(returns: Sequence[float], moments: Moments | None = None) -> float:
    """Return the adjusted Fisher-Pearson skewness, G1 = g1 * sqrt(n (n - 1)) / (n - 2).

    Agrees with pandas `Series.skew` and scipy `skew(bias=False)`. Missing returns are passed over; NaN below three
    returns and when all are equal. Who asks for more than one figure may give the moments. Source: Joanes and Gill
    (1998), The Statistician 47(1).
    """
    values = present(returns)
    count = len(values)
    if count < 3 or min(values) == max(values):
        return math.nan
    second, third, _ = central_moments(values) if moments is None else moments
    return divide(third, second * math.sqrt(second)) * math.sqrt(count * (count - 1)) / (count - 2)


def kurtosis(returns: Sequence[float], moments: Moments | None = None) -> float:
    """Return the adjusted excess kurtosis, G2 = ((n + 1) g2 + 6) (n - 1) / ((n - 2) (n - 3)); 0 for a normal sample.

    Agrees with pandas `Series.kurt` and scipy `kurtosis(bias=False)`. Missing returns are passed over; NaN below four
    returns and when all are equal. Who asks for more than one figure may give the moments. Source: Joanes and Gill
    (1998), The Statistician 47(1).
    """
    values = present(returns)
    count = len(values)
    if count < 4 or min(values) == max(values):
        return math.nan
    second, _, fourth = central_moments(values) if moments is None else moments
    excess = divide(fourth, second * second) - 3.0
    return ((count + 1) * excess + 6.0) * (count - 1) / ((count - 2) * (count - 3))


def central_moments(values: Sequence[float]) -> Moments:
    """Return the second, third and fourth central moments of values none of which is missing, divided by n."""
    middle, count = mean(values), len(values)
    distances = [number - middle for number in values]
    squares = [distance * distance for distance in distances]
    cubes = [square * distance for square, distance in zip(squares, distances, strict=True)]
    return total(squares) / count, total(cubes) / count, total([square * square for square in squares]) / count
