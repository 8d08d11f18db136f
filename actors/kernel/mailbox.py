"""The kernel's record of one actor: its handlers, its mailbox, its task."""

from collections import deque
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import trio

from tradepit.actors.kernel.handlers import Handler
from tradepit.actors.kernel.recovery import Log, Snapshot
from tradepit.actors.kernel.schedule import NO_HANDLERS, Handlers, Timer
from tradepit.actors.kernel.statistics import ActorStatistics, Stopwatch

if TYPE_CHECKING:
    from random import Random

    from tradepit.actors.kernel.actor import Actor
    from tradepit.actors.kernel.crashes import Saboteur
    from tradepit.actors.kernel.supervision import Child, Watch


class Overflow(StrEnum):
    """What happens when a message comes to a full mailbox (K11).

    `block`: sources outside the system wait; what actors send is still taken, for nobody could go on otherwise.
    `drop_oldest`: the message that has waited longest is lost.
    `conflate`: streamed data (kinds with `__bulk__`) take the place of what waits of the same kind and key, full or
    not; everything else is kept, for an order or a fill is not made good by the next one.
    `fail`: the run ends.
    """

    BLOCK = "block"
    DROP_OLDEST = "drop_oldest"
    CONFLATE = "conflate"
    FAIL = "fail"


@attrs.frozen(kw_only=True)
class Mailbox:
    """How an actor's mailbox is bounded, and how long the actor needs for a message.

    Attributes:
        capacity: how many messages may wait; None for any number.
        overflow: what happens to one more.
        service_ns: draws how long the actor is busy with one message, ns; None for no time at all. A message is
            handled when its service is over: what the handler sends leaves then.
    """

    capacity: int | None = None
    overflow: Overflow = Overflow.BLOCK
    service_ns: "Callable[[Random], int] | None" = None


Waiting: TypeAlias = tuple[int, Any, "Asked | None", int]
"""(sequence, message, who asked or None, time of arrival)."""


class Cell:
    """One actor as the kernel sees it.

    Attributes:
        name: the actor's name.
        number: its place in the order in which the actors start.
        actor: the actor itself.
        handlers: its bound handlers by kind, plain and async.
        fast: those that may be called without waking the actor's task; empty while it is busy, and always empty
            in task dispatch and where the actor has a service time.
        plain: what `fast` is while the actor is idle.
        note: adds to the log of what it has handled.
        log: what it has handled since its last snapshot.
        mailbox: what arrived while the actor was busy.
        busy: whether an async handler of the actor has begun and not ended, or a message is being served, or the
            actor is down.
        current: the message of the async handler that has begun and not ended, or None.
        resumed: what that handler was resumed with last, or None.
        begun: how many messages stood in the log before that one.
        waiting: number of the wait that its async handler is in, 0 when in none.
        task: its parked trio task.
        bounds: how its mailbox is bounded.
        statistics: what is counted.
        watch: its entry under its supervisor, and the supervisor; None for neither.
        keeps: whether its log and snapshots are kept so that it can be recovered.
        snapshot: its last snapshot.
        overdue: whether a snapshot is to be taken as soon as the handler that is under way has ended.
        counted_at: how long the log must be before its messages are counted again.
        forgone: how often the handler that is under way had waited when nothing was kept of it any more, else 0.
        down_since: when it crashed, while it is down; None while it is up.
        ended: whether it takes part no more.
        redelivered: number of the message that was last given to it a second time.
        held: resumptions that came while it was down, with their numbers.
        replay: what is left to be replayed while it recovers, else None.
        served: the message whose service is over.
        serving: the timer of the service that is under way, or None.
        outside: set when there is work for a boundary actor that works beside the others, in real time; else None.
        seen: newest messages that came to it over links, by kind and key.
    """

    __slots__ = (
        "actor", "begun", "bounds", "busy", "counted_at", "current", "down_since", "ended", "fast", "forgone",
        "handlers", "held", "is_async", "keeps", "log", "mailbox", "name", "note", "number", "outside", "overdue",
        "parked", "plain", "redelivered", "replay", "resumed", "seen", "served", "serving", "snapshot", "statistics",
        "task", "waiting", "waits", "watch",
    )  # fmt: skip

    def __init__(self, name: str, number: int, actor: "Actor", found: Mapping[type, Handler]) -> None:
        self.name = name
        self.number = number
        self.actor = actor
        self.handlers: dict[type, Callable[..., Any]] = {kind: getattr(actor, h.name) for kind, h in found.items()}
        self.is_async: dict[type, bool] = {kind: h.is_async for kind, h in found.items()}
        self.plain = NO_HANDLERS
        self.fast = NO_HANDLERS
        self.log = Log()
        self.note = self.log.items.append
        self.mailbox: deque[Waiting] = deque()
        self.busy = False
        self.current: Waiting | None = None
        self.resumed: Any = None
        self.begun = 0
        self.waiting = 0
        self.waits = 0
        self.task: trio.lowlevel.Task | None = None
        self.parked = False
        self.bounds = Mailbox()
        self.statistics = ActorStatistics()
        self.watch: tuple[Child, Watch] | None = None
        self.keeps = False
        self.snapshot: Snapshot | None = None
        self.overdue = False
        self.counted_at = 0
        self.forgone = 0
        self.down_since: int | None = None
        self.ended = False
        self.redelivered = 0
        self.held: list[tuple[int, Any]] = []
        self.replay: deque[tuple[int, Any]] | None = None
        self.outside: trio.Event | None = None
        self.served: Waiting | None = None
        self.serving: Timer | None = None
        self.seen: dict[type, dict[Any, Any]] = {}

    def allow_direct_calls(self, found: Mapping[type, Handler]) -> None:
        """Let the kernel call the plain handlers while the actor is idle (inline dispatch, K7)."""
        self.plain = Handlers(
            {kind: self.handlers[kind] for kind, h in found.items() if not h.is_async and h.takes_message}
        )
        self.fast = self.plain

    def bound(self, bounds: Mailbox) -> None:
        """Bound the mailbox; with a service time no message is handled at once."""
        self.bounds = bounds
        if bounds.service_ns is not None:
            self.plain = self.fast = NO_HANDLERS

    def next_waiting(self) -> Waiting | None:
        """Take the message that is to be handled next, or None."""
        if self.bounds.service_ns is not None:
            item, self.served = self.served, None
            return item
        return self.mailbox.popleft() if self.mailbox else None

    def sabotage(self, saboteur: "Saboteur") -> None:
        """Let the actor crash on purpose."""
        for kind, handler in self.handlers.items():
            wrap = saboteur.waiting if self.is_async[kind] else saboteur.plain
            self.handlers[kind] = wrap(handler)
        self.plain = Handlers({kind: self.handlers[kind] for kind in self.plain})
        if not self.busy:
            self.fast = self.plain

    def time_one(self) -> None:
        """Time the next message that is handled by a direct call."""
        if self.plain and self.fast is self.plain:
            self.fast = Stopwatch(self.plain, self)

    def count_log(self) -> None:
        """Move what the log holds into the statistics, and empty it."""
        self.statistics.count(self.log.kinds(numbers=int in self.handlers))
        self.log.clear()
        self.begun = self.counted_at = 0


class Asked:
    """The target of a request whose sender waits for the answer."""

    __slots__ = ("asker", "cell", "name", "wait")

    fast: Handlers = NO_HANDLERS

    def __init__(self, cell: Cell, asker: Cell, wait: int) -> None:
        self.cell = cell
        self.name = cell.name
        self.asker = asker
        self.wait = wait
