"""Changing orders that rest on a book: what keeps its place, what loses it, what is refused."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.matching import Execution, Outcome, Replaced
from tradepit.models.orders import ChildOrder, PegTo, Refusal
from tradepit.models.queue_position import QueueModel
from tradepit.models.quote_matching import QuoteBook, QuoteRules
from tradepit.models.slippage import NoSlippage

D = Decimal
STOCK = Instrument(symbol="XYZ")


def bars(*orders: ChildOrder) -> BarBook:
    made = BarBook(STOCK, BarRules(), NoSlippage())
    for order in orders:
        made.add(order, last=100.0)
    return made


def bar(prices: str, volume: float = 1e6) -> Bar:
    opened, high, low, close = map(float, prices.split())
    return Bar(symbol="XYZ", time=1, open=opened, high=high, low=low, close=close, volume=volume)


def lines(outcomes: list[Outcome]) -> list[str]:
    return [f"{o.child_id} {o.quantity:f}@{o.price:f} {o.liquidity}" for o in outcomes if isinstance(o, Execution)]


def figures(answer: Replaced | Refusal) -> tuple[str | None, ...]:
    """Return quantity, open quantity, limit and stop, or the refusal's code."""
    if isinstance(answer, Refusal):
        return (answer.code,)
    now = answer.child
    return tuple(None if x is None else str(x) for x in (now.quantity, answer.leaves, now.limit_price, now.stop_price))


@pytest.mark.parametrize(
    ("order", "change", "expected"),
    [
        ("BUY LIMIT 95", (D(60), None, None), ("60", "60", "95", None)),
        ("BUY LIMIT 95", (D(160), D(96), None), ("160", "160", "96", None)),
        ("BUY LIMIT 95", (None, None, None), ("100", "100", "95", None)),
        ("BUY LIMIT 95", (D(0), None, None), ("0", "0", "95", None)),
        ("BUY STOP 105", (None, None, D(106)), ("100", "100", None, "106")),
        ("BUY STOP_LIMIT 105 106", (None, D(107), D(104)), ("100", "100", "107", "104")),
        ("BUY LIMIT_IF_TOUCHED 95 96", (None, None, D(94)), ("100", "100", "96", "94")),
        ("BUY MARKET", (None, D(95), None), ("LIMIT_PRICE_UNEXPECTED",)),
        ("BUY LIMIT 95", (None, None, D(95)), ("STOP_PRICE_UNEXPECTED",)),
    ],
)
def test_a_change_answers_with_the_order_as_it_is_now(
    child: Callable[..., ChildOrder],
    order: str,
    change: tuple[D | None, D | None, D | None],
    expected: tuple[str | None, ...],
) -> None:
    made = bars(child(order))
    answer = made.replace("a", *change)
    assert figures(answer) == expected
    gone = expected[1:2] == ("0",)
    assert len(made) == (0 if gone else 1)


def test_an_order_that_does_not_rest_cannot_be_changed() -> None:
    assert bars().replace("a", D(1), None, None) == Refusal(code="UNKNOWN_ORDER", text="no order a rests")


def test_no_more_than_is_filled_ends_an_order(child: Callable[..., ChildOrder]) -> None:
    made = bars(child("BUY LIMIT 95"))
    assert lines(made.match(bar("100 101 90 99", 400))) == ["a 40@95 MAKER"]
    assert figures(made.replace("a", D(70), None, None)) == ("70", "30", "95", None)
    assert figures(made.replace("a", D(40), None, None)) == ("40", "0", "95", None)
    assert (len(made), made.leaves("a")) == (0, None)


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ((D(60), None, None), "a"),
        ((None, None, None), "a"),
        ((None, D(95), None), "a"),  # the same price again
        ((D(101), None, None), "b"),
    ],
)
def test_a_smaller_quantity_keeps_its_place_and_a_larger_one_loses_it(
    child: Callable[..., ChildOrder], change: tuple[D | None, D | None, D | None], first: str
) -> None:
    made = bars(child("BUY LIMIT 95"), child("BUY LIMIT 95", name="b"))
    made.replace("a", *change)
    assert lines(made.match(bar("100 101 90 99", 10)))[0].startswith(f"{first} 1@95")


def test_an_order_with_another_price_goes_behind_those_that_wait_there_and_may_take(
    child: Callable[..., ChildOrder],
) -> None:
    made = bars(child("BUY LIMIT 94"), child("BUY LIMIT 95", name="b"))
    assert made.match(bar("100 101 96 99")) == []
    made.replace("a", None, D(95), None)
    assert lines(made.match(bar("95 96 94.5 95", 1500))) == ["b 100@95.0 MAKER", "a 50@95.0 TAKER"]


