"""The whole report: one HTML file that opens offline and asks the network for nothing."""

import base64
import hashlib
from contextlib import suppress
from importlib import metadata, resources
from pathlib import Path

import attrs

from tradepit.models.messages import BreakerState
from tradepit.models.orders import Side
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.result import Result
from tradepit.scenarios.sessions import SessionsError, zone_named
from tradepit.scenarios.writer import dump
from tradepit.tools.report.actors_section import actors_section
from tradepit.tools.report.books_section import books_section
from tradepit.tools.report.chart_data import MOST_SYMBOLS, Charts, charts_of
from tradepit.tools.report.costs import costs_of, value_by_symbol
from tradepit.tools.report.headline import (
    checks,
    data_problems,
    failure_account,
    header,
    notices,
    tiles,
)
from tradepit.tools.report.markup import Markup, joined, json_script, raw, tag
from tradepit.tools.report.orders_table import orders_section, orders_summary
from tradepit.tools.report.real_time import real_time
from tradepit.tools.report.stamps import Stamps
from tradepit.tools.report.tables import (
    all_metrics,
    breakers_section,
    costs_section,
    execution_section,
    positions,
    trades_section,
)

_SCRIPTS = ("writing.js", "time_axis.js", "charts.js", "hover.js", "tables.js")


class ReportUnavailable(Exception):  # noqa: N818  the run itself is whole
    """The report could not be written."""


def write_report(result: Result, path: Path, *, command: str = "") -> None:
    """Write a run's report as one HTML file.

    Equal runs give equal files, byte for byte: no wall clock, no paths of the machine.

    Args:
        result: the run. Its scenario's market data are read again for the price charts; where that fails the report
            says so in their place.
        path: the file to write; replaced if it exists.
        command: what runs it again, as it was typed; by default `tradepit run` with the scenario that the report
            holds.

    Raises:
        ReportUnavailable: the file cannot be written, or the clock's calendar can no longer be read.
    """
    try:
        text = report_html(result, command=command)
    except SessionsError as error:
        raise ReportUnavailable(f"the report of {result.name} cannot be made: {error}") from error
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # half a report is none
            part.unlink(missing_ok=True)
        raise ReportUnavailable(f"the report cannot be written to {path}: {error.strerror or error}") from error


def report_html(result: Result, *, command: str = "") -> str:
    """Return a run's report as the text of an HTML file; see `write_report`."""
    stamps = Stamps(zone_named(result.scenario.clock.zone))
    multipliers = {symbol: result.scenario.instrument(symbol).multiplier for symbol in result.scenario.market}
    bases = {symbol: result.scenario.instrument(symbol).base for symbol in result.scenario.market}
    costs = costs_of(result.fills.plain(), multipliers, bases)
    summary = orders_summary(result.orders.plain())
    charts = charts_of(result, value_by_symbol(costs), stamps)
    body = joined(
        header(result, stamps),
        tiles(result, summary, costs),
        checks(result, stamps),
        data_problems(result),
        notices(result),
        real_time(result, stamps),
        failure_account(result, stamps),
        _equity_section(charts, result.scenario.portfolio.cash.currency),
        _prices_section(charts),
        all_metrics(result),
        orders_section(result, summary, stamps),
        trades_section(result, stamps),
        costs_section(costs, result.scenario.portfolio.cash.currency),
        execution_section(result),
        breakers_section(result, stamps),
        positions(result),
        books_section(result, stamps),
        actors_section(result, stamps),
        _again(result, command),
        json_script("chart-data", charts.data),
    )
    return _document(result.name, body)


def _equity_section(charts: Charts, currency: str) -> Markup:
    by_day = "The run was long: the curve has the last point of each day." if charts.by_day else ""
    return tag(
        "section",
        tag("h2", "Equity and drawdown"),
        _noscript(),
        tag("div", id="equity-chart", class_="chart", role="img", aria_label=f"Equity in {currency}, drawdown below"),
        tag("p", by_day, class_="note") if by_day else "",
        tag("p", "Drag over a chart to zoom in, double-click to go back.", class_="hint"),
        id="equity",
    )


