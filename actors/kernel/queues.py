"""Mailboxes with bounds, and actors that need time for a message (K11)."""

from tradepit.actors.kernel.directory import Directory
from tradepit.actors.kernel.errors import MailboxFull
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.lifecycle import Served
from tradepit.actors.kernel.mailbox import Cell, Mailbox, Overflow, Waiting
from tradepit.actors.kernel.schedule import NO_HANDLERS


class Queues(Directory):
    """The mailboxes of the actors."""

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start, journal)
        self._blocking: list[tuple[Cell, int]] = []  # whose full mailbox holds back the sources, and when it is full

    def bound(self, name: str, bounds: Mailbox) -> None:
        """Bound an actor's mailbox, and say how long it needs for a message; before the run."""
        cell = self.cell_of(name)
        cell.bound(bounds)
        if bounds.capacity is not None and bounds.overflow is Overflow.BLOCK:
            self._streams_slowly = True
            self._blocking.append((cell, bounds.capacity))

    def _serves(self) -> bool:
        """Tell whether an actor is busy with a message that it has not handled yet."""
        return any(cell.serving is not None for cell in self.cells.values())

    def _held_back(self) -> bool:
        """Tell whether sources must wait because a mailbox is full."""
        return any(len(cell.mailbox) >= capacity for cell, capacity in self._blocking)

    def _enqueue(self, cell: Cell, item: Waiting) -> None:
        """Put a message into a mailbox, by the rule of the mailbox where it is full."""
        mailbox = cell.mailbox
        bounds = cell.bounds
        if bounds.overflow is Overflow.CONFLATE and self._conflated(cell, item):
            return
        if bounds.capacity is not None and len(mailbox) >= bounds.capacity:
            if bounds.overflow is Overflow.FAIL:
                raise MailboxFull(cell.name, type(item[1]).__name__, bounds.capacity, self.now)
            if bounds.overflow is Overflow.DROP_OLDEST:
                # The one whose service has begun waits no more, nor does the one that is given a second time.
                begun = cell.serving is not None or (mailbox[0][0] == cell.redelivered and cell.down_since is not None)
                at = 1 if begun and len(mailbox) > 1 else 0
                if begun and len(mailbox) == 1:
                    cell.statistics.dropped[type(item[1]).__name__] += 1
                    return
                cell.statistics.dropped[type(mailbox[at][1]).__name__] += 1
                del mailbox[at]
        mailbox.append(item)
        cell.statistics.depth.note(self.now, len(mailbox))

    def _conflated(self, cell: Cell, item: Waiting) -> bool:
        """Let streamed data take the place of what waits of the same kind and key."""
        kind = type(item[1])
        if not getattr(kind, "__bulk__", False):
            return False
        key_of = self.routes[kind].key_of
        key = key_of(item[1])
        mailbox = cell.mailbox
        first = 1 if cell.bounds.service_ns is not None and cell.busy else 0
        for at in range(first, len(mailbox)):
            waiting = mailbox[at][1]
            if type(waiting) is kind and key_of(waiting) == key:
                mailbox[at] = item
                cell.statistics.dropped[kind.__name__] += 1
                return True
        return False

    def _begin_service(self, cell: Cell) -> None:
        """Let an actor be busy with the message that has waited longest."""
        draw = cell.bounds.service_ns
        assert draw is not None
        service_ns = draw(self.stream_of(f"service:{cell.name}"))
        if type(service_ns) is not int or service_ns < 0:
            raise ValueError(
                f"{cell.name!r}: a service time must be a whole number of ns, 0 or more, was {service_ns!r}"
            )
        sequence, _, _, arrived = cell.mailbox[0]
        cell.busy = True
        cell.fast = NO_HANDLERS
        statistics = cell.statistics
        statistics.busy_ns += service_ns
        waited = self.now - arrived
        statistics.waited_ns += waited
        if waited > statistics.longest_wait_ns:
            statistics.longest_wait_ns = waited
        self.cause = sequence
        cell.serving = self._put_later(cell, self.now + service_ns, Served(sequence=sequence))

    def _break_off_service(self, cell: Cell) -> None:
        """Stop being busy with a message; it stays the first in the mailbox."""
        if cell.serving is not None:
            cell.serving.cancelled = True
            cell.serving = None

    def _dequeue(self, cell: Cell) -> Waiting:
        """Take the message that has waited longest."""
        item = cell.mailbox.popleft()
        cell.statistics.depth.note(self.now, len(cell.mailbox))
        return item
