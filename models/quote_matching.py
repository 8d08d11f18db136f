"""Match resting orders against quotes: what the best bid and offer show, and as much behind it as the rules say.

Buyers meet the ask and sellers the bid, the far side of the quote. docs/fills.md has the rules as tables.

| kind | is met | at |
|---|---|---|
| MARKET | at once | the far side |
| LIMIT, marketable on arrival | while the far side stays at the limit or better | the far side |
| LIMIT, resting | when the far side comes to the limit or through it | the limit: it was there first |
| STOP | when the far side touches the stop (a buyer's the ask, a seller's the bid) | the far side |
| STOP_LIMIT | triggers as a stop, then is a limit order that has just arrived | as above |
| touched kinds | as stops, from the other side | as above |
| trailing kinds | as stops; what the far side was best moves the trigger | as above |
| PEGGED | as a limit where the last quote put it; then the quote moves it, and if it may take now, it does | as above |

One quote gives its displayed size once, in whole lots: first to orders that work already, in price-time priority
(market orders, then the better limit, then the earlier submission), then to the stops that it triggers, in the order
of submission. What is left of an order then walks on by `depth` ticks or waits for the next quote. Buyers are dealt
with before sellers; they do not compete, so this only settles the order of what is reported.

With a queue model a resting order also fills when trades at its price have used up what stood before it; a trade
through its price fills it. A trade gives its size once, to buyers before sellers, by price and time.

`match` may be called again with the quote that still stands, when an order has arrived in the meantime: the size that
others took from it is not given twice.

Chosen where the field has no single custom:

- A side whose price or size is not a number, whose size is not above zero, or whose price is not above zero where the
  instrument requires it, is absent: nobody can take it, and it triggers nothing. An immediate order that needs it ends.
- A locked quote (bid equals ask) is an ordinary quote. A crossed one (bid above ask) is passed over as if it had not
  come: it shows two feeds out of step, not a price at which somebody would trade. With `crossed="match"` it counts.
- A stop that is IOC or FOK waits for its trigger, and must then be done on that quote.

Simplifications: each new quote shows its size afresh, as if what our orders took had been replaced. How much stands
behind the best price is an assumption (`depth`); a book of orders would tell.
"""

import math
from decimal import Context, Decimal
from functools import reduce
from typing import Any, ClassVar, Literal

import attrs

from tradepit.models.auctions import Auction
from tradepit.models.checks import one_of
from tradepit.models.depth_walking import Depth
from tradepit.models.instruments import Instrument
from tradepit.models.market import Quote, Trade
from tradepit.models.matching import Dead, Outcome
from tradepit.models.orders import ChildOrder, Liquidity, Refusal, TimeInForce
from tradepit.models.particulars import Particulars, unfit
from tradepit.models.pegging import pegged
from tradepit.models.queue_position import QueueModel
from tradepit.models.queueing_orders import QueueingOrders
from tradepit.models.resting_orders import RestingOrder
from tradepit.models.self_trade import PREVENTIONS, Prevention
from tradepit.models.slippage import Slippage
from tradepit.models.special_orders import would_take
from tradepit.models.values import changed, uncopied

Crossed = Literal["skip", "match"]
CROSSED: tuple[Crossed, ...] = ("skip", "match")

_ZERO = Decimal(0)
_MAKER = Liquidity.MAKER
_TAKER = Liquidity.TAKER
_EXACT = Context(prec=200)
_add, _subtract = _EXACT.add, _EXACT.subtract

# Triggered by this quote, sells, price rank, sequence (so they compare in the order of dealing), the order, the price
# (None when the market has nothing at its limit), and whether it takes.
_Meeting = tuple[bool, bool, float, int, RestingOrder, float | Decimal | None, Liquidity]


def _check_size(_instance: object, attribute: "attrs.Attribute[Any]", given: Decimal | None) -> None:
    if given is not None and not (given.is_finite() and given > _ZERO):
        raise ValueError(f"{attribute.name} must be a finite number above 0, was {given}; None lifts the bound")


