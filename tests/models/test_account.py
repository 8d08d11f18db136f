"""Positions at average cost, cash to the last digit, and what open orders tie up."""

import doctest
import re
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.account import Account
from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.models.positions import Position

DOCS = Path(__file__).parents[2] / "docs"
ONE = Decimal(1)


def fill(
    signed: Any, price: Any, fee: Any = 0, symbol: str = "SPY", order_id: str = "o1", currency: str = "USD"
) -> Fill:
    quantity = Decimal(signed)
    return Fill(
        fill_id="ARCA-1",
        order_id=order_id,
        child_id=f"{order_id}.1",
        strategy="dipper",
        symbol=symbol,
        side=Side.BUY if quantity > 0 else Side.SELL,
        quantity=quantity.copy_abs(),
        price=Decimal(price),
        reference_price=Decimal(price),
        fee=Decimal(fee),
        currency=currency,
        venue="ARCA",
        liquidity=Liquidity.TAKER,
        time=0,
    )


def account(cash: Any = 100_000) -> Account:
    return Account(Decimal(cash), "USD")


def figures(*amounts: Any) -> tuple[Any, ...]:
    """Return what is to be compared with plain numbers."""
    return amounts


def near(number: float) -> Any:
    return pytest.approx(number, rel=1e-12)


# --- average cost -----------------------------------------------------------------------------------------------

