"""Ratios of reward to risk beside those of every run: other denominators, and how sure a ratio is.

Each is known by its own name, for the same word means several things: see docs/metrics.md. Missing returns (NaN) are
passed over unless said otherwise.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from tradepit.models.ieee_arithmetic import divide, mean, power, present, total
from tradepit.models.return_metrics import (
    DAYS_PER_YEAR,
    final_value,
    less,
    sample_deviation,
    sharpe_ratio,
    sortino_ratio,
)
from tradepit.models.tail_metrics import Moments, central_moments, kurtosis, skew, tail_ratio
from tradepit.models.trade_metrics import payoff_ratio, profit_factor, win_rate

_SQUARE_ROOT_OF_TWO = math.sqrt(2.0)


def geometric_mean(returns: Sequence[float]) -> float:
    """Return the constant return of a period that leads to the same end; NaN of nothing, -1 after ruin."""
    values = present(returns)
    return power(final_value(values), 1.0 / len(values)) - 1.0 if len(values) else math.nan


def annual_arithmetic_return(returns: Sequence[float], periods_per_year: float = DAYS_PER_YEAR) -> float:
    """Return the mean return times the periods per year; nothing is compounded. Source: ffn, `daily_mean`."""
    return mean(present(returns)) * periods_per_year


def annual_return_of_mean(returns: Sequence[float], periods_per_year: float = DAYS_PER_YEAR) -> float:
    """Return (1 + mean return) ^ (periods per year) - 1. Source: QuantConnect LEAN, `GetAnnualPerformance`."""
    return power(1.0 + mean(present(returns)), periods_per_year) - 1.0


def sortino_ratio_of_losses(
    returns: Sequence[float],
    required_return: float | Sequence[float] = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return mean(r - required) / sample deviation of the excess returns below zero, annualised.

    Only the losses stand in the denominator, and about their own mean: not the downside deviation of Sortino, which
    `sortino_ratio` has. NaN below two losses. Source: QuantConnect LEAN, and many programs.
    """
    excess = present(less(returns, required_return))
    losses = [change for change in excess if change < 0.0]
    return divide(mean(excess), sample_deviation(losses)) * math.sqrt(periods_per_year)


