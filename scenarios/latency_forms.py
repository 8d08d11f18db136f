"""The grammar of latencies: one scalar, or a user's own function or class."""

from typing import Final

from tradepit.scenarios.latency_text import LATENCY_PATTERN, read_latency, write_latency
from tradepit.scenarios.latency_tree import NO_LATENCY, AnyLatency, LoadLatency, layers
from tradepit.scenarios.own_forms import PlainOrOwn
from tradepit.scenarios.scalar_forms import UnitText


def _follows_no_load(latency: AnyLatency) -> bool:
    return not any(isinstance(layer, LoadLatency) for layer in layers(latency))


def _is_delay(latency: AnyLatency) -> bool:
    return _follows_no_load(latency) and latency != NO_LATENCY


LATENCY: Final = PlainOrOwn(UnitText(read_latency, write_latency, LATENCY_PATTERN))
BY: Final = PlainOrOwn(
    UnitText(
        read_latency,
        write_latency,
        LATENCY_PATTERN,
        ("the time of a rule cannot follow load, a link's latency can", _follows_no_load),
    )
)
DELAY_BY: Final = PlainOrOwn(
    UnitText(read_latency, write_latency, LATENCY_PATTERN, ("a delay is above 0 and follows no load", _is_delay))
)
