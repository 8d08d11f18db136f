"""Every return metric against empyrical-reloaded over random series: short, flat, ruined and with gaps."""

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tradepit.models import benchmark_metrics, drawdowns, return_metrics, rolling_metrics, tail_metrics

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import empyrical

# Four decimals keep sums and products of a few returns away from the last bits, where any two programs may differ.
_RETURN = st.one_of(
    st.integers(-9_000, 20_000).map(lambda n: n / 10_000),
    st.integers(-300, 300).map(lambda n: n / 10_000),
    st.sampled_from([0.0, 0.0, 0.01, -0.01, -1.0, math.nan]),
)
_SERIES = st.one_of(
    st.lists(_RETURN, max_size=40),
    st.builds(lambda change, count: [change] * count, _RETURN, st.integers(1, 12)),
)
_PAIRS = st.lists(st.tuples(_RETURN, _RETURN), max_size=30)


def oracle(function: Callable[..., Any], *arguments: Any, **settings: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*(np.array(one, dtype=float) for one in arguments), **settings)


def agree(ours: float, theirs: float) -> bool:
    if math.isnan(ours) or math.isnan(theirs) or math.isinf(ours) or math.isinf(theirs):
        return repr(float(ours)) == repr(float(theirs))
    return math.isclose(ours, theirs, rel_tol=1e-7, abs_tol=1e-9)


def hangs_on_the_last_bit(series: Sequence[float]) -> bool:
    """Tell whether a figure that should be zero may come out as a rounding error, and be divided by."""
    return 0.0 < abs(series[0]) < 1e-9 if series else False


PLAIN = [
    (return_metrics.total_return, empyrical.cum_returns_final),
    (return_metrics.annual_return, empyrical.annual_return),
    (return_metrics.cagr, empyrical.cagr),
    (return_metrics.annual_volatility, empyrical.annual_volatility),
    (return_metrics.sharpe_ratio, empyrical.sharpe_ratio),
    (return_metrics.sortino_ratio, empyrical.sortino_ratio),
    (return_metrics.downside_risk, empyrical.downside_risk),
    (return_metrics.omega_ratio, empyrical.omega_ratio),
    (return_metrics.stability_of_timeseries, empyrical.stability_of_timeseries),
    (drawdowns.max_drawdown, empyrical.max_drawdown),
    (drawdowns.calmar_ratio, empyrical.calmar_ratio),
    (tail_metrics.tail_ratio, empyrical.tail_ratio),
    (tail_metrics.value_at_risk, empyrical.value_at_risk),
    (tail_metrics.conditional_value_at_risk, empyrical.conditional_value_at_risk),
]


@pytest.mark.parametrize(("ours", "theirs"), PLAIN, ids=[ours.__name__ for ours, _ in PLAIN])
@given(returns=_SERIES)
def test_a_metric_of_one_series_is_empyricals(
    ours: Callable[..., float], theirs: Callable[..., float], returns: list[float]
) -> None:
    fall = drawdowns.max_drawdown(returns)
    assume(not hangs_on_the_last_bit([fall]))
    # A line that is flat but for numpy's rounding of its mean has a slope of 0 for empyrical, and none for us.
    assume(ours is not return_metrics.stability_of_timeseries or len(returns) < 2 or any(returns[1:]))
    assert agree(ours(returns), oracle(theirs, returns)), (ours(returns), oracle(theirs, returns))


# From a millionth of a basis point to a millionfold, and everything lost.
_ANY_SIZE = st.one_of(
    st.floats(1e-10, 1e6), st.floats(-1.0, -1e-10), st.sampled_from([0.0, -1.0, -0.999999, 1e6, math.nan])
)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [pair for pair in PLAIN if pair[0] is not return_metrics.stability_of_timeseries],
    ids=[ours.__name__ for ours, _ in PLAIN if ours is not return_metrics.stability_of_timeseries],
)
@given(returns=st.lists(_ANY_SIZE, max_size=12))
def test_a_metric_of_tiny_and_huge_returns_is_empyricals(
    ours: Callable[..., float], theirs: Callable[..., float], returns: list[float]
) -> None:
    deviation = return_metrics.sample_deviation(returns)
    sizes = [abs(change) for change in returns if change and not math.isnan(change)]
    # A deviation that is the rounding of a mean is another program's, and so is a sum of sizes too far apart.
    assume(not sizes or (max(sizes) < 1e9 * min(sizes) and not deviation <= 1e-9 * max(sizes)))
    assume(not hangs_on_the_last_bit([drawdowns.max_drawdown(returns)]))
    assert agree(ours(returns), oracle(theirs, returns)), (ours(returns), oracle(theirs, returns))


