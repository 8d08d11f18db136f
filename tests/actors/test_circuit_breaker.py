"""CircuitBreaker: the gate, alone on the stage."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.circuit_breaker import CircuitBreaker
from tradepit.actors.kernel import ActorFailed
from tradepit.models.breakers import BreakerAction, BreakerRule, BreakerSettings
from tradepit.models.messages import (
    CancelOrder,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFailed,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    PositionChanged,
    ReleaseOrder,
    ReleaseRefused,
    ResetBreaker,
    RouteOrder,
    TripBreaker,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Side, TimeInForce

NEIGHBOURS = ("orders", "router")
COMMANDS = (ReleaseOrder, CancelOrder, TripBreaker, ResetBreaker)
HALT, CANCEL_ONLY, REDUCE_ONLY = BreakerAction.HALT, BreakerAction.CANCEL_ONLY, BreakerAction.REDUCE_ONLY


def _rule(name: str = "b", rule: BreakerRule = BreakerRule.FAILED_ORDERS, at: float = 2, **changes: Any) -> Any:
    given: dict[str, Any] = {"over_ns": 1000, "cool_down_ns": 100}
    return BreakerSettings(name=name, rule=rule, at=at, **{**given, **changes})


def _rate(name: str = "b", at: float = 0.5, **changes: Any) -> Any:
    return _rule(name, BreakerRule.REJECTION_RATE, at, **{"minimum": 2, **changes})


@pytest.fixture
def live(play: Callable[..., Any]) -> Callable[..., Any]:
    """Let the breakers hear messages at their times: commands are sent to them, news are published."""

    def run(rules: Sequence[Any], messages: Sequence[tuple[int, Any]], closing: Sequence[Any] = ()) -> Any:
        lines = [(time, "breaker" if isinstance(said, COMMANDS) else "", said) for time, said in messages]
        return play({"breaker": CircuitBreaker(rules)}, lines, neighbours=NEIGHBOURS, closing=closing)

    return run


@pytest.fixture
def release(make_order: Callable[..., Any]) -> Callable[..., ReleaseOrder]:
    def make(order_id: str = "mine-1", **changes: Any) -> ReleaseOrder:
        return ReleaseOrder(order=make_order(order_id, **changes), expires_at=7)

    return make


def _cancel(order_id: str = "mine-1") -> CancelOrder:
    return CancelOrder(order_id=order_id, strategy="mine")


def _event(kind: Callable[..., Any], state: OrderState, order_id: str, **changes: Any) -> Any:
    given: dict[str, Any] = {
        "order_id": order_id,
        "strategy": "mine",
        "symbol": "X",
        "side": Side.BUY,
        "state": state,
        "quantity": Decimal(10),
        "cumulative": Decimal(0),
        "leaves": Decimal(0),
        "average_price": Decimal(0),
        "time": 0,
    }
    return kind(**{**given, **changes})


def _accepted(order_id: str) -> OrderAccepted:
    event: OrderAccepted = _event(OrderAccepted, OrderState.WORKING, order_id)
    return event


def _filled(order_id: str, fill: Any, state: OrderState = OrderState.FILLED) -> OrderFilled:
    event: OrderFilled = _event(OrderFilled, state, order_id, fill=fill)
    return event


def _rejected(order_id: str, code: str = "SHUT") -> OrderRejected:
    event: OrderRejected = _event(OrderRejected, OrderState.REJECTED, order_id, code=code, text="")
    return event


def _failed(order_id: str) -> OrderFailed:
    event: OrderFailed = _event(OrderFailed, OrderState.FAILED, order_id, code="LOST", text="")
    return event


def _cancelled(order_id: str, code: str = "REQUESTED", cumulative: int = 0) -> OrderCancelled:
    event: OrderCancelled = _event(
        OrderCancelled, OrderState.CANCELLED, order_id, code=code, text="", cumulative=Decimal(cumulative)
    )
    return event


def _position(quantity: int, symbol: str = "X", fill: Any = None) -> PositionChanged:
    return PositionChanged(
        symbol=symbol,
        quantity=Decimal(quantity),
        average_price=Decimal(1),
        realised=Decimal(0),
        fees=Decimal(0),
        cash=Decimal(0),
        fill=fill,
    )


def _through(heard: Any) -> list[tuple[int, str]]:
    """Return when which order went to the router."""
    return [(time, message.order.order_id) for time, message in heard.sent["router"] if isinstance(message, RouteOrder)]


def _held(heard: Any) -> list[tuple[int, str]]:
    return [(time, message.order_id) for time, message in heard.sent["orders"]]


def _events(heard: Any) -> list[tuple[int, str, str]]:
    kinds = (CircuitTripped, CircuitHalfOpened, CircuitReset)
    return [(time, type(said).__name__, said.breaker) for time, said in heard.published if isinstance(said, kinds)]


# --- the gate -----------------------------------------------------------------------------------------------------


def test_without_breakers_all_passes_as_it_came(live: Callable[..., Any], release: Callable[..., Any]) -> None:
    order = release().order
    heard = live(
        [], [(1, release()), (2, _rejected("mine-1")), (3, _cancel()), (4, TripBreaker(breaker="", cause="me"))]
    )
    assert heard.sent == {"orders": [], "router": [(1, RouteOrder(order=order, expires_at=7)), (3, _cancel())]}


TABLE: list[tuple[BreakerAction, int, Side, int, bool, bool]] = [
    # action, held, side, quantity: whether the order passes, whether a cancel does
    (HALT, 10, Side.SELL, 10, False, False),
    (CANCEL_ONLY, 10, Side.SELL, 10, False, True),
    (REDUCE_ONLY, 10, Side.SELL, 10, True, True),
    (REDUCE_ONLY, 10, Side.SELL, 12, False, True),
    (REDUCE_ONLY, 10, Side.BUY, 10, False, True),
    (REDUCE_ONLY, -10, Side.BUY, 10, True, True),
    (REDUCE_ONLY, -10, Side.BUY, 11, False, True),
    (REDUCE_ONLY, -10, Side.SELL, 1, False, True),
    (REDUCE_ONLY, 0, Side.SELL, 1, False, True),
]


@pytest.mark.parametrize(("action", "held", "side", "quantity", "passes", "cancels"), TABLE)
def test_an_open_breaker_lets_through_what_its_action_says(
    live: Callable[..., Any],
    release: Callable[..., Any],
    action: BreakerAction,
    held: int,
    side: Side,
    quantity: int,
    passes: bool,
    cancels: bool,
) -> None:
    heard = live(
        [_rule(action=action)],
        [
            (1, _position(held)),
            (2, TripBreaker(breaker="b", cause="me")),
            (3, release(side=side, quantity=Decimal(quantity))),
            (4, _cancel("other-1")),
        ],
    )
    text = f"breaker b is OPEN, {action}"
    refusals = [
        *([] if passes else [ReleaseRefused(order_id="mine-1", cancel=False, code="CIRCUIT_OPEN", text=text)]),
        *([] if cancels else [ReleaseRefused(order_id="other-1", cancel=True, code="CIRCUIT_OPEN", text=text)]),
    ]
    assert heard.to("orders") == refusals
    assert [type(message) for message in heard.to("router")] == [RouteOrder] * passes + [CancelOrder] * cancels


def test_before_any_position_nothing_can_shrink_one(live: Callable[..., Any], release: Callable[..., Any]) -> None:
    heard = live([_rule(action=REDUCE_ONLY)], [(1, TripBreaker(breaker="", cause="me")), (2, release(side=Side.SELL))])
    assert _held(heard) == [(2, "mine-1")]


def test_orders_that_shrink_a_position_one_by_one_must_not_turn_it_round_together(
    live: Callable[..., Any], release: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    sells: dict[str, Any] = {"side": Side.SELL, "quantity": Decimal(6)}
    part = make_fill("A-1", "mine-2", quantity=Decimal(4), side=Side.SELL)
    rest = make_fill("A-2", "mine-2", quantity=Decimal(2), side=Side.SELL)
    foreign = make_fill("A-3", "theirs-1", quantity=Decimal(1))
    heard = live(
        [_rule(action=REDUCE_ONLY)],
        [
            (1, _position(10)),
            (2, release("mine-1", side=Side.BUY)),  # the other side is out of the question
            (2, release("theirs-1", symbol="Y", **sells)),  # and so is another symbol
            (3, TripBreaker(breaker="b", cause="me")),
            (4, release("mine-2", **sells)),
            (5, release("mine-3", **sells)),  # 10 held, 6 out
            (6, _position(6, fill=part)),
            (7, release("mine-4", **sells)),  # 6 held, 2 out
            (8, _position(4, fill=rest)),
            (9, release("mine-5", **sells)),  # 4 held
            (10, _position(10, fill=foreign)),
            (11, release("mine-6", **sells)),  # 10 held
            (12, _cancelled("mine-6")),
            (13, release("mine-7", **sells)),  # 10 held, nothing out
        ],
    )
    assert _held(heard) == [(5, "mine-3"), (7, "mine-4"), (9, "mine-5")]
    assert [name for _, name in _through(heard)] == ["mine-1", "theirs-1", "mine-2", "mine-6", "mine-7"]


def test_an_order_that_was_changed_is_out_for_what_it_has_become(
    live: Callable[..., Any], release: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    def changed(order_id: str, quantity: int) -> OrderReplaced:
        event: OrderReplaced = _event(
            OrderReplaced,
            OrderState.WORKING,
            order_id,
            side=Side.SELL,
            quantity=Decimal(quantity),
            limit_price=None,
            stop_price=None,
        )
        return event

    sells: dict[str, Any] = {"side": Side.SELL, "quantity": Decimal(6)}
    part = make_fill("A-1", "mine-1", quantity=Decimal(3), side=Side.SELL)
    heard = live(
        [_rule(action=REDUCE_ONLY)],
        [
            (1, _position(12)),
            (2, release("mine-1", **sells)),
            (3, _position(9, fill=part)),
            (4, TripBreaker(breaker="b", cause="me")),
            (5, changed("mine-1", 7)),
            (6, release("mine-2", **sells)),  # 9 held, 4 out
            (7, changed("nobody-1", 1)),
            (8, changed("mine-1", 4)),
            (9, release("mine-3", **sells)),  # 9 held, 1 out
        ],
    )
    assert _held(heard) == [(6, "mine-2")]
    assert [name for _, name in _through(heard)] == ["mine-1", "mine-3"]


# --- what trips it ------------------------------------------------------------------------------------------------


def test_it_trips_on_as_many_failed_orders_as_the_rule_says_with_all_figures(live: Callable[..., Any]) -> None:
    heard = live([_rule()], [(1, _failed("mine-1")), (5, _failed("mine-2"))])
    tripped = CircuitTripped(
        breaker="b", rule="failed_orders", action="halt", was=2.0, limit=2.0, cause="mine-2", resets_at=105, time=5
    )
    assert heard.published[-2:] == [(5, tripped), (105, CircuitHalfOpened(breaker="b", probes=1, time=105))]


@pytest.mark.parametrize(
    ("ends", "trips"),
    [
        ([_rejected("mine-1"), _failed("mine-2")], True),
        ([_cancelled("mine-1", "FOK_UNFILLABLE"), _cancelled("mine-2", "IOC_REMAINDER")], True),
        ([_cancelled("mine-1", "IOC_REMAINDER", cumulative=1), _failed("mine-2")], False),
        ([_cancelled("mine-1", "REQUESTED"), _failed("mine-2")], False),
        ([_rejected("mine-1", "CIRCUIT_OPEN"), _failed("mine-2")], False),
        ([_rejected("mine-1", "DUPLICATE_ORDER_ID"), _failed("mine-2")], False),
        ([_rejected("mine-1", "BUYING_POWER"), _rejected("mine-2", "OFF_TICK")], True),
        ([_event(OrderExpired, OrderState.EXPIRED, "mine-1", code="T", text=""), _failed("mine-2")], False),
    ],
)
def test_what_counts_as_failed(live: Callable[..., Any], ends: list[Any], trips: bool) -> None:
    heard = live([_rule(cool_down_ns=None)], list(enumerate(ends)))
    assert _events(heard) == ([(1, "CircuitTripped", "b")] if trips else [])


@pytest.mark.parametrize(
    ("sent", "refused", "at", "minimum", "trips"),
    [
        (4, 1, 0.25, 2, True),
        (5, 1, 0.25, 2, False),
        (3, 3, 0.5, 4, False),
        (4, 2, 0.5, 4, True),
    ],
)
def test_it_trips_on_the_share_of_rejected_orders_once_there_are_enough(
    live: Callable[..., Any],
    release: Callable[..., Any],
    sent: int,
    refused: int,
    at: float,
    minimum: int,
    trips: bool,
) -> None:
    orders = [(number, release(f"mine-{number}")) for number in range(sent)]
    news = [(100 + number, _rejected(f"mine-{number}")) for number in range(refused)]
    heard = live([_rate(at=at, minimum=minimum, cool_down_ns=None)], [*orders, *news])
    assert _events(heard) == ([(99 + refused, "CircuitTripped", "b")] if trips else [])


def test_orders_that_risk_refused_count_as_sent_and_as_rejected(
    live: Callable[..., Any], release: Callable[..., Any]
) -> None:
    messages = [
        (1, release("mine-1")),
        (2, release("mine-2")),
        (3, release("mine-3")),
        (4, _rejected("mine-4", "RISK")),
    ]
    assert _events(live([_rate(at=0.25, minimum=4, cool_down_ns=None)], messages)) == [(4, "CircuitTripped", "b")]
    assert _events(live([_rate(at=0.26, minimum=4, cool_down_ns=None)], messages)) == []


def test_failed_orders_do_not_move_the_rejection_rate(live: Callable[..., Any], release: Callable[..., Any]) -> None:
    messages = [(1, release("mine-1")), (2, release("mine-2")), (3, _failed("mine-1")), (4, _failed("mine-2"))]
    assert _events(live([_rate()], messages)) == []


def test_not_one_order_passes_after_the_trip_in_the_order_of_delivery(
    live: Callable[..., Any], release: Callable[..., Any]
) -> None:
    """All at one instant: what was released before the news passes, what comes after does not."""
    heard = live(
        [_rule(at=1)],
        [
            (5, release("mine-1")),
            (5, release("mine-2")),
            (5, _failed("mine-9")),
            (5, release("mine-3")),
            (5, release("mine-4")),
        ],
    )
    assert _through(heard) == [(5, "mine-1"), (5, "mine-2")]
    assert _held(heard) == [(5, "mine-3"), (5, "mine-4")]


def test_failures_outside_the_window_are_forgotten(live: Callable[..., Any]) -> None:
    assert _events(live([_rule(cool_down_ns=None)], [(1, _failed("mine-1")), (1001, _failed("mine-2"))])) == []
    assert _events(live([_rule(cool_down_ns=None)], [(1, _failed("mine-1")), (1000, _failed("mine-2"))])) != []


# --- cool-down and probes -----------------------------------------------------------------------------------------


def test_after_the_cool_down_a_probe_passes_and_when_it_works_the_breaker_closes(
    live: Callable[..., Any], release: Callable[..., Any]
) -> None:
    heard = live(
        [_rule(at=1)],
        [
            (5, _failed("mine-1")),
            (104, release("mine-2")),
            (106, release("mine-3")),
            (107, release("mine-4")),
            (108, _accepted("mine-3")),
            (109, release("mine-5")),
        ],
    )
    assert _events(heard) == [
        (5, "CircuitTripped", "b"), (105, "CircuitHalfOpened", "b"), (108, "CircuitReset", "b"),
    ]  # fmt: skip
    assert _through(heard) == [(106, "mine-3"), (109, "mine-5")]
    assert [message.text for message in heard.to("orders")] == [
        "breaker b is OPEN, halt", "breaker b is HALF_OPEN, halt: its probes are out, limit=1",
    ]  # fmt: skip


def test_a_probe_that_fails_opens_it_again_for_another_cool_down(
    live: Callable[..., Any], release: Callable[..., Any]
) -> None:
    heard = live([_rule(at=1)], [(5, _failed("mine-1")), (110, release("mine-2")), (120, _rejected("mine-2"))])
    tripped = heard.news(CircuitTripped)[1]
    assert (tripped.rule, tripped.was, tripped.limit, tripped.cause) == ("probe", 0.0, 1.0, "mine-2")
    assert _events(heard)[1:] == [
        (105, "CircuitHalfOpened", "b"), (120, "CircuitTripped", "b"), (220, "CircuitHalfOpened", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize("time_in_force", [TimeInForce.FOK, TimeInForce.IOC])
def test_a_probe_that_must_fill_at_once_is_judged_by_its_fill(
    live: Callable[..., Any],
    release: Callable[..., Any],
    make_fill: Callable[..., Any],
    time_in_force: TimeInForce,
) -> None:
    probe = release("mine-2", time_in_force=time_in_force)
    before = [(5, _failed("mine-1")), (110, probe), (111, _accepted("mine-2"))]
    code = {TimeInForce.FOK: "FOK_UNFILLABLE", TimeInForce.IOC: "IOC_REMAINDER"}[time_in_force]
    starved = live([_rule(at=1)], [*before, (112, _cancelled("mine-2", code))])
    assert _events(starved)[2] == (112, "CircuitTripped", "b")
    filled = live([_rule(at=1)], [*before, (112, _filled("mine-2", make_fill(order_id="mine-2")))])
    assert _events(filled)[2] == (112, "CircuitReset", "b")


def test_a_starved_probe_opens_a_breaker_on_rejections_too(
    live: Callable[..., Any], release: Callable[..., Any]
) -> None:
    trip = [(1, _rejected("mine-1")), (2, _rejected("mine-2"))]
    probe = (110, release("mine-3", time_in_force=TimeInForce.FOK))
    heard = live([_rate()], [*trip, probe, (111, _cancelled("mine-3", "FOK_UNFILLABLE"))])
    assert [(time, name) for time, name, _ in _events(heard)] == [
        (2, "CircuitTripped"), (102, "CircuitHalfOpened"), (111, "CircuitTripped"), (211, "CircuitHalfOpened"),
    ]  # fmt: skip


def test_a_part_of_a_fill_is_proof_enough(
    live: Callable[..., Any], release: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    part = _filled("mine-2", make_fill(order_id="mine-2", quantity=Decimal(1)), OrderState.PARTIALLY_FILLED)
    probe = release("mine-2", time_in_force=TimeInForce.IOC)
    heard = live([_rule(at=1)], [(5, _failed("mine-1")), (110, probe), (111, _accepted("mine-2")), (112, part)])
    assert _events(heard)[2] == (112, "CircuitReset", "b")


def test_a_probe_that_is_withdrawn_gives_its_place_back(live: Callable[..., Any], release: Callable[..., Any]) -> None:
    heard = live(
        [_rule(at=1)],
        [(5, _failed("mine-1")), (110, release("mine-2")), (111, _cancelled("mine-2")), (112, release("mine-3"))],
    )
    assert _through(heard) == [(110, "mine-2"), (112, "mine-3")]
    assert len(_events(heard)) == 2


def test_as_many_probes_pass_as_the_rule_says_and_all_must_work(
    live: Callable[..., Any], release: Callable[..., Any]
) -> None:
    heard = live(
        [_rule(at=1, probes=2)],
        [
            (5, _failed("mine-1")),
            (110, release("mine-2")),
            (111, release("mine-3")),
            (112, release("mine-4")),
            (113, _accepted("mine-2")),
            (114, release("mine-5")),
            (115, _accepted("mine-3")),
            (116, release("mine-6")),
        ],
    )
    assert _through(heard) == [(110, "mine-2"), (111, "mine-3"), (116, "mine-6")]
    assert _held(heard) == [(112, "mine-4"), (114, "mine-5")]


def test_with_a_manual_reset_it_stays_open(live: Callable[..., Any], release: Callable[..., Any]) -> None:
    heard = live([_rule(at=1, cool_down_ns=None)], [(5, _failed("mine-1")), (10**15, release("mine-2"))])
    assert heard.news(CircuitTripped)[0].resets_at is None
    assert _held(heard) == [(10**15, "mine-2")]


# --- by hand ------------------------------------------------------------------------------------------------------


def test_it_is_tripped_and_reset_by_hand(live: Callable[..., Any], release: Callable[..., Any]) -> None:
    heard = live(
        [_rule()],
        [
            (5, TripBreaker(breaker="b", cause="the desk")),
            (500, release("mine-1")),
            (501, ResetBreaker(breaker="b")),
            (502, release("mine-2")),
        ],
    )
    tripped = CircuitTripped(
        breaker="b", rule="manual", action="halt", was=0.0, limit=0.0, cause="the desk", resets_at=None, time=5
    )
    assert heard.published == [(5, tripped), (501, CircuitReset(breaker="b", time=501))]
    assert _held(heard) == [(500, "mine-1")]
    assert _through(heard) == [(502, "mine-2")]


def test_a_trip_by_hand_outlives_the_cool_down_of_an_earlier_one(live: Callable[..., Any]) -> None:
    heard = live([_rule(at=1)], [(5, _failed("mine-1")), (50, TripBreaker(breaker="b", cause="me"))])
    assert _events(heard) == [(5, "CircuitTripped", "b"), (50, "CircuitTripped", "b")]


@pytest.mark.parametrize(("name", "tripped"), [("", ["one", "two"]), ("two", ["two"])])
def test_the_kill_switch_is_for_one_breaker_or_for_all(live: Callable[..., Any], name: str, tripped: list[str]) -> None:
    rules = [_rule("one"), _rule("two")]
    heard = live(rules, [(5, TripBreaker(breaker=name, cause="me")), (6, ResetBreaker(breaker=name))])
    assert _events(heard) == [
        *[(5, "CircuitTripped", each) for each in tripped],
        *[(6, "CircuitReset", each) for each in tripped],
    ]


# --- several breakers ---------------------------------------------------------------------------------------------


def test_an_order_passes_only_when_every_breaker_lets_it(live: Callable[..., Any], release: Callable[..., Any]) -> None:
    rules = [_rule("one", at=1, action=CANCEL_ONLY), _rule("two", at=2, action=HALT)]
    heard = live(rules, [(5, _failed("mine-1")), (6, release("mine-2")), (7, _cancel("mine-9"))])
    assert _events(heard)[0] == (5, "CircuitTripped", "one")
    assert _held(heard) == [(6, "mine-2")]
    assert heard.to("router") == [_cancel("mine-9")]


def test_an_order_that_one_breaker_holds_back_is_no_probe_of_another(
    live: Callable[..., Any], release: Callable[..., Any]
) -> None:
    rules = [_rule("quick", at=1, cool_down_ns=50), _rule("slow", at=1, cool_down_ns=100)]
    heard = live(
        rules,
        [
            (5, _failed("mine-1")),
            (60, release("mine-2")),  # quick takes it for a probe, slow holds it back
            (61, _rejected("mine-2", "CIRCUIT_OPEN")),
            (110, release("mine-3")),
            (111, _accepted("mine-3")),
        ],
    )
    assert _held(heard) == [(60, "mine-2")]
    assert _events(heard)[-2:] == [(111, "CircuitReset", "quick"), (111, "CircuitReset", "slow")]


@pytest.mark.parametrize("command", [TripBreaker(breaker="c", cause="me"), ResetBreaker(breaker="c")])
def test_a_breaker_that_does_not_exist_is_named_with_those_that_do(live: Callable[..., Any], command: Any) -> None:
    with pytest.raises(ActorFailed, match="a breaker must be one of 'b', was 'c'"):
        live([_rule()], [(5, command)])
