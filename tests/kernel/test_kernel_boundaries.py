"""Boundary actors, in virtual and in real time, and the playback of what they brought in (K14, K15).

Real time passes a million times as fast here, so that nobody waits for it.
"""

import io
import random
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import (
    Actor,
    ActorError,
    ActorFailed,
    Backoff,
    Boundary,
    Child,
    CrashPoint,
    Detail,
    Dispatch,
    Journal,
    Link,
    Pace,
    Restart,
    Strategy,
    Supervisor,
    System,
)
from tradepit.actors.kernel.journal import Entry

FAST = 1e6
S = 1_000_000_000

timed = pytest.mark.parametrize("real", [False, True], ids=["virtual", "real"])


@attrs.define
class Heard:
    number: int


@attrs.define
class Ask:
    number: int


@attrs.define
class Say:
    number: int


@attrs.define
class Tick:
    time: int


class Line(Boundary):
    """Listens as it is told to, and says back what it is told."""

    def __init__(self, listen: Callable[["Line"], Awaitable[None]] | None = None) -> None:
        self.listen = listen
        self.said: list[int] = []

    async def run(self) -> None:
        if self.listen is not None:
            await self.listen(self)

    async def on_say(self, message: Say) -> None:
        await trio.lowlevel.checkpoint()
        self.said.append(message.number)
        self.send("worker", Heard(1000 + message.number))

    async def on_ask(self, message: Ask) -> int:
        return await self.in_thread(lambda: message.number * 2)


