"""From what a scenario says of costs to the models that work them out."""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.billed_fill import BilledFill
from tradepit.models.commission import (
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
from tradepit.models.commission_tiers import Tier, TieredCommission
from tradepit.models.fee_currency import FeeCurrency
from tradepit.models.maker_taker import MakerTakerPercent, MakerTakerPerShare
from tradepit.models.market_state import MarketState
from tradepit.models.orders import Liquidity, Side
from tradepit.models.slippage import FixedBpsSlippage, FixedPriceSlippage, NoSlippage, SumSlippage
from tradepit.models.slippage_impact import VolumeShareSlippage
from tradepit.scenarios.cost_tree import goes_by_value
from tradepit.scenarios.costs import commission_of, fee_currency_of, slippage_of
from tradepit.scenarios.tree import (
    BpsSlippage,
    BuysFee,
    DatedFee,
    DatedPeriod,
    MakerTakerFee,
    NoFee,
    OwnCode,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
    SellsFee,
    SumFee,
    SumSlippageSpec,
    TieredFee,
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
    fill = BilledFill(
        side=Side.BUY, quantity=_d("100"), price=_d("10"), multiplier=_d("1"), liquidity=Liquidity.TAKER, symbol="X"
    )
    charged = commission_of(spec).fee(fill)
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


@pytest.mark.parametrize(
    ("word", "currency"),
    [
        ("quote", FeeCurrency()),
        ("base", FeeCurrency(fee_in="base")),
        ("received", FeeCurrency(fee_in="received")),
        ("account", FeeCurrency(fee_in="named", name="CHF")),
        ("EUR", FeeCurrency(fee_in="named", name="EUR")),
    ],
)
def test_each_word_has_its_currency(word: str, currency: FeeCurrency) -> None:
    assert fee_currency_of(word, "CHF") == currency


@pytest.mark.parametrize(
    ("spec", "model"),
    [
        (
            PercentFee(
                percent=_d("0.001"), per_order=1, cap=_d("0.5"), minimum_wins=True, rounding="up", step=_d("0.05")
            ),
            RoundedCommission(
                schedule=PercentCommission(rate=_d("0.001"), per_order=_d("1"), cap=_d("0.5"), minimum_wins=True),
                step=_d("0.05"),
                rounding="up",
            ),
        ),
        (
            PerShareFee(per_share=_d("0.1"), maximum=8, per="fill", rounding="up"),
            RoundedCommission(
                schedule=PerFillCommission(schedule=PerShareCommission(rate=_d("0.1"), maximum=_d("8"))), rounding="up"
            ),
        ),
        (PerOrderFee(amount=2, per="fill"), PerFillCommission(schedule=FixedCommission(per_order=_d("2")))),
        (
            MakerTakerFee(maker=PercentFee(percent=0), taker=PercentFee(percent=_d("0.1")), minimum=1),
            BoundedCommission(schedule=MakerTakerPercent(maker=_d("0"), taker=_d("0.1")), minimum=_d("1")),
        ),
        (TieredFee(by="month_value", elsewhere=5), TieredCommission(by="month_value", elsewhere=_d("5"))),
        (SellsFee(sells=NoFee()), SideCommission(side=Side.SELL, schedule=NoCommission())),
        (
            BuysFee(buys=DatedFee(dated=[DatedPeriod(from_=7, fees=NoFee())])),
            SideCommission(side=Side.BUY, schedule=DatedCommission(periods=[(7, NoCommission())])),
        ),
        (SumFee(sum=[NoFee(), NoFee()]), SumCommission(schedules=[NoCommission(), NoCommission()])),
        (OwnCode(use="a:b"), NoCommission()),  # nothing is loaded unless it is asked for
    ],
)
def test_what_is_put_together_has_its_models(spec: Any, model: object) -> None:
    assert commission_of(spec) == model


def test_models_of_slippage_stand_for_themselves() -> None:
    spec = SumSlippageSpec(sum=[VolumeShareSlippage(), BpsSlippage(bps=3), OwnCode(use="a:b")])
    assert slippage_of(spec) == SumSlippage([VolumeShareSlippage(), FixedBpsSlippage(_d("3")), NoSlippage()])


MAKER_TAKER: dict[str, Any] = {"maker": PerShareFee(per_share=1), "taker": PerShareFee(per_share=1)}


@pytest.mark.parametrize(
    ("fee", "by_value"),
    [
        (NoFee(), False),
        (PerOrderFee(amount=1), False),
        (PercentFee(percent=0), True),
        (PerShareFee(per_share=1), False),
        (PerShareFee(per_share=1, cap=1), True),
        (MakerTakerFee(**MAKER_TAKER), False),
        (MakerTakerFee(**MAKER_TAKER, cap=1), True),
        (TieredFee(), True),
        (TieredFee(tiers=[Tier(per_order=_d("1"))]), False),
        (DatedFee(dated=[DatedPeriod(fees=NoFee()), DatedPeriod(from_=1, fees=PercentFee(percent=1))]), True),
        (SellsFee(sells=PercentFee(percent=1)), True),
        (BuysFee(buys=PerOrderFee(amount=1)), False),
        (SumFee(sum=[PerOrderFee(amount=1), TieredFee()]), True),
        (OwnCode(use="a:b"), False),
    ],
)
def test_percentages_are_told_from_amounts(fee: Any, by_value: bool) -> None:
    assert goes_by_value(fee) is by_value
