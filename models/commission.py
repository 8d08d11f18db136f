"""Commission: what a venue or broker charges for a fill.

A schedule speaks about an order (a minimum, a cap, a fixed part), but fills come one by one. So a schedule is told
what the order has done and paid so far, works out what the order owes after the fill, and charges the difference: a
minimum is taken once, on the first fill, and used up by the later ones. Keep one `OrderSoFar` for each order that
reached a venue (the child order); that is what its broker bills.

Fees are exact and not rounded; a schedule that rounds says so by `RoundedCommission`. The fee's currency is the
instrument's. A fee is never negative but for a maker's or taker's rebate.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Literal, Protocol

import attrs

from tradepit.models.checks import between, one_of
from tradepit.models.orders import Liquidity, Side
from tradepit.models.values import uncopied

_ZERO = Decimal(0)
_ONE = Decimal(1)
_MAKER = Liquidity.MAKER

Rounding = Literal["up", "down", "half_up"]
_ROUNDINGS: dict[Rounding, str] = {"up": ROUND_CEILING, "down": ROUND_FLOOR, "half_up": ROUND_HALF_UP}


@uncopied
@attrs.frozen
class OrderSoFar:
    """What an order has done and paid.

    Attributes:
        quantity: filled quantity.
        value: sum over fills of |price| times quantity times multiplier.
        fees: sum of fees, rebates taken off.
    """

    quantity: Decimal = _ZERO
    value: Decimal = _ZERO
    fees: Decimal = _ZERO

    def after(self, quantity: Decimal, price: Decimal, multiplier: Decimal, fee: Decimal) -> "OrderSoFar":
        """Return the same with one more fill, and the fee for it, added."""
        return OrderSoFar(self.quantity + quantity, self.value + abs(price) * quantity * multiplier, self.fees + fee)


NOTHING_SO_FAR = OrderSoFar()


class Commission(Protocol):
    """A schedule of fees."""

    def fee(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
    ) -> Decimal:
        """Return the fee for one fill, in the instrument's currency; negative for a rebate.

        Args:
            side: which way the order goes.
            quantity: executed quantity, above zero.
            price: executed price; may be below zero, fees go by its absolute value.
            multiplier: cash value of a price move of 1.00 on a quantity of 1.
            liquidity: whether the fill took or made liquidity.
            so_far: what the order had done and paid before this fill.
        """


@attrs.frozen
class NoCommission:
    """Charge nothing."""

    def fee(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,  # noqa: ARG002
        price: Decimal,  # noqa: ARG002
        multiplier: Decimal,  # noqa: ARG002
        liquidity: Liquidity,  # noqa: ARG002
        so_far: OrderSoFar,  # noqa: ARG002
    ) -> Decimal:
        """Return zero."""
        return _ZERO


@attrs.frozen
class FixedCommission:
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
    ) -> Decimal:
        """Return the amount on the order's first fill, then zero."""
        return _ZERO if so_far.quantity else self.per_order


@attrs.frozen(kw_only=True)
class OrderBounds:
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
    _bounded: bool = attrs.field(init=False, repr=False, eq=False)

    @_bounded.default
    def _has_bounds(self) -> bool:
        return not (self.minimum is None and self.maximum is None and self.cap is None)

    def __attrs_post_init__(self) -> None:
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"minimum must not be above maximum={self.maximum}, was {self.minimum}")

    def _due(self, by_rate: Decimal, value: Decimal, paid: Decimal) -> Decimal:
        """Return what an order owes now: its bounded total without what it has paid; nothing is ever given back."""
        total = by_rate + self.per_order
        if self.minimum is not None and total < self.minimum:
            total = self.minimum
            if self.minimum_wins:
                return max(total - paid, _ZERO)
        if self.maximum is not None and total > self.maximum:
            total = self.maximum
        if self.cap is not None:
            total = min(total, self.cap * value)
        return max(total - paid, _ZERO)


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

    def fee(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,  # noqa: ARG002
        so_far: OrderSoFar,
    ) -> Decimal:
        """Return what the order owes after this fill, without what it has paid."""
        by_rate = self.rate * (so_far.quantity + quantity)
        if self._bounded:
            # The value matters to the cap alone.
            value = _ZERO if self.cap is None else so_far.value + abs(price) * quantity * multiplier
            return self._due(by_rate, value, so_far.fees)
        owed = by_rate + self.per_order - so_far.fees
        if owed < _ZERO:
            return _ZERO
        return owed


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
        side: Side,  # noqa: ARG002
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,  # noqa: ARG002
        so_far: OrderSoFar,
    ) -> Decimal:
        """Return what the order owes after this fill, without what it has paid."""
        value = so_far.value + price.copy_abs() * quantity * multiplier
        if self._bounded:
            return self._due(self.rate * value, value, so_far.fees)
        owed = self.rate * value + self.per_order - so_far.fees
        if owed < _ZERO:
            return _ZERO
        return owed


