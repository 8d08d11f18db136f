"""What only some orders on a book have beside side, quantity and prices, and which of it a book cannot take.

A plain market, limit or stop order has none of this, and pays nothing for it.
"""

from decimal import Decimal
from typing import Final

import attrs

from tradepit.models.auctions import Auction
from tradepit.models.instruments import Instrument
from tradepit.models.orders import (
    ChildOrder,
    Contingency,
    OffsetUnit,
    OrderKind,
    OrderTerms,
    PegTo,
    Refusal,
    TimeInForce,
)
from tradepit.models.trailing import Trail

_NO_TERMS: Final = OrderTerms()
_OWN_PRICES: Final = frozenset({OrderKind.PEGGED, OrderKind.TRAILING_STOP, OrderKind.TRAILING_STOP_LIMIT})
_TOUCHED: Final = frozenset({OrderKind.MARKET_IF_TOUCHED, OrderKind.LIMIT_IF_TOUCHED})
_AT_OPEN: Final = TimeInForce.AT_OPEN
_AT_CLOSE: Final = TimeInForce.AT_CLOSE
_MARKET: Final = OrderKind.MARKET
_LIMIT: Final = OrderKind.LIMIT
_STOP: Final = OrderKind.STOP
_STOP_LIMIT: Final = OrderKind.STOP_LIMIT
_AUCTIONS: Final = frozenset({_AT_OPEN, _AT_CLOSE})
_AUCTION_KINDS: Final = frozenset({_MARKET, _LIMIT})
# Kinds that take when they come or when they are triggered, so that post-only leaves nothing of them.
_NEVER_REST: Final = frozenset(
    {OrderKind.MARKET, OrderKind.STOP, OrderKind.MARKET_IF_TOUCHED, OrderKind.TRAILING_STOP, OrderKind.MARKET_TO_LIMIT}
)


@attrs.frozen
class Peg:
    """What a pegged order follows.

    Attributes:
        to: bid, ask or mid.
        offset: what is added to it, signed, in `unit`.
        unit: of the offset.
        bound: limit that the order never goes beyond, or None.
    """

    to: PegTo
    offset: Decimal
    unit: OffsetUnit
    bound: Decimal | None


@attrs.define(eq=False)
class Particulars:
    """What one order has beside the usual.

    Attributes:
        touched: whether its trigger is met from the other side than a stop's.
        trail: its trigger, when that follows the market.
        peg: what its limit follows, or None.
        auction: the opening or closing that it waits for, or None.
        to_limit: whether what its first fill leaves becomes a limit order.
        peak: what it shows at a time, or None for all.
        shows: what it shows now, when it has a peak.
        post_only: whether it may not take.
        reduce_only: whether it is cut to the position.
        group: the group's owner and name, or None.
        contingency: what its fills do to the others of the group.
        last: last price before it arrived, or that it has rested through; None when none is known.
    """

    touched: bool
    trail: Trail | None
    peg: Peg | None
    auction: Auction | None
    to_limit: bool
    peak: Decimal | None
    shows: Decimal
    post_only: bool
    reduce_only: bool
    group: tuple[str, str] | None
    contingency: Contingency | None
    last: float | None


def is_plain(child: ChildOrder) -> bool:
    """Tell whether an order is of a plain kind, for no auction, and carries no terms."""
    kind, time_in_force = child.kind, child.time_in_force  # by identity: an enumeration hashes slowly
    return (
        child.terms is None
        and (kind is _MARKET or kind is _LIMIT or kind is _STOP or kind is _STOP_LIMIT)
        and time_in_force is not _AT_OPEN
        and time_in_force is not _AT_CLOSE
    )


def particulars_of(
    child: ChildOrder, instrument: Instrument, last: float | None, auction: Auction | None
) -> Particulars:
    """Return what an order has beside the usual.

    Raises:
        ValueError: it lacks what its kind needs, or waits for an auction that was not given.
    """
    terms, kind = child.terms or _NO_TERMS, child.kind
    if (child.time_in_force in _AUCTIONS) != (auction is not None):
        raise ValueError(f"{child.child_id}: {child.time_in_force} must come with its auction, was {auction}")
    if kind not in _OWN_PRICES and (child.limit_price is None, child.stop_price is None) != (
        not kind.has_limit,
        not kind.has_stop,
    ):
        prices = f"limit={child.limit_price}, stop={child.stop_price}"
        raise ValueError(f"{child.child_id}: {kind} must have exactly its prices, was {prices}")
    if kind is OrderKind.ICEBERG and terms.display_quantity is None:
        raise ValueError(f"{child.child_id}: {kind} must have a display quantity, was None")
    peg, trail = None, None
    if kind is OrderKind.PEGGED:
        if terms.peg_to is None:
            raise ValueError(f"{child.child_id}: {kind} must name what it follows, was None")
        peg = Peg(terms.peg_to, terms.peg_offset or Decimal(0), terms.offset_unit, child.limit_price)
    if kind.trails:
        if terms.trail_offset is None or not terms.trail_offset > 0:
            raise ValueError(f"{child.child_id}: {kind} must have a trail offset above 0, was {terms.trail_offset}")
        beyond = terms.limit_offset
        if (kind is OrderKind.TRAILING_STOP_LIMIT) != (beyond is not None):
            raise ValueError(f"{child.child_id}: {kind} must have exactly its offsets, was limit_offset={beyond}")
        buys = child.side.sign > 0
        trail = Trail(buys, terms.trail_offset, terms.offset_unit, instrument, beyond, child.stop_price)
        if trail.trigger is None and last is not None:
            trail.follow(last)
    return Particulars(
        touched=kind in _TOUCHED,
        trail=trail,
        peg=peg,
        auction=auction,
        to_limit=kind is OrderKind.MARKET_TO_LIMIT,
        peak=terms.display_quantity,
        shows=min(terms.display_quantity or child.quantity, child.quantity),
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        group=None if terms.group is None or terms.contingency is None else (child.strategy, terms.group),
        contingency=terms.contingency,
        last=last,
    )


def unfit(child: ChildOrder, *, has_quotes: bool, has_sessions: bool = True) -> Refusal | None:
    """Return why a book cannot take an order whatever the market does, or None.

    Args:
        child: the order.
        has_quotes: whether the book matches on quotes, so that a peg has something to follow.
        has_sessions: whether the venue knows when sessions open and close.
    """
    terms, kind, time_in_force = child.terms or _NO_TERMS, child.kind, child.time_in_force
    if kind is OrderKind.PEGGED and not has_quotes:
        return Refusal(code="NEEDS_QUOTES", text=f"{kind} follows bid and ask, which only quotes show")
    if time_in_force in _AUCTIONS:
        if kind not in _AUCTION_KINDS:
            return Refusal(code="AUCTION_KIND", text=f"{time_in_force} is for MARKET and LIMIT, was {kind}")
        if not has_sessions:
            return Refusal(code="NO_SESSIONS", text=f"{time_in_force} needs sessions, and the venue has none")
    if terms.post_only and (kind in _NEVER_REST or time_in_force not in _RESTING):
        return Refusal(code="POST_ONLY", text=f"{kind} {time_in_force} never rests")
    return None


_RESTING: Final = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD})
