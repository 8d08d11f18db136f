"""Falls of equity from its peak, from a whole curve at once or streamed.

The starting capital is the first peak. A drawdown is a fraction of the peak and never above zero, as in empyrical. It
starts where the curve last stood at its peak, and recovers where the curve first stands there again.
"""

import math
from collections.abc import Iterable, Sequence

import attrs

from tradepit.models.ieee_arithmetic import divide
from tradepit.models.return_metrics import DAYS_PER_YEAR, annual_return, cumulative_returns, total_return

_STRETCH = 256  # points that are judged together


@attrs.frozen(kw_only=True)
class Drawdown:
    """The deepest fall of a curve; the first of several equally deep.

    Positions are ns since the Unix epoch where the curve has times, else indices into it.

    Attributes:
        depth: equity at the trough over equity at the peak, less 1; 0 for a curve that never fell.
        start: the peak: the last position before the fall.
        trough: the deepest position.
        recovery: first position back at the peak or above, or None while under water.
        end: last position of the curve.
    """

    depth: float
    start: int
    trough: int
    recovery: int | None
    end: int

    @property
    def length(self) -> int:
        """Return the distance from the peak to the recovery, or to the end of the curve while under water."""
        return (self.end if self.recovery is None else self.recovery) - self.start


class DrawdownTracker:
    """Finds the deepest drawdown of a stream of equity points in constant memory.

    Args:
        position: where the curve starts, ns since the Unix epoch or 0 for indices.
        equity: the starting capital, the first peak.
    """

    __slots__ = ("_deepest", "_end", "_peak", "_peak_at", "_recovery", "_start", "_trough", "_under_water")

    def __init__(self, position: int, equity: float) -> None:
        self._peak = equity
        self._peak_at = self._start = self._trough = self._end = position
        self._recovery: int | None = position
        self._deepest = 0.0
        self._under_water = False  # whether the deepest fall so far still waits for its recovery

    def extend(self, points: Iterable[tuple[int, float]]) -> None:
        """Take in (position, equity) points that follow the ones before; NaN equity is passed over."""
        peak, peak_at, deepest, position = self._peak, self._peak_at, self._deepest, self._end
        for position, equity in points:
            if equity >= peak:
                if self._under_water:
                    self._recovery, self._under_water = position, False
                peak, peak_at = equity, position
            else:
                depth = equity / peak - 1.0 if peak > 0.0 else math.nan  # no share of nothing
                if depth < deepest:
                    deepest = depth
                    self._start, self._trough = peak_at, position
                    self._recovery, self._under_water = None, True
        self._peak, self._peak_at, self._deepest, self._end = peak, peak_at, deepest, position

    def extend_block(self, positions: Sequence[int], values: Sequence[float]) -> None:
        """Take in the same as two columns, equally long, with positions that rise.

        It is quick where a stretch lies between the peak and the deepest fall, or, as before the first trade, on the
        peak all through.
        """
        for begin in range(0, len(values), _STRETCH):
            part, peak = values[begin : begin + _STRETCH], self._peak
            if peak > 0.0 and (most := max(part)) <= peak:
                least = min(part)
                if most < peak and least / peak - 1.0 >= self._deepest:
                    self._end = positions[begin + len(part) - 1]
                    continue
                if least == part[0] == part[-1] == peak:
                    if self._under_water:
                        self._recovery, self._under_water = positions[begin], False
                    self._peak_at = self._end = positions[begin + len(part) - 1]
                    continue
            self.extend(zip(positions[begin : begin + _STRETCH], part, strict=True))

    @property
    def deepest(self) -> Drawdown:
        """Return the deepest drawdown so far."""
        return Drawdown(
            depth=self._deepest, start=self._start, trough=self._trough, recovery=self._recovery, end=self._end
        )

    def copy(self) -> "DrawdownTracker":
        """Return a tracker in the same state, to look ahead with."""
        twin = DrawdownTracker(self._end, self._peak)
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin


def deepest_drawdown(equity: Sequence[float]) -> Drawdown | None:
    """Return the deepest drawdown of an equity curve whose first value is the starting capital; None of nothing.

    Positions are indices into `equity`.
    """
    points = iter(enumerate(equity))
    first = next(points, None)
    if first is None:
        return None
    tracker = DrawdownTracker(*first)
    tracker.extend(points)
    return tracker.deepest


def equity_drawdowns(equity: Iterable[float]) -> list[float]:
    """Return e / peak so far - 1 at each point of an equity curve or price series; as long as it."""
    peak = -math.inf
    falls = []
    for level in equity:
        if level > peak:
            peak = level
        falls.append(0.0 if level == peak else divide(level - peak, peak))
    return falls


def drawdown_series(returns: Sequence[float]) -> list[float]:
    """Return the drawdown after each return, the starting capital being the first peak; as long as `returns`."""
    return equity_drawdowns([1.0, *cumulative_returns(returns, 1.0)])[1:]


def max_drawdown(returns: Sequence[float]) -> float:
    """Return the deepest drawdown as a fraction, zero or below; NaN of nothing.

    A missing return counts as 0. Source: empyrical, `max_drawdown`.
    """
    if len(returns) == 0:
        return math.nan
    wealth, peak, deepest = 1.0, 1.0, 0.0
    for change in returns:
        if change == change:  # not NaN
            wealth *= 1.0 + change
            if wealth > peak:
                peak = wealth
            else:
                fall = (wealth - peak) / peak
                if fall < deepest:
                    deepest = fall
    return deepest


def calmar_ratio(returns: Sequence[float], periods_per_year: float = DAYS_PER_YEAR) -> float:
    """Return the annual return over the size of the deepest drawdown; NaN without one, and where it is infinite.

    Source: Young (1991), Calmar Ratio: A Smoother Tool, Futures 20(1); computed over the whole series, as empyrical.
    """
    return per_drawdown(annual_return(returns, periods_per_year), max_drawdown(returns))


def profit_to_drawdown(returns: Sequence[float]) -> float:
    """Return the total return over the size of the deepest drawdown; NaN without one."""
    return per_drawdown(total_return(returns), max_drawdown(returns))


def per_drawdown(gain: float, deepest: float) -> float:
    """Return a gain over the size of a drawdown; NaN without a drawdown, and where the ratio is infinite."""
    ratio = gain / -deepest if deepest < 0.0 else math.nan
    return math.nan if math.isinf(ratio) else ratio
