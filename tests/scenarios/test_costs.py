"""From what a scenario says of costs to the models that work them out."""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.commission import (
    ANY_MOMENT,
    NOTHING_SO_FAR,
    FixedCommission,
    MakerTakerPercent,
    MakerTakerPerShare,
    NoCommission,
    PercentCommission,
    PerShareCommission,
)
from tradepit.models.market_state import MarketState
from tradepit.models.orders import Liquidity, Side
from tradepit.models.slippage import FixedBpsSlippage, FixedPriceSlippage, NoSlippage
from tradepit.scenarios.costs import commission_of, slippage_of
from tradepit.scenarios.tree import (
    BpsSlippage,
    MakerTakerFee,
    NoFee,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
)
from tradepit.scenarios.tree import NoSlippage as NoSlippageSpec


def _d(text: str) -> Decimal:
    return Decimal(text)


@pytest.mark.parametrize(
    ("spec", "model"),
    [
        (NoFee(), NoCommission()),
        (PerOrderFee(amount=_d("1.00")), FixedCommission(per_order=_d("1.00"))),
        (PercentFee(percent=_d("0.001")), PercentCommission(rate=_d("0.001"))),
        (
            PercentFee(percent=_d("0.001"), minimum=_d("1"), maximum=_d("10")),
            PercentCommission(rate=_d("0.001"), minimum=_d("1"), maximum=_d("10")),
        ),
        (PercentFee(percent=_d("-0.001")), MakerTakerPercent(maker=_d("-0.001"), taker=_d("-0.001"))),
        (PerShareFee(per_share=_d("0.005")), PerShareCommission(rate=_d("0.005"))),
        (
            PerShareFee(per_share=_d("0.005"), minimum=_d("1"), maximum=_d("10"), cap=_d("0.01")),
            PerShareCommission(rate=_d("0.005"), minimum=_d("1"), maximum=_d("10"), cap=_d("0.01")),
        ),
        (PerShareFee(per_share=_d("-0.002")), MakerTakerPerShare(maker=_d("-0.002"), taker=_d("-0.002"))),
        (
            MakerTakerFee(maker=PerShareFee(per_share=_d("-0.002")), taker=PerShareFee(per_share=_d("0.003"))),
            MakerTakerPerShare(maker=_d("-0.002"), taker=_d("0.003")),
        ),
        (
            MakerTakerFee(maker=PercentFee(percent=_d("0")), taker=PercentFee(percent=_d("0.0005"))),
            MakerTakerPercent(maker=_d("0"), taker=_d("0.0005")),
        ),
    ],
)
def test_each_schedule_of_fees_has_its_model(spec: Any, model: object) -> None:
    assert commission_of(spec) == model


@pytest.mark.parametrize(
    ("spec", "fee"),
    [
        (NoFee(), "0"),
        (PerOrderFee(amount=_d("1.00")), "1.00"),
        (PercentFee(percent=_d("0.001")), "1"),
        (PercentFee(percent=_d("-0.001")), "-1"),
        (PercentFee(percent=_d("0.001"), minimum=_d("2.5")), "2.5"),
        (PerShareFee(per_share=_d("0.005")), "0.5"),
        (PerShareFee(per_share=_d("-0.005")), "-0.5"),
        (PerShareFee(per_share=_d("0.005"), minimum=_d("50"), cap=_d("0.01")), "10"),
    ],
)
def test_a_hundred_shares_at_ten_cost_what_the_schedule_says(spec: Any, fee: str) -> None:
    fill = (Side.BUY, _d("100"), _d("10"), _d("1"), Liquidity.TAKER, NOTHING_SO_FAR, ANY_MOMENT)
    charged = commission_of(spec).fee(*fill)
    assert charged == _d(fee)


@pytest.mark.parametrize(
    ("spec", "kind", "amount"),
    [
        (NoSlippageSpec(), NoSlippage, "0"),
        (BpsSlippage(bps=_d("3")), FixedBpsSlippage, "0.03"),
        (PriceSlippage(amount=_d("0.02")), FixedPriceSlippage, "0.02"),
    ],
)
def test_each_slippage_has_its_model(spec: Any, kind: type, amount: str) -> None:
    model = slippage_of(spec)
    assert type(model) is kind
    assert model.amount(_d("100"), _d("10"), Side.BUY, MarketState(volume=1000.0)) == _d(amount)
