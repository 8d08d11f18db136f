"""Expectations of one venue, one symbol or one strategy, held against what the run's own tables say."""

from decimal import Decimal

import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario

# ARCA takes no stop orders, so those of `one` go on to BATS. `two` trades Y alone, and loses.
SCENARIO = """
tradepit: 1
name: parts
clock: {start: 2020-01-02 10:00, end: 2020-01-02 11:00}
market:
  X: {path: [[10:00, 100], [11:00, 110]], every: 1min, volume: 400}
  Y: {path: [[10:00, 50], [11:00, 40]], every: 1min, volume: 400}
venues:
  ARCA: {order_types: [MARKET, LIMIT], fees: 0.01/share}
  BATS: {fees: 0.02/share}
routing: {policy: sequential}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    name: one
    with:
      orders:
        - {do: buy, symbol: X, quantity: 10}
        - {do: buy, symbol: X, quantity: 20, stop: 101}
        - {do: buy, symbol: Y, quantity: 5}
        - {do: sell, symbol: X, quantity: 30, bar: 50}
        - {do: buy, symbol: X, quantity: 1, limit: 1, bar: 60}
  - use: tradepit.scenarios.library.order_script:OrderScript
    name: two
    with:
      orders:
        - {do: buy, symbol: Y, quantity: 35, venue: BATS}
        - {do: sell, symbol: Y, quantity: 40, venue: BATS, bar: 40}
"""


def _was(lines: list[str], dispatch: Dispatch = Dispatch.INLINE) -> tuple[Result, list[str]]:
    expect = "".join(f"  - {{{line}, at_least: 0}}\n" for line in lines)
    result = run_scenario(loads(f"{SCENARIO}expect:\n{expect}"), dispatch=dispatch)
    assert (result.failure, result.violations) == (None, [])
    return result, [one.was for one in result.expectations]


@pytest.mark.parametrize("dispatch", list(Dispatch))
def test_a_part_of_a_run_is_what_its_tables_say(dispatch: Dispatch) -> None:
    lines = {
        "metric: fill_count, venue: ARCA": "3",  # two of X, one of Y
        "metric: fill_count, venue: BATS": "3",
        "metric: fill_count, symbol: Y": "3",
        "metric: fill_count, strategy: two": "2",
        "metric: fill_count, venue: BATS, symbol: X": "1",
        "metric: fill_count, venue: ARCA, symbol: Y, strategy: two": "0",
        "metric: order_count, strategy: one": "5",
        "metric: order_count, venue: ARCA, strategy: one": "4",  # the stop was refused there, and worked at BATS
        "metric: commission, venue: ARCA": "0.45",
        "metric: commission, venue: BATS": "1.9",
        "metric: commission, symbol: X": "0.8",
        "metric: fill_rate, symbol: Y": "1",
        "metric: fill_rate, strategy: one": "0.8",
        "metric: trade_count, symbol: X": "1",
        "metric: trade_count, symbol: Y": "1",
        "metric: trade_fees, symbol: X": "0.8",
        "event: OrderFilled, venue: BATS": "3",
        "event: OrderFilled, symbol: X, strategy: one": "3",
        "event: OrderClosed, venue: ARCA": "4",
        "event: OrderClosed, symbol: Y": "3",
        "event: PositionChanged, venue: ARCA": "3",
        "event: PositionChanged, symbol: Y": "3",
        "event: OrderAccepted, strategy: two": "2",
        "event: ChildRejected, venue: ARCA": "1",
        "event: ChildRejected, venue: BATS": "0",
        "event: ChildAccepted, venue: BATS": "3",
    }
    result, was = _was(list(lines), dispatch)
    assert dict(zip(lines, was, strict=True)) == lines
    by_venue = {name: sum(fill.venue == name for fill in result.fills) for name in ("ARCA", "BATS")}
    assert by_venue == {"ARCA": 3, "BATS": 3}
    fees = sum((fill.fee for fill in result.fills if fill.symbol == "X"), Decimal(0))
    assert fees == Decimal("0.80")


def test_a_metric_of_a_part_is_undefined_where_nothing_happened() -> None:
    result, was = _was(["metric: fill_rate, venue: ARCA, strategy: two", "metric: win_rate, symbol: X"])
    assert was == ["undefined", "1"]
    assert [one.passed for one in result.expectations] == [False, True]


def test_what_a_venue_takes_back_is_told_by_venue_and_counts_no_more() -> None:
    lines = {
        "metric: fill_count, venue: ARCA": "2",
        "event: OrderFillBusted, venue: ARCA": "1",
        "event: OrderFillBusted, venue: BATS": "0",
        "event: OrderFillBusted, symbol: X": "0",
        "event: OrderFillBusted, symbol: Y": "1",
        "event: TradeCorrectionRefused, venue: ARCA": "0",
        "event: TradeCorrectionRefused, venue: BATS": "1",
        "event: LotClosed, symbol: X": "0",
    }
    expect = "".join(f"  - {{{line}, at_least: 0}}\n" for line in lines)
    faults = "faults: [{venue: ARCA, do: bust, at: 10:05}, {venue: BATS, do: bust, fill: 77, at: 10:06}]\n"
    result = run_scenario(loads(f"{SCENARIO}{faults}expect:\n{expect}"))
    assert {line: one.was for line, one in zip(lines, result.expectations, strict=True)} == lines


def test_the_words_name_the_parts() -> None:
    result, _ = _was(["metric: commission, venue: ARCA, symbol: X, strategy: one", "event: OrderFilled, venue: BATS"])
    assert [one.text for one in result.expectations] == [
        "metric commission at ARCA of X by one at least 0",
        "event OrderFilled at BATS at least 0",
    ]


def test_what_is_expected_of_a_part_changes_nothing_in_the_run() -> None:
    expecting, _ = _was(["metric: fill_count, venue: ARCA", "event: OrderFilled, symbol: X"])
    plain = run_scenario(loads(SCENARIO))
    assert [tuple(fill.fill_id for fill in result.fills) for result in (expecting, plain)] == [
        ("ARCA-1", "ARCA-2", "BATS-1", "BATS-2", "BATS-3", "ARCA-3"),
    ] * 2
    assert expecting.metrics == pytest.approx(plain.metrics, nan_ok=True)
