"""Cases worked by hand from the rules of matching on quotes, and what must hold for any orders and quotes."""

import math
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.models.instruments import Instrument
from tradepit.models.market import Quote
from tradepit.models.matching import Dead, Execution, Outcome, Reduced
from tradepit.models.orders import ChildOrder, Liquidity, OrderKind, Side, TimeInForce
from tradepit.models.quote_matching import QuoteBook, QuoteRules
from tradepit.models.slippage import FixedPriceSlippage, NoSlippage, Slippage

D = Decimal
STOCK = Instrument(symbol="XYZ")
NAN = math.nan
TIMES_IN_FORCE = [tif for tif in TimeInForce if not tif.name.startswith("AT_")]
KINDS = [kind for kind in OrderKind if kind.name not in {"ICEBERG", "PEGGED", "MARKET_TO_LIMIT"} and not kind.trails]


def quote(bid: float, ask: float, bid_size: float = 300.0, ask_size: float = 200.0, *, time: int = 1) -> Quote:
    return Quote(symbol="XYZ", time=time, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)


def book(
    *orders: ChildOrder,
    touch_fills: bool = True,
    slippage: Slippage | None = None,
    instrument: Instrument = STOCK,
) -> QuoteBook:
    made = QuoteBook(instrument, QuoteRules(touch_fills=touch_fills), slippage or NoSlippage())
    for order in orders:
        made.add(order)
    return made


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def lines(outcomes: list[Outcome]) -> list[str]:
    """Shorten outcomes to `child quantity@price liquidity leaves` or `child CODE leaves`."""
    return [
        f"{o.child_id} {plain(o.quantity)}@{plain(o.price)} {o.liquidity} {plain(o.leaves)}"
        if isinstance(o, Execution)
        else f"{o.child_id} {'REDUCED' if isinstance(o, Reduced) else o.code} {plain(o.leaves)}"
        for o in outcomes
    ]


@pytest.mark.parametrize(
    ("order", "quantity", "tif", "expected"),
    [
        # The quote is 99.98 x 300 / 100.02 x 200.
        ("BUY MARKET", 150, "GTC", ["a 150@100.02 TAKER 0"]),
        ("SELL MARKET", 150, "GTC", ["a 150@99.98 TAKER 0"]),
        ("BUY MARKET", 250, "GTC", ["a 200@100.02 TAKER 50"]),
        ("SELL MARKET", 350, "GTC", ["a 300@99.98 TAKER 50"]),
        ("BUY LIMIT 100.02", 150, "GTC", ["a 150@100.02 TAKER 0"]),
        ("BUY LIMIT 101", 150, "GTC", ["a 150@100.02 TAKER 0"]),
        ("BUY LIMIT 100.01", 150, "GTC", []),
        ("SELL LIMIT 99.98", 150, "GTC", ["a 150@99.98 TAKER 0"]),
        ("SELL LIMIT 99.99", 150, "GTC", []),
        ("BUY STOP 100.02", 150, "GTC", ["a 150@100.02 TAKER 0"]),  # the ask touches a buyer's stop
        ("BUY STOP 100.03", 150, "GTC", []),
        ("BUY STOP 99", 150, "GTC", ["a 150@100.02 TAKER 0"]),
        ("SELL STOP 99.98", 150, "GTC", ["a 150@99.98 TAKER 0"]),  # the bid touches a seller's
        ("SELL STOP 99.97", 150, "GTC", []),
        ("BUY STOP_LIMIT 100.02 100.02", 150, "GTC", ["a 150@100.02 TAKER 0"]),
        ("BUY STOP_LIMIT 100 100.01", 150, "GTC", []),
        ("SELL STOP_LIMIT 100 99.90", 150, "GTC", ["a 150@99.98 TAKER 0"]),
        ("BUY MARKET", 250, "IOC", ["a 200@100.02 TAKER 50", "a IOC_REMAINDER 50"]),
        ("BUY MARKET", 200, "FOK", ["a 200@100.02 TAKER 0"]),
        ("BUY MARKET", 201, "FOK", ["a FOK_UNFILLABLE 201"]),
        ("BUY LIMIT 100.01", 150, "IOC", ["a IOC_REMAINDER 150"]),
        ("SELL LIMIT 99.99", 150, "FOK", ["a FOK_UNFILLABLE 150"]),
        ("SELL STOP 99.97", 150, "IOC", []),
        ("SELL STOP 99.98", 350, "IOC", ["a 300@99.98 TAKER 50", "a IOC_REMAINDER 50"]),
        ("BUY STOP_LIMIT 100 100.01", 150, "IOC", ["a IOC_REMAINDER 150"]),
    ],
)
def test_an_order_meets_the_far_side_of_its_first_quote(
    child: Callable[..., ChildOrder], order: str, quantity: int, tif: str, expected: list[str]
) -> None:
    one = book(child(order, quantity, tif))
    assert lines(one.match(quote(99.98, 100.02))) == expected


