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

from tradepit.actors.kernel import Actor, AskTimeout, Dispatch, Journal, Link, System

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


steps = st.lists(
    st.tuples(
        st.sampled_from(["send", "send_slow", "publish", "timer", "sleep", "ask", "ask_slow", "outside", "narrow"]),
        st.sampled_from(NAMES),
        st.integers(0, 9),
    ),
    max_size=4,
)
plans = st.fixed_dictionaries(dict.fromkeys(NAMES, steps))
links = st.dictionaries(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), st.integers(0, 5), max_size=4)


def run(plan: dict[str, list[Any]], delays: dict[tuple[str, str], int], dispatch: Dispatch, order: int) -> Any:
    """Run a system and return its journal's bytes and every actor's own log."""
    trio_run._r = random.Random(order)
    file = io.BytesIO()
    journal = Journal(identity={"plan": plan}, file=file)
    system = System(seed=5, dispatch=dispatch, journal=journal)
    actors = {name: Worker(plan[name]) for name in NAMES}
    for name, actor in actors.items():
        system.add(name, actor)
    for (sender, receiver), delay in delays.items():
        stream = random.Random(f"{sender}{receiver}")
        system.link(sender, receiver, Link(lambda r, d=delay: r.randint(0, d), stream))  # type: ignore[misc]  # mypy infers no type for the lambda's default
    outcome = trio.run(lambda: system.run(end=60))
    return file.getvalue(), {name: actor.log for name, actor in actors.items()}, outcome


@settings(max_examples=150)
@given(plan=plans, delays=links)
def test_every_mode_and_every_order_of_tasks_gives_the_same_journal(
    plan: dict[str, list[Any]], delays: dict[tuple[str, str], int]
) -> None:
    runs = [run(plan, delays, dispatch, order) for dispatch in Dispatch for order in (1, 2)]
    assert runs[1:] == [runs[0]] * 3


@pytest.mark.parametrize("dispatch", Dispatch)
def test_a_drawn_system_is_busy_enough_to_be_worth_comparing(dispatch: Dispatch) -> None:
    plan = {
        "a": [("send", "b", 2), ("send_slow", "c", 3), ("publish", "d", 1), ("sleep", "a", 4)],
        "b": [("ask", "c", 5), ("ask_slow", "d", 9), ("outside", "a", 1)],
        "c": [("timer", "c", 6), ("narrow", "d", 0), ("ask_slow", "a", 3)],
        "d": [("publish", "d", 2)],
    }
    journal, logs, _ = run(plan, {("a", "b"): 3}, dispatch, 1)
    kinds = {event[1] for log in logs.values() for event in log}
    assert kinds == {"do", "news", "question", "slept", "answer"}
    assert any(event[1:] == ("answer", None) for log in logs.values() for event in log), "an ask times out"
    assert journal.count(b"\n") > 50
