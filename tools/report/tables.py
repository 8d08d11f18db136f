"""The report's other tables: metrics, trades, costs, breakers, positions."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import islice

from tradepit.models.messages import CircuitHalfOpened, CircuitTripped
from tradepit.models.round_trips import RoundTrip
from tradepit.scenarios.result import BreakerEvent, Result
from tradepit.tools.report.costs import Cost, totals_of
from tradepit.tools.report.data_tables import MOST_ROWS, Column, data_table
from tradepit.tools.report.figures import (
    exact,
    latency,
    metrics_by_group,
    money,
    number,
    percent,
    price,
    seconds,
    whole,
)
from tradepit.tools.report.markup import Markup, joined, tag
from tradepit.tools.report.stamps import Stamps

_MOST_COSTS = 500
_MOST_EVENTS = 500
_SEARCH_FROM = 12  # rows; fewer are read faster than searched

_TRADE_COLUMNS = (
    Column("entry"),
    Column("exit"),
    Column("symbol"),
    Column("side"),
    Column("quantity", numeric=True),
    Column("entry price", numeric=True),
    Column("exit price", numeric=True),
    Column("gross", numeric=True),
    Column("fees", numeric=True),
    Column("net", numeric=True),
    Column("worst", numeric=True),
    Column("best", numeric=True),
    Column("held", numeric=True),
    Column("strategy"),
)
_COST_COLUMNS = (
    Column("venue"),
    Column("symbol"),
    Column("fills", numeric=True),
    Column("quantity", numeric=True),
    Column("value", numeric=True),
    Column("fees", numeric=True),
    Column("fees, bps", numeric=True),
    Column("slippage", numeric=True),
    Column("slippage, bps", numeric=True),
    Column("in"),
)
_EXECUTION_FIGURES = (
    ("order_count", whole),
    ("fill_count", whole),
    ("fill_rate", percent),
    ("commission_per_fill", money),
    ("slippage_per_fill", money),
    ("accept_latency_p50_ns", latency),
    ("accept_latency_p99_ns", latency),
    ("fill_latency_p50_ns", latency),
    ("fill_latency_p99_ns", latency),
)
_EXECUTION_COLUMNS = (
    Column("venue"),
    Column("orders", numeric=True),
    Column("fills", numeric=True),
    Column("filled", numeric=True),
    Column("fee per fill", numeric=True),
    Column("slippage per fill", numeric=True),
    Column("accepted, median", numeric=True),
    Column("accepted, 99%", numeric=True),
    Column("first fill, median", numeric=True),
    Column("first fill, 99%", numeric=True),
)
_BREAKER_COLUMNS = (
    Column("time"),
    Column("breaker"),
    Column("event"),
    Column("rule"),
    Column("was", numeric=True),
    Column("limit", numeric=True),
    Column("action"),
    Column("cause"),
    Column("probes from"),
)


def trades_section(result: Result, stamps: Stamps) -> Markup:
    """Return the round trips."""
    count = len(result.trades)
    if not count:
        return tag("section", tag("h2", "Trades"), tag("p", "No position was closed.", class_="none"), id="trades")
    how = result.scenario.metrics.trades.replace("_", " ")
    word = "from" if how == "flat to flat" else "by"
    said = f"{count:,} {word} {how}; worst and best are the lowest and highest open profit."
    if result.counts.get("OrderFillBusted") or result.counts.get("OrderFillCorrected"):
        said += " What a venue took back stands as an opposite fill."
    rows = (_trade(trip, stamps) for trip in islice(result.trades, MOST_ROWS))
    return tag(
        "section",
        tag("h2", "Trades"),
        tag("p", said, class_="note"),
        data_table("trades-table", _TRADE_COLUMNS, rows, count, search=count >= _SEARCH_FROM),
        id="trades",
    )


def _trade(trip: RoundTrip, stamps: Stamps) -> tuple[object, ...]:
    return (
        stamps.text(trip.entry_time),
        stamps.text(trip.exit_time),
        trip.symbol,
        str(trip.side),
        exact(trip.quantity),
        price(trip.entry_price),
        price(trip.exit_price),
        money(trip.gross_pnl),
        money(trip.fees),
        tag("span", money(trip.net_pnl), class_="loss" if trip.net_pnl < 0 else "gain"),
        money(trip.mae),
        money(trip.mfe),
        tag("data", seconds(trip.holding_ns / 1e9), value=str(trip.holding_ns)),
        trip.strategy,
    )


def costs_section(costs: Sequence[Cost], currency: str) -> Markup:
    """Return fees and slippage by venue and symbol."""
    if not costs:
        return tag("section", tag("h2", "Costs"), tag("p", "Nothing was traded.", class_="none"), id="costs")
    shown = [(*_cost(cost), cost.currency or currency) for cost in costs[:_MOST_COSTS]]
    totals = totals_of(costs)
    said = " ".join(
        f"In {total.currency or currency}: {money(total.fees)} of fees ({number(total.fees_bps, 3)} bps) and"
        f" {money(total.slippage)} of slippage ({number(total.slippage_bps, 3)} bps) on {money(total.value)} traded."
        for total in totals
    )
    said += (
        " Slippage is what fills cost beyond the price before slippage; AT_END closes positions when the run is over."
    )
    apart = sorted({name for total in totals for name in total.fees_apart})
    if apart:
        amounts = " and ".join(
            f"{money(sum(t.fees_apart.get(name, Decimal(0)) for t in totals))} {name}" for name in apart
        )
        said += f" Fees of {amounts}, charged in that currency, come on top."
    return tag(
        "section",
        tag("h2", "Costs"),
        tag("p", said, class_="note"),
        data_table("costs-table", _COST_COLUMNS, shown, len(costs), search=len(costs) >= _SEARCH_FROM),
        id="costs",
    )


def _cost(cost: Cost) -> tuple[object, ...]:
    return (
        cost.venue,
        cost.symbol,
        f"{cost.fills:,}",
        exact(cost.quantity),
        money(cost.value),
        money(cost.fees),
        number(cost.fees_bps, 3),
        money(cost.slippage),
        number(cost.slippage_bps, 3),
    )


def execution_section(result: Result) -> Markup:
    """Return how orders were executed, by venue, and what was refused, by code."""
    execution = result.execution
    if not execution.figures["order_count"]:
        return tag("section", tag("h2", "Execution"), tag("p", "No order was sent.", class_="none"), id="execution")
    figures = {"all": execution.figures, **execution.venues}
    rows = [(name, *(write(own[key]) for key, write in _EXECUTION_FIGURES)) for name, own in figures.items()]
    refused = ", ".join(f"{code} {count:,}" for code, count in execution.rejects.items())
    said = (
        "Each venue's row counts the orders that it worked. Latencies run from a strategy's request to the news that"
        " the order works, and to the news of its first fill. Money is in"
        f" {result.scenario.portfolio.cash.currency}, at the rate of each fill. Refused: {refused or 'none'}."
    )
    return tag(
        "section",
        tag("h2", "Execution"),
        tag("p", said, class_="note"),
        data_table("execution-table", _EXECUTION_COLUMNS, rows, len(rows), search=len(rows) >= _SEARCH_FROM),
        id="execution",
    )


def breakers_section(result: Result, stamps: Stamps) -> Markup:
    """Return when which breaker opened and closed; nothing for a scenario without breakers."""
    events = result.breaker_events
    if not events:
        said = "No breaker tripped." if result.scenario.breakers else "The scenario has no breakers."
        return tag("section", tag("h2", "Breakers"), tag("p", said, class_="none"), id="breakers")
    rows = (_breaker_event(event, stamps) for event in events[:_MOST_EVENTS])
    return tag(
        "section",
        tag("h2", "Breakers"),
        data_table("breakers-table", _BREAKER_COLUMNS, rows, len(events), search=len(events) >= _SEARCH_FROM),
        id="breakers",
    )


def _breaker_event(event: BreakerEvent, stamps: Stamps) -> tuple[object, ...]:
    at = stamps.text(event.time)
    if isinstance(event, CircuitTripped):
        resets = "by hand" if event.resets_at is None else stamps.text(event.resets_at)
        told = {"probe": "a probe failed", "manual": "by hand"}.get(event.rule)  # these have no figures to compare
        measured = ("", "") if told else (number(event.was), number(event.limit))
        figures = (told or event.rule, *measured, event.action, event.cause, resets)
        return (at, event.breaker, tag("span", "tripped", class_="state rejected"), *figures)
    if isinstance(event, CircuitHalfOpened):
        probes = f"{event.probes:,} probe{'' if event.probes == 1 else 's'}"
        said = tag("span", f"half open, {probes}", class_="state expired")
        return (at, event.breaker, said, *[""] * 6)
    return (at, event.breaker, tag("span", "reset", class_="state filled"), *[""] * 6)


def all_metrics(result: Result) -> Markup:
    """Return every metric under headings."""
    return tag(
        "section",
        tag("h2", "All metrics"),
        tag(
            "div",
            *(
                tag(
                    "table",
                    tag("thead", tag("tr", tag("th", heading, colspan="2"))),
                    tag(
                        "tbody",
                        *(tag("tr", tag("td", name), tag("td", figure, class_="n")) for name, figure in rows),
                    ),
                )
                for heading, rows in metrics_by_group(result.metrics).items()
            ),
            class_="metrics",
        ),
        id="metrics",
    )


def positions(result: Result) -> Markup:
    """Return what was held at the end, before it was closed."""
    body: Markup = tag("p", "Nothing was held at the end.", class_="none")
    if result.positions:
        head = tag("tr", tag("th", "symbol"), tag("th", "quantity", class_="n"), tag("th", "average price", class_="n"))
        rows = (
            tag(
                "tr",
                tag("td", position.symbol),
                tag("td", exact(position.quantity), class_="n"),
                tag("td", price(position.average_price), class_="n"),
            )
            for position in result.positions
        )
        closed = "They were closed at the last price." if result.scenario.at_end.close_positions else ""
        body = joined(
            tag("table", tag("thead", head), tag("tbody", *rows)), tag("p", closed, class_="note") if closed else ""
        )
    return tag("section", tag("h2", "Positions at the end"), body, id="positions")
