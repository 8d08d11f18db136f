"""Strategy host: what a strategy hears, what it can do, what it knows."""

from collections.abc import Callable, Sequence
from decimal import Decimal, getcontext
from typing import Any

import numpy as np
import pytest

from tradepit.actors.kernel import ActorFailed, random_stream
from tradepit.actors.strategy import Strategy
from tradepit.actors.strategy_host import StrategyHost
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.models.messages import (
    AccountOpened,
    CancelOfUnknownOrder,
    CancelOrder,
    Direction,
    OrderAccepted,
    OrderFilled,
    PositionChanged,
    RequestOrder,
    Signal,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, OrderKind, Side, TimeInForce

HOST = "strategy:mine"


class Diary(Strategy):
    """Writes down all that it hears, with what it knows at that moment."""

    def on_start(self) -> None:
        self.lines: list[tuple[int, str, Any]] = []
        self.note("start", (self.cash, self.position("X"), self.average_price("X"), self.symbols))

    def note(self, hook: str, heard: Any) -> None:
        self.lines.append((self.now, hook, heard))

    def on_bar(self, bar: Bar) -> None:
        self.note("bar", (bar.symbol, self.price("X")))

    def on_quote(self, quote: Quote) -> None:
        self.note("quote", (quote.symbol, self.price("X")))

    def on_trade(self, trade: Trade) -> None:
        self.note("trade", (trade.symbol, self.price("X")))

    def on_fill(self, fill: Fill) -> None:
        self.note("fill", (fill.fill_id, self.position("X"), self.average_price("X"), self.cash))

    def on_order(self, event: Any) -> None:
        self.note("order", (type(event).__name__, event.order_id))

    def on_stop(self) -> None:
        self.note("stop", None)


class Quiet(Strategy):
    """Has methods for nothing."""


class Doer(Strategy):
    """Does what the test says when it starts, and keeps what came back."""

    what: Callable[[Strategy], Any]

    def on_start(self) -> None:
        self.answer = self.what(self)


def _bar(time: int, symbol: str = "X", close: float = 10.0) -> Bar:
    return Bar(symbol=symbol, time=time, open=close, high=close, low=close, close=close, volume=1.0)


def _opened(cash: int = 1000) -> AccountOpened:
    return AccountOpened(cash=Decimal(cash), currency="USD")


def _position(quantity: int, cash: int, fill: Fill | None = None, symbol: str = "X") -> PositionChanged:
    return PositionChanged(
        symbol=symbol,
        quantity=Decimal(quantity),
        average_price=Decimal(7),
        realised=Decimal(0),
        fees=Decimal(0),
        cash=Decimal(cash),
        fill=fill,
    )


def _accepted(strategy: str, order_id: str) -> OrderAccepted:
    return OrderAccepted(
        order_id=order_id,
        strategy=strategy,
        symbol="X",
        side=Side.BUY,
        state=OrderState.WORKING,
        quantity=Decimal(1),
        cumulative=Decimal(0),
        leaves=Decimal(1),
        average_price=Decimal(0),
        time=0,
    )


@pytest.fixture
def host(play: Callable[..., Any]) -> Callable[..., Any]:
    """Let a strategy hear what is published at 1, 2, 3 ns and so on, and market data at its time."""

    def run(
        strategy: Strategy,
        published: Sequence[Any] = (),
        market: Sequence[MarketEvent] = (),
        symbols: Sequence[str] = ("X", "Y"),
    ) -> Any:
        lines = [(0, "", _opened()), *((time + 1, "", said) for time, said in enumerate(published))]
        return play(
            {HOST: StrategyHost(strategy, "mine", symbols)},
            lines,
            neighbours=("portfolio", "orders"),
            market=market,
            end=50,
        )

    return run


# --- what it hears ------------------------------------------------------------------------------------------------


def test_a_strategy_hears_its_symbols_its_orders_and_its_fills_and_knows_what_they_changed(
    host: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    own, foreign = make_fill("A-1", "mine-1"), make_fill("A-2", "theirs-1", strategy="theirs")
    unknown = CancelOfUnknownOrder(order_id="ghost", strategy="mine", code="UNKNOWN_ORDER", text="")
    diary = Diary()
    host(
        diary,
        [
            _position(5, 1000),
            _accepted("mine", "mine-1"),
            _accepted("theirs", "theirs-1"),
            _position(15, 900, own),
            _position(16, 890, foreign),
            unknown,
        ],
        [
            _bar(10),
            _bar(11, "Z"),
            Quote(symbol="X", time=12, bid=11.0, ask=13.0, bid_size=1.0, ask_size=1.0),
            Trade(symbol="X", time=13, price=11.5, size=1.0),
            _bar(14, "Y", 99.0),
        ],
    )
    assert diary.lines == [
        (0, "start", (Decimal(1000), Decimal(0), Decimal(0), ("X", "Y"))),
        (2, "order", ("OrderAccepted", "mine-1")),
        (4, "fill", ("A-1", Decimal(15), Decimal(7), Decimal(900))),
        (10, "bar", ("X", 10.0)),
        (12, "quote", ("X", 12.0)),
        (13, "trade", ("X", 11.5)),
        (14, "bar", ("Y", 11.5)),
        (50, "stop", None),
    ]


def test_a_strategy_sees_positions_and_cash_of_the_start_when_it_starts(play: Callable[..., Any]) -> None:
    diary = Diary()
    lines = [(0, "", _position(5, 0)), (0, "", _opened(700))]
    play({HOST: StrategyHost(diary, "mine", ("X",))}, lines)
    assert diary.lines[0] == (0, "start", (Decimal(700), Decimal(5), Decimal(7), ("X",)))


def test_a_strategy_without_methods_is_left_in_peace(host: Callable[..., Any], make_fill: Callable[..., Any]) -> None:
    quiet = Quiet()
    heard = host(quiet, [_accepted("mine", "mine-1"), _position(5, 900, make_fill())], [_bar(10)])
    assert heard.sent == {"portfolio": [], "orders": []}
    assert (quiet.cash, quiet.position("X"), quiet.position("Y")) == (Decimal(900), Decimal(5), Decimal(0))


def test_a_bar_is_heard_once_all_that_it_caused_has_happened(play: Callable[..., Any]) -> None:
    """The strategy decides on a bar when the fills of the same bar are booked."""

    class Nosy(Strategy):
        def on_bar(self, bar: Bar) -> None:
            self.held = self.position("X")

    nosy = Nosy()
    market = [_bar(5), _bar(5, "Y")]
    lines = [(0, "", _opened()), (5, "", _position(3, 1))]
    play({HOST: StrategyHost(nosy, "mine", ("X",))}, lines, market=market)
    assert nosy.held == 3


# --- what it does -------------------------------------------------------------------------------------------------


def _asked(**changes: Any) -> RequestOrder:
    given: dict[str, Any] = {
        "order_id": "mine-1",
        "strategy": "mine",
        "symbol": "X",
        "side": Side.BUY,
        "kind": OrderKind.MARKET,
        "quantity": None,
        "limit_price": None,
        "stop_price": None,
        "time_in_force": None,
        "created_at": 0,
    }
    return RequestOrder(**{**given, **changes})


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (lambda s: s.buy("X"), _asked()),
        (lambda s: s.buy("X", 5), _asked(quantity=Decimal(5))),
        (lambda s: s.sell("Y", 5), _asked(symbol="Y", side=Side.SELL, quantity=Decimal(5))),
        (
            lambda s: s.sell("X", 5, limit=10.1),
            _asked(side=Side.SELL, quantity=Decimal(5), kind=OrderKind.LIMIT, limit_price=Decimal("10.1")),
        ),
        (
            lambda s: s.buy("X", 5, stop="12.50", time_in_force="DAY"),
            _asked(
                quantity=Decimal(5),
                kind=OrderKind.STOP,
                stop_price=Decimal("12.50"),
                time_in_force=TimeInForce.DAY,
            ),
        ),
        (
            lambda s: s.buy("X", 5, limit=Decimal(13), stop=12, time_in_force=TimeInForce.FOK),
            _asked(
                quantity=Decimal(5),
                kind=OrderKind.STOP_LIMIT,
                limit_price=Decimal(13),
                stop_price=Decimal(12),
                time_in_force=TimeInForce.FOK,
            ),
        ),
    ],
)
def test_what_a_strategy_asks_for_goes_to_the_portfolio(
    host: Callable[..., Any], what: Callable[[Any], str], expected: RequestOrder
) -> None:
    doer = Doer(what=what)
    assert host(doer).sent == {"portfolio": [(0, expected)], "orders": []}
    assert doer.answer == "mine-1"


