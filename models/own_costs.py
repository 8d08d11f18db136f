"""Costs that a user works out: functions as models, with a check on what they return.

A function has the arguments of the model's method, by position: `(price, quantity, side, market)` for slippage (see
`slippage.Slippage.amount`), `(fill)` for commission (see
`commission.Commission.fee`). It must go by nothing but these, or a run would not repeat.
"""

from collections.abc import Callable
from decimal import Decimal

import attrs

from tradepit.models.billed_fill import BilledFill, OrderSoFar
from tradepit.models.market_state import WINDOW, MarketState, Needs
from tradepit.models.orders import Side
from tradepit.models.values import uncopied

SLIPPAGE_ARGUMENTS = ("price", "quantity", "side", "market")
ALL_NEEDS = Needs(window=WINDOW, quotes=True)
COMMISSION_ARGUMENTS = ("fill",)


def _exact(returned: object, name: str) -> Decimal:
    """Return what a user's function returned, if it is an amount.

    Raises:
        TypeError: it is no Decimal and no whole number; a float is not the exact value that was meant.
        ValueError: it is not finite.
    """
    if isinstance(returned, int) and not isinstance(returned, bool):
        return Decimal(returned)
    if not isinstance(returned, Decimal):
        raise TypeError(f"{name} must return a Decimal, was {returned!r}")
    if not returned.is_finite():
        raise ValueError(f"{name} must return a finite amount, was {returned}")
    return returned


@uncopied
@attrs.frozen(kw_only=True)
class OwnSlippage:
    """Slip by what a function says.

    Attributes:
        function: returns the amount for each unit, 0 or more, in the currency of the price.
        name: of the function, for messages.
        needs: what it wants to know of the market; all there is, unless a class says less.
    """

    function: Callable[..., object]
    name: str
    needs: Needs | None = ALL_NEEDS

    def amount(self, price: Decimal, quantity: Decimal, side: Side, market: MarketState) -> Decimal:
        """Return what the function does.

        Raises:
            TypeError: that is no Decimal.
            ValueError: it is not finite, or below zero.
        """
        amount = _exact(self.function(price, quantity, side, market), self.name)
        if amount < 0:
            raise ValueError(f"{self.name} must return a slippage of 0 or more, was {amount}")
        return amount


@uncopied
@attrs.frozen(kw_only=True)
class OwnCommission:
    """Charge what a function says.

    Attributes:
        function: returns the fee for a fill, in the instrument's currency; negative for a rebate.
        name: of the function, for messages.
    """

    wants_moment = True

    function: Callable[..., object]
    name: str

    def fee(self, fill: BilledFill) -> Decimal:
        """Return what the function does.

        Raises:
            TypeError: that is no Decimal.
            ValueError: it is not finite.
        """
        return _exact(self.function(fill), self.name)

    def after(self, fill: BilledFill, fee: Decimal) -> OrderSoFar:
        """Return what the order has done and paid after the fill."""
        return fill.counted(fee, fee)
