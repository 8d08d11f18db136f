"""Make the rules of validation out of a scenario's `orders.validation` and its venues."""

from collections.abc import Callable, Sequence

from tradepit.models.orders import OrderKind
from tradepit.models.own_rules import FILL_RULE_ARGUMENTS, ORDER_RULE_ARGUMENTS, SIGNAL_RULE_ARGUMENTS, OwnRule
from tradepit.models.validation import FillBounds, SignalValidation, TradingState
from tradepit.scenarios.own_code import load_own
from tradepit.scenarios.own_tree import OwnCode
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


def order_rules_of(scenario: Scenario) -> tuple[str | OwnRule, ...]:
    """Return the rules for orders, ours by name.

    Raises:
        ScenarioError: a rule of the user's own cannot be loaded; so do the functions below.
    """
    return _rules(scenario, "order", scenario.orders.validation.order, ORDER_RULE_ARGUMENTS)


def fill_bounds_of(scenario: Scenario) -> FillBounds | None:
    """Return the rules for fills that are chosen, or None where none is."""
    spec = scenario.orders.validation
    if not spec.fill:
        return None
    rules = _rules(scenario, "fill", spec.fill, FILL_RULE_ARGUMENTS)
    return FillBounds(rules=rules, max_fee=spec.max_fee, max_slippage=spec.max_slippage)


def signal_validation_of(scenario: Scenario) -> SignalValidation:
    """Return the rules for signals."""
    spec = scenario.orders.validation
    return SignalValidation(
        rules=_rules(scenario, "signal", spec.signal, SIGNAL_RULE_ARGUMENTS),
        min_strength=spec.min_strength,
        min_confluence=spec.min_confluence,
        venues=tuple(scenario.resolved_venues()),
    )


def _rules(
    scenario: Scenario, family: str, rules: Sequence[str | OwnCode], takes: Sequence[str]
) -> tuple[str | OwnRule, ...]:
    """Return rules by name, with a user's own loaded."""
    found: list[str | OwnRule] = []
    for index, rule in enumerate(rules):
        if isinstance(rule, OwnCode):
            function, _ = load_own(scenario, f"orders.validation.{family}[{index}]", rule, takes, "check")
            found.append(OwnRule(function, rule.use))
        else:
            found.append(rule)
    return tuple(found)
