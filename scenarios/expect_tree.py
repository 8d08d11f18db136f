"""The part of the scenario tree that says what must hold when a run is over."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import attrs

from tradepit.scenarios.exact import Exact, exact
from tradepit.scenarios.units import write_duration

TIME = "time"


class Comparison(StrEnum):
    """How a measured figure is held against the wanted one."""

    BELOW = "below"
    ABOVE = "above"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUALS = "equals"
    BETWEEN = "between"
    WITHIN = "within"


def _exact_values(values: Iterable[Exact]) -> tuple[Decimal, ...]:
    return tuple(exact(value) for value in values)


@attrs.frozen(kw_only=True)
class Bound:
    """One comparison.

    Attributes:
        comparison: how.
        values: the wanted figure, or for `between` the lowest and highest allowed; percentages are fractions.
        unit: as it was written: empty, `%`, the account's currency, or `TIME` for durations, which are ns.
    """

    comparison: Comparison = attrs.field(converter=Comparison)
    values: tuple[Decimal, ...] = attrs.field(converter=_exact_values)
    unit: str = ""

    @values.validator
    def _check_values(self, _attribute: object, values: tuple[Decimal, ...]) -> None:
        wanted = 2 if self.comparison is Comparison.BETWEEN else 1
        if len(values) != wanted:
            raise ValueError(f"{self.comparison} takes {wanted} value(s), was {len(values)}")
        if list(values) != sorted(values):
            raise ValueError(f"between goes from the lowest to the highest, was {values[0]}, {values[1]}")

    def holds(self, measured: float | Decimal) -> bool:
        """Tell whether a measured figure satisfies the bound; NaN satisfies none."""
        # A float is compared with the nearest float: the 0.3 of a metric is at least the 0.3 of a file.
        wanted = [float(value) for value in self.values] if isinstance(measured, float) else self.values
        first, last = wanted[0], wanted[-1]
        match self.comparison:
            case Comparison.BELOW:
                held = measured < first
            case Comparison.ABOVE:
                held = measured > first
            case Comparison.AT_LEAST:
                held = measured >= first
            case Comparison.AT_MOST | Comparison.WITHIN:
                held = measured <= first
            case Comparison.EQUALS:
                held = measured == first
            case Comparison.BETWEEN:
                held = first <= measured <= last
        return held

    def __str__(self) -> str:
        return f"{self.comparison.replace('_', ' ')} {' and '.join(self.written())}"

    def written(self) -> list[str]:
        """Return the values as they stand in a file, with their unit."""
        if self.unit == "%":
            return [f"{(value * 100).normalize():f}%" for value in self.values]
        if self.unit == TIME:
            return [write_duration(int(value)) for value in self.values]
        return [f"{value:f} {self.unit}".rstrip() for value in self.values]


class ExpectWhat(StrEnum):
    """What an expectation looks at."""

    METRIC = "metric"
    EVENT = "event"
    ORDERS = "orders"
    POSITION = "position"
    RECOVERY = "recovery"
    WAIT = "wait"
    MAILBOX = "mailbox"
    DROPPED = "dropped"


PARTS = ("venue", "symbol", "strategy")
"""What a metric or an event can be narrowed to."""

_WORDS = {"venue": "at", "symbol": "of", "strategy": "by"}

OF_ACTORS = frozenset({ExpectWhat.RECOVERY, ExpectWhat.WAIT, ExpectWhat.MAILBOX, ExpectWhat.DROPPED})
"""What is expected of an actor."""

DURATIONS = frozenset({ExpectWhat.RECOVERY, ExpectWhat.WAIT})
"""What is measured in time."""


def _bounds(bounds: Iterable[Bound]) -> tuple[Bound, ...]:
    return tuple(bounds)


@attrs.frozen(kw_only=True)
class ExpectSpec:
    """What must hold when the run is over.

    Attributes:
        what: a metric, the number of events of a kind, the orders, the position in a symbol; of an actor, the longest
            time until it was back after a crash, the longest that a message waited for it, the most messages that
            ever waited, or how many its full mailbox dropped.
        name: the metric, the event's class name, `all_terminal`, the symbol, or the actor.
        bounds: all must hold; empty for `orders`.
        venue: of a metric or event: that of this venue alone, or None.
        symbol: that of this symbol alone, or None.
        strategy: that of this strategy alone, or None.
    """

    what: ExpectWhat = attrs.field(converter=ExpectWhat)
    name: str
    bounds: tuple[Bound, ...] = attrs.field(default=(), converter=_bounds)
    venue: str | None = None
    symbol: str | None = None
    strategy: str | None = None

    @property
    def parts(self) -> dict[str, str]:
        """Return what it is narrowed to, by `venue`, `symbol` and `strategy`."""
        return {part: name for part in PARTS if (name := getattr(self, part)) is not None}

    @property
    def narrowed(self) -> bool:
        """Tell whether it looks at a part of the run alone."""
        return bool(self.parts)

    def __str__(self) -> str:
        parts = "".join(f" {_WORDS[part]} {name}" for part, name in self.parts.items())
        return f"{self.what} {self.name}{parts} {', '.join(map(str, self.bounds))}".rstrip()
