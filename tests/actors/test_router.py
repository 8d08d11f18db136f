"""SmartOrderRouter: which venue gets an order, and what follows."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.router import RouterSettings, SmartOrderRouter
from tradepit.models.commission import FixedCommission, NoCommission, PercentCommission, PerShareCommission
from tradepit.models.instruments import Instrument
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
from tradepit.models.net_price import VenueCosts
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Contingency, OrderKind, OrderTerms, Side, TimeInForce

VENUES = ("A", "B", "C")
NEIGHBOURS = ("orders", "broker:A", "broker:B", "broker:C")
FREE = {name: VenueCosts(venue=name) for name in VENUES}


def _bar(close: float, symbol: str = "X") -> Bar:
    return Bar(symbol=symbol, time=0, open=close, high=close, low=close, close=close, volume=1.0)


def _router(
    venues: Sequence[str] = VENUES,
    costs: Mapping[str, VenueCosts] | None = None,
    *,
    multiplier: int = 1,
    by_net_price: bool = True,
    groups_together: bool = False,
) -> SmartOrderRouter:
    settings = RouterSettings(
        venues={"X": venues},
        costs=costs or FREE,
        instruments={"X": Instrument(symbol="X", multiplier=Decimal(multiplier))},
        by_net_price=by_net_price,
        groups_together=groups_together,
    )
    return SmartOrderRouter(settings)


def _rejected(child_id: str, venue: str) -> ChildRejected:
    order_id = child_id.rpartition(".")[0]
    return ChildRejected(child_id=child_id, order_id=order_id, venue=venue, code="SHUT", text=f"{venue} shut", time=0)


def _filled(fill: Any, leaves: int) -> ChildFilled:
    return ChildFilled(child_id=fill.child_id, order_id=fill.order_id, venue="A", leaves=Decimal(leaves), fill=fill)


def _cancel(order_id: str = "mine-1") -> CancelOrder:
    return CancelOrder(order_id=order_id, strategy="mine")


@pytest.fixture
def route(play: Callable[..., Any]) -> Callable[..., Any]:
    """Say messages to the router, 1 ns apart; what is not for it is published."""

    def run(router: SmartOrderRouter, *messages: Any) -> Any:
        news = (Bar, Quote, ChildFilled)
        lines = [(at, "" if isinstance(said, news) else "router", said) for at, said in enumerate(messages)]
        return play({"router": router}, lines, neighbours=NEIGHBOURS)

    return run


def _first_venue(heard: Any) -> list[str]:
    return [name for name in NEIGHBOURS for message in heard.to(name) if isinstance(message, SubmitChild)]


def test_the_child_carries_all_that_the_venue_needs(
    route: Callable[..., Any], make_order: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    changes: dict[str, Any] = {
        "side": Side.SELL,
        "kind": OrderKind.STOP_LIMIT,
        "limit_price": Decimal("9.5"),
        "stop_price": Decimal("9.8"),
        "time_in_force": TimeInForce.DAY,
    }
    heard = route(_router(), RouteOrder(order=make_order(**changes), expires_at=77))
    assert heard.sent["broker:A"] == [(0, SubmitChild(child=make_child(expires_at=77, **changes)))]


# --- the best net price -------------------------------------------------------------------------------------------

PER_SHARE = VenueCosts(venue="A", commission=PerShareCommission(rate=Decimal("0.01")))
PERCENT = VenueCosts(venue="B", commission=PercentCommission(rate=Decimal("0.0005")))
FLAT = VenueCosts(venue="C", commission=FixedCommission(per_order=Decimal(1)))
COSTS = {"A": PER_SHARE, "B": PERCENT, "C": FLAT}


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(
    ("price", "quantity", "multiplier", "venue"),
    [
        (10.0, 10, 1, "B"),  # 0.10, 0.05, 1
        (100.0, 10, 1, "A"),  # 0.10, 0.50, 1
        (100.0, 1000, 1, "C"),  # 10, 50, 1
        (10.0, 10, 50, "A"),  # 0.10, 2.50, 1: a fee per share knows no multiplier, a percentage does
        (20.0, 10, 1, "A"),  # 0.10, 0.10, 1: equal, so the scenario's order holds
    ],
)
def test_the_venue_with_the_best_net_price_comes_first(
    route: Callable[..., Any],
    make_order: Callable[..., Any],
    side: Side,
    price: float,
    quantity: int,
    multiplier: int,
    venue: str,
) -> None:
    order = make_order(side=side, quantity=Decimal(quantity))
    router = _router(costs=COSTS, multiplier=multiplier)
    assert _first_venue(route(router, _bar(price), RouteOrder(order=order, expires_at=None))) == [f"broker:{venue}"]


@pytest.mark.parametrize(("side", "venue"), [(Side.BUY, "A"), (Side.SELL, "B")])
def test_with_quotes_the_far_side_is_the_price_that_counts(
    route: Callable[..., Any], make_order: Callable[..., Any], side: Side, venue: str
) -> None:
    quote = Quote(symbol="X", time=0, bid=10.0, ask=100.0, bid_size=1.0, ask_size=1.0)
    heard = route(
        _router(("A", "B"), COSTS), _bar(10.0), quote, RouteOrder(order=make_order(side=side), expires_at=None)
    )
    assert _first_venue(heard) == [f"broker:{venue}"]


def test_before_the_first_price_the_order_of_the_scenario_holds(
    route: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    heard = route(_router(costs=COSTS), _bar(10.0, "Y"), RouteOrder(order=make_order(), expires_at=None))
    assert _first_venue(heard) == ["broker:A"]


def test_a_sequential_router_does_not_compare(route: Callable[..., Any], make_order: Callable[..., Any]) -> None:
    heard = route(_router(costs=COSTS, by_net_price=False), _bar(10.0), RouteOrder(order=make_order(), expires_at=None))
    assert _first_venue(heard) == ["broker:A"]


# --- what a venue refuses -----------------------------------------------------------------------------------------


def test_what_one_venue_rejects_goes_to_the_next_best_until_none_is_left(
    route: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    heard = route(
        _router(costs=COSTS),
        _bar(10.0),
        RouteOrder(order=make_order(), expires_at=None),
        _rejected("mine-1.1", "B"),
        _rejected("mine-1.2", "A"),
        _rejected("mine-1.3", "C"),
    )
    children = {name: [message.child.child_id for message in heard.to(name)] for name in NEIGHBOURS[1:]}
    assert children == {"broker:B": ["mine-1.1"], "broker:A": ["mine-1.2"], "broker:C": ["mine-1.3"]}
    assert heard.to("orders") == [
        RouteEnded(order_id="mine-1", state=OrderState.REJECTED, code="SHUT", text="C: C shut")
    ]


def test_an_order_for_what_no_venue_lists_ends_at_once(
    route: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    heard = route(_router(), RouteOrder(order=make_order(symbol="Y"), expires_at=None))
    assert heard.to("orders") == [
        RouteEnded(order_id="mine-1", state=OrderState.REJECTED, code="NO_VENUE", text="no venue lists Y")
    ]


def test_only_what_is_not_filled_goes_to_the_next_venue(
    route: Callable[..., Any], make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = route(
        _router(),
        RouteOrder(order=make_order(), expires_at=None),
        _filled(make_fill(quantity=Decimal(4)), 6),
        _rejected("mine-1.1", "A"),
    )
    assert [message.child.quantity for message in heard.to("broker:B")] == [Decimal(6)]


# --- groups that stay together ------------------------------------------------------------------------------------


def _member(make_order: Callable[..., Any], order_id: str, group: str = "g", **changes: Any) -> RouteOrder:
    terms = OrderTerms(group=group, contingency=Contingency.OCO, venue=changes.pop("venue", None))
    return RouteOrder(order=make_order(order_id, terms=terms, **changes), expires_at=None)


def _where(heard: Any) -> dict[str, list[str]]:
    sent = {name: heard.to(name) for name in NEIGHBOURS[1:]}
    return {name: [message.child.child_id for message in messages] for name, messages in sent.items() if messages}


def test_all_orders_of_a_group_go_where_the_first_did(
    route: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    many = Decimal(1000)  # of which C is the best
    members = [_member(make_order, "mine-1"), _member(make_order, "mine-2", quantity=many)]
    others = [
        _member(make_order, "mine-3", "h", quantity=many),
        RouteOrder(order=make_order("mine-4", quantity=many), expires_at=None),
    ]
    apart = route(_router(costs=COSTS), _bar(100.0), *members, *others)
    assert _where(apart) == {"broker:A": ["mine-1.1"], "broker:C": ["mine-2.1", "mine-3.1", "mine-4.1"]}
    together = route(_router(costs=COSTS, groups_together=True), _bar(100.0), *members, *others)
    assert _where(together) == {"broker:A": ["mine-1.1", "mine-2.1"], "broker:C": ["mine-3.1", "mine-4.1"]}


def test_a_member_that_is_refused_goes_nowhere_else(route: Callable[..., Any], make_order: Callable[..., Any]) -> None:
    heard = route(
        _router(groups_together=True),
        _member(make_order, "mine-1"),
        _member(make_order, "mine-2"),
        _rejected("mine-1.1", "A"),
    )
    assert _where(heard) == {"broker:A": ["mine-1.1", "mine-2.1"]}
    assert [(end.order_id, end.state) for end in heard.to("orders")] == [("mine-1", OrderState.REJECTED)]


def test_the_next_group_of_a_name_goes_where_it_is_best_when_the_last_member_is_done(
    route: Callable[..., Any], make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = route(
        _router(costs=COSTS, groups_together=True),
        _bar(100.0),
        _member(make_order, "mine-1"),
        _member(make_order, "mine-2"),
        _filled(make_fill(), 0),
        _member(make_order, "mine-3", quantity=Decimal(1000)),  # one is still at A
        _rejected("mine-2.1", "A"),
        _rejected("mine-3.1", "A"),
        _member(make_order, "mine-4", quantity=Decimal(1000)),
    )
    assert _where(heard) == {"broker:A": ["mine-1.1", "mine-2.1", "mine-3.1"], "broker:C": ["mine-4.1"]}


def test_a_member_that_names_a_venue_goes_there(route: Callable[..., Any], make_order: Callable[..., Any]) -> None:
    heard = route(
        _router(groups_together=True), _member(make_order, "mine-1"), _member(make_order, "mine-2", venue="B")
    )
    assert _where(heard) == {"broker:A": ["mine-1.1"], "broker:B": ["mine-2.1"]}


# --- cancels and ends ---------------------------------------------------------------------------------------------


def test_a_cancel_goes_to_the_broker_of_the_live_child_once(
    route: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    heard = route(
        _router(), RouteOrder(order=make_order(), expires_at=None), _rejected("mine-1.1", "A"), _cancel(), _cancel()
    )
    assert heard.to("broker:A")[1:] == []
    assert heard.to("broker:B")[1:] == [CancelChild(child_id="mine-1.2")]


def test_a_cancel_of_what_is_not_live_is_refused(route: Callable[..., Any]) -> None:
    assert route(_router(), _cancel("ghost")).to("orders") == [
        CancelRejected(order_id="ghost", code="TOO_LATE_TO_CANCEL", text="nothing of it is live")
    ]


def test_a_cancel_after_the_last_fill_is_too_late(
    route: Callable[..., Any], make_order: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    heard = route(_router(), RouteOrder(order=make_order(), expires_at=None), _filled(make_fill(), 0), _cancel())
    assert heard.to("orders") == [
        CancelRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="nothing of it is live")
    ]


def test_an_order_that_a_venue_rejects_while_its_cancel_is_under_way_is_cancelled_and_sent_nowhere_else(
    route: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    unknown = ChildCancelRejected(child_id="mine-1.1", order_id="", venue="A", code="UNKNOWN_ORDER", time=0)
    heard = route(
        _router(), RouteOrder(order=make_order(), expires_at=None), _cancel(), _rejected("mine-1.1", "A"), unknown
    )
    assert heard.to("broker:B") == []
    assert heard.to("orders") == [
        RouteEnded(
            order_id="mine-1", state=OrderState.CANCELLED, code="REQUESTED", text="cancelled after A had refused it"
        ),
        CancelRejected(order_id="mine-1", code="UNKNOWN_ORDER", text="A said so"),
    ]


def test_a_cancel_that_a_venue_refuses_may_be_asked_for_again(
    route: Callable[..., Any], make_order: Callable[..., Any]
) -> None:
    late = ChildCancelRejected(child_id="mine-1.1", order_id="mine-1", venue="A", code="TOO_LATE_TO_CANCEL", time=0)
    heard = route(_router(), RouteOrder(order=make_order(), expires_at=None), _cancel(), late, _cancel())
    assert heard.to("broker:A")[1:] == [CancelChild(child_id="mine-1.1"), CancelChild(child_id="mine-1.1")]
    assert heard.to("orders") == [CancelRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="A said so")]


@pytest.mark.parametrize(
    ("end", "ended"),
    [
        (
            ChildCancelled(child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(3), code="W", time=0),
            RouteEnded(order_id="mine-1", state=OrderState.CANCELLED, code="W", text="leaves=3 at A"),
        ),
        (
            ChildExpired(child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(3), time=0),
            RouteEnded(order_id="mine-1", state=OrderState.EXPIRED, code="TIME_IN_FORCE", text="leaves=3 at A"),
        ),
    ],
)
def test_the_end_of_the_child_is_the_end_of_the_order(
    route: Callable[..., Any], make_order: Callable[..., Any], end: Any, ended: RouteEnded
) -> None:
    heard = route(_router(), RouteOrder(order=make_order(), expires_at=None), end, _cancel())
    assert heard.to("orders") == [
        ended,
        CancelRejected(order_id="mine-1", code="TOO_LATE_TO_CANCEL", text="nothing of it is live"),
    ]


def test_a_venue_without_fees_beats_any_other(route: Callable[..., Any], make_order: Callable[..., Any]) -> None:
    costs = {"A": PER_SHARE, "B": VenueCosts(venue="B", commission=NoCommission()), "C": FLAT}
    heard = route(_router(costs=costs), _bar(10.0), RouteOrder(order=make_order(), expires_at=None))
    assert _first_venue(heard) == ["broker:B"]
