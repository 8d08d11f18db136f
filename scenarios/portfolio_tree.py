"""The part of the scenario tree that says what the account holds and risks."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

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
    """

    cash: Money = Money(Decimal(1_000_000), "USD")
    sizing: SizingSpec = attrs.Factory(PercentOfEquity)
    limits: LimitsSpec = attrs.Factory(LimitsSpec)
    positions: Mapping[str, OpeningPosition] = attrs.Factory(dict)
