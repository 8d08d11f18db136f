"""`tradepit run --twice`: the same run in a second process, under what must make no difference.

The second process has another `PYTHONHASHSEED`, so that whatever hangs on the order of a set comes out; it uses the
other dispatch; and trio shuffles its tasks anew in every process.
"""

import json
import os
import subprocess
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path
from typing import Any

import attrs

from tradepit.actors.kernel import Dispatch
from tradepit.scenarios.result import Result
from tradepit.tools.run_directory import JOURNAL, RESULTS

_HASH_SEEDS = ("1", "2")
_SHOWN = 600  # characters of a journal entry that are shown


@attrs.frozen(kw_only=True)
class Difference:
    """The first place at which two journals differ.

    Attributes:
        line: of both files, from 1.
        first: what the first run has there, empty when it has ended.
        second: what the second run has there.
    """

    line: int
    first: str
    second: str


@attrs.frozen(kw_only=True)
class SecondRun:
    """How the second run compares with the first.

    Attributes:
        fingerprint: of the second run; empty when it came to no result.
        equal: whether it is that of the first.
        dispatch: how the second run was dispatched.
        hash_seed: its PYTHONHASHSEED.
        difference: where the journals part, or None when they are equal or were not kept.
        trouble: what the second process said when it came to no result.
        stopped: whether one of the two was stopped from outside, so that there was nothing to compare.
    """

    fingerprint: str
    equal: bool
    dispatch: Dispatch
    hash_seed: str
    difference: Difference | None = None
    trouble: str = ""
    stopped: bool = False

    def words(self) -> str:
        """Return the comparison for a person."""
        how = f"a second process ({self.dispatch} dispatch, PYTHONHASHSEED={self.hash_seed})"
        if self.stopped:
            return f"not compared: {self.trouble}"
        if self.equal:
            return f"the same in {how}"
        if self.trouble:
            return f"DIFFERENT in {how}, which came to no result: {self.trouble}"
        text = f"DIFFERENT in {how}: fingerprint {self.fingerprint}"
        if self.difference is None:
            return f"{text}; run with a journal to see where"
        parted = self.difference
        return (
            f"{text}. The journals part at line {parted.line}:\n"
            f"first:  {parted.first or '(ended)'}\nsecond: {parted.second or '(ended)'}"
        )

    def plain(self) -> dict[str, Any]:
        """Return the comparison as plain data for JSON."""
        return attrs.asdict(self)


def run_again(
    result: Result, scenario: str, *, seed: int | None, sets: tuple[str, ...], dispatch: Dispatch
) -> SecondRun:
    """Run a scenario in a second process and compare it with the first run's result.

    Args:
        result: of the first run.
        scenario: as it was named on the command line.
        seed: as it was given.
        sets: as they were given.
        dispatch: the first run's.
    """
    if result.stopped:
        return _stopped("the run was stopped, and not run again", dispatch)
    try:
        return _run_again(result, scenario, seed=seed, sets=sets, dispatch=dispatch)
    except KeyboardInterrupt:
        return _stopped("the second process was stopped", dispatch)


def _stopped(trouble: str, dispatch: Dispatch) -> SecondRun:
    other, hash_seed = _conditions(dispatch)
    return SecondRun(fingerprint="", equal=False, dispatch=other, hash_seed=hash_seed, trouble=trouble, stopped=True)


def _conditions(dispatch: Dispatch) -> tuple[Dispatch, str]:
    """Return the dispatch and the hash seed of the second process."""
    other = Dispatch.TASK if dispatch is Dispatch.INLINE else Dispatch.INLINE
    return other, next(number for number in _HASH_SEEDS if number != os.environ.get("PYTHONHASHSEED"))


def _run_again(
    result: Result, scenario: str, *, seed: int | None, sets: tuple[str, ...], dispatch: Dispatch
) -> SecondRun:
    other, hash_seed = _conditions(dispatch)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "run"
        arguments = [scenario, "--no-report", "--quiet", f"--dispatch={other}", f"--out={directory}"]
        arguments += [f"--journal={result.scenario.journal}", *(f"--set={change}" for change in sets)]
        arguments += [] if seed is None else [f"--seed={seed}"]
        process = subprocess.run(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "tradepit.tools.main", "run", *arguments],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=False,
        )
        results = directory / RESULTS
        if not results.exists():
            trouble = process.stderr.strip() or f"exit code {process.returncode}"
            return SecondRun(fingerprint="", equal=False, dispatch=other, hash_seed=hash_seed, trouble=trouble)
        found = json.loads(results.read_bytes())
        if found["stopped"]:
            return _stopped("the second process was stopped", dispatch)
        fingerprint = found["fingerprint"]
        equal = fingerprint == result.fingerprint
        difference = None
        if not equal and result.directory is not None:
            difference = first_difference(result.directory / JOURNAL, directory / JOURNAL)
    return SecondRun(fingerprint=fingerprint, equal=equal, dispatch=other, hash_seed=hash_seed, difference=difference)


def first_difference(first: Path, second: Path) -> Difference | None:
    """Return where two journals part, headers apart; None when they do not, or one was not kept."""
    if not (first.exists() and second.exists()):
        return None
    with first.open(encoding="utf-8") as one, second.open(encoding="utf-8") as other:
        for number, (left, right) in enumerate(zip_longest(one, other, fillvalue=""), start=1):
            if left != right and number > 1:
                return Difference(line=number, first=left.strip()[:_SHOWN], second=right.strip()[:_SHOWN])
    return None
