"""Metrics under further names: against empyrical, quantstats, and the results of degenerate series."""

import datetime as dt
import math
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tradepit.models import (
    benchmark_metrics,
    benchmark_variants,
    calendar_returns,
    drawdowns,
    return_metrics,
    reward_ratios,
    rolling_metrics,
    tail_metrics,
    underwater,
)
from tradepit.models.calendar_returns import CalendarPeriod
from tradepit.models.drawdowns import Drawdown

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import empyrical

NAN, INF = math.nan, math.inf

_RETURN = st.one_of(
    st.integers(-9_000, 20_000).map(lambda n: n / 10_000),
    st.integers(-300, 300).map(lambda n: n / 10_000),
    st.sampled_from([0.0, 0.0, 0.01, -0.01, NAN]),
)
_SERIES = st.one_of(
    st.lists(_RETURN, max_size=40),
    st.builds(lambda change, count: [change] * count, _RETURN, st.integers(1, 12)),
)
_PAIRS = st.lists(st.tuples(_RETURN, _RETURN), max_size=30)
# Moves of at least a basis point both ways: what is degenerate has stated results here and others there.
_LIVELY = st.lists(
    st.one_of(st.floats(0.0001, 0.2), st.floats(-0.2, -0.0001), st.just(0.0)), min_size=20, max_size=120
).filter(lambda returns: min(returns) < 0 < max(returns) and len(set(returns)) > 10)


def oracle(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*(np.array(one, dtype=float) for one in arguments), **options)


def agree(ours: float, theirs: float) -> bool:
    if not (math.isfinite(ours) and math.isfinite(theirs)):
        return repr(float(ours)) == repr(float(theirs))
    return math.isclose(ours, theirs, rel_tol=1e-7, abs_tol=1e-9)


