"""Match resting orders against trades: the prints of the tape alone, where no quotes are to be had.

| kind | is met | at |
|---|---|---|
| MARKET | by the next trade | the trade's price |
| LIMIT, marketable: its first trade is better than its limit | by that trade | the trade's price |
| LIMIT, resting | by a trade through its price | the limit |
| | by trades at its price, when those before it in the queue have had theirs | the limit |
| STOP | by the trade that touches the stop | the trade's price |
| STOP_LIMIT | triggers as a stop, then is a limit order that has just arrived | as above |
| touched kinds | as stops, from the other side | as above |
| trailing kinds | as stops; the best trade moves the trigger | as above |

A trade gives its size once, in whole lots: first to orders that work already, market orders, then the better limit,
then the earlier; then to the stops that it triggers. What is left of an order waits for the next trade.

The tape does not say how much rests at a price. `queue_ahead` is the quantity that is taken to stand before an order
that comes to rest; 0 lets it be first in line. A trade from before an order arrived never meets it.
"""

import math
from decimal import Context, Decimal
from typing import Any, ClassVar, Final

import attrs

from tradepit.models.auctions import Auction
from tradepit.models.bar_meetings import fair
from tradepit.models.checks import between, one_of
from tradepit.models.instruments import Instrument
from tradepit.models.market import Trade
from tradepit.models.matching import Outcome
from tradepit.models.orders import ChildOrder, Liquidity, Refusal
from tradepit.models.particulars import Particulars, unfit
from tradepit.models.queue_position import QueueModel, QueuePlace
from tradepit.models.queueing_orders import QueueingOrders
from tradepit.models.resting_orders import RestingOrder
from tradepit.models.self_trade import PREVENTIONS, Prevention
from tradepit.models.slippage import Slippage
from tradepit.models.special_orders import would_take
from tradepit.models.values import changed, uncopied

_ZERO: Final = Decimal(0)
_TAKER: Final = Liquidity.TAKER
_EXACT: Final = Context(prec=200)
_subtract = _EXACT.subtract
_BACK: Final = QueueModel("back")  # nothing but trades moves the queue: cancels are not seen


@uncopied
@attrs.frozen(kw_only=True)
class TradeRules:
    """How orders fill on trades.

    Attributes:
        touch_fills: whether trades at a resting limit fill it; if not, a trade must go through it.
        queue_ahead: quantity that stands before an order that comes to rest.
        self_trade_prevention: what happens where two of our own orders meet.

    Raises:
        ValueError: the quantity is below zero, or a name is unknown.
    """

    touch_fills: bool = attrs.field(default=True, validator=attrs.validators.instance_of(bool))
    queue_ahead: Decimal = attrs.field(default=_ZERO, validator=between(_ZERO, None))
    self_trade_prevention: Prevention = attrs.field(default="none", validator=one_of(PREVENTIONS))


