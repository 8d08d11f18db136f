"""The part of the scenario tree that says what trading costs: fees and slippage.

Models whose settings are what a file says stand in the tree themselves (`tradepit.models.slippage_impact`, and the
tiers of `commission_tiers`); what a file says in other words has its own class here, and `costs` makes the model of it.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

import attrs

from tradepit.models.commission_parts import Rounding
from tradepit.models.commission_tiers import DEFAULT_TIERS, Tier, TierBy, TierRates
from tradepit.models.slippage_depth import BookSlippage, HalfSpreadSlippage
from tradepit.models.slippage_impact import (
    PercentageSlippage,
    SquareRootSlippage,
    VolatilitySlippage,
    VolumeImpactSlippage,
    VolumeShareSlippage,
)
from tradepit.scenarios.exact import exact, exact_or_none
from tradepit.scenarios.own_tree import OwnCode

# --- fees -------------------------------------------------------------------------------------------------------


class FeePer(StrEnum):
    """Whether minimum, maximum, cap and fixed parts count for each order or for each fill."""

    ORDER = "order"
    FILL = "fill"


@attrs.frozen(kw_only=True)
class NoFee:
    """No commission; written `none`."""


@attrs.frozen(kw_only=True)
class PerOrderFee:
    """A fixed commission; written `1.00/order`, or `1.00/fill`.

    Attributes:
        amount: in the instrument's currency.
        per: whether it is for each order that fills or for each fill.
    """

    amount: Decimal = attrs.field(converter=exact)
    per: FeePer = attrs.field(default=FeePer.ORDER, converter=FeePer)


@attrs.frozen(kw_only=True)
class FeeTerms:
    """What holds for an order beside the rate.

    Attributes:
        per_order: fixed part of each order, in the instrument's currency.
        minimum: least commission of one order, in the instrument's currency.
        maximum: most commission of one order, or None.
        cap: most commission as a fraction of the order's value, or None; the cap wins over the minimum.
        minimum_wins: whether the minimum wins over the cap instead.
        rounding: `up`, `down` or `half_up`; None leaves fees exact.
        step: what rounded fees are whole multiples of.
        per: whether all this counts for each order or for each fill.
    """

    per_order: Decimal = attrs.field(default=Decimal(0), converter=exact)
    minimum: Decimal = attrs.field(default=Decimal(0), converter=exact)
    maximum: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    cap: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    minimum_wins: bool = False
    rounding: Rounding | None = None
    step: Decimal = attrs.field(default=Decimal("0.01"), converter=exact)
    per: FeePer = attrs.field(default=FeePer.ORDER, converter=FeePer)

    @property
    def has_bounds(self) -> bool:
        """Tell whether there is anything beside the rate that counts for the order."""
        return bool(self.per_order or self.minimum) or self.maximum is not None or self.cap is not None


@attrs.frozen(kw_only=True)
class PercentFee(FeeTerms):
    """A commission on the value of each fill; written `0.2%`, or as a mapping with `percent`.

    Attributes:
        percent: fraction of the value: 0.002 is 0.2%; negative for a rebate.
    """

    percent: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PerShareFee(FeeTerms):
    """A commission on each unit of quantity; written `0.005/share`, or as a mapping with `per_share`.

    Attributes:
        per_share: in the instrument's currency for one unit; negative for a rebate.
    """

    per_share: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class MakerTakerFee(FeeTerms):
    """One rate for what made liquidity, another for what took it; negative rates are rebates.

    Attributes:
        maker: rate of fills that rested; a plain rate, without minimum, maximum or cap.
        taker: rate of fills that took; a plain rate.
    """

    maker: PercentFee | PerShareFee
    taker: PercentFee | PerShareFee = attrs.field()

    @taker.validator
    def _check_rates(self, _attribute: object, taker: PercentFee | PerShareFee) -> None:
        if type(self.maker) is not type(taker):
            raise ValueError("maker and taker have the same unit, /share or %")
        for rate in (self.maker, taker):
            if not is_plain(rate):
                raise ValueError("maker and taker are plain rates, without minimum, maximum and cap")
            if self.has_bounds and rate_of(rate) < 0:
                raise ValueError("a rebate goes with no minimum, maximum, cap or fixed part")


def is_plain(fee: PercentFee | PerShareFee) -> bool:
    """Tell whether a fee is a rate and nothing else."""
    if isinstance(fee, PercentFee):
        return fee == PercentFee(percent=fee.percent)
    return fee == PerShareFee(per_share=fee.per_share)


def rate_of(fee: PercentFee | PerShareFee) -> Decimal:
    """Return a fee's rate, whatever its unit."""
    return fee.percent if isinstance(fee, PercentFee) else fee.per_share


