"""Latency of a connection: from what is written to a number of nanoseconds."""

import math
import random
import statistics

import pytest

from tradepit.scenarios.latency import latency_ns
from tradepit.scenarios.venue_tree import LatencyKind, LatencySpec


def _draws(kind: LatencyKind, *params: float, count: int = 4000) -> list[int]:
    draw = latency_ns(LatencySpec(kind=kind, params=params))
    assert draw is not None
    stream = random.Random(1)
    return [draw(stream) for _ in range(count)]


def test_no_latency_is_no_link_at_all() -> None:
    assert latency_ns(LatencySpec()) is None


def test_a_constant_latency_draws_nothing() -> None:
    draw = latency_ns(LatencySpec(params=(350_000,)))
    assert draw is not None
    stream = random.Random(1)
    before = stream.getstate()
    assert draw(stream) == 350_000
    assert stream.getstate() == before


def test_a_uniform_latency_lies_between_its_bounds() -> None:
    drawn = _draws(LatencyKind.UNIFORM, 1000, 2000)
    assert min(drawn) >= 1000
    assert max(drawn) <= 2000
    assert statistics.mean(drawn) == pytest.approx(1500, abs=20)


def test_a_normal_latency_has_its_mean_and_deviation() -> None:
    drawn = _draws(LatencyKind.NORMAL, 1_000_000, 100_000)
    assert statistics.mean(drawn) == pytest.approx(1_000_000, rel=0.01)
    assert statistics.stdev(drawn) == pytest.approx(100_000, rel=0.05)


def test_a_normal_latency_is_cut_at_zero() -> None:
    drawn = _draws(LatencyKind.NORMAL, 10, 1000)
    assert min(drawn) == 0
    assert drawn.count(0) == pytest.approx(2000, abs=150)


def test_a_lognormal_latency_has_its_median_and_the_deviation_of_its_logarithm() -> None:
    drawn = _draws(LatencyKind.LOGNORMAL, 240_000, 0.3)
    assert statistics.median(drawn) == pytest.approx(240_000, rel=0.03)
    assert statistics.stdev(math.log(ns) for ns in drawn) == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize(
    ("kind", "params"),
    [(LatencyKind.UNIFORM, (1, 2)), (LatencyKind.NORMAL, (1, 2)), (LatencyKind.LOGNORMAL, (1, 0.5))],
)
def test_every_latency_is_a_whole_number_of_ns_and_not_below_zero(
    kind: LatencyKind, params: tuple[float, float]
) -> None:
    assert all(type(ns) is int and ns >= 0 for ns in _draws(kind, *params))
