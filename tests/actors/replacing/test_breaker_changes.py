"""Replacements at the circuit breaker."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tradepit.actors.circuit_breaker import CircuitBreaker
from tradepit.models.breakers import BreakerAction, BreakerRule, BreakerSettings
from tradepit.models.messages import (
    ReplaceRejected,
    TripBreaker,
)


@pytest.mark.parametrize("tripped", [False, True])
def test_while_a_breaker_is_open_nothing_that_is_out_is_changed(
    say: Any, play: Callable[..., Any], *, tripped: bool
) -> None:
    rule = BreakerSettings(
        name="storm",
        rule=BreakerRule.FAILED_ORDERS,
        over_ns=10**9,
        at=5.0,
        minimum=1,
        action=BreakerAction.CANCEL_ONLY,
        cool_down_ns=None,
        probes=1,
    )
    lines = [(0, "breaker", TripBreaker(breaker="storm", cause="hand"))] if tripped else []
    wish = say.replace(quantity=Decimal(5))
    heard = play({"breaker": CircuitBreaker([rule])}, [*lines, (1, "breaker", wish)], neighbours=("orders", "router"))
    refused = ReplaceRejected(order_id="mine-1", code="CIRCUIT_OPEN", text="breaker storm is OPEN")
    assert (heard.to("orders"), heard.to("router")) == (([refused], []) if tripped else ([], [wish]))
