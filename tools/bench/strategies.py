"""The strategies of W1b and W2; W1's is the library's own crossover."""

from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar, Quote


class EveryBar(Strategy):
    """Send a market order for 1 on every bar but the first and the last, buying and selling in turn.

    Attributes:
        bars: how many bars there are.
    """

    bars: int

    def on_start(self) -> None:
        """Begin to count bars."""
        self._seen = 0

    def on_bar(self, bar: Bar) -> None:
        """Buy on even bars, sell on odd ones."""
        self._seen += 1
        if 1 < self._seen < self.bars:
            (self.sell if self._seen % 2 else self.buy)(bar.symbol, 1)


class EveryNthQuote(Strategy):
    """Send a market order for 1 on every nth quote, buying and selling in turn.

    Attributes:
        quotes: n.
    """

    quotes: int

    def on_start(self) -> None:
        """Begin to count quotes."""
        self._seen = 0

    def on_quote(self, quote: Quote) -> None:
        """Buy and sell in turn."""
        self._seen += 1
        times, left = divmod(self._seen, self.quotes)
        if not left:
            (self.buy if times % 2 else self.sell)(quote.symbol, 1)
