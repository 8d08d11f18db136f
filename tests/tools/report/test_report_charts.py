from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tradepit.models.messages import CircuitReset, CircuitTripped, OrderClosed
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill
from tradepit.scenarios.result import Result
from tradepit.scenarios.tree import Scenario
from tradepit.tools.report.chart_data import MOST_SPANS, charts_of
from tradepit.tools.report.stamps import Stamps

MINUTE = 60_000_000_000
START = 1_273_156_200_000_000_000
STAMPS = Stamps(UTC)

MakeFill = Callable[..., Fill]
MakeClosed = Callable[..., OrderClosed]
MakeResult = Callable[..., Result]


def test_prices_equity_and_marks_lie_on_one_axis_of_microseconds(
    make_result: MakeResult, make_fill: MakeFill, make_closed: MakeClosed
) -> None:
    refused = make_closed(2, state=OrderState.REJECTED, cumulative=Decimal(0), code="CIRCUIT_OPEN")
    result = make_result(fills=[make_fill(1)], orders=[make_closed(1), refused])
    data = charts_of(result, {}, STAMPS).data
    assert (data["base"], data["length"], data["offsets"]) == (START // 1_000, 2_400_000_000, [[0, 0]])
    assert data["equity"] == {
        "t": [0, 60_000_000, 120_000_000, 180_000_000],
        "v": [1_000_000.0, 1_000_000.0, 990_000.0, 1_010_000.0],
        "d": [0.0, 0.0, -0.01, 0.0],
    }
    (panel,) = data["panels"]
    assert panel["fills"] == [[60_000_000, 100.02, "BUY", "BUY 100 at 100.02, SIM, order o-1"]]
    assert panel["missed"] == [
        [120_001_000, 100.0, "REJECTED CIRCUIT_OPEN", "REJECTED CIRCUIT_OPEN: BUY 100, order o-2"]
    ]
    bars = panel["bars"]
    assert len(bars["a"]) == 40
    assert (bars["a"][0], bars["z"][-1]) == (60_000_000, 2_400_000_000)
    assert (bars["o"][0], min(bars["l"]), bars["c"][-1]) == (100.0, 90.0, 100.0)


@pytest.mark.parametrize(
    ("changes", "order", "price"),
    [
        ({"state": OrderState.FAILED, "code": "NO_VENUE"}, {"limit_price": Decimal(99)}, 99.0),
        ({"state": OrderState.REJECTED, "code": "X"}, {"stop_price": Decimal(101)}, 101.0),
        ({"state": OrderState.REJECTED, "code": "X"}, {"arrival_price": None}, None),
        ({"state": OrderState.CANCELLED, "code": "FOK_UNFILLABLE"}, {}, 100.0),
    ],
)
def test_an_order_that_was_not_executed_stands_at_the_price_it_asked_for(
    make_result: MakeResult,
    make_closed: MakeClosed,
    changes: dict[str, Any],
    order: dict[str, Any],
    price: float | None,
) -> None:
    result = make_result(orders=[make_closed(1, order=order, cumulative=Decimal(0), **changes)])
    (panel,) = charts_of(result, {}, STAMPS).data["panels"]
    assert [mark[1] for mark in panel["missed"]] == [price]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": OrderState.CANCELLED, "code": "REQUESTED", "cumulative": Decimal(0)},
        {"state": OrderState.CANCELLED, "code": "IOC_REMAINDER", "cumulative": Decimal(60)},
        {"state": OrderState.EXPIRED, "code": "EXPIRED", "cumulative": Decimal(0)},
        {},
    ],
)
def test_an_order_that_was_executed_or_withdrawn_is_not_marked(
    make_result: MakeResult, make_closed: MakeClosed, changes: dict[str, Any]
) -> None:
    (panel,) = charts_of(make_result(orders=[make_closed(1, **changes)]), {}, STAMPS).data["panels"]
    assert panel["missed"] == []


def test_marks_of_a_symbol_without_a_chart_are_left_out(
    make_result: MakeResult, make_fill: MakeFill, make_closed: MakeClosed
) -> None:
    orders = [make_closed(1, order={"symbol": "Z"}, state=OrderState.REJECTED, cumulative=Decimal(0))]
    (panel,) = charts_of(make_result(fills=[make_fill(1, symbol="Z")], orders=orders), {}, STAMPS).data["panels"]
    assert (panel["symbol"], panel["fills"], panel["missed"]) == ("X", [], [])


def test_prices_end_with_the_run(make_result: MakeResult) -> None:
    (panel,) = charts_of(make_result(end=START + 10 * MINUTE), {}, STAMPS).data["panels"]
    assert panel["bars"]["z"][-1] == 600_000_000


def test_the_symbols_with_the_most_traded_value_come_first(make_result: MakeResult, scenario: Scenario) -> None:
    wide = attrs.evolve(scenario, market=dict.fromkeys(("A", "B", "C"), scenario.market["X"]))
    charts = charts_of(make_result(scenario=wide), {"C": Decimal(5), "B": Decimal(7)}, STAMPS)
    assert [panel["symbol"] for panel in charts.data["panels"]] == ["B", "C", "A"]
    assert charts.left_out == 0


def test_open_breakers_are_shaded_up_to_a_limit(make_result: MakeResult) -> None:
    events: list[CircuitTripped | CircuitReset] = []
    for number in range(MOST_SPANS + 3):
        at = START + number * 1_000_000
        events.append(
            CircuitTripped(breaker="b", rule="r", action="halt", was=1.0, limit=1.0, cause="o", resets_at=None, time=at)
        )
        events.append(CircuitReset(breaker="b", time=at + 500_000))
    charts = charts_of(make_result(breaker_events=events), {}, STAMPS)
    assert charts.data["spans"][:2] == [[0, 500, "OPEN", "b", "OPEN (r)"], [1_000, 1_500, "OPEN", "b", "OPEN (r)"]]
    assert (len(charts.data["spans"]), charts.spans_left_out) == (MOST_SPANS, 3)
