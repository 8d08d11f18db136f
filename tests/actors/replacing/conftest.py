"""The stage of the tests of changes: what is said of an order on its way, and the order manager."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.order_manager import OrderManager, OrderManagerSettings
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    ChildAccepted,
    ChildCancelled,
    ChildFilled,
    ChildReplaced,
    ChildReplaceRejected,
    FillBusted,
    FillCorrected,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderEvent,
    OrderExpired,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReplaceRejected,
    ReplaceChild,
    ReplaceOrder,
    RouteEnded,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill
from tradepit.models.values import changed

Live = Callable[..., Any]
NEWS = (
    OrderAccepted, OrderFilled, OrderReplaced, OrderReplaceRejected, OrderFillBusted, OrderFillCorrected,
    OrderCancelled, OrderCancelRejected, OrderRejected, OrderExpired,
)  # fmt: skip


class Said:
    """Commands and reports about one order, and the news of orders in words."""

    @staticmethod
    def replace(order_id: str = "mine-1", **changes: Any) -> ReplaceOrder:
        given: dict[str, Any] = {"quantity": None, "limit_price": None, "stop_price": None, **changes}
        return ReplaceOrder(order_id=order_id, strategy="mine", **given)

    @staticmethod
    def replaced(quantity: int, leaves: int, child_id: str = "mine-1.1", **changes: Any) -> ChildReplaced:
        given: dict[str, Any] = {
            "child_id": child_id,
            "order_id": child_id.rpartition(".")[0],
            "venue": "A",
            "quantity": Decimal(quantity),
            "leaves": Decimal(leaves),
            "limit_price": None,
            "stop_price": None,
            "time": 0,
        }
        return ChildReplaced(**given | changes)

    @staticmethod
    def replace_rejected(child_id: str = "mine-1.1", **changes: Any) -> ChildReplaceRejected:
        order_id = child_id.rpartition(".")[0]
        given: dict[str, Any] = {"code": "NO", "text": "why", "time": 0, "order_id": order_id, **changes}
        return ChildReplaceRejected(child_id=child_id, venue="A", **given)

    @staticmethod
    def filled(fill: Fill, leaves: int) -> ChildFilled:
        return ChildFilled(child_id=fill.child_id, order_id=fill.order_id, venue="A", leaves=Decimal(leaves), fill=fill)

    @staticmethod
    def busted(fill: Fill) -> FillBusted:
        return FillBusted(order_id=fill.order_id, fill=fill, reason="erroneous", time=0)

    @staticmethod
    def corrected(before: Fill, quantity: int, price: str = "100") -> FillCorrected:
        fill = changed(before, quantity=Decimal(quantity), price=Decimal(price))
        return FillCorrected(order_id=before.order_id, before=before, fill=fill, reason="erroneous", time=0)

    @staticmethod
    def accepted(order_id: str = "mine-1") -> ChildAccepted:
        return ChildAccepted(child_id=f"{order_id}.1", order_id=order_id, venue="A", time=0)

    @staticmethod
    def cancelled(child_id: str = "mine-1.1", code: str = "REQUESTED", leaves: int = 1) -> ChildCancelled:
        order_id = child_id.rpartition(".")[0]
        return ChildCancelled(
            child_id=child_id, order_id=order_id, venue="A", leaves=Decimal(leaves), code=code, time=0
        )

    @staticmethod
    def ended(order_id: str = "mine-1", code: str = "REQUESTED") -> RouteEnded:
        return RouteEnded(order_id=order_id, state=OrderState.CANCELLED, code=code, text="")

    @staticmethod
    def told(heard: Any) -> list[str]:
        """Return the news of orders as words: kind, order, state, quantities, code."""
        events: list[OrderEvent] = heard.news(*NEWS)
        return [
            " ".join(
                [
                    type(event).__name__.removeprefix("Order"),
                    event.order_id.removeprefix("mine-"),
                    event.state,
                    f"{event.cumulative}/{event.quantity} leaves {event.leaves}",
                    getattr(event, "code", ""),
                ]
            ).strip()
            for event in events
        ]

    @staticmethod
    def change(quantity: int | None, child_id: str = "mine-1.1", **changes: Any) -> ReplaceChild:
        given: dict[str, Any] = {"limit_price": None, "stop_price": None, **changes}
        return ReplaceChild(child_id=child_id, quantity=None if quantity is None else Decimal(quantity), **given)


@pytest.fixture(scope="session")
def say() -> type[Said]:
    return Said


@pytest.fixture
def live(play: Callable[..., Any]) -> Live:
    """Say messages to the order manager, 10 ns apart; fills are published, as brokers do."""

    def run(*messages: Any, closing: Any = (), **settings: Any) -> Any:
        manager = OrderManager(
            OrderManagerSettings(
                instruments={"X": Instrument(symbol="X")}, next_close=lambda now: now + 1000, **settings
            )
        )
        lines = [
            (10 * (at + 1), "" if isinstance(said, ChildFilled) else "orders", said) for at, said in enumerate(messages)
        ]
        return play({"orders": manager}, lines, neighbours=("breaker", "router"), closing=closing)

    return run
