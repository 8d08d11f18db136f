"""Tradepit, its floors and other engines, measured in one run: what `make bench` calls.

python -m tradepit.tools.bench.compare [WORK...] [--rounds 3] [--count N] [--out docs/benchmarks.md]
"""

from collections.abc import Sequence
from pathlib import Path

import click

from tradepit.tools.bench.environments import PEERS, NotInstalledError, Peer, python_of, without_places
from tradepit.tools.bench.rounds import Round, RoundFailedError, best, own_round, peer_round
from tradepit.tools.bench.table import Row, Section, render, write
from tradepit.tools.bench.works import WORKS, UnknownWorkError, Work, named


def compare(
    works: Sequence[Work], peers: Sequence[Peer] = PEERS, *, rounds: int = 3, count: int | None = None
) -> list[Section]:
    """Measure works: the floor, Tradepit, and the engines that do them, in turns.

    An engine that cannot be installed, or fails, is told of in its row and stops nothing.

    Args:
        works: what to measure.
        peers: the engines to measure beside Tradepit.
        rounds: rounds of each side, of which the best counts.
        count: how much to do in a round, in place of the works' own counts.

    Raises:
        RoundFailedError: when the floor or Tradepit itself fails.
    """
    return [_section(work, [peer for peer in peers if work.name in peer.works], rounds, count) for work in works]


def _section(work: Work, peers: Sequence[Peer], rounds: int, count: int | None) -> Section:
    wanted = count or work.count
    found: dict[str, list[Round]] = {}
    failed: dict[str, str] = {}
    for turn in range(1, rounds + 1):
        for label in work.sides:
            _say(work, label, turn, rounds)
            found.setdefault(label, []).append(own_round(work, label, wanted))
        for peer in peers:
            if peer.name in failed:
                continue
            _say(work, peer.name, turn, rounds)
            try:
                one = peer_round(python_of(peer), peer.name, work, wanted)
            except (NotInstalledError, RoundFailedError) as error:
                failed[peer.name] = without_places(str(error))
            else:
                found.setdefault(peer.name, []).append(one)
    labels = [*work.sides, *(peer.name for peer in peers)]
    rows = [
        Row(label=label, reason=failed[label]) if label in failed else Row(label=label, found=best(found[label]))
        for label in labels
    ]
    return Section(work=work, count=wanted, rounds=rounds, rows=rows)


def _say(work: Work, label: str, turn: int, rounds: int) -> None:
    click.echo(f"{work.name}: {label}, round {turn} of {rounds}", err=True)


@click.command()
@click.argument("names", metavar="[WORK]...", nargs=-1)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Rounds of each side.")
@click.option("--count", type=click.IntRange(min=1000), help="How much to do in a round. [default: as each work says]")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("docs/benchmarks.md"),
    show_default=True,
    help="The page to write.",
)
@click.pass_context
def main(context: click.Context, names: tuple[str, ...], rounds: int, count: int | None, out: Path) -> None:
    """Measure Tradepit beside its floors and other engines, and write the table.

    Exits with 1 when a side did other work than the plain loop, for then its ratio means nothing.
    """
    try:
        works = named(names) if names else list(WORKS.values())
        sections = compare(works, rounds=rounds, count=count)
    except (UnknownWorkError, RoundFailedError) as error:
        raise click.ClickException(str(error)) from error
    page = render(sections)
    write(out, page)
    click.echo(page)
    if any(section.disagreements for section in sections):
        context.exit(1)


if __name__ == "__main__":
    main()
