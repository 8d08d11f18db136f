"""How a run ends: with the data, at a time, or when it is told to; then closing messages, then the actors stop."""

import io
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorError, ActorFailed, Dispatch, Journal, Link, Outcome, System

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)

Sheet = list[tuple[int, str, str]]


@attrs.define
class Tick:
    time: int


@attrs.define
class Note:
    text: str


@attrs.define
class Closing:
    text: str


@attrs.define
class Slow:
    duration_ns: int
    text: str = "slow"


class Member(Actor):
    """Notes what it hears; sleeps when told to; passes on what begins with the name of another and a colon."""

    def __init__(self, sheet: Sheet, begin: Callable[["Member"], Any] | None = None) -> None:
        self.sheet = sheet
        self.begin = begin

    def on_start(self) -> None:
        if self.begin is not None:
            self.begin(self)

    def on_tick(self, tick: Tick) -> None:
        self.note("tick")

    def on_note(self, note: Note) -> str:
        self.note(note.text)
        to, colon, rest = note.text.partition(":")
        if colon:
            self.send(to, Note(rest))
        return f"{self.name} heard"

    def on_closing(self, closing: Closing) -> None:
        self.note(closing.text)
        self.send("b", Note(f"a:back to a for {closing.text}"))

    async def on_slow(self, slow: Slow) -> None:
        try:
            await self.sleep(slow.duration_ns)
            self.note(f"{slow.text} done")
        finally:
            self.note(f"{slow.text} over")

    def note(self, text: str) -> None:
        self.sheet.append((self.now, self.name, text))


class Feed(Actor):
    def __init__(self, times: Sequence[int]) -> None:
        self.times = times

    def on_start(self) -> None:
        self.stream(Tick(time) for time in self.times)


def run(
    dispatch: Dispatch,
    begin: Callable[[Member], Any] | None = None,
    *,
    ticks: Sequence[int] | None = None,
    latency_ns: int = 0,
    member: type[Member] = Member,
    **when: Any,
) -> tuple[int, Sheet]:
    """Run members a and b, of which a begins; return the time at the end and what they noted, without b's ticks."""
    sheet: Sheet = []
    system = System(dispatch=dispatch)
    system.add("a", member(sheet, begin))
    system.add("b", member(sheet))
    if ticks is not None:
        system.add("feed", Feed(ticks))
    if latency_ns:
        system.link("a", "b", Link(lambda _stream: latency_ns, random.Random(0)))
    return trio.run(lambda: system.run(**when)).time, [each for each in sheet if each[1:] != ("b", "tick")]


def ring(*times: int) -> Callable[[Member], None]:
    def begin(actor: Member) -> None:
        for time in times:
            actor.call_at(time, Note(f"ring {time}"))

    return begin


def rings(*times: int) -> Sheet:
    return [(time, "a", f"ring {time}") for time in times]


# --- the end ----------------------------------------------------------------------------------------------------------


def test_without_streams_a_run_lasts_until_no_timer_is_left(dispatch: Dispatch) -> None:
    assert run(dispatch, ring(3, 8, 1000)) == (1000, rings(3, 8, 1000))


def test_with_a_stream_timers_after_its_last_message_do_not_ring(dispatch: Dispatch) -> None:
    assert run(dispatch, ring(3, 8, 9), ticks=[2, 8]) == (
        8,
        [(2, "a", "tick"), *rings(3, 8), (8, "a", "tick")],
    )


@pytest.mark.parametrize("ticks", [[], [2]])
def test_timers_of_the_stream_s_last_instant_ring(dispatch: Dispatch, ticks: list[int]) -> None:
    def begin(actor: Member) -> None:
        actor.call_at(0, Note("at once"))

    _, sheet = run(dispatch, begin, ticks=ticks)
    assert sheet[0] == (0, "a", "at once")


