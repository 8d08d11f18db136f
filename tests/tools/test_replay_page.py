"""docs/replay.md: its example of reading a journal runs, and its lists are those of the code."""

import re
import subprocess
import sys
from pathlib import Path

import tradepit
from tradepit.actors.kernel.journal_damage import Damage

PAGE = (Path(__file__).parents[2] / "docs" / "replay.md").read_text(encoding="utf-8")


def test_the_example_reads_a_journal(tmp_path: Path) -> None:
    tradepit.run("first-run", out=tmp_path / "run", report=False)
    program = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert program is not None
    done = subprocess.run(
        [sys.executable, "-c", program[1], tmp_path / "run" / "journal.jsonl"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == program[2]


def test_the_first_example_shows_the_run_as_it_is(tmp_path: Path) -> None:
    verdict = tradepit.replay(tradepit.run("first-run", out=tmp_path / "run", report=False).directory or "")
    assert verdict.fingerprint == verdict.replayed
    shown = re.search(r"SAME  ([\d,]+) entries: ([0-9a-f]{32}), again ([0-9a-f]{32})", PAGE)
    assert shown is not None
    assert (shown[1], shown[2]) == (f"{verdict.entries:,}", shown[3])


def test_every_account_of_damage_is_on_the_page() -> None:
    section = PAGE.split("| account | meaning |")[1].split("\n\n")[0]
    assert re.findall(r"^\| ([a-z ]+) \|", section, re.MULTILINE) == [damage.value for damage in Damage]
