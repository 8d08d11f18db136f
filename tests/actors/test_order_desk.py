"""The portfolio's desk: terms of orders and signals, orders that only reduce, changes, and limits by figures."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.order_desk import OpeningHolding, PortfolioSettings
from tradepit.actors.portfolio import Portfolio
from tradepit.models.instruments import Instrument
from tradepit.models.kelly import KellyFraction
from tradepit.models.limits import Limits, MissingStop, PartOfEquity
from tradepit.models.market import Bar, Quote, Trade
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
from tradepit.models.orders import Contingency, OrderKind, OrderTerms, Side, TimeInForce
from tradepit.models.sizing import FixedQuantity, OwnSizing, RiskPerTrade, TargetWeights
from tradepit.models.sizing_request import SizingRequest
from tradepit.models.values import changed
from tradepit.models.volatility_target import VolatilityTarget

D = Decimal
INSTRUMENTS = {"X": Instrument(symbol="X"), "Y": Instrument(symbol="Y")}
SECOND = 1_000_000_000
LONG, SHORT, FLAT = Direction.LONG, Direction.SHORT, Direction.FLAT
OUO = Contingency.OUO


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


def bar(close: float, symbol: str = "X") -> Bar:
    return Bar(symbol=symbol, time=0, open=close, high=close, low=close, close=close, volume=1.0)


def ask(order_id: str, signed: Any, terms: OrderTerms | None = None, **changes: Any) -> RequestOrder:
    quantity = D(signed)
    given: dict[str, Any] = {
        "order_id": order_id, "strategy": "mine", "symbol": "X", "side": Side.BUY if quantity > 0 else Side.SELL,
        "kind": OrderKind.MARKET, "quantity": quantity.copy_abs(), "limit_price": None, "stop_price": None,
        "time_in_force": None, "created_at": 0, "terms": terms,
    }  # fmt: skip
    return RequestOrder(**{**given, **changes})


def signal(order_id: str, direction: Direction, strength: float = 1.0, symbol: str = "X", **terms: Any) -> Signal:
    exact: dict[str, Any] = {
        name: D(value) if isinstance(value, int | str) and name != "venue" else value for name, value in terms.items()
    }
    return Signal(
        order_id=order_id, strategy="mine", symbol=symbol, direction=direction, strength=strength, created_at=0,
        terms=SignalTerms(**exact) if terms else None,
    )  # fmt: skip


def news(kind: Any, order_id: str, state: OrderState, leaves: int = 0, done: int = 0, **more: Any) -> Any:
    side = more.pop("side", Side.BUY)
    return kind(
        order_id=order_id, strategy="mine", symbol="X", side=side, state=state, quantity=D(leaves + done),
        cumulative=D(done), leaves=D(leaves), average_price=D(0), time=0, **more,
    )  # fmt: skip


def cancelled(order_id: str, done: int = 0) -> OrderCancelled:
    event: OrderCancelled = news(OrderCancelled, order_id, OrderState.CANCELLED, done=done, code="WHY", text="")
    return event


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


@pytest.fixture
def fill(make_fill: Callable[..., Any]) -> Callable[..., OrderFilled]:
    numbers = iter(range(1, 1000))

    def make(order_id: str, signed: int, price: str = "100", leaves: int = 0, done: int | None = None) -> OrderFilled:
        side = Side.BUY if signed > 0 else Side.SELL
        execution = make_fill(f"A-{next(numbers)}", order_id, quantity=D(abs(signed)), price=D(price), side=side)
        state = OrderState.PARTIALLY_FILLED if leaves else OrderState.FILLED
        cumulative = abs(signed) if done is None else done
        event: OrderFilled = news(OrderFilled, order_id, state, leaves, cumulative, side=side, fill=execution)
        return event

    return make


REDUCE = OrderTerms(reduce_only=True)

# --- signals with terms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "said", "expected"),
    [
        (0, signal("m-1", LONG, quantity=7), ["m-1 BUY 7 MARKET"]),
        (0, signal("m-1", SHORT, 0.5, quantity=7), ["m-1 SELL 3 MARKET"]),
        (0, signal("m-1", LONG, entry_price="99.5"), ["m-1 BUY 10 LIMIT 99.5"]),
        (4, signal("m-1", LONG, entry_price="99.5"), ["m-1 BUY 6 LIMIT 99.5"]),
        (10, signal("m-1", LONG, entry_price="99.5"), []),
        (4, signal("m-1", FLAT, venue="A"), ["m-1 SELL 4 MARKET"]),
        (0, signal("m-1", FLAT, venue="A"), []),
        (0, signal("m-1", LONG, confluence=5.0), ["m-1 BUY 10 MARKET"]),
        (
            0,
            signal("m-1", LONG, stop_loss=98, take_profit=104),
            ["m-1 BUY 10 MARKET", "m-1-SL SELL 10 STOP at 98", "m-1-TP SELL 10 LIMIT 104"],
        ),
        (
            0,
            signal("m-1", SHORT, entry_price=101, stop_loss=103),
            ["m-1 SELL 10 LIMIT 101", "m-1-SL BUY 10 STOP at 103"],
        ),
        (4, signal("m-1", LONG, take_profit=104), ["m-1 BUY 6 MARKET", "m-1-TP SELL 6 LIMIT 104"]),
        # what is held the other way round is closed first
        (
            -4,
            signal("m-1", LONG, stop_loss=98),
            ["m-1-CLOSE BUY 4 MARKET", "m-1 BUY 10 MARKET", "m-1-SL SELL 10 STOP at 98"],
        ),
        (-4, signal("m-1", LONG, entry_price=99), ["m-1 BUY 14 LIMIT 99"]),
        # there is more than is wanted, so nothing is opened and nothing to protect
        (25, signal("m-1", LONG, stop_loss=98, venue="A"), ["m-1 SELL 15 MARKET"]),
        (0, signal("m-1", LONG, stop_loss=101), [
            "m-1 STOP_LOSS_WRONG_SIDE: stop_loss of a LONG signal must be below the entry at 100.0, was 101"
        ]),
        (0, signal("m-1", LONG, stop_loss="98.001"), [
            "m-1 OFF_TICK: stop_loss must be on the tick of 0.01, was 98.001"
        ]),
        (0, signal("m-1", LONG, take_profit="NaN"), [
            "m-1 PRICE_NOT_A_NUMBER: take_profit must be a finite number, was NaN"
        ]),
        (0, signal("m-1", LONG, quantity="NaN"), [
            "m-1 QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was NaN"
        ]),
        (0, signal("m-1", LONG, quantity="-1"), [
            "m-1 QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was -1"
        ]),
        (0, signal("m-1", LONG, quantity="1.5"), [
            "m-1 OFF_LOT: quantity must be a whole number of lots of 1, was 1.5"
        ]),
        (0, signal("m-1", LONG, entry_price="Infinity"), [
            "m-1 PRICE_NOT_A_NUMBER: limit_price must be a finite number, was Infinity"
        ]),
        (0, signal("m-1", FLAT, symbol="Z", venue="A"), [
            "m-1 UNKNOWN_SYMBOL: symbol must be one of the scenario's instruments, was Z"
        ]),
    ],
)  # fmt: skip
def test_a_signal_with_terms_becomes_an_entry_and_the_orders_behind_it(
    hear: Callable[..., list[str]], held: int, said: Signal, expected: list[str]
) -> None:
    assert hear(desk(held), bar(100.0), said) == expected


def test_a_bracket_carries_the_venue_and_waits_for_its_entry(play: Callable[..., Any]) -> None:
    said = signal("m-1", LONG, stop_loss=98, take_profit=104, venue="A")
    lines = [(1, "", Bar(symbol="X", time=1, open=100.0, high=100.0, low=100.0, close=100.0, volume=1.0))]
    heard = play({"portfolio": desk()}, [*lines, (2, "portfolio", said)], neighbours=("orders",))
    terms = [message.order.terms for message in heard.to("orders")]
    behind = OrderTerms(reduce_only=True, group="m-1", contingency=OUO, parent_id="m-1", venue="A")
    assert terms == [OrderTerms(venue="A", stop_loss=D(98), take_profit=D(104)), behind, behind]


def test_what_waits_for_an_entry_ties_up_nothing_and_does_not_count_for_signals(
    hear: Callable[..., list[str]],
) -> None:
    portfolio = desk()
    heard = hear(portfolio, bar(100.0), signal("m-1", LONG, stop_loss=98), signal("m-2", LONG), signal("m-3", FLAT))
    assert heard == ["m-1 BUY 10 MARKET", "m-1-SL SELL 10 STOP at 98", "m-3 SELL 10 MARKET"]
    assert portfolio.account.tied_up == 2_000  # by the entry, and by as much to sell that is not yet held


def test_a_request_carries_its_stop_and_target_in_its_terms(hear: Callable[..., list[str]]) -> None:
    behind = OrderTerms(stop_loss=D(98), take_profit=D(104))
    assert hear(desk(), bar(100.0), ask("m-1", 5, behind)) == [
        "m-1 BUY 5 MARKET", "m-1-SL SELL 5 STOP at 98", "m-1-TP SELL 5 LIMIT 104",
    ]  # fmt: skip
    assert hear(desk(held=5), bar(100.0), ask("m-1", -5, OrderTerms(stop_loss=D(102)))) == ["m-1 SELL 5 MARKET"]
    assert hear(desk(held=-3), bar(100.0), ask("m-1", 5, behind)) == [
        "m-1 BRACKET_FLIPS: a stop loss or take profit stands behind what only opens: held=-3, was=5"
    ]
    assert hear(desk(), bar(100.0), ask("m-1", 5, OrderTerms(stop_loss=D(101)))) == [
        "m-1 STOP_LOSS_WRONG_SIDE: stop_loss of a BUY order must be below the entry at 100.0, was 101"
    ]
    assert hear(desk(), bar(100.0), ask("m-1", 5, OrderTerms(take_profit=D("NaN")))) == [
        "m-1 PRICE_NOT_A_NUMBER: limit_price must be a finite number, was NaN"
    ]
    assert hear(desk(), ask("m-1", 5, behind)) == [
        "m-1 NO_PRICE: a MARKET order needs a price to be valued at, none of X was seen"
    ]


# --- sizes that need to know more -------------------------------------------------------------------------------

ADD = Limits(max_stop_distance=D("0.02"), missing_stop=MissingStop.ADD)


@pytest.mark.parametrize(
    ("limits", "said", "expected"),
    [
        # 1% of 100,000 over a distance of 2.50
        (
            Limits(),
            signal("m-1", LONG, stop_loss="97.5"),
            ["m-1 BUY 400 MARKET", "m-1-SL SELL 400 STOP at 97.5"],
        ),
        (
            Limits(),
            signal("m-1", LONG, entry_price=99, stop_loss="97.5"),
            ["m-1 BUY 666 LIMIT 99", "m-1-SL SELL 666 STOP at 97.5"],
        ),
        (Limits(), signal("m-1", LONG), [
            "m-1 NO_STOP: a stop loss away from the entry is needed to size by risk, none was given"
        ]),
        (ADD, signal("m-1", LONG), ["m-1 BUY 500 MARKET", "m-1-SL SELL 500 STOP at 98.00"]),
        (ADD, signal("m-1", SHORT), ["m-1 SELL 500 MARKET", "m-1-SL BUY 500 STOP at 102.00"]),
        (ADD, ask("m-1", 1, quantity=None), ["m-1 BUY 500 MARKET", "m-1-SL SELL 500 STOP at 98.00"]),
        (
            ADD,
            ask("m-1", 1, quantity=None, kind=OrderKind.LIMIT, limit_price=D(50)),
            ["m-1 BUY 1000 LIMIT 50", "m-1-SL SELL 1000 STOP at 49.00"],
        ),
        (ADD, signal("m-1", FLAT), []),
    ],
)  # fmt: skip
def test_a_size_by_risk_takes_the_stop_that_is_given_or_added(
    hear: Callable[..., list[str]], limits: Limits, said: Any, expected: list[str]
) -> None:
    assert hear(desk(sizing=RiskPerTrade(), limits=limits), bar(100.0), said) == expected


def test_a_stop_is_added_to_what_opens_alone(hear: Callable[..., list[str]]) -> None:
    portfolio = desk(held=5, limits=ADD)
    heard = hear(portfolio, bar(100.33), ask("m-1", -5), ask("m-2", 3), ask("m-3", 2, OrderTerms(stop_loss=D(99))))
    assert heard == [
        "m-1 SELL 5 MARKET",
        "m-2 BUY 3 MARKET",
        "m-2-SL SELL 3 STOP at 98.33",  # 2% below 100.33 is 98.3234
        "m-3 BUY 2 MARKET",
        "m-3-SL SELL 2 STOP at 99",
    ]


def test_a_signal_that_turns_a_position_round_closes_it_before_a_stop_is_added(hear: Callable[..., list[str]]) -> None:
    assert hear(desk(held=-4, limits=ADD), bar(100.0), signal("m-1", LONG)) == [
        "m-1-CLOSE BUY 4 MARKET",
        "m-1 BUY 10 MARKET",
        "m-1-SL SELL 10 STOP at 98.00",
    ]
    assert hear(desk(held=-4, limits=ADD), bar(100.0), signal("m-1", FLAT)) == ["m-1 BUY 4 MARKET"]
    assert hear(desk(held=-4, limits=ADD), bar(100.0), ask("m-1", 10)) == [
        "m-1 BRACKET_FLIPS: a stop loss or take profit stands behind what only opens: held=-4, was=10"
    ]


def test_a_users_own_sizing_is_told_what_is_known(hear: Callable[..., list[str]]) -> None:
    asked: list[SizingRequest] = []

    def own(request: SizingRequest) -> int:
        asked.append(request)
        return 3

    portfolio = desk(held=10, sizing=OwnSizing(function=own))
    assert hear(portfolio, bar(120.0), signal("m-1", SHORT, stop_loss=121)) == [
        "m-1-CLOSE SELL 10 MARKET", "m-1 SELL 3 MARKET", "m-1-SL BUY 3 STOP at 121",
    ]  # fmt: skip
    [request] = asked
    assert (request.side, request.price, request.entry, request.stop_loss) == (Side.SELL, D(120), D(120), D(121))
    assert (request.cash, request.equity) == (D(100_000), D(101_200))
    assert (request.volatility("X"), request.trades()[0]) == (None, 0)


def test_a_volatility_is_measured_from_the_days_that_are_over(hear: Callable[..., list[str]]) -> None:
    day = 100 * SECOND
    bars = [((number + 1) * day, bar(close)) for number, close in enumerate([100.0, 110.0, 99.0, 100.0])]
    sizing = VolatilityTarget(target=D("0.1"), days=2)
    early = (3 * day + 1, signal("m-1", LONG))
    late = (4 * day + 1, signal("m-2", LONG))
    # returns of 10% and -10%: a deviation of 14.142%, of 224.5% per year; 100,000 x 0.1 / 2.245 / 100
    assert hear(desk(sizing=sizing), *bars[:3], early, bars[3], late) == [
        "m-1 NO_VOLATILITY: a volatility of X is needed, 3 daily closes were not seen yet",
        "m-2 BUY 44 MARKET",
    ]


def test_quotes_and_prints_are_prices_to_measure_by_too(play: Callable[..., Any]) -> None:
    day = 100 * SECOND
    sizing = VolatilityTarget(target=D("0.1"), days=2)
    lines: list[Any] = [
        (day, "", Trade(symbol="X", time=day, price=100.0, size=1.0)),
        (2 * day, "", Quote(symbol="X", time=2 * day, bid=109.0, ask=111.0, bid_size=1.0, ask_size=1.0)),
        (3 * day, "", Trade(symbol="X", time=3 * day, price=99.0, size=1.0)),
        (4 * day, "", Trade(symbol="X", time=4 * day, price=100.0, size=1.0)),
        (4 * day + 1, "portfolio", signal("m-2", LONG)),
    ]
    heard = play({"portfolio": desk(sizing=sizing)}, lines, neighbours=("orders",))
    assert [_short(message) for message in heard.to("orders")] == ["m-2 BUY 44 MARKET"]


def test_kelly_goes_by_the_trades_that_the_run_has_closed(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    """A position from before the run is closed with 50 won, then 25 are lost: a rate of 1/2, a payoff of 2."""
    sizing = KellyFraction(part=D(1), trades=2, before=D("0.01"))
    portfolio = desk(held=10, sizing=sizing)
    heard = hear(
        portfolio,
        bar(100.0),
        ask("m-1", -10),
        fill("m-1", -10, "105"),
        signal("m-2", LONG),
        fill("m-2", 10, "100"),
        ask("m-3", -10),
        fill("m-3", -10, "97.5"),
        signal("m-4", LONG),
    )
    # 1% of 101,050 is 10; then 1/2 - 1/2 / 2 = 25% of 101,025
    assert heard == ["m-1 SELL 10 MARKET", "m-2 BUY 10 MARKET", "m-3 SELL 10 MARKET", "m-4 BUY 252 MARKET"]


def test_weights_are_sizes_by_symbol(hear: Callable[..., list[str]]) -> None:
    portfolio = desk(sizing=TargetWeights(weights={"X": D("0.6")}))
    assert hear(portfolio, bar(100.0), bar(50.0, "Y"), signal("m-1", LONG), signal("m-2", LONG, symbol="Y")) == [
        "m-1 BUY 600 MARKET",
        "m-2 NO_WEIGHT: Y has no weight; known: X",
    ]


# --- orders that only reduce ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "orders", "expected"),
    [
        (10, [("a", -4)], ["a SELL 4 MARKET"]),
        (10, [("a", -40)], ["a SELL 10 MARKET"]),
        (-10, [("a", 40)], ["a BUY 10 MARKET"]),
        (0, [("a", -4)], ["a REDUCE_ONLY: limit=0, was=4"]),
        (10, [("a", 4)], ["a REDUCE_ONLY: limit=0, was=4"]),
        (10, [("a", -7), ("b", -7)], ["a SELL 7 MARKET", "b SELL 3 MARKET"]),
        (10, [("a", -10), ("b", -7)], ["a SELL 10 MARKET", "b REDUCE_ONLY: limit=0, was=7"]),
    ],
)  # fmt: skip
def test_an_order_that_only_reduces_is_cut_to_what_others_leave_of_the_position(
    hear: Callable[..., list[str]], held: int, orders: list[tuple[str, int]], expected: list[str]
) -> None:
    portfolio = desk(held)
    assert hear(portfolio, bar(100.0), *[ask(name, signed, REDUCE) for name, signed in orders]) == expected
    assert portfolio.account.tied_up == 0


def test_ordinary_orders_of_the_same_side_take_their_part_of_the_position_first(
    hear: Callable[..., list[str]],
) -> None:
    heard = hear(desk(10), bar(100.0), ask("a", -6), ask("b", -6, REDUCE), ask("c", 6))
    assert heard == ["a SELL 6 MARKET", "b SELL 4 MARKET", "c BUY 6 MARKET"]


def test_limits_hold_for_orders_that_reduce_too_but_not_those_on_size(hear: Callable[..., list[str]]) -> None:
    limits = Limits(max_position=D(1), max_orders_per_second=1)
    heard = hear(desk(10, limits=limits), bar(100.0), (5, ask("a", -4, REDUCE)), (6, ask("b", -4, REDUCE)))
    assert heard == ["a SELL 4 MARKET", "b ORDER_RATE: orders within a second: limit=1, was=2"]


def test_what_is_open_counts_for_exposure_as_if_it_were_filled_and_what_only_reduces_does_not(
    hear: Callable[..., list[str]],
) -> None:
    portfolio = desk(10, limits=Limits(max_gross_exposure=D(2500)))
    requests = [ask("a", -10, REDUCE), ask("b", 10), ask("c", 6), ask("d", 5), ask("e", -36), ask("f", -35)]
    heard = hear(portfolio, bar(100.0), *requests)
    assert heard == [
        "a SELL 10 MARKET",
        "b BUY 10 MARKET",
        "c MAX_GROSS_EXPOSURE: limit=2500, was=2600",
        "d BUY 5 MARKET",
        "e MAX_GROSS_EXPOSURE: limit=2500, was=2600",
        "f SELL 35 MARKET",
    ]


def test_what_a_smaller_position_leaves_too_large_is_cut_and_what_it_leaves_nothing_is_cancelled(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    stop: dict[str, Any] = {"kind": OrderKind.STOP, "stop_price": D(90)}
    heard = hear(
        desk(10),
        bar(100.0),
        ask("a", -6, REDUCE, **stop),
        ask("b", -4, REDUCE, **stop),
        ask("out", -7),
        fill("out", -5, leaves=2),
        fill("out", -2, done=7),
        fill("a", -3),
    )
    assert heard == [
        "a SELL 6 STOP at 90",
        "b SELL 4 STOP at 90",
        "out SELL 7 MARKET",
        "a to 5 None None",
        "b cancel",
        "a to 3 None None",
    ]


def test_when_a_position_is_closed_otherwise_its_stop_and_target_go(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    portfolio = desk()
    heard = hear(
        portfolio,
        bar(100.0),
        signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 6, leaves=4),
        fill("m-1", 4, done=10),
        signal("m-2", FLAT),
        fill("m-2", -4, leaves=6),
        fill("m-2", -6, done=10),
        cancelled("m-1-SL"),
        cancelled("m-1-TP"),
    )
    cut = ["m-1-SL to 6 None None", "m-1-TP to 6 None None"]
    assert heard[3:] == ["m-2 SELL 10 MARKET", *cut, "m-1-SL cancel", "m-1-TP cancel"]
    assert not portfolio._exits.open


def test_a_target_that_fills_leaves_other_exits_of_the_position_alone(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    heard = hear(
        desk(6),
        bar(100.0),
        signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 10),
        ask("trail", -6, REDUCE),
        fill("m-1-TP", -4, "104", leaves=6),  # the stop has not heard of it yet
        fill("m-1-TP", -6, "104", done=10),
        cancelled("m-1-SL"),
        fill("trail", -6),
    )
    assert heard[3:] == ["trail SELL 6 MARKET"]


def test_a_target_that_a_venue_has_cut_leaves_no_stop_behind_without_a_position(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    heard = hear(
        desk(),
        bar(100.0),
        signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 10),
        ask("out", -4),
        fill("out", -4),
        fill("m-1-TP", -6, "104"),
    )
    assert heard[4:] == ["m-1-SL to 6 None None", "m-1-TP to 6 None None"]
    portfolio = desk()
    late = hear(
        portfolio,
        bar(100.0),
        signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 10),
        ask("out", -4),
        fill("out", -4),
        kept("m-1-SL", 10),  # the cuts came to nothing
        kept("m-1-TP", 10),
        fill("m-1-TP", -6, "104"),
    )
    assert late[6:] == ["m-1-SL cancel"]


def test_a_signal_that_closes_a_protected_position_cannot_turn_it_round(
    play: Callable[..., Any], fill: Callable[..., OrderFilled]
) -> None:
    """Its stop may fill first; without one behind it, the order is a plain one."""
    lines: list[Any] = [
        (1, "", Bar(symbol="X", time=1, open=100.0, high=100.0, low=100.0, close=100.0, volume=1.0)),
        (2, "portfolio", signal("m-1", LONG, stop_loss=98)),
        (3, "", fill("m-1", 10)),
        (4, "portfolio", signal("m-2", FLAT)),
        (5, "portfolio", signal("m-3", FLAT)),  # it is under way
        (6, "", fill("m-1-SL", -10)),
        (7, "", cancelled("m-2")),
        (8, "portfolio", signal("m-4", LONG)),
        (9, "", fill("m-4", 10)),
        (10, "portfolio", signal("m-5", FLAT)),
    ]
    heard = play({"portfolio": desk()}, lines, neighbours=("orders",))
    orders = [message.order for message in heard.to("orders")]
    assert [order.order_id for order in orders] == ["m-1", "m-1-SL", "m-2", "m-4", "m-5"]
    assert [orders[2].terms, orders[4].terms] == [REDUCE, None]


def test_a_target_that_fills_leaves_its_stop_to_the_group(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    heard = hear(
        desk(),
        bar(100.0),
        signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 10),
        fill("m-1-TP", -10, "104"),
    )
    assert heard[3:] == []


def test_what_waited_for_an_entry_that_was_cancelled_is_no_larger_than_its_fills(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    heard = hear(
        desk(),
        bar(100.0),
        signal("m-1", LONG, stop_loss=98),
        fill("m-1", 4, leaves=6),
        cancelled("m-1", done=4),
        ask("a", -4, REDUCE),
        signal("m-2", LONG, stop_loss=98),
        cancelled("m-2"),
    )
    assert heard[2:] == ["a REDUCE_ONLY: limit=0, was=4", "m-2 BUY 6 MARKET", "m-2-SL SELL 6 STOP at 98"]


def test_a_child_of_ones_own_waits_for_its_parent_if_it_closes_and_is_an_order_like_any_other_if_it_opens(
    hear: Callable[..., list[str]],
) -> None:
    waits = OrderTerms(parent_id="p")
    portfolio = desk(cash=D(1_500))
    heard = hear(
        portfolio,
        bar(100.0),
        ask("p", 10),
        ask("a", -10, waits),
        ask("b", -11, waits),
        ask("c", -11, OrderTerms(parent_id="p", reduce_only=True)),
        ask("d", 10, waits),
        ask("e", 10, OrderTerms(parent_id="p", reduce_only=True)),
    )
    assert heard == [
        "p BUY 10 MARKET",
        "a SELL 10 MARKET",
        "b BUYING_POWER: limit=500, was=1100",
        "c SELL 10 MARKET",
        "d BUYING_POWER: limit=500, was=1000",
        "e REDUCE_ONLY: a BUY order cannot reduce what the BUY order p opens",
    ]


def test_what_waits_beyond_what_its_parent_opens_is_an_order_like_any_other(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    waits, one, other = OrderTerms(parent_id="p"), *(
        OrderTerms(parent_id="p", group="g", contingency=OUO, trail_offset=D(trail)) for trail in (1, 2)
    )  # fmt: skip
    portfolio = desk(cash=D(2_500))
    heard = hear(
        portfolio,
        bar(100.0),
        ask("p", 10),
        ask("a", -6, one, kind=OrderKind.TRAILING_STOP),
        ask("b", -6, other, kind=OrderKind.TRAILING_STOP),
        ask("c", -4, waits),
        ask("d", -4, waits),
        fill("p", 10),
        ask("sold", -10),
        fill("sold", -10),
    )
    assert heard == [
        "p BUY 10 MARKET", "a SELL 6 TRAILING_STOP", "b SELL 6 TRAILING_STOP", "c SELL 4 MARKET", "d SELL 4 MARKET",
        "sold SELL 10 MARKET", "a cancel", "b cancel", "c cancel",
    ]  # fmt: skip
    assert [portfolio._out[name].terms for name in ("c", "d")] == [changed(waits, reduce_only=True), waits]
    assert portfolio.account.tied_up > 0


# --- changes ----------------------------------------------------------------------------------------------------


def change(order_id: str, quantity: Any = None, limit: Any = None, stop: Any = None) -> ReplaceOrder:
    exact = [None if value is None else D(value) for value in (quantity, limit, stop)]
    return ReplaceOrder(
        order_id=order_id, strategy="mine", quantity=exact[0], limit_price=exact[1], stop_price=exact[2]
    )


def replaced(order_id: str, leaves: int, done: int = 0, limit: Any = None) -> OrderReplaced:
    event: OrderReplaced = news(
        OrderReplaced, order_id, OrderState.WORKING, leaves, done,
        limit_price=None if limit is None else D(limit), stop_price=None,
    )  # fmt: skip
    return event


def kept(order_id: str, leaves: int, done: int = 0, code: str = "WHY") -> OrderReplaceRejected:
    event: OrderReplaceRejected = news(
        OrderReplaceRejected, order_id, OrderState.WORKING, leaves, done, code=code, text=""
    )
    return event


BID: dict[str, Any] = {"kind": OrderKind.LIMIT, "limit_price": D(90)}


@pytest.mark.parametrize(
    ("said", "tied_up", "expected"),
    [
        ([change("o", 500)], 90_000, ["o to 500 None None"]),  # smaller: only when it is true
        ([change("o", 500), replaced("o", 500, limit=90)], 45_000, ["o to 500 None None"]),
        ([change("o", 1100)], 99_000, ["o to 1100 None None"]),  # larger: at once
        ([change("o", 1100), kept("o", 1000)], 90_000, ["o to 1100 None None"]),
        ([change("o", 1100), replaced("o", 1100, limit=90)], 99_000, ["o to 1100 None None"]),
        ([change("o", 1112)], 90_000, ["o keeps BUYING_POWER: limit=100000, was=100080"]),
        ([change("o", None, 100)], 100_000, ["o to None 100 None"]),
        ([change("o", None, "100.01")], 90_000, ["o keeps BUYING_POWER: limit=100000, was=100010"]),
        ([change("o", 500, 100)], 90_000, ["o to 500 100 None"]),
        ([change("o", 500, 100), replaced("o", 500, limit=100)], 50_000, ["o to 500 100 None"]),
        ([change("o", "NaN")], 90_000, ["o keeps QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was NaN"]),
        ([change("o", None, "Infinity")], 90_000, [
            "o keeps PRICE_NOT_A_NUMBER: limit_price must be a finite number, was Infinity"
        ]),
        # one at a time: a second is for the order manager to refuse, and the first goes on
        (
            [change("o", 1100), change("o", 1105), kept("o", 1000, code="ALREADY_PENDING")],
            99_000,
            ["o to 1100 None None", "o to 1105 None None"],
        ),
        ([change("nobody", 5)], 90_000, ["nobody to 5 None None"]),
        ([replaced("nobody", 5)], 90_000, []),
        ([kept("nobody", 5)], 90_000, []),
    ],
)  # fmt: skip
def test_a_change_ties_up_what_is_dearer_until_it_is_decided(
    hear: Callable[..., list[str]], said: list[Any], tied_up: int, expected: list[str]
) -> None:
    portfolio = desk()
    assert hear(portfolio, bar(100.0), ask("o", 1000, **BID), *said)[1:] == expected
    assert portfolio.account.tied_up == tied_up


def test_of_a_change_what_is_filled_already_counts_in_its_quantity(
    hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    portfolio = desk(limits=Limits(max_position=D(1000)))
    heard = hear(
        portfolio,
        bar(90.0),
        ask("o", 800, **BID),
        fill("o", 300, "90", leaves=500),
        change("o", 1001),
        change("o", 1000),
        replaced("o", 700, 300, limit=90),
        change("o", 300),
        kept("o", 700, 300),
        change("o", 200),
    )
    assert heard[1:] == [
        "o keeps MAX_POSITION: limit=1000, was=1001",
        "o to 1000 None None",
        "o to 300 None None",
        "o to 200 None None",
    ]
    assert portfolio.account.tied_up == 63_000


def test_an_order_that_only_reduces_can_grow_into_the_room_that_is_left(hear: Callable[..., list[str]]) -> None:
    heard = hear(
        desk(10),
        bar(100.0),
        ask("a", -4, REDUCE),
        ask("b", -2, REDUCE),
        change("a", 9),
        change("a", 8),
        replaced("a", 8),
        change("b", 3),
        change("a", 3),
        kept("a", 8),
    )
    assert heard[2:] == [
        "a keeps REDUCE_ONLY: limit=8, was=9",
        "a to 8 None None",
        "b keeps REDUCE_ONLY: limit=2, was=3",
        "a to 3 None None",
    ]


def test_what_waits_for_a_parent_is_at_most_as_large_as_that(hear: Callable[..., list[str]]) -> None:
    heard = hear(
        desk(), bar(100.0), signal("m-1", LONG, stop_loss=98), change("m-1-SL", 11), change("m-1-SL", 10, stop=97)
    )
    assert heard[2:] == ["m-1-SL keeps REDUCE_ONLY: limit=10, was=11", "m-1-SL to 10 None 97"]


# --- limits by figures that are kept ----------------------------------------------------------------------------


def test_a_day_is_over_when_it_has_lost_too_much_and_the_next_begins_afresh(
    hear: Callable[..., list[str]],
) -> None:
    """100 held, so each point is 100 of 110,000; 5% of the day's first equity of 110,000 is 5,500."""
    day = 100 * SECOND
    portfolio = desk(100, limits=Limits(max_daily_loss=PartOfEquity(fraction=D("0.05"))))
    heard = hear(
        portfolio,
        (1, bar(100.0)),
        (2, bar(45.0)),
        (3, ask("a", 1)),
        (4, bar(44.99)),
        (5, ask("b", 1)),
        (6, ask("c", -1)),
        (day, bar(44.0)),
        (day + 1, ask("d", 1)),
    )
    assert heard == ["a BUY 1 MARKET", "b MAX_DAILY_LOSS: limit=5500, was=5501", "c SELL 1 MARKET", "d BUY 1 MARKET"]


