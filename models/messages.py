"""What the actors say to one another. Commands are imperative, events past tense; every one is a value.

An order's way: RequestOrder or Signal (strategy to portfolio), SubmitOrder (portfolio to orders), ReleaseOrder
(orders to breaker), RouteOrder (breaker to router), SubmitChild (router to broker to venue). Back: ChildAccepted and
ChildFilled (venue to broker to orders and router), ChildRejected, ChildCancelled and ChildExpired (venue to broker
to router, which sends the rest elsewhere or tells orders RouteEnded); the order manager then publishes OrderAccepted,
OrderFilled and so on, keyed by strategy. A change goes the way of a cancel (ReplaceOrder, ReplaceChild); its answer
(ChildReplaced), a bust (FillBusted) and a correction (FillCorrected) go from venue to broker to orders and router.
"""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from tradepit.models.account_events import (
    CashMoved,
    DividendOwed,
    Liquidated,
    MarginCalled,
    MarginCallMet,
    PositionSplit,
    SymbolRenamed,
)
from tradepit.models.lots import LotClosed
from tradepit.models.order_commands import (
    AdjustChild,
    AdjustOrder,
    AdjustOrdersOf,
    BustFill,
    CancelChild,
    CancelOrder,
    CancelOrdersOf,
    CorrectFill,
    Direction,
    RefuseOrder,
    RefuseReplace,
    ReleaseOrder,
    ReplaceChild,
    ReplaceOrder,
    RequestOrder,
    RouteOrder,
    Signal,
    SignalTerms,
    SubmitChild,
    SubmitOrder,
    WorkOrder,
)
from tradepit.models.order_events import (
    CancelOfUnknownOrder,
    FillOfForgottenOrder,
    GroupOverfilled,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderClosed,
    OrderEnded,
    OrderEvent,
    OrderExpired,
    OrderFailed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReplaceRejected,
    OrderRevised,
    ReplaceOfUnknownOrder,
)
from tradepit.models.orders import Fill
from tradepit.models.rebalance_messages import ExecutePlan, PlanAction, PlanItem, Rebalance, RebalanceSummary
from tradepit.models.values import value
from tradepit.models.venue_reports import (
    CancelRejected,
    ChildAccepted,
    ChildCancelled,
    ChildCancelRejected,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    ChildReplaced,
    ChildReplaceRejected,
    ChildRestated,
    FillBusted,
    FillCorrected,
    ReleaseRefused,
    ReplaceRejected,
    RouteEnded,
    TradeCorrectionRefused,
)

__all__ = [
    "EVENTS",
    "AccountOpened",
    "AdjustChild",
    "AdjustOrder",
    "AdjustOrdersOf",
    "BreakerState",
    "BustFill",
    "CancelChild",
    "CancelOfUnknownOrder",
    "CancelOrder",
    "CancelOrdersOf",
    "CancelRejected",
    "CancelWorkingOrders",
    "CashMoved",
    "ChildAccepted",
    "ChildCancelRejected",
    "ChildCancelled",
    "ChildExpired",
    "ChildFilled",
    "ChildRejected",
    "ChildReplaceRejected",
    "ChildReplaced",
    "ChildRestated",
    "CircuitHalfOpened",
    "CircuitReset",
    "CircuitTripped",
    "CloseBooks",
    "CorrectFill",
    "Direction",
    "DividendOwed",
    "ExecutePlan",
    "FillBusted",
    "FillCorrected",
    "FillOfForgottenOrder",
    "GroupOverfilled",
    "Liquidated",
    "LotClosed",
    "MarginCallMet",
    "MarginCalled",
    "OrderAccepted",
    "OrderCancelRejected",
    "OrderCancelled",
    "OrderClosed",
    "OrderEnded",
    "OrderEvent",
    "OrderExpired",
    "OrderFailed",
    "OrderFillBusted",
    "OrderFillCorrected",
    "OrderFilled",
    "OrderRejected",
    "OrderReplaceRejected",
    "OrderReplaced",
    "OrderRevised",
    "PlanAction",
    "PlanItem",
    "PositionBooks",
    "PositionChanged",
    "PositionSplit",
    "Rebalance",
    "RebalanceSummary",
    "RefuseOrder",
    "RefuseReplace",
    "ReleaseOrder",
    "ReleaseRefused",
    "ReplaceChild",
    "ReplaceOfUnknownOrder",
    "ReplaceOrder",
    "ReplaceRejected",
    "RequestOrder",
    "ResetBreaker",
    "RouteEnded",
    "RouteOrder",
    "Signal",
    "SignalTerms",
    "SubmitChild",
    "SubmitOrder",
    "SymbolRenamed",
    "TradeCorrectionRefused",
    "TripBreaker",
    "WorkOrder",
]


@value
class PositionBooks:
    """What the books say of a position beyond the usual.

    Attributes:
        realised_average: profit and loss realised at average cost.
        realised_fifo: the same, each sale set against the oldest lots.
        realised_lifo: the same, each sale set against the newest lots.
        currency: in which the instrument settles.
        balance: cash in that currency.
        rate: how much of the account's currency a unit of it is, or None while unknown.
    """

    realised_average: Decimal
    realised_fifo: Decimal
    realised_lifo: Decimal
    currency: str
    balance: Decimal
    rate: Decimal | None


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
        fill: what changed it, or None for a position held at the start, or where `cause` says what did.
        cause: what changed it without an execution, such as `SPLIT`; else empty.
        books: what else the books say, where the scenario reckons by lots, with margin or in several currencies.
    """

    __key__: ClassVar[str] = "symbol"

    symbol: str
    quantity: Decimal
    average_price: Decimal
    realised: Decimal
    fees: Decimal
    cash: Decimal
    fill: Fill | None
    cause: str = ""
    books: PositionBooks | None = None


@value
class AccountOpened:
    """The account as the run begins.

    Attributes:
        cash: in the account's currency.
        currency: ISO code.
        balances: cash in other currencies, by ISO code, or None where there is none.
    """

    cash: Decimal
    currency: str
    balances: dict[str, Decimal] | None = None


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
    OrderReplaced,
    OrderReplaceRejected,
    OrderFillBusted,
    OrderFillCorrected,
    CancelOfUnknownOrder,
    ReplaceOfUnknownOrder,
    TradeCorrectionRefused,
    GroupOverfilled,
    OrderClosed,
    OrderRevised,
    FillOfForgottenOrder,
    PositionChanged,
    RebalanceSummary,
    PositionSplit,
    SymbolRenamed,
    CashMoved,
    DividendOwed,
    LotClosed,
    MarginCalled,
    MarginCallMet,
    Liquidated,
    CircuitTripped,
    CircuitHalfOpened,
    CircuitReset,
)
"""What is published beside market data: the events that a scenario may count."""
