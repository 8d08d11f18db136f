"""Rules of bars that other engines have and a scenario may ask for by name, worked by hand from docs/fills.md.

Those for stop-limits and trailing stops were held against backtrader 1.9.78, backtesting.py 0.6.6 and basana 1.11,
run on the same 1,500 random orders of three bars each, without a difference; those for gaps against NautilusTrader
1.221 on 231 of them, and brackets against backtrader and backtesting.py on 173.
"""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.auctions import Auction
from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules, StopLimits
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.matching import Dead, Execution, Outcome
from tradepit.models.orders import ChildOrder, Contingency, OrderKind, OrderTerms, Side, TimeInForce
from tradepit.models.slippage import FixedPriceSlippage, NoSlippage, Slippage
from tradepit.models.slippage_impact import VolumeShareSlippage

D = Decimal
HOUR = 3600 * 10**9
FINE = Instrument(symbol="X", tick=D("0.00000001"))
ZIPLINE: dict[str, Any] = {
    "path": "close",
    "market_price": "close",
    "max_volume_share": D("0.025"),
    "slips": "all",
    "past_limit": "skip",
}


def child(text: str, quantity: int = 100, *, name: str = "a", tif: str = "GTC", **terms: Any) -> ChildOrder:
    """Read an order such as `BUY STOP_LIMIT 95 101` (stop before limit); keywords are its terms."""
    side, kind_name, *prices = text.split()
    kind = OrderKind(kind_name)
    return ChildOrder(
        child_id=name,
        order_id=name,
        strategy="s",
        venue="V",
        symbol="X",
        side=Side(side),
        kind=kind,
        quantity=D(quantity),
        stop_price=D(prices.pop(0)) if kind.has_stop and prices else None,
        limit_price=D(prices.pop(0)) if kind.has_limit and prices else None,
        time_in_force=TimeInForce(tif),
        expires_at=None,
        terms=OrderTerms(**terms) if terms else None,
    )


def bar(prices: str, volume: float = 1e6, *, time: int = 1) -> Bar:
    """Read a bar such as `100 110 90 105`: open, high, low, close; one price is a bar that stood still."""
    figures = [float(price) for price in prices.split()]
    opened, high, low, close = figures if len(figures) == 4 else figures * 4
    return Bar(symbol="X", time=time, open=opened, high=high, low=low, close=close, volume=volume)


def book(*orders: ChildOrder, slippage: Slippage | None = None, last: float | None = None, **rules: Any) -> BarBook:
    made = BarBook(FINE, BarRules(**rules), slippage or NoSlippage())
    for order in orders:
        made.add(order, last=last)
    return made


def lines(outcomes: list[Outcome]) -> list[str]:
    """Shorten outcomes to `a 100@95 MAKER` and `a GROUP 100`."""
    told = []
    for o in outcomes:
        if isinstance(o, Execution):
            told.append(f"{o.child_id} {o.quantity.normalize():f}@{o.price.normalize():f} {o.liquidity}")
        else:
            assert isinstance(o, Dead)
            told.append(f"{o.child_id} {o.code} {o.leaves}")
    return told


# --- stop-limits --------------------------------------------------------------------------------------------------

RULES: tuple[StopLimits, ...] = ("path", "range", "close", "pessimistic", "body")
UP, DOWN = "100 110 90 105", "100 110 90 95"


