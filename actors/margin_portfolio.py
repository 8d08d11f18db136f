"""Portfolio of an account with margin, several currencies, or marks by side: slower, and otherwise the plain one.

Receives: what `Portfolio` receives, and its own reminders of margin checks and calls.
Sends: what `Portfolio` sends; closing orders of its own, under the strategy `margin`, and `CancelOrdersOf` before them;
publishes `MarginCalled`, `MarginCallMet` and `Liquidated`.
Always holds: the maintenance margin is checked after every instant that moved it. A call that is not met when its grace
is over closes what is missing and no more, one round of orders at a time.
"""

from decimal import Context, Decimal
from typing import Final

from tradepit.actors import ORDERS
from tradepit.actors.order_desk import PortfolioSettings
from tradepit.actors.portfolio import Portfolio
from tradepit.models.account_events import (
    Liquidated,
    MarginCallDue,
    MarginCalled,
    MarginCallMet,
    MarginCheckDue,
)
from tradepit.models.book_settings import Marks, pairs_of
from tradepit.models.margin import liquidation
from tradepit.models.margin_account import MarginAccount
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    CancelOrdersOf,
    OrderCancelled,
    OrderExpired,
    OrderFailed,
    OrderFilled,
    OrderRejected,
    PositionBooks,
    SubmitOrder,
)
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill, Order, OrderKind, OrderTerms, Refusal, Side
from tradepit.models.positions import Position

MARGIN: Final = "margin"
"""The strategy of the orders by which the portfolio closes positions itself; no other strategy has the name."""
MARGIN_CALL: Final = "MARGIN_CALL"
"""Why the orders of others end in a symbol that a margin call closes."""

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)