@given(returns=_SERIES, rate=st.sampled_from([0.0, 0.0001, -0.002, 0.01]), periods=st.sampled_from([1, 12, 52, 252]))
def test_risk_free_rates_and_periods_enter_as_in_empyrical(returns: list[float], rate: float, periods: int) -> None:
    spread = return_metrics.sample_deviation([change - rate for change in returns])
    assume(not hangs_on_the_last_bit([spread]))
    ours = [
        return_metrics.sharpe_ratio(returns, rate, periods),
        return_metrics.sortino_ratio(returns, rate, periods),
        return_metrics.downside_risk(returns, rate, periods),
        return_metrics.omega_ratio(returns, rate, 0.05, periods),
        return_metrics.annual_return(returns, periods),
        return_metrics.annual_volatility(returns, periods),
    ]
    theirs = [
        oracle(empyrical.sharpe_ratio, returns, risk_free=rate, annualization=periods),
        oracle(empyrical.sortino_ratio, returns, required_return=rate, annualization=periods),
        oracle(empyrical.downside_risk, returns, required_return=rate, annualization=periods),
        oracle(empyrical.omega_ratio, returns, risk_free=rate, required_return=0.05, annualization=periods),
        oracle(empyrical.annual_return, returns, annualization=periods),
        oracle(empyrical.annual_volatility, returns, annualization=periods),
    ]
    assert all(map(agree, ours, theirs)), (ours, theirs)


@given(pairs=_PAIRS)
def test_a_series_may_take_the_place_of_a_rate(pairs: list[tuple[float, float]]) -> None:
    returns, hurdle = [own for own, _ in pairs], [other for _, other in pairs]
    spread = return_metrics.sample_deviation(return_metrics.less(returns, hurdle))
    assume(not hangs_on_the_last_bit([spread]))
    assert agree(
        return_metrics.sharpe_ratio(returns, hurdle),
        oracle(lambda own, other: empyrical.sharpe_ratio(own, risk_free=other), returns, hurdle),
    )
    assert agree(
        return_metrics.sortino_ratio(returns, hurdle),
        oracle(lambda own, other: empyrical.sortino_ratio(own, required_return=other), returns, hurdle),
    )


AGAINST = [
    (benchmark_metrics.beta, empyrical.beta_aligned),
    (benchmark_metrics.alpha, empyrical.alpha_aligned),
    (benchmark_metrics.excess_sharpe, empyrical.excess_sharpe),
    (benchmark_metrics.capture, empyrical.capture),
    (benchmark_metrics.up_capture, empyrical.up_capture),
    (benchmark_metrics.down_capture, empyrical.down_capture),
    (benchmark_metrics.up_down_capture, empyrical.up_down_capture),
]


@pytest.mark.parametrize(("ours", "theirs"), AGAINST, ids=[ours.__name__ for ours, _ in AGAINST])
@given(pairs=_PAIRS)
def test_a_metric_against_a_benchmark_is_empyricals(
    ours: Callable[..., float], theirs: Callable[..., float], pairs: list[tuple[float, float]]
) -> None:
    returns, benchmark = [own for own, _ in pairs], [other for _, other in pairs]
    spread = return_metrics.sample_deviation(return_metrics.less(returns, benchmark))
    growth = [return_metrics.annual_return(one) for one in (returns, benchmark)]
    assume(not any(0.0 < abs(figure) < 1e-9 for figure in (spread, *growth)))
    assert agree(ours(returns, benchmark), oracle(theirs, returns, benchmark)), (ours(returns, benchmark),)


