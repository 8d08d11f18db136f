"""`tradepit schema`: what editors need to complete and check scenario files."""

import json

import click

from tradepit.scenarios.schema import json_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of scenario files.

    Save it, and begin a scenario with `# yaml-language-server: $schema=FILE`.
    """
    click.echo(json.dumps(json_schema(), indent=2))
