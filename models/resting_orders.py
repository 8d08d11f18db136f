"""The orders that rest on a book which matches against market data: what bar and quote books have in common.

It keeps the orders, lets them expire, prices their executions and applies their time in force. When an order is met,
and at which price, is the business of the books built on it.
"""

import abc
import math
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.auctions import Auction
from tradepit.models.instruments import Instrument
from tradepit.models.market_state import NOTHING_SHOWN, MarketWatch
from tradepit.models.matching import Dead, DeadCode, Execution, Outcome
from tradepit.models.orders import ChildOrder, Liquidity, OrderKind, Side, TimeInForce
from tradepit.models.particulars import Particulars, particulars_of
from tradepit.models.slippage import NoSlippage, Slippage
from tradepit.models.values import positional

_ZERO: Final = Decimal(0)
_BUY: Final = Side.BUY
_TAKER: Final = Liquidity.TAKER
_FOK: Final = TimeInForce.FOK
_IOC: Final = TimeInForce.IOC
_AT_OPEN: Final = TimeInForce.AT_OPEN
_AT_CLOSE: Final = TimeInForce.AT_CLOSE
_MARKET: Final = OrderKind.MARKET
_LIMIT: Final = OrderKind.LIMIT
_STOP: Final = OrderKind.STOP
_STOP_LIMIT: Final = OrderKind.STOP_LIMIT
_NEVER: Final = {True: math.inf, False: -math.inf}  # a trigger that no price reaches, by whether the order buys
LONG_AGO: Final = -(1 << 63)
"""When an order arrived of which nobody said: before everything."""
_EXACT: Final = Context(prec=200)  # exact, whatever precision a strategy sets for itself
_add, _subtract = _EXACT.add, _EXACT.subtract
_execution: Final = positional(Execution)


@attrs.define(eq=False)
class RestingOrder:
    """One order on the book, with its prices as floats for the comparison with market data.

    Attributes:
        child: the order as it was sent.
        sequence: its number in the order of submission.
        buys: whether it buys.
        limit: limit price, or None.
        stop: stop price while it waits for its trigger, None once triggered and for orders that have none.
        immediate: whether it must be done at once (IOC, FOK), which for a stop counts from its trigger.
        leaves: open quantity.
        arrived: when it came, ns since the Unix epoch.
        fresh: whether it has just arrived, so that it takes what it finds; otherwise it rests and is taken.
        rare: what only some orders have, or None.
    """

    child: ChildOrder
    sequence: int
    buys: bool
    limit: float | None
    stop: float | None
    immediate: bool
    leaves: Decimal
    arrived: int = LONG_AGO
    fresh: bool = True
    rare: Particulars | None = None


