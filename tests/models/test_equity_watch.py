"""The equity that a session day began with, the peak, and how many orders a second saw."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.equity_watch import EquityWatch
from tradepit.models.order_pace import SECOND_NS, OrderPace

D = Decimal


def test_a_day_begins_with_what_the_last_instant_of_the_day_before_left() -> None:
    watch = EquityWatch(0, 1000.0, lambda at: at // 100)
    for time, left_behind in ((10, 1000.0), (50, 1100.0), (90, 900.0), (110, 950.0), (120, 800.0)):
        watch.begin(time, left_behind)
    # the instant of 90 left 950 behind, and was the last of its day
    assert watch.levels(120, 700.0) == (D("950.0"), D("1100.0"))
    assert watch.levels(120, 2000.0) == (D("950.0"), D("2000.0"))
    assert watch.levels(230, 790.0) == (D("790.0"), D("1100.0"))  # a day that no market data have begun


def test_the_first_day_begins_with_the_starting_capital() -> None:
    watch = EquityWatch(5, 1000.0, lambda at: at // 100)
    assert watch.levels(5, 990.0) == (D("1000.0"), D("1000.0"))


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(1, 2000)), max_size=60))
def test_the_watch_agrees_with_a_search_of_the_whole_past(steps: list[tuple[int, float]]) -> None:
    watch, time, left = EquityWatch(0, 1000.0, lambda at: at // 100), 0, [(0, 1000.0)]
    equity = 1000.0
    for later, becomes in steps:
        time += later + 1
        watch.begin(time, equity)
        left.append((time, equity))
        equity = becomes
    began = next((value for at, value in left if at // 100 == time // 100 and at), 1000.0) if time >= 100 else 1000.0
    peak = max([value for _, value in left] + [equity])
    assert watch.levels(time, equity) == (D(repr(began)), D(repr(peak)))


def test_what_was_sent_a_second_ago_counts_no_more() -> None:
    pace = OrderPace()
    for at in (0, 5, SECOND_NS - 1):
        pace.note(at)
    assert [pace.count(at) for at in (SECOND_NS - 1, SECOND_NS, SECOND_NS + 5, 3 * SECOND_NS)] == [3, 2, 1, 0]
