"""Tiers by hand from published schedules: brokers' tables as LEAN's tests have them, each beside its source."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.billed_fill import ANY_MOMENT, NOTHING_SO_FAR, BilledFill, FeeMoment
from tradepit.models.commission import Commission
from tradepit.models.commission_tiers import Tier, TierBy, TieredCommission, TierRates
from tradepit.models.orders import Liquidity, Side

D = Decimal


def fees(
    schedule: Commission, fills: list[tuple[str, str]], moment: FeeMoment = ANY_MOMENT, multiplier: str = "1"
) -> list[Decimal]:
    """Return the fee of each fill (quantity, price) of one order."""
    so_far, charged = NOTHING_SO_FAR, []
    for quantity, price in fills:
        fill = BilledFill(
            side=Side.BUY, quantity=D(quantity), price=D(price), multiplier=D(multiplier), liquidity=Liquidity.TAKER,
            symbol="X", so_far=so_far, moment=moment,
        )  # fmt: skip
        fee = schedule.fee(fill)
        so_far = schedule.after(fill, fee)
        charged.append(fee)
    return charged


BY_VALUE = TieredCommission(minimum=D(1))
MARGINAL = TieredCommission(minimum=D(1), rates=TierRates.MARGINAL)


@pytest.mark.parametrize(
    ("value", "whole", "marginal"),
    [
        ("100", "1", "1"),  # 0.30 is below the minimum
        ("1000", "3", "3"),  # the limit belongs to its tier
        ("1000.01", "2.00002", "3.00002"),
        ("10000", "20", "21"),
        ("10001", "10.001", "21.001"),
        ("50000", "50", "61"),
        ("-50000", "50", "61"),
    ],
)
def test_an_orders_value_decides_on_the_rate_of_all_of_it_or_of_each_slice(
    value: str, whole: str, marginal: str
) -> None:
    assert fees(BY_VALUE, [("1", value)]) == [D(whole)]
    assert fees(MARGINAL, [("1", value)]) == [D(marginal)]


def test_an_order_that_grows_into_a_cheaper_tier_pays_less_for_the_rest_but_gets_nothing_back() -> None:
    # After 1,000: 3.00. After 1,001: 2.002, so nothing more. After 1,600: 3.20. After 11,600: 11.60.
    assert fees(BY_VALUE, [("1", "1000"), ("1", "1"), ("1", "599"), ("1", "10000")]) == [
        D(3),
        D(0),
        D("0.2"),
        D("8.4"),
    ]
    assert fees(MARGINAL, [("1", "1000"), ("1", "1"), ("1", "599"), ("1", "10000")]) == [
        D(3),
        D("0.002"),
        D("1.198"),
        D("8.4") * 2 + D("1.6"),
    ]


def tiers(*rows: tuple[str | None, dict[str, str]], ends: str = "up_to") -> list[Tier]:
    return [
        Tier(**{**({} if limit is None else {ends: D(limit)}), **{name: D(rate) for name, rate in rates.items()}})
        for limit, rates in rows
    ]


PUBLIC = TieredCommission(
    tiers=tiers(
        ("10", {"per_order": "0.49"}),
        ("25", {"per_order": "0.69"}),
        ("50", {"per_order": "1.19"}),
        ("100", {"per_order": "1.69"}),
        ("250", {"per_order": "3.29"}),
        ("500", {"per_order": "6.29"}),
        (None, {"percent": "0.0125"}),
    )
)


@pytest.mark.parametrize(
    ("value", "fee"), [("10", "0.49"), ("10.01", "0.69"), ("250", "3.29"), ("500", "6.29"), ("800", "10")]
)
def test_a_table_of_fixed_fees_by_value_ends_in_a_rate(value: str, fee: str) -> None:
    """LEAN, PublicFeeModelTests: upper limits are inclusive."""
    assert fees(PUBLIC, [("1", value)]) == [D(fee)]


def test_fixed_fees_of_a_table_are_charged_once_and_topped_up() -> None:
    assert fees(PUBLIC, [("1", "8"), ("1", "1"), ("1", "6")]) == [D("0.49"), D(0), D("0.20")]


IB_OPTIONS = TieredCommission(
    tiers=tiers(
        ("0.05", {"per_share": "0.25"}), ("0.1", {"per_share": "0.50"}), (None, {"per_share": "0.65"}), ends="below"
    ),
    by=TierBy.PRICE,
    minimum=D(1),
)


@pytest.mark.parametrize(
    ("contracts", "premium", "fee"),
    [
        ("1000", "0.2", "650"),
        ("1000", "0.04", "250"),
        ("1000", "0.05", "500"),
        ("1000", "0.1", "650"),
        ("1", "0.2", "1"),
    ],
)
def test_the_premium_decides_on_the_fee_of_a_contract(contracts: str, premium: str, fee: str) -> None:
    """LEAN, InteractiveBrokersFeeModelTests: lower limits are inclusive."""
    assert fees(IB_OPTIONS, [(contracts, premium)], multiplier="100") == [D(fee)]


def test_each_fill_pays_by_its_own_premium_and_the_minimum_is_the_orders() -> None:
    assert fees(IB_OPTIONS, [("1", "0.04"), ("1", "0.2"), ("1", "0.2")]) == [D(1), D(0), D("0.55")]


def test_a_fixed_part_of_a_price_tier_is_charged_once() -> None:
    schedule = TieredCommission(tiers=tiers(("1", {"per_order": "2"}), (None, {"per_order": "5"})), by=TierBy.PRICE)
    assert fees(schedule, [("1", "0.5"), ("1", "0.5")]) == [D(2), D(0)]


@pytest.mark.parametrize(("contracts", "fee"), [("9", "0"), ("10", "0.70"), ("20", "1.40")])
def test_an_orders_quantity_may_decide(contracts: str, fee: str) -> None:
    """Cboe's fee on XSP: none below 10 contracts, 0.07 each from 10 on."""
    schedule = TieredCommission(
        tiers=tiers(("10", {"per_share": "0"}), (None, {"per_share": "0.07"}), ends="below"), by=TierBy.ORDER_QUANTITY
    )
    assert fees(schedule, [(contracts, "5")]) == [D(fee)]
    assert sum(fees(schedule, [("1", "5")] * int(contracts))) == D(fee)


