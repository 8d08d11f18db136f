"""Float arithmetic with the results of IEEE 754, where Python itself would raise.

Metrics of degenerate input are NaN or infinite, as empyrical has them. Python raises for a division by zero, a power
out of range, and a sum of opposite infinities; these functions return what the standard says instead (IEEE 754-2019,
sections 6.1, 7.2 to 7.4 and 9.2.1).
"""

import math
from collections.abc import Sequence


def divide(numerator: float, denominator: float) -> float:
    """Return the quotient: signed infinity for x/0, NaN for 0/0."""
    if denominator != 0.0:
        return numerator / denominator
    if numerator == 0.0 or math.isnan(numerator):
        return math.nan
    return math.copysign(math.inf, numerator) * math.copysign(1.0, denominator)


def power(base: float, exponent: float) -> float:
    """Return base to the exponent: infinity on overflow and for 0 to a negative, NaN for a root of a negative."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        odd = base < 0.0 and math.fmod(exponent, 2.0) != 0.0
        return -math.inf if odd else math.inf
    except ValueError:
        return math.inf if base == 0.0 else math.nan


def total(values: Sequence[float]) -> float:
    """Return the correctly rounded sum, the same on every Python; infinite or NaN where a plain sum would be."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # beyond the floats, or infinities of both signs
        plain = 0.0
        for number in values:
            plain += number
        return plain


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean, NaN of nothing."""
    return total(values) / len(values) if len(values) else math.nan


def present(values: Sequence[float]) -> Sequence[float]:
    """Return the values that are not NaN, in their order; the sequence itself when none is."""
    if misses_any(values):
        return [number for number in values if number == number]  # NaN differs from itself
    return values


def misses_any(values: Sequence[float]) -> bool:
    """Tell whether any value is NaN."""
    plain = sum(values)
    if plain == plain:  # a sum with a NaN in it is NaN, and comes five times as fast as a look at each
        return False
    return any(map(math.isnan, values))
