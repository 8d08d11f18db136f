"""Reads a journal and believes none of it: hashes are computed again over the bytes that are there (K13).

Entries are given out when the hash of their block has agreed, never before. The first thing that is wrong ends the
reading with an account of it; nothing is skipped.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final

import attrs
import msgspec

from tradepit.actors.kernel.journal import BLOCK_ENTRIES, FORMAT_VERSION, Entry, checks_of, digest, end_line, hash_line
from tradepit.actors.kernel.journal import sealed as sealed_line
from tradepit.actors.kernel.journal_damage import Damage, JournalDamaged, Sound
from tradepit.actors.kernel.journal_diagnosis import (
    Block,
    changed_hash_line,
    first_difference,
    wrong_line,
    wrong_with_block,
)

_MAGIC: Final = b'{"tradepit_journal":'
_SEAL_LENGTH: Final = len(b',"hash":""}\n') + 32
_HASH_LINE: Final = b'{"block":'
_END_LINE: Final = b'{"end":'
_LONGEST_HEADER: Final = 1 << 26

_entry = msgspec.json.Decoder(tuple[int, int, str, str | None, str, int, Any])
_BAD_JSON = (msgspec.MsgspecError, UnicodeError, RecursionError)


@attrs.frozen(kw_only=True)
class Header:
    """A journal's first line.

    Attributes:
        identity: what determines the run.
        about: what else is said of it.
        detail: what was written down: `orders` or `full`.
    """

    identity: dict[str, Any]
    about: dict[str, Any]
    detail: str


@attrs.frozen(kw_only=True)
class End:
    """A journal's last line.

    Attributes:
        entries: how many there are.
        fingerprint: the hash over all of them.
        finished: whether the run came to its end, and not to a failure or an interruption.
    """

    entries: int
    fingerprint: str
    finished: bool


class _Header(msgspec.Struct):
    tradepit_journal: int
    identity: msgspec.Raw
    about: dict[str, Any]
    detail: str
    hash: str


class JournalReader:
    """One reading of a journal, from its beginning to its end.

    Attributes:
        header: the first line.
        end: the last line, when the reading has come to it.
        sound: what has been read and is as it was written.
    """

    def __init__(self, source: Path | bytes) -> None:
        """Open a journal and read its header.

        Raises:
            JournalDamaged: there is no header, or it is not as it was written.
            OSError: the file cannot be read.
        """
        self._file: IO[bytes] = BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        self._offset = 0
        self._line = 1
        self._unsealed: list[bytes] = []
        self.end: End | None = None
        self.sound = Sound()
        try:
            line = self._file.readline(_LONGEST_HEADER)
            self.header, self._hash = self._header(line)
        except BaseException:
            self._file.close()
            raise
        self._advance([line])

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries, each as soon as the hash of its block has agreed.

        Raises:
            JournalDamaged: what comes next is not as it was written.
        """
        for lines in self.blocks():
            yield from map(_entry.decode, lines)

    def blocks(self) -> Iterator[list[bytes]]:
        """Yield the lines of the entries, block by block, each when its hash has agreed.

        Raises:
            JournalDamaged: what comes next is not as it was written.
        """
        with self._file:
            while True:
                body, closing = self._next_lines()
                if closing.startswith(_HASH_LINE):
                    self._check_block(body, closing)
                    yield body
                elif closing.startswith(_END_LINE) and not body:
                    self._check_end(closing)
                    return
                else:
                    self._refuse(body, closing)

    def close(self) -> None:
        """Read no further; a reading that has come to its end, or to damage, closes by itself."""
        self._file.close()

    def unsealed(self) -> Iterator[Entry]:
        """Yield the whole entries that no hash covers, of a journal that was found to be cut short."""
        yield from map(_entry.decode, self._unsealed)

    # --- lines ----------------------------------------------------------------------------------------------------

    def _next_lines(self) -> tuple[list[bytes], bytes]:
        """Return lines up to the one that ends a block or the journal, and that; it is empty at the file's end."""
        body: list[bytes] = []
        for line in self._file:
            if line.startswith((_HASH_LINE, _END_LINE)):
                return body, line
            body.append(line)
            if len(body) > 2 * BLOCK_ENTRIES:
                break  # whatever this is, it is not a block
        return body, b""

    def _advance(self, lines: list[bytes]) -> None:
        self._offset += sum(map(len, lines))
        self._line += len(lines)

    def _header(self, line: bytes) -> tuple[Header, bytes]:
        if not line:
            raise self._damaged(Damage.EMPTY, "the file is empty")
        at = first_difference(line, _MAGIC)
        if at == len(line):
            raise self._damaged(Damage.CUT, "the file ends within the header", at)
        if at < len(_MAGIC):
            text = f"a journal begins with {_MAGIC.decode()}, this file with {_shown(line)}"
            raise self._damaged(Damage.NOT_A_JOURNAL, text, at)
        version = line[len(_MAGIC) :].split(b",")[0]
        if not line.endswith(b"\n"):
            raise self._damaged(Damage.CUT, "the file ends within the header", len(line))
        whole = sealed_line(line[:-_SEAL_LENGTH] + b"}\n") == line
        if not version.isdigit():
            text = f"the header was changed: its format must be a number, was {_shown(version)}"
            raise self._damaged(Damage.HEADER, text, len(_MAGIC))
        if version != str(FORMAT_VERSION).encode():
            also = "" if whole else "; nor does the header's hash agree, so the line may have been changed"
            text = f"the journal has format {_shown(version)}, this version of tradepit reads {FORMAT_VERSION}{also}"
            raise self._damaged(Damage.OTHER_FORMAT, text, len(_MAGIC))
        try:
            found = msgspec.json.decode(line, type=_Header)
            identity = msgspec.json.decode(found.identity, type=dict[str, Any])
        except _BAD_JSON as error:
            raise self._damaged(Damage.HEADER, f"the header cannot be read: {error}") from None
        if not whole:
            right = digest(line[:-_SEAL_LENGTH], b"}\n").hex()
            text = f"the header was changed: its hash is {right}, it says {found.hash}"
            raise self._damaged(Damage.HEADER, text)
        header = Header(identity=identity, about=found.about, detail=found.detail)
        return header, digest(bytes(found.identity), b"\n")

    def _check_block(self, body: list[bytes], closing: bytes) -> None:
        block_hash = digest(self._hash, *body)
        checks = checks_of(body)
        number = self.sound.blocks + 1
        expected = hash_line(number, block_hash, checks)
        if closing != expected:
            self._refuse_swallowed(body, number)
            block = Block(number=number, lines=body, hash=block_hash, checks=checks, before=self._hash)
            if not closing.endswith(b"\n") and expected.startswith(closing):
                self._cut(body, closing)
            self._raise(wrong_with_block(block, closing, expected), body)
        last = 0
        for index, line in enumerate(body):
            sequence = sequence_of(line)
            if sequence is None:
                self._raise((Damage.ENTRY, index, 0, "this is no entry, though its hash agrees"), body)
            last = sequence or last
        if not 0 < len(body) <= BLOCK_ENTRIES:
            text = f"a block has 1 to {BLOCK_ENTRIES} entries, this one has {len(body)}, though its hash agrees"
            self._raise((Damage.HASH_LINE, len(body), 0, text), [*body, closing])
        self._advance([*body, closing])
        self._hash = block_hash
        self.sound = Sound(
            blocks=number, entries=self.sound.entries + len(body), last_sequence=last, bytes=self._offset
        )

    def _refuse_swallowed(self, body: list[bytes], number: int) -> None:
        """Say so when a changed hash line stands among the entries, and the one of the next block was taken for it."""
        for index, line in enumerate(body):
            if sequence_of(line) is None:
                if any(b'"checks":"' in part for part in body[index : index + 2]):  # a new line may split it
                    self._raise(changed_hash_line(line, index, number, body[:index], self._hash), body)
                return

    def _check_end(self, closing: bytes) -> None:
        entries = self.sound.entries
        for finished in (True, False):
            expected = end_line(entries, self._hash, finished=finished)
            if closing == expected:
                self.end = End(entries=entries, fingerprint=self._hash.hex(), finished=finished)
                break
        else:
            self._refuse_end(closing)
        self._advance([closing])
        rest = self._file.read(1)
        if rest:
            raise self._damaged(Damage.TRAILING, "the journal ends here, and something follows its last line")

    def _refuse_end(self, closing: bytes) -> None:
        """Say what is wrong with a line that should be the last."""
        ends = [end_line(self.sound.entries, self._hash, finished=finished) for finished in (True, False)]
        if not closing.endswith(b"\n") and any(end.startswith(closing) for end in ends):
            raise self._damaged(Damage.CUT, "the file ends within its last line", len(closing))
        expected = max(ends, key=lambda end: (len(end) == len(closing), first_difference(closing, end)))
        at = first_difference(closing, expected)
        text = f"the last line was changed: it says {_shown(closing)} where {_shown(expected)} would agree"
        raise self._damaged(Damage.END_LINE, text, at)

    def _refuse(self, body: list[bytes], closing: bytes) -> None:
        """Say what is wrong where lines end in neither a hash line nor, rightly, the end line."""
        number = self.sound.blocks + 1
        for index, line in enumerate(body):
            if line.endswith(b"\n") and sequence_of(line) is not None:
                continue
            if not line.endswith(b"\n") and self._may_be_cut(index, line):
                self._cut(body, b"")
            if index == 0 and (b'"end"' in line or b'"fingerprint"' in b"".join(body[:2])):  # a new line may split it
                self._refuse_end(line)
            self._raise(wrong_line(line, index, number, body[:index], self._hash), body)
        if closing or len(body) > BLOCK_ENTRIES:
            text = f"the hash line of block {number} is missing"
            self._raise((Damage.HASH_LINE, min(len(body), BLOCK_ENTRIES), 0, text), [*body, closing])
        self._cut(body, b"")

    def _may_be_cut(self, before: int, line: bytes) -> bool:
        """Tell whether a line without an end may be the beginning of what belongs behind so many entries."""
        if line.startswith(b"["):
            return before < BLOCK_ENTRIES
        return (_HASH_LINE if before else _END_LINE).startswith(line)

    def _cut(self, body: list[bytes], closing: bytes) -> None:
        """Say how far a journal goes that ends before its last line."""
        whole = [line for line in body if line.endswith(b"\n")]
        sequences = [sequence_of(line) for line in whole]
        self._advance(whole)
        self._unsealed = whole
        rest = len(closing) or sum(map(len, body[len(whole) :]))
        self.sound = attrs.evolve(
            self.sound,
            unsealed=len(whole),
            last_sequence=(sequences[-1] if sequences else None) or self.sound.last_sequence,
            bytes=self._offset,
        )
        where = "within a line" if rest else "before its last line"
        text = f"the file ends {where}: the run was killed, or the file was cut"
        raise self._damaged(Damage.CUT, text, rest)

    # --- accounts -------------------------------------------------------------------------------------------------

    def _raise(self, found: tuple[Damage, int, int, str], lines: list[bytes]) -> None:
        """Raise the account of damage that was found so many lines, and bytes in the line, further on."""
        damage, index, at, text = found
        sequence = None
        if damage in (Damage.ENTRY, Damage.ENTRIES, Damage.TOO_MANY, Damage.REORDERED) and index < len(lines):
            sequence = sequence_of(lines[index])
        offset = self._offset + sum(map(len, lines[:index])) + at
        raise JournalDamaged(
            damage=damage, text=text, offset=offset, line=self._line + index, sequence=sequence, sound=self.sound
        )

    def _damaged(self, damage: Damage, text: str, at: int = 0) -> JournalDamaged:
        return JournalDamaged(damage=damage, text=text, offset=self._offset + at, line=self._line, sound=self.sound)


def header_of(source: Path | bytes) -> Header:
    """Return a journal's header alone.

    Raises:
        JournalDamaged: there is none, or it is not as it was written.
        OSError: the file cannot be read.
    """
    reader = JournalReader(source)
    reader.close()
    return reader.header


def read_through(source: Path | bytes) -> JournalReader:
    """Read a journal to its end, and return the reader that knows of it.

    Raises:
        JournalDamaged: it is not as it was written.
        OSError: the file cannot be read.
    """
    reader = JournalReader(source)
    for _ in reader.blocks():
        pass
    return reader


def sequence_of(line: bytes) -> int | None:
    """Return the sequence of an entry's line, None where it is no entry."""
    try:
        return _entry.decode(line)[0] if line.startswith(b"[") else None
    except _BAD_JSON:
        return None


def _shown(line: bytes) -> str:
    text = line[:80].decode("utf-8", "backslashreplace").rstrip("\n")
    return f"{text!r}" if len(line) <= 80 else f"{text!r}..."
