"""CircuitBreaker: the gate between the order manager and the router.

Receives: `ReleaseOrder`, `CancelOrder`, `ReplaceOrder` and `AdjustOrder` from the order manager, the published ends of
orders, `PositionChanged`, `TripBreaker` and `ResetBreaker` from whoever holds the kill switch.
Sends: `RouteOrder`, `CancelOrder`, `ReplaceOrder` and `AdjustOrder` to the router, `ReleaseRefused` and
`ReplaceRejected` to the order manager; publishes `CircuitTripped`, `CircuitHalfOpened`, `CircuitReset`.
Always holds: after a trip, in delivery order, nothing passes that the breaker's action does not let through.
"""

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Final

from tradepit.actors import ORDERS, ROUTER
from tradepit.actors.kernel import Actor
from tradepit.models.breakers import Breaker, BreakerAction, BreakerSettings, Trip, shrinks_position
from tradepit.models.messages import (
    AdjustOrder,
    BreakerState,
    CancelOrder,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    OrderAccepted,
    OrderCancelled,
    OrderExpired,
    OrderFailed,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    PositionChanged,
    ReleaseOrder,
    ReleaseRefused,
    ReplaceOrder,
    ReplaceRejected,
    ResetBreaker,
    RouteOrder,
    TripBreaker,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Order, Refusal, Side, TimeInForce
from tradepit.models.values import positional, value

NOT_FILLED_AT_ONCE: Final = frozenset({"FOK_UNFILLABLE", "IOC_REMAINDER"})
"""Ends by which the market did not give what an order had to have at once; an IOC counts when it found nothing."""

_ZERO = Decimal(0)
_EXACT = Context(prec=200)
_route_order = positional(RouteOrder)
_FILLED = OrderState.FILLED
_CLOSED, _HALF_OPEN = BreakerState.CLOSED, BreakerState.HALF_OPEN
_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


@value
class CooledDown:
    """The breaker's reminder that a cool-down is over.

    Attributes:
        breaker: which one.
    """

    breaker: str


class CircuitBreaker(Actor):
    """Holds all breakers of the scenario; an order passes when every one of them lets it."""

    constant = ("_reduces",)

    def __init__(self, settings: Sequence[BreakerSettings]) -> None:
        """Make breakers, all closed."""
        self._breakers = {rule.name: Breaker(rule) for rule in settings}
        self._counting = [breaker for breaker in self._breakers.values() if breaker.counts_submitted]
        self._released: dict[str, bool] = {}  # orders that passed and have not ended: whether one must fill at once
        self._reduces = any(rule.action is BreakerAction.REDUCE_ONLY for rule in settings)
        self._out: dict[
            str, tuple[str, Side, Decimal, Decimal]
        ] = {}  # symbol, side, leaves, quantity of the same, if needed

    def on_start(self) -> None:
        """Listen to the news of orders only if there is a breaker to be told, to fills if one asks for positions."""
        if not self._reduces:
            self.unsubscribe(PositionChanged)
            self.unsubscribe(OrderReplaced)
        if not self._breakers:
            for kind in (OrderAccepted, OrderFilled, OrderRejected, OrderFailed, OrderCancelled, OrderExpired):
                self.unsubscribe(kind)

    # --- the gate -------------------------------------------------------------------------------------------------

    def on_release(self, message: ReleaseOrder) -> None:
        """Let an order through to the router, or hold it back."""
        order = message.order
        if self._breakers:
            refusal = self._refusal(order)
            if refusal is not None:
                self.send(
                    ORDERS,
                    ReleaseRefused(order_id=order.order_id, cancel=False, code=refusal.code, text=refusal.text),
                )
                return
            self._released[order.order_id] = order.time_in_force in _AT_ONCE
            if self._reduces:
                self._out[order.order_id] = (order.symbol, order.side, order.quantity, order.quantity)
            for breaker in self._counting:
                breaker.note_submitted(self._system.now)
        self.send(ROUTER, _route_order(order, message.expires_at, message.works))

    def on_cancel(self, message: CancelOrder) -> None:
        """Let a cancel through to the router, or hold it back."""
        for breaker in self._breakers.values():
            refusal = breaker.admit_cancel()
            if refusal is not None:
                self.send(
                    ORDERS,
                    ReleaseRefused(order_id=message.order_id, cancel=True, code=refusal.code, text=refusal.text),
                )
                return
        self.send(ROUTER, message)

    def on_replace(self, message: ReplaceOrder) -> None:
        """Let a change through to the router; while a breaker is not closed, what is out stays as it is.

        A change may make an order larger or more daring, and what it is now the breaker does not know.
        """
        for breaker in self._breakers.values():
            if breaker.state is not _CLOSED:
                text = f"breaker {breaker.settings.name} is {breaker.state}"
                self.send(ORDERS, ReplaceRejected(order_id=message.order_id, code="CIRCUIT_OPEN", text=text))
                return
        self.send(ROUTER, message)

    def on_adjust(self, message: AdjustOrder) -> None:
        """Let the adjustment of an order that is out through: its value stays what it is."""
        self.send(ROUTER, message)

    # --- news of orders -------------------------------------------------------------------------------------------

    def on_good_news(self, event: OrderAccepted | OrderFilled) -> None:
        """Count a probe that succeeded: it was filled, or it works, if it is one that may wait."""
        if event.state is _FILLED:
            self._released.pop(event.order_id, None)
        elif type(event) is OrderAccepted and self._released.get(event.order_id):
            return
        for breaker in self._breakers.values():
            if breaker.state is _HALF_OPEN and breaker.note_accepted(event.order_id):
                self.publish(CircuitReset(breaker=breaker.settings.name, time=self.now))

    def on_rejected(self, event: OrderRejected) -> None:
        """Count an order that was refused, but for those that a breaker itself held back.

        Nor does one count that came under the id of another: news of that id are news of the first.
        """
        if event.code in ("CIRCUIT_OPEN", "DUPLICATE_ORDER_ID"):
            return
        for breaker in self._breakers.values():
            if event.order_id not in self._released:
                breaker.note_submitted(self.now)  # refused before it came here: by risk or validation
            self._trip(breaker, breaker.note_rejected(event.order_id, self.now))
        self._forget(event.order_id)

    def on_failed(self, event: OrderFailed) -> None:
        """Count an order that failed."""
        self._forget(event.order_id)
        for breaker in self._breakers.values():
            self._trip(breaker, breaker.note_failed(event.order_id, self.now))

    def on_ended(self, event: OrderCancelled | OrderExpired) -> None:
        """Count an order that found nothing and could not wait; any other end proves nothing."""
        self._forget(event.order_id)
        starved = event.code in NOT_FILLED_AT_ONCE and event.cumulative == 0
        for breaker in self._breakers.values():
            if starved:
                self._trip(breaker, breaker.note_failed(event.order_id, self.now))
            else:
                breaker.note_withdrawn(event.order_id)

    def on_position(self, changed: PositionChanged) -> None:
        """Count what is still out of an order, in step with the position that its fill has changed."""
        fill = changed.fill
        out = None if fill is None else self._out.pop(fill.order_id, None)
        if fill is not None and out is not None:
            symbol, side, leaves, ordered = out
            leaves = _EXACT.subtract(leaves, fill.quantity)
            if leaves:
                self._out[fill.order_id] = (symbol, side, leaves, ordered)

    def on_replaced(self, event: OrderReplaced) -> None:
        """Note how much of an order that was changed is out."""
        out = self._out.get(event.order_id)
        if out is not None:
            symbol, side, leaves, ordered = out
            more = _EXACT.subtract(event.quantity, ordered)
            leaves = _EXACT.add(leaves, more) if event.adjustment is None else event.leaves
            self._out[event.order_id] = (symbol, side, leaves, event.quantity)

    # --- by clock and by hand -------------------------------------------------------------------------------------

    def on_cooled_down(self, reminder: CooledDown) -> None:
        """Let probes through."""
        breaker = self._breakers[reminder.breaker]
        if breaker.cool_down(self.now):
            probes = breaker.settings.probes
            self.publish(CircuitHalfOpened(breaker=reminder.breaker, probes=probes, time=self.now))

    def on_trip(self, command: TripBreaker) -> None:
        """Open by hand."""
        for breaker in self._named(command.breaker):
            self._trip(breaker, breaker.trip(command.cause))

    def on_reset(self, command: ResetBreaker) -> None:
        """Close by hand."""
        for breaker in self._named(command.breaker):
            breaker.reset()
            self.publish(CircuitReset(breaker=breaker.settings.name, time=self.now))

    # --- inside ---------------------------------------------------------------------------------------------------

    def _refusal(self, order: Order) -> Refusal | None:
        """Return the first breaker's refusal; only an order that all admit becomes anybody's probe."""
        breakers = self._breakers.values()
        for breaker in breakers:
            if breaker.state is not _CLOSED:
                break
        else:
            return None
        shrinks = self._reduces and self._shrinks(order)
        admitted: list[Breaker] = []
        for breaker in breakers:
            refusal = breaker.admit(order.order_id, shrinks=shrinks)
            if refusal is not None:
                for earlier in admitted:
                    earlier.note_withdrawn(order.order_id)
                return refusal
            admitted.append(breaker)
        return None

    def _shrinks(self, order: Order) -> bool:
        """Tell whether an order only makes a position smaller, also when all that is out on its side is filled."""
        changed = self.latest(PositionChanged, order.symbol)
        held = _ZERO if changed is None else changed.quantity
        quantity = order.quantity
        for symbol, side, leaves, _ in self._out.values():
            if symbol == order.symbol and side is order.side:
                quantity = _EXACT.add(quantity, leaves)
        return shrinks_position(held, order.side, quantity)

    def _forget(self, order_id: str) -> None:
        self._released.pop(order_id, None)
        self._out.pop(order_id, None)

    def _named(self, name: str) -> list[Breaker]:
        if not name:
            return list(self._breakers.values())
        if name not in self._breakers:
            known = ", ".join(repr(breaker) for breaker in self._breakers) or "none"
            raise ValueError(f"a breaker must be one of {known}, was {name!r}")
        return [self._breakers[name]]

    def _trip(self, breaker: Breaker, trip: Trip | None) -> None:
        if trip is None:
            return
        name = breaker.settings.name
        self.publish(
            CircuitTripped(
                breaker=name,
                rule=trip.rule,
                action=breaker.settings.action,
                was=trip.was,
                limit=trip.limit,
                cause=trip.cause,
                resets_at=trip.resets_at,
                time=self.now,
            )
        )
        if trip.resets_at is not None:
            self.call_at(trip.resets_at, CooledDown(breaker=name))
