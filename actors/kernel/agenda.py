"""The agenda: what has been sent and is not delivered yet, and how it is taken back (K3, K4).

Whatever is sent is numbered here and stands here until it is due. What a handler did to the kernel before it raised is
undone here too: what it sent is dropped, and what it changed otherwise is changed back, the last change first.
"""

from collections.abc import Callable
from heapq import heapify, heappush
from random import Random
from typing import Any

from tradepit.actors.kernel.links import Link, Mark
from tradepit.actors.kernel.mailbox import Asked, Cell
from tradepit.actors.kernel.schedule import Due, DueEntry, LaterEntry, OverLink, RestartDue, Target, Timer
from tradepit.actors.kernel.streams import random_stream


class Agenda:
    """What is due now, and what is due later.

    Attributes:
        now: virtual time, ns since the Unix epoch.
        sequence: the last sequence number given.
        cause: number of the message that is being handled; what is sent meanwhile is sent because of it.
        due: what is due now.
        seed: the run's seed.
        replaying: whether an actor recovers: what it asks for is answered from its log, and nothing else is done.
    """

    # What the loop and the actors read and write at each message is found quicker in slots.
    __slots__ = ("_later", "_random", "_under_way", "_undo", "cause", "due", "now", "replaying", "seed", "sequence")

    def __init__(self, start: int) -> None:
        self.now = start
        self.sequence = 0
        self.cause = 0
        self.due = Due()
        self.seed = 0
        self.replaying = False
        self._random: dict[str, Random] = {}
        self._later: list[LaterEntry] = []  # a heap
        self._under_way = 0  # how many of them are on their way over a link
        self._undo: list[tuple[Cell, int, Callable[..., None], tuple[Any, ...]]] = []

    # --- what actors ask for --------------------------------------------------------------------------------------

    def send_over(self, link: Link, sender: Cell, target: Cell | Asked | OverLink, message: Any) -> None:
        """Send a message over a link."""
        if self.replaying:
            return
        now = self.now
        cause = self.cause
        if link.turn != cause:
            link.turn = cause
            link.turn_began = link.mark(cause)
        if link.rules:
            for arrival in link.arrivals(now, message):
                self._put_on_its_way(arrival, sender, target, message)
            return
        arrival = link.arrival(now, message)
        self.sequence = sequence = self.sequence + 1
        if arrival == now:
            self.due.append((sequence, sender.name, target, message, cause))
        else:
            self._under_way += 1
            heappush(self._later, (arrival, sequence, sender.name, target, message, cause))

    def _put_on_its_way(self, arrival: int, sender: Cell, target: Cell | Asked | OverLink, message: Any) -> None:
        self.sequence += 1
        if arrival == self.now:
            self.due.append((self.sequence, sender.name, target, message, self.cause))
        else:
            self._under_way += 1
            heappush(self._later, (arrival, self.sequence, sender.name, target, message, self.cause))

    def set_timer(self, cell: Cell, time: int, message: Any) -> Timer:
        """Set a timer of an actor."""
        if type(time) is not int or time < self.now:
            raise ValueError(f"{cell.name!r}: a timer must lie at {self.now} or later, in whole ns, was {time!r}")
        timer = self._timer_again(cell) or self._put_later(cell, time, message)
        if cell.keeps and not self.replaying:
            cell.log.answers.append(timer)
        return timer

    def cancel_timer(self, cell: Cell, timer: Timer) -> None:
        """Cancel a timer; taken back if the handler raises."""
        if not timer.cancelled and not self.replaying:
            timer.cancelled = True
            self._remember(cell, setattr, timer, "cancelled", False)

    def stream_of(self, name: str) -> Random:
        """Return the random stream of a name."""
        found = self._random.get(name)
        if found is None:
            found = self._random[name] = random_stream(self.seed, name)
        return found

    def drawn_stream(self, name: str) -> Random | None:
        """Return the random stream of a name if it was ever asked for."""
        return self._random.get(name)

    # --- for the layers above -------------------------------------------------------------------------------------

    def _put(self, sender: str, target: Target, message: Any, cause: int) -> None:
        self.sequence += 1
        entry: DueEntry = (self.sequence, sender, target, message, cause)
        self.due.append(entry)

    def _put_later(self, cell: Cell, time: int, message: Any) -> Timer:
        self.sequence += 1
        timer = Timer(cell, time)
        if time == self.now:
            self.due.append((self.sequence, cell.name, timer, message, self.cause))
        else:
            heappush(self._later, (time, self.sequence, cell.name, timer, message, self.cause))
        return timer

    def _timer_again(self, cell: Cell) -> Timer | None:
        """Return the timer that an actor set when it handled the message that is being replayed to it; else None."""
        if not self.replaying:
            return None
        timer: Timer = cell.log.answers.pop()
        return timer

    def _mark(self, link: Link) -> Mark:
        """Return where a link stands in the present turn."""
        if link.turn != self.cause:
            link.turn = self.cause
            link.turn_began = link.mark(self.cause)
        return link.mark(self.cause)

    def _call_kernel_at(self, time: int, target: RestartDue) -> None:
        """Let the kernel do something itself at a later time."""
        self.sequence += 1
        self._under_way += 1
        heappush(self._later, (time, self.sequence, "", target, None, self.cause))

    def _remember(self, cell: Cell, undo: Callable[..., None], *args: Any) -> None:
        """Keep what undoes a change, as long as the handler that made it may still raise."""
        undos = self._undo
        cause = self.cause
        if undos and (undos[-1][1] != cause or undos[-1][0] is not cell):
            undos.clear()
        undos.append((cell, cause, undo, args))

    def _take_back(self, cell: Cell, cause: int) -> None:
        """Undo what a handler did to the kernel before it raised."""
        name = cell.name
        self.due.take_back(name, cause)
        sent = [entry for entry in self._later if entry[5] == cause and entry[2] == name]
        if sent:
            self._later = [entry for entry in self._later if entry[5] != cause or entry[2] != name]
            heapify(self._later)
            self._under_way -= sum(type(entry[3]) is not Timer for entry in sent)
        for link in cell.actor._links.values():  # noqa: SLF001  the kernel's own half of the actor
            if link.turn == cause:
                link.rewind(link.turn_began)
        while self._undo:
            who, when, undo, args = self._undo.pop()
            if when == cause and who is cell:
                undo(*args)
