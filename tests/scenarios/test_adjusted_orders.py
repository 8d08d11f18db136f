"""What splits and dividends do to open orders, in whole runs: from the scenario file to the table of orders."""

from decimal import Decimal
from pathlib import Path

import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario

D = Decimal
BARS = """time,open,high,low,close,volume
2024-01-02 09:31,100,101,99,100,10000
2024-01-02 09:32,100,101,99,100,10000
2024-01-02 09:33,100,101,99,100,10000
2024-01-02 09:34,100,101,96,98,300
2024-01-02 16:00,98,100,98,100,10000
2024-01-03 09:31,50,51,49.5,50,10000
2024-01-03 09:32,50,52,47,50,10000
2024-01-03 09:33,50,51,44,46,10000
2024-01-03 09:34,46,47,38,40,10000
2024-01-03 16:00,40,41,39,40,10000
"""
HELD = BARS.replace("44,46", "45,46").replace("46,47,38,40", "46,47,45,46").replace("40,41,39,40", "46,47,45,46")
"""The same, but the price holds on the second day."""
QUOTES = """time,bid,ask,bid_size,ask_size
2024-01-02 09:31,99,101,500,500
2024-01-02 09:33,99,101,500,500
2024-01-03 09:31,49,51,500,500
2024-01-03 09:32,47,49,500,500
2024-01-03 09:33,43,45,500,500
"""


def _run(
    tmp_path: Path,
    orders: str,
    more: str = "",
    data: str = BARS,
    dispatch: Dispatch = Dispatch.INLINE,
    cash: int = 1_000_000,
) -> Result:
    (tmp_path / "x.csv").write_text(data)
    written = [
        line.strip() if any(word in line for word in ("do:", "replace:", "cancel:")) else f"do: buy, {line.strip()}"
        for line in orders.strip().splitlines()
    ]
    lines = "\n".join(
        f"        - {{{line if 's1' in line and 'id' not in line else 'symbol: X, ' + line}}}" for line in written
    )
    every = "every: 1min, " if "open" in data else "as: quotes, "
    text = f"""
tradepit: 1
name: adjusted
clock: {{zone: America/New_York, session: 09:30-16:00, start: 2024-01-02 09:30, end: 2024-01-03 16:00}}
market: {{X: {{file: x.csv, stamp: close, {every}zone: America/New_York}}}}
portfolio: {{cash: {cash} USD}}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    name: s
    with:
      zone: America/New_York
      orders:
{lines}
{more or "corporate_actions: [{at: 2024-01-03, symbol: X, split: 2:1}]"}
"""
    result = run_scenario(loads(text, directory=tmp_path), dispatch=dispatch)
    assert result.failure is None
    assert result.violations == []
    return result


def _told(result: Result) -> dict[str, str]:
    """Return what became of each order: kind, filled of ordered, average, end, and the splits and dividends."""
    rows = {}
    for row in result.orders:
        order = row.order
        prices = "/".join(f"{p.normalize():f}" for p in (order.limit_price, order.stop_price) if p is not None)
        adjusted = [cause for _, _, cause in row.history if cause.startswith(("SPLIT", "DIVIDEND"))]
        parts = (
            f"{row.cumulative.normalize():f}/{order.quantity.normalize():f}",
            f"at {round(row.average_price, 2).normalize():f}",
            prices,
            row.state,
            row.code,
            *adjusted,
        )
        rows[order.order_id.removeprefix("s-")] = " ".join(part for part in parts if part)
    return rows


