"""Instants and times of day as a scenario writes them.

`2010-05-06 14:30 America/New_York`, `2010-05-06T18:30:00.5Z`, `2010-05-06 14:30` in the scenario's zone, a bare date,
and `14:45:28` where a day is known. Instants are ns since the Unix epoch, UTC; times of day are ns since midnight.
"""

import re
import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from tradepit.scenarios.clock_tree import RegularSession, SessionHours
from tradepit.scenarios.problems import nearest
from tradepit.scenarios.units import UnitError

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_YEAR, _LAST_YEAR = 1678, 2261  # what 64-bit ns can hold, and so Parquet and most databases

_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?"
_TIME_OF_DAY = re.compile(_TIME)
_INSTANT = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?:[Tt ]\s*{_TIME})?\s*(\S.*)?", re.DOTALL)
_OFFSET = re.compile(r"([-+])(\d{2}):?(\d{2})")

INSTANT_PATTERN = r"^\d{4}-\d{1,2}-\d{1,2}([Tt ] *\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?( *\S+)?$"
TIME_PATTERN = rf"{INSTANT_PATTERN}|^\d{{1,2}}:\d{{2}}(:\d{{2}}(\.\d{{1,9}})?)?$"
SESSION_PATTERN = r"^regular$|^\s*\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s*-\s*\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s*$"

_EXAMPLE = "write 2010-05-06 14:30 or 2010-05-06 14:30 America/New_York"


def read_zone(text: str) -> str:
    """Return the name of an IANA time zone, after a check that it exists."""
    zone_of(text)
    return text


def zone_of(name: str) -> tzinfo:
    """Return the zone of an IANA name."""
    try:
        if not name.isascii() or len(name) > 64:
            raise ValueError  # noqa: TRY301  the lookup below would ask the file system
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # The names come as a set; sorted, so that the suggestion does not hang on the hash seed.
        near = nearest(name, sorted(zoneinfo.available_timezones()))
        suggestion = f"did you mean {near}?" if near else "write UTC or America/New_York"
        raise UnitError("a zone is an IANA name", suggestion) from None


def read_time_of_day(text: str) -> int:
    """Return a time of day such as `14:30` or `14:45:28.5` in ns since midnight; `24:00` is the day's end."""
    match = _TIME_OF_DAY.fullmatch(text)
    if match is None:
        raise UnitError("a time of day is hours and minutes", "write 14:30 or 14:45:28")
    return _of_day(*match.groups())


def _of_day(hours: str, minutes: str, seconds: str | None, fraction: str | None) -> int:
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds or 0)
    nanoseconds = whole * SECOND_NS + int((fraction or "0").ljust(9, "0"))
    if int(minutes) > 59 or int(seconds or 0) > 59 or nanoseconds > DAY_NS:
        raise UnitError("a time of day lies between 00:00 and 24:00")
    return nanoseconds


def is_time_of_day(text: str) -> bool:
    """Tell whether a text is meant as a time without a date."""
    return _TIME_OF_DAY.fullmatch(text) is not None


