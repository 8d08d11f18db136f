"""What a run gives back."""

import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradepit.actors.kernel import ActorCrashed, MessageSetAside
from tradepit.models.equity import EquityCurve
from tradepit.models.messages import CircuitReset, CircuitTripped, MarginCallMet, OrderClosed
from tradepit.models.orders import Fill
from tradepit.models.round_trips import RoundTrip
from tradepit.models.symbol_books import SymbolBooks
from tradepit.models.system_statistics import ActorTally, LinkTally
from tradepit.scenarios.actor_figures import ActorFigures
from tradepit.scenarios.expectations import Expectation
from tradepit.scenarios.invariants import Violation
from tradepit.scenarios.result import Failure, OpenPosition, Result, StrategyNotice
from tradepit.scenarios.rows import Rows
from tradepit.scenarios.tree import PathSource, Scenario

MET = Expectation(text="metric sharpe above 1", passed=True, was="2")
MISSED = Expectation(text="orders all_terminal", passed=False, was="1 still open: mine-1")
VIOLATION = Violation("no_order_is_lost", 17, 3, "2 orders were received, 1 ended and 0 are open")
FAILURE = Failure(
    actor="strategy:mine",
    kind="Bar",
    sequence=12,
    time=3,
    error="ValueError: no",
    line="mine.py:3 in on_bar: raise ValueError('no')",
    traceback="Traceback ...",
)
ZERO = Decimal(0)
BOOKS = SymbolBooks(
    symbol="X",
    currency="EUR",
    quantity=ZERO,
    average_price=ZERO,
    break_even=ZERO,
    mark=None,
    realised=Decimal("1.5"),
    realised_fifo=Decimal(2),
    realised_lifo=ZERO,
    unrealised=ZERO,
    unrealised_fifo=ZERO,
    fees=ZERO,
    dividends=ZERO,
    borrow=ZERO,
    gross=ZERO,
    net=ZERO,
)
BUSY = ActorFigures(
    tally=ActorTally(
        actor="portfolio",
        deliveries={"Bar": 7, "OrderFilled": 1},
        dropped={"Bar": 2},
        crashes=1,
        restarts=0,
        dead_letters=1,
        busy_ns=10,
        waited_ns=30,
        longest_wait_ns=20,
        deepest=3,
    ),
    busy_share=0.5,
    depth=[(0, 1), (4, 3)],
    recovery_ns=math.inf,
    handling_ns=123.4,
)
IDLE = ActorFigures(
    tally=ActorTally(
        actor="idle",
        deliveries={},
        dropped={},
        crashes=0,
        restarts=0,
        dead_letters=0,
        busy_ns=0,
        waited_ns=0,
        longest_wait_ns=0,
        deepest=0,
    ),
    busy_share=0.0,
    depth=[],
    recovery_ns=None,
    handling_ns=None,
)
METRICS = {
    "total_return": 0.5,
    "max_drawdown": -0.25,
    "sharpe": math.nan,
    "sortino": math.inf,
    "calmar": -math.inf,
    "trade_count": 2.0,
    "win_rate": 1.0,
}


@pytest.fixture
def make() -> Callable[..., Result]:
    def make_result(**changes: Any) -> Result:
        curve = EquityCurve(0, 100.0)
        for time, equity in ((10, 110.0), (20, 99.0)):
            curve.record(time, equity)
        given: dict[str, Any] = {
            "scenario": Scenario(name="mine", market={"X": PathSource(path=[(0, 1.0), (1, 1.0)])}),
            "seed": 3,
            "fingerprint": "ab" * 16,
            "start": 0,
            "end": 20,
            "metrics": METRICS,
            "counts": {"market_data": 2, "messages": 40, "OrderFilled": 1},
            "equity": curve,
            "orders": Rows(OrderClosed),
            "fills": Rows(Fill),
            "trades": Rows(RoundTrip),
            "positions": [],
            "breaker_events": [],
            "open_orders": (),
            "expectations": [],
            "violations": [],
            "invariants": ("no_order_is_lost", "no_message_from_the_future"),
            "data_problems": {},
            "failure": None,
            "stopped": False,
            "elapsed_s": 0.1,
        }
        return Result(**{**given, **changes})

    return make_result


