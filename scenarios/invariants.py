"""What always holds in a run, checked from outside the actors by books of their own.

The invariants read the entries that the journal gathers, some hundreds at once, and keep only what they need. What
breaks one is kept with the number of the message that did; the run goes on, so that its journal and report show what
followed, and then fails.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from typing import Any, Final

import attrs

from tradepit.actors import ORDERS, ROUTER, broker_name
from tradepit.actors.happenings import OWN_VENUES
from tradepit.actors.kernel import System
from tradepit.actors.kernel.journal import Entry
from tradepit.models.breakers import shrinks_position
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    AccountOpened,
    CashMoved,
    ChildCancelled,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    ChildReplaced,
    ChildRestated,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    Liquidated,
    OrderClosed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderReplaced,
    PositionChanged,
    PositionSplit,
    RefuseOrder,
    ReplaceOrder,
    RouteOrder,
    SubmitChild,
    SubmitOrder,
    SymbolRenamed,
)
from tradepit.models.order_adjustments import Restatements
from tradepit.models.orders import ChildOrder, Fill, Order, Side
from tradepit.models.values import changed
from tradepit.scenarios.own_books import OwnBooks

NAMES = (
    "cash_and_positions_are_the_sum_of_fills",
    "venue_and_portfolio_fills_agree",
    "no_fill_beyond_the_order",
    "no_order_is_lost",
    "no_order_passes_an_open_breaker",
    "children_never_exceed_the_parent",
    "no_message_from_the_future",
    "no_liquidation_beyond_the_position",
)

_EXACT: Final = Context(prec=200)
_add: Final = _EXACT.add
_subtract: Final = _EXACT.subtract
_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_BUY: Final = Side.BUY
_MOST_KEPT: Final = 20
_PUBLISHED: Final = frozenset({None})


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
    """An order on its way: what it is, its child orders, the most that it was to become, and splits on the way."""

    order: Order
    filled: Decimal
    children: dict[str, Decimal]
    asked: Decimal = _ZERO
    restated: Restatements | None = None


class Invariants:
    """Watches one run."""

    def __init__(
        self, system: System, instruments: Mapping[str, Instrument], venues: Iterable[str], *, converts: bool = False
    ) -> None:
        """Begin to read along; before the run.

        Args:
            system: the run's actors.
            instruments: what can be traded.
            venues: their names.
            converts: whether every payment in another currency is converted into the account's at once.

        Raises:
            ValueError: the system has no journal.
        """
        if system.journal is None:
            raise ValueError("invariants read the journal's entries: the system must have a journal, had none")
        self._system = system
        # A factor of 1 changes no digit, and to add to nothing gives what was added: both are left out.
        self._multipliers = {
            symbol: instrument.multiplier for symbol, instrument in instruments.items() if instrument.multiplier != _ONE
        }
        self.violations: list[Violation] = []
        self._books = OwnBooks(instruments, converts=converts)
        self._held = self._books.held
        self._at_venues: dict[str, bool] = {}  # fills that the portfolio has not booked yet
        self._live: dict[str, _Live] = {}
        self._received = 0
        self._closed = 0
        self._open_breakers: dict[str, str] = {}
        orders, router = frozenset({ORDERS}), frozenset({ROUTER})
        brokers = frozenset(broker_name(venue) for venue in venues)
        # By kind: to whom a message must have gone to count, and what looks at it.
        self._checks: dict[type, tuple[frozenset[str | None], Callable[[Any, Entry], None]]] = {
            AccountOpened: (_PUBLISHED, self._account_opened),
            PositionChanged: (_PUBLISHED, self._position_changed),
            OrderFilled: (_PUBLISHED, self._order_filled),
            OrderReplaced: (_PUBLISHED, self._order_replaced),
            OrderFillBusted: (_PUBLISHED, self._fill_busted),
            OrderFillCorrected: (_PUBLISHED, self._fill_corrected),
            PositionSplit: (_PUBLISHED, self._split),
            SymbolRenamed: (_PUBLISHED, self._renamed),
            CashMoved: (_PUBLISHED, self._cash_moved),
            Liquidated: (_PUBLISHED, self._liquidated),
            OrderClosed: (_PUBLISHED, self._order_closed),
            CircuitTripped: (_PUBLISHED, self._tripped),
            CircuitHalfOpened: (_PUBLISHED, self._lets_through),
            CircuitReset: (_PUBLISHED, self._lets_through),
            SubmitOrder: (orders, self._received_one),
            RefuseOrder: (orders, self._received_one),
            RouteOrder: (router, self._routed),
            ChildRejected: (router, self._child_ended),
            ChildCancelled: (router, self._child_ended),
            ChildExpired: (router, self._child_ended),
            ReplaceOrder: (router, self._replace_asked),
            ChildReplaced: (router, self._child_replaced),
            ChildRestated: (orders, self._child_restated),
            SubmitChild: (brokers, self._child_sent),
            ChildFilled: (brokers, self._child_filled),
        }
        system.journal.on_entries = self.read

    def read(self, entries: Iterable[Entry]) -> None:
        """Check the next messages of the run."""
        find = self._checks.get
        for entry in entries:
            message = entry[6]
            found = find(type(message))
            if found is not None:
                receivers, check = found
                if entry[3] in receivers:
                    check(message, entry)

    def finish(self, open_orders: int) -> None:
        """Check what can be said only at the end.

        Args:
            open_orders: how many orders the order manager still holds open.
        """
        sequence, time = self._system.cause, self._system.now
        if self._received != self._closed + open_orders:
            text = f"{self._received} orders were received, {self._closed} ended and {open_orders} are open"
            self._note("no_order_is_lost", sequence, time, text)
        if self._at_venues:
            text = f"{len(self._at_venues)} fills were never booked, the first is {next(iter(self._at_venues))}"
            self._note("venue_and_portfolio_fills_agree", sequence, time, text)

    # --- money ----------------------------------------------------------------------------------------------------

    def _account_opened(self, opened: AccountOpened, _: Entry) -> None:
        self._books.open(opened)

    def _position_changed(self, changed: PositionChanged, entry: Entry) -> None:
        fill = changed.fill
        books = self._books
        if fill is None:
            if changed.cause:
                books.adjusted(changed)
                self._compare(changed, entry, f"after {changed.cause}")
            else:
                books.hold(changed)
            return
        symbol = fill.symbol
        if symbol in books.plain and fill.fee_currency is None:
            quantity = fill.quantity
            opposite = quantity.copy_negate()
            bought, sold = (quantity, opposite) if fill.side is _BUY else (opposite, quantity)
            before = self._held.get(symbol)
            held = self._held[symbol] = _add(before, bought) if before else bought
            if symbol in self._multipliers:
                sold = _EXACT.multiply(sold, self._multipliers[symbol])
            cash = books.cash = _subtract(_EXACT.fma(sold, fill.price, books.cash), fill.fee)
            if held != changed.quantity or cash != changed.cash:
                self._compare(changed, entry, f"after {fill.fill_id}")
        else:
            books.fill(fill, changed)
            self._compare(changed, entry, f"after {fill.fill_id}")
        if fill.venue not in OWN_VENUES and not self._at_venues.pop(fill.fill_id, False):
            self._broken(entry, "venue_and_portfolio_fills_agree", f"{fill.fill_id} was booked without a venue's fill")

    def _compare(self, changed: PositionChanged, entry: Entry, when: str) -> None:
        text = self._books.difference(changed)
        if text:
            self._broken(entry, "cash_and_positions_are_the_sum_of_fills", f"{when}: {text}")

    def _split(self, split: PositionSplit, entry: Entry) -> None:
        text = self._books.split(split)
        if text:
            self._broken(entry, "cash_and_positions_are_the_sum_of_fills", text)

    def _renamed(self, event: SymbolRenamed, _: Entry) -> None:
        self._books.rename(event)

    def _cash_moved(self, moved: CashMoved, _: Entry) -> None:
        self._books.move(moved)

    def _liquidated(self, event: Liquidated, entry: Entry) -> None:
        after = self._held.get(event.symbol, _ZERO)
        if after and (after > _ZERO) is (event.side is _BUY):
            text = f"{event.order_id} closed {event.quantity} {event.symbol}, and {after} is held on the other side"
            self._broken(entry, "no_liquidation_beyond_the_position", text)

    # --- orders ---------------------------------------------------------------------------------------------------

    def _received_one(self, message: SubmitOrder | RefuseOrder, entry: Entry) -> None:
        self._received += 1
        if message.order.created_at > entry[1]:
            self._broken(entry, "no_message_from_the_future", f"{message.order.order_id} was created at a later time")

    def _order_filled(self, event: OrderFilled, entry: Entry) -> None:
        fill = event.fill
        live = self._live.get(event.order_id)
        if live is None:
            self._broken(entry, "no_fill_beyond_the_order", f"{fill.fill_id} is of {event.order_id}, which is not live")
            return
        counted, of_before = fill.quantity, False
        if live.restated is not None:
            counted = live.restated.today(fill.child_id, counted)
            of_before = live.restated.before(fill.child_id)
        filled = live.filled = _add(live.filled, counted) if live.filled else counted
        order = live.order
        if filled > order.quantity:
            self._broken(
                entry, "no_fill_beyond_the_order", f"{order.order_id}: {order.quantity} ordered, {filled} filled"
            )
        limit = order.limit_price
        if limit is not None and _beyond(fill, limit) and not of_before:
            self._broken(entry, "no_fill_beyond_the_order", f"{fill.fill_id}: limit {limit}, was {fill.price}")
        if fill.time > entry[1]:
            self._broken(entry, "no_message_from_the_future", f"{fill.fill_id} was executed at a later time")

    def _order_replaced(self, event: OrderReplaced, _: Entry) -> None:
        live = self._live.get(event.order_id)
        if live is not None:
            live.order = changed(
                live.order, quantity=event.quantity, limit_price=event.limit_price, stop_price=event.stop_price
            )

    def _child_restated(self, report: ChildRestated, _: Entry) -> None:
        """Take a child's new id; what the old ones have done counts in new units."""
        live = self._live.get(report.order_id)
        if live is None:
            return
        adjustment, children = report.adjustment, live.children
        if report.venue:
            children[report.child_id] = _subtract(children[report.child_id], report.open_before)
        live.children = {name: adjustment.quantity(done) for name, done in children.items()}
        if report.venue:
            live.children[report.new_id] = report.leaves
        live.filled = adjustment.quantity(live.filled)
        live.restated = (live.restated or Restatements()).then(report.new_id, adjustment)

    def _fill_busted(self, event: OrderFillBusted, entry: Entry) -> None:
        self._recount(event, _subtract(_ZERO, event.fill.quantity), entry)

    def _fill_corrected(self, event: OrderFillCorrected, entry: Entry) -> None:
        self._recount(event, _subtract(event.fill.quantity, event.before.quantity), entry)

    def _recount(self, event: OrderFillBusted | OrderFillCorrected, difference: Decimal, entry: Entry) -> None:
        """Count an execution anew; of an order that has ended nobody counts any more."""
        self._books.taken_back(event)
        live = self._live.get(event.order_id)
        if live is None:
            return
        restated, child_id = live.restated, event.fill.child_id
        if restated is not None:
            difference = restated.today(child_id, difference)
            if restated.before(child_id):  # no venue works it again
                live.order = changed(live.order, quantity=_add(live.order.quantity, difference))
        live.filled = _add(live.filled, difference)
        if not _ZERO <= live.filled <= live.order.quantity:
            text = f"{event.order_id}: {live.order.quantity} ordered, {live.filled} filled after {event.fill.fill_id}"
            self._broken(entry, "no_fill_beyond_the_order", text)

    def _order_closed(self, closed: OrderClosed, _: Entry) -> None:
        self._closed += 1
        if closed.code != "DUPLICATE_ORDER_ID":  # the order that had the id first goes on
            self._live.pop(closed.order.order_id, None)

    def _routed(self, message: RouteOrder, entry: Entry) -> None:
        order = message.order
        self._live[order.order_id] = _Live(order, _ZERO, {})
        for name, action in self._open_breakers.items():
            if action == "reduce_only" and self._shrinks(order):
                continue
            self._broken(
                entry,
                "no_order_passes_an_open_breaker",
                f"{order.order_id} passed {name}, which is open: {action}",
            )

    def _shrinks(self, order: Order) -> bool:
        """Tell whether an order only makes a position smaller, also when all that is live on its side is filled."""
        live = [other for other in self._live.values() if _alike(other.order, order)]
        quantity = _sum(_subtract(other.order.quantity, other.filled) for other in live)
        return shrinks_position(self._held.get(order.symbol, _ZERO), order.side, quantity)

    # --- children -------------------------------------------------------------------------------------------------

    def _child_sent(self, message: SubmitChild, entry: Entry) -> None:
        child: ChildOrder = message.child
        live = self._live.get(child.order_id)
        if live is None:
            self._broken(entry, "children_never_exceed_the_parent", f"{child.child_id} has no live parent")
            return
        children = live.children
        if child.child_id in children:
            return  # a copy that a link made: a broker sends each child once
        children[child.child_id] = child.quantity
        out = child.quantity if len(children) == 1 else _sum(children.values())
        if out > live.order.quantity:
            self._broken(
                entry,
                "children_never_exceed_the_parent",
                f"{child.order_id}: {live.order.quantity} ordered, {out} filled or out at venues",
            )

    def _child_filled(self, report: ChildFilled, _: Entry) -> None:
        self._at_venues[report.fill.fill_id] = True

    def _child_ended(self, report: ChildRejected | ChildCancelled | ChildExpired, _: Entry) -> None:
        live = self._live.get(report.order_id)
        if live is not None and report.child_id in live.children:
            leaves = live.children[report.child_id] if isinstance(report, ChildRejected) else report.leaves
            live.children[report.child_id] = _subtract(live.children[report.child_id], leaves)

    def _replace_asked(self, message: ReplaceOrder, _: Entry) -> None:
        live = self._live.get(message.order_id)
        if live is not None and message.quantity is not None:
            live.asked = max(live.asked, message.quantity)

    def _child_replaced(self, report: ChildReplaced, entry: Entry) -> None:
        live = self._live.get(report.order_id)
        if live is not None and report.child_id in live.children:
            live.children[report.child_id] = report.quantity
            out = _sum(live.children.values())
            most = max(live.order.quantity, live.asked)  # the order manager hears of it in the same instant
            if out > most:
                text = f"{report.order_id}: {most} ordered, {out} filled or out at venues"
                self._broken(entry, "children_never_exceed_the_parent", text)

    # --- breakers -------------------------------------------------------------------------------------------------

    def _tripped(self, event: CircuitTripped, _: Entry) -> None:
        self._open_breakers[event.breaker] = event.action

    def _lets_through(self, event: CircuitHalfOpened | CircuitReset, _: Entry) -> None:
        self._open_breakers.pop(event.breaker, None)

    def _broken(self, entry: Entry, invariant: str, text: str) -> None:
        self._note(invariant, entry[0], entry[1], text)

    def _note(self, invariant: str, sequence: int, time: int, text: str) -> None:
        if len(self.violations) < _MOST_KEPT:
            self.violations.append(Violation(invariant, sequence, time, text))


def _alike(one: Order, other: Order) -> bool:
    return one.symbol == other.symbol and one.side is other.side


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _ZERO
    for amount in amounts:
        total = _add(total, amount)
    return total


def _beyond(fill: Fill, limit: Decimal) -> bool:
    return fill.price > limit if fill.side is _BUY else fill.price < limit
