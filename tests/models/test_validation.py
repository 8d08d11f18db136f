"""What an order must be: each rule with what it refuses, and the words it finds for that."""

import re
from decimal import Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.instruments import Instrument
from tradepit.models.orders import Order, OrderKind, Refusal, Side, TimeInForce
from tradepit.models.validation import RULES, Circumstances, check_order

NOW = 1_000_000
INSTRUMENTS = {
    "SPY": Instrument(symbol="SPY"),
    "ES": Instrument(
        symbol="ES",
        tick=Decimal("0.25"),
        lot=Decimal(5),
        min_quantity=Decimal(10),
        max_quantity=Decimal(1000),
    ),
    "CL": Instrument(symbol="CL", price_may_be_negative=True),
    "BTC": Instrument(symbol="BTC", tick=Decimal("0.1"), lot=Decimal("0.00000001")),
}


def order(**changes: Any) -> Order:
    plain: dict[str, Any] = {
        "order_id": "o1",
        "strategy": "dipper",
        "symbol": "SPY",
        "side": Side.BUY,
        "kind": OrderKind.MARKET,
        "quantity": Decimal(100),
        "created_at": NOW,
    }
    return Order(**plain | changes)


def limit(price: Any, **changes: Any) -> Order:
    return order(kind=OrderKind.LIMIT, limit_price=price, **changes)


def stop(price: Any, **changes: Any) -> Order:
    return order(kind=OrderKind.STOP, stop_price=price, **changes)


VALID = {
    "market": order(),
    "limit": limit(Decimal("10.01")),
    "limit written with more zeros than the tick": limit(Decimal("10.0100")),
    "stop": stop(Decimal("100.01")),
    "stop limit": order(kind=OrderKind.STOP_LIMIT, stop_price=Decimal(101), limit_price=Decimal("101.50")),
    "sell stop": stop(Decimal("99.99"), side=Side.SELL),
    "smallest quantity": order(symbol="ES", quantity=Decimal(10)),
    "largest quantity": order(symbol="ES", quantity=Decimal("1000.0")),
    "fraction where the lot allows it": order(symbol="BTC", quantity=Decimal("0.00000001")),
    "price below zero where it is allowed": limit(Decimal("-37.63"), symbol="CL"),
    "price of zero where it is allowed": limit(Decimal(0), symbol="CL"),
}


@pytest.mark.parametrize("name", VALID)
def test_a_valid_order_may_go(name: str) -> None:
    assert check_order(VALID[name], INSTRUMENTS, NOW, last_price=100.0) is None


