"""Lots of one position: each purchase by itself, closed first in first out or last in first out.

A lot is a signed quantity and its notional, that is, quantity times price as traded. Both stay exact: what a part of a
lot had cost is rounded to 1e-12 and the rest stays with the lot, so the sum of all lots is never off. Whatever the
method, realised profit is the same once the position is flat; in between it differs.
"""

from collections import deque
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum
from typing import ClassVar, Final

from tradepit.models.values import value

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)  # never rounds a sum or product, whatever precision a strategy sets for itself
_DIVIDE: Final = Context(prec=60)
_COST_STEP: Final = Decimal("1e-12")
_QUANTITY_STEP: Final = Decimal("1e-18")
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class CostMethod(StrEnum):
    """Which cost a sale is set against: the average of all that is held, the oldest lot or the newest."""

    AVERAGE = "average"
    FIFO = "fifo"
    LIFO = "lifo"


@value
class LotClosed:
    """A lot, or a part of one, was closed; published where a scenario reckons by lots.

    Attributes:
        symbol: the instrument.
        quantity: signed as it was held: above zero for what was bought and then sold.
        entry_price: at which it was opened, to 28 significant digits.
        exit_price: at which it was closed.
        entry_time: ns since the Unix epoch.
        exit_time: ns since the Unix epoch.
        pnl: profit or loss before fees, in the currency in which the instrument settles.
    """

    __key__: ClassVar[str] = "symbol"

    symbol: str
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    entry_time: int
    exit_time: int
    pnl: Decimal


@value
class LotPart:
    """What one trade closed of one lot.

    Attributes:
        quantity: signed as it was held.
        opened: notional at which it was opened, signed like the quantity.
        closed: notional at which it was closed, signed alike.
        time: when it was opened, ns since the Unix epoch.
    """

    quantity: Decimal
    opened: Decimal
    closed: Decimal
    time: int


class Lots:
    """The open lots of one position.

    Attributes:
        realised: profit and loss realised so far, before the multiplier.
    """

    __slots__ = ("_lots", "_newest_first", "realised")

    def __init__(self, method: CostMethod) -> None:
        """Begin flat.

        Raises:
            ValueError: the method has no lots.
        """
        if method is CostMethod.AVERAGE:
            raise ValueError("method must be fifo or lifo, was average: an average has no lots")
        self._newest_first = method is CostMethod.LIFO
        self._lots: deque[tuple[Decimal, Decimal, int]] = (
            deque()
        )  # quantity, notional, time; the next to go stands last
        self.realised = _ZERO

    @property
    def open(self) -> list[tuple[Decimal, Decimal, int]]:
        """Return (signed quantity, notional, time opened) of each open lot, the oldest first."""
        return list(self._lots if self._newest_first else reversed(self._lots))

    @property
    def notional(self) -> Decimal:
        """Return the notional of all open lots, signed."""
        total = _ZERO
        for _, notional, _ in self._lots:
            total = _add(total, notional)
        return total

    def copy(self) -> "Lots":
        """Return lots that go their own way."""
        copied = object.__new__(Lots)
        copied._newest_first, copied._lots, copied.realised = self._newest_first, self._lots.copy(), self.realised
        return copied

    def change(self, signed: Decimal, notional: Decimal, time: int) -> list[LotPart]:
        """Book a signed quantity and its notional; return what it closed, lot by lot."""
        lots = self._lots
        closed: list[LotPart] = []
        while signed and lots and (lots[-1][0] > _ZERO) is not (signed > _ZERO):
            held, cost, opened_at = lots[-1]
            if signed.copy_abs() >= held.copy_abs():
                lots.pop()
                part, opened = held, cost
                proceeds = (
                    notional.copy_negate()
                    if held == signed.copy_negate()
                    else _share(notional, held, signed).copy_negate()
                )
            else:
                part = signed.copy_negate()
                opened = _share(cost, part, held)
                proceeds = notional.copy_negate()
                lots[-1] = (_add(held, signed), _subtract(cost, opened), opened_at)
            signed = _add(signed, part)
            notional = _add(notional, proceeds)
            self.realised = _add(self.realised, _subtract(proceeds, opened))
            closed.append(LotPart(quantity=part, opened=opened, closed=proceeds, time=opened_at))
        if signed:
            lot = (signed, notional, time)
            if self._newest_first:
                lots.append(lot)
            else:
                lots.appendleft(lot)
        return closed

    def scale(self, new: Decimal, old: Decimal, total: Decimal) -> None:
        """Turn every `old` units into `new`, as a split does; what rounding leaves goes to the oldest lot.

        Args:
            new: units after.
            old: units before.
            total: signed quantity of all lots afterwards.
        """
        scaled = [(_scaled(quantity, new, old), notional, time) for quantity, notional, time in self._lots]
        if scaled:
            oldest = 0 if self._newest_first else len(scaled) - 1
            off = total
            for quantity, _, _ in scaled:
                off = _subtract(off, quantity)
            quantity, notional, time = scaled[oldest]
            scaled[oldest] = (_add(quantity, off), notional, time)
        self._lots = deque(scaled)


def _share(notional: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """Return the part of a notional, with the sign of notional times part by whole's size; rounded to 1e-12."""
    share = _DIVIDE.divide(_multiply(notional, part.copy_abs()), whole.copy_abs())
    rounded = share.quantize(_COST_STEP, ROUND_HALF_EVEN, _EXACT)
    return share if rounded == share else rounded


def _scaled(quantity: Decimal, new: Decimal, old: Decimal) -> Decimal:
    scaled = _DIVIDE.divide(_multiply(quantity, new), old)
    rounded = scaled.quantize(_QUANTITY_STEP, ROUND_HALF_EVEN, _EXACT)
    return scaled if rounded == scaled else rounded
