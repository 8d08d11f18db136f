"""`tradepit replay`: what comes again, what does not, and what cannot be replayed at all; by which code it exits."""

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tradepit
from tradepit.actors.kernel import journal as writing
from tradepit.actors.kernel.journal_damage import Damage, JournalDamaged
from tradepit.scenarios.replay import ReplayError
from tradepit.tools.library import library
from tradepit.tools.main import main

SCENARIO = """\
tradepit: 1
name: small
seed: 7
clock: {start: 2024-01-02 09:30, end: 2024-01-02 09:45, zone: America/New_York}
market:
  ACME: {file: acme.csv}
strategies:
  - use: ./mine.py:Mine
"""

STRATEGY = """\
import tradepit


class Mine(tradepit.Strategy):
    def on_start(self) -> None:
        self.bars = 0

    def on_bar(self, bar: tradepit.Bar) -> None:
        self.bars += 1
        if self.bars == 3:
            self.buy(bar.symbol, 10)
        if self.bars == 7:
            self.sell(bar.symbol, 10)
"""

NEVER_ENDS = """\
import time

import tradepit


class Mine(tradepit.Strategy):
    def on_bar(self, bar: tradepit.Bar) -> None:
        self.buy(bar.symbol, 1)
        if bar.time == 1704205800000000000 + 5 * 60_000_000_000:
            print("under way", flush=True)
            while True:
                time.sleep(0.01)
"""


@pytest.fixture(autouse=True)
def _run_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test work in a folder with a scenario, its data and its strategy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    Path("small.yaml").write_text(SCENARIO)
    Path("mine.py").write_text(STRATEGY)
    rows = [
        f"2024-01-02 09:{minute}:00,{100 + minute / 8},120.5,99.25,{100 + minute / 4},1000" for minute in range(31, 45)
    ]
    Path("acme.csv").write_text("\n".join(["time,open,high,low,close,volume", *rows, ""]))


def ran(*options: str, out: str = "run") -> Path:
    """Run the scenario into a folder."""
    assert called("run", "small.yaml", "--no-report", "--quiet", f"--out={out}", *options) == 0
    return Path(out)


