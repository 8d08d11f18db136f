"""A user's own latency, named in a scenario: what a link asks it, what is refused, and what a run makes of it."""

import random
import re
from decimal import Decimal
from pathlib import Path

import pytest

import tradepit
from tradepit.actors.kernel import Link
from tradepit.models.messages import CancelChild, ReplaceChild
from tradepit.scenarios.link_wiring import links_of
from tradepit.scenarios.loader import loads
from tradepit.scenarios.own_code import own_hashes
from tradepit.scenarios.own_latency import OwnLatency
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.replay import replay_journal
from tradepit.scenarios.tree import Scenario
from tradepit.scenarios.writer import dump

CODE = """\
import tradepit


class Buyer(tradepit.Strategy):
    def on_bar(self, bar):
        self.buy(bar.symbol, 10)


def by_kind(stream, now, load, message, *, cancel: int = 5):
    return cancel if type(message).__name__ == "CancelChild" else 100 + load


def by_size(stream, now, load, message):
    return 1_000 * int(message.quantity)


def jitter(stream, now, load, message):
    return stream.randrange(1_000) + 1_000_000 * stream.randrange(2)


def of_two(stream, now):
    return 1


def a_float(stream, now, load, message):
    return 1.5


def below_zero(stream, now, load, message):
    return -1


class Busy:
    window_ns = 50

    def __init__(self, each_ns: int):
        self.each_ns = each_ns

    def latency(self, stream, now, load, message):
        return self.each_ns * load + now % 7


class Vague:
    window_ns = "1s"

    def latency(self, stream, now, load, message):
        return 1


class Nothing:
    pass
"""
HEAD = """\
tradepit: 1
name: x
clock: {start: 2024-01-02, end: 2024-01-02 06:00}
market: {ACME: {gbm: {every: 1h}}}
strategies: [{use: ./mine.py:Buyer}]
"""
START = 1_704_153_600_000_000_000


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(CODE)
    return tmp_path


def scenario(directory: Path, more: str) -> Scenario:
    return loads(HEAD + more, "f.yaml", directory=directory)


def laid(directory: Path, more: str) -> dict[tuple[str, str], Link]:
    return {(sender, to): link for sender, to, link in links_of(scenario(directory, more), START)}


def change(quantity: int) -> ReplaceChild:
    return ReplaceChild(child_id="c", quantity=Decimal(quantity), limit_price=None, stop_price=None)


def test_a_link_asks_it_for_each_message(directory: Path) -> None:
    found = laid(
        directory,
        """\
venues:
  SIM:
    latency: {order: {use: "./mine.py:by_kind", with: {cancel: 7}}, data: {use: "mine:Busy", with: {each_ns: 10}}}
links: {router -> SIM: {latency: {use: mine:by_size}, rules: [{do: delay, by: {use: mine:by_kind}}]}}
""",
    )
    there, back = found["broker:SIM", "venue:SIM"], found["venue:SIM", "broker:SIM"]
    cancel = CancelChild(child_id="c")
    # The first message meets no load, the second that of the first; the third stands in line behind them.
    assert [there.arrival(0, change(1)), there.arrival(1, change(1)), there.arrival(2, cancel)] == [100, 102, 102]
    assert there.arrival(1_000, cancel) == 1_007
    # 50 ns of load, and what hangs on the time.
    assert [back.arrival(now) - now for now in (70, 700, 710, 760)] == [0, 0, 10 + 710 % 7, 760 % 7]
    # In the time of a rule the load is always 0.
    routed = found["router", "broker:SIM"]
    assert [routed.arrivals(now, change(3)) for now in (0, 1)] == [(3_100,), (3_101,)]


def test_one_latency_on_several_links_is_loaded_once(directory: Path) -> None:
    counted = (
        "from pathlib import Path\n\nwith Path(__file__).with_name('loads').open('a') as file:\n    file.write('x')\n"
    )
    (directory / "mine.py").write_text(counted + CODE)
    found = laid(directory, 'links: {any -> SIM: {latency: {use: "./mine.py:jitter"}}}')
    assert (len(found) > 3, (directory / "loads").read_text()) == (True, "x")


def test_each_message_has_a_stream_of_its_own_out_of_the_links(directory: Path) -> None:
    way = "links: {router -> SIM: {latency: {use: ./mine.py:jitter}}}"
    first, again = (laid(directory, way)["router", "broker:SIM"] for _ in range(2))
    other = laid(directory, "seed: 7\n" + way)["router", "broker:SIM"]
    times = [number * 10**9 for number in range(50)]
    drawn = [first.arrival(now) for now in times]
    assert drawn == [again.arrival(now) for now in times] != [other.arrival(now) for now in times]
    assert len(set(drawn)) == 50


