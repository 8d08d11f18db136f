"""A benchmark's returns at the points of a run's curve."""

import math

import pytest

from tradepit.models.benchmark_curve import BenchmarkCurve
from tradepit.models.periods import DAY_NS

NAN = math.nan


def curve(*points: tuple[int, float], limit: int = 262_144) -> BenchmarkCurve:
    recorded = BenchmarkCurve(detail_limit=limit)
    for time, price in points:
        recorded.record(time, price)
    return recorded


def test_each_return_goes_by_the_last_price_at_or_before_its_time() -> None:
    recorded = curve((10, 100.0), (20, 110.0), (35, 99.0))
    assert recorded.returns_at([10, 20, 30, 40]) == pytest.approx([NAN, 0.1, 0.0, -0.1], nan_ok=True)
    assert recorded.returns_at([5, 9, 10, 50]) == pytest.approx([NAN, NAN, NAN, -0.01], nan_ok=True)
    assert recorded.returns_at([]) == []


def test_of_several_prices_at_one_instant_the_last_counts() -> None:
    assert curve((10, 100.0), (20, 1.0), (20, 105.0)).returns_at([10, 20]) == pytest.approx([NAN, 0.05], nan_ok=True)


def test_a_benchmark_without_prices_has_no_returns() -> None:
    assert all(map(math.isnan, curve().returns_at([1, 2, 3])))


def test_a_long_run_keeps_the_last_price_of_each_day() -> None:
    hours = [(day * DAY_NS + hour, float(100 + day * 24 + hour)) for day in range(1_000) for hour in range(24)]
    recorded = curve(*hours, limit=100)
    ends = [day * DAY_NS + 23 for day in range(1_000)]
    expected = [NAN, *((123.0 + 24 * day) / (99.0 + 24 * day) - 1.0 for day in range(1, 1_000))]
    assert recorded.returns_at(ends) == pytest.approx(expected, nan_ok=True)
