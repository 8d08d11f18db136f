"""How large an order is when the strategy leaves that to the portfolio.

Every rule rounds down to whole lots, so that a size is never exceeded. What is less than a lot is refused, and so is
what cannot be valued; the smallest and largest quantity of one order are for validation to check.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import Any, Final

import attrs

from tradepit.models.checks import between
from tradepit.models.instruments import Instrument
from tradepit.models.kelly import KellyFraction
from tradepit.models.orders import Refusal
from tradepit.models.sizing_request import SizingRequest, above_zero
from tradepit.models.volatility_target import VolatilityTarget

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=60)


@attrs.frozen(kw_only=True)
class FixedQuantity:
    """Every order has the same quantity.

    Attributes:
        quantity: in units of the instrument, above zero.

    Raises:
        ValueError: the quantity is not above zero.
    """

    quantity: Decimal = attrs.field(validator=[between(_ZERO, None), above_zero])


@attrs.frozen(kw_only=True)
class FixedCash:
    """Every order is worth the same amount.

    Attributes:
        cash: in the account's currency, above zero.

    Raises:
        ValueError: the amount is not above zero.
    """

    cash: Decimal = attrs.field(validator=[between(_ZERO, None), above_zero])

    def budget(self, request: SizingRequest) -> Decimal:  # noqa: ARG002
        """Return the amount, whatever the equity."""
        return self.cash


@attrs.frozen(kw_only=True)
class PercentOfEquity:
    """Every order is worth a part of the account's equity.

    Attributes:
        fraction: above 0 and at most 1, which is 100%; 2% by default.

    Raises:
        ValueError: the fraction lies outside.
    """

    fraction: Decimal = attrs.field(default=Decimal("0.02"), validator=[between(_ZERO, _ONE), above_zero])

    def budget(self, request: SizingRequest) -> Decimal:
        """Return the part of the equity."""
        return _EXACT.multiply(self.fraction, request.equity)


@attrs.frozen(kw_only=True)
class TargetWeights:
    """Each symbol's full position is a part of the account's equity of its own.

    Attributes:
        weights: by symbol, each above 0 and at most 1.

    Raises:
        ValueError: a weight lies outside.
    """

    weights: Mapping[str, Decimal] = attrs.field()

    @weights.validator
    def _each_in_range(self, _attribute: object, weights: Mapping[str, Decimal]) -> None:
        for symbol, weight in weights.items():
            if not 0 < weight <= 1:
                raise ValueError(f"weights must be above 0 and at most 1, was {weight} for {symbol}")

    def budget(self, request: SizingRequest) -> Decimal | Refusal:
        """Return the symbol's part of the equity; `NO_WEIGHT` where it has none."""
        symbol = request.instrument.symbol
        weight = self.weights.get(symbol)
        if weight is None:
            return Refusal(code="NO_WEIGHT", text=f"{symbol} has no weight; known: {', '.join(self.weights)}")
        return _EXACT.multiply(weight, request.equity)


@attrs.frozen(kw_only=True)
class RiskPerTrade:
    """The loss between entry and stop loss is a part of the account's equity.

    quantity = fraction x equity / (|entry - stop| x multiplier): "fixed fractional" sizing, Ralph Vince, Portfolio
    Management Formulas (1990).

    Attributes:
        fraction: of the equity, above 0 and at most 1; 1% by default.

    Raises:
        ValueError: the fraction lies outside.
    """

    fraction: Decimal = attrs.field(default=Decimal("0.01"), validator=[between(_ZERO, _ONE), above_zero])

    def quantity(self, request: SizingRequest) -> Decimal | Refusal:
        """Return the quantity before rounding; `NO_STOP` where there is no stop loss away from the entry."""
        entry, stop = request.entry, request.stop_loss
        if stop is None or not stop.is_finite() or stop == entry:
            was = "none was given" if stop is None else f"was {stop} with an entry at {entry}"
            return Refusal(code="NO_STOP", text=f"a stop loss away from the entry is needed to size by risk, {was}")
        loss = _EXACT.subtract(request.value_of_one(entry), request.value_of_one(stop)).copy_abs()
        return _EXACT.divide(_EXACT.multiply(self.fraction, request.equity), loss)


