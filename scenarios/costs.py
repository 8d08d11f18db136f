"""What a scenario says of costs, as the models that work them out."""

from tradepit.models.commission import (
    Commission,
    FixedCommission,
    MakerTakerPercent,
    MakerTakerPerShare,
    NoCommission,
    PercentCommission,
    PerShareCommission,
)
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
    return PerShareCommission(rate=spec.per_share, minimum=spec.minimum or None, maximum=spec.maximum, cap=spec.cap)


def _maker_taker(spec: MakerTakerFee) -> Commission:
    maker, taker = spec.maker, spec.taker
    if isinstance(maker, PerShareFee) and isinstance(taker, PerShareFee):
        return MakerTakerPerShare(maker=maker.per_share, taker=taker.per_share)
    assert isinstance(maker, PercentFee)  # both rates have one unit, the tree sees to that
    assert isinstance(taker, PercentFee)
    return MakerTakerPercent(maker=maker.percent, taker=taker.percent)


def slippage_of(spec: SlippageSpec) -> Slippage:
    """Return the slippage that a scenario describes."""
    if isinstance(spec, NoSlippageSpec):
        return NoSlippage()
    if isinstance(spec, BpsSlippage):
        return FixedBpsSlippage(spec.bps)
    assert isinstance(spec, PriceSlippage)
    return FixedPriceSlippage(spec.amount)
