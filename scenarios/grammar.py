"""The grammar of a scenario file: which key stands where, and which form reads it.

From here come the loader, the writer and the JSON Schema. A later feature adds its class to the tree and its keys here.
"""

from typing import Any

import attrs

from tradepit.actors.kernel import Detail
from tradepit.models.breakers import BreakerAction, BreakerRule
from tradepit.models.order_adjustments import OnDividend, OnSplit
from tradepit.models.orders import TimeInForce
from tradepit.scenarios.action_forms import CORPORATE_ACTIONS
from tradepit.scenarios.actor_forms import ACTORS
from tradepit.scenarios.books_forms import BOOKS_KEYS
from tradepit.scenarios.clock_tree import ClockSpec, InstrumentSpec
from tradepit.scenarios.cost_forms import COSTS
from tradepit.scenarios.document import Mapping, Node
from tradepit.scenarios.expect_forms import Expectation
from tradepit.scenarios.fault_forms import FAULTS
from tradepit.scenarios.forms import Form, Key, ListOf, MapOf, Record, Schema
from tradepit.scenarios.link_forms import LINKS
from tradepit.scenarios.market_forms import SOURCE
from tradepit.scenarios.metrics_forms import METRICS
from tradepit.scenarios.path_forms import ClassToUse
from tradepit.scenarios.portfolio_tree import OpeningPosition, PortfolioSpec
from tradepit.scenarios.reading import Reading, Spot, Writing
from tradepit.scenarios.risk_forms import LIMITS, SIZING
from tradepit.scenarios.scalar_forms import Choice, Flag, Number, Settings, Text, UnitText, Words
from tradepit.scenarios.supervision_forms import SUPERVISION
from tradepit.scenarios.symbol_forms import BySymbol, SymbolOfMarket
from tradepit.scenarios.time_forms import ClockRecord, Instant
from tradepit.scenarios.times import SESSION_PATTERN, read_session, read_zone, write_session
from tradepit.scenarios.trading_tree import (
    BreakerReset,
    BreakerSpec,
    GroupRouting,
    OrdersSpec,
    RoutingPolicy,
    RoutingSpec,
    StrategySpec,
)
from tradepit.scenarios.tree import AtEndSpec, Scenario
from tradepit.scenarios.unit_forms import CURRENCY, POSITIVE_DURATION, RATE
from tradepit.scenarios.units import MONEY_PATTERN, read_money, write_money
from tradepit.scenarios.validation_forms import VALIDATION
from tradepit.scenarios.venue_forms import VENUE

_NAME = r"^[A-Za-z0-9_][\w.-]*$"


@attrs.frozen
class Version(Number):
    """The version of the format."""

    def rule(self) -> str:
        """Return what it must be."""
        return "must be 1, the version of the format"


def _slug(text: str) -> str:
    """Return the nearest name that is one."""
    return "-".join("".join(mark if mark.isascii() and mark.isalnum() else " " for mark in text.lower()).split())


# --- clock and instruments --------------------------------------------------------------------------------------

CLOCK = ClockRecord(
    ClockSpec,
    (
        Key("start", Instant()),
        Key("end", Instant(end_of_day=True)),
        Key("zone", UnitText(read_zone, str, r"^\S+$")),
        Key("calendar", Text("an exchange's calendar", r"^\w+(/\w+)?$", "a calendar is a name such as XNYS")),
        Key("session", UnitText(read_session, write_session, SESSION_PATTERN)),
    ),
)


def _check_instrument(instrument: InstrumentSpec, spot: Spot, reading: Reading) -> None:
    if instrument.max_quantity is not None and instrument.max_quantity < max(instrument.min_quantity, instrument.lot):
        reading.refuse(spot.entry("max_quantity"), "max_quantity is at least one lot and min_quantity")
    if instrument.inverse and instrument.base is None:
        reading.refuse(spot.entry("inverse"), "an inverse contract settles in its base", "add base: BTC")
    if instrument.base is not None and instrument.base == instrument.currency:
        reading.refuse(spot.entry("base"), f"the base is another currency than {instrument.currency}")


INSTRUMENT = Record(
    InstrumentSpec,
    (
        Key("tick", Number(above=0)),
        Key("lot", Number(above=0)),
        Key("currency", CURRENCY),
        Key("base", CURRENCY),
        Key("multiplier", Number(above=0)),
        Key("min_quantity", Number(at_least=0)),
        Key("max_quantity", Number(above=0)),
        Key("shortable", Flag()),
        Key("price_may_be_negative", Flag()),
        Key("inverse", Flag()),
        Key("leverage", Number(at_least=1)),
    ),
    _check_instrument,
)

# --- portfolio --------------------------------------------------------------------------------------------------

