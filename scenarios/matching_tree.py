"""The part of the scenario tree that says how a venue matches: on bars, quotes or trades, and by which rules."""

from decimal import Decimal
from enum import StrEnum

import attrs

from tradepit.models.queue_position import QueueModel
from tradepit.scenarios.exact import exact, exact_or_none
from tradepit.scenarios.market_tree import MarketKind


class BarPath(StrEnum):
    """In which order the prices inside one bar are met."""

    ADAPTIVE = "adaptive"
    OHLC = "ohlc"
    OLHC = "olhc"
    WORST = "worst"
    CLOSE = "close"


class Arrival(StrEnum):
    """Where an order begins that comes between two bars."""

    NEXT_BAR = "next_bar"
    LAST_CLOSE = "last_close"


class MarketPrice(StrEnum):
    """At which price of the bar a market order fills."""

    OPEN = "open"
    CLOSE = "close"
    WORST = "worst"
    MIDPOINT = "midpoint"
    VWAP = "vwap"


class GapPrice(StrEnum):
    """What limits and stops get that the market has passed."""

    OPEN = "open"
    WORSE = "worse"
    OWN = "own"


class MarketFills(StrEnum):
    """Whether market orders take a part of what they want."""

    PARTIAL = "partial"
    WHOLE = "whole"


class BarSequence(StrEnum):
    """Who goes first on one bar."""

    PATH = "path"
    SUBMISSION = "submission"


class StopLimitFills(StrEnum):
    """When a stop-limit fills on the bar that triggers it."""

    PATH = "path"
    RANGE = "range"
    CLOSE = "close"
    PESSIMISTIC = "pessimistic"
    BODY = "body"


class Trailing(StrEnum):
    """How a trailing stop's trigger follows a bar."""

    PATH = "path"
    EXTREME = "extreme"
    CLOSE = "close"


class Exits(StrEnum):
    """Where orders begin that waited for another to fill."""

    NEXT_BAR = "next_bar"
    SAME_BAR = "same_bar"


class Slips(StrEnum):
    """Whose price slips."""

    TAKERS = "takers"
    ALL = "all"


class PastLimit(StrEnum):
    """What becomes of an order that its slippage would carry past its limit."""

    LIMIT = "limit"
    SKIP = "skip"


class PastBar(StrEnum):
    """What becomes of an order that its slippage would carry out of the bar's range."""

    SLIP = "slip"
    EXTREME = "extreme"
    SKIP = "skip"


class CrossedQuotes(StrEnum):
    """What becomes of a quote whose bid is above its ask."""

    SKIP = "skip"
    MATCH = "match"


class SelfTradePrevention(StrEnum):
    """What happens where two of our own orders meet."""

    NONE = "none"
    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"
    CANCEL_BOTH = "cancel_both"
    DECREMENT = "decrement"


@attrs.frozen(kw_only=True)
class BarsMatching:
    """Matching on bars.

    Attributes:
        path: in which order the prices inside one bar are met.
        market_price: at which price of the bar a market order fills.
        max_volume_share: fraction of a bar's volume that our orders get at most; None, written `none`, has no bound.
        touch_fills: whether a limit order fills when the market touches its limit exactly.
        gap_price: what limits and stops get that the market has passed.
        arrival: whether an order begins with the next bar, or at the close of the last.
        close_within: how long a bar lasts, in ns, where a market order that came during one gets its close, or None.
        market_fills: whether market orders take a part of what they want, or wait for a bar that has all of it.
        sequence: who goes first on one bar.
        stop_limits: when a stop-limit fills on the bar that triggers it.
        trailing: how a trailing stop's trigger follows a bar.
        exits: where orders begin that waited for another to fill.
        slips: whose price slips.
        past_limit: what becomes of an order that its slippage would carry past its limit.
        past_bar: what becomes of an order that its slippage would carry out of the bar's range.
        stale_after: age in ns past which a bar that comes late fills nothing, or None.
    """

    path: BarPath = attrs.field(default=BarPath.ADAPTIVE, converter=BarPath)
    market_price: MarketPrice = attrs.field(default=MarketPrice.OPEN, converter=MarketPrice)
    max_volume_share: Decimal | None = attrs.field(default=Decimal("0.1"), converter=exact_or_none)
    touch_fills: bool = True
    gap_price: GapPrice = attrs.field(default=GapPrice.OPEN, converter=GapPrice)
    arrival: Arrival = attrs.field(default=Arrival.NEXT_BAR, converter=Arrival)
    close_within: int | None = None
    market_fills: MarketFills = attrs.field(default=MarketFills.PARTIAL, converter=MarketFills)
    sequence: BarSequence = attrs.field(default=BarSequence.PATH, converter=BarSequence)
    stop_limits: StopLimitFills = attrs.field(default=StopLimitFills.PATH, converter=StopLimitFills)
    trailing: Trailing = attrs.field(default=Trailing.PATH, converter=Trailing)
    exits: Exits = attrs.field(default=Exits.NEXT_BAR, converter=Exits)
    slips: Slips = attrs.field(default=Slips.TAKERS, converter=Slips)
    past_limit: PastLimit = attrs.field(default=PastLimit.LIMIT, converter=PastLimit)
    past_bar: PastBar = attrs.field(default=PastBar.SLIP, converter=PastBar)
    stale_after: int | None = None


@attrs.frozen(kw_only=True)
class QuotesMatching:
    """Matching on the best bid and offer: an order takes what the far side shows.

    Attributes:
        touch_fills: whether a resting limit fills when the far side comes to its price exactly.
        depth: ticks beyond the far side on which an order that takes walks on; 0 lets it wait for the next quote.
        depth_size: what stands on each of them, as a part of the displayed size; None, written `none`, has no bound.
        crossed: what becomes of a quote whose bid is above its ask.
        queue: who cancels ahead of a resting order, or None, written `none`, where no queue is kept.
    """

    touch_fills: bool = True
    depth: int = 0
    depth_size: Decimal | None = attrs.field(default=Decimal(1), converter=exact_or_none)
    crossed: CrossedQuotes = attrs.field(default=CrossedQuotes.SKIP, converter=CrossedQuotes)
    queue: QueueModel | None = None


@attrs.frozen(kw_only=True)
class TradesMatching:
    """Matching on the prints of the tape alone.

    Attributes:
        touch_fills: whether trades at a resting limit fill it.
        queue_ahead: quantity that must trade before an order that comes to rest.
    """

    touch_fills: bool = True
    queue_ahead: Decimal = attrs.field(default=Decimal(0), converter=exact)


MatchingSpec = BarsMatching | QuotesMatching | TradesMatching


def matches_on(matching: MatchingSpec) -> MarketKind:
    """Return which market data a venue matches on."""
    if isinstance(matching, BarsMatching):
        return MarketKind.BARS
    return MarketKind.QUOTES if isinstance(matching, QuotesMatching) else MarketKind.TRADES
