"""Checks on settings that are given as Decimals or names, run when a value is made; each says name, rule and value."""

import difflib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import attrs

Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def between(low: Decimal | None, high: Decimal | None) -> Validator:
    """Return an attrs validator for a finite Decimal within bounds, both included.

    None leaves a bound open: the upper one, or both.

    The validator raises TypeError for what is no Decimal (a float would lose the exact value that was meant) and
    ValueError for what lies outside.
    """
    rule = _rule(low, high)

    def check(_instance: object, attribute: "attrs.Attribute[Any]", given: object) -> None:
        if not isinstance(given, Decimal):
            raise TypeError(f"{attribute.name} must be a Decimal, was {given!r}; write Decimal('{given}')")
        if not given.is_finite() or (low is not None and given < low) or (high is not None and given > high):
            raise ValueError(f"{attribute.name} must be {rule}, was {given}")

    return check


def one_of(names: Sequence[str]) -> Validator:
    """Return an attrs validator for one of several names; the ValueError suggests the nearest."""

    def check(_instance: object, attribute: "attrs.Attribute[Any]", given: object) -> None:
        if given in names:
            return
        nearest = difflib.get_close_matches(str(given), names, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(f"{attribute.name} must be one of {', '.join(names)}, was {given!r}{hint}")

    return check


def _rule(low: Decimal | None, high: Decimal | None) -> str:
    if low is None:
        return "a finite number"
    return f"{low} or more" if high is None else f"from {low} to {high}"
