"""Runs in which actors crash: who is restarted, who ends, what the result says."""

import json
from collections.abc import Callable
from decimal import Decimal, getcontext
from pathlib import Path
from typing import Any

import pytest

from tradepit.actors.kernel import Dispatch, StateError
from tradepit.actors.kernel import delivery as kernel_delivery
from tradepit.actors.strategy import Strategy
from tradepit.models.market import Bar
from tradepit.models.messages import OrderEvent
from tradepit.models.order_states import OrderState
from tradepit.models.orders import Fill
from tradepit.scenarios.loader import loads
from tradepit.scenarios.result import Result
from tradepit.scenarios.runner import run_scenario

FIRST_NS = 1_704_187_800_000_000_000
"""2024-01-02 09:30 UTC: the stamp of the first bar."""
MINUTE_NS = 60_000_000_000

HEARD: list[tuple[str, int, str]] = []
"""What each strategy heard: its label, the number that it had counted to, and one third as it reckons."""


class Counts(Strategy):
    """Counts bars in a slot, keeps notes of them, buys at some, and fails at some."""

    __slots__ = ("number",)

    label: str = "counts"
    buys: list[int] = [2]  # noqa: RUF012  each strategy gets a copy
    fails: list[int] = []  # noqa: RUF012  as above
    digits: int = 5

    def on_start(self) -> None:
        self.number = 0
        self.later: Callable[[int], None] = self.note
        getcontext().prec = self.digits

    def note(self, number: int) -> None:
        HEARD.append((self.label, number, str(Decimal(1) / 3)))

    def on_bar(self, bar: Bar) -> None:
        self.number += 1
        getcontext().prec = self.digits + self.number
        self.later(self.number)
        if self.number in self.buys:
            self.buy(bar.symbol, 10, limit=1 if self.number == 1 else None)
        at = round(bar.close * 10) - 99
        if at in self.fails:
            raise ValueError(f"bar {at}")

    def on_fill(self, fill: Fill) -> None:
        self.filled = fill.fill_id

    def on_stop(self) -> None:
        HEARD.append((self.label, -self.number, ""))


class NeverPrepared(Strategy):
    """Fails before it has prepared what it would clean up."""

    def on_start(self) -> None:
        raise RuntimeError("no licence")

    def on_stop(self) -> None:
        HEARD.append(("never", 0, ""))


class Uncopied(Strategy):
    """Holds what no snapshot can hold."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.rest = (number for number in range(3))


Run = Callable[..., Result]


@pytest.fixture(params=list(Dispatch), ids=str)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Run strategies of this file over eight minute bars from 09:30."""
    rows = [f"2024-01-02 09:{30 + number},10,10,10,{10 + number / 10},1000" for number in range(8)]
    (tmp_path / "x.csv").write_text(
        "\n".join(["time,open,high,low,close,volume", *rows, ""]).replace(",10,10,10,", ",10,20,5,")
    )

    def run_it(*strategies: dict[str, Any], use: str = "Counts", **sections: Any) -> Result:
        HEARD.clear()
        tree: dict[str, Any] = {
            "tradepit": 1,
            "name": "crashes",
            "market": {"X": {"file": "x.csv"}},
            "strategies": [
                {"use": f"{__name__}:{use}", "with": with_, "name": with_.get("label", "counts")}
                for with_ in strategies or ({},)
            ],
            **sections,
        }
        return run_scenario(loads(json.dumps(tree), directory=tmp_path), dispatch=request.param)

    return run_it


