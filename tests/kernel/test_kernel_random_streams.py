"""Each actor draws from a stream of its own, from the run's seed and its name (K6)."""

from typing import Any

import pytest
import trio

from tradepit.actors.kernel import Actor, Dispatch, System, random_stream


@pytest.mark.parametrize(
    ("seed", "name", "drawn"),
    [
        (0, "feed", [774360, 836850, 741262, 409534]),
        (0, "router", [918595, 941633, 201602, 669922]),
        (1, "feed", [957870, 741579, 873895, 173104]),
        (-1, "strategy:é", [828555, 960681, 95518, 898184]),
        (2**70, "", [930877, 538497, 605401, 570020]),
    ],
)
def test_a_seed_and_a_name_always_give_the_same_stream(seed: int, name: str, drawn: list[int]) -> None:
    """A change of the scheme changes every run of every user, so it must be noticed."""
    stream = random_stream(seed, name)
    assert [stream.randrange(1_000_000) for _ in range(4)] == drawn


def test_streams_of_other_seeds_and_names_are_others() -> None:
    first = {
        (seed, name): random_stream(seed, name).random() for seed in range(20) for name in ("a", "b", "1/a", "a/1", "")
    }
    assert len(set(first.values())) == 100


class Draws(Actor):
    def __init__(self, count: int) -> None:
        self.count = count
        self.drawn: list[float] = []

    def on_start(self) -> None:
        self.drawn = [self.random.random() for _ in range(self.count)]
        self.publish(self.count)

    async def on_other(self, count: int) -> None:
        self.drawn += [self.random.random() for _ in range(self.count)]


@pytest.mark.parametrize("dispatch", Dispatch)
def test_adding_an_actor_disturbs_no_other(dispatch: Dispatch) -> None:
    def run(*names: str) -> dict[str, Any]:
        system = System(seed=7, dispatch=dispatch)
        actors = {name: Draws(count) for count, name in enumerate(names, start=3)}
        for name, actor in actors.items():
            system.add(name, actor)
        trio.run(system.run)
        return {name: actor.drawn for name, actor in actors.items()}

    alone, together = run("b"), run("a", "b", "c")
    stream = random_stream(7, "b")
    drawn = [stream.random() for _ in range(20)]
    assert alone["b"] == drawn[:6]
    assert together["b"] == drawn[:16]
    assert len({values[0] for values in together.values()}) == 3


def test_an_actor_keeps_its_stream() -> None:
    system = System(seed=3)
    actor = Draws(0)
    system.add("a", actor)
    assert actor.random is actor.random
    assert system.stream_of("a") is actor.random
