"""Who subscribes settled gets a streamed message on a second round, when its instant has settled.

A strategy that decides on a bar so knows what that bar did to the orders that rested.
"""

import io
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tradepit.actors.kernel import Actor, ActorError, ActorFailed, Detail, Dispatch, Journal, System

Heard = list[tuple[int, str, str]]

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)


@attrs.define
class Bar:
    __key__ = "symbol"

    time: int
    symbol: str = "X"


@attrs.define
class Depth:
    """Streamed too; nobody waits for it to settle."""

    time: int


@attrs.define
class Fill:
    symbol: str
    hops: int = 0


@attrs.define
class FillSlowly:
    symbol: str


class Member(Actor):
    """Writes down what it hears, on a sheet that all share, and does about it what a test says."""

    settled = False

    def __init__(self, heard: Heard, react: Callable[["Member", Bar], Any] | None = None) -> None:
        self.heard = heard
        self.react = react

    def on_start(self) -> None:
        if self.settled:
            self.subscribe(Bar, settled=True)

    def on_bar(self, bar: Bar) -> None:
        self.note(f"bar {bar.symbol}")
        if self.react is not None:
            self.react(self, bar)

    def on_fill(self, fill: Fill) -> None:
        self.note(f"fill {fill.symbol}")
        if fill.hops:
            self.send(self.name, Fill(fill.symbol, fill.hops - 1))

    async def on_fill_slowly(self, fill: FillSlowly) -> None:
        await self.sleep(0)
        self.note(f"slow fill {fill.symbol}")

    def note(self, text: str) -> None:
        self.heard.append((self.now, self.name, text))


class Decider(Member):
    settled = True


class Feed(Actor):
    def __init__(self, stream: list[Any]) -> None:
        self.events = stream

    def on_start(self) -> None:
        self.stream(self.events)


def run(
    dispatch: Dispatch, stream: list[Any], *, react: Any = None, decide: Any = None, kind: type[System] = System
) -> Heard:
    """Run a decider, which is the first of the actors, with a venue and a feed."""
    heard: Heard = []
    system = kind(dispatch=dispatch)
    system.add("decider", Decider(heard, decide))
    system.add("venue", Member(heard, react))
    system.add("feed", Feed(stream))
    trio.run(system.run)
    return heard


def fills(member: Member, bar: Bar) -> None:
    member.send("decider", Fill(bar.symbol, hops=1))


def test_a_decider_gets_a_bar_after_the_fills_that_the_bar_causes(dispatch: Dispatch) -> None:
    assert run(dispatch, [Bar(1), Bar(2)], react=fills) == [
        (time, name, text)
        for time in (1, 2)
        for name, text in (("venue", "bar X"), ("decider", "fill X"), ("decider", "fill X"), ("decider", "bar X"))
    ]


def test_of_several_bars_at_one_instant_all_settle_before_any_is_decided_on(dispatch: Dispatch) -> None:
    assert run(dispatch, [Bar(1, "X"), Bar(1, "Y")], react=fills) == [
        (1, "venue", "bar X"),
        (1, "venue", "bar Y"),
        *((1, "decider", f"fill {symbol}") for symbol in "XYXY"),
        (1, "decider", "bar X"),
        (1, "decider", "bar Y"),
    ]


def test_what_a_decider_does_about_one_bar_comes_after_the_other_bars_of_the_instant(dispatch: Dispatch) -> None:
    heard = run(
        dispatch, [Bar(1, "X"), Bar(1, "Y")], decide=lambda decider, bar: decider.send("venue", Fill(bar.symbol))
    )
    assert heard[2:] == [
        (1, "decider", "bar X"),
        (1, "decider", "bar Y"),
        (1, "venue", "fill X"),
        (1, "venue", "fill Y"),
    ]


def test_a_bar_that_nothing_comes_of_is_settled_at_once(dispatch: Dispatch) -> None:
    assert run(dispatch, [Bar(1)]) == [(1, "venue", "bar X"), (1, "decider", "bar X")]


