"""The timeline: messages that come from a stream, and time that moves to whatever is due next (K1, K3).

A stream is read two messages ahead: only so is it known whether a message is alone at its instant.
"""

from collections.abc import Iterable, Iterator
from heapq import heappop
from typing import Any

from tradepit.actors.kernel.agenda import Agenda
from tradepit.actors.kernel.errors import ActorError
from tradepit.actors.kernel.mailbox import Cell
from tradepit.actors.kernel.schedule import Timer


class Timeline(Agenda):
    """The agenda with a stream that fills it as time moves on.

    Attributes:
        streamed: how many messages came from the stream.
    """

    __slots__ = (
        "_at_once", "_fault", "_feed", "_goes_on", "_head", "_rest", "_second", "_streams_slowly", "streamed",
    )  # fmt: skip

    def __init__(self, start: int) -> None:
        super().__init__(start)
        self.streamed = 0
        self._feed = ""  # who streams
        self._head: Any = None  # the next streamed message, and the one after it
        self._second: Any = None
        self._rest: Iterator[Any] = iter(())
        self._fault: Exception | None = None  # what the stream raised when the next message was read
        self._streams_slowly = False  # whether the stream passes links, or may be held back by a full mailbox
        self._goes_on = False  # whether more may come when the stream has ended
        self._at_once = 0  # how many streamed messages came at the present instant

    def add_stream(self, cell: Cell, messages: Iterable[Any]) -> None:
        """Add a stream; one that an actor adds in `on_start` begins with the run."""
        if self._feed:
            raise ActorError(f"{self._feed!r} streams already, {cell.name!r} cannot; merge the sources into one stream")
        self._remember(cell, self._drop_stream)
        self._feed, self._rest = cell.name, iter(messages)
        self._streams_slowly = self._streams_slowly or bool(cell.actor._links)  # noqa: SLF001  the kernel's own half
        try:
            self._head = next(self._rest, None)
            self._second = next(self._rest, None)
        except Exception as error:  # noqa: BLE001  as in `_next_alone`
            self._end_stream(error)
        if self._head is not None and self._head.time < self.now:
            raise ActorError(f"a stream must begin at {self.now} or later, was {self._head.time}")

    def _drop_stream(self) -> None:
        self._feed, self._head, self._second, self._rest, self._fault = "", None, None, iter(()), None

    def _end_stream(self, fault: Exception) -> None:
        """Let the stream end with a fault, which is raised when everything before it has been delivered."""
        self._second, self._rest, self._fault = None, iter(()), fault

    def _next_alone(self, end: int | None) -> Any:
        """Move time to the next streamed message and return it, if it is the only thing due then; else None.

        This is what happens at nearly every instant of a run over bars, so it goes past the deque.
        """
        head = self._head
        if head is None:
            return None
        time = head.time
        if self._streams_slowly or (self._later and self._later[0][0] <= time) or (end is not None and time > end):
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
        if self._under_way and self._head is None and end is None and self._fault is None:
            # Nothing but timers and what is on its way over links: the short way to the same.
            time = later[0][0]
            entry = heappop(later)
            if type(entry[3]) is not Timer:
                self._under_way -= 1
            elif entry[3].cancelled:
                return True
            self.now = time
            self.due.append(entry[1:])
            while later and later[0][0] == time:
                entry = heappop(later)
                if type(entry[3]) is not Timer:
                    self._under_way -= 1
                self.due.append(entry[1:])
            return True
        at = self._next_time(end, draining=draining)
        if at is None:
            return False
        self._advance(at, draining=draining)
        return True

    def _next_time(self, end: int | None, *, draining: bool) -> int | None:
        """Return the next instant at which something is due, or None when nothing that counts is left up to the end."""
        later = self._later
        while later and type(target := later[0][3]) is Timer and target.cancelled:
            heappop(later)
        head = None if draining else self._head
        waits = head is not None and self._streams_slowly and bool(later) and self._held_back()
        if waits:
            head = None
        elif head is None and self._fault is not None and not draining:
            raise self._fault
        if head is not None:
            time: int = max(head.time, self.now)  # a source that was held back goes on when there is room
            if later and later[0][0] < time:
                time = later[0][0]
        elif later and (
            waits
            or self._under_way
            or self._goes_on
            or not (draining or (self._feed and end is None))
            or self._serves()
        ):
            time = later[0][0]
        else:
            return None
        return None if end is not None and time > end else time

    def _advance(self, time: int, *, draining: bool) -> None:
        """Move time to an instant, and take all that is due then."""
        later = self._later
        head = None if draining else self._head
        if head is not None and self._streams_slowly and later and self._held_back():
            head = None
        self.now = time
        while later and later[0][0] == time:
            entry = heappop(later)
            if type(entry[3]) is not Timer:
                self._under_way -= 1
            self.due.append(entry[1:])
        if head is not None and head.time <= time:
            before = self.sequence
            while head is not None and head.time <= time:
                last = head.time
                self._stream_one(head)
                head = self._second
                try:
                    self._second = next(self._rest, None)
                except Exception as error:  # noqa: BLE001  as above
                    self._end_stream(error)
                if head is not None and head.time < last:
                    self._end_stream(
                        ActorError(f"a stream's time must not run backwards, was {head.time} after {last}")
                    )
                    head = None
                elif head is not None and head.time != last:
                    break  # those that were held back come one instant after another, as long as there is room
            self._at_once = self.sequence - before
            self.streamed += self._at_once
            self._head = head

    def _stream_one(self, message: Any) -> None:
        """Put the next streamed message among what is due."""
        self.sequence += 1
        self.due.append((self.sequence, self._feed, None, message, 0))

    def _serves(self) -> bool:
        """Tell whether an actor is busy with a message that it has not handled yet."""
        return False

    def _held_back(self) -> bool:
        """Tell whether the stream must wait."""
        return False
