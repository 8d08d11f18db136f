"""What strategies and the portfolio say of rebalancing: target weights, ready plans, and what came of them."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from tradepit.models.values import value


class PlanAction(StrEnum):
    """What a plan does about a symbol."""

    BUY = "BUY"
    SELL = "SELL"
    HOLD = "HOLD"


@value
class PlanItem:
    """One line of a ready plan.

    Attributes:
        symbol: the instrument.
        action: what is done about it.
        amount: cash value to trade, in the account's currency; above zero for what is bought or sold.
    """

    symbol: str
    action: PlanAction
    amount: Decimal = Decimal(0)


@value
class ExecutePlan:
    """Ask the portfolio to execute a plan as it is given.

    Attributes:
        plan_id: correlation id; its orders have it with a slash and a counter, `mine-7/1`.
        strategy: who asks.
        items: what to do.
        created_at: ns since the Unix epoch.
    """

    plan_id: str
    strategy: str
    items: tuple[PlanItem, ...]
    created_at: int


@value
class Rebalance:
    """Ask the portfolio to bring positions to parts of the account's equity.

    Attributes:
        plan_id: correlation id; its orders have it with a slash and a counter, `mine-7/1`.
        strategy: who asks.
        weights: (symbol, part of the equity) of each position that is wanted; negative is short.
        band: how far a position's weight may be off before it is traded, as a part of the equity.
        others: symbols that are to be sold out, as they have no weight.
        created_at: ns since the Unix epoch.
    """

    plan_id: str
    strategy: str
    weights: tuple[tuple[str, Decimal], ...]
    band: Decimal
    others: tuple[str, ...]
    created_at: int


class ItemStatus(StrEnum):
    """What became of one line of a plan or one target weight.

    HELD: it said HOLD. WITHIN_BAND: its weight was near enough. ON_TARGET: less than a lot was missing. FILLED,
    PARTLY_FILLED, UNFILLED: how its order ended. REFUSED: it became no order, or one that was rejected. SUPERSEDED:
    the strategy asked for other weights before its order was sent.
    """

    HELD = "HELD"
    WITHIN_BAND = "WITHIN_BAND"
    ON_TARGET = "ON_TARGET"
    FILLED = "FILLED"
    PARTLY_FILLED = "PARTLY_FILLED"
    UNFILLED = "UNFILLED"
    REFUSED = "REFUSED"
    SUPERSEDED = "SUPERSEDED"


@value
class ItemResult:
    """What became of one line of a plan or one target weight.

    Attributes:
        symbol: the instrument.
        action: what was to be done.
        amount: the plan's amount; of a target weight, the value of what was missing, in the account's currency.
        order_id: the order that came of it, or empty.
        status: what became of it.
        quantity: what was ordered, in units of the instrument.
        filled: what was filled of it.
        average_price: at which it was filled, 0 when nothing was.
        code: why not all of it was filled, or empty.
        text: the figures.
    """

    symbol: str
    action: PlanAction
    amount: Decimal
    order_id: str
    status: ItemStatus
    quantity: Decimal
    filled: Decimal
    average_price: Decimal
    code: str
    text: str


@value
class RebalanceSummary:
    """Say what became of a plan or of target weights, once all their orders have ended.

    Attributes:
        plan_id: correlation id of the plan.
        strategy: who asked; the key by which it is published.
        items: what became of each line, in the order of the plan.
        time: ns since the Unix epoch.
    """

    __key__: ClassVar[str] = "strategy"

    plan_id: str
    strategy: str
    items: tuple[ItemResult, ...]
    time: int
