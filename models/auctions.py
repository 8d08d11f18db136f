"""The opening and closing of a session, as the orders see them that take part in nothing else.

A venue that matches on bars, quotes or trades has no auction of its own: what it knows is the price at which the
session opened or closed, and it deals with such orders at that price. A book of orders has real ones.

| data | AT_OPEN is met | AT_CLOSE is met |
|---|---|---|
| bars | by the first bar that trades, at its open | by the bar that ends with the session, at its close |
| quotes | by the first quote at or after the opening | by the quote that stands when the session closes |
| trades | by the first trade at or after the opening | by the last trade, when the session closes |

Where no bar is stamped with the session's close, an order for the close gets, when the session closes, the close of the
last bar that came after the order did.

What it does not get there is cancelled with the code AUCTION_OVER. An order that comes when the opening is past waits
for the next session's; so does AT_CLOSE at or after the close.
"""

from collections.abc import Callable

import attrs

from tradepit.models.orders import TimeInForce

SessionAt = Callable[[int], tuple[int, int]]
"""Gives opening and close, in ns, of the first session that closes after an instant."""


@attrs.frozen
class Auction:
    """What an order waits for.

    Attributes:
        at_open: whether for the opening, rather than for the close.
        opens: first instant of the session, ns since the Unix epoch.
        closes: last instant of the session, ns since the Unix epoch.
    """

    at_open: bool
    opens: int
    closes: int


def next_auction(time_in_force: TimeInForce, now: int, session_at: SessionAt) -> Auction | None:
    """Return the auction that an order takes part in which arrives now, or None when it is for none."""
    if time_in_force is TimeInForce.AT_CLOSE:
        return Auction(False, *session_at(now))
    if time_in_force is not TimeInForce.AT_OPEN:
        return None
    opens, closes = session_at(now)
    if opens < now:
        opens, closes = session_at(closes)
    return Auction(True, opens, closes)
