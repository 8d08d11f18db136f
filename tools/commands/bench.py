"""`tradepit bench`: how fast this machine is at it, beside plain Python loops."""

import json

import click

from tradepit.tools.bench.figures import bench_json
from tradepit.tools.bench.rounds import RoundFailedError
from tradepit.tools.bench.works import WORKS, UnknownWorkError


@click.command("bench")
@click.argument("works", nargs=-1, metavar="[WORK]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(works: tuple[str, ...], as_json: bool) -> None:
    """Measure WORKs, or all of them, each beside the plain Python loop that does the bare work.

    ring passes a message round a ring of actors; w1 trades a moving-average crossover over a million bars; w1b sends
    a market order on every bar, w2 on every hundredth of a million quotes. It takes a minute or two.
    """
    try:
        found = bench_json(works)
    except UnknownWorkError as error:
        raise click.BadParameter(str(error), param_hint="WORK") from None
    except RoundFailedError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"{'work':<12}{'per second':>14}{'plain loop':>14}{'of it':>8}")
    for name, figures in found.items():
        speed, floor, ratio = figures["per_second"], figures["floor_per_second"], figures["ratio"]
        click.echo(f"{name:<12}{speed:>14,.0f}{floor:>14,.0f}{ratio:>8.1%}  {WORKS[name].unit}")
