"""Instants, times of day and sessions as a scenario writes them."""

from datetime import UTC, date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.scenarios.times import (
    at_time_of_day,
    date_of,
    midnight,
    read_instant,
    read_session,
    read_time_of_day,
    read_zone,
    write_instant,
    write_session,
    write_time_of_day,
    zone_of,
)
from tradepit.scenarios.tree import RegularSession, SessionHours
from tradepit.scenarios.units import UnitError

NEW_YORK = zone_of("America/New_York")
MINUTE = 60 * 10**9
CRASH = 1_273_170_600 * 10**9  # 2010-05-06 18:30 UTC


def refused(reader: Any, *args: Any) -> Any:
    with pytest.raises(UnitError) as caught:
        reader(*args)
    return caught.value.rule, caught.value.suggestion


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2010-05-06 14:30", CRASH),
        ("2010-05-06T14:30", CRASH),
        ("2010-5-6 14:30:00", CRASH),
        ("2010-05-06 14:30 America/New_York", CRASH),
        ("2010-05-06 20:30 Europe/Berlin", CRASH),
        ("2010-05-06T18:30Z", CRASH),
        ("2010-05-06 18:30 UTC", CRASH),
        ("2010-05-06T20:30+02:00", CRASH),
        ("2010-05-06T14:30 -0400", CRASH),
        ("2010-05-06T18:30:00.000000001Z", CRASH + 1),
        ("2010-05-06", CRASH - 870 * MINUTE),
        ("2010-05-05 24:00", CRASH - 870 * MINUTE),
        ("1969-12-31T23:59:59.5Z", -(5 * 10**8)),
    ],
)
def test_an_instant_is_a_date_with_time_and_zone(text: str, instant: Any) -> None:
    assert read_instant(text, NEW_YORK) == instant


def test_a_bare_date_as_an_end_is_the_days_last_nanosecond() -> None:
    assert read_instant("2010-05-05", NEW_YORK, end_of_day=True) == CRASH - 870 * MINUTE - 1


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("14:30", "a time is a date with or without a time of day and a zone"),
        ("yesterday", "a time is a date with or without a time of day and a zone"),
        ("2010-02-30", "a date is one of the calendar"),
        ("1500-01-01", "a year lies between 1678 and 2261"),
        ("2010-05-06 25:00", "a time of day lies between 00:00 and 24:00"),
        ("2010-05-06 14:60", "a time of day lies between 00:00 and 24:00"),
        ("2010-05-06 14:30+24:00", "an offset from UTC is less than a day"),
        ("2010-05-06 14:30 America/New_Yrk", "a zone is an IANA name"),
        ("2021-03-14 02:30", "a time must exist: on 2021-03-14 clocks in America/New_York skip it"),
    ],
)
def test_an_instant_that_is_none_is_refused(text: str, rule: str) -> None:
    assert refused(read_instant, text, NEW_YORK)[0] == rule


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("America/New_Yrk", "did you mean America/New_York?"),
        ("europe/berlin ", "did you mean Europe/Berlin?"),
        ("../../etc/passwd", "write UTC or America/New_York"),
        ("Mars/Olympus_Mons", "write UTC or America/New_York"),
        ("é", "write UTC or America/New_York"),
    ],
)
def test_a_zone_that_does_not_exist_is_refused_with_the_nearest(name: str, suggestion: str) -> None:
    assert refused(read_zone, name) == ("a zone is an IANA name", suggestion)


def test_a_time_that_occurs_twice_is_the_first_and_the_second_is_written_in_utc() -> None:
    first = read_instant("2021-11-07 01:30", NEW_YORK)
    second = first + 60 * MINUTE
    assert write_instant(first, NEW_YORK) == "2021-11-07 01:30"
    assert write_instant(second, NEW_YORK) == "2021-11-07 05:30Z".replace("05", "06")
    assert read_instant(write_instant(second, NEW_YORK), NEW_YORK) == second


def test_a_day_whose_midnight_is_skipped_begins_after_it() -> None:
    sao_paulo = zone_of("America/Sao_Paulo")
    begins = midnight(date(2018, 11, 4), sao_paulo)
    assert begins == read_instant("2018-11-04 01:00", sao_paulo)
    assert date_of(begins, sao_paulo) == date(2018, 11, 4)


@given(
    st.integers(-(9 * 10**18), 9 * 10**18),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    st.booleans(),
)
def test_an_instant_is_written_back_exactly(instant: Any, zone: Any, end_of_day: Any) -> None:
    where = zone_of(zone)
    assert read_instant(write_instant(instant, where, end_of_day=end_of_day), where, end_of_day=end_of_day) == instant


@pytest.mark.parametrize("day", ["2010-05-06", "2021-03-14", "2021-11-07"])
@pytest.mark.parametrize("end_of_day", [False, True])
def test_a_whole_day_is_written_as_its_date(day: Any, end_of_day: Any) -> None:
    instant = read_instant(day, NEW_YORK, end_of_day=end_of_day)
    assert write_instant(instant, NEW_YORK, end_of_day=end_of_day) == day


@pytest.mark.parametrize(
    ("text", "of_day"), [("14:30", 870 * MINUTE), ("9:30:00.25", 570 * MINUTE + 25 * 10**7), ("24:00", 1440 * MINUTE)]
)
def test_a_time_of_day_is_nanoseconds_since_midnight(text: str, of_day: Any) -> None:
    assert read_time_of_day(text) == of_day


@given(st.integers(0, 86_400 * 10**9))
def test_a_time_of_day_is_written_back_exactly(of_day: Any) -> None:
    assert read_time_of_day(write_time_of_day(of_day)) == of_day


def test_a_time_of_day_on_a_date_follows_the_wall_clock() -> None:
    assert at_time_of_day(date(2010, 5, 6), 870 * MINUTE, NEW_YORK) == CRASH
    assert at_time_of_day(date(2010, 5, 6), 1440 * MINUTE, UTC) == read_instant("2010-05-07", UTC)


@pytest.mark.parametrize(
    ("text", "session"),
    [
        ("regular", RegularSession()),
        ("09:30-16:00", SessionHours(opens=570 * MINUTE, closes=960 * MINUTE)),
        ("0:00 - 24:00", SessionHours(opens=0, closes=1440 * MINUTE)),
    ],
)
def test_a_session_is_regular_or_its_hours(text: str, session: Any) -> None:
    assert read_session(text) == session
    assert read_session(write_session(session)) == session


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("always", "a session is regular or its hours"),
        ("9-17", "a time of day is hours and minutes"),
        ("18:00-09:00", "a session opens before it closes, on one day"),
    ],
)
def test_a_session_that_is_none_is_refused(text: str, rule: str) -> None:
    assert refused(read_session, text)[0] == rule
