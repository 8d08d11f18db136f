"""The stage of the tests of the portfolio's desk: what it is told, and how what it says is read."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.order_desk import OpeningHolding, PortfolioSettings
from tradepit.actors.portfolio import Portfolio
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.market import Bar
from tradepit.models.messages import (
    CancelOrder,
    Direction,
    OrderCancelled,
    OrderFilled,
    OrderReplaced,
    OrderReplaceRejected,
    RefuseOrder,
    RefuseReplace,
    ReplaceOrder,
    RequestOrder,
    Signal,
    SignalTerms,
    SubmitOrder,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import OrderKind, OrderTerms, Side, TimeInForce
from tradepit.models.sizing import FixedQuantity

D = Decimal
INSTRUMENTS = {"X": Instrument(symbol="X"), "Y": Instrument(symbol="Y")}
SECOND = 1_000_000_000


def _fields(said: Bar) -> dict[str, Any]:
    return {name: getattr(said, name) for name in ("symbol", "open", "high", "low", "close", "volume")}


def _short(message: Any) -> str:
    match message:
        case SubmitOrder(order=order):
            price = "" if order.limit_price is None else f" {order.limit_price}"
            price += "" if order.stop_price is None else f" at {order.stop_price}"
            return f"{order.order_id} {order.side} {order.quantity} {order.kind}{price}"
        case RefuseOrder():
            return f"{message.order.order_id} {message.code}: {message.text}"
        case RefuseReplace():
            return f"{message.order_id} keeps {message.code}: {message.text}"
        case ReplaceOrder():
            return f"{message.order_id} to {message.quantity} {message.limit_price} {message.stop_price}"
    return f"{message.order_id} cancel"


class Said:
    """What the desk is told, and the desk itself; news of orders as the order manager gives them."""

    @staticmethod
    def desk(held: int = 0, **changes: Any) -> Portfolio:
        given: dict[str, Any] = {
            "cash": D(100_000),
            "currency": "USD",
            "instruments": INSTRUMENTS,
            "sizing": FixedQuantity(quantity=D(10)),
            "limits": Limits(),
            "holdings": {"X": OpeningHolding(quantity=D(held), price=D(100))} if held else {},
            "default_time_in_force": TimeInForce.GTC,
            "close_positions": False,
            "day_of": lambda at_ns: at_ns // (100 * SECOND),
        }
        return Portfolio(PortfolioSettings(**{**given, **changes}))

    @staticmethod
    def bar(close: float, symbol: str = "X") -> Bar:
        return Bar(symbol=symbol, time=0, open=close, high=close, low=close, close=close, volume=1.0)

    @staticmethod
    def ask(order_id: str, signed: Any, terms: OrderTerms | None = None, **changes: Any) -> RequestOrder:
        quantity = D(signed)
        given: dict[str, Any] = {
            "order_id": order_id, "strategy": "mine", "symbol": "X", "side": Side.BUY if quantity > 0 else Side.SELL,
            "kind": OrderKind.MARKET, "quantity": quantity.copy_abs(), "limit_price": None, "stop_price": None,
            "time_in_force": None, "created_at": 0, "terms": terms,
        }  # fmt: skip
        return RequestOrder(**{**given, **changes})

    @staticmethod
    def signal(order_id: str, direction: Direction, strength: float = 1.0, symbol: str = "X", **terms: Any) -> Signal:
        exact: dict[str, Any] = {
            name: D(value) if isinstance(value, int | str) and name != "venue" else value
            for name, value in terms.items()
        }
        return Signal(
            order_id=order_id, strategy="mine", symbol=symbol, direction=direction, strength=strength, created_at=0,
            terms=SignalTerms(**exact) if terms else None,
        )  # fmt: skip

    @staticmethod
    def news(kind: Any, order_id: str, state: OrderState, leaves: int = 0, done: int = 0, **more: Any) -> Any:
        side = more.pop("side", Side.BUY)
        return kind(
            order_id=order_id, strategy="mine", symbol="X", side=side, state=state, quantity=D(leaves + done),
            cumulative=D(done), leaves=D(leaves), average_price=D(0), time=0, **more,
        )  # fmt: skip

    @staticmethod
    def cancelled(order_id: str, done: int = 0) -> OrderCancelled:
        event: OrderCancelled = Said.news(
            OrderCancelled, order_id, OrderState.CANCELLED, done=done, code="WHY", text=""
        )
        return event

    @staticmethod
    def change(order_id: str, quantity: Any = None, limit: Any = None, stop: Any = None) -> ReplaceOrder:
        exact = [None if value is None else D(value) for value in (quantity, limit, stop)]
        return ReplaceOrder(
            order_id=order_id, strategy="mine", quantity=exact[0], limit_price=exact[1], stop_price=exact[2]
        )

    @staticmethod
    def replaced(order_id: str, leaves: int, done: int = 0, limit: Any = None) -> OrderReplaced:
        event: OrderReplaced = Said.news(
            OrderReplaced, order_id, OrderState.WORKING, leaves, done,
            limit_price=None if limit is None else D(limit), stop_price=None,
        )  # fmt: skip
        return event

    @staticmethod
    def kept(order_id: str, leaves: int, done: int = 0, code: str = "WHY") -> OrderReplaceRejected:
        event: OrderReplaceRejected = Said.news(
            OrderReplaceRejected, order_id, OrderState.WORKING, leaves, done, code=code, text=""
        )
        return event


@pytest.fixture(scope="session")
def say() -> type[Said]:
    return Said


@pytest.fixture(scope="session")
def short() -> Callable[[Any], str]:
    """Write what goes to the order manager in a line."""
    return _short


@pytest.fixture
def hear(play: Callable[..., Any]) -> Callable[..., list[str]]:
    """Let a desk hear what it is told, a second after the other, and return what it says to the order manager."""

    def run(portfolio: Portfolio, *said: Any) -> list[str]:
        lines = []
        for number, message in enumerate(said, 1):
            now = number * SECOND
            if isinstance(message, tuple):
                now, message = message
            if isinstance(message, Bar):
                message = Bar(**{**_fields(message), "time": now})
            to_desk = isinstance(message, RequestOrder | Signal | ReplaceOrder | CancelOrder)
            lines.append((now, "portfolio" if to_desk else "", message))
        heard = play({"portfolio": portfolio}, lines, neighbours=("orders",))
        return [_short(message) for message in heard.to("orders")]

    return run


@pytest.fixture
def fill(make_fill: Callable[..., Any]) -> Callable[..., OrderFilled]:
    numbers = iter(range(1, 1000))

    def make(order_id: str, signed: int, price: str = "100", leaves: int = 0, done: int | None = None) -> OrderFilled:
        side = Side.BUY if signed > 0 else Side.SELL
        execution = make_fill(f"A-{next(numbers)}", order_id, quantity=D(abs(signed)), price=D(price), side=side)
        state = OrderState.PARTIALLY_FILLED if leaves else OrderState.FILLED
        cumulative = abs(signed) if done is None else done
        event: OrderFilled = Said.news(OrderFilled, order_id, state, leaves, cumulative, side=side, fill=execution)
        return event

    return make
