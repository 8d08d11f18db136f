import random
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, MarketEvent, Quote
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources import SourceError, open_source
from tradepit.scenarios.tree import Faulty, FileSource, MarketKind, Stamp

MINUTE = 60_000_000_000
START = 1_704_187_800_000_000_000  # 2024-01-02 09:30 UTC
STAMPS = [START, START + MINUTE]
COLUMNS: dict[str, Any] = {
    "open": [10.0, 11.0],
    "high": [12.0, 13.0],
    "low": [9.0, 10.0],
    "close": [11.0, 12.0],
    "volume": [100.0, 200.0],
}


def bars(*times: int) -> list[MarketEvent]:
    return [
        Bar(symbol="X", time=time, **{name: cells[i] for name, cells in COLUMNS.items()})
        for i, time in enumerate(times)
    ]


def written(tmp_path: Path, time: Any, **columns: Any) -> Path:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"time": time, **COLUMNS, **columns}), path)
    return path


def read(path: Path, *, zone: str = "UTC", **spec: Any) -> tuple[list[MarketEvent], dict[str, int]]:
    source = open_source(
        "X",
        FileSource(file=path.name, **spec),
        instrument=Instrument(symbol="X"),
        sessions=Sessions(zone),
        start_ns=None,
        end_ns=None,
        rng=random.Random(0),
        directory=path.parent,
    )
    return list(source), dict(source.problems)


def refused(path: Path, **spec: Any) -> str:
    with pytest.raises(SourceError) as caught:
        read(path, **spec)
    return str(caught.value)


