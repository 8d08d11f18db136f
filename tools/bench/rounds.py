"""Rounds: one measuring each, in an interpreter of its own, and the best of several.

The best round is the one that other programs on the machine disturbed least. Rounds of different sides take turns,
so that a machine that grows slower or faster meets all of them.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from tradepit.tools.bench.peers import probe
from tradepit.tools.bench.workloads import ACTORS, BAR_NS, CASH, FAST, QUANTITY, SLOW, csv_path
from tradepit.tools.bench.works import Work

MAX_ROUND_SECONDS = 900


class RoundFailedError(Exception):
    """A round did not come to its end; the message says why in one line."""


@attrs.frozen(kw_only=True)
class Round:
    """What one measuring found.

    Attributes:
        count: what was done, in the work's unit.
        seconds: wall time of the timed part.
        fills: orders filled.
        final_equity: cash and positions at the last close.
        peak_memory_bytes: the most memory that the process held.
        version: version of the engine, or "" for what is in this checkout.
    """

    count: int
    seconds: float
    fills: int
    final_equity: float
    peak_memory_bytes: int
    version: str = ""

    @property
    def per_second(self) -> float:
        """Tell how many of the work's units were done in a second."""
        return self.count / self.seconds


def own_round(work: Work, label: str, count: int) -> Round:
    """Measure the floor or Tradepit, by its label, once.

    Raises:
        RoundFailedError: when the interpreter ended with an error, whose last line is told.
    """
    return _run([sys.executable, "-m", "tradepit.tools.bench.measure", work.name, label, str(count)])


def peer_round(python: Path, engine: str, work: Work, count: int) -> Round:
    """Measure another engine once, in the environment whose interpreter is given.

    Raises:
        RoundFailedError: when the engine ended with an error, whose last line is told, or took too long.
    """
    order = {
        "work": work.name,
        "data": str(csv_path(count)) if work.on_bars else "",
        "count": count,
        "fast": FAST,
        "slow": SLOW,
        "quantity": QUANTITY,
        "cash": CASH,
        "actors": ACTORS,
        "bar_ns": BAR_NS,
    }
    return _run([str(python), probe.__file__, engine, json.dumps(order)])


def best(rounds: Sequence[Round]) -> Round:
    """Pick the fastest round, with the highest peak of memory that any of them had."""
    fastest = min(rounds, key=lambda one: one.seconds)
    return attrs.evolve(fastest, peak_memory_bytes=max(one.peak_memory_bytes for one in rounds))


def take_turns(work: Work, labels: Sequence[str], *, count: int, rounds: int) -> Mapping[str, Round]:
    """Measure sides of one work in turns, and give the best round of each by label."""
    found: dict[str, list[Round]] = {label: [] for label in labels}
    for _ in range(rounds):
        for label in labels:
            found[label].append(own_round(work, label, count))
    return {label: best(of_one) for label, of_one in found.items()}


def _run(command: list[str]) -> Round:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MAX_ROUND_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise RoundFailedError(f"a round took longer than {MAX_ROUND_SECONDS} s") from error
    if done.returncode != 0:
        raise RoundFailedError(last_line(done.stderr) or f"ended with exit code {done.returncode}")
    # What an engine itself has to say comes before the object.
    answer = json.loads(done.stdout.splitlines()[-1])
    return Round(**{field.name: answer[field.name] for field in attrs.fields(Round) if field.name in answer})


def last_line(text: str) -> str:
    """Give the last line that says something; in a traceback it is the error itself."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
