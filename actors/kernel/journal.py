"""The journal: every delivered message as one entry, hashed in a chain (K13).

A file of JSON lines. The first is the header, an object whose last key is a hash of all that stands before it. Each
entry is an array `[sequence, time, sender, receiver, kind, cause, payload]`, receiver null for what is published: the
header lists which actors handle that kind. After every 4,096 entries, and at the end, comes
`{"block": n, "hash": ..., "checks": ...}`: the BLAKE2b hash over the hash before it and the bytes of the block's
entries, and the Adler-32 of each entry's line, so that damage can be told by the entry. The last of these hashes is the
run's fingerprint and stands in the last line once more. A run that broke off, or was stopped at once, is not finished.

A message kind with `__bulk__ = True` stands for data that its source can give again: at detail `orders` it is left
out, and the header's hash of the source stands for it.
"""

import base64
import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from io import BytesIO
from typing import Any, NoReturn, Protocol

import msgspec

from tradepit.actors.kernel.errors import JournalError

FORMAT_VERSION = 3
BLOCK_ENTRIES = 4096
HASH_BYTES = 16
Entry = tuple[int, int, str, str | None, str, int, Any]


class ByteSink(Protocol):
    """What a journal is written to."""

    def write(self, data: bytes, /) -> Any:
        """Take some bytes."""

    def flush(self) -> Any:
        """Let nothing be held back."""


class Detail(StrEnum):
    """What is written down: all but what is streamed in bulk, everything, or nothing."""

    ORDERS = "orders"
    FULL = "full"
    OFF = "off"


class Journal:
    """Takes entries, encodes and hashes them by the block, and writes them to a file if there is one.

    Attributes:
        detail: what is written down.
        entries: what was delivered and is not encoded yet.
        on_entries: called with all entries in their order, some at a time, before they are encoded; or None.
        written: how many entries stand in blocks that are complete.
        busy: whether it is at work, and must not be interrupted.
    """

    def __init__(
        self,
        *,
        identity: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
        detail: Detail = Detail.ORDERS,
        file: ByteSink | None = None,
    ) -> None:
        """Begin a journal; `busy` tells that it is at work, and must not be interrupted.

        Args:
            identity: what determines the run (scenario, seed, hashes of sources); the hash chain starts from it.
            about: what else the header says (versions); not part of the fingerprint, nor are the subscriptions.
            detail: `full` keeps bulk kinds, `orders` leaves them out; `off` hashes what `orders` would write and
                writes nothing.
            file: where to write, opened for bytes, or what takes them as a file does; None writes nothing.
        """
        self.detail = detail
        self.entries: list[Entry] = []
        self.on_entries: Callable[[Sequence[Entry]], None] | None = None
        self._heard = 0  # how many of the entries it was given already
        self.written = 0
        self._file = None if detail is Detail.OFF else file
        self._encode_lines = msgspec.json.Encoder(decimal_format="string", enc_hook=_encode_other).encode_lines
        # The entries of a set stand in an order that differs between processes, unless they are sorted (K6).
        self._encode_entries = msgspec.json.Encoder(
            decimal_format="string", enc_hook=_encode_other, order="deterministic"
        ).encode_lines
        self._hash = digest(self._line(dict(identity)))
        self._blocks = 0
        self._in_block = 0
        self._checks: list[int] = []  # of the lines of the block under way, for the file
        self._chain = self._next_chain()
        self.busy = False
        self._identity = identity
        self._about = about or {}

    def begin(self, subscriptions: Mapping[str, Sequence[str]]) -> None:
        """Write the header, before anything is delivered.

        Args:
            subscriptions: names of the actors that handle a kind, by kind; they stand in for the receiver of what is
                published. As the run goes an actor may want less of a kind, or wait until an instant has settled.
        """
        about = {**self._about, "subscriptions": subscriptions}
        self._put_bytes(
            sealed(
                self._line(
                    {
                        "tradepit_journal": FORMAT_VERSION,
                        "identity": self._identity,
                        "about": about,
                        "detail": self.detail,
                    }
                )
            )
        )

    @property
    def fingerprint(self) -> str:
        """Return the hash over all entries that have been flushed, as 32 hexadecimal digits."""
        return self._hash.hex()

    def keeps(self, kind: type) -> bool:
        """Tell whether entries of a kind are written down."""
        return self.detail is Detail.FULL or not getattr(kind, "__bulk__", False)

    def take(self) -> None:
        """Encode the entries gathered so far, and hash and write every block that they fill.

        Where a block ends does not depend on when this is called.
        """
        self.busy = True
        try:
            self._take()
        finally:
            self.busy = False

    def _hear(self) -> None:
        """Let each entry be heard once, whatever becomes of it then."""
        entries, heard = self.entries, self._heard
        if self.on_entries is not None and heard < len(entries):
            self._heard = len(entries)
            self.on_entries(entries[heard:] if heard else entries)

    def _take(self) -> None:
        self._hear()
        entries = self.entries
        while entries:
            room = BLOCK_ENTRIES - self._in_block
            part = entries if len(entries) <= room else entries[:room]
            try:
                lines = self._encode_entries(part)
            except Exception:  # noqa: BLE001  a message's own `__json__` may raise anything
                self._flush_up_to_the_refused()
            self._chain.update(lines)
            self._in_block += len(part)
            self._heard = max(0, self._heard - len(part))
            del entries[: len(part)]
            if self._file is not None:
                # Checked and written while they are in the processor's cache; a block as a whole would not be.
                self._checks.extend(map(zlib.adler32, BytesIO(lines)))
                self._put_bytes(lines)
            if self._in_block == BLOCK_ENTRIES:
                self._end_block()

    def flush(self) -> None:
        """Encode, hash and write the entries gathered so far, as a block of their own."""
        self.busy = True
        try:
            self._take()
            if self._in_block:
                self._end_block()
        finally:
            self.busy = False

    def _end_block(self) -> None:
        self.written += self._in_block
        self._in_block = 0
        self._hash = self._chain.digest()
        self._chain = self._next_chain()
        self._blocks += 1
        checks, self._checks = self._checks, []
        if self._file is not None:
            self._put_bytes(hash_line(self._blocks, self._hash, packed(checks)))

    def _next_chain(self) -> "hashlib.blake2b":
        return hashlib.blake2b(self._hash, digest_size=HASH_BYTES)

    def close(self, *, finished: bool = True) -> None:
        """Write what is left, and the last line with the fingerprint.

        Args:
            finished: whether the run came to its end, and not to a failure or an interruption.
        """
        try:
            self.flush()
        finally:
            self._put_bytes(end_line(self.written, self._hash, finished=finished))

    def _flush_up_to_the_refused(self) -> NoReturn:
        """Write the entries that stand before the one that cannot be encoded, and say which one that is."""
        position = -1
        while True:
            position += 1
            entry = self.entries[position]
            try:
                self._encode_entries([entry])
            except Exception as reason:
                sequence, _, sender, _, kind, _, _ = entry
                del self.entries[position:]
                self._heard = position
                self._take()
                if self._in_block:
                    self._end_block()
                raise JournalError(
                    f"the {kind} that {sender!r} sent (message {sequence}) cannot be written down: {reason}"
                ) from reason

    def _put_bytes(self, data: bytes) -> None:
        if self._file is None:
            return
        try:
            self._file.write(data)
            self._file.flush()
        except OSError as error:
            self._file = None  # up to its last line with a hash the file is sound; nothing after would follow from it
            raise JournalError(f"the journal takes no more: {error}") from error

    def _line(self, line: Any) -> bytes:
        return self._encode_lines([line])


