"""Gathers a run's results from what is published."""

from collections.abc import Collection, Mapping
from pathlib import Path

from tradepit.actors.happenings import AT_END
from tradepit.actors.kernel import System
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import CircuitHalfOpened, CircuitReset, CircuitTripped, OrderClosed, PositionChanged
from tradepit.models.orders import Fill
from tradepit.models.round_trips import RoundTrip, RoundTripBuilder
from tradepit.models.trade_metrics import TradeTally
from tradepit.scenarios.result import BreakerEvent, OpenPosition
from tradepit.scenarios.rows import Rows


class Collector:
    """Listens to one run.

    Attributes:
        orders: every order that ended.
        fills: every execution.
        trades: every round trip.
        tally: what the metrics need of them.
        breaker_events: trips and resets.
    """

    def __init__(
        self,
        system: System,
        instruments: Mapping[str, Instrument],
        directory: Path | None,
        kinds: Collection[type] = (Bar, Quote, Trade),
    ) -> None:
        """Begin to listen; before the run.

        Args:
            system: the run's actors.
            instruments: what can be traded.
            directory: where the tables go, or None for files without a name.
            kinds: of market data that the sources give.
        """
        self._builders = {
            symbol: RoundTripBuilder(symbol, instrument.multiplier) for symbol, instrument in instruments.items()
        }
        self._open: dict[str, RoundTripBuilder] = {}
        self._last: dict[str, PositionChanged] = {}
        self._ends: dict[str, OpenPosition] = {}
        self.breaker_events: list[BreakerEvent] = []
        self.orders = Rows(OrderClosed, _path(directory, "orders"))
        self.fills = Rows(Fill, _path(directory, "fills"))
        self.tally = TradeTally()
        self.trades = Rows(RoundTrip, _path(directory, "trades"))
        system.tap(OrderClosed, self.orders.append)
        system.tap(PositionChanged, self._position_changed)
        for kind in (CircuitTripped, CircuitHalfOpened, CircuitReset):
            system.tap(kind, self.breaker_events.append)
        listeners = ((Bar, self._bar), (Quote, self._quote), (Trade, self._trade))
        self._marks = [(kind, listener) for kind, listener in listeners if kind in kinds]
        self._system = system

    @property
    def open_since(self) -> list[int]:
        """Return the entry times of the round trips that are under way."""
        return [entry for builder in self._open.values() if (entry := builder.entry_time) is not None]

    @property
    def positions(self) -> list[OpenPosition]:
        """Return what is held, or was held before the books were closed."""
        for symbol, changed in self._last.items():
            if changed.quantity:
                self._note_end(symbol)
        return list(self._ends.values())

    def _note_end(self, symbol: str) -> None:
        last = self._last[symbol]
        self._ends[symbol] = OpenPosition(symbol=symbol, quantity=last.quantity, average_price=last.average_price)

    def _position_changed(self, changed: PositionChanged) -> None:
        symbol, fill = changed.symbol, changed.fill
        builder = self._builders[symbol]
        if fill is None:
            builder.hold(self._system.now, changed.quantity, changed.average_price)
        else:
            if fill.venue == AT_END:
                self._note_end(symbol)
            self.fills.append(fill)
            trip = builder.add(fill)
            if trip is not None:
                self.trades.append(trip)
                self.tally.add(trip)
        self._last[symbol] = changed
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

    def _quote(self, quote: Quote) -> None:
        builder = self._open.get(quote.symbol)
        if builder is not None:
            builder.mark((quote.bid + quote.ask) / 2)

    def _trade(self, trade: Trade) -> None:
        builder = self._open.get(trade.symbol)
        if builder is not None:
            builder.mark(trade.price)


def _path(directory: Path | None, table: str) -> Path | None:
    return None if directory is None else directory / f"{table}.jsonl"
