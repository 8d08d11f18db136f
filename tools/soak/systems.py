"""A random kernel system: drawn from a generator, then run in either dispatch mode.

Everything that could tell the modes apart is drawn: links with latencies and rules, service times, bounds of mailboxes,
supervision trees, crashes, handlers that wait and ask, streams, timers. The order in which trio runs its tasks is
shaken too.
"""

import io
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any
from unittest.mock import patch

import attrs
import trio
import trio._core._run as trio_run

from tradepit.actors.kernel import (
    ActorFailed,
    Backoff,
    Child,
    CrashPoint,
    Delay,
    Dispatch,
    Drop,
    Duplicate,
    Journal,
    Link,
    Mailbox,
    Overflow,
    Pace,
    Partition,
    Reorder,
    Restart,
    Strategy,
    Supervisor,
    System,
    delivery,
    guard,
)
from tradepit.actors.kernel.delivery import LOOK_EVERY
from tradepit.actors.kernel.link_rules import Rule
from tradepit.actors.kernel.recovery import SNAPSHOT_EVERY
from tradepit.tools.soak.workers import FATAL, VERBS, Feed, Forgetful, News, Step, Tick, Worker

NAMES = ("a", "b", "c", "d")
END_NS = 80


def up_to(most_ns: int) -> Callable[[Random], int]:
    """Return a duration that is drawn evenly from 0 to so many ns."""
    return lambda stream: stream.randrange(most_ns + 1)


@attrs.frozen(kw_only=True)
class Drawn:
    """A system as it was drawn.

    Attributes:
        plans: each worker's steps, by its name.
        stateless: which workers hold no state.
        links: latency and rules, by sender and receiver.
        ticks: the stream: (time, key).
        bounds: mailboxes, by worker.
        crashes: when workers crash, by name.
        supervisor: the tree, or None.
        seed: the run's seed.
        end: when the run ends, ns; None for the end of the stream.
        snapshots: after how many entries of its log a snapshot of an actor is taken, and how many deliveries lie
            between two looks at the logs.
    """

    plans: Mapping[str, Sequence[Step]]
    stateless: Sequence[str]
    links: Mapping[tuple[str, str], tuple[int, Sequence[Rule]]]
    ticks: Sequence[tuple[int, str]]
    bounds: Mapping[str, tuple[int | None, Overflow, int | None]]
    crashes: Mapping[str, Sequence[CrashPoint]]
    supervisor: Supervisor | None
    seed: int
    end: int | None
    snapshots: tuple[int, int] = (SNAPSHOT_EVERY, LOOK_EVERY)


@attrs.frozen(kw_only=True)
class Trace:
    """What a run left behind.

    Attributes:
        journal: its bytes.
        logs: what each worker wrote down.
        end: the outcome, or the account of the failure.
        statistics: each actor's figures, without those of the clock on the wall.
        lost: how many messages each link's rules hit.
    """

    journal: bytes
    logs: Mapping[str, Sequence[Any]]
    end: Any
    statistics: Mapping[str, Any]
    lost: Mapping[tuple[str, str], tuple[int, ...]]


def draw(rng: Random) -> Drawn:
    """Draw a system."""
    verbs = VERBS + FATAL if rng.random() < 0.4 else VERBS
    plans = {
        name: [(rng.choice(verbs), rng.choice(NAMES), rng.randint(0, 9)) for _ in range(rng.randint(0, 4))]
        for name in NAMES
    }
    time = 0
    ticks = [(time := time + rng.randint(0, 3), rng.choice(NAMES)) for _ in range(rng.randint(0, 8))]
    supervised = rng.random() < 0.75
    return Drawn(
        plans=plans,
        stateless=[name for name in NAMES if rng.random() < 0.15],
        links={_pair(rng): (rng.randint(0, 5), _rules(rng)) for _ in range(rng.randint(0, 4))},
        ticks=ticks,
        bounds={name: _bounds(rng) for name in NAMES if rng.random() < 0.4},
        crashes={name: _crashes(rng) for name in NAMES if supervised and rng.random() < 0.6},
        supervisor=_tree(rng) if supervised else None,
        seed=rng.randint(0, 999),
        end=END_NS if rng.random() < 0.7 else None,
        snapshots=(rng.choice((SNAPSHOT_EVERY, 2, 4, 20)), rng.choice((LOOK_EVERY, 1, 8))),
    )


def _pair(rng: Random) -> tuple[str, str]:
    return rng.choice((*NAMES, "feed")), rng.choice(NAMES)


def _rules(rng: Random) -> list[Rule]:
    return [_rule(rng) for _ in range(rng.choice((0, 0, 1, 2)))]


def _rule(rng: Random) -> Rule:
    start = rng.choice((None, 3))
    when: dict[str, Any] = {
        "start_ns": start,
        "end_ns": None if start is None else start + rng.randint(1, 30),
        "kinds": rng.choice(((), ("News",), ("Do", "Question", "Replied"), ("Tick",))),
        "rate": rng.choice((0.3, 0.7, 1.0)),
    }
    by = rng.choice((2, up_to(6)))
    match rng.randrange(5):
        case 0:
            return Delay(by=by, **when)
        case 1:
            return Drop(**when)
        case 2:
            return Partition(**when)
        case 3:
            return Duplicate(copies=rng.randint(1, 2), by=rng.choice((None, by)), **when)
        case _:
            return Reorder(by=by, **when)


def _bounds(rng: Random) -> tuple[int | None, Overflow, int | None]:
    overflow = rng.choice((Overflow.BLOCK, Overflow.DROP_OLDEST, Overflow.CONFLATE, Overflow.CONFLATE, Overflow.FAIL))
    capacity = rng.randint(30, 60) if overflow is Overflow.FAIL else rng.choice((None, 1, 2, 3, 8))
    return capacity, overflow, rng.choice((None, 0, 1, 3))


