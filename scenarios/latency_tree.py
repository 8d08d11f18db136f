"""The part of the scenario tree that says how long a message is on its way."""

from collections.abc import Iterable
from enum import StrEnum
from itertools import pairwise

import attrs

from tradepit.scenarios.own_tree import OwnCode

_SECOND_NS = 1_000_000_000


class LatencyKind(StrEnum):
    """The distribution of a latency."""

    CONSTANT = "constant"
    UNIFORM = "uniform"
    NORMAL = "normal"
    LOGNORMAL = "lognormal"


def _params(params: Iterable[float]) -> tuple[float, ...]:
    return tuple(params)


@attrs.frozen(kw_only=True)
class LatencySpec:
    """How long a message is on its way.

    Attributes:
        kind: the distribution.
        params: constant: (ns,); uniform: (lowest ns, highest ns); normal: (mean ns, standard deviation ns), cut at 0;
            lognormal: (median ns, sigma of the logarithm).
    """

    kind: LatencyKind = attrs.field(default=LatencyKind.CONSTANT, converter=LatencyKind)
    params: tuple[float, ...] = attrs.field(default=(0,), converter=_params)

    @params.validator
    def _check_params(self, _attribute: object, params: tuple[float, ...]) -> None:
        wanted = 1 if self.kind is LatencyKind.CONSTANT else 2
        if len(params) != wanted:
            raise ValueError(f"{self.kind} latency takes {wanted} parameter(s), was {len(params)}")
        durations = params[:1] if self.kind is LatencyKind.LOGNORMAL else params
        for duration in durations:
            if duration < 0 or duration != int(duration):
                raise ValueError(f"a latency is a whole number of ns and at least 0, was {duration}")


NO_LATENCY = LatencySpec()


def _points(points: Iterable[tuple[float, int]]) -> tuple[tuple[float, int], ...]:
    return tuple((float(part), latency_ns) for part, latency_ns in points)


@attrs.frozen(kw_only=True)
class QuantileLatency:
    """A latency by quantiles that were recorded; between two of them it grows in a straight line.

    Attributes:
        points: the part of messages that take no longer, from 0 to 1, and how long that is in ns; two or more, both
            rising. What lies before the first takes as long as the first, what lies behind the last as long as the
            last.
    """

    points: tuple[tuple[float, int], ...] = attrs.field(converter=_points)

    @points.validator
    def _check_points(self, _attribute: object, points: tuple[tuple[float, int], ...]) -> None:
        if len(points) < 2:
            raise ValueError("quantiles are two or more")
        if not all(0 <= part <= 1 for part, _ in points):
            raise ValueError("a quantile lies between 0% and 100%")
        if points[0][1] < 0:
            raise ValueError(f"a latency is at least 0, was {points[0][1]}")
        if not all(one[0] < other[0] and one[1] <= other[1] for one, other in pairwise(points)):
            raise ValueError("quantiles go from the lowest to the highest, and so do their latencies")


@attrs.frozen(kw_only=True)
class LoadLatency:
    """A latency that grows with the messages that its link took of late.

    Attributes:
        base: of a message on an idle link.
        per_message: ns more for each message that was sent over the link in the window.
        over: the window, ns.
    """

    base: "LatencySpec | QuantileLatency | CommonLatency"
    per_message: int
    over: int = _SECOND_NS

    def __attrs_post_init__(self) -> None:
        if any(isinstance(layer, LoadLatency) for layer in layers(self.base)):
            raise ValueError("a latency follows load once")
        if self.per_message < 0 or self.over <= 0:
            raise ValueError(f"a load has 0 ns or more for each message over more than 0 ns, was {self!r}")


@attrs.frozen(kw_only=True)
class CommonLatency:
    """A latency times a factor that all links of a group have in common at a time.

    Attributes:
        base: of the link alone.
        group: the name that the links share.
        sigma: how much this link feels of the factor, as the standard deviation of its logarithm; its median is 1.
        every: for how long the factor stays, ns; the same for all links of a group.
    """

    base: LatencySpec | QuantileLatency | LoadLatency
    group: str
    sigma: float
    every: int = _SECOND_NS

    def __attrs_post_init__(self) -> None:
        if any(isinstance(layer, CommonLatency) for layer in layers(self.base)):
            raise ValueError("a latency has one common factor")
        if not 0 <= self.sigma <= 10 or self.every <= 0:
            raise ValueError(f"sigma lies between 0 and 10 and every is above 0 ns, was {self!r}")


AnyLatency = LatencySpec | QuantileLatency | LoadLatency | CommonLatency | OwnCode


def layers(latency: AnyLatency) -> list[AnyLatency]:
    """Return a latency and what it is made of, the outermost first."""
    found = [latency]
    while isinstance(latency, LoadLatency | CommonLatency):
        latency = latency.base
        found.append(latency)
    return found
