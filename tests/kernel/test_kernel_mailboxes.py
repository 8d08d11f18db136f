"""Mailboxes with bounds, and actors that need time for a message (K11)."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.kernel import (
    Actor,
    ActorFailed,
    Backoff,
    Child,
    CrashPoint,
    Dispatch,
    Journal,
    Link,
    Mailbox,
    MailboxFull,
    MessageSetAside,
    Overflow,
    Restart,
    Supervisor,
    System,
    random_stream,
)
from tradepit.actors.kernel.statistics import MOST_POINTS, DepthTrace

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)


@attrs.define
class Quote:
    __key__ = "symbol"
    __bulk__ = True

    time: int
    symbol: str = "X"


@attrs.define
class Order:
    number: int


class Reader(Actor):
    """Writes down when it handled what."""

    def __init__(self) -> None:
        self.read: list[tuple[int, Any]] = []

    def on_quote(self, quote: Quote) -> None:
        self.read.append((self.now, (quote.symbol, quote.time)))

    def on_order(self, order: Order) -> None:
        self.read.append((self.now, order.number))


class Busy(Reader):
    """Waits 10 ns with each order, without any service time."""

    async def on_order(self, order: Order) -> None:  # type: ignore[override]  # a handler may wait or not
        super().on_order(order)
        await self.sleep(10)


class Source(Actor):
    def __init__(self, quotes: Sequence[Quote], orders: Sequence[tuple[int, int]] = ()) -> None:
        self.quotes = quotes
        self.orders = orders

    def on_start(self) -> None:
        if self.quotes:
            self.stream(self.quotes)
        for time, number in self.orders:
            self.call_at(time, number)

    def on_number(self, number: int) -> None:
        self.send("reader", Order(number))


def run(
    dispatch: Dispatch,
    bounds: Mailbox,
    quotes: Sequence[Quote] = (),
    orders: Sequence[tuple[int, int]] = (),
    reader: Reader | None = None,
    prepare: Callable[[System], None] = lambda system: None,
    **run_with: Any,
) -> tuple[Reader, System]:
    system = System(dispatch=dispatch, journal=Journal(identity={}), seed=7)
    reader = reader or Reader()
    system.add("reader", reader)
    system.add("source", Source(quotes, orders))
    system.bound("reader", bounds)
    prepare(system)
    trio.run(lambda: system.run(**run_with))
    return reader, system


def constant(service_ns: int) -> Callable[[random.Random], int]:
    return lambda _stream: service_ns


# --- service times ------------------------------------------------------------------------------------------------


def test_the_delay_grows_linearly_where_messages_come_faster_than_they_are_served(dispatch: Dispatch) -> None:
    count, gap, service = 50, 3, 5
    reader, system = run(dispatch, Mailbox(service_ns=constant(service)), [Quote(gap * n) for n in range(count)])
    assert reader.read == [(service * (n + 1), ("X", gap * n)) for n in range(count)]
    statistics = system.cells["reader"].statistics
    waits = [(service - gap) * n for n in range(count)]
    assert (statistics.busy_ns, statistics.waited_ns, statistics.longest_wait_ns) == (
        service * count, sum(waits), max(waits),
    )  # fmt: skip
    # Just before the last quote comes, 49 have come and as many served as fit into 147 ns.
    assert statistics.depth.deepest == count - (gap * (count - 1)) // service
    assert statistics.depth.last == 0


def test_nobody_waits_where_messages_come_slower_than_they_are_served(dispatch: Dispatch) -> None:
    reader, system = run(dispatch, Mailbox(service_ns=constant(2)), [Quote(3 * n) for n in range(9)])
    assert reader.read == [(3 * n + 2, ("X", 3 * n)) for n in range(9)]
    statistics = system.cells["reader"].statistics
    assert (statistics.waited_ns, statistics.depth.deepest) == (0, 1)


@given(
    gaps=st.lists(st.integers(0, 6), max_size=20),
    longest=st.integers(0, 9),
)
def test_drawn_service_times_come_from_a_stream_of_their_own_and_the_waits_obey_lindley(
    dispatch: Dispatch, gaps: list[int], longest: int
) -> None:
    time = 0
    quotes = [Quote(time := time + gap) for gap in gaps]
    reader, system = run(dispatch, Mailbox(service_ns=lambda stream: stream.randint(0, longest)), quotes)
    stream = random_stream(7, "service:reader")
    free, waited, expected = 0, 0, []
    for quote in quotes:  # Lindley's recursion: one begins when it has come and the one before is done
        begin = max(quote.time, free)
        waited += begin - quote.time
        free = begin + stream.randint(0, longest)
        expected.append((free, ("X", quote.time)))
    assert reader.read == expected
    assert system.cells["reader"].statistics.waited_ns == waited


@pytest.mark.parametrize("wrong", [-1, 1.5, True])
def test_a_service_time_is_a_whole_number_of_ns(dispatch: Dispatch, wrong: Any) -> None:
    with pytest.raises(Exception, match="'reader': a service time must be a whole number of ns, 0 or more, was"):
        run(dispatch, Mailbox(service_ns=constant(wrong)), [Quote(1)])


def test_what_waits_at_the_end_is_still_handled_before_the_actor_stops(dispatch: Dispatch) -> None:
    class Closing(Reader):
        def on_stop(self) -> None:
            self.read.append((self.now, "stop"))

    reader, _ = run(dispatch, Mailbox(service_ns=constant(10)), orders=[(1, 1), (2, 2)], end=5, reader=Closing())
    assert reader.read == [(11, 1), (21, 2), (31, "stop")]


def test_a_crash_in_mid_queue_keeps_the_queue_and_costs_no_second_service(dispatch: Dispatch) -> None:
    def prepare(system: System) -> None:
        system.supervise(Supervisor(name="top", children=(Child(actor="reader"),), backoff=Backoff(first_ns=100)))
        system.crash("reader", CrashPoint(nth=2))

    reader, system = run(dispatch, Mailbox(service_ns=constant(5)), orders=[(1, 1), (2, 2), (3, 3)], prepare=prepare)
    assert reader.read == [(6, 1), (111, 2), (116, 3)]
    assert system.cells["reader"].statistics.busy_ns == 15


# --- full ---------------------------------------------------------------------------------------------------------

ORDERS = [(time, time) for time in range(1, 7)]


@pytest.mark.parametrize(
    ("reader", "bounds", "read", "dropped"),
    [
        # The first is at work; of the others the newest two stay.
        (Busy, Mailbox(capacity=2, overflow=Overflow.DROP_OLDEST), [(1, 1), (11, 5), (21, 6)], 3),
        (Busy, Mailbox(capacity=1, overflow=Overflow.DROP_OLDEST), [(1, 1), (11, 6)], 4),
        # With a service time the one that is served has a place in the mailbox, and is spared.
        (
            Reader,
            Mailbox(capacity=2, overflow=Overflow.DROP_OLDEST, service_ns=constant(10)),
            [(11, 1), (21, 6)],
            4,
        ),
        (Reader, Mailbox(capacity=1, overflow=Overflow.DROP_OLDEST, service_ns=constant(10)), [(11, 1)], 5),
        # Orders are neither conflated nor held back.
        (Busy, Mailbox(capacity=2, overflow=Overflow.CONFLATE), [(10 * n + 1, n + 1) for n in range(6)], 0),
        (Busy, Mailbox(capacity=2, overflow=Overflow.BLOCK), [(10 * n + 1, n + 1) for n in range(6)], 0),
    ],
)
def test_a_full_mailbox_follows_its_rule(
    dispatch: Dispatch, reader: type[Reader], bounds: Mailbox, read: list[Any], dropped: int
) -> None:
    got, system = run(dispatch, bounds, orders=ORDERS, reader=reader())
    assert got.read == read
    assert system.cells["reader"].statistics.dropped == Counter({"Order": dropped} if dropped else {})


@pytest.mark.parametrize("service_ns", [None, constant(10)])
def test_what_is_streamed_is_conflated_by_kind_and_key_and_keeps_its_place(dispatch: Dispatch, service_ns: Any) -> None:
    quotes = [Quote(time, symbol) for time, symbol in zip(range(2, 9), "XYXYXYZ", strict=True)]
    bounds = Mailbox(overflow=Overflow.CONFLATE, service_ns=service_ns)
    reader, system = run(dispatch, bounds, quotes, orders=[(1, 1), (3, 3)], reader=Busy() if not service_ns else None)
    later = 0 if service_ns is None else 10
    handled = [value for _, value in reader.read]
    assert handled == [1, ("X", 6), ("Y", 7), 3, ("Z", 8)]
    assert reader.read[0] == (1 + later, 1)
    assert system.cells["reader"].statistics.dropped == Counter({"Quote": 4})


def test_a_full_mailbox_that_is_to_fail_ends_the_run_with_its_figures(dispatch: Dispatch) -> None:
    with pytest.raises(ActorFailed) as caught:
        run(dispatch, Mailbox(capacity=2, overflow=Overflow.FAIL), orders=ORDERS, reader=Busy())
    assert isinstance(caught.value.error, MailboxFull)
    assert attrs.astuple(caught.value.error) == ("reader", "Order", 2, 4)
    assert str(caught.value) == (
        f"actor 'reader' failed on Order (message {caught.value.sequence}): MailboxFull: the mailbox of 'reader' "
        f"holds 2 messages and is full; a Order came"
    )


def test_a_full_mailbox_holds_back_the_stream_and_nothing_is_lost(dispatch: Dispatch) -> None:
    quotes = [Quote(n) for n in range(20)]
    reader, system = run(dispatch, Mailbox(capacity=3, service_ns=constant(10)), quotes)
    assert [quote for _, (_, quote) in reader.read] == list(range(20))
    assert [time for time, _ in reader.read] == [10 * (n + 1) for n in range(20)]
    statistics = system.cells["reader"].statistics
    assert statistics.depth.deepest == 3
    assert statistics.longest_wait_ns == 20, "time passes in the source, not in the mailbox"


def test_a_stream_is_held_back_by_a_handler_that_waits(dispatch: Dispatch) -> None:
    class Slow(Reader):
        async def on_quote(self, quote: Quote) -> None:  # type: ignore[override]  # as above
            await self.sleep(10)
            super().on_quote(quote)

    quotes = [Quote(n // 2) for n in range(10)]
    reader, system = run(dispatch, Mailbox(capacity=2), quotes, reader=Slow(), end=1000)
    assert [quote for _, (_, quote) in reader.read] == [n // 2 for n in range(10)]
    assert system.cells["reader"].statistics.depth.deepest == 3, "all quotes of an instant come together"


def test_a_stream_is_held_back_over_a_link_too_but_not_for_ever(dispatch: Dispatch) -> None:
    quotes = [Quote(n) for n in range(20)]
    reader, _ = run(
        dispatch,
        Mailbox(capacity=2, service_ns=constant(10)),
        quotes,
        prepare=lambda system: system.link("source", "reader", Link(4, random.Random(1))),
        end=500,
    )
    assert [quote for _, (_, quote) in reader.read] == list(range(20))

    class Deaf(Reader):
        async def on_order(self, order: Order) -> None:  # type: ignore[override]  # as above
            await self.ask("silent", order)

    class Silent(Actor):
        async def on_order(self, order: Order) -> None:
            await trio.lowlevel.checkpoint()
            self.retire()
            await self.sleep(10**9)

    deaf, system = run(
        dispatch,
        Mailbox(capacity=2),
        quotes,
        orders=[(1, 1)],
        reader=Deaf(),
        prepare=lambda system: system.add("silent", Silent()),
    )
    assert len(system.cells["reader"].mailbox) == 0
    assert [quote for _, (_, quote) in deaf.read] == list(range(20)), "handled when the wait for nothing was ended"


def test_a_message_that_is_given_again_is_not_dropped_while_its_reader_is_away(dispatch: Dispatch) -> None:
    def prepare(system: System) -> None:
        system.supervise(Supervisor(name="top", children=(Child(actor="reader"),), backoff=Backoff(first_ns=100)))
        system.crash("reader", CrashPoint(nth=1))

    for capacity, read in ((2, [(101, 1), (101, 6)]), (1, [(101, 1)])):
        bounds = Mailbox(capacity=capacity, overflow=Overflow.DROP_OLDEST)
        reader, _ = run(dispatch, bounds, orders=ORDERS, prepare=prepare)
        assert reader.read == read


def test_what_waits_for_an_actor_that_ends_is_set_aside(dispatch: Dispatch) -> None:
    aside: list[tuple[str, str]] = []

    def prepare(system: System) -> None:
        child = Child(actor="reader", restart=Restart.TEMPORARY)
        system.supervise(Supervisor(name="top", children=(child,)))
        system.crash("reader", CrashPoint(nth=1))
        system.tap(MessageSetAside, lambda event: aside.append((event.kind, event.reason)))

    reader, system = run(dispatch, Mailbox(service_ns=constant(10)), orders=ORDERS, prepare=prepare)
    assert reader.read == [(11, 1)]
    assert aside == [("Order", "actor ended")] * 6
    assert system.cells["reader"].statistics.dead_letters == 6


# --- the depth of a mailbox over time -----------------------------------------------------------------------------


@given(depths=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 30)), max_size=3000))
def test_a_trace_of_depths_is_bounded_and_keeps_the_greatest(dispatch: Dispatch, depths: list[tuple[int, int]]) -> None:
    trace = DepthTrace()
    time = 0
    for gap, depth in depths:
        time += gap
        trace.note(time, depth)
    assert len(trace.points) <= MOST_POINTS
    assert trace.deepest == max((depth for _, depth in depths), default=0)
    assert max((depth for _, depth in trace.points), default=0) == trace.deepest
    assert [at for at, _ in trace.points] == sorted({at for at, _ in trace.points})


def test_a_long_trace_becomes_coarser(dispatch: Dispatch) -> None:
    trace = DepthTrace()
    for time in range(100_000):
        trace.note(time, 7 if time == 777 else time % 3)
    assert MOST_POINTS // 4 < len(trace.points) <= MOST_POINTS
    assert [depth for _, depth in trace.points].count(7) == 1
