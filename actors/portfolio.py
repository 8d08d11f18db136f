"""Portfolio: the only owner of positions, cash and risk limits.

Receives: `RequestOrder`, `Signal` and `CancelOrder` from strategies, `OrderFilled` and the other ends of orders,
market data for its marks, `CloseBooks` at the end.
Sends: `SubmitOrder`, `RefuseOrder` and `CancelOrder` to the order manager; publishes `PositionChanged`, and
`AccountOpened` once the positions at the start are known.
Always holds: cash and positions are what was there at the start and every fill since; what an open order may need is
tied up until it has ended.
"""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import Any

import attrs

from tradepit.actors import ORDERS
from tradepit.actors.kernel import Actor
from tradepit.actors.last_price import last_close, last_price
from tradepit.models.account import Account
from tradepit.models.equity import EquityCurve
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import (
    AccountOpened,
    CancelOrder,
    CloseBooks,
    Direction,
    OrderCancelled,
    OrderExpired,
    OrderFailed,
    OrderFilled,
    OrderRejected,
    PositionChanged,
    RefuseOrder,
    RequestOrder,
    Signal,
    SubmitOrder,
)
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Refusal, Side, TimeInForce
from tradepit.models.positions import Position
from tradepit.models.risk import Limits, reserve_for
from tradepit.models.sizing import Sizing, size
from tradepit.models.validation import check_order
from tradepit.models.values import positional

AT_END = "AT_END"
"""The venue of the fills that close positions at the end of a run."""

DUPLICATE = "DUPLICATE_ORDER_ID"
MOST_DIGITS = 28
"""Whole digits of a price or quantity beyond which nothing is worked out: the rules of validation refuse it."""

_BEFORE_ALL = -(2**63)  # no market data is so old
_BLOCK = 4_096  # points of the equity curve that are handed over together

_ZERO = Decimal(0)
_EXACT = Context(prec=200)  # a strategy may narrow its own context, which is ours too where it is called directly
_BUY, _SELL = Side.BUY, Side.SELL
_MARKET = OrderKind.MARKET
_order = positional(Order)
_position_changed = positional(PositionChanged)
_submit_order = positional(SubmitOrder)
_SIGNS = {Direction.LONG: 1, Direction.SHORT: -1, Direction.FLAT: 0}


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


