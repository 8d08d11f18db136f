"""Latency of a connection: from what is written to a number of nanoseconds."""

import math
import random
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.kernel import Link
from tradepit.scenarios.latency import Latencies
from tradepit.scenarios.latency_text import read_latency
from tradepit.scenarios.latency_tree import AnyLatency

SECOND = 10**9


def _link(text: str, seed: int = 1, latencies: Latencies | None = None) -> Link:
    latency = (latencies or Latencies(seed)).of(read_latency(text))
    return Link(latency, random.Random(seed))


def _latencies(text: str, *, count: int = 4000, every: int = SECOND) -> list[int]:
    """Return the latencies of messages that are sent so far apart that none waits for another."""
    link = _link(text)
    return [link.arrival(number * every) - number * every for number in range(count)]


def test_no_latency_is_no_link_at_all() -> None:
    assert Latencies(1).of(read_latency("0s")) is None


def test_a_constant_latency_is_its_number() -> None:
    assert Latencies(1).of(read_latency("350us")) == 350_000


def test_a_uniform_latency_lies_between_its_bounds() -> None:
    drawn = _latencies("uniform(1us, 2us)")
    assert min(drawn) >= 1000
    assert max(drawn) <= 2000
    assert statistics.mean(drawn) == pytest.approx(1500, abs=20)


def test_a_normal_latency_has_its_mean_and_deviation() -> None:
    drawn = _latencies("normal(1ms, 100us)")
    assert statistics.mean(drawn) == pytest.approx(1_000_000, rel=0.01)
    assert statistics.stdev(drawn) == pytest.approx(100_000, rel=0.05)


def test_a_normal_latency_is_cut_at_zero() -> None:
    drawn = _latencies("normal(10ns, 1us)")
    assert min(drawn) == 0
    assert drawn.count(0) == pytest.approx(2000, abs=150)


def test_a_lognormal_latency_has_its_median_and_the_deviation_of_its_logarithm() -> None:
    drawn = _latencies("lognormal(240us, 0.3)")
    assert statistics.median(drawn) == pytest.approx(240_000, rel=0.03)
    assert statistics.stdev(math.log(ns) for ns in drawn) == pytest.approx(0.3, rel=0.05)


def test_recorded_quantiles_come_out_again_and_nothing_beyond_them() -> None:
    drawn = sorted(_latencies("quantiles(10% 100us, 50% 200us, 90% 400us, 99% 2ms)"))
    for part, latency_ns in ((0.5, 200_000), (0.9, 400_000), (0.945, 1_200_000)):
        assert sum(ns <= latency_ns for ns in drawn) == pytest.approx(4000 * part, abs=100)
    assert (drawn[0], drawn[-1]) == (100_000, 2_000_000)
    assert drawn.count(100_000) == pytest.approx(400, abs=60)
    assert drawn[1000] == pytest.approx(137_500, rel=0.05)  # a straight line from 10% to 50%


def test_quantiles_from_end_to_end_are_a_straight_line() -> None:
    drawn = _latencies("quantiles(0% 1us, 100% 2us)")
    assert statistics.mean(drawn) == pytest.approx(1500, abs=20)
    assert all(1000 <= ns <= 2000 for ns in drawn)


ANY_LATENCY = [
    "uniform(1us, 2us)",
    "normal(1us, 2us)",
    "lognormal(1us, 0.5)",
    "quantiles(1% 0s, 50% 3ns, 99% 5us)",
    "load(normal(1us, 2us), 3ns)",
    "common(quantiles(1% 0s, 50% 3ns), g, 0.5)",
]


@pytest.mark.parametrize("text", ANY_LATENCY)
def test_every_latency_is_a_whole_number_of_ns_and_not_below_zero(text: str) -> None:
    assert all(type(ns) is int and ns >= 0 for ns in _latencies(text, count=500))


# --- load -------------------------------------------------------------------------------------------------------


