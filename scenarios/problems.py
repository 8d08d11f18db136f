"""What can be wrong with a scenario, and where it stands: errors that carry data and read well in a terminal."""

import difflib
import textwrap
from collections.abc import Iterable

import attrs

_WIDTH = 80
_SHOWN = 48  # characters of a value that a message repeats


@attrs.frozen(order=True)
class Place:
    """Where something stands.

    Attributes:
        source: the file as the user named it, or the `--set` option.
        line: from 1; 0 where there are no lines, as in an option.
        column: from 1, in characters.
    """

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@attrs.frozen(kw_only=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        place: where it stands.
        path: the way to it through the scenario, such as `venues.ARCA.fees.taker`; empty for the file itself.
        rule: what should hold.
        value: what was there, as written; None where nothing was.
        suggestion: what to write instead; may be empty.
    """

    place: Place
    path: str
    rule: str
    value: str | None = None
    suggestion: str = ""

    @property
    def file(self) -> str:
        """Return the file, or the `--set` option."""
        return self.place.source

    @property
    def line(self) -> int:
        """Return the line, from 1; 0 for an option."""
        return self.place.line

    @property
    def column(self) -> int:
        """Return the column, from 1; 0 for an option."""
        return self.place.column

    @property
    def message(self) -> str:
        """Return rule, value and suggestion in one line."""
        was = "" if self.value is None else f", was {self.value}"
        return f"{self.rule}{was}" + (f"; {self.suggestion}" if self.suggestion else "")

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.place), self.path, self.message) if part)


class ScenarioError(ValueError):
    """A scenario cannot be used; carries every problem that was found, in the order of the file.

    Attributes:
        problems: at least one.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(
            textwrap.fill(
                str(problem), _WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
            )
            for problem in self.problems
        )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one most likely means, or None."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    matches = difflib.get_close_matches(name.casefold()[:100], by_fold, n=1, cutoff=0.62)
    return by_fold[matches[0]] if matches else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a suggestion for a name that is not known: the nearest one, else all of them if they are few."""
    names = list(known)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean {near}?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= 24 else ""


def shown(text: str) -> str:
    """Return a value as a message repeats it: on one line and not too long."""
    line = " ".join(text.split()) if text.isprintable() else repr(text)[1:-1]
    return line if len(line) <= _SHOWN else line[: _SHOWN - 3] + "..."