@pytest.mark.parametrize(
    ("order", "prices", "expected"),
    [  # what each rule gives, in the order of RULES; a dash where it gives nothing
        ("BUY STOP_LIMIT 105 105", UP, "105 105 105 - 105"),
        ("BUY STOP_LIMIT 105 107", UP, "105 107 107 105 105"),
        ("BUY STOP_LIMIT 105 112", UP, "105 - 110 105 105"),
        ("BUY STOP_LIMIT 105 103", UP, "- 103 - - -"),
        ("BUY STOP_LIMIT 95 101", UP, "100 100 - 95 100"),  # the open is past the stop
        ("BUY STOP_LIMIT 95 97", UP, "97 97 - 95 97"),
        ("BUY STOP_LIMIT 95 89", UP, "- - - - -"),
        ("BUY STOP_LIMIT 111 112", UP, "- - - - -"),  # never triggered
        ("BUY STOP_LIMIT 105 95", DOWN, "95 95 95 - 95"),
        ("BUY STOP_LIMIT 105 97", DOWN, "97 97 97 - 97"),
        ("SELL STOP_LIMIT 95 97", UP, "97 97 97 - 97"),
        ("SELL STOP_LIMIT 95 93", UP, "95 93 93 95 95"),
        ("SELL STOP_LIMIT 90 90", UP, "90 90 90 - 90"),
        ("SELL STOP_LIMIT 90 88", UP, "90 - 90 90 90"),
        ("SELL STOP_LIMIT 95 93", DOWN, "95 93 93 95 95"),
        ("SELL STOP_LIMIT 95 97", DOWN, "97 97 - - -"),
        ("SELL STOP_LIMIT 105 102", DOWN, "102 102 - 105 102"),
        ("SELL STOP_LIMIT 89 88", UP, "- - - - -"),
    ],
)
def test_each_rule_has_its_own_answer_to_a_stop_limit_on_the_bar_of_its_trigger(
    order: str, prices: str, expected: str
) -> None:
    got = []
    for rule in RULES:
        outcomes = book(child(order), stop_limits=rule).match(bar(prices))
        got.append(" ".join(f"{o.price.normalize():f}" for o in outcomes if isinstance(o, Execution)) or "-")
    assert " ".join(got) == expected


@pytest.mark.parametrize("rule", ["range", "close", "pessimistic", "body"])
def test_a_stop_limit_that_got_nothing_is_a_limit_order_on_the_next_bar(rule: StopLimits) -> None:
    waiting = book(child("BUY STOP_LIMIT 105 89"), stop_limits=rule)
    assert lines(waiting.match(bar(UP))) == []
    assert lines(waiting.match(bar("95 96 88 90"))) == ["a 100@89 MAKER"]


@pytest.mark.parametrize(
    ("order", "bars", "expected"),
    [  # as LEAN's equity model has it, with strict limits: the close on the trigger's bar, a limit order from there on
        ("SELL STOP_LIMIT 101.75 101.5", ["102", "101", "101.66"], [[], [], ["a 100@101.66 MAKER"]]),
        ("BUY STOP_LIMIT 100 100.25", ["99.5 101.5 99.5 100.25"], [[]]),  # closes exactly at the limit
        ("BUY STOP_LIMIT 100 100.25", ["99.5 101.5 99.5 101", "100.6 100.8 99.8 100.6"], [[], ["a 100@100.25 MAKER"]]),
        ("BUY STOP_LIMIT 100 100.25", ["99.5 101.5 99.5 101", "99.9 100.8 99.8 100.6"], [[], ["a 100@99.9 MAKER"]]),
        ("SELL STOP_LIMIT 100 99.75", ["100.5 100.5 98.5 99", "99.4 100.2 99.2 99.4"], [[], ["a 100@99.75 MAKER"]]),
        ("SELL STOP_LIMIT 100 99.75", ["100.5 100.5 98.5 99", "100.1 100.2 99.2 99.4"], [[], ["a 100@100.1 MAKER"]]),
    ],
)
def test_by_the_close_the_bar_of_the_trigger_is_its_close_and_the_next_a_bar_like_any_other(
    order: str, bars: list[str], expected: list[list[str]]
) -> None:
    waiting = book(child(order), stop_limits="close", touch_fills=False)
    assert [lines(waiting.match(bar(prices))) for prices in bars] == expected


def test_stop_limits_that_must_be_done_at_once_go_by_the_path_under_every_rule() -> None:
    for rule in RULES:
        ended = book(child("SELL STOP_LIMIT 95 93", tif="IOC"), stop_limits=rule).match(bar(UP))
        assert lines(ended) == ["a 100@95 TAKER"]


