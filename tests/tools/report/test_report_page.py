# ruff: noqa: RUF001  the report writes true minus signs and dashes
import base64
import hashlib
import json
import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradepit.models.account import Account
from tradepit.models.account_events import CashReason
from tradepit.models.equity import EquityCurve
from tradepit.models.execution_metrics import EXECUTION_METRICS, Execution
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    CashMoved,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    DividendOwed,
    Liquidated,
    MarginCalled,
    MarginCallMet,
    OrderClosed,
    PositionSplit,
    SymbolRenamed,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Liquidity, OrderKind, Side
from tradepit.models.symbol_books import books_of
from tradepit.scenarios.expectations import Expectation
from tradepit.scenarios.invariants import Violation
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Failure, OpenPosition, Result, StrategyNotice
from tradepit.scenarios.sessions import SessionsError
from tradepit.scenarios.tree import AtEndSpec, BreakerSpec, FileSource, PathSource, Scenario, StrategySpec
from tradepit.tools.report import ReportUnavailable, page, report_html, write_report

MINUTE = 60_000_000_000
START = 1_273_156_200_000_000_000
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&"

MakeFill = Callable[..., Fill]
MakeClosed = Callable[..., OrderClosed]
MakeResult = Callable[..., Result]


class Page(HTMLParser):
    """What a reader and a browser find in a report."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._open: list[str] = []
        self._id = ""
        self._sections: dict[str, list[str]] = {"": []}
        self._section = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("section", "header"):
            self._section = dict(attrs).get("id") or tag
            self._sections[self._section] = []
        if tag == "script":
            self._id = dict(attrs).get("id") or "main"
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("section", "header"):
            self._section = ""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.scripts[self._id] = data
        else:
            self._sections[self._section].append(data)

    def section(self, name: str) -> str:
        return " ".join(" ".join(self._sections[name]).split())

    @property
    def sections(self) -> list[str]:
        return [name for name in self._sections if name]

    @property
    def text(self) -> str:
        return " ".join(self.section(name) for name in self._sections)

    @property
    def charts(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.scripts["chart-data"])
        return data


def _trip(time: int, **changes: Any) -> CircuitTripped:
    given: dict[str, Any] = {
        "breaker": "guard",
        "rule": "failed_orders",
        "action": "halt",
        "was": 10.0,
        "limit": 10.0,
        "cause": "o-3",
        "resets_at": time + 5 * MINUTE,
        "time": time,
    }
    return CircuitTripped(**{**given, **changes})


def test_a_plain_run_has_every_section_in_the_order_of_importance(
    make_result: MakeResult, make_fill: MakeFill, make_closed: MakeClosed
) -> None:
    result = make_result(fills=[make_fill(1), make_fill(2)], orders=[make_closed(1), make_closed(2)])
    found = Page(report_html(result))
    assert found.sections == [
        "header",
        "checks",
        "equity",
        "prices",
        "metrics",
        "orders",
        "trades",
        "costs",
        "execution",
        "breakers",
        "positions",
        "again",
    ]
    assert found.section("header") == (
        "drill ✓ passed A straight line down and up again. Period 2010-05-06 10:30 to 11:10 America/New_York Seed 7"
        " Market data 40 Messages 123 Fingerprint c0ffee"
    )
    assert "2 FILLED. Click an order for its history." in found.section("orders")
    assert "o-1 2010-05-06 10:31:00 X BUY MARKET DAY 100 FILLED 100 100.02 0.30 SIM" in found.section("orders")
    assert "SIM X 2 200 20,000.00 0.60 0.3 0.00 0 USD" in found.section("costs")
    assert "The scenario has no breakers." in found.section("breakers")
    assert "Nothing was held at the end." in found.section("positions")


def test_equal_runs_give_equal_bytes_whatever_time_they_took(
    make_result: MakeResult, make_closed: MakeClosed, tmp_path: Path
) -> None:
    for number, elapsed in enumerate((0.1, 99.0)):
        result = make_result(orders=[make_closed(1)], elapsed_s=elapsed, directory=tmp_path / str(number))
        write_report(result, tmp_path / f"{number}.html")
    first, second = (tmp_path / f"{number}.html" for number in range(2))
    assert first.read_bytes() == second.read_bytes()
    assert str(tmp_path) not in first.read_text(encoding="utf-8")


def test_the_page_fetches_nothing_and_lets_only_its_own_script_run(make_result: MakeResult) -> None:
    found = Page(report_html(make_result()))
    assert not [e for e in found.elements if e[0] in ("link", "img", "iframe", "object", "base") or "src" in e[1]]
    policies = [e[1]["content"] for e in found.elements if e[1].get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(found.scripts["main"].encode()).digest()).decode()
    assert policies == [f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"]
    everything = report_html(make_result())
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)|url\((?!#)|@import|fetch\(|XMLHttpRequest", everything)
    assert "innerHTML" not in everything


def test_names_that_are_code_are_shown_as_text(
    make_result: MakeResult, make_fill: MakeFill, make_closed: MakeClosed, scenario: Scenario
) -> None:
    hostile = attrs.evolve(scenario, name=HOSTILE, about=HOSTILE, market={HOSTILE: scenario.market["X"]})
    result = make_result(
        scenario=hostile,
        fingerprint=HOSTILE,
        fills=[make_fill(1, symbol=HOSTILE, venue=HOSTILE, strategy=HOSTILE, order_id=HOSTILE)],
        orders=[
            make_closed(
                1,
                order={"symbol": HOSTILE, "order_id": HOSTILE},
                strategy=HOSTILE,
                state=OrderState.REJECTED,
                cumulative=Decimal(0),
                code=HOSTILE,
                text=HOSTILE,
                venues=(HOSTILE,),
                history=((HOSTILE, START, HOSTILE),),
            )
        ],
        positions=[OpenPosition(symbol=HOSTILE, quantity=Decimal(1), average_price=Decimal(1))],
        breaker_events=[_trip(START, breaker=HOSTILE, rule=HOSTILE, cause=HOSTILE, action=HOSTILE)],
        expectations=[Expectation(text=HOSTILE, passed=False, was=HOSTILE)],
        violations=[Violation(invariant=HOSTILE, sequence=1, time=START, text=HOSTILE)],
        invariants=(HOSTILE,),
        data_problems={HOSTILE: {HOSTILE: 1}},
        notices=[StrategyNotice(strategy=HOSTILE, text=HOSTILE, path=HOSTILE)],
        open_orders=(HOSTILE,),
        failure=Failure(
            actor=HOSTILE, kind=HOSTILE, sequence=1, time=START, error=HOSTILE, line=HOSTILE, traceback=HOSTILE
        ),
        metrics={HOSTILE: 1.0},
        execution=Execution(
            figures=dict.fromkeys(EXECUTION_METRICS, 1.0),
            venues={HOSTILE: dict.fromkeys(EXECUTION_METRICS, 1.0)},
            rejects={HOSTILE: 1},
        ),
    )
    text = report_html(result, command=HOSTILE)
    found = Page(text)
    assert "<img" not in text
    assert [tag for tag, given in found.elements if "onerror" in given or tag == "img"] == []
    assert len(re.findall("</script", text)) == 3
    assert found.charts["panels"][0]["symbol"] == HOSTILE
    details = json.loads(found.scripts["orders-table-details"])
    assert details == [{"said": f"strategy {HOSTILE}, 1 fill, {HOSTILE}: {HOSTILE}", "steps": [[HOSTILE, 0, HOSTILE]]}]
    for name in (
        "header",
        "checks",
        "data-problems",
        "notices",
        "failure",
        "metrics",
        "orders",
        "costs",
        "execution",
        "breakers",
        "positions",
        "again",
    ):
        assert "<img src=x onerror=alert(1)>" in found.section(name), name


def test_a_run_without_orders_or_points_says_so(make_result: MakeResult) -> None:
    found = Page(report_html(make_result(equity=[])))
    assert found.section("orders") == "Orders No order ended."
    assert found.section("trades") == "Trades No position was closed."
    assert found.section("costs") == "Costs Nothing was traded."
    assert "The scenario expects nothing." in found.section("checks")
    assert found.charts["equity"] == {"t": [0], "v": [1_000_000.0], "d": [0.0]}
    assert "Total return – to 1,000,000.00 USD" in found.text
    assert "Trades 0 none closed" in found.text


def test_a_run_that_did_not_hold_says_what(make_result: MakeResult, make_closed: MakeClosed) -> None:
    result = make_result(
        expectations=[
            Expectation(text="metric max_drawdown below 5%", passed=True, was="1%"),
            Expectation(text="event CircuitTripped equals 0", passed=False, was="2"),
        ],
        violations=[
            Violation(invariant="no_order_is_lost", sequence=12, time=START, text="3 received, 2 ended"),
            Violation(invariant="no_order_is_lost", sequence=15, time=START, text="again"),
        ],
        orders=[make_closed(1)],
        open_orders=("o-2",),
        data_problems={"X": {"high repaired": 2_000}},
        notices=[StrategyNotice(strategy="script", text="was never done", path="strategies[0].with.orders[2]")],
    )
    found = Page(report_html(result))
    assert "✗ failed" in found.section("header")
    assert "1 of 2 invariants did not hold; 1 of 2 expectations were not met" in found.section("header")
    assert found.section("checks") == (
        "Expectations expected was ✓ metric max_drawdown below 5% 1% ✗ event CircuitTripped equals 0 2"
        " Invariants ✗ no order is lost ✓ no message from the future"
        " no order is lost : 3 received, 2 ended (message 12, 2010-05-06 10:30:00)"
        " no order is lost : again (message 15, 2010-05-06 10:30:00)"
    )
    assert "X high repaired 2,000" in found.section("data-problems")
    assert found.section("notices") == (
        "Notices of strategies strategy place in the scenario notice script strategies[0].with.orders[2] was never done"
    )
    assert "1 FILLED. 1 still open at the end." in found.section("orders")


TRACEBACK = """Traceback (most recent call last):
  File "/home/somebody/venv/lib/python3.11/site-packages/tradepit/actors/strategy_host.py", line 9, in on_bar
    self._strategy.on_bar(bar)
  File "C:\\Users\\somebody\\plans\\mine.py", line 3, in on_bar
    return 1 / 0