@pytest.mark.parametrize(
    ("order", "bid", "ask", "touch_fills", "expected"),
    [
        ("BUY LIMIT 100", 99.97, 100.0, True, ["a 100@100 MAKER 0"]),
        ("BUY LIMIT 100", 99.97, 100.0, False, []),
        ("BUY LIMIT 100", 99.90, 99.95, True, ["a 100@100 MAKER 0"]),  # hit where it rested, not at the new ask
        ("BUY LIMIT 100", 99.90, 99.95, False, ["a 100@100 MAKER 0"]),
        ("SELL LIMIT 100", 100.0, 100.05, True, ["a 100@100 MAKER 0"]),
        ("SELL LIMIT 100", 100.0, 100.05, False, []),
        ("SELL LIMIT 100", 100.10, 100.15, False, ["a 100@100 MAKER 0"]),
        ("BUY LIMIT 100", 99.99, 100.01, True, []),
        ("BUY STOP_LIMIT 100.02 100", 99.90, 99.95, True, ["a 100@100 MAKER 0"]),
    ],
)
def test_a_resting_limit_is_hit_at_its_price(
    child: Callable[..., ChildOrder], order: str, bid: float, ask: float, touch_fills: bool, expected: list[str]
) -> None:
    resting = book(child(order), touch_fills=touch_fills, slippage=FixedPriceSlippage(D(1)))
    assert resting.match(quote(99.98, 100.02)) == []
    assert lines(resting.match(quote(bid, ask, time=2))) == expected


def test_touch_fills_does_not_concern_an_order_that_takes(child: Callable[..., ChildOrder]) -> None:
    taking = book(child("BUY LIMIT 100.02"), touch_fills=False)
    assert lines(taking.match(quote(99.98, 100.02))) == ["a 100@100.02 TAKER 0"]


def test_what_a_quote_left_open_takes_from_the_next(child: Callable[..., ChildOrder]) -> None:
    large = book(child("BUY MARKET", 500))
    assert lines(large.match(quote(99.98, 100.02))) == ["a 200@100.02 TAKER 300"]
    assert lines(large.match(quote(99.98, 100.05, time=2))) == ["a 200@100.05 TAKER 100"]
    assert lines(large.match(quote(99.98, 100.01, time=3))) == ["a 100@100.01 TAKER 0"]


def test_a_marketable_limit_goes_on_taking_until_a_quote_leaves_it_resting(child: Callable[..., ChildOrder]) -> None:
    large = book(child("BUY LIMIT 100.10", 500))
    assert lines(large.match(quote(99.98, 100.02))) == ["a 200@100.02 TAKER 300"]
    assert lines(large.match(quote(99.98, 100.05, time=2))) == ["a 200@100.05 TAKER 100"]
    assert large.match(quote(99.98, 100.15, time=3)) == []
    assert lines(large.match(quote(99.98, 100.02, time=4))) == ["a 100@100.1 MAKER 0"]


def test_a_triggered_stop_stays_triggered(child: Callable[..., ChildOrder]) -> None:
    stops = book(child("BUY STOP 100.02", 250, name="stop"), child("BUY STOP_LIMIT 100.02 100", name="limit"))
    assert lines(stops.match(quote(99.98, 100.02))) == ["stop 200@100.02 TAKER 50"]
    # As a market order the stop now goes before the limit.
    assert lines(stops.match(quote(98.0, 98.5, ask_size=120.0, time=2))) == [
        "stop 50@98.5 TAKER 0",
        "limit 70@100 MAKER 30",
    ]


def test_one_quote_gives_its_size_once_in_price_time_priority(child: Callable[..., ChildOrder]) -> None:
    shared = book(
        child("BUY STOP 99", 50, name="stop"),
        child("BUY LIMIT 100", 80, name="early"),
        child("SELL MARKET", 350, name="seller"),
        child("BUY LIMIT 100", 80, name="late"),
        child("BUY LIMIT 101", 80, name="better"),
        child("BUY MARKET", 30, name="market"),
    )
    assert lines(shared.match(quote(99.0, 99.5))) == [
        "market 30@99.5 TAKER 0",
        "better 80@99.5 TAKER 0",
        "early 80@99.5 TAKER 0",
        "late 10@99.5 TAKER 70",
        "seller 300@99 TAKER 50",
    ]
    # The stop triggered on a quote whose size was spent; now it is a market order.
    assert lines(shared.match(quote(98.0, 101.5, time=2))) == ["stop 50@101.5 TAKER 0", "seller 50@98 TAKER 0"]


