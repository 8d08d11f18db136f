"""A bridge: a random price that passes through given points at given times.

Between two points the logarithm of the price is a Brownian bridge: from x towards X, with trading time T left, a step h
has the mean x + (X - x) h / T and the variance volatility² h (T - h) / T (Glasserman, Monte Carlo Methods in Financial
Engineering, 2004, section 3.1). Without volatility it is a straight line in the logarithm. Where any point is at or
below zero the price itself is bridged, and volatility is a fraction of the points' mean distance from zero.

A point on the grid of `every` is the close of the bar that ends there; another lies between that bar's high and low.
Time is trading time: a point at a close and the next at the following open make a gap. The market begins at the first
point. After the last point, up to the clock's end, the walk goes on freely, with the same volatility and no drift.
"""

import math
import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import attrs

from tradepit.models.instruments import Instrument
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources.drawing import bridge_maximum, bridge_minimum, standard_normal
from tradepit.scenarios.sources.source import Source, SourceError, drawn, written
from tradepit.scenarios.sources.synthetic import PriceGrid, Step, events_from, finite, intervals
from tradepit.scenarios.tree import PathSource


def open_bridge(
    symbol: str,
    spec: PathSource,
    *,
    instrument: Instrument,
    sessions: Sessions,
    start_ns: int | None,
    end_ns: int | None,
    rng: random.Random,
) -> Source:
    """Return seeded prices through the points of a path.

    Raises:
        SourceError: the points do not make a path, or a setting makes no sense.
    """
    where = f"market.{symbol}.path"
    _check(where, spec, instrument, sessions)
    first_ns, last_ns = spec.path[0][0], spec.path[-1][0]
    end_ns = last_ns if end_ns is None else end_ns
    if end_ns <= first_ns:
        text = f"the first point must lie before the clock's end, {written(end_ns)}, was {written(first_ns)}"
        raise SourceError(where, text, rule="outside_clock", value=first_ns)
    fingerprint = drawn(symbol, (spec, instrument, sessions.settings), (start_ns, end_ns), rng)
    spans = intervals(where, sessions, first_ns, end_ns, spec.every)
    left = [_trading_ns(sessions, begin, end) for (begin, _), (end, _) in pairwise(spec.path)]
    walk = _Walk(spec, left, sessions.trading_year_ns(first_ns), rng)
    steps = (step for step in map(walk.step, spans) if start_ns is None or step.time >= start_ns)
    events = events_from(spec.as_, symbol, PriceGrid(instrument), steps)
    return Source(symbol=symbol, fingerprint=fingerprint, problems=Counter(), events=events)


def _check(where: str, spec: PathSource, instrument: Instrument, sessions: Sessions) -> None:
    """Raise where the settings make no path."""
    if not spec.path:
        raise SourceError(where, "at least one point is needed, there is none", rule="path")
    finite(where, "volatility", spec.volatility, least=0)
    steps = spec.volume if isinstance(spec.volume, tuple) else ((0, spec.volume),)
    if not steps:
        raise SourceError(where, "volume needs at least one step, there is none", rule="volume")
    for _, volume in steps:
        finite(where, "volume", volume, least=0)
    for name, times in (("points", [time for time, _ in spec.path]), ("volume", [time for time, _ in steps])):
        for before, after in pairwise(times):
            if after <= before:
                text = f"{name} must be in the order of time, was {written(after)} after {written(before)}"
                raise SourceError(where, text, rule="time_order", value=after)
    for time, price in spec.path:
        at = f"price at {written(time)}"
        finite(where, at, price, least=-math.inf)
        if price <= 0 and not instrument.price_may_be_negative:
            text = f"{at} must be above 0 (or set price_may_be_negative of the instrument), was {price!r}"
            raise SourceError(where, text, rule="price_sign", value=price)
        if not any(sessions.between(time - 1, time + 1)):
            text = f"a point must lie within a session, was {written(time)}, when the market is closed"
            raise SourceError(where, text, rule="closed", value=time)


