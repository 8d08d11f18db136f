"""What the actors say to one another. Commands are imperative, events past tense; every one is a value.

An order's way: RequestOrder or Signal (strategy to portfolio), SubmitOrder (portfolio to orders), ReleaseOrder
(orders to breaker), RouteOrder (breaker to router), SubmitChild (router to broker to venue). Back: ChildAccepted and
ChildFilled (venue to broker to orders and router), ChildRejected, ChildCancelled and ChildExpired (venue to broker
to router, which sends the rest elsewhere or tells orders RouteEnded); the order manager then publishes OrderAccepted,
OrderFilled and so on, keyed by strategy.
"""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from tradepit.models.order_states import OrderState
from tradepit.models.orders import ChildOrder, Fill, Order, OrderKind, Side, TimeInForce
from tradepit.models.values import value

# --- from the strategy ------------------------------------------------------------------------------------------


@value
class RequestOrder:
    """Ask the portfolio for an order, before any check.

    Attributes:
        order_id: unique within the run; given by the strategy.
        strategy: who asks.
        symbol: the instrument.
        side: buy or sell.
        kind: how it finds its price.
        quantity: in units of the instrument, or None to let the portfolio size it.
        limit_price: worst acceptable price, for the kinds that have one.
        stop_price: price at which it triggers, for the kinds that have one.
        time_in_force: how long it lives, or None for the scenario's default.
        created_at: ns since the Unix epoch.
    """

    order_id: str
    strategy: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    time_in_force: TimeInForce | None
    created_at: int


class Direction(StrEnum):
    """Where a signal wants the position to be."""

    LONG = "LONG"
    SHORT = "SHORT"
    FLAT = "FLAT"


@value
class Signal:
    """Tell the portfolio where a position should be; it trades the difference with a market order.

    Attributes:
        order_id: id that the resulting order gets; given by the strategy.
        strategy: who signals.
        symbol: the instrument.
        direction: long, short or flat.
        strength: fraction of the full size, above 0 and up to 1.
        created_at: ns since the Unix epoch.
    """

    order_id: str
    strategy: str
    symbol: str
    direction: Direction
    strength: float
    created_at: int


@value
class CancelOrder:
    """Cancel what is left of an order; passes from strategy to portfolio to orders to breaker to router.

    Attributes:
        order_id: the order.
        strategy: whose order it is.
    """

    order_id: str
    strategy: str


# --- along the order's way --------------------------------------------------------------------------------------


@value
class SubmitOrder:
    """Hand an order that passed sizing and risk to the order manager.

    Attributes:
        order: the order.
    """

    order: Order


@value
class RefuseOrder:
    """Tell the order manager that the portfolio refused an order, so that it is recorded and reported.

    Attributes:
        order: the order as it would have been.
        code: why.
        text: the figures.
    """

    order: Order
    code: str
    text: str


@value
class ReleaseOrder:
    """Hand a validated order to the circuit breaker.

    Attributes:
        order: the order.
        expires_at: last instant at which it may fill, ns since the Unix epoch, or None.
    """

    order: Order
    expires_at: int | None


@value
class RouteOrder:
    """Hand an order that the breaker let through to the router.

    Attributes:
        order: the order.
        expires_at: last instant at which it may fill, ns since the Unix epoch, or None.
    """

    order: Order
    expires_at: int | None


@value
class SubmitChild:
    """Send a child order to its venue; passes from router to broker to venue.

    Attributes:
        child: the child order.
    """

    child: ChildOrder


@value
class CancelChild:
    """Cancel what is left of a child order; passes from router to broker to venue.

    Attributes:
        child_id: the child order.
    """

    child_id: str


# --- reports from venues ----------------------------------------------------------------------------------------


@value
class ChildAccepted:
    """The venue has taken a child order onto its book.

    Attributes:
        child_id: the child order.
        order_id: its parent.
        venue: where.
        time: ns since the Unix epoch, at the venue.
    """

    child_id: str
    order_id: str
    venue: str
    time: int


@value
class ChildFilled:
    """The venue has executed a part or all of a child order.

    Attributes:
        child_id: the child order.
        order_id: its parent.
        venue: where.
        leaves: quantity of the child still open after this fill.
        fill: the execution.
    """

    child_id: str
    order_id: str
    venue: str
    leaves: Decimal
    fill: Fill


@value
class ChildRejected:
    """The venue has refused a child order.

    Attributes:
        child_id: the child order.
        order_id: its parent.
        venue: where.
        code: why.
        text: the figures.
        time: ns since the Unix epoch, at the venue.
    """

    child_id: str
    order_id: str
    venue: str
    code: str
    text: str
    time: int


@value
class ChildCancelled:
    """What was left of a child order is cancelled.

    Attributes:
        child_id: the child order.
        order_id: its parent.
        venue: where.
        leaves: quantity that was cancelled.
        code: why: `REQUESTED`, or the venue's rule (`IOC_REMAINDER`, `FOK_UNFILLABLE`).
        time: ns since the Unix epoch, at the venue.
    """

    child_id: str
    order_id: str
    venue: str
    leaves: Decimal
    code: str
    time: int


