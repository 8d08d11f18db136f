"""The portfolio's desk: where orders and signals come in, are sized, and pass or fail the risk checks.

Receives: `RequestOrder`, `Signal` and `CancelOrder` from strategies, the unfilled ends of orders.
Sends: `SubmitOrder`, `RefuseOrder` and `CancelOrder` to the order manager.
Always holds: what an open order may need is tied up until it has ended.
"""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import ClassVar

import attrs

from tradepit.actors import ORDERS
from tradepit.actors.kernel import Actor
from tradepit.actors.last_price import last_close, last_price
from tradepit.models.account import Account
from tradepit.models.instruments import Instrument
from tradepit.models.limits import Limits
from tradepit.models.messages import (
    CancelOrder,
    Direction,
    OrderCancelled,
    OrderExpired,
    OrderFailed,
    OrderRejected,
    RefuseOrder,
    RequestOrder,
    Signal,
    SubmitOrder,
)
from tradepit.models.orders import Order, OrderKind, Refusal, Side, TimeInForce
from tradepit.models.risk import reserve_for
from tradepit.models.sizing import Sizing, size
from tradepit.models.validation import check_order
from tradepit.models.values import positional

DUPLICATE = "DUPLICATE_ORDER_ID"
MOST_DIGITS = 28
"""Whole digits of a price or quantity beyond which nothing is worked out: the rules of validation refuse it."""

_ZERO = Decimal(0)
_EXACT = Context(prec=200)  # a strategy may narrow its own context, which is ours too where it is called directly
_BUY, _SELL = Side.BUY, Side.SELL
_MARKET = OrderKind.MARKET
_order = positional(Order)
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


class OrderDesk(Actor):
    """Sizes orders and checks risk."""

    constant: ClassVar[tuple[str, ...]] = ("_settings", "_instruments", "_limits", "_default_time_in_force")

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the desk."""
        self._settings = settings
        self._instruments = settings.instruments
        self._limits = settings.limits
        self._default_time_in_force = settings.default_time_in_force
        self.account = Account(settings.cash, settings.currency)
        self._marks: dict[str, float] = {}
        self._equity = 0.0
        self._bars_alone = True  # no quote and no print has come so far
        self._refused_again: dict[str, int] = {}  # how many orders came under the id of one that was still open

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
