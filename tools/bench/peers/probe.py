"""What measuring means, the same on every side: Tradepit, the plain loops, and other engines in their own interpreters.

Other engines' environments hold neither Tradepit nor its libraries, so this file needs the standard library alone.
Run as a script it measures one engine once:

    python probe.py ENGINE '{"work": "w1", "data": "bars.csv", "count": 1000000, ...}'

where ENGINE names the file `run_ENGINE.py` beside it, which maps each work to a function. The function takes a
`Task`, makes everything ready, and answers two callables: the first is timed, the second, called afterwards, tells
what was done as (count, fills, final equity). One JSON object goes to standard output.
"""

import csv
import gc
import importlib
import importlib.metadata
import json
import os
import resource
import sys
from array import array
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter  # noqa: TID251  the bench measures the machine, so here wall time is the subject itself
from typing import NamedTuple, TypeAlias


@dataclass(frozen=True)
class Measured:
    """One round of one work.

    Attributes:
        count: what was done, in the work's unit (deliveries, bars or orders).
        seconds: wall time of the timed part.
        fills: orders filled, or 0 where the work has none.
        final_equity: cash and positions at the last close, or 0 where the work has none.
    """

    count: int
    seconds: float
    fills: int = 0
    final_equity: float = 0.0


class Columns(NamedTuple):
    """Bars by column, oldest first; times are ends of bars, ns since the Unix epoch, UTC.

    They are packed, so that what an engine is seen to hold is the engine's.
    """

    times: "array[int]"
    opens: "array[float]"
    highs: "array[float]"
    lows: "array[float]"
    closes: "array[float]"
    volumes: "array[float]"


@dataclass(frozen=True)
class Task:
    """One work as an engine is to do it.

    Attributes:
        work: the work's name.
        count: bars to feed, or messages to deliver.
        columns: the bars; empty where the work has none.
        fast: bars in the fast average.
        slow: bars in the slow average.
        quantity: quantity of each order.
        cash: cash at the start.
        actors: actors in the ring.
        bar_ns: length of a bar, ns.
    """

    work: str
    count: int
    columns: Columns
    fast: int
    slow: int
    quantity: int
    cash: int
    actors: int
    bar_ns: int


Outcome: TypeAlias = tuple[int, int, float]
Ready: TypeAlias = tuple[Callable[[], object], Callable[[], Outcome]]


def seconds_of(run: Callable[[], object]) -> float:
    """Call once and tell the wall time it took, in seconds.

    The garbage collector stays on, as it is in use; what was loaded before is frozen out of it, so that nobody
    pays for looking through data that the measuring made ready.
    """
    gc.collect()
    gc.freeze()
    try:
        begin = perf_counter()
        run()
        return perf_counter() - begin
    finally:
        gc.unfreeze()


def keep_to_one_core() -> None:
    """Run on one core from now on, where the system lets a process choose, so that nobody is helped by threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def peak_memory_bytes() -> int:
    """Tell the most memory that this process has held at once, in bytes.

    `getrusage` counts what the parent held when it started this process, Linux's own high-water mark does not; so
    that one is used where it exists.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def read_columns(path: Path) -> Columns:
    """Read a CSV of bars (time, open, high, low, close, volume; times in ISO 8601) into packed columns."""
    columns = empty_columns()
    with path.open(newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        for time, *values in rows:
            columns.times.append(round(datetime.fromisoformat(time).timestamp()) * 1_000_000_000)
            for column, value in zip(columns[1:], values, strict=True):
                column.append(float(value))
    return columns


def empty_columns() -> Columns:
    """Make columns without a bar."""
    return Columns(array("q"), array("d"), array("d"), array("d"), array("d"), array("d"))


def report(measured: Measured) -> dict[str, float]:
    """Put a round, this process's peak memory and the collector's state into what travels as JSON."""
    state = {"peak_memory_bytes": peak_memory_bytes(), "collects_garbage": gc.isenabled()}
    return asdict(measured) | state


def main(arguments: list[str]) -> None:
    """Measure one engine once and print the round as JSON."""
    engine, order = arguments
    keep_to_one_core()
    settings = json.loads(order)
    data = settings.pop("data")
    columns = read_columns(Path(data)) if data else empty_columns()
    task = Task(columns=columns, **settings)
    peer = importlib.import_module(f"run_{engine}")
    run, outcome = peer.WORKS[task.work](task)
    seconds = seconds_of(run)
    count, fills, final_equity = outcome()
    head = {"name": engine, "version": importlib.metadata.version(peer.DISTRIBUTION), "work": task.work}
    print(json.dumps(head | report(Measured(count, seconds, fills, final_equity))))


if __name__ == "__main__":
    main(sys.argv[1:])
