"""The part of the scenario tree that says what companies do to those who hold them."""

from decimal import Decimal

import attrs

from tradepit.models.corporate_actions import Fractions
from tradepit.scenarios.exact import exact
from tradepit.scenarios.portfolio_tree import Money

_ZERO = Decimal(0)


@attrs.frozen(kw_only=True)
class SplitSpec:
    """So many new units for so many old ones.

    Attributes:
        at: when it takes effect, ns.
        symbol: whose.
        ratio: new and old; written `4:1`, a reverse split `1:10`.
        fractions: what becomes of a part of a lot: paid out in cash, or kept.
    """

    at: int
    symbol: str
    ratio: tuple[Decimal, Decimal]
    fractions: Fractions = attrs.field(default=Fractions.CASH, converter=Fractions)


@attrs.frozen(kw_only=True)
class DividendSpec:
    """Money for each unit.

    Attributes:
        at: the ex date's first instant, ns: who holds then is paid.
        symbol: whose.
        dividend: for one unit, above 0.
        withheld: part that a long position never sees, a tax.
        pays: when it is paid, ns; None for at once.
    """

    at: int
    symbol: str
    dividend: Money
    withheld: Decimal = attrs.field(default=_ZERO, converter=exact)
    pays: int | None = None


@attrs.frozen(kw_only=True)
class StockDividendSpec:
    """More units for each unit.

    Attributes:
        at: when it takes effect, ns.
        symbol: whose.
        share: 0.05 gives five for every hundred.
        fractions: what becomes of a part of a lot: paid out in cash, or kept.
    """

    at: int
    symbol: str
    share: Decimal = attrs.field(converter=exact)
    fractions: Fractions = attrs.field(default=Fractions.CASH, converter=Fractions)


@attrs.frozen(kw_only=True)
class RenameSpec:
    """The instrument goes on under another symbol.

    Attributes:
        at: when it takes effect, ns.
        symbol: the old one.
        to: the new one, a symbol of market as well.
    """

    at: int
    symbol: str
    to: str


@attrs.frozen(kw_only=True)
class DelistingSpec:
    """The instrument is traded no more.

    Attributes:
        at: when it takes effect, ns.
        symbol: whose.
        price: that holders get for one unit, in the instrument's currency; 0 where nothing is left.
    """

    at: int
    symbol: str
    price: Decimal = attrs.field(converter=exact)


CorporateActionSpec = SplitSpec | DividendSpec | StockDividendSpec | RenameSpec | DelistingSpec
