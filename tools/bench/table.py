"""The page of ratios: how Tradepit's speed stands to the plain loops and to other engines, in Markdown."""

import platform
from collections.abc import Sequence
from pathlib import Path

import attrs

from tradepit.tools.bench.agreement import EQUITY_TOLERANCE, disagreement
from tradepit.tools.bench.rounds import Round
from tradepit.tools.bench.works import FLOOR, SUBJECT, Work

BEGIN = "<!-- made by make bench: begin -->"
END = "<!-- made by make bench: end -->"

_HEAD = "# Benchmarks\n\n"

_METHOD = f"""\
`make bench` makes this page. The ratios are what counts: all sides of a work are measured on one machine, in one
run, on one core, and take turns. Each round has a fresh interpreter. The best round stands here, for it is the one
that other programs disturbed least. Python's garbage collector is on; data that was loaded before the timed part is
frozen out of it, for everyone. Loading other engines' data and making them ready are not timed.

- *Plain loop* is the floor: the same answers computed by a loop in Python with no engine around it.
- *Tradepit against it* says how many times as fast as that row's side Tradepit is.
- *Memory* is the peak of the whole process, with the bars that it was handed.
- *Same work* compares count, fills and final equity with the plain loop's. Equities may differ by {EQUITY_TOLERANCE}.

The bars are synthetic, the same on every machine, and each opens where the last one closed; so an engine that fills
a market order at the close and one that fills it at the next open pay the same price. `tools/bench/workloads.py`
states the works in full, `tools/bench/peers/` how each engine does them. Other engines come from pip, each in its
own environment, in the newest release that runs on this Python. They do other things besides and leave other things
out, such as a journal; a ratio here is one of speed alone.

Run with Python {{python}} on {{machine}}.
"""


@attrs.frozen(kw_only=True)
class Row:
    """One side of one work.

    Attributes:
        label: who.
        found: its best round, or None when there is none.
        reason: why there is none.
    """

    label: str
    found: Round | None = None
    reason: str = ""


@attrs.frozen(kw_only=True)
class Section:
    """One work and all sides of it, the floor first.

    Attributes:
        work: the work.
        count: how much of it each round did: bars fed, or messages delivered.
        rounds: rounds of each side.
        rows: the sides.
    """

    work: Work
    count: int
    rounds: int
    rows: Sequence[Row]

    @property
    def reference(self) -> Round:
        """Give the floor's round."""
        (floor,) = (row.found for row in self.rows if row.label == FLOOR and row.found)
        return floor

    @property
    def disagreements(self) -> dict[str, str]:
        """Tell by label who did other work, and in what it differs."""
        judged = {row.label: disagreement(row.found, self.reference) for row in self.rows if row.found}
        return {label: words for label, words in judged.items() if words}


def render(sections: Sequence[Section]) -> str:
    """Write the page's generated part: the method, then a table for each work, fastest first."""
    machine = f"{platform.system()}, {platform.machine()}"
    parts = [_METHOD.format(python=platform.python_version(), machine=machine)]
    parts.extend(_section(section) for section in sections)
    return "\n".join(parts)


def write(path: Path, generated: str) -> None:
    """Put the generated part between its marks in a page, and leave what stands around it as it was.

    Raises:
        ValueError: when the page exists and has not both marks, in their order.
    """
    text = path.read_text() if path.exists() else f"{_HEAD}{BEGIN}\n{END}\n"
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} must hold the lines {BEGIN} and {END}, between which the bench writes")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}{BEGIN}\n\n{generated}\n{END}{after}")


def _section(section: Section) -> str:
    work = section.work
    heads = ("side", "of the plain loop", "Tradepit against it", f"{work.unit}/s on the machine of this run", "memory")
    lines = [
        f"## {work.name}: {work.title}",
        "",
        f"{section.count:,} {'bars' if work.on_bars else work.unit} a round; the best of {section.rounds} counts.",
        "",
        f"| {' | '.join(heads)} | same work |",
        "|---|--:|--:|--:|--:|---|",
    ]
    subject = next((row.found for row in section.rows if row.label == SUBJECT), None)
    ran = [row for row in section.rows if row.found]
    lines.extend(
        _line(row.label, row.found, subject, section)
        for row in sorted(ran, key=lambda row: -row.found.per_second if row.found else 0.0)
    )
    lines.extend(f"| {row.label} | | | | | not run: {row.reason} |" for row in section.rows if not row.found)
    return "\n".join(lines) + "\n"


def _line(label: str, found: Round | None, subject: Round | None, section: Section) -> str:
    assert found is not None
    name = f"{label} {found.version}".strip()
    of_floor = f"{found.per_second / section.reference.per_second:.2%}"
    against = f"{subject.per_second / found.per_second:,.2f}" if subject else "not measured"
    memory = f"{found.peak_memory_bytes / 1e6:,.0f} MB"
    same = f"no: {section.disagreements[label]}" if label in section.disagreements else "yes"
    return f"| {name} | {of_floor} | {against} | {_three_digits(found.per_second)} | {memory} | {same} |"


def _three_digits(number: float) -> str:
    """Round to what a measurement can tell: three digits."""
    return f"{float(f'{number:.3g}'):,.0f}"
