"""Portfolio: sizing, risk, books and marks, alone on the stage."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.happenings import AT_END
from tradepit.actors.order_desk import OpeningHolding, PortfolioSettings
from tradepit.actors.portfolio import Portfolio
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    AccountOpened,
    CancelOrder,
    CloseBooks,
    Direction,
    OrderCancelled,
    OrderExpired,
    OrderFailed,
    OrderFilled,
    OrderRejected,
    PositionChanged,
    RefuseOrder,
    RequestOrder,
    Signal,
    SubmitOrder,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Order, OrderKind, Side, TimeInForce
from tradepit.models.sizing import FixedQuantity, PercentOfEquity

INSTRUMENTS = {
    "X": Instrument(symbol="X"),
    "F": Instrument(symbol="F", multiplier=Decimal(50)),
    "L": Instrument(symbol="L", lot=Decimal(100), shortable=False),
}
COMMANDS = (RequestOrder, Signal, CancelOrder)


def _portfolio(**changes: Any) -> Portfolio:
    given: dict[str, Any] = {
        "cash": Decimal(100_000),
        "currency": "USD",
        "instruments": INSTRUMENTS,
        "sizing": FixedQuantity(quantity=Decimal(10)),
        "limits": Limits(),
        "holdings": {},
        "default_time_in_force": TimeInForce.GTC,
        "close_positions": False,
        "day_of": lambda at_ns: at_ns // 1_000_000,
    }
    return Portfolio(PortfolioSettings(**{**given, **changes}))


def _bar(time: int, close: float, symbol: str = "X") -> Bar:
    return Bar(symbol=symbol, time=time, open=close, high=close, low=close, close=close, volume=1.0)


def _quote(time: int, bid: float, ask: float, symbol: str = "X") -> Quote:
    return Quote(symbol=symbol, time=time, bid=bid, ask=ask, bid_size=1.0, ask_size=1.0)


def _request(order_id: str = "mine-1", quantity: str | None = "10", **changes: Any) -> RequestOrder:
    given: dict[str, Any] = {
        "order_id": order_id,
        "strategy": "mine",
        "symbol": "X",
        "side": Side.BUY,
        "kind": OrderKind.MARKET,
        "quantity": None if quantity is None else Decimal(quantity),
        "limit_price": None,
        "stop_price": None,
        "time_in_force": None,
        "created_at": 0,
    }
    return RequestOrder(**{**given, **changes})


def _signal(order_id: str, direction: Direction, strength: float = 1.0, symbol: str = "X") -> Signal:
    return Signal(
        order_id=order_id, strategy="mine", symbol=symbol, direction=direction, strength=strength, created_at=0
    )


def _event(kind: Callable[..., Any], order_id: str, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "order_id": order_id,
        "strategy": "mine",
        "symbol": "X",
        "side": Side.BUY,
        "state": OrderState.CANCELLED,
        "quantity": Decimal(10),
        "cumulative": Decimal(0),
        "leaves": Decimal(0),
        "average_price": Decimal(0),
        "time": 0,
    }
    return kind(**{**given, **changes})


def _ended(kind: Callable[..., Any], order_id: str, code: str = "WHY") -> Any:
    return _event(kind, order_id, code=code, text="")


@pytest.fixture
def live(play: Callable[..., Any]) -> Callable[..., Any]:
    """Let a portfolio hear messages at 1, 2, 3 ns and so on, or at the time of market data: requests are sent to it."""

    def run(portfolio: Portfolio, *messages: Any, closing: Sequence[Any] = ()) -> Any:
        lines = []
        now = 0
        for said in messages:
            now = said.time if isinstance(said, Bar | Quote | Trade) else now + 1
            lines.append((now, "portfolio" if isinstance(said, COMMANDS) else "", said))
        return play({"portfolio": portfolio}, lines, neighbours=("orders",), closing=closing)

    return run


@pytest.fixture
def filled(make_fill: Callable[..., Any]) -> Callable[..., OrderFilled]:
    numbers = iter(range(1, 1000))

    def make(order_id: str, quantity: int, price: str, side: Side = Side.BUY, **changes: Any) -> OrderFilled:
        fill = make_fill(
            f"A-{next(numbers)}", order_id, quantity=Decimal(quantity), price=Decimal(price), side=side, **changes
        )
        event: OrderFilled = _event(OrderFilled, order_id, side=side, fill=fill)
        return event

    return make


def _answers(heard: Any) -> list[tuple[str, str]]:
    """Return what the order manager got: (order id, SUBMIT or the code of the refusal)."""
    return [
        (message.order.order_id, "SUBMIT" if isinstance(message, SubmitOrder) else message.code)
        for message in heard.to("orders")
    ]


def _submitted(heard: Any) -> list[tuple[Side, Decimal]]:
    return [(m.order.side, m.order.quantity) for m in heard.to("orders") if isinstance(m, SubmitOrder)]


# --- requests -----------------------------------------------------------------------------------------------------


def test_a_request_becomes_an_order_with_what_the_strategy_left_open(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    asked = _request(quantity=None, side=Side.SELL, kind=OrderKind.LIMIT, limit_price=Decimal("101.5"), created_at=1)
    portfolio = _portfolio(default_time_in_force=TimeInForce.DAY)
    order = make_order(
        side=Side.SELL,
        kind=OrderKind.LIMIT,
        limit_price=Decimal("101.5"),
        quantity=Decimal(10),
        created_at=1,
        time_in_force=TimeInForce.DAY,
        arrival_price=100.25,
    )
    assert live(portfolio, _bar(1, 100.25), asked).sent["orders"] == [(2, SubmitOrder(order=order))]


def test_a_request_keeps_its_own_quantity_and_time_in_force(live: Callable[..., Any]) -> None:
    heard = live(_portfolio(), _bar(1, 100.0), _request(quantity="7", time_in_force=TimeInForce.IOC))
    [message] = heard.to("orders")
    assert (message.order.quantity, message.order.time_in_force) == (Decimal(7), TimeInForce.IOC)


def test_a_size_in_percent_is_of_the_equity_at_the_marks_of_that_moment(
    live: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    """100,000 less 100 x 100 bought, plus 100 x 200 held: 110,000; a tenth of it buys 55 at 200."""
    portfolio = _portfolio(sizing=PercentOfEquity(fraction=Decimal("0.1")))
    heard = live(
        portfolio,
        _bar(10, 100.0),
        _request("mine-1", "100"),
        filled("mine-1", 100, "100"),
        _bar(20, 200.0),
        _request("mine-2", None),
    )
    assert _submitted(heard) == [(Side.BUY, Decimal(100)), (Side.BUY, Decimal(55))]


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (
            _request(quantity=None, symbol="ZZ"),
            "UNKNOWN_SYMBOL",
            "symbol must be one of the scenario's instruments, was ZZ",
        ),
        (_request(symbol="ZZ"), "UNKNOWN_SYMBOL", "symbol must be one of the scenario's instruments, was ZZ"),
        (_request(quantity="NaN"), "QUANTITY_NOT_POSITIVE", "quantity must be a number above 0, was NaN"),
        (_request(quantity="Infinity"), "QUANTITY_NOT_POSITIVE", "quantity must be a number above 0, was Infinity"),
        (_request(quantity="0"), "QUANTITY_NOT_POSITIVE", "quantity must be a number above 0, was 0"),
        (_request(quantity="-3"), "QUANTITY_NOT_POSITIVE", "quantity must be a number above 0, was -3"),
        (
            _request(quantity="1e999999"),
            "ABOVE_MAX_QUANTITY",
            "quantity must have at most 28 digits when counted in lots of 1, was 1E+999999",
        ),
        (_request(quantity="1001"), "BUYING_POWER", "limit=100000, was=100100"),
        (
            _request(kind=OrderKind.LIMIT, limit_price=Decimal("NaN")),
            "PRICE_NOT_A_NUMBER",
            "limit_price must be a finite number, was NaN",
        ),
        (
            _request(kind=OrderKind.LIMIT, limit_price=Decimal("1e999999")),
            "OFF_TICK",
            "limit_price must be on the tick of 0.01, was 1E+999999",
        ),
        (
            _request(kind=OrderKind.STOP, stop_price=Decimal("-Infinity")),
            "PRICE_NOT_A_NUMBER",
            "stop_price must be a finite number, was -Infinity",
        ),
        (
            _request(kind=OrderKind.STOP, stop_price=Decimal("1e999999")),
            "OFF_TICK",
            "stop_price must be on the tick of 0.01, was 1E+999999",
        ),
        (
            _request(symbol="F"),
            "NO_PRICE",
            "a MARKET order needs a price to be valued at, none of F was seen",
        ),
        (
            _request(symbol="L", side=Side.SELL, kind=OrderKind.LIMIT, limit_price=Decimal(1)),
            "SHORT_NOT_ALLOWED",
            "L allows no short position: limit=0, was=-10",
        ),
    ],
)
def test_what_cannot_be_traded_is_refused_with_code_and_figures_and_crashes_nothing(
    live: Callable[..., Any], request_: RequestOrder, code: str, text: str
) -> None:
    portfolio = _portfolio()
    heard = live(portfolio, _bar(1, 100.0), request_, _request("mine-2"))
    refused, submitted = heard.to("orders")
    assert (refused.code, refused.text) == (code, text)
    assert isinstance(submitted, SubmitOrder)
    assert portfolio.account.tied_up == 1_000  # by the second alone


@pytest.mark.parametrize(
    ("limits", "code", "text"),
    [
        (Limits(max_order_notional=Decimal(999)), "MAX_ORDER_NOTIONAL", "limit=999, was=1000"),
        (Limits(max_position=Decimal(9)), "MAX_POSITION", "limit=9, was=10"),
        (Limits(max_open_positions=0), "MAX_OPEN_POSITIONS", "limit=0, was=1"),
    ],
)
def test_each_risk_limit_refuses_with_its_code_and_figures(
    live: Callable[..., Any], limits: Limits, code: str, text: str
) -> None:
    heard = live(_portfolio(limits=limits), _bar(1, 100.0), _request())
    assert [(message.code, message.text) for message in heard.to("orders")] == [(code, text)]


def test_a_multiplier_counts_in_what_an_order_ties_up(live: Callable[..., Any]) -> None:
    portfolio = _portfolio()
    heard = live(portfolio, _bar(1, 100.0, "F"), _request(symbol="F"), _request("mine-2", symbol="F", quantity="11"))
    assert _answers(heard) == [("mine-1", "SUBMIT"), ("mine-2", "BUYING_POWER")]
    assert portfolio.account.tied_up == 50_000


def test_a_size_that_cannot_be_worked_out_is_refused(live: Callable[..., Any]) -> None:
    portfolio = _portfolio(sizing=PercentOfEquity(fraction=Decimal("0.0001")))
    heard = live(portfolio, _request("mine-1", None), _bar(5, 100.0), _request("mine-2", None))
    assert _answers(heard) == [("mine-1", "NO_PRICE"), ("mine-2", "SIZE_BELOW_LOT")]
    assert [message.order.quantity for message in heard.to("orders")] == [0, 0]


def test_a_cancel_follows_the_order_that_it_is_for(live: Callable[..., Any]) -> None:
    cancel = CancelOrder(order_id="mine-1", strategy="mine")
    heard = live(_portfolio(), _bar(1, 100.0), _request(), cancel)
    assert heard.to("orders")[1:] == [cancel]


# --- reservations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [OrderCancelled, OrderRejected, OrderExpired, OrderFailed])
def test_every_end_of_an_order_unties_what_it_had_tied_up(live: Callable[..., Any], kind: Any) -> None:
    portfolio = _portfolio()
    heard = live(
        portfolio,
        _bar(1, 100.0),
        _request("mine-1", "600"),
        _request("mine-2", "600"),
        _ended(kind, "mine-1"),
        _request("mine-3", "600"),
        _ended(kind, "mine-2"),  # it was refused, so it had tied up nothing
        _ended(kind, "mine-3"),
    )
    assert _answers(heard) == [("mine-1", "SUBMIT"), ("mine-2", "BUYING_POWER"), ("mine-3", "SUBMIT")]
    assert portfolio.account.tied_up == 0


def test_a_fill_unties_its_part(live: Callable[..., Any], filled: Callable[..., Any]) -> None:
    portfolio = _portfolio()
    live(portfolio, _bar(1, 100.0), _request("mine-1", "600"), filled("mine-1", 400, "90"))
    assert portfolio.account.tied_up == 20_000
    assert portfolio.account.cash == 64_000


def test_an_id_that_is_still_open_is_refused_and_the_first_orders_reservation_stays(
    live: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    portfolio = _portfolio()
    heard = live(
        portfolio,
        _bar(1, 100.0),
        _request("mine-1", "600"),
        _request("mine-1", "5"),
        _request("mine-1", None, symbol="ZZ"),
        _ended(OrderRejected, "mine-1", "DUPLICATE_ORDER_ID"),
        _ended(OrderRejected, "mine-1", "DUPLICATE_ORDER_ID"),
        _request("mine-2", "600"),
    )
    assert _answers(heard) == [
        ("mine-1", "SUBMIT"),
        ("mine-1", "DUPLICATE_ORDER_ID"),
        ("mine-1", "DUPLICATE_ORDER_ID"),
        ("mine-2", "BUYING_POWER"),
    ]
    assert heard.to("orders")[1].text == "mine-1 is open already"
    assert portfolio.account.tied_up == 60_000


def test_an_id_of_an_order_that_is_done_is_for_the_order_manager_to_refuse_and_then_untied(
    live: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    portfolio = _portfolio()
    heard = live(
        portfolio,
        _bar(1, 100.0),
        _request("mine-1", "5"),
        filled("mine-1", 5, "100"),
        _request("mine-1", "600"),
        _ended(OrderRejected, "mine-1", "DUPLICATE_ORDER_ID"),
    )
    assert _answers(heard) == [("mine-1", "SUBMIT"), ("mine-1", "SUBMIT")]
    assert portfolio.account.tied_up == 0


# --- signals ------------------------------------------------------------------------------------------------------

LONG, SHORT, FLAT = Direction.LONG, Direction.SHORT, Direction.FLAT


@pytest.mark.parametrize(
    ("held", "direction", "strength", "expected"),
    [
        (0, LONG, 1.0, (Side.BUY, 10)),
        (0, SHORT, 1.0, (Side.SELL, 10)),
        (0, FLAT, 1.0, None),
        (4, LONG, 1.0, (Side.BUY, 6)),
        (10, LONG, 1.0, None),
        (25, LONG, 1.0, (Side.SELL, 15)),
        (4, SHORT, 1.0, (Side.SELL, 14)),
        (-4, LONG, 0.5, (Side.BUY, 9)),
        (4, FLAT, 0.1, (Side.SELL, 4)),
        (-4, FLAT, 1.0, (Side.BUY, 4)),
    ],
)
def test_a_signal_trades_the_difference_to_what_is_held(
    live: Callable[..., Any],
    held: int,
    direction: Direction,
    strength: float,
    expected: tuple[Side, int] | None,
) -> None:
    holdings = {"X": OpeningHolding(quantity=Decimal(held), price=Decimal(90))} if held else {}
    heard = live(_portfolio(holdings=holdings), _bar(1, 100.0), _signal("mine-1", direction, strength))
    assert _submitted(heard) == ([] if expected is None else [(expected[0], Decimal(expected[1]))])
    assert [message.order.kind for message in heard.to("orders")] == [OrderKind.MARKET] * bool(expected)


def test_signals_that_say_the_same_again_while_orders_are_out_trade_once(live: Callable[..., Any]) -> None:
    heard = live(
        _portfolio(),
        _bar(1, 100.0),
        _signal("mine-1", LONG),
        _signal("mine-2", LONG),
        _signal("mine-3", LONG),
        _signal("mine-4", SHORT),
        _signal("mine-5", SHORT),
        _signal("mine-6", FLAT),
        _signal("mine-7", FLAT),
    )
    assert _submitted(heard) == [(Side.BUY, Decimal(10)), (Side.SELL, Decimal(20)), (Side.BUY, Decimal(10))]


def test_orders_that_have_ended_no_longer_count_for_a_signal(live: Callable[..., Any]) -> None:
    heard = live(
        _portfolio(), _bar(1, 100.0), _signal("mine-1", LONG), _ended(OrderExpired, "mine-1"), _signal("mine-2", LONG)
    )
    assert _submitted(heard) == [(Side.BUY, Decimal(10)), (Side.BUY, Decimal(10))]


@pytest.mark.parametrize("direction", [LONG, SHORT])
def test_a_signal_that_cannot_be_sized_is_refused(live: Callable[..., Any], direction: Direction) -> None:
    portfolio = _portfolio(sizing=PercentOfEquity(fraction=Decimal("0.01")))
    heard = live(portfolio, _bar(1, 100.0), _signal("mine-1", direction, symbol="F"))
    side = Side.BUY if direction is LONG else Side.SELL
    refused = [(message.code, message.order.side, message.order.quantity) for message in heard.to("orders")]
    assert refused == [("NO_PRICE", side, Decimal(0))]


@pytest.mark.parametrize("direction", list(Direction))
def test_a_signal_for_a_symbol_that_nobody_knows_is_refused(live: Callable[..., Any], direction: Direction) -> None:
    heard = live(_portfolio(), _bar(1, 100.0), _signal("mine-1", direction, symbol="XX"))
    assert [(message.code, message.text) for message in heard.to("orders")] == [
        ("UNKNOWN_SYMBOL", "symbol must be one of the scenario's instruments, was XX; did you mean X?")
    ]


# --- fills and positions ------------------------------------------------------------------------------------------


def test_a_fill_changes_position_and_cash_and_that_is_published_with_the_fill(
    live: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    bought = filled("mine-1", 10, "100", fee=Decimal("1.5"))
    sold = filled("mine-2", 4, "110", Side.SELL, fee=Decimal("0.5"))
    heard = live(_portfolio(), bought, sold)
    assert heard.news(AccountOpened) == [AccountOpened(cash=Decimal(100_000), currency="USD")]
    assert heard.news(PositionChanged) == [
        PositionChanged(
            symbol="X",
            quantity=Decimal(10),
            average_price=Decimal(100),
            realised=Decimal(0),
            fees=Decimal("1.5"),
            cash=Decimal("98998.5"),
            fill=bought.fill,
        ),
        PositionChanged(
            symbol="X",
            quantity=Decimal(6),
            average_price=Decimal(100),
            realised=Decimal(40),
            fees=Decimal(2),
            cash=Decimal(99_438),
            fill=sold.fill,
        ),
    ]


def test_traded_value_counts_both_sides_with_the_multiplier(
    live: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    portfolio = _portfolio()
    live(portfolio, filled("mine-1", 2, "100", symbol="F"), filled("mine-2", 3, "10", Side.SELL))
    assert portfolio.traded_value == 2 * 100 * 50 + 3 * 10


def test_positions_at_the_start_are_published_before_the_account_that_they_are_part_of(
    live: Callable[..., Any],
) -> None:
    holdings = {
        "X": OpeningHolding(quantity=Decimal(10), price=Decimal(90)),
        "F": OpeningHolding(quantity=Decimal(-2), price=Decimal(10)),
    }
    portfolio = _portfolio(holdings=holdings)
    heard = live(portfolio)
    told = [
        (type(said).__name__, getattr(said, "symbol", ""), getattr(said, "quantity", 0)) for _, said in heard.published
    ]
    assert told == [("PositionChanged", "X", 10), ("PositionChanged", "F", -2), ("AccountOpened", "", 0)]
    assert portfolio.account.cash == 100_000
    assert portfolio.curve.starting_equity == 100_000 + 900 - 1_000


# --- marks and the equity curve -----------------------------------------------------------------------------------


def _points(portfolio: Portfolio) -> dict[int, float]:
    times, values = portfolio.curve.points
    assert len(set(times)) == len(times)
    return dict(zip(times, values, strict=True))


def test_every_instant_with_market_data_is_one_point_with_what_it_has_left(
    play: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    portfolio = _portfolio()
    lines = [
        (10, "", _bar(10, 100.0)),
        (10, "", _bar(10, 50.0, "F")),
        (12, "", filled("mine-1", 10, "101")),  # between two instants: it counts for the one before
        (20, "", _bar(20, 102.0)),
        (20, "", filled("mine-2", 10, "102", fee=Decimal(5))),
        (30, "", _bar(30, 104.0)),
        (40, "", _bar(40, 60.0, "F")),
    ]
    play({"portfolio": portfolio}, lines, closing=[CloseBooks()])
    assert _points(portfolio) == {
        10: 100_000 - 10,  # bought at 101, marked at 100
        20: 100_000 + 10 - 5,
        30: 100_000 + 10 - 5 + 40,
        40: 100_000 + 10 - 5 + 40,
    }


def test_neither_the_start_nor_the_end_of_the_clock_is_a_point_of_its_own(play: Callable[..., Any]) -> None:
    portfolio = _portfolio()
    play({"portfolio": portfolio}, [(10, "", _bar(10, 1.0))], end=99, closing=[CloseBooks()])
    assert _points(portfolio) == {10: 100_000.0}
    assert portfolio.curve.start_ns == 0


def test_a_run_without_any_market_data_has_one_point_at_its_end(play: Callable[..., Any]) -> None:
    portfolio = _portfolio()
    play({"portfolio": portfolio}, end=7, closing=[CloseBooks()])
    assert _points(portfolio) == {7: 100_000.0}


@pytest.mark.parametrize(
    ("event", "worth"),
    [
        (_bar(20, 103.0), 103.0),
        (_quote(20, 103.0, 104.0), 103.5),
        (Trade(symbol="X", time=20, price=99.0, size=1.0), 99.0),
        (_bar(20, 1.0, "F"), 100.0),
        (_quote(20, 1.0, 2.0, "F"), 100.0),
        (Trade(symbol="F", time=20, price=1.0, size=1.0), 100.0),
    ],
)
@pytest.mark.parametrize("quantity", [10, -10])
def test_a_position_is_marked_by_whatever_data_of_its_symbol_comes(
    live: Callable[..., Any], event: Any, worth: float, quantity: int
) -> None:
    portfolio = _portfolio(holdings={"X": OpeningHolding(quantity=Decimal(quantity), price=Decimal(100))})
    live(portfolio, event, closing=[CloseBooks()])
    assert _points(portfolio) == {20: 100_000 + quantity * worth}


@pytest.mark.parametrize(
    "make", [_bar, lambda t, p: _quote(t, p, p), lambda t, p: Trade(symbol="X", time=t, price=p, size=1.0)]
)
def test_every_kind_of_data_makes_points(live: Callable[..., Any], make: Callable[[int, float], Any]) -> None:
    portfolio = _portfolio(holdings={"X": OpeningHolding(quantity=Decimal(1), price=Decimal(100))})
    live(portfolio, make(10, 101.0), make(10, 102.0), make(20, 103.0), closing=[CloseBooks()])
    assert _points(portfolio) == {10: 100_102.0, 20: 100_103.0}


def test_a_multiplier_counts_in_marks(live: Callable[..., Any]) -> None:
    portfolio = _portfolio(holdings={"F": OpeningHolding(quantity=Decimal(2), price=Decimal(10))})
    live(portfolio, _bar(10, 11.0, "F"), closing=[CloseBooks()])
    assert _points(portfolio) == {10: 100_000 + 2 * 11 * 50}


# --- the end ------------------------------------------------------------------------------------------------------


def test_positions_are_closed_at_the_last_price_and_marked_as_such(
    live: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    holdings = {
        "X": OpeningHolding(quantity=Decimal(10), price=Decimal(90)),
        "F": OpeningHolding(quantity=Decimal(-2), price=Decimal(10)),
    }
    portfolio = _portfolio(holdings=holdings, close_positions=True)
    heard = live(portfolio, _quote(10, 100.0, 101.0), closing=[CloseBooks()])
    changes = heard.news(PositionChanged)[2:]

    def closing(number: int, **changes: Any) -> Fill:
        found: Fill = make_fill(f"AT_END-{number}", "", child_id="", strategy="", venue=AT_END, time=10, **changes)
        return found

    assert [change.fill for change in changes] == [
        closing(1, side=Side.SELL, price=Decimal("100.50"), reference_price=Decimal("100.50")),
        closing(
            2, symbol="F", quantity=Decimal(2), price=Decimal("10.00"), reference_price=Decimal("10.00")
        ),  # no price of it was seen but its cost
    ]
    assert [change.quantity for change in changes] == [0, 0]
    assert changes[-1].cash == 100_000 + 1_005 - 1_000
    assert _points(portfolio) == {10: 100_005.0}


def test_a_last_price_below_half_a_tick_closes_at_itself_and_not_at_nothing(live: Callable[..., Any]) -> None:
    holdings = {"X": OpeningHolding(quantity=Decimal(10), price=Decimal(90))}
    heard = live(_portfolio(holdings=holdings, close_positions=True), _bar(1, 0.004), closing=[CloseBooks()])
    assert [change.fill.price for change in heard.news(PositionChanged)[1:]] == [Decimal("0.004")]


def test_positions_stay_open_if_the_scenario_says_so(live: Callable[..., Any], filled: Callable[..., Any]) -> None:
    portfolio = _portfolio()
    heard = live(portfolio, _bar(1, 100.0), filled("mine-1", 10, "100"), closing=[CloseBooks()])
    assert [change.quantity for change in heard.news(PositionChanged)] == [10]


def test_a_position_that_was_closed_before_is_not_closed_again(
    live: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    portfolio = _portfolio(close_positions=True)
    trades = [filled("mine-1", 10, "100"), filled("mine-2", 10, "101", Side.SELL)]
    heard = live(portfolio, _bar(1, 100.0), *trades, closing=[CloseBooks()])
    assert len(heard.news(PositionChanged)) == 2


def test_orders_and_refusals_carry_the_order_whole(live: Callable[..., Any]) -> None:
    heard = live(_portfolio(limits=Limits(max_position=Decimal(1))), _bar(1, 100.0), _request())
    [refused] = heard.to("orders")
    assert isinstance(refused, RefuseOrder)
    assert refused.order == Order(
        order_id="mine-1",
        strategy="mine",
        symbol="X",
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=Decimal(10),
        created_at=0,
        time_in_force=TimeInForce.GTC,
        arrival_price=100.0,
    )
