"""The works that are measured, each with its floor and with Tradepit's way of doing it.

To add a work, or to say how Tradepit does one, is one line in `WORKS`. A subject is a function of the count alone:
it makes everything ready, times what is to be timed with `probe.seconds_of`, and answers what was `Measured`. It
runs in a fresh interpreter each time.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import attrs

from tradepit.tools.bench import floors, subjects
from tradepit.tools.bench.peers.probe import Measured

Side: TypeAlias = Callable[[int], Measured]

FLOOR = "plain loop"
SUBJECT = "Tradepit"


class UnknownWorkError(ValueError):
    """A work was asked for by a name that none has."""


@attrs.frozen(kw_only=True)
class Work:
    """One kind of work to be measured.

    Attributes:
        name: what it is called on the command line.
        title: what it is, in a few words.
        unit: what is counted.
        count: how many bars are fed, or messages delivered.
        on_bars: whether bars are its input.
        floor: the plain loop.
        subject: Tradepit's way, or None where it is not measured.
        variants: Tradepit's way under other settings, by a label.
    """

    name: str
    title: str
    unit: str
    count: int
    on_bars: bool
    floor: Side
    subject: Side | None = None
    variants: Mapping[str, Side] = attrs.Factory(dict)

    @property
    def sides(self) -> dict[str, Side]:
        """Give all that can be measured here by label, the floor first."""
        own = {} if self.subject is None else {SUBJECT: self.subject}
        return {FLOOR: self.floor} | own | {f"{SUBJECT}, {label}": side for label, side in self.variants.items()}


WORKS: dict[str, Work] = {
    work.name: work
    for work in (
        Work(
            name="ring",
            title="one message round a ring of 8 actors",
            unit="deliveries",
            count=2_000_000,
            on_bars=False,
            floor=floors.ring,
            subject=subjects.ring,
            variants={
                "supervised": subjects.ring_supervised,
                "over links": subjects.ring_over_links,
                "over links with latency": subjects.ring_with_latency,
            },
        ),
        Work(
            name="ring-tasks",
            title="the same ring, waking a trio task for each delivery",
            unit="deliveries",
            count=200_000,
            on_bars=False,
            floor=floors.ring_tasks,
            subject=subjects.ring_tasks,
        ),
        Work(
            name="w1",
            title="SMA 10/30 crossover on one symbol's minute bars",
            unit="bars",
            count=1_000_000,
            on_bars=True,
            floor=floors.w1,
            subject=subjects.w1,
            variants={"journal off": subjects.w1_journal_off, "journal full": subjects.w1_journal_full},
        ),
        Work(
            name="w1b",
            title="a market order on every bar",
            unit="orders",
            count=100_000,
            on_bars=True,
            floor=floors.w1b,
            subject=subjects.w1b,
        ),
        Work(
            name="w2",
            title="a market order on every hundredth quote",
            unit="quotes",
            count=1_000_000,
            on_bars=False,
            floor=floors.w2,
            subject=subjects.w2,
        ),
    )
}


def named(names: Iterable[str], works: Mapping[str, Work] = WORKS) -> list[Work]:
    """Find works by name, in the order asked for; no names mean all that Tradepit does.

    Raises:
        UnknownWorkError: for a name that no work has; the message lists the names and suggests the nearest.
    """
    wanted = list(names)
    for name in wanted:
        if name not in works:
            nearest = difflib.get_close_matches(name, works, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            raise UnknownWorkError(f"a work must be one of {', '.join(works)}, was {name!r}{hint}")
    if wanted:
        return [works[name] for name in wanted]
    return [work for work in works.values() if work.subject is not None]
