"""What holds for any orders of any kind on any bars: quantities, groups, positions, our own orders."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.matching import Dead, Execution, Reduced
from tradepit.models.orders import ChildOrder, Contingency, OrderKind, OrderTerms, Side, TimeInForce
from tradepit.models.self_trade import PREVENTIONS, Prevention
from tradepit.models.slippage import NoSlippage

D = Decimal
PRICES = st.integers(90, 110)
KINDS = [kind for kind in OrderKind if kind is not OrderKind.PEGGED]


@st.composite
def orders_sent(draw: st.DrawFn) -> list[ChildOrder]:
    sent = []
    for number in range(draw(st.integers(1, 7))):
        kind = draw(st.sampled_from(KINDS))
        grouped = draw(st.sampled_from([None, "one", "two"]))
        sent.append(
            ChildOrder(
                child_id=str(number),
                order_id="o",
                strategy="s",
                venue="V",
                symbol="XYZ",
                side=draw(st.sampled_from(Side)),
                kind=kind,
                quantity=D(draw(st.integers(1, 30))),
                limit_price=D(draw(PRICES)) if kind.has_limit else None,
                stop_price=D(draw(PRICES)) if kind.has_stop else None,
                time_in_force=draw(st.sampled_from([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK])),
                expires_at=None,
                terms=OrderTerms(
                    post_only=draw(st.booleans()) and kind.has_limit,
                    reduce_only=draw(st.booleans()),
                    display_quantity=D(5) if kind is OrderKind.ICEBERG else None,
                    trail_offset=D(draw(st.integers(1, 9))) if kind.trails else None,
                    limit_offset=D(1) if kind is OrderKind.TRAILING_STOP_LIMIT else None,
                    group=grouped,
                    contingency=None if grouped is None else Contingency.OCO if grouped == "one" else Contingency.OUO,
                ),
            )
        )
    return sent


@st.composite
def bars_seen(draw: st.DrawFn) -> list[Bar]:
    made = []
    for time in range(draw(st.integers(1, 4))):
        low, high = sorted(draw(st.tuples(PRICES, PRICES)))
        opened, close = draw(st.integers(low, high)), draw(st.integers(low, high))
        volume = float(draw(st.integers(0, 400)))
        made.append(
            Bar(
                symbol="XYZ",
                time=time,
                open=float(opened),
                high=float(high),
                low=float(low),
                close=float(close),
                volume=volume,
            )
        )
    return made


@settings(max_examples=400)
@given(
    orders=orders_sent(),
    bars=bars_seen(),
    held=st.integers(-40, 40),
    prevention=st.sampled_from(PREVENTIONS),
    path=st.sampled_from(["adaptive", "ohlc", "olhc", "worst", "close"]),
    gap_price=st.sampled_from(["open", "worse", "own"]),
)
def test_quantities_add_up_groups_hold_and_no_order_that_reduces_flips(
    orders: list[ChildOrder], bars: list[Bar], held: int, prevention: Prevention, path: str, gap_price: str
) -> None:
    rules = BarRules(path=path, self_trade_prevention=prevention, gap_price=gap_price)  # type: ignore[arg-type]
    book = BarBook(Instrument(symbol="XYZ", tick=D("0.5")), rules, NoSlippage())
    book.held = D(held)
    sent = {order.child_id: order for order in orders}
    open_quantity: dict[str, Decimal] = {}
    filled: dict[str, Decimal] = dict.fromkeys(sent, D(0))
    position = D(held)
    for number, order in enumerate(orders):
        book.add(order, last=100.0 if number % 2 else None)
        open_quantity[order.child_id] = order.quantity
        for outcome in book.meet_own(order.child_id, 100.0):
            _count(outcome, open_quantity)
    for bar in bars:
        book.held, given_out = position, D(0)
        for outcome in book.match(bar):
            if isinstance(outcome, Execution):
                order = sent[outcome.child_id]
                given_out += outcome.quantity
                before = position
                position += order.side.sign * outcome.quantity
                filled[outcome.child_id] += outcome.quantity
                assert order.terms is not None
                if order.terms.reduce_only:
                    assert abs(position) < abs(before)
                    assert position * before >= 0
                if order.terms.post_only:
                    assert outcome.liquidity == "MAKER"
            _count(outcome, open_quantity)
        assert given_out <= D(int(bar.volume)) / 10
    assert {name: book.leaves(name) for name in open_quantity} == open_quantity
    reducing = {name for name, order in sent.items() if order.terms is not None and order.terms.reduce_only}
    assert book.reducing == len(reducing & set(open_quantity))
    of_one = [name for name, order in sent.items() if order.terms is not None and order.terms.group == "one"]
    assert sum(filled[name] > 0 for name in of_one) <= 1
    if any(filled[name] > 0 for name in of_one):
        assert sum(name in open_quantity for name in of_one) <= 1


def _count(outcome: Execution | Dead | Reduced, open_quantity: dict[str, Decimal]) -> None:
    """Take an outcome off what is open, and hold its figures to that."""
    name = outcome.child_id
    if isinstance(outcome, Execution):
        open_quantity[name] -= outcome.quantity
        assert outcome.leaves == open_quantity[name] >= 0 < outcome.quantity
    elif isinstance(outcome, Dead):
        assert outcome.leaves == open_quantity[name] > 0
        open_quantity[name] = D(0)
    else:
        assert 0 < outcome.leaves < open_quantity[name]
        open_quantity[name] = outcome.leaves
    if not open_quantity[name]:
        del open_quantity[name]
