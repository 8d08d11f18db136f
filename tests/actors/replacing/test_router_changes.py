"""Replacements, busts and corrections at the router."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.router import RouterSettings, SmartOrderRouter
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    CancelChild,
    CancelOrder,
    CancelRejected,
    ChildCancelRejected,
    ChildFilled,
    ChildRejected,
    ReplaceRejected,
    RouteEnded,
    RouteOrder,
    SubmitChild,
    WorkOrder,
)
from tradepit.models.net_price import VenueCosts
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Contingency, OrderTerms
from tradepit.models.values import changed

Live = Callable[..., Any]
FOR_GROUP: dict[str, Any] = {"for_group": True}
WAITS = OrderTerms(parent_id="mine-1")
OCO = OrderTerms(group="g", contingency=Contingency.OCO)
OUO = OrderTerms(group="g", contingency=Contingency.OUO)


def _rejected(child_id: str = "mine-1.1") -> ChildRejected:
    return ChildRejected(
        child_id=child_id, order_id=child_id.rpartition(".")[0], venue="A", code="SHUT", text="shut", time=0
    )


def _route(order: Any, works: int | None = None) -> RouteOrder:
    return RouteOrder(order=order, expires_at=None, works=None if works is None else Decimal(works))


def _sent(heard: Any, broker: str) -> list[Any]:
    """Return what a broker was sent: child orders as id and quantity, the rest as it is."""
    return [
        (said.child.child_id, int(said.child.quantity)) if isinstance(said, SubmitChild) else said
        for said in heard.to(broker)
    ]


@pytest.fixture
def route(play: Callable[..., Any]) -> Live:
    """Say messages to the router, 1 ns apart; what is not for it is published."""

    def run(*messages: Any, venues: tuple[str, ...] = ("A", "B")) -> Any:
        settings = RouterSettings(
            venues={"X": venues},
            costs={name: VenueCosts(venue=name) for name in venues},
            instruments={"X": Instrument(symbol="X")},
            by_net_price=False,
        )
        lines = [(at, "" if isinstance(said, ChildFilled) else "router", said) for at, said in enumerate(messages)]
        neighbours = ("orders", "broker:A", "broker:B")
        return play({"router": SmartOrderRouter(settings)}, lines, neighbours=neighbours)

    return run


def test_a_change_goes_to_the_live_child_without_what_was_filled_before_it(
    say: Any, route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = route(
        _route(make_order()),
        say.filled(make_fill("A-1", quantity=Decimal(4)), 6),
        _rejected(),
        say.replace(quantity=Decimal(9), limit_price=Decimal(5)),
        say.replaced(5, 5, "mine-1.2", limit_price=Decimal(5)),
        say.filled(make_fill("B-1", child_id="mine-1.2", quantity=Decimal(5)), 0),
        CancelOrder(order_id="mine-1", strategy="mine"),
    )
    assert _sent(heard, "broker:A") == [("mine-1.1", 10)]
    assert _sent(heard, "broker:B") == [("mine-1.2", 6), say.change(5, "mine-1.2", limit_price=Decimal(5))]
    assert heard.to("orders") == [
        CancelRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="nothing of it is live")
    ]


def test_a_change_that_missed_a_refused_child_follows_the_order_to_the_next_venue(
    say: Any, route: Live, make_order: Callable[..., Any]
) -> None:
    heard = route(
        _route(make_order()),
        say.replace(quantity=Decimal(8)),
        _rejected(),
        say.replace_rejected(code="TOO_LATE_TO_CANCEL"),
        say.replace_rejected(code="TOO_LATE_TO_CANCEL", order_id=""),
        say.replaced(8, 8),
        say.replaced(8, 8, "mine-1.2"),
        say.replace_rejected(code="TOO_LATE_TO_CANCEL"),
    )
    assert _sent(heard, "broker:A") == [("mine-1.1", 10), say.change(8)]
    assert _sent(heard, "broker:B") == [("mine-1.2", 10), say.change(8, "mine-1.2"), say.change(8, "mine-1.2")]
    assert heard.to("orders") == []


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (lambda say: say.replace_rejected(), [ReplaceRejected(order_id="mine-1", code="NO", text="A: why")]),
        (
            lambda say: say.replace_rejected("ghost.1", order_id=""),
            [ReplaceRejected(order_id="ghost", code="NO", text="A: why")],
        ),
        (lambda say: say.replace_rejected(for_group=True), []),
    ],
)
def test_the_refusal_of_a_change_is_passed_on_unless_a_group_demanded_it(
    say: Any, route: Live, make_order: Callable[..., Any], report: Callable[[Any], Any], said: list[Any]
) -> None:
    assert route(_route(make_order()), report(say)).to("orders") == said


def test_a_change_of_what_is_not_live_is_refused(say: Any, route: Live) -> None:
    assert route(say.replace("ghost", quantity=Decimal(1))).to("orders") == [
        ReplaceRejected(order_id="ghost", code="TOO_LATE_TO_CANCEL", text="nothing of it is live")
    ]


def test_an_order_that_a_change_has_filled_is_done(
    say: Any, route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = route(
        _route(make_order()),
        say.filled(make_fill(quantity=Decimal(4)), 6),
        say.replaced(4, 0),
        say.replace(quantity=Decimal(9)),
    )
    assert [said.code for said in heard.to("orders")] == ["TOO_LATE_TO_CANCEL"]


def test_what_is_taken_back_or_corrected_counts_as_open_again(
    say: Any, route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    one, two = make_fill("A-1", quantity=Decimal(4)), make_fill("A-2", quantity=Decimal(3))
    heard = route(
        _route(make_order()),
        say.filled(one, 6),
        say.filled(two, 3),
        say.busted(one),
        say.corrected(two, 1),
        _rejected(),
        say.busted(make_fill("Z-1", "ghost")),
        say.corrected(make_fill("Z-1", "ghost"), 1),
        say.filled(make_fill("Z-1", "ghost"), 1),
    )
    assert _sent(heard, "broker:B") == [("mine-1.2", 9)]


def test_a_correction_may_complete_an_order(
    say: Any, route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = make_fill("A-1", quantity=Decimal(4))
    heard = route(_route(make_order()), say.filled(fill, 6), say.corrected(fill, 10), say.replace(quantity=Decimal(3)))
    assert [said.code for said in heard.to("orders")] == ["TOO_LATE_TO_CANCEL"]


def test_an_order_that_grows_works_for_what_it_is_told(
    say: Any, route: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    work = [WorkOrder(order_id="mine-1", quantity=Decimal(quantity)) for quantity in (6, 9, 9)]
    heard = route(
        _route(make_order(terms=WAITS), 4),
        work[0],  # the child works for more
        say.replaced(6, 6, for_group=True),
        say.filled(make_fill("A-1", quantity=Decimal(6)), 0),
        work[1],  # it has filled all of that, so another is sent
        say.filled(make_fill("A-2", child_id="mine-1.2", quantity=Decimal(3)), 0),
        work[2],  # no news
        say.replace(quantity=Decimal(10), for_group=True),  # the last word
        say.filled(make_fill("A-3", child_id="mine-1.3", quantity=Decimal(1)), 0),
        say.replace(quantity=Decimal(11)),
        WorkOrder(order_id="ghost", quantity=Decimal(1)),
    )
    assert _sent(heard, "broker:A") == [("mine-1.1", 4), say.change(6, **FOR_GROUP), ("mine-1.2", 3), ("mine-1.3", 1)]
    assert [said.code for said in heard.to("orders")] == ["TOO_LATE_TO_CANCEL"]


def test_an_order_that_is_to_work_for_nothing_more_pauses_and_can_go_on(
    say: Any, route: Live, make_order: Callable[..., Any]
) -> None:
    work = [WorkOrder(order_id="mine-1", quantity=Decimal(quantity)) for quantity in (0, 3)]
    heard = route(
        _route(make_order(terms=WAITS), 4),
        work[0],
        say.cancelled(),
        say.replace(limit_price=Decimal(5)),
        work[1],
        work[0],
        work[1],
        say.cancelled("mine-1.2"),
        CancelOrder(order_id="mine-1", strategy="mine"),
        say.cancelled("mine-1.3"),
    )
    assert _sent(heard, "broker:A") == [
        ("mine-1.1", 4),
        CancelChild(child_id="mine-1.1"),
        ("mine-1.2", 3),
        CancelChild(child_id="mine-1.2"),
        say.change(3, "mine-1.2", **FOR_GROUP),
        ("mine-1.3", 3),
        CancelChild(child_id="mine-1.3"),
    ]
    assert heard.to("orders") == [
        ReplaceRejected(order_id="mine-1", code="NOT_WORKING", text="nothing of it works now"),
        RouteEnded(order_id="mine-1", state=OrderState.CANCELLED, code="REQUESTED", text="leaves=1 at A"),
    ]


def test_a_paused_order_is_cancelled_without_a_venue(say: Any, route: Live, make_order: Callable[..., Any]) -> None:
    heard = route(
        _route(make_order(terms=changed(OUO, parent_id="mine-9")), 4),
        say.cancelled(code="GROUP"),
        CancelOrder(order_id="mine-1", strategy="mine"),
    )
    ended = heard.to("orders")
    assert [(said.state, said.code, said.text) for said in ended] == [
        (OrderState.CANCELLED, "REQUESTED", "leaves=10, nothing of it was live")
    ]


@pytest.mark.parametrize(("terms", "code"), [(WAITS, "SELF_TRADE"), (changed(OCO, parent_id="mine-9"), "GROUP")])
def test_what_a_venue_cancels_for_good_ends_an_order_that_grows(
    say: Any, route: Live, make_order: Callable[..., Any], terms: OrderTerms, code: str
) -> None:
    heard = route(_route(make_order(terms=terms), 4), say.cancelled(code=code))
    assert [said.code for said in heard.to("orders")] == [code]


def test_a_pause_that_came_too_late_is_nobodys_news(route: Live, make_order: Callable[..., Any]) -> None:
    late = ChildCancelRejected(child_id="mine-1.1", order_id="mine-1", venue="A", code="TOO_LATE_TO_CANCEL", time=0)
    heard = route(_route(make_order(terms=WAITS), 4), WorkOrder(order_id="mine-1", quantity=Decimal(0)), late)
    assert heard.to("orders") == []