@attrs.frozen(kw_only=True)
class OwnSizing:
    """A user's own function decides.

    Attributes:
        function: takes a `SizingRequest`, and returns a quantity before rounding or a `Refusal`.
    """

    function: Callable[[SizingRequest], Any]

    def quantity(self, request: SizingRequest) -> Decimal | Refusal:
        """Return what the function says.

        Raises:
            ValueError: that is no finite number of 0 or more.
            TypeError: that is no number at all.
        """
        said = self.function(request)
        if isinstance(said, Refusal):
            return said
        name = getattr(self.function, "__name__", repr(self.function))
        if isinstance(said, bool) or not isinstance(said, int | float | Decimal):
            raise TypeError(f"sizing function {name} must return a number or a Refusal, was {said!r}")
        if not math.isfinite(said) or said < 0:
            raise ValueError(f"sizing function {name} must return 0 or more, was {said!r}")
        return Decimal(repr(said)) if isinstance(said, float) else Decimal(said)


Sizing = (
    FixedQuantity
    | FixedCash
    | PercentOfEquity
    | TargetWeights
    | RiskPerTrade
    | VolatilityTarget
    | KellyFraction
    | OwnSizing
)


def size(
    sizing: Sizing,
    instrument: Instrument,
    price: float | None,
    equity: float,
    strength: float = 1.0,
    around: SizingRequest | None = None,
) -> Decimal | Refusal:
    """Return the quantity of an order in whole lots, or why there is none.

    Args:
        sizing: the rule.
        instrument: what is traded.
        price: last price seen of it, or None before the first; a fixed quantity needs none.
        equity: of the account, in its currency.
        strength: fraction of the full size, above 0 and up to 1.
        around: what else a rule may want to know; without it a stop loss, say, is not known.

    Returns:
        A quantity of at least one lot, or a refusal: `NO_PRICE` when the rule needs a price and there is none to
        divide by, `SIZE_BELOW_LOT` when the size is less than one lot, or the rule's own.

    Raises:
        ValueError: the strength lies outside, or a user's own rule gives what is no size.
    """
    if not 0 < strength <= 1:
        raise ValueError(f"strength must be above 0 and up to 1, was {strength!r}")
    wanted: Decimal | Refusal
    if isinstance(sizing, FixedQuantity):
        wanted = sizing.quantity
    elif not price:
        was = "none was seen" if price is None else f"was {price!r}"
        return Refusal(code="NO_PRICE", text=f"a price of {instrument.symbol} other than 0 is needed, {was}")
    else:
        # Below zero a unit is worth what one must pay to be rid of it.
        exact = Decimal(repr(abs(price)))
        value = _EXACT.multiply(exact, instrument.multiplier) if around is None else around.value_of_one(exact)
        if isinstance(sizing, PercentOfEquity):  # the usual one, without making a request
            wanted = _EXACT.divide(_EXACT.multiply(sizing.fraction, Decimal(repr(equity))), value)
        else:
            asked = around or SizingRequest.plain(instrument, price, equity)
            if isinstance(sizing, RiskPerTrade | OwnSizing):
                wanted = sizing.quantity(asked)
            else:
                budget = sizing.budget(asked)
                wanted = budget if isinstance(budget, Refusal) else _EXACT.divide(budget, value)
    if isinstance(wanted, Refusal):
        return wanted
    if strength != 1:
        wanted = _EXACT.multiply(wanted, Decimal(repr(strength)))
    quantity = instrument.quantity(wanted)
    if quantity < instrument.lot:
        return Refusal(code="SIZE_BELOW_LOT", text=f"quantity: lot={instrument.lot}, was={wanted:.6g}")
    return quantity
