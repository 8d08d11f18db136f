"""`tradepit run`: one scenario, from the file to the verdict."""

import contextlib
import json
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from tradepit.actors.kernel import Detail, Dispatch
from tradepit.scenarios.result import Result
from tradepit.tools.carrying_out import CarriedOut, carry_out
from tradepit.tools.exits import FAILED, INTERRUPTED, IO_ERROR, PASSED
from tradepit.tools.front import prepare
from tradepit.tools.progress import RunProgress, waiting
from tradepit.tools.scenario_argument import ScenarioName
from tradepit.tools.second_process import SecondRun, run_again
from tradepit.tools.tally import tally


@click.command("run")
@click.argument("scenario", type=ScenarioName())
@click.option("--seed", type=int, metavar="N", help="Root of every random stream, in place of the scenario's own.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change a value; may be given again.")
@click.option(
    "--dispatch",
    type=click.Choice([one.value for one in Dispatch]),
    default=Dispatch.INLINE.value,
    show_default=True,
    help="How messages reach their actors; the journal is the same.",
)
@click.option(
    "--journal",
    type=click.Choice([one.value for one in Detail]),
    help="How much is written down, in place of what the scenario says.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The run's own folder, empty or new.  [default: runs/<name>-<seed>-<n>]",
)
@click.option("--no-report", is_flag=True, help="Write no HTML report.")
@click.option("--twice", is_flag=True, help="Run again in a second process, by the other dispatch, and compare.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", is_flag=True, help="Print nothing when all held.")
@click.option("--traceback", "with_traceback", is_flag=True, help="Show the whole traceback of what was raised.")
def command(
    *,
    scenario: str,
    seed: int | None,
    sets: tuple[str, ...],
    dispatch: str,
    journal: str | None,
    out: Path | None,
    no_report: bool,
    twice: bool,
    as_json: bool,
    quiet: bool,
    with_traceback: bool,
) -> int:
    """Run SCENARIO, a YAML file or a name that `tradepit list` shows, and say whether it holds.

    A file's `.yaml` may be left away. The run's folder gets the scenario as it ran, the journal, the results and the
    report. Ctrl-C ends the run as if the data had ended there; a second one stops at once.
    """
    try:
        # What a strategy prints must not get into the JSON.
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            ready = prepare(scenario, seed=seed, sets=sets, journal=journal, report=False if no_report else None)
            again = ["tradepit", "run", scenario, f"--seed={ready.seed}", *(f"--set={change}" for change in sets)]
            silent = as_json or quiet
            with RunProgress(ready.clock.start, ready.clock.end, quiet=silent) as progress:
                done = carry_out(
                    ready, out=out, dispatch=Dispatch(dispatch), progress=progress, command=again, quiet=silent
                )
            second = None
            if twice:
                with waiting("running again in a second process", quiet=silent):
                    second = run_again(done.result, scenario, seed=seed, sets=sets, dispatch=Dispatch(dispatch))
    except Exception:
        if with_traceback:
            traceback.print_exc(file=sys.stderr)
        raise
    code = _code(done, second)
    if as_json:
        click.echo(json.dumps(_plain(done.result, second), indent=2, allow_nan=False, default=str))
        done.say_outside_json()
    elif not quiet or code != PASSED:
        _print(done, second)
    if with_traceback and done.result.failure is not None:
        click.echo(done.result.failure.traceback, err=True, nl=False)
    return code


def _code(done: CarriedOut, second: SecondRun | None) -> int:
    """Return the exit code: a difference counts for more than a report that could not be written."""
    if done.code in (PASSED, IO_ERROR) and second is not None and not second.equal:
        return INTERRUPTED if second.stopped else FAILED
    return done.code


def _plain(result: Result, second: SecondRun | None) -> dict[str, Any]:
    found = {**result.summary(), **tally(result).plain(), "elapsed_s": result.elapsed_s}
    if second is not None:
        found["twice"] = second.plain()
    return found


def _print(done: CarriedOut, second: SecondRun | None) -> None:
    from rich.console import Console  # slow to import, and JSON does without

    from tradepit.tools.summary import render, verdict

    word, notes = None, done.notes
    if second is not None:
        notes = [*notes, ("twice", second.words())]
        word = verdict(done.result) if second.equal or second.stopped else "FAILED"
    click.echo(render(done.result, Console(), notes, word=word), nl=False)
