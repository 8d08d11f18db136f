"""The orders that were done last are remembered, exactly so many of them."""

from copy import deepcopy
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradepit.models.done_orders import DoneOrders
from tradepit.models.order_life import OrderLife
from tradepit.models.orders import Order, OrderKind, Side


def _life(order_id: str) -> OrderLife:
    order = Order(
        order_id=order_id,
        strategy="mine",
        symbol="SYN",
        side=Side.BUY,
        kind=OrderKind.MARKET,
        quantity=Decimal(1),
        created_at=1,
    )
    return OrderLife(order, 1)


@given(history=st.integers(0, 5), count=st.integers(0, 20))
def test_exactly_the_last_so_many_are_remembered(history: int, count: int) -> None:
    done = DoneOrders(history)
    names = [f"mine-{number}" for number in range(count)]
    lives = [_life(name) for name in names]
    for life in lives:
        done.add(life)
    remembered = names[-history:] if history else []
    assert list(done.lives) == remembered
    assert [name for name in names if done.get(name) is not None] == remembered
    assert all(done.get(name) is life for name, life in zip(names, lives, strict=True) if name in remembered)


def test_a_changed_copy_takes_the_place_of_a_life_wherever_that_stands() -> None:
    done = DoneOrders(2)
    for name in ("a", "b", "c"):
        done.add(_life(name))
    changed = [_life("b"), _life("c")]
    for life in changed:
        done.replace(life)
    assert list(done.lives.values()) == changed
    assert done.get("a") is None


def test_a_copy_shares_the_lives_and_goes_its_own_way() -> None:
    done = DoneOrders(2)
    done.add(_life("a"))
    copied = deepcopy(done)
    done.add(_life("b"))
    assert copied.get("a") is done.get("a")
    assert list(copied.lives) == ["a"]
    assert list(done.lives) == ["a", "b"]
