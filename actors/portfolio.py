"""Portfolio: the only owner of positions, cash and risk limits.

Receives: what its desk receives (see `order_desk`), what happens besides executions (see `happenings`), `OrderFilled`,
market data for its marks, `CloseBooks` at the end.
Sends: what those send; publishes `PositionChanged`, `LotClosed` where the scenario reckons by lots, and `AccountOpened`
once the positions at the start are known.
Always holds: cash and positions are what was there at the start and every fill since; what an open order may need is
tied up until it has ended.
"""

from decimal import Context, Decimal
from typing import Any

from tradepit.actors.happenings import AT_END, Happenings
from tradepit.actors.order_desk import PortfolioSettings
from tradepit.models.account_events import PositionCause
from tradepit.models.equity import EquityCurve
from tradepit.models.lots import CostMethod, LotClosed, LotPart, Lots
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    AccountOpened,
    CloseBooks,
    FillOfForgottenOrder,
    OrderFilled,
    PositionBooks,
    PositionChanged,
)
from tradepit.models.orders import Fill
from tradepit.models.positions import Position
from tradepit.models.rebooking import signed
from tradepit.models.symbol_books import SymbolBooks, books_of
from tradepit.models.values import positional

_BEFORE_ALL = -(2**63)  # no market data is so old
_BLOCK = 4_096  # points of the equity curve that are handed over together

_ONE = Decimal(1)
_EXACT = Context(prec=200)
_multiply, _subtract = _EXACT.multiply, _EXACT.subtract
_position_changed = positional(PositionChanged)