def test_sellers_with_the_lower_limit_come_first(child: Callable[..., ChildOrder]) -> None:
    shared = book(child("SELL LIMIT 99", 200, name="high"), child("SELL LIMIT 98", 200, name="low"))
    assert lines(shared.match(quote(99.0, 99.5))) == ["low 200@99 TAKER 0", "high 100@99 TAKER 100"]


def test_the_size_that_was_taken_from_a_standing_quote_is_not_given_twice(child: Callable[..., ChildOrder]) -> None:
    standing = quote(99.98, 100.02)
    again = quote(99.98, 100.02)
    shared = book(child("BUY MARKET", 150, name="first"))
    assert lines(shared.match(standing)) == ["first 150@100.02 TAKER 0"]
    shared.add(child("BUY MARKET", 150, name="second"))
    assert lines(shared.match(again)) == ["second 50@100.02 TAKER 100"]
    shared.add(child("BUY MARKET", 150, "IOC", name="third"))
    assert lines(shared.match(standing)) == ["third IOC_REMAINDER 150"]
    assert lines(shared.match(quote(99.98, 100.02, time=2))) == ["second 100@100.02 TAKER 0"]


def test_the_size_of_a_standing_quote_with_a_missing_side_is_not_given_twice(child: Callable[..., ChildOrder]) -> None:
    standing = quote(NAN, 100.02, NAN)
    shared = book(child("BUY MARKET", 150, name="first"))
    assert lines(shared.match(standing)) == ["first 150@100.02 TAKER 0"]
    shared.add(child("BUY MARKET", 150, name="second"))
    assert lines(shared.match(standing)) == ["second 50@100.02 TAKER 100"]


@pytest.mark.parametrize(
    ("bid", "ask", "bid_size", "ask_size"),
    [
        (99.98, NAN, 300.0, 200.0),
        (99.98, math.inf, 300.0, 200.0),
        (99.98, 0.0, 300.0, 200.0),
        (99.98, -1.0, 300.0, 200.0),
        (99.98, 100.02, 300.0, 0.0),
        (99.98, 100.02, 300.0, -5.0),
        (99.98, 100.02, 300.0, NAN),
        (99.98, 99.97, 300.0, 0.0),  # without an ask nothing is crossed
    ],
)
def test_a_missing_side_serves_and_triggers_nobody(
    child: Callable[..., ChildOrder], bid: float, ask: float, bid_size: float, ask_size: float
) -> None:
    orders = book(
        child("BUY MARKET", name="market"),
        child("BUY MARKET", tif="IOC", name="ioc"),
        child("BUY LIMIT 101", name="limit"),
        child("BUY STOP 99", name="stop"),
        child("SELL MARKET", name="seller"),
    )
    assert lines(orders.match(quote(bid, ask, bid_size, ask_size))) == [
        "ioc IOC_REMAINDER 100",
        "seller 100@99.98 TAKER 0",
    ]
    assert lines(orders.match(quote(99.98, 100.02, ask_size=1000.0, time=2))) == [
        "market 100@100.02 TAKER 0",
        "limit 100@101 MAKER 0",  # it has rested meanwhile
        "stop 100@100.02 TAKER 0",
    ]


def test_a_locked_quote_trades(child: Callable[..., ChildOrder]) -> None:
    locked = book(child("BUY LIMIT 100"), child("SELL MARKET", name="b"))
    assert lines(locked.match(quote(100.0, 100.0))) == ["a 100@100 TAKER 0", "b 100@100 TAKER 0"]


def test_a_crossed_quote_is_passed_over(child: Callable[..., ChildOrder]) -> None:
    orders = book(child("BUY MARKET", tif="IOC"), child("BUY LIMIT 101", name="b"), child("SELL STOP 101", name="c"))
    assert orders.match(quote(100.05, 100.02)) == []
    assert lines(orders.match(quote(100.0, 100.02, time=2))) == [
        "a 100@100.02 TAKER 0",
        "b 100@100.02 TAKER 0",
        "c 100@100 TAKER 0",
    ]


def test_prices_at_and_below_zero_trade_where_the_instrument_allows_them(child: Callable[..., ChildOrder]) -> None:
    power = Instrument(symbol="XYZ", price_may_be_negative=True)
    orders = book(child("SELL MARKET"), child("BUY LIMIT 0", name="b"), instrument=power)
    assert lines(orders.match(quote(-1.5, 0.0))) == ["b 100@0 TAKER 0", "a 100@-1.5 TAKER 0"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("BUY MARKET", ("100.02", "100.07")),
        ("SELL MARKET", ("99.98", "99.93")),
        ("BUY LIMIT 100.04", ("100.02", "100.04")),
        ("SELL STOP_LIMIT 99.98 99.96", ("99.98", "99.96")),
    ],
)
def test_slippage_costs_the_taker_down_to_its_limit(
    child: Callable[..., ChildOrder], order: str, expected: tuple[str, str]
) -> None:
    (execution,) = book(child(order), slippage=FixedPriceSlippage(D("0.05"))).match(quote(99.98, 100.02))
    assert isinstance(execution, Execution)
    assert (execution.reference_price, execution.price) == (D(expected[0]), D(expected[1]))


