"""Forms of what lies in the file system: data files and strategies' code."""

import re
from pathlib import Path

import attrs

from tradepit.scenarios.document import Node
from tradepit.scenarios.forms import Form, Schema
from tradepit.scenarios.problems import nearest
from tradepit.scenarios.reading import Reading, Spot, Writing
from tradepit.scenarios.scalar_forms import scalar_text, written_text

_MODULE = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"
_CLASS = r"[A-Za-z_]\w*"
USE_PATTERN = rf"^({_MODULE}|.+\.py):{_CLASS}$"


@attrs.frozen
class ExistingFile(Form):
    """A path to a file of data, relative to the scenario's directory."""

    def read(self, spot: Spot, reading: Reading) -> str:
        """Return the path, after a check that there is a file."""
        text = scalar_text(spot, reading, "must be a path", "write data/spy.csv")
        if not reading.needs_data:
            return reading.rebased(text, spot.node.place.source)
        return _existing(text, spot, reading)

    def write(self, value: str, writing: Writing) -> Node:  # noqa: ARG002
        """Return the path."""
        return written_text(value)

    def schema(self) -> Schema:
        """Return a string."""
        return {"type": "string", "minLength": 1}


@attrs.frozen
class ClassToUse(Form):
    """A class, or whatever else a module has: `module:Class` or `./file.py:Class`.

    Attributes:
        noun: what is named, for messages.
        name: how one might be called.
    """

    noun: str = "class"
    name: str = "MyStrategy"

    def read(self, spot: Spot, reading: Reading) -> str:
        """Return the text; a file must exist, a module is imported when the run is wired."""
        example = f"write my_module:{self.name} or ./mine.py:{self.name}"
        text = scalar_text(spot, reading, f"must name a {self.noun}", example)
        where, _, name = text.rpartition(":")
        if re.search(USE_PATTERN, text) is None:
            if re.fullmatch(rf"{_MODULE}\.py", text):
                suggestion = f"write ./{text}:{self.name if self.noun != 'class' else 'ClassName'}"
            elif re.fullmatch(_MODULE, text) and "." in text:
                suggestion = "write {}:{}".format(*text.rsplit(".", 1))
            else:
                suggestion = example
            kind = self.noun.capitalize() if self.noun == "class" else self.noun
            raise reading.refuse(spot, f"must be module:{kind} or ./file.py:{kind}", suggestion)
        if not where.endswith(".py"):
            return text
        return f"{_relative(_existing(where, spot, reading))}:{name}"

    def write(self, value: str, writing: Writing) -> Node:  # noqa: ARG002
        """Return the text."""
        return written_text(value)

    def schema(self) -> Schema:
        """Return a pattern."""
        return {"type": "string", "pattern": USE_PATTERN}


def _relative(path: str) -> str:
    """Return a path of code so that it cannot be taken for a module."""
    return path if path.startswith((".", "/")) or Path(path).is_absolute() else f"./{path}"


def _existing(text: str, spot: Spot, reading: Reading) -> str:
    """Return a path as the scenario's directory sees it, after a check that there is a file."""
    path = reading.rebased(text, spot.node.place.source)
    found = reading.directory / path
    suggestion = f"paths start at {reading.directory}"
    try:
        if found.is_file():
            return path
        if found.is_dir():
            raise reading.refuse(spot, "must be a file, not a directory")
        near = nearest(found.name, sorted(other.name for other in found.parent.iterdir()))
        if near is not None:
            suggestion = f"did you mean {text.removesuffix(found.name)}{near}?"
    except (OSError, ValueError):  # no such directory, or a name that the system refuses
        pass
    raise reading.refuse(spot, "no such file", suggestion)
