"""The life of an order: its figures after FIX, its races, and what it refuses to believe."""

import doctest
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.fill_truth import InvalidFillError
from tradepit.models.messages import OrderClosed
from tradepit.models.order_life import OrderLife
from tradepit.models.order_states import FIX_ORD_STATUS, ImpossibleStepError, OrderState, OrderStep
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side

DOCS = Path(__file__).parents[2] / "docs"


def order(**changes: Any) -> Order:
    plain: dict[str, Any] = {
        "order_id": "o1",
        "strategy": "dipper",
        "symbol": "SPY",
        "side": Side.BUY,
        "kind": OrderKind.MARKET,
        "quantity": Decimal(10_000),
        "created_at": 1,
    }
    return Order(**plain | changes)


def fill(number: int, quantity: str, price: str = "100", **changes: Any) -> Fill:
    plain: dict[str, Any] = {
        "fill_id": f"ARCA-{number}",
        "order_id": "o1",
        "child_id": "o1.1",
        "strategy": "",
        "symbol": "SPY",
        "side": Side.BUY,
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "reference_price": Decimal(price),
        "fee": Decimal("0.50"),
        "currency": "USD",
        "venue": "ARCA",
        "liquidity": Liquidity.TAKER,
        "time": 5,
    }
    return Fill(**plain | changes)


def routed(**changes: Any) -> OrderLife:
    life = OrderLife(order(**changes), received_at=1)
    life.apply(OrderStep.VALIDATE, 2, "VALIDATED")
    life.apply(OrderStep.ROUTE, 2, "RELEASED")
    return life


def live(life: OrderLife, events: str) -> list[tuple[str, str, str]]:
    """Take steps written as words, a number being a fill of so much; return OrdStatus, CumQty, LeavesQty after each."""
    reports = []
    for number, word in enumerate(events.split()):
        if word.isdigit():
            life.fill(fill(number, word), 10 + number)
        else:
            life.apply(OrderStep(word), 10 + number, word)
        reports.append((FIX_ORD_STATUS[life.state], str(life.cumulative), str(life.leaves)))
    return reports


# FIX 4.4 volume 4, appendix D: matrices without replaces. 0 New, 1 Partially filled, 2 Filled, 4 Canceled, 6 Pending
# Cancel, 8 Rejected, A Pending New, C Expired.
FIX_MATRICES = {
    "a filled order": (
        "ACCEPT 2000 1000 7000",
        [("0", "0", "10000"), ("1", "2000", "8000"), ("1", "3000", "7000"), ("2", "10000", "0")],
    ),
    "part filled, then expired at the close": (
        "ACCEPT 2000 EXPIRE",
        [("0", "0", "10000"), ("1", "2000", "8000"), ("C", "2000", "0")],
    ),
    "rejected at once": ("REJECT", [("8", "0", "0")]),
    "rejected after it was acknowledged": ("ACCEPT REJECT", [("0", "0", "10000"), ("8", "0", "0")]),
    "B.1.a: cancel of an order without fills": (
        "ACCEPT REQUEST_CANCEL CANCEL",
        [("0", "0", "10000"), ("6", "0", "10000"), ("4", "0", "0")],
    ),
    "cancel of a part filled order, with a fill while it is pending": (
        "ACCEPT 2000 REQUEST_CANCEL 500 CANCEL",
        [("0", "0", "10000"), ("1", "2000", "8000"), ("6", "2000", "8000"), ("6", "2500", "7500"), ("4", "2500", "0")],
    ),
    "filled while the cancel is pending, the cancel too late": (
        "ACCEPT REQUEST_CANCEL 10000 REFUSE_CANCEL",
        [("0", "0", "10000"), ("6", "0", "10000"), ("2", "10000", "0"), ("2", "10000", "0")],
    ),
    "the cancel is refused": (
        "ACCEPT 5000 REQUEST_CANCEL REFUSE_CANCEL 5000",
        [("0", "0", "10000"), ("1", "5000", "5000"), ("6", "5000", "5000"), ("1", "5000", "5000"), ("2", "10000", "0")],
    ),
    "B.1.e: the cancel crosses the acknowledgement": (
        "REQUEST_CANCEL ACCEPT CANCEL",
        [("6", "0", "10000"), ("6", "0", "10000"), ("4", "0", "0")],
    ),
    "an IOC order, part filled, the rest cancelled, never acknowledged": (
        "3000 CANCEL",
        [("1", "3000", "7000"), ("4", "3000", "0")],
    ),
    "filled straight from the route, the acknowledgement late": (
        "10000 ACCEPT",
        [("2", "10000", "0"), ("2", "10000", "0")],
    ),
    "two venues acknowledge their parts, the second after a fill": (
        "ACCEPT 100 ACCEPT",
        [("0", "0", "10000"), ("1", "100", "9900"), ("1", "100", "9900")],
    ),
    "fills overtaken by the end": (
        "ACCEPT CANCEL 4000 6000",
        [("0", "0", "10000"), ("4", "0", "0"), ("4", "4000", "0"), ("2", "10000", "0")],
    ),
    "the venue was given up, but had filled": (
        "FAIL ACCEPT 10000",
        [("8", "0", "0"), ("8", "0", "0"), ("2", "10000", "0")],
    ),
}


