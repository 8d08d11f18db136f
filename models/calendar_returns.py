"""Returns of whole weeks, months, quarters and years out of finer ones."""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from enum import StrEnum

from tradepit.models.ieee_arithmetic import mean
from tradepit.models.periods import utc_day
from tradepit.models.return_metrics import total_return

_EPOCH = dt.date(1970, 1, 1).toordinal()


class CalendarPeriod(StrEnum):
    """Spans of the calendar over which returns are compounded."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


DateOf = Callable[[int], dt.date]

_SPANS: dict[CalendarPeriod, Callable[[dt.date], tuple[int, int]]] = {
    CalendarPeriod.DAY: lambda date: (date.year, date.toordinal()),
    CalendarPeriod.WEEK: lambda date: (date.isocalendar()[0], date.isocalendar()[1]),
    CalendarPeriod.MONTH: lambda date: (date.year, date.month),
    CalendarPeriod.QUARTER: lambda date: (date.year, (date.month + 2) // 3),
    CalendarPeriod.YEAR: lambda date: (date.year, 0),
}


def utc_date(time_ns: int) -> dt.date:
    """Return the UTC date of a time."""
    return dt.date.fromordinal(_EPOCH + utc_day(time_ns))


def aggregate_returns(
    returns: Sequence[float], times: Sequence[int], period: CalendarPeriod, date_of: DateOf = utc_date
) -> list[float]:
    """Return the compounded return of each week, month, quarter or year in which there is one, in order.

    Weeks are those of ISO 8601, from Monday, so the one with 1 January is not cut. Source: empyrical,
    `aggregate_returns`.

    Args:
        returns: simple returns; a missing one counts as 0.
        times: when each was made, ascending, ns since the Unix epoch.
        period: over what to compound.
        date_of: the date on which a time lies; a scenario's zone gives its own.

    Raises:
        ValueError: there are not as many times as returns.
    """
    if len(returns) != len(times):
        raise ValueError(f"each return must have its time, were {len(returns)} and {len(times)}")
    span_of, spans = _SPANS[period], dict[tuple[int, int], list[float]]()
    for change, time in zip(returns, times, strict=True):
        spans.setdefault(span_of(date_of(time)), []).append(change)
    return [total_return(changes) for changes in spans.values()]


def best_and_worst(returns: Sequence[float]) -> tuple[float, float]:
    """Return the highest and lowest return of a series, of months say; NaN of nothing."""
    values = [change for change in returns if not math.isnan(change)]
    return max(values, default=math.nan), min(values, default=math.nan)


def average_up_and_down(returns: Sequence[float]) -> tuple[float, float]:
    """Return the mean of the gains and the mean of the losses, of months say; NaN where there are none."""
    return mean([change for change in returns if change > 0.0]), mean([change for change in returns if change < 0.0])