QUANTITIES: list[tuple[Any, str]] = [
    (5, "5"),
    (0.1, "0.1"),
    (1e-7, "1E-7"),
    ("0.10", "0.10"),
    (Decimal("2.50"), "2.50"),
    (True, "1"),
    (np.float64(0.1), "0.1"),
    (np.int64(7), "7"),
    (np.float32(0.5), "0.5"),
    (0, "0"),
    (-3.5, "-3.5"),
    (float("nan"), "NaN"),
    (float("inf"), "Infinity"),
    ("a lot", "NaN"),
    ("", "NaN"),
    ([1], "NaN"),
    ((0, (1,), 0), "NaN"),
    (object(), "NaN"),
]


@pytest.mark.parametrize(("quantity", "exact"), QUANTITIES, ids=lambda value: repr(value)[:20])
def test_a_number_is_taken_as_it_was_written_and_what_is_none_becomes_nan(
    host: Callable[..., Any], quantity: Any, exact: str
) -> None:
    [(_, request)] = host(Doer(what=lambda s: s.buy("X", quantity, limit=quantity, stop=quantity))).sent["portfolio"]
    assert [str(n) for n in (request.quantity, request.limit_price, request.stop_price)] == [exact] * 3


def test_ids_are_the_name_and_a_counter_over_all_that_is_asked_for(host: Callable[..., Any]) -> None:
    doer = Doer(what=lambda s: [s.buy("X"), s.signal("X", "LONG"), s.sell("Y"), s.signal("Y", "FLAT")])
    heard = host(doer)
    assert doer.answer == ["mine-1", "mine-2", "mine-3", "mine-4"]
    assert [message.order_id for message in heard.to("portfolio")] == doer.answer


