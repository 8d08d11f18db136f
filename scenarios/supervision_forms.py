"""The grammar of supervision: who is restarted after a crash, and how often."""

from typing import Any

from tradepit.actors.kernel.supervision import Restart, Strategy
from tradepit.scenarios.forms import Form, Key, ListOf, MapOf, Record
from tradepit.scenarios.reading import Reading, Spot
from tradepit.scenarios.scalar_forms import Choice, Number, Text, UnitText
from tradepit.scenarios.supervision_tree import (
    ActorSupervisionSpec,
    BackoffSpec,
    GroupSpec,
    StrategiesSpec,
    SupervisionSpec,
    SupervisorSpec,
)
from tradepit.scenarios.unit_forms import ANY_PART, POSITIVE_DURATION
from tradepit.scenarios.units import DURATION_PATTERN, read_duration, write_duration

_DURATION = UnitText(read_duration, write_duration, DURATION_PATTERN)
_BACKOFF = Record(
    BackoffSpec,
    (
        Key("first", _DURATION),
        Key("factor", Number(float, at_least=1)),
        Key("most", POSITIVE_DURATION),
        Key("jitter", ANY_PART),
    ),
)
_HOW_OFTEN = (
    Key("intensity", Number(int, at_least=0)),
    Key("period", POSITIVE_DURATION),
    Key("backoff", _BACKOFF),
)
_WHO = (Key("strategy", Choice(Strategy)), Key("restart", Choice(Restart)))


def _supervisor(cls: type[SupervisorSpec]) -> Form:
    return Record(cls, (*_WHO, *_HOW_OFTEN))


def _check_actor(actor: ActorSupervisionSpec, spot: Spot, reading: Reading) -> None:
    if actor == ActorSupervisionSpec():
        reading.refuse(spot, "must say what holds instead", "write {restart: temporary}")


def _check_group(group: Any, spot: Spot, reading: Reading) -> None:
    seen: dict[str, None] = {}
    for index, member in enumerate(group.members):
        if member in seen:
            reading.refuse(spot.entry("members").item(index), "a group has each member once")
        seen[member] = None


SUPERVISION = Record(
    SupervisionSpec,
    (
        Key("components", _supervisor(SupervisorSpec)),
        Key("strategies", _supervisor(StrategiesSpec)),
        Key(
            "actors",
            MapOf(Record(ActorSupervisionSpec, (Key("restart", Choice(Restart)), *_HOW_OFTEN), _check_actor), "actor"),
        ),
        Key(
            "groups",
            MapOf(
                Record(
                    GroupSpec,
                    (
                        Key(
                            "members",
                            ListOf(Text("the name of an actor or a group"), "actors and groups", 1),
                            required=True,
                            example="write members: [orders, portfolio]",
                        ),
                        *_WHO,
                        *_HOW_OFTEN,
                    ),
                    _check_group,
                ),
                "group",
            ),
        ),
    ),
)
