"""Columns of pyarrow as numpy arrays, where that goes without a closer look at single rows.

Whatever is out of the ordinary (an empty cell in the time column, a bare date, stamps of unequal width) gives None: the
rows are then read one by one, by code that knows all cases. Values are taken out of pyarrow's buffers: its compute
functions cost 10 MB to load, and its `to_numpy` imports pandas, which costs 50.
"""

from types import ModuleType
from typing import TYPE_CHECKING, Any

from tradepit.scenarios.sources.stamps import TimeKind, epoch_unit_ns
from tradepit.scenarios.sources.text_stamps import digits_of, iso_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_UNITS_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_FLOATS = {"double": "float64", "float": "float32", "halffloat": "float16"}  # pyarrow's names to numpy's
_LIMIT_NS = 2**63
_COMPACT_DATE = 8  # 20240102
_LONGEST_EPOCH = 18  # digits that surely fit int64


def arrow() -> ModuleType | None:
    """Return pyarrow if it is here, and numpy with it."""
    try:
        import numpy as np  # noqa: F401  asked for: columns leave pyarrow as arrays of numpy
        import pyarrow as pa
    except ImportError:
        return None
    module: ModuleType = pa
    return module


def floats_of(column: Any) -> "NDArray[np.float64] | None":
    """Return a column of numbers, NaN where it has none; None where it is neither of floats nor of integers."""
    import numpy as np
    import pyarrow as pa

    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        return None
    floats = _values(column).astype(np.float64, copy=False)
    if column.null_count:
        bits = np.unpackbits(np.frombuffer(column.buffers()[0], dtype=np.uint8), bitorder="little")
        floats = np.where(bits[column.offset : column.offset + len(column)], floats, np.nan)
    return floats


def times_of(column: Any) -> "tuple[TimeKind, NDArray[np.int64]] | None":
    """Return a column of stamps as ns, either instants or wall-clock time."""
    import pyarrow as pa

    kind = column.type
    if column.null_count or not len(column):
        return None
    if pa.types.is_string(kind):
        return _of_text(column)
    if pa.types.is_integer(kind):
        return _of_epochs(_values(column))
    if not pa.types.is_timestamp(kind):
        return None
    stamps = _scaled(_values(column.view(pa.int64())), _UNITS_NS[kind.unit])
    return None if stamps is None else ("local" if kind.tz is None else "utc", stamps)


def ns_of(column: Any) -> list[int | None]:
    """Return a column of timestamps, row by row, in ns."""
    import pyarrow as pa

    unit_ns = _UNITS_NS[column.type.unit]
    return [None if count is None else count * unit_ns for count in column.view(pa.int64()).to_pylist()]


def _values(column: Any) -> "NDArray[Any]":
    """Return a column of numbers as it lies in memory; where it has nulls there is anything."""
    import numpy as np

    name = str(column.type)
    values = np.frombuffer(column.buffers()[1], dtype=_FLOATS.get(name, name))
    return values[column.offset : column.offset + len(column)]


def _of_text(column: Any) -> "tuple[TimeKind, NDArray[np.int64]] | None":
    """Return stamps that are written in one width all through, as most files have them."""
    import numpy as np

    _, offsets, text = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    width = int(ends[1] - ends[0])
    if not width or int(ends[-1] - ends[0]) != width * len(column) or (np.diff(ends) != width).any():
        return None
    stamps = np.frombuffer(text, dtype=np.uint8)[ends[0] : ends[-1]].reshape(len(column), width)
    letters = np.ascontiguousarray(stamps.T)
    if str(column[0]).isdigit():
        epochs = digits_of(letters) if _COMPACT_DATE < width <= _LONGEST_EPOCH else None
        return None if epochs is None else _of_epochs(epochs)
    return iso_of(letters)


def _of_epochs(stamps: "NDArray[Any]") -> "tuple[TimeKind, NDArray[np.int64]] | None":
    """Return epochs of one unit in ns, None where they differ in it."""
    least, most = int(stamps.min()), int(stamps.max())
    unit_ns = epoch_unit_ns(least)
    if least < 0 or unit_ns != epoch_unit_ns(most) or most >= _LIMIT_NS:
        return None
    scaled = _scaled(stamps.astype("int64", copy=False), unit_ns)
    return None if scaled is None else ("utc", scaled)


def _scaled(counts: "NDArray[np.int64]", unit_ns: int) -> "NDArray[np.int64] | None":
    """Return counts of a unit in ns, None where that is beyond int64."""
    if unit_ns == 1:
        return counts
    if max(abs(int(counts.min())), abs(int(counts.max()))) * unit_ns >= _LIMIT_NS:
        return None
    return counts * unit_ns
