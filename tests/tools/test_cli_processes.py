"""The command as a process of its own: signals, pipes that nobody reads, two processes that must agree."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCENARIO = """\
tradepit: 1
name: long
clock: {start: 2024-01-02, end: 2099-12-31}
market:
  ACME: {gbm: {start: 100, volatility: 40%, every: 1min}}
strategies:
  - use: ./mine.py:Mine
"""

# Tells on standard error that it is under way, so that a test knows when to send a signal without ever sleeping.
STRATEGY = """\
import sys

import tradepit


class Mine(tradepit.Strategy):
    def on_start(self) -> None:
        self.bars = 0

    def on_bar(self, bar: tradepit.Bar) -> None:
        self.bars += 1
        if self.bars % 500 == 0:
            self.buy(bar.symbol, 1)
        if self.bars == 5000:
            print("under way", file=sys.stderr, flush=True)
"""

# When the end of the run cancels its order it begins to send and cancel orders for ever, so that the end never comes.
NEVER_ENDS = """\
import sys

import tradepit


class Mine(tradepit.Strategy):
    def on_start(self) -> None:
        self.bars = 0
        self.ending = False

    def on_bar(self, bar: tradepit.Bar) -> None:
        self.bars += 1
        if self.bars == 5000:
            self.buy(bar.symbol, 1, limit=1, time_in_force="GTC")
            print("under way", file=sys.stderr, flush=True)

    def on_order(self, event: tradepit.OrderEvent) -> None:
        if event.state == "CANCELLED":
            if not self.ending:
                print("ending", file=sys.stderr, flush=True)
            self.ending = True
            self.buy(event.symbol, 1, limit=1, time_in_force="GTC")
        elif event.state == "WORKING" and self.ending:
            self.cancel(event.order_id)
"""

# Whether it buys or sells hangs on the order of a set of texts, and so on the hash seed.
UNSTEADY = """\
import tradepit


class Mine(tradepit.Strategy):
    def on_start(self) -> None:
        self.bars = 0

    def on_bar(self, bar: tradepit.Bar) -> None:
        self.bars += 1
        if self.bars % 10 == 0:
            first, second = {"bid", "ask"}
            (self.buy if first < second else self.sell)(bar.symbol, self.bars)
"""

SHORT = "--set=clock.end=2024-01-02 04:00"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("long.yaml").write_text(SCENARIO)
    Path("mine.py").write_text(STRATEGY)


def started(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tradepit.tools.main", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def called(*arguments: str, hash_seed: str = "0") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tradepit.tools.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )


def heard(process: "subprocess.Popen[str]", words: str) -> bool:
    assert process.stderr is not None
    return any(words in line for line in process.stderr)


def entries(journal: Path) -> list[object]:
    text = journal.read_bytes()
    assert text.endswith(b"\n")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_the_run_cleanly_with_journal_and_results_whole(number: signal.Signals) -> None:
    with started("run", "long.yaml", "--json", "--no-report", "--out=run") as process:
        assert heard(process, "under way")
        process.send_signal(number)
        out, _ = process.communicate()
    assert process.returncode == 130
    found = json.loads(out)
    assert (found["stopped"], found["passed"]) == (True, False)
    *_, block, end = entries(Path("run/journal.jsonl"))
    assert end["end"] | {"entries": 0} == {"entries": 0, "fingerprint": found["fingerprint"], "finished": True}  # type: ignore[index]  # the last line is an object
    assert block["hash"] == found["fingerprint"]  # type: ignore[index]  # the line before it too
    assert json.loads(Path("run/results.json").read_bytes())["fingerprint"] == found["fingerprint"]
    assert found["counts"]["OrderClosed"] == len(Path("run/orders.jsonl").read_bytes().splitlines())


def test_a_stopped_run_says_so_in_its_summary() -> None:
    with started("run", "long.yaml", "--no-report") as process:
        assert heard(process, "under way")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
    assert (process.returncode, out.split()[0]) == (130, "STOPPED")


def test_the_second_signal_stops_at_once_and_the_journal_still_ends_on_a_whole_line() -> None:
    Path("mine.py").write_text(NEVER_ENDS)
    with started("run", "long.yaml", "--no-report", "--out=run") as process:
        assert heard(process, "under way")
        process.send_signal(signal.SIGINT)
        assert heard(process, "ending")
        process.send_signal(signal.SIGINT)
        out, error = process.communicate()
    assert (process.returncode, out, error) == (
        130, "", "stopped by SIGINT, at once\nits journal, as far as it came: run/journal.jsonl\n",
    )  # fmt: skip
    assert len(entries(Path("run/journal.jsonl"))) > 3


def test_without_a_journal_the_second_signal_names_none() -> None:
    Path("mine.py").write_text(NEVER_ENDS)
    with started("run", "long.yaml", "--no-report", "--out=run", "--journal=off") as process:
        assert heard(process, "under way")
        process.send_signal(signal.SIGINT)
        assert heard(process, "ending")
        process.send_signal(signal.SIGINT)
        out, error = process.communicate()
    assert (process.returncode, out, error) == (130, "", "stopped by SIGINT, at once\n")


def test_a_pipe_that_nobody_reads_brings_no_traceback() -> None:
    for arguments in (["run", "long.yaml", SHORT, "--no-report"], ["schema"], ["--help"], ["run", "--help"]):
        with started(*arguments) as process:
            assert process.stdout is not None
            process.stdout.close()
            assert process.stderr is not None
            error = process.stderr.read()
        assert (process.returncode, error) == (141, ""), arguments


def test_twice_finds_two_processes_with_other_hash_seeds_and_dispatch_equal() -> None:
    first = called("run", "long.yaml", SHORT, "--no-report", "--twice", "--json")
    assert (first.returncode, first.stderr.count("under way")) == (0, 0)
    found = json.loads(first.stdout)
    assert found["twice"] == {
        "fingerprint": found["fingerprint"], "equal": True, "dispatch": "task", "hash_seed": "1", "difference": None,
        "trouble": "", "stopped": False,
    }  # fmt: skip


# In the second process, which has a hash seed of its own, it says that it is there, and waits for ever.
WAITS_THERE = """\
import os
import signal
from pathlib import Path

