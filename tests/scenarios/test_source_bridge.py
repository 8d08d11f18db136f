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
from tradepit.models.market import Bar, MarketEvent, Quote
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources import Source, SourceError, open_source
from tradepit.scenarios.tree import MarketKind, PathSource, SessionHours

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONDAY = 1_704_067_200 * SECOND  # 2024-01-01 00:00 UTC
OFFICE = Sessions(session=SessionHours(opens=9 * HOUR + HOUR // 2, closes=16 * HOUR))


def bridge(
    spec: PathSource,
    *,
    start: int | None = None,
    end: int | None = None,
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
        end_ns=end,
        rng=random.Random(seed),
    )


def bars(*args: Any, **kwargs: Any) -> list[Bar]:
    made = []
    for event in bridge(*args, **kwargs):
        assert isinstance(event, Bar)
        made.append(event)
    return made


def path(*points: tuple[float, float], **settings: Any) -> PathSource:
    """Make a path of (minutes after Monday, price)."""
    return PathSource(path=tuple((MONDAY + int(minute * MINUTE), price) for minute, price in points), **settings)


def closes(made: list[Bar]) -> dict[float, float]:
    return {(bar.time - MONDAY) / MINUTE: bar.close for bar in made}


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 2**32),
    gaps=st.lists(st.integers(1, 900), min_size=1, max_size=6),
    prices=st.lists(st.integers(-3000, 30_000), min_size=7, max_size=7),
    volatility=st.sampled_from([0.0, 0.2, 5.0]),
    every=st.sampled_from([MINUTE, 45 * SECOND]),
    tick=st.sampled_from(["0.01", "0.25", "5"]),
)
def test_a_bridge_passes_through_every_point(
    seed: int, gaps: list[int], prices: list[int], volatility: float, every: int, tick: str
) -> None:
    seconds = [0]
    for gap in gaps:
        seconds.append(seconds[-1] + gap)
    points = [(MONDAY + second * SECOND, price * 0.05) for second, price in zip(seconds, prices, strict=False)]
    negative = min(price for _, price in points) <= 0
    spec = PathSource(path=tuple(points), volatility=volatility, every=every)
    made = bars(spec, seed=seed, tick=Decimal(tick), price_may_be_negative=negative)
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in made)
    assert all(before.close == after.open for before, after in pairwise(made))
    least = -math.inf if negative else float(tick)
    for time, price in points:
        exact = max(round(Decimal(repr(price)) / Decimal(tick), 8).to_integral_value() * Decimal(tick), Decimal(least))
        ahead = [bar for bar in made if bar.time >= time]
        if time == MONDAY:
            assert abs(Decimal(repr(made[0].open)) - exact) <= Decimal(tick) / 2
        elif ahead[0].time == time:
            assert abs(Decimal(repr(ahead[0].close)) - exact) <= Decimal(tick) / 2
        else:
            assert ahead[0].low <= float(exact) + float(tick) / 2
            assert ahead[0].high >= float(exact) - float(tick) / 2


def test_points_of_the_flash_crash_are_met_to_the_cent() -> None:
    anchors = path((0, 113.9), (12, 112.7), (15 + 28 / 60, 106.0), (38, 110.6), volatility=0.35)
    made = bars(anchors, end=MONDAY + 40 * MINUTE)
    at = closes(made)
    assert (made[0].open, at[12], at[38], len(made)) == (113.9, 112.7, 110.6, 40)
    trough = next(bar for bar in made if bar.time == MONDAY + 16 * MINUTE)
    assert trough.low <= 106.0 <= trough.high
    assert at[39] != 110.6


def test_without_volatility_the_way_is_straight_in_the_logarithm() -> None:
    made = bars(path((0, 100), (4, 16)), tick=Decimal("0.0001"))
    assert [(bar.open, bar.high, bar.low, bar.close) for bar in made] == [
        (100.0, 100.0, 63.2456, 63.2456),
        (63.2456, 63.2456, 40.0, 40.0),
        (40.0, 40.0, 25.2982, 25.2982),
        (25.2982, 25.2982, 16.0, 16.0),
    ]


