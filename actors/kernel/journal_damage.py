"""What can be wrong with a journal's file, and where: the account that whoever reads it gets (K13)."""

from enum import StrEnum

import attrs

from tradepit.actors.kernel.errors import KernelError


class Damage(StrEnum):
    """What is wrong with a journal."""

    EMPTY = "empty"
    NOT_A_JOURNAL = "not a journal"
    OTHER_FORMAT = "another format"
    HEADER = "header changed"
    ENTRY = "entry changed"
    ENTRIES = "entries changed"
    MISSING = "entries missing"
    TOO_MANY = "entries too many"
    REORDERED = "entries reordered"
    HASH_LINE = "hash line changed"
    BLOCK = "block missing"
    END_LINE = "end line changed"
    CUT = "cut short"
    TRAILING = "something follows"


@attrs.frozen(kw_only=True)
class Sound:
    """The part of a damaged journal that is as it was written.

    Attributes:
        blocks: how many whole blocks agree with their hashes.
        entries: how many entries they have.
        unsealed: how many whole entries follow that no hash covers, where a journal was cut short.
        last_sequence: the sequence of the last whole entry, 0 where there is none.
        bytes: how long the part is that ends with the last whole entry or hash line.
    """

    blocks: int = 0
    entries: int = 0
    unsealed: int = 0
    last_sequence: int = 0
    bytes: int = 0

    def __str__(self) -> str:
        """Return the words for a person."""
        if not self.entries and not self.unsealed:
            return "no whole block stands before it"
        parts = []
        if self.blocks:
            parts.append(
                f"{_counted(self.blocks, 'block')} with {_counted(self.entries, 'entry')} as they were written"
            )
        if self.unsealed:
            and_then = "then " if parts else ""
            parts.append(f"{and_then}{_counted(self.unsealed, 'whole entry')} that no hash covers")
        return f"before it, {', '.join(parts)}; the last whole entry has sequence {self.last_sequence}"


@attrs.define(kw_only=True)
class JournalDamaged(KernelError):  # noqa: N818  errors are named after what happened
    """A journal is not as it was written.

    Attributes:
        damage: what is wrong.
        text: that in words, with the figures.
        offset: the byte at which it begins, from 0.
        line: the line that it is on, from 1.
        sequence: sequence of the entry that is damaged, as far as it can be known; None where it is no entry.
        sound: what stands before it.
    """

    damage: Damage
    text: str
    offset: int
    line: int
    sequence: int | None = None
    sound: Sound = Sound()

    def __str__(self) -> str:
        return f"line {self.line}, byte {self.offset}: {self.text}; {self.sound}"


def _counted(count: int, what: str) -> str:
    if count == 1:
        return f"1 {what}"
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count:,} {plural}"
