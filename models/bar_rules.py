"""The rules by which orders fill on bars; where engines differ, each one's is here by a name that says what it does.

docs/fills.md has them as tables, and says whose rule each is.
"""

from decimal import Decimal
from typing import Any, Literal

import attrs

from tradepit.models.bar_path import PATH_NAMES, PathName
from tradepit.models.checks import between, one_of
from tradepit.models.self_trade import PREVENTIONS, Prevention
from tradepit.models.values import uncopied

MarketPrice = Literal["open", "close", "worst", "midpoint", "vwap"]
MARKET_PRICES: tuple[MarketPrice, ...] = ("open", "close", "worst", "midpoint", "vwap")
Arrival = Literal["next_bar", "last_close"]
ARRIVALS: tuple[Arrival, ...] = ("next_bar", "last_close")
GapPrice = Literal["open", "worse", "own"]
GAP_PRICES: tuple[GapPrice, ...] = ("open", "worse", "own")
MarketFills = Literal["partial", "whole"]
MARKET_FILLS: tuple[MarketFills, ...] = ("partial", "whole")
Sequence = Literal["path", "submission"]
SEQUENCES: tuple[Sequence, ...] = ("path", "submission")
StopLimits = Literal["path", "range", "close", "pessimistic", "body"]
STOP_LIMITS: tuple[StopLimits, ...] = ("path", "range", "close", "pessimistic", "body")
Trailing = Literal["path", "extreme", "close"]
TRAILINGS: tuple[Trailing, ...] = ("path", "extreme", "close")
Exits = Literal["next_bar", "same_bar"]
EXITS: tuple[Exits, ...] = ("next_bar", "same_bar")
Slips = Literal["takers", "all"]
SLIPS: tuple[Slips, ...] = ("takers", "all")
PastLimit = Literal["limit", "skip"]
PAST_LIMITS: tuple[PastLimit, ...] = ("limit", "skip")
PastBar = Literal["slip", "extreme", "skip"]
PAST_BARS: tuple[PastBar, ...] = ("slip", "extreme", "skip")

_ZERO = Decimal(0)


def _check_share(instance: object, attribute: "attrs.Attribute[Any]", given: Decimal | None) -> None:
    if given is None:
        return
    between(_ZERO, Decimal(1))(instance, attribute, given)
    if not given:
        raise ValueError(f"{attribute.name} must be above 0, was {given}; None lifts the cap")


@uncopied
@attrs.frozen(kw_only=True)
class BarRules:
    """How orders fill on bars.

    Attributes:
        path: the order in which the price met the bar's extremes: `adaptive` (first the one nearer the open, the low
            on a tie), `ohlc`, `olhc`, `worst` (for each order the path that serves it worst), or `close` (no path:
            the bar is its close alone).
        market_price: what market orders get: `open`, `close`, `worst` (a buyer the high, a seller the low),
            `midpoint` of high and low, or `vwap` (the mean of the four prices where the bar has none).
        max_volume_share: largest part of a bar's volume that all orders on the book get together, above 0 and up to
            1; rounded down to whole lots. None lifts the cap.
        touch_fills: whether a limit fills when the price touches it; if not, the price must go through it.
        gap_price: what limits and stops get that the market has passed: `open` as in the table above, or `worse` as
            in LEAN's base fill model: a limit the worse of limit and extreme, a stop the worse of stop and close; or
            their `own`.
        arrival: where an order that comes begins: with the `next_bar`, or with the `last_close`, at which a market
            order, a limit that the close is at or better than, and a stop that it is at or past then fill.
        close_within_ns: how long a bar lasts; a market order that came less than that before a bar's close, so after
            the bar had begun, gets the close. None: it makes no difference when it came.
        market_fills: whether market orders and stops take a part of what they want where the volume has no more
            (`partial`), or wait for a bar that has all of it (`whole`).
        sequence: who goes first on one bar: who is met first on the `path`, or who came first (`submission`).
        stop_limits: when a stop-limit fills on the bar that triggers it, see `bar_stop_limits`.
        trailing: how a trailing stop's trigger follows a bar: along its `path`; or the bar is held against the trigger
            as it stood, which then moves by the bar's far `extreme`, or by its `close`.
        exits: where orders begin that waited for another to fill (OTO, brackets): with the `next_bar`, or with the
            rest of the bar on which that was met (`same_bar`).
        slips: whose price slips: that of those that take liquidity, or that of `all`.
        past_limit: what becomes of an order that its slippage would carry past its limit: it gets the `limit`, or
            nothing from this bar (`skip`).
        past_bar: what becomes of an order that its slippage would carry out of the bar's range: it gets the price
            out there (`slip`), the bar's `extreme`, or nothing from this bar (`skip`).
        stale_after_ns: age, counted from its close, past which a bar that comes late fills and triggers nothing;
            None for no such age.
        self_trade_prevention: what happens where two of our own orders meet.

    Raises:
        ValueError: a name is unknown, or the share or the length is out of bounds.
    """

    path: PathName = attrs.field(default="adaptive", validator=one_of(PATH_NAMES))
    market_price: MarketPrice = attrs.field(default="open", validator=one_of(MARKET_PRICES))
    max_volume_share: Decimal | None = attrs.field(default=Decimal("0.10"), validator=_check_share)
    touch_fills: bool = attrs.field(default=True, validator=attrs.validators.instance_of(bool))
    gap_price: GapPrice = attrs.field(default="open", validator=one_of(GAP_PRICES))
    arrival: Arrival = attrs.field(default="next_bar", validator=one_of(ARRIVALS))
    close_within_ns: int | None = attrs.field(default=None, validator=attrs.validators.optional(attrs.validators.gt(0)))
    market_fills: MarketFills = attrs.field(default="partial", validator=one_of(MARKET_FILLS))
    sequence: Sequence = attrs.field(default="path", validator=one_of(SEQUENCES))
    stop_limits: StopLimits = attrs.field(default="path", validator=one_of(STOP_LIMITS))
    trailing: Trailing = attrs.field(default="path", validator=one_of(TRAILINGS))
    exits: Exits = attrs.field(default="next_bar", validator=one_of(EXITS))
    slips: Slips = attrs.field(default="takers", validator=one_of(SLIPS))
    past_limit: PastLimit = attrs.field(default="limit", validator=one_of(PAST_LIMITS))
    past_bar: PastBar = attrs.field(default="slip", validator=one_of(PAST_BARS))
    stale_after_ns: int | None = attrs.field(default=None, validator=attrs.validators.optional(attrs.validators.ge(0)))
    self_trade_prevention: Prevention = attrs.field(default="none", validator=one_of(PREVENTIONS))
