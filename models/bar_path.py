"""The path on which the price walked through a bar, as far as four prices tell.

A path has four corners and three legs between them; on a leg the price is taken to pass every price between its
ends. A place on the path is (leg, distance walked on that leg), so that places compare in the order of time.

This is a simplification: a real bar may touch its extremes in the other order, and more than once. Finer bars, or
quotes, would settle it.
"""

import math
from typing import Literal

from tradepit.models.market import Bar

PathName = Literal["adaptive", "ohlc", "olhc", "worst", "close"]
PATH_NAMES: tuple[PathName, ...] = ("adaptive", "ohlc", "olhc", "worst", "close")

Corners = tuple[float, float, float, float]
Place = tuple[int, float]

AT_OPEN: Place = (0, 0.0)
AT_CLOSE: Place = (3, 0.0)


def corners(bar: Bar, path: PathName) -> tuple[Corners, Corners]:
    """Return the path that buy orders see and the one that sell orders see.

    They are the same but for `worst`, where each side sees the price move against it first: up for buyers, so that
    their stops trigger early and their limits fill late, and down for sellers.

    `adaptive` goes to the high first when the open is nearer the high than the low, otherwise, and so on a tie, to
    the low. `close` knows no path: the bar is its close alone, as for zipline.
    """
    if path == "close":
        still = (bar.close, bar.close, bar.close, bar.close)
        return still, still
    high_first = (bar.open, bar.high, bar.low, bar.close)
    if path == "ohlc":
        return high_first, high_first
    low_first = (bar.open, bar.low, bar.high, bar.close)
    if path == "worst":
        return high_first, low_first
    if path == "adaptive" and bar.high - bar.open < bar.open - bar.low:
        return high_first, high_first
    return low_first, low_first


def rest_of(path: Corners, leg: int, distance: float) -> Corners:
    """Return what is left of a path from a place on it, as a path."""
    if leg >= 3:
        return path[3], path[3], path[3], path[3]
    start, end = path[leg], path[leg + 1]
    here = start + distance if end > start else start - distance
    return here, end, path[min(leg + 2, 3)], path[3]


def reach(path: Corners, level: float, *, upward: bool, strict: bool = False, leg: int = 0) -> Place | None:
    """Return where a path that has not reached a level yet first does, or None.

    Args:
        path: the corners.
        level: the price to reach.
        upward: whether reaching means rising to the level, rather than falling to it.
        strict: whether the price must go beyond the level; the place then is just behind the level.
        leg: the leg on which to begin; up to the place where the search begins the level was not reached.
    """
    while leg < 3:
        start, end = path[leg], path[leg + 1]
        if (end > level if upward else end < level) or (end == level and not strict):
            distance = abs(level - start)
            return leg, math.nextafter(distance, math.inf) if strict else distance
        leg += 1
    return None
