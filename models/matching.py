"""What a matching book tells its venue, and what every such book offers, whatever market data it matches on."""

from decimal import Decimal
from typing import Literal, Protocol, TypeVar

from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.orders import ChildOrder, Liquidity
from tradepit.models.values import value

DeadCode = Literal["IOC_REMAINDER", "FOK_UNFILLABLE", "EXPIRED"]


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
        code: `IOC_REMAINDER`, `FOK_UNFILLABLE` or `EXPIRED`.
    """

    child_id: str
    leaves: Decimal
    code: DeadCode


Outcome = Execution | Dead

_Event = TypeVar("_Event", bound=Bar | Quote | Trade, contravariant=True)


class MatchingBook(Protocol[_Event]):
    """The resting child orders of one symbol at one venue, and the rules by which market data executes them."""

    def add(self, child: ChildOrder) -> None:
        """Take an order onto the book; it first meets the next event.

        Raises:
            ValueError: an order of that id rests already, it is for another symbol, or it lacks a price.
        """

    def cancel(self, child_id: str) -> Decimal | None:
        """Take an order off the book and return its open quantity, or None when no such order rests."""

    def leaves(self, child_id: str) -> Decimal | None:
        """Return an order's open quantity, or None when no such order rests."""

    def match(self, event: _Event, /) -> list[Outcome]:
        """Return what the event does to the orders, in the order in which it happens."""

    def expire(self, now: int) -> list[Dead]:
        """Take off the orders whose last instant is before `now`, ns since the Unix epoch; earliest first."""

    def __len__(self) -> int:
        """Return the number of resting orders."""
