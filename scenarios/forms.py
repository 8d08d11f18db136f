"""Forms: each says how one kind of value is read from a scenario, written into one, and described to an editor.

One form serves all three, so that what is read, what is written and what an editor checks cannot differ.
This file has the forms of whole structures; `scalar_forms` has those of single values, `grammar` puts them together.
"""

import abc
import inspect
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import attrs

from tradepit.scenarios.document import Entry, Mapping, Node, Scalar, Sequence, plain
from tradepit.scenarios.problems import Place, did_you_mean, nearest, shown
from tradepit.scenarios.reading import Reading, Spot, Unreadable, Writing, joined

Schema = dict[str, Any]

_NOWHERE = Place("")


class Form(abc.ABC):
    """How one kind of value stands in a scenario."""

    @abc.abstractmethod
    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the value that stands somewhere.

        Raises:
            Unreadable: there is none; the problems are noted in `reading`.
        """

    @abc.abstractmethod
    def write(self, value: Any, writing: Writing) -> Node:
        """Return the node that `read` makes into an equal value."""

    @abc.abstractmethod
    def schema(self) -> Schema:
        """Return the JSON Schema of what `read` accepts."""

    def takes(self, value: object) -> bool:  # noqa: ARG002  for forms that share their kind of value with others
        """Tell whether `write` can say a value."""
        return True


@attrs.frozen
class ListOf(Form):
    """A list.

    Attributes:
        form: of each item.
        at_least: how many items there must be.
        noun: what the items are, for messages.
    """

    form: Form
    noun: str
    at_least: int = 0

    def read(self, spot: Spot, reading: Reading) -> tuple[Any, ...]:
        """Return the items; all are read, even when one is wrong."""
        if not isinstance(spot.node, Sequence):
            raise reading.refuse(spot, f"must be a list of {self.noun}", "write - before each, or [one, two]")
        if len(spot.node.items) < self.at_least:
            raise reading.refuse(spot, f"needs at least {self.at_least} of its {self.noun}")
        items: list[Any] = []
        for index in range(len(spot.node.items)):
            try:
                items.append(self.form.read(spot.item(index), reading))
            except Unreadable:
                continue
        if len(items) < len(spot.node.items):
            raise Unreadable
        return tuple(items)

    def write(self, value: Iterable[Any], writing: Writing) -> Node:
        """Return a list."""
        return Sequence(_NOWHERE, tuple(self.form.write(item, writing) for item in value))

    def schema(self) -> Schema:
        """Return an array."""
        schema: Schema = {"type": "array", "items": self.form.schema()}
        return {**schema, "minItems": self.at_least} if self.at_least else schema


@attrs.frozen
class MapOf(Form):
    """Values by name, in the order of the file.

    Attributes:
        form: of each value.
        noun: what the names are, for messages.
        pattern: what a name looks like.
        at_least: how many there must be.
    """

    form: Form
    noun: str
    pattern: str = r"^[^\s]{1,64}$"
    at_least: int = 0

    def read(self, spot: Spot, reading: Reading) -> dict[str, Any]:
        """Return the values by name; all are read, even when one is wrong."""
        if not isinstance(spot.node, Mapping):
            raise reading.refuse(spot, f"must be a mapping by {self.noun}", "write name: {...} for each")
        if len(spot.node.entries) < self.at_least:
            raise reading.refuse(spot, f"needs at least {self.at_least} {self.noun}")
        values: dict[str, Any] = {}
        for name, entry in spot.node.entries.items():
            path = joined(spot.path, shown(name))
            if re.search(self.pattern, name) is None or not name.isprintable():
                reading.note(entry.place, path, f"a {self.noun} has no spaces and at most 64 letters", shown(name))
            elif not spot.has(name):
                reading.note(entry.place, path, "must say something", "nothing", f"write {name}: {{}} for defaults")
            else:
                try:
                    values[name] = self.form.read(spot.entry(name), reading)
                except Unreadable:
                    continue
        if len(values) < len(spot.node.entries):
            raise Unreadable
        return values

    def write(self, value: dict[str, Any], writing: Writing) -> Node:
        """Return a mapping."""
        return mapping((name, self.form.write(item, writing)) for name, item in value.items())

    def schema(self) -> Schema:
        """Return an object with any names."""
        schema: Schema = {
            "type": "object",
            "propertyNames": {"pattern": self.pattern},
            "additionalProperties": self.form.schema(),
        }
        return {**schema, "minProperties": self.at_least} if self.at_least else schema


def mapping(entries: Iterable[tuple[str, Node]]) -> Mapping:
    """Return a node for keys and values."""
    return Mapping(_NOWHERE, {name: Entry(_NOWHERE, node) for name, node in entries})


@attrs.frozen
class Key:
    """One key of a record.

    Attributes:
        name: as in the file.
        form: of its value.
        attribute: of the class; empty when it is the key's name.
        required: whether it must be there.
        spread: whether the value is a record whose keys belong to this record's own class.
        example: what to write where it is missing.
    """

    name: str
    form: Form
    attribute: str = ""
    required: bool = False
    spread: bool = False
    example: str = ""


Check = Callable[[Any, Spot, Reading], None]


@attrs.frozen
class Record(Form):
    """A mapping with known keys, read into one class.

    Attributes:
        cls: the attrs class; its docstring describes the keys.
        keys: in the order in which they are read and written.
        check: looks at the whole when each key could be read, and notes what is wrong.
    """

    cls: type[Any]
    keys: tuple[Key, ...]
    check: Check | None = None

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return an instance of the class."""
        values, whole = self.values(spot, reading)
        if not whole:
            raise Unreadable
        try:
            value = self.cls(**values)
        except ValueError as error:
            reading.note(spot.node.place, spot.path, str(error))
            raise Unreadable from None
        if self.check is not None:
            self.check(value, spot, reading)
        return value

    def values(self, spot: Spot, reading: Reading) -> tuple[dict[str, Any], bool]:
        """Return what could be read, by attribute, and whether that is all that was wanted."""
        names = [key.name for key in self.keys]
        if not isinstance(spot.node, Mapping):
            raise reading.refuse(spot, "must be a mapping", f"its keys: {', '.join(names)}" if names else "write {}")
        misspelt: list[str | None] = []
        for name, entry in spot.node.entries.items():
            if name not in names:
                misspelt.append(nearest(name, names))
                path = joined(spot.path, shown(name))
                reading.note(entry.place, path, "must be a known key", shown(name), did_you_mean(name, names))
        values: dict[str, Any] = {}
        whole = True
        for key in self.keys:
            if not spot.has(key.name):
                whole = whole and not key.required
                if key.required and key.name not in misspelt:
                    reading.note(spot.node.place, joined(spot.path, key.name), "is required", None, key.example)
                continue
            try:
                if key.spread:
                    assert isinstance(key.form, Record)
                    inner, inner_whole = key.form.values(spot.entry(key.name), reading)
                    values.update(inner)
                    whole = whole and inner_whole
                else:
                    values[key.attribute or key.name] = key.form.read(spot.entry(key.name), reading)
            except Unreadable:
                whole = False
        return values, whole

    def write(self, value: Any, writing: Writing) -> Node:
        """Return a mapping of what is not at its default."""
        return mapping(self._entries(value, writing))

    def _entries(self, value: Any, writing: Writing) -> Iterable[tuple[str, Node]]:
        defaults = self._defaults()
        for key in self.keys:
            if key.spread:
                yield key.name, key.form.write(value, writing)
                continue
            attribute = key.attribute or key.name
            item = getattr(value, attribute)
            known = attribute in defaults
            if key.required or (defaults[attribute] != item if known else item is not None):
                yield key.name, key.form.write(item, writing)

    def _defaults(self) -> dict[str, Any]:
        """Return the defaults that do not hang on other values."""
        defaults: dict[str, Any] = {}
        for field in attrs.fields(self.cls):
            factory = field.default
            if isinstance(factory, attrs.Factory):  # type: ignore[arg-type]  # stubs show the class as a function
                if not factory.takes_self:
                    defaults[field.name] = factory.factory()
            elif factory is not attrs.NOTHING:
                defaults[field.name] = factory
        return defaults

    def described(self, key: Key) -> str:
        """Return the description of a key: its attribute's line in the class's docstring."""
        if key.spread:
            return (inspect.getdoc(self.cls) or "").partition("\n")[0]
        return attribute_lines(self.cls).get(key.attribute or key.name, "")  # type: ignore[arg-type]  # a class is hashable

    def schema(self) -> Schema:
        """Return an object with these keys and no others; what has a default may also say nothing."""
        defaults = self._defaults()
        properties: Schema = {}
        for key in self.keys:
            schema = dict(key.form.schema()) if key.required else or_nothing(key.form.schema())
            description = self.described(key)
            if description:
                schema["description"] = description
            default = defaults.get(key.attribute or key.name)
            if default is not None and not key.required and not key.spread:
                schema["default"] = plain(key.form.write(default, Writing()))
            properties[key.name] = schema
        required = [key.name for key in self.keys if key.required]
        whole: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**whole, "required": required} if required else whole

    def takes(self, value: object) -> bool:
        """Tell whether a value is of the record's class."""
        return isinstance(value, self.cls)


