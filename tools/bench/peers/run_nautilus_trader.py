"""NautilusTrader: compiled engine, strategy in Python, market orders filled at once at the close of the bar.

The works' bars open where the last one closed, so these fills are at the price of the next open. On the last bar,
where the others can fill nothing more, the strategy keeps still. Its logging and its analysis after the run are
off. The strategy keeps rolling sums: the engine's averages copy their window into an array for every bar.
"""

import importlib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepit.tools.bench.peers.probe import Outcome, Ready, Task

engines: Any = importlib.import_module("nautilus_trader.backtest.engine")
configs: Any = importlib.import_module("nautilus_trader.config")
model: Any = importlib.import_module("nautilus_trader.model")
currencies: Any = importlib.import_module("nautilus_trader.model.currencies")
enums: Any = importlib.import_module("nautilus_trader.model.enums")
instruments: Any = importlib.import_module("nautilus_trader.model.instruments")
trading: Any = importlib.import_module("nautilus_trader.trading.strategy")
DISTRIBUTION = "nautilus_trader"
VENUE = model.Venue("BENCH")
INSTRUMENT = model.InstrumentId(model.Symbol("SYN"), VENUE)
BARS = model.BarType.from_str("SYN.BENCH-1-MINUTE-LAST-EXTERNAL")
BUY = enums.OrderSide.BUY
SELL = enums.OrderSide.SELL


class Ordering(trading.Strategy):  # type: ignore[misc]  # the engine is not installed where types are checked
    """A strategy that hears the bars and sends market orders of one quantity."""

    def __init__(self, quantity: int) -> None:
        super().__init__()
        self.quantity = model.Quantity.from_int(quantity)
        self.is_long = False
        self.seen = 0

    def on_start(self) -> None:
        """Ask for the bars."""
        self.subscribe_bars(BARS)

    def turn(self) -> None:
        """Buy when flat and sell when long."""
        side = SELL if self.is_long else BUY
        self.is_long = not self.is_long
        self.submit_order(self.order_factory.market(INSTRUMENT, side, self.quantity))


def w1(task: "Task") -> "Ready":
    """Trade the crossover."""
    count, fast_bars, slow_bars = task.count, task.fast, task.slow

    class Crossover(Ordering):
        def __init__(self) -> None:
            super().__init__(task.quantity)
            self.fast = 0.0
            self.slow = 0.0
            self.fast_window = deque([0.0] * fast_bars)
            self.slow_window = deque([0.0] * slow_bars)

        def on_bar(self, bar: Any) -> None:
            close = bar.close.as_double()
            self.fast += close - self.fast_window.popleft()
            self.fast_window.append(close)
            self.slow += close - self.slow_window.popleft()
            self.slow_window.append(close)
            self.seen += 1
            if slow_bars <= self.seen < count and (self.fast / fast_bars > self.slow / slow_bars) != self.is_long:
                self.turn()

    return _ready(task, Crossover(), lambda _: count)


def w1b(task: "Task") -> "Ready":
    """Order on every bar from the second to the last but one."""
    count = task.count

    class Alternation(Ordering):
        def on_bar(self, _bar: Any) -> None:
            self.seen += 1
            if 1 < self.seen < count:
                self.turn()

    return _ready(task, Alternation(1), lambda fills: fills)


def _ready(task: "Task", strategy: Ordering, count_of: Callable[[int], int]) -> "Ready":
    usd = currencies.USD
    engine = engines.BacktestEngine(
        configs.BacktestEngineConfig(logging=configs.LoggingConfig(bypass_logging=True), run_analysis=False)
    )
    engine.add_venue(
        venue=VENUE,
        oms_type=enums.OmsType.NETTING,
        account_type=enums.AccountType.CASH,
        base_currency=usd,
        starting_balances=[model.Money(task.cash, usd)],
    )
    engine.add_instrument(
        instruments.Equity(
            instrument_id=INSTRUMENT,
            raw_symbol=INSTRUMENT.symbol,
            currency=usd,
            price_precision=2,
            price_increment=model.Price.from_str("0.01"),
            lot_size=model.Quantity.from_int(1),
            ts_event=0,
            ts_init=0,
        )
    )
    engine.add_strategy(strategy)
    engine.add_data(_bars(task))

    def outcome() -> "Outcome":
        cash = engine.cache.account_for_venue(VENUE).balance_total(usd).as_double()
        position = float(engine.portfolio.net_position(INSTRUMENT))
        fills = engine.cache.orders_closed_count()
        return count_of(fills), fills, cash + position * task.columns.closes[-1]

    return engine.run, outcome


def _bars(task: "Task") -> list[Any]:
    price, quantity, bar = model.Price, model.Quantity, model.Bar
    return [
        bar(BARS, *(price(x, 2) for x in (opening, high, low, close)), quantity(volume, 0), time, time)
        for time, opening, high, low, close, volume in zip(*task.columns, strict=True)
    ]


WORKS: dict[str, Callable[["Task"], "Ready"]] = {"w1": w1, "w1b": w1b}
