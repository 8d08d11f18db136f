"""Every kind, time in force, flag and group of orders, sent from a scenario file and followed to its end."""

from pathlib import Path

import pytest

from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario

BARS = """time,open,high,low,close,volume
2020-01-02 09:31,100,101,99,100,10000
2020-01-02 09:32,100,105,95,100,10000
2020-01-02 09:33,100,102,98,101,10000
2020-01-02 09:34,101,104,100,103,10000
2020-01-02 09:35,103,103,99,99,10000
2020-01-02 09:36,99,100,95,96,10000
2020-01-02 09:37,96,98,94,97,10000
2020-01-02 16:00,97,99,96,98,10000
2020-01-03 09:31,98,100,97,99,10000
2020-01-03 09:32,99,100,97,99,10000
"""
QUOTES = """time,bid,ask,bid_size,ask_size
2020-01-02 09:31,99,101,500,500
2020-01-02 09:32,98,100,500,500
2020-01-02 09:33,96,97,500,500
2020-01-02 09:34,96,98,500,500
"""
ON_BARS = """
do: buy, symbol: X, quantity: 10                                        | MARKET FILLED 10/10 at 100
do: buy, symbol: X, quantity: 10, limit: 99                             | LIMIT FILLED 10/10 at 99
do: buy, symbol: X, quantity: 10, stop: 103                             | STOP FILLED 10/10 at 103
do: buy, symbol: X, quantity: 10, stop: 103, limit: 104                 | STOP_LIMIT FILLED 10/10 at 103
do: buy, symbol: X, quantity: 10, touch: 97                             | MARKET_IF_TOUCHED FILLED 10/10 at 97
do: buy, symbol: X, quantity: 10, touch: 97, limit: 97.5                | LIMIT_IF_TOUCHED FILLED 10/10 at 97
do: sell, symbol: X, quantity: 5, trail: 2%                             | TRAILING_STOP FILLED 5/5 at 98
do: sell, symbol: X, quantity: 5, trail: 100 ticks, trail_limit: 1 tick | TRAILING_STOP_LIMIT FILLED 5/5 at 99
do: buy, symbol: X, quantity: 10, kind: MARKET_TO_LIMIT                 | MARKET_TO_LIMIT FILLED 10/10 at 100
do: buy, symbol: X, quantity: 10, limit: 99.5, display: 2               | ICEBERG FILLED 10/10 at 99.5
do: buy, symbol: X, quantity: 10, peg: mid                              | PEGGED REJECTED 0/10 at 0 NEEDS_QUOTES
do: buy, symbol: X, quantity: 10, time_in_force: AT_CLOSE               | MARKET FILLED 10/10 at 98
do: buy, symbol: X, quantity: 10, time_in_force: AT_OPEN                | MARKET FILLED 10/10 at 98
do: buy, symbol: X, quantity: 10, limit: 50, time_in_force: DAY         | LIMIT EXPIRED 0/10 at 0 TIME_IN_FORCE
do: buy, symbol: X, quantity: 10, limit: 50, expires_at: 09:33:30       | LIMIT EXPIRED 0/10 at 0 TIME_IN_FORCE
do: buy, symbol: X, quantity: 10, limit: 50, time_in_force: GTC         | LIMIT CANCELLED 0/10 at 0 END_OF_RUN
do: buy, symbol: X, quantity: 10, limit: 50, time_in_force: IOC         | LIMIT CANCELLED 0/10 at 0 IOC_REMAINDER
do: buy, symbol: X, quantity: 10, time_in_force: FOK                    | MARKET FILLED 10/10 at 100
do: buy, symbol: X, quantity: 10, limit: 150, post_only: true           | LIMIT REJECTED 0/10 at 0 POST_ONLY
do: sell, symbol: X, quantity: 5, limit: 104, oco: pair                 | LIMIT CANCELLED 0/5 at 0 GROUP
do: sell, symbol: X, quantity: 5, stop: 96, oco: pair                   | STOP FILLED 5/5 at 96
do: sell, symbol: X, quantity: 5, limit: 104, ouo: both                 | LIMIT FILLED 2/2 at 104
do: sell, symbol: X, quantity: 3, stop: 96, ouo: both                   | STOP FILLED 3/3 at 96
do: buy, symbol: X, quantity: 10, bar: 3, venue: SIM, id: entry         | MARKET FILLED 10/10 at 101
do: sell, symbol: X, quantity: 10, bar: 3, stop: 97, after: entry       | STOP FILLED 10/10 at 97
do: sell, symbol: X, quantity: 10000, bar: 8, reduce_only: true         | MARKET FILLED 80/80 at 98
"""
ON_QUOTES = """
do: buy, symbol: X, quantity: 10, peg: bid                              | PEGGED FILLED 10/10 at 98
do: buy, symbol: X, quantity: 10, peg: mid, peg_offset: 0.25            | PEGGED FILLED 10/10 at 100.25
do: buy, symbol: X, quantity: 10, limit: 97, post_only: true            | LIMIT FILLED 10/10 at 97
do: buy, symbol: X, quantity: 10, touch: 97                             | MARKET_IF_TOUCHED FILLED 10/10 at 97
do: sell, symbol: X, quantity: 10, bar: 2, trail: 1                     | TRAILING_STOP FILLED 10/10 at 96
"""
# The bid is above the ask in the second row: two feeds are out of step.
CROSSED = """time,bid,ask,bid_size,ask_size
2020-01-02 09:31,99,101,500,500
2020-01-02 09:32,102,100,500,500
2020-01-02 09:33,100,100,500,500
"""
WHERE_CROSSED = """
do: buy, symbol: X, quantity: 10, limit: 100.5                          | LIMIT FILLED 10/10 at 100.5
do: sell, symbol: X, quantity: 10, limit: 102                           | LIMIT FILLED 10/10 at 102
do: sell, symbol: X, quantity: 10, bar: 2                               | MARKET FILLED 10/10 at 102
"""
WHERE_PASSED_OVER = """
do: buy, symbol: X, quantity: 10, limit: 100.5                          | LIMIT FILLED 10/10 at 100.5
do: sell, symbol: X, quantity: 10, limit: 102                           | LIMIT CANCELLED 0/10 at 0 END_OF_RUN
do: sell, symbol: X, quantity: 10, bar: 2                               | MARKET FILLED 10/10 at 100
"""


