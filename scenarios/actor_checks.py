"""What must hold between supervision, actors, faults and the other sections of a scenario: who is named, and when."""

from collections.abc import Iterable, Mapping
from typing import Any

from tradepit.actors import FEED, strategy_name
from tradepit.scenarios import document
from tradepit.scenarios.actor_tree import ActorSpec, actor_meant
from tradepit.scenarios.clock_tree import ClockSpec
from tradepit.scenarios.expect_tree import OF_ACTORS, ExpectSpec
from tradepit.scenarios.fault_tree import AnyFaultSpec, FaultSpec
from tradepit.scenarios.link_tree import actors_of
from tradepit.scenarios.problems import Place, did_you_mean, shown
from tradepit.scenarios.reading import Reading, Spot
from tradepit.scenarios.supervision_tree import COMPONENTS, STRATEGIES, SupervisionSpec, circular
from tradepit.scenarios.trading_tree import named_strategies
from tradepit.scenarios.tree import DEFAULT_VENUE
from tradepit.scenarios.venue_tree import VenueSpec

Sections = Mapping[str, Any]

_RULE = "must be an actor of the scenario"


def check_actors(sections: Sections, root: Spot, reading: Reading) -> None:
    """Each entry of `actors` is an actor, and each actor has one."""
    actors = _actors(sections)
    specs: dict[str, ActorSpec] = sections.get("actors", {})
    seen: dict[str, str] = {}
    for name in specs:
        spot, place = _named(root.entry("actors"), name)
        found = _meant(name, actors, place, spot, reading)
        if found == FEED:
            reading.note(place, spot.path, "the feed has no mailbox: it sends, and handles nothing", shown(name))
        elif found is not None and seen.setdefault(found, name) != name:
            reading.note(place, spot.path, f"each actor stands once; {seen[found]} is the same one", shown(name))


def check_supervision(sections: Sections, root: Spot, reading: Reading) -> None:
    """Overrides and groups name actors that are restarted, and each of those stands under one supervisor."""
    spec: SupervisionSpec = sections.get("supervision", SupervisionSpec())
    actors = _actors(sections)
    seen: dict[str, str] = {}
    for name in spec.actors:
        spot, place = _named(root.entry("supervision").entry("actors"), name)
        found = _restartable(name, actors, place, spot, reading)
        if found is not None and seen.setdefault(found, name) != name:
            reading.note(place, spot.path, f"each actor stands once; {seen[found]} is the same one", shown(name))
    homes: dict[str, str] = {}
    for group, whole in spec.groups.items():
        spot, place = _named(root.entry("supervision").entry("groups"), group)
        if group in (COMPONENTS, STRATEGIES) or actor_meant(group, actors) is not None:
            reading.note(place, spot.path, "a group has a name of its own", shown(group))
        for index, member in enumerate(whole.members):
            item = spot.entry("members").item(index)
            known = (
                member
                if member in spec.groups
                else _restartable(member, actors, item.node.place, item, reading, tuple(spec.groups))
            )
            if known is not None and homes.setdefault(known, group) != group:
                reading.refuse(item, f"{member} has one supervisor, and stands in {homes[known]}")
    for group in circular(spec.groups):
        spot, place = _named(root.entry("supervision").entry("groups"), group)
        reading.note(place, spot.path, "a group lies not within itself", shown(group))


def check_faults(sections: Sections, root: Spot, reading: Reading) -> None:
    """A fault befalls an actor or a venue of the scenario while the clock runs."""
    actors = _actors(sections)
    clock: ClockSpec = sections.get("clock", ClockSpec())
    faults: tuple[AnyFaultSpec, ...] = sections.get("faults", ())
    for index, fault in enumerate(faults):
        spot = root.entry("faults").item(index)
        if isinstance(fault, FaultSpec):
            place = spot.entry("actor").node.place
            _restartable(fault.actor, actors, place, spot.entry("actor"), reading)
        else:
            venues = sections.get("venues") or (DEFAULT_VENUE,)
            if fault.venue not in venues:
                meant = did_you_mean(fault.venue, venues)
                reading.refuse(spot.entry("venue"), "must be a venue of the scenario", meant)
        if fault.at is None:
            continue
        if clock.end is not None and fault.at > clock.end:
            reading.refuse(spot.entry("at"), "a fault comes before the clock's end")
        elif clock.start is not None and fault.at < clock.start:
            reading.refuse(spot.entry("at"), "a fault comes after the clock's start")


def check_expected_actors(sections: Sections, root: Spot, reading: Reading) -> None:
    """What is expected of an actor is expected of one that there is."""
    actors = _actors(sections)
    expected: tuple[ExpectSpec, ...] = sections.get("expect", ())
    for index, spec in enumerate(expected):
        if spec.what in OF_ACTORS:
            spot = root.entry("expect").item(index).entry(spec.what)
            _meant(spec.name, actors, spot.node.place, spot, reading)


def _actors(sections: Sections) -> list[str]:
    venues: dict[str, VenueSpec] = sections.get("venues") or {DEFAULT_VENUE: VenueSpec()}
    return actors_of(venues, [spec.name for spec in named_strategies(sections.get("strategies", ()))])


def _named(section: Spot, name: str) -> tuple[Spot, Place]:
    """Return the spot of a key's value, and the place of the key."""
    assert isinstance(section.node, document.Mapping)
    return section.entry(name), section.node.entries[name].place


def _restartable(
    name: str, actors: list[str], place: Place, spot: Spot, reading: Reading, others: Iterable[str] = ()
) -> str | None:
    """Return the actor that is meant, after noting what is none or cannot be restarted."""
    found = _meant(name, actors, place, spot, reading, others)
    if found == FEED:
        reading.note(
            place, spot.path, "must be an actor that can be restarted: the feed brings in what nobody can replay", name
        )
        return None
    return found


def _meant(
    name: str, actors: list[str], place: Place, spot: Spot, reading: Reading, others: Iterable[str] = ()
) -> str | None:
    """Return the actor that is meant, after noting a name that is nobody's."""
    found = actor_meant(name, actors)
    if found is None:
        whole = strategy_name(name)
        venues = [actor.partition(":")[2] for actor in actors if actor.startswith("venue:")]
        suggestion = f"write {whole}" if whole in actors else did_you_mean(name, [*actors, *venues, *others])
        rule = _RULE if not others else "must be an actor of the scenario or a group"
        reading.note(place, spot.path, rule, shown(name), suggestion)
    return found