AFTER_2_TO_1 = """
quantity: 100, limit: 95                                | 200/200 at 47.5 47.5 FILLED SPLIT 2:1
quantity: 100, limit: 95.01                             | 200/200 at 47.5 47.5 FILLED SPLIT 2:1
quantity: 100, limit: 95, do_not_reduce: true           | 200/200 at 47.5 47.5 FILLED SPLIT 2:1
quantity: 100, limit: 60                                | 0/200 at 0 30 CANCELLED END_OF_RUN SPLIT 2:1
quantity: 100, limit: 60, time_in_force: DAY            | 0/100 at 0 60 EXPIRED TIME_IN_FORCE
quantity: 100, limit: 60, expires_at: 2024-01-03 09:32  | 0/200 at 0 30 EXPIRED TIME_IN_FORCE SPLIT 2:1
do: sell, quantity: 100, stop: 88.01                    | 200/200 at 44 44 FILLED SPLIT 2:1
do: sell, quantity: 100, limit: 103.01                  | 200/200 at 51.51 51.51 FILLED SPLIT 2:1
quantity: 100, stop: 103.01                             | 200/200 at 51.51 51.51 FILLED SPLIT 2:1
do: sell, quantity: 10, stop: 90, limit: 88             | 20/20 at 45 44/45 FILLED SPLIT 2:1
quantity: 10, touch: 80.01                              | 20/20 at 40 40 FILLED SPLIT 2:1
quantity: 50, limit: 95, display: 15                    | 100/100 at 47.5 47.5 FILLED SPLIT 2:1
do: sell, quantity: 10, trail: 6                        | 20/20 at 49 FILLED SPLIT 2:1
do: sell, quantity: 10, trail: 10%                      | 20/20 at 46.8 FILLED SPLIT 2:1
do: sell, quantity: 10, trail: 800 ticks, trail_limit: 20 ticks | 20/20 at 48 FILLED SPLIT 2:1
"""


@pytest.mark.parametrize("line", AFTER_2_TO_1.strip().splitlines())
def test_a_split_of_2_to_1_overnight_leaves_an_order_its_value(tmp_path: Path, line: str) -> None:
    order, _, told = line.partition("|")
    result = _run(tmp_path, order)
    assert list(_told(result).values()) == [told.strip()]


def test_what_is_filled_counts_in_units_of_today_and_fills_stay_as_they_were(tmp_path: Path) -> None:
    """FIX 4.4, matrix H.1.b: OrderQty 100, CumQty 30 become 200 and 60, AvgPx is halved."""
    result = _run(tmp_path, "quantity: 100, limit: 97, bar: 3")
    assert _told(result) == {"1": "200/200 at 48.5 48.5 FILLED SPLIT 2:1"}
    assert [(fill.child_id, fill.quantity, fill.price) for fill in result.fills] == [
        ("s-1.1", D(30), D(97)), ("s-1.2", D(140), D("48.5")), ("", D(200), D("40.0")),
    ]  # fmt: skip
    assert [(state, cause) for state, _, cause in result.orders[0].history][3:] == [
        ("WORKING", "ACCEPTED"),
        ("PARTIALLY_FILLED", "SIM-1"),
        ("PARTIALLY_FILLED", "SPLIT 2:1"),
        ("FILLED", "SIM-2"),
    ]


DIVIDENDS = """
quantity: 10, limit: 35           | dividend: 0.20 USD | limit 34.8
quantity: 10, limit: 35           | dividend: 0.205 USD | limit 34.79
quantity: 10, limit: 35           | dividend: 0.009 USD | limit 35
quantity: 10, limit: 35, do_not_reduce: true | dividend: 0.20 USD | limit 35
do: sell, quantity: 10, stop: 35  | dividend: 0.20 USD | stop 34.8
do: sell, quantity: 10, stop: 35, limit: 34 | dividend: 0.20 USD | limit 33.8 stop 34.8
quantity: 10, touch: 35, limit: 36 | dividend: 0.20 USD | limit 35.8 stop 34.8
do: sell, quantity: 10, limit: 350 | dividend: 0.20 USD | limit 350
quantity: 10, stop: 350           | dividend: 0.20 USD | stop 350
quantity: 10, limit: 35, time_in_force: DAY | dividend: 0.20 USD, at: 2024-01-02 09:33:30 | limit 35
quantity: 10, limit: 35           | dividend: 35.00 USD | CORPORATE_ACTION
quantity: 10, limit: 35           | split: 1:2 | CORPORATE_ACTION
quantity: 10, limit: 0.01         | split: 3:1 | CORPORATE_ACTION
quantity: 10, limit: 35           | stock_dividend: 5% | limit 33.33
quantity: 10, limit: 35           | split: 3:2 | limit 23.33
quantity: 7, limit: 35            | split: 3:2 | 10
"""


