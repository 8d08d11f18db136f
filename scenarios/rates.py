"""Fees, slippage and distances as one scalar: `0.0030/share`, `3bps`. A contract is a share by another name."""

from decimal import Decimal

from tradepit.models.slippage_depth import Distance
from tradepit.scenarios.cost_tree import (
    BpsSlippage,
    FeePer,
    FeeSpec,
    NoFee,
    NoSlippage,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
    SlippageSpec,
    is_plain,
)
from tradepit.scenarios.problems import nearest
from tradepit.scenarios.units import (
    FRACTION_PATTERN,
    PER_FILL_PATTERN,
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

_BPS = Decimal(10_000)
SHARES = ("/share", "/contract")

RATE_PATTERN = f"{FRACTION_PATTERN}|{PER_SHARE_PATTERN}"
FEE_PATTERN = f"^none$|{RATE_PATTERN}|{PER_ORDER_PATTERN}|{PER_FILL_PATTERN}"
SLIPPAGE_PATTERN = f"^none$|{RATE_PATTERN}"


def read_per_share(text: str) -> Decimal:
    """Return a rate for each unit of quantity, `0.0030/share` or `0.85/contract`."""
    return read_per(text, "contract" if unit_of(text) == "/contract" else "share")


# --- fees -------------------------------------------------------------------------------------------------------


def read_rate(text: str) -> PercentFee | PerShareFee:
    """Return a plain rate, `0.2%` or `0.0030/share`, negative for a rebate."""
    unit = unit_of(text)
    if unit in ("%", "bps"):
        return PercentFee(percent=read_fraction(text))
    if unit in SHARES:
        return PerShareFee(per_share=read_per_share(text))
    suggestion = f"write {text}/share or {text}%" if unit == "" else "write 0.0030/share or 0.1%"
    raise UnitError("a rate needs its unit, /share, % or bps", suggestion)


def read_fee(text: str) -> FeeSpec:
    """Return fees that one scalar can say: `none`, `0.2%`, `0.005/share` or `1.00/order`."""
    if text == "none":
        return NoFee()
    unit = unit_of(text)
    if unit in ("/order", "/fill"):
        per = FeePer(unit.removeprefix("/"))
        return _not_negative(PerOrderFee(amount=read_per(text, per), per=per))
    if unit in ("%", "bps", *SHARES):
        return _not_negative(read_rate(text))
    if unit is None and nearest(text, ["none"]):
        raise UnitError("fees are none or a rate", "write none")
    suggestion = (
        f"write {text}/share, {text}% or {text}/order" if unit == "" else "write 0.005/share, 0.2% or 1.00/order"
    )
    raise UnitError("fees need a unit: /share, %, bps, /order or /fill", suggestion)


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
            return write_per(fee.amount, fee.per)
        case PercentFee():
            return write_fraction(fee.percent)
        case PerShareFee():
            return write_per(fee.per_share, "share")


def write_fee(fee: FeeSpec) -> str | None:
    """Return fees as one scalar, or None where they need a mapping."""
    match fee:
        case NoFee():
            return "none"
        case PerOrderFee():
            return write_rate(fee)
        case PercentFee() | PerShareFee() if is_plain(fee):
            return write_rate(fee)
    return None


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
    if unit in SHARES:
        amount = read_per_share(text)
        if amount < 0:
            raise UnitError("slippage is at least 0")
        return PriceSlippage(amount=amount)
    suggestion = f"write {text}bps or {text}/share" if unit == "" else "write none, 3bps or 0.01/share"
    raise UnitError("slippage needs a unit: bps, % or /share", suggestion)


def write_slippage(slippage: SlippageSpec) -> str | None:
    """Return slippage with its unit, or None where it needs a mapping."""
    match slippage:
        case BpsSlippage():
            return f"{write_number(slippage.bps)}bps"
        case PriceSlippage():
            return write_per(slippage.amount, "share")
        case NoSlippage():
            return "none"
    return None


def read_distance(text: str) -> Distance:
    """Return a distance between prices: `0.02/share`, or a part of the price such as `2bps`."""
    unit = unit_of(text)
    if unit in SHARES:
        distance = read_per_share(text)
        if distance < 0:
            raise UnitError("a distance is at least 0")
        return Distance(per_unit=distance)
    if unit in ("%", "bps"):
        fraction = read_fraction(text)
        if not 0 <= fraction <= 1:
            raise UnitError("a distance lies between 0% and 100% of the price")
        return Distance(fraction=fraction)
    suggestion = f"write {text}/share or {text}bps" if unit == "" else "write 0.02/share or 2bps"
    raise UnitError("a distance needs a unit: /share, bps or %", suggestion)


def write_distance(distance: Distance) -> str:
    """Return a distance with its unit."""
    if distance.per_unit is not None:
        return write_per(distance.per_unit, "share")
    assert distance.fraction is not None
    return write_fraction(distance.fraction)
