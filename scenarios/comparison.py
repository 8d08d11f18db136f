"""Compares the journal that a run writes with one that is there, entry by entry, as it is written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import msgspec

from tradepit.actors.kernel.journal import Entry


@attrs.frozen(kw_only=True)
class EntryDifference:
    """The first place at which two journals part.

    Attributes:
        number: which entry, counted from 1.
        recorded: what the journal has there: sequence, time, sender, receiver, kind, cause, payload; None when it has
            ended.
        replayed: what came this time; None when the run has ended.
    """

    number: int
    recorded: Entry | None
    replayed: Entry | None


class Parted(BaseException):
    """The run need not go on: it has parted from the journal. No `Exception`, for nobody in the run may catch it."""


class Enough(BaseException):
    """The run need not go on: the journal goes no further. As `Parted`."""


class Comparison:
    """Takes what a journal writes, as a file does, and compares its entries with those of a journal that is there.

    Attributes:
        equal: how many entries were equal.
        difference: the first that was not, or None.
    """

    def __init__(self, recorded: Path, *, most: int | None = None) -> None:
        """Open a journal that has been read through.

        Args:
            recorded: the journal.
            most: how many of its entries count; None for all.
        """
        self._lines = _entry_lines(recorded)
        self._most = most
        self.equal = 0
        self.difference: EntryDifference | None = None

    def write(self, data: bytes) -> None:
        """Compare the entries among some lines.

        Raises:
            Parted: the first that is not equal.
        """
        if self.difference is not None:
            return  # the journal is being closed, as after any error
        for line in data.splitlines(keepends=True):
            if not line.startswith(b"["):
                continue
            recorded = self._next()
            if recorded != line:
                self._part(recorded, line)
                raise Parted
            self.equal += 1

    def flush(self) -> None:
        """Do nothing: there is nothing held back."""

    def finish(self) -> None:
        """Note the entry that should have followed, if one should, when the run is over."""
        if self.difference is None and (recorded := self._next()) is not None:
            self._part(recorded, None)

    def _next(self) -> bytes | None:
        if self._most is not None and self.equal >= self._most:
            return None
        return next(self._lines, None)

    def _part(self, recorded: bytes | None, replayed: bytes | None) -> None:
        self.difference = EntryDifference(number=self.equal + 1, recorded=_entry(recorded), replayed=_entry(replayed))


class UpTo(list[Any]):
    """The list in which a journal's entries are gathered, for a run that is to end at one of them."""

    def __init__(self, entries: int) -> None:
        """Make an empty list that takes so many entries, over all."""
        super().__init__()
        self._left = entries

    def append(self, entry: Any) -> None:
        """Take an entry.

        Raises:
            Enough: it was the last; what it is about has not been handled yet.
        """
        super().append(entry)
        self._left -= 1
        if self._left <= 0:
            raise Enough


def _entry_lines(journal: Path) -> Iterator[bytes]:
    with journal.open("rb") as file:
        for line in file:
            if line.startswith(b"[") and line.endswith(b"\n"):
                yield line


def _entry(line: bytes | None) -> Entry | None:
    if line is None:
        return None
    found: list[Any] = msgspec.json.decode(line)
    return (found[0], found[1], found[2], found[3], found[4], found[5], found[6])
