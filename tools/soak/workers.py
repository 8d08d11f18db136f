"""The actors of a random system: they do what their plan says, and write down what they saw."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import attrs
import trio

from tradepit.actors.kernel import Actor, AskTimeout

Step: TypeAlias = tuple[str, str, int]
"""(what to do, to whom or under which key, how much)."""

VERBS = (
    "send", "send", "send_slow", "publish", "timer", "sleep", "ask", "ask_slow", "outside", "narrow", "settle",
    "unsettle", "draw", "latest", "keep",
)  # fmt: skip
FATAL = ("fail", "retire")
ASK_TIMEOUT_NS = 7


class Broke(Exception):  # noqa: N818  a name that shows in accounts
    """What a worker raises that was told to fail."""


@attrs.define(kw_only=True)
class Do:
    """Steps to be done at once; `depth` says how often they may cause others."""

    steps: Sequence[Step]
    depth: int


@attrs.define(kw_only=True)
class DoSlowly:
    """Steps to be done one after another, with waits."""

    steps: Sequence[Step]
    depth: int


@attrs.define(kw_only=True)
class News:
    """Published under a key."""

    __key__ = "key"

    key: str
    depth: int


@attrs.define(kw_only=True)
class Tick:
    """Streamed under a key; may be conflated."""

    __key__ = "key"
    __bulk__ = True

    key: str
    time: int


@attrs.define(kw_only=True)
class Question:
    """Answered at once."""

    number: int


@attrs.define(kw_only=True)
class SlowQuestion:
    """Answered after a sleep of `number` ns."""

    number: int


class Feed(Actor):
    """Streams ticks."""

    constant = ("_ticks",)

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self._ticks = ticks

    def on_start(self) -> None:
        """Begin to stream."""
        self.stream(self._ticks)


class Worker(Actor):
    """Does what it is told.

    Attributes:
        log: (time, what, figure) of everything that it did.
    """

    constant = ("_mishaps", "_plan")

    def __init__(self, plan: Sequence[Step]) -> None:
        self._plan = plan
        self.log: list[tuple[int, str, Any]] = []
        self._timers: list[Any] = []
        # No restart gives these back: one that fails for ever would keep the run from its end.
        self._mishaps = [True] * 6

    def on_start(self) -> None:
        """Do the whole plan."""
        self._act(self._plan, 3)

    def on_do(self, message: Do) -> None:
        """Do some steps."""
        self.log.append((self.now, "do", len(message.steps)))
        self._act(message.steps, message.depth)

    def on_news(self, message: News) -> None:
        """Pass the news on, or not."""
        self.log.append((self.now, "news", message.key))
        if message.depth > 0 and self.random.random() < 0.5:
            self.publish(News(key=message.key, depth=message.depth - 1))

    def on_tick(self, tick: Tick) -> None:
        """Do the steps of the plan that are about the tick's key."""
        self.log.append((self.now, "tick", (tick.key, tick.time)))
        self._act([step for step in self._plan if step[1] == tick.key], 2)

    def on_question(self, message: Question) -> int:
        """Answer at once."""
        self.log.append((self.now, "question", message.number))
        return message.number * 2

    async def on_slow_question(self, message: SlowQuestion) -> int:
        """Answer after a while."""
        await self.sleep(message.number)
        return message.number * 3

    async def on_do_slowly(self, message: DoSlowly) -> None:
        """Do steps with waits."""
        for step in message.steps:
            verb, to, amount = step
            if verb == "sleep":
                await self.sleep(amount)
                self.log.append((self.now, "slept", amount))
            elif verb in ("ask", "ask_slow") and to != self.name:
                request = Question(number=amount) if verb == "ask" else SlowQuestion(number=amount)
                try:
                    answer = await self.ask(to, request, timeout_ns=ASK_TIMEOUT_NS)
                except AskTimeout:
                    answer = None
                self.log.append((self.now, "answer", answer))
            elif verb == "outside":
                await trio.lowlevel.checkpoint()
            else:
                self._act([step], message.depth)

    async def on_stop(self) -> None:
        """Do the plan once more."""
        self.log.append((self.now, "stop", None))
        self._act(self._plan, 1)
        await self.sleep(0)

    def _act(self, steps: Sequence[Step], depth: int) -> None:
        if depth <= 0:
            return
        for verb, to, amount in steps:
            self._step(verb, to, amount, steps, depth - 1)

    def _step(self, verb: str, to: str, amount: int, steps: Sequence[Step], depth: int) -> None:
        following = steps[: amount % 3]
        match verb:
            case "send":
                self.send(to, Do(steps=following, depth=depth))
            case "send_slow" | "ask" | "ask_slow" | "outside" | "sleep":
                self.send(to, DoSlowly(steps=steps, depth=depth))
            case "publish":
                self.publish(News(key=to, depth=depth))
            case "timer":
                self._timers.append(self.call_at(self.now + amount, Do(steps=following, depth=depth)))
                if amount % 4 == 3:
                    self.cancel(self._timers.pop(0))
            case "narrow":
                self.unsubscribe(News)
                self.subscribe(News, to)
            case "settle" | "unsettle":
                self.subscribe(Tick, settled=verb == "settle")
            case "draw":
                self.log.append((self.now, "drew", self.random.randrange(1000)))
            case "latest":
                newest = self.latest(Tick, to)
                self.log.append((self.now, "latest", None if newest is None else newest.time))
            case "fail" if len(self.log) > 2 * amount and self._mishaps:
                self._mishaps.pop()
                raise Broke(f"{self.name} at {self.now}")
            case "retire" if len(self.log) > 2 * amount and self._mishaps:
                self._mishaps.pop()
                self.retire()
            case _:
                self.log.append((self.now, verb, amount))


class Forgetful(Worker):
    """A worker that holds no state: restarted, it starts afresh."""

    stateless = True
