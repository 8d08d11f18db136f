"""Commission by whether a fill made or took liquidity, as venues charge it; a negative rate is a rebate."""

from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.billed_fill import BilledFill
from tradepit.models.checks import between
from tradepit.models.commission import Schedule
from tradepit.models.orders import Liquidity

_ONE: Final = Decimal(1)
_MAKER: Final = Liquidity.MAKER
_multiply: Final = Context(prec=200).multiply  # of our own: a strategy may narrow the context that all share


@attrs.frozen(kw_only=True)
class MakerTakerPerShare(Schedule):
    """Charge for each share or contract by whether the fill made or took liquidity; a negative rate is a rebate.

    Attributes:
        maker: in the instrument's currency for each unit that made liquidity.
        taker: the same for each unit that took it; negative on an inverted venue.

    Raises:
        ValueError: a rate is not finite.
    """

    maker: Decimal = attrs.field(validator=between(None, None))
    taker: Decimal = attrs.field(validator=between(None, None))

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the rate times the quantity of this fill."""
        return _multiply(self.maker if fill.liquidity is _MAKER else self.taker, fill.quantity)


@attrs.frozen(kw_only=True)
class MakerTakerPercent(Schedule):
    """Charge a part of the value by whether the fill made or took liquidity; a negative rate is a rebate.

    Attributes:
        maker: fraction of the value that made liquidity, from -1 to 1; 0.001 is 0.1%.
        taker: the same for value that took it.

    Raises:
        ValueError: a rate is out of bounds.
    """

    maker: Decimal = attrs.field(validator=between(-_ONE, _ONE))
    taker: Decimal = attrs.field(validator=between(-_ONE, _ONE))

    def fee(self, fill: BilledFill) -> Decimal:
        """Return the rate times the value of this fill."""
        return _multiply(self.maker if fill.liquidity is _MAKER else self.taker, fill.value)
