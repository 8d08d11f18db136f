"""What a run gives back."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import msgspec

from tradepit.actors.kernel import Lateness, MessageSetAside
from tradepit.models.equity import EquityCurve
from tradepit.models.execution_metrics import Execution, ExecutionTally
from tradepit.models.messages import (
    CashMoved,
    CircuitHalfOpened,
    CircuitReset,
    CircuitTripped,
    DividendOwed,
    Liquidated,
    LotClosed,
    MarginCalled,
    MarginCallMet,
    OrderClosed,
    PositionSplit,
    SymbolRenamed,
)
from tradepit.models.orders import Fill
from tradepit.models.round_trips import RoundTrip
from tradepit.models.symbol_books import SymbolBooks
from tradepit.models.system_statistics import LinkTally
from tradepit.scenarios.actor_figures import ActorFigures, SupervisionEvent
from tradepit.scenarios.expectations import Expectation
from tradepit.scenarios.invariants import Violation
from tradepit.scenarios.live_log import FeedAccount
from tradepit.scenarios.price_trace import PriceTrace
from tradepit.scenarios.rows import Rows
from tradepit.scenarios.tree import Scenario

AccountEvent = CashMoved | DividendOwed | MarginCalled | MarginCallMet | Liquidated | PositionSplit | SymbolRenamed
BreakerEvent = CircuitTripped | CircuitHalfOpened | CircuitReset


@attrs.frozen(kw_only=True)
class Failure:
    """Why a run ended before its time.

    Attributes:
        actor: who failed.
        kind: the kind of message that it was handling.
        sequence: that message's number.
        time: virtual time, ns since the Unix epoch.
        error: the exception's name and words.
        line: the last line of the user's own code, as `file:line in function: code`; empty when none took part.
        traceback: the whole traceback.
        notes: what the supervisors say about it, a line each.
    """

    actor: str
    kind: str
    sequence: int
    time: int
    error: str
    line: str
    traceback: str
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        where = f"\n  {self.line}" if self.line else ""
        notes = "".join(f"\n  {note}" for note in self.notes)
        return f"{self.actor} failed on {self.kind} (message {self.sequence}): {self.error}{where}{notes}"


@attrs.frozen(kw_only=True)
class StrategyNotice:
    """What a strategy tells whoever reads the result, such as a line of a script that was never done.

    Attributes:
        strategy: its name.
        text: one line.
        path: what it is about in the scenario, such as `strategies[0].with.orders[2]`.
    """

    strategy: str
    text: str
    path: str


@attrs.frozen(kw_only=True)
class OpenPosition:
    """A position at the end of the run, before it was closed.

    Attributes:
        symbol: the instrument.
        quantity: signed.
        average_price: average cost of one unit.
    """

    symbol: str
    quantity: Decimal
    average_price: Decimal


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Result:
    """A run: what happened, what it came to, and whether it is what was expected.

    Attributes:
        scenario: what was run.
        seed: root of its random streams.
        fingerprint: hash over the journal; equal for equal runs.
        start: virtual time of the first instant, ns since the Unix epoch.
        end: virtual time at the end.
        metrics: every metric by name; docs/metrics.md says what each means.
        execution: how orders were executed: figures in all and by venue, rejections by code, costs by currency.
        counts: how many market data, messages and events of each kind there were.
        equity: the equity curve.
        orders: every order that ended, with its history.
        fills: every execution; those that close positions at the end have the venue `AT_END`.
        trades: every trade, from flat to flat unless the scenario's `metrics.trades` says otherwise.
        positions: what was held at the end, before it was closed.
        books: profit and loss of every symbol that was ever held, by every cost method, before positions were closed.
        balances: cash at the end by currency, the account's first.
        interest: paid on cash that was lent, in the account's currency.
        account_events: cash that came or went without an execution, margin calls, liquidations, splits and new symbols.
        lots: every lot that was closed, where the scenario reckons by lots; else None.
        breaker_events: trips and resets in the order of time.
        open_orders: ids of orders that had not ended.
        actors: what came of each actor, by name.
        links: what the rules of links did; only links that have rules.
        supervision: the first 10,000 crashes, restarts and escalations, and every end, in their order; `counts` has
            the number of all.
        dead_letters: the first thousand messages that nobody handled; `counts` has the number of all.
        notices: what strategies tell, each at most a thousand.
        expectations: what was expected, and whether it held.
        violations: invariants that were broken; empty when all held.
        invariants: names of what was checked.
        data_problems: how many rows of a source were skipped or repaired, by symbol and reason.
        failure: why the run ended before its time, or None.
        stopped: whether it was stopped from outside.
        lateness: how late things were in real time; None in virtual time.
        feed: how the outside feed fared, or None where there was none.
        prices: by symbol, what an outside feed's market did; other sources can be read again.
        elapsed_s: how long it took in real time, s.
        directory: where its files are, or None.
        report: the HTML report, or None.
    """

    scenario: Scenario
    seed: int
    fingerprint: str
    start: int
    end: int
    metrics: Mapping[str, float]
    counts: Mapping[str, int]
    equity: EquityCurve
    orders: Rows[OrderClosed]
    fills: Rows[Fill]
    trades: Rows[RoundTrip]
    positions: Sequence[OpenPosition]
    books: Sequence[SymbolBooks] = ()
    balances: Mapping[str, Decimal] = attrs.Factory(dict)
    interest: Decimal = Decimal(0)
    account_events: Sequence[AccountEvent] = ()
    lots: Rows[LotClosed] | None = None
    breaker_events: Sequence[BreakerEvent]
    open_orders: Sequence[str]
    expectations: Sequence[Expectation]
    violations: Sequence[Violation]
    invariants: Sequence[str]
    data_problems: Mapping[str, Mapping[str, int]]
    failure: Failure | None
    execution: Execution = attrs.Factory(lambda: ExecutionTally().execution())
    actors: Mapping[str, ActorFigures] = attrs.Factory(dict)
    links: Sequence[LinkTally] = ()
    supervision: Sequence[SupervisionEvent] = ()
    dead_letters: Sequence[MessageSetAside] = ()
    notices: Sequence[StrategyNotice] = ()
    stopped: bool
    lateness: Lateness | None = None
    feed: FeedAccount | None = None
    prices: Mapping[str, PriceTrace] = attrs.Factory(dict)
    elapsed_s: float
    directory: Path | None = None
    report: Path | None = None

    @property
    def name(self) -> str:
        """Return the scenario's name."""
        return self.scenario.name

    @property
    def returns(self) -> list[float]:
        """Return the simple returns between the points of the equity curve."""
        return self.equity.returns

    @property
    def passed(self) -> bool:
        """Tell whether the run came to its end, every invariant held and every expectation was met.

        A run that was stopped from outside has not come to its end, whatever it had met by then.
        """
        if self.stopped or self.failure is not None:
            return False
        return not self.violations and all(e.passed for e in self.expectations)

    @property
    def verdict(self) -> str:
        """Return the outcome in one word: `stopped`, `passed` or `failed`."""
        if self.stopped:
            return "stopped"
        return "passed" if self.passed else "failed"

    def summary(self) -> dict[str, Any]:
        """Return the run as one plain object, as `tradepit run --json` prints it.

        A metric that is undefined is None; an infinite one is the text `Infinity` or `-Infinity`, since JSON has no
        number for either.
        """
        broken = {violation.invariant for violation in self.violations}
        return {
            "name": self.name,
            "seed": self.seed,
            "fingerprint": self.fingerprint,
            "passed": self.passed,
            "start": self.start,
            "end": self.end,
            "metrics": {name: _plain(value) for name, value in self.metrics.items()},
            "drawdown": attrs.asdict(self.equity.drawdown),
            "execution": {
                "venues": {
                    venue: {name: _plain(value) for name, value in figures.items()}
                    for venue, figures in self.execution.venues.items()
                },
                "rejects": dict(self.execution.rejects),
                "costs": {
                    venue: {
                        currency: {name: f"{amount:f}" for name, amount in costs._asdict().items()}
                        for currency, costs in by_currency.items()
                    }
                    for venue, by_currency in self.execution.costs.items()
                },
            },
            "counts": dict(self.counts),
            "expectations": [attrs.asdict(expectation) for expectation in self.expectations],
            "invariants": [{"name": name, "held": name not in broken} for name in self.invariants],
            "violations": [attrs.asdict(violation) for violation in self.violations],
            "data_problems": {symbol: dict(counts) for symbol, counts in self.data_problems.items()},
            "actors": {name: _plain_figures(figures) for name, figures in self.actors.items()},
            "links": [msgspec.to_builtins(link) for link in self.links],
            "supervision": [_named(event) for event in self.supervision],
            "dead_letters": [attrs.asdict(letter) for letter in self.dead_letters],
            "notices": [attrs.asdict(notice) for notice in self.notices],
            "failure": None if self.failure is None else attrs.asdict(self.failure),
            "stopped": self.stopped,
            "lateness": None if self.lateness is None else attrs.asdict(self.lateness),
            "feed": None if self.feed is None else _plain_feed(self.feed),
            "directory": None if self.directory is None else str(self.directory),
            "report": None if self.report is None else str(self.report),
        }

    def save(self, directory: Path) -> None:
        """Write summary and equity curve as JSON; orders, fills and trades lie beside them as they came."""
        path = directory / "results.json"
        summary = self.summary()
        for key in ("directory", "report"):
            del summary[key]  # where the files lie is for whoever looks at them to know
        times, values = self.equity.points
        summary["equity"] = {"time": times, "value": values}
        summary["breaker_events"] = [
            {"kind": type(event).__name__, **msgspec.to_builtins(event)} for event in self.breaker_events
        ]
        summary["positions"] = [attrs.asdict(position) for position in self.positions]
        summary["books"] = [attrs.asdict(books) for books in self.books]
        summary["balances"] = dict(self.balances)
        summary["interest"] = self.interest
        summary["account_events"] = [
            {"kind": type(event).__name__, **msgspec.to_builtins(event)} for event in self.account_events
        ]
        summary["open_orders"] = list(self.open_orders)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=1))

    def __repr__(self) -> str:
        return f"<Result {self.name} seed {self.seed}: {self.verdict}, fingerprint {self.fingerprint}>"

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        shown = ("total_return", "max_drawdown", "sharpe", "trade_count", "win_rate")
        rows = "".join(
            f"<tr><td>{name}</td><td style='text-align:right'>{self.metrics[name]:.6g}</td></tr>" for name in shown
        )
        return (
            f"<table><caption>{self.name}, seed {self.seed}: {self.verdict}</caption>{rows}"
            f"<tr><td>fingerprint</td><td><code>{self.fingerprint}</code></td></tr></table>"
        )


def _named(event: SupervisionEvent) -> dict[str, Any]:
    """Return an event with the name of its kind."""
    return {"event": type(event).__name__, **attrs.asdict(event)}


def _plain_feed(feed: FeedAccount) -> dict[str, Any]:
    return {
        "connections": feed.connections,
        "losses": feed.losses,
        "refused": feed.refused,
        "events": [{"event": type(event).__name__, **msgspec.to_builtins(event)} for event in feed.events],
        "refused_lines": [msgspec.to_builtins(line) for line in feed.refused_lines],
    }


def _plain_figures(figures: ActorFigures) -> dict[str, Any]:
    """Return an actor's figures as one plain object, without what the wall clock said: equal runs have equal files.

    A crash without a return has the recovery `Infinity`.
    """
    recovery = figures.recovery_ns
    return {
        **{name: value for name, value in msgspec.to_builtins(figures.tally).items() if name != "actor"},
        "handled": figures.handled,
        "busy_share": figures.busy_share,
        "depth": [list(point) for point in figures.depth],
        "recovery_ns": None if recovery is None else _plain(recovery),
    }


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
