"""The scenario as a tree of values: built in Python, loaded from a file, changed with `attrs.evolve`, saved.

Field names are the file's keys; `as_` and `with_` stand for `as` and `with`. Times are ns since the Unix epoch, UTC;
durations are ns; percentages are fractions. What the tree cannot hold wrong is checked here; what the file may say
wrong is checked where it is read, with its place.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import attrs

from tradepit.models.orders import TimeInForce
from tradepit.scenarios.exact import exact, exact_or_none
from tradepit.scenarios.expect_tree import Bound, Comparison, ExpectSpec, ExpectWhat
from tradepit.scenarios.market_tree import (
    COLUMNS,
    MINUTE_NS,
    Faulty,
    FileSource,
    GbmSource,
    MarketKind,
    PathSource,
    Sample,
    SampleSource,
    SourceSpec,
    Stamp,
    gives,
)
from tradepit.scenarios.venue_tree import (
    BarPath,
    BarsMatching,
    BpsSlippage,
    CostsSpec,
    FeeSpec,
    LatencyKind,
    LatencySpec,
    MakerTakerFee,
    MarketPrice,
    MatchingSpec,
    NoFee,
    NoSlippage,
    PercentFee,
    PerOrderFee,
    PerShareFee,
    PriceSlippage,
    QuotesMatching,
    SlippageSpec,
    VenueLatency,
    VenueSpec,
)

__all__ = [
    "COLUMNS",
    "DEFAULT_VENUE",
    "MINUTE_NS",
    "AtEndSpec",
    "BarPath",
    "BarsMatching",
    "Bound",
    "BpsSlippage",
    "BreakerAction",
    "BreakerReset",
    "BreakerRule",
    "BreakerSpec",
    "ClockSpec",
    "Comparison",
    "CostsSpec",
    "ExpectSpec",
    "ExpectWhat",
    "Faulty",
    "FeeSpec",
    "FileSource",
    "FixedSize",
    "GbmSource",
    "InstrumentSpec",
    "JournalLevel",
    "LatencyKind",
    "LatencySpec",
    "LimitsSpec",
    "MakerTakerFee",
    "MarketKind",
    "MarketPrice",
    "MatchingSpec",
    "Money",
    "NoFee",
    "NoSlippage",
    "OpeningPosition",
    "OrdersSpec",
    "PathSource",
    "PerOrderFee",
    "PerShareFee",
    "PercentFee",
    "PercentOfEquity",
    "PortfolioSpec",
    "PriceSlippage",
    "QuotesMatching",
    "RegularSession",
    "RoutingPolicy",
    "RoutingSpec",
    "Sample",
    "SampleSource",
    "Scenario",
    "SessionHours",
    "SizingSpec",
    "SlippageSpec",
    "SourceSpec",
    "Stamp",
    "StrategySpec",
    "VenueLatency",
    "VenueSpec",
    "gives",
]

DEFAULT_VENUE = "SIM"

# --- clock and instruments --------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class RegularSession:
    """The hours of the clock's calendar, early closes included; written `regular`."""


@attrs.frozen(kw_only=True)
class SessionHours:
    """The same hours every day, in the clock's zone; written `09:30-16:00`.

    Attributes:
        opens: time of day in ns.
        closes: time of day in ns, after `opens`; 24:00 is the end of the day.
    """

    opens: int
    closes: int


@attrs.frozen(kw_only=True)
class ClockSpec:
    """When the run takes place.

    Attributes:
        start: first instant, ns; None for the sources' first.
        end: last instant, ns; None for the sources' last.
        zone: IANA zone of times that name none, and of the session's hours.
        calendar: an exchange's name in exchange_calendars, such as XNYS, or None for every day.
        session: the hours of trading; None for whole days.
    """

    start: int | None = None
    end: int | None = None
    zone: str = "UTC"
    calendar: str | None = None
    session: RegularSession | SessionHours | None = None


@attrs.frozen(kw_only=True)
class InstrumentSpec:
    """What can be traded, and on which grid; see `tradepit.models.instruments.Instrument`.

    Attributes:
        tick: smallest price step, in `currency`.
        lot: quantity step.
        currency: ISO code of price and fees.
        multiplier: cash value of a price move of 1.00 on a quantity of 1.
        min_quantity: smallest quantity of one order.
        max_quantity: largest quantity of one order, or None.
        shortable: whether the position may go below zero.
        price_may_be_negative: whether prices at and below zero are allowed.
    """

    tick: Decimal = attrs.field(default=Decimal("0.01"), converter=exact)
    lot: Decimal = attrs.field(default=Decimal(1), converter=exact)
    currency: str = "USD"
    multiplier: Decimal = attrs.field(default=Decimal(1), converter=exact)
    min_quantity: Decimal = attrs.field(default=Decimal(0), converter=exact)
    max_quantity: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    shortable: bool = True
    price_may_be_negative: bool = False


# --- portfolio --------------------------------------------------------------------------------------------------


