"""Turns: who may act at a moment, the loop or the one actor whose task it has woken (K6, K7).

So the order of events never depends on the order in which trio runs its tasks. An actor's task is parked unless it
has the turn. It gives the turn back when it has emptied its mailbox, and when its handler waits for the kernel.
"""

from abc import ABC, abstractmethod
from typing import Any

import outcome
import trio

from tradepit.actors.kernel.errors import ActorError, ActorFailed, AskTimeout, NoHandler
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.lifecycle import (
    RESUMES,
    AskTimedOut,
    Ended,
    Replied,
    Retire,
    Served,
    Start,
    Stop,
    WaitEnded,
    Woke,
)
from tradepit.actors.kernel.mailbox import Asked, Cell, Waiting
from tradepit.actors.kernel.queues import Queues
from tradepit.actors.kernel.schedule import NO_HANDLERS


class _KindNames(dict[type, str | None]):
    """The journal's names of kinds that are sent, None for those that are not written down."""

    def __init__(self, journal: Journal | None) -> None:
        super().__init__()
        self._journal = journal

    def __missing__(self, kind: type) -> str | None:
        written = self._journal is not None and self._journal.keeps(kind)
        name = self[kind] = kind.__name__ if written else None
        return name


class Turns(Queues, ABC):
    """The actors with a task each."""

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start, journal)
        self._loop_task: trio.lowlevel.Task | None = None  # the loop's, while an actor has the turn
        self._failure: tuple[Cell, Any, int, Asked | None, BaseException] | None = None
        self._fatal: ActorFailed | None = None
        self._kinds: dict[type, str | None] = _KindNames(journal)
        self._relay = 0  # how many deliveries an actor's task may pass on before the loop must have the turn again
        self._relayed = 0  # and how many it has
        self._ended = False
        self._played_for: frozenset[str] = frozenset()  # who is played back and not run

    # --- the loop gives the turn ----------------------------------------------------------------------------------

    async def _deliver_slowly(self, target: Cell | Asked, message: Any, sequence: int) -> None:
        """Deliver what cannot be a direct call: to a busy actor, to an async handler, of a request, of a wake-up."""
        kind = type(message)
        asked: Asked | None = None
        if type(target) is Asked:
            asked = target
            target = asked.cell
        assert isinstance(target, Cell)
        if kind in RESUMES:
            await self._resume(target, message)
        elif kind is Retire:
            await self._retired(target, message)
        elif target.ended:
            self._set_aside(target, kind.__name__, sequence, "actor ended")
        elif kind is Served:
            await self._end_service(target)
        elif kind not in target.handlers:
            raise NoHandler(f"{target.name!r} was sent a {kind.__name__} and has no handler for it")
        elif target.name in self._played_for:
            return
        elif target.outside is not None and target.down_since is None:
            self._hand_out(target, (sequence, message, asked, self.now))
        elif target.busy:
            self._enqueue(target, (sequence, message, asked, self.now))
        elif target.bounds.service_ns is not None:
            self._enqueue(target, (sequence, message, asked, self.now))
            self._begin_service(target)
        elif asked is not None and (handler := target.fast[kind]) is not None:
            target.note(self.now)
            target.note(message)
            self._reply(target, asked, handler(message))
        else:
            target.mailbox.append((sequence, message, asked, self.now))
            target.busy = True
            target.fast = NO_HANDLERS
            await self._give_turn(target, outcome.Value(None))

    async def _resume(self, target: Cell, message: Any) -> None:
        """Let a handler go on that waits for this; one that waits no more does not hear of it."""
        if target.down_since is not None:
            target.held.append((self.cause, message))
        elif target.waiting == message.wait:
            target.note(self.now)
            target.note(message)
            await self._give_turn(target, outcome.Value(message))

    async def _end_service(self, target: Cell) -> None:
        """Handle the message whose service is over."""
        target.serving = None
        target.served = self._dequeue(target)
        await self._give_turn(target, outcome.Value(None))

    async def _give_turn(self, cell: Cell, answer: outcome.Outcome[Any]) -> None:
        """Wake an actor's task and wait until it has finished its handler or waits for the kernel."""
        assert cell.task is not None
        assert cell.parked
        cell.parked = False
        trio.lowlevel.reschedule(cell.task, answer)
        self._loop_task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._leave_loop)
        if self._fatal is not None:
            raise self._fatal
        if self._failure is not None:
            failure, self._failure = self._failure, None
            cause = self.cause
            await self._crashed(*failure)
            self.cause = cause  # others may get the same message now

    def _leave_loop(self, _raise_cancel: Any) -> trio.lowlevel.Abort:
        self._loop_task = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _end_tasks(self) -> None:
        """End the actors' tasks, and handlers that still wait where they stand."""
        self._ended = True
        for cell in self.cells.values():
            if cell.parked:
                assert cell.task is not None
                cell.parked = False
                trio.lowlevel.reschedule(cell.task, outcome.Error(Ended()))

    # --- what the layers above know -------------------------------------------------------------------------------

    @abstractmethod
    async def _crashed(
        self, cell: Cell, message: Any, sequence: int, asked: Asked | None, error: BaseException
    ) -> None:
        """Decide what becomes of an actor whose handler raised."""

    @abstractmethod
    async def _retired(self, cell: Cell, message: Any) -> None:
        """Let an actor take part no more that has said so."""

    @abstractmethod
    def _hand_out(self, cell: Cell, item: Waiting) -> None:
        """Give a message to a boundary actor that works beside the others."""

    @abstractmethod
    def _set_aside(self, cell: Cell, kind: str, sequence: int, reason: str) -> None:
        """Say that nobody will handle a message."""

    @abstractmethod
    async def _recover(self, cell: Cell) -> None:
        """Give an actor back the state that it had; runs in its task."""

    @abstractmethod
    def _caught_up(self, cell: Cell) -> bool:
        """Take a snapshot that had to wait until a handler had ended; False when the run ends because of it."""

    @abstractmethod
    def _go_live(self, cell: Cell) -> None:
        """End the replay to an actor."""

    # --- an actor's task ------------------------------------------------------------------------------------------

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
            goes_on = cell.replay is None or (await self._recovered(cell) and self._caught_up(cell))
            while goes_on and (item := cell.next_waiting()) is not None:
                if cell.statistics.depth.last != len(cell.mailbox):  # a message that had not to wait makes no depth
                    cell.statistics.depth.note(self.now, len(cell.mailbox))
                cell.begun = len(cell.log.items)
                cell.note(self.now)
                cell.note(item[1])
                goes_on = await self._handle(cell, item) and self._caught_up(cell)
            if self._ended:
                return
            self._be_idle(cell)
            if not self._passed_on():
                self._return_turn()

    async def _handle(self, cell: Cell, item: Waiting) -> bool:
        """Handle one message in the actor's task; False when the handler raised, or was ended for a restart."""
        sequence, message, asked, _ = item
        cell.current = item
        cell.resumed = None
        self.cause = sequence
        kind = type(message)
        handler = cell.handlers[kind]
        try:
            result = handler(message) if kind not in (Start, Stop) else handler()
            if cell.is_async[kind]:
                result = await result
        except (Exception, SystemExit) as error:  # noqa: BLE001  it goes to whoever supervises the actor
            if cell.down_since is None and not cell.ended:  # else it was ended at its wait, and that stands
                self._take_back(cell, self.cause)
                self._failure = (cell, message, sequence, asked, error)
            return False
        except BaseException as error:
            if not isinstance(single(error), Ended):
                raise
            cell.waiting = 0
            if self._ended or cell.ended or cell.down_since is not None:
                return False
            cell.current = cell.resumed = None
            return True
        cell.current = cell.resumed = None
        if asked is not None:
            self._reply(cell, asked, result)
        return True

    async def _recovered(self, cell: Cell) -> bool:
        """Recover an actor in its task; False when a handler that went on after it has raised or was ended."""
        await self._recover(cell)
        return self._failure is None and self._fatal is None and not self._ended and cell.down_since is None

    def _be_idle(self, cell: Cell) -> None:
        """Be idle again, or begin with the next message."""
        if cell.down_since is None and self._failure is None and self._fatal is None:
            cell.busy = False
            cell.fast = cell.plain
            if cell.bounds.service_ns is not None and cell.mailbox:
                self._begin_service(cell)

    def _passed_on(self) -> bool:
        """Wake the task of whoever is due next, past the loop, where the loop would do just that."""
        due = self.due
        if self._relay <= 0 or not due or self._failure is not None or self._fatal is not None:
            return False
        sequence, sender, target, message, cause = due[0]
        kind = type(message)
        if (
            type(target) is not Cell
            or target.busy
            or not target.parked
            or target.ended
            or target.outside is not None
            or target.name in self._played_for
            or target.bounds.service_ns is not None
            or kind in target.fast
            or kind in RESUMES
            or kind is Served
            or kind not in target.handlers
        ):
            return False
        self._relay -= 1
        self._relayed += 1
        due.popleft()
        name = self._kinds[kind]
        if name is not None:
            assert self.journal is not None
            self.journal.entries.append((sequence, self.now, sender, target.name, name, cause, message))
        target.mailbox.append((sequence, message, None, self.now))
        target.busy = True
        target.fast = NO_HANDLERS
        target.parked = False
        assert target.task is not None
        trio.lowlevel.reschedule(target.task)
        return True

    async def _park(self, cell: Cell) -> Any:
        """Park an actor's task until it is given the turn.

        No cancel scope wakes it: a handler that put its own deadline, in real time, round a wait in virtual time
        would go on out of turn (K6).
        """
        if self._ended:
            raise Ended
        cell.parked = True
        return await trio.lowlevel.wait_task_rescheduled(lambda _raise_cancel: trio.lowlevel.Abort.FAILED)

    def _return_turn(self) -> None:
        if self._loop_task is not None:
            task, self._loop_task = self._loop_task, None
            trio.lowlevel.reschedule(task)

    def _reply(self, cell: Cell, asked: Asked, value: Any) -> None:
        self._send_to(cell, asked.asker, asked.asker, Replied(wait=asked.wait, value=value))

    def _send_to(self, cell: Cell, receiver: Cell, target: Cell | Asked, message: Any) -> None:
        """Send a request or its answer, over the link where there is one."""
        link = cell.actor._links.get(receiver)  # noqa: SLF001  the kernel's own half of the actor
        if link is None:
            self._put(cell.name, target, message, self.cause)
        else:
            self.send_over(link, cell, target, message)

    # --- what async handlers ask for ------------------------------------------------------------------------------

    async def wait_for_time(self, cell: Cell, time: int) -> None:
        """Let an async handler wait until a time."""
        wait = self._next_wait(cell)
        if cell.replay is None:
            self._put_later(cell, time, Woke(wait=wait))
        await self._wait(cell)

    async def wait_for_reply(self, cell: Cell, receiver: Cell, request: Any, timeout_ns: int | None) -> Any:
        """Let an async handler wait for the answer to a request."""
        wait = self._next_wait(cell)
        timer = None
        if cell.replay is None:
            self._send_to(cell, receiver, Asked(receiver, cell, wait), request)
        if timeout_ns is not None:
            timer = self._timer_again(cell) or self._put_later(cell, self.now + timeout_ns, AskTimedOut(wait=wait))
            if cell.keeps and not self.replaying:
                cell.log.answers.append(timer)
        answer = await self._wait(cell)
        if isinstance(answer, AskTimedOut):
            raise AskTimeout(
                f"{cell.name!r} asked {receiver.name!r} for {type(request).__name__}: no answer in {timeout_ns} ns"
            )
        if timer is not None:
            timer.cancelled = True
        return answer.value

    def _next_wait(self, cell: Cell) -> int:
        if cell.waiting or not cell.busy or trio.lowlevel.current_task() is not cell.task:
            raise ActorError(f"{cell.name!r}: sleep and ask belong in the actor's own async handlers, one at a time")
        if self._ended:
            raise Ended
        cell.waits += 1
        return cell.waits

    async def _wait(self, cell: Cell) -> Any:
        if cell.replay is not None:
            if cell.replay:
                self.now, cell.resumed = cell.replay.popleft()
                if type(cell.resumed) is WaitEnded:
                    raise Ended
                if type(cell.resumed) not in RESUMES:
                    raise ActorError(f"{cell.name!r} waits where it had not waited before")
                return cell.resumed
            if cell.current is None:
                raise ActorError(f"{cell.name!r} waits where it had not waited before")
            self._go_live(cell)
        cell.waiting = cell.waits
        self._return_turn()
        try:
            cell.resumed = await self._park(cell)
        finally:
            cell.waiting = 0
        return cell.resumed


def single(group: BaseException) -> BaseException | None:
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