# Quantity, average open, average close, realised after each fill; figures of a Trading Technologies example of P&L
# (12 at 100, 17 at 99, ...) with its fees left out, and of round trips and flips worked by hand.
SEQUENCES: dict[str, tuple[list[tuple[Any, Any]], list[tuple[float, float, float, float]]]] = {
    "long in two, out in two, in again": (
        [(12, 100), (17, 99), (-9, 101), (-4, 105), (3, 103)],
        [
            (12, 100, 0, 0),
            (29, 99.41379310344827, 0, 0),
            (20, 99.41379310344827, 101, 14.27586206896552),
            (16, 99.41379310344827, 102.23076923076923, 36.62068965517241),
            (19, 99.98003629764065, 102.23076923076923, 36.62068965517241),
        ],
    ),
    "a short round trip": (
        [(-100_000, "1.1"), (100_000, "1.0")],
        [(-100_000, 1.1, 0, 0), (0, 1.1, 1.0, 10_000)],
    ),
    "long, flat, and long again: the new trip has its own close": (
        [(10, 10), (-10, 12), (10, 11), (-5, 10)],
        [(10, 10, 0, 0), (0, 10, 12, 20), (10, 11, 0, 20), (5, 11, 10, 15)],
    ),
    "a long flips to short in one fill": (
        [(10, 10), (5, "12.5"), (-7, "14.5"), (-15, "17.5")],
        [(10, 10, 0, 0), (15, 10.833333333333334, 0, 0), (8, 10.833333333333334, 14.5, 25.666666666666668),
         (-7, 17.5, 0, 79)],
    ),
    "a short flips to long, adds and trims": (
        [(-10, 900), (13, 1000), (5, 1100), (-1, 100_000)],
        [(-10, 900, 0, 0), (3, 1000, 0, -1000), (8, 1062.5, 0, -1000), (7, 1062.5, 100_000, 97_937.5)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEQUENCES)
def test_each_fill_leaves_quantity_averages_and_profit_as_by_hand(name: str) -> None:
    fills, expected = SEQUENCES[name]
    book = account()
    after = []
    for signed, price in fills:
        position = book.apply(fill(signed, price), ONE)
        after.append((position.quantity, position.average_open, position.average_close, position.realised))
    assert [tuple(float(figure) for figure in row) for row in after] == [
        tuple(near(figure) for figure in row) for row in expected
    ]


@pytest.mark.parametrize(
    ("start", "price", "signed", "at", "profit", "quantity", "average"),
    [
        (100, 50, -100, 100, 5000, 0, 0),
        (100, 50, -50, 100, 2500, 50, 50),
        (100, 50, -200, 100, 5000, -100, 100),
        (-100, 50, 100, 100, -5000, 0, 0),
        (-100, 50, 200, 100, -5000, 100, 100),
        (-100, 50, -100, 100, 0, -200, 75),
        (100, 50, 100, 100, 0, 200, 75),
    ],
)
def test_only_what_is_closed_earns_and_fees_stand_apart(
    start: int, price: int, signed: int, at: int, profit: int, quantity: int, average: int
) -> None:
    book = account()
    book.hold("SPY", Decimal(start), Decimal(price), ONE)
    position = book.apply(fill(signed, at, fee=1), ONE)
    assert (position.realised, position.fees, position.quantity, position.average_price) == (
        Decimal(profit),
        ONE,
        Decimal(quantity),
        Decimal(average),
    )


def test_a_reduction_leaves_the_average_as_it_is_to_the_last_digit() -> None:
    book = account()
    position = book.apply(fill(1, 100), ONE)
    book.apply(fill(2, "100.50"), ONE)
    before = position.average_price
    for _ in range(7):
        book.apply(fill("-0.31", 100), ONE)
    assert (before, position.average_price) == (Decimal("100.3333333333333333333333333"),) * 2


def test_the_average_price_of_what_is_not_held_is_zero() -> None:
    position = Position("SPY", ONE)
    assert figures(position.average_price, position.average_open, position.average_close) == (0, 0, 0)


def test_a_multiplier_scales_cash_and_profit_but_not_the_average_price() -> None:
    book = account()
    book.apply(fill(2, "4000.25", fee="4.50", symbol="ES"), Decimal(50))
    position = book.apply(fill(-1, "4010.25", fee="2.25", symbol="ES"), Decimal(50))
    assert (book.cash, position.average_price, position.realised, position.fees, position.cost, position.weight) == (
        100_000 - Decimal("400025.00") + Decimal("200512.50") - Decimal("6.75"),
        Decimal("4000.25"),
        Decimal("500.00"),
        Decimal("6.75"),
        Decimal("200012.50"),
        50.0,
    )


def test_prices_below_zero_pay_the_buyer() -> None:
    book = account(0)
    book.apply(fill(1000, "-37.63", symbol="CL"), ONE)
    position = book.apply(fill(-1000, "-10.00", symbol="CL"), ONE)
    assert (book.cash, position.realised) == (Decimal("27630.00"), Decimal("27630.00"))


# --- conservation -----------------------------------------------------------------------------------------------

money = st.decimals("-100", "100", places=4)
fills_of_two_symbols = st.lists(
    st.tuples(
        st.sampled_from(["SPY", "ES"]),
        st.decimals("-999", "999", places=3).filter(bool),
        st.decimals("-50", "9999", places=4),
        money,
    ),
    max_size=40,
)
MULTIPLIERS = {"SPY": ONE, "ES": Decimal(50)}


@given(
    fills=fills_of_two_symbols,
    start=st.tuples(st.decimals("-50", "50", places=3), st.decimals("1", "500", places=4)),
    marks=st.tuples(st.decimals("1", "9999", places=4), st.decimals("1", "9999", places=4)),
)
def test_cash_and_positions_at_any_marks_equal_capital_and_profits_without_fees_to_the_last_digit(
    fills: list[tuple[str, Decimal, Decimal, Decimal]],
    start: tuple[Decimal, Decimal],
    marks: tuple[Decimal, Decimal],
) -> None:
    book = account()
    book.hold("SPY", *start, ONE)
    exact = {"SPY": marks[0], "ES": marks[1]}
    for symbol, signed, price, fee in fills:
        book.apply(fill(signed, price, fee, symbol), MULTIPLIERS[symbol])
        with localcontext(prec=200):
            assert book.value(exact) == book.capital + book.realised + book.unrealised(exact) - book.fees
            by_hand = sum(p.quantity * p.multiplier * exact[s] for s, p in book.positions.items())
            assert book.value(exact) == book.cash + by_hand
    with localcontext(prec=200):
        assert book.cash == 100_000 - sum(q * p * MULTIPLIERS[s] + fee for s, q, p, fee in fills)
    held = {s: sum((q for symbol, q, _, _ in fills if symbol == s), Decimal(0)) for s in MULTIPLIERS}
    held["SPY"] += start[0]
    assert {s: book.position(s) for s in MULTIPLIERS} == held


@given(fills=fills_of_two_symbols)
def test_equity_is_the_exact_value_as_a_float(fills: list[tuple[str, Decimal, Decimal, Decimal]]) -> None:
    book = account()
    for symbol, signed, price, fee in fills:
        book.apply(fill(signed, price, fee, symbol), MULTIPLIERS[symbol])
    marks = {"SPY": 411.25, "ES": 4100.5}
    exact = {symbol: Decimal(repr(mark)) for symbol, mark in marks.items()}
    assert book.equity(marks) == pytest.approx(float(book.value(exact)), rel=1e-9, abs=1e-3)


@given(fills=fills_of_two_symbols)
def test_flat_again_means_no_cost_is_left_behind(fills: list[tuple[str, Decimal, Decimal, Decimal]]) -> None:
    book = account()
    for symbol, signed, price, fee in fills:
        book.apply(fill(signed, price, fee, symbol), MULTIPLIERS[symbol])
    for symbol, position in book.positions.items():
        if position.quantity:
            book.apply(fill(position.quantity.copy_negate(), 100, 0, symbol), MULTIPLIERS[symbol])
        assert figures(position.quantity, position.cost, position.weight) == (0, 0, 0.0)
    with localcontext(prec=200):
        assert book.cash == book.capital + book.realised - book.fees


def test_a_strategy_that_narrows_the_decimal_context_does_not_round_the_account() -> None:
    book = account("1000000.01")
    with localcontext(prec=3):
        book.apply(fill("1234.567", "98.7654", "0.123456"), ONE)
        cash = book.cash
    assert cash == Decimal("1000000.01") - Decimal("1234.567") * Decimal("98.7654") - Decimal("0.123456")


def test_what_has_no_mark_counts_at_its_cost() -> None:
    book = account()
    book.apply(fill(10, 100), ONE)
    book.apply(fill(-3, 50, symbol="QQQ"), ONE)
    marks = {"QQQ": 51.0}
    assert (book.equity(marks), book.value({"QQQ": Decimal(51)}), book.unrealised({"QQQ": Decimal(51)})) == (
        99_997.0,
        Decimal(99_997),
        Decimal(-3),
    )


# --- buying power -----------------------------------------------------------------------------------------------


def test_a_long_position_is_paid_in_full_and_a_short_one_ties_up_as_much() -> None:
    book = account()
    book.apply(fill(400, 100), ONE)
    assert book.buying_power({"SPY": 120.0}) == 60_000
    other = account()
    other.apply(fill(-400, 100), ONE)
    assert figures(other.cash, other.buying_power({"SPY": 100.0}), other.buying_power({"SPY": 120.0})) == (
        140_000,
        60_000,
        44_000,
    )


def test_a_short_position_without_a_mark_counts_at_its_average_price() -> None:
    book = account()
    book.apply(fill(-400, 100), ONE)
    assert book.buying_power({}) == 60_000


@pytest.mark.parametrize(
    ("held", "open_orders", "new", "tied_up", "requirement"),
    [
        (0, [], 100, 0, 1000),
        (0, [], -100, 0, 1000),
        (0, [100], 100, 1000, 1000),
        (0, [-100], 100, 1000, 1000),
        (100, [], 50, 0, 500),
        (100, [], -100, 0, 0),
        (100, [], -150, 0, 0),
        (100, [], -200, 0, 0),
        (100, [], -250, 0, 500),
        (100, [-100], -100, 0, 0),
        (100, [-100], -150, 0, 500),
        (100, [-200], -100, 0, 1000),
        (-100, [], 100, 0, 0),
        (-100, [], 300, 0, 1000),
        (-100, [-50], -50, 500, 500),
        (-100, [250], 10, 500, 100),
    ],
)
def test_an_order_needs_what_it_adds_to_the_size_of_the_position(
    held: int, open_orders: list[int], new: int, tied_up: int, requirement: int
) -> None:
    book = account()
    if held:
        book.apply(fill(held, 10), ONE)
    for number, signed in enumerate(open_orders):
        side = Side.BUY if signed > 0 else Side.SELL
        book.reserve(f"open-{number}", "SPY", side, Decimal(abs(signed)), Decimal(10))
    side = Side.BUY if new > 0 else Side.SELL
    before = (book.tied_up, book.requirement("SPY", side, Decimal(abs(new)), Decimal(10)))
    book.reserve("new", "SPY", side, Decimal(abs(new)), Decimal(10))
    after = book.tied_up
    book.release("new")
    assert figures(*before, after, book.tied_up) == (tied_up, requirement, tied_up + requirement, tied_up)


def test_an_order_unties_with_each_fill_and_wholly_when_it_is_released() -> None:
    book = account()
    book.reserve("o1", "SPY", Side.BUY, Decimal(100), Decimal(10))
    powers = [(book.buying_power({}), book.open_part("o1"))]
    for step in ("fill", "fill", "release", "release"):
        if step == "fill":
            book.apply(fill(30, 9), ONE)
        else:
            book.release("o1")
        powers.append((book.buying_power({}), book.open_part("o1")))
    expected = [(99_000, (100, 10)), (99_030, (70, 10)), (99_060, (40, 10)), (99_460, None), (99_460, None)]
    assert powers == [(Decimal(power), open_) for power, open_ in expected]


def test_a_fill_of_the_last_quantity_unties_the_order() -> None:
    book = account()
    book.reserve("o1", "SPY", Side.SELL, Decimal(100), Decimal(10))
    book.apply(fill(-100, 10), ONE)
    book.reserve("o1", "SPY", Side.SELL, Decimal(1), Decimal(10))
    assert book.tied_up == 10


def test_a_position_that_changes_changes_what_the_orders_of_others_tie_up() -> None:
    book = account()
    book.apply(fill(100, 10), ONE)
    book.reserve("exit", "SPY", Side.SELL, Decimal(100), Decimal(10))
    assert book.tied_up == 0
    book.apply(fill(-40, 10, order_id="another"), ONE)
    assert book.tied_up == 0
    book.apply(fill(-60, 10, order_id="another"), ONE)
    assert figures(book.position("SPY"), book.tied_up) == (0, 1000)


def test_the_worst_position_counts_the_open_orders_of_one_side() -> None:
    book = account()
    book.apply(fill(100, 10), ONE)
    book.reserve("a", "SPY", Side.SELL, Decimal(70), Decimal(10))
    book.reserve("b", "SPY", Side.SELL, Decimal(70), Decimal(10))
    book.reserve("c", "SPY", Side.BUY, Decimal(5), Decimal(10))
    assert [book.worst_position(s, side) for s in ("SPY", "QQQ") for side in Side] == [105, -40, 0, 0]


def test_a_symbol_is_engaged_while_it_has_a_position_or_an_open_order() -> None:
    book = account()
    seen = [list(book.engaged)]
    book.reserve("o1", "SPY", Side.BUY, Decimal(10), Decimal(10))
    seen.append(list(book.engaged))
    book.apply(fill(10, 10), ONE)
    book.reserve("o2", "QQQ", Side.BUY, Decimal(10), Decimal(10))
    seen.append(list(book.engaged))
    book.apply(fill(-10, 10, order_id="o3"), ONE)
    book.release("o2")
    seen.append(list(book.engaged))
    assert seen == [[], ["SPY"], ["SPY", "QQQ"], []]


orders = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "fill", "release", "other fill"]),
        st.integers(0, 5),
        st.sampled_from(Side),
        st.integers(1, 20),
        st.integers(1, 9),
    ),
    max_size=40,
)


