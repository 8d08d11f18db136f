"""Exchange calendars: the days and hours that exchange_calendars knows, read when they are asked for.

A calendar's whole history takes seconds to build and most runs need a few years of it, so it is built a decade at a
time. The package decides which days exist; where its knowledge ends, ours does, and the message says so.
"""

import difflib
import warnings
import zoneinfo
from collections.abc import Iterable
from datetime import date
from typing import Any

import attrs

_YEARS = 10
_PROBE = ("2024-01-01", "2024-01-31")  # a month that every calendar covers, to learn its zone and its bounds


class SessionsError(ValueError):
    """A zone, a calendar or hours that cannot be had; the message says which and what to do."""


@attrs.frozen
class ListedDay:
    """A trading day as an exchange lists it.

    Attributes:
        opens: ns since the Unix epoch.
        closes: ns since the Unix epoch.
        early: whether it closes before its usual time.
    """

    opens: int
    closes: int
    early: bool


class ExchangeCalendar:
    """One exchange's trading days.

    Attributes:
        name: as exchange_calendars has it.
        zone: the exchange's time zone.
    """

    def __init__(self, name: str) -> None:
        """Find a calendar.

        Raises:
            SessionsError: no such calendar, it cannot be built, or the package is missing.
        """
        self.name = name
        probe = _built(name, *_PROBE)
        self.zone = zoneinfo.ZoneInfo(str(probe.tz))
        self._first, self._last = (_day(bound) for bound in (type(probe).bound_min(), type(probe).bound_max()))
        self._decades: dict[int, dict[int, ListedDay]] = {}

    def listed(self, ordinal: int) -> ListedDay | None:
        """Return a day by its proleptic ordinal, or None where the exchange is closed or its calendar ends."""
        day = date.fromordinal(ordinal)
        if (self._first and day < self._first) or (self._last and day > self._last):
            return None
        decade = day.year // _YEARS
        if decade not in self._decades:
            self._decades[decade] = self._read(decade)
        return self._decades[decade].get(ordinal)

    def _read(self, decade: int) -> dict[int, ListedDay]:
        """Return the trading days of a decade by ordinal."""
        first, last = date(decade * _YEARS, 1, 1), date(decade * _YEARS + _YEARS - 1, 12, 31)
        first, last = max(first, self._first or first), min(last, self._last or last)
        built = _built(self.name, first.isoformat(), last.isoformat())
        early = {stamp.toordinal() for stamp in built.early_closes}
        columns = (built.sessions, built.opens_nanos.tolist(), built.closes_nanos.tolist())
        return {
            session.toordinal(): ListedDay(opens, closes, session.toordinal() in early)
            for session, opens, closes in zip(*columns, strict=True)
        }


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a suggestion for a misspelt name, to end a message with, or nothing."""
    by_lower = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""


def _built(name: str, start: str, end: str) -> Any:
    """Return the package's calendar from one date to another."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own affair with its pandas
        try:
            import exchange_calendars  # slow to import, and only some runs need it
        except ImportError:
            raise SessionsError(
                f'calendar {name} needs the package exchange_calendars: pip install "tradepit[data]"'
            ) from None
        known = exchange_calendars.get_calendar_names(include_aliases=True)
        if name not in known:
            raise SessionsError(f"calendar must be one of exchange_calendars, was {name!r}{nearest(name, known)}")
        try:
            return exchange_calendars.get_calendar(name, start=start, end=end)
        except (ValueError, NotImplementedError) as error:
            version = exchange_calendars.__version__
            reason = str(error).split("\n")[0][:200]
            raise SessionsError(f"calendar {name} of exchange_calendars {version} cannot be read: {reason}") from None


def _day(bound: Any) -> date | None:
    """Return a bound of the package as a date."""
    return None if bound is None else date(bound.year, bound.month, bound.day)
