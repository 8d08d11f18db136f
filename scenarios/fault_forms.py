"""The grammar of faults: what goes wrong, to whom and when."""

from typing import Any

import attrs

from tradepit.scenarios.document import Mapping, Node
from tradepit.scenarios.fault_tree import FaultDo, FaultSpec
from tradepit.scenarios.forms import Form, Key, ListOf, Record, Schema
from tradepit.scenarios.reading import Reading, Spot, Writing
from tradepit.scenarios.scalar_forms import Choice, Number, Text, Words
from tradepit.scenarios.time_forms import Instant

_EXAMPLE = "write {actor: portfolio, do: crash, message: 17}"

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
    )
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

    def write(self, value: FaultSpec, writing: Writing) -> Node:
        """Return the mapping."""
        return _FAULTS[value.do].write(value, writing)

    def schema(self) -> Schema:
        """Return one alternative for each thing that a fault does."""
        return {"anyOf": [record.schema() for record in _FAULTS.values()]}


FAULTS = ListOf(Fault(), "faults")
