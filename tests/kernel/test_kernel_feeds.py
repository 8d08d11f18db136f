"""Boundary actors that feed a system: instants of their own, settled listeners, the end of the data, back-pressure."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorError, Boundary, Dispatch, Journal, Mailbox, Overflow, Pace, System
from tradepit.actors.kernel.clock import utc_ns
from tradepit.actors.kernel.lifecycle import Start, Stopped
from tradepit.actors.kernel.links import Link
from tradepit.actors.kernel.outside import MOST_WAITING
from tradepit.actors.kernel.streams import random_stream

SECOND = 10**9
HOUR = 3_600 * SECOND


@attrs.define(kw_only=True)
class Tick:
    __bulk__ = True

    number: int
    time: int


@attrs.define(kw_only=True)
class Done:
    number: int


@attrs.define(kw_only=True)
class Ring:
    pass


class Feed(Boundary):
    """Sends a number of ticks, all at once."""

    feeds = True

    def __init__(self, count: int, *, ends: bool = True) -> None:
        self.count = count
        self.ends = ends

    async def run(self) -> None:
        for number in range(self.count):
            await self.room()
            self.publish(Tick(number=number, time=self.wall_time))
        if self.ends:
            self.end_data()
        else:
            await trio.sleep_forever()


class Book(Actor):
    """Does something about every tick."""

    def on_tick(self, tick: Tick) -> None:
        self.publish(Done(number=tick.number))


class Watcher(Actor):
    """Hears a tick when what the others did about it is done."""

    def __init__(self, heard: list[str], *, settled: bool) -> None:
        self.heard = heard
        self.settled = settled
        self.at: list[int] = []

    def on_start(self) -> None:
        self.unsubscribe(Tick)
        self.subscribe(Tick, settled=self.settled)

    def on_tick(self, tick: Tick) -> None:
        self.heard.append(f"tick {tick.number}")
        self.at.append(self.now)

    def on_done(self, done: Done) -> None:
        self.heard.append(f"done {done.number}")


def entries_of(system: System) -> list[Any]:
    assert system.journal is not None
    kept: list[Any] = []
    system.journal.on_entries = kept.extend
    return kept


def paces() -> Sequence[Callable[[], Pace | None]]:
    return [lambda: None, Pace, lambda: Pace(utc=True)]


@pytest.mark.parametrize("make_pace", paces(), ids=["virtual", "real", "utc"])
@pytest.mark.parametrize("dispatch", Dispatch)
@pytest.mark.parametrize("settled", [True, False])
def test_each_message_of_a_feed_is_an_instant_of_its_own(
    make_pace: Callable[[], Pace | None], dispatch: Dispatch, settled: bool
) -> None:
    heard: list[str] = []
    pace = make_pace()
    watcher = Watcher(heard, settled=settled)
    system = System(pace=pace, dispatch=dispatch, journal=Journal(identity={}, detail="full"))  # type: ignore[arg-type]  # a StrEnum's word
    system.add("watcher", watcher)
    system.add("book", Book())
    system.add("feed", Feed(3))
    outcome = trio.run(system.run)
    pairs = ("done", "tick") if settled else ("tick", "done")
    assert heard == [f"{what} {number}" for number in range(3) for what in pairs]
    assert (outcome.streamed, outcome.stopped) == (3, False)
    if pace is not None:
        assert len(set(watcher.at)) == 3
        assert pace.lateness.deliveries == 3


def test_when_the_data_are_over_later_timers_do_not_ring_and_the_journal_says_where_it_was() -> None:
    rang: list[int] = []

    class Clock(Actor):
        def on_start(self) -> None:
            self.call_at(self.now + HOUR, Ring())

        def on_ring(self, ring: Ring) -> None:
            rang.append(self.now)

    system = System(pace=Pace(), journal=Journal(identity={}))
    system.add("clock", Clock())
    system.add("feed", Feed(2))
    kept = entries_of(system)
    outcome = trio.run(lambda: system.run(end=2 * HOUR))
    assert rang == []
    assert outcome.time < HOUR
    assert [entry[6] for entry in kept if entry[2] == "kernel"] == [Start(), Stopped(because="data ended")]
    assert not outcome.stopped


def test_a_system_has_one_feed() -> None:
    system = System()
    system.add("one", Feed(1))
    system.add("two", Feed(1))
    with pytest.raises(ActorError, match="'one' feeds the system already, 'two' cannot"):
        trio.run(system.run)


def test_what_a_feed_publishes_passes_links_when_it_comes_in() -> None:
    system = System()
    watcher = Watcher([], settled=False)
    system.add("watcher", watcher)
    system.add("feed", Feed(2))
    system.link("feed", "watcher", Link(7, random_stream(0, "link")))
    trio.run(system.run)
    assert watcher.heard == ["tick 0", "tick 1"]
    assert watcher.at == [7, 7]


@pytest.mark.parametrize("outside", [True, False])
def test_what_is_streamed_over_a_link_is_never_taken_back_so_the_link_remembers_no_draws(outside: bool) -> None:
    class Streams(Actor):
        def on_start(self) -> None:
            self.stream(Tick(number=n, time=n) for n in range(100))

    link = Link(lambda stream: stream.randrange(5), random_stream(0, "link"))
    system = System()
    watcher = Watcher([], settled=False)
    system.add("watcher", watcher)
    system.add("feed", Feed(100) if outside else Streams())
    system.link("feed", "watcher", link)
    trio.run(system.run)
    assert len(watcher.heard) == 100
    assert [len(draws._kept) for draws in link._draws] == [1]


def test_a_feed_waits_while_too_much_has_come_in_or_a_mailbox_is_full() -> None:
    depths: list[int] = []

    class Slow(Actor):
        def on_tick(self, tick: Tick) -> None:
            depths.append(len(self._cell.mailbox))

    system = System()
    system.add("slow", Slow())
    system.add("feed", Feed(50))
    system.bound("slow", Mailbox(capacity=2, overflow=Overflow.BLOCK, service_ns=lambda _random: SECOND))
    outcome = trio.run(system.run)
    assert len(depths) == 50
    assert max(depths) <= 2
    assert outcome.time == 50 * SECOND
    many = System()
    many.add("watcher", Watcher([], settled=False))
    many.add("feed", Feed(MOST_WAITING + 5))
    assert trio.run(many.run).streamed == MOST_WAITING + 5


def test_a_thread_may_stop_a_system_that_waits_on_the_wall() -> None:
    system = System(pace=Pace(), journal=Journal(identity={}))
    watcher = Watcher([], settled=False)
    system.add("watcher", watcher)
    system.add("feed", Feed(1, ends=False))

    class Stopper(Actor):
        def on_tick(self, tick: Tick) -> None:
            threading.Thread(target=lambda: system.stop(by_hand=True)).start()

    system.add("stopper", Stopper())
    kept = entries_of(system)
    outcome = trio.run(lambda: system.run(end=1000 * HOUR))
    assert outcome.stopped
    assert kept[-1][6] == Stopped(because="asked")
    assert kept[-1][1] >= watcher.at[0]
    system.stop()  # nobody is there any more, and nothing happens


def test_a_stopped_session_ends_at_the_time_on_the_wall_but_before_what_is_due() -> None:
    class Clock(Actor):
        def on_start(self) -> None:
            self.call_at(HOUR, Ring())
            system.stop(by_hand=True)

        def on_ring(self, ring: Ring) -> None:
            raise AssertionError

    system = System(pace=Pace(speed=1e18))  # an hour is over at once
    system.add("clock", Clock())
    assert trio.run(system.run).time == HOUR - 1


def test_of_very_many_instants_the_percentiles_are_those_of_a_sample_and_the_rest_is_exact() -> None:
    pace = Pace(2.0)
    for late_ns in range(0, 40_000_000, 2_000):
        pace.note(late_ns)
    found = pace.lateness
    assert (found.deliveries, found.late, found.most_ns) == (20_000, 18_999, 19_999_000)
    assert 9_000_000 < found.p50_ns < 11_000_000
    assert 19_500_000 < found.p99_ns < 19_999_000


def test_a_pace_begins_at_its_first_instant_or_at_real_time() -> None:
    paced = Pace(1.0, first=HOUR)
    paced.begin(5)
    assert paced.origin == HOUR
    assert paced.now() >= HOUR
    late = Pace(1.0, first=3)
    late.begin(5)
    assert late.origin == 5
    real = Pace(utc=True)
    before = utc_ns()
    real.begin(5)
    assert before <= real.origin <= utc_ns()


@pytest.mark.parametrize(("speed", "first"), [(2.0, None), (1.0, 5)])
def test_real_time_has_no_other_speed_or_beginning(speed: float, first: int | None) -> None:
    with pytest.raises(ValueError, match=f"begins now, was speed {speed} and first {first}"):
        Pace(speed, first=first, utc=True)


def test_lateness_is_told_by_the_clock_on_the_wall() -> None:
    pace = Pace(speed=1000.0)
    for late_ns in (0, 500_000_000, 3_000_000_000):
        pace.note(late_ns)
    lateness = pace.lateness
    assert (lateness.deliveries, lateness.late, lateness.p50_ns, lateness.most_ns) == (3, 1, 500_000, 3_000_000)