class Portfolio(Actor):
    """Sizes orders, checks risk, books fills, and marks the account to market."""

    constant = ("_settings", "_instruments", "_limits", "_default_time_in_force", "_multipliers")

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the books."""
        self._settings = settings
        self._instruments = settings.instruments
        self._limits = settings.limits
        self._default_time_in_force = settings.default_time_in_force
        self._multipliers = {symbol: float(one.multiplier) for symbol, one in settings.instruments.items()}
        self.account = Account(settings.cash, settings.currency)
        self.traded_value = 0.0
        self._marks: dict[str, float] = {}
        self._weights: dict[str, float] = {}  # quantity times multiplier of what is held
        self._equity = 0.0
        self._instant = _BEFORE_ALL
        # Each instant with market data, and the equity that the one before it left behind: a bar adds to both at once.
        self._instants: list[int] = []
        self._left_behind: list[float] = []
        self._closing_fills = 0
        self._bars_alone = True  # no quote and no print has come so far
        self._refused_again: dict[str, int] = {}  # how many orders came under the id of one that was still open

    def on_start(self) -> None:
        """Publish the account and the positions with which the run begins."""
        for symbol, holding in self._settings.holdings.items():
            multiplier = self._instruments[symbol].multiplier
            self.account.hold(symbol, holding.quantity, holding.price, multiplier)
            self._marks[symbol] = float(holding.price)
            self._weights[symbol] = self.account.positions[symbol].weight
        self._equity = self.account.equity(self._marks)
        self._curve = EquityCurve(self.now, self._equity, day_of=self._settings.day_of)
        for position in self.account.positions.values():
            self._publish(position, None)
        self.publish(AccountOpened(cash=self.account.cash, currency=self._settings.currency))

    @property
    def curve(self) -> EquityCurve:
        """Return the equity curve up to the last instant that is over, or to the end once the books are closed."""
        self._hand_over()
        return self._curve

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
        if quote.time != self._instant:
            self._begin_instant(quote.time)
        weight = self._weights.get(quote.symbol)
        if weight is not None:
            self._mark(quote.symbol, weight, (quote.bid + quote.ask) / 2)

    def on_trade(self, trade: Trade) -> None:
        """Mark a position at a print."""
        self._bars_alone = False
        if trade.time != self._instant:
            self._begin_instant(trade.time)
        weight = self._weights.get(trade.symbol)
        if weight is not None:
            self._mark(trade.symbol, weight, trade.price)

    # --- orders ---------------------------------------------------------------------------------------------------

    def on_request(self, request: RequestOrder) -> None:
        """Size a strategy's order if it has no quantity, check its risk, and hand it on."""
        quantity = request.quantity
        refusal: Refusal | None = None
        if quantity is None:
            sized = self._size(request.symbol, 1.0)
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
        )
        self._hand_on(order, refusal)

    def on_signal(self, signal: Signal) -> None:
        """Trade the difference between where a strategy wants a position and where it will be with all open orders."""
        target = _ZERO
        refusal: Refusal | None = None
        if signal.direction is not Direction.FLAT:
            sized = self._size(signal.symbol, signal.strength)
            if isinstance(sized, Refusal):
                refusal = sized
            else:
                target = _EXACT.multiply(sized, _SIGNS[signal.direction])
        difference = _EXACT.subtract(target, self._expected(signal.symbol))
        if difference == 0 and refusal is None and signal.symbol in self._instruments:
            return
        buys = difference > 0 if refusal is None and difference else signal.direction is Direction.LONG
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

    def on_cancel(self, message: CancelOrder) -> None:
        """Hand a cancel on, behind the order that it is for."""
        self.send(ORDERS, message)

    def on_unfilled(self, event: OrderCancelled | OrderRejected | OrderExpired | OrderFailed) -> None:
        """Untie what an order that has ended still tied up."""
        if event.code == DUPLICATE and self._refused_again.get(event.order_id):
            self._refused_again[event.order_id] -= 1
            return  # what is tied up is the first order's
        self.account.release(event.order_id)

    # --- fills ----------------------------------------------------------------------------------------------------

    def on_filled(self, event: OrderFilled) -> None:
        """Book an execution."""
        self._book(event.fill)

    def on_close_books(self, _message: CloseBooks) -> None:
        """Close positions at the last price if the scenario says so, and take the last point of the equity curve."""
        if self._settings.close_positions:
            for position in list(self.account.positions.values()):
                if position.quantity:
                    self._close(position)
        self._hand_over()
        self._curve.settle(self.now if self._instant == _BEFORE_ALL else self._instant, self._equity)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _size(self, symbol: str, strength: float) -> Decimal | Refusal:
        instrument = self._instruments.get(symbol)
        if instrument is None:
            return _ZERO  # the rule on symbols refuses the order, and says what symbol was meant
        return size(self._settings.sizing, instrument, self._last_price(symbol), self._equity, strength)

    def _last_price(self, symbol: str) -> float | None:
        return last_close(self, symbol) if self._bars_alone else last_price(self, symbol)

    def _expected(self, symbol: str) -> Decimal:
        """Return the position with every open order filled."""
        account = self.account
        held = account.position(symbol)
        both = _EXACT.add(account.worst_position(symbol, _BUY), account.worst_position(symbol, _SELL))
        return _EXACT.subtract(both, held)

    def _hand_on(self, order: Order, refusal: Refusal | None) -> None:
        symbol = order.symbol
        instrument = self._instruments.get(symbol)
        account = self.account
        if account.reserved(order.order_id):
            self._refused_again[order.order_id] = self._refused_again.get(order.order_id, 0) + 1
            refusal = Refusal(code=DUPLICATE, text=f"{order.order_id} is open already")
        if refusal is None and not _measurable(order, instrument):
            # Risk cannot be worked out for what is not a number or not an instrument; the rule that says so refuses it.
            refusal = check_order(order, self._instruments, self.now)
        if refusal is None and instrument is not None:
            if order.arrival_price is not None:
                self._marks[symbol] = order.arrival_price
            refusal = reserve_for(order, account, instrument, self._limits, self._marks)
            if refusal is None:
                self.send(ORDERS, _submit_order(order))
                return
        assert refusal is not None
        self.send(ORDERS, RefuseOrder(order=order, code=refusal.code, text=refusal.text))

    def _book(self, fill: Fill) -> None:
        symbol = fill.symbol
        account, marks = self.account, self._marks
        position = account.apply(fill, self._instruments[symbol].multiplier)
        price = float(fill.price)
        self.traded_value += abs(float(fill.quantity) * price * self._multipliers[symbol])
        mark = self._last_price(symbol)
        marks[symbol] = price if mark is None else mark
        self._equity = account.equity(marks)
        if position.quantity:
            self._weights[symbol] = position.weight
        else:
            self._weights.pop(symbol, None)
        self._publish(position, fill)

    def _close(self, position: Position) -> None:
        symbol = position.symbol
        instrument = self._instruments[symbol]
        side = Side.SELL if position.quantity > 0 else Side.BUY
        price = instrument.to_tick(Decimal(repr(self._marks[symbol])))
        self._closing_fills += 1
        fill = Fill(
            fill_id=f"{AT_END}-{self._closing_fills}",
            order_id="",
            child_id="",
            strategy="",
            symbol=symbol,
            side=side,
            quantity=position.quantity.copy_abs(),
            price=price,
            reference_price=price,
            fee=_ZERO,
            currency=instrument.currency,
            venue=AT_END,
            liquidity=Liquidity.TAKER,
            time=self.now,
        )
        self._book(fill)

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

    def _publish(self, position: Position, fill: Fill | None) -> None:
        self.publish(
            _position_changed(
                position.symbol,
                position.quantity,
                position.average_price,
                position.realised,
                position.fees,
                self.account.cash,
                fill,
            )
        )


def _measurable(order: Order, instrument: Instrument | None) -> bool:
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