def test_what_sleeps_for_0_ns_belongs_to_the_instant_and_what_sleeps_longer_does_not(dispatch: Dispatch) -> None:
    def react(venue: Member, bar: Bar) -> None:
        venue.send("decider", FillSlowly("X"))
        venue.call_at(bar.time + 1, Fill("later"))

    assert run(dispatch, [Bar(1), Bar(3)], react=react)[:4] == [
        (1, "venue", "bar X"),
        (1, "decider", "slow fill X"),
        (1, "decider", "bar X"),
        (2, "venue", "fill later"),
    ]


def test_a_timer_of_the_instant_rings_before_the_bar_is_decided_on(dispatch: Dispatch) -> None:
    def react(venue: Member, bar: Bar) -> None:
        if bar.time == 1:
            venue.call_at(2, Fill("rung", hops=1))

    assert run(dispatch, [Bar(1), Bar(2)], react=react)[2:] == [
        (2, "venue", "fill rung"),
        (2, "venue", "bar X"),
        (2, "venue", "fill rung"),
        (2, "decider", "bar X"),
    ]


def test_kinds_for_which_nobody_waits_go_round_once(dispatch: Dispatch) -> None:
    class Watches(Member):
        def on_depth(self, depth: Depth) -> None:
            self.note("depth")
            self.send("decider", Fill("deep"))

    heard: Heard = []
    system = System(dispatch=dispatch)
    system.add("decider", Decider(heard))
    system.add("watch", Watches(heard))
    system.add("feed", Feed([Depth(1), Bar(1), Depth(1)]))
    trio.run(system.run)
    assert [(name, text) for _, name, text in heard] == [
        ("watch", "depth"),
        ("watch", "bar X"),
        ("watch", "depth"),
        ("decider", "fill deep"),
        ("decider", "fill deep"),
        ("decider", "bar X"),
    ]


@attrs.define
class Publish:
    bar: Bar


class Publisher(Actor):
    def on_start(self) -> None:
        self.publish(Bar(0))
        self.send("decider", Fill("after"))


def test_what_is_published_and_not_streamed_goes_to_the_others_first_and_waits_for_nothing(dispatch: Dispatch) -> None:
    heard: Heard = []
    system = System(dispatch=dispatch)
    system.add("decider", Decider(heard))
    system.add("venue", Member(heard, fills))
    system.add("publisher", Publisher())
    trio.run(lambda: system.run(closing=[Bar(9, "Z")]))
    assert [(name, text) for _, name, text in heard] == [
        ("venue", "bar X"),
        ("decider", "bar X"),
        ("decider", "fill after"),
        ("decider", "fill X"),
        ("decider", "fill X"),
        ("venue", "bar Z"),
        ("decider", "bar Z"),
        ("decider", "fill Z"),
        ("decider", "fill Z"),
    ]


def test_a_bar_that_stops_the_run_is_still_decided_on(dispatch: Dispatch) -> None:
    def react(venue: Member, bar: Bar) -> None:
        venue._system.stop()
        fills(venue, bar)

    heard = run(dispatch, [Bar(1), Bar(2)], react=react)
    assert [(time, name, text) for time, name, text in heard if text == "bar X"] == [
        (1, "venue", "bar X"),
        (1, "decider", "bar X"),
    ]


# --- subscribing ------------------------------------------------------------------------------------------------------


class Picks(Member):
    def __init__(self, heard: Heard, pick: Callable[["Picks"], Any]) -> None:
        super().__init__(heard)
        self.pick = pick

    def on_start(self) -> None:
        self.pick(self)


def picked(dispatch: Dispatch, pick: Callable[[Picks], Any]) -> list[str]:
    """Return who hears bars of X and Y, in order, when the first actor has picked and the second gets all at once."""
    heard: Heard = []
    system = System(dispatch=dispatch)
    system.add("p", Picks(heard, pick))
    system.add("q", Member(heard))
    system.add("feed", Feed([Bar(1, "X"), Bar(1, "Y")]))
    trio.run(system.run)
    return [name + text.removeprefix("bar ") for _, name, text in heard]


