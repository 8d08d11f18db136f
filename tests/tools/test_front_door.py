"""What a user imports: `import tradepit`, and the functions behind `tradepit.run` and `tradepit.load`."""

import asyncio
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

import tradepit
from tradepit.scenarios.tree import PercentFee
from tradepit.tools.report import ReportUnavailable
from tradepit.tools.run_directory import RunDirectoryError, next_free

SCENARIO = """\
tradepit: 1
name: small
clock: {start: 2024-01-02, end: 2024-01-02, session: 09:30-10:30}
market:
  ACME: {gbm: {start: 100, volatility: 40%, every: 1min}}
strategies:
  - {use: ./mine.py:Mine, with: {quantity: 10}}
"""

STRATEGY = """\
import tradepit


class Mine(tradepit.Strategy):
    quantity: int = 1

    def on_start(self) -> None:
        self.bought = False

    def on_bar(self, bar: tradepit.Bar) -> None:
        if not self.bought:
            self.bought = True
            self.buy(bar.symbol, self.quantity)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SCENARIO)
    Path("mine.py").write_text(STRATEGY)


# --- names --------------------------------------------------------------------------------------------------------


def test_every_name_is_there_and_none_is_imported_before_it_is_used() -> None:
    program = (
        "import sys, tradepit\n"
        "assert [name for name in sys.modules if name.startswith('tradepit.')] == []\n"
        "assert set(tradepit.__all__) <= set(dir(tradepit))\n"
        "for name in tradepit.__all__: getattr(tradepit, name)\n"
        "from tradepit import *\n"
        "print(Strategy.__name__, Bar.__name__, run.__name__, __version__ == tradepit.__version__)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "Strategy Bar run True\n"


def test_a_name_that_is_none_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'tradepit' has no attribute 'runs'"):
        _ = tradepit.runs


# --- run ----------------------------------------------------------------------------------------------------------


def test_a_run_gives_its_result_and_keeps_its_folder() -> None:
    result = tradepit.run("small.yaml")
    assert (result.name, result.passed, len(result.fills)) == ("small", True, 2)
    assert result.directory == Path("runs/small-0-1")
    assert result.report == Path("runs/small-0-1/report.html")
    assert result.report.read_text().lstrip().lower().startswith("<!doctype html>")
    assert tradepit.run(Path("small.yaml")).directory == Path("runs/small-0-2")


def test_nothing_is_kept_when_nothing_is_to_be() -> None:
    before = sorted(path.name for path in Path().iterdir())
    result = tradepit.run("small.yaml", out=None)
    assert (result.directory, result.report) == (None, None)
    assert sorted(path.name for path in Path().iterdir() if path.name != "__pycache__") == before
    assert [fill.quantity for fill in result.fills] == [10, 10]


def test_a_folder_of_ones_own_is_made_with_its_parents_and_must_be_empty() -> None:
    Path("empty").mkdir()
    for out in ("deep/down", Path("empty")):
        assert tradepit.run("small.yaml", out=out, report=False).directory == Path(out)
        with pytest.raises(RunDirectoryError, match="must be empty"):
            tradepit.run("small.yaml", out=out)


def test_the_same_run_by_file_by_text_by_tree_and_by_name() -> None:
    by_file = tradepit.run("small.yaml", out=None)
    tree = tradepit.load("small.yaml")
    again = tradepit.loads(tradepit.dump(tree))
    assert [tradepit.run(one, out=None).fingerprint for one in (tree, again)] == [by_file.fingerprint] * 2
    assert tradepit.load("two-venues").name == "two-venues"


@pytest.mark.parametrize("as_tree", [False, True])
def test_seed_settings_and_journal_take_the_place_of_the_scenarios_own(as_tree: bool) -> None:
    scenario = tradepit.load("small.yaml") if as_tree else "small.yaml"
    result = tradepit.run(
        scenario, seed=5, sets=["portfolio.cash=5_000 USD", "seed=9"],
        journal="full", dispatch="task", report=False,
    )  # fmt: skip
    assert result.seed == result.scenario.seed == 5
    assert result.scenario.portfolio.cash.amount == 5_000
    assert result.directory == Path("runs/small-5-1")
    assert '"Bar"' in (result.directory / "journal.jsonl").read_text()
    assert result.report is None
    again = tradepit.run(scenario, seed=5, sets="portfolio.cash=5_000 USD", journal="full", out=None)
    assert again.fingerprint == result.fingerprint


def test_a_tree_built_in_python_runs_and_is_checked_like_a_file() -> None:
    tree = tradepit.load("small.yaml")
    dear = attrs.evolve(tree, costs=attrs.evolve(tree.costs, commission=PercentFee(percent=Decimal("0.01"))))
    assert sum(fill.fee for fill in tradepit.run(dear, out=None).fills) > 0
    with pytest.raises(tradepit.ScenarioError, match="Small Thing"):
        tradepit.run(attrs.evolve(tree, name="Small Thing"), out=None)
    with pytest.raises(tradepit.ScenarioError, match="seed"):
        tradepit.run(tree, seed=-1, out=None)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"scenario": "smal.yaml"}, tradepit.ScenarioError, "did you mean small.yaml"),
        ({"seed": -1}, tradepit.ScenarioError, "seed"),
        ({"sets": "market.ACME={file: no.csv}"}, (tradepit.ScenarioError, tradepit.SourceError), "no.csv"),
        ({"sets": "clock.calendar=XXXX"}, (tradepit.ScenarioError, tradepit.SessionsError), "XXXX"),
        ({"journal": "some"}, ValueError, "some"),
        ({"dispatch": "threads"}, ValueError, "threads"),
        ({"report": True, "out": None}, ValueError, "report=True needs a folder"),
    ],
)
def test_bad_input_raises_where_it_enters(arguments: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        tradepit.run(**{"scenario": "small.yaml", **arguments})  # type: ignore[arg-type]  # that is the point
    assert not Path("runs").exists() or list(Path("runs").iterdir()) == []


def test_a_strategy_that_raises_raises_with_the_result_that_was_reached() -> None:
    Path("mine.py").write_text(STRATEGY.replace("self.bought = True", "return {}['no such key']"))
    with pytest.raises(tradepit.RunFailed, match=r"strategy:mine failed on Bar .*: KeyError: 'no such key'") as raised:
        tradepit.run("small.yaml")
    failure = raised.value.result.failure
    assert failure is not None
    assert "mine.py:12 in on_bar" in failure.line
    assert raised.value.result.directory == Path("runs/small-0-1")


def test_without_the_means_for_a_report_only_who_asks_for_one_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_arguments: object, **_settings: object) -> None:
        raise ReportUnavailable("pip install tradepit[report]")

    monkeypatch.setattr("tradepit.tools.report.write_report", unavailable)
    assert tradepit.run("small.yaml").report is None
    with pytest.raises(ReportUnavailable, match="tradepit\\[report\\]"):
        tradepit.run("small.yaml", report=True)


def test_a_notebook_can_run_while_its_own_loop_does() -> None:
    async def cell() -> str:
        return tradepit.run("small.yaml", out=None).fingerprint

    assert asyncio.run(cell()) == tradepit.run("small.yaml", out=None).fingerprint


def test_a_thread_can_run() -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(tradepit.run("small.yaml", out=None).fingerprint))
    thread.start()
    thread.join()
    assert found == [tradepit.run("small.yaml", out=None).fingerprint]


# --- folders ------------------------------------------------------------------------------------------------------


def test_numbers_of_folders_only_rise_and_a_race_for_one_is_lost_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = tradepit.load("small.yaml")
    for name in ("small-0-2", "small-0-9", "small-0-x", "small-01-77", "small-1-40"):
        (Path("runs") / name).mkdir(parents=True)
    assert next_free(scenario) == Path("runs/small-0-10")
    monkeypatch.setattr(Path, "iterdir", lambda _self: iter(()))  # as if the others came just now
    assert next_free(scenario) == Path("runs/small-0-1")
    assert next_free(scenario) == Path("runs/small-0-3")


def test_the_package_can_be_run_as_a_module() -> None:
    said = subprocess.run([sys.executable, "-m", "tradepit", "list"], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("crash-mid-fill ")
