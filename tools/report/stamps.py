"""Instants as the report writes them: in the scenario's zone."""

from datetime import datetime, timedelta, tzinfo

from tradepit.scenarios.times import write_instant

_SECOND_NS = 1_000_000_000
_DAY_S = 86_400
_DATE = len("2010-05-06")


class Stamps:
    """Writes instants in one time zone."""

    def __init__(self, zone: tzinfo) -> None:
        """Take the zone."""
        self._zone = zone

    def text(self, at_ns: int) -> str:
        """Return date and time of day to the second, with a fraction where there is one; a day's last as 24:00."""
        if at_ns % _SECOND_NS == _SECOND_NS - 1:
            following = self._local(at_ns // _SECOND_NS + 1)
            if (following.hour, following.minute, following.second) == (0, 0, 0):
                return f"{self._local(at_ns // _SECOND_NS):%Y-%m-%d} 24:00:00"
        return f"{self._local(at_ns // _SECOND_NS):%Y-%m-%d %H:%M:%S}{_fraction(at_ns)}"

    def period(self, start_ns: int, end_ns: int) -> str:
        """Return a span of time as a scenario writes it: whole days as dates, a day that both ends share once.

        Where one end has a time of day, so has the other. Parts of a second are left out of a span that is longer.
        """
        start, end = self._ends(start_ns, end_ns)
        if start == end:
            start, end = self._ends(start_ns, end_ns, step_ns=1)
        if start_ns == end_ns or start == end:
            return start
        if len(start) > _DATE or len(end) > _DATE:
            start += " 00:00" if len(start) == _DATE else ""
            end += " 24:00" if len(end) == _DATE else ""
        return f"{start} to {end[_DATE + 1 :] if start[:_DATE] == end[:_DATE] and len(end) > _DATE else end}"

    def _ends(self, start_ns: int, end_ns: int, step_ns: int = _SECOND_NS) -> tuple[str, str]:
        """Return both ends, each a bare date where it is the day's first or last instant."""
        start = write_instant(start_ns // step_ns * step_ns, self._zone)
        end = write_instant(end_ns, self._zone, end_of_day=True)
        if len(end) > _DATE:
            cut = end_ns // step_ns * step_ns
            day = write_instant(cut - 1, self._zone, end_of_day=True)  # an end at midnight is that of the day before
            whole = len(day) == _DATE and cut > start_ns
            end = day if whole else write_instant(cut, self._zone, end_of_day=True)
        return start, end

    def offsets(self, start_ns: int, end_ns: int) -> list[tuple[int, int]]:
        """Return (instant in ns, offset from UTC in s) for the start and each change up to the end."""
        at, last = start_ns // _SECOND_NS, end_ns // _SECOND_NS
        found = [(start_ns, self._offset(at))]
        while at < last:
            following = min(at + _DAY_S, last)
            if self._offset(following) != found[-1][1]:
                change = self._change(at, following)
                found.append((change * _SECOND_NS, self._offset(change)))
            at = following
        return found

    def _change(self, before: int, after: int) -> int:
        """Return the first second of another offset; there is one change between the two."""
        old = self._offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == old:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, at_s: int) -> int:
        offset = self._local(at_s).utcoffset()
        return 0 if offset is None else offset // timedelta(seconds=1)

    def _local(self, at_s: int) -> datetime:
        return datetime.fromtimestamp(at_s, self._zone)


def _fraction(at_ns: int) -> str:
    below = at_ns % _SECOND_NS
    return f".{below:09d}".rstrip("0") if below else ""
