"""What a venue does to orders and executions that it has."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.market_simulator import MarketSimulator, VenueSettings
from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.commission import NoCommission
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, Quote
from tradepit.models.messages import (
    BustFill,
    CancelChild,
    ChildCancelled,
    ChildFilled,
    ChildReplaced,
    ChildReplaceRejected,
    CorrectFill,
    FillBusted,
    FillCorrected,
    ReplaceChild,
    SubmitChild,
    TradeCorrectionRefused,
)
from tradepit.models.orders import OrderKind, Side
from tradepit.models.quote_matching import QuoteBook, QuoteRules
from tradepit.models.slippage import NoSlippage

VENUE = "venue:A"
LIMIT: dict[str, Any] = {"kind": OrderKind.LIMIT, "limit_price": Decimal(100)}


@pytest.fixture
def trade(play: Callable[..., Any]) -> Callable[..., Any]:
    """Say messages to a venue at the given times, with bars and quotes between them."""

    def run(*lines: Any, keeps_fills: bool = True) -> Any:
        on_bars, on_quotes = Instrument(symbol="X"), Instrument(symbol="Q")
        venue = MarketSimulator(
            VenueSettings(
                venue="A",
                instruments={"X": on_bars, "Q": on_quotes},
                bar_books={"X": BarBook(on_bars, BarRules(max_volume_share=Decimal(1)), NoSlippage())},
                quote_books={"Q": QuoteBook(on_quotes, QuoteRules(), NoSlippage())},
                commission=NoCommission(),
                keeps_fills=keeps_fills,
            )
        )
        market = [said for said in lines if isinstance(said, Bar | Quote)]
        market.append(Bar(symbol="LAST", time=1000, open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0))
        said = [(line[0], VENUE, line[1]) for line in lines if isinstance(line, tuple)]
        return play({VENUE: venue}, said, neighbours=("broker:A",), market=market)

    return run


def _bar(time: int, price: float, volume: float) -> Bar:
    return Bar(symbol="X", time=time, open=price, high=price, low=price, close=price, volume=volume)


def _replace(quantity: int | None = None, **changes: Any) -> ReplaceChild:
    given: dict[str, Any] = {"limit_price": None, "stop_price": None, **changes}
    return ReplaceChild(child_id="mine-1.1", quantity=None if quantity is None else Decimal(quantity), **given)


def _told(heard: Any) -> list[str]:
    """Return what the broker heard of changes and executions, as words."""
    said: list[str] = []
    for report in heard.to("broker:A"):
        match report:
            case ChildFilled():
                fill = report.fill
                said.append(f"{fill.fill_id} of {fill.quantity} at {float(fill.price):g}, leaves {report.leaves}")
            case ChildReplaced():
                prices = f"{report.limit_price}, {report.stop_price}"
                said.append(f"replaced: {report.quantity}, leaves {report.leaves}, {prices}, {report.for_group}")
            case ChildReplaceRejected():
                said.append(f"refused: {report.order_id} {report.code}")
            case FillBusted():
                said.append(f"busted {report.fill.fill_id}: {report.reason}")
            case FillCorrected():
                fill = report.fill
                prices = f"{float(fill.price):g} ({float(fill.reference_price):g})"
                said.append(f"corrected {fill.fill_id}: {fill.quantity} at {prices}")
            case ChildCancelled():
                said.append(f"cancelled: leaves {report.leaves}")
    return said


def test_an_order_is_filled_as_it_was_changed(trade: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    heard = trade(
        (0, SubmitChild(child=make_child(**LIMIT))),
        _bar(10, 100, 4),
        (15, _replace(7, limit_price=Decimal(101))),
        (16, _replace(9, for_group=True)),
        _bar(20, 101, 100),
    )
    assert _told(heard) == [
        "A-1 of 4 at 100, leaves 6",
        "replaced: 7, leaves 3, 101, None, False",
        "replaced: 9, leaves 5, 101, None, True",
        "A-2 of 5 at 101, leaves 0",
    ]


def test_a_change_to_what_is_filled_ends_the_order(trade: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    heard = trade(
        (0, SubmitChild(child=make_child(**LIMIT))),
        _bar(10, 100, 4),
        (15, _replace(2)),
        (16, _replace(8)),
        (17, ReplaceChild(child_id="ghost.1", quantity=Decimal(1), limit_price=None, stop_price=None)),
    )
    assert _told(heard) == [
        "A-1 of 4 at 100, leaves 6",
        "replaced: 4, leaves 0, 100, None, False",
        "refused: mine-1 TOO_LATE_TO_CANCEL",
        "refused:  UNKNOWN_ORDER",
    ]


def test_the_book_says_which_prices_an_order_has(trade: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    stop: dict[str, Any] = {"kind": OrderKind.STOP, "stop_price": Decimal(110)}
    heard = trade(
        (0, SubmitChild(child=make_child(**stop))),
        (5, _replace(limit_price=Decimal(90))),
        (6, _replace(stop_price=Decimal(105))),
        _bar(10, 106, 100),
    )
    assert _told(heard) == [
        "refused: mine-1 LIMIT_PRICE_UNEXPECTED",
        "replaced: 10, leaves 10, None, 105, False",
        "A-1 of 10 at 106, leaves 0",
    ]


def test_on_quotes_a_change_is_matched_at_once(trade: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    heard = trade(
        Quote(symbol="Q", time=0, bid=99.0, ask=101.0, bid_size=50.0, ask_size=50.0),
        (5, SubmitChild(child=make_child(symbol="Q", **LIMIT))),
        (7, _replace(limit_price=Decimal(101))),
    )
    assert _told(heard) == ["replaced: 10, leaves 10, 101, None, False", "A-1 of 10 at 101, leaves 0"]


def test_what_is_taken_back_of_an_order_that_rests_works_again(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    heard = trade(
        (0, SubmitChild(child=make_child(**LIMIT))),
        _bar(10, 100, 4),
        (15, BustFill(fill_id="A-1", reason="fat finger")),
        (16, _replace(9)),
        _bar(20, 100, 5),
        (25, CancelChild(child_id="mine-1.1")),
    )
    assert _told(heard) == [
        "A-1 of 4 at 100, leaves 6",
        "busted A-1: fat finger",
        "replaced: 9, leaves 9, 100, None, False",
        "A-2 of 5 at 100, leaves 4",
        "cancelled: leaves 4",
    ]


def test_an_order_that_is_done_is_not_put_back(trade: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    heard = trade(
        (0, SubmitChild(child=make_child())),
        _bar(10, 100, 50),
        (15, BustFill(fill_id="", reason="fat finger")),
        _bar(20, 100, 50),
        (25, BustFill(fill_id="", reason="again")),
    )
    assert _told(heard) == ["A-1 of 10 at 100, leaves 0", "busted A-1: fat finger"]
    (refused,) = heard.news(TradeCorrectionRefused)
    assert (refused.fill_id, refused.code, refused.text) == ("", "UNKNOWN_FILL", "no execution so far")


def test_an_execution_is_corrected_as_often_as_need_be(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    def correct(quantity: int | None, price: str | None) -> CorrectFill:
        return CorrectFill(
            fill_id="A-1",
            quantity=None if quantity is None else Decimal(quantity),
            price=None if price is None else Decimal(price),
            reason="erroneous",
        )

    heard = trade(
        (0, SubmitChild(child=make_child(**LIMIT))),
        _bar(10, 100, 4),
        (15, correct(None, "99.50")),
        (16, correct(1, None)),
        (17, correct(6, None)),
        _bar(20, 100, 3),
        (25, correct(7, None)),
        (26, _replace(20)),
        (27, correct(6, "98")),
        (28, BustFill(fill_id="A-1", reason="all of it")),
    )
    assert _told(heard) == [
        "A-1 of 4 at 100, leaves 6",
        "corrected A-1: 4 at 99.5 (99.5)",
        "corrected A-1: 1 at 99.5 (99.5)",
        "corrected A-1: 6 at 99.5 (99.5)",
        "A-2 of 3 at 100, leaves 1",
        "corrected A-1: 7 at 99.5 (99.5)",
        "refused: mine-1 TOO_LATE_TO_CANCEL",
        "corrected A-1: 6 at 98 (98)",
        "busted A-1: all of it",
    ]


@pytest.mark.parametrize(
    ("side", "changes", "code", "text"),
    [
        (Side.BUY, {"fill_id": "A-9"}, "UNKNOWN_FILL", "no execution A-9"),
        (Side.BUY, {"quantity": Decimal(0)}, "QUANTITY_NOT_POSITIVE", "quantity must be a number above 0, was 0"),
        (Side.BUY, {"quantity": Decimal("1.5")}, "OFF_LOT", "quantity must be a whole number of lots of 1, was 1.5"),
        (Side.BUY, {"quantity": Decimal(11)}, "OVERFILL", "fill A-1: limit=10, was=11"),
        (Side.BUY, {"price": Decimal(101)}, "FILL_THROUGH_LIMIT", "fill A-1: limit=100, was=101"),
        (Side.SELL, {"price": Decimal(99)}, "FILL_THROUGH_LIMIT", "fill A-1: limit=100, was=99"),
        (Side.BUY, {"price": Decimal("99.995")}, "OFF_TICK", "price must be on the tick of 0.01, was 99.995"),
    ],
)
def test_an_execution_that_cannot_have_been_so_is_refused(
    trade: Callable[..., Any],
    make_child: Callable[..., Any],
    side: Side,
    changes: dict[str, Any],
    code: str,
    text: str,
) -> None:
    given: dict[str, Any] = {"fill_id": "A-1", "quantity": None, "price": None, **changes}
    heard = trade(
        (0, SubmitChild(child=make_child(side=side, **LIMIT))),
        _bar(10, 100, 4),
        (15, CorrectFill(reason="erroneous", **given)),
    )
    assert _told(heard) == ["A-1 of 4 at 100, leaves 6"]
    assert [(refused.code, refused.text) for refused in heard.news(TradeCorrectionRefused)] == [(code, text)]


def test_a_venue_that_keeps_no_executions_takes_none_back(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    heard = trade(
        (0, SubmitChild(child=make_child())),
        _bar(10, 100, 50),
        (15, BustFill(fill_id="A-1", reason="fat finger")),
        keeps_fills=False,
    )
    assert [refused.code for refused in heard.news(TradeCorrectionRefused)] == ["UNKNOWN_FILL"]