REFUSED = [
    (order(order_id=""), "FIELD_MISSING: order_id must not be empty"),
    (order(strategy=""), "FIELD_MISSING: strategy must not be empty"),
    (order(symbol=""), "FIELD_MISSING: symbol must not be empty"),
    (order(side="buy"), "FIELD_INVALID: side must be one of BUY, SELL, was 'buy'; did you mean BUY?"),
    (order(side=None), "FIELD_INVALID: side must be one of BUY, SELL, was None"),
    (
        order(kind="LIMT"),
        f"FIELD_INVALID: kind must be one of {', '.join(OrderKind)}, was 'LIMT'; did you mean LIMIT?",
    ),
    (
        order(time_in_force="gtd"),
        f"FIELD_INVALID: time_in_force must be one of {', '.join(TimeInForce)}, was 'gtd'; did you mean GTD?",
    ),
    (
        order(symbol="SPX"),
        "UNKNOWN_SYMBOL: symbol must be one of the scenario's instruments, was SPX; did you mean SPY?",
    ),
    (order(symbol="QQQ"), "UNKNOWN_SYMBOL: symbol must be one of the scenario's instruments, was QQQ"),
    (order(quantity=Decimal(0)), "QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was 0"),
    (order(quantity=Decimal(-1)), "QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was -1"),
    (order(quantity=Decimal("NaN")), "QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was NaN"),
    (order(quantity=Decimal("sNaN")), "QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was sNaN"),
    (order(quantity=Decimal("inf")), "QUANTITY_NOT_POSITIVE: quantity must be a number above 0, was Infinity"),
    (order(quantity=1.5), "FIELD_INVALID: quantity must be a Decimal, was 1.5"),
    (order(quantity=None), "FIELD_INVALID: quantity must be a Decimal, was None"),
    (order(quantity=Decimal("0.1")), "OFF_LOT: quantity must be a whole number of lots of 1, was 0.1"),
    (order(symbol="ES", quantity=Decimal(12)), "OFF_LOT: quantity must be a whole number of lots of 5, was 12"),
    (order(symbol="ES", quantity=Decimal(5)), "BELOW_MIN_QUANTITY: quantity: limit=10, was=5"),
    (order(symbol="ES", quantity=Decimal(1005)), "ABOVE_MAX_QUANTITY: quantity: limit=1000, was=1005"),
    (
        order(quantity=Decimal("1E+40")),
        "ABOVE_MAX_QUANTITY: quantity must have at most 28 digits when counted in lots of 1, was 1E+40",
    ),
    (limit(None), "LIMIT_PRICE_MISSING: a LIMIT order must have a limit_price"),
    (order(limit_price=Decimal(10)), "LIMIT_PRICE_UNEXPECTED: a MARKET order must have no limit_price, was 10"),
    (stop(None), "STOP_PRICE_MISSING: a STOP order must have a stop_price"),
    (
        order(kind=OrderKind.STOP_LIMIT, limit_price=Decimal(10)),
        "STOP_PRICE_MISSING: a STOP_LIMIT order must have a stop_price",
    ),
    (
        limit(Decimal(10), stop_price=Decimal(9)),
        "STOP_PRICE_UNEXPECTED: a LIMIT order must have no stop_price, was 9",
    ),
    (limit(Decimal("10.005")), "OFF_TICK: limit_price must be on the tick of 0.01, was 10.005"),
    (limit(Decimal("1E+30")), "OFF_TICK: limit_price must be on the tick of 0.01, was 1E+30"),
    (stop(Decimal("100.3"), symbol="ES"), "OFF_TICK: stop_price must be on the tick of 0.25, was 100.3"),
    (limit(Decimal(0)), "PRICE_NOT_POSITIVE: limit_price must be above 0, was 0"),
    (limit(Decimal("-0.01")), "PRICE_NOT_POSITIVE: limit_price must be above 0, was -0.01"),
    (stop(Decimal(-1), side=Side.SELL), "PRICE_NOT_POSITIVE: stop_price must be above 0, was -1"),
    (limit(Decimal("NaN")), "PRICE_NOT_A_NUMBER: limit_price must be a finite number, was NaN"),
    (limit(Decimal("-inf"), symbol="CL"), "PRICE_NOT_A_NUMBER: limit_price must be a finite number, was -Infinity"),
    (limit(10.01), "FIELD_INVALID: limit_price must be a Decimal, was 10.01"),
    (
        stop(Decimal("100.00")),
        "STOP_WRONG_SIDE: stop_price of a BUY order must be above the last price 100.0, was 100.00",
    ),
    (
        stop(Decimal("100.01"), side=Side.SELL),
        "STOP_WRONG_SIDE: stop_price of a SELL order must be below the last price 100.0, was 100.01",
    ),
    (order(created_at=NOW + 1), "FROM_THE_FUTURE: created_at must not be after now, was 1 ns after"),
    (order(created_at=NOW - 501), "TOO_OLD: age in ns: limit=500, was=501"),
]


@pytest.mark.parametrize(("given_order", "message"), [pytest.param(*case, id=case[1]) for case in REFUSED])
def test_an_order_that_breaks_a_rule_is_refused_with_code_and_figures(given_order: Order, message: str) -> None:
    assert str(check_order(given_order, INSTRUMENTS, NOW, last_price=100.0, max_age_ns=500)) == message


def test_a_stop_equal_to_the_last_price_is_on_the_wrong_side_though_the_float_is_a_little_above_the_decimal() -> None:
    assert Decimal("10.05") < 10.05
    refusal = check_order(stop(Decimal("10.05"), side=Side.SELL), INSTRUMENTS, NOW, last_price=10.05)
    assert refusal == Refusal(
        code="STOP_WRONG_SIDE", text="stop_price of a SELL order must be below the last price 10.05, was 10.05"
    )


def test_before_the_first_price_no_stop_is_on_the_wrong_side() -> None:
    assert check_order(stop(Decimal(1)), INSTRUMENTS, NOW) is None


def test_without_a_largest_age_no_order_is_too_old() -> None:
    assert check_order(order(created_at=0), INSTRUMENTS, NOW) is None


def test_an_order_that_breaks_several_rules_is_refused_by_the_first() -> None:
    wrong = limit(Decimal("0.001"), symbol="ES", quantity=Decimal(3), created_at=NOW + 1)
    codes = []
    left = list(RULES)
    while refusal := check_order(wrong, INSTRUMENTS, NOW, rules=left):
        codes.append(refusal.code)
        left.remove(next(rule for rule in left if check_order(wrong, INSTRUMENTS, NOW, rules=[rule])))
    assert codes == ["OFF_LOT", "OFF_TICK", "FROM_THE_FUTURE"]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (["price", "quantity"], "OFF_TICK"),
        (["quantity", "price"], "OFF_LOT"),
        (["basic", "timestamps"], None),
        ([], None),
    ],
)
def test_only_the_rules_that_are_named_hold_and_in_that_order(rules: list[str], code: str | None) -> None:
    wrong = limit(Decimal("0.001"), quantity=Decimal("0.5"))
    refusal = check_order(wrong, INSTRUMENTS, NOW, rules=rules)
    assert (refusal and refusal.code) == code


