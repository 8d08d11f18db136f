"""The desk's lowest layer: the account and its settings, how large orders are, and what that needs to know.

Receives nothing by itself; the layers above ask. What only some limits and sizes need of the market (volatilities, the
equity that a day began with, its peak) is watched for them alone, in front of the portfolio's own handlers.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, TypeGuard

import attrs

from tradepit.actors.kernel import Actor
from tradepit.actors.last_price import last_close, last_price
from tradepit.models.account import Account
from tradepit.models.book_settings import BookSettings
from tradepit.models.brackets import stop_at
from tradepit.models.equity_watch import EquityWatch
from tradepit.models.expected_fees import ExpectedFees
from tradepit.models.instruments import Instrument
from tradepit.models.kelly import KellyFraction, TradeTally
from tradepit.models.limits import Limits, MissingStop
from tradepit.models.market import Bar, MarketEvent, Quote
from tradepit.models.messages import RequestOrder
from tradepit.models.orders import Order, OrderTerms, Refusal, TimeInForce
from tradepit.models.sizing import FixedCash, FixedQuantity, PercentOfEquity, Sizing, size
from tradepit.models.sizing_request import SizingRequest, no_trades, nothing_known
from tradepit.models.validation import SignalValidation
from tradepit.models.volatility_target import DailyVolatility, VolatilityTarget

_ZERO = Decimal(0)
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
        expected_fees: what fees to reserve with orders, or None to reserve none.
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
    expected_fees: ExpectedFees | None = None


class SizingDesk(Actor):
    """Holds the account, and sizes orders."""

    constant: ClassVar[tuple[str, ...]] = (
        "_settings", "_instruments", "_limits", "_expected_fees", "_default_time_in_force", "_plain_sizing",
        "_plain_signals", "_adds_stops", "_converts", "on_bar", "on_quote", "on_trade",
    )  # fmt: skip

    def __init__(self, settings: PortfolioSettings) -> None:
        """Open the desk."""
        self._settings = settings
        self._instruments = settings.instruments
        self._limits = settings.limits
        self._expected_fees = settings.expected_fees
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
        # What only some limits and sizes need to know is kept for them alone.
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

    # --- sizes ----------------------------------------------------------------------------------------------------

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
