"""Each test that takes `engine` runs with pyarrow and without: both must give the same."""

import gzip
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources import SourceError, open_source
from tradepit.scenarios.tree import Faulty, FileSource, MarketKind

MINUTE = 60_000_000_000
NINE_THIRTY = 1_704_187_800_000_000_000  # 2024-01-02 09:30 UTC
HEADER = "time,open,high,low,close,volume"
FIRST = "2024-01-02 09:30:00,10,12,9,11,100"
SECOND = "2024-01-02 09:31:00,11,13,10,12,200"


@pytest.fixture(params=["pyarrow", "csv module"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "csv module":
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    return str(request.param)


def read(
    path: Path, *, start: int | None = None, end: int | None = None, negative: bool = False, **spec: Any
) -> tuple[list[MarketEvent], dict[str, int]]:
    source = open_source(
        "X",
        FileSource(file=path.name, **spec),
        instrument=Instrument(symbol="X", price_may_be_negative=negative),
        sessions=Sessions(),
        start_ns=start,
        end_ns=end,
        rng=random.Random(0),
        directory=path.parent,
    )
    return list(source), dict(source.problems)


def refused(path: Path, **spec: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read(path, **spec)
    return caught.value


def written(tmp_path: Path, *lines: str, name: str = "x.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def bar(minute: int, *prices: float, volume: float = 100.0, vwap: float | None = None) -> Bar:
    open_, high, low, close = prices
    time = NINE_THIRTY + minute * MINUTE
    return Bar(symbol="X", time=time, open=open_, high=high, low=low, close=close, volume=volume, vwap=vwap)


FIRST_BAR = bar(0, 10.0, 12.0, 9.0, 11.0)
SECOND_BAR = bar(1, 11.0, 13.0, 10.0, 12.0, volume=200.0)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{FIRST}\n{SECOND}\n",
        f"{HEADER}\n{FIRST}\n{SECOND}",
        f"\n\n{HEADER}\n\n{FIRST}\n\n\n{SECOND}\n\n",
        f"\ufeff{HEADER}\n{FIRST}\n{SECOND}\n",
        f"{HEADER}\r\n{FIRST}\r\n{SECOND}\r\n",
        f"{HEADER}\r{FIRST}\r{SECOND}\r",
        (
            "Date,Open,High,Low,Close,Adj Close,Volume\n"
            "2024-01-02T09:30:00Z,10,12,9,11,5,100\n2024-01-02T09:31:00Z,11,13,10,12,6,200\n"
        ),
        (
            " Volume ,CLOSE,low,High,OPEN,Date-Time\n"
            "100,11,9,12,10,2024-01-02T10:30:00+01:00\n200,12,10,13,11,2024-01-02T10:31:00+01:00\n"
        ),
        "timestamp;open;high;low;close;vol\n1704187800;10;12;9;11;1e2\n1704187860;11.0;13.;1.0e1;12;+200\n",
        "time\topen\thigh\tlow\tclose\tvolume\n1704187800000\t10\t12\t9\t11\t100\n1704187860000\t11\t13\t10\t12\t200\n",
        f'time,"open",high,low,close,volume,note\n{FIRST},"a, ""b"""\n{SECOND},\n',
        f'{HEADER},note\n{FIRST},"two\nlines"\n{SECOND},\n',
        f"{HEADER},note\n{FIRST},\N{SNOWMAN}\n{SECOND},\n",
    ],
)
def test_the_usual_ways_to_write_bars_are_understood(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    assert read(path) == ([FIRST_BAR, SECOND_BAR], {})


@pytest.mark.usefixtures("engine")
def test_a_column_that_is_not_read_may_be_in_any_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(f"{HEADER},name\n{FIRST},Zürich\n{SECOND},Genève\n".encode("latin-1"))
    assert read(path) == ([FIRST_BAR, SECOND_BAR], {})


@pytest.mark.usefixtures("engine")
def test_columns_may_be_mapped_and_a_mapped_one_is_not_taken_for_another(tmp_path: Path) -> None:
    path = written(tmp_path, "When,date,o,high,low,close,Adj Close,volume", "1704187800,x,10,12,9,77,11,100")
    mapped = {"time": "when", "open": "o", "close": "Adj Close"}
    assert read(path, columns=mapped) == ([FIRST_BAR], {})


@pytest.mark.usefixtures("engine")
def test_quotes_and_trades_are_read_and_may_share_an_instant(tmp_path: Path) -> None:
    quotes = written(
        tmp_path, "timestamp,bid_price,ask_price,bidsize,asksize", "1704187800,9.5,10,1,2", "1704187800,9.5,9.5,3,4"
    )
    trades = written(tmp_path, "time,price,qty", "1704187800,10,5", "1704187800,11,0", name="t.csv")
    assert read(quotes, as_=MarketKind.QUOTES) == (
        [
            Quote(symbol="X", time=NINE_THIRTY, bid=9.5, ask=10.0, bid_size=1.0, ask_size=2.0),
            Quote(symbol="X", time=NINE_THIRTY, bid=9.5, ask=9.5, bid_size=3.0, ask_size=4.0),
        ],
        {},
    )
    assert read(trades, as_=MarketKind.TRADES) == (
        [
            Trade(symbol="X", time=NINE_THIRTY, price=10.0, size=5.0),
            Trade(symbol="X", time=NINE_THIRTY, price=11.0, size=0.0),
        ],
        {},
    )


@pytest.mark.usefixtures("engine")
def test_vwap_is_taken_where_it_is_there(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER},vwap", f"{FIRST},10.5", f"{SECOND},")
    assert read(path)[0] == [bar(0, 10.0, 12.0, 9.0, 11.0, vwap=10.5), SECOND_BAR]


@pytest.mark.usefixtures("engine")
def test_gzip_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(gzip.compress(f"{HEADER}\n{FIRST}\n{SECOND}\n".encode()))
    assert read(path)[0] == [FIRST_BAR, SECOND_BAR]


def test_zstd_is_read_by_pyarrow_even_where_the_csv_module_must_help(tmp_path: Path) -> None:
    import pyarrow as pa

    path = tmp_path / "x.csv.zst"
    bad = "2024-01-02 09:32:00,x,13,10,12,200"
    with pa.output_stream(str(path), compression="zstd") as file:
        file.write(f"{HEADER}\n{FIRST}\n{SECOND}\n{bad}\n".encode())
    assert read(path, faulty=Faulty.SKIP) == ([FIRST_BAR, SECOND_BAR], {"number skipped": 1})


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python 3.14 reads zstd itself")
def test_zstd_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd....")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert str(refused(path)) == 'x.csv.zst: zstd needs pyarrow or Python 3.14: pip install "tradepit[data]"'


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("lines", "message", "rule", "row"),
    [
        ([], "x.csv: a first row that names the columns is needed, the file is empty", "empty", None),
        (["", "  "], "x.csv: column 'time' is missing; the first row has ''", "column_missing", None),
        ([HEADER], "x.csv: at least one row of data is needed, there is none", "empty", None),
        (
            ["time,open,high,low,closing,volume", FIRST],
            (
                "x.csv: column 'close' is missing; "
                "the first row has 'time', 'open', 'high', 'low', 'closing', 'volume'; did you mean 'closing'?"
            ),
            "column_missing",
            None,
        ),
        (
            [f"{HEADER},Date", f"{FIRST},x"],
            "x.csv: time must be one column, was 'time', 'Date'; say which: columns: {time: ...}",
            "column_ambiguous",
            None,
        ),
        (
            [HEADER, FIRST, "", "2024-01-02 09:31:00,11,13,10,12"],
            "x.csv:4: row must have 6 cells, as the first row has, had 5",
            "cells",
            4,
        ),
        (
            [HEADER, FIRST, f"{SECOND},7"],
            "x.csv:3: row must have 6 cells, as the first row has, had 7",
            "cells",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,11,abc,10,12,200"],
            "x.csv:3: high must be a number, was 'abc'",
            "number",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,1_1,13,10,12,200"],
            "x.csv:3: open must be a number, was '1_1'",
            "number",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,11,13,10,,200"],
            "x.csv:3: close must be a finite number, was nan",
            "finite",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,11,inf,10,12,200"],
            "x.csv:3: high must be a finite number, was inf",
            "finite",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,11,11.5,10,12,200"],
            "x.csv:3: high must be at or above open, low and close, was 11.5 (open 11.0, low 10.0, close 12.0)",
            "high",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,11,13,11.5,12,200"],
            "x.csv:3: low must be at or below open, high and close, was 11.5 (open 11.0, high 13.0, close 12.0)",
            "low",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,11,13,10,12,-1"],
            "x.csv:3: volume must be a finite number at or above 0, was -1.0",
            "volume",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,11,13,10,12,NaN"],
            "x.csv:3: volume must be a number at or above 0, was nan",
            "volume",
            3,
        ),
        (
            [HEADER, FIRST, "2024-01-02 09:31:00,11,13,0,12,200"],
            "x.csv:3: low must be above 0 (or set price_may_be_negative of the instrument), was 0.0",
            "price_sign",
            3,
        ),
        (
            [HEADER, SECOND, FIRST],
            "x.csv:3: time must not run backwards, was 2024-01-02T09:30:00Z after 2024-01-02T09:31:00Z",
            "time_order",
            3,
        ),
        (
            [HEADER, FIRST, FIRST],
            "x.csv:3: time must be after the row before, was 2024-01-02T09:30:00Z again",
            "time_duplicate",
            3,
        ),
        ([HEADER, FIRST, ",11,13,10,12,200"], "x.csv:3: time must be given, was empty", "time", 3),
        (
            [f"{HEADER},note", f'{FIRST},"a\nb"', "", "2024-01-02 09:31:00,11,x,10,12,200,"],
            "x.csv:5: high must be a number, was 'x'",
            "number",
            5,
        ),
        (
            [f"{HEADER},vwap", f"{FIRST},inf"],
            "x.csv:2: vwap must be a finite number, was inf",
            "finite",
            2,
        ),
    ],
)
def test_each_fault_names_file_row_rule_and_value(
    tmp_path: Path, lines: list[str], message: str, rule: str, row: int | None
) -> None:
    error = refused(written(tmp_path, *lines))
    assert (str(error), error.rule, error.row, error.where) == (message, rule, row, "x.csv")


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1704187860,10,9.5,1,1", "q.csv:3: bid must not be above ask, was 10.0 over 9.5"),
        (
            "1704187860,0,9.5,1,1",
            "q.csv:3: bid must be above 0 (or set price_may_be_negative of the instrument), was 0.0",
        ),
        ("1704187860,9,nan,1,1", "q.csv:3: ask must be a finite number, was nan"),
        ("1704187860,9,9.5,1,-1", "q.csv:3: ask_size must be a finite number at or above 0, was -1.0"),
        (
            "1704187740,9,9.5,1,1",
            "q.csv:3: time must not run backwards, was 2024-01-02T09:29:00Z after 2024-01-02T09:30",
        ),
    ],
)
def test_quotes_have_their_own_rules(tmp_path: Path, line: str, message: str) -> None:
    path = written(tmp_path, "time,bid,ask,bid_size,ask_size", "1704187800,9,10,1,1", line, name="q.csv")
    assert str(refused(path, as_=MarketKind.QUOTES)).startswith(message)


