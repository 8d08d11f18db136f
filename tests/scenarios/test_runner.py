"""Whole runs: from a scenario to its results."""

import json
import signal
from collections.abc import Callable, Iterator
from decimal import Decimal, getcontext, localcontext
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Dispatch, System
from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar, Quote
from tradepit.models.messages import CircuitTripped
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Side
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import OpenPosition, Result
from tradepit.scenarios.runner import Interrupted, run_scenario

MINUTE_NS = 60_000_000_000
FIRST_NS = 1_704_187_800_000_000_000
"""2024-01-02 09:30 UTC: the stamp of the first bar."""

DIARY: list[tuple[str, int, Decimal, Decimal]] = []
"""What the strategy that ran last knew: on a fill or on data, at the n-th data, position and cash."""


class Scripted(Strategy):
    """Does at the n-th bar or quote what its script says: [n, method, its arguments, and by name in a mapping]."""

    script: list[list[Any]] = []  # noqa: RUF012  each strategy gets a copy
    digits: int = 28

    def on_start(self) -> None:
        DIARY.clear()
        self.number = 0
        self.sent: list[str] = []

    def on_bar(self, bar: Bar) -> None:
        self.act()

    def on_quote(self, quote: Quote) -> None:
        self.act()

    def on_fill(self, fill: Fill) -> None:
        DIARY.append(("fill", self.number, self.position("X"), self.cash))

    def act(self) -> None:
        getcontext().prec = self.digits
        self.number += 1
        DIARY.append(("data", self.number, self.position("X"), self.cash))
        for number, what, *arguments in self.script:
            if number != self.number:
                continue
            named = arguments.pop() if isinstance(arguments[-1], dict) else {}
            if what == "cancel":
                self.cancel(self.sent[arguments[0]])
            else:
                self.sent.append(getattr(self, what)(*arguments, **named))


Run = Callable[..., Result]


