"""Orders that hang together: one triggers other, one cancels other, one updates other, and brackets made of these.

- OTO (`parent_id`): the order is held until its parent fills. It works for what the parent has filled so far, at most
  its own quantity, and once the parent is filled whole for all of its own. A parent that ends without a fill ends it;
  of one that ends filled in part it works for that part.
- OCO (`contingency`): the first fill of one, in part or whole, cancels the others.
- OUO (`contingency`): each fill of one takes its quantity off what the others work for; who has nothing left is
  cancelled.

A bracket is an entry, and two orders that have it as parent and are OUO to one another.

Chosen where the field has no single custom:

- A member that ends without being filled whole (cancelled by request, expired, rejected) ends its group, as at most
  brokers that offer groups.
- A bust or a correction revives nobody; it counts in the sums of the next fill.
- Groups are kept by the order manager, which hears of a fill when its news arrives. Members at one venue that one bar
  would fill both are the venue's business; at two venues both may fill before anybody knows. What fills beyond what
  the group is for is told (`Overfill`): of OCO orders all but the fills of the one that was filled first, of OUO
  orders what goes beyond an order's quantity less what the others have filled.
"""

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.order_adjustments import Adjustment, open_lots
from tradepit.models.orders import Contingency, Order, Refusal

GROUP: Final = "GROUP"
PARENT_ENDED: Final = "PARENT_ENDED"
_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)
_OUO: Final = Contingency.OUO


@attrs.frozen
class Release:
    """An order that was held is to go out.

    Attributes:
        order_id: which.
        quantity: for how much of it.
    """

    order_id: str
    quantity: Decimal


@attrs.frozen
class Work:
    """An order that is out is to work for another quantity.

    Attributes:
        order_id: which.
        quantity: in total, what it has filled included.
        last: whether it can never grow again, so that this is now its quantity.
    """

    order_id: str
    quantity: Decimal
    last: bool


@attrs.frozen
class Drop:
    """What is left of an order is to be cancelled.

    Attributes:
        order_id: which.
        code: `GROUP` or `PARENT_ENDED`.
        text: the figures.
    """

    order_id: str
    code: str
    text: str


@attrs.frozen
class Overfill:
    """An order was filled although others of its group had used up what it was for.

    Attributes:
        order_id: which.
        group: its group.
        quantity: how much of the fill was too much.
    """

    order_id: str
    group: str
    quantity: Decimal


Consequence = Release | Work | Drop | Overfill


@attrs.frozen
class Parent:
    """How far the order has come for which another waits.

    Attributes:
        filled: quantity.
        over: whether it has ended.
        whole: whether it was filled whole.
    """

    filled: Decimal = _ZERO
    over: bool = False
    whole: bool = False


@attrs.define(eq=False)
class _Tied:
    """An order that hangs together with others.

    Attributes:
        order_id: which.
        quantity: its own, as the strategy wants it.
        group: it belongs to, or None.
        contingency: what the orders of the group do to one another.
        parent_id: order that it waits for, or None.
        parent: how far that has come; None without one.
        mates: the group's orders, this one among them; empty without a group.
        works: what it works for, what it has filled included; 0 while it is held.
        last: whether that has been said to be the last word.
        held: whether it has not gone out.
        filled: quantity.
        over: whether it has ended, or is being cancelled by us.
        ended: whether it has ended.
        first: whether it was the first of its group to fill.
    """

    order_id: str
    quantity: Decimal
    group: str | None
    contingency: Contingency | None
    parent_id: str | None
    parent: Parent | None
    mates: "list[_Tied]"
    works: Decimal = _ZERO
    last: bool = False
    held: bool = True
    filled: Decimal = _ZERO
    over: bool = False
    ended: bool = False
    first: bool = False