@pytest.mark.usefixtures("engine")
def test_trades_have_their_own_rules(tmp_path: Path) -> None:
    path = written(tmp_path, "time,price,size", "1704187800,9,10", "1704187800,-9,10", name="t.csv")
    assert str(refused(path, as_=MarketKind.TRADES)).startswith("t.csv:3: price must be above 0")
    assert read(path, as_=MarketKind.TRADES, negative=True)[0][1] == Trade(
        symbol="X", time=NINE_THIRTY, price=-9.0, size=10.0
    )


FAULTY_ROWS = [
    HEADER,
    FIRST,
    FIRST,
    "2024-01-02 09:29:00,10,12,9,11,100",
    "2024-01-02 09:31:00,11,10,12,12,",
    "2024-01-02 09:32:00,11,abc,10,12,200",
    "2024-01-02 09:33:00,11,13,10",
    "2024-01-02 09:34:00,11,13,-1,12,200",
    "2024-01-02 09:35:00,11,13,10,12,-5",
    "yesterday,11,13,10,12,200",
    "2024-01-02 09:36:00,12,14,11,13,300",
]


@pytest.mark.usefixtures("engine")
def test_skip_leaves_faulty_rows_out_and_counts_them_by_rule(tmp_path: Path) -> None:
    events, problems = read(written(tmp_path, *FAULTY_ROWS), faulty=Faulty.SKIP)
    assert events == [FIRST_BAR, bar(6, 12.0, 14.0, 11.0, 13.0, volume=300.0)]
    assert problems == {
        "time_duplicate skipped": 1,
        "time_order skipped": 1,
        "volume skipped": 2,
        "number skipped": 1,
        "cells skipped": 1,
        "price_sign skipped": 1,
        "time skipped": 1,
    }


