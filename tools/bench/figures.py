"""Tradepit beside its floors, as plain figures: what `tradepit bench` shows."""

from collections.abc import Iterable

from tradepit.tools.bench.rounds import own_round, take_turns
from tradepit.tools.bench.works import FLOOR, SUBJECT, UnknownWorkError, Work, named


def bench_json(names: Iterable[str], *, rounds: int = 3, count: int | None = None) -> dict[str, dict[str, float]]:
    """Measure works by name and give each one's speed, its floor's, and their ratio.

    Args:
        names: the works; none means all.
        rounds: rounds of each side, of which the best counts.
        count: how much to do in a round, in place of the works' own counts.

    Returns:
        By name: `per_second` and `floor_per_second` in the work's unit, and `ratio`, the first by the second.

    Raises:
        UnknownWorkError: for a name that no work has, or a work that Tradepit does not do.
        RoundFailedError: when a round ended with an error.
    """
    return {work.name: _beside_floor(work, rounds, count or work.count) for work in _measurable(names)}


def peak_memory_bytes(name: str, *, count: int | None = None) -> int:
    """Tell the most memory that a process held which did nothing but one work once, in bytes.

    Raises:
        UnknownWorkError: for a name that no work has, or a work that Tradepit does not do.
        RoundFailedError: when the round ended with an error.
    """
    (work,) = _measurable([name])
    return own_round(work, SUBJECT, count or work.count).peak_memory_bytes


def _measurable(names: Iterable[str]) -> list[Work]:
    works = named(names)
    for work in works:
        if work.subject is None:
            raise UnknownWorkError(f"{work.name} is measured for other engines only, Tradepit has no side in it")
    return works


def _beside_floor(work: Work, rounds: int, count: int) -> dict[str, float]:
    sides = take_turns(work, [FLOOR, SUBJECT], count=count, rounds=rounds)
    floor, subject = sides[FLOOR].per_second, sides[SUBJECT].per_second
    return {"per_second": subject, "floor_per_second": floor, "ratio": subject / floor}
