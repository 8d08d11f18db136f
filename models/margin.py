"""Margin: what part of a position must be one's own money, to open it and to go on holding it.

=============  ==========================  ================================================================
name           initial, long and short     maintenance
=============  ==========================  ================================================================
`cash`         100%, 100%                  none: nothing is lent, so nothing is called
`reg_t`        50%, 50%                    25% long; 30% short
`percentage`   as given                    as given
=============  ==========================  ================================================================

`reg_t`: Federal Reserve Regulation T, 12 CFR 220.12 (a, c): 50% of the value of a long position; of a short one 150%,
100% of which are the proceeds. FINRA Rule 4210 (c): 25% long; short, per share, at 5.00 and above the greater of 5.00
and 30%, below 5.00 the greater of 2.50 and 100%. Rule 4210 (b): the initial margin is never below the maintenance. The
2,000 of minimum equity and day trading are left out.

A leverage of L makes the initial margin 1/L; the maintenance keeps its ratio to it (for `reg_t` half, as in the close-
out rule of ESMA Decision 2018/796, art. 2), and the amounts per share do not apply.
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, Context, Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradepit.models.checks import between
from tradepit.models.values import uncopied

_ZERO: Final = Decimal(0)
_ONE: Final = Decimal(1)
_FIVE: Final = Decimal(5)
_LEAST_BELOW_FIVE: Final = Decimal("2.50")
_EXACT: Final = Context(prec=200)
_DIVIDE: Final = Context(prec=60)
_SHARE: Final = Context(prec=28)
_multiply: Final = _EXACT.multiply
_part = between(_ZERO, None)


@uncopied
@attrs.frozen(kw_only=True)
class MarginRule:
    """Shares of a position's value, as fractions.

    Attributes:
        initial_long: to open a long position.
        initial_short: to open a short one, beside its proceeds.
        maintenance_long: to hold a long position.
        maintenance_short: to hold a short one, beside its proceeds.
        per_share: whether FINRA's least amounts per share hold for short positions.
    """

    initial_long: Decimal = attrs.field(default=_ONE, validator=_part)
    initial_short: Decimal = attrs.field(default=_ONE, validator=_part)
    maintenance_long: Decimal = attrs.field(default=_ZERO, validator=_part)
    maintenance_short: Decimal = attrs.field(default=_ZERO, validator=_part)
    per_share: bool = False

    def with_leverage(self, leverage: Decimal) -> "MarginRule":
        """Return the rule of an instrument that is lent for at a leverage.

        Raises:
            ValueError: the leverage is below 1, or the rule lends nothing.
        """
        if leverage < _ONE:
            raise ValueError(f"leverage must be 1 or more, was {leverage}")
        if self.maintenance_long == _ZERO:
            raise ValueError("leverage needs a margin rule that lends: a cash account does not")
        initial = _SHARE.divide(_ONE, leverage)
        return MarginRule(
            initial_long=initial,
            initial_short=initial,
            maintenance_long=_SHARE.divide(_multiply(initial, self.maintenance_long), self.initial_long),
            maintenance_short=_SHARE.divide(_multiply(initial, self.maintenance_short), self.initial_short),
        )

    def initial(self, size: Decimal, quantity: Decimal) -> Decimal:
        """Return the initial margin of a position, in the currency of its size.

        Args:
            size: value of the position, above or at zero.
            quantity: signed quantity held.
        """
        if quantity >= _ZERO:
            return _multiply(size, self.initial_long)
        return max(_multiply(size, self.initial_short), self.maintenance(size, quantity))

    def maintenance(self, size: Decimal, quantity: Decimal) -> Decimal:
        """Return the maintenance margin of a position; the arguments are those of `initial`."""
        if quantity >= _ZERO:
            return _multiply(size, self.maintenance_long)
        margin = _multiply(size, self.maintenance_short)
        if not self.per_share:
            return margin
        shares = quantity.copy_abs()
        if size < _multiply(shares, _FIVE):
            return max(_multiply(shares, _LEAST_BELOW_FIVE), size)
        return max(_multiply(shares, _FIVE), margin)


CASH: Final = MarginRule()
REG_T: Final = MarginRule(
    initial_long=Decimal("0.5"),
    initial_short=Decimal("0.5"),
    maintenance_long=Decimal("0.25"),
    maintenance_short=Decimal("0.30"),
    per_share=True,
)


def percentage(initial: Decimal, maintenance: Decimal) -> MarginRule:
    """Return a rule that asks the same of long and short positions.

    Raises:
        ValueError: a part is not above 0, or the maintenance is above the initial margin.
    """
    if not _ZERO < maintenance <= initial:
        raise ValueError(f"maintenance must be above 0 and at most initial ({initial}), was {maintenance}")
    return MarginRule(
        initial_long=initial, initial_short=initial, maintenance_long=maintenance, maintenance_short=maintenance
    )


# --- liquidation ------------------------------------------------------------------------------------------------


class LiquidateFirst(StrEnum):
    """Which position is closed first when a margin call is not met."""

    LARGEST = "largest"
    WORST = "worst"


@attrs.frozen(kw_only=True)
class Held:
    """A position as a margin call sees it.

    Attributes:
        symbol: the instrument.
        quantity: signed quantity held.
        lot: quantity step.
        size: its value in the account's currency, above or at zero.
        maintenance: its maintenance margin in the account's currency.
        unrealised: its profit or loss in the account's currency.
    """

    symbol: str
    quantity: Decimal
    lot: Decimal
    size: Decimal
    maintenance: Decimal
    unrealised: Decimal


def liquidation(held: Iterable[Held], deficit: Decimal, first: LiquidateFirst) -> list[tuple[str, Decimal]]:
    """Return what must be closed so that the maintenance margin falls by the deficit: no more than whole lots of it.

    Closing a part of a position at its mark leaves equity as it is and sets free the same part of its maintenance.
    Costs and slippage are not foreseen: a new call follows where they bring the account below again.

    Args:
        held: the positions; equal ones go in their order.
        deficit: maintenance margin less equity, in the account's currency.
        first: the one of the largest value, or the one with the worst unrealised result.

    Returns:
        (symbol, signed quantity of the closing order), in the order in which they are closed.
    """
    if first is LiquidateFirst.LARGEST:
        ordered = sorted(held, key=lambda position: -position.size)
    else:
        ordered = sorted(held, key=lambda position: position.unrealised)
    closing: list[tuple[str, Decimal]] = []
    for position in ordered:
        if deficit <= _ZERO:
            break
        if position.maintenance <= _ZERO:
            continue
        size = position.quantity.copy_abs()
        needed = size
        if position.maintenance > deficit:
            lots = _DIVIDE.divide(_multiply(size, deficit), _multiply(position.maintenance, position.lot))
            needed = min(size, _multiply(lots.to_integral_value(ROUND_CEILING), position.lot))
        freed = _DIVIDE.divide(_multiply(position.maintenance, needed), size)
        deficit = _EXACT.subtract(deficit, freed)
        closing.append((position.symbol, needed.copy_negate() if position.quantity > _ZERO else needed))
    return closing
