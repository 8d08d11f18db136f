"""What is due now and what is due later, in one total order (K3).

Everything that is sent gets a sequence number at that moment. What is due at the present time stands in a deque, in
the order of these numbers; what is due later stands in a heap by (time, sequence). When time moves on, everything
that is due at the new time is moved over before anything is delivered, so no heap is touched for what is due now.
"""

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepit.actors.kernel.mailbox import Asked, Cell

DueEntry = tuple[int, str, "Cell | Asked | None", Any, int]
"""(sequence, sender, target or None for what is published, message, cause)."""

LaterEntry = tuple[int, int, str, "Cell | Asked | None", Any, int, "Timer | None"]
"""(time, sequence, sender, target, message, cause, its timer or None for a message on its way over a link)."""


class Timer:
    """A message that an actor will get from itself at a given time, unless it is cancelled before."""

    __slots__ = ("cancelled", "time")

    def __init__(self, time: int) -> None:
        self.time = time
        self.cancelled = False

    def __repr__(self) -> str:
        return f"Timer({self.time}{', cancelled' if self.cancelled else ''})"


class Due(deque[DueEntry]):
    """The deque of what is due now."""

    def take_back(self, sender: str, cause: int) -> None:
        """Drop what a handler has just sent (K4); it stands at the end, for nobody else sends during its turn."""
        while self and self[-1][4] == cause and self[-1][1] == sender:
            self.pop()
