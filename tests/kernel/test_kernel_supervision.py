"""What becomes of an actor that crashed: its supervisor decides, and the journal tells it all (K9)."""

import io
import json
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
import trio

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
    InjectedCrash,
    Journal,
    Restart,
    Strategy,
    Supervisor,
    System,
    UnknownActor,
    random_stream,
)

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)

S = 1_000_000_000
SAID = ("ActorCrashed", "ActorRestarted", "ActorEnded", "MessageSetAside", "FailureEscalated")


@attrs.define
class Note:
    text: str


@attrs.define
class Slowly:
    text: str


@attrs.define
class Question:
    text: str


class Clerk(Actor):
    """Files notes, one of which it may not be able to stand."""

    def __init__(self, poison: str = "") -> None:
        self.poison = poison
        self.filed: list[str] = []

    def on_note(self, note: Note) -> None:
        self.filed.append(note.text)
        self.send("out", Note(f"{self.name} {note.text}"))
        if note.text == self.poison:
            raise ValueError("poison")

    async def on_slowly(self, message: Slowly) -> None:
        self.filed.append(f"{message.text} begun")
        self.send("out", Note(f"{self.name} {message.text} begun"))
        await self.sleep(10)
        self.filed.append(f"{message.text} done")
        self.send("out", Note(f"{self.name} {message.text} done"))
        if message.text == self.poison:
            raise ValueError("poison")

    def on_question(self, question: Question) -> str:
        self.filed.append(question.text)
        return f"{question.text}: {len(self.filed)}"

    def on_stop(self) -> None:
        self.send("out", Note(f"{self.name} stops"))


