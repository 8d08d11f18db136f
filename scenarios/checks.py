"""What must hold between the sections of a scenario.

Each check looks only at sections that could be read, so that one mistake does not hide another.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tradepit.scenarios.actor_checks import check_actors, check_expected_actors, check_faults, check_supervision
from tradepit.scenarios.books_checks import (
    check_corporate_actions,
    check_currencies,
    check_fee_currencies_known,
    check_leverage,
    check_margin_name,
)
from tradepit.scenarios.clock_tree import ClockSpec, InstrumentSpec
from tradepit.scenarios.cost_checks import check_fee_currencies
from tradepit.scenarios.link_checks import check_ends, check_groups, check_windows
from tradepit.scenarios.market_tree import GbmSource, MarketKind, PathSource, SourceSpec, TcpSource, gives
from tradepit.scenarios.matching_tree import matches_on
from tradepit.scenarios.narrowing_forms import check_parts
from tradepit.scenarios.portfolio_tree import PortfolioSpec
from tradepit.scenarios.reading import Reading, Spot, joined
from tradepit.scenarios.venue_tree import VenueSpec

Sections = Mapping[str, Any]


def check_sections(sections: Sections, broken: Iterable[str], root: Spot, reading: Reading) -> None:
    """Note what does not fit together.

    Args:
        sections: what could be read, by attribute of `Scenario`.
        broken: names of sections that stand in the file and could not be read.
        root: the whole file.
        reading: gets the problems.
    """
    lost = frozenset(broken)
    for wanted, check in (
        (("clock", "market"), _check_times),
        (("clock", "market"), _check_live),
        (("instruments", "market"), _check_prices),
        (("instruments", "market", "portfolio"), check_currencies),
        (("instruments", "portfolio"), check_leverage),
        (("corporate_actions", "instruments", "market", "portfolio", "clock"), check_corporate_actions),
        (("strategies",), check_margin_name),
        (("instruments", "portfolio"), _check_positions),
        (("venues", "market", "strategies"), _check_matching),
        (("venues", "costs", "market", "instruments", "portfolio"), check_fee_currencies),
        (("costs", "venues", "instruments", "market", "portfolio"), check_fee_currencies_known),
        (("strategies",), _check_strategy_names),
        (("breakers",), _check_breaker_names),
        (("links", "venues", "strategies"), check_ends),
        (("links", "clock"), check_windows),
        (("links", "venues"), check_groups),
        (("actors", "venues", "strategies"), check_actors),
        (("supervision", "venues", "strategies"), check_supervision),
        (("faults", "venues", "strategies", "clock"), check_faults),
        (("expect", "venues", "strategies"), check_expected_actors),
        (("expect", "venues", "strategies"), check_parts),
    ):
        if lost.isdisjoint(wanted):
            check(sections, root, reading)


def _market(sections: Sections) -> dict[str, SourceSpec]:
    market: dict[str, SourceSpec] = sections.get("market", {})
    return market


def _check_times(sections: Sections, root: Spot, reading: Reading) -> None:
    """A synthetic source must know when to begin and end, and lie inside the clock."""
    clock: ClockSpec = sections.get("clock", ClockSpec())
    for symbol, source in _market(sections).items():
        spot = root.entry("market").entry(symbol)
        if isinstance(source, GbmSource):
            missing = [key for key in ("start", "end") if getattr(clock, key) is None]
            if missing:
                rule = f"gbm needs clock.{' and clock.'.join(missing)}"
                reading.note(
                    spot.node.place, spot.path, rule, None, "write clock: {start: 2024-01-02, end: 2024-01-03}"
                )
        if isinstance(source, PathSource):
            first, last = source.path[0][0], source.path[-1][0]
            if (clock.end is not None and clock.end < first) or (clock.start is not None and clock.start > last):
                reading.note(spot.node.place, spot.path, "the path lies outside the clock's start and end")


def _check_live(sections: Sections, root: Spot, reading: Reading) -> None:
    """What comes from outside comes now, so everything else would have to as well; one sender has one connection."""
    market = _market(sections)
    live = {symbol: source for symbol, source in market.items() if isinstance(source, TcpSource)}
    clock: ClockSpec = sections.get("clock", ClockSpec())
    if live and clock.start is not None:
        rule = "a live feed begins when it is connected, and has no start"
        reading.refuse(root.entry("clock").entry("start"), rule, "leave it away")
    if live:
        for symbol in market:
            if symbol not in live:
                spot = root.entry("market").entry(symbol)
                rule = f"{next(iter(live))} comes from a live feed, and then all symbols do"
                reading.note(spot.node.place, spot.path, rule, None, f"write {symbol}: {{tcp: 127.0.0.1:9001}}")
    first: dict[str, str] = {}
    for symbol, source in live.items():
        other = first.setdefault(source.tcp, symbol)
        if live[other].reconnect is not source.reconnect:
            spot = root.entry("market").entry(symbol)
            rule = f"{symbol} and {other} come over one connection, and reconnect or do not"
            reading.note(spot.node.place, joined(spot.path, "reconnect"), rule)


def _check_prices(sections: Sections, root: Spot, reading: Reading) -> None:
    """Prices at or below zero are for instruments that allow them."""
    for symbol, source in _market(sections).items():
        instrument = sections.get("instruments", {}).get(symbol, InstrumentSpec())
        if not isinstance(source, PathSource) or instrument.price_may_be_negative:
            continue
        for index, (_, price) in enumerate(source.path):
            if price <= 0:
                spot = root.entry("market").entry(symbol).entry("path").item(index).item(1)
                suggestion = f"write instruments: {{{symbol}: {{price_may_be_negative: true}}}} if it may"
                reading.refuse(spot, "a price is above 0", suggestion)


def _check_positions(sections: Sections, root: Spot, reading: Reading) -> None:
    """Opening positions lie on the instrument's lot, and short ones only where that is allowed."""
    portfolio: PortfolioSpec = sections.get("portfolio", PortfolioSpec())
    for symbol, position in portfolio.positions.items():
        instrument = sections.get("instruments", {}).get(symbol, InstrumentSpec())
        spot = root.entry("portfolio").entry("positions").entry(symbol)
        if position.quantity % instrument.lot != 0:
            reading.refuse(spot.entry("quantity"), f"must be a multiple of the lot of {instrument.lot}")
        if position.quantity < 0 and not instrument.shortable:
            reading.refuse(spot.entry("quantity"), f"{symbol} is not shortable")
        if position.price <= 0 and not instrument.price_may_be_negative:
            reading.refuse(spot.entry("price"), "a price is above 0")


