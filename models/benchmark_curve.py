"""The prices of a benchmark as a run goes, and its returns at the points of the run's own curve."""

import math
from bisect import bisect_right
from collections.abc import Sequence

from tradepit.models.equity import EquityCurve
from tradepit.models.periods import DayOf, utc_day
from tradepit.models.return_metrics import simple_returns


class BenchmarkCurve:
    """Records (time, price), in memory as bounded as that of the equity curve.

    Both fall back to the last point of each day beyond their limit. A benchmark has no more points than the run has
    instants, so where it keeps days alone the run's curve does so too.

    Args:
        detail_limit: most points to keep one by one.
        day_of: number of the day in which a time lies, as for the run's own curve.
    """

    __slots__ = ("_curve", "_day_of", "_detail_limit")

    def __init__(self, *, detail_limit: int = 262_144, day_of: DayOf = utc_day) -> None:
        self._detail_limit = detail_limit
        self._day_of = day_of
        self._curve: EquityCurve | None = None

    def record(self, time_ns: int, price: float) -> None:
        """Add a price; times must not run backwards."""
        if self._curve is None:
            self._curve = EquityCurve(time_ns, price, detail_limit=self._detail_limit, day_of=self._day_of)
        self._curve.settle(time_ns, price)

    def returns_at(self, times: Sequence[int]) -> list[float]:
        """Return the simple return from each time to the next, by the last price at or before each; one per time.

        The first is NaN, for nothing is known of before it, and so are all up to the first price.
        """
        known, prices = self._curve.points if self._curve is not None else ([], [])
        levels = [math.nan]
        for time in times:
            index = bisect_right(known, time)
            levels.append(prices[index - 1] if index else math.nan)
        return simple_returns(levels)
