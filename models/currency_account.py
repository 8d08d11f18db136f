"""An account of several currencies.

What an instrument settles in is paid in that currency. With `kept` each currency has a balance of its own, which may go
below zero; with `at_fill` every payment is converted into the account's currency at the rate of its instant. In each
currency, to the last digit::

    balance + value of positions = capital + realised + unrealised - fees + dividends - borrow - interest

where fees count in the currency in which they were paid, and the account's equity is the sum of all at the last rates.
An amount whose currency has no rate yet counts as nothing. With `at_fill` all cash is in the account's currency, and
the value of positions less what was paid for them at their rates is the whole profit, that of exchange included.

What may be bought with it is for a rule of margin to say, see `margin_account`.
"""

import abc
from collections.abc import Mapping
from copy import copy
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

from tradepit.models.account import Account
from tradepit.models.corporate_actions import CashDividend
from tradepit.models.fx_rates import Rates
from tradepit.models.instruments import Instrument
from tradepit.models.inverse_positions import InversePosition
from tradepit.models.orders import Fill
from tradepit.models.positions import Position
from tradepit.models.rebooking import BookedDividend, BookedFill

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class Conversion(StrEnum):
    """What becomes of money in another currency: it is kept as a balance, or converted at each fill."""

    KEPT = "kept"
    AT_FILL = "at_fill"