def _tiers(tiers: Iterable[Tier]) -> tuple[Tier, ...]:
    return tuple(tiers)


@attrs.frozen(kw_only=True)
class TieredFee(FeeTerms):
    """A commission whose rate goes by size, price or recent volume; written as a mapping with `tiers`.

    Attributes:
        tiers: with rising limits, the last without one.
        by: what decides on the tier.
        rates: whether a tier's rate holds for all of the order, or for the slice that lies within the tier.
        elsewhere: what the account trades each month, or in 30 days, beside the venue and counts for the tier: value or
            quantity.
    """

    tiers: tuple[Tier, ...] = attrs.field(default=DEFAULT_TIERS, converter=_tiers)
    by: TierBy = attrs.field(default=TierBy.ORDER_VALUE, converter=TierBy)
    rates: TierRates = attrs.field(default=TierRates.WHOLE, converter=TierRates)
    elsewhere: Decimal = attrs.field(default=Decimal(0), converter=exact)


RateFee = NoFee | PerOrderFee | PercentFee | PerShareFee | MakerTakerFee | TieredFee | OwnCode


@attrs.frozen(kw_only=True)
class DatedPeriod:
    """What is charged from an instant on.

    Attributes:
        from_: first instant, ns; None for ever before. `from` in the file.
        fees: what is charged.
    """

    from_: int | None = None
    fees: RateFee


def _periods(periods: Iterable[DatedPeriod]) -> tuple[DatedPeriod, ...]:
    return tuple(periods)


@attrs.frozen(kw_only=True)
class DatedFee:
    """Fees that change at dates; written as a mapping with `dated`.

    Attributes:
        dated: in the order of time; before the first nothing is charged.
    """

    dated: tuple[DatedPeriod, ...] = attrs.field(converter=_periods)


@attrs.frozen(kw_only=True)
class SellsFee:
    """Fees that only sales pay; written as a mapping with `sells`.

    Attributes:
        sells: what they pay.
    """

    sells: RateFee | DatedFee


@attrs.frozen(kw_only=True)
class BuysFee:
    """Fees that only purchases pay, such as a stamp duty; written as a mapping with `buys`.

    Attributes:
        buys: what they pay.
    """

    buys: RateFee | DatedFee


FeePart = RateFee | DatedFee | SellsFee | BuysFee


@attrs.frozen(kw_only=True)
class OnFees:
    """A percentage of the fees that stand before it in a sum, such as a tax on commission; a mapping with `of_fees`.

    Attributes:
        of_fees: fraction of the fees: 0.18 is 18%.
        rounding: `up`, `down` or `half_up`, of what the order owes in all; None leaves it exact.
        step: what rounded amounts are whole multiples of.
    """

    of_fees: Decimal = attrs.field(converter=exact)
    rounding: Rounding | None = None
    step: Decimal = attrs.field(default=Decimal("0.01"), converter=exact)


@attrs.frozen(kw_only=True)
class SymbolFee:
    """Fees by what is traded; written as a mapping with `by_symbol`.

    Attributes:
        by_symbol: by symbol, or by pattern with `*` and `?`; a symbol's own name goes before patterns, and of these the
            first that fits.
        other: what the other symbols pay; None where there are no others.
    """

    by_symbol: "Mapping[str, FeePart | SumFee]"
    other: "FeePart | SumFee | None" = None