def _said(result: Result) -> list[tuple[str, str, int]]:
    """Return what supervisors said: the kind of event, the actor, the minute."""
    return [(type(event).__name__, event.actor, (event.time - FIRST_NS) // MINUTE_NS) for event in result.supervision]


def _money(result: Result) -> list[Any]:
    return [list(result.fills), list(result.orders), result.positions, result.metrics["final_equity"]]


# --- strategies ---------------------------------------------------------------------------------------------------


def test_a_strategy_that_raises_ends_and_the_others_go_on(run: Run) -> None:
    result = run({"label": "bad", "buys": [1], "fails": [3]}, {"label": "good", "buys": [4]})
    assert _said(result) == [("ActorCrashed", "strategy:bad", 2), ("ActorEnded", "strategy:bad", 2)]
    assert [number for label, number, _ in HEARD if label == "bad"] == [1, 2, 3]
    assert [number for label, number, _ in HEARD if label == "good"] == [1, 2, 3, 4, 5, 6, 7, 8, -8]
    assert [(order.order.order_id, order.state, order.code, order.closed_at) for order in result.orders] == [
        ("good-1", OrderState.FILLED, "", FIRST_NS + 4 * MINUTE_NS),
        ("bad-1", OrderState.CANCELLED, "END_OF_RUN", FIRST_NS + 7 * MINUTE_NS),
    ]
    assert result.failure is not None
    assert (result.failure.actor, result.failure.error) == ("strategy:bad", "ValueError: bar 3")
    assert result.failure.line.endswith('in on_bar: raise ValueError(f"bar {at}")')
    assert (result.verdict, result.violations, result.end) == ("failed", [], FIRST_NS + 7 * MINUTE_NS)
    assert [(letter.actor, letter.kind, letter.reason) for letter in result.dead_letters] == [
        ("strategy:bad", "Bar", "actor ended"),
    ]


def test_when_the_last_strategy_has_ended_the_run_ends_as_if_its_data_had(run: Run) -> None:
    result = run({"fails": [5]})
    assert _said(result) == [("ActorCrashed", "strategy:counts", 4), ("ActorEnded", "strategy:counts", 4)]
    assert result.end == FIRST_NS + 4 * MINUTE_NS
    assert [fill.venue for fill in result.fills] == ["SIM", "AT_END"]
    assert result.equity.points[0][-1] == result.end
    assert (result.stopped, result.verdict, result.open_orders, result.violations) == (False, "failed", (), [])
    assert result.counts["market_data"] == 5


class Insists(Strategy):
    """Orders again whatever is cancelled, and cancels it when it works."""

    def on_start(self) -> None:
        self.ending = False

    def on_bar(self, bar: Bar) -> None:
        if bar.time == FIRST_NS:
            self.buy(bar.symbol, 1, limit=1, time_in_force="GTC")

    def on_order(self, event: OrderEvent) -> None:
        if event.state is OrderState.CANCELLED:
            self.ending = True
            self.buy(event.symbol, 1, limit=1, time_in_force="GTC")
        elif event.state is OrderState.WORKING and self.ending:
            self.cancel(event.order_id)


def test_a_strategy_that_orders_for_ever_when_the_run_ends_is_a_failure(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_delivery, "MOST_DRAINED", 2_000)
    result = run({}, use="Insists")
    assert result.failure is not None
    assert result.failure.error.startswith("NeverEnds: since the data are over ")
    assert result.verdict == "failed"


def test_a_run_without_strategies_goes_to_its_end(run: Run, tmp_path: Path) -> None:
    tree = {"tradepit": 1, "name": "idle", "market": {"X": {"file": "x.csv"}}}
    result = run_scenario(loads(json.dumps(tree), directory=tmp_path))
    assert (result.passed, result.counts["market_data"], result.supervision) == (True, 8, [])


def test_a_strategy_that_never_began_has_nothing_to_clean_up(run: Run) -> None:
    result = run(use="NeverPrepared")
    assert (_said(result), HEARD) == (
        [("ActorCrashed", "strategy:counts", 0), ("ActorEnded", "strategy:counts", 0)],
        [],
    )
    assert result.failure is not None
    assert result.failure.error == "RuntimeError: no licence"


def test_a_strategy_that_is_to_be_restarted_goes_on_without_the_bar_on_which_it_fails_twice(run: Run) -> None:
    result = run({"fails": [3]}, supervision={"strategies": {"restart": "permanent"}})
    assert [kind for kind, _, _ in _said(result)] == ["ActorCrashed", "ActorRestarted"] * 2
    assert [(letter.kind, letter.reason) for letter in result.dead_letters] == [("Bar", "crashed twice")]
    # After each crash the bars before it are replayed; the one on which it failed twice is not counted.
    assert [number for _, number, _ in HEARD] == [1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 6, 7, -7]


def test_a_strategy_that_cannot_be_copied_can_run_but_not_be_restarted(run: Run) -> None:
    assert run(use="Uncopied").failure is None
    with pytest.raises(StateError) as caught:
        run(use="Uncopied", supervision={"strategies": {"restart": "permanent"}})
    assert caught.value.actor == "strategy:counts"
    assert "cannot be copied, so it could not be restarted: cannot pickle 'generator' object" in str(caught.value)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 9])
