"""The JSON Schema of scenario files, for editors that complete and check while one types."""

import copy
from typing import Any

from tradepit.scenarios.forms import Schema, or_nothing
from tradepit.scenarios.grammar import SCENARIO
from tradepit.scenarios.schema_sharing import shared

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Schema:
    """Return the schema.

    A file that extends another may leave out what the other says and take keys away, so it is held only to known keys
    and well-formed values.
    """
    whole = SCENARIO.schema()
    part = _loosened(whole)
    part["properties"]["extends"] = {"type": "string", "description": "path of the file that this one varies"}
    part["required"] = ["extends"]
    schema = {
        "$schema": _DIALECT,
        "title": "Tradepit scenario",
        "description": "One trading scenario: who takes part, what the market does, and what must hold.",
        "if": {"type": "object", "required": ["extends"]},
        "then": part,
        "else": whole,
    }
    return shared(schema)


def _loosened(schema: Any) -> Any:
    """Return a schema whose objects require nothing and whose keys may say nothing."""
    if isinstance(schema, list):
        return [_loosened(item) for item in schema]
    if not isinstance(schema, dict):
        return copy.copy(schema)
    loose = {
        name: _loosened(value)
        for name, value in schema.items()
        if name not in ("required", "minProperties", "properties", "additionalProperties")
    }
    if "properties" in schema:
        loose["properties"] = {name: or_nothing(_loosened(inner)) for name, inner in schema["properties"].items()}
    if "additionalProperties" in schema:
        inner = schema["additionalProperties"]
        loose["additionalProperties"] = inner if isinstance(inner, bool) else or_nothing(_loosened(inner))
    return loose
