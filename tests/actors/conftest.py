"""A stage for one actor alone: neighbours that note what they get, and a prompter who says lines at their times."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.data_feed import DataFeed
from tradepit.actors.kernel import Actor, Dispatch, System
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.models.messages import (
    AccountOpened,
    AdjustChild,
    AdjustOrder,
    AdjustOrdersOf,
    CancelChild,
    CancelOfUnknownOrder,
    CancelOrder,
    CancelOrdersOf,
    CancelRejected,
    CashMoved,
    ChildAccepted,
    ChildCancelled,
    ChildCancelRejected,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    ChildReplaced,
    ChildReplaceRejected,
    ChildRestated,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    DividendOwed,
    ExecutePlan,
    FillBusted,
    FillCorrected,
    FillOfForgottenOrder,
    Liquidated,
    LotClosed,
    MarginCalled,
    MarginCallMet,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderClosed,
    OrderExpired,
    OrderFailed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReplaceRejected,
    OrderRevised,
    PositionChanged,
    PositionSplit,
    Rebalance,
    RebalanceSummary,
    RefuseOrder,
    RefuseReplace,
    ReleaseOrder,
    ReleaseRefused,
    ReplaceChild,
    ReplaceOfUnknownOrder,
    ReplaceOrder,
    ReplaceRejected,
    RequestOrder,
    RouteEnded,
    RouteOrder,
    Signal,
    SubmitChild,
    SubmitOrder,
    SymbolRenamed,
    TradeCorrectionRefused,
    WorkOrder,
)
from tradepit.models.orders import ChildOrder, Fill, Liquidity, Order, OrderKind, Side, TimeInForce

Line = tuple[int, str, Any]
"""When something is said, to whom (empty: it is published), and what."""


@attrs.define(kw_only=True)
class Heard:
    """What everybody on the stage heard.

    Attributes:
        sent: (time, message) by neighbour.
        published: (time, message) of all that was published, market data and lines included.
    """

    sent: dict[str, list[tuple[int, Any]]]
    published: list[tuple[int, Any]]

    def to(self, neighbour: str) -> list[Any]:
        return [message for _, message in self.sent[neighbour]]

    def news(self, *kinds: type) -> list[Any]:
        return [message for _, message in self.published if isinstance(message, kinds)]


@attrs.define(kw_only=True)
class Cue:
    to: str
    message: Any


class Prompter(Actor):
    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines

    def on_start(self) -> None:
        for time, to, message in self.lines:
            self.call_at(time, Cue(to=to, message=message))

    def on_cue(self, cue: Cue) -> None:
        if cue.to:
            self.send(cue.to, cue.message)
        else:
            self.publish(cue.message)


class Neighbour(Actor):
    """Notes what it is sent, and answers nothing."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, Any]] = []

    def on_start(self) -> None:
        self.unsubscribe(ChildFilled)

    def on_message(
        self,
        message: RequestOrder
        | Signal
        | CancelOrder
        | CancelOrdersOf
        | AdjustOrdersOf
        | AdjustOrder
        | AdjustChild
        | SubmitOrder
        | RefuseOrder
        | ReleaseOrder
        | RouteOrder
        | SubmitChild
        | CancelChild
        | ChildAccepted
        | ChildFilled
        | ChildRejected
        | ChildCancelled
        | ChildExpired
        | ChildCancelRejected
        | RouteEnded
        | ReleaseRefused
        | CancelRejected
        | ReplaceOrder
        | ReplaceChild
        | WorkOrder
        | ChildReplaced
        | ChildRestated
        | ChildReplaceRejected
        | FillBusted
        | FillCorrected
        | ReplaceRejected
        | RefuseReplace
        | Rebalance
        | ExecutePlan,
    ) -> None:
        self.heard.append((self.now, message))


