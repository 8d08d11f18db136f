"""The part of the scenario tree that says what the account holds and risks."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from tradepit.models.accruals import Accrue
from tradepit.models.book_settings import Marks
from tradepit.models.currency_account import Conversion
from tradepit.models.lots import CostMethod
from tradepit.scenarios.books_tree import BorrowSpec, MarginSpec
from tradepit.scenarios.exact import exact
from tradepit.scenarios.risk_tree import LimitsSpec, PercentOfEquity, SizingSpec


@attrs.frozen
class Money:
    """An amount of one currency; written `1_000_000 USD`.

    Attributes:
        amount: how much.
        currency: ISO code.
    """

    amount: Decimal = attrs.field(converter=exact)
    currency: str = "USD"


@attrs.frozen(kw_only=True)
class OpeningPosition:
    """A position held when the run begins.

    Attributes:
        quantity: signed: negative is short.
        price: average cost of one unit.
    """

    quantity: Decimal = attrs.field(converter=exact)
    price: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PortfolioSpec:
    """The account and its risk.

    Attributes:
        cash: at the start; opening positions come on top.
        sizing: quantity of orders and signals that name none.
        limits: risk limits.
        positions: by symbol, held at the start.
        realised: the cost method of the realised profit that is published; results have all.
        marks: what positions are valued at.
        margin: what is lent.
        borrow: what it costs to borrow what is sold short.
        accrue: when borrow and interest are charged.
        days_in_year: of their rates, 360 or 365; written `act/360` or `act/365`.
        conversion: what becomes of money in other currencies.
        balances: cash in other currencies at the start.
        rates: prices of currency pairs before the first is seen, by symbol.
        reserve_fees: whether an order ties up the fees that are expected of it, beside its value.
    """

    cash: Money = Money(Decimal(1_000_000), "USD")
    sizing: SizingSpec = attrs.Factory(PercentOfEquity)
    limits: LimitsSpec = attrs.Factory(LimitsSpec)
    positions: Mapping[str, OpeningPosition] = attrs.Factory(dict)
    realised: CostMethod = attrs.field(default=CostMethod.AVERAGE, converter=CostMethod)
    marks: Marks = attrs.field(default=Marks.LAST, converter=Marks)
    margin: MarginSpec = attrs.Factory(MarginSpec)
    borrow: BorrowSpec = attrs.Factory(BorrowSpec)
    accrue: Accrue = attrs.field(default=Accrue.SESSION_CLOSE, converter=Accrue)
    days_in_year: int = 360
    conversion: Conversion = attrs.field(default=Conversion.KEPT, converter=Conversion)
    balances: Mapping[str, Decimal] = attrs.Factory(dict)
    rates: Mapping[str, Decimal] = attrs.Factory(dict)
    reserve_fees: bool = False