def adjusted_sortino_ratio(
    returns: Sequence[float],
    required_return: float | Sequence[float] = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return the Sortino ratio over the root of 2, to be read beside a Sharpe ratio. Source: Schwager (2012)."""
    return sortino_ratio(returns, required_return, periods_per_year) / _SQUARE_ROOT_OF_TWO


def autocorrelation_penalty(returns: Sequence[float]) -> float:
    """Return by how much the deviation of many periods exceeds that of one times the root of their number.

    sqrt(1 + 2 * sum over k of (n - k) / n * rho^k), rho the size of the correlation of neighbours; 1 where there is
    none. Source: Lo (2002), The Statistics of Sharpe Ratios, Financial Analysts J. 58(4); quantstats.
    """
    values = present(returns)
    count = len(values)
    near = abs(correlation(values[:-1], values[1:])) if count > 2 else math.nan
    if not math.isfinite(near):
        return 1.0
    return math.sqrt(1.0 + 2.0 * total([(count - lag) / count * near**lag for lag in range(1, count)]))


def smart_sharpe_ratio(
    returns: Sequence[float],
    risk_free: float | Sequence[float] = 0.0,
    periods_per_year: float = DAYS_PER_YEAR,
) -> float:
    """Return the Sharpe ratio over the `autocorrelation_penalty`. Source: quantstats."""
    return sharpe_ratio(returns, risk_free, periods_per_year) / autocorrelation_penalty(
        present(less(returns, risk_free))
    )


def probabilistic_sharpe_ratio(
    returns: Sequence[float],
    risk_free: float | Sequence[float] = 0.0,
    benchmark_sharpe: float = 0.0,
    moments: Moments | None = None,
) -> float:
    """Return the probability that the true Sharpe ratio of a period is above a benchmark's.

    N((SR - SR*) / sqrt((1 - g3 SR + (g4 - 1) / 4 SR^2) / (n - 1))), g3 the skew, g4 the kurtosis, 3 for a normal
    sample; neither ratio is annualised. NaN below four returns and when all are equal. Source: Bailey and Lopez de
    Prado (2012), The Sharpe Ratio Efficient Frontier, J. of Risk 15(2). Who asks for more than one figure may give the
    moments of the excess returns.
    """
    return _probability(present(less(returns, risk_free)), benchmark_sharpe, 3.0, moments)


def probabilistic_sharpe_ratio_lean(
    returns: Sequence[float], risk_free: float | Sequence[float] = 0.0, benchmark_sharpe: float = 0.0
) -> float:
    """Return what `probabilistic_sharpe_ratio` gives with the excess kurtosis, 0 for a normal sample, as g4.

    So QuantConnect LEAN has it, with 1 / sqrt(252) as benchmark.
    """
    return _probability(present(less(returns, risk_free)), benchmark_sharpe, 0.0)


def gain_to_pain_ratio(returns: Sequence[float]) -> float:
    """Return the sum of the returns over the size of the sum of the losses; NaN without losses. Source: Schwager."""
    values = present(returns)
    pain = -total([change for change in values if change < 0.0])
    return total(values) / pain if pain > 0.0 else math.nan


def common_sense_ratio(returns: Sequence[float]) -> float:
    """Return profit factor times tail ratio. Source: Carver, Laurens; pyfolio and quantstats."""
    return profit_factor(present(returns)) * tail_ratio(returns)


def cpc_index(returns: Sequence[float]) -> float:
    """Return profit factor times win rate times payoff ratio; NaN without gains or losses. Source: quantstats."""
    values = present(returns)
    return profit_factor(values) * win_rate(values) * payoff_ratio(values)


def kelly_criterion(pnls: Sequence[float]) -> float:
    """Return win rate - loss rate / payoff ratio: the fraction of capital that grows fastest.

    Takes profits of trades or returns of periods. NaN without either wins or losses. Source: Kelly (1956), Bell
    System Technical J. 35(4), for two outcomes.
    """
    values = present(pnls)
    won = win_rate(values)
    return won - divide(1.0 - won, payoff_ratio(values))


def system_quality_number(pnls: Sequence[float]) -> float:
    """Return sqrt(n) * mean / sample deviation of the trades' profits; NaN below two, infinite when all are equal.

    Source: Tharp (2008), Definitive Guide to Position Sizing; backtrader and backtesting.py.
    """
    values = present(pnls)
    return math.sqrt(len(values)) * divide(mean(values), sample_deviation(values))


def expectancy_ratio(pnls: Sequence[float]) -> float:
    """Return win rate * payoff ratio - loss rate: the expectancy in units of the average loss.

    NaN without either wins or losses. Source: QuantConnect LEAN, `PortfolioStatistics.Expectancy`.
    """
    values = present(pnls)
    won = win_rate(values)
    return won * payoff_ratio(values) - (1.0 - won)


def correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Return Pearson's coefficient of two series; NaN below two pairs and when either stands still.

    Pairs of which one is missing are passed over.

    Raises:
        ValueError: the series are of different length.
    """
    gaps = less(first, second)
    pairs = [(a, b) for a, b, gap in zip(first, second, gaps, strict=True) if not math.isnan(gap)]
    ones, others = [a for a, _ in pairs], [b for _, b in pairs]
    spread = sample_deviation(ones) * sample_deviation(others) * (len(pairs) - 1)
    if not spread > 0.0:
        return math.nan
    middle, other_middle = mean(ones), mean(others)
    return total([(a - middle) * (b - other_middle) for a, b in pairs]) / spread


def _probability(
    excess: Sequence[float], benchmark_sharpe: float, normal_kurtosis: float, moments: Moments | None = None
) -> float:
    if moments is None and len(excess):
        moments = central_moments(excess)
    ratio = divide(mean(excess), sample_deviation(excess))
    third, fourth = skew(excess, moments), kurtosis(excess, moments) + normal_kurtosis
    variance = 1.0 - third * ratio + (fourth - 1.0) / 4.0 * ratio * ratio
    if not variance > 0.0:
        return math.nan
    return NormalDist().cdf((ratio - benchmark_sharpe) / math.sqrt(variance / (len(excess) - 1)))
