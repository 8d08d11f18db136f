"""backtesting.py: one loop in Python over arrays, market orders filled at the next open.

The averages are made as arrays beforehand, as this engine's users do, inside the timed run.
"""

import importlib
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepit.tools.bench.peers.probe import Outcome, Ready, Task

backtesting: Any = importlib.import_module("backtesting")
numpy: Any = importlib.import_module("numpy")
pandas: Any = importlib.import_module("pandas")
DISTRIBUTION = "backtesting"


def mean_of_last(closes: Any, bars: int) -> Any:
    """Give the mean of the last closes at every bar; 0 until there are enough, so that the run starts at once."""
    sums = numpy.cumsum(closes)
    sums[bars:] -= sums[:-bars].copy()
    means = sums / bars
    means[: bars - 1] = 0.0
    return means


def w1(task: "Task") -> "Ready":
    """Trade the crossover."""

    class Crossover(backtesting.Strategy):  # type: ignore[misc]  # the engine is not installed where types are checked
        def init(self) -> None:
            self.fast = self.I(mean_of_last, self.data.Close, task.fast, plot=False)
            self.slow = self.I(mean_of_last, self.data.Close, task.slow, plot=False)

        def next(self) -> None:
            slow = self.slow[-1]
            if slow == 0.0:
                return
            if self.fast[-1] > slow:
                if not self.position:
                    self.buy(size=task.quantity)
            elif self.position:
                self.position.close()

    return _ready(task, Crossover, lambda _: task.count)


def w1b(task: "Task") -> "Ready":
    """Order on every bar from the second to the last but one."""

    class Alternation(backtesting.Strategy):  # type: ignore[misc]  # the engine is not installed where types are checked
        def init(self) -> None:
            self.seen = 1

        def next(self) -> None:
            # The engine's first call is for the second bar.
            self.seen += 1
            if self.seen < task.count:
                if self.position:
                    self.sell(size=1)
                else:
                    self.buy(size=1)

    return _ready(task, Alternation, lambda fills: fills)


def _ready(task: "Task", strategy_class: type, count_of: Callable[[int], int]) -> "Ready":
    columns = task.columns
    frame = pandas.DataFrame(
        {
            "Open": numpy.array(columns.opens),
            "High": numpy.array(columns.highs),
            "Low": numpy.array(columns.lows),
            "Close": numpy.array(columns.closes),
            "Volume": numpy.array(columns.volumes),
        },
        index=pandas.to_datetime(numpy.array(columns.times)),
    )
    backtest = backtesting.Backtest(frame, strategy_class, cash=task.cash, commission=0.0)
    warnings.simplefilter("ignore")  # the engine warns of a trade left open at the end, which is wanted here
    stats: Any = None

    def run() -> None:
        nonlocal stats
        stats = backtest.run()

    def outcome() -> "Outcome":
        # A closed trade is two fills, one that is still open a single fill.
        fills = 2 * len(stats["_trades"]) + len(stats["_strategy"].trades)
        return count_of(fills), fills, float(stats["Equity Final [$]"])

    return run, outcome


WORKS: dict[str, Callable[["Task"], "Ready"]] = {"w1": w1, "w1b": w1b}