def split(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [own for own, _ in pairs], [other for _, other in pairs]


@given(pairs=_PAIRS)
def test_up_and_down_markets_and_fragility_are_empyricals(pairs: list[tuple[float, float]]) -> None:
    returns, benchmark = split(pairs)
    ours = [
        *benchmark_variants.batting_average(returns, benchmark),
        *benchmark_variants.up_alpha_beta(returns, benchmark),
        *benchmark_variants.down_alpha_beta(returns, benchmark),
    ]
    # empyrical takes up and down markets from pairs with gaps in them; ours are passed over first, as in beta.
    whole = [pair for pair in pairs if not math.isnan(pair[0] + pair[1])]
    theirs = [
        *oracle(empyrical.batting_average, *split(whole)).tolist(),
        *oracle(empyrical.up_alpha_beta, *split(whole)).tolist(),
        *oracle(empyrical.down_alpha_beta, *split(whole)).tolist(),
    ]
    assert all(map(agree, ours, theirs)), (ours, theirs)
    if len({other for _, other in whole}) == len(whole):  # equal ones have an order of their own in each sort
        theirs_fragile = float(oracle(empyrical.stats.beta_fragility_heuristic_aligned, returns, benchmark))
        assert agree(benchmark_variants.beta_fragility_heuristic(returns, benchmark), theirs_fragile)


ROLLING = [
    (rolling_metrics.roll_sortino_ratio, empyrical.roll_sortino_ratio),
    (rolling_metrics.roll_annual_volatility, empyrical.roll_annual_volatility),
]


@pytest.mark.parametrize(("ours", "theirs"), ROLLING, ids=[ours.__name__ for ours, _ in ROLLING])
@settings(max_examples=50)
@given(returns=_SERIES, window=st.integers(1, 8))
def test_a_rolling_ratio_is_empyricals(
    ours: Callable[..., list[float]], theirs: Callable[..., Any], returns: list[float], window: int
) -> None:
    mine, other = ours(returns, window), oracle(theirs, returns, window=window).tolist()
    assert len(mine) == len(other)
    assert all(map(agree, mine, other)), (mine, other)


@settings(max_examples=50)
@given(pairs=_PAIRS, window=st.integers(1, 8))
def test_rolling_alpha_and_beta_are_empyricals(pairs: list[tuple[float, float]], window: int) -> None:
    returns, benchmark = split(pairs)
    for ours, theirs in (
        (rolling_metrics.roll_beta, empyrical.roll_beta_aligned),
        (rolling_metrics.roll_alpha, empyrical.roll_alpha_aligned),
    ):
        mine, other = ours(returns, benchmark, window), oracle(theirs, returns, benchmark, window=window).tolist()
        assert len(mine) == len(other)
        assert all(map(agree, mine, other)), (mine, other)


@given(
    returns=st.lists(_RETURN, min_size=1, max_size=60),
    start=st.dates(dt.date(1999, 1, 1), dt.date(2024, 12, 31)),
    step=st.integers(1, 40),
)
def test_returns_of_weeks_months_quarters_and_years_are_empyricals(
    returns: list[float], start: dt.date, step: int
) -> None:
    index = pd.date_range(pd.Timestamp(start), periods=len(returns), freq=f"{step}D")
    times = [int(stamp.value) + 86_399_999_999_999 for stamp in index]
    for period, name in (
        (CalendarPeriod.WEEK, empyrical.WEEKLY),
        (CalendarPeriod.MONTH, empyrical.MONTHLY),
        (CalendarPeriod.QUARTER, empyrical.QUARTERLY),
        (CalendarPeriod.YEAR, empyrical.YEARLY),
    ):
        theirs = empyrical.aggregate_returns(pd.Series(returns, index=index), name).tolist()
        ours = calendar_returns.aggregate_returns(returns, times, period)
        assert len(ours) == len(theirs)
        assert all(map(agree, ours, theirs)), (period, ours, theirs)


def test_minutes_make_the_returns_of_days_in_the_zone_that_is_asked_for() -> None:
    hour = 3_600 * 10**9
    times = [22 * hour, 23 * hour, 24 * hour, 25 * hour]
    returns = [0.1, 0.1, 0.1, 0.1]
    by_utc = calendar_returns.aggregate_returns(returns, times, CalendarPeriod.DAY)
    assert by_utc == pytest.approx([0.21, 0.21])
    later = calendar_returns.aggregate_returns(
        returns, times, CalendarPeriod.DAY, lambda time: calendar_returns.utc_date(time + hour)
    )
    assert later == pytest.approx([0.1, 0.331])


@pytest.fixture(scope="module")
def quantstats() -> Any:
    import quantstats.stats

    return quantstats.stats


def _series(returns: Sequence[float]) -> pd.Series:
    return pd.Series(returns, index=pd.bdate_range("2020-01-01", periods=len(returns)))


OF_QUANTSTATS: list[tuple[str, Callable[[Sequence[float]], float]]] = [
    ("ulcer_index", underwater.ulcer_index),
    ("ulcer_performance_index", underwater.ulcer_performance_index),
    ("recovery_factor", underwater.recovery_factor),
    ("probabilistic_sharpe_ratio", reward_ratios.probabilistic_sharpe_ratio),
    ("adjusted_sortino", reward_ratios.adjusted_sortino_ratio),
    ("autocorr_penalty", reward_ratios.autocorrelation_penalty),
    ("smart_sharpe", reward_ratios.smart_sharpe_ratio),
    ("gain_to_pain_ratio", reward_ratios.gain_to_pain_ratio),
    ("common_sense_ratio", reward_ratios.common_sense_ratio),
    ("cpc_index", reward_ratios.cpc_index),
    ("kelly_criterion", reward_ratios.kelly_criterion),
    ("geometric_mean", reward_ratios.geometric_mean),
    ("conditional_value_at_risk", tail_metrics.normal_shortfall),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "metric"), OF_QUANTSTATS, ids=[name for name, _ in OF_QUANTSTATS])
@settings(max_examples=25)
@given(returns=_LIVELY)
def test_a_variant_is_quantstats(
    name: str, metric: Callable[[Sequence[float]], float], returns: list[float], quantstats: Any
) -> None:
    expected = float(getattr(quantstats, name)(_series(returns)))
    assert math.isclose(metric(returns), expected, rel_tol=1e-8, abs_tol=1e-9)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=25)
