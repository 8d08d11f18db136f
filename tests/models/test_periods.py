"""How many periods a year has, told from times."""

import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.periods import DAY_NS, day_ends, periods_per_year, utc_day

MINUTE = 60 * 10**9
HOUR = 60 * MINUTE


def weekdays(count: int) -> list[int]:
    monday = 4 * DAY_NS  # 1970-01-05
    return [monday + (n // 5 * 7 + n % 5) * DAY_NS for n in range(count)]


def session(day: int, points: int, step: int) -> list[int]:
    return [day * DAY_NS + 14 * HOUR + 30 * MINUTE + n * step for n in range(points)]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], math.nan),
        ([5], math.nan),
        ([5, 5, 5], math.nan),
        (weekdays(2), 252.0),
        (weekdays(60), 252.0),
        ([n * DAY_NS for n in range(30)], 252.0),
        ([n * 7 * DAY_NS for n in range(9)], 52.0),
        ([n * 3044 * DAY_NS // 100 for n in range(9)], 12.0),
        ([n * 91 * DAY_NS for n in range(9)], 4.0),
        ([n * 365 * DAY_NS for n in range(3)], 1.0),
        ([n * 2 * DAY_NS for n in range(9)], 365.25 / 2),
        # Minutes of whole sessions; the first and last day may be cut short, a half day is an exception.
        ([t for day in range(5) for t in session(day, 390, MINUTE)], 390 * 252.0),
        (session(0, 60, MINUTE) + session(1, 390, MINUTE) + session(2, 5, MINUTE), 390 * 252.0),
        (
            [t for day, points in enumerate([10, 390, 210, 390, 9]) for t in session(day, points, MINUTE)],
            390 * 252.0,
        ),
        (session(0, 60, MINUTE) + session(1, 390, MINUTE), 390 * 252.0),
        # Hours of a market that never closes.
        ([n * HOUR for n in range(24 * 6)], 24 * 252.0),
        # Within one day: a session of 6.5 hours, or the run itself when that is longer.
        (session(0, 30, MINUTE), 390 * 252.0),
        ([n * HOUR for n in range(14)], 13 * 252.0),
    ],
)
def test_periods_of_a_year_follow_from_the_spacing(times: list[int], expected: float) -> None:
    assert periods_per_year(times) == pytest.approx(expected, nan_ok=True)


def test_days_of_a_zone_are_counted_by_that_zone() -> None:
    sydney = ZoneInfo("Australia/Sydney")

    def sydney_day(time_ns: int) -> int:
        return datetime.fromtimestamp(time_ns / 1e9, sydney).toordinal()

    # Sessions from 10:00 to 16:00 in Sydney in summer begin at 23:00 UTC the day before.
    opens = [datetime(2024, 1, day, 10, tzinfo=sydney) for day in (8, 9, 10, 11)]
    times = [int((open_ + timedelta(minutes=n)).timestamp()) * 10**9 for open_ in opens for n in range(360)]
    assert periods_per_year(times, sydney_day) == 360 * 252.0
    assert len(day_ends(times, sydney_day)) == 4
    assert len(day_ends(times)) == 5


def test_a_utc_day_begins_at_midnight() -> None:
    midnight = int(datetime(2024, 2, 29, tzinfo=UTC).timestamp()) * 10**9
    assert utc_day(midnight) - utc_day(midnight - 1) == 1
    assert date(1970, 1, 1) + timedelta(days=utc_day(midnight)) == date(2024, 2, 29)


@given(st.lists(st.integers(0, 10 * DAY_NS), max_size=40).map(sorted))
def test_each_day_ends_after_its_last_point(times: list[int]) -> None:
    last: dict[int, int] = {}
    for index, time in enumerate(times):
        last[utc_day(time)] = index + 1
    assert day_ends(times) == list(last.values())
