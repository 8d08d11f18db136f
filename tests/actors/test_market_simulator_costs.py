"""MarketSimulator: fees by time, month and currency; slippage by what the market shows."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.market_simulator import MarketSimulator, VenueSettings
from tradepit.models.bar_matching import BarBook
from tradepit.models.bar_rules import BarRules
from tradepit.models.commission import Commission, FixedCommission, NoCommission, PercentCommission
from tradepit.models.commission_parts import DatedCommission, SumCommission
from tradepit.models.commission_tiers import Tier, TierBy, TieredCommission
from tradepit.models.fee_currency import IN_QUOTE, FeeCurrency
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, MarketEvent, Quote, Trade
from tradepit.models.messages import ChildFilled, SubmitChild
from tradepit.models.orders import Fill, Side
from tradepit.models.quote_matching import QuoteBook, QuoteRules
from tradepit.models.slippage import NoSlippage, Slippage
from tradepit.models.slippage_depth import BookSlippage, Distance, HalfSpreadSlippage
from tradepit.models.slippage_impact import VolatilitySlippage, VolumeShareSlippage
from tradepit.models.trade_matching import TradeBook, TradeRules

D = Decimal
X = Instrument(symbol="X", base="BTC", tick=D("0.0001"))


class ListeningVenue(MarketSimulator):
    """A venue that notes which market data reached it."""

    def __init__(self, settings: VenueSettings) -> None:
        super().__init__(settings)
        self.reached: list[int] = []

    def on_bar(self, bar: Bar) -> None:
        self.reached.append(self.now)
        super().on_bar(bar)

    def on_quote(self, quote: Quote) -> None:
        self.reached.append(self.now)
        super().on_quote(quote)

    def on_trade(self, trade: Trade) -> None:
        self.reached.append(self.now)
        super().on_trade(trade)


def venue(
    commission: Commission | None = None,
    slippage: Slippage | None = None,
    fee_currency: FeeCurrency = IN_QUOTE,
    *,
    quotes: bool = False,
) -> ListeningVenue:
    slip = slippage or NoSlippage()
    book: Any = QuoteBook(X, QuoteRules(), slip) if quotes else BarBook(X, BarRules(max_volume_share=None), slip)
    return ListeningVenue(
        VenueSettings(
            venue="A",
            instruments={"X": X},
            bar_books={} if quotes else {"X": book},
            quote_books={"X": book} if quotes else {},
            commission=commission or NoCommission(),
            fee_currency=fee_currency,
            month_of=lambda time: time // 100,
            watches={} if book.watch is None else {"X": book.watch},
        )
    )


def bar(time: int, price: float = 100.0, volume: float = 1000.0) -> Bar:
    return Bar(symbol="X", time=time, open=price, high=price, low=price, close=price, volume=volume)


def quote(time: int, bid: float, ask: float, size: float = 100.0) -> Quote:
    return Quote(symbol="X", time=time, bid=bid, ask=ask, bid_size=size, ask_size=size)


def trading_venue(slippage: Slippage) -> ListeningVenue:
    """Return a venue that matches on trades."""
    book = TradeBook(X, TradeRules(), slippage)
    return ListeningVenue(
        VenueSettings(
            venue="A",
            instruments={"X": X},
            bar_books={},
            quote_books={},
            trade_books={"X": book},
            commission=NoCommission(),
            watches={} if book.watch is None else {"X": book.watch},
        )
    )


def trade(time: int, price: float, size: float = 100.0) -> Trade:
    return Trade(symbol="X", time=time, price=price, size=size)


@pytest.fixture
def fills(play: Callable[..., Any], make_child: Callable[..., Any]) -> Callable[..., list[Fill]]:
    """Return what a venue fills of market orders of 10, by the time at which they are sent."""

    def run(
        venue: MarketSimulator, orders: Mapping[int, Side], market: Sequence[MarketEvent], **changes: Any
    ) -> list[Fill]:
        lines = [
            (time, "venue:A", SubmitChild(child=make_child(f"o-{time}.1", side=side, **changes)))
            for time, side in orders.items()
        ]
        heard = play({"venue:A": venue}, lines, neighbours=("broker:A",), market=market, end=1000)
        return [report.fill for _, report in heard.sent["broker:A"] if isinstance(report, ChildFilled)]

    return run


BUYS = dict.fromkeys((5, 105, 115, 205), Side.BUY)
BARS = [bar(6), bar(106), bar(116), bar(206)]


def test_a_schedule_switches_with_the_time_of_the_fill(fills: Callable[..., list[Fill]]) -> None:
    dated = DatedCommission(periods=[(106, FixedCommission(D(1))), (116, FixedCommission(D(2)))])
    assert [fill.fee for fill in fills(venue(dated), BUYS, BARS)] == [D(0), D(1), D(2), D(2)]


def test_a_months_volume_moves_the_rate_until_the_month_ends(fills: Callable[..., list[Fill]]) -> None:
    tiers = [Tier(below=D(1000), percent=D("0.01")), Tier(percent=D("0.001"))]
    monthly = SumCommission(schedules=[TieredCommission(tiers=tiers, by=TierBy.MONTH_VALUE), FixedCommission(D("0.5"))])
    # Each fill is worth 1,000; a month has 100 ns here, so only the third fill has another before it in its month.
    assert [fill.fee for fill in fills(venue(monthly), BUYS, BARS)] == [D("10.5"), D("10.5"), D("1.5"), D("10.5")]


@pytest.mark.parametrize(
    ("currency", "charged"),
    [
        (IN_QUOTE, [(D("1.00"), None), (D("1.00"), None)]),
        (FeeCurrency(fee_in="base"), [(D("0.01"), "BTC"), (D("0.01"), "BTC")]),
        (FeeCurrency(fee_in="received"), [(D("0.01"), "BTC"), (D("1.00"), None)]),
        (FeeCurrency(fee_in="named", name="EUR"), [(D("1.00"), "EUR"), (D("1.00"), "EUR")]),
    ],
)
def test_a_fill_says_what_its_fee_is_in(
    fills: Callable[..., list[Fill]], currency: FeeCurrency, charged: list[tuple[Decimal, str | None]]
) -> None:
    exchange = venue(PercentCommission(rate=D("0.001")), fee_currency=currency)
    found = fills(exchange, {5: Side.BUY, 15: Side.SELL}, [bar(6), bar(16)])
    assert [(fill.fee, fill.fee_currency) for fill in found] == charged
    assert {fill.currency for fill in found} == {"USD"}


def test_without_a_commission_there_is_no_currency_of_it(fills: Callable[..., list[Fill]]) -> None:
    (fill,) = fills(venue(fee_currency=FeeCurrency(fee_in="base")), {5: Side.BUY}, [bar(6)])
    assert (fill.fee, fill.fee_currency) == (D(0), None)


def test_a_venue_hears_every_bar_for_its_volatility_and_fills_by_that_of_the_bars_before(
    fills: Callable[..., list[Fill]],
) -> None:
    slippage = VolatilitySlippage(base=D(0), multiplier=D(1), window=2)
    exchange = venue(slippage=slippage)
    # Returns of +10% and -10%, and the bar of the fill does not count: it opens at 99 and closes at 50.
    fell = Bar(symbol="X", time=40, open=99.0, high=99.0, low=50.0, close=50.0, volume=1000.0)
    (fill,) = fills(exchange, {35: Side.SELL}, [bar(10, 100.0), bar(20, 110.0), bar(30, 99.0), fell, bar(50, 50.0)])
    assert exchange.reached == [10, 20, 30, 40, 50]
    assert (fill.reference_price, fill.price) == (D("99"), D("84.9992"))  # 99 x (1 - 0.141421...)


def test_a_venue_without_volatility_hears_only_while_orders_rest(fills: Callable[..., list[Fill]]) -> None:
    exchange = venue(slippage=VolumeShareSlippage())
    fills(exchange, {15: Side.BUY}, [bar(10), bar(20), bar(30), bar(40)])
    assert exchange.reached == [20, 30]


def test_orders_on_one_bar_share_its_volume(fills: Callable[..., list[Fill]]) -> None:
    share = VolumeShareSlippage(impact=D(1), limit=D(1))
    orders = {5: Side.BUY, 6: Side.BUY, 7: Side.SELL, 15: Side.BUY}
    found = fills(venue(slippage=share), orders, [bar(10, volume=100.0), bar(20, volume=100.0)])
    assert [fill.price for fill in found] == [D(101), D(104), D(99), D(101)]


def test_on_quotes_the_far_side_has_the_half_spread_and_the_first_level_in_it(
    fills: Callable[..., list[Fill]],
) -> None:
    half = venue(slippage=HalfSpreadSlippage(spread=Distance(per_unit=D(1))), quotes=True)
    walked = venue(slippage=BookSlippage(depth=D(1), step=Distance(per_unit=D(1))), quotes=True)
    for exchange in (half, walked):
        found = fills(exchange, {5: Side.BUY, 7: Side.SELL}, [quote(4, 99.0, 101.0), quote(6, 99.0, 101.5)])
        assert [fill.price for fill in found] == [D(101), D(99)]


def test_on_quotes_volatility_is_that_of_the_mids_and_the_standing_quote_counts_once(
    fills: Callable[..., list[Fill]],
) -> None:
    exchange = venue(slippage=VolatilitySlippage(base=D(0), multiplier=D(1), window=2), quotes=True)
    market = [quote(1, 99.0, 101.0), quote(2, 109.0, 111.0), quote(3, 98.0, 100.0)]
    (fill,) = fills(exchange, {5: Side.BUY}, market)
    assert exchange.reached == [1, 2, 3]
    assert (fill.reference_price, fill.price) == (D(100), D("114.1422"))


def test_on_trades_volatility_is_that_of_the_prints_before_the_fill(fills: Callable[..., list[Fill]]) -> None:
    exchange = trading_venue(VolatilitySlippage(base=D(0), multiplier=D(1), window=2))
    tape = [trade(1, 100.0), trade(2, 110.0), trade(3, 99.0), trade(6, 100.0), trade(7, 50.0)]
    (fill,) = fills(exchange, {5: Side.BUY}, tape)
    assert exchange.reached == [1, 2, 3, 6, 7]
    assert (fill.reference_price, fill.price) == (D(100), D("114.1422"))


def test_orders_on_one_trade_share_its_size_and_a_venue_hears_no_more_than_it_must(
    fills: Callable[..., list[Fill]],
) -> None:
    exchange = trading_venue(VolumeShareSlippage(impact=D(1), limit=D(1)))
    found = fills(
        exchange, {5: Side.BUY, 6: Side.BUY, 15: Side.BUY}, [trade(time, 100.0) for time in (1, 10, 12, 20, 30)]
    )
    assert [fill.price for fill in found] == [D(101), D(104), D(101)]
    assert exchange.reached == [10, 12, 20, 30]