class Out(Actor):
    """Where what the others say can be seen."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, str]] = []

    def on_note(self, note: Note) -> None:
        self.heard.append((self.now, note.text))


class Sender(Actor):
    """Sends at given times."""

    def __init__(self, plan: Sequence[tuple[int, str, Any]]) -> None:
        self.plan = plan

    def on_start(self) -> None:
        for number, (time, _, _) in enumerate(self.plan):
            self.call_at(time, number)

    def on_number(self, number: int) -> None:
        _, to, message = self.plan[number]
        self.send(to, message)


class Office:
    """A system of clerks, with what it said afterwards."""

    def __init__(self, dispatch: Dispatch, journal: bool = True) -> None:
        self.file = io.BytesIO()
        detail = Detail.FULL if journal else Detail.OFF
        self.system = System(dispatch=dispatch, journal=Journal(identity={}, file=self.file, detail=detail), seed=3)
        self.out = Out()
        self.system.add("out", self.out)
        self.clerks: dict[str, Clerk] = {}

    def add(self, **actors: Clerk) -> None:
        for name, actor in actors.items():
            self.clerks[name] = actor
            self.system.add(name, actor)

    def run(self, *plan: tuple[int, str, Any], end: int | None = None) -> None:
        self.system.add("sender", Sender(plan))
        trio.run(lambda: self.system.run(end=end))

    @property
    def said(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.file.getvalue().splitlines()]
        return [
            {"what": line[4], **line[6]} for line in lines if isinstance(line, list) and line[4] in SAID
        ]  # fmt: skip

    @property
    def story(self) -> list[str]:
        """What the kernel said, in short."""
        found = []
        for event in self.said:
            match event["what"]:
                case "ActorCrashed":
                    found.append(f"{event['time']} {event['actor']} crashed on {event['kind']}")
                case "ActorRestarted":
                    found.append(f"{event['time']} {event['actor']} back after {event['down_ns']}")
                case "ActorEnded":
                    found.append(f"{event['time']} {event['actor']} {event['reason']}")
                case "MessageSetAside":
                    found.append(f"{event['time']} {event['actor']}'s {event['kind']}: {event['reason']}")
                case _:
                    found.append(f"{event['time']} {event['supervisor']} to {event['above'] or 'nobody'}")
        return found


def children(*names: str, restart: Restart = Restart.PERMANENT) -> tuple[Child, ...]:
    return tuple(Child(actor=name, restart=restart) for name in names)


# --- one crash ----------------------------------------------------------------------------------------------------


def test_a_crash_that_does_not_come_again_leaves_no_trace_but_in_the_journal(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a")))
    office.system.crash("a", CrashPoint(nth=2))
    office.run(*[(time, "a", Note(str(time))) for time in (1, 2, 3)])
    assert office.clerks["a"].filed == ["1", "2", "3"]
    assert office.out.heard == [(1, "a 1"), (2, "a 2"), (3, "a 3"), (3, "a stops")]
    sequence = office.said[0]["sequence"]
    assert office.said == [
        {
            "what": "ActorCrashed", "actor": "a", "kind": "Note", "sequence": sequence,
            "error": "InjectedCrash: told to crash on message 2 that it handled", "time": 2,
        },
        {"what": "ActorRestarted", "actor": "a", "supervisor": "top", "replayed": 1, "down_ns": 0, "time": 2},
    ]  # fmt: skip
    assert office.system.first_crash is None, "it was told to"


def test_a_message_that_crashes_its_reader_twice_is_set_aside_and_the_actor_goes_on(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk(poison="2"))
    office.system.supervise(Supervisor(name="top", children=children("a")))
    office.run(*[(time, "a", Note(str(time))) for time in (1, 2, 3)])
    assert office.clerks["a"].filed == ["1", "3"]
    assert office.out.heard == [(1, "a 1"), (3, "a 3"), (3, "a stops")]
    assert office.story == [
        "2 a crashed on Note",
        "2 a back after 0",
        "2 a crashed on Note",
        "2 a's Note: crashed twice",
        "2 a back after 0",
    ]
    assert str(office.system.first_crash).endswith("ValueError: poison")
    statistics = office.system.cells["a"].statistics
    assert (statistics.crashes, statistics.restarts, statistics.dead_letters) == (2, 2, 1)


@pytest.mark.parametrize(
    ("points", "crashes", "filed"),
    [
        ([CrashPoint(nth=2), CrashPoint(nth=2)], [2, 2], ["1", "3", "4"]),
        ([CrashPoint(nth=2), CrashPoint(nth=3), CrashPoint(nth=2)], [2, 2, 3], ["1", "3", "4"]),
        ([CrashPoint(at=2), CrashPoint(at=2)], [2, 3], ["1", "2", "3", "4"]),
        ([CrashPoint(at=2), CrashPoint(nth=2)], [2, 3], ["1", "2", "3", "4"]),
        ([CrashPoint(at=1, times=2), CrashPoint(nth=2), CrashPoint(nth=1)], [1, 2, 3, 3], ["1", "2", "4"]),
    ],
    ids=["one-number", "one-number-apart", "one-time", "time-and-number", "many"],
)
def test_every_fault_that_an_actor_is_told_to_have_comes(
    dispatch: Dispatch, points: list[CrashPoint], crashes: list[int], filed: list[str]
) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a"), intensity=100))
    office.system.crash("a", *points)
    office.run(*[(time, "a", Note(str(time))) for time in (1, 2, 3, 4)])
    assert [said["time"] for said in office.said if said["what"] == "ActorCrashed"] == crashes
    assert office.clerks["a"].filed == filed


def test_the_mailbox_is_kept_while_an_actor_is_away(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    backoff = Backoff(first_ns=10)
    office.system.supervise(Supervisor(name="top", children=children("a"), backoff=backoff))
    office.system.crash("a", CrashPoint(nth=1))
    office.run(*[(time, "a", Note(str(time))) for time in (1, 2, 3, 20)])
    assert office.out.heard == [(11, "a 1"), (11, "a 2"), (11, "a 3"), (20, "a 20"), (20, "a stops")]
    assert office.story == ["1 a crashed on Note", "11 a back after 10"]


def test_an_async_handler_goes_on_from_its_last_wait(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a")))
    office.system.crash("a", CrashPoint(nth=1))
    office.run((1, "a", Slowly("x")), (5, "a", Note("y")))
    assert office.clerks["a"].filed == ["x begun", "x done", "y"]
    assert office.out.heard == [(1, "a x begun"), (11, "a x done"), (11, "a y"), (11, "a stops")]


def test_a_handler_that_crashes_twice_after_a_wait_is_given_up_and_keeps_what_it_had_done_before(
    dispatch: Dispatch,
) -> None:
    office = Office(dispatch)
    office.add(a=Clerk(poison="x"), b=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a", "b"), strategy=Strategy.ONE_FOR_ALL))
    office.system.crash("b", CrashPoint(nth=1))
    office.run((1, "a", Slowly("x")), (5, "a", Note("y")), (20, "b", Note("z")))
    assert office.clerks["a"].filed == ["x begun", "y"], "also after the restart because of b"
    assert office.out.heard[:2] == [(1, "a x begun"), (11, "a y")]
    assert office.story == [
        "11 a crashed on Slowly",
        "11 a back after 0",
        "11 a crashed on Slowly",
        "11 a's Slowly: crashed twice",
        "11 a back after 0",
        "11 b back after 0",
        "20 b crashed on Note",
        "20 a back after 0",
        "20 b back after 0",
    ]


def test_whoever_waits_for_an_answer_gets_it_after_the_restart_of_the_one_that_was_asked(dispatch: Dispatch) -> None:
    class Asker(Clerk):
        async def on_note(self, note: Note) -> None:  # type: ignore[override]  # a handler may wait or not
            self.filed.append(await self.ask("a", Question(note.text), 50))

    office = Office(dispatch)
    office.add(a=Clerk(), b=Asker())
    office.system.supervise(Supervisor(name="top", children=children("a", "b"), backoff=Backoff(first_ns=5)))
    office.system.crash("a", CrashPoint(nth=2))
    office.run((1, "b", Note("one")), (2, "b", Note("two")), (3, "b", Note("three")))
    assert office.clerks["b"].filed == ["one: 1", "two: 2", "three: 3"]
    assert office.story == ["2 a crashed on Question", "7 a back after 5"]


def test_an_answer_that_its_actor_died_of_never_comes(dispatch: Dispatch) -> None:
    class Asker(Clerk):
        async def on_note(self, note: Note) -> None:  # type: ignore[override]  # a handler may wait or not
            try:
                await self.ask("a", Question("?"), 50)
            except AskTimeout as error:
                self.filed.append(str(error))

    office = Office(dispatch)
    office.add(a=Clerk(), b=Asker())
    office.system.supervise(Supervisor(name="top", children=children("a", "b")))
    office.system.crash("a", CrashPoint(nth=1, times=2))
    office.run((1, "b", Note("one")))
    assert office.clerks["b"].filed == ["'b' asked 'a' for Question: no answer in 50 ns"]
    assert office.clerks["a"].filed == []


@pytest.mark.parametrize("nth", [1, 2])
def test_an_actor_may_crash_as_it_starts_and_as_it_stops(dispatch: Dispatch, nth: int) -> None:
    class Porter(Clerk):
        def on_start(self) -> None:
            self.filed.append("opened")

        def on_stop(self) -> None:
            self.filed.append("closed")

    office = Office(dispatch)
    office.add(a=Porter())
    office.system.supervise(Supervisor(name="top", children=children("a"), backoff=Backoff(first_ns=4)))
    office.system.crash("a", CrashPoint(nth=nth))
    office.run(end=9)
    assert office.clerks["a"].filed == ["opened", "closed"]
    assert (
        office.story
        == [
            ["0 a crashed on Start", "4 a back after 4"],
            ["9 a crashed on Stop", "13 a back after 4"],
        ][nth - 1]
    )


def test_an_actor_that_cannot_start_ends_the_run(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.system.add("a", Sender([]))
    office.system.supervise(Supervisor(name="top", children=children("a")))
    office.system.crash("a", CrashPoint(nth=1, times=2))
    with pytest.raises(ActorFailed) as caught:
        office.run()
    assert (caught.value.actor, caught.value.kind) == ("a", "Start")
    assert office.story == ["0 a crashed on Start", "0 a back after 0", "0 a crashed on Start"]
    assert isinstance(caught.value.__cause__, InjectedCrash)


def test_of_what_is_published_each_of_the_others_gets_its_part_when_one_crashes(dispatch: Dispatch) -> None:
    class Speaker(Actor):
        def on_start(self) -> None:
            self.publish(Note("all"))

    office = Office(dispatch)
    office.add(a=Clerk(), b=Clerk(), c=Clerk())
    office.system.add("speaker", Speaker())
    office.system.supervise(Supervisor(name="top", children=children("a", "b", "c")))
    office.system.crash("b", CrashPoint(nth=1, times=2))
    office.run()
    assert [clerk.filed for clerk in office.clerks.values()] == [["all"], [], ["all"]]


# --- who is restarted ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "back"),
    [
        (Strategy.ONE_FOR_ONE, ["b"]),
        (Strategy.REST_FOR_ONE, ["b", "c"]),
        (Strategy.ONE_FOR_ALL, ["a", "b", "c"]),
    ],
)
def test_a_strategy_says_who_is_restarted_and_all_keep_their_state(
    dispatch: Dispatch, strategy: Strategy, back: list[str]
) -> None:
    office = Office(dispatch)
    office.add(a=Clerk(), b=Clerk(), c=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a", "b", "c"), strategy=strategy))
    office.system.crash("b", CrashPoint(at=5))
    office.run(*[(time, name, Note(str(time))) for time in (1, 5, 6) for name in "abc"])
    assert [event["actor"] for event in office.said if event["what"] == "ActorRestarted"] == back
    assert {name: clerk.filed for name, clerk in office.clerks.items()} == {name: ["1", "5", "6"] for name in "abc"}
    assert [text for _, text in office.out.heard[-3:]] == ["c stops", "b stops", "a stops"]


def test_those_who_wait_go_on_waiting_after_a_restart_because_of_another(dispatch: Dispatch) -> None:
    class Careful(Clerk):
        async def on_slowly(self, message: Slowly) -> None:
            try:
                await super().on_slowly(message)
            finally:
                self.filed.append("tidied up")
                self.send("out", Note("tidied up"))

    office = Office(dispatch)
    office.add(a=Careful(), b=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a", "b"), strategy=Strategy.ONE_FOR_ALL))
    office.system.crash("b", CrashPoint(nth=1))
    office.run((1, "a", Slowly("x")), (4, "b", Note("y")))
    assert office.clerks["a"].filed == ["x begun", "x done", "tidied up"]
    assert [text for _, text in office.out.heard] == [
        "a x begun", "b y", "a x done", "tidied up", "b stops", "a stops",
    ]  # fmt: skip


def test_a_timer_that_is_cancelled_because_a_handler_was_ended_rings_all_the_same(dispatch: Dispatch) -> None:
    class Watchful(Clerk):
        async def on_slowly(self, message: Slowly) -> None:
            timer = self.call_at(self.now + 7, Note("rang"))
            try:
                await self.sleep(10)
            finally:
                self.cancel(timer)

    office = Office(dispatch)
    office.add(a=Watchful(), b=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a", "b"), strategy=Strategy.ONE_FOR_ALL))
    office.system.crash("b", CrashPoint(nth=1))
    office.run((1, "a", Slowly("x")), (4, "b", Note("y")))
    assert office.clerks["a"].filed == ["rang"]


def test_a_wait_that_ends_while_its_actor_is_away_ends_when_it_is_back(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk(), b=Clerk())
    office.system.supervise(
        Supervisor(
            name="top",
            children=children("a", "b"),
            strategy=Strategy.ONE_FOR_ALL,
            backoff=Backoff(first_ns=20),
        )
    )
    office.system.crash("b", CrashPoint(nth=1))
    office.run((1, "a", Slowly("x")), (4, "b", Note("y")))
    assert office.out.heard == [(1, "a x begun"), (24, "a x done"), (24, "b y"), (24, "b stops"), (24, "a stops")]


@pytest.mark.parametrize(
    ("restart", "story", "filed"),
    [
        (Restart.PERMANENT, ["2 a crashed on Note", "2 a back after 0"], ["1", "2", "3"]),
        (Restart.TRANSIENT, ["2 a crashed on Note", "2 a back after 0"], ["1", "2", "3"]),
        (
            Restart.TEMPORARY,
            ["2 a crashed on Note", "2 a's Note: actor ended", "2 a crashed", "3 a's Note: actor ended"],
            ["1", "2"],
        ),
    ],
)
def test_after_a_crash_all_but_temporary_actors_come_back(
    dispatch: Dispatch, restart: Restart, story: list[str], filed: list[str]
) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a", restart=restart)))
    office.system.crash("a", CrashPoint(nth=2))
    office.run(*[(time, "a", Note(str(time))) for time in (1, 2, 3)])
    assert office.story == story
    assert office.clerks["a"].filed == filed
    assert ((3, "a stops") in office.out.heard) is (restart is not Restart.TEMPORARY), "who has ended is not stopped"


def test_a_temporary_actor_ends_with_the_others_where_all_are_restarted(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk(), b=Clerk())
    office.system.supervise(
        Supervisor(
            name="top",
            children=(*children("a"), *children("b", restart=Restart.TEMPORARY)),
            strategy=Strategy.ONE_FOR_ALL,
        )
    )
    office.system.crash("a", CrashPoint(nth=1))
    office.run((1, "b", Slowly("x")), (2, "b", Note("waits")), (4, "a", Note("y")))
    assert office.story == ["4 a crashed on Note", "4 b terminated", "4 b's Note: actor ended", "4 a back after 0"]
    assert office.clerks["b"].filed == ["x begun"], "its handler was ended where it waited"


# --- an actor that has done its work ------------------------------------------------------------------------------


class Passing(Clerk):
    """Retires when it has filed three notes."""

    def on_note(self, note: Note) -> None:
        super().on_note(note)
        if len(self.filed) == 3:
            self.retire()

    async def on_slowly(self, message: Slowly) -> None:
        self.retire()
        await super().on_slowly(message)


@pytest.mark.parametrize(
    ("restart", "story"),
    [
        (None, ["3 a retired", "4 a's Note: actor ended"]),
        (Restart.TEMPORARY, ["3 a retired", "4 a's Note: actor ended"]),
        (Restart.TRANSIENT, ["3 a retired", "4 a's Note: actor ended"]),
        (Restart.PERMANENT, ["3 a back after 0"]),
    ],
)
def test_only_a_permanent_actor_is_restarted_when_it_retires(
    dispatch: Dispatch, restart: Restart | None, story: list[str]
) -> None:
    office = Office(dispatch)
    office.add(a=Passing())
    if restart is not None:
        office.system.supervise(Supervisor(name="top", children=children("a", restart=restart)))
    office.run(*[(time, "a", Note(str(time))) for time in (1, 2, 3, 4)])
    assert office.story == story
    assert office.clerks["a"].filed == ["1", "2", "3"] + ["4"] * (restart is Restart.PERMANENT)


def test_who_retires_in_mid_handler_is_ended_at_its_next_wait(dispatch: Dispatch) -> None:
    for restart in (Restart.TRANSIENT, Restart.PERMANENT):
        office = Office(dispatch)
        office.add(a=Passing())
        office.system.supervise(Supervisor(name="top", children=children("a", restart=restart)))
        office.run((1, "a", Slowly("x")), (30, "a", Note("y")))
        assert office.clerks["a"].filed == ["x begun"] + ["y"] * (restart is Restart.PERMANENT)


def test_to_retire_twice_is_to_retire(dispatch: Dispatch) -> None:
    class Insistent(Clerk):
        def on_note(self, note: Note) -> None:
            self.retire()
            self.retire()

    office = Office(dispatch)
    office.add(a=Insistent())
    office.run((1, "a", Note("x")))
    assert office.story == ["1 a retired"]


def test_who_crashes_before_it_can_retire_is_restarted_once(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Passing())
    office.system.supervise(Supervisor(name="top", children=children("a"), backoff=Backoff(first_ns=5)))
    office.system.crash("a", CrashPoint(nth=4))
    office.run(*[(1, "a", Note(str(number))) for number in range(4)])
    assert office.story == ["1 a crashed on Note", "6 a back after 5"]
    assert office.clerks["a"].filed == ["0", "1", "2", "3"]


def test_a_permanent_actor_that_retires_too_often_is_a_failure(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Passing())
    office.system.supervise(Supervisor(name="top", children=children("a"), intensity=0))
    with pytest.raises(ActorFailed, match="'a' retired, and is permanent under 'top'"):
        office.run(*[(time, "a", Note(str(time))) for time in (1, 2, 3)])


# --- too often ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "escalates"),
    [
        ((1, 2), False),
        ((1, 2, 3), True),
        ((1, 2, 1 + 5), False),
        ((1, 2, 5), True),
        ((1, 6, 7), False),
        ((1, 4, 6, 8), True),
    ],
)
def test_more_restarts_within_a_period_than_its_intensity_are_too_many(
    dispatch: Dispatch, times: tuple[int, ...], escalates: bool
) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a"), intensity=2, period_ns=5))
    office.system.crash("a", *[CrashPoint(at=time) for time in times])
    if not escalates:
        office.run(*[(time, "a", Note(str(time))) for time in times])
        assert office.clerks["a"].filed == [str(time) for time in times]
        return
    with pytest.raises(ActorFailed) as caught:
        office.run(*[(time, "a", Note(str(time))) for time in times])
    assert caught.value.time == max(times)
    assert caught.value.__notes__ == ["supervisor 'top' may restart 2 times in 5e-09 s, and had"]
    assert office.story[-1] == f"{max(times)} top to nobody"


def test_a_failure_goes_up_through_the_levels_and_the_account_names_each(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk(), b=Clerk(), c=Clerk(), d=Clerk())
    inner = Supervisor(name="inner", children=children("c"), intensity=1)
    middle = Supervisor(name="middle", children=(*children("b"), inner), intensity=1, strategy=Strategy.ONE_FOR_ALL)
    top = Supervisor(
        name="top", children=(*children("a"), middle, *children("d")), intensity=1, strategy=Strategy.REST_FOR_ONE
    )
    office.system.supervise(top)
    office.system.crash("c", *[CrashPoint(nth=number) for number in range(1, 9)])
    with pytest.raises(ActorFailed) as caught:
        office.run(*[(time, "c", Note(str(time))) for time in range(1, 9)])
    assert office.story == [
        "1 c crashed on Note",
        "1 c back after 0",
        "2 c crashed on Note",
        "2 inner to middle",
        "2 b back after 0",
        "2 c back after 0",
        "3 c crashed on Note",
        "3 c back after 0",
        "4 c crashed on Note",
        "4 inner to middle",
        "4 middle to top",
        "4 b back after 0",
        "4 c back after 0",
        "4 d back after 0",
        "5 c crashed on Note",
        "5 c back after 0",
        "6 c crashed on Note",
        "6 inner to middle",
        "6 b back after 0",
        "6 c back after 0",
        "7 c crashed on Note",
        "7 c back after 0",
        "8 c crashed on Note",
        "8 inner to middle",
        "8 middle to top",
        "8 top to nobody",
    ]
    assert caught.value.__notes__ == [
        f"supervisor '{name}' may restart 1 times in 5 s, and had" for name in ("inner", "middle", "top")
    ]
    assert (caught.value.actor, caught.value.kind, caught.value.time) == ("c", "Note", 8)


@pytest.mark.parametrize("jitter", [0.0, 0.5])
def test_waits_grow_up_to_a_bound_and_their_jitter_comes_from_the_supervisors_stream(
    dispatch: Dispatch, jitter: float
) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    backoff = Backoff(first_ns=100, factor=3, most_ns=1000, jitter=jitter)
    office.system.supervise(
        Supervisor(name="top", children=children("a"), intensity=9, period_ns=10 * S, backoff=backoff)
    )
    office.system.crash("a", *[CrashPoint(nth=number) for number in range(1, 6)])
    office.run(*[(number * S // 10, "a", Note("x")) for number in range(1, 6)])
    stream = random_stream(3, "supervisor:top")
    plain = [100, 300, 900, 1000, 1000]
    expected = [round(wait * (1 + jitter * stream.uniform(-1, 1))) for wait in plain] if jitter else plain
    assert [event["down_ns"] for event in office.said if event["what"] == "ActorRestarted"] == expected


def test_waits_begin_anew_when_the_period_is_over(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a"), period_ns=50, backoff=Backoff(first_ns=2)))
    office.system.crash("a", *[CrashPoint(nth=number) for number in (1, 2, 3)])
    office.run(*[(time, "a", Note("x")) for time in (10, 20, 100)])
    assert [event["down_ns"] for event in office.said if event["what"] == "ActorRestarted"] == [2, 4, 2]


# --- trees that cannot be -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("top", "message"),
    [
        (Supervisor(name="top", children=children("a", "a")), "actor 'a' must have one supervisor, stands in the tree"),
        (
            Supervisor(name="top", children=(Supervisor(name="top", children=children("a")),)),
            "a supervisor's name must be free, was 'top'",
        ),
    ],
)
def test_a_tree_in_which_somebody_stands_twice_is_refused(dispatch: Dispatch, top: Supervisor, message: str) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    with pytest.raises(ActorError, match=message):
        office.system.supervise(top)


def test_an_actor_has_one_tree_and_a_tree_has_actors_that_are_there(dispatch: Dispatch) -> None:
    office = Office(dispatch)
    office.add(a=Clerk())
    office.system.supervise(Supervisor(name="top", children=children("a")))
    with pytest.raises(ActorError, match="actor 'a' must have one supervisor"):
        office.system.supervise(Supervisor(name="other", children=children("a")))
    with pytest.raises(UnknownActor, match="no actor is called 'z'"):
        office.system.supervise(Supervisor(name="third", children=children("z")))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (CrashPoint, "a crash must have either nth or at, was nth=None and at=None"),
        (lambda: CrashPoint(nth=1, at=1), "a crash must have either nth or at, was nth=1 and at=1"),
        (lambda: CrashPoint(nth=0), "'nth' must be >= 1"),
        (lambda: Backoff(jitter=1.5), "'jitter' must be <= 1"),
        (lambda: Backoff(factor=0.5), "'factor' must be >= 1"),
        (lambda: Supervisor(name="x", children=(), intensity=-1), "'intensity' must be >= 0"),
        (lambda: Supervisor(name="x", children=(), period_ns=0), "'period_ns' must be > 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(dispatch: Dispatch, make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
