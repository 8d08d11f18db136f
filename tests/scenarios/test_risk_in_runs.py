"""Sizes, limits, brackets and plans in whole runs, from the file to the result."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import tradepit
from tradepit.models.messages import RebalanceSummary
from tradepit.scenarios.loader import loads
from tradepit.scenarios.problems import ScenarioError

CODE = '''
import tradepit


class Once(tradepit.Strategy):
    """Signals on the first bar, and keeps what it hears."""

    direction: str = "LONG"
    stop_loss: float | None = None
    take_profit: float | None = None
    then_flat_on: int = 0

    def on_start(self):
        self.bars = 0

    def on_bar(self, bar):
        self.bars += 1
        if self.bars == 1:
            self.signal(bar.symbol, self.direction, stop_loss=self.stop_loss, take_profit=self.take_profit)
        if self.bars == self.then_flat_on:
            self.signal(bar.symbol, "FLAT")


class Planner(tradepit.Strategy):
    """Rebalances once, and writes down what became of it."""

    def on_start(self):
        self.bars = 0

    def on_bar(self, bar):
        self.bars += 1
        if self.bars == 2:
            self.rebalance({"UP": 0.3, "DOWN": 0.1})

    def on_rebalance(self, summary):
        for item in summary.items:
            assert summary.plan_id == "planner-1"
            self.buy(item.symbol, int(item.filled))  # what was bought once more, to be seen from outside
'''
MARKET = """\
tradepit: 1
name: small
clock: {start: 2024-01-02 10:00, end: 2024-01-02 11:00}
market:
  UP: {path: [["10:00", 100], ["11:00", 160]], every: 1min, volume: 1_000_000}
  DOWN: {path: [["10:00", 100], ["11:00", 40]], every: 1min, volume: 1_000_000}
at_end: {close_positions: false}
"""


def run(tmp_path: Path, text: str) -> Any:
    (tmp_path / "mine.py").write_text(CODE)
    return tradepit.run(loads(MARKET + text, "f.yaml", directory=tmp_path), out=None)


def orders(result: Any) -> dict[str, tuple[str, str, str]]:
    """Return quantity filled, state and code by order id."""
    return {
        closed.order.order_id: (f"{closed.cumulative}/{closed.order.quantity}", str(closed.state), closed.code)
        for closed in sorted(result.orders, key=lambda closed: closed.order.order_id)
    }


def once(symbol: str, **settings: Any) -> str:
    given = ", ".join(f"{name}: {value}" for name, value in settings.items())
    return f"strategies: [{{use: ./mine.py:Once, on: [{symbol}], with: {{{given}}}}}]\n"


def test_a_stop_behind_an_entry_ends_the_loss_and_takes_the_target_with_it(tmp_path: Path) -> None:
    text = "portfolio: {sizing: {risk_per_trade: 1%}}\n" + once("DOWN", stop_loss=90, take_profit=140)
    found = orders(run(tmp_path, text))
    quantity = found["once-1"][0].partition("/")[0]
    assert found == {
        "once-1": (f"{quantity}/{quantity}", "FILLED", ""),
        "once-1-SL": (f"{quantity}/{quantity}", "FILLED", ""),
        "once-1-TP": (f"0/{quantity}", "CANCELLED", "GROUP"),
    }
    assert 1000 < int(quantity) < 1200  # 10,000 over a distance of 9 or so


def test_a_target_takes_the_profit_and_the_stop_goes(tmp_path: Path) -> None:
    found = orders(run(tmp_path, once("UP", stop_loss=90, take_profit=140)))
    assert [line[1:] for line in found.values()] == [("FILLED", ""), ("CANCELLED", "GROUP"), ("FILLED", "")]


def test_who_goes_flat_leaves_no_orders_behind(tmp_path: Path) -> None:
    found = orders(run(tmp_path, once("UP", stop_loss=90, take_profit=155, then_flat_on=20)))
    states = {order_id: state for order_id, (_, state, _) in found.items()}
    assert states == {
        "once-1": "FILLED", "once-1-SL": "CANCELLED", "once-1-TP": "CANCELLED", "once-2": "FILLED",
    }  # fmt: skip


def test_a_stop_is_added_where_that_is_asked(tmp_path: Path) -> None:
    text = "portfolio: {limits: {max_stop_distance: 2%, missing_stop: add}}\n" + once("DOWN")
    result = run(tmp_path, text)
    assert {order_id: line[1] for order_id, line in orders(result).items()} == {
        "once-1": "FILLED", "once-1-SL": "FILLED",
    }  # fmt: skip
    entry, stop = (closed.order for closed in sorted(result.orders, key=lambda closed: closed.order.order_id))
    assert entry.arrival_price is not None
    assert 0 < Decimal(repr(entry.arrival_price)) - stop.stop_price <= Decimal(repr(entry.arrival_price)) / 50


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ("{max_daily_loss: 10 USD}", "MAX_DAILY_LOSS"),
        ("{max_drawdown: 0.1%}", "MAX_DRAWDOWN"),
        ("{max_gross_exposure: 1%}", "MAX_GROSS_EXPOSURE"),
        ("{max_net_exposure: 2_000}", "MAX_NET_EXPOSURE"),
        ("{short_allowed: false}", "SHORT_NOT_ALLOWED"),
        ("{locates: {UP: 5}}", "NOT_LOCATED"),
        ("{missing_stop: refuse}", "STOP_MISSING"),
        ("{min_reward_to_risk: 1.5}", ""),
        ("{max_open_positions: 1}", "MAX_OPEN_POSITIONS"),
    ],
)
def test_a_limit_refuses_in_a_run(tmp_path: Path, limits: str, code: str) -> None:
    """DOWN is held and loses; after half an hour UP is sold short."""
    text = f"""\
