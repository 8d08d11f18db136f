"""What a raising handler did is undone, and the run ends with a failure that says all and a whole journal (K4)."""

import io
import random
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.kernel import Actor, ActorFailed, Detail, Dispatch, Journal, Link, NoHandler, System, Timer

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)


@attrs.define
class Note:
    text: str


@attrs.define
class News:
    __key__ = "key"

    key: str


@attrs.define
class Fail:
    first: list[str]
    then: list[str]


@attrs.define
class FailSlowly:
    first: list[str]
    then: list[str]


@attrs.define
class FailAfterAnswer:
    first: list[str]
    then: list[str]


@attrs.define
class Ask:
    request: Any


class Broken(Exception):  # noqa: N818  a name that shows in messages
    pass


ACTS = [
    "send", "publish", "over a link", "over a link at once", "timer", "timer now", "cancel timer", "cancel rung",
    "narrow", "widen", "settle", "leave", "to one key", "stream",
]  # fmt: skip


class Actress(Actor):
    """Does one of each thing that an actor can do, and raises."""

    def __init__(self, work: Any = None) -> None:
        self.work = work

    def on_start(self) -> None:
        self.far = self.call_at(90, Note("far"))
        self.near = self.call_at(1, Note("near"))
        self.unsubscribe(News)
        self.subscribe(News, "own")
        self.call_at(10, self.work)
        self.send("linked", Note("before"))

    def on_note(self, note: Note) -> None:
        pass

    def on_news(self, news: News) -> None:
        pass

    def on_fail(self, work: Fail) -> None:
        self.act(work.first)
        self.act(work.then)
        raise Broken("at last")

    async def on_fail_slowly(self, work: FailSlowly) -> None:
        self.act(work.first)
        await self.sleep(0)
        self.act(work.then)
        await trio.lowlevel.checkpoint()
        raise Broken("at last")

    async def on_fail_after_answer(self, work: FailAfterAnswer) -> None:
        self.act(work.first)
        await self.ask("other", Note("?"))
        self.act(work.then)
        raise Broken("at last")

    def act(self, acts: list[str]) -> None:
        for act in acts:
            match act:
                case "send":
                    self.send("other", Note("sent"))
                case "publish":
                    self.publish(News("own"))
                case "over a link":
                    self.send("linked", Note("late"))
                case "over a link at once":
                    self.send("near", Note("at once"))
                case "timer":
                    self.call_at(self.now + 5, Note("timer"))
                case "timer now":
                    self.call_at(self.now, Note("timer"))
                case "cancel timer":
                    self.cancel(self.far)
                case "cancel rung":
                    self.cancel(self.near)
                case "narrow":
                    self.unsubscribe(News)
                    self.subscribe(News, "less")
                case "widen":
                    self.subscribe(News)
                case "settle":
                    self.unsubscribe(News)
                    self.subscribe(News, settled=True)
                case "leave":
                    self.unsubscribe(News)
                case "to one key":
                    self.unsubscribe(News)
                    self.subscribe(News, "own", settled=True)
                case "stream" if not self._system._feed:
                    self.stream([])


class Listener(Actor):
    def on_note(self, note: Note) -> str:
        return "answer"

    def on_news(self, news: News) -> None:
        pass


def fail(dispatch: Dispatch, work: Any, journal: Journal | None = None) -> tuple[System, ActorFailed]:
    """Run a system whose actress does some work and raises; return the system and its failure."""
    system = System(dispatch=dispatch, journal=journal)
    system.add("actress", Actress(work))
    for name in ("other", "linked", "near"):
        system.add(name, Listener())
    system.link("actress", "linked", Link(lambda stream: stream.randint(20, 30), random.Random(3)))
    system.link("actress", "near", Link(lambda _stream: 0, random.Random(3)))
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    return system, caught.value


