"""What happens to the account besides executions: published by the portfolio, and its reminders to itself."""

from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from tradepit.models.orders import Side
from tradepit.models.values import value


class CashReason(StrEnum):
    """Why cash came or went without an execution."""

    DIVIDEND = "DIVIDEND"
    FRACTION = "FRACTION"
    BORROW = "BORROW"
    INTEREST = "INTEREST"
    REBOOKED = "REBOOKED"
    NETTED = "NETTED"


class PositionCause(StrEnum):
    """What changed a position without an execution."""

    SPLIT = "SPLIT"
    RENAME = "RENAME"
    DIVIDEND = "DIVIDEND"
    BORROW = "BORROW"
    BUST = "BUST"
    CORRECTION = "CORRECTION"


@value
class CashMoved:
    """Cash came in or went out without an execution.

    Attributes:
        reason: why.
        symbol: the instrument that it is about; empty for interest.
        amount: what came in; negative for what went out.
        currency: ISO code of the amount.
        text: the figures.
        time: ns since the Unix epoch.
    """

    __key__: ClassVar[str] = "symbol"

    reason: CashReason
    symbol: str
    amount: Decimal
    currency: str
    text: str
    time: int


@value
class DividendOwed:
    """A dividend is due to who held at its ex date, and is paid later; until then it counts in the equity.

    Attributes:
        symbol: the instrument.
        amount: what will come in; negative for what is to be paid on a short position.
        currency: ISO code of the amount.
        quantity: signed quantity held.
        pays_at: when it is paid, ns since the Unix epoch.
        time: ns since the Unix epoch.
    """

    __key__: ClassVar[str] = "symbol"

    symbol: str
    amount: Decimal
    currency: str
    quantity: Decimal
    pays_at: int
    time: int


@value
class PositionSplit:
    """Every `old` units of an instrument have become `new`; published also where none was held.

    Attributes:
        symbol: the instrument.
        new: units after.
        old: units before.
        before: signed quantity held before.
        after: signed quantity held afterwards.
        paid_out: signed quantity that was no whole lot, and was paid out in cash.
        price: at which it was, the mark after the split.
        time: ns since the Unix epoch.
    """

    __key__: ClassVar[str] = "symbol"

    symbol: str
    new: Decimal
    old: Decimal
    before: Decimal
    after: Decimal
    paid_out: Decimal
    price: Decimal
    time: int


@value
class SymbolRenamed:
    """What was held of one symbol goes on under another.

    Attributes:
        symbol: the old one.
        to: the new one.
        quantity: signed quantity that went over.
        time: ns since the Unix epoch.
    """

    __key__: ClassVar[str] = "symbol"

    symbol: str
    to: str
    quantity: Decimal
    time: int


@value
class MarginCalled:
    """Equity is below the maintenance margin.

    Attributes:
        equity: in the account's currency.
        maintenance: maintenance margin of all positions.
        deficit: what is missing.
        due_at: when positions are closed if it still is, ns since the Unix epoch.
        time: ns since the Unix epoch.
    """

    equity: Decimal
    maintenance: Decimal
    deficit: Decimal
    due_at: int
    time: int


@value
class MarginCallMet:
    """Equity is no longer below the maintenance margin.

    Attributes:
        equity: in the account's currency.
        maintenance: maintenance margin of all positions.
        time: ns since the Unix epoch.
    """

    equity: Decimal
    maintenance: Decimal
    time: int


@value
class Liquidated:
    """A margin call closed a position, or a part of it.

    Attributes:
        symbol: the instrument.
        side: of the closing order.
        quantity: that was closed.
        price: at which it was.
        order_id: the portfolio's own order.
        time: ns since the Unix epoch.
    """

    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    order_id: str
    time: int


# --- the portfolio's reminders to itself ------------------------------------------------------------------------


@value
class CorporateActionDue:
    """A corporate action takes effect.

    Attributes:
        number: its place in the scenario's list, 0 for the first.
    """

    number: int


@value
class AccrualDue:
    """Borrow and interest are to be charged.

    Attributes:
        settled: whether the prices of the instant are in: the first reminder only sets the second.
    """

    settled: bool


@value
class MarginCheckDue:
    """The maintenance margin is to be checked, now that all prices of the instant are in."""


@value
class MarginCallDue:
    """The grace of a margin call is over.

    Attributes:
        number: the call's number, so that one that was met asks for nothing.
    """

    number: int
