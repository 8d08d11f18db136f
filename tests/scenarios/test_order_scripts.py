"""Orders written down in a scenario, and executions that its venues take back or correct."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar
from tradepit.models.messages import OrderClosed
from tradepit.models.orders import OrderKind, TimeInForce
from tradepit.scenarios.calendars import SessionsError
from tradepit.scenarios.fault_tree import FaultDo, TradeFaultSpec
from tradepit.scenarios.library.order_script import OrderScript
from tradepit.scenarios.loader import loads
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.strategy_loading import load_strategy

# One bar a minute, rising by 1/3 a minute from 100 to 110 at 10:30, then falling by 1/2 a minute to 95.
SCENARIO = """
tradepit: 1
name: script
clock: {start: 2020-01-02 10:00, end: 2020-01-02 11:00}
market:
  X: {path: [[10:00, 100], [10:30, 110], [11:00, 95]], every: 1min, volume: 300}
at_end: {close_positions: false}
"""


def _text(lines: str, more: str = "") -> str:
    orders = "\n".join(f"        - {{{line.strip()}}}" for line in lines.strip().splitlines())
    return f"""{SCENARIO}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    name: script
    with:
      orders:
{orders}
{more}"""


def _run(lines: str, more: str = "", dispatch: Dispatch = Dispatch.INLINE) -> Result:
    result = run_scenario(loads(_text(lines, more)), dispatch=dispatch)
    assert (result.failure, result.violations) == (None, [])
    return result


def _told(result: Result) -> list[str]:
    """Return each order as number, state, what was filled, code; in the order of their ids."""
    orders: list[OrderClosed] = sorted(result.orders, key=lambda closed: closed.order.order_id)
    return [
        f"{closed.order.order_id.removeprefix('script-')} {closed.state} {closed.cumulative}/{closed.order.quantity} "
        f"{closed.code}".strip()
        for closed in orders
    ]


def test_a_line_is_done_at_its_time_or_its_bar_and_the_others_on_the_first() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 10
        do: buy, symbol: X, quantity: 10, bar: 5
        do: sell, symbol: X, quantity: 20, at: 10:20
        do: buy, symbol: X, quantity: 5, at: 2020-01-02 10:20:30
        """
    )
    filled = [(fill.order_id.removeprefix("script-"), fill.time) for fill in result.fills]
    start, minute = 1_577_959_200 * 10**9, 60 * 10**9
    assert filled == [("1", start + 2 * minute), ("2", start + 6 * minute), ("3", start + 21 * minute),
                      ("4", start + 22 * minute)]  # fmt: skip


def test_an_order_is_changed_and_cancelled_by_its_name() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 50, limit: 90, id: low
        replace: low, quantity: 40, limit: 92, bar: 3
        replace: low, limit: 104, bar: 4
        do: buy, symbol: X, quantity: 10, limit: 50, id: never
        cancel: never, at: 10:20
        """
    )
    assert _told(result) == ["1 FILLED 40/40", "2 CANCELLED 0/10 REQUESTED"]
    assert [cause for _, _, cause in result.orders[0].history] == [
        "RECEIVED", "VALIDATED", "RELEASED", "ACCEPTED", "REPLACE_REQUESTED", "REPLACED", "REPLACE_REQUESTED",
        "REPLACED", "SIM-1", "SIM-2",
    ]  # fmt: skip
    assert (result.counts["OrderReplaced"], result.orders[0].order.limit_price) == (2, Decimal(104))


def test_a_line_that_names_an_order_waits_until_that_one_has_been_sent() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 50, limit: 90, bar: 9, id: late
        do: sell, symbol: X, quantity: 50, limit: 150, after: late
        replace: late, quantity: 40, bar: 3
        cancel: late, at: 10:02
        """
    )
    assert _told(result) == ["1 CANCELLED 0/40 REQUESTED", "2 CANCELLED 0/50 PARENT_ENDED"]
    assert {order.order.created_at for order in result.orders} == {(1_577_959_200 + 9 * 60) * 10**9}


