"""Random draws for synthetic prices, the same on every platform and every Python.

Everything comes from `random.Random.random`, whose sequence Python guarantees for a seed; the distributions of the
standard library may change with its version. Prices move by sums, products and square roots, which IEEE 754 fixes to
the last bit. Logarithms and exponentials, which platforms may round differently in the last bit, decide only whether a
draw is taken again and enter prices that are then rounded to the tick, so a difference would have to fall on the very
edge between two ticks.
"""

import math
import random

# 4 / sqrt(2 e), written out since the exponential function's last bit is the platform's.
_RATIO = 1.7155277699214135


def standard_normal(rng: random.Random) -> float:
    """Draw from the standard normal distribution.

    Ratio of uniforms: Kinderman and Monahan, "Computer generation of random variables using the ratio of uniform
    deviates", ACM Transactions on Mathematical Software 3 (1977), pages 257 to 260.
    """
    while True:
        first = rng.random()
        second = 1.0 - rng.random()
        drawn = _RATIO * (first - 0.5) / second
        if drawn * drawn * 0.25 <= -math.log(second):
            return drawn


def bridge_maximum(rng: random.Random, begin: float, end: float, variance: float) -> float:
    """Draw the highest point of a Brownian motion between two known ends.

    P(max <= m) = 1 - exp(-2 (m - begin)(m - end) / variance), inverted. Borodin and Salminen, Handbook of Brownian
    Motion, 2nd edition (2002), formula 1.1.8 of part II; Glasserman, Monte Carlo Methods in Financial Engineering
    (2004), section 6.4.

    Args:
        rng: where chance comes from.
        begin: where it starts.
        end: where it ends.
        variance: of the motion over this time, were its end free.
    """
    distance = end - begin
    highest = 0.5 * (begin + end + math.sqrt(distance * distance - 2.0 * variance * math.log(1.0 - rng.random())))
    return max(highest, begin, end)  # rounding could leave it a bit below


def bridge_minimum(rng: random.Random, begin: float, end: float, variance: float) -> float:
    """Draw the lowest point of a Brownian motion between two known ends; see `bridge_maximum`."""
    return -bridge_maximum(rng, -begin, -end, variance)
