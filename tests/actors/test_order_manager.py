"""OrderManager: the life of every order, alone on the stage."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.kernel import Actor
from tradepit.actors.order_manager import OrderManager, OrderManagerSettings
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    CancelOfUnknownOrder,
    CancelOrder,
    CancelRejected,
    CancelWorkingOrders,
    ChildAccepted,
    ChildFilled,
    FillOfForgottenOrder,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderClosed,
    OrderEvent,
    OrderExpired,
    OrderFailed,
    OrderFilled,
    OrderRejected,
    RefuseOrder,
    ReleaseOrder,
    ReleaseRefused,
    RouteEnded,
    SubmitOrder,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Order, OrderKind, TimeInForce

NEIGHBOURS = ("breaker", "router")
INSTRUMENTS = {"X": Instrument(symbol="X", lot=Decimal(2))}
SESSION_NS = 1000


def _manager(*, history: int = 1000, max_order_age_ns: int | None = None) -> OrderManager:
    return OrderManager(
        OrderManagerSettings(
            instruments=INSTRUMENTS,
            next_close=lambda now: (now // SESSION_NS + 1) * SESSION_NS,
            history=history,
            max_order_age_ns=max_order_age_ns,
        )
    )


def _accepted(venue: str = "A", order_id: str = "mine-1") -> ChildAccepted:
    return ChildAccepted(child_id=f"{order_id}.1", order_id=order_id, venue=venue, time=0)


def _cancel(order_id: str = "mine-1") -> CancelOrder:
    return CancelOrder(order_id=order_id, strategy="mine")


def _ended(state: OrderState, code: str = "WHY", text: str = "so", order_id: str = "mine-1") -> RouteEnded:
    return RouteEnded(order_id=order_id, state=state, code=code, text=text)


@pytest.fixture
def live(play: Callable[..., Any]) -> Callable[..., Any]:
    """Say messages to the order manager at 10, 20, 30 ns and so on; fills are published, as brokers do."""

    def run(*messages: Any, manager: OrderManager | None = None, closing: Any = ()) -> Any:
        lines = [
            (10 * (at + 1), "" if isinstance(said, ChildFilled) else "orders", said)
            for at, said in enumerate(messages)
            if said is not None
        ]
        return play({"orders": manager or _manager()}, lines, neighbours=NEIGHBOURS, closing=closing)

    return run


@pytest.fixture
def filled(make_fill: Callable[..., Any]) -> Callable[..., ChildFilled]:
    def make(number: int, quantity: int, leaves: int, *, order_id: str = "mine-1", **changes: Any) -> ChildFilled:
        fill = make_fill(f"A-{number}", order_id, quantity=Decimal(quantity), **changes)
        return ChildFilled(
            child_id=fill.child_id, order_id=order_id, venue=fill.venue, leaves=Decimal(leaves), fill=fill
        )

    return make


def _news(kind: Callable[..., Any], order: Order, state: OrderState, time: int, **changes: Any) -> OrderEvent:
    given: dict[str, Any] = {
        "order_id": order.order_id,
        "strategy": order.strategy,
        "symbol": order.symbol,
        "side": order.side,
        "state": state,
        "quantity": order.quantity,
        "cumulative": Decimal(0),
        "leaves": order.quantity,
        "average_price": Decimal(0),
        "time": time,
    }
    event: OrderEvent = kind(**{**given, **changes})
    return event


# --- whole lives --------------------------------------------------------------------------------------------------


def test_an_order_is_released_accepted_and_filled_in_parts_and_its_whole_story_is_told(
    live: Callable[..., Any], make_order: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    order = make_order()
    one = filled(1, 4, 6, price=Decimal(100), fee=Decimal("0.5"))
    two = filled(2, 6, 0, price=Decimal(101), fee=Decimal("0.25"), venue="B")
    heard = live(SubmitOrder(order=order), _accepted(), one, two)
    assert heard.sent["breaker"] == [(10, ReleaseOrder(order=order, expires_at=None))]
    part: dict[str, Any] = {"cumulative": Decimal(4), "leaves": Decimal(6), "average_price": Decimal(100)}
    whole: dict[str, Any] = {"cumulative": Decimal(10), "leaves": Decimal(0), "average_price": Decimal("100.6")}
    closed = OrderClosed(
        strategy="mine",
        order=order,
        state=OrderState.FILLED,
        cumulative=Decimal(10),
        average_price=Decimal("100.6"),
        fees=Decimal("0.75"),
        fills=2,
        venues=("A", "B"),
        code="",
        text="",
        closed_at=40,
        history=(
            ("RECEIVED", 10, "RECEIVED"),
            ("VALIDATED", 10, "VALIDATED"),
            ("ROUTED", 10, "RELEASED"),
            ("WORKING", 20, heard.news(OrderClosed)[0].history[3][2]),
            ("PARTIALLY_FILLED", 30, "A-1"),
            ("FILLED", 40, "A-2"),
        ),
    )
    assert closed.history[3][2].startswith("ACCEPTED")
    assert [said for said in heard.published if not isinstance(said[1], ChildFilled)] == [
        (20, _news(OrderAccepted, order, OrderState.WORKING, 20)),
        (30, _news(OrderFilled, order, OrderState.PARTIALLY_FILLED, 30, fill=one.fill, **part)),
        (40, _news(OrderFilled, order, OrderState.FILLED, 40, fill=two.fill, **whole)),
        (40, closed),
    ]


ENDS: list[tuple[OrderState, Callable[..., Any]]] = [
    (OrderState.CANCELLED, OrderCancelled),
    (OrderState.REJECTED, OrderRejected),
    (OrderState.EXPIRED, OrderExpired),
    (OrderState.FAILED, OrderFailed),
]


@pytest.mark.parametrize(("state", "kind"), ENDS, ids=str)
def test_an_order_of_which_nothing_was_filled_ends_as_the_router_says(
    live: Callable[..., Any], make_order: Callable[..., Any], state: OrderState, kind: Callable[..., Any]
) -> None:
    order = make_order()
    heard = live(SubmitOrder(order=order), None, _ended(state))
    ended = _news(kind, order, state, 30, leaves=Decimal(0), code="WHY", text="so")
    assert heard.published[0] == (30, ended)
    [closed] = heard.news(OrderClosed)
    assert (closed.state, closed.code, closed.text, closed.closed_at) == (state, "WHY", "so", 30)


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (OrderState.CANCELLED, OrderState.CANCELLED),
        (OrderState.REJECTED, OrderState.CANCELLED),  # what has traded cannot be rejected any more
        (OrderState.EXPIRED, OrderState.EXPIRED),
        (OrderState.FAILED, OrderState.FAILED),
    ],
)
def test_the_rest_of_an_order_that_has_traded_ends(
    live: Callable[..., Any],
    make_order: Callable[..., Any],
    filled: Callable[..., Any],
    state: OrderState,
    after: OrderState,
) -> None:
    order = make_order()
    heard = live(SubmitOrder(order=order), _accepted(), filled(1, 4, 6), _ended(state))
    figures: dict[str, Any] = {"cumulative": Decimal(4), "leaves": Decimal(0), "average_price": Decimal(100)}
    assert heard.published[-2] == (40, _news(dict(ENDS)[after], order, after, 40, code="WHY", text="so", **figures))
    [closed] = heard.news(OrderClosed)
    assert (closed.state, closed.cumulative, closed.fills) == (after, Decimal(4), 1)


def test_an_acceptance_after_the_first_is_no_news(live: Callable[..., Any], make_order: Callable[..., Any]) -> None:
    heard = live(SubmitOrder(order=make_order()), _accepted("A"), _accepted("B"), _ended(OrderState.CANCELLED))
    assert len(heard.news(OrderAccepted)) == 1
    assert heard.news(OrderClosed)[0].venues == ("A", "B")


def test_news_of_an_order_that_has_ended_or_never_was_change_nothing(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    refused = ReleaseRefused(order_id="mine-1", cancel=False, code="CIRCUIT_OPEN", text="halt")
    late = (_accepted(), _ended(OrderState.EXPIRED), refused, CancelRejected(order_id="mine-1", code="C", text="t"))
    heard = live(SubmitOrder(order=make_order()), _ended(OrderState.CANCELLED), *late)
    assert [type(said).__name__ for _, said in heard.published] == ["OrderCancelled", "OrderClosed"]


# --- validation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": Decimal(3)}, "OFF_LOT"),
        ({"quantity": Decimal(0)}, "QUANTITY_NOT_POSITIVE"),
        ({"quantity": Decimal("NaN")}, "QUANTITY_NOT_POSITIVE"),
        ({"symbol": "Y"}, "UNKNOWN_SYMBOL"),
        ({"kind": OrderKind.LIMIT}, "LIMIT_PRICE_MISSING"),
        ({"kind": OrderKind.LIMIT, "limit_price": Decimal("1.005")}, "OFF_TICK"),
        ({"created_at": 11}, "FROM_THE_FUTURE"),
    ],
)
def test_what_breaks_a_rule_is_rejected_with_its_code_and_goes_no_further(
    live: Callable[..., Any], make_order: Callable[..., Any], changes: Mapping[str, Any], code: str
) -> None:
    heard = live(SubmitOrder(order=make_order(**changes)))
    assert [(event.state, event.code) for event in heard.news(OrderRejected)] == [(OrderState.REJECTED, code)]
    assert [closed.code for closed in heard.news(OrderClosed)] == [code]
    assert heard.to("breaker") == []


def test_a_stop_that_the_market_has_passed_is_no_error(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    order = make_order(kind=OrderKind.STOP, stop_price=Decimal(90), arrival_price=100.0)
    assert len(live(SubmitOrder(order=order)).to("breaker")) == 1


def test_an_order_that_the_portfolio_refused_is_recorded_and_told(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    order = make_order(quantity=Decimal(0))
    heard = live(RefuseOrder(order=order, code="BUYING_POWER", text="limit=1, was=2"))
    refused = _news(
        OrderRejected,
        order,
        OrderState.REJECTED,
        10,
        leaves=Decimal(0),
        code="BUYING_POWER",
        text="limit=1, was=2",
    )
    assert heard.published[0] == (10, refused)
    assert heard.news(OrderClosed)[0].history == (("RECEIVED", 10, "RECEIVED"), ("REJECTED", 10, "REJECT"))


@pytest.mark.parametrize(
    "again", [lambda order: SubmitOrder(order=order), lambda order: RefuseOrder(order=order, code="C", text="t")]
)
@pytest.mark.parametrize("done", [False, True])
def test_an_id_that_was_used_before_is_refused_and_the_first_order_goes_on(
    live: Callable[..., Any],
    make_order: Callable[..., Any],
    filled: Callable[..., Any],
    again: Callable[..., Any],
    done: bool,
) -> None:
    first, second = make_order(), make_order(quantity=Decimal(4))
    fill = filled(1, 10, 0)
    messages = [fill, again(second)] if done else [again(second), fill]
    heard = live(SubmitOrder(order=first), *messages)
    assert [(event.code, event.quantity) for event in heard.news(OrderRejected)] == [("DUPLICATE_ORDER_ID", Decimal(4))]
    ends = sorted((closed.order.quantity, closed.state) for closed in heard.news(OrderClosed))
    assert ends == [(Decimal(4), OrderState.REJECTED), (Decimal(10), OrderState.FILLED)]
    assert len(heard.to("breaker")) == 1


@pytest.mark.parametrize(
    ("now", "time_in_force", "expires_at"),
    [
        (10, TimeInForce.DAY, 1000),
        (999, TimeInForce.DAY, 1000),
        (1000, TimeInForce.DAY, 2000),  # sent at the close, it is of the next session
        (10, TimeInForce.GTC, None),
        (10, TimeInForce.IOC, None),
        (10, TimeInForce.FOK, None),
    ],
)
def test_only_day_orders_expire_and_at_the_next_close(
    play: Callable[..., Any],
    make_order: Callable[..., Any],
    now: int,
    time_in_force: TimeInForce,
    expires_at: int | None,
) -> None:
    lines = [(now, "orders", SubmitOrder(order=make_order(time_in_force=time_in_force)))]
    heard = play({"orders": _manager()}, lines, neighbours=NEIGHBOURS)
    assert heard.to("breaker") == [ReleaseOrder(order=make_order(time_in_force=time_in_force), expires_at=expires_at)]


# --- the breaker holds back ---------------------------------------------------------------------------------------


def test_an_order_that_the_breaker_holds_back_is_rejected(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    held = ReleaseRefused(order_id="mine-1", cancel=False, code="CIRCUIT_OPEN", text="halt")
    heard = live(SubmitOrder(order=make_order()), held)
    assert [(event.state, event.code, event.text) for event in heard.news(OrderRejected)] == [
        (OrderState.REJECTED, "CIRCUIT_OPEN", "halt")
    ]


def test_an_order_whose_cancel_the_breaker_holds_back_works_on_and_can_be_cancelled_later(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    held = ReleaseRefused(order_id="mine-1", cancel=True, code="CIRCUIT_OPEN", text="halt")
    heard = live(SubmitOrder(order=make_order()), _accepted(), _cancel(), held, _cancel())
    refused = _news(OrderCancelRejected, make_order(), OrderState.WORKING, 40, code="CIRCUIT_OPEN", text="halt")
    assert heard.published[-1] == (40, refused)
    assert heard.sent["breaker"][1:] == [(30, _cancel()), (50, _cancel())]


# --- cancels ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize("traded", [False, True])
def test_an_order_can_be_cancelled_before_and_after_it_works_and_when_partly_filled(
    live: Callable[..., Any],
    make_order: Callable[..., Any],
    filled: Callable[..., Any],
    accepted: bool,
    traded: bool,
) -> None:
    heard = live(
        SubmitOrder(order=make_order()),
        _accepted() if accepted else None,
        filled(1, 4, 6) if traded else None,
        _cancel(),
        _ended(OrderState.CANCELLED, "REQUESTED", "leaves"),
    )
    assert heard.sent["breaker"][1:] == [(40, _cancel())]
    [closed] = heard.news(OrderClosed)
    steps = [state for state, _, _ in closed.history[3:]]
    working = ["WORKING"] * accepted + ["PARTIALLY_FILLED"] * traded
    assert steps == [*working, "PENDING_CANCEL", "CANCELLED"]
    assert (closed.cumulative, closed.code) == (Decimal(4 if traded else 0), "REQUESTED")


def test_a_second_cancel_while_the_first_is_under_way_is_not_sent(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    heard = live(SubmitOrder(order=make_order()), _cancel(), _cancel())
    assert heard.to("breaker")[1:] == [_cancel()]
    assert heard.published == []


def test_a_fill_that_crosses_the_cancel_on_the_wire_is_honoured(
    live: Callable[..., Any], make_order: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    heard = live(
        SubmitOrder(order=make_order()), _accepted(), _cancel(), filled(1, 4, 6), filled(2, 6, 0),
        CancelRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="A said so"),
    )  # fmt: skip
    states = [(type(event).__name__, event.state) for event in heard.news(OrderEvent)]
    assert states == [
        ("OrderAccepted", OrderState.WORKING),
        ("OrderFilled", OrderState.PENDING_CANCEL),
        ("OrderFilled", OrderState.FILLED),
    ]
    assert heard.news(OrderClosed)[0].state is OrderState.FILLED


def test_a_refused_cancel_gives_the_order_back_its_state(
    live: Callable[..., Any], make_order: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    heard = live(
        SubmitOrder(order=make_order()), _accepted(), _cancel(), filled(1, 4, 6),
        CancelRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="A said so"),
    )  # fmt: skip
    [refused] = heard.news(OrderCancelRejected)
    assert (refused.state, refused.code, refused.leaves) == (
        OrderState.PARTIALLY_FILLED, "TOO_LATE_TO_CANCEL", Decimal(6),
    )  # fmt: skip


def test_a_fill_after_the_end_of_an_order_is_booked_and_closes_nothing_twice(
    live: Callable[..., Any], make_order: Callable[..., Any], filled: Callable[..., Any]
) -> None:
    heard = live(
        SubmitOrder(order=make_order()), _accepted(), _ended(OrderState.CANCELLED), filled(1, 4, 6), filled(2, 6, 0)
    )
    assert [(event.state, event.cumulative) for event in heard.news(OrderFilled)] == [
        (OrderState.CANCELLED, Decimal(4)),
        (OrderState.FILLED, Decimal(10)),
    ]
    assert [closed.state for closed in heard.news(OrderClosed)] == [OrderState.CANCELLED]


@pytest.mark.parametrize(("state", "kind"), ENDS, ids=str)
def test_a_cancel_of_an_order_that_is_done_is_too_late(
    live: Callable[..., Any], make_order: Callable[..., Any], state: OrderState, kind: object
) -> None:
    order = make_order()
    heard = live(SubmitOrder(order=order), _ended(state), _cancel())
    refused = _news(
        OrderCancelRejected,
        order,
        state,
        30,
        leaves=Decimal(0),
        code="TOO_LATE_TO_CANCEL",
        text=f"the order is {state}",
    )
    assert heard.published[-1] == (30, refused)


def test_a_cancel_of_an_order_that_nobody_knows_is_told_to_who_asked(live: Callable[..., Any]) -> None:
    text = "no order ghost among the open ones and the last 1000 done"
    unknown = CancelOfUnknownOrder(order_id="ghost", strategy="mine", code="UNKNOWN_ORDER", text=text)
    assert live(_cancel("ghost")).published == [(10, unknown)]


def test_only_so_many_orders_that_are_done_are_remembered(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    manager = _manager(history=2)
    ids = ["mine-1", "mine-2", "mine-3"]
    submits = [SubmitOrder(order=make_order(name)) for name in ids]
    ends = [_ended(OrderState.CANCELLED, order_id=name) for name in ids]
    heard = live(*submits, *ends, *[_cancel(name) for name in ids], manager=manager)
    answers = [
        (type(event).__name__, event.order_id) for event in heard.news(OrderCancelRejected, CancelOfUnknownOrder)
    ]
    assert answers == [
        ("CancelOfUnknownOrder", "mine-1"),
        ("OrderCancelRejected", "mine-2"),
        ("OrderCancelRejected", "mine-3"),
    ]


def test_a_fill_of_an_order_that_nobody_remembers_is_told(
    live: Callable[..., Any], make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    """What has traded has traded: it cannot be held to its order any more, but the books must have it."""
    fill = make_fill(quantity=Decimal(4), price=Decimal(5))
    report = ChildFilled(child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(0), fill=fill)
    end = _ended(OrderState.CANCELLED)
    heard = live(SubmitOrder(order=make_order()), end, report, manager=_manager(history=0))
    (told,) = heard.news(FillOfForgottenOrder)
    assert (told.strategy, told.fill) == ("mine", fill)


def test_with_no_history_at_all_orders_still_end(live: Callable[..., Any], make_order: Callable[..., Any]) -> None:
    heard = live(SubmitOrder(order=make_order()), _ended(OrderState.CANCELLED), _cancel(), manager=_manager(history=0))
    assert [type(said).__name__ for _, said in heard.published] == [
        "OrderCancelled", "OrderClosed", "CancelOfUnknownOrder",
    ]  # fmt: skip


# --- age, and the end of the run ----------------------------------------------------------------------------------


def test_an_order_is_cancelled_at_the_greatest_age_past_the_breaker(
    play: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    manager = _manager(max_order_age_ns=100)
    lines = [
        (10, "orders", SubmitOrder(order=make_order("mine-1", created_at=10))),
        (20, "orders", SubmitOrder(order=make_order("mine-2", created_at=15))),
        (30, "orders", SubmitOrder(order=make_order("mine-3", created_at=30))),
        (40, "orders", _cancel("mine-3")),
        (50, "orders", SubmitOrder(order=make_order("mine-4", created_at=50))),
        (60, "orders", _ended(OrderState.CANCELLED, order_id="mine-4")),
        (200, "orders", SubmitOrder(order=make_order("mine-5", created_at=7))),
    ]
    heard = play({"orders": manager}, lines, neighbours=NEIGHBOURS)
    assert heard.sent["router"] == [(110, _cancel("mine-1")), (115, _cancel("mine-2"))]
    (refused,) = [said for _, said in heard.published if isinstance(said, OrderRejected)]
    assert (refused.order_id, refused.code, refused.text) == ("mine-5", "TOO_OLD", "age in ns: limit=100, was=193")
    assert next(iter(manager.open_orders.values())).history[-1] == ("PENDING_CANCEL", 110, "MAX_ORDER_AGE")


def test_at_the_end_of_a_run_all_that_works_is_cancelled_past_the_breaker(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    manager = _manager()
    heard = live(
        *[SubmitOrder(order=make_order(f"mine-{number}")) for number in (1, 2, 3)],
        _cancel("mine-2"),
        manager=manager,
        closing=[CancelWorkingOrders()],
    )
    assert heard.sent["router"] == [(40, _cancel("mine-1")), (40, _cancel("mine-3"))]
    assert list(manager.open_orders) == ["mine-1", "mine-2", "mine-3"]
    assert manager.open_orders["mine-1"].history[-1] == ("PENDING_CANCEL", 40, "END_OF_RUN")


@pytest.mark.parametrize(
    ("said", "code"),
    [("REQUESTED", "MAX_ORDER_AGE"), ("IOC_REMAINDER", "IOC_REMAINDER")],
)
def test_an_order_that_we_cancel_ourselves_ends_with_our_reason_unless_the_venue_had_another(
    play: Callable[..., Any], make_order: Callable[..., Any], said: str, code: str
) -> None:
    lines = [
        (10, "orders", SubmitOrder(order=make_order(created_at=10))),
        (120, "orders", _ended(OrderState.CANCELLED, said)),
    ]
    heard = play({"orders": _manager(max_order_age_ns=100)}, lines, neighbours=NEIGHBOURS)
    assert [closed.code for closed in heard.news(OrderClosed)] == [code]


class Canceller(Actor):
    """A router that cancels at once whatever it is told to."""

    def on_cancel(self, message: CancelOrder) -> None:
        self.send("orders", _ended(OrderState.CANCELLED, "REQUESTED", order_id=message.order_id))


def test_what_is_cancelled_at_the_end_of_a_run_says_so(
    play: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    lines = [(10, "orders", SubmitOrder(order=make_order()))]
    actors = {"orders": _manager(), "router": Canceller()}
    heard = play(actors, lines, neighbours=("breaker",), closing=[CancelWorkingOrders()])
    assert [(closed.state, closed.code) for closed in heard.news(OrderClosed)] == [(OrderState.CANCELLED, "END_OF_RUN")]


def test_the_refusal_of_a_cancel_that_nobody_is_waiting_for_changes_no_state(
    live: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    refused = CancelRejected(order_id="mine-1", code="UNKNOWN_ORDER", text="A said so")
    heard = live(SubmitOrder(order=make_order()), _accepted(), refused)
    assert [(event.state, event.code) for event in heard.news(OrderCancelRejected)] == [
        (OrderState.WORKING, "UNKNOWN_ORDER")
    ]