@uncopied
@attrs.frozen(kw_only=True)
class QuoteRules:
    """How orders fill on quotes.

    Attributes:
        touch_fills: whether a resting limit fills when the far side comes to its price; if not, the far side must go
            through it. Orders that take are not concerned.
        depth: how many ticks beyond the far side an order that takes walks on, within its limit; 0 lets it wait.
        depth_size: what stands on each of those ticks, as a multiple of the displayed size; None for no bound.
        crossed: whether a quote whose bid is above its ask is passed over (`skip`) or counts (`match`).
        queue: who cancels in the queue before a resting order, or None to look at the far side alone.
        self_trade_prevention: what happens where two of our own orders meet.

    Raises:
        ValueError: a name is unknown, or a number is out of bounds.
    """

    touch_fills: bool = attrs.field(default=True, validator=attrs.validators.instance_of(bool))
    depth: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    depth_size: Decimal | None = attrs.field(default=Decimal(1), validator=_check_size)
    crossed: Crossed = attrs.field(default="skip", validator=one_of(CROSSED))
    queue: QueueModel | None = None
    self_trade_prevention: Prevention = attrs.field(default="none", validator=one_of(PREVENTIONS))


class QuoteBook(QueueingOrders):
    """The resting child orders of one symbol at one venue, matched against quotes, and trades beside them."""

    hears: ClassVar[type[Any]] = Quote
    meets_standing = True  # an order that comes meets the quote that stands

    def __init__(self, instrument: Instrument, rules: QuoteRules, slippage: Slippage) -> None:
        super().__init__(instrument, slippage, rules.self_trade_prevention)
        self._rules = rules
        self._queue = rules.queue
        self._quote: Quote | None = None  # the quote whose sizes are being given
        self._ask_left = _ZERO
        self._bid_left = _ZERO
        self._depth = Depth(instrument, rules.depth, rules.depth_size) if rules.depth else None

    def far_price(self, last: Quote, *, buys: bool) -> float | None:
        """Return what a quote shows for an order, or None."""
        bid, ask = self._sides(last)
        return ask if buys else bid

    @property
    def hears_trades(self) -> bool:
        """Tell whether trades matter to the book."""
        return self._rules.queue is not None

    def refuse(self, child: ChildOrder, last: Quote | None, *, has_sessions: bool = True) -> Refusal | None:
        """Return why the book cannot take an order, or None.

        A post-only order would take when the far side of the quote that stands is at its limit or better.
        """
        refusal = unfit(child, has_quotes=True, has_sessions=has_sessions)
        if refusal is not None or last is None or child.terms is None or not child.terms.post_only:
            return refusal
        buys = child.side.sign > 0
        bid, ask = self._sides(last)
        far = ask if buys else bid
        if far is None or child.limit_price is None or child.stop_price is not None or child.terms.peg_to is not None:
            return None
        return would_take(buys, child.limit_price, far)

    def arrive(self, child_id: str, last: Quote) -> list[Outcome]:  # noqa: ARG002  the others have met it already
        """Return what the quote that stands does to an order that has just come."""
        return self.match(last)

    def match(self, quote: Quote) -> list[Outcome]:
        """Return what a quote does to the orders, in the order in which it happens.

        Orders whose last instant is before the quote's time expire first.
        """
        if not self._orders:
            return []
        outcomes: list[Outcome] = [*self.expire(quote.time)]
        bid, ask = self._sides(quote)
        if ask is not None and bid is not None and bid > ask and self._rules.crossed == "skip":
            return outcomes
        if quote is not self._quote and quote != self._quote:
            self._quote = quote
            self._ask_left = _ZERO if ask is None else self._lots(quote.ask_size)
            self._bid_left = _ZERO if bid is None else self._lots(quote.bid_size)
            if self._depth is not None:
                self._depth.left.clear()
        plainly = not (self.prevents or self.reducing) and self._depth is None
        for _, _, _, _, order, price, liquidity in self._meetings(quote, bid, ask):
            if order.rare is not None or not plainly:
                self._deal_at_depth(order, price, liquidity, outcomes)
            elif order.buys:
                taken = self._deal(order, price, liquidity, self._ask_left, quote.ask_size, outcomes)
                self._ask_left = _subtract(self._ask_left, taken)
            else:
                taken = self._deal(order, price, liquidity, self._bid_left, quote.bid_size, outcomes)
                self._bid_left = _subtract(self._bid_left, taken)
        if self._queue is not None:
            self._queue_up(self._queue, bid, quote.bid_size, ask, quote.ask_size)
        return outcomes

    def trade(self, trade: Trade) -> list[Outcome]:
        """Return what a trade beside the quotes does to the orders that rest in a queue.

        Orders whose last instant is before the trade's time expire first. Stops wait for quotes.
        """
        if not self._orders:
            return []
        outcomes: list[Outcome] = [*self.expire(trade.time)]
        if self._shown(trade.price, trade.size):
            self._pass_queues(trade, self._lots(trade.size), outcomes)
        return outcomes

    # --- what a quote shows ---------------------------------------------------------------------------------------

    def _sides(self, quote: Quote) -> tuple[float | None, float | None]:
        """Return bid and ask, None for a side that is absent."""
        return (
            quote.bid if self._shown(quote.bid, quote.bid_size) else None,
            quote.ask if self._shown(quote.ask, quote.ask_size) else None,
        )

    def _shown(self, price: float, size: float) -> bool:
        return size > 0 and math.isfinite(price) and (price > 0 or self._instrument.price_may_be_negative)

    def _lots(self, size: float) -> Decimal:
        return self._instrument.quantity(Decimal(repr(size)))

    # --- which orders it meets ------------------------------------------------------------------------------------

    def _meetings(self, quote: Quote, bid: float | None, ask: float | None) -> list[_Meeting]:
        meetings: list[_Meeting] = []
        for order in self._orders.values():
            rare = order.rare
            if rare is None:
                meeting = self._meeting(order, ask if order.buys else bid)
            else:
                meeting = self._rare_meeting(order, rare, quote, bid, ask)
            if meeting is not None:
                meetings.append(meeting)
        if len(meetings) > 1:
            meetings.sort()
        return meetings

    def _meeting(self, order: RestingOrder, far: float | None) -> _Meeting | None:
        triggered = order.stop is not None
        if order.stop is not None and (far is None or (far < order.stop if order.buys else far > order.stop)):
            return None
        return self._working(order, far, triggered=triggered)

    def _working(self, order: RestingOrder, far: float | None, *, triggered: bool) -> _Meeting | None:
        rank = -math.inf
        price: float | Decimal | None = far
        liquidity = _TAKER
        if order.limit is not None:
            if not triggered:
                rank = -order.limit if order.buys else order.limit
            if order.fresh:
                # It takes as long as every quote since its arrival was marketable; the first that is not makes it rest.
                if far is None or (far > order.limit if order.buys else far < order.limit):
                    price = None
                    order.fresh = False
            else:
                liquidity = _MAKER
                price = order.child.limit_price if self._comes_to(order, order.limit, far) else None
        if price is None and not triggered and not order.immediate:
            return None
        return triggered, not order.buys, rank, order.sequence, order, price, liquidity

    def _comes_to(self, order: RestingOrder, limit: float, far: float | None) -> bool:
        """Tell whether the far side has come to a resting order's limit."""
        if far is None:
            return False
        return (far < limit if order.buys else far > limit) or (far == limit and self._rules.touch_fills)

    def _rare_meeting(
        self, order: RestingOrder, rare: Particulars, quote: Quote, bid: float | None, ask: float | None
    ) -> _Meeting | None:
        buys = order.buys
        far = ask if buys else bid
        if rare.auction is not None:
            if not rare.auction.at_open or quote.time < rare.auction.opens:
                return None
            return self._in_auction(order, far)
        if rare.peg is not None:
            return self._pegged_meeting(order, rare, bid, ask)
        if order.stop is None or (rare.trail is None and not rare.touched):
            return self._meeting(order, far)
        if far is None:
            return None
        if rare.touched:
            reached = far <= order.stop if buys else far >= order.stop
        else:
            reached = far >= order.stop if buys else far <= order.stop
            assert rare.trail is not None
            if not reached:
                order.stop = rare.trail.follow(far)
            else:
                limit = rare.trail.limit()
                order.child = changed(order.child, stop_price=rare.trail.trigger, limit_price=limit)
                order.limit = None if limit is None else float(limit)
        return self._working(order, far, triggered=True) if reached else None

    def _in_auction(self, order: RestingOrder, far: float | None) -> _Meeting:
        limit = order.limit
        good = far is not None and (limit is None or (far <= limit if order.buys else far >= limit))
        return False, not order.buys, -math.inf, order.sequence, order, far if good else None, _TAKER

    def _pegged_meeting(
        self, order: RestingOrder, rare: Particulars, bid: float | None, ask: float | None
    ) -> _Meeting | None:
        """Hold a quote against a pegged order where it stands, and then where the quote puts it."""
        assert rare.peg is not None
        far = ask if order.buys else bid
        if not order.fresh and order.limit is not None:
            meeting = self._working(order, far, triggered=False)
            if meeting is not None and meeting[5] is not None:
                return meeting
        limit = pegged(rare.peg, order.buys, bid, ask, self._instrument)
        if limit is None:
            return None
        if rare.post_only and far is not None and would_take(order.buys, limit, far) is not None:
            tick = self._instrument.tick
            edge = self._instrument.price(far)
            limit = _subtract(edge, tick) if order.buys else _add(edge, tick)
        if limit != order.child.limit_price or order.limit is None:
            order.child = changed(order.child, limit_price=limit)
            order.limit = float(limit)
            order.fresh = True
            self._rejoin(order)
        return self._working(order, far, triggered=False)

    # --- how much it gives ----------------------------------------------------------------------------------------

    def _deal_at_depth(
        self, order: RestingOrder, price: float | Decimal | None, liquidity: Liquidity, outcomes: list[Outcome]
    ) -> None:
        """Give an order what is shown, and, if it takes, what is taken to stand behind that."""
        if not self._may_deal(order, price, liquidity, outcomes):
            return
        quote, buys, wanted = self._quote, order.buys, order.leaves
        assert quote is not None
        size, left = (quote.ask_size, self._ask_left) if buys else (quote.bid_size, self._bid_left)
        steps: list[tuple[int, Decimal, Decimal]] = []
        if price is not None and liquidity is _TAKER and self._depth is not None:
            steps = self._depth.steps(order.child, float(price), size, _subtract(wanted, left))
            if (
                order.child.time_in_force is TimeInForce.FOK
                and reduce(_add, (there for _, _, there in steps), left) < wanted
            ):
                steps, price = [], None
        if steps and price is not None and self._depth is not None:
            if left > _ZERO:
                self._execute(order, left, price, liquidity, size, outcomes)
            for step, further, there in steps:
                quantity = min(there, order.leaves)
                self._depth.take(order.child, step, _subtract(there, quantity))
                if quantity > _ZERO:
                    self._execute(order, quantity, further, liquidity, size, outcomes)
            if order.leaves and order.immediate:
                del self._orders[order.child.child_id]
                outcomes.append(Dead(child_id=order.child.child_id, leaves=order.leaves, code="IOC_REMAINDER"))
            first = left
        else:
            first = self._deal(order, price, liquidity, left, size, outcomes)
        if buys:
            self._ask_left = _subtract(left, first)
        else:
            self._bid_left = _subtract(left, first)
        self._after(order, _subtract(wanted, order.leaves), outcomes)

    # --- changes and auctions -------------------------------------------------------------------------------------

    def _would_take(self, order: RestingOrder, limit_price: Decimal) -> Refusal | None:
        if self._quote is None or (order.rare is not None and order.rare.peg is not None):
            return None
        bid, ask = self._sides(self._quote)
        far = ask if order.buys else bid
        return None if far is None else would_take(order.buys, limit_price, far)

    def over_after(self, auction: Auction) -> int:
        """The close is dealt with at its instant: with the quote that stands then."""
        return auction.closes if auction.at_open else auction.closes - 1

    def _close_auction(self, order: RestingOrder, outcomes: list[Outcome]) -> None:
        assert order.rare is not None
        assert order.rare.auction is not None
        quote = self._quote
        if quote is None or order.rare.auction.at_open:
            super()._close_auction(order, outcomes)
            return
        bid, ask = self._sides(quote)
        _, _, _, _, _, price, liquidity = self._in_auction(order, ask if order.buys else bid)
        self._deal_at_depth(order, price, liquidity, outcomes)
