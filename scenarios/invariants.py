"""What always holds in a run, checked from outside the actors by books of their own.

Each invariant listens to messages and keeps only what it needs. What breaks one is kept with the number of the message
that did; the run goes on, so that its journal and report show what followed, and then fails.
"""

from collections.abc import Iterable, Mapping
from decimal import Context, Decimal

import attrs

from tradepit.actors import ORDERS, ROUTER, broker_name
from tradepit.actors.kernel import System
from tradepit.actors.portfolio import AT_END
from tradepit.models.breakers import shrinks_position
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    AccountOpened,
    ChildCancelled,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    OrderClosed,
    OrderFilled,
    PositionChanged,
    RefuseOrder,
    RouteOrder,
    SubmitChild,
    SubmitOrder,
)
from tradepit.models.orders import ChildOrder, Fill, Order, Side

NAMES = (
    "cash_and_positions_are_the_sum_of_fills",
    "venue_and_portfolio_fills_agree",
    "no_fill_beyond_the_order",
    "no_order_is_lost",
    "no_order_passes_an_open_breaker",
    "children_never_exceed_the_parent",
    "no_message_from_the_future",
)

_EXACT = Context(prec=200)
_ZERO = Decimal(0)
_MOST_KEPT = 20


@attrs.frozen
class Violation:
    """One invariant that was broken.

    Attributes:
        invariant: its name.
        sequence: the message that broke it.
        time: ns since the Unix epoch.
        text: what was found.
    """

    invariant: str
    sequence: int
    time: int
    text: str


@attrs.define
class _Live:
    """An order on its way: what it is, and the child orders that are out for it."""

    order: Order
    filled: Decimal = _ZERO
    children: dict[str, Decimal] = attrs.Factory(dict)


