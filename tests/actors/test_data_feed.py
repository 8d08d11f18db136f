"""DataFeed: what it publishes, and when."""

from collections.abc import Callable
from typing import Any

from tradepit.models.market import Bar, MarketEvent, Quote, Trade


def _bar(symbol: str, time: int) -> Bar:
    return Bar(symbol=symbol, time=time, open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0)


def test_every_event_is_published_at_its_time_in_the_order_of_the_stream(play: Callable[..., Any]) -> None:
    events: list[MarketEvent] = [
        _bar("X", 5),
        _bar("Y", 5),
        Quote(symbol="Z", time=5, bid=1.0, ask=2.0, bid_size=1.0, ask_size=1.0),
        Trade(symbol="Z", time=7, price=1.5, size=1.0),
        _bar("Y", 9),
        _bar("X", 9),
    ]
    assert play({}, market=events).published == [(event.time, event) for event in events]


def test_events_after_the_end_are_not_published(play: Callable[..., Any]) -> None:
    events = [_bar("X", time) for time in (1, 2, 3)]
    assert play({}, market=events, end=2).published == [(1, events[0]), (2, events[1])]
