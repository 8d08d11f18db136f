"""What an actor is to whoever writes one."""

import random
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from tradepit.actors.kernel.errors import ActorError, UnknownActor
from tradepit.actors.kernel.handlers import Handler, find_handlers
from tradepit.actors.kernel.lifecycle import Retire
from tradepit.actors.kernel.schedule import Timer

if TYPE_CHECKING:
    from tradepit.actors.kernel.links import Link
    from tradepit.actors.kernel.mailbox import Cell
    from tradepit.actors.kernel.system import System

_M = TypeVar("_M")

_KERNELS = frozenset({"_links", "_links_to", "send", "publish"})


class Actor:
    """A part of a system that owns its state and meets the others only through messages.

    A subclass has methods `on_*` with one annotated parameter each: the annotation is the kind of message that the
    method handles, and a subscription to what is published of that kind (K2). A handler is a plain function or a
    coroutine function. `on_start` and `on_stop` take nothing.

    What a handler sends takes effect when it returns, or when it next waits for the kernel; if it raises, nothing
    that it sent since then is delivered (K4).
    """

    handlers: ClassVar[Mapping[type, Handler]] = {}
    stateless: ClassVar[bool] = False
    """Whether the actor holds no state: restarted, it starts afresh, and nothing is replayed to it (K10)."""
    constant: ClassVar[tuple[str, ...]] = ()
    """Attributes that no handler changes, such as settings: no snapshot copies them."""

    __slots__ = ("__dict__", "__weakref__", "_cell", "_system", "name")  # those of the kernel are read at each message

    _system: "System"
    _cell: "Cell"
    _links: "Mapping[Cell, Link]" = MappingProxyType({})
    _links_to: "Mapping[str, tuple[Link, Cell]]" = MappingProxyType({})
    name: str

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.handlers = find_handlers(cls)

    @property
    def now(self) -> int:
        """Return the present time, ns since the Unix epoch."""
        return self._system.now

    @property
    def random(self) -> random.Random:
        """Return the actor's own random stream, from the run's seed and the actor's name (K6)."""
        return self._system.stream_of(self.name)

    def send(self, to: str, message: Any) -> None:
        """Send a message to the actor of that name.

        Raises:
            UnknownActor: no actor has that name.
        """
        system = self._system
        try:
            cell = system.cells[to]
        except KeyError:
            raise UnknownActor(f"{self.name!r} sent {type(message).__name__} to {to!r}; {system.who()}") from None
        system.sequence = sequence = system.sequence + 1
        system.due.append((sequence, self.name, cell, message, system.cause))

    def publish(self, message: Any) -> None:
        """Publish a message to whoever subscribes to its kind and key."""
        system = self._system
        system.sequence = sequence = system.sequence + 1
        system.due.append((sequence, self.name, None, message, system.cause))

    def call_at(self, time: int, message: Any) -> Timer:
        """Let the actor have a message from itself at a time, now at the earliest."""
        return self._system.set_timer(self._cell, time, message)

    def cancel(self, timer: Timer) -> None:
        """Cancel a timer; one that has rung or was cancelled before stays as it is."""
        self._system.cancel_timer(self._cell, timer)

    def retire(self) -> None:
        """Take part no more, from when the handler returns or next waits.

        What was sent to the actor before still reaches it; `on_stop` is not called. A permanent actor is restarted.
        """
        Actor.send(self, self.name, Retire())

    async def sleep(self, duration_ns: int) -> None:
        """Wait in an async handler; the actor's mailbox fills meanwhile, and the others go on."""
        if type(duration_ns) is not int or duration_ns < 0:
            raise ValueError(f"a sleep must last a whole number of ns, 0 or more, was {duration_ns!r}")
        await self._system.wait_for_time(self._cell, self._system.now + duration_ns)

    async def ask(self, to: str, request: Any, timeout_ns: int | None = None) -> Any:
        """Send a request and wait for what its handler returns.

        Raises:
            AskTimeout: no answer came within `timeout_ns`.
            UnknownActor: no actor has that name.
        """
        if timeout_ns is not None and (type(timeout_ns) is not int or timeout_ns < 0):
            raise ValueError(f"timeout_ns must be a whole number of ns, 0 or more, was {timeout_ns!r}")
        if to not in self._system.cells:
            raise UnknownActor(f"{self.name!r} asked {to!r}; {self._system.who()}")
        if to == self.name:
            raise ActorError(f"{self.name!r} asked itself, and would wait for ever")
        return await self._system.wait_for_reply(self._cell, self._system.cells[to], request, timeout_ns)

    def subscribe(self, kind: type, key: Any = None, *, settled: bool = False) -> None:
        """Receive what is published of a kind: with one key, or with every key when none is given.

        An actor begins with every key of each kind that it handles. It receives a message once: with `settled`, or
        without, as it had last said when the message came. What it says while it handles one holds from the next on.

        Args:
            kind: the kind; the actor has a handler for it.
            key: one key, or None for every key.
            settled: receive a streamed message only when all that the others did about it, at its instant, has been
                delivered. Who decides on a bar so knows what the same bar has done to the orders that rested.
        """
        self._system.subscribe(self._cell, kind, key, settled=settled)

    def unsubscribe(self, kind: type, key: Any = None) -> None:
        """Stop receiving what is published of a kind with one key, or of the kind altogether.

        Raises:
            ActorError: one key is to go, and the actor receives every key: narrow that first.
        """
        self._system.unsubscribe(self._cell, kind, key)

    def latest(self, kind: type[_M], key: Any = None) -> _M | None:
        """Return the newest message published of a kind and key, or None."""
        cell = self._cell
        # While another actor recovers, a boundary actor's own task may ask.
        if self._system.replaying and cell.replay is not None:
            again: _M | None = cell.log.answers.pop()
            return again
        seen = cell.seen
        newest: _M | None = (seen[kind] if kind in seen else self._system.routes[kind].latest).get(key)
        if cell.keeps:
            cell.log.answers.append(newest)
        return newest

    def stream(self, messages: Iterable[Any]) -> None:
        """Publish messages as time reaches the `time` of each; they must be in the order of time."""
        if not self._system.replaying:
            self._system.add_stream(self._cell, messages)

    # --- the actor's state, for a restart -------------------------------------------------------------------------

    def save_state(self) -> Any:
        """Return what handlers change; the kernel copies it between two messages."""
        return {name: value for name, value in vars(self).items() if name not in _KERNELS and name not in self.constant}

    def load_state(self, state: Any) -> None:
        """Become again what `save_state` had returned; the kernel calls it before it replays messages."""
        own = vars(self)
        for name in [name for name in own if name not in state and name not in _KERNELS and name not in self.constant]:
            del own[name]
        own.update(state)

    def _publish_over_links(self, message: Any) -> None:
        """Stand in for `publish` in an actor that has links."""
        self._system.publish_over(self._cell, message)

    def _send_over_links(self, to: str, message: Any) -> None:
        """Stand in for `send` in an actor that has links."""
        over = self._links_to.get(to)
        if over is None:
            Actor.send(self, to, message)
        else:
            self._system.send_over(over[0], self._cell, over[1], message)
