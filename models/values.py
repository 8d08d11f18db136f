"""The one way in which Tradepit declares immutable values and messages.

Type checkers see every value as frozen. At run time an instance of a frozen attrs class costs about four times one
of a plain slotted class, and messages are made millions of times, so the run-time check is off. Whoever wants it,
as one run of the test suite does, calls `freeze_values()` before the modules that declare values are imported.

A value is its own copy, shallow or deep, for nobody changes it: so the snapshot of an actor that holds thousands of
them copies none. `uncopied` says the same of an immutable class that is declared otherwise.

Type checkers see every value as keyword-only, too. At run time positions are accepted, since a call by position costs
a third of one by keyword: the few places that make values by the hundred thousand say so with `positional`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform

import attrs

_T = TypeVar("_T")
_truly_frozen = False
_evolve: Callable[..., Any] = attrs.evolve  # checkers do not see that a value is of an attrs class


def freeze_values() -> None:
    """Make every value class that is declared from now on check at run time that nobody changes it."""
    global _truly_frozen  # noqa: PLW0603  a switch thrown once, before the value classes are declared
    _truly_frozen = True


def uncopied(cls: type[_T]) -> type[_T]:
    """Let each instance of an immutable class be its own copy."""
    cls.__copy__ = _itself  # type: ignore[attr-defined]  # the copy protocol looks for it on the class
    cls.__deepcopy__ = _itself  # type: ignore[attr-defined]  # as above
    return cls


def _itself(value: _T, _memo: object = None) -> _T:
    return value


if TYPE_CHECKING:

    @dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
    def value(cls: type[_T]) -> type[_T]:
        """Declare a slotted, keyword-only, immutable value."""
        raise TypeError(cls)

else:

    def value(cls: type[_T]) -> type[_T]:
        """Declare a slotted, keyword-only, immutable value."""
        declare: Callable[[type[_T]], type[_T]] = attrs.frozen if _truly_frozen else attrs.define
        return uncopied(declare(cls, eq=True, unsafe_hash=None if _truly_frozen else True))


def changed(given: _T, **changes: Any) -> _T:
    """Return a value like another but for some fields."""
    return cast("_T", _evolve(given, **changes))


def positional(cls: type[_T]) -> Callable[..., _T]:
    """Return a value class as a function of its fields by position, in the order of their declaration."""
    return cls
