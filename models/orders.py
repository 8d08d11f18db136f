"""Orders as values, and their life cycle as one table.

An order passes through types as it is checked: a strategy's `RequestOrder` (see `messages`) becomes an `Order` when
the portfolio has sized it and risk has let it pass; the router turns that into one `ChildOrder` for each venue.
"""

from decimal import Decimal
from enum import StrEnum

from tradepit.models.values import value


class Side(StrEnum):
    """Which way an order or fill changes the position."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """Return +1 for a buy and -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """Return the other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderKind(StrEnum):
    """How an order finds its price; FIX 4.4 OrdType (40) values 1 to 4."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"

    @property
    def has_limit(self) -> bool:
        """Tell whether the kind carries a limit price."""
        return self in (OrderKind.LIMIT, OrderKind.STOP_LIMIT)

    @property
    def has_stop(self) -> bool:
        """Tell whether the kind carries a stop price."""
        return self in (OrderKind.STOP, OrderKind.STOP_LIMIT)


class TimeInForce(StrEnum):
    """How long an order lives; FIX 4.4 TimeInForce (59)."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class Liquidity(StrEnum):
    """Whether a fill added to the venue's liquidity or took from it; FIX 4.4 LastLiquidityInd (851)."""

    MAKER = "MAKER"
    TAKER = "TAKER"


@value
class Order:
    """An order that the portfolio has sized and risk has let pass.

    Attributes:
        order_id: unique within the run; given by the strategy that asked.
        strategy: name of the strategy that asked.
        symbol: the instrument.
        side: buy or sell.
        kind: how it finds its price.
        quantity: in units of the instrument, above zero.
        limit_price: worst acceptable price, for the kinds that have one.
        stop_price: price at which it triggers, for the kinds that have one.
        time_in_force: how long it lives.
        created_at: when the strategy asked, ns since the Unix epoch.
        arrival_price: last price that the portfolio had seen when the order was made, or None.
    """

    order_id: str
    strategy: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    created_at: int
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    arrival_price: float | None = None


@value
class ChildOrder:
    """The part of an order that goes to one venue.

    Attributes:
        child_id: unique within the run: the parent's id, a dot, a counter.
        order_id: the parent.
        strategy: name of the strategy that asked.
        venue: where it goes.
        symbol: the instrument.
        side: buy or sell.
        kind: how it finds its price.
        quantity: in units of the instrument, above zero.
        limit_price: worst acceptable price, for the kinds that have one.
        stop_price: price at which it triggers, for the kinds that have one.
        time_in_force: how long it lives.
        expires_at: last instant at which it may fill, ns since the Unix epoch, or None.
    """

    child_id: str
    order_id: str
    strategy: str
    venue: str
    symbol: str
    side: Side
    kind: OrderKind
    quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    time_in_force: TimeInForce
    expires_at: int | None


@value
class Fill:
    """One execution.

    Attributes:
        fill_id: unique within the run: the venue, a dash, a counter.
        order_id: the parent order.
        child_id: the child order that was executed.
        strategy: name of the strategy that asked.
        symbol: the instrument.
        side: buy or sell.
        quantity: executed quantity, above zero.
        price: price of each unit, slippage included.
        reference_price: the price before slippage; price and reference differ by the slippage alone.
        fee: commission in `currency`; negative for a rebate.
        currency: currency of price and fee.
        venue: where it was executed.
        liquidity: whether it took or made liquidity.
        time: when the venue executed it, ns since the Unix epoch.
    """

    fill_id: str
    order_id: str
    child_id: str
    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    reference_price: Decimal
    fee: Decimal
    currency: str
    venue: str
    liquidity: Liquidity
    time: int


@value
class Refusal:
    """Why something was refused: a stable code and the figures.

    Attributes:
        code: stable name, documented in docs/errors.md.
        text: one line with the figures, such as `limit=100000, was=125000`.
    """

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"
