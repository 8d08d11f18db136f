"""An order's life cycle: one table of (state, event) to state. A pair that is not in it is an error.

FIX 4.4 OrdStatus (39) stands beside each state, after the FIX order state change matrices (FIX 4.4, volume 4,
appendix D). The races of those matrices are in the table: a fill that crosses a cancel on the wire is honoured, a
cancel of a filled order is refused as too late, an acknowledgement may come after the fill. Of an order that was
replaced the table knows nothing yet.
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


class ImpossibleStepError(ValueError):
    """A step that cannot happen to an order in its state.

    Attributes:
        state: where the order stood.
        step: what was said to have happened.
    """

    def __init__(self, state: OrderState, step: OrderStep) -> None:
        self.state = state
        self.step = step
        possible = ", ".join(other for start, other in TRANSITIONS if start is state)
        super().__init__(f"an order that is {state} cannot take the step {step}; it can take {possible}")


def _transitions() -> dict[tuple[OrderState, OrderStep], OrderState]:
    """Return the table, written as one row for each state."""
    state, step = OrderState, OrderStep
    # What ends an order that is on its way or working. A venue may fill, cancel or expire an order without having
    # accepted it by a message of its own (an IOC order, an acknowledgement still on the wire).
    ends: dict[OrderStep, OrderState] = {
        step.FILL: state.FILLED,
        step.CANCEL: state.CANCELLED,
        step.REJECT: state.REJECTED,
        step.EXPIRE: state.EXPIRED,
        step.FAIL: state.FAILED,
    }
    live: dict[OrderStep, OrderState] = {
        **ends,
        step.PARTIAL_FILL: state.PARTIALLY_FILLED,
        step.REQUEST_CANCEL: state.PENDING_CANCEL,
    }
    # An order that traded cannot be rejected any more: the refusal of its rest is a cancel.
    traded: dict[OrderStep, OrderState] = {event: after for event, after in live.items() if event is not step.REJECT}
    rows: dict[OrderState, dict[OrderStep, OrderState]] = {
        state.RECEIVED: {step.VALIDATE: state.VALIDATED, step.REJECT: state.REJECTED},
        state.VALIDATED: {
            step.ROUTE: state.ROUTED,
            step.REQUEST_CANCEL: state.PENDING_CANCEL,
            **{event: after for event, after in ends.items() if event is not step.FILL},
        },
        state.ROUTED: {step.ACCEPT: state.WORKING, **live},
        # FIX lets an order pass from New to Rejected; several venues accept their parts one after the other.
        state.WORKING: {step.ACCEPT: state.WORKING, **live},
        state.PARTIALLY_FILLED: {step.ACCEPT: state.PARTIALLY_FILLED, **traded},
        # A fill that crosses the cancel on the wire is honoured. A refused cancel gives the order back its state of
        # before, which only its life remembers (`OrderLife`); the table names the usual one. The route may
        # still be under way when the cancel is asked for.
        state.PENDING_CANCEL: {
            step.ROUTE: state.PENDING_CANCEL,
            step.ACCEPT: state.PENDING_CANCEL,
            step.PARTIAL_FILL: state.PENDING_CANCEL,
            step.REFUSE_CANCEL: state.WORKING,
            **ends,
        },
        # News that was overtaken by the end of the order changes nothing, except that a fill is always true: what
        # has traded has traded, and Filled outranks Canceled and Expired in FIX's precedence of OrdStatus.
        state.FILLED: {step.ACCEPT: state.FILLED, step.REFUSE_CANCEL: state.FILLED},
        state.REJECTED: {step.REFUSE_CANCEL: state.REJECTED},
    }
    for end in (state.CANCELLED, state.EXPIRED, state.FAILED):
        rows[end] = {step.ACCEPT: end, step.REFUSE_CANCEL: end, step.PARTIAL_FILL: end, step.FILL: state.FILLED}
    return {(start, event): after for start, row in rows.items() for event, after in row.items()}


TRANSITIONS: Final[dict[tuple[OrderState, OrderStep], OrderState]] = _transitions()

# The same by state and then step: every order asks several times, and making and hashing pairs is half of asking.
ROWS: Final[dict[OrderState, dict[OrderStep, OrderState]]] = {
    state: {event: after for (start, event), after in TRANSITIONS.items() if start is state} for state in OrderState
}


def step(state: OrderState, event: OrderStep) -> OrderState:
    """Return the state that follows when `event` happens to an order in `state`.

    Raises:
        ImpossibleStepError: the pair is not in the table.
    """
    after = ROWS[state].get(event)
    if after is None:
        raise ImpossibleStepError(state, event)
    return after
