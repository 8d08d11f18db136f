"""MarketSimulator: one venue that matches child orders against market data.

Receives: `SubmitChild`, `CancelChild` and what `venue_changes` says from its broker, `Bar`, `Quote` and `Trade` of the
symbols in which orders rest.
Sends: to its broker, exactly one of `ChildAccepted` and `ChildRejected` for each order, `ChildFilled` for each
execution, `ChildReplaced` for what a venue's rule has made smaller, and one end (`ChildCancelled`, `ChildExpired`)
unless the order is filled.
Always holds: an order that arrives on a bar's close first meets the next bar; fills never exceed the order.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from tradepit.actors import broker_name
from tradepit.actors.venue_changes import KeptFill, VenueChanges
from tradepit.models.auctions import SessionAt, next_auction
from tradepit.models.bar_matching import BarBook
from tradepit.models.billed_fill import ANY_MOMENT, NOTHING_SO_FAR, BilledFill, FeeMoment, OrderSoFar
from tradepit.models.commission import Commission, NoCommission
from tradepit.models.fee_currency import IN_QUOTE, FeeCurrency, FeeIn
from tradepit.models.instruments import Instrument
from tradepit.models.inverse_positions import turned
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.market_state import MarketWatch
from tradepit.models.matching import AnyBook, Dead, Execution, MatchingBook, Outcome, Reduced
from tradepit.models.messages import (
    CancelChild,
    ChildAccepted,
    ChildCancelRejected,
    ChildFilled,
    ChildReplaced,
    PositionChanged,
    SubmitChild,
)
from tradepit.models.orders import ChildOrder, Fill, OrderKind
from tradepit.models.particulars import is_plain
from tradepit.models.quote_matching import QuoteBook
from tradepit.models.traded_volume import TradedVolume, month_of
from tradepit.models.values import changed, positional, value
from tradepit.models.venue_position import VenuePosition

_fill = positional(Fill)
_billed_fill = positional(BilledFill)
_child_accepted = positional(ChildAccepted)
_child_filled = positional(ChildFilled)
_ZERO = Decimal(0)


@value
class ExpiryDue:
    """The venue's reminder that orders in a symbol expire.

    Attributes:
        symbol: the instrument.
    """

    symbol: str


@attrs.frozen(kw_only=True)
class VenueSettings:
    """What a venue is.

    Attributes:
        venue: its name.
        instruments: what it lists, by symbol.
        bar_books: a book for each symbol that it matches on bars.
        quote_books: a book for each symbol that it matches on quotes.
        commission: what it charges.
        fee_currency: in which currency.
        month_of: makes a number of the calendar month of a time, ns since the Unix epoch, for fees by monthly volume.
        watches: what a symbol's market shows, for the books whose slippage goes by it.
        trade_books: a book for each symbol that it matches on trades.
        session_at: opening and close of the first session that closes after an instant, all in ns; None where there
            are no sessions, and so no orders for their open and close.
        keeps_fills: whether executions are kept, so that they can be taken back or corrected.
        order_types: kinds of orders that it takes, or None when it takes all.
    """

    venue: str
    instruments: Mapping[str, Instrument]
    bar_books: Mapping[str, BarBook]
    quote_books: Mapping[str, QuoteBook]
    commission: Commission
    fee_currency: FeeCurrency = IN_QUOTE
    month_of: Callable[[int], int] = month_of
    watches: Mapping[str, MarketWatch] = attrs.Factory(dict)
    trade_books: Mapping[str, MatchingBook[Trade]] = attrs.Factory(dict)
    session_at: SessionAt | None = None
    keeps_fills: bool = False
    order_types: Collection[OrderKind] | None = None


class MarketSimulator(VenueChanges):
    """One simulated venue."""

    constant = ("_settings", "_venue", "_instruments", "_commission", "_fee_currency", "_broker", "_order_types")

    def __init__(self, settings: VenueSettings) -> None:
        """Open a venue."""
        super().__init__()
        self._settings = settings
        self._venue = settings.venue
        self._instruments = settings.instruments
        self._order_types = settings.order_types
        self._bar_books, self._quote_books = settings.bar_books, settings.quote_books
        self._books: dict[str, AnyBook] = {**settings.bar_books, **settings.quote_books, **settings.trade_books}
        self._commission = None if isinstance(settings.commission, NoCommission) else settings.commission
        self._fee_currency = None if settings.fee_currency.fee_in is FeeIn.QUOTE else settings.fee_currency
        self._traded = TradedVolume(settings.month_of) if settings.commission.wants_moment else None
        self._watches = settings.watches
        self._broker = broker_name(settings.venue)
        self._heard: dict[str, None] = {}  # symbols whose market data the venue hears
        self._reminders: dict[tuple[str, int], None] = {}
        self._fills = 0
        self._position = VenuePosition(settings.venue)
        self._kept_fills = {} if settings.keeps_fills else None

    def on_start(self) -> None:
        """Listen to no market data until an order rests."""
        self.unsubscribe(Bar)
        self.unsubscribe(Quote)
        self.unsubscribe(Trade)
        for symbol, watch in self._watches.items():
            if watch.hears_all:
                self._listen(symbol)

    def on_submit(self, message: SubmitChild) -> None:
        """Take an order onto the book, or refuse it."""
        child = message.child
        child_id, symbol, expires_at, now = child.child_id, child.symbol, child.expires_at, self._system.now
        book = self._books.get(symbol)
        if book is None:
            self._reject(child, "UNKNOWN_SYMBOL", f"{self._venue} does not list {symbol}")
            return
        if child_id in self._resting:
            self._reject(child, "DUPLICATE_ORDER_ID", f"{child_id} rests already")
            return
        if child_id in self._done or child_id in self._done_before:
            self._reject(child, "DUPLICATE_ORDER_ID", f"{child_id} is done already")
            return
        allowed = self._order_types
        if allowed is not None and child.kind not in allowed:
            self._reject(child, "ORDER_TYPE_NOT_ALLOWED", f"{self._venue} takes {', '.join(allowed)}, was {child.kind}")
            return
        if expires_at is not None and expires_at < now:
            self._reject(child, "EXPIRED_ON_ARRIVAL", f"expires_at={expires_at}, was={now}")
            return
        market = None
        if is_plain(child) and not book.prevents:
            book.add(child, now)
        else:
            admitted = self._admit(child, book, now)
            if admitted is None:
                return
            market, expires_at = admitted
        self._resting[child_id] = child
        self.send(self._broker, _child_accepted(child_id, child.order_id, self._venue, now))
        if book.prevents or book.meets_standing:
            self._meet(child_id, symbol, book, market)
            if not book:  # what was done at once needs to hear nothing
                return
        if symbol not in self._heard:
            self._listen(symbol)
        if expires_at is not None:
            self._remind(symbol, expires_at)

    def _admit(self, child: ChildOrder, book: AnyBook, now: int) -> tuple[float | None, int | None] | None:
        """Take an order onto the book that is not plain, or refuse it and return None.

        Returns:
            The price that the market shows for it, or None, and the last instant at which it may fill, or None.
        """
        session_at = self._settings.session_at
        last: Any = self.latest(book.hears, child.symbol)
        refusal = book.refuse(child, last, has_sessions=session_at is not None)
        if refusal is not None:
            self._reject(child, refusal.code, refusal.text)
            return None
        market = None if last is None else book.far_price(last, buys=child.side.sign > 0)
        auction = None if session_at is None else next_auction(child.time_in_force, now, session_at)
        book.add(child, now, last=market, auction=auction)
        return market, child.expires_at if auction is None else book.over_after(auction)

    def _meet(self, child_id: str, symbol: str, book: AnyBook, market: float | None) -> None:
        """Let an order that has just come meet our own, and the market as it stands where it may."""
        if book.prevents:
            self._report(book.meet_own(child_id, market))
        last: Any = self.latest(book.hears, symbol) if book.meets_standing else None
        if last is not None:
            if self._watches:
                watch = self._watches[symbol]
                (watch.on_quote if book.hears is Quote else watch.at_close_of)(last)
            if book.reducing:
                book.held = self._held(symbol)
            self._report(book.arrive(child_id, last))

    def on_cancel(self, message: CancelChild) -> None:
        """Take an order off the book, or say why it cannot be done (FIX 4.4 CxlRejReason 0 and 1)."""
        child = self._resting.get(message.child_id)
        if child is None:
            order_id = self._parent_of_done(message.child_id)
            self.send(
                self._broker,
                ChildCancelRejected(
                    child_id=message.child_id,
                    order_id=order_id or "",
                    venue=self._venue,
                    code="UNKNOWN_ORDER" if order_id is None else "TOO_LATE_TO_CANCEL",
                    time=self.now,
                ),
            )
            return
        book = self._books[child.symbol]
        leaves = book.cancel(message.child_id)
        assert leaves is not None
        self._cancelled(child, leaves, "REQUESTED")

    def on_bar(self, bar: Bar) -> None:
        """Match the orders that rest in a symbol against its bar; listen no more when none does."""
        book = self._bar_books[bar.symbol]
        if bar.time != self._system.now and book.is_stale(bar, self._system.now):
            return
        if book.reducing:
            book.held = self._held(bar.symbol)
        outcomes = book.match(bar)
        if self._watches:
            self._watches[bar.symbol].after_bar(bar)
        if outcomes:
            self._report(outcomes)
        elif not book and not self._hears_all(bar.symbol):
            self._heard.pop(bar.symbol)
            self.unsubscribe(Bar, bar.symbol)

    def on_quote(self, quote: Quote) -> None:
        """Match the orders that rest in a symbol against its quote; listen no more when none does."""
        book = self._quote_books[quote.symbol]
        if self._watches:
            self._watches[quote.symbol].on_quote(quote)
        if book:
            self._match(book, quote)
        elif not self._hears_all(quote.symbol):
            self._heard.pop(quote.symbol)
            self.unsubscribe(Quote, quote.symbol)
            if book.hears_trades:
                self.unsubscribe(Trade, quote.symbol)

    def on_trade(self, trade: Trade) -> None:
        """Match the orders that rest in a symbol against its trade; listen no more when none does."""
        symbol = trade.symbol
        quote_book = self._quote_books.get(symbol)
        if quote_book is not None:
            if quote_book.reducing:
                quote_book.held = self._held(symbol)
            self._report(quote_book.trade(trade))
            return
        book = self._books[symbol]
        rests = bool(book)
        if rests:
            self._match(book, trade)
        if self._watches:
            self._watches[symbol].after_trade(trade)
        if not rests and not self._hears_all(symbol):
            self._heard.pop(symbol)
            self.unsubscribe(Trade, symbol)

    def on_expiry_due(self, reminder: ExpiryDue) -> None:
        """Take expired orders off a symbol's book."""
        book = self._books[reminder.symbol]
        self._reminders.pop((reminder.symbol, self.now - 1), None)
        if book.reducing:
            book.held = self._held(reminder.symbol)
        self._report(book.expire(self.now))

    # --- what the books say ---------------------------------------------------------------------------------------

    def _match(self, book: AnyBook, event: Quote | Trade) -> None:
        if book.reducing:
            book.held = self._held(event.symbol)
        self._report(book.match(event))

    def _report(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            child = self._resting[outcome.child_id]
            if isinstance(outcome, Execution):
                self._filled(child, outcome)
            elif isinstance(outcome, Dead):
                self._died(child, outcome)
            else:
                self._reduced(outcome)

    def _filled(self, child: ChildOrder, execution: Execution) -> None:
        child_id, order_id, symbol = child.child_id, child.order_id, child.symbol
        venue, leaves = self._venue, execution.leaves
        instrument = self._instruments[symbol]
        fee, fee_currency = _ZERO, None
        so_far, moment = NOTHING_SO_FAR, ANY_MOMENT
        if self._kept_fills is not None:
            so_far, moment = self._circumstances(child_id)
        if self._commission is not None:
            fee = self._fee(self._commission, child, execution, instrument)
            if self._fee_currency is not None:
                fee, fee_currency = self._fee_currency.charged(fee, child.side, execution.price, instrument)
            elif instrument.inverse:  # its value, and so its fee, is in the base
                fee_currency = instrument.base
        self._fills = number = self._fills + 1
        fill = _fill(
            f"{venue}-{number}",
            order_id,
            child_id,
            child.strategy,
            symbol,
            child.side,
            execution.quantity,
            execution.price,
            execution.reference_price,
            fee,
            instrument.currency,
            venue,
            execution.liquidity,
            self._system.now,
            fee_currency,
        )
        self._position.recent.append(fill)
        if self._kept_fills is not None:
            self._kept_fills[fill.fill_id] = KeptFill(fill, child, so_far, moment)
        if not leaves:
            self._forget(child)
        self.send(self._broker, _child_filled(child_id, order_id, venue, leaves, fill))

    def _fee(self, commission: Commission, child: ChildOrder, execution: Execution, instrument: Instrument) -> Decimal:
        """Return the fee for an execution, and remember what the order has done and paid if it goes on."""
        child_id, price = child.child_id, execution.price
        if instrument.inverse:
            price = turned(price).copy_abs()
        fill = _billed_fill(
            child.side,
            execution.quantity,
            price,
            instrument.multiplier,
            execution.liquidity,
            child.symbol,
            *self._circumstances(child_id),
        )
        fee = commission.fee(fill)
        if execution.leaves:
            self._so_far[child_id] = commission.after(fill, fee)
        if self._traded is not None:
            self._traded.add(fill.quantity, price, fill.multiplier)
        return fee

    def _circumstances(self, child_id: str) -> tuple[OrderSoFar, FeeMoment]:
        """Return what an order has done and paid so far, and what fees by time and volume go by."""
        moment = ANY_MOMENT if self._traded is None else self._traded.moment(self._system.now)
        return self._so_far.get(child_id, NOTHING_SO_FAR), moment

    def _fee_of(self, kept: KeptFill, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what an execution costs, had it been of another quantity or price."""
        fill, commission = kept.fill, self._commission
        if commission is None:
            return fill.fee
        instrument = self._instruments[fill.symbol]
        value = turned(price).copy_abs() if instrument.inverse else price
        fee = commission.fee(
            BilledFill(
                side=fill.side,
                quantity=quantity,
                price=value,
                multiplier=instrument.multiplier,
                liquidity=fill.liquidity,
                symbol=fill.symbol,
                so_far=kept.so_far,
                moment=kept.moment,
            )
        )
        if self._fee_currency is not None:
            fee, _ = self._fee_currency.charged(fee, fill.side, price, instrument)
        return fee

    def _reduced(self, reduced: Reduced) -> None:
        """Report what a rule has made smaller; its prices are as they were sent, wherever a peg or trail has them."""
        known, quantity = self._resting[reduced.child_id], reduced.child.quantity
        child = self._resting[reduced.child_id] = changed(known, quantity=quantity)
        self.send(
            self._broker,
            ChildReplaced(
                child_id=child.child_id,
                order_id=child.order_id,
                venue=self._venue,
                quantity=child.quantity,
                leaves=reduced.leaves,
                limit_price=child.limit_price,
                stop_price=child.stop_price,
                time=self.now,
                for_group=True,
            ),
        )

    # --- what rests -----------------------------------------------------------------------------------------------

    def _held(self, symbol: str) -> Decimal:
        """Return the position as the venue sees it."""
        word = self.latest(PositionChanged, symbol)
        return _ZERO if word is None else self._position.held(symbol, word.quantity, word.fill)

    def _book(self, symbol: str) -> AnyBook | None:
        return self._books.get(symbol)

    def _look_again(self, symbol: str) -> None:
        book = self._quote_books.get(symbol)
        quote = None if book is None else self.latest(Quote, symbol)
        if book is not None and quote is not None:
            self._match(book, quote)

    def _hears_all(self, symbol: str) -> bool:
        """Tell whether the venue hears a symbol's market data also while no order rests."""
        watch = self._watches.get(symbol)
        return watch is not None and watch.hears_all

    def _listen(self, symbol: str) -> None:
        self._heard[symbol] = None
        self.subscribe(self._books[symbol].hears, symbol)
        quote_book = self._quote_books.get(symbol)
        if quote_book is not None and quote_book.hears_trades:
            self.subscribe(Trade, symbol)

    def _remind(self, symbol: str, expires_at: int) -> None:
        """Have one reminder for each symbol and instant of expiry, just past the last instant at which one may fill."""
        if (symbol, expires_at) not in self._reminders:
            self._reminders[(symbol, expires_at)] = None
            self.call_at(expires_at + 1, ExpiryDue(symbol=symbol))
