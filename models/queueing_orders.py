"""Orders that rest in a queue at their price, of which trades show how it moves."""

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Final

from tradepit.models.instruments import Instrument
from tradepit.models.market import Trade
from tradepit.models.matching import Outcome
from tradepit.models.orders import Liquidity
from tradepit.models.queue_position import QueueModel, QueuePlace
from tradepit.models.resting_orders import RestingOrder
from tradepit.models.self_trade import Prevention
from tradepit.models.slippage import Slippage
from tradepit.models.special_orders import SpecialOrders

_ZERO: Final = Decimal(0)
_MAKER: Final = Liquidity.MAKER
_EXACT: Final = Context(prec=200)
_add, _subtract = _EXACT.add, _EXACT.subtract


class QueueingOrders(SpecialOrders):
    """Resting orders with their places in the queues.

    A place belongs to an order that rests: one with a limit that has not taken, has no trigger to wait for, and no
    auction. Our own orders at one price stand behind one another in the order of submission.
    """

    def __init__(self, instrument: Instrument, slippage: Slippage, prevention: Prevention) -> None:
        super().__init__(instrument, slippage, prevention)
        self._places: dict[str, QueuePlace] = {}

    def _lots(self, size: float) -> Decimal:
        return self._instrument.quantity(Decimal(repr(size)))

    def _queue_up(
        self, model: QueueModel, bid: float | None, bid_size: float, ask: float | None, ask_size: float
    ) -> None:
        """Let the resting orders see how much stands at their prices."""
        for order in self._orders.values():
            if self._queues(order):
                place = self._place(order, lambda: QueuePlace(model))
                near, size = (bid, bid_size) if order.buys else (ask, ask_size)
                if near == order.limit:
                    place.show(size)
                elif near is None or order.limit is None or (near < order.limit if order.buys else near > order.limit):
                    place.alone()
        self._forget_places()

    def _queues(self, order: RestingOrder) -> bool:
        return (
            order.limit is not None
            and not order.fresh
            and order.stop is None
            and (order.rare is None or order.rare.auction is None)
        )

    def _place(self, order: RestingOrder, new: Callable[[], QueuePlace]) -> QueuePlace:
        child_id = order.child.child_id
        place = self._places.get(child_id)
        if place is None:
            place = self._places[child_id] = new()
        return place

    def _pass_queues(self, trade: Trade, left: Decimal, outcomes: list[Outcome]) -> Decimal:
        """Give a trade to the orders that rest at its price or are passed by it, and return what is left of it.

        One that is passed gets its limit: there were none before it any more. Buyers come before sellers, the better
        limit before the worse, the earlier before the later.
        """
        waiting: list[tuple[bool, float, int, RestingOrder]] = []
        for child_id in self._places:
            order = self._orders.get(child_id)
            if order is not None and order.limit is not None and order.arrived < trade.time:
                rank = -order.limit if order.buys else order.limit
                if order.limit >= trade.price if order.buys else order.limit <= trade.price:
                    waiting.append((not order.buys, rank, order.sequence, order))
        waiting.sort()
        for _, _, _, order in waiting:
            if not order.leaves:
                continue
            if order.limit == trade.price:
                taken = self._in_turn(order, left, trade, outcomes)
            else:
                taken = self._deal_specially(order, order.child.limit_price, _MAKER, left, trade.size, outcomes)
            left = _subtract(left, taken)
        self._forget_places()
        return left

    def _in_turn(self, order: RestingOrder, size: Decimal, trade: Trade, outcomes: list[Outcome]) -> Decimal:
        """Let a trade at an order's price pass through the queue before it, and return what the order took.

        An iceberg gets no more than it shows, goes to the back of the queue with its next peak, and so on while the
        trade lasts.
        """
        place, rare = self._places[order.child.child_id], order.rare
        peak = None if rare is None else rare.peak
        past = self._lots(place.trade(float(size)))
        taken = _ZERO
        while past > _ZERO and order.leaves:
            most = past if rare is None or peak is None else min(past, rare.shows)
            got = self._deal_specially(order, order.child.limit_price, _MAKER, most, trade.size, outcomes)
            taken, past = _add(taken, got), _subtract(past, got)
            if rare is None or peak is None or not got:
                break
            rare.shows = _subtract(rare.shows, got)
            if not rare.shows and order.leaves:
                rare.shows = min(peak, order.leaves)
                place.rejoin()
                past = self._lots(place.through(float(past)))
        place.beyond(float(past))
        return taken

    def _forget_places(self) -> None:
        if len(self._places) > len(self._orders):
            self._places = {child_id: place for child_id, place in self._places.items() if child_id in self._orders}

    def _rejoin(self, order: RestingOrder) -> None:
        self._places.pop(order.child.child_id, None)
