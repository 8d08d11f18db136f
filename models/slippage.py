"""Slippage: how much worse than the reference price an order that takes liquidity is executed.

A book adds the amount to a buyer's price and takes it off a seller's, rounds the result to the tick against the
trader, and stops at the order's limit. Orders that make liquidity never slip. docs/costs.md has every model's formula;
those that go by volume and volatility are in `slippage_impact`, those that go by spread and depth in `slippage_depth`.
"""

from collections.abc import Iterable
from decimal import Context, Decimal
from functools import reduce
from typing import Final, Protocol

import attrs

from tradepit.models.checks import between
from tradepit.models.market_state import MarketState, Needs
from tradepit.models.orders import Side
from tradepit.models.values import uncopied

_ZERO: Final = Decimal(0)
_BPS_IN_ONE: Final = Decimal(10_000)
_ONE_BPS: Final = Decimal("0.0001")
# In a context of our own: a strategy may narrow the one that all share.
_EXACT: Final = Context(prec=200)
_add, _multiply = _EXACT.add, _EXACT.multiply


class Slippage(Protocol):
    """How much worse than the reference price an execution is."""

    @property
    def needs(self) -> Needs | None:
        """Return what the model wants to know of the market; None where price and quantity are enough."""

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:
        """Return the slippage of each unit, zero or more, in the currency of the price.

        Args:
            price: the reference price; may be below zero.
            quantity: executed quantity.
            side: which way the order goes.
            market: what the market shows, as far as the model needs it.
        """


@uncopied
@attrs.frozen
class NoSlippage:
    """Execute at the reference price."""

    needs = None

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return zero."""
        return _ZERO


@uncopied
@attrs.frozen
class FixedBpsSlippage:
    """Slip by a fixed fraction of the price's size.

    Attributes:
        bps: basis points, hundredths of a percent, from 0 to 10,000.

    Raises:
        ValueError: `bps` lies outside.
    """

    needs = None

    bps: Decimal = attrs.field(validator=between(_ZERO, _BPS_IN_ONE))

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return bps / 10,000 of the price's absolute value."""
        return _multiply(_multiply(price.copy_abs(), self.bps), _ONE_BPS)


@uncopied
@attrs.frozen
class FixedPriceSlippage:
    """Slip by a fixed amount of money for each unit.

    Attributes:
        per_unit: in the currency of the price, 0 or more.

    Raises:
        ValueError: `per_unit` is below zero.
    """

    needs = None

    per_unit: Decimal = attrs.field(validator=between(_ZERO, None))

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return the fixed amount."""
        return self.per_unit


def _parts(parts: Iterable[Slippage]) -> tuple[Slippage, ...]:
    return tuple(parts)


@uncopied
@attrs.frozen
class SumSlippage:
    """Slip by what several models say together, each of the same reference price.

    Attributes:
        parts: the models.
        needs: what all of them want to know.

    Raises:
        ValueError: there is no part, or two want volatilities over different windows.
    """

    parts: tuple[Slippage, ...] = attrs.field(converter=_parts)
    needs: Needs | None = attrs.field(init=False, repr=False, eq=False)

    @needs.default
    def _needs_of_all(self) -> Needs | None:
        if not self.parts:
            raise ValueError("a sum must have at least one part, was empty")
        wanted = [part.needs for part in self.parts if part.needs is not None]
        return reduce(Needs.and_those_of, wanted) if wanted else None

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:
        """Return the sum of the parts' amounts."""
        total = _ZERO
        for part in self.parts:
            total = _add(total, part.amount(price, quantity, side, market))
        return total
