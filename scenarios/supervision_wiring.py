"""From what a scenario says of crashes, mailboxes and service times to what the kernel does about them."""

from collections.abc import Callable
from random import Random

from tradepit.actors import FEED
from tradepit.actors.kernel import Backoff, Child, CrashPoint, Mailbox, Restart, Supervisor, System
from tradepit.scenarios.actor_tree import ActorSpec, ServiceTime, actor_meant
from tradepit.scenarios.fault_tree import FaultSpec
from tradepit.scenarios.latency import Latencies
from tradepit.scenarios.supervision_tree import (
    COMPONENTS,
    STRATEGIES,
    ActorSupervisionSpec,
    BackoffSpec,
    GroupSpec,
    SupervisionSpec,
    SupervisorSpec,
)
from tradepit.scenarios.tree import Scenario

_STRATEGY = "strategy:"


def prepare(system: System, scenario: Scenario) -> None:
    """Supervise the actors, bound their mailboxes, give them service times, and let crash who is to crash.

    Args:
        system: with all its actors, before the run.
        scenario: what is to run.
    """
    for top in supervisors(scenario.supervision, list(system.cells)):
        system.supervise(top)
    latencies = Latencies(scenario.seed)
    for written, spec in scenario.actors.items():
        system.bound(_meant(written, system), _mailbox(spec, latencies))
    points: dict[str, list[CrashPoint]] = {}
    for fault in scenario.faults:
        if not isinstance(fault, FaultSpec):
            continue
        point = CrashPoint(nth=fault.message, at=fault.at, times=fault.times)
        points.setdefault(_meant(fault.actor, system), []).append(point)
    for name, own in points.items():
        system.crash(name, *own)


def supervisors(spec: SupervisionSpec, actors: list[str]) -> list[Supervisor]:
    """Return the trees of supervisors: one of the components, and one of the strategies where there are any.

    A group stands where its first member would stand, in the order in which actors start. The feed stands in no tree:
    it brings in what cannot be replayed.

    Args:
        spec: what the scenario says.
        actors: the names of all actors, in the order of their start.
    """
    trees = _Trees(spec, [name for name in actors if name != FEED])
    return [tree for tree in (trees.top(COMPONENTS, spec.components), trees.top(STRATEGIES, spec.strategies)) if tree]


class _Trees:
    """Builds the trees of one scenario."""

    def __init__(self, spec: SupervisionSpec, actors: list[str]) -> None:
        self._spec = spec
        self._actors = actors
        self._own = {self._named(name): policy for name, policy in spec.actors.items()}
        self._group_of = {self._named(member): name for name, group in spec.groups.items() for member in group.members}

    def _named(self, member: str) -> str:
        """Return a group's name, or the actor that a name means."""
        return member if member in self._spec.groups else actor_meant(member, self._actors) or member

    def top(self, name: str, own: SupervisorSpec) -> Supervisor | None:
        """Return a tree, or None where it would be empty."""
        children: dict[str, Child | Supervisor] = {}
        for actor in self._actors:
            member = actor
            while member in self._group_of:
                member = self._group_of[member]
            # Groups belong to the components, also where a strategy stands in one.
            at_home = name == (STRATEGIES if member.startswith(_STRATEGY) else COMPONENTS)
            if at_home and member not in children:
                children[member] = self._member(member, None, own)
        if not children:
            return None
        return _supervisor(name, tuple(children.values()), own)

    def _member(self, name: str, restart: Restart | None, above: SupervisorSpec | GroupSpec) -> Child | Supervisor:
        """Return an actor or a group with all that is under it.

        Args:
            name: of either.
            restart: what the innermost group that says so says of its actors.
            above: the supervisor that it is under.
        """
        group = self._spec.groups.get(name)
        if group is None:
            return self._actor(name, restart, above)
        inner = restart if group.restart is None else group.restart
        members = tuple(self._member(self._named(member), inner, group) for member in group.members)
        return _supervisor(name, members, group)

    def _actor(self, name: str, restart: Restart | None, above: SupervisorSpec | GroupSpec) -> Child | Supervisor:
        own = self._own.get(name, ActorSupervisionSpec())
        sort = self._spec.strategies if name.startswith(_STRATEGY) else self._spec.components
        child = Child(actor=name, restart=own.restart or restart or sort.restart)
        if not own.alone:
            return child
        return Supervisor(
            name=name,
            children=(child,),
            intensity=above.intensity if own.intensity is None else own.intensity,
            period_ns=above.period if own.period is None else own.period,
            backoff=_backoff(above.backoff if own.backoff is None else own.backoff),
        )


def _supervisor(name: str, children: tuple[Child | Supervisor, ...], spec: SupervisorSpec | GroupSpec) -> Supervisor:
    return Supervisor(
        name=name,
        children=children,
        strategy=spec.strategy,
        intensity=spec.intensity,
        period_ns=spec.period,
        backoff=_backoff(spec.backoff),
    )


def _backoff(spec: BackoffSpec) -> Backoff:
    return Backoff(first_ns=spec.first, factor=spec.factor, most_ns=spec.longest, jitter=spec.jitter)


def _meant(written: str, system: System) -> str:
    """Return the actor that a name means; the kernel refuses one that is nobody's."""
    return actor_meant(written, list(system.cells)) or written


def _mailbox(spec: ActorSpec, latencies: Latencies) -> Mailbox:
    service = None if spec.service_time is None else _service(spec.service_time, latencies)
    return Mailbox(capacity=spec.mailbox.capacity, overflow=spec.mailbox.overflow, service_ns=service)


def _service(time: ServiceTime, latencies: Latencies) -> Callable[[Random], int] | None:
    """Return what draws a service time, or None for no time at all."""
    duration = latencies.of(time)
    if isinstance(duration, int):
        constant = duration
        return lambda _stream: constant
    assert duration is None or callable(duration)
    return duration
