"""Async handlers sleep and ask; their mailboxes fill meanwhile, and the others go on (K4, K5, K8)."""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorError, ActorFailed, AskTimeout, Dispatch, System, UnknownActor

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)

Sheet = list[tuple[int, str, Any]]


@attrs.define
class Note:
    text: str


@attrs.define
class Double:
    number: int


@attrs.define
class DoubleSlowly:
    number: int
    delay_ns: int


class Doubler(Actor):
    """Answers, at once or after a while."""

    def on_double(self, request: Double) -> int:
        return 2 * request.number

    async def on_double_slowly(self, request: DoubleSlowly) -> int:
        await self.sleep(request.delay_ns)
        return 2 * request.number


class Does(Actor):
    """Does what a test says, in an async handler, and hears notes in a plain one."""

    def __init__(self, sheet: Sheet, work: Callable[["Does"], Awaitable[None]] | None = None) -> None:
        self.sheet = sheet
        self.work = work

    async def on_start(self) -> None:
        if self.work is not None:
            await self.work(self)

    def on_note(self, note: Note) -> str:
        self.note(note.text)
        return f"heard {note.text}"

    def note(self, text: Any) -> None:
        self.sheet.append((self.now, self.name, text))


def run(dispatch: Dispatch, **works: Callable[[Does], Awaitable[None]] | None) -> Sheet:
    """Run one actor for each work, and a doubler, and return what they wrote down."""
    sheet: Sheet = []
    system = System(dispatch=dispatch)
    for name, work in works.items():
        system.add(name, Does(sheet, work))
    system.add("doubler", Doubler())
    trio.run(system.run)
    return sheet


def error_of(dispatch: Dispatch, work: Callable[[Does], Awaitable[None]]) -> BaseException:
    """Return what a work raises."""
    with pytest.raises(ActorFailed) as caught:
        run(dispatch, a=work)
    assert caught.value.actor == "a"
    return caught.value.error


# --- sleep ------------------------------------------------------------------------------------------------------------


def test_a_sleep_lasts_its_time_while_the_others_go_on(dispatch: Dispatch) -> None:
    async def steps(actor: Does) -> None:
        for _ in range(3):
            await actor.sleep(4)
            actor.note("awake")

    async def one(actor: Does) -> None:
        await actor.sleep(6)
        actor.note("awake")

    assert run(dispatch, a=steps, b=one) == [
        (4, "a", "awake"),
        (6, "b", "awake"),
        (8, "a", "awake"),
        (12, "a", "awake"),
    ]


