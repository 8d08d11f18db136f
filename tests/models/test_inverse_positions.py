"""Inverse contracts: profit in the base currency, quantity x multiplier x (1/entry - 1/exit)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.inverse_positions import InversePosition
from tradepit.models.lots import CostMethod


def loose(figures: Any) -> Any:
    """Let figures be compared with plain numbers."""
    return figures


D = Decimal
ONE = D(1)


@pytest.mark.parametrize(
    ("quantity", "entry", "mark", "profit"),
    [
        (-100_000, "10000", "11000", "-0.90909091"),
        (100_000, "10000", "11000", "0.90909091"),
        (100_000, "10000", "8000", "-2.50000000"),
        (1, "50000", "50000", "0E-8"),
    ],
)
def test_unrealised_profit_is_the_difference_of_the_inverses(quantity: int, entry: str, mark: str, profit: str) -> None:
    position = InversePosition("XBTUSD", ONE)
    cash = position.change(D(quantity), D(entry))
    found = position.unrealised(D(mark)).quantize(D("1e-8"))
    assert loose((cash, str(found), position.worth(D(mark)))) == (0, profit, position.unrealised(D(mark)))


def test_a_position_opened_in_two_has_the_harmonic_mean_and_pays_when_it_closes() -> None:
    position = InversePosition("XBTUSD", ONE)
    position.change(D(1000), D(8000))
    position.change(D(1000), D(10000))
    average = position.average_price.quantize(D("1e-9"))
    cash = position.change(D(-2000), D(10000))
    assert loose((average, position.average_price)) == (D("8888.888888889"), 0)
    assert (position.realised, cash) == (D("0.025"), D("-0.025"))
    assert position.average_close.quantize(D("1e-9")) == 10_000
    assert loose((position.worth_at_cost(), position.size(D(10_000)))) == (0, 0)


trades_of = st.lists(
    st.tuples(st.integers(-50, 50).filter(bool), st.decimals("10", "90000", places=1)), min_size=1, max_size=20
)


@given(trades=trades_of, mark=st.decimals("10", "90000", places=1))
def test_cash_and_worth_are_the_profit_of_every_trade(trades: list[tuple[int, Decimal]], mark: Decimal) -> None:
    position = InversePosition("XBTUSD", D(100))
    cash = D(0)
    for signed, price in trades:
        cash -= position.change(D(signed), price)
    assert cash == position.realised
    assert cash + position.worth(mark) == position.realised + position.unrealised(mark)
    by_hand = sum((100 * signed * (1 / Fraction(price) - 1 / Fraction(mark)) for signed, price in trades), Fraction(0))
    assert abs(Fraction(cash + position.worth(mark)) - by_hand) < Fraction(1, 10**12)
    fifo = position.realised_by(CostMethod.FIFO) - position.cost_by(CostMethod.FIFO)
    assert fifo == position.realised - position.cost


def test_a_lots_price_comes_back_from_its_notional() -> None:
    position = InversePosition("XBTUSD", ONE)
    notional = position.notional(D(500), D(8000))
    assert loose((notional, position.price_of(notional, D(500)))) == (D("-0.0625"), 8000)
