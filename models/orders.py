"""Orders as values, and their life cycle as one table.

An order passes through types as it is checked: a strategy's `RequestOrder` (see `messages`) becomes an `Order` when
the portfolio has sized it and risk has let it pass; the router turns that into one `ChildOrder` for each venue.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Final

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
    """How an order finds its price; FIX 4.4 OrdType (40), where it has a value for it.

    The price at which a touched order begins to work is its `stop_price` too: both are triggers, and differ in the side
    from which the market comes to them. A trailing stop may name a first stop price; else it follows the market from
    where that stands when the order arrives.
    """

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"
    MARKET_IF_TOUCHED = "MARKET_IF_TOUCHED"
    LIMIT_IF_TOUCHED = "LIMIT_IF_TOUCHED"
    TRAILING_STOP = "TRAILING_STOP"
    TRAILING_STOP_LIMIT = "TRAILING_STOP_LIMIT"
    MARKET_TO_LIMIT = "MARKET_TO_LIMIT"
    ICEBERG = "ICEBERG"
    PEGGED = "PEGGED"

    @property
    def has_limit(self) -> bool:
        """Tell whether the kind must carry a limit price."""
        return self in _WITH_LIMIT

    @property
    def has_stop(self) -> bool:
        """Tell whether the kind must carry a stop price."""
        return self in _WITH_STOP

    @property
    def trails(self) -> bool:
        """Tell whether the kind's trigger follows the market."""
        return self in (OrderKind.TRAILING_STOP, OrderKind.TRAILING_STOP_LIMIT)


_WITH_LIMIT: Final = frozenset({OrderKind.LIMIT, OrderKind.STOP_LIMIT, OrderKind.LIMIT_IF_TOUCHED, OrderKind.ICEBERG})
_WITH_STOP: Final = frozenset(
    {OrderKind.STOP, OrderKind.STOP_LIMIT, OrderKind.MARKET_IF_TOUCHED, OrderKind.LIMIT_IF_TOUCHED}
)


class TimeInForce(StrEnum):
    """How long an order lives; FIX 4.4 TimeInForce (59).

    AT_OPEN and AT_CLOSE orders take part in the opening or the closing of a session only.
    """

    DAY = "DAY"
    GTC = "GTC"
    GTD = "GTD"
    IOC = "IOC"
    FOK = "FOK"
    AT_OPEN = "AT_OPEN"
    AT_CLOSE = "AT_CLOSE"


class OffsetUnit(StrEnum):
    """What a trailing or pegged order's offset counts: money, ticks, or hundredths of a percent of the price."""

    PRICE = "PRICE"
    TICKS = "TICKS"
    BPS = "BPS"


class PegTo(StrEnum):
    """What a pegged order follows."""

    BID = "BID"
    ASK = "ASK"
    MID = "MID"


class Contingency(StrEnum):
    """What the orders of a group do to one another; FIX 5.0 ContingencyType (1385).

    OCO: the first fill, in part or whole, cancels the others. OUO: each fill takes its quantity off the others.
    """

    OCO = "OCO"
    OUO = "OUO"


@value
class OrderTerms:
    """What only some orders carry.

    Attributes:
        post_only: refused where it would take liquidity when it arrives.
        reduce_only: cut to what makes the position smaller, and never flips it.
        display_quantity: what an iceberg shows at a time, in units of the instrument.
        trail_offset: how far a trailing stop follows behind the market, in `offset_unit`, above zero.
        limit_offset: how far the limit of a trailing stop-limit lies beyond its trigger, in `offset_unit`.
        peg_to: what a pegged order follows.
        peg_offset: what is added to that, in `offset_unit`; signed.
        offset_unit: unit of the three offsets.
        expires_at: last instant at which a GTD order may fill, ns since the Unix epoch.
        group: name of the strategy's own for orders that belong together, or None.
        contingency: what they do to one another.
        parent_id: order that must fill first (one triggers other); this one then works for the filled quantity.
        venue: the one venue where it may go, or None to let the router choose.
        stop_loss: price at which the portfolio places a stop behind what the order opens, as it fills; or None.
        take_profit: price at which the portfolio places a limit beyond what the order opens, as it fills; or None.
        do_not_reduce: whether a cash dividend leaves its prices as they are (FIX ExecInst F).
    """

    post_only: bool = False
    reduce_only: bool = False
    display_quantity: Decimal | None = None
    trail_offset: Decimal | None = None
    limit_offset: Decimal | None = None
    peg_to: PegTo | None = None
    peg_offset: Decimal | None = None
    offset_unit: OffsetUnit = OffsetUnit.PRICE
    expires_at: int | None = None
    group: str | None = None
    contingency: Contingency | None = None
    parent_id: str | None = None
    venue: str | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    do_not_reduce: bool = False


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
        terms: what only some orders carry, or None.
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
    terms: OrderTerms | None = None


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
        terms: what only some orders carry, or None.
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
    terms: OrderTerms | None = None


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
        fee: commission; negative for a rebate.
        currency: currency of the price, and of the fee unless `fee_currency` says otherwise.
        venue: where it was executed.
        liquidity: whether it took or made liquidity.
        time: when the venue executed it, ns since the Unix epoch.
        fee_currency: currency of the fee where it is another than the price's, such as what was bought; else None.
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
    fee_currency: str | None = None


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