IB_FOREX = tiers(
    ("1e9", {"percent": "0.00002", "minimum": "2"}),
    ("2e9", {"percent": "0.000015", "minimum": "1.5"}),
    ("5e9", {"percent": "0.00001", "minimum": "1.25"}),
    (None, {"percent": "0.000008", "minimum": "1"}),
)


@pytest.mark.parametrize(
    ("traded", "value", "fee"),
    [
        ("0", "1e6", "20"),
        ("1e9", "1e6", "20"),
        ("2e9", "1e6", "15"),
        ("2e9", "1000", "1.5"),
        ("5e9", "1e6", "10"),
        ("5000000001", "1e6", "8"),
        ("5000000001", "1000", "1"),
    ],
)
def test_what_was_traded_in_the_month_decides_with_the_tiers_own_minimum(traded: str, value: str, fee: str) -> None:
    """LEAN, InteractiveBrokersFeeModel, forex: limits are inclusive."""
    here = TieredCommission(tiers=IB_FOREX, by=TierBy.MONTH_VALUE)
    assert fees(here, [("1", value)], FeeMoment(month_value=D(traded))) == [D(fee)]
    beside = TieredCommission(tiers=IB_FOREX, by=TierBy.MONTH_VALUE, elsewhere=D(traded))
    assert fees(beside, [("1", value)]) == [D(fee)]


def test_a_fill_that_crosses_a_monthly_limit_pays_each_slice_at_its_rate() -> None:
    """Interactive Brokers, US stocks, tiered: 0.0035 a share up to 300,000 shares a month, 0.0020 above; marginal."""
    schedule = TieredCommission(
        tiers=tiers(("300000", {"per_share": "0.0035"}), (None, {"per_share": "0.0020"})),
        by=TierBy.MONTH_QUANTITY,
        rates=TierRates.MARGINAL,
    )
    assert schedule.wants_moment
    assert fees(schedule, [("1000", "50")], FeeMoment(month_quantity=D(299_400))) == [D("2.1") + D("0.8")]
    assert fees(schedule, [("1000", "50")], FeeMoment(month_quantity=D(400_000))) == [D(2)]


@given(
    fills=st.lists(st.decimals("0.01", 20_000, places=2), min_size=1, max_size=8),
    minimum=st.none() | st.decimals(0, 5, places=2),
)
def test_by_slices_an_order_pays_the_same_in_one_fill_or_in_many(fills: list[Decimal], minimum: Decimal | None) -> None:
    schedule = TieredCommission(minimum=minimum, rates=TierRates.MARGINAL)
    charged = fees(schedule, [("1", str(value)) for value in fills])
    assert sum(charged) == fees(schedule, [("1", str(sum(fills)))])[0]
    assert min(charged) >= 0


@given(fills=st.lists(st.decimals("0.01", 20_000, places=2), min_size=1, max_size=8))
def test_by_the_whole_an_order_pays_the_most_that_it_ever_owed(fills: list[Decimal]) -> None:
    charged = fees(BY_VALUE, [("1", str(value)) for value in fills])
    owed = [fees(BY_VALUE, [("1", str(sum(fills[: count + 1])))])[0] for count in range(len(fills))]
    assert sum(charged) == max(owed)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Tier(up_to=D(1), below=D(1)), "a tier ends with up_to or below, not both"),
        (lambda: Tier(percent=D(2)), "percent must be from 0 to 1, was 2"),
        (lambda: TieredCommission(tiers=[]), "tiers must end with one that has neither up_to nor below"),
        (lambda: TieredCommission(tiers=tiers(("1", {}))), "tiers must end with one that has neither up_to nor below"),
        (lambda: TieredCommission(tiers=tiers((None, {}), (None, {}))), "tiers must have rising limits, each but the"),
        (lambda: TieredCommission(tiers=tiers(("2", {}), ("2", {}), (None, {}))), "tiers must have rising limits"),
        (lambda: TieredCommission(elsewhere=D(1)), "elsewhere must be 0 unless a month or 30 days decide, was 1"),
        (
            lambda: TieredCommission(by="price", rates="marginal"),
            "marginal rates must go by value or quantity, was price",
        ),
        (
            lambda: TieredCommission(by="order_quantity", rates="marginal"),
            "marginal rates by order_quantity must be per_share alone",
        ),
        (
            lambda: TieredCommission(tiers=tiers((None, {"per_order": "1"})), rates="marginal"),
            "marginal rates by order_value must be percent alone",
        ),
        (lambda: TieredCommission(minimum=D(5), maximum=D(4)), "minimum must not be above maximum=4, was 5"),
    ],
)
def test_tiers_that_do_not_fit_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
