"""The line that shows how a session in real time stands: said once, then drawn on a terminal only."""

import re
from io import StringIO

import pytest
import trio

from tradepit.actors.kernel import Pace
from tradepit.scenarios.loader import loads
from tradepit.scenarios.wiring import wire
from tradepit.tools.live_line import LiveLine, line_of

SECOND = 10**9
SCENARIO = """\
{tradepit: 1, name: a, clock: {start: 2024-01-02 09:00, end: 2024-01-03, zone: America/New_York},
 market: {A: {gbm: {}}}}
"""


class Terminal(StringIO):
    """A terminal that remembers what it was sent."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that stands where it was put."""

    now = 0

    def __call__(self) -> int:
        return self.now


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")


def test_the_line_has_time_data_equity_orders_and_lateness() -> None:
    system = wire(loads(SCENARIO), identity={}, about={}, speed=1e-9).system
    assert system.pace is not None
    system.pace.begin(system.now)
    system.streamed = 1_234
    system.pace.note(0)
    assert line_of(system, "America/New_York") == (
        "2024-01-02 09:01:00  1,234 market data  no account yet  0 orders open  p99 0.0 ms late"
    )
    heard: list[str] = []
    system = wire(
        loads(SCENARIO), identity={}, about={}, speed=1e12, on_yield=lambda s: heard.append(line_of(s, "UTC"))
    ).system
    trio.run(system.run)
    assert "  equity 1,000,000.00  " in line_of(system, "UTC")


def test_at_great_speed_the_clock_shows_the_last_time_that_there_is() -> None:
    system = wire(loads(SCENARIO), identity={}, about={}, speed=1e30).system
    assert system.pace is not None
    system.pace.begin(system.now)
    assert line_of(system, "UTC").startswith("2262-04-11 23:47:16  ")


def test_a_terminal_gets_the_line_four_times_a_second_and_is_left_clean() -> None:
    system = wire(loads(SCENARIO), identity={}, about={}, speed=1e-9).system
    assert isinstance(system.pace, Pace)
    system.pace.begin(system.now)
    stream, clock = Terminal(), Clock()
    with LiveLine("it runs", "UTC", stream=stream, clock=clock) as line:
        line(system)
        first = stream.getvalue()
        system.streamed = 7
        clock.now = SECOND // 4 - 1
        line(system)
        assert stream.getvalue() == first
        clock.now += 1
        line(system)
    assert first.startswith("it runs\n")
    assert "0 market data" in first
    drawn = stream.getvalue().removeprefix(first)
    assert "7 market data" in drawn
    assert re.search(r"\x1b\[2K$|\x1b\[\?25h", drawn) is not None


def test_what_is_no_terminal_is_told_once_that_it_runs() -> None:
    system = wire(loads(SCENARIO), identity={}, about={}, speed=1.0).system
    stream, clock = StringIO(), Clock()
    with LiveLine("it runs", "UTC", stream=stream, clock=clock) as line:
        for clock.now in range(0, 3 * SECOND, SECOND):
            line(system)
    assert stream.getvalue() == "it runs\n"


def test_who_wants_quiet_hears_nothing() -> None:
    system = wire(loads(SCENARIO), identity={}, about={}, speed=1.0).system
    stream = Terminal()
    with LiveLine("it runs", "UTC", quiet=True, stream=stream) as line:
        line(system)
    assert stream.getvalue() == ""
