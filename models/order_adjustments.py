"""What a split or a dividend does to orders that outlive the day: FINRA Rule 5330, Adjustment of Orders.

==================  ================================================================================================
event               orders that are good till cancelled or till a date
==================  ================================================================================================
split, stock        quantity x new / old, down to whole lots; prices / the same ratio (5330(a)(2))
dividend
cash dividend       limits of buys that wait below the market, and stops of sells, less the dividend (5330(a)(1)); not
                    those marked "do not reduce", sells above the market, stops of buys (5330(e)); nothing below a cent
reverse split       cancelled (5330(c)); so are those to which an adjustment leaves no price above zero
==================  ================================================================================================

Rounding by the tick never serves the trader: limits of buys and stops of sells go down, as the rule has it, the others
up. The rule leaves sells and stops of buys to the member's own procedure in a split; here they are adjusted, too, so
that the value of an order stays what it was (as in 2:1, where a sale of 100 at 100 becomes one of 200 at 50).

An order that is adjusted is restated (FIX 4.4, ExecType D; matrix H.1.b): what of it was filled counts in the units of
today, so OrderQty 100 with CumQty 40 becomes 200 with 80 by 2:1. Executions stay as they were. A venue gives the child
order a new id with its new terms, so whatever still comes of the old id is in the units of before.
"""

from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradepit.models.corporate_actions import CashDividend, Split, StockDividend
from tradepit.models.instruments import Instrument
from tradepit.models.orders import ChildOrder, OffsetUnit, Order, OrderKind, OrderTerms, Side, TimeInForce
from tradepit.models.positions import scaled
from tradepit.models.values import changed, value


class OnSplit(StrEnum):
    """What a split does to orders that outlive the day: it adjusts them, or cancels them as it does the others."""

    ADJUST = "adjust"
    CANCEL = "cancel"


class OnDividend(StrEnum):
    """What a cash dividend does to orders that outlive the day: it reduces their prices, or keeps them."""

    REDUCE = "reduce"
    KEEP = "keep"


OUTLIVING: Final = frozenset({TimeInForce.GTC, TimeInForce.GTD})
"""The times in force of orders that are still there on a later day."""

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_CENT: Final = Decimal("0.01")
_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_SHOWN: Final = Context(prec=28)
_BUY: Final = Side.BUY
_STOPS: Final = frozenset(
    {OrderKind.STOP, OrderKind.STOP_LIMIT, OrderKind.TRAILING_STOP, OrderKind.TRAILING_STOP_LIMIT}
)


@value
class Adjustment:
    """What becomes of an order's figures: quantities times new / old, prices divided by it, or less an amount.

    Attributes:
        new: units after a split; 1 for a dividend.
        old: units before it; 1 for a dividend.
        amount: dividend for a unit, in the currency of the price; 0 for a split.
    """

    new: Decimal = _ONE
    old: Decimal = _ONE
    amount: Decimal = _ZERO

    def __str__(self) -> str:
        """Return it as the history of an order has it."""
        return f"DIVIDEND {self.amount}" if self.amount else f"SPLIT {self.new}:{self.old}"

    def quantity(self, before: Decimal) -> Decimal:
        """Return a quantity in units of today; digits that do not end are cut after the 18th decimal."""
        return before if self.amount else scaled(before, self.new, self.old)

    def price(self, before: Decimal) -> Decimal:
        """Return a price of today, off the tick where it falls off it."""
        if self.amount:
            return _EXACT.subtract(before, self.amount)
        return _SHOWN.divide(_EXACT.multiply(before, self.old), self.new)

    def offset(self, before: Decimal, unit: OffsetUnit) -> Decimal:
        """Return a distance between prices of today: money and ticks are divided, parts of a price are not."""
        if self.amount or unit is OffsetUnit.BPS:
            return before
        return _SHOWN.divide(_EXACT.multiply(before, self.old), self.new)

    def concerns(self, order: Order | ChildOrder) -> bool:
        """Tell whether an order changes: a dividend leaves those above the market and "do not reduce" as they are."""
        if not self.amount:
            return True
        if self.amount < _CENT or (order.terms is not None and order.terms.do_not_reduce):
            return False
        return (order.kind in _STOPS) is not (order.side is _BUY)


