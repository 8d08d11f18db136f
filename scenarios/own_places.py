"""Where a scenario names code of the user's own."""

from collections.abc import Iterator

from tradepit.scenarios.cost_tree import (
    BuysFee,
    DatedFee,
    FeeSpec,
    OnFees,
    SellsFee,
    SlippageSpec,
    SumFee,
    SumSlippageSpec,
    SymbolFee,
)
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.reading import joined
from tradepit.scenarios.tree import Scenario


def all_own(scenario: Scenario) -> Iterator[tuple[str, OwnCode]]:
    """Yield all code of the user's own but for strategies, with its path in the scenario."""
    for name, venue in scenario.resolved_venues().items():
        for spec, place in ((venue.fees, ("fees", "commission")), (venue.slippage, ("slippage", "slippage"))):
            assert spec is not None
            yield from own_costs(spec, path_of_costs(scenario, name, *place))
    yield from own_latencies(scenario)
    if isinstance(scenario.portfolio.sizing, OwnCode):
        yield "portfolio.sizing", scenario.portfolio.sizing
    for index, own in enumerate(scenario.portfolio.limits.own):
        yield f"portfolio.limits.own[{index}]", own
    validation = scenario.orders.validation
    for family, rules in (("order", validation.order), ("fill", validation.fill), ("signal", validation.signal)):
        for index, rule in enumerate(rules):
            if isinstance(rule, OwnCode):
                yield f"orders.validation.{family}[{index}]", rule


def own_costs(spec: FeeSpec | OnFees | SlippageSpec, path: str) -> Iterator[tuple[str, OwnCode]]:
    """Yield the parts of fees or a slippage that are a user's own, with the place of each."""
    match spec:
        case OwnCode():
            yield path, spec
        case SumFee() | SumSlippageSpec():
            for index, part in enumerate(spec.sum):
                yield from own_costs(part, f"{path}.sum[{index}]")
        case DatedFee():
            for index, period in enumerate(spec.dated):
                yield from own_costs(period.fees, f"{path}.dated[{index}].fees")
        case SymbolFee():
            for name, fee in spec.by_symbol.items():
                yield from own_costs(fee, joined(f"{path}.by_symbol", name))
            if spec.other is not None:
                yield from own_costs(spec.other, f"{path}.other")
        case SellsFee():
            yield from own_costs(spec.sells, f"{path}.sells")
        case BuysFee():
            yield from own_costs(spec.buys, f"{path}.buys")


def path_of_costs(scenario: Scenario, venue: str, of_venue: str, of_costs: str) -> str:
    """Return where the scenario says what holds at a venue."""
    own = scenario.venues.get(venue)
    return f"costs.{of_costs}" if own is None or getattr(own, of_venue) is None else f"venues.{venue}.{of_venue}"


def own_latencies(scenario: Scenario) -> Iterator[tuple[str, OwnCode]]:
    """Yield the latencies of venues and links, and the times of rules, that are a user's own."""
    for name, venue in scenario.venues.items():
        if venue.latency is not None:
            for key, latency in (("order", venue.latency.order), ("data", venue.latency.data)):
                if isinstance(latency, OwnCode):
                    yield f"{joined('venues', name)}.latency.{key}", latency
    for name, link in scenario.links.items():
        path = joined("links", name)
        if isinstance(link.latency, OwnCode):
            yield f"{path}.latency", link.latency
        for index, rule in enumerate(link.rules):
            if isinstance(rule.by, OwnCode):
                yield f"{path}.rules[{index}].by", rule.by
