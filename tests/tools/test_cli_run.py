"""`tradepit run`: what it prints, what it leaves, and by which code it exits."""

import html
import json
from pathlib import Path

import pytest

from tradepit.actors.kernel import Dispatch
from tradepit.tools.main import main
from tradepit.tools.report import ReportUnavailable
from tradepit.tools.second_process import Difference, SecondRun, first_difference

SCENARIO = """\
tradepit: 1
name: small
about: Sixty made-up bars [of one symbol].
seed: 7
clock: {start: 2024-01-02, end: 2024-01-02, zone: America/New_York, session: 09:30-10:30}
market:
  ACME: {gbm: {start: 100, volatility: 40%, every: 1min, volume: 20_000}}
strategies:
  - use: ./mine.py:Mine
expect:
  - {metric: max_drawdown, below: 5%}
  - {orders: all_terminal}
"""

STRATEGY = """\
import tradepit


class Mine(tradepit.Strategy):
    quantity: int = 100

    def on_start(self) -> None:
        self.bars = 0

    def on_bar(self, bar: tradepit.Bar) -> None:
        self.bars += 1
        if self.bars == 5:
            self.buy(bar.symbol, self.quantity)
        if self.bars == 20:
            self.sell(bar.symbol, self.quantity)
"""

RAISES = """\
import tradepit


class Mine(tradepit.Strategy):
    def on_bar(self, bar: tradepit.Bar) -> None:
        self.decide()

    def decide(self) -> None:
        raise LookupError("no [bold]such[/bold] thing")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder of one's own with a scenario and its strategy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    Path("small.yaml").write_text(SCENARIO)
    Path("mine.py").write_text(STRATEGY)
    return tmp_path


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as raised:
        main(list(arguments))
    assert isinstance(raised.value.code, int)
    return raised.value.code


def test_a_run_that_holds_exits_with_0_and_leaves_its_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "small.yaml") == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.startswith("PASSED  small  seed 7")
    names = sorted(path.name for path in Path("runs/small-7-1").iterdir())
    assert names == [
        "fills.jsonl", "journal.jsonl", "orders.jsonl", "report.html", "results.json", "scenario.yaml", "trades.jsonl",
    ]  # fmt: skip


def test_the_scenario_in_the_folder_is_the_one_that_ran(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "small.yaml", "--seed=9", "--set=portfolio.cash=5_000 USD", "--out=here", "--json") == 0
    first = json.loads(capsys.readouterr().out)
    Path("here/mine.py").write_text(STRATEGY)
    assert call("run", "here/scenario.yaml", "--out=again", "--json") == 0
    second = json.loads(capsys.readouterr().out)
    assert (first["seed"], second["seed"]) == (9, 9)
    assert first["fingerprint"] == second["fingerprint"]
    assert (
        Path("here/scenario.yaml")
        .read_text()
        .startswith("# The scenario as it ran. Relative paths start at .., seen from here.\n")
    )


def test_each_run_gets_the_next_free_folder() -> None:
    assert [call("run", "small.yaml", "--quiet", "--no-report") for _ in range(3)] == [0, 0, 0]
    assert sorted(path.name for path in Path("runs").iterdir()) == ["small-7-1", "small-7-2", "small-7-3"]


def test_what_a_strategy_tells_is_shown_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    orders = "with: {orders: [{do: buy, symbol: ACME, quantity: 5, bar: 61}]}"
    use = "use: tradepit.scenarios.library.order_script:OrderScript"
    Path("script.yaml").write_text(SCENARIO.replace("use: ./mine.py:Mine", f"{use}\n    {orders}"))
    assert call("run", "script.yaml", "--no-report") == 0
    words = " ".join(capsys.readouterr().out.split())
    assert (
        "notices script.yaml:10:21: orderscript: orders[0] was never done: it waits for number 61 of the market data "
        "of ACME, and 60 came"
    ) in words


def test_json_is_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(STRATEGY.replace("self.bars += 1", "self.bars += 1; print('chatter')"))
    assert call("run", "small.yaml", "--json") == 0
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert list(found) == [
        "name", "seed", "fingerprint", "passed", "start", "end", "metrics", "drawdown", "execution", "counts",
        "expectations", "invariants",
        "violations", "data_problems", "actors", "links", "supervision", "dead_letters", "notices", "failure",
        "stopped", "lateness", "feed", "directory", "report", "rejects", "fees", "slippage", "elapsed_s",
    ]  # fmt: skip
    assert found["expectations"][1] == {
        "text": "orders all_terminal", "passed": True, "was": "every order has ended",
    }  # fmt: skip
    assert found["directory"] == "runs/small-7-1"
    assert found["report"] == "runs/small-7-1/report.html"
    assert found["counts"]["OrderFilled"] == 2
    assert captured.err.count("chatter") == found["counts"]["market_data"] > 0


def test_json_names_rejects_and_costs(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--set=strategies[0].with.quantity=300", "--set=portfolio.limits.max_position=100"]
    arguments += ["--set=costs.commission=0.01/share"]
    assert call("run", "small.yaml", "--json", "--no-report", *arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rejects"] == {"MAX_POSITION": 2}
    assert found["fees"] == found["slippage"] == {}
    assert call("run", "small.yaml", "--json", "--no-report", *arguments[2:]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rejects"], found["fees"]) == ({}, {"USD": "2.00"})
    assert found["report"] is None


@pytest.mark.parametrize(
    "arguments",
    [["--dispatch=task"], ["--journal=off"], ["--no-report"], ["--out=elsewhere"]],
    ids=lambda arguments: arguments[0],
)
def test_how_a_run_is_carried_out_changes_nothing_in_it(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("run", "small.yaml", "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert call("run", "small.yaml", "--json", *arguments) == 0
    other = json.loads(capsys.readouterr().out)
    assert other["fingerprint"] == plain["fingerprint"]
    assert other["metrics"] == plain["metrics"]


def test_without_a_journal_there_is_no_journal_file() -> None:
    assert call("run", "small.yaml", "--journal=off", "--out=run", "--no-report", "--quiet") == 0
    names = sorted(path.name for path in Path("run").iterdir())
    assert names == ["fills.jsonl", "orders.jsonl", "results.json", "scenario.yaml", "trades.jsonl"]


def test_the_full_journal_holds_the_bars() -> None:
    assert call("run", "small.yaml", "--journal=full", "--out=run", "--no-report", "--quiet") == 0
    assert '"Bar"' in Path("run/journal.jsonl").read_text()


def test_an_expectation_that_fails_exits_with_1_and_says_what_was(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "small.yaml", "--set=expect[0]={metric: trade_count, at_least: 4}", "--no-report") == 1
    out = capsys.readouterr().out
    assert out.startswith("FAILED  small")
    assert "FAIL  metric trade_count at least 4, was 1\n" in out
    assert "ok    orders all_terminal, was every order has ended\n" in out


def test_quiet_prints_nothing_when_all_held_and_the_summary_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "small.yaml", "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert call("run", "small.yaml", "--quiet", "--set=expect[0]={event: CircuitTripped, at_least: 1}") == 1
    assert "FAIL  event CircuitTripped at least 1, was 0" in capsys.readouterr().out


def test_a_strategy_that_raises_exits_with_1_and_names_the_users_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(RAISES)
    assert call("run", "small.yaml", "--no-report") == 1
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "failed       strategy:mine on Bar (message " in captured.out
    assert "             LookupError: no [bold]such[/bold] thing\n" in captured.out
    assert '             mine.py:9 in decide: raise LookupError("no' in captured.out
    assert "Traceback" not in captured.out


def test_the_whole_traceback_is_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(RAISES)
    assert call("run", "small.yaml", "--no-report", "--traceback", "--json") == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["failure"]["error"] == "LookupError: no [bold]such[/bold] thing"
    assert captured.err.startswith("Traceback (most recent call last):")
    assert captured.err.endswith("LookupError: no [bold]such[/bold] thing\n")


def test_a_strategy_that_does_not_import_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text("import tradepit\nimport nothing_of_that_name\n")
    assert call("run", "small.yaml") == 2
    captured = capsys.readouterr()
    assert "does not import: ModuleNotFoundError: No module named" in " ".join(captured.err.split())
    assert "Traceback" not in captured.err
    assert call("run", "small.yaml", "--traceback") == 2
    assert "Traceback" in capsys.readouterr().err
    assert list(Path("runs").iterdir()) == []


BARS = ["time,open,high,low,close,volume"] + [f"2024-01-02T15:{n:02d}:00Z,100,101,99,100,1000" for n in range(60)]
BAD_INPUT = [
    ("an unknown key", ["--set=portfolio.csh=1 USD"], ["portfolio.csh", "did you mean cash?"]),
    ("a unit that is missing", ["--set=portfolio.cash=100"], ["portfolio.cash"]),
    ("an unknown metric", ["--set=expect[0].metric=max_drowdown"], ["max_drowdown", "did you mean max_drawdown?"]),
    ("a seed below zero", ["--seed=-1"], ["--set seed=-1", "at least 0"]),
    ("a missing data file", ["--set=market.ACME={file: nothing.csv}"], ["nothing.csv"]),
    ("a bad calendar", ["--set=clock.calendar=XNIS"], ["calendar must be one of exchange_calendars, was 'XNIS'"]),
    ("a first row that is wrong", ["--set=market.ACME={file: low.csv}"], ["low.csv:2"]),
    ("a later row that is wrong", ["--set=market.ACME={file: back.csv}"], ["back.csv:61"]),
    ("no rows at all", ["--set=market.ACME={file: empty.csv}"], ["empty.csv"]),
    ("an option that is none", ["--sed=1"], ["--sed", "--seed"]),
    ("a folder that is not empty", ["--out=."], ["must be empty or not exist, . is not empty"]),
    ("a file for a folder", ["--out=small.yaml"], ["small.yaml is a file"]),
]


@pytest.mark.parametrize(("what", "arguments", "said"), BAD_INPUT, ids=[case[0] for case in BAD_INPUT])
def test_bad_input_exits_with_2_in_words_without_a_traceback(
    what: str, arguments: list[str], said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("low.csv").write_text("\n".join([BARS[0], "2024-01-02T15:00:00Z,100,98,99,100,1000", *BARS[2:]]))
    Path("back.csv").write_text("\n".join([*BARS[:-1], BARS[3]]))
    Path("empty.csv").write_text(BARS[0] + "\n")
    assert call("run", "small.yaml", *arguments) == 2
    captured = capsys.readouterr()
    words = " ".join(captured.err.split())
    assert [text for text in said if text not in words] == []
    assert captured.out == ""
    assert "Traceback" not in captured.err
    kept = [path.name for path in Path("runs").iterdir()] if Path("runs").exists() else []
    assert kept == (["small-7-1"] if what == "a later row that is wrong" else [])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("smal", "smal: no such file or scenario; did you mean small?"),
        ("smal.yaml", "smal.yaml: no such file or scenario; did you mean small.yaml?"),
        ("here/small.yaml", "here/small.yaml: no such file or scenario"),
        ("./smal.yaml", "./smal.yaml: no such file or scenario; did you mean small.yaml?"),
        ("first-rnu", "first-rnu: no such file or scenario; did you mean first-run?"),
        (".", ".: must be a file, was a folder; write `tradepit test .` to run what is in it"),
    ],
)
def test_a_scenario_that_is_not_there_is_bad_input(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", name) == 2
    assert " ".join(capsys.readouterr().err.split()) == said


@pytest.mark.parametrize("name", ["small", "./small", "deep/er", "v1.2"])
def test_the_ending_of_a_scenarios_file_may_be_left_away(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("deep").mkdir()
    for file in ("deep/er.yaml", "v1.2.yaml"):
        Path(file).write_text(SCENARIO)
    Path("deep/mine.py").write_text(STRATEGY)
    assert call("run", name, "--no-report") == 0
    assert capsys.readouterr().out.startswith("PASSED  small")


def test_the_library_goes_before_a_file_whose_ending_was_left_away(capsys: pytest.CaptureFixture[str]) -> None:
    Path("two-venues.yaml").write_text(SCENARIO)
    assert call("run", "two-venues", "--no-report") == 0
    assert capsys.readouterr().out.startswith("PASSED  two-venues")


def test_a_scenario_of_the_library_runs_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "two-venues", "--no-report") == 0
    assert capsys.readouterr().out.startswith("PASSED  two-venues")


def test_a_file_goes_before_the_library() -> None:
    Path("two-venues").write_text(SCENARIO)
    assert call("run", "two-venues", "--no-report", "--quiet") == 0
    assert Path("runs/small-7-1").is_dir()


def test_a_report_that_cannot_be_written_is_told_and_has_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unavailable(*_arguments: object, **_settings: object) -> None:
        raise ReportUnavailable("cannot be written: the disk is full")

    monkeypatch.setattr("tradepit.tools.report.write_report", unavailable)
    assert call("run", "small.yaml") == 74
    assert "report       cannot be written: the disk is full\n" in capsys.readouterr().out
    assert call("run", "small.yaml", "--quiet") == 74
    assert "report       cannot be written: the disk is full\n" in capsys.readouterr().out
    assert call("run", "small.yaml", "--json") == 74
    captured = capsys.readouterr()
    assert (json.loads(captured.out)["report"], captured.err) == (None, "cannot be written: the disk is full\n")


def test_a_run_that_fails_exits_so_though_its_report_cannot_be_written_either(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_arguments: object, **_settings: object) -> None:
        raise ReportUnavailable("cannot be written: the disk is full")

    monkeypatch.setattr("tradepit.tools.report.write_report", unavailable)
    assert call("run", "small.yaml", "--set", "expect[0].below=0%") == 1


def test_the_report_says_how_to_run_it_again() -> None:
    assert call("run", "small.yaml", "--set", "portfolio.cash=5_000 USD", "--out=run", "--quiet") == 0
    text = html.unescape(Path("run/report.html").read_text())
    assert "tradepit run small.yaml --seed=7 '--set=portfolio.cash=5_000 USD'" in text


# --- twice; the strategies here look at the hash seed themselves, so that it is certain what a second process does ---

PEEKS = STRATEGY.replace("import tradepit", "import os\n\nimport tradepit").replace(
    "self.bars == 20", "self.bars == (20 if os.environ.get('PYTHONHASHSEED') == '7' else 30)"
)
FAILS_THERE = "import os\n\nassert os.environ.get('PYTHONHASHSEED') == '7'\n" + STRATEGY


@pytest.mark.parametrize("dispatch", ["inline", "task"])
def test_twice_runs_again_by_the_other_dispatch(dispatch: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("run", "small.yaml", "--twice", "--no-report", f"--dispatch={dispatch}", "--seed=3") == 0
    other = "task" if dispatch == "inline" else "inline"
    words = " ".join(capsys.readouterr().out.split())
    assert f"twice the same in a second process ({other} dispatch, PYTHONHASHSEED=" in words


def test_twice_names_the_first_entry_that_differs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    Path("mine.py").write_text(PEEKS)
    assert call("run", "small.yaml", "--twice", "--no-report", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is True
    assert found["twice"]["equal"] is False
    difference = found["twice"]["difference"]
    lines = Path(found["directory"], "journal.jsonl").read_text().splitlines()
    assert difference["first"] == lines[difference["line"] - 1]
    assert (json.loads(difference["first"])[4], '"side":"SELL"' in difference["first"]) == ("RequestOrder", True)
    assert json.loads(difference["second"])[1] > json.loads(difference["first"])[1]
    assert call("run", "small.yaml", "--twice", "--no-report") == 1
    assert capsys.readouterr().out.startswith("FAILED  small")


def test_twice_without_journals_tells_only_that_runs_differ(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    Path("mine.py").write_text(PEEKS)
    assert call("run", "small.yaml", "--twice", "--no-report", "--journal=off") == 1
    assert "; run with a journal to see where" in " ".join(capsys.readouterr().out.split())


def test_twice_tells_when_the_second_process_comes_to_no_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    Path("mine.py").write_text(FAILS_THERE)
    assert call("run", "small.yaml", "--twice", "--no-report") == 1
    words = " ".join(capsys.readouterr().out.split())
    assert "DIFFERENT in a second process (task dispatch, PYTHONHASHSEED=1), which came to no result: " in words
    assert "does not import: AssertionError" in words


def test_journals_part_where_one_ends(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("header of one\n[1]\n[2]\n")
    second.write_text("header of other\n[1]\n")
    assert first_difference(first, second) == Difference(line=3, first="[2]", second="")
    run = SecondRun(
        fingerprint="f", equal=False, dispatch=Dispatch.TASK, hash_seed="1", difference=first_difference(first, second)
    )
    assert run.words().endswith("The journals part at line 3:\nfirst:  [2]\nsecond: (ended)")
    assert first_difference(first, first) is None
    assert first_difference(first, tmp_path / "none") is None
