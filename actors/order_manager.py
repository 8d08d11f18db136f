"""OrderManager: owns the life of every order.

Receives: `SubmitOrder` and `RefuseOrder` from the portfolio, `CancelOrder` from strategies, `ReleaseRefused` from the
breaker, `ChildAccepted` and `ChildFilled` from brokers, `RouteEnded` and `CancelRejected` from the router.
Sends: `ReleaseOrder` and `CancelOrder` to the breaker; publishes `OrderAccepted`, `OrderFilled`, `OrderCancelled`,
`OrderRejected`, `OrderExpired`, `OrderFailed`, `OrderCancelRejected` by strategy, and `OrderClosed` when all is said.
Always holds: every step of an order is in the table of `tradepit.models.order_states`; an order that was received
ends in a final state or is still open.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from decimal import Decimal

import attrs

from tradepit.actors import BREAKER, ROUTER
from tradepit.actors.kernel import Actor
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    CancelOfUnknownOrder,
    CancelOrder,
    CancelRejected,
    CancelWorkingOrders,
    ChildAccepted,
    ChildFilled,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderEnded,
    OrderExpired,
    OrderFailed,
    OrderFilled,
    OrderRejected,
    RefuseOrder,
    ReleaseOrder,
    ReleaseRefused,
    RouteEnded,
    SubmitOrder,
)
from tradepit.models.order_life import InvalidFillError, OrderLife
from tradepit.models.order_states import OrderState, OrderStep
from tradepit.models.orders import Fill, Order, OrderKind, TimeInForce
from tradepit.models.validation import DEFAULT_RULES, FillBounds, TradingState, check_order
from tradepit.models.values import positional, value

_order_accepted = positional(OrderAccepted)
_order_filled = positional(OrderFilled)
_release_order = positional(ReleaseOrder)
_ZERO = Decimal(0)
_FILLED = OrderState.FILLED
_DAY = TimeInForce.DAY

_ENDS: dict[OrderState, tuple[OrderStep, type[OrderEnded]]] = {
    OrderState.CANCELLED: (OrderStep.CANCEL, OrderCancelled),
    OrderState.REJECTED: (OrderStep.REJECT, OrderRejected),
    OrderState.EXPIRED: (OrderStep.EXPIRE, OrderExpired),
    OrderState.FAILED: (OrderStep.FAIL, OrderFailed),
}


@value
class OrderTooOld:
    """The order manager's reminder that an order has reached the greatest age.

    Attributes:
        order_id: the order.
    """

    order_id: str


@attrs.frozen(kw_only=True)
class OrderManagerSettings:
    """How orders are kept.

    Attributes:
        instruments: what can be traded, by symbol.
        next_close: the close of the session in which an order sent at an instant ends, ns.
        history: how many completed orders stay in memory.
        max_order_age_ns: age at which a working order is cancelled, or None.
        rules: names of the rules of validation that orders must pass, see `order_validation`.
        order_types: kinds that some venue takes, or None when all are taken.
        trading_state: of the market at an instant; None where it is always open.
        fill_bounds: how far fee and slippage may go, or None for no bound.
    """

    instruments: Mapping[str, Instrument]
    next_close: Callable[[int], int]
    history: int = 1000
    max_order_age_ns: int | None = None
    rules: tuple[str, ...] = DEFAULT_RULES
    order_types: tuple[OrderKind, ...] | None = None
    trading_state: Callable[[int], TradingState] | None = None
    fill_bounds: FillBounds | None = None


class OrderManager(Actor):
    """Validates orders, follows them to their end, and tells everyone."""

    constant = ("_settings",)

    def __init__(self, settings: OrderManagerSettings) -> None:
        """Make an order manager that knows no order yet."""
        self._settings = settings
        self._open: dict[str, OrderLife] = {}
        self._reasons: dict[str, str] = {}  # why we cancel an order ourselves
        self._done: OrderedDict[str, OrderLife] = OrderedDict()

    @property
    def open_orders(self) -> Mapping[str, OrderLife]:
        """Return the orders that have not ended, by id, in the order of their receipt."""
        return self._open

    # --- an order comes -------------------------------------------------------------------------------------------

    def on_submit(self, message: SubmitOrder) -> None:
        """Take an order into the books, validate it and release it to the breaker."""
        order = message.order
        order_id = order.order_id
        if order_id in self._open or order_id in self._done:
            self._refuse_duplicate(order)
            return
        now = self._system.now
        settings = self._settings
        life = self._open[order_id] = OrderLife(order, now)
        refusal = check_order(
            order,
            settings.instruments,
            now,
            order.arrival_price,
            max_age_ns=settings.max_order_age_ns,
            order_types=settings.order_types,
            state=TradingState.OPEN if settings.trading_state is None else settings.trading_state(now),
            rules=settings.rules,
        )
        if refusal is not None:
            self._end(life, OrderState.REJECTED, refusal.code, refusal.text)
            return
        life.release(now)
        expires_at = settings.next_close(now) if order.time_in_force is _DAY else None
        if settings.max_order_age_ns is not None:
            due = order.created_at + settings.max_order_age_ns
            self.call_at(max(due, now), OrderTooOld(order_id=order_id))
        self.send(BREAKER, _release_order(order, expires_at))

    def on_refuse(self, message: RefuseOrder) -> None:
        """Take an order into the books that the portfolio has refused."""
        order = message.order
        if order.order_id in self._open or order.order_id in self._done:
            self._refuse_duplicate(order)
            return
        life = self._open[order.order_id] = OrderLife(order, self.now)
        self._end(life, OrderState.REJECTED, message.code, message.text)

    def on_release_refused(self, message: ReleaseRefused) -> None:
        """End an order that the breaker held back, or give up a cancel that it held back."""
        life = self._open.get(message.order_id)
        if life is None:
            return
        if message.cancel:
            self._refuse_cancel(life, message.code, message.text)
        else:
            self._end(life, OrderState.REJECTED, message.code, message.text)

    # --- a cancel comes -------------------------------------------------------------------------------------------

    def on_cancel(self, message: CancelOrder) -> None:
        """Ask for a cancel of what is left of an order."""
        life = self._open.get(message.order_id)
        if life is None:
            self._cancel_of_none(message)
        elif life.can(OrderStep.REQUEST_CANCEL):
            life.apply(OrderStep.REQUEST_CANCEL, self.now, "CANCEL_REQUESTED")
            self.send(BREAKER, message)

    def on_too_old(self, reminder: OrderTooOld) -> None:
        """Cancel an order that has reached the greatest age."""
        life = self._open.get(reminder.order_id)
        if life is not None and life.can(OrderStep.REQUEST_CANCEL):
            life.apply(OrderStep.REQUEST_CANCEL, self.now, "MAX_ORDER_AGE")
            self._reasons[reminder.order_id] = "MAX_ORDER_AGE"
            self.send(ROUTER, CancelOrder(order_id=reminder.order_id, strategy=life.order.strategy))

    def on_cancel_all(self, _message: CancelWorkingOrders) -> None:
        """Cancel all that is open, past the breaker: at the end of a run nothing is held back."""
        for life in self._open.values():
            if life.can(OrderStep.REQUEST_CANCEL):
                life.apply(OrderStep.REQUEST_CANCEL, self.now, "END_OF_RUN")
                self._reasons[life.order.order_id] = "END_OF_RUN"
                self.send(ROUTER, CancelOrder(order_id=life.order.order_id, strategy=life.order.strategy))

    def on_cancel_rejected(self, message: CancelRejected) -> None:
        """Give up a cancel that came too late."""
        life = self._open.get(message.order_id)
        if life is not None:
            self._refuse_cancel(life, message.code, message.text)

    # --- news of an order -----------------------------------------------------------------------------------------

    def on_accepted(self, report: ChildAccepted) -> None:
        """Note that an order works."""
        life = self._open.get(report.order_id)
        if life is None:
            return
        now = self._system.now
        if life.accept(report.venue, now):
            order = life.order
            self.publish(
                _order_accepted(
                    order.order_id,
                    order.strategy,
                    order.symbol,
                    order.side,
                    life.state,
                    order.quantity,
                    life.cumulative,
                    life.leaves,
                    life.average_price,
                    now,
                )
            )

    def on_filled(self, report: ChildFilled) -> None:
        """Book an execution, also one that crossed the order's end on the wire."""
        order_id, fill = report.order_id, report.fill
        life = self._open.get(order_id)
        works = life is not None
        if life is None:  # a snapshot may hold what is done, so it is changed in a copy
            life = self._done[order_id] = self._done[order_id].copy()
        now = self._system.now
        if self._settings.fill_bounds is not None:
            self._check_bounds(fill, life.order, self._settings.fill_bounds)
        state = life.fill(fill, now)
        order = life.order
        self.publish(
            _order_filled(
                order_id,
                order.strategy,
                order.symbol,
                order.side,
                state,
                order.quantity,
                life.cumulative,
                _ZERO if life.ended_at is not None else life.leaves,
                life.average_price,
                now,
                fill,
            )
        )
        if works and state is _FILLED:
            self._close(life)

    def on_route_ended(self, message: RouteEnded) -> None:
        """End an order of which nothing is left to work."""
        life = self._open.get(message.order_id)
        if life is not None:
            reason = self._reasons.get(message.order_id)
            code = reason if reason is not None and message.code == "REQUESTED" else message.code
            self._end(life, message.state, code, message.text)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _refuse_duplicate(self, order: Order) -> None:
        """Say that an id was used before; the order that had it first goes on untouched."""
        life = OrderLife(order, self.now)
        life.apply(OrderStep.REJECT, self.now, "REJECTED", "DUPLICATE_ORDER_ID", f"{order.order_id} was used before")
        self.publish(positional(OrderRejected)(*self._news(life), life.code, life.text))
        self.publish(life.closed())

    def _check_bounds(self, fill: Fill, order: Order, bounds: FillBounds) -> None:
        """Raise for a fill whose fee or slippage is no sane figure: a venue is wrong, and nothing is booked."""
        refusal = bounds.check(fill, order, self._settings.instruments[order.symbol].multiplier)
        if refusal is not None:
            raise InvalidFillError(refusal.code, refusal.text)

    def _end(self, life: OrderLife, state: OrderState, code: str, text: str) -> None:
        step, _ = _ENDS[state]
        life.apply(step, self.now, step.value, code, text)
        _, event = _ENDS[life.state]
        self.publish(positional(event)(*self._news(life), code, text))
        self._close(life)

    def _refuse_cancel(self, life: OrderLife, code: str, text: str) -> None:
        if life.can(OrderStep.REFUSE_CANCEL):
            life.apply(OrderStep.REFUSE_CANCEL, self.now, code)
        self.publish(positional(OrderCancelRejected)(*self._news(life), code, text))

    def _cancel_of_none(self, message: CancelOrder) -> None:
        life = self._done.get(message.order_id)
        if life is not None:
            text = f"the order is {life.state}"
            self.publish(positional(OrderCancelRejected)(*self._news(life), "TOO_LATE_TO_CANCEL", text))
            return
        text = f"no order {message.order_id} among the open ones and the last {self._settings.history} done"
        self.publish(
            CancelOfUnknownOrder(order_id=message.order_id, strategy=message.strategy, code="UNKNOWN_ORDER", text=text)
        )

    def _close(self, life: OrderLife) -> None:
        order_id, done = life.order.order_id, self._done
        del self._open[order_id]
        if self._reasons:
            self._reasons.pop(order_id, None)
        done[order_id] = life
        if len(done) > self._settings.history:
            done.popitem(last=False)
        self.publish(life.closed())

    def _news(self, life: OrderLife) -> tuple[object, ...]:
        """Return the fields of an `OrderEvent`, in the order of their declaration."""
        order = life.order
        return (
            order.order_id,
            order.strategy,
            order.symbol,
            order.side,
            life.state,
            order.quantity,
            life.cumulative,
            life.leaves,
            life.average_price,
            self._system.now,
        )
