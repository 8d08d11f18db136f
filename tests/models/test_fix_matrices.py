"""FIX's order state change matrices, played through the life of one order."""

from decimal import Decimal

import pytest

from tradepit.models.fix_status import NAMES, ORD_STATUS, first_in_precedence, fix_status
from tradepit.models.order_adjustments import Adjustment
from tradepit.models.order_life import OrderLife
from tradepit.models.order_states import FIX_EXEC_TYPE, OrderStep
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side
from tradepit.models.values import changed

# After FIX 4.4 volume 4, appendix D: what happens, and OrdStatus, OrderQty, CumQty, LeavesQty, AvgPx after it.
# A number is an execution of so much at 10 (or at what stands behind @), H a bust and G a correction of the execution
# of that number; the letters are ExecTypes, the one in lower case a refusal (Order Cancel Reject).
MATRICES = {
    "A.1.a a filled order": """
        0            New               10000     0 10000  0
        2000         Partially_Filled  10000  2000  8000 10
        1000@13      Partially_Filled  10000  3000  7000 11
        7000@11      Filled            10000 10000     0 11
    """,
    "A.1.b a day order, filled in part, done for the day": """
        0            New               10000     0 10000  0
        2000         Partially_Filled  10000  2000  8000 10
        3            Done_for_Day      10000  2000  8000 10
    """,
    "B.1.b a cancel, with executions while it is pending": """
        0            New               10000     0 10000  0
        2000         Partially_Filled  10000  2000  8000 10
        6            Pending_Cancel    10000  2000  8000 10
        3000         Pending_Cancel    10000  5000  5000 10
        4            Canceled          10000  5000     0 10
    """,
    "B.1.c filled before the cancel could be accepted": """
        0            New               10000     0 10000  0
        2000         Partially_Filled  10000  2000  8000 10
        6            Pending_Cancel    10000  2000  8000 10
        8000         Pending_Cancel    10000 10000     0 10
        c            Filled            10000 10000     0 10
    """,
    "C.1.a replaced by more before any execution": """
        0            New               10000     0 10000  0
        E            Pending_Replace   10000     0 10000  0
        5=11000      New               11000     0 11000  0
        1000         Partially_Filled  11000  1000 10000 10
        2000         Partially_Filled  11000  3000  8000 10
    """,
    "C.1.b replaced by more, an execution while that is pending": """
        0            New               10000     0 10000  0
        1000         Partially_Filled  10000  1000  9000 10
        E            Pending_Replace   10000  1000  9000 10
        100          Pending_Replace   10000  1100  8900 10
        5=12000      Partially_Filled  12000  1100 10900 10
        10900        Filled            12000 12000     0 10
    """,
    "C.1.c a filled order replaced by more": """
        0            New               10000     0 10000  0
        10000        Filled            10000 10000     0 10
        E            Pending_Replace   10000 10000     0 10
        5=12000      Partially_Filled  12000 10000  2000 10
        2000         Filled            12000 12000     0 10
    """,
    "C.2.a the change of a price comes too late": """
        0            New               10000     0 10000  0
        1000         Partially_Filled  10000  1000  9000 10
        E            Pending_Replace   10000  1000  9000 10
        9000         Pending_Replace   10000 10000     0 10
        e            Filled            10000 10000     0 10
    """,
    "C.3.a replaced by less, which is more than what is filled": """
        0            New               10000     0 10000  0
        1000         Partially_Filled  10000  1000  9000 10
        500          Partially_Filled  10000  1500  8500 10
        E            Pending_Replace   10000  1500  8500 10
        100          Pending_Replace   10000  1600  8400 10
        5=8000       Partially_Filled   8000  1600  6400 10
        6400         Filled             8000  8000     0 10
    """,
    "C.3.b replaced by exactly what is filled": """
        0            New               10000     0 10000  0
        7000         Partially_Filled  10000  7000  3000 10
        5=7000       Filled             7000  7000     0 10
    """,
    "C.3.c replaced by less than what is filled": """
        0            New               10000     0 10000  0
        E            Pending_Replace   10000     0 10000  0
        8000         Pending_Replace   10000  8000  2000 10
        5=7000       Filled             8000  8000     0 10
    """,
    "D.1.c refused while pending, then another is accepted": """
        0            New               10000     0 10000  0
        1000         Partially_Filled  10000  1000  9000 10
        E            Pending_Replace   10000  1000  9000 10
        500          Pending_Replace   10000  1500  8500 10
        e            Partially_Filled  10000  1500  8500 10
        2000         Partially_Filled  10000  3500  6500 10
        E            Pending_Replace   10000  3500  6500 10
        5=6000       Partially_Filled   6000  3500  2500 10
        1500         Partially_Filled   6000  5000  1000 10
    """,
    "D.2.b two are pending at once": """
        0            New               10000     0 10000  0
        1000         Partially_Filled  10000  1000  9000 10
        E            Pending_Replace   10000  1000  9000 10
        E            Pending_Replace   10000  1000  9000 10
        5=8000       Pending_Replace    8000  1000  7000 10
        5=7000       Partially_Filled   7000  1000  6000 10
        6000         Filled             7000  7000     0 10
    """,
    "a cancel outranks the replacement that is pending with it": """
        0            New               10000     0 10000  0
        E            Pending_Replace   10000     0 10000  0
        6            Pending_Cancel    10000     0 10000  0
        5=8000       Pending_Cancel     8000     0  8000  0
        c            New                8000     0  8000  0
    """,
    "E.1.b cancelled without a request": """
        0            New               10000     0 10000  0
        1000         Partially_Filled  10000  1000  9000 10
        4            Canceled          10000  1000     0 10
    """,
    "E.1.c restated to more without a request": """
        0            New               10000     0 10000  0
        D=11000      New               11000     0 11000  0
        1000         Partially_Filled  11000  1000 10000 10
        D=12000      Partially_Filled  12000  1000 11000 10
    """,
    "H.1.a good till cancelled, renewed in the morning": """
        0            New               10000     0 10000  0
        2000         Partially_Filled  10000  2000  8000 10
        3            Done_for_Day      10000  2000  8000 10
        D            Partially_Filled  10000  2000  8000 10
        1000         Partially_Filled  10000  3000  7000 10
    """,
    "H.1.b a split of 2:1 overnight": """
        0            New               10000     0 10000  0
        2000         Partially_Filled  10000  2000  8000 10
        3            Done_for_Day      10000  2000  8000 10
        D*2          Partially_Filled  20000  4000 16000  5
        16000@10     Filled            20000 20000     0  9
    """,
    "J.1.a a filled order, then a bust, a correction and one more execution": """
        0            New               10000     0 10000  0
        1000         Partially_Filled  10000  1000  9000 10
        9000         Filled            10000 10000     0 10
        H1           Partially_Filled  10000  9000  1000 10
        G2=9000@11   Partially_Filled  10000  9000  1000 11
        1000@21      Filled            10000 10000     0 12
    """,
    "J.1.b a cancelled order, a bust and a new execution": """
        0            New               10000     0 10000  0
        5000@50      Partially_Filled  10000  5000  5000 50
        6            Pending_Cancel    10000  5000  5000 50
        4            Canceled          10000  5000     0 50
        H1           Canceled          10000     0     0  0
        4000@51      Canceled          10000  4000     0 51
    """,
    "J.1.c the quantities of both days corrected": """
        0            New               10000     0 10000  0
        2000         Partially_Filled  10000  2000  8000 10
        3            Done_for_Day      10000  2000  8000 10
        D            Partially_Filled  10000  2000  8000 10
        1000         Partially_Filled  10000  3000  7000 10
        G1=1500      Partially_Filled  10000  2500  7500 10
        G2=500       Partially_Filled  10000  2000  8000 10
    """,
    "a correction completes the order, another opens it again": """
        0            New               10000     0 10000  0
        9000         Partially_Filled  10000  9000  1000 10
        G1=10000     Filled            10000 10000     0 10
        G1=4000      Partially_Filled  10000  4000  6000 10
        H1           New               10000     0 10000  0
    """,
    "K.1.a suspended in a halt, and taken up again": """
        0            New               10000     0 10000  0
        2000         Partially_Filled  10000  2000  8000 10
        9            Suspended         10000  2000  8000 10
        6            Pending_Cancel    10000  2000  8000 10
        c            Suspended         10000  2000  8000 10
        D            Partially_Filled  10000  2000  8000 10
    """,
    "K.1.b cancelled in a halt": """
        0            New               10000     0 10000  0
        9            Suspended         10000     0 10000  0
        4            Canceled          10000     0     0  0
    """,
    "L.1.a a price is guaranteed before the execution": """
        0            New               10000     0 10000  0
        7            Stopped           10000     0 10000  0
        1000@9       Stopped           10000  1000  9000  9
        9            Stopped           10000  1000  9000  9
        9000@9       Filled            10000 10000     0  9
    """,
    "a filled order of which the day is over": """
        0            New               10000     0 10000  0
        7            Stopped           10000     0 10000  0
        3            Done_for_Day      10000     0 10000  0
        10000        Done_for_Day      10000 10000     0 10
    """,
}
STEPS = {
    "6": OrderStep.REQUEST_CANCEL,
    "c": OrderStep.REFUSE_CANCEL,
    "E": OrderStep.REQUEST_REPLACE,
    "e": OrderStep.REFUSE_REPLACE,
    "4": OrderStep.CANCEL,
    "3": OrderStep.END_DAY,
    "7": OrderStep.STOP,
    "9": OrderStep.SUSPEND,
}


