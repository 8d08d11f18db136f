"""Trades by lots: oldest or newest first, one for each lot or one for each reduction."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.lot_trades import (
    Excursions,
    InverseLotTradeBuilder,
    LotTradeBuilder,
    TradeMatching,
    trades_of,
)
from tradepit.models.lots import CostMethod
from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.models.positions import Position
from tradepit.models.round_trips import RoundTrip, RoundTripBuilder
from tradepit.models.trade_metrics import TradeTally, trade_drawdown, trade_summary

D = Decimal
BY_LOTS = [matching for matching in TradeMatching if matching is not TradeMatching.FLAT_TO_FLAT]
OF_SEVERAL_LOTS = [matching for matching in BY_LOTS if matching is not TradeMatching.AVERAGE]


def fill(signed: str, price: str, fee: str = "1", time: int = 0, **changes: Any) -> Fill:
    quantity = D(signed)
    plain: dict[str, Any] = {
        "fill_id": f"ARCA-{time}", "order_id": "s-1", "child_id": "s-1.1", "strategy": "s", "symbol": "SPY",
        "side": Side.BUY if quantity > 0 else Side.SELL, "quantity": abs(quantity), "price": D(price),
        "reference_price": D(price), "fee": D(fee), "currency": "USD", "venue": "ARCA", "liquidity": Liquidity.TAKER,
        "time": time,
    }  # fmt: skip
    return Fill(**plain | changes)


def rows(*texts: str) -> list[Fill]:
    pairs = [text.split() for text in texts]
    return [fill(quantity, price, time=number) for number, (quantity, price) in enumerate(pairs)]


def story(trade: RoundTrip) -> tuple[str, str, Decimal, Decimal, Decimal]:
    return str(trade.entry_price), str(trade.exit_price), trade.quantity, trade.gross_pnl, trade.fees


SCALED_OUT = ("1000 1.07", "1000 1.08", "-1500 1.09", "-500 1.1")
SHORT = ("-1000 1.08", "-1000 1.07", "2000 1.09")

# QuantConnect LEAN, TradeBuilderTests.cs: entry, exit, quantity, profit before fees, fees
CASES: list[tuple[tuple[str, ...], str, list[tuple[str, str, int, float, int]]]] = [
    (SHORT, "fifo", [("1.08", "1.09", 1000, -10, 2), ("1.07", "1.09", 1000, -20, 1)]),
    (SHORT, "lifo", [("1.07", "1.09", 1000, -20, 2), ("1.08", "1.09", 1000, -10, 1)]),
    (SHORT, "reduced_fifo", [("1.075", "1.09", 2000, -30, 3)]),
    (SHORT, "reduced_lifo", [("1.075", "1.09", 2000, -30, 3)]),
    (SHORT, "flat_to_flat", [("1.075", "1.09", 2000, -30, 3)]),
    (SHORT, "average", [("1.075", "1.09", 2000, -30, 3)]),
    (SCALED_OUT, "average", [("1.075", "1.09", 1500, 22.5, 3), ("1.075", "1.1", 500, 12.5, 1)]),
    (
        SCALED_OUT,
        "fifo",
        [("1.07", "1.09", 1000, 20, 2), ("1.08", "1.09", 500, 5, 1), ("1.08", "1.1", 500, 10, 1)],
    ),
    (
        SCALED_OUT,
        "lifo",
        [("1.08", "1.09", 1000, 10, 2), ("1.07", "1.09", 500, 10, 1), ("1.07", "1.1", 500, 15, 1)],
    ),
    (
        SCALED_OUT,
        "reduced_fifo",
        [("1.073333333333333333333333333", "1.09", 1500, 25, 3), ("1.08", "1.1", 500, 10, 1)],
    ),
    (
        SCALED_OUT,
        "reduced_lifo",
        [("1.076666666666666666666666667", "1.09", 1500, 20, 3), ("1.07", "1.1", 500, 15, 1)],
    ),
    (
        ("1000 1.07", "-1500 1.09", "500 1.08"),
        "fifo",
        [("1.07", "1.09", 1000, 20, 2), ("1.09", "1.08", 500, 5, 1)],
    ),
    (
        ("1000 1.07", "-1500 1.09", "500 1.08"),
        "reduced_lifo",
        [("1.07", "1.09", 1000, 20, 2), ("1.09", "1.08", 500, 5, 1)],
    ),
]


@pytest.mark.parametrize(("fills", "matching", "expected"), CASES)
def test_fills_make_the_trades_of_lean(
    fills: tuple[str, ...], matching: str, expected: list[tuple[str, str, int, float, int]]
) -> None:
    exact = [(entry, leave, D(quantity), D(profit), D(fees)) for entry, leave, quantity, profit, fees in expected]
    assert [story(trade) for trade in trades_of(rows(*fills), matching)] == exact


def test_a_trade_tells_its_whole_story() -> None:
    builder = LotTradeBuilder("SPY", D(50), TradeMatching.LIFO)
    builder.add(fill("2", "100", "1.00", time=5, strategy="first"))
    builder.mark(97.0)
    builder.add(fill("1", "99", "0.50", time=6, strategy="second"))
    builder.mark(103.0)
    builder.mark(98.0)
    newest, oldest = builder.add(fill("-2", "101", "0.80", time=9))
    assert newest == RoundTrip(
        symbol="SPY", strategy="second", side=Side.BUY, quantity=D(1), entry_time=6, exit_time=9, entry_price=D(99),
        exit_price=D(101), entry_value=D(4950), gross_pnl=D(100), fees=D("1.30"), net_pnl=D("98.70"), mae=-50.0,
        mfe=200.0, drawdown=250.0, fills=2,
    )  # fmt: skip
    assert (oldest.strategy, oldest.quantity, oldest.fees, oldest.mae, oldest.mfe) == (
        "first",
        D(1),
        D("1.00"),
        -150.0,
        150.0,
    )
    assert (builder.is_open, builder.entry_time) == (True, 5)
    (last,) = builder.add(fill("-1", "102", "0.80", time=10))
    assert (last.fees, last.fills, last.entry_time) == (D("0.80"), 1, 5)
    assert (builder.is_open, builder.entry_time) == (False, None)


def test_excursions_since_the_positions_opening_are_those_of_lean() -> None:
    fills = rows("1000 1.07", "1000 1.08", "-2000 1.09")
    own = trades_of(fills, "fifo")
    leans = trades_of(fills, "fifo", excursions=Excursions.POSITION)
    assert [(trade.mae, trade.mfe) for trade in own] == [pytest.approx(pair) for pair in ((0, 20), (0, 10))]
    assert [(trade.mae, trade.mfe) for trade in leans] == [pytest.approx(pair) for pair in ((0, 20), (-10, 10))]


def test_a_position_held_at_the_start_is_a_lot_of_nobodys() -> None:
    builder = LotTradeBuilder("SPY")
    builder.hold(3, D(-10), D(50))
    (trade,) = builder.add(fill("10", "45", time=9))
    assert (trade.strategy, trade.side, trade.entry_time, trade.gross_pnl, trade.fills) == ("", Side.SELL, 3, D(50), 1)
    builder.hold(10, D(0), D(50))
    assert not builder.is_open
    builder.mark(1.0)


def test_each_symbol_has_its_own_trades() -> None:
    fills = [fill("1", "10", time=1), fill("1", "5", time=2, symbol="QQQ"), fill("-1", "6", time=3, symbol="QQQ")]
    for matching in TradeMatching:
        assert [(trade.symbol, trade.gross_pnl) for trade in trades_of(fills, matching)] == [("QQQ", D(1))]


def test_trades_by_lots_have_metrics_as_others_do() -> None:
    figures = trade_summary(TradeTally(trades_of(rows(*SCALED_OUT), "fifo")))
    assert (figures["trade_count"], figures["win_rate"], figures["trade_net_pnl"]) == (3.0, 1.0, 31.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trades_of([], "hifo"), "'hifo' is not a valid TradeMatching"),
        (lambda: LotTradeBuilder("SPY", matching=TradeMatching.FLAT_TO_FLAT), "matching must be by lots, was flat_to"),
        (lambda: LotTradeBuilder("SPY").add(fill("1", "1", symbol="QQQ")), "fill ARCA-0 must be of SPY, was of QQQ"),
        (lambda: LotTradeBuilder("SPY").add(fill("0", "1")), "fill ARCA-0: quantity must be above 0, was 0"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_held_position_after_a_fill_is_refused() -> None:
    builder = LotTradeBuilder("SPY")
    builder.add(fill("1", "100"))
    with pytest.raises(ValueError, match="SPY: a held position must come before any fill"):
        builder.hold(0, D(1), D(100))


@pytest.mark.parametrize("matching", BY_LOTS)
def test_a_split_changes_units_and_no_money(matching: TradeMatching) -> None:
    builder = LotTradeBuilder("SPY", matching=matching)
    builder.add(fill("10", "30", "0", time=1))
    builder.mark(24.0)
    builder.split(D(3), D(1))
    builder.add(fill("30", "10", "0", time=2))
    builder.renamed("NEW")
    trades = builder.add(fill("-60", "12", "0", time=3, symbol="NEW"))
    assert {trade.symbol for trade in trades} == {"NEW"}
    assert sum(trade.gross_pnl for trade in trades) == 60 * 12 - 10 * 30 - 30 * 10
    assert sum(trade.quantity for trade in trades) == 60
    assert {trade.entry_price for trade in trades} == {D(10)}
    oldest = min(trades, key=lambda trade: trade.entry_time)
    assert oldest.mae == pytest.approx(-2.0 * float(oldest.quantity if matching is TradeMatching.AVERAGE else 30))


@pytest.mark.parametrize("matching", BY_LOTS)
def test_a_lot_of_an_inverse_contract_gains_in_its_base_currency(matching: TradeMatching) -> None:
    """10 contracts of 100 USD from 8,000 to 10,000: 0.125 - 0.1 of a coin (BitMEX, inverse contracts)."""
    builder = InverseLotTradeBuilder("XBT", D(100), matching)
    builder.hold(0, D(5), D(8_000))
    assert builder.add(fill("5", "8000", "0", time=1, symbol="XBT")) == ()
    builder.mark(5_000.0)
    builder.mark(0.0)
    trades = builder.add(fill("-10", "10000", "0", time=2, symbol="XBT"))
    assert sum(trade.gross_pnl for trade in trades) == D("0.025")
    assert {trade.entry_price for trade in trades} == {D(8_000)}
    assert sum(trade.mae for trade in trades) == pytest.approx(1_000 * (1 / 8_000 - 1 / 5_000))
    assert sum(trade.entry_value for trade in trades) == D("0.125")


@given(drawn=st.lists(st.tuples(st.integers(-30, 30).filter(bool), st.integers(1, 9_999)), min_size=1, max_size=25))
def test_at_average_cost_trades_gain_what_the_books_realise(drawn: list[tuple[int, int]]) -> None:
    position, gained = Position("SPY", D(1)), D(0)
    builder = LotTradeBuilder("SPY", matching=TradeMatching.AVERAGE)
    for number, (signed, cents) in enumerate(drawn):
        one = fill(str(signed), str(D(cents) / 100), "0", time=number)
        gained += sum(trade.gross_pnl for trade in builder.add(one))
        position.change(D(signed), one.price, number)
        assert float(gained) == pytest.approx(float(position.realised_by(CostMethod.AVERAGE)), abs=1e-9)


_FILLS = st.lists(
    st.tuples(st.integers(-30, 30).filter(bool), st.integers(1, 10_000), st.integers(-50, 200)), max_size=25
)


@given(drawn=_FILLS, matching=st.sampled_from(BY_LOTS))
def test_however_lots_are_matched_cash_fees_and_quantities_are_conserved(
    drawn: list[tuple[int, int, int]], matching: TradeMatching
) -> None:
    fills = [
        fill(str(signed), str(D(cents) / 100), str(D(fee) / 100), time=number)
        for number, (signed, cents, fee) in enumerate(drawn)
    ]
    left = -sum(signed for signed, _, _ in drawn)
    if left:
        fills.append(fill(str(left), "50", "0", time=len(drawn)))
    trades = trades_of(fills, matching)
    assert sum(trade.gross_pnl for trade in trades) == -sum(one.side.sign * one.quantity * one.price for one in fills)
    assert sum(trade.fees for trade in trades) == sum(one.fee for one in fills)
    assert sum(2 * trade.quantity for trade in trades) == sum(one.quantity for one in fills)
    for trade in trades:
        assert trade.net_pnl == trade.gross_pnl - trade.fees
        assert trade.mae - 1e-9 <= float(trade.gross_pnl) <= trade.mfe + 1e-9
        assert trade.mae <= 0.0 <= trade.mfe
        assert trade.entry_time <= trade.exit_time


@given(
    matching=st.sampled_from(OF_SEVERAL_LOTS),
    side=st.sampled_from([1, -1]),
    prices=st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=2, max_size=20),
)
def test_each_lots_excursions_and_drawdown_are_those_of_the_prices_since_its_entry(
    matching: TradeMatching, side: int, prices: list[tuple[int, bool]]
) -> None:
    """One unit is bought at each price that is marked as an entry; then they are sold one by one at the last price."""
    builder = LotTradeBuilder("SPY", matching=matching)
    entries = []
    for number, (price, enters) in enumerate(prices):
        if enters or not number:
            builder.add(fill(str(side), str(price), time=number))
            entries.append(number)
        else:
            builder.mark(float(price))
    last = prices[-1][0]
    trades = [trade for _ in entries for trade in builder.add(fill(str(-side), str(last), time=len(prices)))]
    assert len(trades) == len(entries)
    for trade in trades:
        seen = [price for price, _ in prices[trade.entry_time :]]
        profits = [side * (price - seen[0]) for price in seen]
        assert (trade.mae, trade.mfe) == (min(profits), max(profits))
        assert trade.drawdown == trade_drawdown(Side.BUY if side > 0 else Side.SELL, [float(price) for price in seen])
    assert {trade.entry_time for trade in trades} == set(entries)


def test_a_single_round_trip_is_the_same_by_every_matching() -> None:
    fills = rows("10 100", "-10 101")
    builder = RoundTripBuilder("SPY")
    (whole,) = [trip for trip in map(builder.add, fills) if trip is not None]
    for matching in TradeMatching:
        assert trades_of(fills, matching) == [whole]