ROLLING = [
    (rolling_metrics.roll_max_drawdown, empyrical.roll_max_drawdown),
    (rolling_metrics.roll_sharpe_ratio, empyrical.roll_sharpe_ratio),
]


@pytest.mark.parametrize(("ours", "theirs"), ROLLING, ids=[ours.__name__ for ours, _ in ROLLING])
@settings(max_examples=50)
@given(returns=_SERIES, window=st.integers(1, 8))
def test_a_rolling_metric_is_empyricals(
    ours: Callable[..., list[float]], theirs: Callable[..., Any], returns: list[float], window: int
) -> None:
    mine, other = ours(returns, window), oracle(theirs, returns, window=window).tolist()
    assert len(mine) == len(other)
    assert all(map(agree, mine, other)), (mine, other)


ROLLING_AGAINST = [
    (rolling_metrics.roll_up_capture, empyrical.roll_up_capture),
    (rolling_metrics.roll_down_capture, empyrical.roll_down_capture),
    (rolling_metrics.roll_up_down_capture, empyrical.roll_up_down_capture),
]


@pytest.mark.parametrize(("ours", "theirs"), ROLLING_AGAINST, ids=[ours.__name__ for ours, _ in ROLLING_AGAINST])
@settings(max_examples=50)
@given(pairs=_PAIRS, window=st.integers(1, 8))
def test_a_rolling_capture_is_empyricals(
    ours: Callable[..., list[float]], theirs: Callable[..., Any], pairs: list[tuple[float, float]], window: int
) -> None:
    returns, benchmark = [own for own, _ in pairs], [other for _, other in pairs]
    mine, other = ours(returns, benchmark, window), oracle(theirs, returns, benchmark, window=window).tolist()
    assert len(mine) == len(other)
    assert all(map(agree, mine, other)), (mine, other)


@given(returns=st.lists(_RETURN, min_size=1, max_size=30), start=st.sampled_from([0.0, 1.0, 100.0]))
def test_cumulative_returns_and_drawdowns_are_empyricals(returns: list[float], start: float) -> None:
    growth = oracle(empyrical.cum_returns, returns, starting_value=start).tolist()
    falls = oracle(empyrical.stats.drawdown_series, returns).tolist()
    assert all(map(agree, return_metrics.cumulative_returns(returns, start), growth))
    assert all(map(agree, drawdowns.drawdown_series(returns), falls))


@given(prices=st.lists(st.integers(-20, 2_000).map(float), max_size=20))
def test_simple_returns_are_empyricals_also_across_zero(prices: list[float]) -> None:
    theirs = oracle(empyrical.simple_returns, prices).tolist()
    ours = return_metrics.simple_returns(prices)
    assert len(ours) == len(theirs)
    assert all(map(agree, ours, theirs)), (ours, theirs)


@given(returns=_SERIES)
def test_skew_and_kurtosis_are_those_of_pandas(returns: list[float]) -> None:
    series = pd.Series(returns, dtype=float)
    assert agree(tail_metrics.skew(returns), float(series.skew())), (tail_metrics.skew(returns), series.skew())
    assert agree(tail_metrics.kurtosis(returns), float(series.kurt())), (tail_metrics.kurtosis(returns), series.kurt())


@given(returns=_SERIES, cutoff=st.integers(0, 1_000).map(lambda n: n / 1_000))
def test_any_cutoff_gives_empyricals_value_at_risk(returns: list[float], cutoff: float) -> None:
    assert agree(tail_metrics.value_at_risk(returns, cutoff), oracle(empyrical.value_at_risk, returns, cutoff=cutoff))
    assert agree(
        tail_metrics.conditional_value_at_risk(returns, cutoff),
        oracle(empyrical.conditional_value_at_risk, returns, cutoff=cutoff),
    )


@given(returns=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=12))
def test_no_content_of_a_series_makes_a_metric_raise(returns: list[float]) -> None:
    mirrored = returns[::-1]
    for ours, _ in PLAIN:
        assert isinstance(ours(returns), float)
    for against, _ in AGAINST:
        assert isinstance(against(returns, mirrored), float)
    for shape in (tail_metrics.skew, tail_metrics.kurtosis, tail_metrics.normal_value_at_risk):
        assert isinstance(shape(returns), float)
