"""Orders matched on the tape alone, worked by hand from the rules in docs/fills.md."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.auctions import Auction
from tradepit.models.instruments import Instrument
from tradepit.models.market import Trade
from tradepit.models.matching import Dead, Execution, Outcome
from tradepit.models.orders import ChildOrder, PegTo, Refusal
from tradepit.models.slippage import NoSlippage
from tradepit.models.trade_matching import TradeBook, TradeRules

D = Decimal


def book(*orders: ChildOrder, **rules: Any) -> TradeBook:
    made = TradeBook(Instrument(symbol="XYZ"), TradeRules(**rules), NoSlippage())
    for order in orders:
        made.add(order, 0)
    return made


def lines(outcomes: list[Outcome]) -> list[str]:
    return [
        f"{o.child_id} {o.quantity.normalize():f}@{o.price.normalize():f} {o.liquidity}"
        if isinstance(o, Execution)
        else f"{o.child_id} {o.code if isinstance(o, Dead) else 'REDUCED'} {o.leaves}"
        for o in outcomes
    ]


def play(made: TradeBook, *prints: str) -> list[list[str]]:
    """Match trades such as `100.02 50`, one a nanosecond from 1 on."""
    seen = []
    for time, text in enumerate(prints, 1):
        price, size = map(float, text.split())
        seen.append(lines(made.match(Trade(symbol="XYZ", time=time, price=price, size=size))))
    return seen


@pytest.mark.parametrize(
    ("order", "tif", "prints", "expected"),
    [
        ("BUY MARKET", "GTC", ["100 60", "101 60"], [["a 60@100 TAKER"], ["a 40@101 TAKER"]]),
        ("BUY MARKET", "IOC", ["100 60"], [["a 60@100 TAKER", "a IOC_REMAINDER 40"]]),
        ("BUY MARKET", "FOK", ["100 60"], [["a FOK_UNFILLABLE 100"]]),
        ("BUY LIMIT 100", "GTC", ["99 60", "100 10"], [["a 60@99 TAKER"], []]),  # marketable until a trade is not
        ("BUY LIMIT 100", "GTC", ["101 60", "99 60"], [[], ["a 60@100 MAKER"]]),
        ("BUY LIMIT 100", "GTC", ["101 60", "100 60"], [[], ["a 60@100 MAKER"]]),
        ("BUY LIMIT 100", "GTC", ["100 60"], [["a 60@100 MAKER"]]),
        ("SELL LIMIT 100", "GTC", ["99 60", "101 60"], [[], ["a 60@100 MAKER"]]),
        ("SELL LIMIT 100", "IOC", ["99 60"], [["a IOC_REMAINDER 100"]]),
        ("SELL LIMIT 100", "IOC", ["100 60"], [["a 60@100 TAKER", "a IOC_REMAINDER 40"]]),
        ("SELL LIMIT 100", "FOK", ["101 160"], [["a 100@101 TAKER"]]),
        ("BUY STOP 101", "GTC", ["100 60", "102 60", "103 60"], [[], ["a 60@102 TAKER"], ["a 40@103 TAKER"]]),
        ("SELL STOP 99", "GTC", ["99 160"], [["a 100@99 TAKER"]]),
        ("BUY STOP_LIMIT 101 101", "GTC", ["102 60", "101 60"], [[], ["a 60@101 MAKER"]]),
        ("BUY STOP_LIMIT 101 102", "GTC", ["101 60"], [["a 60@101 TAKER"]]),
        ("BUY STOP_LIMIT 101 101", "IOC", ["102 60"], [["a IOC_REMAINDER 100"]]),
        ("BUY MARKET_IF_TOUCHED 99", "GTC", ["100 60", "98 60"], [[], ["a 60@98 TAKER"]]),
        ("SELL LIMIT_IF_TOUCHED 101 102", "GTC", ["101 60", "102 60"], [[], ["a 60@102 MAKER"]]),
        ("BUY MARKET_TO_LIMIT", "GTC", ["100 60", "101 60", "100 60"], [["a 60@100 TAKER"], [], []]),
    ],
)
def test_an_order_meets_the_trades_that_come_after_it(
    child: Callable[..., ChildOrder], order: str, tif: str, prints: list[str], expected: list[list[str]]
) -> None:
    seen = play(book(child(order, tif=tif)), *prints)
    if "TO_LIMIT" in order or (order == "BUY LIMIT 100" and prints[0].startswith("99")):
        seen[-1] = []  # the rest is another test's
    assert seen == expected


def test_the_rest_of_an_order_that_took_rests_at_its_limit(child: Callable[..., ChildOrder]) -> None:
    assert play(book(child("BUY MARKET_TO_LIMIT")), "100 60", "101 60", "100 60")[1:] == [[], ["a 40@100 MAKER"]]
    assert play(book(child("BUY LIMIT 100")), "99 60", "100.5 5", "100 10")[1:] == [[], ["a 10@100 MAKER"]]


def test_trades_at_its_price_reach_an_order_when_those_ahead_have_traded(child: Callable[..., ChildOrder]) -> None:
    made = book(child("BUY LIMIT 100"), queue_ahead=D(50))
    assert play(made, "101 1", "100 40", "100 30", "99 50") == [[], [], ["a 20@100 MAKER"], ["a 50@100 MAKER"]]


def test_where_touch_does_not_fill_a_trade_must_go_through_the_limit(child: Callable[..., ChildOrder]) -> None:
    made = book(child("BUY LIMIT 100"), touch_fills=False)
    assert play(made, "100 40", "100 30", "99.99 50") == [[], [], ["a 50@100 MAKER"]]


def test_a_trade_gives_its_size_once_to_those_that_take_then_to_those_that_rest_then_to_those_it_triggers(
    child: Callable[..., ChildOrder],
) -> None:
    made = book(child("SELL LIMIT 100", "30", name="rests"))
    assert play(made, "99 1") == [[]]
    for order in (child("SELL STOP 101", name="stop"), child("BUY MARKET", "30", name="market")):
        made.add(order, 1)
    assert lines(made.match(Trade(symbol="XYZ", time=2, price=100.5, size=70.0))) == [
        "market 30@100.5 TAKER",
        "rests 30@100 MAKER",
        "stop 10@100.5 TAKER",
    ]


def test_a_trailing_stop_follows_the_trades(child: Callable[..., ChildOrder]) -> None:
    made = book(child("SELL TRAILING_STOP", trail_offset=D(5)))
    assert play(made, "100 10", "103 10", "98.5 10", "98 100") == [[], [], [], ["a 100@98 TAKER"]]
    limited = book(child("SELL TRAILING_STOP_LIMIT", trail_offset=D(5), limit_offset=D(1)))
    assert play(limited, "100 10", "93 10", "94 100") == [[], [], ["a 100@94 MAKER"]]


def test_a_reduce_only_order_triggered_after_its_fellow_was_filled_is_cancelled(
    child: Callable[..., ChildOrder],
) -> None:
    made = book(
        child("SELL STOP 99", name="one", reduce_only=True), child("SELL STOP 99", name="two", reduce_only=True)
    )
    made.held = D(100)
    assert play(made, "98 500") == [["one 100@98 TAKER", "two REDUCE_ONLY 100"]]
    oco: dict[str, Any] = {"group": "exit", "contingency": "OCO"}
    resting = book(child("SELL LIMIT 99", name="one", **oco), child("SELL LIMIT 99", name="two", **oco))
    assert play(resting, "98 1", "99 500") == [[], ["one 100@99 MAKER", "two GROUP 100"]]
    grouped = book(child("SELL STOP 99", name="one", **oco), child("SELL STOP 99", name="two", **oco))
    assert play(grouped, "98 500") == [["one 100@98 TAKER", "two GROUP 100"]]


def test_a_trade_from_before_an_order_or_without_a_price_does_not_meet_it(child: Callable[..., ChildOrder]) -> None:
    made = book()
    assert made.match(Trade(symbol="XYZ", time=1, price=100.0, size=10.0)) == []
    made.add(child("BUY MARKET"), 2)
    assert play(made, "100 10", "100 10", "nan 10", "0 10", "100 0", "101 10") == [
        [],
        [],
        [],
        [],
        [],
        ["a 10@101 TAKER"],
    ]


def test_orders_for_the_open_and_the_close_take_the_first_and_the_last_trade(child: Callable[..., ChildOrder]) -> None:
    made = book()
    made.add(child("BUY MARKET", "60", tif="AT_OPEN", name="open"), 0, auction=Auction(True, 2, 9))
    made.add(child("SELL MARKET", "60", tif="AT_CLOSE", name="close"), 0, auction=Auction(False, 2, 9))
    made.add(child("SELL LIMIT 103", "60", tif="AT_CLOSE", name="dear"), 0, auction=Auction(False, 2, 9))
    assert play(made, "100 50", "101 50", "102 50") == [[], ["open 50@101 TAKER", "open AUCTION_OVER 10"], []]
    assert made.over_after(Auction(False, 2, 9)) == 8
    assert lines(made.expire(9)) == ["close 50@102 TAKER", "close AUCTION_OVER 10", "dear AUCTION_OVER 60"]
    unseen = book()
    unseen.add(child("SELL MARKET", tif="AT_CLOSE"), 0, auction=Auction(False, 2, 9))
    assert lines(unseen.expire(9)) == ["a AUCTION_OVER 100"]


def test_what_a_book_of_trades_cannot_take_is_refused(child: Callable[..., ChildOrder]) -> None:
    last = Trade(symbol="XYZ", time=1, price=100.0, size=10.0)
    post: dict[str, Any] = {"post_only": True}
    made = book()
    assert made.refuse(child("BUY LIMIT 101", **post), last) == Refusal(
        code="POST_ONLY", text="limit=101, market=100.0"
    )
    assert made.refuse(child("BUY LIMIT 100", **post), last) is None  # it joins the queue
    assert made.refuse(child("BUY STOP_LIMIT 99 101", **post), last) is None
    assert made.refuse(child("BUY LIMIT 101"), last) is None
    assert made.refuse(child("BUY LIMIT 101", **post), None) is None
    assert [r.code for r in [made.refuse(child("BUY PEGGED", peg_to=PegTo.MID), last)] if r] == ["NEEDS_QUOTES"]
    assert (made.far_price(last, buys=True), made.arrive("a", last), made.meets_standing) == (100.0, [], False)


def test_another_price_sends_an_order_to_the_back_and_a_smaller_quantity_does_not(
    child: Callable[..., ChildOrder],
) -> None:
    made = book(child("BUY LIMIT 100"), queue_ahead=D(50))
    assert play(made, "101 1", "100 40") == [[], []]
    made.replace("a", D(80), None, None)
    assert lines(made.match(Trade(symbol="XYZ", time=3, price=100.0, size=20.0))) == ["a 10@100 MAKER"]
    made.replace("a", D(90), None, None)
    assert lines(made.match(Trade(symbol="XYZ", time=4, price=100.0, size=60.0))) == ["a 10@100 MAKER"]


def test_rules_out_of_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^queue_ahead must be 0 or more, was -1$"):
        TradeRules(queue_ahead=D(-1))
