"""`tradepit validate`: everything that can be found wrong with scenarios without running them."""

from collections.abc import Iterator
from pathlib import Path

import click

from tradepit.scenarios.calendars import SessionsError
from tradepit.scenarios.loader import load
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.sources.source import SourceError
from tradepit.scenarios.strategy_loading import load_strategy
from tradepit.scenarios.wiring import wire
from tradepit.tools.collecting import collect
from tradepit.tools.exits import BAD_INPUT, PASSED
from tradepit.tools.scenario_argument import ScenarioName


@click.command("validate")
@click.argument("paths", type=ScenarioName(), nargs=-1, required=True, metavar="PATH...")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change a value first; may be given again.")
def command(paths: tuple[str, ...], sets: tuple[str, ...]) -> int:
    """Check scenarios: files, folders, or names that `tradepit list` shows.

    The file is read, strategies are loaded with their settings, data files opened and their first rows read. Rows
    further on are checked when a scenario runs.
    """
    found = collect(paths)
    if not found.scenarios:
        raise click.UsageError(f"there are no scenarios in {', '.join(paths)}")
    wrong = 0
    for file in found.scenarios:
        problems = list(problems_of(file, sets))
        for problem in problems:
            click.echo(problem, err=True)
        if problems:
            wrong += 1
        else:
            click.echo(f"ok  {file}")
    return BAD_INPUT if wrong else PASSED


def problems_of(file: Path, sets: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield what is wrong with a scenario in words: all of its file, all strategies, then the data."""
    try:
        scenario = load(file, sets)
    except ScenarioError as error:
        yield str(error)
        return
    sound = True
    for index in range(len(scenario.strategies)):
        try:
            load_strategy(scenario, index)
        except ScenarioError as error:
            sound = False
            yield str(error)
    if not sound:
        return
    try:
        wire(scenario, identity={}, about={})
    except (ScenarioError, SourceError, SessionsError) as error:
        yield str(error)
