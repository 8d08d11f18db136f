"""From batches of a file to checked columns: what is kept, repaired, skipped or refused, within the clock."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from tradepit.scenarios.sources.checks import RowRules
from tradepit.scenarios.sources.events import Columns
from tradepit.scenarios.sources.faults import Fault
from tradepit.scenarios.sources.source import SourceError, written
from tradepit.scenarios.sources.stamps import StampReader, TimeKind
from tradepit.scenarios.tree import Faulty

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIRST_NS = -(2**63)
LAST_NS = 2**63 - 1


class Batch(Protocol):
    """Some consecutive rows of a file.

    Attributes:
        first: how many rows of data the file has before it.
    """

    first: int

    def arrays(self) -> "tuple[TimeKind, NDArray[np.int64], list[NDArray[np.float64]]] | None":
        """Return times as "utc" or "local" ns, and the other columns; None where some row needs a closer look."""

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield each row's cells: time first, then the others in the order of the layout."""


class Reader(Protocol):
    """A file that is read batch by batch.

    Attributes:
        where: the file, as the scenario names it.
        names: the columns after time.
        time_kind: how the cells of `Batch.rows` tell the time.
    """

    where: str
    names: tuple[str, ...]
    time_kind: TimeKind

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order; raise SourceError where they cannot be read any further."""

    def row_number(self, index: int) -> int:
        """Return the number by which a user finds the index-th row of data, counted from 0."""


class CheckedRows:
    """Rows that passed the rules, or were repaired, within a span of time.

    Rows before the span are checked and left out; after the first row behind the span nothing more is read.
    """

    def __init__(
        self, reader: Reader, rules: RowRules, stamps: StampReader, start_ns: int | None, end_ns: int | None
    ) -> None:
        self._reader = reader
        self._rules = rules
        self._stamps = stamps
        self._read_stamp = stamps.reader(reader.time_kind)
        self._start_ns = FIRST_NS if start_ns is None else start_ns
        self._end_ns = LAST_NS if end_ns is None else end_ns
        self._first_ns: int | None = None
        self._previous_ns = FIRST_NS
        self._refused: SourceError | None = None

    def chunks(self) -> Iterator[Columns]:
        """Yield chunks of columns, none of them empty.

        Raises:
            SourceError: a row breaks a rule and the policy is to fail, or no row at all lies within the span.
        """
        found = False
        for batch in self._reader.batches():
            chunk = self._whole(batch)
            if chunk is None:
                chunk = self._row_by_row(batch)
            if chunk[0]:
                found = True
                yield chunk
            if self._refused is not None:
                raise self._refused
            if self._previous_ns > self._end_ns:
                break
        if not found:
            raise self._nothing()

    def _whole(self, batch: Batch) -> Columns | None:
        """Return a batch's columns where all its rows are clean, else None."""
        arrays = batch.arrays()
        if arrays is None:
            return None
        time_kind, stamps, columns = arrays
        times = self._stamps.vector(time_kind, stamps, self._previous_ns)
        if times is None or not self._rules.all_clean(times, self._previous_ns, columns):
            return None
        if self._first_ns is None:
            self._first_ns = int(times[0])
        self._previous_ns = int(times[-1])
        begin = int(times.searchsorted(self._start_ns)) if times[0] < self._start_ns else 0
        end = int(times.searchsorted(self._end_ns, "right")) if times[-1] > self._end_ns else len(times)
        lists: list[list[Any]] = [column[begin:end].tolist() for column in (times, *columns)]
        if self._rules.names[-1] == "vwap":
            lists[-1] = [None if vwap != vwap else vwap for vwap in lists[-1]]
        return tuple(lists)

    def _row_by_row(self, batch: Batch) -> Columns:
        """Return a batch's columns, each row judged by itself; up to the row that is refused, or is behind the span."""
        kept: list[tuple[Any, ...]] = []
        read_stamp, rules, judge = self._read_stamp, self._rules, self._rules.judge
        for index, row in enumerate(batch.rows(), batch.first):
            try:
                time_ns = read_stamp(row[0], self._previous_ns, rules.repair)
                if time_ns <= self._previous_ns and not rules.may_stay(time_ns, self._previous_ns):
                    continue
                numbers = judge(row[1:])
            except Fault as fault:
                if rules.faulty is Faulty.FAIL:
                    where, number = self._reader.where, self._reader.row_number(index)
                    self._refused = SourceError(where, fault.text, rule=fault.rule, row=number, value=fault.value)
                    break
                rules.problems[f"{fault.rule} skipped"] += 1
                continue
            if self._first_ns is None:
                self._first_ns = time_ns
            self._previous_ns = time_ns
            if time_ns > self._end_ns:
                break
            if time_ns >= self._start_ns:
                kept.append((time_ns, *numbers))
        return tuple(zip(*kept, strict=True)) if kept else ((),)

    def _nothing(self) -> SourceError:
        """Return the error for a file out of which nothing comes."""
        if self._first_ns is None:
            counts = ", ".join(f"{problem}: {count}" for problem, count in sorted(self._rules.problems.items()))
            was = f"every row was faulty ({counts})" if counts else "there is none"
            return SourceError(self._reader.where, f"at least one row of data is needed, {was}", rule="empty")
        start = written(self._start_ns) if self._start_ns != FIRST_NS else "any time"
        end = written(self._end_ns) if self._end_ns != LAST_NS else "any time"
        return SourceError(
            self._reader.where,
            f"at least one row must lie within the clock, {start} to {end}; "
            f"the file has {written(self._first_ns)} to {written(self._previous_ns)}",
            rule="outside_clock",
        )
