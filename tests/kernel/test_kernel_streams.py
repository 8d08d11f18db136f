"""A stream is published as time reaches each message; it is read as it is needed, and its faults are its own."""

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorError, ActorFailed, Dispatch, Journal, Outcome, System

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)


@attrs.define
class Tick:
    time: int
    number: int = 0


@attrs.define
class StreamNow:
    pass


class Feed(Actor):
    """Streams at the start, or at a time."""

    def __init__(self, messages: Iterable[Any], *, at: int | None = None) -> None:
        self.messages = messages
        self.at = at

    def on_start(self) -> None:
        if self.at is None:
            self.stream(self.messages)
        else:
            self.call_at(self.at, StreamNow())

    def on_stream_now(self, message: StreamNow) -> None:
        self.stream(self.messages)


class Reader(Actor):
    def __init__(self) -> None:
        self.heard: list[tuple[int, Tick]] = []

    def on_tick(self, tick: Tick) -> None:
        self.heard.append((self.now, tick))


def run(dispatch: Dispatch, *feeds: Feed, start: int = 0, **when: Any) -> tuple[Outcome, list[tuple[int, Tick]]]:
    system = System(dispatch=dispatch, start=start)
    reader = Reader()
    system.add("reader", reader)
    for number, feed in enumerate(feeds):
        system.add(f"feed{number}", feed)
    return trio.run(lambda: system.run(**when)), reader.heard


@pytest.mark.parametrize("times", [[5], [1, 2, 3], [0, 0, 0], [4, 4, 9, 9, 9], [1, 2, 2, 3, 7, 7]], ids=str)
def test_each_message_is_published_at_its_time(dispatch: Dispatch, times: list[int]) -> None:
    ticks = [Tick(time, number) for number, time in enumerate(times)]
    outcome, heard = run(dispatch, Feed(ticks))
    assert heard == [(tick.time, tick) for tick in ticks]
    assert outcome == Outcome(time=times[-1], sequence=1 + len(times), streamed=len(times), stopped=False)


def test_an_empty_stream_ends_the_run_at_its_start(dispatch: Dispatch) -> None:
    assert run(dispatch, Feed([]), start=7) == (Outcome(time=7, sequence=1, streamed=0, stopped=False), [])


def test_messages_that_nobody_handles_are_streamed_too(dispatch: Dispatch) -> None:
    outcome, _ = run(dispatch, Feed([StreamTick(1), StreamTick(1), StreamTick(4)]))
    assert outcome == Outcome(time=4, sequence=4, streamed=3, stopped=False)


@attrs.define
class StreamTick:
    time: int


def test_a_stream_may_begin_in_mid_run(dispatch: Dispatch) -> None:
    outcome, heard = run(dispatch, Feed([Tick(5), Tick(6)], at=5))
    assert [time for time, _ in heard] == [5, 6]
    assert outcome.time == 6


def test_a_stream_is_read_no_further_than_two_messages_ahead(dispatch: Dispatch) -> None:
    reading: list[tuple[int, int]] = []
    reader = Reader()

    def ticks() -> Iterator[Tick]:
        for time in range(1, 50):
            reading.append((time, len(reader.heard)))
            yield Tick(time)

    system = System(dispatch=dispatch)
    system.add("reader", reader)
    system.add("feed", Feed(ticks()))
    trio.run(system.run)
    assert max(time - heard for time, heard in reading) <= 3
    assert len(reader.heard) == 49


