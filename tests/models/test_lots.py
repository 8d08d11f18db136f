"""Lots: first in first out and last in first out, beside the average and equal to it when flat."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.lots import CostMethod, Lots
from tradepit.models.positions import Position


def loose(figures: Any) -> Any:
    """Let figures be compared with plain numbers."""
    return figures


ONE = Decimal(1)
BY_LOTS = (CostMethod.FIFO, CostMethod.LIFO)
Closed = list[tuple[int, str, str, str]]


def _closed(method: CostMethod, trades: list[tuple[int, str]]) -> Closed:
    """Return (quantity, entry, exit, profit) of each lot that trades of (signed quantity, price) close."""
    lots = Lots(method)
    closed: Closed = []
    for signed, price in trades:
        for part in lots.change(Decimal(signed), Decimal(signed) * Decimal(price), 0):
            entry, exit_ = part.opened / part.quantity, part.closed / part.quantity
            closed.append((int(part.quantity), str(entry), str(exit_), str((part.closed - part.opened).normalize())))
    return closed


@pytest.mark.parametrize(
    ("method", "trades", "closed"),
    [
        pytest.param(
            CostMethod.FIFO,
            [(100, "10"), (100, "12"), (-150, "15")],
            [(100, "10", "15", "5E+2"), (50, "12", "15", "1.5E+2")],
            id="the oldest goes first",
        ),
        pytest.param(
            CostMethod.LIFO,
            [(100, "10"), (100, "12"), (-150, "15")],
            [(100, "12", "15", "3E+2"), (50, "10", "15", "2.5E+2")],
            id="the newest goes first",
        ),
        pytest.param(
            CostMethod.LIFO,
            [(-1000, "1.08"), (-1000, "1.07"), (2000, "1.09")],
            [(-1000, "1.07", "1.09", "-2E+1"), (-1000, "1.08", "1.09", "-1E+1")],
            id="short lots are bought back",
        ),
        pytest.param(
            CostMethod.FIFO,
            [(10, "5"), (-25, "6"), (15, "4")],
            [(10, "5", "6", "1E+1"), (-15, "6", "4", "3E+1")],
            id="a fill through zero opens a lot with its rest",
        ),
        pytest.param(CostMethod.FIFO, [(10, "5"), (5, "6")], [], id="what only adds closes nothing"),
    ],
)
def test_a_trade_closes_lots_in_the_order_of_the_method(
    method: CostMethod, trades: list[tuple[int, str]], closed: Closed
) -> None:
    assert _closed(method, trades) == closed


def test_an_average_has_no_lots() -> None:
    with pytest.raises(ValueError, match="method must be fifo or lifo, was average"):
        Lots(CostMethod.AVERAGE)


trades_of = st.lists(
    st.tuples(
        st.integers(-30, 30).filter(bool),
        st.decimals("0.01", "500", places=2),
    ),
    max_size=40,
)


def _by_hand(trades: list[tuple[int, Decimal]], *, newest_first: bool) -> tuple[Fraction, Fraction]:
    """Return realised profit and open notional, unit by unit."""
    units: list[tuple[int, Fraction]] = []
    realised = Fraction(0)
    for signed, price in trades:
        sign = 1 if signed > 0 else -1
        for _ in range(abs(signed)):
            if units and units[0][0] != sign:
                held, entry = units.pop(-1 if newest_first else 0)
                realised += held * (Fraction(price) - entry)
            else:
                units.append((sign, Fraction(price)))
    return realised, sum((sign * entry for sign, entry in units), Fraction(0))


@given(trades=trades_of, multiplier=st.sampled_from([Decimal(1), Decimal(50), Decimal("0.1")]))
def test_realised_and_cost_by_lots_are_what_single_units_give(
    trades: list[tuple[int, Decimal]], multiplier: Decimal
) -> None:
    position = Position("X", multiplier)
    for signed, price in trades:
        position.change(Decimal(signed), price)
    for method in BY_LOTS:
        realised, cost = _by_hand(trades, newest_first=method is CostMethod.LIFO)
        assert Fraction(position.realised_by(method)) == realised * Fraction(multiplier)
        assert Fraction(position.cost_by(method)) == cost * Fraction(multiplier)


@given(trades=trades_of, mark=st.decimals("0.01", "500", places=2))
def test_every_method_has_the_same_total_and_the_same_realised_when_flat(
    trades: list[tuple[int, Decimal]], mark: Decimal
) -> None:
    position = Position("X", ONE)
    for signed, price in trades:
        position.change(Decimal(signed), price)
        worth = position.worth(mark)
        totals = [position.realised_by(method) + worth - position.cost_by(method) for method in CostMethod]
        assert totals[0] == totals[1] == totals[2]
        if not position.quantity:
            assert len({position.realised_by(method) for method in CostMethod}) == 1


def test_lots_are_folded_when_a_position_is_never_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    trades = [(Decimal(3), Decimal(number)) for number in range(1, 40)]
    trades += [(Decimal(-2), Decimal(100 + number)) for number in range(40)]
    plain = Position("X", ONE)
    for signed, price in trades:
        plain.change(signed, price)
    monkeypatch.setattr("tradepit.models.positions._MOST_TRADES", 7)
    folded = Position("X", ONE)
    for signed, price in trades:
        folded.change(signed, price)
    for method in BY_LOTS:
        assert folded.realised_by(method) == plain.realised_by(method)
        assert folded.lots(method).open == plain.lots(method).open


def test_a_position_breaks_even_where_its_fees_are_covered() -> None:
    position = Position("X", Decimal(10))
    position.change(Decimal(100), Decimal(10))
    position.fees = Decimal(50)
    long = position.break_even_price
    position.change(Decimal(-100), Decimal(12))
    flat = position.break_even_price
    position.change(Decimal(-100), Decimal(10))
    position.fees = Decimal(100)
    assert loose((long, flat, position.break_even_price)) == (Decimal("10.05"), 0, Decimal("9.95"))


@pytest.mark.parametrize("method", BY_LOTS)
def test_a_split_scales_every_lot_and_leaves_its_cost(method: CostMethod) -> None:
    position = Position("X", ONE)
    for signed, price in ((10, 30), (20, 60), (-5, 90)):
        position.change(Decimal(signed), Decimal(price))
    before = position.lots(method)
    position.split(Decimal(1), Decimal(3))
    after = position.lots(method)
    assert [notional for _, notional, _ in after.open] == [notional for _, notional, _ in before.open]
    assert sum(quantity for quantity, _, _ in after.open) == position.quantity == Decimal("8.333333333333333333")
    assert (after.realised, position.cost_by(method)) == (before.realised, before.notional)
