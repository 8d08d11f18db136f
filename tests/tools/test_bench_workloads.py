"""The bench's bars are the same everywhere, and leave engines no room to differ."""

from itertools import islice, pairwise
from pathlib import Path

import pytest

from tradepit.tools.bench import workloads
from tradepit.tools.bench.peers.probe import read_columns
from tradepit.tools.bench.workloads import (
    FAST,
    SLOW,
    Row,
    bars_in_cents,
    csv_path,
    parquet_path,
    quotes,
    quotes_csv_path,
    quotes_in_cents,
    quotes_parquet_path,
    rows,
)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_first_bars_are_these_on_every_machine() -> None:
    assert list(bars_in_cents(3)) == [
        Row(1577836860000000000, 10000, 10003, 9974, 9981, 17171),
        Row(1577836920000000000, 9981, 10001, 9980, 9997, 18929),
        Row(1577836980000000000, 9997, 10004, 9996, 9996, 18779),
    ]


def test_more_bars_begin_with_the_same_ones() -> None:
    assert list(islice(bars_in_cents(5000), 500)) == list(bars_in_cents(500))


def test_each_bar_opens_where_the_last_one_closed_a_minute_earlier() -> None:
    joints = [
        (later.open - earlier.close, later.time - earlier.time) for earlier, later in pairwise(bars_in_cents(9999))
    ]
    assert set(joints) == {(0, 60_000_000_000)}


def test_every_bar_holds_its_prices_and_has_volume_to_spare() -> None:
    wrong = [
        bar
        for bar in bars_in_cents(20_000)
        if not (
            0 < bar.low <= min(bar.open, bar.close) and bar.high >= max(bar.open, bar.close) and bar.volume >= 10_000
        )
    ]
    assert wrong == []


def test_the_two_means_are_never_equal() -> None:
    closes = [bar.close for bar in bars_in_cents(20_000)]
    ties = [
        index
        for index in range(SLOW, len(closes) + 1)
        if SLOW * sum(closes[index - FAST : index]) == FAST * sum(closes[index - SLOW : index])
    ]
    assert ties == []


def test_means_would_tie_if_nothing_kept_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the test before this one can fail."""
    kept_apart = [bar.close for bar in bars_in_cents(20_000)]
    monkeypatch.setattr(workloads, "SLOW", 30_000)
    assert [bar.close for bar in bars_in_cents(20_000)] != kept_apart


def test_rows_are_the_bars_in_units_of_currency() -> None:
    assert list(rows(2)) == [
        (1577836860000000000, 100.0, 100.03, 99.74, 99.81, 17171.0),
        (1577836920000000000, 99.81, 100.01, 99.8, 99.97, 18929.0),
    ]


def test_the_first_quotes_are_these_on_every_machine() -> None:
    assert list(quotes_in_cents(3)) == [
        (1577836801000000000, 9998, 10000, 108),
        (1577836802000000000, 9998, 10000, 141),
        (1577836803000000000, 9998, 10000, 167),
    ]


def test_the_quotes_in_a_file_are_those_of_the_plain_loop() -> None:
    assert quotes_csv_path(2).read_text() == (
        "time,bid,ask,bid_size,ask_size\n"
        "2020-01-01T00:00:01Z,99.98,100.00,108,108\n"
        "2020-01-01T00:00:02Z,99.98,100.00,141,141\n"
    )
    table = pytest.importorskip("pyarrow.parquet").read_table(quotes_parquet_path(500))
    times = table.column("time").cast("int64").to_pylist()
    others = [table.column(name).to_pylist() for name in ("bid", "ask", "bid_size", "ask_size")]
    assert list(zip(times, *others, strict=True)) == list(quotes(500))


def test_the_csv_has_times_that_people_can_read_and_prices_in_cents() -> None:
    assert csv_path(2).read_text() == (
        "time,open,high,low,close,volume\n"
        "2020-01-01T00:01:00Z,100.00,100.03,99.74,99.81,17171\n"
        "2020-01-01T00:02:00Z,99.81,100.01,99.80,99.97,18929\n"
    )


def test_the_csv_read_by_other_engines_is_the_rows_of_the_plain_loops() -> None:
    assert list(zip(*read_columns(csv_path(300)), strict=True)) == list(rows(300))


def test_the_parquet_file_holds_the_same_rows() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(parquet_path(300))
    assert str(table.schema.field("time").type) == "timestamp[ns, tz=UTC]"
    times = table.column("time").cast("int64").to_pylist()
    prices = [table.column(name).to_pylist() for name in ("open", "high", "low", "close", "volume")]
    assert list(zip(times, *prices, strict=True)) == list(rows(300))


@pytest.mark.parametrize("path_of", [csv_path, parquet_path, quotes_csv_path, quotes_parquet_path])
def test_files_are_written_once_and_nothing_half_written_is_left(path_of: object) -> None:
    assert callable(path_of)
    if path_of in (parquet_path, quotes_parquet_path):
        pytest.importorskip("pyarrow")
    path = path_of(50)
    path.write_text("as it was")
    assert path_of(50) == path
    assert (path.read_text(), [one.name for one in path.parent.iterdir()]) == ("as it was", [path.name])
