"""The equity curve and its drawdown, thinned to what a chart can show."""

import math
from collections.abc import Sequence

import attrs

from tradepit.models.equity import EquityCurve


@attrs.frozen(kw_only=True)
class CurvePoints:
    """Points of an equity curve.

    Attributes:
        times: ns since the Unix epoch, ascending; the start comes first.
        equity: in the account's currency.
        drawdowns: equity over its peak so far, less 1; NaN where the peak is not above zero.
        thinned: whether points were left out.
    """

    times: list[int]
    equity: list[float]
    drawdowns: list[float]
    thinned: bool


def curve_points(curve: EquityCurve, stretches: int = 500) -> CurvePoints:
    """Return a curve's points, the starting capital the first.

    Where there are many they are cut into stretches of equally many, of which the last, the highest, the lowest and
    the deepest below the peak are kept: so every peak and trough that a pixel can show is there.
    """
    times, values = curve.points
    finite = [index for index, figure in enumerate(values) if math.isfinite(figure)]
    times = [curve.start_ns, *(times[index] for index in finite)]
    equity = [curve.starting_equity, *(values[index] for index in finite)]
    drawdowns = _drawdowns(equity)
    if len(times) <= 4 * stretches:
        kept: Sequence[int] = range(len(times))
    else:
        kept = _telling(equity, drawdowns, stretches)
    return CurvePoints(
        times=[times[index] for index in kept],
        equity=[equity[index] for index in kept],
        drawdowns=[drawdowns[index] for index in kept],
        thinned=len(kept) < len(times),
    )


def _drawdowns(equity: Sequence[float]) -> list[float]:
    peak = -math.inf
    found = []
    for figure in equity:
        peak = max(peak, figure)
        found.append(figure / peak - 1.0 if peak > 0 else math.nan)
    return found


def _telling(equity: Sequence[float], drawdowns: Sequence[float], stretches: int) -> list[int]:
    """Return the positions of the points that say most of each stretch."""
    kept = [0]
    length = math.ceil((len(equity) - 1) / stretches)
    for first in range(1, len(equity), length):
        stretch = range(first, min(first + length, len(equity)))
        telling = (
            max(stretch, key=equity.__getitem__),
            min(stretch, key=equity.__getitem__),
            min(stretch, key=lambda index: math.inf if math.isnan(drawdowns[index]) else drawdowns[index]),
            stretch[-1],
        )
        kept.extend(sorted(dict.fromkeys(telling)))
    return kept
