"""What a matching book tells its venue, and what every such book offers, whatever market data it matches on."""

from decimal import Decimal
from typing import Any, ClassVar, Literal, Protocol, TypeAlias, TypeVar

from tradepit.models.auctions import Auction
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.order_adjustments import Adjustment
from tradepit.models.orders import ChildOrder, Liquidity, Refusal
from tradepit.models.values import value

DeadCode = Literal[
    "IOC_REMAINDER", "FOK_UNFILLABLE", "EXPIRED", "GROUP", "REDUCE_ONLY", "SELF_TRADE", "AUCTION_OVER", "POST_ONLY"
]


@value
class Execution:
    """A part or all of a child order was executed.

    Attributes:
        child_id: the child order.
        quantity: executed quantity, above zero.
        reference_price: price of each unit before slippage, on the tick.
        price: price of each unit, slippage included, on the tick, never beyond the order's limit.
        liquidity: whether the order took or made liquidity.
        leaves: quantity still open after this execution.
    """

    child_id: str
    quantity: Decimal
    reference_price: Decimal
    price: Decimal
    liquidity: Liquidity
    leaves: Decimal


@value
class Dead:
    """What was left of a child order has left the book without an execution.

    Attributes:
        child_id: the child order.
        leaves: quantity that was not executed, above zero.
        code: why: `IOC_REMAINDER`, `FOK_UNFILLABLE`, `EXPIRED`; `GROUP` (another of its group was filled),
            `REDUCE_ONLY` (no position was left to reduce), `SELF_TRADE` (it met an order of our own), `AUCTION_OVER`
            (the opening or closing it waited for is past), `POST_ONLY` (it would have taken liquidity).
    """

    child_id: str
    leaves: Decimal
    code: DeadCode


@value
class Reduced:
    """The venue has made a child order smaller, by the rule of its group, of reduce-only, or against self-trades.

    Attributes:
        child: the order as it is now, with its new total quantity.
        leaves: what of that is open, above zero.
    """

    child: ChildOrder
    leaves: Decimal

    @property
    def child_id(self) -> str:
        """Return the order's id, as of every outcome."""
        return self.child.child_id


@value
class Replaced:
    """A book has changed a child order, as it was asked to.

    Attributes:
        child: the order as it is now; its quantity is the total, what is filled included.
        leaves: what of that is open; zero when no more is wanted than is filled, and the order is done.
    """

    child: ChildOrder
    leaves: Decimal


@value
class Restated:
    """A book has given an order that rests the figures of after a split or a dividend.

    Attributes:
        child: the order as it is now, under its new id and for what is open.
        open_before: what was open of it.
    """

    child: ChildOrder
    open_before: Decimal


Outcome = Execution | Dead | Reduced

_Event = TypeVar("_Event", bound=Bar | Quote | Trade, contravariant=True)


class MatchingBook(Protocol[_Event]):
    """The resting child orders of one symbol at one venue, and the rules by which market data executes them.

    Attributes:
        reducing: how many orders rest that may only reduce the position.
        held: the position, signed; whoever calls `match` keeps it right while there are any.
        prevents: whether orders of our own are kept from trading with one another.
        meets_standing: whether an order that comes meets the last event at once.
        hears: class of the events.
    """

    reducing: int
    held: Decimal
    prevents: bool
    meets_standing: bool
    hears: ClassVar[type[Any]]

    def refuse(self, child: ChildOrder, last: _Event | None, /, *, has_sessions: bool = True) -> Refusal | None:
        """Return why the book cannot take an order, or None; `last` is the last event before it came."""

    def far_price(self, last: _Event, /, *, buys: bool) -> float | None:
        """Return the price that an event shows for an order, or None."""

    def add(
        self, child: ChildOrder, arrived: int = ..., *, last: float | None = None, auction: Auction | None = None
    ) -> None:
        """Take an order onto the book; it first meets the next event.

        Raises:
            ValueError: an order of that id rests already, it is for another symbol, or it lacks what its kind needs.
        """

    def arrive(self, child_id: str, last: _Event, /) -> list[Outcome]:
        """Return what the last event before an order came does to it; for books that meet it at once."""

    def meet_own(self, child_id: str, market: float | None) -> list[Outcome]:
        """Return what comes of an order having arrived among our own."""

    def over_after(self, auction: Auction) -> int:
        """Return the last instant, in ns, at which an event may still be an auction's."""

    def cancel(self, child_id: str) -> Decimal | None:
        """Take an order off the book and return its open quantity, or None when no such order rests."""

    def leaves(self, child_id: str) -> Decimal | None:
        """Return an order's open quantity, or None when no such order rests."""

    def replace(
        self, child_id: str, quantity: Decimal | None, limit_price: Decimal | None, stop_price: Decimal | None
    ) -> Replaced | Refusal:
        """Change an order that rests; what is None stays as it is."""

    def restate(self, child_id: str, new_id: str, adjustment: Adjustment) -> Restated | None:
        """Adjust an order that rests; None where that leaves it no price."""

    def match(self, event: _Event, /) -> list[Outcome]:
        """Return what the event does to the orders, in the order in which it happens."""

    def expire(self, now: int) -> list[Outcome]:
        """Take off the orders whose last instant is before `now`, ns since the Unix epoch; earliest first."""

    def __len__(self) -> int:
        """Return the number of resting orders."""


AnyBook: TypeAlias = MatchingBook[Any]
"""A book, whatever it matches on."""
