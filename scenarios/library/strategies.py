"""Strategies to begin with: a moving average, buy and hold, weights, plans, and those of the other scenarios here."""

from collections import deque
from decimal import Decimal

from tradepit.actors.strategy import SettingProblem, Strategy, WrongSettingsError
from tradepit.models.market import Bar, Quote
from tradepit.models.messages import Direction, PlanAction, PlanItem
from tradepit.scenarios.problems import did_you_mean


class SmaCrossover(Strategy):
    """Hold a symbol while its fast simple moving average of closes is above the slow one; be flat otherwise.

    Attributes:
        fast: closes in the fast average.
        slow: closes in the slow average, more than `fast`.
    """

    fast: int = 10
    slow: int = 30

    def on_start(self) -> None:
        """Check the settings and begin the averages of each symbol."""
        if not 0 < self.fast < self.slow:
            raise ValueError(f"fast must be above 0 and below slow, was fast={self.fast}, slow={self.slow}")
        self._averages = {symbol: _Averages(self.slow) for symbol in self.symbols}

    def on_bar(self, bar: Bar) -> None:
        """Move both averages on by one close, and signal when they cross."""
        averages = self._averages[bar.symbol]
        closes = averages.closes
        close = bar.close
        averages.fast_sum = fast_sum = averages.fast_sum + (close - closes[-self.fast])
        averages.slow_sum = slow_sum = averages.slow_sum + (close - closes[0])
        closes.append(close)  # and the first of them goes
        if averages.missing:
            averages.missing -= 1
            if averages.missing:
                return
        above = fast_sum / self.fast > slow_sum / self.slow
        if above is not averages.above:
            averages.above = above
            self.signal(bar.symbol, Direction.LONG if above else Direction.FLAT)


class _Averages:
    """Two running sums over the latest closes, and how many closes the slow one still misses."""

    __slots__ = ("above", "closes", "fast_sum", "missing", "slow_sum")

    def __init__(self, slow: int) -> None:
        self.closes = deque([0.0] * slow, maxlen=slow)
        self.fast_sum = self.slow_sum = 0.0
        self.missing = slow
        self.above = False


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


class DipBuyer(Strategy):
    """Buy a fixed quantity, whole and at once or not at all, while the price is below its recent high by a given drop.

    It keeps asking as long as the dip lasts and it holds less than it may: what a breaker on failed orders is for.

    Attributes:
        drop: fraction below the highest close of the window at which it buys.
        window: closes over which the high is taken.
        quantity: of one order, in units of the instrument.
        most: largest quantity that it wants to hold.
        exit_after: closes after which it sells what it holds, 0 for never.
    """

    drop: float = 0.01
    window: int = 60
    quantity: int = 500
    most: int = 5_000
    exit_after: int = 0

    def on_start(self) -> None:
        """Make room for the closes of each symbol."""
        self._closes: dict[str, deque[float]] = {symbol: deque(maxlen=self.window) for symbol in self.symbols}
        self._held_for = dict.fromkeys(self.symbols, 0)

    def on_bar(self, bar: Bar) -> None:
        """Buy in a dip; sell when a position has been held long enough."""
        symbol = bar.symbol
        closes = self._closes[symbol]
        held = self.position(symbol)
        self._held_for[symbol] = self._held_for[symbol] + 1 if held else 0
        if self.exit_after and self._held_for[symbol] >= self.exit_after:
            self.signal(symbol, Direction.FLAT)
        elif closes and bar.close <= max(closes) * (1 - self.drop) and held + self.quantity <= self.most:
            self.buy(symbol, self.quantity, time_in_force="FOK")
        closes.append(bar.close)


