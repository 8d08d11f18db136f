"""Metrics of closed trades, and of how busy the account was."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models import trade_metrics as metrics
from tradepit.models.orders import Side
from tradepit.models.round_trips import RoundTrip

NAN, INF = math.nan, math.inf


def trip(net: str, *, fee: str = "0", entered: int = 0, left: int = 0, mae: float = 0.0, mfe: float = 0.0) -> RoundTrip:
    return RoundTrip(
        symbol="SPY",
        strategy="s",
        side=Side.BUY,
        quantity=Decimal(2),
        entry_time=entered,
        exit_time=left,
        entry_price=Decimal(100),
        exit_price=Decimal(101),
        entry_value=Decimal(100) + entered // 10**9,
        gross_pnl=Decimal(net) + Decimal(fee),
        fees=Decimal(fee),
        net_pnl=Decimal(net),
        mae=mae,
        mfe=mfe,
        drawdown=0.0,
        fills=2,
    )


# pnls, then win rate, profit factor, expectancy, average win and loss, largest win and loss, payoff
TABLE: list[tuple[list[float], list[float]]] = [
    ([], [NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN]),
    ([0.0, 0.0], [NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN]),
    ([10, 20, 30], [1.0, INF, 20.0, 20.0, NAN, 30.0, NAN, NAN]),
    ([-10, -20], [0.0, 0.0, -15.0, NAN, -15.0, NAN, -20.0, NAN]),
    ([10, 0, -10], [0.5, 1.0, 0.0, 10.0, -10.0, 10.0, -10.0, 1.0]),
    ([100, -50, 200, -100], [0.5, 2.0, 37.5, 150.0, -75.0, 200.0, -100.0, 2.0]),
]


@pytest.mark.parametrize(("pnls", "expected"), TABLE, ids=[str(row[0]) for row in TABLE])
def test_wins_and_losses_make_the_trade_metrics(pnls: list[float], expected: list[float]) -> None:
    functions = [
        metrics.win_rate,
        metrics.profit_factor,
        metrics.expectancy,
        metrics.average_win,
        metrics.average_loss,
        metrics.largest_win,
        metrics.largest_loss,
        metrics.payoff_ratio,
    ]
    assert [function(pnls) for function in functions] == pytest.approx(expected, nan_ok=True)


@given(
    wins=st.lists(st.integers(1, 50).map(float), min_size=1, max_size=9),
    losses=st.lists(st.integers(-50, -1).map(float), min_size=1, max_size=9),
    zeros=st.lists(st.just(0.0), max_size=3),
)
def test_expectancy_is_made_of_rates_and_averages(wins: list[float], losses: list[float], zeros: list[float]) -> None:
    pnls = wins + zeros + losses
    rate = metrics.win_rate(pnls)
    made = rate * metrics.average_win(pnls) + (1 - rate) * metrics.average_loss(pnls)
    assert metrics.expectancy(pnls) == pytest.approx(made)


@pytest.mark.parametrize(
    ("pnls", "streaks"),
    [([], (0, 0)), ([1, 1, -1, 1], (2, 1)), ([1, 0, 1, 1], (2, 0)), ([-1, -1, 0, -1], (0, 2)), ([0], (0, 0))],
)
def test_a_streak_ends_with_the_other_sign_and_with_zero(pnls: list[float], streaks: tuple[int, int]) -> None:
    assert metrics.longest_streaks(pnls) == streaks


# QuantConnect LEAN, TradeBuilderTests.cs, DrawdownCalculation
@pytest.mark.parametrize(
    ("side", "prices", "expected"),
    [
        (Side.BUY, [100, 120, 110, 120, 140, 115], 25.0),
        (Side.BUY, [100, 90, 120], 10.0),
        (Side.SELL, [100, 80, 90], 10.0),
        (Side.SELL, [100, 120, 90], 20.0),
        (Side.SELL, [100], 0.0),
        (Side.BUY, [], NAN),
    ],
)
def test_a_trades_drawdown_is_what_it_gave_back(side: Side, prices: list[float], expected: float) -> None:
    assert metrics.trade_drawdown(side, prices) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], 0.0),
        ([(10, 20)], 0.1),
        ([(50, 70), (10, 20), (60, 80)], 0.4),
        ([(10, 60), (20, 30)], 0.5),
        ([(-50, 10), (90, 200)], 0.2),
        ([(-5, -1), (200, 300)], 0.0),
    ],
)
def test_time_in_market_counts_overlaps_once_and_only_within_the_run(
    intervals: list[tuple[int, int]], expected: float
) -> None:
    assert metrics.time_in_market(intervals, 0, 100) == pytest.approx(expected)


def test_a_run_without_length_has_no_time_in_market() -> None:
    assert math.isnan(metrics.time_in_market([(0, 5)], 3, 3))


def test_turnover_is_traded_value_over_mean_equity() -> None:
    assert metrics.turnover(3_000.0, [900.0, 1_100.0]) == 3.0
    assert math.isnan(metrics.turnover(0.0, []))


def test_the_summary_is_net_of_fees_and_complete() -> None:
    second = 10**9
    trips = [
        trip("10", fee="1", entered=0, left=5 * second, mae=-3.0, mfe=12.0),
        trip("-4", fee="0.5", entered=10 * second, left=11 * second, mae=-6.0, mfe=1.0),
        trip("-1", entered=20 * second, left=32 * second),
    ]
    assert metrics.trade_summary(trips) == {
        "trade_count": 3.0,
        "win_rate": 1 / 3,
        "profit_factor": 2.0,
        "expectancy": 5 / 3,
        "payoff_ratio": 4.0,
        "average_win": 10.0,
        "average_loss": -2.5,
        "largest_win": 10.0,
        "largest_loss": -4.0,
        "trade_gross_pnl": 6.5,
        "trade_fees": 1.5,
        "trade_net_pnl": 5.0,
        "average_holding_seconds": 6.0,
        "longest_holding_seconds": 12.0,
        "average_mae": -3.0,
        "worst_mae": -6.0,
        "average_mfe": 13.0 / 3,
        "best_mfe": 12.0,
        "longest_winning_streak": 1.0,
        "longest_losing_streak": 2.0,
        "average_trade_size": 110.0,
        "largest_trade_size": 120.0,
    }


def test_without_trades_counts_and_sums_are_zero_and_the_rest_is_nan() -> None:
    figures = metrics.trade_summary([])
    assert {name for name, figure in figures.items() if figure == 0.0} == {
        "trade_count",
        "trade_gross_pnl",
        "trade_fees",
        "trade_net_pnl",
        "longest_winning_streak",
        "longest_losing_streak",
    }
    assert all(figure == 0.0 or math.isnan(figure) for figure in figures.values())