portfolio: {{limits: {limits}, positions: {{DOWN: {{quantity: 100, price: 100}}}}}}
strategies: [{{use: tradepit.scenarios.library.strategies:PlanRunner,
  with: {{after: 30, plan: [{{symbol: UP, action: SELL, amount: 10_000}}]}}}}]
"""
    [order] = run(tmp_path, text).orders
    assert order.code == code


def test_what_became_of_a_plan_is_told_once_all_has_ended(tmp_path: Path) -> None:
    result = run(tmp_path, "strategies: [{use: ./mine.py:Planner}]\nportfolio: {cash: 100_000 USD}\n")
    assert result.counts[RebalanceSummary.__name__] == 1
    found = orders(result)
    assert Counter(line[1] for line in found.values()) == {"FILLED": 4}
    assert found["planner-2"][0] == found["planner-1/1"][0]
    assert found["planner-3"][0] == found["planner-1/2"][0]


def test_the_shipped_rebalancer_keeps_weights(tmp_path: Path) -> None:
    text = """\
portfolio: {cash: 100_000 USD}
strategies: [{use: tradepit.scenarios.library.strategies:Rebalancer,
  with: {weights: {UP: 50%, DOWN: 40%}, every: 10, band: 0.01}}]
"""
    result = run(tmp_path, text)
    assert result.counts["RebalanceSummary"] == 6
    assert {str(order.state) for order in result.orders} == {"FILLED"}
    sides = [(closed.order.symbol, str(closed.order.side)) for closed in result.orders]
    assert sides.count(("UP", "SELL")) == sides.count(("DOWN", "BUY")) - 1 == 5  # it rises, the other falls


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ("Rebalancer, with: {weights: 5}", "weights: must be a mapping, was 5; Rebalancer declares dict"),
        ("Rebalancer, with: {weights: {}}", "weights: weights must name a symbol; write {SPY: 0.6}"),
        ("Rebalancer, with: {weights: {UP: 1}, every: 0}", "every: every must be 1 or more, was 0"),
        ("Rebalancer, with: {weights: {UP: 1}, band: -1%}", "band: a band is at least 0, was -0.01"),
        ("Rebalancer, with: {weights: {UP: Infinity}}", "weights.UP: a weight is a finite number, was Infinity"),
        ("PlanRunner, with: {plan: []}", "plan: a plan must have an item"),
        ("PlanRunner, with: {plan: [{symbol: UP, action: HOLD}], after: 0}", "after: after must be 1 or more, was 0"),
        ("PlanRunner, with: {plan: [{symbol: UP, action: BUY}]}", "plan[0].amount: an amount is above 0, was 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_their_place(tmp_path: Path, strategy: str, message: str) -> None:
    text = f"strategies: [{{use: tradepit.scenarios.library.strategies:{strategy}}}]\n"
    with pytest.raises(ScenarioError) as caught:
        run(tmp_path, text)
    [problem] = [str(one).partition(": strategies[0].with.")[2] for one in caught.value.problems]
    assert problem == message


def test_a_weight_of_a_symbol_that_is_not_seen_ends_the_run(tmp_path: Path) -> None:
    text = "strategies: [{use: tradepit.scenarios.library.strategies:Rebalancer, with: {weights: {UPP: 1}}}]\n"
    with pytest.raises(tradepit.RunFailed, match="symbols that the strategy sees, was UPP; did you mean UP"):
        run(tmp_path, text)


def test_a_portfolio_that_crashes_comes_back_with_its_brackets_and_plans(tmp_path: Path) -> None:
    text = once("DOWN", stop_loss=90, take_profit=140)
    faults = 'faults: [{actor: portfolio, do: crash, at: "10:05"}]\n'
    whole, crashed = run(tmp_path, text), run(tmp_path, text + faults)
    assert crashed.counts["ActorRestarted"] == 1
    assert orders(crashed) == orders(whole)
