"""How many periods a year has, told from the times of a run's points.

Days are trading days, 252 to the year. Daily points have 252 periods a year, weekly ones 52, monthly 12, quarterly 4,
yearly 1, by convention. Anything finer is counted: points of a typical day times 252, so that nights and closed
markets count for nothing, whatever the market's hours.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median, median_low

from tradepit.models.return_metrics import DAYS_PER_YEAR

DAY_NS = 86_400_000_000_000
_CALENDAR_DAYS_PER_YEAR = 365.25
_SESSION_NS = 6.5 * 3_600e9  # a regular session of the US exchanges, for runs that see no whole day
_CONVENTIONS = ((1.0, DAYS_PER_YEAR), (7.0, 52.0), (30.4375, 12.0), (91.3125, 4.0), (365.25, 1.0))
_TOLERANCE = 0.15  # takes in the short February, 23-hour days, and weeks cut by a holiday

DayOf = Callable[[int], int]


def utc_day(time_ns: int) -> int:
    """Return the number of the UTC day in which a time lies, counted from 1970-01-01."""
    return time_ns // DAY_NS


def day_ends(times: Sequence[int], day_of: DayOf = utc_day) -> list[int]:
    """Return the index just past the last point of each day, for ascending times.

    Takes a binary search for each day, not a call of `day_of` for each point.
    """
    ends: list[int] = []
    end = 0
    while end < len(times):
        end = bisect_right(times, day_of(times[end]), lo=end, key=day_of)
        ends.append(end)
    return ends


def periods_per_year(times: Sequence[int], day_of: DayOf = utc_day) -> float:
    """Return how many of the periods between ascending times, ns since the epoch, make a year.

    A median spacing within 15% of a day, week, month, quarter or year has the conventional number; another one above
    a day has 365.25 days over it. Below a day it is 252 times the points of a typical day: their median over the days
    between the first and the last, which may be cut short; with two days the fuller one. Within a single day it is
    the number of points that a session of 6.5 hours holds at the median spacing, or more if the run itself was
    longer. NaN below two points or when they do not advance.
    """
    spacing = median([after - before for before, after in pairwise(times)] or [0])
    if spacing <= 0:
        return math.nan
    days = spacing / DAY_NS
    for length, number in _CONVENTIONS:
        if abs(days / length - 1.0) <= _TOLERANCE:
            return number
    if days > 1.0:
        return _CALENDAR_DAYS_PER_YEAR / days
    ends = day_ends(times, day_of)
    if len(ends) == 1:
        return max(_SESSION_NS, times[-1] - times[0]) / spacing * DAYS_PER_YEAR
    counts = [end - start for start, end in pairwise([0, *ends])]
    return float(median_low(counts[1:-1]) if len(counts) > 2 else max(counts)) * DAYS_PER_YEAR
