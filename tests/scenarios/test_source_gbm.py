import math
import random
import statistics
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources import Source, SourceError, open_source
from tradepit.scenarios.tree import GbmSource, MarketKind, SessionHours

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = 1_704_067_200 * SECOND  # 2024-01-01 00:00 UTC
OFFICE = Sessions(session=SessionHours(opens=9 * HOUR + HOUR // 2, closes=16 * HOUR))


def gbm(
    spec: GbmSource,
    *,
    hours: float | None = 10,
    start: int | None = MONDAY,
    seed: int = 1,
    sessions: Sessions | None = None,
    **instrument: Any,
) -> Source:
    return open_source(
        "X",
        spec,
        instrument=Instrument(symbol="X", **instrument),
        sessions=sessions or Sessions(),
        start_ns=start,
        end_ns=None if hours is None or start is None else start + int(hours * HOUR),
        rng=random.Random(seed),
    )


def bars(*args: Any, **kwargs: Any) -> list[Bar]:
    made = []
    for event in gbm(*args, **kwargs):
        assert isinstance(event, Bar)
        made.append(event)
    return made


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**64),
    start=st.floats(0.0001, 1e6),
    drift=st.floats(-5, 5),
    volatility=st.floats(0, 20),
    every=st.sampled_from([SECOND, MINUTE, 7 * MINUTE, HOUR, DAY]),
    tick=st.sampled_from(["0.01", "0.05", "0.25", "0.0001", "1", "0.03125", "5"]),
)
def test_every_bar_is_a_possible_one(
    seed: int, start: float, drift: float, volatility: float, every: int, tick: str
) -> None:
    spec = GbmSource(start=start, drift=drift, volatility=volatility, every=every)
    made = bars(spec, hours=0.2 if every < HOUR else 72, seed=seed, tick=Decimal(tick))
    assert made
    assert all(b.low <= b.open <= b.high and b.low <= b.close <= b.high and b.volume >= 0 for b in made)
    prices = [Decimal(repr(p)) for b in made for p in (b.open, b.high, b.low, b.close)]
    assert all(price > 0 and price % Decimal(tick) == 0 for price in prices)
    assert all(before.close == after.open and before.time < after.time for before, after in pairwise(made))


def test_the_same_seed_gives_the_same_bars_on_every_python() -> None:
    made = bars(GbmSource(every=HOUR), hours=2, seed=42)
    assert made == [
        Bar(symbol="X", time=MONDAY + HOUR, open=100.0, high=100.12, low=99.95, close=100.05, volume=13930.0),
        Bar(symbol="X", time=MONDAY + 2 * HOUR, open=100.05, high=100.11, low=99.91, close=100.02, volume=11326.0),
    ]


def test_seed_and_settings_make_the_fingerprint_and_the_prices() -> None:
    spec = GbmSource(every=HOUR)
    sources = [gbm(spec), gbm(spec), gbm(spec, seed=2), gbm(GbmSource(every=HOUR, drift=0.1)), gbm(spec, hours=11)]
    sources += [gbm(spec, tick=Decimal("0.05")), gbm(spec, sessions=Sessions("America/New_York"))]
    assert [sources[0].fingerprint == source.fingerprint for source in sources] == [True, True] + [False] * 5
    events = [list(source) for source in sources[:4]]
    assert events[0] == events[1]
    assert events[2] != events[0] != events[3]


def test_quotes_stand_around_the_price_that_trades_and_bars_show() -> None:
    made: dict[MarketKind, list[MarketEvent]] = {
        kind: list(gbm(GbmSource(every=MINUTE, as_=kind, volume=500), hours=3)) for kind in MarketKind
    }
    for bar, quote, trade in zip(*made.values(), strict=True):
        assert isinstance(bar, Bar)
        assert isinstance(quote, Quote)
        assert isinstance(trade, Trade)
        assert bar.time == quote.time == trade.time
        assert quote.bid <= bar.close == trade.price <= quote.ask
        assert 0.009 < quote.ask - quote.bid < 0.021
        assert bar.volume == trade.size == quote.bid_size == quote.ask_size


def test_a_price_on_the_tick_is_quoted_one_tick_to_each_side() -> None:
    (quote,) = gbm(GbmSource(volatility=0, every=HOUR, as_=MarketKind.QUOTES, volume=0), hours=1)
    assert quote == Quote(symbol="X", time=MONDAY + HOUR, bid=99.99, ask=100.01, bid_size=0.0, ask_size=0.0)


def test_a_price_never_falls_below_one_tick() -> None:
    spec = GbmSource(start=0.01, drift=-50, volatility=1, every=DAY)
    assert {(b.low, b.close) for b in bars(spec, hours=24 * 365)[-50:]} == {(0.01, 0.01)}
    quotes = list(gbm(GbmSource(start=0.001, as_=MarketKind.QUOTES, every=HOUR), hours=1))
    assert [(q.bid, q.ask) for q in quotes if isinstance(q, Quote)] == [(0.01, 0.02)]