@pytest.mark.usefixtures("engine")
def test_repair_mends_what_has_one_obvious_mend_and_skips_the_rest(tmp_path: Path) -> None:
    events, problems = read(written(tmp_path, *FAULTY_ROWS), faulty=Faulty.REPAIR)
    mended = bar(1, 11.0, 12.0, 10.0, 12.0, volume=0.0)
    assert events == [FIRST_BAR, mended, bar(6, 12.0, 14.0, 11.0, 13.0, volume=300.0)]
    assert problems == {
        "time_duplicate repaired": 1,
        "time_order skipped": 1,
        "volume repaired": 1,
        "high repaired": 1,
        "low repaired": 1,
        "number skipped": 1,
        "cells skipped": 1,
        "price_sign skipped": 1,
        "volume skipped": 1,
        "time skipped": 1,
    }


@pytest.mark.usefixtures("engine")
def test_a_file_of_nothing_but_faults_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, "x,1,1,1,1,1", "2024-01-02 09:31:00,0,1,1,1,1")
    assert str(refused(path, faulty=Faulty.SKIP)) == (
        "x.csv: at least one row of data is needed, every row was faulty (price_sign skipped: 1, time skipped: 1)"
    )


@pytest.mark.usefixtures("engine")
def test_a_price_may_be_negative_where_the_instrument_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, "2024-01-02 09:30:00,1,2,-37.63,-1,100")
    assert read(path, negative=True)[0] == [bar(0, 1.0, 2.0, -37.63, -1.0)]


