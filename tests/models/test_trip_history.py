"""Round trips made anew: a fill that was taken back is in none of them, wherever it stood."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.models.round_trips import RoundTrip, RoundTripBuilder
from tradepit.models.trip_history import TripHistory
from tradepit.models.values import changed

D = Decimal


def _fill(number: int, signed: int, price: int, symbol: str = "X") -> Fill:
    return Fill(
        fill_id=f"A-{number}",
        order_id="o",
        child_id="o.1",
        strategy="mine",
        symbol=symbol,
        side=Side.BUY if signed > 0 else Side.SELL,
        quantity=D(abs(signed)),
        price=D(price),
        reference_price=D(price),
        fee=D(1),
        currency="USD",
        venue="A",
        liquidity=Liquidity.TAKER,
        time=number,
    )


def _figures(trip: RoundTrip) -> list[object]:
    return [getattr(trip, name) for name in RoundTrip.__annotations__]


def _rounded(trips: list[RoundTrip]) -> list[tuple[object, ...]]:
    return [
        tuple(round(figure, 6) if isinstance(figure, float) else figure for figure in _figures(trip)) for trip in trips
    ]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("fill"), st.integers(-3, 3).filter(bool), st.integers(5, 15)),
        st.tuples(st.just("mark"), st.integers(1, 30), st.just(0)),
    ),
    max_size=30,
)


@given(STEPS, st.integers(0, 29), st.booleans())
def test_trips_are_those_of_what_really_happened(steps: list[tuple[str, int, int]], at: int, corrected: bool) -> None:
    """Whatever is taken out or corrected, trips and excursions are those of a history that never had it."""
    history, truth = TripHistory("X", RoundTripBuilder), RoundTripBuilder("X")
    wrong: Fill | None = None
    trips: list[RoundTrip] = []
    for number, (what, first, second) in enumerate(steps):
        if what == "mark":
            history.mark(float(first))
            truth.mark(float(first))
            continue
        fill = _fill(number, first, second)
        history.add(fill, None)
        if number == at:
            wrong = fill
            if not corrected:
                continue
            fill = changed(fill, quantity=D(7), price=D(11))
        trip = truth.add(fill)
        if trip is not None:
            trips.append(trip)
    if wrong is not None:
        history.correct(wrong, changed(wrong, quantity=D(7), price=D(11)) if corrected else None, None)
    builder, made = history.trips()
    assert _rounded(made) == _rounded(trips)
    assert (builder.is_open, builder.entry_time) == (truth.is_open, truth.entry_time)


OUT_OF_REACH: list[Callable[[TripHistory], None]] = [
    lambda history: history.split(D(2), D(1)),
    lambda history: history.take_over(TripHistory("Y", RoundTripBuilder), 5, None),
]


@pytest.mark.parametrize("happen", OUT_OF_REACH)
def test_a_fill_from_before_a_split_or_a_new_symbol_is_undone_by_its_opposite(
    happen: Callable[[TripHistory], None],
) -> None:
    history = TripHistory("X", RoundTripBuilder)
    history.add(_fill(1, 4, 10), None)
    happen(history)
    history.correct(_fill(1, 4, 10), _fill(2, 3, 9), D(2))
    _, trips = history.trips()
    assert [(trip.entry_price, trip.exit_price, trip.fills) for trip in trips] in (
        [(D(10), D(10), 2)],  # in the account's currency from there on
        [],  # the split has made eight of four
    )


def test_the_trip_of_another_symbol_goes_on_under_the_new_one() -> None:
    old, new = TripHistory("X", RoundTripBuilder), TripHistory("Y", RoundTripBuilder)
    old.hold(1, D(4), D(10))
    new.take_over(old, 5, None)
    new.add(_fill(6, -4, 12, "Y"), D(3))
    _, (trip,) = new.trips()
    assert (trip.symbol, trip.entry_time, trip.gross_pnl) == ("Y", 1, D(24))


def test_trips_in_both_directions_become_one_when_their_symbols_do() -> None:
    old, new = TripHistory("X", RoundTripBuilder), TripHistory("Y", RoundTripBuilder)
    old.add(_fill(1, 10, 5), None)
    new.add(_fill(2, -4, 7, "Y"), None)
    new.take_over(old, 5, None)
    builder, trips = new.trips()
    assert (trips, builder.is_long, builder.entry_time) == ([], True, 1)
    trip = builder.add(_fill(6, -6, 8, "Y"))
    assert isinstance(trip, RoundTrip)
    assert (trip.side, trip.quantity, trip.gross_pnl, trip.fees, trip.fills) == (Side.BUY, D(10), D(26), D(3), 3)