class Play:
    """Plays one matrix."""

    def __init__(self) -> None:
        order = Order(
            order_id="X",
            strategy="mine",
            symbol="SPY",
            side=Side.BUY,
            kind=OrderKind.MARKET,
            quantity=Decimal(10_000),
            created_at=0,
        )
        self.life = OrderLife(order, 0)
        self.life.release(0)
        self.fills: list[Fill] = []
        self.child_id = "X.1"

    def take(self, event: str, time: int) -> None:
        life = self.life
        name, _, value = event.partition("=")
        if event == "0":
            life.accept("ARCA", time)
        elif event in STEPS:
            life.apply(STEPS[event], time, event)
        elif name == "5":
            life.replace(time, quantity=Decimal(value))
        elif name == "D*2":
            wanted = changed(life.order, quantity=life.order.quantity * 2)
            life.adjust(time, Adjustment(new=Decimal(2)), wanted, "X.2")
            self.child_id = "X.2"
        elif name == "D":
            life.restate(time, quantity=Decimal(value) if value else None)
        elif name.startswith("H"):
            life.bust(self.fills[int(name[1:]) - 1], time)
        elif name.startswith("G"):
            before = self.fills[int(name[1:]) - 1]
            life.correct(self._fill(value, before.fill_id), time)
        else:
            self.fills.append(self._fill(event, f"ARCA-{len(self.fills) + 1}"))
            life.fill(self.fills[-1], time)

    def _fill(self, event: str, fill_id: str) -> Fill:
        quantity, _, price = event.partition("@")
        return Fill(
            fill_id=fill_id,
            order_id="X",
            child_id=self.child_id,
            strategy="mine",
            symbol="SPY",
            side=Side.BUY,
            quantity=Decimal(quantity),
            price=Decimal(price or 10),
            reference_price=Decimal(price or 10),
            fee=Decimal(1),
            currency="USD",
            venue="ARCA",
            liquidity=Liquidity.TAKER,
            time=0,
        )

    def report(self) -> str:
        life = self.life
        status = NAMES[fix_status(life)].replace(" ", "_")
        return f"{status} {life.order.quantity} {life.cumulative} {life.leaves} {life.average_price}"


