"""A run of the command line: into its folder, with signals heeded, and then its report."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from tradepit.actors.kernel import Dispatch
from tradepit.actors.kernel.errors import JournalError
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import Interrupted, Progress
from tradepit.scenarios.tree import Scenario
from tradepit.tools.exits import FAILED, INTERRUPTED, IO_ERROR, PASSED
from tradepit.tools.front import run_folder, run_into, with_report
from tradepit.tools.progress import waiting
from tradepit.tools.run_directory import JOURNAL

Notes = list[tuple[str, str]]
"""Further lines of a summary: label and text."""


@attrs.frozen(kw_only=True)
class CarriedOut:
    """A run that came to a result.

    Attributes:
        result: what came of it.
        notes: what else is to be said of it.
        no_report: why its report could not be written; empty when it was, or was not wanted.
    """

    result: Result
    notes: Notes
    no_report: str = ""

    @property
    def code(self) -> int:
        """Return the code with which the command ends; that of the run itself goes before that of its report."""
        if self.result.stopped:
            return INTERRUPTED
        if not self.result.passed:
            return FAILED
        return IO_ERROR if self.no_report else PASSED

    def say_outside_json(self) -> None:
        """Say on standard error what the one JSON object has no place for."""
        if self.no_report:
            click.echo(self.no_report, err=True)


def carry_out(
    scenario: Scenario,
    *,
    out: Path | None,
    dispatch: Dispatch,
    progress: Progress,
    command: Sequence[str],
    quiet: bool,
    speed: float | None = None,
) -> CarriedOut:
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
        return CarriedOut(result=result, notes=[])
    from tradepit.tools.report import ReportUnavailable  # slow to import, and not every run needs it

    try:
        with waiting("writing the report", quiet=quiet or result.elapsed_s < 1):
            return CarriedOut(result=with_report(result, command=shlex.join(command)), notes=[])
    except ReportUnavailable as error:
        return CarriedOut(result=result, notes=[("report", str(error))], no_report=str(error))
