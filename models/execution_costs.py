"""What an execution cost, in the account's currency at the rate of its news, and in the currencies it was paid in.

A fill's value and slippage are in what its instrument settles in; its fee is in the currency of the price unless the
fill names another. A fee that was taken in kind, in what was bought, counts at the fill's price. An inverse contract
is worth `multiplier / price`, so what a worse price costs is the difference of these (BitMEX, "Inverse contracts").
"""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import Final, NamedTuple

from tradepit.models.instruments import Instrument
from tradepit.models.inverse_positions import turned
from tradepit.models.orders import Fill, Side

RateOf = Callable[[str], Decimal | None]
"""How much of the account's currency a unit of a currency is, or None while that is not known."""

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)  # sums never round, whatever precision a strategy sets for itself
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class Costs(NamedTuple):
    """Amounts of one currency.

    Attributes:
        value: cash value at the prices before slippage, multiplier included.
        commission: fees, rebates negative.
        slippage: what was paid beyond the prices before slippage; below zero when it was saved.
    """

    value: Decimal = _ZERO
    commission: Decimal = _ZERO
    slippage: Decimal = _ZERO

    def plus(self, other: "Costs") -> "Costs":
        """Return the sum."""
        return Costs(*[_add(one, more) for one, more in zip(self, other, strict=True)])

    def minus(self, other: "Costs") -> "Costs":
        """Return the difference."""
        return Costs(*[_subtract(one, less) for one, less in zip(self, other, strict=True)])

    def times(self, rate: Decimal) -> "Costs":
        """Return the amounts in another currency."""
        return self if rate == _ONE else Costs(*[_multiply(one, rate) for one in self])


class FillCosts(NamedTuple):
    """What one fill cost.

    Attributes:
        home: in the account's currency; what has no rate is nothing.
        own: the same in the currencies in which it came.
    """

    home: Costs
    own: Mapping[str, Costs]


class FillPricing:
    """Works out what fills cost.

    Args:
        instruments: what is traded, by symbol; what is missing is priced in the account's currency, times 1.
        currency: the account's.
        rate: the rates of exchange as they are now, or None where the account knows no other currency.
        remembers: whether rates are kept by fill, for executions may be taken back or corrected.
    """

    __slots__ = ("_instruments", "_known", "_rate", "currency")

    def __init__(
        self,
        instruments: Mapping[str, Instrument] | None = None,
        currency: str = "USD",
        rate: RateOf | None = None,
        *,
        remembers: bool = False,
    ) -> None:
        self._instruments = instruments or {}
        self.currency = currency
        self._rate = rate
        self._known: dict[str, dict[str, Decimal | None]] | None = {} if remembers else None

    def unusual(self) -> dict[str, Decimal | None]:
        """Return the symbols whose fills are not just price times quantity: the multiplier, or None to ask `of`."""
        return {
            symbol: None if one.inverse or one.currency != self.currency else one.multiplier
            for symbol, one in self._instruments.items()
            if one.inverse or one.multiplies or one.currency != self.currency
        }

    def of(self, fill: Fill) -> FillCosts:
        """Return what a fill costs; of one that was priced before, and remembered, at the rates that it had."""
        instrument = self._instruments.get(fill.symbol)
        multiplier = _ONE if instrument is None else instrument.multiplier
        units, price, reference = _multiply(fill.quantity, multiplier), fill.price, fill.reference_price
        settles_in, turns = fill.currency, False
        if instrument is not None and instrument.inverse:
            settles_in, turns = instrument.settles_in, True
            price, reference = turned(price), turned(reference)
        worse = _subtract(price, reference) if fill.side is Side.BUY else _subtract(reference, price)
        own = {settles_in: Costs(_multiply(units, reference).copy_abs(), _ZERO, _multiply(units, worse))}
        paid_in, fee = fill.fee_currency or fill.currency, fill.fee
        if not turns and instrument is not None and paid_in == instrument.base:
            paid_in, fee = fill.currency, _multiply(_multiply(fee, fill.price), multiplier)
        own[paid_in] = own.get(paid_in, Costs()).plus(Costs(commission=fee))
        rates = self._rates(fill.fill_id, own)
        home = Costs()
        for currency, costs in own.items():
            rate = rates[currency]
            if rate is not None:
                home = home.plus(costs.times(rate))
        return FillCosts(home, own)

    def _rates(self, fill_id: str, currencies: Mapping[str, Costs]) -> Mapping[str, Decimal | None]:
        known = {} if self._known is None else self._known.setdefault(fill_id, {})
        for currency in currencies:
            if currency not in known:
                known[currency] = self._rate_now(currency)
        return known

    def _rate_now(self, currency: str) -> Decimal | None:
        if currency == self.currency:
            return _ONE
        return None if self._rate is None else self._rate(currency)
