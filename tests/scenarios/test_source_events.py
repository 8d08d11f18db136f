import subprocess
import sys

import pytest

from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.scenarios.sources.events import Columns, events_of
from tradepit.scenarios.tree import MarketKind

CASES: list[tuple[MarketKind, list[Columns], list[MarketEvent]]] = [
    (
        MarketKind.BARS,
        [([1, 2], [1.0, 2.0], [4.0, 5.0], [0.5, 1.5], [3.0, 4.0], [7.0, 8.0])],
        [
            Bar(symbol="X", time=1, open=1.0, high=4.0, low=0.5, close=3.0, volume=7.0),
            Bar(symbol="X", time=2, open=2.0, high=5.0, low=1.5, close=4.0, volume=8.0),
        ],
    ),
    (
        MarketKind.BARS,
        [([1], [1.0], [4.0], [0.5], [3.0], [7.0], [2.5]), ([2], [1.0], [4.0], [0.5], [3.0], [7.0], [None])],
        [
            Bar(symbol="X", time=1, open=1.0, high=4.0, low=0.5, close=3.0, volume=7.0, vwap=2.5),
            Bar(symbol="X", time=2, open=1.0, high=4.0, low=0.5, close=3.0, volume=7.0),
        ],
    ),
    (
        MarketKind.QUOTES,
        [([1, 2], [1.0, 2.0], [1.5, 2.5], [3.0, 4.0], [5.0, 6.0])],
        [
            Quote(symbol="X", time=1, bid=1.0, ask=1.5, bid_size=3.0, ask_size=5.0),
            Quote(symbol="X", time=2, bid=2.0, ask=2.5, bid_size=4.0, ask_size=6.0),
        ],
    ),
    (
        MarketKind.TRADES,
        [([1], [1.0], [2.0]), ([2], [3.0], [4.0])],
        [Trade(symbol="X", time=1, price=1.0, size=2.0), Trade(symbol="X", time=2, price=3.0, size=4.0)],
    ),
]


@pytest.mark.parametrize(("kind", "chunks", "expected"), CASES)
def test_columns_become_the_values_that_their_classes_would_make(
    kind: MarketKind, chunks: list[Columns], expected: list[MarketEvent]
) -> None:
    made = list(events_of(kind, "X", chunks))
    assert made == expected
    assert list(map(repr, made)) == list(map(repr, expected))
    assert list(map(hash, made)) == list(map(hash, expected))


def test_truly_frozen_classes_give_the_same() -> None:
    code = (
        "from tradepit.models.values import freeze_values\n"
        "freeze_values()\n"
        "from tradepit.models.market import Bar, Quote, Trade\n"
        "from tradepit.scenarios.sources.events import events_of\n"
        f"for kind, chunks in {[(str(kind), chunks) for kind, chunks, _ in CASES]!r}:\n"
        "    print(list(events_of(kind, 'X', chunks)))\n"
        "try:\n"
        "    Bar.__setattr__(next(events_of('bars', 'X', [[[1]] * 6])), 'time', 2)\n"
        "except AttributeError as error:\n"
        "    print(type(error).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [*(repr(expected) for _, _, expected in CASES), "FrozenInstanceError"]
