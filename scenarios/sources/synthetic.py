"""What synthetic markets share: the grid of their bars, the grid of their prices, and how a step becomes an event."""

import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.scenarios.sessions import DAY_NS, Sessions
from tradepit.scenarios.sources.source import SourceError
from tradepit.scenarios.tree import MarketKind

# Standard deviation of the logarithm of a drawn volume.
_VOLUME_SPREAD = 0.3


@attrs.define
class Step:
    """What an interval brought, prices not yet on the tick.

    Attributes:
        time: its end, ns.
        open: first price.
        high: highest price.
        low: lowest price.
        close: last price.
        volume: quantity traded, not yet in lots.
    """

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


def intervals(
    where: str, sessions: Sessions, start_ns: int, end_ns: int | None, every_ns: int
) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each interval, counted from each session's open, cut off at closes and at both ends.

    A whole day means one interval for each session, however long it is.

    Raises:
        SourceError: `every` is not above zero, or more than a day.
    """
    if not 0 < every_ns <= DAY_NS:
        raise SourceError(
            where, f"every must be above 0 and at most 1d, was {every_ns} ns", rule="every", value=every_ns
        )
    return _intervals(sessions, start_ns, end_ns, every_ns)


def _intervals(sessions: Sessions, start_ns: int, end_ns: int | None, every_ns: int) -> Iterator[tuple[int, int]]:
    for session in sessions.between(start_ns, end_ns):
        closes = session.closes if end_ns is None else min(session.closes, end_ns)
        step_ns = session.closes - session.opens if every_ns == DAY_NS else every_ns
        passed = max(0, start_ns - session.opens) // step_ns
        begin, end = max(session.opens, start_ns), session.opens + (passed + 1) * step_ns
        while begin < closes:
            end = min(end, closes)
            yield begin, end
            begin, end = end, end + step_ns


class PriceGrid:
    """The prices that an instrument can have, as whole numbers of ticks and as floats."""

    def __init__(self, instrument: Instrument) -> None:
        tick, lot = Fraction(instrument.tick), Fraction(instrument.lot)
        self._numerator, self._denominator = tick.numerator, tick.denominator
        self._lot_numerator, self._lot_denominator = lot.numerator, lot.denominator
        self._least = -math.inf if instrument.price_may_be_negative else 1

    def ticks(self, price: float) -> int:
        """Return the nearest price above zero (or, where allowed, at all) in ticks."""
        return self._bounded(round(price * self._denominator / self._numerator))

    def below(self, price: float) -> int:
        """Return the highest price below another, in ticks."""
        return self._bounded(math.ceil(price * self._denominator / self._numerator) - 1)

    def above(self, price: float) -> int:
        """Return the lowest price above another, in ticks."""
        return math.floor(price * self._denominator / self._numerator) + 1

    def price(self, ticks: int) -> float:
        """Return the float nearest to a price in ticks: a quotient of whole numbers is rounded once."""
        return ticks * self._numerator / self._denominator

    def quantity(self, quantity: float) -> float:
        """Return a quantity in whole lots, the nearest."""
        lots = round(quantity * self._lot_denominator / self._lot_numerator)
        return lots * self._lot_numerator / self._lot_denominator

    def _bounded(self, ticks: int) -> int:
        return ticks if ticks >= self._least else 1


def events_from(kind: MarketKind, symbol: str, grid: PriceGrid, steps: Iterator[Step]) -> Iterator[MarketEvent]:
    """Yield each step as a bar, or what could be seen at its end: a quote around the price, or a print at it."""
    maker = _MAKERS[kind]
    for step in steps:
        yield maker(symbol, grid, step)


def _bar(symbol: str, grid: PriceGrid, step: Step) -> Bar:
    price, ticks = grid.price, grid.ticks
    return Bar(
        symbol=symbol,
        time=step.time,
        open=price(ticks(step.open)),
        high=price(ticks(step.high)),
        low=price(ticks(step.low)),
        close=price(ticks(step.close)),
        volume=grid.quantity(step.volume),
    )


def _quote(symbol: str, grid: PriceGrid, step: Step) -> Quote:
    bid = grid.below(step.close)
    size = grid.quantity(step.volume)
    return Quote(
        symbol=symbol,
        time=step.time,
        bid=grid.price(bid),
        ask=grid.price(max(grid.above(step.close), bid + 1)),
        bid_size=size,
        ask_size=size,
    )


def _trade(symbol: str, grid: PriceGrid, step: Step) -> Trade:
    return Trade(
        symbol=symbol,
        time=step.time,
        price=grid.price(grid.ticks(step.close)),
        size=grid.quantity(step.volume),
    )


_MAKERS: dict[MarketKind, Callable[[str, PriceGrid, Step], MarketEvent]] = {
    MarketKind.BARS: _bar,
    MarketKind.QUOTES: _quote,
    MarketKind.TRADES: _trade,
}


def finite(where: str, name: str, value: float, *, least: float, above: bool = False) -> None:
    """Check a setting of a generator.

    Raises:
        SourceError: it is no finite number, or too small.
    """
    if not math.isfinite(value) or value < least or (above and value == least):
        bound = "" if least == -math.inf else f" {'above' if above else 'at or above'} {least:g}"
        raise SourceError(where, f"{name} must be a finite number{bound}, was {value!r}", rule=name, value=value)


def drawn_volume(rng: random.Random, mean: float, normal: Callable[[random.Random], float]) -> float:
    """Draw a volume around a mean: log-normal, so never negative and now and then high."""
    return mean * math.exp(_VOLUME_SPREAD * normal(rng) - _VOLUME_SPREAD * _VOLUME_SPREAD / 2)
