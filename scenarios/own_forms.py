"""The grammar of a user's own functions and classes."""

from typing import Any

import attrs

from tradepit.scenarios.document import Mapping, Node
from tradepit.scenarios.forms import Form, Key, Record, Schema
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.path_forms import ClassToUse
from tradepit.scenarios.reading import Reading, Spot, Writing
from tradepit.scenarios.scalar_forms import Settings

OWN_CODE = Record(
    OwnCode,
    (
        Key("use", ClassToUse("function", "my_function"), required=True, example="write use: my_module:my_function"),
        Key("with", Settings(), "with_"),
    ),
)


@attrs.frozen
class PlainOrOwn(Form):
    """One value, or a mapping with `use` that names what works it out.

    Attributes:
        plain: the value's form.
    """

    plain: Form

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the value, or the user's own code."""
        return (OWN_CODE if isinstance(spot.node, Mapping) else self.plain).read(spot, reading)

    def write(self, value: Any, writing: Writing) -> Node:
        """Return the value, or the mapping."""
        return (OWN_CODE if isinstance(value, OwnCode) else self.plain).write(value, writing)

    def schema(self) -> Schema:
        """Return both."""
        return {"anyOf": [self.plain.schema(), OWN_CODE.schema()]}
