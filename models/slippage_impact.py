"""Slippage by volume and volatility: what an order moves the market by.

The share of the volume is what the order takes, and what orders of its side took from the same bar or quote before it,
over the bar's volume or the displayed size. Where the volume is unknown the share is 0. Volatility is for one bar or
quote, see `MarketState`.
"""

from decimal import Context, Decimal
from typing import Final

import attrs

from tradepit.models.checks import between
from tradepit.models.market_state import WINDOW, MarketState, Needs
from tradepit.models.orders import Side
from tradepit.models.values import uncopied

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
# In contexts of our own: a strategy may narrow the one that all share.
_EXACT: Final = Context(prec=200)
_add, _subtract, _multiply = _EXACT.add, _EXACT.subtract, _EXACT.multiply
_WIDE: Final = Context(prec=28)
_divide, _root = _WIDE.divide, _WIDE.sqrt
_VOLUME_ONLY: Final = Needs()
_NOT_NEGATIVE: Final = between(_ZERO, None)
_FRACTION: Final = between(_ZERO, _ONE)


def _part(_instance: object, attribute: "attrs.Attribute[Decimal]", given: Decimal) -> None:
    _FRACTION(_instance, attribute, given)
    if not given:
        raise ValueError(f"{attribute.name} must be above 0, was {given}")


@attrs.frozen(kw_only=True)
class _ByVolatility:
    """What models that go by volatility have in common.

    Attributes:
        window: returns in the volatility, 2 or more.
    """

    window: int = WINDOW
    needs: Needs = attrs.field(init=False, repr=False, eq=False)

    @needs.default
    def _volatility(self) -> Needs:
        return Needs(window=self.window)


@uncopied
@attrs.frozen(kw_only=True)
class PercentageSlippage(_ByVolatility):
    """Slip by a part of the price that grows with volatility, and by a part for the share of the volume.

    |price| x (base x (1 + volatility_multiplier x volatility) + volume_factor x share)

    Attributes:
        base: fraction of the price, from 0 to 1; 0.001 is 0.1%.
        volatility_multiplier: how much the base grows with the volatility, 0 or more.
        volume_factor: fraction of the price that an order of the whole volume would pay, 0 or more.
        default_volatility: a fraction for each bar or quote, until it is known; 0 or more.

    Raises:
        ValueError: a figure is out of bounds.
    """

    base: Decimal = attrs.field(default=Decimal("0.001"), validator=_FRACTION)
    volatility_multiplier: Decimal = attrs.field(default=Decimal("2.0"), validator=_NOT_NEGATIVE)
    volume_factor: Decimal = attrs.field(default=Decimal("0.1"), validator=_NOT_NEGATIVE)
    default_volatility: Decimal = attrs.field(default=_ZERO, validator=_NOT_NEGATIVE)

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return the formula's amount."""
        growth = _multiply(self.volatility_multiplier, market.volatility_or(self.default_volatility))
        by_volume = _multiply(self.volume_factor, market.share(quantity))
        return _multiply(price.copy_abs(), _add(_multiply(self.base, _add(_ONE, growth)), by_volume))


@uncopied
@attrs.frozen(kw_only=True)
class VolumeShareSlippage:
    """Slip by the square of the share of the volume, as the models of that name in zipline and LEAN do.

    |price| x impact x min(share, limit)^2

    The share counts what was taken before, so an order pays for those before it too, as in zipline. Marginal, it pays
    what it adds, as in basana: less the same formula of the share before it.

    Attributes:
        impact: fraction of the price at a share of 1, 0 or more.
        limit: the share from which on the impact no longer grows, above 0 and up to 1. How much of the volume an
            order gets is another matter: matching says so.
        marginal: whether an order pays only what it adds to the impact.

    Raises:
        ValueError: a figure is out of bounds.
    """

    needs = _VOLUME_ONLY

    impact: Decimal = attrs.field(default=Decimal("0.1"), validator=_NOT_NEGATIVE)
    limit: Decimal = attrs.field(default=Decimal("0.025"), validator=_part)
    marginal: bool = attrs.field(default=False, validator=attrs.validators.instance_of(bool))

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return the formula's amount."""
        share = min(market.share(quantity), self.limit)
        square = _multiply(share, share)
        if self.marginal:
            before = min(market.share(_ZERO), self.limit)
            square = _subtract(square, _multiply(before, before))
        return _multiply(_multiply(price.copy_abs(), self.impact), square)


