"""The orders of a run: how they ended, and each with its history."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import attrs

from tradepit.models.messages import OrderClosed
from tradepit.models.orders import Order
from tradepit.scenarios.result import Result
from tradepit.tools.report.data_tables import MOST_ROWS, Column, data_table
from tradepit.tools.report.figures import exact, money, price
from tradepit.tools.report.markup import Markup, json_script, tag
from tradepit.tools.report.order_terms import terms_in_words
from tradepit.tools.report.stamps import Stamps

_COLUMNS = (
    Column("order"),
    Column("time"),
    Column("symbol"),
    Column("side"),
    Column("kind"),
    Column("quantity", numeric=True),
    Column("limit", numeric=True),
    Column("stop", numeric=True),
    Column("state"),
    Column("filled", numeric=True),
    Column("average", numeric=True),
    Column("fees", numeric=True),
    Column("code"),
    Column("venue"),
)


@attrs.frozen(kw_only=True)
class OrdersSummary:
    """How orders ended.

    Attributes:
        count: how many ended.
        states: how many in each state.
        codes: how many by state and code, for those that have a code.
    """

    count: int
    states: Mapping[str, int]
    codes: Mapping[tuple[str, str], int]


def orders_summary(orders: Iterable[Mapping[str, Any]]) -> OrdersSummary:
    """Count orders, as `Rows.plain` gives them."""
    codes = Counter((closed["state"], closed["code"]) for closed in orders)
    states: Counter[str] = Counter()
    for (state, _), count in codes.items():
        states[state] += count
    return OrdersSummary(
        count=states.total(), states=states, codes={key: count for key, count in codes.items() if key[1]}
    )


def orders_section(result: Result, summary: OrdersSummary, stamps: Stamps) -> Markup:
    """Return how orders ended, the table, and the histories behind its rows."""
    if not summary.count:
        return tag("section", tag("h2", "Orders"), tag("p", "No order ended.", *_still_open(result)), id="orders")
    shown = list(islice(result.orders, MOST_ROWS))
    hint = tag("span", " Click an order for its history.", class_="hint")
    return tag(
        "section",
        tag("h2", "Orders"),
        tag("p", _in_words(summary), *_still_open(result), hint),
        data_table("orders-table", _COLUMNS, (_row(closed, stamps) for closed in shown), summary.count),
        json_script("orders-table-details", [_details(closed, result.start, stamps) for closed in shown]),
        id="orders",
    )


def _in_words(summary: OrdersSummary) -> str:
    parts = []
    for state, count in sorted(summary.states.items(), key=lambda item: (-item[1], item[0])):
        codes = sorted(
            ((code, number) for (of, code), number in summary.codes.items() if of == state),
            key=lambda item: (-item[1], item[0]),
        )
        reasons = ", ".join(f"{code} {number:,}" for code, number in codes)
        parts.append(f"{count:,} {state}" + (f" ({reasons})" if reasons else ""))
    return "; ".join(parts) + "."


def _still_open(result: Result) -> list[str]:
    return [f" {len(result.open_orders):,} still open at the end."] if result.open_orders else []


def _row(closed: OrderClosed, stamps: Stamps) -> tuple[object, ...]:
    order = closed.order
    return (
        tag("button", order.order_id, type="button", aria_expanded="false"),
        stamps.text(order.created_at),
        order.symbol,
        str(order.side),
        _kind(order),
        exact(order.quantity),
        "" if order.limit_price is None else price(order.limit_price),
        "" if order.stop_price is None else price(order.stop_price),
        tag("span", str(closed.state), class_=f"state {closed.state.lower()}"),
        exact(closed.cumulative),
        price(closed.average_price) if closed.cumulative else "",
        money(closed.fees) if closed.cumulative else "",
        closed.code,
        ", ".join(closed.venues),
    )


def _kind(order: Order) -> str:
    return f"{order.kind} {order.time_in_force}"


def _details(closed: OrderClosed, start_ns: int, stamps: Stamps) -> dict[str, Any]:
    """Return what a click shows: a sentence, and (state, microseconds since the start, cause) of each step."""
    fills = f"{closed.fills:,} fill{'' if closed.fills == 1 else 's'}"
    terms = terms_in_words(closed.order.terms, stamps)
    said = [
        f"strategy {closed.strategy}",
        terms,
        fills,
        f"{closed.code}: {closed.text}" if closed.code else closed.text,
    ]
    return {
        "said": ", ".join(part for part in said if part),
        "steps": [[state, (at - start_ns) // 1_000, cause] for state, at, cause in closed.history],
    }
