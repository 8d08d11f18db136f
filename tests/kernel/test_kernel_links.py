"""Links: latencies, the order on them, and how they are set back (K3, K4, K12)."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.kernel import Link
from tradepit.actors.kernel.link_rules import Delay, Drop, Duplicate, Partition, Reorder, Rule


class Ping:
    pass


class Pong:
    pass


def jitter(stream: random.Random) -> int:
    return stream.randrange(100)


class Clocked:
    """A latency that looks at the time and the load."""

    window_ns = 50

    def draw(self, stream: random.Random) -> int:
        return stream.randrange(100)

    def at(self, drawn_ns: int, now: int, load: int, message: object = None) -> int:
        return drawn_ns + now % 7 + load


LATENCIES = st.sampled_from([None, 0, 30, jitter, Clocked()])
IN_LINE: st.SearchStrategy[Rule] = st.one_of(
    st.builds(Delay, by=st.sampled_from([5, jitter]), rate=st.sampled_from([0.3, 1])),
    st.builds(Drop, rate=st.sampled_from([0.3, 1]), kinds=st.sampled_from([(), (Ping,), ("Pong",)])),
    st.builds(Duplicate, copies=st.integers(1, 3), by=st.sampled_from([None, 7, jitter]), rate=st.just(0.5)),
    st.builds(Partition, start_ns=st.integers(0, 100), end_ns=st.integers(0, 200)),
)
ANY_RULE = IN_LINE | st.builds(Reorder, by=st.sampled_from([0, jitter]), rate=st.just(0.5))
SENT = st.lists(st.tuples(st.integers(0, 20), st.sampled_from([Ping(), Pong()])), max_size=25)


def paced(sent: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Return messages with their times, for messages with the times between them."""
    now = 0
    return [(now := now + gap, message) for gap, message in sent]


def test_a_message_that_takes_no_time_still_waits_for_those_before_it() -> None:
    for latency in (10, lambda _stream: 10):
        link = Link(latency, random.Random(1), at_once=lambda message: message == "now")
        arrivals = [link.arrival(now, message) for now, message in ((0, "late"), (3, "now"), (20, "now"), (20, "late"))]
        assert arrivals == [10, 10, 20, 30]


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "1"])
def test_a_latency_is_a_whole_number_of_ns(wrong: Any) -> None:
    with pytest.raises(ValueError, match="latency must be a whole number of ns, 0 or more, was"):
        Link(lambda _stream: wrong, random.Random(1)).arrival(0)
    if isinstance(wrong, int):
        with pytest.raises(ValueError, match="latency must be a whole number of ns, 0 or more, was"):
            Link(wrong, random.Random(1))


def test_a_link_without_latency_delivers_at_once() -> None:
    link = Link(None, random.Random(1))
    assert [link.arrival(0), link.arrival(5), link.arrivals(6)] == [0, 5, (6,)]


@given(LATENCIES, SENT, st.integers(0, 3))
def test_without_rules_both_ways_of_asking_say_the_same(latency: Any, sent: Any, seed: int) -> None:
    one, other = (Link(latency, random.Random(seed)) for _ in range(2))
    for now, message in paced(sent):
        assert other.arrivals(now, message) == (one.arrival(now, message),)


@given(LATENCIES, st.lists(IN_LINE, max_size=3), SENT)
def test_messages_never_overtake_each_other_where_no_rule_reorders(latency: Any, rules: Any, sent: Any) -> None:
    link = Link(latency, random.Random(1), rules=rules)
    arrivals = [time for now, message in paced(sent) for time in link.arrivals(now, message)]
    assert arrivals == sorted(arrivals)


# --- rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "arrivals", "counts"),
    [
        ([], [(10,), (12,)], ()),
        ([Delay(by=5)], [(15,), (17,)], (2,)),
        ([Delay(by=5), Delay(by=lambda _stream: 7)], [(22,), (24,)], (2, 2)),
        ([Drop()], [(), ()], (2,)),
        ([Partition()], [(), ()], (2,)),
        ([Drop(kinds=[Ping])], [(), (12,)], (1,)),
        ([Drop(kinds=["Pong", "Other"])], [(10,), ()], (1,)),
        ([Duplicate()], [(10, 10), (12, 12)], (2,)),
        ([Duplicate(copies=2, by=3)], [(10, 13, 13), (13, 15, 15)], (2,)),
        ([Reorder(by=20, kinds=[Ping])], [(30,), (12,)], (1,)),
        ([Delay(by=50, kinds=[Ping]), Reorder(by=0, kinds=[Pong])], [(60,), (12,)], (1, 1)),
        ([Delay(by=5), Drop(kinds=[Ping]), Duplicate()], [(), (17, 17)], (2, 1, 1)),
        ([Duplicate(kinds=[Ping]), Delay(by=5), Drop()], [(10, 10), ()], (1, 1, 1)),
        ([Delay(by=5, kinds=[Ping])], [(15,), (15,)], (1,)),
    ],
)
def test_rules_are_asked_in_their_order_until_one_decides(rules: Any, arrivals: Any, counts: Any) -> None:
    link = Link(10, random.Random(1), rules=rules)
    assert [link.arrivals(0, Ping()), link.arrivals(2, Pong())] == arrivals
    assert link.counts == counts


