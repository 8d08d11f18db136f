"""Rules on links: what goes wrong between one sender and one receiver (K12).

A rule is asked about each message that is sent in its window, is of its kinds, and is hit by its rate. Rules are asked
in the order in which they were added. `Delay` lengthens the way and lets the next rule be asked, so delays add up; any
other rule decides, and those behind it are not asked. What a rule draws comes from streams of its own, so that a rule
disturbs neither the link's latencies nor other rules.
"""

import random
from collections.abc import Iterable
from typing import Any, ClassVar

import attrs

from tradepit.actors.kernel.draws import Draws, Duration, Timing


def _names(kinds: Iterable[str | type]) -> tuple[str, ...]:
    return tuple(kind if isinstance(kind, str) else kind.__name__ for kind in kinds)


@attrs.frozen(kw_only=True)
class Rule:
    """What all rules have.

    Attributes:
        start_ns: when it begins, ns since the Unix epoch; None for always.
        end_ns: when it has ended: a message that is sent at that time is not its any more; None for never.
        kinds: the kinds of messages that it is for, as classes or their names; none for all.
        rate: the part of those messages that it hits, above 0 and at most 1; each is drawn for by itself.
    """

    verb: ClassVar[str] = "pass"

    start_ns: int | None = None
    end_ns: int | None = None
    kinds: tuple[str, ...] = attrs.field(default=(), converter=_names)
    rate: float = attrs.field(default=1.0)

    @rate.validator
    def _check_rate(self, _attribute: object, rate: float) -> None:
        if not 0 < rate <= 1:
            raise ValueError(f"a rule's rate must be above 0 and at most 1, was {rate!r}")

    def concerns(self, now: int, kind: str) -> bool:
        """Tell whether a message of a kind that is sent at a time is the rule's, if its rate hits."""
        return (
            (self.start_ns is None or now >= self.start_ns)
            and (self.end_ns is None or now < self.end_ns)
            and (not self.kinds or kind in self.kinds)
        )


@attrs.frozen(kw_only=True)
class Delay(Rule):
    """The message takes longer; those sent after it wait behind it.

    Attributes:
        by: how much longer.
    """

    verb: ClassVar[str] = "delay"

    by: Duration


@attrs.frozen(kw_only=True)
class Drop(Rule):
    """The message never arrives."""

    verb: ClassVar[str] = "drop"


@attrs.frozen(kw_only=True)
class Partition(Rule):
    """Nothing arrives, as from an outage; a drop under the name by which an account of the run calls it."""

    verb: ClassVar[str] = "partition"


@attrs.frozen(kw_only=True)
class Duplicate(Rule):
    """The message arrives more than once; each copy stands in line behind the one before it.

    Attributes:
        copies: how many there are beside the message itself, 1 or more.
        by: how much later than the message each copy comes, drawn for each; None for at once.
    """

    verb: ClassVar[str] = "duplicate"

    copies: int = attrs.field(default=1)
    by: Duration | None = None

    @copies.validator
    def _check_copies(self, _attribute: object, copies: int) -> None:
        if copies < 1:
            raise ValueError(f"copies must be 1 or more, was {copies!r}")


@attrs.frozen(kw_only=True)
class Reorder(Rule):
    """The message leaves the line: it waits for none before it and holds up none behind it.

    Attributes:
        by: how much longer it takes.
    """

    verb: ClassVar[str] = "reorder"

    by: Duration


class BoundRule:
    """A rule on one link, with its streams.

    Attributes:
        rule: what it does.
        count: how many messages it has done that to.
        draws: all that it draws from.
    """

    __slots__ = ("_by", "_chance", "count", "draws", "rule")

    def __init__(self, rule: Rule, seed: str) -> None:
        """Bind a rule; its streams come from the seed."""
        self.rule = rule
        self.count = 0
        by: Duration | None = getattr(rule, "by", None)
        self._chance = Draws(random.Random(f"rate {seed}").random)  # noqa: S311  no secret is drawn from it
        self._by = None if by is None else Timing(by, random.Random(f"by {seed}"))  # noqa: S311  nor from this
        if self._by is not None and self._by.window_ns:
            raise ValueError(f"the time of a rule cannot follow load, a link's latency can; was {by!r}")
        self.draws = [self._chance] if self._by is None else [self._chance, self._by.draws]

    def hits(self, now: int, kind: str) -> bool:
        """Tell whether the rule does to a message what it does, and count it."""
        rule = self.rule
        if not rule.concerns(now, kind) or (rule.rate < 1 and self._chance.take() >= rule.rate):
            return False
        self.count += 1
        return True

    def by_ns(self, now: int, message: Any = None) -> int:
        """Return the next time that the rule adds, ns."""
        return 0 if self._by is None else self._by.ns(now, 0, message)
