"""Lines of an outside feed: what is data, what ends the session, and what is refused with which words."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.tcp_feed import LONGEST_LINE, RefusedLine
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.scenarios.clock_tree import ClockSpec
from tradepit.scenarios.market_tree import MarketKind
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources.lines import LineReader

KINDS = {"B": MarketKind.BARS, "Q": MarketKind.QUOTES, "T": MarketKind.TRADES, "OIL": MarketKind.TRADES}


class Reader:
    """A reader of all kinds, and what it has counted."""

    def __init__(self) -> None:
        self.problems: dict[str, Counter[str]] = {name: Counter() for name in (*KINDS, "")}
        negative = {symbol: symbol == "OIL" for symbol in KINDS}
        self._reader = LineReader(KINDS, negative, self.problems, Sessions.of(ClockSpec()))

    def __call__(self, line: str | bytes, time: int = 7) -> MarketEvent | None:
        return self._reader.read(line if isinstance(line, bytes) else line.encode(), time)

    def refused(self, line: str | bytes) -> tuple[str, str, str]:
        """Return rule, symbol and words of a refusal."""
        with pytest.raises(RefusedLine) as caught:
            self(line)
        return caught.value.rule, caught.value.symbol, str(caught.value)


@pytest.fixture
def read() -> Reader:
    return Reader()


@pytest.mark.parametrize(
    ("line", "event"),
    [
        (
            '{"symbol":"B","open":2,"high":4.5,"low":1,"close":3,"volume":10}',
            Bar(symbol="B", time=7, open=2.0, high=4.5, low=1.0, close=3.0, volume=10.0),
        ),
        (
            '{"symbol":"B","open":2,"high":4,"low":1,"close":3,"volume":0,"vwap":2.5,"exchange":"X"}\r',
            Bar(symbol="B", time=7, open=2.0, high=4.0, low=1.0, close=3.0, volume=0.0, vwap=2.5),
        ),
        (
            '{"symbol":"B","open":2,"high":4,"low":1,"close":3,"volume":1,"vwap":null}',
            Bar(symbol="B", time=7, open=2.0, high=4.0, low=1.0, close=3.0, volume=1.0),
        ),
        (
            ' {"symbol":"Q","bid":1.5,"ask":1.6,"bid_size":3,"ask_size":0,"time":"2024-01-02T09:30:00Z"} ',
            Quote(symbol="Q", time=7, bid=1.5, ask=1.6, bid_size=3.0, ask_size=0.0),
        ),
        ('{"symbol":"T","price":1.5,"size":3,"time":1704187800.25}', Trade(symbol="T", time=7, price=1.5, size=3.0)),
        ('{"symbol":"OIL","price":-37.63,"size":1}', Trade(symbol="OIL", time=7, price=-37.63, size=1.0)),
        ('{"end":true}', None),
        ('{"end":true,"reason":"the day is over"}', None),
    ],
)  # fmt: skip
def test_a_line_becomes_data_with_the_time_at_which_it_came_in(
    read: Reader, line: str, event: MarketEvent | None
) -> None:
    assert read(line) == event
    assert not any(read.problems.values())


@pytest.mark.parametrize(
    ("line", "rule", "symbol", "words"),
    [
        ("bogus", "json", "", "a line is one JSON object: "),
        ('{"symbol":"T","price":1', "json", "", "a line is one JSON object: "),
        ('{"symbol":"T","price":NaN,"size":1}', "json", "", "a line is one JSON object: "),
        (b'{"symbol":"\xff"}', "json", "", "a line is one JSON object: "),
        ("[1]", "json", "", "a line is one JSON object, was [1]"),
        ("{}", "symbol", "", "a line names its symbol"),
        ('{"end":1}', "symbol", "", "a line names its symbol"),
        ('{"symbol":3}', "symbol", "", "a line names its symbol, was 3"),
        ('{"symbol":"OLI"}', "symbol", "", "symbol must be one that is expected from here, was OLI; did you mean OIL?"),
        ('{"symbol":"T","price":1}', "missing", "T", "size must be there"),
        ('{"symbol":"T","price":"1","size":1}', "number", "T", "price must be a number, was 1"),
        ('{"symbol":"T","price":true,"size":1}', "number", "T", "price must be a number, was True"),
        ('{"symbol":"T","price":-1,"size":1}', "price_sign", "T", "price must be above 0"),
        ('{"symbol":"T","price":1,"size":-1}', "size", "T", "size must be a finite number at or above 0, was -1.0"),
        ('{"symbol":"Q","bid":2,"ask":1,"bid_size":1,"ask_size":1}', "crossed", "Q", "bid must not be above ask"),
        ('{"symbol":"B","open":2,"high":1,"low":1,"close":1,"volume":1}', "high", "B", "high must be at or above open"),
        ('{"symbol":"T","price":1,"size":1,"time":"soon"}', "time", "T", "time must be ISO 8601"),
        ('{"symbol":"T","price":1,"size":1,"time":[1]}', "time", "T", "time must be ISO 8601 or an epoch, was [1]"),
        ('{"symbol":"T","price":1,"size":1,"time":true}', "time", "T", "time must be ISO 8601 or an epoch, was True"),
        ('{"symbol":"T","price":1,"size":1,"time":1e400}', "json", "", "a line is one JSON object: "),
        ("x" * (LONGEST_LINE + 1), "length", "", "a line has at most 65,536 bytes"),
    ],
)  # fmt: skip
def test_a_line_that_breaks_a_rule_is_refused_with_rule_and_value(
    read: Reader, line: str | bytes, rule: str, symbol: str, words: str
) -> None:
    found = read.refused(line)
    assert found[:2] == (rule, symbol)
    assert found[2].startswith(words)
    assert read.problems == {**{name: Counter() for name in (*KINDS, "")}, symbol: Counter({f"{rule} refused": 1})}


def test_what_a_sender_repeats_is_refused_by_its_own_stamps(read: Reader) -> None:
    bar = '{"symbol":"B","open":1,"high":1,"low":1,"close":1,"volume":1,"time":"2024-01-02T09:3%d:00Z"}'
    trade = '{"symbol":"T","price":1,"size":1,"time":"2024-01-02T09:3%d:00Z"}'
    for line in (bar % 1, bar % 3, trade % 2, trade % 2):
        assert read(line) is not None
    assert read.refused(bar % 3)[:2] == ("time_duplicate", "B")
    assert read.refused(bar % 2)[:2] == ("time_order", "B")
    assert read.refused(trade % 1)[:2] == ("time_order", "T")
    assert read(bar % 4) is not None


def test_a_refused_line_does_not_move_the_senders_clock(read: Reader) -> None:
    assert read.refused('{"symbol":"T","price":-1,"size":1,"time":"2030-01-01T00:00:00Z"}')[0] == "price_sign"
    assert read('{"symbol":"T","price":1,"size":1,"time":"2024-01-01T00:00:00Z"}') is not None


@given(st.binary(max_size=80))
def test_whatever_bytes_come_they_are_refused_and_not_raised(line: bytes) -> None:
    assert Reader().refused(line)[0] in {"json", "symbol"}
