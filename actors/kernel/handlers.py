"""Find an actor's handlers from their annotations, once, when its class is created (K2)."""

import functools
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from tradepit.actors.kernel.errors import HandlerError
from tradepit.actors.kernel.lifecycle import Start, Stop

LIFE_CYCLE: Mapping[str, type] = {"on_start": Start, "on_stop": Stop}

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

# A kind is matched exactly, so nothing would ever arrive of these.
_NO_KINDS = (type(None), object, Any)


@attrs.frozen
class Handler:
    """One handler of an actor's class.

    Attributes:
        name: the method's name.
        is_async: whether it is an `async def`.
        takes_message: false for `on_start` and `on_stop`, which take nothing.
    """

    name: str
    is_async: bool
    takes_message: bool


def find_handlers(cls: type) -> dict[type, Handler]:
    """Return the handlers of a class by the kind of message that they take.

    Methods are read in the order of definition, base classes first; a subclass's method of the same name takes the
    place of its base's.

    Raises:
        HandlerError: a handler without an annotation, with another number of parameters than one message, or a
            second handler for one kind; names class, method and file.
    """
    found: dict[type, Handler] = {}
    for name, method in _methods(cls).items():
        is_async = inspect.iscoroutinefunction(method)
        if inspect.isasyncgenfunction(method) or inspect.isgeneratorfunction(method):
            raise HandlerError(f"{_place(cls, method)} must be a plain or an async function, was a generator")
        if name in LIFE_CYCLE:
            if len(inspect.signature(method).parameters) != 1:
                raise HandlerError(f"{_place(cls, method)} must take nothing but self")
            found[LIFE_CYCLE[name]] = Handler(name, is_async, takes_message=False)
            continue
        for kind in _kinds(cls, method):
            if kind in found:
                raise HandlerError(
                    f"{_place(cls, method)} takes {kind.__name__}, which {found[kind].name} takes already; "
                    f"one kind has one handler"
                )
            found[kind] = Handler(name, is_async, takes_message=True)
    return found


def _methods(cls: type) -> dict[str, Callable[..., Any]]:
    """Return the functions of a class whose names say that they are handlers."""
    methods: dict[str, Callable[..., Any]] = {}
    for base in reversed(cls.__mro__):
        for name, member in vars(base).items():
            if not name.startswith("on_"):
                continue
            if inspect.isfunction(member):
                methods[name] = member
            elif member is None:
                methods.pop(name, None)  # a subclass takes a handler away, as Python's own `__hash__ = None` does
            elif callable(member) or isinstance(member, (staticmethod, classmethod, functools.partialmethod)):
                file = getattr(sys.modules.get(base.__module__), "__file__", base.__module__)
                raise HandlerError(
                    f"{cls.__qualname__}.{name} ({file}) must be a plain or an async method, "
                    f"was a {type(member).__name__}"
                )
    return methods


def _kinds(cls: type, method: Callable[..., Any]) -> list[type]:
    """Return the kinds of messages in the annotation of a handler's one parameter."""
    parameters = list(inspect.signature(method).parameters.values())[1:]
    if len(parameters) != 1 or parameters[0].kind not in _POSITIONAL:
        raise HandlerError(
            f"{_place(cls, method)} must take exactly one message besides self, was {inspect.signature(method)}"
        )
    name = parameters[0].name
    if parameters[0].annotation is inspect.Parameter.empty:
        raise HandlerError(
            f"{_place(cls, method)} must annotate its parameter {name!r} with the kind of message that it handles"
        )
    try:
        hint = typing.get_type_hints(method)[name]
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise HandlerError(
            f"{_place(cls, method)}: the annotation of {name!r} cannot be resolved: {error}; "
            f"import the kind where the class is defined"
        ) from error
    kinds = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    for kind in kinds:
        if not isinstance(kind, type) or kind in _NO_KINDS:
            raise HandlerError(f"{_place(cls, method)}: {name!r} must be annotated with message classes, was {kind!r}")
    return list(kinds)


def _place(cls: type, method: Callable[..., Any]) -> str:
    """Return the words that say where a handler stands."""
    code = method.__code__
    return f"{cls.__qualname__}.{method.__name__} ({code.co_filename}:{code.co_firstlineno})"
