"""When snapshots are taken, and what bounds the log of an actor that is always at work (K10)."""

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import (
    Actor,
    ActorFailed,
    ActorRestarted,
    Child,
    CrashPoint,
    Dispatch,
    Journal,
    Mailbox,
    Pace,
    Restart,
    StateError,
    Strategy,
    Supervisor,
    System,
)
from tradepit.actors.kernel import delivery as kernel_delivery
from tradepit.actors.kernel import guard as kernel_guard

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)

SUPERVISED = Supervisor(name="top", children=(Child(actor="a"), Child(actor="b")), intensity=1000)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let snapshots be taken after 20 messages, and nothing be kept of a handler after 100 waits."""
    monkeypatch.setattr(kernel_guard, "SNAPSHOT_EVERY", 20)
    monkeypatch.setattr(kernel_guard, "MOST_REPLAYED", 100)
    monkeypatch.setattr(kernel_delivery, "LOOK_EVERY", 4)


@attrs.define
class Tick:
    time: int


@attrs.define
class Count:
    """Count, with so many waits."""

    waits: int


class Clerk(Actor):
    """Counts what it hears, ticks at once, the others with waits."""

    def __init__(self) -> None:
        self.ticks = 0
        self.counted = 0

    def on_tick(self, tick: Tick) -> None:
        self.ticks += 1

    async def on_count(self, count: Count) -> None:
        for _ in range(count.waits):
            await self.sleep(3)
            self.counted += 1


class Plain(Clerk):
    """Counts at once what the other counts with waits."""

    async def on_count(self, count: Count) -> None:
        self.counted += count.waits


class Feed(Actor):
    """Streams ticks and sends requests to count, at the times of a plan."""

    constant = ("_requests", "_ticks")

    def __init__(self, ticks: range, requests: list[tuple[int, Count]]) -> None:
        self._ticks = ticks
        self._requests = requests

    def on_start(self) -> None:
        for time, count in self._requests:
            self.call_at(time, count)
        if self._ticks:
            self.stream([Tick(time) for time in self._ticks])

    def on_count(self, count: Count) -> None:
        self.send("a", count)


def made(
    dispatch: Dispatch,
    *crashes: CrashPoint,
    ticks: range = range(0),
    requests: list[tuple[int, Count]] | None = None,
    clerk: Clerk | None = None,
    top: Supervisor = SUPERVISED,
    pace: Pace | None = None,
) -> tuple[System, Clerk, list[int]]:
    """Return a system, its clerk `a`, and a list that the lengths of replays will be added to."""
    system = System(dispatch=dispatch, journal=Journal(identity={}), pace=pace)
    clerk = Clerk() if clerk is None else clerk
    system.add("a", clerk)
    system.add("b", Plain())
    system.add("feed", Feed(ticks, requests or []))
    system.supervise(top)
    if crashes:
        system.crash("a", *crashes)
    replayed: list[int] = []
    system.tap(ActorRestarted, lambda event: replayed.append(event.replayed))
    return system, clerk, replayed


def test_a_snapshot_comes_at_the_same_message_however_messages_come(dispatch: Dispatch) -> None:
    def lengths(dispatch: Dispatch, pace: Pace | None = None) -> tuple[list[int], int]:
        crashes = [CrashPoint(nth=nth) for nth in (10, 35, 36, 70, 99)]
        system, clerk, replayed = made(dispatch, *crashes, ticks=range(100), pace=pace)
        trio.run(system.run)
        return replayed, clerk.ticks

    inline = lengths(Dispatch.INLINE)
    assert inline == ([9, 13, 14, 8, 15], 100)
    assert lengths(dispatch) == lengths(dispatch, Pace(speed=1e9)) == inline


def test_an_actor_that_is_always_in_one_handler_or_another_has_its_snapshots_between_them(dispatch: Dispatch) -> None:
    # A request comes every 4 ns and takes 6: there is always one that has begun, and the mailbox fills.
    requests = [(4 * number, Count(2)) for number in range(60)]
    system, clerk, replayed = made(dispatch, CrashPoint(nth=50), requests=requests)
    trio.run(system.run)
    assert clerk.counted == 120
    assert len(replayed) == 1
    assert replayed[0] < 20 + 2 * 3 + 4
    assert system.cells["a"].statistics.forgone == 0


def test_an_actor_that_is_always_being_served_has_its_snapshots_between_messages(dispatch: Dispatch) -> None:
    system, clerk, replayed = made(dispatch, CrashPoint(nth=90), ticks=range(100))
    system.bound("a", Mailbox(service_ns=lambda _: 3))
    trio.run(system.run)
    assert clerk.ticks == 100
    assert len(replayed) == 1
    assert replayed[0] < 20 + 4


def test_of_a_handler_that_waits_too_often_nothing_is_kept_and_the_run_goes_on(dispatch: Dispatch) -> None:
    system, clerk, replayed = made(dispatch, requests=[(0, Count(1000))])
    trio.run(system.run)
    assert (clerk.counted, replayed) == (1000, [])
    cell = system.cells["a"]
    assert cell.statistics.forgone == 1
    assert len(cell.log.items) < 2 * (100 + 4)
    cell.count_log()
    assert cell.statistics.deliveries == {"Count": 1, "Woke": 1000}


def test_a_crash_in_a_handler_that_had_waited_too_often_ends_the_run_and_says_why(dispatch: Dispatch) -> None:
    system, _, replayed = made(dispatch, CrashPoint(nth=1), requests=[(0, Count(1000))])
    with pytest.raises(ActorFailed) as failed:
        trio.run(system.run)
    assert (failed.value.actor, failed.value.kind, failed.value.time) == ("a", "Count", 3000)
    assert replayed == []
    (note,) = failed.value.__notes__
    waits, _, _ = note.removeprefix("'a' cannot be recovered: its handler of Count had waited ").partition(" ")
    assert 100 <= int(waits) <= 104
    assert note.endswith(
        f"had waited {waits} times and not ended, and nothing more was kept of it; let the handler end, and go on "
        f"with a message that it sends itself, by call_at"
    )


def test_whoever_waits_too_often_cannot_be_restarted_with_another_either(dispatch: Dispatch) -> None:
    all_of_them = attrs.evolve(SUPERVISED, strategy=Strategy.ONE_FOR_ALL)
    system, _, _ = made(dispatch, requests=[(0, Count(1000))], ticks=range(2500), top=all_of_them)
    system.crash("b", CrashPoint(at=2000))
    with pytest.raises(ActorFailed, match=r"^actor 'b' failed on Tick") as failed:
        trio.run(system.run)
    assert failed.value.__notes__[0].startswith("'a' cannot be recovered: its handler of Count had waited 1")


def test_when_a_handler_ends_after_all_its_actor_can_be_recovered_again(dispatch: Dispatch) -> None:
    system, clerk, replayed = made(dispatch, CrashPoint(nth=2), requests=[(0, Count(300)), (1, Count(5))])
    trio.run(system.run)
    assert (clerk.counted, replayed) == (305, [5])  # it goes on from its fifth wait, before which there are four
    assert system.cells["a"].statistics.forgone == 1


def test_nothing_piles_up_for_an_actor_that_is_not_recovered(dispatch: Dispatch) -> None:
    temporary = Supervisor(name="top", children=(Child(actor="a", restart=Restart.TEMPORARY), Child(actor="b")))
    system, clerk, _ = made(dispatch, requests=[(0, Count(1000))], top=temporary)
    trio.run(system.run)
    cell = system.cells["a"]
    assert (clerk.counted, cell.statistics.forgone) == (1000, 0)
    assert len(cell.log.items) < 2 * (100 + 4)


class Opener(Clerk):
    """Takes something into its state that cannot be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.open: Iterator[Any] | None = None

    async def on_count(self, count: Count) -> None:
        await super().on_count(count)
        self.open = (number for number in range(count.waits))


def test_state_that_cannot_be_copied_when_a_handler_has_ended_ends_the_run(dispatch: Dispatch) -> None:
    system, _, _ = made(dispatch, requests=[(0, Count(50))], clerk=Opener())
    with pytest.raises(ActorFailed) as failed:
        trio.run(system.run)
    assert isinstance(failed.value.__cause__, StateError)
    assert (failed.value.actor, failed.value.time) == ("a", 150)