PORTFOLIO = Record(
    PortfolioSpec,
    (
        Key(
            "cash",
            UnitText(
                read_money, write_money, MONEY_PATTERN, ("cash at the start is above 0", lambda cash: cash.amount > 0)
            ),
        ),
        Key("sizing", SIZING),
        Key("limits", LIMITS),
        Key(
            "positions",
            BySymbol(
                Record(
                    OpeningPosition,
                    (Key("quantity", Number(), required=True), Key("price", Number(), required=True)),
                ),
                "symbol",
            ),
        ),
        *BOOKS_KEYS,
        Key("reserve_fees", Flag()),
    ),
)

# --- strategies, orders, routing, breakers ----------------------------------------------------------------------

STRATEGY = Record(
    StrategySpec,
    (
        Key("use", ClassToUse(), required=True, example="write use: my_module:MyStrategy or ./mine.py:MyStrategy"),
        Key("with", Settings(), "with_"),
        Key("on", ListOf(SymbolOfMarket(), "symbols", 1)),
        Key("name", Text("a name", _NAME, "a name has letters, digits, dots, dashes and underscores", _slug)),
        Key("thread", Flag()),
    ),
)
ORDERS = Record(
    OrdersSpec,
    (
        Key("default_time_in_force", Choice(TimeInForce, without=(TimeInForce.GTD,))),
        Key("history", Number(int, at_least=0)),
        Key("max_order_age", POSITIVE_DURATION),
        Key("on_split", Choice(OnSplit)),
        Key("on_dividend", Choice(OnDividend)),
        Key("validation", VALIDATION),
    ),
)
ROUTING = Record(RoutingSpec, (Key("policy", Choice(RoutingPolicy)), Key("groups", Choice(GroupRouting))))


def _breaker(rule: BreakerRule, at: Form, *more: Key) -> Record:
    return Record(
        BreakerSpec,
        (
            Key("rule", Words(((rule.value, rule),)), required=True),
            Key("over", POSITIVE_DURATION),
            Key("at", at),
            *more,
            Key("then", Choice(BreakerAction)),
            Key("reset", Choice(BreakerReset)),
            Key("cool_down", POSITIVE_DURATION),
            Key("probes", Number(int, at_least=1)),
            Key("name", Text("a name", _NAME, "a name has letters, digits, dots, dashes and underscores", _slug)),
        ),
    )


_BREAKERS = {
    BreakerRule.REJECTION_RATE: _breaker(BreakerRule.REJECTION_RATE, RATE, Key("minimum", Number(int, at_least=1))),
    BreakerRule.FAILED_ORDERS: _breaker(BreakerRule.FAILED_ORDERS, Number(int, at_least=1)),
}


@attrs.frozen
class Breaker(Form):
    """A rule of the breaker; the rule decides what its threshold is and which keys it has."""

    def read(self, spot: Spot, reading: Reading) -> Any:
        """Return the breaker."""
        names = ", ".join(BreakerRule)
        if not isinstance(spot.node, Mapping) or not spot.has("rule"):
            raise reading.refuse(spot, f"a breaker is a mapping with rule: one of {names}")
        rule = BreakerRule(Choice(BreakerRule).read(spot.entry("rule"), reading))
        return _BREAKERS[rule].read(spot, reading)

    def write(self, value: BreakerSpec, writing: Writing) -> Node:
        """Return the mapping."""
        return _BREAKERS[value.rule].write(value, writing)

    def schema(self) -> Schema:
        """Return one alternative for each rule."""
        return {"anyOf": [record.schema() for record in _BREAKERS.values()]}


# --- the whole --------------------------------------------------------------------------------------------------

AT_END = Record(AtEndSpec, (Key("close_positions", Flag()), Key("cancel_orders", Flag())))

SCENARIO = Record(
    Scenario,
    (
        Key("tradepit", Version(int, at_least=1, at_most=1), required=True, example="write tradepit: 1"),
        Key(
            "name",
            Text("a name", r"^[a-z0-9]+([-_.][a-z0-9]+)*$", "a name has lower-case letters, digits and dashes", _slug),
            required=True,
            example="write name: my-first-run",
        ),
        Key("about", Text()),
        Key("seed", Number(int, at_least=0)),
        Key("clock", CLOCK),
        Key("instruments", BySymbol(INSTRUMENT, "symbol")),
        Key("venues", MapOf(VENUE, "venue")),
        Key("market", MapOf(SOURCE, "symbol", at_least=1), required=True, example="write market: {GOOG: {gbm: {}}}"),
        Key("portfolio", PORTFOLIO),
        Key("corporate_actions", CORPORATE_ACTIONS),
        Key("strategies", ListOf(STRATEGY, "strategies")),
        Key("orders", ORDERS),
        Key("routing", ROUTING),
        Key("costs", COSTS),
        Key("breakers", ListOf(Breaker(), "breakers")),
        Key("supervision", SUPERVISION),
        Key("actors", ACTORS),
        Key("links", LINKS),
        Key("faults", FAULTS),
        Key("expect", ListOf(Expectation(), "expectations")),
        Key("at_end", AT_END),
        Key("metrics", METRICS),
        Key("journal", Choice(Detail)),
        Key("report", Flag()),
    ),
)