@pytest.mark.usefixtures("engine")
def test_the_clock_cuts_a_file_at_both_ends_inclusive(tmp_path: Path) -> None:
    rows = [f"2024-01-02 09:{minute}:00,10,12,9,11,100" for minute in range(30, 40)]
    path = written(tmp_path, HEADER, *rows, "2024-01-02 09:00:00,faulty,behind,the,end,x")
    events, _ = read(path, start=NINE_THIRTY + 2 * MINUTE, end=NINE_THIRTY + 4 * MINUTE)
    assert events == [bar(minute, 10.0, 12.0, 9.0, 11.0) for minute in (2, 3, 4)]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("start", "end", "window"),
    [
        (NINE_THIRTY + 9 * MINUTE, None, "2024-01-02T09:39:00Z to any time"),
        (None, NINE_THIRTY - 1, "any time to 2024-01-02T09:29:59.999999999Z"),
    ],
)
def test_a_file_outside_the_clock_says_what_it_has(
    tmp_path: Path, start: int | None, end: int | None, window: str
) -> None:
    path = written(tmp_path, HEADER, FIRST, SECOND)
    error = refused(path, start=start, end=end)
    assert str(error).startswith(
        f"x.csv: at least one row must lie within the clock, {window}; the file has 2024-01-02"
    )


@pytest.mark.usefixtures("engine")
def test_good_rows_before_a_fault_come_out_first(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, FIRST, SECOND, FIRST)
    source = open_source(
        "X",
        FileSource(file="x.csv"),
        instrument=Instrument(symbol="X"),
        sessions=Sessions(),
        start_ns=None,
        end_ns=None,
        rng=random.Random(0),
        directory=path.parent,
    )
    events = iter(source)
    assert [next(events), next(events)] == [FIRST_BAR, SECOND_BAR]
    with pytest.raises(SourceError, match=r"x\.csv:4: time must not run backwards"):
        next(events)


@pytest.mark.usefixtures("engine")
def test_faults_are_found_and_numbered_far_into_a_file(tmp_path: Path) -> None:
    rows = [f"{1704187800 + i},10,12,9,{11 if i != 20_000 else 13},100" for i in range(30_000)]
    path = written(tmp_path, HEADER, *rows)
    assert str(refused(path)).startswith("x.csv:20002: high must be at or above")
    events, problems = read(path, faulty=Faulty.SKIP)
    assert (len(events), problems) == (29_999, {"high skipped": 1})
    assert [event.time for event in events[::9999]] == [
        NINE_THIRTY,
        NINE_THIRTY + 9_999_000_000_000,
        NINE_THIRTY + 19_998_000_000_000,
        NINE_THIRTY + 29_998_000_000_000,
    ]


@pytest.mark.usefixtures("engine")
def test_text_that_pyarrow_refuses_far_into_a_file_is_taken_over_without_loss(tmp_path: Path) -> None:
    rows = [f"{1704187800 + i},10,12,9,{'?' if i == 20_000 else 11},100" for i in range(30_000)]
    events, problems = read(written(tmp_path, HEADER, *rows), faulty=Faulty.SKIP)
    assert problems == {"number skipped": 1}
    assert [event.time for event in events] == [NINE_THIRTY + i * 1_000_000_000 for i in range(30_000) if i != 20_000]


@pytest.mark.usefixtures("engine")
def test_a_line_longer_than_a_block_is_read_whole(tmp_path: Path) -> None:
    note = ";" * 120_000
    path = written(tmp_path, f"{HEADER},a,b,c", f"{FIRST},{note},{note},{note}", f"{SECOND},{note},{note},{note}")
    assert read(path) == ([FIRST_BAR, SECOND_BAR], {})


