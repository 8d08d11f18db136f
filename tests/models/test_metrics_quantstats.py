"""quantstats as a second oracle, for the metrics on whose definition it and empyrical agree.

It works out CVaR beyond the normal VaR, where empyrical and Tradepit go beyond the historical one, and its Calmar ratio
goes by another growth rate in some releases; those two are compared with empyrical alone.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.models import drawdowns, return_metrics, tail_metrics, trade_metrics

# Importing it sets up plotting, and pandas warns of what it does inside.
pytestmark = pytest.mark.filterwarnings("ignore")

# Moves of at least a basis point both ways: what is degenerate has stated results here and others there.
RETURNS = st.lists(
    st.one_of(st.floats(0.0001, 0.2), st.floats(-0.2, -0.0001), st.just(0.0)), min_size=20, max_size=120
).filter(lambda returns: min(returns) < 0 < max(returns) and len(set(returns)) > 10)

PAIRS: list[tuple[str, Callable[[Sequence[float]], float]]] = [
    ("sharpe", return_metrics.sharpe_ratio),
    ("sortino", return_metrics.sortino_ratio),
    ("volatility", return_metrics.annual_volatility),
    ("omega", return_metrics.omega_ratio),
    ("comp", return_metrics.total_return),
    ("cagr", return_metrics.cagr),
    ("max_drawdown", drawdowns.max_drawdown),
    ("skew", tail_metrics.skew),
    ("kurtosis", tail_metrics.kurtosis),
    ("value_at_risk", tail_metrics.normal_value_at_risk),
    ("tail_ratio", tail_metrics.tail_ratio),
    ("win_rate", trade_metrics.win_rate),
    ("profit_factor", trade_metrics.profit_factor),
    ("payoff_ratio", trade_metrics.payoff_ratio),
    ("avg_win", trade_metrics.average_win),
    ("avg_loss", trade_metrics.average_loss),
    ("best", trade_metrics.largest_win),
    ("worst", trade_metrics.largest_loss),
    ("consecutive_wins", lambda pnls: float(trade_metrics.longest_streaks(pnls)[0])),
    ("consecutive_losses", lambda pnls: float(trade_metrics.longest_streaks(pnls)[1])),
]


@pytest.fixture(scope="module")
def oracle() -> Any:
    import quantstats.stats

    return quantstats.stats


@pytest.mark.parametrize(("name", "metric"), PAIRS, ids=[name for name, _ in PAIRS])
@settings(max_examples=25)
@given(returns=RETURNS)
def test_quantstats_says_the_same(
    name: str, metric: Callable[[Sequence[float]], float], returns: list[float], oracle: Any
) -> None:
    series = pd.Series(returns, index=pd.bdate_range("2020-01-01", periods=len(returns)))
    expected = float(getattr(oracle, name)(series))
    assert math.isclose(metric(returns), expected, rel_tol=1e-9, abs_tol=1e-9)
