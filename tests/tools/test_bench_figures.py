"""`tradepit bench` shows Tradepit beside its floors."""

from collections.abc import Mapping, Sequence

import pytest

from tradepit.tools.bench import figures, works
from tradepit.tools.bench.figures import bench_json, peak_memory_bytes
from tradepit.tools.bench.peers.probe import Measured
from tradepit.tools.bench.rounds import Round
from tradepit.tools.bench.works import FLOOR, SUBJECT, UnknownWorkError, Work, named


def floor(count: int) -> Measured:
    return Measured(count, 1.0)


def a_work(name: str, *, with_subject: bool = True) -> Work:
    return Work(
        name=name,
        title="a work",
        unit="things",
        count=400,
        on_bars=False,
        floor=floor,
        subject=floor if with_subject else None,
        variants={"journal off": floor},
    )


WORKS = {work.name: work for work in (a_work("ring"), a_work("w1"), a_work("w1b", with_subject=False))}


@pytest.fixture(autouse=True)
def made_up_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "named", lambda names: named(names, WORKS))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Measure nothing, and remember what was to be measured."""
    asked: list[object] = []

    def one(count: int, seconds: float) -> Round:
        return Round(count=count, seconds=seconds, fills=0, final_equity=0.0, peak_memory_bytes=count * 10)

    def take_turns(work: Work, labels: Sequence[str], *, count: int, rounds: int) -> Mapping[str, Round]:
        asked.append((work.name, list(labels), count, rounds))
        return {FLOOR: one(count, 1.0), SUBJECT: one(count, 4.0)}

    def own_round(work: Work, label: str, count: int) -> Round:
        asked.append((work.name, label, count))
        return one(count, 1.0)

    monkeypatch.setattr(figures, "take_turns", take_turns)
    monkeypatch.setattr(figures, "own_round", own_round)
    return asked


def test_each_work_has_its_speed_its_floors_and_their_ratio(asked: list[object]) -> None:
    assert bench_json(["w1", "ring"]) == {
        "w1": {"per_second": 100.0, "floor_per_second": 400.0, "ratio": 0.25},
        "ring": {"per_second": 100.0, "floor_per_second": 400.0, "ratio": 0.25},
    }
    assert asked == [("w1", [FLOOR, SUBJECT], 400, 3), ("ring", [FLOOR, SUBJECT], 400, 3)]


def test_count_and_rounds_can_be_chosen(asked: list[object]) -> None:
    assert bench_json(["w1"], rounds=1, count=8)["w1"]["per_second"] == 2.0
    assert asked == [("w1", [FLOOR, SUBJECT], 8, 1)]


def test_no_names_mean_all_that_tradepit_does(asked: list[object]) -> None:
    assert list(bench_json([])) == ["ring", "w1"]


@pytest.mark.parametrize(("count", "done"), [(None, 400), (8, 8)])
def test_peak_memory_is_of_one_round_of_tradepit_alone(asked: list[object], count: int | None, done: int) -> None:
    assert (peak_memory_bytes("w1", count=count), asked) == (done * 10, [("w1", SUBJECT, done)])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("w1bb", "a work must be one of ring, w1, w1b, was 'w1bb'; did you mean w1b?"),
        ("speed", "a work must be one of ring, w1, w1b, was 'speed'"),
        ("w1b", "w1b is measured for other engines only, Tradepit has no side in it"),
    ],
)
def test_a_name_that_cannot_be_measured_is_refused_before_anything_is(
    asked: list[object], name: str, message: str
) -> None:
    with pytest.raises(UnknownWorkError) as caught:
        bench_json(["ring", name])
    assert (str(caught.value), asked) == (message, [])


def test_sides_are_the_floor_tradepit_and_its_variants() -> None:
    assert [list(a_work("w1", with_subject=with_subject).sides) for with_subject in (True, False)] == [
        ["plain loop", "Tradepit", "Tradepit, journal off"],
        ["plain loop", "Tradepit, journal off"],
    ]


def test_works_go_by_their_names() -> None:
    assert {name: work.name for name, work in works.WORKS.items()} == {
        name: name for name in ("ring", "ring-tasks", "w1", "w1b", "w2")
    }