def or_nothing(schema: Schema) -> Schema:
    """Return a schema that takes null as well, as a key with nothing behind it counts as not written."""
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": [*types, *(["null"] if "null" not in types else [])]}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], *([None] if None not in schema["enum"] else [])]}
    if "anyOf" in schema:
        null = {"type": "null"}
        return {**schema, "anyOf": [*schema["anyOf"], *([null] if null not in schema["anyOf"] else [])]}
    return schema  # without any of these it takes null already


@cache
def attribute_lines(cls: type[Any]) -> dict[str, str]:
    """Return each attribute's description from the docstrings of a class and its bases, as plain sentences."""
    lines: dict[str, str] = {}
    for base in cls.__bases__:
        if attrs.has(base):
            lines.update(attribute_lines(base))
    name = ""
    for line in (inspect.getdoc(cls) or "").partition("Attributes:\n")[2].splitlines():
        if line and not line.startswith(" "):
            break  # the next section
        match = re.fullmatch(r"    (\w+): (.*)", line)
        if match:
            name = match[1]
            lines[name] = match[2]
        elif line.startswith("        ") and name:
            lines[name] += f" {line.strip()}"
    return lines


@attrs.frozen
class Tagged(Form):
    """A mapping that is one of several records; which one, the presence of its own key tells.

    Attributes:
        noun: what is chosen, for messages.
        records: by the keys that tell them apart; each has one or more.
    """

    noun: str
    records: tuple[tuple[tuple[str, ...], Record], ...]

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return what the record that is meant makes of it."""
        tags = [tag for names, _ in self.records for tag in names]
        if not isinstance(spot.node, Mapping):
            raise reading.refuse(spot, f"{self.noun} is a mapping with one of {', '.join(tags)}")
        meant = [(names, record) for names, record in self.records if any(spot.has(name) for name in names)]
        if len(meant) == 1:
            return meant[0][1].read(spot, reading)
        if not meant:
            known = {key.name for _, record in self.records for key in record.keys}
            unknown = [name for name in spot.node.entries if name not in known]
            for name in unknown:
                place, path = spot.node.entries[name].place, joined(spot.path, shown(name))
                reading.note(place, path, "must be a known key", shown(name), did_you_mean(name, tags))
            if any(nearest(name, tags) for name in unknown):
                raise Unreadable
            raise reading.refuse(spot, f"{self.noun} needs one of {', '.join(tags)}")
        present = " and ".join(next(name for name in names if spot.has(name)) for names, _ in meant)
        reading.note(spot.node.place, spot.path, f"{self.noun} has only one of {', '.join(tags)}", present)
        raise Unreadable

    def write(self, value: Any, writing: Writing) -> Node:
        """Return what the record of the value's class writes."""
        return next(record for _, record in self.records if record.takes(value)).write(value, writing)

    def schema(self) -> Schema:
        """Return the alternatives."""
        return {"anyOf": [record.schema() for _, record in self.records]}

    def takes(self, value: object) -> bool:
        """Tell whether one of the records takes a value."""
        return any(record.takes(value) for _, record in self.records)


@attrs.frozen
class Either(Form):
    """One scalar in the common case, a mapping or list where more is to be said.

    Attributes:
        short: the scalar's form.
        long: the other.
    """

    short: Form
    long: Form

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return what the form of the node's kind makes of it."""
        return (self.short if isinstance(spot.node, Scalar) else self.long).read(spot, reading)

    def write(self, value: Any, writing: Writing) -> Node:
        """Return the scalar where it says everything."""
        return (self.short if self.short.takes(value) else self.long).write(value, writing)

    def schema(self) -> Schema:
        """Return both."""
        return {"anyOf": [self.short.schema(), *self.long.schema().get("anyOf", [self.long.schema()])]}

    def takes(self, value: object) -> bool:
        """Tell whether one of the two takes a value."""
        return self.short.takes(value) or self.long.takes(value)
