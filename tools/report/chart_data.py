"""What the charts draw, as plain data: times are microseconds since the run's start, prices floats."""

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs

from tradepit.actors.circuit_breaker import NOT_FILLED_AT_ONCE
from tradepit.models.order_states import OrderState
from tradepit.scenarios.price_trace import PriceTrace, trace_prices
from tradepit.scenarios.result import Result
from tradepit.scenarios.sessions import Sessions, SessionsError
from tradepit.scenarios.sources import SourceError
from tradepit.tools.report.breaker_spans import BreakerSpan, breaker_spans
from tradepit.tools.report.curve_points import curve_points
from tradepit.tools.report.figures import exact
from tradepit.tools.report.figures import price as price_text
from tradepit.tools.report.markers import Mark, Marks
from tradepit.tools.report.stamps import Stamps
from tradepit.tools.report.time_axis import knots

MOST_SYMBOLS = 8
MOST_SPANS = 400
_ENDS_THAT_FAILED = frozenset({OrderState.REJECTED.value, OrderState.FAILED.value})


@attrs.define
class Panel:
    """One symbol's chart.

    Attributes:
        symbol: the instrument.
        fills: its executions.
        missed: its orders that were refused, failed, or found nothing at once.
        trace: its prices, or None where they could not be read again.
        trouble: why not; empty where they could.
    """

    symbol: str
    fills: Marks
    missed: Marks
    trace: PriceTrace | None = None
    trouble: str = ""


@attrs.frozen(kw_only=True)
class Charts:
    """All that is drawn.

    Attributes:
        data: plain data for the page's script.
        panels: the symbols that have a chart.
        left_out: how many symbols have none.
        spans_left_out: how many stretches of open breakers are not shaded.
        by_day: whether the equity curve has only the last point of each day.
    """

    data: dict[str, Any]
    panels: Sequence[Panel]
    left_out: int
    spans_left_out: int
    by_day: bool


def charts_of(result: Result, values: Mapping[str, Decimal], stamps: Stamps) -> Charts:
    """Return what is to be drawn of a run.

    Args:
        result: the run.
        values: traded value of each symbol; the symbols with the largest have a chart.
        stamps: writes the offsets of the scenario's zone.
    """
    market = list(result.scenario.market)
    ranked = sorted(market, key=lambda symbol: -values.get(symbol, Decimal(0)))  # stable: the scenario's order
    panels = _panels(result, ranked[:MOST_SYMBOLS])
    _mark_fills(panels, result.fills.plain())
    _mark_missed(panels, result.orders.plain())
    spans = breaker_spans(result.breaker_events, result.end)
    traces = [panel.trace for panel in panels.values() if panel.trace is not None]
    points = curve_points(result.equity)
    start, end = result.start, max(result.end, result.start)

    def since(at_ns: int) -> int:
        return (at_ns - start) // 1_000

    data = {
        "base": start // 1_000,
        "length": since(end),
        "offsets": [[since(at), offset] for at, offset in stamps.offsets(start, end)],
        "knots": [
            [since(at), round(place, 9)] for at, place in knots(start, end, [trace.stretches for trace in traces])
        ],
        "currency": result.scenario.portfolio.cash.currency,
        "equity": {
            "t": [since(at) for at in points.times],
            "v": [_short(figure) for figure in points.equity],
            "d": [_short(figure) for figure in points.drawdowns],
        },
        "spans": [_span(span, since(span.start), since(span.end)) for span in spans[:MOST_SPANS]],
        "panels": [
            {
                "symbol": panel.symbol,
                "bars": _columns(panel.trace, start),
                "fills": [_mark(mark, since(mark.time)) for mark in panel.fills.shown()],
                "missed": [_mark(mark, since(mark.time)) for mark in panel.missed.shown()],
            }
            for panel in panels.values()
        ],
    }
    return Charts(
        data=data,
        panels=list(panels.values()),
        left_out=len(market) - len(panels),
        spans_left_out=max(len(spans) - MOST_SPANS, 0),
        by_day=result.equity.spacing == "day",
    )


def _panels(result: Result, symbols: Iterable[str]) -> dict[str, Panel]:
    """Return the symbols' charts, as yet without marks."""
    start, end = result.start, result.end
    panels = {symbol: Panel(symbol, Marks(start, end, "fill"), Marks(start, end, "order")) for symbol in symbols}
    sessions = Sessions.of(result.scenario.clock)
    for symbol, panel in panels.items():
        if symbol in result.prices:
            panel.trace = result.prices[symbol]
            continue
        try:
            panel.trace = trace_prices(result.scenario, symbol, sessions=sessions, until_ns=end)
        except (SourceError, SessionsError) as error:  # a file has gone since, or a calendar's package
            panel.trouble = str(error)
    return panels


def _mark_fills(panels: Mapping[str, Panel], fills: Iterable[Mapping[str, Any]]) -> None:
    for fill in fills:
        panel = panels.get(fill["symbol"])
        if panel is None:
            continue
        quantity, price = Decimal(fill["quantity"]), Decimal(fill["price"])
        text = f"{fill['side']} {exact(quantity)} at {price_text(price)}, {fill['venue']}, order {fill['order_id']}"
        panel.fills.add(Mark(fill["time"], price, fill["side"], text), quantity)


def _mark_missed(panels: Mapping[str, Panel], orders: Iterable[Mapping[str, Any]]) -> None:
    for closed in orders:
        order, code = closed["order"], closed["code"]
        panel = panels.get(order["symbol"])
        starved = code in NOT_FILLED_AT_ONCE and not Decimal(closed["cumulative"])
        if panel is None or not (closed["state"] in _ENDS_THAT_FAILED or starved):
            continue
        sort = f"{closed['state']} {code}"
        price = order["limit_price"] or order["stop_price"]
        if price is None and order["arrival_price"] is not None and math.isfinite(order["arrival_price"]):
            price = repr(order["arrival_price"])
        quantity = Decimal(order["quantity"])
        text = f"{sort}: {order['side']} {exact(quantity)}, order {order['order_id']}"
        panel.missed.add(Mark(closed["closed_at"], None if price is None else Decimal(price), sort, text), quantity)


def _mark(mark: Mark, at_us: int) -> list[Any]:
    price = None if mark.price is None or not mark.price.is_finite() else _short(float(mark.price))
    return [at_us, price, mark.sort, mark.text]


def _span(span: BreakerSpan, start_us: int, end_us: int) -> list[Any]:
    return [start_us, end_us, span.state.value, span.breaker, f"{span.state.value} ({span.rule})"]


def _columns(trace: PriceTrace | None, start_ns: int) -> dict[str, list[Any]]:
    """Return buckets as columns: JSON of these is a third of what it is of objects."""
    buckets = () if trace is None else trace.buckets
    return {
        "a": [(bucket.first - start_ns) // 1_000 for bucket in buckets],
        "z": [(bucket.last - start_ns) // 1_000 for bucket in buckets],
        "o": [_short(bucket.open) for bucket in buckets],
        "h": [_short(bucket.high) for bucket in buckets],
        "l": [_short(bucket.low) for bucket in buckets],
        "c": [_short(bucket.close) for bucket in buckets],
    }


def _short(figure: float) -> float | None:
    """Return a figure with nine digits, more than any pixel can show; None for what is none."""
    return float(f"{figure:.9g}") if math.isfinite(figure) else None
