"""What only a session in real time leaves behind: prices that nobody can read again, and how its feed fared."""

from collections.abc import Mapping, Sequence

import attrs

from tradepit.actors.kernel import System
from tradepit.models.feed_events import FEED_EVENTS, FeedConnected, FeedEnded, FeedLost, LineRefused
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.scenarios.price_trace import PriceTrace, Thinner

_MOST_REFUSED = 1_000
_MOST_FEED_EVENTS = 1_000

FeedEvent = FeedConnected | FeedLost | FeedEnded


@attrs.frozen(kw_only=True)
class FeedAccount:
    """How an outside feed fared.

    Attributes:
        connections: how many were made.
        losses: how often a connection broke or could not be made.
        refused: how many lines were no market data.
        events: connections, losses and ends, the first thousand.
        refused_lines: the first thousand of those.
    """

    connections: int
    losses: int
    refused: int
    events: Sequence[FeedEvent]
    refused_lines: Sequence[LineRefused]


class LiveLog:
    """Listens to one session with an outside feed."""

    def __init__(self, system: System, symbols: Sequence[str]) -> None:
        """Begin to listen; before the run.

        Args:
            system: the run's actors.
            symbols: the market's.
        """
        self._thinners = {symbol: Thinner() for symbol in symbols}
        self._counts: dict[type, int] = dict.fromkeys(FEED_EVENTS, 0)
        self._events: list[FeedEvent] = []
        self._refused: list[LineRefused] = []
        for kind in (Bar, Quote, Trade):
            system.tap(kind, self._price)
        for event in (FeedConnected, FeedLost, FeedEnded):
            system.tap(event, self._note)
        system.tap(LineRefused, self._refuse)

    @property
    def prices(self) -> Mapping[str, PriceTrace]:
        """Return what the market did, by symbol, thinned to what a chart can show."""
        return {symbol: thinner.trace(symbol) for symbol, thinner in self._thinners.items()}

    @property
    def account(self) -> FeedAccount:
        """Return how the feed fared."""
        return FeedAccount(
            connections=self._counts[FeedConnected],
            losses=self._counts[FeedLost],
            refused=self._counts[LineRefused],
            events=self._events,
            refused_lines=self._refused,
        )

    def _price(self, event: MarketEvent) -> None:
        self._thinners[event.symbol].add(event)

    def _note(self, event: FeedEvent) -> None:
        self._counts[type(event)] += 1
        if len(self._events) < _MOST_FEED_EVENTS:
            self._events.append(event)

    def _refuse(self, event: LineRefused) -> None:
        self._counts[LineRefused] += 1
        if len(self._refused) < _MOST_REFUSED:
            self._refused.append(event)
