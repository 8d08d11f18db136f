"""What a fill must be before it is booked: rules by name, each a pure function that refuses with code and figures.

What is no number only the rule `number` refuses.

The books of an order cannot be kept without the first five, so an order's life (`OrderLife`) always holds them. The two
that bound fee and slippage hold where a scenario chooses them: what is sane hangs on the market.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.checks import between
from tradepit.models.orders import Fill, Order, Refusal, Side

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)  # whatever precision a strategy sets for itself
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


@attrs.frozen(kw_only=True)
class FillBounds:
    """Which bounds hold for fills, and how far fee and slippage may go before a fill is taken for a mistake.

    Attributes:
        rules: names of the rules that hold: `fee`, `slippage` or both, and a user's own; they are asked in this order.
        max_fee: largest size of the fee, a rebate's too, as a fraction of the fill's value.
        max_slippage: largest distance of the price from the reference price as a fraction of that.
    """

    rules: "tuple[str | Rule, ...]" = ("fee", "slippage")
    max_fee: Decimal = attrs.field(default=Decimal("0.05"), validator=between(_ZERO, None))
    max_slippage: Decimal = attrs.field(default=Decimal("0.1"), validator=between(_ZERO, None))

    def check(
        self, fill: Fill, order: Order, multiplier: Decimal, cumulative: Decimal = _ZERO, fill_ids: Collection[str] = ()
    ) -> Refusal | None:
        """Return the refusal of a fill beyond the bounds, or None; the arguments are those of `Booked`."""
        booked = Booked(cumulative=cumulative, fill_ids=fill_ids, multiplier=multiplier, bounds=self)
        return check_fill(fill, order, booked, rules=self.rules)


@attrs.frozen(kw_only=True)
class Booked:
    """What the rules know beside the fill and its order.

    Attributes:
        cumulative: quantity of the order that is filled already.
        fill_ids: ids of the fills that were booked.
        multiplier: the instrument's.
        bounds: of fee and slippage.
    """

    cumulative: Decimal = _ZERO
    fill_ids: Collection[str] = ()
    multiplier: Decimal = _ONE
    bounds: FillBounds = FillBounds()


Rule = Callable[[Fill, Order, Booked], Refusal | None]


def check_belongs(fill: Fill, order: Order, _: Booked) -> Refusal | None:
    """Order id, symbol and side are those of the order (`FOREIGN_FILL`)."""
    for field in ("order_id", "symbol", "side"):
        own, was = getattr(order, field), getattr(fill, field)
        if own != was:
            text = f"fill {fill.fill_id}: {field} must be that of order {order.order_id}, {own}, was {was}"
            return Refusal(code="FOREIGN_FILL", text=text)
    return None


def check_duplicate(fill: Fill, order: Order, booked: Booked) -> Refusal | None:
    """The fill was not booked before: ids are idempotent (`DUPLICATE_FILL`)."""
    if fill.fill_id in booked.fill_ids:
        return Refusal(code="DUPLICATE_FILL", text=f"fill {fill.fill_id} of order {order.order_id} came before")
    return None


def check_number(fill: Fill, _order: Order, _booked: Booked) -> Refusal | None:
    """Quantity and price are finite, the quantity is above zero (`FILL_NOT_A_NUMBER`)."""
    quantity, price = fill.quantity, fill.price
    if quantity.is_finite() and quantity > _ZERO and price.is_finite():
        return None
    text = f"fill {fill.fill_id} must have a quantity above 0 and a finite price, was {quantity} at {price}"
    return Refusal(code="FILL_NOT_A_NUMBER", text=text)


def check_overfill(fill: Fill, order: Order, booked: Booked) -> Refusal | None:
    """The fill is no larger than what is left of its order (`OVERFILL`)."""
    left = _subtract(order.quantity, booked.cumulative)
    if fill.quantity.is_nan() or fill.quantity <= left:
        return None
    text = f"fill {fill.fill_id} of order {order.order_id}: limit={left}, was={fill.quantity}"
    return Refusal(code="OVERFILL", text=text)


def check_limit(fill: Fill, order: Order, _: Booked) -> Refusal | None:
    """The price is no worse than the order's limit (`FILL_THROUGH_LIMIT`)."""
    limit = order.limit_price
    if limit is None or fill.price.is_nan() or (fill.price <= limit if order.side is Side.BUY else fill.price >= limit):
        return None
    text = f"fill {fill.fill_id} of order {order.order_id} ({order.side}): limit={limit}, was={fill.price}"
    return Refusal(code="FILL_THROUGH_LIMIT", text=text)


def check_fee(fill: Fill, _: Order, booked: Booked) -> Refusal | None:
    """The fee, or the rebate, is a sane part of the fill's value (`FEE_OUT_OF_BOUNDS`)."""
    if not (fill.price.is_finite() and fill.quantity.is_finite() and fill.quantity > _ZERO):
        return None
    value = fill.quantity  # of what was bought or sold, where the fee is taken in that
    if fill.fee_currency is None:
        value = _multiply(_multiply(fill.price.copy_abs(), value), booked.multiplier)
    largest = _multiply(value, booked.bounds.max_fee)
    if fill.fee.is_finite() and fill.fee.copy_abs() <= largest:
        return None
    return Refusal(
        code="FEE_OUT_OF_BOUNDS", text=f"fee of fill {fill.fill_id}: limit={largest.normalize():f}, was={fill.fee}"
    )


def check_slippage(fill: Fill, _: Order, booked: Booked) -> Refusal | None:
    """The price is near the reference price (`SLIPPAGE_OUT_OF_BOUNDS`)."""
    reference = fill.reference_price
    if not fill.price.is_finite():
        return None
    largest = _multiply(reference.copy_abs(), booked.bounds.max_slippage)
    if reference.is_finite() and _subtract(fill.price, reference).copy_abs() <= largest:
        return None
    text = f"fill {fill.fill_id} at {fill.price}, reference {reference}: limit={largest.normalize():f}"
    return Refusal(code="SLIPPAGE_OUT_OF_BOUNDS", text=text)


FILL_RULES: Final[Mapping[str, Rule]] = {
    "belongs": check_belongs,
    "duplicate": check_duplicate,
    "number": check_number,
    "overfill": check_overfill,
    "limit": check_limit,
    "fee": check_fee,
    "slippage": check_slippage,
}
ALWAYS: Final = ("belongs", "duplicate", "number", "overfill", "limit")
"""Rules that hold in every run."""


def check_fill(
    fill: Fill, order: Order, booked: Booked | None = None, *, rules: "Sequence[str | Rule]" = ALWAYS
) -> Refusal | None:
    """Return the first rule's refusal of a fill, or None when it may be booked.

    Args:
        fill: the execution.
        order: whose it claims to be.
        booked: what the order has traded already; None for nothing.
        rules: names of the rules that hold, keys of `FILL_RULES`, and a user's own; they are asked in this order.

    Raises:
        KeyError: there is no rule of a name.
    """
    around = booked or Booked()
    checks = (FILL_RULES[rule] if isinstance(rule, str) else rule for rule in rules)
    return next((refusal for check in checks if (refusal := check(fill, order, around)) is not None), None)
