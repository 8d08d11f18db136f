"""What is published reaches those who subscribe to its kind and key, at each moment as they said last (K8)."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
import trio

from tradepit.actors.kernel import Actor, ActorError, ActorFailed, Dispatch, NoHandler, System

pytestmark = pytest.mark.parametrize("dispatch", Dispatch)

Heard = list[tuple[str, Any]]


@attrs.define
class Price:
    __key__ = "symbol"

    symbol: str
    value: int = 0


@attrs.define
class Bell:
    """Published without a key."""


@attrs.define
class Do:
    """Sent to an actor: what it is to do."""

    work: Callable[["Reader"], Any]


class Reader(Actor):
    def __init__(self, heard: Heard, begin: Callable[["Reader"], Any] | None = None) -> None:
        self.heard = heard
        self.begin = begin

    def on_start(self) -> None:
        if self.begin is not None:
            self.begin(self)

    def on_price(self, price: Price) -> None:
        self.heard.append((self.name, price.symbol))

    def on_bell(self, bell: Bell) -> None:
        self.heard.append((self.name, "bell"))

    def on_do(self, do: Do) -> None:
        do.work(self)


class Script(Actor):
    """Says one thing after the other, each when what the one before brought about is done."""

    def __init__(self, script: list[Any]) -> None:
        self.script = script

    def on_start(self) -> None:
        for time in range(1, len(self.script) + 1):
            self.call_at(time, time - 1)

    def on_line(self, number: int) -> None:
        line = self.script[number]
        if isinstance(line, tuple):
            self.send(line[0], Do(line[1]))
        else:
            self.publish(line)


def run(dispatch: Dispatch, script: list[Any], *, begin: Callable[[Reader], Any] | None = None) -> Heard:
    heard: Heard = []
    system = System(dispatch=dispatch)
    system.add("script", Script(script))
    system.add("a", Reader(heard, begin))
    system.add("b", Reader(heard))
    trio.run(system.run)
    return heard


def error_of(dispatch: Dispatch, work: Callable[[Reader], Any]) -> BaseException:
    with pytest.raises(ActorFailed) as caught:
        run(dispatch, [("a", work)])
    return caught.value.error


def narrow(*keys: str) -> Callable[[Reader], None]:
    def work(actor: Reader) -> None:
        actor.unsubscribe(Price)
        for key in keys:
            actor.subscribe(Price, key)

    return work


def test_a_handler_subscribes_to_every_key_of_its_kind(dispatch: Dispatch) -> None:
    assert run(dispatch, [Price("X"), Bell(), Price("Y")]) == [
        ("a", "X"), ("b", "X"), ("a", "bell"), ("b", "bell"), ("a", "Y"), ("b", "Y"),
    ]  # fmt: skip


def test_a_subscription_narrows_to_single_keys(dispatch: Dispatch) -> None:
    assert run(dispatch, [Price("X"), Price("Y"), Price("Z")], begin=narrow("Y", "Z")) == [
        ("b", "X"), ("a", "Y"), ("b", "Y"), ("a", "Z"), ("b", "Z"),
    ]  # fmt: skip


def test_subscriptions_widen_and_narrow_as_the_run_goes(dispatch: Dispatch) -> None:
    heard = run(
        dispatch,
        [
            ("b", lambda actor: actor.unsubscribe(Price)),
            Price("X"),
            ("a", narrow("Y")),
            Price("X"),
            Price("Y"),
            ("a", lambda actor: actor.subscribe(Price, "X")),
            Price("X"),
            ("a", lambda actor: actor.unsubscribe(Price, "Y")),
            Price("Y"),
            Price("X"),
            ("a", lambda actor: actor.subscribe(Price)),
            Price("Z"),
            ("a", lambda actor: actor.unsubscribe(Price)),
            Price("X"),
            Bell(),
        ],
    )
    assert heard == [("a", "X"), ("a", "Y"), ("a", "X"), ("a", "X"), ("a", "Z"), ("a", "bell"), ("b", "bell")]


def test_subscribing_twice_delivers_once(dispatch: Dispatch) -> None:
    def twice(actor: Reader) -> None:
        actor.subscribe(Price, "X")
        actor.subscribe(Price, "X")
        actor.subscribe(Price)

    assert run(dispatch, [("a", twice), Price("X")]) == [("a", "X"), ("b", "X")]


def test_whoever_subscribes_later_still_gets_it_in_the_order_of_the_actors(dispatch: Dispatch) -> None:
    assert run(dispatch, [("a", lambda actor: actor.unsubscribe(Price)), ("a", narrow("X")), Price("X")]) == [
        ("a", "X"),
        ("b", "X"),
    ]


def test_an_actor_that_leaves_while_a_message_is_delivered_leaves_the_others_theirs(dispatch: Dispatch) -> None:
    heard: Heard = []

    class Leaves(Reader):
        def on_price(self, price: Price) -> None:
            super().on_price(price)
            self.unsubscribe(Price)

    system = System(dispatch=dispatch)
    system.add("script", Script([Price("X"), Price("X")]))
    system.add("a", Leaves(heard))
    system.add("b", Reader(heard))
    trio.run(system.run)
    assert heard == [("a", "X"), ("b", "X"), ("b", "X")]


def test_one_key_cannot_be_left_out_of_every_key(dispatch: Dispatch) -> None:
    error = error_of(dispatch, lambda actor: actor.unsubscribe(Price, "X"))
    assert repr(error) == repr(
        ActorError(
            "'a' cannot unsubscribe from Price of 'X' alone: it receives every key; "
            "unsubscribe from the kind, then subscribe to the keys that it wants"
        )
    )


@pytest.mark.parametrize("verb", ["subscribe", "unsubscribe"])
def test_only_what_an_actor_handles_can_be_subscribed_to(dispatch: Dispatch, verb: str) -> None:
    error = error_of(dispatch, lambda actor: getattr(actor, verb)(str))
    assert repr(error) == repr(NoHandler("'a' has no handler for str to subscribe to"))


# --- latest -----------------------------------------------------------------------------------------------------------


def test_latest_is_the_newest_message_of_a_kind_and_key_whoever_listens(dispatch: Dispatch) -> None:
    seen: list[Any] = []

    def look(actor: Reader) -> None:
        seen.append([actor.latest(Price, "X"), actor.latest(Price, "Y"), actor.latest(Price), actor.latest(Bell)])

    run(
        dispatch,
        [("a", look), Price("X", 1), Price("Y", 2), ("a", look), Price("X", 3), Bell(), ("a", look)],
        begin=lambda actor: actor.unsubscribe(Price),
    )
    assert seen == [
        [None, None, None, None],
        [Price("X", 1), Price("Y", 2), None, None],
        [Price("X", 3), Price("Y", 2), None, Bell()],
    ]


def test_in_a_handler_of_a_message_the_latest_is_that_message(dispatch: Dispatch) -> None:
    seen: list[Any] = []

    class Looks(Actor):
        def on_price(self, price: Price) -> None:
            seen.append((price.value, self.latest(Price, "X")))

    system = System(dispatch=dispatch)
    system.add("script", Script([Price("X", 1), Price("X", 2)]))
    system.add("a", Looks())
    trio.run(system.run)
    assert seen == [(1, Price("X", 1)), (2, Price("X", 2))]


# --- listeners from outside -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tap_first", [False, True])
def test_a_tap_hears_what_is_published_after_its_subscribers(dispatch: Dispatch, tap_first: bool) -> None:
    heard: Heard = []
    system = System(dispatch=dispatch)
    if tap_first:
        system.tap(Price, lambda price: heard.append(("tap", price.symbol)))
    system.add("script", Script([Price("X"), Bell(), Price("Y")]))
    system.add("a", Reader(heard))
    if not tap_first:
        system.tap(Price, lambda price: heard.append(("tap", price.symbol)))
    trio.run(system.run)
    assert heard == [("a", "X"), ("tap", "X"), ("a", "bell"), ("a", "Y"), ("tap", "Y")]


def test_a_tap_may_be_taken_off_again_also_while_it_listens(dispatch: Dispatch) -> None:
    heard: Heard = []
    system = System(dispatch=dispatch)

    def once(price: Price) -> None:
        heard.append(("once", price.symbol))
        system.untap(Price, once)

    def until_z(price: Price) -> None:
        heard.append(("until Z", price.symbol))

    system.add("script", Script([Price("X"), Price("Y"), ("a", lambda _: system.untap(Price, until_z)), Price("Z")]))
    system.add("a", Reader(heard, lambda actor: actor.unsubscribe(Price)))
    system.tap(Price, once)
    system.tap(Price, until_z)
    trio.run(system.run)
    assert heard == [("once", "X"), ("until Z", "X"), ("until Z", "Y")]


def test_an_error_in_a_tap_is_not_blamed_on_an_actor(dispatch: Dispatch) -> None:
    system = System(dispatch=dispatch)
    system.add("script", Script([Price("X")]))
    system.add("a", Reader([]))
    system.tap(Price, lambda price: 1 // price.value)
    with pytest.raises(ZeroDivisionError):
        trio.run(system.run)