def test_a_stop_that_was_triggered_has_no_stop_price_any_more(child: Callable[..., ChildOrder]) -> None:
    made = bars(child("BUY STOP_LIMIT 105 95"))
    assert made.match(bar("100 106 99 100")) == []
    assert made.replace("a", None, None, D(104)) == Refusal(code="ALREADY_TRIGGERED", text="a was triggered at 105")
    assert figures(made.replace("a", None, D(99), None)) == ("100", "100", "99", "105")


def test_a_trailing_stop_keeps_its_distance_from_the_trigger_that_it_is_given(child: Callable[..., ChildOrder]) -> None:
    made = bars(child("SELL TRAILING_STOP", trail_offset=D(5)))
    assert figures(made.replace("a", None, None, D(97))) == ("100", "100", None, "97")
    assert lines(made.match(bar("103 103 97.5 99"))) == ["a 100@98.0 TAKER"]  # 103 - 5


def test_a_market_to_limit_order_has_a_limit_once_it_has_filled(child: Callable[..., ChildOrder]) -> None:
    made = bars(child("BUY MARKET_TO_LIMIT"))
    assert figures(made.replace("a", None, D(99), None)) == ("LIMIT_PRICE_UNEXPECTED",)
    assert lines(made.match(bar("100 101 99.5 100", 400))) == ["a 40@100.0 TAKER"]
    assert figures(made.replace("a", None, D(99), None)) == ("100", "60", "99", None)


def test_post_only_holds_for_the_new_price(child: Callable[..., ChildOrder]) -> None:
    made = bars(child("BUY LIMIT 95", post_only=True))
    assert made.replace("a", None, D(100), None) == Refusal(code="POST_ONLY", text="limit=100, market=100.0")
    assert made.match(bar("98 99 97 98")) == []
    assert made.replace("a", None, D(98), None) == Refusal(code="POST_ONLY", text="limit=98, market=98.0")
    assert figures(made.replace("a", None, D("97.5"), None)) == ("100", "100", "97.5", None)
    unknown = BarBook(STOCK, BarRules(), NoSlippage())
    unknown.add(child("BUY LIMIT 95", post_only=True))
    assert figures(unknown.replace("a", None, D(200), None)) == ("100", "100", "200", None)


# --- on quotes ----------------------------------------------------------------------------------------------------


def quotes(*orders: ChildOrder, **rules: Any) -> QuoteBook:
    made = QuoteBook(STOCK, QuoteRules(**rules), NoSlippage())
    for order in orders:
        made.add(order)
    assert made.match(quote(99.98, 100.02)) == []
    return made


def quote(bid: float, ask: float) -> Quote:
    return Quote(symbol="XYZ", time=1, bid=bid, ask=ask, bid_size=300.0, ask_size=200.0)


def test_a_new_price_may_take_at_once(child: Callable[..., ChildOrder]) -> None:
    made = quotes(child("BUY LIMIT 99.98"))
    assert figures(made.replace("a", None, D("100.02"), None)) == ("100", "100", "100.02", None)
    assert lines(made.match(quote(99.98, 100.02))) == ["a 100@100.02 TAKER"]


def test_on_quotes_post_only_goes_by_the_far_side(child: Callable[..., ChildOrder]) -> None:
    made = quotes(child("BUY LIMIT 99.98", post_only=True))
    assert figures(made.replace("a", None, D("100.02"), None)) == ("POST_ONLY",)
    assert figures(made.replace("a", None, D("100.01"), None)) == ("100", "100", "100.01", None)
    unseen = QuoteBook(STOCK, QuoteRules(), NoSlippage())
    unseen.add(child("BUY LIMIT 95", post_only=True))
    assert figures(unseen.replace("a", None, D(200), None)) == ("100", "100", "200", None)


def test_the_limit_of_a_pegged_order_is_its_bound(child: Callable[..., ChildOrder]) -> None:
    made = quotes(child("BUY PEGGED", peg_to=PegTo.BID, post_only=True))
    answer = made.replace("a", None, D("99.95"), None)
    assert figures(answer) == ("100", "100", "99.95", None)
    assert made.match(quote(99.98, 100.02)) == []
    assert lines(made.match(quote(99.90, 99.94))) == ["a 100@99.95 MAKER"]
    assert figures(quotes(child("BUY PEGGED", peg_to=PegTo.BID)).replace("a", None, None, None))[2] is None


def test_the_place_in_the_queue_goes_with_price_and_larger_quantity(child: Callable[..., ChildOrder]) -> None:
    trade = Trade(symbol="XYZ", time=2, price=99.98, size=290.0)
    for quantity, filled in ((D(60), ["a 10@99.98 MAKER"]), (D(160), [])):
        made = quotes(child("BUY LIMIT 99.98"), queue=QueueModel("back"))
        assert made.trade(trade) == []
        made.replace("a", quantity, None, None)
        assert made.match(quote(99.98, 100.02)) == []
        assert lines(made.trade(Trade(symbol="XYZ", time=3, price=99.98, size=20.0))) == filled
