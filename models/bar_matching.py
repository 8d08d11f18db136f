"""Match resting orders against bars.

The bar's four prices become a path (see `bar_path`); each order is met at a place on it, and the orders share a part
of the bar's volume in the order of those places, ties in the order of submission. docs/fills.md has the rules as
tables, beside those of other engines.

| kind | is met | at |
|---|---|---|
| MARKET | at the open (at the close, or where the path has its worst price, when so priced) | the rules' market price |
| LIMIT | at the open when that is at the limit or better | the open |
| | else where the path first reaches the limit | the limit |
| STOP | at the open when that is at the stop or past it | the open |
| | else where the path first reaches the stop | the stop |
| STOP_LIMIT | where it triggers as a stop does, when the price there is at the limit or better | that price |
| | else where the path after the trigger first reaches the limit | the limit |

Chosen where the field has no single custom:

- A halted bar does nothing: no fill, no trigger, and immediate orders go on waiting for the first bar that trades.
- A bar of volume 0 had no trade, so it fills and triggers nothing; it does end immediate orders.
- A bar of unknown volume (NaN) caps nothing: a source without volumes should not silently mean a market without any.
- An IOC or FOK limit order looks at the open of its first bar alone. A stop that is IOC or FOK waits for its trigger,
  and must be done at that place on the path; so do venues that take such orders (Binance STOP_LOSS_LIMIT).
- Midpoint and vwap are averages over the bar; an order that gets them takes its volume at the open.
- A stop that triggers fills from its trigger, whatever the price for market orders; what is left of it on the next
  bar is a market order like any other.
"""

import math
from decimal import Context, Decimal
from typing import Any, Literal

import attrs

from tradepit.models.bar_path import AT_CLOSE, AT_OPEN, PATH_NAMES, Corners, PathName, corners, reach
from tradepit.models.checks import between, one_of
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.matching import Outcome
from tradepit.models.orders import Liquidity
from tradepit.models.resting_orders import RestingOrder, RestingOrders
from tradepit.models.slippage import Slippage
from tradepit.models.values import uncopied

MarketPrice = Literal["open", "close", "worst", "midpoint", "vwap"]
MARKET_PRICES: tuple[MarketPrice, ...] = ("open", "close", "worst", "midpoint", "vwap")

_ZERO = Decimal(0)
_UNLIMITED = Decimal("Infinity")
_MAKER = Liquidity.MAKER
_TAKER = Liquidity.TAKER
_EXACT = Context(prec=200)
_subtract, _multiply = _EXACT.subtract, _EXACT.multiply

