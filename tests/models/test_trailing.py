"""The trigger of a trailing stop, alone and held against a walk in small steps."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_path import PathName, corners
from tradepit.models.bar_rules import BarRules
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.matching import Execution
from tradepit.models.orders import ChildOrder, OffsetUnit, OrderKind, OrderTerms, Side, TimeInForce
from tradepit.models.slippage import NoSlippage
from tradepit.models.trailing import Trail

D = Decimal


@pytest.mark.parametrize(
    ("buys", "offset", "unit", "tick", "prices", "triggers"),
    [
        (False, "5", "PRICE", "0.01", [100, 102, 99, 103], ["95", "97", "97", "98"]),
        (True, "5", "PRICE", "0.01", [100, 102, 99, 103], ["105", "105", "104", "104"]),
        (False, "3", "TICKS", "0.25", [100, 101], ["99.25", "100.25"]),
        (False, "150", "BPS", "0.01", [100, 101], ["98.5", "99.48"]),  # 101 - 1.515 = 99.485, rounded away
        (True, "150", "BPS", "0.01", [101, 100], ["102.52", "101.5"]),
        (False, "5", "PRICE", "0.01", [-10, -8], ["-15", "-13"]),
        (False, "1000", "BPS", "0.01", [-10, -8], ["-11", "-8.8"]),  # of the price's size: behind it also below zero
        (False, "0.000000000000000003", "PRICE", "1e-18", [1e-17], ["0.000000000000000007"]),
        (False, "1", "PRICE", "0.01", [1e15], ["999999999999999"]),
    ],
)
def test_the_trigger_only_moves_in_the_orders_favour(
    buys: bool, offset: str, unit: str, tick: str, prices: list[float], triggers: list[str]
) -> None:
    instrument = Instrument(symbol="XYZ", tick=D(tick), price_may_be_negative=True)
    trail = Trail(buys, D(offset), OffsetUnit(unit), instrument, None)
    seen = []
    for price in prices:
        assert trail.follow(float(price)) == float(trail.trigger or 0)
        seen.append(trail.trigger)
    assert seen == [D(trigger) for trigger in triggers]
    assert trail.limit() is None


@pytest.mark.parametrize(
    ("buys", "unit", "beyond", "limit"),
    [(False, "PRICE", "0.5", "94.5"), (True, "PRICE", "0.5", "105.5"), (False, "BPS", "33", "94.69")],
)
def test_the_limit_lies_beyond_the_trigger(buys: bool, unit: str, beyond: str, limit: str) -> None:
    trail = Trail(buys, D(5), OffsetUnit(unit), Instrument(symbol="XYZ"), D(beyond), D(105 if buys else 95))
    assert trail.limit() == D(limit)
    assert Trail(buys, D(5), OffsetUnit.PRICE, Instrument(symbol="XYZ"), D(beyond)).limit() is None


@st.composite
def bars_of_ticks(draw: st.DrawFn) -> list[Bar]:
    made = []
    for time in range(draw(st.integers(1, 4))):
        low, high = sorted(draw(st.tuples(st.integers(50, 150), st.integers(50, 150))))
        opened, close = draw(st.integers(low, high)), draw(st.integers(low, high))
        shape = {"symbol": "XYZ", "time": time, "volume": 1e9}
        prices = {"open": float(opened), "high": float(high), "low": float(low), "close": float(close)}
        made.append(Bar(**shape, **prices))  # type: ignore[arg-type]  # a checker sees no kinds in a mapping
    return made


def walked(bars: list[Bar], path: PathName, side: Side, offset: int, trigger: int | None) -> tuple[int, int] | None:
    """Return at which bar and price a trailing stop is hit, looking at each tick that the price passes."""
    sign = side.sign
    for number, bar in enumerate(bars):
        way = [int(price) for price in corners(bar, path)[0 if side is Side.BUY else 1]]
        ticks = [way[0]]
        for start, end in pairwise(way):
            ticks += range(start, end, 1 if end > start else -1) if end != start else []
            ticks.append(end)
        for price in ticks:
            if trigger is not None and sign * (price - trigger) >= 0:
                return number, price
            followed = price + sign * offset
            trigger = followed if trigger is None or sign * (trigger - followed) > 0 else trigger
    return None


@settings(max_examples=400)
@given(
    bars=bars_of_ticks(),
    path=st.sampled_from(["adaptive", "ohlc", "olhc", "worst"]),
    side=st.sampled_from(Side),
    offset=st.integers(1, 40),
    first=st.none() | st.integers(40, 160),
    last=st.none() | st.integers(50, 150),
)
def test_on_bars_it_is_hit_where_a_walk_tick_by_tick_hits_it(
    bars: list[Bar], path: PathName, side: Side, offset: int, first: int | None, last: int | None
) -> None:
    book = BarBook(Instrument(symbol="XYZ", tick=D(1)), BarRules(path=path, max_volume_share=None), NoSlippage())
    book.add(
        ChildOrder(
            child_id="a",
            order_id="o",
            strategy="s",
            venue="V",
            symbol="XYZ",
            side=side,
            kind=OrderKind.TRAILING_STOP,
            quantity=D(1),
            limit_price=None,
            stop_price=None if first is None else D(first),
            time_in_force=TimeInForce.GTC,
            expires_at=None,
            terms=OrderTerms(trail_offset=D(offset)),
        ),
        last=None if last is None else float(last),
    )
    begin = first if first is not None else None if last is None else last + side.sign * offset
    hits = [
        (number, int(outcome.price))
        for number, bar in enumerate(bars)
        for outcome in book.match(bar)
        if isinstance(outcome, Execution)
    ]
    expected = walked(bars, path, side, offset, begin)
    assert hits == ([] if expected is None else [expected])
