"""Whole runs with margin, several currencies and corporate actions: from the scenario file to the result."""

import json
import textwrap
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.models.messages import CashMoved, DividendOwed, Liquidated, MarginCalled
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario

D = Decimal
STRATEGY = textwrap.dedent(
    """
    import tradepit

    class Hold(tradepit.Strategy):
        quantity: int = 100
        sell_on: int = 0

        def on_start(self):
            self.seen = 0

        def on_bar(self, bar):
            self.seen += 1
            if self.seen == 1:
                (self.buy if self.quantity > 0 else self.sell)(bar.symbol, abs(self.quantity))
            if self.seen == self.sell_on:
                self.sell(bar.symbol, abs(self.quantity), limit=1_000_000)
    """
)
WEEK = "clock: {start: 2024-01-02, end: 2024-01-13, zone: America/New_York, session: 09:30-16:00}\n"


@pytest.fixture(params=list(Dispatch), ids=str)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Result]:
    (tmp_path / "hold.py").write_text(STRATEGY)

    def go(text: str) -> Result:
        scenario = loads("tradepit: 1\nname: x\n" + WEEK + textwrap.dedent(text), directory=tmp_path)
        result = run_scenario(scenario, dispatch=request.param)
        assert result.failure is None
        assert result.violations == []
        return result

    return go


def loose(figures: Any) -> Any:
    """Let figures be compared with plain numbers."""
    return figures


def _days(*prices: float) -> str:
    """Return a market of X with these closes, one a day from 2 January 2024 on."""
    days = ("02", "03", "04", "05", "08", "09", "10", "11", "12")
    points = [f"[2024-01-{day} 16:00, {price}]" for day, price in zip(days, prices, strict=False)]
    return f"X: {{path: [[2024-01-02 09:30, {prices[0]}], {', '.join(points)}], every: 390min}}"


def _moved(result: Result) -> list[tuple[str, Decimal]]:
    return [(event.reason, event.amount) for event in result.account_events if isinstance(event, CashMoved)]


def test_a_split_and_a_dividend_change_nothing_but_what_they_should(run: Callable[[str], Result]) -> None:
    result = run(
        f"""
        market: {{{_days(100, 100, 100, 50, 50, 50)}}}
        portfolio: {{cash: 100_000 USD, realised: lifo}}
        strategies: [{{use: ./hold.py:Hold, with: {{quantity: 101}}}}]
        corporate_actions:
          - {{at: 2024-01-09, symbol: X, dividend: 0.50 USD, withheld: 20%}}
          - {{at: 2024-01-05, symbol: X, split: 2:1}}
        """
    )
    (books,) = result.books
    assert loose((books.quantity, books.average_price, books.dividends, books.realised_lifo)) == (202, 50, D("80.8"), 0)
    assert loose(result.balances) == {"USD": D("100080.8")}
    assert _moved(result) == [("DIVIDEND", D("80.8"))]
    (trip,) = result.trades
    assert loose((trip.quantity, trip.entry_price, trip.exit_price, trip.gross_pnl)) == (202, 50, 50, 0)
    assert result.lots is not None
    assert [(lot.quantity, lot.entry_price) for lot in result.lots] == [(D(202), D(50))]


def test_a_portfolio_that_is_busy_comes_late_to_its_actions_and_misses_none(run: Callable[[str], Result]) -> None:
    result = run(
        f"""
        market: {{{_days(100, 100, 100, 50, 50, 50)}}}
        strategies: [{{use: ./hold.py:Hold}}]
        actors: {{portfolio: {{service_time: 20s}}}}
        corporate_actions:
          - {{at: 2024-01-05 09:30, symbol: X, split: 2:1}}
          - {{at: 2024-01-05 09:30:05, symbol: X, dividend: 0.50 USD}}
        """
    )
    assert _moved(result) == [("DIVIDEND", D(100))]


def test_a_correction_of_an_inverse_contract_leaves_no_invariant_broken(run: Callable[[str], Result]) -> None:
    result = run(
        f"""
        market: {{{_days(400, 442, 400, 410)}}}
        instruments: {{X: {{base: BTC, inverse: true}}}}
        portfolio: {{rates: {{X: 400}}, margin: reg_t}}
        strategies: [{{use: ./hold.py:Hold}}]
        faults: [{{venue: SIM, do: correct, at: 2024-01-04 16:30, fill: 1, quantity: 9, price: 430}}]
        """
    )
    assert [(fill.venue, fill.quantity) for fill in result.fills] == [
        ("SIM", D(100)), ("SIM", D(100)), ("SIM", D(9)), ("AT_END", D(9)),
    ]  # fmt: skip


