"""What an order's prices must be: the rules `price` and `stop`, and what they share with other rules."""

from decimal import Context, Decimal, InvalidOperation
from typing import Final

from tradepit.models.circumstances import Circumstances
from tradepit.models.instruments import Instrument
from tradepit.models.orders import OffsetUnit, Order, OrderKind, OrderTerms, PegTo, Refusal, Side

_WITH_LIMIT: Final = frozenset(kind for kind in OrderKind if kind.has_limit)
_WITH_STOP: Final = frozenset(kind for kind in OrderKind if kind.has_stop)
_TRAILING: Final = frozenset(kind for kind in OrderKind if kind.trails)
_TOUCHED: Final = frozenset({OrderKind.MARKET_IF_TOUCHED, OrderKind.LIMIT_IF_TOUCHED})
_WITH_OFFSET: Final = _TRAILING | {OrderKind.PEGGED}
_ONE: Final = Decimal(1)
_COUNT: Final = Context(prec=28)  # the same for every order, whatever precision a strategy sets for itself


def check_price(order: Order, around: Circumstances) -> Refusal | None:
    """Each price and offset is there when the kind needs it and only then, is positive and on the tick.

    Codes: `LIMIT_PRICE_MISSING`, `LIMIT_PRICE_UNEXPECTED`, `STOP_PRICE_MISSING`, `STOP_PRICE_UNEXPECTED`,
    `FIELD_INVALID`, `PRICE_NOT_A_NUMBER`, `PRICE_NOT_POSITIVE`, `OFF_TICK`, and for offsets and pegs `TERM_MISSING`,
    `TERM_UNEXPECTED`, `TERM_INVALID`.
    """
    kind = order.kind
    limit, stop = order.limit_price, order.stop_price
    if limit is None:
        if kind in _WITH_LIMIT:
            return Refusal(code="LIMIT_PRICE_MISSING", text=f"{a_kind(kind)} order must have a limit_price")
    elif kind not in _WITH_LIMIT and kind is not OrderKind.PEGGED:
        return Refusal(
            code="LIMIT_PRICE_UNEXPECTED", text=f"{a_kind(kind)} order must have no limit_price, was {limit}"
        )
    if stop is None:
        if kind in _WITH_STOP:
            return Refusal(code="STOP_PRICE_MISSING", text=f"{a_kind(kind)} order must have a stop_price")
    elif kind not in _WITH_STOP and kind not in _TRAILING:
        return Refusal(code="STOP_PRICE_UNEXPECTED", text=f"{a_kind(kind)} order must have no stop_price, was {stop}")
    if limit is None and stop is None and order.terms is None and kind not in _WITH_OFFSET:
        return None
    instrument = around.instruments.get(order.symbol)
    if limit is not None and (refusal := bad_price("limit_price", limit, instrument)) is not None:
        return refusal
    if stop is not None and (refusal := bad_price("stop_price", stop, instrument)) is not None:
        return refusal
    return _bad_offsets(kind, order.terms or OrderTerms(), instrument)


def _bad_offsets(kind: OrderKind, terms: OrderTerms, instrument: Instrument | None) -> Refusal | None:
    """Refuse an offset or a peg that is missing, that the kind would ignore, or that is no such thing."""
    must: dict[str, object] = {
        "trail_offset": kind in _TRAILING,
        "limit_offset": kind is OrderKind.TRAILING_STOP_LIMIT,
        "peg_to": kind is OrderKind.PEGGED,
    }
    for name, wanted in must.items():
        given = getattr(terms, name)
        if wanted and given is None:
            return Refusal(code="TERM_MISSING", text=f"{a_kind(kind)} order must have a {name}")
        if given is not None and not wanted:
            return Refusal(code="TERM_UNEXPECTED", text=f"{a_kind(kind)} order must have no {name}, was {given}")
    if terms.peg_offset is not None and kind is not OrderKind.PEGGED:
        return Refusal(
            code="TERM_UNEXPECTED", text=f"{a_kind(kind)} order must have no peg_offset, was {terms.peg_offset}"
        )
    if terms.peg_to is not None and type(terms.peg_to) is not PegTo:
        return Refusal(code="TERM_INVALID", text=f"peg_to must be one of {', '.join(PegTo)}, was {terms.peg_to!r}")
    for name, least in (("trail_offset", "above 0"), ("limit_offset", "0 or more"), ("peg_offset", "")):
        offset = getattr(terms, name)
        if offset is not None and (refusal := _bad_offset(name, offset, least, terms.offset_unit, instrument)):
            return refusal
    return None


def _bad_offset(
    name: str, offset: object, least: str, unit: OffsetUnit, instrument: Instrument | None
) -> Refusal | None:
    if not (isinstance(offset, Decimal) and offset.is_finite()):
        return Refusal(code="TERM_INVALID", text=f"{name} must be a finite Decimal, was {offset!r}")
    if (least and offset < 0) or (least == "above 0" and not offset):
        return Refusal(code="TERM_INVALID", text=f"{name} must be {least}, was {offset}")
    if unit is OffsetUnit.TICKS and remainder(offset, _ONE) != 0:
        return Refusal(code="TERM_INVALID", text=f"{name} must be a whole number of ticks, was {offset}")
    if unit is OffsetUnit.PRICE and instrument is not None and remainder(offset, instrument.tick) != 0:
        return Refusal(code="OFF_TICK", text=f"{name} must be on the tick of {instrument.tick}, was {offset}")
    return None


def a_kind(kind: str) -> str:
    """Return a kind of order with its article."""
    return f"an {kind}" if kind[:1] in "AEIO" else f"a {kind}"


def check_stop(order: Order, around: Circumstances) -> Refusal | None:
    """A buy stop lies above the last price and a sell stop below it, a touched order's price the other way round.

    A stop that the market has reached already would trigger at once (`STOP_WRONG_SIDE`), which is a market order by
    another name; many exchanges refuse it. Before the first price there is no market to be on the wrong side of.
    """
    stop = order.stop_price
    if stop is None or around.last_price is None:
        return None
    last = Decimal(repr(around.last_price))  # the price as it was written, so that equal means equal
    above = (order.side is Side.BUY) is not (order.kind in _TOUCHED)
    if stop > last if above else stop < last:
        return None
    kind = f"{order.side} {order.kind}" if order.kind in _TOUCHED else order.side
    text = f"stop_price of a {kind} order must be {'above' if above else 'below'} the last price {last}, was {stop}"
    return Refusal(code="STOP_WRONG_SIDE", text=text)


def bad_price(field: str, price: object, instrument: Instrument | None) -> Refusal | None:
    """Refuse a price that is no finite number, and one that the instrument does not allow."""
    if not isinstance(price, Decimal):
        return Refusal(code="FIELD_INVALID", text=f"{field} must be a Decimal, was {price!r}")
    if not price.is_finite():
        return Refusal(code="PRICE_NOT_A_NUMBER", text=f"{field} must be a finite number, was {price}")
    if instrument is None:
        return None
    if price <= 0 and not instrument.price_may_be_negative:
        return Refusal(code="PRICE_NOT_POSITIVE", text=f"{field} must be above 0, was {price}")
    if remainder(price, instrument.tick) != 0:
        return Refusal(code="OFF_TICK", text=f"{field} must be on the tick of {instrument.tick}, was {price}")
    return None


def remainder(amount: Decimal, step: Decimal) -> Decimal | None:
    """Return what is left over from whole steps, or None when the steps are too many to count in 28 digits."""
    try:
        return _COUNT.remainder(amount, step)
    except InvalidOperation:
        return None
