"""Reading all of a scenario's market data without a run."""

from pathlib import Path

from tradepit.scenarios.loader import loads
from tradepit.tools.data_check import DataRead, read_all

QUOTES = """time,bid,ask,bid_size,ask_size
2024-01-02T15:00:00Z,99,101,5,5
2024-01-02T15:00:01Z,99,98,5,5
2024-01-02T15:00:02Z,97,98,-5,5
"""
TRADES = """time,price,size
2024-01-02T15:00:00Z,100,1
2024-01-02T15:00:01Z,-100,1
"""


def test_the_faults_of_both_files_of_a_symbol_are_counted(tmp_path: Path) -> None:
    (tmp_path / "quotes.csv").write_text(QUOTES)
    (tmp_path / "trades.csv").write_text(TRADES)
    source = "{file: quotes.csv, as: quotes, trades: {file: trades.csv}}"
    scenario = loads(f"tradepit: 1\nname: two\nmarket: {{X: {source}}}\n", directory=tmp_path)
    (found,) = read_all(scenario)
    assert found.error.startswith("quotes.csv:3: ") or found.error.startswith("trades.csv:3: ")
    assert found.problems == {"crossed": 1, "bid_size": 1, "price_sign": 1}


def test_a_file_that_cannot_be_opened_has_no_rows_to_count(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("when,what\n1,2\n")
    scenario = loads("tradepit: 1\nname: x\nmarket: {X: {file: x.csv}}\n", directory=tmp_path)
    (found,) = read_all(scenario)
    assert (found.rows, found.problems, str(found)) == (0, {}, found.error)


def test_what_was_read_is_told_in_a_line() -> None:
    read = DataRead(symbol="X", rows=1_200, problems={"high skipped": 2_000})
    assert str(read) == "X: 1,200 market data, 2,000 high skipped"
