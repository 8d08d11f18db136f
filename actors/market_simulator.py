"""MarketSimulator: one venue that matches child orders against market data.

Receives: `SubmitChild` and `CancelChild` from its broker, `Bar` and `Quote` of the symbols in which orders rest.
Sends: to its broker, exactly one of `ChildAccepted` and `ChildRejected` for each order, `ChildFilled` for each
execution, and one end (`ChildCancelled`, `ChildExpired`) unless the order is filled.
Always holds: an order that arrives on a bar's close first meets the next bar; fills never exceed the order.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import attrs

from tradepit.actors import broker_name
from tradepit.actors.kernel import Actor
from tradepit.models.commission import NOTHING_SO_FAR, Commission, OrderSoFar
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, Quote
from tradepit.models.matching import Dead, Execution, MatchingBook, Outcome
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
from tradepit.models.orders import ChildOrder, Fill
from tradepit.models.values import positional, value

_fill = positional(Fill)
_child_accepted = positional(ChildAccepted)
_child_filled = positional(ChildFilled)

REMEMBERED_DONE = 1_000
"""How many done orders a venue remembers at least, to tell a late cancel from one for an order it never had."""

AnyBook: TypeAlias = MatchingBook[Bar] | MatchingBook[Quote]


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
    """

    venue: str
    instruments: Mapping[str, Instrument]
    bar_books: Mapping[str, MatchingBook[Bar]]
    quote_books: Mapping[str, MatchingBook[Quote]]
    commission: Commission


@attrs.define
class _Resting:
    """A child order at the venue, and what it has paid so far."""

    child: ChildOrder
    so_far: OrderSoFar


