"""Whatever stands in a file or an option, the loader answers with a scenario or with problems, never with a crash."""

import re
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tradepit.scenarios.loader import loads
from tradepit.scenarios.problems import Problem, ScenarioError
from tradepit.scenarios.writer import dump

EVERYTHING = Path(__file__).with_name("everything.yaml").read_text()
WORDS = [match.span() for match in re.finditer(r"[\w.%/:-]+", EVERYTHING)]
ODD = [
    "null",
    "~",
    "{}",
    "[]",
    "[[]]",
    "&a",
    "*a",
    "<<: 1",
    "!!int 3",
    "1e999",
    "1e-999",
    "9" * 200,
    "9" * 11 + "d",
    "-1",
    "0001-01-01",
    "9999-12-31",
    "24:00",
    "x" * 3000,
    "--- ",
    "...",
    "? ",
    "0x1f",
    "- ",
    "\ufeff",
    "%YAML 1.2",
    ".inf",
    ".nan",
    "'",
    '"',
    "../..",
    "extends: nowhere.yaml",
    "normal(1us",
    "(",
    ")",
    "{a: (b, c: d}",
    "\x00",
    "\ud800",
    "\u2028",
    "extends: .",
    "1_000",
    "_",
    "0 USD",
    "/share",
    "%",
    "2021-03-14 02:30 America/New_York",
    "key: value",
    "\t",
    "\n",
    ": ",
]


def answered(text: str, sets: tuple[str, ...] = ()) -> None:
    """Load a text and check that the answer is whole: a scenario that can be saved, or problems with their places."""
    problems: tuple[Problem, ...] = ()
    try:
        scenario = loads(text, "f.yaml", sets=sets)
    except ScenarioError as error:
        problems = error.problems
        str(error)
    else:
        written = dump(scenario)
        assert dump(loads(written)) == written
        return
    assert problems
    for problem in problems:
        assert problem.rule
        assert problem.file == "f.yaml" or problem.file.startswith("--set ")
        assert (problem.line >= 1 and problem.column >= 1) or problem.line == problem.column == 0


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    answered(text)


@given(st.binary())
def test_any_bytes_are_answered(content: bytes) -> None:
    answered(content.decode("latin-1"))


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from(WORDS), st.one_of(st.sampled_from(ODD), st.sampled_from(WORDS), st.text(max_size=4))),
        min_size=1,
        max_size=4,
    )
)
def test_a_right_file_made_wrong_is_answered(changes: Any) -> None:
    text = EVERYTHING
    for (begin, end), new in sorted(changes, key=lambda change: change[0], reverse=True):
        text = text[:begin] + (EVERYTHING[slice(*new)] if isinstance(new, tuple) else new) + text[end:]
    answered(text)


@settings(max_examples=200)
@given(st.integers(0, len(EVERYTHING)), st.integers(0, 40), st.sampled_from(["", *ODD]))
def test_a_torn_file_is_answered(begin: Any, length: Any, new: Any) -> None:
    answered(EVERYTHING[:begin] + new + EVERYTHING[begin + length :])


PATHS = st.lists(
    st.sampled_from(
        [
            "venues",
            "ARCA",
            "market",
            "SPY",
            "path",
            "strategies",
            "0",
            "[0]",
            "[99]",
            "with",
            '"a.b"',
            "fees",
            "portfolio",
            "sizing",
            "clock",
            "start",
            "",
            "x",
            "expect",
            "instruments",
            "[",
            "=",
        ]
    ),
    max_size=5,
).map(".".join)


@settings(max_examples=300)
@given(st.lists(st.tuples(PATHS, st.one_of(st.sampled_from(ODD), st.text(max_size=5))), min_size=1, max_size=3))
def test_any_option_is_answered(options: Any) -> None:
    answered(EVERYTHING, tuple(f"{path}={value}" for path, value in options))


@given(st.text())
def test_any_text_as_an_option_is_answered(option: str) -> None:
    answered(EVERYTHING, (option,))
