"""A portfolio with margin, several currencies and marks by side, alone on the stage."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.margin_portfolio import MARGIN, MARGIN_CALL, MarginPortfolio
from tradepit.actors.order_desk import OpeningHolding, PortfolioSettings
from tradepit.models.accruals import Accruals, BorrowRates
from tradepit.models.book_settings import BookSettings, Marks
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.margin import REG_T, LiquidateFirst
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    CancelOrdersOf,
    CashMoved,
    Liquidated,
    MarginCalled,
    MarginCallMet,
    OrderFilled,
    OrderRejected,
    PositionChanged,
    RefuseOrder,
    RequestOrder,
    SubmitOrder,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, OrderKind, Side, TimeInForce
from tradepit.models.sizing import FixedCash, FixedQuantity, PercentOfEquity


def loose(figures: Any) -> Any:
    """Let figures be compared with plain numbers."""
    return figures


D = Decimal
INSTRUMENTS = {
    "X": Instrument(symbol="X"),
    "SAP": Instrument(symbol="SAP", currency="EUR"),
    "EURUSD": Instrument(symbol="EURUSD", base="EUR"),
}


def _portfolio(
    books: BookSettings, cash: int = 10_000, instruments: Any = INSTRUMENTS, sizing: Any = None, **held: tuple[int, int]
) -> MarginPortfolio:
    return MarginPortfolio(
        PortfolioSettings(
            cash=D(cash),
            currency="USD",
            instruments=instruments,
            sizing=sizing or FixedQuantity(quantity=D(10)),
            limits=Limits(),
            holdings={symbol: OpeningHolding(quantity=D(q), price=D(p)) for symbol, (q, p) in held.items()},
            default_time_in_force=TimeInForce.GTC,
            close_positions=False,
            day_of=lambda at_ns: at_ns // 100,
            books=books,
        )
    )


def _bar(time: int, price: float, symbol: str = "X") -> Bar:
    return Bar(symbol=symbol, time=time, open=price, high=price, low=price, close=price, volume=1.0)


def _quote(time: int, bid: float, ask: float, symbol: str = "X") -> Quote:
    return Quote(symbol=symbol, time=time, bid=bid, ask=ask, bid_size=1.0, ask_size=1.0)


def _event(kind: Callable[..., Any], order_id: str, strategy: str = "mine", **changes: Any) -> Any:
    given: dict[str, Any] = {
        "order_id": order_id,
        "strategy": strategy,
        "symbol": "X",
        "side": Side.SELL,
        "state": OrderState.FILLED,
        "quantity": D(10),
        "cumulative": D(0),
        "leaves": D(0),
        "average_price": D(0),
        "time": 0,
    }
    return kind(**{**given, **changes})


@pytest.fixture
def live(play: Callable[..., Any]) -> Callable[..., Any]:
    def run(portfolio: MarginPortfolio, *said: Any, end: int = 50) -> Any:
        lines = []
        for one in said:
            if isinstance(one, Bar | Quote | Trade):
                lines.append((one.time, "", one))
            else:
                time, message = one
                lines.append((time, "portfolio" if isinstance(message, RequestOrder) else "", message))
        return play({"portfolio": portfolio}, lines, neighbours=("orders",), end=end)

    return run


# --- marks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "held", "equity"),
    [
        (Marks.LAST, 10, 10_120),
        (Marks.MID, 10, 10_110),
        (Marks.BID_ASK, 10, 10_100),
        (Marks.BID_ASK, -10, 9_880),
        (Marks.MID, -10, 9_890),
    ],
)
def test_a_position_is_marked_as_the_scenario_says(
    live: Callable[..., Any], marks: Marks, held: int, equity: int
) -> None:
    portfolio = _portfolio(BookSettings(marks=marks, margin=REG_T), X=(held, 10))
    live(portfolio, _quote(1, 10.0, 12.0), Trade(symbol="X", time=2, price=12.0, size=1.0))
    assert portfolio._equity == equity


def test_a_print_marks_what_has_no_quotes(live: Callable[..., Any]) -> None:
    portfolio = _portfolio(BookSettings(marks=Marks.MID), X=(10, 10))
    live(portfolio, Trade(symbol="X", time=2, price=12.0, size=1.0))
    assert portfolio._equity == 10_120


def test_a_fill_that_turns_a_position_turns_its_side_of_the_quote(
    live: Callable[..., Any], make_fill: Callable[..., Fill]
) -> None:
    portfolio = _portfolio(BookSettings(marks=Marks.BID_ASK), X=(10, 10))
    fill = make_fill(side=Side.SELL, quantity=D(20), price=D(10))
    live(portfolio, _quote(1, 10.0, 12.0), (2, _event(OrderFilled, "mine-1", fill=fill)))
    assert portfolio._equity == 10_000 + 200 - 120


# --- currencies -----------------------------------------------------------------------------------------------------


def test_a_rate_revalues_what_is_held_in_its_currency(live: Callable[..., Any], make_fill: Callable[..., Fill]) -> None:
    portfolio = _portfolio(BookSettings(rates={"EURUSD": D("1.25")}), SAP=(10, 100))
    fill = make_fill(symbol="SAP", currency="EUR", quantity=D(10), price=D(110), side=Side.SELL, fee=D(2))
    heard = live(
        portfolio,
        _bar(1, 110.0, "SAP"),
        (2, _event(OrderFilled, "mine-1", symbol="SAP", fill=fill)),
        _bar(3, 1.5, "EURUSD"),
        _bar(4, 1.5, "EURUSD"),
    )
    assert portfolio._equity == 10_000 + 1.5 * 1_098
    last = heard.news(PositionChanged)[-1]
    assert (last.books.currency, last.books.balance, last.books.rate, last.cash) == ("EUR", 1_098, D("1.25"), 10_000)


def test_an_order_in_a_currency_without_a_rate_is_refused(live: Callable[..., Any]) -> None:
    request = RequestOrder(
        order_id="mine-1",
        strategy="mine",
        symbol="SAP",
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=D(1),
        limit_price=None,
        stop_price=None,
        time_in_force=None,
        created_at=0,
    )
    heard = live(_portfolio(BookSettings()), _bar(1, 100.0, "SAP"), (2, request))
    (refused,) = heard.to("orders")
    assert isinstance(refused, RefuseOrder)
    assert (refused.code, refused.text) == ("NO_RATE", "no rate of EUR into USD was seen")


def test_an_inverse_contract_adds_its_profit_to_equity_not_its_size(live: Callable[..., Any]) -> None:
    """1,000 contracts from 40,000 to 50,000 earn 0.005 BTC, at another instrument's 40,000 USD each."""
    instruments = {
        "BTCUSD": Instrument(symbol="BTCUSD", base="BTC"),
        "XBT": Instrument(symbol="XBT", base="BTC", inverse=True),
    }
    books = BookSettings(rates={"BTCUSD": D(40_000)})
    portfolio = _portfolio(books, instruments=instruments, XBT=(1_000, 40_000))
    live(portfolio, _bar(1, 50_000.0, "XBT"))
    assert portfolio._equity == pytest.approx(10_200)


