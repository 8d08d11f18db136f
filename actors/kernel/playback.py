"""The playback of what actors sent, from a journal, in place of running them (K14).

Each message comes in under the number that it had, when everything up to its time has been delivered.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from tradepit.actors.kernel.boundary import Boundary
from tradepit.actors.kernel.guard import Guard
from tradepit.actors.kernel.journal import Journal
from tradepit.actors.kernel.schedule import NO_HANDLERS

Played: TypeAlias = tuple[int, int, str, str | None, Any, int]
"""(time, sequence, sender, receiver or None for what is published, message, cause)."""


class Playback(Guard):
    """The actors, some of whom may be played back."""

    __slots__ = ("_stop",)

    def __init__(self, start: int, journal: Journal | None) -> None:
        super().__init__(start, journal)
        self._open = False  # whether anything may come from outside, or time passes by itself
        self._stop = False
        self._because = ""
        self._stop_at: tuple[int, int, str] | None = None
        self._plays = False
        self._posts: Iterator[Played] = iter(())  # of a playback, and the next of them
        self._played: Played | None = None

    def stop_at(self, time: int, sequence: int, because: str) -> None:
        """Ask the run to end where another run was asked to, so that it becomes the same; before the run.

        Args:
            time: when that was, ns since the Unix epoch.
            sequence: the last number given until then.
            because: what the journal says of it.
        """
        self._stop_at = (time, sequence, because)
        self._open = True

    def play_back(self, names: Iterable[str], posts: Iterable[Played], *, feed: str = "") -> None:
        """Take what some actors sent from a journal, in place of running them; before the run.

        Args:
            names: the actors; their handlers are not called.
            posts: what they sent, in the order of its numbers; without what came over the links of the one that
                streamed, for links are not played back. They are read as the run goes.
            feed: the one of them that streamed, if any.
        """
        self._plays = True
        self._posts = iter(posts)
        self._played = next(self._posts, None)
        self._played_for = frozenset(names)
        for name in names:
            cell = self.cell_of(name)
            cell.plain = cell.fast = NO_HANDLERS
        self._feed = feed
        self._feed_streams = not (feed and isinstance(self.cell_of(feed).actor, Boundary))
        self._goes_on = self._played is not None
        self._open = True

    def _play_on(self, due: int | None, *, draining: bool) -> bool:
        """Put in what was sent next, if its place is here; else let time move on."""
        played = self._played
        if played is None:
            self._goes_on = False
        elif played[1] == self.sequence + 1 and (due is None or played[0] <= due):
            time = played[0]
            if due == time:
                self._advance(due, draining=draining)
            self.now = max(self.now, time)
            before = self.sequence
            while played is not None and played[0] == time and played[1] == self.sequence + 1:
                _, _, sender, receiver, message, cause = played
                if sender == self._feed:
                    self.streamed += bool(getattr(type(message), "__bulk__", self._feed_streams))
                    self._stream_one(message)
                else:
                    self._put(sender, None if receiver is None else self.cell_of(receiver), message, cause)
                played = self._played = next(self._posts, None)
            self._at_once = self.sequence - before
            self._goes_on = played is not None and not draining
            return True
        if due is None:
            return False
        self._advance(due, draining=draining)
        return True

    def _stops_here(self, time: int, sequence: int, because: str, due: int | None) -> bool:
        """Stop where another run was asked to."""
        if self.sequence != sequence or (self.now != time and due is not None and due <= time):
            return False
        self.now = max(self.now, time)
        self._stop = True
        self._because = because
        return True