@pytest.fixture(params=list(Dispatch), ids=str)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run a script over minute bars (open, close, volume) from 09:30."""

    def run_it(
        script: list[list[Any]],
        bars: list[tuple[float, float, int]] | None = None,
        *,
        directory: Path | None = None,
        progress: Callable[[System], None] | None = None,
        digits: int = 28,
        **sections: Any,
    ) -> Result:
        rows = [
            f"2024-01-02 {9 + (30 + number) // 60:02}:{(30 + number) % 60:02},"
            f"{opens},{max(opens, closes)},{min(opens, closes)},{closes},{volume}"
            for number, (opens, closes, volume) in enumerate(bars or [(10.0, 10.0, 1000)] * 6)
        ]
        (tmp_path / "x.csv").write_text("\n".join(["time,open,high,low,close,volume", *rows, ""]), "utf-8")
        with_ = {"script": script, "digits": digits}
        tree: dict[str, Any] = {
            "tradepit": 1,
            "name": "scripted",
            "market": {"X": {"file": "x.csv"}},
            "strategies": [{"use": f"{__name__}:Scripted", "with": with_, "name": "s"}],
            **sections,
        }
        with localcontext():
            result = run_scenario(
                loads(json.dumps(tree), directory=tmp_path),
                dispatch=request.param,
                directory=directory,
                progress=progress,
            )
        assert (result.failure, result.violations) == (None, [])
        return result

    return run_it


def _ends(result: Result) -> list[tuple[str, OrderState, str, int]]:
    """Return (id, state, code, filled) of every order."""
    return [(order.order.order_id, order.state, order.code, int(order.cumulative)) for order in result.orders]


def _fills(result: Result) -> list[tuple[str, int, str, str]]:
    """Return (id of the order, minute, quantity, price) of every fill; the closing ones have no order."""
    return [
        (fill.order_id, (fill.time - FIRST_NS) // MINUTE_NS, str(fill.quantity), str(fill.price))
        for fill in result.fills
    ]


# --- an order's way -----------------------------------------------------------------------------------------------


def test_a_position_is_bought_marked_and_closed_at_the_end_and_every_figure_fits(run: Run) -> None:
    bars = [(10.0, 10.0, 1000), (11.0, 12.0, 1000), (12.0, 14.0, 1000)]
    result = run([[1, "buy", "X", 100]], bars, portfolio={"cash": "10_000 USD"}, costs={"commission": "1.00/order"})
    assert _fills(result) == [("s-1", 1, "100", "11.0"), ("", 2, "100", "14.0")]
    assert result.equity.points == (
        [FIRST_NS, FIRST_NS + MINUTE_NS, FIRST_NS + 2 * MINUTE_NS],
        [10_000.0, 10_099.0, 10_299.0],
    )
    [trade] = result.trades
    assert (trade.gross_pnl, trade.fees, trade.net_pnl) == (Decimal(300), Decimal(1), Decimal(299))
    assert (trade.mae, trade.mfe) == (0.0, 300.0)
    assert result.positions == [OpenPosition(symbol="X", quantity=Decimal(100), average_price=Decimal("11.0"))]
    assert result.metrics["final_equity"] == 10_299.0
    assert result.metrics["trade_count"] == 1.0
    assert (result.start, result.end) == (FIRST_NS, FIRST_NS + 2 * MINUTE_NS)
    assert (result.counts["market_data"], result.counts["OrderFilled"], result.counts["OrderRejected"]) == (3, 1, 0)
    assert result.passed


def test_position_and_cash_include_a_fill_when_it_is_heard_and_when_the_same_bar_is(run: Run) -> None:
    run([[1, "buy", "X", 10]], portfolio={"cash": "1_000 USD"})
    assert DIARY[:4] == [
        ("data", 1, Decimal(0), Decimal(1000)),
        ("fill", 1, Decimal(10), Decimal(900)),
        ("data", 2, Decimal(10), Decimal(900)),
        ("data", 3, Decimal(10), Decimal(900)),
    ]


def test_an_order_that_the_market_cannot_fill_at_once_is_filled_bar_by_bar(run: Run) -> None:
    bars = [(10.0, 10.0, 50)] * 5
    result = run([[1, "buy", "X", 12]], bars)
    assert _fills(result)[:-1] == [("s-1", 1, "5", "10.0"), ("s-1", 2, "5", "10.0"), ("s-1", 3, "2", "10.0")]
    [order] = result.orders
    assert [state for state, _, _ in order.history] == [
        "RECEIVED", "VALIDATED", "ROUTED", "WORKING", "PARTIALLY_FILLED", "PARTIALLY_FILLED", "FILLED",
    ]  # fmt: skip


def test_every_kind_of_order_finds_its_price(run: Run) -> None:
    bars = [(10.0, 10.0, 1000), (10.0, 8.0, 1000), (8.0, 12.0, 1000), (13.0, 13.0, 1000)]
    script: list[list[Any]] = [
        [1, "buy", "X", 1, {"limit": 9}],
        [1, "buy", "X", 2, {"stop": 11}],
        [1, "sell", "X", 3, {"stop": 9, "limit": "8.5"}],
        [1, "buy", "X", 4, {"stop": "12.5"}],
        [1, "sell", "X", 5, {"limit": 20}],
    ]
    result = run(script, bars, at_end={"close_positions": False})
    assert _fills(result) == [
        ("s-1", 1, "1", "9"), ("s-3", 1, "3", "9"), ("s-2", 2, "2", "11"), ("s-4", 3, "4", "13.0"),
    ]  # fmt: skip
    assert _ends(result)[-1] == ("s-5", OrderState.CANCELLED, "END_OF_RUN", 0)


def test_an_order_and_its_cancel_from_one_bar_cancel_each_other(run: Run) -> None:
    result = run([[1, "buy", "X", 10], [1, "cancel", 0], [2, "cancel", 0]])
    assert _ends(result) == [("s-1", OrderState.CANCELLED, "REQUESTED", 0)]
    assert (result.counts["OrderCancelRejected"], result.counts["CancelOfUnknownOrder"]) == (1, 0)


def test_a_fill_that_crosses_the_cancel_on_its_way_is_honoured(run: Run) -> None:
    venues = {"FAR": {"latency": {"order": "90s"}}}
    result = run([[1, "buy", "X", 10], [2, "cancel", 0]], venues=venues)
    assert _ends(result) == [("s-1", OrderState.FILLED, "", 10)]
    assert _fills(result)[0] == ("s-1", 2, "10", "10.0")
    assert "PENDING_CANCEL" in [state for order in result.orders for state, _, _ in order.history]


def test_immediate_orders_take_what_there_is_or_nothing(run: Run) -> None:
    script = [[1, "buy", "X", 12, {"time_in_force": "IOC"}], [2, "buy", "X", 12, {"time_in_force": "FOK"}]]
    result = run(script, [(10.0, 10.0, 50)] * 4)
    assert _ends(result) == [
        ("s-1", OrderState.CANCELLED, "IOC_REMAINDER", 5), ("s-2", OrderState.CANCELLED, "FOK_UNFILLABLE", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("closes", "state"), [("09:33", OrderState.FILLED), ("09:32", OrderState.EXPIRED)])
def test_a_day_order_lives_to_the_close_and_a_bar_stamped_at_the_close_still_fills(
    run: Run, closes: str, state: OrderState
) -> None:
    bars = [(10.0, 10.0, 1000), (10.0, 10.0, 0), (10.0, 10.0, 0), (10.0, 10.0, 1000), (10.0, 10.0, 1000)]
    script = [[1, "buy", "X", 1, {"time_in_force": "DAY"}]]
    result = run(script, bars, clock={"session": f"09:00-{closes}"})
    [order] = result.orders
    assert (order.state, order.code) == (state, "" if state is OrderState.FILLED else "TIME_IN_FORCE")
    last = FIRST_NS + 3 * MINUTE_NS if state is OrderState.FILLED else FIRST_NS + 2 * MINUTE_NS + 1
    assert order.closed_at == last


def test_an_order_that_is_too_old_is_cancelled(run: Run) -> None:
    result = run([[1, "buy", "X", 1, {"limit": 5}]], orders={"max_order_age": "150s"})
    [order] = result.orders
    assert (order.state, order.code, order.closed_at) == (
        OrderState.CANCELLED, "MAX_ORDER_AGE", FIRST_NS + 150 * 10**9,
    )  # fmt: skip


def test_signals_hold_a_position_of_the_scenarios_size(run: Run) -> None:
    signals: list[tuple[Any, ...]] = [(1, "LONG"), (2, "LONG"), (3, "SHORT", 0.5), (5, "FLAT")]
    script = [[number, "signal", "X", *said] for number, *said in signals]
    result = run(script, portfolio={"sizing": {"fixed": 40}})
    assert [(fill.side, int(fill.quantity)) for fill in result.fills] == [
        (Side.BUY, 40), (Side.SELL, 60), (Side.BUY, 20),
    ]  # fmt: skip
    assert len(result.trades) == 2


def test_quotes_fill_at_the_far_side_as_they_stand(run: Run, tmp_path: Path) -> None:
    rows = ["time,bid,ask,bid_size,ask_size", *[f"2024-01-02 09:3{n},{9 + n},{11 + n},5,5" for n in range(4)], ""]
    (tmp_path / "q.csv").write_text("\n".join(rows), "utf-8")
    market = {"X": {"file": "q.csv", "as": "quotes"}}
    result = run([[1, "buy", "X", 7], [3, "sell", "X", 1]], market=market, at_end={"close_positions": False})
    assert _fills(result) == [("s-1", 0, "5", "11.0"), ("s-1", 1, "2", "12.0"), ("s-2", 2, "1", "11.0")]


def test_what_is_held_at_the_start_is_counted_traded_and_closed(run: Run) -> None:
    portfolio = {"cash": "1_000 USD", "positions": {"X": {"quantity": 10, "price": 8}}}
    result = run([[1, "sell", "X", 4]], [(10.0, 10.0, 1000)] * 3, portfolio=portfolio)
    assert [(fill.side, int(fill.quantity), fill.venue) for fill in result.fills] == [
        (Side.SELL, 4, "SIM"), (Side.SELL, 6, "AT_END"),
    ]  # fmt: skip
    assert result.equity.starting_equity == 1_080.0
    assert result.metrics["final_equity"] == 1_100.0


def test_the_end_leaves_open_what_the_scenario_wants_to_stay_open(run: Run) -> None:
    at_end = {"close_positions": False, "cancel_orders": False}
    result = run(
        [[1, "buy", "X", 1], [2, "buy", "X", 1, {"limit": 5}]], at_end=at_end, expect=[{"orders": "all_terminal"}]
    )
    assert result.open_orders == ("s-2",)
    assert [position.quantity for position in result.positions] == [Decimal(1)]
    assert [(e.passed, e.was) for e in result.expectations] == [(False, "1 still open: s-2")]
    assert not result.passed


def test_a_clock_that_only_frames_the_data_changes_no_figure(run: Run) -> None:
    script = [[1, "buy", "X", 10], [3, "sell", "X", 10]]
    bars = [(10.0, 10.0, 1000), (11.0, 11.0, 1000), (11.0, 9.0, 1000), (9.0, 12.0, 1000), (12.0, 12.0, 1000)]
    tight = run(script, bars)
    wide = run(script, bars, clock={"start": "2024-01-02 08:00", "end": "2024-01-02 17:00"})
    assert wide.equity.points == tight.equity.points
    figures = [{name: repr(figure) for name, figure in result.metrics.items()} for result in (tight, wide)]
    assert figures[0].pop("exposure") != figures[1].pop("exposure")  # the part of the clock that something was held
    assert figures[0] == figures[1]


# --- breakers and venues ------------------------------------------------------------------------------------------


def test_a_breaker_that_trips_lets_not_one_more_order_through(run: Run) -> None:
    script = [[number, "buy", "X", 0] for number in (1, 2)] + [[number, "buy", "X", 1] for number in (2, 3, 4, 5)]
    breakers = [{"rule": "failed_orders", "at": 2, "over": "5min", "reset": "manual", "name": "b"}]
    result = run(script, breakers=breakers)
    assert [code for _, _, code, _ in _ends(result)] == ["QUANTITY_NOT_POSITIVE"] * 2 + ["CIRCUIT_OPEN"] * 4
    [tripped] = result.breaker_events
    assert isinstance(tripped, CircuitTripped)
    assert (tripped.breaker, tripped.cause, tripped.time) == ("b", "s-2", FIRST_NS + MINUTE_NS)


def test_each_order_goes_to_the_cheaper_venue(run: Run) -> None:
    venues = {"A": {"fees": "1.00/order"}, "B": {"fees": "0.5%"}}
    result = run([[1, "buy", "X", 10], [2, "buy", "X", 50]], venues=venues)
    assert [fill.venue for fill in result.fills] == ["B", "A", "AT_END"]
    assert [order.venues for order in result.orders] == [("B",), ("A",)]


# --- how it is run ------------------------------------------------------------------------------------------------

BUSY = [[1, "buy", "X", 12], [2, "sell", "X", 5, {"limit": 10}], [3, "buy", "X", 0], [4, "signal", "X", "FLAT"]]


@pytest.mark.parametrize("level", ["orders", "full", "off"])
def test_the_journal_is_written_as_the_scenario_says(run: Run, tmp_path: Path, level: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    result = run(BUSY, directory=out, journal=level)
    files = {"fills.jsonl", "orders.jsonl", "results.json", "trades.jsonl"}
    assert {file.name for file in out.iterdir()} == files | ({"journal.jsonl"} if level != "off" else set())
    assert result.directory == out
    if level != "off":
        head, *entries, end = [json.loads(line) for line in (out / "journal.jsonl").read_text("utf-8").splitlines()]
        assert head["identity"]["seed"] == 0
        assert list(head["about"]["strategies"]) == ["s"]
        assert end["end"]["fingerprint"] == result.fingerprint
        kinds = {entry[4] for entry in entries if isinstance(entry, list)}
        assert ("Bar" in kinds) is (level == "full")


def test_the_fingerprint_does_not_depend_on_whether_the_journal_is_written_and_where(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    fingerprints = {
        run(BUSY).fingerprint,
        run(BUSY, journal="off").fingerprint,
        run(BUSY, report=False).fingerprint,
        run(BUSY, directory=tmp_path / "out").fingerprint,
    }
    assert len(fingerprints) == 1
    assert run(BUSY, seed=1).fingerprint not in fingerprints
    assert run(BUSY[1:]).fingerprint not in fingerprints


def test_the_tables_and_results_lie_in_the_directory(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    result = run(BUSY, directory=tmp_path / "out")
    for name in ("orders", "fills", "trades"):
        lines = (tmp_path / "out" / f"{name}.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == list(getattr(result, name).plain())
        assert lines
    written = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert written["fingerprint"] == result.fingerprint
    assert written["equity"]["value"] == result.equity.values


def test_a_strategy_that_narrows_the_precision_of_decimals_changes_no_result(run: Run) -> None:
    """Its own sums are its own business; the books are exact."""
    costs = {"commission": "0.123%", "slippage": "3bps"}
    script = [*BUSY, [5, "signal", "X", "LONG"]]
    wide, narrow = run(script, costs=costs), run(script, costs=costs, digits=2)
    for table in ("orders", "fills"):
        assert list(getattr(narrow, table).plain()) == list(getattr(wide, table).plain())
    assert narrow.equity.points == wide.equity.points


LONG = {
    "clock": {"start": "2024-01-01", "end": "2024-01-15"},
    "market": {"X": {"gbm": {"start": 10, "every": "1min"}}},
}
"""A market for long enough that the kernel looks up."""


def test_a_run_that_is_stopped_ends_as_if_the_data_had_ended_there(run: Run) -> None:
    def stop(system: System) -> None:
        if system.streamed > 3:  # the order has been filled by then
            system.stop()

    result = run([[1, "buy", "X", 1]], progress=stop, **LONG)
    assert result.stopped
    assert (result.passed, result.verdict) == (False, "stopped")
    assert (result.open_orders, len(result.trades)) == ((), 1)
    assert 0 < result.counts["market_data"] < 60 * 24 * 15


def test_progress_is_told_while_the_run_goes_on(run: Run) -> None:
    seen: list[int] = []
    result = run([], progress=lambda system: seen.append(system.streamed), **LONG)
    assert seen
    assert seen == sorted(seen)
    assert seen[-1] <= result.counts["market_data"] == 60 * 24 * 15


class Signaller(Strategy):
    """Raises signals at the third bar, as a user would at the keyboard."""

    signals: list[str] = []  # noqa: RUF012  each strategy gets a copy

    def on_start(self) -> None:
        self.bars = 0

    def on_bar(self, bar: Bar) -> None:
        self.bars += 1
        if self.bars == 3:
            for name in self.signals:
                signal.raise_signal(signal.Signals[name])


@pytest.fixture(params=list(Dispatch), ids=str)
def interrupt(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Run a strategy that raises signals; after that the handlers are those of before."""

    def run_it(*signals: str, directory: Path | None = None) -> Result:
        text = f"""\
tradepit: 1
name: signalled
market: {{X: {{path: [["2024-01-02 10:00", 10], ["2024-01-02 10:30", 11]], every: 1min}}}}
strategies: [{{use: "{__name__}:Signaller", with: {{signals: {list(signals)}}}}}]
"""
        return run_scenario(loads(text), dispatch=request.param, signals=True, directory=directory)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield run_it
    assert {number: signal.getsignal(number) for number in before} == before


def test_without_signals_a_run_goes_to_its_end(interrupt: Run) -> None:
    result = interrupt()
    assert (result.stopped, result.counts["market_data"]) == (False, 30)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_one_signal_ends_the_run_as_if_the_data_had_ended_there(interrupt: Run, name: str) -> None:
    result = interrupt(name)
    assert (result.stopped, result.counts["market_data"], result.violations) == (True, 3, [])


@pytest.mark.parametrize("names", [("SIGINT", "SIGINT"), ("SIGINT", "SIGTERM")])
def test_a_second_signal_stops_it_at_once_and_the_journal_still_ends_whole(
    interrupt: Run, names: tuple[str, str], tmp_path: Path
) -> None:
    with pytest.raises(Interrupted, match=f"stopped by {names[1]}"):
        interrupt(*names, directory=tmp_path)
    last = (tmp_path / "journal.jsonl").read_text("utf-8").splitlines()[-1]
    assert list(json.loads(last)) == ["end"]
