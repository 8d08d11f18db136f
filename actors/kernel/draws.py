"""What chance gives a link, remembered for as long as it may have to be given again (K4, K6).

A handler that raises is taken back with all that it sent; when the same is sent once more, the same must happen to it.
Copying a generator's state before each message would cost more than the message. So a generator is never set back:
what it gave since a mark is kept, and given again before anything new is drawn.
"""

import random
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias


class Latency(Protocol):
    """How long messages take: what chance gives, and what that comes to when a message is sent.

    The two are apart so that a message that is sent again later has its first luck, but meets the circumstances of
    its own time.
    """

    @property
    def window_ns(self) -> int:
        """Return how long, in ns, a link must remember what it carried; 0 where the latency does not follow load."""

    def draw(self, stream: random.Random) -> int:
        """Return what chance gives to one message, ns."""

    def at(self, drawn_ns: int, now: int, load: int, message: Any = None) -> int:
        """Return the latency of a message, ns, 0 or more.

        Args:
            drawn_ns: what `draw` gave.
            now: when the message is sent, ns since the Unix epoch.
            load: how many messages the link took in the last `window_ns`, without this one.
            message: what is sent.
        """


Duration: TypeAlias = int | Callable[[random.Random], int] | Latency
"""A latency as a link takes it: a constant in ns, a function that draws ns from a stream, or a `Latency`."""


class Draws:
    """Values drawn one after another; those given since `forget` can be given again.

    Attributes:
        position: how many of those kept have been given.
    """

    __slots__ = ("_draw", "_keeps", "_kept", "position")

    def __init__(self, draw: Callable[[], Any]) -> None:
        """Take the function that draws."""
        self._draw = draw
        self._kept: list[Any] = []
        self._keeps = False
        self.position = 0

    def take(self) -> Any:
        """Return the next value."""
        position = self.position
        if position < len(self._kept):
            self.position = position + 1
            return self._kept[position]
        value = self._draw()
        if self._keeps:
            self._kept.append(value)
            self.position = position + 1
        return value

    def forget(self) -> None:
        """Forget what was given, and keep what will be given."""
        self._keeps = True
        if self.position:
            del self._kept[: self.position]
            self.position = 0


class Timing:
    """A latency with its stream: the draws and what they come to.

    Attributes:
        draws: what chance gives.
        window_ns: as in `Latency`.
    """

    __slots__ = ("_at", "draws", "window_ns")

    def __init__(self, latency: Duration, stream: random.Random) -> None:
        """Bind a latency to a stream of its own."""
        self._at: Callable[[int, int, int, Any], int] | None = None
        self.window_ns = 0
        if isinstance(latency, int):
            constant = whole_ns(latency)
            self.draws = Draws(lambda: constant)
        elif callable(latency):
            draw = latency
            self.draws = Draws(lambda: draw(stream))
        else:
            law = latency
            self.draws = Draws(lambda: law.draw(stream))
            self._at = latency.at
            self.window_ns = latency.window_ns

    def ns(self, now: int, load: int, message: Any = None) -> int:
        """Return the latency of the next message, ns."""
        drawn = self.draws.take()
        return whole_ns(drawn if self._at is None else self._at(drawn, now, load, message))


def whole_ns(latency: Any) -> int:
    """Return a latency after a check that it is one.

    Raises:
        ValueError: it is no whole number, or below 0.
    """
    if type(latency) is not int or latency < 0:
        raise ValueError(f"latency must be a whole number of ns, 0 or more, was {latency!r}")
    return latency
