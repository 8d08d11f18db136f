"""When a stop-limit fills on the bar that triggers it, by the rules of engines that do not walk the bar's path.

Four prices do not tell whether the limit was traded after the trigger. These rules answer without a path, for orders
of kind STOP_LIMIT; those that know of a path (`path`, the default) are in `bar_meetings`.

| rule | buy with stop S and limit L, on a bar O, H, L, C that comes to S | whose |
|---|---|---|
| `range` | the open, when that is at S or past it and at L or better; else L, when the bar's range holds it | basana |
| `close` | the lower of H and L, when C is at L or better | LEAN |
| `pessimistic` | S when L is above S and was touched, even when the bar gapped past S; else nothing | backtesting.py |
| `body` | gapped: as a limit; else S when L is at S or above; else L when the bar fell to L or better | backtrader |

Sells are the mirror. What is not filled is triggered, and a limit order from the next bar on. Orders that must be done
at once (IOC, FOK) have their trigger for a place and so go by the path.
"""

from decimal import Decimal
from typing import Final

from tradepit.models.bar_meetings import Meeting, at_limit
from tradepit.models.bar_path import AT_CLOSE, AT_OPEN, Corners, reach
from tradepit.models.bar_rules import StopLimits
from tradepit.models.market import Bar
from tradepit.models.orders import Liquidity, OrderKind
from tradepit.models.resting_orders import RestingOrder

_MAKER: Final = Liquidity.MAKER
_TAKER: Final = Liquidity.TAKER


def goes_by_rule(order: RestingOrder) -> bool:
    """Tell whether an order that waits for its trigger may fill by a rule other than the path's."""
    return order.child.kind is OrderKind.STOP_LIMIT and not order.immediate


def at_stop_limit(
    order: RestingOrder, bar: Bar, path: Corners, rule: StopLimits, *, touch_fills: bool
) -> Meeting | None:
    """Return where a stop-limit is met, or None when the bar does not come to its trigger.

    Args:
        order: the order; it waits for its trigger, and `goes_by_rule` is true of it.
        bar: the bar.
        path: its corners, for the place among others.
        rule: which.
        touch_fills: whether a price exactly at the limit fills it.
    """
    limit, buys, touched_at = order.limit, order.buys, order.child.stop_price
    assert limit is not None
    assert order.stop is not None
    extreme = bar.high if buys else bar.low
    gapped = bar.open >= order.stop if buys else bar.open <= order.stop
    if not gapped and (extreme < order.stop if buys else extreme > order.stop):
        return None
    unfilled = (*AT_CLOSE, order.sequence, order, None, _TAKER)
    if rule == "close":
        return _at_close(order, bar, limit, touch_fills=touch_fills) or unfilled
    if gapped and rule != "pessimistic":
        return at_limit(order, limit, path, *AT_OPEN, bar.open, bar.open, _TAKER, touch_fills) or unfilled
    place = AT_OPEN if gapped else reach(path, order.stop, upward=buys) or AT_CLOSE
    if rule == "range":
        holds = bar.low <= limit <= bar.high if touch_fills else bar.low < limit < bar.high
        return (*place, order.sequence, order, order.child.limit_price, _MAKER) if holds else unfilled
    past = limit > order.stop if buys else limit < order.stop
    if rule == "pessimistic":
        touched = bar.low <= limit if buys else bar.high >= limit
        return (*place, order.sequence, order, touched_at, _TAKER) if past and touched else unfilled
    if past or limit == order.stop:
        return *place, order.sequence, order, touched_at, _TAKER
    came_back = bar.close < bar.open if buys else bar.close >= bar.open
    if came_back and (bar.close <= limit if buys else bar.close >= limit):
        return *AT_CLOSE, order.sequence, order, order.child.limit_price, _MAKER
    return unfilled


def _at_close(order: RestingOrder, bar: Bar, limit: float, *, touch_fills: bool) -> Meeting | None:
    """Return the meeting at the close: at the worse of the limit and the far extreme, or None beyond the limit."""
    buys, close = order.buys, bar.close
    if not (close < limit if buys else close > limit) and not (touch_fills and close == limit):
        return None
    extreme = bar.high if buys else bar.low
    price: float | Decimal | None = order.child.limit_price
    if extreme < limit if buys else extreme > limit:
        price = extreme
    return *AT_CLOSE, order.sequence, order, price, _MAKER
