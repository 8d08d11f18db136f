"""`tradepit paper` as a process of its own: a live feed, signals, a full disk, a pipe that nobody reads."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tradepit.actors.kernel.journal_damage import Damage, JournalDamaged
from tradepit.actors.kernel.journal_reading import JournalReader, read_through

PACED = """\
tradepit: 1
name: paced
clock: {start: 2024-01-02, end: 2024-01-03}
market:
  ACME: {gbm: {start: 100, volatility: 40%, every: 1min}}
strategies:
  - use: ./mine.py:Mine
"""

LIVE = """\
tradepit: 1
name: live
market:
  ACME: {tcp: "127.0.0.1:1", as: quotes}
strategies:
  - use: ./mine.py:Mine
"""

# Leaves an order that rests, and says that it is under way: then nothing is due for a minute, or ever.
RESTS = """\
import sys

import tradepit


class Mine(tradepit.Strategy):
    def on_start(self) -> None:
        self.heard = 0

    def on_bar(self, bar: tradepit.Bar) -> None:
        self.act(bar.symbol)

    def on_quote(self, quote: tradepit.Quote) -> None:
        self.act(quote.symbol)

    def act(self, symbol: str) -> None:
        self.heard += 1
        if self.heard == 1:
            self.buy(symbol, 1, limit=1)

    def on_order(self, event: tradepit.OrderEvent) -> None:
        print("rests", file=sys.stderr, flush=True)
"""

HANGS = """\
import sys

import tradepit


class Mine(tradepit.Strategy):
    def on_bar(self, bar: tradepit.Bar) -> None:
        print("hangs", file=sys.stderr, flush=True)
        while True:
            pass
"""

WITH_LITTLE_DISK = """\
import os, resource, sys

resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
os.execv(sys.argv[2], sys.argv[2:])
"""

QUOTE = b'{"symbol": "ACME", "bid": 99.98, "ask": 100.02, "bid_size": 300, "ask_size": 500}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("paced.yaml").write_text(PACED)
    Path("live.yaml").write_text(LIVE)
    Path("mine.py").write_text(RESTS)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def to(server: socket.socket) -> str:
    return f"--set=market.ACME.tcp=127.0.0.1:{server.getsockname()[1]}"


def started(*arguments: str, file_bytes: int | None = None) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tradepit.tools.main", *arguments]
    if file_bytes is not None:
        command = [sys.executable, "-c", WITH_LITTLE_DISK, str(file_bytes), *command]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def done(*arguments: str, file_bytes: int | None = None) -> tuple[int, str, str]:
    with started(*arguments, file_bytes=file_bytes) as process:
        out, error = process.communicate()
    return process.returncode, out, error


def heard(process: "subprocess.Popen[str]", words: str) -> bool:
    assert process.stderr is not None
    return any(words in line for line in process.stderr)


def ends_of_orders(directory: str) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in Path(directory, "orders.jsonl").read_text().splitlines()]
    return [(row["state"], row["code"]) for row in rows]


def test_a_live_session_ends_with_its_feed_and_comes_again(server: socket.socket) -> None:
    with started("paper", "live.yaml", to(server), "--json", "--out=run") as process:
        peer, _ = server.accept()
        with peer:
            peer.sendall(QUOTE * 3 + b"bogus\n" + QUOTE + b'{"end": true}\n')
            out, error = process.communicate()
    assert process.returncode == 0
    found = json.loads(out)
    assert (found["counts"]["market_data"], found["feed"]["connections"], found["feed"]["refused"]) == (4, 1, 1)
    assert found["speed"] == 1.0
    assert sorted(found["lateness"]) == ["deliveries", "late", "most_ns", "p50_ns", "p99_ns"]
    assert "live runs in real time; Ctrl-C ends the session, a second one stops it at once\n" in error
    assert "Real time" in Path("run/report.html").read_text()
    code, out, _ = done("replay", "run")
    assert (code, out.split()[0], found["fingerprint"] in out) == (0, "SAME", True)


def test_the_summary_tells_of_lateness_and_of_refused_lines(server: socket.socket) -> None:
    with started("paper", "live.yaml", to(server), "--no-report", "--out=run", "--journal=orders") as process:
        peer, _ = server.accept()
        with peer:
            peer.sendall(QUOTE + b"{}\n" + b'{"end": true}\n')
            out, _ = process.communicate()
    words = " ".join(out.split())
    assert process.returncode == 0
    assert "feed 1 connection, lost 0 times, 1 line refused" in words
    assert "connection 1, line 2: a line names its symbol" in words
    assert "of 3 instants came more than 1 ms late" in words or "of 4 instants came more than 1 ms late" in words
    assert "journal orders: it holds no market data, so nobody can replay the session" in words
    assert all(len(line) <= 80 for line in out.splitlines())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_wakes_a_live_session_that_waits_and_what_rests_is_cancelled(
    server: socket.socket, number: signal.Signals
) -> None:
    before = time.time_ns()  # noqa: TID251  what the session's own clock is compared with
    with started("paper", "live.yaml", to(server), "--json", "--no-report", "--out=run") as process:
        peer, _ = server.accept()
        with peer:
            peer.sendall(QUOTE)
            assert heard(process, "rests")
            process.send_signal(number)
            out, _ = process.communicate()
    assert process.returncode == 130
    found = json.loads(out)
    assert (found["stopped"], found["passed"]) == (True, False)
    assert before < found["start"] <= found["end"]
    assert ends_of_orders("run") == [("CANCELLED", "END_OF_RUN")]
    assert done("replay", "run", "--quiet")[0] == 0


def test_a_signal_wakes_a_paced_session_a_minute_before_the_next_bar() -> None:
    with started("paper", "paced.yaml", "--set=venues.SIM.matching=bars", "--speed=60", "--out=run") as process:
        assert heard(process, "rests")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
    assert (process.returncode, out.split()[0]) == (130, "STOPPED")
    assert ends_of_orders("run") == [("CANCELLED", "END_OF_RUN")]
    assert done("replay", "run", "--quiet")[0] == 0


# --- a session that is killed -------------------------------------------------------------------------------------


def killed(process: "subprocess.Popen[str]", when: Callable[[bytes], bool]) -> bytes:
    """Kill a session as soon as its journal is as wanted; return the journal as it was left."""
    journal = Path("run/journal.jsonl")
    for _ in range(1200):
        if journal.exists() and when(journal.read_bytes()):
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    else:
        pytest.fail("the journal never came so far")
    assert process.poll() is None
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return journal.read_bytes()


@pytest.mark.parametrize("journal", ["full", "orders"])
def test_a_killed_session_that_waits_has_all_that_happened_in_its_journal(server: socket.socket, journal: str) -> None:
    command = ("paper", "live.yaml", to(server), "--out=run", f"--journal={journal}")
    with started(*command) as process:
        peer, _ = server.accept()
        with peer:
            peer.sendall(QUOTE * 3)
            assert heard(process, "rests")
            left = killed(process, lambda found: b'null,"OrderAccepted",' in found)
    reader = JournalReader(left)
    with pytest.raises(JournalDamaged) as damaged:
        list(reader)
    kinds = [entry[4] for entry in reader.unsealed()]
    assert damaged.value.damage is Damage.CUT
    assert (damaged.value.sound.blocks, damaged.value.sound.unsealed, damaged.value.sound.bytes) == (
        0, len(kinds), len(left),
    )  # fmt: skip
    assert {"FeedConnected", "RequestOrder", "OrderAccepted"} <= {*kinds}
    assert kinds.count("Quote") == (3 if journal == "full" else 0)


def test_a_session_killed_in_mid_run_is_the_beginning_of_the_run_to_the_byte() -> None:
    Path("mine.py").write_text(RESTS.replace('print("rests", file=sys.stderr, flush=True)', "pass"))
    ends = "--set=clock.end=2024-01-20"
    assert done("run", "paced.yaml", ends, "--no-report", "--quiet", "--out=whole", "--journal=full")[0] == 0
    whole = Path("whole/journal.jsonl").read_bytes().splitlines(keepends=True)
    with started("paper", "paced.yaml", ends, "--no-report", "--quiet", "--out=run", "--speed=2e5") as process:
        left = killed(process, lambda found: found.count(b'{"block"') >= 2)
    lines = left.splitlines(keepends=True)
    assert lines[1:] == whole[1 : len(lines)]
    assert (lines[-1][-1:], len(lines) < len(whole)) == (b"\n", True)
    with pytest.raises(JournalDamaged, match=r"^line \d+, byte \d+: the file ends before its last line") as damaged:
        read_through(left)
    sound = damaged.value.sound
    assert sound.blocks >= 2
    assert (sound.entries, sound.unsealed) == (sound.blocks * 4096, len(lines) - 1 - sound.blocks * 4097)
    code, out, error = done("replay", "run")
    assert (code, out.split(":")[0]) == (2, f"SAME  {sound.entries + sound.unsealed:,} entries that are there")
    assert f"the last whole entry has sequence {sound.last_sequence}" in " ".join(error.split())


@pytest.mark.parametrize("command", [["run"], ["paper", "--quiet"]])
@pytest.mark.parametrize("thread", ["false", "true"])
def test_the_second_signal_stops_a_strategy_that_never_returns(command: list[str], thread: str) -> None:
    """Two signals of two kinds, for two of one kind may come as one."""
    Path("mine.py").write_text(HANGS)
    with started(*command, "paced.yaml", f"--set=strategies[0].thread={thread}", "--out=run") as process:
        assert heard(process, "hangs")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert error == "stopped by SIGTERM, at once\nits journal, as far as it came: run/journal.jsonl\n"
    lines = Path("run/journal.jsonl").read_bytes()
    assert lines.endswith(b"\n")
    assert all(json.loads(line) for line in lines.splitlines())


@pytest.mark.parametrize("command", [["run", "--journal=full"], ["paper", "--quiet", "--speed=1e9"]])
def test_on_a_full_disk_the_account_is_clear_and_the_journal_whole_up_to_its_last_block(command: list[str]) -> None:
    Path("mine.py").write_text(RESTS.replace('print("rests", file=sys.stderr, flush=True)', "pass"))
    arguments = (*command, "paced.yaml", "--set=clock.end=2024-01-08", "--no-report", "--out=run")
    assert done(*arguments, file_bytes=1_500_000) == (
        74, "", "the journal takes no more: File too large\nits journal, as far as it came: run/journal.jsonl\n",
    )  # fmt: skip
    code, out, error = done("replay", "run")
    assert code == 2
    assert "Traceback" not in error
    assert "1 block with 4,096 entries as they were written" in " ".join(f"{out} {error}".split())


def test_a_disk_that_is_full_from_the_beginning_is_told_with_the_folder() -> None:
    code, out, error = done("paper", "paced.yaml", "--speed=1e9", "--out=run", file_bytes=10)
    assert (code, out) == (74, "")
    assert error == "run: File too large\n"


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("command", [["run"], ["paper", "--speed=1e9"]])
def test_a_pipe_that_nobody_reads_ends_the_command_without_a_traceback(command: list[str], options: list[str]) -> None:
    Path("mine.py").write_text(RESTS.replace("file=sys.stderr, ", ""))
    with started(*command, "paced.yaml", *options, "--no-report", "--out=run") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        error = process.stderr.read()
    assert process.returncode == 141
    assert "Traceback" not in error
    assert Path("run/results.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["paced.yaml", "--speed=0"], "Invalid value for --speed: must be a number above 0, was 0"),
        (["paced.yaml", "--speed=inf"], "Invalid value for --speed: must be a number above 0, was inf"),
        (["live.yaml", "--speed=2"], "Invalid value for --speed: a live feed has real time, and speed 1; was 2"),
        (["live.yaml", "--set=clock.end=2024-01-02"], "a live session ends in the future"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], words: str) -> None:
    code, out, error = done("paper", *arguments)
    assert (code, out) == (2, "")
    assert words in error
    assert not list(Path().glob("runs/*"))


def test_a_live_scenario_is_valid_and_only_paper_runs_it() -> None:
    assert done("validate", "live.yaml") == (0, "ok  live.yaml\n", "")
    for command in ("run", "test"):
        code, out, error = done(command, "live.yaml")
        assert code == 2
        assert "a live feed needs real time; run it with tradepit paper" in " ".join(f"{out} {error}".split())


def test_a_session_that_raises_shows_its_traceback_when_asked() -> None:
    Path("mine.py").write_text(RESTS.replace("self.heard += 1", "raise ValueError('no')"))
    code, out, error = done("paper", "paced.yaml", "--speed=1e9", "--traceback", "--quiet", "--no-report", "--out=run")
    assert (code, out.split()[0]) == (1, "FAILED")
    assert "ValueError: no" in error
    code, _, error = done("paper", "paced.yaml", "--traceback", "--out=run")
    assert (code, "Traceback" in error, "must be empty" in error) == (2, True, True)
