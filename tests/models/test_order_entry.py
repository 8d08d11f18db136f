"""What is written to ask for an order, and what it means."""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.order_entry import EnteredOrder, OrderEntryError, enter, exact, named
from tradepit.models.orders import Contingency, OffsetUnit, OrderKind, OrderTerms, PegTo, Side, TimeInForce

K = OrderKind


def entered(limit: Any = None, stop: Any = None, time_in_force: Any = None, **more: Any) -> EnteredOrder:
    return enter(limit, stop, time_in_force, more)


@pytest.mark.parametrize(
    ("written", "kind", "limit", "stop", "terms"),
    [
        ({}, K.MARKET, None, None, None),
        ({"limit": 5}, K.LIMIT, 5, None, None),
        ({"stop": 5}, K.STOP, None, 5, None),
        ({"limit": 4.5, "stop": 5}, K.STOP_LIMIT, "4.5", 5, None),
        ({"touch": 5}, K.MARKET_IF_TOUCHED, None, 5, None),
        ({"touch": 5, "limit": 6}, K.LIMIT_IF_TOUCHED, 6, 5, None),
        ({"trail": 0.5}, K.TRAILING_STOP, None, None, {"trail_offset": Decimal("0.5")}),
        ({"trail": 1, "stop": 9}, K.TRAILING_STOP, None, 9, {"trail_offset": Decimal(1)}),
        (
            {"trail": "10 ticks", "trail_limit": "2ticks"},
            K.TRAILING_STOP_LIMIT,
            None,
            None,
            {"trail_offset": Decimal(10), "limit_offset": Decimal(2), "offset_unit": OffsetUnit.TICKS},
        ),
        ({"trail": "2%"}, K.TRAILING_STOP, None, None, {"trail_offset": Decimal(200), "offset_unit": OffsetUnit.BPS}),
        ({"trail": "5 bps"}, K.TRAILING_STOP, None, None, {"trail_offset": Decimal(5), "offset_unit": OffsetUnit.BPS}),
        ({"display": 10, "limit": 5}, K.ICEBERG, 5, None, {"display_quantity": Decimal(10)}),
        ({"peg": "bid"}, K.PEGGED, None, None, {"peg_to": PegTo.BID}),
        (
            {"peg": PegTo.MID, "peg_offset": "-1 tick", "limit": 5},
            K.PEGGED,
            5,
            None,
            {"peg_to": PegTo.MID, "peg_offset": Decimal(-1), "offset_unit": OffsetUnit.TICKS},
        ),
        ({"kind": "market_to_limit"}, K.MARKET_TO_LIMIT, None, None, None),
        ({"kind": K.STOP, "stop": 5}, K.STOP, None, 5, None),
        ({"limit": 5, "post_only": True}, K.LIMIT, 5, None, {"post_only": True}),
        ({"reduce_only": True}, K.MARKET, None, None, {"reduce_only": True}),
        ({"oco": "g"}, K.MARKET, None, None, {"group": "g", "contingency": Contingency.OCO}),
        ({"ouo": "g", "after": "o"}, K.MARKET, None, None,
         {"group": "g", "contingency": Contingency.OUO, "parent_id": "o"}),
        ({"venue": "ARCA"}, K.MARKET, None, None, {"venue": "ARCA"}),
        ({"stop_loss": 4, "take_profit": "6.5"}, K.MARKET, None, None,
         {"stop_loss": Decimal(4), "take_profit": Decimal("6.5")}),
        ({"touch": None, "kind": None}, K.MARKET, None, None, None),
    ],
)  # fmt: skip
def test_what_is_written_means_a_kind_prices_and_terms(
    written: dict[str, Any], kind: OrderKind, limit: Any, stop: Any, terms: dict[str, Any] | None
) -> None:
    assert entered(**written) == EnteredOrder(
        kind,
        None if limit is None else Decimal(limit),
        None if stop is None else Decimal(stop),
        None,
        None if terms is None else OrderTerms(**terms),
    )


@pytest.mark.parametrize(
    ("time_in_force", "expires_at", "meant"),
    [
        (None, None, None),
        ("day", None, TimeInForce.DAY),
        ("AT_CLOSE", None, TimeInForce.AT_CLOSE),
        (TimeInForce.GTD, 77, TimeInForce.GTD),
        (None, 77, TimeInForce.GTD),
    ],
)
def test_a_time_at_which_an_order_expires_makes_it_good_till_then(
    time_in_force: Any, expires_at: int | None, meant: TimeInForce | None
) -> None:
    order = enter(None, None, time_in_force, {} if expires_at is None else {"expires_at": expires_at})
    assert (order.time_in_force, order.terms and order.terms.expires_at) == (meant, expires_at)


