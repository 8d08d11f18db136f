"""`tradepit completion`: the script that makes a shell complete our commands."""

import click
from click.shell_completion import get_completion_class

_COMMAND = "tradepit"
_VARIABLE = "_TRADEPIT_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    r"""Print the script that lets SHELL complete commands, options and scenarios.

    \b
    bash  tradepit completion bash >> ~/.bashrc
    zsh   tradepit completion zsh >> ~/.zshrc
    fish  tradepit completion fish > ~/.config/fish/completions/tradepit.fish
    """
    cls = get_completion_class(shell)
    assert cls is not None
    # The script only names the command; what it completes is asked of the command itself, later.
    click.echo(cls(click.Command(_COMMAND), {}, _COMMAND, _VARIABLE).source())