@given(returns=_LIVELY, seed=st.integers(0, 100))
def test_variants_against_a_benchmark_are_quantstats(returns: list[float], seed: int, quantstats: Any) -> None:
    shift = 1 + seed % (len(returns) - 1)
    benchmark = [0.5 * change + 0.001 for change in returns[shift:] + returns[:shift]]
    assume(abs(benchmark_metrics.beta(returns, benchmark)) > 1e-6)
    mine, theirs = _series(returns), _series(benchmark)
    greeks = quantstats.greeks(mine, theirs, prepare_returns=False)
    pairs = [
        (benchmark_variants.alpha_simple(returns, benchmark), float(greeks["alpha"])),
        (
            benchmark_variants.information_ratio(returns, benchmark, 1.0),
            float(quantstats.information_ratio(mine, theirs, prepare_returns=False)),
        ),
        (
            benchmark_variants.r_squared(returns, benchmark),
            float(quantstats.r_squared(mine, theirs, prepare_returns=False)),
        ),
        (
            benchmark_variants.treynor_ratio_of_total(returns, benchmark),
            float(quantstats.treynor_ratio(mine, theirs)),
        ),
    ]
    assert all(math.isclose(ours, other, rel_tol=1e-7, abs_tol=1e-9) for ours, other in pairs), pairs


@given(returns=_LIVELY)
def test_shapes_of_a_population_and_the_shortfall_of_a_tail_are_what_numpy_works_out(returns: list[float]) -> None:
    values = np.array(returns)
    centred = values - values.mean()
    second = (centred**2).mean()
    assert agree(tail_metrics.population_skew(returns), (centred**3).mean() / second**1.5)
    assert agree(tail_metrics.population_kurtosis(returns), (centred**4).mean() / second**2 - 3)
    tail = values[values <= np.quantile(values, 0.05)]
    assert agree(tail_metrics.shortfall_below_value_at_risk(returns), tail.mean())
    losses = values[values < 0]
    expected = values.mean() / losses.std(ddof=1) * math.sqrt(252) if len(set(losses)) > 1 else None
    if expected is not None:
        assert agree(reward_ratios.sortino_ratio_of_losses(returns), expected)
    assert agree(return_metrics.annual_volatility(returns, ddof=0), values.std() * math.sqrt(252))
    assert agree(return_metrics.sharpe_ratio(returns, ddof=0), values.mean() / values.std() * math.sqrt(252))
    assert agree(reward_ratios.annual_arithmetic_return(returns, 12), values.mean() * 12)


def test_figures_of_lean() -> None:
    # QuantConnect LEAN, PortfolioStatisticsTests.cs: four daily returns beside four of a benchmark
    returns = [-0.009025132, 0.003653969, 0.0, 0.0]
    benchmark = [-0.011587791300935783, 0.0005437578278761854, 0.022165997700413956, 0.006263266301918822]
    psr = reward_ratios.probabilistic_sharpe_ratio_lean(returns, benchmark_sharpe=1 / math.sqrt(252))
    assert psr == pytest.approx(0.257146306116665, abs=1e-15)
    own, other = ((1 + sum(one) / 4) ** 252 - 1 for one in (returns, benchmark))
    assert reward_ratios.annual_return_of_mean(returns) == pytest.approx(own)
    assert benchmark_variants.information_ratio_lean(returns, benchmark) == pytest.approx(
        (own - other) / 0.187233350684845
    )
    slope = benchmark_metrics.beta(returns, benchmark)
    assert benchmark_variants.alpha_of_annual_returns(returns, benchmark, 0.02) == pytest.approx(
        own - (0.02 + slope * (other - 0.02))
    )
    assert benchmark_variants.treynor_ratio(returns, benchmark, 0.02) == pytest.approx(
        (return_metrics.annual_return(returns) - 0.02) / slope
    )