def test_on_the_worst_path_a_rule_without_a_path_stays_what_it_is() -> None:
    assert lines(book(child("BUY STOP_LIMIT 105 103"), path="worst", stop_limits="range").match(bar(UP))) == [
        "a 100@103 MAKER"
    ]


# --- gaps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "bars", "expected"),
    [  # as NautilusTrader 1.221 did on these bars
        ("BUY LIMIT 95", ["94 97 85 88"], [["a 100@95 TAKER"]]),
        ("SELL LIMIT 101", ["97 100 91 99", "104 107 98 100"], [[], ["a 100@101 MAKER"]]),
        ("SELL STOP 96", ["95 97 93 97"], [["a 100@96 TAKER"]]),
        ("BUY STOP 101", ["104 108 100 107"], [["a 100@101 TAKER"]]),
        ("SELL STOP_LIMIT 99 94", ["96 98 90 93"], [["a 100@99 TAKER"]]),
        ("BUY STOP_LIMIT 102 108", ["103 105 101 101"], [["a 100@102 TAKER"]]),
        ("SELL STOP_LIMIT 89 91", ["99 102 90 93", "96 98 87 90", "96 102 96 96"], [[], [], ["a 100@91 MAKER"]]),
        ("BUY MARKET", ["94 97 85 88"], [["a 100@94 TAKER"]]),
        ("BUY STOP 105", ["100 110 90 105"], [["a 100@105 TAKER"]]),
    ],
)
def test_orders_may_get_their_own_price_where_a_bar_opens_past_it(
    order: str, bars: list[str], expected: list[list[str]]
) -> None:
    made = book(child(order), gap_price="own", path="ohlc")
    assert [lines(made.match(bar(prices))) for prices in bars] == expected


def test_an_order_for_the_close_gets_the_close_whatever_its_limit() -> None:
    made = book(gap_price="own")
    made.add(child("BUY LIMIT 108", tif="AT_CLOSE"), auction=Auction(False, 10, 40))
    assert lines(made.match(bar("100 110 96 98", time=40))) == ["a 100@98 TAKER"]


# --- trailing stops -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "trailing", "bars", "expected"),
    [
        ("SELL", "extreme", ["100 110 96 104"], [[]]),
        ("SELL", "extreme", ["100 110 96 104", "106 107 104 105"], [[], ["a 100@105 TAKER"]]),  # 110 - 5
        ("SELL", "extreme", ["100 110 96 104", "104 107 103 105"], [[], ["a 100@104 TAKER"]]),  # gapped past 105
        ("SELL", "close", ["100 110 96 104", "104 107 100 105"], [[], []]),  # 104 - 5
        ("SELL", "close", ["100 110 96 104", "104 107 99 105"], [[], ["a 100@99 TAKER"]]),
        ("SELL", "close", ["100 110 95 104"], [["a 100@95 TAKER"]]),
        ("SELL", "path", ["100 110 96 104"], [["a 100@105 TAKER"]]),
        ("BUY", "extreme", ["100 104 90 96", "94 95 91 92"], [[], ["a 100@95 TAKER"]]),  # 90 + 5
        ("BUY", "close", ["100 104 90 96", "94 100.5 91 92"], [[], []]),
        ("BUY", "close", ["100 104 90 96", "94 101 91 92"], [[], ["a 100@101 TAKER"]]),
    ],
)
def test_a_trigger_that_stands_for_a_bar_moves_when_the_bar_is_over(
    side: str, trailing: str, bars: list[str], expected: list[list[str]]
) -> None:
    trailed = book(child(f"{side} TRAILING_STOP", trail_offset=D(5)), last=100.0, trailing=trailing, path="ohlc")
    assert [lines(trailed.match(bar(prices))) for prices in bars] == expected


def test_without_a_price_before_it_a_trail_begins_at_the_first_open() -> None:
    trailed = book(child("SELL TRAILING_STOP", trail_offset=D(5)), trailing="extreme")
    assert lines(trailed.match(bar("100 101 95 96"))) == ["a 100@95 TAKER"]


