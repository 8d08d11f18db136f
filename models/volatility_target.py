"""Sizes by volatility: a calm symbol gets a large position, a wild one a small."""

import math
import statistics
from collections import deque
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.checks import between
from tradepit.models.orders import Refusal
from tradepit.models.periods import DayOf
from tradepit.models.sizing_request import SizingRequest, above_zero

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=60)
_TRADING_DAYS: Final = 252


@attrs.frozen(kw_only=True)
class VolatilityTarget:
    """Every position contributes the same volatility to the account.

    quantity = (target / volatility) x equity / (price x multiplier): volatility scaling as in Moskowitz, Ooi and
    Pedersen, Time Series Momentum (2012), there with a target of 40% for each instrument.

    Attributes:
        target: volatility per year that the position is to have, as a fraction of the equity; above 0 and at most 10.
        volatility: of every symbol per year, or by symbol; None lets it be measured.
        days: how many daily returns it is measured from, at least 2.
        most: largest part of the equity that a position is worth, or None.

    Raises:
        ValueError: a setting lies outside.
    """

    target: Decimal = attrs.field(validator=[between(_ZERO, Decimal(10)), above_zero])
    volatility: Decimal | Mapping[str, Decimal] | None = attrs.field(default=None)
    days: int = attrs.field(default=20)
    most: Decimal | None = attrs.field(
        default=None, validator=attrs.validators.optional([between(_ZERO, None), above_zero])
    )

    @volatility.validator
    def _above_zero(self, _attribute: object, volatility: Decimal | Mapping[str, Decimal] | None) -> None:
        given = volatility.values() if isinstance(volatility, Mapping) else (volatility,)
        for one in given:
            if one is not None and not one > 0:
                raise ValueError(f"volatility must be above 0, was {one}")

    @days.validator
    def _enough(self, _attribute: object, days: int) -> None:
        if days < 2:
            raise ValueError(f"days must be 2 or more, was {days}")

    def budget(self, request: SizingRequest) -> Decimal | Refusal:
        """Return what the position is worth; `NO_VOLATILITY` where none is known, or it is zero."""
        symbol = request.instrument.symbol
        known = self.volatility.get(symbol) if isinstance(self.volatility, Mapping) else self.volatility
        if known is None:
            measured = request.volatility(symbol)
            if not measured:
                was = f"{self.days + 1} daily closes were not seen yet" if measured is None else "was 0"
                return Refusal(code="NO_VOLATILITY", text=f"a volatility of {symbol} is needed, {was}")
            known = Decimal(repr(measured))
        part = _EXACT.divide(self.target, known)
        if self.most is not None and part > self.most:
            part = self.most
        return _EXACT.multiply(part, request.equity)


class DailyVolatility:
    """Measures volatility from the last prices of session days: the sample deviation of their simple returns.

    A day counts when the next one has begun, so that nobody looks ahead. One day's return is worth
    `sqrt(252)` times as much volatility per year.
    """

    __slots__ = ("_closes", "_day_of", "_days", "_last")

    def __init__(self, days: int, day_of: DayOf) -> None:
        """Begin to measure.

        Args:
            days: how many returns.
            day_of: number of the session day in which a time lies, never falling as time rises.
        """
        self._days = days
        self._day_of = day_of
        self._last: dict[str, tuple[int, float]] = {}
        self._closes: dict[str, deque[float]] = {}

    def note(self, symbol: str, time_ns: int, price: float) -> None:
        """Take a price; the last one of a day is its close."""
        day = self._day_of(time_ns)
        last = self._last.get(symbol)
        if last is not None and last[0] != day:
            closes = self._closes.get(symbol)
            if closes is None:
                closes = self._closes[symbol] = deque(maxlen=self._days + 1)
            closes.append(last[1])
        self._last[symbol] = (day, price)

    def per_year(self, symbol: str) -> float | None:
        """Return a symbol's volatility per year as a fraction; None until enough days are over."""
        closes = self._closes.get(symbol, ())
        if len(closes) <= self._days:
            return None
        returns = [after / before - 1 for before, after in zip(closes, list(closes)[1:], strict=False) if before]
        if len(returns) < self._days:
            return None
        return statistics.stdev(returns) * math.sqrt(_TRADING_DAYS)
