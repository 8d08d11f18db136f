"""Commission by the symbol of what is traded: each symbol, or each pattern of symbols, has its schedule."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import attrs

from tradepit.models.billed_fill import BilledFill, OrderSoFar
from tradepit.models.commission import Commission, NoCommission

_NOTHING: Final = NoCommission()


def is_pattern(name: str) -> bool:
    """Tell whether a name stands for any symbol that fits it: `*` is any letters, `?` one."""
    return "*" in name or "?" in name


def fits(symbol: str, name: str) -> bool:
    """Tell whether a symbol is meant by a name or a pattern."""
    if symbol == name:
        return True
    expression = "".join({"*": ".*", "?": "."}.get(mark, re.escape(mark)) for mark in name)
    return is_pattern(name) and re.fullmatch(expression, symbol, re.DOTALL) is not None


def name_for(symbol: str, names: Mapping[str, object]) -> str | None:
    """Return which of several names and patterns a symbol goes by: its own, else the first pattern; None for none."""
    return symbol if symbol in names else next((name for name in names if fits(symbol, name)), None)


@attrs.frozen(kw_only=True)
class SymbolCommission:
    """Charge by the symbol.

    Attributes:
        schedules: by symbol, or by pattern with `*` for any letters and `?` for one; a symbol's own name goes before
            patterns, and of these the first that fits.
        other: what symbols pay that none of them fits.
    """

    schedules: Mapping[str, Commission]
    other: Commission = _NOTHING

    @property
    def wants_moment(self) -> bool:
        """Tell whether one of the schedules does."""
        return self.other.wants_moment or any(schedule.wants_moment for schedule in self.schedules.values())

    def of(self, symbol: str) -> Commission:
        """Return the schedule of a symbol."""
        name = name_for(symbol, self.schedules)
        return self.other if name is None else self.schedules[name]

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the fee by the symbol's schedule."""
        return self.of(fill.symbol).fee(fill)

    def after(self, fill: BilledFill, fee: Decimal) -> OrderSoFar:
        """Return what the order has done and paid after the fill, by the symbol's schedule."""
        return self.of(fill.symbol).after(fill, fee)
