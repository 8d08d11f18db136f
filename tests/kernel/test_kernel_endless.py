"""A run comes to its end, whatever its actors do: what would go on for ever is refused, with who does it (K16)."""

import random
from typing import ClassVar

import attrs
import pytest
import trio

from tradepit.actors.kernel import (
    Actor,
    ActorFailed,
    ActorRestarted,
    Backoff,
    Child,
    Dispatch,
    Journal,
    Link,
    Mailbox,
    Supervisor,
    System,
)
from tradepit.actors.kernel import delivery as kernel_delivery
from tradepit.actors.kernel.errors import NeverEnds

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)

S = 1_000_000_000


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_delivery, "MOST_DRAINED", 1000)
    monkeypatch.setattr(kernel_delivery, "LOOK_EVERY", 16)


@attrs.define
class Tick:
    time: int


@attrs.define
class Ball:
    to: str
    back: str


@attrs.define
class Closing:
    text: str = ""


class Player(Actor):
    """Plays every ball back."""

    stateless: ClassVar[bool] = True

    def __init__(self, serves_to: str = "") -> None:
        self.serves_to = serves_to

    def on_start(self) -> None:
        if self.serves_to:
            self.send(self.serves_to, Ball(to=self.serves_to, back=self.name))

    def on_ball(self, ball: Ball) -> None:
        self.send(ball.back, Ball(to=ball.back, back=ball.to))


class Feed(Actor):
    def on_start(self) -> None:
        self.stream([Tick(0), Tick(1)])


def players(dispatch: Dispatch) -> System:
    system = System(dispatch=dispatch, journal=Journal(identity={}))
    system.add("a", Player(serves_to="b"))
    system.add("b", Player())
    system.add("feed", Feed())
    return system


def failure(system: System) -> ActorFailed:
    with pytest.raises(ActorFailed) as failed:
        trio.run(lambda: system.run(closing=[Closing("x")]))
    return failed.value


# --- messages that bring about more ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["links", "service"])
def test_a_game_without_an_end_is_broken_off_with_who_plays_it(dispatch: Dispatch, way: str) -> None:
    system = players(dispatch)
    for one, other in (("a", "b"), ("b", "a")):
        if way == "links":
            system.link(one, other, Link(3, random.Random(0)))
        else:
            system.bound(one, Mailbox(service_ns=lambda _: 3))
    failed = failure(system)
    assert isinstance(failed.error, NeverEnds)
    assert (failed.actor, failed.kind) in {("a", "Ball"), ("b", "Ball"), ("a", "Served"), ("b", "Served")}
    delivered, rest = str(failed.error).removeprefix("since the data are over ").split(" ", 1)
    assert 1000 < int(delivered.replace(",", "")) < 1000 + 100 * 4 + 32
    assert rest == "messages were delivered and 0 restarts made, and there is always more"


def test_both_modes_break_off_at_the_same_message(dispatch: Dispatch) -> None:
    def told(dispatch: Dispatch) -> tuple[str, int, int]:
        system = players(dispatch)
        system.link("a", "b", Link(3, random.Random(0)))
        failed = failure(system)
        return str(failed), failed.sequence, failed.time

    assert told(dispatch) == told(Dispatch.INLINE)


class Opener(Player):
    """Begins to play when the run is closed."""

    def on_closing(self, closing: Closing) -> None:
        self.send("b", Ball(to="b", back=self.name))


def test_a_game_that_takes_no_time_and_begins_at_the_end_is_broken_off_too(dispatch: Dispatch) -> None:
    system = System(dispatch=dispatch)
    system.add("a", Opener())
    system.add("b", Player())
    failed = failure(system)
    assert (type(failed.error), failed.kind, failed.time) == (NeverEnds, "Ball", 0)


class Hoard(Actor):
    """Sends itself many balls, and about each of them 50 more, of which nothing comes."""

    def on_start(self) -> None:
        for number in range(40):
            self.send(self.name, Ball(to=self.name, back=str(number)))

    def on_ball(self, ball: Ball) -> None:
        for _ in range(50 if ball.back else 0):
            self.send(self.name, Ball(to=self.name, back=""))


def test_whatever_waits_at_the_end_may_bring_about_much(dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_delivery, "MOST_DRAINED", 200)  # for what there is to be waiting at the first look
    system = System(dispatch=dispatch)
    system.add("a", Hoard())
    system.bound("a", Mailbox(service_ns=lambda _: S))
    system.add("feed", Feed())
    outcome = trio.run(system.run)
    system.cells["a"].count_log()
    assert system.cells["a"].statistics.deliveries["Ball"] == 40 + 40 * 50
    assert outcome.time > 2000 * S


# --- restarts that bring about more ---------------------------------------------------------------------------------


class Restless(Actor):
    """Retires as soon as it has started."""

    stateless: ClassVar[bool] = True

    def on_start(self) -> None:
        self.retire()


class Mourner(Actor):
    """Crashes when it hears of a restart, its own as well."""

    def on_start(self) -> None:
        raise ValueError("begun badly")

    def on_restarted(self, event: ActorRestarted) -> None:
        raise ValueError("heard it")


class Steady(Mourner):
    """Starts at the second attempt."""

    constant = ("_attempts",)

    def __init__(self) -> None:
        self._attempts = [1]

    def on_start(self) -> None:
        if self._attempts:
            self._attempts.pop()
            super().on_start()


@pytest.mark.parametrize(
    ("actor", "service_ns", "backoff"),
    [(Restless, None, Backoff(first_ns=3 * S, factor=1.0)), (Restless, 3 * S, Backoff()), (Steady, 3 * S, Backoff())],
    ids=["away", "served", "listens"],
)
def test_restarts_within_the_intensity_do_not_keep_a_run_from_its_end(
    dispatch: Dispatch, actor: type[Actor], service_ns: int | None, backoff: Backoff
) -> None:
    system = System(dispatch=dispatch, journal=Journal(identity={}))
    system.add("a", actor())
    system.add("feed", Feed())
    if service_ns is not None:
        system.bound("a", Mailbox(service_ns=lambda _: service_ns))
    system.supervise(
        Supervisor(name="top", children=(Child(actor="a"),), intensity=5, period_ns=5 * S, backoff=backoff)
    )
    failed = failure(system)
    assert (type(failed.error), failed.actor) == (NeverEnds, "a")
    assert system.cells["a"].statistics.restarts < 20
