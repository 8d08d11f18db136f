"""Turns: who may act at a moment, the loop or the one actor whose task it has woken (K6, K7).

So the order of events never depends on the order in which trio runs its tasks. An actor's task is parked unless it
has the turn. It gives the turn back when it has emptied its mailbox, and when its handler waits for the kernel.
"""

from typing import Any

import outcome
import trio

from tradepit.actors.kernel.directory import Directory
from tradepit.actors.kernel.errors import ActorError, ActorFailed, AskTimeout, NoHandler
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.lifecycle import RESUMES, AskTimedOut, Ended, Replied, Start, Stop, Woke
from tradepit.actors.kernel.mailbox import Asked, Cell
from tradepit.actors.kernel.schedule import NO_HANDLERS


class Turns(Directory):
    """The actors with a task each."""

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start, journal)
        self._loop_task: trio.lowlevel.Task | None = None  # the loop's, while an actor has the turn
        self._failure: tuple[Cell, Any, int, BaseException] | None = None
        self._ended = False

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

    def _end_tasks(self) -> None:
        """End the actors' tasks, and handlers that still wait where they stand."""
        self._ended = True
        for cell in self.cells.values():
            if cell.parked:
                assert cell.task is not None
                cell.parked = False
                trio.lowlevel.reschedule(cell.task, outcome.Error(Ended()))

    def _failed(self, cell: Cell, message: Any, sequence: int, error: BaseException) -> ActorFailed:
        return ActorFailed(cell.name, type(message).__name__, sequence, self.now, message, error)

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
            while cell.mailbox:
                sequence, message, asked = cell.mailbox.popleft()
                self.cause = sequence
                kind = type(message)
                handler = cell.handlers[kind]
                try:
                    result = handler(message) if kind not in (Start, Stop) else handler()
                    if cell.is_async[kind]:
                        result = await result
                except (Exception, SystemExit) as error:  # noqa: BLE001  it goes to whoever supervises the actor
                    self._take_back(cell, self.cause)
                    self._failure = (cell, message, sequence, error)
                    break
                except BaseException as error:
                    if not isinstance(single(error), Ended):
                        raise
                    if self._ended:
                        return
                    continue
                if asked is not None:
                    self._reply(cell, asked, result)
            cell.busy = False
            cell.fast = cell.plain
            self._return_turn()

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
        self._put(cell.name, asked.asker, Replied(wait=asked.wait, value=value), self.cause)

    # --- what async handlers ask for ------------------------------------------------------------------------------

    async def wait_for_time(self, cell: Cell, time: int) -> None:
        """Let an async handler wait until a time."""
        self._put_later(cell, time, Woke(wait=self._next_wait(cell)))
        await self._wait(cell)

    async def wait_for_reply(self, cell: Cell, receiver: Cell, request: Any, timeout_ns: int | None) -> Any:
        """Let an async handler wait for the answer to a request."""
        wait = self._next_wait(cell)
        self._put(cell.name, Asked(receiver, cell, wait), request, self.cause)
        timer = None
        if timeout_ns is not None:
            timer = self._put_later(cell, self.now + timeout_ns, AskTimedOut(wait=wait))
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
        cell.waiting = cell.waits
        self._return_turn()
        try:
            return await self._park(cell)
        finally:
            cell.waiting = 0


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
