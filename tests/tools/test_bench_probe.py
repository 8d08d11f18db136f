"""Measuring is the same on every side and needs the standard library alone."""

import ast
import gc
import json
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradepit.tools.bench.peers import probe

FAKE_ENGINE = """
import numbers

DISTRIBUTION = "pytest"


def w1(task):
    done = []
    first = task.columns.closes[0] if len(task.columns.closes) else 0.0
    return lambda: done.append(task.cash), lambda: (task.count, len(done), first)


WORKS = {"w1": w1}
"""


@pytest.fixture(autouse=True)
def all_cores_again() -> Iterator[None]:
    """Give the tests after this one back the cores that measuring gives up."""
    if not hasattr(os, "sched_getaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    yield
    os.sched_setaffinity(0, cores)


def order(data: str) -> str:
    settings = {"work": "w1", "count": 7, "fast": 10, "slow": 30, "quantity": 100, "cash": 5, "actors": 8, "bar_ns": 60}
    return json.dumps(settings | {"data": data})


def test_what_is_timed_is_called_once_and_the_collector_is_left_as_it_was() -> None:
    calls: list[int] = []
    frozen_inside: list[int] = []

    def run() -> None:
        calls.append(1)
        frozen_inside.append(gc.get_freeze_count())

    seconds = probe.seconds_of(run)
    assert (calls, isinstance(seconds, float), gc.get_freeze_count()) == ([1], True, 0)
    assert frozen_inside[0] > 0


def test_the_collector_is_left_as_it_was_when_the_work_raises() -> None:
    def run() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        probe.seconds_of(run)
    assert gc.get_freeze_count() == 0


def test_columns_are_read_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(
        "time,open,high,low,close,volume\n2020-01-01T00:01:00Z,1,3,0.5,2,10\n1970-01-01T00:00:01Z,2,2,2,2,0\n"
    )
    assert [list(column) for column in probe.read_columns(path)] == [
        [1_577_836_860_000_000_000, 1_000_000_000],
        [1.0, 2.0],
        [3.0, 2.0],
        [0.5, 2.0],
        [2.0, 2.0],
        [10.0, 0.0],
    ]


def test_peak_memory_is_that_of_this_process() -> None:
    before = probe.peak_memory_bytes()
    block = bytearray(before + 50_000_000)
    assert probe.peak_memory_bytes() >= len(block)


@pytest.mark.parametrize(("system", "unit"), [("darwin", 1), ("linux", 1024)])
def test_peak_memory_is_asked_of_the_system_where_there_is_no_high_water_mark(
    monkeypatch: pytest.MonkeyPatch, system: str, unit: int
) -> None:
    class Usage:
        ru_maxrss = 12_345

    monkeypatch.setattr(Path, "exists", lambda _: False)
    monkeypatch.setattr(resource, "getrusage", lambda _: Usage)
    monkeypatch.setattr(sys, "platform", system)
    assert probe.peak_memory_bytes() == 12_345 * unit


def test_peak_memory_is_asked_of_the_system_where_the_high_water_mark_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Usage:
        ru_maxrss = 3

    monkeypatch.setattr(Path, "read_text", lambda _: "Name:\tpython\n")
    monkeypatch.setattr(resource, "getrusage", lambda _: Usage)
    monkeypatch.setattr(sys, "platform", "linux")
    assert probe.peak_memory_bytes() == 3 * 1024


chooses_cores = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system chooses cores itself")


@chooses_cores
def test_measuring_keeps_to_one_core() -> None:
    cores = os.sched_getaffinity(0)
    probe.keep_to_one_core()
    assert os.sched_getaffinity(0) == {max(cores)}


@chooses_cores
def test_measuring_goes_on_where_cores_cannot_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = os.sched_getaffinity(0)
    monkeypatch.delattr(os, "sched_setaffinity")
    probe.keep_to_one_core()
    assert os.sched_getaffinity(0) == cores


@pytest.mark.parametrize(("has_bars", "first_close"), [(True, 2.0), (False, 0.0)])
def test_one_engine_is_measured_and_told_as_one_json_object(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    has_bars: bool,
    first_close: float,
) -> None:
    (tmp_path / "run_fake.py").write_text(FAKE_ENGINE)
    data = tmp_path / "bars.csv"
    data.write_text("time,open,high,low,close,volume\n2020-01-01T00:01:00Z,1,3,0.5,2,10\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "run_fake", raising=False)
    probe.main(["fake", order(str(data) if has_bars else "")])
    told = json.loads(capsys.readouterr().out)
    assert told.pop("seconds") >= 0
    assert told.pop("peak_memory_bytes") > 0
    assert told == {
        "name": "fake",
        "version": pytest.__version__,
        "work": "w1",
        "count": 7,
        "fills": 1,
        "final_equity": first_close,
        "collects_garbage": True,
    }


def test_files_for_other_engines_import_nothing_of_ours_when_they_run() -> None:
    allowed = sys.stdlib_module_names
    wrong = []
    for path in sorted(Path(probe.__file__).parent.glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            match node:
                case ast.Import(names=names):
                    wrong += [(path.name, alias.name) for alias in names if alias.name.split(".")[0] not in allowed]
                case ast.ImportFrom(module=str(module)) if module.split(".")[0] not in allowed:
                    wrong.append((path.name, module))
    assert wrong == []