@pytest.mark.usefixtures("engine")
def test_a_truncated_gzip_is_unreadable_after_its_last_good_row(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    rows = [f"{1704187800 + i},10,12,9,11,{random.Random(i).random()}" for i in range(5000)]
    whole = gzip.compress("\n".join([HEADER, *rows, ""]).encode())
    path.write_bytes(whole[: len(whole) // 2])
    error = refused(path)
    assert (error.rule, str(error)) == (
        "unreadable",
        "x.csv.gz: cannot be read: Compressed file ended before the end-of-stream marker was reached",
    )


@pytest.mark.usefixtures("engine")
def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(f"{HEADER}\n{FIRST}\n".encode("utf-16"))
    assert str(refused(path)) == "x.csv: must be UTF-8 text, or Parquet, gzip or zstd"


@pytest.mark.usefixtures("engine")
def test_a_cell_beyond_all_bounds_is_unreadable(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER},{'x' * 200_000}", FIRST)
    assert refused(path).rule == "unreadable"


def test_a_missing_file_is_named_with_its_nearest_neighbour(tmp_path: Path) -> None:
    written(tmp_path, HEADER, FIRST, name="prices.csv")
    error = refused(tmp_path / "price.csv")
    assert str(error) == "price.csv: file must exist, was not found; did you mean 'prices.csv'?"
    assert str(refused(tmp_path / "no" / "zz")) == "zz: file must exist, was not found"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert str(refused(tmp_path / "folder")) == "folder: cannot be read: Is a directory"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"clse": "x"},
            "x.csv: columns of bars are time, open, high, low, close, volume, vwap, was 'clse'; did you mean",
        ),
        ({"close": "Clos"}, "x.csv: column 'Clos' for close is missing; the first row has 'time', 'open'"),
    ],
)
def test_a_mapping_that_fits_nothing_is_refused(tmp_path: Path, columns: dict[str, str], message: str) -> None:
    assert str(refused(written(tmp_path, HEADER, FIRST), columns=columns)).startswith(message)


def test_the_fingerprint_is_that_of_the_bytes_wherever_they_lie(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    here, there = written(tmp_path, HEADER, FIRST), written(tmp_path / "other", HEADER, FIRST, name="y.csv")
    changed = written(tmp_path, HEADER, SECOND, name="z.csv")
    prints = [
        open_source(
            "X",
            FileSource(file=path.name),
            instrument=Instrument(symbol="X"),
            sessions=Sessions(),
            start_ns=None,
            end_ns=None,
            rng=random.Random(seed),
            directory=path.parent,
        ).fingerprint
        for seed, path in enumerate((here, there, changed))
    ]
    assert prints[0] == prints[1] != prints[2]
    assert len(prints[0]) == 64


STAMPS = st.one_of(
    st.integers(0, 40).map(lambda minute: f"2024-03-31 0{1 + minute // 20}:{minute % 20:02}:00"),
    st.integers(0, 40).map(lambda minute: f"2024-03-31T01:{minute:02}:00.5Z"),
    st.integers(0, 40).map(lambda minute: f"2024-03-31T01:{minute:02}-02:30"),
    st.integers(0, 3).map(lambda day: f"2024-03-{29 + day}"),
    st.integers(0, 99).map(lambda second: str(1711846800 + second)),
    st.sampled_from(["", "20240331", "1711846800123", "1711846800.25", "x", "2024-02-30", "2024-03-31 24:00:00"]),
)
NUMBERS = st.sampled_from(
    ["10", "10.5", "11", " 11 ", "+9", "0", "-1", "", "NaN", "inf", "n/a", "1e1", "1_0", "0x9", "?"]
)
ROWS = st.lists(
    st.one_of(
        st.tuples(STAMPS, *[st.sampled_from(["10", "10.5", "11"])] * 5).map(",".join),
        st.tuples(STAMPS, *[NUMBERS] * 5).map(",".join),
        st.lists(NUMBERS, max_size=8).map(",".join),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=150)
@given(rows=ROWS, faulty=st.sampled_from(Faulty), zone=st.sampled_from([None, "Europe/Berlin"]))
def test_pyarrow_and_the_csv_module_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], faulty: Faulty, zone: str | None
) -> None:
    path = written(tmp_path_factory.mktemp("csv"), HEADER, *rows)

    def outcome() -> object:
        try:
            return read(path, faulty=faulty, zone=zone)
        except SourceError as error:
            return str(error), error.rule, error.row, repr(error.value)

    with_pyarrow = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pyarrow", None)
        assert outcome() == with_pyarrow
