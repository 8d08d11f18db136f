"""The order manager's books: the lives of all orders, how they end, and what their groups demand.

The handlers are in `order_manager`.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal

import attrs

from tradepit.actors import BREAKER, ROUTER
from tradepit.actors.kernel import Actor
from tradepit.models.done_orders import DoneOrders
from tradepit.models.fill_truth import InvalidFillError
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    CancelOfUnknownOrder,
    CancelOrder,
    FillBusted,
    FillCorrected,
    GroupOverfilled,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderEnded,
    OrderExpired,
    OrderFailed,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReplaceRejected,
    OrderRevised,
    ReleaseOrder,
    ReplaceOfUnknownOrder,
    ReplaceOrder,
    TradeCorrectionRefused,
    WorkOrder,
)
from tradepit.models.order_groups import Consequence, Drop, OrderGroups, Overfill, Parent, Release
from tradepit.models.order_life import OrderLife
from tradepit.models.order_states import OrderState, OrderStep
from tradepit.models.order_validation import Rule
from tradepit.models.orders import Fill, Order, OrderKind, Refusal, TimeInForce
from tradepit.models.validation import DEFAULT_RULES, RULES, FillBounds, TradingState, check_order, passes_every_rule
from tradepit.models.values import changed, positional, value

_order_accepted = positional(OrderAccepted)
_order_filled = positional(OrderFilled)
_release_order = positional(ReleaseOrder)
_ZERO = Decimal(0)
_EXACT = Context(prec=200)
_FILLED = OrderState.FILLED
_DAY = TimeInForce.DAY
_PENDING = (OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE)

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
        keeps_all: whether all of them do, because venues may take any execution back.
        max_order_age_ns: age at which a working order is cancelled, or None.
        rules: names of the rules of validation that orders must pass, and a user's own, see `order_validation`.
        order_types: kinds that some venue takes, or None when all are taken.
        trading_state: of the market at an instant; None where it is always open.
        fill_bounds: rules for fills beside those that always hold, or None for no more.
    """

    instruments: Mapping[str, Instrument]
    next_close: Callable[[int], int]
    history: int = 1000
    keeps_all: bool = False
    max_order_age_ns: int | None = None
    rules: tuple[str | Rule, ...] = DEFAULT_RULES
    order_types: tuple[OrderKind, ...] | None = None
    trading_state: Callable[[int], TradingState] | None = None
    fill_bounds: FillBounds | None = None


