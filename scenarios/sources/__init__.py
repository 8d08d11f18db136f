"""Where market data comes from: files, samples, synthetic markets; each a stream of checked values in time order.

What programs outside send is no stream: `live` has that.
"""

import functools
import random
from itertools import chain
from pathlib import Path

import attrs

from tradepit.models.instruments import Instrument
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources.bridge import open_bridge
from tradepit.scenarios.sources.files import open_file
from tradepit.scenarios.sources.gbm import open_gbm
from tradepit.scenarios.sources.merging import merge
from tradepit.scenarios.sources.samples import open_sample
from tradepit.scenarios.sources.source import Source, SourceError, digest_of
from tradepit.scenarios.tree import FileSource, GbmSource, MarketKind, SampleSource, SourceSpec, TcpSource

__all__ = ["Source", "SourceError", "merge", "open_source"]


def open_source(
    symbol: str,
    spec: SourceSpec,
    *,
    instrument: Instrument,
    sessions: Sessions,
    start_ns: int | None,
    end_ns: int | None,
    rng: random.Random,
    directory: Path = Path(),
) -> Source:
    """Open a symbol's market data.

    The first event is read at once, so what is wrong with a whole file, or with its beginning, is found before a run.

    Args:
        symbol: the instrument's name in the scenario.
        spec: what the scenario says.
        instrument: the grid of synthetic prices, and whether prices at and below zero are allowed.
        sessions: the clock's sessions.
        start_ns: first instant of the clock; None for the source's own.
        end_ns: last instant of the clock; None for the source's own, which for a random walk is never.
        rng: the source's own stream of random numbers.
        directory: where relative paths start.

    Raises:
        SourceError: it cannot be read. Rows further on may raise it while they are read.
    """
    if isinstance(spec, TcpSource):
        raise SourceError(f"market.{symbol}", "what came over a live feed cannot be given again", rule="live")
    if isinstance(spec, FileSource):
        source = _open_files(symbol, spec, directory, instrument, sessions, start_ns, end_ns)
    elif isinstance(spec, SampleSource):
        source = open_sample(symbol, spec.sample, sessions=sessions, start_ns=start_ns, end_ns=end_ns)
    elif isinstance(spec, GbmSource):
        source = open_gbm(
            symbol, spec, instrument=instrument, sessions=sessions, start_ns=start_ns, end_ns=end_ns, rng=rng
        )
    else:
        source = open_bridge(
            symbol, spec, instrument=instrument, sessions=sessions, start_ns=start_ns, end_ns=end_ns, rng=rng
        )
    first = next(source.events, None)
    if first is None:
        raise SourceError(f"market.{symbol}", "there is no trading session within the clock", rule="outside_clock")
    return attrs.evolve(source, events=chain((first,), source.events))


def _open_files(
    symbol: str,
    spec: FileSource,
    directory: Path,
    instrument: Instrument,
    sessions: Sessions,
    start_ns: int | None,
    end_ns: int | None,
) -> Source:
    """Return what a file gives, together with the trades that stand in a file beside it."""
    opened = functools.partial(
        open_file,
        symbol,
        sessions=sessions,
        start_ns=start_ns,
        end_ns=end_ns,
        may_be_negative=instrument.price_may_be_negative,
    )
    source = opened(spec, directory / spec.file)
    if spec.trades is None:
        return source
    beside = FileSource(**attrs.asdict(spec.trades), as_=MarketKind.TRADES)
    trades = opened(beside, directory / beside.file, problems=source.problems)
    return Source(
        symbol=symbol,
        fingerprint=digest_of(source.fingerprint.encode(), trades.fingerprint.encode()),
        problems=source.problems,
        # A trade comes before the quote of the same instant, which no longer shows what was traded.
        events=merge([trades, source]),
    )
