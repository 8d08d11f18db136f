"""Fees that are foreseen and reserved with an order: how much, and what becomes of them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.account import Account
from tradepit.models.commission import Commission, FixedCommission, PercentCommission, PerShareCommission
from tradepit.models.commission_parts import DatedCommission
from tradepit.models.expected_fees import ExpectedFees, VenueFees
from tradepit.models.fee_currency import IN_QUOTE, FeeCurrency
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.maker_taker import MakerTakerPerShare
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, OrderTerms, Side
from tradepit.models.risk import check, reserve_for

D = Decimal
SPY = Instrument(symbol="SPY")
XBT = Instrument(symbol="XBT", base="BTC", inverse=True)
BTC = Instrument(symbol="BTC/USD", base="BTC")
FUTURE = Instrument(symbol="ES", multiplier=D(50))


def order(
    quantity: str = "100",
    *,
    symbol: str = "SPY",
    side: Side = Side.BUY,
    venue: str | None = None,
    limit: str | None = None,
    order_id: str = "o1",
) -> Order:
    return Order(
        order_id=order_id, strategy="s", symbol=symbol, side=side,
        kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT, quantity=D(quantity), created_at=0,
        limit_price=None if limit is None else D(limit), terms=None if venue is None else OrderTerms(venue=venue),
    )  # fmt: skip


def fill(number: int, quantity: Decimal, price: Decimal, fee: Decimal, *, order_id: str = "o1") -> Fill:
    return Fill(
        fill_id=f"f{number}", order_id=order_id, child_id="c", strategy="s", symbol="SPY", side=Side.BUY,
        quantity=quantity, price=price, reference_price=price, fee=fee, currency="USD", venue="V",
        liquidity=Liquidity.TAKER, time=0,
    )  # fmt: skip


def expected(*schedules: Commission, into: FeeCurrency = IN_QUOTE) -> ExpectedFees:
    venues = {f"V{index}": VenueFees(commission=one, fee_currency=into) for index, one in enumerate(schedules)}
    return ExpectedFees(venues=venues)


def in_home(amount: Decimal, currency: str) -> Decimal:
    return amount * {"USD": D(1), "EUR": D("1.25"), "BTC": D(40_000)}[currency]


PERCENT = PercentCommission(rate=D("0.001"))
FLAT = FixedCommission(D(3))


@pytest.mark.parametrize(
    ("fees", "asked", "instrument", "unit", "expected_fee"),
    [
        (expected(PERCENT), order(), SPY, "50", "5"),
        (expected(PERCENT, FLAT), order(), SPY, "50", "5"),  # the dearer of the two
        (expected(PERCENT, FLAT), order("10"), SPY, "50", "3"),
        (expected(PERCENT, FLAT), order(venue="V1"), SPY, "50", "3"),  # the one that is named
        (expected(PERCENT), order(venue="elsewhere"), SPY, "50", "5"),
        (expected(PerShareCommission(rate=D("0.005"), minimum=D(1))), order(), SPY, "50", "1"),
        (expected(MakerTakerPerShare(maker=D("-0.002"), taker=D("0.003"))), order(), SPY, "50", "0.3"),
        (expected(MakerTakerPerShare(maker=D("0.002"), taker=D("-0.003"))), order(), SPY, "50", "0"),  # no rebate
        (expected(PERCENT), order("2", symbol="ES"), FUTURE, "5000", "10"),  # the unit value has the multiplier in it
        (expected(DatedCommission(periods=[(7, FLAT)])), order(), SPY, "50", "3"),
        (expected(DatedCommission(periods=[(8, FLAT)])), order(), SPY, "50", "0"),
        (expected(FLAT, into=FeeCurrency(fee_in="named", name="EUR")), order(), SPY, "50", "3.75"),
        # 0.1% of 100,000 contracts of 1 USD at 40,000 are 0.0025 BTC.
        (expected(PERCENT), order("100_000", symbol="XBT"), XBT, "40_000", "100"),
        # What is taken off the coins that are bought takes no cash; a sale that gets dollars pays dollars.
        (expected(PERCENT, into=FeeCurrency(fee_in="base")), order("1", symbol="BTC/USD"), BTC, "40_000", "0"),
        (expected(PERCENT, into=FeeCurrency(fee_in="received")), order("1", symbol="BTC/USD"), BTC, "40_000", "0"),
        (
            expected(PERCENT, into=FeeCurrency(fee_in="received")), order("1", symbol="BTC/USD", side=Side.SELL), BTC,
            "40_000", "40",
        ),
    ],
)  # fmt: skip
def test_a_fee_is_foreseen_as_a_takers_at_the_dearest_venue(
    fees: ExpectedFees, asked: Order, instrument: Instrument, unit: str, expected_fee: str
) -> None:
    assert fees.of(asked, instrument, D(unit), 7, in_home) == D(expected_fee)


MARKS = {"SPY": 50.0}


@pytest.mark.parametrize("limits", [Limits(), Limits(max_open_positions=5)])
def test_a_fee_that_cash_does_not_cover_refuses_the_order(limits: Limits) -> None:
    account = Account(D(5_005), "USD")
    refusal = reserve_for(order(), account, SPY, limits, MARKS, None, D("5.01"))
    assert str(refusal) == "BUYING_POWER: limit=5005, was=5005.01"
    assert str(check(order(), account, SPY, limits, MARKS, None, D("5.01"))) == str(refusal)
    assert (account.tied_up, reserve_for(order(), account, SPY, limits, MARKS, None, D(5))) == (D(0), None)
    assert (account.tied_up, account.buying_power(MARKS)) == (D(5_005), D(0))


def test_what_closes_a_position_pays_its_fee_from_its_proceeds() -> None:
    account = Account(D(5_000), "USD")
    account.apply(fill(1, D(100), D(50), D(0)), D(1))
    assert reserve_for(order(side=Side.SELL), account, SPY, Limits(), MARKS, None, D(5)) is None
    assert account.tied_up == D(0)


def test_a_fee_is_untied_with_what_is_filled_and_the_rest_with_the_order() -> None:
    account = Account(D(10_000), "USD")
    account.reserve("o1", "SPY", Side.BUY, D(90), D(50), MARKS, D(9))
    account.reserve("o2", "SPY", Side.BUY, D(10), D(50), MARKS, D(3))
    assert account.tied_up == D(5_012)
    account.apply(fill(1, D(30), D(50), D(3)), D(1))
    assert account.tied_up == 60 * D(50) + 6 + 500 + 3
    account.release("o2")
    assert account.tied_up == 60 * D(50) + 6
    account.apply(fill(2, D(60), D(50), D(6)), D(1))
    assert (account.tied_up, account.cash) == (D(0), D(10_000) - 4_500 - 9)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 200),
            st.decimals(1, 99, places=2),
            st.lists(st.integers(1, 100), max_size=4),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.decimals(0, 1, places=4),
)
def test_no_fee_takes_cash_below_zero(asked: list[tuple[int, Decimal, list[int], bool]], rate: Decimal) -> None:
    """Buys with a limit, each filled in parts at its limit and then perhaps given up."""
    schedule = PercentCommission(rate=rate)
    fees = expected(schedule)
    account = Account(D(20_000), "USD")
    number = 0
    for index, (quantity, price, parts, ends) in enumerate(asked):
        name = f"o{index}"
        wanted = order(str(quantity), limit=str(price), order_id=name)
        fee = fees.of(wanted, SPY, price, 0, account.converted)
        if reserve_for(wanted, account, SPY, Limits(), {}, None, fee) is not None:
            continue
        left = quantity
        for part in parts:
            taken = min(part, left)
            if taken:
                number += 1
                left -= taken
                account.apply(fill(number, D(taken), price, D(taken) * price * rate, order_id=name), D(1))
                assert account.cash >= account.tied_up >= 0
        if ends:
            account.release(name)
        assert account.cash >= account.tied_up >= 0
    for index in range(len(asked)):
        account.release(f"o{index}")
    assert account.tied_up == 0
