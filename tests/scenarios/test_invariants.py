"""Invariants: each of them can be broken, and is then reported with the message that broke it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorFailed, Dispatch, Journal, System
from tradepit.models.account_events import CashReason
from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    AccountOpened,
    CashMoved,
    ChildCancelled,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    ChildReplaced,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    Liquidated,
    OrderClosed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    OrderReplaced,
    PositionBooks,
    PositionChanged,
    PositionSplit,
    RefuseOrder,
    ReplaceOrder,
    RouteOrder,
    SubmitChild,
    SubmitOrder,
    SymbolRenamed,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import ChildOrder, Fill, Liquidity, Order, OrderKind, Side, TimeInForce
from tradepit.scenarios.invariants import NAMES, Invariants, Violation

INSTRUMENTS = {"X": Instrument(symbol="X"), "F": Instrument(symbol="F", multiplier=Decimal(50))}
NOW = 1000
Line = tuple[str, Any]


class Orders(Actor):
    def on_order(self, message: SubmitOrder | RefuseOrder) -> None: ...


class Router(Actor):
    def on_report(self, message: RouteOrder | ChildRejected | ChildCancelled | ChildExpired) -> None: ...

    def on_change(self, message: ReplaceOrder | ChildReplaced) -> None: ...


class Broker(Actor):
    def on_child(self, message: SubmitChild | ChildFilled) -> None: ...


class Listener(Actor):
    def on_any(self, message: SubmitChild | PositionChanged) -> None: ...


class Speaker(Actor):
    def __init__(self, lines: tuple[Line, ...]) -> None:
        self.lines = lines

    def on_start(self) -> None:
        for to, message in self.lines:
            if to:
                self.send(to, message)
            else:
                self.publish(message)


FIRST = 2
"""Number of the first line: before it comes only the Start of the speaker, for the others have no `on_start`."""


@pytest.fixture(params=list(Dispatch), ids=str)
def watch(request: pytest.FixtureRequest) -> Callable[..., list[Violation]]:
    """Say lines at one instant, and return what was found wrong."""

    def run(*lines: Line, open_orders: int | None = None) -> list[Violation]:
        system = System(start=NOW, dispatch=request.param, journal=Journal(identity={}))
        actors = {"orders": Orders(), "router": Router(), "broker:A": Broker(), "listener": Listener()}
        for name, actor in actors.items():
            system.add(name, actor)
        system.add("speaker", Speaker(lines))
        invariants = Invariants(system, INSTRUMENTS, ["A"])
        trio.run(system.run)
        if open_orders is not None:
            invariants.finish(open_orders)
        return invariants.violations

    return run


def _order(order_id: str = "o-1", **changes: Any) -> Order:
    given: dict[str, Any] = {
        "order_id": order_id,
        "strategy": "mine",
        "symbol": "X",
        "side": Side.BUY,
        "kind": OrderKind.MARKET,
        "quantity": Decimal(10),
        "created_at": NOW,
    }
    return Order(**{**given, **changes})


def _fill(fill_id: str = "A-1", order_id: str = "o-1", **changes: Any) -> Fill:
    given: dict[str, Any] = {
        "fill_id": fill_id,
        "order_id": order_id,
        "child_id": f"{order_id}.1",
        "strategy": "mine",
        "symbol": "X",
        "side": Side.BUY,
        "quantity": Decimal(10),
        "price": Decimal(100),
        "reference_price": Decimal(100),
        "fee": Decimal(0),
        "currency": "USD",
        "venue": "A",
        "liquidity": Liquidity.TAKER,
        "time": NOW,
    }
    return Fill(**{**given, **changes})


def _route(order: Order) -> Line:
    return "router", RouteOrder(order=order, expires_at=None)


def _child(child_id: str = "o-1.1", quantity: int = 10) -> Line:
    order_id = child_id.rpartition(".")[0]
    child = ChildOrder(
        child_id=child_id,
        order_id=order_id,
        strategy="mine",
        venue="A",
        symbol="X",
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=Decimal(quantity),
        limit_price=None,
        stop_price=None,
        time_in_force=TimeInForce.GTC,
        expires_at=None,
    )
    return "broker:A", SubmitChild(child=child)


def _at_venue(fill: Fill) -> Line:
    report = ChildFilled(child_id=fill.child_id, order_id=fill.order_id, venue="A", leaves=Decimal(0), fill=fill)
    return "broker:A", report


def _filled(fill: Fill) -> Line:
    event = OrderFilled(
        order_id=fill.order_id,
        strategy="mine",
        symbol=fill.symbol,
        side=fill.side,
        state=OrderState.PARTIALLY_FILLED,
        quantity=Decimal(10),
        cumulative=fill.quantity,
        leaves=Decimal(0),
        average_price=fill.price,
        time=NOW,
        fill=fill,
    )
    return "", event


def _changed(quantity: str, cash: str, fill: Fill | None, symbol: str = "X") -> Line:
    changed = PositionChanged(
        symbol=symbol,
        quantity=Decimal(quantity),
        average_price=Decimal(0),
        realised=Decimal(0),
        fees=Decimal(0),
        cash=Decimal(cash),
        fill=fill,
    )
    return "", changed


def _closed(order: Order, code: str = "") -> Line:
    closed = OrderClosed(
        strategy="mine",
        order=order,
        state=OrderState.FILLED,
        cumulative=Decimal(0),
        average_price=Decimal(0),
        fees=Decimal(0),
        fills=0,
        venues=(),
        code=code,
        text="",
        closed_at=NOW,
        history=(),
    )
    return "", closed


def _opened(cash: int = 5000) -> Line:
    return "", AccountOpened(cash=Decimal(cash), currency="USD")


def _tripped(action: str, breaker: str = "b") -> Line:
    tripped = CircuitTripped(
        breaker=breaker, rule="manual", action=action, was=0.0, limit=0.0, cause="me", resets_at=None, time=NOW
    )
    return "", tripped


def _broken(invariant: str, line: int, text: str) -> Violation:
    """Return the violation by the line of that index."""
    return Violation(invariant, FIRST + line, NOW, text)


# --- cash and positions -------------------------------------------------------------------------------------------

MONEY = "cash_and_positions_are_the_sum_of_fills"


def test_books_that_add_up_break_nothing(watch: Callable[..., list[Violation]]) -> None:
    bought = _fill("A-1", fee=Decimal("1.5"))
    sold = _fill("A-2", "o-2", symbol="F", side=Side.SELL, quantity=Decimal(2), price=Decimal("9.5"))
    closing = _fill("AT_END-1", "", symbol="F", quantity=Decimal(2), price=Decimal(9), venue="AT_END")
    found = watch(
        _changed("3", "0", None),
        _opened(),
        _at_venue(bought),
        _at_venue(sold),
        _changed("13", "3998.5", bought),
        _changed("-2", "4948.5", sold, "F"),
        _changed("0", "4048.5", closing, "F"),
        open_orders=0,
    )
    assert found == []


@pytest.mark.parametrize(("quantity", "cash"), [("9", "4000"), ("10", "4000.01"), ("-10", "6000")])
def test_books_that_do_not_add_up_are_found(watch: Callable[..., list[Violation]], quantity: str, cash: str) -> None:
    text = f"after A-1: X must be 10 and cash 4000, was {quantity} and {cash}"
    found = watch(_opened(), _at_venue(_fill()), _changed(quantity, cash, _fill()))
    assert found == [_broken(MONEY, 2, text)]


# --- fills of venues and portfolio --------------------------------------------------------------------------------

FILLS = "venue_and_portfolio_fills_agree"


def test_a_fill_that_no_venue_made_is_found(watch: Callable[..., list[Violation]]) -> None:
    found = watch(_opened(), _changed("10", "4000", _fill()))
    assert found == [_broken(FILLS, 1, "A-1 was booked without a venue's fill")]


def test_a_fill_that_is_booked_twice_is_found(watch: Callable[..., list[Violation]]) -> None:
    found = watch(_opened(), _at_venue(_fill()), _changed("10", "4000", _fill()), _changed("20", "3000", _fill()))
    assert found == [_broken(FILLS, 3, "A-1 was booked without a venue's fill")]


def test_a_fill_that_the_portfolio_never_booked_is_found_at_the_end(watch: Callable[..., list[Violation]]) -> None:
    lines = (_opened(), _at_venue(_fill()), _at_venue(_fill("A-2")))
    assert watch(*lines) == []
    [found] = watch(*lines, open_orders=0)
    assert (found.invariant, found.text) == (FILLS, "2 fills were never booked, the first is A-1")


# --- no fill beyond the order -------------------------------------------------------------------------------------

BEYOND = "no_fill_beyond_the_order"


def test_fills_up_to_the_order_break_nothing(watch: Callable[..., list[Violation]]) -> None:
    order = _order(kind=OrderKind.LIMIT, limit_price=Decimal(100))
    parts = [_filled(_fill(f"A-{n}", quantity=Decimal(5))) for n in (1, 2)]
    assert watch(_route(order), *parts) == []


def test_a_fill_beyond_the_quantity_is_found(watch: Callable[..., list[Violation]]) -> None:
    parts = [_filled(_fill(f"A-{n}", quantity=Decimal(6))) for n in (1, 2)]
    assert watch(_route(_order()), *parts) == [_broken(BEYOND, 2, "o-1: 10 ordered, 12 filled")]


@pytest.mark.parametrize(("side", "price"), [(Side.BUY, "100.01"), (Side.SELL, "99.99")])
def test_a_fill_beyond_the_limit_is_found(watch: Callable[..., list[Violation]], side: Side, price: str) -> None:
    order = _order(side=side, kind=OrderKind.LIMIT, limit_price=Decimal(100))
    found = watch(_route(order), _filled(_fill(side=side, price=Decimal(price))))
    assert found == [_broken(BEYOND, 1, f"A-1: limit 100, was {price}")]


def test_a_fill_of_an_order_that_never_was_or_has_ended_is_found(watch: Callable[..., list[Violation]]) -> None:
    found = watch(_filled(_fill()), _route(_order()), _closed(_order()), _filled(_fill()))
    assert found == [_broken(BEYOND, line, "A-1 is of o-1, which is not live") for line in (0, 3)]


def test_an_order_goes_on_when_another_of_its_id_is_refused(watch: Callable[..., list[Violation]]) -> None:
    assert watch(_route(_order()), _closed(_order(), "DUPLICATE_ORDER_ID"), _filled(_fill())) == []


# --- no order is lost ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("submitted", "refused", "closed", "still_open", "lost"),
    [(2, 1, 3, 0, False), (2, 1, 1, 2, False), (2, 1, 2, 0, True), (2, 0, 2, 1, True), (0, 0, 0, 0, False)],
)
def test_every_order_has_ended_or_is_open(
    watch: Callable[..., list[Violation]], submitted: int, refused: int, closed: int, still_open: int, lost: bool
) -> None:
    lines = [
        *[("orders", SubmitOrder(order=_order()))] * submitted,
        *[("orders", RefuseOrder(order=_order(), code="C", text=""))] * refused,
        *[_closed(_order())] * closed,
    ]
    text = f"{submitted + refused} orders were received, {closed} ended and {still_open} are open"
    found = [(violation.invariant, violation.text) for violation in watch(*lines, open_orders=still_open)]
    assert found == ([("no_order_is_lost", text)] if lost else [])


# --- no order passes an open breaker ------------------------------------------------------------------------------

GATE = "no_order_passes_an_open_breaker"


@pytest.mark.parametrize("action", ["halt", "cancel_only"])
def test_an_order_that_passes_an_open_breaker_is_found(watch: Callable[..., list[Violation]], action: str) -> None:
    found = watch(_route(_order("o-0")), _tripped(action), _route(_order()))
    assert found == [_broken(GATE, 2, f"o-1 passed b, which is open: {action}")]


@pytest.mark.parametrize(
    "closing", [CircuitHalfOpened(breaker="b", probes=1, time=NOW), CircuitReset(breaker="b", time=NOW)]
)
def test_once_it_is_half_open_or_closed_orders_may_pass(watch: Callable[..., list[Violation]], closing: Any) -> None:
    assert watch(_tripped("halt"), ("", closing), _route(_order())) == []
    other = watch(_tripped("halt"), _tripped("halt", "other"), ("", closing), _route(_order()))
    assert [violation.text for violation in other] == ["o-1 passed other, which is open: halt"]


@pytest.mark.parametrize(
    ("held", "side", "out", "passes"),
    [
        ("10", Side.SELL, [], True),
        ("9", Side.SELL, [], False),
        ("10", Side.BUY, [], False),
        ("-10", Side.BUY, [], True),
        ("0", Side.SELL, [], False),
        ("19", Side.SELL, [_order("o-0", side=Side.SELL)], False),
        ("20", Side.SELL, [_order("o-0", side=Side.SELL)], True),
        ("10", Side.SELL, [_order("o-0"), _order("f-0", side=Side.SELL, symbol="F")], True),
    ],
)
def test_while_only_reducing_is_allowed_what_would_turn_a_position_round_is_found(
    watch: Callable[..., list[Violation]], held: str, side: Side, out: list[Order], passes: bool
) -> None:
    before = [_changed(held, "0", None), *map(_route, out), _tripped("reduce_only")]
    found = watch(*before, _route(_order(side=side)))
    wrong = _broken(GATE, len(before), "o-1 passed b, which is open: reduce_only")
    assert found == ([] if passes else [wrong])


def test_what_an_order_has_filled_is_no_longer_out(watch: Callable[..., list[Violation]]) -> None:
    sell = _order("o-0", side=Side.SELL)
    part = _fill(order_id="o-0", side=Side.SELL, quantity=Decimal(4))
    lines = [
        _changed("20", "0", None),
        _opened(0),
        _route(sell),
        _at_venue(part),
        _filled(part),
        _changed("16", "400", part),
        _tripped("reduce_only"),
        _route(_order(side=Side.SELL)),
    ]
    assert watch(*lines) == []


# --- children -----------------------------------------------------------------------------------------------------

CHILDREN = "children_never_exceed_the_parent"


def test_a_child_without_a_parent_is_found(watch: Callable[..., list[Violation]]) -> None:
    assert watch(_child()) == [_broken(CHILDREN, 0, "o-1.1 has no live parent")]


def test_children_that_exceed_their_parent_together_are_found(watch: Callable[..., list[Violation]]) -> None:
    found = watch(_route(_order()), _child("o-1.1", 6), _child("o-1.2", 4), _child("o-1.3", 1))
    assert found == [_broken(CHILDREN, 3, "o-1: 10 ordered, 11 filled or out at venues")]


def _replaced(quantity: int, child_id: str = "o-1.1") -> Line:
    report = ChildReplaced(
        child_id=child_id,
        order_id=child_id.rpartition(".")[0],
        venue="A",
        quantity=Decimal(quantity),
        leaves=Decimal(quantity),
        limit_price=None,
        stop_price=None,
        time=NOW,
    )
    return "router", report


def _asked(quantity: int | None, order_id: str = "o-1") -> Line:
    wanted = None if quantity is None else Decimal(quantity)
    return "router", ReplaceOrder(
        order_id=order_id, strategy="mine", quantity=wanted, limit_price=None, stop_price=None
    )


def test_children_may_grow_as_far_as_somebody_asked_for(watch: Callable[..., list[Violation]]) -> None:
    assert watch(_route(_order()), _child(), _asked(None), _asked(12), _asked(12, "o-9"), _replaced(12)) == []
    found = watch(_route(_order()), _child(), _asked(12), _replaced(13), _replaced(99, "o-9.1"))
    assert found == [_broken(CHILDREN, 3, "o-1: 12 ordered, 13 filled or out at venues")]


def test_a_fill_up_to_what_an_order_has_become_breaks_nothing(watch: Callable[..., list[Violation]]) -> None:
    order = _order(limit_price=Decimal(100), kind=OrderKind.LIMIT)
    become = OrderReplaced(
        order_id="o-1",
        strategy="mine",
        symbol="X",
        side=Side.BUY,
        state=OrderState.WORKING,
        quantity=Decimal(12),
        cumulative=Decimal(0),
        leaves=Decimal(12),
        average_price=Decimal(0),
        time=NOW,
        limit_price=Decimal(105),
        stop_price=None,
    )
    larger = _fill(quantity=Decimal(12), price=Decimal(105))
    said = ("", become)
    assert [one.invariant for one in watch(_route(order), said, _filled(larger))] == []
    found = watch(_route(order), _filled(larger))
    assert [one.invariant for one in found] == ["no_fill_beyond_the_order", "no_fill_beyond_the_order"]


ENDS = [
    ChildRejected(child_id="o-1.1", order_id="o-1", venue="A", code="", text="", time=NOW),
    ChildCancelled(child_id="o-1.1", order_id="o-1", venue="A", leaves=Decimal(6), code="", time=NOW),
    ChildExpired(child_id="o-1.1", order_id="o-1", venue="A", leaves=Decimal(6), time=NOW),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_what_has_come_back_may_be_sent_again_and_no_more(watch: Callable[..., list[Violation]], end: Any) -> None:
    before = [_route(_order()), _child("o-1.1", 6), ("router", end)]
    assert watch(*before, _child("o-1.2", 10)) == []
    [found] = watch(*before, _child("o-1.2", 11))
    assert found.text == "o-1: 10 ordered, 11 filled or out at venues"


def test_what_a_child_filled_before_it_ended_stays_counted(watch: Callable[..., list[Violation]]) -> None:
    end = ChildCancelled(child_id="o-1.1", order_id="o-1", venue="A", leaves=Decimal(2), code="", time=NOW)
    found = watch(_route(_order()), _child("o-1.1", 6), ("router", end), _child("o-1.2", 7))
    assert [violation.text for violation in found] == ["o-1: 10 ordered, 11 filled or out at venues"]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_the_end_of_a_child_that_nobody_knows_is_no_matter(watch: Callable[..., list[Violation]], end: Any) -> None:
    assert watch(("router", end), _route(_order()), ("router", end), _child()) == []


# --- time ---------------------------------------------------------------------------------------------------------

FUTURE = "no_message_from_the_future"


@pytest.mark.parametrize("refused", [False, True])
def test_an_order_from_the_future_is_found(watch: Callable[..., list[Violation]], refused: bool) -> None:
    order = _order(created_at=NOW + 1)
    said: Any = RefuseOrder(order=order, code="C", text="") if refused else SubmitOrder(order=order)
    assert watch(("orders", said)) == [_broken(FUTURE, 0, "o-1 was created at a later time")]


def test_a_fill_from_the_future_is_found(watch: Callable[..., list[Violation]]) -> None:
    found = watch(_route(_order()), _filled(_fill(time=NOW + 1)))
    assert found == [_broken(FUTURE, 1, "A-1 was executed at a later time")]


# --- what happens besides fills -----------------------------------------------------------------------------------

LIQUIDATION = "no_liquidation_beyond_the_position"
HELD = ("", AccountOpened(cash=Decimal(1_000), currency="USD", balances={"EUR": Decimal(50)}))


def _adjusted(quantity: str, cash: str, cause: str, symbol: str = "X", balance: str | None = None) -> Line:
    _, changed = _changed(quantity, cash, None, symbol)
    books = None
    if balance is not None:
        zero = Decimal(0)
        books = PositionBooks(
            realised_average=zero,
            realised_fifo=zero,
            realised_lifo=zero,
            currency="EUR",
            balance=Decimal(balance),
            rate=Decimal("1.25"),
        )
    return "", attrs.evolve(changed, cause=cause, books=books)


def _split(before: str, after: str, new: int = 3, old: int = 2) -> Line:
    return "", PositionSplit(
        symbol="X",
        new=Decimal(new),
        old=Decimal(old),
        before=Decimal(before),
        after=Decimal(after),
        paid_out=Decimal(0),
        price=Decimal(0),
        time=NOW,
    )


def _moved(amount: str, currency: str = "USD") -> Line:
    return "", CashMoved(
        reason=CashReason.DIVIDEND, symbol="X", amount=Decimal(amount), currency=currency, text="", time=NOW
    )


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        pytest.param([_changed("10", "1000", None), _split("10", "15"), _adjusted("15", "1000", "SPLIT")], None),
        pytest.param(
            [_changed("5", "1000", None), _split("5", "7"), _moved("3"), _adjusted("7", "1003", "SPLIT")], None
        ),
        pytest.param([_changed("5", "1000", None), _split("5", "7.5"), _adjusted("7.5", "1000", "SPLIT")], None),
        pytest.param([_changed("10", "1000", None), _split("10", "16")], "X must be 15 or 15 after 3:2 of 10, was 16"),
        pytest.param(
            [_changed("10", "1000", None), _moved("2.4"), _adjusted("10", "1002.5", "DIVIDEND")],
            "after DIVIDEND: X must be 10 and cash 1002.4, was 10 and 1002.5",
        ),
        pytest.param([_moved("-3", "EUR"), _adjusted("0", "1000", "BORROW", balance="47")], None),
        pytest.param(
            [_moved("-3", "EUR"), _adjusted("0", "1000", "BORROW", balance="46")],
            "after BORROW: the balance in EUR must be 47, was 46",
        ),
        pytest.param(
            [
                _changed("10", "1000", None),
                ("", SymbolRenamed(symbol="X", to="F", quantity=Decimal(10), time=NOW)),
                _adjusted("0", "1000", "RENAME"),
                _adjusted("10", "1000", "RENAME", symbol="F"),
            ],
            None,
        ),
    ],
)
def test_what_happens_besides_fills_must_add_up(
    watch: Callable[..., list[Violation]], lines: list[Line], text: str | None
) -> None:
    found = watch(HELD, *lines)
    assert [(violation.invariant, violation.text) for violation in found] == ([] if text is None else [(MONEY, text)])


def _taken_back(fill: Fill, truth: Fill | None = None) -> Line:
    given: dict[str, Any] = {
        "order_id": fill.order_id,
        "strategy": "mine",
        "symbol": fill.symbol,
        "side": fill.side,
        "state": OrderState.WORKING,
        "quantity": Decimal(10),
        "cumulative": Decimal(0),
        "leaves": Decimal(10),
        "average_price": Decimal(0),
        "time": NOW,
        "reason": "error",
    }
    if truth is None:
        return "", OrderFillBusted(**given, fill=fill)
    return "", OrderFillCorrected(**given, before=fill, fill=truth)


@pytest.mark.parametrize(
    ("cause", "quantity", "cash", "text"),
    [
        ("BUST", "0", "1000", None),
        ("BUST", "0", "999", "after BUST: X must be 0 and cash 1000, was 0 and 999"),
        ("CORRECTION", "8", "920", None),
        ("CORRECTION", "8", "900", "after CORRECTION: X must be 8 and cash 920, was 8 and 900"),
    ],
)
def test_what_is_taken_back_must_be_undone(
    watch: Callable[..., list[Violation]], cause: str, quantity: str, cash: str, text: str | None
) -> None:
    fill = _fill(price=Decimal(12), fee=Decimal(1))
    truth = _fill(quantity=Decimal(8), price=Decimal(10)) if cause == "CORRECTION" else None
    found = watch(
        ("", AccountOpened(cash=Decimal(1_000), currency="USD")),
        _route(_order()),
        _at_venue(fill),
        _filled(fill),
        _changed("10", "879", fill),
        _taken_back(fill, truth),
        _adjusted(quantity, cash, cause),
    )
    assert [violation.text for violation in found] == ([] if text is None else [text])


@pytest.mark.parametrize(
    ("after", "found"), [("2", []), ("0", []), ("-2", ["margin-1 closed 10 X, and -2 is held on the other side"])]
)
def test_a_margin_call_that_closes_too_much_is_found(
    watch: Callable[..., list[Violation]], after: str, found: list[str]
) -> None:
    event = Liquidated(
        symbol="X", side=Side.SELL, quantity=Decimal(10), price=Decimal(1), order_id="margin-1", time=NOW
    )
    violations = watch(_changed(after, "0", None), ("", event))
    assert [(v.invariant, v.text) for v in violations] == [(LIQUIDATION, text) for text in found]


# --- the list -----------------------------------------------------------------------------------------------------


def test_every_invariant_has_a_name_and_is_broken_by_some_test_here() -> None:
    assert set(NAMES) == {MONEY, FILLS, BEYOND, "no_order_is_lost", GATE, CHILDREN, FUTURE, LIQUIDATION}


def test_of_a_thousand_violations_the_first_twenty_are_kept(watch: Callable[..., list[Violation]]) -> None:
    found = watch(*[_child(f"o-{number}.1") for number in range(100)])
    assert [violation.text for violation in found] == [f"o-{number}.1 has no live parent" for number in range(20)]


# --- how they read ------------------------------------------------------------------------------------------------


def test_without_a_journal_there_is_nothing_to_read() -> None:
    with pytest.raises(ValueError, match="the system must have a journal, had none"):
        Invariants(System(), INSTRUMENTS, ["A"])


def test_what_breaks_one_just_before_a_failure_is_found() -> None:
    class Fails(Broker):
        def on_child(self, message: SubmitChild | ChildFilled) -> None:
            raise RuntimeError("gone")

    system = System(start=NOW, journal=Journal(identity={}))
    system.add("broker:A", Fails())
    system.add("speaker", Speaker((_child(),)))
    invariants = Invariants(system, INSTRUMENTS, ["A"])
    with pytest.raises(ActorFailed, match="gone"):
        trio.run(system.run)
    assert invariants.violations == [_broken(CHILDREN, 0, "o-1.1 has no live parent")]


def test_what_goes_to_somebody_else_or_is_only_sent_does_not_count(watch: Callable[..., list[Violation]]) -> None:
    _, child = _child()
    _, changed = _changed("1", "1", _fill())
    assert watch(("listener", child), ("listener", changed)) == []
