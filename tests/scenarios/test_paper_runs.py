"""Real time: the same run against the clock on the wall, from paced data and from another process."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Detail, Dispatch
from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar, Quote
from tradepit.models.order_states import OrderState
from tradepit.scenarios.loader import loads
from tradepit.scenarios.replay import replay_journal
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import Scenario

FAST = 1e9

PACED = """\
tradepit: 1
name: paced
journal: full
clock: {{start: 2024-01-02 09:00, end: 2024-01-02 11:00}}
market:
  ACME: {{gbm: {{start: 100, volatility: 40%, every: 1min}}}}
  ZED: {{gbm: {{start: 10, volatility: 40%, every: 2min}}}}
venues:
  SIM: {{latency: {{order: 250ms, data: 100ms}}}}
actors:
  breaker: {{service_time: 5ms}}
strategies:
  - {{use: "{module}:Busy", thread: {thread}, name: busy}}
"""

LIVE = """\
tradepit: 1
name: live
journal: full
seed: 5
market:
  ACME: {{tcp: "127.0.0.1:{port}", as: quotes}}
  ZED: {{tcp: "127.0.0.1:{port}", as: quotes}}
venues:
  SIM: {{latency: {{order: 2ms, data: 1ms}}}}
strategies:
  - {{use: "{module}:Busy", name: busy}}
"""

# Bursts and pauses, a line that is none, a broken connection in the middle of it.
SENDER = """\
import json, select, socket, sys

def quote(symbol, step):
    bid = (100 if symbol == "ACME" else 10) + step % 7 / 100
    found = {"symbol": symbol, "bid": bid, "ask": bid + 0.02, "bid_size": 100, "ask_size": 100}
    return json.dumps(found).encode() + b"\\n"

with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    for connection in range(2):
        peer, _ = server.accept()
        with peer:
            for burst in range(5):
                peer.sendall(b"".join(quote(symbol, step) for step in range(40) for symbol in ("ACME", "ZED")))
                peer.sendall(b"no quote\\n")
                select.select([], [], [], 0.02)
            if connection:
                peer.sendall(b'{"end": true}\\n')
