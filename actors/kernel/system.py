"""A system of actors: it is built, and then run once.

It is made in layers, and each knows only those below it: the agenda of what was sent, the timeline that streams fill,
the directory of who gets what, the turns of the actors' tasks, the loop that delivers, and what stands here. All are
one object, for the loop and the actors read its numbers at every message.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import attrs
import outcome
import trio

from tradepit.actors.kernel.actor import Actor
from tradepit.actors.kernel.boundary import Boundary
from tradepit.actors.kernel.delivery import Delivery
from tradepit.actors.kernel.errors import ActorError, ActorFailed, JournalError, UnknownActor
from tradepit.actors.kernel.guard import KERNEL
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.lifecycle import Ended, Start, Stop, Stopped, StopReason, WaitEnded
from tradepit.actors.kernel.links import Link
from tradepit.actors.kernel.mailbox import Cell
from tradepit.actors.kernel.pace import Pace
from tradepit.actors.kernel.turns import single


class Dispatch(StrEnum):
    """How messages reach their actors; both give the same journal."""

    INLINE = "inline"
    TASK = "task"


@attrs.frozen(kw_only=True)
class Outcome:
    """How a run went, as far as the kernel knows.

    Attributes:
        time: virtual time at the end, ns since the Unix epoch.
        sequence: the last sequence number given.
        streamed: how many messages came from streams.
        stopped: whether the run was asked from outside to end before its end.
    """

    time: int
    sequence: int
    streamed: int
    stopped: bool


class System(Delivery):
    """A system of actors in virtual time."""

    def __init__(
        self,
        *,
        seed: int = 0,
        start: int = 0,
        dispatch: Dispatch = Dispatch.INLINE,
        journal: Journal | None = None,
        on_yield: Callable[["System"], None] | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Make an empty system.

        Args:
            seed: the run's seed; every actor's random stream comes from it and the actor's name.
            start: virtual time at the start, ns since the Unix epoch.
            dispatch: how messages reach their actors.
            journal: takes the entries; None keeps none.
            on_yield: called each time the kernel lets trio run, about every 10 ms of real time.
            pace: ties virtual time to the clock on the wall; None lets it jump to whatever is due next.
        """
        super().__init__(start, journal, on_yield)
        self.seed = seed
        self.pace = pace
        self.dispatch = dispatch
        self._running = False

    # --- building -------------------------------------------------------------------------------------------------

    def add(self, name: str, actor: Actor) -> None:
        """Add an actor under a name; actors start in the order in which they were added."""
        if self._running:
            raise ActorError(f"actor {name!r} must be added before the run begins")
        if name in self.cells or name in ("", KERNEL):
            raise ActorError(f"an actor's name must be free, was {name!r}")
        if hasattr(actor, "_cell"):
            raise ActorError(f"an actor can be in one place only, {actor.name!r} was to be {name!r} too")
        cell = Cell(name, len(self.cells), actor, type(actor).handlers)
        if self.dispatch is Dispatch.INLINE:
            cell.allow_direct_calls(type(actor).handlers)
        actor.name = name
        actor._system = self  # noqa: SLF001  the system and its actors are two halves of one thing
        actor._cell = cell  # noqa: SLF001
        self.cells[name] = cell
        for kind in cell.handlers:
            if kind in self.routes:
                self.routes[kind].cells.add_to_all(cell)

    def link(self, sender: str, receiver: str, link: Link) -> None:
        """Let what one actor sends to another pass a link."""
        for name in (sender, receiver):
            if name not in self.cells:
                raise UnknownActor(f"a link names {name!r}; {self.who()}")
        if link.transparent:
            return
        actor = self.cells[sender].actor
        cell = self.cells[receiver]
        actor._links = {**actor._links, cell: link}  # noqa: SLF001  the kernel's own half of the actor
        actor._links_to = {**actor._links_to, receiver: (link, cell)}  # noqa: SLF001  as above
        if isinstance(actor, Boundary) and actor.feeds:
            return  # what it posts passes links when it comes in
        # Only actors with links pay for them.
        actor.send = actor._send_over_links  # type: ignore[method-assign]  # noqa: SLF001  as above
        actor.publish = actor._publish_over_links  # type: ignore[method-assign]  # noqa: SLF001  as above

    # --- running --------------------------------------------------------------------------------------------------

    async def run(self, *, end: int | None = None, closing: Sequence[Any] = ()) -> Outcome:
        """Run until nothing is left to do, or until the end.

        With streams, the run's end is the end of the data; timers that lie later do not ring. Without streams it
        runs until no message and no timer is left. With `end`, everything up to and at that time happens, and time
        stands there. However it ends, what is then under way over links still arrives. Then each closing message is
        published, and what it brings about is delivered before the next; last, the actors stop in reverse order. One
        whose handler still waits stops when that handler has been ended at its wait and the mailbox is empty.

        Raises:
            ActorFailed: a handler raised; the journal holds everything up to the message that it was handling.
            JournalError: the journal could not be written.
        """
        if self._running:
            raise ActorError("a system runs once")
        self._running = True
        if self.journal is not None:
            self.journal.begin(self.subscriptions())
        try:
            stopped = await self._run(end, closing)
        except BaseException as failure:
            if isinstance(failure, ActorFailed):
                self._say_last()
            try:
                self._close_journal(finished=False)
            except JournalError as error:
                failure.add_note(f"Nor could the journal be written to its end: {error}")
            raise
        self._close_journal(finished=True)
        return Outcome(time=self.now, sequence=self.sequence, streamed=self.streamed, stopped=stopped)

    async def _run(self, end: int | None, closing: Sequence[Any]) -> bool:
        stopped = False
        try:
            async with trio.open_nursery() as nursery:
                try:
                    for cell in self.cells.values():
                        await nursery.start(self._live, cell)
                    self._take_first_snapshots()
                    await self._open_outside(nursery)
                    stopped = await self._phases(end, closing)
                finally:
                    self._end_listeners()
                    self._end_tasks()
                    nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            failure = single(group)
            if failure is None:
                raise
            raise failure from failure.__cause__
        return stopped

    def _close_journal(self, *, finished: bool) -> None:
        if self.journal is not None:
            self.journal.close(finished=finished)

    async def _phases(self, end: int | None, closing: Sequence[Any]) -> bool:
        """Go from the start to the end; tell whether that came because somebody had asked for it."""
        for cell in self.cells.values():
            if Start in cell.handlers:
                self._put(KERNEL, cell, Start(), 0)
        await self._deliver(end)
        self._catch_up(end)
        because = self._because if self._stop else StopReason.DATA_ENDED if self._data_over else ""
        if because:
            self._put(KERNEL, None, Stopped(because=because), 0)
        elif end is not None and self.now < end:
            self.now = end
        await self._deliver(None, draining=True)
        for message in closing:
            self._put(KERNEL, None, message, 0)
            await self._deliver(None, draining=True)
        for cell in reversed(self.cells.values()):
            await self._end_waits(cell)
            if Stop in cell.handlers and not cell.ended:
                self._put(KERNEL, cell, Stop(), 0)
                await self._deliver(None, draining=True)
                await self._end_waits(cell)
        return because == StopReason.ASKED

    async def _end_waits(self, cell: Cell) -> None:
        """End an actor's handler that waits for what will not come any more, and let it empty its mailbox."""
        while cell.waiting:
            self.cause = 0
            cell.note(self.now)
            cell.note(WaitEnded())
            await self._give_turn(cell, outcome.Error(Ended()))
            await self._deliver(None, draining=True)
