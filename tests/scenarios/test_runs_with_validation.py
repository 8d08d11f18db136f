"""Whole runs whose scenario chooses the rules of validation, and what their results say of execution."""

import json
import textwrap
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.models.validation import ALL_SIGNAL_RULES, DEFAULT_RULES, RULES
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import FillRule, OrderRule, SignalRule, ValidationSpec

ROWS = ["time,open,high,low,close,volume", *(f"2024-01-02 10:0{minute},10,11,9,10,100000" for minute in range(6))]
TWO_VENUES = "{NEAR: {order_types: [LIMIT], fees: none}, FAR: {order_types: [MARKET, STOP], fees: 0.01/share}}"


@pytest.fixture(params=list(Dispatch), ids=str)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Result]:
    """Run a strategy that does something on its first bar."""

    def run_it(first: str, more: str = "", *, directory: Path | None = None) -> Result:
        body = textwrap.indent(textwrap.dedent(first).strip(), " " * 12)
        (tmp_path / "mine.py").write_text(
            "import tradepit\n\nclass Mine(tradepit.Strategy):\n    done = False\n\n    def on_bar(self, bar):\n"
            f"        if not self.done:\n            self.done = True\n{body}\n",
            "utf-8",
        )
        (tmp_path / "x.csv").write_text("\n".join(ROWS) + "\n", "utf-8")
        head = "tradepit: 1\nname: checked\nmarket: {X: {file: x.csv}}\nstrategies: [{use: ./mine.py:Mine}]\n"
        scenario = loads(head + more, directory=tmp_path)
        return run_scenario(scenario, dispatch=request.param, directory=directory)

    return run_it


def ends(result: Result) -> list[tuple[str, str]]:
    return [(str(closed.state), closed.code) for closed in result.orders]


def test_the_names_of_the_scenario_are_those_of_the_rules() -> None:
    assert [rule.value for rule in OrderRule] == list(RULES)
    assert [rule.value for rule in SignalRule] == list(ALL_SIGNAL_RULES)
    assert list(ValidationSpec().order) == list(DEFAULT_RULES)
    assert [rule.value for rule in FillRule] == ["fee", "slippage"]


@pytest.mark.parametrize(("rules", "end"), [("", ("FILLED", "")), ("[price, stop]", ("REJECTED", "STOP_WRONG_SIDE"))])
def test_a_stop_that_the_market_has_reached_triggers_or_is_refused_as_the_scenario_chooses(
    run: Callable[..., Result], rules: str, end: tuple[str, str]
) -> None:
    more = f"orders: {{validation: {{order: {rules}}}}}\n" if rules else ""
    assert ends(run('self.buy("X", 10, stop=9)', more)) == [end]


def test_an_order_goes_to_the_venue_that_takes_its_kind(run: Callable[..., Result]) -> None:
    result = run('self.buy("X", 10)\nself.buy("X", 10, limit=10)', f"venues: {TWO_VENUES}\n")
    assert ends(result) == [("FILLED", "")] * 2
    assert sorted((fill.venue, str(fill.fee)) for fill in result.fills if fill.venue != "AT_END") == [
        ("FAR", "0.10"),
        ("NEAR", "0"),
    ]


def test_a_kind_that_no_venue_takes_is_refused_by_the_venues_or_by_the_rule(run: Callable[..., Result]) -> None:
    asked = 'self.buy("X", 10, stop=12, limit=12)'
    venues = f"venues: {TWO_VENUES}\n"
    by_venues, by_rule = run(asked, venues), run(asked, venues + "orders: {validation: {order: [order_type]}}\n")
    for result in (by_venues, by_rule):
        assert ends(result) == [("REJECTED", "ORDER_TYPE_NOT_ALLOWED")]
        assert dict(result.execution.rejects) == {"ORDER_TYPE_NOT_ALLOWED": 1}
    assert by_rule.counts["messages"] < by_venues.counts["messages"]


