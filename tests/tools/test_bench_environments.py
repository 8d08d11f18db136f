"""Each engine gets an environment of its own, once; what cannot be installed says why."""

import subprocess
import sys
from pathlib import Path

import pytest

from tradepit.tools.bench.environments import PEERS, NotInstalledError, Peer, python_of, without_places
from tradepit.tools.bench.peers import probe
from tradepit.tools.bench.works import WORKS

ENGINE = Peer(name="made_up", distribution="made-up", works=frozenset({"w1"}))


class Shell:
    """Stands in for starting programs: remembers the commands, and fails those that it is told to."""

    def __init__(self, failing: str = "", stderr: str = "") -> None:
        self.commands: list[list[str]] = []
        self.failing = failing
        self.stderr = stderr

    def run(self, command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        self.commands.append(command)
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)
        code = 1 if self.failing and self.failing in command else 0
        return subprocess.CompletedProcess(command, code, stdout="", stderr=self.stderr)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_environment_is_made_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell()
    monkeypatch.setattr(subprocess, "run", shell.run)
    python = str(Path(".bench/envs/made_up/bin/python"))
    assert [str(python_of(ENGINE)), str(python_of(ENGINE))] == [python, python]
    assert shell.commands == [
        [sys.executable, "-m", "venv", "--clear", str(Path(".bench/envs/made_up"))],
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "made-up"],
    ]


def test_an_install_that_failed_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Shell("pip", "ERROR: first\nERROR: No space left\n[notice] x")
    monkeypatch.setattr(subprocess, "run", broken.run)
    with pytest.raises(NotInstalledError, match=r"^No space left$"):
        python_of(ENGINE)
    shell = Shell()
    monkeypatch.setattr(subprocess, "run", shell.run)
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: None)
    python_of(ENGINE)
    assert len(shell.commands) == 2


def test_without_an_error_line_the_last_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", Shell("venv", "No module named ensurepip\n").run)
    with pytest.raises(NotInstalledError, match=r"^No module named ensurepip$"):
        python_of(ENGINE)


def test_an_install_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(command: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(command, 900)

    monkeypatch.setattr(subprocess, "run", hangs)
    with pytest.raises(NotInstalledError, match=r"^installing took longer than 900 s$"):
        python_of(ENGINE)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("No matching distribution found for made-up", "No matching distribution found for made-up"),
        ("Could not fetch URL https://index.example/simple/: timed out", "Could not fetch URL … timed out"),
        ("[Errno 13] denied: '/home/me/bench/lib/x.so'", "[Errno 13] denied: '…x.so'"),
        ("File /opt/y.py: 1/2 done", "File …y.py: 1/2 done"),
    ],
)
def test_reasons_tell_nothing_of_the_machine(text: str, without: str) -> None:
    assert without_places(text) == without


def test_every_engine_has_its_file_and_only_works_that_there_are() -> None:
    files = sorted(path.stem for path in Path(probe.__file__).parent.glob("run_*.py"))
    assert sorted(f"run_{peer.name}" for peer in PEERS) == files
    assert [peer.name for peer in PEERS if not peer.works <= WORKS.keys()] == []