def test_a_fall_from_the_peak_stops_what_opens(hear: Callable[..., list[str]]) -> None:
    portfolio = desk(100, limits=Limits(max_drawdown=PartOfEquity(fraction=D("0.1"))))
    heard = hear(
        portfolio, bar(100.0), bar(200.0), bar(80.0), ask("a", 1), bar(79.0), ask("b", 1), bar(85.0), ask("c", 1)
    )
    assert heard == ["a BUY 1 MARKET", "b MAX_DRAWDOWN: limit=0.1, was=0.100833", "c BUY 1 MARKET"]


def test_only_orders_that_go_out_count_for_the_rate(hear: Callable[..., list[str]]) -> None:
    limits = Limits(max_orders_per_second=2, max_position=D(20))
    heard = hear(
        desk(limits=limits),
        (1, bar(100.0)),
        (2, ask("a", 1)),
        (2, ask("b", 99)),
        (3, ask("c", 1)),
        (3 + SECOND // 2, ask("d", 1)),
        (2 + SECOND, ask("e", 1)),
    )
    assert heard == [
        "a BUY 1 MARKET",
        "b MAX_POSITION: limit=20, was=100",
        "c BUY 1 MARKET",
        "d ORDER_RATE: orders within a second: limit=2, was=3",
        "e BUY 1 MARKET",
    ]


def test_an_own_check_sees_the_days_first_equity_and_the_peak(hear: Callable[..., list[str]]) -> None:
    seen = []

    def look(_order: Any, view: Any) -> None:
        seen.append((view.now, view.equity, view.day_start_equity, view.peak_equity))

    heard = hear(desk(10, limits=Limits(own=(look,))), bar(100.0), bar(110.0), bar(105.0), ask("a", 1))
    assert heard == ["a BUY 1 MARKET"]
    assert seen == [(4 * SECOND, 101_050, 101_000, 101_100)]


def test_the_desk_comes_back_from_a_crash_with_what_it_kept(hear: Callable[..., list[str]]) -> None:
    """What a snapshot keeps of the desk is enough to go on."""
    first = desk(100, limits=Limits(max_drawdown=PartOfEquity(fraction=D("0.1")), max_orders_per_second=5))
    hear(first, bar(100.0), bar(200.0), ask("a", -5, REDUCE))
    state = first.save_state()
    assert {"_exits", "_out", "_pace", "_equity_watch", "_plans"} <= set(state)
    assert "on_bar" not in state
