"""Slippage by spread and depth: what stands between the last price and the quantity that an order wants."""

import math
from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.checks import between
from tradepit.models.market_state import MarketState, Needs
from tradepit.models.orders import Side
from tradepit.models.values import uncopied

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_HALF: Final = Decimal("0.5")
# In contexts of our own: a strategy may narrow the one that all share.
_EXACT: Final = Context(prec=200)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_divide: Final = Context(prec=28).divide
_QUOTES: Final = Needs(quotes=True)


@uncopied
@attrs.frozen(kw_only=True)
class Distance:
    """A distance between prices.

    Attributes:
        per_unit: so much money in the currency of the price, 0 or more, or None.
        fraction: a fraction of the price, from 0 to 1, or None.

    Raises:
        ValueError: a figure is out of bounds, or not exactly one is given.
    """

    per_unit: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(between(_ZERO, None)))
    fraction: Decimal | None = attrs.field(default=None, validator=attrs.validators.optional(between(_ZERO, _ONE)))

    def __attrs_post_init__(self) -> None:
        if (self.per_unit is None) == (self.fraction is None):
            raise ValueError(f"one of per_unit and fraction must be given, was {self.per_unit} and {self.fraction}")

    def at(self, price: Decimal) -> Decimal:
        """Return the distance at a price."""
        if self.per_unit is not None:
            return self.per_unit
        assert self.fraction is not None
        return _multiply(price.copy_abs(), self.fraction)


@uncopied
@attrs.frozen(kw_only=True)
class HalfSpreadSlippage:
    """Slip by half of a spread, where the market shows none.

    spread / 2 on bars, whose prices lie somewhere between bid and ask; nothing on quotes, where a buyer pays the ask
    and a seller gets the bid, so that half of the spread is paid already. One file thus serves both.

    Attributes:
        spread: the whole spread.
    """

    needs = _QUOTES

    spread: Distance

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return half of the spread, or zero where the market shows its own."""
        return _multiply(self.spread.at(price), _HALF) if math.isnan(market.spread) else _ZERO


@uncopied
@attrs.frozen(kw_only=True)
class BookSlippage:
    """Slip by walking the levels of a book: the mean price of the levels that the order eats, less the best.

    On bars the first level lies at the reference price and holds `depth`, each further one lies a step worse and holds
    as much. On quotes the first level holds what the quote displays. What orders of the same side took from the same
    bar or quote before is gone. Where a venue matches on a full order book its own levels are walked instead.

    Attributes:
        depth: quantity on each level, above zero.
        step: from one level to the next.

    Raises:
        ValueError: the depth is not above zero.
    """

    needs = _QUOTES

    depth: Decimal = attrs.field(default=Decimal(1000), validator=between(_ZERO, None))
    step: Distance = Distance(fraction=Decimal("0.0001"))

    def __attrs_post_init__(self) -> None:
        if not self.depth:
            raise ValueError(f"depth must be above 0, was {self.depth}")

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return the mean distance of what the order takes from the reference price."""
        first = Decimal(repr(market.levels[0][1])) if market.levels else self.depth
        steps = _subtract(
            self._steps(_add(market.taken, quantity), first),
            self._steps(market.taken, first),
        )
        return _divide(_multiply(steps, self.step.at(price)), quantity)

    def _steps(self, quantity: Decimal, first: Decimal) -> Decimal:
        """Return the sum over a quantity, taken from the best price on, of each unit's distance in steps."""
        beyond = max(_subtract(quantity, first), _ZERO)
        full = int(_divide(beyond, self.depth))  # levels behind the first that are eaten whole
        whole = _multiply(self.depth, Decimal(full * (full + 1) // 2))
        rest = _subtract(beyond, _multiply(self.depth, Decimal(full)))
        return _add(whole, _multiply(rest, Decimal(full + 1)))
