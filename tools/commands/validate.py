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
from tradepit.tools.data_check import DataRead, read_all
from tradepit.tools.exits import BAD_INPUT, PASSED
from tradepit.tools.progress import waiting
from tradepit.tools.scenario_argument import ScenarioName


@click.command("validate")
@click.argument("paths", type=ScenarioName(), nargs=-1, required=True, metavar="PATH...")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change a value first; may be given again.")
@click.option("--data", is_flag=True, help="Read all market data, and check every row.")
def command(paths: tuple[str, ...], sets: tuple[str, ...], data: bool) -> int:
    """Check scenarios: files, folders, or names that `tradepit list` shows.

    Checked are every key and value of the file, and what sections say of one another; strategies, with their settings,
    and other code of your own, which are imported; the clock's calendar; and of market data that the files are there,
    have their columns, and that their first rows are sound. Rows further on are checked when a scenario runs, or here
    by --data, which reads everything that a run would, and names each symbol's first faulty row and how many there are.
    A live feed is not connected to.
    """
    found = collect(paths)
    if not found.scenarios:
        raise click.UsageError(f"there are no scenarios in {', '.join(paths)}")
    wrong = 0
    for file in found.scenarios:
        problems = list(problems_of(file, sets))
        read: list[DataRead] = []
        if data and not problems:
            with waiting(f"reading the market data of {file}", quiet=False):
                read = list(read_all(load(file, sets)))
            problems = [str(one) for one in read if one.error]
        for problem in problems:
            click.echo(problem, err=True)
        if problems:
            wrong += 1
        else:
            click.echo(f"ok  {file}")
        for one in read:
            if not one.error:
                click.echo(f"      {one}")
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
