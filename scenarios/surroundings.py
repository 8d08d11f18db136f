"""What a scenario says about the surroundings of one of its strategies."""

import attrs

from tradepit.actors.surroundings import Surroundings
from tradepit.models.instruments import Instrument
from tradepit.scenarios.sessions import DAY_NS, Sessions, SessionsError
from tradepit.scenarios.tree import ClockSpec, GbmSource, PathSource, Scenario, StrategySpec

_LONGEST_WEEKEND_NS = 15 * DAY_NS  # a market that has been closed for longer is not asked about


def surroundings_of(scenario: Scenario, spec: StrategySpec) -> Surroundings:
    """Return what there is around a strategy."""
    symbols = spec.on or tuple(scenario.market)
    return Surroundings(
        symbols=symbols,
        venues=tuple(scenario.resolved_venues()),
        instruments={symbol: instrument_of(scenario, symbol) for symbol in symbols},
        order_rules=tuple(rule for rule in scenario.orders.validation.order if isinstance(rule, str)),
        start=scenario.clock.start,
        end=_last_data_ns(scenario, symbols),
    )


def instrument_of(scenario: Scenario, symbol: str) -> Instrument:
    """Return what a symbol of the market is."""
    return Instrument(symbol=symbol, **attrs.asdict(scenario.instrument(symbol)))


def _last_data_ns(scenario: Scenario, symbols: tuple[str, ...]) -> int | None:
    """Return the last instant at which one of the symbols can have market data; None where only the data say."""
    ends: list[int] = []
    for symbol in symbols:
        source, end = scenario.market.get(symbol), scenario.clock.end
        if isinstance(source, PathSource):
            last = source.path[-1][0]
            end = last if end is None else min(end, last)
        if end is None:
            return None
        drawn = isinstance(source, (PathSource, GbmSource))
        ends.append(_within_session(scenario.clock, end) if drawn else end)
    return max(ends)


def _within_session(clock: ClockSpec, end_ns: int) -> int:
    """Return the last instant in a session that is not after an end; what is drawn has no data between sessions."""
    if clock.calendar is None and clock.session is None:
        return end_ns
    try:
        sessions = list(Sessions.of(clock).between(end_ns - _LONGEST_WEEKEND_NS, end_ns))
    except SessionsError:  # whoever opens the market refuses the clock, with its place
        return end_ns
    return min(end_ns, sessions[-1].closes) if sessions else end_ns
