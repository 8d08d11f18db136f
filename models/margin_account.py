"""An account with margin, of one currency or several.

Margin: see `margin`. `buying power = equity - initial margin of what is held - initial margin that open orders tie up`;
what an order ties up is fixed when it is sent.
"""

from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Final

from tradepit.models.currency_account import Conversion, CurrencyAccount
from tradepit.models.fx_rates import Rates
from tradepit.models.instruments import Instrument
from tradepit.models.inverse_positions import InversePosition
from tradepit.models.margin import Held, MarginRule
from tradepit.models.orders import Fill, Side

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_MINUS_ONE: Final = Decimal(-1)
_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class MarginAccount(CurrencyAccount):
    """Hold cash and positions under a margin rule.

    Attributes: those of `CurrencyAccount`.
    """

    __slots__ = ("_rule", "_rules", "_units")

    def __init__(
        self,
        cash: Decimal,
        currency: str,
        *,
        instruments: Mapping[str, Instrument],
        rates: Rates,
        rule: MarginRule,
        conversion: Conversion = Conversion.KEPT,
        balances: Mapping[str, Decimal] | None = None,
    ) -> None:
        """Open an account.

        Args:
            cash: at the start, in the account's currency.
            currency: ISO code of the account.
            instruments: what can be traded, by symbol.
            rates: rates of exchange into the account's currency.
            rule: margin of what says no leverage.
            conversion: what becomes of money in other currencies.
            balances: cash in other currencies at the start.

        Raises:
            ValueError: an instrument's leverage does not fit the rule.
        """
        super().__init__(cash, currency, instruments=instruments, rates=rates, conversion=conversion, balances=balances)
        self._rule = rule
        self._rules = {
            symbol: rule.with_leverage(one.leverage) for symbol, one in instruments.items() if one.leverage is not None
        }
        self._units: dict[str, Decimal] = {}  # unit value of open orders, in the currency of their price

    # --- open orders --------------------------------------------------------------------------------------------

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
        """Tie up the initial margin of an order; the arguments are those of `Account.reserve`."""
        margin = self._margin_of(symbol, side, unit_value)
        short = super().reserve(order_id, symbol, side, quantity, margin, marks, fee)
        if short is None:
            self._units[order_id] = unit_value
        return short

    def open_part(self, order_id: str) -> tuple[Decimal, Decimal] | None:
        """Return what is open of an order, and the unit value at which it was reserved for."""
        part = super().open_part(order_id)
        return None if part is None else (part[0], self._units[order_id])

    def open_values(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return the values of all open buys and of all open sells of a symbol, in the account's currency."""
        buys = sells = _ZERO
        for order_id, (of, side, leaves, _) in self._orders.items():
            if of == symbol:
                value = _multiply(leaves, self.unit_size(symbol, self._units[order_id]))
                if side is Side.BUY:
                    buys = _add(buys, value)
                else:
                    sells = _add(sells, value)
        return buys, sells

    def release(self, order_id: str) -> None:
        """Untie what is left of an order."""
        super().release(order_id)
        self._units.pop(order_id, None)

    def _untie(self, fill: Fill) -> None:
        super()._untie(fill)
        if fill.order_id not in self._orders:
            self._units.pop(fill.order_id, None)

    def requirement(self, symbol: str, side: Side, quantity: Decimal, unit_value: Decimal) -> Decimal:
        """Return the initial margin that an order would tie up beyond what is tied up already."""
        return self._growth(symbol, side, quantity, self._margin_of(symbol, side, unit_value))

    def _margin_of(self, symbol: str, side: Side, unit_value: Decimal) -> Decimal:
        size = self.unit_size(symbol, unit_value)
        rule, rate = self._rule_of(symbol), self._rate_of(symbol)
        if not rate:
            return size
        own = _DIVIDE.divide(size, rate)  # the amounts per share are in the currency of the price
        return _multiply(rule.initial(own, _ONE if side is Side.BUY else _MINUS_ONE), rate)

    # --- margin -------------------------------------------------------------------------------------------------

    def buying_power(self, marks: Mapping[str, float]) -> Decimal:
        """Return equity less the initial margin of what is held and of open orders: what new orders may tie up."""
        exact = self._exact(marks)
        power = _subtract(self.value(exact), self.tied_up)
        for symbol, position in self._held.items():
            size = self._size(position, exact)
            margin = self._rule_of(symbol).initial(size, position.quantity)
            power = _subtract(power, _multiply(margin, self._rate_of(symbol)))
        return power

    def maintenance(self, marks: Mapping[str, float]) -> Decimal:
        """Return the maintenance margin of all that is held, in the account's currency."""
        total = _ZERO
        for held in self.held(marks):
            total = _add(total, held.maintenance)
        return total

    def maintenance_of(self, symbol: str, mark: float | None) -> Decimal:
        """Return the maintenance margin of one position at a price, in the account's currency."""
        position = self.positions[symbol]
        size = self._size(position, {} if mark is None else {symbol: Decimal(repr(mark))})
        margin = self._rule_of(symbol).maintenance(size, position.quantity)
        return _multiply(margin, self._rate_of(symbol))

    def held(self, marks: Mapping[str, float]) -> list[Held]:
        """Return what is held as a margin call sees it."""
        exact = self._exact(marks)
        found = []
        for symbol, position in self._held.items():
            rate, size = self._rate_of(symbol), self._size(position, exact)
            maintenance = self._rule_of(symbol).maintenance(size, position.quantity)
            unrealised = position.unrealised(exact[symbol]) if symbol in exact else _ZERO
            found.append(
                Held(
                    symbol=symbol,
                    quantity=position.quantity,
                    lot=self._instruments[symbol].lot,
                    size=_multiply(size, rate),
                    maintenance=_multiply(maintenance, rate),
                    unrealised=_multiply(unrealised, rate),
                )
            )
        return found

    def debits(self, marks: Mapping[str, float]) -> dict[str, Decimal]:
        """Return the cash that is lent, by currency: what is owed, and what stands for short sales is not one's own."""
        own = {self.currency: self.cash, **self.balances}
        exact = self._exact(marks)
        for symbol, position in self._shorts.items():
            if not isinstance(position, InversePosition):  # nothing came in for its sale
                currency = self.settles_in(symbol) if self._keeps else self.currency
                size = self._size(position, exact)
                if not self._keeps:
                    size = _multiply(size, self._rate_of(symbol))
                own[currency] = _subtract(own.get(currency, _ZERO), size)
        return {currency: amount.copy_negate() for currency, amount in own.items() if amount < _ZERO}

    # --- inside -------------------------------------------------------------------------------------------------

    def _rule_of(self, symbol: str) -> MarginRule:
        return self._rules.get(symbol, self._rule)