def _prices_section(charts: Charts) -> Markup:
    sides = {mark[2] for panel in charts.data["panels"] for mark in panel["fills"]}
    states = {span[2] for span in charts.data["spans"]}
    keys = [
        ("buy", "buy", Side.BUY.value in sides),
        ("sell", "sell", Side.SELL.value in sides),
        ("missed", "order not executed", any(panel["missed"] for panel in charts.data["panels"])),
        ("open", "breaker open", BreakerState.OPEN.value in states),
        ("half", "breaker half open", BreakerState.HALF_OPEN.value in states),
    ]
    legend = tag(
        "p",
        *(tag("span", tag("i", class_=f"key {key}"), said) for key, said, there in keys if there),
        class_="legend",
    )
    notes = []
    if charts.left_out:
        notes.append(f"The {MOST_SYMBOLS} symbols with the most traded value are drawn, {charts.left_out:,} are not.")
    if charts.spans_left_out:
        notes.append(f"{charts.spans_left_out:,} more stretches of open breakers are not shaded.")
    for panel in charts.panels:
        if panel.trouble:
            notes.append(f"The prices of {panel.symbol} could not be read again: {panel.trouble}.")
        for marks, noun in ((panel.fills, "fills"), (panel.missed, "orders not executed")):
            if marks.grouped:
                notes.append(f"{panel.symbol} has {marks.count:,} {noun}; they are drawn in groups.")
    return tag(
        "section",
        tag("h2", "Prices, fills and breakers"),
        legend,
        _noscript(),
        tag("div", id="price-chart", class_="chart", role="img", aria_label="Prices with fills and open breakers"),
        *(tag("p", note, class_="note") for note in notes),
        id="prices",
    )


def _noscript() -> Markup:
    return tag("noscript", tag("p", "The charts are drawn by a script in this file.", class_="note"))


def _again(result: Result, command: str) -> Markup:
    """Return the fingerprint and how to get it again."""
    try:
        text = dump(attrs.evolve(result.scenario, seed=result.seed))
    except (TypeError, ScenarioError) as error:
        text, trouble = "", str(error)
    file = f"{result.name}.yaml"
    if not text:
        kept = tag("p", f"The scenario was built in Python and cannot be written as a file: {trouble}.", class_="note")
    else:
        kept = tag(
            "details",
            tag("summary", f"The scenario as it ran: {file}"),
            tag(
                "p", f"Save it as {file} where the scenario's own file lay: relative paths start there.", class_="note"
            ),
            tag("pre", text),
        )
    again = command or (f"tradepit run {file} --seed {result.seed}" if text else "tradepit.run(scenario)")
    return tag(
        "section",
        tag("h2", "Run it again"),
        tag("pre", again, class_="command"),
        tag("p", "The same scenario, seed and code give this fingerprint again: ", tag("code", result.fingerprint)),
        kept,
        id="again",
    )


def _document(name: str, body: Markup) -> str:
    script = f'(() => {{\n"use strict";\n{"".join(_resource(part) for part in _SCRIPTS)}}})();\n'
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # Nothing may be fetched, and no script but this one may run, whatever a name in the scenario holds.
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content=f"Tradepit {metadata.version('tradepit')}"),
        tag("title", f"{name} – Tradepit"),  # noqa: RUF001  a dash between two names
        tag("style", raw(_resource("report.css"))),
    )
    page = tag("body", tag("main", body), tag("div", id="tip", hidden=""), tag("script", raw(script)))
    return f'<!DOCTYPE html>\n<html lang="en">{head}{page}</html>\n'


def _resource(name: str) -> str:
    return resources.files("tradepit.tools.report").joinpath(name).read_text(encoding="utf-8")