@pytest.mark.parametrize("line", DIVIDENDS.strip().splitlines())
def test_prices_are_adjusted_by_the_rule(tmp_path: Path, line: str) -> None:
    order, action, told = (part.strip() for part in line.split("|"))
    at = "" if "at:" in action else "at: 2024-01-03, "
    result = _run(tmp_path, order, f"corporate_actions: [{{{at}symbol: X, {action}}}]")
    (row,) = result.orders
    limit, stop = row.order.limit_price, row.order.stop_price
    prices = [
        f"{name} {price.normalize():f}" for name, price in (("limit", limit), ("stop", stop)) if price is not None
    ]
    if told == "10":
        assert row.order.quantity == 10
    elif told == "CORPORATE_ACTION":
        assert (row.code, row.cumulative) == (told, D(0))
    else:
        assert " ".join(prices) == told


CHOICES = [
    ("orders: {on_split: cancel}", "split: 2:1", "0/10 at 0 40 CANCELLED CORPORATE_ACTION"),
    ("orders: {on_split: adjust}", "split: 2:1", "0/20 at 0 20 CANCELLED END_OF_RUN SPLIT 2:1"),
    ("orders: {on_dividend: keep}", "dividend: 1 USD", "0/10 at 0 40 CANCELLED END_OF_RUN"),
    ("orders: {on_dividend: reduce}", "dividend: 1 USD", "0/10 at 0 39 CANCELLED END_OF_RUN DIVIDEND 1"),
]


@pytest.mark.parametrize(("setting", "action", "told"), CHOICES)
def test_brokers_differ_and_so_do_settings(tmp_path: Path, setting: str, action: str, told: str) -> None:
    more = f"{setting}\ncorporate_actions: [{{at: 2024-01-03, symbol: X, {action}}}]"
    assert _told(_run(tmp_path, "quantity: 10, limit: 40", more, HELD)) == {"1": told}


@pytest.mark.parametrize("dispatch", list(Dispatch), ids=str)
def test_a_bracket_filled_in_part_goes_on_in_the_units_of_today(tmp_path: Path, dispatch: Dispatch) -> None:
    """30 of 100 are bought, then the split; the exits work for 60, then for all as the rest is bought."""
    result = _run(tmp_path, "quantity: 100, limit: 97, bar: 3, stop_loss: 85, take_profit: 120", dispatch=dispatch)
    assert _told(result) == {
        "1": "200/200 at 48.5 48.5 FILLED SPLIT 2:1",
        "1-SL": "200/200 at 42.5 42.5 FILLED SPLIT 2:1",
        "1-TP": "0/200 at 0 60 CANCELLED GROUP SPLIT 2:1",
    }


def test_exits_that_wait_for_their_entry_are_adjusted_where_they_wait(tmp_path: Path) -> None:
    result = _run(tmp_path, "quantity: 10, limit: 95, stop_loss: 85.01, take_profit: 140.01")
    assert _told(result) == {
        "1": "20/20 at 47.5 47.5 FILLED SPLIT 2:1",
        "1-SL": "20/20 at 42.5 42.5 FILLED SPLIT 2:1",
        "1-TP": "0/20 at 0 70.01 CANCELLED GROUP SPLIT 2:1",
    }


