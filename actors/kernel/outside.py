"""The outside: what boundary actors bring in, and real time (K14, K15).

What comes from outside waits in the inbox until nothing more can be delivered at the present time and nothing is due
that should have come before it. Only then is it numbered. So its place in the order stands in the journal, and a
playback puts it there again: when everything up to its time has been delivered, under the number that it had.
"""

import math
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

import trio

from tradepit.actors.kernel.actor import Actor
from tradepit.actors.kernel.boundary import Boundary
from tradepit.actors.kernel.errors import ActorError
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.lifecycle import ActorRestarted, Listening, Replied, Start, Stop, StopReason
from tradepit.actors.kernel.mailbox import Asked, Cell, Waiting
from tradepit.actors.kernel.pace import Pace
from tradepit.actors.kernel.playback import Playback
from tradepit.actors.kernel.schedule import NO_HANDLERS

Post: TypeAlias = tuple[str, Cell | None, Any, int]
"""(sender, receiver or None for what is published, message, cause)."""

MOST_WAITING = 4096
TELL_S = 0.25
WRITE_S = 0.1
"""How often the journal is written in real time; where its blocks end does not depend on it."""


class _Work:
    """A boundary actor's work on one message, beside the others.

    Attributes:
        task: in which it is done.
        item: the message.
        posts: what it has sent; they enter the order when it is done.
        scope: ends it.
    """

    def __init__(self, item: Waiting) -> None:
        self.task = trio.lowlevel.current_task()
        self.item = item
        self.posts: list[Post] = []
        self.scope = trio.CancelScope()


