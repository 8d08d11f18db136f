"""`make bench` measures all sides in turns; an engine that fails stops nothing."""

from pathlib import Path

import attrs
import pytest
from click.testing import CliRunner

from tradepit.tools.bench import compare as comparison
from tradepit.tools.bench import measure
from tradepit.tools.bench.compare import compare, main
from tradepit.tools.bench.environments import NotInstalledError, Peer
from tradepit.tools.bench.peers.probe import Measured
from tradepit.tools.bench.rounds import Round, RoundFailedError
from tradepit.tools.bench.table import Row, Section
from tradepit.tools.bench.works import FLOOR, SUBJECT, WORKS, Work


def floor(count: int) -> Measured:
    return Measured(count, 1.0)


WORK = Work(name="w1", title="a work", unit="bars", count=400, on_bars=True, floor=floor, subject=floor)
GOOD, LATE, ABSENT, OTHER = (
    Peer(name=name, distribution=name, works=frozenset({work}))
    for name, work in (("good", "w1"), ("late", "w1"), ("absent", "w1"), ("other", "ring"))
)


def a_round(count: int, seconds: float) -> Round:
    return Round(count=count, seconds=seconds, fills=2, final_equity=1.0, peak_memory_bytes=9)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Measure nothing, remember the turns: each takes a second less than the one before."""
    asked: list[str] = []

    def own_round(work: Work, label: str, count: int) -> Round:
        asked.append(label)
        return a_round(count, 100.0 - len(asked))

    def python_of(peer: Peer) -> Path:
        if peer is ABSENT:
            asked.append("no absent")
            raise NotInstalledError("No matching distribution")
        return Path(peer.name, "python")

    def peer_round(python: Path, engine: str, work: Work, count: int) -> Round:
        assert python == Path(engine, "python")
        if asked.count(engine) and engine == "late":
            asked.append("late fails")
            raise RoundFailedError("OSError: no /home/me/x.so")
        asked.append(engine)
        return a_round(count, 100.0 - len(asked))

    monkeypatch.setattr(comparison, "own_round", own_round)
    monkeypatch.setattr(comparison, "python_of", python_of)
    monkeypatch.setattr(comparison, "peer_round", peer_round)
    return asked


def test_all_sides_take_turns_and_a_failed_engine_is_not_tried_again(asked: list[str]) -> None:
    sections = compare([WORK], [OTHER, LATE, ABSENT, GOOD], rounds=3, count=50)
    assert asked == [
        *(FLOOR, SUBJECT, "late", "no absent", "good"),
        *(FLOOR, SUBJECT, "late fails", "good"),
        *(FLOOR, SUBJECT, "good"),
    ]
    assert sections == [
        Section(
            work=WORK,
            count=50,
            rounds=3,
            rows=[
                Row(label=FLOOR, found=a_round(50, 90.0)),
                Row(label=SUBJECT, found=a_round(50, 89.0)),
                Row(label="late", reason="OSError: no …x.so"),
                Row(label="absent", reason="No matching distribution"),
                Row(label="good", found=a_round(50, 88.0)),
            ],
        )
    ]


def test_a_work_says_itself_how_much_there_is_to_do(asked: list[str]) -> None:
    assert [(section.count, section.rounds) for section in compare([WORK], [], rounds=1)] == [(400, 1)]


@pytest.fixture
def sections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Let the command compare made-up rounds, whose equity the test may change; remember what it asked for."""
    asked: list[object] = []

    def made_up(works: list[Work], *, rounds: int, count: int | None) -> list[Section]:
        asked.append(([work.name for work in works], rounds, count))
        one = a_round(1000, 1.0)
        other = attrs.evolve(one, final_equity=1.0 if count == 1000 else 7.0)
        rows = [Row(label=FLOOR, found=one), Row(label="good", found=other)]
        return [Section(work=works[0], count=1000, rounds=rounds, rows=rows)]

    monkeypatch.setattr(comparison, "compare", made_up)
    return asked


def test_the_command_writes_the_page_and_shows_it(sections: list[object], tmp_path: Path) -> None:
    out = tmp_path / "page.md"
    done = CliRunner().invoke(main, ["w1", "--rounds", "2", "--count", "1000", "--out", str(out)])
    assert (done.exit_code, sections) == (0, [(["w1"], 2, 1000)])
    assert done.output.removesuffix("\n") in out.read_text()
    assert "| good |" in done.output


def test_the_command_fails_when_a_side_did_other_work(sections: list[object], tmp_path: Path) -> None:
    out = tmp_path / "page.md"
    done = CliRunner().invoke(main, ["--out", str(out)])
    assert (done.exit_code, sections) == (1, [(list(WORKS), 3, None)])
    assert "no: final equity 7.00 instead of 1.00" in out.read_text()


def test_the_command_names_a_work_that_it_does_not_know(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["rings", "--out", str(tmp_path / "page.md")])
    assert (done.exit_code, done.output) == (
        1,
        "Error: a work must be one of ring, ring-tasks, w1, w1b, w2, was 'rings'; did you mean ring?\n",
    )


def test_one_side_is_measured_and_told_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure, "WORKS", {"w1": WORK})
    monkeypatch.setattr(measure, "keep_to_one_core", lambda: None)
    monkeypatch.setattr("tradepit.tools.bench.peers.probe.peak_memory_bytes", lambda: 77)
    measure.main(["w1", "Tradepit", "30"])
    assert capsys.readouterr().out == (
        '{"count": 30, "seconds": 1.0, "fills": 0, "final_equity": 0.0, "peak_memory_bytes": 77,'
        ' "collects_garbage": true}\n'
    )
