"""Finds what happened to a block of a journal whose hash does not agree: which line, and where it can be, which byte.

The hash line holds the Adler-32 of every entry's line. Those that agree before and behind close in on what was
changed. One changed byte can be found out exactly: the two sums of Adler-32 give its place and what it was, and the
block's hash proves it.
"""

import base64
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

import attrs
import msgspec

from tradepit.actors.kernel.journal import BLOCK_ENTRIES, checks_of, digest, hash_line
from tradepit.actors.kernel.journal_damage import Damage

Found = tuple[Damage, int, int, str]
"""(what is wrong, how many lines further on, how many bytes into that line, words)"""

_PRIME = 65521
_MOST_NAMED = 8


class _HashLine(msgspec.Struct):
    block: int
    hash: str
    checks: str


@attrs.frozen(kw_only=True)
class Block:
    """A block as it stands in the file.

    Attributes:
        number: which one it should be, from 1.
        lines: of its entries.
        hash: computed over them.
        checks: computed from them.
        before: the hash of the block before.
    """

    number: int
    lines: list[bytes]
    hash: bytes
    checks: bytes
    before: bytes


def wrong_with_block(block: Block, closing: bytes, expected: bytes) -> Found:
    """Return what is wrong with a block whose hash line is not what its entries give.

    Args:
        block: the block.
        closing: its hash line.
        expected: the hash line that would agree.
    """
    count = len(block.lines)
    at = first_difference(closing, expected)
    changed = (Damage.HASH_LINE, count, at, f"the hash line of block {block.number} was changed at its byte {at}")
    if block.lines and block.hash.hex().encode() in closing:
        return changed
    try:
        said = msgspec.json.decode(closing, type=_HashLine)
        checks = base64.b64decode(said.checks, validate=True)
    except (msgspec.MsgspecError, UnicodeError, ValueError):
        return changed
    if said.block != block.number:
        return _wrong_number(block, said.block, checks)
    if checks == block.checks:
        text = f"the hash of block {block.number} was changed: its entries give {block.hash.hex()}, it says {said.hash}"
        return Damage.HASH_LINE, count, at, text
    return _wrong_lines(block, checks, said.hash)


def _wrong_number(block: Block, number: int, checks: bytes) -> Found:
    if not block.lines:
        return Damage.HASH_LINE, 0, 0, f"the hash line of block {number} stands here once more, or without its entries"
    if number < block.number:
        return Damage.BLOCK, 0, 0, f"block {number} stands where block {block.number} belongs"
    ours, theirs = len(block.checks), len(checks)
    if ours > theirs and block.checks.endswith(checks):
        missing = (ours - theirs) // 4
        text = f"the hash line of block {block.number} is missing"
        return Damage.HASH_LINE, missing, 0, text
    return Damage.BLOCK, 0, 0, f"block {block.number} is missing: block {number} stands in its place"


def _wrong_lines(block: Block, said: bytes, said_hash: str) -> Found:
    ours, theirs = _numbers(block.checks), _numbers(said)
    first = _same_at_the_beginning(ours, theirs)
    behind = _same_at_the_beginning(ours[first:][::-1], theirs[first:][::-1])
    here, there = ours[first : len(ours) - behind], theirs[first : len(theirs) - behind]
    after = f"after {_named(block.lines[first - 1])}" if first else f"at the beginning of block {block.number}"
    if not here:
        return Damage.MISSING, first, 0, f"{_entries(len(there))} missing {after}"
    if not there:
        text = f"{_entries(len(here))} too many {after}: {_named(block.lines[first])}"
        return Damage.TOO_MANY, first, 0, text
    if Counter(here) == Counter(there):
        text = (
            f"{_entries(len(here))} not in the order in which they were written, from {_named(block.lines[first])} on"
        )
        return Damage.REORDERED, first, 0, text
    if len(here) == len(there) == 1:
        return _changed_line(block, first, theirs[first], said_hash)
    if len(here) == len(there):
        wrong = [first + at for at, (one, other) in enumerate(zip(here, there, strict=True)) if one != other]
        names = ", ".join(_named(block.lines[index]) for index in wrong[:_MOST_NAMED])
        more = f" and {len(wrong) - _MOST_NAMED:,} more" if len(wrong) > _MOST_NAMED else ""
        return Damage.ENTRIES, first, 0, f"{len(wrong)} entries were changed: {names}{more}"
    text = f"{len(here)} lines stand {after} where {_entries(len(there), 'was', 'were')} written"
    return Damage.ENTRIES, first, 0, text


