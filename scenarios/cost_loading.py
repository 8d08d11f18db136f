"""Make the costs of a venue, with a user's own slippage and commission loaded."""

from tradepit.models.commission import Commission, NoCommission
from tradepit.models.expected_fees import ExpectedFees, VenueFees
from tradepit.models.market_state import Needs
from tradepit.models.own_costs import ALL_NEEDS, COMMISSION_ARGUMENTS, SLIPPAGE_ARGUMENTS, OwnCommission, OwnSlippage
from tradepit.models.slippage import Slippage
from tradepit.scenarios.costs import commission_of, fee_currency_of, slippage_of
from tradepit.scenarios.own_code import load_own
from tradepit.scenarios.own_places import own_costs, path_of_costs
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.strategy_loading import problem_at
from tradepit.scenarios.tree import Scenario


def load_commission(scenario: Scenario, venue: str) -> Commission:
    """Return what a venue charges, with the user's own code loaded.

    Raises:
        ScenarioError: that does not import, has no such name, or cannot be called as a commission is.
    """
    spec = scenario.resolved_venues()[venue].fees
    assert spec is not None
    path = path_of_costs(scenario, venue, "fees", "commission")
    places = {id(cost): place for place, cost in own_costs(spec, path)}

    def own(cost: OwnCode) -> Commission:
        function, _ = load_own(scenario, places[id(cost)], cost, COMMISSION_ARGUMENTS, "fee")
        return OwnCommission(function=function, name=cost.use)

    return commission_of(spec, own)


def load_slippage(scenario: Scenario, venue: str) -> Slippage:
    """Return the slippage at a venue, with the user's own code loaded.

    Raises:
        ScenarioError: as above, or a class's `needs` is none.
    """
    spec = scenario.resolved_venues()[venue].slippage
    assert spec is not None
    path = path_of_costs(scenario, venue, "slippage", "slippage")
    places = {id(cost): place for place, cost in own_costs(spec, path)}

    def own(cost: OwnCode) -> Slippage:
        place = places[id(cost)]
        function, owner = load_own(scenario, place, cost, SLIPPAGE_ARGUMENTS, "amount")
        needs = getattr(owner, "needs", ALL_NEEDS)
        if needs is not None and not isinstance(needs, Needs):
            rule = "needs must be a tradepit.models.market_state.Needs or None"
            raise ScenarioError([problem_at(scenario, place, rule, repr(needs), "")])
        return OwnSlippage(function=function, name=cost.use, needs=needs)

    try:
        return slippage_of(spec, own)
    except ValueError as error:  # the windows of a sum, which are known only now
        raise ScenarioError([problem_at(scenario, path, str(error), None, "")]) from error


def expected_fees_of(scenario: Scenario) -> ExpectedFees | None:
    """Return what fees to reserve with orders, or None where none are, or none are charged.

    Raises:
        ScenarioError: as above.
    """
    if not scenario.portfolio.reserve_fees:
        return None
    account = scenario.portfolio.cash.currency
    venues = {
        name: VenueFees(
            commission=load_commission(scenario, name), fee_currency=fee_currency_of(str(spec.fee_currency), account)
        )
        for name, spec in scenario.resolved_venues().items()
    }
    if all(isinstance(venue.commission, NoCommission) for venue in venues.values()):
        return None
    return ExpectedFees(venues=venues)
