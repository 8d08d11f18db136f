"""The life of one order: its state, what was filled of it, what that cost, and its history.

The order manager owns one of these for each order. It turns news into steps of the table in `order_states` and keeps
the figures of FIX 4.4: CumQty (`cumulative`), LeavesQty (`leaves`) and AvgPx (`average_price`).
"""

from decimal import Context, Decimal
from typing import Final

from tradepit.models.messages import OrderClosed
from tradepit.models.order_states import FINAL_STATES, ROWS, ImpossibleStepError, OrderState, OrderStep
from tradepit.models.order_states import step as follow
from tradepit.models.orders import Fill, Order, Side
from tradepit.models.values import positional

_ZERO: Final = Decimal(0)
# Sums are exact, whatever precision a strategy sets for itself; only the division for the average price rounds.
_EXACT: Final = Context(prec=200)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_shown: Final = Context(prec=28).divide

# Every order comes through here: a module's own name is found several times faster than the member of an enumeration.
_BUY: Final = Side.BUY
_RECEIVED: Final = OrderState.RECEIVED
_PENDING_CANCEL: Final = OrderState.PENDING_CANCEL
_ACCEPT: Final = OrderStep.ACCEPT
_FILL: Final = OrderStep.FILL
_PARTIAL_FILL: Final = OrderStep.PARTIAL_FILL
_REJECT: Final = OrderStep.REJECT
# The steps that every order takes on its way out, read off the table once.
_VALIDATED: Final = follow(_RECEIVED, OrderStep.VALIDATE)
_ROUTED: Final = follow(_VALIDATED, OrderStep.ROUTE)
_ACCEPTED: Final = follow(_ROUTED, _ACCEPT)
_closed = positional(OrderClosed)


class InvalidFillError(ValueError):
    """A fill that cannot be true of its order.

    Attributes:
        code: stable name, documented in docs/errors.md.
        text: one line with the figures.
    """

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text
        super().__init__(f"{code}: {text}")


