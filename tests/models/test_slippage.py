from decimal import Decimal

import pytest

from tradepit.models.market_state import MarketState
from tradepit.models.orders import Side
from tradepit.models.slippage import FixedBpsSlippage, FixedPriceSlippage, NoSlippage, Slippage

D = Decimal


@pytest.mark.parametrize(
    ("slippage", "price", "expected"),
    [
        (NoSlippage(), "100", "0"),
        (FixedBpsSlippage(D(5)), "3.00", "0.0015"),  # zipline, FixedBasisPointsSlippage tests: 3.0 becomes 3.0015
        (FixedBpsSlippage(D(1)), "100", "0.01"),  # LEAN, SlippageModelsTests: 0.0001 of 100
        (FixedBpsSlippage(D("0.5")), "80", "0.004"),
        (FixedBpsSlippage(D(0)), "80", "0"),
        (FixedBpsSlippage(D(100)), "-40", "0.4"),
        (FixedBpsSlippage(D(100)), "0", "0"),
        (FixedPriceSlippage(D("0.02")), "100", "0.02"),
        (FixedPriceSlippage(D("0.02")), "-100", "0.02"),
        (FixedPriceSlippage(D(0)), "100", "0"),
    ],
)
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("volume", [1000.0, float("nan")])
def test_slippage_is_an_amount_for_each_unit(
    slippage: Slippage, price: str, expected: str, side: Side, volume: float
) -> None:
    assert slippage.amount(D(price), D(100), side, MarketState(volume=volume)) == D(expected)


@pytest.mark.parametrize("wrong", ["-1", "10000.1", "NaN", "Infinity"])
def test_basis_points_are_bounded(wrong: str) -> None:
    with pytest.raises(ValueError, match=f"bps must be from 0 to 10000, was {wrong}"):
        FixedBpsSlippage(D(wrong))


@pytest.mark.parametrize("wrong", ["-0.01", "NaN", "Infinity"])
def test_a_fixed_price_is_not_negative(wrong: str) -> None:
    with pytest.raises(ValueError, match=f"per_unit must be 0 or more, was {wrong}"):
        FixedPriceSlippage(D(wrong))


def test_a_float_is_refused_because_it_is_not_what_was_written() -> None:
    with pytest.raises(TypeError, match=r"bps must be a Decimal, was 0.1; write Decimal\('0.1'\)"):
        FixedBpsSlippage(0.1)  # type: ignore[arg-type]  # what a user might write