def test_a_latency_that_follows_load_grows_with_the_messages_of_the_last_window() -> None:
    link = _link("load(100ns, 10ns, 1us)")
    sent = [0, 100, 200, 999, 1000, 1100, 5000]
    # What was sent exactly one window ago is out of it.
    load = [0, 1, 2, 3, 3, 3, 0]
    assert [link.arrival(now) for now in sent] == [now + 100 + 10 * n for now, n in zip(sent, load, strict=True)]


@given(st.lists(st.integers(0, 3000), max_size=30).map(sorted))
def test_a_load_is_what_was_sent_in_the_window_before(times: list[int]) -> None:
    link = _link("load(100us, 1us, 1us)")
    expected = []
    until = 0
    for number, now in enumerate(times):
        load = sum(1 for earlier in times[:number] if earlier > now - 1000)
        until = max(until, now + 100_000 + 1000 * load)
        expected.append(until)
    assert [link.arrival(now) for now in times] == expected


def test_what_was_taken_back_is_no_load() -> None:
    link = _link("load(100ns, 10ns, 1us)")
    link.arrival(0)
    mark = link.mark(1)
    first = [link.arrival(5), link.arrival(5), link.arrival(5)]
    link.rewind(mark)
    assert [link.arrival(5), link.arrival(5), link.arrival(5)] == first == [115, 125, 135]


# --- a common factor --------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=20), st.integers(0, 5))
def test_links_of_a_group_have_one_factor_at_a_time_whoever_asks_first(
    asked: list[tuple[bool, int]], seed: int
) -> None:
    latencies = Latencies(seed)
    one = latencies.of(read_latency("common(1ms, wan, 0.5, 1s)"))
    other = latencies.of(read_latency("common(2ms, wan, 0.5, 1s)"))
    alone = Latencies(seed).of(read_latency("common(1ms, wan, 0.5, 1s)"))
    in_order = {number: _at(alone, number * SECOND) for number in range(21)}
    for first, number in asked:
        now = number * SECOND + (SECOND - 1 if first else 0)
        wide, narrow = _at(other, now), _at(one, now)
        assert narrow == in_order[number]
        assert abs(wide - 2 * narrow) <= 1


def _at(latency: Any, now: int) -> int:
    ns = latency.at(latency.draw(random.Random(1)), now, 0)
    assert type(ns) is int
    return ns


def test_a_common_factor_is_lognormal_with_median_one_and_changes_with_group_and_seed() -> None:
    def factors(seed: int, text: str) -> list[int]:
        latency = Latencies(seed).of(read_latency(text))
        return [_at(latency, number * SECOND) for number in range(2000)]

    drawn = factors(1, "common(1ms, wan, 0.5)")
    assert statistics.median(drawn) == pytest.approx(1_000_000, rel=0.05)
    assert statistics.stdev(math.log(ns) for ns in drawn) == pytest.approx(0.5, rel=0.05)
    assert drawn != factors(2, "common(1ms, wan, 0.5)")
    assert drawn != factors(1, "common(1ms, lan, 0.5)")
    assert factors(1, "common(1ms, wan, 0)") == [1_000_000] * 2000


def test_a_common_factor_multiplies_what_load_added() -> None:
    plain, loaded = (Latencies(1).of(read_latency(f"common({base}, g, 1)")) for base in ("1ms", "load(0s, 1us)"))
    assert loaded.at(0, 5, 1000) == plain.at(1_000_000, 5, 0)  # type: ignore[union-attr]  # neither is a constant
    assert (loaded.window_ns, plain.window_ns) == (SECOND, 0)  # type: ignore[union-attr]  # as above


def test_what_load_adds_to_a_common_factor_is_not_multiplied() -> None:
    spec: AnyLatency = read_latency("load(common(1ms, g, 1), 1us)")
    latency: Any = Latencies(1).of(spec)
    assert latency.at(1_000_000, 5, 7) == latency.at(1_000_000, 5, 0) + 7000
