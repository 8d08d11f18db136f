"""Fees by symbol, fees on fees, and fees by what was traded in 30 days."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.billed_fill import NOTHING_SO_FAR, BilledFill, FeeMoment, OrderSoFar
from tradepit.models.commission import Commission, FixedCommission, NoCommission, PercentCommission, PerShareCommission
from tradepit.models.commission_parts import (
    DatedCommission,
    FeeOnFees,
    RoundedCommission,
    SideCommission,
    SumCommission,
)
from tradepit.models.commission_symbols import SymbolCommission, fits
from tradepit.models.commission_tiers import Tier, TierBy, TieredCommission
from tradepit.models.orders import Liquidity, Side
from tradepit.models.traded_volume import TradedVolume, month_of

D = Decimal
DAY = 86_400 * 10**9


def fees(
    schedule: Commission,
    *fills: tuple[str, str],
    symbol: str = "X",
    side: Side = Side.BUY,
    moment: FeeMoment = FeeMoment(),  # noqa: B008  a value
) -> list[Decimal]:
    """Return the fee of each fill (quantity, price) of one order."""
    so_far, charged = NOTHING_SO_FAR, []
    for quantity, price in fills:
        fill = BilledFill(
            side=side, quantity=D(quantity), price=D(price), multiplier=D(1), liquidity=Liquidity.TAKER, symbol=symbol,
            so_far=so_far, moment=moment,
        )  # fmt: skip
        charged.append(schedule.fee(fill))
        so_far = schedule.after(fill, charged[-1])
    return charged


# --- by symbol --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "name", "expected"),
    [
        ("ESZ4", "ESZ4", True),
        ("ESZ4", "ES*", True),
        ("ES", "ES*", True),
        ("MESZ4", "ES*", False),
        ("ESZ4", "ES??", True),
        ("ESZ24", "ES??", False),
        ("BRK.B", "BRK.B", True),
        ("BRKxB", "BRK.B", False),
        ("BRKxB", "BRK.*", False),
        ("BTC/USD", "*/USD", True),
        ("^N", "^*", True),
        ("A*", "A*", True),
        ("ES", "es*", False),
    ],
)
def test_a_pattern_stands_for_any_letters(symbol: str, name: str, expected: bool) -> None:
    assert fits(symbol, name) is expected


BY_SYMBOL = SymbolCommission(
    schedules={
        "ES*": PerShareCommission(rate=D("2.00")),
        "*Z4": PerShareCommission(rate=D("1.00")),
        "ESH5": FixedCommission(D(7)),
    },
    other=PercentCommission(rate=D("0.001"), minimum=D(1)),
)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("ESZ4", ["6.00", "2.00"]),  # the first pattern that fits
        ("NQZ4", ["3.00", "1.00"]),
        ("ESH5", ["7", "0"]),  # its own name goes before patterns
        ("SPY", ["1", "0"]),  # the minimum of the order, used up by its second fill
    ],
)
def test_each_symbol_pays_by_its_own_schedule(symbol: str, expected: list[str]) -> None:
    assert fees(BY_SYMBOL, ("3", "100"), ("1", "100"), symbol=symbol) == [D(fee) for fee in expected]


def test_what_no_name_fits_pays_nothing_unless_something_is_said_of_it() -> None:
    assert fees(SymbolCommission(schedules={"A": FixedCommission(D(7))}), ("3", "100"), symbol="B") == [D(0)]


def test_a_schedule_by_symbol_wants_the_moment_if_one_of_its_schedules_does() -> None:
    dated = DatedCommission(periods=[(None, FixedCommission(D(7)))])
    plain = FixedCommission(D(7))
    assert not SymbolCommission(schedules={"A": plain}).wants_moment
    assert SymbolCommission(schedules={"A": plain, "B": dated}).wants_moment
    assert SymbolCommission(schedules={"A": plain}, other=dated).wants_moment


# --- fees on fees -----------------------------------------------------------------------------------------------

# A discount broker's bill in India for an equity day trade: 0.03% or 20 an order, whichever is less; the exchange's
# charge; GST of 18% on these two; securities transaction tax on sales, on which there is no GST.
BILL = SumCommission(
    schedules=[
        PercentCommission(rate=D("0.0003"), maximum=D(20)),
        PercentCommission(rate=D("0.0000297")),
        FeeOnFees(rate=D("0.18")),
        SideCommission(side=Side.SELL, schedule=PercentCommission(rate=D("0.00025"))),
    ]
)


def test_a_tax_is_on_the_fees_before_it_alone() -> None:
    # Turnover 100,000: brokerage min(30, 20) = 20, exchange 2.97, GST 18% of 22.97 = 4.1346; a sale pays 25 more.
    assert fees(BILL, ("1000", "100")) == [D("27.1046")]
    assert fees(BILL, ("1000", "100"), side=Side.SELL) == [D("52.1046")]


def test_a_tax_follows_the_bounds_of_the_order() -> None:
    # The first fill pays 15 of brokerage, the second the 5 that are left of the 20, the third none.
    assert fees(BILL, ("500", "100"), ("500", "100"), ("500", "100")) == [
        (D(15) + D("1.485")) * D("1.18"),
        (D(5) + D("1.485")) * D("1.18"),
        D("1.485") * D("1.18"),
    ]


# LEAN's model for India (`IndiaFeeModel`) with the rates of its Zerodha model, each charge rounded to the paisa: 0.03%
# or 20; 0.00345%; 18% on these two; 0.0001%; 0.025% on sales; 0.003% on purchases.
def _paisa(rate: str, maximum: str | None = None) -> Commission:
    percent = PercentCommission(rate=D(rate), maximum=None if maximum is None else D(maximum))
    return RoundedCommission(schedule=percent)


ZERODHA = SumCommission(
    schedules=[
        _paisa("0.0003", "20"),
        _paisa("0.0000345"),
        FeeOnFees(rate=D("0.18"), rounding="half_up"),
        _paisa("0.000001"),
        SideCommission(side=Side.SELL, schedule=_paisa("0.00025")),
        SideCommission(side=Side.BUY, schedule=_paisa("0.00003")),
    ]
)


@pytest.mark.parametrize(
    ("value", "bought", "sold"),
    [
        # 3.70 + 0.43 + 0.74 + 0.01, and 0.37 or 3.09
        ("12345.67", "5.25", "7.97"),
        # 20 + 34.50 + 9.81 + 1.00, and 30 or 250
        ("1_000_000", "95.31", "315.31"),
    ],
)
def test_a_bill_of_rounded_parts_is_that_of_another_engine(value: str, bought: str, sold: str) -> None:
    assert fees(ZERODHA, ("1", value)) == [D(bought)]
    assert fees(ZERODHA, ("1", value), side=Side.SELL) == [D(sold)]


def test_two_taxes_have_one_base() -> None:
    both = SumCommission(schedules=[FixedCommission(D(100)), FeeOnFees(rate=D("0.05")), FeeOnFees(rate=D("0.07"))])
    assert fees(both, ("1", "1")) == [D(112)]


def test_a_rounded_tax_rounds_what_the_order_owes_in_all() -> None:
    taxed = SumCommission(
        schedules=[PerShareCommission(rate=D("0.02")), FeeOnFees(rate=D("0.2"), rounding="up", step=D("0.01"))]
    )
    # Owed 0.004, 0.008, 0.012 beside three times 0.02.
    assert fees(taxed, ("1", "1"), ("1", "1"), ("1", "1")) == [D("0.03"), D("0.02"), D("0.03")]


@given(
    st.lists(st.tuples(st.integers(1, 500), st.decimals(1, 100, places=2)), min_size=1, max_size=8),
    st.decimals(0, 1, places=3),
    st.decimals(0, 30, places=2),
)
def test_a_tax_adds_up_to_its_part_of_all_fees(
    fills: list[tuple[int, Decimal]], rate: Decimal, minimum: Decimal
) -> None:
    base = PercentCommission(rate=D("0.001"), minimum=minimum)
    asked = [(str(quantity), str(price)) for quantity, price in fills]
    taxed = SumCommission(schedules=[base, FeeOnFees(rate=rate)])
    assert sum(fees(taxed, *asked)) == sum(fees(base, *asked)) * (1 + rate)


def test_what_an_order_paid_in_tax_is_kept() -> None:
    schedule = SumCommission(schedules=[FixedCommission(D(10)), FeeOnFees(rate=D("0.1"))])
    fill = BilledFill(
        side=Side.BUY, quantity=D(2), price=D(5), multiplier=D(1), liquidity=Liquidity.TAKER, symbol="X"
    )  # fmt: skip
    assert schedule.fee(fill) == D(11)
    assert schedule.after(fill, D(11)).parts == (
        OrderSoFar(quantity=D(2), value=D(10), fees=D(10), accrued=D(10)),
        OrderSoFar(quantity=D(2), value=D(10), fees=D(1)),
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FeeOnFees(rate=D("1.01")), "rate must be from 0 to 1, was 1.01"),
        (lambda: FeeOnFees(rate=D("0.1"), step=D(0)), "step must be above 0, was 0"),
        (
            lambda: FeeOnFees(rate=D("0.1"), rounding="off"),  # type: ignore[arg-type]  # what a file may say
            "rounding must be one of",
        ),
        (
            lambda: SumCommission(schedules=[FeeOnFees(rate=D("0.1")), NoCommission()]),
            "a percentage of fees must stand behind the fees that it is a percentage of",
        ),
    ],
)
def test_a_percentage_of_fees_that_cannot_be_is_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]  # a table of functions


# --- 30 days ----------------------------------------------------------------------------------------------------


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def test_thirty_days_are_those_before_the_day_of_the_fill() -> None:
    traded = TradedVolume(month_of)
    seen = []
    for text in (
        "2024-01-01 23:59:59",  # a first fill
        "2024-01-01 23:59:59",  # the same day does not count
        "2024-01-02 00:00",  # the day before does, from its last instant on
        "2024-01-31 23:59:59",  # the first of January is 30 days ago: its last day in
        "2024-02-01 00:00",  # out; that of the second is in
        "2024-03-01 00:00",  # of February's, 2024-02-01 is 29 days ago
        "2024-06-01 00:00",
    ):
        seen.append(traded.moment(ns(text)))
        traded.add(D(10), D(-5), D(2))
    assert [(moment.trailing_value, moment.trailing_quantity) for moment in seen] == [
        (D(0), D(0)),
        (D(0), D(0)),
        (D(200), D(20)),
        (D(300), D(30)),
        (D(200), D(20)),
        (D(200), D(20)),
        (D(0), D(0)),
    ]


@given(st.lists(st.tuples(st.integers(0, 12 * DAY), st.integers(1, 1000)), max_size=60))
def test_thirty_days_are_the_sum_over_all_fills_of_those_days(fills: list[tuple[int, int]]) -> None:
    traded = TradedVolume(month_of)
    time = 0
    made: list[tuple[int, int]] = []
    for gap, quantity in fills:
        time += gap
        moment = traded.moment(time)
        first, last = (time // DAY - 30) * DAY, time // DAY * DAY
        within = [before for at, before in made if first <= at < last]
        assert moment.trailing_quantity == sum(within)
        assert moment.trailing_value == 3 * sum(within)
        traded.add(D(quantity), D(3), D(1))
        made.append((time, quantity))


def test_a_tier_by_thirty_days_goes_by_them_and_what_is_traded_elsewhere() -> None:
    tiers = [Tier(below=D(1_000_000), percent=D("0.001")), Tier(percent=D("0.0009"))]
    by_value = TieredCommission(tiers=tiers, by=TierBy.TRAILING_VALUE)
    assert by_value.wants_moment
    for traded, fee in ((999_999, "1"), (1_000_000, "0.9")):
        moment = FeeMoment(month_value=D(5_000_000), trailing_value=D(traded))
        assert fees(by_value, ("10", "100"), moment=moment) == [D(fee)]
    beside = TieredCommission(tiers=tiers, by=TierBy.TRAILING_VALUE, elsewhere=D(1))
    assert fees(beside, ("10", "100"), moment=FeeMoment(trailing_value=D(999_999))) == [D("0.9")]
    shares = [Tier(up_to=D(300), per_share=D("0.02")), Tier(per_share=D("0.01"))]
    by_quantity = TieredCommission(tiers=shares, by=TierBy.TRAILING_QUANTITY, rates="marginal")
    assert fees(by_quantity, ("10", "100"), moment=FeeMoment(trailing_quantity=D(295))) == [D("0.15")]
