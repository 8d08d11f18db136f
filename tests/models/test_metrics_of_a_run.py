"""All metrics of a run by name."""

import math
from decimal import Decimal

import pytest

from tradepit.models.equity import EquityCurve
from tradepit.models.metrics import LOSS_METRICS, loss_size, metric_names, run_metrics
from tradepit.models.orders import Side
from tradepit.models.periods import DAY_NS
from tradepit.models.round_trips import RoundTrip


def a_run() -> tuple[EquityCurve, list[RoundTrip]]:
    curve = EquityCurve(0, 1_000.0)
    for n, value in enumerate([1_010.0, 990.0, 1_030.0, 1_020.0], start=1):
        curve.record(n * DAY_NS, value)
    trip = RoundTrip(
        symbol="SPY",
        strategy="s",
        side=Side.BUY,
        quantity=Decimal(1),
        entry_time=DAY_NS,
        exit_time=2 * DAY_NS,
        entry_price=Decimal(100),
        exit_price=Decimal(80),
        entry_value=Decimal(100),
        gross_pnl=Decimal(-20),
        fees=Decimal(0),
        net_pnl=Decimal(-20),
        mae=-20.0,
        mfe=0.0,
        drawdown=20.0,
        fills=2,
    )
    return curve, [trip]


def test_every_metric_of_a_run_is_among_the_names_and_no_other() -> None:
    curve, trips = a_run()
    assert tuple(run_metrics(curve, trips)) == metric_names()
    assert tuple(run_metrics(curve, trips, benchmark=[0.0, 0.1, 0.0, -0.1])) == metric_names()


def test_exposure_counts_closed_trips_and_positions_still_open() -> None:
    curve, trips = a_run()
    figures = run_metrics(curve, trips, traded_value=2_025.0, open_since=[3 * DAY_NS])
    assert (figures["exposure"], figures["turnover"]) == (0.5, 2.0)
    assert run_metrics(curve, trips)["exposure"] == 0.25


def test_a_benchmark_of_another_length_is_refused() -> None:
    curve, trips = a_run()
    with pytest.raises(ValueError, match="must be equally long, were 4 and 1"):
        run_metrics(curve, trips, benchmark=[0.1])


def test_a_loss_is_compared_by_its_size() -> None:
    assert {name: loss_size(name, -0.25) for name in LOSS_METRICS} == dict.fromkeys(LOSS_METRICS, 0.25)
    assert loss_size("total_return", -0.25) == -0.25
    assert math.copysign(1.0, loss_size("max_drawdown", 0.0)) == 1.0
    assert math.isnan(loss_size("max_drawdown", math.nan))
    assert set(LOSS_METRICS) <= set(metric_names())
