"""Broker: one connection to one venue."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.broker import Broker
from tradepit.models.messages import (
    AdjustChild,
    CancelChild,
    ChildAccepted,
    ChildCancelled,
    ChildCancelRejected,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    ChildReplaced,
    ChildRestated,
    FillBusted,
    FillCorrected,
    ReplaceChild,
    SubmitChild,
)
from tradepit.models.order_adjustments import Adjustment
from tradepit.models.values import changed

NEIGHBOURS = ("venue:A", "orders", "router")


def _filled(fill: Any, leaves: int) -> ChildFilled:
    return ChildFilled(child_id=fill.child_id, order_id=fill.order_id, venue="A", leaves=Decimal(leaves), fill=fill)


@pytest.fixture
def converse(play: Callable[..., Any]) -> Callable[..., Any]:
    """Say messages to the broker one after another, 1 ns apart."""

    def run(*messages: Any) -> Any:
        lines = [(time, "broker:A", message) for time, message in enumerate(messages)]
        return play({"broker:A": Broker("A")}, lines, neighbours=NEIGHBOURS)

    return run


def test_commands_go_to_the_venue_in_their_order(converse: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    submit, cancel = SubmitChild(child=make_child()), CancelChild(child_id="mine-1.1")
    heard = converse(submit, cancel)
    assert heard.sent == {"venue:A": [(0, submit), (1, cancel)], "orders": [], "router": []}


def test_a_child_that_was_sent_is_not_sent_again(converse: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    first, other = SubmitChild(child=make_child()), SubmitChild(child=make_child("mine-2.1"))
    assert converse(first, first, other).to("venue:A") == [first, other]


def test_an_acceptance_goes_to_the_order_manager(converse: Callable[..., Any]) -> None:
    report = ChildAccepted(child_id="mine-1.1", order_id="mine-1", venue="A", time=0)
    assert converse(report).sent == {"venue:A": [], "orders": [(0, report)], "router": []}


def test_a_fill_is_published_once_however_often_the_venue_reports_it(
    converse: Callable[..., Any], make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    part = _filled(make_fill("A-1", quantity=Decimal(4)), 6)
    rest = _filled(make_fill("A-2", quantity=Decimal(6)), 0)
    heard = converse(SubmitChild(child=make_child()), part, part, rest, rest)
    assert heard.published == [(1, part), (3, rest)]
    assert heard.to("orders") == heard.to("router") == []


def test_a_fill_of_a_child_that_was_never_sent_is_dropped(
    converse: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    assert converse(_filled(make_fill(), 0)).published == []


def test_the_fill_that_another_broker_publishes_is_none_of_its_business(
    play: Callable[..., Any], make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = _filled(make_fill(quantity=Decimal(4)), 6)
    lines = [(0, "broker:A", SubmitChild(child=make_child())), (1, "", fill)]
    assert play({"broker:A": Broker("A")}, lines, neighbours=NEIGHBOURS).published == [(1, fill)]


ENDS = [
    ChildRejected(child_id="mine-1.1", order_id="mine-1", venue="A", code="C", text="t", time=1),
    ChildCancelled(child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(1), code="REQUESTED", time=1),
    ChildExpired(child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(1), time=1),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_the_end_of_a_child_goes_to_the_router_once(
    converse: Callable[..., Any], make_child: Callable[..., Any], end: Any
) -> None:
    heard = converse(SubmitChild(child=make_child()), end, end)
    assert heard.sent["router"] == [(1, end)]
    assert heard.to("orders") == []


@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_the_end_of_a_child_that_is_not_live_is_dropped(converse: Callable[..., Any], end: Any) -> None:
    assert converse(end).to("router") == []


def test_the_refusal_of_a_cancel_goes_to_the_router(converse: Callable[..., Any]) -> None:
    refused = ChildCancelRejected(child_id="mine-1.1", order_id="mine-1", venue="A", code="TOO_LATE_TO_CANCEL", time=1)
    assert converse(refused).to("router") == [refused]


def test_a_copy_of_a_child_is_not_sent_after_its_end_and_its_refusal_ends_nothing(
    converse: Callable[..., Any], make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    submit, other = SubmitChild(child=make_child()), SubmitChild(child=make_child("mine-2.1"))
    copied = ChildRejected(
        child_id="mine-2.1", order_id="mine-2", venue="A", code="DUPLICATE_ORDER_ID", text="rests already", time=1
    )
    ended = ChildCancelled(
        child_id="mine-2.1", order_id="mine-2", venue="A", leaves=Decimal(10), code="REQUESTED", time=1
    )
    heard = converse(submit, _filled(make_fill(), 0), submit, other, copied, ended, other)
    assert heard.to("venue:A") == [submit, other]
    assert heard.to("router") == [ended]


def test_what_is_said_of_a_fill_is_passed_on_once_and_never_before_the_fill(
    converse: Callable[..., Any], make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    part = make_fill("A-1", quantity=Decimal(4))
    other = make_fill("A-2", quantity=Decimal(3))
    corrected = FillCorrected(
        order_id=part.order_id, before=part, fill=changed(part, quantity=Decimal(2)), reason="typo", time=1
    )
    busted = FillBusted(order_id=other.order_id, fill=other, reason="typo", time=1)
    submit = SubmitChild(child=make_child())
    heard = converse(submit, corrected, _filled(part, 6), corrected, _filled(other, 3), busted, busted)
    assert heard.published == [(2, _filled(part, 6)), (4, _filled(other, 3))]
    assert heard.sent["orders"] == heard.sent["router"] == [(2, corrected), (5, busted)]


def test_a_fill_that_overtakes_the_growth_of_its_child_waits_for_it(
    converse: Callable[..., Any], make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fill = _filled(make_fill(quantity=Decimal(15)), 0)
    grown = ChildReplaced(
        child_id="mine-1.1",
        order_id="mine-1",
        venue="A",
        quantity=Decimal(15),
        limit_price=None,
        stop_price=None,
        leaves=Decimal(15),
        time=1,
    )
    heard = converse(SubmitChild(child=make_child()), fill, fill, grown, fill)
    assert heard.sent["orders"] == heard.sent["router"] == [(3, grown)]
    assert heard.published == [(3, fill)]


ENDS = [
    # what was asked, what the venue then reports of a child of 10, and what the broker says of its quantity
    ("final fill", Decimal(15), [15], []),
    ("cancel", Decimal(20), [12], [8]),
    ("cancel", None, [12], [8]),
]


@pytest.mark.parametrize(("end", "asked", "fills", "rest"), ENDS)
def test_a_fill_whose_growth_was_never_told_is_booked_when_its_child_ends(
    converse: Callable[..., Any],
    make_child: Callable[..., Any],
    make_fill: Callable[..., Any],
    end: str,
    asked: Decimal | None,
    fills: list[int],
    rest: list[int],
) -> None:
    """The change was accepted, or there would be no such fill; only the news of it was lost."""
    reports: list[Any] = [SubmitChild(child=make_child())]
    if asked is not None:
        reports.append(ReplaceChild(child_id="mine-1.1", quantity=asked, limit_price=Decimal(9), stop_price=None))
    left = sum(rest)
    filled = [_filled(make_fill(f"A-{n}", quantity=Decimal(size)), left) for n, size in enumerate(fills)]
    reports += filled
    cancelled = ChildCancelled(
        child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(left), code="REQUESTED", time=9
    )
    if end == "cancel":
        reports.append(cancelled)
    heard = converse(*reports)
    at = len(reports) - 1
    total = Decimal(sum(fills) + left)
    grown = ChildReplaced(
        child_id="mine-1.1",
        order_id="mine-1",
        venue="A",
        quantity=total,
        leaves=total,
        limit_price=None if asked is None else Decimal(9),
        stop_price=None,
        time=at,
    )
    assert heard.to("orders") == [grown]
    assert heard.to("router") == [grown, *([cancelled] if end == "cancel" else [])]
    assert heard.published == [(at, fill) for fill in filled]


def _restated(leaves: int = 12, new_id: str = "mine-1.2") -> ChildRestated:
    return ChildRestated(
        child_id="mine-1.1",
        new_id=new_id,
        order_id="mine-1",
        venue="A",
        adjustment=Adjustment(new=Decimal(2)),
        open_before=Decimal(6),
        leaves=Decimal(leaves),
        limit_price=None,
        stop_price=None,
        time=1,
    )


def test_a_child_that_is_restated_goes_on_under_its_new_id(
    converse: Callable[..., Any], make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    """News under the new id that are ahead of it wait, a fill of the old one is passed on whenever it comes."""
    old = _filled(make_fill("A-1", quantity=Decimal(4)), 6)
    late = _filled(make_fill("A-2", quantity=Decimal(1)), 5)
    new = _filled(make_fill("A-3", quantity=Decimal(2), child_id="mine-1.2"), 10)
    adjust = AdjustChild(child_id="mine-1.1", new_id="mine-1.2", adjustment=Adjustment(new=Decimal(2)))
    over = ChildCancelled(child_id="mine-1.2", order_id="mine-1", venue="A", leaves=Decimal(10), code="X", time=2)
    heard = converse(
        SubmitChild(child=make_child()), old, adjust, new, new, over, _restated(), _restated(), late, late, new
    )
    assert heard.to("venue:A") == [SubmitChild(child=make_child()), adjust]
    assert heard.to("orders") == [_restated()]
    assert heard.to("router") == [_restated(), over]
    assert heard.published == [(1, old), (6, new), (8, late)]


def test_an_id_that_was_not_taken_is_free_for_the_next_child(
    converse: Callable[..., Any], make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    adjust = AdjustChild(child_id="mine-1.1", new_id="mine-1.2", adjustment=Adjustment(new=Decimal(2)))
    next_one = SubmitChild(child=make_child("mine-1.2"))
    fill = _filled(make_fill("A-1", quantity=Decimal(10), child_id="mine-1.2"), 0)
    heard = converse(adjust, next_one, fill, adjust)
    assert heard.to("venue:A") == [adjust, next_one]  # one that comes after the child of that id is too late
    assert heard.published == [(2, fill)]