@uncopied
@attrs.frozen(kw_only=True)
class VolumeImpactSlippage:
    """Slip by a permanent impact that is linear in the share of the volume, and a temporary one that goes by its root.

    |price| x (permanent x y + temporary x sqrt(y)), with y = share / threshold

    So an order of the threshold's share pays the two coefficients themselves. That the permanent part is linear, and
    the temporary one concave, is what Almgren, Thum, Hauptmann and Li measured ("Direct estimation of equity market
    impact", Risk, 2005; their exponent is 0.6, the root is the customary rounding). Simplification: the market is
    recorded and does not move with our orders, so the permanent impact is paid by the order that causes it alone.

    Attributes:
        permanent: fraction of the price at the threshold, 0 or more.
        temporary: the same.
        threshold: share of the volume that the market takes at these figures, above 0 and up to 1.

    Raises:
        ValueError: a figure is out of bounds.
    """

    needs = _VOLUME_ONLY

    permanent: Decimal = attrs.field(default=Decimal("0.0001"), validator=_NOT_NEGATIVE)
    temporary: Decimal = attrs.field(default=Decimal("0.0002"), validator=_NOT_NEGATIVE)
    threshold: Decimal = attrs.field(default=Decimal("0.01"), validator=_part)

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return the formula's amount."""
        shares = _divide(market.share(quantity), self.threshold)
        impact = _add(_multiply(self.permanent, shares), _multiply(self.temporary, _root(shares)))
        return _multiply(price.copy_abs(), impact)


@uncopied
@attrs.frozen(kw_only=True)
class VolatilitySlippage(_ByVolatility):
    """Slip by a part of the price and a multiple of the volatility.

    |price| x (base + multiplier x volatility)

    Attributes:
        base: fraction of the price, from 0 to 1.
        multiplier: of the volatility, 0 or more.
        default_volatility: a fraction for each bar or quote, until it is known; 0 or more.

    Raises:
        ValueError: a figure is out of bounds.
    """

    base: Decimal = attrs.field(default=Decimal("0.0001"), validator=_FRACTION)
    multiplier: Decimal = attrs.field(default=Decimal("5.0"), validator=_NOT_NEGATIVE)
    default_volatility: Decimal = attrs.field(default=Decimal("0.01"), validator=_NOT_NEGATIVE)

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return the formula's amount."""
        by_volatility = _multiply(self.multiplier, market.volatility_or(self.default_volatility))
        return _multiply(price.copy_abs(), _add(self.base, by_volatility))


@uncopied
@attrs.frozen(kw_only=True)
class SquareRootSlippage(_ByVolatility):
    """Slip by the square-root law of market impact.

    |price| x coefficient x volatility x sqrt(share)

    The law is Barra's ("Market Impact Model Handbook", 1997) and Grinold and Kahn's ("Active Portfolio Management",
    chapter 16): trading a day's volume costs about one day's volatility, so the coefficient is near 1.

    Attributes:
        coefficient: 0 or more.
        default_volatility: a fraction for each bar or quote, until it is known; 0 or more.

    Raises:
        ValueError: a figure is out of bounds.
    """

    coefficient: Decimal = attrs.field(default=_ONE, validator=_NOT_NEGATIVE)
    default_volatility: Decimal = attrs.field(default=Decimal("0.01"), validator=_NOT_NEGATIVE)

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:  # noqa: ARG002
        """Return the formula's amount."""
        volatility = market.volatility_or(self.default_volatility)
        impact = _multiply(_multiply(self.coefficient, volatility), _root(market.share(quantity)))
        return _multiply(price.copy_abs(), impact)
