"""What a venue knows of our position: what was published, and what it has filled since and nobody has heard of yet."""

from collections import deque
from decimal import Context, Decimal
from typing import Final

from tradepit.models.orders import Fill

_EXACT: Final = Context(prec=200)

REMEMBERED_FILLS: Final = 256
"""How many of its fills a venue remembers; more than are ever on the wire at once."""


class VenuePosition:
    """The positions in a venue's symbols as it sees them, for orders that may only reduce them.

    Attributes:
        recent: the venue's fills, each appended as it happens; they are numbered behind the last dash of their ids.
    """

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self.recent: deque[Fill] = deque(maxlen=REMEMBERED_FILLS)
        self._confirmed: dict[str, int] = {}  # number of the last of our fills that a position included, by symbol

    def __deepcopy__(self, _memo: object) -> "VenuePosition":
        copied = VenuePosition(self._venue)
        copied.recent, copied._confirmed = self.recent.copy(), self._confirmed.copy()
        return copied

    def held(self, symbol: str, quantity: Decimal, last: Fill | None) -> Decimal:
        """Return the signed position.

        Where another venue's fill is the last that the published position includes, ours of a later time count as not
        included; where it names none (it opened the account, or a split changed it), those after the last of ours that
        was ever seen included, and none when none was.

        Args:
            symbol: the instrument.
            quantity: the position as it was published.
            last: the fill with which it was published, or None.
        """
        confirmed = self._confirmed.get(symbol)
        if last is not None and last.venue == self._venue:
            confirmed = self._confirmed[symbol] = _number(last)
            since = None
        else:
            since = None if last is None else last.time
        for fill in self.recent:
            if fill.symbol != symbol:
                continue
            if fill.time > since if since is not None else confirmed is not None and _number(fill) > confirmed:
                quantity = (_EXACT.add if fill.side.sign > 0 else _EXACT.subtract)(quantity, fill.quantity)
        return quantity


def _number(fill: Fill) -> int:
    return int(fill.fill_id.rpartition("-")[2])