def _run(directory: Path, data: str, script: str, of_the_file: str = "", more: str = "") -> Result:
    (directory / "x.csv").write_text(data)
    lines = "\n".join(f"        - {{{line.partition('|')[0].strip()}}}" for line in script.strip().splitlines())
    every = "every: 1min, stamp: close, " if "open" in data else "as: quotes, "
    text = f"""
tradepit: 1
name: kinds
clock: {{zone: America/New_York, session: 09:30-16:00, start: 2020-01-02 09:30, end: 2020-01-03 16:00}}
market:
  X: {{file: x.csv, {every}zone: America/New_York{of_the_file}}}
{more}
at_end: {{close_positions: false}}
portfolio: {{cash: 10_000_000 USD}}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    name: script
    with:
      zone: America/New_York
      orders:
{lines}
"""
    result = run_scenario(loads(text, directory=directory))
    assert (result.failure, result.violations) == (None, [])
    return result


def _told(result: Result) -> list[str]:
    orders = sorted(result.orders, key=lambda closed: int(closed.order.order_id.rpartition("-")[2]))
    return [
        f"{closed.order.kind} {closed.state} {closed.cumulative}/{closed.order.quantity} "
        f"at {float(closed.average_price):g} {closed.code}".strip()
        for closed in orders
    ]


def _expected(script: str) -> list[str]:
    return [line.partition("|")[2].strip() for line in script.strip().splitlines()]


def test_on_bars_every_order_ends_as_its_kind_has_it(tmp_path: Path) -> None:
    assert _told(_run(tmp_path, BARS, ON_BARS)) == _expected(ON_BARS)


