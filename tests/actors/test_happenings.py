"""What happens to a portfolio besides executions, alone on the stage."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.happenings import CORPORATE_ACTION
from tradepit.actors.order_desk import OpeningHolding, PortfolioSettings
from tradepit.actors.portfolio import Portfolio
from tradepit.models.account_events import CashReason
from tradepit.models.accruals import Accruals, BorrowRates
from tradepit.models.book_settings import BookSettings
from tradepit.models.corporate_actions import (
    CashDividend,
    Delisting,
    Rename,
    ScheduledAction,
    Split,
    StockDividend,
)
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.lots import CostMethod
from tradepit.models.market import Bar
from tradepit.models.messages import (
    AdjustOrdersOf,
    CancelOrdersOf,
    CashMoved,
    FillOfForgottenOrder,
    LotClosed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderFilled,
    PositionChanged,
    PositionSplit,
    RefuseOrder,
    RequestOrder,
    SymbolRenamed,
)
from tradepit.models.order_adjustments import adjustment_of
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, OrderKind, Side, TimeInForce
from tradepit.models.sizing import FixedQuantity


def loose(figures: Any) -> Any:
    """Let figures be compared with plain numbers."""
    return figures


D = Decimal
TAXED = CashDividend(amount=D("0.5"), withheld=D("0.2"))
INSTRUMENTS = {"X": Instrument(symbol="X"), "Y": Instrument(symbol="Y")}


def _portfolio(books: BookSettings, **holdings: tuple[int, int]) -> Portfolio:
    return Portfolio(
        PortfolioSettings(
            cash=D(10_000),
            currency="USD",
            instruments=INSTRUMENTS,
            sizing=FixedQuantity(quantity=D(10)),
            limits=Limits(),
            holdings={
                symbol: OpeningHolding(quantity=D(quantity), price=D(price))
                for symbol, (quantity, price) in holdings.items()
            },
            default_time_in_force=TimeInForce.GTC,
            close_positions=False,
            day_of=lambda at_ns: at_ns // 100,
            books=books,
        )
    )


def _actions(*actions: Any, symbol: str = "X") -> BookSettings:
    return BookSettings(
        actions=tuple(
            ScheduledAction(at=10 * (number + 1), symbol=symbol, action=one) for number, one in enumerate(actions)
        )
    )


@pytest.fixture
def live(play: Callable[..., Any]) -> Callable[..., Any]:
    """Let a portfolio hear (time, message) and bars of X at (time, close), up to a time."""

    def run(portfolio: Portfolio, *said: tuple[int, Any], end: int = 50) -> Any:
        lines = []
        for time, message in said:
            if isinstance(message, int):
                price = float(message)
                bar = Bar(symbol="X", time=time, open=price, high=price, low=price, close=price, volume=1.0)
                lines.append((time, "", bar))
            else:
                lines.append((time, "portfolio" if isinstance(message, RequestOrder) else "", message))
        return play({"portfolio": portfolio}, lines, neighbours=("orders",), end=end)

    return run


def _positions(heard: Any) -> list[tuple[str, str, Decimal, Decimal]]:
    """Return (symbol, cause, quantity, cash) of every position that was published after the start."""
    return [(c.symbol, c.cause, c.quantity, c.cash) for c in heard.news(PositionChanged) if c.fill or c.cause]


def _cash(heard: Any) -> list[tuple[CashReason, Decimal]]:
    return [(moved.reason, moved.amount) for moved in heard.news(CashMoved)]


def _event(kind: Callable[..., Any], fill: Fill, **changes: Any) -> Any:
    return kind(
        order_id=fill.order_id,
        strategy="mine",
        symbol=fill.symbol,
        side=fill.side,
        state=OrderState.FILLED,
        quantity=D(10),
        cumulative=D(0),
        leaves=D(0),
        average_price=D(0),
        time=0,
        fill=fill,
        **changes,
    )


# --- corporate actions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "held", "after", "cash", "mark"),
    [
        pytest.param(Split(new=D(4)), 100, "400", [], 12.5, id="4:1"),
        pytest.param(Split(new=D(3), old=D(2)), 5, "7", [(CashReason.FRACTION, D("16.665"))], 100 / 3, id="3:2"),
        pytest.param(StockDividend(share=D("0.25")), -100, "-125", [], 40.0, id="a fourth in stock, short"),
        pytest.param(TAXED, 100, "100", [(CashReason.DIVIDEND, D(40))], 50.0, id="a dividend"),
        pytest.param(TAXED, -100, "-100", [(CashReason.DIVIDEND, D(-50))], 50.0, id="a dividend, short"),
    ],
)
def test_an_action_changes_what_is_held_and_what_it_is_worth(
    live: Callable[..., Any], action: Any, held: int, after: str, cash: Any, mark: float
) -> None:
    portfolio = _portfolio(_actions(action), X=(held, 40))
    heard = live(portfolio, (5, 50))
    assert (portfolio.account.position("X"), _cash(heard)) == (D(after), cash)
    came = sum((amount for _, amount in cash), D(0))
    (changed,) = [one for one in heard.news(PositionChanged) if one.cause]
    assert (changed.quantity, changed.cash) == (D(after), 10_000 + came)
    assert portfolio._equity == pytest.approx(float(10_000 + came) + mark * float(after))
    (said,) = heard.to("orders")
    if isinstance(action, Split | StockDividend | CashDividend):
        adjustment = adjustment_of(action, action.amount if isinstance(action, CashDividend) else D(0))
        wanted = adjustment and AdjustOrdersOf(symbol="X", adjustment=adjustment, code=CORPORATE_ACTION)
    else:
        wanted = None
    assert said == (wanted or CancelOrdersOf(symbol="X", code=CORPORATE_ACTION))


def test_actions_come_one_after_another_and_those_before_the_start_never(play: Callable[..., Any]) -> None:
    portfolio = _portfolio(_actions(Split(new=D(2)), Split(new=D(3)), Split(new=D(5))), X=(10, 40))
    heard = play({"portfolio": portfolio}, neighbours=("orders",), start=15)
    assert [(split.new, split.before, split.after) for split in heard.news(PositionSplit)] == [
        (3, 10, 30),
        (5, 30, 150),
    ]


def test_who_holds_nothing_gets_nothing(live: Callable[..., Any]) -> None:
    actions = _actions(CashDividend(amount=D(1)), Split(new=D(2)), Rename(to="Y"))
    heard = live(_portfolio(actions))
    assert (_cash(heard), _positions(heard)) == ([], [])
    assert [(split.before, split.after) for split in heard.news(PositionSplit)] == [(0, 0)]


def test_a_position_goes_on_under_a_new_symbol_and_the_old_one_is_traded_no_more(live: Callable[..., Any]) -> None:
    portfolio = _portfolio(_actions(Rename(to="Y")), X=(10, 40))
    heard = live(portfolio, (5, 50), (20, _request()))
    assert loose(_positions(heard)) == [("X", "RENAME", 0, 10_000), ("Y", "RENAME", 10, 10_000)]
    assert [(event.symbol, event.to, event.quantity) for event in heard.news(SymbolRenamed)] == [("X", "Y", 10)]
    assert portfolio._equity == 10_500
    (_, refused) = heard.to("orders")
    assert isinstance(refused, RefuseOrder)
    assert (refused.code, refused.text) == ("SYMBOL_GONE", "X goes on as Y")


def test_a_delisted_position_is_closed_at_its_price(live: Callable[..., Any]) -> None:
    portfolio = _portfolio(_actions(Delisting(price=D("0.5"))), X=(-10, 40))
    heard = live(portfolio, (5, 50), (20, _request()))
    ((symbol, cause, quantity, cash),) = _positions(heard)
    assert loose((symbol, cause, quantity, cash, portfolio._equity)) == ("X", "", 0, 9_995, 9_995)
    assert heard.to("orders")[1].text == "X was delisted"


def _request() -> RequestOrder:
    return RequestOrder(
        order_id="mine-1",
        strategy="mine",
        symbol="X",
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=D(1),
        limit_price=None,
        stop_price=None,
        time_in_force=None,
        created_at=0,
    )


# --- fills that are taken back ------------------------------------------------------------------------------------


def test_a_bust_leaves_the_books_as_if_the_fill_had_never_been(
    live: Callable[..., Any], make_fill: Callable[..., Fill]
) -> None:
    first, second = make_fill("A-1", price=D(50)), make_fill("A-2", price=D(60), fee=D(1))
    portfolio = _portfolio(_actions(CashDividend(amount=D(1))))
    heard = live(
        portfolio,
        (1, _event(OrderFilled, first)),
        (2, _event(OrderFilled, second)),
        (20, _event(OrderFillBusted, second, reason="error")),
    )
    assert loose(_positions(heard)) == [
        ("X", "", 10, 9_500),
        ("X", "", 20, 8_899),
        ("X", "DIVIDEND", 20, 8_919),
        ("X", "BUST", 10, 9_510),
    ]
    assert loose(_cash(heard)) == [(CashReason.DIVIDEND, 20), (CashReason.REBOOKED, -10)]
    assert portfolio.account.positions["X"].average_price == 50


def test_a_correction_books_what_really_was(live: Callable[..., Any], make_fill: Callable[..., Fill]) -> None:
    before, truth = make_fill("A-1", price=D(50)), make_fill("A-1", price=D(49), quantity=D(9))
    portfolio = _portfolio(BookSettings())
    heard = live(
        portfolio,
        (1, _event(OrderFilled, before)),
        (2, _event(OrderFillCorrected, truth, before=before, reason="error")),
    )
    assert loose(_positions(heard)[-1]) == ("X", "CORRECTION", 9, 10_000 - 441)


# --- lots ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "realised", "lots"),
    [
        (CostMethod.AVERAGE, 300, []),
        (CostMethod.FIFO, 325, [("50", 1, 10, 250), ("60", 2, 5, 75)]),
        (CostMethod.LIFO, 275, [("60", 2, 10, 150), ("50", 1, 5, 125)]),
    ],
)
def test_realised_profit_is_that_of_the_method_and_lots_are_told(
    live: Callable[..., Any],
    make_fill: Callable[..., Fill],
    method: CostMethod,
    realised: int,
    lots: Sequence[tuple[str, int, int, int]],
) -> None:
    fills = [
        make_fill("A-1", price=D(50), time=1),
        make_fill("A-2", price=D(60), time=2),
        make_fill("A-3", price=D(75), side=Side.SELL, quantity=D(15), time=3),
    ]
    books = BookSettings(realised=method)
    heard = live(_portfolio(books), *[(fill.time, _event(OrderFilled, fill)) for fill in fills])
    last = heard.news(PositionChanged)[-1]
    told = [(str(lot.entry_price), lot.entry_time, lot.quantity, lot.pnl) for lot in heard.news(LotClosed)]
    assert (last.realised, told) == (realised, lots)
    if last.books is None:
        assert method is CostMethod.AVERAGE
    else:
        figures = (last.books.realised_average, last.books.realised_fifo, last.books.realised_lifo)
        assert figures == (300, 325, 275)


def test_lots_keep_their_times_through_a_split_and_a_bust(
    live: Callable[..., Any], make_fill: Callable[..., Fill]
) -> None:
    first, second = make_fill("A-1", price=D(50), time=1), make_fill("A-2", price=D(60), time=2)
    books = BookSettings(realised=CostMethod.FIFO, actions=(ScheduledAction(at=5, symbol="X", action=Split(new=D(2))),))
    sale = make_fill("A-3", price=D(40), side=Side.SELL, quantity=D(15), time=20)
    heard = live(
        _portfolio(books),
        (1, _event(OrderFilled, first)),
        (2, _event(OrderFilled, second)),
        (10, _event(OrderFillBusted, first, reason="error")),
        (20, _event(OrderFilled, sale)),
    )
    assert [(lot.entry_price, lot.entry_time, lot.quantity, lot.pnl) for lot in heard.news(LotClosed)] == [
        (30, 2, 15, 150)
    ]


# --- the cost of time ---------------------------------------------------------------------------------------------


def test_what_is_short_is_charged_for_at_each_close(play: Callable[..., Any]) -> None:
    accruals = Accruals(
        borrow=BorrowRates(rate=D("0.36"), by_symbol={"Y": D(0)}),
        next_due=lambda at: (at // 10 + 1) * 10,
        day_of=lambda at: (at - 1) // 10 * 2,
    )
    portfolio = _portfolio(BookSettings(accruals=accruals), X=(-10, 100), Y=(-10, 100))
    closes = [
        Bar(symbol="X", time=time, open=close, high=close, low=close, close=close, volume=1.0)
        for time, close in ((10, 90.0), (20, 50.0))
    ]
    heard = play({"portfolio": portfolio}, neighbours=("orders",), market=closes)
    assert _cash(heard) == [(CashReason.BORROW, D("-1.8")), (CashReason.BORROW, D(-1))]
    assert [moved.text for moved in heard.news(CashMoved)] == [
        "0.36 a year on 900.0, days=2",
        "0.36 a year on 500.0, days=2",
    ]
    assert (portfolio.account.borrow, portfolio.account.cash) == (D("2.8"), D("9997.2"))


def test_an_execution_of_an_order_that_nobody_remembers_is_booked(
    play: Callable[..., Any], make_fill: Callable[..., Any]
) -> None:
    told = FillOfForgottenOrder(strategy="mine", fill=make_fill(quantity=D(4), price=D(5), fee=D(1)), time=9)
    heard = play({"portfolio": _portfolio(BookSettings())}, [(9, "portfolio", told)], neighbours=("orders",))
    (booked,) = heard.news(PositionChanged)
    assert (booked.quantity, booked.cash, booked.fill) == (D(4), D(10_000 - 21), told.fill)
