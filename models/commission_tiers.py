"""Commission by tiers: the rate goes by the order's size, by the price, or by what the account traded of late."""

from collections.abc import Iterable
from decimal import Context, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

import attrs

from tradepit.models.billed_fill import BilledFill
from tradepit.models.checks import between
from tradepit.models.commission import OrderBounds
from tradepit.models.values import uncopied

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)  # of our own: a strategy may narrow the one that all share
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_FIGURE: Final = attrs.validators.optional(between(_ZERO, None))


class TierBy(StrEnum):
    """What decides on the tier.

    ORDER_VALUE, ORDER_QUANTITY: what the order has filled, this fill included. PRICE: the fill's, such as an option's
    premium. MONTH_VALUE, MONTH_QUANTITY: what the account traded at the venue in the calendar month, before this fill.
    TRAILING_VALUE, TRAILING_QUANTITY: the same in the 30 UTC days before the fill's day; `traded_volume` says why.
    """

    ORDER_VALUE = "order_value"
    ORDER_QUANTITY = "order_quantity"
    PRICE = "price"
    MONTH_VALUE = "month_value"
    MONTH_QUANTITY = "month_quantity"
    TRAILING_VALUE = "trailing_value"
    TRAILING_QUANTITY = "trailing_quantity"

    @property
    def is_value(self) -> bool:
        """Tell whether amounts of money are compared."""
        return self in (TierBy.ORDER_VALUE, TierBy.MONTH_VALUE, TierBy.TRAILING_VALUE)

    @property
    def is_volume(self) -> bool:
        """Tell whether it is what the account traded of late."""
        return self not in (TierBy.ORDER_VALUE, TierBy.ORDER_QUANTITY, TierBy.PRICE)


class TierRates(StrEnum):
    """What a tier's rate holds for: all of the order or fill, or the slice that lies within the tier alone."""

    WHOLE = "whole"
    MARGINAL = "marginal"


@uncopied
@attrs.frozen(kw_only=True)
class Tier:
    """What is charged up to a limit.

    Attributes:
        up_to: the last size that belongs to the tier, or None.
        below: the first size that does not belong to it any more, or None. Without both the tier has no end.
        percent: fraction of the value, from 0 to 1.
        per_share: in the instrument's currency for each unit of quantity, 0 or more.
        per_order: once for each order, 0 or more.
        minimum: least that an order in this tier pays; None for the schedule's.

    Raises:
        ValueError: a figure is out of bounds, or both limits are given.
    """

    up_to: Decimal | None = attrs.field(default=None, validator=_FIGURE)
    below: Decimal | None = attrs.field(default=None, validator=_FIGURE)
    percent: Decimal = attrs.field(default=_ZERO, validator=between(_ZERO, _ONE))
    per_share: Decimal = attrs.field(default=_ZERO, validator=between(_ZERO, None))
    per_order: Decimal = attrs.field(default=_ZERO, validator=between(_ZERO, None))
    minimum: Decimal | None = attrs.field(default=None, validator=_FIGURE)

    def __attrs_post_init__(self) -> None:
        if self.up_to is not None and self.below is not None:
            raise ValueError("a tier ends with up_to or below, not both")

    @property
    def limit(self) -> Decimal | None:
        """Return where the tier ends, or None."""
        return self.below if self.up_to is None else self.up_to

    def holds(self, size: Decimal) -> bool:
        """Tell whether a size does not lie behind the tier."""
        if self.up_to is not None:
            return size <= self.up_to
        return self.below is None or size < self.below


DEFAULT_TIERS: Final = (
    Tier(up_to=Decimal(1_000), percent=Decimal("0.003")),
    Tier(up_to=Decimal(10_000), percent=Decimal("0.002")),
    Tier(percent=Decimal("0.001")),
)
"""The tiers of an order's value that hold where none are given."""


def _in_order(tiers: Iterable[Tier]) -> tuple[Tier, ...]:
    return tuple(tiers)