"""


class Busy(Strategy):
    """Trades, and leaves orders that rest."""

    def on_start(self) -> None:
        self.heard = 0

    def on_bar(self, bar: Bar) -> None:
        self.act(bar.symbol, bar.close)

    def on_quote(self, quote: Quote) -> None:
        self.act(quote.symbol, quote.bid)

    def act(self, symbol: str, price: float) -> None:
        self.heard += 1
        if self.heard % 5 == 0:
            (self.buy if self.heard % 2 else self.sell)(symbol, 1 + self.heard % 3)
        if self.heard % 11 == 0:
            self.buy(symbol, 1, limit=round(price / 2, 2))


def paced(*, thread: bool = False) -> Scenario:
    return loads(PACED.format(module=__name__, thread=str(thread).lower()))


def entries(journal: Path) -> list[str]:
    return [line for line in journal.read_text().splitlines() if line.startswith("[")]


def reasons(journal: Path) -> list[str]:
    """Return why a session ended, as its journal says it."""
    found = [json.loads(line) for line in entries(journal)]
    return [
        payload["because"] for _, _, sender, _, kind, _, payload in found if (sender, kind) == ("kernel", "Stopped")
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_paced_session_is_the_run_in_virtual_time_to_the_byte(dispatch: Dispatch) -> None:
    scenario = paced()
    virtual, real = run_scenario(scenario), run_scenario(scenario, speed=FAST, dispatch=dispatch)
    assert virtual.counts["OrderFilled"] > 10
    assert (real.fingerprint, dict(real.counts)) == (virtual.fingerprint, dict(virtual.counts))
    assert virtual.lateness is None
    assert real.lateness is not None
    assert real.lateness.deliveries > virtual.counts["market_data"] / 2
    assert real.lateness.p50_ns <= real.lateness.p99_ns <= real.lateness.most_ns
    assert (real.passed, real.feed, real.prices) == (True, None, {})


def test_a_strategy_in_a_thread_makes_the_same_journal(tmp_path: Path) -> None:
    found = []
    for thread in (False, True):
        directory = tmp_path / str(thread)
        directory.mkdir()
        result = run_scenario(paced(thread=thread), directory=directory)
        assert result.passed
        found.append(entries(directory / "journal.jsonl"))
    assert found[0] == found[1] != []


def test_what_a_strategy_raises_in_a_thread_is_its_failure() -> None:
    text = PACED.format(module=__name__, thread="true").replace(":Busy", ":Raises")
    result = run_scenario(loads(text))
    assert result.failure is not None
    assert (result.failure.actor, result.failure.error) == ("strategy:busy", "ValueError: no more")


class Raises(Strategy):
    """Has enough of the third bar, having used numbers of its own precision until then."""

    def on_start(self) -> None:
        self.heard = 0

    def on_bar(self, bar: Bar) -> None:
        self.heard += 1
        if self.heard == 3:
            raise ValueError("no more")


def test_a_session_with_a_live_feed_replays_in_virtual_time_to_the_same_fingerprint(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SENDER], stdout=subprocess.PIPE, text=True) as sender:
        assert sender.stdout is not None
        port = int(sender.stdout.readline())
        scenario = loads(LIVE.format(module=__name__, port=port))
        result = run_scenario(scenario, directory=folder, speed=1.0)
    assert (result.failure, result.violations, result.stopped) == (None, [], False)
    assert result.counts["market_data"] == 2 * 5 * 80
    assert result.counts["OrderFilled"] > 50
    assert result.feed is not None
    assert (result.feed.connections, result.feed.losses, result.feed.refused) == (2, 1, 10)
    assert [type(event).__name__ for event in result.feed.events] == [
        "FeedConnected", "FeedLost", "FeedConnected", "FeedEnded",
    ]  # fmt: skip
    assert [(line.connection, line.line) for line in result.feed.refused_lines[:3]] == [(1, 81), (1, 162), (1, 243)]
    assert result.data_problems == {f"127.0.0.1:{port}": {"json refused": 10}}
    assert {symbol: trace.symbol for symbol, trace in result.prices.items()} == {"ACME": "ACME", "ZED": "ZED"}
    verdict = replay_journal(folder / "journal.jsonl", directory=folder)
    assert verdict.difference is None
    assert (verdict.equal, verdict.replayed, verdict.fingerprint) == (True, result.fingerprint, result.fingerprint)
    assert (verdict.stopped, verdict.finished) == (False, True)
    assert reasons(folder / "journal.jsonl") == ["data ended"]


def test_orders_that_rest_when_the_feed_ends_are_cancelled(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = LIVE.format(module=__name__, port=server.getsockname()[1]).replace(", as:", ", reconnect: false, as:")
        quotes = b'{"symbol":"ACME","bid":100,"ask":100.02,"bid_size":10,"ask_size":10}\n' * 12
        sender = subprocess.Popen(
            [
                sys.executable,
                "-c",
                (
                    "import socket, sys; server = socket.socket(fileno=int(sys.argv[1]));"
                    f"peer, _ = server.accept(); peer.sendall({quotes!r}); peer.close()"
                ),
                str(server.fileno()),
            ],
            pass_fds=[server.fileno()],
        )
        result = run_scenario(loads(text), directory=folder, speed=1.0)
        assert sender.wait() == 0
    ends = [(order.state, order.code) for order in result.orders]
    assert ends.count((OrderState.CANCELLED, "END_OF_RUN")) >= 1
    assert result.open_orders == ()
    assert result.feed is not None
    assert result.feed.events[-1].reason == "the sender closed the connection"  # type: ignore[union-attr]  # it ended
    assert replay_journal(folder / "journal.jsonl", directory=folder).equal


def test_a_session_without_any_data_has_a_result(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = LIVE.format(module=__name__, port=port).replace(", as:", ", reconnect: false, as:")
    result = run_scenario(loads(text), directory=folder, speed=1.0)
    assert result.feed is not None
    assert (result.feed.connections, result.counts["market_data"], result.passed) == (0, 0, True)
    assert replay_journal(folder / "journal.jsonl", directory=folder).equal


def test_a_session_that_kept_no_market_data_says_why_it_cannot_be_replayed(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = LIVE.format(module=__name__, port=port).replace(", as:", ", reconnect: false, as:")
    scenario: Any = loads(text.replace("journal: full", "journal: orders"))
    assert scenario.journal is Detail.ORDERS
    run_scenario(scenario, directory=folder, speed=1.0)
    with pytest.raises(ValueError, match="feed brought in what no source can give again"):
        replay_journal(folder / "journal.jsonl", directory=folder)
