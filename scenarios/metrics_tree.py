"""The part of the scenario tree that says how a run is measured; nothing of it changes the run."""

import attrs

from tradepit.models.lot_trades import TradeMatching


@attrs.frozen(kw_only=True)
class MetricsSpec:
    """How a run is measured.

    Attributes:
        benchmark: a symbol of `market` that the run's returns are held against, or None.
        risk_free: simple rate per year that Sharpe, Sortino, Omega and alpha take off; each period bears its share.
        periods_per_year: how many of the curve's periods make a year; None tells it from their spacing.
        trades: how fills become trades: from flat to flat, by lots, or at average cost.
    """

    benchmark: str | None = None
    risk_free: float = 0.0
    periods_per_year: float | None = None
    trades: TradeMatching = attrs.field(default=TradeMatching.FLAT_TO_FLAT, converter=TradeMatching)