def test_a_rule_that_does_not_exist_is_an_error_for_a_good_order_too() -> None:
    with pytest.raises(KeyError, match="sotp"):
        check_order(order(), INSTRUMENTS, NOW, rules=["basic", "sotp"])


amounts = st.sampled_from(
    [Decimal(text) for text in ("1", "10", "10.05", "10.25", "10.005", "0.00000001", "1001", "0", "-1", "1e-30")]
    + [Decimal("1e40"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), 1.5, "7"]
)


@given(
    wanted=st.builds(
        order,
        order_id=st.sampled_from(["o1", "o1", "o1", ""]),
        strategy=st.sampled_from(["dipper", "dipper", "dipper", ""]),
        symbol=st.sampled_from(["SPY", "SPY", "ES", "CL", "BTC", "QQQ", ""]),
        side=st.sampled_from([*Side, *Side, "BUY"]),
        kind=st.sampled_from([*OrderKind, OrderKind.MARKET, OrderKind.LIMIT, "LIMIT"]),
        quantity=st.just(Decimal(100)) | amounts,
        limit_price=st.none() | amounts,
        stop_price=st.none() | st.none() | amounts,
        time_in_force=st.sampled_from([*TimeInForce, "DAY"]),
        created_at=st.sampled_from([NOW, NOW, NOW - 10, NOW + 1]),
    ),
    last_price=st.none() | st.just(10.05),
    max_age_ns=st.sampled_from([None, 5, 10]),
    rules=st.lists(st.sampled_from(list(RULES)), unique=True) | st.just(list(RULES)),
)
def test_an_order_is_refused_by_the_first_rule_that_refuses_it_when_each_is_asked_alone(
    wanted: Order, last_price: float | None, max_age_ns: int | None, rules: list[str]
) -> None:
    around = Circumstances(instruments=INSTRUMENTS, now=NOW, last_price=last_price, max_age_ns=max_age_ns)
    try:
        expected = next((refusal for rule in rules if (refusal := RULES[rule](wanted, around)) is not None), None)
    except (InvalidOperation, TypeError) as error:  # what the rules that are not asked would have refused
        with pytest.raises(type(error)):
            check_order(wanted, INSTRUMENTS, NOW, last_price, max_age_ns=max_age_ns, rules=rules)
        return
    assert check_order(wanted, INSTRUMENTS, NOW, last_price, max_age_ns=max_age_ns, rules=rules) == expected


def test_a_strategy_that_narrows_the_decimal_context_has_its_orders_judged_as_before() -> None:
    with localcontext(prec=2):
        passed = check_order(limit(Decimal("1234.56"), quantity=Decimal(12_345)), INSTRUMENTS, NOW)
        refused = check_order(limit(Decimal("1234.565"), quantity=Decimal(12_345)), INSTRUMENTS, NOW)
    assert (passed, refused and refused.code) == (None, "OFF_TICK")


def test_rules_about_an_instrument_leave_an_unknown_symbol_to_the_rule_on_symbols() -> None:
    unknown = limit(Decimal("0.0001"), symbol="QQQ", quantity=Decimal("0.5"))
    assert check_order(unknown, INSTRUMENTS, NOW, rules=["quantity", "price"]) is None


@given(
    ticks=st.integers(1, 10**9), lots=st.integers(1, 10**9), tick=st.decimals("0.0001", "5", places=4),
    lot=st.decimals("0.0001", "1000", places=4), off=st.sampled_from(["", "quantity", "price"]),
)  # fmt: skip
def test_whole_ticks_and_lots_pass_and_halves_do_not(
    ticks: int, lots: int, tick: Decimal, lot: Decimal, off: str
) -> None:
    instruments = {"SPY": Instrument(symbol="SPY", tick=tick, lot=lot)}
    quantity = lots * lot + (lot / 2 if off == "quantity" else 0)
    price = ticks * tick + (tick / 2 if off == "price" else 0)
    refusal = check_order(limit(price, quantity=quantity), instruments, NOW)
    assert (refusal and refusal.code) == {"": None, "quantity": "OFF_LOT", "price": "OFF_TICK"}[off]


CODE = re.compile(r'(?:code=|Error\(|_over\(|_reject\(\w+, |_send_on\(\w+, |OrderState\.\w+, )"([A-Z_]+)"')


def test_every_code_has_its_section_on_the_page_of_codes_and_every_section_its_code() -> None:
    root = Path(__file__).parents[2]
    source = "\n".join(
        path.read_text() for floor in ("models", "actors") for path in sorted((root / floor).glob("*.py"))
    )
    sections = re.findall(r"^### (\w+)$", (root / "docs" / "errors.md").read_text(), re.MULTILINE)
    assert sorted(set(CODE.findall(source)) - {*sections, "EXPIRED"}) == []  # EXPIRED: between a book and its venue
    assert [code for code in sections if f'"{code}"' not in source] == []
    assert len(set(sections)) == len(sections)
