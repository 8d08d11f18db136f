"""The part of the scenario tree that says what orders, fills and signals must be: rules by name, and their limits."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs

from tradepit.scenarios.exact import exact
from tradepit.scenarios.own_tree import OwnCode


class OrderRule(StrEnum):
    """Rules for orders; `tradepit.models.order_validation` has them."""

    BASIC = "basic"
    SYMBOL = "symbol"
    QUANTITY = "quantity"
    PRICE = "price"
    STOP = "stop"
    ORDER_TYPE = "order_type"
    TIMESTAMPS = "timestamps"


class FillRule(StrEnum):
    """Rules for fills that a scenario chooses; those of `tradepit.models.fill_validation` that not always hold."""

    FEE = "fee"
    SLIPPAGE = "slippage"


class SignalRule(StrEnum):
    """Rules for signals; `tradepit.models.signal_validation` has them."""

    SYMBOL = "symbol"
    STRENGTH = "strength"
    CONFLUENCE = "confluence"
    STOP_LOSS = "stop_loss"
    TAKE_PROFIT = "take_profit"
    SIZE = "size"
    VENUE = "venue"


def _order_rules(rules: Iterable[str | OwnCode]) -> tuple[OrderRule | OwnCode, ...]:
    return tuple(rule if isinstance(rule, OwnCode) else OrderRule(rule) for rule in rules)


def _fill_rules(rules: Iterable[str | OwnCode]) -> tuple[FillRule | OwnCode, ...]:
    return tuple(rule if isinstance(rule, OwnCode) else FillRule(rule) for rule in rules)


def _signal_rules(rules: Iterable[str | OwnCode]) -> tuple[SignalRule | OwnCode, ...]:
    return tuple(rule if isinstance(rule, OwnCode) else SignalRule(rule) for rule in rules)


def _of_rule(rule: FillRule | SignalRule) -> Callable[[Any, "attrs.Attribute[Any]", Any], None]:
    """Return a validator for a limit, which says nothing where its rule is not chosen."""

    def check(validation: "ValidationSpec", attribute: "attrs.Attribute[Any]", limit: object) -> None:
        chosen = validation.fill if isinstance(rule, FillRule) else validation.signal
        if limit != attribute.default and rule not in chosen:
            raise ValueError(f"{attribute.name} is for the rule {rule}, was {limit}")

    return check


@attrs.frozen(kw_only=True)
class ValidationSpec:
    """Which rules of validation hold, ours by name and a user's own; they are asked in the order of the file.

    Attributes:
        order: rules for orders; by default all but `stop` and `order_type`.
        fill: bounds for fills; by default none. That a fill belongs to its order, is new, does not overfill it and
            respects its limit always holds.
        max_fee: rule `fee`: largest fee or rebate as a fraction of the fill's value.
        max_slippage: rule `slippage`: largest distance of price and reference price as a fraction of the latter.
        signal: rules for signals; by default all.
        min_strength: rule `strength`: least strength of a signal.
        min_confluence: rule `confluence`: least confluence of a signal that gives one.
    """

    order: tuple[OrderRule | OwnCode, ...] = attrs.field(
        default=tuple(rule for rule in OrderRule if rule not in (OrderRule.STOP, OrderRule.ORDER_TYPE)),
        converter=_order_rules,
    )
    fill: tuple[FillRule | OwnCode, ...] = attrs.field(default=(), converter=_fill_rules)
    max_fee: Decimal = attrs.field(default=Decimal("0.05"), converter=exact, validator=_of_rule(FillRule.FEE))
    max_slippage: Decimal = attrs.field(default=Decimal("0.1"), converter=exact, validator=_of_rule(FillRule.SLIPPAGE))
    signal: tuple[SignalRule | OwnCode, ...] = attrs.field(default=tuple(SignalRule), converter=_signal_rules)
    min_strength: float = attrs.field(default=0.0, validator=_of_rule(SignalRule.STRENGTH))
    min_confluence: float = attrs.field(default=3.0, validator=_of_rule(SignalRule.CONFLUENCE))
