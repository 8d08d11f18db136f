"""What the report says of a session in real time."""

import re
from collections.abc import Callable
from datetime import UTC

import pytest

from tradepit.actors.kernel import Lateness
from tradepit.models.feed_events import LineRefused
from tradepit.scenarios.live_log import FeedAccount
from tradepit.scenarios.result import Result
from tradepit.tools.report.real_time import feed_in_words, lateness_in_words, real_time
from tradepit.tools.report.stamps import Stamps

S = 1_000_000_000
STAMPS = Stamps(UTC)
LATE = Lateness(deliveries=1_234, late=5, p50_ns=120_000, p99_ns=2_500_000, most_ns=1_234_567_890)


def feed(refused: int = 0, *, connections: int = 1, losses: int = 0) -> FeedAccount:
    lines = [
        LineRefused(
            address="127.0.0.1:9001", connection=1, line=number, symbol="", rule="json", text=f"no <JSON> {number}",
            time=number * S,
        )
        for number in range(1, min(refused, 1_000) + 1)
    ]  # fmt: skip
    return FeedAccount(connections=connections, losses=losses, refused=refused, events=[], refused_lines=lines)


def rows(section: str) -> list[list[str]]:
    found = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)
    return [re.findall(r"<td.*?>(.*?)</td>", row) for row in found if "<td" in row]


def test_a_run_in_virtual_time_has_no_such_section(make_result: Callable[..., Result]) -> None:
    assert str(real_time(make_result(), STAMPS)) == ""


def test_lateness_is_told_in_ms() -> None:
    assert lateness_in_words(LATE) == (
        "p50 0.12 ms, p99 2.50 ms, at most 1,234.57 ms; 5 of 1,234 instants came more than 1 ms late"
    )


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (feed(), "1 connection, lost 0 times, 0 lines refused"),
        (feed(1, connections=2, losses=1), "2 connections, lost 1 time, 1 line refused"),
        (feed(1_200, connections=1_000, losses=2), "1,000 connections, lost 2 times, 1,200 lines refused"),
    ],
)
def test_how_a_feed_fared_is_told_in_words(account: FeedAccount, words: str) -> None:
    assert feed_in_words(account) == words


@pytest.mark.parametrize(("refused", "note"), [(0, ""), (2, ""), (50, ""), (1_200, "The first 50 of 1,200 are here.")])
def test_refused_lines_are_listed_up_to_a_number_that_is_told(
    make_result: Callable[..., Result], refused: int, note: str
) -> None:
    section = str(real_time(make_result(lateness=LATE, feed=feed(refused)), STAMPS))
    assert lateness_in_words(LATE) in section
    assert rows(section) == [
        [f"1970-01-01 00:00:{number:02}", "127.0.0.1:9001", "1", str(number), f"no &lt;JSON&gt; {number}"]
        for number in range(1, min(refused, 50) + 1)
    ]
    assert ("<table>" in section) is bool(refused)
    assert re.findall(r"The first .* are here\.", section) == ([note] if note else [])


def test_a_paced_session_has_lateness_and_no_feed(make_result: Callable[..., Result]) -> None:
    section = str(real_time(make_result(lateness=LATE), STAMPS))
    assert "The feed" not in section
    assert "<h2>Real time</h2>" in section
