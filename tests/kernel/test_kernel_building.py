"""Building a system: names, links, who is there and who handles what."""

import random
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorError, ActorFailed, Dispatch, Link, System, UnknownActor


@attrs.define
class Note:
    pass


@attrs.define
class Quiet:
    pass


class Reader(Actor):
    def on_start(self) -> None:
        pass

    def on_stop(self) -> None:
        pass

    def on_note(self, note: Note) -> None:
        pass


class Both(Reader):
    def on_quiet(self, quiet: Quiet) -> None:
        pass


def test_the_actors_and_what_they_handle_are_listed() -> None:
    system = System()
    assert (system.who(), system.subscriptions()) == ("the actors are none", {})
    system.add("b", Both())
    system.add("a", Reader())
    assert system.who() == "the actors are 'b', 'a'"
    assert system.subscriptions() == {"Note": ["b", "a"], "Quiet": ["b"]}


@pytest.mark.parametrize("name", ["a", "", "kernel"])
def test_a_name_must_be_free(name: str) -> None:
    system = System()
    system.add("a", Reader())
    with pytest.raises(ActorError) as caught:
        system.add(name, Reader())
    assert str(caught.value) == f"an actor's name must be free, was {name!r}"


def test_an_actor_is_in_one_place_only() -> None:
    actor = Reader()
    System().add("here", actor)
    with pytest.raises(ActorError) as caught:
        System().add("there", actor)
    assert str(caught.value) == "an actor can be in one place only, 'here' was to be 'there' too"


@pytest.mark.parametrize("dispatch", Dispatch)
def test_no_actor_is_added_to_a_run_that_has_begun(dispatch: Dispatch) -> None:
    class Adds(Actor):
        def on_start(self) -> None:
            self._system.add("late", Reader())

    system = System(dispatch=dispatch)
    system.add("early", Adds())
    with pytest.raises(ActorFailed) as caught:
        trio.run(system.run)
    assert repr(caught.value.error) == repr(ActorError("actor 'late' must be added before the run begins"))


@pytest.mark.parametrize("ends", [("a", "z"), ("z", "a")])
def test_a_link_joins_actors_that_are_there(ends: tuple[str, str]) -> None:
    system = System()
    system.add("a", Reader())
    with pytest.raises(UnknownActor) as caught:
        system.link(*ends, Link(lambda _stream: 0, random.Random(0)))
    assert str(caught.value) == "a link names 'z'; the actors are 'a'"


def test_an_actor_knows_its_name_and_the_time() -> None:
    seen: list[Any] = []

    class Looks(Actor):
        def on_start(self) -> None:
            seen.append((self.name, self.now))

    system = System(start=17)
    system.add("a", Looks())
    trio.run(system.run)
    assert seen == [("a", 17)]
