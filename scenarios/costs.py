"""What a scenario says of costs, as the models that work them out."""

from decimal import Decimal

import attrs

from tradepit.models.commission import (
    Commission,
    FixedCommission,
    MakerTakerPercent,
    MakerTakerPerShare,
    NoCommission,
    OrderSoFar,
    PercentCommission,
    PerShareCommission,
)
from tradepit.models.orders import Liquidity, Side
from tradepit.models.slippage import FixedBpsSlippage, FixedPriceSlippage, NoSlippage, Slippage
from tradepit.scenarios.tree import (
    BpsSlippage,
    FeeSpec,
    MakerTakerFee,
    NoFee,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
    SlippageSpec,
)
from tradepit.scenarios.tree import NoSlippage as NoSlippageSpec


@attrs.frozen(kw_only=True)
class MakerTakerEither:
    """One schedule for what made liquidity, another for what took it, where the two are in different units.

    Attributes:
        maker: of fills that made liquidity.
        taker: of fills that took it.
    """

    maker: Commission
    taker: Commission

    def fee(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
    ) -> Decimal:
        """Return what the fill's own schedule says."""
        schedule = self.maker if liquidity is Liquidity.MAKER else self.taker
        return schedule.fee(side, quantity, price, multiplier, liquidity, so_far)


def commission_of(spec: FeeSpec) -> Commission:
    """Return the schedule of fees that a scenario describes."""
    if isinstance(spec, NoFee):
        return NoCommission()
    if isinstance(spec, PerOrderFee):
        return FixedCommission(per_order=spec.amount)
    if isinstance(spec, MakerTakerFee):
        return _maker_taker(spec)
    if isinstance(spec, PercentFee):
        if spec.percent < 0:
            return MakerTakerPercent(maker=spec.percent, taker=spec.percent)
        return PercentCommission(rate=spec.percent, minimum=spec.minimum or None, maximum=spec.maximum)
    if spec.per_share < 0:
        return MakerTakerPerShare(maker=spec.per_share, taker=spec.per_share)
    return PerShareCommission(
        rate=spec.per_share, minimum=spec.minimum or None, maximum=spec.maximum, cap=spec.cap
    )


def _maker_taker(spec: MakerTakerFee) -> Commission:
    maker, taker = spec.maker, spec.taker
    if isinstance(maker, PerShareFee) and isinstance(taker, PerShareFee):
        return MakerTakerPerShare(maker=maker.per_share, taker=taker.per_share)
    if isinstance(maker, PercentFee) and isinstance(taker, PercentFee):
        return MakerTakerPercent(maker=maker.percent, taker=taker.percent)
    return MakerTakerEither(maker=_flat(maker), taker=_flat(taker))


def _flat(rate: PercentFee | PerShareFee) -> Commission:
    if isinstance(rate, PercentFee):
        return MakerTakerPercent(maker=rate.percent, taker=rate.percent)
    return MakerTakerPerShare(maker=rate.per_share, taker=rate.per_share)


def slippage_of(spec: SlippageSpec) -> Slippage:
    """Return the slippage that a scenario describes."""
    if isinstance(spec, NoSlippageSpec):
        return NoSlippage()
    if isinstance(spec, BpsSlippage):
        return FixedBpsSlippage(spec.bps)
    assert isinstance(spec, PriceSlippage)
    return FixedPriceSlippage(spec.amount)
