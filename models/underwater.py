"""Every fall of a curve, and what its depth and length come to as one figure.

All start from the curve of drawdowns with the starting capital as the first peak, as in `drawdowns`. Missing returns
count as 0 there.
"""

import math
from collections.abc import Sequence

from tradepit.models.drawdowns import (
    Drawdown,
    drawdown_series,
    equity_drawdowns,
    max_drawdown,
    per_drawdown,
)
from tradepit.models.ieee_arithmetic import divide, mean, present, total
from tradepit.models.return_metrics import (
    DAYS_PER_YEAR,
    annual_return,
    cumulative_returns,
    total_return,
)


def all_drawdowns(equity: Sequence[float]) -> list[Drawdown]:
    """Return every fall of a curve from a peak to the recovery, in order; positions are indices into `equity`.

    A fall begins where the curve last stood at its peak and ends where it first stands there again. The last one may
    be under water still. Source of the table: pyfolio, `gen_drawdown_table`; here none is left out.
    """
    return falls_of(equity_drawdowns(equity))


def falls_of(depths: Sequence[float]) -> list[Drawdown]:
    """Return what `all_drawdowns` does, from the drawdown at each point."""
    falls: list[Drawdown] = []
    start = trough = -1
    last = len(depths) - 1
    for index, depth in enumerate(depths):
        if depth < 0.0:
            if trough < 0:
                start, trough = index - 1, index
            elif depth < depths[trough]:
                trough = index
        elif trough >= 0:
            falls.append(Drawdown(depth=depths[trough], start=start, trough=trough, recovery=index, end=last))
            trough = -1
    if trough >= 0:
        falls.append(Drawdown(depth=depths[trough], start=start, trough=trough, recovery=None, end=last))
    return falls


def average_drawdown(returns: Sequence[float]) -> float:
    """Return the mean depth of all drawdowns, each at its trough; 0 without any, NaN of nothing."""
    return average_fall(depths_of(returns)) if len(returns) else math.nan


def average_fall(depths: Sequence[float]) -> float:
    """Return the mean depth of all drawdowns, each at its trough, from the drawdown at each point; 0 without any."""
    troughs = [fall.depth for fall in falls_of(depths)]
    return mean(troughs) if troughs else 0.0


def longest_drawdown(returns: Sequence[float]) -> float:
    """Return the most periods from a peak to the recovery, or to the end while under water; NaN of nothing."""
    if len(returns) == 0:
        return math.nan
    return float(max((fall.length for fall in _falls(returns)), default=0))


def max_drawdown_of_points(returns: Sequence[float]) -> float:
    """Return the deepest drawdown between points of the curve alone, the starting capital not being one of them.

    0 of a single return, NaN of nothing. So a loss on the first period is no drawdown; `max_drawdown` counts it.
    Source: ffn and pandas users, `(wealth / wealth.cummax() - 1).min()`.
    """
    if len(returns) == 0:
        return math.nan
    return min(equity_drawdowns(cumulative_returns(returns, 1.0)))


def ulcer_index(returns: Sequence[float]) -> float:
    """Return the root of the mean square of the drawdowns over n - 1 periods; NaN below two returns.

    Source: Martin and McCann (1989), The Investor's Guide to Fidelity Funds; n - 1 as in quantstats.
    """
    return ulcer_of(depths_of(returns)) if len(returns) else math.nan


def ulcer_of(depths: Sequence[float]) -> float:
    """Return what `ulcer_index` does, from the drawdown at each point; the first is the start's, and so 0."""
    periods = len(depths) - 1
    return math.sqrt(total([depth * depth for depth in depths]) / (periods - 1)) if periods > 1 else math.nan


def ulcer_performance_index(returns: Sequence[float], risk_free: float = 0.0) -> float:
    """Return (total return - risk free) / `ulcer_index`; NaN without a drawdown. `risk_free` is for all of the time."""
    ulcer = ulcer_index(returns)
    return (total_return(returns) - risk_free) / ulcer if ulcer > 0.0 else math.nan


def pain_index(returns: Sequence[float]) -> float:
    """Return the mean size of the drawdown over all periods; NaN of nothing. Source: Becker (2006), Zephyr."""
    return -mean(drawdown_series(returns))


def pain_ratio(returns: Sequence[float], periods_per_year: float = DAYS_PER_YEAR) -> float:
    """Return the annual return over the `pain_index`; NaN without a drawdown."""
    return per_drawdown(annual_return(returns, periods_per_year), -pain_index(returns))


def recovery_factor(returns: Sequence[float]) -> float:
    """Return the size of the sum of the returns over that of the max drawdown; NaN without one.

    Not compounded, and never negative. Source: quantstats. `profit_to_drawdown` is the compounded one.
    """
    deepest = max_drawdown(returns)
    return divide(abs(total(present(returns))), -deepest) if deepest < 0.0 else math.nan


def depths_of(returns: Sequence[float]) -> list[float]:
    """Return the drawdown at the start, which is 0, and after each return."""
    return equity_drawdowns([1.0, *cumulative_returns(returns, 1.0)])


def _falls(returns: Sequence[float]) -> list[Drawdown]:
    return falls_of(depths_of(returns))
