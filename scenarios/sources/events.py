"""Columns to bars, quotes and trades: the hot loop of every file.

Nothing of it is a Python loop: a row becomes a value by one call of its class by position, and the values stream out
of the chunks one after another.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.models.values import positional
from tradepit.scenarios.tree import MarketKind

Columns = tuple[Sequence[Any], ...]
"""Equally long columns in the order of the class's fields after the symbol: time first; vwap is there or not."""

_CLASSES: Mapping[MarketKind, Callable[..., MarketEvent]] = {
    MarketKind.BARS: positional(Bar),
    MarketKind.QUOTES: positional(Quote),
    MarketKind.TRADES: positional(Trade),
}


def events_of(kind: MarketKind, symbol: str, chunks: Iterable[Columns]) -> Iterator[MarketEvent]:
    """Return one value for each row of the chunks, in their order."""
    make = _CLASSES[kind]
    return chain.from_iterable(map(make, repeat(symbol), *chunk) for chunk in chunks)
