"""From `use: ./mine.py:Dipper` and `with:` to a strategy, or to every problem with it."""

import hashlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tradepit.actors.strategy import Strategy
from tradepit.scenarios.library import strategies as library
from tradepit.scenarios.loader import loads
from tradepit.scenarios.problems import ScenarioError
from tradepit.scenarios.strategy_loading import load_strategy, source_hashes, users_line
from tradepit.scenarios.tree import PathSource, Scenario, StrategySpec

DIPPER = """
    from decimal import Decimal
    from typing import Literal
    import tradepit

    class Dipper(tradepit.Strategy):
        drop: float = 0.02
        count: int = 3
        size: Decimal = Decimal(1)
        label: str | None = None
        weights: list[float] = []
        mode: Literal["fast", "slow"] = "fast"
        limits: dict[str, int] = {}
        seen = 0

        def on_bar(self, bar):
            pass

    class Needy(tradepit.Strategy):
        count: int
        size: int

    class Choosy(tradepit.Strategy):
        count: int = 1

        def __attrs_post_init__(self):
            if self.count < 1:
                raise ValueError(f"count must be above 0, was {self.count}")

    class Other:
        pass

    NUMBER = 3
"""


@pytest.fixture(autouse=True)
def forget_modules() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.split(".")[0] in ("mine", "averages", "pack")]:
        del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write_file(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    return write_file


def _scenario(directory: Path, use: str, with_: str = "{}") -> Scenario:
    text = f"""\
tradepit: 1
name: test
market: {{X: {{path: [["2024-01-02 10:00", 10], ["2024-01-02 11:00", 11]]}}}}
strategies:
  - use: {use}
    with: {with_}
"""
    return loads(text, "test.yaml", directory=directory)


def _problems(directory: Path, use: str, with_: str = "{}") -> list[tuple[str, str, str]]:
    """Return (place and path, rule, suggestion) of every problem."""
    with pytest.raises(ScenarioError) as caught:
        load_strategy(_scenario(directory, use, with_), 0)
    return [(f"{p.place} {p.path}", p.rule, p.suggestion) for p in caught.value.problems]


USE, WITH = "test.yaml:5:10 strategies[0].use", "strategies[0].with"


# --- the class ----------------------------------------------------------------------------------------------------


def test_a_class_is_found_in_an_installed_module() -> None:
    strategy = load_strategy(_scenario(Path(), "tradepit.scenarios.library.strategies:SmaCrossover", "{fast: 5}"), 0)
    assert type(strategy) is library.SmaCrossover
    assert (strategy.fast, strategy.slow) == (5, 30)


@pytest.mark.parametrize("use", ["./mine.py:Dipper", "mine.py:Dipper", "mine:Dipper"])
def test_a_class_is_found_beside_the_scenario(write: Callable[..., Path], use: str) -> None:
    directory = write("mine.py", DIPPER).parent
    assert type(load_strategy(_scenario(directory, use), 0)).__name__ == "Dipper"


def test_a_class_is_found_in_another_folder_and_in_a_package(write: Callable[..., Path], tmp_path: Path) -> None:
    write("deep/down/mine.py", DIPPER)
    write("pack/__init__.py", "")
    write("pack/mine.py", DIPPER)
    for use in ("deep/down/mine.py:Dipper", f"{tmp_path}/deep/down/mine.py:Dipper", "pack.mine:Dipper"):
        assert type(load_strategy(_scenario(tmp_path, use), 0)).__name__ == "Dipper"


def test_the_search_path_is_left_as_it_was(write: Callable[..., Path]) -> None:
    before = list(sys.path)
    directory = write("mine.py", DIPPER).parent
    load_strategy(_scenario(directory, "mine:Dipper"), 0)
    _problems(directory, "broken:Dipper")
    assert sys.path == before


def test_a_strategy_may_import_what_stands_beside_it(write: Callable[..., Path]) -> None:
    write("averages.py", "WINDOW = 17")
    text = """
        import tradepit
        from averages import WINDOW

        class Mine(tradepit.Strategy):
            window: int = WINDOW
    """
    directory = write("mine.py", text).parent
    strategy: Any = load_strategy(_scenario(directory, "./mine.py:Mine"), 0)
    assert strategy.window == 17


@pytest.mark.parametrize("use", ["./mine.py:Mine", "mine:Mine", "pack.mine:Mine"])
def test_two_scenarios_may_each_have_a_module_of_one_name(write: Callable[..., Path], tmp_path: Path, use: str) -> None:
    for number in (1, 2):
        text = f"""
            import tradepit
            from averages import WINDOW

            class Mine(tradepit.Strategy):
                number: int = {number}
                window: int = WINDOW
        """
        for name in ("mine.py", "pack/mine.py"):
            write(f"{number}/{name}", text)
        write(f"{number}/pack/__init__.py", "")
        write(f"{number}/averages.py", f"WINDOW = {number}")
    found: list[Any] = [load_strategy(_scenario(tmp_path / folder, use), 0) for folder in ("1", "2", "1")]
    assert [(strategy.number, strategy.window) for strategy in found] == [(1, 1), (2, 2), (1, 1)]


def test_a_file_that_has_the_name_of_a_package_in_use_does_not_take_its_place(write: Callable[..., Path]) -> None:
    directory = write("mine.py", DIPPER).parent
    write("attrs.py", "raise RuntimeError")
    write("statistics.py", "raise RuntimeError")
    modules: list[ModuleType] = [sys.modules["attrs"], sys.modules["statistics"], sys.modules["tradepit"]]
    load_strategy(_scenario(directory, "mine:Dipper"), 0)
    assert [sys.modules[name] for name in ("attrs", "statistics", "tradepit")] == modules


def test_what_a_file_leaves_in_its_module_is_not_there_for_the_next_run(write: Callable[..., Path]) -> None:
    text = """
        import tradepit

        class Mine(tradepit.Strategy):
            seen = []
    """
    scenario = _scenario(write("mine.py", text).parent, "./mine.py:Mine")
    first: Any = load_strategy(scenario, 0)
    first.seen.append(1)
    second: Any = load_strategy(scenario, 0)
    assert second.seen == []


HOW_TO_NAME = "name an importable module, or a file as ./file.py:Class"
SUBCLASS = "must be a subclass of tradepit.Strategy"


@pytest.mark.parametrize(
    ("use", "rule", "suggestion"),
    [
        ("./mine.py:Diper", "./mine.py has no Diper", "did you mean Dipper?"),
        ("./mine.py:Other", f"Other {SUBCLASS}", "write class Other(tradepit.Strategy)"),
        ("./mine.py:NUMBER", f"NUMBER {SUBCLASS}", "write class NUMBER(tradepit.Strategy)"),
        ("tradepit:Strategy", f"Strategy {SUBCLASS}", "write class Strategy(tradepit.Strategy)"),
        ("./mini.py:Dipper", "no such file", "did you mean ./mine.py?"),
        ("no_such_module:Dipper", "no module named no_such_module", HOW_TO_NAME),
        ("tradepit.nowhere:Dipper", "no module named tradepit.nowhere", HOW_TO_NAME),
    ],
)
def test_a_class_that_cannot_be_found_is_one_problem_with_its_place(
    write: Callable[..., Path], use: str, rule: str, suggestion: str
) -> None:
    directory = write("mine.py", DIPPER).parent
    assert _problems(directory, use) == [(USE, rule, suggestion)]


def test_a_file_that_is_not_there_is_a_problem_in_a_scenario_built_in_python_too(write: Callable[..., Path]) -> None:
    scenario = Scenario(
        name="built",
        market={"X": PathSource(path=[(0, 1.0), (1, 1.0)])},
        strategies=[StrategySpec(use="./mini.py:Dipper")],
        directory=write("mine.py", DIPPER).parent,
    )
    with pytest.raises(ScenarioError) as caught:
        load_strategy(scenario, 0)
    [problem] = caught.value.problems
    assert (str(problem.place), problem.rule, problem.value, problem.suggestion) == (
        "built", "no such file", "mini.py", "did you mean mine.py?",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error", "line", "code"),
    [
        ("import tradepit\n1 / 0", "ZeroDivisionError: division by zero", 2, "1 / 0"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'", 1, "import nowhere"),
        ("raise SystemExit(3)", "SystemExit: 3", 1, "raise SystemExit(3)"),
        (
            "import json\n\njson.loads('')",
            "JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
            3,
            "json.loads('')",
        ),
        (
            "import tradepit\nclass Bad(tradepit.Strategy):\n    async def on_bar(self, bar): ...",
            "TypeError: Bad.on_bar must be a plain function, without async and yield",
            2,
            "class Bad(tradepit.Strategy):",
        ),
    ],
)
def test_a_file_that_does_not_import_shows_the_users_own_line(
    write: Callable[..., Path], text: str, error: str, line: int, code: str
) -> None:
    file = write("mine.py", text)
    shown = f"./mine.py does not import: {error} ({file}:{line} in <module>: {code})"
    assert _problems(file.parent, "./mine.py:Dipper") == [(USE, shown, "")]


@pytest.mark.parametrize(("name", "where"), [("mine.py", "mine"), ("pack/mine.py", "pack.mine")])
def test_a_module_that_imports_what_is_not_there_is_not_said_to_be_missing_itself(
    write: Callable[..., Path], tmp_path: Path, name: str, where: str
) -> None:
    write("pack/__init__.py", "")
    file = write(name, "import nowhere")
    error = "ModuleNotFoundError: No module named 'nowhere'"
    shown = f"{where} does not import: {error} ({file}:1 in <module>: import nowhere)"
    assert _problems(tmp_path, f"{where}:Mine") == [(USE, shown, "")]


def test_a_mistake_in_the_syntax_of_a_file_shows_its_line(write: Callable[..., Path]) -> None:
    file = write("mine.py", "\nx = (")
    [(place, rule, _)] = _problems(file.parent, "./mine.py:Dipper")
    assert place == USE
    assert rule.startswith("./mine.py does not import: SyntaxError: ")
    assert rule.endswith(f" ({file}:2)")


# --- the settings -------------------------------------------------------------------------------------------------


def test_settings_are_given_in_their_own_types(write: Callable[..., Path]) -> None:
    directory = write("mine.py", DIPPER).parent
    with_ = '{drop: 1, size: "0.10", label: fast one, weights: [1, 2.5], mode: slow, count: 7}'
    strategy: Any = load_strategy(_scenario(directory, "./mine.py:Dipper", with_), 0)
    found = [strategy.drop, strategy.size, strategy.label, strategy.weights, strategy.mode, strategy.count]
    assert found == [1.0, Decimal("0.10"), "fast one", [1.0, 2.5], "slow", 7]
    assert [type(value) for value in found] == [float, Decimal, str, list, str, int]


@pytest.mark.parametrize(("written", "drop"), [("2%", 0.02), ("0.5%", 0.005), ("-10 %", -0.1)])
def test_a_percentage_is_a_fraction(write: Callable[..., Path], written: str, drop: float) -> None:
    directory = write("mine.py", DIPPER).parent
    with_ = f'{{drop: "{written}", size: "{written}"}}'
    strategy: Any = load_strategy(_scenario(directory, "./mine.py:Dipper", with_), 0)
    assert (strategy.drop, strategy.size) == (drop, Decimal(str(drop)))


@pytest.mark.parametrize(
    ("with_", "name", "rule", "suggestion"),
    [
        ("{drup: 1}", "drup", "Dipper has no setting of that name", "did you mean drop?"),
        ("{count: 1.5}", "count", "must be a whole number, was 1.5", "Dipper declares int"),
        ("{count: yes}", "count", "must be a whole number, was 'yes'", "Dipper declares int"),
        ("{count: true}", "count", "must be a whole number, was True", "Dipper declares int"),
        ("{drop: much}", "drop", "must be a number, was 'much'", "Dipper declares float"),
        ("{drop: much%}", "drop", "must be a number, was 'much%'", "Dipper declares float"),
        ("{label: 3}", "label", "must be text, was 3", "Dipper declares str | None"),
        ("{weights: 3}", "weights", "must be a list, was 3", "Dipper declares list"),
        ("{weights: [a]}", "weights", "must be a number, was 'a'", "Dipper declares list"),
        ("{limits: {X: much}}", "limits", "must be a whole number, was 'much'", "Dipper declares dict"),
        ("{mode: medium}", "mode", "must be one of fast, slow, was 'medium'", "Dipper declares Literal"),
        (
            "{on_bar: 1}",
            "on_bar",
            "Dipper has no setting of that name",
            "known: drop, count, size, label, weights, mode, limits",
        ),
    ],
)
def test_a_setting_that_does_not_fit_is_a_problem_with_its_place(
    write: Callable[..., Path], with_: str, name: str, rule: str, suggestion: str
) -> None:
    directory = write("mine.py", DIPPER).parent
    [(place, said, hint)] = _problems(directory, "./mine.py:Dipper", with_)
    assert place == f"test.yaml:6:{12 + len(name) + 2} {WITH}.{name}"
    assert (said, hint) == (rule, suggestion)


def test_a_default_without_a_type_is_no_setting_and_the_problem_says_how_to_make_it_one(
    write: Callable[..., Path],
) -> None:
    directory = write("mine.py", DIPPER).parent
    [(_, rule, suggestion)] = _problems(directory, "./mine.py:Dipper", "{seen: 1}")
    assert rule == "Dipper has no setting of that name"
    assert suggestion == "only annotated fields are settings: write seen: int = 0 in the class"


def test_every_problem_with_the_settings_is_named(write: Callable[..., Path]) -> None:
    directory = write("mine.py", DIPPER).parent
    problems = _problems(directory, "./mine.py:Needy", "{count: x, siez: 3}")
    assert [(place.split()[1], rule, suggestion) for place, rule, suggestion in problems] == [
        (f"{WITH}.siez", "Needy has no setting of that name", "did you mean size?"),
        (f"{WITH}.count", "must be a whole number, was 'x'", "Needy declares int"),
        (f"{WITH}.size", "Needy needs this setting", f"write it in {WITH}.size"),
    ]


def test_a_strategy_that_refuses_its_settings_shows_its_own_line(write: Callable[..., Path]) -> None:
    file = write("mine.py", DIPPER)
    [(place, rule, _)] = _problems(file.parent, "./mine.py:Choosy", "{count: 0}")
    assert place == f"test.yaml:6:11 {WITH}"
    assert rule.startswith("Choosy refused its settings: ValueError: count must be above 0, was 0 (")
    assert f"{file}:" in rule
    assert "in __attrs_post_init__: raise ValueError" in rule


# --- the source ---------------------------------------------------------------------------------------------------


def test_the_hash_is_of_the_strategys_own_file(write: Callable[..., Path]) -> None:
    file = write("mine.py", DIPPER)
    scenario = _scenario(file.parent, "./mine.py:Dipper")
    digest = hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()
    assert source_hashes(scenario) == {"dipper": digest}
    file.write_text(file.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert source_hashes(scenario) != {"dipper": digest}


def test_a_class_that_was_typed_at_a_prompt_has_no_hash_and_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    prompt = ModuleType("__main__")
    exec("import tradepit\nclass Typed(tradepit.Strategy):\n    n: int = 1", vars(prompt))
    monkeypatch.setitem(sys.modules, "__main__", prompt)
    scenario = Scenario(
        name="typed",
        market={"X": PathSource(path=[(0, 1.0), (1, 1.0)])},
        strategies=[StrategySpec(use="__main__:Typed", with_={"n": 2})],
    )
    assert source_hashes(scenario) == {"typed": ""}
    strategy: Any = load_strategy(scenario, 0)
    assert strategy.n == 2


# --- the user's own line ------------------------------------------------------------------------------------------


def _raised(code: str, file: str) -> Exception:
    namespace: dict[str, Any] = {"Strategy": Strategy}
    exec(compile(textwrap.dedent(code), file, "exec"), namespace)
    with pytest.raises(ValueError) as caught:
        namespace["act"]()
    return _without_the_tests_own_line(caught.value)


def _without_the_tests_own_line(error: Exception) -> Exception:
    assert error.__traceback__ is not None
    return error.with_traceback(error.__traceback__.tb_next)


ACT = """
    import statistics

    def act():
        inner()

    def inner():
        statistics.mean([])
"""


def test_the_users_line_is_the_last_one_that_is_neither_ours_nor_a_librarys(tmp_path: Path) -> None:
    file = str(tmp_path / "mine.py")
    assert users_line(_raised(ACT, file)).startswith(f"{file}:8 in inner: ")


def test_a_strategy_that_is_installed_is_shown_where_it_was_called(tmp_path: Path) -> None:
    file = str(tmp_path / "site-packages" / "pack" / "mine.py")
    assert users_line(_raised(ACT, file)).startswith(f"{file}:5 in act: ")


def test_the_librarys_own_strategies_count_as_the_users() -> None:
    strategy = library.SmaCrossover(fast=30, slow=10)
    with pytest.raises(ValueError) as caught:
        strategy.on_start()
    shown = users_line(_without_the_tests_own_line(caught.value))
    assert shown.startswith(f"{library.__file__}:")
    assert "in on_start: raise ValueError" in shown


def test_an_error_that_no_line_of_the_users_took_part_in_has_none() -> None:
    assert users_line(ValueError("nowhere")) == ""


def test_a_mistake_in_the_syntax_has_its_line_and_one_of_a_made_up_text_does_not(tmp_path: Path) -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("a b", str(tmp_path / "mine.py"), "exec")
    assert users_line(caught.value) == f"{tmp_path / 'mine.py'}:1"
    with pytest.raises(SyntaxError) as caught:
        compile("a b", "<made up>", "exec")
    assert users_line(caught.value.with_traceback(None)) == ""
