"""What the rules on orders say of kinds and terms that only some orders have."""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.circumstances import TradingState
from tradepit.models.instruments import Instrument
from tradepit.models.orders import Contingency, OffsetUnit, Order, OrderKind, OrderTerms, PegTo, Side, TimeInForce
from tradepit.models.price_validation import a_kind
from tradepit.models.validation import check_order

NOW = 1_000
INSTRUMENTS = {"SPY": Instrument(symbol="SPY", lot=Decimal(10))}
D = Decimal


def order(kind: OrderKind, terms: OrderTerms | None = None, **changes: Any) -> Order:
    plain: dict[str, Any] = {
        "order_id": "o1", "strategy": "s", "symbol": "SPY", "side": Side.BUY, "kind": kind, "quantity": D(100),
        "created_at": NOW, "time_in_force": TimeInForce.GTC, "terms": terms,
    }  # fmt: skip
    return Order(**plain | changes)


def limit(terms: OrderTerms | None = None, **changes: Any) -> Order:
    return order(OrderKind.LIMIT, terms, **{"limit_price": D(10)} | changes)


def iceberg(shown: Any, **changes: Any) -> Order:
    return order(OrderKind.ICEBERG, OrderTerms(display_quantity=shown), **{"limit_price": D(10)} | changes)


def trailing(kind: OrderKind = OrderKind.TRAILING_STOP, **terms: Any) -> Order:
    return order(kind, OrderTerms(**terms))


def pegged(**terms: Any) -> Order:
    return order(OrderKind.PEGGED, OrderTerms(**terms))


GTD, IOC, FOK = TimeInForce.GTD, TimeInForce.IOC, TimeInForce.FOK
TICKS, BPS = OffsetUnit.TICKS, OffsetUnit.BPS
STOP_LIMIT = OrderKind.TRAILING_STOP_LIMIT

VALID = {
    "touched": order(OrderKind.MARKET_IF_TOUCHED, stop_price=D("9.99")),
    "touched limit": order(OrderKind.LIMIT_IF_TOUCHED, stop_price=D("9.99"), limit_price=D("9.98")),
    "sell touched": order(OrderKind.MARKET_IF_TOUCHED, side=Side.SELL, stop_price=D("10.01")),
    "market to limit": order(OrderKind.MARKET_TO_LIMIT),
    "iceberg": iceberg(D(20)),
    "iceberg that shows all": iceberg(D(100)),
    "trailing": trailing(trail_offset=D("0.05")),
    "trailing from a price": order(OrderKind.TRAILING_STOP, OrderTerms(trail_offset=D(1)), stop_price=D(11)),
    "trailing by ticks": trailing(trail_offset=D(3), offset_unit=TICKS),
    "trailing by a part": trailing(trail_offset=D("12.5"), offset_unit=BPS),
    "trailing limit": trailing(STOP_LIMIT, trail_offset=D("0.05"), limit_offset=D(0)),
    "pegged": pegged(peg_to=PegTo.MID),
    "pegged behind": pegged(peg_to=PegTo.BID, peg_offset=D("-0.02")),
    "pegged no further than": order(OrderKind.PEGGED, OrderTerms(peg_to=PegTo.ASK), limit_price=D(11)),
    "until a date": limit(OrderTerms(expires_at=NOW + 1), time_in_force=GTD),
    "post only": limit(OrderTerms(post_only=True)),
    "one of two": limit(OrderTerms(group="g", contingency=Contingency.OCO)),
    "after another": limit(OrderTerms(parent_id="o0")),
    "reduce only": order(OrderKind.MARKET, OrderTerms(reduce_only=True)),
}


@pytest.mark.parametrize("name", VALID)
def test_an_order_with_what_its_kind_needs_may_go(name: str) -> None:
    assert check_order(VALID[name], INSTRUMENTS, NOW, last_price=10.0) is None


