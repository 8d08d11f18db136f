"""MarketSimulator with orders of rare kinds, alone on the stage."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tradepit.actors.market_simulator import MarketSimulator, VenueSettings
from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.commission import NoCommission
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.models.messages import (
    ChildAccepted,
    ChildCancelled,
    ChildFilled,
    ChildRejected,
    PositionChanged,
    SubmitChild,
)
from tradepit.models.orders import (
    ChildOrder,
    Contingency,
    Fill,
    Liquidity,
    OrderKind,
    OrderTerms,
    PegTo,
    Side,
    TimeInForce,
)
from tradepit.models.queue_position import QueueModel
from tradepit.models.quote_matching import QuoteBook, QuoteRules
from tradepit.models.slippage import NoSlippage
from tradepit.models.slippage_impact import VolumeShareSlippage
from tradepit.models.trade_matching import TradeBook, TradeRules
from tradepit.models.venue_position import VenuePosition

D = Decimal
INSTRUMENTS = {symbol: Instrument(symbol=symbol) for symbol in ("X", "Q", "T")}


def _session(at: int) -> tuple[int, int]:
    """Sessions of 60 ns every 100, from 20 to 80."""
    day = at // 100 * 100
    return (day + 20, day + 80) if at < day + 80 else (day + 120, day + 180)


class ListeningVenue(MarketSimulator):
    """A venue that notes which trades reached it."""

    def __init__(self, settings: VenueSettings) -> None:
        super().__init__(settings)
        self.trades: list[int] = []

    def on_trade(self, trade: Trade) -> None:
        self.trades.append(self.now)
        super().on_trade(trade)


def venue(bars: BarRules | None = None, quotes: QuoteRules | None = None, *, sessions: bool = True) -> ListeningVenue:
    """Return a venue with X on bars, Q on quotes and T on trades."""
    return ListeningVenue(
        VenueSettings(
            venue="A",
            instruments=INSTRUMENTS,
            bar_books={"X": BarBook(INSTRUMENTS["X"], bars or BarRules(), NoSlippage())},
            quote_books={"Q": QuoteBook(INSTRUMENTS["Q"], quotes or QuoteRules(), NoSlippage())},
            trade_books={"T": TradeBook(INSTRUMENTS["T"], TradeRules(), NoSlippage())},
            commission=NoCommission(),
            session_at=_session if sessions else None,
        )
    )


def bar(time: int, price: float = 100.0, volume: float = 1000.0) -> Bar:
    return Bar(symbol="X", time=time, open=price, high=price + 1, low=price - 1, close=price + 0.5, volume=volume)


def quote(time: int, bid: float, ask: float, size: float = 100.0) -> Quote:
    return Quote(symbol="Q", time=time, bid=bid, ask=ask, bid_size=size, ask_size=size)


def print_(time: int, price: float, size: float = 100.0, symbol: str = "T") -> Trade:
    return Trade(symbol=symbol, time=time, price=price, size=size)


@pytest.fixture
def lines(play: Callable[..., Any], make_child: Callable[..., ChildOrder]) -> Callable[..., list[str]]:
    """Let a venue meet orders and market data; returns what its broker gets, one line each."""

    def run(
        orders: Sequence[tuple[int, str, dict[str, Any]]],
        market: Sequence[MarketEvent] = (),
        made: MarketSimulator | None = None,
        positions: Sequence[tuple[int, PositionChanged]] = (),
    ) -> list[str]:
        cues = [(time, "venue:A", SubmitChild(child=make_child(name, **given))) for time, name, given in orders]
        cues += [(time, "", word) for time, word in positions]  # type: ignore[misc]  # published, not sent
        heard = play({"venue:A": made or venue()}, cues, neighbours=("broker:A",), market=market, end=1000)
        seen = []
        for time, report in heard.sent["broker:A"]:
            match report:
                case ChildFilled(child_id=name, fill=fill):
                    seen.append(f"{time} {name} {fill.quantity}@{fill.price.normalize():f} {fill.liquidity}")
                case ChildCancelled(child_id=name, code=code, leaves=leaves):
                    seen.append(f"{time} {name} {code} {leaves}")
                case ChildRejected(child_id=name, code=code, text=text):
                    seen.append(f"{time} {name} refused {code}: {text}")
                case ChildAccepted():
                    continue
                case _:
                    seen.append(f"{time} {report}")
        return seen

    return run


LIMIT = {"kind": OrderKind.LIMIT, "limit_price": D(95)}


# --- sessions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "tif", "expected"),
    [
        (5, TimeInForce.AT_OPEN, ["30 a.1 10@101 TAKER"]),  # the first bar that ends in the session of 20 to 80
        (20, TimeInForce.AT_OPEN, ["30 a.1 10@101 TAKER"]),
        (21, TimeInForce.AT_OPEN, ["130 a.1 10@103 TAKER"]),  # too late for today
        (5, TimeInForce.AT_CLOSE, ["80 a.1 10@102.5 TAKER"]),
        (79, TimeInForce.AT_CLOSE, ["80 a.1 10@102.5 TAKER"]),
        (80, TimeInForce.AT_CLOSE, ["181 a.1 10@103.5 TAKER"]),  # no bar ends with the session: its last one
    ],
)
def test_orders_for_the_open_and_the_close_wait_for_their_session(
    lines: Callable[..., list[str]], sent: int, tif: TimeInForce, expected: list[str]
) -> None:
    market = [bar(10, 100), bar(30, 101), bar(80, 102), bar(130, 103)]
    assert lines([(sent, "a.1", {"time_in_force": tif})], market) == expected


def test_where_no_auction_comes_such_an_order_is_cancelled_when_the_session_closes(
    lines: Callable[..., list[str]],
) -> None:
    sent = [
        (5, "open.1", {"time_in_force": TimeInForce.AT_OPEN}),
        (5, "close.1", {"time_in_force": TimeInForce.AT_CLOSE}),
    ]
    assert lines(sent) == ["81 open.1 AUCTION_OVER 10", "81 close.1 AUCTION_OVER 10"]
    assert lines(sent, made=venue(sessions=False)) == [
        "5 open.1 refused NO_SESSIONS: AT_OPEN needs sessions, and the venue has none",
        "5 close.1 refused NO_SESSIONS: AT_CLOSE needs sessions, and the venue has none",
    ]


def test_on_quotes_and_trades_the_close_is_the_instant_itself(lines: Callable[..., list[str]]) -> None:
    sent = [
        (25, "q.1", {"symbol": "Q", "time_in_force": TimeInForce.AT_CLOSE}),
        (25, "t.1", {"symbol": "T", "time_in_force": TimeInForce.AT_CLOSE}),
    ]
    market = [quote(30, 99.0, 101.0), print_(40, 100.0), quote(50, 99.5, 101.5), quote(90, 90.0, 91.0)]
    assert lines(sent, market) == ["80 q.1 10@101.5 TAKER", "80 t.1 10@100 TAKER"]


# --- what stands when an order comes ------------------------------------------------------------------------------


def test_an_order_may_begin_at_the_last_close(lines: Callable[..., list[str]]) -> None:
    made = venue(BarRules(arrival="last_close"))
    sent = [(5, "a.1", {}), (12, "b.1", {}), (13, "c.1", {"quantity": D(150)})]
    assert lines(sent, [bar(10), bar(20, 101)], made) == [
        "10 a.1 10@100 TAKER",  # nothing had closed when it came
        "12 b.1 10@100.5 TAKER",
        "13 c.1 90@100.5 TAKER",  # what is left of a tenth of the volume
        "20 c.1 60@101 TAKER",
    ]


def test_a_trailing_stop_begins_at_the_last_close_or_quote_or_trade(lines: Callable[..., list[str]]) -> None:
    trailing = {"kind": OrderKind.TRAILING_STOP, "side": Side.SELL, "terms": OrderTerms(trail_offset=D(5))}
    sent = [(15, f"{symbol}.1", {**trailing, "symbol": symbol}) for symbol in "XQT"]
    market = [bar(10), quote(10, 100.0, 101.0), print_(10, 100.0), bar(20, 95), quote(21, 95.0, 96.0), print_(22, 95.0)]
    assert lines(sent, market) == ["20 X.1 10@95 TAKER", "21 Q.1 10@95 TAKER", "22 T.1 10@95 TAKER"]


def test_post_only_looks_at_what_stands(lines: Callable[..., list[str]]) -> None:
    post = {**LIMIT, "limit_price": D(101), "terms": OrderTerms(post_only=True)}
    sent = [(15, f"{symbol}.1", {**post, "symbol": symbol}) for symbol in "XQT"]
    market = [bar(10), quote(10, 100.0, 101.0), print_(10, 100.0)]
    assert lines(sent, market) == [
        "15 X.1 refused POST_ONLY: limit=101, market=100.5",
        "15 Q.1 refused POST_ONLY: limit=101, market=101.0",
        "15 T.1 refused POST_ONLY: limit=101, market=100.0",
    ]


def test_what_a_venue_cannot_do_is_refused_with_its_code(lines: Callable[..., list[str]]) -> None:
    peg = {"kind": OrderKind.PEGGED, "terms": OrderTerms(peg_to=PegTo.BID)}
    assert lines([(5, "a.1", peg), (5, "b.1", {**peg, "symbol": "Q"})]) == [
        "5 a.1 refused NEEDS_QUOTES: PEGGED follows bid and ask, which only quotes show"
    ]


# --- our own orders -----------------------------------------------------------------------------------------------


def test_our_own_orders_do_not_meet_where_the_venue_prevents_it(lines: Callable[..., list[str]]) -> None:
    sent = [
        (12, "sell.1", {**LIMIT, "side": Side.SELL, "limit_price": D(100)}),
        (13, "buy.1", {}),
        (14, "far.1", {**LIMIT}),
    ]
    market = [bar(10), bar(20, 99)]
    assert lines(sent, market, venue(BarRules(self_trade_prevention="cancel_newest"))) == [
        "13 buy.1 SELF_TRADE 10",
        "20 sell.1 10@100 MAKER",
    ]
    assert lines(sent, market) == ["20 buy.1 10@99 TAKER", "20 sell.1 10@100 MAKER"]


def test_the_orders_of_a_group_do_not_both_fill_on_one_bar(lines: Callable[..., list[str]]) -> None:
    exits = {"side": Side.SELL, "terms": OrderTerms(group="exit", contingency=Contingency.OCO)}
    sent = [
        (5, "profit.1", {**exits, "kind": OrderKind.LIMIT, "limit_price": D(101)}),
        (5, "loss.1", {**exits, "kind": OrderKind.STOP, "stop_price": D(99)}),
    ]
    assert lines(sent, [bar(10)]) == ["10 loss.1 10@99 TAKER", "10 profit.1 GROUP 10"]


def _fill(number: int, side: Side, quantity: int, *, venue: str = "A", time: int = 0, symbol: str = "X") -> Fill:
    return Fill(
        fill_id=f"{venue}-{number}",
        order_id="o",
        child_id="o.1",
        strategy="mine",
        symbol=symbol,
        side=side,
        quantity=D(quantity),
        price=D(100),
        reference_price=D(100),
        fee=D(0),
        currency="USD",
        venue=venue,
        liquidity=Liquidity.TAKER,
        time=time,
    )


def _position(quantity: int, fill: Fill | None = None, symbol: str = "X") -> PositionChanged:
    return PositionChanged(
        symbol=symbol, quantity=D(quantity), average_price=D(100), realised=D(0), fees=D(0), cash=D(0), fill=fill
    )


def test_reduce_only_orders_go_by_the_published_position_and_what_was_filled_since(
    lines: Callable[..., list[str]],
) -> None:
    exits = {"side": Side.SELL, "symbol": "Q", "terms": OrderTerms(reduce_only=True)}
    sent = [
        (12, "enter.1", {"symbol": "Q", "quantity": D(30)}),  # fill A-1, published at 14
        (15, "one.1", {**exits, "quantity": D(20)}),  # fill A-2, which nobody publishes
        (16, "two.1", {**exits, "quantity": D(10)}),
        (17, "three.1", {**exits, "quantity": D(10)}),
    ]
    word = _position(30, _fill(1, Side.BUY, 30, time=12, symbol="Q"), "Q")
    assert lines(sent, [quote(10, 100.0, 101.0)], positions=[(14, word)]) == [
        "12 enter.1 30@101 TAKER",
        "15 one.1 20@100 TAKER",
        "16 two.1 10@100 TAKER",
        "17 three.1 REDUCE_ONLY 10",
    ]
    assert lines([(15, "one.1", {**exits})], [quote(10, 100.0, 101.0)]) == ["15 one.1 REDUCE_ONLY 10"]


def test_a_reduce_only_order_on_bars_and_trades_goes_by_the_position_too(lines: Callable[..., list[str]]) -> None:
    exits = {"side": Side.SELL, "terms": OrderTerms(reduce_only=True)}
    close = {**exits, "time_in_force": TimeInForce.AT_CLOSE}
    sent = [(22, "x.1", exits), (22, "t.1", {**exits, "symbol": "T"}), (22, "late.1", {**close, "symbol": "T"})]
    words = [(21, _position(10)), (21, _position(15, symbol="T"))]
    assert lines(sent, [bar(30), print_(30, 100.0)], positions=words) == [
        "30 x.1 10@100 TAKER",
        "30 t.1 10@100 TAKER",
        "80 late.1 10@100 TAKER",
    ]


@pytest.mark.parametrize(
    ("quantity", "last", "held"),
    [
        (30, _fill(2, Side.BUY, 10), 30 - 5 + 7),  # 3 and 4 came after it
        (30, _fill(4, Side.BUY, 10), 30),
        (30, _fill(9, Side.BUY, 10, venue="B", time=3), 30 + 7),  # the one of a later time
        (30, None, 30),
    ],
)
def test_what_is_not_published_yet_counts(quantity: int, last: Fill | None, held: int) -> None:
    position = VenuePosition("A")
    for number, (side, filled) in enumerate(((Side.BUY, 20), (Side.BUY, 10), (Side.SELL, 5), (Side.BUY, 7)), 1):
        position.recent.append(_fill(number, side, filled, time=number))
    position.recent.append(_fill(5, Side.BUY, 99, symbol="Y", time=9))
    assert position.held("X", D(quantity), last) == held


def test_a_split_leaves_it_known_which_fills_were_published() -> None:
    position = VenuePosition("A")
    position.recent.append(_fill(1, Side.BUY, 20))
    assert position.held("X", D(20), _fill(1, Side.BUY, 20)) == 20
    position.recent.append(_fill(2, Side.SELL, 5))
    assert position.held("X", D(40), None) == 35


# --- what it hears ------------------------------------------------------------------------------------------------


def test_trades_are_heard_while_orders_rest_that_they_matter_to(lines: Callable[..., list[str]]) -> None:
    made = venue(quotes=QuoteRules(queue=QueueModel("back")))
    sent = [
        (12, "q.1", {**LIMIT, "limit_price": D(100), "symbol": "Q"}),
        (32, "t.1", {"symbol": "T"}),
    ]
    market: list[MarketEvent] = [quote(10, 100.0, 101.0)]
    market += [print_(time, 100.0, 60.0, "Q") for time in (11, 13, 14, 15)]
    market += [quote(20, 100.0, 101.0), quote(21, 100.0, 101.0), print_(22, 100.0, 60.0, "Q")]
    market += [print_(time, 100.0) for time in (31, 33, 34, 35)]
    assert lines(sent, market, made) == ["14 q.1 10@100 MAKER", "33 t.1 10@100 TAKER"]
    assert made.trades == [13, 14, 15, 33, 34]


def test_a_market_order_that_is_done_at_once_makes_the_venue_hear_nothing(lines: Callable[..., list[str]]) -> None:
    heard: list[int] = []

    class Venue(ListeningVenue):
        def on_quote(self, quote: Quote) -> None:
            heard.append(self.now)
            super().on_quote(quote)

    made = Venue(venue()._settings)
    assert lines([(12, "q.1", {"symbol": "Q"})], [quote(10, 100.0, 101.0), quote(13, 100.0, 101.0)], made) == [
        "12 q.1 10@101 TAKER"
    ]
    assert heard == []


def test_a_bar_that_comes_past_its_age_fills_nothing(play: Callable[..., Any], make_child: Callable[..., Any]) -> None:
    late = bar(10)
    cues = [(5, "venue:A", SubmitChild(child=make_child("a.1"))), (16, "", late), (18, "", bar(15))]
    heard = play({"venue:A": venue(BarRules(stale_after_ns=5))}, cues, neighbours=("broker:A",), end=100)
    fills = [(time, report.fill.time) for time, report in heard.sent["broker:A"] if isinstance(report, ChildFilled)]
    assert fills == [(18, 18)]


@pytest.mark.parametrize(
    ("symbol", "rules", "market", "expected"),
    [
        # 10 of 100: a share of 0.1, squared, times 0.1 of the price: 0.1% of 100, and of that print or close alone.
        ("T", BarRules(), [print_(time, 100.0) for time in (11, 21, 31)], ["11 a.1 10@100.1", "21 b.1 10@100.1"]),
        ("X", BarRules(arrival="last_close"), [bar(time, 99.5, 100.0) for time in (5, 15, 25)],
         ["10 a.1 10@100.1", "20 b.1 10@100.1"]),
    ],
)  # fmt: skip
def test_what_was_taken_before_counts_for_one_print_or_close_alone(
    lines: Callable[..., list[str]], symbol: str, rules: BarRules, market: list[MarketEvent], expected: list[str]
) -> None:
    slippage = VolumeShareSlippage(limit=D(1))
    one = INSTRUMENTS[symbol]
    bars = {"X": BarBook(one, attrs.evolve(rules, max_volume_share=D(1)), slippage)} if symbol == "X" else {}
    trades = {"T": TradeBook(one, TradeRules(), slippage)} if symbol == "T" else {}
    book: BarBook | TradeBook = bars["X"] if bars else trades["T"]
    assert book.watch is not None
    made = MarketSimulator(
        VenueSettings(
            venue="A",
            instruments=INSTRUMENTS,
            bar_books=bars,
            quote_books={},
            trade_books=trades,
            commission=NoCommission(),
            watches={symbol: book.watch},
        )
    )
    sent = [(10, "a.1", {"symbol": symbol}), (20, "b.1", {"symbol": symbol})]
    assert lines(sent, market, made) == [f"{line} TAKER" for line in expected]
