"""The sections supervision, actors and faults: what may stand there, and what the kernel is told."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tradepit.actors.kernel import Backoff, Child, Overflow, Restart, Strategy, Supervisor
from tradepit.scenarios.actor_tree import MailboxSpec
from tradepit.scenarios.fault_tree import FaultSpec
from tradepit.scenarios.link_tree import actors_of
from tradepit.scenarios.loader import loads
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.supervision_tree import ActorSupervisionSpec, BackoffSpec, GroupSpec, SupervisorSpec
from tradepit.scenarios.supervision_wiring import supervisors
from tradepit.scenarios.wiring import wire
from tradepit.scenarios.writer import dump

SMALL = """\
tradepit: 1
name: f
clock: {start: 2010-05-06 14:30, end: 2010-05-06 15:10}
market: {SPY: {gbm: {}}}
venues: {BATS: {}}
strategies: [{use: "tradepit.scenarios.library.strategies:BuyAndHold", name: dipper}]
at_end: {}
"""
BLOCKS = Path(__file__).with_name("actor_mistakes.txt").read_text().split("\n\n")[1:]
MISTAKES = [(wrong, problem.strip()) for wrong, _, problem in (block.partition("\n-> ") for block in BLOCKS)]
ACTORS = actors_of(["BATS"], ["dipper"])
SECOND = 10**9


@pytest.mark.parametrize(("addition", "problem"), MISTAKES)
def test_a_mistake_about_actors_is_placed_and_explained(addition: str, problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(SMALL + addition + "\n", "f.yaml")
    assert str(caught.value.problems[0]) == f"f.yaml:{problem}"


@pytest.mark.parametrize(
    "section",
    [
        "supervision: {groups: {a: {members: [b, orders]}, b: {members: [BATS], restart: transient}}}",
        'supervision: {actors: {"strategy:dipper": {restart: permanent, backoff: {first: 1min}}}}',
        "supervision: {strategies: {restart: permanent}, components: {backoff: {jitter: 100%}}}",
        "actors: {BATS: {service_time: uniform(1us, 2us)}, router: {mailbox: {capacity: 3, overflow: fail}}}",
        "faults: [{actor: BATS, do: crash, message: 3, times: 2}, {actor: portfolio, do: crash, at: 15:00}]",
        "faults: [{venue: BATS, do: bust, at: 15:00}, {venue: BATS, do: correct, at: 15:00, fill: 3, price: -1.5}]",
        "expect: [{wait: BATS, within: 1500us}, {mailbox: portfolio, between: [1, 2]}, {dropped: orders, equals: 0}]",
    ],
)
def test_what_is_written_reads_back_as_it_was(section: str) -> None:
    scenario = loads(SMALL + section)
    assert loads(dump(scenario)) == scenario
    assert dump(scenario) != dump(loads(SMALL))


def test_a_setting_of_an_actor_can_be_set_from_outside() -> None:
    text = SMALL + "actors: {portfolio: {service_time: 2ms}}\nsupervision: {components: {intensity: 1}}\n"
    sets = ["actors.portfolio.service_time=3ms", "supervision.components.intensity=7"]
    scenario = loads(text, sets=sets)
    assert (
        scenario.actors["portfolio"].service_time == loads(text.replace("2ms", "3ms")).actors["portfolio"].service_time
    )
    assert scenario.supervision.components.intensity == 7


# --- the trees of supervisors ---------------------------------------------------------------------------------------


def _trees(section: str = "") -> list[Supervisor]:
    return supervisors(loads(SMALL + section).supervision, ACTORS)


def _children(*names: str) -> tuple[Child, ...]:
    return tuple(Child(actor=name) for name in names)


def test_without_a_word_components_come_back_and_strategies_end() -> None:
    assert _trees() == [
        Supervisor(
            name="components",
            children=_children("venue:BATS", "broker:BATS", "orders", "portfolio", "breaker", "router"),
        ),
        Supervisor(name="strategies", children=(Child(actor="strategy:dipper", restart=Restart.TEMPORARY),)),
    ]


def test_groups_nest_and_stand_where_their_first_actor_would_start() -> None:
    section = (
        "supervision: {groups: {money: {members: [portfolio, wires, 'strategy:dipper'], strategy: one_for_all}, "
        "wires: {members: ['broker:BATS', BATS], restart: transient, intensity: 9, period: 1s}}}"
    )
    assert _trees(section) == [
        Supervisor(
            name="components",
            children=(
                Supervisor(
                    name="money",
                    strategy=Strategy.ONE_FOR_ALL,
                    children=(
                        Child(actor="portfolio"),
                        Supervisor(
                            name="wires",
                            intensity=9,
                            period_ns=SECOND,
                            children=(
                                Child(actor="broker:BATS", restart=Restart.TRANSIENT),
                                Child(actor="venue:BATS", restart=Restart.TRANSIENT),
                            ),
                        ),
                        Child(actor="strategy:dipper", restart=Restart.TEMPORARY),
                    ),
                ),
                *_children("orders", "breaker", "router"),
            ),
        )
    ]


def test_an_actor_with_figures_of_its_own_has_a_supervisor_for_itself() -> None:
    section = (
        "supervision: {components: {intensity: 8, backoff: {first: 1s, jitter: 10%}}, "
        "actors: {BATS: {period: 1h}, router: {restart: temporary}, orders: {backoff: {first: 1min}, intensity: 0}}}"
    )
    [components, _] = _trees(section)
    backoff = Backoff(first_ns=SECOND, jitter=0.1)
    assert (components.intensity, components.backoff) == (8, backoff)
    assert components.children == (
        Supervisor(
            name="venue:BATS", children=_children("venue:BATS"), intensity=8, period_ns=3600 * SECOND, backoff=backoff
        ),
        Child(actor="broker:BATS"),
        Supervisor(
            name="orders",
            children=_children("orders"),
            intensity=0,
            backoff=Backoff(first_ns=60 * SECOND, most_ns=60 * SECOND),
        ),
        *_children("portfolio", "breaker"),
        Child(actor="router", restart=Restart.TEMPORARY),
    )


def test_mailboxes_and_service_times_reach_the_actors() -> None:
    section = (
        "actors: {BATS: {mailbox: {capacity: 3, overflow: drop_oldest}}, portfolio: {service_time: 2ms}, "
        "orders: {service_time: uniform(1us, 2us)}, router: {service_time: 0s}}"
    )
    cells = wire(loads(SMALL + section), identity={}, about={}).system.cells
    bounds = cells["venue:BATS"].bounds
    assert (bounds.capacity, bounds.overflow, bounds.service_ns) == (3, Overflow.DROP_OLDEST, None)
    constant, drawn = cells["portfolio"].bounds.service_ns, cells["orders"].bounds.service_ns
    assert constant is not None
    assert drawn is not None
    assert constant(Random(1)) == 2_000_000
    assert 1_000 <= drawn(Random(1)) <= 2_000
    assert cells["router"].bounds.service_ns is None


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: BackoffSpec(first=-1), "first wait is at least 0"),
        (lambda: BackoffSpec(factor=0.5), "factor is at least 1, was 0.5"),
        (lambda: BackoffSpec(jitter=1.5), "jitter lies between 0% and 100%, was 1.5"),
        (lambda: SupervisorSpec(intensity=-1), "intensity is at least 0"),
        (lambda: ActorSupervisionSpec(period=0), "its period above 0 ns"),
        (lambda: GroupSpec(members=()), "a group has members"),
        (lambda: GroupSpec(members=["a"], period=0), "its period above 0 ns"),
        (lambda: MailboxSpec(capacity=0), "room for at least 1 message, was 0"),
        (lambda: MailboxSpec(overflow="fail"), "overflow: fail needs a capacity"),
        (lambda: FaultSpec(actor="a"), "either at, a time, or message"),
        (lambda: FaultSpec(actor="a", message=0), "at least 1"),
    ],
)
def test_a_tree_built_in_python_holds_to_the_same_rules(make: Callable[[], object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        make()
