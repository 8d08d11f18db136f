"""The desk's changes of orders: what grows is checked anew, and tied up until the change is decided.

Receives: `ReplaceOrder` from strategies; `OrderReplaced` and `OrderReplaceRejected`.
Sends: `ReplaceOrder` and `RefuseReplace` to the order manager.
Always holds: while a change is under way, what ties up more is tied up, the order as it was or as it is to be.
"""

from decimal import Context, Decimal

from tradepit.actors import ORDERS
from tradepit.actors.order_desk import PortfolioSettings, measurable
from tradepit.actors.signal_desk import SignalDesk
from tradepit.models.instruments import Instrument
from tradepit.models.messages import OrderReplaced, OrderReplaceRejected, RefuseReplace, ReplaceOrder
from tradepit.models.orders import Order, Refusal
from tradepit.models.risk import check, unit_value
from tradepit.models.validation import check_order
from tradepit.models.values import changed

PENDING = "ALREADY_PENDING"
"""The order manager's word on a change that comes while another is under way, which goes on."""

_ZERO = Decimal(0)
_EXACT = Context(prec=200)


class ReplaceDesk(SignalDesk):
    """Checks changes of orders."""

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the desk."""
        super().__init__(settings)
        self._changing: dict[str, None] = {}  # orders of which a change is under way

    def on_replace(self, message: ReplaceOrder) -> None:
        """Check what a change makes larger or dearer, and hand it on behind the order that it is for."""
        order = self._out.get(message.order_id)
        instrument = None if order is None else self._instruments.get(order.symbol)
        self._changing = {order_id: None for order_id in self._changing if order_id in self._out}
        if order is None or instrument is None or order.order_id in self._changing:
            self.send(ORDERS, message)  # which knows whether it is too late, too early, or the order unknown
            return
        wanted = changed(
            order,
            quantity=order.quantity if message.quantity is None else message.quantity,
            limit_price=order.limit_price if message.limit_price is None else message.limit_price,
            stop_price=order.stop_price if message.stop_price is None else message.stop_price,
            arrival_price=self._last_price(order.symbol),
        )
        refusal: Refusal | None
        if not measurable(wanted, instrument):
            refusal = check_order(wanted, self._instruments, self.now)
        elif order.order_id in self._exits.open:
            refusal = self._change_exit(wanted, instrument)
        else:
            refusal = self._change(order, wanted, instrument)
        if refusal is None:
            self._changing[order.order_id] = None
            self.send(ORDERS, message)
        else:
            refused = RefuseReplace(
                order_id=message.order_id, strategy=message.strategy, code=refusal.code, text=refusal.text
            )
            self.send(ORDERS, refused)

    def on_replaced(self, event: OrderReplaced) -> None:
        """Tie up what the order needs as it is now."""
        before = self._out.get(event.order_id)
        if before is None:
            return
        self._changing.pop(event.order_id, None)
        order = self._out[event.order_id] = changed(
            before, quantity=event.quantity, limit_price=event.limit_price, stop_price=event.stop_price
        )
        if event.adjustment is not None:
            self._restate(order, event)
        elif event.order_id in self._exits.open:
            self._exits.change(order, event.leaves)
        else:
            self._tie_up(order, event.leaves, self._last_price(order.symbol))

    def on_replace_rejected(self, event: OrderReplaceRejected) -> None:
        """Tie up what the order needs as it stays."""
        order = self._out.get(event.order_id)
        if order is None or event.state.final or event.code == PENDING:
            return
        self._changing.pop(event.order_id, None)
        if event.order_id in self._exits.open:
            self._exits.change(order, event.leaves)
        else:
            self._tie_up(order, event.leaves, self._last_price(order.symbol))

    # --- inside ---------------------------------------------------------------------------------------------------

    def _change(self, order: Order, wanted: Order, instrument: Instrument) -> Refusal | None:
        """Tie up the larger of both, or say why the order cannot become what is asked."""
        account = self.account
        part = account.open_part(order.order_id)
        unit = unit_value(wanted, instrument, wanted.arrival_price)
        was_unit = unit_value(order, instrument, order.arrival_price)
        if part is None or unit is None or was_unit is None:
            return None
        leaves = part[0]
        filled = _EXACT.subtract(order.quantity, leaves)
        open_ = _EXACT.subtract(wanted.quantity, filled)
        if open_ <= _ZERO or (open_ <= leaves and unit <= was_unit):
            return None
        account.release(order.order_id)
        if wanted.arrival_price is not None:
            self._marks[order.symbol] = wanted.arrival_price
        rest = changed(wanted, quantity=open_)
        fee = self._fee_of(rest, instrument)
        refusal = check(rest, account, instrument, self._limits, self._marks, self._view(counted=False), fee)
        if refusal is None and _EXACT.multiply(open_, unit) > _EXACT.multiply(leaves, was_unit):
            leaves, was_unit = open_, unit
        fee = self._fee_of(changed(order if refusal else wanted, quantity=leaves), instrument)
        account.reserve(order.order_id, order.symbol, order.side, leaves, was_unit, None, fee)
        return refusal

    def _change_exit(self, wanted: Order, instrument: Instrument) -> Refusal | None:
        """Say why an order that may only reduce a position cannot become what is asked."""
        exit_ = self._exits.open[wanted.order_id]
        waits_for = None if exit_.waits_for is None else self._out.get(exit_.waits_for)
        assert wanted.terms is not None
        if waits_for is not None:
            most = waits_for.quantity
        else:
            room = self._room(wanted, wanted.terms, instrument, besides=wanted.order_id)
            most = _EXACT.add(exit_.filled, room)
        if wanted.quantity <= max(most, exit_.order.quantity):
            return None
        return Refusal(code="REDUCE_ONLY", text=f"limit={most}, was={wanted.quantity}")

    def _restate(self, order: Order, event: OrderReplaced) -> None:
        """Take an order's figures of after a split or a dividend; the last price may be of before."""
        assert event.adjustment is not None
        if event.order_id in self._exits.open:
            self._exits.restate(order, event.leaves, event.cumulative, event.adjustment)
        else:
            self._tie_up(order, event.leaves, self._marks.get(order.symbol))

    def _tie_up(self, order: Order, leaves: Decimal, price: float | None) -> None:
        account = self.account
        if account.open_part(order.order_id) is None:
            return
        unit = unit_value(order, self._instruments[order.symbol], price)
        assert unit is not None  # there was a price when it was sent
        account.release(order.order_id)
        if leaves:
            fee = self._fee_of(changed(order, quantity=leaves), self._instruments[order.symbol])
            account.reserve(order.order_id, order.symbol, order.side, leaves, unit, None, fee)
