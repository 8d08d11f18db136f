"""Write each part of a JSON Schema once: what stands in several places goes to `$defs`, and they refer to it.

A schedule of fees is allowed in many places and holds others; written out everywhere, the schema would be megabytes.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tradepit.scenarios.forms import Schema

_SCHEMAS: Final = ("if", "then", "else", "items", "additionalProperties", "propertyNames")
_LISTS: Final = ("anyOf", "prefixItems")
_WORTH_SHARING: Final = 300  # letters; a smaller part is easier to read where it stands


def shared(schema: Schema) -> Schema:
    """Return an equal schema whose repeated parts are in `$defs`.

    A part that has a description stays in its place, for editors show that of the place; what it is made of does not.
    """
    sharing = _Sharing()
    sharing.count(schema)
    whole = sharing.written(schema, top=True)
    return {**whole, "$defs": sharing.definitions} if sharing.definitions else whole


class _Sharing:
    """Counts parts, and writes those that stand in several places once."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._counts: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._texts: dict[int, str] = {}  # of the parts, by identity; the schema holds them while we work

    def count(self, part: Any) -> None:
        """Count how often each part stands somewhere, those within a repeated one once."""
        if not isinstance(part, dict):
            return
        text = self._text(part)
        self._counts[text] = self._counts.get(text, 0) + 1
        if self._counts[text] == 1:
            for inner in _inner(part):
                self.count(inner)

    def written(self, part: Any, *, top: bool = False) -> Any:
        """Return a part, or a reference to it."""
        if not isinstance(part, dict):
            return part
        text = self._text(part)
        repeated = self._counts[text] > 1 and len(text) > _WORTH_SHARING and "description" not in part
        if top or not repeated:
            return _mapped(part, self.written)
        if text not in self._names:
            name = self._names[text] = f"part_{len(self._names) + 1}"
            self.definitions[name] = {}  # its place, in the order in which parts are met
            self.definitions[name] = _mapped(part, self.written)
        return {"$ref": f"#/$defs/{self._names[text]}"}

    def _text(self, part: Schema) -> str:
        text = self._texts.get(id(part))
        if text is None:
            text = self._texts[id(part)] = json.dumps(part, sort_keys=True)
        return text


def _inner(part: Mapping[str, Any]) -> list[Any]:
    """Return the schemas that a schema is made of."""
    found = [part[name] for name in _SCHEMAS if name in part]
    for name in _LISTS:
        found += part.get(name, ())
    return [*found, *part.get("properties", {}).values()]


def _mapped(part: Mapping[str, Any], change: Any) -> Schema:
    """Return a schema with those that it is made of changed."""
    changed: Schema = {}
    for name, value in part.items():
        if name in _SCHEMAS:
            changed[name] = change(value)
        elif name in _LISTS:
            changed[name] = [change(inner) for inner in value]
        elif name == "properties":
            changed[name] = {key: change(inner) for key, inner in value.items()}
        else:
            changed[name] = value
    return changed
