"""What is taken off two of our own orders that meet, and when they do."""

from decimal import Decimal

import pytest

from tradepit.models.self_trade import PREVENTIONS, Prevention, cuts, meets

D = Decimal


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("none", ["0 0", "0 0", "0 0"]),
        ("cancel_newest", ["60 0", "40 0", "50 0"]),
        ("cancel_oldest", ["0 40", "0 60", "0 50"]),
        ("cancel_both", ["60 40", "40 60", "50 50"]),
        ("decrement", ["40 40", "40 40", "50 50"]),
    ],
)
def test_each_mode_takes_off_what_its_name_says(mode: Prevention, expected: list[str]) -> None:
    pairs = [(60, 40), (40, 60), (50, 50)]
    seen = [cuts(mode, D(newest), D(oldest)) for newest, oldest in pairs]
    assert [f"{newest} {oldest}" for newest, oldest in seen] == expected
    assert mode in PREVENTIONS


@pytest.mark.parametrize(
    ("buys", "limit", "market", "resting", "met"),
    [
        (True, 100.0, None, 100.0, True),
        (True, 100.0, None, 100.01, False),
        (False, 100.0, None, 100.0, True),
        (False, 100.0, None, 99.99, False),
        (True, 100.0, 90.0, 100.0, True),  # a limit order goes by its limit
        (True, None, 100.0, 100.0, True),
        (True, None, 100.0, 100.01, False),
        (False, None, 100.0, 99.99, False),
        (False, None, None, 1.0, True),
    ],
)
def test_orders_meet_where_prices_cross(
    buys: bool, limit: float | None, market: float | None, resting: float, met: bool
) -> None:
    assert meets(buys=buys, limit=limit, market=market, resting_limit=resting) is met