class Invariants:
    """Watches one run."""

    def __init__(self, system: System, instruments: Mapping[str, Instrument], venues: Iterable[str]) -> None:
        """Begin to listen; before the run."""
        self._system = system
        self._instruments = instruments
        self.violations: list[Violation] = []
        self._cash = _ZERO
        self._held: dict[str, Decimal] = {}
        self._at_venues: dict[str, None] = {}  # fills that the portfolio has not booked yet
        self._live: dict[str, _Live] = {}
        self._received = 0
        self._closed = 0
        self._open_breakers: dict[str, str] = {}
        for kind, listener in (
            (AccountOpened, self._account_opened),
            (PositionChanged, self._position_changed),
            (OrderFilled, self._order_filled),
            (OrderClosed, self._order_closed),
            (CircuitTripped, self._tripped),
            (CircuitHalfOpened, self._half_opened),
            (CircuitReset, self._reset),
        ):
            system.tap(kind, listener)
        system.tap_sent(SubmitOrder, self._received_one, to=ORDERS)
        system.tap_sent(RefuseOrder, self._received_one, to=ORDERS)
        system.tap_sent(RouteOrder, self._routed, to=ROUTER)
        for ended in (ChildRejected, ChildCancelled, ChildExpired):
            system.tap_sent(ended, self._child_ended, to=ROUTER)
        for venue in venues:
            system.tap_sent(SubmitChild, self._child_sent, to=broker_name(venue))
            system.tap_sent(ChildFilled, self._child_filled, to=broker_name(venue))

    def finish(self, open_orders: int) -> None:
        """Check what can be said only at the end.

        Args:
            open_orders: how many orders the order manager still holds open.
        """
        if self._received != self._closed + open_orders:
            self._broken(
                "no_order_is_lost",
                f"{self._received} orders were received, {self._closed} ended and {open_orders} are open",
            )
        if self._at_venues:
            self._broken(
                "venue_and_portfolio_fills_agree",
                f"{len(self._at_venues)} fills were never booked, the first is {next(iter(self._at_venues))}",
            )

    # --- money ----------------------------------------------------------------------------------------------------

    def _account_opened(self, opened: AccountOpened) -> None:
        self._cash = opened.cash

    def _position_changed(self, changed: PositionChanged) -> None:
        fill = changed.fill
        if fill is None:
            self._held[changed.symbol] = changed.quantity
            return
        multiplier = self._instruments[fill.symbol].multiplier
        signed = fill.quantity if fill.side is Side.BUY else fill.quantity.copy_negate()
        held = self._held[fill.symbol] = _EXACT.add(self._held.get(fill.symbol, _ZERO), signed)
        paid = _EXACT.multiply(_EXACT.multiply(signed, fill.price), multiplier)
        self._cash = _EXACT.subtract(_EXACT.subtract(self._cash, paid), fill.fee)
        if held != changed.quantity or self._cash != changed.cash:
            self._broken(
                "cash_and_positions_are_the_sum_of_fills",
                f"after {fill.fill_id}: {fill.symbol} must be {held} and cash {self._cash}, "
                f"was {changed.quantity} and {changed.cash}",
            )
        if fill.venue != AT_END:
            if fill.fill_id not in self._at_venues:
                self._broken("venue_and_portfolio_fills_agree", f"{fill.fill_id} was booked without a venue's fill")
            self._at_venues.pop(fill.fill_id, None)

    # --- orders ---------------------------------------------------------------------------------------------------

    def _received_one(self, message: SubmitOrder | RefuseOrder) -> None:
        self._received += 1
        if message.order.created_at > self._system.now:
            self._broken("no_message_from_the_future", f"{message.order.order_id} was created at a later time")

    def _order_filled(self, event: OrderFilled) -> None:
        fill = event.fill
        live = self._live.get(event.order_id)
        if live is None:
            self._broken("no_fill_beyond_the_order", f"{fill.fill_id} is of {event.order_id}, which is not live")
            return
        live.filled = _EXACT.add(live.filled, fill.quantity)
        order = live.order
        if live.filled > order.quantity:
            self._broken(
                "no_fill_beyond_the_order", f"{order.order_id}: {order.quantity} ordered, {live.filled} filled"
            )
        if order.limit_price is not None and _beyond(fill, order.limit_price):
            self._broken("no_fill_beyond_the_order", f"{fill.fill_id}: limit {order.limit_price}, was {fill.price}")
        if fill.time > self._system.now:
            self._broken("no_message_from_the_future", f"{fill.fill_id} was executed at a later time")

    def _order_closed(self, closed: OrderClosed) -> None:
        self._closed += 1
        if closed.code != "DUPLICATE_ORDER_ID":  # the order that had the id first goes on
            self._live.pop(closed.order.order_id, None)

    def _routed(self, message: RouteOrder) -> None:
        order = message.order
        self._live[order.order_id] = _Live(order)
        for name, action in self._open_breakers.items():
            if action == "reduce_only" and self._shrinks(order):
                continue
            self._broken("no_order_passes_an_open_breaker", f"{order.order_id} passed {name}, which is open: {action}")

    def _shrinks(self, order: Order) -> bool:
        """Tell whether an order only makes a position smaller, also when all that is live on its side is filled."""
        live = [other for other in self._live.values() if _alike(other.order, order)]
        quantity = _sum(_EXACT.subtract(other.order.quantity, other.filled) for other in live)
        return shrinks_position(self._held.get(order.symbol, _ZERO), order.side, quantity)

    # --- children -------------------------------------------------------------------------------------------------

    def _child_sent(self, message: SubmitChild) -> None:
        child: ChildOrder = message.child
        live = self._live.get(child.order_id)
        if live is None:
            self._broken("children_never_exceed_the_parent", f"{child.child_id} has no live parent")
            return
        live.children[child.child_id] = child.quantity
        out = _sum(live.children.values())
        if out > live.order.quantity:
            self._broken(
                "children_never_exceed_the_parent",
                f"{child.order_id}: {live.order.quantity} ordered, {out} filled or out at venues",
            )

    def _child_filled(self, report: ChildFilled) -> None:
        self._at_venues[report.fill.fill_id] = None

    def _child_ended(self, report: ChildRejected | ChildCancelled | ChildExpired) -> None:
        live = self._live.get(report.order_id)
        if live is not None and report.child_id in live.children:
            leaves = live.children[report.child_id] if isinstance(report, ChildRejected) else report.leaves
            live.children[report.child_id] = _EXACT.subtract(live.children[report.child_id], leaves)

    # --- breakers -------------------------------------------------------------------------------------------------

    def _tripped(self, event: CircuitTripped) -> None:
        self._open_breakers[event.breaker] = event.action

    def _half_opened(self, event: CircuitHalfOpened) -> None:
        self._open_breakers.pop(event.breaker, None)

    def _reset(self, event: CircuitReset) -> None:
        self._open_breakers.pop(event.breaker, None)

    def _broken(self, invariant: str, text: str) -> None:
        if len(self.violations) < _MOST_KEPT:
            self.violations.append(Violation(invariant, self._system.cause, self._system.now, text))


def _alike(one: Order, other: Order) -> bool:
    return one.symbol == other.symbol and one.side is other.side


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _ZERO
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def _beyond(fill: Fill, limit: Decimal) -> bool:
    return fill.price > limit if fill.side is Side.BUY else fill.price < limit
