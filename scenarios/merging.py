"""How one scenario varies another: `extends` and `--set`, on nodes, so that every value keeps its place.

A mapping is merged key by key, anything else is replaced, and a key with nothing behind it takes the other's away.
Where a mapping is one of several alternatives (a source is a file or a path), naming another one replaces it whole.
"""

import re
from collections.abc import Iterator
from typing import Final

from tradepit.scenarios.document import Entry, Mapping, Node, Scalar, Sequence, described, parse
from tradepit.scenarios.forms import Either, Form, ListOf, MapOf, Record, Tagged
from tradepit.scenarios.grammar import SCENARIO
from tradepit.scenarios.problems import Place, Problem, ScenarioError, did_you_mean, shown
from tradepit.scenarios.reading import joined

_MAX_STEPS = 20
_STEP = re.compile(r'"([^"]*)"|\[(\d{1,6})\]|([^.\[\]"=]+)')

_Way = tuple[str, ...]


def _choices(form: Form, way: _Way) -> Iterator[tuple[_Way, tuple[tuple[str, ...], ...]]]:
    """Yield the way to every form that is one of several mappings, and the keys that tell those apart."""
    match form:
        case Tagged():
            yield way, tuple(tags for tags, _ in form.records)
            for _, record in form.records:
                yield from _choices(record, way)
        case Record():
            for key in form.keys:
                yield from _choices(key.form, (*way, key.name))
        case Either():
            yield from _choices(form.short, way)
            yield from _choices(form.long, way)
        case MapOf() | ListOf():
            yield from _choices(form.form, (*way, "*"))


# Where a mapping is one of several alternatives: the way there, `*` for any name or item, and the keys that tell them
# apart.
_ALTERNATIVES: Final = tuple(_choices(SCENARIO, ()))


def merged(base: Node, over: Node, way: tuple[str, ...] = ()) -> Node:
    """Return a node varied by another that stands at the same place of another file."""
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)) or _replaces(base, over, way):
        return over
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        if key in entries and isinstance(entry.node, Scalar) and entry.node.is_null:
            del entries[key]
        elif key in entries:
            entries[key] = Entry(entry.place, merged(entries[key].node, entry.node, (*way, key)))
        else:
            entries[key] = entry
    return Mapping(over.place, entries)


def _replaces(base: Mapping, over: Mapping, way: tuple[str, ...]) -> bool:
    """Tell whether both are alternatives of which there can be one, and not the same."""
    for pattern, groups in _ALTERNATIVES:
        if len(pattern) == len(way) and all(step in ("*", name) for step, name in zip(pattern, way, strict=True)):
            old = [group for group in groups if any(key in base.entries for key in group)]
            new = [group for group in groups if any(key in over.entries for key in group)]
            return bool(old) and bool(new) and old != new
    return False


def option_source(option: str) -> str:
    """Return what problems call a `--set` option."""
    return f"--set {shown(option)}"


def apply_set(root: Node, option: str, problems: list[Problem]) -> Node:
    """Return a scenario with one value set.

    Args:
        root: the scenario.
        option: such as `venues.ARCA.latency.order=5ms`; a list's item is `strategies[0]`, a name with dots stands in
            quotes, and nothing behind the `=` takes the key away.
        problems: gets what is wrong with the option.
    """
    place = Place(option_source(option))
    steps, text = _steps(option)
    if not steps or text is None or len(steps) > _MAX_STEPS:
        rule = "must be PATH=VALUE"
        problems.append(
            Problem(place=place, path="", rule=rule, suggestion="write --set venues.ARCA.latency.order=5ms")
        )
        return root
    try:
        value = parse(text, place.source, problems, in_option=True) if text.strip() else Scalar(place, "")
        return _with(root, steps, value, place, ())
    except ScenarioError as error:
        problems.extend(problem for problem in error.problems if problem not in problems)
        return root


def _steps(option: str) -> tuple[list[str], str | None]:
    """Return the steps of a path and the text behind it; no steps where it is malformed."""
    steps: list[str] = []
    position = 0
    while match := _STEP.match(option, position):
        steps.append(next(group for group in match.groups() if group is not None).strip())
        position = match.end()
        if option[position : position + 1] == "=":
            return steps, option[position + 1 :]
        position += option[position : position + 1] == "."
    return [], None


def _with(node: Node, steps: list[str], value: Node, place: Place, way: tuple[str, ...]) -> Node:
    """Return a node in which one value below it is another."""
    if not steps:
        return value
    step, *rest = steps
    path = ""
    for name in way:
        path = joined(path, name)
    if isinstance(node, Scalar) and node.is_null:
        node = Mapping(place, {})
    if isinstance(node, Sequence):
        if not step.isdecimal() or int(step) >= len(node.items):
            rule = f"{path} is a list of {len(node.items)}, counted from 0"
            raise ScenarioError([Problem(place=place, path=path, rule=rule, value=shown(step))])
        index = int(step)
        items = list(node.items)
        items[index] = _with(items[index], rest, value, place, (*way, step))
        return Sequence(node.place, tuple(items))
    if isinstance(node, Scalar):
        rule = f"{path} is one value, there is nothing below it to set"
        suggestion = f"set it whole: {path}={{{step}: ...}}"
        raise ScenarioError([Problem(place=place, path=path, rule=rule, value=described(node), suggestion=suggestion)])
    if rest and way in (("venues",), ("market",)) and node.entries and step not in node.entries:
        suggestion = did_you_mean(step, node.entries)
        raise ScenarioError([Problem(place=place, path=path, rule="has none of that name", value=shown(step),
                                     suggestion=suggestion)])  # fmt: skip
    old = node.entries.get(step)
    inner = _with(old.node if old else Scalar(place, ""), rest, value, place, (*way, step))
    alone = Mapping(place, {step: Entry(place, inner)})
    entries = {} if _replaces(node, alone, way) else dict(node.entries)
    if isinstance(inner, Scalar) and inner.is_null:
        entries.pop(step, None)
    else:
        entries[step] = Entry(old.place if old else place, inner)
    return Mapping(node.place, entries)
