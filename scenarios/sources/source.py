"""What every source of market data is, and the one error by which it refuses its input."""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import attrs

from tradepit.models.market import MarketEvent

_DIGEST_BYTES = 32


class SourceError(ValueError):
    """Market data that cannot be used.

    Attributes:
        where: the file as the scenario names it, or the place in the scenario.
        row: 1-based row of the file as a text editor counts (CSV: the header is row 1; Parquet: the first row of data
            is row 1), or None where it is not about one row.
        rule: short stable name of the rule that was broken.
        value: what was found, or None.
    """

    def __init__(self, where: str, text: str, *, rule: str, row: int | None = None, value: object = None) -> None:
        super().__init__(f"{where}:{row}: {text}" if row is not None else f"{where}: {text}")
        self.where = where
        self.row = row
        self.rule = rule
        self.value = value


@attrs.define(kw_only=True, eq=False)
class Source:
    """One symbol's market data in the order of time; it can be read once.

    Attributes:
        symbol: the instrument.
        fingerprint: BLAKE2b, in hex, of what determines the data: a file's bytes, a generator's settings and seed.
        problems: how many rows were skipped or repaired, by rule and what was done; grows while the source is read.
        events: the data.
    """

    symbol: str
    fingerprint: str
    problems: Counter[str]
    events: Iterator[MarketEvent]

    def __iter__(self) -> Iterator[MarketEvent]:
        return self.events


def digest_of(*parts: bytes) -> str:
    """Return the fingerprint of some bytes; where one part ends and the next begins matters."""
    digest = new_digest()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def new_digest() -> hashlib.blake2b:
    """Return the hash that makes fingerprints."""
    return hashlib.blake2b(digest_size=_DIGEST_BYTES)


def drawn(symbol: str, settings: object, span: tuple[int | None, int | None], rng: random.Random) -> str:
    """Return the fingerprint of a generator: its settings and the state of its random stream."""
    return digest_of(symbol.encode(), repr(settings).encode(), repr(span).encode(), repr(rng.getstate()).encode())


def written(time_ns: int) -> str:
    """Return an instant as ISO 8601 in UTC, for messages; digits below the second only where there are any."""
    seconds, rest_ns = divmod(time_ns, 1_000_000_000)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{rest_ns:09d}".rstrip("0") if rest_ns else ""
    return f"{whole}{fraction}Z"
