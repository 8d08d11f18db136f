"""Bar matching held against a walker that goes along the path half a tick at a time and knows no geometry."""

from decimal import Decimal
from typing import Literal

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.matching import Dead, Execution, Outcome
from tradepit.models.orders import ChildOrder, Liquidity, OrderKind, Side, TimeInForce
from tradepit.models.slippage import FixedBpsSlippage, NoSlippage

LOT = 3
IMMEDIATE = {"IOC", "FOK"}
GRID = Instrument(symbol="XYZ", tick=Decimal(1), lot=Decimal(LOT), price_may_be_negative=True)

# (child, quantity, price, liquidity, leaves), or (child, code, leaves)
Row = tuple[str, int, int, str, int] | tuple[str, str, int]


@attrs.define
class Walked:
    """An order as the walker sees it; prices in ticks."""

    child_id: str
    buys: bool
    limit: int | None
    stop: int | None
    tif: str
    leaves: int
    waits: bool  # for its trigger
    fresh: bool = True
    takes_from_here: bool = False  # a stop that triggered on this bar
    done: bool = False


@attrs.frozen
class Ticks:
    """A bar in ticks."""

    open: int
    high: int
    low: int
    close: int
    volume: int
    halted: bool


def steps(bar: Ticks, *, high_first: bool) -> list[int]:
    """Return every half tick on the path from the open to the close, each corner once."""
    at = 2 * bar.open
    visited = [at]
    for corner in (bar.high, bar.low, bar.close) if high_first else (bar.low, bar.high, bar.close):
        while at != 2 * corner:
            at += 1 if 2 * corner > at else -1
            visited.append(at)
    return visited