class Outside(Playback):
    """The actors with a way to the outside.

    Attributes:
        pace: ties virtual time to the wall; None in virtual time.
    """

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start, journal)
        self.pace: Pace | None = None
        self._on_yield: Callable[[Any], None] | None = None
        self._stopped_by_hand = False
        self._data_over = False
        self._token: trio.lowlevel.TrioToken | None = None
        self._room: trio.Event | None = None
        self._entered = -1  # when something came in last: in real time no two things come in at one instant
        self._inbox: deque[Post] = deque()
        self._news = trio.Event()
        self._nursery: trio.Nursery | None = None
        self._main: trio.lowlevel.Task | None = None
        self._listeners: dict[Cell, trio.CancelScope] = {}
        self._at_work: dict[Cell, _Work] = {}  # boundary actors that work beside the others
        self._failed_outside: deque[tuple[Cell, Any, int, Asked | None, BaseException]] = deque()

    def stop(self, *, by_hand: bool = False, because: str = StopReason.ASKED) -> None:
        """Ask the run to end as if the data had ended here; safe in a signal handler, and in any thread.

        Args:
            by_hand: whether somebody outside asks: in real time the end is then at the time that it is on the wall.
            because: what the journal says of it; with any other word the run does not count as stopped from outside.
        """
        if not self._stop:
            self._because = because
            self._stopped_by_hand = by_hand
            self._stop = True
        if self._token is not None:
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._wake, idempotent=True)

    def _wake(self) -> None:
        self._news.set()

    # --- what boundary actors ask for -----------------------------------------------------------------------------

    def post(self, cell: Cell, receiver: Cell | None, message: Any) -> None:
        """Let a message of a boundary actor enter the order: at once, or when its handler returns."""
        if cell.ended:
            return
        task = trio.lowlevel.current_task()
        work = self._at_work.get(cell)
        if work is not None and task is work.task:
            work.posts.append((cell.name, receiver, message, work.item[0]))
        elif task is not cell.task and task is not self._main:
            self._inbox.append((cell.name, receiver, message, 0))
            self._news.set()
        else:
            self._put(cell.name, receiver, message, self.cause)

    def end_data(self) -> None:
        """Let the run end when what has come in so far is delivered."""
        self._data_over = True
        self._goes_on = False
        self._news.set()

    async def wait_for_room(self) -> None:
        """Wait until less waits to come in, and no mailbox is full that holds back its sources."""
        while self._is_crowded():
            if self._room is None:
                self._room = trio.Event()
            await self._room.wait()

    def _is_crowded(self) -> bool:
        return len(self._inbox) >= MOST_WAITING or self._held_back()

    # --- the loop has nothing to deliver --------------------------------------------------------------------------

    async def _next_outside(self, end: int | None, *, draining: bool) -> bool:
        """Wait for whatever comes next, from outside or by the clock; False when nothing more comes.

        In virtual time what has come from outside goes before what is due later, and time stands still meanwhile.
        """
        while True:
            while self._failed_outside:
                failed = self._failed_outside.popleft()
                if not failed[0].ended:
                    self.cause = failed[2]
                    await self._crashed(*failed)
            if (self._stop and not draining) or self.due:
                return True  # the loop sees it
            if draining:
                self._end_feed()
            due = self._next_time(end, draining=draining)
            if self._stop_at is not None and not draining and self._stops_here(*self._stop_at, due):
                return True
            if self._plays:
                return self._play_on(due, draining=draining)
            if self._room is not None and not self._is_crowded():
                self._room.set()
                self._room = None
            if self._data_over and not (draining or self._inbox or self._works_outside()):
                return False
            came_in = self._come_in(end, due, draining=draining)
            if came_in is not None:
                return came_in
            until = due
            if self.pace is not None and not draining and end is not None and (until is None or end < until):
                if max(self.pace.now(), self.now) >= end:
                    return False
                until = end
            if until is None and not self._listeners and not self._works_outside():
                return False
            await self._wait_for_news(until)

    def _come_in(self, end: int | None, due: int | None, *, draining: bool) -> bool | None:
        """Take what is due by now, else what has come in; None when it is time for neither, False after the end."""
        pace = self.pace
        inbox = self._inbox
        ready = self._is_ready()
        wall = self.now if pace is None else max(pace.now(), self.now)
        if pace is not None and ready and wall <= self._entered:
            wall = self._entered + 1
        if due is not None and (due <= wall or draining or (pace is None and not ready)):
            if pace is not None and not draining and due >= pace.origin:
                pace.note(max(0, wall - due))
            self._advance(due, draining=draining)
            return True
        if not ready:
            return None
        if end is not None and wall > end:
            if self._entered == end:
                inbox.clear()  # it came in after the end
                return False
            self.now = self._entered = end
            self._enter(whole=True)
        else:
            self.now = self._entered = wall
            self._enter(whole=False)
        return True

    def _is_ready(self) -> bool:
        """Tell whether something waits to come in, and nothing holds it back."""
        inbox = self._inbox
        return bool(inbox) and not (inbox[0][0] == self._feed and self._held_back())

    def _works_outside(self) -> bool:
        """Tell whether a boundary actor is at a message, or about to be."""
        return bool(self._at_work) or any(
            cell.outside is not None and cell.mailbox and not cell.busy for cell in self.cells.values()
        )

    async def _wait_for_news(self, until: int | None) -> None:
        self._news = trio.Event()
        if self._is_ready() or self._stop or self._failed_outside:
            await trio.lowlevel.checkpoint()
            return
        seconds = math.inf if until is None or self.pace is None else self.pace.seconds_until(until)
        if self._on_yield is not None:  # whoever watches sees that nothing happens
            self._on_yield(self)
            seconds = min(seconds, TELL_S)
        with trio.move_on_after(seconds):
            await self._news.wait()

    def _enter(self, *, whole: bool) -> None:
        """Number what has come from outside, in the order in which it came.

        Args:
            whole: all of it at this instant; else a message of the feed has an instant of its own.
        """
        inbox = self._inbox
        feed = self._feed
        before = self.sequence
        while inbox:
            sender, receiver, message, cause = inbox.popleft()
            if sender != feed or receiver is not None:
                self._put(sender, receiver, message, cause)
            else:
                self._stream_one(message)
                self.streamed += bool(getattr(type(message), "__bulk__", False))
                if self.pace is not None:
                    self.pace.note(max(0, self.now - message.time))
            if not whole and inbox and feed in (sender, inbox[0][0]):
                break
        self._at_once = self.sequence - before

    def _end_feed(self) -> None:
        """Let nobody listen any more, and forget what the feed had brought in that was not delivered yet."""
        self._end_listeners()
        self._goes_on = False
        if self._feed and any(post[0] == self._feed for post in self._inbox):
            kept = [post for post in self._inbox if post[0] != self._feed]
            self._inbox.clear()
            self._inbox.extend(kept)

    def _catch_up(self, end: int | None) -> None:
        """Let the run end at the time that it is on the wall, short of what would be due by then."""
        if self.pace is None or not (self._stopped_by_hand or self._data_over):
            return
        ahead = [self.pace.now()]
        if end is not None:
            ahead.append(end)
        if self._later:
            ahead.append(self._later[0][0] - 1)
        if self._head is not None:
            ahead.append(self._head.time - 1)
        self.now = max(self.now, min(ahead))

    # --- the boundary actors' tasks -------------------------------------------------------------------------------

    async def _open_outside(self, nursery: trio.Nursery) -> None:
        """Begin to listen; in real time let boundary actors work beside the others."""
        self._nursery = nursery
        self._main = trio.lowlevel.current_task()
        self._token = trio.lowlevel.current_trio_token()
        if self.pace is not None:
            self.pace.begin(self.now)
            self._open = True
            if self.journal is not None:
                nursery.start_soon(self._write_down, self.journal)
        for cell in self.cells.values():
            if not isinstance(cell.actor, Boundary) or cell.name in self._played_for:
                continue
            if cell.actor._links and not cell.actor.feeds:  # noqa: SLF001  the kernel's own half of the actor
                raise ActorError(f"{cell.name!r} is a boundary actor: what it sends passes no links")
            self._open = True
            if cell.actor.feeds:
                if self._feed:
                    raise ActorError(f"{self._feed!r} feeds the system already, {cell.name!r} cannot")
                self._feed = cell.name
                self._goes_on = True
            if self.pace is not None:
                cell.plain = cell.fast = NO_HANDLERS
                cell.outside = trio.Event()
                nursery.start_soon(self._work, cell)
            if _listens(cell.actor):
                self._begin_to_listen(cell)

    @staticmethod
    async def _write_down(journal: Journal) -> None:
        """Let the journal never be far behind what was delivered: whoever kills the process loses little."""
        while True:
            await trio.sleep(WRITE_S)
            journal.take()

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
        except (Exception, SystemExit) as error:  # noqa: BLE001  its supervisor decides
            if self._listeners.get(cell) is scope:
                self._failed_outside.append((cell, Listening(), 0, None, error))
        finally:
            if self._listeners.get(cell) is scope:
                del self._listeners[cell]
            self._news.set()

    async def _work(self, cell: Cell) -> None:
        """Be the task in which a boundary actor handles its messages in real time."""
        while True:
            while cell.mailbox and not cell.busy:
                work = self._at_work[cell] = _Work(cell.mailbox.popleft())
                with work.scope:
                    await self._handle_outside(cell, work)
                if self._at_work.get(cell) is work:
                    del self._at_work[cell]
                self._news.set()
            cell.outside = trio.Event()
            await cell.outside.wait()

    async def _handle_outside(self, cell: Cell, work: _Work) -> None:
        sequence, message, asked, _ = work.item
        kind = type(message)
        try:
            result = cell.handlers[kind](message) if kind not in (Start, Stop) else cell.handlers[kind]()
            if cell.is_async[kind]:
                result = await result
        except (Exception, SystemExit) as error:  # noqa: BLE001  its supervisor decides
            if self._at_work.get(cell) is work:
                cell.busy = True  # until it is decided what becomes of the actor, the others wait
                self._failed_outside.append((cell, message, sequence, asked, error))
            return
        if self._at_work.get(cell) is not work:
            return  # the actor was restarted meanwhile, or has ended
        cell.statistics.deliveries[kind.__name__] += 1
        if asked is not None:
            work.posts.append((cell.name, asked.asker, Replied(wait=asked.wait, value=result), sequence))
        self._inbox.extend(work.posts)

    def _hand_out(self, cell: Cell, item: Waiting) -> None:
        """Give a message to a boundary actor that works beside the others."""
        assert cell.outside is not None
        if self.journal is not None:
            self.journal.take()  # nothing leaves that the journal does not know of
        self._enqueue(cell, item)
        cell.outside.set()

    # --- crashes --------------------------------------------------------------------------------------------------

    async def _end_actor(self, cell: Cell, supervisor: str, reason: str) -> None:
        self._end_listening(cell)
        self._break_off_work(cell)
        await super()._end_actor(cell, supervisor, reason)

    def _break_off_work(self, cell: Cell) -> _Work | None:
        work = self._at_work.pop(cell, None)
        if work is not None:
            work.scope.cancel()
        return work

    def _end_listening(self, cell: Cell) -> None:
        scope = self._listeners.pop(cell, None)
        if scope is not None:
            scope.cancel()

    async def _bring_back(self, cells: tuple[Cell, ...], supervisor: str) -> None:
        cause = self.cause
        for cell in cells:
            if cell.down_since is None or cell.ended:
                continue  # another supervisor was quicker
            self.cause = cause
            self._end_listening(cell)
            if cell.outside is None:
                await super()._bring_back((cell,), supervisor)
            else:
                self._bring_back_outside(cell, supervisor)
            if _listens(cell.actor) and cell.name not in self._played_for and cell not in self._listeners:
                self._begin_to_listen(cell)

    def _bring_back_outside(self, cell: Cell, supervisor: str) -> None:
        """Let a boundary actor that works beside the others begin afresh."""
        assert cell.snapshot is not None
        assert cell.outside is not None
        assert cell.down_since is not None
        down_ns, cell.down_since = self.now - cell.down_since, None
        cell.statistics.restarts += 1
        cell.snapshot.put_back(cell, self)
        self._say(ActorRestarted(actor=cell.name, supervisor=supervisor, replayed=0, down_ns=down_ns, time=self.now))
        work = self._break_off_work(cell)
        if work is not None:
            cell.mailbox.appendleft(work.item)
        self._start_afresh(cell)
        cell.busy = False
        cell.outside.set()


def _listens(actor: Actor) -> bool:
    return isinstance(actor, Boundary) and type(actor).run is not Boundary.run
