"""The loop: it delivers what is due, moves time on, feeds the journal, and lets trio run now and then (K3, K7).

Task dispatch wakes an actor's task for every delivery. Inline dispatch calls a plain handler directly while the actor's
task is parked and its mailbox empty. Which of the two it is, the loop reads off each actor's `fast` handlers.
"""

from collections.abc import Callable
from typing import Any

import trio

from tradepit.actors.kernel.clock import wall_ns
from tradepit.actors.kernel.errors import ActorFailed, JournalError
from tradepit.actors.kernel.journal import Entry, Journal
from tradepit.actors.kernel.mailbox import Asked, Cell
from tradepit.actors.kernel.schedule import DueEntry, Settled, Target, Timer
from tradepit.actors.kernel.turns import Turns

YIELD_NS = 10_000_000
LOOK_EVERY = 256


class _KindNames(dict[type, str | None]):
    """The journal's names of kinds that are sent, None for those that are not written down."""

    def __init__(self, journal: Journal | None) -> None:
        super().__init__()
        self._journal = journal

    def __missing__(self, kind: type) -> str | None:
        written = self._journal is not None and self._journal.keeps(kind)
        name = self[kind] = kind.__name__ if written else None
        return name


class Delivery(Turns):
    """The loop over what is due."""

    def __init__(self, start: int, journal: Journal | None, on_yield: Callable[[Any], None] | None) -> None:
        super().__init__(start, journal)
        self._kinds: dict[type, str | None] = _KindNames(journal)
        self._on_yield = on_yield
        self._stop = False

    def stop(self) -> None:
        """Ask the run to end as if the data had ended here; may be called from another trio task."""
        self._stop = True

    async def _deliver(self, end: int | None, *, draining: bool = False) -> None:  # noqa: C901  calls would cost more
        """Deliver what is due, and move time on, until nothing that counts is left up to the end."""
        due = self.due
        take = due.popleft
        routes = self.routes
        kinds = self._kinds
        # Without a journal no kind is written down, so nothing ever enters this list.
        entries: list[Entry] = [] if self.journal is None else self.journal.entries
        write = entries.append
        until_look = look_every = 1  # and twice as many each time that these took little
        looked_at = 0
        last_look = wall_ns()
        cell: Target = None
        message: Any = None
        settling: list[DueEntry] = []
        feed = self._feed
        try:
            while True:
                if due:
                    sequence, sender, cell, message, cause = take()
                elif settling:
                    due.extend(settling)
                    settling.clear()
                    continue
                else:
                    cell = None
                    if self._stop and not draining:
                        return
                    feed = self._feed
                    message = None if draining else self._next_alone(end)
                    if message is None:
                        if self._move_on(end, draining=draining):
                            continue
                        return
                    sequence, sender, cause = self.sequence, feed, 0
                kind = type(message)
                if cell is None:
                    self.cause = sequence
                    route = routes[kind]
                    key = route.key_of(message)
                    name = route.kind
                    if name is not None:
                        route.count += 1
                        write((sequence, self.now, sender, None, name, cause, message))
                    route.latest[key] = message
                    # Whoever gets it now is not to get it again: the late are those who were late before.
                    late = route.late[key] if route.settles else ()
                    for cell in route.cells[key]:  # and the failure of a handler names the receiver by it
                        handler = cell.fast.get(kind)
                        if handler is not None:
                            handler(message)
                        else:
                            await self._deliver_slowly(cell, message, sequence)
                    if route.taps:
                        cell = None
                        for listener in route.taps:
                            listener(message)
                    if late:
                        if sender == feed and (self.sequence != sequence or self._at_once > 1 or settling):
                            settling.append((sequence, sender, Settled(late), message, 0))
                        else:
                            for cell in late:
                                handler = cell.fast.get(kind)
                                if handler is not None:
                                    handler(message)
                                else:
                                    await self._deliver_slowly(cell, message, sequence)
                else:
                    handler = cell.fast.get(kind)
                    if handler is None:
                        if type(cell) is Settled:
                            self.cause = sequence
                            route = routes[kind]
                            key = route.key_of(message)
                            late = cell.cells if cell.cells is route.late[key] else route.still(cell.cells, key)
                            for cell in late:
                                handler = cell.fast.get(kind)
                                if handler is not None:
                                    handler(message)
                                else:
                                    await self._deliver_slowly(cell, message, sequence)
                            continue
                        if type(cell) is Timer:
                            if cell.cancelled:
                                continue
                            cell = cell.cell
                            handler = cell.fast.get(kind)
                    self.cause = sequence
                    name = kinds[kind]
                    if name is not None:
                        write((sequence, self.now, sender, cell.name, name, cause, message))  # type: ignore[union-attr]  # a Cell or an Asked
                    if handler is not None:
                        handler(message)
                    else:
                        await self._deliver_slowly(cell, message, sequence)  # type: ignore[arg-type]  # as above
                until_look -= 1
                if until_look <= 0:
                    # Looks come at multiples of their distance, and so at each multiple of the longest, however long
                    # things take: what the journal takes, and when, must not depend on the wall (K6).
                    looked_at += look_every
                    if entries and looked_at % LOOK_EVERY == 0:
                        cell = None
                        self.journal.take()  # type: ignore[union-attr]  # there are entries, so there is a journal
                    elapsed = wall_ns() - last_look
                    if elapsed >= YIELD_NS // 2:
                        look_every = max(1, look_every // 2 if elapsed > YIELD_NS else look_every)
                        cell = None
                        await self._yield()
                        last_look = wall_ns()
                    elif look_every < LOOK_EVERY and elapsed < YIELD_NS // 4 and looked_at % (2 * look_every) == 0:
                        look_every *= 2
                    until_look = look_every
        except (ActorFailed, JournalError):
            raise
        except (Exception, SystemExit) as error:  # a handler must not take the program down
            if type(cell) is Asked:
                cell = cell.cell
            if not isinstance(cell, Cell):
                raise  # a stream or a listener outside the system
            self._take_back(cell, self.cause)
            raise self._failed(cell, message, self.cause, error) from error

    async def _yield(self) -> None:
        """Let trio run its other tasks: signals, progress, cancellation."""
        if self._on_yield is not None:
            self._on_yield(self)
        await trio.lowlevel.checkpoint()