@given(events=orders)
def test_what_is_tied_up_is_never_below_zero_and_is_nothing_without_open_orders(events: list[Any]) -> None:
    book = account()
    open_orders: dict[str, tuple[Side, int]] = {}
    for what, number, side, quantity, price in events:
        order_id = f"o{number}"
        known = open_orders.get(order_id)
        if what == "reserve" and known is None:
            before = book.tied_up
            need = book.requirement("SPY", side, Decimal(quantity), Decimal(price))
            book.reserve(order_id, "SPY", side, Decimal(quantity), Decimal(price))
            assert book.tied_up - before == need >= 0
            open_orders[order_id] = (side, quantity)
        elif what == "fill" and known is not None:
            part = min(quantity, known[1])
            book.apply(fill(part * known[0].sign, price, order_id=order_id), ONE)
            open_orders[order_id] = (known[0], known[1] - part)
            if part == known[1]:
                del open_orders[order_id]
        elif what == "release":
            book.release(order_id)
            open_orders.pop(order_id, None)
        elif what == "other fill":
            book.apply(fill(quantity * side.sign, price, order_id="manual"), ONE)
        assert book.tied_up >= 0
        for one in Side:
            sum_open = sum(left for of, left in open_orders.values() if of is one)
            assert book.worst_position("SPY", one) == book.position("SPY") + one.sign * sum_open
    for order_id in open_orders:
        book.release(order_id)
    assert book.tied_up == 0
    assert ("SPY" in book.engaged) is bool(book.position("SPY"))


