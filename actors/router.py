"""SmartOrderRouter: decides which venue gets an order, and follows what it sent.

Receives: `RouteOrder`, `CancelOrder` and `ReplaceOrder` from the breaker, `WorkOrder` from the order manager, fills,
changes and ends of child orders from the brokers.
Sends: `SubmitChild`, `CancelChild` and `ReplaceChild` to brokers; `RouteEnded`, `CancelRejected` and `ReplaceRejected`
to the order manager.
Always holds: the live children of an order and its fills never sum to more than the order; an order has one
`RouteEnded` or is filled. Where groups stay together, all live orders of a group are at one venue, but for those whose
strategy named another.
"""

from collections.abc import Sequence
from decimal import Context, Decimal

from tradepit.actors import ORDERS
from tradepit.actors.order_routes import OrderRoutes, Route, RouterSettings
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
    ChildReplaced,
    ChildReplaceRejected,
    FillBusted,
    FillCorrected,
    ReplaceChild,
    ReplaceOrder,
    ReplaceRejected,
    RouteOrder,
    SubmitChild,
    WorkOrder,
)
from tradepit.models.net_price import rank_by_net_price
from tradepit.models.order_states import OrderState
from tradepit.models.orders import ChildOrder, Contingency, Order, Side
from tradepit.models.values import changed, positional

__all__ = ["RouterSettings", "SmartOrderRouter"]

_EXACT = Context(prec=200)  # a strategy may narrow its own context, which is ours too
_subtract = _EXACT.subtract
_ZERO = Decimal(0)
_child_order = positional(ChildOrder)
_submit_child = positional(SubmitChild)


