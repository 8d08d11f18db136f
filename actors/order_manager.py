"""OrderManager: owns the life of every order.

Receives: `SubmitOrder`, `RefuseOrder`, `CancelOrder` and `ReplaceOrder` from the portfolio, `ReleaseRefused` from the
breaker, `ChildAccepted`, `ChildFilled`, `ChildReplaced`, `ChildRestated`, `FillBusted` and `FillCorrected` from
brokers, `RouteEnded`, `CancelRejected` and `ReplaceRejected` from the router.
Sends: `ReleaseOrder`, `CancelOrder` and `ReplaceOrder` to the breaker, what groups demand to the router; publishes
`OrderAccepted`, `OrderFilled`, `OrderCancelled`, `OrderRejected`, `OrderExpired`, `OrderFailed`, `OrderReplaced`,
`OrderCancelRejected`, `OrderReplaceRejected`, `OrderFillBusted`, `OrderFillCorrected` and `GroupOverfilled` by
strategy, `OrderClosed` when all is said, and `OrderRevised` when more is said after that.
Always holds: every step of an order is in the table of `tradepit.models.order_states`; an order that was received
ends in a final state or is still open. What is live already answers to its group past the breaker, which looks at what
goes out.
"""

from decimal import Context, Decimal

from tradepit.actors import BREAKER
from tradepit.actors.order_keeping import OrderKeeping, OrderManagerSettings, OrderTooOld
from tradepit.models.messages import (
    AdjustOrder,
    AdjustOrdersOf,
    CancelOrder,
    CancelOrdersOf,
    CancelRejected,
    CancelWorkingOrders,
    ChildAccepted,
    ChildFilled,
    ChildReplaced,
    ChildRestated,
    FillBusted,
    FillCorrected,
    FillOfForgottenOrder,
    OrderAccepted,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderReplaced,
    OrderReplaceRejected,
    RefuseOrder,
    RefuseReplace,
    ReleaseOrder,
    ReleaseRefused,
    ReplaceOrder,
    ReplaceRejected,
    RouteEnded,
    SubmitOrder,
)
from tradepit.models.order_adjustments import OUTLIVING, adjusted_prices, adjusted_terms, open_lots
from tradepit.models.order_groups import GROUP
from tradepit.models.order_life import OrderLife
from tradepit.models.order_states import OrderState, OrderStep
from tradepit.models.orders import TimeInForce
from tradepit.models.values import changed, positional

__all__ = ["OrderManager", "OrderManagerSettings"]

_order_accepted = positional(OrderAccepted)
_order_filled = positional(OrderFilled)
_release_order = positional(ReleaseOrder)
_ZERO = Decimal(0)
_EXACT = Context(prec=200)
_FILLED = OrderState.FILLED
_DAY = TimeInForce.DAY
_PENDING = (OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE)


