"""The part of the scenario tree that says who trades, how orders are kept and routed, and what breaks the circuit."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import attrs

from tradepit.models.breakers import BreakerAction, BreakerRule
from tradepit.models.order_adjustments import OnDividend, OnSplit
from tradepit.models.orders import TimeInForce
from tradepit.scenarios.market_tree import MINUTE_NS
from tradepit.scenarios.validation_tree import ValidationSpec


def _symbols(symbols: Iterable[str]) -> tuple[str, ...]:
    return (symbols,) if isinstance(symbols, str) else tuple(symbols)


@attrs.frozen(kw_only=True)
class StrategySpec:
    """One strategy.

    Attributes:
        use: `module:Class` or `./file.py:Class`, the file relative to the scenario's directory.
        with_: its settings by field name; `with` in the file.
        on: the symbols that it sees; empty for all.
        name: unique in the scenario; empty for the class's name in lower case.
        thread: whether its methods run in a thread, for those that block: sockets and signals are then attended to
            meanwhile.
    """

    use: str
    with_: Mapping[str, object] = attrs.Factory(dict)
    on: tuple[str, ...] = attrs.field(default=(), converter=_symbols)
    name: str = ""
    thread: bool = False


@attrs.frozen(kw_only=True)
class OrdersSpec:
    """How orders are kept.

    Attributes:
        default_time_in_force: of orders that name none; GTC, as other backtesters have it: a signal on Friday's close
            still meets Monday's bar.
        history: how many completed orders stay in memory.
        max_order_age: age in ns at which a working order is cancelled, or None.
        on_split: what a split does to orders that outlive the day.
        on_dividend: what a cash dividend does to them.
        validation: which rules orders, fills and signals must pass.
    """

    default_time_in_force: TimeInForce = attrs.field(default=TimeInForce.GTC, converter=TimeInForce)
    history: int = 1000
    max_order_age: int | None = None
    on_split: OnSplit = attrs.field(default=OnSplit.ADJUST, converter=OnSplit)
    on_dividend: OnDividend = attrs.field(default=OnDividend.REDUCE, converter=OnDividend)
    validation: ValidationSpec = attrs.Factory(ValidationSpec)

    @default_time_in_force.validator
    def _check_default_time_in_force(self, _attribute: object, force: TimeInForce) -> None:
        if force is TimeInForce.GTD:
            raise ValueError("default_time_in_force must be one that needs no time of its own, was GTD")


class RoutingPolicy(StrEnum):
    """How the router chooses among venues."""

    BEST_NET_PRICE = "best_net_price"
    SEQUENTIAL = "sequential"


class GroupRouting(StrEnum):
    """Whether the orders of a group may go to different venues."""

    APART = "apart"
    TOGETHER = "together"


@attrs.frozen(kw_only=True)
class RoutingSpec:
    """The router's settings.

    Attributes:
        policy: how it chooses; `sequential` takes the venues in the order of the file.
        groups: whether the orders of a group may go to different venues.
    """

    policy: RoutingPolicy = attrs.field(default=RoutingPolicy.BEST_NET_PRICE, converter=RoutingPolicy)
    groups: GroupRouting = attrs.field(default=GroupRouting.APART, converter=GroupRouting)


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
        if cool_down is None and self.reset is BreakerReset.AUTO:
            raise ValueError("a breaker with reset: auto needs a cool_down")
        if cool_down is not None and self.reset is BreakerReset.MANUAL:
            raise ValueError("a breaker with reset: manual has no cool_down")


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


def named_strategies(strategies: Iterable[StrategySpec]) -> tuple[StrategySpec, ...]:
    """Give a name to each strategy that has none."""
    specs = tuple(strategies)
    names = _names([spec.name for spec in specs], [spec.use.rpartition(":")[2].lower() for spec in specs])
    return tuple(attrs.evolve(spec, name=name) for spec, name in zip(specs, names, strict=True))


def named_breakers(breakers: Iterable[BreakerSpec]) -> tuple[BreakerSpec, ...]:
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
