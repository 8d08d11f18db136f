"""A snapshot of an account holds its own positions, and shares what was booked."""

from copy import deepcopy
from decimal import Decimal

from tradepit.models.account import Account
from tradepit.models.orders import Fill, Liquidity, Side
from tradepit.models.positions import KEPT, Position

_ONE = Decimal(1)


def _fill(number: int, side: Side = Side.BUY) -> Fill:
    return Fill(
        fill_id=f"SIM-{number}",
        order_id=f"mine-{number}",
        child_id=f"mine-{number}.1",
        strategy="mine",
        symbol="SYN",
        side=side,
        quantity=_ONE,
        price=Decimal(100 + number % 7),
        reference_price=Decimal(100),
        fee=Decimal("0.1"),
        currency="USD",
        venue="SIM",
        liquidity=Liquidity.TAKER,
        time=number,
    )


def _figures(position: Position) -> tuple[object, ...]:
    return (
        position.quantity,
        position.cost,
        position.realised,
        position.fees,
        position.average_price,
        position.break_even_price,
        position.entries,
        position.keep_until,
        None if position.earlier is None else position.earlier.quantity,
        None if position.between is None else position.between.quantity,
    )


def test_a_deep_copy_of_an_account_goes_on_as_the_account_itself_would() -> None:
    account = Account(Decimal(10_000_000), "USD")
    for number in range(2 * KEPT + 10):  # so that all that a position keeps is there
        account.apply(_fill(number), _ONE)
    copied = deepcopy(account)
    own, other = account.positions["SYN"], copied.positions["SYN"]
    assert _figures(other) == _figures(own)
    assert all(one is another for one, another in zip(own.entries, other.entries, strict=True))
    before = _figures(own)
    late = _fill(KEPT + 100)
    bust, _ = copied.bust(late, _ONE)
    copied.apply(_fill(9_999, Side.SELL), _ONE)
    assert _figures(own) == (*before[:6], own.entries, *before[7:])
    assert len(own.entries) == len(bust.entries)
    again, _ = account.bust(late, _ONE)
    account.apply(_fill(9_999, Side.SELL), _ONE)
    assert _figures(account.positions["SYN"]) == _figures(copied.positions["SYN"])
    assert again.quantity == bust.quantity
