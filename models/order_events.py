"""The life of an order, as the order manager tells everyone: published, keyed by strategy."""

from decimal import Decimal
from typing import ClassVar

from tradepit.models.order_adjustments import Adjustment
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Order, Side
from tradepit.models.values import value


@value
class OrderEvent:
    """What all news of an order carries.

    Attributes:
        order_id: the order.
        strategy: who asked for it; the key by which it is published.
        symbol: the instrument.
        side: buy or sell.
        state: the order's state after the event.
        quantity: ordered quantity.
        cumulative: quantity filled so far (FIX CumQty).
        leaves: quantity still open (FIX LeavesQty).
        average_price: average price of what was filled (FIX AvgPx), 0 when nothing was.
        time: ns since the Unix epoch.
    """

    __key__: ClassVar[str] = "strategy"

    order_id: str
    strategy: str
    symbol: str
    side: Side
    state: OrderState
    quantity: Decimal
    cumulative: Decimal
    leaves: Decimal
    average_price: Decimal
    time: int


@value
class OrderAccepted(OrderEvent):
    """The order works at a venue."""


@value
class OrderFilled(OrderEvent):
    """A part or all of the order was executed.

    Attributes:
        fill: the execution.
    """

    fill: Fill


@value
class GroupOverfilled(OrderEvent):
    """The order was filled although others of its group had used up what it was for: at another venue, or late.

    Attributes:
        group: its name, with the strategy's before it.
        excess: quantity that was filled too much, above zero.
    """

    group: str
    excess: Decimal


@value
class OrderEnded(OrderEvent):
    """What the four unfilled ends share.

    Attributes:
        code: why, a stable code.
        text: the figures.
    """

    code: str
    text: str


@value
class OrderCancelled(OrderEnded):
    """What was left of the order is cancelled."""


@value
class OrderRejected(OrderEnded):
    """The order was refused: by risk, validation, the breaker or every venue."""


@value
class OrderExpired(OrderEnded):
    """The order's time in force is over."""


@value
class OrderFailed(OrderEnded):
    """No venue could be reached and retries are spent."""


@value
class OrderCancelRejected(OrderEnded):
    """A cancel was refused; the order stays as it is."""


@value
class OrderReplaced(OrderEvent):
    """A change of the order holds from now on; `quantity` is the new one.

    Attributes:
        limit_price: now, or None.
        stop_price: now, or None.
        adjustment: the split or dividend that has changed it, what is filled included; None for all other changes.
    """

    limit_price: Decimal | None
    stop_price: Decimal | None
    adjustment: Adjustment | None = None


@value
class OrderReplaceRejected(OrderEnded):
    """A change was refused; the order stays as it is."""


@value
class OrderFillBusted(OrderEvent):
    """The venue has taken back an execution of the order.

    Attributes:
        fill: the execution as it was reported.
        reason: why.
    """

    fill: Fill
    reason: str


@value
class OrderFillCorrected(OrderEvent):
    """The venue has corrected an execution of the order.

    Attributes:
        before: the execution as it was reported.
        fill: as it really was, under the same id.
        reason: why.
    """

    before: Fill
    fill: Fill
    reason: str


@value
class CancelOfUnknownOrder:
    """A strategy asked to cancel an order that the order manager does not know.

    Attributes:
        order_id: the id that was given.
        strategy: who asked; the key by which it is published.
        code: `UNKNOWN_ORDER`.
        text: the figures.
    """

    __key__: ClassVar[str] = "strategy"

    order_id: str
    strategy: str
    code: str
    text: str


@value
class ReplaceOfUnknownOrder:
    """A strategy asked to change an order that the order manager does not know.

    Attributes:
        order_id: the id that was given.
        strategy: who asked; the key by which it is published.
        code: `UNKNOWN_ORDER`.
        text: the figures.
    """

    __key__: ClassVar[str] = "strategy"

    order_id: str
    strategy: str
    code: str
    text: str


@value
class OrderClosed:
    """The whole story of an order that came to its end; nobody needs it to act, the results are made from it.

    Attributes:
        order: the order.
        state: its final state.
        cumulative: quantity filled.
        average_price: average price of what was filled, 0 when nothing was.
        fees: sum of fees.
        fills: number of executions.
        venues: where it was sent, in order.
        code: why it ended, empty when it was filled.
        text: the figures.
        closed_at: ns since the Unix epoch.
        history: (state, time, cause) of every step; cause is the name of the event.
    """

    __key__: ClassVar[str] = "strategy"

    strategy: str
    order: Order
    state: OrderState
    cumulative: Decimal
    average_price: Decimal
    fees: Decimal
    fills: int
    venues: tuple[str, ...]
    code: str
    text: str
    closed_at: int
    history: tuple[tuple[str, int, str], ...]


@value
class OrderRevised:
    """News of an execution has changed the story of an order that had ended: what `OrderClosed` said holds no more.

    That is what a bust, a correction (FIX ExecType H and G), or a fill does that the end had overtaken.

    Attributes:
        strategy: who asked for it; the key by which it is published.
        closed: the whole story as it is now.
        before: what was filled of it before, in the units of today.
        venue: where the execution was.
    """

    __key__: ClassVar[str] = "strategy"

    strategy: str
    closed: OrderClosed
    before: Decimal
    venue: str


@value
class FillOfForgottenOrder:
    """An execution has come of an order that ended so long ago that its story is forgotten; it is booked all the same.

    Attributes:
        strategy: whose order it was; the key by which it is published.
        fill: the execution.
        time: when its news came, ns since the Unix epoch.
    """

    __key__: ClassVar[str] = "strategy"

    strategy: str
    fill: Fill
    time: int
