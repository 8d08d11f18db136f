"""The stop loss and the take profit of an order, as orders of their own that wait for it.

The children trigger on their parent's fills (one triggers other), work for what it has opened, only ever reduce the
position, and take each other's fills off (one updates other). They are GTC, whatever the parent's time in force: what
has been opened stays protected.
"""

from decimal import Context, Decimal
from typing import Final

from tradepit.models.instruments import Instrument
from tradepit.models.orders import Contingency, Order, OrderKind, OrderTerms, Refusal, Side, TimeInForce

STOP_LOSS_SUFFIX: Final = "-SL"
TAKE_PROFIT_SUFFIX: Final = "-TP"
"""Behind the parent's id. A strategy's own ids end in a number, so no other order has these."""

_EXACT: Final = Context(prec=200)
_BUY: Final = Side.BUY


def wrong_side(order: Order, entry: Decimal) -> Refusal | None:
    """Refuse a stop loss or a take profit on the wrong side of the entry, or at it.

    Codes: `STOP_LOSS_WRONG_SIDE`, `TAKE_PROFIT_WRONG_SIDE`.

    Args:
        order: the order that opens, with its terms.
        entry: the price at which it is expected to trade.
    """
    terms = order.terms
    if terms is None:
        return None
    buys = order.side is _BUY
    stop, take = terms.stop_loss, terms.take_profit
    if stop is not None and not (stop < entry if buys else stop > entry):
        where = "below" if buys else "above"
        text = f"stop_loss of a {order.side} order must be {where} the entry at {entry}, was {stop}"
        return Refusal(code="STOP_LOSS_WRONG_SIDE", text=text)
    if take is not None and not (take > entry if buys else take < entry):
        where = "above" if buys else "below"
        text = f"take_profit of a {order.side} order must be {where} the entry at {entry}, was {take}"
        return Refusal(code="TAKE_PROFIT_WRONG_SIDE", text=text)
    return None


def stop_at(side: Side, entry: Decimal, instrument: Instrument, distance: Decimal) -> Decimal:
    """Return the stop loss at a distance from an entry, rounded to the tick towards the entry.

    Args:
        side: of the order that opens.
        entry: the price at which it is expected to trade.
        instrument: what is traded.
        distance: as a part of the entry's price.
    """
    away = _EXACT.multiply(distance, entry.copy_abs())
    if side is _BUY:
        return instrument.to_tick(_EXACT.subtract(entry, away), Side.BUY)
    return instrument.to_tick(_EXACT.add(entry, away), Side.SELL)


def children_of(order: Order, opens: Decimal) -> tuple[Order, ...]:
    """Return the orders that wait for an order with a stop loss or a take profit, the stop first.

    Args:
        order: the order that opens.
        opens: quantity that it opens, which is all of it unless it closes something first.
    """
    terms = order.terms
    assert terms is not None
    both = terms.stop_loss is not None and terms.take_profit is not None
    behind = OrderTerms(
        reduce_only=True,
        group=order.order_id if both else None,
        contingency=Contingency.OUO if both else None,
        parent_id=order.order_id,
        venue=terms.venue,
        do_not_reduce=terms.do_not_reduce,
    )
    exits: list[Order] = []
    for suffix, kind, price in (
        (STOP_LOSS_SUFFIX, OrderKind.STOP, terms.stop_loss),
        (TAKE_PROFIT_SUFFIX, OrderKind.LIMIT, terms.take_profit),
    ):
        if price is not None:
            stops = kind is OrderKind.STOP
            exits.append(
                Order(
                    order_id=order.order_id + suffix,
                    strategy=order.strategy,
                    symbol=order.symbol,
                    side=order.side.opposite,
                    kind=kind,
                    quantity=opens,
                    created_at=order.created_at,
                    limit_price=None if stops else price,
                    stop_price=price if stops else None,
                    time_in_force=TimeInForce.GTC,
                    arrival_price=order.arrival_price,
                    terms=behind,
                )
            )
    return tuple(exits)
