import sys
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.scenarios.sessions import Sessions, SessionsError, TradingSession
from tradepit.scenarios.tree import ClockSpec, RegularSession, SessionHours

HOUR = 3_600_000_000_000
NEW_YORK = "America/New_York"
REGULAR = SessionHours(opens=9 * HOUR + HOUR // 2, closes=16 * HOUR)


def ns(text: str, zone: str = "UTC") -> int:
    when = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return int(when.astimezone(UTC).timestamp()) * 1_000_000_000


@pytest.mark.parametrize(
    ("sessions", "day", "opens", "closes"),
    [
        (Sessions(), date(2024, 2, 29), "2024-02-29T00:00", "2024-03-01T00:00"),
        (Sessions(NEW_YORK), date(2024, 1, 6), "2024-01-06T05:00", "2024-01-07T05:00"),
        (Sessions(NEW_YORK), date(2024, 3, 10), "2024-03-10T05:00", "2024-03-11T04:00"),
        (Sessions(NEW_YORK), date(2024, 11, 3), "2024-11-03T04:00", "2024-11-04T05:00"),
        (Sessions(NEW_YORK, session=REGULAR), date(2024, 7, 4), "2024-07-04T13:30", "2024-07-04T20:00"),
        (Sessions(NEW_YORK, session=REGULAR), date(2024, 12, 2), "2024-12-02T14:30", "2024-12-02T21:00"),
        (Sessions("UTC", "XNYS"), date(2024, 11, 29), "2024-11-29T14:30", "2024-11-29T18:00"),
        (Sessions("UTC", "XNYS", RegularSession()), date(2024, 11, 27), "2024-11-27T14:30", "2024-11-27T21:00"),
        (Sessions(NEW_YORK, "XNYS", REGULAR), date(2024, 11, 29), "2024-11-29T14:30", "2024-11-29T18:00"),
        (
            Sessions(NEW_YORK, "XNYS", SessionHours(opens=10 * HOUR, closes=12 * HOUR)),
            date(2024, 11, 29),
            "2024-11-29T15:00",
            "2024-11-29T17:00",
        ),
        (Sessions("UTC", "XASX"), date(2024, 1, 8), "2024-01-07T23:00", "2024-01-08T05:00"),
        # Midnight does not exist: clocks go from 23:59 to 01:00.
        (Sessions("Africa/Cairo"), date(2024, 4, 25), "2024-04-24T22:00", "2024-04-25T22:00"),
    ],
)
def test_a_session_opens_and_closes_by_the_wall_clock_of_its_market(
    sessions: Sessions, day: date, opens: str, closes: str
) -> None:
    assert sessions.on(day) == TradingSession(day, ns(opens), ns(closes))
    assert sessions.close_of(day) == ns(closes)


@pytest.mark.parametrize(
    ("sessions", "day", "reason"),
    [
        (Sessions(session=REGULAR), date(2024, 1, 6), "the session's hours (Monday to Friday), was 2024-01-06, a Sat"),
        (Sessions(calendar="XNYS"), date(2024, 12, 25), "calendar XNYS, was 2024-12-25, a Wednesday"),
        (Sessions(calendar="XNYS", session=REGULAR), date(2024, 12, 25), "calendar XNYS, was 2024-12-25"),
        (Sessions(calendar="XKRX"), date(1950, 1, 4), "calendar XKRX, was 1950-01-04"),
    ],
)
def test_a_closed_day_has_no_session_and_no_close(sessions: Sessions, day: date, reason: str) -> None:
    assert sessions.on(day) is None
    with pytest.raises(SessionsError) as caught:
        sessions.close_of(day)
    assert str(caught.value).startswith(f"date must be a trading day of {reason}")


def test_hours_that_an_early_close_leaves_nothing_of_make_no_session() -> None:
    evening = Sessions(NEW_YORK, "XNYS", SessionHours(opens=16 * HOUR, closes=20 * HOUR))
    assert evening.on(date(2024, 11, 29)) is None
    assert evening.on(date(2024, 12, 2)) is not None


@pytest.mark.parametrize(
    ("sessions", "after", "close"),
    [
        (Sessions(), "2024-01-01T00:00", "2024-01-02T00:00"),
        (Sessions(), "2024-01-01T23:59:59", "2024-01-02T00:00"),
        (Sessions(NEW_YORK, session=REGULAR), "2024-01-05T20:59:59", "2024-01-05T21:00"),
        (Sessions(NEW_YORK, session=REGULAR), "2024-01-05T21:00", "2024-01-08T21:00"),
        (Sessions(calendar="XNYS"), "2024-11-27T21:00", "2024-11-29T18:00"),
        (Sessions(calendar="XNYS"), "2001-09-10T20:00", "2001-09-17T20:00"),
        (Sessions(calendar="XNYS"), "1987-10-18T12:00", "1987-10-19T20:00"),
        (Sessions(calendar="XASX"), "2024-01-07T23:30", "2024-01-08T05:00"),
    ],
)
def test_the_next_close_is_the_first_strictly_after(sessions: Sessions, after: str, close: str) -> None:
    assert sessions.next_close(ns(after)) == ns(close)


@pytest.mark.parametrize(
    ("sessions", "at", "day"),
    [
        (Sessions(), "2024-01-02T00:00", date(2024, 1, 1)),
        (Sessions(), "2024-01-02T00:00:01", date(2024, 1, 2)),
        (Sessions(NEW_YORK, session=REGULAR), "2024-01-05T21:00", date(2024, 1, 5)),
        (Sessions(NEW_YORK, session=REGULAR), "2024-01-05T21:00:01", date(2024, 1, 8)),
        (Sessions(NEW_YORK, session=REGULAR), "2024-01-08T08:00", date(2024, 1, 8)),
        (Sessions(calendar="XASX"), "2024-01-07T23:30", date(2024, 1, 8)),
    ],
)
def test_an_instant_belongs_to_the_session_that_closes_next(sessions: Sessions, at: str, day: date) -> None:
    assert sessions.day_of(ns(at)) == day


@given(st.lists(st.integers(min_value=ns("1999-12-25"), max_value=ns("2001-01-10")), min_size=1, max_size=20))
def test_answers_do_not_depend_on_what_was_asked_before(instants: list[int]) -> None:
    sessions = Sessions(NEW_YORK, session=REGULAR)
    for instant in instants:
        fresh = Sessions(NEW_YORK, session=REGULAR)
        assert sessions.next_close(instant) == fresh.next_close(instant) > instant
        assert sessions.day_of(instant) == fresh.day_of(instant)
        assert sessions.close_of(sessions.day_of(instant)) >= instant


def test_sessions_between_are_those_that_overlap_and_stop_at_the_end() -> None:
    sessions = Sessions(NEW_YORK, session=REGULAR)
    days = [s.day.day for s in sessions.between(ns("2024-01-05T21:00"), ns("2024-01-09T14:30:01"))]
    assert days == [8, 9]
    assert [s.day.day for s in sessions.between(ns("2024-01-05T20:59"), ns("2024-01-09T14:30"))] == [5, 8]
    assert list(sessions.between(ns("2024-01-06"), ns("2024-01-07"))) == []


def test_sessions_without_an_end_go_on() -> None:
    endless = Sessions(calendar="XNYS").between(ns("2024-12-24T12:00"), None)
    assert [next(endless).day for _ in range(3)] == [date(2024, 12, 24), date(2024, 12, 26), date(2024, 12, 27)]


@pytest.mark.parametrize(
    ("sessions", "hours"),
    [
        (Sessions(), 365 * 24),
        (Sessions(session=REGULAR), 252 * 6.5),
        (Sessions(calendar="XNYS"), 252 * 6.5),
        (Sessions(calendar="24/7"), 365 * 24),
        (Sessions(calendar="XNYS", session=SessionHours(opens=14 * HOUR, closes=15 * HOUR)), 252),
    ],
)
def test_a_year_of_trading_time_counts_open_hours(sessions: Sessions, hours: float) -> None:
    assert sessions.trading_year_ns(ns("2024-11-28T12:00")) == hours * HOUR


def test_sessions_are_made_from_a_clock() -> None:
    clock = ClockSpec(zone=NEW_YORK, calendar="XNYS", session=RegularSession())
    assert Sessions.of(clock).settings == Sessions(NEW_YORK, "XNYS").settings == "('America/New_York', 'XNYS', None)"


@pytest.mark.parametrize(
    ("zone", "calendar", "session", "message"),
    [
        ("America/NewYork", None, None, "zone must be an IANA time zone, was 'America/NewYork'; did you mean 'Ame"),
        ("/etc/passwd", None, None, "zone must be an IANA time zone, was '/etc/passwd'"),
        ("UTC", "XNYSE", None, "calendar must be one of exchange_calendars, was 'XNYSE'; did you mean 'XNYS'?"),
        ("UTC", None, RegularSession(), "clock.session: regular needs clock.calendar, such as calendar: XNYS"),
    ],
)
def test_what_is_not_known_is_refused_by_name(
    zone: str, calendar: str | None, session: RegularSession | None, message: str
) -> None:
    with pytest.raises(SessionsError) as caught:
        Sessions(zone, calendar, session)
    assert str(caught.value).startswith(message)


def test_a_missing_calendar_package_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    with pytest.raises(SessionsError) as caught:
        Sessions(calendar="XNYS")
    assert str(caught.value) == ('calendar XNYS needs the package exchange_calendars: pip install "tradepit[data]"')


def test_a_calendar_that_the_package_cannot_build_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import exchange_calendars

    def broken(*_: object, **__: object) -> None:
        raise NotImplementedError("implemented by\nsubclasses")

    monkeypatch.setattr(exchange_calendars, "get_calendar", broken)
    with pytest.raises(SessionsError) as caught:
        Sessions(calendar="XNYS")
    version = exchange_calendars.__version__
    assert str(caught.value) == f"calendar XNYS of exchange_calendars {version} cannot be read: implemented by"


def test_the_end_of_a_calendar_is_an_error_and_no_endless_search() -> None:
    ended = Sessions(calendar="XHKG")
    with pytest.raises(SessionsError) as caught:
        ended.next_close(ns("2051-06-01"))
    assert str(caught.value).startswith("calendar XHKG has no session after 2051-05-31")
    with pytest.raises(SessionsError, match="no session after"):
        list(ended.between(ns("2051-06-01"), None))
    assert list(ended.between(ns("2051-06-01"), ns("2051-07-01"))) == []
