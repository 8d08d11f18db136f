"""The form of an expectation: what it looks at, and how the figure must compare."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Final

import attrs

from tradepit.actors.kernel.lifecycle import SUPERVISION
from tradepit.models.execution_metrics import LATENCY_METRICS
from tradepit.models.messages import EVENTS
from tradepit.models.metrics import metric_names
from tradepit.scenarios.document import Mapping, Node, Scalar, Sequence, described
from tradepit.scenarios.expect_tree import DURATIONS, PARTS, TIME, Bound, Comparison, ExpectSpec, ExpectWhat
from tradepit.scenarios.forms import Form, Schema, mapping
from tradepit.scenarios.narrowing import VENUE_REPORTS
from tradepit.scenarios.narrowing_forms import parts_schema, read_parts, write_parts
from tradepit.scenarios.problems import did_you_mean, nearest, shown
from tradepit.scenarios.reading import Reading, Spot, Unreadable, Writing, joined, scalar
from tradepit.scenarios.scalar_forms import scalar_text, written_text
from tradepit.scenarios.units import (
    DURATION_PATTERN,
    NUMBER_PATTERN,
    UnitError,
    read_duration,
    read_fraction,
    read_money,
    read_number,
    unit_of,
)

ALL_TERMINAL = "all_terminal"
_COMPARISONS = {comparison.value: comparison for comparison in Comparison}
_FIGURE_PATTERN = rf"^({NUMBER_PATTERN})\s*(%|bps|[A-Z]{{3,5}})?$"
_Figure = Callable[[Spot, Reading], tuple[Decimal, str]]
_COUNTS: Final = {
    ExpectWhat.EVENT: "events",
    ExpectWhat.MAILBOX: "messages",
    ExpectWhat.DROPPED: "messages",
}
_MEANT = {
    Comparison.BELOW: "less than this",
    Comparison.ABOVE: "more than this",
    Comparison.AT_LEAST: "this or more",
    Comparison.AT_MOST: "this or less",
    Comparison.EQUALS: "exactly this",
    Comparison.BETWEEN: "from the first to the second, both included",
    Comparison.WITHIN: "this long or shorter",
}
_OF_TIMES = (Comparison.WITHIN, Comparison.BELOW, Comparison.ABOVE, Comparison.AT_LEAST)
_OF_FIGURES = tuple(comparison for comparison in Comparison if comparison is not Comparison.WITHIN)


MONEY_METRICS: Final = frozenset(
    {
        "final_equity", "expectancy", "average_win", "average_loss", "largest_win", "largest_loss",
        "trade_gross_pnl", "trade_fees", "trade_net_pnl", "average_mae", "worst_mae", "average_mfe", "best_mfe",
        "average_trade_size", "largest_trade_size", "commission", "commission_per_fill", "slippage",
        "slippage_per_fill",
    }
)  # fmt: skip
"""Metrics that are amounts in the account's currency."""

COUNT_METRICS: Final = frozenset(
    {
        "trade_count", "longest_winning_streak", "longest_losing_streak", "max_drawdown_days",
        "average_holding_seconds", "longest_holding_seconds", "periods_per_year", "order_count", "fill_count",
        "commission_bps", "slippage_bps",
    }
)  # fmt: skip
"""Metrics that count trades, periods or time, and so are neither a part of something nor an amount."""


@cache
def event_names() -> tuple[str, ...]:
    """Return the names of the events that a run counts: those that are published."""
    return tuple(kind.__name__ for kind in (*EVENTS, *SUPERVISION))


