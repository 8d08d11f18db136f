"""How much an account traded at a venue in the calendar month, for schedules of fees that go by it."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Context, Decimal
from typing import Final

from tradepit.models.billed_fill import FeeMoment, value_of

_ZERO: Final = Decimal(0)
_add: Final = Context(prec=200).add
_SECOND_NS: Final = 1_000_000_000


def month_of(time: int, zone: tzinfo = UTC) -> int:
    """Return a number of the calendar month of a time, ns since the Unix epoch: year x 12 + month."""
    day = datetime.fromtimestamp(time // _SECOND_NS, zone)
    return day.year * 12 + day.month


class TradedVolume:
    """Counts a month's fills, and begins anew with the next month.

    The values of all symbols are added as they are: a venue's instruments have one currency as far as tiers go.
    """

    def __init__(self, month_of: Callable[[int], int]) -> None:
        """Begin with nothing.

        Args:
            month_of: makes a number of the month of a time, ns since the Unix epoch; another month, another number.
        """
        self._month_of = month_of
        self._month: int | None = None
        self._value = self._quantity = _ZERO

    def moment(self, time: int) -> FeeMoment:
        """Return a fill's time, ns since the Unix epoch, and what was traded in its month before it."""
        month = self._month_of(time)
        if month != self._month:
            self._month, self._value, self._quantity = month, _ZERO, _ZERO
        return FeeMoment(time=time, month_value=self._value, month_quantity=self._quantity)

    def add(self, quantity: Decimal, price: Decimal, multiplier: Decimal) -> None:
        """Count a fill, of whose time `moment` was asked before."""
        self._value = _add(self._value, value_of(quantity, price, multiplier))
        self._quantity = _add(self._quantity, quantity)
