"""Corporate actions and the cost of time, by hand."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tradepit.models.accruals import Accruals, BorrowRates
from tradepit.models.corporate_actions import (
    CashDividend,
    Delisting,
    Fractions,
    Split,
    StockDividend,
    apply_split,
)
from tradepit.models.positions import Position

D = Decimal
ONE = D(1)


@pytest.mark.parametrize(
    ("quantity", "split", "lot", "after", "cash", "cost"),
    [
        pytest.param(100, Split(new=D(4)), "1", "400", "0", "1000", id="4:1"),
        pytest.param(100, Split(new=ONE, old=D(8)), "1", "12", "40.0", "960", id="1:8, half a share paid out"),
        pytest.param(100, Split(new=ONE, old=D(8), fractions=Fractions.KEPT), "1", "12.5", "0", "1000", id="1:8, kept"),
        pytest.param(-101, Split(new=D(3), old=D(2)), "1", "-151", "-40.0", "-1006.666666666667", id="short, 3:2"),
        pytest.param(
            100, Split(new=ONE, old=D(3)), "1", "33", "26.66666666666666666666666667", "990", id="1:3, a third"
        ),
        pytest.param(-200, Split(new=D(2), old=D(7)), "1", "-57", "-11.42857142857142857142857143", "-1995", id="2:7"),
        pytest.param(5, Split(new=ONE, old=D(10)), "1", "0", "40.0", "0", id="all of it is a fraction"),
        pytest.param(100, Split(new=D(3), old=D(2)), "100", "100", "4000", "666.666666666667", id="lots of 100"),
        pytest.param(100, StockDividend(share=D("0.05")).split, "1", "105", "0", "1000", id="5% in stock"),
        pytest.param(0, Split(new=D(4)), "1", "0", "0", "0", id="nothing held"),
    ],
)
def test_a_split_leaves_the_cost_and_pays_out_what_is_no_lot(
    quantity: int, split: Split, lot: str, after: str, cash: str, cost: str
) -> None:
    position = Position("X", ONE)
    if quantity:
        position.change(D(quantity), D(10))
    before = position.realised - position.cost
    paid = apply_split(position, split, D(lot), D(80))
    expected = (D(after), D(cash), D(cost))
    assert (position.quantity, paid, position.cost.quantize(D("1e-12"))) == expected
    assert position.realised - position.cost == before + paid


def test_a_price_is_divided_by_the_ratio() -> None:
    assert Split(new=D(3), old=D(2)).price_after(D(100)) == D("66.66666666666666666666666667")


@pytest.mark.parametrize(
    ("quantity", "withheld", "due"), [(100, "0.15", "20.40"), (-100, "0.15", "-24.00"), (0, "0", "0")]
)
def test_a_long_position_gets_the_dividend_less_tax_and_a_short_one_pays_it_whole(
    quantity: int, withheld: str, due: str
) -> None:
    assert CashDividend(amount=D("0.24"), withheld=D(withheld)).due(D(quantity), ONE) == D(due)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Split(new=D(0)),
        lambda: Split(new=D(2), old=D(-1)),
        lambda: CashDividend(amount=D(0)),
        lambda: CashDividend(amount=ONE, withheld=D("1.01")),
        lambda: StockDividend(share=D(0)),
        lambda: Delisting(price=D(-1)),
    ],
)
def test_an_action_of_nothing_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        make()


# --- the cost of time -------------------------------------------------------------------------------------------

RATES = BorrowRates(rate=D("0.0036"), hard_to_borrow=D("0.36"), hard=("GME", "AMC"), by_symbol={"AMC": D("0.72")})


def _accruals(days_in_year: int = 360) -> Accruals:
    week = 7
    return Accruals(
        borrow=RATES,
        days_in_year=days_in_year,
        next_due=lambda at: at + 1,
        day_of=lambda at: at + 2 if at % week > 4 else at,  # day 5 of a week is followed by its day 8
    )


@pytest.mark.parametrize(("symbol", "rate"), [("SPY", "0.0036"), ("GME", "0.36"), ("AMC", "0.72")])
def test_a_symbols_own_rate_comes_before_that_of_what_is_hard_to_borrow(symbol: str, rate: str) -> None:
    assert RATES.of(symbol) == D(rate)


@pytest.mark.parametrize(
    ("amount", "rate", "days", "year", "charge"),
    [
        ("10000", "0.36", 1, 360, "10"),
        ("10000", "0.36", 3, 360, "30"),
        ("10000", "0.365", 1, 365, "10"),
        ("1", "0.01", 1, 360, "0.000027777778"),
        ("0", "0.36", 1, 360, "0"),
        ("100", "0", 1, 360, "0"),
    ],
)
def test_a_charge_is_amount_times_rate_times_days_over_the_year(
    amount: str, rate: str, days: int, year: int, charge: str
) -> None:
    assert _accruals(year).charge(D(amount), D(rate), days) == D(charge)


def test_a_charge_is_for_the_days_up_to_the_next() -> None:
    assert [_accruals().days_from(at) for at in (1, 2, 4)] == [1, 1, 3]
