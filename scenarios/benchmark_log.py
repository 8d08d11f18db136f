"""Listens to the prices of a run's benchmark."""

from tradepit.actors.kernel import System
from tradepit.models.benchmark_curve import BenchmarkCurve
from tradepit.models.market import Bar, Quote, Trade
from tradepit.scenarios.sessions import Sessions


def listen_to_benchmark(system: System, symbol: str, sessions: Sessions) -> BenchmarkCurve:
    """Return a curve that records a symbol's prices: the closes of bars, the mids of quotes, prints; before the run."""
    curve = BenchmarkCurve(day_of=lambda at_ns: sessions.day_of(at_ns).toordinal())

    def hear_bar(bar: Bar) -> None:
        if bar.symbol == symbol:
            curve.record(bar.time, bar.close)

    def hear_quote(quote: Quote) -> None:
        if quote.symbol == symbol:
            curve.record(quote.time, (quote.bid + quote.ask) / 2)

    def hear_trade(trade: Trade) -> None:
        if trade.symbol == symbol:
            curve.record(trade.time, trade.price)

    system.tap(Bar, hear_bar)
    system.tap(Quote, hear_quote)
    system.tap(Trade, hear_trade)
    return curve