@pytest.mark.parametrize(
    ("sizing", "symbol", "price", "quantity"),
    [
        (PercentOfEquity(fraction=D("0.1")), "SAP", 80.0, 10),
        (FixedCash(cash=D(1_000)), "SAP", 80.0, 10),
        (PercentOfEquity(fraction=D("0.1")), "X", 80.0, 12),
        (PercentOfEquity(fraction=D("0.1")), "XBT", 40_000.0, 1_000),
    ],
)
def test_orders_are_sized_in_the_currency_of_their_price(
    live: Callable[..., Any], sizing: Any, symbol: str, price: float, quantity: int
) -> None:
    """10% of 10,000 USD, at 1.25 USD for a EUR and 40,000 USD for a BTC."""
    instruments = {**INSTRUMENTS, "XBT": Instrument(symbol="XBT", base="BTC", inverse=True)}
    books = BookSettings(rates={"EURUSD": D("1.25"), "XBT": D(40_000)})
    portfolio = _portfolio(books, instruments=instruments, sizing=sizing)
    request = RequestOrder(
        order_id="mine-1",
        strategy="mine",
        symbol=symbol,
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=None,
        limit_price=None,
        stop_price=None,
        time_in_force=None,
        created_at=0,
    )
    assert _orders(live(portfolio, _bar(1, price, symbol), (2, request))) == [("mine-1", Side.BUY, D(quantity))]


# --- margin ---------------------------------------------------------------------------------------------------------


def _called(**changes: Any) -> BookSettings:
    return BookSettings(margin=REG_T, **changes)


def _orders(heard: Any) -> list[tuple[str, Side, Decimal]]:
    return [
        (one.order.order_id, one.order.side, one.order.quantity)
        for one in heard.to("orders")
        if isinstance(one, SubmitOrder)
    ]


def test_a_call_closes_what_is_missing_under_the_portfolios_own_name(live: Callable[..., Any]) -> None:
    """Held: 1,000 at 10, of which 6,000 are lent. At 7.80 equity is 1,800 and the maintenance 1,950."""
    portfolio = _portfolio(_called(), cash=-6_000, X=(1_000, 10))
    heard = live(portfolio, _bar(1, 9.0), _bar(2, 7.8))
    (call,) = heard.news(MarginCalled)
    assert (call.equity, call.maintenance, call.deficit, call.due_at, call.time) == (1_800, 1_950, 150, 2, 2)
    cancel, submit = heard.to("orders")
    assert cancel == CancelOrdersOf(symbol="X", code=MARGIN_CALL)
    order = submit.order
    assert (order.order_id, order.strategy, order.side, order.quantity) == ("margin-1", MARGIN, Side.SELL, 77)
    assert order.terms.reduce_only