def test_a_trail_that_stood_has_its_limit_from_where_it_stood() -> None:
    trailed = book(
        child("SELL TRAILING_STOP_LIMIT", trail_offset=D(5), limit_offset=D(1)), last=100.0, trailing="extreme"
    )
    assert lines(trailed.match(bar("100 101 93 96"))) == ["a 100@95 TAKER"]
    gapped = book(child("SELL TRAILING_STOP_LIMIT", trail_offset=D(5), limit_offset=D(1)), last=100.0, trailing="close")
    assert lines(gapped.match(bar("93 96 92 95"))) == ["a 100@94 MAKER"]  # below its limit of 94, then back to it


# --- when a market order came -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("came", "kind", "expected"),
    [
        (0, "BUY MARKET", "a 100@100 TAKER"),  # as the bar began: it was there before
        (1, "BUY MARKET", "a 100@102.3 TAKER"),
        (HOUR // 2, "BUY MARKET", "a 100@102.3 TAKER"),
        (HOUR - 1, "BUY MARKET", "a 100@102.3 TAKER"),
        (HOUR // 2, "BUY LIMIT 101", "a 100@100 TAKER"),
        (HOUR // 2, "BUY STOP 101", "a 100@101 TAKER"),
    ],
)
def test_a_market_order_that_came_during_a_bar_gets_its_close(came: int, kind: str, expected: str) -> None:
    made = book(close_within_ns=HOUR)
    made.add(child(kind), came)
    assert lines(made.match(bar("100 103 99 102.3", time=HOUR))) == [expected]


def test_what_is_left_of_it_gets_the_next_bars_market_price() -> None:
    made = book(close_within_ns=HOUR)
    made.add(child("BUY MARKET"), 1)
    assert lines(made.match(bar("100 103 99 102", 500, time=HOUR))) == ["a 50@102 TAKER"]
    assert lines(made.match(bar("104 105 103 105", 500, time=2 * HOUR))) == ["a 50@104 TAKER"]


def test_a_bar_after_a_pause_began_before_an_order_that_came_in_the_pause() -> None:
    made = book(close_within_ns=HOUR)
    made.add(child("SELL MARKET"), 2 * HOUR)
    assert lines(made.match(bar("100 103 99 102", time=10 * HOUR))) == ["a 100@100 TAKER"]


# --- all or nothing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "tif", "expected"),
    [
        ("BUY MARKET", "GTC", [[], ["a 100@101 TAKER"]]),
        ("BUY MARKET", "FOK", [["a FOK_UNFILLABLE 100"], []]),
        ("BUY MARKET", "IOC", [["a IOC_REMAINDER 100"], []]),
        ("BUY STOP 100", "GTC", [[], ["a 100@101 TAKER"]]),
        ("BUY STOP 102", "GTC", [[], []]),  # the first bar came to it, and did not count
        ("BUY LIMIT 105", "GTC", [["a 90@100 TAKER"], ["a 10@101 MAKER"]]),
        ("BUY MARKET_TO_LIMIT", "GTC", [["a 90@100 TAKER"], []]),
    ],
)
def test_where_only_whole_fills_are_given_what_wants_the_markets_price_waits(
    order: str, tif: str, expected: list[list[str]]
) -> None:
    made = book(child(order, tif=tif), market_fills="whole")
    assert [lines(made.match(bar(p, v))) for p, v in (("100 103 99 101", 900), ("101 101 101 101", 1000))] == expected


def test_the_volume_that_one_order_left_untouched_is_there_for_the_next() -> None:
    made = book(child("BUY MARKET"), child("BUY MARKET", 90, name="b"), market_fills="whole")
    assert lines(made.match(bar("100", 900))) == ["b 90@100 TAKER"]
    assert made.leaves("a") == 100


def test_an_order_for_the_close_takes_the_part_that_there_is() -> None:
    made = book(market_fills="whole")
    made.add(child("BUY MARKET", tif="AT_CLOSE"), auction=Auction(False, 10, 40))
    assert lines(made.match(bar("100", 900, time=40))) == ["a 90@100 TAKER", "a AUCTION_OVER 10"]


def test_at_the_last_close_the_same_holds() -> None:
    made = book(child("BUY MARKET"), market_fills="whole", arrival="last_close")
    assert made.arrive("a", bar("100", 900)) == []
    made.add(child("BUY MARKET", name="f", tif="FOK"))
    assert lines(made.arrive("f", bar("100", 900))) == ["f FOK_UNFILLABLE 100"]
    assert lines(made.arrive("a", bar("100", 1000))) == ["a 100@100 TAKER"]


# --- who goes first -----------------------------------------------------------------------------------------------


def test_by_submission_the_first_that_came_takes_the_volume_whatever_the_path_meets_first() -> None:
    orders = child("BUY LIMIT 95", name="first"), child("BUY MARKET", name="second")
    assert lines(book(*orders).match(bar(UP, 1500))) == ["second 100@100 TAKER", "first 50@95 MAKER"]
    by_submission = book(*orders, sequence="submission")
    assert lines(by_submission.match(bar(UP, 1500))) == ["first 100@95 MAKER", "second 50@100 TAKER"]


def test_by_submission_the_first_of_a_group_that_came_is_the_one_that_fills() -> None:
    group: dict[str, Any] = {"group": "exit", "contingency": Contingency.OCO}
    orders = child("SELL LIMIT 108", name="profit", **group), child("SELL STOP 92", name="loss", **group)
    assert lines(book(*orders, path="olhc").match(bar(UP))) == ["loss 100@92 TAKER", "profit GROUP 100"]
    assert lines(book(*orders, path="olhc", sequence="submission").match(bar(UP))) == [
        "profit 100@108 MAKER",
        "loss GROUP 100",
    ]


# --- slippage and limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "bars", "expected"),
    [  # the impact on 50 of 2,000 is 0.1 x 0.025^2 = 0.0000625 of the price
        ("BUY LIMIT 3.5", ["3.5"], [[]]),  # 3.50021875 would be worse than 3.50
        ("BUY LIMIT 3.6", ["3.5", "3.5"], [["a 50@3.50021875 TAKER"], ["a 50@3.50021875 MAKER"]]),
        ("SELL LIMIT 3.5", ["3.5"], [[]]),
        ("SELL LIMIT 3.4", ["3.5"], [["a 50@3.49978125 TAKER"]]),
        ("BUY STOP_LIMIT 4 3.6", ["4", "3.5"], [[], ["a 50@3.50021875 MAKER"]]),
        ("BUY STOP_LIMIT 4 4", ["4", "3.9"], [[], ["a 50@3.90024375 MAKER"]]),  # triggered, skipped, then a limit
        ("SELL STOP_LIMIT 3 4", ["3", "3.5"], [[], []]),
        ("BUY STOP 3.6", ["3.5", "3.6"], [[], ["a 50@3.600225 TAKER"]]),
        ("BUY MARKET", ["3.5"], [["a 50@3.50021875 TAKER"]]),
    ],
)
def test_a_limit_that_the_impact_would_pass_is_skipped_for_the_bar(
    order: str, bars: list[str], expected: list[list[str]]
) -> None:
    made = book(child(order), slippage=VolumeShareSlippage(), **ZIPLINE)
    assert [lines(made.match(bar(prices, 2000))) for prices in bars] == expected


