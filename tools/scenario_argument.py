"""Scenarios on the command line: a path or a name of the library, completed by the shell."""

import click
from click.shell_completion import CompletionItem


class ScenarioName(click.ParamType[str]):
    """A scenario's path, or the name of one that comes with Tradepit."""

    name = "scenario"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  click's signature
        param: click.Parameter,  # noqa: ARG002  click's signature
        incomplete: str,
    ) -> list[CompletionItem]:
        """Offer the names of the library, and let the shell offer files."""
        from tradepit.tools.library import library  # only the shell's question needs it

        names = [CompletionItem(name) for name in library() if name.startswith(incomplete)]
        return [*names, CompletionItem(incomplete, type="file")]