@pytest.mark.parametrize("name", FIX_MATRICES)
def test_status_and_quantities_follow_the_fix_order_state_matrices(name: str) -> None:
    events, reports = FIX_MATRICES[name]
    assert live(routed(), events) == reports


@pytest.mark.parametrize(
    ("before", "between", "after"),
    [
        ("", "", OrderState.ROUTED),
        ("", "ACCEPT", OrderState.WORKING),
        ("ACCEPT", "", OrderState.WORKING),
        ("ACCEPT", "100", OrderState.PARTIALLY_FILLED),
        ("", "100", OrderState.PARTIALLY_FILLED),
        ("100", "", OrderState.PARTIALLY_FILLED),
        ("100", "ACCEPT 100", OrderState.PARTIALLY_FILLED),
    ],
)
def test_a_refused_cancel_gives_back_the_state_that_the_order_would_have_without_it(
    before: str, between: str, after: OrderState
) -> None:
    life = routed()
    live(life, f"{before} REQUEST_CANCEL {between}")
    assert life.state is OrderState.PENDING_CANCEL
    assert life.apply(OrderStep.REFUSE_CANCEL, 99, "TOO_LATE_TO_CANCEL") is after


def test_a_cancel_may_be_refused_twice() -> None:
    life = routed()
    live(life, "ACCEPT REQUEST_CANCEL REFUSE_CANCEL 7 REQUEST_CANCEL REFUSE_CANCEL")
    assert life.state is OrderState.PARTIALLY_FILLED


def test_an_order_may_be_cancelled_before_it_is_routed() -> None:
    life = OrderLife(order(), 1)
    live(life, "VALIDATE REQUEST_CANCEL ROUTE REFUSE_CANCEL")
    assert life.state is OrderState.ROUTED


def test_a_fill_before_the_route_is_an_error_also_while_a_cancel_is_pending() -> None:
    life = OrderLife(order(), 1)
    live(life, "VALIDATE REQUEST_CANCEL")
    with pytest.raises(ImpossibleStepError, match="VALIDATED cannot take the step PARTIAL_FILL"):
        life.fill(fill(1, "100"), 9)
    assert (life.state, life.cumulative, life.fills) == (OrderState.PENDING_CANCEL, Decimal(0), 0)


@pytest.mark.parametrize("pending", ["", "REQUEST_CANCEL "])
def test_what_has_traded_cannot_be_rejected_so_the_refusal_of_its_rest_cancels_it(pending: str) -> None:
    life = routed()
    live(life, f"ACCEPT 400 {pending}")
    life.apply(OrderStep.REJECT, 20, "REJECTED", "HALTED", "SPY is halted")
    assert (life.state, life.code, life.text, life.leaves) == (
        OrderState.CANCELLED,
        "HALTED",
        "SPY is halted",
        Decimal(0),
    )


def test_a_released_order_has_taken_the_two_steps_of_its_validation_and_its_route() -> None:
    life = OrderLife(order(), received_at=1)
    life.release(2)
    stepwise = routed()
    assert (life.state, life.history) == (stepwise.state, stepwise.history)


@pytest.mark.parametrize("events", ["", "ACCEPT", "ACCEPT 100", "REQUEST_CANCEL", "REJECT"])
def test_an_order_beyond_its_receipt_is_not_released_again(events: str) -> None:
    life = routed()
    live(life, events)
    before = (life.state, list(life.history))
    with pytest.raises(ImpossibleStepError, match=f"an order that is {life.state} cannot take the step VALIDATE"):
        life.release(99)
    assert (life.state, life.history) == before