class OrderLife:
    """Follow one order from its receipt to its end.

    Attributes:
        order: the order.
        state: where it stands.
        cumulative: quantity filled so far.
        notional: sum of price times quantity of its fills, without the instrument's multiplier; exact.
        average_price: average price of what was filled, to 28 significant digits; 0 when nothing was.
        fees: sum of the fees of its fills.
        venues: where parts of it were sent, in order, each venue once.
        history: (state after it, time in ns, cause) of every step.
        code: why it ended, empty when it was filled or has not ended.
        text: the figures of that.
        ended_at: when nothing of it worked any more, ns since the Unix epoch; None before.
    """

    __slots__ = (
        "_beneath",
        "_fill_ids",
        "average_price",
        "code",
        "cumulative",
        "ended_at",
        "fees",
        "history",
        "notional",
        "order",
        "state",
        "text",
        "venues",
    )

    def __init__(self, order: Order, received_at: int) -> None:
        """Begin the life of an order that was received at `received_at`, ns since the Unix epoch."""
        self.order = order
        self.state = _RECEIVED
        self.cumulative = self.notional = self.average_price = self.fees = _ZERO
        self.venues: tuple[str, ...] = ()
        self.history: list[tuple[str, int, str]] = [(_RECEIVED, received_at, "RECEIVED")]
        self.code = self.text = ""
        self.ended_at: int | None = None
        self._fill_ids: dict[str, None] = {}
        self._beneath: OrderState  # that a refused cancel gives back; there is none before one is asked for

    def copy(self) -> "OrderLife":
        """Return a life of its own that has come as far."""
        other = OrderLife.__new__(OrderLife)
        for name in OrderLife.__slots__:
            if hasattr(self, name):
                setattr(other, name, getattr(self, name))
        other.history = list(self.history)
        other._fill_ids = dict(self._fill_ids)  # noqa: SLF001  its own kind
        return other

    def __deepcopy__(self, _memo: object) -> "OrderLife":
        # What is over changes no more, but for a fill that was overtaken: whoever books one takes a copy first.
        return self if self.ended_at is not None else self.copy()

    @property
    def final(self) -> bool:
        """Tell whether nothing of the order works any more."""
        return self.ended_at is not None

    @property
    def fills(self) -> int:
        """Return the number of executions."""
        return len(self._fill_ids)

    @property
    def leaves(self) -> Decimal:
        """Return the quantity still open: 0 once the order has ended, as FIX has it."""
        return _subtract(self.order.quantity, self.cumulative) if self.ended_at is None else _ZERO

    def can(self, step: OrderStep) -> bool:
        """Tell whether a step is possible now: a cancel of an order that is done, say, is not."""
        return step in ROWS[self.state]

    def release(self, time: int) -> None:
        """Take the two steps of an order that was just received and found valid: VALIDATE and ROUTE.

        Raises:
            ImpossibleStepError: the order is beyond its receipt.
        """
        if self.state is not _RECEIVED:
            raise ImpossibleStepError(self.state, OrderStep.VALIDATE)
        self.state = _ROUTED
        self.history += ((_VALIDATED, time, "VALIDATED"), (_ROUTED, time, "RELEASED"))

    def accept(self, venue: str, time: int) -> bool:
        """Note that a venue works a part of the order; tell whether it is the first to say so.

        Of an order that cannot be accepted any more the acceptance changes nothing.
        """
        if venue not in self.venues:
            self.venues += (venue,)
        if self.state is _ROUTED:
            self.state = _ACCEPTED
            self.history.append((_ACCEPTED, time, "ACCEPTED"))
            return True
        if _ACCEPT in ROWS[self.state]:
            self._take(_ACCEPT, time, "ACCEPTED")
        return False

    def apply(self, step: OrderStep, time: int, cause: str, code: str = "", text: str = "") -> OrderState:
        """Take a step that is not a fill, and return the state after it.

        The venues' refusal of what is left of an order that has traded ends it as cancelled: what has traded cannot
        be rejected (FIX 4.4: a rejected order has no executions).

        Args:
            step: what happened.
            time: when, ns since the Unix epoch.
            cause: name of the event, for the history.
            code: why, for a step that ends the order.
            text: the figures.

        Raises:
            ImpossibleStepError: the step cannot happen in the present state.
            ValueError: the step is a fill, which `fill` must check.
        """
        if step is _PARTIAL_FILL or step is _FILL:
            raise ValueError(f"order {self.order.order_id}: a fill is applied by fill(), so that it is checked")
        if step is _REJECT and self.cumulative:
            step = OrderStep.CANCEL
        worked = self.ended_at is None
        after = self._take(step, time, cause)
        if worked and self.ended_at is not None:
            self.code = code
            self.text = text
        return after

    def fill(self, fill: Fill, time: int) -> OrderState:
        """Check and book an execution, and return the state after it.

        A fill that arrives after the order was cancelled, expired or given up is honoured: it has happened at the
        venue, and only its news was overtaken.

        Args:
            fill: the execution.
            time: when its news came, ns since the Unix epoch.

        Raises:
            InvalidFillError: it does not belong to the order, came before, overfills it, or breaks its limit.
            ImpossibleStepError: nothing can be filled in the present state.
        """
        order, fill_id, quantity, price = self.order, fill.fill_id, fill.quantity, fill.price
        if (
            fill.order_id != order.order_id
            or fill.symbol != order.symbol
            or fill.side is not order.side
            or fill_id in self._fill_ids
            or not (quantity.is_finite() and quantity > _ZERO and price.is_finite())
        ):
            raise self._untrue(fill)
        cumulative = _add(self.cumulative, quantity)
        limit = order.limit_price
        if cumulative > order.quantity or (
            limit is not None and (price > limit if order.side is _BUY else price < limit)
        ):
            raise self._untrue(fill)
        if cumulative == order.quantity:
            after = ROWS[self.state].get(_FILL)
            if after is None:
                raise ImpossibleStepError(self.state, _FILL)
            self.state = after
            self.history.append((after, time, fill_id))
            if self.ended_at is None:
                self.ended_at = time
            else:
                self.code = self.text = ""  # it had ended otherwise, and the fill was overtaken
        else:
            after = self._take(_PARTIAL_FILL, time, fill_id)
        self._fill_ids[fill_id] = None
        self.cumulative = cumulative
        self.notional = notional = _add(self.notional, _multiply(price, quantity))
        self.average_price = _shown(notional, cumulative)
        self.fees = _add(self.fees, fill.fee)
        if fill.venue not in self.venues:
            self.venues += (fill.venue,)
        return after

    def closed(self) -> OrderClosed:
        """Return the whole story of an order that has ended.

        Raises:
            ValueError: the order has not ended.
        """
        order = self.order
        if self.ended_at is None:
            raise ValueError(f"order {order.order_id} must have ended to be closed, was {self.state}")
        return _closed(
            order.strategy,
            order,
            self.state,
            self.cumulative,
            self.average_price,
            self.fees,
            len(self._fill_ids),
            self.venues,
            self.code,
            self.text,
            self.ended_at,
            tuple(self.history),
        )

    def _take(self, step: OrderStep, time: int, cause: str) -> OrderState:
        """Take a step of the table; a refused cancel gives back the state of before the cancel was asked for."""
        state = self.state
        after = ROWS[state].get(step)
        if after is None:
            raise ImpossibleStepError(state, step)
        if after is _PENDING_CANCEL:
            # The state beneath goes on without the cancel: an acceptance makes it work, a fill partly filled.
            self._beneath = follow(self._beneath, step) if state is _PENDING_CANCEL else state
        elif state is _PENDING_CANCEL and step is OrderStep.REFUSE_CANCEL:
            after = self._beneath
        self.state = after
        self.history.append((after, time, cause))
        if after in FINAL_STATES and self.ended_at is None:
            self.ended_at = time
        return after

    def _untrue(self, fill: Fill) -> InvalidFillError:
        """Say why a fill cannot be true of this order, given that it cannot."""
        order, quantity, price = self.order, fill.quantity, fill.price
        if fill.order_id != order.order_id:
            return _foreign(fill, order, "order_id", order.order_id, fill.order_id)
        if fill.symbol != order.symbol:
            return _foreign(fill, order, "symbol", order.symbol, fill.symbol)
        if fill.side is not order.side:
            return _foreign(fill, order, "side", order.side, fill.side)
        if fill.fill_id in self._fill_ids:
            return InvalidFillError("DUPLICATE_FILL", f"fill {fill.fill_id} of order {order.order_id} came before")
        if not (quantity.is_finite() and quantity > _ZERO and price.is_finite()):
            text = f"fill {fill.fill_id} must have a quantity above 0 and a finite price, was {quantity} at {price}"
            return InvalidFillError("FILL_NOT_A_NUMBER", text)
        left = _subtract(order.quantity, self.cumulative)
        if quantity > left:
            text = f"fill {fill.fill_id} of order {order.order_id}: limit={left}, was={quantity}"
            return InvalidFillError("OVERFILL", text)
        text = f"fill {fill.fill_id} of order {order.order_id} ({order.side}): limit={order.limit_price}, was={price}"
        return InvalidFillError("FILL_THROUGH_LIMIT", text)


def _foreign(fill: Fill, order: Order, field: str, expected: str, was: str) -> InvalidFillError:
    return InvalidFillError(
        "FOREIGN_FILL", f"fill {fill.fill_id}: {field} must be that of order {order.order_id}, {expected}, was {was}"
    )
