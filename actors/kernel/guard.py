"""The guard: what becomes of an actor that crashed, and what is kept so that it can come back (K9, K10)."""

from collections import deque
from typing import Any, Final

import outcome

from tradepit.actors.kernel.comeback import Comeback
from tradepit.actors.kernel.crashes import CrashPoint, Saboteur
from tradepit.actors.kernel.errors import ActorError, ActorFailed, StateError
from tradepit.actors.kernel.journal import Detail, Journal
from tradepit.actors.kernel.lifecycle import (
    SUPERVISION,
    ActorCrashed,
    ActorEnded,
    ActorRestarted,
    Ended,
    FailureEscalated,
    Listening,
    MessageSetAside,
    Start,
    WaitEnded,
)
from tradepit.actors.kernel.mailbox import Asked, Cell
from tradepit.actors.kernel.recovery import MOST_REPLAYED, SNAPSHOT_EVERY, Snapshot
from tradepit.actors.kernel.schedule import NO_HANDLERS, Due, RestartDue
from tradepit.actors.kernel.supervision import Member, Restart, Supervisor, Watch, watches

KERNEL: Final = "kernel"
_LONGEST_ERROR = 200


class Guard(Comeback):
    """The actors under their supervisors.

    Attributes:
        first_crash: the first failure that a handler's own exception brought about, or None.
    """

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start, journal)
        self.first_crash: ActorFailed | None = None
        self._looks = 0
        self._restarts = 0

    def supervise(self, top: Supervisor) -> None:
        """Put actors under supervisors; before the run. Actors that stand in no tree end the run when they crash."""
        for name, (child, watch) in watches(top).items():
            cell = self.cell_of(name)
            if cell.watch is not None:
                raise ActorError(f"actor {name!r} must have one supervisor")
            cell.watch = (child, watch)

    def crash(self, name: str, *points: CrashPoint) -> None:
        """Let an actor crash on purpose; before the run, once for each actor."""
        self.cell_of(name).sabotage(Saboteur(self, points))

    def _take_first_snapshots(self) -> None:
        """Take a snapshot of every actor that may be restarted, before anything has happened."""
        for cell in self.cells.values():
            if cell.watch is None or cell.watch[0].restart is Restart.TEMPORARY:
                continue
            # With the journal off there is nothing to recover from: only what holds no state can come back.
            cell.keeps = not cell.actor.stateless and self.journal is not None and self.journal.detail is not Detail.OFF
            if cell.keeps or cell.actor.stateless:
                cell.snapshot = Snapshot(cell, self)

    def _look_after_actors(self) -> None:
        """Time the next message of one actor, and bound what is kept of all; called between two deliveries.

        What is kept is counted by messages: how long a log is differs between ways of delivery (K6).
        """
        cells = tuple(self.cells.values())
        self._looks += 1
        if cells:
            cells[self._looks % len(cells)].time_one()
        for cell in cells:
            length = len(cell.log.items)
            if length < SNAPSHOT_EVERY or length < cell.counted_at:
                continue
            handled = cell.log.handled(numbers=int in cell.handlers)
            if handled < SNAPSHOT_EVERY:
                cell.counted_at = length + SNAPSHOT_EVERY - handled
            elif cell.current is None and cell.down_since is None:
                self._begin_log_anew(cell)
            elif handled < MOST_REPLAYED:
                cell.overdue = True
                cell.counted_at = length + MOST_REPLAYED - handled
            elif cell.waiting:
                self._forgo(cell, handled)

    def _begin_log_anew(self, cell: Cell) -> None:
        """Take a snapshot of an actor that is recovered, and forget what was kept."""
        if cell.keeps or cell.forgone:
            try:
                cell.snapshot = Snapshot(cell, self)
            except StateError as error:
                raise ActorFailed(cell.name, "", self.sequence, self.now, None, error) from error
            cell.keeps = True
            cell.forgone = 0
        cell.overdue = False
        cell.count_log()

    def _caught_up(self, cell: Cell) -> bool:
        if cell.overdue:
            try:
                self._begin_log_anew(cell)
            except ActorFailed as failed:
                self._fatal = failed
                return False
        return True

    @staticmethod
    def _forgo(cell: Cell, handled: int) -> None:
        """Keep nothing more of a handler that does not end; a snapshot is taken if it does."""
        if cell.keeps:
            cell.keeps = False
            cell.snapshot = None
            cell.forgone = handled
            cell.statistics.forgone += 1
        cell.overdue = True
        cell.count_log()

    # --- a crash --------------------------------------------------------------------------------------------------

    async def _crashed(
        self, cell: Cell, message: Any, sequence: int, asked: Asked | None, error: BaseException
    ) -> None:
        self._relay = 0  # what is due waits until it is decided
        listened = type(message) is Listening
        kind = "" if listened else type(message).__name__
        failed = ActorFailed(cell.name, kind, sequence, self.now, message, error)
        failed.__cause__ = error
        if cell.watch is None:
            raise failed
        child, watch = cell.watch
        cell.statistics.crashes += 1
        # An async handler that has waited goes on from its last wait, so that nothing it did before is done twice.
        # One that holds no state has nothing to go on from, and begins with the message anew.
        resumed, cell.resumed = (cell.resumed if cell.current is not None and cell.keeps else None), None
        at = self.cause if resumed is not None else sequence
        self.cause = at
        self._say(ActorCrashed(actor=cell.name, kind=kind, sequence=sequence, error=_one_line(error), time=self.now))
        if self.first_crash is None and not getattr(error, "injected", False):
            self.first_crash = failed
        if not listened:
            self._forget_crashed(cell, resumed)
        if child.restart is Restart.TEMPORARY:
            if not listened:
                self._set_aside(cell, kind, sequence, "actor ended")
            await self._end_actor(cell, watch.spec.name, "crashed")
            return
        self._check_recoverable(cell, failed)
        twice = not listened and cell.redelivered == at
        if twice:
            if type(message) is Start:
                raise failed
            self._abandon(cell, resumed)
            self._set_aside(cell, kind, sequence, "crashed twice")
        elif resumed is None and not listened:
            cell.current = None
            again = (sequence, message, asked, self.now)
            if cell.bounds.service_ns is not None and cell.keeps:
                cell.served = again  # its service is over, and is not given a second time
            else:
                cell.mailbox.appendleft(again)
        if not listened:
            cell.redelivered = at
        member, decider = self._decide(cell, child, watch, failed)
        if resumed is not None and not twice:
            cell.held.append((at, resumed))
        await self._bring_down(decider.affected(member), decider, failed)

    async def _retired(self, cell: Cell, message: Any) -> None:
        self._relay = 0  # as in `_crashed`
        if cell.ended:
            return
        if cell.watch is None or cell.watch[0].restart is not Restart.PERMANENT:
            await self._end_actor(cell, "" if cell.watch is None else cell.watch[1].spec.name, "retired")
            return
        if cell.down_since is not None:
            return  # it is restarted as it is
        child, watch = cell.watch
        cell.down_since = self.now
        if cell.waiting:
            cell.note(self.now)
            cell.note(WaitEnded())
            await self._end_handler(cell)
            cell.current = cell.resumed = None
        error = ActorError(f"{cell.name!r} retired, and is permanent under {watch.spec.name!r}")
        failed = ActorFailed(cell.name, type(message).__name__, self.cause, self.now, message, error)
        member, decider = self._decide(cell, child, watch, failed)
        await self._bring_down(decider.affected(member), decider, failed)

    @staticmethod
    def _check_recoverable(cell: Cell, failed: ActorFailed) -> None:
        if cell.forgone:
            assert cell.current is not None
            failed.add_note(
                f"{cell.name!r} cannot be recovered: its handler of {type(cell.current[1]).__name__} had waited "
                f"{cell.forgone:,} times and not ended, and nothing more was kept of it; let the handler end, and go "
                f"on with a message that it sends itself, by call_at"
            )
            raise failed
        if cell.snapshot is None:
            failed.add_note(
                f"{cell.name!r} holds state and there is no journal to recover it from; "
                f"keep a journal, or let the actor say stateless = True"
            )
            raise failed

    def _forget_crashed(self, cell: Cell, resumed: Any) -> None:
        """Take the message on which an actor crashed off its log."""
        log = cell.log
        cell.counted_at = 0
        if cell.current is None:
            log.drop_last()
        elif resumed is not None:
            log.drop_from(-2)
        else:
            log.drop_from(cell.begun)

    def _abandon(self, cell: Cell, resumed: Any) -> None:
        """Give up the handler that is under way; what it did before its last wait stands."""
        if resumed is not None:
            cell.note(self.now)
            cell.note(WaitEnded())
        cell.current = None

    def _decide(self, cell: Cell, child: Member, watch: Watch, failed: ActorFailed) -> tuple[Member, Watch]:
        """Find which child of which supervisor is restarted, going up where one has restarted too often.

        Raises:
            ActorFailed: nobody takes the failure.
        """
        while not watch.allows(self.now):
            spec, above = watch.spec, watch.above
            self._say(
                FailureEscalated(
                    supervisor=spec.name,
                    above="" if above is None else above.spec.name,
                    actor=cell.name,
                    intensity=spec.intensity,
                    period_ns=spec.period_ns,
                    time=self.now,
                )
            )
            failed.add_note(
                f"supervisor {spec.name!r} may restart {spec.intensity} times in {spec.period_ns / 1e9:g} s, and had"
            )
            if above is None:
                raise failed
            child, watch = spec, above
        return child, watch

    async def _bring_down(self, names: list[str], watch: Watch, failed: ActorFailed) -> None:
        """Take actors down, the last that started first, and bring them back at once or when the wait is over."""
        wait_ns = watch.wait_ns(self.stream_of(f"supervisor:{watch.spec.name}"))
        cells = []
        for name in names:
            cell = self.cells[name]
            if cell.ended:
                continue
            if cell.watch is not None and cell.watch[0].restart is Restart.TEMPORARY:
                await self._end_actor(cell, watch.spec.name, "terminated")
                continue
            self._check_recoverable(cell, failed)
            cells.append(cell)
        for cell in reversed(cells):
            if cell.down_since is None:
                cell.down_since = self.now
            cell.busy = True
            cell.fast = NO_HANDLERS
            self._break_off_service(cell)
            await self._end_handler(cell)
            if not cell.keeps and cell.current is not None:
                cell.mailbox.appendleft(cell.current)
                cell.current = cell.resumed = None
        if wait_ns:
            self._call_kernel_at(self.now + wait_ns, RestartDue(tuple(cells), watch.spec.name))
        else:
            await self._bring_back(tuple(cells), watch.spec.name)

    async def _end_handler(self, cell: Cell) -> None:
        """End a handler where it waits; what it does about that comes to nothing, for it may go on from there."""
        kept = (self.due, self._later, self.sequence, self._under_way, self._undo)
        marks = [(link, self._mark(link)) for link in cell.actor._links.values()]  # noqa: SLF001  the kernel's own half
        while cell.waiting:
            self.due, self._later, self._undo = Due(), [], []
            await self._give_turn(cell, outcome.Error(Ended()))
            for _, _, undo, args in reversed(self._undo):
                undo(*args)
        self.due, self._later, self.sequence, self._under_way, self._undo = kept
        for link, mark in marks:
            link.rewind(mark)

    async def _bring_back(self, cells: tuple[Cell, ...], supervisor: str) -> None:
        """Let actors recover in the order of their start, and go on with what waits in their mailboxes."""
        cause = self.cause
        for cell in cells:
            if cell.down_since is None or cell.ended:
                continue  # another supervisor was quicker
            self.cause = cause
            down_ns = self.now - cell.down_since
            cell.replay = deque(cell.log) if cell.keeps else deque()
            replayed = len(cell.replay)
            cell.statistics.restarts += 1
            self._restarts += 1
            self._say(
                ActorRestarted(
                    actor=cell.name, supervisor=supervisor, replayed=replayed, down_ns=down_ns, time=self.now
                )
            )
            if not cell.keeps:
                self._start_afresh(cell)
            cell.down_since = None
            await self._give_turn(cell, outcome.Value(None))
            held, cell.held = cell.held, []
            for at, message in held:
                self.cause = at
                await self._deliver_slowly(cell, message, at)

    def _start_afresh(self, cell: Cell) -> None:
        """Let an actor that holds no state begin anew, before what waits for it."""
        cell.count_log()
        if Start in cell.handlers and not (cell.mailbox and type(cell.mailbox[0][1]) is Start):
            cell.mailbox.appendleft((self.sequence, Start(), None, self.now))

    async def _end_actor(self, cell: Cell, supervisor: str, reason: str) -> None:
        """Let an actor take part no more."""
        cell.ended = True
        self._break_off_service(cell)
        await self._end_handler(cell)
        cell.current = None
        cell.busy = False
        cell.fast = NO_HANDLERS
        cell.plain = NO_HANDLERS
        for route in self.routes.values():
            route.cells.discard_from_all(cell)
            route.late.discard_from_all(cell)
        self._say(ActorEnded(actor=cell.name, supervisor=supervisor, reason=reason, time=self.now))
        while cell.mailbox:
            sequence, message, _, _ = cell.mailbox.popleft()
            self._set_aside(cell, type(message).__name__, sequence, "actor ended")

    def _set_aside(self, cell: Cell, kind: str, sequence: int, reason: str) -> None:
        cell.statistics.dead_letters += 1
        self.cause = sequence
        self._say(MessageSetAside(actor=cell.name, kind=kind, sequence=sequence, reason=reason, time=self.now))

    def _say_last(self) -> None:
        """Write down what was decided just before the run ended with a failure: nobody delivers it any more."""
        for sequence, sender, _, message, cause in self.due if self.journal is not None else ():
            if sender == KERNEL and type(message) in SUPERVISION:
                assert self.journal is not None
                kind = type(message).__name__
                self.journal.entries.append((sequence, self.now, KERNEL, None, kind, cause, message))

    def _say(self, event: Any) -> None:
        self._put(KERNEL, None, event, self.cause)


def _one_line(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}".splitlines()
    return text[0][:_LONGEST_ERROR]
