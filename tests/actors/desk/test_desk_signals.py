"""The portfolio's desk: signals with terms become an entry and the orders behind it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.market import Bar
from tradepit.models.messages import (
    Direction,
)
from tradepit.models.orders import Contingency, OrderTerms

D = Decimal
LONG, SHORT, FLAT = Direction.LONG, Direction.SHORT, Direction.FLAT
OUO = Contingency.OUO


@pytest.mark.parametrize(
    ("held", "said", "expected"),
    [
        (0, lambda say: say.signal("m-1", LONG, quantity=7), ["m-1 BUY 7 MARKET"]),
        (0, lambda say: say.signal("m-1", SHORT, 0.5, quantity=7), ["m-1 SELL 3 MARKET"]),
        (0, lambda say: say.signal("m-1", LONG, entry_price="99.5"), ["m-1 BUY 10 LIMIT 99.5"]),
        (4, lambda say: say.signal("m-1", LONG, entry_price="99.5"), ["m-1 BUY 6 LIMIT 99.5"]),
        (10, lambda say: say.signal("m-1", LONG, entry_price="99.5"), []),
        (4, lambda say: say.signal("m-1", FLAT, venue="A"), ["m-1 SELL 4 MARKET"]),
        (0, lambda say: say.signal("m-1", FLAT, venue="A"), []),
        (0, lambda say: say.signal("m-1", LONG, confluence=5.0), ["m-1 BUY 10 MARKET"]),
        (
            0,
            lambda say: say.signal("m-1", LONG, stop_loss=98, take_profit=104),
            ["m-1 BUY 10 MARKET", "m-1-SL SELL 10 STOP at 98", "m-1-TP SELL 10 LIMIT 104"],
        ),
        (
            0,
            lambda say: say.signal("m-1", SHORT, entry_price=101, stop_loss=103),
            ["m-1 SELL 10 LIMIT 101", "m-1-SL BUY 10 STOP at 103"],
        ),
        (4, lambda say: say.signal("m-1", LONG, take_profit=104), ["m-1 BUY 6 MARKET", "m-1-TP SELL 6 LIMIT 104"]),
        # what is held the other way round is closed first
        (
            -4,
            lambda say: say.signal("m-1", LONG, stop_loss=98),
            ["m-1-CLOSE BUY 4 MARKET", "m-1 BUY 10 MARKET", "m-1-SL SELL 10 STOP at 98"],
        ),
        (-4, lambda say: say.signal("m-1", LONG, entry_price=99), ["m-1 BUY 14 LIMIT 99"]),
        # there is more than is wanted, so nothing is opened and nothing to protect
        (25, lambda say: say.signal("m-1", LONG, stop_loss=98, venue="A"), ["m-1 SELL 15 MARKET"]),
        (0, lambda say: say.signal("m-1", LONG, stop_loss=101), [
            "m-1 STOP_LOSS_WRONG_SIDE: stop_loss of a LONG signal must be below the entry at 100.0, was 101"
        ]),
        (0, lambda say: say.signal("m-1", LONG, stop_loss="98.001"), [
            "m-1 OFF_TICK: stop_loss must be on the tick of 0.01, was 98.001"
        ]),
        (0, lambda say: say.signal("m-1", LONG, take_profit="NaN"), [
            "m-1 PRICE_NOT_A_NUMBER: take_profit must be a finite number, was NaN"
        ]),
        (0, lambda say: say.signal("m-1", LONG, quantity="NaN"), [
            "m-1 QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was NaN"
        ]),
        (0, lambda say: say.signal("m-1", LONG, quantity="-1"), [
            "m-1 QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was -1"
        ]),
        (0, lambda say: say.signal("m-1", LONG, quantity="1.5"), [
            "m-1 OFF_LOT: quantity must be a whole number of lots of 1, was 1.5"
        ]),
        (0, lambda say: say.signal("m-1", LONG, entry_price="Infinity"), [
            "m-1 PRICE_NOT_A_NUMBER: limit_price must be a finite number, was Infinity"
        ]),
        (0, lambda say: say.signal("m-1", FLAT, symbol="Z", venue="A"), [
            "m-1 UNKNOWN_SYMBOL: symbol must be one of the scenario's instruments, was Z"
        ]),
    ],
)  # fmt: skip
def test_a_signal_with_terms_becomes_an_entry_and_the_orders_behind_it(
    say: Any, hear: Callable[..., list[str]], held: int, said: Callable[[Any], Any], expected: list[str]
) -> None:
    assert hear(say.desk(held), say.bar(100.0), said(say)) == expected


def test_a_bracket_carries_the_venue_and_waits_for_its_entry(say: Any, play: Callable[..., Any]) -> None:
    said = say.signal("m-1", LONG, stop_loss=98, take_profit=104, venue="A")
    lines = [(1, "", Bar(symbol="X", time=1, open=100.0, high=100.0, low=100.0, close=100.0, volume=1.0))]
    heard = play({"portfolio": say.desk()}, [*lines, (2, "portfolio", said)], neighbours=("orders",))
    terms = [message.order.terms for message in heard.to("orders")]
    behind = OrderTerms(reduce_only=True, group="m-1", contingency=OUO, parent_id="m-1", venue="A")
    assert terms == [OrderTerms(venue="A", stop_loss=D(98), take_profit=D(104)), behind, behind]


def test_what_waits_for_an_entry_ties_up_nothing_and_does_not_count_for_signals(
    say: Any,
    hear: Callable[..., list[str]],
) -> None:
    portfolio = say.desk()
    heard = hear(
        portfolio,
        say.bar(100.0),
        say.signal("m-1", LONG, stop_loss=98),
        say.signal("m-2", LONG),
        say.signal("m-3", FLAT),
    )
    assert heard == ["m-1 BUY 10 MARKET", "m-1-SL SELL 10 STOP at 98", "m-3 SELL 10 MARKET"]
    assert portfolio.account.tied_up == 2_000  # by the entry, and by as much to sell that is not yet held


def test_a_request_carries_its_stop_and_target_in_its_terms(say: Any, hear: Callable[..., list[str]]) -> None:
    behind = OrderTerms(stop_loss=D(98), take_profit=D(104))
    assert hear(say.desk(), say.bar(100.0), say.ask("m-1", 5, behind)) == [
        "m-1 BUY 5 MARKET", "m-1-SL SELL 5 STOP at 98", "m-1-TP SELL 5 LIMIT 104",
    ]  # fmt: skip
    assert hear(say.desk(held=5), say.bar(100.0), say.ask("m-1", -5, OrderTerms(stop_loss=D(102)))) == [
        "m-1 SELL 5 MARKET"
    ]
    assert hear(say.desk(held=-3), say.bar(100.0), say.ask("m-1", 5, behind)) == [
        "m-1 BRACKET_FLIPS: a stop loss or take profit stands behind what only opens: held=-3, was=5"
    ]
    assert hear(say.desk(), say.bar(100.0), say.ask("m-1", 5, OrderTerms(stop_loss=D(101)))) == [
        "m-1 STOP_LOSS_WRONG_SIDE: stop_loss of a BUY order must be below the entry at 100.0, was 101"
    ]
    assert hear(say.desk(), say.bar(100.0), say.ask("m-1", 5, OrderTerms(take_profit=D("NaN")))) == [
        "m-1 PRICE_NOT_A_NUMBER: limit_price must be a finite number, was NaN"
    ]
    assert hear(say.desk(), say.ask("m-1", 5, behind)) == [
        "m-1 NO_PRICE: a MARKET order needs a price to be valued at, none of X was seen"
    ]
