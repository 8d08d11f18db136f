"""What risk checks see of the account when an order comes: figures beside positions and open orders."""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.account import Account
from tradepit.models.orders import Side

_EXACT: Final = Context(prec=200)


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

        A position counts at its mark, or at its cost where there is none; an open order at what it was valued at.
        """
        account = self._account
        values: dict[str, tuple[Decimal, Decimal]] = {}
        for symbol in account.engaged:
            position = account.positions.get(symbol)
            mark = self._marks.get(symbol)
            if position is None:
                held = Decimal(0)
            elif mark is None:
                held = position.cost
            else:
                weight = _EXACT.multiply(position.quantity, position.multiplier)
                held = _EXACT.multiply(weight, Decimal(repr(mark)))
            buys, sells = account.open_values(symbol)
            values[symbol] = (_EXACT.add(held, buys), _EXACT.subtract(held, sells))
        return values
