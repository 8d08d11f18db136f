"""The command `tradepit`. A subcommand is imported when it is called, so that help and completion come at once."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from tradepit.tools.exits import NoReaderError, guarded

COMMANDS = {
    "run": "Run a scenario and say whether it holds.",
    "test": "Run many scenarios in parallel, one line each.",
    "paper": "Run a scenario against the clock on the wall.",
    "replay": "Run again what a run's journal tells of, and compare.",
    "validate": "Check scenarios without running them.",
    "new": "Write a scenario and a strategy to start from.",
    "list": "List the scenarios that come with Tradepit.",
    "schema": "Print the JSON Schema of scenario files.",
    "bench": "Measure the speed on this machine.",
    "completion": "Print what makes a shell complete commands.",
}


class Commands(click.Group):
    """The subcommands by name, each in a module of its own in `tradepit.tools.commands`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names, the most used first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """Import a subcommand."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"tradepit.tools.commands.{cmd_name}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a subcommand; for one that there is not, name what was most likely meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from tradepit.scenarios.problems import did_you_mean  # slow to import, and only a mistake needs them
            from tradepit.tools.library import library

            is_scenario = name in library() or Path(name).is_file()
            hint = f"write tradepit run {name}" if is_scenario else did_you_mean(name, COMMANDS)
            ctx.fail(f"no such command: {name}; {hint}")
        return super().resolve_command(ctx, args)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the command line; see `invoke`."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except BrokenPipeError:
            raise NoReaderError from None

    def invoke(self, ctx: click.Context) -> Any:
        """Call the subcommand; click must not take a broken pipe for its own affair and exit with 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise NoReaderError from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tradepit", message="%(prog)s %(version)s")
def cli() -> None:
    """Tradepit: a trading pit you can crash on purpose and replay bit for bit.

    Begin with `tradepit run first-run`, or `tradepit new my-idea`.

    Exit codes: 0 all held; 1 an expectation or invariant failed, or an actor raised; 2 bad input; 70 a bug in
    tradepit; 74 a file cannot be written; 130 stopped by Ctrl-C; 141 the output's reader went away.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal or pipe that knows no Unicode gets question marks, not an exception.
            stream.reconfigure(errors="replace")
    sys.exit(guarded(lambda: run_command(arguments)))


def run_command(arguments: list[str] | None) -> Any:
    """Run the command line and return its exit code; its errors are raised."""
    return cli.main(arguments, prog_name="tradepit", standalone_mode=False)


if __name__ == "__main__":
    main()