def test_an_order_may_grow_while_it_works_also_when_it_is_filled_in_part() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 80, limit: 101, id: low
        replace: low, quantity: 100, bar: 3
        replace: low, quantity: 125, limit: 120, bar: 5
        """
    )
    assert _told(result) == ["1 FILLED 125/125"]


def test_an_order_may_expire_at_a_time_of_its_own() -> None:
    result = _run("do: buy, symbol: X, quantity: 10, limit: 50, expires_at: 10:27")
    (closed,) = result.orders
    assert (str(closed.state), closed.closed_at) == ("EXPIRED", (1_577_959_200 + 27 * 60) * 10**9 + 1)


def test_the_exits_grow_with_the_entry_and_the_one_that_fills_ends_the_other() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 100, id: entry
        do: sell, symbol: X, quantity: 100, limit: 108, after: entry, ouo: exits
        do: sell, symbol: X, quantity: 100, stop: 97, after: entry, ouo: exits
        """
    )
    assert _told(result) == ["1 FILLED 100/100", "2 FILLED 100/100", "3 CANCELLED 0/10 GROUP"]
    assert result.positions == []


def test_a_stop_that_is_hit_ends_the_profit_that_was_waited_for() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 100, at: 10:30, id: entry
        do: sell, symbol: X, quantity: 100, limit: 120, after: entry, oco: exits, at: 10:30
        do: sell, symbol: X, quantity: 100, stop: 107, after: entry, oco: exits, at: 10:30
        """
    )
    assert _told(result) == ["1 FILLED 100/100", "2 CANCELLED 0/100 GROUP", "3 FILLED 100/100"]


def test_exits_are_cut_after_a_position_that_is_sold_in_part_and_leave_nothing_behind() -> None:
    """The stop would fill at 97, after the profit at 108 has closed what was left, and open a position."""
    result = _run(
        """
        do: buy, symbol: X, quantity: 30, id: in
        do: sell, symbol: X, quantity: 30, limit: 108, after: in, ouo: x
        do: sell, symbol: X, quantity: 30, stop: 97, after: in, ouo: x
        do: sell, symbol: X, quantity: 10, bar: 4
        """
    )
    assert _told(result) == ["1 FILLED 30/30", "2 FILLED 20/20", "3 CANCELLED 0/20 GROUP", "4 FILLED 10/10"]
    result = _run(
        """
        do: buy, symbol: X, quantity: 30, stop_loss: 97, take_profit: 108
        do: sell, symbol: X, quantity: 10, bar: 4
        """
    )
    assert _told(result) == ["1 FILLED 30/30", "1-SL CANCELLED 0/20 GROUP", "1-TP FILLED 20/20", "2 FILLED 10/10"]


def test_a_profit_that_is_taken_leaves_a_trailing_stop_behind_other_shares_alone() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 20, stop_loss: 97, take_profit: 108
        do: buy, symbol: X, quantity: 10, bar: 2
        do: sell, symbol: X, quantity: 10, trail: 4, reduce_only: true, bar: 4
        """
    )
    assert _told(result) == [
        "1 FILLED 20/20", "1-SL CANCELLED 0/20 GROUP", "1-TP FILLED 20/20", "2 FILLED 10/10", "3 FILLED 10/10",
    ]  # fmt: skip
    assert result.fills[-1].price == 106


def test_the_first_fill_of_one_cancels_the_other() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 90, limit: 102, oco: either
        do: buy, symbol: X, quantity: 90, limit: 50, oco: either
        """
    )
    assert _told(result) == ["1 FILLED 90/90", "2 CANCELLED 0/90 GROUP"]


@pytest.mark.parametrize("dispatch", list(Dispatch))
def test_an_execution_is_taken_back_and_works_again_and_another_is_corrected(dispatch: Dispatch) -> None:
    result = _run(
        "do: buy, symbol: X, quantity: 100, limit: 104",
        """
