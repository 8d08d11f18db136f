"""The invariants' own books: cash by currency and quantities, by sums of their own."""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.instruments import Instrument
from tradepit.models.messages import (
    AccountOpened,
    OrderFillBusted,
    OrderFillCorrected,
    PositionBooks,
    PositionChanged,
    PositionSplit,
    SymbolRenamed,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.scenarios.own_books import OwnBooks

D = Decimal
ZERO = D(0)
INSTRUMENTS = {
    "X": Instrument(symbol="X"),
    "Y": Instrument(symbol="Y"),
    "SAP": Instrument(symbol="SAP", currency="EUR"),
    "BTCUSD": Instrument(symbol="BTCUSD", base="BTC", lot=D("0.001")),
    "XBT": Instrument(symbol="XBT", base="BTC", inverse=True),
}


def opened(*, converts: bool = False) -> OwnBooks:
    books = OwnBooks(INSTRUMENTS, converts=converts)
    books.open(AccountOpened(cash=D(1000), currency="USD", balances={"EUR": D(500)}))
    return books


def fill(symbol: str, signed: str, price: str, fee: str = "0", fee_currency: str | None = None, time: int = 5) -> Fill:
    quantity = D(signed)
    return Fill(
        fill_id=f"V-{time}",
        order_id="o-1",
        child_id="o-1.1",
        strategy="s",
        symbol=symbol,
        side=Side.BUY if quantity > 0 else Side.SELL,
        quantity=abs(quantity),
        price=D(price),
        reference_price=D(price),
        fee=D(fee),
        currency=INSTRUMENTS[symbol].currency,
        venue="V",
        liquidity=Liquidity.TAKER,
        time=time,
        fee_currency=fee_currency,
    )


def changed(
    symbol: str, quantity: str, cash: str = "0", cause: str = "", at: str = "0", **books: Any
) -> PositionChanged:
    """Return what the portfolio publishes; with `currency`, also what else its books say."""
    more = None
    if books:
        more = PositionBooks(realised_average=ZERO, realised_fifo=ZERO, realised_lifo=ZERO, **books)
    return PositionChanged(
        symbol=symbol,
        quantity=D(quantity),
        average_price=D(at),
        realised=ZERO,
        fees=ZERO,
        cash=D(cash),
        fill=None,
        cause=cause,
        books=more,
    )


def figures(books: OwnBooks) -> Any:
    return books.cash, books.balances, books.held


@pytest.mark.parametrize(
    ("execution", "converts", "cash", "balances", "held"),
    [
        (fill("SAP", "2", "100", "1"), False, 1000, {"EUR": 299}, 2),
        (fill("SAP", "-2", "100", "1"), True, D("1248.75"), {"EUR": 500}, -2),  # 199 at 1.25
        (fill("SAP", "2", "100", "3", "USD"), False, 997, {"EUR": 300}, 2),
        (fill("BTCUSD", "2", "100", "0.01", "BTC"), False, 800, {"EUR": 500}, D("1.99")),
        (fill("BTCUSD", "-2", "100", "0.01", "BTC"), False, 1200, {"EUR": 500}, D("-2.01")),
        (fill("XBT", "100", "50", "0.5", "BTC"), False, 1000, {"EUR": 500, "BTC": D("-0.5")}, 100),
    ],
    ids=["kept", "converted", "fee in another", "fee in kind, bought", "fee in kind, sold", "inverse"],
)
def test_a_fill_is_paid_in_its_own_currencies(
    execution: Fill, converts: bool, cash: int, balances: dict[str, Any], held: int
) -> None:
    books = opened(converts=converts)
    symbol = execution.symbol
    books.fill(execution, changed(symbol, "0", currency="EUR", balance=ZERO, rate=D("1.25")))
    assert figures(books) == (cash, balances, {symbol: held})


def test_an_inverse_contract_pays_its_profit_when_it_is_closed() -> None:
    """100 contracts held at 50 are worth 2 of the base, and 4 at 25: the long side has lost 2."""
    books = opened()
    books.hold(changed("XBT", "100", at="50"))
    books.fill(fill("XBT", "-100", "25"), changed("XBT", "0"))
    assert figures(books) == (1000, {"EUR": 500, "BTC": -2}, {"XBT": 0})


def taken_back(before: Fill, truth: Fill | None = None) -> OrderFillBusted | OrderFillCorrected:
    given: dict[str, Any] = {
        "order_id": before.order_id,
        "strategy": before.strategy,
        "symbol": before.symbol,
        "side": before.side,
        "state": OrderState.WORKING,
        "quantity": D(10),
        "cumulative": ZERO,
        "leaves": D(10),
        "average_price": ZERO,
        "time": 9,
        "reason": "error",
    }
    if truth is None:
        return OrderFillBusted(**given, fill=before)
    return OrderFillCorrected(**given, before=before, fill=truth)


@pytest.mark.parametrize(
    ("before", "truth", "cash", "balances", "held"),
    [
        (fill("SAP", "2", "100", "1"), None, 1000, {"EUR": 500}, 0),
        (fill("SAP", "-2", "100", "1"), fill("SAP", "-1", "90", "1"), 1000, {"EUR": 589}, -1),
        (fill("BTCUSD", "2", "100", "0.01", "BTC"), None, 1000, {"EUR": 500}, 0),
        (
            fill("BTCUSD", "2", "100", "0.01", "BTC"),
            fill("BTCUSD", "1", "90", "0.01", "BTC"),
            910,
            {"EUR": 500},
            "0.99",
        ),
    ],
)
def test_what_is_taken_back_is_undone_in_its_own_currencies(
    before: Fill, truth: Fill | None, cash: int, balances: dict[str, Any], held: str
) -> None:
    books = opened()
    books.fill(before, changed(before.symbol, "0"))
    books.taken_back(taken_back(before, truth))
    books.adjusted(changed(before.symbol, "0", cause="DIVIDEND"))  # something else comes between
    books.adjusted(changed(before.symbol, "0", cause="BUST" if truth is None else "CORRECTION"))
    assert figures(books) == (cash, balances, {before.symbol: D(held)})


@pytest.mark.parametrize("event", ["split", "rename", "inverse", "converts"])
def test_what_cannot_be_reckoned_again_is_taken_over_once(event: str) -> None:
    books = opened(converts=event == "converts")
    execution = fill("XBT" if event == "inverse" else "X", "10", "12")
    symbol = "Y" if event == "rename" else execution.symbol
    books.fill(execution, changed(execution.symbol, "10"))
    if event == "split":
        assert books.split(split("X", 2, 1, "10", "20", time=7)) == ""
    elif event == "rename":
        books.rename(SymbolRenamed(symbol="X", to="Y", quantity=D(10), time=7))
    books.taken_back(taken_back(execution))
    news = changed(symbol, "3", "777", "BUST", currency="BTC", balance=D(4), rate=None)
    books.adjusted(news)
    assert books.difference(news) == ""
    assert figures(books)[:2] == (777, {"EUR": 500, "BTC": 4})
    assert books.held[symbol] == 3
    wrong = changed(symbol, "3", "778")
    assert books.difference(wrong) == f"{symbol} must be 3 and cash 777, was 3 and 778"


def split(symbol: str, new: int, old: int, before: str, after: str, time: int = 5) -> PositionSplit:
    return PositionSplit(
        symbol=symbol,
        new=D(new),
        old=D(old),
        before=D(before),
        after=D(after),
        paid_out=ZERO,
        price=ZERO,
        time=time,
    )


def test_a_position_that_is_renamed_joins_what_is_held_under_the_new_name() -> None:
    books = opened()
    books.hold(changed("X", "10"))
    books.hold(changed("Y", "5"))
    books.rename(SymbolRenamed(symbol="X", to="Y", quantity=D(10), time=7))
    assert books.held == {"X": 0, "Y": 15}
