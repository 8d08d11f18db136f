"""Fees and slippage as one scalar: `0.0030/share`, `3bps`."""

from decimal import Decimal

from tradepit.scenarios.problems import nearest
from tradepit.scenarios.units import (
    FRACTION_PATTERN,
    PER_ORDER_PATTERN,
    PER_SHARE_PATTERN,
    UnitError,
    read_fraction,
    read_per,
    unit_of,
    write_fraction,
    write_number,
    write_per,
)
from tradepit.scenarios.venue_tree import (
    BpsSlippage,
    FeeSpec,
    MakerTakerFee,
    NoFee,
    NoSlippage,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
    SlippageSpec,
)

_BPS = Decimal(10_000)

RATE_PATTERN = f"{FRACTION_PATTERN}|{PER_SHARE_PATTERN}"
FEE_PATTERN = f"^none$|{RATE_PATTERN}|{PER_ORDER_PATTERN}"
SLIPPAGE_PATTERN = f"^none$|{RATE_PATTERN}"

# --- fees -------------------------------------------------------------------------------------------------------


def read_rate(text: str) -> PercentFee | PerShareFee:
    """Return a plain rate, `0.2%` or `0.0030/share`, negative for a rebate."""
    unit = unit_of(text)
    if unit in ("%", "bps"):
        return PercentFee(percent=read_fraction(text))
    if unit == "/share":
        return PerShareFee(per_share=read_per(text, "share"))
    suggestion = f"write {text}/share or {text}%" if unit == "" else "write 0.0030/share or 0.1%"
    raise UnitError("a rate needs its unit, /share, % or bps", suggestion)


def read_fee(text: str) -> FeeSpec:
    """Return fees that one scalar can say: `none`, `0.2%`, `0.005/share` or `1.00/order`."""
    if text == "none":
        return NoFee()
    unit = unit_of(text)
    if unit == "/order":
        return _not_negative(PerOrderFee(amount=read_per(text, "order")))
    if unit in ("%", "bps", "/share"):
        return _not_negative(read_rate(text))
    if unit is None and nearest(text, ["none"]):
        raise UnitError("fees are none or a rate", "write none")
    suggestion = (
        f"write {text}/share, {text}% or {text}/order" if unit == "" else "write 0.005/share, 0.2% or 1.00/order"
    )
    raise UnitError("fees need a unit: /share, %, bps or /order", suggestion)


def _not_negative(fee: PerOrderFee | PercentFee | PerShareFee) -> FeeSpec:
    match fee:
        case PerOrderFee():
            amount = fee.amount
        case PercentFee():
            amount = fee.percent
        case PerShareFee():
            amount = fee.per_share
    if amount < 0:
        raise UnitError(
            "fees are at least 0", "a rebate is written as maker or taker: {maker: -0.0020/share, taker: ...}"
        )
    return fee


def write_rate(fee: PerOrderFee | PercentFee | PerShareFee) -> str:
    """Return the rate of a fee, without its bounds."""
    match fee:
        case PerOrderFee():
            return write_per(fee.amount, "order")
        case PercentFee():
            return write_fraction(fee.percent)
        case PerShareFee():
            return write_per(fee.per_share, "share")


def write_fee(fee: FeeSpec) -> str | None:
    """Return fees as one scalar, or None where they need a mapping."""
    if isinstance(fee, NoFee):
        return "none"
    if isinstance(fee, MakerTakerFee) or not is_plain(fee):
        return None
    return write_rate(fee)


def is_plain(fee: PerOrderFee | PercentFee | PerShareFee) -> bool:
    """Tell whether a fee is a rate and nothing else."""
    match fee:
        case PercentFee():
            return fee == PercentFee(percent=fee.percent)
        case PerShareFee():
            return fee == PerShareFee(per_share=fee.per_share)
    return True


# --- slippage ---------------------------------------------------------------------------------------------------


def read_slippage(text: str) -> SlippageSpec:
    """Return slippage: `none`, `3bps`, `0.03%` or `0.01/share`."""
    if text == "none":
        return NoSlippage()
    unit = unit_of(text)
    if unit in ("%", "bps"):
        fraction = read_fraction(text)
        if not 0 <= fraction <= 1:
            raise UnitError("slippage lies between 0% and 100%")
        return BpsSlippage(bps=fraction * _BPS)
    if unit == "/share":
        amount = read_per(text, "share")
        if amount < 0:
            raise UnitError("slippage is at least 0")
        return PriceSlippage(amount=amount)
    suggestion = f"write {text}bps or {text}/share" if unit == "" else "write none, 3bps or 0.01/share"
    raise UnitError("slippage needs a unit: bps, % or /share", suggestion)


def write_slippage(slippage: SlippageSpec) -> str:
    """Return slippage with its unit."""
    match slippage:
        case BpsSlippage():
            return f"{write_number(slippage.bps)}bps"
        case PriceSlippage():
            return write_per(slippage.amount, "share")
        case NoSlippage():
            return "none"
