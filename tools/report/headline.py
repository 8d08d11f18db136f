"""The top of the report: what ran, how it went, the key figures, what was checked, and what went wrong."""

import math
import re
from collections.abc import Sequence

from tradepit.models.messages import CircuitTripped
from tradepit.models.order_states import OrderState
from tradepit.scenarios.result import Result
from tradepit.tools.report.costs import Cost, totals_of
from tradepit.tools.report.figures import days, money, number, percent, whole
from tradepit.tools.report.markup import Markup, joined, tag
from tradepit.tools.report.orders_table import OrdersSummary
from tradepit.tools.report.stamps import Stamps

_FILE_IN_TRACEBACK = re.compile(r'(?:[A-Za-z]:)?[\\/][^"\n:]*?((?:[^\\/"\n:]+[\\/]){0,2}[^\\/"\n:]+\.pyx?)(?=["\:])')
_MOST_VIOLATIONS = 50


def header(result: Result, stamps: Stamps) -> Markup:
    """Return name, verdict, and what was run when."""
    verdict, sign, reason = _verdict(result)
    facts = [
        ("Period", f"{stamps.period(result.start, result.end)} {result.scenario.clock.zone}"),
        ("Seed", str(result.seed)),
        ("Market data", whole(result.counts.get("market_data", 0))),
        ("Messages", whole(result.counts.get("messages", 0))),
    ]
    return tag(
        "header",
        tag("h1", result.name, " ", tag("span", f"{sign} {verdict}", class_=f"verdict {verdict}")),
        tag("p", result.scenario.about, class_="about") if result.scenario.about else "",
        tag("p", reason, class_="reason") if reason else "",
        tag(
            "dl",
            *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts),
            tag("div", tag("dt", "Fingerprint"), tag("dd", tag("code", result.fingerprint))),
            class_="facts",
        ),
    )


def _verdict(result: Result) -> tuple[str, str, str]:
    """Return the verdict, its sign, and why it is not passed."""
    reasons = []
    if result.failure is not None:
        reasons.append(f"{result.failure.actor} failed: {result.failure.error}")
    broken = len({violation.invariant for violation in result.violations})
    if broken:
        reasons.append(f"{broken} of {len(result.invariants)} invariants did not hold")
    missed = sum(not expectation.passed for expectation in result.expectations)
    if missed:
        reasons.append(f"{missed} of {len(result.expectations)} expectations were not met")
    failed = bool(reasons)
    if result.stopped:
        reasons.append("the run was stopped from outside before its end")
    reason = "; ".join(reasons)
    if failed:
        return "failed", "✗", reason
    return ("stopped", "■", reason) if result.stopped else ("passed", "✓", "")


def tiles(result: Result, orders: OrdersSummary, costs: Sequence[Cost]) -> Markup:
    """Return the key figures."""
    metrics = result.metrics
    currency = result.scenario.portfolio.cash.currency

    def of(name: str) -> float:
        return metrics.get(name, math.nan)

    under_water = days(of("max_drawdown_days"))
    drawdown_said = f"for {under_water}" if of("max_drawdown") < 0 else "never below its peak"
    paid, elsewhere = _paid(costs, currency)
    trips = sum(isinstance(event, CircuitTripped) for event in result.breaker_events)
    filled = orders.states.get(OrderState.FILLED.value, 0)
    refused = sum(orders.states.get(state.value, 0) for state in (OrderState.REJECTED, OrderState.FAILED))
    shown = [
        ("Total return", percent(of("total_return")), f"to {money(of('final_equity'))} {currency}"),
        ("Max drawdown", percent(of("max_drawdown")), drawdown_said),
        ("Sharpe", number(of("sharpe"), 3), f"volatility {percent(of('volatility'))}"),
        ("Trades", whole(of("trade_count")), f"{percent(of('win_rate'))} won" if of("trade_count") else "none closed"),
        ("Orders", whole(orders.count), f"{filled:,} filled, {refused:,} refused"),
        (
            "Costs",
            money(paid.fees + paid.slippage),
            f"fees {money(paid.fees)}, slippage {money(paid.slippage)}{elsewhere}",
        ),
    ]
    rules = len(result.scenario.breakers)
    if rules or trips:
        shown.append(("Breaker trips", whole(trips), f"{rules:,} rule{'' if rules == 1 else 's'}"))
    return tag(
        "div",
        *(
            tag("div", tag("span", name), tag("strong", figure), tag("small", more), class_="tile")
            for name, figure, more in shown
        ),
        class_="tiles",
    )


