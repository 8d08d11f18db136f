"""The other engines, each in an environment of its own, so that what one of them needs never meets another's.

An environment is made once, with the interpreter that runs the bench, and kept under `.bench/envs`. Delete that
folder to get newer releases.
"""

import re
import subprocess
import sys
from pathlib import Path

import attrs

from tradepit.tools.bench.rounds import last_line
from tradepit.tools.bench.workloads import BENCH_DIR

MAX_INSTALL_SECONDS = 900


class NotInstalledError(Exception):
    """An engine could not be installed; the message says why in one line."""


@attrs.frozen(kw_only=True)
class Peer:
    """Another engine.

    Attributes:
        name: name of its file, `peers/run_NAME.py`, and of its environment.
        distribution: what pip installs.
        works: names of the works that it does.
    """

    name: str
    distribution: str
    works: frozenset[str]


PEERS = tuple(
    Peer(name=name, distribution=name, works=frozenset(works))
    for name, works in (
        ("simpy", {"ring"}),
        ("lrvx", {"w1", "w1b"}),
        ("backtesting", {"w1", "w1b"}),
        ("basana", {"w1", "w1b"}),
        ("backtrader", {"w1", "w1b"}),
        ("nautilus_trader", {"w1", "w1b"}),
    )
)


def python_of(peer: Peer) -> Path:
    """Give the interpreter of an engine's environment, making the environment when there is none.

    Raises:
        NotInstalledError: when pip cannot install the engine.
    """
    home = BENCH_DIR / "envs" / peer.name
    python = home / "bin" / "python"
    whole = home / "whole"
    if not whole.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, peer.distribution])
        # Only now, so that an install that was broken off is begun again.
        whole.touch()
    return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MAX_INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"installing took longer than {MAX_INSTALL_SECONDS} s") from error
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
        reason = errors[-1].removeprefix("ERROR:").strip() if errors else last_line(done.stderr)
        raise NotInstalledError(without_places(reason))


def without_places(text: str) -> str:
    """Take out addresses and folders, which would tell of one machine in a table meant for all."""
    return re.sub(r"\S+://\S+|(?:/[^\s/'\":]+)+/", "…", text)
