from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from tradepit.scenarios.times import read_instant
from tradepit.tools.report.stamps import Stamps

NEW_YORK = ZoneInfo("America/New_York")
S = 1_000_000_000


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        ("2010-05-06 14:45:28", "2010-05-06 14:45:28"),
        ("2010-05-06 14:45:28.0030", "2010-05-06 14:45:28.003"),
        ("2010-05-06 14:45:28.000000001", "2010-05-06 14:45:28.000000001"),
        ("1969-12-31 23:59:59.25", "1969-12-31 23:59:59.25"),
        ("2010-05-06 23:59:59.999999999", "2010-05-06 24:00:00"),
        ("2010-05-06 23:59:58.999999999", "2010-05-06 23:59:58.999999999"),
    ],
)
def test_an_instant_is_written_in_the_zone_with_the_fraction_it_has(instant: str, text: str) -> None:
    assert Stamps(NEW_YORK).text(read_instant(instant, NEW_YORK)) == text


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2010-05-06 14:30", "2010-05-06 15:10", "2010-05-06 14:30 to 15:10"),
        ("2010-05-06 14:30", "2010-05-07 15:10:05", "2010-05-06 14:30 to 2010-05-07 15:10:05"),
        ("2010-05-06", "2010-05-06 15:10", "2010-05-06 00:00 to 15:10"),
        ("2010-05-06", "2010-05-07 15:10", "2010-05-06 00:00 to 2010-05-07 15:10"),
        ("2010-05-06 14:30", "2010-05-06 23:59:59.999999999", "2010-05-06 14:30 to 24:00"),
        ("2010-05-06 14:30", "2010-05-07 23:59:59.999999999", "2010-05-06 14:30 to 2010-05-07 24:00"),
        ("2010-05-06 14:30:00.9", "2010-05-06 15:10:00.000200001", "2010-05-06 14:30 to 15:10"),
        ("2010-05-06 14:30:00.2", "2010-05-06 14:30:00.7", "2010-05-06 14:30:00.2 to 14:30:00.7"),
        ("2010-05-06 14:30", "2010-05-06 14:30", "2010-05-06 14:30"),
        ("2010-05-06", "2010-05-08", "2010-05-06 to 2010-05-07"),
        ("2010-05-06", "2010-05-08 00:00:00.000020", "2010-05-06 to 2010-05-07"),
        ("2010-05-06 14:30", "2010-05-07", "2010-05-06 14:30 to 24:00"),
    ],
)
def test_a_period_says_once_what_both_ends_share(start: str, end: str, text: str) -> None:
    first, last = (read_instant(instant, NEW_YORK) for instant in (start, end))
    assert Stamps(NEW_YORK).period(first, last) == text


def test_a_day_that_is_over_by_one_second_less_is_no_whole_day() -> None:
    start = read_instant("2010-05-06", NEW_YORK)
    end = read_instant("2010-05-06 23:59:59", NEW_YORK)
    assert Stamps(NEW_YORK).period(start, end) == "2010-05-06 00:00 to 23:59:59"


def test_whole_days_are_written_as_dates() -> None:
    start = read_instant("2006-01-03", NEW_YORK)
    for end, text in (("2012-12-31", "2006-01-03 to 2012-12-31"), ("2006-01-03", "2006-01-03")):
        assert Stamps(NEW_YORK).period(start, read_instant(end, NEW_YORK, end_of_day=True)) == text


def test_offsets_change_with_daylight_saving_to_the_second() -> None:
    start, end = (read_instant(instant, NEW_YORK) for instant in ("2010-03-01", "2010-11-30"))
    spring, autumn = (read_instant(instant, UTC) for instant in ("2010-03-14 07:00", "2010-11-07 06:00"))
    assert Stamps(NEW_YORK).offsets(start, end) == [(start, -18_000), (spring, -14_400), (autumn, -18_000)]


def test_a_zone_without_changes_has_one_offset() -> None:
    assert Stamps(UTC).offsets(5 * S, 10**18) == [(5 * S, 0)]


def test_an_instant_alone_has_one_offset() -> None:
    assert Stamps(NEW_YORK).offsets(10**18, 10**18) == [(10**18, -14_400)]