@attrs.frozen(kw_only=True)
class MakerTakerPerShare:
    """Charge for each share or contract by whether the fill made or took liquidity; a negative rate is a rebate.

    Attributes:
        maker: in the instrument's currency for each unit that made liquidity.
        taker: the same for each unit that took it; negative on an inverted venue.

    Raises:
        ValueError: a rate is not finite.
    """

    maker: Decimal = attrs.field(validator=between(None, None))
    taker: Decimal = attrs.field(validator=between(None, None))

    def fee(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,
        price: Decimal,  # noqa: ARG002
        multiplier: Decimal,  # noqa: ARG002
        liquidity: Liquidity,
        so_far: OrderSoFar,  # noqa: ARG002
    ) -> Decimal:
        """Return the rate times the quantity of this fill."""
        return (self.maker if liquidity is _MAKER else self.taker) * quantity


@attrs.frozen(kw_only=True)
class MakerTakerPercent:
    """Charge a part of the value by whether the fill made or took liquidity; a negative rate is a rebate.

    Attributes:
        maker: fraction of the value that made liquidity, from -1 to 1; 0.001 is 0.1%.
        taker: the same for value that took it.

    Raises:
        ValueError: a rate is out of bounds.
    """

    maker: Decimal = attrs.field(validator=between(-_ONE, _ONE))
    taker: Decimal = attrs.field(validator=between(-_ONE, _ONE))

    def fee(
        self,
        side: Side,  # noqa: ARG002
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,  # noqa: ARG002
    ) -> Decimal:
        """Return the rate times the value of this fill."""
        return (self.maker if liquidity is _MAKER else self.taker) * abs(price) * quantity * multiplier


@attrs.frozen(kw_only=True)
class RoundedCommission:
    """Round what another schedule charges for each fill.

    With a schedule that goes by what the order owes so far, this rounds the order's total: the fees are whole steps, so
    rounding the rest of the debt rounds the debt.

    Attributes:
        schedule: the schedule to round.
        step: what fees are whole multiples of, such as 0.01; above zero.
        rounding: `up` against the trader (a fee of 0.011 becomes 0.02, one of -0.012, a rebate, -0.01), `down` for
            the trader, `half_up` to the nearest, away from zero at the half.

    Raises:
        ValueError: the step is not above zero, or the rounding is unknown.
    """

    schedule: Commission
    step: Decimal = attrs.field(default=Decimal("0.01"), validator=between(_ZERO, None))
    rounding: Rounding = attrs.field(default="half_up", validator=one_of(tuple(_ROUNDINGS)))

    def __attrs_post_init__(self) -> None:
        if not self.step:
            raise ValueError(f"step must be above 0, was {self.step}")

    def fee(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        multiplier: Decimal,
        liquidity: Liquidity,
        so_far: OrderSoFar,
    ) -> Decimal:
        """Return the schedule's fee, rounded to the step."""
        exact = self.schedule.fee(side, quantity, price, multiplier, liquidity, so_far)
        return (exact / self.step).to_integral_value(_ROUNDINGS[self.rounding]) * self.step
