"""What a run comes to, for a terminal: verdict, figures, what was expected, and where the files are."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from tradepit.actors.kernel import ActorCrashed, ActorEnded
from tradepit.models.breakers import BreakerRule
from tradepit.models.messages import CashMoved, CircuitHalfOpened, CircuitTripped
from tradepit.models.order_states import OrderState
from tradepit.scenarios.actor_tree import actor_meant
from tradepit.scenarios.expectations import duration_words
from tradepit.scenarios.fault_tree import FaultSpec
from tradepit.scenarios.result import BreakerEvent, Result
from tradepit.scenarios.times import SECOND_NS, zone_of
from tradepit.tools.report.figures import Write, exact, money, number, percent
from tradepit.tools.report.real_time import feed_in_words, lateness_in_words
from tradepit.tools.report.stamps import Stamps
from tradepit.tools.tally import Tally, tally

WIDTH = 80
_LABEL = 13  # characters of the left column
_MOST = 8  # lines of one kind, beyond which the rest is only counted

_HEADLINE: tuple[tuple[tuple[str, str, Write], ...], ...] = (
    (
        ("total_return", "total return", percent),
        ("sharpe", "Sharpe", number),
        ("trade_count", "trades", number),
    ),
    (
        ("cagr", "CAGR", percent),
        ("sortino", "Sortino", number),
        ("win_rate", "win rate", percent),
    ),
    (
        ("volatility", "volatility", percent),
        ("calmar", "Calmar", number),
        ("profit_factor", "profit factor", number),
    ),
    (
        ("max_drawdown", "max drawdown", percent),
        ("exposure", "exposure", percent),
        ("turnover", "turnover", number),
    ),
)

_HAPPENINGS: Mapping[str, tuple[str, str]] = {
    "MarginCalled": ("margin call", "margin calls"),
    "Liquidated": ("liquidation", "liquidations"),
    "OrderFillBusted": ("fill taken back", "fills taken back"),
    "OrderFillCorrected": ("fill corrected", "fills corrected"),
    "TradeCorrectionRefused": ("correction refused", "corrections refused"),
    "GroupOverfilled": ("group overfilled", "groups overfilled"),
    "PositionSplit": ("split", "splits"),
    "SymbolRenamed": ("new symbol", "new symbols"),
}

_ASCII = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{INFINITY}": "inf"})

Line = tuple[str, Text]


def verdict(result: Result) -> str:
    """Return the run's outcome in one word."""
    return result.verdict.upper()


def render(result: Result, console: Console, notes: Iterable[tuple[str, str]] = (), *, word: str | None = None) -> str:
    """Return the summary as text; only a path may be wider than 80 columns, since one that is cut is of no use.

    Args:
        result: the run.
        console: what it is for; it is made no wider than the summary.
        notes: further lines, such as where no report could be written: label and text.
        word: the verdict, when it is not the result's own.
    """
    console.width = min(console.width, WIDTH)
    with console.capture() as captured:
        console.print(_head(result, word or verdict(result)))
        if result.scenario.about:
            console.print(Text(result.scenario.about, style="dim"))
        console.print()
        console.print(_metrics(result.metrics))
        console.print()
        further = [(label, Text(text)) for label, text in notes]
        console.print(_table([*_happenings(result, tally(result)), *_judgement(result), *further]))
        for label, path in (("directory", result.directory), ("report", result.report)):
            if path is not None:
                _print_path(console, label, path)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _head(result: Result, word: str) -> RenderableType:
    colour = {"PASSED": "green", "FAILED": "red", "STOPPED": "yellow"}[word]
    line = Table.grid(expand=True)
    line.add_column(overflow="fold")
    line.add_column(justify="right", no_wrap=True)
    title = Text.assemble((word, f"bold {colour}"), "  ", (result.name, "bold"), f"  seed {result.seed}")
    line.add_row(title, Text(f"{result.elapsed_s:.2f} s", style="dim"))
    return line


def _metrics(metrics: Mapping[str, float]) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    for _ in range(3):
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(justify="right", no_wrap=True, min_width=10)
        grid.add_column(min_width=1)
    for row in _HEADLINE:
        cells: list[str] = []
        for name, label, write in row:
            cells += [label, _ascii(write(metrics[name])), ""]
        grid.add_row(*cells)
    return grid


# --- what happened ------------------------------------------------------------------------------------------------


