"""Schedules put together: by fill, by side, summed, bounded, from dates on; and the context that a strategy narrows."""

from collections.abc import Callable
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.billed_fill import NOTHING_SO_FAR, BilledFill, FeeMoment, OrderSoFar
from tradepit.models.commission import (
    Commission,
    FixedCommission,
    NoCommission,
    PercentCommission,
    PerShareCommission,
)
from tradepit.models.commission_parts import (
    BoundedCommission,
    DatedCommission,
    PerFillCommission,
    RoundedCommission,
    SideCommission,
    SumCommission,
)
from tradepit.models.commission_tiers import TierBy, TieredCommission
from tradepit.models.maker_taker import MakerTakerPercent, MakerTakerPerShare
from tradepit.models.orders import Liquidity, Side

D = Decimal
Fill = tuple[str, str] | tuple[str, str, int] | tuple[str, str, int, Liquidity]


def fees(schedule: Commission, fills: list[Fill], side: Side = Side.BUY) -> list[Decimal]:
    """Return the fee of each fill (quantity, price, time, liquidity) of one order."""
    so_far, charged = NOTHING_SO_FAR, []
    for quantity, price, *more in fills:
        time = more[0] if more else 0
        liquidity = more[1] if len(more) > 1 else Liquidity.TAKER
        assert isinstance(time, int)
        assert isinstance(liquidity, Liquidity)
        fill = BilledFill(
            side=side, quantity=D(quantity), price=D(price), multiplier=D(1), liquidity=liquidity,
            symbol="X", so_far=so_far, moment=FeeMoment(time=time),
        )  # fmt: skip
        fee = schedule.fee(fill)
        so_far = schedule.after(fill, fee)
        charged.append(fee)
    return charged


def decimals(*texts: str) -> list[Decimal]:
    return [D(text) for text in texts]


WITH_MINIMUM = PerShareCommission(rate=D("0.005"), minimum=D(1))
TAF = SideCommission(  # FINRA's fee: 0.000166 a share, at most 8.30 a trade, rounded up to the cent
    side=Side.SELL,
    schedule=RoundedCommission(
        schedule=PerFillCommission(schedule=PerShareCommission(rate=D("0.000166"), maximum=D("8.30"))), rounding="up"
    ),
)
SEC = SideCommission(  # 27.80 for each million of sales
    side=Side.SELL, schedule=RoundedCommission(schedule=PercentCommission(rate=D("0.0000278")), rounding="up")
)


def test_a_minimum_may_be_the_fills() -> None:
    fills: list[Fill] = [("100", "10"), ("300", "10")]
    assert fees(WITH_MINIMUM, fills) == decimals("1", "1")
    assert fees(PerFillCommission(schedule=WITH_MINIMUM), fills) == decimals("1", "1.5")
    assert fees(PerFillCommission(schedule=FixedCommission(D(2))), fills) == decimals("2", "2")


@pytest.mark.parametrize(
    ("schedule", "quantity", "fee"),
    [
        (TAF, "100", "0.02"),
        (TAF, "50000", "8.30"),
        (TAF, "50001", "8.30"),
        (SEC, "100", "0.14"),  # 0.0000278 x 5,000 = 0.139
        (SEC, "1", "0.01"),
    ],
)
def test_regulators_fees_are_rounded_up_and_paid_by_sellers_alone(
    schedule: Commission, quantity: str, fee: str
) -> None:
    assert fees(schedule, [(quantity, "50")], Side.SELL) == [D(fee)]
    assert fees(schedule, [(quantity, "50")], Side.BUY) == [D(0)]


def test_a_cap_for_a_trade_is_the_fills() -> None:
    assert fees(TAF, [("60000", "50"), ("60000", "50")], Side.SELL) == decimals("8.30", "8.30")


