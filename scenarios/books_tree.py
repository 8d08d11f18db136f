"""The part of the scenario tree that says how the books are kept: margin and borrow."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum

import attrs

from tradepit.models.margin import LiquidateFirst
from tradepit.scenarios.exact import exact, exact_or_none

_ZERO = Decimal(0)


def _symbols(symbols: Iterable[str]) -> tuple[str, ...]:
    return tuple(symbols)


class MarginModel(StrEnum):
    """The rules of margin that there are."""

    CASH = "cash"
    REG_T = "reg_t"
    PERCENTAGE = "percentage"


@attrs.frozen(kw_only=True)
class MarginSpec:
    """What is lent, and what happens when one's own money runs short.

    Attributes:
        model: `cash`, `reg_t` or `percentage`.
        initial: with `percentage`, the part of a position that must be one's own to open it; 0.5 is 50%.
        maintenance: with `percentage`, the part that must be one's own to hold it.
        interest: yearly rate on cash that is lent.
        grace: time between a margin call and the closing of positions, ns.
        liquidate: which position is closed first, the largest or the one with the worst result; None closes none.
    """

    model: MarginModel = attrs.field(default=MarginModel.CASH, converter=MarginModel)
    initial: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    maintenance: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    interest: Decimal = attrs.field(default=_ZERO, converter=exact)
    grace: int = 0
    liquidate: LiquidateFirst | None = attrs.field(
        default=LiquidateFirst.LARGEST, converter=attrs.converters.optional(LiquidateFirst)
    )

    def __attrs_post_init__(self) -> None:
        given = self.initial is not None and self.maintenance is not None
        if self.model is MarginModel.PERCENTAGE:
            if not given:
                raise ValueError("percentage needs initial and maintenance")
            assert self.initial is not None
            assert self.maintenance is not None
            if self.maintenance > self.initial:
                raise ValueError("maintenance is at most initial")
        elif self.initial is not None or self.maintenance is not None:
            raise ValueError(f"initial and maintenance belong to percentage, not to {self.model}")
        elif self.model is MarginModel.CASH and self.interest:
            raise ValueError("a cash account borrows nothing and pays no interest")


@attrs.frozen(kw_only=True)
class BorrowSpec:
    """Yearly rates for borrowing what was sold short.

    Attributes:
        rate: of what is easy to borrow.
        hard_to_borrow: of the symbols under `hard`.
        hard: symbols that are hard to borrow.
        by_symbol: rates of single symbols, before all others.
    """

    rate: Decimal = attrs.field(default=_ZERO, converter=exact)
    hard_to_borrow: Decimal = attrs.field(default=_ZERO, converter=exact)
    hard: tuple[str, ...] = attrs.field(default=(), converter=_symbols)
    by_symbol: Mapping[str, Decimal] = attrs.Factory(dict)