def _happenings(result: Result, counted: Tally) -> Iterator[Line]:
    stamps = Stamps(zone_of(result.scenario.clock.zone))
    zone = result.scenario.clock.zone
    yield "period", Text(f"{stamps.period(result.start, result.end)} {zone}")
    currency = result.scenario.portfolio.cash.currency
    opened, closed = result.equity.starting_equity, result.equity.last_equity
    yield "equity", Text(f"{_ascii(money(opened))} to {_ascii(money(closed))} {currency}")
    market, messages = result.counts["market_data"], result.counts["messages"]
    yield "market data", Text(f"{_counted(market, 'event')}, {_counted(messages, 'message')}")
    ended = [f"{count:,} {state.lower()}" for state, count in counted.ended.items()]
    ended += [f"{len(result.open_orders):,} open"] if result.open_orders else []
    yield "orders", Text(f"{sum(counted.ended.values()) + len(result.open_orders):,}" + _of(ended))
    for state, codes in counted.reasons.items():
        style = "yellow" if state in (OrderState.REJECTED, OrderState.FAILED) else ""
        yield state.lower(), Text(", ".join(f"{count:,} {code}" for code, count in codes.items()), style=style)
    costs = [f"commission {_amounts(counted.fees)}", f"slippage {_amounts(counted.slippage)}"] if counted.fees else []
    yield "fills", Text(f"{len(result.fills):,}" + _of(costs))
    yield from _shortened("breaker", [_breaker(event, stamps) for event in result.breaker_events], "breaker event")
    yield from _labelled("account", list(_account(result)))
    for position in result.positions:
        average = _ascii(exact(position.average_price))
        yield "position", Text(f"{position.quantity:,f} {position.symbol} at {average} on average, at the end")
    yield from _actors(result)
    yield from _shortened("notices", list(_notices(result)), "notice")
    if result.lateness is not None:
        yield "lateness", Text(lateness_in_words(result.lateness))
    if result.feed is not None:
        yield "feed", Text(feed_in_words(result.feed), "yellow" if result.feed.losses or result.feed.refused else "")
        lines = [
            Text(f"{line.address}, connection {line.connection}, line {line.line}: {line.text}")
            for line in result.feed.refused_lines
        ]
        yield from _shortened("refused", lines, "line")
    for symbol, problems in result.data_problems.items():
        yield "data", Text(f"{symbol}: {', '.join(f'{count:,} {name}' for name, count in problems.items())}", "yellow")


def _account(result: Result) -> Iterator[Text]:
    """Yield what happened to the account besides plain executions; nothing where nothing happened."""
    happened = [
        f"{count:,} {one if count == 1 else many}"
        for kind, (one, many) in _HAPPENINGS.items()
        if (count := result.counts.get(kind, 0))
    ]
    if happened:
        yield Text(", ".join(happened), "yellow")
    moved: dict[str, dict[str, Decimal]] = {}
    for event in result.account_events:
        if isinstance(event, CashMoved):
            sums = moved.setdefault(event.reason.lower(), {})
            sums[event.currency] = sums.get(event.currency, Decimal(0)) + event.amount
    if moved:
        yield Text(", ".join(f"{reason} {_amounts(sums)}" for reason, sums in moved.items()))


def _actors(result: Result) -> Iterator[Line]:
    """Yield what actors and links went through; nothing where nothing happened."""
    crashes = [event for event in result.supervision if isinstance(event, ActorCrashed)]
    told = dict.fromkeys(f"{event.actor} crashed: {event.error}" for event in crashes)
    if crashes:
        count = result.counts.get("ActorCrashed", 0)
        restarts = result.counts.get("ActorRestarted", 0)
        yield "crashes", Text(f"{count:,}, {_counted(restarts, 'restart')}", "yellow")
        yield from _shortened("", [Text(text) for text in told], "crash")
    yield from _shortened("faults", [Text(text, "yellow") for text in _missed_crashes(result)], "actor")
    for event in result.supervision:
        if isinstance(event, ActorEnded):
            yield "ended", Text(f"{event.actor}: {event.reason}", "yellow")
    letters = result.counts.get("MessageSetAside", 0)
    if letters:
        yield "dead letters", Text(f"{_counted(letters, 'message')} that nobody handled", "yellow")
    crowded = [
        Text(
            f"{name}: {_counted(figures.dropped, 'message')} dropped, at most {figures.tally.deepest:,} waiting, "
            f"longest wait {duration_words(figures.tally.longest_wait_ns)}",
            "yellow" if figures.dropped else "",
        )
        for name, figures in result.actors.items()
        if figures.dropped or figures.tally.deepest > 1
    ]
    yield from _shortened("mailboxes", crowded, "mailbox")
    rules = [
        Text(f"{link.sender} -> {link.receiver}: {verb} {count:,}")
        for link in result.links
        for verb, count in link.rules
        if count
    ]
    yield from _shortened("links", rules, "rule")


