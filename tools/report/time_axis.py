"""The charts' time axis: nights and weekends without data are drawn narrow."""

from collections.abc import Iterable, Sequence

from tradepit.scenarios.price_trace import PAUSE_NS

_PAUSE_SHARE = 0.012  # of the axis, for each pause
_ALL_PAUSES = 0.15  # of the axis, for all of them
_WORTH_CUTTING = 0.25  # of the run's time; with less the plain axis is easier to read
_BARELY_ANY_DATA = 0.02  # of the run's time; daily bars are points with pauses between them, not hours of trading


def knots(start_ns: int, end_ns: int, stretches: Iterable[Sequence[tuple[int, int]] | None]) -> list[tuple[int, float]]:
    """Return (instant in ns, place) pairs between which the axis is even; places run from 0 to 1.

    Args:
        start_ns: the run's start.
        end_ns: its end.
        stretches: of each symbol the times with data, or None where they cannot be told.
    """
    whole = [(start_ns, 0.0), (end_ns, 1.0)]
    busy = _united(stretches)
    if busy is None or end_ns <= start_ns:
        return whole
    pauses = []
    last = start_ns
    for first, until in [*busy, (end_ns, end_ns)]:
        if first - last > PAUSE_NS:
            pauses.append((last, first))
        last = max(last, until)
    length = end_ns - start_ns
    paused = sum(until - first for first, until in pauses)
    if paused < _WORTH_CUTTING * length or length - paused < _BARELY_ANY_DATA * length:
        return whole
    pause_share = min(_PAUSE_SHARE, _ALL_PAUSES / len(pauses))
    scale = (1.0 - pause_share * len(pauses)) / (length - paused)
    places = [(start_ns, 0.0)]
    for first, until in pauses:
        for instant, width in ((first, (first - places[-1][0]) * scale), (until, pause_share)):
            if instant > places[-1][0]:
                places.append((instant, places[-1][1] + width))
    if places[-1][0] < end_ns:
        places.append((end_ns, 1.0))
    places[-1] = (end_ns, 1.0)
    return places


def _united(stretches: Iterable[Sequence[tuple[int, int]] | None]) -> list[tuple[int, int]] | None:
    """Return the times at which any symbol has data, in order and without overlap."""
    every: list[tuple[int, int]] = []
    for some in stretches:
        if some is None:
            return None
        every.extend(some)
    united: list[tuple[int, int]] = []
    for first, last in sorted(every):
        if united and first <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], last))
        else:
            united.append((first, last))
    return united or None