@pytest.mark.parametrize(
    "time",
    [
        pa.array(STAMPS, pa.timestamp("ns", "UTC")),
        pa.array(STAMPS, pa.timestamp("ns", "America/New_York")),
        pa.array([t // 1000 for t in STAMPS], pa.timestamp("us", "UTC")),
        pa.array([t // 1_000_000 for t in STAMPS], pa.timestamp("ms")),
        pa.array([t // 1_000_000_000 for t in STAMPS], pa.timestamp("s")),
        pa.array(STAMPS),
        pa.array(STAMPS, pa.uint64()),
        pa.array([t // 1_000_000_000 for t in STAMPS], pa.int32()),
        pa.array([t / 1_000_000_000 for t in STAMPS], pa.float64()),
        pa.array(["2024-01-02 09:30:00", "2024-01-02 09:31:00"]),
        pa.array(["2024-01-02 09:30:00Z", "2024-01-02 09:31:00Z"], pa.large_string()),
        pa.array(["2024-01-02 09:30:00Z", "2024-01-02 09:31:00Z"]).dictionary_encode(),
    ],
    ids=lambda column: str(column.type),
)
def test_time_may_be_a_timestamp_an_epoch_or_text(tmp_path: Path, time: Any) -> None:
    assert read(written(tmp_path, time)) == (bars(*STAMPS), {})


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()], ids=str)
def test_a_date_is_its_sessions_close(tmp_path: Path, kind: Any) -> None:
    time = pa.array([date(2024, 1, 2), date(2024, 1, 3)], kind)
    five = 5 * 60 * MINUTE
    closes = [1_704_240_000_000_000_000 + five, 1_704_326_400_000_000_000 + five]
    assert read(written(tmp_path, time), zone="America/New_York", every=MINUTE, stamp=Stamp.OPEN)[0] == bars(*closes)


def test_wall_clock_time_is_in_the_sources_zone_or_else_the_clocks(tmp_path: Path) -> None:
    path = written(tmp_path, pa.array(STAMPS, pa.timestamp("ns")))
    new_york, berlin = (bars(*(t + hours * 60 * MINUTE for t in STAMPS)) for hours in (5, -1))
    assert read(path, zone="America/New_York")[0] == new_york
    assert read(path, zone="America/New_York", faulty=Faulty.SKIP)[0] == new_york
    spec = FileSource(file=path.name, zone="Europe/Berlin")
    source = open_source(
        "X",
        spec,
        instrument=Instrument(symbol="X"),
        sessions=Sessions("America/New_York"),
        start_ns=None,
        end_ns=None,
        rng=random.Random(0),
        directory=tmp_path,
    )
    assert list(source) == berlin


@pytest.mark.parametrize(
    "kind", [pa.float32(), pa.float16(), pa.int8(), pa.uint64(), pa.string(), pa.decimal128(9, 2)], ids=str
)
def test_numbers_may_have_any_type_of_number(tmp_path: Path, kind: Any) -> None:
    cells = [Decimal(11), Decimal(12)] if pa.types.is_decimal(kind) else [11, 12]
    column = pa.array(["11", "12"]) if kind == pa.string() else pa.array(cells).cast(kind)
    assert read(written(tmp_path, STAMPS, close=column)) == (bars(*STAMPS), {})


def test_empty_cells_are_missing_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, STAMPS, volume=pa.array([None, 200.0]), vwap=pa.array([None, 11], pa.int64()))
    assert refused(path) == "x.parquet:1: volume must be a number at or above 0, was nan"
    events, problems = read(path, faulty=Faulty.REPAIR)
    assert [(e.volume, e.vwap) for e in events if isinstance(e, Bar)] == [(0.0, None), (200.0, 11.0)]
    assert problems == {"volume repaired": 1}


def test_a_column_of_nothing_but_nulls_is_empty(tmp_path: Path) -> None:
    path = written(tmp_path, STAMPS, close=pa.nulls(2))
    assert refused(path) == "x.parquet:1: close must be a finite number, was nan"


@pytest.mark.parametrize(
    ("time", "message"),
    [
        (pa.array([STAMPS[1], STAMPS[0]]), "x.parquet:2: time must not run backwards, was 2024-01-02T09:30:00Z after"),
        (pa.array([STAMPS[0], None]), "x.parquet:2: time must be given, was empty"),
        (pa.array([STAMPS[0], None], pa.timestamp("ns")), "x.parquet:2: time must be given, was empty"),
        (pa.array([STAMPS[0], None], pa.timestamp("ns", "UTC")), "x.parquet:2: time must be given, was empty"),
        (pa.array([0.0, float("nan")]), "x.parquet:2: time must be given, was empty"),
        (
            pa.array([-(2**62), 2**62], pa.timestamp("ms")),
            "x.parquet:1: time must lie between 1677-09-22 and 2262-04-11",
        ),
        (pa.array([-(2**62), 1], pa.timestamp("us", "UTC")), "x.parquet:1: time must lie between 1677-09-22 and"),
        (pa.array([2**63, 2**63 + 1], pa.uint64()), "x.parquet:1: time must lie between 1677-09-22 and 2262-04-11"),
        (pa.array(["x", "y"]), "x.parquet:1: time must be ISO 8601"),
        (pa.array([True, False]), "x.parquet: column 'time' must hold timestamps, dates, epochs or text, was bool"),
        (pa.array([1, 2], pa.time32("s")), "x.parquet: column 'time' must hold timestamps, dates, epochs or text, was"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_its_row(tmp_path: Path, time: Any, message: str) -> None:
    assert refused(written(tmp_path, time)).startswith(message)


@pytest.mark.parametrize(
    ("close", "message"),
    [
        (pa.array([True, False]), "x.parquet: column 'close' must hold numbers, was bool"),
        (pa.array([1, None], pa.timestamp("us")), "x.parquet: column 'close' must hold numbers, was timestamp[us]"),
        (pa.array([[1.0], [2.0]]), "x.parquet: column 'close' must hold numbers, was list<"),
        (pa.array(["11", "twelve"]), "x.parquet:2: close must be a number, was 'twelve'"),
        (pa.array(["11", "1_2"]), "x.parquet:2: close must be a number, was '1_2'"),
    ],
)
def test_a_column_of_the_wrong_type_is_refused(tmp_path: Path, close: Any, message: str) -> None:
    assert refused(written(tmp_path, STAMPS, close=close)).startswith(message)


def test_rows_are_numbered_through_all_batches(tmp_path: Path) -> None:
    count = 30_000
    table = {
        "time": [START + i for i in range(count)],
        "bid": [9.0] * count,
        "ask": [10.0 if i != 20_000 else 8.0 for i in range(count)],
        "bid_size": [1] * count,
        "ask_size": [1] * count,
    }
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(table), path, row_group_size=7000)
    assert refused(path, as_=MarketKind.QUOTES) == "x.parquet:20001: bid must not be above ask, was 9.0 over 8.0"
    events, problems = read(path, as_=MarketKind.QUOTES, faulty=Faulty.SKIP)
    assert [event.time - START for event in events] == [i for i in range(count) if i != 20_000]
    assert problems == {"crossed skipped": 1}
    events, problems = read(path, as_=MarketKind.QUOTES, crossed="keep")
    assert (len(events), problems) == (count, {})
    assert events[0] == Quote(symbol="X", time=START, bid=9.0, ask=10.0, bid_size=1.0, ask_size=1.0)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"time": STAMPS, **COLUMNS}).slice(0, 0), path)
    assert refused(path) == "x.parquet: at least one row of data is needed, there is none"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"time": STAMPS, "open": [1.0, 2.0]}), path)
    assert refused(path).startswith("x.parquet: column 'high' is missing; the first row has 'time', 'open'")


def test_a_damaged_file_is_unreadable(tmp_path: Path) -> None:
    path = written(tmp_path, STAMPS)
    whole = path.read_bytes()
    path.write_bytes(whole[:200])
    assert refused(path).startswith("x.parquet: cannot be read: Parquet magic bytes not found in footer")
    path.write_bytes(whole[:60] + b"\xff" * 60 + whole[120:])
    assert refused(path).startswith("x.parquet: cannot be read: ")


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, STAMPS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert refused(path) == 'x.parquet: Parquet needs the package pyarrow: pip install "tradepit[data]"'
