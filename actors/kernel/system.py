"""A system of actors: it starts them, moves time, delivers what is due, and ends the run.

One turn is held at any moment: by the loop below, or by the one actor whose task it has woken. So the order of
events never depends on the order in which trio runs its tasks (K6). Task dispatch wakes an actor's task for every
delivery. Inline dispatch calls a plain handler directly while the actor's task is parked and its mailbox empty (K7).
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from random import Random
from typing import Any

import attrs
import outcome
import trio

from tradepit.actors.kernel.actor import Actor
from tradepit.actors.kernel.clock import wall_ns
from tradepit.actors.kernel.errors import ActorError, ActorFailed, AskTimeout, JournalError, NoHandler, UnknownActor
from tradepit.actors.kernel.journal import Entry, Journal
from tradepit.actors.kernel.lifecycle import RESUMES, AskTimedOut, Ended, Replied, Start, Stop, Woke
from tradepit.actors.kernel.links import Link
from tradepit.actors.kernel.mailbox import Asked, Cell
from tradepit.actors.kernel.routes import Route
from tradepit.actors.kernel.schedule import NO_HANDLERS, SETTLED, Due, DueEntry, LaterEntry, Target, Timer
from tradepit.actors.kernel.streams import random_stream

YIELD_NS = 10_000_000
LOOK_EVERY = 256
KERNEL = "kernel"


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
        stopped: whether the run was stopped from outside before its end.
    """

    time: int
    sequence: int
    streamed: int
    stopped: bool


class _Routes(dict[type, Route]):
    """The routes by kind, made when a kind is first met."""

    def __init__(self, system: "System") -> None:
        super().__init__()
        self._system = system

    def __missing__(self, kind: type) -> Route:
        journal = self._system.journal
        written = journal is not None and journal.keeps(kind)
        route = self[kind] = Route(kind, written=written)
        for cell in self._system.cells.values():
            if kind in cell.handlers:
                route.cells.every_key[cell] = None
        return route


class _KindNames(dict[type, str | None]):
    """The journal's names of kinds that are sent, None for those that are not written down."""

    def __init__(self, journal: Journal | None) -> None:
        super().__init__()
        self._journal = journal

    def __missing__(self, kind: type) -> str | None:
        written = self._journal is not None and self._journal.keeps(kind)
        name = self[kind] = kind.__name__ if written else None
        return name