def adjustment_of(action: Split | StockDividend | CashDividend, amount: Decimal) -> Adjustment | None:
    """Return what an action does to orders, or None where it cancels them: a reverse split.

    Args:
        action: split or dividend.
        amount: of a cash dividend, for a unit in the currency of the price.
    """
    if isinstance(action, CashDividend):
        return Adjustment(amount=amount)
    split = action.split if isinstance(action, StockDividend) else action
    return Adjustment(new=split.new, old=split.old) if split.new > split.old else None


def on_tick(price: Decimal, instrument: Instrument, *, down: bool) -> Decimal:
    """Return a price on the tick below it, or above."""
    return instrument.to_tick(price, Side.SELL if down else _BUY)


def rounds_down(kind: OrderKind, side: Side) -> tuple[bool, bool]:
    """Tell whether an order's limit and its trigger are rounded down; otherwise up."""
    buys = side is _BUY
    return buys, (not buys) if kind in _STOPS else buys


def adjusted_prices(
    order: Order | ChildOrder, adjustment: Adjustment, instrument: Instrument
) -> tuple[Decimal | None, Decimal | None] | None:
    """Return an order's limit and trigger of today, each None where there is none; None where one is no price."""
    limit_down, stop_down = rounds_down(order.kind, order.side)
    limit, stop = order.limit_price, order.stop_price
    if limit is not None:
        limit = on_tick(adjustment.price(limit), instrument, down=limit_down)
    if stop is not None:
        stop = on_tick(adjustment.price(stop), instrument, down=stop_down)
    if not instrument.price_may_be_negative and any(one is not None and one <= _ZERO for one in (limit, stop)):
        return None
    return limit, stop


def adjusted_terms(
    terms: OrderTerms | None, side: Side, adjustment: Adjustment, instrument: Instrument
) -> OrderTerms | None:
    """Return an order's terms of today: what an iceberg shows, distances, and the prices of what stands behind it."""
    if terms is None or adjustment.amount:
        return terms
    shows, trail, limit, peg, unit = (
        terms.display_quantity,
        terms.trail_offset,
        terms.limit_offset,
        terms.peg_offset,
        terms.offset_unit,
    )
    loss, profit, buys = terms.stop_loss, terms.take_profit, side is _BUY
    return changed(
        terms,
        display_quantity=None if shows is None else instrument.quantity(adjustment.quantity(shows)),
        trail_offset=None if trail is None else adjustment.offset(trail, unit),
        limit_offset=None if limit is None else adjustment.offset(limit, unit),
        peg_offset=None if peg is None else adjustment.offset(peg, unit),
        stop_loss=None if loss is None else on_tick(adjustment.price(loss), instrument, down=buys),
        take_profit=None if profit is None else on_tick(adjustment.price(profit), instrument, down=not buys),
    )


def open_lots(open_before: Decimal, adjustment: Adjustment, instrument: Instrument) -> Decimal:
    """Return what is open of an order in units of today, in whole lots; what was no whole lot before stays so."""
    if adjustment.amount:
        return open_before
    return instrument.quantity(adjustment.quantity(open_before))


@attrs.frozen
class Restatements:
    """The splits and dividends that an order went through, to tell of which units a child order's figures are.

    Attributes:
        steps: number of the first child order of after, and what happened, in the order of time.
    """

    steps: tuple[tuple[int, Adjustment], ...] = ()

    def then(self, first: str, adjustment: Adjustment) -> "Restatements":
        """Return them with one more, after which children begin with an id."""
        return Restatements((*self.steps, (number_of(first), adjustment)))

    def before(self, child_id: str) -> bool:
        """Tell whether a child order was sent before the last of them."""
        return bool(self.steps) and number_of(child_id) < self.steps[-1][0]

    def today(self, child_id: str, quantity: Decimal) -> Decimal:
        """Return a quantity of a child order in units of today."""
        number = number_of(child_id)
        for first, adjustment in self.steps:
            if number < first:
                quantity = adjustment.quantity(quantity)
        return quantity


def number_of(child_id: str) -> int:
    """Return the number of a child order among those of its parent."""
    return int(child_id.rpartition(".")[2])
