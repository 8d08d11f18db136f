"""Handlers are found from annotations when an actor's class is created, and what is wrong with one is said (K2)."""

import functools
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Optional, TypeVar, Union

import attrs
import pytest

from tradepit.actors.kernel import Actor, HandlerError
from tradepit.actors.kernel.handlers import Handler, find_handlers
from tradepit.actors.kernel.lifecycle import Start, Stop


@attrs.define
class Ping:
    pass


@attrs.define
class Pong:
    pass


T = TypeVar("T")
Either = Ping | Pong


def no_annotation(self: Any, message) -> None:  # type: ignore[no-untyped-def]  # that is the case
    pass


def no_message(self: Any) -> None:
    pass


def two_messages(self: Any, ping: Ping, pong: Pong) -> None:
    pass


def a_default(self: Any, ping: Ping, again: bool = False) -> None:
    pass


def keyword_only(self: Any, *, message: Ping) -> None:
    pass


def any_number(self: Any, *messages: Ping) -> None:
    pass


def unresolvable(self: Any, message: "Pinng") -> None:  # type: ignore[name-defined]  # noqa: F821  that is the case
    pass


def absent_attribute(self: Any, message: "functools.Absent") -> None:  # type: ignore[name-defined]  # that is the case
    pass


def no_expression(self: Any, message: "Ping or (") -> None:  # type: ignore[valid-type]  # noqa: F722  that is the case
    pass


def generator(self: Any, message: Ping) -> Iterator[None]:
    yield


async def async_generator(self: Any, message: Ping) -> AsyncIterator[None]:
    yield


def optional(self: Any, message: Optional[Ping]) -> None:  # noqa: UP045  that is the case
    pass


def union_with_none(self: Any, message: Ping | None) -> None:
    pass


def anything(self: Any, message: Any) -> None:
    pass


def an_object(self: Any, message: object) -> None:
    pass


def a_list(self: Any, message: list[Ping]) -> None:
    pass


def a_variable(self: Any, message: T) -> None:
    pass


class Ringer:
    def __call__(self, message: Ping) -> None:
        pass


EXACTLY_ONE = "must take exactly one message besides self, was "
WRONG = {
    no_annotation: "must annotate its parameter 'message' with the kind of message that it handles",
    no_message: EXACTLY_ONE + "(self: Any) -> None",
    two_messages: EXACTLY_ONE + f"(self: Any, ping: {__name__}.Ping, pong: {__name__}.Pong) -> None",
    a_default: EXACTLY_ONE + f"(self: Any, ping: {__name__}.Ping, again: bool = False) -> None",
    keyword_only: EXACTLY_ONE + f"(self: Any, *, message: {__name__}.Ping) -> None",
    any_number: EXACTLY_ONE + f"(self: Any, *messages: {__name__}.Ping) -> None",
    unresolvable: "the annotation of 'message' cannot be resolved: name 'Pinng' is not defined; import the kind",
    absent_attribute: "the annotation of 'message' cannot be resolved: module 'functools' has no attribute 'Absent'",
    no_expression: "the annotation of 'message' cannot be resolved: ",
    generator: "must be a plain or an async function, was a generator",
    async_generator: "must be a plain or an async function, was a generator",
    optional: "'message' must be annotated with message classes, was <class 'NoneType'>",
    union_with_none: "'message' must be annotated with message classes, was <class 'NoneType'>",
    anything: "'message' must be annotated with message classes, was typing.Any",
    an_object: "'message' must be annotated with message classes, was <class 'object'>",
    a_list: "'message' must be annotated with message classes, was list[",
    a_variable: "'message' must be annotated with message classes, was ~T",
}


@pytest.mark.parametrize(("function", "reason"), WRONG.items(), ids=[function.__name__ for function in WRONG])
def test_a_malformed_handler_is_refused_by_class_method_file_and_reason(
    function: Callable[..., Any], reason: str
) -> None:
    with pytest.raises(HandlerError) as caught:
        type("Reader", (Actor,), {"on_message": function})
    text = str(caught.value)
    place = f"Reader.{function.__name__} ({__file__}:{function.__code__.co_firstlineno})"
    assert text.startswith(place)
    assert reason in text


