"""Broker: the connection to one venue.

Receives: `SubmitChild` and `CancelChild` from the router, reports from the venue.
Sends: the same commands to the venue; acceptances to the order manager; every end of a child to the router; fills,
published, to both. The latency of the connection, each way, is a property of the links between broker and venue.
Always holds: a child order is sent to the venue at most once, and a report of a fill is passed on at most once.
"""

from tradepit.actors import ORDERS, ROUTER, venue_name
from tradepit.actors.kernel import Actor
from tradepit.models.messages import (
    CancelChild,
    ChildAccepted,
    ChildCancelled,
    ChildCancelRejected,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    SubmitChild,
)


class Broker(Actor):
    """One connection to one simulated venue."""

    constant = ("_venue",)

    def __init__(self, venue: str) -> None:
        """Make a connection to a venue."""
        self._venue = venue_name(venue)
        self._live: dict[str, str] = {}  # id of the last fill passed on, by child order

    def on_start(self) -> None:
        """Hear of fills from the venue alone, not of what the brokers publish."""
        self.unsubscribe(ChildFilled)

    def on_submit_child(self, message: SubmitChild) -> None:
        """Send a child order to the venue, unless it was sent before."""
        child_id = message.child.child_id
        if child_id not in self._live:
            self._live[child_id] = ""
            self.send(self._venue, message)

    def on_cancel_child(self, message: CancelChild) -> None:
        """Send a cancel to the venue."""
        self.send(self._venue, message)

    def on_accepted(self, report: ChildAccepted) -> None:
        """Tell the order manager that the order works."""
        self.send(ORDERS, report)

    def on_filled(self, report: ChildFilled) -> None:
        """Tell the order manager and the router of a fill, once."""
        child_id = report.child_id
        last = self._live.get(child_id)
        if last is None or report.fill.fill_id == last:
            return
        if report.leaves:
            self._live[child_id] = report.fill.fill_id
        else:
            del self._live[child_id]
        self.publish(report)

    def on_ended(self, report: ChildRejected | ChildCancelled | ChildExpired) -> None:
        """Tell the router that nothing of a child order is left at the venue."""
        if self._live.pop(report.child_id, None) is not None:
            self.send(ROUTER, report)

    def on_cancel_rejected(self, report: ChildCancelRejected) -> None:
        """Tell the router that a cancel was refused."""
        self.send(ROUTER, report)
