"""Forms that need to know the clock: instants in its zone, times of day on its first day, and the clock itself."""

from typing import Any

import attrs

from tradepit.scenarios.clock_tree import ClockSpec, RegularSession
from tradepit.scenarios.document import Node
from tradepit.scenarios.forms import Form, Record, Schema
from tradepit.scenarios.reading import Reading, Spot, Unreadable, Writing, joined, scalar
from tradepit.scenarios.scalar_forms import scalar_text
from tradepit.scenarios.sessions import Sessions, SessionsError
from tradepit.scenarios.times import (
    INSTANT_PATTERN,
    TIME_PATTERN,
    at_time_of_day,
    date_of,
    is_time_of_day,
    read_instant,
    read_time_of_day,
    write_instant,
    zone_of,
)
from tradepit.scenarios.units import UnitError

_EXAMPLE = "write 2010-05-06 14:30 or 2010-05-06 14:30 America/New_York"


@attrs.frozen
class Instant(Form):
    """An instant; in the clock's zone where it names none.

    Attributes:
        end_of_day: whether a bare date means the day's last ns rather than its first.
        time_of_day: whether a time without a date is taken, as one on the clock's first day.
    """

    end_of_day: bool = False
    time_of_day: bool = False

    def read(self, spot: Spot, reading: Reading) -> int:
        """Return ns since the Unix epoch."""
        text = scalar_text(spot, reading, "must be a time", _EXAMPLE)
        try:
            if self.time_of_day and is_time_of_day(text):
                return self._on_first_day(text, spot, reading)
            return read_instant(text, reading.zone, end_of_day=self.end_of_day)
        except UnitError as error:
            raise reading.refuse(spot, error.rule, error.suggestion) from None

    def _on_first_day(self, text: str, spot: Spot, reading: Reading) -> int:
        of_day = read_time_of_day(text)
        if reading.day is None:
            if reading.day_broken:
                return of_day
            raise reading.refuse(
                spot, "a time of day needs a day", "write clock: {start: ...} or put the date before it"
            )
        return at_time_of_day(reading.day, of_day, reading.zone)

    def write(self, value: int, writing: Writing) -> Node:
        """Return the time in the clock's zone."""
        return scalar(write_instant(value, writing.zone, end_of_day=self.end_of_day))

    def schema(self) -> Schema:
        """Return a pattern without a type: readers of YAML 1.1 make dates of dates and a number of 14:30."""
        return {"pattern": TIME_PATTERN if self.time_of_day else INSTANT_PATTERN}


@attrs.frozen
class ClockRecord(Record):
    """The clock, which tells the forms after it the zone and the first day."""

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the clock; zone and first day go to `reading` even where another key is wrong."""
        if spot.has("zone"):
            try:
                reading.zone = zone_of(getattr(spot.entry("zone").node, "text", ""))
            except UnitError:
                reading.day_broken = True
        if spot.has("start"):
            try:
                start = Instant().read(spot.entry("start"), attrs.evolve(reading, problems=[]))
                reading.day = date_of(start, reading.zone)
            except Unreadable:  # noted when the keys are read
                reading.day_broken = True
        clock: ClockSpec = super().read(spot, reading)
        if clock.start is not None and clock.end is not None and clock.end <= clock.start:
            reading.refuse(spot.entry("end"), "the end comes after the start")
        if isinstance(clock.session, RegularSession) and clock.calendar is None:
            reading.refuse(spot.entry("session"), "regular hours are those of a calendar", "add calendar: XNYS")
        elif clock.calendar is not None:
            try:
                Sessions.of(clock)
            except SessionsError as error:
                reading.note(spot.entry("calendar").node.place, joined(spot.path, "calendar"), str(error))
        return clock
