"""The loop: it delivers what is due, moves time on, feeds the journal, and lets trio run now and then (K3, K7).

Task dispatch wakes an actor's task for every delivery. Inline dispatch calls a plain handler directly while the actor's
task is parked and its mailbox empty. Which of the two it is, the loop reads off each actor's `fast` handlers.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import trio

from tradepit.actors.kernel.clock import wall_ns
from tradepit.actors.kernel.errors import ActorFailed, JournalError, MailboxFull, NeverEnds, NoHandler
from tradepit.actors.kernel.journal import Entry, Journal
from tradepit.actors.kernel.mailbox import Asked, Cell
from tradepit.actors.kernel.outside import Outside
from tradepit.actors.kernel.schedule import Apart, DueEntry, OverLink, RestartDue, Settled, Target, Timer

YIELD_NS = 10_000_000
LOOK_EVERY = 256
MOST_DRAINED = 1_000_000
"""Messages that are delivered when the data are over, and as many more for each that waits then."""
DRAINED_FOR_EACH = 100
A_RESTART = 1_000
"""Messages that a restart counts for: as many and more may be replayed."""


class Delivery(Outside):
    """The loop over what is due."""

    def __init__(self, start: int, journal: Journal | None, on_yield: Callable[[Any], None] | None) -> None:
        super().__init__(start, journal)
        self._on_yield = on_yield
        self._over: tuple[int, int, int] | None = None  # what had been delivered and restarted, and what may be

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
        sequence = 0
        sender = ""
        cell: Target = None
        message: Any = None
        settling: list[DueEntry] = []
        last = math.inf if end is None else end
        self._over = None
        # What is left to do about what was published last, should an actor crash on it.
        published = 0
        second_round = 0
        unfinished = False
        receivers: Iterator[Cell] = iter(())
        listeners: Sequence[Callable[[Any], None]] = ()
        late: tuple[Cell, ...] = ()
        while True:
            try:
                if unfinished:
                    unfinished = False
                    await self._publish_on(receivers, message, sequence)
                    cell = None
                    for listener in listeners:
                        listener(message)
                    if late and sender == self._feed:
                        settling.append((sequence, sender, Settled(late), message, 0))
                    else:
                        await self._publish_on(iter(late), message, sequence)
                while True:
                    if until_look <= 0:
                        # Looks come at multiples of their distance, and so at each multiple of the longest, however
                        # long things take: what the journal takes, and when, must not depend on the wall (K6).
                        looked_at += look_every
                        if looked_at % LOOK_EVERY == 0:
                            cell = None
                            if entries:
                                self.journal.take()  # type: ignore[union-attr]  # there are entries, so there is a journal
                            self._look_after_actors()
                            if draining or (end is None and self._head is None and self._feed and not self._goes_on):
                                self._bound_the_end(looked_at)
                        elapsed = wall_ns() - last_look
                        if elapsed >= YIELD_NS // 2:
                            look_every = max(1, look_every // 2 if elapsed > YIELD_NS else look_every)
                            cell = None
                            await self._yield()
                            last_look = wall_ns()
                        elif look_every < LOOK_EVERY and elapsed < YIELD_NS // 4 and looked_at % (2 * look_every) == 0:
                            look_every *= 2
                        until_look = look_every
                    if due:
                        sequence, sender, cell, message, cause = take()
                        kind = type(message)
                        if cell is None:
                            self.cause = published = sequence
                            route = routes[kind]
                            key_of = route.key_of  # called as a method it would be looked up on the class first
                            key = key_of(message)
                            name = route.kind
                            if name is not None:
                                route.count += 1
                                write((sequence, self.now, sender, None, name, cause, message))
                            route.latest[key] = message
                            # Whoever gets it now is not to get it again: the late are those who were late before.
                            late = route.late[key] if route.settles else ()
                            listeners = route.taps
                            receivers = iter(route.cells[key])
                            for cell in receivers:  # and the failure of a handler names the receiver by it
                                handler = cell.fast[kind]
                                if handler is not None:
                                    note = cell.note
                                    note(self.now)
                                    note(message)
                                    handler(message)
                                else:
                                    await self._deliver_slowly(cell, message, sequence)
                            if listeners:
                                cell = None
                                for listener in listeners:
                                    listener(message)
                            if late:
                                if sender == self._feed and (
                                    self.sequence != sequence or self._at_once > 1 or settling
                                ):
                                    settling.append((sequence, sender, Settled(late), message, 0))
                                else:
                                    receivers, listeners, late = iter(late), (), ()
                                    for cell in receivers:
                                        handler = cell.fast[kind]
                                        if handler is not None:
                                            note = cell.note
                                            note(self.now)
                                            note(message)
                                            handler(message)
                                        else:
                                            await self._deliver_slowly(cell, message, sequence)
                        else:
                            handler = cell.fast[kind]
                            if handler is None:
                                if type(cell) is Settled:
                                    self.cause = published = second_round = sequence
                                    route = routes[kind]
                                    key_of = route.key_of
                                    key = key_of(message)
                                    late = cell.cells if cell.cells is route.late[key] else route.still(cell.cells, key)
                                    receivers, listeners, late = iter(late), (), ()
                                    for cell in receivers:
                                        handler = cell.fast[kind]
                                        if handler is not None:
                                            note = cell.note
                                            note(self.now)
                                            note(message)
                                            handler(message)
                                        else:
                                            await self._deliver_slowly(cell, message, sequence)
                                    continue
                                if type(cell) is Timer:
                                    if cell.cancelled:
                                        continue
                                    cell = cell.cell
                                    handler = cell.fast[kind]
                                elif type(cell) is OverLink:
                                    cell = cell.cell
                                    if not self._sees(cell, message):
                                        continue
                                    handler = cell.fast[kind]
                                elif type(cell) is Apart:
                                    published = 0
                                    late = await self._publish_apart(cell.cells, sequence, sender, cause, message)
                                    if late:
                                        settling.append((sequence, sender, Settled(late), message, 0))
                                    until_look -= 1
                                    continue
                                elif type(cell) is RestartDue:
                                    self.cause = cause
                                    await self._bring_back(cell.cells, cell.supervisor)
                                    continue
                            self.cause = sequence
                            name = kinds[kind]
                            if name is not None:
                                write((sequence, self.now, sender, cell.name, name, cause, message))  # type: ignore[union-attr]  # a Cell or an Asked
                            if handler is not None:
                                note = cell.note  # type: ignore[union-attr]  # as above
                                note(self.now)
                                note(message)
                                handler(message)
                            else:
                                self._relay, self._relayed = until_look - 1, 0
                                await self._deliver_slowly(cell, message, sequence)  # type: ignore[arg-type]  # as above
                                until_look -= self._relayed
                                self._relay = 0
                    elif settling:
                        due.extend(settling)
                        settling.clear()
                        continue
                    else:
                        cell = None
                        if self._stop and not draining:
                            return
                        if self._open:
                            if await self._next_outside(end, draining=draining):
                                continue
                            return
                        message = None if draining or self._head is None else self._next_alone(end)
                        if message is None:
                            if self._move_on(end, draining=draining):
                                continue
                            return
                        # What is streamed and alone at its instant: nearly everything in a run over bars. So this
                        # goes round by itself as long as nothing else is to be done.
                        sender = self._feed
                        kind = None
                        while True:
                            if type(message) is not kind:
                                kind = type(message)
                                route = routes[kind]
                                key_of, latest, cells_of, late_of = route.key_of, route.latest, route.cells, route.late
                            self.cause = published = sequence = self.sequence
                            key = key_of(message)
                            name = route.kind
                            if name is not None:
                                route.count += 1
                                write((sequence, self.now, sender, None, name, 0, message))
                            latest[key] = message
                            late = late_of[key] if route.settles else ()
                            listeners = route.taps
                            receivers = iter(cells_of[key])
                            for cell in receivers:
                                handler = cell.fast[kind]
                                if handler is not None:
                                    note = cell.note
                                    note(message)
                                    handler(message)
                                else:
                                    await self._deliver_slowly(cell, message, sequence)
                            if listeners:
                                cell = None
                                for listener in listeners:
                                    listener(message)
                            if late:
                                if self.sequence != sequence:
                                    settling.append((sequence, sender, Settled(late), message, 0))
                                else:
                                    receivers = iter(late)
                                    listeners = late = ()
                                    for cell in receivers:
                                        handler = cell.fast[kind]
                                        if handler is not None:
                                            note = cell.note
                                            note(message)
                                            handler(message)
                                        else:
                                            await self._deliver_slowly(cell, message, sequence)
                            until_look -= 1
                            if until_look <= 0 or due or settling or self._stop:
                                break
                            cell = None
                            # As in `_next_alone`, without a call.
                            message = self._head
                            following = self._second
                            if message is None or following is None or self._streams_slowly:
                                break
                            time = message.time
                            if following.time <= time or time > last:
                                break
                            later = self._later
                            if later and later[0][0] <= time:
                                break
                            self._head = following
                            try:
                                self._second = next(self._rest, None)
                            except Exception as error:  # noqa: BLE001  it is raised when the run has come so far
                                self._end_stream(error)
                            self.now = time
                            self.sequence += 1
                            self.streamed += 1
                        if until_look > 0:
                            continue
                    until_look -= 1
            except (ActorFailed, JournalError):
                raise
            except (Exception, SystemExit) as error:  # a handler must not take the program down
                asked = cell if type(cell) is Asked else None
                if asked is not None:
                    cell = asked.cell
                if not isinstance(cell, Cell):
                    raise  # a stream or a listener outside the system
                await self._caught(cell, message, asked, error)
                unfinished = published == sequence
                if second_round != sequence:  # that is none of those that are counted
                    until_look -= 1

    def _bound_the_end(self, delivered: int) -> None:
        """See that what is delivered after the data comes to an end; called now and then, at the same messages always.

        Raises:
            ActorFailed: it does not; it names who sends what is due next.
        """
        if self._over is None:
            waiting = len(self.due) + len(self._later) + sum(len(cell.mailbox) for cell in self.cells.values())
            self._over = delivered, self._restarts, MOST_DRAINED + DRAINED_FOR_EACH * waiting
        before, restarts, most = self._over
        delivered -= before
        restarts = self._restarts - restarts
        if delivered + A_RESTART * restarts <= most or not (self.due or self._later):
            return
        sequence, sender, target, message, _ = self.due[0] if self.due else self._later[0][1:]
        kind = type(message).__name__
        if type(target) is RestartDue:
            sender, kind = target.cells[0].name, "its restart"
        elif sender not in self.cells:
            sender = getattr(message, "actor", sender)  # whom the kernel speaks of
        error = NeverEnds(
            f"since the data are over {delivered:,} messages were delivered and {restarts:,} restarts made, and there "
            f"is always more"
        )
        raise ActorFailed(sender, kind, sequence, self.now, message, error) from error

    async def _caught(self, cell: Cell, message: Any, asked: Asked | None, error: BaseException) -> None:
        """Take back what a handler did that raised, and let its supervisor decide."""
        self._take_back(cell, self.cause)
        if isinstance(error, (NoHandler, MailboxFull)):
            raise ActorFailed(cell.name, type(message).__name__, self.cause, self.now, message, error) from error
        await self._crashed(cell, message, self.cause, asked, error)

    def _sees(self, cell: Cell, message: Any) -> bool:
        """Note what came to an actor over a link; tell whether the actor is to handle it."""
        kind = type(message)
        route = self.routes[kind]
        key = route.key_of(message)
        cell.seen.setdefault(kind, {})[key] = message
        return cell in route.cells[key] or cell in route.late[key]

    async def _publish_apart(
        self, apart: frozenset[Cell], sequence: int, sender: str, cause: int, message: Any
    ) -> tuple[Cell, ...]:
        """Publish a message to all but some, who get it over links; return who gets it when the instant has settled."""
        self.cause = sequence
        route = self.routes[type(message)]
        key = route.key_of(message)
        if route.kind is not None:
            route.count += 1
            self.journal.entries.append((sequence, self.now, sender, None, route.kind, cause, message))  # type: ignore[union-attr]  # only a journal names kinds
        route.latest[key] = message
        late = tuple(cell for cell in route.late[key] if cell not in apart)
        await self._publish_on(iter([cell for cell in route.cells[key] if cell not in apart]), message, sequence)
        for listener in route.taps:
            listener(message)
        if late and sender == self._feed:
            return late
        await self._publish_on(iter(late), message, sequence)
        return ()

    async def _publish_on(self, receivers: Iterator[Cell], message: Any, sequence: int) -> None:
        """Deliver what is published to those who are left when one of the others has crashed on it."""
        kind = type(message)
        for cell in receivers:
            self.cause = sequence
            try:
                handler = cell.fast[kind]
                if handler is not None:
                    note = cell.note
                    note(self.now)
                    note(message)
                    handler(message)
                else:
                    await self._deliver_slowly(cell, message, sequence)
            except (ActorFailed, JournalError):
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  its supervisor decides
                await self._caught(cell, message, None, error)

    async def _yield(self) -> None:
        """Let trio run its other tasks: signals, progress, cancellation."""
        if self._on_yield is not None:
            self._on_yield(self)
        await trio.lowlevel.checkpoint()
