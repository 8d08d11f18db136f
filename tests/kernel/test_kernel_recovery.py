"""A restarted actor has the state that it had, whatever kind of state that is (K10)."""

import enum
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.kernel import (
    Actor,
    ActorError,
    ActorFailed,
    AskTimeout,
    Backoff,
    Child,
    CrashPoint,
    Detail,
    Dispatch,
    Journal,
    Link,
    Restart,
    Strategy,
    Supervisor,
    System,
    Timer,
    random_stream,
)
from tradepit.actors.kernel import delivery as kernel_delivery
from tradepit.actors.kernel import guard as kernel_guard

SUPERVISED = Supervisor(name="top", children=(Child(actor="a"),), intensity=1000)


@attrs.define
class Work:
    verb: str
    amount: int


@attrs.define
class Query:
    amount: int


@attrs.define
class Price:
    __key__ = "symbol"

    symbol: str
    time: int


class Side(enum.Enum):
    BUY = 1
    SELL = -1


class Lot:
    """A class of a user's own, with a link to another."""

    def __init__(self, size: int, parent: "Lot | None" = None) -> None:
        self.size = size
        self.parent = parent

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lot) and (self.size, self.parent) == (other.size, other.parent)

    __hash__ = None  # type: ignore[assignment]  # it can change


class Slotted:
    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Keeper(Actor):
    """Keeps state of every kind, and changes it by everything that the kernel may tell it."""

    constant = ("_limits",)

    def __init__(self) -> None:
        self._limits = iter(())  # something that cannot be copied
        self.by_name: dict[str, list[int]] = {}
        self.newest: deque[Any] = deque(maxlen=5)
        self.lots = [Lot(1)]
        self.same = self.lots  # two names for one thing
        self.slotted = Slotted()
        self.timers: list[Timer] = []
        self.sides = {Side.BUY: 0, Side.SELL: 0}
        self.add: Callable[[int], None] = self.count_up

    def count_up(self, by: int) -> None:
        self.slotted.count += by

    def on_start(self) -> None:
        self.late_attribute = 0

    async def on_work(self, work: Work) -> None:
        self.newest.append((self.now, work.verb))
        amount = work.amount
        match work.verb:
            case "note":
                self.by_name.setdefault(f"n{amount}", []).append(amount)
                self.same.append(Lot(amount, self.lots[0]))
            case "draw":
                self.newest.append(self.random.gauss(0, 1))
            case "timer":
                self.timers.append(self.call_at(self.now + amount, amount))
            case "cancel" if self.timers:
                self.cancel(self.timers.pop(0))
            case "latest":
                price = self.latest(Price, "X")
                self.newest.append(None if price is None else price.time)
            case "sleep":
                await self.sleep(amount)
                self.late_attribute += 1
            case "ask":
                try:
                    self.newest.append(await self.ask("b", Query(amount), 6))
                except AskTimeout:
                    self.sides[Side.SELL] -= 1
            case "send":
                self.send("b", Work("echo", amount))
            case "forget" if "late_attribute" in vars(self):
                self.by_name.clear()
                self.lots = [Lot(0)]
            case _:
                self.sides[Side.BUY] += amount

    def on_number(self, number: int) -> None:
        self.add(number)

    def on_price(self, price: Price) -> None:
        self.newest.append((price.time, self.now))

    @property
    def state(self) -> Any:
        return (
            self.by_name,
            self.newest,
            self.lots,
            self.same,
            self.same is self.lots or len(self.same),
            self.slotted.count,
            [(timer.time, timer.cancelled) for timer in self.timers],
            self.sides,
            self.late_attribute,
            self.random.random(),
            self.add.__self__ is self,  # type: ignore[attr-defined]  # a bound method
        )