class QuoteFlipper(Strategy):
    """Be long and flat in turn, a given number of quotes each.

    Attributes:
        every: quotes of a symbol between two decisions.
    """

    every: int = 250

    def on_start(self) -> None:
        """Begin to count the quotes of each symbol."""
        if self.every < 1:
            raise ValueError(f"every must be 1 or more, was {self.every}")
        self._seen = dict.fromkeys(self.symbols, 0)

    def on_quote(self, quote: Quote) -> None:
        """Turn round when enough quotes have passed."""
        self._seen[quote.symbol] = seen = self._seen[quote.symbol] + 1
        if seen % self.every == 0:
            self.signal(quote.symbol, Direction.FLAT if seen // self.every % 2 == 0 else Direction.LONG)


class Rebalancer(Strategy):
    """Hold each symbol at its part of the account's equity, and bring it back there every so many bars.

    It begins at the first instant at which every symbol with a weight has been seen.

    Attributes:
        weights: by symbol; 0.6 is 60% of the equity.
        every: instants with bars between two rebalances.
        band: how far a weight may be off before it is traded.
        close_others: whether the strategy's symbols without a weight are sold out.
    """

    weights: dict[str, Decimal]
    every: int = 20
    band: Decimal = Decimal(0)
    close_others: bool = False

    def __attrs_post_init__(self) -> None:
        """Check the settings."""
        _refuse(
            _at_least_one("every", self.every),
            None if self.weights else SettingProblem("weights", "weights must name a symbol", None, "write {SPY: 0.6}"),
            None if self.band >= 0 else SettingProblem("band", "a band is at least 0", str(self.band), ""),
            *[
                None
                if weight.is_finite()
                else SettingProblem(f"weights.{symbol}", "a weight is a finite number", str(weight), "")
                for symbol, weight in self.weights.items()
            ],
        )

    def on_start(self) -> None:
        """Begin to count.

        Raises:
            ValueError: a weight is of no symbol that the strategy sees.
        """
        for symbol in self.weights:
            if symbol not in self.symbols:
                near = did_you_mean(symbol, self.symbols)
                raise ValueError(f"weights must be of symbols that the strategy sees, was {symbol}; {near}")
        self._missing = dict.fromkeys(self.weights)
        self._instant = 0
        self._waited = self.every  # so that the first time comes at once

    def on_bar(self, bar: Bar) -> None:
        """Rebalance at the first bar of an instant whose turn it is."""
        self._missing.pop(bar.symbol, None)
        if bar.time != self._instant:
            self._instant = bar.time
            self._waited += 1
        if not self._missing and self._waited > self.every:
            self._waited = 1
            self.rebalance(self.weights, band=self.band, close_others=self.close_others)


class PlanRunner(Strategy):
    """Have a ready plan executed once, as it is.

    Attributes:
        plan: its items: symbol, action (BUY, SELL or HOLD), and amount in the account's currency.
        after: instants with bars to wait for; 1 for the first at which every symbol of the plan has been seen.
    """

    plan: list[PlanItem]
    after: int = 1

    def __attrs_post_init__(self) -> None:
        """Check the settings."""
        _refuse(
            _at_least_one("after", self.after),
            None if self.plan else SettingProblem("plan", "a plan must have an item", None, ""),
            *[
                None
                if item.action is PlanAction.HOLD or (item.amount.is_finite() and item.amount > 0)
                else SettingProblem(f"plan[{index}].amount", "an amount is above 0", str(item.amount), "")
                for index, item in enumerate(self.plan)
            ],
        )

    def on_start(self) -> None:
        """Begin to count."""
        self._missing = dict.fromkeys([item.symbol for item in self.plan if item.symbol in self.symbols])
        self._instant = self._waited = 0
        self._done = False

    def on_bar(self, bar: Bar) -> None:
        """Hand the plan over when its time has come."""
        if self._done:
            return
        self._missing.pop(bar.symbol, None)
        if bar.time != self._instant:
            self._instant = bar.time
            self._waited += 1
        if not self._missing and self._waited >= self.after:
            self._done = True
            self.execute_plan(self.plan)


def _at_least_one(name: str, count: int) -> SettingProblem | None:
    return None if count >= 1 else SettingProblem(name, f"{name} must be 1 or more", str(count), "")


def _refuse(*found: SettingProblem | None) -> None:
    problems = [problem for problem in found if problem is not None]
    if problems:
        raise WrongSettingsError(problems)
