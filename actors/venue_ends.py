"""What rests at a venue, and how it ends.

Sends: to its broker `ChildRejected`, `ChildCancelled` and `ChildExpired`.
Always holds: an order that is done rests no more; the venue remembers whose it was.
"""

from decimal import Decimal
from typing import Final

from tradepit.actors.kernel import Actor
from tradepit.models.billed_fill import OrderSoFar
from tradepit.models.matching import Dead
from tradepit.models.messages import ChildCancelled, ChildExpired, ChildRejected
from tradepit.models.orders import ChildOrder

REMEMBERED_DONE: Final = 1_000
"""How many done orders a venue remembers at least, to tell a late cancel from one for an order it never had."""


class VenueEnds(Actor):
    """The part of a venue that has orders rest, and says how they ended."""

    _venue: str
    _broker: str

    def __init__(self) -> None:
        """Begin with nothing."""
        self._resting: dict[str, ChildOrder] = {}
        self._so_far: dict[str, OrderSoFar] = {}  # what those that are filled in part have done and paid
        self._put_back: dict[str, Decimal] = {}  # of those of which executions were taken back: how much
        self._done: dict[str, str] = {}  # parents of child orders that are done, the latest and those before them
        self._done_before: dict[str, str] = {}

    def _died(self, child: ChildOrder, dead: Dead) -> None:
        if dead.code == "EXPIRED":
            self._forget(child)
            self.send(
                self._broker,
                ChildExpired(
                    child_id=child.child_id,
                    order_id=child.order_id,
                    venue=self._venue,
                    leaves=dead.leaves,
                    time=self.now,
                ),
            )
        else:
            self._cancelled(child, dead.leaves, dead.code)

    def _cancelled(self, child: ChildOrder, leaves: Decimal, code: str) -> None:
        self._forget(child)
        self.send(
            self._broker,
            ChildCancelled(
                child_id=child.child_id,
                order_id=child.order_id,
                venue=self._venue,
                leaves=leaves,
                code=code,
                time=self.now,
            ),
        )

    def _reject(self, child: ChildOrder, code: str, text: str) -> None:
        self.send(
            self._broker,
            ChildRejected(
                child_id=child.child_id,
                order_id=child.order_id,
                venue=self._venue,
                code=code,
                text=text,
                time=self.now,
            ),
        )

    def _parent_of_done(self, child_id: str) -> str | None:
        return self._done.get(child_id) or self._done_before.get(child_id)

    def _forget(self, child: ChildOrder) -> None:
        child_id, done = child.child_id, self._done
        del self._resting[child_id]
        if self._so_far:
            self._so_far.pop(child_id, None)
        if self._put_back:
            self._put_back.pop(child_id, None)
        done[child_id] = child.order_id
        if len(done) >= REMEMBERED_DONE:
            self._done_before, self._done = done, {}
