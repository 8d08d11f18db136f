"""`tradepit list`: the scenarios that come with Tradepit."""

import textwrap

import click

from tradepit.scenarios.loader import load
from tradepit.tools.library import library

_WIDTH = 80


@click.command("list")
def command() -> None:
    """List the scenarios that come with Tradepit: name, and what each is about."""
    files = library()
    column = max(map(len, files), default=0) + 2
    for name, file in files.items():
        about = textwrap.wrap(load(file).about, _WIDTH - column) or [""]
        click.echo(f"{name:<{column}}{about[0]}".rstrip())
        for line in about[1:]:
            click.echo(" " * column + line)
