"""One account: cash, positions at average cost, and what may still be bought with it.

All sums are exact. For every sequence of fills, to the last digit::

    cash + dividends owed + value of positions at their marks
        = capital + realised + unrealised - fees + dividends - borrow - interest

Buying power is that of a cash account (for others see `currency_account` and `margin_account`): a long position is paid
in full, and a short position ties up as much cash of one's own as a long one of the same size, beside the proceeds of
the sale. So `buying power = cash - 2 x value of what is sold short - what open orders tie up` (see `reservations`).
Fees, and a fill at another price than the order was valued at, can therefore take cash a little below zero.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from decimal import Context, Decimal
from typing import Final

from tradepit.models.corporate_actions import CashDividend, Split
from tradepit.models.orders import Fill, Side
from tradepit.models.positions import KEPT, Position
from tradepit.models.rebooking import (
    BookedBorrow,
    BookedDividend,
    BookedFill,
    BookedPayment,
    BookedSplit,
    Entry,
    forget,
    note,
    opposite,
    rebooked,
)
from tradepit.models.reservations import Reservations

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_MINUS_ONE: Final = Decimal(-1)
_EXACT: Final = Context(prec=200)  # never rounds a sum or product, whatever precision a strategy sets for itself
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_BUY: Final = Side.BUY


class Account(Reservations):
    """Hold the cash and positions of a run, and know what open orders tie up.

    Attributes:
        currency: ISO code of all amounts.
        cash: cash held; it includes the proceeds of short sales.
        capital: what the account began with: cash, and positions at their cost.
        positions: every position that was ever held, by symbol.
        tied_up: cash that open orders tie up, see `Reservations`.
        interest: paid so far on cash that was lent.
    """

    __slots__ = ("_bases", "_held", "_owing", "_renamed", "_shorts", "capital", "cash", "currency", "interest")

    def __init__(self, cash: Decimal, currency: str, bases: Mapping[str, str] | None = None) -> None:
        """Open an account.

        Args:
            cash: at the start.
            currency: ISO code.
            bases: currency that is bought with an instrument, by symbol, where it has one: fees in it are taken off
                what is held.
        """
        super().__init__()
        self._bases: Mapping[str, str] = {} if bases is None else bases
        self.currency = currency
        self.interest = _ZERO
        self._renamed: dict[str, str] = {}  # symbols that go on under another
        self.cash = cash
        self.capital = cash
        self._held: dict[str, Position] = {}  # those that are not flat
        self._shorts: dict[str, Position] = {}
        self._owing: dict[str, Position] = {}  # those with dividends that are not paid yet

    # --- positions ----------------------------------------------------------------------------------------------

    def hold(self, symbol: str, quantity: Decimal, average_price: Decimal, multiplier: Decimal) -> Position:
        """Begin with a position that was bought, or sold short, before the run; cash stays as it is.

        Raises:
            ValueError: the symbol has a position already.
        """
        if symbol in self.positions:
            raise ValueError(f"{symbol} must be held once at the start, was held twice")
        position = self.positions[symbol] = Position(symbol, multiplier)
        self.capital = _add(self.capital, position.change(quantity, average_price))
        position.earlier = copy(position)  # no fill: what is taken back later leaves it as it is
        self._settle(position)
        return position

    def apply(self, fill: Fill, multiplier: Decimal) -> Position:
        """Book a fill, and return the position that it changed.

        Args:
            fill: the execution.
            multiplier: that of the instrument.

        Raises:
            ValueError: currency or multiplier are not those of the account and the position.
        """
        if fill.currency != self.currency:
            raise ValueError(f"fill {fill.fill_id}: currency must be {self.currency}, was {fill.currency}")
        symbol = fill.symbol
        position = self.positions.get(symbol)
        if position is None:
            position = self.positions[symbol] = Position(symbol, multiplier)
        elif position.multiplier is not multiplier and position.multiplier != multiplier:
            raise ValueError(f"{symbol}: multiplier must stay {position.multiplier}, was {multiplier}")
        quantity, fee = fill.quantity, fill.fee
        if fill.fee_currency is None:
            paid = position.change(quantity if fill.side is _BUY else quantity.copy_negate(), fill.price, fill.time)
            position.fees = _add(position.fees, fee)
            self.cash = _subtract(_subtract(self.cash, paid), fee)
            entries = position.entries
            entries.append(fill)
        else:
            self._book(position, fill)
            entries = position.entries
        if len(entries) >= position.keep_until:
            forget(position)
        self._untie(fill)
        self._settle(position)
        return position

    # --- what happens to positions besides fills ------------------------------------------------------------------

    def bust(self, fill: Fill, multiplier: Decimal) -> tuple[Position, Decimal]:
        """Undo a fill as if it had never been; see `rebooking`.

        Returns:
            The position as it is now, and the cash that came in besides what the fill itself had paid: for what had
            been paid on its quantity since, such as dividends.
        """
        return self._rebook(fill, None, multiplier)

    def correct(self, before: Fill, fill: Fill, multiplier: Decimal) -> tuple[Position, Decimal]:
        """Book a fill as it really was, in place of what was reported under its id; returns what `bust` returns."""
        return self._rebook(before, fill, multiplier)

    def split(self, symbol: str, split: Split, lot: Decimal, price: Decimal) -> Decimal:
        """Split a position, and return the cash paid for fractions; the arguments are those of `apply_split`."""
        return self._happen(self.positions[symbol], BookedSplit(split, lot, price))

    def pay_dividend(self, symbol: str, dividend: CashDividend) -> Decimal:
        """Take in a cash dividend, or pay it on a short position; return the cash."""
        return self._happen(self.positions[symbol], BookedDividend(dividend, _ONE))

    def pay_owed(self, symbol: str, number: int) -> tuple[Position, Decimal] | None:
        """Take in a dividend that was owed, or pay it; return the position and the cash, or None where none was."""
        position = self.positions.get(self.goes_on_as(symbol))
        if position is None or position.owed is None or number not in position.owed:
            return None
        return position, self._happen(position, BookedPayment(number))

    def goes_on_as(self, symbol: str) -> str:
        """Return the symbol under which what was held of one is held now."""
        while symbol in self._renamed:
            symbol = self._renamed[symbol]
        return symbol

    def dividend_rate(self, _symbol: str, _dividend: CashDividend) -> Decimal:
        """Return how much of the instrument's currency a unit of the dividend's is."""
        return _ONE

    def charge_borrow(self, symbol: str, charge: Decimal) -> None:
        """Pay for borrowing what was sold short."""
        self._happen(self.positions[symbol], BookedBorrow(charge))
        self._pay(symbol, charge)

    def charge_interest(self, charge: Decimal, _currency: str) -> None:
        """Pay interest on cash that was lent."""
        self.interest = _add(self.interest, charge)
        self.cash = _subtract(self.cash, charge)

    def rename(self, symbol: str, to: str, multiplier: Decimal) -> tuple[Position, Position, Decimal]:
        """Let a position go on under another symbol; see `Position.take_over`.

        Fills from before the change cannot be rebooked; a bust of one is an opposite fill under the new symbol.

        Returns:
            The old position, now flat, the new one, and the cash that came in where one was long and the other short.
        """
        old = self.positions[symbol]
        new = self.positions.get(to)
        if new is None:
            new = self.positions[to] = self._new_position(to, multiplier)
        cash = new.take_over(old)
        if cash:
            self._pay(to, cash.copy_negate())
        for position in (old, new):
            position.entries, position.between, position.keep_until = [], None, KEPT
            position.earlier = copy(position)
            self._settle(position)
        self._renamed[symbol] = to
        return old, new, cash

    def _new_position(self, symbol: str, multiplier: Decimal) -> Position:
        """Return a flat position of an instrument."""
        return Position(symbol, multiplier)

    def _booked(self, fill: Fill) -> BookedFill:
        """Return how a fill is booked that is not plain.

        Raises:
            ValueError: it is neither the account's nor what is bought.
        """
        if fill.fee_currency is None or fill.fee_currency == self.currency:
            return BookedFill(fill, fill.fee)
        if fill.fee_currency == self._bases.get(fill.symbol):
            return BookedFill(fill, _ZERO, fill.fee)
        raise ValueError(f"fill {fill.fill_id}: fee must be in {self.currency}, was in {fill.fee_currency}")

    def _happen(self, position: Position, entry: Entry) -> Decimal:
        """Book what is no fill, and return the cash that it brings."""
        cash = entry.book(position)
        note(position, entry)
        if cash:
            self._pay(position.symbol, cash.copy_negate())
        self._settle(position)
        return cash

    def _pay(self, _symbol: str, amount: Decimal) -> None:
        """Pay an amount in the currency in which an instrument settles, or take it in when negative."""
        self.cash = _subtract(self.cash, amount)

    def _pay_fee(self, fill: Fill, times: Decimal) -> None:
        """Pay the fee of a fill, or take it back (times -1); one that is taken in kind costs no cash."""
        self.cash = _subtract(self.cash, _multiply(self._booked(fill).fee, times))

    def _book(self, position: Position, fill: Fill) -> None:
        """Book a fill that is not plain."""
        booked = self._booked(fill)
        self._pay(position.symbol, booked.paid_for(position))
        self._pay_fee(fill, _ONE)
        note(position, booked)

    def _rebook(self, before: Fill, after: Fill | None, multiplier: Decimal) -> tuple[Position, Decimal]:
        symbol = self.goes_on_as(before.symbol)
        position = self.positions.get(symbol)
        if position is None:  # word of the fill never came: there is nothing to take back
            position = self.positions[symbol] = self._new_position(symbol, multiplier)
            if after is not None:
                self._book(position, after)
            self._settle(position)
            return position, _ZERO
        booked = None if after is None else self._booked(after)
        found = rebooked(position, before.fill_id, booked, self._new_position(symbol, multiplier))
        besides = _ZERO
        if found is None:
            self._book(position, opposite(before))
            if after is not None:
                self._book(position, after)
        else:
            position, brings, besides = found
            self.positions[symbol] = position
            self._pay(symbol, brings.copy_negate())
            self._pay_fee(before, _MINUS_ONE)
            if after is not None:
                self._pay_fee(after, _ONE)
        self._settle(position)
        return position, besides

    def unit_size(self, symbol: str, unit_value: Decimal) -> Decimal:  # noqa: ARG002  for accounts of several currencies
        """Return what a quantity of 1 is worth in the account's currency, from price times multiplier."""
        return unit_value

    def held_value(self, symbol: str, mark: float | None) -> Decimal:
        """Return the signed value of what is held, in the account's currency; at its cost without a price."""
        position = self.positions.get(symbol)
        if position is None:
            return _ZERO
        return position.cost if mark is None else position.worth(Decimal(repr(mark)))

    # --- value --------------------------------------------------------------------------------------------------

    @property
    def all_balances(self) -> dict[str, Decimal]:
        """Return cash by currency, the account's own first."""
        return {self.currency: self.cash}

    @property
    def realised(self) -> Decimal:
        """Return the profit and loss realised on all symbols, fees apart."""
        return _sum(position.realised for position in self.positions.values())

    @property
    def fees(self) -> Decimal:
        """Return the fees paid on all symbols."""
        return _sum(position.fees for position in self.positions.values())

    @property
    def dividends(self) -> Decimal:
        """Return the cash dividends of all symbols, those paid on short positions taken off."""
        return _sum(position.dividends for position in self.positions.values())

    @property
    def borrow(self) -> Decimal:
        """Return what was paid for borrowing all that was sold short."""
        return _sum(position.borrow for position in self.positions.values())

    def buying_power(self, marks: Mapping[str, float]) -> Decimal:
        """Return the cash that new orders may tie up; negative when the account owes more than it may.

        Args:
            marks: last price by symbol; what was sold short and has none counts at its average price.
        """
        power = _subtract(self.cash, self.tied_up) if self.tied_up else self.cash
        for symbol, position in self._shorts.items():
            mark = marks.get(symbol)
            if mark is None:
                value = position.cost
            else:
                value = _multiply(_multiply(position.quantity, position.multiplier), Decimal(repr(mark)))
            power = _add(power, _add(value, value))
        return power

    def converted(self, amount: Decimal, currency: str) -> Decimal:  # noqa: ARG002  others have several
        """Return an amount of some currency in the account's, which here is the only one."""
        return amount

    def equity(self, marks: Mapping[str, float]) -> float:
        """Return cash and positions at their marks, quickly; a position without a mark counts at its cost."""
        total = float(self.cash)
        for symbol, position in self._held.items():
            mark = marks.get(symbol)
            total += float(position.cost) if mark is None else position.weight * mark
        return total + float(self.owed) if self._owing else total

    @property
    def owed(self) -> Decimal:
        """Return the dividends that are not paid yet, in the account's currency; those on short positions taken off."""
        return _sum(amount for position in self._owing.values() for amount in (position.owed or {}).values())

    def value(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return cash and positions at their marks, exactly; a position without a mark counts at its cost."""
        total = _add(self.cash, _sum(_worth(position, marks) for position in self._held.values()))
        return _add(total, self.owed) if self._owing else total

    def unrealised(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return the profit and loss of what is held at its marks, exactly; 0 for a position without a mark."""
        return _sum(position.unrealised(marks[symbol]) for symbol, position in self._held.items() if symbol in marks)

    # --- bookkeeping --------------------------------------------------------------------------------------------

    def _settle(self, position: Position) -> None:
        """Sort a position that changed into those held and those short, and see what its orders now tie up."""
        symbol, quantity = position.symbol, position.quantity
        if position.owed is not None:
            self._owing[symbol] = position
        elif self._owing:
            self._owing.pop(symbol, None)
        if quantity:
            self._held[symbol] = position
            self._engaged[symbol] = None
            if quantity < _ZERO:
                self._shorts[symbol] = position
            elif self._shorts:
                self._shorts.pop(symbol, None)
        else:
            self._held.pop(symbol, None)
            self._shorts.pop(symbol, None)
        book = self._books.get(symbol)
        if book is not None and book.orders:
            self._retie(book, quantity)
        elif not quantity:
            self._engaged.pop(symbol, None)


def _worth(position: Position, marks: Mapping[str, Decimal]) -> Decimal:
    mark = marks.get(position.symbol)
    return position.worth_at_cost() if mark is None else position.worth(mark)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _ZERO
    for amount in amounts:
        total = _add(total, amount)
    return total
