"""What open orders tie up of an account.

An open order ties up what it adds to the size of the position, were it filled whole after the open orders of its side;
what shrinks a position ties up nothing.
"""

import abc
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

from tradepit.models.orders import Fill, Side
from tradepit.models.positions import Position, round_cost

_ZERO: Final = Decimal(0)
_EXACT: Final = Context(prec=200)  # never rounds a sum or product, whatever precision a strategy sets for itself
_DIVIDE: Final = Context(prec=60)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_BUY: Final = Side.BUY
_SELL: Final = Side.SELL


class _OpenOrders:
    """Open orders of one symbol: how many, quantity and value of each side, and what they tie up."""

    __slots__ = ("buy_value", "buys", "orders", "sell_value", "sells", "tied_up")

    def __init__(self) -> None:
        self.orders = 0
        self.clear()

    def clear(self) -> None:
        """Forget the last order."""
        self.buys = self.sells = self.buy_value = self.sell_value = self.tied_up = _ZERO

    def add(self, side: Side, quantity: Decimal, value: Decimal) -> None:
        """Count an open quantity and its value, or take them off when negative."""
        if side is _BUY:
            self.buys = _add(self.buys, quantity)
            self.buy_value = _add(self.buy_value, value)
        else:
            self.sells = _add(self.sells, quantity)
            self.sell_value = _add(self.sell_value, value)


