"""The life of one order, with what can change in it: what is ordered, and executions that are taken back or corrected.

The order manager owns one of these for each order; the plain way of an order is in `order_progress`.
"""

from decimal import Context, Decimal
from typing import Final

from tradepit.models.fill_truth import InvalidFillError
from tradepit.models.order_adjustments import Adjustment, Restatements
from tradepit.models.order_progress import OrderProgress
from tradepit.models.order_states import OrderState, OrderStep
from tradepit.models.orders import Fill, Order
from tradepit.models.values import changed

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_shown: Final = Context(prec=28).divide


class OrderLife(OrderProgress):
    """Follow one order from its receipt to its end, and through what changes on the way.

    Attributes: those of `OrderProgress`.
    """

    __slots__ = ()

    def replace(
        self,
        time: int,
        *,
        quantity: Decimal | None = None,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
        cause: str = "REPLACED",
    ) -> OrderState:
        """Change the order, and return the state after it; what is None stays as it is.

        A quantity below what is filled becomes what is filled, and the order is FILLED: the request means that the
        rest is to be cancelled (FIX 4.4, matrices C.3.b and C.3.c). A larger quantity gives a filled order something
        open again (C.1.c). The venue may change an order that nobody asked it to change.

        Args:
            time: when the news came, ns since the Unix epoch.
            quantity: total quantity, what is filled included.
            limit_price: the limit.
            stop_price: the trigger.
            cause: name of the event, for the history.

        Raises:
            ImpossibleStepError: the order has ended otherwise than by being filled, or was not validated yet.
            ValueError: the quantity is not above zero, and nothing is filled.
        """
        order, cumulative = self.order, self.cumulative
        total = order.quantity if quantity is None else max(quantity, cumulative)
        if not total > _ZERO:
            raise ValueError(f"order {order.order_id}: quantity must be above 0, was {quantity}")
        after = self._take(OrderStep.REPLACE_FILL if total == cumulative else OrderStep.REPLACE, time, cause)
        self.order = changed(
            order,
            quantity=total,
            limit_price=order.limit_price if limit_price is None else limit_price,
            stop_price=order.stop_price if stop_price is None else stop_price,
        )
        return after

    def restate(self, time: int, cause: str = "RESTATED", *, quantity: Decimal | None = None) -> OrderState:
        """Take the order up again, as a venue does in the morning or after a halt, and return the state after it.

        Args:
            time: when the news came, ns since the Unix epoch.
            cause: name of the event, for the history.
            quantity: total quantity from now on, more than what is filled; None leaves it.

        Raises:
            ImpossibleStepError: there is nothing to restate in the present state.
            ValueError: the quantity leaves nothing open.
        """
        order = self.order
        if quantity is not None and not quantity > self.cumulative:
            text = f"quantity must be above {self.cumulative}, which is filled, was {quantity}"
            raise ValueError(f"order {order.order_id}: {text}")
        after = self._take(OrderStep.RESTATE, time, cause)
        if quantity is not None:
            self.order = changed(order, quantity=quantity)
        return after

    def adjust(self, time: int, adjustment: Adjustment, wanted: Order, first: str) -> OrderState:
        """Restate the order after a split or a dividend, and return the state after it (FIX 4.4, matrix H.1.b).

        What is filled counts in the units of today; the fills stay as they were.

        Args:
            time: when the news came, ns since the Unix epoch.
            adjustment: what has happened.
            wanted: the order as it is now; its quantity is more than what is filled.
            first: id of the first child order of after.

        Raises:
            ImpossibleStepError: the order has ended.
        """
        held = self.state is OrderState.VALIDATED
        after = self._take(OrderStep.REPLACE if held else OrderStep.RESTATE, time, str(adjustment))
        self.order = wanted
        layers = self._in_layers()
        layers.restated = (layers.restated or Restatements()).then(first, adjustment)
        self._count(adjustment.quantity(self.cumulative), self.notional, self.fees)
        return after

    def has_fill(self, fill_id: str) -> bool:
        """Tell whether an execution is one of the order's, and was not taken back."""
        return fill_id in self._fills

    def bust(self, fill: Fill, time: int) -> OrderState:
        """Take back an execution, and return the state after it.

        An order that was filled has something open again (FIX 4.4, matrix J.1.a); one that had ended otherwise stays
        as it ended, with a smaller CumQty (J.1.b).

        Args:
            fill: the execution, of which the id counts.
            time: when the news came, ns since the Unix epoch.

        Raises:
            InvalidFillError: no such execution holds.
        """
        known = self._known(fill)
        off = self._today(known)
        cumulative = _subtract(self.cumulative, off)
        layers = self._in_layers()
        step = OrderStep.BUST if cumulative else OrderStep.BUST_ALL
        after = self._take(step, time, f"BUSTED {fill.fill_id}")
        layers.gone += (fill.fill_id,)
        del self._fills[fill.fill_id]
        notional = _subtract(self.notional, _multiply(known.price, known.quantity))
        self._count(cumulative, notional, _subtract(self.fees, known.fee))
        self._drop(known, off)
        return after

    def correct(self, fill: Fill, time: int) -> OrderState:
        """Correct an execution, and return the state after it.

        Args:
            fill: the execution as it really was, under the id that it had.
            time: when the news came, ns since the Unix epoch.

        Raises:
            InvalidFillError: no such execution holds, it is another order's, or it would overfill this one.
        """
        known, order = self._known(fill), self.order
        quantity, price = fill.quantity, fill.price
        off = _subtract(self._today(known), self._today(fill))
        cumulative = _subtract(self.cumulative, off)
        foreign = fill.order_id != order.order_id or fill.symbol != order.symbol or fill.side is not order.side
        if foreign or cumulative > order.quantity or not (quantity > _ZERO and price.is_finite()):
            raise self._untrue(fill, corrects=known)
        whole = cumulative == order.quantity
        after = self._take(OrderStep.CORRECT_FILL if whole else OrderStep.CORRECT, time, f"CORRECTED {fill.fill_id}")
        self._fills[fill.fill_id] = fill
        notional = _subtract(self.notional, _multiply(known.price, known.quantity))
        fees = _add(_subtract(self.fees, known.fee), fill.fee)
        self._count(cumulative, _add(notional, _multiply(price, quantity)), fees)
        self._drop(fill, off)
        return after

    def _drop(self, fill: Fill, quantity: Decimal) -> None:
        """Take off the order what was executed before it was restated, and is not: no venue works it again."""
        layers = self._layers
        if layers is None or layers.restated is None or self.ended_at is not None:
            return
        if layers.restated.before(fill.child_id):
            self.order = changed(self.order, quantity=_subtract(self.order.quantity, quantity))

    def _known(self, fill: Fill) -> Fill:
        known = self._fills.get(fill.fill_id)
        if known is None:
            text = f"order {self.order.order_id} has no fill {fill.fill_id}"
            raise InvalidFillError("UNKNOWN_FILL", text)
        return known

    def _count(self, cumulative: Decimal, notional: Decimal, fees: Decimal) -> None:
        """Set the figures after something other than one more fill."""
        self.cumulative, self.notional, self.fees = cumulative, notional, fees
        self.average_price = _shown(notional, cumulative) if cumulative else _ZERO
