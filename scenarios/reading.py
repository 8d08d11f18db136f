"""What forms share while a scenario is read or written: where they are, what was found wrong, what is known already."""

import os
from collections.abc import Iterator
from datetime import UTC, date, tzinfo
from pathlib import Path

import attrs

from tradepit.scenarios.document import Mapping, Node, Scalar, Sequence, described
from tradepit.scenarios.problems import Place, Problem


class Unreadable(Exception):  # noqa: N818  the problem itself is noted already; this only unwinds
    """A node could not be read; what is wrong with it has been noted."""


def joined(path: str, key: str) -> str:
    """Return the path of a key below a path; a key that is no plain name stands in quotes."""
    step = f'"{key}"' if not key or any(mark in key for mark in '."[]= ') else key
    return f"{path}.{step}" if path else step


@attrs.frozen
class Spot:
    """A node and the way to it.

    Attributes:
        node: what stands there.
        path: such as `venues.ARCA.fees`; empty for the whole.
    """

    node: Node
    path: str = ""

    def entry(self, key: str) -> "Spot":
        """Return the spot of a key's value; the node must be a mapping that has it."""
        assert isinstance(self.node, Mapping)
        return Spot(self.node.entries[key].node, joined(self.path, key))

    def item(self, index: int) -> "Spot":
        """Return the spot of a list's item."""
        assert isinstance(self.node, Sequence)
        return Spot(self.node.items[index], f"{self.path}[{index}]")

    def places(self) -> Iterator[tuple[str, Place]]:
        """Yield the path and place of the node and of every one below it."""
        yield self.path, self.node.place
        if isinstance(self.node, Mapping):
            for key in self.node.entries:
                yield from self.entry(key).places()
        elif isinstance(self.node, Sequence):
            for index in range(len(self.node.items)):
                yield from self.item(index).places()

    def has(self, key: str) -> bool:
        """Tell whether the node is a mapping where a key says something."""
        if not isinstance(self.node, Mapping) or key not in self.node.entries:
            return False
        node = self.node.entries[key].node
        return not (isinstance(node, Scalar) and node.is_null)


@attrs.define
class Reading:
    """One reading of a scenario.

    Attributes:
        directory: where the scenario's relative paths start.
        directories: by source (see `Place`), where the relative paths of that file start.
        problems: found so far.
        zone: the clock's, of times that name none.
        day: the clock's first day, of times of day; None where the clock has no start.
        day_broken: whether the clock's start could not be read, so that nothing that needs it is to blame.
        symbols: the market's, or None where they could not be read.
        currency: the account's, or None where it could not be read.
        needs_data: whether files of market data must be there.
    """

    directory: Path
    directories: dict[str, Path] = attrs.Factory(dict)
    problems: list[Problem] = attrs.Factory(list)
    zone: tzinfo = UTC
    day: date | None = None
    day_broken: bool = False
    symbols: tuple[str, ...] | None = None
    currency: str | None = None
    needs_data: bool = True

    def note(self, place: Place, path: str, rule: str, value: str | None = None, suggestion: str = "") -> None:
        """Note a problem and go on."""
        self.problems.append(Problem(place=place, path=path, rule=rule, value=value, suggestion=suggestion))

    def refuse(self, spot: Spot, rule: str, suggestion: str = "") -> Unreadable:
        """Note that what stands somewhere breaks a rule, and return what to raise."""
        self.note(spot.node.place, spot.path, rule, described(spot.node), suggestion)
        return Unreadable()

    def rebased(self, path: str, source: str) -> str:
        """Return a path as the scenario's directory sees it; it was written as its own file's directory sees it."""
        home = self.directories.get(source, self.directory)
        if home == self.directory or Path(path).is_absolute():
            return path
        return Path(os.path.relpath(home / path, self.directory)).as_posix()


@attrs.frozen
class Writing:
    """One writing of a scenario.

    Attributes:
        zone: the clock's, in which times are written.
    """

    zone: tzinfo = UTC


_NOWHERE = Place("")


def scalar(text: str, *, quoted: bool = False) -> Scalar:
    """Return a node for a text."""
    return Scalar(_NOWHERE, text, quoted)
