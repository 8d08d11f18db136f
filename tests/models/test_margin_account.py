"""An account with margin and several currencies: sums that hold in each, and what may be bought."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.book_settings import BookSettings, Marks, pairs_of
from tradepit.models.corporate_actions import CashDividend, ScheduledAction, Split
from tradepit.models.currency_account import Conversion
from tradepit.models.fx_rates import Rates
from tradepit.models.instruments import Instrument
from tradepit.models.margin import CASH, REG_T, MarginRule, percentage
from tradepit.models.margin_account import MarginAccount
from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.models.symbol_books import books_of


def loose(figures: Any) -> Any:
    """Let figures be compared with plain numbers."""
    return figures


D = Decimal
ONE = D(1)
INSTRUMENTS = {
    "SPY": Instrument(symbol="SPY"),
    "SAP": Instrument(symbol="SAP", currency="EUR"),
    "EURUSD": Instrument(symbol="EURUSD", base="EUR"),
    "XBT": Instrument(symbol="XBT", base="BTC", inverse=True),
    "BTCUSD": Instrument(symbol="BTCUSD", base="BTC"),
}
OPENING = {"EURUSD": D("1.25"), "XBT": D(40_000)}


def _account(
    rule: MarginRule = CASH,
    conversion: Conversion = Conversion.KEPT,
    balances: dict[str, Decimal] | None = None,
    instruments: dict[str, Instrument] = INSTRUMENTS,
) -> MarginAccount:
    return MarginAccount(
        D(100_000),
        "USD",
        instruments=instruments,
        rates=Rates("USD", pairs_of(instruments), OPENING),
        rule=rule,
        conversion=conversion,
        balances=balances,
    )


def _fill(symbol: str, signed: int, price: str | Decimal, fee: str = "0", **changes: Any) -> Fill:
    given: dict[str, Any] = {
        "fill_id": "A-1",
        "order_id": "o1",
        "child_id": "",
        "strategy": "mine",
        "symbol": symbol,
        "side": Side.BUY if signed > 0 else Side.SELL,
        "quantity": D(abs(signed)),
        "price": D(price),
        "reference_price": D(price),
        "fee": D(fee),
        "currency": INSTRUMENTS[symbol].currency,
        "venue": "A",
        "liquidity": Liquidity.TAKER,
        "time": 0,
    }
    return Fill(**{**given, **changes})


# --- currencies -------------------------------------------------------------------------------------------------


def test_each_currency_has_a_balance_and_equity_is_the_sum_at_the_last_rates() -> None:
    account = _account(balances={"EUR": D(1_000)})
    account.apply(_fill("SAP", 100, "120", fee="6"), ONE)
    marks = {"SAP": 130.0}
    before = account.equity(marks)
    account.rates.observe("EURUSD", 1.5)
    eur = 1_000 - 12_000 - 6
    assert account.all_balances == {"USD": 100_000, "EUR": eur}
    assert (before, account.equity(marks)) == (100_000 + 1.25 * (eur + 13_000), 100_000 + 1.5 * (eur + 13_000))
    assert loose((account.fees, account.unrealised({"SAP": D(130)}), account.realised)) == (9, 1_500, 0)


def test_money_can_be_converted_at_each_fill_instead() -> None:
    account = _account(conversion=Conversion.AT_FILL)
    account.apply(_fill("SAP", 100, "120", fee="6"), ONE)
    account.rates.observe("EURUSD", 1.5)
    account.apply(_fill("SAP", -100, "130"), ONE)
    assert account.all_balances == {"USD": 100_000 - D("1.25") * 12_006 + D("1.5") * 13_000}


def test_an_inverse_contract_settles_its_profit_in_its_base() -> None:
    account = _account()
    account.apply(_fill("XBT", 1_000, "40000", fee="0.01", fee_currency="BTC"), ONE)
    account.apply(_fill("XBT", -1_000, "50000"), ONE)
    assert account.all_balances == {"USD": 100_000, "BTC": D("0.005") - D("0.01")}
    assert account.fees_in == {"BTC": D("0.01"), "USD": 0}


def test_fees_can_be_in_the_base_or_in_a_third_currency() -> None:
    account = _account()
    held = account.apply(_fill("BTCUSD", 2, "40000", fee="0.01", fee_currency="BTC"), ONE)
    account.apply(_fill("SPY", 10, "100", fee="4", fee_currency="EUR"), ONE)
    assert loose((held.quantity, held.fees, account.positions["SPY"].fees)) == (D("1.99"), 400, 5)
    assert account.all_balances == {"USD": 100_000 - 80_000 - 1_000, "EUR": -4}
    assert account.fees_in == {"USD": 400, "EUR": 4}
    assert account.fees == 405


def test_a_dividend_in_another_currency_is_converted() -> None:
    account = _account()
    account.apply(_fill("SAP", 100, "120"), ONE)
    assert account.pay_dividend("SAP", CashDividend(amount=ONE, currency="USD")) == 80
    assert account.pay_dividend("SAP", CashDividend(amount=ONE)) == 100
    assert loose((account.balances["EUR"], account.dividends)) == (-12_000 + 180, 225)


def test_what_has_no_rate_yet_counts_as_nothing() -> None:
    account = MarginAccount(
        D(100), "USD", instruments=INSTRUMENTS, rates=Rates("USD", pairs_of(INSTRUMENTS)), rule=CASH,
        conversion=Conversion.AT_FILL,
    )  # fmt: skip
    account.apply(_fill("SAP", 10, "120", fee="1"), ONE)
    assert loose((account.equity({"SAP": 120.0}), account.all_balances)) == (100.0, {"USD": 100, "EUR": -1_201})


trades_of = st.lists(
    st.tuples(
        st.sampled_from(["fill", "fill", "fill", "rate", "borrow", "interest", "dividend", "split", "bust"]),
        st.sampled_from(["SPY", "SAP", "EURUSD", "XBT", "BTCUSD"]),
        st.integers(-20, 20).filter(bool),
        st.decimals("1", "300", places=2),
        st.sampled_from([None, "USD", "EUR", "BTC"]),
    ),
    max_size=25,
)


@given(events=trades_of, mark=st.decimals("1", "300", places=2))
def test_the_sum_holds_in_every_currency(events: list[tuple[Any, ...]], mark: Decimal) -> None:
    account = _account(REG_T, balances={"EUR": D(500)})
    fills: list[Fill] = []
    for number, (what, symbol, signed, price, currency) in enumerate(events):
        position = account.positions.get(symbol)
        if what == "fill":
            fill = _fill(symbol, signed, price, "0.01", fee_currency=currency, fill_id=f"A-{number}")
            account.apply(fill, ONE)
            fills.append(fill)
        elif what == "rate":
            account.rates.observe("EURUSD", float(price))
        elif what == "interest":
            account.charge_interest(price, currency or "USD")
        elif what == "bust" and fills:
            account.bust(fills.pop(signed % len(fills)), ONE)
        elif position is not None and what == "borrow":
            account.charge_borrow(symbol, price)
        elif position is not None and what == "dividend":
            account.pay_dividend(symbol, CashDividend(amount=price))
        elif position is not None and what == "split" and position.quantity:
            account.split(symbol, Split(new=D(3), old=D(2)), ONE, price)
    for currency in ("USD", "EUR", "BTC"):
        total = account.capitals.get(currency, D(0))
        worth = D(0)
        for symbol, position in account.positions.items():
            if account.settles_in(symbol) == currency:
                worth += position.worth(mark) if position.quantity else 0
                total += position.realised + (position.unrealised(mark) if position.quantity else 0)
                total += position.dividends - position.borrow
        total -= account.fees_in.get(currency, D(0)) + account.interest_in.get(currency, D(0))
        assert account.all_balances.get(currency, D(0)) + worth == total
    marks = dict.fromkeys(INSTRUMENTS, mark)
    by_currency = account.all_balances
    equity = sum((amount * (account.rates.rate(of) or 0) for of, amount in by_currency.items()), D(0))
    for symbol, position in account.positions.items():
        if position.quantity:
            equity += position.worth(mark) * (account.rates.rate(account.settles_in(symbol)) or 0)
    assert account.value(marks) == equity


# --- margin -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "fills", "marks", "power"),
    [
        (REG_T, [], {}, "100000"),
        (REG_T, [("SPY", 1000, "100")], {"SPY": 100.0}, "50000"),
        (REG_T, [("SPY", 1000, "100")], {"SPY": 120.0}, "60000"),
        (REG_T, [("SPY", -1000, "100")], {"SPY": 100.0}, "50000"),
        (REG_T, [("SPY", -1000, "100")], {}, "50000"),
        (CASH, [("SPY", -400, "100")], {"SPY": 120.0}, "44000"),
        (CASH, [("SPY", 400, "100")], {"SPY": 120.0}, "60000"),
        (percentage(D("0.1"), D("0.05")), [("SPY", 1000, "100")], {"SPY": 90.0}, "81000"),
        (REG_T, [("SAP", 100, "120")], {"SAP": 120.0}, "92500"),
    ],
)
def test_buying_power_is_equity_less_the_initial_margin(
    rule: MarginRule, fills: list[tuple[str, int, str]], marks: dict[str, float], power: str
) -> None:
    account = _account(rule)
    for fill in fills:
        account.apply(_fill(*fill), ONE)
    assert account.buying_power(marks) == D(power)


@pytest.mark.parametrize(
    ("rule", "symbol", "side", "unit", "need"),
    [
        (REG_T, "SPY", Side.BUY, "100", "5000"),
        (REG_T, "SPY", Side.SELL, "2", "250"),
        (REG_T, "SAP", Side.BUY, "100", "6250"),
        (REG_T, "XBT", Side.BUY, "50000", "40"),
        (CASH, "SPY", Side.BUY, "100", "10000"),
    ],
)
def test_an_order_ties_up_the_initial_margin_of_what_it_adds(
    rule: MarginRule, symbol: str, side: Side, unit: str, need: str
) -> None:
    account = _account(rule)
    assert account.requirement(symbol, side, D(100), D(unit)) == D(need)
    account.reserve("o1", symbol, side, D(100), D(unit))
    account.reserve("o2", symbol, side, D(100), D(unit))
    assert loose((account.tied_up, account.open_part("o1"))) == (2 * D(need), (100, D(unit)))
    size = account.unit_size(symbol, D(unit)) * 200
    assert loose(account.open_values(symbol)) == ((size, 0) if side is Side.BUY else (0, size))
    account.release("o2")
    account.apply(_fill(symbol, 100 if side is Side.BUY else -100, unit), ONE)
    assert loose((account.tied_up, account.open_part("o1"), account.open_values(symbol))) == (0, None, (0, 0))


def test_values_for_limits_are_in_the_accounts_currency() -> None:
    account = _account(REG_T)
    account.apply(_fill("SAP", -100, "120"), ONE)
    account.apply(_fill("XBT", 1_000, "40000"), ONE)
    found = [account.held_value("SAP", 100.0), account.held_value("SAP", None), account.held_value("XBT", 40_000.0)]
    assert loose((found, account.held_value("SPY", 1.0))) == ([-12_500, -15_000, 1_000], 0)


def test_an_order_beyond_the_buying_power_ties_up_nothing() -> None:
    account = _account(REG_T)
    assert loose(account.reserve("o1", "SPY", Side.BUY, D(2001), D(100), {})) == (100_000, 100_050)
    assert account.reserve("o1", "SPY", Side.BUY, D(2000), D(100), {}) is None


def test_leverage_is_an_instruments_own() -> None:
    instruments = {**INSTRUMENTS, "EURUSD": Instrument(symbol="EURUSD", base="EUR", leverage=D(50))}
    account = _account(REG_T, instruments=instruments)
    account.apply(_fill("EURUSD", 100_000, "1.25"), ONE)
    assert account.buying_power({"EURUSD": 1.25}) == 100_000 - 2_500
    assert loose((account.maintenance({"EURUSD": 1.25}), account.maintenance_of("EURUSD", None))) == (1_250, 1_250)
    with pytest.raises(ValueError, match="a cash account does not"):
        _account(CASH, instruments=instruments)


def test_the_maintenance_margin_counts_every_position_in_the_accounts_currency() -> None:
    account = _account(REG_T)
    account.apply(_fill("SPY", -100, "40"), ONE)
    account.apply(_fill("SAP", 100, "80"), ONE)
    marks = {"SPY": 50.0, "SAP": 60.0}
    assert account.maintenance(marks) == 1_500 + D("1.25") * 1_500
    assert loose([(one.symbol, one.size, one.unrealised) for one in account.held(marks)]) == [
        ("SPY", 5_000, -1_000),
        ("SAP", 7_500, -2_500),
    ]


def test_what_is_lent_is_what_is_owed_beyond_the_proceeds_of_short_sales() -> None:
    account = _account(REG_T)
    account.apply(_fill("SPY", -2_000, "100"), ONE)
    lent = [account.debits({"SPY": 100.0}), account.debits({"SPY": 160.0})]
    account.apply(_fill("SAP", 100, "80"), ONE)
    lent.append(account.debits({"SPY": 100.0, "SAP": 80.0}))
    assert lent == [{}, {"USD": 20_000}, {"EUR": 8_000}]
    account.charge_interest(D(7), "EUR")
    account.charge_interest(D(3), "USD")
    assert loose((account.interest, account.interest_in, account.balances["EUR"])) == (3, {"EUR": 7, "USD": 3}, -8_007)


# --- settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "instruments", "plain"),
    [
        (BookSettings(), {"SPY": INSTRUMENTS["SPY"]}, True),
        (BookSettings(), {"EURUSD": INSTRUMENTS["EURUSD"]}, True),
        (BookSettings(), {"SAP": INSTRUMENTS["SAP"]}, False),
        (BookSettings(), {"XBT": INSTRUMENTS["XBT"]}, False),
        (BookSettings(marks=Marks.BID_ASK), {}, False),
        (BookSettings(margin=REG_T), {}, False),
        (BookSettings(balances={"EUR": ONE}), {}, False),
        (BookSettings(actions=(_split := ScheduledAction(at=0, symbol="SPY", action=Split(new=D(2))),)), {}, True),
        (
            BookSettings(
                actions=(ScheduledAction(at=0, symbol="SPY", action=CashDividend(amount=ONE, currency="EUR")),)
            ),
            {},
            False,
        ),
    ],
)
def test_one_currency_and_a_cash_account_are_plain(
    settings: BookSettings, instruments: dict[str, Instrument], plain: bool
) -> None:
    assert settings.is_plain("USD", instruments) is plain
    assert type(settings.open_account(ONE, "USD", instruments)) is MarginAccount or plain


def test_the_books_of_a_symbol_show_every_figure() -> None:
    account = _account()
    for signed, price in ((100, "10"), (100, "12"), (-100, "15")):
        account.apply(_fill("SPY", signed, price, fee="1"), ONE)
    account.charge_borrow("SPY", D(2))
    account.pay_dividend("SPY", CashDividend(amount=D("0.5")))
    (books,) = books_of(account, INSTRUMENTS, {"SPY": 14.0})
    assert loose((books.quantity, books.average_price, books.break_even, books.mark)) == (100, 11, D("11.03"), 14)
    assert loose((books.realised, books.realised_fifo, books.realised_lifo)) == (400, 500, 300)
    assert loose((books.unrealised, books.unrealised_fifo)) == (300, 200)
    assert loose((books.gross, books.net, books.currency)) == (700, 700 - 3 - 2 + 50, "USD")


def test_what_cannot_be_booked_is_an_error_that_names_it() -> None:
    account = _account()
    account.hold("SPY", ONE, D(100), ONE)
    attempts: list[tuple[Callable[[], object], str]] = [
        (lambda: account.hold("SPY", ONE, ONE, ONE), "SPY must be held once at the start, was held twice"),
        (lambda: account.apply(_fill("SPY", 1, "1", currency="EUR"), ONE), "fill A-1: currency must be USD, was EUR"),
        (lambda: account.apply(_fill("SPY", 1, "1"), D(50)), "SPY: multiplier must stay 1, was 50"),
    ]
    for attempt, message in attempts:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            attempt()
    assert account.capitals == {"USD": 100_100}
