"""Instruments: the grid of prices and quantities, and the only crossing from observed floats to exact Decimals."""

import math
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Final

import attrs

from tradepit.models.orders import Side
from tradepit.models.values import uncopied

_ONE: Final = Decimal(1)
_ZERO: Final = Decimal(0)
_BUY: Final = Side.BUY
_SNAP: Final = Decimal("1e-6")  # of a tick: binary noise of a computed float, far below any price that somebody meant
# In contexts of our own, so that a strategy that narrows its own moves no price off its tick.
_divide: Final = Context(prec=28).divide
_multiply: Final = Context(prec=200).multiply
_add: Final = Context(prec=200).add
# Up to so many ticks binary arithmetic is off by less than 1e-6 of a tick, and 1e-4 is clear of every doubt.
_MOST_TICKS: Final = 1e9
_CLEAR: Final = 1e-4


@uncopied
@attrs.frozen(kw_only=True)
class Instrument:
    """What can be traded, and on which grid.

    Attributes:
        symbol: its name in the scenario.
        tick: smallest price step, in `currency`; above zero.
        lot: quantity step; above zero.
        currency: ISO code in which price and fees are quoted.
        base: currency that is traded, such as BTC in BTC/USD: the price is its rate, and fees can be in it; else None.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        min_quantity: smallest quantity of one order.
        max_quantity: largest quantity of one order, or None.
        shortable: whether the position may go below zero.
        price_may_be_negative: whether prices at and below zero are allowed.
        inverse: whether a contract is worth `multiplier / price` of the base currency, and settles in it.
        leverage: value of the position for each unit of one's own money, or None for the margin rule's.
        multiplies: whether the multiplier changes anything, that is, is not 1.
    """

    symbol: str
    tick: Decimal = Decimal("0.01")
    lot: Decimal = _ONE
    currency: str = "USD"
    base: str | None = None
    multiplier: Decimal = _ONE
    min_quantity: Decimal = Decimal(0)
    max_quantity: Decimal | None = None
    shortable: bool = True
    price_may_be_negative: bool = False
    inverse: bool = False
    leverage: Decimal | None = None
    multiplies: bool = attrs.field(init=False, repr=False, eq=False)
    # For a tick of 10^-n: 10^n, and the steps 10^-n, ... 0.1. Otherwise 0.0, and prices are rounded the long way.
    _steps: tuple[Decimal, ...] = attrs.field(init=False, repr=False, eq=False)
    _scale: float = attrs.field(init=False, repr=False, eq=False)

    @property
    def settles_in(self) -> str:
        """Return the currency in which profit and loss come in."""
        return self.base if self.inverse and self.base is not None else self.currency

    @multiplies.default
    def _multiplier_is_not_one(self) -> bool:
        return self.multiplier.as_tuple() != _ONE.as_tuple()

    @_steps.default
    def _decimal_steps(self) -> tuple[Decimal, ...]:
        sign, digits, exponent = self.tick.as_tuple()
        if sign or digits != (1,) or not isinstance(exponent, int) or not -9 <= exponent < 0:
            return ()
        return tuple([Decimal((0, (1,), power)) for power in range(exponent, 0)])

    @_scale.default
    def _ticks_in_one(self) -> float:
        return float(10 ** len(self._steps)) if self._steps else 0.0

    def price(self, observed: float, side: Side | None = None) -> Decimal:
        """Return an observed price on the tick grid.

        With a side the rounding never favours the trader: a buyer's price goes up to the next tick, a seller's down.
        Without one it goes to the nearest tick, ties to even.

        Raises:
            ValueError: the price is not a finite number, or not above zero where the instrument requires it.
        """
        ticks = observed * self._scale
        if 0 < ticks < _MOST_TICKS and type(observed) is float:
            nearest = int(ticks + 0.5)
            if nearest / self._scale == observed:
                return _multiply(nearest, self.tick) if nearest % 10 else self._written(nearest)
            off = ticks - nearest
            if side is not None and not -_CLEAR < off < _CLEAR:
                if side is _BUY:
                    return _multiply(nearest + 1 if off > 0 else nearest, self.tick)
                return _multiply(nearest if off > 0 else nearest - 1, self.tick)
        if not math.isfinite(observed):
            raise ValueError(f"{self.symbol}: price must be a finite number, was {observed!r}")
        if observed <= 0 and not self.price_may_be_negative:
            raise ValueError(f"{self.symbol}: price must be above 0, was {observed!r}")
        return self.to_tick(Decimal(repr(observed)), side)

    def to_tick(self, price: Decimal, side: Side | None = None) -> Decimal:
        """Round an exact price to the tick grid, against the trader when a side is given."""
        tick = self.tick
        ticks = _divide(price, tick)
        nearest = ticks.to_integral_value(ROUND_HALF_EVEN)
        if side is not None and ticks != nearest and abs(ticks - nearest) > _SNAP:
            nearest = ticks.to_integral_value(ROUND_CEILING if side is _BUY else ROUND_FLOOR)
        return _multiply(nearest, tick)

    def on_tick(self, price: Decimal) -> bool:
        """Tell whether a price lies on the tick grid."""
        return price.is_finite() and price % self.tick == 0

    def quantity(self, wanted: Decimal) -> Decimal:
        """Return a quantity rounded down, towards zero, to whole lots."""
        lots = _divide(wanted, self.lot).to_integral_value(ROUND_DOWN)
        return _add(_multiply(lots, self.lot), _ZERO)  # 1000, not 1E+3, which is how a quotient may be written

    def on_lot(self, quantity: Decimal) -> bool:
        """Tell whether a quantity is a whole number of lots."""
        return quantity.is_finite() and quantity % self.lot == 0

    def _written(self, ticks: int) -> Decimal:
        """Return so many ticks with the digits that a float shows: none behind its last, but one behind the point."""
        steps = self._steps
        place, last = 0, len(steps) - 1
        while place < last and not ticks % 10:
            ticks //= 10
            place += 1
        return _multiply(ticks, steps[place])
