"""The equity curve of a run, recorded at every instant with market data, in memory that does not grow with the bars.

Every point is kept while there are few. Beyond the limit the curve falls back, once and for good, to the last point
of each day; the deepest drawdown is still that of all points. What is kept depends on the points alone, so equal runs
give equal curves.
"""

import math
from array import array
from collections.abc import Sequence
from copy import deepcopy
from struct import pack
from typing import Any, Literal

from tradepit.models.drawdowns import Drawdown, DrawdownTracker, per_drawdown
from tradepit.models.ieee_arithmetic import divide
from tradepit.models.periods import DAY_NS, DayOf, day_ends, periods_per_year, utc_day
from tradepit.models.return_metrics import DAYS_PER_YEAR, cagr_calendar, simple_returns, winning_share
from tradepit.models.return_summary import GROWTH_RATES, return_summary

_BLOCK = 8_192  # points between two folds into days


class EquityCurve:
    """Records (time, equity) and gives the curve, its returns and its deepest drawdown.

    Memory is bounded by `detail_limit` points and one point a day. Times must not run backwards; the kernel's clock
    sees to that.

    Args:
        start_ns: when the account opened, ns since the Unix epoch.
        starting_equity: the starting capital, in the account's currency.
        detail_limit: most points to keep one by one.
        day_of: number of the day in which a time lies, never falling as time rises; a scenario's zone gives its own.

    Raises:
        ValueError: `detail_limit` is below 1.
    """

    __slots__ = (
        "_blocks",
        "_by_day",
        "_day_of",
        "_detail_limit",
        "_in_blocks",
        "_kept_times",
        "_kept_values",
        "_recent_times",
        "_recent_values",
        "_tracker",
        "start_ns",
        "starting_equity",
    )

    def __init__(
        self, start_ns: int, starting_equity: float, *, detail_limit: int = 262_144, day_of: DayOf = utc_day
    ) -> None:
        if detail_limit < 1:
            raise ValueError(f"detail_limit must be 1 or more, was {detail_limit}")
        self.start_ns = start_ns
        self.starting_equity = starting_equity
        self._detail_limit = detail_limit
        self._day_of = day_of
        self._by_day = False
        self._kept_times, self._kept_values = array("q"), array("d")  # the last points of days
        self._blocks: list[tuple[array[int], array[float]]] = []  # every point, while there are not too many
        self._in_blocks = 0
        self._recent_times, self._recent_values = array("q"), array("d")
        self._tracker = DrawdownTracker(start_ns, starting_equity)

    def record(self, time_ns: int, equity: float) -> None:
        """Add a point; who has many adds them with `extend`."""
        self._recent_times.append(time_ns)
        self._recent_values.append(equity)
        if len(self._recent_times) > _BLOCK:
            self._fold()

    def extend(self, times_ns: Sequence[int], equities: Sequence[float]) -> None:
        """Add many points, as two equally long columns."""
        # The same as to extend the arrays by the columns, which would parse each number as an argument of its own.
        self._recent_times.frombytes(pack(f"={len(times_ns)}q", *times_ns))
        self._recent_values.frombytes(pack(f"={len(equities)}d", *equities))
        if len(self._recent_times) > _BLOCK:
            self._fold()

    def settle(self, time_ns: int, equity: float) -> None:
        """Add the run's last point, in place of one already recorded at the same instant."""
        if self._recent_times and self._recent_times[-1] == time_ns:
            self._recent_values[-1] = equity
        else:
            self.record(time_ns, equity)

    def _fold(self) -> None:
        """Fold all recent points but the last, which may yet be settled anew, into drawdown and points kept."""
        times, values = self._recent_times[:-1], self._recent_values[:-1]
        del self._recent_times[:-1], self._recent_values[:-1]
        self._tracker.extend_block(times, values)
        if self._by_day:
            self._keep_days(times, values)
            return
        if times:
            self._blocks.append((times, values))
            self._in_blocks += len(times)
        if self._in_blocks + len(self._recent_times) > self._detail_limit:
            self._by_day = True
            for block in self._blocks:
                self._keep_days(*block)
            self._blocks.clear()
            self._in_blocks = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> "EquityCurve":
        """Return a copy that goes its own way; the blocks that neither changes any more are shared."""
        copied = object.__new__(EquityCurve)
        for name in self.__slots__:
            own = getattr(self, name)
            setattr(copied, name, list(own) if name == "_blocks" else deepcopy(own, memo))
        return copied

    def _keep_days(self, times: Sequence[int], values: Sequence[float]) -> None:
        """Keep the last point of each day, in place of an earlier one of the same day."""
        for end in day_ends(times, self._day_of):
            if self._kept_times and self._day_of(self._kept_times[-1]) == self._day_of(times[end - 1]):
                self._kept_times.pop()
                self._kept_values.pop()
            self._kept_times.append(times[end - 1])
            self._kept_values.append(values[end - 1])

    @property
    def spacing(self) -> Literal["point", "day"]:
        """Tell whether every point is kept or the last of each day."""
        self._fold()
        return "day" if self._by_day else "point"

    @property
    def points(self) -> tuple[list[int], list[float]]:
        """Return times (ns since the Unix epoch) and equity of the points kept, the starting capital not among them."""
        self._fold()
        times, values = self._kept_times.tolist(), self._kept_values.tolist()
        for block_times, block_values in (*self._blocks, (self._recent_times, self._recent_values)):
            times += block_times.tolist()
            values += block_values.tolist()
        return self._last_of_days(times, values) if self._by_day else (times, values)

    def _last_of_days(self, times: list[int], values: list[float]) -> tuple[list[int], list[float]]:
        ends = day_ends(times, self._day_of)
        return [times[end - 1] for end in ends], [values[end - 1] for end in ends]

    @property
    def times(self) -> list[int]:
        """Return the times of the points kept, ns since the Unix epoch."""
        return self.points[0]

    @property
    def values(self) -> list[float]:
        """Return the equity at the points kept, in the account's currency."""
        return self.points[1]

    @property
    def returns(self) -> list[float]:
        """Return the simple returns between the points kept, the first from the starting capital: one per point."""
        return self._returns_of(self.values)

    def _returns_of(self, values: Sequence[float]) -> list[float]:
        return simple_returns([self.starting_equity, *values])

    @property
    def drawdown(self) -> Drawdown:
        """Return the deepest drawdown over all points ever recorded; its positions are times."""
        tracker = self._tracker.copy()
        tracker.extend(zip(self._recent_times, self._recent_values, strict=True))
        return tracker.deepest

    @property
    def periods_per_year(self) -> float:
        """Return how many of the periods of `returns` make a year; NaN when that cannot be told."""
        return self._periods_of(self.times)

    def _periods_of(self, times: Sequence[int]) -> float:
        return DAYS_PER_YEAR if self._by_day else periods_per_year(times, self._day_of)

    @property
    def last_ns(self) -> int:
        """Return the time of the last point, or of the start when there is none."""
        return self._recent_times[-1] if self._recent_times else self.start_ns

    @property
    def last_equity(self) -> float:
        """Return the equity of the last point, or the starting capital when there is none."""
        return self._recent_values[-1] if self._recent_values else self.starting_equity

    def summary(
        self,
        *,
        risk_free_per_year: float = 0.0,
        benchmark: Sequence[float] | None = None,
        periods_per_year: float | None = None,
    ) -> dict[str, float]:
        """Return every metric of the curve by name; docs/metrics.md says what each means.

        Rates of growth are NaN for a run shorter than a day: what a minute's gain would compound to in a year means
        nothing. The drawdown is that of all points, also where only days were kept.

        Args:
            risk_free_per_year: simple annual rate; each period bears its share.
            benchmark: the benchmark's returns, one for each of `returns`; without it what needs one is NaN.
            periods_per_year: in place of what the points' spacing says.

        Raises:
            ValueError: the benchmark's returns are not as many as the curve's.
        """
        times, values = self.points  # once, for there may be a quarter of a million
        periods = self._periods_of(times) if periods_per_year is None else periods_per_year
        figures = return_summary(
            self._returns_of(values),
            periods_per_year=periods,
            risk_free_per_year=risk_free_per_year,
            benchmark=benchmark,
        )
        deepest, ran_ns = self.drawdown, self.last_ns - self.start_ns
        figures["final_equity"] = self.last_equity
        figures["winning_days"] = winning_share(self._returns_of(self._last_of_days(times, values)[1]))
        figures["cagr_calendar"] = cagr_calendar(self.starting_equity, self.last_equity, self.start_ns, self.last_ns)
        figures["max_drawdown_days"] = deepest.length / DAY_NS
        if self._recent_times:
            figures["total_return"] = divide(self.last_equity, self.starting_equity) - 1.0
            figures["max_drawdown"] = deepest.depth
            figures["calmar"] = per_drawdown(figures["annual_return"], deepest.depth)
            figures["profit_to_drawdown"] = per_drawdown(figures["total_return"], deepest.depth)
        if ran_ns < DAY_NS:
            figures.update(dict.fromkeys((*GROWTH_RATES, "cagr_calendar"), math.nan))
        return figures
