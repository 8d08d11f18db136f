"""What a rule of sizing is told about the order whose size it decides."""

from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any, Final

import attrs

from tradepit.models.instruments import Instrument
from tradepit.models.orders import Side

_multiply: Final = Context(prec=200).multiply


def above_zero(_instance: object, attribute: "attrs.Attribute[Any]", given: Decimal | None) -> None:
    """Refuse a setting of zero; an attrs validator, behind one that refuses what is below.

    Raises:
        ValueError: it is zero.
    """
    if given is not None and not given:
        raise ValueError(f"{attribute.name} must be above 0, was {given}")


def nothing_known(_symbol: str) -> float | None:
    """Return the volatility of a symbol where nobody measures it."""
    return None


def no_trades() -> tuple[int, Decimal, Decimal]:
    """Return the figures of closed trades where nobody counts them."""
    return 0, Decimal(0), Decimal(0)


@attrs.frozen(kw_only=True)
class SizingRequest:
    """One order to be sized; a user's own sizing function is given it.

    Attributes:
        instrument: what is traded.
        price: last price seen of it.
        entry: price at which the order is expected to trade: its limit, its stop, or the last price.
        equity: of the account, in its currency.
        cash: of the account; the equity where nobody says.
        side: buy or sell; None where nobody says.
        stop_loss: of the position that it opens, or None.
        take_profit: of the position that it opens, or None.
        volatility: a symbol's measured volatility per year as a fraction, or None where none is known yet.
        trades: how many trades the run has closed, the part of them that won, and the average win in average losses.
        in_account: makes of a value in the currency of the price one in the account's; None where they are one.
    """

    instrument: Instrument
    price: Decimal
    entry: Decimal
    equity: Decimal
    cash: Decimal
    side: Side | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    volatility: Callable[[str], float | None] = nothing_known
    trades: Callable[[], tuple[int, Decimal, Decimal]] = no_trades
    in_account: Callable[[Decimal], Decimal] | None = None

    def value_of_one(self, price: Decimal) -> Decimal:
        """Return what a quantity of 1 is worth at a price, in the account's currency; below zero with the price."""
        own = _multiply(price, self.instrument.multiplier)
        if self.in_account is None:
            return own
        return self.in_account(own.copy_abs()).copy_sign(own)

    @classmethod
    def plain(cls, instrument: Instrument, price: float, equity: float) -> "SizingRequest":
        """Return a request of which only price and equity are known."""
        exact, worth = Decimal(repr(price)), Decimal(repr(equity))
        return cls(instrument=instrument, price=exact, entry=exact, equity=worth, cash=worth)
