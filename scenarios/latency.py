"""Latency of a connection: what a scenario says of it, as what draws nanoseconds on a link."""

import math
import random
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import attrs

from tradepit.actors.kernel import random_stream
from tradepit.actors.kernel.draws import Duration, Latency
from tradepit.scenarios.latency_tree import (
    AnyLatency,
    CommonLatency,
    LatencyKind,
    LatencySpec,
    LoadLatency,
    QuantileLatency,
)
from tradepit.scenarios.own_tree import OwnCode


class CommonFactor:
    """What the links of a group have in common: one figure for each stretch of time.

    The figure of a stretch is drawn from a stream of its own, made of the group's name and the stretch's number: so
    it is the same whoever asks first, and however often. It is standard normal; a link of that feels `sigma` of it
    takes exp(sigma * figure) times as long, a log-normal factor whose median is 1. That is one factor of a linear
    factor model on the logarithms of latencies. The figures of two stretches are independent: congestion that
    outlives a stretch is what a longer `every` says.
    """

    def __init__(self, seed: int, group: str, every_ns: int) -> None:
        """Make the factor of a group.

        Args:
            seed: the scenario's.
            group: its name.
            every_ns: length of a stretch, ns; stretches are counted from the Unix epoch.
        """
        self._seed = seed
        self._group = group
        self._every_ns = every_ns
        self._number: int | None = None
        self._figure = 0.0

    def figure(self, now: int) -> float:
        """Return the figure of the stretch in which a time lies."""
        number = now // self._every_ns
        if number != self._number:
            self._figure = random_stream(self._seed, f"common:{self._group}:{number}").gauss(0.0, 1.0)
            self._number = number
        return self._figure


@attrs.frozen
class _Alone:
    """A latency that neither load nor time changes."""

    duration: int | Callable[[random.Random], int]
    window_ns: int = 0

    def draw(self, stream: random.Random) -> int:
        """Return the latency, ns."""
        return self.duration if isinstance(self.duration, int) else self.duration(stream)

    def at(self, drawn_ns: int, now: int, load: int, message: Any = None) -> int:  # noqa: ARG002  as in `Latency`
        """Return what was drawn."""
        return drawn_ns


def no_latency(_own: OwnCode) -> Latency:
    """Return what takes no time."""
    return _Alone(0)


class Latencies:
    """Makes latencies of what a scenario says; links of one group get one factor."""

    def __init__(self, seed: int, own: Callable[[OwnCode], Latency] = no_latency) -> None:
        """Begin with no group.

        Args:
            seed: the scenario's.
            own: makes the latency of a user's own code; by default nothing is loaded, and that takes no time.
        """
        self._seed = seed
        self._own = own
        self._factors: dict[tuple[str, int], CommonFactor] = {}

    def of(self, spec: AnyLatency) -> Duration | None:
        """Return a latency as a link takes it, or None where there is none.

        Constant; uniform between two bounds; normal, cut at 0; log-normal by its median and the standard deviation of
        its logarithm; by quantiles, following load, or times a common factor, as the classes below say; a user's own.
        """
        match spec:
            case LatencySpec():
                return _plain(spec)
            case QuantileLatency():
                return _by_quantiles(spec)
            case LoadLatency():
                return Loaded(_law(self.of(spec.base)), spec.per_message, spec.over)
            case CommonLatency():
                factor = self._factors.setdefault(
                    (spec.group, spec.every), CommonFactor(self._seed, spec.group, spec.every)
                )
                return Shared(_law(self.of(spec.base)), factor, spec.sigma)
            case OwnCode():
                return self._own(spec)


def _plain(spec: LatencySpec) -> Duration | None:
    a, b = spec.params if len(spec.params) == 2 else (spec.params[0], 0.0)
    if spec.kind is LatencyKind.CONSTANT:
        return round(a) or None
    if spec.kind is LatencyKind.UNIFORM:
        return lambda stream: round(stream.uniform(a, b))
    if spec.kind is LatencyKind.NORMAL:
        return lambda stream: max(0, round(stream.gauss(a, b)))
    return lambda stream: round(a * math.exp(stream.gauss(0.0, b)))


def _by_quantiles(spec: QuantileLatency) -> Callable[[random.Random], int]:
    """Return what draws by the inverse of the distribution that the quantiles give, straight between them.

    Below the first quantile and above the last it stays at theirs: a tail that was not recorded is not made up. Who
    knows the extremes says them as 0% and 100%.
    """
    parts = [part for part, _ in spec.points]
    latencies = [latency_ns for _, latency_ns in spec.points]

    def draw(stream: random.Random) -> int:
        chance = stream.random()
        above = bisect_right(parts, chance)
        if above == 0 or above == len(parts):
            return latencies[0 if above == 0 else -1]
        low, high = latencies[above - 1], latencies[above]
        return low + round((high - low) * (chance - parts[above - 1]) / (parts[above] - parts[above - 1]))

    return draw


def _law(duration: Duration | None) -> Latency:
    if duration is None:
        return _Alone(0)
    return _Alone(duration) if isinstance(duration, int) or callable(duration) else duration


@attrs.frozen
class Loaded:
    """A latency that grows with the messages per second: base + per_message_ns * (messages in the last window).

    A straight line, as in the first order of any queue that is not full: each message still in the pipe costs the next
    one the same. It has no ceiling; a link that is to choke is better made of an actor with a service time.

    Attributes:
        base: of an idle link.
        per_message_ns: ns more for each message sent over the link in the window before this one.
        window_ns: the window, ns; a message that was sent exactly so long ago is out of it.
    """

    base: Latency
    per_message_ns: int
    window_ns: int

    def draw(self, stream: random.Random) -> int:
        """Return what the base draws, ns."""
        return self.base.draw(stream)

    def at(self, drawn_ns: int, now: int, load: int, message: Any = None) -> int:
        """Return the latency under a load, ns."""
        return self.base.at(drawn_ns, now, load, message) + self.per_message_ns * load


@attrs.frozen
class Shared:
    """A latency times a factor that is common to a group of links: base * exp(sigma * figure of the time).

    Attributes:
        base: of the link alone.
        factor: the group's.
        sigma: how much of it the link feels.
    """

    base: Latency
    factor: CommonFactor
    sigma: float

    @property
    def window_ns(self) -> int:
        """Return the base's window, ns."""
        return self.base.window_ns

    def draw(self, stream: random.Random) -> int:
        """Return what the base draws, ns."""
        return self.base.draw(stream)

    def at(self, drawn_ns: int, now: int, load: int, message: Any = None) -> int:
        """Return the latency at a time, ns."""
        return round(self.base.at(drawn_ns, now, load, message) * math.exp(self.sigma * self.factor.figure(now)))
