"""The journal's header lists who subscribes to what, in any system and so in any run (K13)."""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorFailed, Detail, Dispatch, Journal, System
from tradepit.scenarios.loader import loads
from tradepit.scenarios.runner import run_scenario


@attrs.define
class Note:
    text: str


@attrs.define
class Order:
    quantity: int


class Says(Actor):
    def on_start(self) -> None:
        self.publish(Note("a"))
        self.send("reads", Note("b"))


class Reads(Actor):
    def on_note(self, note: Note) -> None:
        if note.text == "b":
            self.unsubscribe(Note)

    def on_stop(self) -> None:
        pass


class ReadsAll(Reads):
    async def on_order(self, order: Order) -> None:
        await self.sleep(1)


class Fails(Reads):
    def on_start(self) -> None:
        raise ZeroDivisionError


def header_and_fingerprint(dispatch: Dispatch, *actors: tuple[str, Actor]) -> tuple[Any, str]:
    file = io.BytesIO()
    journal = Journal(identity={"seed": 1}, about={"versions": {"python": "3"}}, file=file)
    system = System(dispatch=dispatch, journal=journal)
    for name, actor in actors:
        system.add(name, actor)
    with suppress(ActorFailed):
        trio.run(system.run)
    return json.loads(file.getvalue().splitlines()[0]), journal.fingerprint


@pytest.mark.parametrize("dispatch", Dispatch)
@pytest.mark.parametrize(
    ("actors", "subscriptions"),
    [
        ([], {}),
        ([("deaf", Actor)], {}),
        ([("says", Says), ("reads", Reads)], {"Note": ["reads"]}),
        ([("z", ReadsAll), ("says", Says), ("reads", Reads)], {"Note": ["z", "reads"], "Order": ["z"]}),
        ([("fails", Fails), ("all", ReadsAll)], {"Note": ["fails", "all"], "Order": ["all"]}),
    ],
    ids=[
        "nobody",
        "one who hears nothing",
        "one who narrows it later",
        "two, in the order of their start",
        "one who fails",
    ],
)
def test_the_header_lists_the_actors_that_handle_each_kind(
    dispatch: Dispatch, actors: list[tuple[str, type[Actor]]], subscriptions: dict[str, list[str]]
) -> None:
    header, _ = header_and_fingerprint(dispatch, *((name, actor()) for name, actor in actors))
    assert len(header.pop("hash")) == 32
    assert header == {
        "tradepit_journal": 3,
        "identity": {"seed": 1},
        "about": {"versions": {"python": "3"}, "subscriptions": subscriptions},
        "detail": Detail.ORDERS,
    }


@pytest.mark.parametrize("dispatch", Dispatch)
def test_an_actor_that_hears_nothing_changes_the_header_and_not_the_fingerprint(dispatch: Dispatch) -> None:
    def run(idle: type[Actor]) -> tuple[Any, str]:
        return header_and_fingerprint(dispatch, ("says", Says()), ("reads", Reads()), ("idle", idle()))

    class HearsNothing(Actor):
        def on_order(self, order: Order) -> None:
            pass

    (one, fingerprint), (other, same) = run(Actor), run(HearsNothing)
    assert fingerprint == same
    assert one["about"].pop("subscriptions") == {"Note": ["reads"]}
    assert other["about"].pop("subscriptions") == {"Note": ["reads"], "Order": ["idle"]}
    assert one.pop("hash") != other.pop("hash")
    assert one == other


RUN = """
tradepit: 1
name: header
clock: {start: 2010-05-06 14:30 America/New_York, end: 2010-05-06 14:40 America/New_York, zone: America/New_York}
market: {SPY: {path: [[14:30, 100], [14:35, 99], [14:40, 101]], volatility: 10%, every: 1min}}
venues: {NYSE: {}, BATS: {}}
portfolio: {cash: 100_000 USD}
strategies: [{use: "tradepit.scenarios.library.strategies:BuyAndHold", name: hold}]
"""


@pytest.mark.parametrize("dispatch", Dispatch)
def test_the_header_of_a_run_tells_for_each_published_entry_who_handles_it(dispatch: Dispatch, tmp_path: Path) -> None:
    run_scenario(loads(RUN), dispatch=dispatch, directory=tmp_path)
    header, *lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    published = sorted({line[4] for line in lines if isinstance(line, list) and line[3] is None})
    assert list(header["about"]) == ["versions", "strategies", "subscriptions"]
    assert {kind: header["about"]["subscriptions"].get(kind) for kind in ["Bar", *published]} == {
        "Bar": ["venue:NYSE", "venue:BATS", "portfolio", "strategy:hold"],
        "AccountOpened": ["strategy:hold"],
        "CancelWorkingOrders": ["orders"],
        "ChildFilled": ["broker:NYSE", "broker:BATS", "orders", "router"],
        "CloseBooks": ["portfolio"],
        "OrderAccepted": ["breaker", "strategy:hold"],
        "OrderClosed": None,
        "OrderFilled": ["portfolio", "breaker", "strategy:hold"],
        "PositionChanged": ["breaker", "strategy:hold"],
        "SystemStatistics": None,
    }
