"""What an order's fees will be, as far as can be told before it is sent; for reserving them with it.

LEAN adds the fee that its model expects to the margin of an order (`GetInitialMarginRequiredForOrder`); backtrader
tries an order out on its cash, commission included (`BackBroker.check_submitted`); zipline looks at neither cash nor
fees.
"""

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.billed_fill import BilledFill, FeeMoment
from tradepit.models.commission import Commission
from tradepit.models.fee_currency import IN_QUOTE, FeeCurrency, FeeIn
from tradepit.models.instruments import Instrument
from tradepit.models.inverse_positions import turned
from tradepit.models.orders import Liquidity, Order, Side
from tradepit.models.values import uncopied

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_divide: Final = Context(prec=60).divide  # of our own: a strategy may narrow the one that all share

Convert = Callable[[Decimal, str], Decimal]
"""Turns an amount of a currency into the account's."""


@uncopied
@attrs.frozen(kw_only=True)
class VenueFees:
    """How a venue charges.

    Attributes:
        commission: its schedule.
        fee_currency: what it charges in.
    """

    commission: Commission
    fee_currency: FeeCurrency = IN_QUOTE


@uncopied
@attrs.frozen(kw_only=True)
class ExpectedFees:
    """Foresee the fees of orders.

    An order is taken to fill whole, at once and as a taker, at the price that it is valued at; where it names no venue,
    at the one that charges most, for the router may send it to any. Not foreseen are what was traded of late (a
    schedule by volume gives its first tier), and several fills where a minimum is for each. A fee that is taken off
    what is bought costs no cash, and a rebate is not counted on.

    Attributes:
        venues: by name.
    """

    venues: dict[str, VenueFees]

    def of(self, order: Order, instrument: Instrument, unit_value: Decimal, time: int, convert: Convert) -> Decimal:
        """Return the fee in the account's currency, 0 or more.

        Args:
            order: the order.
            instrument: what is traded.
            unit_value: what a quantity of 1 is valued at: price times multiplier.
            time: now, ns since the Unix epoch.
            convert: turns what is charged into the account's currency.
        """
        named = None if order.terms is None else order.terms.venue
        asked = [self.venues[named]] if named in self.venues else self.venues.values()
        price = _divide(unit_value, instrument.multiplier) if instrument.multiplier != _ONE else unit_value
        if instrument.inverse:
            price = turned(price).copy_abs()
        fill = BilledFill(
            side=order.side,
            quantity=order.quantity,
            price=price,
            multiplier=instrument.multiplier,
            liquidity=Liquidity.TAKER,
            symbol=order.symbol,
            moment=FeeMoment(time=time),
        )
        return max([_ZERO, *(_cash(venue, fill, instrument, convert) for venue in asked)])


def _cash(venue: VenueFees, fill: BilledFill, instrument: Instrument, convert: Convert) -> Decimal:
    """Return the cash that a venue's fee takes."""
    into = venue.fee_currency
    if into.fee_in is FeeIn.NAMED:
        assert into.name is not None
        return convert(venue.commission.fee(fill), into.name)
    if instrument.inverse:
        return convert(venue.commission.fee(fill), instrument.settles_in)
    if into.fee_in is FeeIn.BASE or (into.fee_in is FeeIn.RECEIVED and fill.side is Side.BUY):
        return _ZERO
    return convert(venue.commission.fee(fill), instrument.currency)
