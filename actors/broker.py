"""Broker: the connection to one venue.

Receives: `SubmitChild`, `CancelChild`, `ReplaceChild` and `AdjustChild` from the router, reports from the venue.
Sends: the same commands to the venue; acceptances to the order manager; every end of a child to the router; fills,
published, to both; changes, busts and corrections to both. The latency of the connection, each way, is a property of
the links between broker and venue.
Always holds: a child order is sent to the venue at most once, and a report of a fill is passed on at most once, also
when it comes after the end of its order; so is what takes a fill back or corrects it, and never before the fill. A
fill beyond what is known of its child waits for the news that the child has grown; where that is lost, the child's end
tells of it.
"""

from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.actors import ORDERS, ROUTER, venue_name
from tradepit.actors.kernel import Actor
from tradepit.models.messages import (
    AdjustChild,
    CancelChild,
    ChildAccepted,
    ChildCancelled,
    ChildCancelRejected,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    ChildReplaced,
    ChildReplaceRejected,
    ChildRestated,
    FillBusted,
    FillCorrected,
    ReplaceChild,
    SubmitChild,
)
from tradepit.models.orders import Fill

REMEMBERED_DONE: Final = 1_000
"""How many done children a broker remembers at least, to tell a late fill of theirs from a duplicate."""

_EXACT: Final = Context(prec=200)
_FILLED: Final = Decimal(0)
"""What is open of a child that one fill has done: nothing, so no other fill of it is true."""


@attrs.define
class _InParts:
    """What a child order has filled so far, once that is a part of it.

    Attributes:
        quantity: of the child.
        filled: how much of that is filled.
        fills: ids of the fills that were passed on.
    """

    quantity: Decimal
    filled: Decimal
    fills: dict[str, None]


