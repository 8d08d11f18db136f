"""What a scenario file can ask of matching, from the file to the fills."""

from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.models.messages import OrderClosed
from tradepit.scenarios.loader import load, loads
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import TradesMatching
from tradepit.scenarios.writer import dump

# One bar a minute; the session closes at 10:40. The price rises by about 1/3 a minute to 110 at 10:30, then falls.
SCENARIO = """
tradepit: 1
name: matching
clock: {{start: 2020-01-02 10:00, end: 2020-01-03 11:00, session: 10:00-10:40}}
market:
  X: {{path: [[2020-01-02 10:00, 100], [2020-01-02 10:30, 110], [2020-01-02 10:40, 105], [2020-01-03 10:40, 105]],
    every: 1min, volume: 300, as: {kind}}}
at_end: {{close_positions: false}}
orders: {{default_time_in_force: GTC}}
{more}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    name: script
    with:
      orders:
{orders}
"""


def _run(orders: str, more: str = "", kind: str = "bars", **options: Any) -> Result:
    lines = "\n".join(f"        - {{symbol: X, {line.strip()}}}" for line in orders.strip().splitlines())
    result = run_scenario(loads(SCENARIO.format(orders=lines, more=more, kind=kind)), **options)
    assert (result.failure, result.violations) == (None, [])
    return result


def _told(result: Result) -> list[str]:
    """Return each order as number, state, what was filled, average price, code; in the order of their numbers."""
    closed: list[OrderClosed] = sorted(result.orders, key=lambda one: int(one.order.order_id.removeprefix("script-")))
    return [
        f"{one.order.order_id.removeprefix('script-')} {one.state} {one.cumulative}@{one.average_price.normalize():f} "
        f"{one.code}".strip()
        for one in closed
    ]


def test_every_kind_goes_all_the_way_on_bars() -> None:
    result = _run(
        """
        do: buy, quantity: 30
        do: buy, quantity: 10, touch: 106
        do: buy, quantity: 10, touch: 99, limit: 98
        do: sell, quantity: 10, trail: 2
        do: sell, quantity: 10, trail: 2, trail_limit: 0.5
        do: sell, quantity: 10, limit: 105, display: 5
        do: buy, quantity: 40, kind: MARKET_TO_LIMIT
        do: buy, quantity: 10, peg: BID
        do: sell, quantity: 10, time_in_force: AT_CLOSE
        do: buy, quantity: 10, time_in_force: AT_OPEN
        do: buy, quantity: 10, limit: 101, post_only: true
        """
    )
    assert _told(result) == [
        "1 FILLED 30@100.32",  # a tenth of the first bar: the others wait for the next
        "2 FILLED 10@100.64",
        "3 CANCELLED 0@0 END_OF_RUN",
        "4 FILLED 10@108",
        "5 FILLED 10@108",
        "6 FILLED 10@105",
        "7 CANCELLED 20@100.64 END_OF_RUN",  # its rest is a limit at 100.64
        "8 REJECTED 0@0 NEEDS_QUOTES",
        "9 FILLED 10@105",
        "10 FILLED 10@105",
        "11 REJECTED 0@0 POST_ONLY",
    ]


@pytest.mark.parametrize("dispatch", list(Dispatch))
@pytest.mark.parametrize(
    ("kind", "matching"), [("quotes", "quotes: {depth: 3, queue: log}"), ("trades", "trades: {queue_ahead: 10}")]
)
def test_every_kind_goes_all_the_way_on_quotes_and_trades(kind: str, matching: str, dispatch: Dispatch) -> None:
    result = _run(
        """
        do: buy, quantity: 10
        do: buy, quantity: 10, peg: MID, peg_offset: -0.02
        do: sell, quantity: 10, trail: 2
        do: sell, quantity: 10, limit: 108, display: 5
        do: sell, quantity: 10, time_in_force: AT_CLOSE
        do: buy, quantity: 10, touch: 99, limit: 98
        """,
        f"venues: {{A: {{matching: {{{matching}}}}}}}",
        kind,
        dispatch=dispatch,
    )
    told = _told(result)
    assert [line.split()[1] for line in told] == [
        "FILLED", "FILLED" if kind == "quotes" else "REJECTED", "FILLED", "FILLED", "FILLED", "CANCELLED",
    ]  # fmt: skip


def test_an_order_for_the_close_fills_at_the_sessions_last_price_and_one_for_the_open_the_next_day() -> None:
    result = _run("do: sell, quantity: 10, time_in_force: AT_CLOSE\ndo: buy, quantity: 10, time_in_force: AT_OPEN")
    day = 86_400 * 10**9
    close = 1_577_961_600 * 10**9  # 2020-01-02 10:40
    assert [(fill.order_id, fill.time) for fill in result.fills] == [
        ("script-1", close),
        ("script-2", close + day - 39 * 60 * 10**9),
    ]


def test_our_own_orders_do_not_meet_where_a_venue_prevents_it() -> None:
    orders = "do: sell, quantity: 40, limit: 101, bar: 1\ndo: buy, quantity: 30, limit: 102, bar: 2"
    assert _told(_run(orders, "venues: {A: {self_trade_prevention: decrement}}")) == [
        "1 FILLED 10@101",
        "2 CANCELLED 0@0 SELF_TRADE",
    ]
    assert _told(_run(orders)) == ["1 FILLED 40@101.07", "2 FILLED 30@100.64"]


