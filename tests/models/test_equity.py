"""The equity curve: what it keeps, what it forgets, what it still knows."""

import math
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models import equity as equity_module
from tradepit.models.drawdowns import Drawdown, deepest_drawdown
from tradepit.models.equity import EquityCurve
from tradepit.models.periods import DAY_NS, utc_day
from tradepit.models.return_metrics import annual_return, sharpe_ratio, simple_returns, winning_share

HOUR = DAY_NS // 24
MINUTE = HOUR // 60


def curve_of(values: list[float], step: int = DAY_NS, detail_limit: int = 262_144) -> EquityCurve:
    curve = EquityCurve(0, 100.0, detail_limit=detail_limit)
    for n, value in enumerate(values, start=1):
        curve.record(n * step, value)
    return curve


def test_every_point_is_kept_up_to_the_limit() -> None:
    curve = curve_of([110.0, 99.0, 121.0], HOUR, detail_limit=3)
    assert (curve.spacing, curve.times, curve.values) == ("point", [HOUR, 2 * HOUR, 3 * HOUR], [110.0, 99.0, 121.0])
    assert curve.returns == pytest.approx([0.1, -0.1, 121 / 99 - 1])


def test_beyond_the_limit_the_last_point_of_each_day_stays() -> None:
    curve = curve_of([100.0 + n for n in range(60)], HOUR, detail_limit=59)
    assert (curve.spacing, curve.times, curve.values) == (
        "day",
        [23 * HOUR, 47 * HOUR, 60 * HOUR],
        [122.0, 146.0, 159.0],
    )
    assert curve.returns == pytest.approx([0.22, 146 / 122 - 1, 159 / 146 - 1])
    assert curve.periods_per_year == 252.0


