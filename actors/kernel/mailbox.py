"""The kernel's record of one actor: its handlers, its mailbox, its task."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import trio

from tradepit.actors.kernel.handlers import Handler
from tradepit.actors.kernel.schedule import NO_HANDLERS

if TYPE_CHECKING:
    from tradepit.actors.kernel.actor import Actor


class Cell:
    """One actor as the kernel sees it.

    Attributes:
        name: the actor's name.
        number: its place in the order in which the actors start.
        actor: the actor itself.
        handlers: its bound handlers by kind, plain and async.
        fast: those that may be called without waking the actor's task; empty while it is busy, and always empty
            in task dispatch.
        plain: what `fast` is while the actor is idle.
        mailbox: what arrived while the actor was busy: (sequence, message, who asked or None).
        busy: whether an async handler of the actor has begun and not ended.
        waiting: number of the wait that its async handler is in, 0 when in none.
        task: its parked trio task.
    """

    __slots__ = (
        "actor",
        "busy",
        "fast",
        "handlers",
        "is_async",
        "mailbox",
        "name",
        "number",
        "parked",
        "plain",
        "task",
        "waiting",
        "waits",
    )

    def __init__(self, name: str, number: int, actor: "Actor", found: Mapping[type, Handler]) -> None:
        self.name = name
        self.number = number
        self.actor = actor
        self.handlers: dict[type, Callable[..., Any]] = {kind: getattr(actor, h.name) for kind, h in found.items()}
        self.is_async: dict[type, bool] = {kind: h.is_async for kind, h in found.items()}
        self.plain: Mapping[type, Callable[[Any], Any]] = NO_HANDLERS
        self.fast: Mapping[type, Callable[[Any], Any]] = NO_HANDLERS
        self.mailbox: deque[tuple[int, Any, Asked | None]] = deque()
        self.busy = False
        self.waiting = 0
        self.waits = 0
        self.task: trio.lowlevel.Task | None = None
        self.parked = False

    def allow_direct_calls(self, found: Mapping[type, Handler]) -> None:
        """Let the kernel call the plain handlers while the actor is idle (inline dispatch, K7)."""
        self.plain = {kind: self.handlers[kind] for kind, h in found.items() if not h.is_async and h.takes_message}
        self.fast = self.plain

    def listen(self, kind: type, listener: Callable[[Any], None]) -> None:
        """Let a function hear each message of a kind before its handler does."""
        handler = self.handlers[kind]

        def heard(message: Any) -> Any:
            listener(message)
            return handler(message)

        self.handlers[kind] = heard
        if kind in self.plain:
            self.plain = {**self.plain, kind: heard}
            self.fast = self.plain


class Asked:
    """The target of a request whose sender waits for the answer."""

    __slots__ = ("asker", "cell", "name", "wait")

    fast: Mapping[type, Callable[[Any], Any]] = NO_HANDLERS

    def __init__(self, cell: Cell, asker: Cell, wait: int) -> None:
        self.cell = cell
        self.name = cell.name
        self.asker = asker
        self.wait = wait
