from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.market import MarketEvent, Trade
from tradepit.scenarios.sources import merge

TIMES = st.lists(st.integers(0, 20), max_size=10).map(sorted)


def trades(symbol: str, times: list[int]) -> list[MarketEvent]:
    return [Trade(symbol=symbol, time=time, price=1.0, size=float(i)) for i, time in enumerate(times)]


@given(st.lists(TIMES, max_size=5))
def test_a_merge_is_a_stable_sort_by_time_and_order_of_sources(times: list[list[int]]) -> None:
    sources = [trades(str(number), source) for number, source in enumerate(times)]
    everything = [event for source in sources for event in source]
    assert list(merge(sources)) == sorted(everything, key=lambda event: event.time)


def test_one_source_is_handed_through_as_it_is() -> None:
    events = iter(trades("X", [3, 1, 2]))
    assert merge([events]) is events


def test_no_source_is_no_event() -> None:
    assert list(merge([])) == []


def test_sources_are_read_one_event_ahead() -> None:
    read: list[int] = []

    def source(offset: int) -> Iterator[MarketEvent]:
        for event in trades("X", list(range(offset, 100, 2))):
            read.append(event.time)
            yield event

    merged = merge([source(0), source(1)])
    assert [next(merged).time for _ in range(4)] == [0, 1, 2, 3]
    assert read == [0, 1, 2, 3, 4]


def test_time_that_runs_backwards_is_a_bug_that_shows() -> None:
    with pytest.raises(AssertionError, match="source 1 runs backwards: 5 to 4"):
        list(merge([trades("X", [1, 9]), trades("Y", [5, 4])]))