def read_instant(text: str, zone: tzinfo, *, end_of_day: bool = False) -> int:
    """Return an instant in ns.

    Args:
        text: a date, with or without time and zone.
        zone: of texts that name none.
        end_of_day: whether a bare date means its last ns rather than its first.
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise UnitError("a time is a date with or without a time of day and a zone", _EXAMPLE)
    year, month, day, hours, minutes, seconds, fraction, zone_text = match.groups()
    on = _date(int(year), int(month), int(day))
    where = _zone_or_offset(zone_text) if zone_text else zone
    if hours is None:
        return midnight(on + timedelta(days=1), where) - 1 if end_of_day else midnight(on, where)
    return at_time_of_day(on, _of_day(hours, minutes, seconds, fraction), where)


def _date(year: int, month: int, day: int) -> date:
    try:
        on = date(year, month, day)
    except ValueError:
        raise UnitError("a date is one of the calendar") from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise UnitError(f"a year lies between {_FIRST_YEAR} and {_LAST_YEAR}")
    return on


def _zone_or_offset(text: str) -> tzinfo:
    if text in ("Z", "z"):
        return UTC
    offset = _OFFSET.fullmatch(text)
    if offset is None:
        return zone_of(text)
    shift = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    if shift >= timedelta(days=1):
        raise UnitError("an offset from UTC is less than a day")
    return timezone(-shift if offset[1] == "-" else shift)


def midnight(on: date, zone: tzinfo) -> int:
    """Return the first instant of a date, in ns; where daylight saving skips midnight, what follows it."""
    return _instant(datetime(on.year, on.month, on.day, tzinfo=zone))


def at_time_of_day(on: date, of_day: int, zone: tzinfo) -> int:
    """Return an instant in ns from a date and the wall clock; the first of the two where the clock is set back."""
    if of_day == DAY_NS:
        return midnight(on + timedelta(days=1), zone)
    seconds, nanoseconds = divmod(of_day, SECOND_NS)
    wall = datetime(on.year, on.month, on.day, seconds // 3600, seconds // 60 % 60, seconds % 60, tzinfo=zone)
    if wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise UnitError(f"a time must exist: on {on} clocks in {zone} skip it", "write another time, or one with UTC")
    return _instant(wall) + nanoseconds


def _instant(wall: datetime) -> int:
    """Return whole seconds as ns, without a float on the way."""
    utc = wall.astimezone(UTC)
    seconds = (utc.toordinal() - _EPOCH) * 86_400 + utc.hour * 3600 + utc.minute * 60 + utc.second
    return seconds * SECOND_NS


def date_of(instant_ns: int, zone: tzinfo) -> date:
    """Return the date of an instant in a zone."""
    return _wall(instant_ns, zone).date()


def _wall(instant_ns: int, zone: tzinfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant_ns // SECOND_NS)).astimezone(zone)


def write_instant(instant_ns: int, zone: tzinfo, *, end_of_day: bool = False) -> str:
    """Return an instant so that `read_instant` with the same zone gives it back."""
    wall = _wall(instant_ns, zone)
    bare = midnight(wall.date() + timedelta(days=1), zone) - 1 if end_of_day else midnight(wall.date(), zone)
    if instant_ns == bare:
        return f"{wall:%Y-%m-%d}"
    if wall.fold:  # the wall clock alone would mean the first of two instants
        return f"{write_instant(instant_ns, UTC)}Z"
    of_day = ((wall.hour * 60 + wall.minute) * 60 + wall.second) * SECOND_NS + instant_ns % SECOND_NS
    return f"{wall:%Y-%m-%d} {write_time_of_day(of_day)}"


def read_session(text: str) -> RegularSession | SessionHours:
    """Return the hours of trading: `regular` or `09:30-16:00`."""
    if text == "regular":
        return RegularSession()
    opens_text, dash, closes_text = text.partition("-")
    if not dash:
        raise UnitError("a session is regular or its hours", "write regular or 09:30-16:00")
    opens, closes = read_time_of_day(opens_text.strip()), read_time_of_day(closes_text.strip())
    if opens >= closes:
        raise UnitError("a session opens before it closes, on one day")
    return SessionHours(opens=opens, closes=closes)


def write_session(session: RegularSession | SessionHours) -> str:
    """Return the hours of trading."""
    if isinstance(session, RegularSession):
        return "regular"
    return f"{write_time_of_day(session.opens)}-{write_time_of_day(session.closes)}"


def write_time_of_day(of_day: int) -> str:
    """Return ns since midnight as hours and minutes, with seconds where there are any."""
    seconds, nanoseconds = divmod(of_day, SECOND_NS)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    if seconds % 60 or nanoseconds:
        text += f":{seconds % 60:02d}" + (f".{nanoseconds:09d}".rstrip("0") if nanoseconds else "")
    return text
