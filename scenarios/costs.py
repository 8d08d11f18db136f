"""What a scenario says of costs, as the models that work them out."""

from collections.abc import Callable
from typing import Any, TypeVar

from tradepit.models.commission import (
    Commission,
    FixedCommission,
    NoCommission,
    PercentCommission,
    PerShareCommission,
)
from tradepit.models.commission_parts import (
    BoundedCommission,
    DatedCommission,
    FeeOnFees,
    PerFillCommission,
    RoundedCommission,
    SideCommission,
    SumCommission,
)
from tradepit.models.commission_symbols import SymbolCommission
from tradepit.models.commission_tiers import TieredCommission
from tradepit.models.fee_currency import IN_QUOTE, FeeCurrency, FeeIn
from tradepit.models.maker_taker import MakerTakerPercent, MakerTakerPerShare
from tradepit.models.orders import Side
from tradepit.models.slippage import FixedBpsSlippage, FixedPriceSlippage, NoSlippage, Slippage, SumSlippage
from tradepit.scenarios.cost_tree import (
    BpsSlippage,
    BuysFee,
    DatedFee,
    FeePer,
    FeeSpec,
    FeeTerms,
    MakerTakerFee,
    NoFee,
    OnFees,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
    SellsFee,
    SlippageSpec,
    SumFee,
    SumSlippageSpec,
    SymbolFee,
    TieredFee,
)
from tradepit.scenarios.cost_tree import NoSlippage as NoSlippageSpec
from tradepit.scenarios.own_tree import OwnCode

_Model = TypeVar("_Model")
Own = Callable[[OwnCode], _Model]
"""Makes a model of a user's own code."""


def _no_commission(_own: OwnCode) -> Commission:
    return NoCommission()


def _no_slippage(_own: OwnCode) -> Slippage:
    return NoSlippage()


def commission_of(spec: FeeSpec, own: Own[Commission] = _no_commission) -> Commission:
    """Return the schedule of fees that a scenario describes.

    Args:
        spec: what it says.
        own: makes the schedule of a user's own code; by default nothing is loaded, and that part charges nothing.

    Raises:
        ValueError: the figures do not fit together.
    """
    match spec:
        case NoFee():
            return NoCommission()
        case PerOrderFee():
            fixed = FixedCommission(per_order=spec.amount)
            return PerFillCommission(schedule=fixed) if spec.per is FeePer.FILL else fixed
        case OwnCode():
            return own(spec)
        case DatedFee():
            return DatedCommission(periods=[(period.from_, commission_of(period.fees, own)) for period in spec.dated])
        case SellsFee():
            return SideCommission(side=Side.SELL, schedule=commission_of(spec.sells, own))
        case BuysFee():
            return SideCommission(side=Side.BUY, schedule=commission_of(spec.buys, own))
        case SymbolFee():
            other = NoCommission() if spec.other is None else commission_of(spec.other, own)
            named = {name: commission_of(fee, own) for name, fee in spec.by_symbol.items()}
            return SymbolCommission(schedules=named, other=other)
        case SumFee():
            parts = [_on_fees(part) if isinstance(part, OnFees) else commission_of(part, own) for part in spec.sum]
            return SumCommission(schedules=parts)
    schedule = _by_rate(spec)
    if spec.per is FeePer.FILL:
        schedule = PerFillCommission(schedule=schedule)
    if spec.rounding is not None:
        schedule = RoundedCommission(schedule=schedule, step=spec.step, rounding=spec.rounding)
    return schedule


def _on_fees(spec: OnFees) -> FeeOnFees:
    return FeeOnFees(rate=spec.of_fees, rounding=spec.rounding, step=spec.step)


def _by_rate(spec: PercentFee | PerShareFee | MakerTakerFee | TieredFee) -> Commission:
    match spec:
        case MakerTakerFee():
            schedule = _maker_taker(spec)
            return BoundedCommission(schedule=schedule, **_bounds(spec)) if spec.has_bounds else schedule
        case TieredFee():
            return TieredCommission(
                tiers=spec.tiers, by=spec.by, rates=spec.rates, elsewhere=spec.elsewhere, **_bounds(spec)
            )
        case PercentFee():
            if spec.percent < 0:
                return MakerTakerPercent(maker=spec.percent, taker=spec.percent)
            return PercentCommission(rate=spec.percent, **_bounds(spec))
    if spec.per_share < 0:
        return MakerTakerPerShare(maker=spec.per_share, taker=spec.per_share)
    return PerShareCommission(rate=spec.per_share, **_bounds(spec))


def _bounds(terms: FeeTerms) -> dict[str, Any]:
    """Return the bounds by the names that the models have for them."""
    return {
        "per_order": terms.per_order,
        "minimum": terms.minimum or None,
        "maximum": terms.maximum,
        "cap": terms.cap,
        "minimum_wins": terms.minimum_wins,
    }


def _maker_taker(spec: MakerTakerFee) -> Commission:
    maker, taker = spec.maker, spec.taker
    if isinstance(maker, PerShareFee) and isinstance(taker, PerShareFee):
        return MakerTakerPerShare(maker=maker.per_share, taker=taker.per_share)
    assert isinstance(maker, PercentFee)  # both rates have one unit, the tree sees to that
    assert isinstance(taker, PercentFee)
    return MakerTakerPercent(maker=maker.percent, taker=taker.percent)


def slippage_of(spec: SlippageSpec, own: Own[Slippage] = _no_slippage) -> Slippage:
    """Return the slippage that a scenario describes.

    Args:
        spec: what it says.
        own: makes the model of a user's own code; by default nothing is loaded, and that part does not slip.

    Raises:
        ValueError: the parts of a sum do not fit together.
    """
    match spec:
        case NoSlippageSpec():
            return NoSlippage()
        case BpsSlippage():
            return FixedBpsSlippage(spec.bps)
        case PriceSlippage():
            return FixedPriceSlippage(spec.amount)
        case SumSlippageSpec():
            return SumSlippage([slippage_of(part, own) for part in spec.sum])
        case OwnCode():
            return own(spec)
    return spec


def fee_currency_of(word: str, account: str) -> FeeCurrency:
    """Return what fees are charged in.

    Args:
        word: what the scenario says.
        account: the account's currency.
    """
    match word:
        case "quote":
            return IN_QUOTE
        case "base" | "received":
            return FeeCurrency(fee_in=FeeIn(word))
        case "account":
            return FeeCurrency(fee_in=FeeIn.NAMED, name=account)
    return FeeCurrency(fee_in=FeeIn.NAMED, name=word)
