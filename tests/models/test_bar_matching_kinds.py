"""Every kind and flag of order on bars, worked by hand from the rules in docs/fills.md."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.auctions import Auction
from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.matching import Dead, Execution, Outcome
from tradepit.models.orders import (
    ChildOrder,
    Contingency,
    OffsetUnit,
    PegTo,
    Refusal,
)
from tradepit.models.slippage import NoSlippage
from tradepit.models.values import changed

D = Decimal
STOCK = Instrument(symbol="XYZ")
TICKS, BPS = OffsetUnit.TICKS, OffsetUnit.BPS


def bar(prices: str, volume: float = 1e6, *, time: int = 1) -> Bar:
    """Read a bar such as `100 110 90 105`: open, high, low, close; one price is a bar that stood still."""
    figures = [float(price) for price in prices.split()]
    opened, high, low, close = figures if len(figures) == 4 else figures * 4
    return Bar(symbol="XYZ", time=time, open=opened, high=high, low=low, close=close, volume=volume)


def book(*orders: ChildOrder, last: float | None = None, **rules: Any) -> BarBook:
    made = BarBook(STOCK, BarRules(**rules), NoSlippage())
    for order in orders:
        made.add(order, last=last)
    return made


def lines(outcomes: list[Outcome]) -> list[str]:
    """Shorten outcomes to `a 100@95 MAKER`, `a GROUP 100` and `a now 60 of 80`."""
    return [
        f"{o.child_id} {o.quantity.normalize():f}@{o.price.normalize():f} {o.liquidity}"
        if isinstance(o, Execution)
        else f"{o.child_id} {o.code} {o.leaves}"
        if isinstance(o, Dead)
        else f"{o.child_id} now {o.leaves} of {o.child.quantity}"
        for o in outcomes
    ]


@pytest.mark.parametrize(
    ("order", "prices", "expected"),
    [
        # The low comes first on 100 110 90 105: the open is as near to it as to the high.
        ("BUY MARKET_IF_TOUCHED 95", "100 110 90 105", ["a 100@95 TAKER"]),
        ("BUY MARKET_IF_TOUCHED 90", "100 110 90 105", ["a 100@90 TAKER"]),  # touched exactly
        ("BUY MARKET_IF_TOUCHED 89.99", "100 110 90 105", []),
        ("BUY MARKET_IF_TOUCHED 101", "100 110 90 105", ["a 100@100 TAKER"]),  # gapped: at the open
        ("SELL MARKET_IF_TOUCHED 108", "100 110 90 105", ["a 100@108 TAKER"]),
        ("SELL MARKET_IF_TOUCHED 110.01", "100 110 90 105", []),
        ("SELL MARKET_IF_TOUCHED 99", "100 110 90 105", ["a 100@100 TAKER"]),
        ("BUY LIMIT_IF_TOUCHED 95 96", "100 110 90 105", ["a 100@95 TAKER"]),
        ("BUY LIMIT_IF_TOUCHED 95 93", "100 110 90 105", ["a 100@93 MAKER"]),
        ("BUY LIMIT_IF_TOUCHED 95 89", "100 110 90 105", []),
        ("SELL LIMIT_IF_TOUCHED 105 107", "100 110 90 105", ["a 100@107 MAKER"]),
        ("SELL LIMIT_IF_TOUCHED 105 104", "100 110 90 105", ["a 100@105 TAKER"]),
        ("SELL LIMIT_IF_TOUCHED 99 104", "100 110 90 105", ["a 100@104 MAKER"]),
        ("BUY MARKET_TO_LIMIT", "100 110 90 105", ["a 100@100 TAKER"]),
        ("BUY LIMIT 95", "100 110 90 105", ["a 100@95 MAKER"]),
    ],
)
def test_touched_orders_wait_for_the_market_to_come_from_the_other_side(
    child: Callable[..., ChildOrder], order: str, prices: str, expected: list[str]
) -> None:
    assert lines(book(child(order)).match(bar(prices))) == expected


def test_a_touched_order_that_found_no_price_within_its_limit_goes_on_as_a_limit_order(
    child: Callable[..., ChildOrder],
) -> None:
    waiting = book(child("BUY LIMIT_IF_TOUCHED 95 89"))
    assert lines(waiting.match(bar("100 110 90 105"))) == []
    assert lines(waiting.match(bar("100 101 88 90"))) == ["a 100@89 MAKER"]


@pytest.mark.parametrize(
    ("terms", "stop", "last", "side", "bars", "expected"),
    [
        # What LEAN's test of a buy with 10 behind a first stop of 110 does on five ticks.
        ({"trail_offset": 10}, "110", None, "BUY", ["100", "105", "102.5", "95", "115"],
         [[], [], [], [], ["a 100@115"]]),
        # From the last price before it came: 95, so the first bar's low is hit.
        ({"trail_offset": 5}, None, 100.0, "SELL", ["99 100 95 96"], [["a 100@95"]]),
        # From the first open where nothing was known: 94.
        ({"trail_offset": 5}, None, None, "SELL", ["99 99 95 96", "95 95 94 95"], [[], ["a 100@94"]]),
        # The high of 110 (second on the path) lifts the trigger to 105, and the close comes back to it.
        ({"trail_offset": 5}, None, 100.0, "SELL", ["100 110 96 104"], [["a 100@105"]]),
        # On the path with the high first, the fall from 110 goes through 105.
        ({"trail_offset": 5}, None, 100.0, "SELL", ["106 110 96 98"], [["a 100@105"]]),
        # Gapped through: the open.
        ({"trail_offset": 5}, None, 100.0, "SELL", ["94 96 93 95"], [["a 100@94"]]),
        # It never moves back.
        ({"trail_offset": 5}, None, 100.0, "SELL", ["97 98 96 97", "96 97 95.01 96", "96 96 95 96"],
         [[], [], ["a 100@95"]]),
        # The mirror of a seller's.
        ({"trail_offset": 5}, None, 100.0, "BUY", ["100 104 90 96"], [["a 100@95"]]),
        # Ticks and basis points; 1% of 110 is 1.10.
        ({"trail_offset": 500, "offset_unit": TICKS}, None, 100.0, "SELL", ["100 100 95 96"], [["a 100@95"]]),
        ({"trail_offset": 100, "offset_unit": BPS}, None, 100.0, "SELL", ["109 110 108.8 108.95"], [[]]),
        ({"trail_offset": 100, "offset_unit": BPS}, None, 100.0, "SELL", ["109 110 108.8 108.85"], [["a 100@108.9"]]),
    ],
)  # fmt: skip
def test_a_trailing_stop_follows_the_path_and_is_hit_where_the_path_comes_back(
    child: Callable[..., ChildOrder],
    terms: dict[str, Any],
    stop: str | None,
    last: float | None,
    side: str,
    bars: list[str],
    expected: list[list[str]],
) -> None:
    terms = {**terms, "trail_offset": D(terms["trail_offset"])}
    trailing = book(child(f"{side} TRAILING_STOP", stop=stop, **terms), last=last)
    seen = [lines(trailing.match(bar(prices, time=time))) for time, prices in enumerate(bars)]
    assert seen == [[f"{line} TAKER" for line in per_bar] for per_bar in expected]


@pytest.mark.parametrize(
    ("prices", "expected"),
    [
        ("100 101 96.5 97", [[]]),
        ("100 101 90 98", [["a 100@96 TAKER"]]),  # hit at 96 = 101 - 5; the limit of 95.50 takes that
        ("95.6 96 95 95.8", [["a 100@95 TAKER"]]),
        ("94 95.3 93 95", [["a 100@94.5 MAKER"]]),  # gapped below the limit of 94.50, which the price comes up to
    ],
)
def test_a_trailing_stop_limit_gets_its_limit_from_where_its_trigger_was(
    child: Callable[..., ChildOrder], prices: str, expected: list[list[str]]
) -> None:
    trailing = book(
        child("SELL TRAILING_STOP_LIMIT", trail_offset=D(5), limit_offset=D("0.5")), last=100.0, path="ohlc"
    )
    assert [lines(trailing.match(bar(prices)))] == expected


def test_what_a_trailing_stop_does_not_get_from_the_bar_of_its_trigger_is_a_market_order(
    child: Callable[..., ChildOrder],
) -> None:
    trailing = book(child("SELL TRAILING_STOP", trail_offset=D(5)), last=100.0)
    assert lines(trailing.match(bar("100 100 94 99", 400))) == ["a 40@95 TAKER"]
    assert lines(trailing.match(bar("99 120 99 120", 1000, time=2))) == ["a 60@99 TAKER"]


def test_the_rest_of_a_market_to_limit_order_is_a_limit_at_the_first_fills_price(
    child: Callable[..., ChildOrder],
) -> None:
    to_limit = book(child("BUY MARKET_TO_LIMIT"))
    assert lines(to_limit.match(bar("100.005 101 99 100", 0))) == []
    assert lines(to_limit.match(bar("100.005 101 99 100", 400))) == ["a 40@100.01 TAKER"]
    assert lines(to_limit.match(bar("101 102 100.02 101", 400))) == []
    assert lines(to_limit.match(bar("101 102 100 101", 400))) == ["a 40@100.01 MAKER"]
    assert lines(to_limit.match(bar("99 102 99 101", 400))) == ["a 20@99 MAKER"]


def test_an_iceberg_on_bars_is_its_limit(child: Callable[..., ChildOrder]) -> None:
    assert lines(book(child("BUY ICEBERG 95", display_quantity=D(10))).match(bar("100 110 90 105"))) == [
        "a 100@95 MAKER"
    ]


# --- sessions -----------------------------------------------------------------------------------------------------

OPENING, CLOSING = Auction(True, 10, 40), Auction(False, 10, 40)


@pytest.mark.parametrize(
    ("order", "auction", "bars", "expected"),
    [
        ("BUY MARKET", OPENING, ["10 99", "20 100 110 90 105"], [[], ["a 100@100 TAKER"]]),  # the first ends before
        ("BUY LIMIT 100", OPENING, ["20 100 110 90 105"], [["a 100@100 TAKER"]]),
        ("BUY LIMIT 95", OPENING, ["20 100 110 90 105"], [["a AUCTION_OVER 100"]]),
        ("BUY MARKET", OPENING, ["50 100"], [["a AUCTION_OVER 100"]]),  # the session had no bar
        ("SELL MARKET", CLOSING, ["20 99", "40 100 110 90 105"], [[], ["a 100@105 TAKER"]]),
        ("SELL LIMIT 105", CLOSING, ["40 100 110 90 105"], [["a 100@105 TAKER"]]),
        ("SELL LIMIT 106", CLOSING, ["40 100 110 90 105"], [["a AUCTION_OVER 100"]]),
        ("SELL MARKET", CLOSING, ["20 99", "30 100 110 90 104", "50 90"], [[], [], ["a 100@104 TAKER"]]),
        ("SELL LIMIT 105", CLOSING, ["30 100 110 90 104", "50 106"], [[], ["a AUCTION_OVER 100"]]),
        ("SELL MARKET", CLOSING, ["50 100"], [["a AUCTION_OVER 100"]]),
    ],
)
def test_orders_for_the_open_and_the_close_take_part_in_nothing_else(
    child: Callable[..., ChildOrder], order: str, auction: Auction, bars: list[str], expected: list[list[str]]
) -> None:
    made = book()
    made.add(child(order, tif="AT_OPEN" if auction.at_open else "AT_CLOSE"), 5, auction=auction)
    seen = []
    for text in bars:
        time, prices = text.split(maxsplit=1)
        seen.append(lines(made.match(bar(prices, time=int(time)))))
    assert seen == expected


def test_an_order_for_the_close_gets_at_the_reminder_what_the_last_bar_left_within_its_share(
    child: Callable[..., ChildOrder],
) -> None:
    made = book(child("BUY MARKET", "30", name="first"))
    made.add(child("SELL MARKET", tif="AT_CLOSE"), auction=CLOSING)
    assert lines(made.match(bar("100 110 90 104", 1000, time=30))) == ["first 30@100 TAKER"]
    assert made.expire(40) == []
    assert lines(made.expire(41)) == ["a 70@104 TAKER", "a AUCTION_OVER 30"]
    assert len(made) == 0


def test_a_bar_without_trades_opens_nothing(child: Callable[..., ChildOrder]) -> None:
    made = book()
    made.add(child("BUY MARKET", tif="AT_OPEN"), auction=OPENING)
    assert lines(made.match(bar("100", 0, time=20))) == []
    assert lines(made.match(bar("101", 1000, time=30))) == ["a 100@101 TAKER"]


# --- flags --------------------------------------------------------------------------------------------------------


def test_post_only_is_refused_by_the_last_close_and_without_one_cancelled_by_the_first_open(
    child: Callable[..., ChildOrder],
) -> None:
    empty = book()
    order = child("BUY LIMIT 100", post_only=True)
    assert empty.refuse(order, bar("101")) is None
    assert empty.refuse(order, bar("100")) == Refusal(code="POST_ONLY", text="limit=100, market=100.0")
    assert book(touch_fills=False).refuse(order, bar("100")) is None
    assert empty.refuse(order, None) is None
    assert lines(book(order).match(bar("100 110 90 105"))) == ["a POST_ONLY 100"]
    assert lines(book(order).match(bar("101 110 90 105"))) == ["a 100@100 MAKER"]
    # It rested when the market opened through it, so it makes liquidity; the price is the open's, as for any limit.
    assert lines(book(order, last=101.0).match(bar("99 110 90 105"))) == ["a 100@99 MAKER"]


def test_a_post_only_stop_limit_is_cancelled_where_its_trigger_would_take(child: Callable[..., ChildOrder]) -> None:
    assert lines(book(child("BUY STOP_LIMIT 105 106", post_only=True)).match(bar("100 110 90 105"))) == [
        "a POST_ONLY 100"
    ]
    falling = child("BUY STOP_LIMIT 105 104", post_only=True)
    assert lines(book(falling, path="ohlc").match(bar("100 110 90 105"))) == ["a 100@104 MAKER"]


@pytest.mark.parametrize(
    ("order", "held", "expected", "held_after"),
    [
        ("SELL MARKET", "150", ["a 100@100 TAKER"], "50"),
        ("SELL MARKET", "60", ["a now 60 of 60", "a 60@100 TAKER"], "0"),
        ("SELL MARKET", "0", ["a REDUCE_ONLY 100"], "0"),
        ("SELL MARKET", "-50", ["a REDUCE_ONLY 100"], "-50"),
        ("BUY MARKET", "-60", ["a now 60 of 60", "a 60@100 TAKER"], "0"),
        ("BUY LIMIT 95", "50", ["a REDUCE_ONLY 100"], "50"),
        ("BUY LIMIT 80", "50", [], "50"),  # looked at only where it would trade
    ],
)
def test_reduce_only_is_cut_to_the_position(
    child: Callable[..., ChildOrder], order: str, held: str, expected: list[str], held_after: str
) -> None:
    reducing = book(child(order, reduce_only=True))
    assert reducing.reducing == 1
    reducing.held = D(held)
    assert lines(reducing.match(bar("100 110 90 105"))) == expected
    assert (reducing.held, reducing.reducing) == (D(held_after), len(reducing))


def test_two_reduce_only_orders_on_one_bar_do_not_flip_the_position_together(child: Callable[..., ChildOrder]) -> None:
    reducing = book(
        child("SELL LIMIT 108", reduce_only=True, name="profit"),
        child("SELL STOP 92", reduce_only=True, name="loss"),
        child("BUY LIMIT 91", "30", name="more"),
        path="olhc",
    )
    reducing.held = D(100)
    assert lines(reducing.match(bar("100 110 90 105"))) == [
        "loss 100@92 TAKER",
        "more 30@91 MAKER",
        "profit now 30 of 30",
        "profit 30@108 MAKER",
    ]
    assert (reducing.held, reducing.reducing) == (D(0), 0)


def test_a_cancel_of_a_reduce_only_order_is_forgotten(child: Callable[..., ChildOrder]) -> None:
    reducing = book(child("SELL LIMIT 108", reduce_only=True))
    assert (reducing.cancel("a"), reducing.reducing) == (D(100), 0)


# --- groups -------------------------------------------------------------------------------------------------------

OCO = {"group": "exit", "contingency": Contingency.OCO}
OUO = {"group": "exit", "contingency": Contingency.OUO}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("olhc", ["loss 100@92 TAKER", "profit GROUP 100"]),
        ("ohlc", ["profit 100@108 MAKER", "loss GROUP 100"]),
    ],
)
def test_of_two_one_cancels_other_orders_on_one_bar_the_one_fills_that_the_path_meets_first(
    child: Callable[..., ChildOrder], path: str, expected: list[str]
) -> None:
    group = book(child("SELL LIMIT 108", name="profit", **OCO), child("SELL STOP 92", name="loss", **OCO), path=path)
    assert lines(group.match(bar("100 110 90 105"))) == expected
    assert len(group) == 0


def test_a_partial_fill_cancels_the_other_as_well(child: Callable[..., ChildOrder]) -> None:
    group = book(child("SELL LIMIT 108", name="profit", **OCO), child("SELL STOP 92", name="loss", **OCO), path="olhc")
    assert lines(group.match(bar("100 110 90 105", 300))) == ["loss 30@92 TAKER", "profit GROUP 100"]


def test_each_fill_of_a_one_updates_other_order_takes_its_quantity_off_the_others(
    child: Callable[..., ChildOrder],
) -> None:
    group = book(
        child("SELL LIMIT 108", name="profit", **OUO),
        child("SELL STOP 92", "80", name="loss", **OUO),
        child("SELL LIMIT 120", name="another", group="other", contingency=Contingency.OUO),
    )
    assert lines(group.match(bar("100 110 95 105", 300))) == ["profit 30@108 MAKER", "loss now 50 of 50"]
    assert lines(group.match(bar("100 110 95 105", 300))) == ["profit 30@108 MAKER", "loss now 20 of 20"]
    assert lines(group.match(bar("92 93 90 91", 1000))) == ["loss 20@92 TAKER", "profit now 20 of 80"]
    assert lines(group.match(bar("100 121 95 105", 1000))) == [
        "profit 20@108 MAKER",
        "another 80@120 MAKER",
    ]


def test_groups_of_the_same_name_belong_to_their_strategies(child: Callable[..., ChildOrder]) -> None:
    other = changed(child("SELL LIMIT 108", name="other", **OCO), strategy="another")
    group = book(child("SELL LIMIT 108", name="one", **OCO), other)
    assert lines(group.match(bar("100 110 95 105"))) == ["one 100@108 MAKER", "other 100@108 MAKER"]


# --- our own orders meet ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "expected", "resting"),
    [
        ("none", [], {"low": 40, "high": 40, "new": 100}),
        ("cancel_newest", ["new SELF_TRADE 100"], {"low": 40, "high": 40}),
        ("cancel_oldest", ["low SELF_TRADE 40", "high SELF_TRADE 40"], {"new": 100}),
        ("cancel_both", ["low SELF_TRADE 40", "new SELF_TRADE 100"], {"high": 40}),
        (
            "decrement",
            ["low SELF_TRADE 40", "new now 60 of 60", "high SELF_TRADE 40", "new now 20 of 20"],
            {"new": 20},
        ),
    ],
)
def test_an_order_that_comes_meets_our_own_on_the_other_side_by_price_and_time(
    child: Callable[..., ChildOrder], mode: str, expected: list[str], resting: dict[str, int]
) -> None:
    made = book(
        child("SELL LIMIT 102", "40", name="high"),
        child("SELL LIMIT 101", "40", name="low"),
        child("SELL STOP 99", "40", name="waits"),
        child("BUY LIMIT 90", "40", name="same"),
        self_trade_prevention=mode,
    )
    made.add(child("BUY LIMIT 103", name="new"))
    assert lines(made.meet_own("new", 100.0)) == expected
    assert made.prevents is (mode != "none")
    names = ("low", "high", "new")
    assert {name: made.leaves(name) for name in names if made.leaves(name) is not None} == resting
    assert (made.leaves("waits"), made.leaves("same")) == (D(40), D(40))


@pytest.mark.parametrize(("market", "met"), [(100.0, False), (101.0, True), (102.0, True), (None, True)])
def test_a_market_order_meets_our_own_that_is_at_least_as_good_as_the_market(
    child: Callable[..., ChildOrder], market: float | None, met: bool
) -> None:
    made = book(child("SELL LIMIT 101", name="own"), self_trade_prevention="cancel_newest")
    made.add(child("BUY MARKET", name="new"))
    assert lines(made.meet_own("new", market)) == (["new SELF_TRADE 100"] if met else [])


def test_a_stop_meets_our_own_where_it_is_triggered(child: Callable[..., ChildOrder]) -> None:
    made = book(
        child("SELL STOP 95", name="stop"),
        child("BUY LIMIT 96", "30", name="own"),
        self_trade_prevention="cancel_oldest",
    )
    assert made.meet_own("stop", 100.0) == []
    assert lines(made.match(bar("97 98 95.5 97"))) == ["own 30@96 MAKER"]
    made.add(child("BUY LIMIT 95", "30", name="again"))
    assert lines(made.match(bar("97 98 94 97"))) == ["again SELF_TRADE 30", "stop 100@95 TAKER"]


# --- other rules of the bar ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "prices", "expected"),
    [
        # LEAN's base model: the worse of limit and extreme, the worse of stop and close.
        ("BUY LIMIT 101", "99 100 98 99", ["a 100@100 TAKER"]),
        ("BUY LIMIT 101", "99 103 98 99", ["a 100@101 TAKER"]),
        ("SELL LIMIT 99", "101 103 100 102", ["a 100@100 TAKER"]),
        ("BUY STOP 101", "100 104 99 103", ["a 100@103 TAKER"]),
        ("BUY STOP 101", "102 104 99 100", ["a 100@101 TAKER"]),
        ("SELL STOP 99", "100 101 97 98", ["a 100@98 TAKER"]),
        ("BUY MARKET", "100 104 99 103", ["a 100@100 TAKER"]),
        ("BUY STOP_LIMIT 101 102", "100 104 99 103", ["a 100@102 TAKER"]),
        ("BUY LIMIT 95", "100 110 90 105", ["a 100@95 MAKER"]),
        ("BUY STOP_LIMIT 105 89", "100 110 90 105", []),
    ],
)
def test_with_the_worse_gap_price_orders_fill_as_in_leans_base_model(
    child: Callable[..., ChildOrder], order: str, prices: str, expected: list[str]
) -> None:
    assert lines(book(child(order), gap_price="worse").match(bar(prices))) == expected


def test_a_trail_is_worsened_from_where_its_trigger_was_and_the_close_of_a_session_is_its_close(
    child: Callable[..., ChildOrder],
) -> None:
    trailing = book(child("SELL TRAILING_STOP", trail_offset=D(5)), last=100.0, gap_price="worse", path="ohlc")
    assert lines(trailing.match(bar("100 110 96 98"))) == ["a 100@98 TAKER"]  # hit at 105, and the close is worse
    closing = book(gap_price="worse")
    closing.add(child("BUY LIMIT 108", tif="AT_CLOSE"), auction=CLOSING)
    assert lines(closing.match(bar("100 110 96 98", time=40))) == ["a 100@98 TAKER"]


@pytest.mark.parametrize(
    ("order", "prices", "expected"),
    [
        ("BUY LIMIT 3.5", "4.0 4.0 2.85 3.5", ["a 100@3.5 TAKER"]),
        ("BUY LIMIT 3.49", "4.0 4.0 2.85 3.5", []),
        ("BUY STOP 3.6", "4.0 4.0 2.85 3.5", []),
        ("SELL STOP 3.6", "4.0 4.0 2.85 3.5", ["a 100@3.5 TAKER"]),
    ],
)
def test_with_the_path_close_a_bar_is_its_close_alone(
    child: Callable[..., ChildOrder], order: str, prices: str, expected: list[str]
) -> None:
    assert lines(book(child(order), path="close", market_price="close").match(bar(prices))) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("BUY MARKET", ["a 50@100 TAKER"]),
        ("BUY LIMIT 100", ["a 50@100 TAKER"]),
        ("BUY LIMIT 99", []),
        ("BUY STOP 100", ["a 50@100 TAKER"]),
        ("BUY STOP 101", []),
        ("SELL MARKET_IF_TOUCHED 99", ["a 50@100 TAKER"]),
        ("BUY STOP_LIMIT 99 98", []),
    ],
)
def test_orders_may_begin_at_the_last_close_and_share_its_volume(
    child: Callable[..., ChildOrder], order: str, expected: list[str]
) -> None:
    last = bar("97 101 96 100", 800, time=9)
    made = book(child("BUY MARKET", "30", name="first"), arrival="last_close")
    assert made.meets_standing
    assert lines(made.arrive("first", last)) == ["first 30@100 TAKER"]
    made.add(child(order, "90"))
    assert lines(made.arrive("a", last)) == expected


def test_a_stop_limit_triggered_by_the_last_close_waits_as_a_limit_order(child: Callable[..., ChildOrder]) -> None:
    made = book(child("BUY STOP_LIMIT 99 98"), arrival="last_close")
    assert made.arrive("a", bar("97 101 96 100")) == []
    assert lines(made.match(bar("99 99.5 97 98.5", time=2))) == ["a 100@98 MAKER"]


def test_at_the_last_close_a_trail_begins_and_auctions_and_halts_do_nothing(child: Callable[..., ChildOrder]) -> None:
    made = book(child("SELL TRAILING_STOP", trail_offset=D(5)), arrival="last_close")
    assert made.arrive("a", bar("100")) == []
    assert lines(made.match(bar("97 98 95 97", time=2))) == ["a 100@95 TAKER"]
    made.add(child("BUY MARKET", tif="AT_OPEN"), auction=OPENING)
    assert (made.arrive("a", bar("100")), made.arrive("b", bar("100")), made.arrive("a", bar("100", 0))) == ([], [], [])


def test_a_bar_that_had_closed_when_an_order_arrived_does_not_meet_it(child: Callable[..., ChildOrder]) -> None:
    made = book()
    made.add(child("BUY MARKET", name="early"), 9)
    made.add(child("BUY MARKET", name="late"), 10)
    made.add(child("BUY LIMIT 99", name="ioc", tif="IOC"), 10)
    assert lines(made.match(bar("100", time=10))) == ["early 100@100 TAKER"]
    assert lines(made.match(bar("101", 0, time=10))) == []
    assert lines(made.match(bar("101", time=11))) == ["late 100@101 TAKER", "ioc IOC_REMAINDER 100"]


def test_a_bar_is_stale_past_its_age() -> None:
    made = book(stale_after_ns=5)
    assert [made.is_stale(bar("100", time=10), now) for now in (10, 15, 16)] == [False, False, True]
    assert not book().is_stale(bar("100", time=10), 10**18)


@pytest.mark.parametrize(
    ("order", "sessions", "code"),
    [
        (("BUY PEGGED", {"peg_to": PegTo.BID}), True, "NEEDS_QUOTES"),
        (("BUY STOP 100", {"tif": "AT_OPEN"}), True, "AUCTION_KIND"),
        (("BUY MARKET", {"tif": "AT_CLOSE"}), False, "NO_SESSIONS"),
        (("BUY MARKET", {"post_only": True}), True, "POST_ONLY"),
        (("BUY LIMIT 100", {"post_only": True, "tif": "IOC"}), True, "POST_ONLY"),
        (("BUY STOP_LIMIT 100 90", {"post_only": True}), True, None),
        (("BUY LIMIT 200", {}), True, None),
    ],
)
def test_what_a_book_of_bars_cannot_take_is_refused(
    child: Callable[..., ChildOrder], order: tuple[str, dict[str, Any]], sessions: bool, code: str | None
) -> None:
    refusal = book().refuse(child(order[0], **order[1]), bar("100"), has_sessions=sessions)
    assert (None if refusal is None else refusal.code) == code


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (("BUY MARKET", {"tif": "AT_OPEN"}), "a: AT_OPEN must come with its auction, was None"),
        (("BUY ICEBERG 9", {}), "a: ICEBERG must have a display quantity, was None"),
        (("BUY PEGGED", {}), "a: PEGGED must name what it follows, was None"),
        (("BUY TRAILING_STOP", {}), "a: TRAILING_STOP must have a trail offset above 0, was None"),
        (("BUY TRAILING_STOP", {"trail_offset": D(0)}), "a: TRAILING_STOP must have a trail offset above 0, was 0"),
        (
            ("BUY TRAILING_STOP_LIMIT", {"trail_offset": D(1)}),
            "a: TRAILING_STOP_LIMIT must have exactly its offsets, was limit_offset=None",
        ),
        (
            ("BUY MARKET_TO_LIMIT", {"stop": "9"}),
            "a: MARKET_TO_LIMIT must have exactly its prices, was limit=None, stop=9",
        ),
    ],
)
def test_an_order_that_lacks_what_its_kind_needs_is_an_error_and_is_not_kept(
    child: Callable[..., ChildOrder], order: tuple[str, dict[str, Any]], text: str
) -> None:
    made = book()
    with pytest.raises(ValueError, match=f"^{text}$"):
        made.add(child(order[0], **order[1]))
    assert len(made) == 0
