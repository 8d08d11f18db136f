"""The portfolio's desk: limits by figures that are kept, and a crash."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tradepit.models.limits import Limits, PartOfEquity
from tradepit.models.orders import OrderTerms

D = Decimal
SECOND = 1_000_000_000
REDUCE = OrderTerms(reduce_only=True)


def test_a_day_is_over_when_it_has_lost_too_much_and_the_next_begins_afresh(
    say: Any,
    hear: Callable[..., list[str]],
) -> None:
    """100 held, so each point is 100 of 110,000; 5% of the day's first equity of 110,000 is 5,500."""
    day = 100 * SECOND
    portfolio = say.desk(100, limits=Limits(max_daily_loss=PartOfEquity(fraction=D("0.05"))))
    heard = hear(
        portfolio,
        (1, say.bar(100.0)),
        (2, say.bar(45.0)),
        (3, say.ask("a", 1)),
        (4, say.bar(44.99)),
        (5, say.ask("b", 1)),
        (6, say.ask("c", -1)),
        (day, say.bar(44.0)),
        (day + 1, say.ask("d", 1)),
    )
    assert heard == ["a BUY 1 MARKET", "b MAX_DAILY_LOSS: limit=5500, was=5501", "c SELL 1 MARKET", "d BUY 1 MARKET"]


def test_a_fall_from_the_peak_stops_what_opens(say: Any, hear: Callable[..., list[str]]) -> None:
    portfolio = say.desk(100, limits=Limits(max_drawdown=PartOfEquity(fraction=D("0.1"))))
    heard = hear(
        portfolio,
        say.bar(100.0),
        say.bar(200.0),
        say.bar(80.0),
        say.ask("a", 1),
        say.bar(79.0),
        say.ask("b", 1),
        say.bar(85.0),
        say.ask("c", 1),
    )
    assert heard == ["a BUY 1 MARKET", "b MAX_DRAWDOWN: limit=0.1, was=0.100833", "c BUY 1 MARKET"]


def test_only_orders_that_go_out_count_for_the_rate(say: Any, hear: Callable[..., list[str]]) -> None:
    limits = Limits(max_orders_per_second=2, max_position=D(20))
    heard = hear(
        say.desk(limits=limits),
        (1, say.bar(100.0)),
        (2, say.ask("a", 1)),
        (2, say.ask("b", 99)),
        (3, say.ask("c", 1)),
        (3 + SECOND // 2, say.ask("d", 1)),
        (2 + SECOND, say.ask("e", 1)),
    )
    assert heard == [
        "a BUY 1 MARKET",
        "b MAX_POSITION: limit=20, was=100",
        "c BUY 1 MARKET",
        "d ORDER_RATE: orders within a second: limit=2, was=3",
        "e BUY 1 MARKET",
    ]


def test_an_own_check_sees_the_days_first_equity_and_the_peak(say: Any, hear: Callable[..., list[str]]) -> None:
    seen = []

    def look(_order: Any, view: Any) -> None:
        seen.append((view.now, view.equity, view.day_start_equity, view.peak_equity))

    heard = hear(
        say.desk(10, limits=Limits(own=(look,))), say.bar(100.0), say.bar(110.0), say.bar(105.0), say.ask("a", 1)
    )
    assert heard == ["a BUY 1 MARKET"]
    assert seen == [(4 * SECOND, 101_050, 101_000, 101_100)]


def test_the_desk_comes_back_from_a_crash_with_what_it_kept(say: Any, hear: Callable[..., list[str]]) -> None:
    """What a snapshot keeps of the desk is enough to go on."""
    first = say.desk(100, limits=Limits(max_drawdown=PartOfEquity(fraction=D("0.1")), max_orders_per_second=5))
    hear(first, say.bar(100.0), say.bar(200.0), say.ask("a", -5, REDUCE))
    state = first.save_state()
    assert {"_exits", "_out", "_pace", "_equity_watch", "_plans"} <= set(state)
    assert "on_bar" not in state