def test_a_call_is_over_when_equity_covers_the_maintenance_again(
    live: Callable[..., Any], make_fill: Callable[..., Fill]
) -> None:
    portfolio = _portfolio(_called(), cash=-6_000, X=(1_000, 10))
    fill = make_fill("A-1", "margin-1", strategy=MARGIN, side=Side.SELL, quantity=D(77), price=D("7.8"))
    heard = live(portfolio, _bar(2, 7.8), (3, _event(OrderFilled, "margin-1", MARGIN, fill=fill)), _bar(4, 7.8))
    (liquidated,) = heard.news(Liquidated)
    assert (liquidated.symbol, liquidated.side, liquidated.quantity, liquidated.price) == ("X", Side.SELL, 77, D("7.8"))
    (met,) = heard.news(MarginCallMet)
    assert (met.equity, met.maintenance, met.time) == (1_800, D("1799.85"), 3)
    assert loose(_orders(heard)) == [("margin-1", Side.SELL, 77)]


def test_the_grace_of_a_call_gives_time(live: Callable[..., Any]) -> None:
    portfolio = _portfolio(_called(grace_ns=10), cash=-6_000, X=(1_000, 10))
    heard = live(portfolio, _bar(2, 7.8), _bar(5, 8.5), _bar(6, 7.8), _bar(20, 7.7))
    assert [(call.time, call.due_at) for call in heard.news(MarginCalled)] == [(2, 12), (6, 16)]
    assert [met.time for met in heard.news(MarginCallMet)] == [5]
    assert [(time, one.order.order_id) for time, one in heard.sent["orders"] if isinstance(one, SubmitOrder)] == [
        (16, "margin-1")
    ]


def test_what_was_refused_is_sent_again_with_the_next_price(live: Callable[..., Any]) -> None:
    portfolio = _portfolio(_called(), cash=-6_000, X=(1_000, 10))
    rejected = _event(OrderRejected, "margin-1", MARGIN, state=OrderState.REJECTED, code="HALTED", text="")
    heard = live(portfolio, _bar(2, 7.8), (3, rejected), _bar(4, 7.7))
    assert loose(_orders(heard)) == [("margin-1", Side.SELL, 77), ("margin-2", Side.SELL, 117)]


def test_a_call_may_close_nothing(live: Callable[..., Any]) -> None:
    portfolio = _portfolio(_called(liquidate=None), cash=-6_000, X=(1_000, 10))
    heard = live(portfolio, _bar(2, 7.8), _bar(3, 7.0))
    assert (len(heard.news(MarginCalled)), heard.to("orders")) == (1, [])


def test_one_order_takes_no_more_than_the_instrument_lets_it(live: Callable[..., Any]) -> None:
    instruments = {"X": Instrument(symbol="X", max_quantity=D(50))}
    portfolio = _portfolio(_called(), cash=-6_000, instruments=instruments, X=(1_000, 10))
    heard = live(portfolio, _bar(2, 7.8))
    assert loose(_orders(heard)) == [("margin-1", Side.SELL, 50)]


def test_the_worst_position_can_go_first(live: Callable[..., Any]) -> None:
    """Equity is 7,900 - 400 - 5,600 and the maintenance 1,975 + 400: 475 are missing, of which Y frees 400."""
    instruments = {"X": Instrument(symbol="X"), "Y": Instrument(symbol="Y")}
    books = _called(liquidate=LiquidateFirst.WORST)
    portfolio = _portfolio(books, cash=-5_600, instruments=instruments, X=(1_000, 8), Y=(-100, 1))
    heard = live(portfolio, _bar(2, 4.0, "Y"), _bar(2, 7.9))
    assert loose(_orders(heard)) == [("margin-1", Side.BUY, 100), ("margin-2", Side.SELL, 38)]


def test_interest_is_charged_on_what_is_lent(live: Callable[..., Any]) -> None:
    accruals = Accruals(
        borrow=BorrowRates(),
        interest=D("0.36"),
        next_due=lambda at: (at // 10 + 1) * 10,
        day_of=lambda at: (at - 1) // 10,
    )
    portfolio = _portfolio(_called(accruals=accruals), cash=-6_000, X=(1_000, 10))
    heard = live(portfolio, _bar(1, 10.0), end=15)
    assert [(moved.reason, moved.symbol, moved.amount, moved.currency) for moved in heard.news(CashMoved)] == [
        ("INTEREST", "", -6, "USD")
    ]
    assert loose((portfolio.account.interest, portfolio._equity)) == (6, 3_994)
