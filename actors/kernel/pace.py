"""Real time: when virtual time may move on, and how late it did (K15)."""

import math
from bisect import insort
from random import Random

import attrs

from tradepit.actors.kernel.clock import NS_PER_S, utc_ns, wall_ns

_SAMPLE = 4096


@attrs.frozen(kw_only=True)
class Lateness:
    """How late deliveries were by the clock on the wall, ns.

    Attributes:
        deliveries: how many instants there were with something due.
        late: how many of them began more than a millisecond after their time.
        p50_ns: median lateness.
        p99_ns: its 99th percentile.
        most_ns: the greatest.
    """

    deliveries: int
    late: int
    p50_ns: int
    p99_ns: int
    most_ns: int


class Pace:
    """Ties virtual time to the wall: one second of it lasts `1 / speed` seconds.

    Attributes:
        speed: how fast time passes.
        origin: the virtual time at which it began to pass; what was due earlier is late by no fault of the machine.
    """

    LATE_NS = 1_000_000

    def __init__(self, speed: float = 1.0, *, first: int | None = None, utc: bool = False) -> None:
        """Make a pace; time begins to pass with `begin`.

        Args:
            speed: how fast.
            first: the virtual time of the first instant that is waited for: it is due as soon as time passes, and
                nobody waits for the hours before it; None for the system's start.
            utc: whether virtual time is the real time, UTC. The machine's clock is asked once, and a monotonic clock
                from then on, so that time never runs backwards when somebody sets the clock.
        """
        if not (math.isfinite(speed) and speed > 0):
            raise ValueError(f"speed must be above 0, was {speed}")
        if utc and (speed != 1 or first is not None):
            raise ValueError(f"real time passes at speed 1 and begins now, was speed {speed} and first {first}")
        self.speed = speed
        self.origin = 0
        self._first = first
        self._utc = utc
        self._virtual = 0
        self._wall = 0
        self._count = 0
        self._late = 0
        self._most = 0
        self._sample: list[int] = []
        self._random = Random(0)  # noqa: S311  it chooses which figures a statistic keeps

    def begin(self, virtual: int) -> None:
        """Let time pass from now on; now is this virtual time, or what the pace was told to begin with."""
        if self._utc:
            virtual = utc_ns()
        elif self._first is not None:
            virtual = max(virtual, self._first)
        self.origin = self._virtual = virtual
        self._wall = wall_ns()

    def now(self) -> int:
        """Return the virtual time that the wall clock shows."""
        return self._virtual + math.floor((wall_ns() - self._wall) * self.speed)

    def seconds_until(self, virtual: int) -> float:
        """Return how long it takes until a virtual time, in seconds of real time; 0 when it is past."""
        return max(0.0, (virtual - self.now()) / self.speed / NS_PER_S)

    def note(self, late_ns: int) -> None:
        """Count an instant that began so much after its time, both in virtual time."""
        late_ns = round(late_ns / self.speed)
        self._count += 1
        self._late += late_ns > self.LATE_NS
        self._most = max(self._most, late_ns)
        # A sample of fixed size in which each has the same chance to be (Vitter's algorithm R).
        if len(self._sample) < _SAMPLE:
            insort(self._sample, late_ns)
        elif (place := self._random.randrange(self._count)) < _SAMPLE:
            del self._sample[place]
            insort(self._sample, late_ns)

    @property
    def lateness(self) -> Lateness:
        """Return how late things were so far."""
        sample = self._sample or [0]
        return Lateness(
            deliveries=self._count,
            late=self._late,
            p50_ns=sample[(len(sample) - 1) // 2],
            p99_ns=sample[math.ceil(0.99 * len(sample)) - 1],
            most_ns=self._most,
        )
