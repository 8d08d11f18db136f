"""The grammar of links: latency and rules by sender and receiver."""

import re
from functools import cache
from typing import Any

import attrs

from tradepit.models import market, messages
from tradepit.scenarios.document import Mapping, Node
from tradepit.scenarios.forms import Form, Key, ListOf, MapOf, Record, Schema
from tradepit.scenarios.latency_forms import BY, DELAY_BY, LATENCY
from tradepit.scenarios.link_tree import ANY, LINK_PATTERN, LinkDo, LinkRuleSpec, LinkSpec, written_ends
from tradepit.scenarios.problems import did_you_mean, shown
from tradepit.scenarios.reading import Reading, Spot, Unreadable, Writing, joined
from tradepit.scenarios.scalar_forms import Choice, Flag, Number, Words, scalar_text, written_text
from tradepit.scenarios.time_forms import Instant
from tradepit.scenarios.unit_forms import POSITIVE_DURATION, RATE

_EXAMPLE = "write router -> BATS: {latency: 5ms}"
_MAX_COPIES = 100


@cache
def message_names() -> tuple[str, ...]:
    """Return the names of the kinds of messages that actors send one another."""
    kinds = [getattr(messages, name) for name in messages.__all__]
    kinds += [market.Bar, market.Quote, market.Trade]
    kinds = [kind for kind in kinds if isinstance(kind, type) and attrs.has(kind)]
    families = [parent for kind in kinds for parent in kind.__mro__[1:]]
    return tuple(sorted(kind.__name__ for kind in kinds if kind not in families))


@attrs.frozen
class MessageKind(Form):
    """The name of a kind of message."""

    def read(self, spot: Spot, reading: Reading) -> str:
        """Return the name."""
        rule = "must be a kind of message"
        text = scalar_text(spot, reading, rule)
        if text not in message_names():
            raise reading.refuse(spot, rule, did_you_mean(text, message_names()))
        return text

    def write(self, value: str, writing: Writing) -> Node:  # noqa: ARG002
        """Return the name."""
        return written_text(value)

    def schema(self) -> Schema:
        """Return the names."""
        return {"enum": list(message_names())}


def _rule(do: LinkDo, *own: Key) -> Record:
    return Record(
        LinkRuleSpec,
        (
            Key("do", Words(((do.value, do),)), required=True),
            *own,
            Key("at", Instant(time_of_day=True)),
            Key("for", POSITIVE_DURATION, "for_"),
            Key("both", Flag()),
        ),
    )


_CHANCE = (Key("rate", RATE), Key("kinds", ListOf(MessageKind(), "kinds of messages", 1)))
_RULES = {
    LinkDo.DELAY: _rule(LinkDo.DELAY, Key("by", DELAY_BY, required=True, example="write by: 40ms"), *_CHANCE),
    LinkDo.DROP: _rule(LinkDo.DROP, *_CHANCE),
    LinkDo.DUPLICATE: _rule(
        LinkDo.DUPLICATE, Key("by", BY), Key("copies", Number(int, at_least=1, at_most=_MAX_COPIES)), *_CHANCE
    ),
    LinkDo.REORDER: _rule(LinkDo.REORDER, Key("by", BY, required=True, example="write by: 40ms"), *_CHANCE),
    LinkDo.PARTITION: _rule(LinkDo.PARTITION),
}


@attrs.frozen
class LinkRule(Form):
    """A rule of a link; what it does decides which keys it has."""

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the rule."""
        if not isinstance(spot.node, Mapping) or not spot.has("do"):
            raise reading.refuse(spot, f"a rule is a mapping with do: one of {', '.join(LinkDo)}")
        do = LinkDo(Choice(LinkDo).read(spot.entry("do"), reading))
        return _RULES[do].read(spot, reading)

    def write(self, value: LinkRuleSpec, writing: Writing) -> Node:
        """Return the mapping."""
        return _RULES[value.do].write(value, writing)

    def schema(self) -> Schema:
        """Return one alternative for each thing that a rule does."""
        return {"anyOf": [record.schema() for record in _RULES.values()]}


def _check_link(link: LinkSpec, spot: Spot, reading: Reading) -> None:
    assert isinstance(spot.node, Mapping)
    if link == LinkSpec() and spot.node.entries.keys() <= {"latency", "rules"}:  # a misspelt key is told already
        reading.refuse(spot, "a link has a latency, rules, or both", _EXAMPLE)


_LINK = Record(
    LinkSpec,
    (Key("latency", LATENCY), Key("rules", ListOf(LinkRule(), "rules"))),
    _check_link,
)


@attrs.frozen
class Links(MapOf):
    """Links by `sender -> receiver`; who is meant is seen when all sections are read."""

    def read(self, spot: Spot, reading: Reading) -> dict[str, Any]:
        """Return the links by name; all are read, even when one is wrong."""
        if not isinstance(spot.node, Mapping):
            raise reading.refuse(spot, "must be a mapping by sender -> receiver", _EXAMPLE)
        links: dict[str, Any] = {}
        for name, entry in spot.node.entries.items():
            path = joined(spot.path, shown(name))
            if (wrong := _wrong_name(name)) is not None:
                reading.note(entry.place, path, wrong, shown(name), _better_name(name))
            elif not spot.has(name):
                reading.note(entry.place, path, "must say something", "nothing", f"write {name}: {{latency: 5ms}}")
            else:
                try:
                    links[name] = self.form.read(spot.entry(name), reading)
                except Unreadable:
                    continue
        if len(links) < len(spot.node.entries):
            raise Unreadable
        return links


def _wrong_name(name: str) -> str | None:
    """Return the rule that a link's name breaks, or None."""
    try:
        sender, receiver = written_ends(name)
    except ValueError:
        return "a link is written sender -> receiver"
    if sender == receiver != ANY:
        return "what an actor tells itself passes no link: sender and receiver are two"
    return None


def _better_name(name: str) -> str:
    ends = [end for end in re.split(r"\s*(?:<?[-=]*>|→|\s+to\s+|\s)\s*", name.strip()) if end]
    return f"write {ends[0]} -> {ends[1]}" if len(ends) == 2 and ends[0] != ends[1] else ""


LINKS = Links(_LINK, "link", LINK_PATTERN)