def test_a_strategy_gets_its_state_back_in_place(run: Run, number: int) -> None:
    undisturbed, heard = run(), list(HEARD)
    result = run(
        supervision={"strategies": {"restart": "permanent"}},
        faults=[{"actor": "strategy:counts", "do": "crash", "message": number}],
    )
    assert _money(result) == _money(undisturbed)
    assert [kind for kind, _, _ in _said(result)] == ["ActorCrashed", "ActorRestarted"]
    assert HEARD[-1] == heard[-1]
    assert dict.fromkeys(HEARD) == dict.fromkeys(heard)
    assert (result.passed, result.failure) == (True, None)


# --- components ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", ["portfolio", "orders", "router", "breaker", "SIM", "broker:SIM"])
def test_a_component_that_crashes_on_purpose_is_back_and_the_run_passes(run: Run, actor: str) -> None:
    undisturbed = run()
    result = run(faults=[{"actor": actor, "do": "crash", "message": 1}])
    name = {"SIM": "venue:SIM"}.get(actor, actor)
    assert [(kind, who) for kind, who, _ in _said(result)] == [("ActorCrashed", name), ("ActorRestarted", name)]
    assert _money(result) == _money(undisturbed)
    assert (result.passed, result.failure, result.counts["ActorCrashed"]) == (True, None, 1)
    assert (result.actors[name].tally.crashes, result.actors[name].tally.restarts) == (1, 1)
    assert (result.actors[name].recovery_ns, result.actors["feed"].recovery_ns) == (0.0, None)


def test_a_crash_at_a_time_comes_with_the_first_message_then(run: Run) -> None:
    result = run(
        clock={"start": "2024-01-02 09:30"},
        faults=[{"actor": "portfolio", "do": "crash", "at": "09:33:30"}],
        expect=[{"event": "ActorCrashed", "equals": 1}, {"recovery": "portfolio", "within": "0s"}],
    )
    assert _said(result) == [("ActorCrashed", "portfolio", 4), ("ActorRestarted", "portfolio", 4)]
    assert result.passed


def test_where_a_time_and_a_number_fall_on_one_message_both_crashes_come(run: Run) -> None:
    crash = {"actor": "portfolio", "do": "crash"}
    result = run(clock={"start": "2024-01-02 09:30"}, faults=[{**crash, "at": "09:30"}, {**crash, "message": 2}])
    assert [kind for kind, _, _ in _said(result)] == ["ActorCrashed", "ActorRestarted"] * 2
    assert not result.dead_letters


def test_a_message_on_which_a_component_crashes_twice_is_a_dead_letter(run: Run) -> None:
    result = run(faults=[{"actor": "portfolio", "do": "crash", "message": 3, "times": 2}])
    assert [kind for kind, _, _ in _said(result)] == ["ActorCrashed", "ActorRestarted"] * 2
    assert [(letter.actor, letter.kind, letter.reason) for letter in result.dead_letters] == [
        ("portfolio", "Bar", "crashed twice")
    ]
    assert result.actors["portfolio"].tally.dead_letters == 1