def each(*steps: tuple[str, Any, bool | None]) -> Callable[[Picks], None]:
    def pick(actor: Picks) -> None:
        for verb, key, settled in steps:
            if verb == "subscribe":
                actor.subscribe(Bar, key, settled=bool(settled))
            else:
                actor.unsubscribe(Bar, key)

    return pick


@pytest.mark.parametrize(
    ("pick", "order"),
    [
        (each(), "pX qX pY qY"),
        (each(("subscribe", None, True)), "qX qY pX pY"),
        (each(("subscribe", None, True), ("subscribe", None, False)), "pX qX pY qY"),
        (each(("unsubscribe", None, None), ("subscribe", "X", True)), "qX qY pX"),
        (each(("unsubscribe", None, None), ("subscribe", "X", True), ("subscribe", "Y", False)), "qX pY qY pX"),
        (each(("unsubscribe", None, None), ("subscribe", "X", True), ("subscribe", "X", False)), "pX qX qY"),
        (each(("subscribe", None, True), ("unsubscribe", None, None)), "qX qY"),
        (each(("unsubscribe", None, None), ("subscribe", "X", True), ("unsubscribe", "X", None)), "qX qY"),
    ],
)
def test_a_message_comes_once_settled_or_not_as_was_said_last(
    dispatch: Dispatch, pick: Callable[[Picks], Any], order: str
) -> None:
    assert picked(dispatch, pick) == order.split()


@pytest.mark.parametrize(
    ("pick", "words"),
    [
        (
            each(("subscribe", "X", True)),
            (
                "'p' cannot subscribe to Bar of 'X' settled: it receives every key not settled; "
                "unsubscribe from the kind first"
            ),
        ),
        (
            each(("subscribe", None, True), ("subscribe", "X", False)),
            (
                "'p' cannot subscribe to Bar of 'X' not settled: it receives every key settled; "
                "unsubscribe from the kind first"
            ),
        ),
        (
            each(("subscribe", None, True), ("unsubscribe", "X", None)),
            (
                "'p' cannot unsubscribe from Bar of 'X' alone: it receives every key; "
                "unsubscribe from the kind, then subscribe to the keys that it wants"
            ),
        ),
    ],
)
def test_one_key_cannot_differ_from_every_key(dispatch: Dispatch, pick: Callable[[Picks], Any], words: str) -> None:
    with pytest.raises(ActorFailed) as caught:
        picked(dispatch, pick)
    assert repr(caught.value.error) == repr(ActorError(words))


def changed(dispatch: Dispatch, begin: Callable[[Member], Any], change: Callable[[Member], Any]) -> list[str]:
    """Return who hears bars of X and Y at one instant, when one of three changes its mind on a message about X.

    The message comes before the second round: it is what the third does about the bar of X.
    """

    class Changes(Picks):
        def on_fill(self, fill: Fill) -> None:
            change(self)

    heard: Heard = []
    system = System(dispatch=dispatch)
    system.add("p", Changes(heard, begin))
    system.add("q", Decider(heard))
    system.add(
        "r", Member(heard, lambda member, bar: member.send("p", Fill(bar.symbol)) if bar.symbol == "X" else None)
    )
    system.add("feed", Feed([Bar(1, "X"), Bar(1, "Y")]))
    trio.run(system.run)
    return [name + text.removeprefix("bar ") for _, name, text in heard]


@pytest.mark.parametrize(
    ("begin", "change", "order"),
    [
        (each(), each(("subscribe", None, True)), "pX rX pY rY qX qY"),
        (each(("subscribe", None, True)), each(("subscribe", None, False)), "rX rY pX qX pY qY"),
        (each(("subscribe", None, True)), each(("unsubscribe", None, None)), "rX rY qX qY"),
        (each(("subscribe", None, True)), each(), "rX rY pX qX pY qY"),
        (each(("unsubscribe", None, None)), each(("subscribe", None, True)), "rX rY qX qY"),
    ],
    ids=["settled from now on", "at once from now on", "no more", "as before", "from now on"],
)
def test_who_waits_for_a_bar_is_who_did_when_it_came_and_has_not_left_since(
    dispatch: Dispatch, begin: Callable[[Any], Any], change: Callable[[Any], Any], order: str
) -> None:
    assert changed(dispatch, begin, change) == order.split()


