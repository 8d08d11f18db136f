"""Which orders risk lets go: at each limit, one beyond, in the order of the checks."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.account import Account
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side
from tradepit.models.risk import check, reserve_for, unit_value

SPY = Instrument(symbol="SPY")
UNSHORTABLE = Instrument(symbol="SPY", shortable=False)
ES = Instrument(symbol="ES", multiplier=Decimal(50))
MARKS = {"SPY": 100.0, "ES": 4000.0, "QQQ": 50.0}
OFF = Limits()


def order(signed: Any, kind: OrderKind = OrderKind.MARKET, **changes: Any) -> Order:
    quantity = Decimal(signed)
    plain: dict[str, Any] = {
        "order_id": "new",
        "strategy": "dipper",
        "symbol": "SPY",
        "side": Side.BUY if quantity > 0 else Side.SELL,
        "kind": kind,
        "quantity": quantity.copy_abs(),
        "created_at": 0,
    }
    return Order(**plain | changes)


def limit(signed: Any, price: Any) -> Order:
    return order(signed, OrderKind.LIMIT, limit_price=Decimal(price))


def account(held: int = 0, cash: int = 100_000, symbol: str = "SPY") -> Account:
    book = Account(Decimal(cash), "USD")
    if held:
        book.hold(symbol, Decimal(held), Decimal(100), Decimal(1))
    return book


def reserve(book: Account, *orders: tuple[str, int]) -> Account:
    for number, (symbol, signed) in enumerate(orders):
        side = Side.BUY if signed > 0 else Side.SELL
        book.reserve(f"open-{number}", symbol, side, Decimal(abs(signed)), Decimal(100))
    return book


@pytest.mark.parametrize(
    ("kind", "side", "limit_price", "stop_price", "last", "value"),
    [
        (OrderKind.MARKET, Side.BUY, None, None, 100.1, "100.1"),
        (OrderKind.MARKET, Side.SELL, None, None, 100.1, "100.1"),
        (OrderKind.MARKET, Side.SELL, None, None, -37.63, "37.63"),
        (OrderKind.MARKET, Side.BUY, None, None, None, None),
        (OrderKind.LIMIT, Side.BUY, "90", None, 100.0, "90"),
        (OrderKind.LIMIT, Side.BUY, "110", None, 100.0, "110"),
        (OrderKind.LIMIT, Side.SELL, "90", None, 100.0, "100.0"),
        (OrderKind.LIMIT, Side.SELL, "110", None, 100.0, "110"),
        (OrderKind.LIMIT, Side.SELL, "110", None, None, "110"),
        (OrderKind.STOP, Side.BUY, None, "110", 100.0, "110"),
        (OrderKind.STOP, Side.BUY, None, "90", 100.0, "100.0"),
        (OrderKind.STOP, Side.SELL, None, "90", 100.0, "100.0"),
        (OrderKind.STOP, Side.SELL, None, "90", None, "90"),
        (OrderKind.STOP_LIMIT, Side.BUY, "111", "110", 100.0, "111"),
        (OrderKind.STOP_LIMIT, Side.SELL, "89", "90", 100.0, "100.0"),
    ],
)
def test_a_buy_is_valued_at_its_limit_and_all_else_at_the_highest_price(
    kind: OrderKind, side: Side, limit_price: str | None, stop_price: str | None, last: float | None, value: str | None
) -> None:
    given_order = order(
        side.sign,
        kind,
        limit_price=None if limit_price is None else Decimal(limit_price),
        stop_price=None if stop_price is None else Decimal(stop_price),
    )
    expected = None if value is None else Decimal(value)
    assert unit_value(given_order, SPY, last) == expected
    assert unit_value(given_order, ES, last) == (None if expected is None else expected * 50)


CASES: list[tuple[str, Order, Account, Instrument, Limits, str]] = [
    ("all the cash", order(1000), account(), SPY, OFF, "None"),
    ("one too many", order(1001), account(), SPY, OFF, "BUYING_POWER: limit=100000, was=100100"),
    ("a cent too many", limit(1, "100.01"), account(cash=100), SPY, OFF, "BUYING_POWER: limit=100, was=100.01"),
    ("sold short for all the cash", order(-1000), account(), SPY, OFF, "None"),
    ("one more sold short", order(-1001), account(), SPY, OFF, "BUYING_POWER: limit=100000, was=100100"),
    (
        "a sell limit far below the market",
        limit(-1001, 1),
        account(),
        SPY,
        OFF,
        "BUYING_POWER: limit=100000, was=100100",
    ),
    ("what is held may be sold without cash", order(-500), account(500, cash=0), SPY, OFF, "None"),
    ("what is held may be sold and as much sold short", order(-1000), account(500, cash=0), SPY, OFF, "None"),
    ("but not more", order(-1001), account(500, cash=0), SPY, OFF, "BUYING_POWER: limit=0, was=100"),
    ("what was sold short may be bought back", order(500), account(-500, cash=0), SPY, OFF, "None"),
    (
        "open orders tie up cash",
        order(501),
        reserve(account(), ("QQQ", 500)),
        SPY,
        OFF,
        "BUYING_POWER: limit=50000, was=50100",
    ),
    (
        "a future at its whole value",
        order(1, symbol="ES"),
        account(),
        ES,
        OFF,
        "BUYING_POWER: limit=100000, was=200000",
    ),
    (
        "an order at the limit of its value",
        order(500),
        account(),
        SPY,
        Limits(max_order_notional=Decimal(50_000)),
        "None",
    ),
    (
        "an order beyond the limit of its value",
        limit(500, "100.01"),
        account(),
        SPY,
        Limits(max_order_notional=Decimal(50_000)),
        "MAX_ORDER_NOTIONAL: limit=50000, was=50005",
    ),
    (
        "an exit beyond the limit of its value",
        order(-600),
        account(600),
        SPY,
        Limits(max_order_notional=Decimal(50_000)),
        "MAX_ORDER_NOTIONAL: limit=50000, was=60000",
    ),
    ("a position at its limit", order(100), account(400), SPY, Limits(max_position=Decimal(500)), "None"),
    (
        "a position beyond its limit",
        order(101),
        account(400),
        SPY,
        Limits(max_position=Decimal(500)),
        "MAX_POSITION: limit=500, was=501",
    ),
    (
        "a short position beyond its limit",
        order(-901),
        account(400),
        SPY,
        Limits(max_position=Decimal(500)),
        "MAX_POSITION: limit=500, was=501",
    ),
    (
        "small orders that together are beyond the limit",
        order(50),
        reserve(account(400), ("SPY", 60)),
        SPY,
        Limits(max_position=Decimal(500)),
        "MAX_POSITION: limit=500, was=510",
    ),
    (
        "open orders of the other side do not help",
        order(101),
        reserve(account(400), ("SPY", -60)),
        SPY,
        Limits(max_position=Decimal(500)),
        "MAX_POSITION: limit=500, was=501",
    ),
    (
        "a position beyond its limit may shrink",
        order(-10),
        account(900),
        SPY,
        Limits(max_position=Decimal(500)),
        "None",
    ),
    ("a long position, where short ones are not allowed", order(1), account(), UNSHORTABLE, OFF, "None"),
    ("all of what is held, where short is not allowed", order(-500), account(500), UNSHORTABLE, OFF, "None"),
    (
        "one more than is held, where short is not allowed",
        order(-501),
        account(500),
        UNSHORTABLE,
        OFF,
        "SHORT_NOT_ALLOWED: SPY allows no short position: limit=0, was=-1",
    ),
    (
        "what is held, sold twice",
        order(-500),
        reserve(account(500), ("SPY", -500)),
        SPY,
        Limits(short_allowed=False),
        "SHORT_NOT_ALLOWED: the portfolio allows no short position: limit=0, was=-500",
    ),
    (
        "a short position from before may be bought back in part",
        order(100),
        account(-500),
        UNSHORTABLE,
        OFF,
        "None",
    ),
    ("as many symbols as allowed", order(1), account(5, symbol="QQQ"), SPY, Limits(max_open_positions=2), "None"),
    ("more of a symbol that is held", order(1), account(5), SPY, Limits(max_open_positions=1), "None"),
    (
        "a symbol too many",
        order(1),
        account(5, symbol="QQQ"),
        SPY,
        Limits(max_open_positions=1),
        "MAX_OPEN_POSITIONS: limit=1, was=2",
    ),
    (
        "a symbol with an open order counts",
        order(1),
        reserve(account(), ("QQQ", 5)),
        SPY,
        Limits(max_open_positions=1),
        "MAX_OPEN_POSITIONS: limit=1, was=2",
    ),
    (
        "no price yet",
        order(1, symbol="IWM"),
        account(),
        SPY,
        OFF,
        "NO_PRICE: a MARKET order needs a price to be valued at, none of IWM was seen",
    ),
]


@pytest.mark.parametrize(
    ("given_order", "book", "instrument", "limits", "verdict"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_an_order_within_every_limit_may_go_and_one_beyond_is_refused_with_figures(
    given_order: Order, book: Account, instrument: Instrument, limits: Limits, verdict: str
) -> None:
    assert str(check(given_order, book, instrument, limits, MARKS)) == verdict


def test_the_first_check_that_fails_decides() -> None:
    wrong = order(-2000)
    book = account(5, symbol="QQQ")
    limits = {
        "max_open_positions": 1,
        "max_order_notional": Decimal(1000),
        "max_position": Decimal(10),
        "short_allowed": False,
    }
    codes = []
    marks: dict[str, float] = {}
    while refusal := check(wrong, book, SPY, Limits(**limits), marks):  # type: ignore[arg-type]  # a table of settings
        codes.append(refusal.code)
        match refusal.code:
            case "NO_PRICE":
                marks = MARKS
            case "BUYING_POWER":
                book.cash += 1_000_000
            case "SHORT_NOT_ALLOWED":
                limits["short_allowed"] = True
            case code:
                del limits[code.lower()]
    assert codes == [
        "NO_PRICE",
        "MAX_OPEN_POSITIONS",
        "BUYING_POWER",
        "MAX_ORDER_NOTIONAL",
        "MAX_POSITION",
        "SHORT_NOT_ALLOWED",
    ]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"max_position": Decimal(-1)}, "max_position must be 0 or more, was -1"),
        ({"max_order_notional": Decimal("-0.01")}, "max_order_notional must be 0 or more, was -0.01"),
        ({"max_open_positions": -3}, "max_open_positions must be 0 or more, was -3"),
    ],
)
def test_a_limit_below_zero_cannot_be_set(setting: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Limits(**setting)


@pytest.mark.parametrize(
    ("given_order", "book", "instrument", "limits"),
    [pytest.param(*case, id=name) for name, *case, _ in CASES],
)
def test_to_reserve_for_an_order_is_to_check_it_and_to_reserve_its_value(
    given_order: Order, book: Account, instrument: Instrument, limits: Limits
) -> None:
    refusal = check(given_order, book, instrument, limits, MARKS)
    unit = unit_value(given_order, instrument, MARKS.get(given_order.symbol))
    need = None if unit is None else book.requirement(given_order.symbol, given_order.side, given_order.quantity, unit)
    power = book.buying_power(MARKS)
    assert reserve_for(given_order, book, instrument, limits, MARKS) == refusal
    assert (book.open_part(given_order.order_id) is None) is (refusal is not None)
    assert power - book.buying_power(MARKS) == (need if refusal is None else 0)
    book.release(given_order.order_id)
    assert book.buying_power(MARKS) == power


@given(
    wanted=st.lists(st.tuples(st.integers(-300, 300).filter(bool), st.booleans()), min_size=1, max_size=30),
    largest=st.integers(1, 400),
)
def test_whatever_was_let_go_and_filled_at_its_value_the_limits_hold_and_cash_covers_it(
    wanted: list[tuple[int, bool]], largest: int
) -> None:
    book = account(cash=20_000)
    limits = Limits(max_position=Decimal(largest))
    marks = {"SPY": 100.0}
    for number, (signed, at_once) in enumerate(wanted):
        given_order = order(signed, OrderKind.LIMIT, limit_price=Decimal(100), order_id=f"o{number}")
        if check(given_order, book, SPY, limits, marks) is not None:
            continue
        value = unit_value(given_order, SPY, 100.0)
        assert value == 100
        book.reserve(given_order.order_id, "SPY", given_order.side, given_order.quantity, value)
        if at_once:
            book.apply(
                Fill(
                    fill_id=f"v-{number}", order_id=given_order.order_id, child_id="", strategy="", symbol="SPY",
                    side=given_order.side, quantity=given_order.quantity, price=value, reference_price=value,
                    fee=Decimal(0), currency="USD", venue="v", liquidity=Liquidity.TAKER, time=number,
                ),
                Decimal(1),
            )  # fmt: skip
        assert abs(book.position("SPY")) <= largest
        assert book.buying_power(marks) >= 0
        assert max(abs(book.worst_position("SPY", side)) for side in Side) <= largest
