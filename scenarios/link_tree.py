"""The part of the scenario tree that says how messages get from actor to actor, and what goes wrong on the way."""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import attrs

from tradepit.actors import BREAKER, FEED, ORDERS, PORTFOLIO, ROUTER, broker_name, strategy_name, venue_name
from tradepit.scenarios.latency_tree import AnyLatency

ANY = "any"
LINK_PATTERN = r"^\s*\S+\s+->\s+\S+\s*$"

_LINK = re.compile(r"\s*(\S+)\s+->\s+(\S+)\s*")


class LinkDo(StrEnum):
    """What a rule does to a message."""

    DELAY = "delay"
    DROP = "drop"
    DUPLICATE = "duplicate"
    REORDER = "reorder"
    PARTITION = "partition"


def _kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


@attrs.frozen(kw_only=True)
class LinkRuleSpec:
    """One rule of a link.

    Attributes:
        do: what it does: delay, drop, duplicate, reorder, or partition, which lets nothing through.
        by: how much longer the message takes, or its copies; of delay and reorder, and if wanted of duplicate.
        copies: only of duplicate: how many copies there are beside the message.
        rate: the part of the messages that it hits; each message is drawn for by itself.
        kinds: the kinds of messages that it is for; none for all.
        at: when it begins, ns; None, not written, for the run's start.
        for_: how long it lasts, ns; None, not written, until the run's end.
        both: whether it holds on the way back as well.
    """

    do: LinkDo = attrs.field(converter=LinkDo)
    by: AnyLatency | None = None
    copies: int = 1
    rate: float = 1.0
    kinds: tuple[str, ...] = attrs.field(default=(), converter=_kinds)
    at: int | None = None
    for_: int | None = None
    both: bool = False

    def __attrs_post_init__(self) -> None:
        wanted = self.do in (LinkDo.DELAY, LinkDo.REORDER)
        if wanted and self.by is None:
            raise ValueError(f"{self.do} needs by: how much longer the message takes")
        if self.by is not None and not wanted and self.do is not LinkDo.DUPLICATE:
            raise ValueError(f"{self.do} has no by")
        if self.copies != 1 and self.do is not LinkDo.DUPLICATE:
            raise ValueError(f"{self.do} has no copies")
        if self.do is LinkDo.PARTITION and (self.rate != 1 or self.kinds):
            raise ValueError("partition lets nothing through: it has neither rate nor kinds, drop has")


def _rules(rules: Iterable[LinkRuleSpec]) -> tuple[LinkRuleSpec, ...]:
    return tuple(rules)


@attrs.frozen(kw_only=True)
class LinkSpec:
    """What lies between a sender and a receiver.

    Attributes:
        latency: how long messages take; None, not written, for what a venue's `latency` says, or no time.
        rules: what goes wrong, in the order in which the rules are asked.
    """

    latency: AnyLatency | None = None
    rules: tuple[LinkRuleSpec, ...] = attrs.field(default=(), converter=_rules)


def actors_of(venues: Iterable[str], strategies: Iterable[str]) -> list[str]:
    """Return the names of a scenario's actors."""
    at_venues = [name for venue in venues for name in (venue_name(venue), broker_name(venue))]
    return [*at_venues, ORDERS, PORTFOLIO, BREAKER, ROUTER, *map(strategy_name, strategies), FEED]


def written_ends(link: str) -> tuple[str, str]:
    """Return sender and receiver as a link's name has them.

    Raises:
        ValueError: the name is not of the form `sender -> receiver`.
    """
    match = _LINK.fullmatch(link)
    if match is None:
        raise ValueError(f"a link is written sender -> receiver, was {link!r}")
    return match[1], match[2]


def pairs(link: str, actors: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of actors that a link's name means; none where it names nobody.

    `any` stands for every actor. A venue's bare name stands for the end of the connection that the other one speaks
    with: the venue itself beside the feed and the venue's own broker, the broker beside all others.
    """
    sender_text, receiver_text = written_ends(link)
    for sender in _candidates(sender_text, actors):
        for receiver in _candidates(receiver_text, actors):
            if sender != receiver and _fits(sender_text, sender, receiver) and _fits(receiver_text, receiver, sender):
                yield sender, receiver


def is_known(end: str, actors: Sequence[str]) -> bool:
    """Tell whether somebody is meant by one end of a link."""
    return bool(_candidates(end, actors))


def _candidates(end: str, actors: Sequence[str]) -> list[str]:
    """Return whom one end of a link may mean."""
    if end in actors:
        return [end]
    if end == ANY:
        return list(actors)
    return [name for name in (venue_name(end), broker_name(end)) if name in actors]


def _fits(end: str, actor: str, other: str) -> bool:
    """Tell whether one end of a link means an actor, when the other one is at its other end."""
    if end in (ANY, actor):
        return True
    return actor == (venue_name(end) if other in (FEED, broker_name(end)) else broker_name(end))
