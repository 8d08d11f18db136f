"""Both dispatch modes, and two runs of one mode, give the same journal for any system of actors (K6, K7)."""

import io
import random
from typing import Any

import attrs
import pytest
import trio
import trio._core._run as trio_run
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.actors.kernel import Actor, ActorFailed, AskTimeout, Dispatch, Journal, Link, System

NAMES = ["a", "b", "c", "d"]


@attrs.define(kw_only=True)
class Do:
    """A piece of work: what the receiver is to do about it, step by step."""

    steps: list[Any]
    depth: int


@attrs.define(kw_only=True)
class DoSlowly:
    """The same for the async handler."""

    steps: list[Any]
    depth: int


@attrs.define(kw_only=True)
class News:
    """Published, with a key."""

    __key__ = "key"

    key: str
    depth: int


@attrs.define(kw_only=True)
class Tick:
    """Streamed, with a key."""

    __key__ = "key"

    key: str
    time: int


class Feed(Actor):
    def __init__(self, ticks: list[Tick]) -> None:
        self.ticks = ticks

    def on_start(self) -> None:
        self.stream(self.ticks)


class Broken(Exception):  # noqa: N818  a name that shows in messages
    pass


@attrs.define(kw_only=True)
class Question:
    number: int


@attrs.define(kw_only=True)
class SlowQuestion:
    number: int


class Worker(Actor):
    """Does what it is told and asks the others, in plain and in async handlers."""

    def __init__(self, plan: list[Any]) -> None:
        self.plan = plan
        self.log: list[Any] = []

    def on_start(self) -> None:
        self.act(self.plan, 3)

    def on_do(self, message: Do) -> None:
        self.log.append((self.now, "do", len(message.steps)))
        self.act(message.steps, message.depth)

    def on_news(self, message: News) -> None:
        self.log.append((self.now, "news", message.key))
        if message.depth > 0 and self.random.random() < 0.5:
            self.publish(News(key=message.key, depth=message.depth - 1))

    def on_tick(self, tick: Tick) -> None:
        self.log.append((self.now, "tick", tick.key))
        self.act([step for step in self.plan if step[1] == tick.key], 2)

    async def on_stop(self) -> None:
        self.log.append((self.now, "stop", None))
        self.act(self.plan, 1)
        await self.sleep(0)

    def on_question(self, message: Question) -> int:
        self.log.append((self.now, "question", message.number))
        return message.number * 2

    async def on_slow_question(self, message: SlowQuestion) -> int:
        await self.sleep(message.number)
        return message.number * 3

    async def on_do_slowly(self, message: DoSlowly) -> None:
        for step in message.steps:
            verb, to, amount = step
            if verb == "sleep":
                await self.sleep(amount)
                self.log.append((self.now, "slept", amount))
            elif verb in ("ask", "ask_slow") and to != self.name:
                request = Question(number=amount) if verb == "ask" else SlowQuestion(number=amount)
                try:
                    answer = await self.ask(to, request, timeout_ns=7)
                except AskTimeout:
                    answer = None
                self.log.append((self.now, "answer", answer))
            elif verb == "outside":
                await trio.lowlevel.checkpoint()
            else:
                self.act([step], message.depth)

    def act(self, steps: list[Any], depth: int) -> None:
        if depth <= 0:
            return
        for verb, to, amount in steps:
            following = steps[: amount % 3]
            if verb == "send":
                self.send(to, Do(steps=following, depth=depth - 1))
            elif verb in ("send_slow", "ask", "ask_slow", "outside"):
                self.send(to, DoSlowly(steps=steps, depth=depth - 1))
            elif verb == "publish":
                self.publish(News(key=to, depth=depth - 1))
            elif verb == "timer":
                timer = self.call_at(self.now + amount, Do(steps=following, depth=depth - 1))
                if amount % 4 == 3:
                    self.cancel(timer)
            elif verb == "narrow":
                self.unsubscribe(News)
                self.subscribe(News, to)
            elif verb in ("settle", "unsettle"):
                self.subscribe(Tick, settled=verb == "settle")
            elif verb == "fail" and len(self.log) > amount:
                raise Broken(f"{self.name} at {self.now}")


VERBS = [
    "send", "send_slow", "publish", "timer", "sleep", "ask", "ask_slow", "outside", "narrow", "settle", "unsettle",
]  # fmt: skip