def test_a_window_has_its_first_instant_and_not_its_last() -> None:
    link = Link(None, random.Random(1), rules=[Drop(start_ns=10, end_ns=20)])
    assert [len(link.arrivals(now, Ping())) for now in (9, 10, 19, 20)] == [1, 0, 0, 1]
    until = Link(None, random.Random(1), rules=[Drop(end_ns=20)])
    assert [len(until.arrivals(now, Ping())) for now in (0, 19, 20)] == [0, 0, 1]


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.9])
def test_a_rate_hits_that_part_of_the_messages(rate: float) -> None:
    link = Link(None, random.Random(1), rules=[Drop(rate=rate)])
    arrived = sum(len(link.arrivals(now, Ping())) for now in range(10_000))
    assert 10_000 - arrived == link.counts[0] == pytest.approx(10_000 * rate, abs=150)


def test_the_rules_of_two_links_draw_by_themselves() -> None:
    lost = [
        [len(link.arrivals(now, Ping())) for now in range(50)]
        for link in (Link(None, random.Random(seed), rules=[Drop(rate=0.5), Drop(rate=0.5)]) for seed in (1, 1, 2))
    ]
    assert lost[0] == lost[1] != lost[2]


@given(st.lists(IN_LINE, min_size=1, max_size=3), SENT)
def test_rules_disturb_no_latency(rules: Any, sent: Any) -> None:
    bare = Link(jitter, random.Random(1))
    ruled = Link(jitter, random.Random(1), rules=[*rules, Reorder(by=0)])
    calm = Link(jitter, random.Random(1), rules=[Reorder(by=0)])
    for now, message in paced(sent):
        bare.arrival(now, message)
        (undisturbed,) = calm.arrivals(now, message)
        arrivals = ruled.arrivals(now, message)
        if len(arrivals) == 1 and ruled.counts[:-1] == (0,) * len(rules):
            assert arrivals == (undisturbed,)
    after = 10**6
    assert ruled._latency(after, Ping()) == calm._latency(after, Ping()) == bare.arrival(after) - after


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Drop(rate=0), "a rule's rate must be above 0 and at most 1, was 0"),
        (lambda: Drop(rate=1.1), "a rule's rate must be above 0 and at most 1, was 1.1"),
        (lambda: Duplicate(copies=0), "copies must be 1 or more, was 0"),
        (
            lambda: Link(None, random.Random(1), rules=[Delay(by=Clocked())]),
            "the time of a rule cannot follow load, a link's latency can",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_every_rule_has_the_name_by_which_an_account_calls_it() -> None:
    assert [rule.verb for rule in (Rule, Delay, Drop, Duplicate, Reorder, Partition)] == [
        "pass", "delay", "drop", "duplicate", "reorder", "partition",
    ]  # fmt: skip


# --- rewinding --------------------------------------------------------------------------------------------------


@given(LATENCIES, st.lists(ANY_RULE, max_size=3), SENT, SENT, SENT)
def test_what_is_sent_again_after_a_rewind_fares_as_it_did_at_first(
    latency: Any, rules: Any, before: Any, taken_back: Any, after: Any
) -> None:
    link, calm = (Link(latency, random.Random(1), rules=rules) for _ in range(2))
    now = 0
    for now, message in paced(before):
        link.mark(now)
        assert link.arrivals(now, message) == calm.arrivals(now, message)
    turn = now + 1
    # Each of a handler's messages is marked; all are taken back, the last first, and the handler runs twice more.
    for _ in range(2):
        marks = []
        for _gap, message in taken_back:
            marks.append(link.mark(turn))
            link.arrivals(now, message)
        for mark in reversed(marks):
            link.rewind(mark)
    assert link.counts == calm.counts
    for _gap, message in taken_back:
        link.mark(turn + 1)
        assert link.arrivals(now, message) == calm.arrivals(now, message)
    for later, message in paced(after):
        link.mark(turn + 2 + later)
        assert link.arrivals(now + later, message) == calm.arrivals(now + later, message)
    assert link.counts == calm.counts


@given(LATENCIES, SENT, st.integers(0, 24))
def test_the_first_mark_of_a_turn_takes_all_of_it_back(latency: Any, sent: Any, other: int) -> None:
    link = Link(latency, random.Random(1), rules=[Drop(rate=0.5)])
    marks = []
    first = []
    for _gap, message in sent:
        marks.append(link.mark(1))
        first.append(link.arrivals(0, message))
    if marks:
        link.rewind(marks[min(other, len(marks) - 1)])
        link.rewind(marks[0])
    assert [link.arrivals(0, message) for _gap, message in sent] == first


def test_a_handler_that_sends_something_else_the_second_time_gets_the_draws_in_their_order() -> None:
    link, calm = (Link(jitter, random.Random(1), rules=[Drop(kinds=[Pong])]) for _ in range(2))
    mark = link.mark(1)
    link.arrivals(0, Pong())
    link.rewind(mark)
    assert link.arrivals(0, Ping()) == calm.arrivals(0, Ping())


def test_what_was_drawn_in_an_earlier_turn_is_forgotten() -> None:
    link = Link(jitter, random.Random(1), rules=[Delay(by=jitter, rate=0.5)])
    for turn in range(100):
        link.mark(turn)
        link.arrivals(turn, Ping())
    assert max(len(draws._kept) for draws in link._draws) == 1


def test_a_link_that_nobody_marks_remembers_nothing() -> None:
    link = Link(jitter, random.Random(1), rules=[Delay(by=jitter)])
    for now in range(100):
        link.arrivals(now, Ping())
    assert [len(draws._kept) for draws in link._draws] == [0, 0, 0]
