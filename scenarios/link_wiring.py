"""From what a scenario says of venues and links to the links between its actors."""

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from tradepit.actors import broker_name, venue_name
from tradepit.actors.kernel import Link, random_stream
from tradepit.actors.kernel.draws import Duration
from tradepit.actors.kernel.link_rules import Delay, Drop, Duplicate, Partition, Reorder, Rule
from tradepit.models.messages import ChildCancelled, ChildFilled
from tradepit.scenarios.latency import Latencies
from tradepit.scenarios.latency_tree import AnyLatency
from tradepit.scenarios.link_tree import LinkDo, LinkRuleSpec, actors_of, pairs
from tradepit.scenarios.own_latency import latency_loader
from tradepit.scenarios.tree import BarsMatching, Scenario


@attrs.define
class _Plan:
    """What is to lie between a sender and a receiver."""

    latency: AnyLatency | None = None
    at_once: Callable[[Any], bool] | None = None
    rules: list[Rule] = attrs.Factory(list)


def links_of(scenario: Scenario, start: int) -> Iterator[tuple[str, str, Link]]:
    """Yield sender, receiver and link for each pair of actors between which something lies.

    A venue's latency lies between it and its broker: orders one way, reports the other. Where a venue matches on bars,
    what a bar did to an order happened somewhere within the bar, and its report has long been under way when the bar
    is known; it takes no more time. What `links` says of a pair comes on top: of several latencies the last one
    written holds, and rules stand one behind another in the order of the file.

    Args:
        scenario: what is to run.
        start: the run's first instant, ns; where windows begin that name no beginning.
    """
    plans: dict[tuple[str, str], _Plan] = {}
    for name, venue in scenario.resolved_venues().items():
        there, here = venue_name(name), broker_name(name)
        on_bars = isinstance(venue.matching, BarsMatching)
        assert venue.latency is not None
        plans[here, there] = _Plan(venue.latency.order)
        plans[there, here] = _Plan(venue.latency.data, _happened_in_the_bar if on_bars else None)
    latencies = Latencies(scenario.seed, latency_loader(scenario))
    actors = actors_of(scenario.resolved_venues(), [spec.name for spec in scenario.strategies])
    for written, link in scenario.links.items():
        rules = [(spec, _rule(spec, start, latencies)) for spec in link.rules]
        for pair in pairs(written, actors):
            plan = plans.setdefault(pair, _Plan())
            plan.latency = plan.latency if link.latency is None else link.latency
            for spec, rule in rules:
                plan.rules.append(rule)
                if spec.both:
                    plans.setdefault((pair[1], pair[0]), _Plan()).rules.append(rule)
    for (sender, receiver), plan in plans.items():
        latency = None if plan.latency is None else latencies.of(plan.latency)
        if latency is not None or plan.rules:
            stream = random_stream(scenario.seed, f"link:{sender}>{receiver}")
            yield sender, receiver, Link(latency, stream, at_once=plan.at_once, rules=plan.rules)


def _rule(spec: LinkRuleSpec, start: int, latencies: Latencies) -> Rule:
    """Return a rule as a link takes it."""
    end = None if spec.for_ is None else (start if spec.at is None else spec.at) + spec.for_
    window: dict[str, Any] = {"start_ns": spec.at, "end_ns": end}
    by: Duration = (None if spec.by is None else latencies.of(spec.by)) or 0
    match spec.do:
        case LinkDo.DELAY:
            return Delay(by=by, rate=spec.rate, kinds=spec.kinds, **window)
        case LinkDo.DROP:
            return Drop(rate=spec.rate, kinds=spec.kinds, **window)
        case LinkDo.DUPLICATE:
            return Duplicate(by=by, copies=spec.copies, rate=spec.rate, kinds=spec.kinds, **window)
        case LinkDo.REORDER:
            return Reorder(by=by, rate=spec.rate, kinds=spec.kinds, **window)
        case LinkDo.PARTITION:
            return Partition(**window)


_ANSWERS = frozenset({"REQUESTED", "SELF_TRADE"})  # to a cancel, and to an order that met one of ours


def _happened_in_the_bar(report: object) -> bool:
    """Tell whether a venue's report is of what a bar did, and not an answer to a message."""
    return isinstance(report, ChildFilled) or (isinstance(report, ChildCancelled) and report.code not in _ANSWERS)
