"""The grammar of `orders.validation`."""

from typing import Any

import attrs

from tradepit.scenarios.document import Node, Scalar
from tradepit.scenarios.forms import Form, Key, ListOf, Record, Schema
from tradepit.scenarios.own_forms import OwnByName
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.reading import Reading, Spot, Unreadable, Writing
from tradepit.scenarios.scalar_forms import Choice, Number
from tradepit.scenarios.unit_forms import PART
from tradepit.scenarios.validation_tree import FillRule, OrderRule, SignalRule, ValidationSpec


@attrs.frozen
class ListOfNames(ListOf):
    """A list in which each name stands once."""

    def read(self, spot: Spot, reading: Reading) -> tuple[Any, ...]:
        """Return the names."""
        names = super().read(spot, reading)
        twice = [index for index, name in enumerate(names) if name in names[:index]]
        for index in twice:
            reading.refuse(spot.item(index), f"each of the {self.noun} stands once")
        if twice:
            raise Unreadable
        return names


_OWN = OwnByName("my_rule")


@attrs.frozen
class RuleOrOwn(Form):
    """A rule by its name, or a user's own as `module:name` or with settings.

    Attributes:
        rules: the names.
    """

    rules: Choice

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the rule."""
        named = isinstance(spot.node, Scalar) and ":" not in spot.node.text
        return (self.rules if named else _OWN).read(spot, reading)

    def write(self, value: Any, writing: Writing) -> Node:
        """Return the name, or what names the user's own."""
        return (_OWN if isinstance(value, OwnCode) else self.rules).write(value, writing)

    def schema(self) -> Schema:
        """Return both."""
        return {"anyOf": [self.rules.schema(), *_OWN.schema()["anyOf"]]}


def _named(rule: str | OwnCode) -> str:
    return rule.use if isinstance(rule, OwnCode) else rule


_LIMITS = {
    "max_fee": ("fill", FillRule.FEE),
    "max_slippage": ("fill", FillRule.SLIPPAGE),
    "min_strength": ("signal", SignalRule.STRENGTH),
    "min_confluence": ("signal", SignalRule.CONFLUENCE),
}


@attrs.frozen
class ValidationRecord(Record):
    """The rules that are chosen, and limits of those alone."""

    def values(self, spot: Spot, reading: Reading) -> tuple[dict[str, Any], bool]:
        """Return what could be read, after noting limits of rules that are not chosen."""
        values, whole = super().values(spot, reading)
        defaults = ValidationSpec()
        for key, (family, rule) in _LIMITS.items():
            chosen = values.get(family, getattr(defaults, family))
            if key in values and rule not in chosen:
                suggestion = f"write {family}: [{', '.join([*map(_named, chosen), rule])}]"
                reading.refuse(spot.entry(key), f"{key} is for the rule {rule}", suggestion)
                whole = False
        return values, whole


VALIDATION = ValidationRecord(
    ValidationSpec,
    (
        Key("order", ListOfNames(RuleOrOwn(Choice(OrderRule)), "rules")),
        Key("fill", ListOfNames(RuleOrOwn(Choice(FillRule)), "rules")),
        Key("max_fee", PART),
        Key("max_slippage", PART),
        Key("signal", ListOfNames(RuleOrOwn(Choice(SignalRule)), "rules")),
        Key("min_strength", Number(float, at_least=0, at_most=1)),
        Key("min_confluence", Number(float, at_least=0)),
    ),
)
