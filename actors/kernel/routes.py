"""Who gets what is published: by kind and key, never by broadcast (K8)."""

from bisect import bisect
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from tradepit.actors.kernel.mailbox import Cell

_started = attrgetter("number")


class Subscribers(dict[Any, tuple[Cell, ...]]):
    """The subscribers of one kind by key, each tuple in the order in which the actors started.

    A key that was not met yet has those who receive every key. A change puts new tuples in the place of old ones, so
    whoever goes through one, or keeps one to restore it, is not disturbed.

    Attributes:
        every_key: who receives every key.
    """

    __slots__ = ("every_key",)

    def __init__(self) -> None:
        super().__init__()
        self.every_key: tuple[Cell, ...] = ()

    def __missing__(self, key: Any) -> tuple[Cell, ...]:
        found = self[key] = self.every_key
        return found

    def add_to_all(self, cell: Cell) -> None:
        """Let an actor receive every key."""
        self.every_key = with_cell(self.every_key, cell)
        for key, cells in self.items():
            self[key] = with_cell(cells, cell)

    def discard_from_all(self, cell: Cell) -> None:
        """Let an actor receive none at all."""
        self.every_key = without_cell(self.every_key, cell)
        for key, cells in self.items():
            self[key] = without_cell(cells, cell)

    def restore(self, every_key: tuple[Cell, ...], by_key: dict[Any, tuple[Cell, ...]]) -> None:
        """Become again as it was."""
        self.every_key = every_key
        self.clear()
        self.update(by_key)


class Route:
    """One kind of published message.

    Attributes:
        kind: its name in the journal, or None when it is not written down.
        key_of: reads the key from a message.
        cells: who gets it, by key.
        late: who gets it, by key, once its instant has settled.
        settles: whether anybody was ever among the late.
        latest: the newest message by key.
        taps: called with each message after its subscribers, from outside the system.
        count: how many were published, of the kinds that are written down.
    """

    __slots__ = ("cells", "count", "key_of", "kind", "late", "latest", "settles", "taps")

    def __init__(self, kind: type, *, written: bool) -> None:
        field = getattr(kind, "__key__", None)
        self.kind: str | None = kind.__name__ if written else None
        self.key_of: Callable[[Any], Any] = attrgetter(field) if field is not None else _no_key
        self.cells = Subscribers()
        self.late = Subscribers()
        self.settles = False
        self.latest: dict[Any, Any] = {}
        self.taps: list[Callable[[Any], None]] = []
        self.count = 0

    def still(self, cells: tuple[Cell, ...], key: Any) -> tuple[Cell, ...]:
        """Return who of some actors receives a key at present, settled or not."""
        at_once, late = self.cells[key], self.late[key]
        return tuple(cell for cell in cells if cell in late or cell in at_once)


def with_cell(cells: tuple[Cell, ...], cell: Cell) -> tuple[Cell, ...]:
    """Return some actors, in the order in which they started, with one more."""
    if cell in cells:
        return cells
    at = bisect(cells, cell.number, key=_started)
    return (*cells[:at], cell, *cells[at:])


def without_cell(cells: tuple[Cell, ...], cell: Cell) -> tuple[Cell, ...]:
    """Return some actors without one of them."""
    if cell not in cells:
        return cells
    at = cells.index(cell)
    return cells[:at] + cells[at + 1 :]


def _no_key(_message: Any) -> None:
    return None