def plans_of(verbs: list[str]) -> st.SearchStrategy[dict[str, list[Any]]]:
    steps = st.lists(st.tuples(st.sampled_from(verbs), st.sampled_from(NAMES), st.integers(0, 9)), max_size=4)
    return st.fixed_dictionaries(dict.fromkeys(NAMES, steps))


plans = plans_of(VERBS) | plans_of([*VERBS, "fail"])
links = st.dictionaries(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), st.integers(0, 5), max_size=4)
ticks = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(NAMES)), max_size=5)


def run(
    plan: dict[str, list[Any]],
    delays: dict[tuple[str, str], int],
    gaps: list[tuple[int, str]],
    dispatch: Dispatch,
    order: int,
) -> Any:
    """Run a system and return its journal's bytes, every actor's own log, and its outcome or failure."""
    file = io.BytesIO()
    journal = Journal(identity={"plan": plan}, file=file)
    system = System(seed=5, dispatch=dispatch, journal=journal)
    actors = {name: Worker(plan[name]) for name in NAMES}
    for name, actor in actors.items():
        system.add(name, actor)
    system.add(
        "feed", Feed([Tick(key=key, time=sum(gap for gap, _ in gaps[: n + 1])) for n, (_, key) in enumerate(gaps)])
    )
    for (sender, receiver), delay in delays.items():
        stream = random.Random(f"{sender}{receiver}")
        system.link(sender, receiver, Link(lambda r, d=delay: r.randint(0, d), stream))
    end: Any
    of_trio, trio_run._r = trio_run._r, random.Random(order)
    try:
        end = trio.run(lambda: system.run(end=60, closing=[News(key="a", depth=1)]))
    except ActorFailed as failed:
        end = attrs.asdict(failed, recurse=False) | {"error": repr(failed.error)}
    finally:
        trio_run._r = of_trio
    return file.getvalue(), {name: actor.log for name, actor in actors.items()}, end


@settings(max_examples=120)
@given(plan=plans, delays=links, gaps=ticks)
def test_every_mode_and_every_order_of_tasks_gives_the_same_journal(
    plan: dict[str, list[Any]], delays: dict[tuple[str, str], int], gaps: list[tuple[int, str]]
) -> None:
    runs = [run(plan, delays, gaps, dispatch, order) for dispatch in Dispatch for order in (1, 2)]
    assert runs[1:] == [runs[0]] * 3
    journal, _, end = runs[0]
    assert journal.splitlines()[-1].startswith(b'{"end":'), "the journal is whole, also after a failure"
    if isinstance(end, dict):
        assert b"\n[%d," % end["sequence"] in journal, "the message that failed is in it"


PLAN: dict[str, list[Any]] = {
    "a": [("send", "b", 2), ("send_slow", "c", 3), ("publish", "d", 1), ("sleep", "a", 4)],
    "b": [("ask", "c", 5), ("ask_slow", "d", 9), ("outside", "a", 1), ("settle", "b", 0)],
    "c": [("timer", "c", 6), ("narrow", "d", 0), ("ask_slow", "a", 3)],
    "d": [("publish", "d", 2)],
}


@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_drawn_system_is_busy_enough_to_be_worth_comparing(dispatch: Dispatch) -> None:
    journal, logs, outcome = run(PLAN, {("a", "b"): 3}, [(1, "a"), (0, "b"), (2, "c")], dispatch, 1)
    kinds = {event[1] for log in logs.values() for event in log}
    assert kinds == {"do", "news", "question", "slept", "answer", "tick", "stop"}
    assert any(event[1:] == ("answer", None) for log in logs.values() for event in log), "an ask times out"
    assert journal.count(b"\n") > 50
    assert outcome.streamed == 3


@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_drawn_system_may_fail_in_mid_run(dispatch: Dispatch) -> None:
    plan = {**PLAN, "c": [("send", "d", 4), ("fail", "c", 7), ("timer", "c", 9)]}
    journal, logs, failure = run(plan, {("a", "b"): 3}, [(1, "a"), (0, "c"), (9, "c")], dispatch, 1)
    assert (failure["actor"], failure["kind"], failure["error"]) == ("c", "Tick", "Broken('c at 11')")
    assert len(logs["c"]) > 7
    assert b'"c","c","Do"' in journal