faults:
  - {venue: SIM, do: bust, at: 10:03:30, fill: 1, reason: fat finger}
  - {venue: SIM, do: correct, at: 10:04:30, price: 99}
  - {venue: SIM, do: bust, at: 10:04:40, fill: 77}
""",
        dispatch,
    )
    (closed,) = result.orders
    causes = [cause for _, _, cause in closed.history]
    assert causes[4:] == ["SIM-1", "SIM-2", "BUSTED SIM-1", "SIM-3", "CORRECTED SIM-3", "SIM-4", "SIM-5"]
    assert (str(closed.state), closed.cumulative, closed.fills) == ("FILLED", Decimal(100), 4)
    counts = {name: result.counts[name] for name in ("OrderFillBusted", "OrderFillCorrected", "TradeCorrectionRefused")}
    assert counts == {"OrderFillBusted": 1, "OrderFillCorrected": 1, "TradeCorrectionRefused": 1}


def test_faults_of_a_venue_are_read_as_they_are_written() -> None:
    more = """
faults:
  - {venue: SIM, do: bust, at: 10:03:30, fill: last}
  - {venue: SIM, do: correct, at: 10:04:30, fill: 3, quantity: 20, price: 99.5, reason: typo}
"""
    start = 1_577_959_200 * 10**9
    assert loads(_text("do: buy, symbol: X", more)).faults == (
        TradeFaultSpec(venue="SIM", do=FaultDo.BUST, at=start + 210 * 10**9),
        TradeFaultSpec(
            venue="SIM",
            do=FaultDo.CORRECT,
            at=start + 270 * 10**9,
            fill=3,
            quantity=Decimal(20),
            price=Decimal("99.5"),
            reason="typo",
        ),
    )


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"do": FaultDo.CRASH}, "a venue's fault is a bust or a correct, was a crash"),
        ({"do": FaultDo.CORRECT}, "a correct has a quantity, a price or both"),
        ({"do": FaultDo.BUST, "price": Decimal(1)}, "a bust has neither"),
        ({"do": FaultDo.BUST, "fill": 0}, "fill is at least 1, was 0"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_in_python_too(made: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TradeFaultSpec(venue="SIM", at=0, **made)


D = Decimal
REVISED = [  # fault, then state, filled, average, fees, number of fills and code of the second order; trades
    ("do: bust, fill: last", ("CANCELLED", 0, 0, 0, 0, "FILL_BUSTED"), []),
    ("do: correct, fill: last, quantity: 4", ("CANCELLED", 4, D("100.96"), 0.4, 1, "FILL_BUSTED"), []),
    ("do: correct, fill: last, price: 90", ("FILLED", 10, 90, 1, 1, ""), [(10, -105)]),
    ("do: bust, fill: 1", ("FILLED", 10, D("100.96"), 1, 1, ""), []),
]


@pytest.mark.parametrize("dispatch", list(Dispatch), ids=str)
@pytest.mark.parametrize(("fault", "order", "trades"), REVISED)
def test_what_is_taken_back_or_corrected_after_the_end_of_an_order_is_in_the_result(
    fault: str, order: tuple[Any, ...], trades: list[tuple[int, int]], dispatch: Dispatch, tmp_path: Path
) -> None:
    """The fee of a correction is that of the schedule, 0.10 a share; the trips are those that there really were."""
    lines = "do: buy, symbol: X, quantity: 10\ndo: sell, symbol: X, quantity: 10, bar: 3"
    more = f"faults:\n  - {{venue: SIM, at: 10:10, {fault}}}\nvenues: {{SIM: {{fees: 0.10/share}}}}"
    result = run_scenario(loads(_text(lines, more)), dispatch=dispatch, directory=tmp_path)
    assert (result.failure, result.violations) == (None, [])
    last = next(row for row in result.orders if row.order.order_id == "script-2")
    assert (last.state, last.cumulative, last.average_price, float(last.fees), last.fills, last.code) == order
    written = [json.loads(line) for line in (tmp_path / "orders.jsonl").read_text().splitlines()]
    assert [(row["state"], row["cumulative"]) for row in written] == [
        (row.state, str(row.cumulative)) for row in result.orders
    ]
    assert [(int(trip.quantity), int(trip.net_pnl)) for trip in result.trades] == trades
    assert result.metrics["trade_count"] == len(trades)
    assert result.counts["OrderRevised"] == 1
    filled = 1 + float(last.cumulative / 10) - ("bust, fill: 1" in fault)
    assert result.metrics["fill_rate"] == pytest.approx(filled / 2)


# --- what is wrong with a script ----------------------------------------------------------------------------------


def _problems(lines: str, more: str = "") -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        load_strategy(loads(_text(lines, more)), 0)
    return [f"{one.place.line}: {one.path.partition('with.')[2]}: {one.rule}, was {one.value}; {one.suggestion}"
            for one in raised.value.problems]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("symbol: X", "orders[0]: a line has one of do, replace and cancel, was none; write {do: buy, symbol: SPY}"),
        ("do: buy, cancel: y, symbol: X", "orders[0]: a line has one of do, replace and cancel, was do and cancel; "),
        ("do: by, symbol: X", "orders[0].do: must be buy or sell, was by; did you mean buy?"),
        ("do: buy", "orders[0].symbol: is required, was None; write symbol: SPY"),
        ("do: buy, symbol: X, quantitty: 3", "orders[0].quantitty: must be a known key, was quantitty; did"),
        ("do: buy, symbol: X, quantity: some", "orders[0].quantity: must be a number, was some; write quantity: 100"),
        ("do: buy, symbol: X, quantity: 0", "orders[0].quantity: must be above 0, was 0; "),
        ("do: buy, symbol: X, limit: yes", "orders[0].limit: must be a number, was yes; "),
        ("do: buy, symbol: X, limit: true", "orders[0].limit: must be a number, was True; "),
        ("do: buy, symbol: X, kind: STOP", "orders[0].kind: what else is written makes it MARKET, was STOP"),
        ("do: buy, symbol: X, trail: 0%", "orders[0].trail: must be above 0, was 0%"),
        ("do: buy, symbol: X, time_in_force: SOON", "orders[0].time_in_force: must be one of DAY, GTC, GTD, "),
        ("do: buy, symbol: X, kind: MARKT", (f"orders[0].kind: must be one of {', '.join(OrderKind)}, was 'MARKT', "
         "was None; did you mean MARKET?")),
        ("do: buy, symbol: X, time_in_force: gtcc", (f"orders[0].time_in_force: must be one of "
         f"{', '.join(TimeInForce)}, was 'gtcc', was None; did you mean GTC?")),
        ("do: buy, symbol: X, peg: midd", ("orders[0].peg: must be one of BID, ASK, MID, was 'midd', was None; "
         "did you mean MID?")),
        ("do: buy, symbol: X, after: y", "orders[0].after: must be the id of an order above, was y; "),
        ("do: buy, symbol: X, at: 25:00", "orders[0].at: "),
        ("do: buy, symbol: X, at: soon", "orders[0].at: "),
        ("do: buy, symbol: X, expires_at: soon", "orders[0].expires_at: "),
        ("do: buy, symbol: X, bar: 0", "orders[0].bar: must be a whole number at least 1, was 0; "),
        ("do: buy, symbol: X, at: 10:05, bar: 2", "orders[0].bar: a line has one of at and bar, was 2; "),
        ("cancel: y", "orders[0].cancel: must be the id of an order above, was y; "),
        ("replace: y, limit: 3", "orders[0].replace: must be the id of an order above, was y; "),
        ("do: buy, symbol: XX, quantity: 3", "orders[0].symbol: must be a symbol that the strategy sees, was XX; "),
        ("do: buy, symbol: X, venue: SIMM", "orders[0].venue: must be one of the venues, was SIMM; did you mean SIM?"),
        ("cancel: y, quantity: 3", "orders[0].quantity: must be a known key, was quantity; "),
    ],
)  # fmt: skip
def test_a_line_that_makes_no_sense_is_refused_with_its_place(line: str, problem: str) -> None:
    found = _problems(line)
    assert any(one.startswith(f"14: {problem}") for one in found), found


# What the instrument takes: prices on 0.25, 5 to 500 in lots of 5.
GRID = """
instruments: {X: {tick: 0.25, lot: 5, min_quantity: 10, max_quantity: 500}}
"""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("do: buy, symbol: X, limit: 99.30", "limit: must be on the tick of 0.25, was 99.3; write 99.25 or 99.50"),
        ("do: buy, symbol: X, stop: 0.1", "stop: must be on the tick of 0.25, was 0.1; write 0.25"),
        ("do: buy, symbol: X, touch: 99.99", "touch: must be on the tick of 0.25, was 99.99; write 99.75 or 100.00"),
        ("do: buy, symbol: X, stop_loss: 97.1", "stop_loss: must be on the tick of 0.25, was 97.1; write 97.00 or 97."),
        ("do: buy, symbol: X, trail: 0.3", "trail: must be on the tick of 0.25, was 0.3; write 0.25 or 0.50"),
        ("do: buy, symbol: X, peg: mid, peg_offset: -0.3", ("peg_offset: must be on the tick of 0.25, was -0.3; "
         "write -0.50 or -0.25")),
        ("do: buy, symbol: X, limit: -5", "limit: a price is above 0, was -5; write instruments: {X: {price_may_be_"),
        ("do: buy, symbol: X, quantity: 12", "quantity: must be a whole number of lots of 5, was 12; write 10 or 15"),
        ("do: buy, symbol: X, quantity: 5", "quantity: must be at least 10, was 5; write 10"),
        ("do: buy, symbol: X, quantity: 505", "quantity: must be at most 500, was 505; write 500"),
        ("do: buy, symbol: X, quantity: 20, limit: 99, display: 7", ("display: must be a whole number of lots of 5, "
         "was 7; write 5 or 10")),
        ("do: buy, symbol: X, quantity: 20, limit: 99, display: 25", ("display: must be at most the quantity of 20, "
         "was 25; write 20")),
        ("do: buy, symbol: X, at: 09:59", ("at: must not lie before the run's start, was 09:59; write 2020-01-02 10:00 "
         "UTC or later")),
        ("do: buy, symbol: X, at: 11:01", ("at: must not lie behind the last market data, was 11:01; write 2020-01-02 "
         "11:00 UTC or earlier")),
        ("do: buy, symbol: X, at: 2020-01-03", "at: must not lie behind the last market data, was 2020-01-03; write "),
    ],
)  # fmt: skip
def test_what_the_instrument_or_the_clock_cannot_take_is_refused_before_the_run(line: str, problem: str) -> None:
    (found,) = _problems(line, GRID)
    assert found.startswith(f"14: orders[0].{problem}"), found


def test_a_quantity_of_more_lots_than_can_be_counted_is_refused_in_the_words_of_validation() -> None:
    (found,) = _problems("do: buy, symbol: X, quantity: 123456789012345678901234567890")
    assert found.startswith("14: orders[0].quantity: quantity must have at most 28 digits when counted in lots of 1")


def test_a_clock_that_cannot_be_is_for_whoever_opens_the_market_to_refuse() -> None:
    scenario = loads(_text("do: buy, symbol: X"))
    scenario = attrs.evolve(scenario, clock=attrs.evolve(scenario.clock, calendar="XXXX"))  # a file is not let do so
    load_strategy(scenario, 0)
    with pytest.raises(SessionsError, match="XXXX"):
        run_scenario(scenario)


def test_a_change_is_held_to_the_instrument_of_its_order() -> None:
    found = _problems("do: buy, symbol: X, quantity: 20, id: a\nreplace: a, quantity: 22, limit: 9.1", GRID)
    assert [one.partition(", was")[0] for one in found] == [
        "15: orders[1].limit: must be on the tick of 0.25",
        "15: orders[1].quantity: must be a whole number of lots of 5",
    ]


def test_a_script_that_is_not_checked_sends_what_is_refused() -> None:
    text = _text("do: buy, symbol: X, quantity: 12", GRID).replace("with:", "with:\n      checked: false")
    assert _told(run_scenario(loads(text))) == ["1 REJECTED 0/12 OFF_LOT"]


@pytest.mark.parametrize(("rules", "words"), [("[price]", ["limit"]), ("[quantity]", ["quantity"]), ("[basic]", [])])
def test_a_line_is_held_to_the_rules_that_its_scenario_has(rules: str, words: list[str]) -> None:
    line = "do: buy, symbol: X, quantity: 12, limit: 9.1"
    scenario = loads(_text(line, f"{GRID}orders: {{validation: {{order: {rules}}}}}"))
    if not words:
        load_strategy(scenario, 0)
        return
    with pytest.raises(ScenarioError) as raised:
        load_strategy(scenario, 0)
    assert [one.path.rpartition(".")[2] for one in raised.value.problems] == words


@pytest.mark.parametrize("at", ["10:00", "11:00", "2020-01-02 06:00 America/New_York"])
def test_the_first_and_the_last_instant_of_the_run_are_times_for_a_line(at: str) -> None:
    result = _run(f"do: buy, symbol: X, quantity: 5, limit: 1, at: {at}")
    assert (len(result.orders), result.notices) == (1, [])


# Friday's session, and a clock that goes on until Sunday.
WEEKEND = """
tradepit: 1
name: weekend
clock: {{start: 2020-01-03 09:00, end: 2020-01-05 20:00, session: 09:30-16:00}}
market: {{X: {source}}}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    name: script
    with: {{orders: [{{do: buy, symbol: X, quantity: 5, at: {at}}}]}}
