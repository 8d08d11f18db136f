"""A symbol's prices over a run, thinned to what a chart can show.

A result holds no market prices. They are read once more from the scenario's sources, which give the same data each
time they are opened: files lie still, and generators are seeded.
"""

from collections.abc import Iterable
from itertools import takewhile

import attrs

from tradepit.models.market import Bar, MarketEvent, Quote
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.surroundings import instrument_of
from tradepit.scenarios.tree import Scenario
from tradepit.scenarios.wiring import open_market

PAUSE_NS = 3 * 3_600_000_000_000
"""A stretch without data that a chart may leave out: longer than a lunch break, shorter than a night."""

_MOST_STRETCHES = 250  # with more nights than that a chart has no pixel for any of them


@attrs.define
class Bucket:
    """What the market did over a number of events in a row.

    Attributes:
        first: time of the first event, ns since the Unix epoch.
        last: time of the last event, ns since the Unix epoch.
        open: first price.
        high: highest price.
        low: lowest price.
        close: last price.
    """

    first: int
    last: int
    open: float
    high: float
    low: float
    close: float


@attrs.frozen(kw_only=True)
class PriceTrace:
    """A symbol's prices.

    Attributes:
        symbol: the instrument.
        buckets: in the order of time; all but the last hold the same number of events.
        per_bucket: that number.
        stretches: (first, last) times of data without a pause; None when there were too many to tell.
    """

    symbol: str
    buckets: tuple[Bucket, ...]
    per_bucket: int
    stretches: tuple[tuple[int, int], ...] | None


def trace_prices(scenario: Scenario, symbol: str, *, sessions: Sessions, until_ns: int) -> PriceTrace:
    """Read a symbol's market data anew, up to the end of a run.

    Args:
        scenario: what ran.
        symbol: one of its market's.
        sessions: those of its clock.
        until_ns: the run's end; later data is left out.

    Raises:
        SourceError: the data can no longer be read.
    """
    source = open_market(scenario, instrument_of(scenario, symbol), sessions)
    return thin(symbol, takewhile(lambda event: event.time <= until_ns, source))


def thin(symbol: str, events: Iterable[MarketEvent], most: int = 1_500) -> PriceTrace:
    """Join a symbol's events into a bounded number of buckets.

    One pass, in memory that does not grow with the data: as soon as there would be more than `most` buckets,
    neighbours are joined and each holds twice as many events. So busy times get more of them than quiet ones. A bar
    counts with its four prices, a trade with one; a quote opens and closes at its mid, between its bid and ask.

    Args:
        symbol: the instrument.
        events: in the order of time.
        most: buckets at most; even, so that each has a neighbour to be joined with.

    Raises:
        ValueError: `most` is odd or below 2.
    """
    thinner = Thinner(most)
    for event in events:
        thinner.add(event)
    return thinner.trace(symbol)


class Thinner:
    """Joins events into buckets, as `thin` says, and notes the pauses between them."""

    def __init__(self, most: int = 1_500) -> None:
        """Begin with nothing; see `thin`."""
        if most < 2 or most % 2:
            raise ValueError(f"most must be even and above 0, was {most}")
        self._most = most
        self._per_bucket = 1
        self._in_last = 0  # events in the last bucket
        self._buckets: list[Bucket] = []
        self._stretches: list[tuple[int, int]] | None = []
        self._since = self._last = 0

    def add(self, event: MarketEvent) -> None:
        """Take in the next event."""
        time = event.time
        if isinstance(event, Bar):
            open_, high, low, close = event.open, event.high, event.low, event.close
        elif isinstance(event, Quote):
            high, low = event.ask, event.bid
            open_ = close = (high + low) / 2
        else:
            open_ = high = low = close = event.price
        if not self._in_last:
            self._since = time
        elif time - self._last > PAUSE_NS:
            self._note_stretch()
            self._since = time
        self._last = time
        if 0 < self._in_last < self._per_bucket:
            self._in_last += 1
            _extend(self._buckets[-1], time, high, low, close)
            return
        if len(self._buckets) == self._most:
            self._join()
        self._buckets.append(Bucket(time, time, open_, high, low, close))
        self._in_last = 1

    def _join(self) -> None:
        """Join neighbours."""
        for left, right in zip(self._buckets[::2], self._buckets[1::2], strict=True):
            _extend(left, right.last, right.high, right.low, right.close)
        del self._buckets[1::2]
        self._per_bucket *= 2

    def _note_stretch(self) -> None:
        if self._stretches is not None:
            self._stretches.append((self._since, self._last))
            if len(self._stretches) >= _MOST_STRETCHES:
                self._stretches = None

    def trace(self, symbol: str) -> PriceTrace:
        """Return what came of it."""
        if self._buckets:
            self._note_stretch()
        return PriceTrace(
            symbol=symbol,
            buckets=tuple(self._buckets),
            per_bucket=self._per_bucket,
            stretches=None if self._stretches is None else tuple(self._stretches),
        )


def _extend(bucket: Bucket, last: int, high: float, low: float, close: float) -> None:
    bucket.last, bucket.close = last, close
    if high > bucket.high:
        bucket.high = high
    if low < bucket.low:
        bucket.low = low