class OrderKeeping(Actor):
    """Keeps the lives of orders."""

    constant = ("_settings", "_always_asks")

    def __init__(self, settings: OrderManagerSettings) -> None:
        """Open the books.

        Raises:
            KeyError: there is no rule of a name.
        """
        own = [rule for rule in settings.rules if not isinstance(rule, str)]
        for name in settings.rules:
            if isinstance(name, str):
                RULES[name]  # said here, for a plain order would never ask
        self._settings = settings
        self._always_asks = settings.trading_state is not None or bool(own)
        self._open: dict[str, OrderLife] = {}
        self._reasons: dict[str, str] = {}  # why we cancel an order ourselves
        self._done = DoneOrders(None if settings.keeps_all else settings.history)
        self._groups: OrderGroups | None = None  # from the first order on that hangs together with another

    @property
    def open_orders(self) -> Mapping[str, OrderLife]:
        """Return the orders that have not ended, by id, in the order of their receipt."""
        return self._open

    # --- checks ---------------------------------------------------------------------------------------------------

    def _refusal(self, order: Order) -> Refusal | None:
        """Say why an order cannot be as it is, by the rules that the scenario has chosen."""
        settings, now = self._settings, self._system.now
        allowed = settings.order_types
        if (
            not self._always_asks
            and (allowed is None or order.kind in allowed)
            and passes_every_rule(order, settings.instruments, now, settings.max_order_age_ns)
        ):
            return None  # nearly every order; no rule need be asked
        return check_order(
            order,
            settings.instruments,
            now,
            order.arrival_price,
            max_age_ns=settings.max_order_age_ns,
            order_types=allowed,
            state=TradingState.OPEN if settings.trading_state is None else settings.trading_state(now),
            rules=settings.rules,
        )

    def _given_expiry(self, order: Order) -> int | None:
        terms = order.terms
        return None if terms is None else terms.expires_at

    def _done_life(self, order_id: str) -> OrderLife:
        """Return the life of an order that has ended, to be changed: in a copy, for a snapshot may hold it.

        Raises:
            ValueError: it is no longer remembered.
        """
        life = self._done.get(order_id)
        if life is None:
            raise ValueError(
                f"news of an execution must be of an open order or one of the last {self._settings.history} done, "
                f"was of {order_id}; raise orders.history"
            )
        life = life.copy()
        self._done.replace(life)
        return life

    def _life_to_change(self, report: FillBusted | FillCorrected) -> OrderLife | None:
        """Return the life of the order of an execution that is taken back or corrected.

        Of an execution that never came here nothing is to be taken back: that is published, and None returned.

        Raises:
            ValueError: the order has ended, and is no longer remembered.
        """
        order_id, fill = report.order_id, report.fill
        life = self._open[order_id] if order_id in self._open else self._done_life(order_id)
        if life.has_fill(fill.fill_id):
            return life
        text = f"order {order_id} has no fill {fill.fill_id}"
        self.publish(
            TradeCorrectionRefused(
                venue=fill.venue, fill_id=fill.fill_id, code="UNKNOWN_FILL", text=text, time=self.now
            )
        )
        return None

    def _settle(self, life: OrderLife, *, works: bool) -> None:
        """End an order again that was done before a bust or correction gave it something open: no venue works it."""
        if not works and not life.final:
            text = f"leaves={life.leaves} after the order was done"
            life.apply(OrderStep.CANCEL, self.now, "CANCEL", "FILL_BUSTED", text)

    def _revise(self, life: OrderLife, before: Decimal, fill: Fill) -> None:
        """Tell the story of an order again that had ended."""
        self.publish(OrderRevised(strategy=life.order.strategy, closed=life.closed(), before=before, venue=fill.venue))

    def _withdraw(self, life: OrderLife, reason: str, text: str) -> None:
        """Cancel what is left of an order for a reason of our own, past the breaker."""
        order_id = life.order.order_id
        if life.state is OrderState.VALIDATED:
            self._end(life, OrderState.CANCELLED, reason, text)
        elif life.can(OrderStep.REQUEST_CANCEL):
            life.apply(OrderStep.REQUEST_CANCEL, self.now, reason)
            self._reasons[order_id] = reason
            self.send(ROUTER, CancelOrder(order_id=order_id, strategy=life.order.strategy))

    # --- groups ---------------------------------------------------------------------------------------------------

    def _submit_tied(self, life: OrderLife) -> None:
        """Take an order in that hangs together with others; it may have to wait."""
        order = life.order
        assert order.terms is not None
        groups = self._groups
        if groups is None:
            groups = self._groups = OrderGroups()
        parent_id = order.terms.parent_id
        above = None if parent_id is None else self._open.get(parent_id) or self._done.get(parent_id)
        refusal = groups.join(order, None if above is None else self._so_far(above))
        if refusal is not None:
            self._end(life, OrderState.REJECTED, refusal.code, refusal.text)
            return
        life.apply(OrderStep.VALIDATE, self.now, "VALIDATED")
        self._follow(groups.start(order.order_id))

    def _tell_groups(self, life: OrderLife) -> None:
        assert self._groups is not None
        if self._groups.concerns(life.order.order_id):
            self._follow(self._groups.note(life.order.order_id, self._so_far(life)))

    def _so_far(self, life: OrderLife) -> Parent:
        """Return how far an order has come, in whole lots: a split may have left a part of one."""
        filled, instrument = life.cumulative, self._settings.instruments[life.order.symbol]
        if not instrument.on_lot(filled):
            filled = instrument.quantity(filled)
        return Parent(filled, life.final, life.state is _FILLED)

    def _follow(self, consequences: Iterable[Consequence]) -> None:
        """Do what follows for the others of a group."""
        for consequence in list(consequences):
            if isinstance(consequence, Overfill):
                known = self._open.get(consequence.order_id) or self._done.get(consequence.order_id)
                assert known is not None
                self.publish(positional(GroupOverfilled)(*self._news(known), consequence.group, consequence.quantity))
                continue
            life = self._open.get(consequence.order_id)
            if life is None:
                continue
            order_id, now = consequence.order_id, self.now
            if isinstance(consequence, Drop):
                self._withdraw(life, consequence.code, consequence.text)
            elif isinstance(consequence, Release):
                expires_at = (
                    self._settings.next_close(now)
                    if life.order.time_in_force is _DAY
                    else self._given_expiry(life.order)
                )
                life.apply(OrderStep.ROUTE, now, "RELEASED")
                works = None if consequence.quantity == life.order.quantity else consequence.quantity
                self.send(BREAKER, _release_order(life.order, expires_at, works))
            elif consequence.last:
                self.send(
                    ROUTER,
                    ReplaceOrder(
                        order_id=order_id,
                        strategy=life.order.strategy,
                        quantity=consequence.quantity,
                        limit_price=None,
                        stop_price=None,
                        for_group=True,
                    ),
                )
            else:
                self.send(ROUTER, WorkOrder(order_id=order_id, quantity=consequence.quantity))

    # --- changes --------------------------------------------------------------------------------------------------

    def _replace_refusal(self, life: OrderLife, message: ReplaceOrder) -> Refusal | None:
        """Say why an order cannot be changed so (FIX 4.4 CxlRejReason 3 where a request is unanswered)."""
        pending = [state for state in life.states if state in _PENDING]
        if pending:
            return Refusal(code="ALREADY_PENDING", text=f"the order is {pending[0]}")
        quantity, limit, stop = message.quantity, message.limit_price, message.stop_price
        if quantity is None and limit is None and stop is None:
            return Refusal(code="NOTHING_TO_REPLACE", text="a change has a quantity, a limit_price or a stop_price")
        order = life.order
        terms = order.terms
        held = life.state is OrderState.VALIDATED
        if quantity is not None and not held and self._groups is not None and self._groups.grows(order.order_id):
            assert terms is not None
            return Refusal(code="FOLLOWS_PARENT", text=f"its quantity is what {terms.parent_id} has filled")
        wanted = changed(
            order,
            quantity=order.quantity if quantity is None else quantity,
            limit_price=order.limit_price if limit is None else limit,
            stop_price=order.stop_price if stop is None else stop,
            created_at=self.now,
            arrival_price=None,  # the market has moved on, and tells by itself whether a stop is reached
        )
        return self._refusal(wanted)

    def _replaced(self, life: OrderLife) -> None:
        """Tell everyone that a strategy's change holds."""
        order_id = life.order.order_id
        self._say_replaced(life)
        if self._groups is not None:
            self._groups.resize(order_id, life.order.quantity)
        if life.final:
            self._close(life)

    def _say_replaced(self, life: OrderLife) -> None:
        order = life.order
        self.publish(positional(OrderReplaced)(*self._news(life), order.limit_price, order.stop_price))

    def _replace_of_none(self, message: ReplaceOrder) -> None:
        life = self._done.get(message.order_id)
        if life is not None:
            text = f"the order is {life.state}"
            self.publish(positional(OrderReplaceRejected)(*self._news(life), "TOO_LATE_TO_CANCEL", text))
            return
        text = f"no order {message.order_id} among the open ones and the last {self._settings.history} done"
        self.publish(
            ReplaceOfUnknownOrder(order_id=message.order_id, strategy=message.strategy, code="UNKNOWN_ORDER", text=text)
        )

    # --- ends -----------------------------------------------------------------------------------------------------

    def _refuse_duplicate(self, order: Order) -> None:
        """Say that an id was used before; the order that had it first goes on untouched."""
        life = OrderLife(order, self.now)
        life.apply(OrderStep.REJECT, self.now, "REJECTED", "DUPLICATE_ORDER_ID", f"{order.order_id} was used before")
        self.publish(positional(OrderRejected)(*self._news(life), life.code, life.text))
        self.publish(life.closed())

    def _check_bounds(self, fill: Fill, life: OrderLife, bounds: FillBounds) -> None:
        """Raise for a fill that breaks a rule which the scenario chose: a venue is wrong, and nothing is booked."""
        order = life.order
        known = (fill.fill_id,) if life.has_fill(fill.fill_id) else ()
        multiplier = self._settings.instruments[order.symbol].multiplier
        refusal = bounds.check(fill, order, multiplier, life.cumulative, known)
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
        order_id = life.order.order_id
        del self._open[order_id]
        if self._reasons:
            self._reasons.pop(order_id, None)
        self._done.add(life)
        self.publish(life.closed())
        if self._groups is not None:
            self._tell_groups(life)

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
