"""Where on a bar's path an order is met, and at which price.

A meeting says the place, the order, the price (None when the order is met but the market has nothing at its limit) and
whether the order takes. Meetings compare in the order in which the path comes to them, ties in the order of
submission. docs/fills.md has the rules as tables.
"""

import math
from decimal import Decimal
from typing import Final

from tradepit.models.auctions import Auction
from tradepit.models.bar_path import AT_CLOSE, AT_OPEN, Corners, Place, reach
from tradepit.models.bar_rules import MarketPrice
from tradepit.models.market import Bar
from tradepit.models.orders import Liquidity
from tradepit.models.resting_orders import RestingOrder
from tradepit.models.trailing import Trail
from tradepit.models.values import changed

# Leg, distance on it, sequence (so places and then submissions compare), the order, the price, and whether it takes.
Meeting = tuple[int, float, int, RestingOrder, float | Decimal | None, Liquidity]

_MAKER: Final = Liquidity.MAKER
_TAKER: Final = Liquidity.TAKER


def at_market(order: RestingOrder, bar: Bar, path: Corners, market_price: MarketPrice) -> Meeting:
    """Return where a market order is met."""
    place, price = AT_OPEN, bar.open
    match market_price:
        case "close":
            place, price = AT_CLOSE, bar.close
        case "worst":
            price = bar.high if order.buys else bar.low
            if bar.open != price:
                place = reach(path, price, upward=order.buys) or AT_OPEN
        case "midpoint":
            price = (bar.high + bar.low) / 2
        case "vwap":
            price = _vwap(bar)
    return *place, order.sequence, order, price, _TAKER


def at_limit(
    order: RestingOrder,
    limit: float,
    path: Corners,
    leg: int,
    distance: float,
    here: float,
    price_here: float | Decimal | None,
    liquidity_here: Liquidity,
    touch_fills: bool,
) -> Meeting | None:
    """Return where a limit order is met that begins to work at a place on the path, or None.

    Args:
        order: the order.
        limit: its limit.
        path: the corners.
        leg: where it begins to work: the leg,
        distance: and the distance on it.
        here: the price there,
        price_here: the same as the order gets it,
        liquidity_here: and whether it takes, when that price is at the limit or better.
        touch_fills: whether a price exactly at the limit fills it.
    """
    if (here < limit if order.buys else here > limit) or (here == limit and touch_fills):
        return leg, distance, order.sequence, order, price_here, liquidity_here
    if not order.immediate:
        place = reach(path, limit, upward=not order.buys, strict=not touch_fills, leg=leg)
        if place is not None:
            return *place, order.sequence, order, order.child.limit_price, _MAKER
    if order.immediate or order.stop is not None:
        return leg, distance, order.sequence, order, None, liquidity_here
    return None


def at_trigger(order: RestingOrder, stop: float, path: Corners, upward: bool, touch_fills: bool) -> Meeting | None:
    """Return where an order is met that waits for a trigger, or None when the path does not come to it.

    Args:
        order: the order.
        stop: its trigger; a price exactly there triggers it.
        path: the corners.
        upward: whether the market comes to the trigger by rising.
        touch_fills: whether a price exactly at the order's limit fills it.
    """
    opened = path[0]
    here: float = opened
    price: float | Decimal | None = opened
    place = AT_OPEN
    if opened < stop if upward else opened > stop:
        reached = reach(path, stop, upward=upward)
        if reached is None:
            return None
        place, here, price = reached, stop, order.child.stop_price
    if order.limit is None:
        return *place, order.sequence, order, price, _TAKER
    return at_limit(order, order.limit, path, *place, here, price, _TAKER, touch_fills)


def along_trail(order: RestingOrder, trail: Trail, path: Corners, *, touch_fills: bool) -> Meeting | None:
    """Return where a trailing stop is met, or None, having let its trigger follow the path up to there.

    On each leg the price either runs away from the trigger, which follows, or comes back to it, which may be the end.
    An order that is met has its trigger as stop price, and its limit if it has one.
    """
    opened = path[0]
    buys = order.buys
    place, here = AT_OPEN, opened
    price: float | Decimal | None = opened
    if trail.trigger is None or not (opened >= float(trail.trigger) if buys else opened <= float(trail.trigger)):
        trigger = trail.follow(opened)
        for leg in range(3):
            start, end = path[leg], path[leg + 1]
            if end >= trigger if buys else end <= trigger:
                place, here, price = (leg, abs(trigger - start)), trigger, trail.trigger
                break
            trigger = trail.follow(end)
        else:
            order.stop = trigger
            return None
    return _at_trailed(order, trail, path, place, here, price, touch_fills=touch_fills)


