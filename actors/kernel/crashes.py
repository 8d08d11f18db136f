"""Crashes on purpose: an actor fails on a message of one's choice, after its handler has done everything.

That is the worst moment: the state has changed and everything was sent. What a restart then gives back must be the
state from before, and nothing of what was sent may get out.
"""

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from tradepit.actors.kernel.agenda import Agenda


class InjectedCrash(Exception):  # noqa: N818  errors are named after what happened
    """What an actor raises that was told to crash."""

    injected = True


@attrs.frozen(kw_only=True)
class CrashPoint:
    """When an actor crashes: on the n-th message that it handles, or on the first one at a time or later.

    Attributes:
        nth: 1 for the first message, which is its start where it has an `on_start`; None for a point in time.
        at: ns since the Unix epoch; None for a message by number.
        times: how often: 2 or more crash on the same message again when it is redelivered.
    """

    nth: int | None = attrs.field(default=None, validator=attrs.validators.optional(attrs.validators.ge(1)))
    at: int | None = None
    times: int = attrs.field(default=1, validator=attrs.validators.ge(1))

    def __attrs_post_init__(self) -> None:
        if (self.nth is None) is (self.at is None):
            raise ValueError(f"a crash must have either nth or at, was nth={self.nth} and at={self.at}")


class Saboteur:
    """Makes one actor crash at given points."""

    def __init__(self, system: "Agenda", points: tuple[CrashPoint, ...]) -> None:
        self._system = system
        self._numbered: Counter[int] = Counter()
        self._timed: list[tuple[int, int]] = []
        for point in points:
            if point.nth is not None:
                self._numbered[point.nth] += point.times  # two on one message are two crashes
            elif point.at is not None:
                self._timed.append((point.at, point.times))
        self._handled = 0
        self._last = -1
        self._left = 0

    def plain(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Return a plain handler that crashes when its time has come."""

        def struck(*message: Any) -> Any:
            result = handler(*message)
            self._strike()
            return result

        return struck

    def waiting(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Return an async handler that crashes when its time has come."""

        async def struck(*message: Any) -> Any:
            result = await handler(*message)
            self._strike()
            return result

        return struck

    def _strike(self) -> None:
        system = self._system
        if system.replaying:
            return
        if system.cause != self._last:
            self._last = system.cause
            self._handled += 1
            self._left = self._numbered[self._handled]
            due = next((timed for timed in self._timed if timed[0] <= system.now), None)
            if due is not None and not self._left:  # one with a time can come later, too
                self._timed.remove(due)
                self._left = due[1]
        if self._left:
            self._left -= 1
            raise InjectedCrash(f"told to crash on message {self._handled} that it handled")
