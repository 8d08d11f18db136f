"""The part of the scenario tree that says how long actors need for a message and how many may wait."""

import attrs

from tradepit.actors import venue_name
from tradepit.actors.kernel.mailbox import Overflow
from tradepit.scenarios.latency_tree import LatencySpec, QuantileLatency

ServiceTime = LatencySpec | QuantileLatency


@attrs.frozen(kw_only=True)
class MailboxSpec:
    """How many messages may wait for an actor, and what happens to one more.

    Attributes:
        capacity: how many may wait; None, not written, for any number.
        overflow: block holds back the feed, drop_oldest loses the message that has waited longest, conflate lets new
            market data take the place of what waits of the same symbol (full or not), fail ends the run.
    """

    capacity: int | None = None
    overflow: Overflow = attrs.field(default=Overflow.BLOCK, converter=Overflow)

    def __attrs_post_init__(self) -> None:
        if self.capacity is not None and self.capacity < 1:
            raise ValueError(f"a mailbox has room for at least 1 message, was {self.capacity}")
        if self.capacity is None and self.overflow not in (Overflow.BLOCK, Overflow.CONFLATE):
            raise ValueError(f"a mailbox of any size is never full: overflow: {self.overflow} needs a capacity")


@attrs.frozen(kw_only=True)
class ActorSpec:
    """How one actor works.

    Attributes:
        service_time: how long it is busy with each message; None, not written, for no time at all.
        mailbox: how many messages may wait for it.
    """

    service_time: ServiceTime | None = None
    mailbox: MailboxSpec = MailboxSpec()


def actor_meant(written: str, actors: "list[str] | tuple[str, ...]") -> str | None:
    """Return the actor that a name in a scenario means, or None; a venue's bare name means the venue itself."""
    if written in actors:
        return written
    venue = venue_name(written)
    return venue if venue in actors else None
