"""Forms that need to know the rest of the scenario: symbols of its market, amounts in its account's currency."""

from decimal import Decimal

import attrs

from tradepit.scenarios.document import Mapping, Node, Scalar
from tradepit.scenarios.forms import Form, MapOf, Schema
from tradepit.scenarios.problems import did_you_mean, shown
from tradepit.scenarios.reading import Reading, Spot, Unreadable, Writing, joined
from tradepit.scenarios.scalar_forms import Number, scalar_text, written_text
from tradepit.scenarios.units import MONEY_PATTERN, UnitError, read_money, unit_of

_RULE = "must be a symbol of market"


@attrs.frozen
class SymbolOfMarket(Form):
    """A symbol that the market section names."""

    def read(self, spot: Spot, reading: Reading) -> str:
        """Return the symbol."""
        text = scalar_text(spot, reading, _RULE)
        if reading.symbols is not None and text not in reading.symbols:
            raise reading.refuse(spot, _RULE, did_you_mean(text, reading.symbols))
        return text

    def write(self, value: str, writing: Writing) -> Node:  # noqa: ARG002
        """Return the symbol."""
        return written_text(value)

    def schema(self) -> Schema:
        """Return a string, or what a reader of YAML takes for a number."""
        return {"type": ["string", "number"]}


@attrs.frozen
class BySymbol(MapOf):
    """Values by symbols that the market section names."""

    def read(self, spot: Spot, reading: Reading) -> dict[str, object]:
        """Return the values by symbol."""
        noted = len(reading.problems)
        if reading.symbols is not None and isinstance(spot.node, Mapping):
            for symbol, entry in spot.node.entries.items():
                if symbol not in reading.symbols:
                    path = joined(spot.path, shown(symbol))
                    reading.note(entry.place, path, _RULE, shown(symbol), did_you_mean(symbol, reading.symbols))
        strangers = len(reading.problems) > noted
        values = super().read(spot, reading)
        if strangers:
            raise Unreadable
        return values


@attrs.frozen
class AccountAmount(Form):
    """An amount above 0 in the account's currency, which may be named: `250_000` or `250_000 USD`."""

    def read(self, spot: Spot, reading: Reading) -> Decimal:
        """Return the amount."""
        number = Number(above=0)
        if not isinstance(spot.node, Scalar) or not unit_of(spot.node.text):
            value: Decimal = number.read(spot, reading)
            return value
        try:
            money = read_money(spot.node.text)
        except UnitError as error:
            raise reading.refuse(spot, error.rule, error.suggestion) from None
        if reading.currency is not None and money.currency != reading.currency:
            raise reading.refuse(spot, f"the account holds {reading.currency}")
        if money.amount <= 0:
            raise reading.refuse(spot, "an amount must be above 0")
        return money.amount

    def write(self, value: Decimal, writing: Writing) -> Node:
        """Return the bare number."""
        return Number().write(value, writing)

    def schema(self) -> Schema:
        """Return a number or an amount with its currency."""
        return {"anyOf": [*Number(above=0).schema()["anyOf"], {"type": "string", "pattern": MONEY_PATTERN}]}
