"""Fees in what is traded, in what is received, or in a currency of their own; and the month's volume."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.billed_fill import FeeMoment
from tradepit.models.fee_currency import IN_QUOTE, FeeCurrency, FeeIn
from tradepit.models.instruments import Instrument
from tradepit.models.orders import Side
from tradepit.models.traded_volume import TradedVolume, month_of

D = Decimal
BTC = Instrument(symbol="BTC/USD", base="BTC")
INVERSE = Instrument(symbol="XBTUSD", base="BTC", inverse=True)
FUTURE = Instrument(symbol="BTC-P", base="BTC", multiplier=D(5))


@pytest.mark.parametrize(
    ("currency", "side", "instrument", "fee", "expected"),
    [
        (IN_QUOTE, Side.BUY, BTC, "12", ("12", None)),
        (FeeCurrency(fee_in="base"), Side.BUY, BTC, "40", ("0.001", "BTC")),
        (FeeCurrency(fee_in="base"), Side.SELL, BTC, "40", ("0.001", "BTC")),
        (FeeCurrency(fee_in="base"), Side.SELL, BTC, "-4", ("-0.0001", "BTC")),
        (FeeCurrency(fee_in="base"), Side.BUY, FUTURE, "40", ("0.0002", "BTC")),
        (FeeCurrency(fee_in="received"), Side.BUY, BTC, "40", ("0.001", "BTC")),
        (FeeCurrency(fee_in="received"), Side.SELL, BTC, "40", ("40", None)),
        (FeeCurrency(fee_in="named", name="EUR"), Side.SELL, BTC, "1.50", ("1.50", "EUR")),
        (FeeCurrency(fee_in="named", name="USD"), Side.SELL, BTC, "1.50", ("1.50", None)),
        (IN_QUOTE, Side.BUY, INVERSE, "0.0075", ("0.0075", "BTC")),
        (FeeCurrency(fee_in="base"), Side.BUY, INVERSE, "0.0075", ("0.0075", "BTC")),
        (FeeCurrency(fee_in="received"), Side.SELL, INVERSE, "0.0075", ("0.0075", "BTC")),
        (FeeCurrency(fee_in="named", name="USD"), Side.BUY, INVERSE, "5", ("5", None)),
    ],
)
def test_a_fee_is_charged_in_its_currency(
    currency: FeeCurrency, side: Side, instrument: Instrument, fee: str, expected: tuple[str, str | None]
) -> None:
    charged, name = currency.charged(D(fee), side, D(40_000), instrument)
    assert (charged, name) == (D(expected[0]), expected[1])


@given(
    quantity=st.decimals("0.00001", 1000, places=5),
    price=st.decimals("0.01", 100_000, places=2),
    rate=st.decimals(0, "0.01", places=4),
)
def test_a_percentage_of_the_value_is_the_same_percentage_of_the_quantity(
    quantity: Decimal, price: Decimal, rate: Decimal
) -> None:
    """basana's fees in the base: 1% of 0.001 BTC is 0.00001 BTC, whatever the price."""
    fee, name = FeeCurrency(fee_in=FeeIn.BASE).charged(rate * quantity * price, Side.BUY, price, BTC)
    assert (fee, name) == (rate * quantity, "BTC")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FeeCurrency(fee_in="named"), "name must be given with named and with nothing else, was None"),
        (lambda: FeeCurrency(name="EUR"), "name must be given with named and with nothing else, was 'EUR'"),
        (
            lambda: FeeCurrency(fee_in="base").charged(D(1), Side.BUY, D(1), Instrument(symbol="SPY")),
            "SPY: a fee in the base needs one, and a price above 0; was 1",
        ),
        (
            lambda: FeeCurrency(fee_in="base").charged(D(1), Side.BUY, D(0), BTC),
            "BTC/USD: a fee in the base needs one, and a price above 0; was 0",
        ),
    ],
)
def test_a_fee_that_cannot_be_told_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


def test_a_months_volume_begins_anew_at_its_first_instant() -> None:
    traded = TradedVolume(month_of)
    seen = []
    for text in ("2024-01-05 10:00", "2024-01-31 23:59:59", "2024-02-01 00:00", "2024-02-01 00:00", "2025-02-01 00:00"):
        seen.append(traded.moment(ns(text)))
        traded.add(D(10), D(-5), D(2))
    assert [(moment.month_value, moment.month_quantity) for moment in seen] == [
        (D(0), D(0)),
        (D(100), D(10)),
        (D(0), D(0)),
        (D(100), D(10)),
        (D(0), D(0)),
    ]
    assert seen[0] == FeeMoment(time=ns("2024-01-05 10:00"))


def test_a_month_is_that_of_the_zone() -> None:
    new_year = ns("2024-01-01 03:00")
    assert month_of(new_year) == month_of(new_year, ZoneInfo("America/New_York")) + 1 == 2024 * 12 + 1
    assert month_of(-1) == 1969 * 12 + 12
