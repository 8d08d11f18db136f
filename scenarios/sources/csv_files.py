"""CSV files: read by pyarrow where it is installed, by the standard csv module where it is not, with equal results.

pyarrow reads what is plain. Where it gives up (a cell that is no number, a row of another length) the csv module goes
on from that place, and rows that break a rule are judged one by one in either case; so what is accepted, and what an
error says, does not depend on what is installed.
"""

import csv
import io
import math
from collections.abc import Generator, Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradepit.scenarios.sources.arrow_columns import arrow, floats_of, times_of
from tradepit.scenarios.sources.checks import MISSING
from tradepit.scenarios.sources.columns import layout_of
from tradepit.scenarios.sources.faults import Fault
from tradepit.scenarios.sources.opening import READ_ERRORS, decompressed, unreadable
from tradepit.scenarios.sources.source import SourceError
from tradepit.scenarios.sources.stamps import TimeKind
from tradepit.scenarios.sources.streaming import Batch
from tradepit.scenarios.tree import MarketKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROWS = 1024  # of one batch of the csv module
_BLOCK_BYTES = 1 << 18  # of one batch of pyarrow, about 4,000 rows: larger ones cost memory and are no faster
_DELIMITERS = ",;\t|"


class CsvFile:
    """One CSV file.

    Attributes:
        where: the file, as the scenario names it.
        names: the columns after time.
        time_kind: always text.
    """

    time_kind: TimeKind = "text"

    def __init__(self, path: Path, where: str, kind: MarketKind, mapped: Mapping[str, str]) -> None:
        """Open the file and find its columns.

        Raises:
            SourceError: it cannot be read, is empty, is no UTF-8 text, or lacks a column.
        """
        self.where = where
        self._path = path
        self._delimiter = ","
        try:
            self._delimiter = self._find_delimiter()
            header, self._header_lines = next(self._records(), ([], 0))
        except (*READ_ERRORS, csv.Error) as error:
            raise unreadable(where, error) from None
        if not header:
            raise SourceError(where, "a first row that names the columns is needed, the file is empty", rule="empty")
        if any("\x00" in cell for cell in header):
            raise SourceError(where, "must be UTF-8 text, or Parquet, gzip or zstd", rule="encoding")
        self._width = len(header)
        self._layout = layout_of(where, header, kind, mapped)
        self.names = self._layout.names[1:]

    def batches(self) -> Iterator[Batch]:
        """Yield the rows in order.

        Raises:
            SourceError: the rest of the file cannot be read.
        """
        read, finished = yield from self._by_pyarrow()
        if not finished:
            yield from self._by_csv_module(read)

    def row_number(self, index: int) -> int:
        """Return the line at which the index-th row of data begins; the file's first line is 1."""
        records = self._records()
        for _ in range(index + 1):
            next(records)
        cells, last_line = next(records)
        return last_line - sum(cell.replace("\r\n", "\n").count("\n") for cell in cells)

    def _find_delimiter(self) -> str:
        """Return the delimiter that occurs most in the first line that is not blank."""
        with self._text() as text:
            first = next((line for line in text if line.strip()), "")
        return max(_DELIMITERS, key=first.count)

    def _text(self) -> io.TextIOWrapper:
        # What is no UTF-8 matters only where it stands in a column that is read, and is then no number or time.
        binary = decompressed(self._path, self.where)
        return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="backslashreplace", newline="")

    def _records(self) -> Iterator[tuple[list[str], int]]:
        """Yield the cells and the last line of each row that is not blank, the header first."""
        with self._text() as text:
            reader = csv.reader(text, delimiter=self._delimiter)
            for cells in reader:
                if cells:
                    yield cells, reader.line_num

    def _by_csv_module(self, skipped: int) -> Iterator["_Records"]:
        """Yield batches from a row of data on."""
        records = self._records()
        batch: list[list[str]] = []
        first = skipped
        try:
            for _ in range(skipped + 1):
                next(records)
            for cells, _line in records:
                batch.append(cells)
                if len(batch) == _ROWS:
                    yield _Records(first, batch, self._layout.positions, self._width)
                    first += _ROWS
                    batch = []
        except (*READ_ERRORS, csv.Error) as error:
            yield _Records(first, batch, self._layout.positions, self._width)
            raise unreadable(self.where, error) from None
        if batch:
            yield _Records(first, batch, self._layout.positions, self._width)

    def _by_pyarrow(self) -> Generator["_ArrowBatch", None, tuple[int, bool]]:
        """Yield batches up to the end, or up to what pyarrow does not understand; none at all without pyarrow.

        Returns:
            How many rows were read, and whether these are all.
        """
        pa = arrow()
        if pa is None:
            return 0, False
        import pyarrow.csv as pa_csv

        time, *others = map(str, self._layout.positions)
        convert = pa_csv.ConvertOptions(
            column_types={time: pa.string(), **dict.fromkeys(others, pa.float64())},
            include_columns=[time, *others],
            null_values=list(MISSING),
        )
        parse = pa_csv.ParseOptions(delimiter=self._delimiter)
        names = [str(i) for i in range(self._width)]
        first, skipped = 0, self._header_lines
        try:
            for lines in self._blocks():
                read = pa_csv.ReadOptions(
                    use_threads=False, block_size=2 * len(lines), skip_rows=skipped, column_names=names
                )
                table = pa_csv.read_csv(
                    pa.BufferReader(lines), read_options=read, parse_options=parse, convert_options=convert
                )
                skipped = 0
                for batch in table.to_batches():
                    yield _ArrowBatch(first, batch)
                    first += batch.num_rows
        except (pa.ArrowException, *READ_ERRORS):  # the csv module says what it is
            return first, False
        return first, True

    def _blocks(self) -> Iterator[bytes]:
        """Yield the file in blocks of whole lines.

        pyarrow has a streaming reader, but that keeps 32 blocks ahead of what is asked for, in a thread of its own.
        """
        with decompressed(self._path, self.where) as file:
            rest = b""
            while block := file.read(_BLOCK_BYTES):
                end = block.rfind(b"\n") + 1
                if end:
                    yield rest + block[:end]
                    rest = block[end:]
                else:
                    rest += block
            if rest.strip():
                yield rest


class _Records:
    """Rows as the csv module reads them."""

    def __init__(self, first: int, records: list[list[str]], positions: tuple[int, ...], width: int) -> None:
        self.first = first
        self._records = records
        self._pick = itemgetter(*positions)
        self._width = width
        self._blanks = (math.nan,) * (len(positions) - 1)

    def arrays(self) -> None:
        """Return nothing: these rows are read one by one."""

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield each row's cells."""
        for cells in self._records:
            if len(cells) == self._width:
                yield self._pick(cells)
            else:
                text = f"row must have {self._width} cells, as the first row has, had {len(cells)}"
                yield Fault("cells", text, len(cells)), *self._blanks


class _ArrowBatch:
    """Rows as pyarrow reads them."""

    def __init__(self, first: int, batch: Any) -> None:
        self.first = first
        self._batch = batch

    def arrays(self) -> "tuple[TimeKind, NDArray[np.int64], list[NDArray[np.float64]]] | None":
        """Return times and numbers as arrays."""
        times = times_of(self._batch.column(0))
        return None if times is None else (*times, self._numbers())

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield each row's cells."""
        yield from zip(self._batch.column(0).to_pylist(), *(n.tolist() for n in self._numbers()), strict=True)

    def _numbers(self) -> "list[NDArray[np.float64]]":
        columns = (floats_of(column) for column in self._batch.columns[1:])
        return [column for column in columns if column is not None]
