"""SmartOrderRouter: decides which venue gets an order, and follows what it sent.

Receives: `RouteOrder` and `CancelOrder` from the breaker, fills and ends of child orders from the brokers.
Sends: `SubmitChild` and `CancelChild` to brokers; `RouteEnded` and `CancelRejected` to the order manager.
Always holds: the live children of an order and its fills never sum to more than the order; an order has one
`RouteEnded` or is filled.
"""

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal

import attrs

from tradepit.actors import ORDERS, broker_name
from tradepit.actors.kernel import Actor
from tradepit.models.market import Bar, Quote
from tradepit.models.messages import (
    CancelChild,
    CancelOrder,
    CancelRejected,
    ChildCancelled,
    ChildCancelRejected,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    RouteEnded,
    RouteOrder,
    SubmitChild,
)
from tradepit.models.net_price import VenueCosts, rank_by_net_price
from tradepit.models.order_states import OrderState
from tradepit.models.orders import ChildOrder, Order, Side
from tradepit.models.values import positional

_subtract = Context(prec=200).subtract  # exact, for a strategy may narrow its own context, which is ours too
_child_order = positional(ChildOrder)
_submit_child = positional(SubmitChild)


@attrs.frozen(kw_only=True)
class RouterSettings:
    """How the router chooses.

    Attributes:
        venues: the venues of each symbol, in the scenario's order.
        costs: what an order that takes liquidity costs at each venue.
        multipliers: cash value of a price move of 1.00 on a quantity of 1, by symbol.
        by_net_price: whether the venue with the best net price comes first; if not, the scenario's order holds.
    """

    venues: Mapping[str, Sequence[str]]
    costs: Mapping[str, VenueCosts]
    multipliers: Mapping[str, Decimal]
    by_net_price: bool


@attrs.define
class _Route:
    """An order that is being worked.

    Attributes:
        order: the order.
        expires_at: last instant at which it may fill, or None.
        leaves: what is not filled yet.
        venues: where it may be sent, the best first.
        sent: to how many of them a child was sent; the last one has the live child.
        cancelling: whether a cancel is under way.
    """

    order: Order
    expires_at: int | None
    leaves: Decimal
    venues: Sequence[str]
    sent: int = 0
    cancelling: bool = False


class SmartOrderRouter(Actor):
    """Routes each order to the venue with the best net price, and on to the next one when it is rejected there."""

    constant = ("_settings", "_brokers")

    def __init__(self, settings: RouterSettings) -> None:
        """Make a router."""
        self._settings = settings
        self._routes: dict[str, _Route] = {}
        self._brokers = {venue: broker_name(venue) for venues in settings.venues.values() for venue in venues}

    def on_route(self, message: RouteOrder) -> None:
        """Send an order to the first of its venues."""
        order = message.order
        venues = self._settings.venues.get(order.symbol, ())
        if len(venues) > 1 and self._settings.by_net_price:
            venues = self._ranked(order, venues)
        self._routes[order.order_id] = route = _Route(order, message.expires_at, order.quantity, venues)
        if venues:
            self._send_on(route)
        else:
            self._end(route, OrderState.REJECTED, "NO_VENUE", f"no venue lists {order.symbol}")

    def on_cancel(self, message: CancelOrder) -> None:
        """Cancel the live child of an order."""
        route = self._routes.get(message.order_id)
        if route is None:
            self.send(
                ORDERS,
                CancelRejected(order_id=message.order_id, code="TOO_LATE_TO_CANCEL", text="nothing of it is live"),
            )
        elif not route.cancelling:
            route.cancelling = True
            self.send(
                self._brokers[route.venues[route.sent - 1]], CancelChild(child_id=f"{message.order_id}.{route.sent}")
            )

    def on_filled(self, report: ChildFilled) -> None:
        """Count a fill; an order that is filled is done."""
        route = self._routes[report.order_id]
        route.leaves = leaves = _subtract(route.leaves, report.fill.quantity)
        if not leaves:
            del self._routes[report.order_id]

    def on_rejected(self, report: ChildRejected) -> None:
        """Send what a venue refused to the next one."""
        route = self._routes[report.order_id]
        if route.cancelling:
            self._end(route, OrderState.CANCELLED, "REQUESTED", f"cancelled after {report.venue} had refused it")
        elif route.sent < len(route.venues):
            self._send_on(route)
        else:
            self._end(route, OrderState.REJECTED, report.code, f"{report.venue}: {report.text}")

    def on_cancelled(self, report: ChildCancelled) -> None:
        """End an order whose rest is cancelled: by request, or because it was not to wait (IOC, FOK)."""
        text = f"leaves={report.leaves} at {report.venue}"
        self._end(self._routes[report.order_id], OrderState.CANCELLED, report.code, text)

    def on_expired(self, report: ChildExpired) -> None:
        """End an order whose time is over."""
        text = f"leaves={report.leaves} at {report.venue}"
        self._end(self._routes[report.order_id], OrderState.EXPIRED, "TIME_IN_FORCE", text)

    def on_cancel_rejected(self, report: ChildCancelRejected) -> None:
        """Pass on that a cancel came too late."""
        route = self._routes.get(report.order_id)
        if route is not None:
            route.cancelling = False
        order_id = report.order_id or report.child_id.rpartition(".")[0]
        self.send(ORDERS, CancelRejected(order_id=order_id, code=report.code, text=f"{report.venue} said so"))

    # --- where to -------------------------------------------------------------------------------------------------

    def _send_on(self, route: _Route) -> None:
        """Send what is left to the next venue."""
        order = route.order
        order_id = order.order_id
        venue = route.venues[route.sent]
        route.sent = sent = route.sent + 1
        child = _child_order(
            f"{order_id}.{sent}",
            order_id,
            order.strategy,
            venue,
            order.symbol,
            order.side,
            order.kind,
            route.leaves,
            order.limit_price,
            order.stop_price,
            order.time_in_force,
            route.expires_at,
        )
        self.send(self._brokers[venue], _submit_child(child))

    def _end(self, route: _Route, state: OrderState, code: str, text: str) -> None:
        del self._routes[route.order.order_id]
        self.send(ORDERS, RouteEnded(order_id=route.order.order_id, state=state, code=code, text=text))

    def _ranked(self, order: Order, venues: Sequence[str]) -> Sequence[str]:
        price = self._price(order)
        if price is None:
            return venues
        costs = [self._settings.costs[venue] for venue in venues]
        multiplier = self._settings.multipliers[order.symbol]
        return rank_by_net_price(order.side, order.quantity, price, costs, multiplier, self.now)

    def _price(self, order: Order) -> float | None:
        """Return the price at which the order would trade now: the far side of the quote, or the last close."""
        quote = self.latest(Quote, order.symbol)
        if quote is not None:
            return quote.ask if order.side is Side.BUY else quote.bid
        bar = self.latest(Bar, order.symbol)
        return None if bar is None else bar.close