class SmartOrderRouter(OrderRoutes):
    """Routes each order to the venue with the best net price, and on to the next one when it is rejected there."""

    def __init__(self, settings: RouterSettings) -> None:
        """Make a router."""
        super().__init__(settings)
        self._gathered: dict[str, tuple[str, int]] = {}  # by group: where its orders go, and how many are there

    def on_route(self, message: RouteOrder) -> None:
        """Send an order to the first of its venues."""
        order = message.order
        venues = self._settings.venues.get(order.symbol, ())
        if order.terms is not None and order.terms.venue is not None:
            venues = tuple([venue for venue in venues if venue == order.terms.venue])
        if len(venues) > 1 and self._settings.by_net_price:
            venues = self._ranked(order, venues)
        self._routes[order.order_id] = route = Route(order, message.expires_at, order.quantity, venues, message.works)
        if self._settings.groups_together and venues and order.terms is not None and order.terms.group is not None:
            self._gather(route, order.terms.group)
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
        elif not route.live:
            self._end(route, OrderState.CANCELLED, "REQUESTED", f"leaves={route.leaves}, nothing of it was live")
        elif not route.cancelling:
            route.cancelling = True
            self.send(self._brokers[route.venue], CancelChild(child_id=route.child_id))

    def on_replace(self, message: ReplaceOrder) -> None:
        """Change the live child of an order."""
        route = self._routes.get(message.order_id)
        if route is None:
            self.send(
                ORDERS,
                ReplaceRejected(order_id=message.order_id, code="TOO_LATE_TO_CANCEL", text="nothing of it is live"),
            )
        elif route.live:
            route.replacing = message
            self._replace(route, message)
        elif message.quantity is None:
            text = "nothing of it works now"
            self.send(ORDERS, ReplaceRejected(order_id=message.order_id, code="NOT_WORKING", text=text))
        else:  # it has filled all that it might, and may do more now
            route.leaves = _subtract(message.quantity, route.filled)
            route.order, route.works = changed(route.order, quantity=message.quantity), None
            self._send_on(route)

    def on_work(self, message: WorkOrder) -> None:
        """Work for more or less of an order than so far."""
        route = self._routes.get(message.order_id)
        if route is None:
            return
        route.works = quantity = message.quantity
        if not route.live:
            if quantity > route.filled:
                self._send_on(route)
        elif quantity > route.filled:
            self._change_child(route, quantity, None, None, for_group=True)
        else:
            self.send(self._brokers[route.venue], CancelChild(child_id=route.child_id))

    def on_filled(self, report: ChildFilled) -> None:
        """Count a fill; an order that is filled is done. News that was overtaken by the order's end is for others."""
        route = self._routes.get(report.order_id)
        if route is None:
            return
        quantity = report.fill.quantity
        if route.restated is not None:
            quantity = route.restated.today(report.child_id, quantity)
        route.leaves = leaves = _subtract(route.leaves, quantity)
        if not leaves:
            if route.group is None:
                del self._routes[report.order_id]
            else:
                self._forget(report.order_id)
        elif not report.leaves and (route.restated is None or not route.restated.before(report.child_id)):
            route.live = False  # what it might do now is done

    def on_rejected(self, report: ChildRejected) -> None:
        """Send what a venue refused to the next one."""
        route = self._routes[report.order_id]
        if route.cancelling:
            self._end(route, OrderState.CANCELLED, "REQUESTED", f"cancelled after {report.venue} had refused it")
        elif route.at + 1 < len(route.venues):
            route.at += 1
            self._send_on(route)
        else:
            self._end(route, OrderState.REJECTED, report.code, f"{report.venue}: {report.text}")

    def on_cancelled(self, report: ChildCancelled) -> None:
        """End an order whose rest is cancelled: by request, or because it was not to wait (IOC, FOK).

        One that grows with its parent waits for more, where only what it worked for so far is cancelled.
        """
        route = self._routes[report.order_id]
        if route.works is not None and not route.cancelling and self._pauses(route, report.code):
            route.live = False
            if report.code == "REQUESTED" and route.works > route.filled:  # it may do more again by now
                self._send_on(route)
            return
        self._end(route, OrderState.CANCELLED, report.code, f"leaves={report.leaves} at {report.venue}")

    def on_expired(self, report: ChildExpired) -> None:
        """End an order whose time is over."""
        text = f"leaves={report.leaves} at {report.venue}"
        self._end(self._routes[report.order_id], OrderState.EXPIRED, "TIME_IN_FORCE", text)

    def on_cancel_rejected(self, report: ChildCancelRejected) -> None:
        """Pass on that a cancel came too late."""
        route = self._routes.get(report.order_id)
        if route is not None:
            if report.child_id != route.child_id:
                return  # that one goes on under another id, for which the cancel was sent again
            if not route.cancelling:
                return  # only a part was to be withdrawn, and its fill has overtaken that
            route.cancelling = False
        order_id = report.order_id or report.child_id.rpartition(".")[0]
        self.send(ORDERS, CancelRejected(order_id=order_id, code=report.code, text=f"{report.venue} said so"))

    # --- changes, busts and corrections ---------------------------------------------------------------------------

    def on_replaced(self, report: ChildReplaced) -> None:
        """Note how the live child has changed; an order of which nothing is left open is done."""
        route = self._routes.get(report.order_id)
        if route is None or report.child_id != route.child_id:
            return
        if not report.for_group:
            route.replacing = None
        limit, stop = report.limit_price, report.stop_price  # one that a broker infers says only what was asked
        route.order = changed(
            route.order,
            limit_price=route.order.limit_price if limit is None else limit,
            stop_price=route.order.stop_price if stop is None else stop,
        )
        route.live = bool(report.leaves)
        if route.works is not None:
            return
        route.leaves = report.leaves
        route.order = changed(route.order, quantity=_EXACT.add(route.filled_before, report.quantity))
        if not report.leaves:
            self._forget(report.order_id)

    def on_replace_rejected(self, report: ChildReplaceRejected) -> None:
        """Pass on that a change was refused; one that missed a child which has moved on follows it."""
        route = self._routes.get(report.order_id or report.child_id.rpartition(".")[0])
        if route is not None and report.child_id != route.child_id:
            if route.replacing is not None and route.live:
                self._replace(route, route.replacing)
            return
        if report.for_group:
            return  # its end or its fill has overtaken what the group demanded
        if route is not None:
            route.replacing = None
        order_id = report.order_id or report.child_id.rpartition(".")[0]
        self.send(ORDERS, ReplaceRejected(order_id=order_id, code=report.code, text=f"{report.venue}: {report.text}"))

    def on_busted(self, report: FillBusted) -> None:
        """Count what was taken back as open again."""
        route = self._routes.get(report.order_id)
        if route is not None:
            self._open_again(route, report.fill.child_id, report.fill.quantity)

    def on_corrected(self, report: FillCorrected) -> None:
        """Count an execution as it really was."""
        route = self._routes.get(report.order_id)
        if route is not None:
            self._open_again(route, report.fill.child_id, _subtract(report.before.quantity, report.fill.quantity))
            if not route.leaves:
                self._forget(report.order_id)

    # --- where to -------------------------------------------------------------------------------------------------

    def _send_on(self, route: Route) -> None:
        """Send what is left to the next venue."""
        order = route.order
        order_id = order.order_id
        venue = route.venues[route.at]
        route.sent = sent = route.sent + 1
        route.live = True
        quantity = route.leaves
        if sent > 1:
            route.filled_before = route.filled
        if route.works is not None:
            quantity = self._in_lots(route, _subtract(route.works, route.filled_before))
        child = _child_order(
            f"{order_id}.{sent}",
            order_id,
            order.strategy,
            venue,
            order.symbol,
            order.side,
            order.kind,
            quantity,
            order.limit_price,
            order.stop_price,
            order.time_in_force,
            route.expires_at,
            order.terms,
        )
        self.send(self._brokers[venue], _submit_child(child))

    def _replace(self, route: Route, message: ReplaceOrder) -> None:
        quantity = message.quantity
        if message.for_group and quantity is not None:
            route.works = None  # it can never grow again
        self._change_child(route, quantity, message.limit_price, message.stop_price, for_group=message.for_group)

    def _change_child(
        self, route: Route, quantity: Decimal | None, limit: Decimal | None, stop: Decimal | None, *, for_group: bool
    ) -> None:
        """Send a change to the broker of the live child, whose quantity is without what was filled before it."""
        if quantity is not None:
            quantity = self._in_lots(route, max(_subtract(quantity, route.filled_before), _ZERO))
        self.send(
            self._brokers[route.venue],
            ReplaceChild(
                child_id=route.child_id, quantity=quantity, limit_price=limit, stop_price=stop, for_group=for_group
            ),
        )

    def _pauses(self, route: Route, code: str) -> bool:
        """Tell whether a child was cancelled only because there was nothing to work for."""
        terms = route.order.terms
        updates = terms is not None and terms.contingency is Contingency.OUO
        return code == "REQUESTED" or (code == "GROUP" and updates)

    def _gather(self, route: Route, group: str) -> None:
        """Give an order of a group one venue: where others of it are, or its own best; its own wish comes first."""
        venue, others = self._gathered.get(group, (route.venue, 0))
        if venue in route.venues:
            route.venues, route.group = (venue,), group
            self._gathered[group] = venue, others + 1

    def _forget(self, order_id: str) -> None:
        """Forget an order that is done, and where its group is when that was the last of it."""
        group = self._routes.pop(order_id).group
        if group is not None:
            venue, others = self._gathered.pop(group)
            if others > 1:
                self._gathered[group] = venue, others - 1

    def _ranked(self, order: Order, venues: Sequence[str]) -> Sequence[str]:
        price = self._price(order)
        if price is None:
            return venues
        costs = [self._settings.costs[venue] for venue in venues]
        multiplier = self._settings.instruments[order.symbol].multiplier
        return rank_by_net_price(order.side, order.quantity, price, costs, multiplier, self.now, order.symbol)

    def _price(self, order: Order) -> float | None:
        """Return the price at which the order would trade now: the far side of the quote, or the last close."""
        quote = self.latest(Quote, order.symbol)
        if quote is not None:
            return quote.ask if order.side is Side.BUY else quote.bid
        bar = self.latest(Bar, order.symbol)
        return None if bar is None else bar.close
