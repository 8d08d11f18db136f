"""From plain data to values, strictly."""

from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any, Literal

import attrs
import cattrs
import pytest

from tradepit.scenarios.structuring import structure


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1


@attrs.define
class Point:
    x: int
    y: float = 0.0


@pytest.mark.parametrize(
    ("plain", "kind", "value"),
    [
        (1, int, 1),
        (1, float, 1.0),
        (1.5, float, 1.5),
        (True, bool, True),
        ("x", str, "x"),
        (1, Decimal, Decimal(1)),
        (0.1, Decimal, Decimal("0.1")),
        ("0.10", Decimal, Decimal("0.10")),
        (Decimal("0.10"), Decimal, Decimal("0.10")),
        ("red", Colour, Colour.RED),
        (1, Level, Level.LOW),
        ([1, 2], list[int], [1, 2]),
        ([1, 2], tuple[int, ...], (1, 2)),
        ([1, "a"], tuple[int, str], (1, "a")),
        ([[1, 2], [3, 4]], list[tuple[int, int]], [(1, 2), (3, 4)]),
        ({"a": 1}, dict[str, int], {"a": 1}),
        ({"a": 1}, Mapping[str, Decimal], {"a": Decimal(1)}),
        ({"a": [1]}, dict, {"a": [1]}),
        (None, int | None, None),
        (5, int | None, 5),
        ("red", Colour | None, Colour.RED),
        ("a", int | str, "a"),
        ("a", Literal["a", 1], "a"),
        (1, Literal["a", 1], 1),
        ({"x": 1}, Point, Point(1)),
        ([{"x": 1, "y": 2}], list[Point], [Point(1, 2.0)]),
        ({"any": [1]}, Any, {"any": [1]}),
    ],
)
def test_what_fits_becomes_a_value_of_exactly_that_type(plain: object, kind: Any, value: object) -> None:
    found = structure(plain, kind)
    assert found == value
    assert type(found) is type(value)
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("plain", "kind", "words"),
    [
        (1.9, int, "must be a whole number, was 1.9"),
        (True, int, "must be a whole number, was True"),
        ("1", int, "must be a whole number, was '1'"),
        ("1", float, "must be a number, was '1'"),
        (True, float, "must be a number, was True"),
        (1, bool, "must be true or false, was 1"),
        ("no", bool, "must be true or false, was 'no'"),
        (1, str, "must be text, was 1"),
        (True, Decimal, "must be a number, was True"),
        ("abc", Decimal, "must be a number, was 'abc'"),
        ([1], Decimal, "must be a number, was [1]"),
        ("RED", Colour, "must be one of red, blue, was 'RED'"),
        (2, Level, "must be one of 1, was 2"),
        ("ab", list[str], "must be a list, was 'ab'"),
        (3, tuple[int, ...], "must be a list, was 3"),
        (3, dict[str, int], "must be a mapping, was 3"),
        ([], dict, "must be a mapping, was []"),
        (3, Point, "must be a mapping, was 3"),
        (["SPY"], list[Point], "must be a mapping, was 'SPY'"),
        ({"a": "x"}, dict[str, int], "must be a whole number, was 'x'"),
        ([1], tuple[int, str], "must be a list of 2, was [1]"),
        ([1, "x"], list[int], "must be a whole number, was 'x'"),
        ("x", int | None, "must be a whole number, was 'x'"),
        ("c", Literal["a", 1], "must be one of a, 1, was 'c'"),
        (True, Literal["a", 1], "must be one of a, 1, was True"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_was_wanted(plain: object, kind: Any, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        structure(plain, kind)
    assert str(caught.value) == words


@pytest.mark.parametrize("plain", [{"x": 1, "z": 2}, {"y": 1}, {"x": "1"}])
def test_unknown_missing_and_wrong_keys_are_errors(plain: dict[str, object]) -> None:
    with pytest.raises(cattrs.BaseValidationError):
        structure(plain, Point)
