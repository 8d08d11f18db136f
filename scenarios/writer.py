"""From the tree back to a file: units written, defaults left out, short mappings on one line."""

from collections.abc import Iterator
from datetime import UTC

import yaml

from tradepit.scenarios.document import Mapping, Node, Scalar, Sequence
from tradepit.scenarios.grammar import SCENARIO
from tradepit.scenarios.reading import Writing
from tradepit.scenarios.times import zone_of
from tradepit.scenarios.tree import Scenario
from tradepit.scenarios.units import UnitError

_FLOW_MARKS = frozenset(":,[]{}")
_LINE = 110  # characters up to which a mapping or list stands on one line


def dump(scenario: Scenario) -> str:
    """Return a scenario as YAML; `loads` makes an equal scenario of it.

    Raises:
        TypeError: a strategy's setting is of a kind that YAML has no word for.
    """
    try:
        zone = zone_of(scenario.clock.zone)
    except UnitError:  # `validate` says so; until then the times stand in UTC
        zone = UTC
    node = SCENARIO.write(scenario, Writing(zone))
    text: str = yaml.emit(_document(node), Dumper=yaml.CSafeDumper, width=_LINE + 20, allow_unicode=True)
    return text


def _document(root: Node) -> Iterator[yaml.Event]:
    yield yaml.StreamStartEvent()
    yield yaml.DocumentStartEvent(explicit=False)
    yield from _events(root, level=0)
    yield yaml.DocumentEndEvent(explicit=False)
    yield yaml.StreamEndEvent()


def _events(node: Node, level: int, *, flow: bool = False) -> Iterator[yaml.Event]:
    """Yield the emitter's events; the first two levels have a line for each key, below that what is short has one."""
    if isinstance(node, Scalar):
        yield yaml.ScalarEvent(None, None, (True, True), node.text, style='"' if node.quoted else None)
        return
    inner = [entry.node for entry in node.entries.values()] if isinstance(node, Mapping) else list(node.items)
    flat = all(isinstance(child, Scalar) for child in inner)
    short = level > 0 and (level > 1 or flat) and _length(node) <= _LINE and not _wants_lines(node)
    flow = flow or not inner or short
    if isinstance(node, Mapping):
        yield yaml.MappingStartEvent(None, None, True, flow_style=flow)
        for key, entry in node.entries.items():
            yield yaml.ScalarEvent(None, None, (True, True), key)
            yield from _events(entry.node, level + 1, flow=flow)
        yield yaml.MappingEndEvent()
    else:
        yield yaml.SequenceStartEvent(None, None, True, flow_style=flow)
        for item in node.items:
            yield from _events(item, level + 1, flow=flow)
        yield yaml.SequenceEndEvent()


def _wants_lines(node: Node) -> bool:
    """Tell whether a mapping has values that would need quotes on one line, such as `14:30` or `normal(1us, 2us)`."""
    if isinstance(node, Mapping):
        inner = [entry.node for entry in node.entries.values()]
        marked = any(isinstance(child, Scalar) and not _FLOW_MARKS.isdisjoint(child.text) for child in inner)
        return marked or any(_wants_lines(child) for child in inner)
    return False


def _length(node: Node) -> int:
    """Return roughly how many characters a node takes on one line."""
    if isinstance(node, Scalar):
        return len(node.text) + 2
    if isinstance(node, Sequence):
        return 2 + sum(_length(item) + 2 for item in node.items)
    return 2 + sum(len(key) + 2 + _length(entry.node) for key, entry in node.entries.items())
