"""Groups of orders at the order manager: held, cut and cancelled with one another."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.messages import (
    CancelOrder,
    CancelWorkingOrders,
    ReleaseOrder,
    SubmitOrder,
    WorkOrder,
)
from tradepit.models.orders import Contingency, OrderKind, OrderTerms, TimeInForce

Live = Callable[..., Any]
WAITS = OrderTerms(parent_id="mine-1")
OCO = OrderTerms(group="g", contingency=Contingency.OCO)
OUO = OrderTerms(group="g", contingency=Contingency.OUO)


def test_an_order_waits_for_its_parent_and_works_for_what_that_has_filled(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    child = make_order("mine-2", terms=WAITS, time_in_force=TimeInForce.DAY)
    heard = live(
        SubmitOrder(order=make_order()),
        SubmitOrder(order=child),
        say.filled(make_fill("A-1", quantity=Decimal(4)), 6),
        say.filled(make_fill("A-2", quantity=Decimal(5)), 1),
        say.filled(make_fill("A-3", quantity=Decimal(1)), 0),
    )
    assert heard.to("breaker")[1:] == [ReleaseOrder(order=child, expires_at=1030, works=Decimal(4))]
    assert heard.to("router") == [
        WorkOrder(order_id="mine-2", quantity=Decimal(9)),
        say.replace("mine-2", quantity=Decimal(10), for_group=True),
    ]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (lambda _: CancelOrder(order_id="mine-2", strategy="mine"), "Cancelled 2 CANCELLED 0/10 leaves 0 REQUESTED"),
        (lambda say: say.ended(), "Cancelled 2 CANCELLED 0/10 leaves 0 PARENT_ENDED"),
        (lambda say: say.replace("mine-2", quantity=Decimal(6)), "Replaced 2 VALIDATED 0/6 leaves 6"),
    ],
)
def test_an_order_that_is_held_is_cancelled_or_changed_here_and_now(
    say: Any, live: Live, make_order: Callable[..., Any], message: Callable[[Any], Any], told: str
) -> None:
    heard = live(SubmitOrder(order=make_order()), SubmitOrder(order=make_order("mine-2", terms=WAITS)), message(say))
    assert told in say.told(heard)
    assert [type(said) for said in heard.to("breaker")] == [ReleaseOrder]
    assert heard.to("router") == []


def test_at_the_end_what_is_held_ends_too(say: Any, live: Live, make_order: Callable[..., Any]) -> None:
    orders = [make_order(), make_order("mine-2", terms=WAITS)]
    heard = live(*(SubmitOrder(order=order) for order in orders), closing=[CancelWorkingOrders()])
    assert say.told(heard) == ["Cancelled 2 CANCELLED 0/10 leaves 0 END_OF_RUN"]
    assert heard.to("router") == [CancelOrder(order_id="mine-1", strategy="mine")]


def test_an_order_that_is_held_can_grow_too_old(say: Any, live: Live, make_order: Callable[..., Any]) -> None:
    orders = [make_order(), make_order("mine-2", terms=WAITS)]
    heard = live(*(SubmitOrder(order=order) for order in orders), max_order_age_ns=500)
    assert say.told(heard) == ["Cancelled 2 CANCELLED 0/10 leaves 0 MAX_ORDER_AGE"]


def test_an_order_whose_parent_nobody_knows_is_refused(say: Any, live: Live, make_order: Callable[..., Any]) -> None:
    heard = live(SubmitOrder(order=make_order("mine-2", terms=WAITS)))
    assert say.told(heard) == ["Rejected 2 REJECTED 0/10 leaves 0 UNKNOWN_PARENT"]


def test_the_quantity_of_an_order_that_follows_its_parent_is_not_changed_by_hand(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    child = make_order("mine-2", terms=WAITS, kind=OrderKind.LIMIT, limit_price=Decimal(100))
    moved = say.replace("mine-2", limit_price=Decimal(101))
    heard = live(
        SubmitOrder(order=make_order()),
        SubmitOrder(order=child),
        say.filled(make_fill("A-1", quantity=Decimal(4)), 6),
        say.accepted("mine-2"),
        say.replace("mine-2", quantity=Decimal(3)),
        moved,
        say.replaced(4, 4, "mine-2.1", limit_price=Decimal(101)),
    )
    assert say.told(heard)[-2:] == [
        "ReplaceRejected 2 WORKING 0/10 leaves 10 FOLLOWS_PARENT",
        "Replaced 2 WORKING 0/10 leaves 10",
    ]
    assert heard.to("breaker")[-1] == moved


def test_once_the_parent_is_filled_its_child_is_cut_like_any_other_order(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    child = make_order("mine-2", terms=WAITS, kind=OrderKind.LIMIT, limit_price=Decimal(100))
    cut = say.replace("mine-2", quantity=Decimal(6))
    heard = live(
        SubmitOrder(order=make_order()),
        SubmitOrder(order=child),
        say.filled(make_fill("A-1", quantity=Decimal(10)), 0),
        say.accepted("mine-2"),
        cut,
        say.replaced(6, 6, "mine-2.1"),
    )
    assert say.told(heard)[-1] == "Replaced 2 WORKING 0/6 leaves 6"
    assert heard.to("breaker")[-1] == cut


def test_the_first_fill_of_one_cancels_the_other_past_the_breaker(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = live(
        *(SubmitOrder(order=make_order(name, terms=OCO)) for name in ("mine-1", "mine-2")),
        say.accepted("mine-1"),
        say.accepted("mine-2"),
        say.filled(make_fill("A-1", quantity=Decimal(1)), 9),
        say.ended("mine-2"),
    )
    assert heard.to("router") == [CancelOrder(order_id="mine-2", strategy="mine")]
    assert say.told(heard)[-1] == "Cancelled 2 CANCELLED 0/10 leaves 0 GROUP"


def test_a_fill_of_one_takes_its_quantity_off_the_other(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = live(
        *(SubmitOrder(order=make_order(name, terms=OUO)) for name in ("mine-1", "mine-2")),
        say.accepted("mine-1"),
        say.accepted("mine-2"),
        say.filled(make_fill("A-1", quantity=Decimal(3)), 7),
        say.replaced(7, 7, "mine-2.1", for_group=True),
        say.replaced(7, 7, "mine-2.1", for_group=True),
        say.filled(make_fill("A-2", quantity=Decimal(7)), 0),
        say.ended("mine-2", "GROUP"),
    )
    assert heard.to("router") == [
        say.replace("mine-2", quantity=Decimal(7), for_group=True),
        CancelOrder(order_id="mine-2", strategy="mine"),
    ]
    assert say.told(heard)[2:] == [
        "Filled 1 PARTIALLY_FILLED 3/10 leaves 7",
        "Replaced 2 WORKING 0/7 leaves 7",
        "Filled 1 FILLED 10/10 leaves 0",
        "Cancelled 2 CANCELLED 0/7 leaves 0 GROUP",
    ]
