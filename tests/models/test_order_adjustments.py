"""Orders after splits and dividends: FINRA Rule 5330, with the examples that brokers and study guides give."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.corporate_actions import CashDividend, Split, StockDividend
from tradepit.models.instruments import Instrument
from tradepit.models.order_adjustments import (
    Adjustment,
    Restatements,
    adjusted_prices,
    adjusted_terms,
    adjustment_of,
    open_lots,
)
from tradepit.models.orders import OffsetUnit, Order, OrderKind, OrderTerms, Side

D = Decimal
ACME = Instrument(symbol="ACME")


def _order(text: str) -> Order:
    side, quantity, kind, *prices = text.split()
    limit, stop = (None if price == "-" else D(price) for price in (*prices, "-", "-")[:2])
    return Order(
        order_id="1",
        strategy="mine",
        symbol="ACME",
        side=Side(side),
        kind=OrderKind(kind),
        quantity=D(quantity),
        limit_price=limit,
        stop_price=stop,
        created_at=0,
    )


CASES = """
BUY 100 LIMIT 50                | 2:1  | 200 25.00 -
SELL 100 LIMIT 100              | 2:1  | 200 50.00 -
BUY 100 LIMIT 100               | 3:2  | 150 66.66 -
SELL 100 LIMIT 60               | 3:2  | 150 40.00 -
SELL 100 LIMIT 100              | 3:2  | 150 66.67 -
BUY 7 STOP - 100                | 3:2  | 10 - 66.67
SELL 7 STOP - 100               | 3:2  | 10 - 66.66
BUY 7 MARKET_IF_TOUCHED - 100   | 3:2  | 10 - 66.66
SELL 7 LIMIT_IF_TOUCHED 90 100  | 3:2  | 10 60.00 66.67
SELL 7 STOP_LIMIT 90.01 100     | 3:2  | 10 60.01 66.66
BUY 7 LIMIT 0.01                | 3:2  | 7 none
BUY 500 LIMIT 35                | 0.20 | 500 34.80 -
SELL 100 STOP - 40              | 0.375 | 100 - 39.62
BUY 100 LIMIT 0.20              | 0.20 | 100 none
"""


@pytest.mark.parametrize("case", CASES.strip().splitlines())
def test_quantities_and_prices_follow_the_rule(case: str) -> None:
    text, by, wanted = (part.strip() for part in case.split("|"))
    new, _, old = by.partition(":")
    adjustment = Adjustment(new=D(new), old=D(old)) if old else Adjustment(amount=D(by))
    order = _order(text)
    quantity, *rest = wanted.split()
    prices = adjusted_prices(order, adjustment, ACME)
    if rest == ["none"]:
        assert prices is None
    else:
        assert open_lots(order.quantity, adjustment, ACME) == D(quantity)
        assert prices == tuple(None if price == "-" else D(price) for price in rest)


REDUCED = {
    "BUY 1 LIMIT 10": True,
    "SELL 1 LIMIT 10": False,
    "BUY 1 STOP - 10": False,
    "SELL 1 STOP - 10": True,
    "SELL 1 STOP_LIMIT 9 10": True,
    "BUY 1 LIMIT_IF_TOUCHED 9 10": True,
    "SELL 1 MARKET_IF_TOUCHED - 10": False,
    "SELL 1 TRAILING_STOP": True,
}


@pytest.mark.parametrize(("text", "reduced"), REDUCED.items())
def test_a_dividend_reduces_what_waits_below_the_market(text: str, reduced: bool) -> None:
    order = _order(text)
    assert Adjustment(amount=D("0.01")).concerns(order) is reduced
    assert not Adjustment(amount=D("0.0099")).concerns(order)
    assert Adjustment(new=D(2)).concerns(order)


def test_a_reverse_split_adjusts_nothing() -> None:
    assert adjustment_of(Split(new=D(1), old=D(10)), D(0)) is None
    assert adjustment_of(StockDividend(share=D("0.05")), D(0)) == Adjustment(new=D("1.05"))
    assert adjustment_of(CashDividend(amount=D(3)), D("2.5")) == Adjustment(amount=D("2.5"))


@pytest.mark.parametrize(
    ("unit", "trail"), [(OffsetUnit.PRICE, D("1.5")), (OffsetUnit.TICKS, D("1.5")), (OffsetUnit.BPS, D(3))]
)
def test_distances_in_money_and_ticks_are_divided(unit: OffsetUnit, trail: Decimal) -> None:
    terms = OrderTerms(display_quantity=D(15), trail_offset=D(3), offset_unit=unit, stop_loss=D(90), take_profit=D(111))
    after = adjusted_terms(terms, Side.BUY, Adjustment(new=D(2)), ACME)
    assert after == OrderTerms(
        display_quantity=D(30), trail_offset=trail, offset_unit=unit, stop_loss=D(45), take_profit=D("55.50")
    )
    assert adjusted_terms(terms, Side.BUY, Adjustment(amount=D(2)), ACME) is terms


def test_a_child_of_before_two_splits_goes_through_both() -> None:
    restated = Restatements().then("a.b.2", Adjustment(new=D(2))).then("a.b.4", Adjustment(new=D(3)))
    assert [restated.today(f"a.b.{n}", D(10)) for n in (1, 2, 3, 4)] == [D(60), D(30), D(30), D(10)]
    assert [restated.before(f"a.b.{n}") for n in (1, 3, 4)] == [True, True, False]
    assert not Restatements().before("a.1")


@given(
    st.integers(1, 10**6),
    st.integers(1, 10**6).map(lambda cents: D(cents) / 100),
    st.sampled_from([(2, 1), (3, 2), (4, 3), (7, 1), (21, 20)]),
    st.sampled_from(list(Side)),
)
def test_no_order_is_worth_more_to_its_owner_than_before(
    quantity: int, price: Decimal, ratio: tuple[int, int], side: Side
) -> None:
    order = _order(f"{side} {quantity} LIMIT {price}")
    adjustment = Adjustment(new=D(ratio[0]), old=D(ratio[1]))
    prices = adjusted_prices(order, adjustment, ACME)
    open_ = open_lots(order.quantity, adjustment, ACME)
    assert open_ == open_.to_integral_value()
    assert 0 <= quantity * ratio[0] - open_ * ratio[1] < ratio[1]
    if prices is not None:
        limit = prices[0]
        assert limit is not None
        off = limit * ratio[0] - price * ratio[1]  # what its value is off, in units of before
        assert -ratio[0] * ACME.tick < off <= 0 if side is Side.BUY else 0 <= off < ratio[0] * ACME.tick
