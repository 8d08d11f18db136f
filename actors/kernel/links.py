"""Links: what a message passes between one sender and one receiver (K12)."""

import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from tradepit.actors.kernel.draws import Draws, Duration, Timing, whole_ns
from tradepit.actors.kernel.link_rules import BoundRule, Delay, Drop, Duplicate, Partition, Reorder, Rule

Mark: TypeAlias = int | tuple[int, ...]
"""Where a link stands, for `Link.rewind`; nobody else reads it."""


class Link:
    """A way from one sender to one receiver that takes time and on which rules may stand.

    Messages on it never overtake each other (K3), but for those that a `Reorder` takes out of the line.

    A handler that raises takes back what it sent. So before a message is sent, whoever sends it asks for a `mark`;
    `rewind` goes back to it, and then the same messages have the same latencies and meet the same rules as before.
    What was drawn is remembered for one turn only, so a link that is marked at each turn stays small.

    Attributes:
        rules: in the order in which they are asked; where there are none, `arrival` says all that `arrivals` does.
        turn: number of the turn in which a message was sent last.
        turn_began: the mark from before the first message of that turn.
    """

    __slots__ = (
        "_at_once", "_bound", "_constant", "_draws", "_plain", "_sent", "_taken", "_timing", "_turn", "_until",
        "_window_ns", "rules", "turn", "turn_began",
    )  # fmt: skip

    def __init__(
        self,
        latency_ns: Duration | None,
        stream: random.Random,
        *,
        at_once: Callable[[Any], bool] | None = None,
        rules: Iterable[Rule] = (),
    ) -> None:
        """Make a link.

        Args:
            latency_ns: how long each message takes: ns, 0 or more, or what draws it; None for no time.
            stream: the link's own random stream. What rules draw from is made of it without drawing from it.
            at_once: tells which messages take no time, but for those sent before them; None for none. Rules hold
                for them too.
            rules: what goes wrong on the way, in the order in which the rules are asked.
        """
        self.rules = tuple(rules)
        self._at_once = at_once
        self._timing = None if latency_ns is None or isinstance(latency_ns, int) else Timing(latency_ns, stream)
        # A constant that holds for all messages; -1 where each must be looked at.
        self._constant = -1
        if self._timing is None:
            constant = 0 if latency_ns is None else whole_ns(latency_ns)
            if constant and at_once is not None:
                self._timing = Timing(constant, stream)
            else:
                self._constant = constant
        seed = str(stream.getstate()) if self.rules else ""
        self._bound = [BoundRule(rule, f"{number} {seed}") for number, rule in enumerate(self.rules)]
        self._draws: list[Draws] = [] if self._timing is None else [self._timing.draws]
        self._draws += [draws for bound in self._bound for draws in bound.draws]
        self._plain = not self._draws
        self._window_ns = 0 if self._timing is None else self._timing.window_ns
        self._sent: deque[int] = deque()  # when, in the last window
        self._taken = 0  # how many ever
        self._until = 0
        self._turn = -1
        self.turn = -1
        self.turn_began: Mark = 0

    # --- a message is sent ----------------------------------------------------------------------------------------

    def arrival(self, now: int, message: Any = None) -> int:
        """Return when a message sent now arrives: after its latency, and not before the one sent before it.

        Rules are not asked: this is for links that have none.
        """
        latency = self._constant
        arrival = now + (latency if latency >= 0 else self._latency(now, message))
        if arrival < self._until:
            return self._until
        self._until = arrival
        return arrival

    def arrivals(self, now: int, message: Any = None) -> tuple[int, ...]:
        """Return when the copies of a message sent now arrive: none where it is lost, more than one where it doubles.

        Its latency is drawn whatever becomes of it, so that rules disturb no other message.
        """
        latency = self._constant if self._constant >= 0 else self._latency(now, message)
        arrival = now + latency
        kind = type(message).__name__
        for bound in self._bound:
            if not bound.hits(now, kind):
                continue
            match bound.rule:
                case Delay():
                    arrival += bound.by_ns(now, message)
                case Drop() | Partition():
                    return ()
                case Reorder():
                    return (arrival + bound.by_ns(now, message),)
                case Duplicate(copies=copies):
                    times = [self._in_line(arrival)]
                    times += [self._in_line(arrival + bound.by_ns(now, message)) for _ in range(copies)]
                    return tuple(times)
        return (self._in_line(arrival),)

    def _in_line(self, arrival: int) -> int:
        self._until = arrival = max(arrival, self._until)
        return arrival

    def _latency(self, now: int, message: Any) -> int:
        """Return the latency of the next message, and count it as load where that matters."""
        load = 0
        if self._window_ns:
            sent = self._sent
            first = now - self._window_ns
            while sent and sent[0] <= first:
                sent.popleft()
            load = len(sent)
            sent.append(now)
            self._taken += 1
        if self._at_once is not None and self._at_once(message):
            return 0
        assert self._timing is not None
        return self._timing.ns(now, load, message)

    # --- a message is taken back ----------------------------------------------------------------------------------

    def mark(self, turn: int) -> Mark:
        """Return where the link stands, before a message is sent over it.

        Args:
            turn: number of the turn in which the message is sent, 0 or more. A mark of an earlier turn is void.
        """
        if self._plain:
            return self._until
        if turn != self._turn:
            self._turn = turn
            for draws in self._draws:
                draws.forget()
        if not self._bound:
            return (self._until, self._taken, self._draws[0].position)
        positions = [draws.position for draws in self._draws]
        return (self._until, self._taken, *positions, *[bound.count for bound in self._bound])

    def rewind(self, mark: Mark) -> None:
        """Forget what was sent since a mark of this turn; what was drawn since then is drawn again, in its order.

        Of several marks of a turn the first says all; those behind it may be rewound to before it, last one first.
        """
        if isinstance(mark, int):
            self._until = mark
            return
        self._until, taken, *rest = mark
        for _ in range(self._taken - taken):  # as nobody's time goes back, none of these has left the window
            self._sent.pop()
        self._taken = taken
        for draws, position in zip(self._draws, rest, strict=False):
            draws.position = position
        for bound, count in zip(self._bound, rest[len(self._draws) :], strict=True):
            bound.count = count

    @property
    def transparent(self) -> bool:
        """Tell whether messages pass as if there were no link."""
        return self._constant == 0 and not self.rules

    # --- the account ----------------------------------------------------------------------------------------------

    @property
    def counts(self) -> tuple[int, ...]:
        """Return to how many messages each rule has done what it does, in the order of `rules`."""
        return tuple(bound.count for bound in self._bound)
