"""Drawdowns: depth, start, trough, recovery and length, whole or streamed."""

import math

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.drawdowns import (
    Drawdown,
    DrawdownTracker,
    deepest_drawdown,
    drawdown_series,
    equity_drawdowns,
    max_drawdown,
    per_drawdown,
)
from tradepit.models.return_metrics import simple_returns

_CURVE = st.lists(st.integers(1, 60).map(float), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("equity", "expected"),
    [
        ([100.0], Drawdown(depth=0.0, start=0, trough=0, recovery=0, end=0)),
        ([100.0, 110.0, 120.0], Drawdown(depth=0.0, start=0, trough=0, recovery=0, end=2)),
        ([100.0, 80.0, 100.0, 120.0], Drawdown(depth=-0.2, start=0, trough=1, recovery=2, end=3)),
        ([100.0, 120.0, 60.0, 90.0], Drawdown(depth=-0.5, start=1, trough=2, recovery=None, end=3)),
        # The deeper of two falls, the first of two equal ones, from the last of two equal peaks.
        ([100.0, 90.0, 100.0, 50.0, 130.0, 120.0], Drawdown(depth=-0.5, start=2, trough=3, recovery=4, end=5)),
        ([100.0, 50.0, 100.0, 50.0], Drawdown(depth=-0.5, start=0, trough=1, recovery=2, end=3)),
        ([100.0, 100.0, 75.0, 75.0, 99.0], Drawdown(depth=-0.25, start=1, trough=2, recovery=None, end=4)),
        # A deeper fall after a recovery forgets that recovery.
        ([100.0, 90.0, 100.0, 80.0], Drawdown(depth=-0.2, start=2, trough=3, recovery=None, end=3)),
        ([100.0, 0.0, 10.0], Drawdown(depth=-1.0, start=0, trough=1, recovery=None, end=2)),
        ([100.0, -50.0], Drawdown(depth=-1.5, start=0, trough=1, recovery=None, end=1)),
        ([100.0, math.nan, 90.0, 100.0], Drawdown(depth=-0.1, start=0, trough=2, recovery=3, end=3)),
        # A share of nothing is no drawdown.
        ([0.0, -10.0, 5.0, 4.0], Drawdown(depth=-0.2, start=2, trough=3, recovery=None, end=3)),
    ],
)
def test_the_deepest_fall_has_its_peak_trough_and_recovery(equity: list[float], expected: Drawdown) -> None:
    found = deepest_drawdown(equity)
    assert found is not None
    assert found == attrs.evolve(expected, depth=found.depth)
    assert found.depth == pytest.approx(expected.depth)


def test_an_empty_curve_has_no_drawdown() -> None:
    assert deepest_drawdown([]) is None
    assert equity_drawdowns([]) == drawdown_series([]) == []


def test_length_runs_to_the_recovery_or_to_the_end() -> None:
    recovered = Drawdown(depth=-0.1, start=10, trough=12, recovery=17, end=30)
    under_water = Drawdown(depth=-0.1, start=10, trough=12, recovery=None, end=30)
    assert (recovered.length, under_water.length) == (7, 20)


def test_the_starting_capital_is_the_first_peak() -> None:
    assert max_drawdown([-0.1, 0.05]) == pytest.approx(-0.1)
    assert drawdown_series([-0.1, 0.05, 0.1]) == pytest.approx([-0.1, -0.055, 0.0])


def test_drawdowns_of_a_price_series_start_at_zero() -> None:
    # ffn, tests/data/test_data.csv: the first ten prices of AAPL, drawdown to three decimals
    prices = [13.84, 13.575, 13.78, 13.225, 12.91, 13.095, 12.835, 12.93, 12.93, 12.645]
    falls = equity_drawdowns(prices)
    assert (falls[0], round(falls[9], 3)) == (0.0, -0.086)


def test_a_ratio_to_no_drawdown_or_beyond_the_floats_is_nan() -> None:
    assert per_drawdown(0.5, -0.25) == 2.0
    assert all(map(math.isnan, [per_drawdown(0.5, 0.0), per_drawdown(math.inf, -0.5), per_drawdown(0.5, math.nan)]))


@given(curve=_CURVE)
def test_depth_is_the_least_of_the_drawdown_series_and_of_the_returns(curve: list[float]) -> None:
    found = deepest_drawdown(curve)
    assert found is not None
    assert found.depth == pytest.approx(min(equity_drawdowns(curve)))
    if len(curve) > 1:
        assert found.depth == pytest.approx(max_drawdown(simple_returns(curve)))


@given(curve=_CURVE)
def test_between_peak_and_recovery_the_curve_stays_below_the_peak(curve: list[float]) -> None:
    found = deepest_drawdown(curve)
    assert found is not None
    stop = len(curve) if found.recovery is None else found.recovery
    assert all(level < curve[found.start] for level in curve[found.start + 1 : stop])
    assert found.recovery is None or curve[found.recovery] >= curve[found.start]
    assert found.depth == curve[found.trough] / curve[found.start] - 1.0
    assert curve[found.start] == max(curve[: found.start + 1])


@given(curve=_CURVE, data=st.data())
def test_a_curve_streamed_in_pieces_gives_the_same_as_at_once(curve: list[float], data: st.DataObject) -> None:
    points = list(enumerate(curve))
    tracker = DrawdownTracker(*points[0])
    rest = points[1:]
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        tracker.extend(rest[:size])
        rest = rest[size:]
    assert tracker.deepest == deepest_drawdown(curve)


def test_a_copy_looks_ahead_without_moving_the_tracker() -> None:
    tracker = DrawdownTracker(0, 100.0)
    tracker.extend([(1, 90.0)])
    before = tracker.deepest
    ahead = tracker.copy()
    ahead.extend([(2, 50.0)])
    assert (tracker.deepest, ahead.deepest.depth) == (before, -0.5)


@given(
    curve=st.lists(st.one_of(st.integers(1, 60).map(float), st.just(math.nan)), min_size=1, max_size=40),
    held=st.sampled_from([1, 7, 97]),
    size=st.integers(1, 9) | st.integers(200, 600),
)
def test_blocks_of_a_curve_give_the_drawdown_of_the_curve(curve: list[float], held: int, size: int) -> None:
    curve = [level for level in curve for _ in range(held)]
    whole, blocks = DrawdownTracker(-1, 30.0), DrawdownTracker(-1, 30.0)
    whole.extend(enumerate(curve))
    for begin in range(0, len(curve), size):
        block = curve[begin : begin + size]
        blocks.extend_block(range(begin, begin + len(block)), block)
    assert blocks.deepest == whole.deepest