def left(system: System) -> Any:
    """Return what a run has left behind, apart from sequence numbers."""

    def name(target: Any) -> Any:
        if isinstance(target, Timer):
            return "timer", target.cell.name, target.cancelled
        return target and target.name

    actress: Any = system.cells["actress"].actor
    linked = actress._links[system.cells["linked"]]
    route = system.routes[News]
    later = sorted(system._later, key=lambda entry: entry[:2])
    return {
        "due": [(sender, name(target), message) for _, sender, target, message, _ in system.due],
        "later": [(time, sender, name(target), message) for time, _, sender, target, message, _ in later],
        "under way": system._under_way,
        "last arrival": linked._until,
        "timers": (actress.far.cancelled, actress.near.cancelled),
        "subscriptions": {
            key: [[cell.name for cell in round_[key]] for round_ in (route.cells, route.late)]
            for key in ("own", "less", "other")
        },
        "stream": (system._feed, system._head),
    }


acts = st.lists(st.sampled_from(ACTS), max_size=6)


@pytest.mark.parametrize("act", ACTS)
def test_what_a_raising_handler_did_is_undone(dispatch: Dispatch, act: str) -> None:
    system, _ = fail(dispatch, Fail([act, act], [act]))
    assert left(system) == left(fail(dispatch, Fail([], []))[0])


@given(first=acts, then=acts)
def test_whatever_a_raising_handler_did_is_undone(dispatch: Dispatch, first: list[str], then: list[str]) -> None:
    system, _ = fail(dispatch, Fail(first, then))
    assert left(system) == left(fail(dispatch, Fail([], []))[0])


@given(first=acts, then=acts, kind=st.sampled_from([FailSlowly, FailAfterAnswer]))
def test_of_an_async_handler_only_what_it_did_since_its_last_wait_is_undone(
    dispatch: Dispatch, first: list[str], then: list[str], kind: Any
) -> None:
    system, _ = fail(dispatch, kind(first, then))
    assert left(system) == left(fail(dispatch, kind(first, []))[0])


def test_what_an_async_handler_did_before_its_wait_stands(dispatch: Dispatch) -> None:
    acts = ["over a link", "timer", "cancel timer", "to one key", "stream"]
    what_stands = left(fail(dispatch, FailSlowly(acts, []))[0])
    nothing = left(fail(dispatch, FailSlowly([], []))[0])
    assert what_stands["stream"] == ("actress", None)
    assert what_stands["timers"] == (True, False)
    assert what_stands["under way"] == 2
    assert [name for name in what_stands if what_stands[name] == nothing[name]] == ["due"]


@pytest.mark.parametrize("kind", [Fail, FailSlowly, FailAfterAnswer])
def test_the_failure_says_who_failed_on_what_and_when(dispatch: Dispatch, kind: Any) -> None:
    file = io.BytesIO()
    work = kind(["send"], ["timer"])
    _, failed = fail(dispatch, work, Journal(identity={}, file=file))
    assert isinstance(failed.error, Broken)
    assert failed.__cause__ is failed.error
    assert attrs.asdict(failed, recurse=False) == {
        "actor": "actress",
        "kind": kind.__name__,
        "sequence": 4,
        "time": 10,
        "message": work,
        "error": failed.error,
    }
    assert str(failed) == f"actor 'actress' failed on {kind.__name__} (message 4): Broken: at last"
    assert f'[4,10,"actress","actress","{kind.__name__}",1,'.encode() in file.getvalue()


def test_on_start_can_fail_too(dispatch: Dispatch) -> None:
    class Fails(Actor):
        def on_start(self) -> None:
            raise Broken("early")

    system = System(dispatch=dispatch)
    system.add("a", Fails())
    with pytest.raises(ActorFailed, match=r"actor 'a' failed on Start \(message 1\): Broken: early"):
        trio.run(system.run)


class Asker(Actor):
    def __init__(self, request: Any) -> None:
        self.request = request

    async def on_start(self) -> None:
        await self.ask("asked", self.request)


class Asked(Actor):
    def on_note(self, note: Note) -> None:
        raise Broken(note.text)

    async def on_news(self, news: News) -> None:
        raise Broken(news.key)


@pytest.mark.parametrize(("request_", "kind"), [(Note("plain"), "Note"), (News("async"), "News")])
def test_the_failure_of_an_asked_actor_names_it(dispatch: Dispatch, request_: Any, kind: str) -> None:
    system = System(dispatch=dispatch)
    system.add("asker", Asker(request_))
    system.add("asked", Asked())
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    failed = caught.value
    assert (failed.actor, failed.kind, failed.sequence, failed.message) == ("asked", kind, 2, request_)


