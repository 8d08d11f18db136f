"""lrvx (formerly FLOX): the engine in C++, the strategy in Python, market orders filled at the next open.

Bars go in as numpy columns, the form in which the engine takes them. The averages are made as arrays beforehand,
inside the timed run: the engine's averages that grow bar by bar look through all earlier values each time, so that
a million bars would take hours.
"""

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepit.tools.bench.peers.probe import Outcome, Ready, Task

lrvx: Any = importlib.import_module("lrvx")
numpy: Any = importlib.import_module("numpy")
DISTRIBUTION = "lrvx"


class Counting(lrvx.Strategy):  # type: ignore[misc]  # the engine is not installed where types are checked
    """A strategy that knows how many bars it has seen, and what it paid for what it still holds."""

    def __init__(self, symbols: list[Any]) -> None:
        super().__init__(symbols)
        self.seen = 0
        self.paid = 0.0


def w1(task: "Task") -> "Ready":
    """Trade the crossover."""
    closes = numpy.array(task.columns.closes)

    class Crossover(Counting):
        def on_start(self) -> None:
            self.fast = lrvx.sma(closes, task.fast).tolist()
            self.slow = lrvx.sma(closes, task.slow).tolist()

        def on_bar(self, ctx: Any, _bar: Any) -> None:
            # While an average is not a number yet, neither comparison holds.
            seen = self.seen
            self.seen = seen + 1
            fast = self.fast[seen]
            slow = self.slow[seen]
            if fast > slow:
                if ctx.is_flat():
                    self.market_buy(task.quantity)
            elif fast < slow and ctx.is_long():
                self.market_sell(task.quantity)

        def on_fill(self, _ctx: Any, event: Any) -> None:
            self.paid = event.fill_price

    return _ready(task, Crossover, lambda _: task.count)


def w1b(task: "Task") -> "Ready":
    """Order on every bar from the second to the last but one."""

    class Alternation(Counting):
        def on_bar(self, ctx: Any, _bar: Any) -> None:
            self.seen += 1
            if 1 < self.seen < task.count:
                if ctx.is_flat():
                    self.market_buy(1)
                else:
                    self.market_sell(1)

    return _ready(task, Alternation, lambda fills: fills)


def _ready(task: "Task", strategy_class: type[Counting], count_of: Callable[[int], int]) -> "Ready":
    registry = lrvx.SymbolRegistry()
    symbol = registry.add_symbol("bench", "SYN", tick_size=0.01)
    runner = lrvx.BacktestRunner(registry, fee_rate=0.0, initial_capital=float(task.cash))
    strategy = strategy_class([symbol])
    runner.set_strategy(strategy)
    ends = numpy.array(task.columns.times, dtype=numpy.int64)
    begins = ends - task.bar_ns
    values = [numpy.array(column) for column in task.columns[1:]]
    figures: dict[str, float] = {}

    def run() -> None:
        figures.update(runner.run_bars(begins, ends, *values, symbol="SYN"))

    def outcome() -> "Outcome":
        # The engine's final capital and trades are of closed positions only; what is open is added at the last close.
        position = strategy.position()
        fills = 2 * len(runner.trades()["pnl"]) + (position != 0)
        return count_of(fills), fills, figures["final_capital"] + position * (task.columns.closes[-1] - strategy.paid)

    return run, outcome


WORKS: dict[str, Callable[["Task"], "Ready"]] = {"w1": w1, "w1b": w1b}
