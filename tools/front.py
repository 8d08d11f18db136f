"""The front door for Python: load a scenario, run it, get the result. The command line goes through it too."""

from collections.abc import Sequence
from pathlib import Path

import attrs

from tradepit.actors.kernel import Detail, Dispatch
from tradepit.scenarios import loader
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import Progress, run_scenario
from tradepit.scenarios.tree import Scenario
from tradepit.scenarios.writer import dump
from tradepit.tools.library import scenario_file
from tradepit.tools.run_directory import REPORT, RUNS, discard_unbegun, exactly, next_free, write_scenario


class RunFailed(Exception):  # noqa: N818  it says what happened, as ActorFailed does
    """An actor or strategy raised, and the run ended before its time.

    Attributes:
        result: what came of the run until then; `result.failure` says who failed, on what, and where.
    """

    def __init__(self, result: Result) -> None:
        super().__init__(str(result.failure))
        self.result = result


def load(source: str | Path, sets: str | Sequence[str] = ()) -> Scenario:
    """Return the scenario of a file, or one that comes with Tradepit.

    Args:
        source: a YAML file, or a name such as `first-run`.
        sets: values to change, such as `venues.ARCA.latency.order=5ms`; later ones win.

    Raises:
        ScenarioError: all that is wrong, each with file, line and column.
    """
    return loader.load(scenario_file(source), [sets] if isinstance(sets, str) else sets)


def run(
    scenario: str | Path | Scenario,
    *,
    seed: int | None = None,
    sets: str | Sequence[str] = (),
    dispatch: Dispatch | str = Dispatch.INLINE,
    journal: Detail | str | None = None,
    out: str | Path | None = RUNS,
    report: bool | None = None,
) -> Result:
    """Run a scenario and return what came of it.

    Args:
        scenario: a YAML file, a name of the library such as `first-run`, or a tree built in Python.
        seed: in place of the scenario's own.
        sets: values to change, such as `venues.ARCA.latency.order=5ms`; later ones win.
        dispatch: `inline` or `task`; the journal is the same.
        journal: `orders`, `full` or `off`, in place of the scenario's own.
        out: `runs` makes a new folder `runs/<name>-<seed>-<n>/`; any other path is the run's own folder, which must
            be empty or not exist; None keeps nothing on disk.
        report: whether to write the HTML report, in place of what the scenario says; it needs a folder.

    Raises:
        ScenarioError: the scenario cannot be used; every problem is named.
        SourceError: market data cannot be used; also in mid-run, when the faulty row is reached.
        SessionsError: the clock's calendar is not known or not installed.
        RunDirectoryError: the folder is not empty.
        RunFailed: an actor or strategy raised.
        ReportUnavailable: a report was asked for by `report=True` and cannot be written.
        ValueError: an argument is none of those above.
    """
    if report and out is None:
        raise ValueError("report=True needs a folder to write to, was out=None")
    ready = prepare(scenario, seed=seed, sets=sets, journal=journal, report=report)
    how = Dispatch(dispatch)
    if out is None:
        result = run_scenario(ready, dispatch=how)
    else:
        directory = run_folder(ready, None if Path(out) == RUNS else Path(out))
        result = run_into(directory, ready, dispatch=how)
        if ready.report:
            from tradepit.tools.report import ReportUnavailable  # slow to import, and not every run needs it

            try:
                result = with_report(result)
            except ReportUnavailable:
                if report:
                    raise
    if result.failure is not None:
        raise RunFailed(result)
    return result


# --- the steps of a run, for the command line ---------------------------------------------------------------------


def prepare(
    scenario: str | Path | Scenario,
    *,
    seed: int | None = None,
    sets: str | Sequence[str] = (),
    journal: Detail | str | None = None,
    report: bool | None = None,
) -> Scenario:
    """Return a scenario as it is to run, checked; see `run`.

    Raises:
        ScenarioError: it cannot be used; every problem is named.
    """
    changes = [sets] if isinstance(sets, str) else list(sets)
    for name, given in (("seed", seed), ("journal", journal), ("report", report)):
        if given is not None:
            changes.append(f"{name}={str(given).lower()}")
    if not isinstance(scenario, Scenario):
        return load(scenario, changes)
    loader.validate(scenario)
    if not changes:
        return scenario
    return loader.loads(dump(scenario), scenario.name, directory=scenario.directory, sets=changes)


def run_folder(scenario: Scenario, out: Path | None) -> Path:
    """Make the folder of a run: a new one in `runs/`, or the one that was asked for.

    Raises:
        RunDirectoryError: the one that was asked for is not empty.
    """
    return next_free(scenario) if out is None else exactly(out)


def run_into(
    directory: Path,
    scenario: Scenario,
    *,
    dispatch: Dispatch = Dispatch.INLINE,
    progress: Progress | None = None,
    signals: bool = False,
    speed: float | None = None,
) -> Result:
    """Run a scenario and leave everything but the report in an empty folder; see `run_scenario`.

    The folder is removed when the run cannot begin.
    """
    write_scenario(scenario, directory)
    try:
        return run_scenario(
            scenario, dispatch=dispatch, directory=directory, progress=progress, signals=signals, speed=speed
        )
    except BaseException:
        discard_unbegun(directory)
        raise


def with_report(result: Result, *, command: str = "") -> Result:
    """Write the HTML report into the run's folder and return the result that knows of it.

    Args:
        result: of a run that has a folder.
        command: what runs it again, for the report to show.

    Raises:
        ReportUnavailable: it cannot be written.
    """
    from tradepit.tools.report import write_report  # slow to import, and not every run needs it

    assert result.directory is not None
    path = result.directory / REPORT
    write_report(result, path, command=command)
    return attrs.evolve(result, report=path)
