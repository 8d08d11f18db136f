"""The last price that an actor has seen of a symbol, whatever kind of market data it came in."""

from tradepit.actors.kernel import Actor
from tradepit.models.market import Bar, Quote, Trade


def last_price(actor: Actor, symbol: str) -> float | None:
    """Return the newest of a bar's close, a quote's mid and a print's price, or None before the first."""
    latest = actor.latest
    bar, quote, trade = latest(Bar, symbol), latest(Quote, symbol), latest(Trade, symbol)
    if quote is None and trade is None:
        return None if bar is None else bar.close
    price: float | None = None
    time = -1
    if bar is not None:
        price, time = bar.close, bar.time
    if trade is not None and trade.time > time:
        price, time = trade.price, trade.time
    if quote is not None and quote.time > time:
        price = (quote.bid + quote.ask) / 2
    return price


def last_close(actor: Actor, symbol: str) -> float | None:
    """Return the same where there is no market data but bars: a third of the work."""
    bar = actor.latest(Bar, symbol)
    return None if bar is None else bar.close
