"""Boundary actors: they bring in what the kernel cannot know (K14)."""

from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, TypeVar, TypeVarTuple

import trio

from tradepit.actors.kernel.actor import Actor
from tradepit.actors.kernel.errors import ActorError
from tradepit.actors.kernel.lifecycle import Retire

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
    feeds: ClassVar[bool] = False
    """Whether the actor brings in the data that a system lives on, in place of a stream; there is at most one.

    Each message that it posts has an instant of its own, and a `time` that is not after the instant at which it was
    posted. Who subscribed with `settled` hears it when the others have. Kinds of bulk count as streamed. What it
    publishes passes links, as what is streamed does. With `end_data` the data are over.
    """

    async def run(self) -> None:
        """Listen to the outside; nothing by default."""

    @property
    def wall_time(self) -> int:
        """Return the time that it is outside: the clock's on the wall, which may be ahead of what was delivered."""
        pace = self._system.pace
        return self.now if pace is None else pace.now()

    async def room(self) -> None:
        """Wait while more has come in than could be delivered, so that whoever sends it is held back (K11)."""
        await self._system.wait_for_room()

    def end_data(self) -> None:
        """Say that the data are over: the run ends when what has come in is delivered; later timers do not ring."""
        self._system.end_data()

    def send(self, to: str, message: Any) -> None:
        """Send a message to the actor of that name.

        Raises:
            UnknownActor: no actor has that name.
        """
        self._system.post(self._cell, self._system.cell_of(to), message)

    def publish(self, message: Any) -> None:
        """Publish a message to whoever subscribes to its kind and key."""
        self._system.post(self._cell, None, message)

    def call_at(self, time: int, message: Any) -> NoReturn:  # noqa: ARG002  all are refused
        """Raise: a boundary actor waits with `trio.sleep`, for what the kernel keeps for it no playback could give."""
        self._refuse("call_at")

    async def sleep(self, duration_ns: int) -> NoReturn:  # noqa: ARG002  as above
        """Raise, as `call_at`."""
        self._refuse("sleep")

    async def ask(self, to: str, request: Any, timeout_ns: int | None = None) -> NoReturn:  # noqa: ARG002  as above
        """Raise, as `call_at`; to send a message and to be sent one does the same."""
        self._refuse("ask")

    def _refuse(self, name: str) -> NoReturn:
        raise ActorError(
            f"{self.name!r} is a boundary actor, and {name} is not for it: it waits for the outside, with trio.sleep"
        )

    def retire(self) -> None:
        """Take part no more, neither listening nor handling; a permanent actor is restarted."""
        self.send(self.name, Retire())

    async def in_thread(self, function: Callable[[*_Args], _R], *args: *_Args) -> _R:
        """Call blocking code in a thread; at most as many at a time as trio's own limit says.

        A thread cannot be stopped: when the run ends at once, nobody waits for it.
        """
        return await trio.to_thread.run_sync(function, *args, abandon_on_cancel=True)
