"""A run of the command line: into its folder, with signals heeded, and then its report."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from tradepit.actors.kernel import Dispatch
from tradepit.actors.kernel.errors import JournalError
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import Interrupted, Progress
from tradepit.scenarios.tree import Scenario
from tradepit.tools.exits import FAILED, INTERRUPTED, PASSED
from tradepit.tools.front import run_folder, run_into, with_report
from tradepit.tools.progress import waiting
from tradepit.tools.run_directory import JOURNAL

Notes = list[tuple[str, str]]
"""Further lines of a summary: label and text."""


def carry_out(
    scenario: Scenario,
    *,
    out: Path | None,
    dispatch: Dispatch,
    progress: Progress,
    command: Sequence[str],
    quiet: bool,
    speed: float | None = None,
) -> tuple[Result, Notes]:
    """Run, write the report, and return the result with what is to be said of it.

    Args:
        scenario: as it is to run.
        out: the run's own folder; None for a new one in `runs/`.
        dispatch: how messages reach their actors.
        progress: called about every 10 ms of real time.
        command: what runs it again, for the report to show.
        quiet: whether to say nothing meanwhile.
        speed: of real time; None for virtual time.
    """
    directory = run_folder(scenario, out)
    try:
        result = run_into(directory, scenario, dispatch=dispatch, progress=progress, signals=True, speed=speed)
    except (Interrupted, JournalError) as broken_off:
        if (directory / JOURNAL).exists():
            broken_off.add_note(f"its journal, as far as it came: {directory / JOURNAL}")
        raise
    except OSError as error:
        if error.filename is None:  # a file that was open already does not say which it is
            error.filename = str(directory)
        raise
    if not scenario.report:
        return result, []
    from tradepit.tools.report import ReportUnavailable  # slow to import, and not every run needs it

    try:
        with waiting("writing the report", quiet=quiet or result.elapsed_s < 1):
            return with_report(result, command=shlex.join(command)), []
    except ReportUnavailable as error:
        return result, [("report", str(error))]


def exit_code(result: Result) -> int:
    """Return the code with which the command ends."""
    if result.stopped:
        return INTERRUPTED
    return PASSED if result.passed else FAILED
