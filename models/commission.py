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

from tradepit.models.checks import between
from tradepit.models.orders import Liquidity, Side
from tradepit.models.values import uncopied, value

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
# In contexts of our own: a strategy may narrow the one that all share.
_EXACT: Final = Context(prec=200)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


def value_of(quantity: Decimal, price: Decimal, multiplier: Decimal) -> Decimal:
    """Return what fees by value go by: |price| times quantity times multiplier."""
    return _multiply(_multiply(price.copy_abs(), quantity), multiplier)


@uncopied
@attrs.frozen
class OrderSoFar:
    """What an order has done and paid.

    Attributes:
        quantity: filled quantity.
        value: sum over fills of |price| times quantity times multiplier.
        fees: sum of fees, rebates taken off.
        accrued: sum of what its fills owe by rate, before the bounds of the order.
        parts: the same for each part of a sum of schedules; empty where there are none.
    """

    quantity: Decimal = _ZERO
    value: Decimal = _ZERO
    fees: Decimal = _ZERO
    accrued: Decimal = _ZERO
    parts: "tuple[OrderSoFar, ...]" = ()

    def after(
        self, quantity: Decimal, price: Decimal, multiplier: Decimal, fee: Decimal, accrued: Decimal = _ZERO
    ) -> "OrderSoFar":
        """Return the same with one more fill, its fee, and what it owes by rate, added."""
        return OrderSoFar(
            _add(self.quantity, quantity),
            _add(self.value, value_of(quantity, price, multiplier)),
            _add(self.fees, fee),
            _add(self.accrued, accrued),
        )


NOTHING_SO_FAR: Final = OrderSoFar()


@value
class FeeMoment:
    """When a fill happens, and what the account has traded at the venue in that calendar month before it.

    Attributes:
        time: of the fill, ns since the Unix epoch.
        month_value: sum over the month's fills of |price| times quantity times multiplier, all symbols together.
        month_quantity: sum of their quantities.
    """

    time: int = 0
    month_value: Decimal = _ZERO
    month_quantity: Decimal = _ZERO


ANY_MOMENT: Final = FeeMoment()
"""What schedules are told that do not want to know."""


class Commission(Protocol):
    """A schedule of fees."""

    @property
    def wants_moment(self) -> bool:
        """Tell whether the fee hangs on the time or the month's volume."""

    def fee(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
        moment: FeeMoment,
    ) -> Decimal:
        """Return the fee for one fill, in the instrument's currency; negative for a rebate.

        Args:
            side: which way the order goes.
            quantity: executed quantity, above zero.
            price: executed price; may be below zero, fees go by its absolute value.
            multiplier: cash value of a price move of 1.00 on a quantity of 1.
            liquidity: whether the fill took or made liquidity.
            so_far: what the order had done and paid before this fill.
            moment: when it happens; `ANY_MOMENT` where the schedule does not want it.
        """

    def after(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
        moment: FeeMoment,
        fee: Decimal,
    ) -> OrderSoFar:
        """Return what the order has done and paid after the fill; `fee` is what it was charged, the rest as above."""


@attrs.frozen(kw_only=True)
class Schedule:
    """What schedules have in common that do not say otherwise: they go by nothing but the fill."""

    wants_moment = False

    def after(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,  # noqa: ARG002
        so_far: OrderSoFar,
        moment: FeeMoment,  # noqa: ARG002
        fee: Decimal,
    ) -> OrderSoFar:
        """Return what the order has done and paid after the fill."""
        return so_far.after(quantity, price, multiplier, fee, fee)


@attrs.frozen
class NoCommission(Schedule):
    """Charge nothing."""

    def fee(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,  # noqa: ARG002
        price: Decimal,  # noqa: ARG002
        multiplier: Decimal,  # noqa: ARG002
        liquidity: Liquidity,  # noqa: ARG002
        so_far: OrderSoFar,  # noqa: ARG002
        moment: FeeMoment,  # noqa: ARG002
    ) -> Decimal:
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

    def fee(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,  # noqa: ARG002
        price: Decimal,  # noqa: ARG002
        multiplier: Decimal,  # noqa: ARG002
        liquidity: Liquidity,  # noqa: ARG002
        so_far: OrderSoFar,
        moment: FeeMoment,  # noqa: ARG002
    ) -> Decimal:
        """Return the amount on the order's first fill, then zero."""
        return _ZERO if so_far.quantity else self.per_order


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
    def _charge(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
        moment: FeeMoment,
    ) -> Decimal:
        """Return what a fill owes by rate, before the bounds."""

    def fee(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
        moment: FeeMoment,
    ) -> Decimal:
        """Return what the order owes after this fill, without what it has paid."""
        charge = self._charge(side, quantity, price, multiplier, liquidity, so_far, moment)
        by_rate = _add(so_far.accrued, charge)
        # The value matters to the cap alone.
        value = _ZERO if self.cap is None else _add(so_far.value, value_of(quantity, price, multiplier))
        return self._due(by_rate, value, so_far.fees, self.minimum)

    def after(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
        moment: FeeMoment,
        fee: Decimal,
    ) -> OrderSoFar:
        """Return what the order has done and paid after the fill."""
        charge = self._charge(side, quantity, price, multiplier, liquidity, so_far, moment)
        return so_far.after(quantity, price, multiplier, fee, charge)

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

    def _charge(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,
        price: Decimal,  # noqa: ARG002
        multiplier: Decimal,  # noqa: ARG002
        liquidity: Liquidity,  # noqa: ARG002
        so_far: OrderSoFar,  # noqa: ARG002
        moment: FeeMoment,  # noqa: ARG002
    ) -> Decimal:
        return _multiply(self.rate, quantity)


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

    def fee(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
        moment: FeeMoment,
    ) -> Decimal:
        """Return what the order owes after this fill, without what it has paid."""
        if so_far is NOTHING_SO_FAR and self._plain:  # the common case: one fill, and nothing but a rate
            return _multiply(self.rate, _multiply(_multiply(price.copy_abs(), quantity), multiplier))
        return OrderBounds.fee(self, side, quantity, price, multiplier, liquidity, so_far, moment)

    def _charge(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,  # noqa: ARG002
        so_far: OrderSoFar,  # noqa: ARG002
        moment: FeeMoment,  # noqa: ARG002
    ) -> Decimal:
        return _multiply(self.rate, value_of(quantity, price, multiplier))
