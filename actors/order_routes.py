"""The router's orders: how far each has come, and what a split or a dividend makes of it.

Receives: `AdjustOrder` from the breaker, `ChildRestated` from brokers.
Sends: `AdjustChild` and `CancelChild` to brokers; `ChildRestated`, `ReplaceRejected` and `RouteEnded` to the order
manager.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Context, Decimal

import attrs

from tradepit.actors import ORDERS, broker_name
from tradepit.actors.kernel import Actor
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    AdjustChild,
    AdjustOrder,
    CancelChild,
    ChildRestated,
    ReplaceOrder,
    ReplaceRejected,
    RouteEnded,
)
from tradepit.models.net_price import VenueCosts
from tradepit.models.order_adjustments import Restatements, adjusted_prices, adjusted_terms, open_lots
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Order
from tradepit.models.values import changed

_EXACT = Context(prec=200)  # a strategy may narrow its own context, which is ours too
_subtract = _EXACT.subtract
_ZERO = Decimal(0)


@attrs.frozen(kw_only=True)
class RouterSettings:
    """How the router chooses.

    Attributes:
        venues: the venues of each symbol, in the scenario's order.
        costs: what an order that takes liquidity costs at each venue.
        instruments: what can be traded, by symbol.
        by_net_price: whether the venue with the best net price comes first; if not, the scenario's order holds.
        groups_together: whether all orders of a group go to one venue, so that its own care keeps both from filling.
    """

    venues: Mapping[str, Sequence[str]]
    costs: Mapping[str, VenueCosts]
    instruments: Mapping[str, Instrument]
    by_net_price: bool
    groups_together: bool = False


@attrs.define
class Route:
    """An order that is being worked.

    Attributes:
        order: the order, as it stands after changes.
        expires_at: last instant at which it may fill, or None.
        leaves: what is not filled yet.
        venues: where it may be sent, the best first.
        works: in total for how much it may work now; None for all.
        at: which of the venues has the live child, or had the last.
        sent: how many children were sent.
        live: whether the last one is live.
        cancelling: whether a cancel is under way.
        replacing: the change that is under way, or None.
        filled_before: what was filled before the live child was sent.
        group: whose orders all go to one venue, or None.
        restated: the splits and dividends that it went through, or None.
    """

    order: Order
    expires_at: int | None
    leaves: Decimal
    venues: Sequence[str]
    works: Decimal | None = None
    at: int = 0
    sent: int = 0
    live: bool = False
    cancelling: bool = False
    replacing: ReplaceOrder | None = None
    filled_before: Decimal = _ZERO
    group: str | None = None
    restated: Restatements | None = None

    @property
    def filled(self) -> Decimal:
        """Return what is filled."""
        return _subtract(self.order.quantity, self.leaves)

    @property
    def child_id(self) -> str:
        """Return the id of the live child."""
        return f"{self.order.order_id}.{self.sent}"

    @property
    def venue(self) -> str:
        """Return where the live child is."""
        return self.venues[self.at]


class OrderRoutes(Actor):
    """Keeps the orders that are being worked."""

    constant = ("_settings", "_brokers")

    def __init__(self, settings: RouterSettings) -> None:
        """Make a router."""
        self._settings = settings
        self._routes: dict[str, Route] = {}
        self._brokers = {venue: broker_name(venue) for venues in settings.venues.values() for venue in venues}

    # --- splits and dividends -------------------------------------------------------------------------------------

    def on_adjust(self, message: AdjustOrder) -> None:
        """Have the live child of an order restated; where there is none, the order is restated here and now."""
        route = self._routes.get(message.order_id)
        if route is None:
            return  # its end is on the way
        if route.live:
            new_id = f"{message.order_id}.{route.sent + 1}"
            adjust = AdjustChild(child_id=route.child_id, new_id=new_id, adjustment=message.adjustment)
            self.send(self._brokers[route.venue], adjust)
            return
        order, adjustment = route.order, message.adjustment
        instrument = self._settings.instruments[order.symbol]
        prices = adjusted_prices(order, adjustment, instrument)
        if prices is None:
            self._end(route, OrderState.CANCELLED, "CORPORATE_ACTION", f"leaves={route.leaves}, no price is left")
            return
        assert route.works is not None  # one that can do all of its quantity is live
        held = open_lots(max(_subtract(route.works, route.filled), _ZERO), adjustment, instrument)
        report = ChildRestated(
            child_id=route.child_id,
            new_id=f"{order.order_id}.{route.sent + 1}",
            order_id=order.order_id,
            venue="",
            adjustment=adjustment,
            open_before=max(_subtract(route.works, route.filled), _ZERO),
            leaves=held,
            limit_price=prices[0],
            stop_price=prices[1],
            time=self.now,
        )
        self._restate(route, report)
        self.send(ORDERS, report)

    def on_restated(self, report: ChildRestated) -> None:
        """Go on with a child under its new id; what was asked of the old one meanwhile is asked again, or refused."""
        route = self._routes.get(report.order_id)
        if route is None or report.child_id != route.child_id:
            return
        route.sent += 1
        self._restate(route, report)
        replacing, route.replacing = route.replacing, None
        if route.cancelling or (route.works is not None and route.works <= route.filled):
            self.send(self._brokers[route.venue], CancelChild(child_id=route.child_id))
        elif replacing is not None and replacing.for_group and replacing.quantity is not None:
            instrument = self._settings.instruments[route.order.symbol]
            asked = open_lots(replacing.quantity, report.adjustment, instrument)
            route.replacing = changed(replacing, quantity=asked)
            self._replace(route, route.replacing)
        elif replacing is not None:
            text = f"{report.adjustment} has overtaken the change"
            self.send(ORDERS, ReplaceRejected(order_id=report.order_id, code="CORPORATE_ACTION", text=text))

    def _restate(self, route: Route, report: ChildRestated) -> None:
        """Count an order in the units of today: what is filled exactly, what is open in whole lots."""
        order, adjustment = route.order, report.adjustment
        instrument = self._settings.instruments[order.symbol]
        may_fill = order.quantity if route.works is None else route.works
        # At the venue more may be filled than is known here, or the other way about, where news overtook one another.
        filled = route.filled
        at_venue = max(_subtract(may_fill, report.open_before), _ZERO)
        base = adjustment.quantity(at_venue)
        route.filled_before = base
        total = may = _EXACT.add(base, report.leaves)
        if route.works is not None:
            rest = max(_subtract(order.quantity, at_venue), _ZERO)
            total = _EXACT.add(base, open_lots(rest, adjustment, instrument))
            route.works = may
        route.leaves = _subtract(total, adjustment.quantity(filled))
        route.order = changed(
            order,
            quantity=total,
            limit_price=report.limit_price,
            stop_price=report.stop_price,
            terms=adjusted_terms(order.terms, order.side, adjustment, instrument),
        )
        route.restated = (route.restated or Restatements()).then(report.new_id, adjustment)

    def _open_again(self, route: Route, child_id: str, quantity: Decimal) -> None:
        """Count what was taken back as open again; of a child of before a split it is not worked again."""
        restated = route.restated
        if restated is None or not restated.before(child_id):
            route.leaves = _EXACT.add(route.leaves, quantity)
        else:
            off = restated.today(child_id, quantity)
            route.order = changed(route.order, quantity=_subtract(route.order.quantity, off))
            route.filled_before = _subtract(route.filled_before, off)
            if route.works is not None:
                route.works = _subtract(route.works, off)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _in_lots(self, route: Route, quantity: Decimal) -> Decimal:
        """Return what a venue can work of a quantity: what was filled before a split may be no whole lots after it."""
        return quantity if route.restated is None else self._settings.instruments[route.order.symbol].quantity(quantity)

    def _end(self, route: Route, state: OrderState, code: str, text: str) -> None:
        self._forget(route.order.order_id)
        self.send(ORDERS, RouteEnded(order_id=route.order.order_id, state=state, code=code, text=text))

    @abstractmethod
    def _replace(self, route: Route, message: ReplaceOrder) -> None:
        """Send a change to the live child of an order."""

    @abstractmethod
    def _forget(self, order_id: str) -> None:
        """Forget an order that is done."""
