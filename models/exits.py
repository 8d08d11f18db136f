"""The open orders that only reduce a position, and how much room is left for more of them.

Such orders tie up no buying power, so the account does not know them. Orders of one group exclude one another (a stop
loss and a take profit, say): of a group the largest counts, not the sum. One that waits for another order to fill
counts for nothing until that has ended.

What a fill takes off the others of its group counts at once, though those orders are only cut or cancelled when the
order manager's word has reached their venue: else what they seem to hold for that while would be taken from the rest.
"""

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.order_adjustments import Adjustment
from tradepit.models.orders import Contingency, Order, Side
from tradepit.models.values import changed

_EXACT: Final = Context(prec=200)
_ZERO: Final = Decimal(0)


@attrs.define
class Exit:
    """One such order.

    Attributes:
        order: the order, as it was last changed.
        leaves: what is open of it.
        waits_for: the order that it waits for, until that has ended.
        filled: what was filled of it.
        foregone: what fills of its group have taken off, and its own news do not show yet.
    """

    order: Order
    leaves: Decimal
    waits_for: str | None
    filled: Decimal = _ZERO
    foregone: Decimal = _ZERO

    @property
    def group(self) -> str:
        """Return the name of its group; an order without one is a group by itself."""
        terms = self.order.terms
        return self.order.order_id if terms is None or terms.group is None else terms.group


class Exits:
    """Keeps the open reducing orders of an account.

    Attributes:
        open: by order id, in the order in which they came.
    """

    __slots__ = ("open",)

    def __init__(self) -> None:
        self.open: dict[str, Exit] = {}

    def add(self, order: Order, waits_for: str | None = None) -> None:
        """Keep an order, and what it waits for."""
        self.open[order.order_id] = Exit(order, order.quantity, waits_for)

    def note(self, order_id: str, leaves: Decimal, cumulative: Decimal, *, ended: bool) -> None:
        """Take the news of any order.

        Args:
            order_id: the order.
            leaves: what is open of it.
            cumulative: what was filled of it; those that waited for it are then no larger.
            ended: whether it has ended.
        """
        own = self.open.get(order_id)
        if own is not None:
            more = _EXACT.subtract(cumulative, own.filled)
            own.leaves, own.filled = _positive(_EXACT.subtract(leaves, own.foregone)), cumulative
            if ended or not leaves:
                del self.open[order_id]
            if more > _ZERO:
                self._tell_group(own, more)
        if ended:
            for exit_ in [one for one in self.open.values() if one.waits_for == order_id]:
                order = exit_.order
                exit_.waits_for = None
                exit_.order = changed(order, quantity=min(order.quantity, cumulative))
                spoken_for = _EXACT.add(exit_.filled, exit_.foregone)
                exit_.leaves = min(exit_.leaves, _positive(_EXACT.subtract(cumulative, spoken_for)))
                if not exit_.leaves:
                    del self.open[order.order_id]

    def change(self, order: Order, leaves: Decimal) -> None:
        """Take a change of an order that is kept, or that it stays as it is."""
        exit_ = self.open[order.order_id]
        shown = _EXACT.subtract(exit_.order.quantity, order.quantity)
        exit_.foregone = _positive(_EXACT.subtract(exit_.foregone, _positive(shown)))
        exit_.order, exit_.leaves = order, _positive(_EXACT.subtract(leaves, exit_.foregone))

    def restate(self, order: Order, leaves: Decimal, cumulative: Decimal, adjustment: Adjustment) -> None:
        """Take the figures that a split or a dividend has given an order that is kept."""
        exit_ = self.open[order.order_id]
        exit_.order, exit_.filled, exit_.foregone = order, cumulative, adjustment.quantity(exit_.foregone)
        exit_.leaves = _positive(_EXACT.subtract(leaves, exit_.foregone))

    def room_behind(self, parent: Order, group: str | None) -> Decimal:
        """Return how much of what an order opens nothing that waits for it closes yet.

        Args:
            parent: the order.
            group: of one more order that is to wait for it: the others of that group take no room from it.
        """
        taken = dict[str, Decimal]()
        for exit_ in self.open.values():
            if exit_.waits_for == parent.order_id and (group is None or exit_.group != group):
                taken[exit_.group] = max(taken.get(exit_.group, _ZERO), exit_.order.quantity)
        left = parent.quantity
        for quantity in taken.values():
            left = _EXACT.subtract(left, quantity)
        return _positive(left)

    def room(self, symbol: str, side: Side, reducible: Decimal, group: str | None, besides: str = "") -> Decimal:
        """Return how much one more order may reduce.

        Args:
            symbol: the instrument.
            side: of the order.
            reducible: what of the position no ordinary open order of that side closes, 0 or more.
            group: of the order: the others of its group take no room from it.
            besides: an order that does not count, as it is to be changed itself.
        """
        taken = dict[str, Decimal]()
        for order_id, exit_ in self.open.items():
            order = exit_.order
            if (
                order.symbol == symbol
                and order.side is side
                and exit_.waits_for is None
                and order_id != besides
                and (group is None or exit_.group != group)
            ):
                taken[exit_.group] = max(taken.get(exit_.group, _ZERO), exit_.leaves)
        left = reducible
        for quantity in taken.values():
            left = _EXACT.subtract(left, quantity)
        return _positive(left)

    def too_large(self, symbol: str, held: Decimal) -> Iterator[tuple[Exit, Decimal]]:
        """Yield each order that a smaller position leaves too large, and what may stay open of it; the latest first go.

        Args:
            symbol: the instrument.
            held: signed quantity that is held now.
        """
        left: dict[str, Decimal] = {}
        rest = held.copy_abs()
        side = Side.SELL if held > _ZERO else Side.BUY
        for exit_ in list(self.open.values()):
            order = exit_.order
            if order.symbol != symbol or exit_.waits_for is not None:
                continue
            group = exit_.group
            if group not in left:
                left[group] = rest
                if order.side is side:
                    rest = _positive(_EXACT.subtract(rest, self._largest(group)))
            may_stay = min(exit_.leaves, left[group]) if held and order.side is side else _ZERO
            if may_stay < exit_.leaves:
                yield exit_, may_stay

    # --- inside ---------------------------------------------------------------------------------------------------

    def _largest(self, group: str) -> Decimal:
        """Return the most that is open of any one order of a group, those that still wait left out."""
        return max(one.leaves for one in self.open.values() if one.group == group and one.waits_for is None)

    def _tell_group(self, own: Exit, more: Decimal) -> None:
        """Take a fill of one off the others of its group: as much of an OUO group, all of an OCO group."""
        terms = own.order.terms
        if terms is None or terms.group is None:
            return
        for other in self.open.values():
            if other is not own and other.group == terms.group:
                off = more if terms.contingency is Contingency.OUO else other.leaves
                other.foregone = _EXACT.add(other.foregone, off)
                other.leaves = _positive(_EXACT.subtract(other.leaves, off))


def _positive(quantity: Decimal) -> Decimal:
    return max(quantity, _ZERO)
