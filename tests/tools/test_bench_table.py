"""The page of ratios says who is how fast, and keeps what people wrote around it."""

import platform
from pathlib import Path

import attrs
import pytest

from tradepit.tools.bench.rounds import Round
from tradepit.tools.bench.table import Row, Section, render, write
from tradepit.tools.bench.works import FLOOR, SUBJECT, WORKS


def a_round(seconds: float, fills: int = 3, version: str = "") -> Round:
    return Round(
        count=1_000_000, seconds=seconds, fills=fills, final_equity=5.0, peak_memory_bytes=40_400_000, version=version
    )


ROWS = [
    Row(label=FLOOR, found=a_round(0.25)),
    Row(label=SUBJECT, found=a_round(2.0)),
    Row(label=f"{SUBJECT}, journal off", found=a_round(1.6)),
    Row(label="swift", found=a_round(1.25, version="0.11")),
    Row(label="tardy", found=a_round(48.123, fills=4, version="9")),
    Row(label="absent", reason="No matching distribution"),
]
SECTION = Section(work=WORKS["w1"], count=1_000_000, rounds=3, rows=ROWS)


def test_a_work_is_a_table_fastest_first_and_the_absent_last() -> None:
    table = render([SECTION]).partition("## ")[2]
    assert table == (
        "w1: SMA 10/30 crossover on one symbol's minute bars\n"
        "\n"
        "1,000,000 bars a round; the best of 3 counts.\n"
        "\n"
        "| side | of the plain loop | Tradepit against it | bars/s on the machine of this run | memory | same work |\n"
        "|---|--:|--:|--:|--:|---|\n"
        "| plain loop | 100.00% | 0.12 | 4,000,000 | 40 MB | yes |\n"
        "| swift 0.11 | 20.00% | 0.62 | 800,000 | 40 MB | yes |\n"
        "| Tradepit, journal off | 15.62% | 0.80 | 625,000 | 40 MB | yes |\n"
        "| Tradepit | 12.50% | 1.00 | 500,000 | 40 MB | yes |\n"
        "| tardy 9 | 0.52% | 24.06 | 20,800 | 40 MB | no: fills 4 instead of 3 |\n"
        "| absent | | | | | not run: No matching distribution |\n"
    )


def test_without_tradepit_there_is_nothing_to_set_against_the_others() -> None:
    rows = [ROWS[0], ROWS[3]]
    lines = render([attrs.evolve(SECTION, work=WORKS["ring"], rows=rows)]).splitlines()
    assert lines[-2:] == [
        "| plain loop | 100.00% | not measured | 4,000,000 | 40 MB | yes |",
        "| swift 0.11 | 20.00% | not measured | 800,000 | 40 MB | yes |",
    ]
    assert "1,000,000 deliveries a round; the best of 3 counts." in lines


def test_who_did_other_work_is_told_by_label() -> None:
    assert SECTION.disagreements == {"tardy": "fills 4 instead of 3"}


def test_the_page_says_how_it_was_measured_and_on_which_python_but_not_where() -> None:
    page = render([SECTION])
    assert page.startswith("`make bench` makes this page.")
    assert f"Run with Python {platform.python_version()} on {platform.system()}, {platform.machine()}.\n" in page
    assert str(Path.home()) not in page


def test_a_page_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "benchmarks.md"
    write(path, "figures\n")
    assert path.read_text() == (
        "# Benchmarks\n\n<!-- made by make bench: begin -->\n\nfigures\n\n<!-- made by make bench: end -->\n"
    )


def test_writing_again_changes_what_is_between_the_marks_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    write(path, "old\n")
    path.write_text(f"Before.\n{path.read_text()}After.\n")
    write(path, "new\n")
    assert path.read_text() == (
        "Before.\n# Benchmarks\n\n"
        "<!-- made by make bench: begin -->\n\nnew\n\n<!-- made by make bench: end -->\nAfter.\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Mine alone.\n",
        "<!-- made by make bench: begin -->\n",
        "<!-- made by make bench: end -->\n<!-- made by make bench: begin -->\n",
    ],
)
def test_a_page_without_both_marks_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.md"
    path.write_text(text)
    with pytest.raises(ValueError, match="must hold the lines"):
        write(path, "new\n")
    assert path.read_text() == text
