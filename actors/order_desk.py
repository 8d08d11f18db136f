"""The portfolio's desk: where orders come in, are sized, and pass or fail the risk checks.

Receives: `RequestOrder` and `CancelOrder` from strategies, the unfilled ends of orders.
Sends: `SubmitOrder`, `RefuseOrder` and `CancelOrder` to the order manager, and `ReplaceOrder` where an order that may
only reduce a position has become too large for it.
Always holds: what an open order may need is tied up until it has ended; orders that only reduce a position, and those
that wait for another to fill, tie up nothing.

The desk stands in layers, one idea a file: `sizing_desk`, orders here, `signal_desk`, `replace_desk`, `rebalance_desk`;
the portfolio is the last.
"""

from collections.abc import Iterator
from decimal import Context, Decimal

from tradepit.actors import ORDERS
from tradepit.actors.sizing_desk import OpeningHolding, PortfolioSettings, SizingDesk
from tradepit.models.brackets import children_of, stop_at, wrong_side
from tradepit.models.exits import Exits
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    CancelOrder,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFailed,
    OrderRejected,
    RefuseOrder,
    ReplaceOrder,
    RequestOrder,
    SubmitOrder,
)
from tradepit.models.order_pace import OrderPace
from tradepit.models.orders import Order, OrderTerms, Refusal, Side
from tradepit.models.risk import check, entry_price, reserve_for, unit_value
from tradepit.models.risk_view import RiskView
from tradepit.models.validation import check_order
from tradepit.models.values import changed, positional

__all__ = ["DUPLICATE", "MOST_DIGITS", "OpeningHolding", "OrderDesk", "PortfolioSettings", "measurable"]

DUPLICATE = "DUPLICATE_ORDER_ID"
MOST_DIGITS = 28
"""Whole digits of a price or quantity beyond which nothing is worked out: the rules of validation refuse it."""

_ZERO = Decimal(0)
_EXACT = Context(prec=200)  # a strategy may narrow its own context, which is ours too where it is called directly
_BUY, _SELL = Side.BUY, Side.SELL
_order = positional(Order)
_submit_order = positional(SubmitOrder)
_NO_TERMS = OrderTerms()