class CurrencyAccount(Account):
    """Hold cash in several currencies and positions in whatever they settle in.

    Attributes:
        balances: cash in other currencies than the account's; below zero is owed.
        capitals: what the account began with in each currency, positions at their cost.
        rates: the last rates of exchange.
        fees_in: fees paid, by the currency in which they were paid.
        interest_in: interest paid, by currency.
    """

    __slots__ = ("_instruments", "_keeps", "balances", "capitals", "fees_in", "interest_in", "rates")

    def __init__(
        self,
        cash: Decimal,
        currency: str,
        *,
        instruments: Mapping[str, Instrument],
        rates: Rates,
        conversion: Conversion = Conversion.KEPT,
        balances: Mapping[str, Decimal] | None = None,
    ) -> None:
        """Open an account.

        Args:
            cash: at the start, in the account's currency.
            currency: ISO code of the account.
            instruments: what can be traded, by symbol.
            rates: rates of exchange into the account's currency.
            conversion: what becomes of money in other currencies.
            balances: cash in other currencies at the start.
        """
        bases = {symbol: one.base for symbol, one in instruments.items() if one.base is not None and not one.inverse}
        super().__init__(cash, currency, bases)
        self._instruments = instruments
        self.rates = rates
        self._keeps = conversion is Conversion.KEPT
        self.balances: dict[str, Decimal] = dict(balances or {})
        self.capitals: dict[str, Decimal] = {currency: cash, **self.balances}
        self.fees_in: dict[str, Decimal] = {}
        self.interest_in: dict[str, Decimal] = {}

    # --- positions ----------------------------------------------------------------------------------------------

    def hold(self, symbol: str, quantity: Decimal, average_price: Decimal, multiplier: Decimal) -> Position:
        """Begin with a position that was bought, or sold short, before the run; cash stays as it is."""
        if symbol in self.positions:
            raise ValueError(f"{symbol} must be held once at the start, was held twice")
        position = self.positions[symbol] = self._new_position(symbol, multiplier)
        paid = position.change(quantity, average_price)
        position.earlier = copy(position)
        currency = self.settles_in(symbol)
        self.capitals[currency] = _add(self.capitals.get(currency, _ZERO), paid)
        self._settle(position)
        return position

    def apply(self, fill: Fill, multiplier: Decimal) -> Position:
        """Book a fill, and return the position that it changed.

        Raises:
            ValueError: currency or multiplier are not those of the instrument and the position.
        """
        symbol = fill.symbol
        instrument = self._instruments[symbol]
        if fill.currency != instrument.currency:
            raise ValueError(f"fill {fill.fill_id}: currency must be {instrument.currency}, was {fill.currency}")
        position = self.positions.get(symbol)
        if position is None:
            position = self.positions[symbol] = self._new_position(symbol, multiplier)
        elif position.multiplier != multiplier:
            raise ValueError(f"{symbol}: multiplier must stay {position.multiplier}, was {multiplier}")
        self._book(position, fill)
        self._untie(fill)
        self._settle(position)
        return position

    def settles_in(self, symbol: str) -> str:
        """Return the currency in which an instrument's profit and loss come in."""
        return self._instruments[symbol].settles_in

    def pay_dividend(self, symbol: str, dividend: CashDividend) -> Decimal:
        """Take in a cash dividend, or pay it on a short position; return the cash, in the instrument's currency.

        One in another currency is converted at the last rates; without one it counts one for one, which the scenario's
        checks do not let happen.
        """
        rate = self.dividend_rate(symbol, dividend)
        return self._happen(self.positions[symbol], BookedDividend(dividend, rate))

    def dividend_rate(self, symbol: str, dividend: CashDividend) -> Decimal:
        """Return how much of the instrument's currency a unit of the dividend's is, at the last rates."""
        own = self.settles_in(symbol)
        rate = _ONE if dividend.currency in (None, own) else self.rates.between(dividend.currency or own, own)
        return _ONE if rate is None else rate

    def charge_interest(self, charge: Decimal, currency: str) -> None:
        """Pay interest on cash that was lent, in its currency."""
        self.interest_in[currency] = _add(self.interest_in.get(currency, _ZERO), charge)
        if currency == self.currency:
            self.interest = _add(self.interest, charge)
        self._move(currency, charge)

    def _new_position(self, symbol: str, multiplier: Decimal) -> Position:
        kind = InversePosition if self._instruments[symbol].inverse else Position
        return kind(symbol, multiplier)

    def _booked(self, fill: Fill) -> BookedFill:
        if fill.fee_currency is not None and fill.fee_currency == self._bases.get(fill.symbol):
            return BookedFill(fill, _ZERO, fill.fee)
        paid_in, own = fill.fee_currency or fill.currency, self.settles_in(fill.symbol)
        if paid_in == own:
            return BookedFill(fill, fill.fee)
        rate = self.rates.between(paid_in, own)
        return BookedFill(fill, _ZERO if rate is None else _multiply(fill.fee, rate))

    def _pay(self, symbol: str, amount: Decimal) -> None:
        self._move(self.settles_in(symbol), amount)

    def _pay_fee(self, fill: Fill, times: Decimal) -> None:
        paid_in = fill.fee_currency or fill.currency
        if paid_in == self._bases.get(fill.symbol):
            paid_in = fill.currency  # taken in kind, and counted at its value
            price = _multiply(fill.price, self._instruments[fill.symbol].multiplier)
            self.fees_in[paid_in] = _add(self.fees_in.get(paid_in, _ZERO), _multiply(_multiply(fill.fee, price), times))
            return
        fee = _multiply(fill.fee, times)
        self.fees_in[paid_in] = _add(self.fees_in.get(paid_in, _ZERO), fee)
        if fee:
            self._move(paid_in, fee)

    def _move(self, currency: str, amount: Decimal) -> None:
        """Pay an amount of a currency, or take it in when negative."""
        if currency == self.currency:
            self.cash = _subtract(self.cash, amount)
            return
        rate = None if self._keeps else self.rates.rate(currency)
        if rate is None:
            self.balances[currency] = _subtract(self.balances.get(currency, _ZERO), amount)
        else:
            self.cash = _subtract(self.cash, _multiply(amount, rate))

    # --- value --------------------------------------------------------------------------------------------------

    @property
    def all_balances(self) -> dict[str, Decimal]:
        """Return cash by currency, the account's own first."""
        return {self.currency: self.cash, **self.balances}

    @property
    def realised(self) -> Decimal:
        """Return the profit and loss realised on all symbols, at the last rates, fees apart."""
        return self._total({symbol: position.realised for symbol, position in self.positions.items()})

    @property
    def fees(self) -> Decimal:
        """Return the fees paid, at the last rates."""
        return self._in_home(self.fees_in)

    @property
    def dividends(self) -> Decimal:
        """Return the cash dividends of all symbols, at the last rates."""
        return self._total({symbol: position.dividends for symbol, position in self.positions.items()})

    @property
    def borrow(self) -> Decimal:
        """Return what was paid for borrowing all that was sold short, at the last rates."""
        return self._total({symbol: position.borrow for symbol, position in self.positions.items()})

    def worth(self, symbol: str, mark: float | None) -> Decimal:
        """Return what a position adds to equity, in the account's currency; at its cost without a price.

        Of an inverse contract that is its profit, where `held_value` is its size.
        """
        position = self.positions[symbol]
        own = position.worth_at_cost() if mark is None else position.worth(Decimal(repr(mark)))
        return _multiply(own, self._rate_of(symbol))

    def equity(self, marks: Mapping[str, float]) -> float:
        """Return all balances and positions at their marks and the last rates."""
        return float(self.value({symbol: Decimal(repr(marks[symbol])) for symbol in self._held if symbol in marks}))

    def value(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return all balances and positions at their marks and the last rates, exactly."""
        total = _add(self.cash, self._in_home(self.balances))
        for symbol, position in self._held.items():
            mark = marks.get(symbol)
            own = position.worth_at_cost() if mark is None else position.worth(mark)
            total = _add(total, _multiply(own, self._rate_of(symbol)))
        return _add(total, self.owed) if self._owing else total

    @property
    def owed(self) -> Decimal:
        """Return the dividends that are not paid yet, at the last rates."""
        total = _ZERO
        for symbol, position in self._owing.items():
            for amount in (position.owed or {}).values():
                total = _add(total, _multiply(amount, self._rate_of(symbol)))
        return total

    def unrealised(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return the profit and loss of what is held, at its marks and the last rates."""
        return self._total(
            {symbol: held.unrealised(marks[symbol]) for symbol, held in self._held.items() if symbol in marks}
        )

    def converted(self, amount: Decimal, currency: str) -> Decimal:
        """Return an amount of some currency in the account's, at the last rate; nothing while there is none."""
        return self._in_home({currency: amount})

    def unit_size(self, symbol: str, unit_value: Decimal) -> Decimal:
        """Return the value of a quantity of 1 in the account's currency.

        Args:
            symbol: the instrument.
            unit_value: price times multiplier, in the instrument's currency, above or at zero.
        """
        instrument = self._instruments[symbol]
        if instrument.inverse and unit_value:
            multiplier = instrument.multiplier
            unit_value = _DIVIDE.divide(_multiply(multiplier, multiplier), unit_value)
        return _multiply(unit_value, self._rate_of(symbol))

    def held_value(self, symbol: str, mark: float | None) -> Decimal:
        """Return the signed value of what is held, in the account's currency; at its average price without another."""
        position = self.positions.get(symbol)
        if position is None or not position.quantity:
            return _ZERO
        size = self._size(position, {} if mark is None else {symbol: Decimal(repr(mark))})
        value = _multiply(size, self._rate_of(symbol))
        return value if position.quantity > _ZERO else value.copy_negate()

    @abc.abstractmethod
    def buying_power(self, marks: Mapping[str, float]) -> Decimal:
        """Return what new orders may tie up, in the account's currency."""

    # --- inside -----------------------------------------------------------------------------------------------------

    def _rate_of(self, symbol: str) -> Decimal:
        """Return how much of the account's currency a unit of what an instrument settles in is; 0 while unknown."""
        currency = self.settles_in(symbol)
        if currency == self.currency:
            return _ONE
        rate = self.rates.rate(currency)
        return _ZERO if rate is None else rate

    def _size(self, position: Position, marks: Mapping[str, Decimal]) -> Decimal:
        """Return a position's value in its own currency, at its average price where there is no mark."""
        mark = marks.get(position.symbol)
        return position.size(position.average_price if mark is None else mark)

    def _exact(self, marks: Mapping[str, float]) -> dict[str, Decimal]:
        return {symbol: Decimal(repr(marks[symbol])) for symbol in self._held if symbol in marks}

    def _total(self, amounts: Mapping[str, Decimal]) -> Decimal:
        """Return a sum over symbols in the account's currency."""
        total = _ZERO
        for symbol, amount in amounts.items():
            total = _add(total, _multiply(amount, self._rate_of(symbol)))
        return total

    def _in_home(self, amounts: Mapping[str, Decimal]) -> Decimal:
        """Return a sum over currencies in the account's."""
        total = _ZERO
        for currency, amount in amounts.items():
            rate = self.rates.rate(currency)
            if rate is not None:
                total = _add(total, _multiply(amount, rate))
        return total
