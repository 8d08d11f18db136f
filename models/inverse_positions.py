"""A position in an inverse contract: quoted in one currency, settled in the other, the base.

A contract is worth `multiplier / price` of the base currency, so profit is quantity x multiplier x (1/entry - 1/exit)
(BitMEX, "Inverse contracts"). Nothing is paid for a contract but profit and loss: cash changes when it is closed, and
what is held is worth its unrealised profit. The average entry is the harmonic mean, for which that formula holds.

1/price is rounded to 18 decimals once, where a price comes in; from there on every sum is exact.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from tradepit.models.positions import Position

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_shown: Final = Context(prec=28).divide
_STEP: Final = Decimal("1e-18")
_MINUS_ONE: Final = Decimal(-1)
_multiply, _subtract = _EXACT.multiply, _EXACT.subtract


class InversePosition(Position):
    """What is held of one inverse contract; cost, profit and worth are in the base currency."""

    __slots__ = ()

    def change(self, signed: Decimal, price: Decimal, time: int = 0) -> Decimal:
        """Book a signed quantity at a price, and return the cash it costs: the loss that it realises."""
        before = self.realised
        super().change(signed, turned(price), time)
        return _subtract(before, self.realised)

    def take_over(self, other: Position) -> Decimal:
        """Take over what another position holds, and return the profit of what nets out: it settles in cash."""
        before = self.realised
        super().take_over(other)
        return _subtract(self.realised, before)

    @property
    def average_open(self) -> Decimal:
        """Return the harmonic mean of the entries."""
        return turned_back(super().average_open)

    @property
    def average_close(self) -> Decimal:
        """Return the harmonic mean of the exits."""
        return turned_back(super().average_close)

    def notional(self, signed: Decimal, price: Decimal) -> Decimal:
        """Return the notional of a trade, as lots keep it: quantity times -1/price."""
        return _multiply(signed, turned(price))

    def price_of(self, notional: Decimal, signed: Decimal) -> Decimal:
        """Return the price of a lot from its notional and quantity, to 28 significant digits."""
        return turned_back(_shown(notional, signed))

    def worth(self, mark: Decimal) -> Decimal:
        """Return the unrealised profit at a price, for nothing else was paid."""
        return _subtract(_multiply(_multiply(self.quantity, self.multiplier), turned(mark)), self.cost)

    def worth_at_cost(self) -> Decimal:
        """Return what the position is worth while no price is known: nothing."""
        return _ZERO

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return the profit and loss of what is held at a price."""
        return self.worth(mark)

    def size(self, mark: Decimal) -> Decimal:
        """Return the value of the contracts held at a price, in the base currency."""
        return _multiply(_multiply(self.quantity, self.multiplier), turned(mark)).copy_abs()


def turned(price: Decimal) -> Decimal:
    """Return -1/price, which rises with the price, to 18 decimals."""
    return _DIVIDE.divide(_MINUS_ONE, price).quantize(_STEP, ROUND_HALF_EVEN, _EXACT)


def turned_back(notional: Decimal) -> Decimal:
    """Return the price whose -1/price this is, to 28 significant digits; 0 for 0."""
    return _shown(_MINUS_ONE, notional) if notional else _ZERO
