"""The report's account of the account: each symbol's profit by every cost method, what was paid, and what happened."""

import re
from decimal import Decimal
from itertools import islice

from tradepit.models.messages import CashMoved, DividendOwed, Liquidated, MarginCalled, PositionSplit, SymbolRenamed
from tradepit.models.symbol_books import SymbolBooks
from tradepit.scenarios.result import AccountEvent, Result
from tradepit.tools.report.data_tables import MOST_ROWS, Column, data_table
from tradepit.tools.report.figures import exact, money
from tradepit.tools.report.markup import Markup, joined, tag
from tradepit.tools.report.stamps import Stamps

_BOOKS = (
    Column("symbol"),
    Column("held", numeric=True),
    Column("realised", numeric=True),
    Column("by FIFO", numeric=True),
    Column("by LIFO", numeric=True),
    Column("unrealised", numeric=True),
    Column("gross", numeric=True),
    Column("fees", numeric=True),
    Column("borrow", numeric=True),
    Column("dividends", numeric=True),
    Column("net", numeric=True),
    Column("in"),
)
_EVENTS = (Column("time"), Column("event"), Column("symbol"), Column("amount", numeric=True), Column("figures"))
_SEARCH_FROM = 12
_LONG = re.compile(r"-?\d+\.\d{5,}")  # a figure with more decimals than anybody reads


def books_section(result: Result, stamps: Stamps) -> Markup:
    """Return the books, cash by currency, and what happened to the account besides executions."""
    if not result.books and not result.account_events:
        return joined()
    balances = ", ".join(f"{money(amount)} {currency}" for currency, amount in result.balances.items())
    note = f"As the run ended, before positions were closed; realised is at average cost. Cash at the end: {balances}."
    if result.interest:
        note += f" Interest paid: {money(result.interest)} {result.scenario.portfolio.cash.currency}."
    rows = [_books(books) for books in result.books]
    events = result.account_events
    happened = joined()
    if events:
        currency = result.scenario.portfolio.cash.currency
        shown = [_event(event, stamps, currency) for event in islice(events, MOST_ROWS)]
        happened = joined(
            tag("h3", "What happened to the account besides executions"),
            data_table("events-table", _EVENTS, shown, len(events), search=len(events) >= _SEARCH_FROM),
        )
    return tag(
        "section",
        tag("h2", "Books"),
        tag("p", note, class_="note"),
        joined(
            data_table("books-table", _BOOKS, rows, len(rows), search=len(rows) >= _SEARCH_FROM) if rows else "",
            happened,
        ),
        id="books",
    )


def _books(books: SymbolBooks) -> tuple[object, ...]:
    return (
        books.symbol,
        exact(books.quantity),
        money(books.realised),
        money(books.realised_fifo),
        money(books.realised_lifo),
        money(books.unrealised),
        money(books.gross),
        money(books.fees),
        money(books.borrow),
        money(books.dividends),
        tag("span", money(books.net), class_="loss" if books.net < 0 else "gain"),
        books.currency,
    )


def _event(event: AccountEvent, stamps: Stamps, home: str) -> tuple[object, ...]:
    time = stamps.text(event.time)
    if isinstance(event, CashMoved):
        return (
            time,
            event.reason.lower(),
            event.symbol,
            f"{money(event.amount)} {event.currency}",
            _shortened(event.text),
        )
    if isinstance(event, DividendOwed):
        told = f"on {exact(event.quantity)}, paid {stamps.text(event.pays_at)}"
        return time, "dividend owed", event.symbol, f"{money(event.amount)} {event.currency}", told
    if isinstance(event, Liquidated):
        told = f"{event.side} {exact(event.quantity)} at {exact(event.price)}"
        return time, "liquidated", event.symbol, "", told
    if isinstance(event, MarginCalled):
        told = f"equity {money(event.equity)}, maintenance {money(event.maintenance)}, due {stamps.text(event.due_at)}"
        return time, "margin call", "", f"{money(event.deficit)} {home}", told
    if isinstance(event, PositionSplit):
        told = f"{exact(event.new)} for {exact(event.old)}: {exact(event.before)} became {exact(event.after)}"
        if event.paid_out:
            told += f", {exact(event.paid_out)} paid out at {exact(event.price)}"
        return time, "split", event.symbol, "", told
    if isinstance(event, SymbolRenamed):
        return time, "renamed", event.symbol, "", f"{exact(event.quantity)} go on as {event.to}"
    return time, "call met", "", "", f"equity {money(event.equity)}, maintenance {money(event.maintenance)}"


def _shortened(text: str) -> str:
    return _LONG.sub(lambda figure: money(Decimal(figure[0])), text)
