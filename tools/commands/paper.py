"""`tradepit paper`: a scenario against the clock on the wall."""

import contextlib
import json
import math
import sys
import traceback
from pathlib import Path
from typing import Any

import attrs
import click

from tradepit.actors.kernel import Detail, Dispatch
from tradepit.scenarios.result import Result
from tradepit.scenarios.tree import Scenario
from tradepit.tools.carrying_out import CarriedOut, carry_out
from tradepit.tools.exits import PASSED
from tradepit.tools.front import prepare
from tradepit.tools.live_line import LiveLine
from tradepit.tools.scenario_argument import ScenarioName
from tradepit.tools.tally import tally


@click.command("paper")
@click.argument("scenario", type=ScenarioName())
@click.option("--speed", type=float, default=1.0, show_default=True, metavar="X", help="How fast time passes.")
@click.option("--seed", type=int, metavar="N", help="Root of every random stream, in place of the scenario's own.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change a value; may be given again.")
@click.option(
    "--journal",
    type=click.Choice([one.value for one in Detail]),
    default=Detail.FULL.value,
    show_default=True,
    help="How much is written down; only what is full can be replayed without its sources.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The run's own folder, empty or new.  [default: runs/<name>-<seed>-<n>]",
)
@click.option("--no-report", is_flag=True, help="Write no HTML report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@click.option("--quiet", is_flag=True, help="Print nothing when all held.")
@click.option("--traceback", "with_traceback", is_flag=True, help="Show the whole traceback of what was raised.")
def command(
    *,
    scenario: str,
    speed: float,
    seed: int | None,
    sets: tuple[str, ...],
    journal: str,
    out: Path | None,
    no_report: bool,
    as_json: bool,
    quiet: bool,
    with_traceback: bool,
) -> int:
    """Run SCENARIO against the clock on the wall, and say whether it holds.

    Recorded and synthetic markets are paced: the first of their data is due at once, and time passes at --speed from
    there. A live feed has real time. Ctrl-C ends the session: working orders are cancelled, and the report is written;
    a second one stops at once.
    """
    try:
        # What a strategy prints must not get into the JSON.
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            ready = prepare(scenario, seed=seed, sets=sets, journal=journal, report=False if no_report else None)
            _check_speed(ready, speed)
            done = _carried_out(ready, scenario, speed=speed, sets=sets, out=out, quiet=quiet, as_json=as_json)
    except Exception:
        if with_traceback:
            traceback.print_exc(file=sys.stderr)
        raise
    if as_json:
        click.echo(json.dumps(_plain(done.result, speed), indent=2, allow_nan=False, default=str))
        done.say_outside_json()
    elif not quiet or done.code != PASSED:
        _print(done)
    if with_traceback and done.result.failure is not None:
        click.echo(done.result.failure.traceback, err=True, nl=False)
    return done.code


def _check_speed(ready: Scenario, speed: float) -> None:
    if not (math.isfinite(speed) and speed > 0):
        raise click.BadParameter(f"must be a number above 0, was {speed:g}", param_hint="--speed")
    if ready.is_live and speed != 1:
        raise click.BadParameter(f"a live feed has real time, and speed 1; was {speed:g}", param_hint="--speed")


def _carried_out(
    ready: Scenario, scenario: str, *, speed: float, sets: tuple[str, ...], out: Path | None, quiet: bool, as_json: bool
) -> CarriedOut:
    again = ["tradepit", "paper", scenario, f"--speed={speed:g}", f"--seed={ready.seed}", *(f"--set={s}" for s in sets)]
    with LiveLine(_begins(ready, speed), ready.clock.zone, quiet=quiet) as line:
        done = carry_out(
            ready, out=out, dispatch=Dispatch.INLINE, progress=line, command=again, quiet=quiet or as_json, speed=speed
        )
    if ready.is_live and ready.journal is not Detail.FULL:
        text = f"{ready.journal}: it holds no market data, so nobody can replay the session"
        return attrs.evolve(done, notes=[*done.notes, ("journal", text)])
    return done


def _begins(ready: Scenario, speed: float) -> str:
    """Return what is said when the session runs."""
    how = "in real time" if ready.is_live or speed == 1 else f"at {speed:g} times real time"
    return f"{ready.name} runs {how}; Ctrl-C ends the session, a second one stops it at once"


def _plain(result: Result, speed: float) -> dict[str, Any]:
    return {**result.summary(), **tally(result).plain(), "elapsed_s": result.elapsed_s, "speed": speed}


def _print(done: CarriedOut) -> None:
    from rich.console import Console  # slow to import, and JSON does without

    from tradepit.tools.summary import render

    click.echo(render(done.result, Console(), done.notes), nl=False)