def test_the_orders_of_a_group_go_on_as_a_group(tmp_path: Path) -> None:
    orders = """
    quantity: 20, bar: 1
    do: sell, quantity: 20, limit: 104, bar: 2, ouo: g
    do: sell, quantity: 20, stop: 86, bar: 2, ouo: g
    """
    result = _run(tmp_path, orders)
    assert _told(result) == {
        "1": "20/20 at 100 FILLED",
        "2": "40/40 at 52 52 FILLED SPLIT 2:1",
        "3": "0/40 at 0 43 CANCELLED GROUP SPLIT 2:1",
    }


def test_buying_power_is_tied_up_for_what_an_order_is_now(tmp_path: Path) -> None:
    """6,000 of 13,500 are tied up before the split and after it: 7,500 more may be, and then nothing."""
    orders = """
    quantity: 100, limit: 60
    quantity: 250, limit: 30, bar: 6
    quantity: 1, limit: 30, bar: 7
    """
    assert _told(_run(tmp_path, orders, data=HELD, cash=13_500)) == {
        "1": "0/200 at 0 30 CANCELLED END_OF_RUN SPLIT 2:1",
        "2": "0/250 at 0 30 CANCELLED END_OF_RUN",
        "3": "0/1 at 0 30 REJECTED BUYING_POWER",
    }


ON_QUOTES = """
quantity: 10, peg: bid, limit: 90, peg_offset: -4   | 20/20 at 45 45 FILLED SPLIT 2:1
quantity: 10, limit: 94.02                          | 20/20 at 47.01 47.01 FILLED SPLIT 2:1
"""


@pytest.mark.parametrize("line", ON_QUOTES.strip().splitlines())
def test_an_order_that_rests_among_quotes_is_adjusted_where_it_rests(tmp_path: Path, line: str) -> None:
    order, _, told = line.partition("|")
    result = _run(tmp_path, order, data=QUOTES)
    assert list(_told(result).values()) == [told.strip()]


def test_an_execution_from_before_a_split_that_is_taken_back_is_not_worked_again(tmp_path: Path) -> None:
    """Of 100, 30 are filled; 2:1 makes it 200 with 60; the bust leaves the 140 that are open, and 100 held too few."""
    more = """
corporate_actions: [{at: 2024-01-03, symbol: X, split: 2:1}]
faults: [{venue: SIM, do: bust, at: 2024-01-03 09:30:10, fill: 1}]
at_end: {close_positions: false}
"""
    result = _run(tmp_path, "quantity: 100, limit: 97, bar: 3", more)
    assert _told(result) == {"1": "140/140 at 48.5 48.5 FILLED SPLIT 2:1"}
    (position,) = result.positions
    assert (position.symbol, position.quantity) == ("X", D(140))


MEANWHILE = [
    ("replace: s1, limit: 39", "0/200 at 0 20 CANCELLED END_OF_RUN SPLIT 2:1", "CORPORATE_ACTION"),
    ("cancel: s1", "0/200 at 0 20 CANCELLED REQUESTED SPLIT 2:1", ""),
]


@pytest.mark.parametrize(("line", "told", "refused"), MEANWHILE)
def test_what_is_asked_while_the_news_of_the_split_is_on_its_way(
    tmp_path: Path, line: str, told: str, refused: str
) -> None:
    """A change is refused, for nobody knows in which units it was meant; a cancel follows the order."""
    more = """
venues: {SIM: {latency: {order: 10s}}}
corporate_actions: [{at: 2024-01-03 09:31:58, symbol: X, split: 2:1}]
"""
    first, _, then = f"quantity: 100, limit: 40, id: s1\n{line}, at: 2024-01-03 09:32".partition("\n")
    result = _run(tmp_path, first, more.strip(), data=HELD)
    assert _told(result) == {"1": "0/200 at 0 20 CANCELLED END_OF_RUN SPLIT 2:1"}
    result = _run(tmp_path, f"{first}\n{then}", more.strip(), data=HELD)
    assert _told(result) == {"1": told}
    causes = [cause for _, _, cause in result.orders[0].history]
    assert not refused or refused in causes
