"""A strategy in a thread of its own hears what one on the kernel's thread hears."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.strategy import Strategy
from tradepit.actors.strategy_host import StrategyHost
from tradepit.actors.threaded_host import ThreadedHost
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import AccountOpened

NEWS: list[Bar | Quote | Trade] = [
    Bar(symbol="X", time=1, open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0),
    Quote(symbol="X", time=2, bid=1.0, bid_size=1.0, ask=2.0, ask_size=1.0),
    Trade(symbol="X", time=3, price=1.0, size=1.0),
]


class Listener(Strategy):
    """Keeps what it hears, and whether on the main thread."""

    def on_start(self) -> None:
        self.heard: list[tuple[Any, bool]] = []

    def _hear(self, news: Any) -> None:
        self.heard.append((news, threading.current_thread() is threading.main_thread()))

    def on_bar(self, bar: Bar) -> None:
        self._hear(bar)

    def on_quote(self, quote: Quote) -> None:
        self._hear(quote)

    def on_trade(self, trade: Trade) -> None:
        self._hear(trade)


@pytest.mark.parametrize("host", [StrategyHost, ThreadedHost])
def test_bars_quotes_and_trades_are_heard_in_a_thread_of_ones_own_where_that_is_wanted(
    play: Callable[..., Any], host: type[StrategyHost]
) -> None:
    strategy = Listener()
    opened = AccountOpened(cash=Decimal(1000), currency="USD")
    play({"strategy:mine": host(strategy, "mine", ("X",))}, [(0, "", opened), *((one.time, "", one) for one in NEWS)])
    assert strategy.heard == [(one, host is StrategyHost) for one in NEWS]
