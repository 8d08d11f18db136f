"""Run a scenario from beginning to end."""

import contextvars
import gc
import platform
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import IO, Any

import attrs
import trio

from tradepit.actors import strategy_name
from tradepit.actors.kernel import ActorFailed, Detail, Dispatch, Outcome, System
from tradepit.actors.kernel.clock import NS_PER_S, utc_ns, wall_ns
from tradepit.models.benchmark_curve import BenchmarkCurve
from tradepit.models.currency_account import Conversion
from tradepit.models.execution_metrics import ExecutionTally
from tradepit.models.lots import CostMethod
from tradepit.models.market import Bar, Quote, Trade
from tradepit.models.messages import EVENTS, CancelWorkingOrders, CloseBooks
from tradepit.models.metrics import run_metrics
from tradepit.scenarios.actor_figures import SupervisionLog, figures_of, statistics_of
from tradepit.scenarios.benchmark_log import listen_to_benchmark
from tradepit.scenarios.collector import Collector
from tradepit.scenarios.execution_log import listen_to_execution, pricing_of
from tradepit.scenarios.expectations import Findings, judge
from tradepit.scenarios.invariants import NAMES as INVARIANT_NAMES
from tradepit.scenarios.invariants import Invariants
from tradepit.scenarios.live_log import LiveLog
from tradepit.scenarios.narrowing import Narrowed
from tradepit.scenarios.own_code import own_hashes
from tradepit.scenarios.problems import Problem, ScenarioError
from tradepit.scenarios.result import Failure, Result, StrategyNotice
from tradepit.scenarios.sources.source import written
from tradepit.scenarios.strategy_loading import source_hashes, users_line
from tradepit.scenarios.tree import MarketKind, MetricsSpec, Scenario, TradeFaultSpec, gives
from tradepit.scenarios.wiring import Pit, wire
from tradepit.scenarios.writer import dump

MARKET_CLASSES = {MarketKind.BARS: Bar, MarketKind.QUOTES: Quote, MarketKind.TRADES: Trade}

Progress = Callable[[System], None]


class Interrupted(BaseException):
    """The run was stopped at once, by a second signal."""


def run_scenario(
    scenario: Scenario,
    *,
    dispatch: Dispatch = Dispatch.INLINE,
    directory: Path | None = None,
    progress: Progress | None = None,
    signals: bool = False,
    speed: float | None = None,
) -> Result:
    """Run a scenario and return what came of it.

    Args:
        scenario: what to run.
        dispatch: how messages reach their actors; the journal is the same.
        directory: an empty folder for the journal and the tables; None keeps nothing.
        progress: called about every 10 ms of real time.
        signals: whether SIGINT and SIGTERM end the run as if the data had ended there; a second one stops at once.
        speed: how fast time passes by the clock on the wall; None lets it jump to whatever is due next. A live feed
            has real time: speed 1.

    Raises:
        ScenarioError: a strategy cannot be loaded, or the scenario has a live feed and no speed, or has ended.
        SourceError: market data cannot be read; also in mid-run, when the faulty row is reached.
        Interrupted: a second signal came.
        StateError: a strategy is to be restarted when it crashes, and holds state that cannot be copied.
    """
    began = wall_ns()
    if scenario.is_live:
        _check_live(scenario, speed)
    keeps = directory is not None and scenario.journal is not Detail.OFF
    with _journal_file(directory if keeps else None) as file:
        pit = wire(
            scenario,
            dispatch=dispatch,
            file=file,
            identity={"scenario": identity_of(scenario), "seed": scenario.seed},
            about=about_of(scenario),
            on_yield=progress,
            speed=speed,
        )
        kinds = {MARKET_CLASSES[gives(spec)] for spec in scenario.market.values()}
        by_lots = scenario.portfolio.realised is not CostMethod.AVERAGE
        trades = scenario.metrics.trades
        changed = any(isinstance(fault, TradeFaultSpec) for fault in scenario.faults)
        collector = Collector(
            pit.system,
            pit.instruments,
            directory,
            kinds,
            by_lots=by_lots,
            matching=trades,
            correctable=changed,
        )
        pricing = pricing_of(pit.portfolio, pit.instruments, remembers=changed)
        executed = listen_to_execution(pit.system, pricing)
        narrowed = Narrowed(scenario.expect, pit.system, partial(listen_to_execution, pit.system, pricing))
        held_against = scenario.metrics.benchmark
        benchmark = None if held_against is None else listen_to_benchmark(pit.system, held_against, pit.sessions)
        supervised = SupervisionLog(pit.system, [strategy_name(spec.name) for spec in scenario.strategies])
        converts = scenario.portfolio.conversion is Conversion.AT_FILL
        invariants = Invariants(pit.system, pit.instruments, pit.venues, converts=converts)
        live = LiveLog(pit.system, list(pit.instruments)) if scenario.is_live else None
        broke_off: ActorFailed | None = None
        ended: Outcome | None = None
        try:
            with rare_collections():
                # In a context of its own: whoever calls may have set the precision of decimals, say.
                heed = signals and threading.current_thread() is threading.main_thread()
                ended = contextvars.Context().run(trio.run, _run, pit, heed)
        except ActorFailed as error:
            broke_off = error
            supervised.hear_the_rest()
    if broke_off is None:  # a run that broke off has messages under way, and says so itself
        invariants.finish(len(pit.orders.open_orders))
    crash = broke_off or pit.system.first_crash
    return _result(
        pit,
        collector,
        executed,
        narrowed,
        benchmark,
        invariants,
        supervised,
        live,
        None if crash is None else _failure(crash),
        ended is not None and ended.stopped,
        (wall_ns() - began) / NS_PER_S,
        directory,
    )