def test_the_parts_of_a_sum_keep_their_own_accounts() -> None:
    """The minimum is used up by its own rate, and not by what goes to the regulators."""
    broker = SumCommission(schedules=[WITH_MINIMUM, SEC, TAF])
    fills: list[Fill] = [("100", "50"), ("100", "50"), ("100", "50")]
    assert fees(broker, fills) == decimals("1", "0", "0.5")
    # SEC: 0.139, 0.278, 0.417 rounded up in all; TAF: 0.0166 each, rounded up by fill for its cap is the fill's.
    sold = [fees(part, fills, Side.SELL) for part in (WITH_MINIMUM, SEC, TAF)]
    assert sold[1:] == [decimals("0.14", "0.14", "0.14"), decimals("0.02", "0.02", "0.02")]
    assert fees(broker, fills, Side.SELL) == [sum(parts) for parts in zip(*sold, strict=True)]


def test_a_sum_of_sums_and_a_rounded_sum_keep_them_too() -> None:
    inner = SumCommission(schedules=[WITH_MINIMUM, PercentCommission(rate=D("0.0001"))])
    outer = SumCommission(schedules=[inner, FixedCommission(D(2))])
    fills: list[Fill] = [("100", "50"), ("200", "50")]
    assert fees(outer, fills) == decimals("3.5", "1.5")
    assert fees(RoundedCommission(schedule=inner, step=D(1), rounding="up"), fills) == decimals("2", "2")


def test_maker_and_taker_may_have_bounds() -> None:
    rates = MakerTakerPercent(maker=D("0.001"), taker=D("0.002"))
    bounded = BoundedCommission(schedule=rates, minimum=D(1), maximum=D(3))
    fills: list[Fill] = [("1", "100"), ("1", "500", 0, Liquidity.MAKER), ("1", "100"), ("1", "9000")]
    assert fees(bounded, fills) == decimals("1", "0", "0", "2")  # owed by rate: 0.20, 0.70, 0.90, 18.90


def test_a_schedule_switches_at_the_exact_instant() -> None:
    """LEAN, CoinbaseFeeModelTests: the rate of each fill is that of its own nanosecond."""
    day = 86_400_000_000_000
    dated = DatedCommission(
        periods=[
            (day, PercentCommission(rate=D("0.003"))),
            (2 * day, PercentCommission(rate=D("0.0025"))),
            (3 * day, WITH_MINIMUM),
        ]
    )
    for time, fee in ((0, "0"), (day - 1, "0"), (day, "0.3"), (2 * day - 1, "0.3"), (2 * day, "0.25"), (3 * day, "1")):
        assert fees(dated, [("1", "100", time)]) == [D(fee)]
    # One order over all of it pays each fill at its rate; what it has paid counts for the minimum.
    fills: list[Fill] = [("1", "100", time * day) for time in range(4)]
    assert fees(dated, fills) == decimals("0", "0.3", "0.25", "0.45")


def test_the_first_schedule_may_hold_from_the_beginning() -> None:
    dated = DatedCommission(periods=[(None, FixedCommission(D(1))), (5, FixedCommission(D(2)))])
    assert [fees(dated, [("1", "1", time)]) for time in (-(10**18), 4, 5)] == [[D(1)], [D(1)], [D(2)]]
    assert dated.wants_moment


def test_an_order_over_two_sums_begins_the_second_anew() -> None:
    one = SumCommission(schedules=[FixedCommission(D(1))])
    two = SumCommission(schedules=[FixedCommission(D(2)), FixedCommission(D(3))])
    dated = DatedCommission(periods=[(None, one), (5, two)])
    assert fees(dated, [("1", "1", 4), ("1", "1", 5), ("1", "1", 6)]) == decimals("1", "5", "0")


