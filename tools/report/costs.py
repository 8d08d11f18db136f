"""What trading cost: fees and slippage by venue and symbol."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import attrs

from tradepit.models.orders import Side

_ZERO = Decimal(0)
_BPS = 10_000


@attrs.define(kw_only=True)
class Cost:
    """Sums over fills.

    Attributes:
        venue: where.
        symbol: the instrument.
        fills: how many.
        quantity: executed, bought and sold.
        value: cash value at the prices before slippage, multiplier included; of each fill its size.
        fees: commissions, rebates negative.
        slippage: what was paid beyond the prices before slippage; below zero when it was saved.
        fees_apart: fees in a currency that is neither the price's nor what was traded, by that currency.
        currency: of value, fees and slippage, that of the price; empty where the fills name none.
    """

    venue: str
    symbol: str
    fills: int = 0
    quantity: Decimal = _ZERO
    value: Decimal = _ZERO
    fees: Decimal = _ZERO
    slippage: Decimal = _ZERO
    fees_apart: dict[str, Decimal] = attrs.Factory(dict)
    currency: str = ""

    @property
    def fees_bps(self) -> float:
        """Return the fees in basis points of the value, NaN of nothing."""
        return _bps(self.fees, self.value)

    @property
    def slippage_bps(self) -> float:
        """Return the slippage in basis points of the value, NaN of nothing."""
        return _bps(self.slippage, self.value)


def _bps(part: Decimal, value: Decimal) -> float:
    return float(part / value * _BPS) if value else float("nan")


def costs_of(
    fills: Iterable[Mapping[str, Any]],
    multipliers: Mapping[str, Decimal],
    bases: Mapping[str, str | None] | None = None,
) -> list[Cost]:
    """Return the costs by venue and symbol, in the order of the two.

    Args:
        fills: as `Rows.plain` gives them: a million of them are read in seconds, of objects in minutes.
        multipliers: cash value of a price move of 1.00 on a quantity of 1, by symbol.
        bases: currency that is traded, by symbol; a fee in it counts at the price of its fill.
    """
    found: dict[tuple[str, str], Cost] = {}
    for fill in fills:
        venue, symbol = fill["venue"], fill["symbol"]
        cost = found.get((venue, symbol))
        if cost is None:
            cost = found[venue, symbol] = Cost(venue=venue, symbol=symbol, currency=fill.get("currency", ""))
        quantity, reference = Decimal(fill["quantity"]), Decimal(fill["reference_price"])
        worse = Decimal(fill["price"]) - reference
        if fill["side"] == Side.SELL.value:
            worse = -worse
        units = quantity * multipliers.get(symbol, 1)
        cost.fills += 1
        cost.quantity += quantity
        cost.value += abs(reference * units)
        cost.slippage += worse * units
        fee, currency = Decimal(fill["fee"]), fill.get("fee_currency")
        if currency is None:
            cost.fees += fee
        elif currency == (bases or {}).get(symbol):
            cost.fees += fee * Decimal(fill["price"]) * multipliers.get(symbol, 1)
        else:
            cost.fees_apart[currency] = cost.fees_apart.get(currency, _ZERO) + fee
    return [found[key] for key in sorted(found)]


def totals_of(costs: Iterable[Cost]) -> list[Cost]:
    """Return the sum of the costs in each currency, in the order in which the currencies first come.

    Quantities of different symbols are not added, they are 0.
    """
    totals: dict[str, Cost] = {}
    for cost in costs:
        whole = totals.setdefault(cost.currency, Cost(venue="all", symbol="", currency=cost.currency))
        whole.fills += cost.fills
        whole.value += cost.value
        whole.fees += cost.fees
        whole.slippage += cost.slippage
        for currency, fees in cost.fees_apart.items():
            whole.fees_apart[currency] = whole.fees_apart.get(currency, _ZERO) + fees
    return list(totals.values())


def value_by_symbol(costs: Iterable[Cost]) -> dict[str, Decimal]:
    """Return the traded value of each symbol."""
    values: dict[str, Decimal] = {}
    for cost in costs:
        values[cost.symbol] = values.get(cost.symbol, _ZERO) + cost.value
    return values