def identity_of(scenario: Scenario) -> str:
    """Return the scenario as text, without what changes nothing in the run: how it is measured and written down."""
    return dump(attrs.evolve(scenario, metrics=MetricsSpec(), journal=Detail.ORDERS, report=True))


def _check_live(scenario: Scenario, speed: float | None) -> None:
    """Refuse a scenario whose market comes from outside where it cannot come.

    Raises:
        ScenarioError: there is no real time, or it is past the end.
    """
    symbol = next(iter(scenario.market))
    if speed is None:
        path, rule = f"market.{symbol}", "a live feed needs real time"
        hint = "run it with tradepit paper"
    elif scenario.clock.end is not None and scenario.clock.end <= utc_ns():
        path, rule = "clock.end", f"a live session ends in the future, and {written(scenario.clock.end)} is over"
        hint = "leave it away, or write a later time"
    else:
        return
    raise ScenarioError([Problem(place=scenario.place(path), path=path, rule=rule, suggestion=hint)])


class Closing(Sequence[Any]):
    """The messages that close a run, each made when its time has come."""

    def __init__(self, pit: Pit, statistics: Callable[[], Any] | None = None) -> None:
        """List them.

        Args:
            pit: the run's system.
            statistics: makes the last of them, the figures of actors and links; None for those of this run.
        """
        self._makers: list[Callable[[], Any]] = [CancelWorkingOrders] if pit.scenario.at_end.cancel_orders else []
        self._makers += [CloseBooks, statistics or partial(statistics_of, pit.system, pit.links)]

    def __len__(self) -> int:
        return len(self._makers)

    def __getitem__(self, index: Any) -> Any:
        return self._makers[index]()


async def _run(pit: Pit, signals: bool) -> Outcome:
    outcome: Outcome | None = None
    heard: list[str] = []
    with trio.CancelScope() as scope, _signals_heeded(pit, scope, heard) if signals else nullcontext():
        outcome = await pit.system.run(end=pit.scenario.clock.end, closing=Closing(pit))
    if outcome is None:  # the second signal came while something was let finish
        raise Interrupted(f"stopped by {heard[-1]}")
    return outcome


@contextmanager
def _signals_heeded(pit: Pit, scope: trio.CancelScope, heard: list[str]) -> Iterator[None]:
    """Let the first signal end the run as if the data had ended, and the second stop it at once.

    At once means in the middle of a handler, for a user's strategy may never return from one; but not in the middle of
    the journal's writing or of trio's own work, which are let finish. `heard` gets the name of each.
    """
    token = trio.lowlevel.current_trio_token()

    def hear(number: int, _frame: FrameType | None) -> None:
        heard.append(signal.Signals(number).name)
        if len(heard) == 1:
            pit.system.stop(by_hand=True)
        elif pit.journal.busy or trio.lowlevel.currently_ki_protected():
            token.run_sync_soon(scope.cancel)
        else:
            raise Interrupted(f"stopped by {heard[-1]}")

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector look seldom: messages die by reference count, and it would walk over all that live."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 50_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _journal_file(directory: Path | None) -> Iterator[IO[bytes] | None]:
    if directory is None:
        yield None
    else:
        with (directory / "journal.jsonl").open("wb") as file:
            yield file