class Worker(Actor):
    """Answers what it hears, with timers and questions in between."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    async def on_heard(self, message: Heard) -> None:
        self.heard.append(message.number)
        if message.number % 3 == 0:
            self.send("line", Say(message.number))
        if message.number % 4 == 1:
            self.call_at(self.now + 40 * S, message.number)
        if message.number % 5 == 2:
            self.heard.append(await self.ask("line", Ask(message.number)))

    def on_number(self, number: int) -> None:
        self.heard.append(("rang", number, self.now))

    def on_tick(self, tick: Tick) -> None:
        self.heard.append(tick.time)


class Feed(Actor):
    def __init__(self, times: list[int]) -> None:
        self.times = times

    def on_start(self) -> None:
        self.stream([Tick(time) for time in self.times])


def build(real: bool, line: Line, worker: Worker, **others: Actor) -> tuple[System, list[Entry]]:
    entries: list[Entry] = []
    journal = Journal(identity={}, detail=Detail.FULL, file=io.BytesIO())
    journal.on_entries = entries.extend
    system = System(journal=journal, pace=Pace(FAST) if real else None)
    system.add("line", line)
    system.add("worker", worker)
    for name, actor in others.items():
        system.add(name, actor)
    return system, entries


def run(system: System, **how: Any) -> str:
    trio.run(lambda: system.run(**how))
    assert system.journal is not None
    return system.journal.fingerprint


@timed
def test_what_comes_from_outside_is_delivered_and_what_is_said_back_goes_out(real: bool) -> None:
    async def listen(line: Line) -> None:
        for number in range(7):
            line.send("worker", Heard(number))
            await trio.lowlevel.checkpoint()

    line, worker = Line(listen), Worker()
    system, _ = build(real, line, worker)
    run(system)
    assert sorted(number for number in worker.heard if isinstance(number, int)) == [
        0, 1, 2, 3, 4, 4, 5, 6, 1000, 1003, 1006,
    ]  # fmt: skip
    assert line.said[:3] == [0, 3, 6]
    assert [event[1] for event in worker.heard if isinstance(event, tuple)] == [1, 5]
    system.cells["line"].count_log()
    assert system.cells["line"].statistics.deliveries["Say"] == 3


def test_in_virtual_time_a_handler_that_awaits_the_outside_holds_time_still() -> None:
    class Slow(Line):
        async def on_say(self, message: Say) -> None:
            for _ in range(20):
                await trio.lowlevel.checkpoint()
            self.said.append(self.now)

    class Talks(Worker):
        def on_start(self) -> None:
            self.send("line", Say(8))
            self.call_at(0, 1)
            self.call_at(1, 2)

    line, worker = Slow(), Talks()
    system, _ = build(False, line, worker)
    run(system)
    assert line.said == [0]
    assert worker.heard == [("rang", 1, 0), ("rang", 2, 1)]


def test_in_real_time_the_others_go_on_while_a_handler_awaits_the_outside() -> None:
    opened = trio.Event()

    class Slow(Line):
        async def on_say(self, message: Say) -> None:
            await opened.wait()
            self.publish(Heard(message.number))

    class Talks(Worker):
        def on_start(self) -> None:
            self.send("line", Say(8))
            self.call_at(10 * S, 7)

        def on_number(self, number: int) -> None:
            self.heard.append(number)
            opened.set()

    worker = Talks()
    system, entries = build(True, Slow(), worker)
    run(system)
    assert worker.heard == [7, 8]
    published = next(entry for entry in entries if entry[2] == "line")
    assert published[5] == next(entry[0] for entry in entries if entry[4] == "Say"), "the message is the cause"


def test_the_run_ends_when_nobody_listens_any_more_and_nothing_is_due() -> None:
    system, _ = build(True, Line(), Worker())
    assert run(system) == run(build(True, Line(), Worker())[0])
    lone = System(pace=Pace(FAST))
    trio.run(lone.run)
    assert lone.pace is not None
    assert lone.pace.lateness.deliveries == 0


@timed
def test_a_stop_ends_listening_and_stops_the_actors(real: bool) -> None:
    class Closing(Worker):
        def on_stop(self) -> None:
            self.heard.append("stopped")

    async def listen(line: Line) -> None:
        line.send("worker", Heard(10))
        await trio.lowlevel.checkpoint()
        line._system.stop()
        line._system.stop()
        await trio.sleep_forever()

    line, worker = Line(listen), Closing()
    outcome = trio.run(build(real, line, worker)[0].run)
    assert outcome.stopped
    assert worker.heard in ([10, "stopped"], ["stopped"]), "what came with the stop may come too late"


@timed
def test_an_end_comes_though_somebody_listens(real: bool) -> None:
    async def listen(line: Line) -> None:
        line.send("worker", Heard(1))
        await trio.sleep_forever()

    line, worker = Line(listen), Worker()
    system, _ = build(real, line, worker, other=Late())
    if real:
        outcome = trio.run(lambda: system.run(end=100 * S))
        assert outcome.time >= 100 * S
        assert worker.heard[0] == 1
    else:
        line.listen = None
        assert trio.run(lambda: system.run(end=100 * S)).time == 100 * S


class Late(Actor):
    def on_start(self) -> None:
        self.call_at(50 * S, 1)

    def on_number(self, number: int) -> None:
        pass


def test_a_boundary_actor_has_no_links_and_does_not_wait_for_the_kernel() -> None:
    system, _ = build(True, Line(), Worker())
    system.link("line", "worker", Link(1, random.Random(1)))
    with pytest.raises(ActorError, match="'line' is a boundary actor: what it sends passes no links"):
        run(system)


@timed
@pytest.mark.parametrize("wait", ["sleep", "ask", "call_at"])
def test_a_boundary_actor_does_not_wait_for_the_kernel_as_no_playback_could_give_it_that(real: bool, wait: str) -> None:
    class Waits(Line):
        async def on_say(self, message: Say) -> None:
            if wait == "sleep":
                await self.sleep(1)
            elif wait == "ask":
                await self.ask("worker", Heard(1))
            else:
                self.call_at(1, Heard(1))

    async def listen(line: Line) -> None:
        line.send("line", Say(1))

    system, _ = build(real, Waits(listen), Worker())
    with pytest.raises(ActorFailed, match=f"'line' is a boundary actor, and {wait} is not for it"):
        run(system)


@timed
def test_what_a_boundary_actor_reads_is_not_remembered_as_it_is_begun_anew_and_not_recovered(real: bool) -> None:
    class Reads(Line):
        async def on_say(self, message: Say) -> None:
            self.latest(Heard)

    async def listen(line: Line) -> None:
        for number in range(100):
            line.send("line", Say(number))

    system, _ = build(real, Reads(listen), Worker())
    supervised(system)
    run(system)
    assert system.cells["line"].log.answers == []


def test_a_boundary_actor_reads_the_newest_value_while_another_recovers() -> None:
    read = [-1]

    async def listen(line: Line) -> None:
        for number in range(8):
            line.publish(Ask(number))
            while read[-1] < number:
                await trio.lowlevel.checkpoint()
                newest = line.latest(Ask)
                read.append(-1 if newest is None else newest.number)

    class Awaits(Actor):
        async def on_ask(self, message: Ask) -> None:
            for _ in range(3):
                await trio.lowlevel.checkpoint()

    system, _ = build(False, Line(listen), Worker(), awaits=Awaits())
    system.supervise(Supervisor(name="top", children=(Child(actor="awaits"),)))
    system.crash("awaits", CrashPoint(nth=5))
    run(system)
    assert read == sorted(read)
    assert read[-1] == 7


def test_a_pace_has_a_speed_above_zero() -> None:
    for speed in (0, -1, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="speed must be above 0, was"):
            Pace(speed)


# --- crashes ------------------------------------------------------------------------------------------------------


def supervised(system: System, restart: Restart = Restart.PERMANENT, **how: Any) -> None:
    system.supervise(Supervisor(name="top", children=(Child(actor="line", restart=restart),), **how))


def story(entries: list[Entry]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for _, _, sender, _, kind, _, message in entries:
        if sender == "kernel" and kind not in ("Start", "Stop"):
            found.append((kind, getattr(message, "kind", ""), getattr(message, "reason", "")))
    return found


class Lasting(list[Any]):
    """A list that stays the same in a copy."""

    def __deepcopy__(self, _memo: Any) -> "Lasting":
        return self


class Fragile:
    """Listens, and fails the first times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.lives = 0

    def __deepcopy__(self, _memo: Any) -> "Fragile":
        return self

    async def __call__(self, line: Line) -> None:
        self.lives += 1
        line.send("worker", Heard(10 * self.lives))
        await trio.lowlevel.checkpoint()
        if self.lives <= self.failures:
            raise OSError("connection reset")


