"""YAML becomes nodes that know their places, within bounds."""

import math
from typing import Any

import pytest

from tradepit.scenarios.document import Mapping, Sequence, parse, plain
from tradepit.scenarios.problems import Problem, ScenarioError


def read(text: str) -> Any:
    problems: list[Problem] = []
    return plain(parse(text, "f.yaml", problems)), [str(problem) for problem in problems]


def fatal(text: str) -> Any:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "f.yaml", [])
    return [str(problem) for problem in caught.value.problems]


def test_plain_scalars_follow_yaml_1_2() -> None:
    text = "[NO, on, 10:30:05, 2010-05-06, 012, 0x1F, 0o17, 1_000, 1e3, .5, 5., -1.5, ~, null, '', '1', true, False]"
    assert read(text) == (
        [
            "NO",
            "on",
            "10:30:05",
            "2010-05-06",
            12,
            31,
            15,
            1000,
            1000.0,
            0.5,
            5.0,
            -1.5,
            None,
            None,
            "",
            "1",
            True,
            False,
        ],
        [],
    )


def test_what_only_looks_like_a_number_is_text() -> None:
    assert read("[0x, 0o8, 1__0, 1_, _1, 1_.5, 1.2.3, +, '.', e5, 1e]")[0] == [
        "0x",
        "0o8",
        "1__0",
        "1_",
        "_1",
        "1_.5",
        "1.2.3",
        "+",
        ".",
        "e5",
        "1e",
    ]


def test_infinity_and_nan_have_words() -> None:
    values = read("[.inf, -.Inf, .NaN]")[0]
    assert values[:2] == [math.inf, -math.inf]
    assert math.isnan(values[2])


def test_a_whole_number_of_any_length_is_bounded() -> None:
    assert read("9" * 200)[0] == float("9" * 200)


def test_blocks_are_text() -> None:
    assert read("a: |\n  1\nb: >\n  2\n")[0] == {"a": "1\n", "b": "2\n"}


def test_anchors_and_aliases_are_read() -> None:
    assert read("a: &x [1, 2]\nb: *x\n&y c: *y")[0] == {"a": [1, 2], "b": [1, 2], "c": "c"}


def test_commas_in_a_call_do_not_tear_it_apart() -> None:
    assert read("{order: lognormal(240us, 0.3), data: 180us}")[0] == {"order": "lognormal(240us, 0.3)", "data": "180us"}
    assert read("[uniform(1us, 2us), f(a, b, c), 3]")[0] == ["uniform(1us, 2us)", "f(a, b, c)", 3]
    assert read("{a: f(1, 2), b: g(3, 4)}")[0] == {"a": "f(1, 2)", "b": "g(3, 4)"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a: (x, b: 1}", {"a": "(x", "b": 1}),
        ("{a: '(x', b: }", {"a": "(x", "b": None}),
        ("['(x', 1]", ["(x", 1]),
        ("a: (x\nb:\n", {"a": "(x", "b": None}),
        ("- (x\n- 1\n", ["(x", 1]),
        ("[(x, [1]]", ["(x", [1]]),
        ("{a: [1], b: }", {"a": [1], "b": None}),
    ],
)
def test_only_a_torn_call_is_joined(text: str, value: Any) -> None:
    assert read(text) == (value, [])


@pytest.mark.parametrize(
    ("text", "value", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", {"a": 1, "b": 2}, "f.yaml:3:1: each key may stand once, was a; the first is on line 1"),
        ("a: {b: 1, b: 2}", {"a": {"b": 1}}, "f.yaml:1:11: each key may stand once, was b; the first is on line 1"),
        (
            "<<: {a: 1}",
            {"<<": {"a": 1}},
            "f.yaml:1:1: merge keys are not read, was <<; write the keys out, or use extends",
        ),
        (
            "a: !!python/name:os.system x",
            {"a": "x"},
            "f.yaml:1:4: tags are not read, was tag:yaml.org,2002:python/name:os.system; take the tag away",
        ),
        ("a: !t [1]", {"a": [1]}, "f.yaml:1:4: tags are not read, was !t; take the tag away"),
        ("? [1]\n: 2", {"": 2}, "f.yaml:1:3: a key must be a name, was a list"),
        ("{{a: 1}: 2}", {"": 2}, "f.yaml:1:2: a key must be a name, was a mapping"),
    ],
)
def test_what_can_be_read_past_is_noted_with_its_place(text: str, value: Any, problem: Any) -> None:
    assert read(text) == (value, [problem])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "f.yaml:1:1: a scenario is wanted, the text is empty; `tradepit new` writes one to start from"),
        (
            "# only a comment\n",
            "f.yaml:1:1: a scenario is wanted, the text is empty; `tradepit new` writes one to start from",
        ),
        (
            "a: [1, 2\nb: c\n",
            "f.yaml:2:2: not YAML: did not find expected ',' or ']' while parsing a flow sequence begun on line 1",
        ),
        ("a: 1\n b: 2\n", "f.yaml:2:3: not YAML: mapping values are not allowed in this context"),
        (
            "a: 'x\n",
            "f.yaml:2:1: not YAML: found unexpected end of stream while scanning a quoted scalar begun on line 1",
        ),
        ("a: \x00", "f.yaml:1:4: a character that YAML does not allow, was U+0000"),
        ("a: b\nc: \ud800", "f.yaml:2:4: a character that YAML does not allow, was U+D800"),
        ("a: *x", "f.yaml:1:4: an alias must name a finished anchor, was *x"),
        ("a: &x [*x]", "f.yaml:1:8: an alias must name a finished anchor, was *x"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: a scenario is one YAML document"),
        ("[" * 50 + "]" * 50, "f.yaml:1:41: a scenario nests at most 40 deep"),
        ("a" * 1_000_001, "f.yaml: a scenario has at most 1,000,000 characters, was 1,000,001"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, problem: Any) -> None:
    assert fatal(text) == [problem]


def test_aliases_cannot_grow_without_bound() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert fatal("\n".join(lines)) == ["f.yaml:5:45: a scenario has at most 100,000 values, aliases counted each time"]


def test_every_value_has_its_place() -> None:
    node = parse("a: 1\nb:\n  - x\n  - {c: ü, d: 'e'}\n", "f.yaml", [])
    assert isinstance(node, Mapping)
    places = {key: (str(entry.place), str(entry.node.place)) for key, entry in node.entries.items()}
    assert places == {"a": ("f.yaml:1:1", "f.yaml:1:4"), "b": ("f.yaml:2:1", "f.yaml:3:3")}
    items = node.entries["b"].node
    assert isinstance(items, Sequence)
    last = items.items[1]
    assert isinstance(last, Mapping)
    assert {key: str(entry.node.place) for key, entry in last.entries.items()} == {
        "c": "f.yaml:4:9",
        "d": "f.yaml:4:15",
    }


def test_an_options_value_has_no_lines() -> None:
    problems: list[Problem] = []
    parse("{a: 1, a: 2}", "--set x", problems, in_option=True)
    assert [str(problem) for problem in problems] == ["--set x: each key may stand once, was a"]
    with pytest.raises(ScenarioError) as caught:
        parse("[1", "--set x", [], in_option=True)
    assert str(caught.value.problems[0].place) == "--set x"
