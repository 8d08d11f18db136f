"""Distances between prices that an order states in money, in ticks or in basis points, worked out exactly."""

from decimal import Context, Decimal
from typing import Final

from tradepit.models.instruments import Instrument
from tradepit.models.orders import OffsetUnit

_EXACT: Final = Context(prec=200)
_BPS_IN_ONE: Final = Decimal(10_000)


def distance(amount: Decimal, unit: OffsetUnit, price: Decimal, instrument: Instrument) -> Decimal:
    """Return an offset as money, off the tick where it falls off it.

    Args:
        amount: the offset, signed.
        unit: what it counts; basis points are hundredths of a percent of the price's absolute value, so that an
            offset keeps its direction below zero.
        price: what it is an offset from.
        instrument: whose ticks are counted.
    """
    match unit:
        case OffsetUnit.TICKS:
            return _EXACT.multiply(amount, instrument.tick)
        case OffsetUnit.BPS:
            return _EXACT.divide(_EXACT.multiply(abs(price), amount), _BPS_IN_ONE)
    return amount


def moved(price: Decimal, amount: Decimal, unit: OffsetUnit, instrument: Instrument, *, upward: bool = True) -> Decimal:
    """Return a price moved by an offset, up or down, not yet rounded to the tick."""
    away = distance(amount, unit, price, instrument)
    return _EXACT.add(price, away) if upward else _EXACT.subtract(price, away)
