"""The trigger of a trailing stop: it follows the market at a distance, and only ever in the order's favour.

A seller's trigger lies below the best price seen and only rises, a buyer's lies above it and only falls. Where it
begins: at the order's own stop price when it names one; else at the distance from the last price that the venue knew
when the order arrived; else from the first price that comes, which for bars is the open.

The trigger lies on the tick, rounded away from the market (down for a seller, up for a buyer), so that the rounding
never makes the exit better than it was asked.

Who else does what:

- NautilusTrader: the same, along the four prices of a bar one after another.
- LEAN: a bar is first held against the trigger as it stood, and only then moves it by its high (sells) or low (buys);
  so a trigger that the bar itself raised is never hit on that bar.
- backtrader: the same, but moved by the close.
- zipline, backtesting.py and basana have no such order.
"""

from decimal import Decimal

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.orders import OffsetUnit, Side
from tradepit.models.price_offsets import moved


@attrs.define(eq=False)
class Trail:
    """The trigger of one order.

    Attributes:
        buys: whether the order buys, so that the trigger lies above the market.
        offset: how far it lies from the best price seen, in `unit`, above zero.
        unit: of the offsets.
        instrument: whose tick it lies on.
        limit_offset: how far beyond the trigger the order's limit lies, in `unit`; None for an order without limit.
        trigger: where it is, or None before any price was seen.
    """

    buys: bool
    offset: Decimal
    unit: OffsetUnit
    instrument: Instrument
    limit_offset: Decimal | None
    trigger: Decimal | None = None

    def follow(self, price: float) -> float:
        """Take note of a price, and return the trigger, moved if that is in the order's favour."""
        instrument, trigger = self.instrument, self.trigger
        away = moved(Decimal(repr(price)), self.offset, self.unit, instrument, upward=self.buys)
        placed = instrument.to_tick(away, Side.BUY if self.buys else Side.SELL)
        if trigger is None or (placed < trigger if self.buys else placed > trigger):
            self.trigger = trigger = placed
        return float(trigger)

    def limit(self) -> Decimal | None:
        """Return the limit that the order gets when the trigger, as it stands, is hit; on the tick."""
        if self.limit_offset is None or self.trigger is None:
            return None
        beyond = moved(self.trigger, self.limit_offset, self.unit, self.instrument, upward=self.buys)
        return self.instrument.to_tick(beyond, Side.SELL if self.buys else Side.BUY)