class System:
    """A system of actors in virtual time."""

    def __init__(
        self,
        *,
        seed: int = 0,
        start: int = 0,
        dispatch: Dispatch = Dispatch.INLINE,
        journal: Journal | None = None,
        on_yield: Callable[["System"], None] | None = None,
    ) -> None:
        """Make an empty system.

        Args:
            seed: the run's seed; every actor's random stream comes from it and the actor's name.
            start: virtual time at the start, ns since the Unix epoch.
            dispatch: how messages reach their actors.
            journal: takes the entries; None keeps none.
            on_yield: called each time the kernel lets trio run, about every 10 ms of real time.
        """
        self.seed = seed
        self.now = start
        self.dispatch = dispatch
        self.journal = journal
        self.sequence = 0
        self.cause = 0
        self.streamed = 0
        self.cells: dict[str, Cell] = {}
        self.due = Due()
        self.routes: dict[type, Route] = _Routes(self)
        self._kinds: dict[type, str | None] = _KindNames(journal)
        self._later: list[LaterEntry] = []
        self._under_way = 0
        self._settling: list[tuple[int, Any]] = []
        self._at_once = 0
        self._head: Any = None  # the next streamed message, and the one after it
        self._second: Any = None
        self._rest: Iterator[Any] = iter(())
        self._fault: Exception | None = None  # what the stream raised when the next message was read
        self._feed = ""
        self._undo: list[tuple[str, int, Callable[..., None], tuple[Any, ...]]] = []
        self._random: dict[str, Random] = {}
        self._on_yield = on_yield
        self._stop = False
        self._loop_task: trio.lowlevel.Task | None = None
        self._failure: tuple[Cell, Any, int, Exception] | None = None
        self._running = False
        self._ended = False

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
                self.routes[kind].cells.add(cell, None)

    def link(self, sender: str, receiver: str, link: Link) -> None:
        """Let what one actor sends to another pass a link."""
        for name in (sender, receiver):
            if name not in self.cells:
                raise UnknownActor(f"a link names {name!r}; {self.who()}")
        actor = self.cells[sender].actor
        if "_links" not in vars(actor):
            actor._links = {}  # noqa: SLF001
            actor.send = actor._send_over_links  # type: ignore[method-assign]  # noqa: SLF001  only actors with links pay for them
        actor._links[self.cells[receiver]] = link  # noqa: SLF001

    def tap(self, kind: type, listener: Callable[[Any], None]) -> None:
        """Call a function with every published message of a kind; it must not act back.

        It is called after the subscribers, except those who wait until the instant has settled.
        """
        route = self.routes[kind]
        route.taps = [*route.taps, listener]

    def untap(self, kind: type, listener: Callable[[Any], None]) -> None:
        """Call a function no more that `tap` was given; it may say so itself while it is called."""
        route = self.routes[kind]
        route.taps = [other for other in route.taps if other != listener]

    def tap_sent(self, kind: type, listener: Callable[[Any], None], *, to: str) -> None:
        """Call a function with every message of a kind that an actor gets, before its handler; it must not act back."""
        cell = self.cells[to]
        self._check_handles(cell, kind)
        cell.listen(kind, listener)

    def who(self) -> str:
        """Return the words that list the actors."""
        return f"the actors are {', '.join(repr(name) for name in self.cells) or 'none'}"

    def subscriptions(self) -> dict[str, list[str]]:
        """Return who handles what: names of actors by kind."""
        found: dict[str, list[str]] = {}
        for cell in self.cells.values():
            for kind in cell.handlers:
                if kind not in (Start, Stop):
                    found.setdefault(kind.__name__, []).append(cell.name)
        return dict(sorted(found.items()))

    def stop(self) -> None:
        """Ask the run to end as if the data had ended here; may be called from another trio task."""
        self._stop = True

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
        try:
            await self._run(end, closing)
        except BaseException as failure:
            try:
                self._close_journal()
            except JournalError as error:
                failure.add_note(f"Nor could the journal be written to its end: {error}")
            raise
        self._close_journal()
        return Outcome(time=self.now, sequence=self.sequence, streamed=self.streamed, stopped=self._stop)

    async def _run(self, end: int | None, closing: Sequence[Any]) -> None:
        try:
            async with trio.open_nursery() as nursery:
                try:
                    for cell in self.cells.values():
                        await nursery.start(self._live, cell)
                    await self._phases(end, closing)
                finally:
                    self._end_tasks()
                    nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            failure = _single(group)
            if failure is None:
                raise
            raise failure from failure.__cause__

    def _close_journal(self) -> None:
        if self.journal is not None:
            self.journal.close()

    async def _phases(self, end: int | None, closing: Sequence[Any]) -> None:
        for cell in self.cells.values():
            if Start in cell.handlers:
                self._put(KERNEL, cell, Start(), 0)
        await self._deliver(end)
        if end is not None and not self._stop and self.now < end:
            self.now = end
        await self._deliver(None, draining=True)
        for message in closing:
            self._put(KERNEL, None, message, 0)
            await self._deliver(None, draining=True)
        for cell in reversed(self.cells.values()):
            await self._end_waits(cell)
            if Stop in cell.handlers:
                self._put(KERNEL, cell, Stop(), 0)
                await self._deliver(None, draining=True)
                await self._end_waits(cell)

    async def _end_waits(self, cell: Cell) -> None:
        """End an actor's handler that waits for what will not come any more, and let it empty its mailbox."""
        while cell.waiting:
            self.cause = 0
            await self._give_turn(cell, outcome.Error(Ended()))
            await self._deliver(None, draining=True)

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
        settling = self._settling
        feed = self._feed
        try:
            while True:
                if due:
                    sequence, sender, cell, message, cause = take()
                elif settling:
                    due.extend((sequence, self._feed, SETTLED, message, 0) for sequence, message in settling)
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
                    if route.kind is not None:
                        route.count += 1
                        write((sequence, self.now, sender, None, route.kind, cause, message))
                    route.latest[key] = message
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
                    if route.settles:
                        if sender == feed and (self.sequence != sequence or self._at_once > 1 or settling):
                            settling.append((sequence, message))
                        else:
                            for cell in route.late[key]:
                                handler = cell.fast.get(kind)
                                if handler is not None:
                                    handler(message)
                                else:
                                    await self._deliver_slowly(cell, message, sequence)
                else:
                    handler = cell.fast.get(kind)
                    if handler is None:
                        if cell is SETTLED:
                            self.cause = sequence
                            for cell in routes[kind].late[routes[kind].key_of(message)]:
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
        except Exception as error:
            if type(cell) is Asked:
                cell = cell.cell
            if not isinstance(cell, Cell):
                raise  # a stream or a listener outside the system
            self._take_back(cell.name, self.cause)
            raise self._failed(cell, message, self.cause, error) from error

    def _next_alone(self, end: int | None) -> Any:
        """Move time to the next streamed message and return it, if it is the only thing due then; else None.

        This is what happens at nearly every instant of a run over bars, so it goes past the deque.
        """
        head = self._head
        if head is None:
            return None
        time = head.time
        if (self._later and self._later[0][0] <= time) or (end is not None and time > end):
            return None
        following = self._second
        if following is not None and following.time <= time:
            return None
        self._head = following
        try:
            self._second = next(self._rest, None)
        except Exception as error:  # noqa: BLE001  it is raised when the run has come so far
            self._end_stream(error)
        self.now = time
        self.sequence += 1
        self.streamed += 1
        self._at_once = 1
        return head

    def _move_on(self, end: int | None, *, draining: bool) -> bool:
        """Move time to the next instant at which something is due, and take all that is due then."""
        later = self._later
        while later and type(later[0][3]) is Timer and later[0][3].cancelled:
            heapq.heappop(later)
        head = None if draining else self._head
        if head is None and self._fault is not None and not draining:
            raise self._fault
        if head is not None:
            time = head.time
            if later and later[0][0] < time:
                time = later[0][0]
        elif later and (self._under_way or not (draining or (self._feed and end is None))):
            time = later[0][0]
        else:
            return False
        if end is not None and time > end:
            return False
        self.now = time
        due = self.due
        while later and later[0][0] == time:
            _, sequence, sender, target, message, cause = heapq.heappop(later)
            if type(target) is not Timer:
                self._under_way -= 1
            due.append((sequence, sender, target, message, cause))
        if head is not None and head.time == time:
            sequence = self.sequence
            while head is not None and head.time == time:
                sequence += 1
                due.append((sequence, self._feed, None, head, 0))
                head = self._second
                try:
                    self._second = next(self._rest, None)
                except Exception as error:  # noqa: BLE001  as above
                    self._end_stream(error)
            self._at_once = sequence - self.sequence
            self.streamed += self._at_once
            self.sequence = sequence
            self._head = head
            if head is not None and head.time < time:
                self._head = None
                self._end_stream(ActorError(f"a stream's time must not run backwards, was {head.time} after {time}"))
        return True

    def _end_stream(self, fault: Exception) -> None:
        """Let the stream end with a fault, which is raised when everything before it has been delivered."""
        self._second, self._rest, self._fault = None, iter(()), fault

    async def _yield(self) -> None:
        """Let trio run its other tasks: signals, progress, cancellation."""
        if self._on_yield is not None:
            self._on_yield(self)
        await trio.lowlevel.checkpoint()

    # --- delivery to a task (K7) ----------------------------------------------------------------------------------

    async def _deliver_slowly(self, target: Cell | Asked, message: Any, sequence: int) -> None:
        """Deliver what cannot be a direct call: to a busy actor, to an async handler, of a request, of a wake-up."""
        kind = type(message)
        asked: Asked | None = None
        if type(target) is Asked:
            asked = target
            target = asked.cell
        assert isinstance(target, Cell)
        if kind in RESUMES:
            if target.waiting == message.wait:
                await self._give_turn(target, outcome.Value(message))
            return
        if kind not in target.handlers:
            raise NoHandler(f"{target.name!r} was sent a {kind.__name__} and has no handler for it")
        if target.busy:
            target.mailbox.append((sequence, message, asked))
        elif asked is not None and kind in target.fast:
            self._reply(target, asked, target.fast[kind](message))
        else:
            target.mailbox.append((sequence, message, asked))
            target.busy = True
            target.fast = NO_HANDLERS
            await self._give_turn(target, outcome.Value(None))

    async def _give_turn(self, cell: Cell, answer: outcome.Outcome[Any]) -> None:
        """Wake an actor's task and wait until it has finished its handler or waits for the kernel."""
        assert cell.task is not None
        assert cell.parked
        cell.parked = False
        trio.lowlevel.reschedule(cell.task, answer)
        self._loop_task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._leave_loop)
        if self._failure is not None:
            failed, message, sequence, error = self._failure
            raise self._failed(failed, message, sequence, error) from error

    def _leave_loop(self, _raise_cancel: Any) -> trio.lowlevel.Abort:
        self._loop_task = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _return_turn(self) -> None:
        if self._loop_task is not None:
            task, self._loop_task = self._loop_task, None
            trio.lowlevel.reschedule(task)

    async def _park(self, cell: Cell) -> Any:
        """Park an actor's task until it is given the turn.

        No cancel scope wakes it: a handler that put its own deadline, in real time, round a wait in virtual time
        would go on out of turn (K6).
        """
        if self._ended:
            raise Ended
        cell.parked = True
        return await trio.lowlevel.wait_task_rescheduled(lambda _raise_cancel: trio.lowlevel.Abort.FAILED)

    def _end_tasks(self) -> None:
        """End the actors' tasks, and handlers that still wait where they stand."""
        self._ended = True
        for cell in self.cells.values():
            if cell.parked:
                assert cell.task is not None
                cell.parked = False
                trio.lowlevel.reschedule(cell.task, outcome.Error(Ended()))

    async def _live(self, cell: Cell, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Be an actor's task: parked, or handling the messages of its mailbox one after another."""
        cell.task = trio.lowlevel.current_task()
        await trio.lowlevel.checkpoint_if_cancelled()
        task_status.started()
        while True:
            try:
                await self._park(cell)
            except Ended:
                return
            while cell.mailbox:
                sequence, message, asked = cell.mailbox.popleft()
                self.cause = sequence
                kind = type(message)
                handler = cell.handlers[kind]
                try:
                    result = handler(message) if kind not in (Start, Stop) else handler()
                    if cell.is_async[kind]:
                        result = await result
                except Exception as error:  # noqa: BLE001  it goes to whoever supervises the actor
                    self._take_back(cell.name, self.cause)
                    self._failure = (cell, message, sequence, error)
                    break
                except BaseException as error:
                    if not isinstance(_single(error), Ended):
                        raise
                    if self._ended:
                        return
                    continue
                if asked is not None:
                    self._reply(cell, asked, result)
            cell.busy = False
            cell.fast = cell.plain
            self._return_turn()

    # --- what actors call -----------------------------------------------------------------------------------------

    def stream_of(self, name: str) -> Random:
        """Return the random stream of a name."""
        found = self._random.get(name)
        if found is None:
            found = self._random[name] = random_stream(self.seed, name)
        return found

    def send_over(self, link: Link, sender: Cell, receiver: Cell, message: Any) -> None:
        """Send a message over a link."""
        self.sequence += 1
        arrival = link.arrival(self.now)
        if arrival == self.now:
            self.due.append((self.sequence, sender.name, receiver, message, self.cause))
        else:
            self._under_way += 1
            heapq.heappush(self._later, (arrival, self.sequence, sender.name, receiver, message, self.cause))

    def set_timer(self, cell: Cell, time: int, message: Any) -> Timer:
        """Set a timer of an actor."""
        if type(time) is not int or time < self.now:
            raise ValueError(f"{cell.name!r}: a timer must lie at {self.now} or later, in whole ns, was {time!r}")
        return self._put_later(cell, time, message)

    def cancel_timer(self, cell: Cell, timer: Timer) -> None:
        """Cancel a timer; taken back if the handler raises."""
        if not timer.cancelled:
            timer.cancelled = True
            self._remember(cell, setattr, timer, "cancelled", False)

    def subscribe(self, cell: Cell, kind: type, key: Any, *, settled: bool) -> None:
        """Widen a subscription."""
        self._check_handles(cell, kind)
        route = self.routes[kind]
        taken, other = (route.late, route.cells) if settled else (route.cells, route.late)
        if key is not None and cell in other.every_key:
            raise ActorError(
                f"{cell.name!r} cannot subscribe to {kind.__name__} of {key!r} {'' if settled else 'not '}settled: it "
                f"receives every key {'not ' if settled else ''}settled; unsubscribe from the kind first"
            )
        self._remember_subscription(cell, kind, key)
        other.discard(cell, key)
        taken.add(cell, key)
        route.settles = route.settles or settled

    def unsubscribe(self, cell: Cell, kind: type, key: Any) -> None:
        """Narrow a subscription."""
        self._check_handles(cell, kind)
        route = self.routes[kind]
        if key is not None and (cell in route.cells.every_key or cell in route.late.every_key):
            raise ActorError(
                f"{cell.name!r} cannot unsubscribe from {kind.__name__} of {key!r} alone: it receives every key; "
                f"unsubscribe from the kind, then subscribe to the keys that it wants"
            )
        self._remember_subscription(cell, kind, key)
        route.cells.discard(cell, key)
        route.late.discard(cell, key)

    def add_stream(self, cell: Cell, messages: Iterable[Any]) -> None:
        """Add a stream; one that an actor adds in `on_start` begins with the run."""
        if self._feed:
            raise ActorError(f"{self._feed!r} streams already, {cell.name!r} cannot; merge the sources into one stream")
        self._remember(cell, self._drop_stream)
        self._feed, self._rest = cell.name, iter(messages)
        try:
            self._head = next(self._rest, None)
            self._second = next(self._rest, None)
        except Exception as error:  # noqa: BLE001  as in `_next_alone`
            self._end_stream(error)
        if self._head is not None and self._head.time < self.now:
            raise ActorError(f"a stream must begin at {self.now} or later, was {self._head.time}")

    def _drop_stream(self) -> None:
        self._feed, self._head, self._second, self._rest, self._fault = "", None, None, iter(()), None

    async def wait_for_time(self, cell: Cell, time: int) -> None:
        """Let an async handler wait until a time."""
        await self._wait(cell, self._put_later(cell, time, Woke(wait=self._next_wait(cell))))

    async def wait_for_reply(self, cell: Cell, receiver: Cell, request: Any, timeout_ns: int | None) -> Any:
        """Let an async handler wait for the answer to a request."""
        wait = self._next_wait(cell)
        self._put(cell.name, Asked(receiver, cell, wait), request, self.cause)
        timer = None
        if timeout_ns is not None:
            timer = self._put_later(cell, self.now + timeout_ns, AskTimedOut(wait=wait))
        answer = await self._wait(cell, timer)
        if isinstance(answer, AskTimedOut):
            raise AskTimeout(
                f"{cell.name!r} asked {receiver.name!r} for {type(request).__name__}: no answer in {timeout_ns} ns"
            )
        if timer is not None:
            timer.cancelled = True
        return answer.value

    # --- inside ---------------------------------------------------------------------------------------------------

    def _put(self, sender: str, target: Cell | Asked | None, message: Any, cause: int) -> None:
        self.sequence += 1
        entry: DueEntry = (self.sequence, sender, target, message, cause)
        self.due.append(entry)

    def _put_later(self, cell: Cell, time: int, message: Any) -> Timer:
        self.sequence += 1
        timer = Timer(cell, time)
        if time == self.now:
            self.due.append((self.sequence, cell.name, timer, message, self.cause))
        else:
            heapq.heappush(self._later, (time, self.sequence, cell.name, timer, message, self.cause))
        return timer

    def _next_wait(self, cell: Cell) -> int:
        if cell.waiting or not cell.busy or trio.lowlevel.current_task() is not cell.task:
            raise ActorError(f"{cell.name!r}: sleep and ask belong in the actor's own async handlers, one at a time")
        if self._ended:
            raise Ended
        cell.waits += 1
        return cell.waits

    async def _wait(self, cell: Cell, _timer: Timer | None) -> Any:
        cell.waiting = cell.waits
        self._return_turn()
        try:
            return await self._park(cell)
        finally:
            cell.waiting = 0

    def _reply(self, cell: Cell, asked: Asked, value: Any) -> None:
        self._put(cell.name, asked.asker, Replied(wait=asked.wait, value=value), self.cause)

    def _failed(self, cell: Cell, message: Any, sequence: int, error: Exception) -> ActorFailed:
        return ActorFailed(cell.name, type(message).__name__, sequence, self.now, message, error)

    def _take_back(self, name: str, cause: int) -> None:
        """Undo what a handler did to the kernel before it raised (K4)."""
        self.due.take_back(name, cause)
        sent = [entry for entry in self._later if entry[5] == cause and entry[2] == name]
        if sent:
            self._later = [entry for entry in self._later if entry[5] != cause or entry[2] != name]
            heapq.heapify(self._later)
            for entry in sent:
                if isinstance(receiver := entry[3], Cell):
                    self._under_way -= 1
                    left = [other[0] for other in self._later if other[2] == name and other[3] is receiver]
                    self.cells[name].actor._links[receiver].take_back(max(left, default=0))  # noqa: SLF001  as in `add`
        while self._undo:
            who, when, undo, args = self._undo.pop()
            if (who, when) == (name, cause):
                undo(*args)

    def _remember(self, cell: Cell, undo: Callable[..., None], *args: Any) -> None:
        undos = self._undo
        if undos and (undos[-1][1] != self.cause or undos[-1][0] != cell.name):
            undos.clear()
        undos.append((cell.name, self.cause, undo, args))

    def _remember_subscription(self, cell: Cell, kind: type, key: Any) -> None:
        route = self.routes[kind]
        self._remember(cell, _resubscribe, cell, key, route, route.cells.state(cell, key), route.late.state(cell, key))

    @staticmethod
    def _check_handles(cell: Cell, kind: type) -> None:
        if kind not in cell.handlers:
            raise NoHandler(f"{cell.name!r} has no handler for {kind.__name__} to subscribe to")


def _resubscribe(cell: Cell, key: Any, route: Route, at_once: tuple[Any, ...], late: tuple[Any, ...]) -> None:
    """Give an actor back the subscriptions of one kind that it had."""
    for subscribers, keys in ((route.cells, at_once), (route.late, late)):
        subscribers.discard(cell, key)
        for had in keys:
            subscribers.add(cell, had)


def _single(group: BaseException) -> BaseException | None:
    """Return the one exception in a group that is not a cancellation, or None when there are several or none."""
    leaves: list[BaseException] = []
    stack: list[BaseException] = [group]
    while stack:
        error = stack.pop()
        if isinstance(error, BaseExceptionGroup):
            stack.extend(error.exceptions)
        elif not isinstance(error, trio.Cancelled):
            leaves.append(error)
    return leaves[0] if len(leaves) == 1 else None