def _crashes(rng: Random) -> list[CrashPoint]:
    return [
        CrashPoint(nth=rng.randint(1, 12), times=rng.choice((1, 1, 2, 3)))
        if rng.random() < 0.8
        else CrashPoint(at=rng.randint(0, END_NS))
        for _ in range(rng.randint(1, 3))
    ]


def _tree(rng: Random) -> Supervisor:
    children = [Child(actor=name, restart=rng.choice((Restart.PERMANENT, *Restart))) for name in NAMES]
    generous = rng.choice((3, 100, 100))
    if rng.random() < 0.5:
        return _supervisor(rng, "top", children, generous)
    at = rng.randint(1, 3)
    inner = _supervisor(rng, "inner", children[at:], rng.choice((1, 2, 100)))
    return _supervisor(rng, "top", [*children[:at], inner], generous)


def _supervisor(rng: Random, name: str, children: Sequence[Child | Supervisor], intensity: int) -> Supervisor:
    return Supervisor(
        name=name,
        children=tuple(children),
        strategy=rng.choice(list(Strategy)),
        intensity=intensity,
        period_ns=rng.choice((20, 10_000)),
        backoff=Backoff(first_ns=rng.choice((0, 0, 0, 3)), most_ns=20, jitter=rng.choice((0.0, 0.5))),
    )


def run(drawn: Drawn, dispatch: Dispatch, order: int, pace: Pace | None = None) -> Trace:
    """Run a system once; `order` seeds the order in which trio runs its tasks."""
    file = io.BytesIO()
    system = System(seed=drawn.seed, dispatch=dispatch, journal=Journal(identity={}, file=file), pace=pace)
    workers = {name: (Forgetful if name in drawn.stateless else Worker)(plan) for name, plan in drawn.plans.items()}
    for name, worker in workers.items():
        system.add(name, worker)
    system.add("feed", Feed([Tick(key=key, time=time) for time, key in drawn.ticks]))
    links = {}
    for (sender, receiver), (most_ns, rules) in drawn.links.items():
        links[sender, receiver] = Link(up_to(most_ns), Random(f"{sender}{receiver}"), rules=rules)  # noqa: S311
        system.link(sender, receiver, links[sender, receiver])
    for name, (capacity, overflow, service_ns) in drawn.bounds.items():
        service = None if service_ns is None else up_to(service_ns)
        system.bound(name, Mailbox(capacity=capacity, overflow=overflow, service_ns=service))
    if drawn.supervisor is not None:
        system.supervise(drawn.supervisor)
    for name, points in drawn.crashes.items():
        system.crash(name, *points)
    end: Any
    with shaken(order), snapshots_at(*drawn.snapshots):
        try:
            end = trio.run(lambda: system.run(end=drawn.end, closing=[News(key="a", depth=1)]))
        except ActorFailed as failed:
            end = (str(failed), repr(failed.__cause__), failed.sequence, failed.time, getattr(failed, "__notes__", []))
    for cell in system.cells.values():
        cell.count_log()
    return Trace(
        journal=file.getvalue(),
        logs={name: worker.log for name, worker in workers.items()},
        end=end,
        statistics={
            name: attrs.asdict(cell.statistics, filter=lambda field, _: not field.name.startswith("sampled"))
            for name, cell in system.cells.items()
        },
        lost={pair: link.counts for pair, link in links.items()},
    )


@contextmanager
def shaken(order: int) -> Iterator[None]:
    """Let trio run the tasks that are ready in an order drawn from a seed."""
    of_trio, trio_run._r = trio_run._r, Random(order)  # noqa: S311, SLF001  trio offers no other way
    try:
        yield
    finally:
        trio_run._r = of_trio  # noqa: SLF001


@contextmanager
def snapshots_at(entries: int, deliveries: int) -> Iterator[None]:
    """Let snapshots be taken, and logs be looked at, sooner than they are."""
    with patch.object(guard, "SNAPSHOT_EVERY", entries), patch.object(delivery, "LOOK_EVERY", deliveries):
        yield


def trial(seed: int) -> tuple[int, str | None]:
    """Draw and run the system of a seed; return the seed with what differed, or with what the kernel broke on."""
    try:
        return seed, difference(draw(Random(seed)))  # noqa: S311
    except Exception:  # noqa: BLE001  whatever it is, it is what we look for
        return seed, traceback.format_exc()


def difference(drawn: Drawn) -> str | None:
    """Run a system in both modes, each with two orders of trio's tasks, and in real time; say where two runs differ."""
    first: Trace | None = None
    for dispatch in Dispatch:
        for order in (1, 2):
            trace = run(drawn, dispatch, order)
            if first is None:
                first = trace
            elif trace != first:
                return f"{dispatch}, order {order}: {_where(first, trace)}"
    trace = run(drawn, Dispatch.INLINE, 1, Pace(speed=1e9))
    return None if trace == first or first is None else f"in real time: {_where(first, trace)}"


def _where(one: Trace, other: Trace) -> str:
    for number, lines in enumerate(zip(one.journal.splitlines(), other.journal.splitlines(), strict=False)):
        if lines[0] != lines[1]:
            return f"line {number} of the journal was {lines[0]!r}, is {lines[1]!r}"
    for field in attrs.fields(Trace):
        was, now = getattr(one, field.name), getattr(other, field.name)
        if was != now and isinstance(was, dict):
            name = next(name for name in was if was[name] != now[name])
            return f"{field.name} of {name!r} was {was[name]!r}, is {now[name]!r}"
        if was != now:
            return f"{field.name} was {was!r}, is {now!r}"
    raise AssertionError("the runs are equal")