def test_an_order_that_rests_is_cancelled_by_a_split_where_that_is_asked(run: Callable[[str], Result]) -> None:
    result = run(
        f"""
        market: {{{_days(100, 100, 100, 50, 50, 50)}}}
        strategies: [{{use: ./hold.py:Hold, with: {{sell_on: 2}}}}]
        orders: {{default_time_in_force: GTC, on_split: cancel}}
        corporate_actions: [{{at: 2024-01-05, symbol: X, split: 2:1}}]
        """
    )
    assert [(order.order.order_id, order.state, order.code) for order in result.orders] == [
        ("hold-1", "FILLED", ""),
        ("hold-2", "CANCELLED", "CORPORATE_ACTION"),
    ]


def test_a_symbol_changes_and_is_delisted(run: Callable[[str], Result]) -> None:
    result = run(
        f"""
        market:
          {_days(100, 100, 100)}
          Y: {{path: [[2024-01-05 09:30, 100], [2024-01-12 16:00, 120]], every: 390min}}
        strategies: [{{use: ./hold.py:Hold, on: [X]}}]
        corporate_actions:
          - {{at: 2024-01-05, symbol: X, rename: Y}}
          - {{at: 2024-01-10, symbol: Y, delist: 90}}
        """
    )
    assert [(books.symbol, books.quantity, books.realised) for books in result.books] == [
        ("X", D(0), D(0)),
        ("Y", D(0), D(-1000)),
    ]
    (trip,) = result.trades
    assert loose((trip.symbol, trip.entry_price, trip.exit_price)) == ("Y", 100, 90)
    assert result.metrics["final_equity"] == 999_000


def test_what_is_short_pays_rent_for_every_night(run: Callable[[str], Result]) -> None:
    result = run(
        f"""
        market: {{{_days(100, 100, 100, 100, 100)}}}
        portfolio: {{borrow: {{rate: 0.36%, hard_to_borrow: 36%, hard: [X]}}, accrue: session_close}}
        strategies: [{{use: ./hold.py:Hold, with: {{quantity: -100}}}}]
        """
    )
    # Filled on the 3rd, as that close was charged; Fridays, the 5th and the 12th, count for three days.
    assert _moved(result) == [("BORROW", D(-charge)) for charge in (10, 30, 10, 10, 10, 10, 30)]
    (books,) = result.books
    assert loose((books.borrow, books.gross, books.net)) == (110, 0, -110)


def test_a_margin_call_closes_what_is_missing(run: Callable[[str], Result]) -> None:
    result = run(
        f"""
        market: {{{_days(100, 100, 60, 60, 60)}}}
        portfolio: {{cash: 10_000 USD, margin: {{model: reg_t, interest: 3.6%}}}}
        strategies: [{{use: ./hold.py:Hold, with: {{quantity: 190}}}}]
        venues: {{V: {{matching: {{bars: {{max_volume_share: none}}}}}}}}
        """
    )
    called = [event for event in result.account_events if isinstance(event, MarginCalled)]
    closed = [event for event in result.account_events if isinstance(event, Liquidated)]
    assert loose([(event.equity, event.maintenance) for event in called]) == [(D("2399.1"), 2850)]
    # 450.90 are missing, and each share sets 15 free; the interest of the 4th and of the weekend is charged meanwhile.
    assert loose([(event.quantity, event.price) for event in closed]) == [(31, 60)]
    assert result.counts["MarginCallMet"] == 1
    assert [order.order.strategy for order in result.orders] == ["hold", "margin"]
    assert result.interest > 0