class MarketSimulator(Actor):
    """One simulated venue."""

    def __init__(self, settings: VenueSettings) -> None:
        """Open a venue."""
        self._settings = settings
        self._broker = broker_name(settings.venue)
        self._heard: dict[str, None] = {}  # symbols whose market data the venue hears
        self._resting: dict[str, _Resting] = {}
        self._done: dict[str, str] = {}  # parents of child orders that are done, the latest and those before them
        self._done_before: dict[str, str] = {}
        self._reminders: dict[tuple[str, int], None] = {}
        self._fills = 0

    def on_start(self) -> None:
        """Listen to no market data until an order rests."""
        self.unsubscribe(Bar)
        self.unsubscribe(Quote)

    def on_submit(self, message: SubmitChild) -> None:
        """Take an order onto the book, or refuse it."""
        child = message.child
        book = self._book(child.symbol)
        if book is None:
            self._reject(child, "UNKNOWN_SYMBOL", f"{self._settings.venue} does not list {child.symbol}")
            return
        if child.child_id in self._resting:
            self._reject(child, "DUPLICATE_ORDER_ID", f"{child.child_id} rests already")
            return
        if child.expires_at is not None and child.expires_at < self.now:
            self._reject(child, "EXPIRED_ON_ARRIVAL", f"expires_at={child.expires_at}, was={self.now}")
            return
        if child.symbol not in self._heard:
            self._listen(child.symbol)
        book.add(child)
        self._resting[child.child_id] = _Resting(child, NOTHING_SO_FAR)
        self.send(self._broker, _child_accepted(child.child_id, child.order_id, self._settings.venue, self.now))
        self._remind(child)
        quote_book = self._settings.quote_books.get(child.symbol)
        if quote_book is not None:
            quote = self.latest(Quote, child.symbol)
            if quote is not None:
                self._report(quote_book.match(quote))

    def on_cancel(self, message: CancelChild) -> None:
        """Take an order off the book, or say why it cannot be done (FIX 4.4 CxlRejReason 0 and 1)."""
        resting = self._resting.get(message.child_id)
        if resting is None:
            order_id = self._done.get(message.child_id) or self._done_before.get(message.child_id)
            self.send(
                self._broker,
                ChildCancelRejected(
                    child_id=message.child_id,
                    order_id=order_id or "",
                    venue=self._settings.venue,
                    code="UNKNOWN_ORDER" if order_id is None else "TOO_LATE_TO_CANCEL",
                    time=self.now,
                ),
            )
            return
        book = self._book(resting.child.symbol)
        assert book is not None
        leaves = book.cancel(message.child_id)
        assert leaves is not None
        self._cancelled(resting.child, leaves, "REQUESTED")

    def on_bar(self, bar: Bar) -> None:
        """Match the orders that rest in a symbol against its bar; listen no more when none does."""
        outcomes = self._settings.bar_books[bar.symbol].match(bar)
        if outcomes:
            self._report(outcomes)
        elif not self._settings.bar_books[bar.symbol]:
            self._heard.pop(bar.symbol)
            self.unsubscribe(Bar, bar.symbol)

    def on_quote(self, quote: Quote) -> None:
        """Match the orders that rest in a symbol against its quote; listen no more when none does."""
        outcomes = self._settings.quote_books[quote.symbol].match(quote)
        if outcomes:
            self._report(outcomes)
        elif not self._settings.quote_books[quote.symbol]:
            self._heard.pop(quote.symbol)
            self.unsubscribe(Quote, quote.symbol)

    def on_expiry_due(self, reminder: ExpiryDue) -> None:
        """Take expired orders off a symbol's book."""
        book = self._book(reminder.symbol)
        assert book is not None
        self._reminders.pop((reminder.symbol, self.now - 1), None)
        self._report(book.expire(self.now))

    # --- what the books say ---------------------------------------------------------------------------------------

    def _report(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            resting = self._resting[outcome.child_id]
            if isinstance(outcome, Execution):
                self._filled(resting, outcome)
            else:
                self._died(resting.child, outcome)

    def _filled(self, resting: _Resting, execution: Execution) -> None:
        child = resting.child
        settings = self._settings
        instrument = settings.instruments[child.symbol]
        quantity, price, leaves = execution.quantity, execution.price, execution.leaves
        so_far = resting.so_far
        fee = settings.commission.fee(child.side, quantity, price, instrument.multiplier, execution.liquidity, so_far)
        self._fills += 1
        fill = _fill(
            f"{settings.venue}-{self._fills}",
            child.order_id,
            child.child_id,
            child.strategy,
            child.symbol,
            child.side,
            quantity,
            price,
            execution.reference_price,
            fee,
            instrument.currency,
            settings.venue,
            execution.liquidity,
            self._system.now,
        )
        if leaves:
            resting.so_far = so_far.after(quantity, price, instrument.multiplier, fee)
        else:
            self._forget(child)
        self.send(self._broker, _child_filled(child.child_id, child.order_id, settings.venue, leaves, fill))

    def _died(self, child: ChildOrder, dead: Dead) -> None:
        if dead.code == "EXPIRED":
            self._forget(child)
            self.send(
                self._broker,
                ChildExpired(
                    child_id=child.child_id,
                    order_id=child.order_id,
                    venue=self._settings.venue,
                    leaves=dead.leaves,
                    time=self.now,
                ),
            )
        else:
            self._cancelled(child, dead.leaves, dead.code)

    def _cancelled(self, child: ChildOrder, leaves: Decimal, code: str) -> None:
        self._forget(child)
        self.send(
            self._broker,
            ChildCancelled(
                child_id=child.child_id,
                order_id=child.order_id,
                venue=self._settings.venue,
                leaves=leaves,
                code=code,
                time=self.now,
            ),
        )

    def _reject(self, child: ChildOrder, code: str, text: str) -> None:
        self.send(
            self._broker,
            ChildRejected(
                child_id=child.child_id,
                order_id=child.order_id,
                venue=self._settings.venue,
                code=code,
                text=text,
                time=self.now,
            ),
        )

    # --- what rests -----------------------------------------------------------------------------------------------

    def _book(self, symbol: str) -> AnyBook | None:
        book = self._settings.bar_books.get(symbol)  # an empty book is false, so no `or` here
        return self._settings.quote_books.get(symbol) if book is None else book

    def _forget(self, child: ChildOrder) -> None:
        del self._resting[child.child_id]
        self._done[child.child_id] = child.order_id
        if len(self._done) >= REMEMBERED_DONE:
            self._done_before, self._done = self._done, {}

    def _listen(self, symbol: str) -> None:
        self._heard[symbol] = None
        self.subscribe(Bar if symbol in self._settings.bar_books else Quote, symbol)

    def _remind(self, child: ChildOrder) -> None:
        """Have one reminder for each symbol and instant of expiry, just past the last instant at which one may fill."""
        if child.expires_at is None or (child.symbol, child.expires_at) in self._reminders:
            return
        self._reminders[(child.symbol, child.expires_at)] = None
        self.call_at(child.expires_at + 1, ExpiryDue(symbol=child.symbol))
