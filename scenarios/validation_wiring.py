"""Make the rules of validation out of a scenario's `orders.validation` and its venues."""

from collections.abc import Callable

from tradepit.models.orders import OrderKind
from tradepit.models.validation import FillBounds, SignalValidation, TradingState
from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.tree import OrderRule, Scenario


def order_types_of(scenario: Scenario) -> tuple[OrderKind, ...] | None:
    """Return the kinds of orders that some venue takes, or None where one takes all."""
    taken: dict[OrderKind, None] = {}
    for venue in scenario.resolved_venues().values():
        if venue.order_types is None:
            return None
        taken.update(dict.fromkeys(venue.order_types))
    return tuple(taken)


def trading_state_of(scenario: Scenario, sessions: Sessions) -> Callable[[int], TradingState] | None:
    """Return what tells whether the market is open at an instant; None where no rule asks for it."""
    if OrderRule.ORDER_TYPE not in scenario.orders.validation.order:
        return None
    return lambda at_ns: TradingState.OPEN if sessions.is_open(at_ns) else TradingState.CLOSED


def fill_bounds_of(scenario: Scenario) -> FillBounds | None:
    """Return the bounds of fills, or None where none is chosen."""
    spec = scenario.orders.validation
    if not spec.fill:
        return None
    return FillBounds(rules=tuple(spec.fill), max_fee=spec.max_fee, max_slippage=spec.max_slippage)


def signal_validation_of(scenario: Scenario) -> SignalValidation:
    """Return the rules for signals."""
    spec = scenario.orders.validation
    return SignalValidation(
        rules=tuple(spec.signal),
        min_strength=spec.min_strength,
        min_confluence=spec.min_confluence,
        venues=tuple(scenario.resolved_venues()),
    )