def test_too_many_crashes_end_the_run_with_an_account(run: Run) -> None:
    result = run(
        supervision={"components": {"intensity": 2, "period": "1d"}},
        faults=[{"actor": "portfolio", "do": "crash", "message": number} for number in (2, 3, 4)],
    )
    assert result.failure is not None
    assert (result.failure.actor, result.failure.kind) == ("portfolio", "RequestOrder")
    assert result.failure.notes == ("supervisor 'components' may restart 2 times in 86400 s, and had",)
    assert "and had" in str(result.failure)
    assert (result.verdict, result.stopped) == ("failed", False)


def test_without_a_journal_a_component_cannot_be_recovered(run: Run) -> None:
    result = run(journal="off", faults=[{"actor": "orders", "do": "crash", "message": 1}])
    assert result.failure is not None
    assert result.failure.actor == "orders"
    assert "there is no journal to recover it from" in result.failure.notes[0]


def test_an_actor_that_is_away_lets_its_messages_wait(run: Run) -> None:
    result = run(
        supervision={"actors": {"portfolio": {"backoff": {"first": "150s"}}}},
        faults=[{"actor": "portfolio", "do": "crash", "message": 4}],
        expect=[
            {"recovery": "portfolio", "within": "150s"},
            {"recovery": "orders", "within": "1h"},
            {"mailbox": "portfolio", "at_least": 2},
        ],
    )
    assert [(expectation.passed, expectation.was) for expectation in result.expectations] == [
        (True, "2.5 min"),
        (False, "it never crashed"),
        (True, str(result.actors["portfolio"].tally.deepest)),
    ]
    assert result.violations == []


def test_one_for_all_restarts_the_group_and_nobody_else(run: Run) -> None:
    undisturbed = run()
    result = run(
        supervision={"groups": {"money": {"members": ["orders", "portfolio"], "strategy": "one_for_all"}}},
        faults=[{"actor": "portfolio", "do": "crash", "message": 4}],
    )
    assert [(kind, who) for kind, who, _ in _said(result)] == [
        ("ActorCrashed", "portfolio"),
        ("ActorRestarted", "orders"),
        ("ActorRestarted", "portfolio"),
    ]
    assert _money(result) == _money(undisturbed)


def test_a_temporary_component_ends_and_does_not_come_back(run: Run) -> None:
    result = run(
        supervision={"actors": {"router": {"restart": "temporary"}}},
        faults=[{"actor": "router", "do": "crash", "message": 1}],
        expect=[{"recovery": "router", "within": "1d"}],
    )
    assert _said(result) == [("ActorCrashed", "router", 1), ("ActorEnded", "router", 1)]
    assert result.expectations[0].was == "it did not come back"
    assert result.expectations[0].passed is False
    assert result.open_orders == ("counts-1",)


# --- what the result says -----------------------------------------------------------------------------------------


def test_what_each_actor_did_stands_on_the_result_and_once_in_the_journal(run: Run, tmp_path: Path) -> None:
    result = run(
        actors={"portfolio": {"service_time": "30s"}},
        links={"any -> router": {"rules": [{"do": "drop", "for": "10s"}]}},
    )
    own = result.actors["portfolio"]
    assert own.tally.deliveries["Bar"] == 8
    assert own.tally.busy_ns == own.handled * MINUTE_NS // 2
    assert own.busy_share == own.tally.busy_ns / (result.end - result.start)
    assert own.tally.waited_ns >= own.tally.longest_wait_ns > 0
    assert max(depth for _, depth in own.depth) == own.tally.deepest
    assert {link.receiver for link in result.links} == {"router"}
    assert result.actors["strategy:counts"].tally.deliveries["PositionChanged"] == len(result.fills)
