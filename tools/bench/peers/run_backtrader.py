"""backtrader: averages computed in whole columns, then one loop in Python, market orders filled at the next open."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepit.tools.bench.peers.probe import Outcome, Ready, Task

backtrader: Any = importlib.import_module("backtrader")
DISTRIBUTION = "backtrader"
DAY_NS = 86_400_000_000_000


class Bars(backtrader.feed.DataBase):  # type: ignore[misc]  # the engine is not installed where types are checked
    """A feed that takes bars which are in memory already."""

    params = (("bars", None),)

    def start(self) -> None:
        """Begin at the first bar."""
        super().start()
        self.left = iter(self.p.bars)

    def _load(self) -> bool:
        bar = next(self.left, None)
        if bar is None:
            return False
        lines = self.lines
        lines.datetime[0], lines.open[0], lines.high[0], lines.low[0], lines.close[0], lines.volume[0] = bar
        lines.openinterest[0] = 0.0
        return True


class Counting(backtrader.Strategy):  # type: ignore[misc]  # the engine is not installed where types are checked
    """A strategy that counts its fills."""

    fills = 0

    def notify_order(self, order: Any) -> None:
        """Count a fill."""
        self.fills += order.status == order.Completed


def w1(task: "Task") -> "Ready":
    """Trade the crossover."""

    class Crossover(Counting):
        def __init__(self) -> None:
            self.fast = backtrader.indicators.SMA(self.data.close, period=task.fast)
            self.slow = backtrader.indicators.SMA(self.data.close, period=task.slow)

        def next(self) -> None:
            if self.fast[0] > self.slow[0]:
                if not self.position:
                    self.buy(size=task.quantity)
            elif self.position:
                self.sell(size=task.quantity)

    return _ready(task, Crossover, lambda _: task.count)


def w1b(task: "Task") -> "Ready":
    """Order on every bar from the second to the last but one."""

    class Alternation(Counting):
        def next(self) -> None:
            if 1 < len(self) < task.count:
                if self.position:
                    self.sell(size=1)
                else:
                    self.buy(size=1)

    return _ready(task, Alternation, lambda fills: fills)


def _ready(task: "Task", strategy_class: type[Counting], count_of: Callable[[int], int]) -> "Ready":
    cerebro = backtrader.Cerebro(stdstats=False)
    epoch_day = backtrader.date2num(datetime(1970, 1, 1, tzinfo=UTC))
    days = [epoch_day + time / DAY_NS for time in task.columns.times]
    bars = list(zip(days, *task.columns[1:], strict=True))
    cerebro.adddata(Bars(bars=bars, timeframe=backtrader.TimeFrame.Minutes))
    cerebro.addstrategy(strategy_class)
    cerebro.broker.setcash(float(task.cash))
    strategies: list[Counting] = []

    def run() -> None:
        strategies.extend(cerebro.run())

    def outcome() -> "Outcome":
        fills = strategies[0].fills
        return count_of(fills), fills, cerebro.broker.getvalue()

    return run, outcome


WORKS: dict[str, Callable[["Task"], "Ready"]] = {"w1": w1, "w1b": w1b}