class Reservations(abc.ABC):
    """Know the open orders of an account, and what they tie up beside its positions.

    Attributes:
        positions: every position that was ever held, by symbol.
        tied_up: what open orders tie up, in the account's currency.
    """

    __slots__ = ("_books", "_engaged", "_fees", "_orders", "positions", "tied_up")

    def __init__(self) -> None:
        """Begin without positions and orders."""
        self.positions: dict[str, Position] = {}
        self.tied_up = _ZERO
        self._orders: dict[str, tuple[str, Side, Decimal, Decimal]] = {}  # symbol, side, open quantity, value of one
        self._books: dict[str, _OpenOrders] = {}  # of the symbols that have, or had, open orders
        self._engaged: dict[str, None] = {}  # symbols with a position or an open order
        self._fees: dict[str, Decimal] = {}  # by order, what is tied up for its fees, where they are foreseen

    @abc.abstractmethod
    def buying_power(self, marks: Mapping[str, float]) -> Decimal:
        """Return what new orders may tie up, by the last price of each symbol."""

    def position(self, symbol: str) -> Decimal:
        """Return the signed quantity held of a symbol."""
        position = self.positions.get(symbol)
        return _ZERO if position is None else position.quantity

    def reserve(
        self,
        order_id: str,
        symbol: str,
        side: Side,
        quantity: Decimal,
        unit_value: Decimal,
        marks: Mapping[str, float] | None = None,
        fee: Decimal = _ZERO,
    ) -> tuple[Decimal, Decimal] | None:
        """Tie up what an order needs until it is filled or released.

        Args:
            order_id: the order; its fills untie their part.
            symbol: the instrument.
            side: buy or sell.
            quantity: open quantity, above zero.
            unit_value: cash value of a quantity of 1: price times multiplier.
            marks: last price by symbol, if it is to be tied up only where buying power covers it.
            fee: expected of the order, in the account's currency; tied up with what else is, if anything is, for what
                closes a position brings the cash that pays its fee.

        Returns:
            None; or, where buying power does not cover it, that and what the order would have tied up.

        Raises:
            ValueError: the order is known already.
        """
        if order_id in self._orders:
            raise ValueError(f"order {order_id} must be reserved for once, was reserved for twice")
        position = self.positions.get(symbol)
        held = _ZERO if position is None else position.quantity
        value = _multiply(quantity, unit_value)
        book = self._books.get(symbol)
        if book is None:
            book = self._books[symbol] = _OpenOrders()
        # Nearly every order is the only one of its symbol: there is nothing to add it to.
        alone = not book.orders
        if not alone:
            need = self._growth(symbol, side, quantity, unit_value)
        else:
            need = _tie(held, side, quantity, value) if held else value
        if marks is not None and need > _ZERO:
            power = self.buying_power(marks)
            if fee:
                if _add(need, fee) > power:
                    return power, _add(need, fee)
            elif need > power:
                return power, need
        if fee and need > _ZERO:
            self._fees[order_id] = fee
            self.tied_up = _add(self.tied_up, fee)
        self._orders[order_id] = (symbol, side, quantity, unit_value)
        book.orders += 1
        if not alone:
            book.add(side, quantity, value)
            self._retie(book, held)
            return None
        self._engaged[symbol] = None
        if side is _BUY:
            book.buys, book.buy_value = quantity, value
        else:
            book.sells, book.sell_value = quantity, value
        book.tied_up = need
        if need:
            self.tied_up = _add(self.tied_up, need)
        return None

    def open_part(self, order_id: str) -> tuple[Decimal, Decimal] | None:
        """Return what is open of an order and what a quantity of 1 of it is valued at; None when it ties up nothing."""
        order = self._orders.get(order_id)
        return None if order is None else order[2:]

    def open_values(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return the values of all open buys and of all open sells of a symbol."""
        book = self._books.get(symbol)
        return (_ZERO, _ZERO) if book is None else (book.buy_value, book.sell_value)

    def release(self, order_id: str) -> None:
        """Untie what is left of an order; one that is filled or unknown ties up nothing."""
        order = self._orders.pop(order_id, None)
        if order is None:
            return
        symbol, side, leaves, unit_value = order
        if self._fees:
            self._untie_fee(order_id, leaves, leaves)
        self._take_off(symbol, side, leaves, unit_value)
        held = self.position(symbol)
        book = self._books[symbol]
        if book.orders:
            self._retie(book, held)
        elif not held:
            self._engaged.pop(symbol, None)

    def reopen(self, order_id: str, leaves: Decimal) -> None:
        """Tie up more or less for an order whose open quantity is another now; an unknown one ties up nothing."""
        order = self._orders.get(order_id)
        if order is None:
            return
        symbol, side, before, unit_value = order
        self._orders[order_id] = (symbol, side, leaves, unit_value)
        more = _subtract(leaves, before)
        book = self._books[symbol]
        book.add(side, more, _multiply(more, unit_value))
        self._retie(book, self.position(symbol))

    def requirement(self, symbol: str, side: Side, quantity: Decimal, unit_value: Decimal) -> Decimal:
        """Return what an order would tie up beyond what is tied up already; the arguments are those of `reserve`."""
        return self._growth(symbol, side, quantity, unit_value)

    def _growth(self, symbol: str, side: Side, quantity: Decimal, unit_value: Decimal) -> Decimal:
        held = self.position(symbol)
        book = self._books.get(symbol)
        value = _multiply(quantity, unit_value)
        if book is None or not book.orders:
            return _tie(held, side, quantity, value)
        if side is _BUY:
            after = _tie(held, side, _add(book.buys, quantity), _add(book.buy_value, value))
            return _subtract(after, _tie(held, side, book.buys, book.buy_value))
        after = _tie(held, side, _add(book.sells, quantity), _add(book.sell_value, value))
        return _subtract(after, _tie(held, side, book.sells, book.sell_value))

    def worst_position(self, symbol: str, side: Side) -> Decimal:
        """Return the signed quantity held if every open order of one side is filled and none of the other."""
        held = self.position(symbol)
        book = self._books.get(symbol)
        if book is None:
            return held
        return _add(held, book.buys) if side is _BUY else _subtract(held, book.sells)

    @property
    def engaged(self) -> Mapping[str, None]:
        """Return the symbols with a position or an open order, in the order in which they came."""
        return self._engaged

    # --- inside -----------------------------------------------------------------------------------------------------

    def _untie(self, fill: Fill) -> None:
        """Untie what an order had tied up for a quantity that is now filled."""
        quantity = fill.quantity
        order = self._orders.get(fill.order_id)
        if order is not None:
            ordered, side, leaves, unit_value = order
            if self._fees:
                self._untie_fee(fill.order_id, min(quantity, leaves), leaves)
            if leaves > quantity:
                self._orders[fill.order_id] = (ordered, side, _subtract(leaves, quantity), unit_value)
                taken = quantity.copy_negate()
                self._books[ordered].add(side, taken, _multiply(taken, unit_value))
            else:
                del self._orders[fill.order_id]
                self._take_off(ordered, side, leaves, unit_value)

    def _untie_fee(self, order_id: str, quantity: Decimal, leaves: Decimal) -> None:
        """Untie the part of a fee that goes with a quantity out of what was open."""
        fee = self._fees.get(order_id)
        if fee is None:
            return
        if quantity == leaves:
            part = self._fees.pop(order_id)
        else:
            part = _DIVIDE.divide(_multiply(fee, quantity), leaves)
            self._fees[order_id] = _subtract(fee, part)
        self.tied_up = _subtract(self.tied_up, part)

    def _take_off(self, symbol: str, side: Side, leaves: Decimal, unit_value: Decimal) -> None:
        """Take an order off its symbol's book; what the others then tie up is for `_retie` to say."""
        book = self._books[symbol]
        book.orders -= 1
        if book.orders:
            taken = leaves.copy_negate()
            book.add(side, taken, _multiply(taken, unit_value))
        else:
            if book.tied_up:
                self.tied_up = _subtract(self.tied_up, book.tied_up)
            book.clear()

    def _retie(self, book: _OpenOrders, held: Decimal) -> None:
        buys = _tie(held, _BUY, book.buys, book.buy_value) if book.buys else _ZERO
        sells = _tie(held, _SELL, book.sells, book.sell_value) if book.sells else _ZERO
        tied_up = _add(buys, sells)
        self.tied_up = _add(self.tied_up, _subtract(tied_up, book.tied_up))
        book.tied_up = tied_up


def _tie(held: Decimal, side: Side, quantity: Decimal, value: Decimal) -> Decimal:
    """Return what an open quantity ties up: its value times the share of it by which the position would grow."""
    if not held or (held > _ZERO) is (side is _BUY):
        return value
    if quantity <= held.copy_abs():
        return _ZERO
    after = _add(held, quantity) if side is _BUY else _subtract(held, quantity)
    growth = _subtract(after.copy_abs(), held.copy_abs())
    if growth <= _ZERO:
        return _ZERO
    return value if growth == quantity else round_cost(_DIVIDE.divide(_multiply(value, growth), quantity))
