"""Commission: what a venue or broker charges for a fill.

A schedule speaks about an order (a minimum, a cap, a fixed part), but fills come one by one. So a schedule is told
what the order has done and paid so far, works out what the order owes after the fill, and charges the difference: a
minimum is taken once, on the first fill, and used up by the later ones. Keep one `OrderSoFar` for each order that
reached a venue (the child order); that is what its broker bills.

Fees are exact and not rounded; a schedule that rounds says so by `RoundedCommission`. They are in the instrument's
currency; `fee_currency` turns them into another. A fee is never negative but for a maker's or taker's rebate.

Here are the schedules of one rate. `maker_taker` has those with one for each side of liquidity, `commission_tiers`
those whose rate goes by size, price or monthly volume, `commission_parts` those that are put together from others.
"""

import abc
from decimal import Context, Decimal
from typing import Final, Protocol

import attrs

from tradepit.models.billed_fill import NOTHING_SO_FAR, BilledFill, OrderSoFar
from tradepit.models.checks import between

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
# In contexts of our own: a strategy may narrow the one that all share.
_EXACT: Final = Context(prec=200)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class Commission(Protocol):
    """A schedule of fees."""

    @property
    def wants_moment(self) -> bool:
        """Tell whether the fee hangs on the time or the month's volume."""

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the fee for one fill, in the instrument's currency; negative for a rebate."""

    def after(self, fill: BilledFill, fee: Decimal) -> OrderSoFar:
        """Return what the order has done and paid after the fill, which was charged `fee`."""


@attrs.frozen(kw_only=True)
class Schedule:
    """What schedules have in common that do not say otherwise: they go by nothing but the fill."""

    wants_moment = False

    def after(self, fill: BilledFill, fee: Decimal) -> OrderSoFar:
        """Return what the order has done and paid after the fill."""
        return fill.counted(fee, fee)


@attrs.frozen
class NoCommission(Schedule):
    """Charge nothing."""

    def fee(self, fill: BilledFill) -> Decimal:  # noqa: ARG002  as in `Commission`
        """Return zero."""
        return _ZERO


@attrs.frozen
class FixedCommission(Schedule):
    """Charge a fixed amount for each order, on its first fill.

    Attributes:
        per_order: in the instrument's currency, 0 or more.

    Raises:
        ValueError: `per_order` is below zero.
    """

    per_order: Decimal = attrs.field(validator=between(_ZERO, None))

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the amount on the order's first fill, then zero."""
        return _ZERO if fill.so_far.quantity else self.per_order


@attrs.frozen(kw_only=True)
class OrderBounds(abc.ABC):
    """The bounds of what one order pays, shared by the schedules that have a rate.

    Attributes:
        per_order: fixed part of each order, added before the bounds.
        minimum: least that an order pays, or None.
        maximum: most that an order pays, or None.
        cap: most that an order pays as a fraction of its value (0.01 is 1%), or None.
        minimum_wins: which of minimum and cap holds where they conflict. False, the default: the cap, as in the
            schedule of Interactive Brokers for US stocks. True: an order below the minimum pays the minimum whatever
            the cap says, as LEAN's model of that schedule does.
    """

    per_order: Decimal = attrs.field(default=_ZERO, validator=between(_ZERO, None))
    minimum: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(between(_ZERO, None)))
    maximum: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(between(_ZERO, None)))
    cap: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(between(_ZERO, _ONE)))
    minimum_wins: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))
    _plain: bool = attrs.field(init=False, repr=False, eq=False)

    @_plain.default
    def _has_a_rate_alone(self) -> bool:
        return self.minimum is None and self.maximum is None and self.cap is None and not self.per_order

    @property
    def wants_moment(self) -> bool:
        """Tell that the fee does not hang on the time or the month's volume."""
        return False

    def __attrs_post_init__(self) -> None:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum must not be above maximum={self.maximum}, was {self.minimum}")

    @abc.abstractmethod
    def _charge(self, fill: BilledFill) -> Decimal:
        """Return what a fill owes by rate, before the bounds."""

    def fee(self, fill: BilledFill) -> Decimal:
        """Return what the order owes after this fill, without what it has paid."""
        charge = self._charge(fill)
        so_far = fill.so_far
        by_rate = _add(so_far.accrued, charge)
        # The value matters to the cap alone.
        value = _ZERO if self.cap is None else _add(so_far.value, fill.value)
        return self._due(by_rate, value, so_far.fees, self.minimum)

    def after(self, fill: BilledFill, fee: Decimal) -> OrderSoFar:
        """Return what the order has done and paid after the fill."""
        charge = self._charge(fill)
        return fill.counted(fee, charge)

    def _due(self, by_rate: Decimal, value: Decimal, paid: Decimal, minimum: Decimal | None) -> Decimal:
        """Return what an order owes now: its bounded total without what it has paid; nothing is ever given back."""
        total = _add(by_rate, self.per_order)
        if minimum is not None and total < minimum:
            total = minimum
            if self.minimum_wins:
                return max(_subtract(total, paid), _ZERO)
        if self.maximum is not None and total > self.maximum:
            total = self.maximum
        if self.cap is not None:
            total = min(total, _multiply(self.cap, value))
        return max(_subtract(total, paid), _ZERO)


@attrs.frozen(kw_only=True)
class PerShareCommission(OrderBounds):
    """Charge for each share or contract, within bounds for each order.

    Attributes:
        rate: in the instrument's currency for each unit of quantity, 0 or more.
        per_order, minimum, maximum, cap, minimum_wins: the bounds, see `OrderBounds`.

    Raises:
        ValueError: a figure is out of bounds, or the minimum is above the maximum.
    """

    rate: Decimal = attrs.field(validator=between(_ZERO, None))

    def _charge(self, fill: BilledFill) -> Decimal:
        return _multiply(self.rate, fill.quantity)


@attrs.frozen(kw_only=True)
class PercentCommission(OrderBounds):
    """Charge a part of the value, within bounds for each order.

    Attributes:
        rate: fraction of the value, from 0 to 1; 0.001 is 0.1%.
        per_order, minimum, maximum, cap, minimum_wins: the bounds, see `OrderBounds`.

    Raises:
        ValueError: a figure is out of bounds, or the minimum is above the maximum.
    """

    rate: Decimal = attrs.field(validator=between(_ZERO, _ONE))

    def fee(self, fill: BilledFill) -> Decimal:
        """Return what the order owes after this fill, without what it has paid."""
        if fill.so_far is NOTHING_SO_FAR and self._plain:  # the common case: one fill, and nothing but a rate
            return _multiply(self.rate, _multiply(_multiply(fill.price.copy_abs(), fill.quantity), fill.multiplier))
        return OrderBounds.fee(self, fill)

    def _charge(self, fill: BilledFill) -> Decimal:
        return _multiply(self.rate, fill.value)
