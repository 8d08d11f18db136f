"""Match resting orders against quotes: what the best bid and offer show, and no more.

Buyers meet the ask and sellers the bid, the far side of the quote. docs/fills.md has the rules as tables.

| kind | is met | at |
|---|---|---|
| MARKET | at once | the far side |
| LIMIT, marketable on arrival | while the far side stays at the limit or better | the far side |
| LIMIT, resting | when the far side comes to the limit or through it | the limit: it was there first |
| STOP | when the far side touches the stop (a buyer's the ask, a seller's the bid) | the far side |
| STOP_LIMIT | triggers as a stop, then is a limit order that has just arrived | as above |

One quote gives its displayed size once, in whole lots: first to orders that work already, in price-time priority
(market orders, then the better limit, then the earlier submission), then to the stops that it triggers, in the order
of submission. What is left of an order waits for the next quote. Buyers are dealt with before sellers; they do not
compete, so this only settles the order of what is reported.

`match` may be called again with the quote that still stands, when an order has arrived in the meantime: the size that
others took from it is not given twice.

Chosen where the field has no single custom:

- A side whose price or size is not a number, whose size is not above zero, or whose price is not above zero where the
  instrument requires it, is absent: nobody can take it, and it triggers nothing. An immediate order that needs it ends.
- A locked quote (bid equals ask) is an ordinary quote. A crossed one (bid above ask) is passed over as if it had not
  come: it shows two feeds out of step, not a price at which somebody would trade.
- A stop that is IOC or FOK waits for its trigger, and must then be done on that quote.

Simplifications: each new quote shows its size afresh, as if what our orders took had been replaced, and an order that
wants more than the best price shows waits for the next quote. A book with depth would tell how much stands behind.
"""

import math
from decimal import Decimal

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.market import Quote
from tradepit.models.matching import Outcome
from tradepit.models.orders import Liquidity
from tradepit.models.resting_orders import RestingOrder, RestingOrders
from tradepit.models.slippage import Slippage
from tradepit.models.values import uncopied

_ZERO = Decimal(0)
_MAKER = Liquidity.MAKER
_TAKER = Liquidity.TAKER

# Triggered by this quote, sells, price rank, sequence (so they compare in the order of dealing), the order, the price
# (None when the market has nothing at its limit), and whether it takes.
_Meeting = tuple[bool, bool, float, int, RestingOrder, float | Decimal | None, Liquidity]


@uncopied
@attrs.frozen(kw_only=True)
class QuoteRules:
    """How orders fill on quotes.

    Attributes:
        touch_fills: whether a resting limit fills when the far side comes to its price; if not, the far side must go
            through it. Orders that take are not concerned.
    """

    touch_fills: bool = attrs.field(default=True, validator=attrs.validators.instance_of(bool))


class QuoteBook(RestingOrders):
    """The resting child orders of one symbol at one venue, matched against quotes."""

    def __init__(self, instrument: Instrument, rules: QuoteRules, slippage: Slippage) -> None:
        super().__init__(instrument, slippage)
        self._rules = rules
        self._quote: Quote | None = None  # the quote whose sizes are being given
        self._ask_left = _ZERO
        self._bid_left = _ZERO

    def match(self, quote: Quote) -> list[Outcome]:
        """Return what a quote does to the orders, in the order in which it happens.

        Orders whose last instant is before the quote's time expire first.
        """
        if not self._orders:
            return []
        outcomes: list[Outcome] = [*self.expire(quote.time)]
        ask = quote.ask if self._shown(quote.ask, quote.ask_size) else None
        bid = quote.bid if self._shown(quote.bid, quote.bid_size) else None
        if ask is not None and bid is not None and bid > ask:
            return outcomes
        if quote is not self._quote and quote != self._quote:
            self._quote = quote
            self._ask_left = _ZERO if ask is None else self._lots(quote.ask_size)
            self._bid_left = _ZERO if bid is None else self._lots(quote.bid_size)
        for _, sells, _, _, order, price, liquidity in self._meetings(ask, bid):
            if sells:
                self._bid_left -= self._deal(order, price, liquidity, self._bid_left, quote.bid_size, outcomes)
            else:
                self._ask_left -= self._deal(order, price, liquidity, self._ask_left, quote.ask_size, outcomes)
        return outcomes

    def _shown(self, price: float, size: float) -> bool:
        return size > 0 and math.isfinite(price) and (price > 0 or self._instrument.price_may_be_negative)

    def _lots(self, size: float) -> Decimal:
        return self._instrument.quantity(Decimal(repr(size)))

    def _meetings(self, ask: float | None, bid: float | None) -> list[_Meeting]:
        meetings: list[_Meeting] = []
        for order in self._orders.values():
            meeting = self._meeting(order, ask if order.buys else bid)
            if meeting is not None:
                meetings.append(meeting)
        if len(meetings) > 1:
            meetings.sort()
        return meetings

    def _meeting(self, order: RestingOrder, far: float | None) -> _Meeting | None:
        triggered = order.stop is not None
        if order.stop is not None and (far is None or (far < order.stop if order.buys else far > order.stop)):
            return None
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