@pytest.mark.parametrize("name", MATRICES)
def test_an_order_goes_through_the_matrix(name: str) -> None:
    rows = [line.split() for line in MATRICES[name].strip().splitlines()]
    play, reports = Play(), []
    for time, (event, *_) in enumerate(rows):
        play.take(event, time)
        reports.append(play.report())
    assert reports == [" ".join(report) for _, *report in rows]


def test_each_execution_type_of_the_matrices_is_that_of_a_step() -> None:
    of_steps = {FIX_EXEC_TYPE[step] for step in STEPS.values()}
    assert of_steps == {"6", "E", "4", "3", "7", "9", None}


@pytest.mark.parametrize("higher", range(len(ORD_STATUS)))
def test_the_higher_precedence_is_reported_whatever_else_holds(higher: int) -> None:
    codes = list(ORD_STATUS.values())
    assert {first_in_precedence([lower, codes[higher]]) for lower in codes[higher:]} == {codes[higher]}
    assert first_in_precedence(reversed(codes)) == "6"


@pytest.mark.parametrize(
    ("statuses", "message"),
    [([], "an order must have at least one OrdStatus, had none"), (["0", "Z"], "an OrdStatus must be one of 6, E, 3")],
)
def test_what_is_no_status_has_no_precedence(statuses: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        first_in_precedence(statuses)


def test_a_filled_order_whose_cancel_is_unanswered_works_no_more_though_fix_calls_it_pending() -> None:
    play = Play()
    for time, event in enumerate(["0", "6", "10000"]):
        play.take(event, time)
    life = play.life
    assert (life.state.value, [state.value for state in life.states], fix_status(life)) == (
        "FILLED",
        ["PENDING_CANCEL", "FILLED"],
        "6",
    )


def test_a_copy_of_a_life_goes_its_own_way() -> None:
    play = Play()
    for time, event in enumerate(["0", "4000", "6"]):
        play.take(event, time)
    life, other = play.life, play.life.copy()
    other.apply(OrderStep.REFUSE_CANCEL, 9, "c")
    other.bust(play.fills[0], 9)
    assert (life.state.value, life.cumulative, life.fills, len(life.history)) == ("PENDING_CANCEL", Decimal(4000), 1, 6)
    assert (other.state.value, other.cumulative, other.fills, len(other.history)) == ("WORKING", Decimal(0), 0, 8)


def test_prices_change_with_a_replacement_and_with_a_split() -> None:
    play = Play()
    play.life.order = changed(play.life.order, limit_price=Decimal(20), stop_price=Decimal(15))
    play.life.replace(1, limit_price=Decimal(22))
    play.life.replace(2, stop_price=Decimal(16), cause="MOVED")
    wanted = changed(play.life.order, quantity=Decimal(40_000), limit_price=Decimal("5.5"), stop_price=Decimal(4))
    play.life.adjust(3, Adjustment(new=Decimal(4)), wanted, "X.2")
    assert play.life.order == wanted
    assert [cause for _, _, cause in play.life.history[-3:]] == ["REPLACED", "MOVED", "SPLIT 4:1"]