def _parts(parts: "Iterable[FeePart | OnFees | SymbolFee]") -> "tuple[FeePart | OnFees | SymbolFee, ...]":
    return tuple(parts)


@attrs.frozen(kw_only=True)
class SumFee:
    """Several fees together; written as a mapping with `sum`.

    Attributes:
        sum: the parts, each with its own count of what an order has paid.
    """

    sum: tuple[FeePart | OnFees | SymbolFee, ...] = attrs.field(converter=_parts)


FeeSpec = FeePart | SymbolFee | SumFee


def goes_by_value(fee: FeeSpec | OnFees) -> bool:
    """Tell whether a part of a fee is a percentage, and so in the currency of what it is a percentage of."""
    match fee:
        case PercentFee():
            return True
        case PerShareFee():
            return fee.cap is not None
        case MakerTakerFee():
            return isinstance(fee.maker, PercentFee) or fee.cap is not None
        case TieredFee():
            return any(tier.percent for tier in fee.tiers) or fee.cap is not None
        case DatedFee():
            return any(goes_by_value(period.fees) for period in fee.dated)
        case SellsFee():
            return goes_by_value(fee.sells)
        case BuysFee():
            return goes_by_value(fee.buys)
        case SumFee():
            return any(goes_by_value(part) for part in fee.sum)
        case SymbolFee():
            others = () if fee.other is None else (fee.other,)
            return any(goes_by_value(part) for part in (*fee.by_symbol.values(), *others))
    return False


# --- slippage ---------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class NoSlippage:
    """Orders fill at the price that matching found; written `none`."""


@attrs.frozen(kw_only=True)
class BpsSlippage:
    """The price moves against the order by a part of itself; written `3bps` or `0.03%`.

    Attributes:
        bps: hundredths of a percent.
    """

    bps: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PriceSlippage:
    """The price moves against the order by a fixed amount; written `0.01/share`.

    Attributes:
        amount: in the instrument's currency for one unit.
    """

    amount: Decimal = attrs.field(converter=exact)


SlippagePart = (
    NoSlippage
    | BpsSlippage
    | PriceSlippage
    | PercentageSlippage
    | VolumeShareSlippage
    | VolumeImpactSlippage
    | VolatilitySlippage
    | SquareRootSlippage
    | HalfSpreadSlippage
    | BookSlippage
    | OwnCode
)


def _slippages(parts: Iterable[SlippagePart]) -> tuple[SlippagePart, ...]:
    return tuple(parts)


@attrs.frozen(kw_only=True)
class SumSlippageSpec:
    """Several slippages together; written as a mapping with `sum`.

    Attributes:
        sum: the parts; those that go by volatility have the same window.
    """

    sum: tuple[SlippagePart, ...] = attrs.field(converter=_slippages)


SlippageSpec = SlippagePart | SumSlippageSpec

# --- both -------------------------------------------------------------------------------------------------------


class CostPreset(StrEnum):
    """Costs by one word; `cost_presets` says what each stands for."""

    PASSTHROUGH = "passthrough"
    CONSERVATIVE = "conservative"
    REALISTIC = "realistic"
    HIGH_FREQUENCY = "high-frequency"


@attrs.frozen(kw_only=True)
class CostsSpec:
    """What trading costs at the venues that say nothing themselves.

    Attributes:
        preset: what holds where the other keys say nothing; None stands for `passthrough`.
        commission: fees.
        slippage: how far fills are from the price that matching found.
        fee_currency: what fees are charged in: `quote`, `base`, `received`, `account`, or a currency's name.
    """

    preset: CostPreset | None = attrs.field(default=None, converter=attrs.converters.optional(CostPreset))
    commission: FeeSpec | None = None
    slippage: SlippageSpec | None = None
    fee_currency: str = "quote"
