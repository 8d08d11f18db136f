"""The collector: a run's results, gathered from what is published."""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import trio

from tradepit.actors.happenings import CORPORATE_ACTION
from tradepit.actors.kernel import Actor, System
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    OrderClosed,
    PositionChanged,
    PositionSplit,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side
from tradepit.models.values import changed
from tradepit.scenarios.collector import Collector
from tradepit.scenarios.result import OpenPosition

INSTRUMENTS = {"X": Instrument(symbol="X"), "F": Instrument(symbol="F", multiplier=Decimal(50))}


class Speaker(Actor):
    def __init__(self, messages: Iterable[Any]) -> None:
        self.messages = list(messages)

    def on_start(self) -> None:
        for message in self.messages:
            self.publish(message)


@pytest.fixture
def collect() -> Callable[..., Collector]:
    def run(*messages: Any, directory: Path | None = None) -> Collector:
        system = System(start=7)
        system.add("speaker", Speaker(messages))
        collector = Collector(system, INSTRUMENTS, directory)
        trio.run(system.run)
        return collector

    return run


def _fill(number: int, side: Side, quantity: int, price: str, **changes: Any) -> Fill:
    given: dict[str, Any] = {
        "fill_id": f"A-{number}",
        "order_id": f"mine-{number}",
        "child_id": f"mine-{number}.1",
        "strategy": "mine",
        "symbol": "X",
        "side": side,
        "quantity": Decimal(quantity),
        "price": Decimal(price),
        "reference_price": Decimal(price),
        "fee": Decimal(1),
        "currency": "USD",
        "venue": "A",
        "liquidity": Liquidity.TAKER,
        "time": number,
    }
    return Fill(**{**given, **changes})


def _changed(quantity: int, fill: Fill | None, price: str = "100", symbol: str = "X") -> PositionChanged:
    return PositionChanged(
        symbol=symbol,
        quantity=Decimal(quantity),
        average_price=Decimal(price),
        realised=Decimal(0),
        fees=Decimal(0),
        cash=Decimal(0),
        fill=fill,
    )


def _bar(close: float, symbol: str = "X") -> Bar:
    return Bar(symbol=symbol, time=7, open=close, high=close, low=close, close=close, volume=1.0)


def _closed(number: int) -> OrderClosed:
    order = Order(
        order_id=f"mine-{number}",
        strategy="mine",
        symbol="X",
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=Decimal(1),
        created_at=1,
    )
    return OrderClosed(
        strategy="mine",
        order=order,
        state=OrderState.CANCELLED,
        cumulative=Decimal(0),
        average_price=Decimal(0),
        fees=Decimal(0),
        fills=0,
        venues=("A",),
        code="REQUESTED",
        text="",
        closed_at=7,
        history=(("RECEIVED", 1, "RECEIVED"),),
    )


BUY, SELL = Side.BUY, Side.SELL


def test_orders_and_fills_are_kept_whole_and_in_their_order(collect: Callable[..., Collector]) -> None:
    fills = [_fill(1, BUY, 10, "100"), _fill(2, SELL, 10, "103")]
    found = collect(_closed(1), _changed(10, fills[0]), _closed(2), _changed(0, fills[1]))
    assert list(found.orders) == [_closed(1), _closed(2)]
    assert list(found.fills) == fills


def test_a_round_trip_is_made_of_its_fills_with_the_prices_seen_meanwhile(collect: Callable[..., Collector]) -> None:
    found = collect(
        _bar(1.0),  # before the entry
        _changed(10, _fill(1, BUY, 10, "100")),
        _bar(98.0),
        _bar(50.0, "F"),
        Quote(symbol="X", time=7, bid=104.0, ask=106.0, bid_size=1.0, ask_size=1.0),
        Quote(symbol="F", time=7, bid=1.0, ask=1.0, bid_size=1.0, ask_size=1.0),
        Trade(symbol="X", time=7, price=101.0, size=1.0),
        Trade(symbol="F", time=7, price=1.0, size=1.0),
        _changed(0, _fill(2, SELL, 10, "103")),
        _bar(1.0),  # after the exit
    )
    [trip] = found.trades
    assert (trip.side, trip.quantity, trip.entry_time, trip.exit_time) == (BUY, Decimal(10), 1, 2)
    assert (trip.gross_pnl, trip.fees, trip.net_pnl) == (Decimal(30), Decimal(2), Decimal(28))
    assert (trip.mae, trip.mfe, trip.drawdown) == (-20.0, 50.0, 40.0)
    assert found.open_since == []


