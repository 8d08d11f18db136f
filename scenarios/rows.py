"""Tables of a run's results, kept outside memory: one JSON line a row, read back as they are asked for."""

import tempfile
import weakref
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, Generic, TypeVar, overload

import msgspec

from tradepit.scenarios.structuring import structure

T = TypeVar("T")
_BATCH = 512


class Rows(Generic[T]):
    """A table that grows during a run and is iterated over afterwards, as often as wanted.

    Rows go to a file, so that a run's memory does not grow with its orders. Without a path the file has no name and
    is gone with the object.
    """

    def __init__(self, kind: type[T], path: Path | None = None) -> None:
        """Make an empty table of values of one attrs class."""
        self._kind = kind
        self._batch: list[T] = []
        self._flushed = 0
        self._encode: Callable[[Any], bytes] = msgspec.json.Encoder(decimal_format="string").encode_lines
        self._file: IO[bytes] = tempfile.TemporaryFile() if path is None else path.open("w+b")  # noqa: SIM115  it lives as long as the table
        weakref.finalize(self, self._file.close)

    def append(self, row: T) -> None:
        """Add a row."""
        batch = self._batch
        batch.append(row)
        if len(batch) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is held back."""
        if self._batch:
            self._file.seek(0, 2)
            self._file.write(self._encode(self._batch))
            self._file.flush()
            self._flushed += len(self._batch)
            self._batch.clear()

    def plain(self) -> Iterator[dict[str, Any]]:
        """Return the rows as dictionaries of plain values, in the order in which they came."""
        self.flush()
        position = 0
        while True:
            self._file.seek(position)
            lines = self._file.readlines(1 << 16)
            if not lines:
                return
            position = self._file.tell()
            for line in lines:
                yield msgspec.json.decode(line)

    def __iter__(self) -> Iterator[T]:
        return map(self._structured, self.plain())

    def __len__(self) -> int:
        return self._flushed + len(self._batch)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        """Return a row, or the rows of a slice; what stands before them is read over."""
        try:
            chosen = range(len(self))[index]
        except IndexError:
            raise IndexError(f"there are {len(self)} rows, was asked for {index}") from None
        if isinstance(chosen, int):
            return self._structured(next(islice(self.plain(), chosen, None)))
        ascending = chosen if chosen.step > 0 else chosen[::-1]
        found = islice(self.plain(), ascending.start, ascending.stop, ascending.step) if chosen else ()
        rows = [self._structured(row) for row in found]
        return rows if chosen.step > 0 else rows[::-1]

    def _structured(self, row: dict[str, Any]) -> T:
        found: T = structure(row, self._kind)
        return found

    def __repr__(self) -> str:
        return f"<{len(self)} rows of {self._kind.__name__}>"
