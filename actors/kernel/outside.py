"""The outside: what boundary actors bring in, real time, and the playback of both (K14, K15).

What comes from outside waits in the inbox until nothing more can be delivered at the present time and nothing is due
that should have come before it. Only then is it numbered. So its place in the order stands in the journal, and a
playback puts it there again: when everything up to its time has been delivered, under the number that it had.
"""

import math
from collections import deque
from collections.abc import Iterable
from typing import Any, TypeAlias

import trio

from tradepit.actors.kernel.actor import Actor
from tradepit.actors.kernel.boundary import Boundary
from tradepit.actors.kernel.errors import ActorError
from tradepit.actors.kernel.guard import Guard
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.lifecycle import ActorRestarted, Replied, Start, Stop
from tradepit.actors.kernel.mailbox import Asked, Cell, Waiting
from tradepit.actors.kernel.pace import Pace
from tradepit.actors.kernel.schedule import NO_HANDLERS

Post: TypeAlias = tuple[str, Cell | None, Any, int]
"""(sender, receiver or None for what is published, message, cause)."""

Played: TypeAlias = tuple[int, int, str, str | None, Any, int]
"""(time, sequence, sender, receiver or None for what is published, message, cause)."""


class Outside(Guard):
    """The actors with a way to the outside.

    Attributes:
        pace: ties virtual time to the wall; None in virtual time.
    """

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start, journal)
        self.pace: Pace | None = None
        self._open = False  # whether anything may come from outside, or time passes by itself
        self._stop = False
        self._inbox: deque[Post] = deque()
        self._news = trio.Event()
        self._played: deque[Played] | None = None
        self._nursery: trio.Nursery | None = None
        self._main: trio.lowlevel.Task | None = None
        self._listeners: dict[Cell, trio.CancelScope] = {}
        self._busy_outside = 0  # messages that boundary actors are at, in real time
        self._failed_outside: deque[tuple[Cell, Any, int, Asked | None, Exception]] = deque()
        self._held_posts: dict[Cell, list[Post]] = {}

    def stop(self) -> None:
        """Ask the run to end as if the data had ended here; may be called from another trio task."""
        self._stop = True
        self._news.set()

    # --- what boundary actors ask for -----------------------------------------------------------------------------

    def post(self, cell: Cell, receiver: Cell | None, message: Any) -> None:
        """Let a message of a boundary actor enter the order: at once, or when its handler returns."""
        task = trio.lowlevel.current_task()
        if task is not cell.task and task is not self._main:
            self._inbox.append((cell.name, receiver, message, 0))
            self._news.set()
        elif (held := self._held_posts.get(cell)) is not None:
            held.append((cell.name, receiver, message, 0 if cell.current is None else cell.current[0]))
        else:
            self._put(cell.name, receiver, message, self.cause)

    # --- the loop has nothing to deliver --------------------------------------------------------------------------

    async def _next_outside(self, end: int | None, *, draining: bool) -> bool:
        """Wait for whatever comes next, from outside or by the clock; False when nothing more comes.

        In virtual time what has come from outside goes before what is due later, and time stands still meanwhile.
        """
        while True:
            while self._failed_outside:
                await self._crashed(*self._failed_outside.popleft())
            if (self._stop and not draining) or self.due:
                return True  # the loop sees it
            if draining:
                self._end_listeners()
            due = self._next_time(end, draining=draining)
            if self._played is not None:
                return self._play_on(due, draining=draining)
            pace = self.pace
            wall = self.now if pace is None else max(pace.now(), self.now)
            if due is not None and (due <= wall or draining or (pace is None and not self._inbox)):
                if pace is not None and not draining:
                    pace.note(max(0, wall - due))
                self._advance(due, draining=draining)
                return True
            if self._inbox:
                self.now = wall if end is None else min(wall, max(end, self.now))
                self._enter()
                return True
            until = due
            if pace is not None and not draining and end is not None and (until is None or end < until):
                if wall >= end:
                    return False
                until = end
            if until is None and not self._busy_outside and not self._listeners:
                return False
            await self._wait_for_news(until)

    async def _wait_for_news(self, until: int | None) -> None:
        self._news = trio.Event()
        if self._inbox or self._stop or self._failed_outside:
            await trio.lowlevel.checkpoint()
            return
        seconds = math.inf if until is None or self.pace is None else self.pace.seconds_until(until)
        with trio.move_on_after(seconds):
            await self._news.wait()

    def _enter(self) -> None:
        """Number what has come from outside, in the order in which it came."""
        inbox = self._inbox
        while inbox:
            sender, receiver, message, cause = inbox.popleft()
            self._put(sender, receiver, message, cause)

    # --- a playback -----------------------------------------------------------------------------------------------

    def play_back(self, names: Iterable[str], posts: Iterable[Played], *, feed: str = "") -> None:
        """Take what some actors sent from a journal, in place of running them; before the run.

        Args:
            names: the actors; their handlers are not called.
            posts: what they sent, in the order of its numbers.
            feed: the one of them that streamed, if any.
        """
        self._played = deque(posts)
        self._played_for = frozenset(names)
        for name in names:
            cell = self.cell_of(name)
            cell.plain = cell.fast = NO_HANDLERS
        self._feed = feed
        self._goes_on = bool(self._played)
        self._open = True

    def _play_on(self, due: int | None, *, draining: bool) -> bool:
        """Put in what was sent next, if its place is here; else let time move on."""
        played = self._played
        assert played is not None
        if not played or draining:
            self._goes_on = False
        elif played[0][1] == self.sequence + 1 and (due is None or played[0][0] <= due):
            time = played[0][0]
            if due == time:
                self._advance(due, draining=draining)
            self.now = max(self.now, time)
            before = self.sequence
            while played and played[0][0] == time and played[0][1] == self.sequence + 1:
                _, _, sender, receiver, message, cause = played.popleft()
                self._put(sender, None if receiver is None else self.cell_of(receiver), message, cause)
                self.streamed += sender == self._feed
            self._at_once = self.sequence - before
            self._goes_on = bool(played)
            return True
        if due is None:
            return False
        self._advance(due, draining=draining)
        return True

    # --- the boundary actors' tasks -------------------------------------------------------------------------------

    async def _open_outside(self, nursery: trio.Nursery) -> None:
        """Begin to listen; in real time let boundary actors work beside the others."""
        self._nursery = nursery
        self._main = trio.lowlevel.current_task()
        if self.pace is not None:
            self.pace.begin(self.now)
            self._open = True
        for cell in self.cells.values():
            if not isinstance(cell.actor, Boundary) or cell.name in self._played_for:
                continue
            if cell.actor._links:  # noqa: SLF001  the kernel's own half of the actor
                raise ActorError(f"{cell.name!r} is a boundary actor: what it sends passes no links")
            self._open = True
            if self.pace is not None:
                cell.plain = cell.fast = NO_HANDLERS
                channel, work = trio.open_memory_channel[Waiting](math.inf)
                cell.outside = channel
                nursery.start_soon(self._work, cell, work)
            if _listens(cell.actor):
                self._begin_to_listen(cell)

    def _begin_to_listen(self, cell: Cell) -> None:
        assert self._nursery is not None
        scope = self._listeners[cell] = trio.CancelScope()
        self._nursery.start_soon(self._listen, cell, scope)

    def _end_listeners(self) -> None:
        for scope in self._listeners.values():
            scope.cancel()

    async def _listen(self, cell: Cell, scope: trio.CancelScope) -> None:
        """Be the task in which a boundary actor listens."""
        assert isinstance(cell.actor, Boundary)
        try:
            with scope:
                await cell.actor.run()
        except Exception as error:  # noqa: BLE001  its supervisor decides
            self._failed_outside.append((cell, Listening(), 0, None, error))
        finally:
            if self._listeners.get(cell) is scope:
                del self._listeners[cell]
            self._news.set()

    async def _work(self, cell: Cell, work: "trio.MemoryReceiveChannel[Waiting]") -> None:
        """Be the task in which a boundary actor handles its messages in real time."""
        cell.task = trio.lowlevel.current_task()
        async for item in work:
            sequence, message, asked, _ = item
            kind = type(message)
            posts = self._held_posts[cell] = []
            cell.current = item
            try:
                result = cell.handlers[kind](message) if kind not in (Start, Stop) else cell.handlers[kind]()
                if cell.is_async[kind]:
                    result = await result
            except Exception as error:  # noqa: BLE001  its supervisor decides
                self._failed_outside.append((cell, message, sequence, asked, error))
            else:
                if asked is not None:
                    posts.append((cell.name, asked.asker, Replied(wait=asked.wait, value=result), sequence))
                self._inbox.extend(posts)
            finally:
                cell.current = None
                del self._held_posts[cell]
                self._busy_outside -= 1
                self._news.set()

    def _hand_out(self, cell: Cell, item: Waiting) -> None:
        """Give a message to a boundary actor that works beside the others."""
        assert cell.outside is not None
        self._busy_outside += 1
        cell.outside.send_nowait(item)

    async def _bring_back(self, cells: tuple[Cell, ...], supervisor: str) -> None:
        inside = tuple(cell for cell in cells if cell.outside is None)
        await super()._bring_back(inside, supervisor)
        for cell in cells:
            if cell.outside is None or cell.down_since is None or cell.ended:
                continue
            assert cell.snapshot is not None
            down_ns, cell.down_since = self.now - cell.down_since, None
            cell.statistics.restarts += 1
            cell.snapshot.put_back(cell, self)
            self._say(
                ActorRestarted(actor=cell.name, supervisor=supervisor, replayed=0, down_ns=down_ns, time=self.now)
            )
            if Start in cell.handlers:
                self._hand_out(cell, (self.sequence, Start(), None, self.now))
            while cell.mailbox:
                item = cell.mailbox.popleft()
                if type(item[1]) is not Listening:
                    self._hand_out(cell, item)
            if _listens(cell.actor) and cell not in self._listeners:
                self._begin_to_listen(cell)


def _listens(actor: Actor) -> bool:
    return isinstance(actor, Boundary) and type(actor).run is not Boundary.run


class Listening:
    """Stands for the task of a boundary actor that listens, where a crash names a message."""
