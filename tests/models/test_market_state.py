"""What the market shows: the estimator of volatility against the standard library's, and what is taken once."""

import math
import statistics
from copy import deepcopy
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.market_state import NOTHING_SHOWN, MarketState, MarketWatch, Needs
from tradepit.models.orders import Side

D = Decimal


def bar(close: float, *, halted: bool = False) -> Bar:
    return Bar(symbol="X", time=0, open=close, high=close, low=close, close=close, volume=100.0, halted=halted)


def quote(bid: float, ask: float, size: float = 100.0, time: int = 0) -> Quote:
    return Quote(symbol="X", time=time, bid=bid, ask=ask, bid_size=size, ask_size=size + 1)


def state(watch: MarketWatch, side: Side = Side.BUY) -> MarketState:
    return deepcopy(watch).take(side, D(10), 50.0)


@pytest.mark.parametrize(
    ("volume", "taken", "quantity", "share"),
    [
        (1000.0, "0", "25", "0.025"),
        (1000.0, "10", "25", "0.035"),
        (0.5, "0", "1", "2"),
        (math.nan, "0", "25", "0"),
        (0.0, "0", "25", "0"),
        (math.inf, "0", "25", "0"),
    ],
)
def test_the_share_of_an_unknown_volume_is_zero(volume: float, taken: str, quantity: str, share: str) -> None:
    assert MarketState(volume=volume, taken=D(taken)).share(D(quantity)) == D(share)


def test_an_unknown_volatility_is_what_the_model_says() -> None:
    assert NOTHING_SHOWN.volatility_or(D("0.01")) == D("0.01")
    assert MarketState(volatility=0.25).volatility_or(D("0.01")) == D("0.25")


def test_the_volatility_is_known_once_the_window_is_full_and_then_rolls() -> None:
    watch = MarketWatch(Needs(window=3))
    found = []
    for close in (100.0, 110.0, 99.0, 108.9, 108.9):
        watch.after_bar(bar(close))
        found.append(state(watch).volatility)
    assert [math.isnan(volatility) for volatility in found] == [True, True, True, False, False]
    assert found[3] == pytest.approx(statistics.stdev([0.1, -0.1, 0.1]))
    assert found[4] == pytest.approx(statistics.stdev([-0.1, 0.1, 0.0]))


@given(st.lists(st.floats(0.01, 1e6), min_size=6, max_size=30))
def test_the_volatility_is_the_sample_deviation_of_the_last_returns(closes: list[float]) -> None:
    watch = MarketWatch(Needs(window=5))
    for close in closes:
        watch.after_bar(bar(close))
    returns = [(after - before) / before for before, after in pairwise(closes)][-5:]
    assert state(watch).volatility == pytest.approx(statistics.stdev(returns), rel=1e-9, abs=1e-12)


def test_returns_go_by_the_size_of_a_price_and_not_by_what_is_no_price() -> None:
    watch = MarketWatch(Needs(window=2))
    for close in (-10.0, -5.0, 0.0, 4.0, math.nan, 4.0, 5.0):
        watch.after_bar(bar(close))
    # Known are -10 to -5 (a rise of half of its size), -5 to 0, and 4 to 5; from 0 there is no return.
    assert state(watch).volatility == pytest.approx(statistics.stdev([1.0, 0.25]))


def test_a_halted_bar_is_no_return() -> None:
    watch = MarketWatch(Needs(window=2))
    for close, halted in ((100.0, False), (50.0, True), (110.0, False), (121.0, False)):
        watch.after_bar(bar(close, halted=halted))
    assert state(watch).volatility == pytest.approx(0.0)


def test_on_quotes_returns_are_those_of_the_mid() -> None:
    watch = MarketWatch(Needs(window=2, quotes=True))
    for time, (bid, ask) in enumerate([(99.0, 101.0), (109.0, 111.0), (98.0, 100.0)]):
        watch.on_quote(quote(bid, ask, time=time))
    shown = state(watch)
    assert shown.volatility == pytest.approx(statistics.stdev([0.1, -0.1]))
    assert (shown.spread, shown.levels) == (2.0, ((100.0, 101.0),))
    assert state(watch, Side.SELL).levels == ((98.0, 100.0),)


def test_on_trades_returns_are_those_of_the_prints_and_each_gives_its_size_once() -> None:
    watch = MarketWatch(Needs(window=2))
    for price in (100.0, 110.0, 99.0):
        watch.take(Side.SELL, D(5), 100.0)
        assert state(watch, Side.SELL).taken == D(5)
        watch.after_trade(Trade(symbol="X", time=0, price=price, size=100.0))
    assert state(watch).volatility == pytest.approx(statistics.stdev([0.1, -0.1]))
    assert state(watch, Side.SELL).taken == D(0)


def test_what_a_model_does_not_need_is_not_told() -> None:
    watch = MarketWatch(Needs())
    watch.on_quote(quote(99.0, 101.0))
    watch.after_bar(bar(1.0))
    shown = state(watch)
    assert (shown.volume, shown.taken, shown.levels) == (50.0, D(0), ())
    assert math.isnan(shown.spread)
    assert math.isnan(shown.volatility)
    assert (watch.hears_all, MarketWatch(Needs(window=2)).hears_all) == (False, True)


def test_what_was_taken_is_counted_by_side_until_the_next_bar() -> None:
    watch = MarketWatch(Needs())
    taken = [watch.take(side, D(q), 100.0).taken for side, q in ((Side.BUY, 5), (Side.BUY, 7), (Side.SELL, 1))]
    assert taken == [D(0), D(5), D(0)]
    assert [state(watch, side).taken for side in Side] == [D(12), D(1)]
    watch.after_bar(bar(1.0))
    assert [state(watch, side).taken for side in Side] == [D(0), D(0)]


def test_the_quote_that_still_stands_gives_nothing_twice() -> None:
    watch = MarketWatch(Needs(window=2, quotes=True))
    watch.on_quote(quote(99.0, 101.0))
    watch.take(Side.BUY, D(5), 100.0)
    watch.on_quote(quote(99.0, 101.0))
    assert state(watch).taken == D(5)
    watch.on_quote(quote(99.0, 101.0, time=1))
    assert state(watch).taken == D(0)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (Needs(), Needs(), Needs()),
        (Needs(window=5), Needs(), Needs(window=5)),
        (Needs(window=5), Needs(window=5, quotes=True), Needs(window=5, quotes=True)),
        (Needs(quotes=True), Needs(window=7), Needs(window=7, quotes=True)),
    ],
)
def test_needs_add_up(one: Needs, other: Needs, both: Needs) -> None:
    assert one.and_those_of(other) == other.and_those_of(one) == both


def test_a_symbol_has_one_volatility() -> None:
    with pytest.raises(ValueError, match="window must be the same in all parts of a sum, was 5 and 6"):
        Needs(window=5).and_those_of(Needs(window=6))
    with pytest.raises(ValueError, match="window must be 2 or more, was 1"):
        Needs(window=1)