class Portfolio(Happenings):
    """Books fills, and marks the account to market; orders and signals come in at its desk."""

    constant = (*Happenings.constant, "_multipliers", "_method")

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the books."""
        super().__init__(settings)
        self._multipliers = {symbol: float(one.multiplier) for symbol, one in settings.instruments.items()}
        self.traded_value = 0.0
        self._weights: dict[str, float] = {}  # quantity times multiplier of what is held
        self._instant = _BEFORE_ALL
        # Each instant with market data, and the equity that the one before it left behind: a bar adds to both at once.
        self._instants: list[int] = []
        self._left_behind: list[float] = []
        self.on_bar = self._watching(self.on_bar)  # type: ignore[method-assign, assignment]  # as strategies are heard
        self.on_quote = self._watching(self.on_quote)  # type: ignore[method-assign, assignment]  # as said
        self.on_trade = self._watching(self.on_trade)  # type: ignore[method-assign, assignment]  # as said
        self._method = settings.books.realised
        self._lots: dict[str, Lots] | None = None if self._method is CostMethod.AVERAGE else {}
        self._detailed = self._lots is not None
        self._final_books: list[SymbolBooks] | None = None

    def on_start(self) -> None:
        """Publish the account and the positions with which the run begins."""
        for symbol, holding in self._settings.holdings.items():
            multiplier = self._instruments[symbol].multiplier
            self.account.hold(symbol, holding.quantity, holding.price, multiplier)
            self._marks[symbol] = float(holding.price)
            self._weights[symbol] = self.account.positions[symbol].weight
            if self._lots is not None:
                self._relot(self.account.positions[symbol])
        self._equity = self.account.equity(self._marks)
        self._curve = EquityCurve(self.now, self._equity, day_of=self._settings.day_of)
        self._begin_watch()
        for position in self.account.positions.values():
            self._publish(position, None)
        balances = dict(self._settings.books.balances) or None
        self.publish(AccountOpened(cash=self.account.cash, currency=self._settings.currency, balances=balances))
        self._expect()

    @property
    def curve(self) -> EquityCurve:
        """Return the equity curve up to the last instant that is over, or to the end once the books are closed."""
        self._hand_over()
        return self._curve

    @property
    def books(self) -> list[SymbolBooks]:
        """Return the books of each symbol that was ever held, as they were before positions were closed at the end."""
        if self._final_books is not None:
            return self._final_books
        return books_of(self.account, self._instruments, self._marks)

    def save_state(self) -> dict[str, Any]:
        """Return what handlers change; the curve holds its points more tightly than lists do."""
        if self._instants:
            self._hand_over()
        state: dict[str, Any] = super().save_state()
        return state

    # --- marks ----------------------------------------------------------------------------------------------------

    def on_bar(self, bar: Bar) -> None:
        """Mark a position at a bar's close; what an instant has left is one point of the equity curve."""
        time = bar.time
        if time != self._instant:  # as in `_begin_instant`, without a call: bars are many
            self._instant = time
            instants = self._instants
            instants.append(time)
            self._left_behind.append(self._equity)
            if len(instants) > _BLOCK:
                self._hand_over()
        if self._weights:
            symbol = bar.symbol
            weight = self._weights.get(symbol)
            if weight is not None:
                close = bar.close
                self._equity += weight * (close - self._marks[symbol])
                self._marks[symbol] = close

    def on_quote(self, quote: Quote) -> None:
        """Mark a position at a quote's mid."""
        self._bars_alone = False
        time = quote.time
        if time != self._instant:  # as in `_begin_instant`, without a call: quotes are many
            self._instant = time
            instants = self._instants
            instants.append(time)
            self._left_behind.append(self._equity)
            if len(instants) > _BLOCK:
                self._hand_over()
        if self._weights:
            symbol = quote.symbol
            weight = self._weights.get(symbol)
            if weight is not None:
                mid = (quote.bid + quote.ask) / 2
                self._equity += weight * (mid - self._marks[symbol])
                self._marks[symbol] = mid

    def on_trade(self, trade: Trade) -> None:
        """Mark a position at a print."""
        self._bars_alone = False
        if trade.time != self._instant:
            self._begin_instant(trade.time)
        weight = self._weights.get(trade.symbol)
        if weight is not None:
            self._mark(trade.symbol, weight, trade.price)

    # --- fills ----------------------------------------------------------------------------------------------------

    def on_filled(self, event: OrderFilled) -> None:
        """Book an execution."""
        self._book(event.fill)
        if not event.leaves:
            self._out.pop(event.order_id, None)
        if self._exits.open or self._plans:
            self._follow(event)

    def on_forgotten(self, event: FillOfForgottenOrder) -> None:
        """Book an execution of an order that nobody remembers."""
        self._book(event.fill)

    def on_close_books(self, _message: CloseBooks) -> None:
        """Close positions at the last price if the scenario says so, and take the last point of the equity curve."""
        self._final_books = self.books
        if self._settings.close_positions:
            for position in list(self.account.positions.values()):
                if position.quantity:
                    instrument = self._instruments[position.symbol]
                    last = Decimal(repr(self._marks[position.symbol]))
                    price = instrument.to_tick(last) or last  # below half a tick the nearest tick would be none
                    self._book(self._own_fill(position, price, AT_END))
        self._hand_over()
        self._curve.settle(self.now if self._instant == _BEFORE_ALL else self._instant, self._equity)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _book(self, fill: Fill) -> None:
        symbol = fill.symbol
        account, marks = self.account, self._marks
        position = account.apply(fill, self._instruments[symbol].multiplier)
        if self._tally is not None:
            self._tally.note(symbol, position.quantity, position.realised - position.fees)
        price = float(fill.price)
        self.traded_value += abs(float(fill.quantity) * price * self._multipliers[symbol])
        mark = self._last_price(symbol)
        marks[symbol] = price if mark is None else mark
        self._equity = account.equity(marks)
        if position.quantity:
            self._weights[symbol] = position.weight
        else:
            self._weights.pop(symbol, None)
        if self._lots is not None:
            self._close_lots(fill, position)
        self._publish(position, fill)

    def _adjusted(self, position: Position, cause: PositionCause) -> None:
        """Value the account anew, and publish a position that changed without an execution."""
        if self._lots is not None:
            self._relot(position)
        symbol = position.symbol
        if position.quantity:
            self._weights[symbol] = position.weight
            if symbol not in self._marks:
                last = self._last_price(symbol)
                self._marks[symbol] = float(position.average_price) if last is None else last
        else:
            self._weights.pop(symbol, None)
        self._revalue()
        self._publish(position, None, cause)

    def _revalue(self) -> None:
        self._equity = self.account.equity(self._marks)

    def _relot(self, position: Position) -> None:
        """Take lots from the position's own books, after anything but a fill."""
        assert self._lots is not None
        self._lots[position.symbol] = position.lots(self._method)

    def _close_lots(self, fill: Fill, position: Position) -> None:
        """Publish each lot that a fill closes."""
        assert self._lots is not None
        symbol = fill.symbol
        lots = self._lots.get(symbol)
        if lots is None:
            lots = self._lots[symbol] = Lots(self._method)
        traded = signed(fill)
        for part in lots.change(traded, position.notional(traded, fill.price), fill.time):
            self._publish_lot(position, part, fill.price, fill.time)

    def _rename(self, symbol: str, to: str) -> None:
        """Let a position go on under another symbol; lots that net out with some held there are closed."""
        old, new = self.account.positions.get(symbol), self.account.positions.get(to)
        if self._lots is not None and old is not None and new is not None:
            lots = new.lots(self._method)
            for came, notional, _ in old.lots(CostMethod.FIFO).open:
                for part in lots.change(came, notional, self.now):
                    self._publish_lot(new, part, new.price_of(part.closed, part.quantity), self.now)
        super()._rename(symbol, to)

    def _publish_lot(self, position: Position, part: LotPart, price: Decimal, time: int) -> None:
        self.publish(
            LotClosed(
                symbol=position.symbol,
                quantity=part.quantity,
                entry_price=position.price_of(part.opened, part.quantity),
                exit_price=price,
                entry_time=part.time,
                exit_time=time,
                pnl=_multiply(_subtract(part.closed, part.opened), position.multiplier),
            )
        )

    def _begin_instant(self, time: int) -> None:
        self._instant = time
        self._instants.append(time)
        self._left_behind.append(self._equity)
        if len(self._instants) > _BLOCK:
            self._hand_over()

    def _hand_over(self) -> None:
        """Hand each instant that is over to the equity curve, with what it left behind; the present one goes on."""
        self._curve.extend(self._instants[:-1], self._left_behind[1:])
        del self._instants[:-1], self._left_behind[:-1]

    def _mark(self, symbol: str, weight: float, price: float) -> None:
        self._equity += weight * (price - self._marks[symbol])
        self._marks[symbol] = price

    def _publish(self, position: Position, fill: Fill | None, cause: str = "") -> None:
        self.publish(
            _position_changed(
                position.symbol,
                position.quantity,
                position.average_price,
                position.realised_by(self._method) if self._detailed else position.realised,
                position.fees,
                self.account.cash,
                fill,
                cause,
                self._books_of(position) if self._detailed else None,
            )
        )

    def _books_of(self, position: Position) -> PositionBooks:
        return PositionBooks(
            realised_average=position.realised,
            realised_fifo=position.realised_by(CostMethod.FIFO),
            realised_lifo=position.realised_by(CostMethod.LIFO),
            currency=self._settings.currency,
            balance=self.account.cash,
            rate=_ONE,
        )
