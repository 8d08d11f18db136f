"""Several sources as one stream in the order of time."""

import heapq
from collections.abc import Iterable, Iterator, Sequence

from tradepit.models.market import MarketEvent


def merge(sources: Sequence[Iterable[MarketEvent]]) -> Iterator[MarketEvent]:
    """Return all events by time; those of one instant in the order of their sources, then of their rows.

    Each source must be in the order of time already; one alone is handed through as it is. Sources are read one event
    ahead, so memory does not grow with their length.
    """
    if len(sources) == 1:
        return iter(sources[0])
    return _merged(sources)


def _merged(sources: Sequence[Iterable[MarketEvent]]) -> Iterator[MarketEvent]:
    """Yield from a heap of each source's next event; the source's number breaks ties, so events never compare."""
    heap = []
    for number, source in enumerate(sources):
        events = iter(source)
        for event in events:
            heap.append((event.time, number, event, events))
            break
    heapq.heapify(heap)
    while heap:
        time, number, event, events = heap[0]
        yield event
        following = next(events, None)
        if following is None:
            heapq.heappop(heap)
        else:
            assert following.time >= time, f"source {number} runs backwards: {time} to {following.time}"
            heapq.heapreplace(heap, (following.time, number, following, events))
