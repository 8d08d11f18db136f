"""The JSON Schema says what the loader says: known keys, written units."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tradepit.scenarios.document import parse, plain
from tradepit.scenarios.forms import Form, Record, attribute_lines
from tradepit.scenarios.grammar import SCENARIO
from tradepit.scenarios.loader import loads
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.schema import json_schema
from tradepit.scenarios.schema_sharing import shared
from tradepit.scenarios.template import new_scenario
from tradepit.scenarios.writer import dump

EVERYTHING = Path(__file__).with_name("everything.yaml").read_text()
SCHEMA = json_schema()
TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
    "number": (int, float),
    "integer": int,
}
KNOWN = {
    "$schema",
    "$defs",
    "title",
    "description",
    "default",
    "if",
    "then",
    "else",
    "type",
    "enum",
    "const",
    "pattern",
    "anyOf",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "minProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "minLength",
}


def is_type(value: Any, name: str) -> bool:
    if isinstance(value, bool) and name in ("number", "integer"):
        return False
    return isinstance(value, TYPES[name]) or (name == "integer" and isinstance(value, float) and value.is_integer())


def accepts(schema: Any, value: Any) -> bool:
    """Tell whether a value satisfies a schema: the part of JSON Schema 2020-12 that ours uses."""
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        schema = SCHEMA["$defs"][name] | {key: value for key, value in schema.items() if key != "$ref"}
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    if "if" in schema and not accepts(schema["then" if accepts(schema["if"], value) else "else"], value):
        return False
    kinds = schema.get("type", [])
    if kinds and not any(is_type(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return False
    if "enum" in schema and not any(value == item and type(value) is type(item) for item in schema["enum"]):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "anyOf" in schema and not any(accepts(inner, value) for inner in schema["anyOf"]):
        return False
    match value:
        case str():
            return re.search(schema.get("pattern", ""), value) is not None and len(value) >= schema.get("minLength", 0)
        case dict():
            return accepts_object(schema, value)
        case list():
            return accepts_array(schema, value)
        case int() | float():
            return (
                value >= schema.get("minimum", value)
                and value <= schema.get("maximum", value)
                and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
            )
    return True


def accepts_object(schema: Any, value: dict[str, Any]) -> bool:
    properties = schema.get("properties", {})
    return (
        all(name in value for name in schema.get("required", []))
        and len(value) >= schema.get("minProperties", 0)
        and all(accepts(schema.get("propertyNames", True), name) for name in value)
        and all(
            accepts(properties.get(name, schema.get("additionalProperties", True)), item)
            for name, item in value.items()
        )
    )


def accepts_array(schema: Any, value: list[Any]) -> bool:
    first = schema.get("prefixItems", [])
    return (
        schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
        and all(accepts(inner, item) for inner, item in zip(first, value, strict=False))
        and all(accepts(schema.get("items", True), item) for item in value[len(first) :])
    )


def valid(text: str) -> Any:
    return accepts(SCHEMA, plain(parse(text, "f", [])))


SMALL = """\
tradepit: 1
name: small
clock: {start: 2024-01-02, end: 2024-01-03}
market: {ACME: {gbm: {}}}
"""

# Additions to SMALL that the loader takes, in every form that the format has.
RIGHT = [
    "seed: 1_000",
    "about:",
    "report: on",
    "journal: off",
    "venues: {A: {fees: none}, B: {fees: 0.2%}, C: {fees: 2bps}, D: {fees: 1/order}, E: {fees: 0.005/share}}",
    "venues: {A: {fees: {percent: 1%, minimum: 1_000.5, maximum: 2e3}}}",
    "venues: {A: {fees: {maker: -1bps, taker: 0.1%}}}",
    "venues: {A: {slippage: none}, B: {slippage: 1%}, C: {slippage: 0.01/share}}",
    "venues: {A: {matching: {quotes: {}}}, B: {matching: }, C: {matching: {bars: {max_volume_share: 25%}}}}",
    "venues: {A: {latency: {order: 'lognormal(median 240us, sigma 0.3)', data: 1.5 ms}}}",
    "portfolio: {cash: 5.5 EUR}\ninstruments: {ACME: {currency: EUR}}",
    "portfolio: {sizing: {percent_of_equity: 250bps}, limits: {max_order_notional: 5 USD}}",
    "portfolio: {limits: {max_order_notional: 5_000}}",
    "portfolio: {sizing: {cash: 5_000 USD}}",
    "portfolio: {sizing: {weights: {ACME: 60%}}}",
    "portfolio: {sizing: {volatility_target: 10%, volatility: {ACME: 16%}, days: 5}}",
    "portfolio: {sizing: {volatility_target: 10%, volatility: 16%, most: 150%}}",
    "portfolio: {sizing: {kelly: 50%, win_rate: 55%, payoff: 1.5}}",
    "portfolio: {sizing: {use: a:b, with: {c: 1}}}",
    "portfolio: {limits: {max_daily_loss: 2%, max_drawdown: 5_000, max_gross_exposure: 200%, missing_stop: refuse}}",
    "portfolio: {limits: {locates: {ACME: 0}, short_allowed: on, own: [a:b, {use: a:b, with: {c: 1}}]}}",
    "strategies: [{use: a.b.c:D, with: {x: [1, {y: z}]}, on: [ACME], name: d-1}]",
    "breakers: [{rule: failed_orders}, {rule: rejection_rate, cool_down: 1h}]",
    "expect: [{metric: sharpe, above: -1, below: 1_000}, {metric: final_equity, at_least: 5 USD}]",
    "expect: [{metric: max_drawdown, between: [1%, 3%]}, {event: OrderFilled, equals: 0}]",
    "orders: {default_time_in_force: FOK, max_order_age: 5d}",
    "venues: {A: {latency: {order: quantiles(50% 1us, 99% 2us), data: 'common(load(1us, 1ns), g, 0.5)'}}}",
    "links: {router -> SIM: {latency: 5ms}, 'feed -> any': {rules: [{do: delay, by: 1us}, {do: partition, both: on}]}}",
    "links: {router -> SIM: {rules: [{do: drop, rate: 5%, kinds: [SubmitChild], at: 14:45, for: 30s}]}}",
    "links: {router -> SIM: {latency: , rules: [{do: duplicate, copies: 2, at: 2024-01-02 14:45}]}}",
]
# Additions that the loader refuses for what a schema can see.
WRONG = [
    "venue: {}",
    "seed: -1",
    "seed: 1.5",
    "seed: ten",
    "report: maybe",
    "journal: some",
    "venues: {A: {latency: {order: 350}}}",
    "venues: {A: {latency: {ordre: 350us}}}",
    "venues: {A: {latency: {order: 350 lightyears}}}",
    "venues: {A: {fees: 0.2}}",
    "venues: {A: {fees: {maker: 1%}}}",
    "venues: {A: {matching: book}}",
    "venues: {A: {slippage: 3}}",
    "portfolio: {cash: 1000}",
    "portfolio: {sizing: {percent_of_equity: 2}}",
    "portfolio: {sizing: {fixed: 0}}",
    "portfolio: {sizing: {kelly: 50}}",
    "portfolio: {limits: {max_daily_loss: 2 percent}}",
    "portfolio: {limits: {missing_stop: maybe}}",
    "portfolio: {limits: {own: [ab]}}",
    "strategies: [{use: a.b}]",
    "strategies: [{use: a:B, whit: {}}]",
    "breakers: [{rule: failed_orders, at: 25%}]",
    "breakers: [{rule: rejection_rate, at: 5}]",
    "expect: [{metric: sharp, below: 1}]",
    "expect: [{metric: sharpe}]",
    "expect: [{event: Nothing, at_least: 1}]",
    "expect: [{orders: all}]",
    "clock: {zone: }\nclok: {}",
    "links: {router: {latency: 5ms}}",
    "links: {router -> SIM: {latency: 5}}",
    "links: {router -> SIM: {rules: [{do: delay}]}}",
    "links: {router -> SIM: {rules: [{do: partition, rate: 5%}]}}",
    "links: {router -> SIM: {rules: [{do: drop, kinds: [Nothing]}]}}",
    "venues: {A: {latency: {order: pareto(1us, 2us)}}}",
]


def test_the_schema_is_json_and_accepts_what_says_everything() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert valid(EVERYTHING)
    assert valid(SMALL)
    assert valid(new_scenario("x"))
    assert valid(dump(loads(EVERYTHING)))


def test_what_stands_in_several_places_is_written_once() -> None:
    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(inner) for inner in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            assert set(part) == {"$ref"}
            return inlined(SCHEMA["$defs"][part["$ref"].removeprefix("#/$defs/")])
        return {name: inlined(inner) for name, inner in part.items() if name != "$defs"}

    written_out = inlined(SCHEMA)
    assert shared(written_out) == SCHEMA
    assert len(json.dumps(SCHEMA)) < 250_000 < len(json.dumps(written_out))
    small = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    assert shared(small) == small


@pytest.mark.parametrize("addition", RIGHT)
def test_what_the_loader_takes_the_schema_takes(addition: str) -> None:
    loads(SMALL + addition)
    assert valid(SMALL + addition)


@pytest.mark.parametrize("addition", WRONG)
def test_what_the_schema_refuses_the_loader_refuses(addition: str) -> None:
    with pytest.raises(ScenarioError):
        loads(SMALL + addition)
    assert not valid(SMALL + addition)


@pytest.mark.parametrize("missing", ["tradepit: 1\n", "name: small\n", "market: {ACME: {gbm: {}}}\n"])
def test_what_is_required_is_required(missing: str) -> None:
    assert not valid(SMALL.replace(missing, ""))


def test_a_file_that_extends_another_may_be_a_part() -> None:
    assert valid("extends: base.yaml")
    assert valid("extends: base.yaml\nvenues: {A: , B: {fees: {maker: 1%}}}\nmarket: {X: {volatility: 5%}}\nclock: ~")
    assert not valid("extends: base.yaml\nvenus: {}")
    assert not valid("extends: base.yaml\nvenues: {B: {latency: {order: 5}}}")


def test_every_key_is_described() -> None:
    def undescribed(form: Form, path: str) -> list[str]:
        found = []
        for value in vars_of(form):
            found += undescribed(value, path)
        if isinstance(form, Record):
            for key in form.keys:
                if not form.described(key):
                    found.append(f"{path}.{key.name}")
                found += undescribed(key.form, f"{path}.{key.name}")
        return found

    def vars_of(form: Form) -> list[Form]:
        inner = [getattr(form, name, None) for name in ("form", "short", "long", "pairs")]
        inner += [record for _, record in getattr(form, "records", ())]
        return [value for value in inner if isinstance(value, Form)]

    assert undescribed(SCENARIO, "") == []


def test_every_property_of_the_schema_is_described_for_an_editor_to_show() -> None:
    def undescribed(part: Any, path: str) -> list[str]:
        if isinstance(part, list):
            return [one for index, inner in enumerate(part) for one in undescribed(inner, f"{path}/{index}")]
        if not isinstance(part, dict):
            return []
        found = [
            f"{path}/{name}"
            for name, inner in part.get("properties", {}).items()
            if isinstance(inner, dict) and not inner.get("description")
        ]
        return found + [one for name, inner in part.items() for one in undescribed(inner, f"{path}/{name}")]

    assert undescribed(SCHEMA, "") == []


def test_descriptions_come_from_the_docstrings() -> None:
    class Documented:
        """Be documented.

        Attributes:
            first: one line.
            second: two
                lines: with a colon.

        Not an attribute:
            third: nothing.
        """

    class Bare:
        pass

    assert attribute_lines(Documented) == {"first": "one line.", "second": "two lines: with a colon."}
    assert attribute_lines(Bare) == {}
    venue = SCHEMA["else"]["properties"]["venues"]["additionalProperties"]["properties"]
    assert venue["fees"]["description"] == "what a fill costs; None takes `costs.commission`."
    assert SCHEMA["else"]["properties"]["seed"]["default"] == 0