@attrs.frozen(kw_only=True)
class TieredCommission(OrderBounds):
    """Charge by tiers, within bounds for each order.

    By default the tier that is reached sets the rate of the whole order (of the whole fill, where price or volume
    decide), which is how brokers write their tables for an order; `MARGINAL` has each slice pay its own tier's rate, as
    schedules by monthly volume often do (Interactive Brokers, tiered).

    Attributes:
        tiers: with rising limits, the last without one.
        by: what decides on the tier.
        rates: whether a rate holds for the whole or for the slice within its tier.
        elsewhere: what the account trades each month, or in 30 days, beside the venue, and counts for the tier: value
            or quantity.
        per_order, minimum, maximum, cap, minimum_wins: the bounds, see `OrderBounds`.

    Raises:
        ValueError: the tiers are not in order, the last one ends, marginal rates do not go with what decides (value
            goes with percent, quantity with per share, price with neither), or a figure is out of bounds.
    """

    tiers: tuple[Tier, ...] = attrs.field(default=DEFAULT_TIERS, converter=_in_order)
    by: TierBy = attrs.field(default=TierBy.ORDER_VALUE, converter=TierBy)
    rates: TierRates = attrs.field(default=TierRates.WHOLE, converter=TierRates)
    elsewhere: Decimal = attrs.field(default=_ZERO, validator=between(_ZERO, None))

    @property
    def wants_moment(self) -> bool:
        """Tell whether what was traded of late decides."""
        return self.by.is_volume

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        check_tiers(self.tiers, self.by, self.rates)
        if self.elsewhere and not self.wants_moment:
            raise ValueError(f"elsewhere must be 0 unless a month or 30 days decide, was {self.elsewhere}")

    def fee(self, fill: BilledFill) -> Decimal:
        """Return what the order owes after this fill, without what it has paid."""
        charge = self._charge(fill)
        so_far, value = fill.so_far, fill.value
        reached = self._tier(self._size(fill, value))
        minimum = self.minimum if reached.minimum is None else reached.minimum
        return self._due(_add(so_far.accrued, charge), _add(so_far.value, value), so_far.fees, minimum)

    def _charge(self, fill: BilledFill) -> Decimal:
        so_far, quantity, value = fill.so_far, fill.quantity, fill.value
        order_decides = self.by in (TierBy.ORDER_VALUE, TierBy.ORDER_QUANTITY)
        size = self._size(fill, value)
        if self.rates is TierRates.MARGINAL:
            grows = value if self.by.is_value else quantity
            start = _subtract(size, grows) if order_decides else size
            return self._slices(start, _add(start, grows))
        tier = self._tier(size)
        if not order_decides:
            return _charged(tier, quantity, value, first=not so_far.quantity)
        # What the whole order owes by the tier that it has reached now, less what it owed by the one reached before.
        total = _charged(tier, _add(so_far.quantity, quantity), _add(so_far.value, value), first=True)
        if not so_far.quantity:
            return total
        old = self._tier(so_far.value if self.by.is_value else so_far.quantity)
        return _subtract(total, _charged(old, so_far.quantity, so_far.value, first=True))

    def _size(self, fill: BilledFill, value: Decimal) -> Decimal:
        """Return what decides on the tier of a fill."""
        match self.by:
            case TierBy.ORDER_VALUE:
                return _add(fill.so_far.value, value)
            case TierBy.ORDER_QUANTITY:
                return _add(fill.so_far.quantity, fill.quantity)
            case TierBy.PRICE:
                return fill.price.copy_abs()
            case TierBy.MONTH_VALUE:
                return _add(fill.moment.month_value, self.elsewhere)
            case TierBy.MONTH_QUANTITY:
                return _add(fill.moment.month_quantity, self.elsewhere)
            case TierBy.TRAILING_VALUE:
                return _add(fill.moment.trailing_value, self.elsewhere)
            case TierBy.TRAILING_QUANTITY:
                return _add(fill.moment.trailing_quantity, self.elsewhere)

    def _tier(self, size: Decimal) -> Tier:
        return next(tier for tier in self.tiers if tier.holds(size))

    def _slices(self, start: Decimal, end: Decimal) -> Decimal:
        """Return what lies between two sizes at the rate of each one's tier."""
        total = _ZERO
        for tier in self.tiers:
            stop = end if tier.limit is None else min(end, tier.limit)
            if stop > start:
                rate = tier.percent if self.by.is_value else tier.per_share
                total = _add(total, _multiply(rate, _subtract(stop, start)))
                start = stop
        return total


def check_tiers(tiers: tuple[Tier, ...], by: TierBy, rates: TierRates) -> None:
    """Check that tiers fit together.

    Raises:
        ValueError: they do not.
    """
    limits = [tier.limit for tier in tiers]
    if not tiers or limits[-1] is not None:
        raise ValueError("tiers must end with one that has neither up_to nor below")
    ends = [limit for limit in limits[:-1] if limit is not None]
    if len(ends) != len(tiers) - 1 or any(later <= earlier for earlier, later in pairwise(ends)):
        raise ValueError("tiers must have rising limits, each but the last one")
    if rates is TierRates.MARGINAL:
        if by is TierBy.PRICE:
            raise ValueError("marginal rates must go by value or quantity, was price")
        wanted, other = ("percent", "per_share") if by.is_value else ("per_share", "percent")
        if any(getattr(tier, other) or tier.per_order for tier in tiers):
            raise ValueError(f"marginal rates by {by} must be {wanted} alone")


def _charged(tier: Tier, quantity: Decimal, value: Decimal, *, first: bool) -> Decimal:
    """Return what a tier charges for a quantity and value, with its part per order if this is the first of it."""
    by_rate = _add(_multiply(tier.percent, value), _multiply(tier.per_share, quantity))
    return _add(by_rate, tier.per_order) if first else by_rate
