"""What time costs: the rent of what was sold short, and interest on cash that was lent.

    charge = amount x rate per year x days / days in a year

Days are calendar days. With `session_close` a session's close charges what is held then for the days up to the next
session's date, so a Friday for three; with `calendar_day` each midnight of the clock's zone charges one day. The day
count is 360 by default, as United States brokers reckon (actual/360); 365 by name.
"""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradepit.models.checks import between
from tradepit.models.positions import round_cost
from tradepit.models.values import uncopied

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_rate = between(_ZERO, None)


class Accrue(StrEnum):
    """When a day's cost is charged."""

    SESSION_CLOSE = "session_close"
    CALENDAR_DAY = "calendar_day"


@uncopied
@attrs.frozen(kw_only=True)
class BorrowRates:
    """Yearly rates for borrowing what was sold short, as fractions of its value.

    Attributes:
        rate: of what is easy to borrow.
        hard_to_borrow: of the symbols that are hard to borrow.
        hard: those symbols.
        by_symbol: rates of single symbols, before all others.
    """

    rate: Decimal = attrs.field(default=_ZERO, validator=_rate)
    hard_to_borrow: Decimal = attrs.field(default=_ZERO, validator=_rate)
    hard: tuple[str, ...] = ()
    by_symbol: Mapping[str, Decimal] = attrs.Factory(dict)

    def of(self, symbol: str) -> Decimal:
        """Return a symbol's rate per year."""
        given = self.by_symbol.get(symbol)
        if given is not None:
            return given
        return self.hard_to_borrow if symbol in self.hard else self.rate


@attrs.frozen(kw_only=True)
class Accruals:
    """When and how time is charged for.

    Attributes:
        borrow: rates of what was sold short.
        interest: yearly rate on cash that was lent, as a fraction.
        days_in_year: the day count's year, 360 or 365.
        next_due: the first instant after another at which a charge is due, ns since the Unix epoch.
        day_of: number of the day in which an instant lies; a due instant belongs to the day that ends.
    """

    borrow: BorrowRates
    interest: Decimal = attrs.field(default=_ZERO, validator=_rate)
    days_in_year: int = 360
    next_due: Callable[[int], int]
    day_of: Callable[[int], int]

    def days_from(self, due: int) -> int:
        """Return for how many days a charge at an instant is: up to the day that comes next."""
        return self.day_of(due + 1) - self.day_of(due)

    def charge(self, amount: Decimal, rate: Decimal, days: int) -> Decimal:
        """Return the cost of an amount over some days, rounded to 1e-12."""
        if not rate or not amount:
            return _ZERO
        product = _EXACT.multiply(_EXACT.multiply(amount, rate), Decimal(days))
        return round_cost(_DIVIDE.divide(product, Decimal(self.days_in_year)))
