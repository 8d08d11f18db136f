"""A fill as a schedule of fees sees it: what was executed, what its order has done and paid before, and when it is."""

from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.orders import Liquidity, Side
from tradepit.models.values import positional, uncopied, value

_ZERO: Final = Decimal(0)
# In contexts of our own: a strategy may narrow the one that all share.
_EXACT: Final = Context(prec=200)
_add, _multiply = _EXACT.add, _EXACT.multiply


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


NOTHING_SO_FAR: Final = OrderSoFar()


@value
class FeeMoment:
    """When a fill happens, and what the account has traded at the venue of late before it.

    Attributes:
        time: of the fill, ns since the Unix epoch.
        month_value: sum over the calendar month's fills of |price| times quantity times multiplier, all symbols
            together.
        month_quantity: sum of their quantities.
        trailing_value: the same over the 30 UTC days before the fill's day.
        trailing_quantity: sum of the quantities of these.
    """

    time: int = 0
    month_value: Decimal = _ZERO
    month_quantity: Decimal = _ZERO
    trailing_value: Decimal = _ZERO
    trailing_quantity: Decimal = _ZERO


ANY_MOMENT: Final = FeeMoment()
"""What schedules are told that do not want to know."""


@value
class BilledFill:
    """A fill that is to be charged for.

    Attributes:
        side: which way the order goes.
        quantity: executed quantity, above zero.
        price: executed price; may be below zero, fees go by its absolute value.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        liquidity: whether the fill took or made liquidity.
        symbol: of the instrument.
        so_far: what the order had done and paid before this fill.
        moment: when it happens; `ANY_MOMENT` where the schedule does not want it.
    """

    side: Side
    quantity: Decimal
    price: Decimal
    multiplier: Decimal
    liquidity: Liquidity
    symbol: str
    so_far: OrderSoFar = NOTHING_SO_FAR
    moment: FeeMoment = ANY_MOMENT

    @property
    def value(self) -> Decimal:
        """Return |price| times quantity times multiplier."""
        return _multiply(_multiply(self.price.copy_abs(), self.quantity), self.multiplier)

    def behind(self, so_far: OrderSoFar) -> "BilledFill":
        """Return the same fill of an order that has done and paid something else before it."""
        return _billed(
            self.side,
            self.quantity,
            self.price,
            self.multiplier,
            self.liquidity,
            self.symbol,
            so_far,
            self.moment,
        )

    def counted(self, fee: Decimal, accrued: Decimal = _ZERO, parts: tuple[OrderSoFar, ...] = ()) -> OrderSoFar:
        """Return what the order has done and paid with this fill.

        Args:
            fee: what the fill was charged.
            accrued: what it owes by rate.
            parts: the same of each part of a sum of schedules.
        """
        before = self.so_far
        return OrderSoFar(
            _add(before.quantity, self.quantity),
            _add(before.value, self.value),
            _add(before.fees, fee),
            _add(before.accrued, accrued),
            parts,
        )


_billed: Final = positional(BilledFill)