REFUSED = [
    (limit({"post_only": True}), "FIELD_INVALID: terms must be OrderTerms, was {'post_only': True}"),  # type: ignore[arg-type]  # what a user may do
    (
        order(OrderKind.MARKET, OrderTerms(post_only=True)),
        "TERM_UNEXPECTED: a MARKET order cannot rest, so it cannot be post_only",
    ),
    (
        limit(OrderTerms(post_only=True), time_in_force=FOK),
        "TERM_UNEXPECTED: a FOK order cannot rest, so it cannot be post_only",
    ),
    (limit(OrderTerms(group="g")), "TERM_MISSING: group and contingency go together: contingency is missing"),
    (
        limit(OrderTerms(contingency=Contingency.OUO)),
        "TERM_MISSING: group and contingency go together: group is missing",
    ),
    (
        limit(OrderTerms(group="g", contingency="OCA")),  # type: ignore[arg-type]  # what a user may do
        "FIELD_INVALID: contingency must be one of OCO, OUO, was 'OCA'; did you mean OCO?",
    ),
    (limit(OrderTerms(parent_id="o1")), "TERM_UNEXPECTED: parent_id must be another order's, was o1"),
    (
        order(OrderKind.ICEBERG, limit_price=D(10)),
        "TERM_MISSING: an ICEBERG order must have a display_quantity",
    ),
    (
        limit(OrderTerms(display_quantity=D(10))),
        "TERM_UNEXPECTED: a LIMIT order must have no display_quantity, was 10",
    ),
    (iceberg(D(110)), "TERM_INVALID: display_quantity must be above 0 and at most the quantity of 100, was 110"),
    (iceberg(D("NaN")), "TERM_INVALID: display_quantity must be above 0 and at most the quantity of 100, was NaN"),
    (iceberg(20.0), "TERM_INVALID: display_quantity must be above 0 and at most the quantity of 100, was 20.0"),
    (iceberg(D(15)), "OFF_LOT: display_quantity must be a whole number of lots of 10, was 15"),
    (iceberg(D(10), limit_price=None), "LIMIT_PRICE_MISSING: an ICEBERG order must have a limit_price"),
    (order(OrderKind.MARKET_IF_TOUCHED), "STOP_PRICE_MISSING: a MARKET_IF_TOUCHED order must have a stop_price"),
    (
        order(OrderKind.MARKET_TO_LIMIT, limit_price=D(10)),
        "LIMIT_PRICE_UNEXPECTED: a MARKET_TO_LIMIT order must have no limit_price, was 10",
    ),
    (
        order(OrderKind.PEGGED, OrderTerms(peg_to=PegTo.BID), stop_price=D(10)),
        "STOP_PRICE_UNEXPECTED: a PEGGED order must have no stop_price, was 10",
    ),
    (order(OrderKind.TRAILING_STOP), "TERM_MISSING: a TRAILING_STOP order must have a trail_offset"),
    (
        trailing(STOP_LIMIT, trail_offset=D(1)),
        "TERM_MISSING: a TRAILING_STOP_LIMIT order must have a limit_offset",
    ),
    (
        trailing(trail_offset=D(1), limit_offset=D(1)),
        "TERM_UNEXPECTED: a TRAILING_STOP order must have no limit_offset, was 1",
    ),
    (limit(OrderTerms(trail_offset=D(1))), "TERM_UNEXPECTED: a LIMIT order must have no trail_offset, was 1"),
    (limit(OrderTerms(peg_offset=D(1))), "TERM_UNEXPECTED: a LIMIT order must have no peg_offset, was 1"),
    (limit(OrderTerms(peg_to=PegTo.BID)), "TERM_UNEXPECTED: a LIMIT order must have no peg_to, was BID"),
    (order(OrderKind.PEGGED), "TERM_MISSING: a PEGGED order must have a peg_to"),
    (pegged(peg_to="LAST"), "TERM_INVALID: peg_to must be one of BID, ASK, MID, was 'LAST'"),
    (trailing(trail_offset=D(0)), "TERM_INVALID: trail_offset must be above 0, was 0"),
    (
        trailing(STOP_LIMIT, trail_offset=D(1), limit_offset=D(-1)),
        "TERM_INVALID: limit_offset must be 0 or more, was -1",
    ),
    (trailing(trail_offset=D("inf")), "TERM_INVALID: trail_offset must be a finite Decimal, was Decimal('Infinity')"),
    (trailing(trail_offset=0.5), "TERM_INVALID: trail_offset must be a finite Decimal, was 0.5"),
    (
        trailing(trail_offset=D("1.5"), offset_unit=TICKS),
        "TERM_INVALID: trail_offset must be a whole number of ticks, was 1.5",
    ),
    (trailing(trail_offset=D("0.005")), "OFF_TICK: trail_offset must be on the tick of 0.01, was 0.005"),
    (limit(time_in_force=GTD), "TERM_MISSING: a GTD order must have an expires_at"),
    (limit(OrderTerms(expires_at=NOW + 1)), "TERM_UNEXPECTED: a GTC order must have no expires_at, was 1001"),
    (
        limit(OrderTerms(expires_at=NOW), time_in_force=GTD),
        "TERM_INVALID: expires_at must be after now, 1000 ns, was 1000",
    ),
    (
        order(OrderKind.MARKET_IF_TOUCHED, stop_price=D(10)),
        "STOP_WRONG_SIDE: stop_price of a BUY MARKET_IF_TOUCHED order must be below the last price 10.0, was 10",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "message"), [pytest.param(*case, id=case[1]) for case in REFUSED])
def test_terms_that_are_missing_ignored_or_no_such_thing_are_refused(given: Order, message: str) -> None:
    assert str(check_order(given, INSTRUMENTS, NOW, last_price=10.0)) == message


def test_a_kind_that_no_venue_takes_is_refused_and_the_others_may_go() -> None:
    taken = (OrderKind.LIMIT, OrderKind.MARKET)
    stop = order(OrderKind.STOP, stop_price=D(11))
    refusal = check_order(stop, INSTRUMENTS, NOW, order_types=taken)
    assert str(refusal) == "ORDER_TYPE_NOT_ALLOWED: the venues take MARKET, LIMIT, was STOP"
    assert check_order(limit(), INSTRUMENTS, NOW, order_types=taken) is None
    assert check_order(stop, INSTRUMENTS, NOW, order_types=taken, rules=["price", "timestamps"]) is None
    assert str(check_order(limit(), INSTRUMENTS, NOW, order_types=())).endswith("take no orders, was LIMIT")


@pytest.mark.parametrize("state", TradingState)
@pytest.mark.parametrize("time_in_force", [TimeInForce.DAY, TimeInForce.GTC, IOC, FOK, TimeInForce.AT_OPEN])
def test_what_cannot_wait_is_refused_while_the_market_is_closed_or_halted(
    state: TradingState, time_in_force: TimeInForce
) -> None:
    refusal = check_order(limit(time_in_force=time_in_force), INSTRUMENTS, NOW, state=state)
    if state is TradingState.OPEN or time_in_force not in (IOC, FOK):
        assert refusal is None
    else:
        text = f"{a_kind(time_in_force)} order cannot wait, and the market is {state}"
        assert str(refusal) == f"NOT_IN_TRADING_STATE: {text}"
