"""What the tests of matching share: orders read as they are said."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.models.orders import ChildOrder, OrderKind, OrderTerms, Side, TimeInForce


@pytest.fixture(scope="session")
def child() -> Callable[..., ChildOrder]:
    """Read an order such as `BUY LIMIT 95` or `BUY STOP_LIMIT 105 104` (trigger before limit); keywords are its terms.

    `stop` and `limit` are for kinds that may go without, such as the first trigger of a trailing stop.
    """

    def read(
        text: str,
        quantity: int | str = 100,
        tif: str = "GTC",
        name: str = "a",
        expires_at: int | None = None,
        *,
        stop: str | None = None,
        limit: str | None = None,
        **terms: Any,
    ) -> ChildOrder:
        side, word, *prices = text.split()
        kind = OrderKind(word)
        trigger = prices.pop(0) if kind.has_stop else stop
        bound = prices.pop(0) if kind.has_limit else limit
        return ChildOrder(
            child_id=name,
            order_id="o",
            strategy="s",
            venue="V",
            symbol="XYZ",
            side=Side(side),
            kind=kind,
            quantity=Decimal(quantity),
            limit_price=None if bound is None else Decimal(bound),
            stop_price=None if trigger is None else Decimal(trigger),
            time_in_force=TimeInForce(tif),
            expires_at=expires_at,
            terms=OrderTerms(**terms) if terms else None,
        )

    return read