class OrderManager(OrderKeeping):
    """Validates orders, follows them to their end, and tells everyone."""

    # --- an order comes -------------------------------------------------------------------------------------------

    def on_submit(self, message: SubmitOrder) -> None:
        """Take an order into the books, validate it and release it to the breaker."""
        order = message.order
        order_id = order.order_id
        if order_id in self._open or self._done.get(order_id) is not None:
            self._refuse_duplicate(order)
            return
        now = self._system.now
        settings = self._settings
        life = self._open[order_id] = OrderLife(order, now)
        refusal = self._refusal(order)
        if refusal is not None:
            self._end(life, OrderState.REJECTED, refusal.code, refusal.text)
            return
        if settings.max_order_age_ns is not None:
            due = order.created_at + settings.max_order_age_ns
            self.call_at(max(due, now), OrderTooOld(order_id=order_id))
        if order.terms is not None and (order.terms.group is not None or order.terms.parent_id is not None):
            self._submit_tied(life)
            return
        life.release(now)
        expires_at = settings.next_close(now) if order.time_in_force is _DAY else self._given_expiry(order)
        self.send(BREAKER, _release_order(order, expires_at))

    def on_refuse(self, message: RefuseOrder) -> None:
        """Take an order into the books that the portfolio has refused."""
        order = message.order
        if order.order_id in self._open or self._done.get(order.order_id) is not None:
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
        elif life.state is OrderState.VALIDATED:
            self._end(life, OrderState.CANCELLED, "REQUESTED", "it was held")
        elif life.can(OrderStep.REQUEST_CANCEL):
            life.apply(OrderStep.REQUEST_CANCEL, self.now, "CANCEL_REQUESTED")
            self.send(BREAKER, message)

    def on_too_old(self, reminder: OrderTooOld) -> None:
        """Cancel an order that has reached the greatest age."""
        life = self._open.get(reminder.order_id)
        if life is not None:
            self._withdraw(life, "MAX_ORDER_AGE", "it was held")

    def on_cancel_all(self, _message: CancelWorkingOrders) -> None:
        """Cancel all that is open, past the breaker: at the end of a run nothing is held back."""
        for life in list(self._open.values()):
            if life.order.order_id in self._open:  # the end of one may have ended another
                self._withdraw(life, "END_OF_RUN", "it was held")

    def on_cancel_symbol(self, message: CancelOrdersOf) -> None:
        """Cancel what is open of a symbol, past the breaker: its instrument changes, or a margin call closes it."""
        for life in list(self._open.values()):
            if life.order.symbol == message.symbol and life.order.order_id in self._open:
                self._withdraw(life, message.code, "it was held")

    # --- a split or a dividend ------------------------------------------------------------------------------------

    def on_adjust(self, message: AdjustOrdersOf) -> None:
        """Restate the orders of a symbol that outlive the day; a split ends the others, a dividend leaves them."""
        adjustment = message.adjustment
        for life in list(self._open.values()):
            order = life.order
            if order.symbol != message.symbol or order.order_id not in self._open:
                continue
            if order.time_in_force not in OUTLIVING:
                if not adjustment.amount:
                    self._withdraw(life, message.code, "it was held")
            elif not adjustment.concerns(order):
                continue
            elif life.state is OrderState.VALIDATED:
                self._adjust_held(life, message)
            else:
                self.send(BREAKER, AdjustOrder(order_id=order.order_id, adjustment=adjustment))

    def _adjust_held(self, life: OrderLife, message: AdjustOrdersOf) -> None:
        order, instrument = life.order, self._settings.instruments[life.order.symbol]
        prices = adjusted_prices(order, message.adjustment, instrument)
        if prices is None:
            self._end(life, OrderState.CANCELLED, message.code, "no price is left")
            return
        self._adjusted(
            life,
            ChildRestated(
                child_id=f"{order.order_id}.0",
                new_id=f"{order.order_id}.1",
                order_id=order.order_id,
                venue="",
                adjustment=message.adjustment,
                open_before=order.quantity,
                leaves=open_lots(order.quantity, message.adjustment, instrument),
                limit_price=prices[0],
                stop_price=prices[1],
                time=self.now,
            ),
        )

    def on_restated(self, report: ChildRestated) -> None:
        """Count an order in the units of after a split."""
        life = self._open.get(report.order_id)
        if life is not None:
            self._adjusted(life, report)

    def _adjusted(self, life: OrderLife, report: ChildRestated) -> None:
        order, adjustment, groups = life.order, report.adjustment, self._groups
        instrument = self._settings.instruments[order.symbol]
        rest = report.open_before
        if groups is not None and groups.grows(order.order_id):  # what it may not do yet is open as well
            rest = max(rest, life.leaves)
        done = max(_EXACT.subtract(order.quantity, rest), _ZERO)
        quantity = _EXACT.add(adjustment.quantity(done), open_lots(rest, adjustment, instrument))
        wanted = changed(
            order,
            quantity=quantity,
            limit_price=report.limit_price,
            stop_price=report.stop_price,
            terms=adjusted_terms(order.terms, order.side, adjustment, instrument),
        )
        life.adjust(self.now, adjustment, wanted, report.new_id)
        self.publish(positional(OrderReplaced)(*self._news(life), wanted.limit_price, wanted.stop_price, adjustment))
        if groups is not None:
            groups.restate(order.order_id, order.quantity, wanted.quantity, adjustment, instrument)

    def on_cancel_rejected(self, message: CancelRejected) -> None:
        """Give up a cancel that came too late."""
        life = self._open.get(message.order_id)
        if life is not None:
            self._refuse_cancel(life, message.code, message.text)

    # --- a change comes -------------------------------------------------------------------------------------------

    def on_replace(self, message: ReplaceOrder) -> None:
        """Ask for a change of an order; one that is held is changed here and now."""
        life = self._open.get(message.order_id)
        if life is None:
            self._replace_of_none(message)
            return
        refusal = self._replace_refusal(life, message)
        if refusal is not None:
            self.publish(positional(OrderReplaceRejected)(*self._news(life), refusal.code, refusal.text))
        elif life.state is OrderState.VALIDATED:
            life.replace(
                self.now,
                quantity=message.quantity,
                limit_price=message.limit_price,
                stop_price=message.stop_price,
            )
            self._replaced(life)
        else:
            life.apply(OrderStep.REQUEST_REPLACE, self.now, "REPLACE_REQUESTED")
            self.send(BREAKER, message)

    def on_replaced(self, report: ChildReplaced) -> None:
        """Note that a venue has changed an order."""
        life = self._open.get(report.order_id)
        if life is None:
            return
        now, quantity = self.now, _EXACT.add(life.cumulative, report.leaves)
        grows = self._groups is not None and self._groups.grows(report.order_id)
        if report.for_group:
            if grows or quantity == life.order.quantity or not report.leaves:
                return  # it works for more or less of its quantity, which stays
            life.restate(now, GROUP, quantity=quantity)
            self._say_replaced(life)
            return
        life.replace(
            now,
            quantity=None if grows else quantity,
            limit_price=report.limit_price,
            stop_price=report.stop_price,
        )
        self._replaced(life)

    def on_replace_rejected(self, message: ReplaceRejected) -> None:
        """Give up a change that was refused."""
        life = self._open.get(message.order_id)
        if life is not None and OrderState.PENDING_REPLACE in life.states:
            life.apply(OrderStep.REFUSE_REPLACE, self.now, message.code)
            self.publish(positional(OrderReplaceRejected)(*self._news(life), message.code, message.text))

    def on_refuse_replace(self, message: RefuseReplace) -> None:
        """Tell of a change that the portfolio has refused."""
        life = self._open.get(message.order_id) or self._done.get(message.order_id)
        if life is not None:
            self.publish(positional(OrderReplaceRejected)(*self._news(life), message.code, message.text))

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
        now = self._system.now
        if life is None:
            if self._done.get(order_id) is None:  # nobody can hold it to its order any more, and it has happened
                self.publish(FillOfForgottenOrder(strategy=fill.strategy, fill=fill, time=now))
                return
            life = self._done_life(order_id)
        if self._settings.fill_bounds is not None:
            self._check_bounds(fill, life, self._settings.fill_bounds)
        before = life.cumulative
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
        if not works:
            self._revise(life, before, fill)
        if works and state is _FILLED:
            self._close(life)
        elif self._groups is not None:
            self._tell_groups(life)

    def on_busted(self, report: FillBusted) -> None:
        """Take back an execution, also one of an order that has ended: what is left of that works no more."""
        works = report.order_id in self._open
        life = self._life_to_change(report)
        if life is None:
            return
        before = life.cumulative
        life.bust(report.fill, self.now)
        self._settle(life, works=works)
        self.publish(positional(OrderFillBusted)(*self._news(life), report.fill, report.reason))
        if not works:
            self._revise(life, before, report.fill)
        if self._groups is not None:
            self._tell_groups(life)

    def on_corrected(self, report: FillCorrected) -> None:
        """Correct an execution, also one of an order that has ended."""
        works = report.order_id in self._open
        life = self._life_to_change(report)
        if life is None:
            return
        before = life.cumulative
        life.correct(report.fill, self.now)
        self._settle(life, works=works)
        self.publish(positional(OrderFillCorrected)(*self._news(life), report.before, report.fill, report.reason))
        if not works:
            self._revise(life, before, report.fill)
        if works and life.final:
            self._close(life)
        elif self._groups is not None:
            self._tell_groups(life)

    def on_route_ended(self, message: RouteEnded) -> None:
        """End an order of which nothing is left to work."""
        life = self._open.get(message.order_id)
        if life is not None:
            reason = self._reasons.get(message.order_id)
            code = reason if reason is not None and message.code == "REQUESTED" else message.code
            self._end(life, message.state, code, message.text)
