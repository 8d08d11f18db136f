"""The progress bar: only for those who wait, only on a terminal, and gone in the end."""

import re
from io import StringIO
from typing import cast

import pytest

from tradepit.actors.kernel import System
from tradepit.tools.progress import Bar, RunProgress, waiting

SECOND = 10**9


class Terminal(StringIO):
    """A terminal that remembers what it was sent."""

    def isatty(self) -> bool:
        return True

    @property
    def last(self) -> str:
        """Return the last thing drawn, without what moves the cursor or colours."""
        drawn = [part for part in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.getvalue()).split("\r") if part.strip()]
        return drawn[-1].strip() if drawn else ""


class Clock:
    """A clock that stands where it was put."""

    now = 0

    def __call__(self) -> int:
        return self.now


class Run:
    """As much of a system as a bar looks at."""

    def __init__(self, now: int, streamed: int) -> None:
        self.now = now
        self.streamed = streamed


def tell(bar: RunProgress, now: int, streamed: int) -> None:
    bar(cast("System", Run(now, streamed)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def test_a_run_of_less_than_a_second_shows_nothing(clock: Clock) -> None:
    stream = Terminal()
    with RunProgress(0, 100, stream=stream, clock=clock) as bar:
        clock.now = SECOND - 1
        tell(bar, 99, 1)
    assert stream.getvalue() == ""


def test_a_longer_run_shows_share_rate_and_time_left(clock: Clock) -> None:
    stream = Terminal()
    with RunProgress(1_000, 2_000, stream=stream, clock=clock) as bar:
        clock.now = 2 * SECOND
        tell(bar, 1_250, 500_000)
        assert stream.last.split()[1:] == ["25%", "250,000", "events/s", "0:06", "left"]
        clock.now = 4 * SECOND
        tell(bar, 1_500, 500_000)
        assert stream.last.split()[1:] == ["50%", "125,000", "events/s", "0:04", "left"]
        before = stream.getvalue()
        clock.now += SECOND // 10 - 1
        tell(bar, 1_900, 500_000)
        assert stream.getvalue() == before
    assert all(len(line) <= 80 for line in stream.last.splitlines())
    assert stream.getvalue() != before
    assert stream.getvalue().endswith("\x1b[2K")


def test_hours_are_told_as_such(clock: Clock) -> None:
    stream = Terminal()
    with RunProgress(0, 10_000, stream=stream, clock=clock) as bar:
        clock.now = 2 * SECOND
        tell(bar, 1, 10)
        assert stream.last.endswith("5:33:18 left")


@pytest.mark.parametrize(("start", "end"), [(None, None), (0, None)])
def test_a_run_whose_end_nobody_knows_shows_its_rate(start: int | None, end: int | None, clock: Clock) -> None:
    stream = Terminal()
    with RunProgress(start, end, stream=stream, clock=clock) as bar:
        clock.now = 2 * SECOND
        tell(bar, 5, 10)
        assert stream.last.split()[1:] == ["5", "events/s"]


def test_a_start_that_nobody_named_is_the_first_that_is_heard_of(clock: Clock) -> None:
    stream = Terminal()
    with RunProgress(None, 2_000, stream=stream, clock=clock) as bar:
        tell(bar, 1_000, 0)
        clock.now = 2 * SECOND
        tell(bar, 1_500, 10)
        assert "50%" in stream.last


def test_nothing_is_left_to_say_before_anything_is_done(clock: Clock) -> None:
    stream = Terminal()
    with RunProgress(5, 5, stream=stream, clock=clock) as bar:
        clock.now = 2 * SECOND
        tell(bar, 5, 10)
        assert stream.last.split()[1:] == ["0%", "5", "events/s"]


@pytest.mark.parametrize(("stream", "quiet"), [(StringIO(), False), (Terminal(), True)])
def test_nothing_is_drawn_where_nobody_looks(stream: StringIO, quiet: bool, clock: Clock) -> None:
    with RunProgress(0, 10, stream=stream, quiet=quiet, clock=clock) as bar:
        clock.now = 5 * SECOND
        tell(bar, 5, 10)
    assert stream.getvalue() == ""


def test_a_hidden_bar_comes_back_after_a_while(clock: Clock) -> None:
    stream = Terminal()
    with Bar("scenarios", total=4, stream=stream, clock=clock) as bar:
        clock.now = 2 * SECOND
        bar.show(1, 1)
        bar.hide()
        hidden = stream.getvalue()
        clock.now = 2 * SECOND + SECOND // 2
        bar.show(2, 2)
        assert stream.getvalue() == hidden
        clock.now = 4 * SECOND
        bar.show(2, 2)
        assert stream.last.split()[1:] == ["50%", "0", "scenarios/s", "0:04", "left"]


@pytest.mark.parametrize(
    ("stream", "quiet", "drawn"), [(Terminal(), False, True), (Terminal(), True, False), (StringIO(), False, False)]
)
def test_what_cannot_be_counted_is_said_in_words_on_a_terminal(stream: StringIO, quiet: bool, drawn: bool) -> None:
    with waiting("writing the report", quiet=quiet, stream=stream):
        pass
    assert ("writing the report" in stream.getvalue()) is drawn