def test_a_smaller_sibling_goes_on_with_what_the_venue_left_of_it() -> None:
    result = _run(
        """
        do: buy, quantity: 90, limit: 104, ouo: pair
        do: buy, quantity: 60, limit: 103.9, ouo: pair
        """
    )
    # A tenth of 300 a bar: the first fill of 30 leaves 30 of the other, the second nothing.
    assert _told(result) == ["1 FILLED 90@100.64", "2 CANCELLED 0@0 GROUP"]


def test_orders_may_begin_at_the_last_close() -> None:
    more = "venues: {A: {matching: {bars: {arrival: last_close}}}}"
    fills = _run("do: buy, quantity: 10, bar: 3", more).fills
    assert [(fill.time - 1_577_959_200 * 10**9, str(fill.price)) for fill in fills] == [(3 * 60 * 10**9, "100.96")]


@pytest.mark.parametrize(
    ("latency", "rules", "expected"),
    [  # sent on the close of 10:03; the bar after it goes from 100.96 to 101.28
        ("30s", "", "4 100.96"),
        ("0s", ", close_within: 1min", "4 100.96"),  # there as the bar began
        ("30s", ", close_within: 1min", "4 101.28"),
        ("30s", ", close_within: 20s", "4 100.96"),  # such a bar began at 10:03:40
        ("30s", ", market_fills: whole", "4 100.96"),
        ("30s", ", market_fills: whole, max_volume_share: 3%", ""),
    ],
)
def test_a_venue_may_go_by_when_an_order_came_and_by_what_a_bar_has(latency: str, rules: str, expected: str) -> None:
    more = f"venues: {{A: {{matching: {{bars: {{path: ohlc{rules}}}}}, latency: {{order: {latency}}}}}}}"
    fills = _run("do: buy, quantity: 10, bar: 3", more).fills
    start = 1_577_959_200 * 10**9
    assert [f"{(fill.time - start) // (60 * 10**9)} {fill.price}" for fill in fills] == ([expected] if expected else [])


# --- quotes with trades beside them -------------------------------------------------------------------------------

QUOTES = """time,bid,ask,bid_size,ask_size
2020-01-02 10:00:00,99.98,100.02,300,200
2020-01-02 10:00:02,99.98,100.02,300,200
2020-01-02 10:00:04,99.98,100.02,100,200
2020-01-02 10:00:06,99.98,100.02,100,200
"""
PRINTS = """when,price,size
2020-01-02 10:00:03,99.98,250
2020-01-02 10:00:04,99.98,20
2020-01-02 10:00:05,99.98,100
"""
QUEUED = """
tradepit: 1
name: queued
market: {X: {file: quotes.csv, as: quotes, trades: {file: prints.csv, columns: {time: when}}}}
venues: {A: {matching: {quotes: {queue: back}}}}
at_end: {close_positions: false}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    name: script
    with: {orders: [{do: buy, symbol: X, quantity: 60, limit: 99.98}]}
"""


def _files(folder: Path, scenario: str = QUEUED, prints: str = PRINTS) -> Path:
    (folder / "quotes.csv").write_text(QUOTES)
    (folder / "prints.csv").write_text(prints)
    (folder / "queued.yaml").write_text(scenario)
    return folder / "queued.yaml"


def test_trades_beside_quotes_move_an_order_through_its_queue(tmp_path: Path) -> None:
    scenario = load(_files(tmp_path))
    assert load(_files(tmp_path, dump(scenario))) == scenario
    fills = run_scenario(scenario).fills
    # 300 ahead of it; 250 and 20 trade; 100 more leave 70 for it.
    assert [(fill.time // 10**9 - 1_577_959_200, str(fill.quantity), fill.liquidity) for fill in fills] == [
        (5, "60", "MAKER")
    ]


def test_the_trades_are_part_of_what_the_market_was(tmp_path: Path) -> None:
    first = run_scenario(load(_files(tmp_path)))
    other = run_scenario(load(_files(tmp_path, prints=PRINTS.replace(",100\n", ",99\n"))))
    assert (len(first.fills), len(other.fills)) == (1, 1)
    assert first.fingerprint != other.fingerprint


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("as: quotes", "as: bars"), "market.X.trades: trades stand beside quotes, was as: bars; write as: quotes"),
        (("{time: when}", "{tim: when}"), "market.X.trades.columns.tim: columns of trades are time, price, size"),
        (("prints.csv", "print.csv"), "market.X.trades.file: no such file, was print.csv; did you mean prints.csv?"),
    ],
)  # fmt: skip
def test_wrong_trades_are_refused_at_load(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(_files(tmp_path, QUEUED.replace(*change)))
    assert any(problem in str(one) for one in caught.value.problems), [str(one) for one in caught.value.problems]


def test_a_faulty_row_of_the_trades_is_counted_with_the_quotes(tmp_path: Path) -> None:
    path = _files(
        tmp_path,
        QUEUED.replace("prints.csv,", "prints.csv, faulty: skip,"),
        PRINTS.replace("99.98,20", "-1,20"),
    )
    result = run_scenario(load(path))
    assert [fill.quantity for fill in result.fills] == [50]
    assert sum(result.data_problems["X"].values()) == 1


def test_a_venue_that_names_no_matching_takes_trades_where_nothing_else_comes() -> None:
    text = "tradepit: 1\nname: x\nmarket: {X: {path: [[2020-01-02, 1], [2020-01-03, 2]], as: trades}}\n"
    assert loads(text).matching == TradesMatching()
