"""Written units are read strictly and written back exactly."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.scenarios.rates import (
    read_fee,
    read_rate,
    read_slippage,
    write_fee,
    write_rate,
    write_slippage,
)
from tradepit.scenarios.tree import (
    BpsSlippage,
    FeeSpec,
    MakerTakerFee,
    Money,
    NoFee,
    NoSlippage,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
    SlippageSpec,
)
from tradepit.scenarios.units import (
    UnitError,
    read_currency,
    read_duration,
    read_fraction,
    read_money,
    read_number,
    read_per,
    write_duration,
    write_fraction,
    write_money,
    write_number,
    write_per,
)


def refused(reader: Any, text: str) -> Any:
    with pytest.raises(UnitError) as caught:
        reader(text)
    return caught.value.rule, caught.value.suggestion


@pytest.mark.parametrize(
    ("text", "duration_ns"),
    [
        ("350us", 350_000),
        ("0s", 0),
        ("5min", 300 * 10**9),
        ("5 min", 300 * 10**9),
        ("1.5h", 5_400 * 10**9),
        ("1e3us", 10**6),
        ("1_000ms", 10**9),
        ("2d", 172_800 * 10**9),
        ("7ns", 7),
    ],
)
def test_a_duration_is_a_number_with_a_unit(text: str, duration_ns: Any) -> None:
    assert read_duration(text) == duration_ns


@pytest.mark.parametrize(
    ("text", "rule", "suggestion"),
    [
        ("350", "a duration needs a unit", "write 350us, 350ms, 350s or 350min"),
        ("5m", "a duration's unit is one of ns, us, ms, s, min, h, d", "write 5min"),
        ("5mins", "a duration's unit is one of ns, us, ms, s, min, h, d", "write 5min"),
        ("5hours", "a duration's unit is one of ns, us, ms, s, min, h, d", "write 5h"),
        ("3 weeks", "a duration's unit is one of ns, us, ms, s, min, h, d", ""),
        ("soon", "a duration is a number with a unit", "write 350us, 5min or 1h"),
        ("-1s", "a duration is at least 0", ""),
        ("0.5ns", "a duration is a whole number of ns", ""),
        ("101e3d", "a duration is at most 100 years", ""),
        ("1e99s", "a number has at most 24 digits before and after its point", ""),
    ],
)
def test_a_duration_that_is_none_is_refused_with_what_to_write(text: str, rule: str, suggestion: str) -> None:
    assert refused(read_duration, text) == (rule, suggestion)


@given(st.integers(0, 10**18))
def test_a_duration_is_written_back_exactly(duration_ns: Any) -> None:
    assert read_duration(write_duration(duration_ns)) == duration_ns


@pytest.mark.parametrize(
    ("text", "fraction"), [("25%", "0.25"), ("3bps", "0.0003"), ("-0.5 %", "-0.005"), ("1_00%", "1"), (".5%", "0.005")]
)
def test_a_share_is_a_percentage_or_basis_points(text: str, fraction: Any) -> None:
    assert read_fraction(text) == Decimal(fraction)


@pytest.mark.parametrize(
    ("text", "rule", "suggestion"),
    [
        ("0.25", "a share needs % or bps", "write 0.25% or 25%"),
        ("25 percent", "a share needs % or bps", ""),
        ("most", "a share is a number with % or bps", "write 25% or 3bps"),
        ("1__0%", "a share is a number with % or bps", "write 25% or 3bps"),
    ],
)
def test_a_share_without_its_unit_is_refused(text: str, rule: str, suggestion: str) -> None:
    assert refused(read_fraction, text) == (rule, suggestion)


@given(st.decimals(-100, 100, places=8))
def test_a_share_is_written_back_exactly(fraction: Any) -> None:
    assert read_fraction(write_fraction(fraction)) == fraction


@given(st.floats(1e-6, 10))
def test_a_float_share_is_written_back_exactly(fraction: Any) -> None:
    assert float(read_fraction(write_fraction(fraction))) == fraction


@pytest.mark.parametrize(
    ("text", "money"), [("1_000_000 USD", Money(1_000_000, "USD")), ("5.50EUR", Money("5.5", "EUR"))]
)
def test_an_amount_has_its_currency(text: str, money: Any) -> None:
    assert read_money(text) == money


@pytest.mark.parametrize(
    ("text", "rule", "suggestion"),
    [
        ("5", "an amount needs its currency", "write 5 USD"),
        ("USD 5", "an amount is a number with its currency", "write 1_000_000 USD"),
        ("5 usd", "a currency is three to five capital letters", "write USD"),
        ("5 US$", "a currency is three to five capital letters", "write USD or EUR"),
    ],
)
def test_an_amount_without_a_currency_is_refused(text: str, rule: str, suggestion: str) -> None:
    assert refused(read_money, text) == (rule, suggestion)


def test_money_is_written_with_its_currency() -> None:
    assert write_money(Money("1500.50", "EUR")) == "1500.5 EUR"
    assert read_currency("USDT") == "USDT"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=9))
def test_a_number_is_written_back_exactly(number: Any) -> None:
    assert read_number(write_number(number)) == number


@pytest.mark.parametrize(("text", "suggestion"), [("5 shares", "write 5"), ("many", "")])
def test_a_number_has_no_unit(text: str, suggestion: str) -> None:
    assert refused(read_number, text) == ("must be a number", suggestion)


def test_a_rate_names_what_it_is_per() -> None:
    assert read_per("0.005/share", "share") == Decimal("0.005")
    assert write_per(Decimal("0.0050"), "share") == "0.005/share"
    assert refused(lambda text: read_per(text, "share"), "0.005") == (
        "a rate needs its unit, /share",
        "write 0.005/share",
    )
    assert refused(lambda text: read_per(text, "share"), "x") == ("a rate needs its unit, /share", "write 0.005/share")
    assert refused(lambda text: read_per(text, "share"), "1/order") == ("this rate is per share", "write 1/share")


FEES: list[tuple[str, FeeSpec]] = [
    ("none", NoFee()),
    ("0.2%", PercentFee(percent="0.002")),
    ("20bps", PercentFee(percent="0.002")),
    ("0.0030/share", PerShareFee(per_share="0.003")),
    ("1.00/order", PerOrderFee(amount=1)),
]


@pytest.mark.parametrize(("text", "fee"), FEES)
def test_fees_are_read_and_written(text: str, fee: Any) -> None:
    assert read_fee(text) == fee
    written = write_fee(fee)
    assert written is not None
    assert read_fee(written) == fee


@pytest.mark.parametrize(
    ("text", "rule", "suggestion"),
    [
        ("0.2", "fees need a unit: /share, %, bps, /order or /fill", "write 0.2/share, 0.2% or 0.2/order"),
        ("1/lot", "fees need a unit: /share, %, bps, /order or /fill", "write 0.005/share, 0.2% or 1.00/order"),
        ("non", "fees are none or a rate", "write none"),
        (
            "-1/share",
            "fees are at least 0",
            "a rebate is written as maker or taker: {maker: -0.0020/share, taker: ...}",
        ),
        ("-1%", "fees are at least 0", "a rebate is written as maker or taker: {maker: -0.0020/share, taker: ...}"),
        (
            "-1/order",
            "fees are at least 0",
            "a rebate is written as maker or taker: {maker: -0.0020/share, taker: ...}",
        ),
    ],
)
def test_fees_without_a_unit_are_refused(text: str, rule: str, suggestion: str) -> None:
    assert refused(read_fee, text) == (rule, suggestion)


def test_fees_that_one_value_cannot_say_have_no_text() -> None:
    plain = PerShareFee(per_share="0.003")
    assert write_fee(PerShareFee(per_share="0.003", minimum=1)) is None
    assert write_fee(PercentFee(percent="0.003", maximum=1)) is None
    assert write_fee(MakerTakerFee(maker=plain, taker=plain)) is None


def test_a_rebate_is_a_negative_rate() -> None:
    assert read_rate("-0.0020/share") == PerShareFee(per_share="-0.002")
    assert write_rate(read_rate("-1bps")) == "-0.01%"
    assert refused(read_rate, "0.1") == ("a rate needs its unit, /share, % or bps", "write 0.1/share or 0.1%")
    assert refused(read_rate, "1/order") == (
        "a rate needs its unit, /share, % or bps",
        "write 0.0030/share or 0.1%",
    )


SLIPPAGE: list[tuple[str, SlippageSpec]] = [
    ("none", NoSlippage()),
    ("3bps", BpsSlippage(bps=3)),
    ("0.03%", BpsSlippage(bps=3)),
    ("0.01/share", PriceSlippage(amount="0.01")),
]


@pytest.mark.parametrize(("text", "slippage"), SLIPPAGE)
def test_slippage_is_read_and_written(text: str, slippage: Any) -> None:
    assert read_slippage(text) == slippage
    assert read_slippage(write_slippage(slippage) or "") == slippage


@pytest.mark.parametrize(
    ("text", "rule", "suggestion"),
    [
        ("0.01", "slippage needs a unit: bps, % or /share", "write 0.01bps or 0.01/share"),
        ("0.01 USD", "slippage needs a unit: bps, % or /share", "write none, 3bps or 0.01/share"),
        ("-1bps", "slippage lies between 0% and 100%", ""),
        ("101%", "slippage lies between 0% and 100%", ""),
        ("-0.01/share", "slippage is at least 0", ""),
    ],
)
def test_slippage_that_is_none_is_refused(text: str, rule: str, suggestion: str) -> None:
    assert refused(read_slippage, text) == (rule, suggestion)
