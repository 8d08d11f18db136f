"""ISO 8601 stamps of one width, read a column at a time.

The first stamp shows the layout; all others must have digits and signs in the same places. Whatever does not fit gives
None, and `stamps.StampReader` reads the rows one by one; both read the same stamps alike.
"""

from datetime import date
from typing import TYPE_CHECKING

from tradepit.scenarios.sources.stamps import ISO, TimeKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ZERO = ord("0")
_SECOND_NS = 1_000_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_FIRST_YEAR, _LAST_YEAR = 1678, 2261  # whole years that int64 of ns can hold
_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND, _FRACTION, _ZULU, _SIGN, _HOURS, _MINUTES = range(1, 12)


def digits_of(letters: "NDArray[np.uint8]") -> "NDArray[np.int64] | None":
    """Return whole numbers of one width, None where there is anything but digits.

    Args:
        letters: ASCII codes, one row for each place, one column for each number.
    """
    digits = letters - _ZERO
    return None if (digits > 9).any() else _number(digits)


def iso_of(letters: "NDArray[np.uint8]") -> "tuple[TimeKind, NDArray[np.int64]] | None":
    """Return stamps with a time of day in ns: instants where they have an offset, else wall-clock time.

    Args:
        letters: ASCII codes, one row for each place, one column for each stamp.
    """
    first = letters[:, 0].tobytes().decode("latin-1")
    match = ISO.fullmatch(first)
    if match is None or match[_HOUR] is None:
        return None
    sign = match.start(_SIGN)
    digits = letters - _ZERO
    for place, letter in enumerate(first):
        if letter.isdigit():
            if digits[place].max() > 9:
                return None
        elif place != sign and (letters[place] != ord(letter)).any():
            return None

    def field(group: int) -> "NDArray[np.int64]":
        begin, end = match.span(group)  # of no places at all where the stamps have none: then it is 0
        return _number(digits[max(begin, 0) : max(end, 0)])

    of_date = match.end(_DAY)
    days = _days(digits[:of_date], [match.span(group) for group in (_YEAR, _MONTH, _DAY)])
    hour, minute, second, hours, minutes = map(field, (_HOUR, _MINUTE, _SECOND, _HOURS, _MINUTES))
    limits = ((hour, 23), (minute, 59), (second, 59), (hours, 23), (minutes, 59))
    if days is None or any(value.max() > most for value, most in limits):
        return None
    stamps = days * 86_400 + (hour * 3600 + minute * 60 + second)
    if sign >= 0:
        minus = letters[sign] == ord("-")
        if not (minus | (letters[sign] == ord("+"))).all():
            return None
        stamps += (hours * 3600 + minutes * 60) * (2 * minus - 1)
    stamps *= _SECOND_NS
    if match[_FRACTION]:
        stamps += field(_FRACTION) * 10 ** (9 - len(match[_FRACTION]))
    return ("utc" if sign >= 0 or match[_ZULU] else "local"), stamps


def _number(digits: "NDArray[np.uint8]") -> "NDArray[np.int64]":
    """Return the numbers that digits make; 0 for none."""
    import numpy as np

    value = np.zeros(digits.shape[1], dtype=np.int64)
    for place in digits:
        value *= 10
        value += place
    return value


def _days(digits: "NDArray[np.uint8]", spans: list[tuple[int, int]]) -> "NDArray[np.int64] | None":
    """Return days since 1970-01-01, None where there is no such date; neighbours mostly share theirs."""
    import numpy as np

    changes = np.flatnonzero((digits[:, 1:] != digits[:, :-1]).any(axis=0)) + 1
    starts = np.concatenate(([0], changes))
    years, months, days = (_number(digits[begin:end, starts]).tolist() for begin, end in spans)
    try:
        dates = [date(*parts).toordinal() - _EPOCH_ORDINAL for parts in zip(years, months, days, strict=True)]
    except ValueError:
        return None
    if min(years) < _FIRST_YEAR or max(years) > _LAST_YEAR:
        return None
    return np.repeat(np.array(dates, dtype=np.int64), np.diff(starts, append=digits.shape[1]))