@value
class ChildExpired:
    """A child order's time in force is over.

    Attributes:
        child_id: the child order.
        order_id: its parent.
        venue: where.
        leaves: quantity that expired.
        time: ns since the Unix epoch, at the venue.
    """

    child_id: str
    order_id: str
    venue: str
    leaves: Decimal
    time: int


@value
class ChildCancelRejected:
    """The venue knows no such working child order, or it is already done: too late to cancel.

    Attributes:
        child_id: the child order.
        order_id: its parent; empty when the venue never heard of it.
        venue: where.
        code: `TOO_LATE_TO_CANCEL` or `UNKNOWN_ORDER` (FIX 4.4 CxlRejReason 0 and 1).
        time: ns since the Unix epoch, at the venue.
    """

    child_id: str
    order_id: str
    venue: str
    code: str
    time: int


@value
class RouteEnded:
    """The router is done with an order that did not fill: nothing of it is live and nothing will be sent.

    Attributes:
        order_id: the order.
        state: CANCELLED, REJECTED, EXPIRED or FAILED.
        code: why.
        text: the figures.
    """

    order_id: str
    state: OrderState
    code: str
    text: str


@value
class ReleaseRefused:
    """The breaker held an order or a cancel back.

    Attributes:
        order_id: the order.
        cancel: true when a cancel was held back, false for the order itself.
        code: `CIRCUIT_OPEN`.
        text: which breaker, which state.
    """

    order_id: str
    cancel: bool
    code: str
    text: str


@value
class CancelRejected:
    """A cancel came too late or was for an order that nobody knows.

    Attributes:
        order_id: the order.
        code: `TOO_LATE_TO_CANCEL`, `UNKNOWN_ORDER` or `CIRCUIT_OPEN`.
        text: the figures.
    """

    order_id: str
    code: str
    text: str


# --- the life of an order, as everyone hears it -----------------------------------------------------------------


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


# --- portfolio and breaker --------------------------------------------------------------------------------------


@value
class PositionChanged:
    """The portfolio's word on a position after a fill, and on the account with it.

    Attributes:
        symbol: the instrument.
        quantity: signed quantity held.
        average_price: average cost of what is held, 0 when flat.
        realised: profit and loss realised on this symbol so far, fees apart.
        fees: fees paid on this symbol so far.
        cash: the account's cash after the fill.
        fill: what changed it, or None for a position held at the start.
    """

    __key__: ClassVar[str] = "symbol"

    symbol: str
    quantity: Decimal
    average_price: Decimal
    realised: Decimal
    fees: Decimal
    cash: Decimal
    fill: Fill | None


@value
class AccountOpened:
    """The account as the run begins.

    Attributes:
        cash: in the account's currency.
        currency: ISO code.
    """

    cash: Decimal
    currency: str


class BreakerState(StrEnum):
    """States of a circuit breaker."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@value
class CircuitTripped:
    """A breaker opened.

    Attributes:
        breaker: its name.
        rule: the rule that tripped.
        action: what it lets through while open: `halt`, `cancel_only`, `reduce_only`.
        was: the figure that was measured.
        limit: the threshold.
        cause: the order whose news tripped it.
        resets_at: when it lets probes through, ns since the Unix epoch, or None for a manual reset.
        time: ns since the Unix epoch.
    """

    breaker: str
    rule: str
    action: str
    was: float
    limit: float
    cause: str
    resets_at: int | None
    time: int


@value
class CircuitHalfOpened:
    """A breaker's cool-down is over: it lets probe orders through.

    Attributes:
        breaker: its name.
        probes: how many orders it lets through before it judges.
        time: ns since the Unix epoch.
    """

    breaker: str
    probes: int
    time: int


@value
class CircuitReset:
    """A breaker closed again.

    Attributes:
        breaker: its name.
        time: ns since the Unix epoch.
    """

    breaker: str
    time: int


@value
class TripBreaker:
    """Open a breaker by hand: the kill switch.

    Attributes:
        breaker: its name, or empty for all.
        cause: who did it.
    """

    breaker: str
    cause: str


@value
class ResetBreaker:
    """Close a breaker by hand.

    Attributes:
        breaker: its name, or empty for all.
    """

    breaker: str


# --- the end of a run -------------------------------------------------------------------------------------------


@value
class CancelWorkingOrders:
    """Cancel everything that still works; the first step of the end of a run."""


@value
class CloseBooks:
    """Close positions at the last price if the scenario says so, and take the last equity point."""


EVENTS: tuple[type, ...] = (
    AccountOpened,
    OrderAccepted,
    OrderFilled,
    OrderCancelled,
    OrderRejected,
    OrderExpired,
    OrderFailed,
    OrderCancelRejected,
    CancelOfUnknownOrder,
    OrderClosed,
    PositionChanged,
    CircuitTripped,
    CircuitHalfOpened,
    CircuitReset,
)
"""What is published beside market data: the events that a scenario may count."""