def after_trail(
    order: RestingOrder, trail: Trail, bar: Bar, path: Corners, *, by_close: bool, touch_fills: bool
) -> Meeting | None:
    """Return where a trailing stop is met whose trigger stands still for the whole of a bar, or None.

    Then the trigger has moved: by the close, or by the extreme that is away from it.
    """
    if trail.trigger is None:
        trail.follow(bar.open)
    assert trail.trigger is not None
    trigger, buys = float(trail.trigger), order.buys
    if bar.open >= trigger if buys else bar.open <= trigger:
        return _at_trailed(order, trail, path, AT_OPEN, bar.open, bar.open, touch_fills=touch_fills)
    if bar.high >= trigger if buys else bar.low <= trigger:
        place = reach(path, trigger, upward=buys) or AT_CLOSE
        return _at_trailed(order, trail, path, place, trigger, trail.trigger, touch_fills=touch_fills)
    order.stop = trail.follow(bar.close if by_close else bar.low if buys else bar.high)
    return None


def _at_trailed(
    order: RestingOrder,
    trail: Trail,
    path: Corners,
    place: Place,
    here: float,
    price: float | Decimal | None,
    *,
    touch_fills: bool,
) -> Meeting | None:
    """Return where an order is met whose trail's trigger is hit at a place, having given it its prices."""
    limit = trail.limit()
    order.child = changed(order.child, stop_price=trail.trigger, limit_price=limit)
    if limit is None:
        return *place, order.sequence, order, price, _TAKER
    order.limit = float(limit)
    return at_limit(order, order.limit, path, *place, here, price, _TAKER, touch_fills)


def in_auction(order: RestingOrder, auction: Auction, bar: Bar, *, touch_fills: bool) -> Meeting | None:
    """Return where an order is met that waits for the session's open or close, or None when this bar is not it."""
    if auction.at_open:
        if bar.time <= auction.opens:
            return None
        place, price = AT_OPEN, bar.open
    else:
        if bar.time < auction.closes:
            return None
        place, price = AT_CLOSE, bar.close
    return *place, order.sequence, order, fair(order, price, touch_fills=touch_fills), _TAKER


def fair(order: RestingOrder, price: float, *, touch_fills: bool) -> float | None:
    """Return a price that an order may get by its limit, or None."""
    limit = order.limit
    if limit is None or (price < limit if order.buys else price > limit) or (price == limit and touch_fills):
        return price
    return None


def worsened(order: RestingOrder, bar: Bar, price: float | Decimal | None) -> float | Decimal | None:
    """Return the price that LEAN's base fill model gives where it fills.

    A limit gets the worse of its limit and the bar's extreme on the far side (a buyer the lower of limit and high),
    a stop the worse of its stop and the close.
    """
    if price is None or (order.rare is not None and order.rare.auction is not None):
        return price
    child, buys = order.child, order.buys
    if order.limit is not None:
        assert child.limit_price is not None
        extreme = bar.high if buys else bar.low
        beyond = extreme < order.limit if buys else extreme > order.limit
        return extreme if beyond else child.limit_price
    if order.stop is None or child.stop_price is None:
        return price
    stop = float(child.stop_price)
    beyond = bar.close > stop if buys else bar.close < stop
    return bar.close if beyond else child.stop_price


def own_price(order: RestingOrder, bar: Bar, price: float | Decimal | None) -> float | Decimal | None:  # noqa: ARG001
    """Return the price that an order named itself, whatever the open: its stop at the trigger, else its limit."""
    if price is None or (order.rare is not None and order.rare.auction is not None):
        return price
    own = order.child.limit_price if order.stop is None else order.child.stop_price
    return price if own is None or isinstance(price, Decimal) else own


def _vwap(bar: Bar) -> float:
    """Return the bar's average price, kept within the bar: binary noise in an average must not take it out."""
    average = bar.vwap
    if average is None or math.isnan(average):
        average = (bar.open + bar.high + bar.low + bar.close) / 4
    return min(max(average, bar.low), bar.high)
