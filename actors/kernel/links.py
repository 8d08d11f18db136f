"""Links: what a message passes between one sender and one receiver (K12)."""

import random
from collections.abc import Callable
from typing import Any


class Link:
    """A way from one sender to one receiver that takes time; messages on it never overtake each other (K3)."""

    __slots__ = ("_at_once", "_latency_ns", "_random", "_until")

    def __init__(
        self,
        latency_ns: Callable[[random.Random], int],
        stream: random.Random,
        *,
        at_once: Callable[[Any], bool] | None = None,
    ) -> None:
        """Make a link.

        Args:
            latency_ns: draws the latency of one message, ns, 0 or more.
            stream: the link's own random stream.
            at_once: tells which messages take no time, but for those sent before them; None for none.
        """
        self._latency_ns = latency_ns
        self._at_once = at_once
        self._random = stream
        self._until = 0

    def arrival(self, now: int, message: Any = None) -> int:
        """Return when a message sent now arrives: after its latency, and not before the one sent before it."""
        if self._at_once is not None and self._at_once(message):
            self._until = max(now, self._until)
            return self._until
        latency = self._latency_ns(self._random)
        if type(latency) is not int or latency < 0:
            raise ValueError(f"latency must be a whole number of ns, 0 or more, was {latency!r}")
        self._until = max(now + latency, self._until)
        return self._until

    def take_back(self, last_arrival: int) -> None:
        """Forget what was sent after the message that arrives last of those still under way."""
        self._until = last_arrival
