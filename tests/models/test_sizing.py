"""How large an order is by each rule."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.instruments import Instrument
from tradepit.models.orders import Refusal
from tradepit.models.sizing import FixedCash, FixedQuantity, PercentOfEquity, Sizing, size

SPY = Instrument(symbol="SPY")
HUNDREDS = Instrument(symbol="SPY", lot=Decimal(100))
BTC = Instrument(symbol="BTC", lot=Decimal("0.001"))
ES = Instrument(symbol="ES", tick=Decimal("0.25"), multiplier=Decimal(50))
CL = Instrument(symbol="CL", multiplier=Decimal(1000), price_may_be_negative=True)

EQUITY = 100_000.0


def percent(fraction: str) -> PercentOfEquity:
    return PercentOfEquity(fraction=Decimal(fraction))


def cash(amount: int) -> FixedCash:
    return FixedCash(cash=Decimal(amount))


def quantity(amount: str) -> FixedQuantity:
    return FixedQuantity(quantity=Decimal(amount))


@pytest.mark.parametrize(
    ("sizing", "instrument", "price", "strength", "wanted"),
    [
        (quantity("50"), SPY, 100.0, 1.0, "50"),
        (quantity("50"), SPY, None, 1.0, "50"),
        (quantity("250"), HUNDREDS, 100.0, 1.0, "200"),
        (quantity("5"), SPY, 100.0, 0.5, "2"),
        (cash(5000), SPY, 411.25, 1.0, "12"),
        (cash(5000), SPY, 5000.0, 1.0, "1"),
        (cash(5000), BTC, 40_000.0, 1.0, "0.125"),
        (cash(5000), BTC, 39_999.99, 1.0, "0.125"),
        (cash(500_000), ES, 4100.25, 1.0, "2"),
        (cash(100_000), CL, -37.63, 1.0, "2"),
        (PercentOfEquity(), SPY, 100.0, 1.0, "20"),
        (PercentOfEquity(), SPY, 100.01, 1.0, "19"),
        (percent("1"), SPY, 100.0, 1.0, "1000"),
        (percent("0.5"), HUNDREDS, 99.0, 1.0, "500"),
        (percent("0.1"), SPY, 0.1, 0.3, "30000"),
    ],
)
def test_a_size_is_rounded_down_to_whole_lots(
    sizing: Sizing, instrument: Instrument, price: float | None, strength: float, wanted: str
) -> None:
    assert size(sizing, instrument, price, EQUITY, strength) == Decimal(wanted)


@pytest.mark.parametrize(
    ("sizing", "instrument", "price", "equity", "message"),
    [
        (cash(400), SPY, 411.25, EQUITY, "SIZE_BELOW_LOT: quantity: lot=1, was=0.972644"),
        (quantity("99"), HUNDREDS, 1.0, EQUITY, "SIZE_BELOW_LOT: quantity: lot=100, was=99"),
        (PercentOfEquity(), SPY, 411.25, 0.0, "SIZE_BELOW_LOT: quantity: lot=1, was=0.0"),
        (PercentOfEquity(), SPY, 411.25, -5000.0, "SIZE_BELOW_LOT: quantity: lot=1, was=-0.243161"),
        (PercentOfEquity(), SPY, None, EQUITY, "NO_PRICE: a price of SPY other than 0 is needed, none was seen"),
        (cash(400), CL, 0.0, EQUITY, "NO_PRICE: a price of CL other than 0 is needed, was 0.0"),
    ],
)
def test_what_is_no_whole_lot_or_cannot_be_valued_is_refused_with_figures(
    sizing: Sizing, instrument: Instrument, price: float | None, equity: float, message: str
) -> None:
    assert str(size(sizing, instrument, price, equity)) == message


@pytest.mark.parametrize("strength", [0.0, -0.5, 1.01, float("nan")])
def test_a_strength_outside_its_range_is_an_error(strength: float) -> None:
    with pytest.raises(ValueError, match=f"strength must be above 0 and up to 1, was {strength}"):
        size(PercentOfEquity(), SPY, 100.0, EQUITY, strength)


@pytest.mark.parametrize(
    ("kind", "setting", "message"),
    [
        (FixedQuantity, {"quantity": Decimal(0)}, "quantity must be above 0, was 0"),
        (FixedQuantity, {"quantity": Decimal(-1)}, "quantity must be 0 or more, was -1"),
        (FixedCash, {"cash": Decimal(0)}, "cash must be above 0, was 0"),
        (FixedCash, {"cash": Decimal("NaN")}, "cash must be 0 or more, was NaN"),
        (PercentOfEquity, {"fraction": Decimal("1.01")}, "fraction must be from 0 to 1, was 1.01"),
        (PercentOfEquity, {"fraction": Decimal(0)}, "fraction must be above 0, was 0"),
    ],
)
def test_a_rule_that_makes_no_sense_cannot_be_made(kind: Any, setting: dict[str, Decimal], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        kind(**setting)


@given(
    fraction=st.decimals("0.001", "1", places=3),
    price=st.floats(0.01, 1e5),
    equity=st.floats(1, 1e9),
    lot=st.sampled_from(["0.0001", "0.5", "1", "100"]),
)
def test_a_size_never_costs_more_than_its_part_of_the_equity_and_a_lot_more_would(
    fraction: Decimal, price: float, equity: float, lot: str
) -> None:
    instrument = Instrument(symbol="SPY", lot=Decimal(lot))
    sized = size(PercentOfEquity(fraction=fraction), instrument, price, equity)
    budget = fraction * Decimal(repr(equity))
    value = Decimal(repr(price))
    if isinstance(sized, Refusal):
        assert sized.code == "SIZE_BELOW_LOT"
        assert instrument.lot * value > budget
    else:
        assert sized * value <= budget < (sized + instrument.lot) * value
        assert instrument.on_lot(sized)
