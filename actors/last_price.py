"""The last price that an actor has seen of a symbol, whatever kind of market data it came in."""

from tradepit.actors.kernel import Actor
from tradepit.models.market import Bar, Quote, Trade


def last_price(actor: Actor, symbol: str) -> float | None:
    """Return the newest of a bar's close, a quote's mid and a print's price, or None before the first."""
    price: float | None = None
    time = -1
    bar = actor.latest(Bar, symbol)
    if bar is not None:
        price, time = bar.close, bar.time
    trade = actor.latest(Trade, symbol)
    if trade is not None and trade.time > time:
        price, time = trade.price, trade.time
    quote = actor.latest(Quote, symbol)
    if quote is not None and quote.time > time:
        price = (quote.bid + quote.ask) / 2
    return price