def test_below_zero_the_way_is_straight_in_the_price() -> None:
    made = bars(path((0, 10), (4, -30)), price_may_be_negative=True)
    assert [bar.close for bar in made] == [0.0, -10.0, -20.0, -30.0]


def test_below_zero_volatility_is_a_share_of_the_points_mean_distance_from_zero() -> None:
    year = 365 * 24 * 60
    spec = path((0, -10), (year / 4, -30), volatility=0.5)
    made = bars(spec, price_may_be_negative=True, tick=Decimal("0.0001"), seed=3)
    changes = [bar.close - bar.open for bar in made]
    assert statistics.stdev(changes) * math.sqrt(year) == pytest.approx(0.5 * 20, rel=0.03)
    flat = bars(path((0, 0), (3, 0), volatility=0.5), price_may_be_negative=True)
    assert {(bar.high, bar.low) for bar in flat} == {(0.0, 0.0)}


def test_between_points_prices_have_the_volatility_that_was_asked_for() -> None:
    year = 365 * 24 * 60
    made = bars(path((0, 1e5), (year / 4, 2e5), volatility=0.6), seed=5)
    returns = [math.log(bar.close / bar.open) for bar in made]
    assert statistics.stdev(returns) * math.sqrt(year) == pytest.approx(0.6, rel=0.02)
    assert sum(returns) == pytest.approx(math.log(2), abs=1e-6)
    parkinson = statistics.fmean(math.log(bar.high / bar.low) ** 2 for bar in made) / (4 * math.log(2))
    assert math.sqrt(parkinson * year) == pytest.approx(0.6, rel=0.03)


def test_after_the_last_point_the_walk_goes_on_without_drift() -> None:
    year = 365 * 24 * 60
    made = bars(path((0, 1e5), (1, 1e5), volatility=0.6), end=MONDAY + year // 4 * MINUTE, seed=5)
    returns = [math.log(bar.close / bar.open) for bar in made[1:]]
    assert statistics.stdev(returns) * math.sqrt(year) == pytest.approx(0.6, rel=0.02)
    still = bars(path((0, 50), (2, 40)), end=MONDAY + 5 * MINUTE)
    assert closes(still) == {1: 44.72, 2: 40.0, 3: 40.0, 4: 40.0, 5: 40.0}


def test_a_close_and_the_next_open_make_a_gap() -> None:
    opens, shuts, reopens = 9.5 * 60, 16 * 60, (24 + 9.5) * 60
    made = bars(path((opens, 100), (shuts, 90), (reopens, 70), (reopens + 60, 75), every=HOUR), sessions=OFFICE)
    assert [bar.close for bar in made if bar.time == MONDAY + 16 * HOUR] == [90.0]
    assert [(bar.open, bar.close) for bar in made if bar.time == MONDAY + 34 * HOUR + HOUR // 2] == [(70.0, 75.0)]


def test_a_point_at_an_open_is_where_the_session_before_ends() -> None:
    made = bars(path((15 * 60, 100), ((24 + 9.5) * 60, 80), (36 * 60, 81), every=HOUR), sessions=OFFICE)
    assert [bar.close for bar in made if bar.time == MONDAY + 16 * HOUR] == [80.0]
    assert next(bar.open for bar in made if bar.time > MONDAY + DAY) == 80.0


def test_the_clock_cuts_a_path_without_bending_it() -> None:
    spec = path((0, 100), (10, 90), (20, 95), volatility=0.4)
    whole = bars(spec)
    assert bars(spec, start=MONDAY + 5 * MINUTE, end=MONDAY + 12 * MINUTE) == whole[4:12]
    assert bars(spec, start=MONDAY - HOUR) == whole


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        (500.0, [500.0] * 4),
        (((MONDAY, 1000.0), (MONDAY + 2 * MINUTE, 0.0)), [1000.0, 1000.0, 0.0, 0.0]),
        (((MONDAY + MINUTE, 100.0), (MONDAY + 150 * SECOND, 300.0)), [100.0, 100.0, 200.0, 300.0]),
        (((MONDAY - DAY, 7.0), (MONDAY - HOUR, 8.0), (MONDAY + DAY, 9.0)), [8.0] * 4),
    ],
)
def test_volume_is_constant_or_follows_steps(volume: Any, expected: list[float]) -> None:
    assert [bar.volume for bar in bars(path((0, 100), (4, 90), volume=volume))] == expected


