"""In which currency a fee is charged, and how much it is there."""

from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.orders import Side
from tradepit.models.values import uncopied

_EXACT: Final = Context(prec=200)
_divide: Final = Context(prec=28).divide


class FeeIn(StrEnum):
    """What a fee is charged in.

    QUOTE: the currency of the price, the common case. BASE: what is traded, such as BTC in BTC/USD. RECEIVED: what the
    trader gets, so the base when he buys and the quote when he sells (Binance, FTX, Alpaca's crypto). NAMED: a currency
    of its own, whatever is traded.
    """

    QUOTE = "quote"
    BASE = "base"
    RECEIVED = "received"
    NAMED = "named"


@uncopied
@attrs.frozen(kw_only=True)
class FeeCurrency:
    """What a venue charges its fees in.

    Attributes:
        fee_in: which currency, by its part in the trade.
        name: of the currency; only with NAMED, and then the schedule's amounts are in it.

    Raises:
        ValueError: the name is missing, or there is no use for it.
    """

    fee_in: FeeIn = attrs.field(default=FeeIn.QUOTE, converter=FeeIn)
    name: str | None = None

    def __attrs_post_init__(self) -> None:
        if (self.name is None) == (self.fee_in is FeeIn.NAMED):
            raise ValueError(f"name must be given with named and with nothing else, was {self.name!r}")

    def charged(self, fee: Decimal, side: Side, price: Decimal, instrument: Instrument) -> tuple[Decimal, str | None]:
        """Return a fee in its currency, and that currency, None where it is the price's.

        A fee in the base is worth, at the fill's price, what the schedule says in the quote; so a percentage of the
        value is the same percentage of the quantity. An inverse contract is worth an amount of its base, so what the
        schedule says of it is in the base already.

        Args:
            fee: what the schedule says.
            side: of the fill.
            price: of the fill, above zero where the fee is in the base.
            instrument: what is traded; it has a base where the fee is in that.

        Raises:
            ValueError: the fee is in the base, and the instrument has none, or the price is not above zero.
        """
        if self.fee_in is FeeIn.NAMED:
            return fee, None if self.name == instrument.currency else self.name
        if instrument.inverse:
            return fee, instrument.base
        if self.fee_in is FeeIn.QUOTE or (self.fee_in is FeeIn.RECEIVED and side is Side.SELL):
            return fee, None
        if instrument.base is None or not price > 0:
            raise ValueError(f"{instrument.symbol}: a fee in the base needs one, and a price above 0; was {price}")
        return _divide(fee, _EXACT.multiply(price, instrument.multiplier)), instrument.base


IN_QUOTE: Final = FeeCurrency()
"""Fees in the currency of the price."""
