"""Marks on a price chart: each where it is while there are few, grouped by time where there are many."""

from decimal import Decimal

import attrs

_ZERO = Decimal(0)


@attrs.frozen
class Mark:
    """One mark.

    Attributes:
        time: ns since the Unix epoch.
        price: where it stands, or None for the chart's foot.
        sort: what it is, such as a side.
        text: what a reader is told of it.
    """

    time: int
    price: Decimal | None
    sort: str
    text: str


@attrs.define
class _Group:
    first: int
    last: int
    count: int = 0
    size: Decimal = _ZERO
    value: Decimal = _ZERO
    priced: Decimal = _ZERO  # size of those that have a price


class Marks:
    """Takes in any number of marks in bounded memory.

    Args:
        start_ns: the chart's beginning.
        end_ns: its end.
        noun: what one mark is, such as `fill`.
        most: up to so many are shown one by one.
        slots: into so many stretches of time they are grouped beyond that.
    """

    def __init__(self, start_ns: int, end_ns: int, noun: str, *, most: int = 600, slots: int = 150) -> None:
        self._start = start_ns
        self._length = max(end_ns - start_ns, 1)
        self._noun = noun
        self._most = most
        self._slots = slots
        self._single: list[tuple[Mark, Decimal]] = []
        self._groups: dict[tuple[int, str], _Group] = {}
        self.count = 0

    @property
    def grouped(self) -> bool:
        """Tell whether there were too many to show each."""
        return bool(self._groups)

    def add(self, mark: Mark, size: Decimal) -> None:
        """Take in a mark and how much it weighs."""
        self.count += 1
        if self._groups:
            self._group(mark, size)
            return
        self._single.append((mark, size))
        if len(self._single) > self._most:
            for single, its_size in self._single:
                self._group(single, its_size)
            self._single.clear()

    def _group(self, mark: Mark, size: Decimal) -> None:
        slot = min((mark.time - self._start) * self._slots // self._length, self._slots - 1)
        group = self._groups.get((slot, mark.sort))
        if group is None:
            group = self._groups[slot, mark.sort] = _Group(mark.time, mark.time)
        group.first, group.last = min(group.first, mark.time), max(group.last, mark.time)
        group.count += 1
        group.size += size
        if mark.price is not None:
            group.priced += size
            group.value += size * mark.price

    def shown(self) -> list[Mark]:
        """Return the marks to show, in the order of time."""
        marks = [mark for mark, _ in self._single]
        for (_, sort), group in self._groups.items():
            price = group.value / group.priced if group.priced else None
            noun = self._noun if group.count == 1 else f"{self._noun}s"
            average = "" if price is None else f" at {price:,.6g} on average"
            text = f"{sort}: {group.count:,} {noun}, {group.size:,f} in all{average}"
            marks.append(Mark((group.first + group.last) // 2, price, sort, text))
        return sorted(marks, key=lambda mark: (mark.time, mark.sort))
