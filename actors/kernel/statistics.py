"""What the kernel counts about each actor; the run's result shows it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import attrs

from tradepit.actors.kernel.clock import wall_ns
from tradepit.actors.kernel.schedule import Handlers

MOST_POINTS = 512


@attrs.define
class DepthTrace:
    """The depth of a mailbox over time, in a bounded number of points: each is the greatest depth of its stretch.

    Attributes:
        points: (time of the first change in the stretch, greatest depth in it).
        deepest: the greatest depth of all.
        last: the depth that was noted last.
    """

    points: list[tuple[int, int]] = attrs.Factory(list)
    deepest: int = 0
    last: int = 0
    _stretch_ns: int = 1

    def note(self, time: int, depth: int) -> None:
        """Note that a mailbox has a depth from a time on."""
        self.last = depth
        if depth > self.deepest:
            self.deepest = depth
        points = self.points
        if points and time < points[-1][0] + self._stretch_ns:
            if depth > points[-1][1]:
                points[-1] = (points[-1][0], depth)
            return
        points.append((time, depth))
        if len(points) > MOST_POINTS:
            self._thin_out()

    def _thin_out(self) -> None:
        points = self.points
        span = points[-1][0] - points[0][0]
        self._stretch_ns = max(2 * self._stretch_ns, 2 * span // MOST_POINTS)
        kept: list[tuple[int, int]] = []
        for time, depth in points:
            if kept and time < kept[-1][0] + self._stretch_ns:
                kept[-1] = (kept[-1][0], max(depth, kept[-1][1]))
            else:
                kept.append((time, depth))
        points[:] = kept


@attrs.define
class ActorStatistics:
    """One actor's figures.

    Attributes:
        deliveries: how many messages it handled, by kind.
        dropped: how many its full mailbox lost or replaced, by kind.
        crashes: how often a handler raised.
        restarts: how often it was restarted.
        dead_letters: how many messages for it were set aside.
        forgone: how often a handler waited so often that nothing could be kept any more to recover it.
        busy_ns: virtual time that its service took.
        waited_ns: virtual time that messages spent in its mailbox before their service began.
        longest_wait_ns: the longest of those.
        sampled: how many deliveries were timed by the wall clock; about one in 256, in inline dispatch only.
        sampled_ns: how long those took.
        depth: the depth of its mailbox.
    """

    deliveries: Counter[str] = attrs.Factory(Counter)
    dropped: Counter[str] = attrs.Factory(Counter)
    crashes: int = 0
    restarts: int = 0
    dead_letters: int = 0
    forgone: int = 0
    busy_ns: int = 0
    waited_ns: int = 0
    longest_wait_ns: int = 0
    sampled: int = 0
    sampled_ns: int = 0
    depth: DepthTrace = attrs.Factory(DepthTrace)

    @property
    def handling_ns(self) -> float | None:
        """Return the mean wall time of a delivery, from the sample, or None without one."""
        return self.sampled_ns / self.sampled if self.sampled else None

    def count(self, kinds: "Counter[Any]") -> None:
        """Add handled messages by their classes."""
        for kind, number in kinds.items():
            self.deliveries[kind.__name__] += number

    def timed(self, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return a handler that is timed."""

        def timed(message: Any) -> Any:
            began = wall_ns()
            try:
                return handler(message)
            finally:
                self.sampled += 1
                self.sampled_ns += wall_ns() - began

        return timed


class Stopwatch(Handlers):
    """The handlers of an actor, the first of which that is looked up is timed."""

    __slots__ = ("_cell",)

    def __init__(self, handlers: Handlers, cell: Any) -> None:
        super().__init__(handlers)
        self._cell = cell

    def __getitem__(self, kind: type) -> Any:
        """Return a handler that is timed, and let the others be looked up as ever."""
        cell = self._cell
        cell.fast = cell.plain
        handler = cell.fast[kind]
        return None if handler is None else cell.statistics.timed(handler)
