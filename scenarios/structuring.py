"""Make values of their attrs classes again from what JSON or YAML gives: strict, for cattrs alone is lax.

cattrs turns 1.9 into 1 and "false" into True; here an int is an int, a bool a bool, a Decimal comes from what was
written, and an unknown key is an error.
"""

import typing
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum, IntEnum, StrEnum
from typing import Any, TypeVar

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn
from cattrs.strategies import configure_union_passthrough

T = TypeVar("T")


def _exactly(kind: type) -> Callable[[Any, Any], Any]:
    def check(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"must be {_ARTICLES[kind]}, was {value!r}")
        return value

    return check


_ARTICLES: dict[type, str] = {int: "a whole number", bool: "true or false", str: "text"}


def _float(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"must be a number, was {value!r}")
    return float(value)


def _decimal(value: Any, _: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError(f"must be a number, was {value!r}")  # noqa: TRY004  all that is wrong with a value is one kind of error
    try:
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise ValueError(f"must be a number, was {value!r}") from None


def _enum(value: Any, kind: type[Enum]) -> Enum:
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(str(m.value) for m in kind)}, was {value!r}") from None


def _is_literal(kind: Any) -> bool:
    return typing.get_origin(kind) is typing.Literal


def _literal(value: Any, kind: Any) -> Any:
    words = typing.get_args(kind)
    if not any(value == word and type(value) is type(word) for word in words):
        raise ValueError(f"must be one of {', '.join(map(str, words))}, was {value!r}")
    return value


def _is_sequence(kind: Any) -> bool:
    return typing.get_origin(kind) in (list, tuple)


def _sequence(value: Any, kind: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list, was {value!r}")  # noqa: TRY004  as above
    items = typing.get_args(kind)
    if typing.get_origin(kind) is list:
        return [structure(item, items[0]) for item in value]
    if items[-1:] == (...,):
        return tuple(structure(item, items[0]) for item in value)
    if len(value) != len(items):
        raise ValueError(f"must be a list of {len(items)}, was {value!r}")
    return tuple(structure(item, wanted) for item, wanted in zip(value, items, strict=True))


def _is_mapping(kind: Any) -> bool:
    return kind is dict or typing.get_origin(kind) in (dict, Mapping)


def _mapping(value: Any, kind: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError(f"must be a mapping, was {value!r}")  # noqa: TRY004  as above
    keys, values = typing.get_args(kind) or (Any, Any)
    return {structure(key, keys): structure(item, values) for key, item in value.items()}


def _make() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (int, bool, str):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(Decimal, _decimal)
    # Hooks go by class and its bases: without one of its own, a StrEnum would be taken for a str.
    for enumeration in (StrEnum, IntEnum, Enum):
        converter.register_structure_hook(enumeration, _enum)
    converter.register_structure_hook_func(_is_literal, _literal)
    converter.register_structure_hook_func(_is_sequence, _sequence)
    converter.register_structure_hook_func(_is_mapping, _mapping)

    def record(kind: type[Any]) -> Callable[[Any, Any], Any]:
        made = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)

        def check(value: Any, wanted: Any) -> Any:
            if not isinstance(value, Mapping):
                raise ValueError(f"must be a mapping, was {value!r}")  # noqa: TRY004  as above
            return made(value, wanted)

        return check

    converter.register_structure_hook_factory(attrs.has, record)
    configure_union_passthrough(int | float | str | bool | None, converter)
    return converter


_CONVERTER = _make()


def structure(plain: Any, kind: Any) -> Any:
    """Return a value of a type made from plain data.

    Raises:
        cattrs.BaseValidationError or ValueError: the data do not fit.
    """
    return _CONVERTER.structure(plain, kind)
