"""How a restarted actor gets its state back (K10).

It is the state that the actor had before the message on which it crashed. Its last snapshot is put back, and the
messages that it has handled since are replayed to it: the kernel gives the answers that it gave then, and lets nothing
out that the actor sends.
"""

from abc import ABC
from contextlib import suppress
from typing import Any

from tradepit.actors.kernel.errors import ActorFailed
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.lifecycle import RESUMES, Ended, Start, Stop
from tradepit.actors.kernel.mailbox import Cell
from tradepit.actors.kernel.schedule import Due
from tradepit.actors.kernel.turns import Turns


class Comeback(Turns, ABC):
    """Replays to an actor, in its own task, what it had handled."""

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start, journal)
        self._saved: tuple[Any, ...] | None = None  # what the kernel was about when a replay began

    async def _recover(self, cell: Cell) -> None:
        assert cell.snapshot is not None
        assert cell.replay is not None
        under_way, cell.current = cell.current, None
        self.replaying = True
        self._saved = (self.due, self._later, self.sequence, self.now, self.cause, self._undo, list(cell.log.answers))
        self.due, self._later, self._undo = Due(), [], []
        cell.log.answers.reverse()
        cell.busy = True
        waits = cell.waits
        cell.snapshot.put_back(cell, self)
        if not cell.keeps:
            cell.waits = waits  # an answer to an earlier question must not be taken for one to a new one
        replay = cell.replay
        message: Any = None
        try:
            while replay:
                self.now, message = replay.popleft()
                kind = type(message)
                if (
                    under_way is not None
                    and message is under_way[1]
                    and not any(type(m) not in RESUMES for _, m in replay)
                ):
                    await self._handle(cell, under_way)
                    break
                handler = cell.handlers[kind]
                result = handler(message) if kind not in (Start, Stop) else handler()
                if cell.is_async[kind]:
                    with suppress(Ended):  # the kernel had ended it where it waited
                        await result
        except (Exception, SystemExit) as error:  # noqa: BLE001  the run ends with it
            self._fatal = ActorFailed(cell.name, type(message).__name__, cell.redelivered, self.now, message, error)
            self._fatal.__cause__ = error
            self._fatal.add_note(
                f"{cell.name!r} did not do the same again when its messages were replayed to it after a crash: "
                f"a pure actor computes only from its messages and from what it asks the kernel"
            )
        finally:
            self._go_live(cell)

    def _go_live(self, cell: Cell) -> None:
        if self._saved is None:
            return
        self.replaying = False
        self.due, self._later, self.sequence, self.now, self.cause, self._undo, answers = self._saved
        self._saved = None
        # The answers to the message on which the actor crashed were not asked for again.
        del answers[len(answers) - len(cell.log.answers) :]
        cell.log.answers[:] = answers
        cell.replay = None
