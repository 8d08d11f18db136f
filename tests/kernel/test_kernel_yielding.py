"""The kernel and trio: it yields often, survives cancel scopes round its waits, and ends when it is cancelled (K6, K7).

Real time here is a clock of the test's own, which passes a given time at each look.
"""

import io
import itertools
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorFailed, Detail, Dispatch, Journal, System

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)

MS = 1_000_000


@attrs.define
class Tick:
    time: int


@attrs.define
class Note:
    text: str


class Feed(Actor):
    def __init__(self, times: range) -> None:
        self.times = times

    def on_start(self) -> None:
        self.stream(Tick(time) for time in self.times)


class Reader(Actor):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_tick(self, tick: Tick) -> None:
        self.heard.append(tick.time)

    def on_note(self, note: Note) -> None:
        self.heard.append((self.now, note.text))


class Does(Actor):
    def __init__(self, work: Callable[["Does"], Awaitable[None]]) -> None:
        self.work = work

    async def on_start(self) -> None:
        await self.work(self)


@pytest.fixture
def pass_at_each_look(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that lets the wall clock pass so many ns each time that the kernel looks at it."""

    def install(step_ns: int) -> None:
        time = 0

        def wall_ns() -> int:
            nonlocal time
            time += step_ns
            return time

        monkeypatch.setattr("tradepit.actors.kernel.delivery.wall_ns", wall_ns)

    return install


@pytest.mark.parametrize("cost_ns", [100, 3_000, 30_000, 45_000, 200_000, 2 * MS, 3 * MS, 7 * MS, 50 * MS])
def test_the_kernel_yields_every_10_ms_whatever_a_handler_costs(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch, cost_ns: int
) -> None:
    reader = Reader()
    monkeypatch.setattr("tradepit.actors.kernel.delivery.wall_ns", lambda: len(reader.heard) * cost_ns)
    yields = [0]
    system = System(dispatch=dispatch, on_yield=lambda _system: yields.append(len(reader.heard)))
    system.add("feed", Feed(range(3000)))
    system.add("reader", reader)
    trio.run(system.run)
    yields.append(3000)
    longest = max(after - before for before, after in itertools.pairwise(yields))
    assert longest * cost_ns <= max(10 * MS, 2 * cost_ns)


def test_other_tasks_make_progress_at_each_yield(dispatch: Dispatch, pass_at_each_look: Callable[[int], None]) -> None:
    pass_at_each_look(20 * MS)
    heard_at: list[int] = []
    reader = Reader()
    system = System(dispatch=dispatch)
    system.add("feed", Feed(range(200)))
    system.add("reader", reader)

    async def other() -> None:
        while True:
            heard_at.append(len(reader.heard))
            await trio.lowlevel.checkpoint()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            await system.run()
            nursery.cancel_scope.cancel()

    trio.run(main)
    assert max(after - before for before, after in itertools.pairwise(heard_at)) <= 3
    assert heard_at[-1] >= 197


def test_it_looks_at_the_clock_after_256_deliveries_at_the_latest(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader()
    looked_at: list[int] = []

    def wall_ns() -> int:
        looked_at.append(len(reader.heard))
        return 0

    monkeypatch.setattr("tradepit.actors.kernel.delivery.wall_ns", wall_ns)
    system = System(dispatch=dispatch)
    system.add("feed", Feed(range(2000)))
    system.add("reader", reader)
    trio.run(system.run)
    gaps = [after - before for before, after in itertools.pairwise(looked_at)]
    assert gaps[:6] == [0, 1, 2, 4, 8, 16]
    assert max(gaps) == 256


@attrs.define
class Draft:
    words: list[str]


class Writer(Actor):
    """Goes on writing at what it has sent, which nobody should."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []

    def on_tick(self, tick: Tick) -> None:
        self.drafts.append(Draft([]))
        self.publish(self.drafts[-1])
        if tick.time % 300 == 0:
            for draft in self.drafts:
                draft.words.append(f"changed at {tick.time}")


def test_how_long_things_take_changes_nothing_in_the_journal(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    journals: list[bytes] = []
    for seed in range(4):
        wall = random.Random(seed)
        time = [0]

        def wall_ns(wall: random.Random = wall, time: list[int] = time) -> int:
            time[0] += wall.choice([0, 0, 0, MS, 6 * MS, 40 * MS]) if seed else 0  # noqa: B023  called in this turn only
            return time[0]

        monkeypatch.setattr("tradepit.actors.kernel.delivery.wall_ns", wall_ns)
        file = io.BytesIO()
        system = System(dispatch=dispatch, journal=Journal(identity={}, detail=Detail.FULL, file=file))
        system.add("writer", Writer())
        system.add("feed", Feed(range(3000)))
        trio.run(system.run)
        journals.append(file.getvalue())
    assert journals[1:] == [journals[0]] * 3
    assert journals[0].count(b'{"block":') == 2


def test_an_error_in_what_is_called_at_a_yield_is_not_blamed_on_an_actor(
    dispatch: Dispatch, pass_at_each_look: Callable[[int], None]
) -> None:
    pass_at_each_look(20 * MS)
    file = io.BytesIO()

    def fail(_system: System) -> None:
        raise ZeroDivisionError

    system = System(dispatch=dispatch, on_yield=fail, journal=Journal(identity={}, file=file))
    system.add("feed", Feed(range(10)))
    system.add("reader", Reader())
    with pytest.raises(ZeroDivisionError):
        trio.run(system.run)
    assert file.getvalue().splitlines()[-1].startswith(b'{"end":')


# --- cancel scopes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shield", [False, True])
def test_a_cancel_scope_of_a_handler_s_own_does_not_break_its_wait(dispatch: Dispatch, shield: bool) -> None:
    """Its deadline is in real time, which says nothing about virtual time."""

    async def work(actor: Does) -> None:
        with trio.move_on_after(0) as scope:
            scope.shield = shield
            await actor.sleep(5)
            actor.send("reader", Note("slept"))

    reader = Reader()
    system = System(dispatch=dispatch)
    system.add("a", Does(work))
    system.add("reader", reader)
    trio.run(system.run)
    assert reader.heard == [(5, "slept")]


def test_a_cancel_scope_round_the_world_outside_works_as_ever(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            await trio.sleep_forever()
        actor.send("reader", Note("on time"))

    reader = Reader()
    system = System(dispatch=dispatch)
    system.add("a", Does(work))
    system.add("reader", reader)
    trio.run(system.run)
    assert reader.heard == [(0, "on time")]


async def sleep_long(actor: Does) -> None:
    await actor.sleep(1_000_000)


async def wait_outside(actor: Does) -> None:
    await trio.sleep_forever()


async def wait_again_and_again(actor: Does) -> None:
    """Hold on to life: a wait in the clean-up ends like the first."""
    try:
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await actor.sleep(5)


@pytest.mark.parametrize("work", [sleep_long, wait_outside, wait_again_and_again])
@pytest.mark.parametrize("when", ["before", "during"])
def test_cancelling_a_run_ends_it_whatever_its_actors_wait_for(
    dispatch: Dispatch,
    pass_at_each_look: Callable[[int], None],
    work: Callable[[Does], Awaitable[None]],
    when: str,
) -> None:
    pass_at_each_look(20 * MS)
    file = io.BytesIO()
    system = System(dispatch=dispatch, journal=Journal(identity={}, file=file))
    system.add("feed", Feed(range(100_000)))
    system.add("a", Does(work))
    system.add("reader", Reader())
    finished = False

    async def main() -> None:
        nonlocal finished
        with trio.CancelScope() as scope:
            if when == "before":
                scope.cancel()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(cancel_soon, scope)
                await system.run()
                finished = True

    async def cancel_soon(scope: trio.CancelScope) -> None:
        for _ in range(20):
            await trio.lowlevel.checkpoint()
        scope.cancel()

    trio.run(main)
    assert not finished
    assert (system.sequence == 0) is (when == "before")
    assert file.getvalue().splitlines()[-1].startswith(b'{"end":')


class Fatal(BaseException):
    """What is no error of a handler."""


@pytest.mark.parametrize("error", [KeyboardInterrupt, Fatal])
@pytest.mark.parametrize("is_async", [False, True])
def test_what_is_no_error_of_a_handler_comes_out_unchanged(
    dispatch: Dispatch, error: type[BaseException], is_async: bool
) -> None:
    class Interrupted(Actor):
        def on_tick(self, tick: Tick) -> None:
            if not is_async:
                raise error

    class InterruptedSlowly(Actor):
        async def on_tick(self, tick: Tick) -> None:
            await self.sleep(0)
            if is_async:
                raise error

    file = io.BytesIO()
    system = System(dispatch=dispatch, journal=Journal(identity={}, file=file))
    system.add("feed", Feed(range(10)))
    system.add("sleeper", Does(sleep_long))
    system.add("a", Interrupted())
    system.add("b", InterruptedSlowly())
    with pytest.raises(error):
        trio.run(system.run)
    assert file.getvalue().splitlines()[-1].startswith(b'{"end":')


def test_several_things_that_go_wrong_at_once_come_out_together(dispatch: Dispatch) -> None:
    """A handler raises on the way out of a run that fails for another reason."""

    class Holds(Actor):
        async def on_start(self) -> None:
            try:
                await self.sleep(100)
            except BaseException:  # noqa: BLE001  that is the case
                raise Fatal from None

    class Fails(Actor):
        def on_tick(self, tick: Tick) -> None:
            raise ValueError("first")

    system = System(dispatch=dispatch)
    system.add("holds", Holds())
    system.add("fails", Fails())
    system.add("feed", Feed(range(3)))
    with pytest.raises(BaseExceptionGroup) as caught:
        trio.run(system.run)
    leaves = list(leaves_of(caught.value))
    assert sorted(type(leaf).__name__ for leaf in leaves) == ["ActorFailed", "Fatal"]
    assert [leaf.actor for leaf in leaves if isinstance(leaf, ActorFailed)] == ["fails"]


def leaves_of(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from leaves_of(part)
    else:
        yield error
