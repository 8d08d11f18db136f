"""A bar on standard error for what takes longer than a second; nothing when nobody looks at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from tradepit.actors.kernel import System
from tradepit.actors.kernel.clock import NS_PER_S, wall_ns

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE_NS = NS_PER_S
_REDRAW_NS = NS_PER_S // 10


class Bar:
    """A bar that shows itself when something has been going on for a second.

    Use it as a context manager; it leaves nothing on the screen.
    """

    def __init__(
        self, unit: str, *, total: float | None, quiet: bool = False, stream: TextIO | None = None,
        clock: Callable[[], int] = wall_ns,
    ) -> None:  # fmt: skip
        """Make a bar.

        Args:
            unit: of what the rate counts, such as `events`.
            total: what `done` comes to in the end; None when nobody knows.
            quiet: never show it.
            stream: where to draw; standard error.
            clock: ns of a monotonic clock.
        """
        self._stream = sys.stderr if stream is None else stream
        self._silent = quiet or not self._stream.isatty()
        self._unit = unit
        self._total = total
        self._clock = clock
        self._began = self._drawn = clock()
        self._display: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.hide()

    def show(self, done: float, counted: int) -> None:
        """Show how far it is, if it is time to; cheap enough to be called every few milliseconds.

        Args:
            done: share of the total.
            counted: how many units have passed, for the rate.
        """
        if self._silent:
            return
        now = self._clock()
        if now - self._drawn < (_PATIENCE_NS if self._display is None else _REDRAW_NS):
            return
        self._drawn = now
        if self._display is None:
            self._display = self._begin()
        rate = counted * NS_PER_S / (now - self._began)
        task = self._display.tasks[0].id
        self._display.update(task, completed=done, rate=f"{rate:,.0f} {self._unit}/s", left=self._left(done, now))
        self._display.refresh()

    def hide(self) -> None:
        """Take the bar off the screen; the next `show` after a while brings it back."""
        if self._display is not None:
            self._display.stop()
            self._display = None

    def _left(self, done: float, now: int) -> str:
        """Return the time left in words: what was done took so long, so what is left takes in proportion."""
        if not self._total or done <= 0:
            return ""
        seconds = round((now - self._began) * (self._total - done) / done / NS_PER_S)
        minutes, seconds = divmod(max(seconds, 0), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{seconds:02d} left" if hours else f"{minutes}:{seconds:02d} left"

    def _begin(self) -> "Progress":
        from rich.console import Console  # slow to import, and short runs need no bar
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        columns = [BarColumn(bar_width=28), TextColumn("{task.fields[rate]}"), TextColumn("{task.fields[left]}")]
        if self._total:
            columns.insert(1, TaskProgressColumn())
        display = Progress(
            *columns,
            console=Console(file=self._stream),
            auto_refresh=False,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            get_time=lambda: self._clock() / NS_PER_S,
        )
        display.add_task("", total=self._total, rate="", left="")
        display.start()
        return display


@contextmanager
def waiting(words: str, *, quiet: bool, stream: TextIO | None = None) -> Iterator[None]:
    """Say what is going on for as long as it does, where nothing can be counted."""
    stream = sys.stderr if stream is None else stream
    if quiet or not stream.isatty():
        yield
        return
    from rich.console import Console  # slow to import, and short runs need no words

    with Console(file=stream).status(words):
        yield


class RunProgress(Bar):
    """The progress of one run: how much of the scenario's time is over, and how much market data has passed."""

    def __init__(
        self, start: int | None, end: int | None, *, quiet: bool = False, stream: TextIO | None = None,
        clock: Callable[[], int] = wall_ns,
    ) -> None:  # fmt: skip
        """Make a bar.

        Args:
            start: the scenario's first instant, ns; None for the first that the run tells of.
            end: its last instant, ns; None when the data alone know it, and then only the rate is shown.
            quiet: never show it.
            stream: where to draw; standard error.
            clock: ns of a monotonic clock.
        """
        super().__init__("events", total=None if end is None else 1.0, quiet=quiet, stream=stream, clock=clock)
        self._start = start
        self._end = end

    def __call__(self, system: System) -> None:
        """Hear from a run how far it is."""
        if self._start is None:
            self._start = system.now
        share = 0.0
        if self._end is not None and self._end > self._start:
            share = (system.now - self._start) / (self._end - self._start)
        self.show(share, system.streamed)
