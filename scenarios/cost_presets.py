"""What the presets of costs stand for: commission, slippage, and the latency of venues that name none."""

from decimal import Decimal
from typing import Final

import attrs

from tradepit.models.slippage_depth import BookSlippage
from tradepit.models.slippage_impact import VolumeImpactSlippage
from tradepit.scenarios.cost_tree import (
    BpsSlippage,
    CostPreset,
    CostsSpec,
    FeeSpec,
    MakerTakerFee,
    NoFee,
    NoSlippage,
    PercentFee,
    PerShareFee,
    SlippageSpec,
    TieredFee,
)
from tradepit.scenarios.latency_tree import LatencySpec
from tradepit.scenarios.venue_tree import VenueLatency


@attrs.frozen(kw_only=True)
class Costs:
    """Costs with nothing left open.

    Attributes:
        commission: fees.
        slippage: how far fills are from the price that matching found.
        latency: of venues that name none.
    """

    commission: FeeSpec
    slippage: SlippageSpec
    latency: VenueLatency


_TEN_MICROSECONDS: Final = LatencySpec(params=(10_000,))

PRESETS: Final = {
    CostPreset.PASSTHROUGH: Costs(commission=NoFee(), slippage=NoSlippage(), latency=VenueLatency()),
    CostPreset.CONSERVATIVE: Costs(
        commission=PercentFee(percent=Decimal("0.002")), slippage=BpsSlippage(bps=Decimal(10)), latency=VenueLatency()
    ),
    CostPreset.REALISTIC: Costs(
        commission=TieredFee(minimum=Decimal(1)), slippage=VolumeImpactSlippage(), latency=VenueLatency()
    ),
    # A US stock exchange's ordinary tier, from a machine beside it.
    CostPreset.HIGH_FREQUENCY: Costs(
        commission=MakerTakerFee(
            maker=PerShareFee(per_share=Decimal("-0.0020")), taker=PerShareFee(per_share=Decimal("0.0030"))
        ),
        slippage=BookSlippage(),
        latency=VenueLatency(order=_TEN_MICROSECONDS, data=_TEN_MICROSECONDS),
    ),
}


def resolved_costs(spec: CostsSpec) -> Costs:
    """Return what a scenario's costs come to, the preset's where they say nothing."""
    preset = PRESETS[spec.preset or CostPreset.PASSTHROUGH]
    return Costs(
        commission=preset.commission if spec.commission is None else spec.commission,
        slippage=preset.slippage if spec.slippage is None else spec.slippage,
        latency=preset.latency,
    )
