"""Market data: what the feed publishes. Observations are floats; obligations (orders, fills, cash) are Decimals."""

from typing import ClassVar

from tradepit.models.values import value


@value
class Bar:
    """What one symbol's market did over an interval, stamped with the interval's close.

    Attributes:
        symbol: the instrument.
        time: close of the interval, ns since the Unix epoch, UTC.
        open: first price.
        high: highest price.
        low: lowest price.
        close: last price.
        volume: quantity traded in the interval.
        vwap: volume-weighted average price, or None where the source has none.
        halted: true when trading stood still; such a bar fills nothing.
    """

    __key__: ClassVar[str] = "symbol"
    __bulk__: ClassVar[bool] = True

    symbol: str
    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    vwap: float | None = None
    halted: bool = False


@value
class Quote:
    """The best bid and offer of one symbol.

    Attributes:
        symbol: the instrument.
        time: ns since the Unix epoch, UTC.
        bid: best bid price.
        ask: best ask price.
        bid_size: quantity displayed at the bid.
        ask_size: quantity displayed at the ask.
    """

    __key__: ClassVar[str] = "symbol"
    __bulk__: ClassVar[bool] = True

    symbol: str
    time: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float


@value
class Trade:
    """One print on the tape.

    Attributes:
        symbol: the instrument.
        time: ns since the Unix epoch, UTC.
        price: price of the print.
        size: quantity of the print.
    """

    __key__: ClassVar[str] = "symbol"
    __bulk__: ClassVar[bool] = True

    symbol: str
    time: int
    price: float
    size: float


MarketEvent = Bar | Quote | Trade
