"""The table of an order's states, written out as a grid: rows are states, columns what happens."""

import pytest

from tradepit.models.order_states import (
    FINAL_STATES,
    FIX_EXEC_TYPE,
    FIX_ORD_STATUS,
    TRANSITIONS,
    ImpossibleStepError,
    OrderState,
    OrderStep,
    step,
)

STEPS = [
    *(
        [
            "VALIDATE",
            "ROUTE",
            "ACCEPT",
            "PARTIAL_FILL",
            "FILL",
            "REQUEST_CANCEL",
            "REFUSE_CANCEL",
            "REQUEST_REPLACE",
            "REFUSE_REPLACE",
        ]
    ),
    *(
        [
            "REPLACE",
            "REPLACE_FILL",
            "BUST",
            "BUST_ALL",
            "CORRECT",
            "CORRECT_FILL",
            "END_DAY",
            "STOP",
            "SUSPEND",
            "RESTATE",
        ]
    ),
    *(["CANCEL", "REJECT", "EXPIRE", "FAIL"]),
]
NAMES = {
    "VAL": OrderState.VALIDATED,
    "ROU": OrderState.ROUTED,
    "WRK": OrderState.WORKING,
    "PAR": OrderState.PARTIALLY_FILLED,
    "PCA": OrderState.PENDING_CANCEL,
    "PRE": OrderState.PENDING_REPLACE,
    "DFD": OrderState.DONE_FOR_DAY,
    "STO": OrderState.STOPPED,
    "SUS": OrderState.SUSPENDED,
    "FIL": OrderState.FILLED,
    "CAN": OrderState.CANCELLED,
    "REJ": OrderState.REJECTED,
    "EXP": OrderState.EXPIRED,
    "FAI": OrderState.FAILED,
}
GRID = """
                 VAL ROU ACC PFI FIL RQC RFC RQR RFR RPL RPF BUS BUA COR COF DAY STO SUS RST CAN REJ EXP FAI
RECEIVED         VAL  .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .   .  REJ  .   .
VALIDATED         .  ROU  .   .   .  PCA  .   .   .  VAL  .   .   .   .   .   .   .   .   .  CAN REJ EXP FAI
ROUTED            .   .  WRK PAR FIL PCA  .  PRE  .  ROU  .   .   .   .   .  DFD STO SUS ROU CAN REJ EXP FAI
WORKING           .   .  WRK PAR FIL PCA  .  PRE  .  WRK  .   .   .   .   .  DFD STO SUS WRK CAN REJ EXP FAI
PARTIALLY_FILLED  .   .  PAR PAR FIL PCA  .  PRE  .  PAR FIL PAR WRK PAR FIL DFD STO SUS PAR CAN  .  EXP FAI
PENDING_CANCEL    .  PCA PCA PCA FIL  .  WRK  .  PCA PCA FIL PCA PCA PCA FIL PCA PCA PCA PCA CAN REJ EXP FAI
PENDING_REPLACE   .  PRE PRE PRE FIL PCA  .  PRE WRK WRK FIL PRE PRE PRE FIL PRE PRE PRE PRE CAN REJ EXP FAI
DONE_FOR_DAY      .  DFD DFD DFD FIL PCA  .  PRE  .  DFD FIL DFD DFD DFD FIL  .  DFD DFD WRK CAN REJ EXP FAI
STOPPED           .  STO STO STO FIL PCA  .  PRE  .  STO FIL STO STO STO FIL DFD  .  STO STO CAN REJ EXP FAI
SUSPENDED         .  SUS SUS SUS FIL PCA  .  PRE  .  SUS FIL SUS SUS SUS FIL DFD STO  .  WRK CAN REJ EXP FAI
FILLED            .   .  FIL  .   .   .  FIL FIL FIL PAR FIL PAR WRK PAR FIL  .   .   .   .   .   .   .   .
CANCELLED         .   .  CAN CAN FIL  .  CAN  .  CAN  .   .  CAN CAN CAN FIL  .   .   .   .   .   .   .   .
REJECTED          .   .   .   .   .   .  REJ  .  REJ  .   .   .   .   .   .   .   .   .   .   .   .   .   .
EXPIRED           .   .  EXP EXP FIL  .  EXP  .  EXP  .   .  EXP EXP EXP FIL  .   .   .   .   .   .   .   .
FAILED            .   .  FAI FAI FIL  .  FAI  .  FAI  .   .  FAI FAI FAI FIL  .   .   .   .   .   .   .   .
"""


def test_the_table_is_the_grid_and_nothing_else() -> None:
    rows = [line.split() for line in GRID.strip().splitlines()[1:]]
    grid = {
        (OrderState(state), OrderStep(event)): NAMES[name]
        for state, *row in rows
        for event, name in zip(STEPS, row, strict=True)
        if name != "."
    }
    assert [state for state, *_ in rows] == [state.value for state in OrderState]
    assert [step.value for step in OrderStep] == STEPS
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
            (
                "an order that is FILLED cannot take the step CANCEL; it can take ACCEPT, REFUSE_CANCEL, "
                "REQUEST_REPLACE, REFUSE_REPLACE, REPLACE, REPLACE_FILL, BUST, BUST_ALL, CORRECT, CORRECT_FILL"
            ),
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


def test_what_has_ended_works_again_only_when_a_filled_order_loses_a_fill_or_grows() -> None:
    assert {(start, event) for (start, event), after in TRANSITIONS.items() if start.final and not after.final} == {
        (OrderState.FILLED, event)
        for event in (OrderStep.BUST, OrderStep.BUST_ALL, OrderStep.CORRECT, OrderStep.REPLACE)
    }


def test_every_step_but_those_of_which_fix_reports_nothing_has_its_execution_type() -> None:
    assert {step.value: code for step, code in FIX_EXEC_TYPE.items()} == {
        "VALIDATE": "A",
        "ROUTE": None,
        "ACCEPT": "0",
        "PARTIAL_FILL": "F",
        "FILL": "F",
        "REQUEST_CANCEL": "6",
        "REFUSE_CANCEL": None,
        "REQUEST_REPLACE": "E",
        "REFUSE_REPLACE": None,
        "REPLACE": "5",
        "REPLACE_FILL": "5",
        "BUST": "H",
        "BUST_ALL": "H",
        "CORRECT": "G",
        "CORRECT_FILL": "G",
        "END_DAY": "3",
        "STOP": "7",
        "SUSPEND": "9",
        "RESTATE": "D",
        "CANCEL": "4",
        "REJECT": "8",
        "EXPIRE": "C",
        "FAIL": "8",
    }


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
        "PENDING_REPLACE": "E",
        "DONE_FOR_DAY": "3",
        "STOPPED": "7",
        "SUSPENDED": "9",
        "FILLED": "2",
        "CANCELLED": "4",
        "REJECTED": "8",
        "EXPIRED": "C",
        "FAILED": "8",
    }
