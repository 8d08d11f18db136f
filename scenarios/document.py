"""YAML as nodes that know their places.

PyYAML's parser does the reading; the nodes are made here from its events, because a ready-made loader forgets lines,
loses duplicate keys and reads `NO` and `10:30:05` by the rules of YAML 1.1. Here a scalar stays text, with its quotes
noted, until a form asks what it means. Size, depth and the growth of aliases are bounded.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NoReturn, Protocol

import attrs
import yaml

from tradepit.scenarios.problems import Place, Problem, ScenarioError, shown

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 100_000

_NUMBER = re.compile(r"[-+]?(\.\d[\d_]*|\d[\d_]*(\.[\d_]*)?)([eE][-+]?\d+)?")
_INTEGER = re.compile(r"[-+]?\d[\d_]*")
_RADIX = re.compile(r"0x[0-9a-fA-F]{1,16}|0o[0-7]{1,22}")
_SPECIAL = {".inf": "inf", "+.inf": "inf", "-.inf": "-inf", ".nan": "nan"}
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})


@attrs.frozen
class Scalar:
    """One value.

    Attributes:
        place: where it begins.
        text: what it says, without quotes.
        quoted: whether it stood in quotes or in a block, and so is text whatever it looks like.
    """

    place: Place
    text: str
    quoted: bool = False
    size: int = 1

    @property
    def is_null(self) -> bool:
        """Tell whether nothing was written."""
        return not self.quoted and self.text in _NULL


@attrs.frozen
class Sequence:
    """A list.

    Attributes:
        place: where it begins.
        items: its nodes.
        size: number of nodes in it, itself included, aliases counted each time.
    """

    place: Place
    items: tuple["Node", ...]
    size: int = 1


@attrs.frozen
class Entry:
    """A key and its value.

    Attributes:
        place: where the key stands.
        node: the value.
    """

    place: Place
    node: "Node"


@attrs.frozen
class Mapping:
    """Keys and values, in the order of the file.

    Attributes:
        place: where it begins.
        entries: by key.
        size: number of nodes in it, itself included, aliases counted each time.
    """

    place: Place
    entries: dict[str, Entry]
    size: int = 1


Node = Scalar | Sequence | Mapping


def is_number(text: str) -> bool:
    """Tell whether a plain scalar is a number: as YAML 1.2 says, and with `_` between digits."""
    return _NUMBER.fullmatch(text) is not None and "__" not in text and not text.endswith("_") and "_." not in text


def plain(node: Node) -> object:
    """Return a node as Python values, its scalars by the rules of YAML 1.2's core schema, `_` allowed in numbers."""
    if isinstance(node, Mapping):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return node.text if node.quoted else plain_scalar(node.text)


def plain_scalar(text: str) -> str | float | bool | None:
    """Return what an unquoted scalar means."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text.lower() in _SPECIAL:
        return float(_SPECIAL[text.lower()])
    if _RADIX.fullmatch(text):
        return int(text, 0)
    if is_number(text):
        digits = text.replace("_", "")
        return int(digits) if _INTEGER.fullmatch(text) and len(digits) < 100 else float(digits)
    return text


def rounded(node: Node) -> Iterator[tuple[str, Scalar, float]]:
    """Yield what `plain` rounds, as a float has fewer digits than are written: path, scalar, and what it becomes."""
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            yield from ((f".{shown(key)}{path}", found, value) for path, found, value in rounded(entry.node))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from ((f"[{index}]{path}", found, value) for path, found, value in rounded(item))
    elif not node.quoted and is_number(node.text):
        value = plain_scalar(node.text)
        if type(value) is float and Decimal(repr(value)) != Decimal(node.text.replace("_", "")):
            yield "", node, value


def described(node: Node) -> str:
    """Return a node as a message repeats it."""
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.is_null:
        return "nothing"
    return f'"{shown(node.text)}"' if node.quoted else shown(node.text)


def parse(text: str, source: str, problems: list[Problem], *, in_option: bool = False) -> Node:
    """Return the one document of a YAML text.

    Args:
        text: the YAML.
        source: the file's name, or the option's, for places.
        problems: gets what can be read past: duplicate keys (the first counts), merge keys, tags.
        in_option: whether the text is an option's value, where lines and columns say nothing.

    Raises:
        ScenarioError: the text cannot be read on; holds the problems up to there.
    """
    if len(text) > MAX_CHARACTERS:
        rule = f"a scenario has at most {MAX_CHARACTERS:,} characters"
        raise ScenarioError([Problem(place=Place(source), path="", rule=rule, value=f"{len(text):,}")])
    builder = _Builder(source, problems, in_option=in_option)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise ScenarioError([*problems, builder.syntax_problem(error)]) from None
    except _Stop as stop:
        raise ScenarioError([*problems, stop.problem]) from None
    except yaml.reader.ReaderError as error:
        place = _place_of(text, error.position, source)
        rule = "a character that YAML does not allow"
        problem = Problem(place=place, path="", rule=rule, value=_character(error.character))
        raise ScenarioError([*problems, problem]) from None
    except UnicodeEncodeError as error:
        place = _place_of(text, error.start, source)
        rule = "a character that YAML does not allow"
        problem = Problem(place=place, path="", rule=rule, value=_character(text[error.start]))
        raise ScenarioError([*problems, problem]) from None
    if builder.root is None:
        place = Place(source, 1, 1)
        suggestion = "`tradepit new` writes one to start from"
        raise ScenarioError(
            [Problem(place=place, path="", rule="a scenario is wanted, the text is empty", suggestion=suggestion)]
        )
    return builder.root


def _character(character: object) -> str:
    code = character if isinstance(character, int) else ord(str(character)[:1] or "\0")
    return f"U+{code:04X}"


def _place_of(text: str, position: int, source: str) -> Place:
    before = text[:position]
    return Place(source, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


@attrs.define
class _Open:
    """A list or mapping whose end has not been read yet."""

    place: Place
    anchor: str | None
    is_mapping: bool
    is_flow: bool
    items: list[Node] = attrs.Factory(list)
    entries: dict[str, Entry] = attrs.Factory(dict)
    key: tuple[Node, Place] | None = None
    size: int = 1


def _continued(call: Node, piece: Node) -> Scalar | None:
    """Return a call that the commas of a flow collection tore apart, with its next piece; None where there is none.

    YAML ends a plain scalar of `{order: lognormal(240us, 0.3)}` at the comma, where a reader sees one value.
    """
    if not (isinstance(call, Scalar) and isinstance(piece, Scalar)) or call.quoted or piece.quoted:
        return None
    if call.text.count("(") <= call.text.count(")"):
        return None
    return Scalar(call.place, f"{call.text}, {piece.text}")


class _Mark(Protocol):
    """A place as the parser tells it, counted from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


