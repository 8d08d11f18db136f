"""Replacements, busts and corrections at the broker."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.broker import Broker
from tradepit.models.messages import (
    ChildFilled,
    SubmitChild,
)

Live = Callable[..., Any]


def _passed_on(heard: Any) -> list[str]:
    return [report.fill.fill_id for report in heard.news(ChildFilled)]


@pytest.fixture
def connect(play: Callable[..., Any]) -> Live:
    """Say messages to the broker, 1 ns apart."""

    def run(*messages: Any) -> Any:
        lines = [(at, "broker:A", said) for at, said in enumerate(messages)]
        return play({"broker:A": Broker("A")}, lines, neighbours=("venue:A", "orders", "router"))

    return run


def test_changes_pass_the_broker_both_ways(say: Any, connect: Live, make_child: Callable[..., Any]) -> None:
    wish, done, refused = say.change(9), say.replaced(9, 9), say.replace_rejected()
    heard = connect(SubmitChild(child=make_child()), wish, done, refused, say.replaced(9, 9, "ghost.1"))
    assert heard.to("venue:A") == [SubmitChild(child=make_child()), wish]
    assert (heard.to("orders"), heard.to("router")) == ([done], [done, refused])


def test_every_fill_of_a_child_is_passed_on_once_whatever_came_between(
    say: Any, connect: Live, make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    fills = [
        say.filled(make_fill(f"A-{n}", quantity=Decimal(q)), left) for n, q, left in ((1, 4, 6), (2, 5, 1), (3, 1, 0))
    ]
    one, two, three = fills
    heard = connect(SubmitChild(child=make_child()), one, two, one, two, three, one, three)
    assert _passed_on(heard) == ["A-1", "A-2", "A-3"]


def test_fills_that_come_in_another_order_or_after_the_end_are_true_all_the_same(
    say: Any, connect: Live, make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    one, two = (say.filled(make_fill(f"A-{n}", quantity=Decimal(5)), left) for n, left in ((1, 5), (2, 0)))
    late = say.filled(make_fill("A-3", "mine-2", quantity=Decimal(3)), 7)
    heard = connect(
        SubmitChild(child=make_child()),
        SubmitChild(child=make_child("mine-2.1")),
        two,
        one,
        say.cancelled("mine-2.1"),
        late,
        late,
        say.filled(make_fill("A-9", "ghost"), 0),
    )
    assert _passed_on(heard) == ["A-2", "A-1", "A-3"]


def test_a_child_is_done_when_its_fills_say_so_after_changes_busts_and_corrections(
    say: Any, connect: Live, make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    one, two, three = (make_fill(f"A-{n}", quantity=Decimal(q)) for n, q in ((1, 4), (2, 8), (3, 2)))
    corrected = say.corrected(two, 6)
    heard = connect(
        SubmitChild(child=make_child()),
        say.filled(one, 6),
        say.replaced(12, 8),
        say.busted(one),
        say.filled(two, 4),
        corrected,
        say.filled(three, 4),
        say.corrected(three, 6),
        say.cancelled(),  # too late: it is filled
    )
    assert _passed_on(heard) == ["A-1", "A-2", "A-3"]
    assert heard.to("router") == [say.replaced(12, 8), say.busted(one), corrected, say.corrected(three, 6)]
    assert heard.to("orders") == heard.to("router")


def test_a_child_that_a_change_has_filled_is_done(
    say: Any, connect: Live, make_child: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    done = say.replaced(4, 0)
    heard = connect(
        SubmitChild(child=make_child()), say.filled(make_fill(quantity=Decimal(4)), 6), done, say.cancelled(), done
    )
    assert heard.to("router") == [done]
