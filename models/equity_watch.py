"""The two levels that losses are measured from: the equity with which the session day began, and the peak."""

from decimal import Decimal

from tradepit.models.periods import DayOf


class EquityWatch:
    """Follows the equity from instant to instant.

    The day begins with what the last instant of the day before left behind, as a day's profit and loss is counted
    from the close; the first day begins with the starting capital, which is the first peak too.

    Attributes:
        day_start: equity with which the day of the present instant began.
        peak: highest equity that an instant left behind.
    """

    __slots__ = ("_day", "_day_of", "day_start", "peak")

    def __init__(self, start_ns: int, starting_equity: float, day_of: DayOf) -> None:
        """Begin with the starting capital.

        Args:
            start_ns: when the account opened, ns since the Unix epoch.
            starting_equity: in the account's currency.
            day_of: number of the session day in which a time lies, never falling as time rises.
        """
        self._day_of = day_of
        self._day = day_of(start_ns)
        self.day_start = self.peak = starting_equity

    def begin(self, time_ns: int, left_behind: float) -> None:
        """Begin an instant, when the one before it has left an equity behind."""
        if left_behind > self.peak:
            self.peak = left_behind
        day = self._day_of(time_ns)
        if day != self._day:
            self._day = day
            self.day_start = left_behind

    def levels(self, time_ns: int, equity: float) -> tuple[Decimal, Decimal]:
        """Return the day's first equity and the peak as they are at a time, with the equity of then."""
        began = self.day_start if self._day_of(time_ns) == self._day else equity
        return Decimal(repr(began)), Decimal(repr(max(self.peak, equity)))
