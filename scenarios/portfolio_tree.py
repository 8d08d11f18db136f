"""The part of the scenario tree that says what the account holds and risks."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from tradepit.scenarios.exact import exact, exact_or_none


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
class FixedSize:
    """Every sized order has the same quantity.

    Attributes:
        quantity: in units of the instrument.
    """

    quantity: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PercentOfEquity:
    """A sized order is worth a part of the account's equity.

    Attributes:
        fraction: 0.02 is 2%.
    """

    fraction: Decimal = attrs.field(default=Decimal("0.02"), converter=exact)


SizingSpec = FixedSize | PercentOfEquity


@attrs.frozen(kw_only=True)
class LimitsSpec:
    """Risk limits; what is None is off. Buying power is always checked.

    Attributes:
        max_position: largest quantity held in one symbol, long or short.
        max_order_notional: largest value of one order, in the account's currency.
        max_open_positions: largest number of symbols held at once.
    """

    max_position: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    max_order_notional: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    max_open_positions: int | None = None


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
    sizing: SizingSpec = PercentOfEquity()
    limits: LimitsSpec = LimitsSpec()
    positions: Mapping[str, OpeningPosition] = attrs.Factory(dict)
