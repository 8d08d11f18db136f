"""What risk checks see of the account when an order comes: figures beside positions and open orders."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.account import Account
from tradepit.models.orders import Side

_EXACT: Final = Context(prec=200)
_ZERO: Final = Decimal(0)

OpenOrders = Callable[[], Iterable[tuple[str, Side, Decimal]]]
"""Gives symbol, side and value, in the account's currency, of each open order; else what the account ties up counts."""


@attrs.define(kw_only=True)
class RiskView:
    """The account as it stands when an order is checked; a user's own check is given it too.

    Attributes:
        now: ns since the Unix epoch; 0 where nobody says.
        equity: cash and positions at their marks, in the account's currency.
        day_start_equity: what the session day before had left behind; the start's where there was none, None where
            nobody keeps it.
        peak_equity: the highest equity so far, or None where nobody keeps it.
        sent_in_last_second: orders that were let go within the last second.
    """

    _account: Account
    _marks: Mapping[str, float]
    _open_orders: OpenOrders | None = None
    now: int = 0
    equity: Decimal = attrs.field()
    day_start_equity: Decimal | None = None
    peak_equity: Decimal | None = None
    sent_in_last_second: int = 0

    @equity.default
    def _of_the_account(self) -> Decimal:
        return Decimal(repr(self._account.equity(self._marks)))

    @property
    def cash(self) -> Decimal:
        """Return the account's cash."""
        return self._account.cash

    @property
    def buying_power(self) -> Decimal:
        """Return the cash that new orders may tie up."""
        return self._account.buying_power(self._marks)

    @property
    def engaged(self) -> tuple[str, ...]:
        """Return the symbols with a position or an open order, in the order in which they came."""
        return tuple(self._account.engaged)

    def position(self, symbol: str) -> Decimal:
        """Return the signed quantity held of a symbol."""
        return self._account.position(symbol)

    def worst_position(self, symbol: str, side: Side) -> Decimal:
        """Return the signed quantity held if every open order of one side is filled and none of the other."""
        return self._account.worst_position(symbol, side)

    def price(self, symbol: str) -> float | None:
        """Return the last price seen of a symbol by the account, or None."""
        return self._marks.get(symbol)

    def worst_values(self) -> dict[str, tuple[Decimal, Decimal]]:
        """Return by symbol what a position is worth with all its buys filled, and with all its sells; signed.

        A position counts at its mark, or at its cost where there is none; an open order at what it is valued at. All
        in the account's currency.
        """
        account = self._account
        values: dict[str, tuple[Decimal, Decimal]] = {}
        for symbol in account.engaged:
            held = account.held_value(symbol, self._marks.get(symbol))
            values[symbol] = (held, held)
        for symbol, side, value in self._open_orders() if self._open_orders is not None else self._tied_up():
            buys, sells = values[symbol]
            values[symbol] = (
                (_EXACT.add(buys, value), sells) if side is Side.BUY else (buys, _EXACT.subtract(sells, value))
            )
        return values

    def size_of(self, symbol: str, value: Decimal) -> Decimal:
        """Return a value in the currency of a symbol's price as one in the account's currency."""
        return self._account.unit_size(symbol, value)

    def _tied_up(self) -> Iterator[tuple[str, Side, Decimal]]:
        for symbol in self._account.engaged:
            buys, sells = self._account.open_values(symbol)
            yield symbol, Side.BUY, buys
            yield symbol, Side.SELL, sells
