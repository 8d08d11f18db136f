"""What is due now and what is due later, in one total order (K3).

Everything that is sent gets a sequence number at that moment. What is due at the present time stands in a deque, in
the order of these numbers; what is due later stands in a heap by (time, sequence). When time moves on, everything
that is due at the new time is moved over before anything is delivered, so no heap is touched for what is due now.

A streamed message may have subscribers that wait until its instant has settled: it reaches them on a second round,
when everything that the others did about it, and about what else came at that instant, has been delivered.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

if TYPE_CHECKING:
    from tradepit.actors.kernel.mailbox import Asked, Cell

Target: TypeAlias = "Cell | Asked | Timer | Settled | OverLink | Apart | RestartDue | None"

DueEntry = tuple[int, str, "Target", Any, int]
"""(sequence, sender, target or None for what is published, message, cause)."""

LaterEntry = tuple[int, int, str, "Cell | Asked | Timer | OverLink | RestartDue", Any, int]
"""(time, sequence, sender, target, message, cause)."""


_EMPTY: Final[dict[type, None]] = {}


class Handlers(dict[type, Callable[[Any], Any] | None]):
    """Handlers by kind, and None for a kind that has none: to find one so takes half of what `get` would."""

    __slots__ = ()

    __missing__: ClassVar[Callable[[type], None]] = _EMPTY.get  # which remembers nothing, and is no call of Python


NO_HANDLERS: Final = Handlers()


class Timer:
    """A message that an actor will get from itself at a given time, unless it is cancelled before."""

    __slots__ = ("cancelled", "cell", "time")

    fast: Handlers = NO_HANDLERS

    def __init__(self, cell: "Cell", time: int) -> None:
        self.cell = cell
        self.time = time
        self.cancelled = False

    def __deepcopy__(self, _memo: object) -> "Timer":
        """Stay one and the same in a snapshot of the actor that holds it."""
        return self

    def __repr__(self) -> str:
        return f"Timer({self.time}{', cancelled' if self.cancelled else ''})"


class Settled:
    """The target of a streamed message on its second round: those who wait until the instant has settled."""

    __slots__ = ("cells",)

    fast: Handlers = NO_HANDLERS

    def __init__(self, cells: "tuple[Cell, ...]") -> None:
        self.cells = cells


class OverLink:
    """The target of something published that comes to one actor over a link."""

    __slots__ = ("cell", "name")

    fast: Handlers = NO_HANDLERS

    def __init__(self, cell: "Cell") -> None:
        self.cell = cell
        self.name = cell.name


class Apart:
    """The target of something published that goes to all but those who get it over links."""

    __slots__ = ("cells",)

    fast: Handlers = NO_HANDLERS

    def __init__(self, cells: "frozenset[Cell]") -> None:
        self.cells = cells


class RestartDue:
    """The target of the kernel's own reminder that actors are to be brought back.

    Attributes:
        cells: who, in the order of their start.
        supervisor: who restarts them.
    """

    __slots__ = ("cells", "supervisor")

    fast: Handlers = NO_HANDLERS

    def __init__(self, cells: "tuple[Cell, ...]", supervisor: str) -> None:
        self.cells = cells
        self.supervisor = supervisor


class Due(deque[DueEntry]):
    """The deque of what is due now."""

    def take_back(self, sender: str, cause: int) -> None:
        """Drop what a handler has just sent (K4); it stands at the end, for nobody else sends during its turn."""
        while self and self[-1][4] == cause and self[-1][1] == sender:
            self.pop()
