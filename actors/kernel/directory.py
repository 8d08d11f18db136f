"""The directory: who is there, and who gets what is published (K8).

An actor begins with every key of each kind that it handles, and says as the run goes what it wants more or less of.
"""

from collections.abc import Callable
from operator import setitem
from typing import Any

from tradepit.actors.kernel.errors import ActorError, NoHandler, UnknownActor
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.lifecycle import Start, Stop
from tradepit.actors.kernel.mailbox import Cell
from tradepit.actors.kernel.routes import Route, Subscribers, with_cell, without_cell
from tradepit.actors.kernel.schedule import Apart, OverLink
from tradepit.actors.kernel.timeline import Timeline


class _Routes(dict[type, Route]):
    """The routes by kind, made when a kind is first met."""

    def __init__(self, cells: dict[str, Cell], journal: Journal | None) -> None:
        super().__init__()
        self._cells = cells
        self._journal = journal

    def __missing__(self, kind: type) -> Route:
        written = self._journal is not None and self._journal.keeps(kind)
        route = self[kind] = Route(kind, written=written)
        for cell in self._cells.values():
            if kind in cell.handlers:
                route.cells.add_to_all(cell)
        return route


class Directory(Timeline):
    """The actors of a system and their subscriptions.

    Attributes:
        journal: takes the entries, or None.
        cells: the actors by name, in the order in which they start.
        routes: who gets what is published, by kind.
    """

    __slots__ = ("cells", "journal", "routes")

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start)
        self.journal = journal
        self.cells: dict[str, Cell] = {}
        self.routes: dict[type, Route] = _Routes(self.cells, journal)

    def cell_of(self, name: str) -> Cell:
        """Return the actor of a name.

        Raises:
            UnknownActor: no actor has it.
        """
        cell = self.cells.get(name)
        if cell is None:
            raise UnknownActor(f"no actor is called {name!r}; {self.who()}")
        return cell

    def who(self) -> str:
        """Return the words that list the actors."""
        return f"the actors are {', '.join(repr(name) for name in self.cells) or 'none'}"

    def subscriptions(self) -> dict[str, list[str]]:
        """Return who handles what, and so begins by receiving it: names of actors by kind."""
        found: dict[str, list[str]] = {}
        for cell in self.cells.values():
            for kind in cell.handlers:
                if kind not in (Start, Stop):
                    found.setdefault(kind.__name__, []).append(cell.name)
        return dict(sorted(found.items()))

    # --- listeners from outside -----------------------------------------------------------------------------------

    def tap(self, kind: type, listener: Callable[[Any], None]) -> None:
        """Call a function with every published message of a kind; it must not act back.

        It is called after the subscribers, except those who wait until the instant has settled.
        """
        route = self.routes[kind]
        route.taps = [*route.taps, listener]

    def untap(self, kind: type, listener: Callable[[Any], None]) -> None:
        """Call a function no more that `tap` was given; it may say so itself while it is called."""
        route = self.routes[kind]
        route.taps = [other for other in route.taps if other != listener]

    # --- what is published over links -----------------------------------------------------------------------------

    def publish_over(self, cell: Cell, message: Any) -> None:
        """Publish a message of an actor that has links: at once to some, over its links to the others."""
        if self.replaying:
            return
        links = cell.actor._links  # noqa: SLF001  the kernel's own half of the actor
        self._put(cell.name, self._apart(cell), message, self.cause)
        kind = type(message)
        bulk = getattr(kind, "__bulk__", False)
        for receiver, link in links.items():
            if kind not in receiver.handlers and not bulk:
                continue  # whoever has no handler for a kind may still read the newest of what is streamed
            receiver.seen.setdefault(kind, {})
            self.send_over(link, cell, OverLink(receiver), message)

    def _stream_one(self, message: Any) -> None:
        feed = self.cells[self._feed]
        links = feed.actor._links  # noqa: SLF001  as above
        if not links:
            super()._stream_one(message)
            return
        self.cause = 0
        for link in links.values():  # all of them have cause 0, and are turns of their own: none is ever taken back
            link.mark(self.sequence)
        self.publish_over(feed, message)

    def _apart(self, cell: Cell) -> Apart:
        """Return the target of what an actor publishes, without those who get it over links."""
        links = cell.actor._links  # noqa: SLF001  as above
        return Apart(frozenset(links))

    # --- what actors ask for --------------------------------------------------------------------------------------

    def subscribe(self, cell: Cell, kind: type, key: Any, *, settled: bool) -> None:
        """Widen a subscription; taken back if the handler raises."""
        self._check_handles(cell, kind)
        if self.replaying:
            return
        route = self.routes[kind]
        if settled:
            route.settles = True
            taken, other = route.late, route.cells
        else:
            taken, other = route.cells, route.late
        if key is None:
            self._remember_all(cell, taken)
            taken.add_to_all(cell)
            self._remember_all(cell, other)
            other.discard_from_all(cell)
            return
        had = taken[key]
        if cell in had:
            return
        others = other[key]
        if cell in others:
            if cell in other.every_key:
                raise ActorError(
                    f"{cell.name!r} cannot subscribe to {kind.__name__} of {key!r} {'' if settled else 'not '}settled: "
                    f"it receives every key {'not ' if settled else ''}settled; unsubscribe from the kind first"
                )
            self._remember(cell, setitem, other, key, others)
            other[key] = without_cell(others, cell)
        self._remember(cell, setitem, taken, key, had)
        taken[key] = with_cell(had, cell)

    def unsubscribe(self, cell: Cell, kind: type, key: Any) -> None:
        """Narrow a subscription; taken back if the handler raises."""
        self._check_handles(cell, kind)
        if self.replaying:
            return
        route = self.routes[kind]
        for subscribers in (route.cells, route.late):
            if key is None:
                self._remember_all(cell, subscribers)
                subscribers.discard_from_all(cell)
            elif cell in (had := subscribers[key]):
                if cell in subscribers.every_key:
                    raise ActorError(
                        f"{cell.name!r} cannot unsubscribe from {kind.__name__} of {key!r} alone: it receives every "
                        f"key; unsubscribe from the kind, then subscribe to the keys that it wants"
                    )
                self._remember(cell, setitem, subscribers, key, had)
                subscribers[key] = without_cell(had, cell)

    def _remember_all(self, cell: Cell, subscribers: Subscribers) -> None:
        self._remember(cell, subscribers.restore, subscribers.every_key, dict(subscribers))

    @staticmethod
    def _check_handles(cell: Cell, kind: type) -> None:
        if kind not in cell.handlers:
            raise NoHandler(f"{cell.name!r} has no handler for {kind.__name__} to subscribe to")
