"""What orders on one book do to one another and to themselves beyond price and quantity.

- Post-only: an order that would take is cancelled instead (code POST_ONLY).
- Reduce-only: where an order would trade, it is cut to what makes the position smaller; when nothing is left it is
  cancelled (code REDUCE_ONLY). So within one event two such orders never flip the position together.
- Groups: the first fill of an OCO order cancels the others of its group; each fill of an OUO order takes its
  quantity off the others (code GROUP for what is cancelled). This holds from one place on a bar's path to the next.
- Market-to-limit: what the first fill leaves becomes a limit at that fill's price.
- Self-trade prevention: an order that comes, or is triggered, and could trade with one of ours that rests on the
  other side. It is applied before anything is filled, as if our own order stood first in line: what the market shows
  of others at the same prices is not known to stand before or behind it.
- A change: a smaller quantity keeps the order's place; another price or a larger quantity sends it to the back.
"""

from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.matching import Dead, DeadCode, Execution, Outcome, Reduced, Replaced, Restated
from tradepit.models.order_adjustments import Adjustment
from tradepit.models.orders import Contingency, Liquidity, Refusal
from tradepit.models.particulars import Particulars
from tradepit.models.restating import restated
from tradepit.models.resting_orders import RestingOrder, RestingOrders
from tradepit.models.self_trade import Prevention, cuts, meets
from tradepit.models.slippage import Slippage
from tradepit.models.values import changed

_ZERO: Final = Decimal(0)
_TAKER: Final = Liquidity.TAKER
_EXACT: Final = Context(prec=200)
_add, _subtract = _EXACT.add, _EXACT.subtract


