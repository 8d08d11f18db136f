"""Round trips from flat to flat: prices, profit, fees, excursions, flips."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.models.round_trips import InverseRoundTripBuilder, RoundTrip, RoundTripBuilder
from tradepit.models.trade_metrics import trade_drawdown
from tradepit.models.values import changed

D = Decimal


def fill(signed: str, price: str, fee: str = "0", time: int = 0, symbol: str = "SPY", strategy: str = "s") -> Fill:
    quantity = D(signed)
    return Fill(
        fill_id=f"ARCA-{time}",
        order_id="s-1",
        child_id="s-1.1",
        strategy=strategy,
        symbol=symbol,
        side=Side.BUY if quantity > 0 else Side.SELL,
        quantity=abs(quantity),
        price=D(price),
        reference_price=D(price),
        fee=D(fee),
        currency="USD",
        venue="ARCA",
        liquidity=Liquidity.TAKER,
        time=time,
    )


def closed(builder: RoundTripBuilder, fills: Iterable[Fill]) -> list[RoundTrip]:
    return [trip for trip in map(builder.add, fills) if trip is not None]


def test_a_round_trip_tells_its_whole_story() -> None:
    builder = RoundTripBuilder("SPY", D(50))
    assert builder.add(fill("2", "100.25", "1.10", time=5)) is None
    for price in (99.0, 102.0, 100.0):
        builder.mark(price)
    trip = builder.add(fill("-2", "101.75", "1.20", time=9))
    assert trip == RoundTrip(
        symbol="SPY",
        strategy="s",
        side=Side.BUY,
        quantity=D(2),
        entry_time=5,
        exit_time=9,
        entry_price=D("100.25"),
        exit_price=D("101.75"),
        entry_value=D("10025.00"),
        gross_pnl=D("150.00"),
        fees=D("2.30"),
        net_pnl=D("147.70"),
        mae=-125.0,
        mfe=175.0,
        drawdown=200.0,
        fills=2,
    )
    assert trip is not None
    assert trip.holding_ns == 4


# QuantConnect LEAN, TradeBuilderTests.cs, grouped from flat to flat: fills, then side, quantity, entry, exit, pnl, fees
FLAT_TO_FLAT = [
    (
        ["1000 1.07", "1000 1.08", "-1000 1.09", "1000 1.08", "-2000 1.09"],
        *(Side.BUY, D(3000), D("3.23") / 3, D("1.09"), D(40), D(5)),
    ),
    (["2000 1.07", "-1000 1.08", "-1000 1.09"], Side.BUY, D(2000), D("1.07"), D("1.085"), D(30), D(3)),
    (["-2000 1.07", "1000 1.06", "1000 1.05"], Side.SELL, D(2000), D("1.07"), D("1.055"), D(30), D(3)),
    (["-1000 1.08", "-1000 1.07", "2000 1.09"], Side.SELL, D(2000), D("1.075"), D("1.09"), D(-30), D(3)),
]


@pytest.mark.parametrize(("fills", "side", "entered", "entry", "leave", "pnl", "fees"), FLAT_TO_FLAT)
def test_scaling_in_and_out_is_one_trip_at_average_prices(
    fills: list[str], side: Side, entered: Decimal, entry: Decimal, leave: Decimal, pnl: Decimal, fees: Decimal
) -> None:
    rows = [fill(quantity, price, "1", time=n) for n, (quantity, price) in enumerate(row.split() for row in fills)]
    (trip,) = closed(RoundTripBuilder("SPY"), rows)
    story = (trip.side, trip.quantity, trip.entry_price, trip.exit_price, trip.gross_pnl, trip.fees)
    assert story == (side, entered, entry, leave, pnl, fees)


def test_a_fill_through_zero_closes_one_trip_and_opens_the_next_and_shares_its_fee() -> None:
    builder = RoundTripBuilder("SPY")
    trips = closed(
        builder,
        [
            fill("10", "100", "1", time=1, strategy="first"),
            fill("-25", "110", "5", time=2, strategy="second"),
            fill("15", "105", "0.5", time=3, strategy="third"),
        ],
    )
    assert [
        (
            trip.strategy,
            trip.side,
            trip.quantity,
            trip.entry_time,
            trip.exit_time,
            trip.gross_pnl,
            trip.fees,
            trip.fills,
        )
        for trip in trips
    ] == [
        ("first", Side.BUY, D(10), 1, 2, D(100), D(3), 2),
        ("second", Side.SELL, D(15), 2, 3, D(75), D("3.5"), 2),
    ]
    assert not builder.is_open


def test_the_trip_under_way_shows_since_when() -> None:
    builder = RoundTripBuilder("SPY")
    assert (builder.is_open, builder.entry_time) == (False, None)
    builder.add(fill("10", "100", time=7))
    builder.add(fill("10", "100", time=8))
    assert (builder.is_open, builder.entry_time) == (True, 7)


@pytest.mark.parametrize("signed", ["10", "-10"])
def test_a_position_held_at_the_start_opens_a_trip_of_nobodys(signed: str) -> None:
    builder = RoundTripBuilder("SPY")
    builder.hold(3, D(signed), D(50))
    (trip,) = closed(builder, [fill(str(-D(signed)), "55", "1", time=9)])
    assert (trip.strategy, trip.entry_time, trip.entry_price, trip.fees, trip.fills) == ("", 3, D(50), D(1), 1)
    assert trip.gross_pnl == 5 * D(signed)


def test_a_held_position_of_nothing_is_flat() -> None:
    builder = RoundTripBuilder("SPY")
    builder.hold(3, D(0), D(50))
    assert not builder.is_open


def test_marks_while_flat_count_for_nothing() -> None:
    builder = RoundTripBuilder("SPY")
    builder.mark(1.0)
    (first,) = closed(builder, [fill("1", "100"), fill("-1", "100")])
    builder.mark(1.0)
    (second,) = closed(builder, [fill("-1", "100"), fill("1", "100")])
    assert [(trip.mae, trip.mfe, trip.drawdown) for trip in (first, second)] == [(0.0, 0.0, 0.0)] * 2


@pytest.mark.parametrize(
    ("fills", "message"),
    [
        ([fill("1", "100", symbol="QQQ", time=4)], "fill ARCA-4 must be of SPY, was of QQQ"),
        ([fill("0", "100", time=4)], "fill ARCA-4: quantity must be above 0, was 0"),
    ],
)
def test_a_fill_that_does_not_belong_is_refused(fills: list[Fill], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        closed(RoundTripBuilder("SPY"), fills)


def test_a_held_position_after_a_fill_is_refused() -> None:
    builder = RoundTripBuilder("SPY")
    builder.add(fill("-3", "100"))
    with pytest.raises(ValueError, match="SPY: a held position must come before any fill, was at -3"):
        builder.hold(0, D(1), D(100))


_FILLS = st.lists(
    st.tuples(st.integers(-30, 30).filter(bool), st.integers(1, 10_000), st.integers(-50, 200)),
    max_size=25,
)


@given(rows=_FILLS)
def test_cash_fees_and_quantities_are_conserved_over_all_trips(rows: list[tuple[int, int, int]]) -> None:
    fills = [
        fill(str(signed), str(D(cents) / 100), str(D(fee) / 100), time=n) for n, (signed, cents, fee) in enumerate(rows)
    ]
    left = -sum(signed for signed, _, _ in rows)
    if left:  # flatten what is left, so that every unit of cash belongs to a closed trip
        fills.append(fill(str(left), "50", time=len(rows)))
    builder = RoundTripBuilder("SPY")
    trips = closed(builder, fills)
    assert not builder.is_open
    assert sum(trip.gross_pnl for trip in trips) == -sum(one.side.sign * one.quantity * one.price for one in fills)
    # A fee that does not divide is shared to 28 digits.
    assert abs(sum((trip.fees for trip in trips), D(0)) - sum((one.fee for one in fills), D(0))) < D("1e-20")
    assert sum(2 * trip.quantity for trip in trips) == sum(one.quantity for one in fills)
    assert all(before.exit_time <= after.entry_time for before, after in pairwise(trips))
    for trip in trips:
        assert trip.net_pnl == trip.gross_pnl - trip.fees
        made = trip.side.sign * (trip.exit_price - trip.entry_price) * trip.quantity
        assert abs(made - trip.gross_pnl) < D("1e-15")
        assert trip.mae - 1e-9 <= float(trip.gross_pnl) <= trip.mfe + 1e-9
        assert trip.mae <= 0.0 <= trip.mfe
        assert trip.drawdown >= -trip.mae


@given(side=st.sampled_from(Side), prices=st.lists(st.integers(1, 200), min_size=2, max_size=20))
def test_excursions_and_drawdown_are_those_of_the_marked_path(side: Side, prices: list[int]) -> None:
    builder = RoundTripBuilder("SPY")
    builder.add(fill(str(side.sign), str(prices[0])))
    for price in prices[1:-1]:
        builder.mark(float(price))
    trip = builder.add(fill(str(-side.sign), str(prices[-1])))
    profits = [side.sign * (price - prices[0]) for price in prices]
    assert trip is not None
    assert (trip.mae, trip.mfe) == (min(profits), max(profits))
    assert trip.drawdown == trade_drawdown(side, prices)


# --- inverse contracts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sign", "mae", "mfe", "fall"), [(1, -2.5, 2.0, 2.5), (-1, -2.0, 2.5, 4.5)])
def test_a_round_trip_of_an_inverse_contract_is_told_in_its_base(
    sign: int, mae: float, mfe: float, fall: float
) -> None:
    """10,000 contracts of 1 USD, opened at 1,000 and closed at 1,250: 10 of the base become 8."""
    builder = InverseRoundTripBuilder("XBT", D(1))
    assert builder.add(fill(str(10_000 * sign), "1000", "0.25", time=5, symbol="XBT")) is None
    for price in (800.0, 1000.0, 0.0):
        builder.mark(price)
    trip = builder.add(fill(str(-10_000 * sign), "1250", "0.5", time=9, symbol="XBT"))
    assert trip == RoundTrip(
        symbol="XBT",
        strategy="s",
        side=Side.BUY if sign > 0 else Side.SELL,
        quantity=D(10_000),
        entry_time=5,
        exit_time=9,
        entry_price=D(1000),
        exit_price=D(1250),
        entry_value=D(10),
        gross_pnl=D(2 * sign),
        fees=D("0.75"),
        net_pnl=D(2 * sign) - D("0.75"),
        mae=mae,
        mfe=mfe,
        drawdown=fall,
        fills=2,
    )


def test_a_round_trip_in_another_currency_keeps_its_prices() -> None:
    builder = RoundTripBuilder("SPY")
    builder.add(fill("2", "100", "1"))
    builder.mark(98.0)
    trip = builder.add(fill("-2", "110", "3", time=9))
    assert trip is not None
    assert trip.in_currency(D("1.25")) == changed(
        trip,
        entry_value=D(250),
        gross_pnl=D(25),
        fees=D(5),
        net_pnl=D(20),
        mae=-5.0,
        mfe=25.0,
        drawdown=5.0,
    )
