"""What is asked for: a strategy's requests, and the order on its way to the venues."""

from decimal import Decimal
from enum import StrEnum

from tradepit.models.order_adjustments import Adjustment
from tradepit.models.orders import ChildOrder, Order, OrderKind, OrderTerms, Side, TimeInForce
from tradepit.models.values import value


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
        terms: what only some orders carry, or None.
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
    terms: OrderTerms | None = None


class Direction(StrEnum):
    """Where a signal wants the position to be."""

    LONG = "LONG"
    SHORT = "SHORT"
    FLAT = "FLAT"


@value
class SignalTerms:
    """What only some signals carry.

    Attributes:
        confluence: how many reasons speak for it, by the strategy's own count, or None.
        entry_price: limit at which to enter, or None for a market order.
        stop_loss: price at which a stop is placed behind the entry, or None.
        take_profit: price at which a limit is placed beyond it, or None.
        quantity: full size in units of the instrument, or None to let the portfolio size it.
        venue: where to trade, or None to let the router choose.
    """

    confluence: float | None = None
    entry_price: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    quantity: Decimal | None = None
    venue: str | None = None


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
        terms: what only some signals carry, or None.
    """

    order_id: str
    strategy: str
    symbol: str
    direction: Direction
    strength: float
    created_at: int
    terms: SignalTerms | None = None


@value
class CancelOrder:
    """Cancel what is left of an order; passes from strategy to portfolio to orders to breaker to router.

    Attributes:
        order_id: the order.
        strategy: whose order it is.
    """

    order_id: str
    strategy: str


@value
class CancelOrdersOf:
    """Cancel every order of one symbol; from the portfolio to orders, past the breaker.

    Attributes:
        symbol: the instrument.
        code: why, a stable code with which the orders end.
    """

    symbol: str
    code: str


@value
class AdjustOrdersOf:
    """Adjust the orders of one symbol that outlive the day, by a split or a dividend; from the portfolio to orders.

    Attributes:
        symbol: the instrument.
        adjustment: what becomes of their figures.
        code: why the others end where a split leaves them no sense, a stable code.
    """

    symbol: str
    adjustment: Adjustment
    code: str


@value
class ReplaceOrder:
    """Change an order that works; passes the way of a cancel. What is None stays as it is.

    Attributes:
        order_id: the order.
        strategy: whose order it is.
        quantity: new total quantity, what is filled included (FIX OrderQty), or None.
        limit_price: new limit price, or None.
        stop_price: new stop price, or None.
        for_group: whether its group demands it, not the strategy.
    """

    order_id: str
    strategy: str
    quantity: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    for_group: bool = False


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
class RefuseReplace:
    """Tell the order manager that the portfolio refused a change of an order, so that it is reported.

    Attributes:
        order_id: the order, which stays as it is.
        strategy: whose order it is.
        code: why.
        text: the figures.
    """

    order_id: str
    strategy: str
    code: str
    text: str


@value
class ReleaseOrder:
    """Hand a validated order to the circuit breaker.

    Attributes:
        order: the order.
        expires_at: last instant at which it may fill, ns since the Unix epoch, or None.
        works: how much of it is to work for now, for one that grows with its parent; None for all.
    """

    order: Order
    expires_at: int | None
    works: Decimal | None = None


@value
class RouteOrder:
    """Hand an order that the breaker let through to the router.

    Attributes:
        order: the order.
        expires_at: last instant at which it may fill, ns since the Unix epoch, or None.
        works: how much of it is to work for now, for one that grows with its parent; None for all.
    """

    order: Order
    expires_at: int | None
    works: Decimal | None = None


@value
class WorkOrder:
    """Tell the router for how much of an order it may work now; one that grows with its parent gets this.

    Attributes:
        order_id: the order.
        quantity: in total, what is filled included.
    """

    order_id: str
    quantity: Decimal


@value
class AdjustOrder:
    """Restate an order that works after a split or a dividend; passes from orders to breaker to router.

    Attributes:
        order_id: the order.
        adjustment: what becomes of its figures.
    """

    order_id: str
    adjustment: Adjustment


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


@value
class ReplaceChild:
    """Change a child order that works; passes from router to broker to venue. What is None stays as it is.

    Attributes:
        child_id: the child order.
        quantity: new total quantity of the child, what is filled included, or None.
        limit_price: new limit price, or None.
        stop_price: new stop price, or None.
        for_group: whether its group demands it, not the strategy.
    """

    child_id: str
    quantity: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    for_group: bool = False


@value
class AdjustChild:
    """Restate a child order that works; passes from router to broker to venue.

    Attributes:
        child_id: the child order.
        new_id: its id from then on; whatever still comes under the old one is of before.
        adjustment: what becomes of its figures.
    """

    child_id: str
    new_id: str
    adjustment: Adjustment


@value
class BustFill:
    """Tell a venue to take back an execution: the trade is annulled.

    Attributes:
        fill_id: the execution; empty for the venue's last one.
        reason: why, in words.
    """

    fill_id: str
    reason: str


@value
class CorrectFill:
    """Tell a venue to correct an execution.

    Attributes:
        fill_id: the execution; empty for the venue's last one.
        quantity: what was really executed, above zero; None for what was reported.
        price: at which it really was; None for what was reported.
        reason: why, in words.
    """

    fill_id: str
    quantity: Decimal | None
    price: Decimal | None
    reason: str
