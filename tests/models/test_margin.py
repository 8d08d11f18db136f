"""Margin rules: Regulation T and FINRA 4210, percentages, leverage; and what a margin call closes."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.margin import CASH, REG_T, Held, LiquidateFirst, MarginRule, liquidation, percentage

D = Decimal


@pytest.mark.parametrize(
    ("rule", "quantity", "price", "initial", "maintenance"),
    [
        pytest.param(REG_T, 100, "40", "2000", "1000", id="long: 50% and 25%"),
        pytest.param(REG_T, -100, "40", "2000", "1200", id="short: 50% beside the proceeds, 30%"),
        pytest.param(REG_T, -100, "16", "800", "500", id="short below 16.67: 5.00 a share"),
        pytest.param(REG_T, -100, "8", "500", "500", id="short: the initial is never below the maintenance"),
        pytest.param(REG_T, -100, "5", "500", "500", id="short at 5.00: 5.00 a share"),
        pytest.param(REG_T, -100, "4.99", "499", "499", id="short below 5.00: 100%"),
        pytest.param(REG_T, -100, "2", "250", "250", id="short below 2.50: 2.50 a share"),
        pytest.param(CASH, 100, "40", "4000", "0", id="a cash account lends nothing"),
        pytest.param(CASH, -100, "40", "4000", "0", id="a cash account ties up as much for a short position"),
        pytest.param(percentage(D("0.2"), D("0.1")), -100, "40", "800", "400", id="as given, on both sides"),
        pytest.param(REG_T.with_leverage(D(10)), 100, "40", "400", "200", id="leverage: 1/L, maintenance in ratio"),
        pytest.param(REG_T.with_leverage(D(10)), -100, "2", "20", "12", id="leverage: no amounts per share"),
        pytest.param(percentage(D("0.5"), D("0.5")).with_leverage(D(4)), 100, "40", "1000", "1000", id="ratio of 1"),
    ],
)
def test_a_rule_asks_for_a_part_of_the_value(
    rule: MarginRule, quantity: int, price: str, initial: str, maintenance: str
) -> None:
    size = abs(D(quantity)) * D(price)
    asked = rule.initial(size, D(quantity)), rule.maintenance(size, D(quantity))
    assert asked == (D(initial), D(maintenance))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: percentage(D("0.2"), D("0.3")), r"maintenance must be above 0 and at most initial \(0.2\), was 0.3"),
        (lambda: percentage(D("0.2"), D(0)), "maintenance must be above 0"),
        (lambda: REG_T.with_leverage(D("0.5")), "leverage must be 1 or more, was 0.5"),
        (lambda: CASH.with_leverage(D(2)), "a cash account does not"),
        (lambda: MarginRule(initial_long=D(-1)), "initial_long must be 0 or more, was -1"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(make: Callable[[], MarginRule], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def _held(symbol: str, quantity: int, price: int, unrealised: int = 0, lot: str = "1") -> Held:
    size = D(abs(quantity) * price)
    return Held(
        symbol=symbol,
        quantity=D(quantity),
        lot=D(lot),
        size=size,
        maintenance=REG_T.maintenance(size, D(quantity)),
        unrealised=D(unrealised),
    )


@pytest.mark.parametrize(
    ("deficit", "first", "closing"),
    [
        pytest.param("0", LiquidateFirst.LARGEST, [], id="nothing is missing"),
        pytest.param("100", LiquidateFirst.LARGEST, [("A", -8)], id="no more than whole lots of what is missing"),
        pytest.param("2500", LiquidateFirst.LARGEST, [("A", -200)], id="the largest alone"),
        pytest.param("2501", LiquidateFirst.LARGEST, [("A", -200), ("B", 1)], id="then the next"),
        pytest.param("100", LiquidateFirst.WORST, [("B", 4)], id="the worst first"),
        pytest.param("99999", LiquidateFirst.WORST, [("B", 100), ("A", -200), ("C", -10)], id="all there is"),
    ],
)
def test_a_call_closes_what_is_missing_and_no_more(
    deficit: str, first: LiquidateFirst, closing: list[tuple[str, int]]
) -> None:
    held = [_held("A", 200, 50, 10), _held("B", -100, 90, -500), _held("C", 10, 10, 20)]
    assert liquidation(held, D(deficit), first) == [(symbol, D(quantity)) for symbol, quantity in closing]


def test_what_needs_no_margin_is_not_closed() -> None:
    free = Held(symbol="F", quantity=D(5), lot=D(1), size=D(9999), maintenance=D(0), unrealised=D(-1))
    assert liquidation([free], D(10), LiquidateFirst.LARGEST) == []


positions = st.lists(
    st.tuples(st.integers(-500, 500).filter(bool), st.integers(1, 300), st.integers(-1000, 1000)), max_size=5
)


@given(made=positions, deficit=st.decimals("0.01", "100000", places=2), first=st.sampled_from(LiquidateFirst))
def test_one_lot_less_would_not_do(made: list[tuple[int, int, int]], deficit: Decimal, first: LiquidateFirst) -> None:
    held = {f"S{n}": _held(f"S{n}", *position) for n, position in enumerate(made)}
    closing = liquidation(held.values(), deficit, first)
    freed = D(0)
    for symbol, signed in closing:
        assert freed < deficit
        position = held[symbol]
        size = abs(position.quantity)
        assert (signed > 0) is (position.quantity < 0)
        assert abs(signed) <= size
        freed += position.maintenance * abs(signed) / size
    if closing:
        last = held[closing[-1][0]]
        assert freed - last.maintenance / abs(last.quantity) < deficit + D("1e-20")
    if freed < deficit - D("1e-20"):
        assert len(closing) == len(held)
        assert all(abs(signed) == abs(held[symbol].quantity) for symbol, signed in closing)