ZeroDivisionError: division by zero
"""


def test_a_failed_run_gives_its_account_without_the_machines_paths(make_result: MakeResult) -> None:
    failure = Failure(
        actor="strategy:mine",
        kind="Bar",
        sequence=42,
        time=START + MINUTE,
        error="ZeroDivisionError: division by zero",
        line="/home/somebody/plans/mine.py:3 in on_bar: return 1 / 0",
        traceback=TRACEBACK,
    )
    found = Page(report_html(make_result(failure=failure)))
    assert "strategy:mine failed: ZeroDivisionError: division by zero" in found.section("header")
    account = found.section("failure")
    assert "strategy:mine failed on Bar (message 42) at 2010-05-06 10:31:00." in account
    assert "somebody/plans/mine.py:3 in on_bar: return 1 / 0" in account
    assert 'File "tradepit/actors/strategy_host.py", line 9' in account
    assert 'File "somebody\\plans\\mine.py", line 3' in account
    assert "/home" not in found.text
    assert "C:" not in found.text


def test_a_failure_outside_the_users_code_has_no_line(make_result: MakeResult) -> None:
    failure = Failure(actor="feed", kind="Bar", sequence=1, time=START, error="Oops: x", line="", traceback="")
    found = Page(report_html(make_result(failure=failure)))
    assert "Oops: x Traceback" in found.section("failure")


@pytest.mark.parametrize(
    ("changes", "badge"),
    [
        ({"stopped": True}, "■ stopped the run was"),
        ({"stopped": True, "expectations": [Expectation(text="a", passed=False, was="b")]}, "✗ failed 1 of 1 exp"),
    ],
)
def test_a_stopped_run_is_not_called_passed(make_result: MakeResult, changes: dict[str, Any], badge: str) -> None:
    header = Page(report_html(make_result(**changes))).section("header")
    assert badge in header.replace("A straight line down and up again. ", "")
    assert "stopped from outside before its end" in header


def test_only_the_first_two_thousand_orders_are_embedded(make_result: MakeResult, make_closed: MakeClosed) -> None:
    result = make_result(orders=[make_closed(number % 30, closed_at=START + number) for number in range(2_001)])
    found = Page(report_html(result))
    assert "2,001 FILLED" in found.section("orders")
    assert "The first 2,000 of 2,001 are here." in found.section("orders")
    assert len(json.loads(found.scripts["orders-table-details"])) == 2_000


def test_orders_show_their_prices_and_why_they_ended(make_result: MakeResult, make_closed: MakeClosed) -> None:
    prices = {"kind": OrderKind.STOP_LIMIT, "limit_price": Decimal("99.5"), "stop_price": Decimal(101)}
    unfilled = {"cumulative": Decimal(0), "average_price": Decimal(0), "fees": Decimal(0), "fills": 0}
    orders = [
        make_closed(1, order=prices, **unfilled, state=OrderState.CANCELLED, code="REQUESTED", venues=("A", "B")),
        make_closed(2, **unfilled, state=OrderState.REJECTED, code="MAX_NOTIONAL", text="limit=1, was=2", venues=()),
        make_closed(3, **unfilled, state=OrderState.REJECTED, code="CIRCUIT_OPEN"),
        make_closed(4, **unfilled, state=OrderState.REJECTED, code="CIRCUIT_OPEN"),
    ]
    found = Page(report_html(make_result(orders=orders)))
    assert "3 REJECTED (CIRCUIT_OPEN 2, MAX_NOTIONAL 1); 1 CANCELLED (REQUESTED 1)." in found.section("orders")
    assert "X BUY STOP_LIMIT DAY 100 99.50 101.00 CANCELLED 0 REQUESTED A, B" in found.section("orders")
    assert json.loads(found.scripts["orders-table-details"])[1] == {
        "said": "strategy mine, 0 fills, MAX_NOTIONAL: limit=1, was=2",
        "steps": [["RECEIVED", 120_000_000, "SubmitOrder"], ["FILLED", 120_001_000, "ChildFilled"]],
    }
    assert "Orders 4 0 filled, 3 refused" in found.text


def test_breakers_have_a_timeline_and_a_tile(make_result: MakeResult, scenario: Scenario) -> None:
    guarded = attrs.evolve(
        scenario, breakers=[BreakerSpec(name="guard", rule="failed_orders", over=MINUTE, at=10, then="halt")]
    )
    events = [
        _trip(START + MINUTE),
        CircuitHalfOpened(breaker="guard", probes=1, time=START + 2 * MINUTE),
        CircuitHalfOpened(breaker="guard", probes=3, time=START + 3 * MINUTE),
        CircuitReset(breaker="guard", time=START + 4 * MINUTE),
        _trip(START + 5 * MINUTE, resets_at=None),
    ]
    found = Page(report_html(make_result(scenario=guarded, breaker_events=events)))
    timeline = found.section("breakers")
    assert "2010-05-06 10:31:00 guard tripped failed_orders 10 10 halt o-3 2010-05-06 10:36:00" in timeline
    assert "guard half open, 1 probe 2010" in timeline
    assert "guard half open, 3 probes 2010" in timeline
    assert "2010-05-06 10:34:00 guard reset" in timeline
    assert "o-3 by hand" in timeline
    assert "Breaker trips 2 1 rule " in found.text
    assert "breaker open breaker half open" in found.section("prices")
    often = make_result(breaker_events=[_trip(START + number) for number in range(401)])
    assert "1 more stretches of open breakers are not shaded." in Page(report_html(often)).section("prices")
    quiet = Page(report_html(make_result(scenario=guarded)))
    assert "No breaker tripped." in quiet.section("breakers")


@pytest.mark.parametrize(("closes", "said"), [(True, "They were closed at the last price."), (False, "")])
def test_positions_at_the_end_say_whether_they_were_closed(
    make_result: MakeResult, scenario: Scenario, closes: bool, said: str
) -> None:
    held = [OpenPosition(symbol="X", quantity=Decimal(-6_800), average_price=Decimal("50.044"))]
    kept = attrs.evolve(scenario, at_end=AtEndSpec(close_positions=closes))
    found = Page(report_html(make_result(scenario=kept, positions=held)))
    assert found.section("positions") == (
        f"Positions at the end symbol quantity average price X −6,800 50.044 {said}".strip()
    )


def test_the_books_show_every_figure_and_what_happened_to_the_account(make_result: MakeResult) -> None:
    account = Account(Decimal(10_000), "USD")
    for number, (side, quantity, price) in enumerate(((Side.BUY, 10, 50), (Side.BUY, 10, 60), (Side.SELL, 15, 75))):
        account.apply(_booked(number, side, quantity, price), Decimal(1))
    happened = [
        CashMoved(
            reason=CashReason.BORROW,
            symbol="X",
            amount=Decimal("-1.25"),
            currency="USD",
            text="0.025 a year on 8896.464822222222, days=1",
            time=START,
        ),
        MarginCalled(
            equity=Decimal(90), maintenance=Decimal(100), deficit=Decimal(10), due_at=START + 10**9, time=START
        ),
        Liquidated(
            symbol="X", side=Side.SELL, quantity=Decimal(4), price=Decimal("7.5"), order_id="margin-1", time=START
        ),
        MarginCallMet(equity=Decimal(90), maintenance=Decimal(80), time=START),
        PositionSplit(
            symbol="X",
            new=Decimal(3),
            old=Decimal(2),
            before=Decimal(5),
            after=Decimal(7),
            paid_out=Decimal("0.5"),
            price=Decimal("46.67"),
            time=START,
        ),
        SymbolRenamed(symbol="X", to="META", quantity=Decimal(7), time=START),
        DividendOwed(
            symbol="X",
            amount=Decimal(3),
            currency="USD",
            quantity=Decimal(6),
            pays_at=START + 86_400 * 10**9,
            time=START,
        ),
    ]
    books = books_of(account, {"X": Instrument(symbol="X")}, {"X": 70.0})
    found = Page(
        report_html(
            make_result(
                books=books,
                balances={"USD": Decimal(10), "EUR": Decimal(-3)},
                interest=Decimal(2),
                account_events=happened,
            )
        )
    ).section("books")
    assert "Cash at the end: 10.00 USD, −3.00 EUR. Interest paid: 2.00 USD." in found
    assert "X 5 300.00 325.00 275.00 75.00 375.00 3.00 0.00 0.00 372.00 USD" in found
    assert "borrow X −1.25 USD 0.025 a year on 8,896.46, days=1" in found
    assert "margin call 10.00 USD equity 90.00, maintenance 100.00, due" in found
    assert "liquidated X SELL 4 at 7.5" in found
    assert "call met equity 90.00, maintenance 80.00" in found
    assert "split X 3 for 2: 5 became 7, 0.5 paid out at 46.67" in found
    assert "dividend owed X 3.00 USD on 6, paid " in found
    assert "renamed X 7 go on as META" in found
    assert "books" not in Page(report_html(make_result())).sections


def _booked(number: int, side: Side, quantity: int, price: int) -> Fill:
    return Fill(
        fill_id=f"A-{number}",
        order_id="o",
        child_id="o.1",
        strategy="mine",
        symbol="X",
        side=side,
        quantity=Decimal(quantity),
        price=Decimal(price),
        reference_price=Decimal(price),
        fee=Decimal(1),
        currency="USD",
        venue="A",
        liquidity=Liquidity.TAKER,
        time=START,
    )


def test_the_scenario_in_the_report_is_the_one_that_ran(make_result: MakeResult, scenario: Scenario) -> None:
    text = Page(report_html(make_result())).section("again")
    assert "tradepit run drill.yaml --seed 7" in text
    assert "fingerprint again: c0ffee" in text
    written = re.search(r"<pre>(tradepit: 1\n.*?)</pre>", report_html(make_result()), re.DOTALL)
    assert written is not None
    assert loads(written[1].replace("&#x27;", "'")) == scenario


def test_the_command_that_was_typed_is_repeated(make_result: MakeResult) -> None:
    again = Page(report_html(make_result(), command="tradepit run drill.yaml --set 'seed=7'")).section("again")
    assert "tradepit run drill.yaml --set 'seed=7'" in again


def test_a_scenario_that_no_file_can_hold_still_has_a_report(make_result: MakeResult, scenario: Scenario) -> None:
    odd = attrs.evolve(scenario, strategies=[StrategySpec(use="mine:Mine", with_={"hook": object()})])
    again = Page(report_html(make_result(scenario=odd))).section("again")
    assert "tradepit.run(scenario)" in again
    assert "The scenario was built in Python and cannot be written as a file:" in again


def test_prices_that_cannot_be_read_again_are_missing_and_the_rest_is_there(
    make_result: MakeResult, make_fill: MakeFill, scenario: Scenario
) -> None:
    gone = attrs.evolve(scenario, market={"X": FileSource(file="gone.csv")})
    found = Page(report_html(make_result(scenario=gone, fills=[make_fill(1)])))
    assert "The prices of X could not be read again: gone.csv: file must exist" in found.section("prices")
    assert [len(found.charts["panels"][0][key]) for key in ("fills", "missed")] == [1, 0]
    assert found.charts["panels"][0]["bars"]["o"] == []


def test_a_long_run_says_that_its_curve_is_by_day(make_result: MakeResult) -> None:
    said = "The run was long: the curve has the last point of each day."
    for most, by_day in ((2, True), (3, False)):
        curve = EquityCurve(START, 1_000_000.0, detail_limit=most)
        for number in range(3):
            curve.record(START + number * MINUTE, 1_000_000.0)
        assert (said in Page(report_html(make_result(curve=curve))).section("equity")) is by_day


def test_more_symbols_than_charts_are_counted(make_result: MakeResult, make_fill: MakeFill, scenario: Scenario) -> None:
    path = scenario.market["X"]
    wide = attrs.evolve(scenario, market={f"S{number}": path for number in range(11)})
    fills = [make_fill(1, symbol="S10", quantity=Decimal(5)), make_fill(2, symbol="S4", quantity=Decimal(9))]
    found = Page(report_html(make_result(scenario=wide, fills=fills)))
    assert [panel["symbol"] for panel in found.charts["panels"]] == ["S4", "S10", "S0", "S1", "S2", "S3", "S5", "S6"]
    assert "The 8 symbols with the most traded value are drawn, 3 are not." in found.section("prices")


def test_marks_beyond_the_limit_are_said_to_be_grouped(make_result: MakeResult, make_fill: MakeFill) -> None:
    fills = [make_fill(1 + number % 30, fill_id=f"SIM-{number}") for number in range(700)]
    found = Page(report_html(make_result(fills=sorted(fills, key=lambda fill: fill.time))))
    assert "X has 700 fills; they are drawn in groups." in found.section("prices")


def test_a_report_that_cannot_be_written_is_said_to_be_unavailable(
    make_result: MakeResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ReportUnavailable, match=r"the report cannot be written to .*none.*report\.html: No such file"):
        write_report(make_result(), tmp_path / "none" / "report.html")

    def no_calendar(*_: object) -> None:
        raise SessionsError("calendar XNYS needs the package exchange_calendars")

    monkeypatch.setattr(page, "charts_of", no_calendar)
    with pytest.raises(ReportUnavailable, match=r"the report of drill cannot be made: calendar XNYS needs"):
        write_report(make_result(), tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_undefined_and_infinite_metrics_are_a_dash_and_a_sign(make_result: MakeResult) -> None:
    metrics = {"sharpe": float("inf"), "sortino": float("nan"), "total_return": float("-inf")}
    found = Page(report_html(make_result(metrics=metrics)))
    assert "sharpe ∞ sortino –" in found.section("metrics")
    assert "Total return −∞" in found.text
    assert "nan" not in found.section("metrics")


def test_a_run_of_one_instant_has_charts(make_result: MakeResult, scenario: Scenario) -> None:
    still = attrs.evolve(scenario, market={"X": PathSource(path=[(START, 100.0), (START + MINUTE, 101.0)])})
    charts = Page(report_html(make_result(scenario=still, end=START, equity=[]))).charts
    assert (charts["length"], charts["knots"]) == (0, [[0, 0.0], [0, 1.0]])
