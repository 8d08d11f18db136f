"""MarketSimulator: one venue, alone on the stage."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors import venue_ends
from tradepit.actors.market_simulator import MarketSimulator, VenueSettings
from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.commission import Commission, NoCommission, PerShareCommission
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, MarketEvent, Quote
from tradepit.models.messages import (
    CancelChild,
    ChildAccepted,
    ChildCancelled,
    ChildCancelRejected,
    ChildExpired,
    ChildFilled,
    ChildRejected,
    SubmitChild,
)
from tradepit.models.orders import Fill, OrderKind, Side, TimeInForce
from tradepit.models.quote_matching import QuoteBook, QuoteRules
from tradepit.models.slippage import FixedPriceSlippage, NoSlippage

BARS = {symbol: Instrument(symbol=symbol, multiplier=Decimal(2)) for symbol in ("X", "Y")}
QUOTES = {"Q": Instrument(symbol="Q")}


class ListeningVenue(MarketSimulator):
    """A venue that notes which market data reached it."""

    def __init__(self, settings: VenueSettings) -> None:
        super().__init__(settings)
        self.reached: list[tuple[int, str]] = []

    def on_bar(self, bar: Bar) -> None:
        self.reached.append((self.now, bar.symbol))
        super().on_bar(bar)

    def on_quote(self, quote: Quote) -> None:
        self.reached.append((self.now, quote.symbol))
        super().on_quote(quote)


def _venue(commission: Commission | None = None, slippage: str = "0") -> ListeningVenue:
    slip = FixedPriceSlippage(Decimal(slippage)) if slippage != "0" else NoSlippage()
    rules = BarRules(max_volume_share=Decimal(1))
    return ListeningVenue(
        VenueSettings(
            venue="A",
            instruments={**BARS, **QUOTES},
            bar_books={symbol: BarBook(instrument, rules, slip) for symbol, instrument in BARS.items()},
            quote_books={symbol: QuoteBook(instrument, QuoteRules(), slip) for symbol, instrument in QUOTES.items()},
            commission=commission or NoCommission(),
        )
    )


def _bar(time: int, symbol: str = "X", *, price: float = 100.0, volume: float = 1000.0) -> Bar:
    return Bar(
        symbol=symbol, time=time, open=price, high=price + 1, low=price - 1, close=price, volume=volume, vwap=None
    )


def _quote(time: int, bid: float, ask: float, size: float = 100.0) -> Quote:
    return Quote(symbol="Q", time=time, bid=bid, ask=ask, bid_size=size, ask_size=size)


@pytest.fixture
def trade(play: Callable[..., Any]) -> Callable[..., list[tuple[int, Any]]]:
    """Let the venue meet commands and market data, by time; returns what its broker gets."""

    def run(
        commands: Mapping[int, Any],
        market: Sequence[MarketEvent] = (),
        venue: MarketSimulator | None = None,
        end: int = 1000,
    ) -> list[tuple[int, Any]]:
        lines = [(time, "venue:A", command) for time, command in commands.items()]
        heard = play({"venue:A": venue or _venue()}, lines, neighbours=("broker:A",), market=market, end=end)
        return list(heard.sent["broker:A"])

    return run


def _accepted(child_id: str, time: int) -> ChildAccepted:
    return ChildAccepted(child_id=child_id, order_id=child_id.rpartition(".")[0], venue="A", time=time)


def _fills(reports: Sequence[tuple[int, Any]]) -> list[tuple[int, Decimal, Decimal, Decimal]]:
    """Return (time, quantity, price, leaves) of each fill."""
    return [
        (time, report.fill.quantity, report.fill.price, report.leaves)
        for time, report in reports
        if isinstance(report, ChildFilled)
    ]


# --- from arrival to fill -----------------------------------------------------------------------------------------


def test_an_order_is_accepted_and_fills_at_the_next_bars_open_with_all_figures(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    commission = PerShareCommission(rate=Decimal("0.01"))
    reports = trade({5: SubmitChild(child=make_child())}, [_bar(5), _bar(9, price=101.5)], _venue(commission, "0.02"))
    fill = Fill(
        fill_id="A-1",
        order_id="mine-1",
        child_id="mine-1.1",
        strategy="mine",
        symbol="X",
        side=Side.BUY,
        quantity=Decimal(10),
        price=Decimal("101.52"),
        reference_price=Decimal("101.5"),
        fee=Decimal("0.10"),
        currency="USD",
        venue="A",
        liquidity=reports[1][1].fill.liquidity,
        time=9,
    )
    assert fill.liquidity == "TAKER"
    assert reports == [
        (5, _accepted("mine-1.1", 5)),
        (9, ChildFilled(child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(0), fill=fill)),
    ]


def test_partial_fills_carry_on_and_are_numbered_over_all_orders(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    bars = [_bar(5), _bar(6, volume=4.0), _bar(7, volume=4.0), _bar(8, volume=4.0)]
    reports = trade({5: SubmitChild(child=make_child())}, bars)
    assert _fills(reports) == [
        (6, Decimal(4), Decimal("100.0"), Decimal(6)),
        (7, Decimal(4), Decimal("100.0"), Decimal(2)),
        (8, Decimal(2), Decimal("100.0"), Decimal(0)),
    ]
    assert [report.fill.fill_id for _, report in reports[1:]] == ["A-1", "A-2", "A-3"]


def test_a_minimum_fee_is_charged_once_over_partial_fills(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    commission = PerShareCommission(rate=Decimal("0.30"), minimum=Decimal("2.00"))
    bars = [_bar(5), _bar(6, volume=4.0), _bar(7, volume=4.0), _bar(8, volume=4.0)]
    reports = trade({5: SubmitChild(child=make_child())}, bars, _venue(commission))
    fees = [report.fill.fee for _, report in reports[1:]]
    assert fees == [Decimal("2.00"), Decimal("0.40"), Decimal("0.60")]  # 1.20, 2.40 and 3.00 are due in all


def test_two_orders_of_one_symbol_meet_one_bar_in_the_order_of_their_arrival(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    commands = {5: SubmitChild(child=make_child("a-1.1")), 6: SubmitChild(child=make_child("b-1.1"))}
    reports = trade(commands, [_bar(9, volume=15.0)])
    assert [(report.child_id, report.fill.quantity) for _, report in reports[2:]] == [
        ("a-1.1", Decimal(10)),
        ("b-1.1", Decimal(5)),
    ]


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("child_id", "changes", "code", "text"),
    [
        ("mine-1.1", {"symbol": "Z"}, "UNKNOWN_SYMBOL", "A does not list Z"),
        ("first-1.1", {}, "DUPLICATE_ORDER_ID", "first-1.1 rests already"),
        ("mine-1.1", {"expires_at": 6}, "EXPIRED_ON_ARRIVAL", "expires_at=6, was=7"),
    ],
)
def test_what_cannot_rest_is_rejected(
    trade: Callable[..., Any],
    make_child: Callable[..., Any],
    child_id: str,
    changes: Mapping[str, Any],
    code: str,
    text: str,
) -> None:
    commands = {
        5: SubmitChild(child=make_child("first-1.1")),
        7: SubmitChild(child=make_child(child_id, **changes)),
    }
    order_id = child_id.rpartition(".")[0]
    rejected = ChildRejected(child_id=child_id, order_id=order_id, venue="A", code=code, text=text, time=7)
    assert trade(commands)[1:] == [(7, rejected)]


def test_a_copy_of_an_order_that_is_done_is_rejected(trade: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    submit = SubmitChild(child=make_child())
    text = "mine-1.1 is done already"
    rejected = ChildRejected(
        child_id="mine-1.1", order_id="mine-1", venue="A", code="DUPLICATE_ORDER_ID", text=text, time=8
    )
    assert trade({5: submit, 6: CancelChild(child_id="mine-1.1"), 8: submit})[-1] == (8, rejected)


def test_an_order_that_arrives_at_its_last_instant_is_accepted(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    reports = trade({7: SubmitChild(child=make_child(expires_at=7))})
    assert reports[0] == (7, _accepted("mine-1.1", 7))


# --- cancels ------------------------------------------------------------------------------------------------------


def test_a_cancel_takes_what_is_left(trade: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    commands = {5: SubmitChild(child=make_child()), 7: CancelChild(child_id="mine-1.1")}
    reports = trade(commands, [_bar(6, volume=4.0), _bar(8)])
    assert reports[2:] == [
        (
            7,
            ChildCancelled(
                child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(6), code="REQUESTED", time=7
            ),
        )
    ]


def test_a_cancel_after_the_fill_is_too_late(trade: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    commands = {5: SubmitChild(child=make_child()), 7: CancelChild(child_id="mine-1.1")}
    late = ChildCancelRejected(child_id="mine-1.1", order_id="mine-1", venue="A", code="TOO_LATE_TO_CANCEL", time=7)
    assert trade(commands, [_bar(6)])[2:] == [(7, late)]


def test_a_cancel_of_an_order_that_never_came_names_no_order(trade: Callable[..., Any]) -> None:
    unknown = ChildCancelRejected(child_id="mine-1.1", order_id="", venue="A", code="UNKNOWN_ORDER", time=7)
    assert trade({7: CancelChild(child_id="mine-1.1")}) == [(7, unknown)]


def test_an_order_that_is_long_done_is_forgotten(
    trade: Callable[..., Any], make_child: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venue_ends, "REMEMBERED_DONE", 1)
    commands = {
        1: SubmitChild(child=make_child("a-1.1")),
        2: SubmitChild(child=make_child("b-1.1")),
        7: CancelChild(child_id="a-1.1"),
        8: CancelChild(child_id="b-1.1"),
    }
    reports = trade(commands, [_bar(5)])
    assert [(report.child_id, report.code) for _, report in reports[4:]] == [
        ("a-1.1", "UNKNOWN_ORDER"),
        ("b-1.1", "TOO_LATE_TO_CANCEL"),
    ]


# --- time in force ------------------------------------------------------------------------------------------------

CLOSE = 500


def test_a_bar_stamped_exactly_at_the_close_still_fills(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    reports = trade({5: SubmitChild(child=make_child(expires_at=CLOSE))}, [_bar(CLOSE)])
    assert _fills(reports) == [(CLOSE, Decimal(10), Decimal("100.0"), Decimal(0))]
    assert len(reports) == 2


def test_a_bar_one_nanosecond_after_the_close_does_not(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    reports = trade({5: SubmitChild(child=make_child(expires_at=CLOSE))}, [_bar(CLOSE + 1)])
    assert reports[1:] == [
        (
            CLOSE + 1,
            ChildExpired(child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(10), time=CLOSE + 1),
        )
    ]


def test_what_is_left_expires_one_nanosecond_after_the_close_without_any_market_data(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    commands = {
        5: SubmitChild(child=make_child("a-1.1", expires_at=CLOSE, kind=OrderKind.LIMIT, limit_price=Decimal(50))),
        6: SubmitChild(child=make_child("b-1.1", expires_at=CLOSE, symbol="Y")),
        7: SubmitChild(child=make_child("c-1.1", expires_at=CLOSE, kind=OrderKind.LIMIT, limit_price=Decimal(50))),
        8: SubmitChild(child=make_child("d-1.1", kind=OrderKind.LIMIT, limit_price=Decimal(50))),
    }
    reports = trade(commands, [_bar(10)])[4:]
    assert [(time, type(report).__name__, report.child_id) for time, report in reports] == [
        (CLOSE + 1, "ChildExpired", "a-1.1"),
        (CLOSE + 1, "ChildExpired", "c-1.1"),
        (CLOSE + 1, "ChildExpired", "b-1.1"),
    ]


def test_orders_of_the_next_session_expire_at_its_own_close(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    far = {"kind": OrderKind.LIMIT, "limit_price": Decimal(50)}
    commands = {
        5: SubmitChild(child=make_child("a-1.1", expires_at=CLOSE, **far)),
        600: SubmitChild(child=make_child("b-1.1", expires_at=700, **far)),
        601: SubmitChild(child=make_child("c-1.1", expires_at=700, **far)),
    }
    ends = [(time, report.child_id) for time, report in trade(commands) if isinstance(report, ChildExpired)]
    assert ends == [(CLOSE + 1, "a-1.1"), (701, "b-1.1"), (701, "c-1.1")]


@pytest.mark.parametrize(
    ("time_in_force", "filled", "leaves", "code"),
    [(TimeInForce.IOC, [Decimal(4)], 6, "IOC_REMAINDER"), (TimeInForce.FOK, [], 10, "FOK_UNFILLABLE")],
)
def test_an_immediate_order_ends_on_its_first_bar(
    trade: Callable[..., Any],
    make_child: Callable[..., Any],
    time_in_force: TimeInForce,
    filled: list[Decimal],
    leaves: int,
    code: str,
) -> None:
    child = make_child(time_in_force=time_in_force)
    reports = trade({5: SubmitChild(child=child)}, [_bar(6, volume=4.0), _bar(7)])
    assert [quantity for _, quantity, _, _ in _fills(reports)] == filled
    cancelled = ChildCancelled(
        child_id="mine-1.1", order_id="mine-1", venue="A", leaves=Decimal(leaves), code=code, time=6
    )
    assert reports[-1] == (6, cancelled)


# --- quotes -------------------------------------------------------------------------------------------------------


def test_a_marketable_order_takes_the_quote_that_stands_as_it_arrives(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    reports = trade({5: SubmitChild(child=make_child(symbol="Q"))}, [_quote(4, 99.0, 101.0)])
    assert _fills(reports) == [(5, Decimal(10), Decimal("101.0"), Decimal(0))]


def test_the_size_of_one_quote_is_given_once_though_it_is_met_twice(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    commands = {
        5: SubmitChild(child=make_child("a-1.1", symbol="Q")),
        6: SubmitChild(child=make_child("b-1.1", symbol="Q")),
    }
    reports = trade(commands, [_quote(4, 99.0, 101.0, size=15.0), _quote(7, 99.0, 102.0, size=15.0)])
    assert _fills(reports) == [
        (5, Decimal(10), Decimal("101.0"), Decimal(0)),
        (6, Decimal(5), Decimal("101.0"), Decimal(5)),
        (7, Decimal(5), Decimal("102.0"), Decimal(0)),
    ]


def test_an_order_that_comes_before_the_first_quote_waits_for_it(
    trade: Callable[..., Any], make_child: Callable[..., Any]
) -> None:
    reports = trade({5: SubmitChild(child=make_child(symbol="Q", side=Side.SELL))}, [_quote(7, 99.0, 101.0)])
    assert _fills(reports) == [(7, Decimal(10), Decimal("99.0"), Decimal(0))]


# --- what it listens to -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "other", "event"), [("X", "Y", _bar), ("Q", "X", lambda time, symbol: _quote(time, 99.0, 101.0))]
)
def test_it_listens_to_a_symbol_only_while_orders_rest_there(
    trade: Callable[..., Any],
    make_child: Callable[..., Any],
    symbol: str,
    other: str,
    event: Callable[[int, str], MarketEvent],
) -> None:
    venue = _venue()
    resting = {"symbol": symbol, "kind": OrderKind.LIMIT, "limit_price": Decimal(50)}
    commands = {
        5: SubmitChild(child=make_child("a-1.1", **resting)),
        25: CancelChild(child_id="a-1.1"),
        45: SubmitChild(child=make_child("b-1.1", **resting)),
    }
    market = [made for time in range(1, 70, 10) for made in (_bar(time, other), event(time, symbol))]
    trade(commands, market, venue)
    # The first after the cancel finds the book empty; from the next on there is nobody to hear.
    assert venue.reached == [(time, symbol) for time in (11, 21, 31, 51, 61)]
