"""Forms of what has a unit and is used all over the grammar: durations, percentages, currencies."""

from decimal import Decimal

from tradepit.scenarios.scalar_forms import UnitText
from tradepit.scenarios.units import (
    DURATION_PATTERN,
    FRACTION_PATTERN,
    read_currency,
    read_duration,
    read_fraction,
    write_duration,
    write_fraction,
)

POSITIVE_DURATION = UnitText(
    read_duration, write_duration, DURATION_PATTERN, ("a duration must be above 0 here", lambda duration: duration > 0)
)
CURRENCY = UnitText(read_currency, str, r"^[A-Z]{3,5}$")


def _to_float(text: str) -> float:
    return float(read_fraction(text))


VOLATILITY = UnitText(
    _to_float,
    write_fraction,
    FRACTION_PATTERN,
    ("a volatility lies between 0% and 1000%", lambda value: 0 <= value <= 10),
)
GROWTH = UnitText(
    _to_float,
    write_fraction,
    FRACTION_PATTERN,
    ("a drift lies between -1000% and 1000%", lambda value: abs(value) <= 10),
)
PART = UnitText(
    read_fraction, write_fraction, FRACTION_PATTERN, ("a part is above 0% and at most 100%", lambda part: 0 < part <= 1)
)


RATE = UnitText(
    _to_float, write_fraction, FRACTION_PATTERN, ("a rate is above 0% and at most 100%", lambda rate: 0 < rate <= 1)
)
ANY_PART = UnitText(
    _to_float,
    write_fraction,
    FRACTION_PATTERN,
    ("a part lies between 0% and 100%", lambda part: 0 <= part <= 1),
)


def _part_or_none(text: str) -> Decimal | None:
    return None if text == "none" else read_fraction(text)


def _write_part_or_none(part: Decimal | None) -> str:
    return "none" if part is None else write_fraction(part)


PART_OR_NONE = UnitText(
    _part_or_none,
    _write_part_or_none,
    f"^none$|{FRACTION_PATTERN}",
    ("a part is none, or above 0% and at most 100%", lambda part: part is None or 0 < part <= 1),
)