@timed
@pytest.mark.parametrize("wait_ns", [0, 100 * S])
def test_a_listener_that_fails_is_restarted(real: bool, wait_ns: int) -> None:
    fragile = Fragile(2)
    worker = Worker()
    system, entries = build(real, Line(fragile), worker)
    supervised(system, backoff=Backoff(first_ns=wait_ns))
    run(system)
    assert fragile.lives == 3
    assert [number for number in worker.heard if number in (10, 20, 30)] == [10, 20, 30]
    assert story(entries) == [("ActorCrashed", "", ""), ("ActorRestarted", "", "")] * 2
    assert str(system.first_crash) == "actor 'line' failed while it listened: OSError: connection reset"


@timed
def test_a_listener_that_fails_too_often_or_has_no_supervisor_ends_the_run(real: bool) -> None:
    system, entries = build(real, Line(Fragile(9)), Worker())
    supervised(system, intensity=2, period_ns=10**18)
    with pytest.raises(ActorFailed, match="actor 'line' failed while it listened: OSError: connection reset"):
        run(system)
    assert story(entries)[-2:] == [("ActorCrashed", "", ""), ("FailureEscalated", "", "")]
    with pytest.raises(ActorFailed, match="while it listened"):
        run(build(real, Line(Fragile(1)), Worker())[0])


@timed
def test_a_temporary_listener_that_fails_ends(real: bool) -> None:
    worker = Worker()
    system, entries = build(real, Line(Fragile(1)), worker)
    supervised(system, Restart.TEMPORARY)
    run(system)
    assert worker.heard == [10]
    assert story(entries) == [("ActorCrashed", "", ""), ("ActorEnded", "", "crashed")]


class Speaker(Worker):
    """Says three things as it starts."""

    def on_start(self) -> None:
        for number in (1, 2, 3):
            self.send("line", Say(number))


@timed
@pytest.mark.parametrize(("times", "said"), [(1, [1, 2, 3]), (2, [1, 3])])
def test_a_handler_that_fails_gets_its_message_again_before_those_that_wait(
    real: bool, times: int, said: list[int]
) -> None:
    heard, failed = Lasting(), Lasting()

    class Failing(Line):
        async def on_say(self, message: Say) -> None:
            await trio.lowlevel.checkpoint()
            if message.number == 2 and len(failed) < times:
                failed.append(1)
                raise OSError("busy")
            heard.append(message.number)

    system, entries = build(real, Failing(), Speaker())
    supervised(system)
    run(system)
    assert heard == said
    again = [("ActorCrashed", "Say", ""), ("ActorRestarted", "", "")]
    aside = [("ActorCrashed", "Say", ""), ("MessageSetAside", "Say", "crashed twice"), ("ActorRestarted", "", "")]
    assert story(entries) == again + aside * (times - 1)


def test_in_real_time_work_on_a_message_is_broken_off_and_begun_anew_when_another_brings_its_actor_down() -> None:
    lives = Lasting()
    second = trio.Event()

    class Slow(Line):
        def on_start(self) -> None:
            lives.append("start")

        async def on_say(self, message: Say) -> None:
            lives.append(message.number)
            if lives.count(message.number) == 1:
                second.set()
                await trio.sleep_forever()
            self.send("worker", Heard(4))

    async def listen(line: Line) -> None:
        await second.wait()
        line.send("worker", Heard(3))

    class Talks(Worker):
        def on_start(self) -> None:
            self.send("line", Say(8))

        async def on_heard(self, message: Heard) -> None:
            self.heard.append(message.number)

    worker = Talks()
    line = Slow()
    line.constant = ("listen",)  # type: ignore[misc]  # as a class would say
    line.listen = listen
    system, _ = build(True, line, worker)
    both = (Child(actor="line"), Child(actor="worker"))
    system.supervise(Supervisor(name="top", children=both, strategy=Strategy.ONE_FOR_ALL))
    system.crash("worker", CrashPoint(nth=2))
    run(system)
    assert lives == ["start", 8, "start", 8]
    assert worker.heard.count(4) == 1


