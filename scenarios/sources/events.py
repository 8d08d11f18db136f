"""Columns to bars, quotes and trades: the hot loop of every file.

A call of a class with keyword arguments costs about three times as much as making an empty instance and storing its
slots, so where the classes are not frozen at run time (`models.values`) the slots are stored, straight from `zip`.
Frozen classes are called as usual. Both ways make equal values.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.scenarios.tree import MarketKind

Columns = tuple[Sequence[Any], ...]
"""Equally long columns in the order of the class's fields: time first; vwap is there or not."""


def events_of(kind: MarketKind, symbol: str, chunks: Iterable[Columns]) -> Iterator[MarketEvent]:
    """Yield one value for each row of the chunks, in their order."""
    return _MAKERS[kind](symbol, chunks)


def _stored(cls: type) -> bool:
    """Tell whether instances take plain stores, that is, whether nothing watches over them."""
    return vars(cls).get("__setattr__") is None


def _bars(symbol: str, chunks: Iterable[Columns]) -> Iterator[Bar]:
    """Yield bars."""
    if not _stored(Bar):
        for chunk in chunks:
            for time, open_, high, low, close, volume, vwap in zip(*_with_vwap(chunk), strict=True):
                yield Bar(
                    symbol=symbol, time=time, open=open_, high=high, low=low, close=close, volume=volume, vwap=vwap
                )
        return
    bar: Any
    for chunk in chunks:
        empty = map(_new, repeat(Bar, len(chunk[0])))
        for bar, bar.time, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap in zip(
            empty, *_with_vwap(chunk), strict=True
        ):
            bar.symbol = symbol
            bar.halted = False
            yield bar


def _quotes(symbol: str, chunks: Iterable[Columns]) -> Iterator[Quote]:
    """Yield quotes."""
    if not _stored(Quote):
        for chunk in chunks:
            for time, bid, ask, bid_size, ask_size in zip(*chunk, strict=True):
                yield Quote(symbol=symbol, time=time, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)
        return
    quote: Any
    for chunk in chunks:
        empty = map(_new, repeat(Quote, len(chunk[0])))
        for quote, quote.time, quote.bid, quote.ask, quote.bid_size, quote.ask_size in zip(empty, *chunk, strict=True):
            quote.symbol = symbol
            yield quote


def _trades(symbol: str, chunks: Iterable[Columns]) -> Iterator[Trade]:
    """Yield trades."""
    if not _stored(Trade):
        for chunk in chunks:
            for time, price, size in zip(*chunk, strict=True):
                yield Trade(symbol=symbol, time=time, price=price, size=size)
        return
    trade: Any
    for chunk in chunks:
        empty = map(_new, repeat(Trade, len(chunk[0])))
        for trade, trade.time, trade.price, trade.size in zip(empty, *chunk, strict=True):
            trade.symbol = symbol
            yield trade


def _with_vwap(chunk: Columns) -> Columns:
    """Return a chunk of bars with a column of vwap, empty where it had none."""
    return chunk if len(chunk) == _BAR_COLUMNS else (*chunk, [None] * len(chunk[0]))


_BAR_COLUMNS = 7
_new: Callable[[type], Any] = object.__new__
_MAKERS: dict[MarketKind, Callable[[str, Iterable[Columns]], Iterator[MarketEvent]]] = {
    MarketKind.BARS: _bars,
    MarketKind.QUOTES: _quotes,
    MarketKind.TRADES: _trades,
}
