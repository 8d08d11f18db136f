"""Make values of their attrs classes again from what JSON or YAML gives: strict, for cattrs alone is lax.

cattrs turns 1.9 into 1 and "false" into True; here an int is an int, a bool a bool, a Decimal comes from what was
written, and an unknown key is an error.
"""

import operator
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import partial
from typing import Any, TypeVar

import cattrs
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


def _make() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (int, bool, str):
        # By a predicate, for a hook of `str` would also take every StrEnum.
        converter.register_structure_hook_func(partial(operator.is_, kind), _exactly(kind))
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(Decimal, _decimal)
    converter.register_structure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, Enum), _enum)
    configure_union_passthrough(int | float | str | bool | None, converter)
    return converter


_CONVERTER = _make()


def structure(plain: Any, kind: Any) -> Any:
    """Return a value of a type made from plain data.

    Raises:
        cattrs.BaseValidationError or ValueError: the data do not fit.
    """
    return _CONVERTER.structure(plain, kind)
