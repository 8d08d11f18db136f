"""The part of the scenario tree that says what a venue is: matching, latency, and costs of its own."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import attrs

from tradepit.models.orders import OrderKind
from tradepit.scenarios.cost_tree import FeeSpec, SlippageSpec
from tradepit.scenarios.exact import exact_or_none
from tradepit.scenarios.latency_tree import NO_LATENCY, AnyLatency

# --- matching ---------------------------------------------------------------------------------------------------


class BarPath(StrEnum):
    """In which order the prices inside one bar are met."""

    ADAPTIVE = "adaptive"
    OHLC = "ohlc"
    OLHC = "olhc"
    WORST = "worst"


class MarketPrice(StrEnum):
    """At which price of the bar a market order fills."""

    OPEN = "open"
    CLOSE = "close"
    WORST = "worst"
    MIDPOINT = "midpoint"
    VWAP = "vwap"


@attrs.frozen(kw_only=True)
class BarsMatching:
    """Matching on bars.

    Attributes:
        path: in which order the prices inside one bar are met.
        market_price: at which price of the bar a market order fills.
        max_volume_share: fraction of a bar's volume that our orders get at most; None, written `none`, has no bound.
        touch_fills: whether a limit order fills when the market touches its limit exactly.
    """

    path: BarPath = attrs.field(default=BarPath.ADAPTIVE, converter=BarPath)
    market_price: MarketPrice = attrs.field(default=MarketPrice.OPEN, converter=MarketPrice)
    max_volume_share: Decimal | None = attrs.field(default=Decimal("0.1"), converter=exact_or_none)
    touch_fills: bool = True


@attrs.frozen(kw_only=True)
class QuotesMatching:
    """Matching on the best bid and offer: an order takes what the far side shows."""


MatchingSpec = BarsMatching | QuotesMatching

# --- latency ----------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class VenueLatency:
    """The latencies of one venue.

    Attributes:
        order: of our orders and cancels on their way to the venue.
        data: of the venue's reports on their way back to us.
    """

    order: AnyLatency = NO_LATENCY
    data: AnyLatency = NO_LATENCY


def _kinds(kinds: Iterable[str] | None) -> tuple[OrderKind, ...] | None:
    return None if kinds is None else tuple(OrderKind(kind) for kind in kinds)


@attrs.frozen(kw_only=True)
class VenueSpec:
    """One venue.

    Attributes:
        matching: how orders meet the market; None takes what the sources give (bars or quotes).
        fees: what a fill costs; None takes `costs.commission`.
        latency: how far away it is; None takes that of the preset of `costs`, or none.
        slippage: None takes `costs.slippage`.
        fee_currency: what fees are charged in: `quote`, `base`, `received`, `account`, or a currency's name; None takes
            `costs.fee_currency`.
        order_types: kinds of orders that it takes; None takes all that its matching knows.
    """

    matching: MatchingSpec | None = None
    fees: FeeSpec | None = None
    latency: VenueLatency | None = None
    slippage: SlippageSpec | None = None
    fee_currency: str | None = None
    order_types: tuple[OrderKind, ...] | None = attrs.field(default=None, converter=_kinds)
