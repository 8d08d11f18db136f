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
from typing import Any, ClassVar

from tradepit.models.bar_meetings import (
    Meeting,
    after_trail,
    along_trail,
    at_limit,
    at_market,
    at_trigger,
    fair,
    in_auction,
    own_price,
    worsened,
)
from tradepit.models.bar_path import Corners, corners, rest_of
from tradepit.models.bar_rules import BarRules
from tradepit.models.bar_stop_limits import at_stop_limit, goes_by_rule
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.market_state import NOTHING_SHOWN
from tradepit.models.matching import Outcome
from tradepit.models.orders import ChildOrder, Liquidity, Refusal
from tradepit.models.particulars import Particulars, unfit
from tradepit.models.resting_orders import RestingOrder
from tradepit.models.slippage import Slippage
from tradepit.models.special_orders import SpecialOrders, would_take

_ZERO = Decimal(0)
_UNLIMITED = Decimal("Infinity")
_MAKER = Liquidity.MAKER
_TAKER = Liquidity.TAKER
_EXACT = Context(prec=200)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply


class BarBook(SpecialOrders):
    """The resting child orders of one symbol at one venue, matched against bars.

    Bars must be sound (low <= open, close <= high), as the data feed checks.
    """

    hears: ClassVar[type[Any]] = Bar

    def __init__(self, instrument: Instrument, rules: BarRules, slippage: Slippage) -> None:
        # Rare rules are looked up in `_rules`: beyond 30 attributes Python keeps an instance's less swiftly.
        super().__init__(instrument, slippage, rules.self_trade_prevention)
        self._rules = rules
        self._walks_twice = rules.path == "worst" and rules.stop_limits == "path"
        self._touch_fills = rules.touch_fills
        self._gap_price = None if rules.gap_price == "open" else worsened if rules.gap_price == "worse" else own_price
        # Whether a market order gets the open, whatever else there is.
        self._market_at_open = (
            rules.market_price == "open"
            and rules.close_within_ns is None
            and rules.past_bar == "slip"
            and rules.exits == "next_bar"
        )
        self._exits_here = rules.exits == "same_bar"
        self._stop_limits = None if rules.stop_limits == "path" else rules.stop_limits
        self._slips_all = rules.slips == "all"
        self._slips_past_bar = rules.past_bar == "slip"
        self._holds_back = rules.market_fills == "whole" or rules.past_limit == "skip" or rules.past_bar == "skip"
        share = rules.max_volume_share
        # A little less than the share, and a little more than a lot: clear of what binary arithmetic may be off.
        self._surely = math.inf if share is None else float(share) * (1 - 1e-6)
        self._lot = float(instrument.lot) * (1 + 1e-6)
        self.meets_standing = rules.arrival == "last_close" or self._exits_here
        self._met: tuple[Bar, dict[str, Corners]] | None = None  # what was left of the last bar where it met whom
        self._arrived_on: tuple[Bar, Decimal] | None = None  # the bar whose close orders began at, and its rest
        self._closing: tuple[Bar, Decimal] | None = None  # the last bar that an order for the close saw, and its rest

    def refuse(self, child: ChildOrder, last: Bar | None, *, has_sessions: bool = True) -> Refusal | None:
        """Return why the book cannot take an order, or None.

        A post-only order would take when the last close is at its limit or better. When there was no bar yet it is
        taken, and cancelled should the first open be so.
        """
        refusal = unfit(child, has_quotes=False, has_sessions=has_sessions)
        if refusal is not None or last is None or child.limit_price is None or child.terms is None:
            return refusal
        if not child.terms.post_only or child.stop_price is not None:
            return None
        return would_take(child.side.sign > 0, child.limit_price, last.close, touch=self._touch_fills)

    def far_price(self, last: Bar, *, buys: bool) -> float | None:  # noqa: ARG002  both sides see the close
        """Return a bar's close."""
        return last.close

    def is_stale(self, bar: Bar, now: int) -> bool:
        """Tell whether a bar that comes now is too old to match on."""
        after = self._rules.stale_after_ns
        return after is not None and now - bar.time > after

    def match(self, bar: Bar) -> list[Outcome]:
        """Return what a bar does to the orders, in the order in which the path meets them.

        Orders whose last instant is before the bar's time expire first, also in a halt. A bar that had closed when
        an order arrived does not meet it.

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
        in_time = bar.time > self._latest_arrival
        if self._market_at_open and len(orders) == 1 and in_time:
            # What most bars have to do: one market order that the bar surely has the volume for.
            (order,) = orders.values()
            leaves = order.leaves
            if (
                order.stop is None
                and order.limit is None
                and order.rare is None
                and self._lot + float(leaves) <= bar.volume * self._surely
            ):
                order.leaves = _subtract(leaves, leaves)
                outcomes.append(self._execution(order, leaves, bar.open, _TAKER, bar.volume))
                del orders[order.child.child_id]
                return outcomes
        if bar.volume <= 0:
            self._pass_by(bar, outcomes)
            return outcomes
        meetings = self._meetings(bar, in_time=in_time)
        if not meetings and self._closing is None:
            return outcomes
        if not self._slips_past_bar:
            self._extremes = bar.low, bar.high
        plainly = not (self.prevents or self.reducing)
        if self._exits_here:
            self._met = bar, self._rests(bar, meetings)
            available = self._share_of(bar.volume)
        else:
            available = self._available(bar.volume, meetings)
        for _, _, _, order, price, liquidity in meetings:
            if self._holds_back and self._gets_nothing(order, price, liquidity, available, bar.volume):
                if order.limit is None and not order.immediate:
                    continue
                price = None
            if order.rare is None and plainly:
                taken = self._deal(order, price, liquidity, available, bar.volume, outcomes)
            else:
                taken = self._deal_specially(order, price, liquidity, available, bar.volume, outcomes)
            available = _subtract(available, taken)
        if self._closing is not None:
            self._closing = bar, available
        if self._met is not None:
            self._arrived_on = bar, available
        return outcomes

    def arrive(self, child_id: str, last: Bar) -> list[Outcome]:
        """Return what an order that has just come does on the last bar: at its close, or on the rest of it.

        The orders that begin at a close get together what the rules give of that bar's volume; what was filled on the
        bar itself is not counted. Those that begin on the rest of a bar get what that left.
        """
        outcomes: list[Outcome] = []
        order = self._orders.get(child_id)
        if order is None or last.halted or last.volume <= 0:
            return outcomes
        path = self._begins(order, last)
        if path is None:
            return outcomes
        if not self._slips_past_bar:
            self._extremes = last.low, last.high
        touch_fills, rare = self._touch_fills, order.rare
        if order.stop is None and order.limit is None:
            meeting: Meeting | None = (0, 0.0, order.sequence, order, path[0], _TAKER)
        elif order.stop is not None and rare is not None and rare.trail is not None:
            meeting = along_trail(order, rare.trail, path, touch_fills=touch_fills)
        elif order.stop is not None:
            upward = order.buys is not (rare is not None and rare.touched)
            meeting = at_trigger(order, order.stop, path, upward, touch_fills)
        else:
            meeting = self._meeting(order, last, path)
        order.fresh = False
        if meeting is None:
            return outcomes
        if self._arrived_on is None or self._arrived_on[0] != last:
            self._arrived_on = last, self._share_of(last.volume)
        available = self._arrived_on[1]
        _, _, _, _, met, liquidity = meeting
        if self._holds_back and self._gets_nothing(order, met, liquidity, available, last.volume):
            if order.limit is None and not order.immediate:
                return outcomes
            met = None
        taken = self._deal_specially(order, met, liquidity, available, last.volume, outcomes)
        self._arrived_on = last, _subtract(available, taken)
        return outcomes

    def _rests(self, bar: Bar, meetings: list[Meeting]) -> dict[str, Corners]:
        """Return what is left of the path that an order saw, from where it is met, by the number of the order."""
        buyers_path, sellers_path = corners(bar, self._rules.path)
        return {
            order.child.order_id: rest_of(buyers_path if order.buys else sellers_path, leg, distance)
            for leg, distance, _, order, price, _ in meetings
            if price is not None
        }

    def _begins(self, order: RestingOrder, last: Bar) -> Corners | None:
        """Return the part of the last bar's path on which an order that has just come begins, or None.

        A trail knows no more than the last close, and waits for the next bar.
        """
        rare = order.rare
        if rare is not None and rare.auction is not None:
            return None
        terms = order.child.terms
        if self._met is not None and self._met[0] == last and terms is not None and terms.parent_id is not None:
            rest = self._met[1].get(terms.parent_id)
            if rest is not None and (rare is None or rare.trail is None):
                return rest
        if self._rules.arrival != "last_close":
            return None
        return last.close, last.close, last.close, last.close

    def _pass_by(self, bar: Bar, outcomes: list[Outcome]) -> None:
        """Let a bar pass in which nothing was traded."""
        for order in list(self._orders.values()):
            if order.arrived < bar.time and order.leaves:
                order.fresh = False
                if order.immediate and order.stop is None:
                    self._deal_specially(order, None, _TAKER, _ZERO, 0.0, outcomes)

    def _meetings(self, bar: Bar, *, in_time: bool) -> list[Meeting]:
        self._closing = None
        meetings: list[Meeting] = []
        paths: tuple[Corners, Corners] | None = None
        for order in self._orders.values():
            if not in_time and order.arrived >= bar.time:
                continue
            rare = order.rare
            if self._market_at_open and order.stop is None and order.limit is None and rare is None:
                order.fresh = False  # the path does not matter to it
                meetings.append((0, 0.0, order.sequence, order, bar.open, _TAKER))
                continue
            if paths is None:
                paths = corners(bar, self._rules.path)
            buyers_path, sellers_path = paths
            path = buyers_path if order.buys else sellers_path
            meeting = self._meeting(order, bar, path) if rare is None else self._rare_meeting(order, rare, bar, path)
            if self._walks_twice and order.stop is not None and order.limit is not None and rare is None:
                # A stop-limit is the one kind that a path can leave unfilled: the adverse extreme last may trigger it
                # too late to come back to its limit. The trigger itself lies on both paths or on neither.
                other = self._meeting(order, bar, sellers_path if order.buys else buyers_path)
                if other is not None and other[4] is None:
                    meeting = other
            order.fresh = False
            if meeting is not None:
                if self._gap_price is not None:
                    meeting = (*meeting[:4], self._gap_price(order, bar, meeting[4]), meeting[5])
                meetings.append(meeting)
        if len(meetings) > 1 and self._rules.sequence == "path":
            meetings.sort()
        return meetings

    def _meeting(self, order: RestingOrder, bar: Bar, path: Corners) -> Meeting | None:
        stop, limit, touch_fills = order.stop, order.limit, self._touch_fills
        if stop is not None:
            if self._stop_limits is not None and goes_by_rule(order):
                return at_stop_limit(order, bar, path, self._stop_limits, touch_fills=touch_fills)
            return at_trigger(order, stop, path, order.buys, touch_fills)
        if limit is not None:
            liquidity = _TAKER if order.fresh else _MAKER
            return at_limit(order, limit, path, 0, 0.0, path[0], path[0], liquidity, touch_fills)
        within = self._rules.close_within_ns
        inside = within is not None and order.arrived > bar.time - within
        return at_market(order, bar, path, "close" if inside else self._rules.market_price)

    def _rare_meeting(self, order: RestingOrder, rare: Particulars, bar: Bar, path: Corners) -> Meeting | None:
        touch_fills = self._touch_fills
        if rare.auction is not None:
            meeting = in_auction(order, rare.auction, bar, touch_fills=touch_fills)
            if meeting is None and not rare.auction.at_open:
                self._closing = bar, _ZERO
            return meeting
        if rare.post_only:
            order.fresh = order.fresh and rare.last is None
            rare.last = bar.close
        if order.stop is not None and rare.trail is not None:
            if self._rules.trailing != "path":
                by_close = self._rules.trailing == "close"
                return after_trail(order, rare.trail, bar, path, by_close=by_close, touch_fills=touch_fills)
            return along_trail(order, rare.trail, path, touch_fills=touch_fills)
        if order.stop is not None and rare.touched:
            return at_trigger(order, order.stop, path, not order.buys, touch_fills)
        return self._meeting(order, bar, path)

    def _gets_nothing(
        self,
        order: RestingOrder,
        price: float | Decimal | None,
        liquidity: Liquidity,
        available: Decimal,
        volume: float,
    ) -> bool:
        """Tell whether the rules keep from an order what the market has for it."""
        if price is None or (order.rare is not None and (order.rare.auction is not None or order.rare.to_limit)):
            return False
        limit, side, rules = order.child.limit_price, order.child.side, self._rules
        if limit is None and rules.market_fills == "whole" and available < order.leaves:
            return True
        if self._slippage is None or not (self._slips_all or liquidity is _TAKER):
            return False
        bounds = [] if limit is None or rules.past_limit != "skip" else [limit]
        if rules.past_bar == "skip" and self._extremes is not None:
            low, high = self._extremes
            bounds.append(self._instrument.price(high if order.buys else low, side))
        if not bounds:
            return False
        reference = price if isinstance(price, Decimal) else self._instrument.price(price, side)
        market = NOTHING_SHOWN if self.watch is None else self.watch.would_take(side, volume)
        amount = self._slippage.amount(reference, min(available, order.leaves), side, market)
        return _add(reference, amount) > min(bounds) if order.buys else _subtract(reference, amount) < max(bounds)

    def _close_auction(self, order: RestingOrder, outcomes: list[Outcome]) -> None:
        """Give an order for the close what the session's last bar left, where no bar was stamped with the close."""
        assert order.rare is not None
        assert order.rare.auction is not None
        if self._closing is None or order.rare.auction.at_open or order.arrived >= self._closing[0].time:
            super()._close_auction(order, outcomes)
            return
        bar, available = self._closing
        price = fair(order, bar.close, touch_fills=self._touch_fills)
        taken = self._deal_specially(order, price, _TAKER, available, bar.volume, outcomes)
        self._closing = bar, _subtract(available, taken)

    def _available(self, volume: float, meetings: list[Meeting]) -> Decimal:
        """Return what the orders that are met may take together, or no limit where that is more than they want."""
        if self._closing is None:
            wanted = self._lot
            for meeting in meetings:
                wanted += float(meeting[3].leaves)
            if wanted <= volume * self._surely:
                return _UNLIMITED
        return self._share_of(volume)

    def _share_of(self, volume: float) -> Decimal:
        """Return what orders may take of a volume together, in whole lots."""
        share = self._rules.max_volume_share
        if share is None or math.isnan(volume):
            return _UNLIMITED
        return self._instrument.quantity(_multiply(Decimal(repr(volume)), share))
