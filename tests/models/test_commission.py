"""Fees worked by hand from the schedules; those from published schedules or other engines' tests name their source."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.billed_fill import NOTHING_SO_FAR, BilledFill, OrderSoFar
from tradepit.models.commission import (
    Commission,
    FixedCommission,
    NoCommission,
    PercentCommission,
    PerShareCommission,
)
from tradepit.models.commission_parts import RoundedCommission
from tradepit.models.maker_taker import MakerTakerPercent, MakerTakerPerShare
from tradepit.models.orders import Liquidity, Side
from tradepit.models.values import changed

D = Decimal
ONE = D(1)
TAKER, MAKER = Liquidity.TAKER, Liquidity.MAKER


def fees(
    schedule: Commission, fills: list[tuple[str, str]], *, multiplier: str = "1", liquidity: Liquidity = TAKER
) -> list[Decimal]:
    """Return the fee of each fill (quantity, price) of one order."""
    so_far, charged = NOTHING_SO_FAR, []
    for quantity, price in fills:
        fill = BilledFill(
            side=Side.BUY, quantity=D(quantity), price=D(price), multiplier=D(multiplier), liquidity=liquidity,
            symbol="X", so_far=so_far,
        )  # fmt: skip
        fee = schedule.fee(fill)
        so_far = schedule.after(fill, fee)
        charged.append(fee)
    return charged


def per_share(
    rate: str,
    minimum: str | None = None,
    maximum: str | None = None,
    cap: str | None = None,
    *,
    minimum_wins: bool = False,
) -> PerShareCommission:
    return PerShareCommission(
        rate=D(rate),
        minimum=None if minimum is None else D(minimum),
        maximum=None if maximum is None else D(maximum),
        cap=None if cap is None else D(cap),
        minimum_wins=minimum_wins,
    )


@pytest.mark.parametrize(
    ("schedule", "quantity", "price", "expected"),
    [
        (NoCommission(), "100", "50", "0"),
        (FixedCommission(D("9.99")), "100", "50", "9.99"),
        (PercentCommission(rate=D("0.001")), "100", "50", "5"),
        (PercentCommission(rate=D("0.001")), "1", "0.01", "0.00001"),  # exact, not rounded
        (PercentCommission(rate=D("0.001")), "100", "-37.63", "3.763"),
        (PercentCommission(rate=D("0.00002"), minimum=D(1)), "1", "10000", "1"),  # LEAN, IB CFD: 0.20 is below 1.00
        (PercentCommission(rate=D("0.00002"), minimum=D(1)), "1", "200000", "4"),
        (PercentCommission(rate=D("0.01"), maximum=D(20)), "100", "50", "20"),
        (PercentCommission(rate=D("0.001"), per_order=D(2)), "100", "50", "7"),
        # Interactive Brokers, US stocks, fixed: 0.005 a share, at least 1.00, at most a fraction of the value.
        (per_share("0.005", "1", None, "0.005"), "1000", "100", "5"),
        (per_share("0.005", "1", None, "0.005"), "100", "100", "1"),
        (per_share("0.005", "1", None, "0.005"), "1000", "0.1", "0.5"),  # the cap wins over the rate
        (per_share("0.005", "1", None, "0.01"), "10", "5", "0.5"),  # and over the minimum
        (per_share("0.005", "1", None, "0.01", minimum_wins=True), "10", "5", "1"),  # LEAN: not below the minimum
        (per_share("0.005", "1", None, "0.005", minimum_wins=True), "1000", "0.1", "0.5"),
        (per_share("0.005", "1", "10", None), "100", "50", "1"),
        (per_share("0.005", "1", "10", None), "1000", "50", "5"),
        (per_share("0.005", "1", "10", None), "5000", "50", "10"),
        (per_share("0.005", "1", "10", "0.01"), "5000", "0.1", "5"),
        (per_share("0.47"), "1000", "2500", "470"),  # LEAN, IB micro E-mini option: a contract's rate is a share's
    ],
)
def test_one_fill_pays_what_the_schedule_says(schedule: Commission, quantity: str, price: str, expected: str) -> None:
    assert fees(schedule, [(quantity, price)]) == [D(expected)]


# zipline, tests/finance/test_commissions.py: fills of 230, 170 and 100.
THREE_FILLS = [("230", "100"), ("170", "100"), ("100", "100")]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (FixedCommission(D(10)), ["10", "0", "0"]),
        (per_share("0.0075"), ["1.725", "1.275", "0.75"]),
        (per_share("0.0075", "2.5"), ["2.5", "0.5", "0.75"]),  # taken at first, then used up
        (per_share("0.0075", "1"), ["1.725", "1.275", "0.75"]),
        (per_share("0.0075", "3.3"), ["3.3", "0", "0.45"]),
        (per_share("0.0075", "5"), ["5", "0", "0"]),
        (per_share("0.0075", None, "2"), ["1.725", "0.275", "0"]),
        (PerShareCommission(rate=D("0.01"), per_order=D("0.3"), minimum=ONE), ["2.6", "1.7", "1"]),
        (PerShareCommission(rate=D("0.0075"), per_order=D("0.5")), ["2.225", "1.275", "0.75"]),
        (PercentCommission(rate=D("0.0015")), ["34.5", "25.5", "15"]),
        (PercentCommission(rate=D("0.0015"), minimum=D(50)), ["50", "10", "15"]),
    ],
)
def test_partial_fills_pay_the_bounds_once_for_the_order(schedule: Commission, expected: list[str]) -> None:
    assert fees(schedule, THREE_FILLS) == [D(fee) for fee in expected]


def test_a_cap_follows_the_value_of_what_is_filled() -> None:
    # 1.00 at least, but 1% of value at most: 0.10 after the first fill, 0.30 after the second, 1.00 after the third.
    capped = per_share("0.005", "1", None, "0.01")
    assert fees(capped, [("1", "10"), ("2", "10"), ("100", "10")]) == [D("0.10"), D("0.20"), D("0.70")]


def test_nothing_is_given_back_when_a_later_fill_lowers_what_is_owed() -> None:
    # Below its minimum the order pays 1.00; above it the cap of 1% holds, and owes less than was paid.
    lean = per_share("0.005", "1", None, "0.01", minimum_wins=True)
    assert fees(lean, [("100", "0.1"), ("150", "0.1")]) == [D(1), D(0)]


@pytest.mark.parametrize(
    ("schedule", "liquidity", "expected"),
    [
        (MakerTakerPerShare(maker=D("-0.0020"), taker=D("0.0030")), TAKER, "0.3"),
        (MakerTakerPerShare(maker=D("-0.0020"), taker=D("0.0030")), MAKER, "-0.2"),
        (MakerTakerPerShare(maker=D("0.0015"), taker=D("-0.0005")), TAKER, "-0.05"),  # an inverted venue
        (MakerTakerPercent(maker=D("0.0002"), taker=D("0.0007")), MAKER, "5"),
        (MakerTakerPercent(maker=D("0.0002"), taker=D("0.0007")), TAKER, "17.5"),
        (MakerTakerPercent(maker=D("-0.0001"), taker=D("0.0007")), MAKER, "-2.5"),
    ],
)
def test_maker_and_taker_pay_or_get_their_own_rate(schedule: Commission, liquidity: Liquidity, expected: str) -> None:
    # 100 at 50 with a multiplier of 5: shares are counted as they are, value with the multiplier.
    assert fees(schedule, [("100", "50")], multiplier="5", liquidity=liquidity) == [D(expected)]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (PercentCommission(rate=D("0.001")), "25"),
        (per_share("0.005", None, None, "0.00001"), "0.25"),
        (per_share("0.005"), "0.5"),
    ],
)
def test_value_counts_the_multiplier(schedule: Commission, expected: str) -> None:
    assert fees(schedule, [("100", "50")], multiplier="5") == [D(expected)]


@pytest.mark.parametrize(
    ("rounding", "rate", "expected"),
    [
        ("up", "0.0025", "0.58"),  # basana, ORCL on 2000-01-04: 0.25% of 231.00 is 0.5775, rounded up to the cent
        ("half_up", "0.0025", "0.58"),
        ("down", "0.0025", "0.57"),
        ("up", "0.0001", "0.03"),
        ("half_up", "0.0001", "0.02"),
        ("up", "-0.0001", "-0.02"),  # against the trader: less of a rebate
        ("down", "-0.0001", "-0.03"),
        ("half_up", "-0.0025", "-0.58"),
    ],
)
def test_a_schedule_may_round(rounding: str, rate: str, expected: str) -> None:
    exact = MakerTakerPercent(maker=D(0), taker=D(rate))
    rounded = RoundedCommission(schedule=exact, rounding=rounding)  # type: ignore[arg-type]  # a name of the table
    assert fees(rounded, [("2", "115.50")]) == [D(expected)]


@pytest.mark.parametrize("schedule", [PercentCommission(rate=D("0.001")), PerShareCommission(rate=D("0.004"))])
def test_rounding_goes_by_what_the_order_owes_not_by_the_fill(schedule: Commission) -> None:
    rounded = RoundedCommission(schedule=schedule, rounding="up")
    # Owed 0.004, 0.008, 0.012: one cent, still one cent, two cents.
    assert fees(rounded, [("1", "4")] * 3) == [D("0.01"), D(0), D("0.01")]


def test_a_step_need_not_be_a_cent() -> None:
    rounded = RoundedCommission(schedule=FixedCommission(D("1.30")), step=D("0.25"))
    assert fees(rounded, [("1", "4")]) == [D("1.25")]


def test_an_order_so_far_grows_with_each_fill() -> None:
    first = BilledFill(
        side=Side.BUY, quantity=D(10), price=D("2.5"), multiplier=D(100), liquidity=TAKER, symbol="X"
    )  # fmt: skip
    second = changed(first, quantity=D(5), price=D(-2), so_far=first.counted(D("1.5")))
    grown = second.counted(D("-0.5"))
    assert grown == OrderSoFar(quantity=D(15), value=D(3500), fees=D("1.0"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FixedCommission(D(-1)), r"per_order must be 0 or more, was -1"),
        (lambda: PercentCommission(rate=D("1.5")), r"rate must be from 0 to 1, was 1.5"),
        (lambda: PerShareCommission(rate=D("-0.01")), r"rate must be 0 or more, was -0.01"),
        (lambda: PerShareCommission(rate=D("NaN")), r"rate must be 0 or more, was NaN"),
        (lambda: PerShareCommission(rate=D(1), minimum=D(-1)), r"minimum must be 0 or more, was -1"),
        (lambda: PerShareCommission(rate=D(1), maximum=D(-1)), r"maximum must be 0 or more, was -1"),
        (lambda: PerShareCommission(rate=D(1), cap=D(2)), r"cap must be from 0 to 1, was 2"),
        (
            lambda: PerShareCommission(rate=D(1), minimum=D(5), maximum=D(4)),
            r"minimum must not be above maximum=4, was 5",
        ),
        (lambda: MakerTakerPercent(maker=D(-2), taker=D(0)), r"maker must be from -1 to 1, was -2"),
        (lambda: MakerTakerPerShare(maker=D(0), taker=D("Infinity")), r"taker must be a finite number, was Infinity"),
        (lambda: RoundedCommission(schedule=NoCommission(), step=D(0)), r"step must be above 0, was 0"),
        (
            lambda: RoundedCommission(schedule=NoCommission(), rounding="upp"),  # type: ignore[arg-type]  # a typo
            r"rounding must be one of up, down, half_up, was 'upp'; did you mean 'up'\?",
        ),
    ],
)
def test_a_schedule_out_of_bounds_is_refused(make: Callable[[], Commission], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


amounts = st.decimals(min_value=0, max_value=5, places=3)


@given(
    rate=amounts,
    per_order=amounts,
    minimum=st.none() | amounts,
    maximum=st.none() | st.decimals(min_value=5, max_value=50, places=2),
    cap=st.none() | st.decimals(min_value=0, max_value=1, places=3),
    fills=st.lists(st.tuples(st.integers(1, 1000), st.decimals(min_value=-50, max_value=50, places=2)), min_size=1),
)
def test_an_order_pays_the_same_in_one_fill_or_in_many(
    rate: Decimal,
    per_order: Decimal,
    minimum: Decimal | None,
    maximum: Decimal | None,
    cap: Decimal | None,
    fills: list[tuple[int, Decimal]],
) -> None:
    schedule = PerShareCommission(rate=rate, per_order=per_order, minimum=minimum, maximum=maximum, cap=cap)
    charged = fees(schedule, [(str(quantity), str(price)) for quantity, price in fills])
    quantity = sum(quantity for quantity, _ in fills)
    value = sum((abs(price) * quantity for quantity, price in fills), D(0))
    owed = max(rate * quantity + per_order, D(0) if minimum is None else minimum)
    owed = owed if maximum is None else min(owed, maximum)
    owed = owed if cap is None else min(owed, cap * value)
    assert sum(charged) == owed
    assert min(charged) >= 0
