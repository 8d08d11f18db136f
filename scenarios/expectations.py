"""What a scenario expects of its run, compared with what the run was."""

import math
from collections.abc import Mapping
from decimal import Decimal

import attrs

from tradepit.models.execution_metrics import LATENCY_METRICS
from tradepit.models.metrics import loss_size
from tradepit.scenarios.actor_figures import ActorFigures
from tradepit.scenarios.actor_tree import actor_meant
from tradepit.scenarios.expect_tree import DURATIONS, OF_ACTORS
from tradepit.scenarios.tree import ExpectSpec, ExpectWhat
from tradepit.scenarios.units import NS_BY_UNIT


@attrs.frozen(kw_only=True)
class Expectation:
    """One expectation and how it went.

    Attributes:
        text: what was expected, in words.
        passed: whether it held.
        was: what was found, in words.
    """

    text: str
    passed: bool
    was: str


@attrs.frozen(kw_only=True)
class Findings:
    """What expectations look at.

    Attributes:
        metrics: by name.
        events: how many of each kind were published.
        positions: signed quantity at the end, by symbol, before positions were closed.
        open_orders: ids of orders that had not ended.
        actors: the actors' figures by name.
        narrowed: what was found of a part of the run, by the expectations that look at one.
    """

    metrics: Mapping[str, float]
    events: Mapping[str, int]
    positions: Mapping[str, Decimal]
    open_orders: tuple[str, ...]
    actors: Mapping[str, ActorFigures] = attrs.Factory(dict)
    narrowed: Mapping[ExpectSpec, float] = attrs.Factory(dict)


def judge(spec: ExpectSpec, found: Findings) -> Expectation:
    """Compare one expectation with what was found.

    A metric that is zero or below for a loss, such as a drawdown, is compared by its size: below 3% means that no
    more than 3% was lost. A metric that the run leaves undefined (NaN) satisfies nothing.
    """
    if spec.what is ExpectWhat.ORDERS:
        still = ", ".join(found.open_orders[:3]) + (" ..." if len(found.open_orders) > 3 else "")
        was = f"{len(found.open_orders)} still open: {still}" if found.open_orders else "every order has ended"
        return Expectation(text=str(spec), passed=not found.open_orders, was=was)
    if spec.what in OF_ACTORS:
        return _judge_actor(spec, found)
    measured: float | Decimal
    if spec.what is ExpectWhat.METRIC:
        whole = found.narrowed[spec] if spec.narrowed else found.metrics[spec.name]
        measured = loss_size(spec.name, whole)
        percent = any(bound.unit == "%" for bound in spec.bounds)
        was = _words(measured, percent=percent)
        if spec.name in LATENCY_METRICS and math.isfinite(measured):
            was = duration_words(measured)
    elif spec.what is ExpectWhat.EVENT:
        measured = Decimal(int(found.narrowed[spec]) if spec.narrowed else found.events.get(spec.name, 0))
        was = f"{measured:,f}"
    else:
        measured = found.positions.get(spec.name, Decimal(0))
        was = f"{measured:,f}"
    return Expectation(text=str(spec), passed=all(bound.holds(measured) for bound in spec.bounds), was=was)


def duration_words(duration_ns: float) -> str:
    """Return a duration as it is read: to four digits, in the unit that fits its size."""
    for unit in ("min", "s", "ms", "us"):
        if duration_ns >= NS_BY_UNIT[unit]:
            return f"{duration_ns / NS_BY_UNIT[unit]:,.4g} {unit}"
    return f"{duration_ns:.0f} ns"


def _judge_actor(spec: ExpectSpec, found: Findings) -> Expectation:
    """Compare what was measured of an actor; one that never crashed has no time of recovery, and satisfies nothing."""
    own = found.actors[actor_meant(spec.name, tuple(found.actors)) or spec.name]
    measured: float
    match spec.what:
        case ExpectWhat.RECOVERY:
            measured = math.nan if own.recovery_ns is None else own.recovery_ns
            was = "it never crashed" if own.recovery_ns is None else "it did not come back"
        case ExpectWhat.WAIT:
            measured = float(own.tally.longest_wait_ns)
            was = ""
        case ExpectWhat.MAILBOX:
            measured = float(own.tally.deepest)
            was = f"{own.tally.deepest:,}"
        case _:
            measured = float(own.dropped)
            was = f"{own.dropped:,}"
    if spec.what in DURATIONS and math.isfinite(measured):
        was = duration_words(measured)
    return Expectation(text=str(spec), passed=all(bound.holds(measured) for bound in spec.bounds), was=was)


def _words(figure: float, *, percent: bool) -> str:
    """Return a metric as it is read, for one that is no finite number in words."""
    if math.isnan(figure):
        return "undefined"
    if math.isinf(figure):
        return "infinite" if figure > 0 else "minus infinite"
    return f"{figure * 100:,.6g}%" if percent else f"{figure:,.10g}"