@given(returns=_SERIES)
def test_every_fall_of_a_curve_is_listed_once_and_the_deepest_is_the_max_drawdown(returns: list[float]) -> None:
    equity = [1.0, *return_metrics.cumulative_returns(returns, 1.0)]
    falls = underwater.all_drawdowns(equity)
    assert [fall.start for fall in falls] == sorted(fall.start for fall in falls)
    assert all(fall.start < fall.trough <= (fall.end if fall.recovery is None else fall.recovery) for fall in falls)
    assert all(before.recovery is not None and before.recovery <= after.start for before, after in pairwise(falls))
    depths = [drawdowns.equity_drawdowns(equity)[fall.trough] for fall in falls]
    assert [fall.depth for fall in falls] == depths
    if returns:
        assert agree(min(depths, default=0.0), drawdowns.max_drawdown(returns))


def test_falls_have_their_peak_trough_and_recovery() -> None:
    assert underwater.all_drawdowns([100.0, 90.0, 95.0, 100.0, 120.0, 60.0, 90.0]) == [
        Drawdown(depth=-0.1, start=0, trough=1, recovery=3, end=6),
        Drawdown(depth=-0.5, start=4, trough=5, recovery=None, end=6),
    ]
    assert underwater.all_drawdowns([]) == underwater.all_drawdowns([1.0, 1.0, 2.0]) == []


SERIES: dict[str, Sequence[float]] = {
    "none": [],
    "one": [0.01],
    "loss": [-0.01],
    "zeros": [0.0] * 5,
    "equal": [0.01] * 5,
    "no losses": [0.01, 0.02, 0.0, 0.01, 0.03],
    "losses": [-0.01, -0.02, -0.01],
    "ruin": [0.1, -1.0, 0.5],
    "gaps only": [NAN, NAN, NAN],
}

DEGENERATE: list[tuple[str, Callable[[Sequence[float]], float], dict[str, float]]] = [
    ("geometric", reward_ratios.geometric_mean, {"none": NAN, "one": 0.01, "ruin": -1.0, "gaps only": NAN}),
    ("arithmetic", reward_ratios.annual_arithmetic_return, {"none": NAN, "zeros": 0.0, "gaps only": NAN}),
    ("of mean", reward_ratios.annual_return_of_mean, {"none": NAN, "zeros": 0.0, "gaps only": NAN}),
    ("sortino of losses", reward_ratios.sortino_ratio_of_losses, {"none": NAN, "no losses": NAN, "loss": NAN}),
    ("penalty", reward_ratios.autocorrelation_penalty, {"none": 1.0, "one": 1.0, "equal": 1.0, "gaps only": 1.0}),
    ("smart", reward_ratios.smart_sharpe_ratio, {"none": NAN, "one": NAN, "zeros": NAN, "equal": INF}),
    ("psr", reward_ratios.probabilistic_sharpe_ratio, {"none": NAN, "one": NAN, "equal": NAN, "losses": NAN}),
    ("psr of LEAN", reward_ratios.probabilistic_sharpe_ratio_lean, {"none": NAN, "zeros": NAN, "gaps only": NAN}),
    ("gain to pain", reward_ratios.gain_to_pain_ratio, {"none": NAN, "no losses": NAN, "losses": -1.0}),
    ("common sense", reward_ratios.common_sense_ratio, {"none": NAN, "zeros": NAN, "no losses": INF}),
    ("cpc", reward_ratios.cpc_index, {"none": NAN, "no losses": NAN, "losses": NAN}),
    ("kelly", reward_ratios.kelly_criterion, {"none": NAN, "no losses": NAN, "losses": NAN, "gaps only": NAN}),
    ("sqn", reward_ratios.system_quality_number, {"none": NAN, "one": NAN, "zeros": NAN, "equal": INF}),
    ("expectancy", reward_ratios.expectancy_ratio, {"none": NAN, "no losses": NAN, "losses": NAN}),
    ("average fall", underwater.average_drawdown, {"none": NAN, "no losses": 0.0, "loss": -0.01, "ruin": -1.0}),
    ("longest fall", underwater.longest_drawdown, {"none": NAN, "no losses": 0.0, "loss": 1.0, "ruin": 2.0}),
    ("of points", underwater.max_drawdown_of_points, {"none": NAN, "one": 0.0, "loss": 0.0, "ruin": -1.0}),
    ("ulcer", underwater.ulcer_index, {"none": NAN, "one": NAN, "zeros": 0.0, "gaps only": 0.0}),
    ("ulcer performance", underwater.ulcer_performance_index, {"none": NAN, "no losses": NAN}),
    ("pain", underwater.pain_index, {"none": NAN, "zeros": 0.0, "loss": 0.01}),
    ("pain ratio", underwater.pain_ratio, {"none": NAN, "no losses": NAN}),
    ("recovery", underwater.recovery_factor, {"none": NAN, "no losses": NAN, "loss": 1.0}),
    ("population skew", tail_metrics.population_skew, {"none": NAN, "one": NAN, "equal": NAN, "gaps only": NAN}),
    ("population kurtosis", tail_metrics.population_kurtosis, {"none": NAN, "one": NAN, "equal": NAN}),
    ("shortfall of ties", tail_metrics.shortfall_below_value_at_risk, {"none": NAN, "one": 0.01, "gaps only": NAN}),
    ("normal shortfall", tail_metrics.normal_shortfall, {"none": NAN, "one": NAN, "equal": 0.01}),
]


