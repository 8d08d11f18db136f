"""Files as they lie on the disk: found, hashed, told apart by their first bytes, decompressed."""

import difflib
import gzip
import hashlib
import importlib
import io
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from tradepit.scenarios.sources.arrow_columns import arrow
from tradepit.scenarios.sources.source import SourceError, new_digest

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PARQUET = b"PAR1"

# What reading a damaged file can raise.
READ_ERRORS = (OSError, EOFError, zlib.error, UnicodeError)


def fingerprint_of(path: Path, where: str) -> str:
    """Return the BLAKE2b of a file's bytes, in hex.

    Raises:
        SourceError: there is no such file, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, new_digest).hexdigest()
    except FileNotFoundError:
        beside = sorted(p.name for p in path.parent.iterdir()) if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, beside, n=1)
        suggestion = f"; did you mean {near[0]!r}?" if near else ""
        raise SourceError(where, f"file must exist, was not found{suggestion}", rule="file_missing") from None
    except OSError as error:
        raise unreadable(where, error) from None


def unreadable(where: str, error: Exception) -> SourceError:
    """Return the error for a file that is there and cannot be read."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).split("\n")[0]
    return SourceError(where, f"cannot be read: {reason or type(error).__name__}", rule="unreadable")


def is_parquet(path: Path) -> bool:
    """Tell whether a file is Parquet, by its first bytes."""
    return _magic(path) == _PARQUET


def decompressed(path: Path, where: str) -> BinaryIO:
    """Open a file for reading, decompressed if it is gzip or zstd by its first bytes.

    Raises:
        SourceError: it is zstd, and nothing here reads that.
    """
    magic = _magic(path)
    if magic.startswith(_GZIP):
        return cast("BinaryIO", gzip.open(path))
    if magic != _ZSTD:
        return path.open("rb")
    pa = arrow()
    if pa is not None:
        return cast("BinaryIO", io.BufferedReader(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")))
    try:
        zstd = importlib.import_module("compression.zstd")  # from Python 3.14 on
    except ImportError:
        text = 'zstd needs pyarrow or Python 3.14: pip install "tradepit[data]"'
        raise SourceError(where, text, rule="package_missing") from None
    return cast("BinaryIO", zstd.open(path))


def _magic(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)