def test_what_is_skipped_counts_for_nobodys_impact() -> None:
    slippage = VolumeShareSlippage(limit=D("0.5"))
    made = book(
        child("BUY LIMIT 3.5", name="skipped"),
        child("BUY LIMIT 4", name="filled"),
        slippage=slippage,
        **{**ZIPLINE, "max_volume_share": D("0.1")},
    )
    assert lines(made.match(bar("3.5", 2000))) == ["filled 100@3.500875 TAKER"]  # (100 / 2,000)^2 / 10


def test_an_order_that_must_be_done_at_once_and_is_skipped_ends() -> None:
    made = book(child("BUY LIMIT 3.5", tif="IOC"), slippage=FixedPriceSlippage(D("0.1")), past_limit="skip")
    assert lines(made.match(bar("3.45"))) == ["a IOC_REMAINDER 100"]


def test_at_the_last_close_a_limit_is_skipped_too() -> None:
    made = book(child("BUY LIMIT 3.5"), slippage=FixedPriceSlippage(D("0.1")), past_limit="skip", arrival="last_close")
    assert made.arrive("a", bar("3.45")) == []
    assert lines(made.arrive("a", bar("3.4"))) == ["a 100@3.4 MAKER"]  # it rests now, and makers do not slip


def test_only_takers_are_skipped_where_only_takers_slip() -> None:
    made = book(child("BUY LIMIT 95"), slippage=FixedPriceSlippage(D(1)), past_limit="skip")
    assert lines(made.match(bar(UP))) == ["a 100@95 MAKER"]
    all_slip = book(child("BUY LIMIT 95"), slippage=FixedPriceSlippage(D(1)), slips="all")
    assert lines(all_slip.match(bar(UP))) == ["a 100@95 MAKER"]  # up to its limit
    assert lines(book(child("BUY LIMIT 95"), past_limit="skip", slips="all").match(bar(UP))) == ["a 100@95 MAKER"]