@pytest.mark.parametrize(
    ("schedule", "wants"),
    [
        (NoCommission(), False),
        (WITH_MINIMUM, False),
        (TieredCommission(), False),
        (TieredCommission(by=TierBy.MONTH_VALUE), True),
        (SumCommission(schedules=[NoCommission(), WITH_MINIMUM]), False),
        (SumCommission(schedules=[TAF, TieredCommission(by=TierBy.MONTH_VALUE)]), True),
        (RoundedCommission(schedule=DatedCommission(periods=[(None, TAF)])), True),
        (SideCommission(side=Side.BUY, schedule=TieredCommission(by=TierBy.MONTH_VALUE)), True),
    ],
)
def test_a_schedule_asks_for_the_moment_where_a_part_does(schedule: Commission, wants: bool) -> None:
    assert schedule.wants_moment is wants


def test_a_bounded_schedule_asks_for_the_moment_where_its_own_does() -> None:
    assert BoundedCommission(schedule=DatedCommission(periods=[(None, TAF)])).wants_moment
    assert not BoundedCommission(schedule=TAF).wants_moment


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DatedCommission(periods=[]), "periods must be one or more, and each but the first"),
        (
            lambda: DatedCommission(periods=[(1, TAF), (None, TAF)]),
            "periods must be one or more, and each but the first",
        ),
        (lambda: DatedCommission(periods=[(5, TAF), (5, TAF)]), r"periods must be in the order of time, was \[5, 5\]"),
        (lambda: SumCommission(schedules=[]), "'schedules' must be >= 1: 0"),
    ],
)
def test_parts_that_do_not_fit_are_refused(make: Callable[[], Commission], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


SCHEDULES = [
    PercentCommission(rate=D("0.00123")),
    PercentCommission(rate=D("0.00123"), minimum=D("0.5"), cap=D("0.01")),
    WITH_MINIMUM,
    MakerTakerPerShare(maker=D("-0.002"), taker=D("0.003")),
    MakerTakerPercent(maker=D("-0.0001"), taker=D("0.0003")),
    TieredCommission(minimum=D(1)),
    SumCommission(schedules=[WITH_MINIMUM, SEC, TAF]),
    RoundedCommission(schedule=PercentCommission(rate=D("0.00123"))),
]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_strategys_own_precision_changes_no_fee(schedule: Commission) -> None:
    fills: list[Fill] = [("1234", "567.89"), ("4321", "567.88")]
    wide = fees(schedule, fills, Side.SELL)
    with localcontext(prec=3):
        assert fees(schedule, fills, Side.SELL) == wide


@given(
    fills=st.lists(st.tuples(st.integers(1, 1000), st.decimals("0.01", 500, places=2)), min_size=1, max_size=6),
    rates=st.lists(st.decimals(0, "0.01", places=5), min_size=2, max_size=4),
    minimum=st.decimals(0, 5, places=2),
)
def test_fees_of_parts_add_up_and_rounding_up_costs_less_than_a_step(
    fills: list[tuple[int, Decimal]], rates: list[Decimal], minimum: Decimal
) -> None:
    parts = [PercentCommission(rate=rate, minimum=minimum) for rate in rates]
    asked: list[Fill] = [(str(quantity), str(price)) for quantity, price in fills]
    alone = [sum(fees(part, asked)) for part in parts]
    assert sum(fees(SumCommission(schedules=parts), asked)) == sum(alone)
    rounded = sum(fees(RoundedCommission(schedule=parts[0], rounding="up"), asked))
    assert 0 <= rounded - alone[0] < D("0.01")


def test_what_an_order_did_and_paid_is_a_value() -> None:
    part = SumCommission(schedules=[WITH_MINIMUM, FixedCommission(D(2))])
    fill = BilledFill(
        side=Side.BUY, quantity=D(100), price=D(10), multiplier=D(1), liquidity=Liquidity.TAKER, symbol="X"
    )
    assert part.after(fill, D(3)) == OrderSoFar(
        quantity=D(100),
        value=D(1000),
        fees=D(3),
        accrued=D(3),
        parts=(
            OrderSoFar(quantity=D(100), value=D(1000), fees=D(1), accrued=D("0.5")),
            OrderSoFar(quantity=D(100), value=D(1000), fees=D(2), accrued=D(2)),
        ),
    )
