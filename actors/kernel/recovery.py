"""What an actor has handled since its last snapshot, and how its state is taken and put back (K10).

A pure actor computes only from its messages and from what it asks the kernel: the time, the newest value of a kind,
timers, its random stream. All of these are kept here in the order in which it got them, so that the same messages can
be replayed to it and find the same answers. A snapshot bounds how many.
"""

import copy
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from tradepit.actors.kernel.errors import StateError
from tradepit.actors.kernel.streams import random_stream

if TYPE_CHECKING:
    from tradepit.actors.kernel.actor import Actor
    from tradepit.actors.kernel.agenda import Agenda
    from tradepit.actors.kernel.mailbox import Cell

SNAPSHOT_EVERY: Final = 4096
"""Messages that an actor handles before a new snapshot of it is taken."""

MOST_REPLAYED: Final = 1_000_000
"""Waits of one handler that has not ended; of one that waits more often nothing is kept, and no replay gives it back.

There is no snapshot of a handler under way: where it stands, and what its variables hold, cannot be copied.
"""

_PLAIN: Final = frozenset({type(None), bool, int, float, str, bytes, Decimal})
"""Types whose values are their own copies."""


class Log:
    """The messages that an actor has handled, and the kernel's answers to what its handlers asked meanwhile.

    Attributes:
        items: the messages. A whole number before one is the time at which it was handled; one without such a number
            came from a stream, at the time that it carries itself.
        answers: what the kernel answered; only of an actor that is to be recovered.
    """

    __slots__ = ("_counted", "_handled", "answers", "items")

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.answers: list[Any] = []
        self._counted = 0  # how many of the items were counted, and how many messages they were
        self._handled = 0

    def clear(self) -> None:
        """Forget everything."""
        self.items.clear()
        self.answers.clear()
        self._counted = self._handled = 0

    def drop_last(self) -> None:
        """Forget the last message: its handler raised."""
        kept = list(self)[:-1]
        self.items[:] = [part for pair in kept for part in pair]
        self._counted = self._handled = 0

    def drop_from(self, at: int) -> None:
        """Forget the items from one on."""
        del self.items[at:]
        self._counted = self._handled = 0

    def handled(self, *, numbers: bool) -> int:
        """Return how many messages there are, between two of them; counts what was not counted before.

        Args:
            numbers: whether messages may be whole numbers.
        """
        new = self.items[self._counted :]
        self._handled += sum(1 for _ in _pairs(new)) if numbers else len(new) - [*map(type, new)].count(int)
        self._counted = len(self.items)
        return self._handled

    def kinds(self, *, numbers: bool) -> "Counter[type]":
        """Return how many messages there are of each kind; `numbers` tells whether messages may be whole numbers."""
        if numbers:
            return Counter(type(message) for _, message in self)
        found = Counter(map(type, self.items))
        del found[int]  # those are times
        return found

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """Return (time, message) of every message."""
        return _pairs(self.items)


def _pairs(items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    left = iter(items)
    for item in left:
        yield (item, next(left)) if type(item) is int else (item.time, item)


class Snapshot:
    """An actor's state between two messages."""

    __slots__ = ("_state", "_stream", "_waits")

    def __init__(self, cell: "Cell", system: "Agenda") -> None:
        """Take an actor's state.

        Raises:
            StateError: it holds something that cannot be copied.
        """
        self._state = _copy(cell.actor, cell.actor.save_state(), system)
        stream = system.drawn_stream(cell.name)
        self._stream = None if stream is None else stream.getstate()
        self._waits = cell.waits

    def put_back(self, cell: "Cell", system: "Agenda") -> None:
        """Give an actor this state again."""
        cell.actor.load_state(_copy(cell.actor, self._state, system))
        stream = system.drawn_stream(cell.name)
        if stream is not None:
            stream.setstate(random_stream(system.seed, cell.name).getstate() if self._stream is None else self._stream)
        cell.waits = self._waits


def _copy(actor: "Actor", state: Any, system: "Agenda") -> Any:
    # What belongs to the kernel, and what no handler changes, is the same in the copy.
    shared = [actor, system, actor._cell, system.drawn_stream(actor.name)]  # noqa: SLF001  the kernel's own half
    shared += [vars(actor)[name] for name in actor.constant if name in vars(actor)]
    memo = {id(value): value for value in shared if value is not None}
    if type(state) is dict:
        # Books of thousands of ids are copied at once, and not entry by entry.
        for value in state.values():
            if (
                type(value) is dict
                and _PLAIN.issuperset(map(type, value))
                and _PLAIN.issuperset(map(type, value.values()))
            ):
                memo[id(value)] = value.copy()
    try:
        return copy.deepcopy(state, memo)
    except Exception as error:
        raise StateError(
            actor.name,
            f"the state of {actor.name!r} cannot be copied, so it could not be restarted: {error}; keep what no "
            f"handler changes in attributes that {type(actor).__name__}.constant names, or say stateless = True",
        ) from error
