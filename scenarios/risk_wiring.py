"""What a scenario says of sizes and limits, as the models that work them out."""

from tradepit.models import kelly, limits, sizing, volatility_target
from tradepit.scenarios.own_code import load_own
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.risk_tree import (
    FixedCash,
    FixedSize,
    KellyFraction,
    PercentOfEquity,
    RiskPerTrade,
    TargetWeights,
)
from tradepit.scenarios.tree import Scenario


def sizing_of(scenario: Scenario) -> sizing.Sizing:
    """Return the rule of sizing that a scenario describes.

    Raises:
        ScenarioError: a function of the user's own cannot be loaded.
    """
    spec = scenario.portfolio.sizing
    match spec:
        case FixedSize():
            return sizing.FixedQuantity(quantity=spec.quantity)
        case FixedCash():
            return sizing.FixedCash(cash=spec.amount)
        case PercentOfEquity():
            return sizing.PercentOfEquity(fraction=spec.fraction)
        case TargetWeights():
            return sizing.TargetWeights(weights=spec.weights)
        case RiskPerTrade():
            return sizing.RiskPerTrade(fraction=spec.fraction)
        case KellyFraction():
            return kelly.KellyFraction(
                part=spec.part,
                win_rate=spec.win_rate,
                payoff=spec.payoff,
                trades=spec.trades,
                before=spec.before,
                most=spec.most,
            )
        case OwnCode():
            return sizing.OwnSizing(function=load_own(scenario, "portfolio.sizing", spec, ("request",), "quantity")[0])
    return volatility_target.VolatilityTarget(
        target=spec.target, volatility=spec.volatility, days=spec.days, most=spec.most
    )


def limits_of(scenario: Scenario) -> limits.Limits:
    """Return the risk limits that a scenario describes.

    Raises:
        ScenarioError: a check of the user's own cannot be loaded.
    """
    spec = scenario.portfolio.limits
    return limits.Limits(
        max_open_positions=spec.max_open_positions,
        min_reward_to_risk=spec.min_reward_to_risk,
        max_stop_distance=spec.max_stop_distance,
        missing_stop=spec.missing_stop,
        max_order_notional=spec.max_order_notional,
        max_position=spec.max_position,
        max_gross_exposure=spec.max_gross_exposure,
        max_net_exposure=spec.max_net_exposure,
        price_collar=spec.price_collar,
        short_allowed=spec.short_allowed,
        locates=spec.locates,
        max_orders_per_second=spec.max_orders_per_second,
        max_daily_loss=spec.max_daily_loss,
        max_drawdown=spec.max_drawdown,
        own=tuple(
            [
                load_own(scenario, f"portfolio.limits.own[{index}]", own, ("order", "view"), "check")[0]
                for index, own in enumerate(spec.own)
            ]
        ),
    )
