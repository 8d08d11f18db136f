"""A user's own functions as models: they are handed everything, and what they return is checked."""

from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.billed_fill import BilledFill, OrderSoFar
from tradepit.models.market_state import NOTHING_SHOWN, MarketState, Needs
from tradepit.models.orders import Liquidity, Side
from tradepit.models.own_costs import OwnCommission, OwnSlippage

D = Decimal
FILL = BilledFill(side=Side.SELL, quantity=D(10), price=D(50), multiplier=D(2), liquidity=Liquidity.MAKER, symbol="X")


def test_a_function_of_ones_own_is_handed_what_a_model_is() -> None:
    seen: list[Any] = []

    def amount(*given: Any) -> Decimal:
        seen.append(given)
        return D("0.03")

    def fee(*given: Any) -> int:
        seen.append(given)
        return -2

    slippage = OwnSlippage(function=amount, name="amount")
    commission = OwnCommission(function=fee, name="fee")
    market = MarketState(volume=5.0)
    assert slippage.amount(D(50), D(10), Side.BUY, market) == D("0.03")
    assert commission.fee(FILL) == D(-2)
    assert seen == [(D(50), D(10), Side.BUY, market), (FILL,)]
    assert (slippage.needs, commission.wants_moment) == (Needs(window=20, quotes=True), True)
    assert commission.after(FILL, D(-2)) == OrderSoFar(quantity=D(10), value=D(1000), fees=D(-2), accrued=D(-2))


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (0.1, TypeError, "mine must return a Decimal, was 0.1"),
        (None, TypeError, "mine must return a Decimal, was None"),
        (True, TypeError, "mine must return a Decimal, was True"),
        (D("NaN"), ValueError, "mine must return a finite amount, was NaN"),
        (D("Infinity"), ValueError, "mine must return a finite amount, was Infinity"),
    ],
)
def test_what_is_no_exact_amount_is_refused(returned: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        OwnCommission(function=lambda *_: returned, name="mine").fee(FILL)
    with pytest.raises(error, match=message):
        OwnSlippage(function=lambda *_: returned, name="mine").amount(D(50), D(10), Side.BUY, NOTHING_SHOWN)


def test_slippage_is_against_the_trader() -> None:
    with pytest.raises(ValueError, match=r"mine must return a slippage of 0 or more, was -0\.01"):
        OwnSlippage(function=lambda *_: D("-0.01"), name="mine").amount(D(50), D(10), Side.BUY, NOTHING_SHOWN)
