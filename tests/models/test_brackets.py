"""The orders behind an entry, and where their prices may lie."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.brackets import children_of, stop_at, wrong_side
from tradepit.models.instruments import Instrument
from tradepit.models.orders import Contingency, Order, OrderKind, OrderTerms, Side, TimeInForce

D = Decimal
SPY = Instrument(symbol="SPY", tick=D("0.05"))


def entry(side: Side = Side.BUY, stop: str | None = None, take: str | None = None, **terms: Any) -> Order:
    behind = OrderTerms(
        stop_loss=None if stop is None else D(stop), take_profit=None if take is None else D(take), **terms
    )
    return Order(
        order_id="mine-1", strategy="mine", symbol="SPY", side=side, kind=OrderKind.MARKET, quantity=D(10),
        created_at=7, time_in_force=TimeInForce.IOC, arrival_price=100.0, terms=behind,
    )  # fmt: skip


def test_a_stop_and_a_limit_stand_behind_an_entry_and_update_each_other() -> None:
    stop, take = children_of(entry(Side.BUY, "98", "103", venue="ARCA"), D(10))
    behind = OrderTerms(reduce_only=True, group="mine-1", contingency=Contingency.OUO, parent_id="mine-1", venue="ARCA")
    both = {"strategy": "mine", "symbol": "SPY", "side": Side.SELL, "quantity": D(10), "created_at": 7}
    gtc = {"time_in_force": TimeInForce.GTC, "arrival_price": 100.0, "terms": behind}
    assert stop == Order(order_id="mine-1-SL", kind=OrderKind.STOP, stop_price=D(98), **both, **gtc)  # type: ignore[arg-type]
    assert take == Order(order_id="mine-1-TP", kind=OrderKind.LIMIT, limit_price=D(103), **both, **gtc)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stop", "take", "ids"), [("102", None, ["mine-1-SL"]), (None, "97", ["mine-1-TP"]), (None, None, [])]
)
def test_one_alone_is_in_no_group(stop: str | None, take: str | None, ids: list[str]) -> None:
    children = children_of(entry(Side.SELL, stop, take), D(4))
    assert [child.order_id for child in children] == ids
    assert all(child.side is Side.BUY and child.quantity == 4 for child in children)
    assert all(child.terms == OrderTerms(reduce_only=True, parent_id="mine-1") for child in children)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (entry(Side.BUY, "99.95", "100.05"), "None"),
        (entry(Side.SELL, "100.05", "99.95"), "None"),
        (
            entry(Side.BUY, "100"),
            "STOP_LOSS_WRONG_SIDE: stop_loss of a BUY order must be below the entry at 100, was 100",
        ),
        (
            entry(Side.SELL, "99"),
            "STOP_LOSS_WRONG_SIDE: stop_loss of a SELL order must be above the entry at 100, was 99",
        ),
        (
            entry(Side.BUY, "99", "100"),
            "TAKE_PROFIT_WRONG_SIDE: take_profit of a BUY order must be above the entry at 100, was 100",
        ),
        (
            entry(Side.SELL, None, "101"),
            "TAKE_PROFIT_WRONG_SIDE: take_profit of a SELL order must be below the entry at 100, was 101",
        ),
    ],
)  # fmt: skip
def test_a_stop_ends_a_loss_and_a_target_a_gain(order: Order, expected: str) -> None:
    assert str(wrong_side(order, D(100))) == expected


def test_an_order_without_terms_has_nothing_on_the_wrong_side() -> None:
    bare = Order(
        order_id="o", strategy="s", symbol="SPY", side=Side.BUY, kind=OrderKind.MARKET, quantity=D(1), created_at=0
    )
    assert wrong_side(bare, D(100)) is None


@given(
    side=st.sampled_from(Side),
    price=st.decimals("1", "1000", places=2),
    distance=st.decimals("0.001", "0.5", places=3),
)
def test_an_added_stop_is_on_the_tick_and_never_farther_than_asked(side: Side, price: D, distance: D) -> None:
    stop = stop_at(side, price, SPY, distance)
    away = price - stop if side is Side.BUY else stop - price
    assert SPY.on_tick(stop)
    assert distance * price - SPY.tick < away <= distance * price


def test_below_zero_a_long_positions_stop_is_still_lower() -> None:
    assert stop_at(Side.BUY, D(-20), SPY, D("0.1")) == D(-22)
    assert stop_at(Side.SELL, D(-20), SPY, D("0.1")) == D(-18)
