"""The summary of a run in a terminal: everything there, nothing wider than 80 columns."""

import re
from decimal import Decimal
from io import StringIO
from pathlib import Path

import attrs
import pytest
from rich.console import Console

import tradepit
from tradepit.models.account_events import CashMoved, CashReason
from tradepit.models.messages import CircuitHalfOpened, CircuitReset, CircuitTripped
from tradepit.models.order_states import OrderState
from tradepit.scenarios.invariants import Violation
from tradepit.scenarios.result import Failure, OpenPosition, Result, StrategyNotice
from tradepit.tools.summary import render, verdict
from tradepit.tools.tally import tally

SCENARIO = """\
tradepit: 1
name: shown
about: Long words [not markup] that say what this scenario is all about, more of them than fit on one line of text.
seed: 3
clock: {start: 2024-01-02, end: 2024-01-03, zone: America/New_York, session: 09:30-16:00}
market:
  ACME: {gbm: {start: 100, volatility: 40%, every: 1min}}
portfolio:
  limits: {max_position: 300}
costs: {commission: 1.00/order, slippage: 5bps}
strategies:
  - use: ./shown.py:Shown
expect:
  - {metric: max_drawdown, below: 5%}
  - {metric: trade_count, at_least: 500}
"""

STRATEGY = """\
import tradepit


class Shown(tradepit.Strategy):
    def on_start(self) -> None:
        self.bars = 0

    def on_bar(self, bar: tradepit.Bar) -> None:
        self.bars += 1
        if self.bars % 10 == 1:
            self.buy(bar.symbol, 100)
        if self.bars % 50 == 2:
            self.sell(bar.symbol, 100)
        if self.bars == 3:
            self.buy(bar.symbol, 0)
            self.buy("NOWHERE", 1)
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("summary")
    (folder / "shown.py").write_text(STRATEGY)
    (folder / "shown.yaml").write_text(SCENARIO)
    return tradepit.run(folder / "shown.yaml", out=None)


def shown(result: Result, *notes: tuple[str, str], width: int = 200, word: str | None = None) -> str:
    return render(result, Console(file=StringIO(), width=width), notes, word=word)


def test_a_tally_counts_orders_reasons_and_costs(result: Result) -> None:
    counted = tally(result)
    assert sum(counted.ended.values()) == len(result.orders)
    assert counted.ended[OrderState.FILLED] == len([order for order in result.orders if order.state == "FILLED"])
    rejected = [order.code for order in result.orders if order.state == "REJECTED"]
    assert counted.reasons[OrderState.REJECTED] == {
        code: rejected.count(code) for code in sorted(set(rejected), key=lambda code: -rejected.count(code))
    }
    assert {"MAX_POSITION", "UNKNOWN_SYMBOL"} < set(rejected)
    fees = sum((fill.fee for fill in result.fills), Decimal(0))
    assert counted.fees == {"USD": fees}
    worse = [(fill.price - fill.reference_price) * (1 if fill.side == "BUY" else -1) for fill in result.fills]
    paid = sum((price * fill.quantity for price, fill in zip(worse, result.fills, strict=True)), Decimal(0))
    assert counted.slippage == {"USD": paid}
    assert paid > 0


def test_the_summary_says_it_all(result: Result) -> None:
    text = shown(result)
    assert text.startswith("FAILED  shown  seed 3 ")
    for words in (
        "2024-01-02 to 2024-01-03 America/New_York",
        f"{result.counts['market_data']:,} events, {result.counts['messages']:,} messages",
        f"{len(result.orders)}: {tally(result).ended[OrderState.FILLED]} filled",
        f"{tally(result).reasons[OrderState.REJECTED]['MAX_POSITION']} MAX_POSITION",
        "commission ",
        "slippage ",
        "300 ACME at ",
        "ok    metric max_drawdown below 5%, was ",
        "FAIL  metric trade_count at least 500, was ",
        "all 8 held",
        result.fingerprint,
        "[not markup]",
    ):
        assert words in text, words
    assert "directory" not in text
    assert text == "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    assert text.isascii()


@pytest.mark.parametrize("width", [200, 80, 60, 40])
def test_no_line_is_wider_than_80_columns_or_the_terminal(result: Result, width: int) -> None:
    lines = shown(worst(result), ("twice", "the same in a second process " * 5), width=width).splitlines()
    assert max(map(len, lines)) <= min(width, 80)


def worst(result: Result) -> Result:
    """Return a run in which everything went wrong at length."""
    trips = [
        event
        for time in range(result.start, result.start + 12 * 10**9, 10**9)
        for event in (
            CircuitTripped(
                breaker="rejection_rate_of_everything", rule="rejection_rate", action="cancel_only", was=0.75,
                limit=0.25, cause="shown-1", resets_at=None, time=time,
            ),
            CircuitHalfOpened(breaker="rejection_rate_of_everything", probes=3, time=time),
            CircuitReset(breaker="rejection_rate_of_everything", time=time),
        )
    ]  # fmt: skip
    failure = Failure(
        actor="strategy:shown", kind="Bar", sequence=12, time=result.end, error="ValueError: " + "no " * 60,
        line="/a/very/long/path/" + "to/" * 40 + "shown.py:8 in on_bar: raise ValueError", traceback="",
    )  # fmt: skip
    violations = [
        Violation("cash_and_positions_are_the_sum_of_fills", number, result.start, "cash must be 1, was 2, " * 5)
        for number in range(12)
    ]
    return attrs.evolve(
        result,
        breaker_events=trips,
        failure=failure,
        violations=violations,
        data_problems={"ACME": {"high_below_low: repaired": 1_200, "duplicate: skipped": 3}},
        notices=[
            StrategyNotice(strategy="shown", text=f"was never done, {n}", path=f"strategies[0].with.orders[{n}]")
            for n in range(12)
        ],
        open_orders=("shown-1", "shown-2"),
    )


def test_breakers_violations_and_what_failed_are_shown_and_the_rest_counted(result: Result) -> None:
    text = shown(worst(result))
    words = " ".join(text.split())
    for said in (
        "rejection_rate_of_everything tripped 2024-01-02 00:00:00: rejection_rate was 75%, limit 25%, cancel_only",
        "rejection_rate_of_everything half open 2024-01-02 00:00:00: 3 probes",
        "rejection_rate_of_everything closed 2024-01-02 00:00:00",
        "and 28 more breaker events",
        "ACME: 1,200 high_below_low: repaired, 3 duplicate: skipped",
        "shown: orders[0] was never done, 0",
        "shown: orders[7] was never done, 7",
        "and 4 more notices",
        "2 open",
        "strategy:shown on Bar (message 12)",
        "1 of 8 broken",
        "cash_and_positions_are_the_sum_of_fills, message 0: cash must be 1, was 2,",
        "and 4 more violations",
    ):
        assert said in words, said


@pytest.mark.parametrize(
    ("rule", "was", "limit", "words"),
    [
        ("rejection_rate", 1.0, 0.25, "rejection_rate was 100%, limit 25%"),
        ("rejection_rate", 1 / 3, 0.125, "rejection_rate was 33.33%, limit 12.5%"),
        ("failed_orders", 1_200.0, 1_000.0, "failed_orders was 1,200, limit 1,000"),
        ("probe", 0.0, 1.0, "a probe failed"),
        ("manual", 0.0, 0.0, "by hand"),
    ],
)
def test_a_trip_is_told_in_words(result: Result, rule: str, was: float, limit: float, words: str) -> None:
    trip = CircuitTripped(
        breaker="guard", rule=rule, action="halt", was=was, limit=limit, cause="o-1", resets_at=None, time=result.start
    )
    text = shown(attrs.evolve(result, breaker_events=[trip]))
    assert f"guard tripped 2024-01-02 00:00:00: {words}, halt" in " ".join(text.split())


def test_one_of_a_kind_is_said_in_the_singular_and_quantities_have_their_thousands_apart(result: Result) -> None:
    half_open = CircuitHalfOpened(breaker="guard", probes=1, time=result.start)
    position = OpenPosition(symbol="ACME", quantity=Decimal(-12500), average_price=Decimal("1234.56789"))
    changed = attrs.evolve(
        result,
        counts={**result.counts, "market_data": 1, "messages": 1},
        breaker_events=[half_open] * 9,
        positions=[position],
    )
    words = " ".join(shown(changed).split())
    for said in (
        "market data 1 event, 1 message orders",
        "guard half open 2024-01-02 00:00:00: 1 probe guard",
        "and 1 more breaker event position",
        "position -12,500 ACME at 1,234.56789 on average, at the end",
    ):
        assert said in words, said


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"expectations": ()}, "PASSED"),
        ({}, "FAILED"),
        ({"stopped": True}, "STOPPED"),
        ({"stopped": True, "expectations": ()}, "STOPPED"),
    ],
)
def test_the_verdict_is_one_word(result: Result, changes: dict[str, object], word: str) -> None:
    changed = attrs.evolve(result, **changes)  # type: ignore[arg-type]  # the table's values are of several types
    assert verdict(changed) == word
    assert shown(changed).split()[0] == word
    assert changed.passed is (word == "PASSED")
    assert (changed.verdict, changed.summary()["passed"]) == (word.lower(), changed.passed)
    assert f": {changed.verdict}, fingerprint" in repr(changed)
    assert shown(changed, word="FAILED").split()[0] == "FAILED"


def test_a_run_without_orders_or_an_about_has_a_short_summary(tmp_path: Path) -> None:
    idle = tradepit.loads("tradepit: 1\nname: idle\nmarket: {A: {sample: GOOG}}\n")
    text = shown(tradepit.run(idle, out=None, sets="clock.end=2004-10-01"))
    assert re.search(r"^orders +0\nfills +0\n", text, re.MULTILINE)
    assert re.search(r"^total return +0\.00% +Sharpe +- ", text, re.MULTILINE)
    assert text.splitlines()[1] == ""


def test_crashes_that_were_asked_for_and_never_came_are_told(tmp_path: Path) -> None:
    text = "tradepit: 1\nname: idle\nclock: {end: 2004-10-01}\nmarket: {A: {sample: GOOG}}\n"
    each = ("SIM, message: 99", "portfolio, message: 2, times: 2", "portfolio, message: 999")
    faults = f"[{', '.join(f'{{do: crash, actor: {fault}}}' for fault in each)}]"
    told = shown(tradepit.run(tradepit.loads(text), out=None, sets=f"faults={faults}"))
    assert re.findall(r"^(?:faults| ) +(.* told to)$", told, re.MULTILINE) == [
        "venue:SIM: crashed 0 of the 1 time that it was told to",
        "portfolio: crashed 2 of the 3 times that it was told to",
    ]
    assert "\nfaults " not in shown(tradepit.run(tradepit.loads(text), out=None))


def test_paths_are_short_and_never_cut(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    near = attrs.evolve(result, directory=tmp_path / "runs/shown-3-1", report=tmp_path / "runs/shown-3-1/report.html")
    assert shown(near).endswith("directory    runs/shown-3-1\nreport       runs/shown-3-1/report.html\n")
    far = tmp_path / ("long/" * 30)
    lines = shown(attrs.evolve(result, directory=far)).splitlines()
    assert lines[-2:] == ["directory", ("long/" * 30)[:-1]]


def test_what_happened_to_the_account_besides_executions_is_summed_by_reason_and_currency(result: Result) -> None:
    def moved(reason: CashReason, amount: str, currency: str = "USD") -> CashMoved:
        return CashMoved(reason=reason, symbol="X", amount=Decimal(amount), currency=currency, text="", time=0)

    assert "account" not in shown(result)
    told = shown(
        attrs.evolve(
            result,
            counts={**result.counts, "MarginCalled": 1, "Liquidated": 1_200, "OrderFillBusted": 2},
            account_events=[
                moved(CashReason.DIVIDEND, "10.50"),
                moved(CashReason.BORROW, "-3"),
                moved(CashReason.DIVIDEND, "2"),
                moved(CashReason.BORROW, "-1.25", "EUR"),
            ],
        )
    )
    assert "account      1 margin call, 1,200 liquidations, 2 fills taken back\n" in told
    assert "             dividend 12.50 USD, borrow -3.00 USD and -1.25 EUR\n" in told