@timed
def test_a_boundary_actor_may_retire(real: bool) -> None:
    async def listen(line: Line) -> None:
        line.send("worker", Heard(1))
        line.retire()
        await trio.sleep_forever()

    worker = Worker()
    system, entries = build(real, Line(listen), worker)
    run(system)
    assert worker.heard[0] == 1
    assert story(entries) == [("ActorEnded", "", "retired")]


@timed
def test_what_an_ended_boundary_actor_still_sends_is_lost(real: bool) -> None:
    async def listen(line: Line) -> None:
        line.retire()
        try:
            await trio.sleep_forever()
        finally:
            line.send("worker", Heard(1))

    worker = Worker()
    run(build(real, Line(listen), worker)[0])
    assert worker.heard == []


# --- playback -----------------------------------------------------------------------------------------------------


def noisy(seed: int) -> Callable[[Line], Awaitable[None]]:
    """Return a way to listen: bursts and pauses, drawn."""

    async def listen(line: Line) -> None:
        stream = random.Random(seed)
        for number in range(stream.randrange(5, 40)):
            if stream.random() < 0.5:
                line.send("worker", Heard(number))
            else:
                line.publish(Heard(number))
            match stream.randrange(4):
                case 0:
                    await trio.lowlevel.checkpoint()
                case 1:
                    await line.in_thread(int)
                case _:
                    pass

    return listen


def played(entries: list[Entry], name: str) -> list[Any]:
    """Return what an actor had sent, as a playback takes it."""
    return [
        (time, sequence, sender, receiver, message, cause)
        for sequence, time, sender, receiver, _, cause, message in entries
        if sender == name
    ]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_session_in_real_time_is_played_back_to_the_same_fingerprint(seed: int, dispatch: Dispatch) -> None:
    times = [random.Random(seed).randrange(2000) * S for _ in range(20)]
    end = 3000 * S

    def system(real: bool, line: Line, worker: Worker) -> tuple[System, list[Entry]]:
        built, entries = build(real, line, worker, feed=Feed(sorted(times)))
        built.supervise(Supervisor(name="top", children=(Child(actor="worker"),), backoff=Backoff(first_ns=5 * S)))
        built.crash("worker", CrashPoint(nth=3), CrashPoint(nth=20))
        return built, entries

    worker, again = Worker(), Worker()
    live, entries = system(True, Line(noisy(seed)), worker)
    fingerprint = run(live, end=end)
    playback, repeated = system(False, Line(noisy(seed)), again)
    playback.play_back(["line"], played(entries, "line"))
    assert run(playback, end=end) == fingerprint, next(
        (pair for pair in zip(entries, repeated, strict=False) if pair[0] != pair[1]), None
    )
    assert again.heard == worker.heard
    assert len(worker.heard) > 20


# --- the journal in real time -------------------------------------------------------------------------------------


def written(system: System) -> bytes:
    assert system.journal is not None
    file = system.journal._file
    assert isinstance(file, io.BytesIO)
    return file.getvalue()


class Paper(io.BytesIO):
    """Tells when three things that were heard stand on it."""

    def __init__(self) -> None:
        super().__init__()
        self.full = trio.Event()

    def write(self, data: Any) -> int:
        count = super().write(data)
        if self.getvalue().count(b',"Heard",') >= 3:
            self.full.set()
        return count


def test_in_real_time_the_journal_is_written_though_nothing_more_happens() -> None:
    seen: list[int] = []
    paper = Paper()
    journal = Journal(identity={}, detail=Detail.FULL, file=paper)

    async def listen(line: Line) -> None:
        for _ in range(3):
            line.send("worker", Heard(4))
        with trio.fail_after(60):
            await paper.full.wait()
        seen.append(journal.written)

    entries: list[Entry] = []
    journal.on_entries = entries.extend
    system = System(journal=journal, pace=Pace())
    system.add("line", Line(listen))
    system.add("worker", Worker())
    fingerprint = run(system)
    assert seen == [0], "no block ended because of it"
    assert fingerprint == run_again(entries)


def test_nothing_is_handed_to_the_outside_that_the_journal_does_not_have() -> None:
    had: list[list[int]] = []

    class Teller(Line):
        async def on_say(self, message: Say) -> None:
            had.append([number for number in range(5) if b'{"number":%d}' % number in written(system)])

    class Orders(Worker):
        def on_start(self) -> None:
            for number in range(5):
                self.send("line", Say(number))

    system, _ = build(True, Teller(), Orders())
    run(system)
    assert [numbers[: number + 1] for number, numbers in enumerate(had)] == [list(range(n + 1)) for n in range(5)]


def run_again(entries: list[Entry]) -> str:
    """Return the fingerprint of the same entries, written all at once."""
    journal = Journal(identity={}, detail=Detail.FULL)
    journal.entries.extend(entries)
    journal.close()
    return journal.fingerprint