@pytest.mark.parametrize(("metric", "expected"), [row[1:] for row in DEGENERATE], ids=[row[0] for row in DEGENERATE])
def test_a_degenerate_series_has_its_stated_result_under_every_further_name(
    metric: Callable[[Sequence[float]], float], expected: dict[str, float]
) -> None:
    assert {name: metric(SERIES[name]) for name in expected} == pytest.approx(expected, nan_ok=True)


@given(returns=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12))
def test_no_content_of_a_series_makes_a_variant_raise(returns: list[float]) -> None:
    mirrored = returns[::-1]
    for _, metric, _ in DEGENERATE:
        assert isinstance(metric(returns), float)
    for against in (
        benchmark_variants.information_ratio,
        benchmark_variants.information_ratio_lean,
        benchmark_variants.treynor_ratio,
        benchmark_variants.treynor_ratio_of_total,
        benchmark_variants.alpha_simple,
        benchmark_variants.alpha_of_annual_returns,
        benchmark_variants.r_squared,
        benchmark_variants.beta_fragility_heuristic,
    ):
        assert isinstance(against(returns, mirrored), float)
    for several in (
        benchmark_variants.batting_average,
        benchmark_variants.up_alpha_beta,
        benchmark_variants.down_alpha_beta,
    ):
        assert all(isinstance(figure, float) for figure in several(returns, mirrored))


def test_the_best_and_the_worst_month_and_their_means() -> None:
    months = [0.05, NAN, -0.02, 0.01, -0.04]
    assert calendar_returns.best_and_worst(months) == (0.05, -0.04)
    assert calendar_returns.average_up_and_down(months) == pytest.approx((0.03, -0.03))
    assert all(map(math.isnan, (*calendar_returns.best_and_worst([]), *calendar_returns.average_up_and_down([0.0]))))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: benchmark_variants.r_squared([0.1], []), "must be equally long, were 1 and 0"),
        (lambda: benchmark_variants.batting_average([0.1], []), "must be equally long, were 1 and 0"),
        (lambda: rolling_metrics.roll_beta([0.1], [], 1), "must be equally long, were 1, 0"),
        (
            lambda: calendar_returns.aggregate_returns([0.1], [], CalendarPeriod.YEAR),
            "each return must have its time, were 1 and 0",
        ),
        (lambda: tail_metrics.normal_shortfall([0.1], 1.0), "cutoff must be between 0 and 1, was 1.0"),
        (lambda: tail_metrics.shortfall_below_value_at_risk([0.1], 2.0), "share must be from 0 to 1, was 2.0"),
    ],
)
def test_an_argument_of_a_variant_that_makes_no_sense_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
