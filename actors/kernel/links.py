"""Links: what a message passes between one sender and one receiver (K12)."""

import random
from collections.abc import Callable


class Link:
    """A way from one sender to one receiver that takes time; messages on it never overtake each other (K3)."""

    __slots__ = ("_latency_ns", "_random", "_until")

    def __init__(self, latency_ns: Callable[[random.Random], int], stream: random.Random) -> None:
        """Make a link.

        Args:
            latency_ns: draws the latency of one message, ns, 0 or more.
            stream: the link's own random stream.
        """
        self._latency_ns = latency_ns
        self._random = stream
        self._until = 0

    def arrival(self, now: int) -> int:
        """Return when a message sent now arrives: after its latency, and not before the one sent before it."""
        latency = self._latency_ns(self._random)
        if type(latency) is not int or latency < 0:
            raise ValueError(f"latency must be a whole number of ns, 0 or more, was {latency!r}")
        self._until = max(now + latency, self._until)
        return self._until

    def take_back(self, last_arrival: int) -> None:
        """Forget what was sent after the message that arrives last of those still under way."""
        self._until = last_arrival
