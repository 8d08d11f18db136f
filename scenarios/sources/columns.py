"""Which column of a file holds what: by the usual names, or as the scenario maps them."""

from collections.abc import Mapping, Sequence

import attrs

from tradepit.scenarios.calendars import nearest
from tradepit.scenarios.sources.source import SourceError
from tradepit.scenarios.tree import COLUMNS, MarketKind

_OPTIONAL = frozenset({"vwap"})
# Other names under which files of many vendors have our columns; compared in lower case, blanks and dashes as _.
_ALSO: Mapping[str, tuple[str, ...]] = {
    "time": ("date", "datetime", "timestamp", "date_time"),
    "volume": ("vol",),
    "bid": ("bid_price",),
    "ask": ("ask_price",),
    "bid_size": ("bidsize", "bid_quantity"),
    "ask_size": ("asksize", "ask_quantity"),
    "size": ("quantity", "qty"),
}


@attrs.frozen
class Layout:
    """Where a file keeps the columns that are wanted.

    Attributes:
        names: our names, in the order of `COLUMNS`; optional ones only where the file has them.
        positions: the position of each in the file, counted from 0.
    """

    names: tuple[str, ...]
    positions: tuple[int, ...]


def layout_of(where: str, header: Sequence[str], kind: MarketKind, mapped: Mapping[str, str]) -> Layout:
    """Find the columns of a kind of market data in a file's header.

    Args:
        where: the file, for messages.
        header: the file's column names.
        kind: what the rows are.
        mapped: our name to the file's, as the scenario says.

    Raises:
        SourceError: a column is missing, or two could be it.
    """
    for name in mapped:
        if name not in COLUMNS[kind]:
            known = ", ".join(COLUMNS[kind])
            raise SourceError(
                where,
                f"columns of {kind} are {known}, was {name!r}{nearest(name, COLUMNS[kind])}",
                rule="column_unknown",
                value=name,
            )
    tidy = [_tidy(cell) for cell in header]
    found: dict[str, int] = {}
    for name in COLUMNS[kind]:
        position = (
            _position_of_mapped(where, header, tidy, name, mapped[name])
            if name in mapped
            else _position_by_name(where, header, tidy, name, set(mapped.values()))
        )
        if position is not None:
            found[name] = position
    return Layout(tuple(found), tuple(found.values()))


def _tidy(name: str) -> str:
    """Return a column's name as it is compared."""
    return "_".join(name.strip().lower().replace("-", " ").replace("_", " ").split())


def _position_of_mapped(where: str, header: Sequence[str], tidy: Sequence[str], name: str, wanted: str) -> int:
    """Return where a column is that the scenario names: exactly so, or else but for case and blanks."""
    exact = [i for i, cell in enumerate(header) if cell.strip() == wanted]
    positions = exact or [i for i, cell in enumerate(tidy) if cell == _tidy(wanted)]
    if not positions:
        raise _missing(where, header, wanted, f" for {name}")
    return _only(where, header, positions, name)


def _position_by_name(where: str, header: Sequence[str], tidy: Sequence[str], name: str, taken: set[str]) -> int | None:
    """Return where a column is that goes by one of its usual names."""
    names = (name, *_ALSO.get(name, ()))
    positions = [i for i, cell in enumerate(tidy) if cell in names and header[i].strip() not in taken]
    if not positions:
        if name in _OPTIONAL:
            return None
        raise _missing(where, header, name, "")
    return _only(where, header, positions, name)


def _only(where: str, header: Sequence[str], positions: Sequence[int], name: str) -> int:
    """Return the one position that was found."""
    if len(positions) > 1:
        several = ", ".join(repr(header[i].strip()) for i in positions)
        raise SourceError(
            where,
            f"{name} must be one column, was {several}; say which: columns: {{{name}: ...}}",
            rule="column_ambiguous",
            value=several,
        )
    return positions[0]


def _missing(where: str, header: Sequence[str], wanted: str, purpose: str) -> SourceError:
    """Return the error for a column that is not there."""
    present = ", ".join(repr(cell.strip()[:40]) for cell in header[:20])
    return SourceError(
        where,
        f"column {wanted!r}{purpose} is missing; the first row has {present}{nearest(wanted, header)}",
        rule="column_missing",
        value=wanted,
    )
