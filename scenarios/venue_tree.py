"""The part of the scenario tree that says what a venue is: matching, latency, and costs of its own."""

from collections.abc import Iterable

import attrs

from tradepit.models.orders import OrderKind
from tradepit.scenarios.cost_tree import FeeSpec, SlippageSpec
from tradepit.scenarios.latency_tree import NO_LATENCY, AnyLatency
from tradepit.scenarios.matching_tree import MatchingSpec, SelfTradePrevention

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
        matching: how orders meet the market; None takes what the sources give (bars, quotes or trades).
        fees: what a fill costs; None takes `costs.commission`.
        latency: how far away it is; None takes that of the preset of `costs`, or none.
        slippage: None takes `costs.slippage`.
        fee_currency: what fees are charged in: `quote`, `base`, `received`, `account`, or a currency's name; None takes
            `costs.fee_currency`.
        order_types: kinds of orders that it takes; None takes all that its matching knows.
        self_trade_prevention: what happens where two of our own orders meet.
    """

    matching: MatchingSpec | None = None
    fees: FeeSpec | None = None
    latency: VenueLatency | None = None
    slippage: SlippageSpec | None = None
    fee_currency: str | None = None
    order_types: tuple[OrderKind, ...] | None = attrs.field(default=None, converter=_kinds)
    self_trade_prevention: SelfTradePrevention = attrs.field(
        default=SelfTradePrevention.NONE, converter=SelfTradePrevention
    )
