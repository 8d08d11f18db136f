"""Whoever crashes, whenever and how often: the money of a run is what it would have been (K10)."""

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
import pytest
import trio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tradepit.actors import FEED
from tradepit.actors.kernel import ActorCrashed, ActorRestarted, CrashPoint, Dispatch
from tradepit.actors.kernel.delivery import LOOK_EVERY
from tradepit.actors.kernel.recovery import SNAPSHOT_EVERY
from tradepit.models.messages import CancelWorkingOrders, CloseBooks, OrderClosed, PositionChanged
from tradepit.scenarios.library import strategies
from tradepit.scenarios.loader import load, loads
from tradepit.scenarios.runner import run_scenario
from tradepit.scenarios.tree import FaultSpec, Scenario, StrategiesSpec, SupervisionSpec, SupervisorSpec
from tradepit.scenarios.wiring import wire

NAMES = (
    "crash-mid-fill",
    "first-run",
    "flash-crash",
    "margin-call",
    "order-script",
    "overload",
    "overload-conflated",
    "two-venues",
)
DAY_NS = 86_400 * 10**9
INTENSITY = 6
# A run takes its time: what fails is shown as it was drawn, and not made smaller.
RUNS = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@cache
def _scenario(name: str) -> Scenario:
    """Return a scenario of the library, undisturbed, its strategies restarted like all others."""
    if name == "first-run":
        pytest.importorskip("bokeh_sampledata")
    scenario = load(f"{strategies.__file__.rpartition('/')[0]}/{name}.yaml")
    restarted: Mapping[str, Any] = {"intensity": INTENSITY, "period": DAY_NS * 10_000}
    return attrs.evolve(
        scenario,
        faults=(),
        expect=(),
        supervision=SupervisionSpec(
            components=SupervisorSpec(**restarted), strategies=StrategiesSpec(restart="permanent", **restarted)
        ),
    )


@cache
def _undisturbed(name: str) -> tuple[Any, dict[str, int]]:
    """Return the run, and how many messages each actor handled before the books were closed."""
    result = run_scenario(_scenario(name))
    assert (result.violations, result.failure, result.supervision) == ([], None, [])
    return result, {actor: figures.handled for actor, figures in result.actors.items()}


def _money(result: Any, *, late: bool = False) -> Any:
    """Return all that came of the money; `late` leaves out what depends on when it came."""
    if late:
        return (
            [(order.order.order_id, order.order.side, order.state, order.cumulative) for order in result.orders],
            [(fill.order_id, fill.side, fill.quantity) for fill in result.fills],
            [(position.symbol, position.quantity) for position in result.positions],
            result.open_orders,
        )
    return (
        list(result.orders),
        list(result.fills),
        list(result.trades),
        result.positions,
        result.open_orders,
        result.equity.points,
        {symbol: figure for symbol, figure in result.metrics.items() if figure == figure},
    )


@given(st.data())
@RUNS
def test_any_pure_actor_may_crash_at_any_message(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    undisturbed, handled = _undisturbed(name)
    actor = data.draw(st.sampled_from([actor for actor in handled if actor != FEED and handled[actor]]))
    numbers = data.draw(
        st.lists(st.integers(1, handled[actor]), min_size=1, max_size=INTENSITY, unique=True), label="messages"
    )
    faults = [FaultSpec(actor=actor, message=number) for number in numbers]
    result = run_scenario(
        attrs.evolve(_scenario(name), faults=tuple(faults)), dispatch=data.draw(st.sampled_from(list(Dispatch)))
    )
    assert [(type(event), event.actor) for event in result.supervision] == [
        (ActorCrashed, actor),
        (ActorRestarted, actor),
    ] * len(numbers)
    assert (result.failure, result.violations, result.dead_letters) == (None, [], [])
    assert _money(result) == _money(undisturbed)


@given(st.data())
@settings(RUNS, max_examples=15)
def test_several_actors_may_crash_in_one_run_and_take_others_with_them(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    undisturbed, handled = _undisturbed(name)
    able = [actor for actor in handled if actor != FEED and handled[actor]]
    actors = data.draw(st.lists(st.sampled_from(able), min_size=1, max_size=3, unique=True))
    faults = [FaultSpec(actor=actor, message=data.draw(st.integers(1, handled[actor]))) for actor in actors]
    scenario = _scenario(name)
    how = data.draw(st.sampled_from(["one_for_one", "one_for_all", "rest_for_one"]))
    supervision = attrs.evolve(
        scenario.supervision, components=attrs.evolve(scenario.supervision.components, strategy=how)
    )
    result = run_scenario(attrs.evolve(scenario, faults=tuple(faults), supervision=supervision))
    assert result.counts["ActorCrashed"] == len(faults)
    assert result.counts["ActorRestarted"] >= len(faults)
    assert (result.failure, result.violations) == (None, [])
    # Who is restarted with others begins anew with the message that it was at, and where that takes time, some is lost.
    late = bool(scenario.actors)
    assert _money(result, late=late) == _money(undisturbed, late=late)


LONG = """
tradepit: 1
name: long
seed: 3
clock: {start: 2024-01-01, end: 2024-01-11}
market: {ACME: {gbm: {start: 50, volatility: 30%, every: 10s, volume: 5_000}}}
portfolio: {cash: 1_000_000 USD}
strategies: [{use: "tradepit.scenarios.library.strategies:SmaCrossover"}]
"""


def test_what_is_replayed_is_bounded_by_the_snapshots_however_much_an_actor_has_handled() -> None:
    """Ten times as many messages as lie between two snapshots; each crash finds no more than one stretch to replay."""
    scenario = loads(LONG)
    pit = wire(scenario, identity={}, about={}, file=io.BytesIO())
    restarted: list[ActorRestarted] = []
    pit.system.tap(ActorRestarted, restarted.append)
    closed: list[OrderClosed] = []
    pit.system.tap(OrderClosed, closed.append)
    numbers = [SNAPSHOT_EVERY - 1, SNAPSHOT_EVERY + 2 * LOOK_EVERY, 50_000, 85_000]
    pit.system.crash("portfolio", *(CrashPoint(nth=number) for number in numbers))
    trio.run(lambda: pit.system.run(end=scenario.clock.end, closing=[CancelWorkingOrders(), CloseBooks()]))
    assert pit.system.routes[PositionChanged].count > 1_000
    assert len(closed) > 1_000
    replayed = [event.replayed for event in restarted]
    assert len(replayed) == len(numbers)
    # A look every so many deliveries sees that it is time for a snapshot; a delivery reaches an actor once.
    assert all(count <= SNAPSHOT_EVERY + LOOK_EVERY for count in replayed)
    assert max(replayed) > 0