def _check_matching(sections: Sections, root: Spot, reading: Reading) -> None:
    """Where somebody trades, venues match on what the symbols' sources give."""
    market = _market(sections)
    strategies = sections.get("strategies", ())
    traded = [symbol for symbol in market if any(not spec.on or symbol in spec.on for spec in strategies)]
    kinds = {symbol: gives(market[symbol]) for symbol in traded}
    venues: dict[str, VenueSpec] = sections.get("venues", {})
    for name, venue in venues.items():
        if venue.matching is None:
            continue
        wanted = matches_on(venue.matching)
        spot = root.entry("venues").entry(name).entry("matching")
        for symbol, kind in kinds.items():
            if kind is not wanted:
                rule = f"{name} matches on {wanted}, but {symbol} comes as {kind}"
                suggestion = f"write market: {{{symbol}: {{as: {wanted}}}}}"
                if kind is not MarketKind.BARS:
                    suggestion += f" or matching: {kind}"
                reading.note(spot.node.place, spot.path, rule, None, suggestion)
    if not venues or any(venue.matching is None for venue in venues.values()):
        _check_one_kind(kinds, root, reading)


def _check_one_kind(kinds: dict[str, MarketKind], root: Spot, reading: Reading) -> None:
    """A venue that names no matching takes what comes, if that is of one kind and can be matched on."""
    first = next(iter(kinds.values()), MarketKind.BARS)
    for symbol, kind in kinds.items():
        spot = root.entry("market").entry(symbol)
        if kind is not first:
            rule = f"all symbols that are traded come as one kind, others as {first}"
            reading.note(spot.node.place, joined(spot.path, "as"), rule, str(kind))


def _check_strategy_names(sections: Sections, root: Spot, reading: Reading) -> None:
    _check_names("strategies", sections, root, reading)


def _check_breaker_names(sections: Sections, root: Spot, reading: Reading) -> None:
    _check_names("breakers", sections, root, reading)


def _check_names(section: str, sections: Sections, root: Spot, reading: Reading) -> None:
    """A name that is given stands once; what has none gets one of its own later."""
    seen: dict[str, int] = {}
    for index, spec in enumerate(sections.get(section, ())):
        if spec.name and seen.setdefault(spec.name, index) != index:
            reading.refuse(root.entry(section).item(index).entry("name"), f"each of the {section} has its own name")