def _changed_line(block: Block, index: int, check: int, said_hash: str) -> Found:
    line = block.lines[index]
    name = _named(line)
    number = index + 1
    for at, was in _changes_of_one_byte(line, check):
        whole = line[:at] + bytes([was]) + line[at + 1 :]
        if digest(block.before, *block.lines[:index], whole, *block.lines[index + 1 :]).hex() == said_hash:
            text = f"{name} was changed: byte {at} of its line is {_byte(line[at])} and was {_byte(was)}"
            return Damage.ENTRY, index, at, text
    return Damage.ENTRY, index, 0, f"{name}, number {number} of block {block.number}, was changed"


def _changes_of_one_byte(line: bytes, check: int) -> Iterator[tuple[int, int]]:
    """Yield which byte of a line may have been changed, and what it was, if one explains the check it should have.

    There is one place at most in every 65,521 bytes.
    """
    now = zlib.adler32(line)
    change = ((check & 0xFFFF) - (now & 0xFFFF)) % _PRIME
    if change == 0:
        return
    weighted = ((check >> 16) - (now >> 16)) % _PRIME
    from_end = weighted * pow(change, -1, _PRIME) % _PRIME
    for at in range(len(line) - (from_end or _PRIME), -1, -_PRIME):
        was = line[at] + (change if change < 256 else change - _PRIME)
        if 0 <= was < 256:
            yield at, was


def changed_hash_line(line: bytes, index: int, number: int, body: Sequence[bytes], before: bytes) -> Found:
    """Return where a line was changed that is the hash line of a block; see `wrong_line`."""
    joined = line.find(b'{"block":')
    if line.startswith(b"[") and joined > 0:
        text = f"the end of the line of {_named(line)} was changed: the hash line of block {number} stands on it too"
        return Damage.ENTRY, index, joined - 1, text
    at = first_difference(line, hash_line(number, digest(before, *body), checks_of(body)))
    return Damage.HASH_LINE, index, at, f"the hash line of block {number} was changed at its byte {at}"


def wrong_line(line: bytes, index: int, number: int, body: Sequence[bytes], before: bytes) -> Found:
    """Return what is wrong with a line that is neither an entry nor a hash line.

    Args:
        line: the line.
        index: how many lines further on it stands.
        number: of the block under way.
        body: the lines of the block before it.
        before: the hash of the block before.
    """
    if b'"hash"' in line or b'"checks"' in line or len(body) == BLOCK_ENTRIES:
        return changed_hash_line(line, index, number, body, before)
    after = f"after {_named(body[-1])}" if body else f"at the beginning of block {number}"
    return Damage.ENTRY, index, 0, f"the line {after} is no entry: {line[:60].decode('utf-8', 'backslashreplace')!r}"


def first_difference(one: bytes, other: bytes) -> int:
    """Return the first place at which two lines differ; the length of the shorter where one begins the other."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))


def _numbers(checks: bytes) -> list[int]:
    return [int.from_bytes(checks[at : at + 4], "little") for at in range(0, len(checks), 4)]


def _same_at_the_beginning(one: Sequence[int], other: Sequence[int]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _named(line: bytes) -> str:
    """Return an entry's name by the sequence at its beginning, as far as that can be read."""
    digits = line[1:].split(b",", 1)[0]
    if line.startswith(b"[") and digits.isdigit():
        return f"entry {digits.decode()}"
    return f"the entry {line[:40].decode('utf-8', 'backslashreplace')!r}"


def _entries(count: int, one: str = "is", several: str = "are") -> str:
    return f"1 entry {one}" if count == 1 else f"{count:,} entries {several}"


def _byte(value: int) -> str:
    return f"{chr(value)!r}" if 32 <= value < 127 else f"0x{value:02x}"
