"""`tradepit new`: a scenario and a strategy to start from."""

import keyword
import re
import sys
from pathlib import Path

import click

from tradepit.scenarios.template import new_scenario, new_strategy


@click.command("new")
@click.argument("name")
def command(name: str) -> None:
    """Write NAME.yaml, a commented scenario that runs as it is, and a strategy in Python beside it.

    NAME has lower-case letters, digits and dashes. Nothing that is there is overwritten.
    """
    module = f"{re.sub('[-.]', '_', name)}.py"
    class_name = class_of(name)
    try:
        texts = {f"{name}.yaml": new_scenario(name, f"./{module}:{class_name}"), module: new_strategy(class_name)}
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from None
    stem = module.removesuffix(".py")
    if stem in sys.stdlib_module_names or stem == "tradepit":
        owner = "tradepit itself" if stem == "tradepit" else "a module of Python's own"
        said = f"{module} would stand in the way of {owner}, was {name!r}; write my-{name}"
        raise click.BadParameter(said, param_hint="NAME")
    for file in texts:
        if Path(file).exists():
            raise click.UsageError(f"{file} is there already; choose another name, or move it away")
    for file, text in texts.items():
        with Path(file).open("x", encoding="utf-8") as stream:
            stream.write(text)
        click.echo(f"wrote {file}")
    click.echo(f"now run it: tradepit run {name}.yaml")


def class_of(name: str) -> str:
    """Return a class's name made of a scenario's: `my-idea` gives `MyIdea`."""
    words = "".join(word.capitalize() for word in re.split("[-_.]", name))
    return words if words.isidentifier() and not keyword.iskeyword(words) and words != "Strategy" else f"My{words}"
