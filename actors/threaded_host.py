"""Threaded host: the actor around a user's strategy whose methods block, each called in a thread.

Receives, sends, and always holds what `StrategyHost` does. The order of events is the same as well: while a method
runs, nothing is delivered and virtual time stands still (K5), but the sockets of boundary actors are read, signals are
heeded, and whoever shows the progress shows it. A call costs two switches between threads, some 50 to 100 µs. When the
run is stopped at once, a method that has not returned is left behind: nobody waits for its thread.
"""

from collections.abc import Callable
from typing import Any

import trio

from tradepit.actors.strategy_host import StrategyHost
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    AccountOpened,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRejected,
    OrderExpired,
    OrderFailed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReplaceRejected,
    PositionChanged,
)


class ThreadedHost(StrategyHost):
    """Runs one strategy in threads, one call at a time."""

    async def on_account(self, account: AccountOpened) -> None:  # type: ignore[override]  # the kernel awaits it
        """Let the strategy prepare, now that it can see cash and positions at the start."""
        await _in_thread(super().on_account, account)

    async def on_bar(self, bar: Bar) -> None:  # type: ignore[override]  # as above
        """Let the strategy hear a bar."""
        await _in_thread(self._run, self._strategy.on_bar, bar)

    async def on_quote(self, quote: Quote) -> None:  # type: ignore[override]  # as above
        """Let the strategy hear a quote."""
        await _in_thread(self._run, self._strategy.on_quote, quote)

    async def on_trade(self, trade: Trade) -> None:  # type: ignore[override]  # as above
        """Let the strategy hear a print."""
        await _in_thread(self._run, self._strategy.on_trade, trade)

    async def on_order_event(  # type: ignore[override]  # as above
        self,
        event: OrderAccepted
        | OrderFilled
        | OrderCancelled
        | OrderRejected
        | OrderExpired
        | OrderFailed
        | OrderCancelRejected
        | OrderReplaced
        | OrderReplaceRejected
        | OrderFillBusted
        | OrderFillCorrected,
    ) -> None:
        """Let the strategy hear news of its order."""
        await _in_thread(super().on_order_event, event)

    async def on_position(self, changed: PositionChanged) -> None:  # type: ignore[override]  # as above
        """Let the strategy hear of its fill, once the portfolio has booked it."""
        await _in_thread(super().on_position, changed)

    async def on_stop(self) -> None:  # type: ignore[override]  # as above
        """Let the strategy clean up; the market is closed by then."""
        await _in_thread(super().on_stop)

    def _hear_directly(self) -> None:
        """Let nothing call the user's methods past the threads."""


async def _in_thread(function: Callable[..., Any], *args: Any) -> None:
    """Call something in a thread; trio's own limit says how many there are at a time."""
    await trio.to_thread.run_sync(function, *args, abandon_on_cancel=True)
