"""The scenario as a tree of values: built in Python, loaded from a file, changed with `attrs.evolve`, saved.

Field names are the file's keys; `as_` and `with_` stand for `as` and `with`. Times are ns since the Unix epoch, UTC;
durations are ns; percentages are fractions. What the tree cannot hold wrong is checked here; what the file may say
wrong is checked where it is read, with its place.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import attrs

from tradepit.actors.kernel import Detail
from tradepit.models.breakers import BreakerAction, BreakerRule
from tradepit.scenarios.action_tree import (
    CorporateActionSpec,
    DelistingSpec,
    DividendSpec,
    RenameSpec,
    SplitSpec,
    StockDividendSpec,
)
from tradepit.scenarios.actor_tree import ActorSpec, MailboxSpec
from tradepit.scenarios.books_tree import BorrowSpec, MarginModel, MarginSpec
from tradepit.scenarios.clock_tree import ClockSpec, InstrumentSpec, RegularSession, SessionHours
from tradepit.scenarios.cost_presets import resolved_costs
from tradepit.scenarios.cost_tree import (
    BpsSlippage,
    BuysFee,
    CostPreset,
    CostsSpec,
    DatedFee,
    DatedPeriod,
    FeePer,
    FeeSpec,
    MakerTakerFee,
    NoFee,
    NoSlippage,
    OnFees,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
    SellsFee,
    SlippageSpec,
    SumFee,
    SumSlippageSpec,
    SymbolFee,
    TieredFee,
)
from tradepit.scenarios.expect_tree import Bound, Comparison, ExpectSpec, ExpectWhat
from tradepit.scenarios.fault_tree import AnyFaultSpec, FaultDo, FaultSpec, TradeFaultSpec
from tradepit.scenarios.latency_tree import CommonLatency, LatencyKind, LatencySpec, LoadLatency, QuantileLatency
from tradepit.scenarios.link_tree import LinkDo, LinkRuleSpec, LinkSpec
from tradepit.scenarios.market_tree import (
    COLUMNS,
    MINUTE_NS,
    CrossedRows,
    Faulty,
    FileSource,
    GbmSource,
    MarketKind,
    PathSource,
    Sample,
    SampleSource,
    SourceSpec,
    Stamp,
    TcpSource,
    gives,
)
from tradepit.scenarios.matching_tree import (
    Arrival,
    BarPath,
    BarsMatching,
    CrossedQuotes,
    GapPrice,
    MarketPrice,
    MatchingSpec,
    QuotesMatching,
    SelfTradePrevention,
    TradesMatching,
)
from tradepit.scenarios.metrics_tree import (
    MetricsSpec,
)
from tradepit.scenarios.own_tree import OwnCode
from tradepit.scenarios.portfolio_tree import Money, OpeningPosition, PortfolioSpec
from tradepit.scenarios.problems import Place
from tradepit.scenarios.risk_tree import (
    FixedCash,
    FixedSize,
    KellyFraction,
    LimitsSpec,
    PercentOfEquity,
    RiskPerTrade,
    SizingSpec,
    TargetWeights,
    VolatilityTarget,
)
from tradepit.scenarios.supervision_tree import (
    ActorSupervisionSpec,
    BackoffSpec,
    GroupSpec,
    StrategiesSpec,
    SupervisionSpec,
    SupervisorSpec,
)
from tradepit.scenarios.trading_tree import (
    BreakerReset,
    BreakerSpec,
    GroupRouting,
    OrdersSpec,
    RoutingPolicy,
    RoutingSpec,
    StrategySpec,
    named_breakers,
    named_strategies,
)
from tradepit.scenarios.validation_tree import FillRule, OrderRule, SignalRule, ValidationSpec
from tradepit.scenarios.venue_tree import (
    VenueLatency,
    VenueSpec,
)

__all__ = [
    "COLUMNS",
    "DEFAULT_VENUE",
    "MINUTE_NS",
    "ActorSpec",
    "ActorSupervisionSpec",
    "AnyFaultSpec",
    "Arrival",
    "AtEndSpec",
    "BackoffSpec",
    "BarPath",
    "BarsMatching",
    "BorrowSpec",
    "Bound",
    "BpsSlippage",
    "BreakerAction",
    "BreakerReset",
    "BreakerRule",
    "BreakerSpec",
    "BuysFee",
    "ClockSpec",
    "CommonLatency",
    "Comparison",
    "CorporateActionSpec",
    "CostPreset",
    "CostsSpec",
    "CrossedQuotes",
    "CrossedRows",
    "DatedFee",
    "DatedPeriod",
    "DelistingSpec",
    "DividendSpec",
    "ExpectSpec",
    "ExpectWhat",
    "FaultDo",
    "FaultSpec",
    "Faulty",
    "FeePer",
    "FeeSpec",
    "FileSource",
    "FillRule",
    "FixedCash",
    "FixedSize",
    "GapPrice",
    "GbmSource",
    "GroupRouting",
    "GroupSpec",
    "InstrumentSpec",
    "KellyFraction",
    "LatencyKind",
    "LatencySpec",
    "LimitsSpec",
    "LinkDo",
    "LinkRuleSpec",
    "LinkSpec",
    "LoadLatency",
    "MailboxSpec",
    "MakerTakerFee",
    "MarginModel",
    "MarginSpec",
    "MarketKind",
    "MarketPrice",
    "MatchingSpec",
    "MetricsSpec",
    "Money",
    "NoFee",
    "NoSlippage",
    "OnFees",
    "OpeningPosition",
    "OrderRule",
    "OrdersSpec",
    "OwnCode",
    "PathSource",
    "PerOrderFee",
    "PerShareFee",
    "PercentFee",
    "PercentOfEquity",
    "PortfolioSpec",
    "PriceSlippage",
    "QuantileLatency",
    "QuotesMatching",
    "RegularSession",
    "RenameSpec",
    "RiskPerTrade",
    "RoutingPolicy",
    "RoutingSpec",
    "Sample",
    "SampleSource",
    "Scenario",
    "SelfTradePrevention",
    "SellsFee",
    "SessionHours",
    "SignalRule",
    "SizingSpec",
    "SlippageSpec",
    "SourceSpec",
    "SplitSpec",
    "Stamp",
    "StockDividendSpec",
    "StrategiesSpec",
    "StrategySpec",
    "SumFee",
    "SumSlippageSpec",
    "SupervisionSpec",
    "SupervisorSpec",
    "SymbolFee",
    "TargetWeights",
    "TcpSource",
    "TieredFee",
    "TradeFaultSpec",
    "TradesMatching",
    "ValidationSpec",
    "VenueLatency",
    "VenueSpec",
    "VolatilityTarget",
    "gives",
]

DEFAULT_VENUE = "SIM"

# --- the whole --------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class AtEndSpec:
    """What happens when the clock reaches the end.

    Attributes:
        close_positions: whether positions are closed at the last price, marked as such.
        cancel_orders: whether working orders are cancelled.
    """

    close_positions: bool = True
    cancel_orders: bool = True


def _faults(faults: Iterable[AnyFaultSpec]) -> tuple[AnyFaultSpec, ...]:
    return tuple(faults)


def _actions(actions: Iterable[CorporateActionSpec]) -> tuple[CorporateActionSpec, ...]:
    return tuple(actions)


def _expectations(expectations: Iterable[ExpectSpec]) -> tuple[ExpectSpec, ...]:
    return tuple(expectations)


@attrs.frozen(kw_only=True)
class Scenario:
    """A whole scenario.

    Attributes:
        tradepit: version of the format.
        name: lower-case letters, digits and dashes.
        about: one sentence.
        seed: root of every random stream of the run.
        clock: when the run takes place.
        instruments: by symbol; a symbol of `market` that is missing here has the defaults.
        venues: by name, in the file's order; none means one venue named SIM.
        market: by symbol, where its prices come from; at least one.
        portfolio: the account and its risk.
        corporate_actions: splits, dividends, new symbols, delistings.
        strategies: who trades.
        orders: how orders are kept.
        routing: how venues are chosen.
        costs: what trading costs at venues that say nothing themselves.
        breakers: rules of the circuit breaker.
        supervision: who is restarted after a crash, and how often.
        actors: by actor, how long it needs for a message and how many may wait for it.
        links: by sender and receiver, such as `router -> ARCA`: how long messages take, and what goes wrong with them.
        faults: what goes wrong on purpose.
        expect: what must hold at the end.
        at_end: what happens at the end.
        metrics: how the run is measured.
        journal: how much the journal holds: all but market data, everything, or nothing.
        report: whether an HTML report is written.
        directory: where relative paths start; not written.
        places: by path, where in its files each value stands; empty for a scenario built in Python; not written.
    """

    tradepit: int = 1
    name: str
    about: str = ""
    seed: int = 0
    clock: ClockSpec = attrs.Factory(ClockSpec)
    instruments: Mapping[str, InstrumentSpec] = attrs.Factory(dict)
    venues: Mapping[str, VenueSpec] = attrs.Factory(dict)
    market: Mapping[str, SourceSpec]
    portfolio: PortfolioSpec = attrs.Factory(PortfolioSpec)
    corporate_actions: tuple[CorporateActionSpec, ...] = attrs.field(default=(), converter=_actions)
    strategies: tuple[StrategySpec, ...] = attrs.field(default=(), converter=named_strategies)
    orders: OrdersSpec = attrs.Factory(OrdersSpec)
    routing: RoutingSpec = attrs.Factory(RoutingSpec)
    costs: CostsSpec = attrs.Factory(CostsSpec)
    breakers: tuple[BreakerSpec, ...] = attrs.field(default=(), converter=named_breakers)
    supervision: SupervisionSpec = attrs.Factory(SupervisionSpec)
    actors: Mapping[str, ActorSpec] = attrs.Factory(dict)
    links: Mapping[str, LinkSpec] = attrs.Factory(dict)
    faults: tuple[AnyFaultSpec, ...] = attrs.field(default=(), converter=_faults)
    expect: tuple[ExpectSpec, ...] = attrs.field(default=(), converter=_expectations)
    at_end: AtEndSpec = attrs.Factory(AtEndSpec)
    metrics: MetricsSpec = attrs.Factory(MetricsSpec)
    journal: Detail = attrs.field(default=Detail.ORDERS, converter=Detail)
    report: bool = True
    directory: Path = attrs.field(default=Path(), eq=False)
    places: Mapping[str, Place] = attrs.field(factory=dict, eq=False, repr=False)

    @property
    def matching(self) -> MatchingSpec:
        """Return the matching of venues that name none: on quotes or trades if all sources give them, else on bars."""
        kinds = {gives(source) for source in self.market.values()}
        if kinds == {MarketKind.QUOTES}:
            return QuotesMatching()
        return TradesMatching() if kinds == {MarketKind.TRADES} else BarsMatching()

    @property
    def is_live(self) -> bool:
        """Tell whether the market comes from programs outside, so that the scenario runs in real time only."""
        return any(isinstance(source, TcpSource) for source in self.market.values())

    def instrument(self, symbol: str) -> InstrumentSpec:
        """Return a symbol's instrument, the default one if the scenario does not name it."""
        return self.instruments.get(symbol, InstrumentSpec())

    def resolved_venues(self) -> dict[str, VenueSpec]:
        """Return the venues with nothing left open: no attribute is None."""
        costs = resolved_costs(self.costs)
        return {
            name: attrs.evolve(
                venue,
                matching=self.matching if venue.matching is None else venue.matching,
                fees=costs.commission if venue.fees is None else venue.fees,
                slippage=costs.slippage if venue.slippage is None else venue.slippage,
                latency=costs.latency if venue.latency is None else venue.latency,
                fee_currency=self.costs.fee_currency if venue.fee_currency is None else venue.fee_currency,
            )
            for name, venue in (self.venues or {DEFAULT_VENUE: VenueSpec()}).items()
        }

    def place(self, path: str) -> Place:
        """Return where in its files something stands, such as `strategies[0].with.fast`; else what encloses it."""
        while path not in self.places and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.places.get(path, Place(self.name))

    def resolve(self, path: str) -> Path:
        """Return a path of the scenario as one that can be opened."""
        return self.directory / path