def called(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def unwrapped(text: str) -> str:
    return re.sub(r"\s+", " ", text)


# --- runs that come again -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", library())
@pytest.mark.parametrize("detail", ["orders", "full"])
def test_every_run_of_the_library_comes_again(name: str, detail: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = tradepit.run(name, journal=detail, out="run", report=False)
    assert called("replay", "run", "--dispatch=task") == 0
    out, error = capsys.readouterr()
    entries = json.loads(Path("run/journal.jsonl").read_bytes().splitlines()[-1])["end"]["entries"]
    assert out == f"SAME  {entries:,} entries: {result.fingerprint}, again {result.fingerprint}\n"
    assert error == ""


def test_the_journal_names_the_run_as_well_and_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("replay", str(ran() / "journal.jsonl"), "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_a_full_journal_comes_again_without_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    run = ran("--journal=full")
    Path("acme.csv").unlink()
    verdict = tradepit.replay(run)
    assert (verdict.equal, verdict.played_back, verdict.changes) == (True, ("feed",), ())
    assert verdict.fingerprint == verdict.replayed


def test_json_has_the_whole_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    ran()
    assert called("replay", "run", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found.pop("fingerprint")) == len(found.pop("replayed")) == 32
    assert found == {
        "journal": "run/journal.jsonl", "equal": True, "entries": found["entries"], "finished": True, "stopped": False,
        "played_back": [], "changes": [], "difference": None, "failure": "", "damage": None,
    }  # fmt: skip


def test_a_run_whose_strategy_raised_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(STRATEGY.replace("self.sell(bar.symbol, 10)", "raise LookupError('no such thing')"))
    assert called("run", "small.yaml", "--no-report", "--out=run") == 1
    capsys.readouterr()
    assert called("replay", "run") == 0
    assert capsys.readouterr().out.startswith("SAME  ")


def test_a_run_that_broke_off_comes_again_as_far_as_it_went(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Path("acme.csv").read_text().splitlines()
    lines[10] = lines[5]
    Path("acme.csv").write_text("\n".join(lines))
    assert called("run", "small.yaml", "--no-report", "--out=run") == 2
    capsys.readouterr()
    assert called("replay", "run") == 0
    assert re.fullmatch(r"SAME  \d+ entries until it broke off: (\w+), again \1\n", capsys.readouterr().out)


# --- runs that were stopped ---------------------------------------------------------------------------------------


def stopped(number: signal.Signals, times: int, *options: str) -> None:
    """Run in another process, and send it signals when it is under way."""
    command = [sys.executable, "-m", "tradepit.tools.main", "run", "small.yaml", "--no-report", "--out=run", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "under way" in line:
                break
        for _ in range(times):
            process.send_signal(number)
            if process.stdout.readline() == "":
                break
        process.communicate()


STOPS = """\
        if self.bars == 100 and "REPLAYED" not in os.environ:
            signal.raise_signal(signal.SIGINT)
"""


@pytest.mark.parametrize("detail", ["orders", "full"])
def test_a_run_stopped_by_a_signal_comes_again_and_stops_at_the_same_place(
    detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("small.yaml").write_text(
        SCENARIO.replace("{file: acme.csv}", "{gbm: {start: 100, volatility: 40%, every: 1s}}")
    )
    Path("mine.py").write_text("import os\nimport signal\n" + STRATEGY + STOPS)
    assert called("run", "small.yaml", "--no-report", "--quiet", "--out=run", f"--journal={detail}") == 130
    assert b'"kernel",null,"Stopped",0,{"because":"asked"}]' in Path("run/journal.jsonl").read_bytes()
    monkeypatch.setenv("REPLAYED", "yes")
    verdict = tradepit.replay("run", dispatch="task")
    assert (verdict.equal, verdict.stopped, verdict.finished) == (True, True, True)


@pytest.mark.parametrize("detail", ["orders", "full"])
def test_a_run_that_ended_with_its_last_strategy_comes_again_and_was_not_stopped_by_anybody(detail: str) -> None:
    Path("mine.py").write_text(STRATEGY + "        if self.bars == 10:\n            raise ValueError('enough')\n")
    assert called("run", "small.yaml", "--no-report", "--quiet", "--out=run", f"--journal={detail}") == 1
    entry = b'"kernel",null,"Stopped",0,{"because":"the last strategy has ended"}]'
    assert Path("run/journal.jsonl").read_bytes().count(entry) == 1
    verdict = tradepit.replay("run")
    assert (verdict.equal, verdict.stopped, verdict.finished) == (True, False, True)


def test_a_run_stopped_at_once_comes_again_up_to_there_though_its_strategy_never_returns() -> None:
    Path("mine.py").write_text(NEVER_ENDS.replace("time.sleep(0.01)", "time.sleep(0.01); print('again', flush=True)"))
    stopped(signal.SIGINT, 2)
    verdict = tradepit.replay("run")
    assert (verdict.equal, verdict.finished, verdict.damage) == (True, False, None)
    assert verdict.entries > 3


def test_a_killed_run_is_damaged_and_what_is_there_comes_again(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(NEVER_ENDS)
    stopped(signal.SIGKILL, 1)
    assert called("replay", "run") == 2
    assert "cut short: line 2, byte" in unwrapped(capsys.readouterr().err)


# --- runs that do not come again ----------------------------------------------------------------------------------


def test_a_changed_strategy_is_shown_beside_the_first_entry_that_differs(capsys: pytest.CaptureFixture[str]) -> None:
    ran()
    Path("mine.py").write_text(STRATEGY.replace("self.buy(bar.symbol, 10)", "self.buy(bar.symbol, 12)"))
    assert called("replay", "run") == 1
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    lines = out.splitlines()
    assert lines[0] == "DIFFERENT  run/journal.jsonl"
    assert re.fullmatch(r"equal        \d+ entries, then", lines[2])
    fields = {line[:13].strip(): line[13:] for line in lines}
    assert re.fullmatch(r"RequestOrder +RequestOrder", fields["kind"])
    assert re.fullmatch(r'"10" +\| "12"', fields[".quantity"])
    assert re.fullmatch(r"(\d+) +\1", fields["sequence"])
    assert re.fullmatch(r"(\d+) +\1", fields["cause"])
    assert "likely why   the source of strategy mine has changed: its hash is" in out


def test_a_changed_strategy_that_does_the_same_is_told_of_and_the_run_comes_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran()
    Path("mine.py").write_text(STRATEGY + "# a remark\n")
    assert called("replay", "run") == 0
    out = capsys.readouterr().out
    assert out.startswith("SAME  ")
    assert "changed      the source of strategy mine has changed" in out


def test_a_strategy_that_raises_now_is_told_of(capsys: pytest.CaptureFixture[str]) -> None:
    ran()
    Path("mine.py").write_text(STRATEGY.replace("self.sell(bar.symbol, 10)", "raise LookupError('no such thing')"))
    assert called("replay", "run", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["difference"]["recorded"][4] == "RequestOrder"
    assert found["difference"]["replayed"][4] == "ActorCrashed"


def resealed(run: Path, old: bytes, new: bytes) -> None:
    """Change a journal and make every hash agree again."""
    journal = run / "journal.jsonl"
    header, *lines = journal.read_bytes().replace(old, new).splitlines(keepends=True)
    header = writing.sealed(header[: header.rindex(b',"hash":')] + b"}\n")
    identity = json.dumps(json.loads(header)["identity"], separators=(",", ":"), ensure_ascii=False).encode()
    body = lines[:-2]
    block = writing.digest(writing.digest(identity + b"\n"), *body)
    closing = writing.hash_line(1, block, writing.checks_of(body))
    journal.write_bytes(b"".join([header, *body, closing, writing.end_line(len(body), block, finished=True)]))


def test_an_entry_that_was_forged_with_all_hashes_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run = ran()
    resealed(run, b'"quantity":"10","side":"BUY"', b'"quantity":"99","side":"BUY"')
    assert called("replay", "run") == 1
    out = capsys.readouterr().out
    assert re.search(r'\.quantity +"99" +\| "10"', out)
    assert "likely why" not in out


def test_an_entry_too_many_is_shown_against_the_end_of_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    run = ran()
    last = run.joinpath("journal.jsonl").read_bytes().splitlines(keepends=True)[-3]
    resealed(run, last, last + last)
    assert called("replay", "run") == 1
    assert "| (ended)" in capsys.readouterr().out


def test_a_journal_of_another_version_is_replayed_and_the_version_told(capsys: pytest.CaptureFixture[str]) -> None:
    run = ran()
    python = ".".join(map(str, sys.version_info[:3]))
    resealed(run, f'"python":"{python}"'.encode(), b'"python":"3.0.0"')
    assert called("replay", "run") == 0
    assert f"changed      python is {python}, was 3.0.0" in capsys.readouterr().out


# --- runs that cannot be replayed ---------------------------------------------------------------------------------


def edit(path: str, old: str, new: str) -> None:
    file = Path(path)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def cut() -> None:
    data = Path("run/journal.jsonl").read_bytes()
    Path("run/journal.jsonl").write_bytes(data[:-200])


def empty() -> None:
    shutil.rmtree("run")
    Path("run").mkdir()


CASES: list[tuple[str, Any, str]] = [
    ("changed data", lambda: edit("acme.csv", "1000", "1001"),
     "the data of ACME have changed since the run: their hash is"),
    ("missing data", lambda: Path("acme.csv").unlink(), "acme.csv"),
    ("missing strategy", lambda: Path("mine.py").unlink(), "strategies[0].use"),
    ("another scenario", lambda: edit("run/scenario.yaml", "seed: 7", "seed: 8"),
     "run/scenario.yaml was changed since the run: it says 'seed: 8' where the journal says 'seed: 7'"),
    ("no scenario", lambda: Path("run/scenario.yaml").unlink(), "run/scenario.yaml: No such file or directory"),
    ("a scenario that starts nowhere", lambda: edit("run/scenario.yaml", "Relative paths start", "Paths"),
     "its first line must say where its relative paths start"),
    ("a scenario that is no text", lambda: Path("run/scenario.yaml").write_bytes(b"\xff"),
     "text in UTF-8, byte 0 is not"),
    ("no journal", lambda: Path("run/journal.jsonl").unlink(), "run/journal.jsonl: the run's journal is missing"),
    ("no run", lambda: shutil.rmtree("run"), "run: there is no such folder or journal"),
    ("an empty folder", empty,
     "run: this is not a run's folder, it has neither journal.jsonl nor scenario.yaml"),
    ("an edited journal", lambda: edit("run/journal.jsonl", '"side":"BUY"', '"side":"SELL"'),
     "entries were changed: entry"),
    ("an edited header", lambda: edit("run/journal.jsonl", '"seed":7', '"seed":8'), "the header was changed"),
    ("another format", lambda: edit("run/journal.jsonl", '"tradepit_journal":3', '"tradepit_journal":2'),
     "the journal has format '2', this version of tradepit reads 3"),
    ("an empty journal", lambda: Path("run/journal.jsonl").write_bytes(b""),
     "empty: line 1, byte 0: the file is empty"),
    ("a cut journal", cut, "cut short: line"),
    ("something else", lambda: Path("run/journal.jsonl").write_text("time,open\n"), "not a journal: line 1, byte 0"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_cannot_be_replayed_is_told_exactly(change: Any, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran()
    change()
    capsys.readouterr()
    assert called("replay", "run") == 2
    error = capsys.readouterr().err
    assert said in unwrapped(error)
    assert "Traceback" not in error


def test_a_run_without_a_journal_has_nothing_to_replay(capsys: pytest.CaptureFixture[str]) -> None:
    ran("--journal=off")
    assert called("replay", "run") == 2
    said = "run: the run kept no journal (journal: off), so there is nothing to replay\n"
    assert capsys.readouterr() == ("", said)


def test_a_journal_of_something_else_than_a_scenario_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    run = ran()
    header = writing.sealed(b'{"tradepit_journal":3,"identity":{"a":1},"about":{},"detail":"full"}\n')
    run.joinpath("journal.jsonl").write_bytes(header + writing.end_line(0, writing.digest(b'{"a":1}\n'), finished=True))
    assert called("replay", "run") == 2
    assert "the journal is whole, but not that of a scenario" in capsys.readouterr().err


def test_json_tells_of_damage_too(capsys: pytest.CaptureFixture[str]) -> None:
    ran()
    edit("run/journal.jsonl", '"finished":true', '"finished":tru3')
    assert called("replay", "run", "--json") == 2
    found = json.loads(capsys.readouterr().out)
    assert (found["equal"], found["damage"]["damage"]) == (False, Damage.END_LINE)
    assert found["damage"]["sound"]["blocks"] == 1


def test_from_python_damage_and_missing_things_are_raised() -> None:
    with pytest.raises(ReplayError, match="there is no such folder or journal"):
        tradepit.replay("nowhere")
    ran()
    cut()
    with pytest.raises(JournalDamaged) as caught:
        tradepit.replay("run")
    assert caught.value.damage is Damage.CUT
