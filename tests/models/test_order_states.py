"""The table of an order's states, written out as a grid: rows are states, columns what happens."""

import pytest

from tradepit.models.order_states import (
    FINAL_STATES,
    FIX_ORD_STATUS,
    TRANSITIONS,
    ImpossibleStepError,
    OrderState,
    OrderStep,
    step,
)

STEPS = [
    OrderStep.VALIDATE,
    OrderStep.ROUTE,
    OrderStep.ACCEPT,
    OrderStep.PARTIAL_FILL,
    OrderStep.FILL,
    OrderStep.REQUEST_CANCEL,
    OrderStep.REFUSE_CANCEL,
    OrderStep.CANCEL,
    OrderStep.REJECT,
    OrderStep.EXPIRE,
    OrderStep.FAIL,
]
NAMES = {
    "VAL": OrderState.VALIDATED,
    "ROU": OrderState.ROUTED,
    "WRK": OrderState.WORKING,
    "PAR": OrderState.PARTIALLY_FILLED,
    "PCA": OrderState.PENDING_CANCEL,
    "FIL": OrderState.FILLED,
    "CAN": OrderState.CANCELLED,
    "REJ": OrderState.REJECTED,
    "EXP": OrderState.EXPIRED,
    "FAI": OrderState.FAILED,
}
GRID = {
    #                             VALIDATE ROUTE ACCEPT PARTIAL FILL REQ_CAN REF_CAN CANCEL REJECT EXPIRE FAIL
    OrderState.RECEIVED: "         VAL      .     .      .       .    .       .       .      REJ    .      .   ",
    OrderState.VALIDATED: "        .        ROU   .      .       .    PCA     .       CAN    REJ    EXP    FAI ",
    OrderState.ROUTED: "           .        .     WRK    PAR     FIL  PCA     .       CAN    REJ    EXP    FAI ",
    OrderState.WORKING: "          .        .     WRK    PAR     FIL  PCA     .       CAN    REJ    EXP    FAI ",
    OrderState.PARTIALLY_FILLED: " .        .     PAR    PAR     FIL  PCA     .       CAN    .      EXP    FAI ",
    OrderState.PENDING_CANCEL: "   .        PCA   PCA    PCA     FIL  .       WRK     CAN    REJ    EXP    FAI ",
    OrderState.FILLED: "           .        .     FIL    .       .    .       FIL     .      .      .      .   ",
    OrderState.CANCELLED: "        .        .     CAN    CAN     FIL  .       CAN     .      .      .      .   ",
    OrderState.REJECTED: "         .        .     .      .       .    .       REJ     .      .      .      .   ",
    OrderState.EXPIRED: "          .        .     EXP    EXP     FIL  .       EXP     .      .      .      .   ",
    OrderState.FAILED: "           .        .     FAI    FAI     FIL  .       FAI     .      .      .      .   ",
}


def test_the_table_is_the_grid_and_nothing_else() -> None:
    grid = {
        (state, event): NAMES[name]
        for state, row in GRID.items()
        for event, name in zip(STEPS, row.split(), strict=True)
        if name != "."
    }
    assert list(GRID) == list(OrderState)
    assert list(OrderStep) == STEPS
    assert grid == TRANSITIONS


@pytest.mark.parametrize(("pair", "after"), TRANSITIONS.items())
def test_a_pair_of_the_table_is_followed(pair: tuple[OrderState, OrderStep], after: OrderState) -> None:
    assert step(*pair) is after


@pytest.mark.parametrize(
    ("state", "event", "message"),
    [
        (
            OrderState.FILLED,
            OrderStep.CANCEL,
            "an order that is FILLED cannot take the step CANCEL; it can take ACCEPT, REFUSE_CANCEL",
        ),
        (
            OrderState.RECEIVED,
            OrderStep.FILL,
            "an order that is RECEIVED cannot take the step FILL; it can take VALIDATE, REJECT",
        ),
    ],
)
def test_a_pair_that_is_not_in_the_table_is_an_error_that_names_both(
    state: OrderState, event: OrderStep, message: str
) -> None:
    with pytest.raises(ImpossibleStepError) as raised:
        step(state, event)
    assert (raised.value.state, raised.value.step, str(raised.value)) == (state, event, message)


def test_every_pair_outside_the_table_is_refused() -> None:
    absent = [(state, event) for state in OrderState for event in OrderStep if (state, event) not in TRANSITIONS]
    refused = []
    for state, event in absent:
        with pytest.raises(ImpossibleStepError):
            step(state, event)
        refused.append((state, event))
    assert len(refused) == len(OrderState) * len(OrderStep) - len(TRANSITIONS)


def test_what_has_ended_never_works_again() -> None:
    assert {after.final for (start, _), after in TRANSITIONS.items() if start.final} == {True}


def test_every_state_can_be_reached_and_every_living_state_can_end() -> None:
    reached = {OrderState.RECEIVED}
    for _ in OrderState:
        reached |= {after for (start, _), after in TRANSITIONS.items() if start in reached}
    assert reached == set(OrderState)
    assert {start for (start, _), after in TRANSITIONS.items() if after.final and not start.final} == (
        set(OrderState) - FINAL_STATES
    )


def test_every_state_has_its_fix_order_status() -> None:
    assert {state.value: status for state, status in FIX_ORD_STATUS.items()} == {
        "RECEIVED": "A",
        "VALIDATED": "A",
        "ROUTED": "A",
        "WORKING": "0",
        "PARTIALLY_FILLED": "1",
        "PENDING_CANCEL": "6",
        "FILLED": "2",
        "CANCELLED": "4",
        "REJECTED": "8",
        "EXPIRED": "C",
        "FAILED": "8",
    }
