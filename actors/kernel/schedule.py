"""What is due now and what is due later, in one total order (K3).

Everything that is sent gets a sequence number at that moment. What is due at the present time stands in a deque, in
the order of these numbers; what is due later stands in a heap by (time, sequence). When time moves on, everything
that is due at the new time is moved over before anything is delivered, so no heap is touched for what is due now.

A streamed message may have subscribers that wait until its instant has settled: it reaches them on a second round,
when everything that the others did about it, and about what else came at that instant, has been delivered.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tradepit.actors.kernel.mailbox import Asked, Cell

Target: TypeAlias = "Cell | Asked | Timer | Settled | None"

DueEntry = tuple[int, str, "Target", Any, int]
"""(sequence, sender, target or None for what is published, message, cause)."""

LaterEntry = tuple[int, int, str, "Cell | Asked | Timer", Any, int]
"""(time, sequence, sender, target, message, cause)."""

NO_HANDLERS: Mapping[type, Callable[[Any], Any]] = {}


class Timer:
    """A message that an actor will get from itself at a given time, unless it is cancelled before."""

    __slots__ = ("cancelled", "cell", "time")

    fast: Mapping[type, Callable[[Any], Any]] = NO_HANDLERS

    def __init__(self, cell: "Cell", time: int) -> None:
        self.cell = cell
        self.time = time
        self.cancelled = False

    def __repr__(self) -> str:
        return f"Timer({self.time}{', cancelled' if self.cancelled else ''})"


class Settled:
    """The target of a streamed message on its second round: those who wait until the instant has settled."""

    __slots__ = ("cells",)

    fast: Mapping[type, Callable[[Any], Any]] = NO_HANDLERS

    def __init__(self, cells: "tuple[Cell, ...]") -> None:
        self.cells = cells


class Due(deque[DueEntry]):
    """The deque of what is due now."""

    def take_back(self, sender: str, cause: int) -> None:
        """Drop what a handler has just sent (K4); it stands at the end, for nobody else sends during its turn."""
        while self and self[-1][4] == cause and self[-1][1] == sender:
            self.pop()
