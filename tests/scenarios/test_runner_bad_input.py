"""What goes wrong in a run: refused with a code and the run goes on, or ended with everything one needs to mend it."""

import json
import math
import textwrap
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.models.order_states import OrderState
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.sources import SourceError

ROWS = [f"2024-01-02 10:0{minute},10,11,9,10,1000" for minute in range(6)]


@pytest.fixture(params=list(Dispatch), ids=str)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Result]:
    """Run a strategy, given as the body of its class, over rows of a file."""

    def run_it(
        body: str,
        rows: list[str] | None = None,
        more: str = "",
        *,
        market: str = "{file: x.csv}",
        directory: Path | None = None,
    ) -> Result:
        indented = textwrap.indent(textwrap.dedent(body), "    ")
        (tmp_path / "mine.py").write_text(f"import tradepit\n\nclass Mine(tradepit.Strategy):\n{indented}", "utf-8")
        text = "\n".join(["time,open,high,low,close,volume", *(ROWS if rows is None else rows), ""])
        (tmp_path / "x.csv").write_text(text, "utf-8")
        head = f"tradepit: 1\nname: bad\nmarket: {{X: {market}}}\nstrategies: [{{use: ./mine.py:Mine}}]\n"
        scenario = loads(head + more, directory=tmp_path)
        return run_scenario(scenario, dispatch=request.param, directory=directory)

    return run_it


# --- a strategy that raises ---------------------------------------------------------------------------------------

RAISES = """
    def on_bar(self, bar):
        self.buy("X", 1)
        self.think(bar)

    def think(self, bar):
        raise LookupError(f"no idea about {bar.close}")
"""