import tradepit


class Mine(tradepit.Strategy):
    def on_start(self) -> None:
        if os.environ["PYTHONHASHSEED"] == "1":
            Path("there").write_text("it is")
            signal.pause()
"""


@pytest.mark.parametrize("whole_group", [False, True])
def test_twice_that_is_stopped_in_the_second_process_shows_the_first_run_and_says_so(whole_group: bool) -> None:
    """A terminal sends the signal to both processes, `kill` to one."""
    Path("mine.py").write_text(WAITS_THERE)
    os.mkfifo("there")
    with subprocess.Popen(
        [sys.executable, "-m", "tradepit.tools.main", "run", "long.yaml", SHORT, "--no-report", "--twice"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    ) as process:
        assert Path("there").read_text() == "it is"
        if whole_group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        out, error = process.communicate()
    assert (process.returncode, error) == (130, "")
    assert out.startswith("PASSED  long")
    assert "twice        not compared: the second process was stopped\n" in out


def test_twice_of_a_run_that_was_stopped_says_that_it_was_not_run_again() -> None:
    with started("run", "long.yaml", "--no-report", "--twice") as process:
        assert heard(process, "under way")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
    assert process.returncode == 130
    assert "twice        not compared: the run was stopped, and not run again\n" in out


def _limited(most_bytes: int) -> Callable[[], None]:
    """Return what makes a disk full for a process: no file of it may grow beyond this."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return limit


@pytest.mark.parametrize(
    ("most_bytes", "arguments", "said"),
    [
        (40_000, (), "run/report.html: File too large"),
        (5_000, ("--no-report",), "run: File too large"),
    ],
)
def test_a_disk_that_is_full_is_told_in_words_with_an_exit_code(
    most_bytes: int, arguments: tuple[str, ...], said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tradepit.tools.main", "run", "long.yaml", SHORT, "--journal=off", "--out=run",
         *arguments],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_limited(most_bytes),
    )  # fmt: skip
    assert done.returncode == 74, done.stderr
    assert said in " ".join(f"{done.stdout} {done.stderr}".split())
    assert "Traceback" not in done.stderr
    assert not list(Path("run").glob("report.html*"))


def test_twice_says_where_two_runs_part() -> None:
    Path("mine.py").write_text(UNSTEADY)
    # Under these two hash seeds the set has another order.
    done = called("run", "long.yaml", SHORT, "--no-report", "--twice", "--dispatch=task", hash_seed="1")
    assert done.returncode == 1
    assert done.stdout.startswith("FAILED  long")
    words = " ".join(done.stdout.split())
    assert "DIFFERENT in a second process (inline dispatch, PYTHONHASHSEED=2)" in words
    assert "The journals part at line " in words
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_twice_without_a_journal_still_tells_that_runs_differ() -> None:
    Path("mine.py").write_text(UNSTEADY)
    done = called("run", "long.yaml", SHORT, "--no-report", "--twice", "--journal=off", "--json", hash_seed="1")
    assert done.returncode == 1
    twice = json.loads(done.stdout)["twice"]
    assert (twice["equal"], twice["difference"]) == (False, None)


def test_a_run_of_the_command_line_is_the_same_under_any_hash_seed() -> None:
    runs = [called("run", "long.yaml", SHORT, "--no-report", "--json", hash_seed=seed) for seed in ("17", "4242")]
    fingerprints = [json.loads(run.stdout)["fingerprint"] for run in runs]
    assert fingerprints[0] == fingerprints[1]


def test_import_and_help_load_nothing_heavy() -> None:
    """So that both come at once; the time itself is the bench's affair."""
    program = "import sys, {}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    for module, heavy in (
        ("tradepit", {"click", "rich", "trio", "yaml", "msgspec", "attrs", "cattrs", "numpy", "plotly"}),
        ("tradepit.tools.main", {"rich", "trio", "yaml", "msgspec", "attrs", "cattrs", "numpy", "plotly"}),
        ("tradepit.tools.commands.run", {"numpy", "plotly", "pyarrow", "rich", "pandas", "exchange_calendars"}),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program.format(module)], capture_output=True, text=True, check=True
        )
        assert heavy & set(done.stdout.split()) == set(), module
