"""Written units: durations, percentages, money, rates. Each is read strictly and written back exactly.

Every reader takes the text of one scalar and raises `UnitError`, which says the rule and what to write instead; the
form that called it adds the place. Durations are ns, fractions are Decimals: 25% is 0.25, 3bps is 0.0003.
"""

import re
from decimal import Decimal
from typing import NamedTuple

from tradepit.scenarios.document import is_number
from tradepit.scenarios.portfolio_tree import Money
from tradepit.scenarios.problems import nearest

NS_BY_UNIT = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "min": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
_UNIT_WORDS = {"µs": "us", "m": "min", "sec": "s", "minute": "min", "hour": "h", "day": "d"}
_BPS = Decimal(10_000)
_MAX_DIGITS = 24  # of a number; far beyond any price, and inside the 28 digits of exact Decimal arithmetic
_MAX_DURATION_NS = 36_525 * NS_BY_UNIT["d"]

NUMBER_PATTERN = r"[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d+)([eE][-+]?\d+)?"
DURATION_PATTERN = rf"^({NUMBER_PATTERN})\s*(ns|us|ms|s|min|h|d)$"
FRACTION_PATTERN = rf"^({NUMBER_PATTERN})\s*(%|bps)$"
MONEY_PATTERN = rf"^({NUMBER_PATTERN})\s*[A-Z]{{3,5}}$"
PER_SHARE_PATTERN = rf"^({NUMBER_PATTERN})\s*/(share|contract)$"
PER_ORDER_PATTERN = rf"^({NUMBER_PATTERN})\s*/order$"
PER_FILL_PATTERN = rf"^({NUMBER_PATTERN})\s*/fill$"

_QUANTITY_WITH_UNIT = re.compile(r"([-+]?[\d_.]+(?:[eE][-+]?\d+)?)\s*(.*)", re.DOTALL)
_CURRENCY = re.compile(r"[A-Z]{3,5}")


class UnitError(ValueError):
    """A text is not what it should be; the rule, and what to write instead."""

    def __init__(self, rule: str, suggestion: str = "") -> None:
        super().__init__(rule, suggestion)
        self.rule = rule
        self.suggestion = suggestion


class _Split(NamedTuple):
    digits: str
    unit: str


def _split(text: str) -> _Split | None:
    """Return number and unit of a text such as `350us`, or None where it does not begin with a number."""
    match = _QUANTITY_WITH_UNIT.fullmatch(text.strip())
    if match is None or not is_number(match[1]):
        return None
    return _Split(match[1], match[2])


def read_number(text: str) -> Decimal:
    """Return a plain number, `_` allowed between digits."""
    if not is_number(text):
        split = _split(text)
        suggestion = f"write {split.digits}" if split else ""
        raise UnitError("must be a number", suggestion)
    return _decimal(text)


def _decimal(digits: str) -> Decimal:
    number = Decimal(digits.replace("_", ""))
    if len(number.as_tuple().digits) > _MAX_DIGITS or abs(number.adjusted()) > _MAX_DIGITS:
        raise UnitError(f"a number has at most {_MAX_DIGITS} digits before and after its point")
    return number


def write_number(number: Decimal) -> str:
    """Return a number without exponent, and without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_duration(text: str) -> int:
    """Return a duration such as `350us`, `1.5h` or `5min` in ns."""
    split = _split(text)
    if split is None:
        raise UnitError("a duration is a number with a unit", "write 350us, 5min or 1h")
    if not split.unit:
        raise UnitError("a duration needs a unit", f"write {text}us, {text}ms, {text}s or {text}min")
    if split.unit not in NS_BY_UNIT:
        near = _UNIT_WORDS.get(split.unit.rstrip("s"), _UNIT_WORDS.get(split.unit)) or nearest(split.unit, NS_BY_UNIT)
        suggestion = f"write {split.digits}{near}" if near else ""
        raise UnitError("a duration's unit is one of ns, us, ms, s, min, h, d", suggestion)
    duration = _decimal(split.digits) * NS_BY_UNIT[split.unit]
    if duration < 0:
        raise UnitError("a duration is at least 0")
    if duration > _MAX_DURATION_NS:
        raise UnitError("a duration is at most 100 years")
    if duration != duration.to_integral_value():
        raise UnitError("a duration is a whole number of ns")
    return int(duration)


def write_duration(duration_ns: int) -> str:
    """Return a duration in the largest unit that leaves it whole."""
    if duration_ns == 0:
        return "0s"
    unit = next(unit for unit in reversed(NS_BY_UNIT) if duration_ns % NS_BY_UNIT[unit] == 0)
    return f"{duration_ns // NS_BY_UNIT[unit]}{unit}"


def read_fraction(text: str) -> Decimal:
    """Return a percentage such as `25%` or `3bps` as a fraction."""
    split = _split(text)
    if split is None:
        raise UnitError("a share is a number with % or bps", "write 25% or 3bps")
    if split.unit not in ("%", "bps"):
        percent = write_number(_decimal(split.digits) * 100)
        suggestion = "" if split.unit else f"write {split.digits}% or {percent}%"
        raise UnitError("a share needs % or bps", suggestion)
    return _decimal(split.digits) / (100 if split.unit == "%" else _BPS)


def write_fraction(fraction: Decimal | float) -> str:
    """Return a fraction in percent."""
    exact = Decimal(repr(fraction)) if isinstance(fraction, float) else fraction
    return f"{write_number(exact * 100)}%"


def read_money(text: str) -> Money:
    """Return an amount such as `1_000_000 USD`."""
    split = _split(text)
    if split is None:
        raise UnitError("an amount is a number with its currency", "write 1_000_000 USD")
    if not split.unit:
        raise UnitError("an amount needs its currency", f"write {text} USD")
    return Money(_decimal(split.digits), read_currency(split.unit))


def write_money(money: Money) -> str:
    """Return an amount with its currency."""
    return f"{write_number(money.amount)} {money.currency}"


def read_currency(text: str) -> str:
    """Return a currency's code."""
    if _CURRENCY.fullmatch(text) is None:
        upper = text.upper()
        suggestion = f"write {upper}" if _CURRENCY.fullmatch(upper) else "write USD or EUR"
        raise UnitError("a currency is three to five capital letters", suggestion)
    return text


def read_per(text: str, unit: str) -> Decimal:
    """Return a rate such as `0.0030/share`; the unit is `share`, `contract`, `order` or `fill`."""
    split = _split(text)
    if split is None or not split.unit.startswith("/"):
        digits = split.digits if split else "0.005"
        raise UnitError(f"a rate needs its unit, /{unit}", f"write {digits}/{unit}")
    if split.unit != f"/{unit}":
        raise UnitError(f"this rate is per {unit}", f"write {split.digits}/{unit}")
    return _decimal(split.digits)


def write_per(rate: Decimal, unit: str) -> str:
    """Return a rate with its unit."""
    return f"{write_number(rate)}/{unit}"


def unit_of(text: str) -> str | None:
    """Return what stands behind the number, empty for a bare number, None where the text is no number with a unit."""
    split = _split(text)
    return None if split is None else split.unit