class Other(Actor):
    """Answers after a while, and writes down what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[int, Any]] = []

    async def on_query(self, query: Query) -> int:
        self.got.append((self.now, query))
        await self.sleep(query.amount)
        return query.amount * 2

    def on_work(self, work: Work) -> None:
        self.got.append((self.now, work))


class Driver(Actor):
    def __init__(self, plan: list[tuple[int, str, int]]) -> None:
        self.plan = plan

    def on_start(self) -> None:
        for number, (time, _, _) in enumerate(self.plan):
            self.call_at(time, number)

    def on_number(self, number: int) -> None:
        _, verb, amount = self.plan[number]
        self.send("a", Work(verb, amount))


class Prices(Actor):
    def __init__(self, times: list[int]) -> None:
        self.times = times

    def on_start(self) -> None:
        self.stream([Price("X" if time % 2 else "Y", time) for time in self.times])


VERBS = ["note", "draw", "timer", "cancel", "latest", "sleep", "ask", "send", "forget", "other"]
PLANS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(VERBS), st.integers(0, 9)), max_size=15)


def keep(
    dispatch: Dispatch, plan: list[tuple[int, str, int]], times: list[int], crashes: list[CrashPoint], snapshots: int
) -> tuple[Any, Any, int]:
    """Run a keeper through a plan; return its state, what came out of it, and how often it was restarted."""
    system = System(dispatch=dispatch, journal=Journal(identity={}))
    keeper, other = Keeper(), Other()
    system.add("a", keeper)
    system.add("b", other)
    system.add("driver", Driver(plan))
    system.add("prices", Prices(sorted(times)))
    system.supervise(SUPERVISED)
    if crashes:
        system.crash("a", *crashes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_guard, "SNAPSHOT_EVERY", snapshots)
        patch.setattr(kernel_delivery, "LOOK_EVERY", 1)
        trio.run(lambda: system.run(end=60))
    return keeper.state, other.got, system.cells["a"].statistics.restarts


@given(
    plan=PLANS,
    times=st.lists(st.integers(0, 50), max_size=8),
    nths=st.lists(st.integers(1, 25), min_size=1, max_size=5, unique=True),
    snapshots=st.sampled_from([1, 4, 1000]),
    dispatch=st.sampled_from(Dispatch),
)
def test_after_any_crashes_the_state_is_that_of_the_undisturbed_run(
    plan: list[tuple[int, str, int]], times: list[int], nths: list[int], snapshots: int, dispatch: Dispatch
) -> None:
    undisturbed = keep(dispatch, plan, times, [], 1000)
    crashed = keep(dispatch, plan, times, [CrashPoint(nth=nth) for nth in nths], snapshots)
    assert crashed[:2] == undisturbed[:2]


@pytest.mark.parametrize("dispatch", Dispatch)
@pytest.mark.parametrize("snapshots", [1, 4, 1000])
def test_a_keeper_that_does_everything_comes_back_many_times(dispatch: Dispatch, snapshots: int) -> None:
    plan = [(3 * number, verb, 3) for number, verb in enumerate(VERBS + VERBS)]
    undisturbed = keep(dispatch, plan, [5, 6, 30, 31], [], 1000)
    crashed = keep(dispatch, plan, [5, 6, 30, 31], [CrashPoint(nth=nth) for nth in range(1, 27)], snapshots)
    assert crashed == (*undisturbed[:2], 26)


@pytest.mark.parametrize("dispatch", Dispatch)
@pytest.mark.parametrize("linked", [False, True])
def test_a_snapshot_bounds_what_is_replayed(dispatch: Dispatch, linked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_guard, "SNAPSHOT_EVERY", 10)
    monkeypatch.setattr(kernel_delivery, "LOOK_EVERY", 1)
    replayed: list[int] = []
    system = System(dispatch=dispatch, journal=Journal(identity={}))
    keeper = Keeper()
    system.add("a", keeper)
    system.add("prices", Prices(list(range(200))))
    if linked:  # then what is streamed is published apart from those behind the links
        system.add("b", Other())
        system.link("prices", "b", Link(7, random_stream(0, "prices > b")))
    system.supervise(SUPERVISED)
    system.crash("a", CrashPoint(nth=5), CrashPoint(nth=150))
    from tradepit.actors.kernel import ActorRestarted

    system.tap(ActorRestarted, lambda event: replayed.append(event.replayed))
    trio.run(system.run)
    assert replayed[0] == 4
    assert len(replayed) == 2
    assert replayed[1] < 10
    assert [time for time, _ in keeper.newest] == [195, 196, 197, 198, 199]
    cell = system.cells["a"]
    cell.count_log()
    assert cell.statistics.deliveries == Counter({"Price": 200, "Start": 1}), "each is counted once"


# --- actors that hold no state ------------------------------------------------------------------------------------


class Gate(Actor):
    stateless = True

    def __init__(self, sheet: list[Any]) -> None:
        self.sheet = sheet
        self.seen = 0

    def on_start(self) -> None:
        self.sheet.append("start")

    async def on_work(self, work: Work) -> None:
        self.seen += 1
        self.sheet.append((self.now, work.verb, self.seen))
        if work.verb == "slow":
            await self.sleep(work.amount)
            self.sheet.append((self.now, "done", self.seen))


class SharedSheet(list[Any]):
    """A list that stays the same in a copy, to see what an actor did in all its lives."""

    def __deepcopy__(self, _memo: Any) -> "SharedSheet":
        return self


def drive_gate(
    dispatch: Dispatch, plan: list[tuple[int, str, int]], *points: CrashPoint, journal: Journal | None = None
) -> tuple[list[Any], System]:
    sheet = SharedSheet()
    system = System(dispatch=dispatch, journal=journal)
    system.add("a", Gate(sheet))
    system.add("b", Other())
    system.add("driver", Driver(plan))
    system.supervise(SUPERVISED)
    system.crash("a", *points)
    trio.run(system.run)
    system.cells["a"].count_log()
    return sheet, system


@pytest.mark.parametrize("dispatch", Dispatch)
def test_an_actor_without_state_starts_afresh_and_needs_no_journal(dispatch: Dispatch) -> None:
    sheet, system = drive_gate(dispatch, [(1, "x", 0), (2, "y", 0), (3, "z", 0)], CrashPoint(nth=3))
    assert sheet == ["start", (1, "x", 1), (2, "y", 2), "start", (2, "y", 1), (3, "z", 2)]
    assert system.cells["a"].statistics.deliveries == Counter({"Work": 3, "Start": 2})


@pytest.mark.parametrize("dispatch", Dispatch)
def test_an_actor_without_state_begins_a_message_anew_that_it_had_waited_in(dispatch: Dispatch) -> None:
    sheet, _ = drive_gate(dispatch, [(1, "slow", 5), (2, "y", 0)], CrashPoint(nth=2))
    assert sheet == [
        "start", (1, "slow", 1), (6, "done", 1), "start", (6, "slow", 1), (11, "done", 1), (11, "y", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("dispatch", Dispatch)
def test_an_actor_without_state_begins_a_message_anew_when_another_brings_it_down(dispatch: Dispatch) -> None:
    sheet = SharedSheet()
    system = System(dispatch=dispatch, journal=Journal(identity={}))
    system.add("a", Gate(sheet))
    system.add("driver", Driver([(1, "slow", 5)]))
    both = (Child(actor="a"), Child(actor="driver"))
    system.supervise(Supervisor(name="top", children=both, strategy=Strategy.ONE_FOR_ALL))
    system.crash("driver", CrashPoint(at=3))
    system.add("late", Late())
    trio.run(system.run)
    assert sheet == [
        "start", (1, "slow", 1), "start", (3, "slow", 1), (8, "done", 1), (8, "slow", 2), (13, "done", 2),
    ]  # fmt: skip


class Late(Actor):
    """Has the driver crash in mid-run."""

    def on_start(self) -> None:
        self.call_at(3, 0)

    def on_number(self, number: int) -> None:
        self.send("driver", number)


@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_late_answer_to_a_question_from_before_a_restart_is_not_taken_for_another(dispatch: Dispatch) -> None:
    class Asker(Actor):
        stateless = True

        def __init__(self) -> None:
            self.sheet = SharedSheet()

        async def on_work(self, work: Work) -> None:
            try:
                self.sheet.append((self.now, await self.ask("b", Query(work.amount), 3)))
            except AskTimeout:
                self.sheet.append((self.now, "no answer"))

    asker = Asker()
    system = System(dispatch=dispatch)
    system.add("a", asker)
    system.add("b", Other())
    system.add("driver", Driver([(1, "x", 5), (5, "y", 1)]))
    system.supervise(SUPERVISED)
    system.crash("a", CrashPoint(nth=1, times=2))
    trio.run(system.run)
    # Asked at 1 and, anew, at 4; the other answers the first at 6, when the question of 7 is not asked yet.
    assert asker.sheet == [(4, "no answer"), (7, "no answer"), (10, "no answer")]


# --- what cannot be recovered -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dispatch", Dispatch)
@pytest.mark.parametrize("journal", [None, Journal(identity={}, detail=Detail.OFF)])
def test_without_a_journal_a_crash_of_an_actor_with_state_ends_the_run_and_says_why(
    dispatch: Dispatch, journal: Journal | None
) -> None:
    system = System(dispatch=dispatch, journal=None if journal is None else Journal(identity={}, detail=Detail.OFF))
    system.add("a", Keeper())
    system.add("driver", Driver([(1, "note", 1)]))
    system.supervise(SUPERVISED)
    system.crash("a", CrashPoint(nth=2))
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    (note,) = caught.value.__notes__
    assert note == (
        "'a' holds state and there is no journal to recover it from; keep a journal, or let the actor say "
        "stateless = True"
    )


@pytest.mark.parametrize("dispatch", Dispatch)
def test_without_a_journal_an_actor_with_state_cannot_be_restarted_with_another_either(dispatch: Dispatch) -> None:
    system = System(dispatch=dispatch)
    system.add("a", Gate(SharedSheet()))
    system.add("b", Other())
    system.add("driver", Driver([(1, "note", 1)]))
    both = (Child(actor="a"), Child(actor="b"))
    system.supervise(Supervisor(name="top", children=both, strategy=Strategy.ONE_FOR_ALL))
    system.crash("a", CrashPoint(nth=2))
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    assert caught.value.actor == "a"
    assert "'b' holds state and there is no journal" in caught.value.__notes__[0]


def open_end() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize("dispatch", Dispatch)
def test_state_that_cannot_be_copied_is_named_before_anything_happens(dispatch: Dispatch) -> None:
    class Holder(Actor):
        def __init__(self) -> None:
            self.rest = open_end()

    for restart in Restart:
        system = System(dispatch=dispatch, journal=Journal(identity={}))
        system.add("a", Holder())
        system.supervise(Supervisor(name="top", children=(Child(actor="a", restart=restart),)))
        if restart is Restart.TEMPORARY:
            trio.run(system.run)
            continue
        with pytest.raises(ActorError) as caught:
            trio.run(system.run)
        assert str(caught.value) == (
            "the state of 'a' cannot be copied, so it could not be restarted: cannot pickle 'generator' object; keep "
            "what no handler changes in attributes that Holder.constant names, or say stateless = True"
        )


WORLD: list[int] = []


class Impure(Actor):
    """Reads something that no message told it, and does otherwise when that has changed."""

    def __init__(self, way: str) -> None:
        self.way = way

    async def on_work(self, work: Work) -> None:
        WORLD.append(1)
        changed = len(WORLD) > 2
        if self.way == "raises" and changed:
            raise ValueError("the world has changed")
        if self.way == "waits" and changed:
            await self.sleep(1)
        if self.way == "waits not" and not changed:
            await self.sleep(1)
        if self.way == "sets a timer" and changed:
            self.call_at(self.now, 1)

    def on_number(self, number: int) -> None:
        pass


@pytest.mark.parametrize("dispatch", Dispatch)
@pytest.mark.parametrize("way", ["raises", "waits", "waits not", "sets a timer"])
def test_an_impure_actor_that_does_otherwise_is_called_that(dispatch: Dispatch, way: str) -> None:
    WORLD.clear()
    system = System(dispatch=dispatch, journal=Journal(identity={}))
    system.add("a", Impure(way))
    system.add("driver", Driver([(1, "x", 0), (5, "y", 0)]))
    system.supervise(SUPERVISED)
    system.crash("a", CrashPoint(nth=2))
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    assert caught.value.actor == "a"
    (note,) = caught.value.__notes__
    assert note == (
        "'a' did not do the same again when its messages were replayed to it after a crash: a pure actor computes "
        "only from its messages and from what it asks the kernel"
    )


@pytest.mark.parametrize("dispatch", Dispatch)
def test_an_actor_may_say_itself_what_its_state_is(dispatch: Dispatch) -> None:
    class Counting(Actor):
        total = 0

        def __init__(self) -> None:
            self.rest = open_end()  # could not be copied

        def save_state(self) -> int:
            return self.total

        def load_state(self, state: int) -> None:
            self.total = state

        def on_work(self, work: Work) -> None:
            self.total += work.amount

    counting = Counting()
    system = System(dispatch=dispatch, journal=Journal(identity={}))
    system.add("a", counting)
    system.add("driver", Driver([(time, "x", time) for time in (1, 2, 3)]))
    system.supervise(Supervisor(name="top", children=(Child(actor="a"),), intensity=9, backoff=Backoff(first_ns=1)))
    system.crash("a", CrashPoint(nth=2), CrashPoint(nth=3))
    trio.run(system.run)
    assert counting.total == 6


class Tidy(Actor):
    """Sends when its wait is over, or ended."""

    async def on_start(self) -> None:
        try:
            await self.sleep(10)
        finally:
            for amount in range(3):
                self.send("c", Query(amount))

    def on_work(self, _work: Work) -> None:
        pass


class Arrivals(Actor):
    def __init__(self) -> None:
        self.at: list[int] = []

    def on_query(self, _query: Query) -> None:
        self.at.append(self.now)


@pytest.mark.parametrize("dispatch", Dispatch)
def test_what_a_handler_sends_when_it_is_ended_for_a_restart_leaves_no_trace_on_its_links(dispatch: Dispatch) -> None:
    def arrivals(*crashes: CrashPoint) -> list[int]:
        heard = Arrivals()
        system = System(dispatch=dispatch, journal=Journal(identity={}))
        system.add("a", Tidy())
        system.add("driver", Driver([(5, "x", 0)]))
        system.add("c", heard)
        system.link("a", "c", Link(lambda stream: stream.randrange(50), random_stream(1, "link")))
        both = (Child(actor="a"), Child(actor="driver"))
        system.supervise(Supervisor(name="top", children=both, strategy=Strategy.ONE_FOR_ALL))
        system.crash("driver", *crashes)
        trio.run(system.run)
        assert system.cells["driver"].statistics.crashes == len(crashes)
        return heard.at

    assert arrivals(CrashPoint(nth=1)) == arrivals()
