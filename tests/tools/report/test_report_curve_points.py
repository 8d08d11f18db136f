import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.drawdowns import deepest_drawdown
from tradepit.models.equity import EquityCurve
from tradepit.tools.report.curve_points import CurvePoints, curve_points


def _curve(values: list[float], start: float = 100.0) -> EquityCurve:
    curve = EquityCurve(0, start)
    for time, figure in enumerate(values, start=1):
        curve.record(time, figure)
    return curve


def test_a_short_curve_is_kept_whole_from_the_starting_capital_on() -> None:
    assert curve_points(_curve([120.0, 90.0, 150.0])) == CurvePoints(
        times=[0, 1, 2, 3], equity=[100.0, 120.0, 90.0, 150.0], drawdowns=[0.0, 0.0, -0.25, 0.0], thinned=False
    )


def test_a_curve_without_points_is_the_starting_capital() -> None:
    assert curve_points(_curve([])) == CurvePoints(times=[0], equity=[100.0], drawdowns=[0.0], thinned=False)


def test_a_point_that_is_no_number_is_left_out() -> None:
    points = curve_points(_curve([math.nan, 110.0, math.inf]))
    assert (points.times, points.equity) == ([0, 2], [100.0, 110.0])


def test_a_fall_from_nothing_is_no_number() -> None:
    points = curve_points(_curve([-5.0], start=0.0))
    assert [math.isnan(fall) for fall in points.drawdowns] == [True, True]


@given(st.lists(st.floats(1.0, 1_000.0), min_size=41, max_size=200), st.integers(1, 10))
def test_a_thinned_curve_keeps_ends_extremes_and_the_deepest_fall(values: list[float], stretches: int) -> None:
    points = curve_points(_curve(values), stretches)
    whole = [100.0, *values]
    assert points.thinned
    assert len(points.times) <= 4 * stretches + 1
    assert points.times == sorted(set(points.times))
    assert [whole[time] for time in points.times] == points.equity
    assert (points.times[0], points.times[-1]) == (0, len(values))
    assert (min(points.equity), max(points.equity)) == (min(whole), max(whole))
    deepest = deepest_drawdown(whole)
    assert deepest is not None
    assert min(points.drawdowns) == pytest.approx(deepest.depth)


def test_a_long_curve_under_water_from_the_first_point_is_thinned_too() -> None:
    points = curve_points(_curve([-1.0] * 100, start=-1.0), stretches=2)
    assert points.thinned
    assert points.times[-1] == 100
