"""An order on a book after a split or a dividend; what happens to orders then is in `order_adjustments`."""

from decimal import Decimal

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.order_adjustments import (
    Adjustment,
    adjusted_prices,
    adjusted_terms,
    on_tick,
    open_lots,
    rounds_down,
)
from tradepit.models.orders import ChildOrder
from tradepit.models.particulars import Particulars
from tradepit.models.resting_orders import RestingOrder
from tradepit.models.values import changed

_ZERO = Decimal(0)


def restated(order: RestingOrder, new_id: str, adjustment: Adjustment, instrument: Instrument) -> ChildOrder | None:
    """Change an order that rests, and return it as it was wished for; None, unchanged, where it has no price any more.

    What it has done is left behind with its old id: its quantity is what is open.

    Args:
        order: is changed.
        new_id: its id from now on.
        adjustment: what has happened.
        instrument: what is traded.
    """
    child, rare = order.child, order.rare
    peg = None if rare is None else rare.peg
    wish = child if peg is None else changed(child, limit_price=peg.bound)  # where a peg has put it is nobody's wish
    prices = adjusted_prices(wish, adjustment, instrument)
    if prices is None:
        return None
    limit, stop = prices
    order.leaves = leaves = open_lots(order.leaves, adjustment, instrument)
    wish = changed(
        wish,
        child_id=new_id,
        quantity=leaves,
        limit_price=limit,
        stop_price=stop,
        terms=adjusted_terms(wish.terms, wish.side, adjustment, instrument),
    )
    order.child = wish
    if peg is None and limit is not None:
        order.limit = float(limit)
    elif peg is not None:
        order.limit = None  # until the next quote says where it lies
    if order.stop is not None and stop is not None:
        order.stop = float(stop)
    if rare is not None:
        _restate_rare(order, rare, adjustment, instrument)
    return wish


def _restate_rare(order: RestingOrder, rare: Particulars, adjustment: Adjustment, instrument: Instrument) -> None:
    """Change what only some orders have."""
    trail, peg, terms = rare.trail, rare.peg, order.child.terms
    if trail is not None:
        _, down = rounds_down(order.child.kind, order.child.side)
        trail.offset = adjustment.offset(trail.offset, trail.unit)
        if trail.limit_offset is not None:
            trail.limit_offset = adjustment.offset(trail.limit_offset, trail.unit)
        if trail.trigger is not None:
            trail.trigger = on_tick(adjustment.price(trail.trigger), instrument, down=down)
            if order.stop is not None:
                order.stop = float(trail.trigger)
    if peg is not None:
        rare.peg = attrs.evolve(peg, offset=adjustment.offset(peg.offset, peg.unit), bound=order.child.limit_price)
    if rare.peak is not None and terms is not None and terms.display_quantity is not None:
        rare.peak = terms.display_quantity
        rare.shows = min(rare.peak, order.leaves)
    if rare.last is not None:
        rare.last = float(adjustment.price(Decimal(repr(rare.last))))
