"""What a fill must be: each rule with what it refuses, and the bounds of fee and slippage."""

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.fill_truth import InvalidFillError
from tradepit.models.fill_validation import ALWAYS, FILL_RULES, Booked, FillBounds, check_fill
from tradepit.models.order_life import OrderLife
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side, TimeInForce

D = Decimal


def order(**changes: Any) -> Order:
    plain: dict[str, Any] = {
        "order_id": "o1", "strategy": "s", "symbol": "SPY", "side": Side.BUY, "kind": OrderKind.LIMIT,
        "quantity": D(300), "limit_price": D("100.50"), "created_at": 0, "time_in_force": TimeInForce.GTC,
    }  # fmt: skip
    return Order(**plain | changes)


def fill(**changes: Any) -> Fill:
    plain: dict[str, Any] = {
        "fill_id": "ARCA-1", "order_id": "o1", "child_id": "o1.1", "strategy": "s", "symbol": "SPY", "side": Side.BUY,
        "quantity": D(100), "price": D("100.20"), "reference_price": D("100.10"), "fee": D("0.30"), "currency": "USD",
        "venue": "ARCA", "liquidity": Liquidity.TAKER, "time": 0,
    }  # fmt: skip
    return Fill(**plain | changes)


BOOKED = Booked(cumulative=D(200), fill_ids=("ARCA-0",), multiplier=D(2), bounds=FillBounds(max_fee=D("0.001")))
SHORT = order(side=Side.SELL, limit_price=D(101))