def test_what_is_sent_again_has_its_first_luck_in_the_circumstances_of_its_own_time() -> None:
    def lucky(stream: random.Random, now: int, load: int, message: object) -> int:
        return 1_000_000 * stream.randrange(1_000) + 1_000 * load + now

    link = Link(OwnLatency(lucky, "lucky"), random.Random(1))
    link.arrival(0)
    mark = link.mark(1)
    first = [link.arrival(5) for _ in range(2)]
    link.rewind(mark)
    later = [link.arrival(6) for _ in range(2)]
    link.rewind(mark)
    assert [link.arrival(5) for _ in range(2)] == first
    luck = [arrival // 1_000_000 for arrival in first]
    assert [arrival // 1_000_000 for arrival in later] == luck


@pytest.mark.parametrize(
    ("latency", "expected"),
    [
        (
            "{use: ./mine.py:by_knd}",
            "order.use: ./mine.py has no by_knd, was ./mine.py:by_knd; did you mean by_kind?",
        ),
        (
            "{use: ./mine.py:of_two}",
            (
                "order.use: of_two must take (stream, now, load, message): too many positional arguments;"
                " write def of_two(stream, now, load, message)"
            ),
        ),
        (
            "{use: ./mine.py:Nothing}",
            (
                "order.use: Nothing must have a method latency, was ./mine.py:Nothing;"
                " write def latency(self, stream, now, load, message)"
            ),
        ),
        (
            "{use: ./mine.py:by_kind, with: {cancel: soon}}",
            "order.with.cancel: must be a whole number, was 'soon'; by_kind declares int",
        ),
        (
            "{use: ./mine.py:Vague}",
            "order: window_ns must be a whole number of ns, 0 or more, was '1s'; write window_ns = 1_000_000_000",
        ),
    ],
)
def test_what_is_wrong_with_it_is_told_with_its_place(directory: Path, latency: str, expected: str) -> None:
    built = scenario(directory, f"venues: {{SIM: {{latency: {{order: {latency}}}}}}}")
    with pytest.raises(ScenarioError) as caught:
        list(links_of(built, START))
    [problem] = caught.value.problems
    place, _, rest = str(problem).partition(": ")
    assert place.startswith("f.yaml:6:")
    assert rest == f"venues.SIM.latency.{expected}"


@pytest.mark.parametrize(
    ("use", "path"),
    [
        ('links: {"router -> SIM": {latency: {use: nowhere:x}}}', 'links."router -> SIM".latency.use'),
        (
            'links: {"router -> SIM": {rules: [{do: drop}, {do: reorder, by: {use: nowhere:x}}]}}',
            'links."router -> SIM".rules[1].by.use',
        ),
        ("venues: {SIM: {latency: {data: {use: nowhere:x}}}}", "venues.SIM.latency.data.use"),
    ],
)
def test_every_place_of_a_latency_may_be_ones_own(directory: Path, use: str, path: str) -> None:
    built = scenario(directory, use)
    with pytest.raises(ScenarioError) as caught:
        list(links_of(built, START))
    assert [problem.path for problem in caught.value.problems] == [path]
    assert loads(dump(built), directory=directory) == built


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a_float", "TypeError: ./mine.py:a_float must return a whole number of ns, was 1.5"),
        ("below_zero", "ValueError: ./mine.py:below_zero must return a latency of 0 ns or more, was -1"),
    ],
)
def test_a_wrong_answer_ends_the_run_and_names_the_function(directory: Path, name: str, expected: str) -> None:
    way = f"venues: {{SIM: {{latency: {{order: {{use: ./mine.py:{name}}}}}}}}}\n"
    with pytest.raises(
        tradepit.RunFailed, match=re.escape(f"broker:SIM failed on SubmitChild (message 13): {expected}")
    ):
        tradepit.run(scenario(directory, way + "supervision: {components: {intensity: 0}}"), out=None)


def test_a_run_repeats_and_a_replay_tells_that_the_code_has_changed(directory: Path) -> None:
    way = "journal: full\nlinks: {router -> SIM: {latency: {use: ./mine.py:jitter}}}"
    built = scenario(directory, way)
    assert list(own_hashes(built)) == ["./mine.py:jitter"]
    run = tradepit.run(built, out=directory / "runs")
    assert run.fingerprint == tradepit.run(scenario(directory, way), out=None).fingerprint
    assert run.execution.figures["accept_latency_max_ns"] > 1_000_000
    assert run.directory is not None
    journal = run.directory / "journal.jsonl"
    (directory / "mine.py").write_text(CODE + "# another\n")
    verdict = replay_journal(journal, directory=directory)
    assert "the source of ./mine.py:jitter" in [line.partition(" has changed")[0] for line in verdict.changes]
    assert verdict.equal
