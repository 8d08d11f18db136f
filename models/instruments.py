"""Instruments: the grid of prices and quantities, and the only crossing from observed floats to exact Decimals."""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

import attrs

from tradepit.models.orders import Side

_ONE = Decimal(1)
_SNAP = Decimal("1e-6")  # of a tick: binary noise of a computed float, far below any price that somebody meant


@attrs.frozen(kw_only=True)
class Instrument:
    """What can be traded, and on which grid.

    Attributes:
        symbol: its name in the scenario.
        tick: smallest price step, in `currency`; above zero.
        lot: quantity step; above zero.
        currency: ISO code in which price and fees are quoted.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        min_quantity: smallest quantity of one order.
        max_quantity: largest quantity of one order, or None.
        shortable: whether the position may go below zero.
        price_may_be_negative: whether prices at and below zero are allowed.
    """

    symbol: str
    tick: Decimal = Decimal("0.01")
    lot: Decimal = _ONE
    currency: str = "USD"
    multiplier: Decimal = _ONE
    min_quantity: Decimal = Decimal(0)
    max_quantity: Decimal | None = None
    shortable: bool = True
    price_may_be_negative: bool = False

    def price(self, observed: float, side: Side | None = None) -> Decimal:
        """Return an observed price on the tick grid.

        With a side the rounding never favours the trader: a buyer's price goes up to the next tick, a seller's down.
        Without one it goes to the nearest tick, ties to even.

        Raises:
            ValueError: the price is not a finite number, or not above zero where the instrument requires it.
        """
        if not math.isfinite(observed):
            raise ValueError(f"{self.symbol}: price must be a finite number, was {observed!r}")
        if observed <= 0 and not self.price_may_be_negative:
            raise ValueError(f"{self.symbol}: price must be above 0, was {observed!r}")
        return self.to_tick(Decimal(repr(observed)), side)

    def to_tick(self, price: Decimal, side: Side | None = None) -> Decimal:
        """Round an exact price to the tick grid, against the trader when a side is given."""
        ticks = price / self.tick
        nearest = ticks.to_integral_value(ROUND_HALF_EVEN)
        if side is not None and abs(ticks - nearest) > _SNAP:
            nearest = ticks.to_integral_value(ROUND_CEILING if side is Side.BUY else ROUND_FLOOR)
        return nearest * self.tick

    def on_tick(self, price: Decimal) -> bool:
        """Tell whether a price lies on the tick grid."""
        return price.is_finite() and price % self.tick == 0

    def quantity(self, wanted: Decimal) -> Decimal:
        """Return a quantity rounded down, towards zero, to whole lots."""
        return (wanted / self.lot).to_integral_value("ROUND_DOWN") * self.lot

    def on_lot(self, quantity: Decimal) -> bool:
        """Tell whether a quantity is a whole number of lots."""
        return quantity.is_finite() and quantity % self.lot == 0