REFUSED = [
    ("belongs", fill(order_id="o2"), "FOREIGN_FILL: fill ARCA-1: order_id must be that of order o1, o1, was o2"),
    ("belongs", fill(symbol="QQQ"), "FOREIGN_FILL: fill ARCA-1: symbol must be that of order o1, SPY, was QQQ"),
    ("belongs", fill(side=Side.SELL), "FOREIGN_FILL: fill ARCA-1: side must be that of order o1, BUY, was SELL"),
    ("duplicate", fill(fill_id="ARCA-0"), "DUPLICATE_FILL: fill ARCA-0 of order o1 came before"),
    (
        "number",
        fill(quantity=D(0)),
        "FILL_NOT_A_NUMBER: fill ARCA-1 must have a quantity above 0 and a finite price, was 0 at 100.20",
    ),
    (
        "number",
        fill(price=D("NaN")),
        "FILL_NOT_A_NUMBER: fill ARCA-1 must have a quantity above 0 and a finite price, was 100 at NaN",
    ),
    ("overfill", fill(quantity=D("100.01")), "OVERFILL: fill ARCA-1 of order o1: limit=100, was=100.01"),
    ("limit", fill(price=D("100.51")), "FILL_THROUGH_LIMIT: fill ARCA-1 of order o1 (BUY): limit=100.50, was=100.51"),
    ("fee", fill(fee=D("20.05")), "FEE_OUT_OF_BOUNDS: fee of fill ARCA-1: limit=20.04, was=20.05"),
    ("fee", fill(fee=D("-20.05")), "FEE_OUT_OF_BOUNDS: fee of fill ARCA-1: limit=20.04, was=-20.05"),
    ("fee", fill(fee=D("NaN")), "FEE_OUT_OF_BOUNDS: fee of fill ARCA-1: limit=20.04, was=NaN"),
    (
        "slippage",
        fill(reference_price=D("91.00")),
        "SLIPPAGE_OUT_OF_BOUNDS: fill ARCA-1 at 100.20, reference 91.00: limit=9.1",
    ),
    (
        "slippage",
        fill(price=D("90.00")),
        "SLIPPAGE_OUT_OF_BOUNDS: fill ARCA-1 at 90.00, reference 100.10: limit=10.01",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given_fill", "message"), [pytest.param(*case, id=case[2]) for case in REFUSED])
def test_each_rule_refuses_with_code_and_figures_what_no_other_one_does(
    rule: str, given_fill: Fill, message: str
) -> None:
    refused = {}
    for name in FILL_RULES:
        refusal = check_fill(given_fill, order(), BOOKED, rules=[name])
        if refusal is not None:
            refused[name] = str(refusal)
    assert refused == {rule: message}


def test_a_true_fill_passes_every_rule() -> None:
    for_sale = fill(side=Side.SELL, price=D(101), reference_price=D(101))
    assert check_fill(fill(), order(), BOOKED, rules=list(FILL_RULES)) is None
    assert check_fill(for_sale, SHORT, rules=list(FILL_RULES)) is None
    assert check_fill(fill(), order(kind=OrderKind.MARKET, limit_price=None), rules=list(FILL_RULES)) is None
    assert str(check_fill(fill(side=Side.SELL), SHORT)).startswith("FILL_THROUGH_LIMIT")


def test_without_anything_booked_the_whole_order_is_left() -> None:
    assert check_fill(fill(quantity=D(300)), order()) is None
    assert str(check_fill(fill(quantity=D(301)), order())).endswith("limit=300, was=301")


def test_a_rule_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError, match="fees"):
        check_fill(fill(), order(), rules=["fees"])


def test_a_bound_is_an_exact_part_and_not_negative() -> None:
    with pytest.raises(ValueError, match=r"max_fee must be 0 or more, was -0\.1"):
        FillBounds(max_fee=D("-0.1"))
    with pytest.raises(TypeError, match=r"max_slippage must be a Decimal, was 0\.1"):
        FillBounds(max_slippage=0.1)  # type: ignore[arg-type]  # what is refused


def test_a_fee_in_what_was_bought_is_a_part_of_the_quantity() -> None:
    bounds = FillBounds(max_fee=D("0.002"))
    assert bounds.check(fill(fee=D("0.2"), fee_currency="BTC"), order(), D(1)) is None
    assert str(bounds.check(fill(fee=D("0.21"), fee_currency="BTC"), order(), D(1))).endswith("limit=0.2, was=0.21")


def test_only_the_bounds_that_are_chosen_hold() -> None:
    dear, far = fill(fee=D(600)), fill(price=D(50))
    assert FillBounds(rules=("slippage",)).check(dear, order(), D(1)) is None
    assert FillBounds(rules=("fee",)).check(far, order(), D(1)) is None
    both = FillBounds()
    codes = [refusal.code for one in (dear, far) if (refusal := both.check(one, order(), D(1)))]
    assert codes == ["FEE_OUT_OF_BOUNDS", "SLIPPAGE_OUT_OF_BOUNDS"]


def test_a_narrow_context_of_a_strategy_changes_no_bound() -> None:
    with localcontext(prec=2):
        assert FillBounds(max_fee=D("0.0001")).check(fill(fee=D("1.0021")), order(), D(1)) is not None
        assert FillBounds(max_fee=D("0.0001")).check(fill(fee=D("1.0020")), order(), D(1)) is None


@given(
    order_id=st.sampled_from(["o1", "o1", "o2"]),
    side=st.sampled_from([Side.BUY, Side.BUY, Side.SELL]),
    fill_id=st.sampled_from(["ARCA-0", "ARCA-1", "ARCA-1"]),
    quantity=st.sampled_from([D(100), D(100), D(201), D(0), D("NaN"), D("Infinity")]),
    price=st.sampled_from([D("100.20"), D("100.50"), D("100.51"), D("NaN")]),
)
def test_the_rules_that_always_hold_are_those_by_which_an_orders_life_goes(**changes: Any) -> None:
    wanted = order()
    life = OrderLife(wanted, 0)
    life.release(0)
    life.fill(fill(fill_id="ARCA-0"), 1)
    said = check_fill(fill(**changes), wanted, Booked(cumulative=D(100), fill_ids=("ARCA-0",)))
    if said is None:
        life.fill(fill(**changes), 2)
    else:
        with pytest.raises(InvalidFillError) as caught:
            life.fill(fill(**changes), 2)
        assert str(caught.value) == str(said)
    assert tuple(FILL_RULES)[:5] == ALWAYS
