"""Tradepit's way of doing the works: whole runs through every actor, from the file on disk to the metrics.

Unlike other engines, whose data are loaded before the clock starts, Tradepit is timed with the reading and checking of
its file, its risk checks, invariants, journal, fingerprint and metrics.
"""

import importlib.util
import tempfile
from collections.abc import Callable
from pathlib import Path

import attrs
import trio

from tradepit.actors.kernel import Actor, Child, Detail, Dispatch, Journal, Link, Supervisor, System, random_stream
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import Scenario
from tradepit.tools.bench.peers.probe import Measured, seconds_of
from tradepit.tools.bench.workloads import (
    ACTORS,
    CASH,
    FAST,
    QUANTITY,
    QUOTES_AN_ORDER,
    SLOW,
    SYMBOL,
    csv_path,
    parquet_path,
    quotes_csv_path,
    quotes_parquet_path,
)

_SCENARIO = """
tradepit: 1
name: bench
market: {{{symbol}: {{file: {file}, as: {kind}}}}}
venues: {{SIM: {{matching: {matching}}}}}
portfolio: {{cash: {cash} USD, sizing: {{fixed: {quantity}}}}}
strategies: [{{use: "{use}", with: {{{settings}}}}}]
at_end: {{close_positions: false}}
report: false
"""


@attrs.define(kw_only=True)
class _Token:
    """What goes round the ring; like market data, it is not written down."""

    __bulk__ = True


class _Member(Actor):
    """Sends what it gets to the next actor, until it has had its share."""

    def __init__(self, following: str, share: int) -> None:
        self._following = following
        self._left = share

    def on_token(self, token: _Token) -> None:
        self._left -= 1
        if self._left > 0:
            self.send(self._following, token)


class _First(Actor):
    """Sends the token to the first member."""

    def on_start(self) -> None:
        self.send("0", _Token())


def ring(count: int) -> Measured:
    """Pass one message round a ring of actors, inline, without a journal."""
    return _ring(count, Dispatch.INLINE)


def ring_tasks(count: int) -> Measured:
    """Pass one message round a ring of actors, waking an actor's task for each delivery."""
    return _ring(count, Dispatch.TASK)


def w1(count: int) -> Measured:
    """Trade the crossover: every actor on the path, checks, journal and fingerprint on."""
    return _w1(count, Detail.ORDERS)


def w1_journal_off(count: int) -> Measured:
    """Trade the crossover with nothing written down but the fingerprint."""
    return _w1(count, Detail.OFF)


def w1_journal_full(count: int) -> Measured:
    """Trade the crossover with every bar in the journal."""
    return _w1(count, Detail.FULL)


def w1b(count: int) -> Measured:
    """Send a market order on every bar, through every actor, with checks, journal and fingerprint."""
    use = "tradepit.tools.bench.strategies:EveryBar"
    return _run(_scenario(count, use, f"bars: {count}"), lambda result: len(result.fills))


def w2(count: int) -> Measured:
    """Send a market order on every hundredth quote, with everything on."""
    arrow = importlib.util.find_spec("pyarrow") is not None
    file = quotes_parquet_path(count) if arrow else quotes_csv_path(count)
    use, settings = "tradepit.tools.bench.strategies:EveryNthQuote", f"quotes: {QUOTES_AN_ORDER}"
    return _run(_loaded(file, "quotes", "quotes", use, settings), lambda result: result.counts["market_data"])


def ring_supervised(count: int) -> Measured:
    """Pass one message round a ring of actors that are supervised and could be recovered at each message."""
    return _ring(count, Dispatch.INLINE, supervised=True)


def ring_over_links(count: int) -> Measured:
    """Pass one message round a ring of actors over links without latency and rules."""
    return _ring(count, Dispatch.INLINE, latency_ns=0)


def ring_with_latency(count: int) -> Measured:
    """Pass one message round a ring of actors over links with latency."""
    return _ring(count, Dispatch.INLINE, latency_ns=1000)


def _ring(count: int, dispatch: Dispatch, *, supervised: bool = False, latency_ns: int | None = None) -> Measured:
    system = System(dispatch=dispatch, journal=Journal(identity={}) if supervised else None)
    last = (count - 1) % ACTORS  # the one at whom the token stops, after its last round
    rounds = -(-count // ACTORS)
    for number in range(ACTORS):
        share = rounds if number == last else rounds + 1
        system.add(str(number), _Member(str((number + 1) % ACTORS), share))
    system.add("first", _First())
    if supervised:
        names = (*map(str, range(ACTORS)), "first")
        system.supervise(Supervisor(name="top", children=tuple(Child(actor=name) for name in names)))
    if latency_ns is not None:
        for number in range(ACTORS):
            receiver = str((number + 1) % ACTORS)
            system.link(str(number), receiver, Link(latency_ns, random_stream(0, f"{number} > {receiver}")))
    seconds = seconds_of(lambda: trio.run(system.run))
    return Measured(system.sequence - 1, seconds)


def _w1(count: int, journal: Detail) -> Measured:
    use = "tradepit.scenarios.library.strategies:SmaCrossover"
    scenario = attrs.evolve(_scenario(count, use, f"fast: {FAST}, slow: {SLOW}"), journal=journal)
    return _run(scenario, lambda result: result.counts["market_data"])


def _scenario(count: int, use: str, settings: str) -> Scenario:
    arrow = importlib.util.find_spec("pyarrow") is not None
    file = parquet_path(count) if arrow else csv_path(count)
    return _loaded(file, "bars", "{bars: {max_volume_share: none}}", use, settings)


def _loaded(file: Path, kind: str, matching: str, use: str, settings: str) -> Scenario:
    text = _SCENARIO.format(
        symbol=SYMBOL,
        file=file.resolve(),
        kind=kind,
        matching=matching,
        cash=CASH,
        quantity=QUANTITY,
        use=use,
        settings=settings,
    )
    return loads(text, "bench")


def _run(scenario: Scenario, counted: Callable[[Result], int]) -> Measured:
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        seconds = seconds_of(lambda: results.append(run_scenario(scenario, directory=Path(folder))))
        result = results[0]
        return Measured(counted(result), seconds, len(result.fills), result.equity.last_equity)