def test_an_order_that_cannot_wait_is_refused_outside_the_session(run: Callable[..., Result]) -> None:
    asked = 'self.buy("X", 10, time_in_force="IOC")\nself.buy("X", 10)'
    clock = "clock: {session: 12:00-13:00}\n"
    chosen = "orders: {validation: {order: [basic, order_type]}}\n"
    assert ends(run(asked, clock + chosen))[0] == ("REJECTED", "NOT_IN_TRADING_STATE")
    assert ends(run(asked, "clock: {session: 09:00-13:00}\n" + chosen))[0][0] == "FILLED"
    assert ends(run(asked, clock))[0][0] == "FILLED"


def test_a_signal_that_is_too_weak_ends_as_a_refused_order(run: Callable[..., Result]) -> None:
    weak = "orders: {validation: {min_strength: 0.5}}\n"
    assert ends(run('self.signal("X", "LONG", 0.25)', weak)) == [("REJECTED", "SIGNAL_TOO_WEAK")]
    assert ends(run('self.signal("X", "LONG", 0.5)', weak)) == [("FILLED", "")]
    assert ends(run('self.signal("X", "LONG", 0.25)', "orders: {validation: {signal: [symbol]}}\n")) == [("FILLED", "")]


@pytest.mark.parametrize(
    ("rule", "costs", "code"),
    [
        ("fee", "{commission: 6.00/order}", "FEE_OUT_OF_BOUNDS"),
        ("slippage", "{slippage: 1.50/share}", "SLIPPAGE_OUT_OF_BOUNDS"),
    ],
)
def test_a_fill_beyond_the_bounds_is_a_venues_mistake_and_is_never_booked(
    run: Callable[..., Result], rule: str, costs: str, code: str
) -> None:
    bounded = f"costs: {costs}\norders: {{validation: {{fill: [{rule}]}}}}\n"
    result = run('self.buy("X", 10)', bounded)
    assert len(result.fills) == 0
    assert any(code in getattr(event, "error", "") for event in result.supervision)
    assert len(run('self.buy("X", 10)', f"costs: {costs}\n").fills) == 2  # the purchase, and the sale at the end


def test_execution_stands_in_metrics_json_and_expectations(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    more = textwrap.dedent("""\
        venues: {SIM: {fees: 0.01/share, slippage: 0.02/share, latency: {order: 350us, data: 150us}}}
        expect:
          - {metric: fill_rate, equals: 50%}
          - {metric: commission, equals: 0.1 USD}
          - {metric: slippage_bps, between: [19, 21]}
          - {metric: accept_latency_p50_ns, within: 500us}
          - {metric: accept_latency_max_ns, below: 100us}
          - {metric: fill_latency_p99_ns, at_least: 1min}
        """)
    result = run('self.buy("X", 10)\nself.buy("X", 10, limit=5)\nself.buy("Y", 1)', more, directory=tmp_path / "out")
    assert [(one.text, one.passed, one.was) for one in result.expectations] == [
        ("metric fill_rate equals 50%", False, "33.3333%"),
        ("metric commission equals 0.1 USD", True, "0.1"),
        ("metric slippage_bps between 19 and 21", True, "20"),
        ("metric accept_latency_p50_ns within 500us", True, "500 us"),
        ("metric accept_latency_max_ns below 100us", False, "500 us"),
        ("metric fill_latency_p99_ns at least 1min", True, "1 min"),
    ]
    written: dict[str, Any] = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert written["execution"]["rejects"] == {"UNKNOWN_SYMBOL": 1}
    assert {
        name: written["execution"]["venues"]["SIM"][name] for name in ("order_count", "fill_count", "slippage")
    } == {
        "order_count": 2.0,
        "fill_count": 1.0,
        "slippage": 0.2,
    }
    assert written["metrics"]["reject_rate"] == pytest.approx(1 / 3)


def test_a_limit_belongs_to_a_rule_that_is_chosen_in_python_too() -> None:
    assert ValidationSpec(fill=["fee"], max_fee="0.01").max_fee == Decimal("0.01")
    for limit in ({"max_fee": "0.01"}, {"max_slippage": "0.01"}, {"signal": [], "min_strength": 0.5}):
        with pytest.raises(ValueError, match=r"is for the rule (fee|slippage|strength), was 0\.\d+"):
            ValidationSpec(**limit)
