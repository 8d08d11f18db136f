from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.scenarios.price_trace import PAUSE_NS, Bucket, PriceTrace, thin, trace_prices
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources import SourceError
from tradepit.scenarios.surroundings import instrument_of
from tradepit.scenarios.tree import ClockSpec, FileSource, GbmSource, MarketKind, PathSource, Scenario, SourceSpec
from tradepit.scenarios.wiring import open_market

MINUTE = 60_000_000_000
START = 1_704_153_600_000_000_000  # 2024-01-02


def _bar(time: int, open_: float, high: float, low: float, close: float) -> Bar:
    return Bar(symbol="X", time=time, open=open_, high=high, low=low, close=close, volume=1.0)


def _trade(time: int, price: float) -> Trade:
    return Trade(symbol="X", time=time, price=price, size=1.0)


def test_few_events_have_a_bucket_each() -> None:
    events: list[MarketEvent] = [
        _bar(1, 10.0, 12.0, 9.0, 11.0),
        Quote(symbol="X", time=2, bid=10.0, ask=11.0, bid_size=1.0, ask_size=1.0),
        _trade(2, 10.5),
    ]
    assert thin("X", events) == PriceTrace(
        symbol="X",
        buckets=(
            Bucket(1, 1, 10.0, 12.0, 9.0, 11.0),
            Bucket(2, 2, 10.5, 11.0, 10.0, 10.5),
            Bucket(2, 2, 10.5, 10.5, 10.5, 10.5),
        ),
        per_bucket=1,
        stretches=((1, 2),),
    )


def test_no_events_have_no_buckets() -> None:
    assert thin("X", []) == PriceTrace(symbol="X", buckets=(), per_bucket=1, stretches=())


def test_more_events_than_buckets_are_joined_by_twos() -> None:
    events = [_trade(time, price) for time, price in enumerate([5.0, 7.0, 6.0, 1.0, 2.0])]
    trace = thin("X", events, most=4)
    assert trace.per_bucket == 2
    assert trace.buckets == (
        Bucket(0, 1, 5.0, 7.0, 5.0, 7.0),
        Bucket(2, 3, 6.0, 6.0, 1.0, 1.0),
        Bucket(4, 4, 2.0, 2.0, 2.0, 2.0),
    )


_PRICES = st.lists(st.tuples(st.floats(1, 100), st.floats(1, 100), st.floats(0, 5), st.floats(0, 5)))


@given(_PRICES, st.sampled_from([2, 4, 6, 10]))
def test_buckets_say_of_every_event_what_it_said(drawn: Sequence[tuple[float, float, float, float]], most: int) -> None:
    bars = [
        _bar(time, open_, max(open_, close) + above, min(open_, close) - below, close)
        for time, (open_, close, above, below) in enumerate(drawn)
    ]
    trace = thin("X", bars, most)
    size = trace.per_bucket
    assert len(trace.buckets) <= most
    assert size == 1 or len(trace.buckets) > most // 2
    assert list(trace.buckets) == [
        Bucket(
            part[0].time,
            part[-1].time,
            part[0].open,
            max(bar.high for bar in part),
            min(bar.low for bar in part),
            part[-1].close,
        )
        for part in (bars[first : first + size] for first in range(0, len(bars), size))
    ]


@pytest.mark.parametrize("most", [0, 1, 7, -2])
def test_a_number_of_buckets_that_cannot_be_halved_is_refused(most: int) -> None:
    with pytest.raises(ValueError, match=f"most must be even and above 0, was {most}"):
        thin("X", [], most)


def test_pauses_part_the_stretches_with_data() -> None:
    times = [0, 10, 10 + PAUSE_NS, 11 + 2 * PAUSE_NS, 12 + 2 * PAUSE_NS]
    trace = thin("X", [_trade(time, 1.0) for time in times])
    assert trace.stretches == ((0, 10 + PAUSE_NS), (11 + 2 * PAUSE_NS, 12 + 2 * PAUSE_NS))


def test_too_many_stretches_are_not_told() -> None:
    trace = thin("X", (_trade(number * 2 * PAUSE_NS, 1.0) for number in range(400)))
    assert trace.stretches is None
    assert len(trace.buckets) == 400


def _scenario(source: SourceSpec) -> Scenario:
    clock = ClockSpec(start=START, end=START + 60 * MINUTE)
    return Scenario(name="drill", seed=3, market={"X": source, "Y": source}, clock=clock)


@pytest.mark.parametrize(
    "source",
    [
        GbmSource(start=50.0),
        GbmSource(start=50.0, as_=MarketKind.QUOTES),
        GbmSource(start=50.0, as_=MarketKind.TRADES),
        PathSource(path=[(START, 10.0), (START + 60 * MINUTE, 11.0)], volatility=0.5),
    ],
)
def test_a_trace_has_the_prices_that_the_run_had(source: SourceSpec) -> None:
    scenario = _scenario(source)
    sessions = Sessions.of(scenario.clock)
    until = START + 30 * MINUTE
    ran = [event for event in open_market(scenario, instrument_of(scenario, "Y"), sessions) if event.time <= until]
    assert len(ran) >= 30
    assert trace_prices(scenario, "Y", sessions=sessions, until_ns=until) == thin("Y", ran)


def test_symbols_have_paths_of_their_own() -> None:
    scenario = _scenario(GbmSource(start=50.0))
    sessions = Sessions.of(scenario.clock)
    x, y = (trace_prices(scenario, symbol, sessions=sessions, until_ns=START + 60 * MINUTE) for symbol in "XY")
    assert x.buckets[-1].close != y.buckets[-1].close


def test_data_that_has_gone_is_an_error_of_its_source() -> None:
    scenario = _scenario(FileSource(file="gone.csv"))
    with pytest.raises(SourceError, match=r"gone\.csv: file must exist"):
        trace_prices(scenario, "X", sessions=Sessions.of(scenario.clock), until_ns=START)
