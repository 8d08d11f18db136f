"""Prices and quantities on an instrument's grid, and the floats that become them."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tradepit.models.instruments import Instrument
from tradepit.models.orders import Side

D = Decimal


def on(tick: str, *, negative: bool = False) -> Instrument:
    return Instrument(symbol="X", tick=D(tick), price_may_be_negative=negative)


@pytest.mark.parametrize(
    ("tick", "observed", "side", "expected"),
    [
        ("0.01", 10.05, None, "10.05"),
        ("0.01", 10.05, Side.BUY, "10.05"),
        ("0.01", 10.05, Side.SELL, "10.05"),
        ("0.01", 10.5, Side.BUY, "10.5"),
        ("0.01", 10.0, Side.SELL, "10.0"),
        ("0.01", 10.051, None, "10.05"),
        ("0.01", 10.051, Side.BUY, "10.06"),
        ("0.01", 10.059, Side.SELL, "10.05"),
        ("0.01", 10.045, None, "10.04"),
        ("0.01", 10.055, None, "10.06"),
        # A computed price: 0.1 + 0.2 is meant to be 0.3, whichever way it is rounded.
        ("0.1", 0.1 + 0.2, Side.BUY, "0.3"),
        ("0.01", 1.1 * 1.1, Side.BUY, "1.21"),
        ("0.01", 4.35 * 100 / 100, Side.SELL, "4.35"),
        ("0.25", 4100.3, Side.BUY, "4100.50"),
        ("0.25", 4100.3, Side.SELL, "4100.25"),
        ("5", 12.0, Side.BUY, "15"),
        ("0.001", 0.00049, Side.SELL, "0.000"),
        ("0.001", 0.00051, None, "0.001"),
        ("0.00000001", 0.00001234, Side.BUY, "0.00001234"),
        ("0.01", 123456789012.34, Side.BUY, "123456789012.34"),
        ("0.01", -37.631, Side.BUY, "-37.63"),
        ("0.01", -37.631, Side.SELL, "-37.64"),
    ],
)
def test_a_price_is_rounded_to_the_tick_and_never_in_favour_of_the_trader(
    tick: str, observed: float, side: Side | None, expected: str
) -> None:
    assert str(on(tick, negative=True).price(observed, side)) == str(D(expected))


@given(
    observed=st.floats(1e-7, 1e13)
    | st.decimals("0.01", "99999", places=2).map(float)
    | st.decimals("0.1", "99999", places=1).map(float)
    | st.builds(
        lambda ticks, off: ticks / 100 + off, st.integers(1, 10**7), st.sampled_from([1e-9, 1e-8, 1e-6, -1e-8])
    ),
    tick=st.sampled_from(["0.01", "0.1", "0.001", "0.0001", "0.00000001", "0.010", "0.25", "0.05", "1", "5", "10"]),
    side=st.sampled_from([None, *Side]),
)
@example(observed=1000.0, tick="0.001", side=None)
@example(observed=0.010001, tick="0.01", side=Side.BUY)
def test_an_observed_price_becomes_to_the_last_digit_what_its_written_form_becomes(
    observed: float, tick: str, side: Side | None
) -> None:
    instrument = on(tick)
    assert str(instrument.price(observed, side)) == str(instrument.to_tick(D(repr(observed)), side))


@pytest.mark.parametrize(
    ("observed", "message"),
    [
        (float("nan"), "X: price must be a finite number, was nan"),
        (float("inf"), "X: price must be a finite number, was inf"),
        (0.0, "X: price must be above 0, was 0.0"),
        (-0.01, "X: price must be above 0, was -0.01"),
    ],
)
def test_what_is_no_price_is_refused(observed: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        on("0.01").price(observed)


@pytest.mark.parametrize(
    ("lot", "wanted", "expected"),
    [("1", "99.99", "99"), ("10", "99.99", "90"), ("0.1", "99.99", "99.9"), ("1", "-1.5", "-1"), ("1", "0.5", "0")],
)
def test_a_quantity_is_rounded_towards_zero_to_whole_lots(lot: str, wanted: str, expected: str) -> None:
    assert Instrument(symbol="X", lot=D(lot)).quantity(D(wanted)) == D(expected)


def test_what_is_on_the_grid_is_told_from_what_is_not() -> None:
    instrument = Instrument(symbol="X", tick=D("0.25"), lot=D(10))
    assert [instrument.on_tick(D(price)) for price in ("10.25", "10.2", "NaN")] == [True, False, False]
    assert [instrument.on_lot(D(quantity)) for quantity in ("30", "35", "Infinity")] == [True, False, False]


def test_a_narrow_decimal_context_moves_no_price_and_no_quantity() -> None:
    quarters, cents = on("0.25"), on("0.01")
    with localcontext(prec=2):
        found = (
            quarters.price(4100.3, Side.BUY),
            cents.price(4100.31, Side.BUY),
            cents.to_tick(D("4100.311"), Side.SELL),
            cents.quantity(D("1234.5")),
        )
    assert found == (D("4100.50"), D("4100.31"), D("4100.31"), D(1234))


def test_instruments_are_equal_by_what_was_said_of_them() -> None:
    assert (on("0.01"), on("0.010"), repr(on("0.01")).count("scale")) == (on("0.01"), on("0.01"), 0)