@pytest.mark.parametrize(
    ("ticks", "end", "time", "expected"),
    [
        (None, 8, 8, rings(3, 8)),
        (None, 7, 7, rings(3)),
        (None, 2, 2, []),
        (None, 20, 20, rings(3, 8, 9)),
        ([4, 6], 5, 5, [*rings(3), (4, "a", "tick")]),
        ([4, 6], 6, 6, [*rings(3), (4, "a", "tick"), (6, "a", "tick")]),
        ([4, 6], 8, 8, [*rings(3), (4, "a", "tick"), (6, "a", "tick"), *rings(8)]),
        ([6, 6], 6, 6, [*rings(3), (6, "a", "tick"), (6, "a", "tick")]),
        ([6, 6], 5, 5, rings(3)),
        ([], 4, 4, rings(3)),
        ([4], 0, 0, []),
    ],
)
def test_with_an_end_everything_up_to_and_at_it_happens_and_time_stands_there(
    dispatch: Dispatch, ticks: list[int] | None, end: int, time: int, expected: Sheet
) -> None:
    assert run(dispatch, ring(3, 8, 9), ticks=ticks, end=end) == (time, expected)


def test_an_end_in_the_past_lets_only_the_present_instant_happen(dispatch: Dispatch) -> None:
    sheet: Sheet = []
    system = System(dispatch=dispatch, start=100)
    system.add("a", Member(sheet, ring(100, 101)))
    outcome = trio.run(lambda: system.run(end=50))
    assert (outcome.time, sheet) == (100, [(100, "a", "ring 100")])


SENDS: Callable[[Member], None] = lambda actor: actor.send("b", Note("late"))  # noqa: E731  as short as its use


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"ticks": [4]}, [(4, "a", "tick"), (10, "b", "late")]),
        ({"ticks": [4], "end": 6}, [(4, "a", "tick"), (10, "b", "late")]),
        ({"ticks": []}, [(10, "b", "late")]),
        ({"end": 6}, [(10, "b", "late")]),
        ({}, [(10, "b", "late")]),
        ({"ticks": [], "closing": [Note("closed")]}, [(10, "b", "late"), (10, "a", "closed"), (10, "b", "closed")]),
        ({"end": 6, "closing": [Note("closed")]}, [(10, "b", "late"), (10, "a", "closed"), (10, "b", "closed")]),
    ],
)
def test_however_a_run_ends_what_is_under_way_still_arrives_before_anything_is_closed(
    dispatch: Dispatch, when: dict[str, Any], expected: Sheet
) -> None:
    assert run(dispatch, SENDS, latency_ns=10, **when) == (10, expected)


def test_while_something_is_under_way_after_the_end_timers_ring_up_to_its_arrival(dispatch: Dispatch) -> None:
    def begin(actor: Member) -> None:
        ring(8, 12)(actor)
        SENDS(actor)

    assert run(dispatch, begin, latency_ns=10, ticks=[4]) == (10, [(4, "a", "tick"), *rings(8), (10, "b", "late")])


# --- stop -------------------------------------------------------------------------------------------------------------


def test_stop_ends_the_run_when_the_present_instant_is_done(dispatch: Dispatch) -> None:
    def begin(actor: Member) -> None:
        ring(5)(actor)
        actor._system.stop()
        SENDS(actor)
        actor.send("a", Note("b:now"))

    expected = [(0, "a", "b:now"), (10, "b", "late"), (10, "b", "now"), (10, "a", "closed"), (10, "b", "closed")]
    time, sheet = run(dispatch, begin, latency_ns=10, ticks=[50], end=100, closing=[Note("closed")])
    assert (time, sheet) == (10, [expected[0], (5, "a", "ring 5"), *expected[1:]])


