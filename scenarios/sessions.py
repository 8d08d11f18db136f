"""Trading sessions: on which days a market trades, from when until when.

The one place that turns a date and a zone, or an exchange's calendar, into instants. Daylight saving follows the IANA
time zone database; holidays and early closes come from the package exchange_calendars and from nowhere else.
"""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

import attrs

from tradepit.scenarios.calendars import ExchangeCalendar, SessionsError, nearest
from tradepit.scenarios.tree import ClockSpec, RegularSession, SessionHours

__all__ = ["DAY_NS", "Sessions", "SessionsError", "TradingSession", "zone_named"]

DAY_NS = 86_400_000_000_000
_SECOND_NS = 1_000_000_000
_FRIDAY = 4
_LONGEST_CLOSURE_DAYS = 400  # no listed exchange was shut for longer than a year; beyond it a calendar has ended
_BUSINESS_DAYS_A_YEAR = 252
_DAYS_A_YEAR = 365


@attrs.frozen
class TradingSession:
    """One day's trading.

    Attributes:
        day: the trading day's date.
        opens: first instant, ns since the Unix epoch.
        closes: last instant, ns since the Unix epoch; after `opens`.
    """

    day: date
    opens: int
    closes: int


class Sessions:
    """The trading sessions of a clock.

    Which days and hours count:

    ===========  ===================  ==================================================================
    calendar     session              sessions
    ===========  ===================  ==================================================================
    none         none                 every day, midnight to midnight in the zone
    none         hours                Monday to Friday, these hours in the zone
    a calendar   none, or `regular`   the calendar's days and hours, early closes included
    a calendar   hours                the calendar's days, these hours, cut short by its early closes
    ===========  ===================  ==================================================================

    A wall-clock time that daylight saving skips is read with the offset before the change, one that occurs twice is
    the first of the two (PEP 495, fold=0).
    """

    def __init__(
        self, zone: str = "UTC", calendar: str | None = None, session: RegularSession | SessionHours | None = None
    ) -> None:
        """Set up sessions; a calendar's days are read when they are first asked for.

        Args:
            zone: IANA name.
            calendar: a name of exchange_calendars, such as XNYS, or None.
            session: hours of the day; None is explained above.

        Raises:
            SessionsError: unknown zone or calendar, missing package, or `regular` without a calendar.
        """
        if isinstance(session, RegularSession) and calendar is None:
            raise SessionsError("clock.session: regular needs clock.calendar, such as calendar: XNYS")
        self.zone = zone_named(zone)
        self._hours = session if isinstance(session, SessionHours) else None
        self._calendar = None if calendar is None else ExchangeCalendar(calendar)
        self._day_zone = self.zone if self._calendar is None else self._calendar.zone
        self._days: dict[int, TradingSession | None] = {}
        self._current = TradingSession(date.min, 0, 0)
        self._current_from = 0  # the current session is the answer for instants from here up to its close

    @classmethod
    def of(cls, clock: ClockSpec) -> "Sessions":
        """Return the sessions of a scenario's clock."""
        return cls(clock.zone, clock.calendar, clock.session)

    @property
    def settings(self) -> str:
        """Return what the sessions were made from, always written alike."""
        return repr((self.zone.key, self._calendar and self._calendar.name, self._hours))

    def on(self, day: date) -> TradingSession | None:
        """Return the session of a date, or None where the market is closed all day."""
        return self._on(day.toordinal())

    def close_of(self, day: date) -> int:
        """Return when a date's session closes, in ns.

        Raises:
            SessionsError: there is no session on that date.
        """
        session = self._on(day.toordinal())
        if session is None:
            raise SessionsError(f"date must be a trading day of {self._described()}, was {day}, a {day:%A}")
        return session.closes

    def next_close(self, after_ns: int) -> int:
        """Return the first session close strictly after an instant, in ns."""
        if not self._current_from <= after_ns < self._current.closes:
            self._seek(after_ns)
        return self._current.closes

    def is_open(self, at_ns: int) -> bool:
        """Tell whether an instant lies in a session, its first and last instants included."""
        if not self._current_from < at_ns <= self._current.closes:
            self._seek(at_ns - 1)
        return self._current.opens <= at_ns

    def hours_at(self, after_ns: int) -> tuple[int, int]:
        """Return opening and close, in ns, of the first session that closes strictly after an instant."""
        if not self._current_from <= after_ns < self._current.closes:
            self._seek(after_ns)
        return self._current.opens, self._current.closes

    def day_of(self, at_ns: int) -> date:
        """Return the trading day of an instant: that of the first session which closes at it or after it.

        What happens at the close belongs to the day that ends, what happens after it to the next trading day.
        """
        if not self._current_from < at_ns <= self._current.closes:
            self._seek(at_ns - 1)
        return self._current.day

    def between(self, start_ns: int, end_ns: int | None) -> Iterator[TradingSession]:
        """Yield the sessions that overlap a span of time, whole and in order; endless where the end is None."""
        first = self._ordinal(start_ns) - 1
        for ordinal in count(first) if end_ns is None else range(first, self._ordinal(end_ns) + 2):
            session = self._on(ordinal)
            if session is None:
                if end_ns is None:
                    self._check_goes_on(ordinal)
            elif session.closes > start_ns and (end_ns is None or session.opens < end_ns):
                yield session

    def trading_year_ns(self, at_ns: int) -> int:
        """Return how much trading time makes a year of volatility, in ns.

        252 sessions of full length where the market closes at weekends, else 365.
        """
        if self._calendar is None:
            if self._hours is None:
                return _DAYS_A_YEAR * DAY_NS
            return _BUSINESS_DAYS_A_YEAR * (self._hours.closes - self._hours.opens)
        first = self._ordinal(at_ns)
        near = [s for o in range(first - 21, first + 22) if (s := self._on(o)) is not None]
        longest_ns = max((s.closes - s.opens for s in near), default=DAY_NS)
        weekends = any(s.day.weekday() > _FRIDAY for s in near)
        return (_DAYS_A_YEAR if weekends else _BUSINESS_DAYS_A_YEAR) * longest_ns

    def _ordinal(self, at_ns: int) -> int:
        """Return the local date of an instant as an ordinal."""
        return datetime.fromtimestamp(at_ns // _SECOND_NS, UTC).astimezone(self._day_zone).toordinal()

    def _seek(self, after_ns: int) -> None:
        """Make the session current that is the first to close after an instant."""
        since = after_ns
        for ordinal in count(self._ordinal(after_ns) - 1):
            session = self._on(ordinal)
            if session is None:
                self._check_goes_on(ordinal)
            elif session.closes > after_ns:
                self._current, self._current_from = session, since
                return
            else:
                since = session.closes

    def _check_goes_on(self, ordinal: int) -> None:
        """Raise where a calendar has no more sessions, so that a search for the next one ends."""
        if not any(self._on(o) is not None for o in range(ordinal, ordinal + _LONGEST_CLOSURE_DAYS)):
            raise SessionsError(f"{self._described()} has no session after {date.fromordinal(ordinal)}")

    def _on(self, ordinal: int) -> TradingSession | None:
        try:
            return self._days[ordinal]
        except KeyError:
            session = self._days[ordinal] = self._work_out(ordinal)
            return session

    def _work_out(self, ordinal: int) -> TradingSession | None:
        """Return the session of a date, worked out anew."""
        day = date.fromordinal(ordinal)
        listed = None if self._calendar is None else self._calendar.listed(ordinal)
        if self._hours is None:
            if self._calendar is None:
                return TradingSession(day, self._instant(day, 0), self._instant(day, DAY_NS))
            return None if listed is None else TradingSession(day, listed.opens, listed.closes)
        closed = day.weekday() > _FRIDAY if self._calendar is None else listed is None
        opens, closes = self._instant(day, self._hours.opens), self._instant(day, self._hours.closes)
        if listed is not None and listed.early:
            closes = min(closes, listed.closes)
        return None if closed or opens >= closes else TradingSession(day, opens, closes)

    def _instant(self, day: date, time_of_day_ns: int) -> int:
        """Return the instant of a wall-clock time in the zone; 24:00 is the next day's midnight."""
        days, rest_ns = divmod(time_of_day_ns, DAY_NS)
        seconds, rest_ns = divmod(rest_ns, _SECOND_NS)
        naive = datetime.combine(day, datetime.min.time()) + timedelta(days=days, seconds=seconds)
        return int(naive.replace(tzinfo=self.zone).timestamp()) * _SECOND_NS + rest_ns

    def _described(self) -> str:
        """Return what decides about the days, for messages."""
        return "the session's hours (Monday to Friday)" if self._calendar is None else f"calendar {self._calendar.name}"


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """Return an IANA time zone.

    Raises:
        SessionsError: there is none of that name; the message has the nearest.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(zoneinfo.available_timezones())
        raise SessionsError(f"zone must be an IANA time zone, was {name!r}{nearest(name, known)}") from None
