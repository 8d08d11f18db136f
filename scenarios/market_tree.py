"""The part of the scenario tree that says where market data comes from: files, samples, synthetic prices."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import attrs

MINUTE_NS = 60_000_000_000


class MarketKind(StrEnum):
    """What a source gives."""

    BARS = "bars"
    QUOTES = "quotes"
    TRADES = "trades"


class Stamp(StrEnum):
    """Which end of the bar its time names."""

    OPEN = "open"
    CLOSE = "close"


class Faulty(StrEnum):
    """What happens with a row that breaks a rule."""

    FAIL = "fail"
    SKIP = "skip"
    REPAIR = "repair"


class CrossedRows(StrEnum):
    """What a row of quotes is whose bid is above its ask."""

    FAULTY = "faulty"
    KEEP = "keep"


class Sample(StrEnum):
    """The daily prices that come with the `samples` extra."""

    AAPL = "AAPL"
    GOOG = "GOOG"
    IBM = "IBM"
    MSFT = "MSFT"


# The columns of each kind of data, in the order of the classes of `models.market`.
COLUMNS: Mapping[MarketKind, tuple[str, ...]] = {
    MarketKind.BARS: ("time", "open", "high", "low", "close", "volume", "vwap"),
    MarketKind.QUOTES: ("time", "bid", "ask", "bid_size", "ask_size"),
    MarketKind.TRADES: ("time", "price", "size"),
}


@attrs.frozen(kw_only=True)
class FileSource:
    """Prices from a CSV or Parquet file.

    Attributes:
        file: path, relative to the scenario's directory.
        columns: our name of a column to the file's; what is not named is looked for under our name.
        zone: zone of times that name none; None takes the clock's.
        every: length of a bar in ns, needed where a time names a bar's open; None otherwise.
        stamp: which end of the bar its time names.
        faulty: what happens with a row that breaks a rule.
        as_: what the rows are; `as` in the file.
        crossed: whether a quote whose bid is above its ask breaks a rule, or comes to the venues as it is.
        trades: the prints of the same symbol beside its quotes, or None.
    """

    file: str
    columns: Mapping[str, str] = attrs.Factory(dict)
    zone: str | None = None
    every: int | None = None
    stamp: Stamp = attrs.field(default=Stamp.CLOSE, converter=Stamp)
    faulty: Faulty = attrs.field(default=Faulty.FAIL, converter=Faulty)
    as_: MarketKind = attrs.field(default=MarketKind.BARS, converter=MarketKind)
    crossed: CrossedRows = attrs.field(default=CrossedRows.FAULTY, converter=CrossedRows)
    trades: "TradesFile | None" = None


@attrs.frozen(kw_only=True)
class TradesFile:
    """The prints of a symbol whose quotes come from another file; written as that file's `trades`.

    Attributes:
        file: path, relative to the scenario's directory.
        columns: our name of a column to the file's; what is not named is looked for under our name.
        zone: zone of times that name none; None takes the clock's.
        faulty: what happens with a row that breaks a rule.
    """

    file: str
    columns: Mapping[str, str] = attrs.Factory(dict)
    zone: str | None = None
    faulty: Faulty = attrs.field(default=Faulty.FAIL, converter=Faulty)


@attrs.frozen(kw_only=True)
class SampleSource:
    """Daily bars that come with a package; the clock's start and end choose the part.

    Attributes:
        sample: which.
    """

    sample: Sample = attrs.field(converter=Sample)


@attrs.frozen(kw_only=True)
class GbmSource:
    """Geometric Brownian motion from the clock's start to its end, seeded by the scenario.

    Attributes:
        start: first price.
        drift: expected growth per year, as a fraction: 0.05 is 5%.
        volatility: standard deviation of the logarithmic returns of one year, as a fraction.
        every: time between two events, ns.
        volume: quantity per bar, or size shown by each quote or traded by each print.
        as_: what comes out; `as` in the file.
    """

    start: float = 100.0
    drift: float = 0.0
    volatility: float = 0.2
    every: int = MINUTE_NS
    volume: float = 10_000.0
    as_: MarketKind = attrs.field(default=MarketKind.BARS, converter=MarketKind)


Pairs = tuple[tuple[int, float], ...]


def _pairs(pairs: Iterable[tuple[int, float]]) -> Pairs:
    return tuple((time, float(figure)) for time, figure in pairs)


def _volume(volume: float | Iterable[tuple[int, float]]) -> float | Pairs:
    return _pairs(volume) if isinstance(volume, Iterable) else float(volume)


@attrs.frozen(kw_only=True)
class PathSource:
    """A seeded bridge through given points.

    Attributes:
        path: (time in ns, price) of each point, in time order; at least two.
        volatility: standard deviation of the logarithmic returns of one year between the points, as a fraction.
        every: time between two events, ns.
        volume: quantity per bar; a number, or steps (time in ns, volume from then on).
        as_: what comes out; `as` in the file.
    """

    path: Pairs = attrs.field(converter=_pairs)
    volatility: float = 0.0
    every: int = MINUTE_NS
    volume: float | Pairs = attrs.field(default=10_000.0, converter=_volume)
    as_: MarketKind = attrs.field(default=MarketKind.BARS, converter=MarketKind)


@attrs.frozen(kw_only=True)
class TcpSource:
    """What a program outside sends, one JSON object a line, as it comes; only in real time.

    Attributes:
        tcp: address of the sender, `host:port`; symbols of one address come over one connection.
        reconnect: whether to connect again when the connection breaks; without, its end is the end of the data.
        as_: what the lines are; `as` in the file.
    """

    tcp: str
    reconnect: bool = True
    as_: MarketKind = attrs.field(default=MarketKind.BARS, converter=MarketKind)


SourceSpec = FileSource | SampleSource | GbmSource | PathSource | TcpSource


def gives(source: SourceSpec) -> MarketKind:
    """Return what a source gives."""
    return MarketKind.BARS if isinstance(source, SampleSource) else source.as_
