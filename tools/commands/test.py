"""`tradepit test`: many scenarios at once, a line each."""

import os
import textwrap
from pathlib import Path

import click

from tradepit.tools.batch import judge_all
from tradepit.tools.collecting import collect
from tradepit.tools.exits import BAD_INPUT, BUG, FAILED, PASSED
from tradepit.tools.junit import write_junit
from tradepit.tools.progress import Bar
from tradepit.tools.scenario_argument import ScenarioName
from tradepit.tools.verdicts import Outcome, Verdict

_CODES = {Outcome.PASSED: PASSED, Outcome.FAILED: FAILED, Outcome.BAD_INPUT: BAD_INPUT, Outcome.BUG: BUG}
_COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.BAD_INPUT: "red", Outcome.BUG: "magenta"}
_WIDTH = 80
_GRAVITY = (BUG, BAD_INPUT, FAILED)


@click.command("test")
@click.argument("paths", type=ScenarioName(), nargs=-1, required=True, metavar="PATH...")
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to run on.  [default: one a core]"
)
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Also write JUnit XML.")
def command(paths: tuple[str, ...], jobs: int | None, junit: Path | None) -> int:
    """Run scenarios in parallel and print a line for each: files, folders, or names that `tradepit list` shows.

    Nothing of the runs is kept. The lines come in the order of the paths. Exits with 1 when a scenario fails, and
    with 2 when one cannot be run at all.
    """
    found = collect(paths)
    if found.passed_over:
        names = ", ".join(str(path) for path in found.passed_over)
        click.echo(f"no scenarios, since they say neither `tradepit:` nor `extends:`: {names}", err=True)
    if not found.scenarios:
        raise click.UsageError(f"there are no scenarios in {', '.join(paths)}")
    with Bar("scenarios", total=len(found.scenarios)) as bar:

        def tell(verdict: Verdict) -> None:
            bar.hide()
            _print(verdict)

        verdicts = judge_all(
            found.scenarios,
            jobs=min(jobs or os.cpu_count() or 1, len(found.scenarios)),
            tell=tell,
            done=lambda count: bar.show(count, count),
        )
    if junit is not None:
        write_junit(verdicts, junit)
    counts = [(outcome, sum(verdict.outcome is outcome for verdict in verdicts)) for outcome in Outcome]
    click.echo(", ".join(f"{count} {outcome.lower()}" for outcome, count in counts if count))
    codes = [_CODES[verdict.outcome] for verdict in verdicts]
    return next((code for code in _GRAVITY if code in codes), PASSED)


def _print(verdict: Verdict) -> None:
    word = click.style(f"{verdict.outcome:<9}", fg=_COLOURS[verdict.outcome])
    click.echo(f"{word}  {verdict.name:<26}{verdict.elapsed_s:7.2f} s  {verdict.fingerprint or verdict.file}")
    if verdict.outcome is Outcome.BUG:
        click.echo("\n".join(verdict.account))
        return
    for line in verdict.account:
        said = textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        click.echo("\n".join(said))