def test_a_long_stream_of_crowded_instants_is_as_good_as_any(dispatch: Dispatch) -> None:
    """Putting back what was read ahead must not pile up."""
    ticks = (Tick(number // 2, number) for number in range(4_000))
    _, heard = run(dispatch, Feed(ticks))
    assert [tick.number for _, tick in heard] == list(range(4_000))


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [None, 3])
def test_two_streams_are_refused(dispatch: Dispatch, at: int | None) -> None:
    with pytest.raises(ActorFailed) as caught:
        run(dispatch, Feed([Tick(2)]), Feed([Tick(5)], at=at), end=10)
    assert repr(caught.value.error) == repr(
        ActorError("'feed0' streams already, 'feed1' cannot; merge the sources into one stream")
    )


@pytest.mark.parametrize(("start", "at"), [(10, None), (0, 10)])
def test_a_stream_cannot_begin_in_the_past(dispatch: Dispatch, start: int, at: int | None) -> None:
    with pytest.raises(ActorFailed) as caught:
        run(dispatch, Feed([Tick(9), Tick(11)], at=at), start=start)
    assert repr(caught.value.error) == repr(ActorError("a stream must begin at 10 or later, was 9"))


def test_what_cannot_be_iterated_is_no_stream(dispatch: Dispatch) -> None:
    with pytest.raises(ActorFailed) as caught:
        run(dispatch, Feed(5))  # type: ignore[arg-type]  # that is the case
    assert (caught.value.actor, type(caught.value.error)) == ("feed0", TypeError)


def journalled(dispatch: Dispatch, messages: Iterable[Any]) -> tuple[Exception, list[tuple[int, Tick]], list[Any]]:
    """Run a stream with a fault; return what was raised, what was heard, and the journal's lines."""
    file = io.BytesIO()
    reader = Reader()
    system = System(dispatch=dispatch, journal=Journal(identity={}, file=file))
    system.add("reader", reader)
    system.add("feed", Feed(messages))
    with pytest.raises(Exception) as caught:
        trio.run(system.run)
    return caught.value, reader.heard, [json.loads(line) for line in file.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("times", "before", "after"),
    [([5, 4], 5, 4), ([1, 5, 4, 9], 5, 4), ([5, 5, 4], 5, 4), ([1, 1, 1, 0], 1, 0), ([1, 2, 3, 3, 2, 2], 3, 2)],
)
def test_a_stream_whose_time_runs_backwards_ends_the_run_there(
    dispatch: Dispatch, times: list[int], before: int, after: int
) -> None:
    error, heard, lines = journalled(dispatch, [Tick(time) for time in times])
    assert repr(error) == repr(ActorError(f"a stream's time must not run backwards, was {after} after {before}"))
    good = times[: times.index(after, times.index(before))]
    assert [time for time, _ in heard] == good
    assert [entry[1] for entry in lines[1:-2]] == [0, *good]
    assert lines[-1]["end"]["entries"] == 1 + len(good)


class Torn(Exception):  # noqa: N818  a source's own error
    pass


@pytest.mark.parametrize("times", [[], [1], [1, 2], [1, 1], [1, 1, 1], [1, 2, 3], [1, 2, 2], [1, 1, 2, 3, 4, 4, 4]])
def test_what_a_stream_raises_comes_out_unchanged_when_all_before_it_has_been_delivered(
    dispatch: Dispatch, times: list[int]
) -> None:
    fault = Torn("row 17")

    def ticks() -> Iterator[Tick]:
        yield from [Tick(time) for time in times]
        raise fault

    error, heard, lines = journalled(dispatch, ticks())
    assert error is fault
    assert error.__cause__ is None
    assert [time for time, _ in heard] == times
    assert [entry[1] for entry in lines[1:-2]] == [0, *times]
    assert lines[-1]["end"]["entries"] == 1 + len(times)


def test_a_fault_past_the_end_of_the_run_is_never_met(dispatch: Dispatch) -> None:
    def ticks() -> Iterator[Tick]:
        yield Tick(1)
        yield Tick(2)
        raise Torn

    outcome, heard = run(dispatch, Feed(ticks()), end=1)
    assert (outcome.time, heard) == (1, [(1, Tick(1))])


def test_after_a_fault_no_timer_rings(dispatch: Dispatch) -> None:
    def ticks() -> Iterator[Tick]:
        yield Tick(1)
        raise Torn

    with pytest.raises(Torn):
        run(dispatch, Feed(ticks()), Feed([], at=5), end=10)