def test_a_strategy_that_raises_ends_the_run_with_actor_message_and_its_own_line(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    result = run(RAISES, directory=tmp_path / "out")
    failure = result.failure
    assert failure is not None
    assert (failure.actor, failure.kind, failure.error) == ("strategy:mine", "Bar", "LookupError: no idea about 10.0")
    assert failure.time == result.end == result.start
    code = 'raise LookupError(f"no idea about {bar.close}")'
    assert failure.line == f"{tmp_path}/mine.py:10 in think: {code}"
    assert failure.traceback.endswith("LookupError: no idea about 10.0\n")
    assert not result.passed
    assert result.counts["messages"] >= failure.sequence


def test_what_the_raising_handler_had_sent_never_happened(run: Callable[..., Result]) -> None:
    assert len(run(RAISES).orders) == 0


def test_a_run_that_broke_off_leaves_a_whole_journal_and_its_results(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    result = run(RAISES, directory=tmp_path / "out")
    lines = (tmp_path / "out" / "journal.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[-1])["end"]["fingerprint"] == result.fingerprint
    written = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert result.failure is not None
    assert written["failure"]["error"] == result.failure.error
    assert written["passed"] is False


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("def on_start(self): 1 / 0", "AccountOpened"),
        ("def on_stop(self): 1 / 0", "Stop"),
        ("def on_bar(self, bar): 1 / 0", "Bar"),
        ("def on_bar(self, bar): self.buy('X', 1)\ndef on_fill(self, fill): 1 / 0", "PositionChanged"),
        ("def on_bar(self, bar): self.buy('X', 1)\ndef on_order(self, event): 1 / 0", "OrderAccepted"),
    ],
)
def test_whichever_hook_raises_it_is_named_and_no_invariant_is_blamed(
    run: Callable[..., Result], body: str, kind: str
) -> None:
    result = run(body)
    assert result.failure is not None
    assert (result.failure.kind, result.failure.error) == (kind, "ZeroDivisionError: division by zero")
    assert "1 / 0" in result.failure.line
    assert result.violations == []


def test_an_endless_recursion_is_a_failure_like_any_other(run: Callable[..., Result]) -> None:
    result = run("def on_bar(self, bar): self.on_bar(bar)")
    assert result.failure is not None
    assert result.failure.error.startswith("RecursionError: ")


# --- orders that cannot be ----------------------------------------------------------------------------------------

ORDERS: list[tuple[str, str]] = [
    ("0", "QUANTITY_NOT_POSITIVE"),
    ("-5", "QUANTITY_NOT_POSITIVE"),
    ("float('nan')", "QUANTITY_NOT_POSITIVE"),
    ("'many'", "QUANTITY_NOT_POSITIVE"),
    ("1.5", "OFF_LOT"),
    ("10**9", "BUYING_POWER"),
    ("1e27", "BUYING_POWER"),
    ("1e300", "ABOVE_MAX_QUANTITY"),
    ("'1e999999'", "ABOVE_MAX_QUANTITY"),
    ("101", "ABOVE_MAX_QUANTITY"),
    ("5, limit=10.005", "OFF_TICK"),
    ("5, stop='10.001'", "OFF_TICK"),
    ("5, limit=-1", "PRICE_NOT_POSITIVE"),
    ("5, limit=float('inf')", "PRICE_NOT_A_NUMBER"),
]


def test_orders_that_cannot_be_are_refused_with_their_codes_and_the_run_goes_on(run: Callable[..., Result]) -> None:
    calls = "\n".join(f"    self.buy('X', {arguments})" for arguments, _ in ORDERS)
    body = f"def on_bar(self, bar):\n{calls}\n    self.buy('Z', 1)\n    self.buy('X', 7)"
    result = run(body, ROWS[:3], "instruments: {X: {max_quantity: 100}}\n")
    assert (result.failure, result.violations) == (None, [])
    refused = [order.code for order in result.orders if order.state is OrderState.REJECTED]
    assert refused == [*[code for _, code in ORDERS], "UNKNOWN_SYMBOL"] * 3
    assert all(order.text for order in result.orders if order.state is OrderState.REJECTED)
    filled = [order.cumulative for order in result.orders if order.state is OrderState.FILLED]
    assert filled == [Decimal(7)] * 2


def test_an_order_before_the_first_price_is_refused(run: Callable[..., Result]) -> None:
    result = run("def on_start(self): self.buy('X', 1); self.signal('X', 'LONG')")
    assert [order.code for order in result.orders] == ["NO_PRICE", "NO_PRICE"]


# --- market data --------------------------------------------------------------------------------------------------

BUYS = "def on_bar(self, bar): self.buy('X', 1)"


def test_time_that_runs_backwards_ends_the_run_where_it_does_so_with_file_and_row(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    seen = tmp_path / "seen.txt"
    body = f"def on_bar(self, bar):\n    with open({str(seen)!r}, 'a') as file: file.write('.')"
    with pytest.raises(SourceError) as caught:
        run(body, [*ROWS[:4], ROWS[1], *ROWS[4:]])
    assert "x.csv:6: time must" in str(caught.value)
    assert "2024-01-02 10:01" in str(caught.value) or "2024-01-02T10:01" in str(caught.value)
    assert seen.read_text("utf-8") == "...."


def test_the_journal_of_a_run_that_ran_out_of_good_data_is_whole(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(SourceError):
        run(BUYS, [*ROWS[:4], ROWS[1]], directory=tmp_path / "out")
    lines = (tmp_path / "out" / "journal.jsonl").read_text("utf-8").splitlines()
    assert list(json.loads(lines[-1])) == ["end"]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("2024-01-02 10:06,10,9,9,10,1000", "high"),
        ("2024-01-02 10:06,nan,11,9,10,1000", "open"),
        ("2024-01-02 10:06,10,11,9,10,-1", "volume"),
        ("yesterday,10,11,9,10,1000", "time"),
    ],
)
def test_a_faulty_row_in_mid_run_is_named_with_file_row_and_rule(
    run: Callable[..., Result], row: str, rule: str
) -> None:
    with pytest.raises(SourceError, match=rf"x\.csv:8: .*{rule}"):
        run(BUYS, [*ROWS, row])


def test_faulty_rows_that_are_skipped_are_counted(run: Callable[..., Result]) -> None:
    rows = [*ROWS[:3], "2024-01-02 10:02:30,10,9,9,10,1000", *ROWS[3:]]
    result = run(BUYS, rows, market="{file: x.csv, faulty: skip}")
    assert result.counts["market_data"] == 6
    assert [sum(counts.values()) for counts in result.data_problems.values()] == [1]
    assert list(result.data_problems) == ["X"]


def test_empty_data_cannot_be_run(run: Callable[..., Result]) -> None:
    with pytest.raises(SourceError, match=r"x\.csv: at least one row of data is needed, there is none"):
        run(BUYS, [])


def test_on_one_bar_alone_orders_wait_until_the_end_and_every_figure_is_told(run: Callable[..., Result]) -> None:
    result = run(BUYS, ROWS[:1])
    assert (result.failure, result.violations) == (None, [])
    assert [(order.state, order.code) for order in result.orders] == [(OrderState.CANCELLED, "END_OF_RUN")]
    assert result.equity.points == ([result.start], [1_000_000.0])
    assert result.metrics["total_return"] == 0.0
    assert math.isnan(result.metrics["sharpe"])
    json.dumps(result.summary(), allow_nan=False)


def test_a_strategy_that_hears_nothing_of_its_own_is_no_error(run: Callable[..., Result]) -> None:
    result: Any = run("count: int = 3")
    assert (result.failure, len(result.orders), result.passed) == (None, 0, True)
