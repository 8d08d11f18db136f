"""Replay a run from its folder: find its files, see that they belong together, and run again."""

from itertools import zip_longest
from pathlib import Path

import attrs

from tradepit.actors.kernel import Detail, Dispatch
from tradepit.actors.kernel.journal_reading import header_of
from tradepit.scenarios.replay import ReplayError, ReplayVerdict, replay_journal, scenario_of
from tradepit.scenarios.runner import Progress, identity_of
from tradepit.scenarios.tree import Scenario
from tradepit.tools.run_directory import JOURNAL, SCENARIO, read_scenario


def replay(run: str | Path, *, dispatch: Dispatch | str = Dispatch.INLINE) -> ReplayVerdict:
    """Run again what a run's journal tells of, and return how the two compare.

    Args:
        run: the run's folder, or the journal in it.
        dispatch: `inline` or `task`; it makes no difference.

    Raises:
        JournalDamaged: the journal is not as it was written; what is wrong, where, and how far it is sound.
        ReplayError: something that the replay needs is missing or has changed.
        RunDirectoryError: there is no run in the folder.
        ScenarioError: a strategy cannot be loaded.
        SourceError: market data cannot be opened.
    """
    return replay_run(Path(run), dispatch=Dispatch(dispatch))


def replay_run(
    run: Path, *, dispatch: Dispatch = Dispatch.INLINE, progress: Progress | None = None, cut: bool = False
) -> ReplayVerdict:
    """Replay a run; see `replay` and, for the arguments, `replay_journal`."""
    journal = journal_of(run)
    scenario = read_scenario(journal.parent)
    _check_same(journal, scenario)
    return replay_journal(journal, directory=scenario.directory, dispatch=dispatch, progress=progress, cut=cut)


def journal_of(run: Path) -> Path:
    """Return the journal of a run.

    Raises:
        ReplayError: there is none.
    """
    if run.is_file():
        return run
    if not run.exists():
        raise ReplayError(f"{run}: there is no such folder or journal")
    journal = run / JOURNAL
    if journal.is_file():
        return journal
    if not (run / SCENARIO).is_file():
        raise ReplayError(f"{run}: this is not a run's folder, it has neither {JOURNAL} nor {SCENARIO}")
    if read_scenario(run).journal is Detail.OFF:
        raise ReplayError(f"{run}: the run kept no journal (journal: off), so there is nothing to replay")
    raise ReplayError(f"{journal}: the run's journal is missing")


def _check_same(journal: Path, scenario: Scenario) -> None:
    """See that the scenario in a run's folder is the one that the journal names.

    Raises:
        ReplayError: it is another.
    """
    recorded = scenario_of(header_of(journal), scenario.directory)
    ours, theirs = identity_of(attrs.evolve(scenario, directory=recorded.directory)), identity_of(recorded)
    if ours == theirs:
        return
    for there, here in zip_longest(theirs.splitlines(), ours.splitlines(), fillvalue="(nothing)"):
        if there != here:
            raise ReplayError(
                f"{journal.parent / SCENARIO} was changed since the run: it says {here.strip()!r} where the journal "
                f"says {there.strip()!r}"
            )