class Walk:
    """One walk along one bar, dealing with each order as soon as it can be; it changes the orders."""

    def __init__(self, bar: Ticks, rules: BarRules) -> None:
        self.bar, self.rules = bar, rules
        share = rules.max_volume_share
        self.budget = 10**9 if share is None else int(bar.volume * share) // LOT * LOT
        self.rows: list[Row] = []

    def deal(self, order: Walked, price: int | None, liquidity: str) -> None:
        quantity = 0 if price is None else min(order.leaves, self.budget)
        if order.tif == "FOK" and quantity < order.leaves:
            quantity = 0
        if quantity and price is not None:
            order.leaves -= quantity
            self.budget -= quantity
            self.rows.append((order.child_id, quantity, price, liquidity, order.leaves))
        if order.leaves and order.tif in IMMEDIATE:
            code = "IOC_REMAINDER" if order.tif == "IOC" else "FOK_UNFILLABLE"
            self.rows.append((order.child_id, code, order.leaves))
            order.done = True
        order.done = order.done or not order.leaves

    def come_to(self, order: Walked, at: int, *, opening: bool) -> None:
        """Let an order see one half tick of the path."""
        sign = 1 if order.buys else -1
        triggers_here = False
        if order.waits:
            assert order.stop is not None
            if sign * at < sign * 2 * order.stop:
                return
            order.waits, triggers_here = False, True
        if order.limit is None:
            order.takes_from_here = order.takes_from_here or triggers_here
            if triggers_here or self.is_for_market_orders(order, at, opening=opening):
                self.deal(order, at // 2, "TAKER")
            return
        margin = sign * (2 * order.limit - at)
        reached = margin >= 0 if self.rules.touch_fills else margin > 0
        if reached and (triggers_here or opening):
            self.deal(order, at // 2, "TAKER" if triggers_here or order.fresh else "MAKER")
        elif reached:
            self.deal(order, order.limit, "MAKER")
        elif (triggers_here or opening) and order.tif in IMMEDIATE:
            self.deal(order, None, "TAKER")

    def is_for_market_orders(self, order: Walked, at: int, *, opening: bool) -> bool:
        if order.takes_from_here:
            return False  # it was a stop on this bar, so the price for market orders is not for it
        if self.rules.market_price == "worst":
            return at == 2 * (self.bar.high if order.buys else self.bar.low)
        return self.rules.market_price == "open" and opening

    def after_the_close(self, order: Walked) -> None:
        if not self.bar.volume:
            if not order.waits and order.tif in IMMEDIATE:
                self.deal(order, None, "TAKER")
        elif (
            self.rules.market_price == "close" and order.limit is None and not order.waits and not order.takes_from_here
        ):
            self.deal(order, self.bar.close, "TAKER")


def walk(orders: list[Walked], bar: Ticks, rules: BarRules, *, high_first: bool) -> list[Row]:
    """Return what a bar does to orders in the order of submission."""
    if bar.halted:
        return []
    walking = Walk(bar, rules)
    for index, at in enumerate(steps(bar, high_first=high_first) if bar.volume else []):
        for order in orders:
            if not order.done:
                walking.come_to(order, at, opening=index == 0)
    for order in orders:
        if not order.done:
            walking.after_the_close(order)
        order.fresh = order.takes_from_here = False
    return walking.rows


@st.composite
def ticks_bars(draw: st.DrawFn) -> Ticks:
    low, high = sorted((draw(st.integers(-6, 6)), draw(st.integers(-6, 6))))
    inside = st.integers(low, high)
    volume = draw(st.one_of(st.just(0), st.integers(1, 200)))
    halted = draw(st.sampled_from([False] * 9 + [True]))
    return Ticks(draw(inside), high, low, draw(inside), volume, halted)


@st.composite
def walked_orders(draw: st.DrawFn, child_id: str = "a") -> Walked:
    price = st.integers(-7, 7)
    stop = draw(st.none() | price)
    return Walked(
        child_id,
        draw(st.booleans()),
        draw(st.none() | price),
        stop,
        draw(st.sampled_from(["DAY", "GTC", "GTC", "IOC", "FOK"])),
        LOT * draw(st.integers(1, 20)),
        stop is not None,
    )


several_orders = st.integers(1, 5).flatmap(lambda count: st.tuples(*(walked_orders(str(i)) for i in range(count))))
several_bars = st.lists(ticks_bars(), min_size=1, max_size=3)
shares = st.sampled_from([None, Decimal("0.10"), Decimal("0.25"), Decimal(1)])


def child(order: Walked) -> ChildOrder:
    kinds = {
        (False, False): OrderKind.MARKET,
        (True, False): OrderKind.LIMIT,
        (False, True): OrderKind.STOP,
        (True, True): OrderKind.STOP_LIMIT,
    }
    return ChildOrder(
        child_id=order.child_id,
        order_id="o",
        strategy="s",
        venue="V",
        symbol="XYZ",
        side=Side.BUY if order.buys else Side.SELL,
        kind=kinds[order.limit is not None, order.stop is not None],
        quantity=Decimal(order.leaves),
        limit_price=None if order.limit is None else Decimal(order.limit),
        stop_price=None if order.stop is None else Decimal(order.stop),
        time_in_force=TimeInForce(order.tif),
        expires_at=None,
    )


def observed(bar: Ticks) -> Bar:
    return Bar(
        symbol="XYZ",
        time=0,
        open=float(bar.open),
        high=float(bar.high),
        low=float(bar.low),
        close=float(bar.close),
        volume=float(bar.volume),
        halted=bar.halted,
    )


def book_of(orders: tuple[Walked, ...], rules: BarRules, slippage_bps: int = 0) -> BarBook:
    slippage = FixedBpsSlippage(Decimal(slippage_bps)) if slippage_bps else NoSlippage()
    book = BarBook(GRID, rules, slippage)
    for order in orders:
        book.add(child(order))
    return book


def rows_of(outcomes: list[Outcome]) -> list[Row]:
    return [
        (o.child_id, int(o.quantity), int(o.price), o.liquidity.value, int(o.leaves))
        if isinstance(o, Execution)
        else (o.child_id, o.code, int(o.leaves))
        for o in outcomes
        if isinstance(o, Execution | Dead)
    ]


def goes_up_first(bar: Ticks, path: str) -> bool:
    return path == "ohlc" or (path == "adaptive" and bar.high - bar.open < bar.open - bar.low)


@settings(max_examples=400)
@given(
    orders=several_orders,
    bars=several_bars,
    path=st.sampled_from(["adaptive", "ohlc", "olhc"]),
    market_price=st.sampled_from(["open", "close", "worst"]),
    share=shares,
    touch_fills=st.booleans(),
)
def test_the_book_does_what_a_walk_along_the_path_does(
    orders: tuple[Walked, ...],
    bars: list[Ticks],
    path: Literal["adaptive", "ohlc", "olhc"],
    market_price: Literal["open", "close", "worst"],
    share: Decimal | None,
    touch_fills: bool,
) -> None:
    rules = BarRules(path=path, market_price=market_price, max_volume_share=share, touch_fills=touch_fills)
    book = book_of(orders, rules)
    walking = list(orders)
    for bar in bars:
        walking = [order for order in walking if not order.done]
        expected = walk(walking, bar, rules, high_first=goes_up_first(bar, path))
        assert rows_of(book.match(observed(bar))) == expected
        for order in walking:
            assert book.leaves(order.child_id) == (None if order.done else Decimal(order.leaves))


@settings(max_examples=300)
@given(order=walked_orders(), bars=several_bars, share=shares, touch_fills=st.booleans())
def test_the_worst_path_serves_an_order_no_better_than_either(
    order: Walked, bars: list[Ticks], share: Decimal | None, touch_fills: bool
) -> None:
    rules = BarRules(path="worst", max_volume_share=share, touch_fills=touch_fills)
    book = book_of((order,), rules)
    for bar in bars:
        up, down = attrs.evolve(order), attrs.evolve(order)
        rows_up = walk([up], bar, rules, high_first=True)
        rows_down = walk([down], bar, rules, high_first=False)
        # Alone on the book an order gets the same on both paths, or nothing on one of them.
        down_is_worse = up.leaves < order.leaves and down.leaves == order.leaves
        assert rows_of(book.match(observed(bar))) == (rows_down if down_is_worse else rows_up)
        if rows_up and rows_down:
            assert rows_up == rows_down
        order = down if down_is_worse else up
        if order.done:
            break


@settings(max_examples=300)
@given(
    orders=several_orders,
    bars=several_bars,
    path=st.sampled_from(["adaptive", "ohlc", "olhc", "worst"]),
    market_price=st.sampled_from(["open", "close", "worst", "midpoint", "vwap"]),
    share=shares,
    touch_fills=st.booleans(),
    slippage_bps=st.sampled_from([0, 2500]),
)
def test_shares_and_money_are_conserved(
    orders: tuple[Walked, ...],
    bars: list[Ticks],
    path: Literal["adaptive", "ohlc", "olhc", "worst"],
    market_price: Literal["open", "close", "worst", "midpoint", "vwap"],
    share: Decimal | None,
    touch_fills: bool,
    slippage_bps: int,
) -> None:
    rules = BarRules(path=path, market_price=market_price, max_volume_share=share, touch_fills=touch_fills)
    book = book_of(orders, rules, slippage_bps)
    sent = {order.child_id: order for order in orders}
    open_quantity = {order.child_id: Decimal(order.leaves) for order in orders}
    for bar in bars:
        given_out = Decimal(0)
        for outcome in book.match(observed(bar)):
            order = sent[outcome.child_id]
            if isinstance(outcome, Dead):
                assert outcome.leaves == open_quantity.pop(outcome.child_id) > 0
                assert order.tif in {"IOC", "FOK"}
                continue
            assert isinstance(outcome, Execution)
            sign = 1 if order.buys else -1
            given_out += outcome.quantity
            open_quantity[outcome.child_id] -= outcome.quantity
            assert outcome.leaves == open_quantity[outcome.child_id] >= 0
            assert outcome.quantity > 0
            assert outcome.quantity % LOT == 0
            assert bar.low <= outcome.reference_price <= bar.high
            assert outcome.price % 1 == 0
            assert sign * (outcome.price - outcome.reference_price) >= 0
            if outcome.liquidity is Liquidity.MAKER or not slippage_bps:
                assert outcome.price == outcome.reference_price
            if order.limit is not None:
                assert sign * (order.limit - outcome.price) >= 0
            if not outcome.leaves:
                del open_quantity[outcome.child_id]
        if share is not None:
            assert given_out <= bar.volume * share
        if bar.halted or not bar.volume:
            assert given_out == 0
    assert len(book) == len(open_quantity)
    assert {name: book.leaves(name) for name in open_quantity} == open_quantity
