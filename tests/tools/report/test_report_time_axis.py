from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tradepit.tools.report.time_axis import knots

HOUR = 3_600_000_000_000
DAY = 24 * HOUR


def test_nights_are_drawn_narrow_and_hours_of_trading_evenly() -> None:
    days = [(day * DAY + 9 * HOUR, day * DAY + 16 * HOUR) for day in range(3)]
    axis = knots(9 * HOUR, 2 * DAY + 16 * HOUR, [days])
    assert [time for time, _ in axis] == [9 * HOUR, 16 * HOUR, 33 * HOUR, 40 * HOUR, 57 * HOUR, 64 * HOUR]
    widths = [round(after[1] - before[1], 9) for before, after in pairwise(axis)]
    trading = round((1 - 2 * 0.012) / 3, 9)
    assert widths == [trading, 0.012, trading, 0.012, trading]
    assert (axis[0][1], axis[-1]) == (0.0, (64 * HOUR, 1.0))


def test_time_before_the_first_and_after_the_last_data_is_narrow_too() -> None:
    axis = knots(0, DAY, [[(9 * HOUR, 16 * HOUR)]])
    assert [(time, round(place, 9)) for time, place in axis] == [
        (0, 0.0),
        (9 * HOUR, 0.012),
        (16 * HOUR, 0.988),
        (DAY, 1.0),
    ]


def test_a_night_in_which_another_symbol_trades_is_not_cut() -> None:
    day = [(day * DAY + 9 * HOUR, day * DAY + 16 * HOUR) for day in range(3)]
    assert knots(0, 3 * DAY, [day, [(0, 3 * DAY)]]) == [(0, 0.0), (3 * DAY, 1.0)]


def test_the_axis_is_plain_where_cutting_would_not_help() -> None:
    daily = [(day * DAY, day * DAY) for day in range(10)]
    short_pause = [(0, 10 * HOUR), (14 * HOUR, 30 * HOUR)]
    for start, end, stretches in (
        (0, 9 * DAY, [daily]),
        (0, 30 * HOUR, [short_pause]),
        (0, DAY, [None]),
        (0, DAY, []),
        (5, 5, [[(5, 5)]]),
    ):
        assert knots(start, end, stretches) == [(start, 0.0), (end, 1.0)]


@given(st.lists(st.integers(0, 200 * DAY), min_size=2, max_size=400), st.integers(0, DAY), st.integers(0, DAY))
def test_the_axis_always_rises_from_0_to_1(bounds: list[int], before: int, after: int) -> None:
    bounds.sort()
    stretches = list(zip(bounds[::2], bounds[1::2], strict=False))
    start, end = max(bounds[0] - before, 0), bounds[-1] + after
    axis = knots(start, end, [stretches])
    assert (axis[0], axis[-1]) == ((start, 0.0), (end, 1.0))
    if start < end:
        assert all(left[0] < right[0] for left, right in pairwise(axis))
        assert all(left[1] < right[1] for left, right in pairwise(axis))
