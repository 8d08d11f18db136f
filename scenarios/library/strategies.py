"""Two strategies to begin with: a moving-average crossover, and buy and hold."""

from collections import deque

from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar
from tradepit.models.messages import Direction


class SmaCrossover(Strategy):
    """Hold a symbol while its fast simple moving average of closes is above the slow one; be flat otherwise.

    Attributes:
        fast: closes in the fast average.
        slow: closes in the slow average, more than `fast`.
    """

    fast: int = 10
    slow: int = 30

    def on_start(self) -> None:
        """Check the settings and make room for the closes of each symbol."""
        if not 0 < self.fast < self.slow:
            raise ValueError(f"fast must be above 0 and below slow, was fast={self.fast}, slow={self.slow}")
        self._closes: dict[str, deque[float]] = {symbol: deque(maxlen=self.slow) for symbol in self.symbols}
        self._sums = dict.fromkeys(self.symbols, (0.0, 0.0))
        self._long = dict.fromkeys(self.symbols, False)

    def on_bar(self, bar: Bar) -> None:
        """Move both averages on by one close, and signal when they cross."""
        symbol = bar.symbol
        closes = self._closes[symbol]
        fast, slow = self._sums[symbol]
        full = len(closes) == self.slow
        fast += bar.close - (closes[-self.fast] if len(closes) >= self.fast else 0.0)
        slow += bar.close - (closes[0] if full else 0.0)
        closes.append(bar.close)
        self._sums[symbol] = (fast, slow)
        if len(closes) < self.slow:
            return
        above = fast / self.fast > slow / self.slow
        if above is not self._long[symbol]:
            self._long[symbol] = above
            self.signal(symbol, Direction.LONG if above else Direction.FLAT)


class BuyAndHold(Strategy):
    """Buy every symbol on its first bar and keep it."""

    def on_start(self) -> None:
        """Remember what has not been bought yet."""
        self._wanted = dict.fromkeys(self.symbols)

    def on_bar(self, bar: Bar) -> None:
        """Buy a symbol when it is first seen."""
        if bar.symbol in self._wanted:
            del self._wanted[bar.symbol]
            self.signal(bar.symbol, Direction.LONG)