def test_quotes_stand_around_the_bridge() -> None:
    spec = path((0, 100), (2, 90), as_=MarketKind.QUOTES, volume=5)
    made: list[MarketEvent] = list(bridge(spec))
    assert made == [
        Quote(symbol="X", time=MONDAY + MINUTE, bid=94.86, ask=94.87, bid_size=5.0, ask_size=5.0),
        Quote(symbol="X", time=MONDAY + 2 * MINUTE, bid=89.99, ask=90.01, bid_size=5.0, ask_size=5.0),
    ]


def test_seed_and_settings_make_the_fingerprint_and_the_prices() -> None:
    spec, other = path((0, 100), (9, 90), volatility=1.0), path((0, 100), (9, 91), volatility=1.0)
    sources = [bridge(spec), bridge(spec), bridge(spec, seed=2), bridge(other)]
    assert [sources[0].fingerprint == source.fingerprint for source in sources] == [True, True, False, False]
    events = [list(source) for source in sources]
    assert events[0] == events[1]
    assert events[2] != events[0] != events[3]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (PathSource(path=()), "at least one point is needed, there is none"),
        (
            path((1, 100), (1, 101)),
            "points must be in the order of time, was 2024-01-01T00:01:00Z after 2024-01-01T00:01:00Z",
        ),
        (
            path((0, 100), (1, -5)),
            "price at 2024-01-01T00:01:00Z must be above 0 (or set price_may_be_negative of the instrument), was -5.0",
        ),
        (path((0, math.nan), (1, 5)), "price at 2024-01-01T00:00:00Z must be a finite number, was nan"),
        (path((0, 1), (1, 5), volatility=-1.0), "volatility must be a finite number at or above 0, was -1.0"),
        (path((0, 1), (1, 5), volume=-1.0), "volume must be a finite number at or above 0, was -1.0"),
        (path((0, 1), (1, 5), volume=()), "volume needs at least one step, there is none"),
        (
            path((0, 1), (1, 5), volume=((5, 1.0), (4, 1.0))),
            (
                "volume must be in the order of time, "
                "was 1970-01-01T00:00:00.000000004Z after 1970-01-01T00:00:00.000000005Z"
            ),
        ),
        (path((0, 1), (1, 5), every=-1), "every must be above 0 and at most 1d, was -1 ns"),
    ],
)
def test_settings_that_make_no_path_are_refused(spec: PathSource, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        bridge(spec)
    assert str(caught.value) == f"market.X.path: {message}"


def test_a_point_while_the_market_is_closed_is_refused() -> None:
    with pytest.raises(SourceError) as caught:
        bridge(path((10 * 60, 100), (17 * 60, 90)), sessions=OFFICE)
    assert str(caught.value) == (
        "market.X.path: a point must lie within a session, was 2024-01-01T17:00:00Z, when the market is closed"
    )


def test_a_path_that_begins_behind_the_clock_is_refused() -> None:
    with pytest.raises(SourceError) as caught:
        bridge(path((10, 100), (20, 90)), end=MONDAY)
    assert str(caught.value) == (
        "market.X.path: the first point must lie before the clock's end, 2024-01-01T00:00:00Z, was 2024-01-01T00:10:00Z"
    )


def test_a_path_that_ends_before_the_clock_starts_has_nothing_to_give() -> None:
    with pytest.raises(SourceError, match=r"market\.X: there is no trading session within the clock"):
        bridge(path((10, 100), (20, 90)), start=MONDAY + HOUR)
