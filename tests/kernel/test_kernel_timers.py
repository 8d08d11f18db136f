"""Timers: a message that an actor gets from itself at a time, unless it cancels it before (K8)."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorFailed, Dispatch, System, Timer

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)

START = 1_700_000_000_000_000_000


@attrs.define
class Ring:
    number: int


@attrs.define
class RingSlowly:
    number: int


class Clockmaker(Actor):
    def __init__(self, begin: Callable[["Clockmaker"], None], rung: Callable[["Clockmaker", Ring], None]) -> None:
        self.begin = begin
        self.rung = rung
        self.heard: list[tuple[int, int]] = []
        self.timers: list[Timer] = []

    def on_start(self) -> None:
        self.begin(self)

    def on_ring(self, ring: Ring) -> None:
        self.heard.append((self.now - START, ring.number))
        self.rung(self, ring)

    async def on_ring_slowly(self, ring: RingSlowly) -> None:
        await self.sleep(3)
        self.heard.append((self.now - START, ring.number))

    def set(self, after: int, message: Any) -> None:
        self.timers.append(self.call_at(self.now + after, message))


def nothing(actor: Clockmaker, ring: Ring) -> None:
    pass


def run(
    dispatch: Dispatch,
    begin: Callable[[Clockmaker], None],
    rung: Callable[[Clockmaker, Ring], None] = nothing,
) -> Clockmaker:
    system = System(dispatch=dispatch, start=START)
    actor = Clockmaker(begin, rung)
    system.add("a", actor)
    trio.run(system.run)
    return actor


def test_a_timer_rings_at_its_time(dispatch: Dispatch) -> None:
    def begin(actor: Clockmaker) -> None:
        actor.set(5, Ring(1))
        actor.set(0, Ring(2))

    assert run(dispatch, begin).heard == [(0, 2), (5, 1)]


def test_a_timer_may_wake_an_async_handler(dispatch: Dispatch) -> None:
    def begin(actor: Clockmaker) -> None:
        actor.set(5, RingSlowly(1))
        actor.set(6, Ring(2))

    assert run(dispatch, begin).heard == [(8, 1), (8, 2)]


@pytest.mark.parametrize("after", [0, 5])
def test_a_cancelled_timer_does_not_ring_and_does_not_hold_the_run(dispatch: Dispatch, after: int) -> None:
    def begin(actor: Clockmaker) -> None:
        actor.set(after, Ring(1))
        actor.cancel(actor.timers[0])
        actor.cancel(actor.timers[0])

    actor = run(dispatch, begin)
    assert (actor.heard, actor.now) == ([], START)


def test_a_timer_of_the_present_instant_can_still_be_cancelled(dispatch: Dispatch) -> None:
    def begin(actor: Clockmaker) -> None:
        for number in range(3):
            actor.set(5, Ring(number))

    def rung(actor: Clockmaker, ring: Ring) -> None:
        actor.cancel(actor.timers[ring.number + 1])

    assert run(dispatch, begin, lambda actor, ring: rung(actor, ring) if ring.number == 0 else None).heard == [
        (5, 0),
        (5, 2),
    ]


def test_cancelling_a_timer_that_has_rung_changes_nothing(dispatch: Dispatch) -> None:
    def rung(actor: Clockmaker, ring: Ring) -> None:
        actor.cancel(actor.timers[0])
        if ring.number == 1:
            actor.set(2, Ring(2))

    actor = run(dispatch, lambda actor: actor.set(5, Ring(1)), rung)
    assert actor.heard == [(5, 1), (7, 2)]


@pytest.mark.parametrize("time", [START - 1, 0, START + 0.5, True, None])
def test_a_timer_lies_at_a_whole_ns_from_now_on(dispatch: Dispatch, time: Any) -> None:
    with pytest.raises(ActorFailed) as caught:
        run(dispatch, lambda actor: actor.timers.append(actor.call_at(time, Ring(1))))
    expected = ValueError(f"'a': a timer must lie at {START} or later, in whole ns, was {time!r}")
    assert repr(caught.value.error) == repr(expected)


def test_a_timer_shows_its_time_and_whether_it_was_cancelled(dispatch: Dispatch) -> None:
    def begin(actor: Clockmaker) -> None:
        actor.set(5, Ring(1))
        actor.set(6, Ring(2))
        actor.cancel(actor.timers[1])

    timers = run(dispatch, begin).timers
    assert [repr(timer) for timer in timers] == [f"Timer({START + 5})", f"Timer({START + 6}, cancelled)"]


def test_many_cancelled_timers_before_one_that_rings_are_passed_over(dispatch: Dispatch) -> None:
    def begin(actor: Clockmaker) -> None:
        for number in range(1000):
            actor.set(number // 10, Ring(number))
        for timer in actor.timers[:-1]:
            actor.cancel(timer)

    assert run(dispatch, begin).heard == [(99, 999)]
