"""How many orders were sent within the last second."""

from collections import deque

SECOND_NS = 1_000_000_000


class OrderPace:
    """Counts what was sent within a second that ends now; what was sent exactly a second ago is over."""

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent: deque[int] = deque()

    def note(self, now_ns: int) -> None:
        """Count an order that is sent."""
        self._sent.append(now_ns)

    def count(self, now_ns: int) -> int:
        """Return how many were sent within the second up to now."""
        sent = self._sent
        while sent and sent[0] <= now_ns - SECOND_NS:
            sent.popleft()
        return len(sent)
