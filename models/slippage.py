"""Slippage: how much worse than the reference price an order that takes liquidity is executed.

A book adds the amount to a buyer's price and takes it off a seller's, rounds the result to the tick against the
trader, and stops at the order's limit. Orders that make liquidity never slip.
"""

from decimal import Decimal
from typing import Protocol

import attrs

from tradepit.models.checks import between
from tradepit.models.orders import Side
from tradepit.models.values import uncopied

_ZERO = Decimal(0)
_BPS_IN_ONE = Decimal(10_000)


class Slippage(Protocol):
    """How much worse than the reference price an execution is."""

    def amount(self, price: Decimal, quantity: Decimal, side: Side, volume: float) -> Decimal:
        """Return the slippage of each unit, zero or more, in the currency of the price.

        Args:
            price: the reference price; may be below zero.
            quantity: executed quantity.
            side: which way the order goes.
            volume: quantity that the market showed: the bar's volume, or the displayed size of the quote's far
                side. NaN when the source has none.
        """


@uncopied
@attrs.frozen
class NoSlippage:
    """Execute at the reference price."""

    def amount(self, price: Decimal, quantity: Decimal, side: Side, volume: float) -> Decimal:  # noqa: ARG002
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

    bps: Decimal = attrs.field(validator=between(_ZERO, _BPS_IN_ONE))

    def amount(self, price: Decimal, quantity: Decimal, side: Side, volume: float) -> Decimal:  # noqa: ARG002
        """Return bps / 10,000 of the price's absolute value."""
        return abs(price) * self.bps / _BPS_IN_ONE


@uncopied
@attrs.frozen
class FixedPriceSlippage:
    """Slip by a fixed amount of money for each unit.

    Attributes:
        per_unit: in the currency of the price, 0 or more.

    Raises:
        ValueError: `per_unit` is below zero.
    """

    per_unit: Decimal = attrs.field(validator=between(_ZERO, None))

    def amount(self, price: Decimal, quantity: Decimal, side: Side, volume: float) -> Decimal:  # noqa: ARG002
        """Return the fixed amount."""
        return self.per_unit
