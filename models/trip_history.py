"""The round trips of one symbol, made anew when a fill is taken back or corrected.

A trip that is over is a row of a table; where executions may still be taken back, what happened is kept instead, step
by step, and the trips are made at the end. A fill that was taken back is then in none of them, and one that was
corrected is there as it really was. Between two steps the prices are kept as their extremes, which is all that the
excursions need; prices count while a position was held, also one that is held only in hindsight, so far as it was
watched then.

What was taken back from before a split or a change of symbol stands as the opposite fill, as it does in the books.
"""

from collections.abc import Callable
from decimal import Decimal

import attrs

from tradepit.models.lot_trades import LotTradeBuilder
from tradepit.models.orders import Fill
from tradepit.models.rebooking import opposite
from tradepit.models.round_trips import RoundTrip, RoundTripBuilder

TradeBuilder = RoundTripBuilder | LotTradeBuilder
"""What makes an instrument's trades, from flat to flat or lot by lot."""


@attrs.define
class _Prices:
    """Prices between two steps: the first, the extremes, and the widest fall and rise from one to a later one.

    Attributes:
        low: lowest.
        high: highest.
        drop: the two prices of the widest fall, the earlier first.
        rise: the two prices of the widest rise, the earlier first.
    """

    low: float
    high: float
    drop: tuple[float, float]
    rise: tuple[float, float]

    def see(self, price: float) -> None:
        """Take in a price."""
        self.low, self.high = min(self.low, price), max(self.high, price)
        if self.high - price > self.drop[0] - self.drop[1]:
            self.drop = (self.high, price)
        if price - self.low > self.rise[1] - self.rise[0]:
            self.rise = (self.low, price)

    def show(self, builder: TradeBuilder) -> None:
        """Show them to a builder, so that it finds the excursions that all of them would give."""
        worst, best, fall = (self.low, self.high, self.drop) if builder.is_long else (self.high, self.low, self.rise)
        for price in (worst, *fall, best):  # the worst against what was best before, then the fall in between
            builder.mark(price)


@attrs.frozen
class _Held:
    time: int
    signed: Decimal
    price: Decimal


@attrs.frozen
class _Filled:
    fill: Fill
    rate: Decimal | None


@attrs.frozen
class _Split:
    new: Decimal
    old: Decimal


@attrs.frozen
class _TakenOver:
    other: "TripHistory"
    time: int
    rate: Decimal | None


class TripHistory:
    """What happened to one symbol, as far as round trips go by it."""

    def __init__(self, symbol: str, make: Callable[[str], TradeBuilder]) -> None:
        """Begin.

        Args:
            symbol: the instrument.
            make: a builder of a symbol's trips, flat and new.
        """
        self._symbol = symbol
        self._make = make
        self._steps: list[_Prices | _Held | _Filled | _Split | _TakenOver] = []

    def hold(self, time: int, signed: Decimal, price: Decimal) -> None:
        """Begin with a position."""
        self._steps.append(_Held(time, signed, price))

    def add(self, fill: Fill, rate: Decimal | None) -> None:
        """Take in a fill, and the rate into the account's currency."""
        self._steps.append(_Filled(fill, rate))

    def split(self, new: Decimal, old: Decimal) -> None:
        """Note a split."""
        self._steps.append(_Split(new, old))

    def take_over(self, other: "TripHistory", time: int, rate: Decimal | None) -> None:
        """Go on with another symbol's history as well."""
        self._steps.append(_TakenOver(other, time, rate))

    def mark(self, price: float) -> None:
        """Take in a price."""
        last = self._steps[-1] if self._steps else None
        if isinstance(last, _Prices):
            last.see(price)
        else:
            self._steps.append(_Prices(price, price, (price, price), (price, price)))

    def correct(self, before: Fill, fill: Fill | None, rate: Decimal | None) -> None:
        """Take a fill out, or put another in its place; one that is out of reach is undone by its opposite."""
        for index in range(len(self._steps) - 1, -1, -1):
            step = self._steps[index]
            if isinstance(step, _Split | _TakenOver):
                break
            if isinstance(step, _Filled) and step.fill.fill_id == before.fill_id:
                if fill is None:
                    del self._steps[index]
                else:
                    self._steps[index] = _Filled(fill, step.rate)
                return
        self.add(opposite(before), rate)
        if fill is not None:
            self.add(fill, rate)

    def trips(self) -> tuple[TradeBuilder, list[RoundTrip]]:
        """Make the trips that are over, and return them with the builder of the one that is under way."""
        builder, trips = self._make(self._symbol), list[RoundTrip]()
        for step in self._steps:
            ended: RoundTrip | tuple[RoundTrip, ...] | None = None
            rate = None
            if isinstance(step, _Prices):
                if builder.is_open:
                    step.show(builder)
            elif isinstance(step, _Held):
                builder.hold(step.time, step.signed, step.price)
            elif isinstance(step, _Filled):
                ended, rate = builder.add(step.fill), step.rate
            elif isinstance(step, _Split):
                builder.split(step.new, step.old)
            else:
                other, more = step.other.trips()
                trips += more
                if other.is_open and builder.is_open:
                    if isinstance(other, RoundTripBuilder) and isinstance(builder, RoundTripBuilder):
                        ended, rate = builder.take_over(other, step.time), step.rate
                elif other.is_open:
                    builder = other
                    builder.renamed(self._symbol)
            for trip in ended if isinstance(ended, tuple) else () if ended is None else (ended,):
                trips.append(trip if rate is None or rate == 1 else trip.in_currency(rate))
        return builder, trips
