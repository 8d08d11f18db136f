"""A file of market data as a source."""

from collections import Counter
from pathlib import Path

from tradepit.scenarios.sessions import Sessions, SessionsError, zone_named
from tradepit.scenarios.sources.checks import RowRules
from tradepit.scenarios.sources.csv_files import CsvFile
from tradepit.scenarios.sources.events import events_of
from tradepit.scenarios.sources.opening import fingerprint_of, is_parquet
from tradepit.scenarios.sources.parquet_files import ParquetFile
from tradepit.scenarios.sources.source import Source, SourceError
from tradepit.scenarios.sources.stamps import StampReader
from tradepit.scenarios.sources.streaming import CheckedRows, Reader
from tradepit.scenarios.tree import CrossedRows, FileSource, Stamp


def open_file(
    symbol: str,
    spec: FileSource,
    path: Path,
    *,
    sessions: Sessions,
    start_ns: int | None,
    end_ns: int | None,
    may_be_negative: bool,
    problems: Counter[str] | None = None,
) -> Source:
    """Return a file's market data, checked while it is read.

    Args:
        symbol: the instrument.
        spec: what the scenario says of the file.
        path: where it is.
        sessions: when a bare date closes, and the zone of times that name none.
        start_ns: what is before is left out.
        end_ns: what is after is left out.
        may_be_negative: whether prices at and below zero are allowed.
        problems: what counts skipped and repaired rows, when the file is one of several; else it gets its own.

    Raises:
        SourceError: the file cannot be read, or lacks a column, or (while it is read) a row breaks a rule.
    """
    where = spec.file
    if spec.stamp is Stamp.OPEN and spec.every is None:
        raise SourceError(where, "stamp: open needs every, the length of a bar, such as every: 1min", rule="every")
    try:
        zone = sessions.zone if spec.zone is None else zone_named(spec.zone)
    except SessionsError as error:
        raise SourceError(where, str(error), rule="zone", value=spec.zone) from None
    fingerprint = fingerprint_of(path, where)
    reader: Reader = (ParquetFile if is_parquet(path) else CsvFile)(path, where, spec.as_, spec.columns)
    problems = Counter() if problems is None else problems
    rules = RowRules(
        spec.as_,
        reader.names,
        spec.faulty,
        problems,
        may_be_negative=may_be_negative,
        may_cross=spec.crossed is CrossedRows.KEEP,
    )
    shift_ns = (spec.every or 0) if spec.stamp is Stamp.OPEN else 0
    stamps = StampReader(sessions, zone, shift_ns, strict=rules.strict_time)
    checked = CheckedRows(reader, rules, stamps, start_ns, end_ns)
    events = events_of(spec.as_, symbol, checked.chunks())
    return Source(symbol=symbol, fingerprint=fingerprint, problems=problems, events=events)
