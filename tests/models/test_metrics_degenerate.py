"""What metrics say of series that say little, and of arguments that make no sense."""

import math
from array import array
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pytest

from tradepit.models import benchmark_metrics, ieee_arithmetic, return_metrics, rolling_metrics, tail_metrics
from tradepit.models.drawdowns import calmar_ratio, max_drawdown, profit_to_drawdown
from tradepit.models.return_summary import return_summary

NAN, INF = math.nan, math.inf

SERIES: dict[str, Sequence[float]] = {
    "none": [],
    "one": [0.01],
    "zeros": [0.0] * 5,
    "equal": [0.01] * 5,
    "no losses": [0.01, 0.02, 0.0, 0.01, 0.03],
    "ruin": [0.1, -1.0, 0.5],
    "gaps only": [NAN, NAN, NAN],
}

RESULTS: list[tuple[str, Callable[[Sequence[float]], float], dict[str, float]]] = [
    ("total", return_metrics.total_return, {"none": NAN, "one": 0.01, "zeros": 0.0, "ruin": -1.0, "gaps only": 0.0}),
    ("annual", return_metrics.annual_return, {"none": NAN, "zeros": 0.0, "ruin": -1.0, "gaps only": 0.0}),
    (
        "volatility",
        return_metrics.annual_volatility,
        {"none": NAN, "one": NAN, "zeros": 0.0, "equal": 0.0, "gaps only": NAN},
    ),
    (
        "sharpe",
        return_metrics.sharpe_ratio,
        {"none": NAN, "one": NAN, "zeros": NAN, "equal": INF, "gaps only": NAN},
    ),
    (
        "sortino",
        return_metrics.sortino_ratio,
        {"none": NAN, "one": NAN, "zeros": NAN, "equal": INF, "no losses": INF, "gaps only": NAN},
    ),
    ("downside", return_metrics.downside_risk, {"none": NAN, "one": 0.0, "no losses": 0.0, "gaps only": NAN}),
    ("omega", return_metrics.omega_ratio, {"none": NAN, "one": NAN, "zeros": NAN, "no losses": NAN, "gaps only": NAN}),
    ("drawdown", max_drawdown, {"none": NAN, "one": 0.0, "no losses": 0.0, "ruin": -1.0, "gaps only": 0.0}),
    ("calmar", calmar_ratio, {"none": NAN, "zeros": NAN, "no losses": NAN, "ruin": -1.0}),
    ("profit to drawdown", profit_to_drawdown, {"none": NAN, "no losses": NAN, "ruin": -1.0}),
    (
        "stability",
        return_metrics.stability_of_timeseries,
        {"none": NAN, "one": NAN, "zeros": NAN, "equal": 1.0, "ruin": NAN, "gaps only": NAN},
    ),
    ("winning", return_metrics.winning_share, {"none": NAN, "zeros": NAN, "no losses": 1.0, "gaps only": NAN}),
    ("historical", tail_metrics.value_at_risk, {"none": NAN, "one": 0.01, "equal": 0.01, "gaps only": NAN}),
    ("normal", tail_metrics.normal_value_at_risk, {"none": NAN, "one": NAN, "equal": 0.01, "gaps only": NAN}),
    ("shortfall", tail_metrics.conditional_value_at_risk, {"none": NAN, "one": 0.01, "ruin": -1.0, "gaps only": NAN}),
    ("tails", tail_metrics.tail_ratio, {"none": NAN, "one": 1.0, "zeros": NAN, "equal": 1.0, "gaps only": NAN}),
    ("skew", tail_metrics.skew, {"none": NAN, "one": NAN, "zeros": NAN, "equal": NAN, "gaps only": NAN}),
    ("kurtosis", tail_metrics.kurtosis, {"none": NAN, "one": NAN, "zeros": NAN, "equal": NAN, "ruin": NAN}),
]


@pytest.mark.parametrize(("metric", "expected"), [row[1:] for row in RESULTS], ids=[row[0] for row in RESULTS])
def test_a_degenerate_series_has_its_stated_result(
    metric: Callable[[Sequence[float]], float], expected: dict[str, float]
) -> None:
    assert {name: metric(SERIES[name]) for name in expected} == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    "container", [list, tuple, partial(array, "d"), np.array], ids=["list", "tuple", "array", "numpy"]
)
def test_every_kind_of_sequence_gives_the_same_summary(container: Callable[[list[float]], Sequence[float]]) -> None:
    returns, benchmark = [0.01, -0.02, 0.03, 0.0, -0.01], [0.02, -0.01, 0.01, 0.01, -0.02]
    assert return_summary(container(returns), benchmark=container(benchmark)) == return_summary(
        returns, benchmark=benchmark
    )


def test_a_year_of_unknown_length_leaves_only_what_needs_no_year() -> None:
    figures = return_summary([0.0, 0.0, 0.0, 0.0], periods_per_year=NAN, benchmark=[0.01, 0.0, 0.02, -0.01])
    known = {name: figure for name, figure in figures.items() if not math.isnan(figure)}
    assert known == {
        "total_return": 0.0,
        "max_drawdown": 0.0,
        "average_drawdown": 0.0,
        "ulcer_index": 0.0,
        "benchmark_return": pytest.approx(1.01 * 1.02 * 0.99 - 1),
        "var_95": 0.0,
        "var_95_normal": 0.0,
        "cvar_95": 0.0,
        "beta": 0.0,
        "excess_sharpe": pytest.approx(-0.3872983346),
    }