def test_a_signal_goes_to_the_portfolio(host: Callable[..., Any]) -> None:
    heard = host(Doer(what=lambda s: [s.signal("X", "SHORT", 0.5), s.signal("Y", Direction.FLAT)]))
    assert heard.to("portfolio") == [
        Signal(order_id="mine-1", strategy="mine", symbol="X", direction=Direction.SHORT, strength=0.5, created_at=0),
        Signal(order_id="mine-2", strategy="mine", symbol="Y", direction=Direction.FLAT, strength=1.0, created_at=0),
    ]


def test_a_cancel_takes_the_way_of_the_order_that_it_is_for(host: Callable[..., Any]) -> None:
    heard = host(Doer(what=lambda s: s.cancel(s.buy("X", 1))))
    assert heard.to("portfolio") == [
        _asked(quantity=Decimal(1)),
        CancelOrder(order_id="mine-1", strategy="mine"),
    ]
    assert heard.to("orders") == []


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda s: s.signal("X", "LONG", 0), "strength must be above 0 and at most 1, was 0"),
        (lambda s: s.signal("X", "LONG", 1.1), "strength must be above 0 and at most 1, was 1.1"),
        (lambda s: s.signal("X", "LONG", float("nan")), "strength must be above 0 and at most 1, was nan"),
        (lambda s: s.signal("X", "UP"), "must be one of LONG, SHORT, FLAT, was 'UP'"),
        (
            lambda s: s.buy("X", 1, time_in_force="SOON"),
            "must be one of DAY, GTC, GTD, IOC, FOK, AT_OPEN, AT_CLOSE, was 'SOON'",
        ),
    ],
)
def test_a_word_that_means_nothing_is_the_strategys_own_error(
    host: Callable[..., Any], what: Callable[[Any], str], message: str
) -> None:
    with pytest.raises(ActorFailed, match=message) as caught:
        host(Doer(what=what))
    assert caught.value.actor == HOST


@pytest.mark.parametrize("what", [lambda s: s.buy("X", 1), lambda s: s.signal("X", "FLAT")])
def test_after_the_end_a_strategy_cannot_trade(host: Callable[..., Any], what: Callable[[Any], str]) -> None:
    class Late(Strategy):
        def on_stop(self) -> None:
            what(self)

    with pytest.raises(ActorFailed, match="the run has ended: on_stop cannot trade"):
        host(Late())


def test_chance_comes_from_the_seed_and_the_strategys_name(host: Callable[..., Any]) -> None:
    doer = Doer(what=lambda s: s.random.random())
    host(doer)
    assert doer.answer == random_stream(0, HOST).random()


def test_what_is_filled_is_heard_as_news_of_the_order_too(
    host: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    diary = Diary()
    event = OrderFilled(
        order_id="mine-1",
        strategy="mine",
        symbol="X",
        side=Side.BUY,
        state=OrderState.FILLED,
        quantity=Decimal(10),
        cumulative=Decimal(10),
        leaves=Decimal(0),
        average_price=Decimal(100),
        time=1,
        fill=make_fill(),
    )
    host(diary, [event])
    assert diary.lines[1:-1] == [(1, "order", ("OrderFilled", "mine-1"))]


def test_a_strategys_own_decimals_are_nobody_elses() -> None:
    class Narrow(Strategy):
        def on_start(self) -> None:
            getcontext().prec = 5

    before = getcontext().prec
    host = StrategyHost(Narrow(), "n", ["X"])
    host._run(host._strategy.on_start)
    assert (host._context.run(getcontext).prec, getcontext().prec) == (5, before)
