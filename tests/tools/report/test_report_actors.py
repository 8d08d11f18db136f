"""What the report and the summary say of actors, mailboxes, crashes and links."""

import json
import math
import re
from typing import Any

import pytest
from rich.console import Console

from tradepit.scenarios import actor_figures
from tradepit.scenarios.expectations import duration_words
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.tools.report.page import report_html
from tradepit.tools.summary import render

QUIET: dict[str, Any] = {
    "tradepit": 1,
    "name": "actors",
    "clock": {"start": "2024-03-04 10:00", "end": "2024-03-04 10:10"},
    "market": {"X": {"gbm": {"start": 50, "volume": 1_000_000, "every": "1s"}}},
    "strategies": [{"use": "tradepit.scenarios.library.strategies:SmaCrossover", "name": "sma"}],
}


def _run(**sections: Any) -> Result:
    return run_scenario(loads(json.dumps({**QUIET, **sections})))


def _section(result: Result) -> str:
    _, start, rest = report_html(result).partition('<section id="actors">')
    return start + rest.partition("</section>")[0]


def _rows(section: str, table: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", section[section.index(f'id="{table}"') :].partition("</table>")[0], re.DOTALL)
    return [
        [re.sub(r"<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", row)] for row in rows if "<td" in row
    ]


def _summary(result: Result) -> str:
    return render(result, Console(width=80))


def test_a_quiet_run_has_the_table_alone_and_the_summary_says_nothing() -> None:
    result = _run()
    section = _section(result)
    assert [row[0] for row in _rows(section, "actors-table")] == list(result.actors)
    assert "<h3>" not in section
    assert re.search(r"^(crashes|ended|dead letters|mailboxes|links) ", _summary(result), re.MULTILINE) is None


def test_crashes_restarts_dead_letters_and_ends_are_told() -> None:
    result = _run(
        supervision={"actors": {"router": {"backoff": {"first": "2s"}}}},
        faults=[
            {"actor": "router", "do": "crash", "message": 1},
            {"actor": "portfolio", "do": "crash", "message": 4, "times": 2},
            {"actor": "strategy:sma", "do": "crash", "message": 300},
        ],
    )
    section = _section(result)
    told = [row[1:4] for row in _rows(section, "supervision-table")]
    assert ["router", "restarted", ""] in told
    assert ["strategy:sma", "ended", ""] in told
    assert "after 2 s, 0 messages replayed, by router" in section
    assert "InjectedCrash: told to crash on message 1 that it handled" in section
    assert {row[4] for row in _rows(section, "letters-table")} == {"crashed twice", "actor ended"}
    summary = _summary(result)
    assert re.search(r"^crashes +4, 3 restarts$", summary, re.MULTILINE)
    assert re.search(r"^ended +strategy:sma: crashed$", summary, re.MULTILINE)
    assert re.search(r"^dead letters +\d+ messages that nobody handled$", summary, re.MULTILINE)


def test_of_many_crashes_some_are_kept_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_figures, "MOST_EVENTS", 3)
    messages = (1, 2, 3, 5, 8, 13)
    result = _run(
        supervision={"components": {"intensity": 100, "backoff": {"first": "1s", "factor": 2, "most": "4s"}}},
        faults=[
            *({"actor": "portfolio", "do": "crash", "message": message} for message in messages),
            {"actor": "strategy:sma", "do": "crash", "message": 300},
            {"actor": "router", "do": "crash", "message": 10_000},
        ],
    )
    assert [type(event).__name__ for event in result.supervision] == [
        "ActorCrashed", "ActorRestarted", "ActorCrashed", "ActorEnded",
    ]  # fmt: skip
    counts = {kind: result.counts[kind] for kind in ("ActorCrashed", "ActorRestarted", "ActorEnded")}
    assert counts == {"ActorCrashed": 7, "ActorRestarted": 6, "ActorEnded": 1}
    assert result.actors["portfolio"].recovery_ns == 4e9  # after one that is not kept
    assert result.actors["strategy:sma"].recovery_ns == math.inf
    assert result.actors["router"].recovery_ns is None
    summary = _summary(result)
    assert re.search(r"^crashes +7, 6 restarts$", summary, re.MULTILINE)
    assert re.search(r"^faults +router: crashed 0 of the 1 time that it was told to$", summary, re.MULTILINE)
    assert "portfolio: crashed" not in summary.partition("faults")[2]
    assert "The first 4 of 14 are here." in _section(result)


def test_a_crowded_mailbox_is_drawn_over_time() -> None:
    result = _run(actors={"portfolio": {"service_time": "3s", "mailbox": {"capacity": 20, "overflow": "drop_oldest"}}})
    section = _section(result)
    assert section.count("<figure") == 1
    [path] = re.findall(r'<path d="([^"]*)"', section)
    heights = [float(height) for height in re.findall(r"V([\d.]+)", path)]
    assert (min(heights), path[:7]) == (2.0, "M0 60 H")
    assert re.search(r"^mailboxes +portfolio: \d+ messages dropped, at most 20 waiting", _summary(result), re.MULTILINE)


def test_what_links_did_is_told() -> None:
    result = _run(links={"any -> router": {"rules": [{"do": "duplicate", "for": "5min"}]}})
    hit = {(link.sender, verb): count for link in result.links for verb, count in link.rules if count}
    assert hit
    assert {(row[0], row[2]): int(row[3]) for row in _rows(_section(result), "links-table")} == hit
    for (sender, verb), count in hit.items():
        assert f"{sender} -> router: {verb} {count}" in _summary(result)


def test_the_notes_of_an_escalation_stand_with_the_failure() -> None:
    result = _run(
        supervision={"components": {"intensity": 0}}, faults=[{"actor": "portfolio", "do": "crash", "message": 5}]
    )
    note = "supervisor 'components' may restart 0 times in 5 s, and had"
    assert note in _summary(result)
    assert "may restart 0 times in 5 s, and had" in report_html(result)
    assert [row[2] for row in _rows(_section(result), "supervision-table")] == ["crashed", "escalated"]
    assert "nobody is above, the run ends" in _section(result)


@pytest.mark.parametrize(
    ("duration_ns", "words"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_500, "1.5 us"),
        (2_000_000, "2 ms"),
        (59 * 10**9, "59 s"),
        (9 * 10**10, "1.5 min"),
    ],
)
def test_a_duration_is_read_in_the_unit_of_its_size(duration_ns: int, words: str) -> None:
    assert duration_words(duration_ns) == words