class _Stop(Exception):  # noqa: N818  no error by itself: the way out of the parser's loop
    """Reading on would be pointless or costly."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class _Builder:
    """Makes nodes from the parser's events."""

    def __init__(self, source: str, problems: list[Problem], *, in_option: bool) -> None:
        self.root: Node | None = None
        self._problems = problems
        self._source = source
        self._in_option = in_option
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def place(self, mark: _Mark | None) -> Place:
        """Return a mark of the parser as a place."""
        if mark is None or self._in_option:
            return Place(self._source)
        return Place(self._source, mark.line + 1, mark.column + 1)

    def syntax_problem(self, error: yaml.MarkedYAMLError) -> Problem:
        """Return the parser's complaint as a problem."""
        context = error.context or ""
        if context and error.context_mark is not None and not self._in_option:
            context += f" begun on line {error.context_mark.line + 1}"
        rule = " ".join(part for part in ("not YAML:", error.problem, context) if part)
        return Problem(place=self.place(error.problem_mark or error.context_mark), path="", rule=rule)

    def take(self, event: yaml.Event) -> None:
        """Take the parser's next event."""
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop("a scenario is one YAML document", event)
            case yaml.ScalarEvent():
                self._refuse_tag(event)
                quoted = event.style in ("'", '"', "|", ">")
                self._add(Scalar(self.place(event.start_mark), event.value, quoted), event, event.anchor)
            case yaml.AliasEvent():
                name = event.anchor or ""
                if name not in self._anchors:
                    self._stop(f"an alias must name a finished anchor, was *{shown(name)}", event)
                self._add(self._anchors[name], event, None)
            case yaml.CollectionStartEvent():
                self._refuse_tag(event)
                if len(self._stack) >= MAX_DEPTH:
                    self._stop(f"a scenario nests at most {MAX_DEPTH} deep", event)
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                place = self.place(event.start_mark)
                self._stack.append(_Open(place, event.anchor, is_mapping, bool(event.flow_style)))
            case yaml.CollectionEndEvent():
                done = self._stack.pop()
                node: Node = (
                    Mapping(done.place, done.entries, done.size)
                    if done.is_mapping
                    else Sequence(done.place, tuple(done.items), done.size)
                )
                self._add(node, event, done.anchor)

    def _add(self, node: Node, event: yaml.Event, anchor: str | None) -> None:
        """Put a finished node where it belongs."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        parent.size += node.size
        if sum(open_.size for open_ in self._stack) > MAX_NODES:
            self._stop(f"a scenario has at most {MAX_NODES:,} values, aliases counted each time", event)
        if not parent.is_mapping:
            if not (parent.items and parent.is_flow and (call := _continued(parent.items[-1], node))):
                parent.items.append(node)
            else:
                parent.items[-1] = call
        elif parent.key is None:
            ends = isinstance(event, yaml.CollectionEndEvent)
            parent.key = (node, node.place if ends else self.place(event.start_mark))
        else:
            self._add_entry(*parent.key, node, parent)
            parent.key = None

    def _add_entry(self, key_node: Node, place: Place, node: Node, parent: _Open) -> None:
        """Put a key and its value into a mapping."""
        if parent.is_flow and parent.entries and isinstance(node, Scalar) and not node.text and not node.quoted:
            last, entry = next(reversed(parent.entries.items()))
            call = _continued(entry.node, key_node)
            if call is not None:
                parent.entries[last] = Entry(entry.place, call)
                return
        parent.entries.setdefault(self._key(key_node, parent, place), Entry(place, node))

    def _key(self, node: Node, parent: _Open, place: Place) -> str:
        """Return a key's text, after noting what is wrong with it."""
        if not isinstance(node, Scalar):
            self._note(place, "a key must be a name", described(node))
            return ""
        if node.text == "<<" and not node.quoted:
            self._note(place, "merge keys are not read", "<<", "write the keys out, or use extends")
        elif node.text in parent.entries:
            first = parent.entries[node.text].place
            where = f"the first is on line {first.line}" if first.line else ""
            self._note(place, "each key may stand once", shown(node.text), where)
        return node.text

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            self._note(self.place(event.start_mark), "tags are not read", shown(str(event.tag)), "take the tag away")

    def _note(self, place: Place, rule: str, value: str, suggestion: str = "") -> None:
        self._problems.append(Problem(place=place, path="", rule=rule, value=value, suggestion=suggestion))

    def _stop(self, rule: str, event: yaml.Event) -> NoReturn:
        raise _Stop(Problem(place=self.place(event.start_mark), path="", rule=rule))
