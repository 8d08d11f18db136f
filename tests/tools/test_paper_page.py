"""The page on real time: its scenario and its sender work together, and its tables name what there is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tradepit.models.feed_events import FEED_EVENTS
from tradepit.scenarios.market_forms import TCP
from tradepit.scenarios.replay import replay_journal
from tradepit.tools import exits
from tradepit.tools.commands.paper import command
from tradepit.tools.front import load, run_into

PAGE = (Path(__file__).parents[2] / "docs" / "paper.md").read_text(encoding="utf-8")


def block(language: str, number: int = 0) -> str:
    found: str = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[number]
    return found


def test_the_pages_sender_feeds_the_pages_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = "    print(server.getsockname()[1], flush=True)\n    connection, _"
    program = block("python").replace("9001", "0").replace("    connection, _", told)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as sender:
        assert sender.stdout is not None
        port = sender.stdout.readline().strip()
        Path("live.yaml").write_text(block("yaml").replace("9001", port))
        Path("run").mkdir()
        result = run_into(Path("run"), load("live.yaml", "journal=full"), speed=1.0)
    assert (result.passed, result.counts["market_data"], result.data_problems) == (True, 20, {})
    assert result.counts["OrderFilled"] == 1
    assert replay_journal(Path("run/journal.jsonl"), directory=tmp_path).equal


def test_every_option_key_event_and_exit_code_is_on_the_page() -> None:
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
    assert {option for option in options if f"`{option}" not in PAGE} == set()
    assert {key.name for key in TCP.keys if f"`{key.name}`" not in PAGE} == set()
    assert {kind.__name__ for kind in FEED_EVENTS if f"`{kind.__name__}`" not in PAGE} == set()
    for code in (exits.INTERRUPTED, exits.IO_ERROR, exits.NO_READER):
        assert re.search(rf"\| {code} \|$", PAGE, re.MULTILINE)