@pytest.mark.parametrize(
    ("changes", "passed", "verdict"),
    [
        ({}, True, "passed"),
        ({"expectations": [MET]}, True, "passed"),
        ({"expectations": [MET, MISSED]}, False, "failed"),
        ({"violations": [VIOLATION]}, False, "failed"),
        ({"failure": FAILURE}, False, "failed"),
        ({"stopped": True, "expectations": [MET]}, False, "stopped"),
    ],
)
def test_a_run_passes_when_it_ended_and_all_held(
    make: Callable[..., Result], changes: Mapping[str, Any], passed: bool, verdict: str
) -> None:
    result = make(**changes)
    assert (result.passed, result.verdict) == (passed, verdict)
    assert result.summary()["passed"] is passed
    assert repr(result) == f"<Result mine seed 3: {verdict}, fingerprint {'ab' * 16}>"
    assert f"<caption>mine, seed 3: {verdict}</caption>" in result._repr_html_()


def test_returns_are_those_of_the_equity_curve(make: Callable[..., Result]) -> None:
    assert make().returns == pytest.approx([0.1, -0.1])


def _strict(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"JSON has no {constant}")

    return json.loads(text, parse_constant=refuse)


def test_the_summary_is_plain_json_whatever_the_figures_are(make: Callable[..., Result]) -> None:
    result = make(
        expectations=[MET, MISSED],
        violations=[VIOLATION],
        failure=attrs.evolve(FAILURE, notes=("supervisor 'strategies' had enough",)),
        actors={"portfolio": BUSY, "idle": IDLE},
        links=[LinkTally(sender="router", receiver="broker:X", rules=(("drop", 4),))],
        supervision=[ActorCrashed(actor="portfolio", kind="Bar", sequence=9, error="ValueError: no", time=3)],
        dead_letters=[MessageSetAside(actor="portfolio", kind="Bar", sequence=9, reason="actor ended", time=3)],
        notices=[StrategyNotice(strategy="script", text="was never done", path="strategies[0].with.orders[2]")],
        data_problems={"X": {"order": 2}},
        directory=Path("runs/mine-3-1"),
        report=Path("runs/mine-3-1/report.html"),
    )
    assert _strict(json.dumps(result.summary(), allow_nan=False)) == {
        "name": "mine",
        "seed": 3,
        "fingerprint": "ab" * 16,
        "passed": False,
        "start": 0,
        "end": 20,
        "metrics": {**METRICS, "sharpe": None, "sortino": "Infinity", "calmar": "-Infinity"},
        "drawdown": {"depth": pytest.approx(-0.1), "start": 10, "trough": 20, "recovery": None, "end": 20},
        "execution": {"venues": {}, "rejects": {}, "costs": {}},
        "counts": {"market_data": 2, "messages": 40, "OrderFilled": 1},
        "expectations": [
            {"text": "metric sharpe above 1", "passed": True, "was": "2"},
            {"text": "orders all_terminal", "passed": False, "was": "1 still open: mine-1"},
        ],
        "invariants": [
            {"name": "no_order_is_lost", "held": False},
            {"name": "no_message_from_the_future", "held": True},
        ],
        "violations": [{"invariant": "no_order_is_lost", "sequence": 17, "time": 3, "text": VIOLATION.text}],
        "data_problems": {"X": {"order": 2}},
        "actors": {
            "portfolio": {
                "deliveries": {"Bar": 7, "OrderFilled": 1},
                "dropped": {"Bar": 2},
                "crashes": 1,
                "restarts": 0,
                "dead_letters": 1,
                "busy_ns": 10,
                "waited_ns": 30,
                "longest_wait_ns": 20,
                "deepest": 3,
                "handled": 8,
                "busy_share": 0.5,
                "depth": [[0, 1], [4, 3]],
                "recovery_ns": "Infinity",
            },
            "idle": {
                "deliveries": {},
                "dropped": {},
                "crashes": 0,
                "restarts": 0,
                "dead_letters": 0,
                "busy_ns": 0,
                "waited_ns": 0,
                "longest_wait_ns": 0,
                "deepest": 0,
                "handled": 0,
                "busy_share": 0.0,
                "depth": [],
                "recovery_ns": None,
            },
        },
        "links": [{"sender": "router", "receiver": "broker:X", "rules": [["drop", 4]]}],
        "supervision": [
            {
                "event": "ActorCrashed",
                "actor": "portfolio",
                "kind": "Bar",
                "sequence": 9,
                "error": "ValueError: no",
                "time": 3,
            }
        ],
        "dead_letters": [{"actor": "portfolio", "kind": "Bar", "sequence": 9, "reason": "actor ended", "time": 3}],
        "notices": [{"strategy": "script", "text": "was never done", "path": "strategies[0].with.orders[2]"}],
        "failure": {
            "actor": "strategy:mine",
            "kind": "Bar",
            "sequence": 12,
            "time": 3,
            "error": "ValueError: no",
            "line": "mine.py:3 in on_bar: raise ValueError('no')",
            "traceback": "Traceback ...",
            "notes": ["supervisor 'strategies' had enough"],
        },
        "stopped": False,
        "lateness": None,
        "feed": None,
        "directory": "runs/mine-3-1",
        "report": "runs/mine-3-1/report.html",
    }


