"""An order's life cycle: one table of (state, event) to state. A pair that is not in it is an error.

FIX 4.4 OrdStatus (39) stands beside each state, after the FIX order state change matrices (FIX 4.4, volume 4,
appendix D).
"""

from enum import StrEnum
from typing import Final


class OrderState(StrEnum):
    """Where an order stands."""

    RECEIVED = "RECEIVED"
    VALIDATED = "VALIDATED"
    ROUTED = "ROUTED"
    WORKING = "WORKING"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"

    @property
    def final(self) -> bool:
        """Tell whether nothing more can happen to an order in this state."""
        return self in FINAL_STATES


class OrderStep(StrEnum):
    """What can happen to an order."""

    VALIDATE = "VALIDATE"
    ROUTE = "ROUTE"
    ACCEPT = "ACCEPT"
    PARTIAL_FILL = "PARTIAL_FILL"
    FILL = "FILL"
    REQUEST_CANCEL = "REQUEST_CANCEL"
    REFUSE_CANCEL = "REFUSE_CANCEL"
    CANCEL = "CANCEL"
    REJECT = "REJECT"
    EXPIRE = "EXPIRE"
    FAIL = "FAIL"


FINAL_STATES: Final = frozenset(
    {OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED, OrderState.FAILED}
)

FIX_ORD_STATUS: Final[dict[OrderState, str]] = {
    OrderState.RECEIVED: "A",  # Pending New
    OrderState.VALIDATED: "A",
    OrderState.ROUTED: "A",
    OrderState.WORKING: "0",  # New
    OrderState.PARTIALLY_FILLED: "1",
    OrderState.PENDING_CANCEL: "6",
    OrderState.FILLED: "2",
    OrderState.CANCELLED: "4",
    OrderState.REJECTED: "8",
    OrderState.EXPIRED: "C",
    OrderState.FAILED: "8",
}
