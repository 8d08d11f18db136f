"""Expectations of a part of a run: of one venue, one symbol, one strategy, or of all three at once.

| looked at | by venue | by symbol | by strategy |
|---|---|---|---|
| metrics of execution | those that `VenueExecution.figures` has | yes | yes |
| metrics of trades | | yes | |
| published events | that name a venue, a fill or venues | that name a symbol or an order | that name a strategy |
| a venue's reports, such as `ChildRejected` | as the venue's broker hears them | | |
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

import attrs

from tradepit.actors import broker_name
from tradepit.actors.kernel import System
from tradepit.models.execution_metrics import EXECUTION_METRICS, ExecutionTally, VenueExecution
from tradepit.models.messages import (
    EVENTS,
    ChildAccepted,
    ChildCancelled,
    ChildCancelRejected,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    ChildReplaced,
    ChildReplaceRejected,
)
from tradepit.models.round_trips import RoundTrip
from tradepit.models.trade_metrics import trade_summary
from tradepit.scenarios.actor_figures import ActorFigures
from tradepit.scenarios.expect_tree import ExpectSpec, ExpectWhat

VENUE_REPORTS: Final = tuple(
    kind.__name__
    for kind in (
        ChildAccepted,
        ChildFilled,
        ChildRejected,
        ChildCancelled,
        ChildExpired,
        ChildCancelRejected,
        ChildReplaced,
        ChildReplaceRejected,
    )
)
"""What a venue reports to its broker: no events, but counted where an expectation names the venue."""

_EVENTS: Final = {kind.__name__: kind for kind in EVENTS}
_TOLD_BY: Final = {"venue": ("venue", "venues", "fill"), "symbol": ("symbol", "order"), "strategy": ("strategy",)}


@cache
def told_by(what: ExpectWhat, part: str) -> tuple[str, ...]:
    """Return the names of the metrics or events that can be told by `venue`, `symbol` or `strategy`."""
    if what is ExpectWhat.EVENT:
        named = tuple(
            name
            for name, kind in _EVENTS.items()
            if any(word in {field.name for field in attrs.fields(kind)} for word in _TOLD_BY[part])
        )
        return (*named, *VENUE_REPORTS) if part == "venue" else named
    if what is ExpectWhat.METRIC:
        executed = tuple(VenueExecution().figures()) if part == "venue" else EXECUTION_METRICS
        return (*executed, *trade_summary(())) if part == "symbol" else executed
    return ()


class Narrowed:
    """Listens to one run for those of its expectations that look at a part of it."""

    def __init__(
        self,
        specs: Iterable[ExpectSpec],
        system: System,
        listen_to_execution: Callable[[Callable[[Any], bool]], ExecutionTally],
    ) -> None:
        """Begin to listen; before the run.

        Args:
            specs: what is expected.
            system: the run's actors.
            listen_to_execution: returns a tally of the order events and ends that a condition holds for.
        """
        self._specs = [spec for spec in specs if spec.narrowed]
        self._counts: dict[ExpectSpec, int] = {}
        self._tallies: dict[tuple[str | None, str | None], ExecutionTally] = {}
        for spec in self._specs:
            if spec.what is ExpectWhat.EVENT:
                self._counts[spec] = 0
                if spec.name in _EVENTS:
                    system.tap(_EVENTS[spec.name], self._counter(spec))
            elif spec.name in EXECUTION_METRICS and (spec.symbol, spec.strategy) not in self._tallies:
                self._tallies[spec.symbol, spec.strategy] = listen_to_execution(_condition(spec))

    def _counter(self, spec: ExpectSpec) -> Callable[[Any], None]:
        holds = _condition(spec)

        def count(event: Any) -> None:
            if holds(event) and (spec.venue is None or _is_of_venue(event, spec.venue)):
                self._counts[spec] += 1

        return count

    def found(self, trips: Iterable[RoundTrip], actors: Mapping[str, ActorFigures]) -> dict[ExpectSpec, float]:
        """Return what was found of each part, when the run is over.

        Args:
            trips: the round trips.
            actors: the actors' figures by name.
        """
        return {spec: self._found(spec, trips, actors) for spec in self._specs}

    def _found(self, spec: ExpectSpec, trips: Iterable[RoundTrip], actors: Mapping[str, ActorFigures]) -> float:
        if spec.what is ExpectWhat.EVENT:
            if spec.name in VENUE_REPORTS:
                assert spec.venue is not None
                return actors[broker_name(spec.venue)].tally.deliveries.get(spec.name, 0)
            return self._counts[spec]
        if spec.name not in EXECUTION_METRICS:
            return trade_summary(trip for trip in trips if trip.symbol == spec.symbol)[spec.name]
        tally = self._tallies[spec.symbol, spec.strategy]
        if spec.venue is None:
            return tally.execution().figures[spec.name]
        return tally.venues.get(spec.venue, VenueExecution()).figures()[spec.name]


def _condition(spec: ExpectSpec) -> Callable[[Any], bool]:
    """Return what tells whether an event is of the expectation's symbol and strategy."""

    def holds(event: Any) -> bool:
        if spec.strategy is not None and event.strategy != spec.strategy:
            return False
        if spec.symbol is None:
            return True
        return bool((event.symbol if hasattr(event, "symbol") else event.order.symbol) == spec.symbol)

    return holds


def _is_of_venue(event: Any, venue: str) -> bool:
    """Tell whether an event names a venue; one of a position without an execution names none."""
    if hasattr(event, "venues"):
        return venue in event.venues
    if hasattr(event, "venue"):
        return bool(event.venue == venue)
    return event.fill is not None and event.fill.venue == venue
