"""The last price that an actor has seen."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tradepit.actors.kernel import Actor
from tradepit.actors.last_price import last_close, last_price
from tradepit.models.market import Bar, MarketEvent, Quote, Trade


def _bar(time: int, close: float) -> Bar:
    return Bar(symbol="X", time=time, open=1.0, high=9.0, low=1.0, close=close, volume=1.0)


def _quote(time: int, bid: float, ask: float) -> Quote:
    return Quote(symbol="X", time=time, bid=bid, ask=ask, bid_size=1.0, ask_size=1.0)


def _trade(time: int, price: float) -> Trade:
    return Trade(symbol="X", time=time, price=price, size=1.0)


@attrs.define
class Look:
    symbol: str


class Looker(Actor):
    def __init__(self) -> None:
        self.seen: list[float | None] = []

    def on_look(self, look: Look) -> None:
        self.seen.append(last_price(self, look.symbol))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([_bar(1, 5.0)], 5.0),
        ([_bar(1, 5.0), _bar(2, 6.0)], 6.0),
        ([_trade(1, 4.0)], 4.0),
        ([_quote(1, 3.0, 4.0)], 3.5),
        ([_bar(1, 5.0), _trade(2, 4.0)], 4.0),
        ([_trade(1, 4.0), _bar(2, 5.0)], 5.0),
        ([_bar(1, 5.0), _quote(2, 3.0, 4.0)], 3.5),
        ([_quote(1, 3.0, 4.0), _bar(2, 5.0)], 5.0),
        ([_quote(1, 3.0, 4.0), _trade(2, 4.5)], 4.5),
        ([_trade(1, 4.5), _quote(2, 3.0, 4.0)], 3.5),
        ([_bar(1, 5.0), _trade(1, 4.0), _quote(1, 2.0, 3.0)], 5.0),
    ],
)
def test_the_last_price_is_of_the_newest_data_of_any_kind(
    play: Callable[..., Any], events: list[MarketEvent], expected: float | None
) -> None:
    looker = Looker()
    said = [*((event.time, "", event) for event in events), (3, "looker", Look("X")), (3, "looker", Look("other"))]
    play({"looker": looker}, said)
    assert looker.seen == [expected, None]


class CloseLooker(Looker):
    def on_look(self, look: Look) -> None:
        self.seen.append(last_close(self, look.symbol))


def test_the_last_close_is_that_of_the_newest_bar_of_the_symbol(play: Callable[..., Any]) -> None:
    looker = CloseLooker()
    said = [(1, "looker", Look("X")), (1, "", _bar(1, 5.0)), (2, "", _bar(2, 6.0)), (3, "looker", Look("X")),
            (3, "looker", Look("other"))]  # fmt: skip
    play({"looker": looker}, said)
    assert looker.seen == [None, 6.0, None]
