"""The grammar of a user's own functions and classes."""

from typing import Any

import attrs

from tradepit.scenarios.document import Mapping, Node, Scalar
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


@attrs.frozen
class OwnByName(Form):
    """A user's own code: its name alone, or a mapping with settings.

    Attributes:
        example: how a function might be called.
    """

    example: str

    def read(self, spot: Spot, reading: Reading) -> OwnCode:
        """Return the code that is meant."""
        if isinstance(spot.node, Scalar):
            return OwnCode(use=ClassToUse("function", self.example).read(spot, reading))
        code: OwnCode = OWN_CODE.read(spot, reading)
        return code

    def write(self, value: OwnCode, writing: Writing) -> Node:
        """Return the name where it says everything."""
        if value.with_:
            return OWN_CODE.write(value, writing)
        return ClassToUse().write(value.use, writing)

    def schema(self) -> Schema:
        """Return both."""
        return {"anyOf": [ClassToUse().schema(), OWN_CODE.schema()]}
