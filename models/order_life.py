"""The life of one order, with what can change in it: what is ordered, and executions that are taken back or corrected.

The order manager owns one of these for each order; the plain way of an order is in `order_progress`.
"""

from decimal import Context, Decimal
from typing import Final

from tradepit.models.fill_truth import InvalidFillError
from tradepit.models.order_progress import OrderProgress
from tradepit.models.order_states import OrderState, OrderStep
from tradepit.models.orders import Fill
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

    def restate(
        self, time: int, cause: str = "RESTATED", *, quantity: Decimal | None = None, split: Decimal | None = None
    ) -> OrderState:
        """Take the order up again, as a venue does in the morning or after a halt, and return the state after it.

        Args:
            time: when the news came, ns since the Unix epoch.
            cause: name of the event, for the history.
            quantity: total quantity from now on, more than what is filled; None leaves it.
            split: shares for each one before (2 for a split of 2:1): quantities are multiplied by it and prices
                divided (FIX 4.4, matrix H.1.b); None for none.

        Raises:
            ImpossibleStepError: there is nothing to restate in the present state.
            ValueError: the quantity leaves nothing open, or the split is not above zero.
        """
        order = self.order
        if quantity is not None and not quantity > self.cumulative:
            text = f"quantity must be above {self.cumulative}, which is filled, was {quantity}"
            raise ValueError(f"order {order.order_id}: {text}")
        if split is not None and not split > _ZERO:
            raise ValueError(f"order {order.order_id}: split must be above 0, was {split}")
        after = self._take(OrderStep.RESTATE, time, cause)
        if quantity is not None:
            self.order = order = changed(order, quantity=quantity)
        if split is not None:
            limit, stop = order.limit_price, order.stop_price
            self.order = changed(
                order,
                quantity=_multiply(order.quantity, split),
                limit_price=None if limit is None else _shown(limit, split),
                stop_price=None if stop is None else _shown(stop, split),
            )
            self._count(_multiply(self.cumulative, split), self.notional, self.fees)
            self._fills = {
                fill_id: changed(fill, quantity=_multiply(fill.quantity, split), price=_shown(fill.price, split))
                for fill_id, fill in self._fills.items()
            }
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
        cumulative = _subtract(self.cumulative, known.quantity)
        layers = self._in_layers()
        step = OrderStep.BUST if cumulative else OrderStep.BUST_ALL
        after = self._take(step, time, f"BUSTED {fill.fill_id}")
        layers.gone += (fill.fill_id,)
        del self._fills[fill.fill_id]
        notional = _subtract(self.notional, _multiply(known.price, known.quantity))
        self._count(cumulative, notional, _subtract(self.fees, known.fee))
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
        cumulative = _add(_subtract(self.cumulative, known.quantity), quantity)
        foreign = fill.order_id != order.order_id or fill.symbol != order.symbol or fill.side is not order.side
        if foreign or cumulative > order.quantity or not (quantity > _ZERO and price.is_finite()):
            raise self._untrue(fill, corrects=known)
        whole = cumulative == order.quantity
        after = self._take(OrderStep.CORRECT_FILL if whole else OrderStep.CORRECT, time, f"CORRECTED {fill.fill_id}")
        self._fills[fill.fill_id] = fill
        notional = _subtract(self.notional, _multiply(known.price, known.quantity))
        fees = _add(_subtract(self.fees, known.fee), fill.fee)
        self._count(cumulative, _add(notional, _multiply(price, quantity)), fees)
        return after

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