class SpecialOrders(RestingOrders):
    """Resting orders that know of one another and of the position."""

    def __init__(self, instrument: Instrument, slippage: Slippage, prevention: Prevention = "none") -> None:
        super().__init__(instrument, slippage)
        self._prevention: Prevention = prevention
        self.prevents = prevention != "none"
        """Whether orders of our own are kept from trading with one another."""

    # --- self-trades ----------------------------------------------------------------------------------------------

    def meet_own(self, child_id: str, market: float | None) -> list[Outcome]:
        """Return what comes of an order having arrived among our own.

        Args:
            child_id: the order, which rests.
            market: price that the market shows for it, or None when none is known.
        """
        outcomes: list[Outcome] = []
        order = self._orders[child_id]
        if order.stop is None and (order.rare is None or order.rare.auction is None):
            self._meet_own(order, market, outcomes)
        return outcomes

    def _meet_own(self, order: RestingOrder, market: float | None, outcomes: list[Outcome]) -> None:
        mode = self._prevention
        if not self.prevents:
            return
        met = [
            other
            for other in self._orders.values()
            if other.buys is not order.buys
            and other.limit is not None
            and other.stop is None
            and (other.rare is None or other.rare.auction is None)
            and meets(buys=order.buys, limit=order.limit, market=market, resting_limit=other.limit)
        ]
        met.sort(key=lambda other: ((other.limit or 0.0) * (1 if order.buys else -1), other.sequence))
        for other in met:
            off_newest, off_oldest = cuts(mode, order.leaves, other.leaves)
            self._cut(other, off_oldest, "SELF_TRADE", outcomes)
            self._cut(order, off_newest, "SELF_TRADE", outcomes)
            if not order.leaves:
                return

    # --- dealing --------------------------------------------------------------------------------------------------

    def _deal_specially(
        self,
        order: RestingOrder,
        price: float | Decimal | None,
        liquidity: Liquidity,
        available: Decimal,
        volume: float,
        outcomes: list[Outcome],
    ) -> Decimal:
        """Give an order what the market has for it, as `_deal` does, and see to what else that means."""
        if not self._may_deal(order, price, liquidity, outcomes):
            return _ZERO
        taken = self._deal(order, price, liquidity, available, volume, outcomes)
        self._after(order, taken, outcomes)
        return taken

    def _may_deal(
        self, order: RestingOrder, price: float | Decimal | None, liquidity: Liquidity, outcomes: list[Outcome]
    ) -> bool:
        """Tell whether an order that is met may trade, having cut it to what it may."""
        if order.leaves and order.stop is not None:
            order.stop = None
            self._meet_own(order, None if price is None else float(price), outcomes)
        if not order.leaves:
            return False  # gone, earlier in the same event
        rare = order.rare
        if rare is not None and price is not None:
            if rare.post_only and liquidity is _TAKER:
                self._cut(order, order.leaves, "POST_ONLY", outcomes)
            elif rare.reduce_only:
                most = max(-self.held if order.buys else self.held, _ZERO)
                if order.leaves > most:
                    self._cut(order, _subtract(order.leaves, most), "REDUCE_ONLY", outcomes)
        return bool(order.leaves)

    def _after(self, order: RestingOrder, taken: Decimal, outcomes: list[Outcome]) -> None:
        """See to what follows from a deal, in which an order may have taken something."""
        rare = order.rare
        rests = order.child.child_id in self._orders
        if taken and self.reducing:
            self.held = _add(self.held, taken) if order.buys else _subtract(self.held, taken)
        if rare is None:
            return
        if not rests and rare.reduce_only:
            self.reducing -= 1
        if rests and rare.auction is not None:
            self._cut(order, order.leaves, "AUCTION_OVER", outcomes)
        if not taken:
            return
        if rare.to_limit and rests:
            price = next(o.price for o in outcomes if isinstance(o, Execution) and o.child_id == order.child.child_id)
            self._limit_to(order, price)
            rare.to_limit = False
        if rare.group is not None:
            self._tell_group(order, rare, taken, outcomes)

    def _tell_group(self, order: RestingOrder, rare: Particulars, taken: Decimal, outcomes: list[Outcome]) -> None:
        cancels = rare.contingency is Contingency.OCO
        for other in list(self._orders.values()):
            if other is not order and other.rare is not None and other.rare.group == rare.group:
                self._cut(other, other.leaves if cancels else min(taken, other.leaves), "GROUP", outcomes)

    def _limit_to(self, order: RestingOrder, price: Decimal) -> None:
        """Make an order one with a limit, which rests."""
        order.limit = float(price)
        order.child = changed(order.child, limit_price=price)
        order.fresh = False

    def _cut(self, order: RestingOrder, quantity: Decimal, code: DeadCode, outcomes: list[Outcome]) -> None:
        """Take a quantity off what an order has open; one that has nothing left is off the book."""
        if not quantity:
            return
        leaves, child = order.leaves, order.child
        order.leaves = left = _subtract(leaves, quantity)
        if left > _ZERO:
            order.child = changed(child, quantity=_subtract(child.quantity, quantity))
            outcomes.append(Reduced(child=order.child, leaves=left))
            return
        order.leaves = _ZERO
        self._take_off(order)
        outcomes.append(Dead(child_id=child.child_id, leaves=leaves, code=code))

    def _close_auction(self, order: RestingOrder, outcomes: list[Outcome]) -> None:
        self._cut(order, order.leaves, "AUCTION_OVER", outcomes)

    # --- changes --------------------------------------------------------------------------------------------------

    def replace(
        self, child_id: str, quantity: Decimal | None, limit_price: Decimal | None, stop_price: Decimal | None
    ) -> Replaced | Refusal:
        """Change an order that rests; what is None stays as it is.

        A smaller quantity keeps its place in the queue; another price, or a larger quantity, loses it. An order of
        which no more is wanted than is filled is done. A trail keeps its distance, whatever trigger it is given. The
        limit of a pegged order is the bound that it never goes beyond.

        Returns:
            The order as it is now, or why not: `UNKNOWN_ORDER`, `LIMIT_PRICE_UNEXPECTED`, `STOP_PRICE_UNEXPECTED`,
            `ALREADY_TRIGGERED`, `POST_ONLY`.
        """
        order = self._orders.get(child_id)
        if order is None:
            return Refusal(code="UNKNOWN_ORDER", text=f"no order {child_id} rests")
        child, rare = order.child, order.rare
        peg = None if rare is None else rare.peg
        if limit_price is not None and child.limit_price is None and peg is None:
            return Refusal(code="LIMIT_PRICE_UNEXPECTED", text=f"{child.kind} has no limit, was {limit_price}")
        trail = None if rare is None else rare.trail
        if stop_price is not None and order.stop is None:
            if child.stop_price is None and trail is None:
                return Refusal(code="STOP_PRICE_UNEXPECTED", text=f"{child.kind} has no stop, was {stop_price}")
            return Refusal(code="ALREADY_TRIGGERED", text=f"{child_id} was triggered at {child.stop_price}")
        filled = _subtract(child.quantity, order.leaves)
        total = child.quantity if quantity is None else max(quantity, filled)
        if limit_price is not None and rare is not None and rare.post_only and order.stop is None:
            would_take = self._would_take(order, limit_price)
            if would_take is not None:
                return would_take
        moves = total > child.quantity
        if limit_price is not None and limit_price != (child.limit_price if peg is None else peg.bound):
            moves = True
            if peg is None:
                child = changed(child, limit_price=limit_price)
                order.limit = float(limit_price)
                order.fresh = True
            else:
                assert rare is not None
                rare.peg = attrs.evolve(peg, bound=limit_price)
        if stop_price is not None and stop_price != child.stop_price:
            moves = True
            child = changed(child, stop_price=stop_price)
            order.stop = float(stop_price)
            if trail is not None:
                trail.trigger = stop_price
        order.child = child = changed(child, quantity=total)
        order.leaves = leaves = _subtract(total, filled)
        if not leaves:
            self._take_off(order)
        elif moves:
            self._added = order.sequence = self._added + 1
            del self._orders[child_id]
            self._orders[child_id] = order
            self._rejoin(order)
        if rare is not None and rare.peg is not None:
            child = changed(child, limit_price=rare.peg.bound)  # where the peg has put it is nobody's wish
        return Replaced(child=child, leaves=leaves)

    def restate(self, child_id: str, new_id: str, adjustment: Adjustment) -> Restated | None:
        """Give an order that rests the figures of after a split or a dividend; None where that leaves it no price.

        It stays triggered, and goes to the back of the queue at its price.
        """
        order = self._orders[child_id]
        before = order.leaves
        self._rejoin(order)
        wished = restated(order, new_id, adjustment, self._instrument)
        if wished is None:
            return None
        del self._orders[child_id]
        self._added = order.sequence = self._added + 1
        self._orders[new_id] = order
        return Restated(child=wished, open_before=before)

    def _would_take(self, order: RestingOrder, limit_price: Decimal) -> Refusal | None:
        """Return why an order that must rest cannot have a limit, or None."""
        last = None if order.rare is None else order.rare.last
        return None if last is None else would_take(order.buys, limit_price, last)

    def _rejoin(self, order: RestingOrder) -> None:
        """Send an order to the back of the queue at its price, where the book knows of queues."""


def would_take(buys: bool, limit_price: Decimal, market: float, *, touch: bool = True) -> Refusal | None:
    """Return the refusal of a post-only order whose limit the market would fill at once, or None.

    Args:
        buys: which way the order goes.
        limit_price: its limit.
        market: the far side of the quote, or the last price where there are no quotes.
        touch: whether a market exactly at the limit fills it.
    """
    limit = float(limit_price)
    if (market < limit if buys else market > limit) or (touch and market == limit):
        return Refusal(code="POST_ONLY", text=f"limit={limit_price}, market={market!r}")
    return None