def test_omega_takes_its_hurdle_per_year_and_has_none_at_a_loss_of_all() -> None:
    returns = [0.01, -0.02, 0.03]
    assert return_metrics.omega_ratio(returns, 0.0, 0.01, 1) == pytest.approx(0.02 / 0.03)
    assert return_metrics.omega_ratio(returns, 0.0, 1.01**252 - 1) == pytest.approx(0.02 / 0.03)
    assert math.isnan(return_metrics.omega_ratio(returns, 0.0, -1.0))


def test_a_risk_free_rate_of_a_year_is_shared_out_over_its_periods() -> None:
    returns = [0.01, -0.02, 0.03, 0.0, -0.01]
    figures = return_summary(returns, risk_free_per_year=0.0252)
    assert (figures["sharpe"], figures["sortino"], figures["omega"], figures["downside_risk"]) == (
        return_metrics.sharpe_ratio(returns, 0.0252 / 252),
        return_metrics.sortino_ratio(returns, 0.0252 / 252),
        return_metrics.omega_ratio(returns, 0.0252 / 252),
        return_metrics.downside_risk(returns, 0.0252 / 252),
    )


def test_growth_by_the_calendar_counts_days_of_a_365_and_a_quarter_day_year() -> None:
    day = 86_400 * 10**9
    assert return_metrics.cagr_calendar(100.0, 121.0, 0, round(2 * 365.25) * day) == pytest.approx(
        1.21 ** (365.25 / 730) - 1
    )
    assert math.isnan(return_metrics.cagr_calendar(100.0, 121.0, day, day))
    assert return_metrics.cagr_calendar(0.0, 121.0, 0, day) == INF


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: return_metrics.sharpe_ratio([0.1, 0.2], [0.1]), "must be equally long, were 2 and 1"),
        (lambda: benchmark_metrics.beta([0.1], [0.1, 0.2]), "must be equally long, were 1 and 2"),
        (lambda: rolling_metrics.roll_up_capture([0.1], [0.1, 0.2], 1), "must be equally long, were 1, 2"),
        (lambda: rolling_metrics.roll_max_drawdown([0.1, 0.2], 0), "window must be 1 or more, was 0"),
        (lambda: tail_metrics.value_at_risk([0.1], 1.5), "share must be from 0 to 1, was 1.5"),
        (lambda: tail_metrics.conditional_value_at_risk([0.1], -0.1), "cutoff must be from 0 to 1, was -0.1"),
        (lambda: tail_metrics.normal_value_at_risk([0.1], 0.0), "cutoff must be between 0 and 1, was 0.0"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused_with_its_value(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_tracking_error_is_the_annual_deviation_from_the_benchmark() -> None:
    # QuantConnect LEAN, PortfolioStatisticsTests.cs
    returns = [-0.009025132, 0.003653969, 0.0, 0.0]
    benchmark = [-0.011587791300935783, 0.0005437578278761854, 0.022165997700413956, 0.006263266301918822]
    assert benchmark_metrics.tracking_error(returns, benchmark) == pytest.approx(0.187233350684845)
    assert return_metrics.annual_volatility(returns) ** 2 == pytest.approx(0.00735774052248839)


def test_normal_value_at_risk_is_the_mean_less_1_645_deviations() -> None:
    returns = [0.01, -0.02, 0.03, -0.01, 0.02]
    assert tail_metrics.normal_value_at_risk(returns) == pytest.approx(0.006 - 1.6448536269514722 * 0.0207364413533)


@pytest.mark.parametrize(
    ("base", "exponent", "expected"),
    [
        (10.0, 400.0, INF),
        (-10.0, 401.0, -INF),
        (-10.0, 400.0, INF),
        (0.0, -1.0, INF),
        (-8.0, 0.5, NAN),
        (2.0, 3.0, 8.0),
        (NAN, 2.0, NAN),
    ],
)
def test_a_power_out_of_range_is_infinite_or_nan(base: float, exponent: float, expected: float) -> None:
    assert ieee_arithmetic.power(base, exponent) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1.0, 0.0, INF), (-1.0, 0.0, -INF), (1.0, -0.0, -INF), (0.0, 0.0, NAN), (NAN, 0.0, NAN), (3.0, 2.0, 1.5)],
)
def test_a_division_by_zero_is_infinite_or_nan(numerator: float, denominator: float, expected: float) -> None:
    assert ieee_arithmetic.divide(numerator, denominator) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1] * 10, 1.0),
        ([1e308, 1e308], INF),
        ([INF, -INF], NAN),
        ([INF, 1.0], INF),
        ([], 0.0),
        ([1e16, 1.0, -1e16], 1.0),
    ],
)
def test_a_sum_is_exact_and_never_raises(values: list[float], expected: float) -> None:
    assert ieee_arithmetic.total(values) == pytest.approx(expected, nan_ok=True)