def test_groups_of_two_strategies_are_kept_apart_by_a_prefix() -> None:
    terms = enter(None, None, None, {"oco": "exits"}, group_prefix="dipper/").terms
    assert terms is not None
    assert terms.group == "dipper/exits"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"tral": 1}, "tral: an order has nothing of that name; did you mean trail?"),
        ({"colour": 1}, "colour: an order has nothing of that name; known: kind, touch, trail,"),
        ({"touch": 1, "peg": "bid"}, "peg: an order has only one of touch, trail, display, peg, has touch"),
        ({"trail_limit": 1}, "trail_limit: has a sense only beside trail"),
        ({"peg_offset": 1}, "peg_offset: has a sense only beside peg"),
        ({"touch": 1, "stop": 2}, "stop: an order with touch has no stop"),
        ({"trail": 1, "limit": 2}, "limit: the limit of a trailing stop follows it; write trail_limit"),
        ({"display": 1}, "display: an iceberg has a limit"),
        ({"oco": "a", "ouo": "b"}, "ouo: an order is in one group, and has oco already"),
        ({"oco": ""}, "oco: must be a text, was ''"),
        ({"after": 7}, "after: must be a text, was 7"),
        ({"post_only": 1}, "post_only: must be true or false, was 1"),
        ({"kind": "STOP"}, "kind: what else is written makes it MARKET, was STOP"),
        ({"kind": "MARKET_TO_LIMIT", "limit": 1}, "kind: what else is written makes it LIMIT, was MARKET_TO_LIMIT"),
        ({"kind": "STOPP"}, "kind: must be one of MARKET, LIMIT, STOP, "),
        ({"peg": "last"}, "peg: must be one of BID, ASK, MID, was 'last'"),
        ({"peg": "midd"}, "peg: must be one of BID, ASK, MID, was 'midd'; did you mean MID?"),
        ({"peg": 3}, "peg: must be one of BID, ASK, MID, was 3"),
        ({"trail": "far"}, "trail: must be a number, or one with %, bps or ticks behind it, was 'far'"),
        ({"trail": "2 pips"}, "trail: must be a number, or one with %, bps or ticks behind it, was '2 pips'"),
        ({"trail": 0}, "trail: must be above 0, was 0"),
        ({"trail": 1, "trail_limit": -1}, "trail_limit: must be 0 or more, was -1"),
        ({"trail": "2%", "trail_limit": 1}, "trail_limit: must be in the unit of trail, BPS, was in PRICE"),
        ({"time_in_force": "SOON"}, "time_in_force: must be one of DAY, GTC, GTD, IOC, FOK, AT_OPEN, AT_CLOSE, was"),
        ({"time_in_force": "GTD"}, "expires_at: a GTD order has an expires_at"),
        ({"time_in_force": "DAY", "expires_at": 7}, "expires_at: only a GTD order has it, was DAY"),
        ({"expires_at": "soon"}, "expires_at: must be whole ns since the Unix epoch, was 'soon'"),
    ],
)
def test_what_is_no_order_is_refused_by_its_keyword(written: dict[str, Any], message: str) -> None:
    with pytest.raises(OrderEntryError) as raised:
        entered(**written)
    assert str(raised.value).startswith(message)
    error = raised.value
    assert str(error) == f"{error.keyword}: {error.rule}" + (f"; {error.suggestion}" if error.suggestion else "")


@pytest.mark.parametrize(
    ("number", "digits"),
    [(1, "1"), (0.1, "0.1"), ("1e-18", "1E-18"), (Decimal("2.50"), "2.50"), ("x", "NaN"), (None, "NaN"), (True, "1")],
)
def test_a_number_counts_as_it_is_written(number: object, digits: str) -> None:
    assert str(exact(number)) == digits


def test_a_name_without_a_keyword_is_refused_too() -> None:
    assert named(Side, "buy") is Side.BUY
    with pytest.raises(ValueError, match="must be one of BUY, SELL, was 'HOLD'"):
        named(Side, "HOLD")
