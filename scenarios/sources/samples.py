"""Daily bars that come with the package bokeh_sampledata, read from its files without importing it.

Its files are plain CSV in the public domain: since 2026 one for all symbols with a column `Ticker`, before that one for
each. Each bar is stamped with the close of its day's session.
"""

import csv
import importlib.util
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources.checks import RowRules
from tradepit.scenarios.sources.columns import Layout, layout_of
from tradepit.scenarios.sources.events import events_of
from tradepit.scenarios.sources.opening import READ_ERRORS, decompressed, unreadable
from tradepit.scenarios.sources.source import Source, SourceError, digest_of
from tradepit.scenarios.sources.stamps import StampReader, TimeKind
from tradepit.scenarios.sources.streaming import Batch, CheckedRows
from tradepit.scenarios.tree import Faulty, MarketKind, Sample

_PACKAGE = "bokeh_sampledata"


def open_sample(symbol: str, sample: Sample, *, sessions: Sessions, start_ns: int | None, end_ns: int | None) -> Source:
    """Return the daily bars of a sample.

    Raises:
        SourceError: the package is missing, or does not have the sample any more.
    """
    where = f"sample {sample}"
    rows = _SampleRows(where, sample)
    problems: Counter[str] = Counter()
    rules = RowRules(MarketKind.BARS, rows.names, Faulty.FAIL, problems, may_be_negative=False)
    stamps = StampReader(sessions, sessions.zone, 0, strict=True)
    chunks = CheckedRows(rows, rules, stamps, start_ns, end_ns).chunks()
    events = events_of(MarketKind.BARS, symbol, chunks)
    return Source(symbol=symbol, fingerprint=rows.fingerprint, problems=problems, events=events)


class _SampleRows:
    """The rows of one sample; a few thousand, so they are held.

    Attributes:
        where: the sample, for messages.
        names: the columns after time.
        time_kind: always text.
        first: always 0: all rows are one batch.
        fingerprint: BLAKE2b of the rows, however the package files them.
    """

    time_kind: TimeKind = "text"
    first = 0

    def __init__(self, where: str, sample: Sample) -> None:
        self.where = where
        try:
            header, self._records, self._lines = _read(sample)
        except ModuleNotFoundError:
            text = f'the package {_PACKAGE} is needed: pip install "tradepit[samples]"'
            raise SourceError(where, text, rule="package_missing") from None
        except (*READ_ERRORS, csv.Error) as error:
            raise unreadable(where, error) from None
        self._layout: Layout = layout_of(where, header, MarketKind.BARS, {})
        self.names = self._layout.names[1:]
        self.fingerprint = digest_of(*(",".join(row).encode() for row in self.rows()))

    def batches(self) -> Iterator[Batch]:
        """Yield all rows at once."""
        yield self

    def arrays(self) -> None:
        """Return nothing: these rows are read one by one."""

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield each row's cells."""
        for cells in self._records:
            yield tuple(cells[position] for position in self._layout.positions)

    def row_number(self, index: int) -> int:
        """Return the line of the package's file."""
        return self._lines[index]


def _read(sample: Sample) -> tuple[list[str], list[list[str]], list[int]]:
    """Return the header, a sample's rows in the order of time, and their lines in the package's file."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(_PACKAGE)
    folder = Path(spec.submodule_search_locations[0]) / "_data"
    together, alone = folder / "stocks.csv.gz", folder / f"{sample}.csv"
    binary = decompressed(together if together.exists() else alone, f"sample {sample}")
    with io.TextIOWrapper(binary, encoding="utf-8", newline="") as text:
        reader = csv.reader(text)
        header = next(reader)
        columns = [name.lower() for name in header]
        ticker = columns.index("ticker") if "ticker" in columns else None
        rows = [(row, reader.line_num) for row in reader if row and (ticker is None or row[ticker] == sample)]
    return header, [row for row, _ in rows], [line for _, line in rows]
