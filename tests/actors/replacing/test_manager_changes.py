"""Replacements, busts and corrections at the order manager."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.kernel import ActorFailed
from tradepit.models.messages import (
    CancelOrder,
    OrderClosed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderReplaceRejected,
    ReleaseOrder,
    ReplaceOfUnknownOrder,
    ReplaceRejected,
    SubmitOrder,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import OrderKind
from tradepit.models.values import changed

Live = Callable[..., Any]


def test_a_change_goes_the_way_of_a_cancel_and_holds_when_the_venue_says_so(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    order = make_order(kind=OrderKind.LIMIT, limit_price=Decimal(100))
    wish = say.replace(quantity=Decimal(8), limit_price=Decimal(101))
    one, two = make_fill("A-1", quantity=Decimal(4)), make_fill("A-2", quantity=Decimal(4), price=Decimal(101))
    heard = live(
        SubmitOrder(order=order),
        say.accepted(),
        wish,
        say.filled(one, 6),
        say.replaced(8, 4, limit_price=Decimal(101)),
        say.filled(two, 0),
    )
    assert heard.to("breaker") == [ReleaseOrder(order=order, expires_at=None), wish]
    assert say.told(heard) == [
        "Accepted 1 WORKING 0/10 leaves 10",
        "Filled 1 PENDING_REPLACE 4/10 leaves 6",
        "Replaced 1 PARTIALLY_FILLED 4/8 leaves 4",
        "Filled 1 FILLED 8/8 leaves 0",
    ]
    (closed,) = heard.news(OrderClosed)
    assert (closed.order.quantity, closed.order.limit_price) == (Decimal(8), Decimal(101))


def test_a_change_to_what_is_filled_or_less_ends_the_order_as_filled(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = live(
        SubmitOrder(order=make_order()),
        say.accepted(),
        say.filled(make_fill(quantity=Decimal(7)), 3),
        say.replace(quantity=Decimal(5)),
        say.replaced(7, 0),
    )
    assert say.told(heard)[-1] == "Replaced 1 FILLED 7/7 leaves 0"
    assert [closed.state for closed in heard.news(OrderClosed)] == [OrderState.FILLED]


@pytest.mark.parametrize(
    ("before", "wish", "code"),
    [
        (lambda _: [], {}, "NOTHING_TO_REPLACE"),
        (lambda _: [], {"quantity": Decimal("0.5")}, "OFF_LOT"),
        (lambda _: [], {"quantity": Decimal(0)}, "QUANTITY_NOT_POSITIVE"),
        (lambda _: [], {"limit_price": Decimal(5)}, "LIMIT_PRICE_UNEXPECTED"),
        (lambda say: [say.replace(quantity=Decimal(9))], {"quantity": Decimal(8)}, "ALREADY_PENDING"),
        (lambda _: [CancelOrder(order_id="mine-1", strategy="mine")], {"quantity": Decimal(8)}, "ALREADY_PENDING"),
    ],
)
def test_a_change_that_cannot_be_is_refused_at_once(
    say: Any, live: Live, make_order: Callable[..., Any], before: Callable[[Any], Any], wish: dict[str, Any], code: str
) -> None:
    heard = live(SubmitOrder(order=make_order()), say.accepted(), *before(say), say.replace(**wish))
    assert [event.code for event in heard.news(OrderReplaceRejected)] == [code]
    assert heard.to("breaker")[1:] == before(say)


def test_a_change_that_the_venue_refuses_leaves_the_order_as_it_was(
    say: Any, live: Live, make_order: Callable[..., Any]
) -> None:
    refused = ReplaceRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="A said so")
    heard = live(SubmitOrder(order=make_order()), say.accepted(), say.replace(quantity=Decimal(9)), refused, refused)
    assert say.told(heard)[1:] == ["ReplaceRejected 1 WORKING 0/10 leaves 10 TOO_LATE_TO_CANCEL"]


def test_a_change_of_what_is_done_or_unknown_is_refused(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = live(
        SubmitOrder(order=make_order()),
        say.filled(make_fill(), 0),
        say.replace(quantity=Decimal(20)),
        say.replace("ghost", quantity=Decimal(20)),
        say.replaced(20, 10),
    )
    assert say.told(heard)[1:] == ["ReplaceRejected 1 FILLED 10/10 leaves 0 TOO_LATE_TO_CANCEL"]
    assert heard.news(ReplaceOfUnknownOrder) == [
        ReplaceOfUnknownOrder(
            order_id="ghost",
            strategy="mine",
            code="UNKNOWN_ORDER",
            text="no order ghost among the open ones and the last 1000 done",
        )
    ]


def test_a_cancel_may_follow_a_change_that_is_unanswered(say: Any, live: Live, make_order: Callable[..., Any]) -> None:
    cancel = CancelOrder(order_id="mine-1", strategy="mine")
    heard = live(
        SubmitOrder(order=make_order()),
        say.accepted(),
        say.replace(quantity=Decimal(9)),
        cancel,
        say.replaced(9, 9),
        say.ended(),
    )
    assert heard.to("breaker")[-1] == cancel
    assert say.told(heard)[1:] == [
        "Replaced 1 PENDING_CANCEL 0/9 leaves 9",
        "Cancelled 1 CANCELLED 0/9 leaves 0 REQUESTED",
    ]


def test_a_bust_of_an_order_that_works_opens_it_further(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = make_fill(quantity=Decimal(4))
    heard = live(
        SubmitOrder(order=make_order()), say.filled(fill, 6), say.busted(fill), say.filled(make_fill("A-2"), 0)
    )
    assert say.told(heard) == [
        "Filled 1 PARTIALLY_FILLED 4/10 leaves 6",
        "FillBusted 1 WORKING 0/10 leaves 10",
        "Filled 1 FILLED 10/10 leaves 0",
    ]
    (busted,) = heard.news(OrderFillBusted)
    assert (busted.fill, busted.reason) == (fill, "erroneous")


def test_a_bust_of_an_order_that_is_done_leaves_it_done(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = make_fill()
    heard = live(SubmitOrder(order=make_order()), say.filled(fill, 0), say.busted(fill))
    assert say.told(heard)[1:] == ["FillBusted 1 CANCELLED 0/10 leaves 0"]
    assert len(heard.news(OrderClosed)) == 1


def test_a_correction_may_open_an_order_further_or_complete_it(
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = make_fill(quantity=Decimal(4))
    lower, whole = say.corrected(fill, 2), say.corrected(changed(fill, quantity=Decimal(2)), 10, "99")
    heard = live(
        SubmitOrder(order=make_order()), say.filled(fill, 6), lower, whole, say.corrected(whole.fill, 10, "98")
    )
    assert say.told(heard) == [
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
    say: Any, live: Live, make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    first, second = make_order(), make_order("mine-2")
    fills = [make_fill(), make_fill("A-2", "mine-2")]
    with pytest.raises(ActorFailed, match=r"one of the last 1 done, was of mine-1; raise orders.history"):
        live(
            SubmitOrder(order=first),
            SubmitOrder(order=second),
            *(say.filled(fill, 0) for fill in fills),
            say.busted(fills[0]),
            history=1,
        )