@pytest.mark.parametrize(
    ("events", "first", "after", "written"),
    [
        ("", True, OrderState.WORKING, True),
        ("ACCEPT", False, OrderState.WORKING, True),
        ("100", False, OrderState.PARTIALLY_FILLED, True),
        ("REQUEST_CANCEL", False, OrderState.PENDING_CANCEL, True),
        ("10000", False, OrderState.FILLED, True),
        ("CANCEL", False, OrderState.CANCELLED, True),
        ("REJECT", False, OrderState.REJECTED, False),
    ],
)
def test_only_the_first_acceptance_of_a_routed_order_is_news(
    events: str, first: bool, after: OrderState, written: bool
) -> None:
    life = routed()
    live(life, events)
    steps = len(life.history)
    assert life.accept("NYSE", 50) is first
    assert life.state is after
    assert life.history[steps:] == [(after, 50, "ACCEPTED")] * written
    assert life.accept("NYSE", 60) is False
    assert life.venues[-2:] == (("ARCA", "NYSE") if events in ("100", "10000") else ("NYSE",))


def test_an_order_tells_its_whole_story_when_it_has_ended() -> None:
    life = routed(quantity=Decimal(300), kind=OrderKind.LIMIT, limit_price=Decimal("100.50"))
    assert life.accept("BATS", 3)
    life.fill(fill(1, "100", "100"), 4)
    life.fill(fill(2, "100", "100.25", venue="BATS"), 5)
    life.apply(OrderStep.EXPIRE, 6, "EXPIRED", "TIME_IN_FORCE", "leaves=100")
    assert life.closed() == OrderClosed(
        strategy="dipper",
        order=order(quantity=Decimal(300), kind=OrderKind.LIMIT, limit_price=Decimal("100.50")),
        state=OrderState.EXPIRED,
        cumulative=Decimal(200),
        average_price=Decimal("100.125"),
        fees=Decimal("1.00"),
        fills=2,
        venues=("BATS", "ARCA"),
        code="TIME_IN_FORCE",
        text="leaves=100",
        closed_at=6,
        history=(
            ("RECEIVED", 1, "RECEIVED"),
            ("VALIDATED", 2, "VALIDATED"),
            ("ROUTED", 2, "RELEASED"),
            ("WORKING", 3, "ACCEPTED"),
            ("PARTIALLY_FILLED", 4, "ARCA-1"),
            ("PARTIALLY_FILLED", 5, "ARCA-2"),
            ("EXPIRED", 6, "EXPIRED"),
        ),
    )


def test_a_late_fill_that_completes_a_cancelled_order_takes_the_reason_away_but_not_the_time_of_its_end() -> None:
    life = routed(quantity=Decimal(10))
    life.apply(OrderStep.CANCEL, 7, "CANCELLED", "REQUESTED", "leaves=10")
    life.fill(fill(1, "10"), 9)
    closed = life.closed()
    assert (closed.state, closed.code, closed.text, closed.closed_at) == (OrderState.FILLED, "", "", 7)


def test_news_after_the_end_does_not_change_why_it_ended() -> None:
    life = routed()
    life.apply(OrderStep.CANCEL, 7, "CANCELLED", "REQUESTED", "leaves=10000")
    life.apply(OrderStep.REFUSE_CANCEL, 8, "TOO_LATE", "TOO_LATE_TO_CANCEL", "it is done")
    assert (life.final, life.code, life.text) == (True, "REQUESTED", "leaves=10000")


def test_an_order_that_lives_cannot_be_closed() -> None:
    with pytest.raises(ValueError, match="order o1 must have ended to be closed, was ROUTED"):
        routed().closed()


@pytest.mark.parametrize("step", ["FILL", "PARTIAL_FILL", "REPLACE", "REPLACE_FILL", "BUST", "BUST_ALL", "CORRECT"])
def test_what_changes_figures_cannot_be_applied_without_its_checks(step: str) -> None:
    life = routed()
    with pytest.raises(ValueError, match=rf"order o1: {step} is applied by fill\(\), replace\(\), bust\(\)"):
        life.apply(OrderStep(step), 5, "FILLED")
    assert life.state is OrderState.ROUTED


def test_what_is_possible_can_be_asked() -> None:
    life = routed()
    assert [step for step in OrderStep if life.can(step)] == [
        OrderStep.ACCEPT,
        OrderStep.PARTIAL_FILL,
        OrderStep.FILL,
        OrderStep.REQUEST_CANCEL,
        OrderStep.REQUEST_REPLACE,
        OrderStep.REPLACE,
        OrderStep.END_DAY,
        OrderStep.STOP,
        OrderStep.SUSPEND,
        OrderStep.RESTATE,
        OrderStep.CANCEL,
        OrderStep.REJECT,
        OrderStep.EXPIRE,
        OrderStep.FAIL,
    ]


