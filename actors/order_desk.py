"""The portfolio's desk: where orders come in, are sized, and pass or fail the risk checks.

Receives: `RequestOrder` and `CancelOrder` from strategies, the unfilled ends of orders.
Sends: `SubmitOrder`, `RefuseOrder` and `CancelOrder` to the order manager, and `ReplaceOrder` where an order that may
only reduce a position has become too large for it.
Always holds: what an open order may need is tied up until it has ended; orders that only reduce a position, and those
that wait for another to fill, tie up nothing.

The desk stands in layers, one idea a file: orders here, `signal_desk`, `replace_desk`, `rebalance_desk`; the portfolio
is the last.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Context, Decimal
from functools import partial
from typing import Any, ClassVar, TypeGuard

import attrs

from tradepit.actors import ORDERS
from tradepit.actors.kernel import Actor
from tradepit.actors.last_price import last_close, last_price
from tradepit.models.account import Account
from tradepit.models.book_settings import BookSettings
from tradepit.models.brackets import children_of, stop_at, wrong_side
from tradepit.models.equity_watch import EquityWatch
from tradepit.models.exits import Exits
from tradepit.models.instruments import Instrument
from tradepit.models.kelly import KellyFraction, TradeTally
from tradepit.models.limits import Limits, MissingStop
from tradepit.models.market import Bar, MarketEvent, Quote
from tradepit.models.messages import (
    CancelOrder,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderFailed,
    OrderRejected,
    RefuseOrder,
    ReplaceOrder,
    RequestOrder,
    SubmitOrder,
)
from tradepit.models.order_pace import OrderPace
from tradepit.models.orders import Order, OrderTerms, Refusal, Side, TimeInForce
from tradepit.models.risk import check, entry_price, reserve_for, unit_value
from tradepit.models.risk_view import RiskView
from tradepit.models.sizing import FixedCash, FixedQuantity, PercentOfEquity, Sizing, size
from tradepit.models.sizing_request import SizingRequest, no_trades, nothing_known
from tradepit.models.validation import SignalValidation, check_order
from tradepit.models.values import changed, positional
from tradepit.models.volatility_target import DailyVolatility, VolatilityTarget

DUPLICATE = "DUPLICATE_ORDER_ID"
MOST_DIGITS = 28
"""Whole digits of a price or quantity beyond which nothing is worked out: the rules of validation refuse it."""

_ZERO = Decimal(0)
_EXACT = Context(prec=200)  # a strategy may narrow its own context, which is ours too where it is called directly
_BUY, _SELL = Side.BUY, Side.SELL
_order = positional(Order)
_submit_order = positional(SubmitOrder)
_NO_TERMS = OrderTerms()


@attrs.frozen(kw_only=True)
class OpeningHolding:
    """A position held when the run begins.

    Attributes:
        quantity: signed.
        price: average cost of one unit.
    """

    quantity: Decimal
    price: Decimal


@attrs.frozen(kw_only=True)
class PortfolioSettings:
    """The account and its risk.

    Attributes:
        cash: at the start.
        currency: ISO code of the account.
        instruments: what can be traded, by symbol.
        sizing: quantity of orders and signals that name none.
        limits: risk limits.
        holdings: positions at the start, by symbol.
        default_time_in_force: of requests that name none.
        close_positions: whether positions are closed at the last price at the end.
        day_of: number of the trading day in which an instant lies.
        books: how the books are kept.
        signals: rules that signals must pass.
    """

    cash: Decimal
    currency: str
    instruments: Mapping[str, Instrument]
    sizing: Sizing
    limits: Limits
    holdings: Mapping[str, OpeningHolding]
    default_time_in_force: TimeInForce
    close_positions: bool
    day_of: Callable[[int], int]
    books: BookSettings = attrs.Factory(BookSettings)
    signals: SignalValidation = attrs.Factory(SignalValidation)


class OrderDesk(Actor):
    """Sizes orders and checks risk."""

    constant: ClassVar[tuple[str, ...]] = (
        "_settings", "_instruments", "_limits", "_default_time_in_force", "_plain_sizing", "_plain_signals",
        "_adds_stops", "_converts", "on_bar", "on_quote", "on_trade",
    )  # fmt: skip

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the desk."""
        self._settings = settings
        self._instruments = settings.instruments
        self._limits = settings.limits
        self._default_time_in_force = settings.default_time_in_force
        sizing = settings.sizing
        self._plain_sizing = isinstance(sizing, FixedQuantity | FixedCash | PercentOfEquity)
        self._adds_stops = settings.limits.missing_stop is MissingStop.ADD
        self.account = settings.books.open_account(settings.cash, settings.currency, settings.instruments)
        self._converts = type(self.account) is not Account  # prices may be in other currencies than the account's
        self._plain_signals = self._plain_sizing and not self._adds_stops and not self._converts
        self._marks: dict[str, float] = {}
        self._equity = 0.0
        self._bars_alone = True  # no quote and no print has come so far
        self._out: dict[str, Order] = {}  # orders that have not ended, as they were last changed
        self._gone: dict[str, str] = {}  # symbols that are traded no more, and why
        self._refused_again: dict[str, int] = {}  # how many orders came under the id of one that was still open
        self._exits = Exits()
        # What only some limits and sizes need to know is kept for them alone.
        self._pace = None if settings.limits.max_orders_per_second is None else OrderPace()
        self._tally = TradeTally() if isinstance(sizing, KellyFraction) and sizing.win_rate is None else None
        self._volatility = DailyVolatility(sizing.days, settings.day_of) if _is_measured(sizing) else None
        self._equity_watch: EquityWatch | None = None
        self._watched_instant = 0

    def _begin_watch(self) -> None:
        """Begin to keep what limits and sizes need to know; the equity and the positions at the start are known."""
        if self._limits.watch_equity:
            self._equity_watch = EquityWatch(self.now, self._equity, self._settings.day_of)
        if self._tally is not None:
            for symbol, position in self.account.positions.items():
                self._tally.note(symbol, position.quantity, _ZERO)

    def _watching(self, hear: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return a handler of market data that also keeps what limits and sizes need to know, if they need any."""
        if self._limits.watch_equity or self._volatility is not None:
            return partial(self._watch, hear)
        return hear

    def _watch(self, hear: Callable[[Any], None], event: MarketEvent) -> None:
        time = event.time
        if self._equity_watch is not None and time != self._watched_instant:
            self._watched_instant = time
            self._equity_watch.begin(time, self._equity)
        if self._volatility is not None:
            self._volatility.note(event.symbol, time, _mark_of(event))
        hear(event)

    # --- orders ---------------------------------------------------------------------------------------------------

    def on_request(self, request: RequestOrder) -> None:
        """Size a strategy's order if it has no quantity, check its risk, and hand it on."""
        quantity = request.quantity
        refusal: Refusal | None = None
        if quantity is None:
            sized = self._size(request.symbol, 1.0, request)
            quantity, refusal = (_ZERO, sized) if isinstance(sized, Refusal) else (sized, None)
        order = _order(
            request.order_id,
            request.strategy,
            request.symbol,
            request.side,
            request.kind,
            quantity,
            request.created_at,
            request.limit_price,
            request.stop_price,
            request.time_in_force or self._default_time_in_force,
            self._last_price(request.symbol),
            request.terms,
        )
        self._hand_on(order, refusal)

    def on_cancel(self, message: CancelOrder) -> None:
        """Hand a cancel on, behind the order that it is for."""
        self.send(ORDERS, message)

    def on_unfilled(self, event: OrderCancelled | OrderRejected | OrderExpired | OrderFailed) -> None:
        """Untie what an order that has ended still tied up."""
        order_id = event.order_id
        if event.code == DUPLICATE and self._refused_again.get(order_id):
            self._refused_again[order_id] -= 1
            return  # what is tied up is the first order's
        self._out.pop(order_id, None)
        self.account.release(order_id)
        self._follow(event)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _size(self, symbol: str, strength: float, asked: RequestOrder | Order | None) -> Decimal | Refusal:
        """Return the size of what a strategy asks for without a quantity; a plain rule needs to know no more."""
        instrument = self._instruments.get(symbol)
        if instrument is None:
            return _ZERO  # the rule on symbols refuses the order, and says what symbol was meant
        sizing, price = self._settings.sizing, self._last_price(symbol)
        if not price or (self._plain_sizing and not self._converts):
            return size(sizing, instrument, price, self._equity, strength)
        assert asked is not None
        return size(sizing, instrument, price, self._equity, strength, self._sizing_request(instrument, price, asked))

    def _sizing_request(self, instrument: Instrument, price: float, asked: RequestOrder | Order) -> SizingRequest:
        exact = Decimal(repr(price))
        entry, terms = exact, asked.terms or _NO_TERMS
        for own in (asked.limit_price, asked.stop_price):
            if own is not None and own.is_finite():
                entry = own
                break
        stop = terms.stop_loss
        if stop is None and self._adds_stops:
            assert self._limits.max_stop_distance is not None
            stop = stop_at(asked.side, entry, instrument, self._limits.max_stop_distance)
        volatility, tally = self._volatility, self._tally
        return SizingRequest(
            instrument=instrument,
            price=exact,
            entry=entry,
            equity=Decimal(repr(self._equity)),
            cash=self.account.cash,
            side=asked.side,
            stop_loss=stop,
            take_profit=terms.take_profit,
            volatility=nothing_known if volatility is None else volatility.per_year,
            trades=no_trades if tally is None else tally.figures,
            in_account=partial(self.account.unit_size, instrument.symbol) if self._converts else None,
        )

    def _last_price(self, symbol: str) -> float | None:
        return last_close(self, symbol) if self._bars_alone else last_price(self, symbol)

    def _expected(self, symbol: str) -> Decimal:
        """Return the position with every open order filled that may enlarge one."""
        account = self.account
        held = account.position(symbol)
        both = _EXACT.add(account.worst_position(symbol, _BUY), account.worst_position(symbol, _SELL))
        return _EXACT.subtract(both, held)

    def _hand_on(self, order: Order, refusal: Refusal | None, *, closes: bool = False) -> None:
        """Check an order and hand it on, or its refusal; `closes` says that it must never go through zero."""
        order_id, symbol = order.order_id, order.symbol
        instrument = self._instruments.get(symbol)
        if order_id in self._out:
            self._refused_again[order_id] = self._refused_again.get(order_id, 0) + 1
            refusal = Refusal(code=DUPLICATE, text=f"{order_id} is open already")
        if symbol in self._gone:
            refusal = Refusal(code="SYMBOL_GONE", text=f"{symbol} {self._gone[symbol]}")
        if refusal is None and not measurable(order, instrument):
            # Risk cannot be worked out for what is not a number or not an instrument; the rule that says so refuses it.
            refusal = check_order(order, self._instruments, self.now)
        if refusal is None and instrument is not None:
            if order.arrival_price is not None:
                self._marks[symbol] = order.arrival_price
            if order.terms is None and self._limits.none_is_set and not closes:
                refusal = reserve_for(order, self.account, instrument, self._limits, self._marks)
                if refusal is None:
                    self._out[order_id] = order
                    self.send(ORDERS, _submit_order(order))
                    return
            else:
                refusal = self._hand_on_rare(order, instrument, closes=closes)
                if refusal is None:
                    return
        assert refusal is not None
        self.send(ORDERS, RefuseOrder(order=order, code=refusal.code, text=refusal.text))

    def _hand_on_rare(self, order: Order, instrument: Instrument, *, closes: bool) -> Refusal | None:
        """Hand an order on that has terms, or that limits beyond buying power hold for; or say why not."""
        terms = order.terms or _NO_TERMS
        parent = None if terms.parent_id is None else self._out.get(terms.parent_id)
        if parent is not None and order.symbol == parent.symbol and order.side is parent.side.opposite:
            if order.quantity <= parent.quantity or terms.reduce_only:
                self._wait_for(parent, changed(order, quantity=min(order.quantity, parent.quantity)))
                return None
        elif parent is not None and terms.reduce_only:
            text = f"a {order.side} order cannot reduce what the {parent.side} order {parent.order_id} opens"
            return Refusal(code="REDUCE_ONLY", text=text)
        if terms.reduce_only:
            return self._reduce(order, terms, instrument)
        children: tuple[Order, ...] = ()
        opens = self._opens(order)
        if opens:
            bracketed = self._bracketed(order, opens, instrument)
            if isinstance(bracketed, Refusal):
                return bracketed
            order, children = bracketed
        refusal = reserve_for(order, self.account, instrument, self._limits, self._marks, self._view(counted=True))
        if refusal is None:
            # What stands behind the position may fill first, and leaves less to close: a venue then cuts the order.
            self._send_out(changed(order, terms=changed(terms, reduce_only=True)) if closes else order)
            for child in children:
                self._wait_for(order, child)
        return refusal

    def _opens(self, order: Order) -> Decimal:
        """Return how much of an order opens or enlarges a position, all open orders of its side filled."""
        before = self.account.worst_position(order.symbol, order.side)
        closes = before.copy_negate() if order.side is _BUY else before
        return order.quantity if closes <= _ZERO else max(_EXACT.subtract(order.quantity, closes), _ZERO)

    def _bracketed(
        self, order: Order, opens: Decimal, instrument: Instrument
    ) -> tuple[Order, tuple[Order, ...]] | Refusal:
        """Return an order with the stop that it lacks, and the orders behind it; or say what is wrong with them."""
        entry = entry_price(order, order.arrival_price)
        terms = order.terms or _NO_TERMS
        if terms.stop_loss is None and self._adds_stops and entry is not None:
            assert self._limits.max_stop_distance is not None
            stop = stop_at(order.side, entry, instrument, self._limits.max_stop_distance)
            terms = changed(terms, stop_loss=stop)
            order = changed(order, terms=terms)
        if (terms.stop_loss is None and terms.take_profit is None) or entry is None:
            return order, ()
        if opens != order.quantity:
            held = self.account.worst_position(order.symbol, order.side)
            text = f"a stop loss or take profit stands behind what only opens: held={held}, was={order.quantity}"
            return Refusal(code="BRACKET_FLIPS", text=text)
        children = children_of(order, opens)
        for child in children:
            refusal = check_order(child, self._instruments, self.now)
            if refusal is not None:
                return refusal
        return wrong_side(order, entry) or (order, children)

    def _reduce(self, order: Order, terms: OrderTerms, instrument: Instrument) -> Refusal | None:
        """Hand on an order that may only reduce a position, cut to what is left to reduce; or say why not."""
        room = self._room(order, terms, instrument)
        if not room:
            return Refusal(code="REDUCE_ONLY", text=f"limit=0, was={order.quantity}")
        if order.quantity > room:
            order = changed(order, quantity=room)
        view = self._view(counted=True)
        refusal = check(order, self.account, instrument, self._limits, self._marks, view)
        if refusal is None:
            self._exits.add(order)
            self._send_out(order)
        return refusal

    def _room(self, order: Order, terms: OrderTerms, instrument: Instrument, besides: str = "") -> Decimal:
        """Return how much an order may reduce its position, in whole lots."""
        before = self.account.worst_position(order.symbol, order.side)
        reducible = max(before.copy_negate() if order.side is _BUY else before, _ZERO)
        return instrument.quantity(self._exits.room(order.symbol, order.side, reducible, terms.group, besides))

    def _wait_for(self, parent: Order, child: Order) -> None:
        """Hand on an order that works once another has filled, and for no more than that."""
        self._exits.add(child, parent.order_id)
        self._out[child.order_id] = child
        self.send(ORDERS, _submit_order(child))

    def _send_out(self, order: Order) -> None:
        if self._pace is not None:
            self._pace.note(self.now)
        self._out[order.order_id] = order
        self.send(ORDERS, _submit_order(order))

    def _view(self, *, counted: bool) -> RiskView:
        """Return the account's figures for the risk checks; whether the order counts as one sent."""
        now, watch, pace = self.now, self._equity_watch, self._pace
        began, peak = (None, None) if watch is None else watch.levels(now, self._equity)
        return RiskView(
            account=self.account,
            marks=self._marks,
            open_orders=self._open_values,
            now=now,
            equity=Decimal(repr(self._equity)),
            day_start_equity=began,
            peak_equity=peak,
            sent_in_last_second=pace.count(now) if pace is not None and counted else 0,
        )

    def _open_values(self) -> Iterator[tuple[str, Side, Decimal]]:
        """Yield symbol, side and value, in the account's currency, of what is open of each order that may enlarge."""
        account = self.account
        for order_id, order in self._out.items():
            part = account.open_part(order_id)
            if part is not None:
                symbol = order.symbol
                unit = unit_value(order, self._instruments[symbol], order.arrival_price)
                assert unit is not None  # it was valued when it was sent
                yield symbol, order.side, _EXACT.multiply(part[0], account.unit_size(symbol, unit))

    def _follow(self, event: OrderEvent) -> None:
        """Take the news of an order to the orders that reduce positions; what has become too large is cut."""
        exits = self._exits
        if not exits.open:
            return
        group = exits.open[event.order_id].group if event.order_id in exits.open else ""
        exits.note(event.order_id, event.leaves, event.cumulative, ended=event.state.final)
        for exit_, may_stay in exits.too_large(event.symbol, self.account.position(event.symbol), group):
            order = exit_.order
            if not may_stay:
                exit_.leaves = _ZERO
                self.send(ORDERS, CancelOrder(order_id=order.order_id, strategy=order.strategy))
            elif order.terms is None or order.terms.parent_id is None:
                total = _EXACT.add(exit_.filled, may_stay)
                exit_.leaves = may_stay
                cut = ReplaceOrder(
                    order_id=order.order_id, strategy=order.strategy, quantity=total, limit_price=None, stop_price=None
                )
                self.send(ORDERS, cut)
            # What follows a parent has its quantity from that; a venue cuts it to the position as it fills.


def measurable(order: Order, instrument: Instrument | None) -> bool:
    """Tell whether an order's figures are numbers and its instrument is known, so that risk can be worked out."""
    quantity, limit, stop = order.quantity, order.limit_price, order.stop_price
    return (
        instrument is not None
        and quantity.is_finite()
        and quantity > _ZERO
        and quantity.adjusted() < MOST_DIGITS
        and (limit is None or (limit.is_finite() and limit.adjusted() < MOST_DIGITS))
        and (stop is None or (stop.is_finite() and stop.adjusted() < MOST_DIGITS))
    )


def _mark_of(event: MarketEvent) -> float:
    """Return the price at which market data mark a position."""
    if isinstance(event, Bar):
        return event.close
    return (event.bid + event.ask) / 2 if isinstance(event, Quote) else event.price


def _is_measured(sizing: Sizing) -> TypeGuard[VolatilityTarget]:
    """Tell whether a rule of sizing needs volatilities that nobody gives."""
    return isinstance(sizing, VolatilityTarget) and (
        sizing.volatility is None or isinstance(sizing.volatility, Mapping)
    )