class TradeBook(QueueingOrders):
    """The resting child orders of one symbol at one venue, matched against trades."""

    hears: ClassVar[type[Any]] = Trade
    meets_standing = False  # an order that comes waits for the next trade

    def __init__(self, instrument: Instrument, rules: TradeRules, slippage: Slippage) -> None:
        super().__init__(instrument, slippage, rules.self_trade_prevention)
        self._rules = rules
        self._ahead = float(rules.queue_ahead)
        self._last: tuple[Trade, Decimal] | None = None  # the last trade, and what our orders left of it

    def refuse(self, child: ChildOrder, last: Trade | None, *, has_sessions: bool = True) -> Refusal | None:
        """Return why the book cannot take an order, or None.

        A post-only order would take when the last trade was better than its limit; at the limit it joins the queue.
        """
        refusal = unfit(child, has_quotes=False, has_sessions=has_sessions)
        if refusal is not None or last is None or child.limit_price is None or child.terms is None:
            return refusal
        if not child.terms.post_only or child.stop_price is not None:
            return None
        return would_take(child.side.sign > 0, child.limit_price, last.price, touch=False)

    def far_price(self, last: Trade, *, buys: bool) -> float | None:  # noqa: ARG002  both sides see the tape
        """Return the price of a trade."""
        return last.price

    def arrive(self, child_id: str, last: Trade) -> list[Outcome]:  # noqa: ARG002
        """Return nothing: what was traded is gone."""
        return []

    def match(self, trade: Trade) -> list[Outcome]:
        """Return what a trade does to the orders, in the order in which it happens.

        Orders whose last instant is before the trade's time expire first. A trade whose price or size is no number,
        whose size is not above zero, or whose price is not above zero where the instrument requires it, is passed
        over.
        """
        if not self._orders:
            return []
        outcomes: list[Outcome] = [*self.expire(trade.time)]
        price, size = trade.price, trade.size
        if not (size > 0 and math.isfinite(price) and (price > 0 or self._instrument.price_may_be_negative)):
            return outcomes
        left = self._lots(size)
        taking: list[tuple[float, int, RestingOrder, float | None]] = []
        triggered: list[RestingOrder] = []
        for order in self._orders.values():
            if order.arrived >= trade.time:
                continue
            if order.rare is not None and order.rare.auction is not None:
                if order.rare.auction.at_open and trade.time >= order.rare.auction.opens:
                    taking.append((-math.inf, order.sequence, order, fair(order, price, touch_fills=True)))
            elif order.stop is not None:
                if self._reaches(order, order.stop, order.rare, price):
                    triggered.append(order)
            elif order.limit is None:
                taking.append((-math.inf, order.sequence, order, price))
            elif order.fresh and fair(order, price, touch_fills=False) is not None:
                taking.append((-order.limit if order.buys else order.limit, order.sequence, order, price))
            elif order.immediate:
                taking.append((math.inf, order.sequence, order, fair(order, price, touch_fills=True)))
            elif order.child.child_id not in self._places:
                self._rest(order)
        taking.sort(key=lambda found: found[:2])
        for _, _, order, met in taking:
            left = _subtract(left, self._deal_specially(order, met, _TAKER, left, size, outcomes))
        if self._places:
            left = (
                self._pass_queues(trade, left, outcomes)
                if self._rules.touch_fills
                else self._through(trade, left, outcomes)
            )
        for order in triggered:
            left = _subtract(left, self._trigger(order, price, left, size, outcomes))
        self._last = trade, left
        return outcomes

    def _rest(self, order: RestingOrder) -> None:
        order.fresh = False
        self._place(order, lambda: QueuePlace(_BACK, ahead=self._ahead, shown=self._ahead, others=self._ahead))

    def _through(self, trade: Trade, left: Decimal, outcomes: list[Outcome]) -> Decimal:
        """As `_pass_queues`, when a trade at an order's price does not fill it."""
        at_price = {
            child_id: place
            for child_id, place in self._places.items()
            if child_id in self._orders and self._orders[child_id].limit == trade.price
        }
        self._places = {child_id: place for child_id, place in self._places.items() if child_id not in at_price}
        left = self._pass_queues(trade, left, outcomes)
        self._places.update(at_price)
        return left

    def _reaches(self, order: RestingOrder, stop: float, rare: Particulars | None, price: float) -> bool:
        """Tell whether a trade triggers an order; one that trails follows it if not."""
        if rare is not None and rare.touched:
            return price <= stop if order.buys else price >= stop
        reached = price >= stop if order.buys else price <= stop
        if rare is not None and rare.trail is not None:
            if not reached:
                order.stop = rare.trail.follow(price)
            else:
                limit = rare.trail.limit()
                order.child = changed(order.child, stop_price=rare.trail.trigger, limit_price=limit)
                order.limit = None if limit is None else float(limit)
        return reached

    def _trigger(
        self, order: RestingOrder, price: float, left: Decimal, size: float, outcomes: list[Outcome]
    ) -> Decimal:
        """Deal with an order whose trigger this trade is; where it gets nothing by its limit, it comes to rest."""
        if not order.leaves:
            return _ZERO
        met = fair(order, price, touch_fills=True)
        taken = self._deal_specially(order, met, _TAKER, left, size, outcomes)
        if met is None and order.leaves and not order.immediate:
            self._rest(order)
        return taken

    def _rejoin(self, order: RestingOrder) -> None:
        super()._rejoin(order)
        if not order.fresh and self._queues(order):
            self._rest(order)

    def over_after(self, auction: Auction) -> int:
        """The close is dealt with at its instant: with the last trade up to then."""
        return auction.closes if auction.at_open else auction.closes - 1

    def _close_auction(self, order: RestingOrder, outcomes: list[Outcome]) -> None:
        assert order.rare is not None
        assert order.rare.auction is not None
        if self._last is None or order.rare.auction.at_open or order.arrived >= self._last[0].time:
            super()._close_auction(order, outcomes)
            return
        trade, left = self._last
        price = fair(order, trade.price, touch_fills=True)
        taken = self._deal_specially(order, price, _TAKER, left, trade.size, outcomes)
        self._last = trade, _subtract(left, taken)
