"""ISO 8601 stamps of one width, read a column at a time.

The first stamp shows the layout; all others must have digits and signs in the same places. Whatever does not fit gives
None, and `stamps.StampReader` reads the rows one by one; both read the same stamps alike.
"""

from typing import TYPE_CHECKING

from tradepit.scenarios.sources.stamps import ISO, TimeKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SECOND_NS = 1_000_000_000
_ZERO, _NINE = ord("0"), ord("9")
_FIRST_YEAR, _LAST_YEAR = 1678, 2261  # whole years that int64 of ns can hold
_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND, _FRACTION, _ZULU, _SIGN, _HOURS, _MINUTES = range(1, 12)
_EPOCH_DAYS = 719_468  # from 0000-03-01 to 1970-01-01


def digits_of(letters: "NDArray[np.uint8]") -> "NDArray[np.int64] | None":
    """Return whole numbers of one width, None where there is anything but digits.

    Args:
        letters: ASCII codes, one row for each place, one column for each number.
    """
    import numpy as np

    if (letters < _ZERO).any() or (letters > _NINE).any():
        return None
    value = np.zeros(letters.shape[1], dtype=np.int64)
    for place in letters:
        value *= 10
        value += place
        value -= _ZERO
    return value


def iso_of(letters: "NDArray[np.uint8]") -> "tuple[TimeKind, NDArray[np.int64]] | None":
    """Return stamps with a time of day in ns: instants where they have an offset, else wall-clock time.

    Args:
        letters: ASCII codes, one row for each place, one column for each stamp.
    """
    import numpy as np

    first = letters[:, 0].tobytes().decode("latin-1")
    match = ISO.fullmatch(first)
    if match is None or match[_HOUR] is None:
        return None
    sign = match.start(_SIGN)
    for place, letter in enumerate(first):
        if not letter.isdigit() and place != sign and (letters[place] != ord(letter)).any():
            return None

    fields: dict[int, NDArray[np.int64]] = {}
    for field in (_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND, _FRACTION, _HOURS, _MINUTES):
        begin, end = match.span(field)
        if begin >= 0:
            value = digits_of(letters[begin:end])
            if value is None:
                return None
            fields[field] = value
    zero = np.zeros(1, dtype=np.int64)
    year, month, day = fields[_YEAR], fields[_MONTH], fields[_DAY]
    second, hours, minutes = (fields.get(field, zero) for field in (_SECOND, _HOURS, _MINUTES))
    highest = ((fields[_HOUR], 23), (fields[_MINUTE], 59), (second, 59), (hours, 23), (minutes, 59))
    if any((value > most).any() for value, most in highest) or not _are_dates(year, month, day):
        return None

    seconds = _days_from_civil(year, month, day) * 86_400 + fields[_HOUR] * 3600 + fields[_MINUTE] * 60 + second
    if sign >= 0:
        signs = letters[sign]
        minus = signs == ord("-")
        if not (minus | (signs == ord("+"))).all():
            return None
        offset = hours * 3600 + minutes * 60
        seconds = seconds + np.where(minus, offset, -offset)
    stamps = seconds * _SECOND_NS
    if _FRACTION in fields:
        begin, end = match.span(_FRACTION)
        stamps = stamps + fields[_FRACTION] * 10 ** (9 - (end - begin))
    return ("utc" if sign >= 0 or match[_ZULU] else "local"), stamps


def _are_dates(year: "NDArray[np.int64]", month: "NDArray[np.int64]", day: "NDArray[np.int64]") -> bool:
    """Tell whether all of these are dates of the Gregorian calendar, in years that ns can hold."""
    import numpy as np

    if ((year < _FIRST_YEAR) | (year > _LAST_YEAR) | (month < 1) | (month > 12) | (day < 1)).any():
        return False
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = np.array((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), dtype=np.int64)[month - 1]
    return bool((day <= longest + (leap & (month == 2))).all())


def _days_from_civil(
    year: "NDArray[np.int64]", month: "NDArray[np.int64]", day: "NDArray[np.int64]"
) -> "NDArray[np.int64]":
    """Return days since 1970-01-01.

    Years begin in March here, so that the leap day is the last; months then have 153 days in each five (the arithmetic
    of E. G. Richards, Explanatory Supplement to the Astronomical Almanac, 2013, section 15.11).
    """
    shifted = (month + 9) % 12
    years = year - (month <= 2)
    return years * 365 + years // 4 - years // 100 + years // 400 + (153 * shifted + 2) // 5 + day - 1 - _EPOCH_DAYS