@pytest.mark.parametrize(
    ("member", "word"),
    [
        (staticmethod(no_message), "staticmethod"),
        (classmethod(two_messages), "classmethod"),
        (functools.partial(no_message), "partial"),
        (functools.partialmethod(two_messages, pong=Pong()), "partialmethod"),
        (Ringer(), "Ringer"),
        (Ping, "type"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_looks_like_a_handler_and_is_no_method_is_refused(member: Any, word: str) -> None:
    with pytest.raises(HandlerError) as caught:
        type("Reader", (Actor,), {"on_message": member, "__module__": __name__})
    assert str(caught.value) == f"Reader.on_message ({__file__}) must be a plain or an async method, was a {word}"


def test_a_class_of_no_file_is_named_with_its_module() -> None:
    with pytest.raises(HandlerError, match=re.escape("Reader.on_message (typed_in) must be")):
        type("Reader", (Actor,), {"on_message": staticmethod(no_message), "__module__": "typed_in"})


@pytest.mark.parametrize("name", ["on_start", "on_stop"])
def test_life_cycle_handlers_take_nothing(name: str) -> None:
    with pytest.raises(HandlerError) as caught:
        type("Reader", (Actor,), {name: two_messages})
    line = two_messages.__code__.co_firstlineno
    assert str(caught.value) == f"Reader.two_messages ({__file__}:{line}) must take nothing but self"


def test_one_kind_has_one_handler() -> None:
    with pytest.raises(HandlerError) as caught:

        class Reader(Actor):
            def on_either(self, message: Either) -> None:
                pass

            def on_pong(self, message: Pong) -> None:
                pass

    assert "Reader.on_pong (" in str(caught.value)
    assert str(caught.value).endswith("takes Pong, which on_either takes already; one kind has one handler")


class Parent(Actor):
    threshold = 3
    on_time = True
    """A setting that only begins like a handler."""

    def on_start(self) -> None:
        pass

    def on_ping(self, message: Ping) -> None:
        pass

    async def on_pong(self, message: Pong, /) -> None:
        pass

    def once(self, message: int) -> None:
        pass


def test_handlers_are_found_in_the_order_of_definition() -> None:
    assert list(Parent.handlers.items()) == [
        (Start, Handler("on_start", is_async=False, takes_message=False)),
        (Ping, Handler("on_ping", is_async=False, takes_message=True)),
        (Pong, Handler("on_pong", is_async=True, takes_message=True)),
    ]


def test_a_union_subscribes_to_each_of_its_kinds() -> None:
    class Old(Actor):
        def on_either(self, message: Union[Ping, Pong]) -> None:  # noqa: UP007  the old way of writing it
            pass

    class New(Actor):
        def on_either(self, message: Either) -> None:
            pass

    handler = Handler("on_either", is_async=False, takes_message=True)
    assert Old.handlers == New.handlers == {Ping: handler, Pong: handler}


def test_a_subclass_overrides_adds_and_takes_away() -> None:
    class Child(Parent):
        on_pong = None  # type: ignore[assignment]  # the child does not take it

        async def on_ping(self, message: Ping) -> None:  # type: ignore[override]  # async where the parent was plain
            pass

        def on_text(self, message: str) -> None:
            pass

        async def on_stop(self) -> None:
            pass

    assert list(Child.handlers.items()) == [
        (Start, Handler("on_start", is_async=False, takes_message=False)),
        (Ping, Handler("on_ping", is_async=True, takes_message=True)),
        (str, Handler("on_text", is_async=False, takes_message=True)),
        (Stop, Handler("on_stop", is_async=True, takes_message=False)),
    ]
    assert Pong in Parent.handlers


def test_an_override_may_take_another_kind() -> None:
    class Child(Parent):
        def on_ping(self, message: int) -> None:  # type: ignore[override]  # that is the case
            pass

    assert Ping not in Child.handlers
    assert Child.handlers[int] == Handler("on_ping", is_async=False, takes_message=True)


def test_handlers_of_a_mixin_that_is_no_actor_count() -> None:
    class Hears:
        def on_ping(self, message: Ping) -> None:
            pass

    class Reader(Hears, Actor):
        pass

    assert list(Reader.handlers) == [Ping]
    assert find_handlers(Hears) == Reader.handlers


def test_a_name_that_an_annotation_quotes_is_resolved_where_the_class_stands() -> None:
    class Reader(Actor):
        def on_ping(self, message: "Ping") -> "None":
            pass

    assert list(Reader.handlers) == [Ping]


def test_the_file_of_an_inherited_fault_is_the_one_where_it_stands() -> None:
    class Hears:
        def on_ping(self, message):  # type: ignore[no-untyped-def]  # that is the case
            pass

    with pytest.raises(HandlerError, match=re.escape(f"Reader.on_ping ({Path(__file__)}:")):
        type("Reader", (Hears, Actor), {})
