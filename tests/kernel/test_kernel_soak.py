"""Random systems with everything that a kernel has run alike in both dispatch modes (K6, K7).

`make soak` runs ten thousand of them.
"""

import random
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.actors.kernel import Dispatch
from tradepit.tools.soak import __main__ as command
from tradepit.tools.soak import systems
from tradepit.tools.soak.systems import Drawn, difference, draw, run, trial


@settings(max_examples=60)
@given(rng=st.randoms(use_true_random=False))
def test_both_modes_and_every_order_of_tasks_give_the_same_run(rng: random.Random) -> None:
    assert difference(draw(rng)) is None


@pytest.mark.parametrize(
    "seed",
    [
        23,  # the depth of a mailbox was noted for messages that had not to wait
        139,  # an actor without state that retired in mid-handler began the message anew, for ever
        21587,  # a task passed the turn on while others were still being restarted
        917000187,  # how long a handler took by the clock on the wall was compared
        9,  # a message on which an actor crashed was counted in one mode alone, so snapshots came at different times
        112,  # a snapshot came by the length of a log, in which streamed messages may take less room
        2008,  # the message on which an actor crashed for good had been counted, or not, as logs were looked at
    ],
)
def test_systems_that_once_went_wrong(seed: int) -> None:
    assert trial(seed) == (seed, None)


def test_drawn_systems_have_all_that_may_tell_modes_apart() -> None:
    traces = [run(draw(random.Random(seed)), Dispatch.INLINE, 1) for seed in range(60)]
    said = b"".join(trace.journal for trace in traces)
    for kind in ("ActorCrashed", "ActorRestarted", "ActorEnded", "MessageSetAside", "FailureEscalated", "Served"):
        assert said.count(b'"%s"' % kind.encode()) > 5, kind
    for kind in ("Woke", "Replied", "AskTimedOut", "News", "Tick", "Question", "SlowQuestion", "Retire"):
        assert said.count(b'"%s"' % kind.encode()) > 5, kind
    assert sum(sum(counts) for trace in traces for counts in trace.lost.values()) > 30
    assert sum(sum(figures["dropped"].values()) for trace in traces for figures in trace.statistics.values()) > 50
    failed = sum(isinstance(trace.end, tuple) for trace in traces)
    assert 3 < failed < 30


def test_a_difference_is_found_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = draw(random.Random(5))
    trace = run(drawn, Dispatch.INLINE, 1)

    def told(**changes: Any) -> str | None:
        changed = attrs.evolve(trace, **changes)
        runs = iter([trace, trace, changed])
        monkeypatch.setattr(systems, "run", lambda *_: next(runs))
        return difference(drawn)

    lines = trace.journal.splitlines()
    other = b"\n".join([*lines[:3], b"[]", *lines[4:]])
    assert told(journal=other) == f"task, order 1: line 3 of the journal was {lines[3]!r}, is b'[]'"
    log: Sequence[Any] = [*trace.logs["c"], 1]
    assert told(logs={**trace.logs, "c": log}) == (f"task, order 1: logs of 'c' was {trace.logs['c']!r}, is {log!r}")
    assert told(end=None) == f"task, order 1: end was {trace.end!r}, is None"


def test_the_command_prints_progress_and_the_seeds_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["--systems", "4", "--first", "7", "--processes", "1"]
    fine = CliRunner().invoke(command.main, arguments)
    assert (fine.exit_code, fine.output) == (0, "4 of 4 systems, 0 with a difference\n")

    def drawn_or_not(rng: random.Random) -> Drawn:
        if rng.getstate() == random.Random(9).getstate():
            raise ValueError("nothing drawn")
        return draw(rng)

    monkeypatch.setattr(systems, "draw", drawn_or_not)
    wrong = CliRunner().invoke(command.main, arguments)
    assert wrong.exit_code == 1
    first, *_, last = wrong.output.splitlines()
    assert first == "seed 9: Traceback (most recent call last):"
    assert "ValueError: nothing drawn" in wrong.output
    assert last == "4 of 4 systems, 1 with a difference"


def test_the_command_splits_the_systems_over_processes() -> None:
    spread = CliRunner().invoke(command.main, ["--systems", "3", "--processes", "2"])
    assert (spread.exit_code, spread.output) == (0, "3 of 3 systems, 0 with a difference\n")
