"""DataFeed: publishes market data as time reaches it.

Receives: nothing. Sends: `Bar`, `Quote`, `Trade`, published by symbol.
Always holds: what it publishes is in the order of time; of one instant, in the order of the scenario's sources.
"""

from collections.abc import Iterable

from tradepit.actors.kernel import Actor
from tradepit.models.market import MarketEvent


class DataFeed(Actor):
    """A boundary actor: it brings in the market, which the kernel cannot know."""

    constant = ("_events",)

    def __init__(self, events: Iterable[MarketEvent]) -> None:
        """Make a feed.

        Args:
            events: the merged sources, in the order of time.
        """
        self._events = events

    def on_start(self) -> None:
        """Hand the merged sources to the kernel, which publishes each event at its time."""
        self.stream(self._events)
