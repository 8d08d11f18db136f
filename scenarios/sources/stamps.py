"""Time stamps of files: text, epochs and dates to ns since the Unix epoch, UTC.

What a stamp may be:

- ISO 8601 with an offset or Z; without, it is wall-clock time in the source's zone;
- a bare date (2024-01-02, or 20240102 as text): the close of that day's session;
- an epoch, whose unit follows from its size: below 1e10 seconds (until 2286), below 1e13 milliseconds, below 1e16
  microseconds, above nanoseconds. So milliseconds are understood from 1970-04-27 on, and so for the others.

Wall-clock time and daylight saving: a time that occurs twice is the first of the two, unless that would not come
after the row before; then it is the second. A time that is skipped does not exist and is a fault; repaired, it is
read with the offset before the change, as PEP 495 has it.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tradepit.scenarios.sessions import DAY_NS, Sessions, SessionsError
from tradepit.scenarios.sources.faults import Fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SECOND_NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall-clock arithmetic
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_LIMIT_NS = 2**63  # an int64 of ns reaches from 1677 to 2262
ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[ Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?: ?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?))?)?",
    re.ASCII,
)
_COMPACT_DATE = re.compile(r"(1[89]|2[01])\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_UNITS = ((10**10, _SECOND_NS), (10**13, 1_000_000), (10**16, 1_000))  # epochs below so much: ns in their unit

TimeKind = str
"""How a column's cells tell the time: "utc" and "local" are ns, "text" is all else (text, epochs, dates)."""


def epoch_unit_ns(size: int) -> int:
    """Return the unit in ns of an epoch of this size."""
    for below, unit_ns in _UNITS:
        if abs(size) < below:
            return unit_ns
    return 1


