"""The desk's signals: from where a strategy wants a position to be, to the order that brings it there.

Receives: `Signal` from strategies. Sends: what the layer below sends.
"""

from decimal import Context, Decimal

from tradepit.actors.order_desk import OrderDesk
from tradepit.models.messages import Direction, Signal, SignalTerms
from tradepit.models.orders import Order, OrderKind, OrderTerms, Refusal, Side
from tradepit.models.values import changed, positional

CLOSE_SUFFIX = "-CLOSE"
"""Behind a signal's order id: the order that closes what is held the other way round, before the entry."""

_ZERO = Decimal(0)
_EXACT = Context(prec=200)
_BUY, _SELL = Side.BUY, Side.SELL
_MARKET, _LIMIT = OrderKind.MARKET, OrderKind.LIMIT
_LONG, _FLAT = Direction.LONG, Direction.FLAT
_SIGNS = {Direction.LONG: 1, Direction.SHORT: -1, Direction.FLAT: 0}
_order = positional(Order)


class SignalDesk(OrderDesk):
    """Makes orders of signals."""

    def on_signal(self, signal: Signal) -> None:
        """Trade the difference between where a strategy wants a position and where it will be with all open orders."""
        rare = self._exits.open if signal.direction is _FLAT else not self._plain_signals
        if rare or signal.terms is not None:
            self._act_on(signal, signal.terms or SignalTerms())
            return
        target = _ZERO
        rules = self._settings.signals
        last_price = self._last_price(signal.symbol) if rules.has_own else None
        refusal = rules.check(signal, self._instruments, last_price)
        if refusal is None and signal.direction is not _FLAT:
            sized = self._size(signal.symbol, signal.strength, None)
            if isinstance(sized, Refusal):
                refusal = sized
            else:
                target = _EXACT.multiply(sized, _SIGNS[signal.direction])
        difference = _EXACT.subtract(target, self._expected(signal.symbol))
        if difference == 0 and refusal is None and signal.symbol in self._instruments:
            return
        buys = difference > 0 if refusal is None and difference else signal.direction is _LONG
        order = _order(
            signal.order_id,
            signal.strategy,
            signal.symbol,
            _BUY if buys else _SELL,
            _MARKET,
            difference.copy_abs() if refusal is None else _ZERO,
            signal.created_at,
            None,
            None,
            self._default_time_in_force,
            self._last_price(signal.symbol),
        )
        self._hand_on(order, refusal)

    def _act_on(self, signal: Signal, terms: SignalTerms) -> None:
        """Act on a signal with terms: an entry at a limit, a venue, a size of its own, orders behind the entry.

        A stop loss and a take profit stand behind what the entry opens. Where the position has to be turned round
        for that, a market order closes it first.
        """
        order = self._entry_of(signal, terms)
        refusal = self._settings.signals.check(signal, self._instruments, order.arrival_price)
        if refusal is not None:
            self._hand_on(order, refusal)
            return
        sized: Decimal | Refusal = _ZERO
        if signal.direction is not _FLAT:
            sized = self._wanted(signal, terms, order)
        if isinstance(sized, Refusal) or not (sized.is_finite() and sized >= _ZERO):
            refused = sized if isinstance(sized, Refusal) else None
            self._hand_on(order if refused is not None else changed(order, quantity=sized), refused)
            return
        expected = self._expected(signal.symbol)
        difference = _EXACT.subtract(_EXACT.multiply(sized, _SIGNS[signal.direction]), expected)
        if not difference:
            if signal.symbol not in self._instruments:
                self._hand_on(order, None)
            return
        side = _BUY if difference > _ZERO else _SELL
        turns = expected and (expected > _ZERO) is (side is _SELL) and difference.copy_abs() > expected.copy_abs()
        protected = terms.stop_loss is not None or terms.take_profit is not None or self._adds_stops
        if turns and protected and signal.direction is not _FLAT:
            self._close_first(order, side, expected.copy_abs())
            difference = _EXACT.add(difference, expected)
        if side is not order.side:  # there is more than the signal wants, so nothing is opened and nothing protected
            order = changed(order, side=side, terms=None if terms.venue is None else OrderTerms(venue=terms.venue))
        closes = signal.direction is _FLAT and bool(self._exits.open)
        self._hand_on(changed(order, quantity=difference.copy_abs()), None, closes=closes)

    def _entry_of(self, signal: Signal, terms: SignalTerms) -> Order:
        """Return the order of a signal, yet without a quantity."""
        opens = signal.direction is not _FLAT
        stop, take = (terms.stop_loss, terms.take_profit) if opens else (None, None)
        bare = terms.venue is None and stop is None and take is None
        return Order(
            order_id=signal.order_id,
            strategy=signal.strategy,
            symbol=signal.symbol,
            side=_BUY if signal.direction is _LONG else _SELL,
            kind=_MARKET if terms.entry_price is None else _LIMIT,
            quantity=_ZERO,
            created_at=signal.created_at,
            limit_price=terms.entry_price,
            time_in_force=self._default_time_in_force,
            arrival_price=self._last_price(signal.symbol),
            terms=None if bare else OrderTerms(venue=terms.venue, stop_loss=stop, take_profit=take),
        )

    def _wanted(self, signal: Signal, terms: SignalTerms, order: Order) -> Decimal | Refusal:
        """Return the size of the position that a signal wants, without its sign."""
        instrument = self._instruments.get(signal.symbol)
        if terms.quantity is None:
            return self._size(signal.symbol, signal.strength, order)
        if instrument is None or not terms.quantity.is_finite():
            return terms.quantity
        if signal.strength == 1:
            return terms.quantity  # off the lot it is refused, as that of an order is
        return instrument.quantity(_EXACT.multiply(terms.quantity, Decimal(repr(signal.strength))))

    def _close_first(self, order: Order, side: Side, quantity: Decimal) -> None:
        venue = None if order.terms is None else order.terms.venue
        close = changed(
            order,
            order_id=order.order_id + CLOSE_SUFFIX,
            side=side,
            kind=_MARKET,
            quantity=quantity,
            limit_price=None,
            terms=None if venue is None else OrderTerms(venue=venue),
        )
        self._hand_on(close, None, closes=bool(self._exits.open))
