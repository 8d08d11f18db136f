"""The report's part on the actors: what each handled, how many messages waited, who crashed and came back."""

import math
from collections.abc import Iterator, Sequence

from tradepit.actors.kernel import ActorCrashed, ActorEnded, ActorRestarted, FailureEscalated
from tradepit.scenarios.actor_figures import ActorFigures, SupervisionEvent
from tradepit.scenarios.expectations import duration_words
from tradepit.scenarios.result import Result
from tradepit.tools.report.data_tables import Column, data_table
from tradepit.tools.report.figures import percent
from tradepit.tools.report.markup import Markup, joined, tag
from tradepit.tools.report.stamps import Stamps

_MOST_EVENTS = 500
_MOST_LETTERS = 100
_SEARCH_FROM = 12  # rows; fewer are read faster than searched
_WIDTH, _HEIGHT = 600, 60  # of a small chart, in its own units

_COLUMNS = (
    Column("actor"),
    Column("handled", numeric=True),
    Column("µs each", numeric=True),
    Column("dropped", numeric=True),
    Column("dead letters", numeric=True),
    Column("crashes", numeric=True),
    Column("restarts", numeric=True),
    Column("busy", numeric=True),
    Column("longest wait", numeric=True),
    Column("most waiting", numeric=True),
    Column("longest away", numeric=True),
)
_EVENT_KINDS = [kind.__name__ for kind in (ActorCrashed, ActorRestarted, ActorEnded, FailureEscalated)]
_EVENT_COLUMNS = (Column("time"), Column("actor"), Column("event"), Column("on"), Column("what"))
_LETTER_COLUMNS = (Column("time"), Column("actor"), Column("kind"), Column("message", numeric=True), Column("reason"))
_LINK_COLUMNS = (Column("from"), Column("to"), Column("rule"), Column("messages hit", numeric=True))


def actors_section(result: Result, stamps: Stamps) -> Markup:
    """Return the table of the actors, their mailboxes over time, what supervisors said, and what links did."""
    if not result.actors:
        return joined()
    rows = [_row(name, figures) for name, figures in result.actors.items()]
    return tag(
        "section",
        tag("h2", "Actors"),
        data_table("actors-table", _COLUMNS, rows, len(rows), search=len(rows) >= _SEARCH_FROM),
        _mailboxes(result, stamps),
        _supervision(result, stamps),
        _dead_letters(result, stamps),
        _links(result),
        id="actors",
    )


def _row(name: str, figures: ActorFigures) -> tuple[object, ...]:
    tally = figures.tally
    away = figures.recovery_ns
    return (
        name,
        f"{figures.handled:,}",
        "" if figures.handling_ns is None else f"{figures.handling_ns / 1e3:.1f}",
        f"{figures.dropped:,}",
        f"{tally.dead_letters:,}",
        f"{tally.crashes:,}",
        f"{tally.restarts:,}",
        percent(figures.busy_share) if tally.busy_ns else "",
        duration_words(tally.longest_wait_ns) if tally.longest_wait_ns else "",
        f"{tally.deepest:,}",
        "" if away is None else "never back" if math.isinf(away) else duration_words(away),
    )


# --- mailboxes ----------------------------------------------------------------------------------------------------


def _mailboxes(result: Result, stamps: Stamps) -> Markup:
    """Return a small chart for each mailbox in which more than one message ever waited."""
    crowded = {name: figures for name, figures in result.actors.items() if figures.tally.deepest > 1}
    if not crowded:
        return joined()
    first = min(result.start, *(figures.depth[0][0] for figures in crowded.values()))
    last = max(result.end, *(figures.depth[-1][0] for figures in crowded.values()))
    return joined(
        tag("h3", "Messages that waited"),
        tag("p", f"From {stamps.text(first)} to {stamps.text(last)}.", class_="note"),
        *(
            tag(
                "figure",
                tag("figcaption", tag("b", name), f", at most {figures.tally.deepest:,}"),
                _steps(figures.depth, first, last, figures.tally.deepest, name),
                class_="mailbox",
            )
            for name, figures in crowded.items()
        ),
    )


def _steps(points: Sequence[tuple[int, int]], first: int, last: int, deepest: int, name: str) -> Markup:
    """Return a stepped line: a depth holds until the next point."""
    span = max(1, last - first)
    path = ["M0", f"{_HEIGHT}"]
    for time, depth in points:
        path.append(f"H{(time - first) / span * _WIDTH:.1f} V{_HEIGHT - depth / deepest * (_HEIGHT - 2):.1f}")
    path.append(f"H{_WIDTH}")
    return tag(
        "svg",
        tag("path", d=" ".join(path)),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"Messages that waited for {name} over time",
    )


# --- crashes ------------------------------------------------------------------------------------------------------


def _supervision(result: Result, stamps: Stamps) -> Markup:
    events = result.supervision
    if not events:
        return joined()
    total = max(sum(result.counts.get(kind, 0) for kind in _EVENT_KINDS), len(events))
    rows = (_event(event, stamps) for event in events[:_MOST_EVENTS])
    return joined(
        tag("h3", "Crashes and restarts"),
        data_table("supervision-table", _EVENT_COLUMNS, rows, total, search=total >= _SEARCH_FROM),
    )


def _event(event: SupervisionEvent, stamps: Stamps) -> tuple[object, ...]:
    at = stamps.text(event.time)
    if isinstance(event, ActorCrashed):
        said = tag("span", "crashed", class_="state rejected")
        return (at, event.actor, said, f"{event.kind} (message {event.sequence:,})", event.error)
    if isinstance(event, ActorRestarted):
        away = f"after {duration_words(event.down_ns)}, " if event.down_ns else ""
        replayed = f"{event.replayed:,} message{'' if event.replayed == 1 else 's'} replayed"
        what = f"{away}{replayed}, by {event.supervisor}"
        return (at, event.actor, tag("span", "restarted", class_="state filled"), "", what)
    if isinstance(event, ActorEnded):
        said = tag("span", "ended", class_="state expired")
        return (at, event.actor, said, "", f"{event.reason}, under {event.supervisor}")
    often = f"{event.intensity:,} restarts in {duration_words(event.period_ns)}"
    up = f"to {event.above}" if event.above else "nobody is above, the run ends"
    what = f"{event.supervisor} had {often}; {up}"
    return (at, event.actor, tag("span", "escalated", class_="state rejected"), "", what)


def _dead_letters(result: Result, stamps: Stamps) -> Markup:
    letters = result.dead_letters
    if not letters:
        return joined()
    total = max(result.counts.get("MessageSetAside", 0), len(letters))
    rows = (
        (stamps.text(letter.time), letter.actor, letter.kind, f"{letter.sequence:,}", letter.reason)
        for letter in letters[:_MOST_LETTERS]
    )
    return joined(
        tag("h3", "Dead letters"),
        tag("p", "Messages that nobody handled.", class_="note"),
        data_table("letters-table", _LETTER_COLUMNS, rows, total, search=total >= _SEARCH_FROM),
    )


def _links(result: Result) -> Markup:
    rows = list(_rules(result))
    if not rows:
        return joined()
    return joined(
        tag("h3", "Faults of links"),
        data_table("links-table", _LINK_COLUMNS, rows[:_MOST_EVENTS], len(rows), search=len(rows) >= _SEARCH_FROM),
    )


def _rules(result: Result) -> Iterator[tuple[object, ...]]:
    """Yield the rules that hit a message; where rules stand between many, most hit none."""
    for link in result.links:
        for verb, count in link.rules:
            if count:
                yield (link.sender, link.receiver, verb, f"{count:,}")
