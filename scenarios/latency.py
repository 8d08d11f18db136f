"""Latency of a connection: what a scenario says of it, as a function that draws nanoseconds."""

import math
import random
from collections.abc import Callable

from tradepit.scenarios.venue_tree import LatencyKind, LatencySpec


def latency_ns(spec: LatencySpec) -> Callable[[random.Random], int] | None:
    """Return a function that draws one message's latency in ns, or None where there is none.

    Constant; uniform between two bounds; normal, cut at 0; log-normal by its median and the standard deviation of
    its logarithm.
    """
    a, b = spec.params if len(spec.params) == 2 else (spec.params[0], 0.0)
    if spec.kind is LatencyKind.CONSTANT:
        constant = round(a)
        return None if constant == 0 else lambda _stream: constant
    if spec.kind is LatencyKind.UNIFORM:
        return lambda stream: round(stream.uniform(a, b))
    if spec.kind is LatencyKind.NORMAL:
        return lambda stream: max(0, round(stream.gauss(a, b)))
    return lambda stream: round(a * math.exp(stream.gauss(0.0, b)))