@pytest.mark.parametrize(
    ("given_fill", "message"),
    [
        (fill(2, "1", order_id="o2"), "FOREIGN_FILL: fill ARCA-2: order_id must be that of order o1, o1, was o2"),
        (fill(2, "1", symbol="QQQ"), "FOREIGN_FILL: fill ARCA-2: symbol must be that of order o1, SPY, was QQQ"),
        (fill(2, "1", side=Side.SELL), "FOREIGN_FILL: fill ARCA-2: side must be that of order o1, BUY, was SELL"),
        (fill(1, "1"), "DUPLICATE_FILL: fill ARCA-1 of order o1 came before"),
        (fill(2, "6001"), "OVERFILL: fill ARCA-2 of order o1: limit=6000, was=6001"),
        (fill(2, "1", "100.51"), "FILL_THROUGH_LIMIT: fill ARCA-2 of order o1 (BUY): limit=100.50, was=100.51"),
        (fill(2, "0"), "FILL_NOT_A_NUMBER: fill ARCA-2 must have a quantity above 0 and a finite price, was 0 at 100"),
        (
            fill(2, "-5"),
            "FILL_NOT_A_NUMBER: fill ARCA-2 must have a quantity above 0 and a finite price, was -5 at 100",
        ),
        (
            fill(2, "NaN"),
            "FILL_NOT_A_NUMBER: fill ARCA-2 must have a quantity above 0 and a finite price, was NaN at 100",
        ),
        (
            fill(2, "5", "Infinity"),
            "FILL_NOT_A_NUMBER: fill ARCA-2 must have a quantity above 0 and a finite price, was 5 at Infinity",
        ),
    ],
)
def test_a_fill_that_cannot_be_true_is_refused_and_changes_nothing(given_fill: Fill, message: str) -> None:
    life = routed(kind=OrderKind.LIMIT, limit_price=Decimal("100.50"))
    life.fill(fill(1, "4000"), 5)
    with pytest.raises(InvalidFillError) as raised:
        life.fill(given_fill, 6)
    assert str(raised.value) == message == f"{raised.value.code}: {raised.value.text}"
    assert (life.state, life.cumulative, life.notional, life.fees, life.fills, len(life.history)) == (
        OrderState.PARTIALLY_FILLED,
        Decimal(4000),
        Decimal(400_000),
        Decimal("0.50"),
        1,
        4,
    )


@pytest.mark.parametrize(("price", "holds"), [("99.51", True), ("99.50", True), ("99.49", False)])
def test_a_seller_is_never_filled_below_the_limit(price: str, *, holds: bool) -> None:
    life = routed(side=Side.SELL, kind=OrderKind.STOP_LIMIT, limit_price=Decimal("99.50"), stop_price=Decimal(100))
    sale = fill(1, "10", price, side=Side.SELL)
    if holds:
        assert life.fill(sale, 5) is OrderState.PARTIALLY_FILLED
    else:
        with pytest.raises(InvalidFillError, match="FILL_THROUGH_LIMIT"):
            life.fill(sale, 5)


@pytest.mark.parametrize(("quantity", "step"), [("10", "PARTIAL_FILL"), ("10000", "FILL")])
def test_a_rejected_order_cannot_be_filled(quantity: str, step: str) -> None:
    life = routed()
    life.apply(OrderStep.REJECT, 5, "REJECTED")
    with pytest.raises(ImpossibleStepError, match=f"an order that is REJECTED cannot take the step {step};"):
        life.fill(fill(1, quantity), 6)
    assert (life.cumulative, life.fills, life.state) == (Decimal(0), 0, OrderState.REJECTED)


def test_the_average_price_is_zero_before_the_first_fill_and_rounds_only_when_shown() -> None:
    life = routed(quantity=Decimal(3))
    assert life.average_price == 0
    life.fill(fill(1, "1", "100"), 5)
    life.fill(fill(2, "2", "100.01"), 6)
    assert (life.notional, life.average_price) == (Decimal("300.02"), Decimal("100.0066666666666666666666667"))


@given(
    fills=st.lists(
        st.tuples(st.decimals("0.01", "500", places=2), st.decimals("0.0001", "9999", places=4)),
        min_size=1,
        max_size=20,
    )
)
def test_cumulative_and_leaves_sum_to_the_order_and_the_notional_to_its_fills(
    fills: list[tuple[Decimal, Decimal]],
) -> None:
    total = sum((quantity for quantity, _ in fills), Decimal(0))
    life = routed(quantity=total)
    for number, (quantity, price) in enumerate(fills):
        life.fill(fill(number, str(quantity), str(price)), number)
        assert life.cumulative + life.leaves == total
    assert life.state is OrderState.FILLED
    assert life.notional == sum(quantity * price for quantity, price in fills)
    assert life.fees == len(fills) * Decimal("0.50")


def test_the_examples_of_the_page_on_orders_hold() -> None:
    result = doctest.testfile(str(DOCS / "orders.md"), module_relative=False)
    assert (result.failed, result.attempted > 10) == (0, True)