class WallClock:
    """Wall-clock time of one zone, turned into instants; a day's offset is looked up once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._offsets: dict[int, int | None] = {}

    def instant(self, local_ns: int, fits: Callable[[int], bool], repaired: Callable[[Fault], None]) -> int:
        """Return the instant of a wall-clock time.

        Args:
            local_ns: ns since 1970-01-01 00:00 on the wall.
            fits: whether an instant may follow the row before; decides between two that read the same.
            repaired: told of a time that does not exist; raises it, or has it read with the offset before the change.
        """
        offset_ns = self.offset_on(local_ns // DAY_NS)
        if offset_ns is not None:
            return local_ns - offset_ns
        wall = _EPOCH + timedelta(seconds=local_ns // _SECOND_NS)
        first_ns, second_ns = (local_ns - self._offset(wall, fold) for fold in (0, 1))
        if first_ns > second_ns:
            repaired(
                Fault("time_skipped", f"time must exist in {self.zone.key}, was {wall}: clocks skip it", str(wall))
            )
        return first_ns if first_ns >= second_ns or fits(first_ns) else second_ns

    def offset_on(self, day: int) -> int | None:
        """Return the offset from UTC in ns that holds all through a local day, None where it changes.

        Args:
            day: days since 1970-01-01.
        """
        if day not in self._offsets:
            midnight = _EPOCH + timedelta(days=day)
            offsets = {self._offset(midnight + timedelta(days=d), fold) for d in (0, 1) for fold in (0, 1)}
            self._offsets[day] = offsets.pop() if len(offsets) == 1 else None
        return self._offsets[day]

    def _offset(self, wall: datetime, fold: int) -> int:
        offset = wall.replace(tzinfo=self.zone, fold=fold).utcoffset()
        assert offset is not None
        return (offset.days * 86_400 + offset.seconds) * _SECOND_NS


class StampReader:
    """Reads the time of rows that come one after the other.

    Attributes:
        sessions: say when a bare date closes.
        clock: the zone of what names none.
        shift_ns: added to each time that is no bare date: a bar's length, where the file stamps its open.
        strict: whether each time must be after the one before (bars), or may be the same (quotes, trades).
    """

    def __init__(self, sessions: Sessions, zone: ZoneInfo, shift_ns: int, *, strict: bool) -> None:
        self.sessions = sessions
        self.clock = WallClock(zone)
        self.shift_ns = shift_ns
        self.strict = strict
        self._midnights: dict[str, int] = {}  # what stands for a date has been read before, and so has a time of day
        self._times_of_day: dict[str, int] = {}

    def reader(self, kind: TimeKind) -> Callable[[object, int, Callable[[Fault], None]], int]:
        """Return what reads a cell: (cell, time of the row before in ns, what is told of repairs) to ns."""
        return {"utc": self._utc, "local": self._local, "text": self._any}[kind]

    def vector(self, kind: TimeKind, stamps: "NDArray[np.int64]", previous_ns: int) -> "NDArray[np.int64] | None":
        """Return the instants of a whole column of "utc" or "local" ns, or None where a row needs a closer look."""
        import numpy as np

        if kind == "local":
            days = stamps // DAY_NS
            starts = np.concatenate(([0], np.flatnonzero(days[1:] != days[:-1]) + 1))
            ends = np.append(starts[1:], len(stamps))
            offsets = [self.clock.offset_on(day) for day in days[starts].tolist()]
            instants = stamps - np.repeat(np.array([offset or 0 for offset in offsets], dtype=np.int64), ends - starts)
            changing = [i for i, offset in enumerate(offsets) if offset is None]
            for i in (i for day in changing for i in range(int(starts[day]), int(ends[day]))):
                before_ns = int(instants[i - 1]) + self.shift_ns if i else previous_ns
                try:
                    instants[i] = self._local(int(stamps[i]), before_ns, _refused) - self.shift_ns
                except Fault:
                    return None
            stamps = instants
        return stamps + self.shift_ns if self.shift_ns else stamps

    def _utc(self, cell: object, _previous_ns: int, _repaired: Callable[[Fault], None]) -> int:
        """Read an instant in ns."""
        if not isinstance(cell, int):
            raise _empty(cell)
        return self._within(cell + self.shift_ns, cell)

    def _local(self, cell: object, previous_ns: int, repaired: Callable[[Fault], None]) -> int:
        """Read wall-clock time in ns."""
        if not isinstance(cell, int):
            raise _empty(cell)
        self._within(cell, cell)
        earliest_ns = previous_ns - self.shift_ns + self.strict
        return self._within(self.clock.instant(cell, earliest_ns.__le__, repaired) + self.shift_ns, cell)

    def _any(self, cell: object, previous_ns: int, repaired: Callable[[Fault], None]) -> int:
        """Read text, an epoch or a date."""
        if isinstance(cell, str):
            return self._text(cell.strip(), previous_ns, repaired)
        if isinstance(cell, date):
            return self._close(cell)
        if isinstance(cell, int):
            return self._within(cell * epoch_unit_ns(cell) + self.shift_ns, cell)
        if isinstance(cell, float) and cell == cell:
            return self._text(repr(cell), previous_ns, repaired)
        if isinstance(cell, Fault):
            raise cell
        raise _empty(cell)

    def _text(self, text: str, previous_ns: int, repaired: Callable[[Fault], None]) -> int:
        wall_ns = self._midnights.get(text[:11])
        if wall_ns is not None:
            of_day_ns = self._times_of_day.get(text[11:])
            if of_day_ns is not None:
                return self._local(wall_ns + of_day_ns, previous_ns, repaired)
        match = ISO.fullmatch(text)
        if match is None:
            return self._epoch_or_compact(text)
        year, month, day, hour, minute, second, fraction, zulu, sign, offset_hours, offset_minutes = match.groups()
        try:
            when = date(int(year), int(month), int(day))
        except ValueError:
            raise _unreadable(text) from None
        if hour is None:
            return self._close(when)
        hours, minutes, seconds = int(hour), int(minute), int(second or 0)
        if hours > 23 or minutes > 59 or seconds > 59:
            raise _unreadable(text)
        seconds += hours * 3600 + minutes * 60 + (when.toordinal() - _EPOCH_ORDINAL) * 86_400
        stamp_ns = seconds * _SECOND_NS + (int(fraction.ljust(9, "0")) if fraction else 0)
        if sign:
            if int(offset_hours) > 23 or int(offset_minutes or 0) > 59:
                raise _unreadable(text)
            offset = int(offset_hours) * 60 + int(offset_minutes or 0)
            stamp_ns -= (offset if sign == "+" else -offset) * 60 * _SECOND_NS
        elif not zulu:
            if not fraction:
                self._times_of_day[text[11:]] = of_day_ns = stamp_ns % DAY_NS
                self._midnights[text[:11]] = stamp_ns - of_day_ns
            return self._local(stamp_ns, previous_ns, repaired)
        return self._within(stamp_ns + self.shift_ns, text)

    def _epoch_or_compact(self, text: str) -> int:
        if _COMPACT_DATE.fullmatch(text):
            try:
                return self._close(date(int(text[:4]), int(text[4:6]), int(text[6:])))
            except ValueError:
                raise _unreadable(text) from None
        if not text:
            raise _empty(text)
        try:
            stamp = Decimal(text)
        except InvalidOperation:
            raise _unreadable(text) from None
        if not stamp.is_finite() or abs(stamp) >= _LIMIT_NS or not text.isascii() or "_" in text:
            raise _unreadable(text)
        return self._within(int(stamp * epoch_unit_ns(int(stamp))) + self.shift_ns, text)

    def _close(self, day: date) -> int:
        """Return when a bare date's session closes."""
        try:
            return self._within(self.sessions.close_of(day), day)
        except SessionsError as error:
            raise Fault("trading_day", str(error), day.isoformat()) from None

    @staticmethod
    def _within(instant_ns: int, cell: object) -> int:
        if not -_LIMIT_NS <= instant_ns < _LIMIT_NS:
            raise Fault("time", f"time must lie between 1677-09-22 and 2262-04-11, was {cell}", cell)
        return instant_ns


def _refused(fault: Fault) -> None:
    """Let nothing be repaired."""
    raise fault


def _unreadable(text: str) -> Fault:
    return Fault(
        "time",
        "time must be ISO 8601 (2024-01-02, 2024-01-02 09:30:00, 2024-01-02T09:30:00-05:00) or an epoch, "
        f"was {text[:60]!r}",
        text,
    )


def _empty(cell: object) -> Fault:
    return Fault("time", "time must be given, was empty", cell)