"""
GBM = "{gbm: {start: 100, drift: 0%, volatility: 10%, every: 1min}}"
PATH = "{path: [[2020-01-03 10:00, 100], [2020-01-03 15:00, 101]], every: 1min}"
SAMPLE = "{sample: GOOG}"


@pytest.mark.parametrize(
    ("source", "at", "last"),
    [
        (GBM, "2020-01-03 15:59", None),
        (GBM, "2020-01-03 16:01", "2020-01-03 16:00 UTC"),
        (GBM, "2020-01-04 12:00", "2020-01-03 16:00 UTC"),
        (PATH, "2020-01-03 15:00", None),
        (PATH, "15:01", "2020-01-03 15:00 UTC"),
        (SAMPLE, "2020-01-05 20:00", None),  # whatever the file holds, it ends with the clock
        (SAMPLE, "2020-01-05 20:01", "2020-01-05 20:00 UTC"),
    ],
)
def test_the_last_market_data_are_those_of_the_last_session(source: str, at: str, last: str | None) -> None:
    scenario = loads(WEEKEND.format(source=source, at=at))
    if last is None:
        load_strategy(scenario, 0)
        return
    with pytest.raises(ScenarioError) as raised:
        load_strategy(scenario, 0)
    (problem,) = raised.value.problems
    assert (problem.rule, problem.suggestion) == (
        "must not lie behind the last market data",
        f"write {last} or earlier",
    )


def test_where_the_clock_has_no_end_only_the_run_can_tell() -> None:
    text = WEEKEND.format(source=SAMPLE, at="2030-01-01").replace(", end: 2020-01-05 20:00, session: 09:30-16:00", "")
    load_strategy(loads(text.replace("start: 2020-01-03 09:00", "zone: UTC")), 0)


def test_a_time_that_daylight_saving_skips_is_refused_before_the_run() -> None:
    text = WEEKEND.format(source=GBM, at="02:30").replace("with: {", "with: {zone: America/New_York, ")
    text = text.replace("2020-01-03 09:00", "2020-03-08 09:00").replace("2020-01-05", "2020-03-10")
    with pytest.raises(ScenarioError) as raised:
        load_strategy(loads(text), 0)
    assert raised.value.problems[0].rule.startswith("a time must exist: on 2020-03-08")


# --- what was never done ------------------------------------------------------------------------------------------


def test_what_was_never_done_is_told_with_its_place_and_why() -> None:
    result = _run(
        """
        do: buy, symbol: X, quantity: 10
        do: buy, symbol: X, quantity: 10, bar: 61, id: late
        cancel: late
        do: sell, symbol: X, quantity: 10, bar: 60
        """
    )
    assert [(one.strategy, one.path, one.text) for one in result.notices] == [
        ("script", "strategies[0].with.orders[1]", ("was never done: it waits for number 61 of the market data of X, "
         "and 60 came")),
        ("script", "strategies[0].with.orders[2]", "was never done: order late was not sent"),
    ]  # fmt: skip
    assert result.summary()["notices"] == [
        {"strategy": one.strategy, "text": one.text, "path": one.path} for one in result.notices
    ]


def test_a_time_for_which_no_data_come_is_told_when_the_run_is_over(tmp_path: Path) -> None:
    """Two bars in a file, and a clock without an end: nobody knows before the run when the data end."""
    (tmp_path / "x.csv").write_text("time,open,high,low,close,volume\n" + "".join(
        f"2020-01-02 10:0{minute},100,100,100,100,50\n" for minute in (1, 2)
    ))  # fmt: skip
    text = f"""