def test_trips_in_several_symbols_run_side_by_side(collect: Callable[..., Collector]) -> None:
    found = collect(
        _changed(10, _fill(1, BUY, 10, "100")),
        _changed(-2, _fill(2, SELL, 2, "10", symbol="F"), symbol="F"),
        _bar(90.0),
        _bar(11.0, "F"),
        _changed(0, _fill(3, SELL, 10, "95")),
        _bar(12.0, "F"),
        _changed(0, _fill(4, BUY, 2, "9", symbol="F"), symbol="F"),
    )
    assert [(trip.symbol, trip.mae, trip.gross_pnl) for trip in found.trades] == [
        ("X", -100.0, Decimal(-50)),
        ("F", -200.0, Decimal(100)),
    ]


def test_trips_that_are_under_way_are_told_by_their_entry(collect: Callable[..., Collector]) -> None:
    found = collect(_changed(3, None), _changed(-2, _fill(5, SELL, 2, "10", symbol="F"), symbol="F"))
    assert found.open_since == [7, 5]  # a position of the start counts from the start
    assert list(found.trades) == []


def test_a_position_of_the_start_is_a_trip_once_it_is_closed(collect: Callable[..., Collector]) -> None:
    found = collect(_changed(3, None, "90"), _changed(0, _fill(9, SELL, 3, "100")))
    [trip] = found.trades
    assert (trip.strategy, trip.entry_time, trip.exit_time, trip.gross_pnl) == ("", 7, 9, Decimal(30))


def test_positions_at_the_end_are_those_held_before_the_books_were_closed(collect: Callable[..., Collector]) -> None:
    closing = _fill(3, SELL, 10, "101", fill_id="AT_END-1", venue="AT_END", strategy="", order_id="")
    found = collect(
        _changed(10, _fill(1, BUY, 10, "100"), "100"),
        _changed(-2, _fill(2, SELL, 2, "10", symbol="F"), "10", "F"),
        _changed(0, closing, "0"),
    )
    expected = [
        OpenPosition(symbol="X", quantity=Decimal(10), average_price=Decimal(100)),
        OpenPosition(symbol="F", quantity=Decimal(-2), average_price=Decimal(10)),
    ]
    assert found.positions == expected
    assert found.positions == expected  # asking changes nothing


def test_a_position_that_was_closed_in_the_run_is_none_at_its_end(collect: Callable[..., Collector]) -> None:
    found = collect(_changed(10, _fill(1, BUY, 10, "100")), _changed(0, _fill(2, SELL, 10, "101"), "0"))
    assert found.positions == []


def test_breaker_events_are_kept_in_their_order(collect: Callable[..., Collector]) -> None:
    events = [
        CircuitTripped(
            breaker="b", rule="manual", action="halt", was=0.0, limit=0.0, cause="me", resets_at=None, time=7
        ),
        CircuitHalfOpened(breaker="b", probes=1, time=7),
        CircuitReset(breaker="b", time=7),
    ]
    assert collect(*events).breaker_events == events


def test_with_a_directory_the_tables_lie_there(collect: Callable[..., Collector], tmp_path: Path) -> None:
    messages = [_closed(1), _changed(10, _fill(1, BUY, 10, "100")), _changed(0, _fill(2, SELL, 10, "101"))]
    found = collect(*messages, directory=tmp_path)
    for table in (found.orders, found.fills, found.trades):
        table.flush()
    lines = {
        name: [json.loads(line) for line in (tmp_path / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("orders", "fills", "trades")
    }
    assert lines == {name: list(getattr(found, name).plain()) for name in lines}
    assert [len(found) for found in lines.values()] == [1, 2, 1]


@pytest.mark.parametrize(("signed", "end"), [(5, Side.SELL), (-5, Side.BUY)])
def test_a_fraction_that_a_split_pays_out_ends_its_trip_with_a_fill_of_its_own(
    collect: Callable[..., Collector], signed: int, end: Side
) -> None:
    """One for ten: five become a half, which is paid out at the price behind the split."""
    begun = _fill(1, end.opposite, 5, "90")
    half, zero = Decimal("0.5"), Decimal(0)
    split = PositionSplit(
        symbol="X",
        new=Decimal(1),
        old=Decimal(10),
        before=Decimal(signed),
        after=zero,
        paid_out=half if signed > 0 else -half,
        price=Decimal(1000),
        time=7,
    )
    collected = collect(_changed(signed, begun, "90"), split)
    paid = _fill(0, end, 1, "1000", fill_id="FRACTION-1", order_id="", child_id="", strategy="", fee=zero,
                 venue=CORPORATE_ACTION, time=7)  # fmt: skip
    assert list(collected.fills) == [begun, changed(paid, quantity=half)]
    (trip,) = collected.trades
    figures: Any = (trip.quantity, trip.entry_price, trip.exit_price, trip.fees, trip.net_pnl)
    assert figures == (half, 900, 1000, 1, (50 if signed > 0 else -50) - 1)