@pytest.mark.parametrize(
    ("order", "slipped", "rule", "expected"),
    [  # on the bar 1297.5 1301 1293.1 1295, as backtrader has it where prices must match the bar
        ("SELL LIMIT 1285", "0", "extreme", ["a 100@1297.5 TAKER"]),
        ("SELL LIMIT 1285", "3", "extreme", ["a 100@1294.5 TAKER"]),
        ("SELL LIMIT 1285", "4", "extreme", ["a 100@1293.5 TAKER"]),
        ("SELL LIMIT 1285", "5", "extreme", ["a 100@1293.1 TAKER"]),
        ("SELL LIMIT 1285", "10", "extreme", ["a 100@1293.1 TAKER"]),
        ("SELL LIMIT 1296", "10", "extreme", ["a 100@1296 TAKER"]),  # the limit comes first
        ("SELL LIMIT 1285", "10", "slip", ["a 100@1287.5 TAKER"]),
        ("SELL LIMIT 1285", "4.4", "skip", ["a 100@1293.1 TAKER"]),
        ("SELL LIMIT 1285", "4.41", "skip", []),
        ("BUY MARKET", "3.5", "skip", ["a 100@1301 TAKER"]),
        ("BUY MARKET", "4", "skip", []),
        ("BUY MARKET", "4", "extreme", ["a 100@1301 TAKER"]),
        ("BUY STOP 1300", "4", "extreme", ["a 100@1301 TAKER"]),
        ("BUY LIMIT 1294", "4", "skip", ["a 100@1294 MAKER"]),
    ],
)
def test_slippage_may_stop_at_the_ends_of_the_bar(order: str, slipped: str, rule: str, expected: list[str]) -> None:
    made = book(child(order), slippage=FixedPriceSlippage(D(slipped)), past_bar=rule)
    assert lines(made.match(bar("1297.5 1301 1293.1 1295"))) == expected


def test_slippage_at_the_last_close_stays_within_the_last_bar() -> None:
    made = book(child("BUY MARKET"), slippage=FixedPriceSlippage(D(9)), past_bar="extreme", arrival="last_close")
    assert lines(made.arrive("a", bar(UP))) == ["a 100@110 TAKER"]  # 105 + 9