def test_displayed_sizes_are_given_in_whole_lots(child: Callable[..., ChildOrder]) -> None:
    lots = book(child("BUY MARKET", 500), instrument=Instrument(symbol="XYZ", lot=D(50)))
    assert lines(lots.match(quote(99.98, 100.02, ask_size=299.0))) == ["a 250@100.02 TAKER 250"]
    assert lots.match(quote(99.98, 100.02, ask_size=49.0, time=2)) == []


def test_orders_expire_before_a_later_quote(child: Callable[..., ChildOrder]) -> None:
    orders = book(child("BUY MARKET", 300, expires_at=5))
    assert lines(orders.match(quote(99.98, 100.02, time=5))) == ["a 200@100.02 TAKER 100"]
    assert lines(orders.match(quote(99.98, 100.02, time=6))) == ["a EXPIRED 100"]
    assert orders.match(quote(99.98, 100.02, time=7)) == []


prices = st.integers(-5, 5)
sizes = st.sampled_from([0.0, NAN, 1.0, 5.0, 20.0, 100.0])


@st.composite
def orders_sent(draw: st.DrawFn) -> list[ChildOrder]:
    sent = []
    for number in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(KINDS))
        sent.append(
            ChildOrder(
                child_id=str(number),
                order_id="o",
                strategy="s",
                venue="V",
                symbol="XYZ",
                side=draw(st.sampled_from(list(Side))),
                kind=kind,
                quantity=D(draw(st.integers(1, 40))),
                limit_price=D(draw(prices)) if kind.has_limit else None,
                stop_price=D(draw(prices)) if kind.has_stop else None,
                time_in_force=draw(st.sampled_from(TIMES_IN_FORCE)),
                expires_at=None,
            )
        )
    return sent


@settings(max_examples=300)
@given(
    orders=orders_sent(),
    quotes=st.lists(st.tuples(prices, prices, sizes, sizes), min_size=1, max_size=5),
    touch_fills=st.booleans(),
    repeats=st.integers(1, 2),
)
def test_no_quote_gives_more_than_it_shows_nor_a_price_beyond_a_limit(
    orders: list[ChildOrder], quotes: list[tuple[int, int, float, float]], touch_fills: bool, repeats: int
) -> None:
    ticks = Instrument(symbol="XYZ", tick=D(1), price_may_be_negative=True)
    matching = book(*orders, touch_fills=touch_fills, instrument=ticks)
    sent = {order.child_id: order for order in orders}
    open_quantity = {order.child_id: order.quantity for order in orders}
    for time, (bid, ask, bid_size, ask_size) in enumerate(quotes):
        shown = quote(bid, ask, bid_size, ask_size, time=time)
        taken = {Side.BUY: D(0), Side.SELL: D(0)}
        for outcome in [outcome for _ in range(repeats) for outcome in matching.match(shown)]:
            order = sent[outcome.child_id]
            if isinstance(outcome, Dead):
                assert order.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}
                assert outcome.leaves == open_quantity.pop(outcome.child_id)
                continue
            assert isinstance(outcome, Execution)
            taken[order.side] += outcome.quantity
            open_quantity[order.child_id] -= outcome.quantity
            assert outcome.leaves == open_quantity[order.child_id] >= 0
            assert outcome.quantity > 0
            sign, far = order.side.sign, ask if order.side is Side.BUY else bid
            if outcome.liquidity is Liquidity.TAKER:
                assert outcome.price == far
            else:
                assert outcome.price == order.limit_price
            if order.limit_price is not None:
                assert sign * (order.limit_price - outcome.price) >= 0
                assert sign * (order.limit_price - far) >= 0
            if order.time_in_force is TimeInForce.FOK:
                assert outcome.quantity == order.quantity
            if not outcome.leaves:
                del open_quantity[order.child_id]
        assert taken[Side.BUY] <= (0 if math.isnan(ask_size) else ask_size)
        assert taken[Side.SELL] <= (0 if math.isnan(bid_size) else bid_size)
        if bid > ask and bid_size > 0 and ask_size > 0:
            assert taken == {Side.BUY: 0, Side.SELL: 0}
    assert {name: matching.leaves(name) for name in open_quantity} == open_quantity
    assert len(matching) == len(open_quantity)