def test_a_price_that_would_leave_the_floats_stays_finite() -> None:
    assert all(math.isfinite(b.close) for b in bars(GbmSource(drift=5000, volatility=0, every=DAY), hours=24 * 100))


def test_bars_fill_each_session_from_its_open_and_the_last_is_cut_at_its_close() -> None:
    made = bars(GbmSource(every=2 * HOUR), sessions=OFFICE, hours=48)
    of_day = [(b.time - MONDAY) / HOUR for b in made]
    assert of_day == [11.5, 13.5, 15.5, 16.0, 35.5, 37.5, 39.5, 40.0]
    assert made[3].close == made[4].open


def test_bars_keep_to_the_sessions_grid_when_the_clock_starts_and_ends_between() -> None:
    made = bars(GbmSource(every=HOUR), sessions=OFFICE, start=MONDAY + 10 * HOUR, hours=1.75)
    assert [(b.time - MONDAY) / HOUR for b in made] == [10.5, 11.5, 11.75]


def test_a_day_is_one_bar_however_long_its_session() -> None:
    new_york = Sessions("America/New_York")
    start = 1_710_003_600 * SECOND - 5 * HOUR  # in New York the morning before 2024-03-10, which has 23 hours
    made = bars(GbmSource(every=DAY), sessions=new_york, start=start, hours=60)
    assert [(after.time - before.time) / HOUR for before, after in pairwise(made)] == [23.0, 20.0]
    daily = bars(GbmSource(every=DAY), sessions=Sessions(calendar="XNYS"), hours=24 * 14)
    assert len(daily) == 9  # of the first two weeks of 2024, without New Year's Day


def test_without_an_end_the_market_goes_on() -> None:
    endless = iter(gbm(GbmSource(every=DAY), hours=None))
    assert [(next(endless).time - MONDAY) // DAY for _ in range(500)] == list(range(1, 501))


@pytest.mark.parametrize("sessions", [Sessions(), OFFICE])
def test_a_year_of_returns_has_the_volatility_and_drift_that_were_asked_for(sessions: Sessions) -> None:
    spec = GbmSource(start=1e6, drift=0.5, volatility=0.8, every=DAY)
    made = bars(spec, sessions=sessions, hours=24 * 365.25 * 40, seed=7)
    returns = [math.log(b.close / b.open) for b in made]
    year = 365 if sessions is not OFFICE else 252
    assert statistics.stdev(returns) * math.sqrt(year) == pytest.approx(0.8, rel=0.02)
    assert statistics.fmean(returns) * year == pytest.approx(0.5 - 0.32, abs=3 * 0.8 / math.sqrt(40))
    # Bars of a bridge have the range of a continuous path: Parkinson (1980) estimates volatility from it.
    parkinson = statistics.fmean(math.log(b.high / b.low) ** 2 for b in made) / (4 * math.log(2))
    assert math.sqrt(parkinson * year) == pytest.approx(0.8, rel=0.03)


def test_volume_is_drawn_around_its_mean_in_whole_lots() -> None:
    made = bars(GbmSource(volume=1000, every=MINUTE), hours=50, lot=Decimal(10))
    assert statistics.fmean(b.volume for b in made) == pytest.approx(1000, rel=0.02)
    assert all(b.volume % 10 == 0 for b in made)
    assert len({b.volume for b in made}) > 50


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (GbmSource(start=0.0), "market.X.gbm: start must be a finite number above 0, was 0.0"),
        (GbmSource(start=math.nan), "market.X.gbm: start must be a finite number above 0, was nan"),
        (GbmSource(drift=math.inf), "market.X.gbm: drift must be a finite number, was inf"),
        (GbmSource(volatility=-0.1), "market.X.gbm: volatility must be a finite number at or above 0, was -0.1"),
        (GbmSource(volume=-1.0), "market.X.gbm: volume must be a finite number at or above 0, was -1.0"),
        (GbmSource(every=0), "market.X.gbm: every must be above 0 and at most 1d, was 0 ns"),
        (GbmSource(every=2 * DAY), "market.X.gbm: every must be above 0 and at most 1d, was 172800000000000 ns"),
    ],
)
def test_settings_that_make_no_sense_are_refused(spec: GbmSource, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        gbm(spec)
    assert str(caught.value) == message


def test_a_clock_without_a_start_is_refused() -> None:
    with pytest.raises(SourceError) as caught:
        gbm(GbmSource(), start=None)
    assert str(caught.value) == "market.X.gbm: clock.start is needed: a synthetic market begins somewhere"


def test_a_clock_without_a_session_is_refused() -> None:
    saturday = MONDAY + 5 * DAY
    with pytest.raises(SourceError) as caught:
        gbm(GbmSource(), sessions=OFFICE, start=saturday, hours=48)
    assert str(caught.value) == "market.X: there is no trading session within the clock"