def test_a_stock_in_another_currency_is_paid_in_it(run: Callable[[str], Result]) -> None:
    text = """
        instruments: {{SAP: {{currency: EUR}}, EURUSD: {{base: EUR, tick: 0.0001}}}}
        market:
          SAP: {{path: [[2024-01-02 09:30, 100], [2024-01-12 16:00, 100]], every: 390min}}
          EURUSD:
            path: [[2024-01-02 09:30, 1.25], [2024-01-03 16:00, 1.25], [2024-01-12 16:00, 1.50]]
            every: 390min
        portfolio: {{cash: 100_000 USD, conversion: {conversion}}}
        strategies: [{{use: ./hold.py:Hold, on: [SAP]}}]
        costs: {{commission: 10.00/order}}
        at_end: {{close_positions: false}}
        """
    kept = run(text.format(conversion="kept"))
    converted = run(text.format(conversion="at_fill"))
    assert loose((kept.balances, converted.balances)) == (
        {"USD": 100_000, "EUR": -10_010},
        {"USD": 100_000 - D("1.25") * 10_010},
    )
    assert kept.metrics["final_equity"] == 100_000 - 1.5 * 10
    assert converted.metrics["final_equity"] == pytest.approx(100_000 - 1.25 * 10_010 + 1.5 * 10_000)
    (books,) = kept.books
    assert loose((books.currency, books.fees, books.net)) == ("EUR", 10, -10)


# A EUR rises from 1.20 USD, so that the rates of two fills differ.
TWO_CURRENCIES = """
tradepit: 1
name: two-currencies
clock: {start: 2024-01-02 10:00, end: 2024-01-02 11:00}
instruments: {SAP: {currency: EUR}, EURUSD: {base: EUR, tick: 0.0001}}
market:
  SAP: {path: [[10:00, 100], [11:00, 104]], every: 1min}
  EURUSD: {path: [[10:00, 1.20], [11:00, 1.50]], every: 1min}
portfolio: {cash: 100_000 USD}
strategies:
  - use: tradepit.scenarios.library.order_script:OrderScript
    with:
      orders:
        - {do: buy, symbol: SAP, quantity: 100}
        - {do: buy, symbol: EURUSD, quantity: 1000, bar: 20}
        - {do: sell, symbol: SAP, quantity: 100, bar: 40}
costs: {commission: 0.1%, slippage: 10bps}
"""


def test_costs_of_execution_are_converted_at_the_rates_that_the_books_had(tmp_path: Path) -> None:
    result = run_scenario(loads(TWO_CURRENCIES), directory=tmp_path)
    expected: dict[str, float] = {"SAP": 0.0, "EURUSD": 0.0}
    entries = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    for entry in entries:
        if isinstance(entry, list) and entry[4] == "PositionChanged" and (fill := entry[6]["fill"]) is not None:
            expected[fill["symbol"]] += float(fill["fee"]) * float(entry[6]["books"]["rate"])
    assert result.execution.figures["commission"] == pytest.approx(sum(expected.values()))
    own = result.execution.costs["SIM"]
    assert {name: costs.commission for name, costs in own.items()} == {
        currency: sum(fill.fee for fill in result.fills if fill.currency == currency) for currency in ("USD", "EUR")
    }
    assert float(own["EUR"].commission) * 1.2 < expected["SAP"] < float(own["EUR"].commission) * 1.5
    told = result.summary()["execution"]["costs"]["SIM"]["EUR"]
    assert told == {name: f"{amount:f}" for name, amount in own["EUR"]._asdict().items()}


@pytest.mark.parametrize(
    ("fault", "held", "cash", "trades"),
    [
        ("do: bust", 0, 1_000_000, [(100, 100)]),
        ("do: correct, quantity: 80, price: 90", 80, 1_000_000 - 80 * 90 + 80, [(100, 100), (80, 90)]),
    ],
)
def test_a_fill_that_is_taken_back_has_never_been(
    run: Callable[[str], Result], fault: str, held: int, cash: int, trades: list[tuple[int, int]]
) -> None:
    """The fill is from the 3rd, a dividend of 1.00 is paid on it on the 5th, and on the 8th it is taken back."""
    result = run(
        f"""
        market: {{{_days(100, 100, 100, 100, 100)}}}
        strategies: [{{use: ./hold.py:Hold}}]
        at_end: {{close_positions: false}}
        corporate_actions: [{{at: 2024-01-05, symbol: X, dividend: 1 USD}}]
        faults: [{{venue: SIM, {fault}, at: 2024-01-08 12:00}}]
        """
    )
    (books,) = result.books
    assert loose((books.quantity, result.balances)) == (held, {"USD": cash})
    assert _moved(result) == [("DIVIDEND", D(100)), ("REBOOKED", D(held - 100))]
    bought = [(fill.quantity, fill.price) for fill in result.fills if fill.side == "BUY"]
    assert loose(bought) == trades