# --- exits on the bar of their entry ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "exit_", "path", "expected"),
    [  # the bar is 100 110 90 105
        ("BUY MARKET", "SELL STOP 91", "olhc", ["a 100@91 TAKER"]),
        ("BUY MARKET", "SELL LIMIT 108", "olhc", ["a 100@108 MAKER"]),
        ("BUY MARKET", "SELL LIMIT 111", "olhc", []),
        ("BUY MARKET", "SELL STOP 101", "olhc", ["a 100@100 TAKER"]),  # past it where the entry was
        ("BUY LIMIT 95", "SELL STOP 89", "olhc", []),
        ("BUY LIMIT 95", "SELL STOP 91", "olhc", ["a 100@91 TAKER"]),
        ("BUY LIMIT 95", "SELL LIMIT 106", "olhc", ["a 100@106 MAKER"]),
        ("BUY LIMIT 95", "SELL LIMIT 106", "ohlc", []),  # after 95 there is 90, then 105
        ("BUY LIMIT 95", "SELL LIMIT 104", "ohlc", ["a 100@104 MAKER"]),
        ("BUY STOP 108", "SELL STOP 91", "olhc", []),  # the low came before
        ("BUY STOP 108", "SELL STOP 106", "olhc", ["a 100@106 TAKER"]),
        ("BUY STOP 108", "SELL STOP 104", "olhc", []),  # closes at 105
        ("SELL LIMIT 108", "BUY LIMIT 92", "ohlc", ["a 100@92 MAKER"]),
        ("SELL LIMIT 108", "BUY STOP 109", "worst", ["a 100@109 TAKER"]),  # the seller's path: 90, 110, 105
        ("SELL LIMIT 108", "BUY LIMIT 92", "worst", []),
        ("BUY MARKET", "SELL MARKET", "olhc", ["a 100@100 TAKER"]),
    ],
)
def test_what_waited_for_an_entry_meets_the_rest_of_its_bar(
    entry: str, exit_: str, path: str, expected: list[str]
) -> None:
    made = book(child(entry, name="entry"), exits="same_bar", path=path)
    assert len(made.match(bar(UP))) == 1
    made.add(child(exit_, parent_id="entry"))
    assert lines(made.arrive("a", bar(UP))) == expected


def test_it_gets_what_is_left_of_the_bars_volume() -> None:
    made = book(child("BUY MARKET", 70, name="entry"), exits="same_bar", path="olhc")
    made.match(bar(UP, 1000))
    made.add(child("SELL STOP 95", 70, parent_id="entry"))
    assert lines(made.arrive("a", bar(UP, 1000))) == ["a 30@95 TAKER"]
    assert lines(made.match(bar("99 99 99 99", time=2))) == ["a 40@99 TAKER"]


@pytest.mark.parametrize(
    ("exit_", "terms"),
    [
        ("SELL STOP 91", {}),  # waits for nobody
        ("SELL STOP 91", {"parent_id": "another"}),
        ("SELL TRAILING_STOP", {"parent_id": "entry", "trail_offset": D(1)}),
    ],
)
def test_others_begin_with_the_next_bar(exit_: str, terms: dict[str, Any]) -> None:
    made = book(child("BUY MARKET", name="entry"), exits="same_bar")
    made.match(bar(UP))
    made.add(child(exit_, **terms), last=105.0)
    assert made.arrive("a", bar(UP)) == []
    assert lines(made.match(bar("90", time=2))) == ["a 100@90 TAKER"]


def test_what_comes_after_the_next_bar_does_not_meet_one_that_is_past() -> None:
    made = book(child("BUY MARKET", name="entry"), exits="same_bar")
    made.match(bar(UP))
    made.add(child("SELL STOP 91", parent_id="entry"))
    assert made.arrive("a", bar("105 106 104 105", time=2)) == []


def test_what_did_not_fill_on_the_rest_rests() -> None:
    made = book(child("BUY MARKET", name="entry"), exits="same_bar", slippage=FixedPriceSlippage(D(1)), path="olhc")
    made.match(bar(UP))
    made.add(child("SELL LIMIT 111", parent_id="entry"))
    assert made.arrive("a", bar(UP)) == []
    assert lines(made.match(bar("112", time=2))) == ["a 100@112 MAKER"]
