"""Boundary actors: they bring in what the kernel cannot know (K14)."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, TypeVarTuple

import trio

from tradepit.actors.kernel.actor import Actor
from tradepit.actors.kernel.lifecycle import Finish

_R = TypeVar("_R")
_Args = TypeVarTuple("_Args")


class Boundary(Actor):
    """An actor that talks to the outside: a socket, a venue, a person.

    `async def run(self)` is a task of its own, from the start of the run to its end; what it sends enters the order at
    once. Handlers may wait for anything; in real time they wait in the actor's own task while the others go on, and
    what they send enters the order when they return (K15). A journal is replayed without boundary actors: what they
    had sent is taken from it.
    """

    stateless: ClassVar[bool] = True

    async def run(self) -> None:
        """Listen to the outside; nothing by default."""

    def send(self, to: str, message: Any) -> None:
        """Send a message to the actor of that name.

        Raises:
            UnknownActor: no actor has that name.
        """
        self._system.post(self._cell, self._system.cell_of(to), message)

    def publish(self, message: Any) -> None:
        """Publish a message to whoever subscribes to its kind and key."""
        self._system.post(self._cell, None, message)

    def finish(self) -> None:
        """Take part no more, neither listening nor handling; a permanent actor is restarted."""
        self.send(self.name, Finish())

    async def in_thread(self, function: Callable[[*_Args], _R], *args: *_Args) -> _R:
        """Call blocking code in a thread; at most as many at a time as trio's own limit says."""
        return await trio.to_thread.run_sync(function, *args)
