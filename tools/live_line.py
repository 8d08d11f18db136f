"""A line on standard error for who watches a session in real time: what time it is in it, and how it stands."""

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO, cast

from tradepit.actors import ORDERS, PORTFOLIO
from tradepit.actors.kernel import System
from tradepit.actors.kernel.clock import NS_PER_S, wall_ns
from tradepit.actors.order_manager import OrderManager
from tradepit.actors.portfolio import Portfolio
from tradepit.models.messages import AccountOpened
from tradepit.scenarios.times import zone_of
from tradepit.tools.report.stamps import Stamps

if TYPE_CHECKING:
    from rich.live import Live

_REDRAW_NS = NS_PER_S // 4
_LAST_NS = 2**63 - 1  # at great speed the clock on the wall is soon behind all times that have a name


class LiveLine:
    """Says once that the session runs, and then shows a line that is drawn anew four times a second on a terminal.

    Use it as a context manager; the line leaves nothing on the screen.
    """

    def __init__(
        self, begins: str, zone: str, *, quiet: bool = False, stream: TextIO | None = None,
        clock: Callable[[], int] = wall_ns,
    ) -> None:  # fmt: skip
        """Make a line.

        Args:
            begins: what is said when the session runs, before anything else.
            zone: in which the session's time is shown.
            quiet: never say or show anything.
            stream: where to draw; standard error.
            clock: ns of a monotonic clock.
        """
        self._stream = sys.stderr if stream is None else stream
        self._begins = begins
        self._zone = zone
        self._quiet = quiet
        self._clock = clock
        self._drawn: int | None = None
        self._display: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._display is not None:
            self._display.stop()

    def __call__(self, system: System) -> None:
        """Hear from a session how it stands; cheap enough to be called every few milliseconds."""
        if self._quiet:
            return
        now = self._clock()
        if self._drawn is not None and now - self._drawn < _REDRAW_NS:
            return
        if self._drawn is None:
            print(self._begins, file=self._stream, flush=True)
        self._drawn = now
        if self._stream.isatty():
            self._draw(line_of(system, self._zone))

    def _draw(self, line: str) -> None:
        from rich.console import Console  # slow to import, and only a terminal needs it
        from rich.live import Live
        from rich.text import Text

        text = Text(line, style="dim", no_wrap=True, overflow="ellipsis")
        if self._display is None:
            self._display = Live(text, console=Console(file=self._stream), auto_refresh=False, transient=True)
            self._display.start(refresh=True)
        else:
            self._display.update(text, refresh=True)


def line_of(system: System, zone: str) -> str:
    """Return how a session stands: its time, market data, equity, orders under way, and how late it is."""
    pace = system.pace
    assert pace is not None
    portfolio = cast("Portfolio", system.cells[PORTFOLIO].actor)
    orders = cast("OrderManager", system.cells[ORDERS].actor)
    seconds = min(max(system.now, pace.now()), _LAST_NS) // NS_PER_S
    late_ms = pace.lateness.p99_ns / 1e6
    parts = (
        Stamps(zone_of(zone)).text(seconds * NS_PER_S),
        f"{system.streamed:,} market data",
        f"equity {portfolio.curve.last_equity:,.2f}" if system.routes[AccountOpened].latest else "no account yet",
        f"{len(orders.open_orders):,} orders open",
        f"p99 {late_ms:,.1f} ms late",
    )
    return "  ".join(parts)
