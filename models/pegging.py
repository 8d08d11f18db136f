"""The limit of a pegged order: bid, ask or mid of a quote with an offset, on the tick, never beyond its bound.

It is rounded away from the market (down for a buyer, up for a seller), so that the rounding never makes an order more
eager than it was asked to be.
"""

from decimal import Context, Decimal
from typing import Final

from tradepit.models.instruments import Instrument
from tradepit.models.orders import PegTo, Side
from tradepit.models.particulars import Peg
from tradepit.models.price_offsets import moved

_EXACT: Final = Context(prec=200)
_TWO: Final = Decimal(2)


def pegged(peg: Peg, buys: bool, bid: float | None, ask: float | None, instrument: Instrument) -> Decimal | None:
    """Return the limit of an order pegged to a quote, or None when the quote lacks a side that it needs.

    Args:
        peg: what it follows.
        buys: which way the order goes.
        bid: best bid, or None.
        ask: best ask, or None.
        instrument: whose tick the limit lies on.
    """
    exact_bid = None if bid is None else Decimal(repr(bid))
    exact_ask = None if ask is None else Decimal(repr(ask))
    if peg.to is PegTo.BID:
        followed = exact_bid
    elif peg.to is PegTo.ASK:
        followed = exact_ask
    elif exact_bid is None or exact_ask is None:
        followed = None
    else:
        followed = _EXACT.divide(_EXACT.add(exact_bid, exact_ask), _TWO)
    if followed is None:
        return None
    away = moved(followed, peg.offset, peg.unit, instrument)
    limit = instrument.to_tick(away, Side.SELL if buys else Side.BUY)
    if peg.bound is not None:
        limit = min(limit, peg.bound) if buys else max(limit, peg.bound)
    if limit <= 0 and not instrument.price_may_be_negative:
        return instrument.tick
    return limit