PAID = [  # quantity, where it is paid, then what moves, what the account is worth on the ex date and at the end
    (100, "2024-01-10", [("DIVIDEND", D(40))], 40),
    (-100, "2024-01-10", [("DIVIDEND", D(-50))], -50),
    (100, "2024-02-10", [], 40),
    (100, "2024-01-09", [("DIVIDEND", D(40))], 40),
]


@pytest.mark.parametrize(("quantity", "pays", "moved", "worth"), PAID)
def test_a_dividend_is_owed_from_its_ex_date_and_paid_at_its_pay_date(
    run: Callable[[str], Result], quantity: int, pays: str, moved: list[tuple[str, Decimal]], worth: int
) -> None:
    """Who holds at the ex date is paid, also after the position was sold; in between it counts in the equity."""
    result = run(
        f"""
        market: {{{_days(100, 100, 100, 100, 100, 100, 100, 100, 100)}}}
        portfolio: {{cash: 100_000 USD}}
        strategies: [{{use: ./hold.py:Hold, with: {{quantity: {quantity}}}}}]
        corporate_actions:
          - {{at: 2024-01-09, symbol: X, dividend: 0.50 USD, withheld: 20%, pays: {pays}}}
        """
    )
    assert _moved(result) == moved
    (owed,) = [event for event in result.account_events if isinstance(event, DividendOwed)]
    assert loose((owed.quantity, owed.amount)) == (quantity, worth)
    _, values = result.equity.points
    assert set(values) == {100_000.0, 100_000.0 + worth}
    assert result.balances["USD"] == 100_000 + sum(amount for _, amount in moved)


def test_a_dividend_that_is_owed_follows_a_bust_and_a_new_symbol(run: Callable[[str], Result]) -> None:
    """100 were bought, 60 of it is corrected away before the pay date; then X becomes Y, where 10 are short."""
    result = run(
        f"""
        market:
          {_days(100, 100, 100, 100, 100, 100, 100, 100, 100)}
          Y: {{path: [[2024-01-02 09:30, 100], [2024-01-12 16:00, 100]], every: 390min}}
        portfolio: {{cash: 100_000 USD, positions: {{Y: {{quantity: -10, price: 110}}}}}}
        strategies: [{{use: ./hold.py:Hold, on: [X]}}]
        faults: [{{venue: SIM, do: correct, at: 2024-01-05 12:00, fill: 1, quantity: 40}}]
        corporate_actions:
          - {{at: 2024-01-05, symbol: X, dividend: 0.50 USD, pays: 2024-01-10}}
          - {{at: 2024-01-08, symbol: X, rename: Y}}
        """
    )
    assert _moved(result) == [("DIVIDEND", D(20))]
    assert [(books.symbol, books.quantity, books.realised, books.dividends) for books in result.books] == [
        ("Y", D(30), D(100), D(0)),
        ("X", D(0), D(0), D(20)),
    ]
    assert [(trip.symbol, trip.quantity, trip.gross_pnl) for trip in result.trades if trip.symbol == "Y"] != []
    assert sum(trip.gross_pnl for trip in result.trades) == 100


def test_what_is_long_and_short_nets_out_when_the_symbols_become_one(run: Callable[[str], Result]) -> None:
    result = run(
        f"""
        market:
          {_days(100, 100, 100, 100, 100, 100, 100, 100, 100)}
          Y: {{path: [[2024-01-02 09:30, 100], [2024-01-12 16:00, 100]], every: 390min}}
        portfolio: {{cash: 100_000 USD, realised: fifo, positions: {{Y: {{quantity: -100, price: 110}}}}}}
        strategies: [{{use: ./hold.py:Hold, on: [X]}}]
        corporate_actions: [{{at: 2024-01-08, symbol: X, rename: Y}}]
        """
    )
    assert result.positions == []
    assert result.balances == {"USD": D(100_000 - 10_000)}
    assert [(trip.symbol, trip.side, trip.quantity, trip.gross_pnl) for trip in result.trades] == [
        ("Y", "SELL", D(100), D(1000))
    ]
    assert result.lots is not None
    assert [(lot.symbol, lot.quantity, lot.entry_price, lot.exit_price, lot.pnl) for lot in result.lots] == [
        ("Y", D(-100), D(110), D(100), D(1000))
    ]