def test_days_may_be_those_of_another_zone() -> None:
    curve = EquityCurve(0, 100.0, detail_limit=1, day_of=lambda time: (time + 2 * HOUR) // DAY_NS)
    for n in range(48):
        curve.record(n * HOUR, 100.0 + n)
    assert curve.values == [121.0, 145.0, 147.0]


def test_an_empty_curve_stands_at_its_starting_capital() -> None:
    curve = EquityCurve(7, 100.0)
    assert (curve.times, curve.values, curve.returns) == ([], [], [])
    assert (curve.last_ns, curve.last_equity, curve.spacing) == (7, 100.0, "point")
    assert curve.drawdown == Drawdown(depth=0.0, start=7, trough=7, recovery=7, end=7)
    assert math.isnan(curve.periods_per_year)


def test_the_last_point_takes_the_place_of_one_at_the_same_instant() -> None:
    curve = curve_of([110.0, 50.0])
    curve.settle(2 * DAY_NS, 99.0)
    assert (curve.times, curve.values) == ([DAY_NS, 2 * DAY_NS], [110.0, 99.0])
    assert curve.drawdown.depth == pytest.approx(-0.1)
    curve.settle(3 * DAY_NS, 120.0)
    assert curve.values == [110.0, 99.0, 120.0]


@pytest.mark.parametrize("count", [8_191, 8_192, 8_193, 8_194])
def test_a_point_that_a_fold_has_passed_can_still_be_settled(count: int) -> None:
    curve = curve_of([100.0] * (count - 1) + [10.0], MINUTE)
    assert curve.drawdown.depth == pytest.approx(-0.9)
    curve.settle(count * MINUTE, 100.0)
    assert curve.drawdown.depth == 0.0
    assert curve.values == [100.0] * count


def test_a_limit_of_no_points_is_refused() -> None:
    with pytest.raises(ValueError, match="detail_limit must be 1 or more, was 0"):
        EquityCurve(0, 1.0, detail_limit=0)


_POINTS = st.lists(st.tuples(st.integers(1, 30 * HOUR), st.integers(50, 200).map(float)), max_size=60)


@given(points=_POINTS, limit=st.integers(1, 70), block=st.integers(1, 20), data=st.data())
def test_what_is_kept_depends_on_the_points_alone(
    points: list[tuple[int, float]], limit: int, block: int, data: st.DataObject
) -> None:
    """Neither the size of the blocks nor a look in between changes the curve, and the drawdown is always exact."""
    times, values, now = [], [], 0
    for gap, value in points:
        now += gap
        times.append(now)
        values.append(value)
    curve = EquityCurve(0, 100.0, detail_limit=limit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(equity_module, "_BLOCK", block)
        for time, value in zip(times, values, strict=True):
            curve.record(time, value)
            if data.draw(st.booleans()):
                assert curve.times[-1] == time
    by_day = {utc_day(time): (time, value) for time, value in zip(times, values, strict=True)}
    kept = list(by_day.values()) if len(times) > limit else list(zip(times, values, strict=True))
    assert list(zip(*curve.points, strict=True)) == kept
    days = simple_returns([100.0, *(value for _, value in by_day.values())])
    assert curve.summary()["winning_days"] == pytest.approx(winning_share(days), nan_ok=True)
    assert (curve.spacing == "day") is (len(times) > limit)
    whole, at = deepest_drawdown([100.0, *values]), [0, *times]
    assert whole is not None
    assert curve.drawdown == Drawdown(
        depth=whole.depth,
        start=at[whole.start],
        trough=at[whole.trough],
        recovery=None if whole.recovery is None else at[whole.recovery],
        end=at[whole.end],
    )


def test_memory_does_not_grow_with_the_number_of_points() -> None:
    def held(count: int) -> int:
        tracemalloc.start()
        curve = curve_of([100.0] * 0, MINUTE, detail_limit=1_000)
        for n in range(1, count + 1):
            curve.record(n * MINUTE, 100.0 + n % 7)
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert curve.last_ns == count * MINUTE
        return size

    assert held(64_000) < held(16_000) + 20_000


def test_the_summary_of_daily_points_is_that_of_their_returns() -> None:
    values = [101.0, 99.0, 104.0, 103.0, 108.0]
    curve = curve_of(values)
    figures = curve.summary()
    assert figures["sharpe"] == sharpe_ratio(curve.returns)
    assert figures["annual_return"] == annual_return(curve.returns)
    assert figures["total_return"] == pytest.approx(0.08)
    assert figures["final_equity"] == 108.0
    assert figures["winning_days"] == 0.6
    assert figures["max_drawdown"] == 99.0 / 101.0 - 1.0
    assert figures["max_drawdown_days"] == 2.0
    assert figures["calmar"] == pytest.approx(figures["annual_return"] / (2 / 101))
    assert figures["profit_to_drawdown"] == pytest.approx(0.08 / (2 / 101))
    assert figures["cagr_calendar"] == pytest.approx(1.08 ** (365.25 / 5) - 1)
    assert figures["periods_per_year"] == 252.0


def test_the_drawdown_within_a_day_survives_the_fall_back_to_days() -> None:
    curve = curve_of([100.0, 60.0, 100.0] + [100.0] * 45, HOUR, detail_limit=10)
    figures = curve.summary()
    assert figures["max_drawdown"] == -0.4
    assert figures["max_drawdown_days"] == 2 / 24
    assert min(curve.returns) == 0.0


def test_a_run_within_a_day_has_no_rates_of_growth_but_risk_and_reward() -> None:
    curve = EquityCurve(0, 100.0)
    for n, value in enumerate([100.0, 101.0, 100.5, 102.0], start=1):
        curve.record(n * MINUTE, value)
    figures = curve.summary(benchmark=[0.0, 0.01, -0.01, 0.02])
    assert [
        name for name in ("annual_return", "cagr", "cagr_calendar", "calmar", "alpha") if figures[name] == figures[name]
    ] == []
    assert figures["periods_per_year"] == 390 * 252.0
    assert figures["sharpe"] == sharpe_ratio(curve.returns, 0.0, 390 * 252.0)
    assert not math.isnan(figures["beta"])


def test_one_bar_has_stated_results() -> None:
    figures = curve_of([90.0]).summary()
    known = {name: figure for name, figure in figures.items() if not math.isnan(figure)}
    assert known == pytest.approx(
        {
            "total_return": -0.1,
            "max_drawdown": -0.1,
            "profit_to_drawdown": -1.0,
            "average_drawdown": -0.1,
            "var_95": -0.1,
            "cvar_95": -0.1,
            "tail_ratio": 1.0,
            "final_equity": 90.0,
            "winning_days": 0.0,
            "cagr_calendar": 0.9**365.25 - 1,
            "max_drawdown_days": 1.0,
        }
    )


def test_periods_per_year_can_be_said() -> None:
    figures = curve_of([101.0, 99.0, 104.0]).summary(periods_per_year=365.0)
    assert figures["volatility"] == pytest.approx(
        curve_of([101.0, 99.0, 104.0]).summary()["volatility"] * (365 / 252) ** 0.5
    )


@given(values=st.lists(st.floats(1.0, 1e6), max_size=60), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_points_may_come_one_by_one_or_many_at_a_time(values: list[float], cuts: list[int]) -> None:
    one_by_one, in_blocks = curve_of(values, HOUR, 20), EquityCurve(0, 100.0, detail_limit=20)
    times = [n * HOUR for n in range(1, len(values) + 1)]
    for begin, end in pairwise(sorted([0, *(min(cut, len(values)) for cut in cuts), len(values)])):
        in_blocks.extend(times[begin:end], values[begin:end])
    assert (in_blocks.points, in_blocks.spacing, in_blocks.drawdown) == (
        one_by_one.points,
        one_by_one.spacing,
        one_by_one.drawdown,
    )
