"""The grammar of faults: what goes wrong, to whom and when."""

from decimal import Decimal
from typing import Any

import attrs

from tradepit.scenarios.document import Mapping, Node
from tradepit.scenarios.fault_tree import AnyFaultSpec, FaultDo, FaultSpec, TradeFaultSpec
from tradepit.scenarios.forms import Form, Key, ListOf, Record, Schema
from tradepit.scenarios.reading import Reading, Spot, Writing, scalar
from tradepit.scenarios.scalar_forms import Choice, Number, Text, Words, scalar_text
from tradepit.scenarios.time_forms import Instant

_EXAMPLE = "write {actor: portfolio, do: crash, message: 17}"
_BUST_EXAMPLE = "write {venue: ARCA, do: bust, at: 14:45, fill: last}"


@attrs.frozen
class _WhichFill(Form):
    """An execution of a venue: `last`, or its number."""

    def read(self, spot: Spot, reading: Reading) -> int | None:
        """Return the number, or None for the last."""
        text = scalar_text(spot, reading, "must be last or a number", "write last")
        number: int | None = None if text == "last" else Number(int, at_least=1).read(spot, reading)
        return number

    def write(self, value: int | None, writing: Writing) -> Node:  # noqa: ARG002
        """Return the word or the number."""
        return scalar("last" if value is None else str(value))

    def schema(self) -> Schema:
        """Return both."""
        return {"anyOf": [{"const": "last"}, *Number(int, at_least=1).schema()["anyOf"]]}


def _trade_fault(do: FaultDo, *more: Key) -> Record:
    return Record(
        TradeFaultSpec,
        (
            Key("venue", Text("the name of a venue"), required=True, example=_BUST_EXAMPLE),
            Key("do", Words(((do.value, do),)), required=True),
            Key("at", Instant(time_of_day=True), required=True, example=_BUST_EXAMPLE),
            Key("fill", _WhichFill()),
            *more,
            Key("reason", Text("the reason in words")),
        ),
    )


# What a fault does decides which keys it has: its target, its time, and its own settings.
_FAULTS = {
    FaultDo.CRASH: Record(
        FaultSpec,
        (
            Key("actor", Text("the name of an actor"), required=True, example=_EXAMPLE),
            Key("do", Words(((FaultDo.CRASH.value, FaultDo.CRASH),)), required=True),
            Key("at", Instant(time_of_day=True)),
            Key("message", Number(int, at_least=1)),
            Key("times", Number(int, at_least=1)),
        ),
    ),
    FaultDo.BUST: _trade_fault(FaultDo.BUST),
    FaultDo.CORRECT: _trade_fault(
        FaultDo.CORRECT, Key("quantity", Number(Decimal, above=0)), Key("price", Number(Decimal))
    ),
}


@attrs.frozen
class Fault(Form):
    """A fault; what it does decides which keys it has."""

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the fault."""
        if not isinstance(spot.node, Mapping) or not spot.has("do"):
            raise reading.refuse(spot, f"a fault is a mapping with do: one of {', '.join(FaultDo)}", _EXAMPLE)
        do = FaultDo(Choice(FaultDo).read(spot.entry("do"), reading))
        return _FAULTS[do].read(spot, reading)

    def write(self, value: AnyFaultSpec, writing: Writing) -> Node:
        """Return the mapping."""
        return _FAULTS[value.do].write(value, writing)

    def schema(self) -> Schema:
        """Return one alternative for each thing that a fault does."""
        return {"anyOf": [record.schema() for record in _FAULTS.values()]}


FAULTS = ListOf(Fault(), "faults")
