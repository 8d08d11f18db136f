"""The part of the scenario tree that says what becomes of an actor that crashed."""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from tradepit.actors.kernel.supervision import Restart, Strategy

_SECOND_NS = 1_000_000_000

COMPONENTS = "components"
STRATEGIES = "strategies"


@attrs.frozen(kw_only=True)
class BackoffSpec:
    """How long a supervisor waits before a restart.

    Attributes:
        first: before the first restart within the period, ns; 0 for none.
        factor: how many times as long each further wait within the period is.
        most: the longest wait before the jitter, ns; None, not written, for 30 s, or the first where that is longer.
        jitter: by which part of itself a wait is made longer or shorter, evenly drawn.
    """

    first: int = 0
    factor: float = 2.0
    most: int | None = None
    jitter: float = 0.0

    def __attrs_post_init__(self) -> None:
        if self.first < 0 or self.longest < self.first:
            raise ValueError("a backoff's first wait is at least 0 and no longer than its longest")
        if self.factor < 1:
            raise ValueError(f"a backoff's factor is at least 1, was {self.factor}")
        if not 0 <= self.jitter <= 1:
            raise ValueError(f"a backoff's jitter lies between 0% and 100%, was {self.jitter}")

    @property
    def longest(self) -> int:
        """Return the longest wait before the jitter, ns."""
        return max(30 * _SECOND_NS, self.first) if self.most is None else self.most


@attrs.frozen(kw_only=True)
class SupervisorSpec:
    """A supervisor, and when those right under it are restarted.

    Attributes:
        strategy: who is restarted when one crashes: it alone, all, or it and those behind it.
        restart: whether a crashed actor is restarted: permanent and transient are, temporary ends.
        intensity: how many restarts there may be within the period; one more, and the failure goes up.
        period: the period, ns.
        backoff: how long it waits before a restart.
    """

    strategy: Strategy = attrs.field(default=Strategy.ONE_FOR_ONE, converter=Strategy)
    restart: Restart = attrs.field(default=Restart.PERMANENT, converter=Restart)
    intensity: int = 3
    period: int = 5 * _SECOND_NS
    backoff: BackoffSpec = BackoffSpec()

    def __attrs_post_init__(self) -> None:
        if self.intensity < 0 or self.period <= 0:
            raise ValueError(f"an intensity is at least 0 and its period above 0 ns, was {self!r}")


@attrs.frozen(kw_only=True)
class StrategiesSpec(SupervisorSpec):
    """The supervisor of the strategies.

    Attributes:
        strategy: who is restarted when one crashes: it alone, all, or it and those behind it.
        restart: whether a crashed strategy is restarted; by default it ends and is reported.
        intensity: how many restarts there may be within the period; one more, and the failure goes up.
        period: the period, ns.
        backoff: how long it waits before a restart.
    """

    restart: Restart = attrs.field(default=Restart.TEMPORARY, converter=Restart)


def _restart_or_none(restart: Restart | str | None) -> Restart | None:
    return None if restart is None else Restart(restart)


@attrs.frozen(kw_only=True)
class ActorSupervisionSpec:
    """What holds for one actor instead.

    Attributes:
        restart: whether it is restarted; None, not written, for what its supervisor says.
        intensity: of a supervisor for it alone; None, not written, for no such supervisor, or the usual intensity.
        period: of that supervisor, ns.
        backoff: of that supervisor.
    """

    restart: Restart | None = attrs.field(default=None, converter=_restart_or_none)
    intensity: int | None = None
    period: int | None = None
    backoff: BackoffSpec | None = None

    def __attrs_post_init__(self) -> None:
        if (self.intensity is not None and self.intensity < 0) or (self.period is not None and self.period <= 0):
            raise ValueError(f"an intensity is at least 0 and its period above 0 ns, was {self!r}")

    @property
    def alone(self) -> bool:
        """Tell whether the actor has a supervisor for itself."""
        return self.intensity is not None or self.period is not None or self.backoff is not None


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


@attrs.frozen(kw_only=True)
class GroupSpec:
    """A supervisor under another one.

    Attributes:
        members: names of actors and of other groups, in the order in which they are brought back.
        strategy: who is restarted when one crashes: it alone, all, or it and those behind it.
        restart: whether its actors are restarted; None, not written, for what their own sort says.
        intensity: how many restarts there may be within the period; one more, and the failure goes up.
        period: the period, ns.
        backoff: how long it waits before a restart.
    """

    members: tuple[str, ...] = attrs.field(converter=_names)
    strategy: Strategy = attrs.field(default=Strategy.ONE_FOR_ONE, converter=Strategy)
    restart: Restart | None = attrs.field(default=None, converter=_restart_or_none)
    intensity: int = 3
    period: int = 5 * _SECOND_NS
    backoff: BackoffSpec = BackoffSpec()

    def __attrs_post_init__(self) -> None:
        if not self.members:
            raise ValueError("a group has members")
        if self.intensity < 0 or self.period <= 0:
            raise ValueError(f"an intensity is at least 0 and its period above 0 ns, was {self!r}")


@attrs.frozen(kw_only=True)
class SupervisionSpec:
    """Who is restarted after a crash, and how often.

    Attributes:
        components: the supervisor of all actors but the strategies and the feed.
        strategies: the supervisor of the strategies.
        actors: by actor, what holds for it instead.
        groups: by name, supervisors between those two and some of the actors.
    """

    components: SupervisorSpec = SupervisorSpec()
    strategies: StrategiesSpec = StrategiesSpec()
    actors: Mapping[str, ActorSupervisionSpec] = attrs.Factory(dict)
    groups: Mapping[str, GroupSpec] = attrs.Factory(dict)


def circular(groups: Mapping[str, GroupSpec]) -> Iterator[str]:
    """Yield the names of groups that lie, in the end, within themselves."""
    for name in groups:
        found = dict.fromkeys(groups[name].members)
        todo = list(found)
        while todo:
            member = todo.pop()
            for inner in groups[member].members if member in groups else ():
                if inner not in found:
                    found[inner] = None
                    todo.append(inner)
        if name in found:
            yield name
