"""Run many random systems over the cores: `python -m tradepit.tools.soak [--systems N] [--first SEED] [--processes N]`.

Prints progress, and the seed of every system of which two runs differ; ends with 1 if there was any.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import click

from tradepit.tools.soak.systems import trial

SYSTEMS = 10_000
SHOWN_EVERY = 500


@click.command(help=__doc__)
@click.option("--systems", default=SYSTEMS, show_default=True, help="How many systems.")
@click.option("--first", default=0, show_default=True, help="Seed of the first one.")
@click.option("--processes", default=os.cpu_count() or 1, help="In how many processes.  [default: one a core]")
def main(systems: int, first: int, processes: int) -> None:
    """Run the command."""
    found = 0
    for count, (seed, what) in enumerate(trials(range(first, first + systems), processes), start=1):
        if what is not None:
            found += 1
            click.echo(f"seed {seed}: {what}")
        if count % SHOWN_EVERY == 0 or count == systems:
            click.echo(f"{count:,} of {systems:,} systems, {found} with a difference")
    sys.exit(found > 0)


def trials(seeds: range, processes: int) -> Iterator[tuple[int, str | None]]:
    """Return each seed with what differed, or None."""
    if processes == 1:
        yield from map(trial, seeds)
        return
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(trial, seeds, chunksize=20)


if __name__ == "__main__":
    main()
