"""Reads a scenario's market data from end to end, as a run would, and says what is wrong with which row."""

from collections.abc import Iterator

import attrs

from tradepit.scenarios.sessions import Sessions
from tradepit.scenarios.sources.source import SourceError
from tradepit.scenarios.surroundings import instrument_of
from tradepit.scenarios.tree import Faulty, FileSource, Scenario
from tradepit.scenarios.wiring import open_market


@attrs.frozen(kw_only=True)
class DataRead:
    """What was read of one symbol's market data.

    Attributes:
        symbol: whose they are.
        rows: how many came out.
        problems: how many rows break a rule, by rule and what was done with them.
        error: why the run would end there, with file and row; empty when it would not.
    """

    symbol: str
    rows: int
    problems: dict[str, int]
    error: str = ""

    def __str__(self) -> str:
        told = ", ".join(f"{count:,} {name}" for name, count in self.problems.items())
        if self.error:
            return self.error + (f"\n    all rows of {self.symbol} that break a rule: {told}" if told else "")
        return f"{self.symbol}: {self.rows:,} market data" + (f", {told}" if told else "")


def read_all(scenario: Scenario) -> Iterator[DataRead]:
    """Yield what was read of each symbol, one after the other, so that a fault of one hides none of another's.

    A live feed is not connected to.

    Raises:
        SessionsError: the calendar is not known or not installed.
    """
    if scenario.is_live:
        return
    sessions = Sessions.of(scenario.clock)
    for symbol in scenario.market:
        found = _read(scenario, symbol, sessions)
        spec = scenario.market[symbol]
        if found.error and isinstance(spec, FileSource):
            market = {**scenario.market, symbol: _tolerant(spec)}
            every = _read(attrs.evolve(scenario, market=market), symbol, sessions).problems
            found = attrs.evolve(
                found, problems={name.removesuffix(" skipped"): count for name, count in every.items()}
            )
        yield found


def _tolerant(spec: FileSource) -> FileSource:
    """Return a file whose reading goes on behind a faulty row."""
    trades = None if spec.trades is None else attrs.evolve(spec.trades, faulty=Faulty.SKIP)
    return attrs.evolve(spec, faulty=Faulty.SKIP, trades=trades)


def _read(scenario: Scenario, symbol: str, sessions: Sessions) -> DataRead:
    rows, error, problems = 0, "", dict[str, int]()
    try:
        source = open_market(scenario, instrument_of(scenario, symbol), sessions)
        for _ in source:
            rows += 1
        problems = dict(source.problems)
    except SourceError as refused:
        error = str(refused)
    return DataRead(symbol=symbol, rows=rows, problems=problems, error=error)