@attrs.frozen
class Money:
    """An amount of one currency; written `1_000_000 USD`.

    Attributes:
        amount: how much.
        currency: ISO code.
    """

    amount: Decimal = attrs.field(converter=exact)
    currency: str = "USD"


@attrs.frozen(kw_only=True)
class FixedSize:
    """Every sized order has the same quantity.

    Attributes:
        quantity: in units of the instrument.
    """

    quantity: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PercentOfEquity:
    """A sized order is worth a part of the account's equity.

    Attributes:
        fraction: 0.02 is 2%.
    """

    fraction: Decimal = attrs.field(default=Decimal("0.02"), converter=exact)


SizingSpec = FixedSize | PercentOfEquity


@attrs.frozen(kw_only=True)
class LimitsSpec:
    """Risk limits; what is None is off. Buying power is always checked.

    Attributes:
        max_position: largest quantity held in one symbol, long or short.
        max_order_notional: largest value of one order, in the account's currency.
        max_open_positions: largest number of symbols held at once.
    """

    max_position: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    max_order_notional: Decimal | None = attrs.field(default=None, converter=exact_or_none)
    max_open_positions: int | None = None


@attrs.frozen(kw_only=True)
class OpeningPosition:
    """A position held when the run begins.

    Attributes:
        quantity: signed: negative is short.
        price: average cost of one unit.
    """

    quantity: Decimal = attrs.field(converter=exact)
    price: Decimal = attrs.field(converter=exact)


@attrs.frozen(kw_only=True)
class PortfolioSpec:
    """The account and its risk.

    Attributes:
        cash: at the start; opening positions come on top.
        sizing: quantity of orders and signals that name none.
        limits: risk limits.
        positions: by symbol, held at the start.
    """

    cash: Money = Money(Decimal(1_000_000), "USD")
    sizing: SizingSpec = PercentOfEquity()
    limits: LimitsSpec = LimitsSpec()
    positions: Mapping[str, OpeningPosition] = attrs.Factory(dict)


# --- strategies, orders, routing, breakers ----------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class StrategySpec:
    """One strategy.

    Attributes:
        use: `module:Class` or `./file.py:Class`, the file relative to the scenario's directory.
        with_: its settings by field name; `with` in the file.
        on: the symbols that it sees; empty for all.
        name: unique in the scenario; empty for the class's name in lower case.
    """

    use: str
    with_: Mapping[str, object] = attrs.Factory(dict)
    on: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    name: str = ""


@attrs.frozen(kw_only=True)
class OrdersSpec:
    """How orders are kept.

    Attributes:
        default_time_in_force: of orders that name none.
        history: how many completed orders stay in memory.
        max_order_age: age in ns at which a working order is cancelled, or None.
    """

    default_time_in_force: TimeInForce = attrs.field(default=TimeInForce.DAY, converter=TimeInForce)
    history: int = 1000
    max_order_age: int | None = None


class RoutingPolicy(StrEnum):
    """How the router chooses among venues."""

    BEST_NET_PRICE = "best_net_price"
    SEQUENTIAL = "sequential"


@attrs.frozen(kw_only=True)
class RoutingSpec:
    """The router's settings.

    Attributes:
        policy: how it chooses; `sequential` takes the venues in the order of the file.
    """

    policy: RoutingPolicy = attrs.field(default=RoutingPolicy.BEST_NET_PRICE, converter=RoutingPolicy)


class BreakerRule(StrEnum):
    """What a breaker measures."""

    REJECTION_RATE = "rejection_rate"
    FAILED_ORDERS = "failed_orders"


class BreakerAction(StrEnum):
    """What an open breaker lets through: nothing, cancels, or what shrinks a position."""

    HALT = "halt"
    CANCEL_ONLY = "cancel_only"
    REDUCE_ONLY = "reduce_only"


class BreakerReset(StrEnum):
    """Whether a breaker closes again by itself."""

    AUTO = "auto"
    MANUAL = "manual"


@attrs.frozen(kw_only=True)
class BreakerSpec:
    """One rule of the circuit breaker.

    Attributes:
        rule: what it measures.
        over: the window, ns.
        at: the threshold at which it trips: a fraction for rejection_rate, a count for failed_orders.
        minimum: least number of orders in the window before rejection_rate judges.
        then: what it lets through while open.
        cool_down: ns until it lets probes through; None where the reset is manual.
        reset: whether it closes again by itself.
        probes: how many orders must succeed in HALF_OPEN before it closes.
        name: unique in the scenario; empty for the rule's name.
    """

    rule: BreakerRule = attrs.field(converter=BreakerRule)
    over: int = MINUTE_NS
    at: float = attrs.field()
    minimum: int = 4
    then: BreakerAction = attrs.field(default=BreakerAction.HALT, converter=BreakerAction)
    reset: BreakerReset = attrs.field(default=BreakerReset.AUTO, converter=BreakerReset)
    cool_down: int | None = attrs.field()
    probes: int = 1
    name: str = ""

    @at.default
    def _default_at(self) -> float:
        return 0.25 if self.rule is BreakerRule.REJECTION_RATE else 10.0

    @cool_down.default
    def _default_cool_down(self) -> int | None:
        return 5 * MINUTE_NS if self.reset is BreakerReset.AUTO else None

    @cool_down.validator
    def _check_cool_down(self, _attribute: object, cool_down: int | None) -> None:
        if (cool_down is None) is not (self.reset is BreakerReset.MANUAL):
            raise ValueError(f"cool_down belongs to reset: auto and to no other, was {cool_down} with {self.reset}")


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