@attrs.frozen
class Expectation(Form):
    """One of `metric`, `event`, `orders`, `position`, what is measured of an actor, and comparisons.

    Attributes:
        metrics: returns the names of the metrics.
        events: returns the names of the events.
    """

    metrics: Callable[[], Iterable[str]] = metric_names
    events: Callable[[], Iterable[str]] = event_names

    def read(self, spot: Spot, reading: Reading) -> ExpectSpec:
        """Return the expectation."""
        kinds = [what.value for what in ExpectWhat]
        node = spot.node
        if not isinstance(node, Mapping):
            raise reading.refuse(spot, f"an expectation is a mapping with one of {', '.join(kinds)}")
        noted = len(reading.problems)
        known = [*kinds, *PARTS, *_COMPARISONS]
        for key, entry in node.entries.items():
            if key not in known:
                path = joined(spot.path, shown(key))
                reading.note(entry.place, path, "must be a known key", shown(key), did_you_mean(key, known))
        present = [ExpectWhat(kind) for kind in kinds if spot.has(kind)]
        timed = len(present) == 1 and (present[0] in DURATIONS or _is_latency(present[0], spot))
        bounds = self._bounds(spot, reading, timed=timed)
        if len(present) != 1:
            if len(reading.problems) > noted and not present:
                raise Unreadable
            rule = f"an expectation looks at one of {', '.join(kinds)}"
            reading.note(node.place, spot.path, rule, " and ".join(present) or "none of them")
            raise Unreadable
        what = present[0]
        name = self._name(what, spot.entry(what), reading, venue=spot.has("venue"))
        parts = read_parts(what, name, spot, reading)
        if what is ExpectWhat.ORDERS and any(comparison in node.entries for comparison in _COMPARISONS):
            reading.note(node.place, spot.path, "orders: all_terminal takes no comparison")
        elif what is not ExpectWhat.ORDERS and not any(comparison in node.entries for comparison in _COMPARISONS):
            suggestion = f"write {{{what}: {shown(name)}, {'within: 2s' if timed else 'at_least: 1'}}}"
            rule = f"needs one of {', '.join(_OF_TIMES if timed else _OF_FIGURES)}"
            reading.note(node.place, spot.path, rule, None, suggestion)
        if len(reading.problems) > noted:
            raise Unreadable
        if what in _COUNTS:
            self._check_counts(_COUNTS[what], bounds, spot, reading)
        elif not timed:
            self._check_units(what, name, bounds, spot, reading)
        return ExpectSpec(what=what, name=name, bounds=bounds, **parts)

    def _name(self, what: ExpectWhat, spot: Spot, reading: Reading, *, venue: bool) -> str:
        """Return the name of what is looked at, after noting where it is not known."""
        text = scalar_text(spot, reading, f"must name the {what}")
        match what:
            case ExpectWhat.METRIC:
                rule, known = "must be a metric that a run has", list(self.metrics())
            case ExpectWhat.EVENT:
                rule, known = "must be an event, which is published and so counted", list(self.events())
                if venue:
                    rule, known = "must be an event, or what a venue reports", [*known, *VENUE_REPORTS]
                elif text in VENUE_REPORTS:
                    raise reading.refuse(spot, rule, "name the venue that reports it: write venue: ARCA beside it")
            case ExpectWhat.ORDERS:
                rule, known = f"must be {ALL_TERMINAL}", [ALL_TERMINAL]
            case ExpectWhat.POSITION:
                if reading.symbols is None:
                    return text
                rule, known = "must be a symbol of market", list(reading.symbols)
            case _:
                return text  # who is meant is seen when all sections are read
        if text not in known:
            near = nearest(text, known)
            suggestion = f"did you mean {near}?" if near else _where_listed(what, known)
            reading.note(spot.node.place, spot.path, rule, described(spot.node), suggestion)
        return text

    def _bounds(self, spot: Spot, reading: Reading, *, timed: bool) -> tuple[Bound, ...]:
        """Return the comparisons that could be read, in the order of the enumeration."""
        bounds: list[Bound] = []
        for name, comparison in _COMPARISONS.items():
            if isinstance(spot.node, Mapping) and name in spot.node.entries:
                try:
                    if comparison not in (_OF_TIMES if timed else _OF_FIGURES):
                        what = "a duration" if timed else "a figure"
                        raise reading.refuse(spot.entry(name), f"{comparison} is not for {what}")
                    read = self._duration if timed else self._figure
                    bounds.append(self._bound(comparison, spot.entry(name), reading, read))
                except Unreadable:
                    continue
        return tuple(bounds)

    def _bound(self, comparison: Comparison, spot: Spot, reading: Reading, read: _Figure) -> Bound:
        if comparison is not Comparison.BETWEEN:
            value, unit = read(spot, reading)
            return Bound(comparison=comparison, values=(value,), unit=unit)
        if not isinstance(spot.node, Sequence) or len(spot.node.items) != 2:
            raise reading.refuse(spot, "between takes two figures", "write [1%, 3%]")
        (low, low_unit), (high, high_unit) = (read(spot.item(index), reading) for index in (0, 1))
        if low_unit != high_unit:
            raise reading.refuse(spot, "both figures of between have one unit")
        if low > high:
            raise reading.refuse(spot, "between goes from the lowest to the highest")
        return Bound(comparison=comparison, values=(low, high), unit=low_unit)

    def _duration(self, spot: Spot, reading: Reading) -> tuple[Decimal, str]:
        """Return a duration, ns."""
        try:
            return Decimal(read_duration(scalar_text(spot, reading, "must be a duration"))), TIME
        except UnitError as error:
            raise reading.refuse(spot, error.rule, error.suggestion) from None

    def _figure(self, spot: Spot, reading: Reading) -> tuple[Decimal, str]:
        """Return a figure and its unit."""
        rule = "must be a number, a percentage or an amount"
        text = scalar_text(spot, reading, rule)
        assert isinstance(spot.node, Scalar)
        unit = unit_of(text)
        try:
            if unit in ("%", "bps"):
                return read_fraction(text), "%"
            if unit:
                money = read_money(text)
                if reading.currency is not None and money.currency != reading.currency:
                    raise reading.refuse(spot, f"the account holds {reading.currency}")
                return money.amount, money.currency
            if spot.node.quoted:
                raise reading.refuse(spot, rule, f"take the quotes away: {shown(text)}")
            return read_number(text), ""
        except UnitError as error:
            raise reading.refuse(spot, rule, error.suggestion) from None

    def _check_counts(self, noun: str, bounds: tuple[Bound, ...], spot: Spot, reading: Reading) -> None:
        for bound in bounds:
            if bound.unit or any(value != value.to_integral_value() or value < 0 for value in bound.values):
                raise reading.refuse(spot.entry(bound.comparison), f"a number of {noun} is whole and at least 0")

    def _check_units(
        self, what: ExpectWhat, name: str, bounds: tuple[Bound, ...], spot: Spot, reading: Reading
    ) -> None:
        """Refuse a figure of another sort than the one it is held against, which would never say what was meant."""
        for bound in bounds:
            if not bound.unit:
                continue
            entry = spot.entry(bound.comparison)
            if what is ExpectWhat.POSITION:
                raise reading.refuse(entry, "a position is a quantity, a number without a unit")
            if bound.unit != "%" and name not in MONEY_METRICS:
                raise reading.refuse(entry, f"{name} is no amount of money")
            if bound.unit == "%" and name in MONEY_METRICS:
                rule = f"{name} is an amount of money, not a part of one"
                raise reading.refuse(entry, rule, f"write 1_000 {reading.currency or 'USD'}")
            if bound.unit == "%" and name in COUNT_METRICS:
                raise reading.refuse(entry, f"{name} is a number, not a part of something")

    def write(self, value: ExpectSpec, writing: Writing) -> Node:  # noqa: ARG002
        """Return the mapping."""
        entries: list[tuple[str, Node]] = [(value.what.value, written_text(value.name)), *write_parts(value)]
        for bound in value.bounds:
            figures = [scalar(text) for text in bound.written()]
            node: Node = Sequence(figures[0].place, tuple(figures)) if len(figures) == 2 else figures[0]
            entries.append((bound.comparison.value, node))
        return mapping(entries)

    def schema(self) -> Schema:
        """Return one alternative for each kind."""
        figure: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": _FIGURE_PATTERN}]}
        between: Schema = {"type": "array", "items": figure, "minItems": 2, "maxItems": 2}
        figures = {
            name.value: {**(between if name is Comparison.BETWEEN else figure), "description": _MEANT[name]}
            for name in _OF_FIGURES
        }
        duration: Schema = {"type": "string", "pattern": DURATION_PATTERN}
        times = {name.value: {**duration, "description": _MEANT[name]} for name in _OF_TIMES}
        names: dict[str, Schema] = {
            ExpectWhat.METRIC: {
                "enum": [name for name in self.metrics() if name not in LATENCY_METRICS],
                "description": "a metric of the run",
            },
            ExpectWhat.EVENT: {
                "enum": [*self.events(), *VENUE_REPORTS],
                "description": "the number of events of a kind",
            },
            ExpectWhat.POSITION: {"type": "string", "description": "the position in a symbol at the end"},
            ExpectWhat.RECOVERY: {"type": "string", "description": "the longest time until an actor was back"},
            ExpectWhat.WAIT: {"type": "string", "description": "the longest that a message waited for an actor"},
            ExpectWhat.MAILBOX: {"type": "string", "description": "the most messages that waited for an actor"},
            ExpectWhat.DROPPED: {"type": "string", "description": "how many messages an actor's mailbox dropped"},
        }
        alternatives: list[Schema] = [
            {
                "type": "object",
                "properties": {
                    what: name,
                    **(parts_schema() if what in (ExpectWhat.METRIC, ExpectWhat.EVENT) else {}),
                    **(times if what in DURATIONS else figures),
                },
                "required": [what],
                "minProperties": 2,
                "additionalProperties": False,
            }
            for what, name in names.items()
        ]
        latency: Schema = {"enum": list(LATENCY_METRICS), "description": "a metric of the run that is a duration"}
        alternatives.append(
            {
                "type": "object",
                "properties": {ExpectWhat.METRIC.value: latency, **parts_schema(), **times},
                "required": [ExpectWhat.METRIC.value],
                "minProperties": 2,
                "additionalProperties": False,
            }
        )
        orders = {ExpectWhat.ORDERS.value: {"const": ALL_TERMINAL, "description": "every order came to its end"}}
        alternatives.append(
            {"type": "object", "properties": orders, "required": list(orders), "additionalProperties": False}
        )
        return {"anyOf": alternatives}


def _is_latency(what: ExpectWhat, spot: Spot) -> bool:
    """Tell whether an expectation names a metric that is a duration."""
    node = spot.entry(what).node
    return what is ExpectWhat.METRIC and isinstance(node, Scalar) and node.text in LATENCY_METRICS


def _where_listed(what: ExpectWhat, known: list[str]) -> str:
    if what is ExpectWhat.METRIC:
        return "docs/metrics.md lists them"
    return f"known: {', '.join(known)}" if what is ExpectWhat.EVENT else ""