@pytest.mark.parametrize("early", [True, False])
def test_another_task_may_stop_a_run(dispatch: Dispatch, early: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock here passes 6 ms at each look, so that the kernel lets other tasks run."""
    wall = iter(range(0, 10**12, 6_000_000))
    monkeypatch.setattr("tradepit.actors.kernel.delivery.wall_ns", lambda: next(wall))
    sheet: Sheet = []
    system = System(dispatch=dispatch)
    system.add("a", Member(sheet))
    system.add("feed", Feed(range(1_000_000)))

    async def main() -> Outcome:
        async with trio.open_nursery() as nursery:
            if early:
                system.stop()
            else:
                nursery.start_soon(stop_soon)
            return await system.run(closing=[Note("closed")])

    async def stop_soon() -> None:
        for _ in range(20):
            await trio.lowlevel.checkpoint()
        system.stop()

    outcome = trio.run(main)
    assert outcome.stopped
    assert (outcome.streamed == 0) is early
    assert outcome.streamed < 1000
    assert sheet[-1] == (outcome.time, "a", "closed")


# --- closing ----------------------------------------------------------------------------------------------------------


def test_each_closing_message_is_done_with_before_the_next(dispatch: Dispatch) -> None:
    time, sheet = run(dispatch, ring(50), ticks=[7], latency_ns=10, closing=[Closing("one"), Closing("two")])
    names = ["a", "b"]
    assert [each for each in sheet if each[2] in ("one", "two")] == [
        *((7, name, "one") for name in names),
        *((17, name, "two") for name in names),
    ]
    assert [each[0] for each in sheet if each[2] == "back to a for one"] == [7, 17]
    assert time == 27


def test_whoever_asks_for_the_end_when_it_has_come_is_not_why_it_came(dispatch: Dispatch) -> None:
    file = io.BytesIO()
    system = System(dispatch=dispatch, journal=Journal(identity={}, file=file))
    system.add("a", Member([]))
    system.add("b", Member([]))
    system.add("feed", Feed([3]))
    system.tap(Closing, lambda _: system.stop(by_hand=True))
    outcome = trio.run(lambda: system.run(closing=[Closing("asked")]))
    assert (outcome.time, outcome.stopped) == (3, False)
    assert b"Stopped" not in file.getvalue()


def test_a_word_of_the_program_s_own_says_why_a_run_ends(dispatch: Dispatch) -> None:
    file = io.BytesIO()
    system = System(dispatch=dispatch, journal=Journal(identity={}, file=file))
    system.add("a", Member([]))
    system.add("feed", Feed([3, 4]))
    system.tap(Tick, lambda _: system.stop(because="enough is known"))
    assert not trio.run(system.run).stopped
    assert b'"Stopped",0,{"because":"enough is known"}]' in file.getvalue()


def test_no_timer_rings_while_closing(dispatch: Dispatch) -> None:
    class Rings(Member):
        def on_closing(self, closing: Closing) -> None:
            self.note("closing")
            self.call_at(self.now, Note("rings"))
            self.call_at(self.now + 1, Note("does not"))

    assert run(dispatch, closing=[Closing("x")], member=Rings) == (
        0,
        [(0, "a", "closing"), (0, "b", "closing"), (0, "a", "rings"), (0, "b", "rings")],
    )


# --- stopping actors --------------------------------------------------------------------------------------------------


class Stops(Member):
    def on_stop(self) -> None:
        self.note("stopped")
        if self.name == "b":
            self.send("a", Note("b:farewell"))


def test_actors_stop_in_reverse_order_each_when_what_the_last_one_sent_is_done(dispatch: Dispatch) -> None:
    assert run(dispatch, ticks=[3], member=Stops) == (
        3,
        [(3, "a", "tick"), (3, "b", "stopped"), (3, "a", "b:farewell"), (3, "b", "farewell"), (3, "a", "stopped")],
    )


class StopsSlowly(Member):
    async def on_stop(self) -> None:
        self.note(await self.ask("b" if self.name == "a" else "a", Note("stopping")))
        try:
            await self.sleep(5)
        finally:
            self.note("ended")


def test_who_stops_may_ask_but_time_stands_still_for_it(dispatch: Dispatch) -> None:
    assert run(dispatch, member=StopsSlowly) == (
        0,
        [
            (0, "a", "stopping"), (0, "b", "a heard"), (0, "b", "ended"),
            (0, "b", "stopping"), (0, "a", "b heard"), (0, "a", "ended"),
        ],
    )  # fmt: skip


@pytest.mark.parametrize(("member", "stopped"), [(Stops, [(4, "a", "stopped")]), (Member, [])])
def test_a_handler_that_waits_when_the_run_ends_is_ended_and_then_its_mailbox_emptied(
    dispatch: Dispatch, member: type[Member], stopped: Sheet
) -> None:
    def begin(actor: Member) -> None:
        actor.send("a", Slow(2, "short"))
        actor.send("a", Slow(100, "long"))
        actor.send("a", Slow(100, "next"))
        actor.send("a", Note("waited"))

    time, sheet = run(dispatch, begin, ticks=[4], member=member)
    assert (time, [each for each in sheet if each[1] == "a"]) == (
        4,
        [
            (2, "a", "short done"),
            (2, "a", "short over"),
            (4, "a", "long over"),
            (4, "a", "next over"),
            (4, "a", "waited"),
            (4, "a", "tick"),
            *([(4, "a", "b:farewell")] if stopped else []),
            *stopped,
        ],
    )


def test_what_a_handler_sends_when_it_is_ended_has_no_cause(dispatch: Dispatch) -> None:
    class Sends(Member):
        async def on_slow(self, slow: Slow) -> None:
            try:
                await self.sleep(slow.duration_ns)
            finally:
                self.send("a", Note("on the way out"))

    file = io.BytesIO()
    sheet: Sheet = []
    system = System(dispatch=dispatch, journal=Journal(identity={}, file=file))
    system.add("a", Sends(sheet, lambda actor: actor.send("a", Slow(9))))
    system.add("feed", Feed([1]))
    trio.run(system.run)
    assert sheet == [(1, "a", "tick"), (1, "a", "on the way out")]
    (entry,) = [json.loads(line) for line in file.getvalue().splitlines() if b"on the way out" in line]
    assert entry[1:] == [1, "a", "a", "Note", 0, {"text": "on the way out"}]


def test_a_handler_that_was_ended_may_still_fail(dispatch: Dispatch) -> None:
    class Fails(Member):
        async def on_slow(self, slow: Slow) -> None:
            try:
                await self.sleep(slow.duration_ns)
            finally:
                raise ValueError("on the way out")

    with pytest.raises(ActorFailed, match=r"actor 'a' failed on Slow \(message 4\): ValueError: on the way out"):
        run(dispatch, lambda actor: actor.send("a", Slow(9)), ticks=[1], member=Fails)


def test_a_handler_that_waits_in_a_nursery_is_ended_as_well(dispatch: Dispatch) -> None:
    class Nests(Stops):
        async def on_slow(self, slow: Slow) -> None:
            async with trio.open_nursery():
                await super().on_slow(slow)

    _, sheet = run(dispatch, lambda actor: actor.send("a", Slow(9)), ticks=[1], member=Nests)
    assert sheet == [
        (1, "b", "stopped"),
        (1, "a", "slow over"),
        (1, "a", "tick"),
        (1, "a", "b:farewell"),
        (1, "b", "farewell"),
        (1, "a", "stopped"),
    ]


def test_after_a_failure_nobody_is_stopped(dispatch: Dispatch) -> None:
    class Fails(Stops):
        def on_tick(self, tick: Tick) -> None:
            raise ValueError("no")

    sheet: Sheet = []
    system = System(dispatch=dispatch)
    system.add("a", Stops(sheet))
    system.add("b", Fails(sheet))
    system.add("feed", Feed([1]))
    with pytest.raises(ActorFailed):
        trio.run(lambda: system.run(closing=[Note("closed")]))
    assert sheet == [(1, "a", "tick")]


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_system_runs_once(dispatch: Dispatch) -> None:
    system = System(dispatch=dispatch)
    assert trio.run(system.run) == Outcome(time=0, sequence=0, streamed=0, stopped=False)
    with pytest.raises(ActorError, match="a system runs once"):
        trio.run(system.run)
