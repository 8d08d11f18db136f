"""Geometric Brownian motion: the plain model of a price, exact at every step.

ln S(t + h) = ln S(t) + (drift - volatility² / 2) h + volatility √h Z, with h in years of trading time and Z standard
normal: the exact solution, not a discretisation (Hull, Options, Futures, and Other Derivatives, chapter 14). So the
expected price after one year is start · e^drift. Highs and lows are drawn from the distribution of the maximum and the
minimum of the motion between open and close. Nothing happens between sessions: a session opens where the last closed.

Left out on purpose: high and low are drawn independently of one another given open and close (their joint law is a
series that no test of a strategy would notice), volume is independent of the price's moves, and there are no gaps,
jumps or clusters of volatility.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator

from tradepit.models.instruments import Instrument
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources.drawing import bridge_maximum, bridge_minimum, standard_normal
from tradepit.scenarios.sources.source import Source, SourceError, drawn
from tradepit.scenarios.sources.synthetic import PriceGrid, Step, drawn_volume, events_from, finite, intervals
from tradepit.scenarios.tree import GbmSource


def open_gbm(
    symbol: str,
    spec: GbmSource,
    *,
    instrument: Instrument,
    sessions: Sessions,
    start_ns: int | None,
    end_ns: int | None,
    rng: random.Random,
) -> Source:
    """Return seeded prices from start to end, or without end where there is none.

    Raises:
        SourceError: the clock has no start, or a setting makes no sense.
    """
    where = f"market.{symbol}.gbm"
    if start_ns is None:
        raise SourceError(where, "clock.start is needed: a synthetic market begins somewhere", rule="start")
    finite(where, "start", spec.start, least=0, above=True)
    finite(where, "drift", spec.drift, least=-math.inf)
    finite(where, "volatility", spec.volatility, least=0)
    finite(where, "volume", spec.volume, least=0)
    spans = intervals(where, sessions, start_ns, end_ns, spec.every)
    fingerprint = drawn(symbol, (spec, instrument, sessions.settings), (start_ns, end_ns), rng)
    steps = _steps(spec, spans, sessions.trading_year_ns(start_ns), rng)
    events = events_from(spec.as_, symbol, PriceGrid(instrument), steps)
    return Source(symbol=symbol, fingerprint=fingerprint, problems=Counter(), events=events)


def _steps(spec: GbmSource, spans: Iterator[tuple[int, int]], year_ns: int, rng: random.Random) -> Iterator[Step]:
    """Yield one step for each span of time."""
    logarithm, price = 0.0, spec.start  # the logarithm of price / start: a start of any size is exact
    trend = spec.drift - spec.volatility * spec.volatility / 2
    for begin, end in spans:
        years = (end - begin) / year_ns
        variance = spec.volatility * spec.volatility * years
        before, opened = logarithm, price
        logarithm += trend * years + math.sqrt(variance) * standard_normal(rng)
        price = spec.start * _exp(logarithm)
        high = spec.start * _exp(bridge_maximum(rng, before, logarithm, variance))
        low = spec.start * _exp(bridge_minimum(rng, before, logarithm, variance))
        volume = drawn_volume(rng, spec.volume, standard_normal)
        yield Step(end, opened, max(high, opened, price), min(low, opened, price), price, volume)


_LARGEST = 600.0


def _exp(logarithm: float) -> float:
    """Return the exponential, bounded: a price beyond 1e260 helps nobody, and would end in an overflow."""
    return math.exp(min(logarithm, _LARGEST))
