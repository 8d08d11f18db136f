"""Who gets what is published: by kind and key, never by broadcast (K8)."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from tradepit.actors.kernel.mailbox import Cell

_started = attrgetter("number")


class Subscribers(dict[Any, tuple[Cell, ...]]):
    """The subscribers of one kind by key, each tuple in the order in which the actors started.

    It is filled as keys are met, and emptied when a subscription changes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.every_key: dict[Cell, None] = {}
        self.one_key: dict[Any, dict[Cell, None]] = {}

    def __missing__(self, key: Any) -> tuple[Cell, ...]:
        wanted = {**self.every_key, **self.one_key.get(key, {})}
        found = self[key] = tuple(sorted(wanted, key=_started) if len(wanted) > 1 else wanted)
        return found

    def add(self, cell: Cell, key: Any) -> None:
        """Let an actor receive one key, or every key when it is None."""
        if key is None:
            self.every_key[cell] = None
            self.clear()
        else:
            self.one_key.setdefault(key, {})[cell] = None
            self.pop(key, None)

    def discard(self, cell: Cell, key: Any) -> None:
        """Let an actor receive one key no more, or none at all when it is None."""
        if key is None:
            self.every_key.pop(cell, None)
            for wanted in self.one_key.values():
                wanted.pop(cell, None)
            self.clear()
        else:
            self.one_key.get(key, {}).pop(cell, None)
            self.pop(key, None)

    def state(self, cell: Cell, key: Any) -> tuple[Any, ...]:
        """Return what an actor receives of one key, or of all when it is None; None among them means every key."""
        if key is not None:
            return (key,) if cell in self.one_key.get(key, ()) else ()
        keys = tuple(key for key, wanted in self.one_key.items() if cell in wanted)
        return (None, *keys) if cell in self.every_key else keys


class Route:
    """One kind of published message.

    Attributes:
        kind: its name in the journal, or None when it is not written down.
        key_of: reads the key from a message.
        cells: who gets it, by key.
        late: who gets it, by key, once its instant has settled.
        settles: whether anybody is among the late.
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


def _no_key(_message: Any) -> None:
    return None