class RestingOrders(abc.ABC):
    """The resting child orders of one symbol at one venue.

    Attributes:
        watch: what the market shows, where the slippage goes by it; its venue tells it of bars and quotes.
    """

    def __init__(self, instrument: Instrument, slippage: Slippage) -> None:
        self._instrument = instrument
        self._slippage = None if isinstance(slippage, NoSlippage) else slippage
        self._slips_all = False  # whether also those slip that make liquidity
        self._extremes: tuple[float, float] | None = None  # low and high that no slippage leaves, or None
        self.watch = None if slippage.needs is None else MarketWatch(slippage.needs)
        self._orders: dict[str, RestingOrder] = {}
        self._added = 0
        self._earliest_expiry: int | None = None  # no order expires before it; may lie too early after a cancel
        self._latest_arrival = LONG_AGO
        self.reducing = 0
        """How many orders rest that may only reduce the position; while there are any, `held` must be kept right."""
        self.held = _ZERO
        """The position, signed."""

    def add(
        self,
        child: ChildOrder,
        arrived: int = LONG_AGO,
        *,
        last: float | None = None,
        auction: Auction | None = None,
    ) -> None:
        """Take an order onto the book; it first meets the next event.

        Args:
            child: the order.
            arrived: when it came, ns since the Unix epoch; what happened up to then does not meet it.
            last: last price before that, for orders that begin from it; None when none is known.
            auction: what it takes part in, when its time in force is AT_OPEN or AT_CLOSE.

        Raises:
            ValueError: an order of that id rests already, it is for another symbol, its quantity is not above zero,
                or it lacks what its kind needs.
        """
        child_id, limit, stop = child.child_id, child.limit_price, child.stop_price
        orders = self._orders
        if child_id in orders:
            raise ValueError(f"{child_id}: child_id must be new to the book, but such an order rests already")
        if child.symbol != self._instrument.symbol:
            raise ValueError(f"{child_id}: symbol must be {self._instrument.symbol}, was {child.symbol}")
        if not child.quantity > _ZERO:
            raise ValueError(f"{child_id}: quantity must be above 0, was {child.quantity}")
        kind, time_in_force, rare = child.kind, child.time_in_force, None
        if child.terms is not None or auction is not None or time_in_force is _AT_OPEN or time_in_force is _AT_CLOSE:
            rare = particulars_of(child, self._instrument, last, auction)
        elif kind is _MARKET:
            sound = limit is None and stop is None
        elif kind is _LIMIT:
            sound = limit is not None and stop is None
        elif kind is _STOP:
            sound = limit is None and stop is not None
        elif kind is _STOP_LIMIT:
            sound = limit is not None and stop is not None
        else:
            rare = particulars_of(child, self._instrument, last, auction)
        if rare is None and not sound:
            raise ValueError(f"{child_id}: {kind} must have exactly its prices, was limit={limit}, stop={stop}")
        self._added = added = self._added + 1
        orders[child_id] = order = RestingOrder(
            child,
            added,
            child.side is _BUY,
            None if limit is None else float(limit),
            None if stop is None else float(stop),
            time_in_force is _IOC or time_in_force is _FOK,
            child.quantity,
            arrived,
        )
        if arrived > self._latest_arrival:
            self._latest_arrival = arrived
        expires_at = child.expires_at
        if rare is not None:
            order.rare = rare
            if rare.reduce_only:
                self.reducing += 1
            if rare.trail is not None:
                trigger = rare.trail.trigger
                order.stop = _NEVER[order.buys] if trigger is None else float(trigger)
            if auction is not None:
                expires_at = self.over_after(auction)
        if expires_at is not None and (self._earliest_expiry is None or expires_at < self._earliest_expiry):
            self._earliest_expiry = expires_at

    def cancel(self, child_id: str) -> Decimal | None:
        """Take an order off the book and return its open quantity, or None when no such order rests."""
        order = self._orders.get(child_id)
        if order is None:
            return None
        self._take_off(order)
        return order.leaves

    def leaves(self, child_id: str) -> Decimal | None:
        """Return an order's open quantity, or None when no such order rests."""
        order = self._orders.get(child_id)
        return None if order is None else order.leaves

    def __len__(self) -> int:
        """Return the number of resting orders."""
        return len(self._orders)

    def expire(self, now: int) -> list[Outcome]:
        """Take off the orders whose last instant is before `now`, ns since the Unix epoch; earliest first.

        At exactly its `expires_at` an order may still fill. Orders that wait for the close get it here, where no
        event was it.
        """
        if self._earliest_expiry is None or now <= self._earliest_expiry:
            return []
        over: list[tuple[int, int, RestingOrder]] = []
        self._earliest_expiry = None
        for order in self._orders.values():
            rare, expires_at = order.rare, order.child.expires_at
            if rare is not None and rare.auction is not None:
                expires_at = self.over_after(rare.auction)
            if expires_at is None:
                continue
            if expires_at < now:
                over.append((expires_at, order.sequence, order))
            elif self._earliest_expiry is None or expires_at < self._earliest_expiry:
                self._earliest_expiry = expires_at
        over.sort()
        outcomes: list[Outcome] = []
        for _, _, order in over:
            if order.rare is not None and order.rare.auction is not None:
                self._close_auction(order, outcomes)
            else:
                self._take_off(order)
                outcomes.append(Dead(child_id=order.child.child_id, leaves=order.leaves, code="EXPIRED"))
        return outcomes

    def over_after(self, auction: Auction) -> int:
        """Return the last instant at which an event may still be an auction's."""
        return auction.closes

    @abc.abstractmethod
    def _close_auction(self, order: RestingOrder, outcomes: list[Outcome]) -> None:
        """End an order whose auction is past, with what it gets of the close."""

    def _take_off(self, order: RestingOrder) -> None:
        del self._orders[order.child.child_id]
        if order.rare is not None and order.rare.reduce_only:
            self.reducing -= 1

    def _deal(
        self,
        order: RestingOrder,
        price: float | Decimal | None,
        liquidity: Liquidity,
        available: Decimal,
        volume: float,
        outcomes: list[Outcome],
    ) -> Decimal:
        """Give an order what the market has for it now, append what follows, and return the quantity it took.

        Args:
            order: an order that works; if it was waiting for its trigger, this is the trigger.
            price: observed price, or one of the order's own, or None when the market has nothing at its limit.
            liquidity: whether it takes or makes liquidity.
            available: quantity that may be taken, in whole lots.
            volume: what the market showed, for the slippage.
            outcomes: where the execution, and the end of an immediate order, are appended.
        """
        child, leaves = order.child, order.leaves
        order.stop = None
        quantity = leaves
        if price is None:
            quantity = _ZERO
        elif available < leaves:
            quantity = available
        if child.time_in_force is _FOK and quantity < leaves:
            quantity = _ZERO
        if price is not None and quantity > _ZERO:
            order.leaves = leaves = _subtract(leaves, quantity)
            outcomes.append(self._execution(order, quantity, price, liquidity, volume))
        if not leaves:
            del self._orders[child.child_id]
        elif order.immediate:
            del self._orders[child.child_id]
            code: DeadCode = "FOK_UNFILLABLE" if child.time_in_force is _FOK else "IOC_REMAINDER"
            outcomes.append(Dead(child_id=child.child_id, leaves=leaves, code=code))
        return quantity

    def _execute(
        self,
        order: RestingOrder,
        quantity: Decimal,
        price: float | Decimal,
        liquidity: Liquidity,
        volume: float,
        outcomes: list[Outcome],
    ) -> None:
        """Give an order a quantity, no more than it has open."""
        order.leaves = leaves = _subtract(order.leaves, quantity)
        outcomes.append(self._execution(order, quantity, price, liquidity, volume))
        if not leaves:
            del self._orders[order.child.child_id]

    def _execution(
        self, order: RestingOrder, quantity: Decimal, price: float | Decimal, liquidity: Liquidity, volume: float
    ) -> Execution:
        child, instrument = order.child, self._instrument
        side = child.side
        if not isinstance(price, Decimal):
            reference = instrument.price(price, side)
        elif liquidity is _TAKER:
            reference = instrument.to_tick(price, side)
        else:
            reference = price  # the order's own limit
        if child.limit_price is not None or reference <= _ZERO:
            reference = self._bounded(order, reference)
        executed = reference
        if self._slippage is not None and (liquidity is _TAKER or self._slips_all):
            market = NOTHING_SHOWN if self.watch is None else self.watch.take(side, quantity, volume)
            amount = self._slippage.amount(reference, quantity, side, market)
            slipped = _add(reference, amount) if order.buys else _subtract(reference, amount)
            if self._extremes is not None:
                low, high = self._extremes
                slipped = (
                    min(slipped, instrument.price(high, side))
                    if order.buys
                    else max(slipped, instrument.price(low, side))
                )
            executed = self._bounded(order, instrument.to_tick(slipped, side))
        return _execution(child.child_id, quantity, reference, executed, liquidity, order.leaves)

    def _bounded(self, order: RestingOrder, price: Decimal) -> Decimal:
        """Keep a price at the order's limit or better, and above zero where the instrument requires it."""
        limit, instrument = order.child.limit_price, self._instrument
        if limit is not None:
            return min(price, limit) if order.buys else max(price, limit)
        if price <= _ZERO and not instrument.price_may_be_negative:
            return instrument.tick
        return price