# --- mistakes ---------------------------------------------------------------------------------------------------


def test_what_cannot_be_booked_is_an_error_that_names_it() -> None:
    book = account()
    book.hold("SPY", ONE, Decimal(100), ONE)
    book.reserve("o1", "SPY", Side.BUY, ONE, ONE)
    attempts: list[tuple[Callable[[], object], str]] = [
        (lambda: book.hold("SPY", ONE, ONE, ONE), "SPY must be held once at the start, was held twice"),
        (lambda: book.apply(fill(1, 1, currency="EUR"), ONE), "fill ARCA-1: currency must be USD, was EUR"),
        (lambda: book.apply(fill(1, 1), Decimal(50)), "SPY: multiplier must stay 1, was 50"),
        (
            lambda: book.reserve("o1", "SPY", Side.BUY, ONE, ONE),
            "order o1 must be reserved for once, was reserved for twice",
        ),
    ]
    for attempt, message in attempts:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            attempt()
    assert figures(book.cash, book.position("SPY"), book.tied_up) == (100_000, 1, 1)


def test_the_examples_of_the_page_on_the_portfolio_hold() -> None:
    result = doctest.testfile(str(DOCS / "portfolio.md"), module_relative=False)
    assert (result.failed, result.attempted > 10) == (0, True)
