"""What comes back of an order: the venues' reports of its parts, and the ends that router and breaker put to it."""

from decimal import Decimal
from typing import ClassVar

from tradepit.models.order_adjustments import Adjustment
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill
from tradepit.models.values import value


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
class ChildReplaced:
    """The venue has changed a child order: because it was asked to, or because another of its group was filled.

    Attributes:
        child_id: the child order.
        order_id: its parent.
        venue: where.
        quantity: its total quantity now.
        leaves: what of that is open.
        limit_price: now, or None.
        stop_price: now, or None.
        time: ns since the Unix epoch, at the venue.
        for_group: whether its group demanded it, not the strategy.
    """

    child_id: str
    order_id: str
    venue: str
    quantity: Decimal
    leaves: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    time: int
    for_group: bool = False


@value
class ChildReplaceRejected:
    """The venue has refused to change a child order, which stays as it is.

    Attributes:
        child_id: the child order.
        order_id: its parent; empty when the venue never heard of it.
        venue: where.
        code: why (FIX 4.4 CxlRejReason): `TOO_LATE_TO_CANCEL`, `UNKNOWN_ORDER`, or a rule that the change breaks.
        text: the figures.
        time: ns since the Unix epoch, at the venue.
        for_group: whether its group demanded the change, not the strategy.
    """

    child_id: str
    order_id: str
    venue: str
    code: str
    text: str
    time: int
    for_group: bool = False


@value
class ChildRestated:
    """A split or a dividend has given what is open of a child order other figures, and a new id (FIX ExecType D).

    Attributes:
        child_id: the child order, which is done.
        new_id: the one that goes on, or will be the first of after where nothing of the order works at present.
        order_id: their parent.
        venue: where; empty where nothing works.
        adjustment: what has happened.
        open_before: what was open of the old one.
        leaves: quantity of the new one, all of it open.
        limit_price: of the new one, or None.
        stop_price: of the new one, or None.
        time: ns since the Unix epoch, at the venue.
    """

    child_id: str
    new_id: str
    order_id: str
    venue: str
    adjustment: Adjustment
    open_before: Decimal
    leaves: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    time: int


@value
class FillBusted:
    """The venue has taken back an execution.

    Attributes:
        order_id: the parent order.
        fill: the execution as it was reported.
        reason: why.
        time: ns since the Unix epoch, at the venue.
    """

    order_id: str
    fill: Fill
    reason: str
    time: int


@value
class FillCorrected:
    """The venue has corrected an execution.

    Attributes:
        order_id: the parent order.
        before: the execution as it was reported.
        fill: as it really was, under the same id.
        reason: why.
        time: ns since the Unix epoch, at the venue.
    """

    order_id: str
    before: Fill
    fill: Fill
    reason: str
    time: int


@value
class TradeCorrectionRefused:
    """A venue could not take back or correct an execution; published, keyed by venue.

    Attributes:
        venue: where.
        fill_id: the execution that was meant; empty when there was none yet.
        code: `UNKNOWN_FILL`, or a rule that the correction breaks.
        text: the figures.
        time: ns since the Unix epoch, at the venue.
    """

    __key__: ClassVar[str] = "venue"

    venue: str
    fill_id: str
    code: str
    text: str
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
class ReplaceRejected:
    """A change came too late, was for an order that nobody knows, or breaks a rule.

    Attributes:
        order_id: the order.
        code: `TOO_LATE_TO_CANCEL`, `UNKNOWN_ORDER`, `CIRCUIT_OPEN`, or a rule that the change breaks.
        text: the figures.
    """

    order_id: str
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
