"""How much an account traded at a venue of late, for schedules of fees that go by it: this month, and 30 days.

Brokers count calendar months (Interactive Brokers, tiered). Exchanges count 30 days: Binance works its levels out once
a day, after midnight UTC, from the 30 days before; Coinbase Exchange tells a trailing volume of 30 days (`GET /fees`).
So here the 30 days are those, by UTC, before the day of the fill, and a tier holds from midnight to midnight. Kraken
differs: it counts a fill at once (support article "How are trading volume discounts calculated?").
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Context, Decimal
from typing import Final

from tradepit.models.billed_fill import FeeMoment, value_of

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)  # of our own: a strategy may narrow the one that all share
_add, _subtract = _EXACT.add, _EXACT.subtract
_SECOND_NS: Final = 1_000_000_000
_DAY_NS: Final = 86_400 * _SECOND_NS
_TRAILING_DAYS: Final = 30


def month_of(time: int, zone: tzinfo = UTC) -> int:
    """Return a number of the calendar month of a time, ns since the Unix epoch: year x 12 + month."""
    day = datetime.fromtimestamp(time // _SECOND_NS, zone)
    return day.year * 12 + day.month


class TradedVolume:
    """Counts the fills of a month, which begins anew with the next one, and of the 30 UTC days before a day.

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
        self._day: int | None = None  # that of the last fill, in days since the Unix epoch
        self._of_day = (_ZERO, _ZERO)  # its value and quantity
        self._days: deque[tuple[int, Decimal, Decimal]] = deque()  # those before it with fills, the oldest first
        self._trailing = (_ZERO, _ZERO)  # the sums over them

    def moment(self, time: int) -> FeeMoment:
        """Return a fill's time, ns since the Unix epoch, and what was traded before it."""
        month = self._month_of(time)
        if month != self._month:
            self._month, self._value, self._quantity = month, _ZERO, _ZERO
        day = time // _DAY_NS
        if day != self._day:
            self._begin(day)
        trailing_value, trailing_quantity = self._trailing
        return FeeMoment(
            time=time,
            month_value=self._value,
            month_quantity=self._quantity,
            trailing_value=trailing_value,
            trailing_quantity=trailing_quantity,
        )

    def add(self, quantity: Decimal, price: Decimal, multiplier: Decimal) -> None:
        """Count a fill, of whose time `moment` was asked before."""
        value = value_of(quantity, price, multiplier)
        self._value, self._quantity = _add(self._value, value), _add(self._quantity, quantity)
        self._of_day = _add(self._of_day[0], value), _add(self._of_day[1], quantity)

    def _begin(self, day: int) -> None:
        """Put the day that is over to the days before, and drop those that are too old."""
        value, quantity = self._trailing
        if self._day is not None:
            self._days.append((self._day, *self._of_day))
            value, quantity = _add(value, self._of_day[0]), _add(quantity, self._of_day[1])
        while self._days and self._days[0][0] < day - _TRAILING_DAYS:
            _, old_value, old_quantity = self._days.popleft()
            value, quantity = _subtract(value, old_value), _subtract(quantity, old_quantity)
        self._day, self._of_day, self._trailing = day, (_ZERO, _ZERO), (value, quantity)
