"""The grammar of actors: service time and mailbox by the name of the actor."""

from tradepit.actors.kernel.mailbox import Overflow
from tradepit.scenarios.actor_tree import ActorSpec, MailboxSpec
from tradepit.scenarios.forms import Key, MapOf, Record
from tradepit.scenarios.latency_text import LATENCY_PATTERN, read_latency, write_latency
from tradepit.scenarios.latency_tree import LatencySpec, QuantileLatency
from tradepit.scenarios.reading import Reading, Spot
from tradepit.scenarios.scalar_forms import Choice, Number, UnitText


def _check_actor(actor: ActorSpec, spot: Spot, reading: Reading) -> None:
    if actor == ActorSpec() and not spot.has("service_time"):
        reading.refuse(spot, "an actor has a service_time, a mailbox, or both", "write {service_time: 2ms}")


ACTORS = MapOf(
    Record(
        ActorSpec,
        (
            Key(
                "service_time",
                UnitText(
                    read_latency,
                    write_latency,
                    LATENCY_PATTERN,
                    (
                        "a service time follows no load and has no common factor, a link's latency may",
                        lambda time: isinstance(time, LatencySpec | QuantileLatency),
                    ),
                ),
            ),
            Key(
                "mailbox",
                Record(
                    MailboxSpec,
                    (Key("capacity", Number(int, at_least=1)), Key("overflow", Choice(Overflow))),
                ),
            ),
        ),
        _check_actor,
    ),
    "actor",
)
