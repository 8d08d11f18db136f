"""Tradepit does the same work as the plain loops beside which it is measured."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tradepit.tools.bench import floors, subjects
from tradepit.tools.bench.peers.probe import Measured

BARS = 300


@pytest.mark.parametrize("count", [1, 8, 9, 100])
@pytest.mark.parametrize("ring", [subjects.ring, subjects.ring_tasks])
def test_the_token_makes_as_many_steps_as_were_asked_for(ring: Callable[[int], Measured], count: int) -> None:
    assert ring(count).count == count


@pytest.mark.parametrize(
    ("subject", "floor"),
    [
        (subjects.w1, floors.w1),
        (subjects.w1_journal_off, floors.w1),
        (subjects.w1_journal_full, floors.w1),
        (subjects.w1b, floors.w1b),
        (subjects.w2, floors.w2),
    ],
)
def test_a_run_does_what_the_plain_loop_does(
    subject: Callable[[int], Measured],
    floor: Callable[[int], Measured],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    did, wanted = subject(BARS), floor(BARS)
    assert (did.count, did.fills) == (wanted.count, wanted.fills)
    assert did.final_equity == pytest.approx(wanted.final_equity)
    assert did.fills > 0