tradepit: 1
name: short
clock: {{zone: America/New_York}}
market: {{X: {{file: {tmp_path / "x.csv"}, every: 1min}}}}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    with: {{zone: America/New_York, orders: [{{do: buy, symbol: X, quantity: 5, at: "10:30"}}]}}
"""
    result = run_scenario(loads(text))
    assert [one.text for one in result.notices] == [
        "was never done: no market data came at 2020-01-02 10:30 America/New_York or later"
    ]
    assert (result.passed, result.counts["OrderAccepted"]) == (True, 0)


class Talker(Strategy):
    """Tells more than anybody reads, in every way."""

    def on_bar(self, bar: Bar) -> None:
        for number in range(50):
            self.notice(f"{number} of {bar.close}")


def test_the_first_thousand_notices_of_a_strategy_stand_in_the_result() -> None:
    text = f"{SCENARIO}\nstrategies: [{{use: {__name__}:Talker, name: it}}]"
    found = run_scenario(loads(text)).notices
    assert (len(found), found[0].path, found[-1].text.partition(" ")[0]) == (1_000, "strategies[0]", "49")


def test_notices_come_again_when_their_strategy_is_restarted() -> None:
    text = f"{SCENARIO}\nstrategies: [{{use: {__name__}:Talker, name: it}}]"
    more = """
supervision: {strategies: {restart: permanent}}
faults: [{actor: "strategy:it", do: crash, at: 10:05:30}]
"""
    assert run_scenario(loads(text + more)).notices == run_scenario(loads(text)).notices


def test_every_wrong_line_is_told_at_once() -> None:
    found = _problems("do: buy, symbol: X, id: a\ndo: sell, symbol: X, id: a\nreplace: a\ncancel: b")
    assert found == [
        "15: orders[1].id: each order has a name of its own, was a; write id: a-2",
        "16: orders[2].replace: a change has a quantity, a limit or a stop, was a; write {replace: id, limit: 99}",
        "17: orders[3].cancel: must be the id of an order above, was b; known: a",
    ]


def test_a_quantity_keeps_eighteen_decimals() -> None:
    most = "29.123456789012345678"
    result = _run(f'do: buy, symbol: X, quantity: "{most}"', "instruments: {X: {lot: 0.000000000000000001}}")
    assert _told(result) == [f"1 FILLED {most}/{most}"]


def test_the_zone_of_a_script_is_one_that_there_is() -> None:
    with pytest.raises(ValueError, match="zone: "):
        OrderScript(orders=[], zone="Mars/Olympus")
