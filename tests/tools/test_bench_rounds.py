"""Rounds are measured in interpreters of their own, in turns, and the best counts."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

from tradepit.tools.bench import rounds
from tradepit.tools.bench.rounds import Round, RoundFailedError, best, last_line, own_round, peer_round, take_turns
from tradepit.tools.bench.works import FLOOR, SUBJECT, WORKS

SLOW_ROUND = Round(count=10, seconds=4.0, fills=1, final_equity=2.0, peak_memory_bytes=700)
FAST_ROUND = Round(count=10, seconds=2.0, fills=1, final_equity=2.0, peak_memory_bytes=500, version="1.2")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_best_round_is_the_fastest_with_the_highest_memory_of_all() -> None:
    assert best([SLOW_ROUND, FAST_ROUND, SLOW_ROUND]) == attrs.evolve(FAST_ROUND, peak_memory_bytes=700)


def test_speed_is_count_by_time() -> None:
    assert (SLOW_ROUND.per_second, FAST_ROUND.per_second) == (2.5, 5.0)


def test_sides_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, int]] = []

    def measured(work: object, label: str, count: int) -> Round:
        assert isinstance(work, type(WORKS["w1"]))
        asked.append((work.name, label, count))
        return attrs.evolve(SLOW_ROUND, seconds=float(len(asked)))

    monkeypatch.setattr(rounds, "own_round", measured)
    found: Mapping[str, Round] = take_turns(WORKS["w1"], [FLOOR, SUBJECT], count=7, rounds=2)
    assert asked == [("w1", FLOOR, 7), ("w1", SUBJECT, 7)] * 2
    assert {label: one.seconds for label, one in found.items()} == {FLOOR: 1.0, SUBJECT: 2.0}


def test_a_floor_is_measured_in_an_interpreter_of_its_own() -> None:
    found = own_round(WORKS["w1"], FLOOR, 20_000)
    assert found.seconds > 0
    assert found.peak_memory_bytes > 1_000_000
    assert attrs.evolve(found, seconds=1.0, peak_memory_bytes=1) == Round(
        count=20_000, seconds=1.0, fills=857, final_equity=996_657.0, peak_memory_bytes=1
    )


def test_a_round_that_ends_with_an_error_tells_its_last_line() -> None:
    with pytest.raises(RoundFailedError) as caught:
        own_round(WORKS["w1"], "no such side", 100)
    assert str(caught.value) == "KeyError: 'no such side'"


def engine(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Path:
    """Put a made-up engine where the probe, run by this interpreter, finds it."""
    (folder / "run_made_up.py").write_text(f'DISTRIBUTION = "pytest"\n{body}')
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return Path(sys.executable)


@pytest.mark.parametrize(("name", "bars"), [("ring", 0), ("w1", 50)])
def test_another_engine_gets_the_rules_and_the_bars_of_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, bars: int
) -> None:
    told = "task.fast + task.slow + task.quantity + task.cash + task.actors"
    python = engine(
        tmp_path,
        monkeypatch,
        "def w(task):\n"
        "    print('an engine that talks')\n"
        f"    return (lambda: None), lambda: (task.count, len(task.columns.closes), {told})\n"
        f"WORKS = {{{name!r}: w}}\n",
    )
    found = peer_round(python, "made_up", WORKS[name], 50)
    assert attrs.evolve(found, seconds=1.0, peak_memory_bytes=1) == Round(
        count=50,
        seconds=1.0,
        fills=bars,
        final_equity=10 + 30 + 100 + 1_000_000 + 8,
        peak_memory_bytes=1,
        version=pytest.__version__,
    )


def test_an_engine_that_raises_tells_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = engine(tmp_path, monkeypatch, "raise ImportError('libfast is missing')\n")
    with pytest.raises(RoundFailedError, match=r"^ImportError: libfast is missing$"):
        peer_round(python, "made_up", WORKS["ring"], 50)


def test_an_engine_that_dies_silently_tells_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = engine(tmp_path, monkeypatch, "raise SystemExit(7)\n")
    with pytest.raises(RoundFailedError, match=r"^ended with exit code 7$"):
        peer_round(python, "made_up", WORKS["ring"], 50)


def test_an_engine_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(command: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(command, 900)

    monkeypatch.setattr(subprocess, "run", hangs)
    with pytest.raises(RoundFailedError, match=r"^a round took longer than 900 s$"):
        own_round(WORKS["ring"], FLOOR, 50)


@pytest.mark.parametrize(
    ("text", "line"),
    [("", ""), ("\n \n", ""), ("one\n", "one"), ("Traceback\n  File\n  KeyError: 'x'  \n\n", "KeyError: 'x'")],
)
def test_the_last_line_that_says_something_is_told(text: str, line: str) -> None:
    assert last_line(text) == line
