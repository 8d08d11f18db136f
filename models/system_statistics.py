"""What a run's actors and links have done, as one message: published once, when the books are closed.

It holds only what is the same in every run of the same scenario; how long handlers took by the wall clock is no part
of it, and stands on the run's result alone.
"""

from collections.abc import Mapping

from tradepit.models.values import value


@value
class ActorTally:
    """One actor's figures.

    Attributes:
        actor: its name.
        deliveries: how many messages it handled, by kind.
        dropped: how many its full mailbox lost or replaced, by kind.
        crashes: how often a handler raised.
        restarts: how often it was restarted.
        dead_letters: how many messages for it nobody handled.
        busy_ns: how long it was busy with messages, where it has a service time.
        waited_ns: how long messages waited for it in all.
        longest_wait_ns: the longest of those waits.
        deepest: the most messages that ever waited for it.
    """

    actor: str
    deliveries: Mapping[str, int]
    dropped: Mapping[str, int]
    crashes: int
    restarts: int
    dead_letters: int
    busy_ns: int
    waited_ns: int
    longest_wait_ns: int
    deepest: int


@value
class LinkTally:
    """What the rules of one link did.

    Attributes:
        sender: one end.
        receiver: the other.
        rules: what each rule does, and to how many messages it did that, in the rules' order.
    """

    sender: str
    receiver: str
    rules: tuple[tuple[str, int], ...]


@value
class SystemStatistics:
    """The figures of all actors, and of all links that have rules.

    Attributes:
        actors: in the order of their start.
        links: in the order of the scenario.
        time: ns since the Unix epoch.
    """

    actors: tuple[ActorTally, ...]
    links: tuple[LinkTally, ...]
    time: int