class OrderGroups:
    """Knows who hangs together, and says what follows from a fill or an end."""

    def __init__(self) -> None:
        self._tied: dict[str, _Tied] = {}
        self._members: dict[str, list[_Tied]] = {}
        self._children: dict[str, list[_Tied]] = {}

    def join(self, order: Order, parent: Parent | None) -> Refusal | None:
        """Take an order in, or say why it cannot hang together with the others as it says.

        Args:
            order: the order; it has terms.
            parent: how far its parent has come; None where nobody knows the parent, or it has none.
        """
        terms = order.terms
        assert terms is not None
        group, contingency, parent_id = terms.group, terms.contingency, terms.parent_id
        if (group is None) is not (contingency is None):
            return Refusal(
                code="GROUP_INVALID", text=f"a group has a name and a contingency, was {group}, {contingency}"
            )
        if parent_id is not None:
            if parent is None or parent_id == order.order_id:
                return Refusal(code="UNKNOWN_PARENT", text=f"no order {parent_id} to wait for")
            if parent.over and not parent.filled:
                return Refusal(code=PARENT_ENDED, text=f"{parent_id} has ended without a fill")
        others = self._members.get(group, []) if group is not None else []
        if others and others[0].contingency is not contingency:
            text = f"group {group} is {others[0].contingency}, was {contingency}"
            return Refusal(code="GROUP_INVALID", text=text)
        mates = [] if group is None else self._members.setdefault(group, [])
        tied = _Tied(order.order_id, order.quantity, group, contingency, parent_id, parent, mates)
        self._tied[order.order_id] = tied
        if group is not None:
            mates.append(tied)
        if parent_id is not None:
            self._children.setdefault(parent_id, []).append(tied)
        return None

    def concerns(self, order_id: str) -> bool:
        """Tell whether others hang together with an order."""
        return order_id in self._tied or order_id in self._children

    def grows(self, order_id: str) -> bool:
        """Tell whether an order waits for more of its parent, so that it works for less than its quantity now."""
        tied = self._tied.get(order_id)
        return tied is not None and tied.parent is not None and not tied.parent.over

    def start(self, order_id: str) -> Iterator[Consequence]:
        """Say what is to be done with an order that has just joined; nothing while it is held."""
        yield from self._settle(self._tied[order_id])

    def resize(self, order_id: str, quantity: Decimal) -> None:
        """Note that a strategy has given an order another quantity, what is filled included."""
        tied = self._tied.get(order_id)
        if tied is not None:
            tied.quantity = _EXACT.add(quantity, self._taken(tied))
            tied.works = quantity if not tied.held else _ZERO

    def restate(
        self, order_id: str, before: Decimal, after: Decimal, adjustment: Adjustment, instrument: Instrument
    ) -> None:
        """Note that a split has given an order other units; the others of its group hear of theirs by themselves.

        Args:
            order_id: the order.
            before: its quantity before, what is filled included.
            after: its quantity now.
            adjustment: what has happened.
            instrument: whose lots what is open stays in.
        """
        for child in self._children.get(order_id, ()):
            assert child.parent is not None
            filled = instrument.quantity(adjustment.quantity(child.parent.filled))
            child.parent = attrs.evolve(child.parent, filled=filled)
        tied = self._tied.get(order_id)
        if tied is not None:
            more = open_lots(_EXACT.subtract(tied.quantity, before), adjustment, instrument)
            tied.quantity = _EXACT.add(after, more)
            rest = max(_EXACT.subtract(tied.works, tied.filled), _ZERO)
            tied.filled = instrument.quantity(adjustment.quantity(tied.filled))
            if not tied.held:
                tied.works = _EXACT.add(tied.filled, open_lots(rest, adjustment, instrument))

    def note(self, order_id: str, so_far: Parent) -> Iterator[Consequence]:
        """Say what follows for the others when an order was filled further, or has ended.

        Args:
            order_id: the order.
            so_far: how far it has come.
        """
        for child in self._children.get(order_id, ()):
            child.parent = so_far
            if so_far.over and not so_far.filled:
                yield from self._drop(child, PARENT_ENDED, f"{order_id} has ended without a fill")
            else:
                yield from self._settle(child)
        own = self._tied.get(order_id)
        if own is not None:
            more, ended = so_far.filled != own.filled, so_far.over and not so_far.whole and not own.over
            if so_far.filled > own.filled and own.group is not None:
                yield from self._overfill(own, own.group, so_far.filled)
            own.filled, own.over, own.ended = so_far.filled, own.over or so_far.over, so_far.over
            yield from self._tell_group(own, more=more, ended=ended)
        if so_far.over:
            self._forget(order_id)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _overfill(self, own: _Tied, group: str, filled: Decimal) -> Iterator[Consequence]:
        """Say how much of what an order has filled now was too much for its group."""
        subtract = _EXACT.subtract
        more = subtract(filled, own.filled)
        excess = _ZERO
        if own.contingency is _OUO:
            excess = min(more, subtract(_EXACT.add(filled, self._taken(own)), _wanted(own)))
        elif not any(mate.first for mate in own.mates):
            own.first = True
        elif not own.first and any(mate.first and mate.filled for mate in own.mates):
            excess = more
        if excess > _ZERO:
            yield Overfill(own.order_id, group, excess)

    def _tell_group(self, own: _Tied, *, more: bool, ended: bool) -> Iterator[Consequence]:
        if own.group is None:
            return
        for other in own.mates:
            if other is own:
                continue
            if ended or (more and own.contingency is not _OUO):
                why = "has ended" if ended else f"filled {own.filled}"
                yield from self._drop(other, GROUP, f"{own.order_id} of {own.group} {why}")
            elif more:
                yield from self._settle(other)

    def _settle(self, tied: _Tied) -> Iterator[Consequence]:
        """Say what an order is to work for now, if that is news."""
        if tied.over:
            return
        parent, works = tied.parent, _wanted(tied)
        taken = self._taken(tied)
        if taken:
            works = _EXACT.subtract(works, taken)
        last = parent is None or parent.over
        if last and works <= tied.filled:
            yield from self._drop(
                tied, GROUP if taken else PARENT_ENDED, f"filled {tied.filled}, and no more is wanted"
            )
        elif tied.held:
            if works > tied.filled:
                tied.held, tied.works, tied.last = False, works, last
                yield Release(tied.order_id, works)
        elif works != tied.works or (last and not tied.last and works < tied.quantity):
            tied.works, tied.last = works, last
            yield Work(tied.order_id, max(works, _ZERO), last)

    def _taken(self, tied: _Tied) -> Decimal:
        """Return what the others of an OUO group have filled."""
        total = _ZERO
        if tied.contingency is _OUO:
            for other in tied.mates:
                if other is not tied and other.filled:
                    total = _EXACT.add(total, other.filled)
        return total

    def _drop(self, tied: _Tied, code: str, text: str) -> Iterator[Consequence]:
        if not tied.over:
            tied.over = True
            yield Drop(tied.order_id, code, text)

    def _forget(self, order_id: str) -> None:
        """Forget a parent that is over, and a group of which every member is; another may then have its name.

        Of members that are being cancelled no more than a fill that crosses the cancel is of interest.
        """
        self._children.pop(order_id, None)
        own = self._tied.get(order_id)
        if own is None:
            return
        if own.group is None:
            del self._tied[order_id]
        elif all(other.over for other in own.mates):
            if self._members.get(own.group) is own.mates:
                del self._members[own.group]
            for other in own.mates:
                if other.ended:
                    self._tied.pop(other.order_id, None)


def _wanted(tied: _Tied) -> Decimal:
    """Return what an order is for by now, before what the others of its group have filled."""
    parent = tied.parent
    return tied.quantity if parent is None or parent.whole else min(tied.quantity, parent.filled)
