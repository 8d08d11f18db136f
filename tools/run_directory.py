"""The folder that one run writes: which one it is, and what lies in it.

- `scenario.yaml`: the scenario as it ran, extended, with what was set on the command line
- `journal.jsonl`: every message; missing when the journal is off
- `results.json`: the summary, the equity curve, breaker events, positions
- `orders.jsonl`, `fills.jsonl`, `trades.jsonl`: one row a line
- `report.html`: for a person to read
"""

import os
import re
import shutil
from pathlib import Path

from tradepit.scenarios.loader import loads
from tradepit.scenarios.tree import Scenario
from tradepit.scenarios.writer import dump

RUNS = Path("runs")
"""Where runs go that are not told where to go."""

SCENARIO = "scenario.yaml"
AS_IT_RAN = "# The scenario as it ran."
"""How the scenario in a run's folder begins, by which it is known for a copy."""
JOURNAL = "journal.jsonl"
RESULTS = "results.json"
REPORT = "report.html"
_BEGUN = "orders.jsonl"  # written from the moment at which everything that a run needs has been found


class RunDirectoryError(ValueError):
    """A folder cannot take a run; the message says why."""


def next_free(scenario: Scenario, parent: Path = RUNS) -> Path:
    """Make the folder `<name>-<seed>-<n>` of a run, n one above the highest there is.

    Runs that begin at the same moment get folders of their own.
    """
    stem = f"{scenario.name}-{scenario.seed}-"
    parent.mkdir(parents=True, exist_ok=True)
    numbers = [
        int(rest)
        for other in parent.iterdir()
        if (rest := other.name.removeprefix(stem)) != other.name and rest.isascii() and rest.isdecimal()
    ]
    number = max(numbers, default=0)
    while True:
        number += 1
        directory = parent / f"{stem}{number}"
        try:
            directory.mkdir()
        except FileExistsError:
            continue
        return directory


def exactly(directory: Path) -> Path:
    """Make the folder that was asked for, or take it when it is empty.

    Raises:
        RunDirectoryError: it is a file, or there is something in it.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise RunDirectoryError(f"a run's folder must be a folder, {directory} is a file") from None
    if any(directory.iterdir()):
        raise RunDirectoryError(f"a run's folder must be empty or not exist, {directory} is not empty")
    return directory


def write_scenario(scenario: Scenario, directory: Path) -> None:
    """Write the scenario as it is about to run, and say where its relative paths start."""
    start = os.path.relpath(scenario.directory.resolve(), directory.resolve())
    head = f"{AS_IT_RAN} Relative paths start at {start}, seen from here.\n"
    (directory / SCENARIO).write_text(head + dump(scenario), encoding="utf-8")


def read_scenario(directory: Path) -> Scenario:
    """Return the scenario as it ran, with its relative paths starting where they did.

    Raises:
        RunDirectoryError: it is not there, or does not say where its relative paths start.
        ScenarioError: it cannot be read.
    """
    file = directory / SCENARIO
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise RunDirectoryError(f"{file}: {error.strerror}; a run's folder has the scenario as it ran") from None
    except UnicodeDecodeError as error:
        raise RunDirectoryError(f"{file}: a scenario is text in UTF-8, byte {error.start} is not") from None
    head = text.split("\n", 1)[0]
    found = re.search(r"Relative paths start at (.+), seen from here\.", head)
    if found is None:
        raise RunDirectoryError(f"{file}: its first line must say where its relative paths start, was {head.strip()!r}")
    return loads(text, str(file), directory=directory / found[1], needs_data=False)


def discard_unbegun(directory: Path) -> None:
    """Remove the folder of a run that never began, since something that it needs is missing or wrong."""
    if not (directory / _BEGUN).exists():
        shutil.rmtree(directory, ignore_errors=True)
