"""Slippage by volume, volatility, spread and depth: formulas by hand, published cases, and a walk by brute force."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.market_state import NOTHING_SHOWN, MarketState, Needs
from tradepit.models.orders import Side
from tradepit.models.slippage import FixedBpsSlippage, FixedPriceSlippage, NoSlippage, Slippage, SumSlippage
from tradepit.models.slippage_depth import BookSlippage, Distance, HalfSpreadSlippage
from tradepit.models.slippage_impact import (
    PercentageSlippage,
    SquareRootSlippage,
    VolatilitySlippage,
    VolumeImpactSlippage,
    VolumeShareSlippage,
)

D = Decimal


def shown(volume: float = 1000.0, volatility: float = 0.02, **more: Any) -> MarketState:
    return MarketState(volume=volume, volatility=volatility, **more)


@pytest.mark.parametrize(
    ("model", "quantity", "market", "expected"),
    [
        # At 100: 0.1% x (1 + 2 x 0.02) + 0.1 x 0.05.
        (PercentageSlippage(), 50, shown(), "0.604"),
        (PercentageSlippage(), 50, NOTHING_SHOWN, "0.1"),
        (PercentageSlippage(default_volatility=D("0.5")), 50, NOTHING_SHOWN, "0.2"),
        # zipline's tests of VolumeShareSlippage, at 3.0 there: 2.5% of the volume, 0.1 x 0.025^2 of the price.
        (VolumeShareSlippage(), 25, shown(), "0.00625"),
        (VolumeShareSlippage(), 500, shown(), "0.00625"),  # the limit of 2.5%
        (VolumeShareSlippage(), 10, shown(), "0.001"),
        (VolumeShareSlippage(), 10, shown(taken=D(10)), "0.004"),
        (VolumeShareSlippage(impact=D("1.6"), limit=D("0.25")), 250, shown(), "10"),  # basana: 10% at its limit
        (VolumeShareSlippage(marginal=True), 10, shown(taken=D(10)), "0.003"),  # 0.004 less 0.001
        (VolumeShareSlippage(marginal=True), 10, shown(), "0.001"),
        (VolumeShareSlippage(marginal=True), 10, shown(taken=D(30)), "0"),  # past the limit nothing is added
        (VolumeShareSlippage(), 10, NOTHING_SHOWN, "0"),
        (VolumeImpactSlippage(), 10, shown(), "0.03"),  # at the threshold: 1 bps and 2 bps
        (VolumeImpactSlippage(), 40, shown(), "0.08"),  # 4 bps and 2 x 2 bps
        (VolumeImpactSlippage(), 40, NOTHING_SHOWN, "0"),
        (VolatilitySlippage(), 40, shown(), "10.01"),
        (VolatilitySlippage(), 40, NOTHING_SHOWN, "5.01"),  # the default of 1%
        (SquareRootSlippage(), 10, shown(), "0.2"),  # 2% x sqrt(1%)
        (SquareRootSlippage(coefficient=D("0.5")), 90, shown(), "0.3"),
        (SquareRootSlippage(), 10, shown(volatility=float("nan")), "0.1"),
        (HalfSpreadSlippage(spread=Distance(per_unit=D("0.10"))), 10, NOTHING_SHOWN, "0.05"),  # zipline's FixedSlippage
        (HalfSpreadSlippage(spread=Distance(fraction=D("0.0004"))), 10, NOTHING_SHOWN, "0.02"),
        (HalfSpreadSlippage(spread=Distance(per_unit=D("0.10"))), 10, shown(spread=0.02), "0"),
        (BookSlippage(depth=D(10), step=Distance(per_unit=D("0.01"))), 10, NOTHING_SHOWN, "0"),
        (BookSlippage(depth=D(10), step=Distance(per_unit=D("0.01"))), 25, NOTHING_SHOWN, "0.008"),
        (BookSlippage(depth=D(10), step=Distance(fraction=D("0.0001"))), 25, NOTHING_SHOWN, "0.008"),
        (BookSlippage(depth=D(10), step=Distance(per_unit=D("0.01"))), 5, shown(taken=D(10)), "0.01"),
        (BookSlippage(depth=D(10), step=Distance(per_unit=D("0.01"))), 20, shown(levels=((100.0, 15.0),)), "0.0025"),
        (SumSlippage([FixedBpsSlippage(D(2)), FixedPriceSlippage(D("0.5"))]), 10, NOTHING_SHOWN, "0.52"),
        (SumSlippage([VolumeShareSlippage(), VolatilitySlippage()]), 10, shown(), "10.011"),
    ],
)
@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("sign", [1, -1])
def test_an_order_slips_by_the_formula(
    model: Slippage, quantity: int, market: MarketState, expected: str, side: Side, sign: int
) -> None:
    assert model.amount(D(100 * sign), D(quantity), side, market) == D(expected)


def test_marginal_impacts_add_up_to_that_of_one_order() -> None:
    # As basana's VolumeShareImpact has it: ten orders of 250, a quarter of 10,000 in all, pay the 10% together.
    model = VolumeShareSlippage(impact=D("1.6"), limit=D("0.25"), marginal=True)
    slices = [
        model.amount(D(1), D(250), Side.BUY, MarketState(volume=10_000.0, taken=D(250 * before)))
        for before in range(10)
    ]
    assert (sum(slices), slices[0], slices[9]) == (D("0.1"), D("0.001"), D("0.019"))


@pytest.mark.parametrize(
    ("model", "needs"),
    [
        (NoSlippage(), None),
        (FixedBpsSlippage(D(1)), None),
        (FixedPriceSlippage(D(1)), None),
        (PercentageSlippage(window=7), Needs(window=7)),
        (VolumeShareSlippage(), Needs()),
        (VolumeImpactSlippage(), Needs()),
        (VolatilitySlippage(), Needs(window=20)),
        (SquareRootSlippage(), Needs(window=20)),
        (HalfSpreadSlippage(spread=Distance(per_unit=D(1))), Needs(quotes=True)),
        (BookSlippage(), Needs(quotes=True)),
        (SumSlippage([NoSlippage(), FixedPriceSlippage(D(1))]), None),
        (SumSlippage([NoSlippage(), BookSlippage(), SquareRootSlippage()]), Needs(window=20, quotes=True)),
    ],
)
def test_a_model_says_what_it_needs_and_no_more(model: Slippage, needs: Needs | None) -> None:
    assert model.needs == needs


MODELS = [
    PercentageSlippage(),
    VolumeShareSlippage(),
    VolumeImpactSlippage(),
    VolatilitySlippage(),
    SquareRootSlippage(),
    BookSlippage(),
    SumSlippage([VolumeImpactSlippage(), BookSlippage(depth=D(3))]),
]


@pytest.mark.parametrize("model", MODELS)
@given(
    quantity=st.integers(1, 10_000),
    more=st.integers(0, 10_000),
    volume=st.floats(1, 1e7) | st.just(float("nan")),
    volatility=st.floats(0, 1) | st.just(float("nan")),
)
def test_slippage_is_never_negative_and_a_larger_order_slips_no_less(
    model: Slippage, quantity: int, more: int, volume: float, volatility: float
) -> None:
    market = MarketState(volume=volume, volatility=volatility)
    small = model.amount(D("99.95"), D(quantity), Side.BUY, market)
    large = model.amount(D("99.95"), D(quantity + more), Side.BUY, market)
    assert 0 <= small <= large + D("1e-20")  # roots and means are rounded to 28 digits


@pytest.mark.parametrize("model", MODELS)
def test_a_strategys_own_precision_changes_nothing(model: Slippage) -> None:
    asked = (D("99.95"), D(1234), Side.SELL, shown(7777.7, 0.0123))
    wide = model.amount(*asked)
    with localcontext(prec=3):
        assert model.amount(*asked) == wide


@given(
    depth=st.integers(1, 20),
    first=st.none() | st.integers(1, 50),
    taken=st.integers(0, 60),
    quantity=st.integers(1, 200),
)
def test_walking_a_book_is_eating_its_units_one_by_one(
    depth: int, first: int | None, taken: int, quantity: int
) -> None:
    book = BookSlippage(depth=D(depth), step=Distance(per_unit=D("0.01")))
    levels = () if first is None else ((100.0, float(first)),)
    sizes = [depth if first is None else first] + [depth] * 300
    units = [level for level, size in enumerate(sizes) for _ in range(size)][taken : taken + quantity]
    amount = book.amount(D(100), D(quantity), Side.BUY, MarketState(taken=D(taken), levels=levels))
    assert amount == pytest.approx(D(sum(units)) / 100 / quantity, abs=D("1e-20"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PercentageSlippage(base=D(2)), "base must be from 0 to 1, was 2"),
        (lambda: PercentageSlippage(volume_factor=D(-1)), "volume_factor must be 0 or more, was -1"),
        (lambda: PercentageSlippage(window=1), "window must be 2 or more, was 1"),
        (lambda: VolumeShareSlippage(limit=D(0)), "limit must be above 0, was 0"),
        (lambda: VolumeShareSlippage(limit=D(2)), "limit must be from 0 to 1, was 2"),
        (lambda: VolumeImpactSlippage(threshold=D(0)), "threshold must be above 0, was 0"),
        (lambda: VolatilitySlippage(multiplier=D("NaN")), "multiplier must be 0 or more, was NaN"),
        (lambda: SquareRootSlippage(coefficient=D(-1)), "coefficient must be 0 or more, was -1"),
        (Distance, "one of per_unit and fraction must be given, was None and None"),
        (lambda: Distance(per_unit=D(1), fraction=D(1)), "one of per_unit and fraction must be given, was 1 and 1"),
        (lambda: BookSlippage(depth=D(0)), "depth must be above 0, was 0"),
        (lambda: SumSlippage([]), "a sum must have at least one part, was empty"),
        (
            lambda: SumSlippage([SquareRootSlippage(window=3), VolatilitySlippage()]),
            "window must be the same in all parts of a sum, was 3 and 20",
        ),
    ],
)
def test_a_figure_out_of_bounds_is_refused(make: Callable[[], Slippage], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
