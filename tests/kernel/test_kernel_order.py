"""Everything is delivered in one total order: by time, then by the sequence number given when it was sent (K3)."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.kernel import Actor, ActorFailed, Dispatch, Link, System, UnknownActor

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)


@attrs.define
class Note:
    text: str


@attrs.define
class Tick:
    __key__ = "symbol"

    time: int
    symbol: str = "X"


class Reader(Actor):
    """Writes down what it hears on a sheet that all readers share."""

    def __init__(self, sheet: list[tuple[int, str, str]], on_start: Callable[["Reader"], None] | None = None) -> None:
        self.sheet = sheet
        self.begin = on_start

    def on_start(self) -> None:
        if self.begin is not None:
            self.begin(self)

    def on_note(self, note: Note) -> None:
        self.sheet.append((self.now, self.name, note.text))
        if note.text.startswith("pass on to "):
            self.send(note.text.removeprefix("pass on to "), Note("passed on"))
        if note.text == "ring now":
            self.call_at(self.now, Note("rung"))
            self.send(self.name, Note("sent after"))

    def on_tick(self, tick: Tick) -> None:
        self.sheet.append((self.now, self.name, f"tick {tick.symbol}"))


class Feed(Actor):
    def __init__(self, ticks: Sequence[Tick]) -> None:
        self.ticks = ticks

    def on_start(self) -> None:
        self.stream(self.ticks)


def run(dispatch: Dispatch, build: Callable[[System, list[tuple[int, str, str]]], None], **when: Any) -> Any:
    """Run what `build` adds to a system and return the sheet."""
    sheet: list[tuple[int, str, str]] = []
    system = System(dispatch=dispatch)
    build(system, sheet)
    trio.run(lambda: system.run(**when))
    return sheet


def test_what_is_sent_first_is_delivered_first_whoever_gets_it(dispatch: Dispatch) -> None:
    def begin(reader: Reader) -> None:
        for number, to in enumerate("cabbca"):
            reader.send(to, Note(str(number)))

    def build(system: System, sheet: Any) -> None:
        system.add("a", Reader(sheet, begin))
        system.add("b", Reader(sheet))
        system.add("c", Reader(sheet))

    assert run(dispatch, build) == [(0, to, str(number)) for number, to in enumerate("cabbca")]


def test_what_a_message_causes_comes_after_everything_that_is_due_already(dispatch: Dispatch) -> None:
    def begin(reader: Reader) -> None:
        reader.send("a", Note("pass on to b"))
        reader.send("b", Note("second"))
        reader.publish(Note("third"))

    def build(system: System, sheet: Any) -> None:
        system.add("a", Reader(sheet, begin))
        system.add("b", Reader(sheet))

    assert run(dispatch, build) == [
        (0, "a", "pass on to b"),
        (0, "b", "second"),
        (0, "a", "third"),
        (0, "b", "third"),
        (0, "b", "passed on"),
    ]


def test_published_messages_reach_their_readers_in_the_order_in_which_these_were_added(dispatch: Dispatch) -> None:
    def build(system: System, sheet: Any) -> None:
        for name in "cba":
            system.add(name, Reader(sheet, lambda reader: reader.publish(Note(f"of {reader.name}"))))

    assert run(dispatch, build) == [(0, name, f"of {sender}") for sender in "cba" for name in "cba"]


def test_a_timer_at_the_present_instant_stands_in_line_with_what_is_sent(dispatch: Dispatch) -> None:
    def build(system: System, sheet: Any) -> None:
        system.add("a", Reader(sheet, lambda reader: reader.send("a", Note("ring now"))))

    assert run(dispatch, build) == [(0, "a", "ring now"), (0, "a", "rung"), (0, "a", "sent after")]


def test_timers_ring_by_time_and_those_of_one_time_in_the_order_in_which_they_were_set(dispatch: Dispatch) -> None:
    def begin(reader: Reader) -> None:
        for time, text in ((5, "e"), (3, "a"), (4, "d"), (3, "b"), (3, "c")):
            reader.call_at(time, Note(text))

    def build(system: System, sheet: Any) -> None:
        system.add("a", Reader(sheet, begin))

    assert run(dispatch, build) == [(3, "a", "a"), (3, "a", "b"), (3, "a", "c"), (4, "a", "d"), (5, "a", "e")]


def test_a_timer_rings_before_the_stream_of_its_instant_and_all_of_that_before_what_either_causes(
    dispatch: Dispatch,
) -> None:
    def begin(reader: Reader) -> None:
        reader.call_at(10, Note("pass on to b"))

    def build(system: System, sheet: Any) -> None:
        system.add("a", Reader(sheet, begin))
        system.add("b", Reader(sheet))
        system.add("feed", Feed([Tick(10, "X"), Tick(10, "Y"), Tick(11, "X")]))

    assert run(dispatch, build) == [
        (10, "a", "pass on to b"),
        (10, "a", "tick X"),
        (10, "b", "tick X"),
        (10, "a", "tick Y"),
        (10, "b", "tick Y"),
        (10, "b", "passed on"),
        (11, "a", "tick X"),
        (11, "b", "tick X"),
    ]


def constant(latency_ns: int) -> Link:
    return Link(lambda _stream: latency_ns, random.Random(0))


def drawn(latencies: Sequence[int]) -> Link:
    rest: Iterator[int] = iter(latencies)
    return Link(lambda _stream: next(rest), random.Random(0))


def test_messages_on_one_link_never_overtake_each_other(dispatch: Dispatch) -> None:
    def begin(reader: Reader) -> None:
        for number in range(5):
            reader.send("b", Note(str(number)))

    def build(system: System, sheet: Any) -> None:
        system.add("a", Reader(sheet, begin))
        system.add("b", Reader(sheet))
        system.link("a", "b", drawn([3, 9, 0, 4, 11]))

    assert run(dispatch, build) == [(3, "b", "0"), (9, "b", "1"), (9, "b", "2"), (9, "b", "3"), (11, "b", "4")]


def test_each_link_has_its_own_latency_and_what_passes_none_arrives_at_once(dispatch: Dispatch) -> None:
    def begin(reader: Reader) -> None:
        for to in "bcda":
            reader.send(to, Note("x"))
        reader.publish(Note("to all"))

    def build(system: System, sheet: Any) -> None:
        for name in "abcd":
            system.add(name, Reader(sheet, begin if name == "a" else None))
        system.link("a", "b", constant(7))
        system.link("a", "c", constant(2))
        system.link("d", "a", constant(1))

    assert run(dispatch, build) == [
        (0, "d", "x"),
        (0, "a", "x"),
        (0, "a", "to all"),
        (0, "d", "to all"),
        (2, "c", "x"),
        (2, "c", "to all"),
        (7, "b", "x"),
        (7, "b", "to all"),
    ]


def test_a_link_without_latency_keeps_the_order_of_sending(dispatch: Dispatch) -> None:
    def begin(reader: Reader) -> None:
        for number, to in enumerate("bcb"):
            reader.send(to, Note(str(number)))

    def build(system: System, sheet: Any) -> None:
        for name in "abc":
            system.add(name, Reader(sheet, begin if name == "a" else None))
        system.link("a", "b", constant(0))

    assert run(dispatch, build) == [(0, "b", "0"), (0, "c", "1"), (0, "b", "2")]


@given(
    sent=st.lists(st.tuples(st.integers(0, 20), st.sampled_from("bc"), st.integers(0, 8)), max_size=15),
)
def test_on_any_links_messages_arrive_after_their_latency_in_order_and_none_is_lost(
    dispatch: Dispatch, sent: list[tuple[int, str, int]]
) -> None:
    sent = sorted(sent, key=lambda each: each[0])

    class Sender(Actor):
        def on_start(self) -> None:
            for number, (time, _, _) in enumerate(sent):
                self.call_at(time, number)

        def on_number(self, number: int) -> None:
            self.send(sent[number][1], Note(str(number)))

    def build(system: System, sheet: Any) -> None:
        system.add("a", Sender())
        for name in "bc":
            system.add(name, Reader(sheet))
            system.link("a", name, drawn([latency for _, to, latency in sent if to == name]))

    expected = []
    for name in "bc":
        arrival = 0
        for number, (time, to, latency) in enumerate(sent):
            if to == name:
                arrival = max(arrival, time + latency)
                expected.append((arrival, name, str(number)))
    got = run(dispatch, build)
    assert [each for each in got if each[1] == "b"] + [each for each in got if each[1] == "c"] == expected
    assert [time for time, _, _ in got] == sorted(time for time, _, _ in got)


@pytest.mark.parametrize("latency", [-1, 1.5, True])
def test_a_latency_is_a_whole_number_of_ns_from_0(dispatch: Dispatch, latency: Any) -> None:
    def build(system: System, sheet: Any) -> None:
        system.add("a", Reader(sheet, lambda reader: reader.send("b", Note("x"))))
        system.add("b", Reader(sheet))
        system.link("a", "b", constant(latency))

    with pytest.raises(ActorFailed) as caught:
        run(dispatch, build)
    assert str(caught.value) == (
        f"actor 'a' failed on Start (message 1): ValueError: latency must be a whole number of ns, 0 or more, "
        f"was {latency!r}"
    )


@pytest.mark.parametrize("linked", [False, True])
def test_a_name_that_no_actor_has_is_refused_with_those_that_are_there(dispatch: Dispatch, linked: bool) -> None:
    def build(system: System, sheet: Any) -> None:
        system.add("a", Reader(sheet, lambda reader: reader.send("z", Note("x"))))
        system.add("b", Reader(sheet))
        if linked:
            system.link("a", "b", constant(1))

    with pytest.raises(ActorFailed) as caught:
        run(dispatch, build)
    assert repr(caught.value.__cause__) == repr(UnknownActor("'a' sent Note to 'z'; the actors are 'a', 'b'"))
