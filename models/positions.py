"""A position at average cost: quantity, cost, realised profit and loss, to the last digit.

A fill in the position's direction moves the average; one against it realises profit or loss and leaves the average as
it is; one that goes through zero does first the second, then opens anew at its own price. FIFO lots are another book.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)  # never rounds a sum or product, whatever precision a strategy sets for itself
_DIVIDE: Final = Context(prec=60)
_shown: Final = Context(prec=28).divide
_ONE: Final = Decimal(1).as_tuple()
# The cost of a part of a position is rounded to this; the rest of the cost stays with what is held, so no sum is off.
_COST_STEP: Final = Decimal("1e-12")
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class Position:
    """What is held of one instrument.

    Attributes:
        symbol: the instrument.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        quantity: signed quantity held.
        cost: cash paid for what is held; negative when it was sold short.
        realised: profit and loss realised so far, fees apart.
        fees: fees paid so far.
        weight: `quantity` times `multiplier` as a float, for quick marks.
    """

    __slots__ = (
        "_basis_cost",
        "_basis_quantity",
        "_closed_notional",
        "_closed_quantity",
        "_multiplier_float",
        "_multiplies",
        "cost",
        "fees",
        "multiplier",
        "quantity",
        "realised",
        "symbol",
        "weight",
    )

    def __init__(self, symbol: str, multiplier: Decimal) -> None:
        self.symbol = symbol
        self.multiplier = multiplier
        self.quantity = self.cost = self.realised = self.fees = _ZERO
        self.weight = 0.0
        self._multiplies = multiplier.as_tuple() != _ONE  # a factor of 1 changes no digit
        self._multiplier_float = float(multiplier)
        # The average is kept as a ratio: cost and quantity just after the last fill that added to the position.
        self._basis_cost = self._basis_quantity = _ZERO
        self._closed_quantity = self._closed_notional = _ZERO

    @property
    def average_price(self) -> Decimal:
        """Return the average price of what is held, to 28 significant digits; 0 when flat."""
        return self.average_open if self.quantity else _ZERO

    @property
    def average_open(self) -> Decimal:
        """Return the last average price at which the position was held; unlike `average_price` it stays when flat."""
        quantity = self._basis_quantity
        if not quantity:
            return _ZERO
        return _shown(self._basis_cost, _multiply(quantity, self.multiplier) if self._multiplies else quantity)

    @property
    def average_close(self) -> Decimal:
        """Return the average price of what was closed since the position was opened; 0 when nothing was."""
        return _shown(self._closed_notional, self._closed_quantity) if self._closed_quantity else _ZERO

    def change(self, signed: Decimal, price: Decimal) -> Decimal:
        """Book a signed quantity at a price, and return the cash it costs, negative when it brings cash."""
        held = self.quantity
        notional = _multiply(signed, price)
        paid = _multiply(notional, self.multiplier) if self._multiplies else notional
        quantity = _add(held, signed)
        if not held:
            self._closed_quantity = self._closed_notional = _ZERO
            self._open(quantity, _add(self.cost, paid))
        elif (held > _ZERO) is (signed > _ZERO):
            self._open(quantity, _add(self.cost, paid))
        elif quantity and (quantity > _ZERO) is (held > _ZERO):
            closed = signed.copy_negate()
            released = round_cost(_DIVIDE.divide(_multiply(self._basis_cost, closed), self._basis_quantity))
            self.realised = _subtract(_subtract(self.realised, paid), released)
            self.cost = _subtract(self.cost, released)
            self._close(quantity, closed, notional.copy_negate())
        else:
            notional = _multiply(held, price)
            proceeds = _multiply(notional, self.multiplier) if self._multiplies else notional
            self.realised = _subtract(_add(self.realised, proceeds), self.cost)
            self.cost = _ZERO
            if quantity:
                self._closed_quantity = self._closed_notional = _ZERO
                self._open(quantity, _multiply(_multiply(quantity, price), self.multiplier))
            else:
                self._close(_ZERO, held, notional)
        return paid

    def _open(self, quantity: Decimal, cost: Decimal) -> None:
        self.quantity = self._basis_quantity = quantity
        self.cost = self._basis_cost = cost
        self.weight = float(quantity) * self._multiplier_float

    def _close(self, quantity: Decimal, closed: Decimal, notional: Decimal) -> None:
        if self._closed_quantity:
            closed = _add(self._closed_quantity, closed)
            notional = _add(self._closed_notional, notional)
        self._closed_quantity, self._closed_notional = closed, notional
        self.quantity = quantity
        self.weight = float(quantity) * self._multiplier_float if quantity else 0.0


def round_cost(cost: Decimal) -> Decimal:
    """Round what a division gave to 1e-12 of the currency, without padding what is shorter with zeros."""
    rounded = cost.quantize(_COST_STEP, ROUND_HALF_EVEN, _EXACT)
    return cost if rounded == cost else rounded
