"""What a book does with its resting orders apart from matching: taking, cancelling and expiring them."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.matching import Dead, Execution
from tradepit.models.orders import ChildOrder, Liquidity, OrderKind, Side, TimeInForce
from tradepit.models.slippage import FixedBpsSlippage, NoSlippage

D = Decimal


def child(
    child_id: str,
    *,
    kind: OrderKind = OrderKind.LIMIT,
    limit: str | None = "95",
    stop: str | None = None,
    quantity: str = "100",
    symbol: str = "XYZ",
    expires_at: int | None = None,
    side: Side = Side.BUY,
    time_in_force: TimeInForce = TimeInForce.DAY,
) -> ChildOrder:
    return ChildOrder(
        child_id=child_id,
        order_id="o",
        strategy="s",
        venue="V",
        symbol=symbol,
        side=side,
        kind=kind,
        quantity=D(quantity),
        limit_price=None if limit is None else D(limit),
        stop_price=None if stop is None else D(stop),
        time_in_force=time_in_force,
        expires_at=expires_at,
    )


def bar(time: int, *, low: float = 99.0, halted: bool = False) -> Bar:
    return Bar(symbol="XYZ", time=time, open=100.0, high=101.0, low=low, close=100.0, volume=500.0, halted=halted)


def book(*orders: ChildOrder) -> BarBook:
    made = BarBook(Instrument(symbol="XYZ"), BarRules(), NoSlippage())
    for order in orders:
        made.add(order)
    return made


@given(
    quantity=st.decimals("0.01", "2000", places=2),
    opened=st.floats(0.004, 500.0),
    volume=st.one_of(st.floats(0.01, 20_000), st.just(float("nan"))),
    share=st.sampled_from([None, D("0.1"), D("1")]),
    bps=st.sampled_from(["0", "12.5", "10000"]),
    side=st.sampled_from(Side),
    time_in_force=st.sampled_from([tif for tif in TimeInForce if not tif.name.startswith("AT_")]),
)
def test_a_market_order_alone_gets_to_the_digit_what_it_gets_beside_an_order_that_is_not_met(
    quantity: Decimal,
    opened: float,
    volume: float,
    share: Decimal | None,
    bps: str,
    side: Side,
    time_in_force: TimeInForce,
) -> None:
    slippage = FixedBpsSlippage(D(bps)) if D(bps) else NoSlippage()
    order = child(
        "market", kind=OrderKind.MARKET, limit=None, quantity=str(quantity), side=side, time_in_force=time_in_force
    )
    traded = Bar(symbol="XYZ", time=1, open=opened, high=opened + 1, low=opened, close=opened, volume=volume)
    seen: list[list[str]] = []
    for others in ([], [child("far", limit="0.000001")]):
        made = BarBook(Instrument(symbol="XYZ", lot=D("0.01")), BarRules(max_volume_share=share), slippage)
        for other in others:
            made.add(other)
        made.add(order)
        seen.append([*map(repr, made.match(traded)), repr(made.leaves("market"))])
    assert seen[0] == seen[1]


@given(
    quantities=st.lists(st.integers(1, 400), min_size=1, max_size=4),
    volume=st.integers(1, 10_000),
    share=st.sampled_from(["0.1", "0.25", "0.3", "1"]),
    lot=st.sampled_from(["1", "0.1", "10"]),
)
def test_orders_get_in_their_turn_what_is_left_of_the_whole_lots_in_their_share_of_the_volume(
    quantities: list[int], volume: int, share: str, lot: str
) -> None:
    rules = BarRules(max_volume_share=D(share))
    orders = BarBook(Instrument(symbol="XYZ", lot=D(lot)), rules, NoSlippage())
    for number, quantity in enumerate(quantities):
        orders.add(child(f"o{number}", kind=OrderKind.MARKET, limit=None, quantity=f"{quantity * D(lot)}"))
    left = volume * D(share) // D(lot)
    expected: list[tuple[str, Decimal]] = []
    for number, quantity in enumerate(quantities):
        given_lots = min(left, D(quantity))
        left -= given_lots
        if given_lots:
            expected.append((f"o{number}", given_lots * D(lot)))
    traded = Bar(symbol="XYZ", time=1, open=100.0, high=101.0, low=99.0, close=100.0, volume=float(volume))
    executed = [(x.child_id, x.quantity) for x in orders.match(traded) if isinstance(x, Execution)]
    assert executed == expected


def test_a_strategy_that_narrows_the_decimal_context_moves_neither_price_nor_quantity() -> None:
    with localcontext(prec=2):
        orders = BarBook(Instrument(symbol="XYZ", tick=D("0.25")), BarRules(), NoSlippage())
        orders.add(child("a", kind=OrderKind.MARKET, limit=None, quantity="1234.5"))
        traded = Bar(symbol="XYZ", time=1, open=100.3, high=101.0, low=99.0, close=100.0, volume=12_345.0)
        outcomes = orders.match(traded)
    assert outcomes == [
        Execution(
            child_id="a",
            quantity=D(1234),
            reference_price=D("100.50"),
            price=D("100.50"),
            liquidity=Liquidity.TAKER,
            leaves=D("0.5"),
        )
    ]


def test_an_empty_book_matches_nothing() -> None:
    assert book().match(bar(1)) == []


def test_cancelling_returns_what_was_open_once() -> None:
    orders = book(child("a"))
    orders.match(bar(1, low=90.0))
    assert (orders.leaves("a"), len(orders)) == (D(50), 1)
    assert [orders.cancel("a"), orders.cancel("a"), orders.cancel("b")] == [D(50), None, None]
    assert (orders.leaves("a"), len(orders)) == (None, 0)
    assert orders.match(bar(2, low=90.0)) == []


def test_an_id_may_come_back_after_its_order_has_gone() -> None:
    orders = book(child("a"))
    orders.cancel("a")
    orders.add(child("a", quantity="7"))
    assert orders.leaves("a") == D(7)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (child("a"), r"a: child_id must be new to the book"),
        (child("b", symbol="ABC"), r"b: symbol must be XYZ, was ABC"),
        (child("b", quantity="0"), r"b: quantity must be above 0, was 0"),
        (child("b", limit=None), r"b: LIMIT must have exactly its prices, was limit=None, stop=None"),
        (child("b", kind=OrderKind.MARKET), r"b: MARKET must have exactly its prices, was limit=95, stop=None"),
        (child("b", kind=OrderKind.STOP), r"b: STOP must have exactly its prices, was limit=95, stop=None"),
        (child("b", kind=OrderKind.STOP_LIMIT), r"b: STOP_LIMIT must have exactly its prices"),
        (child("b", stop="90"), r"b: LIMIT must have exactly its prices, was limit=95, stop=90"),
    ],
)
def test_an_order_that_cannot_rest_is_refused(order: ChildOrder, message: str) -> None:
    orders = book(child("a"))
    with pytest.raises(ValueError, match=message):
        orders.add(order)
    assert len(orders) == 1


def test_orders_expire_after_their_last_instant_earliest_first() -> None:
    orders = book(
        child("late", expires_at=30),
        child("never"),
        child("second", expires_at=20),
        child("first", expires_at=10),
        child("third", expires_at=20),
    )
    assert orders.expire(10) == []
    assert orders.expire(20) == [Dead(child_id="first", leaves=D(100), code="EXPIRED")]
    assert orders.expire(21) == [
        Dead(child_id="second", leaves=D(100), code="EXPIRED"),
        Dead(child_id="third", leaves=D(100), code="EXPIRED"),
    ]
    assert orders.expire(22) == []
    assert orders.cancel("late") == D(100)
    assert orders.expire(31) == []
    assert len(orders) == 1


def test_an_order_may_still_fill_at_exactly_its_last_instant() -> None:
    fill = Execution(
        child_id="a",
        quantity=D(50),
        reference_price=D(95),
        price=D(95),
        liquidity=Liquidity.MAKER,
        leaves=D(50),
    )
    orders = book(child("a", expires_at=10))
    assert orders.match(bar(10, low=90.0)) == [fill]
    assert orders.match(bar(11, low=90.0)) == [Dead(child_id="a", leaves=D(50), code="EXPIRED")]


def test_orders_expire_in_a_halt_too() -> None:
    orders = book(child("a", expires_at=10))
    assert orders.match(bar(11, halted=True)) == [Dead(child_id="a", leaves=D(100), code="EXPIRED")]
