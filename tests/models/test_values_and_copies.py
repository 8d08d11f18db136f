"""What never changes is its own copy, so that the snapshot of an actor costs little; what may change is not."""

import copy
from decimal import Decimal

import pytest

from tradepit.models.breakers import BreakerAction, BreakerRule, BreakerSettings
from tradepit.models.instruments import Instrument
from tradepit.models.market import Bar
from tradepit.models.order_life import OrderLife
from tradepit.models.order_progress import OrderProgress
from tradepit.models.order_states import OrderState, OrderStep
from tradepit.models.orders import Fill, Liquidity, Order, OrderKind, Side, TimeInForce
from tradepit.models.slippage import NoSlippage

ORDER = Order(
    order_id="s-1",
    strategy="s",
    symbol="X",
    side=Side.BUY,
    kind=OrderKind.MARKET,
    quantity=Decimal(10),
    created_at=1,
    limit_price=None,
    stop_price=None,
    time_in_force=TimeInForce.GTC,
    arrival_price=None,
)


def _fill(number: int, quantity: int) -> Fill:
    return Fill(
        fill_id=f"V-{number}",
        order_id="s-1",
        child_id="s-1.1",
        strategy="s",
        symbol="X",
        side=Side.BUY,
        quantity=Decimal(quantity),
        price=Decimal(5),
        reference_price=Decimal(5),
        fee=Decimal(0),
        currency="USD",
        venue="V",
        liquidity=Liquidity.TAKER,
        time=number,
    )


@pytest.mark.parametrize(
    "value",
    [
        Bar(symbol="X", time=1, open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0),
        ORDER,
        Instrument(symbol="X"),
        NoSlippage(),
        BreakerSettings(
            name="b",
            rule=BreakerRule.FAILED_ORDERS,
            over_ns=1,
            at=1.0,
            minimum=1,
            action=BreakerAction.HALT,
            cool_down_ns=None,
            probes=1,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_its_own_copy(value: object) -> None:
    assert copy.copy(value) is value
    assert copy.deepcopy({"held": [value]})["held"][0] is value


def _working() -> OrderLife:
    life = OrderLife(ORDER, 1)
    life.release(1)
    life.accept("V", 2)
    life.fill(_fill(1, 4), 3)
    return life


def _all(life: OrderLife) -> dict[str, object]:
    return {name: getattr(life, name) for name in OrderProgress.__slots__ if hasattr(life, name)}


def test_the_life_of_an_open_order_is_copied_whole_and_goes_its_own_way() -> None:
    life = _working()
    life.apply(OrderStep.REQUEST_CANCEL, 4, "CANCEL_REQUESTED")
    before = copy.deepcopy(_all(life))
    other = copy.deepcopy(life)
    assert other is not life
    assert _all(other) == before
    other.fill(_fill(2, 6), 5)
    assert (other.state, _all(life)) == (OrderState.FILLED, before)


def test_the_life_of_an_order_that_is_over_is_its_own_copy_until_somebody_must_change_it() -> None:
    life = _working()
    life.apply(OrderStep.CANCEL, 4, "CANCELLED")
    before = copy.deepcopy(_all(life))
    assert copy.deepcopy(life) is life
    late = life.copy()
    late.fill(_fill(2, 6), 5)  # it crossed the cancel on the wire
    assert (late.cumulative, _all(life)) == (Decimal(10), before)
