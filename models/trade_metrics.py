"""Metrics of closed trades, each trade a round trip from flat to flat.

Functions of `pnls` take one profit or loss for each trade, in order of their exits; by default in the results these
are net of fees. A trade of exactly zero is neither won nor lost. What has no trades to stand on is NaN.
"""

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from tradepit.models.ieee_arithmetic import divide, mean, total
from tradepit.models.orders import Side
from tradepit.models.round_trips import RoundTrip

_NS_PER_SECOND = 1e9
_ZERO = Decimal(0)


def win_rate(pnls: Sequence[float]) -> float:
    """Return wins / (wins + losses); NaN without either."""
    wins, losses = len(_wins(pnls)), len(_losses(pnls))
    return divide(wins, wins + losses)


def profit_factor(pnls: Sequence[float]) -> float:
    """Return the sum of wins over the size of the sum of losses; infinite without losses, NaN without either."""
    return divide(total(_wins(pnls)), abs(total(_losses(pnls))))


def expectancy(pnls: Sequence[float]) -> float:
    """Return average win * win rate + average loss * loss rate, in currency for each trade won or lost.

    Source: Tharp (1998), Trade Your Way to Financial Freedom.
    """
    return mean([*_wins(pnls), *_losses(pnls)])


def average_win(pnls: Sequence[float]) -> float:
    """Return the mean of the wins; NaN without any."""
    return mean(_wins(pnls))


def average_loss(pnls: Sequence[float]) -> float:
    """Return the mean of the losses, below zero; NaN without any."""
    return mean(_losses(pnls))


def largest_win(pnls: Sequence[float]) -> float:
    """Return the largest win; NaN without any."""
    return max(_wins(pnls), default=math.nan)


def largest_loss(pnls: Sequence[float]) -> float:
    """Return the largest loss, below zero; NaN without any."""
    return min(_losses(pnls), default=math.nan)


def payoff_ratio(pnls: Sequence[float]) -> float:
    """Return average win / size of average loss; NaN when either is missing."""
    return average_win(pnls) / abs(average_loss(pnls))


def longest_streaks(pnls: Iterable[float]) -> tuple[int, int]:
    """Return the lengths of the longest runs of wins and of losses; a trade of zero ends both."""
    longest_won = longest_lost = won = lost = 0
    for pnl in pnls:
        won = won + 1 if pnl > 0 else 0
        lost = lost + 1 if pnl < 0 else 0
        longest_won, longest_lost = max(longest_won, won), max(longest_lost, lost)
    return longest_won, longest_lost


def trade_drawdown(side: Side, prices: Sequence[float]) -> float:
    """Return the largest fall of one unit's open profit from its highest, entry at the first price, exit at the last.

    0 or above, in units of price; NaN of nothing. Source: QuantConnect LEAN, `Trade.Drawdown`.
    """
    best, largest = -math.inf, math.nan if len(prices) == 0 else 0.0
    for price in prices:
        profit = price * side.sign
        best = max(best, profit)
        largest = max(largest, best - profit)
    return largest


def time_in_market(intervals: Iterable[tuple[int, int]], start_ns: int, end_ns: int) -> float:
    """Return the share of a run's time in which at least one position was open; NaN for a run without length.

    Args:
        intervals: (entry, exit) of each position in ns, in any order, overlaps allowed.
        start_ns: start of the run.
        end_ns: end of the run.
    """
    covered, reached = 0, start_ns
    for entry, leave in sorted(intervals):
        begin, finish = max(entry, reached), min(leave, end_ns)
        if finish > begin:
            covered += finish - begin
            reached = finish
    return covered / (end_ns - start_ns) if end_ns > start_ns else math.nan


def turnover(traded_value: float, equity: Sequence[float]) -> float:
    """Return the value of all fills, bought and sold, over the mean equity; 2 is the whole account in and out once."""
    return divide(traded_value, mean(equity))


class TradeTally:
    """What the trade metrics need of each round trip: seven numbers, so that a run's trades need not stay in memory.

    Attributes:
        pnls: net profit and loss.
        sizes: cash value of the entries.
        holding_ns: from first entry to last exit.
        maes: maximum adverse excursion.
        mfes: maximum favourable excursion.
        entries: times of the first entries, ns since the Unix epoch.
        gross: exact sum of the profits before fees.
        fees: exact sum of the fees.
        net: exact sum of the profits after fees.
    """

    __slots__ = ("entries", "fees", "gross", "holding_ns", "maes", "mfes", "net", "pnls", "sizes")

    def __init__(self, trips: Iterable[RoundTrip] = ()) -> None:
        self.pnls, self.sizes, self.maes, self.mfes = array("d"), array("d"), array("d"), array("d")
        self.holding_ns, self.entries = array("q"), array("q")
        self.gross = self.fees = self.net = _ZERO
        for trip in trips:
            self.add(trip)

    def add(self, trip: RoundTrip) -> None:
        """Count one more round trip; they come in the order of their exits."""
        self.pnls.append(float(trip.net_pnl))
        self.sizes.append(float(trip.entry_value))
        self.maes.append(trip.mae)
        self.mfes.append(trip.mfe)
        self.entries.append(trip.entry_time)
        self.holding_ns.append(trip.exit_time - trip.entry_time)
        self.gross += trip.gross_pnl
        self.fees += trip.fees
        self.net += trip.net_pnl

    @property
    def intervals(self) -> Iterator[tuple[int, int]]:
        """Return (entry, exit) of each trip, ns since the Unix epoch."""
        return ((entry, entry + held) for entry, held in zip(self.entries, self.holding_ns, strict=True))


def trade_summary(trades: TradeTally | Iterable[RoundTrip]) -> dict[str, float]:
    """Return every trade metric by name; docs/metrics.md says what each means."""
    tally = trades if isinstance(trades, TradeTally) else TradeTally(trades)
    pnls = tally.pnls
    holding = [held / _NS_PER_SECOND for held in tally.holding_ns]
    won, lost = longest_streaks(pnls)
    return {
        "trade_count": float(len(pnls)),
        "win_rate": win_rate(pnls),
        "profit_factor": profit_factor(pnls),
        "expectancy": expectancy(pnls),
        "payoff_ratio": payoff_ratio(pnls),
        "average_win": average_win(pnls),
        "average_loss": average_loss(pnls),
        "largest_win": largest_win(pnls),
        "largest_loss": largest_loss(pnls),
        "trade_gross_pnl": float(tally.gross),
        "trade_fees": float(tally.fees),
        "trade_net_pnl": float(tally.net),
        "average_holding_seconds": mean(holding),
        "longest_holding_seconds": max(holding, default=math.nan),
        "average_mae": mean(tally.maes),
        "worst_mae": min(tally.maes, default=math.nan),
        "average_mfe": mean(tally.mfes),
        "best_mfe": max(tally.mfes, default=math.nan),
        "longest_winning_streak": float(won),
        "longest_losing_streak": float(lost),
        "average_trade_size": mean(tally.sizes),
        "largest_trade_size": max(tally.sizes, default=math.nan),
    }


def _wins(pnls: Sequence[float]) -> list[float]:
    return [pnl for pnl in pnls if pnl > 0]


def _losses(pnls: Sequence[float]) -> list[float]:
    return [pnl for pnl in pnls if pnl < 0]
