"""What is known around an order when it is validated."""

from collections.abc import Collection, Mapping
from enum import StrEnum

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.orders import OrderKind


class TradingState(StrEnum):
    """Whether orders can trade now."""

    OPEN = "open"
    HALTED = "halted"
    CLOSED = "closed"


@attrs.define(kw_only=True)
class Circumstances:
    """What the rules know beside the order itself.

    Attributes:
        instruments: what can be traded, by symbol.
        now: ns since the Unix epoch.
        last_price: last price seen of the order's symbol, or None before the first.
        max_age_ns: longest time between the strategy's request and now, or None for no limit.
        order_types: kinds that some venue takes, or None when all are taken.
        state: of the market.
    """

    instruments: Mapping[str, Instrument]
    now: int
    last_price: float | None = None
    max_age_ns: int | None = None
    order_types: Collection[OrderKind] | None = None
    state: TradingState = TradingState.OPEN
