"""What companies do to those who hold them: splits, dividends, new symbols, delistings.

=================  =====================================================================================
action             what it does to a holder of Q, long or short
=================  =====================================================================================
`Split`            Q becomes Q x new / old at the same cost; of what is no whole lot the part that is held is paid
                   out in cash at the mark after the split, on the tick, or kept; a reverse split is one with old > new
`CashDividend`     Q x amount x multiplier comes in, less what is withheld; a short position pays it whole
`DividendPayment`  a dividend that is paid later than its ex date, comes in or is paid
`StockDividend`    a split of (1 + share) for 1
`Rename`           Q goes on under another symbol, at its cost; what was realised stays with the old one
`Delisting`        Q is closed at a price, which may be 0
=================  =====================================================================================

They take effect at their instant for whoever holds then: for a dividend, the ex date. It is paid then, too, or at the
pay date when that is named: until then it is owed, and counts in the equity.
"""

from decimal import ROUND_DOWN, Context, Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradepit.models.checks import between
from tradepit.models.positions import Position
from tradepit.models.values import uncopied

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_SHOWN: Final = Context(prec=28)
_multiply: Final = _EXACT.multiply


class Fractions(StrEnum):
    """What becomes of a part of a lot that a split leaves: it is paid out, or goes on being held."""

    CASH = "cash"
    KEPT = "kept"


def _above_zero(_instance: object, attribute: "attrs.Attribute[Decimal]", given: Decimal) -> None:
    if not (given.is_finite() and given > _ZERO):
        raise ValueError(f"{attribute.name} must be above 0, was {given}")


@uncopied
@attrs.frozen(kw_only=True)
class Split:
    """Every `old` units become `new`.

    Attributes:
        new: units after.
        old: units before.
        fractions: what becomes of a part of a lot.
    """

    new: Decimal = attrs.field(validator=_above_zero)
    old: Decimal = attrs.field(default=_ONE, validator=_above_zero)
    fractions: Fractions = Fractions.CASH

    def price_after(self, price: Decimal) -> Decimal:
        """Return what a price before the split is after it, to 28 significant digits."""
        return _SHOWN.divide(_multiply(price, self.old), self.new)


@uncopied
@attrs.frozen(kw_only=True)
class CashDividend:
    """Money for each unit held.

    Attributes:
        amount: for one unit, before the multiplier, in `currency`; above zero.
        currency: ISO code, or None for the instrument's.
        withheld: part of what a long position gets that it never sees, as a fraction.
        number: of one that is paid later, its own among all; None for one that is paid at once.
        pays_at: when that is, ns since the Unix epoch.
    """

    amount: Decimal = attrs.field(validator=_above_zero)
    currency: str | None = None
    withheld: Decimal = attrs.field(default=_ZERO, validator=between(_ZERO, _ONE))
    number: int | None = None
    pays_at: int | None = None

    def due(self, quantity: Decimal, multiplier: Decimal) -> Decimal:
        """Return the cash for a signed quantity; negative where it is to be paid."""
        gross = _multiply(_multiply(quantity, self.amount), multiplier)
        return gross if quantity < _ZERO else _multiply(gross, _EXACT.subtract(_ONE, self.withheld))


@uncopied
@attrs.frozen(kw_only=True)
class DividendPayment:
    """What was owed since the ex date is paid.

    Attributes:
        number: the dividend's.
    """

    number: int


@uncopied
@attrs.frozen(kw_only=True)
class StockDividend:
    """More units for each unit held.

    Attributes:
        share: 0.05 gives five for every hundred; above zero.
        fractions: what becomes of a part of a lot.
    """

    share: Decimal = attrs.field(validator=_above_zero)
    fractions: Fractions = Fractions.CASH

    @property
    def split(self) -> Split:
        """Return the split that does the same."""
        return Split(new=_EXACT.add(_ONE, self.share), fractions=self.fractions)


@uncopied
@attrs.frozen(kw_only=True)
class Rename:
    """The instrument goes on under another symbol.

    Attributes:
        to: the new symbol.
    """

    to: str


@uncopied
@attrs.frozen(kw_only=True)
class Delisting:
    """The instrument is traded no more; holders get a price.

    Attributes:
        price: for one unit; 0 where nothing is left.
    """

    price: Decimal = attrs.field(validator=between(_ZERO, None))


CorporateAction = Split | CashDividend | DividendPayment | StockDividend | Rename | Delisting


@uncopied
@attrs.frozen(kw_only=True)
class ScheduledAction:
    """A corporate action and its time.

    Attributes:
        at: when it takes effect, ns since the Unix epoch.
        symbol: whose.
        action: what.
    """

    at: int
    symbol: str
    action: CorporateAction


def apply_split(position: Position, split: Split, lot: Decimal, price: Decimal) -> Decimal:
    """Split a position, and return the cash paid out for what is no whole lot; negative for a short position.

    Args:
        position: is changed.
        split: the ratio.
        lot: quantity step of the instrument.
        price: mark after the split, at which a fraction is paid out.
    """
    if split.fractions is Fractions.KEPT or not position.quantity:
        position.split(split.new, split.old)
        return _ZERO
    paid = _pay_before(position, split, lot, price)
    position.split(split.new, split.old)
    held = position.quantity
    if paid is not None or not held:
        return _ZERO if paid is None else paid
    whole = _multiply(_DIVIDE.divide(held, lot).to_integral_value(ROUND_DOWN), lot)
    fraction = _EXACT.subtract(held, whole)
    return position.change(fraction.copy_negate(), price).copy_negate() if fraction else _ZERO


def _pay_before(position: Position, split: Split, lot: Decimal, price: Decimal) -> Decimal | None:
    """Pay out in units of before the split what will be no whole lot; None where those units have no exact number.

    A third of a share has no end of digits: of 100 shares at 1:3, one share is paid out, and 99 are split.
    """
    target = _EXACT.multiply(position.quantity, split.new)
    whole = _multiply(_DIVIDE.divide(_DIVIDE.divide(target, split.old), lot).to_integral_value(ROUND_DOWN), lot)
    rest = _EXACT.subtract(target, _multiply(whole, split.old))
    units = _SHOWN.divide(rest, split.new)
    if _multiply(units, split.new) != rest:
        return None
    before = _SHOWN.divide(_multiply(price, split.new), split.old)
    return position.change(units.copy_negate(), before).copy_negate() if units else _ZERO
