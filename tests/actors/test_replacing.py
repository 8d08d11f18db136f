"""Replacements, busts, corrections and groups on their way: order manager, breaker, router, broker, one at a time."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.broker import Broker
from tradepit.actors.circuit_breaker import CircuitBreaker
from tradepit.actors.kernel import ActorFailed
from tradepit.actors.order_manager import OrderManager, OrderManagerSettings
from tradepit.actors.router import RouterSettings, SmartOrderRouter
from tradepit.models.breakers import BreakerAction, BreakerRule, BreakerSettings
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    CancelChild,
    CancelOrder,
    CancelRejected,
    CancelWorkingOrders,
    ChildAccepted,
    ChildCancelled,
    ChildCancelRejected,
    ChildFilled,
    ChildRejected,
    ChildReplaced,
    ChildReplaceRejected,
    FillBusted,
    FillCorrected,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderClosed,
    OrderEvent,
    OrderExpired,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReplaceRejected,
    ReleaseOrder,
    ReplaceChild,
    ReplaceOfUnknownOrder,
    ReplaceOrder,
    ReplaceRejected,
    RouteEnded,
    RouteOrder,
    SubmitChild,
    SubmitOrder,
    TripBreaker,
    WorkOrder,
)
from tradepit.models.net_price import VenueCosts
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Contingency, Fill, OrderKind, OrderTerms, TimeInForce
from tradepit.models.values import changed

Live = Callable[..., Any]
NEWS = (
    OrderAccepted, OrderFilled, OrderReplaced, OrderReplaceRejected, OrderFillBusted, OrderFillCorrected,
    OrderCancelled, OrderCancelRejected, OrderRejected, OrderExpired,
)  # fmt: skip
FOR_GROUP: dict[str, Any] = {"for_group": True}


def _told(heard: Any) -> list[str]:
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


def _replace(order_id: str = "mine-1", **changes: Any) -> ReplaceOrder:
    given: dict[str, Any] = {"quantity": None, "limit_price": None, "stop_price": None, **changes}
    return ReplaceOrder(order_id=order_id, strategy="mine", **given)


def _replaced(quantity: int, leaves: int, child_id: str = "mine-1.1", **changes: Any) -> ChildReplaced:
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


def _replace_rejected(child_id: str = "mine-1.1", **changes: Any) -> ChildReplaceRejected:
    order_id = child_id.rpartition(".")[0]
    given: dict[str, Any] = {"code": "NO", "text": "why", "time": 0, "order_id": order_id, **changes}
    return ChildReplaceRejected(child_id=child_id, venue="A", **given)


def _filled(fill: Fill, leaves: int) -> ChildFilled:
    return ChildFilled(child_id=fill.child_id, order_id=fill.order_id, venue="A", leaves=Decimal(leaves), fill=fill)


def _busted(fill: Fill) -> FillBusted:
    return FillBusted(order_id=fill.order_id, fill=fill, reason="erroneous", time=0)


def _corrected(before: Fill, quantity: int, price: str = "100") -> FillCorrected:
    fill = changed(before, quantity=Decimal(quantity), price=Decimal(price))
    return FillCorrected(order_id=before.order_id, before=before, fill=fill, reason="erroneous", time=0)


def _accepted(order_id: str = "mine-1") -> ChildAccepted:
    return ChildAccepted(child_id=f"{order_id}.1", order_id=order_id, venue="A", time=0)


def _cancelled(child_id: str = "mine-1.1", code: str = "REQUESTED", leaves: int = 1) -> ChildCancelled:
    order_id = child_id.rpartition(".")[0]
    return ChildCancelled(child_id=child_id, order_id=order_id, venue="A", leaves=Decimal(leaves), code=code, time=0)


def _ended(order_id: str = "mine-1", code: str = "REQUESTED") -> RouteEnded:
    return RouteEnded(order_id=order_id, state=OrderState.CANCELLED, code=code, text="")


# --- the order manager --------------------------------------------------------------------------------------------


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


def test_a_change_goes_the_way_of_a_cancel_and_holds_when_the_venue_says_so(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    order = make_order(kind=OrderKind.LIMIT, limit_price=Decimal(100))
    wish = _replace(quantity=Decimal(8), limit_price=Decimal(101))
    one, two = make_fill("A-1", quantity=Decimal(4)), make_fill("A-2", quantity=Decimal(4), price=Decimal(101))
    heard = live(
        SubmitOrder(order=order),
        _accepted(),
        wish,
        _filled(one, 6),
        _replaced(8, 4, limit_price=Decimal(101)),
        _filled(two, 0),
    )
    assert heard.to("breaker") == [ReleaseOrder(order=order, expires_at=None), wish]
    assert _told(heard) == [
        "Accepted 1 WORKING 0/10 leaves 10",
        "Filled 1 PENDING_REPLACE 4/10 leaves 6",
        "Replaced 1 PARTIALLY_FILLED 4/8 leaves 4",
        "Filled 1 FILLED 8/8 leaves 0",
    ]
    (closed,) = heard.news(OrderClosed)
    assert (closed.order.quantity, closed.order.limit_price) == (Decimal(8), Decimal(101))


def test_a_change_to_what_is_filled_or_less_ends_the_order_as_filled(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = live(
        SubmitOrder(order=make_order()),
        _accepted(),
        _filled(make_fill(quantity=Decimal(7)), 3),
        _replace(quantity=Decimal(5)),
        _replaced(7, 0),
    )
    assert _told(heard)[-1] == "Replaced 1 FILLED 7/7 leaves 0"
    assert [closed.state for closed in heard.news(OrderClosed)] == [OrderState.FILLED]


@pytest.mark.parametrize(
    ("before", "wish", "code"),
    [
        ([], {}, "NOTHING_TO_REPLACE"),
        ([], {"quantity": Decimal("0.5")}, "OFF_LOT"),
        ([], {"quantity": Decimal(0)}, "QUANTITY_NOT_POSITIVE"),
        ([], {"limit_price": Decimal(5)}, "LIMIT_PRICE_UNEXPECTED"),
        ([_replace(quantity=Decimal(9))], {"quantity": Decimal(8)}, "ALREADY_PENDING"),
        ([CancelOrder(order_id="mine-1", strategy="mine")], {"quantity": Decimal(8)}, "ALREADY_PENDING"),
    ],
)
def test_a_change_that_cannot_be_is_refused_at_once(
    live: Live, make_order: Callable[..., Any], before: list[Any], wish: dict[str, Any], code: str
) -> None:
    heard = live(SubmitOrder(order=make_order()), _accepted(), *before, _replace(**wish))
    assert [event.code for event in heard.news(OrderReplaceRejected)] == [code]
    assert heard.to("breaker")[1:] == before


def test_a_change_that_the_venue_refuses_leaves_the_order_as_it_was(live: Live, make_order: Callable[..., Any]) -> None:
    refused = ReplaceRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="A said so")
    heard = live(SubmitOrder(order=make_order()), _accepted(), _replace(quantity=Decimal(9)), refused, refused)
    assert _told(heard)[1:] == ["ReplaceRejected 1 WORKING 0/10 leaves 10 TOO_LATE_TO_CANCEL"]


def test_a_change_of_what_is_done_or_unknown_is_refused(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = live(
        SubmitOrder(order=make_order()),
        _filled(make_fill(), 0),
        _replace(quantity=Decimal(20)),
        _replace("ghost", quantity=Decimal(20)),
        _replaced(20, 10),
    )
    assert _told(heard)[1:] == ["ReplaceRejected 1 FILLED 10/10 leaves 0 TOO_LATE_TO_CANCEL"]
    assert heard.news(ReplaceOfUnknownOrder) == [
        ReplaceOfUnknownOrder(
            order_id="ghost",
            strategy="mine",
            code="UNKNOWN_ORDER",
            text="no order ghost among the open ones and the last 1000 done",
        )
    ]


def test_a_cancel_may_follow_a_change_that_is_unanswered(live: Live, make_order: Callable[..., Any]) -> None:
    cancel = CancelOrder(order_id="mine-1", strategy="mine")
    heard = live(
        SubmitOrder(order=make_order()), _accepted(), _replace(quantity=Decimal(9)), cancel, _replaced(9, 9), _ended()
    )
    assert heard.to("breaker")[-1] == cancel
    assert _told(heard)[1:] == [
        "Replaced 1 PENDING_CANCEL 0/9 leaves 9",
        "Cancelled 1 CANCELLED 0/9 leaves 0 REQUESTED",
    ]


def test_a_bust_of_an_order_that_works_opens_it_further(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = make_fill(quantity=Decimal(4))
    heard = live(SubmitOrder(order=make_order()), _filled(fill, 6), _busted(fill), _filled(make_fill("A-2"), 0))
    assert _told(heard) == [
        "Filled 1 PARTIALLY_FILLED 4/10 leaves 6",
        "FillBusted 1 WORKING 0/10 leaves 10",
        "Filled 1 FILLED 10/10 leaves 0",
    ]
    (busted,) = heard.news(OrderFillBusted)
    assert (busted.fill, busted.reason) == (fill, "erroneous")


def test_a_bust_of_an_order_that_is_done_leaves_it_done(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = make_fill()
    heard = live(SubmitOrder(order=make_order()), _filled(fill, 0), _busted(fill))
    assert _told(heard)[1:] == ["FillBusted 1 CANCELLED 0/10 leaves 0"]
    assert len(heard.news(OrderClosed)) == 1


def test_a_correction_may_open_an_order_further_or_complete_it(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = make_fill(quantity=Decimal(4))
    lower, whole = _corrected(fill, 2), _corrected(changed(fill, quantity=Decimal(2)), 10, "99")
    heard = live(SubmitOrder(order=make_order()), _filled(fill, 6), lower, whole, _corrected(whole.fill, 10, "98"))
    assert _told(heard) == [
        "Filled 1 PARTIALLY_FILLED 4/10 leaves 6",
        "FillCorrected 1 PARTIALLY_FILLED 2/10 leaves 8",
        "FillCorrected 1 FILLED 10/10 leaves 0",
        "FillCorrected 1 FILLED 10/10 leaves 0",
    ]
    last = heard.news(OrderFillCorrected)[-1]
    assert (last.average_price, last.before, last.fill) == (
        Decimal(98),
        whole.fill,
        changed(whole.fill, price=Decimal(98)),
    )
    assert len(heard.news(OrderClosed)) == 1


def test_news_of_an_execution_that_nobody_remembers_stops_the_run(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    first, second = make_order(), make_order("mine-2")
    fills = [make_fill(), make_fill("A-2", "mine-2")]
    with pytest.raises(ActorFailed, match=r"one of the last 1 done, was of mine-1; raise orders.history"):
        live(
            SubmitOrder(order=first),
            SubmitOrder(order=second),
            *(_filled(fill, 0) for fill in fills),
            _busted(fills[0]),
            history=1,
        )


# --- groups -------------------------------------------------------------------------------------------------------

WAITS = OrderTerms(parent_id="mine-1")
OCO = OrderTerms(group="g", contingency=Contingency.OCO)
OUO = OrderTerms(group="g", contingency=Contingency.OUO)


def test_an_order_waits_for_its_parent_and_works_for_what_that_has_filled(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    child = make_order("mine-2", terms=WAITS, time_in_force=TimeInForce.DAY)
    heard = live(
        SubmitOrder(order=make_order()),
        SubmitOrder(order=child),
        _filled(make_fill("A-1", quantity=Decimal(4)), 6),
        _filled(make_fill("A-2", quantity=Decimal(5)), 1),
        _filled(make_fill("A-3", quantity=Decimal(1)), 0),
    )
    assert heard.to("breaker")[1:] == [ReleaseOrder(order=child, expires_at=1030, works=Decimal(4))]
    assert heard.to("router") == [
        WorkOrder(order_id="mine-2", quantity=Decimal(9)),
        _replace("mine-2", quantity=Decimal(10), for_group=True),
    ]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (CancelOrder(order_id="mine-2", strategy="mine"), "Cancelled 2 CANCELLED 0/10 leaves 0 REQUESTED"),
        (_ended(), "Cancelled 2 CANCELLED 0/10 leaves 0 PARENT_ENDED"),
        (_replace("mine-2", quantity=Decimal(6)), "Replaced 2 VALIDATED 0/6 leaves 6"),
    ],
)
def test_an_order_that_is_held_is_cancelled_or_changed_here_and_now(
    live: Live, make_order: Callable[..., Any], message: Any, told: str
) -> None:
    heard = live(SubmitOrder(order=make_order()), SubmitOrder(order=make_order("mine-2", terms=WAITS)), message)
    assert told in _told(heard)
    assert [type(said) for said in heard.to("breaker")] == [ReleaseOrder]
    assert heard.to("router") == []


def test_at_the_end_what_is_held_ends_too(live: Live, make_order: Callable[..., Any]) -> None:
    orders = [make_order(), make_order("mine-2", terms=WAITS)]
    heard = live(*(SubmitOrder(order=order) for order in orders), closing=[CancelWorkingOrders()])
    assert _told(heard) == ["Cancelled 2 CANCELLED 0/10 leaves 0 END_OF_RUN"]
    assert heard.to("router") == [CancelOrder(order_id="mine-1", strategy="mine")]


def test_an_order_that_is_held_can_grow_too_old(live: Live, make_order: Callable[..., Any]) -> None:
    orders = [make_order(), make_order("mine-2", terms=WAITS)]
    heard = live(*(SubmitOrder(order=order) for order in orders), max_order_age_ns=500)
    assert _told(heard) == ["Cancelled 2 CANCELLED 0/10 leaves 0 MAX_ORDER_AGE"]


def test_an_order_whose_parent_nobody_knows_is_refused(live: Live, make_order: Callable[..., Any]) -> None:
    heard = live(SubmitOrder(order=make_order("mine-2", terms=WAITS)))
    assert _told(heard) == ["Rejected 2 REJECTED 0/10 leaves 0 UNKNOWN_PARENT"]


def test_the_quantity_of_an_order_that_follows_its_parent_is_not_changed_by_hand(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    child = make_order("mine-2", terms=WAITS, kind=OrderKind.LIMIT, limit_price=Decimal(100))
    moved = _replace("mine-2", limit_price=Decimal(101))
    heard = live(
        SubmitOrder(order=make_order()),
        SubmitOrder(order=child),
        _filled(make_fill("A-1", quantity=Decimal(4)), 6),
        _accepted("mine-2"),
        _replace("mine-2", quantity=Decimal(3)),
        moved,
        _replaced(4, 4, "mine-2.1", limit_price=Decimal(101)),
    )
    assert _told(heard)[-2:] == [
        "ReplaceRejected 2 WORKING 0/10 leaves 10 FOLLOWS_PARENT",
        "Replaced 2 WORKING 0/10 leaves 10",
    ]
    assert heard.to("breaker")[-1] == moved


def test_once_the_parent_is_filled_its_child_is_cut_like_any_other_order(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    child = make_order("mine-2", terms=WAITS, kind=OrderKind.LIMIT, limit_price=Decimal(100))
    cut = _replace("mine-2", quantity=Decimal(6))
    heard = live(
        SubmitOrder(order=make_order()),
        SubmitOrder(order=child),
        _filled(make_fill("A-1", quantity=Decimal(10)), 0),
        _accepted("mine-2"),
        cut,
        _replaced(6, 6, "mine-2.1"),
    )
    assert _told(heard)[-1] == "Replaced 2 WORKING 0/6 leaves 6"
    assert heard.to("breaker")[-1] == cut


def test_the_first_fill_of_one_cancels_the_other_past_the_breaker(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = live(
        *(SubmitOrder(order=make_order(name, terms=OCO)) for name in ("mine-1", "mine-2")),
        _accepted("mine-1"),
        _accepted("mine-2"),
        _filled(make_fill("A-1", quantity=Decimal(1)), 9),
        _ended("mine-2"),
    )
    assert heard.to("router") == [CancelOrder(order_id="mine-2", strategy="mine")]
    assert _told(heard)[-1] == "Cancelled 2 CANCELLED 0/10 leaves 0 GROUP"


def test_a_fill_of_one_takes_its_quantity_off_the_other(
    live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = live(
        *(SubmitOrder(order=make_order(name, terms=OUO)) for name in ("mine-1", "mine-2")),
        _accepted("mine-1"),
        _accepted("mine-2"),
        _filled(make_fill("A-1", quantity=Decimal(3)), 7),
        _replaced(7, 7, "mine-2.1", for_group=True),
        _replaced(7, 7, "mine-2.1", for_group=True),
        _filled(make_fill("A-2", quantity=Decimal(7)), 0),
        _ended("mine-2", "GROUP"),
    )
    assert heard.to("router") == [
        _replace("mine-2", quantity=Decimal(7), for_group=True),
        CancelOrder(order_id="mine-2", strategy="mine"),
    ]
    assert _told(heard)[2:] == [
        "Filled 1 PARTIALLY_FILLED 3/10 leaves 7",
        "Replaced 2 WORKING 0/7 leaves 7",
        "Filled 1 FILLED 10/10 leaves 0",
        "Cancelled 2 CANCELLED 0/7 leaves 0 GROUP",
    ]


# --- the breaker --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tripped", [False, True])
def test_while_a_breaker_is_open_nothing_that_is_out_is_changed(play: Callable[..., Any], *, tripped: bool) -> None:
    rule = BreakerSettings(
        name="storm",
        rule=BreakerRule.FAILED_ORDERS,
        over_ns=10**9,
        at=5.0,
        minimum=1,
        action=BreakerAction.CANCEL_ONLY,
        cool_down_ns=None,
        probes=1,
    )
    lines = [(0, "breaker", TripBreaker(breaker="storm", cause="hand"))] if tripped else []
    wish = _replace(quantity=Decimal(5))
    heard = play({"breaker": CircuitBreaker([rule])}, [*lines, (1, "breaker", wish)], neighbours=("orders", "router"))
    refused = ReplaceRejected(order_id="mine-1", code="CIRCUIT_OPEN", text="breaker storm is OPEN")
    assert (heard.to("orders"), heard.to("router")) == (([refused], []) if tripped else ([], [wish]))


# --- the router ---------------------------------------------------------------------------------------------------


@pytest.fixture
def route(play: Callable[..., Any]) -> Live:
    """Say messages to the router, 1 ns apart; what is not for it is published."""

    def run(*messages: Any, venues: tuple[str, ...] = ("A", "B")) -> Any:
        settings = RouterSettings(
            venues={"X": venues},
            costs={name: VenueCosts(venue=name) for name in venues},
            multipliers={"X": Decimal(1)},
            by_net_price=False,
        )
        lines = [(at, "" if isinstance(said, ChildFilled) else "router", said) for at, said in enumerate(messages)]
        neighbours = ("orders", "broker:A", "broker:B")
        return play({"router": SmartOrderRouter(settings)}, lines, neighbours=neighbours)

    return run


def _route(order: Any, works: int | None = None) -> RouteOrder:
    return RouteOrder(order=order, expires_at=None, works=None if works is None else Decimal(works))


def _change(quantity: int | None, child_id: str = "mine-1.1", **changes: Any) -> ReplaceChild:
    given: dict[str, Any] = {"limit_price": None, "stop_price": None, **changes}
    return ReplaceChild(child_id=child_id, quantity=None if quantity is None else Decimal(quantity), **given)


def _sent(heard: Any, broker: str) -> list[Any]:
    """Return what a broker was sent: child orders as id and quantity, the rest as it is."""
    return [
        (said.child.child_id, int(said.child.quantity)) if isinstance(said, SubmitChild) else said
        for said in heard.to(broker)
    ]


def _rejected(child_id: str = "mine-1.1") -> ChildRejected:
    return ChildRejected(
        child_id=child_id, order_id=child_id.rpartition(".")[0], venue="A", code="SHUT", text="shut", time=0
    )


def test_a_change_goes_to_the_live_child_without_what_was_filled_before_it(
    route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = route(
        _route(make_order()),
        _filled(make_fill("A-1", quantity=Decimal(4)), 6),
        _rejected(),
        _replace(quantity=Decimal(9), limit_price=Decimal(5)),
        _replaced(5, 5, "mine-1.2", limit_price=Decimal(5)),
        _filled(make_fill("B-1", child_id="mine-1.2", quantity=Decimal(5)), 0),
        CancelOrder(order_id="mine-1", strategy="mine"),
    )
    assert _sent(heard, "broker:A") == [("mine-1.1", 10)]
    assert _sent(heard, "broker:B") == [("mine-1.2", 6), _change(5, "mine-1.2", limit_price=Decimal(5))]
    assert heard.to("orders") == [
        CancelRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="nothing of it is live")
    ]


def test_a_change_that_missed_a_refused_child_follows_the_order_to_the_next_venue(
    route: Live, make_order: Callable[..., Any]
) -> None:
    heard = route(
        _route(make_order()),
        _replace(quantity=Decimal(8)),
        _rejected(),
        _replace_rejected(code="TOO_LATE_TO_CANCEL"),
        _replace_rejected(code="TOO_LATE_TO_CANCEL", order_id=""),
        _replaced(8, 8),
        _replaced(8, 8, "mine-1.2"),
        _replace_rejected(code="TOO_LATE_TO_CANCEL"),
    )
    assert _sent(heard, "broker:A") == [("mine-1.1", 10), _change(8)]
    assert _sent(heard, "broker:B") == [("mine-1.2", 10), _change(8, "mine-1.2"), _change(8, "mine-1.2")]
    assert heard.to("orders") == []


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (_replace_rejected(), [ReplaceRejected(order_id="mine-1", code="NO", text="A: why")]),
        (_replace_rejected("ghost.1", order_id=""), [ReplaceRejected(order_id="ghost", code="NO", text="A: why")]),
        (_replace_rejected(for_group=True), []),
    ],
)
def test_the_refusal_of_a_change_is_passed_on_unless_a_group_demanded_it(
    route: Live, make_order: Callable[..., Any], report: Any, said: list[Any]
) -> None:
    assert route(_route(make_order()), report).to("orders") == said


def test_a_change_of_what_is_not_live_is_refused(route: Live) -> None:
    assert route(_replace("ghost", quantity=Decimal(1))).to("orders") == [
        ReplaceRejected(order_id="ghost", code="TOO_LATE_TO_CANCEL", text="nothing of it is live")
    ]


def test_an_order_that_a_change_has_filled_is_done(
    route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = route(
        _route(make_order()), _filled(make_fill(quantity=Decimal(4)), 6), _replaced(4, 0), _replace(quantity=Decimal(9))
    )
    assert [said.code for said in heard.to("orders")] == ["TOO_LATE_TO_CANCEL"]


def test_what_is_taken_back_or_corrected_counts_as_open_again(
    route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    one, two = make_fill("A-1", quantity=Decimal(4)), make_fill("A-2", quantity=Decimal(3))
    heard = route(
        _route(make_order()),
        _filled(one, 6),
        _filled(two, 3),
        _busted(one),
        _corrected(two, 1),
        _rejected(),
        _busted(make_fill("Z-1", "ghost")),
        _corrected(make_fill("Z-1", "ghost"), 1),
        _filled(make_fill("Z-1", "ghost"), 1),
    )
    assert _sent(heard, "broker:B") == [("mine-1.2", 9)]


def test_a_correction_may_complete_an_order(
    route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = make_fill("A-1", quantity=Decimal(4))
    heard = route(_route(make_order()), _filled(fill, 6), _corrected(fill, 10), _replace(quantity=Decimal(3)))
    assert [said.code for said in heard.to("orders")] == ["TOO_LATE_TO_CANCEL"]


def test_an_order_that_grows_works_for_what_it_is_told(
    route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    work = [WorkOrder(order_id="mine-1", quantity=Decimal(quantity)) for quantity in (6, 9, 9)]
    heard = route(
        _route(make_order(terms=WAITS), 4),
        work[0],  # the child works for more
        _replaced(6, 6, for_group=True),
        _filled(make_fill("A-1", quantity=Decimal(6)), 0),
        work[1],  # it has filled all of that, so another is sent
        _filled(make_fill("A-2", child_id="mine-1.2", quantity=Decimal(3)), 0),
        work[2],  # no news
        _replace(quantity=Decimal(10), for_group=True),  # the last word
        _filled(make_fill("A-3", child_id="mine-1.3", quantity=Decimal(1)), 0),
        _replace(quantity=Decimal(11)),
        WorkOrder(order_id="ghost", quantity=Decimal(1)),
    )
    assert _sent(heard, "broker:A") == [("mine-1.1", 4), _change(6, **FOR_GROUP), ("mine-1.2", 3), ("mine-1.3", 1)]
    assert [said.code for said in heard.to("orders")] == ["TOO_LATE_TO_CANCEL"]


def test_an_order_that_is_to_work_for_nothing_more_pauses_and_can_go_on(
    route: Live, make_order: Callable[..., Any]
) -> None:
    work = [WorkOrder(order_id="mine-1", quantity=Decimal(quantity)) for quantity in (0, 3)]
    heard = route(
        _route(make_order(terms=WAITS), 4),
        work[0],
        _cancelled(),
        _replace(limit_price=Decimal(5)),
        work[1],
        work[0],
        work[1],
        _cancelled("mine-1.2"),
        CancelOrder(order_id="mine-1", strategy="mine"),
        _cancelled("mine-1.3"),
    )
    assert _sent(heard, "broker:A") == [
        ("mine-1.1", 4),
        CancelChild(child_id="mine-1.1"),
        ("mine-1.2", 3),
        CancelChild(child_id="mine-1.2"),
        _change(3, "mine-1.2", **FOR_GROUP),
        ("mine-1.3", 3),
        CancelChild(child_id="mine-1.3"),
    ]
    assert heard.to("orders") == [
        ReplaceRejected(order_id="mine-1", code="NOT_WORKING", text="nothing of it works now"),
        RouteEnded(order_id="mine-1", state=OrderState.CANCELLED, code="REQUESTED", text="leaves=1 at A"),
    ]


def test_a_paused_order_is_cancelled_without_a_venue(route: Live, make_order: Callable[..., Any]) -> None:
    heard = route(
        _route(make_order(terms=changed(OUO, parent_id="mine-9")), 4),
        _cancelled(code="GROUP"),
        CancelOrder(order_id="mine-1", strategy="mine"),
    )
    ended = heard.to("orders")
    assert [(said.state, said.code, said.text) for said in ended] == [
        (OrderState.CANCELLED, "REQUESTED", "leaves=10, nothing of it was live")
    ]


@pytest.mark.parametrize(("terms", "code"), [(WAITS, "SELF_TRADE"), (changed(OCO, parent_id="mine-9"), "GROUP")])
def test_what_a_venue_cancels_for_good_ends_an_order_that_grows(
    route: Live, make_order: Callable[..., Any], terms: OrderTerms, code: str
) -> None:
    heard = route(_route(make_order(terms=terms), 4), _cancelled(code=code))
    assert [said.code for said in heard.to("orders")] == [code]


def test_a_pause_that_came_too_late_is_nobodys_news(route: Live, make_order: Callable[..., Any]) -> None:
    late = ChildCancelRejected(child_id="mine-1.1", order_id="mine-1", venue="A", code="TOO_LATE_TO_CANCEL", time=0)
    heard = route(_route(make_order(terms=WAITS), 4), WorkOrder(order_id="mine-1", quantity=Decimal(0)), late)
    assert heard.to("orders") == []


# --- the broker ---------------------------------------------------------------------------------------------------


@pytest.fixture
def connect(play: Callable[..., Any]) -> Live:
    """Say messages to the broker, 1 ns apart."""

    def run(*messages: Any) -> Any:
        lines = [(at, "broker:A", said) for at, said in enumerate(messages)]
        return play({"broker:A": Broker("A")}, lines, neighbours=("venue:A", "orders", "router"))

    return run


def _passed_on(heard: Any) -> list[str]:
    return [report.fill.fill_id for report in heard.news(ChildFilled)]


def test_changes_pass_the_broker_both_ways(connect: Live, make_child: Callable[..., Any]) -> None:
    wish, done, refused = _change(9), _replaced(9, 9), _replace_rejected()
    heard = connect(SubmitChild(child=make_child()), wish, done, refused, _replaced(9, 9, "ghost.1"))
    assert heard.to("venue:A") == [SubmitChild(child=make_child()), wish]
    assert (heard.to("orders"), heard.to("router")) == ([done], [done, refused])


def test_every_fill_of_a_child_is_passed_on_once_whatever_came_between(
    connect: Live, make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fills = [
        _filled(make_fill(f"A-{n}", quantity=Decimal(q)), left) for n, q, left in ((1, 4, 6), (2, 5, 1), (3, 1, 0))
    ]
    one, two, three = fills
    heard = connect(SubmitChild(child=make_child()), one, two, one, two, three, one, three)
    assert _passed_on(heard) == ["A-1", "A-2", "A-3"]


def test_fills_that_come_in_another_order_or_after_the_end_are_true_all_the_same(
    connect: Live, make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    one, two = (_filled(make_fill(f"A-{n}", quantity=Decimal(5)), left) for n, left in ((1, 5), (2, 0)))
    late = _filled(make_fill("A-3", "mine-2", quantity=Decimal(3)), 7)
    heard = connect(
        SubmitChild(child=make_child()),
        SubmitChild(child=make_child("mine-2.1")),
        two,
        one,
        _cancelled("mine-2.1"),
        late,
        late,
        _filled(make_fill("A-9", "ghost"), 0),
    )
    assert _passed_on(heard) == ["A-2", "A-1", "A-3"]


def test_a_child_is_done_when_its_fills_say_so_after_changes_busts_and_corrections(
    connect: Live, make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    one, two, three = (make_fill(f"A-{n}", quantity=Decimal(q)) for n, q in ((1, 4), (2, 8), (3, 2)))
    corrected = _corrected(two, 6)
    heard = connect(
        SubmitChild(child=make_child()),
        _filled(one, 6),
        _replaced(12, 8),
        _busted(one),
        _filled(two, 4),
        corrected,
        _filled(three, 4),
        _corrected(three, 6),
        _cancelled(),  # too late: it is filled
    )
    assert _passed_on(heard) == ["A-1", "A-2", "A-3"]
    assert heard.to("router") == [_replaced(12, 8), _busted(one), corrected, _corrected(three, 6)]
    assert heard.to("orders") == heard.to("router")


def test_a_child_that_a_change_has_filled_is_done(
    connect: Live, make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    done = _replaced(4, 0)
    heard = connect(
        SubmitChild(child=make_child()), _filled(make_fill(quantity=Decimal(4)), 6), done, _cancelled(), done
    )
    assert heard.to("router") == [done]
