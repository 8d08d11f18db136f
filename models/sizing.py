"""How large an order is when the strategy leaves that to the portfolio.

Every rule rounds down to whole lots, so that a size is never exceeded. What is less than a lot is refused, and so is
what cannot be valued; the smallest and largest quantity of one order are for validation to check.
"""

from decimal import Context, Decimal
from typing import Any, Final

import attrs

from tradepit.models.checks import between
from tradepit.models.instruments import Instrument
from tradepit.models.orders import Refusal

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=60)


def _above_zero(_instance: object, attribute: "attrs.Attribute[Any]", given: Decimal) -> None:
    if not given:
        raise ValueError(f"{attribute.name} must be above 0, was {given}")


@attrs.frozen(kw_only=True)
class FixedQuantity:
    """Every order has the same quantity.

    Attributes:
        quantity: in units of the instrument, above zero.

    Raises:
        ValueError: the quantity is not above zero.
    """

    quantity: Decimal = attrs.field(validator=[between(_ZERO, None), _above_zero])


@attrs.frozen(kw_only=True)
class FixedCash:
    """Every order is worth the same amount.

    Attributes:
        cash: in the account's currency, above zero.

    Raises:
        ValueError: the amount is not above zero.
    """

    cash: Decimal = attrs.field(validator=[between(_ZERO, None), _above_zero])

    def budget(self, equity: Decimal) -> Decimal:  # noqa: ARG002
        """Return the amount, whatever the equity."""
        return self.cash


@attrs.frozen(kw_only=True)
class PercentOfEquity:
    """Every order is worth a part of the account's equity.

    Attributes:
        fraction: above 0 and at most 1, which is 100%; 2% by default. A larger part would be borrowed, and there are
            no margin models yet.

    Raises:
        ValueError: the fraction lies outside.
    """

    fraction: Decimal = attrs.field(default=Decimal("0.02"), validator=[between(_ZERO, _ONE), _above_zero])

    def budget(self, equity: Decimal) -> Decimal:
        """Return the part of the equity."""
        return _EXACT.multiply(self.fraction, equity)


Sizing = FixedQuantity | FixedCash | PercentOfEquity


def size(
    sizing: Sizing, instrument: Instrument, price: float | None, equity: float, strength: float = 1.0
) -> Decimal | Refusal:
    """Return the quantity of an order in whole lots, or why there is none.

    Args:
        sizing: the rule.
        instrument: what is traded.
        price: last price seen of it, or None before the first; a fixed quantity needs none.
        equity: of the account, in its currency.
        strength: fraction of the full size, above 0 and up to 1.

    Returns:
        A quantity of at least one lot, or a refusal: `NO_PRICE` when the rule needs a price and there is none to
        divide by, `SIZE_BELOW_LOT` when the size is less than one lot.

    Raises:
        ValueError: the strength lies outside.
    """
    if not 0 < strength <= 1:
        raise ValueError(f"strength must be above 0 and up to 1, was {strength!r}")
    if isinstance(sizing, FixedQuantity):
        wanted = sizing.quantity
    elif not price:
        was = "none was seen" if price is None else f"was {price!r}"
        return Refusal(code="NO_PRICE", text=f"a price of {instrument.symbol} other than 0 is needed, {was}")
    else:
        # Below zero a unit is worth what one must pay to be rid of it.
        value = _EXACT.multiply(Decimal(repr(abs(price))), instrument.multiplier)
        wanted = _EXACT.divide(sizing.budget(Decimal(repr(equity))), value)
    if strength != 1:
        wanted = _EXACT.multiply(wanted, Decimal(repr(strength)))
    quantity = instrument.quantity(wanted)
    if quantity < instrument.lot:
        return Refusal(code="SIZE_BELOW_LOT", text=f"quantity: lot={instrument.lot}, was={wanted:.6g}")
    return quantity
