"""The way of one order from its receipt to its end: its state, what was filled of it, what that cost, its history.

News are turned into steps of the table in `order_states`, and figures are kept as in FIX 4.4: CumQty (`cumulative`),
LeavesQty (`leaves`) and AvgPx (`average_price`). What changes an order, or an execution of it, is in `order_life`.

Several states can hold at once (filled in part, and a cancel asked for). The one that shows is the first in FIX's
order of precedence, but that an order of which nothing works shows how it ended; the others lie in `Layers`, which
most orders never need.
"""

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final, Self

from tradepit.models.fill_truth import InvalidFillError, why_untrue
from tradepit.models.messages import OrderClosed
from tradepit.models.order_layers import ABOVE, LAYERING, Layers
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
_ACCEPT: Final = OrderStep.ACCEPT
_FILL: Final = OrderStep.FILL
_PARTIAL_FILL: Final = OrderStep.PARTIAL_FILL
_REJECT: Final = OrderStep.REJECT
_FILLED: Final = OrderState.FILLED
_BY_FIGURES: Final = frozenset(
    {
        _PARTIAL_FILL,
        _FILL,
        OrderStep.REPLACE,
        OrderStep.REPLACE_FILL,
        OrderStep.BUST,
        OrderStep.BUST_ALL,
        OrderStep.CORRECT,
        OrderStep.CORRECT_FILL,
    }
)
# The steps that every order takes on its way out, read off the table once.
_VALIDATED: Final = follow(_RECEIVED, OrderStep.VALIDATE)
_ROUTED: Final = follow(_VALIDATED, OrderStep.ROUTE)
_ACCEPTED: Final = follow(_ROUTED, _ACCEPT)
_closed = positional(OrderClosed)


class OrderProgress:
    """Follow one order on the way that every order goes.

    Attributes:
        order: the order, with the quantity and prices that it has now.
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
        "_fills",
        "_layers",
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
        self._fills: dict[str, Fill] = {}
        self._layers: Layers | None = None

    def copy(self) -> Self:
        """Return a life of its own that has come as far."""
        other = type(self).__new__(type(self))
        for name in OrderProgress.__slots__:
            setattr(other, name, getattr(self, name))
        other.history = list(self.history)
        other._fills = dict(self._fills)  # noqa: SLF001  its own kind
        if self._layers is not None:
            other._layers = self._layers.copy()  # noqa: SLF001  as above
        return other

    def __deepcopy__(self, _memo: object) -> Self:
        # What is over changes no more, but for a fill that was overtaken: whoever books one takes a copy first.
        return self if self.ended_at is not None else self.copy()

    @property
    def final(self) -> bool:
        """Tell whether nothing of the order works any more."""
        return self.ended_at is not None

    @property
    def fills(self) -> int:
        """Return the number of executions that hold."""
        return len(self._fills)

    @property
    def states(self) -> Sequence[OrderState]:
        """Return every state that holds: what shows, and what lies beneath it."""
        return (self.state,) if self._layers is None else self._layers.states

    @property
    def leaves(self) -> Decimal:
        """Return the quantity still open: 0 once the order has ended, as FIX has it."""
        return _subtract(self.order.quantity, self.cumulative) if self.ended_at is None else _ZERO

    def can(self, step: OrderStep) -> bool:
        """Tell whether a step is possible now: a cancel of an order that is done, say, is not."""
        layers = self._layers
        if step not in ROWS[self.state]:
            return False
        return layers is None or step in ABOVE or step in ROWS[layers.core]

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
            ValueError: the step changes figures, which `fill`, `replace`, `bust` and `correct` must check.
        """
        if step in _BY_FIGURES:
            raise ValueError(
                f"order {self.order.order_id}: {step} is applied by fill(), replace(), bust() or correct(), "
                "so that it is checked"
            )
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
            or fill_id in self._fills
            or (self._layers is not None and fill_id in self._layers.gone)
            or not (quantity.is_finite() and quantity > _ZERO and price.is_finite())
        ):
            raise self._untrue(fill)
        limit, counted = order.limit_price, quantity
        if self._layers is not None and self._layers.restated is not None:
            counted = self._layers.restated.today(fill.child_id, quantity)
            if self._layers.restated.before(fill.child_id):
                limit = None  # its limit was another, and its news was overtaken
        cumulative = _add(self.cumulative, counted)
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
            if self._layers is not None:
                self._layers.core = after
        else:
            after = self._take(_PARTIAL_FILL, time, fill_id)
        self._fills[fill_id] = fill
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
            len(self._fills),
            self.venues,
            self.code,
            self.text,
            self.ended_at,
            tuple(self.history),
        )

    def _take(self, step: OrderStep, time: int, cause: str) -> OrderState:
        """Take a step of the table; a refused request gives back the state of before it was made."""
        state = self.state
        if self._layers is None and step not in LAYERING:
            after = ROWS[state].get(step)
            if after is None:
                raise ImpossibleStepError(state, step)
        else:
            if step not in ROWS[state]:
                raise ImpossibleStepError(state, step)
            after = self._in_layers().take(step)
        self.state = after
        self.history.append((after, time, cause))
        if after in FINAL_STATES:
            if self.ended_at is None:
                self.ended_at = time
        elif self.ended_at is not None:  # a bust, or a larger quantity, has given it something open again
            self.ended_at = None
            self.code = self.text = ""
        return after

    def _today(self, fill: Fill) -> Decimal:
        """Return a fill's quantity in the units that the order has now."""
        layers = self._layers
        if layers is None or layers.restated is None:
            return fill.quantity
        return layers.restated.today(fill.child_id, fill.quantity)

    def _in_layers(self) -> Layers:
        layers = self._layers
        if layers is None:
            layers = self._layers = Layers(self.state)
        return layers

    def _untrue(self, fill: Fill, corrects: Fill | None = None) -> InvalidFillError:
        """Say why a fill, or the correction of one, cannot be true of this order, given that it cannot."""
        known = corrects is None and (
            fill.fill_id in self._fills or (self._layers is not None and fill.fill_id in self._layers.gone)
        )
        left = _subtract(self.order.quantity, self.cumulative)
        return why_untrue(fill, self.order, left if corrects is None else _add(left, corrects.quantity), known=known)