class MarginPortfolio(Portfolio):
    """Marks an account in any currency, and calls for margin."""

    constant = (*Portfolio.constant, "_pairs", "_marks_by")
    account: MarginAccount

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the books."""
        super().__init__(settings)
        assert isinstance(self.account, MarginAccount)
        self._pairs = frozenset(pairs_of(settings.instruments))
        self._marks_by = settings.books.marks
        self._detailed = True
        self._asks_margin = settings.books.margin.maintenance_long > _ZERO
        self._worths: dict[str, float] = {}  # of what is held, in the account's currency
        self._needs: dict[str, float] = {}  # maintenance margin of what is held
        self._maintenance = 0.0
        self._check_due = False
        self._calls = 0
        self._called = False
        self._overdue = False
        self._closing: dict[str, None] = {}  # our own orders that have not ended
        self._own_orders = 0

    def on_start(self) -> None:
        """Publish the account and the positions with which the run begins."""
        super().on_start()
        self._revalue()

    # --- marks ----------------------------------------------------------------------------------------------------

    def on_bar(self, bar: Bar) -> None:
        """Mark what a bar's close is the price of."""
        if bar.time != self._instant:
            self._begin_instant(bar.time)
        self._see(bar.symbol, bar.close, bar.close)

    def on_quote(self, quote: Quote) -> None:
        """Mark what a quote is the price of, by side where the scenario says so."""
        self._bars_alone = False
        if quote.time != self._instant:
            self._begin_instant(quote.time)
        mid = (quote.bid + quote.ask) / 2
        self._see(quote.symbol, mid, self._by_side(quote, mid))

    def on_trade(self, trade: Trade) -> None:
        """Mark what a print is the price of, unless quotes are to be."""
        self._bars_alone = False
        if trade.time != self._instant:
            self._begin_instant(trade.time)
        if self._marks_by is Marks.LAST or self.latest(Quote, trade.symbol) is None:
            self._see(trade.symbol, trade.price, trade.price)

    def _by_side(self, quote: Quote, mid: float) -> float:
        if self._marks_by is not Marks.BID_ASK:
            return mid
        held = self.account.position(quote.symbol)
        return quote.bid if held > _ZERO else quote.ask if held < _ZERO else mid

    def _see(self, symbol: str, price: float, mark: float) -> None:
        worth = self._worths.get(symbol)
        if worth is not None:
            self._marks[symbol] = mark
        if symbol in self._pairs:
            self.account.rates.observe(symbol, price)
            self._revalue()
        elif worth is not None:
            now = self._worths[symbol] = float(self.account.worth(symbol, mark))
            self._equity += now - worth
            if self._asks_margin:
                need = float(self.account.maintenance_of(symbol, mark))
                self._maintenance += need - self._needs[symbol]
                self._needs[symbol] = need
                self._watch_margin()

    def _revalue(self) -> None:
        """Value everything anew: a position or a rate of exchange has changed."""
        account, marks = self.account, self._marks
        held = [symbol for symbol, position in account.positions.items() if position.quantity]
        self._worths = {symbol: float(account.worth(symbol, marks.get(symbol))) for symbol in held}
        self._equity = account.equity(marks)
        if self._asks_margin:
            self._needs = {symbol: float(account.maintenance_of(symbol, marks.get(symbol))) for symbol in held}
            self._maintenance = sum(self._needs.values())
            self._watch_margin()

    # --- orders and fills -----------------------------------------------------------------------------------------

    def on_filled(self, event: OrderFilled) -> None:
        """Book an execution, and tell of one that a margin call has made."""
        super().on_filled(event)
        if event.strategy == MARGIN:
            fill = event.fill
            self.publish(
                Liquidated(
                    symbol=fill.symbol,
                    side=fill.side,
                    quantity=fill.quantity,
                    price=fill.price,
                    order_id=fill.order_id,
                    time=self.now,
                )
            )
            if event.state is OrderState.FILLED:
                self._closing.pop(event.order_id, None)
                self._watch_margin()

    def on_unfilled(self, event: OrderCancelled | OrderRejected | OrderExpired | OrderFailed) -> None:
        """Untie what an order that has ended still tied up; one of our own is sent again with the next price."""
        super().on_unfilled(event)
        self._closing.pop(event.order_id, None)

    def _hand_on(self, order: Order, refusal: Refusal | None, *, closes: bool = False) -> None:
        instrument = self._instruments.get(order.symbol)
        if refusal is None and instrument is not None and self.account.rates.rate(instrument.settles_in) is None:
            text = f"no rate of {instrument.settles_in} into {self.account.currency} was seen"
            refusal = Refusal(code="NO_RATE", text=text)
        super()._hand_on(order, refusal, closes=closes)

    def _book(self, fill: Fill) -> None:
        traded = self.traded_value
        super()._book(fill)
        symbol = fill.symbol
        unit = _EXACT.multiply(fill.price, self._instruments[symbol].multiplier).copy_abs()
        self.traded_value = traded + float(_EXACT.multiply(fill.quantity, self.account.unit_size(symbol, unit)))
        if self._marks_by is not Marks.LAST:
            quote = self.latest(Quote, symbol)
            if quote is not None:
                self._marks[symbol] = self._by_side(quote, (quote.bid + quote.ask) / 2)
        self._revalue()

    def _books_of(self, position: Position) -> PositionBooks:
        books = super()._books_of(position)
        account = self.account
        currency = account.settles_in(position.symbol)
        home = currency == account.currency
        return PositionBooks(
            realised_average=books.realised_average,
            realised_fifo=books.realised_fifo,
            realised_lifo=books.realised_lifo,
            currency=currency,
            balance=account.cash if home else account.balances.get(currency, _ZERO),
            rate=account.rates.rate(currency),
        )

    # --- margin ---------------------------------------------------------------------------------------------------

    def _watch_margin(self) -> None:
        """Have the margin checked once all prices of the instant are in, where there is something to find."""
        if not self._check_due and (self._called or self._equity < self._maintenance):
            self._check_due = True
            self.call_at(self.now, MarginCheckDue())

    def on_margin_check(self, _due: MarginCheckDue) -> None:
        """Call for margin, find a call met, or go on closing positions."""
        self._check_due = False
        account, books = self.account, self._settings.books
        equity, maintenance = self._exact_equity(), account.maintenance(self._marks)
        if equity >= maintenance:
            if self._called:
                self._called = self._overdue = False
                self.publish(MarginCallMet(equity=equity, maintenance=maintenance, time=self.now))
        elif not self._called:
            self._called = True
            self._calls += 1
            due_at = self.now + books.grace_ns
            self.publish(
                MarginCalled(
                    equity=equity,
                    maintenance=maintenance,
                    deficit=_EXACT.subtract(maintenance, equity),
                    due_at=due_at,
                    time=self.now,
                )
            )
            if books.liquidate is not None:
                self.call_at(due_at, MarginCallDue(number=self._calls))
        elif self._overdue:
            self._liquidate(_EXACT.subtract(maintenance, equity))

    def on_margin_call_due(self, due: MarginCallDue) -> None:
        """Close positions where a call was not met in time."""
        if self._called and due.number == self._calls:
            self._overdue = True
            deficit = _EXACT.subtract(self.account.maintenance(self._marks), self._exact_equity())
            if deficit > _ZERO:
                self._liquidate(deficit)

    def _liquidate(self, deficit: Decimal) -> None:
        """Send a round of closing orders, unless one is under way."""
        first = self._settings.books.liquidate
        if self._closing or first is None:
            return
        held = [one for one in self.account.held(self._marks) if one.symbol not in self._gone]
        for symbol, signed in liquidation(held, deficit, first):
            self._own_orders += 1
            quantity, most = signed.copy_abs(), self._instruments[symbol].max_quantity
            order = Order(
                order_id=f"{MARGIN}-{self._own_orders}",
                strategy=MARGIN,
                symbol=symbol,
                side=Side.BUY if signed > _ZERO else Side.SELL,
                kind=OrderKind.MARKET,
                quantity=quantity if most is None else min(quantity, most),
                created_at=self.now,
                time_in_force=self._default_time_in_force,
                arrival_price=self._last_price(symbol),
                terms=OrderTerms(reduce_only=True),
            )
            self._closing[order.order_id] = None
            self.send(ORDERS, CancelOrdersOf(symbol=symbol, code=MARGIN_CALL))
            self.account.reserve(order.order_id, symbol, order.side, order.quantity, _ZERO)
            self.send(ORDERS, SubmitOrder(order=order))

    def _exact_equity(self) -> Decimal:
        return self.account.value({symbol: Decimal(repr(mark)) for symbol, mark in self._marks.items()})
