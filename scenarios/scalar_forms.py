"""Forms of single values: texts, numbers, switches, choices, and what has a unit."""

import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs

from tradepit.scenarios.document import Mapping, Node, Scalar, Sequence, is_number, plain, plain_scalar, rounded
from tradepit.scenarios.forms import Form, Schema, mapping
from tradepit.scenarios.problems import Place, did_you_mean, shown
from tradepit.scenarios.reading import Reading, Spot, Unreadable, Writing, scalar
from tradepit.scenarios.units import NUMBER_PATTERN, UnitError, read_number, write_number

_ON = frozenset({"true", "True", "TRUE", "on", "On", "ON"})
_OFF = frozenset({"false", "False", "FALSE", "off", "Off", "OFF"})
_NUMBER_SCHEMA: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{NUMBER_PATTERN}$"}]}


def scalar_text(spot: Spot, reading: Reading, rule: str, suggestion: str = "") -> str:
    """Return the text of a scalar, quoted or not."""
    if not isinstance(spot.node, Scalar) or spot.node.is_null:
        raise reading.refuse(spot, rule, suggestion)
    return spot.node.text


def written_text(text: str) -> Scalar:
    """Return a node for a text that `scalar_text` reads back; quoted only where it would be nothing."""
    return scalar(text, quoted=scalar(text).is_null)


@attrs.frozen
class Text(Form):
    """A text, whatever it looks like: `NO` and `10:30` are texts too.

    Attributes:
        what: for messages.
        pattern: what it must match, or None.
        rule: what the pattern means.
        instead: proposes a text that would match.
    """

    what: str = "a text"
    pattern: str | None = None
    rule: str = ""
    instead: Callable[[str], str] | None = None

    def read(self, spot: Spot, reading: Reading) -> str:
        """Return the text."""
        text = scalar_text(spot, reading, f"must be {self.what}")
        if self.pattern is not None and re.search(self.pattern, text) is None:
            better = self.instead(text) if self.instead else ""
            raise reading.refuse(spot, self.rule, f"write {better}" if better else "")
        return text

    def write(self, value: str, writing: Writing) -> Node:  # noqa: ARG002
        """Return the text."""
        return written_text(value)

    def schema(self) -> Schema:
        """Return a string, or what a reader of YAML takes for a number."""
        schema: Schema = {"type": ["string", "number"]}
        return schema if self.pattern is None else {**schema, "pattern": self.pattern}


@attrs.frozen
class UnitText(Form):
    """A value whose text has a grammar of its own, such as a duration.

    Attributes:
        reads: makes the value of the text, or raises `UnitError`.
        writes: makes the text of the value, or None where it has none.
        pattern: roughly what the texts look like, for editors.
        must: a rule and its test, for values that have bounds.
    """

    reads: Callable[[str], Any]
    writes: Callable[[Any], str | None]
    pattern: str
    must: tuple[str, Callable[[Any], bool]] | None = None

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the value."""
        if not isinstance(spot.node, Scalar):
            raise reading.refuse(spot, "must be one value")
        try:
            value = self.reads(spot.node.text)
        except UnitError as error:
            raise reading.refuse(spot, error.rule, error.suggestion) from None
        if self.must is not None and not self.must[1](value):
            raise reading.refuse(spot, self.must[0])
        return value

    def write(self, value: Any, writing: Writing) -> Node:  # noqa: ARG002
        """Return the text."""
        text = self.writes(value)
        assert text is not None
        return scalar(text)

    def schema(self) -> Schema:
        """Return a string."""
        return {"type": "string", "pattern": self.pattern}

    def takes(self, value: object) -> bool:
        """Tell whether the value has a text."""
        return self.writes(value) is not None


@attrs.frozen
class Number(Form):
    """A number without unit.

    Attributes:
        make: what the exact number becomes: Decimal, int or float.
        at_least: lowest allowed.
        above: highest not allowed.
        at_most: highest allowed.
    """

    make: Callable[[Decimal], Any] = Decimal
    at_least: int | None = None
    above: int | None = None
    at_most: int | None = None

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the number."""
        rule = self.rule()
        if not isinstance(spot.node, Scalar):
            raise reading.refuse(spot, rule)
        if spot.node.quoted and is_number(spot.node.text):
            raise reading.refuse(spot, rule, f"take the quotes away: {spot.node.text}")
        try:
            number = read_number(spot.node.text)
        except UnitError as error:
            raise reading.refuse(spot, rule, error.suggestion) from None
        if (
            (self.make is int and number != number.to_integral_value())
            or (self.at_least is not None and number < self.at_least)
            or (self.above is not None and number <= self.above)
            or (self.at_most is not None and number > self.at_most)
        ):
            raise reading.refuse(spot, rule)
        return self.make(number)

    def rule(self) -> str:
        """Return what the number must be."""
        bounds = [
            f"{word} {bound:,}"
            for word, bound in (("at least", self.at_least), ("above", self.above), ("at most", self.at_most))
            if bound is not None
        ]
        return " ".join(
            ["must be a whole number" if self.make is int else "must be a number", " and ".join(bounds)]
        ).strip()

    def write(self, value: Decimal | float, writing: Writing) -> Node:  # noqa: ARG002
        """Return the number."""
        return scalar(write_number(Decimal(repr(value)) if isinstance(value, float) else Decimal(value)))

    def schema(self) -> Schema:
        """Return a number; a string too, because YAML 1.2 knows no `_` in numbers."""
        number: Schema = {"type": "integer" if self.make is int else "number"}
        for name, bound in (("minimum", self.at_least), ("exclusiveMinimum", self.above), ("maximum", self.at_most)):
            if bound is not None:
                number[name] = bound
        return {"anyOf": [number, _NUMBER_SCHEMA["anyOf"][1]]}


