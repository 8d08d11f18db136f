"""What came of each actor and each link of a run, for its result."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import attrs

from tradepit.actors.kernel import (
    ActorCrashed,
    ActorEnded,
    ActorRestarted,
    FailureEscalated,
    Link,
    MessageSetAside,
    System,
)
from tradepit.actors.kernel.crashes import InjectedCrash
from tradepit.actors.kernel.lifecycle import SUPERVISION
from tradepit.actors.kernel.mailbox import Cell
from tradepit.models.system_statistics import ActorTally, LinkTally, SystemStatistics

SupervisionEvent: TypeAlias = ActorCrashed | ActorRestarted | ActorEnded | FailureEscalated

MOST_EVENTS = 10_000
MOST_DEAD_LETTERS = 1_000
NOBODY_TRADES = "the last strategy has ended"


@attrs.frozen(kw_only=True)
class ActorFigures:
    """One actor's part in a run.

    Attributes:
        tally: what is the same in every run of the scenario.
        busy_share: the part of the run in which it was busy with messages; 0 without a service time.
        depth: (ns since the Unix epoch, messages waiting) over time, in a bounded number of points, each the greatest
            depth of its stretch.
        recovery_ns: the longest that it was away after a crash; infinite if it did not come back, None if it never
            crashed.
        handling_ns: the mean time of a delivery by the wall clock, from a sample, or None without one.
        injected: how many of its crashes were faults that it was told to have.
    """

    tally: ActorTally
    busy_share: float
    depth: Sequence[tuple[int, int]]
    recovery_ns: float | None
    handling_ns: float | None
    injected: int = 0

    @property
    def handled(self) -> int:
        """Return how many messages it handled."""
        return sum(self.tally.deliveries.values())

    @property
    def dropped(self) -> int:
        """Return how many messages its mailbox lost or replaced."""
        return sum(self.tally.dropped.values())


@attrs.define
class _Absences:
    """How one actor was away.

    Attributes:
        crashed: whether it ever crashed.
        back: whether it is there.
        longest_ns: the longest time that it was away.
    """

    crashed: bool = False
    back: bool = True
    longest_ns: int = 0


class SupervisionLog:
    """Listens to what supervisors say in one run.

    What it keeps is bounded, what it counts is not.

    Attributes:
        events: the first 10,000 crashes, restarts and escalations, and every end, in their order.
        dead_letters: the first thousand messages that nobody handled.
        counts: how many of each kind were said.
        injected: how many crashes of an actor were told to it, by its name.
    """

    def __init__(self, system: System, strategies: Iterable[str]) -> None:
        """Begin to listen; before the run.

        Args:
            system: the run's actors.
            strategies: the names of the strategies' actors.
        """
        self.events: list[SupervisionEvent] = []
        self.dead_letters: list[MessageSetAside] = []
        self.counts = dict.fromkeys((kind.__name__ for kind in SUPERVISION), 0)
        self.injected: Counter[str] = Counter()
        self._absences: defaultdict[str, _Absences] = defaultdict(_Absences)
        self._system = system
        self._strategies = dict.fromkeys(strategies)
        for kind in SUPERVISION:
            system.tap(kind, self._hear)

    def recovery_ns(self, actor: str) -> float | None:
        """Return the longest that an actor was away, infinite if it did not come back, None if it never crashed."""
        own = self._absences.get(actor)
        if own is None or not own.crashed:
            return None
        return float(own.longest_ns) if own.back else float("inf")

    def hear_the_rest(self) -> None:
        """Hear what was said and not delivered any more, when a failure has ended the run."""
        for _, _, _, message, _ in self._system.due:
            if type(message) in SUPERVISION:
                self._hear(message)

    def _hear(self, event: SupervisionEvent | MessageSetAside) -> None:
        self.counts[type(event).__name__] += 1
        if isinstance(event, MessageSetAside):
            if len(self.dead_letters) < MOST_DEAD_LETTERS:
                self.dead_letters.append(event)
            return
        if len(self.events) < MOST_EVENTS or isinstance(event, ActorEnded):  # an actor ends once at most
            self.events.append(event)
        own = self._absences[event.actor]
        if isinstance(event, ActorCrashed):
            own.crashed, own.back = True, False
            self.injected[event.actor] += event.error.startswith(InjectedCrash.__name__)
        elif isinstance(event, ActorRestarted):
            own.longest_ns, own.back = max(own.longest_ns, event.down_ns), True
        elif isinstance(event, ActorEnded):
            own.back = False
        if isinstance(event, ActorEnded) and self._strategies:
            self._strategies.pop(event.actor, None)
            if not self._strategies:  # nothing more can come of the run
                self._system.stop(because=NOBODY_TRADES)


def statistics_of(system: System, links: Mapping[tuple[str, str], Link]) -> SystemStatistics:
    """Return what the actors and links of a run have done so far."""
    return SystemStatistics(
        actors=tuple(_tally(cell) for cell in system.cells.values()),
        links=tuple(_link_tallies(links)),
        time=system.now,
    )


def figures_of(
    system: System, statistics: SystemStatistics, log: SupervisionLog, elapsed_ns: int
) -> dict[str, ActorFigures]:
    """Return the actors' figures by name, when the run is over.

    Args:
        system: the run's actors.
        statistics: what they have done.
        log: what supervisors said.
        elapsed_ns: how long the run took in its own time.
    """
    figures: dict[str, ActorFigures] = {}
    for tally in statistics.actors:
        own = system.cells[tally.actor].statistics
        figures[tally.actor] = ActorFigures(
            tally=tally,
            busy_share=tally.busy_ns / elapsed_ns if elapsed_ns else 0.0,
            depth=tuple(own.depth.points),
            recovery_ns=log.recovery_ns(tally.actor),
            handling_ns=own.handling_ns,
            injected=log.injected[tally.actor],
        )
    return figures


def _tally(cell: Cell) -> ActorTally:
    own = cell.statistics
    # What the log holds is not counted yet; it stays there, for the actor may still have to recover.
    handled = Counter(own.deliveries)
    for kind, count in cell.log.kinds(numbers=int in cell.handlers).items():
        handled[kind.__name__] += count
    return ActorTally(
        actor=cell.name,
        deliveries=_sorted(handled),
        dropped=_sorted(own.dropped),
        crashes=own.crashes,
        restarts=own.restarts,
        dead_letters=own.dead_letters,
        busy_ns=own.busy_ns,
        waited_ns=own.waited_ns,
        longest_wait_ns=own.longest_wait_ns,
        deepest=own.depth.deepest,
    )


def _link_tallies(links: Mapping[tuple[str, str], Link]) -> Iterator[LinkTally]:
    for (sender, receiver), link in links.items():
        if link.rules:
            rules = tuple((rule.verb, count) for rule, count in zip(link.rules, link.counts, strict=True))
            yield LinkTally(sender=sender, receiver=receiver, rules=rules)


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts) if counts[name]}