def _paid(costs: Sequence[Cost], currency: str) -> tuple[Cost, str]:
    """Return what was paid in the account's currency, and in words what was paid in others."""
    totals = {total.currency or currency: total for total in totals_of(costs)}
    paid = totals.pop(currency, None) or Cost(venue="all", symbol="", currency=currency)
    return paid, "".join(f"; and {money(other.fees + other.slippage)} {name}" for name, other in totals.items())


def checks(result: Result, stamps: Stamps) -> Markup:
    """Return expectations and invariants with their marks."""
    broken = {violation.invariant for violation in result.violations}
    expectations: Markup = tag("p", "The scenario expects nothing.", class_="none")
    if result.expectations:
        rows = (tag("tr", tag("td", _mark(e.passed)), tag("td", e.text), tag("td", e.was)) for e in result.expectations)
        head = tag("tr", tag("th", ""), tag("th", "expected"), tag("th", "was"))
        expectations = tag("table", tag("thead", head), tag("tbody", *rows), class_="checks")
    invariants = tag(
        "ul",
        *(tag("li", _mark(name not in broken), " ", name.replace("_", " ")) for name in result.invariants),
        class_="checks",
    )
    violations = tag(
        "ul",
        *(
            tag(
                "li",
                tag("b", violation.invariant.replace("_", " ")),
                f": {violation.text} (message {violation.sequence}, {stamps.text(violation.time)})",
            )
            for violation in result.violations[:_MOST_VIOLATIONS]
        ),
        class_="violations",
    )
    return tag(
        "section",
        tag(
            "div",
            tag("div", tag("h2", "Expectations"), expectations),
            tag("div", tag("h2", "Invariants"), invariants, violations if result.violations else ""),
            class_="pair",
        ),
        id="checks",
    )


def _mark(held: bool) -> Markup:
    return tag("span", "✓", class_="yes", title="held") if held else tag("span", "✗", class_="no", title="did not hold")


def data_problems(result: Result) -> Markup:
    """Return how many rows of the sources were skipped or repaired; nothing when none was."""
    if not result.data_problems:
        return joined()
    rows = [
        tag("tr", tag("td", symbol), tag("td", reason), tag("td", f"{count:,}", class_="n"))
        for symbol, counts in result.data_problems.items()
        for reason, count in counts.items()
    ]
    head = tag("tr", tag("th", "symbol"), tag("th", "rule and what was done"), tag("th", "rows", class_="n"))
    return tag(
        "section",
        tag("h2", "Problems in the data"),
        tag("table", tag("thead", head), tag("tbody", *rows)),
        id="data-problems",
    )


def notices(result: Result) -> Markup:
    """Return what strategies tell; nothing when none does."""
    if not result.notices:
        return joined()
    rows = [tag("tr", tag("td", one.strategy), tag("td", one.path), tag("td", one.text)) for one in result.notices]
    head = tag("tr", *(tag("th", name) for name in ("strategy", "place in the scenario", "notice")))
    return tag(
        "section",
        tag("h2", "Notices of strategies"),
        tag("table", tag("thead", head), tag("tbody", *rows)),
        id="notices",
    )


def failure_account(result: Result, stamps: Stamps) -> Markup:
    """Return why the run ended before its time; nothing when it did not."""
    failure = result.failure
    if failure is None:
        return joined()
    return tag(
        "section",
        tag("h2", "The run failed"),
        tag(
            "p",
            tag("b", failure.actor),
            f" failed on {failure.kind} (message {failure.sequence}) at {stamps.text(failure.time)}.",
        ),
        tag("pre", failure.error + (f"\n{_short_paths(failure.line)}" if failure.line else ""), class_="error"),
        *(tag("p", note, class_="note") for note in failure.notes),
        tag("details", tag("summary", "Traceback"), tag("pre", _short_paths(failure.traceback))),
        id="failure",
    )


def _short_paths(text: str) -> str:
    """Return a traceback with each file's name and two folders above it, so that no machine's paths are told."""
    return _FILE_IN_TRACEBACK.sub(lambda match: match[1], text)