@attrs.frozen
class Flag(Form):
    """A switch: `true` or `false`; `on` and `off` as well."""

    def read(self, spot: Spot, reading: Reading) -> bool:
        """Return whether it is on."""
        node = spot.node
        if isinstance(node, Scalar) and not node.quoted and node.text in _ON | _OFF:
            return node.text in _ON
        raise reading.refuse(spot, "must be true or false")

    def write(self, value: bool, writing: Writing) -> Node:  # noqa: ARG002
        """Return the switch."""
        return scalar("true" if value else "false")

    def schema(self) -> Schema:
        """Return a boolean, or a word that readers of YAML 1.2 leave a string."""
        return {"enum": [True, False, "on", "off"]}


@attrs.frozen
class Choice(Form):
    """One of the values of an enumeration.

    Attributes:
        options: the enumeration.
        without: values of it that make no sense here.
    """

    options: type[StrEnum]
    without: tuple[StrEnum, ...] = ()

    def read(self, spot: Spot, reading: Reading) -> StrEnum:
        """Return the value."""
        names = [option.value for option in self.options if option not in self.without]
        rule = f"must be one of {', '.join(names)}"
        text = scalar_text(spot, reading, rule)
        if text not in names:
            suggestion = did_you_mean(text, names)
            raise reading.refuse(spot, rule, "" if suggestion.startswith("known") else suggestion)
        return self.options(text)

    def write(self, value: StrEnum, writing: Writing) -> Node:  # noqa: ARG002
        """Return its name."""
        return written_text(value.value)

    def schema(self) -> Schema:
        """Return the names; readers of YAML 1.1 make false of `off`."""
        names: list[object] = [option.value for option in self.options if option not in self.without]
        return {"enum": [*names, False] if "off" in names else names}


@attrs.frozen
class Words(Form):
    """Words that stand for values.

    Attributes:
        meanings: by word.
    """

    meanings: tuple[tuple[str, Any], ...]

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return what the word means."""
        words = dict(self.meanings)
        rule = f"must be {' or '.join(words)}"
        text = scalar_text(spot, reading, rule)
        if text not in words:
            suggestion = did_you_mean(text, words)
            raise reading.refuse(spot, rule, "" if suggestion.startswith("known") else suggestion)
        return words[text]

    def write(self, value: Any, writing: Writing) -> Node:  # noqa: ARG002
        """Return the word."""
        return scalar(next(word for word, meaning in self.meanings if meaning == value))

    def schema(self) -> Schema:
        """Return the words."""
        return {"enum": [word for word, _ in self.meanings]}

    def takes(self, value: object) -> bool:
        """Tell whether there is a word for a value."""
        return any(meaning == value for _, meaning in self.meanings)


@attrs.frozen
class Anything(Form):
    """Any value of YAML, by the rules of YAML 1.2; for what only a strategy understands."""

    def read(self, spot: Spot, reading: Reading) -> object:  # noqa: ARG002
        """Return Python values: text, int, float, bool, None, list, dict."""
        return plain(spot.node)

    def write(self, value: object, writing: Writing) -> Node:
        """Return nodes that read back equal; tuples become lists, Decimals numbers.

        A Decimal of more digits than a float holds becomes a text, which a setting that is a Decimal reads.

        Raises:
            TypeError: a value that YAML has no word for.
        """
        match value:
            case dict():
                return mapping((str(key), self.write(item, writing)) for key, item in value.items())
            case list() | tuple():
                return Sequence(Place(""), tuple(self.write(item, writing) for item in value))
            case str():
                return scalar(value, quoted=not isinstance(plain_scalar(value), str))
            case None | bool():
                return scalar({None: "null", True: "true", False: "false"}[value])
            case int():
                return scalar(str(value))
            case Decimal():
                return scalar(str(value), quoted=value.is_finite() and Decimal(repr(float(value))) != value)
            case float():
                return scalar({"inf": ".inf", "-inf": "-.inf", "nan": ".nan"}.get(repr(value), repr(value)))
        raise TypeError(f"a setting must be text, number, true or false, list or mapping, was {value!r}")

    def schema(self) -> Schema:
        """Return what accepts everything."""
        return {}


@attrs.frozen
class Settings(Form):
    """A mapping from names to anything, handed to a strategy as it is."""

    def read(self, spot: Spot, reading: Reading) -> dict[str, object]:
        """Return the settings by name."""
        if not isinstance(spot.node, Mapping):
            raise reading.refuse(spot, "must be a mapping of settings", "write {fast: 10, slow: 30}")
        bad = [name for name in spot.node.entries if not name.isidentifier()]
        for name in bad:
            reading.note(spot.node.entries[name].place, spot.path, "a setting's name is a Python name", name)
        inexact = list(rounded(spot.node))
        for path, found, value in inexact:
            rule = "a bare number here has at most as many digits as a float holds"
            quoted = f'write "{found.text}" to keep them all, or {value!r}'
            reading.note(found.place, f"{spot.path}{path}", rule, shown(found.text), quoted)
        if bad or inexact:
            raise Unreadable
        return {name: plain(entry.node) for name, entry in spot.node.entries.items()}

    def write(self, value: dict[str, object], writing: Writing) -> Node:
        """Return the mapping."""
        return Anything().write(dict(value), writing)

    def schema(self) -> Schema:
        """Return an object with any keys."""
        return {"type": "object"}
