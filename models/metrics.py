"""All metrics of a run by name: those of its equity curve, of its trades, of its activity and of its execution."""

from collections.abc import Iterable, Sequence
from functools import cache

from tradepit.models.equity import EquityCurve
from tradepit.models.execution_metrics import Execution, ExecutionTally
from tradepit.models.reward_ratios import kelly_criterion, system_quality_number
from tradepit.models.round_trips import RoundTrip
from tradepit.models.trade_metrics import TradeTally, time_in_market, trade_summary, turnover

LOSS_METRICS = (
    "max_drawdown",
    "var_95",
    "var_95_normal",
    "cvar_95",
    "average_drawdown",
    "average_loss",
    "largest_loss",
    "average_mae",
    "worst_mae",
)
"""Metrics that are zero or below when something was lost; whoever asks for one "below 3%" means its size."""


def run_metrics(
    curve: EquityCurve,
    trips: TradeTally | Iterable[RoundTrip],
    *,
    traded_value: float = 0.0,
    open_since: Iterable[int] = (),
    execution: Execution | None = None,
    risk_free_per_year: float = 0.0,
    benchmark: Sequence[float] | None = None,
    periods_per_year: float | None = None,
) -> dict[str, float]:
    """Return every metric of a run by name; docs/metrics.md says what each means.

    Args:
        curve: the equity curve.
        trips: the closed round trips in the order of their exits, or what was counted of them.
        traded_value: cash value of all fills, bought and sold.
        open_since: entry times, ns since the Unix epoch, of positions still open at the end.
        execution: how orders were executed; None for a run without any.
        risk_free_per_year: simple annual rate.
        benchmark: the benchmark's returns, one for each of `curve.returns`.
        periods_per_year: in place of what the points' spacing says.

    Raises:
        ValueError: the benchmark's returns are not as many as the curve's.
    """
    tally = trips if isinstance(trips, TradeTally) else TradeTally(trips)
    held = list(tally.intervals)
    held.extend((entry, curve.last_ns) for entry in open_since)
    return {
        **curve.summary(risk_free_per_year=risk_free_per_year, benchmark=benchmark, periods_per_year=periods_per_year),
        **trade_summary(tally),
        "system_quality_number": system_quality_number(tally.pnls),
        "kelly": kelly_criterion(tally.pnls),
        "exposure": time_in_market(held, curve.start_ns, curve.last_ns),
        "turnover": turnover(traded_value, curve.values),
        **(execution or ExecutionTally().execution()).figures,
    }


@cache
def metric_names() -> tuple[str, ...]:
    """Return the name of every metric that a run has, in the order of its summary."""
    return tuple(run_metrics(EquityCurve(0, 1.0), ()))


def loss_size(name: str, figure: float) -> float:
    """Return a loss as a size, above zero when something was lost; any other metric as it is; never minus zero."""
    return 0.0 - figure if name in LOSS_METRICS else figure