def test_who_decides_to_wait_while_it_handles_a_bar_gets_that_bar_once(dispatch: Dispatch) -> None:
    def react(venue: Member, bar: Bar) -> None:
        venue.subscribe(Bar, settled=True)
        fills(venue, bar)

    assert [(time, name) for time, name, text in run(dispatch, [Bar(1), Bar(2)], react=react) if text == "bar X"] == [
        (1, "venue"),
        (1, "decider"),
        (2, "decider"),
        (2, "venue"),
    ]


# --- the short ways give what the long way gives ----------------------------------------------------------------------


class NeverShort(System):
    """Takes every streamed message by way of the deque, and round twice."""

    def _next_alone(self, end: int | None) -> Any:
        return None

    def _move_on(self, end: int | None, *, draining: bool) -> bool:
        moved = super()._move_on(end, draining=draining)
        self._at_once = 2
        return moved


class AlwaysTwice(System):
    """Takes a streamed message directly where it can, and round twice."""

    def _next_alone(self, end: int | None) -> Any:
        message = super()._next_alone(end)
        self._at_once = 2
        return message


class Trader(Member):
    """Does about a bar of a symbol what the plan says."""

    def __init__(self, heard: Heard, plan: dict[str, list[str]], *, settled: bool) -> None:
        super().__init__(heard, Trader.follow)
        self.plan = plan
        self.settled = settled

    def follow(self: Any, bar: Bar) -> None:
        for verb in self.plan.get(bar.symbol, []):
            match verb:
                case "send":
                    self.send("t0", Fill(bar.symbol, hops=1))
                case "slow":
                    self.send("t1", FillSlowly(bar.symbol))
                case "now":
                    self.call_at(self.now, Fill(bar.symbol))
                case "soon":
                    self.call_at(self.now + 1, Fill(bar.symbol))
                case "publish" if bar.time < 100:
                    self.publish(Bar(100, bar.symbol))
                case "leave":
                    self.unsubscribe(Bar)
                case "settle":
                    self.subscribe(Bar, settled=True)
                case "unsettle":
                    self.subscribe(Bar)


VERBS = ["send", "slow", "now", "soon", "publish", "leave", "settle", "unsettle"]
plan = st.dictionaries(st.sampled_from("XYZ"), st.lists(st.sampled_from(VERBS), max_size=3), max_size=3)


@given(
    traders=st.lists(st.tuples(plan, st.booleans()), min_size=2, max_size=4),
    gaps=st.lists(st.tuples(st.sampled_from([0, 1, 1, 2, 5]), st.sampled_from("XYZd")), max_size=8),
)
def test_the_short_way_of_a_single_bar_gives_the_same_journal_and_order_as_the_long_way(
    dispatch: Dispatch, traders: list[tuple[dict[str, list[str]], bool]], gaps: list[tuple[int, str]]
) -> None:
    stream: list[Any] = []
    time = 0
    for gap, symbol in gaps:
        time += gap
        stream.append(Depth(time) if symbol == "d" else Bar(time, symbol))
    runs = []
    for kind in (System, NeverShort, AlwaysTwice):
        file = io.BytesIO()
        heard: Heard = []
        system = kind(dispatch=dispatch, journal=Journal(identity={}, detail=Detail.FULL, file=file))
        for number, (plan, settled) in enumerate(traders):
            system.add(f"t{number}", Trader(heard, plan, settled=settled))
        system.add("feed", Feed(stream))
        runs.append((trio.run(lambda system=system: system.run(end=20)), file.getvalue(), heard))  # type: ignore[misc]  # mypy infers no type for the lambda's default
    assert runs[1:] == [runs[0]] * 2
