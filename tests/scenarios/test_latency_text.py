"""Latencies are read strictly and written back exactly."""

from typing import Any

import pytest

from tradepit.scenarios.latency_text import read_latency, write_latency
from tradepit.scenarios.tree import CommonLatency, LatencySpec, LoadLatency, QuantileLatency
from tradepit.scenarios.units import UnitError

MEDIAN = LatencySpec(kind="lognormal", params=(240_000, 0.3))
RECORDED = QuantileLatency(points=[(0.5, 200_000), (0.9, 400_000), (0.999, 2_000_000)])
SECOND = 10**9

LATENCIES = [
    ("350us", LatencySpec(params=(350_000,)), "350us"),
    ("0s", LatencySpec(), "0s"),
    ("uniform(200us, 1ms)", LatencySpec(kind="uniform", params=(200_000, 1_000_000)), "uniform(200us, 1ms)"),
    ("normal(300us,50us)", LatencySpec(kind="normal", params=(300_000, 50_000)), "normal(300us, 50us)"),
    ("lognormal(240us, 0.3)", MEDIAN, "lognormal(240us, 0.3)"),
    ("lognormal(median 240us, sigma=0.3)", MEDIAN, "lognormal(240us, 0.3)"),
    ("quantiles(50% 200us, 90% 400us, 99.9% 2ms)", RECORDED, "quantiles(50% 200us, 90% 400us, 99.9% 2ms)"),
    ("quantiles(50%: 200us, 90%=400us, 99.9%2ms)", RECORDED, "quantiles(50% 200us, 90% 400us, 99.9% 2ms)"),
    ("load(200us, 5us)", LoadLatency(base=LatencySpec(params=(200_000,)), per_message=5000), "load(200us, 5us, 1s)"),
    (
        "load(base lognormal(240us, 0.3), each 5us, over 100ms)",
        LoadLatency(base=MEDIAN, per_message=5000, over=SECOND // 10),
        "load(lognormal(240us, 0.3), 5us, 100ms)",
    ),
    (
        "common(quantiles(50% 200us, 90% 400us, 99.9% 2ms), wan-1, 0.5)",
        CommonLatency(base=RECORDED, group="wan-1", sigma=0.5),
        "common(quantiles(50% 200us, 90% 400us, 99.9% 2ms), wan-1, 0.5, 1s)",
    ),
    (
        "common(load(lognormal(240us, 0.3), 5us), group wan, sigma 2, every 1min)",
        CommonLatency(base=LoadLatency(base=MEDIAN, per_message=5000), group="wan", sigma=2.0, every=60 * SECOND),
        "common(load(lognormal(240us, 0.3), 5us, 1s), wan, 2, 1min)",
    ),
    (
        "load(common(1us, g, 0), 5us)",
        LoadLatency(
            base=CommonLatency(base=LatencySpec(params=(1000,)), group="g", sigma=0.0),
            per_message=5000,
        ),
        "load(common(1us, g, 0, 1s), 5us, 1s)",
    ),
]


@pytest.mark.parametrize(("text", "latency", "written"), LATENCIES)
def test_a_latency_is_read_and_written(text: str, latency: Any, written: str) -> None:
    assert read_latency(text) == latency
    assert write_latency(latency) == written
    assert read_latency(written) == latency


NAMES = "a latency is a duration or one of uniform, normal, lognormal, quantiles, load, common"
QUANTILES = "write quantiles(50% 200us, 90% 400us, 99% 2ms)"
LOAD = "write load(200us, 5us, 1s)"
COMMON = "write common(200us, wan, 0.5, 1s)"


@pytest.mark.parametrize(
    ("text", "rule", "suggestion"),
    [
        ("350", "a duration needs a unit", "write 350us, 350ms, 350s or 350min"),
        ("norml(1us, 2us)", NAMES, "write normal(300us, 50us)"),
        ("pareto(1, 2)", NAMES, ""),
        ("normal(1us)", "normal takes mean and sd", "write normal(300us, 50us)"),
        ("normal(1us, 2)", "sd: a duration needs a unit", "write 2us, 2ms, 2s or 2min"),
        ("lognormal(1us, 3us)", "sigma: must be a number", "write 3"),
        ("lognormal(1us, 11)", "sigma lies between 0 and 10", ""),
        ("uniform(3us, 1us)", "uniform goes from the lowest to the highest", "write uniform(1us, 3us)"),
        ("quantiles(50% 2us)", "quantiles are two or more", QUANTILES),
        ("quantiles()", "a quantile is a percentage and a duration", QUANTILES),
        ("quantiles(50 2us, 90 3us)", "a quantile is a percentage and a duration", QUANTILES),
        ("quantiles(50% 2, 90% 3us)", "a duration needs a unit", "write 2us, 2ms, 2s or 2min"),
        ("quantiles(50% 2us, 101% 3us)", "a quantile lies between 0% and 100%", QUANTILES),
        (
            "quantiles(50% 2us, 50% 3us)",
            "quantiles go from the lowest to the highest, and so do their latencies",
            QUANTILES,
        ),
        (
            "quantiles(50% 2us, 60% 1us)",
            "quantiles go from the lowest to the highest, and so do their latencies",
            QUANTILES,
        ),
        ("load(1us)", "load takes base, each and perhaps over", LOAD),
        ("load(1us, 1us, 0s)", "over: a duration must be above 0 here", ""),
        ("load(pareto(1us, 2us), 1us)", NAMES, ""),
        ("load(load(1us, 1us), 1us)", "a latency follows load once", LOAD),
        ("load(common(load(1us, 1us), g, 1), 1us)", "a latency follows load once", LOAD),
        ("common(1us, wan)", "common takes base, group, sigma and perhaps every", COMMON),
        ("common(1us, w n, 1)", "group: a name has letters, digits, dots, dashes and underscores", ""),
        ("common(common(1us, a, 1), b, 1)", "a latency has one common factor", COMMON),
        ("load(load(load(load(1us, 1us), 1us), 1us), 1us)", "a latency nests at most 3 deep", LOAD),
        ("load(" * 5000 + ")", "a latency nests at most 3 deep", LOAD),
    ],
)
def test_a_latency_that_is_none_is_refused(text: str, rule: str, suggestion: str) -> None:
    with pytest.raises(UnitError) as caught:
        read_latency(text)
    assert (caught.value.rule, caught.value.suggestion) == (rule, suggestion)


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("constant", (1, 2), "constant latency takes 1 parameter(s), was 2"),
        ("normal", (1,), "normal latency takes 2 parameter(s), was 1"),
        ("uniform", (1, 2.5), "a latency is a whole number of ns and at least 0, was 2.5"),
        ("lognormal", (-1, 0.5), "a latency is a whole number of ns and at least 0, was -1"),
    ],
)
def test_a_latency_built_in_python_is_checked(kind: Any, params: Any, message: Any) -> None:
    with pytest.raises(ValueError) as caught:
        LatencySpec(kind=kind, params=params)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: QuantileLatency(points=[(0, -1), (1, 1)]), "a latency is at least 0, was -1"),
        (lambda: LoadLatency(base=MEDIAN, per_message=-1), "a load has 0 ns or more for each message over more than 0"),
        (lambda: LoadLatency(base=MEDIAN, per_message=1, over=0), "a load has 0 ns or more for each message over more"),
        (lambda: CommonLatency(base=MEDIAN, group="g", sigma=11), "sigma lies between 0 and 10 and every is above 0"),
        (lambda: CommonLatency(base=MEDIAN, group="g", sigma=1, every=0), "sigma lies between 0 and 10 and every is"),
    ],
)
def test_what_a_latency_is_made_of_is_checked_too(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
