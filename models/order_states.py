"""An order's life cycle: one table of (state, event) to state. A pair that is not in it is an error.

FIX 4.4 OrdStatus (39) stands beside each state and ExecType (150) beside each step, after the FIX order state change
matrices (FIX 4.4, volume 4, appendix D). The races of those matrices are in the table: a fill that crosses a cancel or
a replacement on the wire is honoured, a cancel of a filled order is refused as too late, an acknowledgement may come
after the fill, and what was executed may be taken back or corrected, even when the order had ended.

Several states can hold at once: an order may be filled in part, done for the day, and wait for the answer to a cancel.
The state is then the first of them in FIX's order of precedence; `OrderLife` remembers the others, and where such a
state is over the table names the usual one beneath. What cannot be true of a simulated venue here, but is reported by
others, has its states too: DONE_FOR_DAY, STOPPED (a guaranteed price) and SUSPENDED. FIX's Calculated and Accepted for
Bidding have none: nothing is calculated after an order's day, and no list is bid for.
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
    PENDING_REPLACE = "PENDING_REPLACE"
    DONE_FOR_DAY = "DONE_FOR_DAY"
    STOPPED = "STOPPED"
    SUSPENDED = "SUSPENDED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"

    @property
    def final(self) -> bool:
        """Tell whether nothing of an order in this state works any more."""
        return self in FINAL_STATES


class OrderStep(StrEnum):
    """What can happen to an order.

    Where the outcome hangs on quantities there are two steps: PARTIAL_FILL leaves something open and FILL nothing;
    likewise REPLACE and REPLACE_FILL, CORRECT and CORRECT_FILL. After BUST something is still executed, after
    BUST_ALL nothing.
    """

    VALIDATE = "VALIDATE"
    ROUTE = "ROUTE"
    ACCEPT = "ACCEPT"
    PARTIAL_FILL = "PARTIAL_FILL"
    FILL = "FILL"
    REQUEST_CANCEL = "REQUEST_CANCEL"
    REFUSE_CANCEL = "REFUSE_CANCEL"
    REQUEST_REPLACE = "REQUEST_REPLACE"
    REFUSE_REPLACE = "REFUSE_REPLACE"
    REPLACE = "REPLACE"
    REPLACE_FILL = "REPLACE_FILL"
    BUST = "BUST"
    BUST_ALL = "BUST_ALL"
    CORRECT = "CORRECT"
    CORRECT_FILL = "CORRECT_FILL"
    END_DAY = "END_DAY"
    STOP = "STOP"
    SUSPEND = "SUSPEND"
    RESTATE = "RESTATE"
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
    OrderState.PENDING_REPLACE: "E",
    OrderState.DONE_FOR_DAY: "3",
    OrderState.STOPPED: "7",
    OrderState.SUSPENDED: "9",
    OrderState.FILLED: "2",
    OrderState.CANCELLED: "4",
    OrderState.REJECTED: "8",
    OrderState.EXPIRED: "C",
    OrderState.FAILED: "8",
}

FIX_EXEC_TYPE: Final[dict[OrderStep, str | None]] = {
    OrderStep.VALIDATE: "A",  # Pending New
    OrderStep.ROUTE: None,  # nothing is reported of it
    OrderStep.ACCEPT: "0",  # New
    OrderStep.PARTIAL_FILL: "F",  # Trade
    OrderStep.FILL: "F",
    OrderStep.REQUEST_CANCEL: "6",
    OrderStep.REFUSE_CANCEL: None,  # an Order Cancel Reject, which is no execution report
    OrderStep.REQUEST_REPLACE: "E",
    OrderStep.REFUSE_REPLACE: None,
    OrderStep.REPLACE: "5",
    OrderStep.REPLACE_FILL: "5",
    OrderStep.BUST: "H",  # Trade Cancel
    OrderStep.BUST_ALL: "H",
    OrderStep.CORRECT: "G",  # Trade Correct
    OrderStep.CORRECT_FILL: "G",
    OrderStep.END_DAY: "3",
    OrderStep.STOP: "7",
    OrderStep.SUSPEND: "9",
    OrderStep.RESTATE: "D",
    OrderStep.CANCEL: "4",
    OrderStep.REJECT: "8",
    OrderStep.EXPIRE: "C",
    OrderStep.FAIL: "8",
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
        step.REQUEST_REPLACE: state.PENDING_REPLACE,
        step.END_DAY: state.DONE_FOR_DAY,
        step.STOP: state.STOPPED,
        step.SUSPEND: state.SUSPENDED,
    }
    # An order that traded cannot be rejected any more: the refusal of its rest is a cancel.
    traded: dict[OrderStep, OrderState] = {event: after for event, after in live.items() if event is not step.REJECT}
    executed: dict[OrderStep, OrderState] = {  # what may befall what was executed, while something is open
        step.REPLACE_FILL: state.FILLED,
        step.BUST: state.PARTIALLY_FILLED,
        step.BUST_ALL: state.WORKING,
        step.CORRECT: state.PARTIALLY_FILLED,
        step.CORRECT_FILL: state.FILLED,
    }
    pauses = (step.END_DAY, step.STOP, step.SUSPEND)
    rows: dict[OrderState, dict[OrderStep, OrderState]] = {
        state.RECEIVED: {step.VALIDATE: state.VALIDATED, step.REJECT: state.REJECTED},
        # One that waits for its parent is changed here and now: no venue has it.
        state.VALIDATED: {
            step.ROUTE: state.ROUTED,
            step.REQUEST_CANCEL: state.PENDING_CANCEL,
            step.REPLACE: state.VALIDATED,
            **{event: after for event, after in ends.items() if event is not step.FILL},
        },
        # A change without a request is the venue's own.
        state.ROUTED: {step.ACCEPT: state.WORKING, step.REPLACE: state.ROUTED, step.RESTATE: state.ROUTED, **live},
        # FIX lets an order pass from New to Rejected; several venues accept their parts one after the other.
        state.WORKING: {step.ACCEPT: state.WORKING, step.REPLACE: state.WORKING, step.RESTATE: state.WORKING, **live},
        state.PARTIALLY_FILLED: {
            step.ACCEPT: state.PARTIALLY_FILLED,
            step.REPLACE: state.PARTIALLY_FILLED,
            step.RESTATE: state.PARTIALLY_FILLED,
            **traded,
            **executed,
        },
        # A fill that crosses the cancel on the wire is honoured. A refused cancel gives the order back its state of
        # before, which only its life remembers (`OrderLife`); the table names the usual one. The route may
        # still be under way when the cancel is asked for.
        state.PENDING_CANCEL: {
            step.REFUSE_CANCEL: state.WORKING,
            **_unchanged(state.PENDING_CANCEL, step.REPLACE, step.REFUSE_REPLACE, *pauses, step.RESTATE),
            **ends,
            **_under(state.PENDING_CANCEL),
        },
        # The same of a replacement. A second one may be asked for before the first is answered (matrices D.2.a and
        # D.2.b); the order manager refuses it, as D.2.c has it. A cancel may be asked for: who wants out wants out.
        state.PENDING_REPLACE: {
            step.REQUEST_CANCEL: state.PENDING_CANCEL,
            step.REQUEST_REPLACE: state.PENDING_REPLACE,
            step.REFUSE_REPLACE: state.WORKING,
            step.REPLACE: state.WORKING,
            **_unchanged(state.PENDING_REPLACE, *pauses, step.RESTATE),
            **ends,
            **_under(state.PENDING_REPLACE),
        },
    }
    # Nothing trades until the order is restated; but for these no venue stops at that, news may be late.
    for pause in (state.DONE_FOR_DAY, state.STOPPED, state.SUSPENDED):
        rows[pause] = {
            step.REQUEST_CANCEL: state.PENDING_CANCEL,
            step.REQUEST_REPLACE: state.PENDING_REPLACE,
            step.REPLACE: pause,
            step.RESTATE: state.WORKING,
            **ends,
            **_under(pause),
        }
    rows[state.STOPPED][step.RESTATE] = state.STOPPED
    rows[state.DONE_FOR_DAY] |= _unchanged(state.DONE_FOR_DAY, step.STOP, step.SUSPEND)
    rows[state.STOPPED] |= {step.END_DAY: state.DONE_FOR_DAY, step.SUSPEND: state.STOPPED}
    rows[state.SUSPENDED] |= {step.END_DAY: state.DONE_FOR_DAY, step.STOP: state.STOPPED}
    # News that was overtaken by the end of the order changes nothing, except that a fill is always true: what
    # has traded has traded, and Filled outranks Canceled and Expired in FIX's precedence of OrdStatus. A bust, or a
    # larger quantity, gives a filled order something open again; a request that is unanswered shows again with it.
    rows[state.FILLED] = {
        **_unchanged(state.FILLED, step.ACCEPT, step.REFUSE_CANCEL, step.REQUEST_REPLACE, step.REFUSE_REPLACE),
        step.REPLACE: state.PARTIALLY_FILLED,
        **executed,
    }
    rows[state.REJECTED] = _unchanged(state.REJECTED, step.REFUSE_CANCEL, step.REFUSE_REPLACE)
    for end in (state.CANCELLED, state.EXPIRED, state.FAILED):
        same = (step.ACCEPT, step.REFUSE_CANCEL, step.REFUSE_REPLACE, step.PARTIAL_FILL)
        rows[end] = {
            **_unchanged(end, *same, step.BUST, step.BUST_ALL, step.CORRECT),
            step.FILL: state.FILLED,
            step.CORRECT_FILL: state.FILLED,
        }
    return {(start, event): after for start in OrderState for event, after in rows[start].items()}


def _unchanged(state: OrderState, *steps: OrderStep) -> dict[OrderStep, OrderState]:
    """Return a part of a row: steps that leave a state as it is."""
    return dict.fromkeys(steps, state)


def _under(state: OrderState) -> dict[OrderStep, OrderState]:
    """Return what may happen beneath a state that lies over another."""
    step = OrderStep
    same = (step.ROUTE, step.ACCEPT, step.PARTIAL_FILL, step.BUST, step.BUST_ALL, step.CORRECT)
    return {
        **_unchanged(state, *same),
        step.REPLACE_FILL: OrderState.FILLED,
        step.CORRECT_FILL: OrderState.FILLED,
    }


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