# Leg, distance on it, sequence (so places and then submissions compare), the order, the price (None when the order
# is met but the market has nothing at its limit), and whether it takes.
_Meeting = tuple[int, float, int, RestingOrder, float | Decimal | None, Liquidity]


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
            on a tie), `ohlc`, `olhc`, or `worst` (for each order the path that serves it worst).
        market_price: what market orders get: `open`, `close`, `worst` (a buyer the high, a seller the low),
            `midpoint` of high and low, or `vwap` (the mean of the four prices where the bar has none).
        max_volume_share: largest part of a bar's volume that all orders on the book get together, above 0 and up to
            1; rounded down to whole lots. None lifts the cap.
        touch_fills: whether a limit fills when the price touches it; if not, the price must go through it.

    Raises:
        ValueError: a name is unknown, or the share is out of bounds.
    """

    path: PathName = attrs.field(default="adaptive", validator=one_of(PATH_NAMES))
    market_price: MarketPrice = attrs.field(default="open", validator=one_of(MARKET_PRICES))
    max_volume_share: Decimal | None = attrs.field(default=Decimal("0.10"), validator=_check_share)
    touch_fills: bool = attrs.field(default=True, validator=attrs.validators.instance_of(bool))


class BarBook(RestingOrders):
    """The resting child orders of one symbol at one venue, matched against bars.

    Bars must be sound (low <= open, close <= high), as the data feed checks.
    """

    def __init__(self, instrument: Instrument, rules: BarRules, slippage: Slippage) -> None:
        super().__init__(instrument, slippage)
        self._rules = rules
        self._worst = rules.path == "worst"
        self._market_at_open = rules.market_price == "open"
        share = rules.max_volume_share
        # A little less than the share, and a little more than a lot: clear of what binary arithmetic may be off.
        self._surely = math.inf if share is None else float(share) * (1 - 1e-6)
        self._lot = float(instrument.lot) * (1 + 1e-6)

    def match(self, bar: Bar) -> list[Outcome]:
        """Return what a bar does to the orders, in the order in which the path meets them.

        Orders whose last instant is before the bar's time expire first, also in a halt.

        Raises:
            ValueError: the bar's price is not finite, or not above zero where the instrument requires it.
        """
        orders = self._orders
        if not orders:
            return []
        outcomes: list[Outcome] = []
        if self._earliest_expiry is not None and bar.time > self._earliest_expiry:
            outcomes.extend(self.expire(bar.time))
        if bar.halted:
            return outcomes
        if self._market_at_open and len(orders) == 1:
            # What most bars have to do: one market order that the bar surely has the volume for.
            (order,) = orders.values()
            leaves = order.leaves
            if order.stop is None and order.limit is None and self._lot + float(leaves) <= bar.volume * self._surely:
                order.leaves = _subtract(leaves, leaves)
                outcomes.append(self._execution(order, leaves, bar.open, _TAKER, bar.volume))
                del orders[order.child.child_id]
                return outcomes
        if bar.volume <= 0:
            self._pass_by(outcomes)
            return outcomes
        meetings = self._meetings(bar)
        if not meetings:
            return outcomes
        available = self._available(bar.volume, meetings)
        for _, _, _, order, price, liquidity in meetings:
            available = _subtract(available, self._deal(order, price, liquidity, available, bar.volume, outcomes))
        return outcomes

    def _pass_by(self, outcomes: list[Outcome]) -> None:
        """Let a bar pass in which nothing was traded."""
        for order in list(self._orders.values()):
            order.fresh = False
            if order.immediate and order.stop is None:
                self._deal(order, None, _TAKER, _ZERO, 0.0, outcomes)

    def _meetings(self, bar: Bar) -> list[_Meeting]:
        meetings: list[_Meeting] = []
        paths: tuple[Corners, Corners] | None = None
        for order in self._orders.values():
            if self._market_at_open and order.stop is None and order.limit is None:
                order.fresh = False  # the path does not matter to it
                meetings.append((0, 0.0, order.sequence, order, bar.open, _TAKER))
                continue
            if paths is None:
                paths = corners(bar, self._rules.path)
            buyers_path, sellers_path = paths
            meeting = self._meeting(order, bar, buyers_path if order.buys else sellers_path)
            if self._worst and order.stop is not None and order.limit is not None:
                # A stop-limit is the one kind that a path can leave unfilled: the adverse extreme last may trigger it
                # too late to come back to its limit. The trigger itself lies on both paths or on neither.
                other = self._meeting(order, bar, sellers_path if order.buys else buyers_path)
                if other is not None and other[4] is None:
                    meeting = other
            order.fresh = False
            if meeting is not None:
                meetings.append(meeting)
        if len(meetings) > 1:
            meetings.sort()
        return meetings

    def _meeting(self, order: RestingOrder, bar: Bar, path: Corners) -> _Meeting | None:
        if order.stop is not None:
            return self._at_stop(order, order.stop, path)
        if order.limit is not None:
            liquidity = _TAKER if order.fresh else _MAKER
            return self._at_limit(order, order.limit, path, 0, 0.0, path[0], path[0], liquidity)
        leg, distance, price = self._at_market(order, bar, path)
        return leg, distance, order.sequence, order, price, _TAKER

    def _at_market(self, order: RestingOrder, bar: Bar, path: Corners) -> tuple[int, float, float]:
        """Return where a market order is met, and its price, when that is another than the open."""
        match self._rules.market_price:
            case "close":
                return *AT_CLOSE, bar.close
            case "worst":
                extreme = bar.high if order.buys else bar.low
                place = None if bar.open == extreme else reach(path, extreme, upward=order.buys)
                return *(place or AT_OPEN), extreme
            case "midpoint":
                return *AT_OPEN, (bar.high + bar.low) / 2
        return *AT_OPEN, _vwap(bar)

    def _at_stop(self, order: RestingOrder, stop: float, path: Corners) -> _Meeting | None:
        opened = path[0]
        here: float = opened
        price: float | Decimal | None = opened
        place = AT_OPEN
        if opened < stop if order.buys else opened > stop:
            reached = reach(path, stop, upward=order.buys)
            if reached is None:
                return None
            place, here, price = reached, stop, order.child.stop_price
        if order.limit is None:
            return *place, order.sequence, order, price, _TAKER
        return self._at_limit(order, order.limit, path, *place, here, price, _TAKER)

    def _at_limit(
        self,
        order: RestingOrder,
        limit: float,
        path: Corners,
        leg: int,
        distance: float,
        here: float,
        price_here: float | Decimal | None,
        liquidity_here: Liquidity,
    ) -> _Meeting | None:
        """Return where a limit order is met that begins to work at a place on the path."""
        touch_fills = self._rules.touch_fills
        if (here < limit if order.buys else here > limit) or (here == limit and touch_fills):
            return leg, distance, order.sequence, order, price_here, liquidity_here
        if not order.immediate:
            place = reach(path, limit, upward=not order.buys, strict=not touch_fills, leg=leg)
            if place is not None:
                return *place, order.sequence, order, order.child.limit_price, _MAKER
        if order.immediate or order.stop is not None:
            return leg, distance, order.sequence, order, None, liquidity_here
        return None

    def _available(self, volume: float, meetings: list[_Meeting]) -> Decimal:
        """Return what the orders that are met may take together, or no limit where that is more than they want."""
        share = self._rules.max_volume_share
        if share is None or math.isnan(volume):
            return _UNLIMITED
        wanted = self._lot
        for meeting in meetings:
            wanted += float(meeting[3].leaves)
        if wanted <= volume * self._surely:
            return _UNLIMITED
        return self._instrument.quantity(_multiply(Decimal(repr(volume)), share))


def _vwap(bar: Bar) -> float:
    """Return the bar's average price, kept within the bar: binary noise in an average must not take it out."""
    average = bar.vwap
    if average is None or math.isnan(average):
        average = (bar.open + bar.high + bar.low + bar.close) / 4
    return min(max(average, bar.low), bar.high)
