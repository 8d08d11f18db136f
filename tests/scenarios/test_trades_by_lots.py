"""Trades of whole runs by lots: `metrics.trades` in the scenario, and what must be the same whatever it says."""

from decimal import Decimal

import pytest

from tradepit.models.lot_trades import TradeMatching, trades_of
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario

D = Decimal

# Rising by 1 a minute from 100; a split of 2 for 1 half way; three purchases, two sales, the second through zero.
SCENARIO = """
tradepit: 1
name: lots
clock: {start: 2020-01-02 10:00, end: 2020-01-02 11:00}
market:
  X: {path: [[10:00, 100], [11:00, 160]], every: 1min, volume: 10_000}
costs: {commission: 1.00/order}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    with:
      orders:
        - {do: buy, symbol: X, quantity: 10}
        - {do: buy, symbol: X, quantity: 10, bar: 10}
        - {do: sell, symbol: X, quantity: 15, bar: 20}
        - {do: buy, symbol: X, quantity: 5, bar: 30}
        - {do: sell, symbol: X, quantity: 15, bar: 40}
"""


def _run(matching: TradeMatching, more: str = "") -> Result:
    result = run_scenario(loads(f"{SCENARIO}metrics: {{trades: {matching}}}\n{more}"))
    assert (result.failure, result.violations) == (None, [])
    return result


@pytest.mark.parametrize("matching", list(TradeMatching))
def test_a_runs_trades_are_those_that_its_fills_make(matching: TradeMatching) -> None:
    result = _run(matching)
    expected = trades_of(result.fills, matching)
    found = [(one.entry_time, one.exit_time, one.quantity, one.entry_price, one.net_pnl) for one in result.trades]
    assert found == [(one.entry_time, one.exit_time, one.quantity, one.entry_price, one.net_pnl) for one in expected]
    assert result.metrics["trade_count"] == len(expected)
    assert result.metrics["trade_net_pnl"] == float(sum(one.net_pnl for one in expected))


def test_the_matching_changes_the_trades_and_nothing_else() -> None:
    plain, *others = [_run(matching) for matching in TradeMatching]
    counts = {str(one.scenario.metrics.trades): len(one.trades) for one in (plain, *others)}
    assert counts == {
        "flat_to_flat": 2, "fifo": 5, "lifo": 5, "reduced_fifo": 3, "reduced_lifo": 3, "average": 3,
    }  # fmt: skip
    for other in others:
        assert other.fingerprint == plain.fingerprint
        assert list(other.fills) == list(plain.fills)
        assert other.metrics["trade_net_pnl"] == pytest.approx(plain.metrics["trade_net_pnl"])
        assert other.metrics["exposure"] == plain.metrics["exposure"]


@pytest.mark.parametrize("matching", list(TradeMatching))
def test_a_split_changes_what_a_unit_is_and_not_what_is_gained(matching: TradeMatching) -> None:
    action = "corporate_actions: [{at: 10:25, symbol: X, split: '2:1'}]"
    result = _run(matching, f"{action}\nat_end: {{close_positions: true}}")
    gained = sum((trade.net_pnl for trade in result.trades), D(0))
    assert gained == D(str(round(result.metrics["final_equity"], 9))) - result.scenario.portfolio.cash.amount