class OrderDesk(SizingDesk):
    """Sizes orders and checks risk."""

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the desk."""
        super().__init__(settings)
        self._out: dict[str, Order] = {}  # orders that have not ended, as they were last changed
        self._gone: dict[str, str] = {}  # symbols that are traded no more, and why
        self._refused_again: dict[str, int] = {}  # how many orders came under the id of one that was still open
        self._exits = Exits()
        self._pace = None if settings.limits.max_orders_per_second is None else OrderPace()

    # --- orders ---------------------------------------------------------------------------------------------------

    def on_request(self, request: RequestOrder) -> None:
        """Size a strategy's order if it has no quantity, check its risk, and hand it on."""
        quantity = request.quantity
        refusal: Refusal | None = None
        if quantity is None:
            sized = self._size(request.symbol, 1.0, request)
            quantity, refusal = (_ZERO, sized) if isinstance(sized, Refusal) else (sized, None)
        order = _order(
            request.order_id,
            request.strategy,
            request.symbol,
            request.side,
            request.kind,
            quantity,
            request.created_at,
            request.limit_price,
            request.stop_price,
            request.time_in_force or self._default_time_in_force,
            self._last_price(request.symbol),
            request.terms,
        )
        self._hand_on(order, refusal)

    def on_cancel(self, message: CancelOrder) -> None:
        """Hand a cancel on, behind the order that it is for."""
        self.send(ORDERS, message)

    def on_unfilled(self, event: OrderCancelled | OrderRejected | OrderExpired | OrderFailed) -> None:
        """Untie what an order that has ended still tied up."""
        order_id = event.order_id
        if event.code == DUPLICATE and self._refused_again.get(order_id):
            self._refused_again[order_id] -= 1
            return  # what is tied up is the first order's
        self._out.pop(order_id, None)
        self.account.release(order_id)
        self._follow(event)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _expected(self, symbol: str) -> Decimal:
        """Return the position with every open order filled that may enlarge one."""
        account = self.account
        held = account.position(symbol)
        both = _EXACT.add(account.worst_position(symbol, _BUY), account.worst_position(symbol, _SELL))
        return _EXACT.subtract(both, held)

    def _hand_on(self, order: Order, refusal: Refusal | None, *, closes: bool = False) -> None:
        """Check an order and hand it on, or its refusal; `closes` says that it must never go through zero."""
        order_id, symbol = order.order_id, order.symbol
        instrument = self._instruments.get(symbol)
        if order_id in self._out:
            self._refused_again[order_id] = self._refused_again.get(order_id, 0) + 1
            refusal = Refusal(code=DUPLICATE, text=f"{order_id} is open already")
        if symbol in self._gone:
            refusal = Refusal(code="SYMBOL_GONE", text=f"{symbol} {self._gone[symbol]}")
        if refusal is None and not measurable(order, instrument):
            # Risk cannot be worked out for what is not a number or not an instrument; the rule that says so refuses it.
            refusal = check_order(order, self._instruments, self.now)
        if refusal is None and instrument is not None:
            if order.arrival_price is not None:
                self._marks[symbol] = order.arrival_price
            if order.terms is None and self._limits.none_is_set and not closes:
                fee = _ZERO if self._expected_fees is None else self._fee_of(order, instrument)
                refusal = reserve_for(order, self.account, instrument, self._limits, self._marks, None, fee)
                if refusal is None:
                    self._out[order_id] = order
                    self.send(ORDERS, _submit_order(order))
                    return
            else:
                refusal = self._hand_on_rare(order, instrument, closes=closes)
                if refusal is None:
                    return
        assert refusal is not None
        self.send(ORDERS, RefuseOrder(order=order, code=refusal.code, text=refusal.text))

    def _hand_on_rare(self, order: Order, instrument: Instrument, *, closes: bool) -> Refusal | None:
        """Hand an order on that has terms, or that limits beyond buying power hold for; or say why not."""
        terms = order.terms or _NO_TERMS
        parent = None if terms.parent_id is None else self._out.get(terms.parent_id)
        if parent is not None and order.symbol == parent.symbol and order.side is parent.side.opposite:
            # What closes what the parent opens, and no more, needs no buying power: it may then only reduce. What goes
            # beyond that opens a position of its own, and is an order like any other.
            if terms.reduce_only or order.quantity <= self._exits.room_behind(parent, terms.group):
                quantity = min(order.quantity, parent.quantity)
                self._wait_for(parent, changed(order, quantity=quantity, terms=changed(terms, reduce_only=True)))
                return None
        elif parent is not None and terms.reduce_only:
            text = f"a {order.side} order cannot reduce what the {parent.side} order {parent.order_id} opens"
            return Refusal(code="REDUCE_ONLY", text=text)
        if terms.reduce_only:
            return self._reduce(order, terms, instrument)
        children: tuple[Order, ...] = ()
        opens = self._opens(order)
        if opens:
            bracketed = self._bracketed(order, opens, instrument)
            if isinstance(bracketed, Refusal):
                return bracketed
            order, children = bracketed
        fee, view = self._fee_of(order, instrument), self._view(counted=True)
        refusal = reserve_for(order, self.account, instrument, self._limits, self._marks, view, fee)
        if refusal is None:
            # What stands behind the position may fill first, and leaves less to close: a venue then cuts the order.
            self._send_out(changed(order, terms=changed(terms, reduce_only=True)) if closes else order)
            for child in children:
                self._wait_for(order, child)
        return refusal

    def _fee_of(self, order: Order, instrument: Instrument) -> Decimal:
        """Return the fee to reserve with an order, in the account's currency."""
        unit = unit_value(order, instrument, self._marks.get(order.symbol))
        if self._expected_fees is None or unit is None:
            return _ZERO
        return self._expected_fees.of(order, instrument, unit, self.now, self.account.converted)

    def _opens(self, order: Order) -> Decimal:
        """Return how much of an order opens or enlarges a position, all open orders of its side filled."""
        before = self.account.worst_position(order.symbol, order.side)
        closes = before.copy_negate() if order.side is _BUY else before
        return order.quantity if closes <= _ZERO else max(_EXACT.subtract(order.quantity, closes), _ZERO)

    def _bracketed(
        self, order: Order, opens: Decimal, instrument: Instrument
    ) -> tuple[Order, tuple[Order, ...]] | Refusal:
        """Return an order with the stop that it lacks, and the orders behind it; or say what is wrong with them."""
        entry = entry_price(order, order.arrival_price)
        terms = order.terms or _NO_TERMS
        if terms.stop_loss is None and self._adds_stops and entry is not None:
            assert self._limits.max_stop_distance is not None
            stop = stop_at(order.side, entry, instrument, self._limits.max_stop_distance)
            terms = changed(terms, stop_loss=stop)
            order = changed(order, terms=terms)
        if (terms.stop_loss is None and terms.take_profit is None) or entry is None:
            return order, ()
        if opens != order.quantity:
            held = self.account.worst_position(order.symbol, order.side)
            text = f"a stop loss or take profit stands behind what only opens: held={held}, was={order.quantity}"
            return Refusal(code="BRACKET_FLIPS", text=text)
        children = children_of(order, opens)
        for child in children:
            refusal = check_order(child, self._instruments, self.now)
            if refusal is not None:
                return refusal
        return wrong_side(order, entry) or (order, children)

    def _reduce(self, order: Order, terms: OrderTerms, instrument: Instrument) -> Refusal | None:
        """Hand on an order that may only reduce a position, cut to what is left to reduce; or say why not."""
        room = self._room(order, terms, instrument)
        if not room:
            return Refusal(code="REDUCE_ONLY", text=f"limit=0, was={order.quantity}")
        if order.quantity > room:
            order = changed(order, quantity=room)
        view = self._view(counted=True)
        refusal = check(order, self.account, instrument, self._limits, self._marks, view)
        if refusal is None:
            self._exits.add(order)
            self._send_out(order)
        return refusal

    def _room(self, order: Order, terms: OrderTerms, instrument: Instrument, besides: str = "") -> Decimal:
        """Return how much an order may reduce its position, in whole lots."""
        before = self.account.worst_position(order.symbol, order.side)
        reducible = max(before.copy_negate() if order.side is _BUY else before, _ZERO)
        return instrument.quantity(self._exits.room(order.symbol, order.side, reducible, terms.group, besides))

    def _wait_for(self, parent: Order, child: Order) -> None:
        """Hand on an order that works once another has filled, and for no more than that."""
        self._exits.add(child, parent.order_id)
        self._out[child.order_id] = child
        self.send(ORDERS, _submit_order(child))

    def _send_out(self, order: Order) -> None:
        if self._pace is not None:
            self._pace.note(self.now)
        self._out[order.order_id] = order
        self.send(ORDERS, _submit_order(order))

    def _view(self, *, counted: bool) -> RiskView:
        """Return the account's figures for the risk checks; whether the order counts as one sent."""
        now, watch, pace = self.now, self._equity_watch, self._pace
        began, peak = (None, None) if watch is None else watch.levels(now, self._equity)
        return RiskView(
            account=self.account,
            marks=self._marks,
            open_orders=self._open_values,
            now=now,
            equity=Decimal(repr(self._equity)),
            day_start_equity=began,
            peak_equity=peak,
            sent_in_last_second=pace.count(now) if pace is not None and counted else 0,
        )

    def _open_values(self) -> Iterator[tuple[str, Side, Decimal]]:
        """Yield symbol, side and value, in the account's currency, of what is open of each order that may enlarge."""
        account = self.account
        for order_id, order in self._out.items():
            part = account.open_part(order_id)
            if part is not None:
                symbol = order.symbol
                unit = unit_value(order, self._instruments[symbol], order.arrival_price)
                assert unit is not None  # it was valued when it was sent
                yield symbol, order.side, _EXACT.multiply(part[0], account.unit_size(symbol, unit))

    def _follow(self, event: OrderEvent) -> None:
        """Take the news of an order to the orders that reduce positions; what has become too large is cut."""
        exits = self._exits
        if not exits.open:
            return
        exits.note(event.order_id, event.leaves, event.cumulative, ended=event.state.final)
        for exit_, may_stay in exits.too_large(event.symbol, self.account.position(event.symbol)):
            order = exit_.order
            if not may_stay:
                exit_.leaves = _ZERO
                self.send(ORDERS, CancelOrder(order_id=order.order_id, strategy=order.strategy))
            else:
                total = _EXACT.add(exit_.filled, may_stay)
                exit_.leaves = may_stay
                cut = ReplaceOrder(
                    order_id=order.order_id, strategy=order.strategy, quantity=total, limit_price=None, stop_price=None
                )
                self.send(ORDERS, cut)


def measurable(order: Order, instrument: Instrument | None) -> bool:
    """Tell whether an order's figures are numbers and its instrument is known, so that risk can be worked out."""
    quantity, limit, stop = order.quantity, order.limit_price, order.stop_price
    return (
        instrument is not None
        and quantity.is_finite()
        and quantity > _ZERO
        and quantity.adjusted() < MOST_DIGITS
        and (limit is None or (limit.is_finite() and limit.adjusted() < MOST_DIGITS))
        and (stop is None or (stop.is_finite() and stop.adjusted() < MOST_DIGITS))
    )
