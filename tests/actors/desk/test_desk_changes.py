"""The portfolio's desk: changes of orders that work."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.limits import Limits
from tradepit.models.messages import (
    Direction,
    OrderFilled,
)
from tradepit.models.orders import OrderKind, OrderTerms

D = Decimal
LONG, SHORT, FLAT = Direction.LONG, Direction.SHORT, Direction.FLAT
REDUCE = OrderTerms(reduce_only=True)
BID: dict[str, Any] = {"kind": OrderKind.LIMIT, "limit_price": D(90)}


@pytest.mark.parametrize(
    ("said", "tied_up", "expected"),
    [
        (lambda say: [say.change("o", 500)], 90_000, ["o to 500 None None"]),  # smaller: only when it is true
        (lambda say: [say.change("o", 500), say.replaced("o", 500, limit=90)], 45_000, ["o to 500 None None"]),
        (lambda say: [say.change("o", 1100)], 99_000, ["o to 1100 None None"]),  # larger: at once
        (lambda say: [say.change("o", 1100), say.kept("o", 1000)], 90_000, ["o to 1100 None None"]),
        (lambda say: [say.change("o", 1100), say.replaced("o", 1100, limit=90)], 99_000, ["o to 1100 None None"]),
        (lambda say: [say.change("o", 1112)], 90_000, ["o keeps BUYING_POWER: limit=100000, was=100080"]),
        (lambda say: [say.change("o", None, 100)], 100_000, ["o to None 100 None"]),
        (lambda say: [say.change("o", None, "100.01")], 90_000, ["o keeps BUYING_POWER: limit=100000, was=100010"]),
        (lambda say: [say.change("o", 500, 100)], 90_000, ["o to 500 100 None"]),
        (lambda say: [say.change("o", 500, 100), say.replaced("o", 500, limit=100)], 50_000, ["o to 500 100 None"]),
        (lambda say: [say.change("o", "NaN")], 90_000, [
            "o keeps QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was NaN"
        ]),
        (lambda say: [say.change("o", None, "Infinity")], 90_000, [
            "o keeps PRICE_NOT_A_NUMBER: limit_price must be a finite number, was Infinity"
        ]),
        # one at a time: a second is for the order manager to refuse, and the first goes on
        (
            lambda say: [say.change("o", 1100), say.change("o", 1105), say.kept("o", 1000, code="ALREADY_PENDING")],
            99_000,
            ["o to 1100 None None", "o to 1105 None None"],
        ),
        (lambda say: [say.change("nobody", 5)], 90_000, ["nobody to 5 None None"]),
        (lambda say: [say.replaced("nobody", 5)], 90_000, []),
        (lambda say: [say.kept("nobody", 5)], 90_000, []),
    ],
)  # fmt: skip
def test_a_change_ties_up_what_is_dearer_until_it_is_decided(
    say: Any, hear: Callable[..., list[str]], said: Callable[[Any], Any], tied_up: int, expected: list[str]
) -> None:
    portfolio = say.desk()
    assert hear(portfolio, say.bar(100.0), say.ask("o", 1000, **BID), *said(say))[1:] == expected
    assert portfolio.account.tied_up == tied_up


def test_of_a_change_what_is_filled_already_counts_in_its_quantity(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    portfolio = say.desk(limits=Limits(max_position=D(1000)))
    heard = hear(
        portfolio,
        say.bar(90.0),
        say.ask("o", 800, **BID),
        fill("o", 300, "90", leaves=500),
        say.change("o", 1001),
        say.change("o", 1000),
        say.replaced("o", 700, 300, limit=90),
        say.change("o", 300),
        say.kept("o", 700, 300),
        say.change("o", 200),
    )
    assert heard[1:] == [
        "o keeps MAX_POSITION: limit=1000, was=1001",
        "o to 1000 None None",
        "o to 300 None None",
        "o to 200 None None",
    ]
    assert portfolio.account.tied_up == 63_000


def test_an_order_that_only_reduces_can_grow_into_the_room_that_is_left(
    say: Any, hear: Callable[..., list[str]]
) -> None:
    heard = hear(
        say.desk(10),
        say.bar(100.0),
        say.ask("a", -4, REDUCE),
        say.ask("b", -2, REDUCE),
        say.change("a", 9),
        say.change("a", 8),
        say.replaced("a", 8),
        say.change("b", 3),
        say.change("a", 3),
        say.kept("a", 8),
    )
    assert heard[2:] == [
        "a keeps REDUCE_ONLY: limit=8, was=9",
        "a to 8 None None",
        "b keeps REDUCE_ONLY: limit=2, was=3",
        "a to 3 None None",
    ]


def test_what_waits_for_a_parent_is_at_most_as_large_as_that(say: Any, hear: Callable[..., list[str]]) -> None:
    heard = hear(
        say.desk(),
        say.bar(100.0),
        say.signal("m-1", LONG, stop_loss=98),
        say.change("m-1-SL", 11),
        say.change("m-1-SL", 10, stop=97),
    )
    assert heard[2:] == ["m-1-SL keeps REDUCE_ONLY: limit=10, was=11", "m-1-SL to 10 None 97"]
