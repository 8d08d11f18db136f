from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradepit.tools.report.markers import Mark, Marks


def _mark(time: int, price: str | None = "10", sort: str = "BUY") -> Mark:
    return Mark(time, None if price is None else Decimal(price), sort, f"{sort} at {time}")


def test_few_marks_are_shown_each_where_it_is() -> None:
    marks = Marks(0, 100, "fill", most=3)
    given_marks = [_mark(5), _mark(5, sort="SELL"), _mark(90, None)]
    for mark in given_marks:
        marks.add(mark, Decimal(1))
    assert (marks.shown(), marks.grouped, marks.count) == (given_marks, False, 3)


def test_many_marks_are_grouped_by_time_and_sort_at_their_average_price() -> None:
    marks = Marks(0, 100, "fill", most=3, slots=2)
    for mark, size in (
        (_mark(10, "10"), 100),
        (_mark(20, "13"), 200),
        (_mark(30, "11", "SELL"), 50),
        (_mark(60, None), 5),
        (_mark(100, "12"), 7),
    ):
        marks.add(mark, Decimal(size))
    assert (marks.grouped, marks.count) == (True, 5)
    assert marks.shown() == [
        Mark(15, Decimal(12), "BUY", "BUY: 2 fills, 300 in all at 12 on average"),
        Mark(30, Decimal(11), "SELL", "SELL: 1 fill, 50 in all at 11 on average"),
        Mark(80, Decimal(12), "BUY", "BUY: 2 fills, 12 in all at 12 on average"),
    ]


def test_a_group_without_prices_stands_at_the_foot() -> None:
    marks = Marks(0, 0, "order", most=1)
    for _ in range(2):
        marks.add(_mark(0, None, "REJECTED X"), Decimal(3))
    assert marks.shown() == [Mark(0, None, "REJECTED X", "REJECTED X: 2 orders, 6 in all")]


@given(
    st.lists(st.tuples(st.integers(0, 1_000), st.sampled_from(["BUY", "SELL"]))), st.integers(1, 20), st.integers(1, 9)
)
def test_marks_never_exceed_their_bound_and_each_is_counted(
    drawn: list[tuple[int, str]], most: int, slots: int
) -> None:
    marks = Marks(0, 1_000, "fill", most=most, slots=slots)
    for time, sort in drawn:
        marks.add(_mark(time, sort=sort), Decimal(1))
    shown = marks.shown()
    assert len(shown) <= max(most, 2 * slots)
    assert marks.count == len(drawn)
    assert [mark.time for mark in shown] == sorted(mark.time for mark in shown)
    if marks.grouped:
        assert sum(int(mark.text.split()[1]) for mark in shown) == len(drawn)