def about_of(scenario: Scenario) -> dict[str, Any]:
    """Return what the journal's header says beside what determines the run."""
    own = own_hashes(scenario)
    return {
        "versions": {
            "tradepit": metadata.version("tradepit"),
            "python": platform.python_version(),
            "trio": metadata.version("trio"),
        },
        "strategies": source_hashes(scenario),
        **({"own": own} if own else {}),
    }


def _failure(failed: ActorFailed) -> Failure:
    error = failed.error
    return Failure(
        actor=failed.actor,
        kind=failed.kind,
        sequence=failed.sequence,
        time=failed.time,
        error=f"{type(error).__name__}: {error}",
        line=users_line(error),
        traceback="".join(traceback.format_exception(error)),
        notes=tuple(getattr(failed, "__notes__", ())),
    )


def _notices(pit: Pit) -> Iterator[StrategyNotice]:
    for index, (spec, host) in enumerate(zip(pit.scenario.strategies, pit.strategies, strict=True)):
        for text, setting in host.notices:
            path = f"strategies[{index}]" + (f".with.{setting}" if setting else "")
            yield StrategyNotice(strategy=spec.name, text=text, path=path)


def _result(
    pit: Pit,
    collector: Collector,
    executed: ExecutionTally,
    narrowed: Narrowed,
    benchmark: BenchmarkCurve | None,
    invariants: Invariants,
    supervised: SupervisionLog,
    live: LiveLog | None,
    failure: Failure | None,
    stopped: bool,
    elapsed_s: float,
    directory: Path | None,
) -> Result:
    scenario, system = pit.scenario, pit.system
    execution = executed.execution()
    collector.settle()
    metrics = run_metrics(
        pit.portfolio.curve,
        collector.tally,
        traded_value=pit.portfolio.traded_value,
        open_since=collector.open_since,
        execution=execution,
        risk_free_per_year=scenario.metrics.risk_free,
        benchmark=None if benchmark is None else benchmark.returns_at(pit.portfolio.curve.times),
        periods_per_year=scenario.metrics.periods_per_year,
    )
    counts = {"market_data": system.streamed, "messages": system.sequence}
    counts |= {kind.__name__: system.routes[kind].count for kind in EVENTS} | supervised.counts
    statistics = statistics_of(system, pit.links)
    actors = figures_of(system, statistics, supervised, system.now - pit.start)
    positions = collector.positions
    open_orders = tuple(pit.orders.open_orders)
    found = Findings(
        metrics=metrics,
        events=counts,
        positions={position.symbol: position.quantity for position in positions},
        open_orders=open_orders,
        actors=actors,
        narrowed=narrowed.found(collector.trades, actors),
    )
    result = Result(
        scenario=scenario,
        seed=scenario.seed,
        fingerprint=pit.journal.fingerprint,
        start=pit.start,
        end=system.now,
        metrics=metrics,
        execution=execution,
        counts=counts,
        equity=pit.portfolio.curve,
        orders=collector.orders,
        fills=collector.fills,
        trades=collector.trades,
        positions=positions,
        books=pit.portfolio.books,
        balances=pit.portfolio.account.all_balances,
        interest=pit.portfolio.account.interest,
        account_events=collector.account_events,
        lots=collector.lots,
        breaker_events=collector.breaker_events,
        open_orders=open_orders,
        expectations=[judge(spec, found) for spec in scenario.expect],
        violations=invariants.violations,
        invariants=INVARIANT_NAMES,
        data_problems={symbol: source.problems for symbol, source in pit.sources.items() if source.problems},
        actors=actors,
        links=statistics.links,
        supervision=supervised.events,
        dead_letters=supervised.dead_letters,
        notices=list(_notices(pit)),
        failure=failure,
        stopped=stopped,
        lateness=None if system.pace is None else system.pace.lateness,
        feed=None if live is None else live.account,
        prices={} if live is None else live.prices,
        elapsed_s=elapsed_s,
        directory=directory,
    )
    if directory is not None:
        for table in (result.orders, result.fills, result.trades):
            table.flush()
        if result.lots is not None:
            result.lots.flush()
        result.save(directory)
    return result