class Broker(Actor):
    """One connection to one simulated venue."""

    constant = ("_venue",)

    def __init__(self, venue: str) -> None:
        """Make a connection to a venue."""
        self._venue = venue_name(venue)
        self._live: dict[str, Decimal | _InParts] = {}  # quantity of a child, until a part of it is filled
        self._over: dict[str, Decimal | _InParts] = {}  # those that are done, the latest and those before them
        self._over_before: dict[str, Decimal | _InParts] = {}
        self._changes: dict[str, list[FillBusted | FillCorrected]] = {}  # by fill, few as they are
        self._asked: dict[str, ReplaceChild] = {}  # changes under way, by child
        self._renamed: dict[str, list[ChildFilled | ChildReplaced | ChildRejected | ChildCancelled | ChildExpired]] = {}
        """By the new id of a child that is to get one: reports under it that are ahead of the news."""
        self._ahead: dict[str, dict[str, ChildFilled]] = {}  # by child, fills beyond what is known of its quantity

    def on_start(self) -> None:
        """Hear of fills from the venue alone, not of what the brokers publish."""
        self.unsubscribe(ChildFilled)

    def on_submit_child(self, message: SubmitChild) -> None:
        """Send a child order to the venue, unless it was sent before."""
        child_id = message.child.child_id
        if self._renamed:
            self._renamed.pop(child_id, None)  # the child of before had ended, and nothing has got this id
        if child_id not in self._live and child_id not in self._over and child_id not in self._over_before:
            self._live[child_id] = message.child.quantity
            self.send(self._venue, message)

    def on_cancel_child(self, message: CancelChild) -> None:
        """Send a cancel to the venue."""
        self.send(self._venue, message)

    def on_replace_child(self, message: ReplaceChild) -> None:
        """Send a change to the venue."""
        self._asked[message.child_id] = message
        self.send(self._venue, message)

    def on_adjust_child(self, message: AdjustChild) -> None:
        """Send an adjustment to the venue, which gives the child another id."""
        new_id = message.new_id
        if new_id not in self._live and new_id not in self._over and new_id not in self._over_before:
            self._renamed.setdefault(new_id, [])
            self.send(self._venue, message)

    def on_accepted(self, report: ChildAccepted) -> None:
        """Tell the order manager that the order works."""
        self.send(ORDERS, report)

    def on_filled(self, report: ChildFilled) -> None:
        """Tell the order manager and the router of a fill, once."""
        child_id, fill = report.child_id, report.fill
        open_ = self._live.get(child_id)
        if open_ is None:
            if self._is_ahead(report):
                return
            if self._is_late(report):
                self.publish(report)
                self._catch_up(fill)
            return
        if type(open_) is Decimal and fill.quantity == open_:
            del self._live[child_id]
            self._remember(child_id, _FILLED)
        else:
            parts = self._parts(child_id, open_)
            if fill.fill_id in parts.fills:
                return
            filled = _EXACT.add(parts.filled, fill.quantity)
            if filled > parts.quantity:  # it has overtaken the news that the child has grown
                self._ahead.setdefault(child_id, {})[fill.fill_id] = report
                if not report.leaves and child_id in self._asked:
                    self._make_room(child_id, report)
                return
            parts.fills[fill.fill_id] = None
            parts.filled = filled
            if parts.filled >= parts.quantity:
                del self._live[child_id]
                self._remember(child_id, parts)
        self.publish(report)
        if self._changes:
            self._catch_up(fill)

    def on_replaced(self, report: ChildReplaced) -> None:
        """Tell the router and the order manager that a child order has changed."""
        child_id = report.child_id
        open_ = self._live.get(child_id)
        if open_ is None and self._is_ahead(report):
            return
        if open_ is None:
            return  # its end has overtaken the news
        self._asked.pop(child_id, None)
        parts = self._parts(child_id, open_)
        parts.quantity = report.quantity
        if not report.leaves:
            del self._live[child_id]
            self._remember(child_id, parts)
        self.send(ORDERS, report)
        self.send(ROUTER, report)
        self._let_in(child_id)

    def on_restated(self, report: ChildRestated) -> None:
        """Tell the router and the order manager that a child order goes on with other figures, under another id."""
        held = self._renamed.pop(report.new_id, None)
        if held is None:
            return  # a copy
        open_ = self._live.pop(report.child_id, None)
        if open_ is not None:
            self._remember(report.child_id, open_)
        self._live[report.new_id] = report.leaves
        self.send(ORDERS, report)
        self.send(ROUTER, report)
        for ahead in held:
            if isinstance(ahead, ChildFilled):
                self.on_filled(ahead)
            elif isinstance(ahead, ChildReplaced):
                self.on_replaced(ahead)
            else:
                self.on_ended(ahead)

    def on_replace_rejected(self, report: ChildReplaceRejected) -> None:
        """Tell the router that a change was refused."""
        self._asked.pop(report.child_id, None)
        self.send(ROUTER, report)

    def on_changed(self, report: FillBusted | FillCorrected) -> None:
        """Tell the order manager and the router that an execution was taken back or corrected."""
        said = self._changes.setdefault(report.fill.fill_id, [])
        if report in said:
            return  # a copy
        said.append(report)
        if self._was_told(report.fill):
            self._pass_on(report)

    def on_ended(self, report: ChildRejected | ChildCancelled | ChildExpired) -> None:
        """Tell the router that nothing of a child order is left at the venue."""
        if isinstance(report, ChildRejected) and report.code == "DUPLICATE_ORDER_ID":
            return  # each child is sent once, so that was a copy; the child itself goes on
        child_id = report.child_id
        if self._is_ahead(report):
            return
        if child_id in self._ahead and not isinstance(report, ChildRejected):
            self._make_room(child_id, report)
        self._asked.pop(child_id, None)
        open_ = self._live.pop(child_id, None)
        if open_ is not None:
            self._remember(child_id, open_)
            self.send(ROUTER, report)

    def on_cancel_rejected(self, report: ChildCancelRejected) -> None:
        """Tell the router that a cancel was refused."""
        self.send(ROUTER, report)

    # --- what was filled ------------------------------------------------------------------------------------------

    def _parts(self, child_id: str, open_: Decimal | _InParts) -> _InParts:
        """Return what a live child has filled, and keep it from now on."""
        if isinstance(open_, _InParts):
            return open_
        parts = self._live[child_id] = _InParts(open_, Decimal(0), {})
        return parts

    def _let_in(self, child_id: str) -> None:
        """Take in the fills for which there now may be room."""
        if self._ahead:
            for report in self._ahead.pop(child_id, {}).values():
                self.on_filled(report)

    def _is_ahead(self, report: ChildFilled | ChildReplaced | ChildRejected | ChildCancelled | ChildExpired) -> bool:
        """Keep a report of a child that has overtaken the news of its new id; tell whether it has."""
        if not self._renamed:
            return False
        held = self._renamed.get(report.child_id)
        if held is None:
            return False
        if report not in held:
            held.append(report)
        return True

    def _make_room(self, child_id: str, report: ChildFilled | ChildCancelled | ChildExpired) -> None:
        """Infer, from how a child has ended, that it had grown: the news of it is lost, and its fills wait for it."""
        open_ = self._live.get(child_id)
        if open_ is None:
            return
        parts = self._parts(child_id, open_)
        total = _EXACT.add(parts.filled, report.leaves)
        for held in self._ahead[child_id].values():
            total = _EXACT.add(total, held.fill.quantity)
        if total <= parts.quantity:
            return
        asked = self._asked.get(child_id)
        self.on_replaced(
            ChildReplaced(
                child_id=child_id,
                order_id=report.order_id,
                venue=report.venue,
                quantity=total,
                leaves=_EXACT.subtract(total, parts.filled),
                limit_price=None if asked is None else asked.limit_price,
                stop_price=None if asked is None else asked.stop_price,
                time=self.now,
                for_group=asked is not None and asked.for_group,
            )
        )

    def _was_told(self, fill: Fill) -> bool:
        """Tell whether a fill was passed on; one of a child that nobody remembers was, for it was its last."""
        child_id = fill.child_id
        parts = self._live.get(child_id) or self._over.get(child_id) or self._over_before.get(child_id)
        return parts is None or (isinstance(parts, _InParts) and fill.fill_id in parts.fills)

    def _catch_up(self, fill: Fill) -> None:
        """Pass on what has overtaken a fill."""
        for report in self._changes.get(fill.fill_id, ()):
            self._pass_on(report)

    def _pass_on(self, report: FillBusted | FillCorrected) -> None:
        before = report.fill if isinstance(report, FillBusted) else report.before
        after = Decimal(0) if isinstance(report, FillBusted) else report.fill.quantity
        self._count_anew(report.fill, _EXACT.subtract(after, before.quantity))
        self.send(ORDERS, report)
        self.send(ROUTER, report)
        self._let_in(report.fill.child_id)

    def _count_anew(self, fill: Fill, difference: Decimal) -> None:
        parts = self._live.get(fill.child_id)
        if isinstance(parts, _InParts):
            parts.filled = _EXACT.add(parts.filled, difference)
            if parts.filled >= parts.quantity:
                del self._live[fill.child_id]
                self._remember(fill.child_id, parts)

    def _is_late(self, report: ChildFilled) -> bool:
        """Tell whether a fill of a child that is done is true, and only overtaken; and remember that it came."""
        child_id = report.child_id
        ended = self._over.get(child_id) or self._over_before.get(child_id)
        if ended is None:
            return False
        parts = ended if isinstance(ended, _InParts) else _InParts(ended, Decimal(0), {})
        if report.fill.fill_id in parts.fills:
            return False
        parts.fills[report.fill.fill_id] = None
        self._over[child_id] = parts
        return True

    def _remember(self, child_id: str, ended: Decimal | _InParts) -> None:
        self._over[child_id] = ended
        if len(self._over) >= REMEMBERED_DONE:
            self._over_before, self._over = self._over, {}
