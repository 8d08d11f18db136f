"""Gathers a run's results from what is published."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path

from tradepit.actors.happenings import AT_END, CORPORATE_ACTION
from tradepit.actors.kernel import System
from tradepit.models.instruments import Instrument
from tradepit.models.lot_trades import InverseLotTradeBuilder, LotTradeBuilder, TradeMatching
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    CashMoved,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    DividendOwed,
    Liquidated,
    LotClosed,
    MarginCalled,
    MarginCallMet,
    OrderClosed,
    OrderFillBusted,
    OrderFillCorrected,
    OrderRevised,
    PositionChanged,
    PositionSplit,
    SymbolRenamed,
)
from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.models.rebooking import opposite
from tradepit.models.round_trips import InverseRoundTripBuilder, RoundTrip, RoundTripBuilder
from tradepit.models.trade_metrics import TradeTally
from tradepit.models.trip_history import TradeBuilder, TripHistory
from tradepit.models.values import changed
from tradepit.scenarios.order_rows import OrderRows
from tradepit.scenarios.result import AccountEvent, BreakerEvent, OpenPosition
from tradepit.scenarios.rows import Rows


class Collector:
    """Listens to one run.

    Attributes:
        orders: every order that ended.
        fills: every execution.
        trades: every round trip.
        tally: what the metrics need of them.
        breaker_events: trips and resets.
        account_events: what happened to the account besides executions, in the order of time.
        lots: every lot that was closed, where the scenario reckons by lots; else None.
    """

    def __init__(
        self,
        system: System,
        instruments: Mapping[str, Instrument],
        directory: Path | None,
        kinds: Collection[type] = (Bar, Quote, Trade),
        *,
        by_lots: bool = False,
        matching: TradeMatching = TradeMatching.FLAT_TO_FLAT,
        correctable: bool = False,
    ) -> None:
        """Begin to listen; before the run.

        Args:
            system: the run's actors.
            instruments: what can be traded.
            directory: where the tables go, or None for files without a name.
            kinds: of market data that the sources give.
            by_lots: whether closed lots are a table of their own.
            matching: how fills become trades.
            correctable: whether executions may be taken back or corrected, so that trades are made at the end.
        """
        self._instruments = instruments
        self._matching = matching
        self._builders = {symbol: self._builder(symbol) for symbol in instruments}
        histories = {symbol: TripHistory(symbol, self._builder) for symbol in instruments if correctable}
        self._histories = histories or None
        self._since: list[int] | None = None
        self._went_on: dict[str, str] = {}  # symbols that go on under another
        self._open: dict[str, TradeBuilder] = {}
        self._last: dict[str, PositionChanged] = {}
        self._ends: dict[str, OpenPosition] = {}
        self.breaker_events: list[BreakerEvent] = []
        self.orders = OrderRows(_path(directory, "orders"))
        self.fills = Rows(Fill, _path(directory, "fills"))
        self.tally = TradeTally()
        self.trades = Rows(RoundTrip, _path(directory, "trades"))
        self.account_events: list[AccountEvent] = []
        self.lots = Rows(LotClosed, _path(directory, "lots")) if by_lots else None
        if self.lots is not None:
            system.tap(LotClosed, self.lots.append)
        calls = (MarginCalled, MarginCallMet, Liquidated)
        for happening in (CashMoved, DividendOwed, *calls, PositionSplit, SymbolRenamed):
            system.tap(happening, self.account_events.append)
        system.tap(PositionSplit, self._split)
        system.tap(SymbolRenamed, self._renamed)
        system.tap(OrderFillBusted, self._busted)
        system.tap(OrderFillCorrected, self._corrected)
        system.tap(OrderClosed, self.orders.append)
        system.tap(OrderRevised, lambda event: self.orders.revise(event.closed))
        system.tap(PositionChanged, self._position_changed)
        for kind in (CircuitTripped, CircuitHalfOpened, CircuitReset):
            system.tap(kind, self.breaker_events.append)
        listeners = ((Bar, self._bar), (Quote, self._quote), (Trade, self._trade))
        self._marks = [(kind, listener) for kind, listener in listeners if kind in kinds]
        self._fractions = 0
        self._system = system

    @property
    def open_since(self) -> list[int]:
        """Return the entry times of the round trips that are under way."""
        if self._since is not None:
            return self._since
        return [entry for builder in self._open.values() if (entry := builder.entry_time) is not None]

    def settle(self) -> None:
        """Make the trips, where that had to wait for the end."""
        if self._histories is None:
            return
        made: list[RoundTrip] = []
        self._since = []
        for history in self._histories.values():
            builder, trips = history.trips()
            made += trips
            if builder.entry_time is not None:
                self._since.append(builder.entry_time)
        for trip in sorted(made, key=lambda trip: trip.exit_time):
            self.trades.append(trip)
            self.tally.add(trip)
        self._histories = None

    @property
    def positions(self) -> list[OpenPosition]:
        """Return what is held, or was held before the books were closed."""
        for symbol, last in self._last.items():
            if last.quantity:
                self._note_end(symbol)
        return list(self._ends.values())

    def _note_end(self, symbol: str) -> None:
        last = self._last[symbol]
        self._ends[symbol] = OpenPosition(symbol=symbol, quantity=last.quantity, average_price=last.average_price)

    def _position_changed(self, event: PositionChanged) -> None:
        symbol, fill = event.symbol, event.fill
        builder = self._builders[symbol]
        if fill is not None:
            if fill.venue == AT_END:
                self._note_end(symbol)
            self.fills.append(fill)
            ended = builder.add(fill)
            rate = None if event.books is None else event.books.rate
            if self._histories is not None:
                self._histories[symbol].add(fill, rate)
            elif ended is not None:
                self._ended(ended, rate)
        elif not event.cause:
            if self._histories is not None:
                self._histories[symbol].hold(self._system.now, event.quantity, event.average_price)
            builder.hold(self._system.now, event.quantity, event.average_price)
        self._last[symbol] = event
        if builder.is_open is not (symbol in self._open):
            self._follow(symbol, builder)

    def _ended(self, ended: RoundTrip | tuple[RoundTrip, ...], rate: Decimal | None) -> None:
        """Take in what a fill ended; in another currency it counts in the account's, at the rate at its end."""
        for trip in ended if isinstance(ended, tuple) else (ended,):
            counted = trip if rate is None or rate == 1 else trip.in_currency(rate)
            self.trades.append(counted)
            self.tally.add(counted)

    def _traded(self, fill: Fill) -> None:
        """Take in a fill that the portfolio has not published."""
        builder = self._builders[fill.symbol]
        self.fills.append(fill)
        ended = builder.add(fill)
        if ended is not None and self._histories is None:
            self._ended(ended, self._rate(fill.symbol))
        self._follow(fill.symbol, builder)

    def _rate(self, symbol: str) -> Decimal | None:
        last = self._last.get(symbol)
        return None if last is None or last.books is None else last.books.rate

    def _builder(self, symbol: str) -> TradeBuilder:
        """Return what makes an instrument's trades."""
        instrument, matching = self._instruments[symbol], self._matching
        if matching is TradeMatching.FLAT_TO_FLAT:
            kind = InverseRoundTripBuilder if instrument.inverse else RoundTripBuilder
            return kind(symbol, instrument.multiplier)
        by_lots = InverseLotTradeBuilder if instrument.inverse else LotTradeBuilder
        return by_lots(symbol, instrument.multiplier, matching)

    def _split(self, split: PositionSplit) -> None:
        builder = self._builders[split.symbol]
        builder.split(split.new, split.old)
        history = None if self._histories is None else self._histories[split.symbol]
        if history is not None:
            history.split(split.new, split.old)
        if split.paid_out:
            side = Side.SELL if split.paid_out > 0 else Side.BUY
            currency = self._instruments[split.symbol].currency
            self._fractions += 1
            fraction = Fill(
                fill_id=f"FRACTION-{self._fractions}",
                order_id="",
                child_id="",
                strategy="",
                symbol=split.symbol,
                side=side,
                quantity=split.paid_out.copy_abs(),
                price=split.price,
                reference_price=split.price,
                fee=Decimal(0),
                currency=currency,
                venue=CORPORATE_ACTION,
                liquidity=Liquidity.TAKER,
                time=split.time,
            )
            if history is not None:
                history.add(fraction, self._rate(split.symbol))
            self._traded(fraction)

    def _renamed(self, event: SymbolRenamed) -> None:
        """Let the trip under way go on under the new symbol, together with one that is under way there.

        Trades by lots are apart: where some are open under both symbols, each stays with its own.
        """
        old, new = self._builders[event.symbol], self._builders[event.to]
        self._went_on[event.symbol] = event.to
        if self._histories is not None:
            histories = self._histories
            histories[event.to].take_over(histories[event.symbol], event.time, self._rate(event.to))
            histories[event.symbol] = TripHistory(event.symbol, self._builder)
        if old.is_open and not new.is_open:
            self._builders[event.symbol], self._builders[event.to] = new, old
            old.renamed(event.to)
            new.renamed(event.symbol)
        elif old.is_open and isinstance(old, RoundTripBuilder) and isinstance(new, RoundTripBuilder):
            trip = new.take_over(old, event.time)
            if trip is not None and self._histories is None:
                self._ended(trip, self._rate(event.to))
        for symbol in (event.symbol, event.to):
            self._follow(symbol, self._builders[symbol])

    def _busted(self, event: OrderFillBusted) -> None:
        """Take a fill back: by its opposite in the table of fills, as if it had never been in that of trips."""
        self._taken_back(event.fill, None)

    def _corrected(self, event: OrderFillCorrected) -> None:
        self._taken_back(event.before, event.fill)

    def _taken_back(self, before: Fill, fill: Fill | None) -> None:
        symbol = before.symbol
        while symbol in self._went_on:
            symbol = self._went_on[symbol]
        if symbol != before.symbol:
            before, fill = changed(before, symbol=symbol), None if fill is None else changed(fill, symbol=symbol)
        if self._histories is not None:
            self._histories[symbol].correct(before, fill, self._rate(symbol))
        self._traded(opposite(before))
        if fill is not None:
            self._traded(fill)

    def _follow(self, symbol: str, builder: TradeBuilder) -> None:
        """Listen to prices while a trip is under way."""
        trips = self._open
        if builder.is_open:
            if symbol not in trips:
                trips[symbol] = builder
                if len(trips) == 1:  # prices are many, and matter only while a round trip is under way
                    for kind, listener in self._marks:
                        self._system.tap(kind, listener)
        elif symbol in trips:
            del trips[symbol]
            if not trips:
                for kind, listener in self._marks:
                    self._system.untap(kind, listener)

    def _bar(self, bar: Bar) -> None:
        builder = self._open.get(bar.symbol)
        if builder is not None:
            builder.mark(bar.close)
            if self._histories is not None:
                self._histories[bar.symbol].mark(bar.close)

    def _quote(self, quote: Quote) -> None:
        builder = self._open.get(quote.symbol)
        if builder is not None:
            builder.mark((quote.bid + quote.ask) / 2)
            if self._histories is not None:
                self._histories[quote.symbol].mark((quote.bid + quote.ask) / 2)

    def _trade(self, trade: Trade) -> None:
        builder = self._open.get(trade.symbol)
        if builder is not None:
            builder.mark(trade.price)
            if self._histories is not None:
                self._histories[trade.symbol].mark(trade.price)


def _path(directory: Path | None, table: str) -> Path | None:
    return None if directory is None else directory / f"{table}.jsonl"