def test_on_quotes_an_order_may_follow_the_market(tmp_path: Path) -> None:
    assert _told(_run(tmp_path, QUOTES, ON_QUOTES)) == _expected(ON_QUOTES)


def test_crossed_quotes_come_from_a_file_that_keeps_them_and_count_where_the_venue_says_so(tmp_path: Path) -> None:
    kept = ", crossed: keep"
    assert _told(_run(tmp_path, CROSSED, WHERE_PASSED_OVER, kept)) == _expected(WHERE_PASSED_OVER)
    counts = "venues: {V: {matching: {quotes: {crossed: match}}}}"
    assert _told(_run(tmp_path, CROSSED, WHERE_CROSSED, kept, counts)) == _expected(WHERE_CROSSED)


# --- groups at two venues -----------------------------------------------------------------------------------------

WIDE = """time,open,high,low,close,volume
2020-01-02 09:31,100,100,100,100,100000
2020-01-02 09:32,100,105,95,100,100000
2020-01-02 09:33,100,100,100,100,100000
"""
# By their sizes, the best for the one is A and for the other B.
PRICED_BY_SIZE = "venues: {A: {fees: 0.01/share}, B: {fees: 1.00/order}}"
PAIR = """
do: sell, symbol: X, quantity: 10, limit: 104, oco: pair                 | LIMIT CANCELLED 0/10 at 0 GROUP
do: sell, symbol: X, quantity: 300, stop: 96, oco: pair                  | STOP FILLED 300/300 at 96
"""


def test_a_pair_at_two_venues_may_fill_both_and_that_is_told(tmp_path: Path) -> None:
    result = _run(tmp_path, WIDE, PAIR, more=PRICED_BY_SIZE)
    assert _told(result) == ["LIMIT FILLED 10/10 at 104", "STOP FILLED 300/300 at 96"]
    assert {fill.venue for fill in result.fills} == {"A", "B"}
    assert result.counts["GroupOverfilled"] == 1


def test_groups_that_stay_together_fill_one_of_a_pair(tmp_path: Path) -> None:
    result = _run(tmp_path, WIDE, PAIR, more=PRICED_BY_SIZE + "\nrouting: {groups: together}")
    assert _told(result) == _expected(PAIR)
    assert [fill.venue for fill in result.fills] == ["A"]  # the best for the first of them
    assert result.counts.get("GroupOverfilled", 0) == 0


def test_a_strategy_that_names_a_venue_has_it_although_the_group_is_elsewhere(tmp_path: Path) -> None:
    named = PAIR.replace("stop: 96,", "stop: 96, venue: B,")
    result = _run(tmp_path, WIDE, named, more=PRICED_BY_SIZE + "\nrouting: {groups: together}")
    assert {fill.venue for fill in result.fills} == {"A", "B"}
    assert result.counts["GroupOverfilled"] == 1


# --- a bracket's exits and the bar of the entry -------------------------------------------------------------------

BEHIND = """
do: buy, symbol: X, quantity: 10, stop_loss: 96, take_profit: 104        | MARKET FILLED 10/10 at 100
"""


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", ["entry at 1", "END_OF_RUN", "END_OF_RUN"]),
        ("{exits: same_bar}", ["entry at 1", "96 at 1", "REDUCE_ONLY"]),
        ("{exits: same_bar, path: ohlc}", ["entry at 1", "96 at 1", "REDUCE_ONLY"]),  # the loss, whatever came first
    ],
)
def test_the_exits_of_a_bracket_begin_where_the_venue_says(tmp_path: Path, rules: str, expected: list[str]) -> None:
    more = f"venues: {{V: {{matching: {{bars: {rules}}}}}}}" if rules else ""
    result = _run(tmp_path, WIDE, BEHIND, more=more)
    start = min(fill.time for fill in result.fills)
    told = {
        closed.order.order_id.removeprefix("script-1").removeprefix("-"): f"{float(closed.average_price):g} at 1"
        if closed.cumulative
        else closed.code
        for closed in result.orders
    }
    assert {fill.time for fill in result.fills} == {start}
    assert [told[""].replace("100", "entry"), told["SL"], told["TP"]] == expected