class Tells(Actor):
    def on_start(self) -> None:
        self.send("asked", 5)


@pytest.mark.parametrize("sender", [Tells(), Asker(5)], ids=["sent", "asked"])
def test_a_message_that_its_receiver_cannot_handle_ends_the_run(dispatch: Dispatch, sender: Actor) -> None:
    system = System(dispatch=dispatch)
    system.add("sender", type(sender)(**vars(sender)))
    system.add("asked", Asked())
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    assert repr(caught.value.__cause__) == repr(NoHandler("'asked' was sent a int and has no handler for it"))


def test_the_journal_of_a_failed_run_is_whole_and_ends_on_the_message_that_failed(dispatch: Dispatch) -> None:
    file = io.BytesIO()
    _, failed = fail(dispatch, Fail(ACTS, []), Journal(identity={}, detail=Detail.FULL, file=file))
    *_, last, block, end = file.getvalue().splitlines()
    assert last.startswith(f'[{failed.sequence},10,"actress","actress","Fail",1,'.encode())
    assert block.startswith(b'{"block":1,"hash":')
    assert end.startswith(b'{"end":{"entries":')


def test_several_handlers_that_fail_in_turn_are_one_failure(dispatch: Dispatch) -> None:
    """The first ends the run, so the second never begins."""

    class Fails(Actor):
        def on_news(self, news: News) -> None:
            raise Broken(self.name)

    class Publishes(Actor):
        def on_start(self) -> None:
            self.publish(News("x"))

    system = System(dispatch=dispatch)
    system.add("publisher", Publishes())
    system.add("first", Fails())
    system.add("second", Fails())
    with pytest.raises(ActorFailed, match="actor 'first' failed"):
        trio.run(system.run)


def test_what_other_readers_of_the_same_message_did_stands(dispatch: Dispatch) -> None:
    class Sends(Actor):
        def on_news(self, news: News) -> None:
            self.send("third", Note(f"from {self.name}"))
            self.call_at(5, Note(f"timer of {self.name}"))

        def on_note(self, note: Note) -> None:
            pass

    class SendsAndFails(Sends):
        def on_news(self, news: News) -> None:
            super().on_news(news)
            raise Broken

    class Publishes(Actor):
        def on_start(self) -> None:
            self.publish(News("x"))

    system = System(dispatch=dispatch)
    system.add("publisher", Publishes())
    system.add("first", Sends())
    system.add("second", SendsAndFails())
    system.add("third", Listener())
    with pytest.raises(ActorFailed, match="actor 'second' failed"):
        trio.run(system.run)
    assert [(sender, message.text) for _, sender, _, message, _ in system.due] == [("first", "from first")]
    assert [message.text for *_, message, _ in system._later] == ["timer of first"]


def test_an_exception_group_from_an_async_handler_is_its_error(dispatch: Dispatch) -> None:
    class Divided(Actor):
        async def on_start(self) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self.part)

        async def part(self) -> None:
            raise Broken("in a part")

    system = System(dispatch=dispatch)
    system.add("a", Divided())
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    assert isinstance(caught.value.error, ExceptionGroup)
    assert repr(caught.value.error.exceptions) == repr((Broken("in a part"),))


class Leaver(Actor):
    """Tries to end the whole program."""

    def on_note(self, note: Note) -> None:
        raise SystemExit(3)

    async def on_news(self, news: News) -> None:
        raise SystemExit(3)


@pytest.mark.parametrize("message", [Note("go"), News("go")])
def test_a_handler_that_exits_fails_like_any_other_and_does_not_end_the_program(
    dispatch: Dispatch, message: Note | News
) -> None:
    class Starter(Actor):
        def on_start(self) -> None:
            self.send("leaver", message)

    system = System(dispatch=dispatch)
    system.add("leaver", Leaver())
    system.add("starter", Starter())
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    assert (caught.value.actor, caught.value.kind, type(caught.value.error)) == (
        "leaver",
        type(message).__name__,
        SystemExit,
    )
