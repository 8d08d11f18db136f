"""Scenarios live in files, and name data files and strategies beside them."""

from pathlib import Path
from typing import Any

import pytest

from tradepit.scenarios.loader import load, loads
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.tree import FileSource
from tradepit.scenarios.writer import dump

SMALL = """\
tradepit: 1
name: small
clock: {start: 2024-01-02, end: 2024-01-03}
market:
  ACME: {gbm: {}}
"""


def problems_of(text: str, **options: Any) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loads(text, "f.yaml", **options)
    return [str(problem) for problem in caught.value.problems]


def file_problems(path: Any) -> Any:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return [str(problem) for problem in caught.value.problems]


def test_a_missing_file_is_told_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("flash.yaml").write_text(SMALL)
    assert file_problems("flahs.yaml") == ["flahs.yaml: no such file; did you mean flash.yaml?"]
    assert file_problems("elsewhere/x.yaml") == ["elsewhere/x.yaml: no such file"]
    assert file_problems("flash.yaml/x.yaml") == ["flash.yaml/x.yaml: cannot be read: Not a directory"]
    assert file_problems(".") == [".: must be a file, not a directory"]


def test_a_file_that_is_not_utf_8_is_refused_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_bytes(b"tradepit: 1\nname: caf\xe9\n")
    assert file_problems("x.yaml") == ["x.yaml:2:10: a scenario is text in UTF-8, was byte 0xe9"]


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "bom.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())
    assert load(file) == loads(SMALL)


def test_data_files_and_strategies_must_exist_in_the_scenarios_directory(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spy.csv").write_text("time,open,high,low,close,volume\n")
    (tmp_path / "mine.py").write_text("")
    text = (
        "tradepit: 1\nname: x\nmarket: {A: {file: %s, columns: {time: Date}, zone: America/New_York, faulty: skip}}\n"
    )
    right = loads(text % "data/spy.csv" + "strategies: [{use: mine.py:Mine}]", directory=tmp_path)
    assert right.resolve("data/spy.csv") == tmp_path / "data/spy.csv"
    assert right.strategies[0].use == "./mine.py:Mine"
    assert problems_of(text % "data/spx.csv" + "strategies: [{use: ./mime.py:Mine}]", directory=tmp_path) == [
        "f.yaml:3:20: market.A.file: no such file, was data/spx.csv; did you mean data/spy.csv?",
        "f.yaml:4:20: strategies[0].use: no such file, was ./mime.py:Mine; did you mean ./mine.py?",
    ]
    assert problems_of(text % "data", directory=tmp_path) == [
        "f.yaml:3:20: market.A.file: must be a file, not a directory, was data"
    ]
    assert problems_of(text % ('"' + "x" * 5000 + '"'), directory=tmp_path)[0].startswith(
        "f.yaml:3:20: market.A.file: no such file"
    )


def test_a_files_columns_and_stamps_are_checked(tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text("")
    text = "tradepit: 1\nname: x\nmarket: {A: {file: q.csv, %s}}\n"
    assert problems_of(text % "columns: {tiem: t, open: o}", directory=tmp_path) == [
        (
            "f.yaml:3:37: market.A.columns.tiem: columns of bars are time, open, high, low, close, volume, vwap,"
            " was tiem; did you mean time?"
        )
    ]
    assert problems_of(text % "as: quotes, columns: {zzz: t}", directory=tmp_path) == [
        "f.yaml:3:49: market.A.columns.zzz: columns of quotes are time, bid, ask, bid_size, ask_size, was zzz"
    ]
    assert problems_of(text % "crossed: keep", directory=tmp_path) == [
        "f.yaml:3:36: market.A.crossed: quotes may be crossed, bars cannot, was keep; write as: quotes"
    ]
    assert problems_of(text % "as: quotes, crossed: kept", directory=tmp_path) == [
        "f.yaml:3:48: market.A.crossed: must be one of faulty, keep, was kept; did you mean keep?"
    ]
    kept = loads(text % "as: quotes, crossed: keep", directory=tmp_path)
    assert kept.market == {"A": FileSource(file="q.csv", as_="quotes", crossed="keep")}
    assert loads(dump(kept), directory=tmp_path) == kept
    assert problems_of(text % "stamp: open", directory=tmp_path) == [
        "f.yaml:3:34: market.A.stamp: bars stamped with their open need their length, was open; write every: 1min"
    ]
    right = loads(text % "stamp: open, every: 1min", directory=tmp_path)
    assert right.market == {"A": FileSource(file="q.csv", stamp="open", every=60 * 10**9)}


def test_a_calendar_must_be_known() -> None:
    pytest.importorskip("exchange_calendars")
    text = SMALL.replace("clock: {", "clock: {session: regular, calendar: %s, ")
    assert loads(text % "XNYS").clock.calendar == "XNYS"
    (problem,) = problems_of(text % "XNYX")
    assert problem.startswith("f.yaml:3:")
    assert ": clock.calendar: " in problem
    assert "XNYX" in problem