class JournalLevel(StrEnum):
    """How much the journal holds: everything but market data, everything, nothing."""

    ORDERS = "orders"
    FULL = "full"
    OFF = "off"


def _unique(names: Iterable[str]) -> list[str]:
    """Return the names, the second of a kind as `name-2`, and so on."""
    taken: dict[str, None] = {}
    for name in names:
        candidate, count = name, 1
        while candidate in taken:
            count += 1
            candidate = f"{name}-{count}"
        taken[candidate] = None
    return list(taken)


def _named_strategies(strategies: Iterable[StrategySpec]) -> tuple[StrategySpec, ...]:
    """Give a name to each strategy that has none."""
    specs = tuple(strategies)
    names = _names([spec.name for spec in specs], [spec.use.rpartition(":")[2].lower() for spec in specs])
    return tuple(attrs.evolve(spec, name=name) for spec, name in zip(specs, names, strict=True))


def _named_breakers(breakers: Iterable[BreakerSpec]) -> tuple[BreakerSpec, ...]:
    """Give a name to each breaker that has none."""
    specs = tuple(breakers)
    names = _names([spec.name for spec in specs], [spec.rule.value for spec in specs])
    return tuple(attrs.evolve(spec, name=name) for spec, name in zip(specs, names, strict=True))


def _names(given: list[str], defaults: list[str]) -> list[str]:
    """Return the given names, and where one is empty its default made unique; a name given twice stays so."""
    explicit = [name for name in given if name]
    fallback = iter(_unique([*dict.fromkeys(explicit), *(d for g, d in zip(given, defaults, strict=True) if not g)]))
    for _ in dict.fromkeys(explicit):
        next(fallback)
    return [name or next(fallback) for name in given]


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
        strategies: who trades.
        orders: how orders are kept.
        routing: how venues are chosen.
        costs: what trading costs at venues that say nothing themselves.
        breakers: rules of the circuit breaker.
        expect: what must hold at the end.
        at_end: what happens at the end.
        journal: how much the journal holds.
        report: whether an HTML report is written.
        directory: where relative paths start; not written.
    """

    tradepit: int = 1
    name: str
    about: str = ""
    seed: int = 0
    clock: ClockSpec = ClockSpec()
    instruments: Mapping[str, InstrumentSpec] = attrs.Factory(dict)
    venues: Mapping[str, VenueSpec] = attrs.Factory(dict)
    market: Mapping[str, SourceSpec]
    portfolio: PortfolioSpec = PortfolioSpec()
    strategies: tuple[StrategySpec, ...] = attrs.field(default=(), converter=_named_strategies)
    orders: OrdersSpec = OrdersSpec()
    routing: RoutingSpec = RoutingSpec()
    costs: CostsSpec = CostsSpec()
    breakers: tuple[BreakerSpec, ...] = attrs.field(default=(), converter=_named_breakers)
    expect: tuple[ExpectSpec, ...] = attrs.field(default=(), converter=tuple)
    at_end: AtEndSpec = AtEndSpec()
    journal: JournalLevel = attrs.field(default=JournalLevel.ORDERS, converter=JournalLevel)
    report: bool = True
    directory: Path = attrs.field(default=Path(), eq=False)

    @property
    def matching(self) -> MatchingSpec:
        """Return the matching of venues that name none: on quotes if all sources give quotes, else on bars."""
        kinds = {gives(source) for source in self.market.values()}
        return QuotesMatching() if kinds == {MarketKind.QUOTES} else BarsMatching()

    def instrument(self, symbol: str) -> InstrumentSpec:
        """Return a symbol's instrument, the default one if the scenario does not name it."""
        return self.instruments.get(symbol, InstrumentSpec())

    def resolved_venues(self) -> dict[str, VenueSpec]:
        """Return the venues with nothing left open: matching, fees and slippage are never None."""
        return {
            name: attrs.evolve(
                venue,
                matching=self.matching if venue.matching is None else venue.matching,
                fees=self.costs.commission if venue.fees is None else venue.fees,
                slippage=self.costs.slippage if venue.slippage is None else venue.slippage,
            )
            for name, venue in (self.venues or {DEFAULT_VENUE: VenueSpec()}).items()
        }

    def resolve(self, path: str) -> Path:
        """Return a path of the scenario as one that can be opened."""
        return self.directory / path
