"""The works' data and rules, stated once for the plain loops, for Tradepit and for every other engine.

W1. A million one-minute bars of one symbol. On the close of each bar from the 30th on, the mean of the last 10
closes is compared with the mean of the last 30: long 100 when it is above, flat when it is below. A change is made
by one market order, which is filled in full at the open of the next bar, without costs. The last bar decides
nothing, for no bar follows. Final equity is the cash and the position at the last close.

W1b. The same bars. Every bar from the second to the last but one sends a market order for 1, buying and selling in
turn, filled at the open of the next bar.

W2. A million quotes of one symbol. Every hundredth sends a market order for 1, buying and selling in turn, filled at
once at the far side of that quote, without costs. Final equity is the cash and the position at the last mid.

The bars are made so that every engine can do exactly this:

- Each opens where the last one closed. So an engine that fills a market order at once, at the close, and one that
  fills it at the next open pay the same price.
- The two means are never equal. So no engine's way of rounding them can change a decision.
- Prices are whole cents, and come from integers alone: the bars are the same on every machine.
- At least 10,000 trade in a bar. So no limit on the share of volume stands in the way.

This leaves out the gaps, thin bars and costs of a real market; they are the business of the tests, not of the bench.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

BENCH_DIR = Path(".bench")
SYMBOL = "SYN"
FAST = 10
SLOW = 30
QUANTITY = 100
CASH = 1_000_000
ACTORS = 8
BAR_NS = 60_000_000_000
QUOTE_NS = 1_000_000_000
QUOTES_AN_ORDER = 100
START = datetime(2020, 1, 1, tzinfo=UTC)

_SEED = 20_200_101
_CENTRE_CENTS = 10_000
_STEP_CENTS = 20
_WICK_CENTS = 8
_MIN_VOLUME = 10_000
_MIN_SIZE = 100


class Row(NamedTuple):
    """One bar: its end in ns since the Unix epoch (UTC), prices in cents, and volume."""

    time: int
    open: int
    high: int
    low: int
    close: int
    volume: int


def bars_in_cents(count: int) -> Iterator[Row]:
    """Make the works' bars: a random walk, pulled gently towards 100.00 so that it never nears zero.

    The draws are those of Knuth's MMIX linear congruential generator (The Art of Computer Programming, 3.3.4,
    table 1), whose upper bits are cut into a step, two wicks and a volume.
    """
    state = _SEED
    time = int(START.timestamp()) * 1_000_000_000
    close = _CENTRE_CENTS
    recent: deque[int] = deque(maxlen=SLOW)
    for _ in range(count):
        state = _next_state(state)
        draw, step = divmod(state >> 24, 2 * _STEP_CENTS + 1)
        draw, up = divmod(draw, _WICK_CENTS)
        draw, down = divmod(draw, _WICK_CENTS)
        opening = close
        close += step - _STEP_CENTS + (_CENTRE_CENTS - close) // 256
        recent.append(close)
        if len(recent) == SLOW and FAST * sum(recent) == SLOW * sum(list(recent)[-FAST:]):
            close += 1
            recent[-1] = close
        time += BAR_NS
        high = max(opening, close) + up
        low = min(opening, close) - down
        yield Row(time, opening, high, low, close, _MIN_VOLUME + draw % _MIN_VOLUME)


def rows(count: int) -> Iterator[tuple[int, float, float, float, float, float]]:
    """Give the works' bars as (time, open, high, low, close, volume), prices in floats as a market would give them."""
    for time, opening, high, low, close, volume in bars_in_cents(count):
        yield time, opening / 100, high / 100, low / 100, close / 100, float(volume)


def quotes_in_cents(count: int) -> Iterator[tuple[int, int, int, int]]:
    """Make W2's quotes: (time, bid, ask, size of either side), two cents apart, around a walk as that of the bars."""
    state = _SEED
    time = int(START.timestamp()) * 1_000_000_000
    mid = _CENTRE_CENTS
    for _ in range(count):
        state = _next_state(state)
        draw, step = divmod(state >> 24, 3)
        mid += step - 1 + (_CENTRE_CENTS - mid) // 256
        time += QUOTE_NS
        yield time, mid - 1, mid + 1, _MIN_SIZE + draw % _MIN_SIZE


def quotes(count: int) -> Iterator[tuple[int, float, float, float, float]]:
    """Give W2's quotes as (time, bid, ask, bid size, ask size), in floats as a market would give them."""
    for time, bid, ask, size in quotes_in_cents(count):
        yield time, bid / 100, ask / 100, float(size), float(size)


def _next_state(state: int) -> int:
    return (state * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) % 2**64


def csv_path(count: int) -> Path:
    """Tell where the bars lie as CSV (time, open, high, low, close, volume), writing them when they do not yet."""
    path = BENCH_DIR / "data" / f"bars-{count}.csv"
    if not path.exists():
        lines = ["time,open,high,low,close,volume\n"]
        end = START
        for row in bars_in_cents(count):
            end += timedelta(minutes=1)
            prices = ",".join(f"{cents // 100}.{cents % 100:02d}" for cents in row[1:5])
            lines.append(f"{end:%Y-%m-%dT%H:%M:%SZ},{prices},{row.volume}\n")
        _write_whole(path, "".join(lines))
    return path


def quotes_csv_path(count: int) -> Path:
    """Tell where W2's quotes lie as CSV (time, bid, ask, bid_size, ask_size), writing them when they do not yet."""
    path = BENCH_DIR / "data" / f"quotes-{count}.csv"
    if not path.exists():
        lines = ["time,bid,ask,bid_size,ask_size\n"]
        time = START
        for _, bid, ask, size in quotes_in_cents(count):
            time += timedelta(seconds=1)
            lines.append(f"{time:%Y-%m-%dT%H:%M:%SZ},{bid / 100:.2f},{ask / 100:.2f},{size},{size}\n")
        _write_whole(path, "".join(lines))
    return path


def parquet_path(count: int) -> Path:
    """Tell where the bars lie as Parquet (same columns, time as UTC timestamps in ns), writing them when need be.

    Raises:
        ModuleNotFoundError: without pyarrow, which the extra `data` brings.
    """
    return _parquet(f"bars-{count}", ("open", "high", "low", "close", "volume"), rows(count))


def quotes_parquet_path(count: int) -> Path:
    """Tell where W2's quotes lie as Parquet, as `parquet_path` does for the bars."""
    return _parquet(f"quotes-{count}", ("bid", "ask", "bid_size", "ask_size"), quotes(count))


def _parquet(name: str, columns: Sequence[str], found: Iterable[Sequence[float]]) -> Path:
    """Write times and other columns as Parquet, unless that was done before; tell where they lie."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = BENCH_DIR / "data" / f"{name}.parquet"
    if not path.exists():
        time, *others = zip(*found, strict=True)
        table = pa.table(
            {"time": pa.array(time, pa.timestamp("ns", tz="UTC")), **dict(zip(columns, others, strict=True))}
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        pq.write_table(table, partial)
        partial.rename(path)
    return path


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that a bench which is broken off leaves none that looks whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(text)
    partial.rename(path)
