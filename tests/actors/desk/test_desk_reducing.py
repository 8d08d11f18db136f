"""The portfolio's desk: orders that only reduce."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.limits import Limits
from tradepit.models.market import Bar
from tradepit.models.messages import (
    Direction,
    OrderFilled,
)
from tradepit.models.orders import Contingency, OrderKind, OrderTerms
from tradepit.models.values import changed

D = Decimal
LONG, SHORT, FLAT = Direction.LONG, Direction.SHORT, Direction.FLAT
OUO = Contingency.OUO
REDUCE = OrderTerms(reduce_only=True)


@pytest.mark.parametrize(
    ("held", "orders", "expected"),
    [
        (10, [("a", -4)], ["a SELL 4 MARKET"]),
        (10, [("a", -40)], ["a SELL 10 MARKET"]),
        (-10, [("a", 40)], ["a BUY 10 MARKET"]),
        (0, [("a", -4)], ["a REDUCE_ONLY: limit=0, was=4"]),
        (10, [("a", 4)], ["a REDUCE_ONLY: limit=0, was=4"]),
        (10, [("a", -7), ("b", -7)], ["a SELL 7 MARKET", "b SELL 3 MARKET"]),
        (10, [("a", -10), ("b", -7)], ["a SELL 10 MARKET", "b REDUCE_ONLY: limit=0, was=7"]),
    ],
)  # fmt: skip
def test_an_order_that_only_reduces_is_cut_to_what_others_leave_of_the_position(
    say: Any, hear: Callable[..., list[str]], held: int, orders: list[tuple[str, int]], expected: list[str]
) -> None:
    portfolio = say.desk(held)
    assert hear(portfolio, say.bar(100.0), *[say.ask(name, signed, REDUCE) for name, signed in orders]) == expected
    assert portfolio.account.tied_up == 0


def test_ordinary_orders_of_the_same_side_take_their_part_of_the_position_first(
    say: Any,
    hear: Callable[..., list[str]],
) -> None:
    heard = hear(say.desk(10), say.bar(100.0), say.ask("a", -6), say.ask("b", -6, REDUCE), say.ask("c", 6))
    assert heard == ["a SELL 6 MARKET", "b SELL 4 MARKET", "c BUY 6 MARKET"]


def test_limits_hold_for_orders_that_reduce_too_but_not_those_on_size(say: Any, hear: Callable[..., list[str]]) -> None:
    limits = Limits(max_position=D(1), max_orders_per_second=1)
    heard = hear(
        say.desk(10, limits=limits), say.bar(100.0), (5, say.ask("a", -4, REDUCE)), (6, say.ask("b", -4, REDUCE))
    )
    assert heard == ["a SELL 4 MARKET", "b ORDER_RATE: orders within a second: limit=1, was=2"]


def test_what_is_open_counts_for_exposure_as_if_it_were_filled_and_what_only_reduces_does_not(
    say: Any,
    hear: Callable[..., list[str]],
) -> None:
    portfolio = say.desk(10, limits=Limits(max_gross_exposure=D(2500)))
    requests = [
        say.ask("a", -10, REDUCE),
        say.ask("b", 10),
        say.ask("c", 6),
        say.ask("d", 5),
        say.ask("e", -36),
        say.ask("f", -35),
    ]
    heard = hear(portfolio, say.bar(100.0), *requests)
    assert heard == [
        "a SELL 10 MARKET",
        "b BUY 10 MARKET",
        "c MAX_GROSS_EXPOSURE: limit=2500, was=2600",
        "d BUY 5 MARKET",
        "e MAX_GROSS_EXPOSURE: limit=2500, was=2600",
        "f SELL 35 MARKET",
    ]


def test_what_a_smaller_position_leaves_too_large_is_cut_and_what_it_leaves_nothing_is_cancelled(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    stop: dict[str, Any] = {"kind": OrderKind.STOP, "stop_price": D(90)}
    heard = hear(
        say.desk(10),
        say.bar(100.0),
        say.ask("a", -6, REDUCE, **stop),
        say.ask("b", -4, REDUCE, **stop),
        say.ask("out", -7),
        fill("out", -5, leaves=2),
        fill("out", -2, done=7),
        fill("a", -3),
    )
    assert heard == [
        "a SELL 6 STOP at 90",
        "b SELL 4 STOP at 90",
        "out SELL 7 MARKET",
        "a to 5 None None",
        "b cancel",
        "a to 3 None None",
    ]


def test_when_a_position_is_closed_otherwise_its_stop_and_target_go(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    portfolio = say.desk()
    heard = hear(
        portfolio,
        say.bar(100.0),
        say.signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 6, leaves=4),
        fill("m-1", 4, done=10),
        say.signal("m-2", FLAT),
        fill("m-2", -4, leaves=6),
        fill("m-2", -6, done=10),
        say.cancelled("m-1-SL"),
        say.cancelled("m-1-TP"),
    )
    cut = ["m-1-SL to 6 None None", "m-1-TP to 6 None None"]
    assert heard[3:] == ["m-2 SELL 10 MARKET", *cut, "m-1-SL cancel", "m-1-TP cancel"]
    assert not portfolio._exits.open


def test_a_target_that_fills_leaves_other_exits_of_the_position_alone(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    heard = hear(
        say.desk(6),
        say.bar(100.0),
        say.signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 10),
        say.ask("trail", -6, REDUCE),
        fill("m-1-TP", -4, "104", leaves=6),  # the stop has not heard of it yet
        fill("m-1-TP", -6, "104", done=10),
        say.cancelled("m-1-SL"),
        fill("trail", -6),
    )
    assert heard[3:] == ["trail SELL 6 MARKET"]


def test_a_target_that_a_venue_has_cut_leaves_no_stop_behind_without_a_position(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    heard = hear(
        say.desk(),
        say.bar(100.0),
        say.signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 10),
        say.ask("out", -4),
        fill("out", -4),
        fill("m-1-TP", -6, "104"),
    )
    assert heard[4:] == ["m-1-SL to 6 None None", "m-1-TP to 6 None None"]
    portfolio = say.desk()
    late = hear(
        portfolio,
        say.bar(100.0),
        say.signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 10),
        say.ask("out", -4),
        fill("out", -4),
        say.kept("m-1-SL", 10),  # the cuts came to nothing
        say.kept("m-1-TP", 10),
        fill("m-1-TP", -6, "104"),
    )
    assert late[6:] == ["m-1-SL cancel"]


def test_a_signal_that_closes_a_protected_position_cannot_turn_it_round(
    say: Any, play: Callable[..., Any], fill: Callable[..., OrderFilled]
) -> None:
    """Its stop may fill first; without one behind it, the order is a plain one."""
    lines: list[Any] = [
        (1, "", Bar(symbol="X", time=1, open=100.0, high=100.0, low=100.0, close=100.0, volume=1.0)),
        (2, "portfolio", say.signal("m-1", LONG, stop_loss=98)),
        (3, "", fill("m-1", 10)),
        (4, "portfolio", say.signal("m-2", FLAT)),
        (5, "portfolio", say.signal("m-3", FLAT)),  # it is under way
        (6, "", fill("m-1-SL", -10)),
        (7, "", say.cancelled("m-2")),
        (8, "portfolio", say.signal("m-4", LONG)),
        (9, "", fill("m-4", 10)),
        (10, "portfolio", say.signal("m-5", FLAT)),
    ]
    heard = play({"portfolio": say.desk()}, lines, neighbours=("orders",))
    orders = [message.order for message in heard.to("orders")]
    assert [order.order_id for order in orders] == ["m-1", "m-1-SL", "m-2", "m-4", "m-5"]
    assert [orders[2].terms, orders[4].terms] == [REDUCE, None]


def test_a_target_that_fills_leaves_its_stop_to_the_group(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    heard = hear(
        say.desk(),
        say.bar(100.0),
        say.signal("m-1", LONG, stop_loss=98, take_profit=104),
        fill("m-1", 10),
        fill("m-1-TP", -10, "104"),
    )
    assert heard[3:] == []


def test_what_waited_for_an_entry_that_was_cancelled_is_no_larger_than_its_fills(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    heard = hear(
        say.desk(),
        say.bar(100.0),
        say.signal("m-1", LONG, stop_loss=98),
        fill("m-1", 4, leaves=6),
        say.cancelled("m-1", done=4),
        say.ask("a", -4, REDUCE),
        say.signal("m-2", LONG, stop_loss=98),
        say.cancelled("m-2"),
    )
    assert heard[2:] == ["a REDUCE_ONLY: limit=0, was=4", "m-2 BUY 6 MARKET", "m-2-SL SELL 6 STOP at 98"]


def test_a_child_of_ones_own_waits_for_its_parent_if_it_closes_and_is_an_order_like_any_other_if_it_opens(
    say: Any,
    hear: Callable[..., list[str]],
) -> None:
    waits = OrderTerms(parent_id="p")
    portfolio = say.desk(cash=D(1_500))
    heard = hear(
        portfolio,
        say.bar(100.0),
        say.ask("p", 10),
        say.ask("a", -10, waits),
        say.ask("b", -11, waits),
        say.ask("c", -11, OrderTerms(parent_id="p", reduce_only=True)),
        say.ask("d", 10, waits),
        say.ask("e", 10, OrderTerms(parent_id="p", reduce_only=True)),
    )
    assert heard == [
        "p BUY 10 MARKET",
        "a SELL 10 MARKET",
        "b BUYING_POWER: limit=500, was=1100",
        "c SELL 10 MARKET",
        "d BUYING_POWER: limit=500, was=1000",
        "e REDUCE_ONLY: a BUY order cannot reduce what the BUY order p opens",
    ]


def test_what_waits_beyond_what_its_parent_opens_is_an_order_like_any_other(
    say: Any, hear: Callable[..., list[str]], fill: Callable[..., OrderFilled]
) -> None:
    waits, one, other = OrderTerms(parent_id="p"), *(
        OrderTerms(parent_id="p", group="g", contingency=OUO, trail_offset=D(trail)) for trail in (1, 2)
    )  # fmt: skip
    portfolio = say.desk(cash=D(2_500))
    heard = hear(
        portfolio,
        say.bar(100.0),
        say.ask("p", 10),
        say.ask("a", -6, one, kind=OrderKind.TRAILING_STOP),
        say.ask("b", -6, other, kind=OrderKind.TRAILING_STOP),
        say.ask("c", -4, waits),
        say.ask("d", -4, waits),
        fill("p", 10),
        say.ask("sold", -10),
        fill("sold", -10),
    )
    assert heard == [
        "p BUY 10 MARKET", "a SELL 6 TRAILING_STOP", "b SELL 6 TRAILING_STOP", "c SELL 4 MARKET", "d SELL 4 MARKET",
        "sold SELL 10 MARKET", "a cancel", "b cancel", "c cancel",
    ]  # fmt: skip
    assert [portfolio._out[name].terms for name in ("c", "d")] == [changed(waits, reduce_only=True), waits]
    assert portfolio.account.tied_up > 0