def test_what_is_kept_nowhere_has_no_directory(make: Callable[..., Result]) -> None:
    summary = make().summary()
    assert (summary["directory"], summary["report"], summary["failure"]) == (None, None, None)


def test_the_results_file_holds_the_summary_and_what_happened(make: Callable[..., Result], tmp_path: Path) -> None:
    tripped = CircuitTripped(
        breaker="b", rule="failed_orders", action="halt", was=5.0, limit=5.0, cause="m-1", resets_at=None, time=3
    )
    result = make(
        breaker_events=[tripped, CircuitReset(breaker="b", time=4)],
        positions=[OpenPosition(symbol="X", quantity=Decimal("-1.50"), average_price=Decimal("10.25"))],
        books=[BOOKS],
        balances={"USD": Decimal(10), "EUR": Decimal(-3)},
        interest=Decimal("0.25"),
        account_events=[MarginCallMet(equity=Decimal(3), maintenance=Decimal(2), time=5)],
        open_orders=("mine-1",),
        directory=tmp_path,
    )
    result.save(tmp_path)
    written = _strict((tmp_path / "results.json").read_text(encoding="utf-8"))
    summary = json.loads(json.dumps(result.summary()))
    del summary["directory"], summary["report"]  # so that equal runs have equal files
    assert written == {
        **summary,
        "equity": {"time": [10, 20], "value": [110.0, 99.0]},
        "breaker_events": [
            {
                "kind": "CircuitTripped",
                "breaker": "b",
                "rule": "failed_orders",
                "action": "halt",
                "was": 5.0,
                "limit": 5.0,
                "cause": "m-1",
                "resets_at": None,
                "time": 3,
            },
            {"kind": "CircuitReset", "breaker": "b", "time": 4},
        ],
        "positions": [{"symbol": "X", "quantity": "-1.50", "average_price": "10.25"}],
        "books": [
            {
                **dict.fromkeys(("quantity", "average_price", "break_even", "realised_lifo", "unrealised"), "0"),
                **dict.fromkeys(("unrealised_fifo", "fees", "dividends", "borrow", "gross", "net"), "0"),
                "symbol": "X",
                "currency": "EUR",
                "mark": None,
                "realised": "1.5",
                "realised_fifo": "2",
            }
        ],
        "balances": {"USD": "10", "EUR": "-3"},
        "interest": "0.25",
        "account_events": [
            {"kind": "MarginCallMet", "equity": "3", "maintenance": "2", "time": 5},
        ],
        "open_orders": ["mine-1"],
    }


def test_a_failure_is_told_in_a_line_and_the_users_own(make: Callable[..., Result]) -> None:
    told = "strategy:mine failed on Bar (message 12): ValueError: no"
    assert str(FAILURE) == f"{told}\n  mine.py:3 in on_bar: raise ValueError('no')"
    without = Failure(actor="a", kind="B", sequence=1, time=0, error="E: x", line="", traceback="")
    assert str(without) == "a failed on B (message 1): E: x"
    noted = attrs.evolve(without, notes=("one", "two"))
    assert str(noted) == "a failed on B (message 1): E: x\n  one\n  two"


def test_a_notebook_shows_the_main_figures(make: Callable[..., Result]) -> None:
    shown = make()._repr_html_()
    for cell in ("<td>total_return</td><td style='text-align:right'>0.5</td>", "<td>sharpe</td>", "ab" * 16):
        assert cell in shown
