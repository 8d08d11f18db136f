"""Supervisors: who decides what becomes of an actor that crashed, and how often (K9).

A tree as in Erlang/OTP. A supervisor has children, actors or other supervisors, in the order in which they start. When
one of them fails, the supervisor restarts it, alone or with others of its children; when that happens too often, the
failure is the supervisor's own and goes to the one above. A failure that nobody takes ends the run.
"""

from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from random import Random
from typing import TypeAlias

import attrs

from tradepit.actors.kernel.errors import ActorError


class Strategy(StrEnum):
    """Which children are restarted when one fails: it alone, all of them, or it and those that started after it."""

    ONE_FOR_ONE = "one_for_one"
    ONE_FOR_ALL = "one_for_all"
    REST_FOR_ONE = "rest_for_one"


class Restart(StrEnum):
    """When an actor is restarted: always, only after a crash, or never."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"


@attrs.frozen(kw_only=True)
class Backoff:
    """How long a supervisor waits before a restart.

    The first restart waits `first_ns`, each further one within the period `factor` times as long as the one before,
    never longer than `most_ns`; then it is made longer or shorter by up to `jitter` of itself, evenly drawn.

    Attributes:
        first_ns: 0 for a restart at once, as in Erlang/OTP.
        factor: 1 or more.
        most_ns: upper bound before the jitter.
        jitter: share from 0 to 1.
    """

    first_ns: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    factor: float = attrs.field(default=2.0, validator=attrs.validators.ge(1.0))
    most_ns: int = attrs.field(default=30_000_000_000, validator=attrs.validators.ge(0))
    jitter: float = attrs.field(default=0.0, validator=[attrs.validators.ge(0.0), attrs.validators.le(1.0)])

    def wait_ns(self, restarts: int, stream: Random) -> int:
        """Return how long to wait before a restart.

        Args:
            restarts: how many there were within the period.
            stream: the supervisor's random stream; drawn from only where there is jitter.
        """
        wait = self.first_ns
        for _ in range(restarts):
            if wait >= self.most_ns:
                break
            wait = round(wait * self.factor)
        wait = min(wait, self.most_ns)
        if self.jitter and wait:
            wait = round(wait * (1.0 + self.jitter * stream.uniform(-1.0, 1.0)))
        return wait


@attrs.frozen(kw_only=True)
class Child:
    """An actor under a supervisor.

    Attributes:
        actor: its name.
        restart: when it is restarted.
    """

    actor: str
    restart: Restart = Restart.PERMANENT


@attrs.frozen(kw_only=True)
class Supervisor:
    """One supervisor and what is under it.

    Attributes:
        name: stands in the journal, and names its random stream.
        children: in the order of their start.
        strategy: who is restarted when one fails.
        intensity: how many restarts there may be within the period; one more, and the failure goes up.
        period_ns: the period.
        backoff: how long to wait before a restart.
    """

    name: str
    children: "tuple[Child | Supervisor, ...]"
    strategy: Strategy = Strategy.ONE_FOR_ONE
    intensity: int = attrs.field(default=3, validator=attrs.validators.ge(0))
    period_ns: int = attrs.field(default=5_000_000_000, validator=attrs.validators.gt(0))
    backoff: Backoff = Backoff()


Member: TypeAlias = Child | Supervisor


class Watch:
    """A supervisor at work: it remembers its restarts.

    Attributes:
        spec: what it is.
        above: the supervisor that it is under, or None.
    """

    def __init__(self, spec: Supervisor, above: "Watch | None") -> None:
        self.spec = spec
        self.above = above
        self._restarts: deque[int] = deque()

    def allows(self, now: int) -> bool:
        """Count a restart at a time; False when it is one more than the intensity allows."""
        spec = self.spec
        restarts = self._restarts
        while restarts and restarts[0] <= now - spec.period_ns:
            restarts.popleft()
        if len(restarts) >= spec.intensity:
            restarts.clear()
            return False
        restarts.append(now)
        return True

    def wait_ns(self, stream: Random) -> int:
        """Return how long the restart that was counted last must wait."""
        return self.spec.backoff.wait_ns(len(self._restarts) - 1, stream)

    def affected(self, failed: Member) -> list[str]:
        """Return the names of the actors that are restarted when a child fails, in the order of their start."""
        children = self.spec.children
        if self.spec.strategy is Strategy.ONE_FOR_ONE:
            children = (failed,)
        elif self.spec.strategy is Strategy.REST_FOR_ONE:
            children = children[children.index(failed) :]
        return [child.actor for member in children for child in actors_under(member)]


def actors_under(member: Member) -> Iterator[Child]:
    """Return the actors of a part of a tree, in the order of their start."""
    if isinstance(member, Child):
        yield member
    else:
        for child in member.children:
            yield from actors_under(child)


def watches(top: Supervisor) -> dict[str, tuple[Child, Watch]]:
    """Return every actor's own entry in a tree and the supervisor right above it, by the actor's name.

    Raises:
        ActorError: an actor stands in the tree twice, or two supervisors have one name.
    """
    found: dict[str, tuple[Child, Watch]] = {}
    names: dict[str, None] = {}

    def walk(spec: Supervisor, above: Watch | None) -> None:
        if spec.name in names:
            raise ActorError(f"a supervisor's name must be free, was {spec.name!r}")
        names[spec.name] = None
        watch = Watch(spec, above)
        for member in spec.children:
            if isinstance(member, Supervisor):
                walk(member, watch)
            elif member.actor in found:
                raise ActorError(f"actor {member.actor!r} must have one supervisor, stands in the tree twice")
            else:
                found[member.actor] = (member, watch)

    walk(top, None)
    return found
