"""The report's section on a session in real time: how late things were, and how the outside feed fared."""

from tradepit.actors.kernel import Lateness, Pace
from tradepit.scenarios.live_log import FeedAccount
from tradepit.scenarios.result import Result
from tradepit.tools.report.markup import Markup, joined, tag
from tradepit.tools.report.stamps import Stamps

_MOST_LINES = 50


def real_time(result: Result, stamps: Stamps) -> Markup:
    """Return the section; nothing for a run in virtual time."""
    if result.lateness is None:
        return joined()
    return tag(
        "section",
        tag("h2", "Real time"),
        tag("p", f"{lateness_in_words(result.lateness)}."),
        _feed(result.feed, stamps) if result.feed is not None else "",
        id="real-time",
    )


def lateness_in_words(lateness: Lateness) -> str:
    """Return how late things were, with the figures in ms."""
    p50, p99, most = (f"{figure / 1e6:,.2f} ms" for figure in (lateness.p50_ns, lateness.p99_ns, lateness.most_ns))
    limit = f"{Pace.LATE_NS / 1e6:g} ms"
    return (
        f"p50 {p50}, p99 {p99}, at most {most}; {lateness.late:,} of {lateness.deliveries:,} instants came more than "
        f"{limit} late"
    )


def feed_in_words(feed: FeedAccount) -> str:
    """Return how a feed fared."""
    return ", ".join(
        (
            f"{feed.connections:,} connection{'' if feed.connections == 1 else 's'}",
            f"lost {feed.losses:,} time{'' if feed.losses == 1 else 's'}",
            f"{feed.refused:,} line{'' if feed.refused == 1 else 's'} refused",
        )
    )


def _feed(feed: FeedAccount, stamps: Stamps) -> Markup:
    rows = [
        tag(
            "tr",
            tag("td", stamps.text(line.time)),
            tag("td", line.address),
            tag("td", f"{line.connection:,}", class_="n"),
            tag("td", f"{line.line:,}", class_="n"),
            tag("td", line.text),
        )
        for line in feed.refused_lines[:_MOST_LINES]
    ]
    head = tag(
        "tr",
        tag("th", "time"),
        tag("th", "sender"),
        tag("th", "connection", class_="n"),
        tag("th", "line", class_="n"),
        tag("th", "why it was refused"),
    )
    cut = feed.refused > len(rows)
    return joined(
        tag("p", f"The feed: {feed_in_words(feed)}."),
        tag("p", f"The first {len(rows):,} of {feed.refused:,} are here.", class_="note") if cut else "",
        tag("table", tag("thead", head), tag("tbody", *rows)) if rows else "",
    )