def _missed_crashes(result: Result) -> Iterator[str]:
    """Yield which actors crashed less often than `faults` asked for: a run that only seems to have been tried."""
    asked: Counter[str] = Counter()
    for fault in result.scenario.faults:
        if isinstance(fault, FaultSpec):
            asked[actor_meant(fault.actor, list(result.actors)) or fault.actor] += fault.times
    for actor, count in asked.items():
        injected = result.actors[actor].injected if actor in result.actors else 0
        if injected < count:
            yield f"{actor}: crashed {injected:,} of the {_counted(count, 'time')} that it was told to"


def _notices(result: Result) -> Iterator[Text]:
    """Yield what strategies tell, each with its place in the scenario's file."""
    for notice in result.notices:
        place = f"{result.scenario.place(notice.path)}: " if result.scenario.places else ""
        setting = notice.path.partition(".with.")[2]
        yield Text(f"{place}{notice.strategy}: {setting and f'{setting} '}{notice.text}", "yellow")


def _breaker(event: BreakerEvent, stamps: Stamps) -> Text:
    at = stamps.text(event.time // SECOND_NS * SECOND_NS)
    if isinstance(event, CircuitTripped):
        return Text(f"{event.breaker} tripped {at}: {_why(event)}, {event.action}", "yellow")
    if isinstance(event, CircuitHalfOpened):
        return Text(f"{event.breaker} half open {at}: {_counted(event.probes, 'probe')}")
    return Text(f"{event.breaker} closed {at}")


def _why(event: CircuitTripped) -> str:
    """Return what opened a breaker in words, with the figures of a rule that has any."""
    if event.rule == "probe":
        return "a probe failed"
    if event.rule == "manual":
        return "by hand"
    percents = event.rule == BreakerRule.REJECTION_RATE
    was, limit = (f"{figure * 100:.4g}%" if percents else f"{figure:,.6g}" for figure in (event.was, event.limit))
    return f"{event.rule} was {was}, limit {limit}"


# --- whether it is what it should be ------------------------------------------------------------------------------


def _judgement(result: Result) -> Iterator[Line]:
    if result.failure is not None:
        failure = result.failure
        yield "failed", Text(f"{failure.actor} on {failure.kind} (message {failure.sequence})", "red")
        yield "", Text(failure.error)
        if failure.line:
            yield "", Text(failure.line.removeprefix(f"{Path.cwd()}{os.sep}"))
        for note in failure.notes:
            yield "", Text(note)
    for label, expectation in _labelled("expected", result.expectations):
        word = Text("ok    ", "green") if expectation.passed else Text("FAIL  ", "bold red")
        yield label, word + Text(f"{expectation.text}, was {expectation.was}")
    broken = {violation.invariant for violation in result.violations}
    if broken:
        yield "invariants", Text(f"{len(broken)} of {len(result.invariants)} broken", "bold red")
    else:
        yield "invariants", Text(f"all {len(result.invariants)} held", "green")
    words = [
        Text(f"{violation.invariant}, message {violation.sequence}: {violation.text}", "red")
        for violation in result.violations
    ]
    yield from _shortened("broken", words, "violation")
    yield "fingerprint", Text(result.fingerprint)


# --- lines --------------------------------------------------------------------------------------------------------


def _table(lines: Iterable[Line]) -> RenderableType:
    table = Table.grid()
    table.add_column(style="dim", width=_LABEL, no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in lines:
        table.add_row(label, text)
    return table


def _labelled(label: str, things: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Yield each thing with the label beside the first."""
    return ((label if number == 0 else "", thing) for number, thing in enumerate(things))


def _shortened(label: str, texts: Sequence[Text], of_what: str) -> Iterator[Line]:
    yield from _labelled(label, texts[:_MOST])
    if len(texts) > _MOST:
        yield "", Text(f"and {_counted(len(texts) - _MOST, f'more {of_what}')}", "dim")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _of(parts: Sequence[str]) -> str:
    return f": {', '.join(parts)}" if parts else ""


def _amounts(amounts: Mapping[str, Decimal]) -> str:
    return " and ".join(f"{_ascii(money(amount))} {currency}" for currency, amount in amounts.items())


def _ascii(figure: str) -> str:
    """Return a figure in signs that every terminal has and that can be pasted into a calculation."""
    return figure.translate(_ASCII)


def _print_path(console: Console, label: str, path: Path) -> None:
    """Print a path as short as it can be said, on a line of its own when it is long, and never cut."""
    shown = min(str(path), os.path.relpath(path), key=len)
    if _LABEL + len(shown) <= console.width:
        console.print(_table([(label, Text(shown))]))
    else:
        console.print(Text(label, "dim"))
        console.print(Text(shown), soft_wrap=True)
