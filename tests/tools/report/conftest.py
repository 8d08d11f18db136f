"""Results made by hand, so that the report's tests need no run."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.equity import EquityCurve
from tradepit.models.messages import OrderClosed
from tradepit.models.metrics import run_metrics
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side, TimeInForce
from tradepit.models.round_trips import RoundTrip, RoundTripBuilder
from tradepit.scenarios.result import Result
from tradepit.scenarios.rows import Rows
from tradepit.scenarios.tree import ClockSpec, PathSource, Scenario

MINUTE = 60_000_000_000
START = 1_273_156_200_000_000_000  # 2010-05-06 14:30 UTC
END = START + 40 * MINUTE

MakeFill = Callable[..., Fill]
MakeClosed = Callable[..., OrderClosed]
MakeResult = Callable[..., Result]


@pytest.fixture
def make_fill() -> MakeFill:
    def make(number: int, **changes: Any) -> Fill:
        given: dict[str, Any] = {
            "fill_id": f"SIM-{number}",
            "order_id": f"o-{number}",
            "child_id": f"o-{number}.1",
            "strategy": "mine",
            "symbol": "X",
            "side": Side.BUY if number % 2 else Side.SELL,
            "quantity": Decimal(100),
            "price": Decimal("100.02"),
            "reference_price": Decimal("100.00"),
            "fee": Decimal("0.30"),
            "currency": "USD",
            "venue": "SIM",
            "liquidity": Liquidity.TAKER,
            "time": START + number * MINUTE,
        }
        return Fill(**{**given, **changes})

    return make


@pytest.fixture
def make_closed() -> MakeClosed:
    def make(number: int, *, order: Mapping[str, Any] | None = None, **changes: Any) -> OrderClosed:
        at = START + number * MINUTE
        given_order: dict[str, Any] = {
            "order_id": f"o-{number}",
            "strategy": "mine",
            "symbol": "X",
            "side": Side.BUY,
            "kind": OrderKind.MARKET,
            "quantity": Decimal(100),
            "time_in_force": TimeInForce.DAY,
            "created_at": at,
            "arrival_price": 100.0,
        }
        given: dict[str, Any] = {
            "strategy": "mine",
            "order": Order(**{**given_order, **(order or {})}),
            "state": OrderState.FILLED,
            "cumulative": Decimal(100),
            "average_price": Decimal("100.02"),
            "fees": Decimal("0.30"),
            "fills": 1,
            "venues": ("SIM",),
            "code": "",
            "text": "",
            "closed_at": at + 1_000_000,
            "history": (("RECEIVED", at, "SubmitOrder"), ("FILLED", at + 1_000_000, "ChildFilled")),
        }
        return OrderClosed(**{**given, **changes})

    return make


@pytest.fixture
def scenario() -> Scenario:
    return Scenario(
        name="drill",
        about="A straight line down and up again.",
        seed=7,
        clock=ClockSpec(start=START, end=END, zone="America/New_York"),
        market={"X": PathSource(path=[(START, 100.0), (START + 20 * MINUTE, 90.0), (END, 100.0)])},
    )


@pytest.fixture
def make_result(scenario: Scenario) -> MakeResult:
    def make(
        *,
        fills: Sequence[Fill] = (),
        orders: Sequence[OrderClosed] = (),
        equity: Sequence[float] = (1_000_000.0, 990_000.0, 1_010_000.0),
        curve: EquityCurve | None = None,
        **changes: Any,
    ) -> Result:
        rows_of_fills, rows_of_orders, rows_of_trades = Rows(Fill), Rows(OrderClosed), Rows(RoundTrip)
        builder = RoundTripBuilder("X")
        trips = []
        for fill in fills:
            rows_of_fills.append(fill)
            trip = builder.add(fill) if fill.symbol == "X" else None
            if trip is not None:
                trips.append(trip)
                rows_of_trades.append(trip)
        for closed in orders:
            rows_of_orders.append(closed)
        if curve is None:
            curve = EquityCurve(START, 1_000_000.0)
            for number, figure in enumerate(equity, start=1):
                curve.record(START + number * MINUTE, figure)
        given: dict[str, Any] = {
            "scenario": scenario,
            "seed": scenario.seed,
            "fingerprint": "c0ffee",
            "start": START,
            "end": END,
            "metrics": run_metrics(curve, trips),
            "counts": {"market_data": 40, "messages": 123},
            "equity": curve,
            "orders": rows_of_orders,
            "fills": rows_of_fills,
            "trades": rows_of_trades,
            "positions": (),
            "breaker_events": (),
            "open_orders": (),
            "expectations": (),
            "violations": (),
            "invariants": ("no_order_is_lost", "no_message_from_the_future"),
            "data_problems": {},
            "failure": None,
            "stopped": False,
            "elapsed_s": 0.25,
        }
        return Result(**{**given, **changes})

    return make
