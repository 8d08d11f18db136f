"""The orders that rest on a book which matches against market data: what bar and quote books have in common.

It keeps the orders, lets them expire, prices their executions and applies their time in force. When an order is met,
and at which price, is the business of the books built on it.
"""

from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.market_state import NOTHING_SHOWN, MarketWatch
from tradepit.models.matching import Dead, DeadCode, Execution, Outcome
from tradepit.models.orders import ChildOrder, Liquidity, OrderKind, Side, TimeInForce
from tradepit.models.slippage import NoSlippage, Slippage
from tradepit.models.values import positional

_ZERO: Final = Decimal(0)
_BUY: Final = Side.BUY
_TAKER: Final = Liquidity.TAKER
_FOK: Final = TimeInForce.FOK
_AT_ONCE: Final = frozenset({TimeInForce.IOC, _FOK})
# Whether an order of a kind has no limit, and whether it has no stop.
_LACKS: Final = {kind: (not kind.has_limit, not kind.has_stop) for kind in OrderKind}
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
        fresh: whether it has just arrived, so that it takes what it finds; otherwise it rests and is taken.
    """

    child: ChildOrder
    sequence: int
    buys: bool
    limit: float | None
    stop: float | None
    immediate: bool
    leaves: Decimal
    fresh: bool = True


class RestingOrders:
    """The resting child orders of one symbol at one venue.

    Attributes:
        watch: what the market shows, where the slippage goes by it; its venue tells it of bars and quotes.
    """

    def __init__(self, instrument: Instrument, slippage: Slippage) -> None:
        self._instrument = instrument
        self._slippage = None if isinstance(slippage, NoSlippage) else slippage
        self.watch = None if slippage.needs is None else MarketWatch(slippage.needs)
        self._orders: dict[str, RestingOrder] = {}
        self._added = 0
        self._earliest_expiry: int | None = None  # no order expires before it; may lie too early after a cancel

    def add(self, child: ChildOrder) -> None:
        """Take an order onto the book; it first meets the next event.

        Raises:
            ValueError: an order of that id rests already, it is for another symbol, its quantity is not above zero,
                or it lacks a price that its kind needs.
        """
        child_id, limit, stop = child.child_id, child.limit_price, child.stop_price
        orders = self._orders
        if child_id in orders:
            raise ValueError(f"{child_id}: child_id must be new to the book, but such an order rests already")
        if child.symbol != self._instrument.symbol:
            raise ValueError(f"{child_id}: symbol must be {self._instrument.symbol}, was {child.symbol}")
        if not child.quantity > _ZERO:
            raise ValueError(f"{child_id}: quantity must be above 0, was {child.quantity}")
        if (limit is None, stop is None) != _LACKS[child.kind]:
            raise ValueError(f"{child_id}: {child.kind} must have exactly its prices, was limit={limit}, stop={stop}")
        self._added = added = self._added + 1
        orders[child_id] = RestingOrder(
            child,
            added,
            child.side is _BUY,
            None if limit is None else float(limit),
            None if stop is None else float(stop),
            child.time_in_force in _AT_ONCE,
            child.quantity,
        )
        expires_at = child.expires_at
        if expires_at is not None and (self._earliest_expiry is None or expires_at < self._earliest_expiry):
            self._earliest_expiry = expires_at

    def cancel(self, child_id: str) -> Decimal | None:
        """Take an order off the book and return its open quantity, or None when no such order rests."""
        order = self._orders.pop(child_id, None)
        return None if order is None else order.leaves

    def leaves(self, child_id: str) -> Decimal | None:
        """Return an order's open quantity, or None when no such order rests."""
        order = self._orders.get(child_id)
        return None if order is None else order.leaves

    def __len__(self) -> int:
        """Return the number of resting orders."""
        return len(self._orders)

    def expire(self, now: int) -> list[Dead]:
        """Take off the orders whose last instant is before `now`, ns since the Unix epoch; earliest first.

        At exactly its `expires_at` an order may still fill.
        """
        if self._earliest_expiry is None or now <= self._earliest_expiry:
            return []
        over: list[tuple[int, int, RestingOrder]] = []
        self._earliest_expiry = None
        for order in self._orders.values():
            expires_at = order.child.expires_at
            if expires_at is None:
                continue
            if expires_at < now:
                over.append((expires_at, order.sequence, order))
            elif self._earliest_expiry is None or expires_at < self._earliest_expiry:
                self._earliest_expiry = expires_at
        over.sort()
        for _, _, order in over:
            del self._orders[order.child.child_id]
        return [Dead(child_id=order.child.child_id, leaves=order.leaves, code="EXPIRED") for _, _, order in over]

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
        if liquidity is _TAKER and self._slippage is not None:
            market = NOTHING_SHOWN if self.watch is None else self.watch.take(side, quantity, volume)
            amount = self._slippage.amount(reference, quantity, side, market)
            slipped = _add(reference, amount) if order.buys else _subtract(reference, amount)
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