# --- the lines that are no entries --------------------------------------------------------------------------------


def digest(*parts: bytes) -> bytes:
    """Return the BLAKE2b hash over some bytes."""
    found = hashlib.blake2b(digest_size=HASH_BYTES)
    for part in parts:
        found.update(part)
    return found.digest()


def sealed(header: bytes) -> bytes:
    """Return the header's line with one more key, the hash of the line as it was without it."""
    return b'%b,"hash":"%b"}\n' % (header[:-2], digest(header).hex().encode())


def checks_of(lines: Iterable[bytes]) -> bytes:
    """Return the Adler-32 of each line, with its end, as 4 bytes each, little-endian."""
    return packed(list(map(zlib.adler32, lines)))


def packed(checks: Sequence[int]) -> bytes:
    """Return checks as 4 bytes each, little-endian."""
    return struct.pack(f"<{len(checks)}I", *checks)


def hash_line(block: int, block_hash: bytes, checks: bytes) -> bytes:
    """Return the line that ends a block."""
    return b'{"block":%d,"hash":"%b","checks":"%b"}\n' % (block, block_hash.hex().encode(), base64.b64encode(checks))


def end_line(entries: int, fingerprint: bytes, *, finished: bool) -> bytes:
    """Return a journal's last line."""
    told = b"true" if finished else b"false"
    return b'{"end":{"entries":%d,"fingerprint":"%b","finished":%b}}\n' % (entries, fingerprint.hex().encode(), told)


def _encode_other(value: Any) -> Any:
    """Encode what msgspec does not know: anything with a `__json__` method."""
    try:
        encode = value.__json__
    except AttributeError:
        name = type(value).__qualname__
        raise TypeError(
            f"a message for the journal must be an attrs class, a dataclass or plain data, was {name}; "
            f"give it attrs fields or a method __json__"
        ) from None
    return encode()
