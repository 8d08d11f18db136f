import math
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tradepit.tools.report.costs import Cost, costs_of, totals_of, value_by_symbol
from tradepit.tools.report.tables import costs_section


def _fill(venue: str, symbol: str, side: str, quantity: str, price: str, reference: str, fee: str) -> dict[str, Any]:
    return {
        "venue": venue,
        "symbol": symbol,
        "side": side,
        "quantity": quantity,
        "price": price,
        "reference_price": reference,
        "fee": fee,
    }


FILLS = [
    _fill("NEAR", "X", "BUY", "100", "10.02", "10.00", "0.30"),
    _fill("NEAR", "X", "SELL", "50", "10.09", "10.10", "-0.10"),
    _fill("FAR", "ES", "SELL", "2", "4000.25", "4000.00", "4.50"),
    _fill("NEAR", "A", "BUY", "1", "0", "0", "0"),
]


def test_costs_are_summed_by_venue_and_symbol_with_slippage_against_the_trader_above_zero() -> None:
    assert costs_of(FILLS, {"X": Decimal(1), "ES": Decimal(50), "A": Decimal(1)}) == [
        Cost(
            venue="FAR",
            symbol="ES",
            fills=1,
            quantity=Decimal(2),
            value=Decimal(400_000),
            fees=Decimal("4.50"),
            slippage=Decimal(-25),
        ),
        Cost(venue="NEAR", symbol="A", fills=1, quantity=Decimal(1)),
        Cost(
            venue="NEAR",
            symbol="X",
            fills=2,
            quantity=Decimal(150),
            value=Decimal(1_505),
            fees=Decimal("0.20"),
            slippage=Decimal("2.50"),
        ),
    ]


def test_a_fee_in_what_was_traded_counts_at_its_price_and_one_in_another_currency_stands_apart() -> None:
    paid = [
        {**_fill("NEAR", "X", "BUY", "2", "50", "50", "0.002"), "fee_currency": "BTC"},
        {**_fill("NEAR", "X", "SELL", "2", "50", "50", "0.10"), "fee_currency": None},
        {**_fill("NEAR", "X", "SELL", "2", "50", "50", "1.50"), "fee_currency": "EUR"},
        {**_fill("FAR", "X", "SELL", "2", "50", "50", "2.50"), "fee_currency": "EUR"},
    ]
    costs = costs_of(paid, {"X": Decimal(5)}, {"X": "BTC"})
    (whole,) = totals_of(costs)
    assert [(cost.fees, cost.fees_apart) for cost in (*costs, whole)] == [
        (Decimal(0), {"EUR": Decimal("2.50")}),
        (Decimal("0.6"), {"EUR": Decimal("1.50")}),
        (Decimal("0.6"), {"EUR": Decimal("4.00")}),
    ]
    assert "Fees of 4.00 EUR, charged in that currency, come on top." in str(costs_section(costs, "USD"))


def test_costs_in_several_currencies_are_never_added() -> None:
    fills = [
        {**_fill("NEAR", "X", "BUY", "100", "10.02", "10.00", "0.30"), "currency": "USD"},
        {**_fill("NEAR", "SIE", "BUY", "10", "90.10", "90.00", "0.40"), "currency": "EUR"},
        {**_fill("FAR", "X", "BUY", "100", "10.01", "10.00", "0.20"), "currency": "USD"},
    ]
    costs = costs_of(fills, {})
    assert [(total.currency, total.fees, total.slippage, total.value) for total in totals_of(costs)] == [
        ("USD", Decimal("0.50"), Decimal("3.00"), Decimal(2_000)),
        ("EUR", Decimal("0.40"), Decimal("1.00"), Decimal(900)),
    ]
    said = str(costs_section(costs, "USD"))
    assert "In USD: 0.50 of fees (2.5 bps) and 3.00 of slippage (15 bps) on 2,000.00 traded." in said
    assert "In EUR: 0.40 of fees (4.44 bps) and 1.00 of slippage (11.1 bps) on 900.00 traded." in said


def test_basis_points_are_of_the_value_and_undefined_of_nothing() -> None:
    far, nothing, near = costs_of(FILLS, {"ES": Decimal(50)})
    assert (far.fees_bps, far.slippage_bps) == (0.1125, -0.625)
    assert round(near.slippage_bps, 6) == round(2.5 / 1505 * 10_000, 6)
    assert math.isnan(nothing.fees_bps)


def test_the_value_of_a_symbol_is_that_of_all_its_venues() -> None:
    twice = [*FILLS, _fill("FAR", "X", "BUY", "10", "10", "10", "0")]
    assert value_by_symbol(costs_of(twice, {})) == {"ES": Decimal(8_000), "X": Decimal(1_605), "A": Decimal(0)}


_PLACES = st.decimals(min_value=-50, max_value=50, places=2)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("XY"), st.sampled_from(["BUY", "SELL"]), _PLACES)))
def test_nothing_is_lost_between_venues(drawn: list[tuple[str, str, str, Decimal]]) -> None:
    fills = [
        _fill(venue, symbol, side, "3", str(100 + slip), "100", str(slip / 2)) for venue, symbol, side, slip in drawn
    ]
    (whole,) = totals_of(costs_of(fills, {})) or [Cost(venue="all", symbol="")]
    signs = {"BUY": 1, "SELL": -1}
    assert (whole.fills, whole.value, whole.fees, whole.slippage) == (
        len(drawn),
        Decimal(300 * len(drawn)),
        sum((slip / 2 for *_, slip in drawn), Decimal(0)),
        sum((3 * slip * signs[side] for _, _, side, slip in drawn), Decimal(0)),
    )
