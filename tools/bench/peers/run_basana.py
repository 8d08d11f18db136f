"""basana: asynchronous, with Decimal prices, market orders filled at the next open.

Its events are made beforehand, and its exchange is given liquidity without limit, as the works have no such limit.
It brings no averages of its own; the strategy keeps rolling sums of the Decimal closes.
"""

import asyncio
import importlib
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepit.tools.bench.peers.probe import Outcome, Ready, Task

basana: Any = importlib.import_module("basana")
exchanges: Any = importlib.import_module("basana.backtesting.exchange")
liquidity: Any = importlib.import_module("basana.backtesting.liquidity")
DISTRIBUTION = "basana"
PAIR = basana.Pair("SYN", "USD")
BUY = basana.OrderOperation.BUY
SELL = basana.OrderOperation.SELL


def w1(task: "Task") -> "Ready":
    """Trade the crossover."""
    fast_bars, slow_bars = task.fast, task.slow
    quantity = Decimal(task.quantity)

    def strategy(exchange: Any) -> Callable[[Any], Awaitable[None]]:
        fast_window = deque([Decimal(0)] * fast_bars)
        slow_window = deque([Decimal(0)] * slow_bars)
        fast = slow = Decimal(0)
        seen = 0
        is_long = False

        async def on_bar(event: Any) -> None:
            nonlocal fast, slow, seen, is_long
            close = event.bar.close
            fast += close - fast_window.popleft()
            fast_window.append(close)
            slow += close - slow_window.popleft()
            slow_window.append(close)
            seen += 1
            if seen < slow_bars:
                return
            wanted = fast / fast_bars > slow / slow_bars
            if wanted != is_long:
                is_long = wanted
                await exchange.create_market_order(BUY if wanted else SELL, PAIR, quantity)

        return on_bar

    return _ready(task, strategy, lambda _: task.count)


def w1b(task: "Task") -> "Ready":
    """Order on every bar from the second to the last but one."""
    one = Decimal(1)
    count = task.count

    def strategy(exchange: Any) -> Callable[[Any], Awaitable[None]]:
        seen = 0

        async def on_bar(_event: Any) -> None:
            nonlocal seen
            seen += 1
            if 1 < seen < count:
                await exchange.create_market_order(SELL if seen % 2 else BUY, PAIR, one)

        return on_bar

    return _ready(task, strategy, lambda fills: fills)


def _ready(
    task: "Task", strategy: Callable[[Any], Callable[[Any], Awaitable[None]]], count_of: Callable[[int], int]
) -> "Ready":
    dispatcher = basana.backtesting_dispatcher()
    exchange = exchanges.Exchange(
        dispatcher, {"USD": Decimal(task.cash)}, liquidity_strategy_factory=liquidity.InfiniteLiquidity
    )
    exchange.set_pair_info(PAIR, basana.PairInfo(base_precision=0, quote_precision=2))
    exchange.add_bar_source(basana.FifoQueueEventSource(events=list(_events(task))))
    exchange.subscribe_to_bar_events(PAIR, strategy(exchange))

    def run() -> None:
        asyncio.run(dispatcher.run())

    def outcome() -> "Outcome":
        return asyncio.run(tell())

    async def tell() -> "Outcome":
        cash = (await exchange.get_balance("USD")).total
        position = (await exchange.get_balance("SYN")).total
        fills = sum(len(order.fills) for order in await exchange.get_orders())
        return count_of(fills), fills, float(cash + position * Decimal(str(task.columns.closes[-1])))

    return run, outcome


def _events(task: "Task") -> "Any":
    duration = timedelta(microseconds=task.bar_ns // 1000)
    for time, *values in zip(*task.columns, strict=True):
        end = datetime.fromtimestamp(time / 1e9, UTC)
        yield basana.BarEvent(end, basana.Bar(end - duration, PAIR, *(Decimal(str(x)) for x in values), duration))


WORKS: dict[str, Callable[["Task"], "Ready"]] = {"w1": w1, "w1b": w1b}
