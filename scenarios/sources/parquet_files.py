"""Parquet files, read by pyarrow in batches of rows."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradepit.scenarios.sources.arrow_columns import arrow, floats_of, ns_of, times_of
from tradepit.scenarios.sources.columns import layout_of
from tradepit.scenarios.sources.opening import unreadable
from tradepit.scenarios.sources.source import SourceError
from tradepit.scenarios.sources.stamps import TimeKind
from tradepit.scenarios.sources.streaming import Batch
from tradepit.scenarios.tree import MarketKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROWS = 4096  # of one batch: larger ones cost memory and are no faster
_READ_BYTES = 1 << 16  # of one read: without a bound a whole column of a row group is held


class ParquetFile:
    """One Parquet file; a time may be a timestamp with or without zone, a date, an epoch or text.

    Attributes:
        where: the file, as the scenario names it.
        names: the columns after time.
        time_kind: how the time column tells the time.
    """

    def __init__(self, path: Path, where: str, kind: MarketKind, mapped: Mapping[str, str]) -> None:
        """Open the file and find its columns.

        Raises:
            SourceError: pyarrow is missing, the file cannot be read, or a column is missing or of an unfit type.
        """
        self.where = where
        pa = arrow()
        if pa is None:
            text = 'Parquet needs the package pyarrow: pip install "tradepit[data]"'
            raise SourceError(where, text, rule="package_missing")
        import pyarrow.parquet as pq

        self._errors = (pa.ArrowException, OSError)
        try:
            self._file = pq.ParquetFile(path, pre_buffer=False, buffer_size=_READ_BYTES)
        except self._errors as error:
            raise unreadable(where, error) from None
        schema = self._file.schema_arrow
        layout = layout_of(where, schema.names, kind, mapped)
        self.names = layout.names[1:]
        self._columns = [schema.names[position] for position in layout.positions]
        types = [schema.types[position] for position in layout.positions]
        self._check_types(types)
        stamp = types[0]
        self.time_kind: TimeKind = "text"
        if pa.types.is_timestamp(stamp):
            self.time_kind = "local" if stamp.tz is None else "utc"

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order.

        Raises:
            SourceError: the rest of the file cannot be read.
        """
        first = 0
        try:
            for batch in self._file.iter_batches(_ROWS, columns=self._columns, use_threads=False):
                yield _ParquetBatch(first, [batch.column(name) for name in self._columns], self.time_kind)
                first += batch.num_rows
        except self._errors as error:
            raise unreadable(self.where, error) from None

    def row_number(self, index: int) -> int:
        """Return the number of the index-th row of data, counted from 1."""
        return index + 1

    def _check_types(self, types: list[Any]) -> None:
        """Raise where a column's type can never be what is wanted."""
        from pyarrow import types as t

        def text(kind: Any) -> bool:
            kind = kind.value_type if t.is_dictionary(kind) else kind
            return bool(t.is_string(kind) or t.is_large_string(kind) or t.is_null(kind))

        for position, (name, kind) in enumerate(zip(self._columns, types, strict=True)):
            number = t.is_integer(kind) or t.is_floating(kind)
            fits = t.is_timestamp(kind) or t.is_date(kind) if position == 0 else t.is_decimal(kind)
            if not (number or fits or text(kind)):
                wanted = "timestamps, dates, epochs or text" if position == 0 else "numbers"
                text_ = f"column {name!r} must hold {wanted}, was {kind}"
                raise SourceError(self.where, text_, rule="column_type", value=str(kind))


class _ParquetBatch:
    """Rows of one batch; a timestamp's cell is ns."""

    def __init__(self, first: int, columns: list[Any], time_kind: TimeKind) -> None:
        self.first = first
        self._stamps = columns[0]
        self._columns = columns[1:]
        self._time_kind = time_kind

    def arrays(self) -> "tuple[TimeKind, NDArray[np.int64], list[NDArray[np.float64]]] | None":
        """Return times and numbers as arrays."""
        times = times_of(self._stamps)
        if times is None:
            return None
        numbers = []
        for column in self._columns:
            floats = floats_of(column)
            if floats is None:
                return None
            numbers.append(floats)
        return *times, numbers

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield each row's cells."""
        cells = self._stamps.to_pylist() if self._time_kind == "text" else ns_of(self._stamps)
        yield from zip(cells, *(column.to_pylist() for column in self._columns), strict=True)
