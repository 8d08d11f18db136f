"""The part of an expectation's form that says of which venue, symbol or strategy it is."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tradepit.scenarios.document import Node, described
from tradepit.scenarios.expect_tree import PARTS, ExpectSpec, ExpectWhat
from tradepit.scenarios.forms import Schema
from tradepit.scenarios.narrowing import told_by
from tradepit.scenarios.problems import did_you_mean, nearest
from tradepit.scenarios.reading import Reading, Spot, Unreadable
from tradepit.scenarios.scalar_forms import scalar_text, written_text
from tradepit.scenarios.symbol_forms import SymbolOfMarket
from tradepit.scenarios.trading_tree import named_strategies
from tradepit.scenarios.tree import DEFAULT_VENUE

_NARROWED: Final = (ExpectWhat.METRIC, ExpectWhat.EVENT)
_MEANT: Final = {
    "venue": "of this venue alone",
    "symbol": "of this symbol alone",
    "strategy": "of this strategy alone",
}


def read_parts(what: ExpectWhat, name: str, spot: Spot, reading: Reading) -> dict[str, str]:
    """Return the parts that an expectation names, by key, after noting what cannot be told by them."""
    parts: dict[str, str] = {}
    for part in PARTS:
        if not spot.has(part):
            continue
        given = spot.entry(part)
        try:
            form = SymbolOfMarket()
            text = form.read(given, reading) if part == "symbol" else scalar_text(given, reading, f"must name a {part}")
        except Unreadable:
            continue
        parts[part] = text
        known = told_by(what, part)
        if what not in _NARROWED:
            reading.note(given.node.place, given.path, f"only a metric or an event is told by {part}", text)
        elif name not in known:
            of_venue = name.replace("Order", "Child", 1)
            near = of_venue if of_venue in known else nearest(name, known)
            suggestion = f"did you mean {what}: {near}?" if near else "docs/scenarios.md lists what is"
            reading.note(
                given.node.place, given.path, f"{name} is not told by {part}", described(given.node), suggestion
            )
    return parts


def write_parts(spec: ExpectSpec) -> Iterable[tuple[str, Node]]:
    """Yield the parts as they stand in a file."""
    for part, name in spec.parts.items():
        yield part, written_text(name)


def parts_schema() -> dict[str, Schema]:
    """Return the schema of each part."""
    return {part: {"type": ["string", "number"], "description": _MEANT[part]} for part in PARTS}


def check_parts(sections: Mapping[str, Any], root: Spot, reading: Reading) -> None:
    """Note a venue and a strategy that the scenario does not have."""
    venues = list(sections.get("venues") or {DEFAULT_VENUE: None})
    strategies = [spec.name for spec in named_strategies(sections.get("strategies", ()))]
    expected: tuple[ExpectSpec, ...] = sections.get("expect", ())
    for index, spec in enumerate(expected):
        for part, known in (("venue", venues), ("strategy", strategies)):
            name = spec.parts.get(part)
            if name is not None and name not in known:
                spot = root.entry("expect").item(index).entry(part)
                plural = "venues" if part == "venue" else "strategies"
                reading.refuse(spot, f"must be one of the {plural}", did_you_mean(name, known))