class Tape(Actor):
    """Notes what is published."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, Any]] = []

    def on_news(
        self,
        message: Bar
        | Quote
        | Trade
        | ChildFilled
        | AccountOpened
        | OrderAccepted
        | OrderFilled
        | OrderCancelled
        | OrderRejected
        | OrderExpired
        | OrderFailed
        | OrderCancelRejected
        | OrderReplaced
        | OrderReplaceRejected
        | OrderFillBusted
        | OrderFillCorrected
        | ReplaceOfUnknownOrder
        | TradeCorrectionRefused
        | CancelOfUnknownOrder
        | OrderClosed
        | PositionChanged
        | PositionSplit
        | SymbolRenamed
        | DividendOwed
        | FillOfForgottenOrder
        | OrderRevised
        | CashMoved
        | LotClosed
        | MarginCalled
        | MarginCallMet
        | Liquidated
        | CircuitTripped
        | CircuitHalfOpened
        | CircuitReset
        | RebalanceSummary,
    ) -> None:
        self.heard.append((self.now, message))


@pytest.fixture(params=list(Dispatch), ids=str)
def play(request: pytest.FixtureRequest) -> Callable[..., Heard]:
    """Run actors among neighbours until nothing more happens; every test that asks for it runs in both modes."""

    def run(
        actors: Mapping[str, Actor],
        lines: Iterable[Line] = (),
        *,
        neighbours: Sequence[str] = (),
        market: Sequence[MarketEvent] = (),
        start: int = 0,
        end: int | None = None,
        closing: Sequence[Any] = (),
    ) -> Heard:
        system = System(dispatch=request.param, start=start)
        tape, fakes = Tape(), {name: Neighbour() for name in neighbours}
        for name, actor in {**actors, **fakes, "tape": tape, "prompter": Prompter(list(lines))}.items():
            system.add(name, actor)
        if market:
            system.add("feed", DataFeed(market))
        trio.run(lambda: system.run(end=end, closing=closing))
        heard = {name: fake.heard for name, fake in fakes.items()}
        return Heard(sent=heard, published=tape.heard)

    return run


@pytest.fixture
def make_order() -> Callable[..., Order]:
    def make(order_id: str = "mine-1", **changes: Any) -> Order:
        given: dict[str, Any] = {
            "order_id": order_id,
            "strategy": "mine",
            "symbol": "X",
            "side": Side.BUY,
            "kind": OrderKind.MARKET,
            "quantity": Decimal(10),
            "created_at": 0,
            "limit_price": None,
            "stop_price": None,
            "time_in_force": TimeInForce.GTC,
            "arrival_price": None,
        }
        return Order(**{**given, **changes})

    return make


@pytest.fixture
def make_child() -> Callable[..., ChildOrder]:
    def make(child_id: str = "mine-1.1", **changes: Any) -> ChildOrder:
        given: dict[str, Any] = {
            "child_id": child_id,
            "order_id": child_id.rpartition(".")[0],
            "strategy": "mine",
            "venue": "A",
            "symbol": "X",
            "side": Side.BUY,
            "kind": OrderKind.MARKET,
            "quantity": Decimal(10),
            "limit_price": None,
            "stop_price": None,
            "time_in_force": TimeInForce.GTC,
            "expires_at": None,
        }
        return ChildOrder(**{**given, **changes})

    return make


@pytest.fixture
def make_fill() -> Callable[..., Fill]:
    def make(fill_id: str = "A-1", order_id: str = "mine-1", **changes: Any) -> Fill:
        given: dict[str, Any] = {
            "fill_id": fill_id,
            "order_id": order_id,
            "child_id": f"{order_id}.1",
            "strategy": "mine",
            "symbol": "X",
            "side": Side.BUY,
            "quantity": Decimal(10),
            "price": Decimal(100),
            "reference_price": Decimal(100),
            "fee": Decimal(0),
            "currency": "USD",
            "venue": "A",
            "liquidity": Liquidity.TAKER,
            "time": 0,
        }
        return Fill(**{**given, **changes})

    return make
