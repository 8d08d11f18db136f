"""How much is left to reduce, and what a smaller position leaves too large."""

from decimal import Decimal
from typing import Any

from tradepit.models.exits import Exits
from tradepit.models.orders import Contingency, Order, OrderKind, OrderTerms, Side

D = Decimal


def one(order_id: str, quantity: int, side: Side = Side.SELL, group: str | None = None, **changes: Any) -> Order:
    terms = OrderTerms(reduce_only=True, group=group, contingency=None if group is None else Contingency.OUO)
    given: dict[str, Any] = {
        "order_id": order_id, "strategy": "s", "symbol": "X", "side": side, "kind": OrderKind.STOP,
        "quantity": D(quantity), "created_at": 0, "stop_price": D(90), "terms": terms,
    }  # fmt: skip
    return Order(**{**given, **changes})


def exits(*orders: Order) -> Exits:
    book = Exits()
    for order in orders:
        book.add(order)
    return book


def room(book: Exits, reducible: int = 10, **asked: Any) -> int:
    given: dict[str, Any] = {"symbol": "X", "side": Side.SELL, "reducible": D(reducible), "group": None}
    return int(book.room(**{**given, **asked}))


def test_open_exits_of_the_same_side_and_symbol_take_room() -> None:
    book = exits(one("a", 3), one("b", 4), one("c", 9, Side.BUY), one("d", 9, symbol="Y"), one("e", 9, terms=None))
    assert room(book, 20) == 4
    assert room(book, 5) == 0
    assert room(book, 20, side=Side.BUY) == 11
    assert room(book, 20, besides="b") == 8


def test_of_a_group_the_largest_counts_and_its_own_members_not_at_all() -> None:
    book = exits(one("a", 6, group="g"), one("b", 4, group="g"), one("c", 1))
    assert room(book) == 3
    assert room(book, group="g") == 9
    assert room(book, group="h") == 3


def test_what_waits_for_another_order_takes_room_when_that_has_ended() -> None:
    book = exits()
    book.add(one("a", 10), "entry")
    assert room(book) == 10
    book.note("entry", D(4), D(6), ended=False)
    assert room(book) == 10
    book.note("entry", D(0), D(6), ended=True)  # cancelled with 6 filled
    assert room(book) == 4


def test_what_waited_for_an_order_that_ended_without_a_fill_is_gone() -> None:
    book = exits()
    book.add(one("a", 10), "entry")
    book.note("entry", D(0), D(0), ended=True)
    assert not book.open


def test_fills_ends_and_changes_are_followed() -> None:
    book = exits(one("a", 10))
    book.note("a", D(7), D(3), ended=False)
    assert room(book) == 3
    book.change(one("a", 5), D(2))
    assert room(book) == 8
    book.note("a", D(0), D(5), ended=True)
    assert not book.open
    book.note("b", D(0), D(5), ended=True)  # of another's order it needs to know nothing


def left(book: Exits, held: int) -> list[tuple[str, int]]:
    return [(exit_.order.order_id, int(stays)) for exit_, stays in book.too_large("X", D(held))]


def test_a_smaller_position_leaves_the_later_exits_too_large() -> None:
    book = exits(one("a", 6), one("b", 4), one("other", 9, symbol="Y"))
    assert left(book, 10) == []
    assert left(book, 8) == [("b", 2)]
    assert left(book, 5) == [("a", 5), ("b", 0)]
    assert left(book, 0) == [("a", 0), ("b", 0)]
    assert left(book, -10) == [("a", 0), ("b", 0)]  # turned round


def test_both_of_a_group_may_be_as_large_as_the_position() -> None:
    book = exits(one("stop", 10, group="g"), one("target", 10, group="g"), one("c", 1, Side.BUY))
    assert left(book, 10) == [("c", 0)]
    assert left(book, 4) == [("stop", 4), ("target", 4), ("c", 0)]


def test_what_still_waits_is_not_too_large() -> None:
    book = exits()
    book.add(one("a", 10), "entry")
    assert left(book, 0) == []


def test_a_fill_is_off_the_others_of_its_group_before_they_say_so() -> None:
    book = exits(one("stop", 10, group="g"), one("target", 10, group="g"), one("trail", 3))
    book.note("target", D(6), D(4), ended=False)
    assert left(book, 9) == []
    book.change(one("stop", 6, group="g"), D(6))  # the order manager's word has come
    assert left(book, 9) == []
    book.note("target", D(0), D(10), ended=True)
    assert left(book, 3) == []
    assert left(book, 2) == [("trail", 2)]


def test_a_change_that_was_refused_does_not_bring_back_what_a_group_has_taken() -> None:
    book = exits(one("stop", 10, group="g"), one("target", 10, group="g"))
    book.note("target", D(6), D(4), ended=False)
    book.change(one("stop", 10, group="g"), D(10))
    assert room(book) == 4


def test_the_first_fill_of_an_oco_group_leaves_nothing_of_the_others() -> None:
    either = OrderTerms(reduce_only=True, group="g", contingency=Contingency.OCO)
    book = exits(one("stop", 10, terms=either), one("target", 4, terms=either), one("c", 2))
    book.note("target", D(3), D(1), ended=False)
    assert left(book, 5) == []
    assert room(book) == 5


def test_what_a_group_has_taken_counts_when_the_parent_ends_short() -> None:
    book = exits()
    book.add(one("stop", 10, group="g"), "entry")
    book.add(one("target", 10, group="g"), "entry")
    book.note("entry", D(2), D(8), ended=False)
    book.note("target", D(7), D(3), ended=False)
    book.note("entry", D(0), D(8), ended=True)
    assert [(int(exit_.order.quantity), int(exit_.leaves)) for exit_ in book.open.values()] == [(8, 5), (8, 5)]


def test_what_waits_for_an_order_leaves_room_behind_it() -> None:
    book = exits(one("loose", 9))
    parent = one("entry", 10, Side.BUY, terms=None)
    assert book.room_behind(parent, None) == 10
    book.add(one("stop", 6, group="g"), "entry")
    book.add(one("target", 7, group="g"), "entry")
    book.add(one("alone", 2), "entry")
    book.add(one("behind another", 2), "else")
    assert [book.room_behind(parent, group) for group in (None, "g", "h")] == [1, 8, 1]
    book.add(one("more", 5), "entry")
    assert book.room_behind(parent, None) == 0
