"""Cases worked by hand from the rules of matching on bars; those from other engines' tests name their source."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.matching import Dead, Execution, Outcome, Reduced
from tradepit.models.orders import ChildOrder, Liquidity
from tradepit.models.slippage import FixedBpsSlippage, FixedPriceSlippage, NoSlippage, Slippage

D = Decimal
STOCK = Instrument(symbol="XYZ")


def bar(prices: str, volume: float = 1e6, *, time: int = 1, halted: bool = False, vwap: float | None = None) -> Bar:
    """Read a bar such as `100 110 90 105`: open, high, low, close."""
    opened, high, low, close = (float(price) for price in prices.split())
    return Bar(
        symbol="XYZ", time=time, open=opened, high=high, low=low, close=close, volume=volume, vwap=vwap, halted=halted
    )


def book(
    *orders: ChildOrder, slippage: Slippage | None = None, instrument: Instrument = STOCK, **rules: Any
) -> BarBook:
    made = BarBook(instrument, BarRules(**rules), slippage or NoSlippage())
    for order in orders:
        made.add(order)
    return made


def one_fill(order: ChildOrder, prices: str, **rules: Any) -> tuple[Decimal, str] | None:
    """Return price and liquidity of the fill of a fresh order of 100 on one bar, or None."""
    outcomes = book(order, **rules).match(bar(prices))
    if not outcomes:
        return None
    (execution,) = outcomes
    assert isinstance(execution, Execution)
    assert (execution.quantity, execution.leaves) == (D(100), D(0))
    assert execution.price == execution.reference_price
    return execution.price, execution.liquidity.value


def maker(price: str) -> tuple[Decimal, str]:
    return D(price), "MAKER"


def taker(price: str) -> tuple[Decimal, str]:
    return D(price), "TAKER"


# O-L-H-C on a tie of the two distances, as in `100 110 90 105`: 100, 90, 110, 105.
@pytest.mark.parametrize(
    ("order", "prices", "expected"),
    [
        ("BUY MARKET", "100 110 90 105", taker("100")),
        ("SELL MARKET", "100 110 90 105", taker("100")),
        # Limits: touched exactly they fill; through the open they get the open.
        ("BUY LIMIT 95", "100 110 90 105", maker("95")),
        ("BUY LIMIT 90", "100 110 90 105", maker("90")),
        ("BUY LIMIT 89.99", "100 110 90 105", None),
        ("BUY LIMIT 100", "100 110 90 105", taker("100")),
        ("BUY LIMIT 105", "100 110 90 105", taker("100")),
        ("SELL LIMIT 105", "100 110 90 105", maker("105")),
        ("SELL LIMIT 110", "100 110 90 105", maker("110")),
        ("SELL LIMIT 110.01", "100 110 90 105", None),
        ("SELL LIMIT 95", "100 110 90 105", taker("100")),
        ("SELL LIMIT 101.5", "101 103 101 102.3", maker("101.5")),  # LEAN, LimitFill tests, PerformsLimitFillSell
        ("SELL LIMIT 291.5", "292.5 293.5 292.5 292.5", taker("292.5")),  # LEAN, LimitOrderFillsAtOpenWithFavorableGap
        # Stops: touched they trigger; gapped over they get the open.
        ("BUY STOP 105", "100 110 90 105", taker("105")),
        ("BUY STOP 110", "100 110 90 105", taker("110")),
        ("BUY STOP 110.01", "100 110 90 105", None),
        ("BUY STOP 100", "100 110 90 105", taker("100")),
        ("BUY STOP 95", "100 110 90 105", taker("100")),
        ("SELL STOP 95", "100 110 90 105", taker("95")),
        ("SELL STOP 90", "100 110 90 105", taker("90")),
        ("SELL STOP 89.99", "100 110 90 105", None),
        ("SELL STOP 105", "100 110 90 105", taker("100")),
        ("SELL STOP 291.5", "290.5 290.5 289.5 290.5", taker("290.5")),  # LEAN, FillsAtOpenWithUnfavourableGap
        ("BUY STOP 40001.77", "40001.76 50401.01 30000 45157.09", taker("40001.77")),  # basana, infinite liquidity
        # Stop-limits, limit no tighter than the stop: done at the trigger.
        ("BUY STOP_LIMIT 105 105", "100 110 90 105", taker("105")),
        ("BUY STOP_LIMIT 105 106", "100 110 90 105", taker("105")),
        ("BUY STOP_LIMIT 95 101", "100 110 90 105", taker("100")),
        ("SELL STOP_LIMIT 95 93", "100 110 90 95", taker("95")),
        ("SELL STOP_LIMIT 90 90", "100 110 90 105", taker("90")),
        ("SELL STOP_LIMIT 41000 40000", "40001.76 50401.01 30000 45157.09", taker("40001.76")),  # basana
        # The path after the trigger decides: here 100, 90, 110, 95.
        ("BUY STOP_LIMIT 105 95", "100 110 90 95", maker("95")),
        ("BUY STOP_LIMIT 105 94", "100 110 90 95", None),  # 94 was traded, but before the trigger
        ("SELL STOP_LIMIT 95 97", "100 110 90 105", maker("97")),
        ("SELL STOP_LIMIT 95 110", "100 110 90 105", maker("110")),
        ("SELL STOP_LIMIT 105 106", "100 110 90 95", maker("106")),  # triggers at the open of 100, met going up
        (
            "BUY STOP_LIMIT 20000 21000",
            "25000 25000 25000 25000",
            None,
        ),  # basana: triggers at the open, above its limit
        ("SELL STOP_LIMIT 79 78.75", "78.50 83.62 76.80 78.75", maker("78.75")),  # basana, ORCL on 2000-03-13
        # A bar that never moves.
        ("BUY LIMIT 100", "100 100 100 100", taker("100")),
        ("BUY LIMIT 99.99", "100 100 100 100", None),
        ("SELL STOP 100", "100 100 100 100", taker("100")),
        ("SELL STOP 99.99", "100 100 100 100", None),
    ],
)
def test_an_order_fills_where_the_path_meets_it(
    child: Callable[..., ChildOrder], order: str, prices: str, expected: tuple[Decimal, str] | None
) -> None:
    assert one_fill(child(order), prices) == expected


@pytest.mark.parametrize(
    ("path", "order", "prices", "expected"),
    [
        # 104 is nearer to 110 than to 90: adaptive goes up first and the dip comes after the trigger.
        ("adaptive", "BUY STOP_LIMIT 106 95", "104 110 90 100", maker("95")),
        ("adaptive", "SELL STOP_LIMIT 98 105", "104 110 90 100", None),
        ("adaptive", "BUY STOP_LIMIT 106 95", "96 110 90 100", None),
        ("adaptive", "SELL STOP_LIMIT 94 105", "96 110 90 100", maker("105")),
        ("ohlc", "BUY STOP_LIMIT 106 95", "96 110 90 100", maker("95")),
        ("ohlc", "SELL STOP_LIMIT 94 105", "96 110 90 100", None),
        ("olhc", "BUY STOP_LIMIT 106 95", "104 110 90 100", None),
        ("olhc", "SELL STOP_LIMIT 98 105", "104 110 90 100", maker("105")),
        # Worst: whichever path leaves the order unfilled, when one does.
        ("worst", "BUY STOP_LIMIT 106 95", "104 110 90 100", None),
        ("worst", "BUY STOP_LIMIT 106 95", "96 110 90 100", None),
        ("worst", "BUY STOP_LIMIT 106 100", "96 110 90 100", maker("100")),
        ("worst", "SELL STOP_LIMIT 98 105", "104 110 90 100", None),
        ("worst", "SELL STOP_LIMIT 94 105", "96 110 90 100", None),
        ("worst", "SELL STOP_LIMIT 98 100", "104 110 90 100", maker("100")),
        ("worst", "BUY STOP_LIMIT 106 107", "104 110 90 100", taker("106")),
        ("worst", "BUY STOP_LIMIT 111 112", "104 110 90 100", None),
        ("worst", "BUY LIMIT 95", "104 110 90 100", maker("95")),
        ("worst", "SELL STOP 95", "104 110 90 100", taker("95")),
    ],
)
def test_the_rules_choose_the_path(
    child: Callable[..., ChildOrder], path: str, order: str, prices: str, expected: tuple[Decimal, str] | None
) -> None:
    assert one_fill(child(order), prices, path=path) == expected


@pytest.mark.parametrize(
    ("market_price", "side", "vwap", "expected"),
    [
        ("open", "BUY", 99.5, "101"),
        ("close", "BUY", 99.5, "104"),
        ("close", "SELL", 99.5, "104"),
        ("worst", "BUY", 99.5, "110"),
        ("worst", "SELL", 99.5, "90.01"),
        ("midpoint", "BUY", 99.5, "100.01"),  # 100.005, rounded against the buyer
        ("midpoint", "SELL", 99.5, "100"),
        ("vwap", "BUY", 99.5, "99.5"),
        ("vwap", "BUY", None, "101.26"),  # (101 + 110 + 90.01 + 104) / 4 = 101.2525
        ("vwap", "SELL", None, "101.25"),
        ("vwap", "SELL", float("nan"), "101.25"),
        ("vwap", "BUY", 110.5, "110"),  # an average outside the bar cannot be
        ("vwap", "BUY", 90.0, "90.01"),
    ],
)
def test_a_market_order_gets_the_price_that_the_rules_name(
    child: Callable[..., ChildOrder], market_price: str, side: str, vwap: float | None, expected: str
) -> None:
    outcomes = book(child(f"{side} MARKET"), market_price=market_price).match(bar("101 110 90.01 104", vwap=vwap))
    assert outcomes == [
        Execution(
            child_id="a",
            quantity=D(100),
            reference_price=D(expected),
            price=D(expected),
            liquidity=Liquidity.TAKER,
            leaves=D(0),
        )
    ]


@pytest.mark.parametrize(
    ("order", "prices", "expected"),
    [
        ("BUY LIMIT 90", "100 110 90 105", None),
        ("BUY LIMIT 90.01", "100 110 90 105", maker("90.01")),
        ("SELL LIMIT 110", "100 110 90 105", None),
        ("BUY LIMIT 100", "100 110 100 105", None),
        ("BUY LIMIT 100", "100 110 99.99 105", maker("100")),
        ("BUY LIMIT 100.01", "100 110 100 105", taker("100")),
        ("BUY STOP 110", "100 110 90 105", taker("110")),  # touch_fills speaks of limits alone
        ("BUY STOP_LIMIT 105 105", "100 105 90 104", maker("105")),  # falls below 105 after the trigger
        ("BUY STOP_LIMIT 105 105", "100 110 90 105", None),  # comes back to 105 and no further
        ("BUY STOP_LIMIT 105 105.01", "100 105 90 105", taker("105")),
    ],
)
def test_without_touch_fills_the_price_must_go_through_a_limit(
    child: Callable[..., ChildOrder], order: str, prices: str, expected: tuple[Decimal, str] | None
) -> None:
    assert one_fill(child(order), prices, touch_fills=False) == expected


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def fills(outcomes: list[Outcome]) -> list[tuple[str, str, str, str]]:
    """Shorten outcomes to (child, quantity or code, price, leaves)."""
    return [
        (outcome.child_id, plain(outcome.quantity), plain(outcome.price), plain(outcome.leaves))
        if isinstance(outcome, Execution)
        else (outcome.child_id, "REDUCED" if isinstance(outcome, Reduced) else outcome.code, "", plain(outcome.leaves))
        for outcome in outcomes
    ]


def test_orders_share_the_volume_in_the_order_in_which_the_path_meets_them(child: Callable[..., ChildOrder]) -> None:
    shared = book(
        child("SELL LIMIT 108", 40, name="far"),
        child("BUY LIMIT 95", 40, name="near"),
        child("BUY STOP 104", 40, name="stop"),
        child("BUY MARKET", 20, name="market"),
    )
    # 100, 90, 110, 105: the market order at the open, then 95, then 104 and 108; 10% of 1,009 is 100 shares.
    assert fills(shared.match(bar("100 110 90 105", 1009))) == [
        ("market", "20", "100", "0"),
        ("near", "40", "95", "0"),
        ("stop", "40", "104", "0"),
    ]
    assert len(shared) == 1
    assert fills(shared.match(bar("109 109 90 105", 1000))) == [("far", "40", "109", "0")]


def test_orders_met_at_one_place_share_in_the_order_of_submission(child: Callable[..., ChildOrder]) -> None:
    shared = book(
        child("SELL STOP 95", 60, name="stop"),
        child("BUY LIMIT 95", 60, name="limit"),
        child("BUY LIMIT 95", 60, name="late"),
    )
    assert fills(shared.match(bar("100 110 90 105", 1000))) == [
        ("stop", "60", "95", "0"),
        ("limit", "40", "95", "20"),
    ]
    assert [shared.leaves(name) for name in ("stop", "limit", "late")] == [None, D(20), D(60)]


def test_what_must_be_gone_through_is_met_after_what_is_touched_at_the_same_price(
    child: Callable[..., ChildOrder],
) -> None:
    shared = book(
        child("BUY LIMIT 95", 60, name="limit"),
        child("SELL STOP 95", 60, name="stop"),
        touch_fills=False,
    )
    assert fills(shared.match(bar("100 110 90 105", 1000))) == [
        ("stop", "60", "95", "0"),
        ("limit", "40", "95", "20"),
    ]


def test_a_market_order_priced_at_the_close_comes_after_the_whole_path(child: Callable[..., ChildOrder]) -> None:
    shared = book(
        child("BUY MARKET", 100, name="market"),
        child("BUY LIMIT 105", 30, name="open"),
        child("SELL LIMIT 110", 30, name="high"),
        market_price="close",
    )
    assert fills(shared.match(bar("100 110 90 105", 1000))) == [
        ("open", "30", "100", "0"),
        ("high", "30", "110", "0"),
        ("market", "40", "105", "60"),
    ]


def test_a_market_order_at_the_worst_price_is_met_where_the_path_has_it(child: Callable[..., ChildOrder]) -> None:
    shared = book(
        child("BUY MARKET", 100, name="market"),
        child("BUY LIMIT 95", 30, name="limit"),
        market_price="worst",
    )
    assert fills(shared.match(bar("100 110 90 105", 1000))) == [
        ("limit", "30", "95", "0"),
        ("market", "70", "110", "30"),
    ]
    assert fills(shared.match(bar("110 110 90 100", 1000))) == [("market", "30", "110", "0")]


def test_on_the_worst_path_a_stop_loss_comes_before_the_profit_target(child: Callable[..., ChildOrder]) -> None:
    for high_first in ("104 110 90 100", "96 110 90 100"):
        pair = book(
            child("SELL LIMIT 108", 100, name="target"),
            child("SELL STOP 92", 100, name="loss"),
            path="worst",
        )
        assert fills(pair.match(bar(high_first, 1000))) == [("loss", "100", "92", "0")]


def test_a_large_market_order_goes_on_at_the_next_bars_open(child: Callable[..., ChildOrder]) -> None:
    large = book(child("BUY MARKET", 250))
    assert fills(large.match(bar("100 110 90 105", 1000))) == [("a", "100", "100", "150")]
    assert fills(large.match(bar("106 110 90 105", 1000))) == [("a", "100", "106", "50")]
    assert fills(large.match(bar("107 110 90 105", 1000))) == [("a", "50", "107", "0")]
    assert len(large) == 0


def test_a_triggered_stop_stays_triggered(child: Callable[..., ChildOrder]) -> None:
    waiting = book(child("SELL STOP 95", 150))
    assert fills(waiting.match(bar("100 110 90 105", 1000))) == [("a", "100", "95", "50")]
    assert fills(waiting.match(bar("120 130 115 125", 1000))) == [("a", "50", "120", "0")]


def test_a_triggered_stop_limit_rests_as_a_limit_order(child: Callable[..., ChildOrder]) -> None:
    waiting = book(child("BUY STOP_LIMIT 105 95", 100))
    assert waiting.match(bar("100 110 97 100")) == []
    outcomes = waiting.match(bar("94 94 92 93"))
    assert outcomes == [
        Execution(
            child_id="a",
            quantity=D(100),
            reference_price=D(94),
            price=D(94),
            liquidity=Liquidity.MAKER,
            leaves=D(0),
        )
    ]


def test_a_stop_triggers_on_a_bar_whose_volume_is_spent(child: Callable[..., ChildOrder]) -> None:
    shared = book(child("BUY MARKET", 100, name="market"), child("SELL STOP 95", 50, name="stop"))
    assert fills(shared.match(bar("100 110 90 105", 1000))) == [("market", "100", "100", "0")]
    assert fills(shared.match(bar("120 130 115 125", 1000))) == [("stop", "50", "120", "0")]


@pytest.mark.parametrize("first", [bar("100 110 99 100", 1000), bar("100 110 99 100", 0)])
def test_a_limit_that_rested_through_a_bar_makes_liquidity_at_a_gap(
    child: Callable[..., ChildOrder], first: Bar
) -> None:
    resting = book(child("BUY LIMIT 95"), slippage=FixedBpsSlippage(D(100)))
    assert resting.match(first) == []
    (execution,) = resting.match(bar("94 96 93 95"))
    assert execution == Execution(
        child_id="a",
        quantity=D(100),
        reference_price=D(94),
        price=D(94),
        liquidity=Liquidity.MAKER,
        leaves=D(0),
    )


@pytest.mark.parametrize(
    ("volume", "share", "lot", "expected"),
    [
        (1000.0, D("0.10"), "1", "100"),
        (1009.0, D("0.10"), "1", "100"),
        (100.0, D("0.29"), "1", "29"),  # 0.29 * 100 is 28.999999999999996 in floats
        (1000.0, D("0.25"), "100", "200"),
        (9.0, D("0.10"), "1", None),
        (1000.3, D(1), "0.01", "1000.3"),
        (1e9, D("0.10"), "1", "5000"),
        (float("nan"), D("0.10"), "1", "5000"),
        (float("inf"), D("0.10"), "1", "5000"),
        (1.0, None, "1", "5000"),
        (0.0, None, "1", None),
        (0.0, D("0.10"), "1", None),
    ],
)
def test_a_bar_gives_a_share_of_its_volume_in_whole_lots(
    child: Callable[..., ChildOrder], volume: float, share: Decimal | None, lot: str, expected: str | None
) -> None:
    large = book(child("BUY MARKET", 5000), instrument=Instrument(symbol="XYZ", lot=D(lot)), max_volume_share=share)
    outcomes = large.match(bar("100 110 90 105", volume))
    assert [row[1] for row in fills(outcomes)] == ([] if expected is None else [expected])


def test_a_halted_bar_does_nothing_and_triggers_nothing(child: Callable[..., ChildOrder]) -> None:
    orders = [
        child("BUY MARKET", name="market"),
        child("SELL STOP 95", name="stop"),
        child("BUY LIMIT 100", name="limit"),
        child("BUY MARKET", tif="IOC", name="ioc"),
    ]
    halted = book(*orders)
    assert halted.match(bar("100 110 90 105", halted=True)) == []
    assert fills(halted.match(bar("99 100 98 99"))) == [
        ("market", "100", "99", "0"),
        ("limit", "100", "99", "0"),
        ("ioc", "100", "99", "0"),
    ]


def test_a_bar_without_volume_triggers_nothing_and_ends_immediate_orders(child: Callable[..., ChildOrder]) -> None:
    dull = book(
        child("SELL STOP 95", name="stop"),
        child("BUY MARKET", tif="IOC", name="ioc"),
        child("BUY LIMIT 100", tif="FOK", name="fok"),
        child("SELL STOP 95", tif="IOC", name="ioc stop"),
    )
    assert dull.match(bar("100 110 90 105", 0)) == [
        Dead(child_id="ioc", leaves=D(100), code="IOC_REMAINDER"),
        Dead(child_id="fok", leaves=D(100), code="FOK_UNFILLABLE"),
    ]
    assert dull.match(bar("100 110 99 105")) == []


@pytest.mark.parametrize(
    ("order", "tif", "quantity", "expected"),
    [
        ("BUY MARKET", "IOC", 60, [("60", "100", "0")]),
        ("BUY MARKET", "IOC", 130, [("100", "100", "30"), ("IOC_REMAINDER", "", "30")]),
        ("BUY MARKET", "FOK", 100, [("100", "100", "0")]),
        ("BUY MARKET", "FOK", 101, [("FOK_UNFILLABLE", "", "101")]),
        ("BUY LIMIT 100", "IOC", 130, [("100", "100", "30"), ("IOC_REMAINDER", "", "30")]),
        ("BUY LIMIT 99", "IOC", 130, [("IOC_REMAINDER", "", "130")]),  # the path gets to 99 too late
        ("BUY LIMIT 99", "FOK", 50, [("FOK_UNFILLABLE", "", "50")]),
        ("SELL STOP 95", "IOC", 130, [("100", "95", "30"), ("IOC_REMAINDER", "", "30")]),
        ("SELL STOP 95", "FOK", 130, [("FOK_UNFILLABLE", "", "130")]),
        ("SELL STOP 80", "IOC", 130, []),  # waits for its trigger
        ("SELL STOP_LIMIT 95 95", "IOC", 130, [("100", "95", "30"), ("IOC_REMAINDER", "", "30")]),
        ("SELL STOP_LIMIT 95 97", "IOC", 130, [("IOC_REMAINDER", "", "130")]),  # 97 comes after the trigger
        ("SELL STOP_LIMIT 95 97", "FOK", 50, [("FOK_UNFILLABLE", "", "50")]),
    ],
)
def test_immediate_orders_are_done_at_the_first_place_where_they_work(
    child: Callable[..., ChildOrder], order: str, tif: str, quantity: int, expected: list[tuple[str, str, str]]
) -> None:
    one = book(child(order, quantity, tif))
    assert [row[1:] for row in fills(one.match(bar("100 110 90 105", 1000)))] == expected
    assert len(one) == (0 if expected else 1)


def test_a_fill_or_kill_order_leaves_the_volume_to_the_next(child: Callable[..., ChildOrder]) -> None:
    shared = book(
        child("BUY MARKET", 150, "FOK", name="fok"),
        child("BUY MARKET", 150, "IOC", name="ioc"),
        child("BUY MARKET", 10, name="day"),
    )
    assert fills(shared.match(bar("100 110 90 105", 1000))) == [
        ("fok", "FOK_UNFILLABLE", "", "150"),
        ("ioc", "100", "100", "50"),
        ("ioc", "IOC_REMAINDER", "", "50"),
    ]


@pytest.mark.parametrize(
    ("order", "slippage", "reference", "price"),
    [
        ("BUY MARKET", FixedBpsSlippage(D(10)), "100", "100.10"),
        ("SELL MARKET", FixedBpsSlippage(D(10)), "100", "99.90"),
        ("BUY MARKET", FixedBpsSlippage(D("0.1")), "100", "100.01"),  # 100.001, rounded against the buyer
        ("SELL MARKET", FixedBpsSlippage(D("0.1")), "100", "99.99"),
        ("BUY STOP 105", FixedPriceSlippage(D("0.25")), "105", "105.25"),
        ("BUY LIMIT 100.10", FixedPriceSlippage(D("0.05")), "100", "100.05"),
        ("BUY LIMIT 100.02", FixedPriceSlippage(D("0.05")), "100", "100.02"),  # never beyond the limit
        ("SELL LIMIT 99.98", FixedPriceSlippage(D("0.05")), "100", "99.98"),
        ("BUY LIMIT 95", FixedPriceSlippage(D("0.05")), "95", "95"),  # made liquidity
        ("SELL STOP_LIMIT 95 94.99", FixedPriceSlippage(D("0.05")), "95", "94.99"),
        ("SELL MARKET", FixedPriceSlippage(D(120)), "100", "0.01"),  # no price at or below zero
    ],
)
def test_slippage_costs_the_taker_down_to_its_limit(
    child: Callable[..., ChildOrder], order: str, slippage: Slippage, reference: str, price: str
) -> None:
    (execution,) = book(child(order), slippage=slippage).match(bar("100 110 90 105"))
    assert isinstance(execution, Execution)
    assert (execution.reference_price, execution.price) == (D(reference), D(price))


@pytest.mark.parametrize(
    ("order", "opened", "expected"),
    [
        ("BUY MARKET", 100.004, "100.01"),
        ("SELL MARKET", 100.004, "100"),
        ("BUY LIMIT 100.01", 100.004, "100.01"),
        ("SELL LIMIT 100", 100.004, "100"),
        ("BUY LIMIT 100.005", 100.004, "100.005"),  # a limit off the tick still binds
        ("BUY STOP 100.006", 100.0, "100.01"),  # a stop off the tick fills on it, against the buyer
    ],
)
def test_an_observed_price_off_the_tick_is_rounded_against_the_trader(
    child: Callable[..., ChildOrder], order: str, opened: float, expected: str
) -> None:
    (execution,) = book(child(order)).match(bar(f"{opened} 110 90 105"))
    assert isinstance(execution, Execution)
    assert execution.price == D(expected)


def test_a_seller_never_gets_a_price_of_zero_by_rounding(child: Callable[..., ChildOrder]) -> None:
    (execution,) = book(child("SELL MARKET")).match(bar("0.004 0.01 0.004 0.01"))
    assert isinstance(execution, Execution)
    assert execution.price == D("0.01")


def test_prices_below_zero_trade_where_the_instrument_allows_them(child: Callable[..., ChildOrder]) -> None:
    oil = Instrument(symbol="XYZ", price_may_be_negative=True)
    orders = [
        child("SELL STOP -10", name="stop"),
        child("BUY LIMIT -35", name="limit"),
        child("SELL MARKET", name="market"),
    ]
    sold = book(*orders, instrument=oil, slippage=FixedBpsSlippage(D(100)))
    assert fills(sold.match(bar("2 3 -40 -37.63"))) == [
        ("market", "100", "1.98", "0"),
        ("stop", "100", "-10.1", "0"),
        ("limit", "100", "-35", "0"),
    ]


def test_a_price_below_zero_names_the_instrument_that_forbids_it(child: Callable[..., ChildOrder]) -> None:
    with pytest.raises(ValueError, match=r"XYZ: price must be above 0, was -2.0"):
        book(child("SELL MARKET")).match(bar("-2 3 -40 -37.63"))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"path": "adaptiv"},
            r"path must be one of adaptive, ohlc, olhc, worst, close, was 'adaptiv'; did you mean 'adaptive'",
        ),
        ({"market_price": 7}, r"market_price must be one of open, close, worst, midpoint, vwap, was 7$"),
        ({"max_volume_share": D("1.5")}, r"max_volume_share must be from 0 to 1, was 1.5"),
        ({"max_volume_share": D(0)}, r"max_volume_share must be above 0, was 0; None lifts the cap"),
    ],
)
def test_rules_out_of_bounds_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BarRules(**settings)


def test_a_share_must_be_exact() -> None:
    with pytest.raises(TypeError, match=r"max_volume_share must be a Decimal, was 0.1; write Decimal\('0.1'\)"):
        BarRules(max_volume_share=0.1)  # type: ignore[arg-type]  # what a user might write