def test_a_sleep_of_0_lets_what_is_due_come_first(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        actor.send("b", Note("x"))
        await actor.sleep(0)
        actor.note("awake")

    assert run(dispatch, a=work, b=None) == [(0, "b", "x"), (0, "a", "awake")]


def test_what_is_sent_takes_effect_when_the_handler_waits_not_when_it_ends(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        actor.send("b", Note("before"))
        actor.note("sent")
        await actor.sleep(5)
        actor.send("b", Note("after"))

    assert run(dispatch, a=work, b=None) == [(0, "a", "sent"), (0, "b", "before"), (5, "b", "after")]


def test_an_actor_handles_one_message_at_a_time(dispatch: Dispatch) -> None:
    async def sleeper(actor: Does) -> None:
        await actor.sleep(10)
        actor.note("awake")

    async def other(actor: Does) -> None:
        for number in range(3):
            actor.send("a", Note(str(number)))
            await actor.sleep(2)

    assert run(dispatch, a=sleeper, b=other) == [(10, "a", "awake"), (10, "a", "0"), (10, "a", "1"), (10, "a", "2")]


@pytest.mark.parametrize("duration", [-1, 0.5, True, None])
def test_a_sleep_is_a_whole_number_of_ns(dispatch: Dispatch, duration: Any) -> None:
    async def work(actor: Does) -> None:
        await actor.sleep(duration)

    expected = f"a sleep must last a whole number of ns, 0 or more, was {duration!r}"
    assert repr(error_of(dispatch, work)) == repr(ValueError(expected))


# --- ask --------------------------------------------------------------------------------------------------------------


def test_an_ask_returns_what_the_handler_returned_at_once_or_later(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        actor.note(await actor.ask("doubler", Double(4)))
        actor.note(await actor.ask("doubler", DoubleSlowly(5, 30)))
        actor.note(await actor.ask("b", Note("hello")))

    assert run(dispatch, a=work, b=None) == [(0, "a", 8), (30, "a", 10), (30, "b", "hello"), (30, "a", "heard hello")]


def test_what_is_asked_of_a_busy_actor_waits_for_its_turn(dispatch: Dispatch) -> None:
    async def first(actor: Does) -> None:
        actor.note(await actor.ask("doubler", DoubleSlowly(1, 10)))

    async def second(actor: Does) -> None:
        actor.note(await actor.ask("doubler", Double(2)))

    async def third(actor: Does) -> None:
        actor.note(await actor.ask("doubler", DoubleSlowly(3, 10)))

    assert run(dispatch, a=first, b=second, c=third) == [(10, "a", 2), (10, "b", 4), (20, "c", 6)]


@pytest.mark.parametrize(
    ("delay_ns", "timeout_ns", "expected"),
    [
        (10, 11, [(10, 2)]),
        (10, 10, [(10, "'a' asked 'doubler' for DoubleSlowly: no answer in 10 ns")]),
        (10, 3, [(3, "'a' asked 'doubler' for DoubleSlowly: no answer in 3 ns")]),
        (10, 0, [(0, "'a' asked 'doubler' for DoubleSlowly: no answer in 0 ns")]),
        (0, 1, [(0, 2)]),
        (0, None, [(0, 2)]),
    ],
)
def test_an_ask_times_out_when_no_answer_has_come_before(
    dispatch: Dispatch, delay_ns: int, timeout_ns: int | None, expected: list[tuple[int, Any]]
) -> None:
    async def work(actor: Does) -> None:
        try:
            actor.note(await actor.ask("doubler", DoubleSlowly(1, delay_ns), timeout_ns))
        except AskTimeout as error:
            actor.note(str(error))

    assert run(dispatch, a=work) == [(time, "a", what) for time, what in expected]


def test_an_answer_that_comes_too_late_is_not_taken_for_a_later_one(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        with pytest.raises(AskTimeout):
            await actor.ask("doubler", DoubleSlowly(1, 10), timeout_ns=5)
        actor.note(await actor.ask("doubler", DoubleSlowly(20, 10)))
        with pytest.raises(AskTimeout):
            await actor.ask("doubler", DoubleSlowly(1, 10), timeout_ns=5)
        await actor.sleep(100)
        actor.note("awake")

    assert run(dispatch, a=work) == [(20, "a", 40), (125, "a", "awake")]


def test_the_timeout_of_an_answered_ask_neither_ends_a_later_wait_nor_prolongs_the_run(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        await actor.ask("doubler", Double(1), timeout_ns=50)
        await actor.sleep(20)
        actor.note("awake")

    sheet: Sheet = []
    system = System(dispatch=dispatch)
    system.add("a", Does(sheet, work))
    system.add("doubler", Doubler())
    assert trio.run(system.run).time == 20
    assert sheet == [(20, "a", "awake")]


@pytest.mark.parametrize("timeout", [-1, 0.5, False])
def test_a_timeout_is_a_whole_number_of_ns(dispatch: Dispatch, timeout: Any) -> None:
    async def work(actor: Does) -> None:
        await actor.ask("doubler", Double(1), timeout)

    expected = f"timeout_ns must be a whole number of ns, 0 or more, was {timeout!r}"
    assert repr(error_of(dispatch, work)) == repr(ValueError(expected))


def test_nobody_asks_itself(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        await actor.ask("a", Note("me"))

    assert repr(error_of(dispatch, work)) == repr(ActorError("'a' asked itself, and would wait for ever"))


def test_an_actor_that_is_not_there_cannot_be_asked(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        await actor.ask("z", Note("you"))

    assert repr(error_of(dispatch, work)) == repr(UnknownActor("'a' asked 'z'; the actors are 'a', 'doubler'"))


def test_two_actors_that_ask_each_other_wait_until_one_is_stopped(dispatch: Dispatch) -> None:
    async def ask_b(actor: Does) -> None:
        actor.note(await actor.ask("b", Note("you")))

    async def ask_a(actor: Does) -> None:
        try:
            actor.note(await actor.ask("a", Note("no, you")))
        finally:
            actor.note("stopped")

    assert run(dispatch, a=ask_b, b=ask_a) == [
        (0, "b", "stopped"),
        (0, "b", "you"),
        (0, "a", "heard you"),
        (0, "a", "no, you"),
    ]


# --- where waiting is refused -----------------------------------------------------------------------------------------

REFUSED = "'a': sleep and ask belong in the actor's own async handlers, one at a time"


def test_two_waits_at_once_are_refused(dispatch: Dispatch) -> None:
    async def work(actor: Does) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(actor.sleep, 1)

    error = error_of(dispatch, work)
    assert isinstance(error, ExceptionGroup)
    assert repr(error.exceptions) == repr((ActorError(REFUSED),))


def test_another_actors_handler_cannot_wait_in_ones_name(dispatch: Dispatch) -> None:
    actors: dict[str, Does] = {}

    async def meet(actor: Does) -> None:
        actors[actor.name] = actor

    async def borrow(actor: Does) -> None:
        await actors["a"].sleep(1)

    with pytest.raises(ActorFailed) as caught:
        run(dispatch, a=meet, b=borrow)
    assert repr(caught.value.error) == repr(ActorError(REFUSED))
    assert caught.value.actor == "b"


def test_a_task_outside_the_system_cannot_wait_for_it(dispatch: Dispatch) -> None:
    actor = Does([])
    system = System(dispatch=dispatch)
    system.add("a", actor)

    async def main() -> None:
        await system.run()
        await actor.sleep(1)

    with pytest.raises(ActorError) as caught:
        trio.run(main)
    assert str(caught.value) == REFUSED


# --- the world outside ------------------------------------------------------------------------------------------------


def test_a_handler_that_awaits_the_world_outside_holds_virtual_time(dispatch: Dispatch) -> None:
    sheet: Sheet = []
    to_actor, from_world = trio.open_memory_channel[str](0)
    to_world, from_actor = trio.open_memory_channel[str](0)

    async def talk(actor: Does) -> None:
        actor.send("b", Note("sent before"))
        for number in range(3):
            await to_world.send(str(number))
            actor.note(await from_world.receive())
        await actor.sleep(7)
        actor.note("awake")

    async def tick(actor: Does) -> None:
        await actor.sleep(1)
        actor.note("tick")

    async def world() -> None:
        for _ in range(3):
            question = await from_actor.receive()
            for _ in range(5):
                await trio.lowlevel.checkpoint()
            sheet.append((system.now, "world", question))
            await to_actor.send(f"answer to {question}")

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(world)
            await system.run()

    system = System(dispatch=dispatch)
    system.add("a", Does(sheet, talk))
    system.add("b", Does(sheet, tick))
    trio.run(main)
    conversation = [
        (0, who, f"{what}{number}") for number in range(3) for who, what in (("world", ""), ("a", "answer to "))
    ]
    assert sheet == [*conversation, (1, "b", "tick"), (1, "b", "sent before"), (7, "a", "awake")]
