"""What must hold between links and the other sections of a scenario."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradepit.actors import strategy_name
from tradepit.scenarios import document
from tradepit.scenarios.clock_tree import ClockSpec
from tradepit.scenarios.latency_tree import AnyLatency, CommonLatency, layers
from tradepit.scenarios.link_tree import ANY, LinkSpec, actors_of, is_known, written_ends
from tradepit.scenarios.problems import did_you_mean, shown
from tradepit.scenarios.reading import Reading, Spot
from tradepit.scenarios.trading_tree import named_strategies
from tradepit.scenarios.tree import DEFAULT_VENUE
from tradepit.scenarios.units import write_duration
from tradepit.scenarios.venue_tree import VenueSpec

Sections = Mapping[str, Any]


def check_ends(sections: Sections, root: Spot, reading: Reading) -> None:
    """Both ends of a link are actors of the scenario."""
    venues: dict[str, VenueSpec] = sections.get("venues") or {DEFAULT_VENUE: VenueSpec()}
    strategies = [spec.name for spec in named_strategies(sections.get("strategies", ()))]
    actors = actors_of(venues, strategies)
    links: dict[str, LinkSpec] = sections.get("links", {})
    for name in links:
        for end in dict.fromkeys(written_ends(name)):
            if is_known(end, actors):
                continue
            whole = f"strategy:{end}"
            suggestion = (
                f"write {whole}"
                if strategy_name(end) in actors
                else did_you_mean(end, dict.fromkeys([*actors, *venues, ANY]))
            )
            spot = root.entry("links")
            assert isinstance(spot.node, document.Mapping)
            place = spot.node.entries[name].place
            reading.note(place, spot.entry(name).path, "must be an actor of the scenario", shown(end), suggestion)


def check_windows(sections: Sections, root: Spot, reading: Reading) -> None:
    """A rule that never meets a message is a mistake."""
    clock: ClockSpec = sections.get("clock", ClockSpec())
    links: dict[str, LinkSpec] = sections.get("links", {})
    for name, link in links.items():
        for index, rule in enumerate(link.rules):
            if rule.at is None:
                continue
            spot = root.entry("links").entry(name).entry("rules").item(index).entry("at")
            if clock.end is not None and rule.at > clock.end:
                reading.refuse(spot, "a rule begins before the clock's end")
            elif clock.start is not None and rule.for_ is not None and rule.at + rule.for_ <= clock.start:
                reading.refuse(spot, "a rule ends after the clock's start")


def check_groups(sections: Sections, root: Spot, reading: Reading) -> None:
    """Links that have a factor in common change it at the same times."""
    lengths: dict[str, int] = {}
    for spot, latency in _latencies(sections, root):
        for layer in layers(latency):
            if isinstance(layer, CommonLatency) and lengths.setdefault(layer.group, layer.every) != layer.every:
                length = write_duration(lengths[layer.group])
                reading.refuse(spot, f"the factor of {layer.group} stays for {length} on all its links")


def _latencies(sections: Sections, root: Spot) -> Iterator[tuple[Spot, AnyLatency]]:
    """Yield every latency that is written, with its place."""
    venues: dict[str, VenueSpec] = sections.get("venues", {})
    for name, venue in venues.items():
        spot = root.entry("venues").entry(name)
        for key in ("order", "data"):
            if spot.has("latency") and spot.entry("latency").has(key):
                yield spot.entry("latency").entry(key), getattr(venue.latency, key)
    links: dict[str, LinkSpec] = sections.get("links", {})
    for name, link in links.items():
        spot = root.entry("links").entry(name)
        if link.latency is not None:
            yield spot.entry("latency"), link.latency
        for index, rule in enumerate(link.rules):
            if rule.by is not None:
                yield spot.entry("rules").item(index).entry("by"), rule.by
