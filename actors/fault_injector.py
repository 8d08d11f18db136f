"""FaultInjector: says at their times the commands by which a scenario lets things go wrong.

Receives: nothing but its own reminders.
Sends: `BustFill` and `CorrectFill` to venues; they stand in the journal like all that is said.
Always holds: each command is sent once, at its time.
"""

from collections.abc import Sequence

from tradepit.actors.kernel import Actor
from tradepit.models.messages import BustFill, CorrectFill
from tradepit.models.values import value

Planned = tuple[int, str, BustFill | CorrectFill]
"""When something is said, ns since the Unix epoch, to whom, and what."""


@value
class FaultDue:
    """The injector's reminder that a command's time has come.

    Attributes:
        number: which of them.
    """

    number: int


class FaultInjector(Actor):
    """Lets things go wrong on time."""

    constant = ("_planned",)

    def __init__(self, planned: Sequence[Planned]) -> None:
        """Take the list of what is to be said.

        Args:
            planned: in any order; what is due at one instant is said in the order of the list.
        """
        self._planned = tuple(planned)

    def on_start(self) -> None:
        """Set a timer for each command."""
        for number, (at, _, _) in enumerate(self._planned):
            self.call_at(at, FaultDue(number=number))

    def on_due(self, reminder: FaultDue) -> None:
        """Say what is due."""
        _, to, command = self._planned[reminder.number]
        self.send(to, command)