def _trading_ns(sessions: Sessions, begin: int, end: int) -> int:
    """Return how much of a span is trading time."""
    return sum(min(s.closes, end) - max(s.opens, begin) for s in sessions.between(begin, end))


@attrs.define
class _Scale:
    """The scale on which the walk is a Brownian motion."""

    of_price: Callable[[float], float]
    to_price: Callable[[float], float]
    spread: float  # standard deviation of one year


def _scale_of(spec: PathSource) -> _Scale:
    """Return the logarithm, or the price itself where a point is not above zero."""
    prices = [price for _, price in spec.path]
    if min(prices) > 0:
        return _Scale(math.log, math.exp, spec.volatility)
    distance = math.fsum(map(abs, prices)) / len(prices)
    return _Scale(float, float, spec.volatility * distance)


class _Walk:
    """Where the price is, on its way from point to point."""

    def __init__(self, spec: PathSource, left_ns: list[int], year_ns: int, rng: random.Random) -> None:
        self._scale = _scale_of(spec)
        self._points = spec.path
        self._volume = spec.volume
        self._left_ns = left_ns  # trading time between each point and the next
        self._year_ns = year_ns
        self._rng = rng
        self._reach(0)

    def step(self, span: tuple[int, int]) -> Step:
        """Return the next interval."""
        begin, end = span
        while self._next < len(self._points) and self._points[self._next][0] <= begin:
            self._reach(self._next)  # a gap: the point stands at the open of a session
        opened = high = low = self._price
        now = begin
        while now < end:
            ahead = self._next < len(self._points)
            until = min(end, self._points[self._next][0]) if ahead else end
            before = self._at
            variance = self._scale.spread**2 * (until - now) / self._year_ns
            self._move(until - now, variance)
            if ahead and until == self._points[self._next][0]:
                self._reach(self._next)
            highest, lowest = self._extremes(before, variance)
            high, low = max(high, highest, self._price), min(low, lowest, self._price)
            now = until
        return Step(end, opened, high, low, self._price, self._volume_between(begin, end))

    def _reach(self, index: int) -> None:
        """Stand at a point, and look to the next."""
        self._price = self._points[index][1]
        self._at = self._scale.of_price(self._price)
        self._next = index + 1
        self._ahead_ns = self._left_ns[index] if index < len(self._left_ns) else 0

    def _move(self, step_ns: int, variance: float) -> None:
        """Go one step towards the next point, or freely where there is none."""
        share = 0.0
        if self._next < len(self._points):
            if step_ns == self._ahead_ns:  # the session may end here, and the point be the open of the next
                self._ahead_ns, self._price = 0, self._points[self._next][1]
                self._at = self._scale.of_price(self._price)
                return
            share = step_ns / self._ahead_ns
            self._at += (self._scale.of_price(self._points[self._next][1]) - self._at) * share
            self._ahead_ns -= step_ns
        if variance:
            self._at += math.sqrt(variance * (1.0 - share)) * standard_normal(self._rng)
        self._price = self._scale.to_price(self._at)

    def _extremes(self, before: float, variance: float) -> tuple[float, float]:
        """Return the highest and the lowest price on the way from one place to the present one."""
        if not variance:
            return self._price, self._price
        highest = bridge_maximum(self._rng, before, self._at, variance)
        lowest = bridge_minimum(self._rng, before, self._at, variance)
        return self._scale.to_price(highest), self._scale.to_price(lowest)

    def _volume_between(self, begin: int, end: int) -> float:
        """Return the volume of an interval: the steps in force, weighted by how long they are."""
        if not isinstance(self._volume, tuple):
            return self._volume
        times = [time for time, _ in self._volume]
        weighted = 0.0
        for (since, volume), until in zip(self._volume, [*times[1:], end], strict=True):
            since = begin if since == times[0] else since  # the first step also holds before it
            weighted += volume * max(0, min(until, end) - max(since, begin))
        return weighted / (end - begin)
